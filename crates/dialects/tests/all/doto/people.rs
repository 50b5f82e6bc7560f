//! Contacts, agents and inboxes.

use serde_json::{Value, json};

use super::world::{World, number};

#[actix_web::test]
async fn a_contact_comes_back_as_it_was_written() {
    let world = World::new().await;
    let inbox = world.inbox().await;
    let body = json!({
        "name": "Jane Doe", "email": "Jane@Example.com", "phone_number": "+31612345678",
        "identifier": "crm-1", "blocked": true, "avatar_url": "https://x.org/a.png",
        "inbox_id": inbox, "source_id": "web-7",
        "custom_attributes": {"plan": "gold", "n": 1.5}, "additional_attributes": {"city": "Aachen"},
    });
    let made = world.tell("POST", "/contacts", &body).await.expect(200);
    let (contact, known) = (
        &made["payload"]["contact"],
        &made["payload"]["contact_inbox"],
    );
    for name in [
        "name",
        "phone_number",
        "identifier",
        "blocked",
        "custom_attributes",
        "additional_attributes",
    ] {
        assert_eq!(contact[name], body[name], "{name}");
    }
    assert_eq!(contact["email"], "jane@example.com");
    assert_eq!(contact["thumbnail"], "https://x.org/a.png");
    assert_eq!(
        (&known["source_id"], &known["inbox"]["id"]),
        (&json!("web-7"), &json!(inbox))
    );
    assert_eq!(contact["contact_inboxes"], json!([known]));
    let path = format!("/contacts/{}", contact["id"]);
    assert_eq!(
        world.ask("GET", &path).await.expect(200)["payload"],
        *contact
    );
    let change = json!({"name": "Jane", "custom_attributes": {"n": 2}, "email": ""});
    let changed = world.tell("PUT", &path, &change).await.expect(200);
    let changed = &changed["payload"];
    assert_eq!(
        (&changed["name"], &changed["email"]),
        (&json!("Jane"), &Value::Null)
    );
    assert_eq!(
        changed["custom_attributes"],
        json!({"plan": "gold", "n": 2})
    );
    assert_eq!(changed["phone_number"], "+31612345678");
    assert_eq!(changed["contact_inboxes"], contact["contact_inboxes"]);
}

#[actix_web::test]
async fn addresses_are_taken_once() {
    let world = World::new().await;
    let body = json!({"name": "Jane", "email": "jane@example.com", "identifier": "crm-1"});
    world.contact(&body).await;
    for (body, name) in [
        (json!({"name": "J", "email": "JANE@example.com"}), "email"),
        (json!({"name": "J", "identifier": "crm-1"}), "identifier"),
        (json!({"name": "J", "phone_number": "12"}), "phone_number"),
    ] {
        let refused = world.tell("POST", "/contacts", &body).await.refused(422);
        assert_eq!(refused["attributes"], json!([name]));
    }
}

#[actix_web::test]
async fn contacts_are_listed_in_pages_and_found_by_words() {
    let world = World::new().await;
    for place in 0..17 {
        let name = format!("Person {place:02}");
        world
            .contact(&json!({"name": name, "email": format!("p{place}@x.org")}))
            .await;
    }
    let first = world.ask("GET", "/contacts?sort=name").await.expect(200);
    assert_eq!(first["meta"], json!({"count": 17, "current_page": 1}));
    let names = |page: &Value| -> Vec<String> {
        let all = page["payload"].as_array().expect("a list").iter();
        all.map(|one| one["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    assert_eq!(names(&first).len(), 15);
    assert_eq!(names(&first)[0], "Person 00");
    let second = world
        .ask("GET", "/contacts?sort=name&page=2")
        .await
        .expect(200);
    assert_eq!(names(&second), ["Person 15", "Person 16"]);
    let found = world
        .ask("GET", "/contacts/search?q=P7%40x")
        .await
        .expect(200);
    assert_eq!(
        (names(&found), &found["meta"]["count"]),
        (vec!["Person 07".to_owned()], &json!(1))
    );
    world.ask("GET", "/contacts/search").await.refused(422);
    let path = format!("/contacts/{}", found["payload"][0]["id"]);
    assert_eq!(world.ask("DELETE", &path).await.status, 200);
    world.ask("GET", &path).await.refused(404);
    world
        .contact(&json!({"name": "Again", "email": "p7@x.org"}))
        .await;
}

#[actix_web::test]
async fn a_conversation_is_opened_with_whom_a_source_id_names() {
    let world = World::new().await;
    let inbox = world.inbox().await;
    let contact = world.contact(&json!({"name": "Jane"})).await;
    let path = format!("/contacts/{contact}/contact_inboxes");
    let known = world
        .tell("POST", &path, &json!({"inbox_id": inbox}))
        .await
        .expect(200);
    let source = known["source_id"].as_str().expect("a source id");
    assert_eq!(source.len(), 36);
    let opened = world
        .tell("POST", "/conversations", &json!({"source_id": source}))
        .await;
    let opened = opened.expect(200);
    assert_eq!(
        (&opened["inbox_id"], &opened["contact"]["id"]),
        (&json!(inbox), &json!(contact))
    );
    world
        .tell("POST", "/conversations", &json!({"source_id": "nobody"}))
        .await
        .refused(404);
    let of = world
        .ask("GET", &format!("/contacts/{contact}/conversations"))
        .await
        .expect(200);
    assert_eq!(of["payload"][0]["id"], opened["id"]);
}

#[actix_web::test]
async fn agents_and_inboxes_are_made_and_shown() {
    let world = World::new().await;
    let body = json!({"name": "Ada", "email": "Ada@x.org", "role": "administrator", "availability": "busy"});
    let ada = world.tell("POST", "/agents", &body).await.expect(200);
    assert_eq!(
        (&ada["role"], &ada["availability"]),
        (&json!("administrator"), &json!("busy"))
    );
    assert_eq!(ada["email"], "ada@x.org");
    let agents = world.ask("GET", "/agents").await.expect(200);
    assert_eq!(agents, json!([ada]));
    world.tell("POST", "/agents", &body).await.refused(422);
    let body = json!({
        "name": "Shop", "greeting_enabled": true, "greeting_message": "Hi",
        "channel": {"type": "api", "webhook_url": "https://x.org/hook"},
    });
    let inbox = world.tell("POST", "/inboxes", &body).await.expect(200);
    assert_eq!(inbox["channel_type"], "Channel::Api");
    assert_eq!(
        (&inbox["greeting_message"], &inbox["webhook_url"]),
        (&json!("Hi"), &json!("https://x.org/hook"))
    );
    let path = format!("/inboxes/{}/", number(&inbox["id"]));
    assert_eq!(world.ask("GET", &path).await.expect(200), inbox);
    let renamed = world
        .tell("PATCH", &path, &json!({"name": "Store"}))
        .await
        .expect(200);
    assert_eq!(
        (&renamed["name"], &renamed["greeting_message"]),
        (&json!("Store"), &json!("Hi"))
    );
    let members = format!("/inbox_members/{}", number(&inbox["id"]));
    assert_eq!(
        world.ask("GET", &members).await.expect(200)["payload"],
        agents
    );
    world
        .tell(
            "POST",
            "/inboxes",
            &json!({"name": "x", "channel": {"type": "telegram"}}),
        )
        .await
        .refused(422);
    assert_eq!(world.ask("DELETE", &path).await.status, 200);
    world.ask("GET", &path).await.refused(404);
    assert_eq!(world.ask("GET", "/teams").await.expect(200), json!([]));
}

#[actix_web::test]
async fn what_a_contact_is_known_by_in_an_inbox_is_taken_once() {
    let world = World::new().await;
    let inbox_id = world.inbox().await;
    let wish = json!({"name": "Jane", "inbox_id": inbox_id, "source_id": "s-1"});
    world.contact(&wish).await;
    let again = world.tell("POST", "/contacts", &wish).await.refused(422);
    assert_eq!(again["error"], "Source id: has already been taken");
    assert_eq!(again["attributes"], json!(["source_id"]));
}

//! Contacts: created with their conversation, shown as they were written, deleted.

use serde_json::{Value, json};

use super::world::{World, conversation_of, delete_with_conversation, id};

#[actix_web::test]
async fn a_contact_comes_back_as_it_was_written_and_has_a_conversation() {
    let world = World::new().await;
    let written = json!({
        "username": "FrankMcCallister",
        "phone_number": "+1 (800) 759-3000",
        "avatar_url": "https://assets.example.com/avatars/frank.jpg",
        "display_name": "Uncle Frank",
    });
    let made = world.tell("POST", "/contacts", &written).await.expect(201);
    for (name, value) in written.as_object().expect("an object") {
        assert_eq!(made[name], *value, "{name}");
    }
    assert_eq!(made["last_active_at"], Value::Null);
    assert_eq!(made.as_object().map(serde_json::Map::len), Some(8));
    let of = conversation_of(&made);
    let conversation = world
        .ask("GET", &format!("/conversations/{of}"))
        .await
        .expect(200);
    assert_eq!(conversation["contact_id"], made["id"]);
    let found = world
        .ask("GET", &format!("/contacts/{}", id(&made)))
        .await
        .expect(200);
    assert_eq!(found, made);
    let native = world
        .native("GET", "/v1/participants", &Value::Null)
        .await
        .expect(200);
    let known = native["items"].to_string();
    assert!(
        known.contains("+18007593000") && known.contains("FrankMcCallister"),
        "{known}"
    );
}

#[actix_web::test]
async fn a_name_like_the_username_is_no_display_name() {
    let world = World::new().await;
    let kate = world.contact("KateMcCallister").await;
    assert_eq!(
        (&kate["display_name"], &kate["phone_number"]),
        (&Value::Null, &json!("1-800-759-3000"))
    );
    let path = format!("/contacts/{}", id(&kate));
    let named = world
        .tell(
            "PUT",
            &path,
            &json!({"display_name": "Mom", "username": "x"}),
        )
        .await;
    let named = named.expect(200);
    assert_eq!(
        (&named["display_name"], &named["username"]),
        (&json!("Mom"), &kate["username"])
    );
    for none in [json!({"display_name": null}), json!({"display_name": ""})] {
        world
            .tell("PUT", &path, &json!({"display_name": "Mom"}))
            .await
            .expect(200);
        assert_eq!(world.tell("PUT", &path, &none).await.expect(200), kate);
    }
}

#[actix_web::test]
async fn contacts_are_listed_newest_first() {
    let world = World::new().await;
    let (kate, buzz) = (world.contact("Kate").await, world.contact("Buzz").await);
    let page = world
        .ask("GET", "/contacts?limit=1&active=true")
        .await
        .expect(200);
    assert_eq!(page, json!({"has_more": true, "data": [buzz]}));
    let after = format!("/contacts?limit=1&starting_after={}", id(&buzz));
    assert_eq!(
        world.ask("GET", &after).await.expect(200)["data"],
        json!([kate])
    );
    let before = format!("/contacts?ending_before={}", id(&kate));
    let page = world.ask("GET", &before).await.expect(200);
    assert_eq!(page, json!({"has_more": false, "data": [buzz]}));
    let unknown = "/contacts?ending_before=xgQQXg3hrtjh7AvZ";
    world.ask("GET", unknown).await.refused(400);
}

#[actix_web::test]
async fn a_contact_that_cannot_be_is_refused() {
    let world = World::new().await;
    world.contact("Kate").await;
    for (body, status) in [
        (json!({"username": "Kate", "phone_number": "1"}), 409),
        (json!({"username": "Buzz"}), 400),
        (json!({"phone_number": "1"}), 400),
        (json!({"username": "", "phone_number": "1"}), 400),
        (json!({"username": "Buzz", "phone_number": ""}), 400),
        (
            json!({"username": "Buzz", "phone_number": "1", "avatar_url": "javascript:1"}),
            400,
        ),
    ] {
        world.tell("POST", "/contacts", &body).await.refused(status);
    }
    let bound = world
        .native("POST", "/v1/participants", &json!({"display_name": "b"}))
        .await;
    let key = world.key_for("messaging:*", &id(&bound.expect(201)));
    let body = json!({"username": "Buzz", "phone_number": "1"});
    let answer = world.tell_as(&key, "POST", "/contacts", &body).await;
    answer.refused(403);
    let listed = world.ask("GET", "/contacts").await.expect(200);
    let listed = listed["data"].to_string();
    assert!(!listed.contains("Buzz"), "{listed}");
}

#[actix_web::test]
async fn a_deleted_contact_is_gone_with_its_conversation_and_its_name_is_free() {
    let world = World::new().await;
    let kate = world.contact("Kate").await;
    let path = format!("/contacts/{}", id(&kate));
    delete_with_conversation(&world, &path, &conversation_of(&kate)).await;
    world.ask("DELETE", &path).await.refused(404);
    let again = world.contact("Kate").await;
    assert_ne!(again["id"], kate["id"]);
    assert_eq!(again["username"], kate["username"]);
}

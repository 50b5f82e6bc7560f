//! Who is shown what and may do what: contacts with keys of their own, members who only read, oneself.
//!
//! Other workspaces are in the end-to-end tests.

use serde_json::{Value, json};

use super::world::{World, conversation_of, id};

/// The native id of a contact.
async fn native_id(world: &World, username: &str) -> String {
    let path = format!("/v1/participants?external_id={username}");
    let found = world.native("GET", &path, &Value::Null).await.expect(200);
    id(&found["items"][0])
}

#[actix_web::test]
async fn a_contact_with_a_key_is_told_no_phone_numbers_but_its_own() {
    let world = World::new().await;
    for username in ["Kate", "Buzz"] {
        let said = json!({"username": username, "phone_number": format!("1-800-{username}")});
        world.tell("POST", "/contacts", &said).await.expect(201);
    }
    let key = world.key_for("messaging:*", &native_id(&world, "Kate").await);
    let listed = world.ask_as(&key, "GET", "/contacts").await;
    let numbers: Vec<Value> = listed.expect(200)["data"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| json!([one["username"], one["phone_number"]]))
        .collect();
    assert!(
        numbers.contains(&json!(["Kate", "1-800-Kate"])),
        "{numbers:?}"
    );
    assert!(numbers.contains(&json!(["Buzz", ""])), "{numbers:?}");
}

#[actix_web::test]
async fn nobody_deletes_themselves_or_the_one_who_speaks_for_another_key() {
    let world = World::new().await;
    let kate = world.contact("Kate").await;
    let of = conversation_of(&kate);
    let me = id(&world.message(&of, "Kevin!").await["contact"]);
    let other = world.key_with("messaging:*");
    let path = format!("/contacts/{me}");
    for key in [&world.key, &other] {
        let answer = world.ask_as(key, "DELETE", &path).await;
        answer.refused(403);
    }
    assert_eq!(id(&world.message(&of, "Still here.").await["contact"]), me);
}

#[actix_web::test]
async fn who_only_reads_in_a_conversation_changes_no_reactions() {
    let world = World::new().await;
    let kate = world.contact("Kate").await;
    let group = json!({"name": "Family", "contacts": [kate["id"]]});
    let group = world.tell("POST", "/groups", &group).await.expect(201);
    let of = conversation_of(&group);
    let path = format!("/messages/{}", id(&world.message(&of, "Pizza?").await));
    let one = json!({"reactions": {"yum": ["Somebody"]}});
    world.tell("PUT", &path, &one).await.expect(200);
    let kate = native_id(&world, "Kate").await;
    let group = world.native("GET", "/v1/conversations?kind=group", &Value::Null);
    let group = id(&group.await.expect(200)["items"][0]);
    let member = format!("/v1/conversations/{group}/members/{kate}");
    let role = json!({"role": "readonly"});
    world.native("PATCH", &member, &role).await.expect(200);
    let key = world.key_for("messaging:*", &kate);
    for reactions in [json!([]), json!({"yum": ["Nobody"]})] {
        let body = json!({"reactions": reactions});
        let answer = world.tell_as(&key, "PUT", &path, &body).await;
        answer.refused(403);
    }
    let shown = world.ask("GET", &path).await.expect(200);
    assert_eq!(shown["reactions"], json!([{"yum": ["Somebody"]}]));
}

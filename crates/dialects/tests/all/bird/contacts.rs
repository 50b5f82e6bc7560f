//! Contacts: created, found, changed by id and by what they are reached by, deleted.

use serde_json::json;

use super::world::{World, id, plain};

#[actix_web::test]
async fn a_contact_is_read_back_as_it_was_written() {
    let world = World::new().await;
    let contacts = world.of("/contacts");
    let said = json!({
        "displayName": "Ada",
        "identifiers": [{"key": "phonenumber", "value": "+31612345678", "properties": {"p": 1.50}}],
        "attributes": {"age": 36, "big": 12_345_678_901_234_567_890_u64},
        "listIds": ["b4e02c85-c6d2-4b15-8885-e09671799c61"],
    });
    let made = world.tell("POST", &contacts, &said).await.expect(201);
    assert_eq!(made["computedDisplayName"], "Ada");
    assert_eq!(made["attributes"], said["attributes"]);
    assert_eq!(made["listIds"], said["listIds"]);
    assert_eq!(made["featuredIdentifiers"], said["identifiers"]);
    assert_eq!(made["identifierCount"], 1);
    assert_eq!(made["workspaceId"], world.workspace_id());
    let path = format!("{contacts}/{}", id(&made));
    assert_eq!(world.ask("GET", &path).await.expect(200), made);
    let listed = world.ask("GET", &contacts).await.expect(200);
    assert_eq!(listed["results"], json!([made]));
    let taken = json!({"displayName": "Eve", "identifiers": said["identifiers"]});
    world
        .tell("POST", &contacts, &taken)
        .await
        .refused(409, "Conflict");
    world
        .tell("POST", &contacts, &json!({}))
        .await
        .refused(422, "InvalidPayload");
}

#[actix_web::test]
async fn attributes_are_changed_one_by_one() {
    let world = World::new().await;
    let path = world.of("/contacts/identifiers/emailaddress/ada%40example.com");
    let said = json!({"displayName": "Ada", "attributes": {"a": 1, "b": 2}});
    let made = world.tell("PATCH", &path, &said).await.expect(200);
    let change = json!({"attributes": {"b": null, "c": 3}});
    let changed = world.tell("PATCH", &path, &change).await.expect(200);
    assert_eq!(changed["id"], made["id"]);
    assert_eq!(changed["attributes"], json!({"a": 1, "c": 3}));
    assert_eq!(changed["computedDisplayName"], "Ada");
    let by_id = world.of(&format!("/contacts/{}", id(&made)));
    let change = json!({"displayName": "A. L."});
    let renamed = world.tell("PATCH", &by_id, &change).await.expect(200);
    assert_eq!(renamed["computedDisplayName"], "A. L.");
    let wrong = world.of("/contacts/identifiers/emailaddress/nobody");
    world
        .tell("PATCH", &wrong, &said)
        .await
        .refused(422, "InvalidPayload");
}

#[actix_web::test]
async fn who_was_deleted_is_somebody_new_when_written_to_again() {
    let world = World::new().await;
    let channel = world.channel().await;
    let sent = world.text(&channel, "+31612345678", "x").await;
    let first = id(&sent["receiver"]["contacts"][0]);
    let path = world.of(&format!("/contacts/{first}"));
    world.ask("DELETE", &path).await.expect_nothing();
    world
        .ask("GET", &path)
        .await
        .refused(404, "ResourceNotFound");
    world
        .ask("DELETE", &path)
        .await
        .refused(404, "ResourceNotFound");
    let sent = world.say(&channel, &plain("+31612345678", "x")).await;
    assert_ne!(id(&sent.expect(202)["receiver"]["contacts"][0]), first);
}

#[actix_web::test]
async fn contacts_are_walked_page_by_page() {
    let world = World::new().await;
    let contacts = world.of("/contacts");
    for number in 0..12 {
        let said = json!({"displayName": format!("c{number}")});
        world.tell("POST", &contacts, &said).await.expect(201);
    }
    let first = world.ask("GET", &contacts).await.expect(200);
    assert_eq!(first["results"].as_array().map(Vec::len), Some(10));
    let token = first["nextPageToken"].as_str().expect("a token");
    let next = format!("{contacts}?pageToken={token}");
    let rest = world.ask("GET", &next).await.expect(200);
    assert_eq!(rest["results"].as_array().map(Vec::len), Some(2));
    assert!(rest.get("nextPageToken").is_none());
}

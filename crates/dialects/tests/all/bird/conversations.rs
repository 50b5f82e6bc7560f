//! Conversations: begun, talked in, joined, closed, and whatever a client keeps with them.

use serde_json::{Value, json};

use super::world::{World, id};

const ADA: &str = "+31612345678";

fn ada() -> Value {
    json!({"type": "contact", "identifierKey": "phonenumber", "identifierValue": ADA})
}

fn hello() -> Value {
    json!({"body": {"type": "text", "text": {"text": "Hey, listen!"}}})
}

async fn begun(world: &World, wish: &Value) -> Value {
    world
        .tell("POST", &world.of("/conversations"), wish)
        .await
        .expect(201)
}

#[actix_web::test]
async fn a_conversation_through_a_channel_begins_with_a_message() {
    let world = World::new().await;
    let channel = world.channel().await;
    let wish = json!({
        "name": "Email Subject", "channelId": channel, "participants": [ada()],
        "initialMessage": hello(), "attributes": {"my-custom-attribute": "123"},
    });
    let made = begun(&world, &wish).await;
    assert_eq!(made["name"], "Email Subject");
    assert_eq!(made["status"], "active");
    assert_eq!(made["channelId"], *channel);
    assert_eq!(made["attributes"], wish["attributes"]);
    let kinds = made["featuredParticipants"]
        .as_array()
        .expect("participants");
    let kinds: Vec<_> = kinds.iter().map(|one| one["type"].as_str()).collect();
    assert_eq!(kinds.len(), 2);
    assert!(kinds.contains(&Some("contact")) && kinds.contains(&Some("accessKey")));
    let path = world.of(&format!("/conversations/{}", id(&made)));
    assert_eq!(world.ask("GET", &path).await.expect(200), made);
    let listed = world
        .ask("GET", &world.of("/conversations"))
        .await
        .expect(200);
    assert_eq!(listed["results"], json!([made]));
    let said = world
        .ask("GET", &format!("{path}/messages"))
        .await
        .expect(200);
    assert_eq!(
        (&said["total"], &said["results"][0]["body"]),
        (&json!(1), &hello()["body"])
    );
    let by_channel = world
        .ask("GET", &world.messages(&channel))
        .await
        .expect(200);
    assert_eq!(by_channel["results"][0]["id"], said["results"][0]["id"]);
    assert_eq!(
        by_channel["results"][0]["receiver"]["contacts"][0]["identifierValue"],
        ADA
    );
}

#[actix_web::test]
async fn a_conversation_without_a_channel_is_talked_in_by_its_participants() {
    let world = World::new().await;
    let made = begun(&world, &json!({"name": "Talk", "participants": [ada()]})).await;
    assert!(made.get("channelId").is_none(), "{made}");
    let contact = id(&made["featuredParticipants"][0]);
    let path = world.of(&format!("/conversations/{}/messages", id(&made)));
    let mut wish = hello();
    wish["participantType"] = json!("contact");
    wish["participantId"] = json!(contact);
    let said = world.tell("POST", &path, &wish).await.expect(201);
    assert_eq!(said["direction"], "incoming");
    assert_eq!(said["sender"]["contact"]["identifierValue"], ADA);
    let mut wish = hello();
    wish["participantType"] = json!("accessKey");
    wish["participantId"] = json!("85762b7e-1e25-4648-8e06-27195433cfe2");
    wish["replyToMessageId"] = said["id"].clone();
    let answer = world.tell("POST", &path, &wish).await.expect(201);
    assert_eq!(answer["direction"], "outgoing");
    assert_eq!(answer["replyToMessageId"], said["id"]);
    let shown = world
        .ask("GET", &format!("{path}/{}", id(&answer)))
        .await
        .expect(200);
    assert_eq!(shown, answer);
    let page = world
        .ask("GET", &format!("{path}?limit=1&reverse=true"))
        .await
        .expect(200);
    assert_eq!(page["results"][0]["id"], said["id"]);
    let token = page["nextPageToken"].as_str().expect("a token");
    let next = format!("{path}?limit=1&reverse=true&pageToken={token}");
    let page = world.ask("GET", &next).await.expect(200);
    assert_eq!(page["results"][0]["id"], answer["id"]);
    assert!(page.get("nextPageToken").is_none());
    let whole = world.of("/channels/messages");
    assert_eq!(
        world.ask("GET", &whole).await.expect(200)["results"],
        json!([])
    );
}

#[actix_web::test]
async fn a_closed_conversation_takes_nothing_until_it_is_opened_again() {
    let world = World::new().await;
    let made = begun(&world, &json!({"name": "Talk", "participants": [ada()]})).await;
    let path = world.of(&format!("/conversations/{}", id(&made)));
    let change =
        json!({"status": "closed", "name": "Done", "description": "d", "attributes": {"a": 1.50}});
    let closed = world.tell("PATCH", &path, &change).await.expect(200);
    for name in ["status", "name", "description", "attributes"] {
        assert_eq!(closed[name], change[name]);
    }
    let messages = format!("{path}/messages");
    world
        .tell("POST", &messages, &hello())
        .await
        .refused(409, "Conflict");
    world
        .tell("PATCH", &path, &json!({"status": "active"}))
        .await
        .expect(200);
    world.tell("POST", &messages, &hello()).await.expect(201);
    let wrong = world.tell("PATCH", &path, &json!({"status": "gone"})).await;
    assert!(wrong.refused(422, "InvalidPayload")[".status"].is_array());
    world.ask("DELETE", &path).await.expect_nothing();
    world
        .ask("GET", &path)
        .await
        .refused(404, "ResourceNotFound");
}

#[actix_web::test]
async fn participants_come_and_go() {
    let world = World::new().await;
    let made = begun(&world, &json!({"name": "Talk"})).await;
    let path = world.of(&format!("/conversations/{}/participants", id(&made)));
    let wish = json!({"type": "contact", "contact": {"identifierKey": "phonenumber", "identifierValue": ADA}});
    let added = world.tell("POST", &path, &wish).await.expect(201);
    assert_eq!(added["contact"]["identifierValue"], ADA);
    assert_eq!(world.tell("POST", &path, &wish).await.expect(200), added);
    let listed = world.ask("GET", &path).await.expect(200);
    assert_eq!(listed["results"], json!([added]));
    let one = format!("{path}/{}", id(&added));
    assert_eq!(world.ask("GET", &one).await.expect(200), added);
    let own = world.of(&format!("/participants/{}/conversations", id(&added)));
    let own = world.ask("GET", &own).await.expect(200);
    assert_eq!(id(&own["results"][0]), id(&made));
    world.ask("DELETE", &one).await.expect_nothing();
    world
        .ask("GET", &one)
        .await
        .refused(404, "ResourceNotFound");
    let nobody = world.tell("POST", &path, &json!({"type": "contact"})).await;
    nobody.refused(422, "InvalidPayload");
}

#[actix_web::test]
async fn what_begins_no_conversation_is_refused() {
    let world = World::new().await;
    let path = world.of("/conversations");
    let unknown = "b4e02c85-c6d2-4b15-8885-e09671799c61";
    for (wish, status) in [
        (json!({}), 422),
        (
            json!({"name": "x", "participants": [{"type": "user", "id": unknown}]}),
            422,
        ),
        (
            json!({"name": "x", "channelId": unknown, "participants": [ada()]}),
            404,
        ),
        (json!({"name": "x", "channelId": "nonsense"}), 422),
        (json!({"name": "x", "participants": [ada(), 1]}), 422),
        (json!({"name": "x", "initialMessage": {}}), 422),
    ] {
        let answer = world.tell("POST", &path, &wish).await;
        assert_eq!(answer.status, status, "{wish}: {}", answer.text());
        answer.expect_form();
    }
    let listed = world.ask("GET", &path).await.expect(200);
    assert_eq!(listed["results"], json!([]));
}

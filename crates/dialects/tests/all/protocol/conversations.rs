//! Conversations: found or begun, pinned, muted, archived, read, deleted.

use serde_json::{Value, json};

use super::world::{Ask, World, conversation_of, id};

async fn scene() -> (World, String, String) {
    let world = World::new().await;
    let kevin = world.contact("KevinMcCallister").await;
    let of = conversation_of(&kevin);
    (world, id(&kevin), of)
}

#[actix_web::test]
async fn a_contact_has_one_conversation() {
    let (world, kevin, of) = scene().await;
    let found = world
        .tell("POST", "/conversations", &json!({"contact_id": kevin}))
        .await;
    let found = found.expect(200);
    assert_eq!(
        (&found["id"], &found["group_id"]),
        (&json!(of), &Value::Null)
    );
    assert_eq!(found.as_object().map(serde_json::Map::len), Some(10));
    let path = format!("/conversations/{of}");
    world.ask("DELETE", &path).await.expect_nothing();
    world.ask("GET", &path).await.refused(404);
    let anew = world
        .tell("POST", "/conversations", &json!({"contact_id": kevin}))
        .await;
    assert_ne!(anew.expect(201)["id"], of.as_str());
}

#[actix_web::test]
async fn what_a_reader_says_of_a_conversation_comes_back() {
    let (world, _, of) = scene().await;
    let sent = id(&world.message(&of, "pin me").await);
    let path = format!("/conversations/{of}");
    let form = Ask::new("PUT", World::under(&path))
        .key(&world.key)
        .form("is_muted=true");
    assert_eq!(world.send(&form).await.expect(200)["is_muted"], true);
    let said = json!({"is_pinned": true, "archived_at": 705_103_200, "pinned_message_id": sent});
    let shown = world.tell("PUT", &path, &said).await.expect(200);
    for (name, value) in said.as_object().expect("an object") {
        assert_eq!(shown[name], *value, "{name}");
    }
    assert_eq!(world.ask("GET", &path).await.expect(200), shown);
    for filter in ["muted=true", "pinned=1", "archived=true", "muted=false"] {
        let page = world
            .ask("GET", &format!("/conversations?{filter}"))
            .await
            .expect(200);
        assert_eq!(
            page,
            json!({"has_more": false, "data": [shown]}),
            "{filter}"
        );
    }
    let none = json!({"is_pinned": false, "is_muted": false, "archived_at": null, "pinned_message_id": null});
    let shown = world.tell("PUT", &path, &none).await.expect(200);
    for (name, value) in none.as_object().expect("an object") {
        assert_eq!(shown[name], *value, "{name}");
    }
    let page = world
        .ask("GET", "/conversations?muted=true")
        .await
        .expect(200);
    assert_eq!(page["data"], json!([]));
}

#[actix_web::test]
async fn retrieving_a_conversation_reads_it() {
    let (world, _, of) = scene().await;
    let inside = world
        .native("GET", "/v1/conversations", &Value::Null)
        .await
        .expect(200);
    let people = world
        .native("GET", "/v1/participants", &Value::Null)
        .await
        .expect(200);
    let contact = people["items"].as_array().expect("a page").iter();
    let contact = contact
        .filter(|one| one["kind"] == "contact")
        .map(id)
        .next();
    let path = format!("/v1/conversations/{}/messages", id(&inside["items"][0]));
    let body = json!({"participant_id": contact, "body": "are you there?"});
    world.native("POST", &path, &body).await.expect(201);
    let listed = world.ask("GET", "/messages").await.expect(200);
    assert_eq!(listed["data"][0]["read_at"], Value::Null);
    let opened = world
        .ask("GET", &format!("/conversations/{of}"))
        .await
        .expect(200);
    assert!(
        opened["last_opened_at"].is_i64() && opened["last_active_at"].is_i64(),
        "{opened}"
    );
    let listed = world.ask("GET", "/messages").await.expect(200);
    assert_eq!(listed["data"][0]["read_at"], opened["last_opened_at"]);
}

#[actix_web::test]
async fn conversations_are_paged_both_ways() {
    let (world, _, first) = scene().await;
    let second = world.contact("Buzz").await["conversation_id"].clone();
    let page = world.ask("GET", "/conversations?limit=1").await.expect(200);
    assert_eq!(
        (&page["has_more"], &page["data"][0]["id"]),
        (&json!(true), &second)
    );
    let second = second.as_str().expect("an id");
    let page = world
        .ask("GET", &format!("/conversations?starting_after={second}"))
        .await;
    assert_eq!(page.expect(200)["data"][0]["id"], first.as_str());
    let page = world
        .ask("GET", &format!("/conversations?ending_before={first}"))
        .await;
    assert_eq!(page.expect(200)["data"][0]["id"], second);
}

#[actix_web::test]
async fn a_conversation_that_cannot_be_is_refused() {
    let (world, kevin, of) = scene().await;
    let elsewhere = world.contact("Buzz").await["conversation_id"].clone();
    let sent = id(&world.message(elsewhere.as_str().expect("an id"), "x").await);
    for (body, status) in [
        (json!({}), 400),
        (
            json!({"contact_id": kevin, "group_id": "xgQQXg3hrtjh7AvZ"}),
            400,
        ),
        (json!({"contact_id": "xgQQXg3hrtjh7AvZ"}), 404),
        (json!({"group_id": of}), 404),
    ] {
        world
            .tell("POST", "/conversations", &body)
            .await
            .refused(status);
    }
    let path = format!("/conversations/{of}");
    for (body, status) in [
        (json!({"pinned_message_id": sent}), 422),
        (json!({"pinned_message_id": "xgQQXg3hrtjh7AvZ"}), 422),
        (json!({"is_muted": "perhaps"}), 400),
        (json!({"archived_at": "yesterday"}), 400),
    ] {
        world.tell("PUT", &path, &body).await.refused(status);
    }
}

#[actix_web::test]
async fn another_keys_conversations_do_not_exist() {
    let (world, _, of) = scene().await;
    let sent = id(&world.message(&of, "secret").await);
    let other = world.key_with("messaging:*");
    let ask = async |method: &str, path: &str| world.ask_as(&other, method, path).await;
    assert_eq!(ask("GET", "/messages").await.expect(200)["data"], json!([]));
    for (method, path) in [
        ("GET", format!("/messages/{sent}")),
        ("DELETE", format!("/messages/{sent}")),
        ("GET", format!("/messages?conversation_id={of}")),
        ("GET", format!("/conversations/{of}")),
        ("DELETE", format!("/conversations/{of}")),
    ] {
        ask(method, &path).await.refused(404);
    }
    let body = json!({"conversation_id": of, "message": "let me in"});
    let told = world.tell_as(&other, "POST", "/messages", &body).await;
    told.refused(404);
}

#[actix_web::test]
async fn a_deleted_message_is_pinned_no_more() {
    let (world, _, of) = scene().await;
    let path = format!("/conversations/{of}");
    for elsewhere in [false, true] {
        let message = id(&world.message(&of, "Wednesday at noon").await);
        let pin = json!({"pinned_message_id": message});
        let pinned = world.tell("PUT", &path, &pin).await.expect(200);
        assert_eq!(pinned["pinned_message_id"], json!(message));
        if elsewhere {
            let all = world.native("GET", "/v1/messages", &Value::Null).await;
            let newest = &all.expect(200)["items"][0];
            let (within, native) = (&newest["conversation_id"], &newest["id"]);
            let path = format!("/v1/conversations/{within}/messages/{native}").replace('"', "");
            let deleted = world.native("DELETE", &path, &Value::Null).await;
            assert_eq!(deleted.status, 204);
        } else {
            let deleted = world.ask("DELETE", &format!("/messages/{message}")).await;
            deleted.expect_nothing();
        }
        let shown = world.ask("GET", &path).await.expect(200);
        assert_eq!(shown["pinned_message_id"], Value::Null);
    }
}

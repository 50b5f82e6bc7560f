//! Messages: what comes back of what was sent, lists, edits, deletions, and what others wrote.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::{Ask, World, id, talk};

#[actix_web::test]
async fn what_was_sent_comes_back_member_by_member() {
    let (world, of, ada) = talk().await;
    let first = id(&world.message(&of, &ada, "Hello").await);
    let path = format!("/conversations/{of}/messages");
    let body = json!({
        "participant_id": ada, "type": "image", "body": "https://example.com/a.png",
        "reply_to": first, "metadata": {"n": 1.5, "none": null, "list": [1, {"ü": "€"}]}, "unknown": 1,
    });
    let sent = world.tell("POST", &path, &body).await.expect(201);
    let project = sent["project_id"].as_str().expect("a project");
    assert!(
        project.starts_with("proj_") && project.len() == 31,
        "{project}"
    );
    let expected = json!({
        "id": sent["id"], "project_id": project, "conversation_id": of, "participant_id": ada, "type": "image",
        "body": body["body"], "reply_to": first, "edited_at": null, "deleted_at": null,
        "metadata": body["metadata"], "created_at": sent["created_at"], "private": false,
        "direction": "incoming", "content_type": "text", "content": null, "attachments": [],
        "reactions": [], "delivery_status": "sent", "read_at": null, "status": "ok",
    });
    assert_eq!(sent, expected);
    let one = format!("{path}/{}", id(&sent));
    assert_eq!(world.ask("GET", &one).await.expect(200), expected);
    let list = world.ask("GET", &path).await.expect(200);
    assert_eq!(list["status"], "ok");
    assert_eq!(list["next_cursor"], Value::Null);
    assert_eq!(list["items"][0]["id"], sent["id"]);
    assert_eq!(list["items"][0].get("status"), None);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
}

#[actix_web::test]
async fn numbers_in_metadata_keep_their_digits() {
    let (world, of, ada) = talk().await;
    let metadata = r#"{"big":12345678901234567890123,"exact":1.50}"#;
    let body = format!(r#"{{"participant_id":"{ada}","body":"x","metadata":{metadata}}}"#);
    let ask = Ask::new(
        "POST",
        World::under(&format!("/conversations/{of}/messages")),
    );
    let sent = world.send(&ask.key(&world.key).body(body)).await;
    sent.expect(201);
    assert!(sent.text().contains(metadata), "{}", sent.text());
}

#[actix_web::test]
async fn what_a_send_lacks_is_unprocessable_and_what_is_no_json_is_bad() {
    let (world, of, ada) = talk().await;
    let reader = json!({"external_id": "r", "display_name": "r", "role": "readonly"});
    let members = format!("/conversations/{of}/participants");
    let reader = id(&world.tell("POST", &members, &reader).await.expect(201));
    let other = world.conversation().await;
    let eve = world.participant(&other, "eve").await;
    let elsewhere = id(&world.message(&other, &eve, "There").await);
    let path = format!("/conversations/{of}/messages");
    for wrong in [
        json!({"body": "x"}),
        json!({"participant_id": ada}),
        json!({"participant_id": ada, "body": ""}),
        json!({"participant_id": ada, "body": 7}),
        json!({"participant_id": 7, "body": "x"}),
        json!({"participant_id": "nobody", "body": "x"}),
        json!({"participant_id": eve, "body": "x"}),
        json!({"participant_id": reader, "body": "x"}),
        json!({"participant_id": ada, "body": "x", "type": "video"}),
        json!({"participant_id": ada, "body": "x", "metadata": []}),
        json!({"participant_id": ada, "body": "x", "reply_to": elsewhere}),
        json!({"participant_id": ada, "body": "x".repeat(10_001)}),
    ] {
        let answer = world.tell("POST", &path, &wrong).await;
        answer.refused(422, "unprocessable_entity");
    }
    for wrong in ["{", "[]", "body=x", "\"x\"", "{}x"] {
        for media_type in [
            "application/json",
            "application/x-www-form-urlencoded",
            "text/plain",
        ] {
            let ask = Ask::new("POST", World::under(&path)).key(&world.key);
            let ask = ask.header("Content-Type", media_type).body(wrong);
            world.send(&ask).await.refused(400, "bad_request");
        }
    }
    let nowhere = "/conversations/conv_01ARZ3NDEKTSV4RRFFQ69G5FAV/messages";
    world
        .tell("POST", nowhere, &json!({}))
        .await
        .refused(404, "not_found");
    let list = world.ask("GET", &path).await.expect(200);
    assert_eq!(list["items"], json!([]));
    for state in ["archive", "close"] {
        let turn = |to: &str| format!("/conversations/{of}/{to}");
        world.ask("POST", &turn(state)).await.expect(200);
        let said = json!({"participant_id": ada, "body": "x"});
        world
            .tell("POST", &path, &said)
            .await
            .refused(422, "unprocessable_entity");
        world.ask("POST", &turn("reopen")).await.expect(200);
    }
}

#[actix_web::test]
async fn ids_are_taken_without_their_prefix_too() {
    let (world, of, ada) = talk().await;
    let sent = id(&world.message(&of, &ada, "Hello").await);
    let bare = |id: &str| id.split_once('_').expect("a prefix").1.to_owned();
    let path = format!("/conversations/{}/messages/{}", bare(&of), bare(&sent));
    assert_eq!(world.ask("GET", &path).await.expect(200)["id"], sent);
    let body = json!({"participant_id": bare(&ada), "body": "x", "reply_to": bare(&sent)});
    let path = format!("/conversations/{}/messages", bare(&of));
    let answer = world.tell("POST", &path, &body).await.expect(201);
    assert_eq!(answer["reply_to"], sent);
    for odd in ["7", "msg_", "conv_01ARZ3NDEKTSV4RRFFQ69G5FAV", "%00"] {
        let path = format!("/conversations/{of}/messages/{odd}");
        world.ask("GET", &path).await.refused(404, "not_found");
    }
}

#[actix_web::test]
async fn a_retry_with_an_idempotency_key_sends_once() {
    let (world, of, ada) = talk().await;
    let path = World::under(&format!("/conversations/{of}/messages"));
    for key in [&world.key, &world.key_with("messaging:write")] {
        let ask = Ask::new("POST", path.clone())
            .key(key)
            .header("Idempotency-Key", key);
        let ask = ask.json(&json!({"participant_id": ada, "body": "Once"}));
        world.send_twice(&ask, 201).await;
    }
}

#[actix_web::test]
async fn an_edit_replaces_the_text_only() {
    let (world, of, ada) = talk().await;
    let sent = world.message(&of, &ada, "Helo").await;
    let path = format!("/conversations/{of}/messages/{}", id(&sent));
    world.clock.advance(Duration::from_secs(1));
    let edited = world
        .tell("PATCH", &path, &json!({"body": "Hello"}))
        .await
        .expect(200);
    let mut expected = sent.clone();
    expected["body"] = json!("Hello");
    expected["edited_at"] = json!(causerie_core::port::Clock::now(&*world.clock).to_string());
    assert_eq!(edited, expected);
    for wrong in [
        json!({}),
        json!({"body": ""}),
        json!({"body": null}),
        json!({"body": 1}),
    ] {
        world
            .tell("PATCH", &path, &wrong)
            .await
            .refused(400, "bad_request");
    }
    let long = json!({"body": "x".repeat(10_001)});
    world
        .tell("PATCH", &path, &long)
        .await
        .refused(422, "unprocessable_entity");
    let other = world.conversation().await;
    let elsewhere = format!("/conversations/{other}/messages/{}", id(&sent));
    world
        .tell("PATCH", &elsewhere, &json!({}))
        .await
        .refused(404, "not_found");
}

#[actix_web::test]
async fn what_is_deleted_stays_as_a_tombstone_that_nothing_can_be_done_to() {
    let (world, of, ada) = talk().await;
    let body = json!({"participant_id": ada, "body": "Secret", "metadata": {"k": 1}});
    let list = format!("/conversations/{of}/messages");
    let sent = id(&world.tell("POST", &list, &body).await.expect(201));
    let path = format!("{list}/{sent}");
    let deleted = world.ask("DELETE", &path).await.expect(200);
    assert_eq!(deleted, json!({"deleted": true, "status": "ok"}));
    let stone = world.ask("GET", &path).await.expect(200);
    assert!(stone["deleted_at"].is_string());
    assert_eq!(
        (&stone["body"], &stone["metadata"]),
        (&json!(""), &json!({}))
    );
    let page = world.ask("GET", &list).await.expect(200);
    assert_eq!(page["items"][0]["id"], sent);
    let hidden = world
        .ask("GET", &format!("{list}?include_deleted=false"))
        .await;
    assert_eq!(hidden.expect(200)["items"], json!([]));
    world.ask("DELETE", &path).await.refused(404, "not_found");
    world
        .tell("PATCH", &path, &json!({"body": "x"}))
        .await
        .refused(404, "not_found");
    world
        .tell("PATCH", &path, &json!({}))
        .await
        .refused(404, "not_found");
    let react = json!({"participant_id": ada, "emoji": "👍"});
    let reactions = format!("/messages/{sent}/reactions");
    world
        .tell("POST", &reactions, &react)
        .await
        .refused(404, "not_found");
}

#[actix_web::test]
async fn a_reaction_is_made_once_shown_with_its_message_and_taken_back() {
    let (world, of, ada) = talk().await;
    let sent = id(&world.message(&of, &ada, "Hello").await);
    let path = format!("/messages/{sent}/reactions");
    let body = json!({"participant_id": ada, "emoji": "👍"});
    let made = world.tell("POST", &path, &body).await.expect(201);
    let expected = json!({
        "id": made["id"], "message_id": sent, "participant_id": ada, "emoji": "👍",
        "created_at": made["created_at"],
    });
    assert_eq!(made, expected);
    world
        .tell("POST", &path, &body)
        .await
        .refused(409, "conflict");
    for wrong in [
        json!({}),
        json!({"participant_id": ada, "emoji": "x".repeat(33)}),
    ] {
        world
            .tell("POST", &path, &wrong)
            .await
            .refused(400, "bad_request");
    }
    let nobody = json!({"participant_id": "part_01ARZ3NDEKTSV4RRFFQ69G5FAV", "emoji": "👍"});
    world
        .tell("POST", &path, &nobody)
        .await
        .refused(422, "unprocessable_entity");
    let list = format!("/conversations/{of}/messages");
    let page = world.ask("GET", &list).await.expect(200);
    assert_eq!(page["items"][0]["reactions"], json!([made]));
    let one = format!("{path}/{}", id(&made));
    assert_eq!(
        world.ask("DELETE", &one).await.expect(200),
        json!({"deleted": true})
    );
    world.ask("DELETE", &one).await.refused(404, "not_found");
    let off = json!({"allow_reactions": false});
    world.tell("PATCH", "/settings", &off).await.expect(200);
    world
        .tell("POST", &path, &body)
        .await
        .refused(422, "unprocessable_entity");
}

#[actix_web::test]
async fn what_was_said_natively_is_shown_as_far_as_there_are_words_for_it() {
    let (world, of, ada) = talk().await;
    let agent = json!({"display_name": "Agent", "kind": "agent"});
    let agent = id(&world
        .native("POST", "/v1/participants", &agent)
        .await
        .expect(201));
    let members = format!("/v1/conversations/{of}/members");
    let body = json!({"participant_id": agent});
    world.native("POST", &members, &body).await.expect(201);
    let path = format!("/v1/conversations/{of}/messages");
    let note = json!({"participant_id": agent, "body": "A note", "private": true});
    let voice = json!({"participant_id": ada, "body": "Listen", "type": "voice"});
    for body in [&note, &voice] {
        world.native("POST", &path, body).await.expect(201);
    }
    let page = world
        .ask("GET", &format!("/conversations/{of}/messages"))
        .await
        .expect(200);
    let shown = |index: usize| {
        let item = &page["items"][index];
        (
            item["type"].clone(),
            item["body"].clone(),
            item["private"].clone(),
        )
    };
    assert_eq!(shown(0), (json!("file"), json!("Listen"), json!(false)));
    assert_eq!(shown(1), (json!("text"), json!("A note"), json!(true)));
    let people = world
        .ask("GET", &format!("/conversations/{of}/participants"))
        .await
        .expect(200);
    let agent = people["items"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["id"] == agent));
    let agent = agent.expect("the agent is listed");
    assert_eq!(agent["external_id"], Value::Null);
    assert_eq!(agent["display_name"], "Agent");
}

#[actix_web::test]
async fn a_message_with_a_file_shows_where_it_is() {
    let (world, of, ada) = talk().await;
    let form = format!(
        "--x\r\nContent-Disposition: form-data; name=\"participant_id\"\r\n\r\n{ada}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"attachments[]\"; filename=\"a.txt\"\r\n\
         Content-Type: text/plain\r\n\r\nplain\r\n--x--\r\n"
    );
    let ask = Ask::new("POST", format!("/v1/conversations/{of}/messages")).key(&world.key);
    let ask = ask
        .header("Content-Type", "multipart/form-data; boundary=x")
        .body(form);
    world.send(&ask).await.expect(201);
    let page = world
        .ask("GET", &format!("/conversations/{of}/messages"))
        .await
        .expect(200);
    let message = &page["items"][0];
    assert_eq!(message["type"], "file");
    let file = &message["attachments"][0];
    assert_eq!((&file["name"], &file["size"]), (&json!("a.txt"), &json!(5)));
    assert_eq!(message["body"], file["url"]);
    let url = file["url"].as_str().expect("an address");
    let path = url
        .strip_prefix("http://")
        .and_then(|rest| rest.find('/').map(|at| &rest[at..]));
    let content = world.send(&Ask::new("GET", path.expect("absolute"))).await;
    assert_eq!((content.status, content.text()), (200, "plain".to_owned()));
}

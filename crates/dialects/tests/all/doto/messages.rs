//! Messages: who says them, what goes with them, which of them a list shows.

use std::slice;
use std::time::Duration;

use causerie_dialects::Chosen;
use serde_json::{Value, json};

use super::world::{Ask, World, number};

#[actix_web::test]
async fn what_the_agent_says_is_from_the_owner_of_the_token() {
    let world = World::new().await;
    let of = world.conversation().await;
    let said = world
        .say(of, &json!({"content": "Thanks for reaching out!"}))
        .await;
    assert_eq!(said["message_type"], "outgoing");
    assert_eq!(said["sender"]["type"], "User");
    assert_eq!(said["private"], false);
    assert_eq!(said["content_type"], "text");
    assert_eq!(said["content_attributes"], json!({}));
    assert_eq!(said["attachments"], json!([]));
    assert_eq!(said["conversation_id"], of);
    assert!(said["inbox_id"].is_u64() && said["created_at"].is_i64());
    assert_eq!(said["source_id"], Value::Null);
    assert!(said.get("echo_id").is_none());
    let profile = Ask::new("GET", "/dialects/doto/api/v1/profile").key(&world.key);
    let profile = world.send(&profile).await.expect(200);
    assert_eq!(profile["id"], said["sender"]["id"]);
    assert_eq!(world.list(of, "").await, [said]);
}

#[actix_web::test]
async fn what_the_customer_says_is_from_the_contact_in_api_inboxes_only() {
    let world = World::new().await;
    let of = world.conversation().await;
    let body = json!({"content": "Hi, I need help.", "message_type": "incoming"});
    let said = world.say(of, &body).await;
    assert_eq!(said["message_type"], "incoming");
    assert_eq!(said["sender"]["type"], "Contact");
    assert_eq!(said["sender"]["name"], "Jane Doe");
    let sms = json!({"platform": "sms", "name": "Texts", "url": "https://gw.example/send"});
    let made = world.native("POST", "/v1/channels", &sms).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let inboxes = world.ask("GET", "/inboxes").await.expect(200);
    let sms = &inboxes["payload"][1];
    assert_eq!(sms["channel_type"], "Channel::Sms");
    let contact = world
        .contact(&json!({"name": "Bob", "phone_number": "+31612345678"}))
        .await;
    let open = json!({"inbox_id": sms["id"], "contact_id": contact});
    let other = number(
        &world
            .tell("POST", "/conversations", &open)
            .await
            .expect(200)["id"],
    );
    let path = format!("/conversations/{other}/messages");
    let refused = world.tell("POST", &path, &body).await.refused(422);
    assert_eq!(refused["attributes"], json!(["message_type"]));
}

#[actix_web::test]
async fn lists_show_the_newest_or_what_lies_before_and_after() {
    let world = World::new().await;
    let of = world.conversation().await;
    let mut all = Vec::new();
    for place in 0..25 {
        world.clock.advance(Duration::from_secs(10));
        all.push(
            world
                .say(of, &json!({"content": format!("number {place}")}))
                .await,
        );
    }
    assert_eq!(world.list(of, "").await, all[5..]);
    let id = |place: usize| number(&all[place]["id"]);
    let at = |place: usize| all[place]["created_at"].as_i64().expect("a time");
    let query = |query: String| {
        let world = &world;
        async move { world.list(of, &query).await }
    };
    assert_eq!(query(format!("?before={}", id(3))).await, all[..3]);
    assert_eq!(query(format!("?after={}", id(3))).await, all[4..]);
    assert_eq!(
        query(format!("?after={}&before={}", id(3), id(6))).await,
        all[3..6]
    );
    assert_eq!(query(format!("?before={}", at(3))).await, all[..3]);
    assert_eq!(query(format!("?after={}", at(3))).await, all[4..]);
    assert_eq!(
        query(format!("?after={}&before={}", at(3), at(6))).await,
        all[4..6]
    );
    assert_eq!(query("?after=0".to_owned()).await, all);
    assert_eq!(query("?before=999999999".to_owned()).await, all[5..]);
    assert!(query("?after=999999999".to_owned()).await.is_empty());
    let path = format!("/conversations/{of}/messages?before=soon");
    world.ask("GET", &path).await.refused(400);
}

#[actix_web::test]
async fn notes_and_activities_can_be_left_out() {
    let world = World::new().await;
    let of = world.conversation().await;
    let note = json!({"content": "Premium plan.", "message_type": "outgoing", "private": "true"});
    assert_eq!(world.say(of, &note).await["private"], true);
    let open = world
        .say(of, &json!({"content": "Hello", "private": false}))
        .await;
    assert_eq!(world.list(of, "").await.len(), 2);
    assert_eq!(
        world.list(of, "?filter_internal_messages=true").await,
        [open]
    );
}

#[actix_web::test]
async fn attributes_come_back_as_they_were_written() {
    let world = World::new().await;
    let of = world.conversation().await;
    let first = world.say(of, &json!({"content": "Which?"})).await;
    let attributes = json!({"items": [{"title": "A", "value": "a"}], "own": {"deep": [1, null]}});
    let select = json!({
        "content": "Choose", "content_type": "input_select", "content_attributes": attributes,
        "echo_id": "tmp-1", "source_id": "remote-9", "campaign_id": 7,
        "template_params": {"name": "hello", "language": "en", "processed_params": {"body": {"1": "x"}}},
    });
    let said = world.say(of, &select).await;
    assert_eq!(said["content_type"], "input_select");
    assert_eq!(said["content_attributes"], attributes);
    assert_eq!(
        (&said["echo_id"], &said["source_id"]),
        (&json!("tmp-1"), &json!("remote-9"))
    );
    assert_eq!(said["additional_attributes"]["campaign_id"], 7);
    assert_eq!(
        said["additional_attributes"]["template_params"],
        select["template_params"]
    );
    let answer = json!({
        "content": "This one",
        "content_attributes": {"in_reply_to": first["id"], "type": "odd", "external_created_at": 5},
        "echo_id": 12, "external_created_at": "2024-01-01", "cc_emails": "a@x.org, b@x.org",
    });
    let said = world.say(of, &answer).await;
    let shown = &said["content_attributes"];
    assert_eq!(shown["in_reply_to"], first["id"]);
    assert_eq!(shown["type"], "odd");
    assert_eq!(shown["external_created_at"], "2024-01-01");
    assert_eq!(shown["cc_emails"], json!(["a@x.org", "b@x.org"]));
    assert_eq!(said["echo_id"], 12);
    let unknown = json!({"content": "x", "content_attributes": {"in_reply_to": 999_999}});
    let said = world.say(of, &unknown).await;
    assert_eq!(said["content_attributes"], json!({"in_reply_to": 999_999}));
    assert_eq!(world.list(of, "").await.last(), Some(&said));
}

#[actix_web::test]
async fn numbers_that_are_too_large_for_others_come_back_to_the_digit() {
    let world = World::new().await;
    let of = world.conversation().await;
    let path = World::under(&format!("/conversations/{of}/messages"));
    let body = r#"{"content":"x","content_attributes":{"n":12345678901234567890123,"d":1.50}}"#;
    let ask = Ask::new("POST", path).key(&world.key).body(body);
    let answer = world.send(&ask).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(
        answer
            .text()
            .contains(r#""d":1.50,"n":12345678901234567890123"#),
        "{}",
        answer.text()
    );
}

#[actix_web::test]
async fn a_choice_without_entries_is_refused() {
    let world = World::new().await;
    let of = world.conversation().await;
    let path = format!("/conversations/{of}/messages");
    let empty = json!({"content": "Choose", "content_type": "input_select"});
    let wrong = json!({
        "content": "Choose", "content_type": "input_select",
        "content_attributes": {"items": [{"title": "A", "value": "a", "more": 1}]},
    });
    for body in [empty, wrong] {
        let refused = world.tell("POST", &path, &body).await.refused(422);
        assert_eq!(refused["attributes"], json!(["content_attributes"]));
    }
    assert!(world.list(of, "").await.is_empty());
}

#[actix_web::test]
async fn what_is_deleted_keeps_its_place() {
    let world = World::new().await;
    let of = world.conversation().await;
    let first = world
        .say(
            of,
            &json!({"content": "secret", "content_attributes": {"a": 1}}),
        )
        .await;
    let second = world.say(of, &json!({"content": "kept"})).await;
    let path = format!("/conversations/{of}/messages/{}", first["id"]);
    for _ in 0..2 {
        let gone = world.ask("DELETE", &path).await.expect(200);
        assert_eq!(gone["id"], first["id"]);
        assert_eq!(gone["content"], "This message was deleted");
        assert_eq!(gone["content_type"], "text");
        assert_eq!(gone["content_attributes"], json!({"deleted": true}));
        assert_eq!(gone["attachments"], json!([]));
        assert_eq!(world.list(of, "").await, [gone, second.clone()]);
    }
}

#[actix_web::test]
async fn states_go_forward_and_what_cannot_be_is_let_be() {
    let world = World::new().await;
    let of = world.conversation().await;
    let said = world.say(of, &json!({"content": "x"})).await;
    let path = format!("/conversations/{of}/messages/{}", said["id"]);
    let status = |word: &str| json!({"status": word});
    let tell = async |body: Value| world.tell("PATCH", &path, &body).await;
    for (given, shown) in [
        ("delivered", "delivered"),
        ("nonsense", "delivered"),
        ("read", "read"),
    ] {
        let now = tell(status(given)).await;
        assert_eq!(now.expect(200)["status"], shown);
    }
    assert_eq!(
        tell(status("delivered")).await.expect(200)["status"],
        "read"
    );
    let other = world.say(of, &json!({"content": "y"})).await;
    let path = format!("/conversations/{of}/messages/{}", other["id"]);
    let failed = json!({"status": "failed", "external_error": "no such number"});
    let now = world.tell("PATCH", &path, &failed).await.expect(200);
    assert_eq!(now["status"], "failed");
    assert_eq!(
        now["content_attributes"]["external_error"],
        "no such number"
    );
    let again = world
        .tell("POST", &format!("{path}/retry"), &json!({}))
        .await
        .expect(200);
    assert_eq!(
        (&again["status"], &again["content_attributes"]),
        (&json!("sent"), &json!({}))
    );
}

#[actix_web::test]
async fn a_retry_with_a_key_is_no_second_message() {
    let world = World::new().await;
    let of = world.conversation().await;
    let path = World::under(&format!("/conversations/{of}/messages"));
    let ask = Ask::new("POST", path)
        .key(&world.key)
        .header("Idempotency-Key", "one");
    let ask = ask.json(&json!({"content": "once"}));
    world.send_twice(&ask, 200).await;
    assert_eq!(world.list(of, "").await.len(), 1);
}

#[actix_web::test]
async fn a_resolved_conversation_is_opened_by_what_is_said() {
    let world = World::new().await;
    let of = world.conversation().await;
    for way in ["incoming", "outgoing"] {
        let path = format!("/conversations/{of}/toggle_status");
        let closed = world
            .tell("POST", &path, &json!({"status": "resolved"}))
            .await;
        assert_eq!(closed.expect(200)["payload"]["current_status"], "resolved");
        world
            .say(of, &json!({"content": "again", "message_type": way}))
            .await;
        let now = world
            .ask("GET", &format!("/conversations/{of}"))
            .await
            .expect(200);
        assert_eq!(now["status"], "open");
    }
}

#[actix_web::test]
async fn kinds_are_numbers_where_an_installation_wants_them() {
    let chosen = [("message_type_format".to_owned(), "integer".to_owned())];
    let world = World::with(&Chosen::new(chosen)).await;
    let of = world.conversation().await;
    let said = world.say(of, &json!({"content": "x"})).await;
    assert_eq!(
        (&said["message_type"], &said["sender"]["type"]),
        (&json!(1), &json!("user"))
    );
    let said = world
        .say(of, &json!({"content": "x", "message_type": "incoming"}))
        .await;
    assert_eq!(
        (&said["message_type"], &said["sender"]["type"]),
        (&json!(0), &json!("contact"))
    );
}

#[actix_web::test]
async fn forms_bring_files_and_objects_as_text() {
    let world = World::new().await;
    let of = world.conversation().await;
    let part = |name: &str, text: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
    };
    let file = |name: &str, kind: &str, bytes: &str| {
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"attachments[]\"; filename=\"{name}\"\r\n\
             Content-Type: {kind}\r\n\r\n{bytes}\r\n"
        )
    };
    let body = [
        part("content", "Here you are"),
        part("message_type", "outgoing"),
        part("private", "false"),
        part("content_attributes", r#"{"own":[1]}"#),
        file("notes.txt", "text/plain", "some words"),
        file("more.txt", "text/plain", "other words"),
        "--x--\r\n".to_owned(),
    ];
    let path = World::under(&format!("/conversations/{of}/messages"));
    let ask = Ask::new("POST", path).key(&world.key);
    let ask = ask
        .header("Content-Type", "multipart/form-data; boundary=x")
        .body(body.concat());
    let said = world.send(&ask).await.expect(200);
    assert_eq!(said["content_attributes"], json!({"own": [1]}));
    let files = said["attachments"].as_array().expect("files");
    assert_eq!(files.len(), 2);
    for (file, size) in files.iter().zip([10, 11]) {
        assert_eq!(
            (&file["file_type"], &file["file_size"]),
            (&json!("file"), &json!(size))
        );
        assert_eq!(
            (&file["extension"], &file["message_id"]),
            (&json!("txt"), &said["id"])
        );
        let url = file["data_url"].as_str().expect("an address");
        let path = url.split_once("localhost").map_or(url, |(_, path)| path);
        let path = path.trim_start_matches(|one: char| one != '/');
        let found = world.send(&Ask::new("GET", path)).await;
        assert_eq!((found.status, found.body.len()), (200, size), "{url}");
    }
    let listed = files_of(&world, of, "").await;
    assert_eq!(listed["meta"], json!({"total_count": 2}));
    let newest_first: Vec<&Value> = files.iter().rev().collect();
    let shown: Vec<&Value> = listed["payload"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    assert_eq!(shown, newest_first);
    let second = files_of(&world, of, "?page=2").await;
    assert_eq!(second, json!({"meta": {"total_count": 2}, "payload": []}));
    assert_eq!(world.list(of, "").await, slice::from_ref(&said));

    let path = format!("/conversations/{of}/messages/{}", said["id"]);
    world.ask("DELETE", &path).await.expect(200);
    let none = json!({"meta": {"total_count": 0}, "payload": []});
    assert_eq!(files_of(&world, of, "").await, none);
}

/// The files of a conversation.
async fn files_of(world: &World, of: u64, query: &str) -> Value {
    let path = format!("/conversations/{of}/attachments{query}");
    world.ask("GET", &path).await.expect(200)
}

#[actix_web::test]
async fn urlencoded_forms_say_the_same_as_json() {
    let world = World::new().await;
    let of = world.conversation().await;
    let path = World::under(&format!("/conversations/{of}/messages"));
    let ask = Ask::new("POST", path).key(&world.key);
    let ask = ask
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(
            "content=Choose&content_type=input_select&content_attributes[items][][title]=A\
         &content_attributes[items][][value]=a",
        );
    let said = world.send(&ask).await.expect(200);
    assert_eq!(
        said["content_attributes"],
        json!({"items": [{"title": "A", "value": "a"}]})
    );
}

#[actix_web::test]
async fn an_inbox_that_was_deleted_is_no_api_inbox_at_once() {
    let world = World::new().await;
    let of = world.conversation().await;
    let path = format!("/conversations/{of}/messages");
    let incoming = json!({"content": "x", "message_type": "incoming"});
    let said = world.say(of, &incoming).await;
    let inbox = format!("/inboxes/{}", said["inbox_id"]);
    assert_eq!(world.ask("DELETE", &inbox).await.status, 200);
    let refused = world.tell("POST", &path, &incoming).await.refused(422);
    assert_eq!(refused["attributes"], json!(["message_type"]));
    let path = format!("{path}/{}", said["id"]);
    let status = json!({"status": "read"});
    let refused = world.tell("PATCH", &path, &status).await.refused(403);
    assert_eq!(
        refused["error"],
        "Status: expected a message of an API inbox"
    );
}

#[actix_web::test]
async fn a_contact_learns_nothing_of_notes_by_answering_them() {
    let world = World::new().await;
    let of = world.conversation().await;
    let note = json!({"content": "premium", "private": true});
    let note = world.say(of, &note).await;
    let contacts = world.ask("GET", "/contacts").await.expect(200);
    assert_eq!(contacts["payload"][0]["name"], "Jane Doe");
    let people = world
        .native("GET", "/v1/participants?kind=contact", &json!(null))
        .await
        .expect(200);
    let wish = json!({
        "name": "Jane",
        "scopes": ["messaging:*"],
        "participant_id": people["items"][0]["id"],
    });
    let key = world.native("POST", "/v1/keys", &wish).await.expect(201);
    let key = key["key"].as_str().expect("a key").to_owned();
    let path = World::under(&format!("/conversations/{of}/messages"));
    for answered in [note["id"].clone(), json!(999_999)] {
        let body =
            json!({"content": "Hm?", "content_attributes": {"in_reply_to": answered.clone()}});
        let ask = Ask::new("POST", &path).key(&key).json(&body);
        let said = world.send(&ask).await.expect(200);
        assert_eq!(said["content_attributes"]["in_reply_to"], answered);
    }
}

//! Messages: what clients write comes back, what others wrote is shown, what is wrong is refused.

use serde_json::{Value, json};

use super::world::{Ask, World, conversation_of, id};

const SAID: &str = "You’re what the French call ‘les incompetents.’ 👋";

async fn scene() -> (World, String) {
    let world = World::new().await;
    let kevin = world.contact("KevinMcCallister").await;
    let of = conversation_of(&kevin);
    (world, of)
}

fn ids(page: &Value) -> Vec<String> {
    page["data"]
        .as_array()
        .expect("a page")
        .iter()
        .map(id)
        .collect()
}

#[actix_web::test]
async fn a_message_comes_back_as_it_was_sent() {
    let (world, of) = scene().await;
    let sent = world.message(&of, SAID).await;
    assert_eq!(
        (&sent["message"], &sent["conversation_id"]),
        (&json!(SAID), &json!(of))
    );
    assert_eq!(
        (&sent["read_at"], &sent["updated_at"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&sent["reactions"], &sent["attachments"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(sent["contact"]["username"], "first key");
    assert_eq!(
        sent["contact"].as_object().map(serde_json::Map::len),
        Some(6)
    );
    let again = world.ask("GET", &format!("/messages/{}", id(&sent))).await;
    assert_eq!(again.expect(200), sent);
    let listed = world
        .ask("GET", &format!("/messages?conversation_id={of}"))
        .await;
    assert_eq!(
        listed.expect(200),
        json!({"has_more": false, "data": [sent]})
    );
}

#[actix_web::test]
async fn all_encodings_of_a_form_say_the_same() {
    let (world, of) = scene().await;
    let encoded: Vec<String> = SAID.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let encoded = encoded.concat();
    let bodies = [
        format!("conversation_id={of}&message={SAID}"),
        format!("conversation%5Fid={of}&message={encoded}"),
        format!("conversation_id={of}&message={}", SAID.replace(' ', "+")),
    ];
    for body in bodies {
        let ask = Ask::new("POST", World::under("/messages"))
            .key(&world.key)
            .form(&body);
        let sent = world.send(&ask).await.expect(201);
        assert_eq!(sent["message"], SAID, "{body}");
    }
    let parts = format!(
        "--x\r\nContent-Disposition: form-data; name=\"conversation_id\"\r\n\r\n{of}\r\n\
         --x\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n{SAID}\r\n--x--\r\n"
    );
    let ask = Ask::new("POST", World::under("/messages"))
        .key(&world.key)
        .body(parts);
    let ask = ask.header("Content-Type", "multipart/form-data; boundary=x");
    assert_eq!(world.send(&ask).await.expect(201)["message"], SAID);
}

#[actix_web::test]
async fn pages_walk_both_ways_without_gap_or_repeat() {
    let (world, of) = scene().await;
    let mut all = Vec::new();
    for number in 0..11 {
        all.insert(0, id(&world.message(&of, &number.to_string()).await));
        if number == 9 {
            let page = world.ask("GET", "/messages").await.expect(200);
            assert_eq!(
                (page["has_more"].as_bool(), ids(&page).len()),
                (Some(false), 10)
            );
        }
    }
    for list in [
        format!("/messages?conversation_id={of}"),
        "/messages?".to_owned(),
    ] {
        let page = world.ask("GET", &list).await.expect(200);
        assert_eq!(
            (page["has_more"].as_bool(), ids(&page)),
            (Some(true), all[..10].to_vec())
        );
        let get = async |query: String| {
            let page = world
                .ask("GET", &format!("{list}&limit=4&{query}"))
                .await
                .expect(200);
            (ids(&page), page["has_more"].as_bool() == Some(true))
        };
        let after = get(format!("starting_after={}", all[3])).await;
        assert_eq!(after, (all[4..8].to_vec(), true));
        let last = get(format!("starting_after={}", all[7])).await;
        assert_eq!(last, (all[8..].to_vec(), false));
        let before = get(format!("ending_before={}", all[6])).await;
        assert_eq!(before, (all[2..6].to_vec(), true));
        let first = get(format!("ending_before={}", all[2])).await;
        assert_eq!(first, (all[..2].to_vec(), false));
        for wrong in [
            "limit=0".to_owned(),
            "limit=101".to_owned(),
            "limit=ten".to_owned(),
            "starting_after=SIuAFUNKdSYHZF2w".to_owned(),
            format!("starting_after={}&ending_before={}", all[0], all[1]),
        ] {
            world
                .ask("GET", &format!("{list}&{wrong}"))
                .await
                .refused(400);
        }
    }
    let other = world.contact("Linnie").await["conversation_id"].clone();
    let other = id(&world.message(other.as_str().expect("an id"), "there").await);
    let mixed = format!("/messages?conversation_id={of}&starting_after={other}");
    assert!(
        world
            .ask("GET", &mixed)
            .await
            .refused(400)
            .contains("starting_after")
    );
}

#[actix_web::test]
async fn what_is_wrong_is_told_in_protocols_form() {
    let (world, of) = scene().await;
    let sent = id(&world.message(&of, "x").await);
    let swapped: String = sent
        .chars()
        .map(|c| {
            if c.is_ascii_lowercase() {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    for missing in [
        "/messages/SIuAFUNKdSYHZF2w",
        "/messages/x",
        "/nothing",
        &format!("/messages/{swapped}"),
    ] {
        world.ask("GET", missing).await.refused(404);
    }
    world
        .ask("GET", "/messages?conversation_id=xgQQXg3hrtjh7AvZ")
        .await
        .refused(404);
    world.ask("DELETE", "/messages").await.refused(405);
    let said = [
        (json!({"conversation_id": of}), 400),
        (json!({"conversation_id": of, "message": ""}), 400),
        (json!({"conversation_id": of, "message": 7}), 400),
        (
            json!({"conversation_id": of, "message": "x".repeat(10_001)}),
            400,
        ),
        (json!({"message": "x"}), 400),
        (
            json!({"conversation_id": "xgQQXg3hrtjh7AvZ", "message": "x"}),
            404,
        ),
        (json!({"conversation_id": "xgQQXg3hrtjh7AvZ"}), 404),
        (
            json!({"conversation_id": of, "message": "x", "attachments": ["Nc6yKKMpcxiiFxp6"]}),
            422,
        ),
        (
            json!({"conversation_id": of, "message": "x", "attachments": [1]}),
            400,
        ),
        (json!([]), 400),
    ];
    for (body, status) in said {
        world.tell("POST", "/messages", &body).await.refused(status);
    }
    let malformed = Ask::new("POST", World::under("/messages"))
        .key(&world.key)
        .body("{");
    world.send(&malformed).await.refused(400);
    world
        .send(&Ask::new("GET", World::under("/messages")))
        .await
        .refused(401);
    let reader = world.key_with("messaging:read");
    let ask = Ask::new("POST", World::under("/messages"))
        .key(&reader)
        .json(&json!({}));
    world.send(&ask).await.refused(403);
    let listed = world.ask("GET", "/messages").await.expect(200);
    assert_eq!(ids(&listed), [sent]);
}

#[actix_web::test]
async fn a_retry_with_the_same_key_is_not_a_second_message() {
    let (world, of) = scene().await;
    let body = json!({"conversation_id": of, "message": "once"});
    let ask = Ask::new("POST", World::under("/messages"))
        .key(&world.key)
        .json(&body);
    let ask = ask.header("Idempotency-Key", "k1");
    let sent = world.send_twice(&ask, 201).await;
    let listed = world.ask("GET", "/messages").await.expect(200);
    assert_eq!(ids(&listed), [id(&sent)]);
}

#[actix_web::test]
async fn a_retry_is_answered_to_who_only_writes() {
    let (world, of) = scene().await;
    let voice = world.native("GET", "/v1/participants", &Value::Null).await;
    let voice = voice.expect(200)["items"].clone();
    let is_voice = |one: &&Value| one["kind"] == "agent";
    let voice = voice.as_array().into_iter().flatten().find(is_voice);
    let key = world.key_for("messaging:write", &id(voice.expect("an agent")));
    let body = json!({"conversation_id": of, "message": "once"});
    let ask = Ask::new("POST", World::under("/messages"))
        .key(&key)
        .json(&body);
    let ask = ask.header("Idempotency-Key", "k1");
    world.send_twice(&ask, 201).await;
}

#[actix_web::test]
async fn an_edit_shows_when_and_keeps_what_it_does_not_say() {
    let (world, of) = scene().await;
    let sent = world.message(&of, "first").await;
    let path = format!("/messages/{}", id(&sent));
    let edited = world
        .tell("PUT", &path, &json!({"message": "second"}))
        .await
        .expect(200);
    assert_eq!(edited["message"], "second");
    assert!(edited["updated_at"].as_i64() >= edited["created_at"].as_i64());
    let same = world
        .tell("PATCH", &path, &json!({"unknown": true}))
        .await
        .expect(200);
    assert_eq!(same, edited);
    world
        .tell("PUT", &path, &json!({"message": ""}))
        .await
        .refused(422);
    world
        .tell("PUT", "/messages/SIuAFUNKdSYHZF2w", &json!({"message": 1}))
        .await
        .refused(404);
}

#[actix_web::test]
async fn a_message_is_deleted_for_good() {
    let (world, of) = scene().await;
    let sent = id(&world.message(&of, "gone").await);
    let path = format!("/messages/{sent}");
    world.ask("DELETE", &path).await.expect_nothing();
    world.ask("GET", &path).await.refused(404);
    world.ask("DELETE", &path).await.refused(404);
    assert!(ids(&world.ask("GET", "/messages").await.expect(200)).is_empty());
}

#[actix_web::test]
async fn what_was_read_is_told_and_listing_reads_nothing() {
    let (world, of) = scene().await;
    let sent = world.message(&of, "read me").await;
    let path = format!("/messages/{}", id(&sent));
    world.ask("GET", "/messages").await.expect(200);
    assert_eq!(
        world.ask("GET", &path).await.expect(200)["read_at"],
        Value::Null
    );
    let told = world
        .tell("PUT", &path, &json!({"read_at": 705_103_200}))
        .await;
    assert_eq!(told.expect(200)["read_at"], 705_103_200);
    let form = Ask::new("PUT", World::under(&path))
        .key(&world.key)
        .form("read_at=");
    assert_eq!(world.send(&form).await.expect(200)["read_at"], Value::Null);
}

#[actix_web::test]
async fn what_others_wrote_is_shown_but_for_notes_and_deleted_ones() {
    let (world, of) = scene().await;
    let ask = async |path: &str| world.native("GET", path, &Value::Null).await;
    let inside = ask("/v1/conversations").await.expect(200)["items"][0]["id"].clone();
    let inside = inside.as_str().expect("an id");
    let people = ask("/v1/participants").await.expect(200);
    let by = |kind: &str| {
        let found = people["items"].as_array().expect("a page").iter();
        found
            .filter(|one| one["kind"] == kind)
            .map(id)
            .next()
            .expect("somebody")
    };
    let path = format!("/v1/conversations/{inside}/messages");
    let say = async |body: Value| id(&world.native("POST", &path, &body).await.expect(201));
    say(json!({"participant_id": by("contact"), "body": "hello", "metadata": {"a": 1}})).await;
    say(json!({"participant_id": by("agent"), "body": "note", "private": true})).await;
    let hidden = say(json!({"participant_id": by("contact"), "body": "hidden"})).await;
    world
        .native("DELETE", &format!("{path}/{hidden}"), &Value::Null)
        .await;
    let listed = world
        .ask("GET", &format!("/messages?conversation_id={of}"))
        .await
        .expect(200);
    assert_eq!(ids(&listed).len(), 1, "{listed}");
    assert_eq!(listed["data"][0]["message"], "hello");
    assert_eq!(listed["data"][0]["contact"]["username"], "KevinMcCallister");
    assert_eq!(
        listed["data"][0]["contact"]["phone_number"],
        "1-800-759-3000"
    );
}

#[actix_web::test]
async fn people_with_keys_of_their_own_talk_in_a_group() {
    let world = World::new().await;
    let mut keys = Vec::new();
    for name in ["kevin", "linnie"] {
        let body = json!({"display_name": name, "external_id": name, "kind": "contact"});
        let made = world
            .native("POST", "/v1/participants", &body)
            .await
            .expect(201);
        keys.push(world.key_for("messaging:*", &id(&made)));
    }
    let ask = async |key: usize, method: &str, path: &str, body: Value| {
        world.tell_as(&keys[key], method, path, &body).await
    };
    let group = json!({"name": "Home", "contacts": [{"username": "linnie"}]});
    let group = ask(0, "POST", "/groups", group).await.expect(201);
    let said = json!({"conversation_id": group["conversation_id"], "message": "mine"});
    let own = ask(1, "POST", "/messages", said.clone()).await.expect(201);
    assert_eq!(own["contact"]["username"], "linnie");
    let other = ask(0, "POST", "/messages", said).await.expect(201);
    let (own, other) = (
        format!("/messages/{}", id(&own)),
        format!("/messages/{}", id(&other)),
    );
    let read = ask(
        0,
        "PUT",
        &own,
        json!({"read_at": 1, "reactions": {"wow": ["kevin", "linnie"]}}),
    )
    .await;
    assert_eq!(
        read.expect(200)["reactions"],
        json!([{"wow": ["kevin", "linnie"]}])
    );
    ask(1, "PUT", &other, json!({"message": "theirs"}))
        .await
        .refused(403);
    ask(1, "DELETE", &other, Value::Null).await.refused(403);
    ask(1, "DELETE", &own, Value::Null).await.expect_nothing();
    for key in [0, 1] {
        ask(key, "GET", &own, Value::Null).await.refused(404);
        let listed = ask(key, "GET", "/messages", Value::Null).await.expect(200);
        assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    }
    ask(0, "DELETE", &other, Value::Null).await.expect_nothing();
}

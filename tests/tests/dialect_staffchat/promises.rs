//! What Ziik's API documentation promises of messages.

use causerie_tests::shape::{check, filled, list, map, object};
use causerie_tests::{Database, Dialect, Server, moment, on_both_stores};
use serde_json::{Value, json};

use super::{Talk, User, message};

on_both_stores!(
    a_message_has_all_of_its_members,
    a_reply_shows_what_it_answers,
    an_author_has_all_members_and_a_subtext,
    markup_comes_back_as_it_was_written,
    times_are_seconds_and_edits_have_one,
    what_was_deleted_is_a_tombstone_that_answers_still_show,
    what_cannot_be_sent_is_refused,
    a_token_works_until_it_expires,
    a_reader_walks_all_pages_there_and_back,
);

fn a_message_has_all_of_its_members(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let sent = talk.say(&json!({"message": "Hello"}));
    check(&sent, &message());
    assert_eq!(sent.as_object().map(serde_json::Map::len), Some(13));
    for (name, value) in [
        ("deleted", json!(false)),
        ("edited_at", Value::Null),
        ("reactions", json!([])),
        ("files", json!([])),
        ("voice", Value::Null),
        ("type", json!("normal")),
        ("conversationId", json!(talk.conversation)),
    ] {
        assert_eq!(sent[name], value, "{name}");
    }
    assert_eq!(talk.shown(&sent), sent);
}

fn a_reply_shows_what_it_answers(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let first = talk.say(&json!({"message": "first", "parent_id": null}));
    assert_eq!(
        (&first["is_reply"], &first["parent"]),
        (&json!(false), &Value::Null)
    );
    let second = talk.say(&json!({"message": "second", "parent_id": first["id"]}));
    assert_eq!(
        (&second["is_reply"], &second["parent"]["id"]),
        (&json!(true), &first["id"])
    );
    check(&second, &message());
}

fn an_author_has_all_members_and_a_subtext(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let author = &talk.say(&json!({"message": "Hello"}))["author"];
    assert_eq!(author.as_object().map(serde_json::Map::len), Some(12));
    for (name, value) in [
        ("id", json!(talk.ada.number)),
        ("first_name", json!("John")),
        ("last_name", json!("Doe")),
        ("name", json!("John Doe")),
        ("title", json!("Manager")),
        ("active", json!(true)),
        ("avatar", Value::Null),
        ("archived_at", Value::Null),
        ("participant_type", json!("normal")),
        ("subtext", json!("Manager - HQ (Sales)")),
    ] {
        assert_eq!(author[name], value, "{name}");
    }
    assert_eq!(
        (&author["unit"]["name"], &author["department"]["name"]),
        (&json!("HQ"), &json!("Sales"))
    );
}

fn markup_comes_back_as_it_was_written(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    for text in [
        "<b>x</b> @[John](user:1)",
        "“quotes” – ü 🎉\n\ttab",
        "&lt; \\u0041 %20 +",
    ] {
        let sent = talk.say(&json!({"message": text}));
        assert_eq!(
            (&sent["message"], &talk.shown(&sent)["message"]),
            (&json!(text), &json!(text))
        );
    }
}

/// What time it is for the server, in whole seconds.
#[track_caller]
fn now(server: &Server, database: &Database) -> i64 {
    moment::now(&mut server.client(database)).unix_timestamp()
}

fn times_are_seconds_and_edits_have_one(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let before = now(&server, database);
    let sent = talk.say(&json!({"message": "Helo"}));
    let date = sent["date"].as_i64().expect("seconds");
    let after = now(&server, database);
    assert!((before..=after).contains(&date) && sent["edited_at"].is_null());
    let path = format!("{}/{}", talk.messages(), sent["id"]);
    let edited = talk
        .ada
        .client
        .patch(&path, &json!({"message": "Hello"}))
        .expect(200);
    assert!(edited["edited_at"].as_i64().is_some_and(|at| at >= date));
    assert_eq!(
        (&edited["message"], &edited["date"]),
        (&json!("Hello"), &sent["date"])
    );
    let path = format!("{path}/finalize-update");
    assert_eq!(talk.ada.client.post(&path, &json!({})).expect(200), edited);
}

fn what_was_deleted_is_a_tombstone_that_answers_still_show(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let first = talk.say(&json!({"message": "first"}));
    let path = format!("{}/{}", talk.messages(), first["id"]);
    let reaction = json!({"reaction": "wow"});
    talk.bob
        .client
        .post(&format!("{path}/reactions"), &reaction)
        .expect(200);
    talk.say(&json!({"message": "second", "parent_id": first["id"]}));
    for _ in 0..2 {
        assert_eq!(talk.ada.client.delete(&path).status, 204);
    }
    let listed = talk.listed();
    let [second, tombstone] = listed.as_slice() else {
        panic!("two messages: {listed:?}")
    };
    check(tombstone, &message());
    for (name, value) in [
        ("id", first["id"].clone()),
        ("deleted", json!(true)),
        ("message", json!("")),
        ("reactions", json!([])),
        ("files", json!([])),
        ("voice", Value::Null),
    ] {
        assert_eq!(tombstone[name], value, "{name}");
    }
    assert_eq!(
        (&second["is_reply"], &second["parent"]),
        (&json!(true), tombstone)
    );
    assert_eq!(talk.shown(&first), *tombstone);
}

fn what_cannot_be_sent_is_refused(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let mut eve = User::new(&server, database, "Eve").client;
    let path = talk.messages();
    let told = object([("message", filled())]);
    let invalid = told.clone().with("errors", map(list(filled())));
    let wrong = talk
        .ada
        .client
        .post(&path, &json!({"parent_id": null}))
        .expect(422);
    check(&wrong, &invalid);
    assert!(wrong["errors"]["message"].is_array());
    let text = json!({"message": "Hello"});
    check(
        &talk
            .ada
            .client
            .with_token("")
            .post(&path, &text)
            .expect(401),
        &told,
    );
    check(&eve.post(&path, &text).expect(403), &told);
    check(&eve.get(&path).expect(403), &told);
    for unknown in [
        "/conversations/4711/messages",
        "/conversations/x/messages",
        "/nowhere",
    ] {
        check(&eve.post(unknown, &text).expect(404), &told);
    }
    check(&eve.put(&path, &text).expect(405), &told);
    assert_eq!(talk.listed(), Vec::<Value>::new());
}

fn a_token_works_until_it_expires(database: &Database) {
    let server = Server::start(database);
    let mut user = User::new(&server, database, "Stella");
    let body = json!({"username": "Stella@example.com", "password": user.client.token()});
    let given = user.client.post("/authenticate", &body).expect(200);
    assert_eq!(given.as_array().map(Vec::len), Some(1));
    let expires = given[0]["expires"].as_i64().expect("seconds");
    let now = now(&server, database);
    assert!((now + 86_000..=now + 86_400).contains(&expires));
    let jwt = given[0]["jwt"].as_str().expect("a token");
    let mut holder: Dialect = user.client.with_token(jwt);
    assert_eq!(holder.get("/users/current").expect(200)["id"], user.number);
    // Which stands for its key as long as that is good.
    let mut native = server.client(database);
    let keys = native.get("/v1/keys?limit=100").expect(200);
    let keys = keys["items"].as_array().expect("keys");
    let bound = keys.iter().find(|key| key["participant_id"].is_string());
    let id = bound.expect("a bound key")["id"].as_str().expect("an id");
    let revoked = native.call("POST", &format!("/v1/keys/{id}/revoke"), &[], None);
    assert!(revoked.status < 300, "{}", revoked.text());
    holder.get("/users/current").expect(401);
}

fn a_reader_walks_all_pages_there_and_back(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let mut sent: Vec<Value> = (0..7)
        .map(|place| talk.say(&json!({"message": format!("message {place}")}))["id"].clone())
        .collect();
    sent.reverse();
    let path = talk.messages();
    let base = talk.bob.client.base();
    let bob = &mut talk.bob.client;
    let (mut seen, mut prev, mut at) = (Vec::new(), Vec::new(), format!("{path}?limit=3"));
    loop {
        let page = bob.get(&at).expect(200);
        let data = page["data"].as_array().expect("data");
        seen.extend(data.iter().map(|one| one["id"].clone()));
        prev.push(page["links"]["prev"].clone());
        let Some(next) = page["links"]["next"].as_str() else {
            break;
        };
        next.strip_prefix(&base)
            .expect("our own")
            .clone_into(&mut at);
    }
    assert_eq!((seen, prev.len()), (sent.clone(), 3));
    let back = prev[2]
        .as_str()
        .expect("a link")
        .strip_prefix(&base)
        .expect("our own")
        .to_owned();
    let page = bob.get(&back).expect(200);
    assert_eq!(page["data"][0]["id"], sent[3]);
    let around = bob
        .get(&format!("{path}?limit=3&starter_message_id={}", sent[3]))
        .expect(200);
    assert_eq!(around["data"][1]["id"], sent[3]);
    let found = bob.get(&format!("{path}?query=message+3")).expect(200);
    assert_eq!(found["data"].as_array().map(Vec::len), Some(1));
}

//! Every example of `SaaSignal`'s API reference, as it is printed but for the server, the key and the ids.

use causerie_tests::shape::{check, is, object};
use causerie_tests::{Database, Dialect, Server, on_both_stores, scene};
use serde_json::{Value, json};

use super::{MODULE, Talk, conversation, message, page_of, participant, reaction, settings};

const THEIRS: &str = "https://api.saasignal.saastemly.com";

on_both_stores!(
    the_example_that_sends_a_message,
    the_example_that_lists_messages,
    the_example_that_shows_a_message,
    the_example_that_edits_a_message,
    the_example_that_deletes_a_message,
    the_example_that_begins_a_conversation,
    the_example_that_adds_a_participant,
    what_a_client_has_to_be_told_comes_with_its_key,
    the_neighbours_answer_as_documented,
);

/// Runs an example; `instead` replaces ids.
#[track_caller]
fn run(client: &Dialect, example: &str, instead: &[(&str, &str)], status: u16) -> Value {
    let base = client.base();
    let own = [(THEIRS, base.as_str()), ("sk_live_...", client.token())];
    let answer = client.curl(example, &[&own, instead].concat());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.expect(status)
}

fn the_example_that_sends_a_message(database: &Database) {
    let server = Server::start(database);
    let talk = Talk::begin(&server, database);
    let example = r#"curl -X POST https://api.saasignal.saastemly.com/modules/messaging/conversations/{conversation_id}/messages \
  -H "Authorization: Bearer sk_live_..." \
  -H "Content-Type: application/json" \
  -d '{"participant_id":"...","body":"..."}'"#;
    let who = format!(r#""participant_id":"{}""#, talk.participant);
    let instead = [
        ("{conversation_id}", talk.conversation.as_str()),
        (r#""participant_id":"...""#, &who),
    ];
    let sent = run(&talk.client, example, &instead, 201);
    check(&sent, &message().with("status", is("ok")));
    assert_eq!(sent["body"], "...");
    assert_eq!(sent["type"], "text");
    assert_eq!(sent["metadata"], json!({}));
}

fn the_example_that_lists_messages(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    talk.text("Hello");
    let example = r#"curl https://api.saasignal.saastemly.com/modules/messaging/conversations/{conversation_id}/messages \
  -H "Authorization: Bearer sk_live_...""#;
    let instead = [("{conversation_id}", talk.conversation.as_str())];
    let page = run(&talk.client, example, &instead, 200);
    check(&page, &page_of(message()).with("status", is("ok")));
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
}

fn the_example_that_shows_a_message(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let id = talk.text("Hello");
    let example = r#"curl https://api.saasignal.saastemly.com/modules/messaging/conversations/{conversation_id}/messages/{message_id} \
  -H "Authorization: Bearer sk_live_...""#;
    let instead = [
        ("{conversation_id}", talk.conversation.as_str()),
        ("{message_id}", &id),
    ];
    let shown = run(&talk.client, example, &instead, 200);
    check(&shown, &message().with("status", is("ok")));
    assert_eq!(shown["id"], id);
}

fn the_example_that_edits_a_message(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let id = talk.text("Hello");
    let example = r#"curl -X PATCH https://api.saasignal.saastemly.com/modules/messaging/conversations/{conversation_id}/messages/{message_id} \
  -H "Authorization: Bearer sk_live_..." \
  -H "Content-Type: application/json" \
  -d '{"body":"..."}'"#;
    let instead = [
        ("{conversation_id}", talk.conversation.as_str()),
        ("{message_id}", &id),
    ];
    let edited = run(&talk.client, example, &instead, 200);
    check(&edited, &message().with("status", is("ok")));
    assert_eq!(edited["body"], "...");
    assert!(edited["edited_at"].is_string());
}

fn the_example_that_deletes_a_message(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let id = talk.text("Hello");
    let example = r#"curl -X DELETE https://api.saasignal.saastemly.com/modules/messaging/conversations/{conversation_id}/messages/{message_id} \
  -H "Authorization: Bearer sk_live_...""#;
    let instead = [
        ("{conversation_id}", talk.conversation.as_str()),
        ("{message_id}", &id),
    ];
    let deleted = run(&talk.client, example, &instead, 200);
    check(
        &deleted,
        &object([("deleted", is(true)), ("status", is("ok"))]),
    );
}

fn the_example_that_begins_a_conversation(database: &Database) {
    let server = Server::start(database);
    let client = Dialect::of(&server, database, "saasignal");
    let example = r#"curl -X POST https://api.saasignal.saastemly.com/modules/messaging/conversations \
  -H "Authorization: Bearer sk_live_..." -H "Content-Type: application/json" -d '{}'"#;
    let made = run(&client, example, &[], 201);
    check(&made, &conversation());
    assert_eq!(made["type"], "group");
}

fn the_example_that_adds_a_participant(database: &Database) {
    let server = Server::start(database);
    let talk = Talk::begin(&server, database);
    let example = r#"curl -X POST https://api.saasignal.saastemly.com/modules/messaging/conversations/{conversation_id}/participants \
  -H "Authorization: Bearer sk_live_..." -H "Content-Type: application/json" \
  -d '{"external_id":"...","display_name":"..."}'"#;
    let instead = [("{conversation_id}", talk.conversation.as_str())];
    let made = run(&talk.client, example, &instead, 201);
    check(&made, &participant());
    assert_eq!(
        (&made["external_id"], &made["role"]),
        (&json!("..."), &json!("member"))
    );
}

fn what_a_client_has_to_be_told_comes_with_its_key(database: &Database) {
    let server = Server::start(database);
    let client = Dialect::of(&server, database, "saasignal");
    assert_eq!(client.setting("token"), client.token());
    assert!(client.setting("project id").starts_with("proj_"));
    assert!(client.setting("base URL").ends_with("/dialects/saasignal"));
}

fn the_neighbours_answer_as_documented(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let sent = talk.text("Hello");
    let (own, one) = (
        talk.path(""),
        talk.path(&format!("/participants/{}", talk.participant)),
    );
    let client = &mut talk.client;
    check(&client.get(&own).expect(200), &conversation());
    let list = format!("{MODULE}/conversations");
    check(&client.get(&list).expect(200), &page_of(conversation()));
    let changed = client.patch(&own, &json!({"title": "Order 7", "description": null}));
    check(
        &changed.expect(200),
        &conversation().with("title", is("Order 7")),
    );
    for (to, status) in [
        ("archive", "archived"),
        ("reopen", "open"),
        ("close", "closed"),
    ] {
        let turned = client.post(&format!("{own}/{to}"), &json!({}));
        check(
            &turned.expect(200),
            &conversation().with("status", is(status)),
        );
    }
    let people = client.get(&format!("{own}/participants")).expect(200);
    check(&people, &page_of(participant()));
    let changed = client.patch(&one, &json!({"role": "owner", "metadata": {"a": [1.5]}}));
    let expected = participant().with("metadata", is(json!({"a": [1.5]})));
    check(&changed.expect(200), &expected.with("role", is("owner")));
    let reactions = format!("{MODULE}/messages/{sent}/reactions");
    let body = json!({"participant_id": talk.participant, "emoji": "👍"});
    let made = client.post(&reactions, &body).expect(201);
    check(&made, &reaction());
    let gone = object([("deleted", is(true))]);
    let path = format!("{reactions}/{}", scene::id(&made));
    check(&client.delete(&path).expect(200), &gone);
    check(&client.delete(&one).expect(200), &gone);
    check(&client.delete(&own).expect(200), &gone);
    check(
        &client.get(&format!("{MODULE}/settings")).expect(200),
        &settings(),
    );
    let args = ["--scope", "messaging:*", "--scope", "admin"];
    let mut admin = Dialect::with(&server, database, "saasignal", &args);
    let changed = admin.patch(
        &format!("{MODULE}/settings"),
        &json!({"max_message_length": 500}),
    );
    check(
        &changed.expect(200),
        &settings().with("max_message_length", is(500)),
    );
}

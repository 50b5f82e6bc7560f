//! Every example of Doto's documentation, as it is printed but for the server, the token and the ids.

use std::fs;

use causerie_tests::pictures::png;
use causerie_tests::shape::{absent, check, filled, is, list, object, serial};
use causerie_tests::{Database, Dialect, Server, on_both_stores};
use serde_json::{Value, json};

use super::{
    ACCOUNT, Desk, agent, contact, contact_inbox, conversation, inbox, incoming, meta, outgoing,
};

const THEIRS: &str = "https://app.usendoto.com";

on_both_stores!(
    the_example_that_answers_a_customer,
    the_example_that_writes_a_note,
    the_example_that_lists_messages,
    the_example_that_sends_a_file,
    the_example_that_deletes_a_message,
    what_a_client_has_to_be_told_comes_with_its_key,
    the_neighbours_answer_as_documented,
);

/// Runs an example about a conversation.
#[track_caller]
fn run(desk: &Desk, example: &str, instead: &[(&str, &str)]) -> Value {
    let base = desk.client.base();
    let of = format!("/conversations/{}/", desk.conversation);
    let own = [
        (THEIRS, base.as_str()),
        ("YOUR_TOKEN", desk.client.token()),
        ("/conversations/42/", of.as_str()),
    ];
    let answer = desk.client.curl(example, &[&own, instead].concat());
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.expect(200)
}

fn the_example_that_answers_a_customer(database: &Database) {
    let server = Server::start(database);
    let desk = Desk::open(&server, database);
    let example = r#"curl -X POST https://app.usendoto.com/api/v1/accounts/1/conversations/42/messages \
  -H 'api_access_token: YOUR_TOKEN' -H 'Content-Type: application/json' \
  -d '{"content":"Thanks for reaching out! We will look into this right away.","message_type":"outgoing","private":false}'"#;
    let said = run(&desk, example, &[]);
    let text = "Thanks for reaching out! We will look into this right away.";
    let expected = outgoing()
        .with("content", is(text))
        .with("private", is(false))
        .with("content_type", is("text"))
        .with("echo_id", absent());
    check(&said, &expected);
}

fn the_example_that_writes_a_note(database: &Database) {
    let server = Server::start(database);
    let desk = Desk::open(&server, database);
    let example = r#"curl -X POST https://app.usendoto.com/api/v1/accounts/1/conversations/42/messages \
  -H 'api_access_token: YOUR_TOKEN' -H 'Content-Type: application/json' \
  -d '{"content":"Internal note: customer is on the premium plan.","message_type":"outgoing","private":true}'"#;
    let said = run(&desk, example, &[]);
    check(&said, &outgoing().with("private", is(true)));
}

fn the_example_that_lists_messages(database: &Database) {
    let server = Server::start(database);
    let mut desk = Desk::open(&server, database);
    desk.say(&json!({"content": "Hi, I need help with my order.", "message_type": "incoming"}));
    let example = "curl https://app.usendoto.com/api/v1/accounts/1/conversations/42/messages -H 'api_access_token: YOUR_TOKEN'";
    let base = desk.client.base();
    let of = format!("/conversations/{}/", desk.conversation);
    let instead = [
        (THEIRS, base.as_str()),
        ("YOUR_TOKEN", desk.client.token()),
        ("/conversations/42/", of.as_str()),
    ];
    let listed = desk.client.curl(example, &instead).expect(200);
    check(
        &listed,
        &object([("meta", meta()), ("payload", list(incoming()))]),
    );
    let said = &listed["payload"][0];
    assert_eq!(said["content"], "Hi, I need help with my order.");
    assert_eq!(said["sender"]["name"], "Jane Doe");
    assert_eq!(said["sender"]["type"], "Contact");
    assert_eq!(said["attachments"], json!([]));
}

fn the_example_that_sends_a_file(database: &Database) {
    let server = Server::start(database);
    let desk = Desk::open(&server, database);
    let picture = png(8, 6);
    fs::write(database.directory().join("screenshot.png"), &picture).expect("written");
    let example = r"curl -X POST https://app.usendoto.com/api/v1/accounts/1/conversations/42/messages -H 'api_access_token: YOUR_TOKEN' \
  -F 'content=Here is the screenshot' -F 'message_type=outgoing' -F 'private=false' -F 'attachments[]=@screenshot.png'";
    let said = run(&desk, example, &[]);
    check(&said, &outgoing());
    let file = &said["attachments"][0];
    assert_eq!(
        (&file["file_type"], &file["extension"]),
        (&json!("image"), &json!("png"))
    );
    assert_eq!(file["message_id"], said["id"]);
    assert_eq!(file["file_size"], picture.len());
}

fn the_example_that_deletes_a_message(database: &Database) {
    let server = Server::start(database);
    let mut desk = Desk::open(&server, database);
    let said = desk.say(&json!({"content": "Oops"}));
    let id = format!("/messages/{} ", said["id"]);
    let example = "curl -X DELETE https://app.usendoto.com/api/v1/accounts/1/conversations/42/messages/101 -H 'api_access_token: YOUR_TOKEN'";
    let gone = run(&desk, example, &[("/messages/101 ", &id)]);
    let expected = outgoing()
        .with("content", is("This message was deleted"))
        .with("content_attributes", is(json!({"deleted": true})));
    check(&gone, &expected);
    assert_eq!(gone["id"], said["id"]);
}

fn what_a_client_has_to_be_told_comes_with_its_key(database: &Database) {
    let server = Server::start(database);
    let mut client = Dialect::of(&server, database, "doto");
    assert_eq!(client.setting("account_id"), "1");
    assert_eq!(client.setting("api_access_token"), client.token());
    let path = format!("{ACCOUNT}/inboxes/{}", client.setting("inbox_id"));
    check(&client.get(&path).expect(200), &inbox());
    let profile = client.get("/api/v1/profile").expect(200);
    assert_eq!(profile["accounts"][0]["id"], 1);
    assert_eq!(profile["accounts"][0]["role"], "administrator");
}

fn the_neighbours_answer_as_documented(database: &Database) {
    let server = Server::start(database);
    let mut desk = Desk::open(&server, database);
    desk.say(&json!({"content": "Hello"}));
    let path = desk.path("");
    check(&desk.client.get(&path).expect(200), &conversation());
    let listed = desk
        .client
        .get(&format!("{ACCOUNT}/conversations?page=1&status=open"))
        .expect(200);
    let counts =
        json!({"all_count": 1, "mine_count": 0, "unassigned_count": 1, "assigned_count": 0});
    let data = object([("meta", is(counts)), ("payload", list(conversation()))]);
    check(&listed, &object([("data", data)]));
    let contacts = desk.client.get(&format!("{ACCOUNT}/contacts")).expect(200);
    let count = object([("count", is(1)), ("current_page", is(1))]);
    check(
        &contacts,
        &object([("meta", count), ("payload", list(contact()))]),
    );
    let path = format!("{ACCOUNT}/contacts/{}", desk.contact);
    check(
        &desk.client.get(&path).expect(200),
        &object([("payload", contact())]),
    );
    let known = contacts["payload"][0]["contact_inboxes"][0].clone();
    check(&known, &contact_inbox());
    let inboxes = desk.client.get(&format!("{ACCOUNT}/inboxes")).expect(200);
    check(&inboxes, &object([("payload", list(inbox()))]));
    let agents = desk.client.get(&format!("{ACCOUNT}/agents")).expect(200);
    check(&agents, &list(agent()));
    let path = desk.path("/toggle_status");
    let turned = desk
        .client
        .post(&path, &json!({"status": "resolved"}))
        .expect(200);
    let payload = object([
        ("success", is(true)),
        ("conversation_id", serial()),
        ("current_status", filled()),
        ("snoozed_until", is(Value::Null)),
    ]);
    check(
        &turned,
        &object([("meta", is(json!({}))), ("payload", payload)]),
    );
}

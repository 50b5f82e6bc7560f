//! What Doto's documentation promises, and what of the product underneath clients rely on.

use std::collections::BTreeSet;

use causerie_tests::form::Form;
use causerie_tests::pictures::{png, wav};
use causerie_tests::shape::check;
use causerie_tests::{Database, Dialect, Server, on_both_stores, scene};
use serde_json::{Value, json};

use super::{ACCOUNT, Desk, files_of_a_conversation, incoming, number, outgoing};

on_both_stores!(
    outgoing_is_from_the_owner_of_the_token_and_incoming_from_the_contact,
    incoming_is_refused_where_the_inbox_is_no_api_inbox,
    a_note_never_reaches_the_contact,
    lists_show_the_newest_twenty_or_what_lies_around_a_time_or_an_id,
    choices_need_entries_and_come_back_unchanged,
    what_is_deleted_is_still_listed_in_its_place,
    two_files_can_be_fetched_with_their_sizes_and_sorts,
    what_is_unknown_is_not_found_and_a_wrong_token_lets_nobody_in,
    states_go_forward_and_failures_say_why,
    states_are_refused_outside_of_api_inboxes,
    an_answer_names_what_it_answers,
    messages_of_v1_are_shown_and_those_of_here_are_shown_there,
);

fn outgoing_is_from_the_owner_of_the_token_and_incoming_from_the_contact(database: &Database) {
    let server = Server::start(database);
    let mut desk = Desk::open(&server, database);
    let said = desk.say(&json!({"content": "Hello", "message_type": "outgoing"}));
    check(&said, &outgoing());
    let profile = desk.client.get("/api/v1/profile").expect(200);
    assert_eq!(said["sender"]["id"], profile["id"]);
    let asked = desk.say(&json!({"content": "Hi", "message_type": "incoming"}));
    check(&asked, &incoming());
    assert_eq!(number(&asked["sender"]["id"]), desk.contact);
    // Who answers has read.
    let mut read = said;
    read["status"] = json!("read");
    assert_eq!(desk.list(""), [read, asked]);
}

/// The number of a conversation in an inbox for text messages.
#[track_caller]
fn texts(server: &Server, database: &Database, client: &mut Dialect) -> u64 {
    let mut native = server.client(database);
    let channel =
        json!({"platform": "sms", "name": "Texts", "url": "https://gateway.example/send"});
    native.post("/v1/channels", &channel).expect(201);
    let inboxes = client.get(&format!("{ACCOUNT}/inboxes")).expect(200);
    let mut inboxes = inboxes["payload"].as_array().expect("a list").iter();
    let sms = inboxes
        .find(|one| one["channel_type"] == "Channel::Sms")
        .expect("it");
    let who = json!({"name": "Bob", "phone_number": "+31612345678"});
    let made = client
        .post(&format!("{ACCOUNT}/contacts"), &who)
        .expect(200);
    let body = json!({"inbox_id": sms["id"], "contact_id": made["payload"]["contact"]["id"]});
    let opened = client.post(&format!("{ACCOUNT}/conversations"), &body);
    number(&opened.expect(200)["id"])
}

fn incoming_is_refused_where_the_inbox_is_no_api_inbox(database: &Database) {
    let server = Server::start(database);
    let mut client = Dialect::of(&server, database, "doto");
    let of = texts(&server, database, &mut client);
    let path = format!("{ACCOUNT}/conversations/{of}/messages");
    let body = json!({"content": "Hi", "message_type": "incoming"});
    client.check_error(client.another().post(&path, &body), 422);
    assert_eq!(client.get(&path).expect(200)["payload"], json!([]));
}

fn a_note_never_reaches_the_contact(database: &Database) {
    let server = Server::start(database);
    let mut desk = Desk::open(&server, database);
    let note = desk.say(&json!({"content": "Premium plan", "private": true}));
    assert_eq!(note["private"], true);
    let open = desk.say(&json!({"content": "Hello Jane"}));
    assert_eq!(desk.list(""), [note, open]);
    let mut native = server.client(database);
    let people = native.get("/v1/participants").expect(200);
    let mut people = people["items"].as_array().expect("a list").iter();
    let jane = people
        .find(|one| one["display_name"] == "Jane Doe")
        .expect("Jane");
    let mut own = scene::bound(&mut native, &scene::id(jane));
    let talks = own.get("/v1/conversations").expect(200);
    let path = scene::messages(&scene::id(&talks["items"][0]));
    let seen = own.get(&path);
    assert!(
        seen.text().contains("Hello Jane") && !seen.text().contains("Premium"),
        "{}",
        seen.text()
    );
    let mut other = Dialect::with(
        &server,
        database,
        "protocol",
        &["--participant", &scene::id(jane)],
    );
    let talks = other.get("/v1/messages?limit=100");
    assert!(!talks.text().contains("Premium"), "{}", talks.text());
}

fn lists_show_the_newest_twenty_or_what_lies_around_a_time_or_an_id(database: &Database) {
    let server = Server::start(database);
    let mut desk = Desk::open(&server, database);
    let all: Vec<Value> = (0..24)
        .map(|place| desk.say(&json!({"content": format!("number {place}")})))
        .collect();
    let ids = |all: &[Value]| -> Vec<u64> { all.iter().map(|one| number(&one["id"])).collect() };
    let all = ids(&all);
    assert!(all.is_sorted());
    let (third, tenth) = (all[3], all[10]);
    assert_eq!(ids(&desk.list("")), all[4..]);
    assert_eq!(ids(&desk.list(&format!("?before={third}"))), all[..3]);
    assert_eq!(ids(&desk.list(&format!("?after={third}"))), all[4..]);
    assert_eq!(
        ids(&desk.list(&format!("?after={third}&before={tenth}"))),
        all[3..10]
    );
    let times: Vec<u64> = desk
        .list("?after=0")
        .iter()
        .map(|one| number(&one["created_at"]))
        .collect();
    let (first, last) = (times[0], times[times.len() - 1]);
    assert_eq!(ids(&desk.list(&format!("?before={}", last + 1))), all[4..]);
    assert_eq!(ids(&desk.list(&format!("?after={}", first - 1))), all);
    assert_eq!(
        ids(&desk.list(&format!("?after={}&before={}", first - 1, last + 1))),
        all
    );
    assert!(desk.list(&format!("?after={last}")).is_empty());
    assert!(desk.list(&format!("?before={first}")).is_empty());
}

fn choices_need_entries_and_come_back_unchanged(database: &Database) {
    let server = Server::start(database);
    let mut desk = Desk::open(&server, database);
    let path = desk.path("/messages");
    let empty = json!({"content": "Which?", "content_type": "input_select"});
    let refused = desk.client.post(&path, &empty).expect(422);
    assert!(
        refused["error"].is_string() && refused["attributes"].is_array(),
        "{refused}"
    );
    let attributes =
        json!({"items": [{"title": "Red", "value": "r"}, {"title": "Blue", "value": "b"}]});
    let choice = json!({
        "content": "Which?", "content_type": "input_select", "content_attributes": attributes,
    });
    let said = desk.say(&choice);
    assert_eq!(said["content_attributes"], attributes);
    assert_eq!(desk.list(""), [said]);
}

fn what_is_deleted_is_still_listed_in_its_place(database: &Database) {
    let server = Server::start(database);
    let mut desk = Desk::open(&server, database);
    let form =
        Form::default()
            .text("content", "With a file")
            .file("attachments[]", "a.txt", b"words");
    let path = desk.path("/messages");
    let said = desk.client.form(&path, &form).expect(200);
    let after = desk.say(&json!({"content": "After it"}));
    let path = desk.path(&format!("/messages/{}", said["id"]));
    for _ in 0..2 {
        desk.client.delete(&path).expect(200);
    }
    let listed = desk.list("");
    assert_eq!((&listed[0]["id"], &listed[1]), (&said["id"], &after));
    assert_eq!(listed[0]["content"], "This message was deleted");
    assert_eq!(listed[0]["content_attributes"], json!({"deleted": true}));
    assert_eq!(listed[0]["attachments"], json!([]));
}

fn two_files_can_be_fetched_with_their_sizes_and_sorts(database: &Database) {
    let server = Server::start(database);
    let mut desk = Desk::open(&server, database);
    let files = [("a.png", png(9, 7), "image"), ("b.wav", wav(100), "audio")];
    let mut form = Form::default()
        .text("content", "Two files")
        .text("private", "false");
    for (name, bytes, _) in &files {
        form = form.file("attachments[]", name, bytes);
    }
    let path = desk.path("/messages");
    let said = desk.client.form(&path, &form).expect(200);
    check(&said, &outgoing());
    let native = server.client(database);
    for (place, (_, bytes, sort)) in files.iter().enumerate() {
        let file = &said["attachments"][place];
        assert_eq!(
            (&file["file_type"], &file["file_size"]),
            (&json!(sort), &json!(bytes.len()))
        );
        let address = file["data_url"].as_str().expect("an address");
        let (mut nobody, path) = native.stranger(address);
        assert_eq!(nobody.get(&path).body, *bytes);
    }
    let path = desk.path("/attachments");
    let listed = desk.client.call("GET", &path, None).expect(200);
    check(&listed, &files_of_a_conversation());
    let sorts = |of: &Value| -> BTreeSet<String> {
        let all = of.as_array().expect("a list").iter();
        all.map(|one| format!("{} {} {}", one["id"], one["message_id"], one["file_type"]))
            .collect()
    };
    assert_eq!(listed["meta"]["total_count"], 2);
    assert_eq!(sorts(&listed["payload"]), sorts(&said["attachments"]));
}

fn what_is_unknown_is_not_found_and_a_wrong_token_lets_nobody_in(database: &Database) {
    let server = Server::start(database);
    let mut desk = Desk::open(&server, database);
    let message = desk.path("/messages/999999");
    for (method, path) in [
        ("GET", "/api/v1/accounts/2/conversations/1/messages"),
        ("GET", "/api/v1/accounts/1/conversations/999/messages"),
        ("DELETE", message.as_str()),
    ] {
        let answer = desk.client.call(method, path, None);
        assert_eq!(
            answer.expect(404),
            json!({"error": "Resource could not be found"})
        );
    }
    let path = desk.path("/messages");
    let mut stranger = desk.client.with_token("wrong");
    assert_eq!(
        stranger.get(&path).expect(401),
        json!({"error": "Invalid Access Token"})
    );
}

fn states_go_forward_and_failures_say_why(database: &Database) {
    let server = Server::start(database);
    let mut desk = Desk::open(&server, database);
    let said = desk.say(&json!({"content": "x"}));
    let path = desk.path(&format!("/messages/{}", said["id"]));
    for (given, shown) in [
        ("delivered", "delivered"),
        ("read", "read"),
        ("delivered", "read"),
    ] {
        let now = desk.client.patch(&path, &json!({"status": given}));
        assert_eq!(now.expect(200)["status"], shown);
    }
    let said = desk.say(&json!({"content": "y"}));
    let path = desk.path(&format!("/messages/{}", said["id"]));
    let failed = json!({"status": "failed", "external_error": "no such number"});
    let now = desk.client.patch(&path, &failed).expect(200);
    assert_eq!(now["status"], "failed");
    assert_eq!(
        now["content_attributes"]["external_error"],
        "no such number"
    );
    assert_eq!(desk.list("").last(), Some(&now));
}

fn states_are_refused_outside_of_api_inboxes(database: &Database) {
    let server = Server::start(database);
    let mut client = Dialect::of(&server, database, "doto");
    let of = texts(&server, database, &mut client);
    let path = format!("{ACCOUNT}/conversations/{of}/messages");
    let said = client
        .post(&path, &json!({"content": "Hello Bob"}))
        .expect(200);
    let path = format!("{path}/{}", said["id"]);
    let refused = client
        .patch(&path, &json!({"status": "delivered"}))
        .expect(403);
    assert!(refused["error"].is_string());
}

fn an_answer_names_what_it_answers(database: &Database) {
    let server = Server::start(database);
    let mut desk = Desk::open(&server, database);
    let asked = desk.say(&json!({"content": "Where?", "message_type": "incoming"}));
    let attributes = json!({"in_reply_to": asked["id"]});
    let said = desk.say(&json!({"content": "Here", "content_attributes": attributes}));
    assert_eq!(said["content_attributes"], attributes);
    let mut native = server.client(database);
    let talks = native.get("/v1/conversations").expect(200);
    let path = scene::messages(&scene::id(&talks["items"][0]));
    let there = native.get(&path).expect(200)["items"].clone();
    assert_eq!(there[0]["reply_to"], there[1]["id"]);
}

fn messages_of_v1_are_shown_and_those_of_here_are_shown_there(database: &Database) {
    let server = Server::start(database);
    let mut desk = Desk::open(&server, database);
    let said = desk.say(&json!({"content": "“Written” here \u{1f600}", "source_id": "r-1"}));
    let mut native = server.client(database);
    let talks = native.get("/v1/conversations").expect(200);
    let of = scene::id(&talks["items"][0]);
    let there = native.get(&scene::messages(&of)).expect(200)["items"][0].clone();
    assert_eq!(
        (&there["body"], &there["source_id"]),
        (&said["content"], &json!("r-1"))
    );
    let ada = scene::person(&mut native, "agent", "Ada");
    let member = json!({"participant_id": ada, "role": "admin"});
    native
        .post(&format!("/v1/conversations/{of}/members"), &member)
        .expect(201);
    scene::send(&mut native, &of, &ada, "Written there");
    let shown = desk.list("").pop().expect("it");
    check(&shown, &outgoing());
    assert_eq!(
        (&shown["content"], &shown["sender"]["name"]),
        (&json!("Written there"), &json!("Ada"))
    );
}

//! People outside: whoever an identifier leads to is there once, however many ask at once and however it is written.
//!
//! Who may see identifiers is tested with the API.

use std::sync::Barrier;
use std::thread;

use causerie_tests::{Client, Database, Server, check, on_both_stores, scene};
use serde_json::{Value, json};

const SENDERS: usize = 32;

on_both_stores!(
    sends_at_once_to_somebody_new_create_one_contact_and_one_conversation,
    an_identifier_is_the_same_however_it_is_written,
    two_contacts_that_are_one_are_merged,
);

fn sends_at_once_to_somebody_new_create_one_contact_and_one_conversation(database: &Database) {
    let servers: Vec<Server> = (0..if database.is_shared() { 2 } else { 1 })
        .map(|_| Server::start(database))
        .collect();
    let mut client = servers[0].client(database);
    let made = client.post(
        "/v1/channels",
        &json!({"platform": "native", "name": "App"}),
    );
    let channel = scene::id(&made.expect(201));
    let path = format!("/v1/channels/{channel}/messages");
    let barrier = Barrier::new(SENDERS);
    let sent: Vec<Value> = thread::scope(|scope| {
        let (barrier, path, servers) = (&barrier, path.as_str(), servers.as_slice());
        let senders: Vec<_> = (0..SENDERS)
            .map(|number| {
                let mut client = servers[number % servers.len()].client(database);
                scope.spawn(move || {
                    let body = json!({"body": format!("message {number}"), "receivers": [
                        {"identifier": {"key": "emailaddress", "value": "ada@example.org"}}]});
                    barrier.wait();
                    client.post(path, &body).expect(202)
                })
            })
            .collect();
        let sent = senders
            .into_iter()
            .map(|sender| sender.join().expect("sent"));
        sent.collect()
    });
    let conversation = sent[0]["conversation_id"].as_str().expect("a conversation");
    assert!(
        sent.iter()
            .all(|one| one["conversation_id"] == conversation)
    );
    assert_eq!(
        check::conversation(&mut client, conversation).len(),
        SENDERS
    );
    let of = "/v1/participants?identifier_key=emailaddress&identifier_value=ada%40example.org";
    assert_eq!(check::walk(&mut client, of).len(), 1);
    let everybody = check::walk(&mut client, "/v1/participants?kind=contact");
    assert_eq!(everybody.len(), 1, "{everybody:?}");
    let places = format!("/v1/conversations?channel_id={channel}");
    assert_eq!(check::walk(&mut client, &places).len(), 1);
}

#[track_caller]
fn resolve(client: &mut Client, key: &str, value: &str, status: u16) -> Value {
    let value = causerie_tests::client::encoded(value);
    let path = format!("/v1/participants/by-identifier/{key}/{value}");
    client.call("PUT", &path, &[], None).expect(status)
}

fn an_identifier_is_the_same_however_it_is_written(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    for (key, first, others, kept) in [
        (
            "phonenumber",
            "+31 6 12345678",
            ["0031612345678", "+31(6)1234-5678"],
            "+31612345678",
        ),
        (
            "emailaddress",
            "Ada@Example.ORG",
            ["Ada@example.org", " Ada@EXAMPLE.org"],
            "Ada@example.org",
        ),
        ("customer", "A/42", ["A/42", " A/42 "], "A/42"),
    ] {
        let made = resolve(&mut client, key, first, 201);
        assert_eq!(made["identifiers"], json!([{"key": key, "value": kept}]));
        for other in others {
            let found = resolve(&mut client, key, other, 200);
            assert_eq!(found["id"], made["id"], "{other}");
        }
    }
    let apart = resolve(&mut client, "emailaddress", "ada@example.org", 201);
    assert_eq!(
        apart["kind"], "contact",
        "what is before the @ may differ by case"
    );
    let wrong = client.call(
        "PUT",
        "/v1/participants/by-identifier/phonenumber/12",
        &[],
        None,
    );
    assert_eq!(
        wrong.code().as_deref(),
        Some("validation_failed"),
        "{}",
        wrong.text()
    );
    let body = json!({"kind": "contact", "display_name": "Twin",
        "identifiers": [{"key": "phonenumber", "value": "+31612345678"}]});
    let taken = client.post("/v1/participants", &body);
    assert_eq!(taken.status, 409, "{}", taken.text());
}

fn two_contacts_that_are_one_are_merged(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let agent = scene::participant(&mut client, "Agent");
    let gone = scene::id(&resolve(
        &mut client,
        "emailaddress",
        "ada@example.org",
        201,
    ));
    let into = scene::id(&resolve(&mut client, "phonenumber", "+31612345678", 201));
    let place = scene::conversation(&mut client, &[agent, gone.clone()]);
    scene::send(&mut client, &place, &gone, "It is me");
    let merged = client.post(
        &format!("/v1/participants/{gone}/merge"),
        &json!({"into": into}),
    );
    let merged = merged.expect(200);
    assert_eq!(merged["id"], into.as_str());
    assert_eq!(
        merged["identifiers"].as_array().map(Vec::len),
        Some(2),
        "{merged}"
    );
    let old = client.get(&format!("/v1/participants/{gone}")).expect(200);
    assert_eq!(old["merged_into"], into.as_str());
    let found = resolve(&mut client, "emailaddress", "ada@example.org", 200);
    assert_eq!(found["id"], into.as_str());
    let members = check::walk(&mut client, &format!("/v1/conversations/{place}/members"));
    let members = json!(members).to_string();
    assert!(
        members.contains(&into) && !members.contains(&gone),
        "{members}"
    );
    let said = check::conversation(&mut client, &place);
    assert_eq!(
        said[0]["participant_id"],
        gone.as_str(),
        "what was said keeps its sender"
    );
    scene::send(&mut client, &place, &into, "And still");
    let again = client.post(
        &format!("/v1/participants/{into}/merge"),
        &json!({"into": into}),
    );
    assert_eq!(
        again.code().as_deref(),
        Some("validation_failed"),
        "{}",
        again.text()
    );
}

//! Many sends in one request: a result for each, in order, whatever becomes of its neighbours; a retry repeats
//! none of them.
//!
//! What a single send is refused for is tested with the API.

use std::thread::{self, ScopedJoinHandle};

use causerie_tests::{
    Answer, Client, Database, Scene, Server, check, moment, on_both_stores, scene,
};
use serde_json::{Value, json};

on_both_stores!(
    every_send_of_a_batch_has_its_result_in_its_place,
    a_batch_that_is_none_is_refused_as_a_whole,
    i4_a_retried_batch_repeats_nothing,
    i4_a_batch_and_its_retries_at_once_send_every_message_once
);

const BATCH: &str = "/v1/messages/batch";
const COUNT: usize = 100;

fn post(client: &mut Client, key: &str, body: &Value) -> Answer {
    client.call("POST", BATCH, &[("idempotency-key", key)], Some(body))
}

fn results(answer: &Value) -> &[Value] {
    answer["results"].as_array().expect("results")
}

/// A hundred sends: every fifth is refused or malformed in one of several ways.
fn mixed(scene: &Scene, later: &str) -> Vec<Value> {
    let send = |number: usize| {
        json!({"conversation_id": scene.conversations[number % scene.conversations.len()],
            "participant_id": scene.people[number % 2], "body": format!("Number {number}")})
    };
    let nobody = "part_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let nowhere = "conv_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let bend = |number: usize, mut send: Value| {
        match number {
            5 => send["participant_id"] = json!(nobody),
            10 => send["conversation_id"] = json!(nowhere),
            15 => send["body"] = json!(7),
            20 => send["body"] = json!(""),
            25 => send["colour"] = json!("red"),
            30 => send["tags"] = json!(["a/b"]),
            35 => send["reply_to"] = json!("msg_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            40 => send = json!("Hello"),
            45 => send["scheduled_for"] = json!(later),
            50 => send["body"] = json!("x".repeat(10_001)),
            55 => send["conversation_id"] = Value::Null,
            _ => {}
        }
        send
    };
    (0..COUNT)
        .map(|number| bend(number, send(number)))
        .collect()
}

/// The statuses that `mixed` leads to.
fn expected(number: usize) -> &'static [u64] {
    match number {
        5 => &[403],
        10 => &[404],
        15 | 25 | 40 | 55 => &[400, 422],
        20 | 30 | 35 | 50 => &[422],
        45 => &[202],
        _ => &[201],
    }
}

fn every_send_of_a_batch_has_its_result_in_its_place(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 2, 4);
    let later = moment::ahead(&mut client, 3_600_000);
    let sends = mixed(&scene, &later);
    let answer = client.post(BATCH, &json!({"messages": sends})).expect(200);
    let results = results(&answer);
    assert_eq!(results.len(), COUNT);
    let mut stored = Vec::new();
    for (number, result) in results.iter().enumerate() {
        let status = result["status"].as_u64().expect("a status");
        assert!(expected(number).contains(&status), "{number}: {result}");
        match status {
            201 => {
                assert_eq!(result["message"]["body"], format!("Number {number}"));
                stored.push(result["message"].clone());
            }
            202 => assert_eq!(
                result["scheduled_message"]["body"],
                format!("Number {number}")
            ),
            _ => {
                let problem = &result["problem"];
                assert!(problem["code"].is_string(), "{number}: {result}");
                assert_eq!(problem["status"], status, "{number}: {result}");
            }
        }
    }
    assert_eq!(results[30]["problem"]["errors"][0]["pointer"], "/tags/0");
    let kept: Vec<Value> = scene
        .conversations
        .iter()
        .flat_map(|id| check::conversation(&mut client, id))
        .collect();
    let mut ids: Vec<String> = stored.iter().map(scene::id).collect();
    let mut there: Vec<String> = kept.iter().map(scene::id).collect();
    ids.sort_unstable();
    there.sort_unstable();
    assert_eq!(ids, there, "what was answered is there, and nothing else");
    check::log(&mut client, &kept);
}

fn a_batch_that_is_none_is_refused_as_a_whole(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    let send = json!({"conversation_id": scene.conversations[0],
        "participant_id": scene.people[0], "body": "Hello"});
    let all: Vec<Value> = (0..=COUNT).map(|_| send.clone()).collect();
    for body in [
        json!({"messages": all}),
        json!({"messages": []}),
        json!({"messages": send}),
        json!({"messages": [send], "colour": "red"}),
        json!({}),
        json!([send]),
    ] {
        let answer = client.post(BATCH, &body);
        assert!([400, 422].contains(&answer.status), "{}", answer.text());
        assert!(answer.code().is_some(), "{}", answer.text());
    }
    assert_eq!(
        client.post(BATCH, &json!({"messages": all})).refused(422),
        "validation_failed"
    );
    let stored = check::conversation(&mut client, &scene.conversations[0]);
    assert!(stored.is_empty(), "nothing was sent: {stored:?}");
}

fn i4_a_retried_batch_repeats_nothing(database: &Database) {
    let mut server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 2, 4);
    let later = moment::ahead(&mut client, 3_600_000);
    let body = json!({"messages": mixed(&scene, &later)});
    let first = post(&mut client, "\"all\"", &body);
    assert_eq!(first.header("idempotency-replayed"), None);
    let before = everything(&mut client, &scene);
    server.kill();
    let server = Server::start(database);
    let mut client = server.client(database);
    let again = post(&mut client, "\"all\"", &body);
    assert_eq!((first.status, again.status), (200, 200));
    let (one, other) = (first.expect(200), again.expect(200));
    for (number, (one, other)) in results(&one).iter().zip(results(&other)).enumerate() {
        if one["status"] == 201 || one["status"] == 202 {
            assert_eq!(one.to_string(), other.to_string(), "{number}");
        } else {
            assert_eq!(one["problem"]["code"], other["problem"]["code"], "{number}");
        }
    }
    assert_eq!(
        before,
        everything(&mut client, &scene),
        "nothing was sent again"
    );
    let waiting = check::walk(&mut client, "/v1/scheduled-messages");
    assert_eq!(waiting.len(), 1);

    // Where all went well, the retry is the first answer byte for byte, and says so.
    let fine = json!({"messages": [
        {"conversation_id": scene.conversations[0], "participant_id": scene.people[0], "body": "One"},
        {"conversation_id": scene.conversations[1], "participant_id": scene.people[1], "body": "Two"},
    ]});
    let first = post(&mut client, "\"fine\"", &fine);
    let again = post(&mut client, "\"fine\"", &fine);
    assert_eq!(first.text(), again.text(), "byte for byte");
    assert_eq!(again.header("idempotency-replayed"), Some("true"));

    // Another item under the same key is another request; its neighbour is still the same.
    let mut other = fine.clone();
    other["messages"][1]["body"] = json!("Three");
    let answer = post(&mut client, "\"fine\"", &other).expect(200);
    assert_eq!(results(&answer)[0]["status"], 201);
    assert_eq!(
        results(&answer)[1]["problem"]["code"],
        "idempotency_key_reused"
    );
    let stored = everything(&mut client, &scene);
    check::log(&mut client, &stored);
}

fn everything(client: &mut Client, scene: &Scene) -> Vec<Value> {
    let all = scene.conversations.iter();
    all.flat_map(|id| check::conversation(client, id)).collect()
}

fn i4_a_batch_and_its_retries_at_once_send_every_message_once(database: &Database) {
    let server = Server::start(database);
    let scene = Scene::set(&mut server.client(database), 1, 4);
    let send = |number: usize| {
        json!({"conversation_id": scene.conversations[number % 4],
            "participant_id": scene.people[0], "body": format!("Number {number}")})
    };
    let sends: Vec<Value> = (0..COUNT).map(send).collect();
    let body = json!({"messages": sends});
    let answers: Vec<String> = thread::scope(|scope| {
        let calls: Vec<_> = (0..4)
            .map(|_| {
                let mut client = server.client(database);
                let body = &body;
                scope.spawn(move || post(&mut client, "\"at-once\"", body).text())
            })
            .collect();
        let answers = calls.into_iter().map(ScopedJoinHandle::join);
        answers.map(|answer| answer.expect("an answer")).collect()
    });
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    let mut client = server.client(database);
    let stored = everything(&mut client, &scene);
    assert_eq!(stored.len(), COUNT);
    check::log(&mut client, &stored);
}

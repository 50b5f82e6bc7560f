//! I4: a retry is not a second message, on any node, at the same time, and across restarts.
//!
//! Which requests take keys and how replays look is tested with the API.

use std::thread::{self, ScopedJoinHandle};

use causerie_tests::{
    Answer, Client, Database, Scene, Server, check, eventually, moment, on_both_stores,
};
use serde_json::{Value, json};

on_both_stores!(
    i4_a_retry_after_a_crash_is_given_the_first_answer,
    i4_the_same_key_for_another_message_is_refused,
    i4_a_retry_of_what_was_scheduled_and_sent_meanwhile_sends_nothing
);

mod nodes {
    causerie_tests::on_postgres!(
        i4_retries_on_two_nodes_at_once_make_one_message,
        i4_batches_retried_on_two_nodes_at_once_send_every_message_once
    );

    use super::{
        i4_batches_retried_on_two_nodes_at_once_send_every_message_once,
        i4_retries_on_two_nodes_at_once_make_one_message,
    };
}

fn send_once(client: &mut Client, scene: &Scene, key: &str, text: &str) -> Answer {
    let body = json!({"participant_id": scene.people[0], "body": text});
    client.call(
        "POST",
        &scene.messages(0),
        &[("idempotency-key", key)],
        Some(&body),
    )
}

fn i4_a_retry_after_a_crash_is_given_the_first_answer(database: &Database) {
    let mut server = Server::start(database);
    let scene = Scene::set(&mut server.client(database), 1, 1);
    let first = send_once(&mut server.client(database), &scene, "\"a-key\"", "Hello");
    server.kill();
    let server = Server::start(database);
    let again = send_once(&mut server.client(database), &scene, "\"a-key\"", "Hello");
    assert_eq!(
        (again.status, &again.body),
        (201, &first.body),
        "byte for byte"
    );
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.header("idempotency-replayed"), None);
    let stored = check::conversation(&mut server.client(database), &scene.conversations[0]);
    assert_eq!(stored.len(), 1);
}

fn i4_the_same_key_for_another_message_is_refused(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    send_once(&mut client, &scene, "\"a-key\"", "Hello").expect(201);
    let other = send_once(&mut client, &scene, "\"a-key\"", "Goodbye");
    assert_eq!(
        (other.status, other.code().as_deref()),
        (409, Some("idempotency_key_reused"))
    );

    let body = json!({"participant_id": scene.people[0], "body": "Hello", "reference": "r1"});
    let first = client.post(&scene.messages(0), &body).expect(201);
    let again = client.post(&scene.messages(0), &body).expect(201);
    assert_eq!(
        first["id"], again["id"],
        "a reference makes a send happen once as well"
    );
    let body = json!({"participant_id": scene.people[0], "body": "Goodbye", "reference": "r1"});
    let other = client.post(&scene.messages(0), &body);
    assert_eq!(
        (other.status, other.code().as_deref()),
        (409, Some("reference_reused"))
    );
    assert_eq!(
        check::conversation(&mut client, &scene.conversations[0]).len(),
        2
    );
}

fn i4_retries_on_two_nodes_at_once_make_one_message(database: &Database) {
    const ROUNDS: usize = 15;
    let nodes = [Server::start(database), Server::start(database)];
    let scene = Scene::set(&mut nodes[0].client(database), 1, 1);
    let mut clients: Vec<Client> = (0..8).map(|n| nodes[n % 2].client(database)).collect();
    for round in 0..ROUNDS {
        let key = format!("\"round-{round}\"");
        let answers: Vec<Answer> = thread::scope(|scope| {
            let (scene, key) = (&scene, key.as_str());
            let calls = clients
                .iter_mut()
                .map(|client| scope.spawn(move || send_once(client, scene, key, "Hello")));
            let calls: Vec<_> = calls.collect();
            calls
                .into_iter()
                .map(|call| call.join().expect("an answer"))
                .collect()
        });
        let first = &answers[0].body;
        assert!(
            answers
                .iter()
                .all(|answer| answer.status == 201 && answer.body == *first),
            "{answers:?}"
        );
        let fresh = answers
            .iter()
            .filter(|answer| answer.header("idempotency-replayed").is_none());
        assert_eq!(fresh.count(), 1, "one of them sent it");
    }
    let mut client = nodes[1].client(database);
    let stored = check::conversation(&mut client, &scene.conversations[0]);
    assert_eq!(stored.len(), ROUNDS);
    check::log(&mut client, &stored);
}

fn i4_a_retry_of_what_was_scheduled_and_sent_meanwhile_sends_nothing(database: &Database) {
    let mut server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    let soon = moment::ahead(&mut client, 1_500);
    let body = json!({"participant_id": scene.people[0], "body": "Later", "scheduled_for": soon,
        "reference": "order 1"});
    let headers = [("idempotency-key", "\"later\"")];
    let path = scene.messages(0);
    let first = client.call("POST", &path, &headers, Some(&body));
    assert_eq!(first.status, 202, "{}", first.text());
    server.kill();
    let server = Server::start(database);
    let mut client = server.client(database);
    let again = client.call("POST", &path, &headers, Some(&body));
    assert_eq!(again.text(), first.text(), "while it waits");
    eventually("it to be sent", || {
        let all = check::conversation(&mut client, &scene.conversations[0]);
        (!all.is_empty()).then_some(())
    });
    // By its key and by its reference alone; its time has passed by now.
    for headers in [headers.as_slice(), &[]] {
        let again = client.call("POST", &path, headers, Some(&body));
        assert_eq!((again.status, again.text()), (202, first.text()));
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
    }
    let stored = check::conversation(&mut client, &scene.conversations[0]);
    assert_eq!(stored.len(), 1);
    check::log(&mut client, &stored);
}

fn i4_batches_retried_on_two_nodes_at_once_send_every_message_once(database: &Database) {
    const ROUNDS: usize = 5;
    const COUNT: usize = 30;
    let nodes = [Server::start(database), Server::start(database)];
    let scene = Scene::set(&mut nodes[0].client(database), 1, 3);
    let send = |number: usize| {
        json!({"conversation_id": scene.conversations[number % 3],
            "participant_id": scene.people[0], "body": format!("Number {number}")})
    };
    let sends: Vec<Value> = (0..COUNT).map(send).collect();
    let body = json!({"messages": sends});
    for round in 0..ROUNDS {
        let key = format!("\"round-{round}\"");
        let answers: Vec<String> = thread::scope(|scope| {
            let calls: Vec<_> = (0..4)
                .map(|number| {
                    let mut client = nodes[number % 2].client(database);
                    let (body, key) = (&body, key.as_str());
                    let headers = [("idempotency-key", key)];
                    scope.spawn(move || {
                        let path = "/v1/messages/batch";
                        let answer = client.call("POST", path, &headers, Some(body));
                        assert_eq!(answer.status, 200, "{}", answer.text());
                        answer.text()
                    })
                })
                .collect();
            let answers = calls.into_iter().map(ScopedJoinHandle::join);
            answers.map(|answer| answer.expect("an answer")).collect()
        });
        assert!(
            answers.iter().all(|answer| *answer == answers[0]),
            "{answers:?}"
        );
    }
    let mut client = nodes[1].client(database);
    let all = scene.conversations.iter();
    let stored: Vec<Value> = all
        .flat_map(|id| check::conversation(&mut client, id))
        .collect();
    assert_eq!(stored.len(), ROUNDS * COUNT);
    check::log(&mut client, &stored);
}

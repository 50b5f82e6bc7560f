//! Scheduled messages: sent on time, once, in order, whatever is killed and however many nodes there are.
//!
//! Time is told by what the server notes, never by the clock of the test.

use causerie_tests::{
    Client, Database, Scene, Server, check, eventually, moment, on_both_stores, scene,
};
use serde_json::{Value, json};

on_both_stores!(
    a_message_is_sent_within_a_second_of_its_time,
    i1_a_scheduled_message_survives_kill_9_and_is_sent_once,
    a_scheduled_message_is_changed_and_canceled_until_it_is_sent,
    a_time_is_at_once_later_or_too_far,
    a_retry_of_a_schedule_is_given_the_first_answer,
    what_is_refused_when_it_is_due_is_tried_again_when_changed,
    messages_due_at_once_are_sent_in_the_order_of_their_times
);

mod nodes {
    causerie_tests::on_postgres!(i4_two_nodes_send_what_is_due_once_and_in_order);

    use super::i4_two_nodes_send_what_is_due_once_and_in_order;
}

const SECOND_MS: i128 = 1_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Schedules a text; gives what waits.
#[track_caller]
fn schedule(client: &mut Client, scene: &Scene, place: usize, text: &str, at: &str) -> Value {
    let body = json!({"participant_id": scene.people[0], "body": text, "scheduled_for": at});
    client.post(&scene.messages(place), &body).expect(202)
}

/// The messages of a conversation, as soon as there are so many.
#[track_caller]
fn sent(client: &mut Client, conversation: &str, count: usize) -> Vec<Value> {
    let all = eventually("scheduled messages to be sent", || {
        let all = check::conversation(client, conversation);
        (all.len() >= count).then_some(all)
    });
    assert_eq!(all.len(), count, "none is sent twice");
    all
}

fn text(message: &Value) -> &str {
    message["body"].as_str().expect("a text")
}

fn a_message_is_sent_within_a_second_of_its_time(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 2, 1);
    for round in 0..3 {
        let at = moment::ahead(&mut client, 2_000);
        let body = json!({"participant_id": scene.people[0], "body": format!("Round {round}"),
            "scheduled_for": at, "tags": ["later"], "metadata": {"round": round}});
        let waiting = client.post(&scene.messages(0), &body).expect(202);
        assert_eq!(waiting["delivery_status"], "scheduled");
        assert!(waiting.get("seq").is_none_or(Value::is_null), "{waiting}");
        let path = scene.messages(0);
        let listed = client.get(&path).expect(200);
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(round));

        let all = sent(&mut client, &scene.conversations[0], round + 1);
        let message = all.last().expect("it was sent");
        assert_eq!(message["id"], waiting["id"], "it keeps its id");
        assert_eq!(message["tags"], json!(["later"]));
        assert_eq!(message["metadata"]["round"], json!(round));
        let late = moment::late_ms(&json!(at), &message["created_at"]);
        assert!((0..=SECOND_MS).contains(&late), "{late} ms late");
    }
    let waiting = check::walk(&mut client, "/v1/scheduled-messages");
    assert!(waiting.is_empty(), "nothing waits: {waiting:?}");
    let all = check::conversation(&mut client, &scene.conversations[0]);
    check::log(&mut client, &all);
}

fn i1_a_scheduled_message_survives_kill_9_and_is_sent_once(database: &Database) {
    let mut server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    let at = moment::ahead(&mut client, 1_500);
    let waiting = schedule(&mut client, &scene, 0, "Still there", &at);
    server.kill();
    let mut server = Server::start(database);
    let mut client = server.client(database);
    let all = sent(&mut client, &scene.conversations[0], 1);
    assert_eq!(all[0]["id"], waiting["id"]);
    assert!(moment::late_ms(&json!(at), &all[0]["created_at"]) >= 0);
    // Killed at once after it was sent, it is not sent again.
    server.kill();
    let server = Server::start(database);
    let mut client = server.client(database);
    let at = moment::ahead(&mut client, 1_200);
    schedule(&mut client, &scene, 0, "The next one", &at);
    let all = sent(&mut client, &scene.conversations[0], 2);
    assert_eq!(text(&all[1]), "The next one");
    // Whoever was killed had the lease.
    let late = moment::late_ms(&json!(at), &all[1]["created_at"]);
    assert!((0..=SECOND_MS).contains(&late), "{late} ms late");
    check::log(&mut client, &all);
}

fn a_scheduled_message_is_changed_and_canceled_until_it_is_sent(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    let later = moment::ahead(&mut client, HOUR_MS);
    let canceled = scene::id(&schedule(&mut client, &scene, 0, "Never", &later));
    let changed = scene::id(&schedule(&mut client, &scene, 0, "Tomorrow", &later));
    let listed = check::walk(&mut client, "/v1/scheduled-messages");
    let ids: Vec<String> = listed.iter().map(scene::id).collect();
    assert_eq!(ids, [canceled.clone(), changed.clone()], "in their order");

    let at = format!("/v1/scheduled-messages/{canceled}");
    client.call("DELETE", &at, &[], None).expect(204);
    let code = client.get(&at).refused(404);
    assert_eq!(code, "scheduled_message_not_found");
    let again = client.call("DELETE", &at, &[], None);
    assert_eq!(again.refused(404), "scheduled_message_not_found");

    let at = format!("/v1/scheduled-messages/{changed}");
    let reworded = json!({"body": "Today"});
    let reworded = client.call("PATCH", &at, &[], Some(&reworded)).expect(200);
    assert_eq!(reworded["body"], "Today");
    let when = |one: &Value| moment::of(&one["scheduled_for"]);
    assert_eq!(
        when(&reworded),
        when(&json!({"scheduled_for": later})),
        "its time stays"
    );
    let soon = moment::ahead(&mut client, 1_500);
    let earlier = json!({"scheduled_for": soon});
    let earlier = client.call("PATCH", &at, &[], Some(&earlier)).expect(200);
    assert_eq!(earlier["body"], "Today", "its words stay");
    let all = sent(&mut client, &scene.conversations[0], 1);
    assert_eq!((text(&all[0]), scene::id(&all[0])), ("Today", changed));

    for (method, body) in [
        ("PATCH", Some(json!({"body": "Too late"}))),
        ("DELETE", None),
    ] {
        let answer = client.call(method, &at, &[], body.as_ref());
        assert_eq!(answer.refused(409), "already_sent", "{method}");
    }
    let all = check::conversation(&mut client, &scene.conversations[0]);
    assert_eq!(text(&all[0]), "Today");
    check::log(&mut client, &all);
}

fn a_time_is_at_once_later_or_too_far(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    let path = scene.messages(0);
    for (ahead_ms, status) in [
        (-DAY_MS, 201),
        (0, 201),
        (35 * DAY_MS - 60_000, 202),
        (35 * DAY_MS + 60_000, 422),
    ] {
        let at = moment::ahead(&mut client, ahead_ms);
        let body = json!({"participant_id": scene.people[0], "body": "When?", "scheduled_for": at});
        let answer = client.post(&path, &body);
        assert_eq!(answer.status, status, "{ahead_ms}: {}", answer.text());
        if status == 422 {
            let problem = answer.expect(422);
            assert_eq!(
                problem["errors"][0]["pointer"], "/scheduled_for",
                "{problem}"
            );
        }
    }
    for nonsense in ["tomorrow", "2026-02-30T00:00:00Z", ""] {
        let body =
            json!({"participant_id": scene.people[0], "body": "When?", "scheduled_for": nonsense});
        assert_eq!(client.post(&path, &body).refused(422), "validation_failed");
    }
    assert_eq!(
        check::conversation(&mut client, &scene.conversations[0]).len(),
        2
    );
}

fn a_retry_of_a_schedule_is_given_the_first_answer(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    let later = moment::ahead(&mut client, HOUR_MS);
    let body = json!({"participant_id": scene.people[0], "body": "Once", "scheduled_for": later});
    let headers = [("idempotency-key", "\"once\"")];
    let path = scene.messages(0);
    let first = client.call("POST", &path, &headers, Some(&body));
    let again = client.call("POST", &path, &headers, Some(&body));
    assert_eq!((first.status, again.status), (202, 202));
    assert_eq!(first.text(), again.text(), "byte for byte");
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let listed = check::walk(&mut client, "/v1/scheduled-messages");
    assert_eq!(listed.len(), 1);
}

fn what_is_refused_when_it_is_due_is_tried_again_when_changed(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    let at = moment::ahead(&mut client, 1_500);
    let waiting = scene::id(&schedule(&mut client, &scene, 0, "Anyone?", &at));
    let conversation = format!("/v1/conversations/{}", scene.conversations[0]);
    client
        .post(&format!("{conversation}/close"), &json!({}))
        .expect(200);
    let path = format!("/v1/scheduled-messages/{waiting}");
    let refused = eventually("the message to be refused", || {
        let one = client.get(&path).expect(200);
        (one["delivery_status"] == "failed").then_some(one)
    });
    assert_eq!(refused["refused"], "conversation_not_open");

    client
        .post(&format!("{conversation}/reopen"), &json!({}))
        .expect(200);
    let soon = moment::ahead(&mut client, 0);
    let change = json!({"scheduled_for": soon});
    client.call("PATCH", &path, &[], Some(&change)).expect(200);
    let all = sent(&mut client, &scene.conversations[0], 1);
    assert_eq!(scene::id(&all[0]), waiting);
}

fn messages_due_at_once_are_sent_in_the_order_of_their_times(database: &Database) {
    const COUNT: usize = 100;
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    let times = moment::at_once(&mut client, 4_000, COUNT);
    for (number, at) in times.iter().enumerate().rev() {
        schedule(&mut client, &scene, 0, &number.to_string(), at);
    }
    check_order(&sent(&mut client, &scene.conversations[0], COUNT));
}

/// The texts are numbers that only ever grow.
#[track_caller]
fn check_order(messages: &[Value]) {
    let numbers: Vec<usize> = messages
        .iter()
        .map(|message| text(message).parse().expect("a number"))
        .collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
}

fn i4_two_nodes_send_what_is_due_once_and_in_order(database: &Database) {
    const COUNT: usize = 200;
    const PLACES: usize = 4;
    let mut nodes = [Server::start(database), Server::start(database)];
    let mut clients = [nodes[0].client(database), nodes[1].client(database)];
    let scene = Scene::set(&mut clients[0], 1, PLACES);
    let times = moment::at_once(&mut clients[0], 6_000, COUNT);
    for (number, at) in times.iter().enumerate().rev() {
        let (client, place) = (&mut clients[number % 2], number % PLACES);
        schedule(client, &scene, place, &number.to_string(), at);
    }
    // One of the two goes while they are sent; the other goes on with what is left.
    let second = &mut clients[1];
    eventually("the first of them to be sent", || {
        let some = check::conversation(second, &scene.conversations[0]);
        (!some.is_empty()).then_some(())
    });
    nodes[0].kill();
    let mut all = Vec::new();
    for conversation in &scene.conversations {
        let messages = sent(second, conversation, COUNT / PLACES);
        check_order(&messages);
        all.extend(messages);
    }
    check::log(second, &all);
    let left = check::walk(second, "/v1/scheduled-messages");
    assert!(left.is_empty(), "nothing is left: {left:?}");
}

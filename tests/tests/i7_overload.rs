//! I7: everything has a limit. A server with hardly a queue is flooded: it answers 503 with `Retry-After` at
//! once, its memory stays bounded, and afterwards it serves as before.
//!
//! The limits of single requests are tested with the API.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use causerie_tests::{Answer, Database, Line, Scene, Server, check, on_both_stores, pause};
use serde_json::json;

const CALLERS: usize = 48;
const FLOOD: Duration = Duration::from_secs(2);
const MEMORY_BYTES_MAX: u64 = 300 * 1024 * 1024;
/// A refusal that takes longer than this was queued.
const AT_ONCE: Duration = Duration::from_secs(5);

on_both_stores!(
    i7_a_flood_of_changes_is_refused_beyond_the_queue_and_nothing_else_suffers,
    i7_a_flood_of_reads_is_refused_beyond_the_queue,
    i7_a_body_beyond_the_limit_is_refused
);

fn i7_a_flood_of_changes_is_refused_beyond_the_queue_and_nothing_else_suffers(database: &Database) {
    let options = [
        "--write-jobs-max",
        "1",
        "--group-jobs-max",
        "1",
        "--writers",
        "1",
    ];
    let server = Line::new(database).args(options).serve(database);
    let body = json!({"kind": "contact", "display_name": "Flood"});
    let (accepted, refused) = flood(&server, database, |client| {
        client.post("/v1/participants", &body)
    });
    check_bounded(&server, accepted, refused);

    let mut client = server.client(database);
    let people = check::walk(&mut client, "/v1/participants");
    assert_eq!(
        people.len(),
        accepted,
        "what was accepted is there, what was refused is not"
    );
    let scene = Scene::set(&mut client, 1, 1);
    causerie_tests::scene::send(
        &mut client,
        &scene.conversations[0],
        &scene.people[0],
        "Calm again",
    );
    server.stop();
}

fn i7_a_flood_of_reads_is_refused_beyond_the_queue(database: &Database) {
    let options = ["--read-jobs-max", "1", "--readers", "1"];
    let server = Line::new(database).args(options).serve(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    for _ in 0..50 {
        let text = "x".repeat(5_000);
        causerie_tests::scene::send(
            &mut client,
            &scene.conversations[0],
            &scene.people[0],
            &text,
        );
    }
    let path = scene.messages(0);
    let (accepted, refused) = flood(&server, database, |client| client.get(&path));
    check_bounded(&server, accepted, refused);
    client.get(&path).expect(200);
    server.stop();
}

fn check_bounded(server: &Server, accepted: usize, refused: usize) {
    eprintln!("{accepted} accepted, {refused} refused");
    assert!(accepted > 0, "some are served");
    assert!(refused > 0, "the queue was full at times");
    if let Some(bytes) = server.resident_bytes() {
        assert!(bytes < MEMORY_BYTES_MAX, "{bytes} bytes");
    }
}

/// Many call at the same time, again and again; gives how many were served and how many were refused.
fn flood(
    server: &Server,
    database: &Database,
    call: impl Fn(&mut causerie_tests::Client) -> Answer + Sync,
) -> (usize, usize) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| scope.spawn(|| call_until(&over, &mut server.client(database), &call)))
            .collect();
        pause(FLOOD);
        over.store(true, Ordering::SeqCst);
        callers
            .into_iter()
            .fold((0, 0), |(accepted, refused), caller| {
                let counts = caller.join().expect("a caller ends well");
                (accepted + counts.0, refused + counts.1)
            })
    })
}

fn call_until(
    over: &AtomicBool,
    client: &mut causerie_tests::Client,
    call: &impl Fn(&mut causerie_tests::Client) -> Answer,
) -> (usize, usize) {
    let (mut accepted, mut refused) = (0, 0);
    while !over.load(Ordering::SeqCst) {
        let began = Instant::now();
        let answer = call(client);
        match answer.status {
            200 | 201 => accepted += 1,
            503 => {
                refused += 1;
                assert!(began.elapsed() < AT_ONCE, "refused at once");
                assert_eq!(answer.code().as_deref(), Some("busy"));
                let wait = answer.header("retry-after").map(str::parse::<u64>);
                assert!(matches!(wait, Some(Ok(1..))), "it says when to come back");
            }
            other => panic!("{other}: {}", answer.text()),
        }
    }
    (accepted, refused)
}

fn i7_a_body_beyond_the_limit_is_refused(database: &Database) {
    let server = Line::new(database)
        .args(["--body-bytes-max", "2048"])
        .serve(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    let send = |client: &mut causerie_tests::Client, chars| {
        let body = json!({"participant_id": scene.people[0], "body": "x".repeat(chars)});
        client.post(&scene.messages(0), &body)
    };
    let answer = send(&mut client, 3_000);
    assert_eq!(
        (answer.status, answer.code().as_deref()),
        (413, Some("body_too_large"))
    );
    send(&mut client, 1_000).expect(201);
}

//! SIGTERM under load: no connection is reset, no accepted request is lost, and the process ends well.
//!
//! Requests that nobody took are not lost: their callers know, and ask again elsewhere.

use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use causerie_tests::scene::messages;
use causerie_tests::{
    Client, DEADLINE, Database, Failure, Scene, Server, check, eventually, on_both_stores, pause,
};
use serde_json::{Value, json};

const SENDERS: usize = 32;

on_both_stores!(
    i1_sigterm_under_load_resets_nobody_and_loses_nothing,
    a_long_poll_is_answered_at_once_when_the_server_stops,
    a_second_signal_ends_the_process_at_once,
    sigint_drains_as_well
);

fn i1_sigterm_under_load_resets_nobody_and_loses_nothing(database: &Database) {
    for round in 0..3 {
        let mut server = Server::start(database);
        let scene = Scene::set(&mut server.client(database), SENDERS, 2);
        let loaded = Barrier::new(SENDERS + 1);
        let mut acknowledged: Vec<String> = thread::scope(|scope| {
            let (server, scene, loaded) = (&server, &scene, &loaded);
            let senders: Vec<_> = (0..SENDERS)
                .map(|number| {
                    let client = server.client(database);
                    scope.spawn(move || send_until_turned_away(client, scene, number, loaded))
                })
                .collect();
            loaded.wait();
            pause(Duration::from_millis(100 + 50 * round));
            server.terminate();
            let sent = senders
                .into_iter()
                .flat_map(|sender| sender.join().expect("a sender ends well"));
            sent.collect()
        });
        let status = server.ended();
        assert!(status.success(), "{status}: {}", server.log());

        let server = Server::start(database);
        let mut client = server.client(database);
        let stored = scene
            .conversations
            .iter()
            .flat_map(|id| check::conversation(&mut client, id));
        let mut stored: Vec<String> = stored.map(|message| id(&message)).collect();
        acknowledged.sort();
        stored.sort();
        eprintln!("{} acknowledged before the end", acknowledged.len());
        assert_eq!(
            acknowledged, stored,
            "everything acknowledged is stored, and nothing else"
        );
    }
}

fn id(message: &Value) -> String {
    message["id"].as_str().expect("an id").to_owned()
}

/// Sends until the server does not take requests any more; gives the ids of what it acknowledged.
fn send_until_turned_away(
    mut client: Client,
    scene: &Scene,
    number: usize,
    loaded: &Barrier,
) -> Vec<String> {
    let path = messages(&scene.conversations[number % 2]);
    // Half of them come with a new connection each time: some are always on their way.
    let headers: &[_] = if number.is_multiple_of(2) {
        &[]
    } else {
        &[("connection", "close")]
    };
    let mut acknowledged = Vec::new();
    let end = Instant::now() + DEADLINE;
    while Instant::now() < end {
        let text = format!("sender {number} message {}", acknowledged.len());
        let body = json!({"participant_id": scene.people[number], "body": text});
        match client.request("POST", &path, headers, Some(&body)) {
            Ok(answer) if answer.status == 503 => return acknowledged,
            Ok(answer) => acknowledged.push(id(&answer.expect(201))),
            // A connection that lay idle was closed: that request was never taken.
            Err(Failure::Stale(_)) => {}
            Err(Failure::Refused(_)) => return acknowledged,
            Err(Failure::Unanswered(error)) => {
                panic!("a request that was taken is answered: {error}")
            }
        }
        if acknowledged.len() == 1 {
            loaded.wait();
        }
    }
    panic!("the server went on");
}

fn a_long_poll_is_answered_at_once_when_the_server_stops(database: &Database) {
    let mut server = Server::start(database);
    let mut client = server.client(database);
    let position = check::events_after(&mut client, 0).len();
    let began = Instant::now();
    let poll = thread::spawn(move || client.get(&format!("/v1/events?after={position}&wait=30")));
    eventually("the poll to be under way", || {
        let metrics = Client::new(server.address(), "").get("/metrics").text();
        let line = metrics
            .lines()
            .find(|line| line.starts_with("causerie_http_requests_in_flight"))?;
        let count: f64 = line.rsplit(' ').next()?.parse().ok()?;
        // The question about metrics is one of them.
        (count >= 2.0).then_some(())
    });
    server.terminate();
    let page = poll.join().expect("it is answered").expect(200);
    assert_eq!(page["items"], json!([]));
    assert!(began.elapsed() < DEADLINE / 2, "it did not wait to its end");
    assert!(server.ended().success());
}

fn a_second_signal_ends_the_process_at_once(database: &Database) {
    let mut server = Server::start(database);
    // A request that never ends keeps the drain waiting.
    let mut stuck = std::net::TcpStream::connect(server.address()).expect("connected");
    let head = format!(
        "POST /v1/participants HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{{",
        database.key()
    );
    std::io::Write::write_all(&mut stuck, head.as_bytes()).expect("sent");
    // An answer on another connection shows that the server has had time to see the first.
    server.client(database).get("/v1/me").expect(200);
    server.terminate();
    eventually("the drain to begin", || {
        server.log().contains("stopping").then_some(())
    });
    server.terminate();
    assert_eq!(server.ended().code(), Some(130), "{}", server.log());
}

fn sigint_drains_as_well(database: &Database) {
    let mut server = Server::start(database);
    server.signal("INT");
    assert!(server.ended().success(), "{}", server.log());
}

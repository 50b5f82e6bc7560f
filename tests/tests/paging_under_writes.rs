//! Walking a conversation by cursor visits every message exactly once while others are being sent.
//!
//! What a single page holds is tested with the API.

use std::thread;

use causerie_tests::sender::{Whereabouts, send_on};
use causerie_tests::{Client, Database, Scene, Server, on_both_stores};

const BEFORE: usize = 120;
const WALKS: usize = 6;

on_both_stores!(i2_a_walk_visits_every_message_once_while_others_send);

fn i2_a_walk_visits_every_message_once_while_others_send(database: &Database) {
    let server = Server::start(database);
    let scene = Scene::set(&mut server.client(database), 3, 1);
    let whereabouts = Whereabouts::new(vec![server.address()]);
    let key = database.key();
    send_on(&whereabouts, &key, &scene, 0, BEFORE);

    thread::scope(|scope| {
        let (whereabouts, scene, key) = (&whereabouts, &scene, key.as_str());
        for number in 1..3 {
            scope.spawn(move || send_on(whereabouts, key, scene, number, usize::MAX));
        }
        let mut client = server.client(database);
        for walk in 0..WALKS {
            check_walk_back(&mut client, &scene.messages(0), 7 + walk);
            check_walk_forward(&mut client, &scene.messages(0), 90 + walk);
        }
        whereabouts.finish();
    });
}

/// From the newest of the beginning down to the first: what is sent meanwhile does not show.
fn check_walk_back(client: &mut Client, path: &str, limit: usize) {
    let seqs = walk(client, path, "desc", limit, usize::MAX);
    let top = seqs.first().copied().expect("there are messages");
    let expected: Vec<u64> = (1..=top).rev().collect();
    assert_eq!(seqs, expected);
}

/// From the first upwards; it may never end while others send, so it stops at some time.
fn check_walk_forward(client: &mut Client, path: &str, limit: usize) {
    let seqs = walk(client, path, "asc", limit, 30);
    let expected: Vec<u64> = (1..).take(seqs.len()).collect();
    assert_eq!(seqs, expected);
    assert!(
        seqs.len() >= BEFORE,
        "it came as far as the conversation was at its start"
    );
}

fn walk(client: &mut Client, path: &str, order: &str, limit: usize, pages_max: usize) -> Vec<u64> {
    let mut seqs = Vec::new();
    let mut cursor = String::new();
    for _ in 0..pages_max {
        let page = client
            .get(&format!("{path}?order={order}&limit={limit}{cursor}"))
            .expect(200);
        let items = page["items"].as_array().expect("items");
        seqs.extend(items.iter().filter_map(|item| item["seq"].as_u64()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    seqs
}

//! I2 and I3 on two nodes that share one Postgres: one order per conversation and one log, for readers on
//! either node, while both nodes write into the same conversations.
//!
//! What one node does alone is tested elsewhere.

use std::collections::HashMap;
use std::thread;
use std::time::Instant;

use causerie_tests::sender::{Acknowledged, Whereabouts, send_on};
use causerie_tests::{Client, DEADLINE, Database, Scene, Server, check, on_postgres};
use serde_json::Value;

const SENDERS: usize = 8;
const MESSAGES_EACH: usize = 60;

on_postgres!(
    i2_i3_two_nodes_keep_one_order_and_one_log,
    i3_a_reader_is_woken_by_the_other_node
);

fn i2_i3_two_nodes_keep_one_order_and_one_log(database: &Database) {
    let nodes = [Server::start(database), Server::start(database)];
    let scene = Scene::set(&mut nodes[0].client(database), SENDERS, 3);
    let whereabouts = Whereabouts::new(nodes.iter().map(Server::address).collect());
    let key = database.key();
    let expected = SENDERS * MESSAGES_EACH;

    let acknowledged: Vec<Acknowledged> = thread::scope(|scope| {
        let (whereabouts, scene, key) = (&whereabouts, &scene, key.as_str());
        for first in 0..nodes.len() {
            scope.spawn(move || follow_the_log(whereabouts, key, first, expected));
            scope.spawn(move || watch_lists(whereabouts, key, scene, first, expected));
        }
        let senders: Vec<_> = (0..SENDERS)
            .map(|number| {
                scope.spawn(move || send_on(whereabouts, key, scene, number, MESSAGES_EACH))
            })
            .collect();
        let sent = senders
            .into_iter()
            .flat_map(|sender| sender.join().expect("a sender ends well"));
        sent.collect()
    });

    let mut ids: Vec<&str> = acknowledged.iter().map(|one| one.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), expected, "every send made a message of its own");
    for node in &nodes {
        let mut client = node.client(database);
        let stored: Vec<Value> = scene
            .conversations
            .iter()
            .flat_map(|id| check::conversation(&mut client, id))
            .collect();
        assert_eq!(stored.len(), expected);
        check::log(&mut client, &stored);
    }
}

/// Reads the log from its beginning, each page from the node after the last one's: no gap, no repeat, and
/// the messages of each conversation in their order.
fn follow_the_log(whereabouts: &Whereabouts, key: &str, first: usize, expected: usize) {
    let mut client = Client::new(whereabouts.address(first), key);
    let (mut after, mut seen) = (0, 0);
    let mut order: HashMap<String, u64> = HashMap::new();
    let end = Instant::now() + DEADLINE;
    for turn in first.. {
        client.turn_to(whereabouts.address(turn));
        let path = format!("/v1/events?after={after}&limit=37&wait=1");
        let page = client.get(&path).expect(200);
        for event in page["items"].as_array().expect("items") {
            after += 1;
            assert_eq!(
                event["position"].as_u64(),
                Some(after),
                "positions have no gap: {event}"
            );
            if event["topic"] == "message.created" {
                let conversation = event["conversation_id"].as_str().expect("a conversation");
                let last = order.entry(conversation.to_owned()).or_default();
                *last += 1;
                assert_eq!(event["seq"].as_u64(), Some(*last), "in order: {event}");
                seen += 1;
            }
        }
        if seen == expected {
            return;
        }
        assert!(
            Instant::now() < end,
            "the log told of {seen} of {expected} messages"
        );
    }
}

/// Reads the newest page of each conversation again and again: contiguous, never shorter than before, times
/// in order.
fn watch_lists(whereabouts: &Whereabouts, key: &str, scene: &Scene, first: usize, expected: usize) {
    let mut client = Client::new(whereabouts.address(first), key);
    let mut newest = vec![0; scene.conversations.len()];
    let end = Instant::now() + DEADLINE;
    for turn in first.. {
        client.turn_to(whereabouts.address(turn));
        for (number, newest) in newest.iter_mut().enumerate() {
            let page = client
                .get(&format!("{}?limit=100", scene.messages(number)))
                .expect(200);
            let items = page["items"].as_array().expect("items");
            let seqs: Vec<u64> = items
                .iter()
                .filter_map(|item| item["seq"].as_u64())
                .collect();
            let top = seqs.first().copied().unwrap_or(0);
            let contiguous: Vec<u64> = (1..=top).rev().take(100).collect();
            assert_eq!(seqs, contiguous, "newest first, without a gap");
            let times = items
                .iter()
                .map(|item| item["created_at"].as_str().expect("a time"));
            assert!(times.rev().is_sorted(), "time never runs back");
            assert!(
                top >= *newest,
                "what was seen on one node is seen on the other"
            );
            *newest = top;
        }
        let total: u64 = newest.iter().sum();
        if usize::try_from(total) == Ok(expected) {
            return;
        }
        assert!(
            Instant::now() < end,
            "the lists have {total} of {expected} messages"
        );
    }
}

fn i3_a_reader_is_woken_by_the_other_node(database: &Database) {
    let nodes = [Server::start(database), Server::start(database)];
    let mut writer = nodes[0].client(database);
    let scene = Scene::set(&mut writer, 1, 1);
    let position = check::events_after(&mut writer, 0).len();
    let mut reader = nodes[1].client(database);
    thread::scope(|scope| {
        let waiting = scope.spawn(move || {
            let began = Instant::now();
            let page = reader
                .get(&format!("/v1/events?after={position}&wait=30"))
                .expect(200);
            (page, began.elapsed())
        });
        causerie_tests::scene::send(
            &mut writer,
            &scene.conversations[0],
            &scene.people[0],
            "Hello",
        );
        let (page, waited) = waiting.join().expect("the reader ends well");
        assert_eq!(page["items"][0]["topic"], "message.created", "{page}");
        assert!(waited < DEADLINE / 2, "woken, not timed out: {waited:?}");
    });
}

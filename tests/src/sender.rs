//! Senders that never give up: each message has an idempotency key and is sent again, unchanged, until it is
//! acknowledged, wherever the server is by then.
//!
//! Remembers exactly what was acknowledged.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::Client;
use crate::scene::{Scene, messages};
use crate::{DEADLINE, pause};

/// A message that was acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Acknowledged {
    /// Its id.
    pub id: String,
    /// Its conversation.
    pub conversation: String,
    /// Its place.
    pub seq: u64,
    /// Its text; its idempotency key is the same with `-` for blanks.
    pub text: String,
    /// The message that it answers.
    pub reply_to: Option<String>,
}

/// The tag that all messages of a sender have.
pub fn tag(number: usize) -> String {
    format!("by {number}")
}

/// Where the servers are now, and whether to go on: shared by those who send and those who kill.
#[derive(Debug)]
pub struct Whereabouts {
    addresses: RwLock<Vec<SocketAddr>>,
    over: AtomicBool,
    acknowledged: AtomicUsize,
}

impl Whereabouts {
    /// Servers that listen here.
    pub fn new(addresses: Vec<SocketAddr>) -> Self {
        Self {
            addresses: RwLock::new(addresses),
            over: AtomicBool::new(false),
            acknowledged: AtomicUsize::new(0),
        }
    }

    /// The servers have moved.
    pub fn moved(&self, to: Vec<SocketAddr>) {
        *self
            .addresses
            .write()
            .unwrap_or_else(PoisonError::into_inner) = to;
    }

    /// One of them, by number.
    pub fn address(&self, number: usize) -> SocketAddr {
        let addresses = self
            .addresses
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        addresses[number % addresses.len()]
    }

    /// One more was acknowledged.
    pub fn acknowledge(&self) {
        self.acknowledged.fetch_add(1, Ordering::SeqCst);
    }

    /// How many were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Nothing new is to be sent.
    pub fn finish(&self) {
        self.over.store(true, Ordering::SeqCst);
    }

    /// Whether nothing new is to be sent.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

/// Sends one message after the other until it is over, or `count` messages; returns when each is acknowledged.
/// A retry goes to the next server. Each has a tag, and every other one answers the sender's one before in that
/// conversation.
pub fn send_on(
    whereabouts: &Whereabouts,
    key: &str,
    scene: &Scene,
    number: usize,
    count: usize,
) -> Vec<Acknowledged> {
    let mut client = Client::new(whereabouts.address(number), key);
    let mut acknowledged = Vec::new();
    while acknowledged.len() < count && !whereabouts.is_over() {
        let turn = number + acknowledged.len();
        let conversation = &scene.conversations[turn % scene.conversations.len()];
        let mut earlier = acknowledged.iter().rev();
        let earlier = earlier.find(|one: &&Acknowledged| one.conversation == *conversation);
        let answered = earlier.filter(|_| acknowledged.len() % 2 == 1);
        let to_send = Acknowledged {
            id: String::new(),
            conversation: conversation.clone(),
            seq: 0,
            text: format!("sender {number} message {}", acknowledged.len()),
            reply_to: answered.map(|one| one.id.clone()),
        };
        let sender = &scene.people[number % scene.people.len()];
        let sent = send_until_acknowledged(&mut client, whereabouts, sender, to_send, number);
        whereabouts.acknowledge();
        acknowledged.push(sent);
    }
    acknowledged
}

fn send_until_acknowledged(
    client: &mut Client,
    whereabouts: &Whereabouts,
    sender: &str,
    to_send: Acknowledged,
    mut number: usize,
) -> Acknowledged {
    let path = messages(&to_send.conversation);
    let text = &to_send.text;
    let body = json!({"participant_id": sender, "body": text, "tags": [tag(number)],
        "reply_to": to_send.reply_to});
    let key = format!("\"{}\"", text.replace(' ', "-"));
    let headers = [("idempotency-key", key.as_str())];
    let end = Instant::now() + DEADLINE;
    loop {
        client.turn_to(whereabouts.address(number));
        match client.request("POST", &path, &headers, Some(&body)) {
            Ok(answer) if answer.status == 503 => {}
            Ok(answer) => {
                let message = answer.expect(201);
                return Acknowledged {
                    id: message["id"].as_str().expect("an id").to_owned(),
                    seq: message["seq"].as_u64().expect("a seq"),
                    ..to_send
                };
            }
            Err(_) => number += 1,
        }
        assert!(Instant::now() < end, "never acknowledged: {text}");
        pause(Duration::from_millis(5));
    }
}

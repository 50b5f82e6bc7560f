//! The benchmark as a user of the API: sets up people and conversations, and reads back afterwards
//! what the server acknowledged.
//! Measures nothing; the load generator does.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::http::{Connection, request};

/// The largest page that the API gives.
const PAGE_ITEMS_MAX: usize = 100;

/// One caller with one connection.
#[derive(Debug)]
pub(super) struct Api {
    runtime: Runtime,
    connection: Connection,
    key: String,
}

#[derive(Deserialize)]
struct Page<T> {
    items: Vec<T>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Identified {
    id: String,
}

#[derive(Deserialize)]
struct Numbered {
    seq: u64,
}

impl Api {
    pub(super) fn open(address: SocketAddr, key: &str) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let connection = runtime.block_on(Connection::open(address))?;
        Ok(Self {
            runtime,
            connection,
            key: key.to_owned(),
        })
    }

    fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<&[u8]> {
        let text = body.map(Value::to_string);
        let bytes = request(method, path, Some(&self.key), text.as_deref());
        let answer = self.runtime.block_on(self.connection.exchange(&bytes))?;
        if !(200..300).contains(&answer.status) {
            let body = String::from_utf8_lossy(answer.body);
            bail!("{method} {path} answered {} {body}", answer.status);
        }
        Ok(answer.body)
    }

    fn create(&mut self, path: &str, body: &Value) -> Result<String> {
        let answer = self.call("POST", path, Some(body))?;
        let created: Identified = serde_json::from_slice(answer)
            .with_context(|| format!("POST {path} answered without an id"))?;
        Ok(created.id)
    }

    /// Creates people who can be members of conversations.
    pub(super) fn create_participants(&mut self, count: usize) -> Result<Vec<String>> {
        let names = (1..=count).map(|number| format!("Bench {number}"));
        names
            .map(|name| {
                let body = json!({"kind": "agent", "display_name": name});
                self.create("/v1/participants", &body)
            })
            .collect()
    }

    /// Creates group conversations whose members are all of `participants`.
    pub(super) fn create_conversations(
        &mut self,
        count: usize,
        participants: &[String],
    ) -> Result<Vec<String>> {
        let members: Vec<Value> = participants
            .iter()
            .map(|id| json!({"participant_id": id, "role": "member"}))
            .collect();
        let body = json!({"kind": "group", "members": members});
        (0..count)
            .map(|_| self.create("/v1/conversations", &body))
            .collect()
    }

    /// Every conversation of the workspace.
    pub(super) fn list_conversations(&mut self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let mut cursor = None;
        loop {
            let path = page_path("/v1/conversations", "", cursor.as_deref());
            let page: Page<Identified> = serde_json::from_slice(self.call("GET", &path, None)?)?;
            found.extend(page.items.into_iter().map(|item| item.id));
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(found);
            }
        }
    }

    /// Walks a conversation from its first message to its last and counts them.
    ///
    /// # Errors
    /// When their numbers are not 1, 2, 3 … without a gap.
    pub(super) fn count_messages(&mut self, conversation: &str) -> Result<u64> {
        let base = format!("/v1/conversations/{conversation}/messages");
        let mut count = 0;
        let mut cursor = None;
        loop {
            let path = page_path(&base, "&order=asc", cursor.as_deref());
            let page: Page<Numbered> = serde_json::from_slice(self.call("GET", &path, None)?)?;
            for message in page.items {
                count += 1;
                ensure!(
                    message.seq == count,
                    "{conversation}: message {count} in order has seq {}",
                    message.seq
                );
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(count);
            }
        }
    }
}

fn page_path(base: &str, options: &str, cursor: Option<&str>) -> String {
    let cursor = cursor
        .map(|cursor| format!("&cursor={cursor}"))
        .unwrap_or_default();
    format!("{base}?limit={PAGE_ITEMS_MAX}{options}{cursor}")
}

/// The request that sends one message.
pub(super) fn send_request(key: &str, conversation: &str, body: &str) -> Vec<u8> {
    let path = format!("/v1/conversations/{conversation}/messages");
    request("POST", &path, Some(key), Some(body))
}

/// The request that lists the newest 50 messages.
pub(super) fn list_request(key: &str, conversation: &str) -> Vec<u8> {
    let path = format!("/v1/conversations/{conversation}/messages?limit=50");
    request("GET", &path, Some(key), None)
}

/// What a message looks like on its way in; the echo server gets the same bytes.
pub(super) fn send_body(participant: &str) -> String {
    let text = "The parcel for the third floor arrived this morning; shall I bring it up?";
    json!({"participant_id": participant, "body": text}).to_string()
}

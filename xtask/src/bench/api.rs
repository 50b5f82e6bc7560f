//! The benchmark as a user of the API: sets up people and conversations, and reads back afterwards
//! what the server acknowledged.
//! Measures nothing; the load generator does.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::http::{Connection, Part, form_request, request};

/// The largest page that the API gives.
const PAGE_ITEMS_MAX: usize = 100;
/// How many tags there are.
const TAGS: usize = 50;
const TEXT: &str = "The parcel for the third floor arrived this morning; shall I bring it up?";

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

/// Whatever has an id.
#[derive(Deserialize)]
pub(super) struct Identified {
    pub(super) id: String,
}

#[derive(Deserialize)]
struct Numbered {
    id: String,
    seq: u64,
}

#[derive(Deserialize)]
struct Hit {
    message: Identified,
}

/// A message that waits for its time.
#[derive(Deserialize)]
pub(super) struct Waiting {
    pub(super) id: String,
    /// The code of the refusal that it met when it was due.
    #[serde(default)]
    pub(super) refused: Option<String>,
}

/// A file, and how far it has come.
#[derive(Deserialize)]
pub(super) struct Uploaded {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) status: String,
}

/// A message, and where the bytes of its files are.
#[derive(Deserialize)]
pub(super) struct WithFiles {
    pub(super) attachments: Vec<Attached>,
}

#[derive(Deserialize)]
pub(super) struct Attached {
    pub(super) url: String,
}

#[derive(Deserialize)]
struct Me {
    workspace: Identified,
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

    /// The ids of a conversation's messages, from the first to the last.
    ///
    /// # Errors
    /// When their numbers are not 1, 2, 3 … without a gap.
    pub(super) fn message_ids(&mut self, conversation: &str) -> Result<Vec<String>> {
        let base = format!("/v1/conversations/{conversation}/messages");
        let mut ids = Vec::new();
        let mut cursor = None;
        loop {
            let path = page_path(&base, "&order=asc", cursor.as_deref());
            let page: Page<Numbered> = serde_json::from_slice(self.call("GET", &path, None)?)?;
            for message in page.items {
                ids.push(message.id);
                ensure!(
                    usize::try_from(message.seq)? == ids.len(),
                    "{conversation}: message {} in order has seq {}",
                    ids.len(),
                    message.seq
                );
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(ids);
            }
        }
    }

    /// Sends a message and gives its id.
    pub(super) fn send(&mut self, conversation: &str, sender: &str) -> Result<String> {
        let body = serde_json::from_str(&send_body(sender))?;
        self.create(&format!("/v1/conversations/{conversation}/messages"), &body)
    }

    /// The message that a search finds first.
    pub(super) fn find(&mut self, query: &str) -> Result<Option<String>> {
        let found = self.call("GET", &search_path(query), None)?;
        let page: Page<Hit> = serde_json::from_slice(found)?;
        Ok(page.items.into_iter().next().map(|hit| hit.message.id))
    }

    /// Lets the workspace keep files of up to so many bytes.
    pub(super) fn allow_files(&mut self, file_bytes_max: u64) -> Result<()> {
        let me: Me = serde_json::from_slice(self.call("GET", "/v1/me", None)?)?;
        let path = format!("/v1/workspaces/{}/plan", me.workspace.id);
        let plan = json!({"file_bytes_max": file_bytes_max, "storage_bytes_max": 1_u64 << 40});
        self.call("PUT", &path, Some(&plan)).map(drop)
    }

    /// Uploads a file; gives the time that it took as well.
    pub(super) fn upload(&mut self, content: &[u8]) -> Result<(Uploaded, Duration)> {
        let bytes = upload_request(&self.key, content);
        let started = Instant::now();
        let answer = self.runtime.block_on(self.connection.exchange(&bytes))?;
        let took = started.elapsed();
        if answer.status != 201 {
            let body = String::from_utf8_lossy(answer.body);
            bail!("an upload was answered with {} {body}", answer.status);
        }
        Ok((serde_json::from_slice(answer.body)?, took))
    }

    /// Downloads what is at `url` and throws it away; gives the number of its bytes and the time that it
    /// took.
    pub(super) fn drain(&mut self, url: &str) -> Result<(usize, Duration)> {
        let bytes = request("GET", url, Some(&self.key), None);
        let started = Instant::now();
        let (status, count) = self.runtime.block_on(self.connection.drain(&bytes))?;
        let took = started.elapsed();
        ensure!(status == 200, "GET {url} answered {status}");
        Ok((count, took))
    }

    /// What is at `url`.
    pub(super) fn download(&mut self, url: &str) -> Result<&[u8]> {
        self.call("GET", url, None)
    }

    /// How far a file has come.
    pub(super) fn uploaded(&mut self, id: &str) -> Result<Uploaded> {
        let found = self.call("GET", &format!("/v1/media/{id}"), None)?;
        Ok(serde_json::from_slice(found)?)
    }

    /// Creates a channel whose gateway is at `url`, and lets it carry messages.
    pub(super) fn create_channel(&mut self, url: &str) -> Result<String> {
        let body = json!({"platform": "api", "name": "Bench", "url": url});
        let id = self.create("/v1/channels", &body)?;
        self.call("POST", &format!("/v1/channels/{id}/activate"), None)?;
        Ok(id)
    }

    /// The message that is the next to fall due, or that should have been sent and was not.
    pub(super) fn next_scheduled(&mut self) -> Result<Option<Waiting>> {
        let first = self.call("GET", "/v1/scheduled-messages?limit=1", None)?;
        let page: Page<Waiting> = serde_json::from_slice(first)?;
        Ok(page.items.into_iter().next())
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

/// The request that uploads one file.
pub(super) fn upload_request(key: &str, content: &[u8]) -> Vec<u8> {
    form_request("/v1/media", key, &[Part::File("file", content)])
}

/// The request that sends one message with one file.
pub(super) fn send_file_request(
    key: &str,
    conversation: &str,
    sender: &str,
    content: &[u8],
) -> Vec<u8> {
    let path = format!("/v1/conversations/{conversation}/messages");
    let message = send_body(sender);
    let parts = [Part::Text("message", &message), Part::File("file", content)];
    form_request(&path, key, &parts)
}

/// The request that sends one message through a channel to the customer of a number.
pub(super) fn post_request(key: &str, channel: &str, customer: usize) -> Vec<u8> {
    let path = format!("/v1/channels/{channel}/messages");
    let identifier = json!({"key": "customer", "value": format!("customer-{customer}")});
    let body = json!({"receivers": [{"identifier": identifier}], "body": TEXT}).to_string();
    request("POST", &path, Some(key), Some(&body))
}

/// The request that lists the newest 50 messages.
pub(super) fn list_request(key: &str, conversation: &str) -> Vec<u8> {
    let path = format!("/v1/conversations/{conversation}/messages?limit=50");
    request("GET", &path, Some(key), None)
}

/// The request that searches the workspace.
pub(super) fn search_request(key: &str, query: &str) -> Vec<u8> {
    request("GET", &search_path(query), Some(key), None)
}

/// Escapes everything but letters and digits.
fn search_path(query: &str) -> String {
    let mut path = "/v1/search?q=".to_owned();
    for byte in query.bytes() {
        if byte.is_ascii_alphanumeric() {
            path.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path
}

/// What a message looks like on its way in; the echo server gets the same bytes.
pub(super) fn send_body(participant: &str) -> String {
    json!({"participant_id": participant, "body": TEXT}).to_string()
}

/// The same message with three tags, as an answer to another, with a hundred bytes of metadata.
pub(super) fn rich_send_body(participant: &str, number: usize, reply_to: &str) -> String {
    let tag = |step: usize| format!("label {}", (number + 17 * step) % TAGS);
    json!({
        "participant_id": participant,
        "body": TEXT,
        "tags": [tag(0), tag(1), tag(2)],
        "reply_to": reply_to,
        "metadata": {
            "campaign": "spring-2026",
            "source": {"system": "crm", "ticket": 1_000_000 + number, "attempt": 1},
            "priority": "normal",
        },
    })
    .to_string()
}

/// The same message, to be sent later.
pub(super) fn scheduled_body(participant: &str, scheduled_for: &str) -> String {
    json!({"participant_id": participant, "body": TEXT, "scheduled_for": scheduled_for}).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_search_is_escaped() {
        assert_eq!(search_path("a b&ü"), "/v1/search?q=a%20b%26%C3%BC");
    }

    #[test]
    fn rich_messages_share_a_pool_of_tags_and_have_three_each() {
        let mut all = BTreeSet::new();
        for number in 0..100 {
            let body: Value = serde_json::from_str(&rich_send_body("part_1", number, "msg_1"))
                .expect("an object");
            let tags = body["tags"].as_array().expect("tags");
            let distinct: BTreeSet<&str> = tags.iter().filter_map(Value::as_str).collect();
            assert_eq!(distinct.len(), 3);
            all.extend(distinct.into_iter().map(str::to_owned));
            let metadata_bytes = body["metadata"].to_string().len();
            assert!((90..=110).contains(&metadata_bytes), "{metadata_bytes}");
        }
        assert_eq!(all.len(), TAGS);
    }
}

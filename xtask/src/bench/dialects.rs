//! Other products' message APIs: sends and lists through each against the same through `/v1`, on one server in turns.
//! Knows of each just enough to begin conversations and to send; what is answered is tested elsewhere.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::api::{send_body, send_request};
use super::contender::{Contender, Measured};
use super::http::{Connection, request};
use super::scene::{Bed, Database};
use super::server::Server;
use super::store::Checked;
use super::table::{Line, rates};
use crate::command;

/// Conversations that sends and lists of one dialect are spread over; a page of `/v1` shows all of them.
const CONVERSATIONS: usize = 50;
const CONNECTIONS: usize = 64;
const TEXT: &str = "The parcel for the third floor arrived this morning; shall I bring it up?";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const NAMES: [&str; 5] = ["bird", "doto", "protocol", "saasignal", "staffchat"];
/// How many turns a round has.
pub(super) const TURNS: usize = 4 * NAMES.len();

/// Requests, each for a conversation of its own.
type ForAll = Vec<Vec<u8>>;

/// What is sent and listed in turn for all conversations, through the dialect and natively.
struct Requests {
    sends: ForAll,
    lists: ForAll,
    native_sends: ForAll,
    native_lists: ForAll,
    /// Of the native rate of sends.
    floor: f64,
}

impl Bed<'_> {
    /// The lines on dialects.
    pub(super) fn dialects(&self) -> Result<(Vec<Line>, Checked)> {
        let database = self.database("dialects")?;
        let server = self.serve(&database, &[])?;
        let mut lines = Vec::new();
        for name in NAMES {
            self.say(&format!("the dialect {name}"));
            lines.extend(self.dialect(&database, &server, name)?);
        }
        server.stop()?;
        Ok((lines, Checked::default()))
    }

    fn dialect(
        &self,
        database: &Database,
        server: &Server,
        name: &'static str,
    ) -> Result<[Line; 2]> {
        let mut speaker = Speaker::open(self, database, server.address(), name)?;
        let requests = speaker.requests(&database.key)?;
        let load = |requests: Vec<Vec<u8>>| {
            let requests: Rc<[Vec<u8>]> = requests.into();
            Contender::http(server, &requests, CONNECTIONS)
        };
        let floor = requests.floor;
        let measured = self.take_turns(&[
            load(requests.native_sends),
            load(requests.sends),
            load(requests.native_lists),
            load(requests.lists),
        ])?;
        let [native_sent, sent, native_listed, listed] = &measured[..] else {
            bail!("a contender was not measured");
        };
        let line = |what: &str, floor, ours: &Measured, theirs| {
            let name = format!("{what} through {name} / through /v1, {CONNECTIONS} connections");
            rates(self.store.name(), name, (floor, None), ours, Some(theirs))
        };
        Ok([
            line("sends", floor, sent, native_sent),
            line("lists", 0.9, listed, native_listed),
        ])
    }
}

/// A client of a dialect with one connection.
struct Speaker {
    runtime: Runtime,
    connection: Connection,
    name: &'static str,
    /// The header that lets it in.
    credential: String,
    settings: Value,
}

impl Speaker {
    fn open(
        bed: &Bed<'_>,
        database: &Database,
        address: SocketAddr,
        name: &'static str,
    ) -> Result<Self> {
        let url = format!("http://{address}");
        let mut create = command::product(bed.binary);
        create.args([
            "key",
            "create",
            "--dialect",
            name,
            "--json",
            "--public-url",
            &url,
        ]);
        let created = command::capture(create.args(database.options()))?;
        let created: Value = serde_json::from_str(&created).context("no key was printed")?;
        let key = created["key"].as_str().context("no key was printed")?;
        let credential = match name {
            "bird" => format!("Authorization: AccessKey {key}"),
            "doto" => format!("api_access_token: {key}"),
            _ => format!("Authorization: Bearer {key}"),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()?;
        let connection = runtime.block_on(Connection::open(address))?;
        Ok(Self {
            runtime,
            connection,
            name,
            credential,
            settings: created["settings"].clone(),
        })
    }

    fn request(&self, method: &str, path: &str, media_type: &str, body: Option<&str>) -> Vec<u8> {
        let mut text = format!("{method} /dialects/{}{path} HTTP/1.1\r\n", self.name);
        let _ = write!(text, "Host: localhost\r\n{}\r\n", self.credential);
        if let Some(body) = body {
            let length = body.len();
            let _ = write!(
                text,
                "Content-Type: {media_type}\r\nContent-Length: {length}\r\n"
            );
        }
        let _ = write!(text, "\r\n{}", body.unwrap_or_default());
        text.into_bytes()
    }

    fn post(&self, path: &str, body: &Value) -> Vec<u8> {
        self.request("POST", path, JSON, Some(&body.to_string()))
    }

    fn get(&self, path: &str) -> Vec<u8> {
        self.request("GET", path, JSON, None)
    }

    fn call(&mut self, bytes: &[u8]) -> Result<Value> {
        let answer = self.runtime.block_on(self.connection.exchange(bytes))?;
        let said = String::from_utf8_lossy(answer.body).into_owned();
        if !(200..300).contains(&answer.status) {
            bail!("{}: answered {} {said}", self.name, answer.status);
        }
        serde_json::from_str(&said).with_context(|| format!("{}: answered {said}", self.name))
    }

    /// What is created by this, by its id as it goes into paths.
    fn create(&mut self, path: &str, body: &Value, id: &str) -> Result<String> {
        let answer = self.call(&self.post(path, body))?;
        match answer.pointer(id) {
            Some(Value::String(id)) => Ok(id.clone()),
            Some(id @ Value::Number(_)) => Ok(id.to_string()),
            _ => bail!("{}: POST {path} answered {answer}", self.name),
        }
    }

    fn setting(&self, label: &str) -> Result<&str> {
        let value = self.settings[label].as_str();
        value.with_context(|| format!("{}: no {label} in {}", self.name, self.settings))
    }

    /// Begins the conversations, says a first word in each, and makes the requests.
    fn requests(&mut self, admin: &str) -> Result<Requests> {
        let mut sends = Vec::with_capacity(CONVERSATIONS);
        let mut lists = Vec::with_capacity(CONVERSATIONS);
        for number in 0..CONVERSATIONS {
            let (send, list) = match self.name {
                "bird" => self.bird(number)?,
                "doto" => self.doto(number)?,
                "protocol" => self.protocol(number)?,
                "saasignal" => self.saasignal(number)?,
                _ => self.staffchat(number)?,
            };
            self.call(&send)?;
            sends.push(send);
            lists.push(list);
        }
        let (native_sends, native_lists) = self.native(admin)?;
        Ok(Requests {
            sends,
            lists,
            native_sends,
            native_lists,
            floor: if self.name == "protocol" { 0.8 } else { 0.9 },
        })
    }

    /// How many messages a list shows.
    fn page(&self) -> usize {
        // Doto's clients cannot choose.
        if self.name == "doto" { 20 } else { 50 }
    }

    /// The same through `/v1`: the conversations that were active last are those of this dialect.
    fn native(&mut self, admin: &str) -> Result<(ForAll, ForAll)> {
        let path = format!("/v1/conversations?limit={CONVERSATIONS}");
        let page = self.call(&request("GET", &path, Some(admin), None))?;
        let conversations = page["items"].as_array().context("no list")?.clone();
        let (mut sends, mut lists) = (Vec::new(), Vec::new());
        for one in &conversations {
            let id = one["id"].as_str().context("no id")?;
            let path = format!("/v1/conversations/{id}/messages?limit=1");
            let newest = self.call(&request("GET", &path, Some(admin), None))?;
            let said = &newest["items"][0];
            let sender = said["participant_id"]
                .as_str()
                .context("nothing was said")?;
            sends.push(match one["channel_id"].as_str() {
                Some(channel) if self.name == "bird" => {
                    let receiver = receiver(sends.len(), "key", "value");
                    let body = json!({"receivers": [{"identifier": receiver}], "body": TEXT});
                    let path = format!("/v1/channels/{channel}/messages");
                    request("POST", &path, Some(admin), Some(&body.to_string()))
                }
                _ => send_request(admin, id, &send_body(sender)),
            });
            let path = match self.name {
                // Bird's go over all conversations of a channel.
                "bird" => "/v1/messages?limit=50".to_owned(),
                _ => format!("/v1/conversations/{id}/messages?limit={}", self.page()),
            };
            lists.push(request("GET", &path, Some(admin), None));
        }
        Ok((sends, lists))
    }

    fn bird(&self, number: usize) -> Result<(Vec<u8>, Vec<u8>)> {
        let (workspace, channel) = (self.setting("workspaceId")?, self.setting("channelId")?);
        let path = format!("/workspaces/{workspace}/channels/{channel}/messages");
        let contact = receiver(number, "identifierKey", "identifierValue");
        let body = json!({"receiver": {"contacts": [contact]},
            "body": {"type": "text", "text": {"text": TEXT}}});
        Ok((
            self.post(&path, &body),
            self.get(&format!("{path}?limit=50")),
        ))
    }

    fn doto(&mut self, number: usize) -> Result<(Vec<u8>, Vec<u8>)> {
        let inbox: u64 = self.setting("inbox_id")?.parse()?;
        let base = "/api/v1/accounts/1";
        let contact = json!({"name": format!("Bench {number}"), "inbox_id": inbox});
        let contact = self.create(&format!("{base}/contacts"), &contact, "/payload/contact/id")?;
        let contact: u64 = contact.parse()?;
        let begin = json!({"inbox_id": inbox, "contact_id": contact});
        let id = self.create(&format!("{base}/conversations"), &begin, "/id")?;
        let path = format!("{base}/conversations/{id}/messages");
        let body = json!({"content": TEXT, "message_type": "outgoing"});
        Ok((self.post(&path, &body), self.get(&path)))
    }

    fn protocol(&mut self, number: usize) -> Result<(Vec<u8>, Vec<u8>)> {
        let contact =
            json!({"username": format!("bench{number}"), "phone_number": "1-800-759-3000"});
        let id = self.create("/v1/contacts", &contact, "/conversation_id")?;
        let body = format!("conversation_id={id}&message={TEXT}");
        let send = self.request("POST", "/v1/messages", FORM, Some(&body));
        let list = self.get(&format!("/v1/messages?conversation_id={id}&limit=50"));
        Ok((send, list))
    }

    fn saasignal(&mut self, number: usize) -> Result<(Vec<u8>, Vec<u8>)> {
        let base = "/modules/messaging/conversations";
        let id = self.create(base, &json!({}), "/id")?;
        let path = format!("{base}/{id}/participants");
        let who = json!({"external_id": format!("bench-{number}"), "display_name": "Bench"});
        let who = self.create(&path, &who, "/id")?;
        let path = format!("{base}/{id}/messages");
        let body = json!({"participant_id": who, "body": TEXT});
        Ok((
            self.post(&path, &body),
            self.get(&format!("{path}?limit=50")),
        ))
    }

    fn staffchat(&mut self, number: usize) -> Result<(Vec<u8>, Vec<u8>)> {
        let user = json!({"first_name": "Bench", "last_name": format!("No. {number}"),
            "email": format!("bench{number}@example.com"), "unit": "HQ"});
        let user: u64 = self.create("/users", &user, "/id")?.parse()?;
        let id = self.create("/conversations", &json!({"recipients": [user]}), "/id")?;
        let path = format!("/conversations/{id}/messages");
        let list = self.get(&format!("{path}?limit=50"));
        Ok((self.post(&path, &json!({"message": TEXT})), list))
    }
}

/// Somebody outside, by the names that an API has for it.
fn receiver(number: usize, key: &str, value: &str) -> Value {
    json!({key: "customer", value: format!("customer-{number}")})
}

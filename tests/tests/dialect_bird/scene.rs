//! A client of Bird's with its workspace and channel, and how Bird's answers look.
//!
//! Asserts statuses only.

use causerie_tests::shape::{
    self, Shape, absent, filled, is, items, list, object, one_of, optional, rfc3339, rfc3339_now,
    url, uuid,
};
use causerie_tests::{Client, Database, Dialect, Server};
use serde_json::{Value, json};

pub(crate) const ADA: &str = "+31612345678";

/// A client, its server, and the channel that came with its key.
pub(crate) struct Scene {
    pub(crate) client: Dialect,
    pub(crate) native: Client,
    pub(crate) workspace: String,
    pub(crate) channel: String,
    pub(crate) server: Server,
}

impl Scene {
    pub(crate) fn of(database: &Database) -> Self {
        let server = Server::start(database);
        let client = Dialect::of(&server, database, "bird");
        Self {
            workspace: client.setting("workspaceId").to_owned(),
            channel: client.setting("channelId").to_owned(),
            native: server.client(database),
            client,
            server,
        }
    }

    /// What is under the workspace.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("/workspaces/{}{path}", self.workspace)
    }

    /// Where the messages of the channel are.
    pub(crate) fn messages(&self) -> String {
        self.messages_of(&self.channel)
    }

    /// Where the messages of a channel are.
    pub(crate) fn messages_of(&self, channel: &str) -> String {
        self.at(&format!("/channels/{channel}/messages"))
    }

    /// Sends something.
    #[track_caller]
    pub(crate) fn say(&mut self, wish: &Value) -> Value {
        let path = self.messages();
        self.client.post(&path, wish).expect(202)
    }

    /// Sends something that is refused at this place.
    #[track_caller]
    pub(crate) fn refused(&mut self, wish: &Value, place: &str) {
        let path = self.messages();
        let answer = self.client.post(&path, wish).expect(422);
        assert_eq!(answer["code"], "InvalidPayload");
        assert!(answer["details"][place].is_array(), "{place}: {answer}");
    }

    /// Reads a message that was sent.
    #[track_caller]
    pub(crate) fn read(&mut self, sent: &Value) -> Value {
        let path = format!("{}/{}", self.messages(), id(sent));
        self.client.get(&path).expect(200)
    }

    /// Lists the messages of the channel.
    #[track_caller]
    pub(crate) fn list(&mut self) -> Value {
        let path = self.messages();
        self.client.get(&path).expect(200)
    }

    /// Makes a channel through the native API.
    #[track_caller]
    pub(crate) fn channel_of(&mut self, wish: &Value) -> String {
        let platform = wish["platform"].as_str().expect("a platform");
        self.native.post("/v1/channels", wish).expect(201);
        let path = self.at(&format!("/channels?platform={platform}"));
        let listed = self.client.get(&path).expect(200);
        id(&listed["results"][0]).to_owned()
    }

    /// An SMS channel, whose gateway nobody answers at.
    #[track_caller]
    pub(crate) fn sms(&mut self) -> String {
        let gateway = "http://127.0.0.1:9/send";
        self.channel_of(&json!({"platform": "sms", "name": "Texts", "url": gateway}))
    }

    /// An e-mail channel, whose server nobody answers at.
    #[track_caller]
    pub(crate) fn mail(&mut self) -> String {
        self.channel_of(&json!({
            "platform": "email", "name": "Mail", "address": "support@example.com",
            "smtp": {"host": "127.0.0.1", "port": 9, "security": "none"},
        }))
    }
}

/// The id of something.
#[track_caller]
pub(crate) fn id(of: &Value) -> &str {
    of["id"].as_str().expect("an id")
}

/// A text for somebody.
pub(crate) fn text(to: &str, text: &str) -> Value {
    json!({
        "receiver": {"contacts": [{"identifierKey": "phonenumber", "identifierValue": to}]},
        "body": {"type": "text", "text": {"text": text}},
    })
}

/// The same with another member.
pub(crate) fn with(mut wish: Value, member: &str, value: Value) -> Value {
    wish[member] = value;
    wish
}

/// A contact of a message.
pub(crate) fn contact() -> Shape {
    object([
        ("id", uuid()),
        ("identifierKey", filled()),
        ("identifierValue", filled()),
        ("type", one_of(["to", "cc", "bcc"])),
        ("annotations", object([("name", filled())])),
    ])
}

/// A message of the workspace as it is documented, with a text.
pub(crate) fn message(status: &str) -> Shape {
    object([
        ("id", uuid()),
        ("channelId", uuid()),
        (
            "sender",
            object([(
                "connector",
                object([
                    ("id", uuid()),
                    ("identifierValue", optional(filled())),
                    ("annotations", object([("name", filled())])),
                ]),
            )]),
        ),
        ("receiver", object([("contacts", list(contact()))])),
        (
            "body",
            object([("type", is("text")), ("text", object([("text", filled())]))]),
        ),
        ("template", absent()),
        ("status", is(status)),
        ("direction", is("outgoing")),
        ("createdAt", rfc3339_now()),
        ("updatedAt", rfc3339_now()),
        ("lastStatusAt", rfc3339_now()),
        ("sendAt", rfc3339_now()),
        ("platformId", filled()),
        ("tags", list(filled())),
    ])
}

/// Where a file can be brought.
pub(crate) fn upload() -> Shape {
    object([
        ("mediaUrl", url()),
        ("uploadUrl", url()),
        ("uploadMethod", is("POST")),
        ("uploadFormData", shape::map(filled())),
    ])
}

/// A channel.
pub(crate) fn channel() -> Shape {
    object([
        ("id", uuid()),
        ("workspaceId", uuid()),
        ("platformId", filled()),
        ("name", filled()),
        ("connectorId", uuid()),
        ("identifier", optional(filled())),
        ("status", one_of(["active", "inactive"])),
        ("createdAt", rfc3339()),
        ("updatedAt", rfc3339()),
    ])
}

/// A contact by itself.
pub(crate) fn person() -> Shape {
    let identifier = object([
        ("key", filled()),
        ("value", filled()),
        ("properties", optional(shape::any())),
    ]);
    object([
        ("id", uuid()),
        ("workspaceId", uuid()),
        ("computedDisplayName", filled()),
        ("featuredIdentifiers", list(identifier)),
        ("identifierCount", shape::integer()),
        ("attributes", shape::map(shape::any())),
        ("listIds", list(uuid())),
        ("createdAt", rfc3339()),
        ("updatedAt", rfc3339()),
    ])
}

/// A page of one.
pub(crate) fn page_of_one(shape: Shape) -> Shape {
    object([("results", items([shape])), ("nextPageToken", absent())])
}

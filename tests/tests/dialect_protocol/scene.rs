//! A key, a contact, the conversation with it; and the shapes that Protocol documents.
//!
//! Asserts nothing but statuses.

use causerie_tests::shape::{
    Shape, boolean, filled, id16, integer, list, map, nullable, object, one_of, seconds,
    seconds_now, text, url,
};
use causerie_tests::{Database, Dialect, Server};
use serde_json::{Value, json};

/// A server and a client that has a conversation.
pub(crate) struct Scene {
    pub(crate) server: Server,
    pub(crate) client: Dialect,
    /// The contact.
    pub(crate) kevin: Value,
    /// The conversation with it.
    pub(crate) of: String,
}

impl Scene {
    pub(crate) fn of(database: &Database) -> Self {
        let server = Server::start(database);
        let client = Dialect::of(&server, database, "protocol");
        let mut scene = Self {
            server,
            client,
            kevin: Value::Null,
            of: String::new(),
        };
        scene.kevin = scene.contact("KevinMcCallister");
        scene.of = scene.kevin["conversation_id"]
            .as_str()
            .expect("a conversation")
            .to_owned();
        scene
    }

    pub(crate) fn contact(&mut self, username: &str) -> Value {
        let body = json!({"username": username, "phone_number": "1-800-759-3000"});
        self.client.post("/v1/contacts", &body).expect(201)
    }

    /// Says something; gives the id of the message.
    pub(crate) fn say(&mut self, text: &str) -> String {
        let body = json!({"conversation_id": self.of, "message": text});
        let sent = self.client.post("/v1/messages", &body).expect(201);
        sent["id"].as_str().expect("an id").to_owned()
    }
}

pub(crate) fn page(data: Shape) -> Shape {
    object([("has_more", boolean()), ("data", data)])
}

pub(crate) fn error() -> Shape {
    object([
        ("type", one_of(["invalid_request"])),
        ("message", filled()),
        ("documentation_url", filled()),
    ])
}

fn sender() -> Shape {
    object([
        ("id", id16()),
        ("username", filled()),
        ("phone_number", text()),
        ("avatar_url", nullable(url())),
        ("last_active_at", nullable(seconds())),
        ("created_at", seconds_now()),
    ])
}

pub(crate) fn contact() -> Shape {
    sender()
        .with("display_name", nullable(filled()))
        .with("conversation_id", nullable(id16()))
}

pub(crate) fn message() -> Shape {
    object([
        ("id", id16()),
        ("conversation_id", id16()),
        ("contact", sender()),
        ("message", text()),
        ("reactions", list(map(list(filled())))),
        ("attachments", list(attachment())),
        ("read_at", nullable(seconds())),
        ("created_at", seconds_now()),
        ("updated_at", nullable(seconds_now())),
    ])
}

pub(crate) fn attachment() -> Shape {
    object([
        ("id", id16()),
        ("message_id", nullable(id16())),
        ("filename", filled()),
        ("file_url", url()),
        ("file_type", filled()),
        ("file_size", integer()),
        ("created_at", seconds_now()),
    ])
}

pub(crate) fn conversation() -> Shape {
    object([
        ("id", id16()),
        ("contact_id", nullable(id16())),
        ("group_id", nullable(id16())),
        ("pinned_message_id", nullable(id16())),
        ("is_pinned", boolean()),
        ("is_muted", boolean()),
        ("last_active_at", nullable(seconds_now())),
        ("last_opened_at", nullable(seconds_now())),
        ("created_at", seconds_now()),
        ("archived_at", nullable(seconds())),
    ])
}

pub(crate) fn group() -> Shape {
    object([
        ("id", id16()),
        ("name", filled()),
        ("description", nullable(filled())),
        ("avatar_url", nullable(url())),
        ("conversation_id", id16()),
        ("contacts", list(contact())),
        ("created_at", seconds_now()),
        ("archived_at", nullable(seconds())),
    ])
}

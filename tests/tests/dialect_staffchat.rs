//! What Ziik's clients do works over the wire: the examples of its API documentation as they are printed, and what the
//! documentation promises.
//!
//! Single members and errors are tested with the dialect.

#[path = "dialect_staffchat/examples.rs"]
mod examples;
#[path = "dialect_staffchat/files.rs"]
mod files;
#[path = "dialect_staffchat/promises.rs"]
mod promises;

use causerie_tests::shape::{
    Shape, absent, any, boolean, filled, integer, is, list, map, nullable, number, object, one_of,
    optional, seconds, seconds_now, serial, text, url,
};
use causerie_tests::{Database, Dialect, Server};
use serde_json::{Value, json};

/// Two users who talk.
struct Talk {
    ada: User,
    bob: User,
    conversation: u64,
}

/// A user, and the client that speaks as them.
struct User {
    client: Dialect,
    number: u64,
}

impl User {
    /// A user of this name, with a key of their own.
    #[track_caller]
    fn new(server: &Server, database: &Database, first_name: &str) -> Self {
        let mut admin = Dialect::of(server, database, "staffchat");
        let body = json!({"first_name": first_name, "last_name": "Doe", "title": "Manager", "unit": "HQ",
            "department": "Sales", "email": format!("{first_name}@example.com"), "reference": first_name});
        let made = admin.post("/users", &body).expect(201);
        let mut native = server.client(database);
        let path = format!("/v1/participants?external_id={first_name}");
        let found = native.get(&path).expect(200);
        let id = found["items"][0]["id"].as_str().expect("an id");
        Self {
            client: Dialect::with(server, database, "staffchat", &["--participant", id]),
            number: made["id"].as_u64().expect("a number"),
        }
    }
}

impl Talk {
    #[track_caller]
    fn begin(server: &Server, database: &Database) -> Self {
        let mut ada = User::new(server, database, "John");
        let bob = User::new(server, database, "Bob");
        let body = json!({"recipients": [bob.number]});
        let begun = ada.client.post("/conversations", &body).expect(200);
        Self {
            conversation: begun["id"].as_u64().expect("a number"),
            ada,
            bob,
        }
    }

    /// The path of the messages of the conversation.
    fn messages(&self) -> String {
        format!("/conversations/{}/messages", self.conversation)
    }

    /// Sends as the first of the two.
    #[track_caller]
    fn say(&mut self, body: &Value) -> Value {
        let path = self.messages();
        self.ada.client.post(&path, body).expect(201)
    }

    /// A message as the second of the two sees it.
    #[track_caller]
    fn shown(&mut self, message: &Value) -> Value {
        let path = format!("{}/{}", self.messages(), message["id"]);
        self.bob.client.get(&path).expect(200)
    }

    /// The newest messages as the second of the two sees them.
    #[track_caller]
    fn listed(&mut self) -> Vec<Value> {
        let path = self.messages();
        let page = self.bob.client.get(&path).expect(200);
        page["data"].as_array().expect("data").clone()
    }
}

/// A user as they are shown anywhere.
fn person() -> Shape {
    let place = || nullable(object([("id", integer()), ("name", filled())]));
    object([
        ("id", serial()),
        ("first_name", text()),
        ("last_name", text()),
        ("name", filled()),
        ("title", nullable(filled())),
        ("active", boolean()),
        ("avatar", nullable(map(url()))),
        ("archived_at", nullable(seconds())),
        ("participant_type", absent()),
        ("subtext", text()),
        ("department", place()),
        ("unit", place()),
    ])
}

/// The author of a message, or a participant of a conversation.
fn author() -> Shape {
    person().with("participant_type", one_of(["normal", "admin"]))
}

/// A message without what it answers.
fn alone(parent: Shape) -> Shape {
    object([
        ("id", serial()),
        ("type", one_of(["normal", "service"])),
        ("conversationId", serial()),
        ("is_reply", boolean()),
        ("parent", parent),
        ("deleted", boolean()),
        ("message", text()),
        ("date", seconds_now()),
        ("edited_at", nullable(seconds_now())),
        ("reactions", list(reaction())),
        ("author", author()),
        ("files", list(file())),
        ("voice", nullable(voice())),
        ("meta", optional(any())),
    ])
}

/// A message.
fn message() -> Shape {
    alone(nullable(alone(is(Value::Null))))
}

fn reaction() -> Shape {
    let user = object([("id", serial()), ("name", filled())]);
    object([
        ("id", serial()),
        ("reaction", filled()),
        ("count", integer()),
        ("users", list(user)),
        ("reacted", boolean()),
    ])
}

fn file() -> Shape {
    object([
        ("id", serial()),
        ("name", filled()),
        ("mime", filled()),
        ("size", integer()),
        ("type", one_of(["file", "image", "video", "audio"])),
        ("extension", text()),
        ("uploaded", boolean()),
        ("processing", boolean()),
        ("height", nullable(integer())),
        ("width", nullable(integer())),
        ("source", url()),
        ("stream", nullable(url())),
        ("versions", map(url())),
        ("screenshot", is(Value::Null)),
        ("date", seconds_now()),
        ("created_at", seconds_now()),
        ("updated_at", seconds_now()),
        ("created_formatted", filled()),
        ("updated_formatted", filled()),
    ])
}

fn voice() -> Shape {
    object([
        ("id", serial()),
        ("processing", boolean()),
        ("extension", text()),
        ("duration", number()),
        ("url", url()),
    ])
}

fn conversation() -> Shape {
    object([
        ("id", serial()),
        ("type", one_of(["direct", "group"])),
        ("title", text()),
        ("created_at", seconds_now()),
        ("updated_at", seconds_now()),
        ("latestMessage", nullable(message())),
        ("unread_message_count", integer()),
        ("mute_rule", nullable(integer())),
        ("participants", list(author())),
        ("archived_at", nullable(seconds_now())),
    ])
}

fn page_of(shape: Shape, meta: Shape) -> Shape {
    let links = object([
        ("first", nullable(url())),
        ("last", nullable(url())),
        ("prev", nullable(url())),
        ("next", nullable(url())),
    ]);
    object([("data", list(shape)), ("links", links), ("meta", meta)])
}

/// What a page of messages says of itself.
fn cursors() -> Shape {
    object([
        ("path", url()),
        ("per_page", is(25)),
        ("next_cursor", nullable(filled())),
        ("prev_cursor", nullable(filled())),
    ])
}

/// What any other page says of itself.
fn numbers() -> Shape {
    object([
        ("current_page", integer()),
        ("from", nullable(integer())),
        ("path", url()),
        ("per_page", integer()),
        ("to", nullable(integer())),
    ])
}

//! What `SaaSignal`'s clients do works over the wire: the examples of its API reference as they are printed, and what the
//! reference promises.
//!
//! Single members and errors are tested with the dialect.

#[path = "dialect_saasignal/examples.rs"]
mod examples;
#[path = "dialect_saasignal/promises.rs"]
mod promises;

use causerie_tests::shape::{
    Shape, any, filled, integer, is, iso_now, list, nullable, object, one_of, text, ulid,
};
use causerie_tests::{Database, Dialect, Server, scene};
use serde_json::{Value, json};

const MODULE: &str = "/modules/messaging";

/// Somebody in a conversation.
struct Talk {
    client: Dialect,
    conversation: String,
    participant: String,
}

impl Talk {
    #[track_caller]
    fn begin(server: &Server, database: &Database) -> Self {
        Self::of(Dialect::of(server, database, "saasignal"))
    }

    #[track_caller]
    fn of(mut client: Dialect) -> Self {
        let made = client.post(&format!("{MODULE}/conversations"), &json!({}));
        let conversation = scene::id(&made.expect(201));
        let mut talk = Self {
            client,
            conversation,
            participant: String::new(),
        };
        talk.participant = talk.join("ada");
        talk
    }

    /// The path of something of the conversation.
    fn path(&self, rest: &str) -> String {
        format!("{MODULE}/conversations/{}{rest}", self.conversation)
    }

    /// The path of a message.
    fn message(&self, id: &str) -> String {
        self.path(&format!("/messages/{id}"))
    }

    /// Another participant.
    #[track_caller]
    fn join(&mut self, external_id: &str) -> String {
        let body = json!({"external_id": external_id, "display_name": external_id});
        let made = self.client.post(&self.path("/participants"), &body);
        scene::id(&made.expect(201))
    }

    /// Sends whatever a body says besides who says it.
    #[track_caller]
    fn say(&mut self, mut body: Value) -> Value {
        body["participant_id"] = json!(self.participant);
        self.client.post(&self.path("/messages"), &body).expect(201)
    }

    /// Sends a text; gives the id of the message.
    #[track_caller]
    fn text(&mut self, text: &str) -> String {
        scene::id(&self.say(json!({"body": text})))
    }

    /// The ids of a page of messages, and where the next begins.
    #[track_caller]
    fn page(&mut self, query: &str) -> (Vec<String>, Option<String>) {
        let path = self.path(&format!("/messages{query}"));
        let page = self.client.get(&path).expect(200);
        let items = page["items"].as_array().expect("items");
        let next = page["next_cursor"].as_str().map(str::to_owned);
        (items.iter().map(scene::id).collect(), next)
    }
}

/// A message as an item of a list.
fn message() -> Shape {
    object([
        ("id", ulid("msg_")),
        ("project_id", ulid("proj_")),
        ("conversation_id", ulid("conv_")),
        ("participant_id", ulid("part_")),
        ("type", one_of(["text", "image", "file", "system"])),
        ("body", text()),
        ("reply_to", nullable(ulid("msg_"))),
        ("edited_at", nullable(iso_now())),
        ("deleted_at", nullable(iso_now())),
        ("metadata", object([]).and_others()),
        ("created_at", iso_now()),
    ])
    .and_others()
}

fn page_of(shape: Shape) -> Shape {
    object([("items", list(shape)), ("next_cursor", nullable(filled()))])
}

fn conversation() -> Shape {
    object([
        ("id", ulid("conv_")),
        ("project_id", ulid("proj_")),
        ("conversation_number", filled()),
        ("type", one_of(["direct", "group"])),
        ("title", nullable(text())),
        ("description", nullable(text())),
        ("status", one_of(["open", "archived", "closed"])),
        ("last_message_at", nullable(iso_now())),
        ("message_count", integer()),
        ("participant_count", integer()),
        ("metadata", object([]).and_others()),
        ("updated_at", iso_now()),
        ("created_at", iso_now()),
    ])
}

fn participant() -> Shape {
    object([
        ("id", ulid("part_")),
        ("project_id", ulid("proj_")),
        ("conversation_id", ulid("conv_")),
        ("external_id", filled()),
        ("display_name", filled()),
        ("role", one_of(["owner", "member", "readonly"])),
        ("last_read_at", nullable(iso_now())),
        ("metadata", object([]).and_others()),
        ("created_at", iso_now()),
    ])
}

/// An error of this code.
fn error(code: &str) -> Shape {
    object([
        ("code", is(code)),
        ("message", filled()),
        ("success", is(false)),
        ("error", filled()),
    ])
}

/// Fails unless an answer is the error of this status and code.
#[track_caller]
fn refused(answer: causerie_tests::Answer, status: u16, code: &str) {
    causerie_tests::shape::check(&answer.expect(status), &error(code));
}

/// A reaction.
fn reaction() -> Shape {
    object([
        ("id", ulid("react_")),
        ("message_id", ulid("msg_")),
        ("participant_id", ulid("part_")),
        ("emoji", filled()),
        ("created_at", iso_now()),
    ])
}

/// The settings of a project.
fn settings() -> Shape {
    object([
        ("id", filled()),
        ("project_id", ulid("proj_")),
        ("max_participants_per_conversation", integer()),
        ("max_message_length", integer()),
        ("message_retention_days", nullable(integer())),
        ("allow_reactions", any()),
        ("conversation_number_prefix", filled()),
        ("created_at", iso_now()),
    ])
}

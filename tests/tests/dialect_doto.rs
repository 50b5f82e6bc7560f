//! What Doto's clients do works over the wire: the examples of its documentation as they are printed, and what the
//! documentation promises.
//!
//! Single members and errors are tested with the dialect.

#[path = "dialect_doto/examples.rs"]
mod examples;
#[path = "dialect_doto/promises.rs"]
mod promises;

use causerie_tests::shape::{
    Shape, boolean, filled, integer, is, list, nullable, object, one_of, optional, seconds,
    seconds_now, serial, text, url, uuid,
};
use causerie_tests::{Database, Dialect, Server};
use serde_json::{Value, json};

const ACCOUNT: &str = "/api/v1/accounts/1";

/// A customer in a conversation.
struct Desk {
    client: Dialect,
    conversation: u64,
    contact: u64,
}

impl Desk {
    /// Opens it in the inbox that came with the key.
    #[track_caller]
    fn open(server: &Server, database: &Database) -> Self {
        let mut client = Dialect::of(server, database, "doto");
        let inbox = client.setting("inbox_id").to_owned();
        let who = json!({"name": "Jane Doe", "email": "jane@example.com"});
        let made = client
            .post(&format!("{ACCOUNT}/contacts"), &who)
            .expect(200);
        let contact = number(&made["payload"]["contact"]["id"]);
        let body = json!({"inbox_id": inbox, "contact_id": contact});
        let opened = client
            .post(&format!("{ACCOUNT}/conversations"), &body)
            .expect(200);
        Self {
            conversation: number(&opened["id"]),
            contact,
            client,
        }
    }

    /// The path of something of the conversation.
    fn path(&self, rest: &str) -> String {
        format!("{ACCOUNT}/conversations/{}{rest}", self.conversation)
    }

    /// Says something.
    #[track_caller]
    fn say(&mut self, body: &Value) -> Value {
        let path = self.path("/messages");
        self.client.post(&path, body).expect(200)
    }

    /// The messages that a query asks for.
    #[track_caller]
    fn list(&mut self, query: &str) -> Vec<Value> {
        let path = self.path(&format!("/messages{query}"));
        let listed = self.client.get(&path).expect(200);
        listed["payload"].as_array().expect("a list").clone()
    }
}

#[track_caller]
fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("no number: {value}"))
}

/// Somebody who is served.
fn contact() -> Shape {
    object([
        ("id", serial()),
        ("name", filled()),
        ("email", nullable(text())),
        ("phone_number", nullable(text())),
        ("identifier", nullable(text())),
        ("blocked", boolean()),
        ("thumbnail", text()),
        ("availability_status", nullable(text())),
        ("last_activity_at", nullable(seconds())),
        ("created_at", seconds_now()),
        ("additional_attributes", object([]).and_others()),
        ("custom_attributes", object([]).and_others()),
        ("type", optional(is("Contact"))),
        ("contact_inboxes", optional(list(contact_inbox()))),
    ])
}

fn contact_inbox() -> Shape {
    object([("source_id", filled()), ("inbox", inbox())])
}

fn inbox() -> Shape {
    object([
        ("id", serial()),
        ("name", filled()),
        ("channel_id", serial()),
        ("channel_type", is("Channel::Api")),
        ("inbox_identifier", filled()),
        ("avatar_url", text()),
        ("webhook_url", nullable(text())),
        ("callback_webhook_url", is(Value::Null)),
        ("hmac_mandatory", boolean()),
        ("greeting_enabled", boolean()),
        ("greeting_message", nullable(text())),
        ("enable_auto_assignment", boolean()),
        ("lock_to_single_conversation", boolean()),
        ("timezone", filled()),
        ("working_hours", is(json!([]))),
    ])
    .and_others()
}

fn user() -> Shape {
    object([
        ("id", serial()),
        ("name", filled()),
        ("available_name", filled()),
        ("avatar_url", text()),
        ("type", is("User")),
        ("availability_status", nullable(text())),
        ("thumbnail", text()),
    ])
}

fn agent() -> Shape {
    object([
        ("id", serial()),
        ("account_id", is(1)),
        ("name", filled()),
        ("available_name", filled()),
        ("email", nullable(text())),
        ("role", one_of(["administrator", "agent"])),
        (
            "availability",
            nullable(one_of(["online", "busy", "offline"])),
        ),
        (
            "availability_status",
            nullable(one_of(["online", "busy", "offline"])),
        ),
        ("auto_offline", boolean()),
        ("confirmed", boolean()),
        ("avatar_url", text()),
        ("thumbnail", text()),
    ])
}

fn attachment() -> Shape {
    object([
        ("id", serial()),
        ("message_id", serial()),
        ("file_type", one_of(["image", "video", "audio", "file"])),
        ("account_id", is(1)),
        ("extension", nullable(filled())),
        ("data_url", url()),
        ("thumb_url", text()),
        ("file_size", integer()),
        ("width", nullable(integer())),
        ("height", nullable(integer())),
    ])
}

fn files_of_a_conversation() -> Shape {
    object([
        ("meta", object([("total_count", integer())])),
        ("payload", list(attachment())),
    ])
}

/// A message of somebody like this.
fn message_of(sender: Shape, way: &str) -> Shape {
    object([
        ("id", serial()),
        ("content", nullable(text())),
        ("message_type", is(way)),
        ("status", one_of(["sent", "delivered", "read", "failed"])),
        ("private", boolean()),
        ("created_at", seconds_now()),
        ("sender", sender),
        ("attachments", list(attachment())),
        ("inbox_id", serial()),
        ("account_id", is(1)),
        ("conversation_id", serial()),
        ("content_type", filled()),
        ("content_attributes", object([]).and_others()),
        ("additional_attributes", object([]).and_others()),
        ("source_id", nullable(text())),
        ("echo_id", optional(filled())),
    ])
}

fn outgoing() -> Shape {
    message_of(user(), "outgoing")
}

fn incoming() -> Shape {
    message_of(contact(), "incoming")
}

fn meta() -> Shape {
    object([
        ("labels", list(text())),
        ("additional_attributes", object([]).and_others()),
        ("contact", contact()),
        ("assignee", nullable(agent())),
        ("agent_last_seen_at", nullable(filled())),
        ("assignee_last_seen_at", nullable(filled())),
    ])
}

fn conversation() -> Shape {
    let never_or = || integer();
    object([
        ("id", serial()),
        ("uuid", uuid()),
        ("account_id", is(1)),
        ("inbox_id", serial()),
        ("status", one_of(["open", "resolved", "pending", "snoozed"])),
        (
            "priority",
            nullable(one_of(["low", "medium", "high", "urgent"])),
        ),
        ("messages", list(object([]).and_others())),
        (
            "meta",
            object([
                ("sender", contact()),
                ("channel", is("Channel::Api")),
                ("assignee", nullable(agent())),
                ("team", is(Value::Null)),
                ("hmac_verified", boolean()),
            ]),
        ),
        ("contact", contact()),
        ("additional_attributes", object([]).and_others()),
        ("custom_attributes", object([]).and_others()),
        ("labels", list(text())),
        ("muted", boolean()),
        ("snoozed_until", nullable(seconds())),
        ("can_reply", boolean()),
        ("unread_count", integer()),
        ("created_at", seconds_now()),
        ("updated_at", seconds_now()),
        ("timestamp", seconds_now()),
        ("last_activity_at", seconds_now()),
        ("first_reply_created_at", never_or()),
        ("waiting_since", never_or()),
        ("agent_last_seen_at", never_or()),
        ("assignee_last_seen_at", never_or()),
        ("contact_last_seen_at", never_or()),
        (
            "last_non_activity_message",
            nullable(object([]).and_others()),
        ),
    ])
}

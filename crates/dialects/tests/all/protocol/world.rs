//! Protocol as its tests speak to it: the form of its errors, and what many tests need made.
//!
//! Asserts nothing itself but statuses and the form of errors.

use causerie_dialects::{Dialect, protocol};
use serde_json::{Value, json};

use crate::server::{self, Product, Server};

pub(crate) use crate::server::id;

pub(crate) type Answer = server::Answer<Protocol>;
pub(crate) type Ask = server::Ask<Protocol>;
pub(crate) type World = Server<Protocol>;

pub(crate) struct Protocol;

impl Product for Protocol {
    const DIALECT: Dialect = protocol::DIALECT;
    const BASE: &'static str = "/v1";

    #[track_caller]
    fn check_error(status: u16, body: &Value) {
        let kind = if status >= 500 {
            "api_error"
        } else {
            "invalid_request"
        };
        assert_eq!(body["type"], kind, "{body}");
        for member in ["message", "documentation_url"] {
            let text = body[member].as_str();
            assert!(text.is_some_and(|text| !text.is_empty()), "{body}");
        }
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(3));
    }
}

impl Answer {
    /// The message, if this is an error with this status.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16) -> String {
        let body = self.expect_error(status);
        body["message"].as_str().expect("a message").to_owned()
    }
}

impl World {
    /// A contact, made through the dialect; it comes with its conversation.
    pub(crate) async fn contact(&self, username: &str) -> Value {
        let body = json!({"username": username, "phone_number": "1-800-759-3000"});
        self.tell("POST", "/contacts", &body).await.expect(201)
    }

    /// Something said in a conversation.
    pub(crate) async fn message(&self, to: &str, text: &str) -> Value {
        let body = json!({"conversation_id": to, "message": text});
        self.tell("POST", "/messages", &body).await.expect(201)
    }
}

/// The conversation that a contact or a group came with.
#[track_caller]
pub(crate) fn conversation_of(made: &Value) -> String {
    let of = made["conversation_id"].as_str();
    of.expect("a conversation").to_owned()
}

/// Deletes what came with a conversation; neither is there any more, nor what was said in it.
pub(crate) async fn delete_with_conversation(world: &World, path: &str, of: &str) {
    let sent = id(&world.message(of, "Kevin!").await);
    world.ask("DELETE", path).await.expect_nothing();
    let (of, sent) = (format!("/conversations/{of}"), format!("/messages/{sent}"));
    for gone in [path, &of, &sent] {
        world.ask("GET", gone).await.refused(404);
    }
}

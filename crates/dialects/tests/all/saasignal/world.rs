//! `SaaSignal` as its tests speak to it: the form of its errors, and what many tests need made.
//!
//! Asserts nothing itself but statuses and the form of errors.

use causerie_dialects::{Dialect, saasignal};
use serde_json::{Value, json};

use crate::server::{self, Product, Server};

pub(crate) use crate::server::id;

pub(crate) type Answer = server::Answer<SaaSignal>;
pub(crate) type Ask = server::Ask<SaaSignal>;
pub(crate) type World = Server<SaaSignal>;

pub(crate) struct SaaSignal;

impl Product for SaaSignal {
    const DIALECT: Dialect = saasignal::DIALECT;
    const BASE: &'static str = "/modules/messaging";

    #[track_caller]
    fn check_error(_: u16, body: &Value) {
        assert_eq!(body["success"], false, "{body}");
        assert!(body["code"].as_str().is_some_and(|code| !code.is_empty()));
        let message = body["message"].as_str().expect("a message");
        assert!(!message.is_empty() && body["error"] == *message, "{body}");
        assert_eq!(body.as_object().map(serde_json::Map::len), Some(4));
    }
}

impl Answer {
    /// The body, if this is an error with this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        let body = self.expect_error(status);
        assert_eq!(body["code"], code, "{body}");
        body
    }
}

impl World {
    /// A conversation, made through the dialect.
    pub(crate) async fn conversation(&self) -> String {
        let made = self.tell("POST", "/conversations", &json!({})).await;
        id(&made.expect(201))
    }

    /// Somebody in it.
    pub(crate) async fn participant(&self, conversation: &str, external_id: &str) -> String {
        let path = format!("/conversations/{conversation}/participants");
        let body = json!({"external_id": external_id, "display_name": external_id});
        id(&self.tell("POST", &path, &body).await.expect(201))
    }

    /// Something said in it.
    pub(crate) async fn message(&self, conversation: &str, by: &str, body: &str) -> Value {
        let path = format!("/conversations/{conversation}/messages");
        let body = json!({"participant_id": by, "body": body});
        self.tell("POST", &path, &body).await.expect(201)
    }
}

/// A conversation, and Ada in it.
pub(crate) async fn talk() -> (World, String, String) {
    let world = World::new().await;
    let of = world.conversation().await;
    let ada = world.participant(&of, "ada").await;
    (world, of, ada)
}

//! Doto as its tests speak to it: its key, the form of its errors, and what many tests need made.
//!
//! Asserts nothing itself but statuses and the form of errors.

use causerie_dialects::{Dialect, doto};
use serde_json::{Value, json};

use crate::server::{self, Product, Server};

pub(crate) type Answer = server::Answer<Doto>;
pub(crate) type Ask = server::Ask<Doto>;
pub(crate) type World = Server<Doto>;

pub(crate) struct Doto;

impl Product for Doto {
    const DIALECT: Dialect = doto::DIALECT;
    const BASE: &'static str = "/api/v1/accounts/1";

    fn credential(key: &str) -> (&'static str, String) {
        ("api_access_token", key.to_owned())
    }

    #[track_caller]
    fn check_error(status: u16, body: &Value) {
        let error = body["error"].as_str().expect("an error");
        assert!(!error.is_empty(), "{body}");
        if status == 422 {
            assert!(
                body["message"] == *error && body["attributes"].is_array(),
                "{body}"
            );
        }
    }
}

impl Answer {
    /// The body, if this is an error with this status.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16) -> Value {
        self.expect_error(status)
    }
}

impl World {
    /// An inbox, made through the dialect.
    pub(crate) async fn inbox(&self) -> u64 {
        let made = self
            .tell("POST", "/inboxes", &json!({"name": "Shop"}))
            .await;
        number(&made.expect(200)["id"])
    }

    /// A contact.
    pub(crate) async fn contact(&self, body: &Value) -> u64 {
        let made = self.tell("POST", "/contacts", body).await;
        number(&made.expect(200)["payload"]["contact"]["id"])
    }

    /// A conversation of a new inbox with a new contact: its number.
    pub(crate) async fn conversation(&self) -> u64 {
        let inbox_id = self.inbox().await;
        let contact_id = self.contact(&json!({"name": "Jane Doe"})).await;
        let body = json!({"inbox_id": inbox_id, "contact_id": contact_id});
        let made = self.tell("POST", "/conversations", &body).await;
        number(&made.expect(200)["id"])
    }

    /// Something said in a conversation.
    pub(crate) async fn say(&self, of: u64, body: &Value) -> Value {
        let path = format!("/conversations/{of}/messages");
        self.tell("POST", &path, body).await.expect(200)
    }

    /// The messages of a conversation that a query asks for.
    pub(crate) async fn list(&self, of: u64, query: &str) -> Vec<Value> {
        let path = format!("/conversations/{of}/messages{query}");
        let listed = self.ask("GET", &path).await.expect(200);
        listed["payload"].as_array().expect("a list").clone()
    }
}

/// A number that something has.
#[track_caller]
pub(crate) fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("no number: {value}"))
}

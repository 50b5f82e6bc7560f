//! Ziik's chat as its tests speak to it: the form of its errors, its users, and what many tests need made.
//!
//! Asserts nothing itself but statuses and the form of errors.

use causerie_dialects::{Dialect, staffchat};
use serde_json::{Value, json};

use crate::server::{self, Product, Server};

pub(crate) type Answer = server::Answer<Staffchat>;
pub(crate) type Ask = server::Ask<Staffchat>;
pub(crate) type World = Server<Staffchat>;

pub(crate) struct Staffchat;

impl Product for Staffchat {
    const DIALECT: Dialect = staffchat::DIALECT;

    #[track_caller]
    fn check_error(status: u16, body: &Value) {
        assert!(
            body["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        let members = if status == 422 { 2 } else { 1 };
        assert_eq!(
            body.as_object().map(serde_json::Map::len),
            Some(members),
            "{body}"
        );
        for (field, texts) in body["errors"].as_object().into_iter().flatten() {
            let texts = texts.as_array().expect("a list of texts");
            assert!(
                texts.iter().all(Value::is_string) && !texts.is_empty(),
                "{field}"
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

/// A user, and a key that is bound to them.
pub(crate) struct User {
    pub(crate) number: u64,
    /// What the native API calls them.
    pub(crate) native_id: String,
    pub(crate) key: String,
}

impl World {
    /// A user made through the dialect, with a key of their own.
    pub(crate) async fn user(&self, first_name: &str) -> User {
        let email = format!("{first_name}@example.com");
        let body = json!({"first_name": first_name, "last_name": "Doe", "email": email, "unit": "HQ",
            "title": "Manager", "department": "Sales"});
        let made = self.tell("POST", "/users", &body).await.expect(201);
        let newest = "/v1/participants?limit=1";
        let listed = self.native("GET", newest, &Value::Null).await.expect(200);
        let native_id = server::id(&listed["items"][0]);
        User {
            number: number(&made),
            key: self.key_for("messaging:*", &native_id),
            native_id,
        }
    }

    /// One user for each name.
    pub(crate) async fn users<const N: usize>(&self, first_names: [&str; N]) -> [User; N] {
        let mut users = Vec::new();
        for name in first_names {
            users.push(self.user(name).await);
        }
        let users = <[User; N]>::try_from(users);
        users.unwrap_or_else(|_| unreachable!("one for each name"))
    }

    /// A conversation of somebody with others.
    pub(crate) async fn conversation(&self, key: &str, with: &[u64]) -> u64 {
        let body = json!({"recipients": with});
        let begun = self.tell_as(key, "POST", "/conversations", &body).await;
        number(&begun.expect(200))
    }

    /// Something said there.
    pub(crate) async fn message(&self, key: &str, of: u64, text: &str) -> Value {
        let path = format!("/conversations/{of}/messages");
        let body = json!({"message": text});
        self.tell_as(key, "POST", &path, &body).await.expect(201)
    }
}

/// The number of what was made.
#[track_caller]
pub(crate) fn number(made: &Value) -> u64 {
    let number = made["id"].as_u64();
    number
        .filter(|number| *number > 0)
        .unwrap_or_else(|| panic!("no number in {made}"))
}

/// The numbers of participants, and what they are in their conversation.
#[track_caller]
pub(crate) fn roles(participants: &Value) -> Vec<(u64, &str)> {
    let all = participants.as_array().expect("a list").iter();
    all.map(|one| {
        let role = one["participant_type"].as_str().expect("a word");
        (number(one), role)
    })
    .collect()
}

/// The names of an object's members.
#[track_caller]
pub(crate) fn members(value: &Value) -> Vec<&str> {
    let members = value.as_object().expect("an object").keys();
    members.map(String::as_str).collect()
}

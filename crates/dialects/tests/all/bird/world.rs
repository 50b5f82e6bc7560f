//! Bird as its tests speak to it: its key, the form of its errors, its ids, and what many tests need made.
//!
//! Asserts nothing itself but statuses and the form of errors.

use causerie_core::ParticipantId;
use causerie_dialects::{Dialect, bird};
use serde_json::{Value, json};

use crate::server::{self, Product, Server};

pub(crate) use crate::server::id;

pub(crate) type Answer = server::Answer<Bird>;
pub(crate) type Ask = server::Ask<Bird>;
pub(crate) type World = Server<Bird>;

pub(crate) struct Bird;

impl Product for Bird {
    const DIALECT: Dialect = bird::DIALECT;

    fn credential(key: &str) -> (&'static str, String) {
        ("Authorization", format!("AccessKey {key}"))
    }

    #[track_caller]
    fn check_error(_: u16, body: &Value) {
        assert!(body["code"].as_str().is_some_and(|code| !code.is_empty()));
        assert!(
            body["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        for (place, problems) in body["details"].as_object().into_iter().flatten() {
            assert!(!place.is_empty(), "{body}");
            let problems = problems.as_array().expect("a list");
            assert!(problems.iter().all(Value::is_string) && !problems.is_empty());
        }
        let known = ["code", "message", "details"];
        let members = body.as_object().expect("an object").keys();
        assert!(
            members
                .into_iter()
                .all(|name| known.contains(&name.as_str()))
        );
    }
}

impl Answer {
    /// The details, if this is an error with this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        let body = self.expect_error(status);
        assert_eq!(body["code"], code, "{body}");
        body["details"].clone()
    }
}

impl World {
    pub(crate) fn workspace_id(&self) -> String {
        uuid_of(&self.workspace.id.to_string())
    }

    /// What is under the workspace.
    pub(crate) fn of(&self, path: &str) -> String {
        format!("/workspaces/{}{path}", self.workspace_id())
    }

    /// A native channel.
    pub(crate) async fn channel(&self) -> String {
        self.channel_of(&json!({"platform": "native", "name": "App"}))
            .await
    }

    /// A channel as the native API makes it.
    pub(crate) async fn channel_of(&self, wish: &Value) -> String {
        let made = self.native("POST", "/v1/channels", wish).await;
        uuid_of(&id(&made.expect(201)))
    }

    /// Where messages of a channel are.
    pub(crate) fn messages(&self, channel: &str) -> String {
        self.of(&format!("/channels/{channel}/messages"))
    }

    /// Sends through the dialect.
    pub(crate) async fn say(&self, channel: &str, wish: &Value) -> Answer {
        self.tell("POST", &self.messages(channel), wish).await
    }

    /// A text to somebody.
    pub(crate) async fn text(&self, channel: &str, to: &str, text: &str) -> Value {
        self.say(channel, &plain(to, text)).await.expect(202)
    }
}

/// A plain text to somebody with this telephone number.
pub(crate) fn plain(to: &str, text: &str) -> Value {
    json!({
        "receiver": {"contacts": [{"identifierKey": "phonenumber", "identifierValue": to}]},
        "body": {"type": "text", "text": {"text": text}},
    })
}

/// A native id as a UUID.
pub(crate) fn uuid_of(native: &str) -> String {
    let (_, written) = native.split_once('_').expect("a native id");
    let bytes = ParticipantId::parse(&format!("part_{written}")).expect("an id");
    uuid::Uuid::from_bytes(bytes.to_bytes()).to_string()
}

/// A UUID as a native id.
pub(crate) fn native_of(prefix: &str, written: &str) -> String {
    let bytes = uuid::Uuid::try_parse(written).expect("a UUID").into_bytes();
    let native = ParticipantId::from_bytes(bytes).to_string();
    native.replacen("part", prefix, 1)
}

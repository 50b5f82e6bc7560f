//! Times as the API writes them, told by the server's clock only.
//!
//! Never asks the clock of the tests: what a server does on time, it does by its own.

use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::client::Client;

/// What time it is for the server: that of something just made.
#[track_caller]
pub fn now(client: &mut Client) -> OffsetDateTime {
    let body = serde_json::json!({"kind": "bot", "display_name": "Clock"});
    let made = client.post("/v1/participants", &body).expect(201);
    of(&made["created_at"])
}

/// A time in an answer.
#[track_caller]
pub fn of(written: &Value) -> OffsetDateTime {
    let text = written.as_str().expect("a time");
    OffsetDateTime::parse(text, &Rfc3339).expect("RFC 3339")
}

/// The server's time and so many milliseconds, written.
#[track_caller]
pub fn ahead(client: &mut Client, milliseconds: i64) -> String {
    written(now(client) + Duration::milliseconds(milliseconds))
}

/// Times that are as good as one, each a microsecond after the one before.
#[track_caller]
pub fn at_once(client: &mut Client, milliseconds: i64, count: usize) -> Vec<String> {
    let start = now(client) + Duration::milliseconds(milliseconds);
    let times = (0..count).map(|number| {
        let number = i64::try_from(number).expect("a count");
        written(start + Duration::microseconds(number))
    });
    times.collect()
}

/// A time as a request says it.
#[track_caller]
fn written(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).expect("a year of four digits")
}

/// How late something was, in milliseconds; below zero when it was early.
#[track_caller]
pub fn late_ms(due: &Value, done: &Value) -> i128 {
    (of(done) - of(due)).whole_milliseconds()
}

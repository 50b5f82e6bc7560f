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

/// The server's time and so many milliseconds, written as the API does: always with three digits of a second.
#[track_caller]
pub fn ahead(client: &mut Client, milliseconds: i64) -> String {
    in_milliseconds(now(client) + Duration::milliseconds(milliseconds))
}

#[track_caller]
fn in_milliseconds(time: OffsetDateTime) -> String {
    let second = written(time.replace_nanosecond(0).expect("zero is one"));
    let fraction = format!(".{:03}Z", time.millisecond());
    second.replace('Z', &fraction)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_of_a_second() {
        for (micros, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (570_000, "1970-01-01T00:00:00.570Z"),
            (57_000, "1970-01-01T00:00:00.057Z"),
        ] {
            let time = OffsetDateTime::UNIX_EPOCH + Duration::microseconds(micros);
            assert_eq!(in_milliseconds(time), expected);
        }
    }
}

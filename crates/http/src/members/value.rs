//! Values of members, read from JSON as it was written, leniently where forms know texts only.
//!
//! Refuses nothing that its type can hold: limits are the core's.

use std::borrow::Cow;
use std::collections::BTreeMap;

use causerie_core::{Invalid, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

const MICROS: i64 = 1_000_000;

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue, expected: &'static str) -> Result<T, Invalid> {
    serde_json::from_str(raw.get()).map_err(|_| Invalid::new(expected))
}

/// A text.
///
/// # Errors
/// When it is something else.
pub fn text(raw: &RawValue) -> Result<String, Invalid> {
    read(raw, "expected a text")
}

/// A number or a text, as the text that it is written with.
fn word(raw: &RawValue) -> Option<Cow<'_, str>> {
    let written = raw.get();
    match written.as_bytes().first()? {
        b'"' => serde_json::from_str(written).ok().map(Cow::Owned),
        b'-' | b'0'..=b'9' => Some(Cow::Borrowed(written)),
        _ => None,
    }
}

/// A whole number of 64 bits, or a text of its digits.
///
/// # Errors
/// When it is something else.
pub fn integer(raw: &RawValue) -> Result<i64, Invalid> {
    let read = word(raw).and_then(|word| {
        let digits = word.strip_prefix('-').unwrap_or(&word);
        let plain = digits.bytes().all(|digit| digit.is_ascii_digit());
        plain.then(|| word.parse().ok()).flatten()
    });
    read.ok_or(Invalid::new("expected a whole number"))
}

/// True or false, or a text or number that stands for it.
///
/// # Errors
/// When it is something else.
pub fn boolean(raw: &RawValue) -> Result<bool, Invalid> {
    match raw.get() {
        "true" | "1" | "\"true\"" | "\"1\"" => Ok(true),
        "false" | "0" | "\"false\"" | "\"0\"" => Ok(false),
        _ => Err(Invalid::new("expected true or false")),
    }
}

/// An object, as it was written.
///
/// # Errors
/// When it is something else.
pub fn object(raw: &RawValue) -> Result<Box<RawValue>, Invalid> {
    if raw.get().starts_with('{') {
        Ok(raw.to_owned())
    } else {
        Err(Invalid::new("expected an object"))
    }
}

/// The members of an object, each as it was written.
pub(super) fn members(raw: &RawValue) -> Result<BTreeMap<String, Box<RawValue>>, Invalid> {
    read(raw, "expected an object")
}

/// The items of a list, each as it was written. The empty text, with which forms write an empty list, is one.
///
/// # Errors
/// When it is something else.
pub fn list(raw: &RawValue) -> Result<Vec<Box<RawValue>>, Invalid> {
    if raw.get() == "\"\"" {
        return Ok(Vec::new());
    }
    read(raw, "expected a list")
}

/// A list of texts or numbers, as texts; one by itself is a list of one.
///
/// # Errors
/// When it is something else.
pub fn texts(raw: &RawValue) -> Result<Vec<String>, Invalid> {
    if let Some(one) = word(raw) {
        return Ok(Some(one.into_owned())
            .filter(|one| !one.is_empty())
            .into_iter()
            .collect());
    }
    let expected = || Invalid::new("expected a list of texts");
    let items = list(raw).map_err(|_| expected())?;
    items
        .iter()
        .map(|item| word(item).map(Cow::into_owned).ok_or_else(expected))
        .collect()
}

/// A time as whole seconds since 1970, also as a text.
///
/// # Errors
/// When it is something else, or no time that we can write.
pub fn unix_time(raw: &RawValue) -> Result<Timestamp, Invalid> {
    let expected = Invalid::new("expected a time in whole seconds since 1970");
    let seconds = integer(raw)
        .ok()
        .filter(|seconds| (0..=LAST_SECOND).contains(seconds));
    let micros = seconds.and_then(|seconds| seconds.checked_mul(MICROS));
    micros.map(Timestamp::from_unix_micros).ok_or(expected)
}

/// The last second of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// A time as RFC 3339 has it, in UTC.
///
/// # Errors
/// When it is something else.
pub fn rfc3339_time(raw: &RawValue) -> Result<Timestamp, Invalid> {
    Timestamp::parse(&text(raw)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).expect("JSON")
    }

    #[test]
    fn values_are_read_as_forms_and_clients_write_them() {
        assert_eq!(integer(&raw("-12")), Ok(-12));
        assert_eq!(integer(&raw("\"12\"")), Ok(12));
        for wrong in [
            "1.5",
            "1e3",
            "\"\"",
            "\"+1\"",
            "true",
            "12345678901234567890",
            "[]",
        ] {
            assert!(integer(&raw(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(boolean(&raw("\"1\"")), Ok(true));
        assert_eq!(boolean(&raw("false")), Ok(false));
        assert!(boolean(&raw("\"yes\"")).is_err());
        assert_eq!(texts(&raw("[\"a\",1]")).expect("texts"), ["a", "1"]);
        assert_eq!(texts(&raw("\"a\"")).expect("texts"), ["a"]);
        assert!(texts(&raw("\"\"")).expect("texts").is_empty());
        assert!(texts(&raw("[[]]")).is_err() && texts(&raw("{}")).is_err());
        let time = unix_time(&raw("\"1700000000\"")).expect("a time");
        assert_eq!(time.unix_micros(), 1_700_000_000_000_000);
        assert!(unix_time(&raw("253402300800")).is_err() && unix_time(&raw("-1")).is_err());
        assert!(text(&raw("\"\\ud800\"")).is_err());
    }
}

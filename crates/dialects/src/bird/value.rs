//! Values of members as Bird's schemas have them: strictly typed, unlike those of forms.
//!
//! Knows no member by name.

use causerie_core::{Invalid, Timestamp};
use causerie_http::members::text;
use serde_json::value::RawValue;

/// How many characters the offset of a time has.
const OFFSET_CHARS: usize = 6;
const MICROS_A_MINUTE: i64 = 60_000_000;

/// `true` or `false`.
pub(super) fn flag(raw: &RawValue) -> Result<bool, Invalid> {
    match raw.get() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Invalid::new("expected true or false")),
    }
}

/// A whole number that is not negative.
pub(super) fn count(raw: &RawValue) -> Result<u64, Invalid> {
    let expected = || Invalid::new("expected a whole number of at least 0");
    raw.get().parse().map_err(|_| expected())
}

/// A list of texts.
pub(super) fn texts(raw: &RawValue) -> Result<Vec<String>, Invalid> {
    serde_json::from_str(raw.get()).map_err(|_| Invalid::new("expected a list of texts"))
}

/// A text of at least one character and at most so many.
pub(super) fn short(raw: &RawValue, chars_max: usize) -> Result<String, Invalid> {
    let text = text(raw)?;
    if text.is_empty() || text.chars().count() > chars_max {
        let problem = format!("expected 1 to {chars_max} characters");
        return Err(Invalid::new(problem));
    }
    Ok(text)
}

/// A time of RFC 3339, in any offset.
pub(super) fn time(text: &str) -> Result<Timestamp, Invalid> {
    let expected = || Invalid::new("expected a time of RFC 3339 such as 2026-02-28T12:30:45Z");
    let upper = text.to_ascii_uppercase();
    if upper.ends_with('Z') {
        return Timestamp::parse(&upper).map_err(|_| expected());
    }
    let at = upper.len().checked_sub(OFFSET_CHARS);
    let (local, offset) = at
        .and_then(|at| upper.split_at_checked(at))
        .ok_or_else(expected)?;
    let minutes = offset_minutes(offset).ok_or_else(expected)?;
    let local = Timestamp::parse(&format!("{local}Z")).map_err(|_| expected())?;
    let micros = local.unix_micros() - minutes * MICROS_A_MINUTE;
    Ok(Timestamp::from_unix_micros(micros))
}

/// `+02:00` as 120.
fn offset_minutes(offset: &str) -> Option<i64> {
    let (sign, rest) = match offset.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let plain = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(hours) || !plain(minutes) {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_may_have_any_offset() {
        let utc = time("2026-02-28T12:30:45.5Z").expect("a time");
        for same in [
            "2026-02-28T14:30:45.5+02:00",
            "2026-02-28t07:00:45.5-05:30",
            "2026-02-28T12:30:45.5-00:00",
        ] {
            assert_eq!(time(same), Ok(utc), "{same}");
        }
        for wrong in [
            "",
            "tomorrow",
            "2026-02-28",
            "2026-02-28T12:30:45",
            "2026-02-28T12:30:45+2:00",
            "2026-02-28T12:30:45+24:00",
            "+02:00",
            "ä+02:00",
        ] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn values_are_of_their_type_only() {
        let raw = |json: &str| RawValue::from_string(json.to_owned()).expect("JSON");
        assert_eq!(flag(&raw("true")), Ok(true));
        assert!(flag(&raw("\"true\"")).is_err() && flag(&raw("1")).is_err());
        assert_eq!(count(&raw("0")), Ok(0));
        for wrong in ["-1", "1.5", "1e3", "\"1\"", "99999999999999999999"] {
            assert!(count(&raw(wrong)).is_err(), "{wrong}");
        }
        assert!(texts(&raw("[\"a\",1]")).is_err() && texts(&raw("\"a\"")).is_err());
        assert!(short(&raw("\"\""), 3).is_err() && short(&raw("\"abcd\""), 3).is_err());
    }
}

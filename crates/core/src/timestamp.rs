//! Points in time, in UTC microseconds, and their one written form.
//!
//! The clock is not read here: see [`Clock`](crate::port::Clock).

use std::fmt;
use std::time::Duration;

use time::{Date, Month, OffsetDateTime, Time};

use crate::invalid::Invalid;

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
///
/// Written as RFC 3339 in UTC with milliseconds, so two times within one millisecond look alike;
/// [`Timestamp::shown_after`] and [`Timestamp::shown_before`] turn a bound that a reader gives into
/// one that agrees with what the reader was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The time this many microseconds after 1970 (before it when negative).
    pub const fn from_unix_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    pub const fn unix_micros(self) -> i64 {
        self.0
    }

    /// This time and a duration, or the last representable time.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// The time this much earlier; the earliest that can be told if there is none.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(micros))
    }

    /// The first time that is written later than `self`: the inclusive start of "after `self`".
    #[must_use]
    pub fn shown_after(self) -> Self {
        Self(
            self.0
                .div_euclid(1000)
                .saturating_add(1)
                .saturating_mul(1000),
        )
    }

    /// The first time that is not written earlier than `self`: the exclusive end of "before `self`".
    #[must_use]
    pub fn shown_before(self) -> Self {
        Self(
            self.0
                .saturating_add(999)
                .div_euclid(1000)
                .saturating_mul(1000),
        )
    }

    /// Reads RFC 3339 in UTC: `2026-02-28T12:30Z`, with optional seconds and any number of decimals
    /// (those beyond microseconds are cut off). Offsets, lower-case letters, days that the Gregorian
    /// calendar does not have and leap seconds are refused.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        parse(text).ok_or(Invalid::new(
            "expected a UTC time such as 2026-02-28T12:30:45.123Z, on a day that exists",
        ))
    }
}

fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<u16> {
        let digits = bytes.get(from..to)?;
        digits.iter().all(u8::is_ascii_digit).then(|| {
            digits
                .iter()
                .fold(0, |sum: u16, digit| sum * 10 + u16::from(digit - b'0'))
        })
    };
    let two = |from: usize| number(from, from + 2).and_then(|value| u8::try_from(value).ok());
    let is = |at: usize, expected: u8| bytes.get(at) == Some(&expected);
    if !(is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':')) {
        return None;
    }
    let month = Month::try_from(two(5)?).ok()?;
    let date = Date::from_calendar_date(i32::from(number(0, 4)?), month, two(8)?).ok()?;
    let (second, mut at) = if is(16, b':') {
        (two(17)?, 19)
    } else {
        (0, 16)
    };
    let mut micros = 0;
    if at == 19 && is(at, b'.') {
        let decimals = bytes
            .get(20..)?
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let mut weight = 100_000;
        for digit in bytes.get(20..20 + decimals.min(6))? {
            micros += u32::from(digit - b'0') * weight;
            weight /= 10;
        }
        if decimals == 0 {
            return None;
        }
        at = 20 + decimals;
    }
    if !is(at, b'Z') || bytes.len() != at + 1 {
        return None;
    }
    let time = Time::from_hms_micro(two(11)?, two(14)?, second, micros).ok()?;
    let nanos = date.with_time(time).assume_utc().unix_timestamp_nanos();
    i64::try_from(nanos.div_euclid(1000)).ok().map(Timestamp)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let nanos = i128::from(self.0) * 1000;
        let at = OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(|_| fmt::Error)?;
        let (year, month, day) = at.to_calendar_date();
        let mut put = |from: usize, to: usize, value: u16| {
            let mut rest = value;
            for slot in text[from..to].iter_mut().rev() {
                *slot = b'0' + u8::try_from(rest % 10).unwrap_or(0);
                rest /= 10;
            }
        };
        put(0, 4, u16::try_from(year).map_err(|_| fmt::Error)?);
        put(5, 7, u16::from(u8::from(month)));
        put(8, 10, u16::from(day));
        put(11, 13, u16::from(at.hour()));
        put(14, 16, u16::from(at.minute()));
        put(17, 19, u16::from(at.second()));
        put(20, 23, at.millisecond());
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_accepted_forms_are_these() {
        for text in [
            "2026-02-28T12:30:45Z",
            "2026-02-28T12:30:45.123456789Z",
            "2026-02-28T12:30Z",
            "2024-02-29T00:00:00Z",
            "2000-02-29T00:00:00Z",
            "2400-02-29T01:02:03Z",
            "0000-01-01T00:00Z",
            "2026-12-31T23:59:59Z",
        ] {
            assert!(Timestamp::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "2026-02-28T12:30:45+00:00",
            "2026-02-28T12:30:45",
            "2026-02-28T12Z",
            "2026-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2100-02-29T01:02:03Z",
            "2026-04-31T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-12-31T24:00:00Z",
            "2026-12-31T23:59:60Z",
            "2026-02-28t12:30:45z",
            "2026-02-28 12:30:45Z",
            "2026-02-28T12:30:45.Z",
            "2026-02-28T12:30.5Z",
            "1772281845",
            "+002026-02-28T12:30:45Z",
            "2026-02-28T12:30:45Z ",
            "２026-02-28T12:30:45Z",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_can_be_read(micros in -62_167_219_200_000_000i64..253_402_300_800_000_000) {
            let at = Timestamp(micros);
            let shown = at.to_string();
            let read = Timestamp::parse(&shown).expect("our own form");
            prop_assert_eq!(read.0, micros.div_euclid(1000) * 1000);
            prop_assert_eq!(read.to_string(), shown);
        }

        #[test]
        fn bounds_agree_with_what_is_shown(micros in 0i64..4_000_000_000_000_000, bound in 0i64..4_000_000_000_000_000, near in -3000i64..3000) {
            for bound in [Timestamp(bound), Timestamp((micros + near).max(0))] {
                let at = Timestamp(micros);
                let shown = Timestamp::parse(&at.to_string()).expect("our own form");
                prop_assert_eq!(at >= bound.shown_after(), shown > bound);
                prop_assert_eq!(at < bound.shown_before(), shown < bound);
            }
        }

        #[test]
        fn no_text_makes_parsing_panic(text: String) {
            let _ = Timestamp::parse(&text);
        }
    }
}

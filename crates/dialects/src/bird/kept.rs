//! What a request says and the domain has no place for: kept with the message as it was written, and shown again.
//!
//! Nothing here is looked into.

use std::collections::BTreeMap;

use causerie_core::{Extra, Invalid, Refusal};
use causerie_http::Members;
use serde_json::value::RawValue;

/// The name under which it is kept.
pub(super) const SURFACE: &str = "bird";
/// The receivers as they were written.
pub(super) const CONTACTS: &str = "contacts";

/// Members of a send that are kept and shown as they were written.
const OF_SENDS: &[&str] = &[
    "template",
    "meta",
    "sender",
    "scheduledFor",
    "validity",
    "shortLinks",
    "notification",
    "capFrequency",
    "enableLinkTracking",
    "ignoreQuietHours",
    "ignoreGlobalHoldout",
    "ignorePersistedEventhooks",
];

/// Members that are shown in a place of their own.
const IN_PLACE: &[&str] = &["sender", "replyTo", CONTACTS];

/// Members as they were written, by name.
#[derive(Default)]
pub(super) struct Kept<'a>(BTreeMap<String, &'a RawValue>);

impl<'a> Kept<'a> {
    /// What of a send is to be kept.
    pub(super) fn of_send(wish: &'a Members) -> Self {
        let mut kept = Self::default();
        for name in OF_SENDS {
            kept.keep(name, wish.get_raw(name));
        }
        kept
    }

    /// Keeps one more, unless it is null.
    pub(super) fn keep(&mut self, name: &str, raw: Option<&'a RawValue>) {
        if let Some(raw) = raw.filter(|raw| raw.get() != "null") {
            self.0.insert(name.to_owned(), raw);
        }
    }

    /// Reads what was kept.
    pub(super) fn of(extra: Option<&'a Extra>) -> Self {
        let read = extra.and_then(|extra| serde_json::from_str(extra.as_str()).ok());
        read.map(Self).unwrap_or_default()
    }

    /// The object to keep, if there is anything to be kept.
    ///
    /// # Errors
    /// `validation_failed` for what is too long, or cannot be read by everybody.
    pub(super) fn into_extra(self) -> Result<Option<Extra>, Refusal> {
        if self.0.is_empty() {
            return Ok(None);
        }
        // Texts and raw values are always written.
        let object = serde_json::to_string(&self.0).unwrap_or_default();
        let expected = "expected text in which every escape stands for a character";
        let extra = Extra::parse(SURFACE, &object);
        extra
            .map(Some)
            .map_err(|_| Invalid::new(expected).at("meta").into())
    }

    /// One of them.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.get(name).copied()
    }

    /// Those that are shown beside everything else.
    pub(super) fn beside(&self) -> BTreeMap<String, &'a RawValue> {
        let mut beside = self.0.clone();
        beside.retain(|name, _| !IN_PLACE.contains(&name.as_str()));
        beside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_kept_to_the_letter() {
        let raw = RawValue::from_string(r#"{"n": 12345678901234567890123, "x": 1.50}"#.to_owned());
        let raw = raw.expect("JSON");
        let mut kept = Kept::default();
        kept.keep("meta", Some(&raw));
        kept.keep("sender", Some(RawValue::NULL));
        let extra = kept.into_extra().expect("short").expect("something");
        let read = Kept::of(Some(&extra));
        assert_eq!(read.get("meta").map(RawValue::get), Some(raw.get()));
        assert!(read.get("sender").is_none());
        assert!(Kept::default().into_extra().expect("nothing").is_none());
    }
}

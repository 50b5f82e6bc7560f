//! JSON that is kept and shown as it was written: objects by their members, and objects that are put together.
//!
//! Numbers stay what they are, however long: nothing is read as a number of ours.

use std::collections::BTreeMap;

use causerie_core::{Bearer, Extra, Invalid};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};

use super::NAME;

/// The members of an object, each as it was written.
pub(super) type Object = BTreeMap<String, Box<RawValue>>;

/// The members of a JSON object; none of something else.
pub(super) fn object(json: &str) -> Object {
    serde_json::from_str(json).unwrap_or_default()
}

/// Reads an object, also one that a form has as a text of JSON, where an empty text is an empty object.
///
/// # Errors
/// When it is something else.
pub(super) fn given_object(raw: &RawValue) -> Result<Object, Invalid> {
    let expected = |_| Invalid::new("expected an object");
    if let Ok(text) = serde_json::from_str::<String>(raw.get()) {
        if text.trim().is_empty() {
            return Ok(Object::new());
        }
        return serde_json::from_str(&text).map_err(expected);
    }
    serde_json::from_str(raw.get()).map_err(expected)
}

/// A value as JSON.
pub(super) fn raw<T: Serialize + ?Sized>(value: &T) -> Box<RawValue> {
    // Values of ours have text keys and no maps of others, which serde_json always writes.
    to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// An object as JSON text.
pub(super) fn text(object: &Object) -> String {
    raw(object).get().to_owned()
}

/// The first object with the members of the second put in their places.
pub(super) fn merged(mut base: Object, change: Object) -> Object {
    base.extend(change);
    base
}

/// What this dialect keeps with something; `None` if there is nothing to keep.
///
/// # Errors
/// When it is too large.
pub(super) fn extra(object: &Object) -> Result<Option<Extra>, Invalid> {
    if object.is_empty() {
        return Ok(None);
    }
    Extra::parse(NAME, &text(object)).map(Some)
}

/// What was kept, read as the type that it has; nothing if nothing was.
pub(super) fn kept<T: DeserializeOwned + Default>(extra: Option<&Extra>) -> T {
    let read = extra.map(|extra| serde_json::from_str(extra.as_str()));
    read.and_then(Result::ok).unwrap_or_default()
}

/// What was kept with something, as members.
pub(super) fn kept_object(around: &super::around::Around, bearer: Bearer) -> Object {
    around
        .extra(bearer)
        .map(|extra| object(extra.as_str()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw_text(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).expect("JSON")
    }

    #[test]
    fn an_object_may_be_a_text_of_a_form() {
        let read = given_object(&raw_text(r#""{\"items\":[1e400]}""#)).expect("an object");
        assert_eq!(text(&read), r#"{"items":[1e400]}"#);
        assert!(given_object(&raw_text(r#"" ""#)).expect("empty").is_empty());
        for wrong in ["[]", r#""[]""#, r#""{""#, "1", "null"] {
            assert!(given_object(&raw_text(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn members_are_put_in_their_places() {
        let both = merged(object(r#"{"a":1,"b":2}"#), object(r#"{"b":1.50}"#));
        assert_eq!(text(&both), r#"{"a":1,"b":1.50}"#);
        assert!(extra(&Object::new()).expect("nothing").is_none());
    }
}

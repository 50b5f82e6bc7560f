//! Lists of things that a request names by id, or by an object that says more of them.
//!
//! Looks nothing up.

use causerie_core::Invalid;
use causerie_http::members::list;
use serde::Deserialize;
use serde_json::value::RawValue;

/// Something that is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// By its id.
    Id(String),
    /// By what a contact is called.
    Username(String),
}

#[derive(Deserialize)]
struct Object {
    id: Option<String>,
    username: Option<String>,
}

fn one(raw: &RawValue) -> Option<Named> {
    if let Ok(id) = serde_json::from_str::<String>(raw.get()) {
        return Some(Named::Id(id));
    }
    let object: Object = serde_json::from_str(raw.get()).ok()?;
    let id = object.id.map(Named::Id);
    id.or(object.username.map(Named::Username))
}

/// A list of ids, or of objects with an `id` or a `username`; a single id is a list of one.
///
/// # Errors
/// When it is something else.
pub(super) fn named(raw: &RawValue) -> Result<Vec<Named>, Invalid> {
    let items = match one(raw) {
        Some(Named::Id(id)) if id.is_empty() => Vec::new(),
        Some(single) => return Ok(vec![single]),
        None => list(raw)?,
    };
    let expected = || Invalid::new("expected a list of ids, or of objects with an id");
    let all = items.iter().map(|item| one(item).ok_or_else(expected));
    let mut all: Vec<Named> = all.collect::<Result<_, _>>()?;
    // How forms write an empty list.
    all.retain(|one| !matches!(one, Named::Id(id) if id.is_empty()));
    Ok(all)
}

/// The same where only ids name something.
///
/// # Errors
/// When it is something else.
pub(super) fn ids(raw: &RawValue) -> Result<Vec<String>, Invalid> {
    let id = |one| match one {
        Named::Id(id) => Ok(id),
        Named::Username(_) => Err(Invalid::new(
            "expected a list of ids, or of objects with an id",
        )),
    };
    named(raw)?.into_iter().map(id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).expect("JSON")
    }

    #[test]
    fn things_are_named_by_ids_and_by_objects() {
        let id = |text: &str| Named::Id(text.to_owned());
        let read = |json: &str| named(&raw(json));
        assert_eq!(
            read(r#"["a",{"id":"b","x":1}]"#),
            Ok(vec![id("a"), id("b")])
        );
        assert_eq!(read(r#""a""#), Ok(vec![id("a")]));
        let kate = Named::Username("kate".to_owned());
        assert_eq!(read(r#"[{"username":"kate"}]"#), Ok(vec![kate]));
        for empty in ["[]", r#""""#, r#"[""]"#] {
            assert_eq!(read(empty), Ok(vec![]), "{empty}");
        }
        for wrong in ["1", "[1]", "[{}]", "true", "[[]]"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(ids(&raw(r#"[{"username":"kate"}]"#)).is_err());
    }
}

//! The shape of an answer as a document tells it, member by member; every difference is named with its path.
//!
//! Says nothing about statuses and headers.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// How far from now a time may be that something just made bears, in seconds.
const NOW_SECONDS: i64 = 60;

/// What a value looks like.
#[derive(Clone, Debug)]
pub struct Shape(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Leaf(&'static str, fn(&Value) -> bool),
    Ulid(&'static str),
    OneOf(Vec<Value>),
    Nullable(Box<Shape>),
    Optional(Box<Shape>),
    Absent,
    List(Box<Shape>),
    Items(Vec<Shape>),
    Map(Box<Shape>),
    Object {
        members: Vec<(&'static str, Shape)>,
        open: bool,
    },
}

/// Compares a value with its shape.
///
/// # Panics
/// When they differ, with every place where they do.
#[track_caller]
pub fn check(found: &Value, shape: &Shape) {
    let mut wrong = Vec::new();
    shape.compare("", found, &mut wrong);
    assert!(wrong.is_empty(), "{}\nin {found:#}", wrong.join("\n"));
}

/// Exactly this value.
pub fn is(value: impl Into<Value>) -> Shape {
    Shape(Kind::OneOf(vec![value.into()]))
}

/// One of these values.
pub fn one_of<T: Into<Value>>(values: impl IntoIterator<Item = T>) -> Shape {
    Shape(Kind::OneOf(values.into_iter().map(Into::into).collect()))
}

/// Whatever there is, `null` too.
pub fn any() -> Shape {
    leaf("anything", |_| true)
}

/// A string, possibly empty.
pub fn text() -> Shape {
    leaf("a string", Value::is_string)
}

/// A string with something in it.
pub fn filled() -> Shape {
    leaf("a string that is not empty", |value| {
        value.as_str().is_some_and(|text| !text.is_empty())
    })
}

/// A whole number.
pub fn integer() -> Shape {
    leaf("an integer", |value| value.is_i64() || value.is_u64())
}

/// A whole number above zero that 32 bits hold: an id.
pub fn serial() -> Shape {
    leaf("an integer above 0 and below 10^9", |value| {
        value
            .as_u64()
            .is_some_and(|id| (1..1_000_000_000).contains(&id))
    })
}

/// A number.
pub fn number() -> Shape {
    leaf("a number", Value::is_number)
}

/// `true` or `false`.
pub fn boolean() -> Shape {
    leaf("a boolean", Value::is_boolean)
}

/// An id that begins with this and goes on with a ULID.
pub fn ulid(prefix: &'static str) -> Shape {
    Shape(Kind::Ulid(prefix))
}

/// A UUID in lower case.
pub fn uuid() -> Shape {
    leaf("a UUID", |value| value.as_str().is_some_and(is_uuid))
}

/// An id of 16 letters and digits.
pub fn id16() -> Shape {
    leaf("16 letters and digits", |value| {
        value.as_str().is_some_and(|text| {
            text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
    })
}

/// An address that can be fetched.
pub fn url() -> Shape {
    leaf("an http URL", |value| {
        value.as_str().is_some_and(|text| {
            let rest = text.strip_prefix("http://");
            let rest = rest.or_else(|| text.strip_prefix("https://"));
            rest.is_some_and(|rest| !rest.is_empty() && !rest.contains([' ', '"', '\\']))
        })
    })
}

/// A time in whole Unix seconds, any time.
pub fn seconds() -> Shape {
    leaf("Unix seconds", |value| {
        value.as_i64().is_some_and(|at| at > 0)
    })
}

/// A time in whole Unix seconds, about now.
pub fn seconds_now() -> Shape {
    leaf("Unix seconds about now", |value| {
        value.as_i64().is_some_and(is_now)
    })
}

/// A time of the form `2026-02-28T12:30:45.123Z`, any time.
pub fn iso() -> Shape {
    leaf("YYYY-MM-DDTHH:MM:SS.mmmZ", |value| {
        iso_time(value).is_some()
    })
}

/// A time of the form `2026-02-28T12:30:45.123Z`, about now.
pub fn iso_now() -> Shape {
    leaf("YYYY-MM-DDTHH:MM:SS.mmmZ about now", |value| {
        iso_time(value).is_some_and(|at| is_now(at.unix_timestamp()))
    })
}

/// A time of RFC 3339, any time.
pub fn rfc3339() -> Shape {
    leaf("a time of RFC 3339", |value| time(value).is_some())
}

/// A time of RFC 3339, about now.
pub fn rfc3339_now() -> Shape {
    leaf("a time of RFC 3339 about now", |value| {
        time(value).is_some_and(|at| is_now(at.unix_timestamp()))
    })
}

/// This or `null`.
pub fn nullable(shape: Shape) -> Shape {
    Shape(Kind::Nullable(Box::new(shape)))
}

/// Of a member: this, or the member is not there.
pub fn optional(shape: Shape) -> Shape {
    Shape(Kind::Optional(Box::new(shape)))
}

/// Of a member: it is not there.
pub fn absent() -> Shape {
    Shape(Kind::Absent)
}

/// A list, possibly empty, of such things.
pub fn list(shape: Shape) -> Shape {
    Shape(Kind::List(Box::new(shape)))
}

/// A list of exactly these.
pub fn items(shapes: impl IntoIterator<Item = Shape>) -> Shape {
    Shape(Kind::Items(shapes.into_iter().collect()))
}

/// An object of any members that all look so.
pub fn map(shape: Shape) -> Shape {
    Shape(Kind::Map(Box::new(shape)))
}

/// An object of these members and no others.
pub fn object(members: impl IntoIterator<Item = (&'static str, Shape)>) -> Shape {
    Shape(Kind::Object {
        members: members.into_iter().collect(),
        open: false,
    })
}

fn leaf(what: &'static str, fits: fn(&Value) -> bool) -> Shape {
    Shape(Kind::Leaf(what, fits))
}

impl Shape {
    /// Of an object: it may have further members.
    ///
    /// # Panics
    /// When it is no object.
    #[must_use]
    pub fn and_others(mut self) -> Self {
        let Kind::Object { open, .. } = &mut self.0 else {
            panic!("only an object has members");
        };
        *open = true;
        self
    }

    /// Of an object: with this member, or with another shape for it.
    ///
    /// # Panics
    /// When it is no object.
    #[must_use]
    pub fn with(mut self, name: &'static str, shape: Self) -> Self {
        let Kind::Object { members, .. } = &mut self.0 else {
            panic!("only an object has members");
        };
        members.retain(|(known, _)| *known != name);
        members.push((name, shape));
        self
    }

    fn compare(&self, path: &str, found: &Value, wrong: &mut Vec<String>) {
        match &self.0 {
            Kind::Leaf(_, fits) if fits(found) => {}
            Kind::Ulid(prefix) if is_ulid(prefix, found) => {}
            Kind::OneOf(values) if values.contains(found) => {}
            Kind::Nullable(_) if found.is_null() => {}
            Kind::Nullable(inner) | Kind::Optional(inner) => inner.compare(path, found, wrong),
            Kind::List(inner) if found.is_array() => {
                for (index, item) in found.as_array().into_iter().flatten().enumerate() {
                    inner.compare(&format!("{path}[{index}]"), item, wrong);
                }
            }
            Kind::Items(shapes)
                if found
                    .as_array()
                    .is_some_and(|all| all.len() == shapes.len()) =>
            {
                let all = found.as_array().into_iter().flatten();
                for (index, (shape, item)) in shapes.iter().zip(all).enumerate() {
                    shape.compare(&format!("{path}[{index}]"), item, wrong);
                }
            }
            Kind::Map(inner) if found.is_object() => {
                for (name, value) in found.as_object().into_iter().flatten() {
                    inner.compare(&format!("{path}.{name}"), value, wrong);
                }
            }
            Kind::Object { members, open } if found.is_object() => {
                compare_members(members, *open, path, found, wrong);
            }
            kind => wrong.push(format!(
                "{}: expected {}, found {found}",
                at(path),
                kind.tell()
            )),
        }
    }
}

impl Kind {
    fn tell(&self) -> String {
        match self {
            Self::Leaf(what, _) => (*what).to_owned(),
            Self::Ulid(prefix) => format!("{prefix} and a ULID"),
            Self::OneOf(values) => {
                let values: Vec<String> = values.iter().map(Value::to_string).collect();
                values.join(" or ")
            }
            Self::Nullable(inner) | Self::Optional(inner) => inner.0.tell(),
            Self::Absent => "nothing".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Items(shapes) => format!("a list of {}", shapes.len()),
            Self::Map(_) | Self::Object { .. } => "an object".to_owned(),
        }
    }
}

fn compare_members(
    members: &[(&'static str, Shape)],
    open: bool,
    path: &str,
    found: &Value,
    wrong: &mut Vec<String>,
) {
    for (name, shape) in members {
        let here = format!("{path}.{name}");
        match (found.get(name), &shape.0) {
            (Some(value), _) => shape.compare(&here, value, wrong),
            (None, Kind::Optional(_) | Kind::Absent) => {}
            (None, kind) => wrong.push(format!("{here}: expected {}, is missing", kind.tell())),
        }
    }
    let known = |name: &str| members.iter().any(|(member, _)| *member == name);
    for (name, value) in found.as_object().into_iter().flatten() {
        if !open && !known(name) {
            wrong.push(format!("{path}.{name}: is in no document, found {value}"));
        }
    }
}

fn at(path: &str) -> &str {
    if path.is_empty() { "the whole" } else { path }
}

fn is_ulid(prefix: &str, value: &Value) -> bool {
    let text = value.as_str().and_then(|text| text.strip_prefix(prefix));
    text.is_some_and(|text| {
        let digits = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        text.len() == 26 && text.bytes().all(|byte| digits.contains(&byte))
    })
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(digit)
}

fn iso_time(value: &Value) -> Option<OffsetDateTime> {
    let text = value
        .as_str()
        .filter(|text| text.len() == 24 && text.ends_with('Z'))?;
    text.as_bytes().get(19).filter(|byte| **byte == b'.')?;
    time(value)
}

fn time(value: &Value) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(value.as_str()?, &Rfc3339).ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "what a server just made bears the time of the machine that it shares with the test"
)]
fn is_now(seconds: i64) -> bool {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    (now - NOW_SECONDS..=now + NOW_SECONDS).contains(&seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn differences(found: &Value, shape: &Shape) -> Vec<String> {
        let mut wrong = Vec::new();
        shape.compare("", found, &mut wrong);
        wrong
    }

    #[test]
    fn what_looks_as_told_has_no_differences() {
        let shape = object([
            ("id", ulid("msg_")),
            ("at", iso()),
            ("of", nullable(uuid())),
            ("tags", list(text())),
            ("next", optional(filled())),
            ("previous", absent()),
        ]);
        let found = json!({"id": "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV", "of": null, "tags": [],
            "at": "2026-02-28T12:30:45.123Z"});
        check(&found, &shape);
    }

    #[test]
    fn every_difference_is_named_with_its_path() {
        let contact = object([("id", id16()), ("seen", nullable(seconds()))]);
        let shape = object([("data", list(contact)), ("has_more", boolean())]);
        let found = json!({"data": [{"id": "short", "seen": "now", "extra": 1}]});
        assert_eq!(
            differences(&found, &shape),
            [
                ".data[0].id: expected 16 letters and digits, found \"short\"",
                ".data[0].seen: expected Unix seconds, found \"now\"",
                ".data[0].extra: is in no document, found 1",
                ".has_more: expected a boolean, is missing",
            ]
        );
    }

    #[test]
    fn a_number_written_as_a_fraction_is_no_integer() {
        assert_eq!(differences(&json!(1.0), &integer()).len(), 1);
        assert_eq!(differences(&json!(0), &serial()).len(), 1);
        assert!(differences(&json!(7), &serial()).is_empty());
    }

    #[test]
    fn times_have_to_have_their_form() {
        let second = json!("2026-02-28T12:30:45Z");
        assert_eq!(differences(&second, &iso()).len(), 1, "no milliseconds");
        assert!(differences(&second, &rfc3339()).is_empty());
        assert_eq!(differences(&second, &rfc3339_now()).len(), 1, "long ago");
        assert_eq!(differences(&json!(1), &seconds_now()).len(), 1);
    }
}

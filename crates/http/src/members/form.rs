//! Forms as JSON: pairs of names and texts, where a name such as `a[b][]` says where its text goes.
//!
//! Takes names and texts raw or percent-encoded. Makes texts of everything, and knows nothing of what they mean.

use std::borrow::Cow;
use std::collections::BTreeMap;

use causerie_core::Invalid;
use percent_encoding::percent_decode;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// How many pairs a form may have.
pub const PAIRS_MAX: usize = 2_000;
/// How many brackets a name may have.
pub const DEPTH_MAX: usize = 8;

/// A part of a form.
#[derive(Debug, PartialEq, Eq)]
enum Node {
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

/// A step from a node to one within it.
#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    /// To the member of this name.
    Member(&'a str),
    /// To a new item at the end.
    Next,
}

/// What has been read of a form so far.
#[derive(Debug, Default)]
pub(super) struct Tree {
    members: BTreeMap<String, Node>,
    pairs: usize,
}

const CONFLICT: &str = "expected one of text, list and object, not several of them";

impl Tree {
    /// Reads all pairs of an urlencoded text.
    ///
    /// # Errors
    /// The name, as far as it can be told, and what was expected.
    pub(super) fn read(encoded: &[u8]) -> Result<Self, (String, Invalid)> {
        let mut tree = Self::default();
        for pair in encoded.split(|byte| *byte == b'&') {
            if pair.is_empty() {
                continue;
            }
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            let name = decode(parts.next().unwrap_or_default());
            let text = decode(parts.next().unwrap_or_default());
            let name = name.map_err(|problem| (String::new(), problem))?;
            let text = text.map_err(|problem| (name.clone(), problem))?;
            tree.put(&name, text)?;
        }
        Ok(tree)
    }

    /// Puts a text where its name says.
    ///
    /// # Errors
    /// The name and what was expected.
    pub(super) fn put(&mut self, name: &str, text: String) -> Result<(), (String, Invalid)> {
        self.put_at(name, text)
            .map_err(|expected| (name.to_owned(), Invalid::new(expected)))
    }

    fn put_at(&mut self, name: &str, text: String) -> Result<(), &'static str> {
        self.pairs += 1;
        if self.pairs > PAIRS_MAX {
            return Err("expected at most 2000 pairs");
        }
        let (first, steps) = steps_of(name);
        if steps.len() > DEPTH_MAX {
            return Err("expected at most 8 brackets");
        }
        if let Some(node) = self.members.get_mut(first) {
            return node.put(&steps, text);
        }
        let node = Node::new(&steps, text);
        self.members.insert(first.to_owned(), node);
        Ok(())
    }

    /// The members as JSON.
    pub(super) fn into_members(self) -> BTreeMap<String, Box<RawValue>> {
        let written = self.members.into_iter().map(|(name, node)| {
            // Texts, lists and objects with text keys are always written.
            let raw = to_raw_value(&node).unwrap_or_else(|_| RawValue::NULL.to_owned());
            (name, raw)
        });
        written.collect()
    }
}

/// `+` for spaces and percent signs undone, once.
fn decode(part: &[u8]) -> Result<String, Invalid> {
    let spaced: Cow<'_, [u8]> = if part.contains(&b'+') {
        let space = |byte: &u8| if *byte == b'+' { b' ' } else { *byte };
        part.iter().map(space).collect()
    } else {
        part.into()
    };
    let decoded = percent_decode(&spaced).decode_utf8();
    decoded
        .map(Cow::into_owned)
        .map_err(|_| Invalid::new("expected UTF-8"))
}

/// `a[b][]` as `a` and the steps `b` and next. What is no bracket after a bracket belongs to nobody, so such a name
/// is one as a whole.
fn steps_of(name: &str) -> (&str, Vec<Step<'_>>) {
    let whole = (name, Vec::new());
    let Some((first, mut rest)) = name
        .split_once('[')
        .map(|(first, _)| name.split_at(first.len()))
    else {
        return whole;
    };
    if first.is_empty() {
        return whole;
    }
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let Some((inner, after)) = inner else {
            return whole;
        };
        steps.push(if inner.is_empty() {
            Step::Next
        } else {
            Step::Member(inner)
        });
        if steps.len() > DEPTH_MAX {
            break;
        }
        rest = after;
    }
    (first, steps)
}

impl Node {
    /// A text at the end of these steps.
    fn new(steps: &[Step<'_>], text: String) -> Self {
        match steps.split_first() {
            None => Self::Text(text),
            Some((Step::Next, rest)) => Self::List(vec![Self::new(rest, text)]),
            Some((Step::Member(name), rest)) => {
                Self::Object(vec![((*name).to_owned(), Self::new(rest, text))])
            }
        }
    }

    /// Puts a text at the end of these steps. A text that comes again makes a list; `a[][x]` goes into the last
    /// item as long as that has no `x`.
    fn put(&mut self, steps: &[Step<'_>], text: String) -> Result<(), &'static str> {
        match (&mut *self, steps.split_first()) {
            (Self::Text(first), None) => {
                let first = Self::Text(std::mem::take(first));
                *self = Self::List(vec![first, Self::Text(text)]);
                Ok(())
            }
            (Self::List(items), None) => {
                if items.iter().any(|item| !matches!(item, Self::Text(_))) {
                    return Err(CONFLICT);
                }
                items.push(Self::Text(text));
                Ok(())
            }
            (Self::List(items), Some((Step::Next, rest))) => match items.last_mut() {
                Some(last) if !rest.is_empty() && last.has_room(rest) => last.put(rest, text),
                _ => {
                    items.push(Self::new(rest, text));
                    Ok(())
                }
            },
            (Self::Object(members), Some((Step::Member(name), rest))) => {
                if let Some((_, node)) = members.iter_mut().find(|(known, _)| known == name) {
                    return node.put(rest, text);
                }
                members.push(((*name).to_owned(), Self::new(rest, text)));
                Ok(())
            }
            _ => Err(CONFLICT),
        }
    }

    /// Whether an item of a list takes another text at the end of these steps without becoming another.
    fn has_room(&self, steps: &[Step<'_>]) -> bool {
        match (self, steps.split_first()) {
            (Self::List(_), Some((Step::Next, _))) => true,
            (Self::Object(members), Some((Step::Member(name), rest))) => members
                .iter()
                .find(|(known, _)| known == name)
                .is_none_or(|(_, node)| node.has_room(rest)),
            _ => false,
        }
    }
}

/// The place of each member in a list, if the names are the numbers from 0 on, each once.
fn as_list(members: &[(String, Node)]) -> Option<Vec<&Node>> {
    let mut items = vec![None; members.len()];
    for (name, node) in members {
        let index: usize = name.parse().ok()?;
        let item = items.get_mut(index)?;
        // `01` is another name for 1, and no number here.
        if index.to_string() != *name || item.replace(node).is_some() {
            return None;
        }
    }
    items.into_iter().collect()
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(members) => match as_list(members) {
                Some(items) => serializer.collect_seq(items),
                None => serializer.collect_map(members.iter().map(|(name, node)| (name, node))),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn read(encoded: &str) -> Value {
        let members = Tree::read(encoded.as_bytes())
            .expect("a form")
            .into_members();
        serde_json::to_value(members).expect("JSON")
    }

    #[test]
    fn names_with_brackets_say_where_their_texts_go() {
        for (encoded, expected) in [
            ("a=1&b=", json!({"a": "1", "b": ""})),
            ("a", json!({"a": ""})),
            ("", json!({})),
            ("&&a=1&", json!({"a": "1"})),
            ("a[b]=v&a[c]=w", json!({"a": {"b": "v", "c": "w"}})),
            ("a[]=v&a[]=w", json!({"a": ["v", "w"]})),
            ("a=v&a=w", json!({"a": ["v", "w"]})),
            ("a[b][]=v&a[b][]=w", json!({"a": {"b": ["v", "w"]}})),
            (
                "a[0][id]=v&a[1][id]=w",
                json!({"a": [{"id": "v"}, {"id": "w"}]}),
            ),
            ("a[1]=w&a[0]=v", json!({"a": ["v", "w"]})),
            ("a[100][]=v", json!({"a": {"100": ["v"]}})),
            ("a[00]=v", json!({"a": {"00": "v"}})),
            (
                "a[][x]=1&a[][y]=2&a[][x]=3",
                json!({"a": [{"x": "1", "y": "2"}, {"x": "3"}]}),
            ),
            ("a[][x][]=1&a[][x][]=2", json!({"a": [{"x": ["1", "2"]}]})),
            ("a%5Bb%5D%5B%5D=v", json!({"a": {"b": ["v"]}})),
            (
                "m=a b+c%20d%2B&n=äöü😡",
                json!({"m": "a b c d+", "n": "äöü😡"}),
            ),
            (
                "m=100%&n=%zz&o=a=b",
                json!({"m": "100%", "n": "%zz", "o": "a=b"}),
            ),
            (
                "[]=1&a[=2&b]=3&c[x]y=4",
                json!({"[]": "1", "a[": "2", "b]": "3", "c[x]y": "4"}),
            ),
        ] {
            assert_eq!(read(encoded), expected, "{encoded}");
        }
    }

    #[test]
    fn what_contradicts_itself_or_is_too_much_is_refused() {
        let deep = format!("a{}=1", "[b]".repeat(DEPTH_MAX + 1));
        let many = "a[]=1&".repeat(PAIRS_MAX + 1);
        for wrong in [
            "a=1&a[b]=2",
            "a[b]=1&a=2",
            "a[b]=1&a[]=2",
            "a[][b]=1&a=2",
            "a=%ff",
            "%ff=a",
            &deep,
            &many,
        ] {
            assert!(Tree::read(wrong.as_bytes()).is_err(), "{wrong:.40}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(encoded in prop::collection::vec(
            prop_oneof![Just(b'a'), Just(b'['), Just(b']'), Just(b'='), Just(b'&'), Just(b'%'), Just(b'0'), any::<u8>()],
            0..200,
        )) {
            if let Ok(tree) = Tree::read(&encoded) {
                for raw in tree.into_members().values() {
                    let read: Result<Value, _> = serde_json::from_str(raw.get());
                    prop_assert!(read.is_ok());
                }
            }
        }
    }
}

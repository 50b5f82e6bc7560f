//! Looking through a JSON value: where one stands, and what was found wrong there.
//!
//! Knows shapes (a string, a list, a range), not what a content is.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::invalid::{Invalid, Violation};

/// How many violations of one content are told.
pub(super) const VIOLATIONS_MAX: usize = 20;

/// The members of a JSON object.
pub(super) type Object = Map<String, Value>;

/// A walk through a value that notes what is wrong and goes on.
///
/// A member that is missing is looked at as `null`, so that whatever the rule expects is what the
/// refusal says.
pub(super) struct Check {
    path: String,
    found: Vec<Violation>,
    strings: Strings,
}

/// How strings are to be read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strings {
    /// As they are.
    Final,
    /// Those with variables of a template in them become something else, and may be anything now.
    Unfilled,
}

impl Check {
    /// A walk that begins at the member `name` of the command.
    pub(super) fn new(name: &str, strings: Strings) -> Self {
        Self {
            path: name.to_owned(),
            found: Vec::new(),
            strings,
        }
    }

    /// What was found, if anything.
    pub(super) fn finish(self) -> Result<(), Vec<Violation>> {
        if self.found.is_empty() {
            Ok(())
        } else {
            Err(self.found)
        }
    }

    /// Notes that something else was expected here: "a string", "1 to 20 characters".
    pub(super) fn expected(&mut self, what: &str) {
        if self.found.len() < VIOLATIONS_MAX {
            let violation = Invalid::new(format!("expected {what}")).at(self.path.clone());
            self.found.push(violation);
        }
    }

    /// Goes one step down.
    pub(super) fn within(&mut self, part: impl std::fmt::Display, look: impl FnOnce(&mut Self)) {
        let here = self.path.len();
        // Writing to a string does not fail.
        let _ = write!(self.path, "/{part}");
        look(self);
        self.path.truncate(here);
    }

    /// Looks at a member that has to be there.
    pub(super) fn required(
        &mut self,
        object: &Object,
        name: &str,
        look: impl FnOnce(&mut Self, &Value),
    ) {
        let value = object.get(name).unwrap_or(&Value::Null);
        self.within(name, |check| look(check, value));
    }

    /// Looks at a member unless it is missing or `null`.
    pub(super) fn optional(
        &mut self,
        object: &Object,
        name: &str,
        look: impl FnOnce(&mut Self, &Value),
    ) {
        if let Some(value) = object.get(name).filter(|value| !value.is_null()) {
            self.within(name, |check| look(check, value));
        }
    }

    /// Looks at several optional members in the same way.
    pub(super) fn optionals(
        &mut self,
        object: &Object,
        names: &[&str],
        look: impl Fn(&mut Self, &Value),
    ) {
        for name in names {
            self.optional(object, name, &look);
        }
    }

    /// The members of an object.
    pub(super) fn object(&mut self, value: &Value, look: impl FnOnce(&mut Self, &Object)) {
        match value.as_object() {
            Some(object) => look(self, object),
            None => self.expected("an object"),
        }
    }

    /// Each entry of a list that may be empty.
    pub(super) fn list(&mut self, value: &Value, look: impl Fn(&mut Self, &Value)) {
        match value.as_array() {
            Some(list) => self.each(list, look),
            None => self.expected("a list"),
        }
    }

    /// Each entry of a list with at least one.
    pub(super) fn filled_list(&mut self, value: &Value, look: impl Fn(&mut Self, &Value)) {
        match value.as_array() {
            Some(list) if !list.is_empty() => self.each(list, look),
            _ => self.expected("a list with at least one entry"),
        }
    }

    fn each(&mut self, list: &[Value], look: impl Fn(&mut Self, &Value)) {
        for (index, value) in list.iter().enumerate() {
            self.within(index, |check| look(check, value));
        }
    }

    /// A string of any length.
    pub(super) fn string(&mut self, value: &Value) {
        if !value.is_string() {
            self.expected("a string");
        }
    }

    /// A string that is not empty.
    pub(super) fn filled_string(&mut self, value: &Value) {
        if value.as_str().is_none_or(str::is_empty) {
            self.expected("a string of at least one character");
        }
    }

    /// A string of at most `max` characters.
    pub(super) fn short_string(&mut self, value: &Value, max: usize) {
        self.string_such_that(
            value,
            |text| text.chars().nth(max).is_none(),
            &format!("a string of at most {max} characters"),
        );
    }

    /// Three letters; whether there is such a currency is not looked at.
    pub(super) fn currency(&mut self, value: &Value) {
        let letters = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphabetic());
        self.string_such_that(
            value,
            |text| text.len() == 3 && letters(text),
            "a currency of three letters",
        );
    }

    fn string_such_that(&mut self, value: &Value, holds: impl Fn(&str) -> bool, what: &str) {
        let unfilled = |text: &str| self.strings == Strings::Unfilled && text.contains("{{");
        if !value
            .as_str()
            .is_some_and(|text| holds(text) || unfilled(text))
        {
            self.expected(what);
        }
    }

    /// One of a few words.
    pub(super) fn word(&mut self, value: &Value, words: &[&str]) {
        if value.as_str().is_none_or(|word| !words.contains(&word)) {
            match words {
                [one] => self.expected(one),
                _ => self.expected(&format!("one of {}", words.join(" "))),
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, value: &Value) {
        if !value.is_boolean() {
            self.expected("true or false");
        }
    }

    /// A number within a range, both ends included.
    pub(super) fn number(&mut self, value: &Value, from: i16, to: i16) {
        let inside = |number| (f64::from(from)..=f64::from(to)).contains(&number);
        if !value.as_f64().is_some_and(inside) {
            self.expected(&format!("a number from {from} to {to}"));
        }
    }

    /// A whole number within a range, both ends included.
    pub(super) fn integer(&mut self, value: &Value, from: i64, to: i64) {
        if value
            .as_i64()
            .is_none_or(|number| number < from || number > to)
        {
            self.expected(&format!("a whole number from {from} to {to}"));
        }
    }

    /// An absolute address of any scheme; what it leads to is not looked at.
    pub(super) fn url(&mut self, value: &Value) {
        self.string_such_that(value, is_url, "a URL such as https://example.com/cat.png");
    }

    /// An object whose values are strings. The names are the caller's, so a wrong value is told at
    /// the object.
    pub(super) fn string_map(&mut self, value: &Value) {
        let strings = |object: &Object| object.values().all(Value::is_string);
        if !value.as_object().is_some_and(strings) {
            self.expected("an object whose values are strings");
        }
    }

    /// No members but these. The names are the caller's, so a wrong one is told at the object.
    pub(super) fn only(&mut self, object: &Object, names: &[&str]) {
        if object.keys().any(|name| !names.contains(&name.as_str())) {
            self.expected(&format!("no members but {}", names.join(" ")));
        }
    }
}

fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && !rest.is_empty()
        && !rest.contains(|c: char| c.is_whitespace() || c.is_control())
}

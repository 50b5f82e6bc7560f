//! Filling in the variables in the strings of a JSON object.
//!
//! Only strings are rewritten; numbers, blanks and the order of members stay as they were written.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::value::RawValue;

use super::{Source, too_long};
use crate::invalid::Invalid;

/// The JSON object with values in the place of the variables in its strings; names of members are
/// left as they are, and so is everything else, to the byte.
///
/// # Errors
///
/// What is no JSON object, what is no template in one of its strings, a variable without a value,
/// and a result of more than [`Source::RENDERED_BYTES_MAX`] bytes.
pub(in crate::template) fn render_json(
    json: &str,
    values: &BTreeMap<String, String>,
) -> Result<String, Invalid> {
    let mut rendered = String::with_capacity(json.len());
    let mut kept = 0;
    for token in string_values(json)? {
        let text = unquoted(&json[token.clone()])?;
        if text.contains("{{") || text.contains("}}") {
            let filled = Source::parse(&text)?.render(values)?;
            rendered.push_str(&json[kept..token.start]);
            rendered.push_str(&serde_json::to_string(&filled).map_err(|_| no_object())?);
            kept = token.end;
        }
        if rendered.len() > Source::RENDERED_BYTES_MAX {
            return Err(too_long());
        }
    }
    rendered.push_str(&json[kept..]);
    if rendered.len() > Source::RENDERED_BYTES_MAX {
        return Err(too_long());
    }
    Ok(rendered)
}

/// The names of the variables in the strings of a JSON object.
///
/// # Errors
///
/// What is no JSON object, and what is no template in one of its strings.
pub(in crate::template) fn json_variables(json: &str) -> Result<BTreeSet<String>, Invalid> {
    let mut names = BTreeSet::new();
    for token in string_values(json)? {
        let text = unquoted(&json[token])?;
        if text.contains("{{") || text.contains("}}") {
            names.extend(Source::parse(&text)?.variables().map(str::to_owned));
        }
    }
    Ok(names)
}

/// The bytes of every string of a JSON object that is not the name of a member, quotes included.
fn string_values(json: &str) -> Result<Vec<Range<usize>>, Invalid> {
    if !json.trim_start().starts_with('{') || serde_json::from_str::<&RawValue>(json).is_err() {
        return Err(no_object());
    }
    let bytes = json.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = find(bytes, at, |byte| byte == b'"') {
        let mut close = open + 1;
        while let Some(next) = find(bytes, close, |byte| byte == b'"' || byte == b'\\') {
            close = next;
            if bytes[next] == b'"' {
                break;
            }
            // A backslash and the sign that it escapes.
            close += 2;
        }
        at = (close + 1).min(bytes.len());
        let after = find(bytes, at, |byte| !byte.is_ascii_whitespace());
        if after.is_none_or(|after| bytes[after] != b':') {
            found.push(open..at);
        }
    }
    Ok(found)
}

fn find(bytes: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let found = bytes.get(from..)?.iter().position(|&byte| wanted(byte))?;
    Some(from + found)
}

fn unquoted(token: &str) -> Result<Cow<'_, str>, Invalid> {
    if token.contains('\\') {
        let text = serde_json::from_str(token).map_err(|_| no_object())?;
        Ok(Cow::Owned(text))
    } else {
        Ok(Cow::Borrowed(token.trim_matches('"')))
    }
}

fn no_object() -> Invalid {
    Invalid::new("expected a JSON object")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::values;
    use super::*;

    #[test]
    fn strings_of_an_object_are_filled_in() {
        let json =
            r#"{ "b{{x}}" : "Hi {{name}}!", "a":[1.50, {"c":"\u007b{ n }}"}, "\"}", 0],"d":"\\"}"#;
        let filled = render_json(json, &values(&[("name", "A\"d\na"), ("n", "{{x}}")]));
        assert_eq!(
            filled.as_deref(),
            Ok(r#"{ "b{{x}}" : "Hi A\"d\na!", "a":[1.50, {"c":"{{x}}"}, "\"}", 0],"d":"\\"}"#)
        );
        let names = json_variables(json).expect("an object");
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["n", "name"]);
        assert_eq!(render_json("{}", &values(&[])).as_deref(), Ok("{}"));
    }

    #[test]
    fn what_is_no_object_of_templates_is_refused() {
        for json in [
            "",
            "[]",
            "\"{{a}}\"",
            "{",
            "{\"a\":\"}",
            "{\"a\"}",
            "{} x",
            "{\"a\":\"\\ud800\"}",
        ] {
            assert_eq!(json_variables(json), Err(no_object()), "{json}");
        }
        assert!(json_variables(r#"{"a":"{{ a b }}"}"#).is_err());
        assert!(render_json(r#"{"a":"{{a}}"}"#, &values(&[])).is_err());
        let json = format!("{{\"a\":[{}\"\"]}}", "\"{{a}}\",".repeat(400));
        let long = values(&[("a", &"x".repeat(1_000))]);
        assert_eq!(render_json(&json, &long), Err(too_long()));
    }

    proptest! {
        #[test]
        fn any_text_is_an_object_or_refused(
            json in "(\\{|\\}|[\"\\\\:, a]|\\{\\{a\\}\\}|\\PC){0,30}",
            text in "\\PC*",
        ) {
            let _ = render_json(&json, &values(&[("a", "x")]));
            let object = serde_json::json!({ "a": { &text: [&text, 1] }, "b": "{{a}}" }).to_string();
            let has_braces = text.contains("{{") || text.contains("}}");
            let filled = render_json(&object, &values(&[("a", &text)]));
            if !has_braces {
                let expected =
                    serde_json::json!({ "a": { &text: [&text, 1] }, "b": &text }).to_string();
                prop_assert_eq!(filled, Ok(expected));
            }
        }
    }
}

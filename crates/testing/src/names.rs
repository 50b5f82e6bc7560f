//! Stable names for what differs from run to run: ids, times, cursors, secrets.
//!
//! Works on text, not on parsed JSON, so that a golden file shows members in the order in which
//! they were served, and works on headers and event streams as well.

use std::collections::HashMap;
use std::fmt::Write as _;

/// Names given so far. Use one for all texts of a test: the same id gets the same name in each.
#[derive(Clone, Debug, Default)]
pub struct Names {
    given: HashMap<String, String>,
    counts: HashMap<&'static str, usize>,
}

/// What ids start with, and what they are called.
const IDS: [(&str, &str); 10] = [
    ("ws_", "workspace"),
    ("key_", "key"),
    ("part_", "participant"),
    ("conv_", "conversation"),
    ("msg_", "msg"),
    ("react_", "reaction"),
    ("tag_", "tag"),
    ("tmpl_", "template"),
    ("media_", "media"),
    ("chan_", "channel"),
];
const ID_LETTERS: usize = 26;
const SECRET_LETTERS: usize = 72;
const CURSOR_MEMBER: &str = "\"next_cursor\":";

impl Names {
    /// Replaces every id (`<msg 1>`), time (`<time 1>`), API key (`<secret 1>`) and `next_cursor`
    /// (`<cursor 1>`) by a name, numbered in the order of first appearance. All else stays, to the
    /// byte.
    pub fn replace(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut inside_word = false;
        while let Some(first) = rest.chars().next() {
            if let Some((before, what, length)) = find(rest, inside_word) {
                let (skipped, found) = rest.split_at(before);
                out.push_str(skipped);
                out.push_str(self.name(what, &found[..length]));
                rest = &found[length..];
                inside_word = true;
            } else {
                out.push(first);
                rest = &rest[first.len_utf8()..];
                inside_word = first.is_ascii_alphanumeric();
            }
        }
        out
    }

    /// The same, after [`pretty`].
    pub fn replace_json(&mut self, json: &str) -> String {
        self.replace(&pretty(json))
    }

    fn name(&mut self, what: &'static str, value: &str) -> &str {
        let counts = &mut self.counts;
        self.given.entry(value.to_owned()).or_insert_with(|| {
            let count = counts.entry(what).or_default();
            *count += 1;
            format!("<{what} {count}>")
        })
    }
}

/// What stands at the start of `text` and is to be named: how many bytes go before it, what it is,
/// and its length.
fn find(text: &str, inside_word: bool) -> Option<(usize, &'static str, usize)> {
    if let Some(after) = text.strip_prefix(CURSOR_MEMBER) {
        let value = after.trim_start().strip_prefix('"')?;
        return Some((
            text.len() - value.len(),
            "cursor",
            value.find('"').filter(|length| *length > 0)?,
        ));
    }
    if inside_word {
        return None;
    }
    for (prefix, what) in IDS {
        if let Some(length) = word(text, prefix, ID_LETTERS) {
            return Some((0, what, length));
        }
    }
    word(text, "ck_", SECRET_LETTERS)
        .map(|length| (0, "secret", length))
        .or_else(|| time(text).map(|length| (0, "time", length)))
}

/// The length of a prefix and exactly so many letters and digits after it.
fn word(text: &str, prefix: &str, letters: usize) -> Option<usize> {
    let found = text
        .strip_prefix(prefix)?
        .bytes()
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    (found == letters).then_some(prefix.len() + letters)
}

/// The length of an RFC 3339 time in UTC with `Z`.
fn time(text: &str) -> Option<usize> {
    const SHAPE: &[u8] = b"0000-00-00T00:00:00";
    let bytes = text.as_bytes();
    let fits = bytes.len() > SHAPE.len()
        && SHAPE.iter().zip(bytes).all(|(shape, byte)| match shape {
            b'0' => byte.is_ascii_digit(),
            mark => byte == mark,
        });
    if !fits {
        return None;
    }
    let mut end = SHAPE.len();
    if bytes[end] == b'.' {
        end += 1;
        end += bytes[end..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
    }
    (bytes.get(end) == Some(&b'Z')).then_some(end + 1)
}

/// Spreads JSON over lines with two blanks per level, members in the order in which they stand.
/// What is no JSON comes out as some text; nothing is lost but blanks outside strings.
pub fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut rest = json.trim_start();
    while let Some(first) = rest.chars().next() {
        let mut length = first.len_utf8();
        match first {
            '"' => {
                length = string(rest);
                out.push_str(&rest[..length]);
            }
            '{' | '[' => {
                let inner = rest[1..].trim_start();
                out.push(first);
                if inner.starts_with(['}', ']']) {
                    length = rest.len() - inner.len();
                    out.push_str(&inner[..1]);
                    length += 1;
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(first);
            }
            ',' => {
                out.push(first);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => out.push(first),
        }
        rest = rest[length..].trim_start();
    }
    out.push('\n');
    out
}

fn line(out: &mut String, depth: usize) {
    // Writing to a string never fails.
    let _ = write!(out, "\n{:1$}", "", depth * 2);
}

/// The length of the string literal at the start of `text`, quotes and all.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_id_has_the_same_name_in_every_text() {
        let mut names = Names::default();
        let one = format!("msg_{}", "0".repeat(26));
        let two = format!("msg_{}", "1".repeat(26));
        assert_eq!(names.replace(&format!("{two} {one}")), "<msg 1> <msg 2>");
        assert_eq!(
            names.replace(&format!(
                "/v1/x/{one}?{one}&conv_{}, \"{two}\"",
                "A".repeat(26)
            )),
            "/v1/x/<msg 2>?<msg 2>&<conversation 1>, \"<msg 1>\""
        );
    }

    #[test]
    fn times_cursors_and_secrets_are_named_and_look_alikes_are_not() {
        let mut names = Names::default();
        let text = format!(
            r#"{{"at":"2026-01-02T03:04:05.678Z","end":"2026-01-02T03:04:05Z","next_cursor": "0a0b","no":"2026-01-02","off":"2026-01-02T03:04:05+01:00","key":"ck_{}","short":"ck_9","x":"xmsg_{}"}}"#,
            "9".repeat(72),
            "0".repeat(26),
        );
        let out = names.replace(&text);
        assert!(
            out.starts_with(
                r#"{"at":"<time 1>","end":"<time 2>","next_cursor": "<cursor 1>","no":"2026-01-02","off":"2026-01-02T03:04:05+01:00","key":"<secret 1>","short":"ck_9","x":"xmsg_0"#
            ),
            "{out}"
        );
        assert_eq!(
            names.replace(r#""next_cursor":null,"ä":1"#),
            r#""next_cursor":null,"ä":1"#
        );
    }

    #[test]
    fn json_is_spread_over_lines_in_its_own_order() {
        assert_eq!(
            pretty(r#" {"b":[1,{"a":"x, {\"}"}], "e":{ },"f":[]} "#),
            "{\n  \"b\": [\n    1,\n    {\n      \"a\": \"x, {\\\"}\"\n    }\n  ],\n  \"e\": {},\n  \"f\": []\n}\n"
        );
        assert_eq!(pretty(r#""cut off"#), "\"cut off\n");
    }
}

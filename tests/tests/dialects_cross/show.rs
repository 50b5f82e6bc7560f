//! The columns of the table: where each API has what a message says, answers, bears and has become.
//!
//! What differs from run to run, ids and times, is named or left out.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A message as one API shows it.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    by: String,
    pub(crate) says: String,
    answers: String,
    /// The names of its files and where they are.
    pub(crate) files: Vec<(String, String)>,
    reactions: Value,
    edited: bool,
    deleted: String,
    rest: Value,
}

/// Members that are ids and times of the message itself, and where it is.
const OWN: [&str; 18] = [
    "id",
    "conversation_id",
    "conversationId",
    "seq",
    "created_at",
    "createdAt",
    "updated_at",
    "updatedAt",
    "edited_at",
    "deleted_at",
    "lastStatusAt",
    "sendAt",
    "date",
    "channelId",
    "inbox_id",
    "account_id",
    "project_id",
    "channel_id",
];

impl Shown {
    /// With names in place of ids.
    pub(crate) fn name_ids(&mut self, names: &BTreeMap<String, String>) {
        for text in [&mut self.by, &mut self.answers] {
            if let Some(name) = names.get(text.as_str()) {
                text.clone_from(name);
            }
        }
        self.rest = scrubbed(&self.rest, names);
        self.reactions = scrubbed(&self.reactions, names);
    }

    /// All columns.
    pub(crate) fn row(&self, files: &str) -> String {
        let json = |value: &Value| match value {
            Value::Array(all) if all.is_empty() => String::new(),
            Value::Object(all) if all.is_empty() => String::new(),
            Value::Null => String::new(),
            value => value.to_string(),
        };
        let edited = if self.edited { "yes" } else { "" };
        let reactions = json(&self.reactions);
        let rest = json(&self.rest);
        let cells = [
            &self.by,
            &self.says,
            &self.answers,
            files,
            &reactions,
            edited,
            &self.deleted,
            &rest,
        ];
        cells.map(cell).concat()
    }
}

/// A cell of a table, with the bar before it.
pub(crate) fn cell(text: &str) -> String {
    let text = if text.is_empty() { "–" } else { text };
    format!("| {} ", text.replace('|', "\\|").replace('\n', "⏎"))
}

/// The id of something, as text.
pub(crate) fn id(value: &Value) -> String {
    text(&value["id"])
}

/// The UUID that has the bits of a native id.
pub(crate) fn uuid(native: &str) -> String {
    let digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let ulid = native.rsplit('_').next().unwrap_or_default();
    let bits = ulid.chars().fold(0_u128, |bits, letter| {
        let digit = digits.find(letter).expect("a ULID");
        bits << 5 | u128::try_from(digit).expect("five bits")
    });
    let hex = format!("{bits:032x}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

/// A text, or anything else as JSON; nothing for `null`.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// The members that have no column of their own.
fn rest(message: &Value, columns: &[&str]) -> Value {
    let members = message.as_object().expect("an object").iter();
    let left = members.filter(|(name, value)| {
        let name = name.as_str();
        !OWN.contains(&name) && !columns.contains(&name) && !is_empty(value)
    });
    let left: Map<String, Value> = left
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    left.into()
}

/// Whether nothing is lost when it is not shown.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_u64() == Some(0),
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Bool(true) => false,
    }
}

/// The same with names in place of ids, and words in place of times and addresses.
pub(crate) fn scrubbed(value: &Value, names: &BTreeMap<String, String>) -> Value {
    match value {
        Value::Array(all) => all.iter().map(|one| scrubbed(one, names)).collect(),
        Value::Object(all) => {
            let all = all.iter().map(|(name, value)| {
                let is_serial = name == "id" && value.is_u64();
                let value = if is_serial {
                    "(id)".into()
                } else {
                    scrubbed(value, names)
                };
                (name.clone(), value)
            });
            all.collect()
        }
        Value::Number(number) => match (names.get(&number.to_string()), number.as_u64()) {
            (Some(name), _) => name.as_str().into(),
            (None, Some(1_600_000_000..=9_999_999_999)) => "(time)".into(),
            _ => value.clone(),
        },
        Value::String(text) => match names.get(text) {
            Some(name) => name.as_str().into(),
            None => word(text).map_or_else(|| value.clone(), Value::from),
        },
        value => value.clone(),
    }
}

/// What stands for a text that differs from run to run.
fn word(text: &str) -> Option<&'static str> {
    let tail = text.rsplit('_').next().unwrap_or_default();
    let is_ulid = tail.len() == 26 && tail.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let dashes: Vec<usize> = text.match_indices('-').map(|(at, _)| at).collect();
    let is_time = text.len() > 19 && text.ends_with('Z') && text.as_bytes()[10] == b'T';
    if text.starts_with("http://") {
        Some("(address)")
    } else if is_ulid || (text.len() == 36 && dashes == [8, 13, 18, 23]) {
        Some("(id)")
    } else if is_time {
        Some("(time)")
    } else {
        None
    }
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

fn files(message: &Value, list_name: &str, name: &str, url: &str) -> Vec<(String, String)> {
    let files = list(message, list_name);
    files
        .map(|file| (text(&file[name]), text(&file[url])))
        .collect()
}

pub(crate) fn native(message: &Value) -> Shown {
    let columns = [
        "participant_id",
        "body",
        "reply_to",
        "attachments",
        "reactions",
        "delete_mode",
    ];
    Shown {
        by: text(&message["participant_id"]),
        says: text(&message["body"]),
        answers: text(&message["reply_to"]),
        files: files(message, "attachments", "name", "url"),
        reactions: message["reactions"].clone(),
        edited: !message["edited_at"].is_null(),
        deleted: text(&message["delete_mode"]),
        rest: rest(message, &columns),
    }
}

pub(crate) fn saasignal(message: &Value) -> Shown {
    let columns = [
        "participant_id",
        "body",
        "reply_to",
        "attachments",
        "reactions",
    ];
    let deleted = !message["deleted_at"].is_null();
    Shown {
        by: text(&message["participant_id"]),
        says: text(&message["body"]),
        answers: text(&message["reply_to"]),
        files: files(message, "attachments", "name", "url"),
        reactions: message["reactions"].clone(),
        edited: !message["edited_at"].is_null(),
        deleted: if deleted {
            "yes".to_owned()
        } else {
            String::new()
        },
        rest: rest(message, &columns),
    }
}

pub(crate) fn doto(message: &Value) -> Shown {
    let mut attributes = message["content_attributes"].clone();
    let answers = text(&attributes["in_reply_to"]);
    let deleted = text(&attributes["deleted"]);
    if let Some(members) = attributes.as_object_mut() {
        members.remove("in_reply_to");
        members.remove("deleted");
    }
    let mut rest = rest(
        message,
        &["sender", "content", "attachments", "content_attributes"],
    );
    if !is_empty(&attributes) {
        rest["content_attributes"] = attributes;
    }
    let sender = &message["sender"];
    Shown {
        by: format!("{} ({})", text(&sender["name"]), text(&sender["type"])),
        says: text(&message["content"]),
        answers,
        files: list(message, "attachments")
            .map(|file| (text(&file["file_type"]), text(&file["data_url"])))
            .collect(),
        deleted,
        rest,
        ..Shown::default()
    }
}

pub(crate) fn bird(message: &Value) -> Shown {
    let sender = message["sender"].as_object().into_iter().flatten().next();
    let by = sender.map(|(kind, one)| format!("{} ({kind})", text(&one["annotations"]["name"])));
    let body = &message["body"];
    let kind = text(&body["type"]);
    let is_deleted = message["status"] == "deleted";
    let columns = ["sender", "receiver", "body", "interactions", "replyTo"];
    let mut rest = rest(message, &columns);
    let mut inside = body[&kind].clone();
    if let Some(members) = inside.as_object_mut() {
        members.remove("text");
        members.remove("files");
        members.remove("images");
    }
    if !is_deleted && (kind != "text" || !is_empty(&inside)) {
        rest["body"] = serde_json::json!({"type": kind, kind.as_str(): inside});
    }
    let bears = |list_name| files(&body[&kind], list_name, "filename", "mediaUrl");
    Shown {
        by: by.unwrap_or_default(),
        says: text(&body[&kind]["text"]),
        answers: text(&message["replyTo"]["id"]),
        files: [bears("files"), bears("images")].concat(),
        reactions: list(message, "interactions").map(interaction).collect(),
        deleted: if is_deleted {
            "yes".to_owned()
        } else {
            String::new()
        },
        rest,
        ..Shown::default()
    }
}

/// What happened to a message of Bird's, and to whom.
fn interaction(one: &Value) -> Value {
    let who = &one["receiver"]["contacts"][0]["annotations"]["name"];
    let what = [&one["type"], &one["metadata"]["reaction"]["emoji"], who];
    let told = what.into_iter().map(text).filter(|word| !word.is_empty());
    told.collect::<Vec<_>>().join(" ").into()
}

pub(crate) fn protocol(message: &Value) -> Shown {
    let columns = ["contact", "message", "attachments", "reactions", "read_at"];
    let mut rest = rest(message, &columns);
    if !message["read_at"].is_null() {
        rest["read_at"] = "(time)".into();
    }
    Shown {
        by: text(&message["contact"]["username"]),
        says: text(&message["message"]),
        files: files(message, "attachments", "filename", "file_url"),
        reactions: message["reactions"].clone(),
        edited: !message["updated_at"].is_null(),
        rest,
        ..Shown::default()
    }
}

pub(crate) fn staffchat(message: &Value) -> Shown {
    let is_deleted = message["deleted"] == true;
    let columns = [
        "author",
        "message",
        "files",
        "reactions",
        "parent",
        "deleted",
        "is_reply",
    ];
    Shown {
        by: text(&message["author"]["name"]),
        says: text(&message["message"]),
        answers: text(&message["parent"]["id"]),
        files: files(message, "files", "name", "source"),
        reactions: message["reactions"].clone(),
        edited: !message["edited_at"].is_null(),
        deleted: if is_deleted {
            "yes".to_owned()
        } else {
            String::new()
        },
        rest: rest(message, &columns),
    }
}

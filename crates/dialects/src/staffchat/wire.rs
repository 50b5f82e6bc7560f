//! What answers look like: every member with its type.
//!
//! Knows no domain: what goes into a view is decided where it is made.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// A message.
#[derive(Debug, Serialize)]
pub(super) struct MessageView<'a> {
    pub(super) id: u64,
    pub(super) r#type: &'static str,
    #[serde(rename = "conversationId")]
    pub(super) conversation_id: u64,
    pub(super) is_reply: bool,
    pub(super) parent: Option<Box<Self>>,
    pub(super) deleted: bool,
    pub(super) message: std::borrow::Cow<'a, str>,
    pub(super) date: i64,
    pub(super) edited_at: Option<i64>,
    pub(super) reactions: Vec<ReactionView<'a>>,
    pub(super) author: PersonView<'a>,
    pub(super) files: Vec<FileView<'a>>,
    pub(super) voice: Option<VoiceView>,
    /// What a service message tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) meta: Option<&'a Value>,
}

/// Somebody: the author of a message, a participant of a conversation, or a user.
#[derive(Debug, Serialize)]
pub(super) struct PersonView<'a> {
    pub(super) id: u64,
    pub(super) first_name: &'a str,
    pub(super) last_name: &'a str,
    pub(super) name: &'a str,
    pub(super) title: Option<&'a str>,
    pub(super) active: bool,
    pub(super) avatar: Option<BTreeMap<&'static str, &'a str>>,
    pub(super) archived_at: Option<i64>,
    /// What they may do in the conversation; says nothing of a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) participant_type: Option<&'static str>,
    pub(super) subtext: String,
    pub(super) department: Option<PlaceView<'a>>,
    pub(super) unit: Option<PlaceView<'a>>,
}

/// A unit or a department.
#[derive(Debug, Serialize)]
pub(super) struct PlaceView<'a> {
    pub(super) id: u32,
    pub(super) name: &'a str,
}

/// A user: somebody, and what else is known of them.
#[derive(Debug, Serialize)]
pub(super) struct UserView<'a> {
    #[serde(flatten)]
    pub(super) person: PersonView<'a>,
    pub(super) reference: &'a str,
    pub(super) email: Option<&'a str>,
    pub(super) phone: Option<&'a str>,
    /// What was given when the user was created, and has no other place.
    #[serde(flatten)]
    pub(super) others: BTreeMap<String, Box<serde_json::value::RawValue>>,
}

/// Everybody who reacted to a message in the same way.
#[derive(Debug, Serialize)]
pub(super) struct ReactionView<'a> {
    pub(super) id: u64,
    pub(super) reaction: &'a str,
    pub(super) count: u32,
    pub(super) users: Vec<ReactorView<'a>>,
    pub(super) reacted: bool,
}

/// Somebody who reacted.
#[derive(Debug, Serialize)]
pub(super) struct ReactorView<'a> {
    pub(super) id: u64,
    pub(super) name: &'a str,
}

/// A file.
#[derive(Debug, Serialize)]
pub(super) struct FileView<'a> {
    pub(super) id: u64,
    pub(super) name: &'a str,
    pub(super) mime: &'a str,
    pub(super) size: u64,
    pub(super) r#type: &'static str,
    pub(super) extension: String,
    pub(super) uploaded: bool,
    pub(super) processing: bool,
    pub(super) height: Option<u32>,
    pub(super) width: Option<u32>,
    pub(super) source: String,
    pub(super) stream: Option<String>,
    pub(super) versions: BTreeMap<&'static str, String>,
    pub(super) screenshot: Option<String>,
    pub(super) date: i64,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    pub(super) created_formatted: String,
    pub(super) updated_formatted: String,
}

/// Something spoken.
#[derive(Debug, Serialize)]
pub(super) struct VoiceView {
    pub(super) id: u64,
    pub(super) processing: bool,
    pub(super) extension: String,
    pub(super) duration: f64,
    pub(super) url: String,
}

/// A conversation as one of its participants sees it.
#[derive(Debug, Serialize)]
pub(super) struct ConversationView<'a> {
    pub(super) id: u64,
    pub(super) r#type: &'static str,
    pub(super) title: &'a str,
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    #[serde(rename = "latestMessage")]
    pub(super) latest_message: Option<MessageView<'a>>,
    pub(super) unread_message_count: u64,
    pub(super) mute_rule: Option<u64>,
    pub(super) participants: Vec<PersonView<'a>>,
    pub(super) archived_at: Option<i64>,
}

/// Where the bytes of a file are to be sent.
#[derive(Debug, Serialize)]
pub(super) struct UploadView<'a> {
    pub(super) uuid: &'a str,
    pub(super) key: &'a str,
    pub(super) url: &'a str,
    pub(super) headers: BTreeMap<&'a str, [&'a str; 1]>,
    pub(super) file: u64,
}

/// A signed token.
#[derive(Debug, Serialize)]
pub(super) struct TokenView<'a> {
    pub(super) jwt: &'a str,
    pub(super) expires: i64,
}

/// How much is new.
#[derive(Debug, Serialize)]
pub(super) struct CountersView {
    pub(super) groups: u64,
    pub(super) events: u64,
    pub(super) news: u64,
    pub(super) messages: u64,
}

/// A page of a list.
#[derive(Debug, Serialize)]
pub(super) struct PageView<T, M> {
    pub(super) data: Vec<T>,
    pub(super) links: LinksView,
    pub(super) meta: M,
}

/// Where other pages are.
#[derive(Debug, Default, Serialize)]
pub(super) struct LinksView {
    pub(super) first: Option<String>,
    pub(super) last: Option<String>,
    pub(super) prev: Option<String>,
    pub(super) next: Option<String>,
}

/// What page of a list that is walked by cursors.
#[derive(Debug, Serialize)]
pub(super) struct CursorMeta {
    pub(super) path: String,
    pub(super) per_page: usize,
    pub(super) next_cursor: Option<String>,
    pub(super) prev_cursor: Option<String>,
}

/// What page of a list that is walked by numbers.
#[derive(Debug, Serialize)]
pub(super) struct NumberMeta {
    pub(super) current_page: u64,
    pub(super) from: Option<u64>,
    pub(super) path: String,
    pub(super) per_page: usize,
    pub(super) to: Option<u64>,
}

/// Why there is no result.
#[derive(Debug, Serialize)]
pub(super) struct ProblemView<'a> {
    pub(super) message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) errors: Option<BTreeMap<String, Vec<&'a str>>>,
}

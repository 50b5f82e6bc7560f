//! What `SaaSignal` shows: every member that its API reference names, and for messages what else there is to know.
//!
//! Nothing is looked up here.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use causerie_core::media::{AttachmentKind, Media, MediaType};
use causerie_core::page::{Page, Place};
use causerie_core::reaction::Reaction;
use causerie_core::receipt::Seen;
use causerie_core::text::{Description, Title};
use causerie_core::{
    Caller, Content, Conversation, ConversationId, MediaId, MessageId, MessageKind, ParticipantId,
    ReactionId, Status, Timestamp, Visibility,
};
use causerie_http::extract::{Call, next_cursor};
use causerie_http::{App, HttpResponse, Raw, Rendered, Shown, StatusCode, media_link};
use serde::Serialize;

use super::ids::Project;

/// A guess of the length of one view, for reserving room.
const VIEW_BYTES: usize = 1024;
/// For how long the address of a file is good.
const LINK_SECONDS: u64 = 24 * 60 * 60;
/// What answers about messages say beside the message.
const OK: &str = "ok";

pub(super) type Time = Shown<Timestamp>;

pub(super) fn time(at: Option<Timestamp>) -> Option<Time> {
    at.map(Shown)
}

/// One page of a list.
#[derive(Serialize)]
struct PageView<V> {
    items: Vec<V>,
    next_cursor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

/// Answers with a page.
pub(super) fn page<'a, T, P: Place, V: Serialize>(
    page: &'a Page<T, P>,
    view: impl FnMut(&'a T) -> V,
) -> HttpResponse {
    page_with(page, view, None)
}

/// Answers with a page of messages.
pub(super) fn page_of_messages<'a, T, P: Place, V: Serialize>(
    page: &'a Page<T, P>,
    view: impl FnMut(&'a T) -> V,
) -> HttpResponse {
    page_with(page, view, Some(OK))
}

fn page_with<'a, T, P: Place, V: Serialize>(
    page: &'a Page<T, P>,
    view: impl FnMut(&'a T) -> V,
    status: Option<&'static str>,
) -> HttpResponse {
    let view = PageView {
        items: page.items.iter().map(view).collect(),
        next_cursor: next_cursor(page),
        status,
    };
    let size_bytes = 64 + VIEW_BYTES * page.items.len();
    Rendered::json(StatusCode::OK, &view, size_bytes).into_response()
}

/// Answers with one thing.
pub(super) fn ok<V: Serialize>(view: &V) -> HttpResponse {
    Rendered::json(StatusCode::OK, view, VIEW_BYTES).into_response()
}

/// Answers with one thing that is new.
pub(super) fn created<V: Serialize>(view: &V) -> Rendered {
    Rendered::json(StatusCode::CREATED, view, VIEW_BYTES)
}

/// Says that something is deleted.
#[derive(Serialize)]
struct DeletedView {
    deleted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

/// Answers that something is deleted.
pub(super) fn deleted() -> HttpResponse {
    ok(&DeletedView {
        deleted: true,
        status: None,
    })
}

/// Answers that a message is deleted.
pub(super) fn message_deleted() -> HttpResponse {
    ok(&DeletedView {
        deleted: true,
        status: Some(OK),
    })
}

/// Where a conversation happens.
#[derive(Serialize)]
pub(super) struct ConversationView<'a> {
    id: Shown<ConversationId>,
    project_id: Shown<Project>,
    conversation_number: String,
    r#type: &'static str,
    title: Option<&'a str>,
    description: Option<&'a str>,
    status: &'static str,
    last_message_at: Option<Time>,
    message_count: u64,
    participant_count: usize,
    metadata: Raw<'a>,
    updated_at: Time,
    created_at: Time,
}

impl<'a> ConversationView<'a> {
    pub(super) fn of(conversation: &'a Conversation, to: &Caller) -> Self {
        let prefix = &to.limits().conversation_number_prefix;
        Self {
            id: Shown(conversation.id),
            project_id: Shown(Project(conversation.workspace)),
            conversation_number: prefix.show(conversation.number),
            r#type: conversation.kind.as_str(),
            title: conversation.title.as_ref().map(Title::as_str),
            description: conversation.description.as_ref().map(Description::as_str),
            status: status(conversation.status),
            last_message_at: time(conversation.last_message_at),
            message_count: conversation.message_count(to.sight()),
            participant_count: conversation.member_count,
            metadata: Raw(conversation.metadata.as_str()),
            updated_at: Shown(conversation.updated_at),
            created_at: Shown(conversation.created_at),
        }
    }
}

/// The status by `SaaSignal`'s words: a conversation that waits or is put off is open.
fn status(status: Status) -> &'static str {
    if status.takes_messages() {
        Status::Open.as_str()
    } else {
        status.as_str()
    }
}

/// How files of messages are shown.
#[derive(Debug)]
pub(super) struct Shelf<'a> {
    app: &'a App,
    base_url: String,
    until: Timestamp,
}

impl<'a> Shelf<'a> {
    /// To this caller, now.
    pub(super) fn of(call: &'a Call) -> Self {
        let app = call.app();
        Self {
            app,
            base_url: call.base_url(),
            until: app.clock().now().plus(Duration::from_secs(LINK_SECONDS)),
        }
    }

    /// An address that needs no key; `None` before the bytes have arrived.
    fn link(&self, file: &Media) -> Option<String> {
        let link = || {
            let (vault, base) = (self.app.vault(), &self.base_url);
            media_link(vault, base, file.workspace, file.id, None, self.until)
        };
        file.status.has_arrived().then(link)
    }
}

/// A file of a message.
#[derive(Serialize)]
struct AttachmentView<'a> {
    id: Shown<MediaId>,
    name: &'a str,
    content_type: Option<&'a str>,
    size: u64,
    url: Option<String>,
}

/// A reaction to a message.
#[derive(Serialize)]
pub(super) struct ReactionView<'a> {
    id: Shown<ReactionId>,
    message_id: Shown<MessageId>,
    participant_id: Shown<ParticipantId>,
    emoji: &'a str,
    created_at: Time,
}

impl<'a> ReactionView<'a> {
    pub(super) fn of(reaction: &'a Reaction) -> Self {
        Self {
            id: Shown(reaction.id),
            message_id: Shown(reaction.message),
            participant_id: Shown(reaction.participant),
            emoji: reaction.name.as_str(),
            created_at: Shown(reaction.created_at),
        }
    }
}

/// The reactions to each message of a page.
pub(super) type Reactions = HashMap<MessageId, Vec<Reaction>>;

/// Something said.
#[derive(Serialize)]
pub(super) struct MessageView<'a> {
    id: Shown<MessageId>,
    project_id: Shown<Project>,
    conversation_id: Shown<ConversationId>,
    participant_id: Shown<ParticipantId>,
    r#type: &'static str,
    body: Cow<'a, str>,
    reply_to: Option<Shown<MessageId>>,
    edited_at: Option<Time>,
    deleted_at: Option<Time>,
    metadata: Raw<'a>,
    created_at: Time,
    // What SaaSignal does not know.
    private: bool,
    direction: &'static str,
    content_type: &'static str,
    content: Option<Raw<'a>>,
    attachments: Vec<AttachmentView<'a>>,
    reactions: Vec<ReactionView<'a>>,
    delivery_status: &'static str,
    read_at: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
}

impl<'a> MessageView<'a> {
    /// As an item of a list.
    pub(super) fn of(seen: &'a Seen, reactions: &'a Reactions, shelf: &Shelf<'_>) -> Self {
        let message = &seen.message;
        let reactions = reactions.get(&message.id).map_or(&[][..], Vec::as_slice);
        Self {
            id: Shown(message.id),
            project_id: Shown(Project(message.workspace)),
            conversation_id: Shown(message.conversation),
            participant_id: Shown(message.sender),
            r#type: type_of(seen),
            body: body_of(seen, shelf),
            reply_to: message.reply_to.map(Shown),
            edited_at: time(message.edited_at),
            deleted_at: time(message.deleted_at),
            metadata: Raw(message.metadata.as_str()),
            created_at: Shown(message.created_at),
            private: message.visibility == Visibility::Private,
            direction: message.direction.as_str(),
            content_type: message.content_type.as_str(),
            content: message.content.as_ref().map(Content::as_str).map(Raw),
            attachments: seen
                .files
                .iter()
                .map(|file| attachment(file, shelf))
                .collect(),
            reactions: reactions.iter().map(ReactionView::of).collect(),
            delivery_status: seen.delivery_status().as_str(),
            read_at: time(seen.read_at),
            status: None,
        }
    }

    /// As the whole of an answer.
    pub(super) fn alone(seen: &'a Seen, reactions: &'a Reactions, shelf: &Shelf<'_>) -> Self {
        Self {
            status: Some(OK),
            ..Self::of(seen, reactions, shelf)
        }
    }
}

fn attachment<'a>(file: &'a Media, shelf: &Shelf<'_>) -> AttachmentView<'a> {
    AttachmentView {
        id: Shown(file.id),
        name: file.name.as_str(),
        content_type: file.best_type().map(MediaType::as_str),
        size: file.size,
        url: shelf.link(file),
    }
}

/// The type by `SaaSignal`'s words: a text with files is what the first of them is.
fn type_of(seen: &Seen) -> &'static str {
    let kind = match (seen.message.kind, seen.files.first()) {
        (MessageKind::Text | MessageKind::Template, Some(file)) => match file.kind() {
            AttachmentKind::Image => MessageKind::Image,
            _ => MessageKind::File,
        },
        (MessageKind::Template, None) => MessageKind::Text,
        (MessageKind::Voice, _) => MessageKind::File,
        (MessageKind::Activity, _) => MessageKind::System,
        (kind, _) => kind,
    };
    kind.as_str()
}

/// The text; without one what the content says first, or where the first file is.
fn body_of<'a>(seen: &'a Seen, shelf: &Shelf<'_>) -> Cow<'a, str> {
    let message = &seen.message;
    let text = message.text.as_str();
    if !text.is_empty() {
        return Cow::Borrowed(text);
    }
    let lead = message.content.as_ref();
    let lead = lead.and_then(|content| content.lead_text(message.content_type));
    let link = || seen.files.first().and_then(|file| shelf.link(file));
    lead.or_else(link).map_or(Cow::Borrowed(""), Cow::Owned)
}

//! What the native API shows: views that borrow from the domain and are written straight into the answer.
//!
//! Bodies of requests stand beside their handlers.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use causerie_core::act::InboxEntry;
use causerie_core::page::{Page, Place};
use causerie_core::text::{Description, DisplayName, ExternalId, Reference, Title};
use causerie_core::{
    ApiKey, Conversation, ConversationId, KeyId, Member, Message, MessageId, Participant,
    ParticipantId, Revision, Timestamp, Workspace, WorkspaceId,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::vocabulary;
use crate::extract::next_cursor;
use crate::problem::Problem;
use crate::reply::{Raw, Rendered, Shown};

/// What a handler gives back.
pub(crate) type Answered = Result<HttpResponse, Problem>;

/// A guess of the length of one view, for reserving room.
pub(crate) const VIEW_BYTES: usize = 512;

/// One page of a list, and where the next begins.
#[derive(Serialize, ToSchema)]
#[schema(as = Page)]
pub(crate) struct PageView<V> {
    items: Vec<V>,
    /// Give it as `cursor` for the next page; null on the last.
    #[schema(example = json!(null))]
    next_cursor: Option<String>,
}

/// Answers with a page.
pub(crate) fn page<'a, T, P: Place, V: Serialize>(
    page: &'a Page<T, P>,
    view: impl Fn(&'a T) -> V,
) -> HttpResponse {
    let view = PageView {
        items: page.items.iter().map(view).collect(),
        next_cursor: next_cursor(page),
    };
    let size_bytes = 64 + VIEW_BYTES * page.items.len();
    Rendered::json(StatusCode::OK, &view, size_bytes).into_response()
}

/// Answers with one thing.
pub(crate) fn ok<V: Serialize>(view: &V) -> Rendered {
    Rendered::json(StatusCode::OK, view, VIEW_BYTES)
}

/// Answers with one thing that is new.
pub(crate) fn created<V: Serialize>(view: &V) -> Rendered {
    Rendered::json(StatusCode::CREATED, view, VIEW_BYTES)
}

/// Names the state of a thing by when it last changed.
pub(crate) fn tag_of(updated_at: Timestamp) -> String {
    format!("\"{:x}\"", updated_at.unix_micros())
}

type Time = Shown<Timestamp>;

fn time(at: Option<Timestamp>) -> Option<Time> {
    at.map(Shown)
}

/// Somebody who takes part.
#[derive(Serialize, ToSchema)]
#[schema(as = Participant)]
pub(crate) struct ParticipantView<'a> {
    #[schema(value_type = String, example = "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    id: Shown<ParticipantId>,
    #[schema(example = "customer-42")]
    external_id: Option<&'a str>,
    #[schema(value_type = vocabulary::ParticipantKind, example = "contact")]
    kind: &'static str,
    #[schema(example = "Ada Lovelace")]
    display_name: &'a str,
    #[schema(value_type = Object)]
    metadata: Raw<'a>,
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Time>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Time,
}

impl<'a> ParticipantView<'a> {
    pub(crate) fn of(participant: &'a Participant) -> Self {
        Self {
            id: Shown(participant.id),
            external_id: participant.external_id.as_ref().map(ExternalId::as_str),
            kind: participant.kind.as_str(),
            display_name: participant.display_name.as_str(),
            metadata: Raw(participant.metadata.as_str()),
            archived_at: time(participant.archived_at),
            created_at: Shown(participant.created_at),
            updated_at: Shown(participant.updated_at),
        }
    }
}

/// Where it happens.
#[derive(Serialize, ToSchema)]
#[schema(as = Conversation)]
pub(crate) struct ConversationView<'a> {
    #[schema(value_type = String, example = "conv_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    id: Shown<ConversationId>,
    #[schema(value_type = vocabulary::ConversationKind, example = "group")]
    kind: &'static str,
    #[schema(example = "Order 1234")]
    title: Option<&'a str>,
    description: Option<&'a str>,
    #[schema(value_type = vocabulary::ConversationStatus, example = "open")]
    status: &'static str,
    #[schema(value_type = Object)]
    metadata: Raw<'a>,
    /// The `seq` of the newest message; 0 before the first.
    #[schema(example = 17)]
    last_seq: u64,
    #[schema(example = 2)]
    member_count: usize,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_message_at: Option<Time>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Time,
}

impl<'a> ConversationView<'a> {
    pub(crate) fn of(conversation: &'a Conversation) -> Self {
        Self {
            id: Shown(conversation.id),
            kind: conversation.kind.as_str(),
            title: conversation.title.as_ref().map(Title::as_str),
            description: conversation.description.as_ref().map(Description::as_str),
            status: conversation.status.as_str(),
            metadata: Raw(conversation.metadata.as_str()),
            last_seq: conversation.last_seq.get(),
            member_count: conversation.member_count,
            last_message_at: time(conversation.last_message_at),
            created_at: Shown(conversation.created_at),
            updated_at: Shown(conversation.updated_at),
        }
    }
}

/// Somebody's place in a conversation.
#[derive(Serialize, ToSchema)]
#[schema(as = Member)]
pub(crate) struct MemberView<'a> {
    #[schema(value_type = String, example = "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    participant_id: Shown<ParticipantId>,
    #[schema(value_type = String, example = "conv_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    conversation_id: Shown<ConversationId>,
    #[schema(value_type = vocabulary::MemberRole, example = "member")]
    role: &'static str,
    /// How they are called here, if not by their own name.
    display_name: Option<&'a str>,
    /// Everything up to this `seq` is read.
    #[schema(example = 15)]
    read_seq: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Time>,
    /// Left out in events, which do not know the conversation's newest message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 2)]
    unread_count: Option<u64>,
    #[schema(value_type = Option<String>, format = DateTime)]
    muted_at: Option<Time>,
    #[schema(value_type = String, format = DateTime)]
    joined_at: Time,
    #[schema(value_type = Option<String>, format = DateTime)]
    left_at: Option<Time>,
}

impl<'a> MemberView<'a> {
    pub(crate) fn of(member: &'a Member, conversation: Option<&Conversation>) -> Self {
        Self {
            participant_id: Shown(member.participant),
            conversation_id: Shown(member.conversation),
            role: member.role.as_str(),
            display_name: member.display_name.as_ref().map(DisplayName::as_str),
            read_seq: member.read_seq.get(),
            read_at: time(member.read_at),
            unread_count: conversation.map(|of| member.unread_count(of)),
            muted_at: time(member.muted_at),
            joined_at: Shown(member.joined_at),
            left_at: time(member.left_at),
        }
    }
}

/// Something said.
#[derive(Serialize, ToSchema)]
#[schema(as = Message)]
pub(crate) struct MessageView<'a> {
    #[schema(value_type = String, example = "msg_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    id: Shown<MessageId>,
    #[schema(value_type = String, example = "conv_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    conversation_id: Shown<ConversationId>,
    #[schema(value_type = String, example = "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    participant_id: Shown<ParticipantId>,
    /// Its place in the conversation: 1, 2, 3 … without a gap.
    #[schema(example = 17)]
    seq: u64,
    #[schema(value_type = vocabulary::MessageType, example = "text")]
    r#type: &'static str,
    /// Empty once deleted.
    #[schema(example = "Hello")]
    body: &'a str,
    #[schema(value_type = Option<String>)]
    reply_to: Option<Shown<MessageId>>,
    /// Empty once deleted.
    #[schema(value_type = Object)]
    metadata: Raw<'a>,
    reference: Option<&'a str>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = Option<String>, format = DateTime)]
    edited_at: Option<Time>,
    #[schema(value_type = Option<String>, format = DateTime)]
    deleted_at: Option<Time>,
}

impl<'a> MessageView<'a> {
    pub(crate) fn of(message: &'a Message) -> Self {
        Self {
            id: Shown(message.id),
            conversation_id: Shown(message.conversation),
            participant_id: Shown(message.sender),
            seq: message.seq.get(),
            r#type: message.kind.as_str(),
            body: message.text.as_str(),
            reply_to: message.reply_to.map(Shown),
            metadata: Raw(message.metadata.as_str()),
            reference: message.reference.as_ref().map(Reference::as_str),
            created_at: Shown(message.created_at),
            edited_at: time(message.edited_at),
            deleted_at: time(message.deleted_at),
        }
    }
}

/// An earlier state of a message.
#[derive(Serialize, ToSchema)]
#[schema(as = Revision)]
pub(crate) struct RevisionView<'a> {
    /// 1 for the first state, and so on.
    #[schema(example = 1)]
    number: u32,
    #[schema(example = "Helo")]
    body: &'a str,
    #[schema(value_type = Object)]
    metadata: Raw<'a>,
    /// Until when it stood.
    #[schema(value_type = String, format = DateTime)]
    replaced_at: Time,
}

impl<'a> RevisionView<'a> {
    pub(crate) fn of(revision: &'a Revision) -> Self {
        Self {
            number: revision.number,
            body: revision.text.as_str(),
            metadata: Raw(revision.metadata.as_str()),
            replaced_at: Shown(revision.replaced_at),
        }
    }
}

/// A conversation as one of its members sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = InboxEntry)]
pub(crate) struct InboxView<'a> {
    conversation: ConversationView<'a>,
    member: MemberView<'a>,
    #[schema(example = 2)]
    unread_count: u64,
    last_message: Option<MessageView<'a>>,
}

impl<'a> InboxView<'a> {
    pub(crate) fn of(entry: &'a InboxEntry) -> Self {
        Self {
            conversation: ConversationView::of(&entry.conversation),
            member: MemberView::of(&entry.member, Some(&entry.conversation)),
            unread_count: entry.member.unread_count(&entry.conversation),
            last_message: entry.last_message.as_ref().map(MessageView::of),
        }
    }
}

/// A key, without its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = Key)]
pub(crate) struct KeyView<'a> {
    #[schema(value_type = String, example = "key_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    id: Shown<KeyId>,
    #[schema(example = "web shop")]
    name: &'a str,
    #[schema(value_type = Vec<vocabulary::Scope>, example = json!(["messaging:*"]))]
    scopes: Vec<&'static str>,
    /// The only participant that it acts as, if it is bound to one.
    #[schema(value_type = Option<String>)]
    participant_id: Option<Shown<ParticipantId>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Time>,
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Time>,
    /// To the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Time>,
}

impl<'a> KeyView<'a> {
    pub(crate) fn of(key: &'a ApiKey) -> Self {
        Self {
            id: Shown(key.id),
            name: key.name.as_str(),
            scopes: key.scopes.words().collect(),
            participant_id: key.participant.map(Shown),
            created_at: Shown(key.created_at),
            expires_at: time(key.expires_at),
            revoked_at: time(key.revoked_at),
            last_used_at: time(key.last_used_at),
        }
    }
}

/// A key with its secret: shown once.
#[derive(Serialize, ToSchema)]
#[schema(as = NewKey)]
pub(crate) struct NewKeyView<'a> {
    #[serde(flatten)]
    view: KeyView<'a>,
    /// The whole key. It is shown here and never again.
    #[schema(example = "ck_01J9ZK6QW8T2V4X6Y8Z0A2C4E6…")]
    key: &'a str,
}

impl<'a> NewKeyView<'a> {
    pub(crate) fn of(key: &'a ApiKey, secret: &'a str) -> Self {
        Self {
            view: KeyView::of(key),
            key: secret,
        }
    }
}

/// A tenant.
#[derive(Serialize, ToSchema)]
#[schema(as = Workspace)]
pub(crate) struct WorkspaceView<'a> {
    #[schema(value_type = String, example = "ws_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    id: Shown<WorkspaceId>,
    #[schema(example = "default")]
    name: &'a str,
    /// Whether its administrators also create and list workspaces.
    root: bool,
    limits: LimitsView,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
}

/// The limits of a workspace.
#[derive(Serialize, ToSchema)]
#[schema(as = Limits)]
#[expect(
    clippy::struct_field_names,
    reason = "these are their names on the wire"
)]
pub(crate) struct LimitsView {
    #[schema(example = 10_000)]
    text_chars_max: usize,
    #[schema(example = 16_384)]
    metadata_bytes_max: usize,
    #[schema(example = 1_000)]
    members_max: usize,
    #[schema(example = 256)]
    title_chars_max: usize,
    #[schema(example = 2_000)]
    description_chars_max: usize,
    #[schema(example = 128)]
    display_name_chars_max: usize,
}

impl<'a> WorkspaceView<'a> {
    pub(crate) fn of(workspace: &'a Workspace) -> Self {
        let settings = &workspace.settings;
        Self {
            id: Shown(workspace.id),
            name: workspace.name.as_str(),
            root: workspace.root,
            limits: LimitsView {
                text_chars_max: settings.text_chars_max,
                metadata_bytes_max: settings.metadata_bytes_max,
                members_max: settings.members_max,
                title_chars_max: settings.title_chars_max,
                description_chars_max: settings.description_chars_max,
                display_name_chars_max: settings.display_name_chars_max,
            },
            created_at: Shown(workspace.created_at),
        }
    }
}

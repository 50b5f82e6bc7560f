//! What the native API shows: views that borrow from the domain and are written straight into the answer.
//!
//! Bodies of requests stand beside their handlers.

mod administration;
mod channel;
mod contact;
mod media;
mod message;
mod reaction;
mod template;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use causerie_core::act::{InboxEntry, MemberNow};
use causerie_core::page::{Page, Place};
use causerie_core::tag::TagName;
use causerie_core::text::{AvatarUrl, Description, DisplayName, ExternalId, Title};
use causerie_core::{
    Caller, ChannelId, Conversation, ConversationId, Member, Participant, ParticipantId, Priority,
    Sight, Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::vocabulary;
use crate::extract::next_cursor;
use crate::reply::{Raw, Rendered, Shown};

pub(crate) use administration::{
    BalanceView, KeyView, LedgerEntryView, NewKeyView, PlanView, SettingsView, TopUpView,
    WorkspaceView,
};
pub(crate) use channel::{ChannelView, NewChannelView, TestView};
pub(crate) use contact::{IdentifierView, ProfileView};
pub(crate) use media::{LinkView, MediaView, PairsView, UploadDoorView, UploadView, UsageView};
pub(crate) use message::{FoundView, MessageView, RevisionView, ScheduledView};
pub(crate) use reaction::{ReactionView, ReceiptView, RecipientView};
pub(crate) use template::{PreviewView, TagView, TemplateView};

pub(crate) use crate::reply::Answered;

/// A guess of the length of one view, for reserving room.
pub(crate) const VIEW_BYTES: usize = 1024;

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
    /// What they are reached by.
    identifiers: Vec<IdentifierView<'a>>,
    profile: ProfileView<'a>,
    #[schema(value_type = Object)]
    metadata: Raw<'a>,
    #[schema(value_type = Option<String>, format = DateTime)]
    archived_at: Option<Time>,
    /// Who they turned out to be.
    #[schema(value_type = Option<String>)]
    merged_into: Option<Shown<ParticipantId>>,
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
            identifiers: IdentifierView::all(&participant.identifiers),
            profile: ProfileView::of(&participant.profile),
            metadata: Raw(participant.metadata.as_str()),
            archived_at: time(participant.archived_at),
            merged_into: participant.merged_into.map(Shown),
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
    /// Its number in the workspace, behind the workspace's prefix.
    #[schema(example = "CONV-000042")]
    number: String,
    #[schema(value_type = vocabulary::ConversationKind, example = "group")]
    kind: &'static str,
    #[schema(example = "Order 1234")]
    title: Option<&'a str>,
    description: Option<&'a str>,
    #[schema(value_type = vocabulary::ConversationStatus, example = "open")]
    status: &'static str,
    /// The channel that carries what is said to people outside.
    #[schema(value_type = Option<String>, example = "chan_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    channel_id: Option<Shown<ChannelId>>,
    /// Who takes care of it.
    #[schema(value_type = Option<String>)]
    assignee_id: Option<Shown<ParticipantId>>,
    #[schema(value_type = Vec<String>, example = json!(["billing"]))]
    labels: Vec<&'a str>,
    #[schema(value_type = Option<vocabulary::ConversationPriority>)]
    priority: Option<&'static str>,
    /// Until when it is put off, if it is until a time.
    #[schema(value_type = Option<String>, format = DateTime)]
    snoozed_until: Option<Time>,
    /// Where a picture of it is found; never fetched.
    avatar_url: Option<&'a str>,
    #[schema(value_type = Object)]
    metadata: Raw<'a>,
    /// The `seq` of the newest message; 0 before the first.
    #[schema(example = 17)]
    last_seq: u64,
    /// How many messages you may see, erased ones included.
    #[schema(example = 17)]
    message_count: u64,
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
    /// The conversation as the use case showed it to this caller.
    pub(crate) fn of(conversation: &'a Conversation, to: &Caller) -> Self {
        Self::seen_with(conversation, to, to.sight())
    }

    /// The conversation as the use case showed it of somebody who may see so much.
    fn seen_with(conversation: &'a Conversation, to: &Caller, sight: Sight) -> Self {
        let prefix = &to.limits().conversation_number_prefix;
        Self {
            id: Shown(conversation.id),
            number: prefix.show(conversation.number),
            kind: conversation.kind.as_str(),
            title: conversation.title.as_ref().map(Title::as_str),
            description: conversation.description.as_ref().map(Description::as_str),
            status: conversation.status.as_str(),
            channel_id: conversation.channel.map(Shown),
            assignee_id: conversation.assignee.map(Shown),
            labels: conversation.labels.iter().map(TagName::as_str).collect(),
            priority: conversation.priority.map(Priority::as_str),
            snoozed_until: time(conversation.snoozed_until),
            avatar_url: conversation.avatar_url.as_ref().map(AvatarUrl::as_str),
            metadata: Raw(conversation.metadata.as_str()),
            last_seq: conversation.last_seq.get(),
            message_count: conversation.message_count(sight),
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
    /// Everything up to this `seq` has reached them; never below `read_seq`.
    #[schema(example = 17)]
    delivered_seq: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Time>,
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
    /// A member with the number of messages that they have not read.
    pub(crate) fn now(now: &'a MemberNow, of: &Conversation) -> Self {
        Self::of(&now.member, Some(now.member.unread_count(of, now.sight)))
    }

    pub(crate) fn of(member: &'a Member, unread_count: Option<u64>) -> Self {
        Self {
            participant_id: Shown(member.participant),
            conversation_id: Shown(member.conversation),
            role: member.role.as_str(),
            display_name: member.display_name.as_ref().map(DisplayName::as_str),
            read_seq: member.read_seq.get(),
            read_at: time(member.read_at),
            delivered_seq: member.delivered_seq.get(),
            delivered_at: time(member.delivered_at),
            unread_count,
            muted_at: time(member.muted_at),
            joined_at: Shown(member.joined_at),
            left_at: time(member.left_at),
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
    /// Who has received or read it is not looked up here.
    last_message: Option<MessageView<'a>>,
}

impl<'a> InboxView<'a> {
    pub(crate) fn of(entry: &'a InboxEntry, to: &Caller) -> Self {
        let now = &entry.member;
        let unread_count = now.member.unread_count(&entry.conversation, now.sight);
        Self {
            conversation: ConversationView::seen_with(&entry.conversation, to, now.sight),
            member: MemberView::of(&now.member, Some(unread_count)),
            unread_count,
            last_message: entry.last_message.as_ref().map(MessageView::of),
        }
    }
}

//! What is shown of messages: those that were sent, those that wait, earlier states.
//!
//! Nothing is looked up here: what is known of who has a message comes with it.

use causerie_core::act::Found;
use causerie_core::delivery::{DeliveryStatus, Failure};
use causerie_core::receipt::Seen;
use causerie_core::schedule::Scheduled;
use causerie_core::tag::{TagName, Tags};
use causerie_core::text::Reference;
use causerie_core::{
    Content, ConversationId, DeleteMode, Direction, Draft, Message, MessageId, ParticipantId,
    Revision, Visibility,
};
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::media::{AttachmentView, AttachmentsView, ReferenceView, ReferencesView};
use super::template::TemplateUseView;
use super::{Time, time};
use crate::native::vocabulary;
use crate::reply::{Raw, Shown};

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
    /// Its place in the conversation: 1, 2, 3 …; what was purged leaves a gap.
    #[schema(example = 17)]
    seq: u64,
    #[schema(value_type = vocabulary::MessageType, example = "text")]
    r#type: &'static str,
    #[schema(value_type = vocabulary::MessageDirection, example = "outgoing")]
    direction: &'static str,
    /// Whether it is a note among agents and bots.
    #[schema(example = false)]
    private: bool,
    /// Empty once deleted, and when the content says it all.
    #[schema(example = "Hello")]
    body: &'a str,
    #[schema(value_type = vocabulary::ContentType, example = "text")]
    content_type: &'static str,
    /// As it was written; null once deleted.
    #[schema(value_type = Option<Object>)]
    content: Option<Raw<'a>>,
    /// The files that go with it; none once deleted.
    #[schema(value_type = Vec<AttachmentView>)]
    attachments: AttachmentsView<'a>,
    #[schema(value_type = Option<String>)]
    reply_to: Option<Shown<MessageId>>,
    /// Empty once deleted.
    #[schema(value_type = Object)]
    metadata: Raw<'a>,
    /// None once deleted.
    #[schema(value_type = Vec<String>, example = json!(["vip"]))]
    tags: TagsView<'a>,
    reference: Option<&'a str>,
    source_id: Option<&'a str>,
    echo_id: Option<&'a str>,
    /// The template that it was made from.
    template: Option<TemplateUseView<'a>>,
    #[schema(value_type = vocabulary::DeliveryStatus, example = "delivered")]
    delivery_status: &'static str,
    /// Why it came no further, if it failed.
    failure: Option<FailureView<'a>>,
    /// When it first reached somebody else than its sender.
    #[schema(value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Time>,
    /// When somebody else than its sender first read it.
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Time>,
    /// How many messages answer it.
    #[schema(example = 0)]
    reply_count: u32,
    /// In the order of their first use.
    #[schema(value_type = Vec<TallyView>)]
    reactions: TalliesView<'a>,
    /// How many earlier states there were.
    #[schema(example = 0)]
    revision_count: u32,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = Option<String>, format = DateTime)]
    edited_at: Option<Time>,
    #[schema(value_type = Option<String>, format = DateTime)]
    deleted_at: Option<Time>,
    #[schema(value_type = Option<vocabulary::DeleteMode>)]
    delete_mode: Option<&'static str>,
}

impl<'a> MessageView<'a> {
    /// A message with what is known of who has it.
    pub(crate) fn of(seen: &'a Seen) -> Self {
        let message = &seen.message;
        Self {
            id: Shown(message.id),
            conversation_id: Shown(message.conversation),
            participant_id: Shown(message.sender),
            seq: message.seq.get(),
            r#type: message.kind.as_str(),
            direction: message.direction.as_str(),
            private: message.visibility == Visibility::Private,
            body: message.text.as_str(),
            content_type: message.content_type.as_str(),
            content: raw(message.content.as_ref()),
            attachments: AttachmentsView {
                attachments: &message.attachments,
                files: &seen.files,
            },
            reply_to: message.reply_to.map(Shown),
            metadata: Raw(message.metadata.as_str()),
            tags: TagsView(&message.tags),
            reference: message.reference.as_ref().map(Reference::as_str),
            source_id: message.source_id.as_ref().map(Reference::as_str),
            echo_id: message.echo_id.as_ref().map(Reference::as_str),
            template: message.template.as_ref().map(TemplateUseView::of),
            delivery_status: seen.delivery_status().as_str(),
            failure: message.delivery.failure.as_ref().map(FailureView::of),
            delivered_at: time(seen.delivered_at),
            read_at: time(seen.read_at),
            reply_count: message.reply_count,
            reactions: TalliesView(message),
            revision_count: message.revision_count,
            created_at: Shown(message.created_at),
            edited_at: time(message.edited_at),
            deleted_at: time(message.deleted_at),
            delete_mode: message.delete_mode.map(DeleteMode::as_str),
        }
    }
}

fn raw(content: Option<&Content>) -> Option<Raw<'_>> {
    content.map(|content| Raw(content.as_str()))
}

/// Tags as a list of their names.
#[derive(Clone, Copy)]
pub(crate) struct TagsView<'a>(pub(super) &'a Tags);

impl Serialize for TagsView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(TagName::as_str))
    }
}

/// How often a message was reacted to with one name.
#[derive(Serialize, ToSchema)]
#[schema(as = ReactionCount)]
pub(crate) struct TallyView<'a> {
    #[schema(example = "👍")]
    name: &'a str,
    #[schema(example = 2)]
    count: u32,
}

struct TalliesView<'a>(&'a Message);

impl Serialize for TalliesView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tallies = self.0.reactions.iter();
        serializer.collect_seq(tallies.map(|(name, count)| TallyView {
            name: name.as_str(),
            count,
        }))
    }
}

/// Why a message did not get through.
#[derive(Serialize, ToSchema)]
#[schema(as = Failure)]
pub(crate) struct FailureView<'a> {
    #[schema(value_type = vocabulary::FailureStage, example = "send")]
    stage: &'static str,
    #[schema(example = "no route")]
    reason: &'a str,
    detail: Option<&'a str>,
}

impl<'a> FailureView<'a> {
    pub(super) fn of(failure: &'a Failure) -> Self {
        Self {
            stage: failure.stage.as_str(),
            reason: &failure.reason,
            detail: failure.detail.as_deref(),
        }
    }
}

/// A message that a search found.
#[derive(Serialize, ToSchema)]
#[schema(as = Found)]
pub(crate) struct FoundView<'a> {
    message: MessageView<'a>,
    /// A piece of its text around the first hit; `…` stands where something was left out.
    #[schema(example = "Your order 1234 is late")]
    snippet: &'a str,
    /// Where each hit begins and ends (exclusive) in the snippet, in Unicode code points.
    #[schema(value_type = Vec<Vec<usize>>, example = json!([[5, 10]]))]
    ranges: &'a [(usize, usize)],
}

impl<'a> FoundView<'a> {
    pub(crate) fn of(found: &'a Found) -> Self {
        Self {
            message: MessageView::of(&found.seen),
            snippet: &found.highlight.snippet,
            ranges: &found.highlight.ranges,
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
    #[schema(value_type = vocabulary::ContentType, example = "text")]
    content_type: &'static str,
    #[schema(value_type = Option<Object>)]
    content: Option<Raw<'a>>,
    #[schema(value_type = Vec<ReferenceView>)]
    attachments: ReferencesView<'a>,
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
            content_type: revision.content_type.as_str(),
            content: raw(revision.content.as_ref()),
            attachments: ReferencesView(&revision.attachments),
            metadata: Raw(revision.metadata.as_str()),
            replaced_at: Shown(revision.replaced_at),
        }
    }
}

/// A message that waits for its time.
#[derive(Serialize, ToSchema)]
#[schema(as = ScheduledMessage)]
pub(crate) struct ScheduledView<'a> {
    /// The id that the message will have.
    #[schema(value_type = String, example = "msg_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    id: Shown<MessageId>,
    #[schema(value_type = String, example = "conv_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    conversation_id: Shown<ConversationId>,
    #[schema(value_type = String, example = "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    participant_id: Shown<ParticipantId>,
    #[schema(value_type = String, format = DateTime)]
    scheduled_for: Time,
    /// `scheduled`, or `failed` when it could not be sent at its time.
    #[schema(value_type = vocabulary::DeliveryStatus, example = "scheduled")]
    delivery_status: &'static str,
    /// The code of the problem that it met at its time.
    refused: Option<&'a str>,
    #[schema(value_type = vocabulary::MessageType, example = "text")]
    r#type: &'static str,
    /// Null for what is usual with its sender.
    #[schema(value_type = Option<vocabulary::MessageDirection>)]
    direction: Option<&'static str>,
    #[schema(example = false)]
    private: bool,
    #[schema(example = "See you on Monday")]
    body: &'a str,
    #[schema(value_type = vocabulary::ContentType, example = "text")]
    content_type: &'static str,
    #[schema(value_type = Option<Object>)]
    content: Option<Raw<'a>>,
    #[schema(value_type = Vec<ReferenceView>)]
    attachments: ReferencesView<'a>,
    #[schema(value_type = Option<String>)]
    reply_to: Option<Shown<MessageId>>,
    #[schema(value_type = Object)]
    metadata: Raw<'a>,
    #[schema(value_type = Vec<String>, example = json!(["vip"]))]
    tags: TagsView<'a>,
    reference: Option<&'a str>,
    source_id: Option<&'a str>,
    echo_id: Option<&'a str>,
    /// The template that it was made from.
    template: Option<TemplateUseView<'a>>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Time,
}

impl<'a> ScheduledView<'a> {
    pub(crate) fn of(scheduled: &'a Scheduled) -> Self {
        let draft: &Draft = &scheduled.draft;
        let status = match scheduled.refused {
            None => DeliveryStatus::Scheduled,
            Some(_) => DeliveryStatus::Failed,
        };
        Self {
            id: Shown(scheduled.id),
            conversation_id: Shown(scheduled.conversation),
            participant_id: Shown(scheduled.sender),
            scheduled_for: Shown(scheduled.due_at),
            delivery_status: status.as_str(),
            refused: scheduled.refused.as_deref(),
            r#type: draft.kind.as_str(),
            direction: draft.direction.map(Direction::as_str),
            private: draft.visibility == Visibility::Private,
            body: draft.text.as_str(),
            content_type: draft.content_type.as_str(),
            content: raw(draft.content.as_ref()),
            attachments: ReferencesView(&draft.attachments),
            reply_to: draft.reply_to.map(Shown),
            metadata: Raw(draft.metadata.as_str()),
            tags: TagsView(&draft.tags),
            reference: draft.reference.as_ref().map(Reference::as_str),
            source_id: draft.source_id.as_ref().map(Reference::as_str),
            echo_id: draft.echo_id.as_ref().map(Reference::as_str),
            template: draft.made_from.as_ref().map(TemplateUseView::of),
            created_at: Shown(scheduled.created_at),
            updated_at: Shown(scheduled.updated_at),
        }
    }
}

//! Rows of messages and their revisions.

use std::sync::{Arc, LazyLock};

use causerie_core::delivery::{Delivery, DeliveryStatus, Failure};
use causerie_core::media::Attachments;
use causerie_core::port::{Milestone, SearchPlace};
use causerie_core::reaction::Tallies;
use causerie_core::search::words;
use causerie_core::tag::Tags;
use causerie_core::template::TemplateUse;
use causerie_core::text::{Metadata, Reference, Text};
use causerie_core::{
    Content, ContentType, ConversationId, DeleteMode, Direction, Fault, Message, MessageId,
    MessageKind, MessageState, ParticipantId, Revision, Seq, Timestamp, Visibility, WorkspaceId,
};
use diesel::deserialize::Queryable;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, SmallInt, Text as SqlText};

use super::{At, Bytes, Key, Restore, Shared, at};
use crate::schema::message;

#[derive(Queryable)]
pub(crate) struct MessageRow {
    conversation_id: Key,
    seq: i64,
    id: Key,
    workspace_id: Key,
    sender_id: Key,
    kind: i16,
    text: Shared,
    reply_to: Option<Key>,
    metadata: Shared,
    reference: Option<Shared>,
    revision_count: i32,
    created_at: i64,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
    direction: i16,
    visibility: i16,
    public_count: i64,
    content_type: i16,
    content: Option<Shared>,
    tags: String,
    source_id: Option<Shared>,
    echo_id: Option<Shared>,
    template: Option<String>,
    delivery_status: i16,
    failure: Option<String>,
    status_at: i64,
    reply_count: i32,
    public_reply_count: i32,
    reactions: String,
    delete_mode: Option<i16>,
    number: i64,
    attachments: String,
}

/// A message of a page: without what the whole page shares, and nothing for what is as usual. Most of
/// what a page costs is the values that are passed on.
#[derive(Queryable)]
pub(crate) struct PageRow {
    seq: i64,
    id: Key,
    sender_id: Key,
    kind: i16,
    text: Shared,
    reply_to: Option<Key>,
    metadata: Option<Shared>,
    reference: Option<Shared>,
    revision_count: Option<i32>,
    created_at: i64,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
    direction: i16,
    visibility: Option<i16>,
    public_count: i64,
    content_type: Option<i16>,
    content: Option<Shared>,
    tags: Option<String>,
    source_id: Option<Shared>,
    echo_id: Option<Shared>,
    template: Option<String>,
    delivery_status: Option<i16>,
    failure: Option<String>,
    status_at: Option<i64>,
    reply_count: Option<i32>,
    public_reply_count: Option<i32>,
    reactions: Option<String>,
    delete_mode: Option<i16>,
    attachments: Option<String>,
}

/// The types of a [`PageRow`]'s columns.
pub(crate) type PageColumns = (
    BigInt,
    Binary,
    Binary,
    SmallInt,
    SqlText,
    Nullable<Binary>,
    Nullable<SqlText>,
    Nullable<SqlText>,
    Nullable<Integer>,
    BigInt,
    Nullable<BigInt>,
    Nullable<BigInt>,
    SmallInt,
    Nullable<SmallInt>,
    BigInt,
    Nullable<SmallInt>,
    Nullable<SqlText>,
    Nullable<SqlText>,
    Nullable<SqlText>,
    Nullable<SqlText>,
    Nullable<SqlText>,
    Nullable<SmallInt>,
    Nullable<SqlText>,
    Nullable<BigInt>,
    Nullable<Integer>,
    Nullable<Integer>,
    Nullable<SqlText>,
    Nullable<SmallInt>,
    Nullable<SqlText>,
);

/// What most messages have.
static NO_METADATA: LazyLock<Arc<str>> = LazyLock::new(|| Metadata::default().as_str().into());

impl PageRow {
    /// The message, of this conversation.
    pub(crate) fn restore(
        self,
        workspace: WorkspaceId,
        conversation: ConversationId,
    ) -> Result<Message, Fault> {
        let row = MessageRow {
            conversation_id: Bytes(Some(conversation.to_bytes())),
            seq: self.seq,
            id: self.id,
            workspace_id: Bytes(Some(workspace.to_bytes())),
            sender_id: self.sender_id,
            kind: self.kind,
            text: self.text,
            reply_to: self.reply_to,
            metadata: self
                .metadata
                .unwrap_or_else(|| Shared(Arc::clone(&NO_METADATA))),
            reference: self.reference,
            revision_count: self.revision_count.unwrap_or(0),
            created_at: self.created_at,
            edited_at: self.edited_at,
            deleted_at: self.deleted_at,
            direction: self.direction,
            visibility: self
                .visibility
                .unwrap_or(const { Visibility::Public.number() }),
            public_count: self.public_count,
            content_type: self
                .content_type
                .unwrap_or(const { ContentType::Text.number() }),
            content: self.content,
            tags: self.tags.unwrap_or_default(),
            source_id: self.source_id,
            echo_id: self.echo_id,
            template: self.template,
            delivery_status: self
                .delivery_status
                .unwrap_or(const { DeliveryStatus::Sent.number() }),
            failure: self.failure,
            status_at: self.status_at.unwrap_or(self.created_at),
            reply_count: self.reply_count.unwrap_or(0),
            public_reply_count: self.public_reply_count.unwrap_or(0),
            reactions: self.reactions.unwrap_or_default(),
            delete_mode: self.delete_mode,
            number: 0,
            attachments: self.attachments.unwrap_or_default(),
        };
        row.restore()
    }
}

fn reference(text: Option<Shared>) -> Option<Reference> {
    text.map(|text| Reference::from_stored(text.0))
}

impl Restore for MessageRow {
    type Into = Message;

    fn restore(self) -> Result<Message, Fault> {
        let here = At {
            table: "message",
            row: self.id,
        };
        let conversation = here.bytes("conversation_id", self.conversation_id)?;
        let target = |id| here.bytes("reply_to", id).map(MessageId::from_bytes);
        let mode = |mode| here.word("delete_mode", mode, DeleteMode::from_number);
        let status = DeliveryStatus::from_number;
        let template = |stored: String| TemplateUse::from_stored(&stored);
        let failure = |stored: String| Failure::from_stored(&stored);
        let delivery = Delivery {
            status: here.word("delivery_status", self.delivery_status, status)?,
            failure: self.failure.map(failure).transpose()?,
            at: at(self.status_at),
        };
        let replies = self.public_reply_count;
        Ok(Message::restore(MessageState {
            id: MessageId::from_bytes(here.bytes("id", self.id)?),
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            conversation: ConversationId::from_bytes(conversation),
            seq: here.seq("seq", self.seq)?,
            sender: ParticipantId::from_bytes(here.bytes("sender_id", self.sender_id)?),
            kind: here.word("kind", self.kind, MessageKind::from_number)?,
            direction: here.word("direction", self.direction, Direction::from_number)?,
            visibility: here.word("visibility", self.visibility, Visibility::from_number)?,
            public_count: here.number("public_count", self.public_count)?,
            text: Text::from_stored(self.text.0),
            content_type: here.word("content_type", self.content_type, ContentType::from_number)?,
            content: self.content.map(|json| Content::from_stored(json.0)),
            reply_to: self.reply_to.map(target).transpose()?,
            metadata: Metadata::from_stored(self.metadata.0),
            tags: Tags::from_stored(&self.tags),
            reference: reference(self.reference),
            source_id: reference(self.source_id),
            echo_id: reference(self.echo_id),
            template: self.template.map(template).transpose()?,
            delivery,
            reply_count: here.count("reply_count", self.reply_count)?,
            public_reply_count: here.count("public_reply_count", replies)?,
            reactions: Tallies::from_stored(&self.reactions)
                .ok_or_else(|| here.corrupt("reactions"))?,
            revision_count: here.count("revision_count", self.revision_count)?,
            created_at: at(self.created_at),
            edited_at: self.edited_at.map(at),
            deleted_at: self.deleted_at.map(at),
            delete_mode: self.delete_mode.map(mode).transpose()?,
            attachments: Attachments::from_stored(&self.attachments)?,
        }))
    }
}

/// A message that a search found, with its place in the results.
pub(crate) struct HitRow(pub(crate) MessageRow);

impl Restore for HitRow {
    type Into = (SearchPlace, Message);

    fn restore(self) -> Result<Self::Into, Fault> {
        Ok((SearchPlace(self.0.number), self.0.restore()?))
    }
}

/// Only the id of a message.
#[derive(Queryable)]
pub(crate) struct MessageIdRow(Key);

impl Restore for MessageIdRow {
    type Into = MessageId;

    fn restore(self) -> Result<MessageId, Fault> {
        let here = At {
            table: "message",
            row: self.0,
        };
        here.bytes("id", self.0).map(MessageId::from_bytes)
    }
}

/// What stands at a place.
#[derive(Queryable)]
pub(crate) struct MilestoneRow {
    seq: i64,
    created_at: i64,
    visibility: i16,
    public_count: i64,
}

impl Restore for MilestoneRow {
    type Into = Milestone;

    fn restore(self) -> Result<Milestone, Fault> {
        let here = At {
            table: "message",
            row: Bytes(None),
        };
        Ok(Milestone {
            seq: Seq::from_stored(self.seq),
            at: Timestamp::from_unix_micros(self.created_at),
            visibility: here.word("visibility", self.visibility, Visibility::from_number)?,
            public_count: here.number("public_count", self.public_count)?,
        })
    }
}

/// What a stored message is found by, and where it stands.
#[derive(Queryable)]
pub(crate) struct SaidRow {
    number: i64,
    conversation_id: Key,
    seq: i64,
    id: Key,
    workspace_id: Key,
    text: Shared,
    content_type: i16,
    content: Option<Shared>,
    tags: String,
}

/// The columns of a [`SaidRow`].
type SaidColumns = (
    message::number,
    message::conversation_id,
    message::seq,
    message::id,
    message::workspace_id,
    message::text,
    message::content_type,
    message::content,
    message::tags,
);

impl SaidRow {
    /// The columns that it reads.
    pub(crate) const COLUMNS: SaidColumns = (
        message::number,
        message::conversation_id,
        message::seq,
        message::id,
        message::workspace_id,
        message::text,
        message::content_type,
        message::content,
        message::tags,
    );
}

/// What a message is found by, and where it stands.
pub(crate) struct Said {
    /// Its place in the order of all messages.
    pub(crate) number: i64,
    /// Its conversation.
    pub(crate) conversation: ConversationId,
    /// Its place there.
    pub(crate) seq: Seq,
    /// Its id.
    pub(crate) id: MessageId,
    /// Its workspace.
    pub(crate) workspace: WorkspaceId,
    /// The words of its text, or of what its content says first.
    pub(crate) words: Vec<String>,
    /// Its tags.
    pub(crate) tags: Tags,
}

impl Said {
    /// What a message is found by that has this number.
    pub(crate) fn of(message: &Message, number: i64) -> Self {
        let content = message.content.as_ref();
        Self {
            number,
            conversation: message.conversation,
            seq: message.seq,
            id: message.id,
            workspace: message.workspace,
            words: found_by(message.text.as_str(), message.content_type, content),
            tags: message.tags.clone(),
        }
    }
}

impl Restore for SaidRow {
    type Into = Said;

    fn restore(self) -> Result<Said, Fault> {
        let here = At {
            table: "message",
            row: self.id,
        };
        let conversation = here.bytes("conversation_id", self.conversation_id)?;
        let kind = here.word("content_type", self.content_type, ContentType::from_number)?;
        let content = self.content.map(|json| Content::from_stored(json.0));
        Ok(Said {
            number: self.number,
            conversation: ConversationId::from_bytes(conversation),
            seq: here.seq("seq", self.seq)?,
            id: MessageId::from_bytes(here.bytes("id", self.id)?),
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            words: found_by(&self.text.0, kind, content.as_ref()),
            tags: Tags::from_stored(&self.tags),
        })
    }
}

/// The words that a message is found by.
fn found_by(text: &str, kind: ContentType, content: Option<&Content>) -> Vec<String> {
    match content {
        Some(content) if text.is_empty() => words(&content.lead_text(kind).unwrap_or_default()),
        _ => words(text),
    }
}

#[derive(Queryable)]
pub(crate) struct RevisionRow {
    message_id: Key,
    number: i32,
    _workspace_id: Key,
    text: Shared,
    metadata: Shared,
    replaced_at: i64,
    content_type: i16,
    content: Option<Shared>,
    attachments: String,
}

impl Restore for RevisionRow {
    type Into = Revision;

    fn restore(self) -> Result<Revision, Fault> {
        let here = At {
            table: "message_revision",
            row: self.message_id,
        };
        Ok(Revision {
            message: MessageId::from_bytes(here.bytes("message_id", self.message_id)?),
            number: here.count("number", self.number)?,
            text: Text::from_stored(self.text.0),
            content_type: here.word("content_type", self.content_type, ContentType::from_number)?,
            content: self.content.map(|json| Content::from_stored(json.0)),
            attachments: Attachments::from_stored(&self.attachments)?,
            metadata: Metadata::from_stored(self.metadata.0),
            replaced_at: at(self.replaced_at),
        })
    }
}

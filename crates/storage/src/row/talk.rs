//! Rows of conversations: themselves and their members.

use causerie_core::port::Sender;
use causerie_core::tag::Tags;
use causerie_core::text::{AvatarUrl, Description, DisplayName, Metadata, Title};
use causerie_core::{
    ChannelId, Conversation, ConversationId, ConversationKind, ConversationState, DirectKey, Fault,
    Member, MemberState, ParticipantId, ParticipantKind, Priority, Role, Status, ThreadKey,
    WorkspaceId,
};
use diesel::deserialize::Queryable;

use super::{At, Bytes, Key, Restore, Shared, at};

#[derive(Queryable)]
pub(crate) struct ConversationRow {
    workspace_id: Key,
    id: Key,
    kind: i16,
    title: Option<Shared>,
    description: Option<Shared>,
    status: i16,
    metadata: Shared,
    direct: Option<Bytes<32>>,
    last_seq: i64,
    member_count: i32,
    last_message_at: Option<i64>,
    _activity_at: i64,
    created_at: i64,
    updated_at: i64,
    deleted_at: Option<i64>,
    number: i64,
    public_count: i64,
    public_seq: i64,
    public_at: Option<i64>,
    marked_seq: i64,
    channel_id: Option<Key>,
    thread: Option<Bytes<32>>,
    assignee_id: Option<Key>,
    labels: String,
    priority: Option<i16>,
    snoozed_until: Option<i64>,
    avatar_url: Option<Shared>,
}

impl Restore for ConversationRow {
    type Into = Conversation;

    fn restore(self) -> Result<Conversation, Fault> {
        let here = At {
            table: "conversation",
            row: self.id,
        };
        let direct = |pair| here.bytes("direct", pair).map(DirectKey::from_bytes);
        let channel = |id| here.bytes("channel_id", id).map(ChannelId::from_bytes);
        let thread = |key| here.bytes("thread", key).map(ThreadKey);
        let assignee = |id| here.bytes("assignee_id", id).map(ParticipantId::from_bytes);
        let priority = |number| here.word("priority", number, Priority::from_number);
        Ok(Conversation::restore(ConversationState {
            id: ConversationId::from_bytes(here.bytes("id", self.id)?),
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            kind: here.word("kind", self.kind, ConversationKind::from_number)?,
            title: self.title.map(|text| Title::from_stored(text.0)),
            description: self
                .description
                .map(|text| Description::from_stored(text.0)),
            status: here.word("status", self.status, Status::from_number)?,
            metadata: Metadata::from_stored(self.metadata.0),
            direct: self.direct.map(direct).transpose()?,
            last_seq: here.seq("last_seq", self.last_seq)?,
            member_count: here.count("member_count", self.member_count)?,
            last_message_at: self.last_message_at.map(at),
            created_at: at(self.created_at),
            updated_at: at(self.updated_at),
            deleted_at: self.deleted_at.map(at),
            number: here.number("number", self.number)?,
            public_count: here.number("public_count", self.public_count)?,
            public_seq: here.seq("public_seq", self.public_seq)?,
            public_at: self.public_at.map(at),
            marked_seq: here.seq("marked_seq", self.marked_seq)?,
            channel: self.channel_id.map(channel).transpose()?,
            thread: self.thread.map(thread).transpose()?,
            assignee: self.assignee_id.map(assignee).transpose()?,
            labels: Tags::from_stored(&self.labels),
            priority: self.priority.map(priority).transpose()?,
            snoozed_until: self.snoozed_until.map(at),
            avatar_url: self.avatar_url.map(|text| AvatarUrl::from_stored(text.0)),
        }))
    }
}

#[derive(Queryable)]
pub(crate) struct MemberRow {
    conversation_id: Key,
    participant_id: Key,
    workspace_id: Key,
    role: i16,
    display_name: Option<Shared>,
    read_seq: i64,
    read_at: Option<i64>,
    muted_at: Option<i64>,
    joined_at: i64,
    left_at: Option<i64>,
    read_public: i64,
    delivered_seq: i64,
    delivered_at: Option<i64>,
    pinned_at: Option<i64>,
    archived_at: Option<i64>,
}

impl Restore for MemberRow {
    type Into = Member;

    fn restore(self) -> Result<Member, Fault> {
        let here = At {
            table: "member",
            row: self.participant_id,
        };
        let conversation = here.bytes("conversation_id", self.conversation_id)?;
        Ok(Member::restore(MemberState {
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            conversation: ConversationId::from_bytes(conversation),
            participant: ParticipantId::from_bytes(
                here.bytes("participant_id", self.participant_id)?,
            ),
            role: here.word("role", self.role, Role::from_number)?,
            display_name: self
                .display_name
                .map(|text| DisplayName::from_stored(text.0)),
            read_seq: here.seq("read_seq", self.read_seq)?,
            read_at: self.read_at.map(at),
            muted_at: self.muted_at.map(at),
            joined_at: at(self.joined_at),
            left_at: self.left_at.map(at),
            read_public: here.number("read_public", self.read_public)?,
            delivered_seq: here.seq("delivered_seq", self.delivered_seq)?,
            delivered_at: self.delivered_at.map(at),
            pinned_at: self.pinned_at.map(at),
            archived_at: self.archived_at.map(at),
        }))
    }
}

impl Restore for (ConversationRow, MemberRow) {
    type Into = (Conversation, Member);

    fn restore(self) -> Result<Self::Into, Fault> {
        Ok((self.0.restore()?, self.1.restore()?))
    }
}

/// A member with what the send path asks of their participant: what it is, and whether it is
/// archived.
#[derive(Queryable)]
pub(crate) struct SenderRow(MemberRow, i16, bool);

impl Restore for SenderRow {
    type Into = Sender;

    fn restore(self) -> Result<Sender, Fault> {
        let here = At {
            table: "participant",
            row: self.0.participant_id,
        };
        Ok(Sender {
            kind: here.word("kind", self.1, ParticipantKind::from_number)?,
            archived: self.2,
            member: self.0.restore()?,
        })
    }
}

/// Only the id of a conversation.
#[derive(Queryable)]
pub(crate) struct ConversationIdRow(Key);

impl Restore for ConversationIdRow {
    type Into = ConversationId;

    fn restore(self) -> Result<ConversationId, Fault> {
        let here = At {
            table: "conversation",
            row: self.0,
        };
        here.bytes("id", self.0).map(ConversationId::from_bytes)
    }
}

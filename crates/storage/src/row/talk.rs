//! Rows of conversations: themselves, their members, their messages.

use causerie_core::text::{Description, DisplayName, Metadata, Reference, Text, Title};
use causerie_core::{
    Conversation, ConversationId, ConversationKind, ConversationState, DirectKey, Fault, Member,
    MemberState, Message, MessageId, MessageKind, MessageState, ParticipantId, Revision, Role,
    Status, WorkspaceId,
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
}

impl Restore for ConversationRow {
    type Into = Conversation;

    fn restore(self) -> Result<Conversation, Fault> {
        let here = At {
            table: "conversation",
            row: self.id,
        };
        let direct = |pair| here.bytes("direct", pair).map(DirectKey::from_bytes);
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
        }))
    }
}

impl Restore for (ConversationRow, MemberRow) {
    type Into = (Conversation, Member);

    fn restore(self) -> Result<Self::Into, Fault> {
        Ok((self.0.restore()?, self.1.restore()?))
    }
}

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
        Ok(Message::restore(MessageState {
            id: MessageId::from_bytes(here.bytes("id", self.id)?),
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            conversation: ConversationId::from_bytes(conversation),
            seq: here.seq("seq", self.seq)?,
            sender: ParticipantId::from_bytes(here.bytes("sender_id", self.sender_id)?),
            kind: here.word("kind", self.kind, MessageKind::from_number)?,
            text: Text::from_stored(self.text.0),
            reply_to: self.reply_to.map(target).transpose()?,
            metadata: Metadata::from_stored(self.metadata.0),
            reference: self.reference.map(|text| Reference::from_stored(text.0)),
            revision_count: here.count("revision_count", self.revision_count)?,
            created_at: at(self.created_at),
            edited_at: self.edited_at.map(at),
            deleted_at: self.deleted_at.map(at),
        }))
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
            metadata: Metadata::from_stored(self.metadata.0),
            replaced_at: at(self.replaced_at),
        })
    }
}

//! Rows of what hangs on messages: tags, reactions, marks, recipients.

use causerie_core::contact::Identifier;
use causerie_core::delivery::{Delivery, DeliveryStatus, Failure, Recipient};
use causerie_core::outbound::ReceiverRole;
use causerie_core::reaction::{Reaction, ReactionName};
use causerie_core::receipt::{Mark, ReceiptKind};
use causerie_core::tag::{Tag, TagName};
use causerie_core::{
    ConversationId, Fault, MessageId, ParticipantId, ReactionId, TagId, WorkspaceId,
};
use diesel::deserialize::Queryable;

use super::{At, Key, Restore, Shared, at};

#[derive(Queryable)]
pub(crate) struct TagRow {
    workspace_id: Key,
    name: Shared,
    id: Key,
    created_at: i64,
}

impl Restore for TagRow {
    type Into = Tag;

    fn restore(self) -> Result<Tag, Fault> {
        let here = At {
            table: "tag",
            row: self.id,
        };
        Ok(Tag {
            id: TagId::from_bytes(here.bytes("id", self.id)?),
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            name: TagName::from_stored(self.name.0),
            created_at: at(self.created_at),
        })
    }
}

#[derive(Queryable)]
pub(crate) struct ReactionRow {
    message_id: Key,
    participant_id: Key,
    name: Shared,
    id: Key,
    workspace_id: Key,
    conversation_id: Key,
    seq: i64,
    created_at: i64,
}

impl Restore for ReactionRow {
    type Into = Reaction;

    fn restore(self) -> Result<Reaction, Fault> {
        let here = At {
            table: "reaction",
            row: self.id,
        };
        let conversation = here.bytes("conversation_id", self.conversation_id)?;
        let participant = here.bytes("participant_id", self.participant_id)?;
        Ok(Reaction {
            id: ReactionId::from_bytes(here.bytes("id", self.id)?),
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            conversation: ConversationId::from_bytes(conversation),
            message: MessageId::from_bytes(here.bytes("message_id", self.message_id)?),
            seq: here.seq("seq", self.seq)?,
            participant: ParticipantId::from_bytes(participant),
            name: ReactionName::from_stored(self.name.0),
            created_at: at(self.created_at),
        })
    }
}

#[derive(Queryable)]
pub(crate) struct MarkRow {
    conversation_id: Key,
    participant_id: Key,
    kind: i16,
    seq: i64,
    workspace_id: Key,
    at: i64,
    leads: bool,
}

impl Restore for MarkRow {
    type Into = Mark;

    fn restore(self) -> Result<Mark, Fault> {
        let here = At {
            table: "receipt_mark",
            row: self.participant_id,
        };
        let conversation = here.bytes("conversation_id", self.conversation_id)?;
        let participant = here.bytes("participant_id", self.participant_id)?;
        Ok(Mark {
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            conversation: ConversationId::from_bytes(conversation),
            participant: ParticipantId::from_bytes(participant),
            kind: here.word("kind", self.kind, ReceiptKind::from_number)?,
            seq: here.seq("seq", self.seq)?,
            at: at(self.at),
            leads: self.leads,
        })
    }
}

#[derive(Queryable)]
pub(crate) struct RecipientRow {
    message_id: Key,
    participant_id: Key,
    workspace_id: Key,
    status: i16,
    failure: Option<String>,
    status_at: i64,
    role: i16,
    reached_by: Option<String>,
}

impl Restore for RecipientRow {
    type Into = Recipient;

    fn restore(self) -> Result<Recipient, Fault> {
        let here = At {
            table: "message_recipient",
            row: self.message_id,
        };
        let participant = here.bytes("participant_id", self.participant_id)?;
        let failure = |stored: String| Failure::from_stored(&stored);
        Ok(Recipient {
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            message: MessageId::from_bytes(here.bytes("message_id", self.message_id)?),
            participant: ParticipantId::from_bytes(participant),
            role: here.word("role", self.role, ReceiverRole::from_number)?,
            reached_by: self
                .reached_by
                .as_deref()
                .map(Identifier::from_text)
                .transpose()?,
            delivery: Delivery {
                status: here.word("status", self.status, DeliveryStatus::from_number)?,
                failure: self.failure.map(failure).transpose()?,
                at: at(self.status_at),
            },
        })
    }
}

//! Rows of the schedule, of templates and of balances.

use causerie_core::balance::{Balance, LedgerEntry, Operation};
use causerie_core::schedule::{Scheduled, ScheduledState};
use causerie_core::template::{Locale, Slug, Source, Template, TemplateState};
use causerie_core::text::Name;
use causerie_core::{
    Content, ContentType, ConversationId, Draft, Fault, MessageId, ParticipantId, TemplateId,
    WorkspaceId,
};
use diesel::deserialize::Queryable;

use super::{At, Bytes, Key, Restore, Shared, at};

#[derive(Queryable)]
pub(crate) struct ScheduledRow {
    workspace_id: Key,
    id: Key,
    conversation_id: Key,
    sender_id: Key,
    due_at: i64,
    draft: String,
    refused: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl Restore for ScheduledRow {
    type Into = Scheduled;

    fn restore(self) -> Result<Scheduled, Fault> {
        let here = At {
            table: "scheduled_message",
            row: self.id,
        };
        let conversation = here.bytes("conversation_id", self.conversation_id)?;
        Ok(Scheduled::restore(ScheduledState {
            id: MessageId::from_bytes(here.bytes("id", self.id)?),
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            conversation: ConversationId::from_bytes(conversation),
            sender: ParticipantId::from_bytes(here.bytes("sender_id", self.sender_id)?),
            due_at: at(self.due_at),
            draft: Draft::from_stored(&self.draft)?,
            refused: self.refused,
            created_at: at(self.created_at),
            updated_at: at(self.updated_at),
        }))
    }
}

/// Only of which workspace a scheduled message is, and its id.
#[derive(Queryable)]
pub(crate) struct ScheduledIdRow(Key, Key);

impl Restore for ScheduledIdRow {
    type Into = (WorkspaceId, MessageId);

    fn restore(self) -> Result<Self::Into, Fault> {
        let here = At {
            table: "scheduled_message",
            row: self.1,
        };
        let workspace = here.bytes("workspace_id", self.0)?;
        let id = here.bytes("id", self.1)?;
        Ok((
            WorkspaceId::from_bytes(workspace),
            MessageId::from_bytes(id),
        ))
    }
}

#[derive(Queryable)]
pub(crate) struct TemplateRow {
    workspace_id: Key,
    id: Key,
    project: Shared,
    version: Shared,
    locale: Shared,
    name: Option<Shared>,
    text: Option<String>,
    content_type: i16,
    content: Option<Shared>,
    created_at: i64,
}

impl Restore for TemplateRow {
    type Into = Template;

    fn restore(self) -> Result<Template, Fault> {
        let here = At {
            table: "template",
            row: self.id,
        };
        let source = |text: String| Source::parse(&text).map_err(|_| here.corrupt("text"));
        Ok(Template::restore(TemplateState {
            id: TemplateId::from_bytes(here.bytes("id", self.id)?),
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            project: Slug::from_stored(self.project.0),
            version: Slug::from_stored(self.version.0),
            locale: Locale::from_stored(self.locale.0),
            name: self.name.map(|text| Name::from_stored(text.0)),
            text: self.text.map(source).transpose()?,
            content_type: here.word("content_type", self.content_type, ContentType::from_number)?,
            content: self.content.map(|json| Content::from_stored(json.0)),
            created_at: at(self.created_at),
        }))
    }
}

#[derive(Queryable)]
pub(crate) struct BalanceRow {
    workspace_id: Key,
    tokens: i64,
    entries: i64,
    updated_at: i64,
}

impl Restore for BalanceRow {
    type Into = Balance;

    fn restore(self) -> Result<Balance, Fault> {
        let here = At {
            table: "balance",
            row: self.workspace_id,
        };
        Ok(Balance {
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            tokens: here.number("tokens", self.tokens)?,
            entries: here.number("entries", self.entries)?,
            updated_at: at(self.updated_at),
        })
    }
}

#[derive(Queryable)]
pub(crate) struct LedgerRow {
    _workspace_id: Key,
    number: i64,
    delta: i64,
    tokens: i64,
    operation: Option<i16>,
    message_id: Option<Key>,
    note: Option<Shared>,
    at: i64,
}

impl Restore for LedgerRow {
    type Into = LedgerEntry;

    fn restore(self) -> Result<LedgerEntry, Fault> {
        let here = At {
            table: "ledger",
            row: Bytes(None),
        };
        let operation = |number| here.word("operation", number, Operation::from_number);
        let message = |id| here.bytes("message_id", id).map(MessageId::from_bytes);
        Ok(LedgerEntry {
            number: here.number("number", self.number)?,
            delta: self.delta,
            tokens: here.number("tokens", self.tokens)?,
            operation: self.operation.map(operation).transpose()?,
            message: self.message_id.map(message).transpose()?,
            note: self.note.map(|text| Name::from_stored(text.0)),
            at: at(self.at),
        })
    }
}

//! Rows of the schedule, of templates and of balances, as they are written.

use causerie_core::balance::{Balance, LedgerEntry, Operation};
use causerie_core::schedule::Scheduled;
use causerie_core::template::{Source, Template};
use causerie_core::text::Name;
use causerie_core::{Content, Fault};
use diesel::prelude::*;

use super::number;
use crate::schema::{balance, ledger, scheduled_message, template};

#[derive(AsChangeset, Insertable)]
#[diesel(table_name = scheduled_message, primary_key(workspace_id, id))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct NewScheduled<'a> {
    workspace_id: [u8; 16],
    id: [u8; 16],
    #[diesel(skip_update)]
    conversation_id: [u8; 16],
    #[diesel(skip_update)]
    sender_id: [u8; 16],
    due_at: i64,
    draft: String,
    refused: Option<&'a str>,
    #[diesel(skip_update)]
    created_at: i64,
    updated_at: i64,
}

impl<'a> From<&'a Scheduled> for NewScheduled<'a> {
    fn from(scheduled: &'a Scheduled) -> Self {
        Self {
            workspace_id: scheduled.workspace.to_bytes(),
            id: scheduled.id.to_bytes(),
            conversation_id: scheduled.conversation.to_bytes(),
            sender_id: scheduled.sender.to_bytes(),
            due_at: scheduled.due_at.unix_micros(),
            draft: scheduled.draft.to_stored(),
            refused: scheduled.refused.as_deref(),
            created_at: scheduled.created_at.unix_micros(),
            updated_at: scheduled.updated_at.unix_micros(),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = template, treat_none_as_default_value = false)]
pub(crate) struct NewTemplate<'a> {
    workspace_id: [u8; 16],
    id: [u8; 16],
    project: &'a str,
    version: &'a str,
    locale: &'a str,
    name: Option<&'a str>,
    text: Option<&'a str>,
    content_type: i16,
    content: Option<&'a str>,
    created_at: i64,
}

impl<'a> From<&'a Template> for NewTemplate<'a> {
    fn from(template: &'a Template) -> Self {
        Self {
            workspace_id: template.workspace.to_bytes(),
            id: template.id.to_bytes(),
            project: template.project.as_str(),
            version: template.version.as_str(),
            locale: template.locale.as_str(),
            name: template.name.as_ref().map(Name::as_str),
            text: template.text.as_ref().map(Source::as_str),
            content_type: template.content_type.number(),
            content: template.content.as_ref().map(Content::as_str),
            created_at: template.created_at.unix_micros(),
        }
    }
}

#[derive(AsChangeset, Insertable)]
#[diesel(table_name = balance, primary_key(workspace_id))]
pub(crate) struct NewBalance {
    workspace_id: [u8; 16],
    tokens: i64,
    pub(crate) entries: i64,
    updated_at: i64,
}

impl TryFrom<&Balance> for NewBalance {
    type Error = Fault;

    fn try_from(balance: &Balance) -> Result<Self, Fault> {
        Ok(Self {
            workspace_id: balance.workspace.to_bytes(),
            tokens: number("a balance", balance.tokens)?,
            entries: number("a count of entries", balance.entries)?,
            updated_at: balance.updated_at.unix_micros(),
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = ledger, treat_none_as_default_value = false)]
pub(crate) struct NewLedgerEntry<'a> {
    pub(crate) workspace_id: [u8; 16],
    pub(crate) number: i64,
    pub(crate) delta: i64,
    pub(crate) tokens: i64,
    pub(crate) operation: Option<i16>,
    pub(crate) message_id: Option<[u8; 16]>,
    pub(crate) note: Option<&'a str>,
    pub(crate) at: i64,
}

impl<'a> NewLedgerEntry<'a> {
    /// An entry of a workspace's ledger.
    pub(crate) fn of(balance: &Balance, entry: &'a LedgerEntry) -> Result<Self, Fault> {
        Ok(Self {
            workspace_id: balance.workspace.to_bytes(),
            number: number("the number of an entry", entry.number)?,
            delta: entry.delta,
            tokens: number("a balance", entry.tokens)?,
            operation: entry.operation.map(Operation::number),
            message_id: entry.message.map(causerie_core::MessageId::to_bytes),
            note: entry.note.as_ref().map(Name::as_str),
            at: entry.at.unix_micros(),
        })
    }
}

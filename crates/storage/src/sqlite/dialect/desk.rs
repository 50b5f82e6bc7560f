//! What hangs on messages, the schedule, templates and balances on SQLite.

use causerie_core::receipt::ReceiptKind;
use causerie_core::tag::TagName;
use causerie_core::{
    ConversationId, MessageId, ParticipantId, ReactionId, Seq, TagId, TemplateId, WorkspaceId,
};
use diesel::prelude::*;

use super::super::Conn;
use super::each;
use crate::new_row::{NewLedgerEntry, NewTag};
use crate::row::{MarkRow, ReactionRow, RecipientRow, ScheduledRow, TagRow, TemplateRow};
use crate::schema::{
    ledger, message_recipient, reaction, receipt_mark, scheduled_message, tag, template,
};

pub(in super::super) fn find_tags(
    conn: &mut Conn,
    workspace: WorkspaceId,
    names: &[TagName],
) -> QueryResult<Vec<TagRow>> {
    each(names, |name| {
        tag::table
            .find((workspace.to_bytes(), name.as_str()))
            .get_result(conn)
    })
}

pub(in super::super) fn find_tag_ids(conn: &mut Conn, ids: &[TagId]) -> QueryResult<Vec<TagRow>> {
    each(ids, |id| {
        tag::table
            .filter(tag::id.eq(id.to_bytes()))
            .get_result(conn)
    })
}

pub(in super::super) fn add_tags(conn: &mut Conn, rows: &[NewTag<'_>]) -> QueryResult<()> {
    rows.iter().try_for_each(|row| {
        let add = diesel::insert_into(tag::table).values(row);
        add.execute(conn).map(drop)
    })
}

pub(in super::super) fn find_reactions(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[ReactionId],
) -> QueryResult<Vec<ReactionRow>> {
    each(ids, |id| {
        reaction::table
            .filter(reaction::workspace_id.eq(workspace.to_bytes()))
            .filter(reaction::id.eq(id.to_bytes()))
            .get_result(conn)
    })
}

/// Returns the oldest reactions to each message.
pub(in super::super) fn reactions_of(
    conn: &mut Conn,
    messages: &[MessageId],
    limit: i64,
) -> QueryResult<Vec<ReactionRow>> {
    let mut found = Vec::new();
    for message in messages {
        let oldest = reaction::table
            .filter(reaction::message_id.eq(message.to_bytes()))
            .order(reaction::id)
            .limit(limit);
        found.append(&mut oldest.load(conn)?);
    }
    Ok(found)
}

pub(in super::super) fn recipients_of(
    conn: &mut Conn,
    messages: &[MessageId],
) -> QueryResult<Vec<RecipientRow>> {
    let mut found = Vec::new();
    for message in messages {
        let all =
            message_recipient::table.filter(message_recipient::message_id.eq(message.to_bytes()));
        found.append(&mut all.load(conn)?);
    }
    Ok(found)
}

pub(in super::super) fn first_marks(
    conn: &mut Conn,
    conversation: ConversationId,
    from: Seq,
    participants: &[ParticipantId],
) -> QueryResult<Vec<MarkRow>> {
    let mut found = Vec::new();
    for kind in ReceiptKind::ALL {
        found.extend(each(participants, |participant| {
            receipt_mark::table
                .filter(receipt_mark::conversation_id.eq(conversation.to_bytes()))
                .filter(receipt_mark::participant_id.eq(participant.to_bytes()))
                .filter(receipt_mark::kind.eq(kind.number()))
                .filter(receipt_mark::seq.ge(from.stored()))
                .order(receipt_mark::seq)
                .first(conn)
        })?);
    }
    Ok(found)
}

pub(in super::super) fn find_scheduled(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[MessageId],
) -> QueryResult<Vec<ScheduledRow>> {
    each(ids, |id| {
        scheduled_message::table
            .find((workspace.to_bytes(), id.to_bytes()))
            .get_result(conn)
    })
}

pub(in super::super) fn erase_scheduled(
    conn: &mut Conn,
    gone: &[(WorkspaceId, MessageId)],
) -> QueryResult<()> {
    gone.iter().try_for_each(|(workspace, id)| {
        let one = scheduled_message::table.find((workspace.to_bytes(), id.to_bytes()));
        diesel::delete(one).execute(conn).map(drop)
    })
}

pub(in super::super) fn find_templates(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[TemplateId],
) -> QueryResult<Vec<TemplateRow>> {
    each(ids, |id| {
        template::table
            .find((workspace.to_bytes(), id.to_bytes()))
            .get_result(conn)
    })
}

pub(in super::super) fn append_ledger(
    conn: &mut Conn,
    rows: &[NewLedgerEntry<'_>],
) -> QueryResult<()> {
    rows.iter().try_for_each(|row| {
        let add = diesel::insert_into(ledger::table).values(row);
        add.execute(conn).map(drop)
    })
}

//! Messages and their tags on SQLite.

use causerie_core::port::ReplyCount;
use causerie_core::{ConversationId, Message, MessageId, Seq, WorkspaceId};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer};
use diesel::sqlite::Sqlite;

use super::super::Conn;
use super::{each, words};
use crate::new_row::{NewMessage, NewMessageTag};
use crate::row::{MessageRow, Said, SaidRow};
use crate::schema::{message, message_tag};
use crate::statement::statement;

pub(in super::super) fn find_messages(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[MessageId],
) -> QueryResult<Vec<MessageRow>> {
    each(ids, |id| {
        message::table
            .filter(message::workspace_id.eq(workspace.to_bytes()))
            .filter(message::id.eq(id.to_bytes()))
            .get_result(conn)
    })
}

pub(in super::super) fn find_messages_at(
    conn: &mut Conn,
    workspace: WorkspaceId,
    places: &[(ConversationId, Seq)],
) -> QueryResult<Vec<MessageRow>> {
    each(places, |(conversation, seq)| {
        message::table
            .find((conversation.to_bytes(), seq.stored()))
            .filter(message::workspace_id.eq(workspace.to_bytes()))
            .get_result(conn)
    })
}

pub(in super::super) fn find_said(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[[u8; 16]],
) -> QueryResult<Vec<SaidRow>> {
    each(ids, |id| {
        message::table
            .filter(message::workspace_id.eq(workspace.to_bytes()))
            .filter(message::id.eq(id))
            .select(SaidRow::COLUMNS)
            .get_result(conn)
    })
}

/// Adds messages under the numbers that follow the highest: there is only one writer.
pub(in super::super) fn append_messages(
    conn: &mut Conn,
    messages: &[Message],
    rows: &[NewMessage<'_>],
) -> QueryResult<()> {
    let last = message::table.select(max(message::number));
    let last: Option<i64> = last.get_result(conn)?;
    for ((message, row), number) in messages.iter().zip(rows).zip(last.unwrap_or(0) + 1..) {
        diesel::insert_into(message::table)
            .values((row, message::number.eq(number)))
            .execute(conn)?;
        words::file_words(conn, &[Said::of(message, number)])?;
    }
    Ok(())
}

pub(in super::super) fn append_message_tags(
    conn: &mut Conn,
    rows: &[NewMessageTag<'_>],
) -> QueryResult<()> {
    rows.iter().try_for_each(|row| {
        let add = diesel::insert_into(message_tag::table).values(row);
        add.execute(conn).map(drop)
    })
}

statement! {
    CountReplies for Sqlite, Conn;
    "UPDATE message SET reply_count = max(0, reply_count + " [replies: i32 as Integer]
    "), public_reply_count = max(0, public_reply_count + " [public: i32 as Integer]
    ") WHERE workspace_id = " [workspace: [u8; 16] as Binary]
    " AND id = " [id: [u8; 16] as Binary] ""
}

pub(in super::super) fn count_replies(
    conn: &mut Conn,
    workspace: WorkspaceId,
    of: &[ReplyCount],
) -> QueryResult<()> {
    of.iter().try_for_each(|one| {
        let count = CountReplies {
            replies: one.replies,
            public: one.public,
            workspace: workspace.to_bytes(),
            id: one.message.to_bytes(),
        };
        count.execute(conn).map(drop)
    })
}

statement! {
    EraseMessage for Sqlite, Conn;
    "DELETE FROM message WHERE conversation_id = " [conversation: [u8; 16] as Binary]
    " AND seq = " [seq: i64 as BigInt] ""
}

pub(in super::super) fn erase_messages(conn: &mut Conn, said: &[Said]) -> QueryResult<usize> {
    let mut erased = 0;
    for one in said {
        let erase = EraseMessage {
            conversation: one.conversation.to_bytes(),
            seq: one.seq.stored(),
        };
        erased += erase.execute(conn)?;
    }
    Ok(erased)
}

//! Messages and their tags on SQLite.

use causerie_core::port::ReplyCount;
use causerie_core::{ConversationId, Message, MessageId, Seq, WorkspaceId};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, SmallInt, Text};
use diesel::sqlite::Sqlite;

use super::super::Conn;
use super::{each, words};
use crate::new_row::{NewMessage, NewMessageTag};
use crate::row::{MessageRow, Said, SaidRow};
use crate::schema::{columns, message, message_tag};
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

statement! {
    AppendMessage<'a> for Sqlite, Conn;
    (concat!("INSERT INTO message (", columns!(message), ") VALUES ("))
    [conversation_id: [u8; 16] as Binary] ", "
    [seq: i64 as BigInt] ", "
    [id: [u8; 16] as Binary] ", "
    [workspace_id: [u8; 16] as Binary] ", "
    [sender_id: [u8; 16] as Binary] ", "
    [kind: i16 as SmallInt] ", "
    [text: &'a str as Text] ", "
    [reply_to: Option<[u8; 16]> as Nullable<Binary>] ", "
    [metadata: &'a str as Text] ", "
    [reference: Option<&'a str> as Nullable<Text>] ", "
    [revision_count: i32 as Integer] ", "
    [created_at: i64 as BigInt] ", "
    [edited_at: Option<i64> as Nullable<BigInt>] ", "
    [deleted_at: Option<i64> as Nullable<BigInt>] ", "
    [direction: i16 as SmallInt] ", "
    [visibility: i16 as SmallInt] ", "
    [public_count: i64 as BigInt] ", "
    [content_type: i16 as SmallInt] ", "
    [content: Option<&'a str> as Nullable<Text>] ", "
    [tags: &'a str as Text] ", "
    [source_id: Option<&'a str> as Nullable<Text>] ", "
    [echo_id: Option<&'a str> as Nullable<Text>] ", "
    [template: Option<&'a str> as Nullable<Text>] ", "
    [delivery_status: i16 as SmallInt] ", "
    [failure: Option<&'a str> as Nullable<Text>] ", "
    [status_at: i64 as BigInt] ", "
    [reply_count: i32 as Integer] ", "
    [public_reply_count: i32 as Integer] ", "
    [reactions: &'a str as Text] ", "
    [delete_mode: Option<i16> as Nullable<SmallInt>] ", "
    [number: i64 as BigInt] ", "
    [attachments: &'a str as Text] ")"
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
        let append = AppendMessage {
            conversation_id: row.conversation_id,
            seq: row.seq,
            id: row.id,
            workspace_id: row.workspace_id,
            sender_id: row.sender_id,
            kind: row.kind,
            text: row.text,
            reply_to: row.reply_to,
            metadata: row.metadata,
            reference: row.reference,
            revision_count: row.revision_count,
            created_at: row.created_at,
            edited_at: row.edited_at,
            deleted_at: row.deleted_at,
            direction: row.direction,
            visibility: row.visibility,
            public_count: row.public_count,
            content_type: row.content_type,
            content: row.content,
            tags: &row.tags,
            source_id: row.source_id,
            echo_id: row.echo_id,
            template: row.template.as_deref(),
            delivery_status: row.delivery_status,
            failure: row.failure.as_deref(),
            status_at: row.status_at,
            reply_count: row.reply_count,
            public_reply_count: row.public_reply_count,
            reactions: &row.reactions,
            delete_mode: row.delete_mode,
            number,
            attachments: &row.attachments,
        };
        append.execute(conn)?;
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
    EraseMessageTag<'a> for Sqlite, Conn;
    "DELETE FROM message_tag WHERE workspace_id = " [workspace: [u8; 16] as Binary]
    " AND tag = " [tag: &'a str as Text] " AND message_id = " [message: [u8; 16] as Binary] ""
}

pub(in super::super) fn erase_message_tags(conn: &mut Conn, said: &[Said]) -> QueryResult<()> {
    for one in said {
        for tag in one.tags.iter() {
            let erase = EraseMessageTag {
                workspace: one.workspace.to_bytes(),
                tag: tag.as_str(),
                message: one.id.to_bytes(),
            };
            erase.execute(conn)?;
        }
    }
    Ok(())
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

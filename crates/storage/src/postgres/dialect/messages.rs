//! Messages and their tags on Postgres.

use causerie_core::port::ReplyCount;
use causerie_core::{ConversationId, Message, MessageId, Seq, WorkspaceId};
use diesel::dsl::SqlTypeOf;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Nullable, SmallInt, Text};

use super::super::Conn;
use super::{Id, words};
use crate::new_row::{NewMessage, NewMessageTag};
use crate::row::{MessageRow, Said, SaidRow};
use crate::schema::{columns, message};
use crate::statement::statement;

type Columns = SqlTypeOf<<message::table as Table>::AllColumns>;

statement! {
    /// Each id is looked up by its index, see [`FindConversations`](super::FindConversations).
    FindMessages for Pg, Conn => Columns;
    "SELECT found.* FROM unnest(" [ids: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (id) CROSS JOIN LATERAL (SELECT ", columns!(message),
        " FROM message WHERE message.workspace_id = "
    ))
    [workspace: Id as Binary] " AND message.id = wanted.id LIMIT 1) AS found"
}

pub(in super::super) fn find_messages(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[MessageId],
) -> QueryResult<Vec<MessageRow>> {
    let find = FindMessages {
        ids: ids.iter().map(|id| id.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    FindMessagesAt for Pg, Conn => Columns;
    "SELECT found.* FROM unnest(" [conversations: Vec<Id> as Array<Binary>]
    ", " [seqs: Vec<i64> as Array<BigInt>]
    (concat!(
        ") AS wanted (conversation_id, seq) CROSS JOIN LATERAL (SELECT ", columns!(message),
        " FROM message WHERE message.conversation_id = wanted.conversation_id \
         AND message.seq = wanted.seq AND message.workspace_id = "
    ))
    [workspace: Id as Binary] " LIMIT 1) AS found"
}

pub(in super::super) fn find_messages_at(
    conn: &mut Conn,
    workspace: WorkspaceId,
    places: &[(ConversationId, Seq)],
) -> QueryResult<Vec<MessageRow>> {
    let find = FindMessagesAt {
        conversations: places.iter().map(|(of, _)| of.to_bytes()).collect(),
        seqs: places.iter().map(|(_, seq)| seq.stored()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    /// Locked in the order of the array, so that nobody changes what is to be taken out.
    FindSaid for Pg, Conn
    => (BigInt, Binary, BigInt, Binary, Binary, Text, SmallInt, Nullable<Text>, Text);
    "SELECT found.* FROM unnest(" [ids: Vec<Id> as Array<Binary>]
    ") AS wanted (id) CROSS JOIN LATERAL (SELECT number, conversation_id, seq, id, workspace_id, \
     text, content_type, content, tags FROM message WHERE message.workspace_id = "
    [workspace: Id as Binary] " AND message.id = wanted.id LIMIT 1 FOR UPDATE) AS found"
}

pub(in super::super) fn find_said(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[Id],
) -> QueryResult<Vec<SaidRow>> {
    let ids = ids.to_vec();
    let workspace = workspace.to_bytes();
    FindSaid { ids, workspace }.load(conn)
}

statement! {
    /// Adds messages under fresh numbers, and their words under the same.
    AppendMessages<'a> for Pg, Conn;
    "WITH new AS MATERIALIZED (SELECT given.*, nextval('message_number') AS number FROM unnest("
    [conversations: Vec<Id> as Array<Binary>] ", " [seqs: Vec<i64> as Array<BigInt>]
    ", " [ids: Vec<Id> as Array<Binary>] ", " [workspaces: Vec<Id> as Array<Binary>]
    ", " [senders: Vec<Id> as Array<Binary>] ", " [kinds: Vec<i16> as Array<SmallInt>]
    ", " [texts: Vec<&'a str> as Array<Text>]
    ", " [reply_tos: Vec<Option<Id>> as Array<Nullable<Binary>>]
    ", " [metadatas: Vec<&'a str> as Array<Text>]
    ", " [references: Vec<Option<&'a str>> as Array<Nullable<Text>>]
    ", " [revision_counts: Vec<i32> as Array<Integer>]
    ", " [created_ats: Vec<i64> as Array<BigInt>]
    ", " [edited_ats: Vec<Option<i64>> as Array<Nullable<BigInt>>]
    ", " [deleted_ats: Vec<Option<i64>> as Array<Nullable<BigInt>>]
    ", " [directions: Vec<i16> as Array<SmallInt>]
    ", " [visibilities: Vec<i16> as Array<SmallInt>]
    ", " [public_counts: Vec<i64> as Array<BigInt>]
    ", " [content_types: Vec<i16> as Array<SmallInt>]
    ", " [contents: Vec<Option<&'a str>> as Array<Nullable<Text>>]
    ", " [tags: Vec<&'a str> as Array<Text>]
    ", " [source_ids: Vec<Option<&'a str>> as Array<Nullable<Text>>]
    ", " [echo_ids: Vec<Option<&'a str>> as Array<Nullable<Text>>]
    ", " [templates: Vec<Option<&'a str>> as Array<Nullable<Text>>]
    ", " [delivery_statuses: Vec<i16> as Array<SmallInt>]
    ", " [failures: Vec<Option<&'a str>> as Array<Nullable<Text>>]
    ", " [status_ats: Vec<i64> as Array<BigInt>]
    ", " [reply_counts: Vec<i32> as Array<Integer>]
    ", " [public_reply_counts: Vec<i32> as Array<Integer>]
    ", " [reactions: Vec<&'a str> as Array<Text>]
    ", " [delete_modes: Vec<Option<i16>> as Array<Nullable<SmallInt>>]
    ", " [attachments: Vec<&'a str> as Array<Text>]
    ", " [words: Vec<Option<String>> as Array<Nullable<Text>>]
    ", " [nears: Vec<String> as Array<Text>]
    ", " [longs: Vec<Option<String>> as Array<Nullable<Text>>]
    (concat!(
        ") AS given (conversation_id, seq, id, workspace_id, sender_id, kind, text, reply_to, \
         metadata, reference, revision_count, created_at, edited_at, deleted_at, direction, \
         visibility, public_count, content_type, content, tags, source_id, echo_id, template, \
         delivery_status, failure, status_at, reply_count, public_reply_count, reactions, \
         delete_mode, attachments, words, near, long)), \
         appended AS (INSERT INTO message (", columns!(message), ") SELECT ", columns!(message),
        " FROM new) INSERT INTO message_word (number, workspace_id, conversation_id, seq, words, \
         long) SELECT number, workspace_id, conversation_id, seq, \
         (words || near || (number >> "
    ))
    [near_bits: i32 as Integer] ") || '''')::tsvector, long FROM new WHERE words IS NOT NULL"
}

pub(in super::super) fn append_messages(
    conn: &mut Conn,
    messages: &[Message],
    rows: &[NewMessage<'_>],
) -> QueryResult<()> {
    let filed: Vec<_> = messages
        .iter()
        .map(|one| words::Filed::of(&Said::of(one, 0)))
        .collect();
    let append = AppendMessages {
        conversations: rows.iter().map(|row| row.conversation_id).collect(),
        seqs: rows.iter().map(|row| row.seq).collect(),
        ids: rows.iter().map(|row| row.id).collect(),
        workspaces: rows.iter().map(|row| row.workspace_id).collect(),
        senders: rows.iter().map(|row| row.sender_id).collect(),
        kinds: rows.iter().map(|row| row.kind).collect(),
        texts: rows.iter().map(|row| row.text).collect(),
        reply_tos: rows.iter().map(|row| row.reply_to).collect(),
        metadatas: rows.iter().map(|row| row.metadata).collect(),
        references: rows.iter().map(|row| row.reference).collect(),
        revision_counts: rows.iter().map(|row| row.revision_count).collect(),
        created_ats: rows.iter().map(|row| row.created_at).collect(),
        edited_ats: rows.iter().map(|row| row.edited_at).collect(),
        deleted_ats: rows.iter().map(|row| row.deleted_at).collect(),
        directions: rows.iter().map(|row| row.direction).collect(),
        visibilities: rows.iter().map(|row| row.visibility).collect(),
        public_counts: rows.iter().map(|row| row.public_count).collect(),
        content_types: rows.iter().map(|row| row.content_type).collect(),
        contents: rows.iter().map(|row| row.content).collect(),
        tags: rows.iter().map(|row| row.tags.as_str()).collect(),
        source_ids: rows.iter().map(|row| row.source_id).collect(),
        echo_ids: rows.iter().map(|row| row.echo_id).collect(),
        templates: rows.iter().map(|row| row.template.as_deref()).collect(),
        delivery_statuses: rows.iter().map(|row| row.delivery_status).collect(),
        failures: rows.iter().map(|row| row.failure.as_deref()).collect(),
        status_ats: rows.iter().map(|row| row.status_at).collect(),
        reply_counts: rows.iter().map(|row| row.reply_count).collect(),
        public_reply_counts: rows.iter().map(|row| row.public_reply_count).collect(),
        reactions: rows.iter().map(|row| row.reactions.as_str()).collect(),
        delete_modes: rows.iter().map(|row| row.delete_mode).collect(),
        attachments: rows.iter().map(|row| row.attachments.as_str()).collect(),
        nears: filed.iter().map(|one| one.near.clone()).collect(),
        longs: filed.iter().map(|one| one.long.clone()).collect(),
        words: filed.into_iter().map(|one| one.words).collect(),
        near_bits: words::NEAR_BITS,
    };
    append.execute(conn).map(drop)
}

statement! {
    AppendMessageTags<'a> for Pg, Conn;
    "INSERT INTO message_tag (workspace_id, tag, message_id, conversation_id, seq) \
     SELECT * FROM unnest(" [workspaces: Vec<Id> as Array<Binary>]
    ", " [tags: Vec<&'a str> as Array<Text>] ", " [messages: Vec<Id> as Array<Binary>]
    ", " [conversations: Vec<Id> as Array<Binary>] ", " [seqs: Vec<i64> as Array<BigInt>] ")"
}

pub(in super::super) fn append_message_tags(
    conn: &mut Conn,
    rows: &[NewMessageTag<'_>],
) -> QueryResult<()> {
    let append = AppendMessageTags {
        workspaces: rows.iter().map(|row| row.workspace_id).collect(),
        tags: rows.iter().map(|row| row.tag).collect(),
        messages: rows.iter().map(|row| row.message_id).collect(),
        conversations: rows.iter().map(|row| row.conversation_id).collect(),
        seqs: rows.iter().map(|row| row.seq).collect(),
    };
    append.execute(conn).map(drop)
}

statement! {
    /// Each row is a range of one: asked for what is equal, a planner that knows empty tables would
    /// begin with the table, or look for a message through all tags of its workspace.
    EraseMessageTags for Pg, Conn;
    "DELETE FROM message_tag USING unnest(" [workspaces: Vec<Id> as Array<Binary>]
    ", " [tags: Vec<String> as Array<Text>] ", " [messages: Vec<Id> as Array<Binary>]
    ") AS gone (workspace_id, tag, message_id) \
     WHERE (message_tag.workspace_id, message_tag.tag, message_tag.message_id) \
     >= (gone.workspace_id, gone.tag, gone.message_id) \
     AND (message_tag.workspace_id, message_tag.tag, message_tag.message_id) \
     <= (gone.workspace_id, gone.tag, gone.message_id)"
}

pub(in super::super) fn erase_message_tags(conn: &mut Conn, said: &[Said]) -> QueryResult<()> {
    let (mut workspaces, mut tags, mut messages) = (Vec::new(), Vec::new(), Vec::new());
    for one in said {
        for tag in one.tags.iter() {
            workspaces.push(one.workspace.to_bytes());
            tags.push(tag.as_str().to_owned());
            messages.push(one.id.to_bytes());
        }
    }
    let erase = EraseMessageTags {
        workspaces,
        tags,
        messages,
    };
    erase.execute(conn).map(drop)
}

statement! {
    /// The workspace stands beside each id, see [`AdvanceConversations`](super::AdvanceConversations).
    CountReplies for Pg, Conn;
    "UPDATE message SET reply_count = greatest(0, message.reply_count + more.replies), \
     public_reply_count = greatest(0, message.public_reply_count + more.public) FROM unnest("
    [workspaces: Vec<Id> as Array<Binary>] ", " [ids: Vec<Id> as Array<Binary>]
    ", " [replies: Vec<i32> as Array<Integer>] ", " [publics: Vec<i32> as Array<Integer>]
    ") AS more (workspace_id, id, replies, public) \
     WHERE message.workspace_id = more.workspace_id AND message.id = more.id"
}

pub(in super::super) fn count_replies(
    conn: &mut Conn,
    workspace: WorkspaceId,
    of: &[ReplyCount],
) -> QueryResult<()> {
    let count = CountReplies {
        workspaces: vec![workspace.to_bytes(); of.len()],
        ids: of.iter().map(|one| one.message.to_bytes()).collect(),
        replies: of.iter().map(|one| one.replies).collect(),
        publics: of.iter().map(|one| one.public).collect(),
    };
    count.execute(conn).map(drop)
}

statement! {
    /// Ranges of one row, see [`EraseMessageTags`].
    EraseMessages for Pg, Conn;
    "DELETE FROM message USING unnest(" [conversations: Vec<Id> as Array<Binary>]
    ", " [seqs: Vec<i64> as Array<BigInt>]
    ") AS gone (conversation_id, seq) \
     WHERE (message.conversation_id, message.seq) >= (gone.conversation_id, gone.seq) \
     AND (message.conversation_id, message.seq) <= (gone.conversation_id, gone.seq)"
}

pub(in super::super) fn erase_messages(conn: &mut Conn, said: &[Said]) -> QueryResult<usize> {
    let erase = EraseMessages {
        conversations: said.iter().map(|one| one.conversation.to_bytes()).collect(),
        seqs: said.iter().map(|one| one.seq.stored()).collect(),
    };
    erase.execute(conn)
}

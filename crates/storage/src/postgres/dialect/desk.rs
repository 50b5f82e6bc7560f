//! What hangs on messages, the schedule, templates and balances on Postgres. Each is looked up by its
//! index, see [`FindConversations`](super::FindConversations).

use causerie_core::receipt::ReceiptKind;
use causerie_core::tag::TagName;
use causerie_core::{
    ConversationId, MessageId, ParticipantId, ReactionId, Seq, TagId, TemplateId, WorkspaceId,
};
use diesel::dsl::SqlTypeOf;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, SmallInt, Text};

use super::super::Conn;
use super::Id;
use crate::new_row::{NewLedgerEntry, NewTag};
use crate::row::{MarkRow, ReactionRow, RecipientRow, ScheduledRow, TagRow, TemplateRow};
use crate::schema::{
    columns, message_recipient, reaction, receipt_mark, scheduled_message, tag, template,
};
use crate::statement::statement;

statement! {
    FindTags<'a> for Pg, Conn => SqlTypeOf<<tag::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [names: Vec<&'a str> as Array<Text>]
    ") AS wanted (name) CROSS JOIN LATERAL (SELECT workspace_id, name, id, created_at FROM tag \
     WHERE tag.workspace_id = " [workspace: Id as Binary]
    " AND tag.name = wanted.name COLLATE \"C\" LIMIT 1) AS found"
}

pub(in super::super) fn find_tags(
    conn: &mut Conn,
    workspace: WorkspaceId,
    names: &[TagName],
) -> QueryResult<Vec<TagRow>> {
    let find = FindTags {
        names: names.iter().map(TagName::as_str).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    FindTagIds for Pg, Conn => SqlTypeOf<<tag::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [ids: Vec<Id> as Array<Binary>]
    ") AS wanted (id) CROSS JOIN LATERAL (SELECT workspace_id, name, id, created_at FROM tag \
     WHERE tag.id = wanted.id LIMIT 1) AS found"
}

pub(in super::super) fn find_tag_ids(conn: &mut Conn, ids: &[TagId]) -> QueryResult<Vec<TagRow>> {
    let ids = ids.iter().map(|id| id.to_bytes()).collect();
    FindTagIds { ids }.load(conn)
}

statement! {
    /// In the order of names, so that two units that add the same do not wait for each other.
    AddTags<'a> for Pg, Conn;
    "INSERT INTO tag (workspace_id, name, id, created_at) SELECT * FROM unnest("
    [workspaces: Vec<Id> as Array<Binary>] ", " [names: Vec<&'a str> as Array<Text>]
    ", " [ids: Vec<Id> as Array<Binary>] ", " [created_ats: Vec<i64> as Array<BigInt>]
    ") AS new (workspace_id, name, id, created_at) ORDER BY name COLLATE \"C\""
}

pub(in super::super) fn add_tags(conn: &mut Conn, rows: &[NewTag<'_>]) -> QueryResult<()> {
    let add = AddTags {
        workspaces: rows.iter().map(|row| row.workspace_id).collect(),
        names: rows.iter().map(|row| row.name).collect(),
        ids: rows.iter().map(|row| row.id).collect(),
        created_ats: rows.iter().map(|row| row.created_at).collect(),
    };
    add.execute(conn).map(drop)
}

statement! {
    FindReactions for Pg, Conn => SqlTypeOf<<reaction::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [ids: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (id) CROSS JOIN LATERAL (SELECT ", columns!(reaction),
        " FROM reaction WHERE reaction.workspace_id = "
    ))
    [workspace: Id as Binary] " AND reaction.id = wanted.id LIMIT 1) AS found"
}

pub(in super::super) fn find_reactions(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[ReactionId],
) -> QueryResult<Vec<ReactionRow>> {
    let find = FindReactions {
        ids: ids.iter().map(|id| id.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    /// The beginning of each message's range of the index in the order of ids.
    ReactionsOf for Pg, Conn => SqlTypeOf<<reaction::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [messages: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (id) CROSS JOIN LATERAL (SELECT ", columns!(reaction),
        " FROM reaction WHERE reaction.message_id = wanted.id AND reaction.id > ''::bytea \
         ORDER BY reaction.id LIMIT "
    ))
    [limit: i64 as BigInt] ") AS found"
}

/// Returns the oldest reactions to each message.
pub(in super::super) fn reactions_of(
    conn: &mut Conn,
    messages: &[MessageId],
    limit: i64,
) -> QueryResult<Vec<ReactionRow>> {
    let messages = messages.iter().map(|id| id.to_bytes()).collect();
    ReactionsOf { messages, limit }.load(conn)
}

statement! {
    /// Each message's range of the key.
    RecipientsOf for Pg, Conn => SqlTypeOf<<message_recipient::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [messages: Vec<Id> as Array<Binary>]
    ") AS wanted (id) CROSS JOIN LATERAL (SELECT message_id, participant_id, workspace_id, status, \
     failure, status_at, role, reached_by FROM message_recipient \
     WHERE (message_recipient.message_id, message_recipient.participant_id) \
     >= (wanted.id, ''::bytea) AND message_recipient.message_id <= wanted.id \
     ORDER BY message_recipient.message_id, message_recipient.participant_id OFFSET 0) AS found"
}

pub(in super::super) fn recipients_of(
    conn: &mut Conn,
    messages: &[MessageId],
) -> QueryResult<Vec<RecipientRow>> {
    let messages = messages.iter().map(|id| id.to_bytes()).collect();
    RecipientsOf { messages }.load(conn)
}

statement! {
    FirstMarks for Pg, Conn => SqlTypeOf<<receipt_mark::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [participants: Vec<Id> as Array<Binary>]
    ") AS wanted (id) CROSS JOIN unnest(" [kinds: Vec<i16> as Array<SmallInt>]
    ") AS sort (kind) CROSS JOIN LATERAL (SELECT conversation_id, participant_id, kind, seq, \
     workspace_id, at, leads FROM receipt_mark WHERE receipt_mark.conversation_id = "
    [conversation: Id as Binary]
    " AND receipt_mark.participant_id = wanted.id AND receipt_mark.kind = sort.kind \
     AND receipt_mark.seq >= " [from: i64 as BigInt]
    " ORDER BY receipt_mark.seq LIMIT 1) AS found"
}

pub(in super::super) fn first_marks(
    conn: &mut Conn,
    conversation: ConversationId,
    from: Seq,
    participants: &[ParticipantId],
) -> QueryResult<Vec<MarkRow>> {
    let find = FirstMarks {
        participants: participants.iter().map(|id| id.to_bytes()).collect(),
        kinds: ReceiptKind::ALL.iter().map(|kind| kind.number()).collect(),
        conversation: conversation.to_bytes(),
        from: from.stored(),
    };
    find.load(conn)
}

statement! {
    FindScheduled for Pg, Conn => SqlTypeOf<<scheduled_message::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [ids: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (id) CROSS JOIN LATERAL (SELECT ", columns!(scheduled_message),
        " FROM scheduled_message WHERE scheduled_message.workspace_id = "
    ))
    [workspace: Id as Binary] " AND scheduled_message.id = wanted.id LIMIT 1) AS found"
}

pub(in super::super) fn find_scheduled(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[MessageId],
) -> QueryResult<Vec<ScheduledRow>> {
    let find = FindScheduled {
        ids: ids.iter().map(|id| id.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    EraseScheduled for Pg, Conn;
    "DELETE FROM scheduled_message USING unnest(" [workspaces: Vec<Id> as Array<Binary>]
    ", " [ids: Vec<Id> as Array<Binary>]
    ") AS gone (workspace_id, id) WHERE scheduled_message.workspace_id = gone.workspace_id \
     AND scheduled_message.id = gone.id"
}

pub(in super::super) fn erase_scheduled(
    conn: &mut Conn,
    gone: &[(WorkspaceId, MessageId)],
) -> QueryResult<()> {
    let erase = EraseScheduled {
        workspaces: gone.iter().map(|(of, _)| of.to_bytes()).collect(),
        ids: gone.iter().map(|(_, id)| id.to_bytes()).collect(),
    };
    erase.execute(conn).map(drop)
}

statement! {
    FindTemplates for Pg, Conn => SqlTypeOf<<template::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [ids: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (id) CROSS JOIN LATERAL (SELECT ", columns!(template),
        " FROM template WHERE template.workspace_id = "
    ))
    [workspace: Id as Binary] " AND template.id = wanted.id LIMIT 1) AS found"
}

pub(in super::super) fn find_templates(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[TemplateId],
) -> QueryResult<Vec<TemplateRow>> {
    let find = FindTemplates {
        ids: ids.iter().map(|id| id.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    AppendLedger<'a> for Pg, Conn;
    "INSERT INTO ledger (workspace_id, number, delta, tokens, operation, message_id, note, at) \
     SELECT * FROM unnest(" [workspaces: Vec<Id> as Array<Binary>]
    ", " [numbers: Vec<i64> as Array<BigInt>] ", " [deltas: Vec<i64> as Array<BigInt>]
    ", " [tokens: Vec<i64> as Array<BigInt>]
    ", " [operations: Vec<Option<i16>> as Array<Nullable<SmallInt>>]
    ", " [messages: Vec<Option<Id>> as Array<Nullable<Binary>>]
    ", " [notes: Vec<Option<&'a str>> as Array<Nullable<Text>>]
    ", " [ats: Vec<i64> as Array<BigInt>] ")"
}

pub(in super::super) fn append_ledger(
    conn: &mut Conn,
    rows: &[NewLedgerEntry<'_>],
) -> QueryResult<()> {
    let append = AppendLedger {
        workspaces: rows.iter().map(|row| row.workspace_id).collect(),
        numbers: rows.iter().map(|row| row.number).collect(),
        deltas: rows.iter().map(|row| row.delta).collect(),
        tokens: rows.iter().map(|row| row.tokens).collect(),
        operations: rows.iter().map(|row| row.operation).collect(),
        messages: rows.iter().map(|row| row.message_id).collect(),
        notes: rows.iter().map(|row| row.note).collect(),
        ats: rows.iter().map(|row| row.at).collect(),
    };
    append.execute(conn).map(drop)
}

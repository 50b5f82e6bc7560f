//! What SQLite does in its own way: many rows are many runs of one prepared statement.
//!
//! A run costs no round trip, so that a loop over a statement that stays prepared beats one statement
//! for many rows, whose text changes with their number and is parsed each time. With these loops the
//! lane makes 26,000 sends a second, 16,000 with an idempotency claim each, in groups of 64 to 128
//! on two cores that also made the sends; of its time a third goes into writing pages to the log, a
//! sixth into copying them to the database, and less than a hundredth into preparing statements.
//! Unique rows are found without a limit: see the page of messages.

mod desk;
mod extras;
mod log;
mod messages;
mod outside;
#[cfg(test)]
mod plans;
mod words;

use causerie_core::claim::{ClaimKey, Settled};
use causerie_core::{
    ConversationId, DirectKey, KeyId, MessageId, ParticipantId, Timestamp, WorkspaceId,
};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable};
use diesel::sqlite::Sqlite;

use super::Conn;
use crate::new_row::{ConversationMove, NewMember, ReadMove};
use crate::row::{ClaimRow, ConversationRow, MemberRow, ParticipantRow, SenderRow};
use crate::schema::{claim, conversation, member, participant};
use crate::statement::statement;

pub(super) use desk::*;
pub(super) use extras::*;
pub(super) use log::*;
pub(super) use messages::*;
pub(super) use outside::*;
pub(super) use words::*;

/// A row that is read to be changed: within the only writer there is nothing to lock.
macro_rules! locked {
    ($find:expr) => {
        $find
    };
}
pub(super) use locked;

/// The same, of those rows that nobody else works on: nobody does.
macro_rules! locked_if_free {
    ($find:expr) => {
        $find
    };
}
pub(super) use locked_if_free;

/// What says so at the end of a statement.
macro_rules! if_free {
    () => {
        ""
    };
}
pub(super) use if_free;

/// Runs a query for each item and keeps what is found.
fn each<T, R>(items: &[T], mut find: impl FnMut(&T) -> QueryResult<R>) -> QueryResult<Vec<R>> {
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        found.extend(find(item).optional()?);
    }
    Ok(found)
}

pub(super) fn find_participants(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[ParticipantId],
) -> QueryResult<Vec<ParticipantRow>> {
    each(ids, |id| {
        participant::table
            .find((workspace.to_bytes(), id.to_bytes()))
            .get_result(conn)
    })
}

pub(super) fn find_conversations(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[ConversationId],
) -> QueryResult<Vec<ConversationRow>> {
    each(ids, |id| {
        conversation::table
            .find((workspace.to_bytes(), id.to_bytes()))
            .filter(conversation::deleted_at.is_null())
            .get_result(conn)
    })
}

pub(super) fn find_directs(
    conn: &mut Conn,
    workspace: WorkspaceId,
    pairs: &[DirectKey],
) -> QueryResult<Vec<ConversationRow>> {
    each(pairs, |pair| {
        conversation::table
            .filter(conversation::workspace_id.eq(workspace.to_bytes()))
            .filter(conversation::direct.eq(pair.to_bytes()))
            .filter(conversation::deleted_at.is_null())
            .get_result(conn)
    })
}

pub(super) fn lock_conversations(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[ConversationId],
) -> QueryResult<Vec<ConversationRow>> {
    find_conversations(conn, workspace, ids)
}

statement! {
    AdvanceConversation for Sqlite, Conn;
    "UPDATE conversation SET last_seq = " [last_seq: i64 as BigInt]
    ", last_message_at = " [last_message_at: i64 as BigInt]
    ", public_count = " [public_count: i64 as BigInt]
    ", public_seq = " [public_seq: i64 as BigInt]
    ", public_at = " [public_at: Option<i64> as Nullable<BigInt>]
    ", activity_at = coalesce(" [activity_at: Option<i64> as Nullable<BigInt>]
    ", activity_at) WHERE workspace_id = " [workspace: [u8; 16] as Binary]
    " AND id = " [id: [u8; 16] as Binary] ""
}

pub(super) fn advance_conversations(
    conn: &mut Conn,
    workspace: WorkspaceId,
    to: &[ConversationMove],
) -> QueryResult<()> {
    for to in to {
        let advance = AdvanceConversation {
            last_seq: to.last_seq,
            last_message_at: to.last_message_at,
            public_count: to.public_count,
            public_seq: to.public_seq,
            public_at: to.public_at,
            activity_at: to.public_at,
            workspace: workspace.to_bytes(),
            id: to.id,
        };
        advance.execute(conn)?;
    }
    Ok(())
}

pub(super) fn find_members(
    conn: &mut Conn,
    workspace: WorkspaceId,
    of: &[(ConversationId, ParticipantId)],
) -> QueryResult<Vec<MemberRow>> {
    each(of, |(conversation, participant)| {
        member::table
            .find((conversation.to_bytes(), participant.to_bytes()))
            .filter(member::workspace_id.eq(workspace.to_bytes()))
            .get_result(conn)
    })
}

/// Returns the first members of each conversation.
pub(super) fn first_members(
    conn: &mut Conn,
    workspace: WorkspaceId,
    conversations: &[ConversationId],
    limit: i64,
) -> QueryResult<Vec<MemberRow>> {
    let mut found = Vec::new();
    for conversation in conversations {
        let first = member::table
            .filter(member::conversation_id.eq(conversation.to_bytes()))
            .filter(member::workspace_id.eq(workspace.to_bytes()))
            .filter(member::left_at.is_null())
            .order(member::participant_id)
            .limit(limit);
        found.append(&mut first.load(conn)?);
    }
    Ok(found)
}

pub(super) fn find_senders(
    conn: &mut Conn,
    workspace: WorkspaceId,
    of: &[(ConversationId, ParticipantId)],
) -> QueryResult<Vec<SenderRow>> {
    let same = participant::workspace_id
        .eq(member::workspace_id)
        .and(participant::id.eq(member::participant_id));
    each(of, |(conversation, who)| {
        member::table
            .inner_join(participant::table.on(same))
            .filter(member::conversation_id.eq(conversation.to_bytes()))
            .filter(member::participant_id.eq(who.to_bytes()))
            .filter(member::workspace_id.eq(workspace.to_bytes()))
            .select((
                member::all_columns,
                participant::kind,
                participant::archived_at.is_not_null(),
            ))
            .get_result(conn)
    })
}

pub(super) fn add_members(conn: &mut Conn, rows: &[NewMember<'_>]) -> QueryResult<()> {
    rows.iter().try_for_each(|row| {
        let add = diesel::insert_into(member::table).values(row);
        add.execute(conn).map(drop)
    })
}

statement! {
    /// What is read was delivered.
    AdvanceRead for Sqlite, Conn;
    "UPDATE member SET delivered_at = iif(delivered_seq < " [delivered: i64 as BigInt]
    ", " [delivered_at: i64 as BigInt] ", delivered_at), delivered_seq = max(delivered_seq, "
    [delivered_seq: i64 as BigInt] "), read_seq = " [read_seq: i64 as BigInt]
    ", read_public = " [read_public: i64 as BigInt] ", read_at = " [read_at: i64 as BigInt]
    " WHERE conversation_id = " [conversation: [u8; 16] as Binary]
    " AND participant_id = " [participant: [u8; 16] as Binary]
    " AND workspace_id = " [workspace: [u8; 16] as Binary]
    " AND read_seq < " [below: i64 as BigInt] ""
}

pub(super) fn advance_read(
    conn: &mut Conn,
    workspace: WorkspaceId,
    to: &[ReadMove],
) -> QueryResult<()> {
    for to in to {
        let advance = AdvanceRead {
            delivered: to.read_seq,
            delivered_at: to.read_at,
            delivered_seq: to.read_seq,
            read_seq: to.read_seq,
            read_public: to.read_public,
            read_at: to.read_at,
            conversation: to.conversation_id,
            participant: to.participant_id,
            workspace: workspace.to_bytes(),
            below: to.read_seq,
        };
        advance.execute(conn)?;
    }
    Ok(())
}

statement! {
    NoteUse for Sqlite, Conn;
    "UPDATE api_key SET last_used_at = " [at: i64 as BigInt]
    " WHERE id = " [id: [u8; 16] as Binary]
    " AND (last_used_at IS NULL OR last_used_at < " [before: i64 as BigInt] ")"
}

pub(super) fn note_use(conn: &mut Conn, uses: &[(KeyId, Timestamp)]) -> QueryResult<()> {
    for (id, at) in uses {
        let at = at.unix_micros();
        let note = NoteUse {
            at,
            id: id.to_bytes(),
            before: at,
        };
        note.execute(conn)?;
    }
    Ok(())
}

pub(super) fn find_claims(
    conn: &mut Conn,
    workspace: WorkspaceId,
    keys: &[ClaimKey],
    now: Timestamp,
) -> QueryResult<Vec<ClaimRow>> {
    each(keys, |key| {
        claim::table
            .find((workspace.to_bytes(), key.0))
            .filter(claim::expires_at.ge(now.unix_micros()))
            .select((
                claim::key,
                claim::fingerprint,
                claim::answer,
                claim::expires_at,
                claim::message_id,
            ))
            .get_result(conn)
    })
}

statement! {
    AppendClaim<'a> for Sqlite, Conn;
    "INSERT INTO claim (workspace_id, key, fingerprint, answer, expires_at, message_id) VALUES ("
    [workspace: [u8; 16] as Binary] ", " [key: [u8; 32] as Binary]
    ", " [fingerprint: [u8; 32] as Binary] ", " [answer: &'a [u8] as Binary]
    ", " [expires_at: i64 as BigInt] ", " [shows: Option<[u8; 16]> as Nullable<Binary>]
    ") ON CONFLICT (workspace_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, \
       answer = excluded.answer, expires_at = excluded.expires_at, \
       message_id = excluded.message_id \
       WHERE claim.expires_at < " [now: i64 as BigInt] ""
}

/// Returns how many claims were appended: fewer than given when some stood already.
pub(super) fn append_claims(
    conn: &mut Conn,
    workspace: WorkspaceId,
    claims: &[Settled],
    now: Timestamp,
) -> QueryResult<usize> {
    let mut appended = 0;
    for settled in claims {
        let append = AppendClaim {
            workspace: workspace.to_bytes(),
            key: settled.key.0,
            fingerprint: settled.fingerprint.0,
            answer: &settled.answer.0,
            expires_at: settled.expires_at.unix_micros(),
            shows: settled.shows.map(MessageId::to_bytes),
            now: now.unix_micros(),
        };
        appended += append.execute(conn)?;
    }
    Ok(appended)
}

pub(super) fn forget_claims(
    conn: &mut Conn,
    workspace: WorkspaceId,
    shown: &[MessageId],
) -> QueryResult<()> {
    shown.iter().try_for_each(|id| {
        let claims = claim::table
            .filter(claim::message_id.eq(id.to_bytes()))
            .filter(claim::workspace_id.eq(workspace.to_bytes()));
        let forget = diesel::update(claims).set(claim::answer.eq(Vec::new()));
        forget.execute(conn).map(drop)
    })
}

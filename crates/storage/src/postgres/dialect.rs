//! What Postgres does in its own way: many rows go to and fro as arrays, in one prepared statement
//! of constant text.
//!
//! What costs here is the round trip. Statements with a variable number of rows would be prepared
//! anew for each number; arrays are one parameter whatever their length, and `unnest` makes rows of
//! them.

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
use diesel::dsl::SqlTypeOf;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, SmallInt, Text};

use super::Conn;
use crate::new_row::{ConversationMove, NewMember, ReadMove};
use crate::row::{ClaimRow, ConversationRow, MemberRow, ParticipantRow, SenderRow};
use crate::schema::{columns, conversation, member, participant};
use crate::statement::statement;

pub(super) use desk::*;
pub(super) use extras::*;
pub(super) use log::*;
pub(super) use messages::*;
pub(super) use outside::*;
pub(super) use words::*;

/// A row that is read to be changed, and locked for the rest of the transaction.
macro_rules! locked {
    ($find:expr) => {
        $find.for_update()
    };
}
pub(super) use locked;

/// The same, of those rows that no other unit has locked.
macro_rules! locked_if_free {
    ($find:expr) => {
        $find.for_update().skip_locked()
    };
}
pub(super) use locked_if_free;

/// What says so at the end of a statement.
macro_rules! if_free {
    () => {
        " FOR UPDATE SKIP LOCKED"
    };
}
pub(super) use if_free;

type Id = [u8; 16];

statement! {
    /// Each id is looked up by the primary key, see [`FindConversations`].
    FindParticipants for Pg, Conn => SqlTypeOf<<participant::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [ids: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (id) CROSS JOIN LATERAL (SELECT ", columns!(participant),
        " FROM participant WHERE participant.workspace_id = "
    ))
    [workspace: Id as Binary]
    " AND participant.id = wanted.id LIMIT 1) AS found"
}

pub(super) fn find_participants(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[ParticipantId],
) -> QueryResult<Vec<ParticipantRow>> {
    let find = FindParticipants {
        ids: ids.iter().map(|id| id.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    /// Each id is looked up by the primary key, whatever the planner knows of the table: with the
    /// condition on `deleted_at` beside the key it may walk the index of activity instead, over all
    /// conversations of the workspace, until the first ANALYZE.
    FindConversations for Pg, Conn => SqlTypeOf<<conversation::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [ids: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (id) CROSS JOIN LATERAL (SELECT ", columns!(conversation),
        " FROM conversation WHERE conversation.workspace_id = "
    ))
    [workspace: Id as Binary] " AND conversation.id = wanted.id LIMIT 1) AS found \
     WHERE found.deleted_at IS NULL"
}

pub(super) fn find_conversations(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[ConversationId],
) -> QueryResult<Vec<ConversationRow>> {
    let find = FindConversations {
        ids: ids.iter().map(|id| id.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    FindDirects for Pg, Conn => SqlTypeOf<<conversation::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [pairs: Vec<[u8; 32]> as Array<Binary>]
    (concat!(
        ") AS wanted (pair) CROSS JOIN LATERAL (SELECT ", columns!(conversation),
        " FROM conversation WHERE conversation.workspace_id = "
    ))
    [workspace: Id as Binary] " AND conversation.direct = wanted.pair LIMIT 1) AS found \
     WHERE found.deleted_at IS NULL"
}

pub(super) fn find_directs(
    conn: &mut Conn,
    workspace: WorkspaceId,
    pairs: &[DirectKey],
) -> QueryResult<Vec<ConversationRow>> {
    let find = FindDirects {
        pairs: pairs.iter().map(|pair| pair.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    /// As [`FindConversations`], locked one after the other in the order of the array.
    LockConversations for Pg, Conn => SqlTypeOf<<conversation::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [ids: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (id) CROSS JOIN LATERAL (SELECT ", columns!(conversation),
        " FROM conversation WHERE conversation.workspace_id = "
    ))
    [workspace: Id as Binary] " AND conversation.id = wanted.id LIMIT 1 FOR UPDATE) AS found \
     WHERE found.deleted_at IS NULL"
}

/// Locks in the order of ids.
pub(super) fn lock_conversations(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[ConversationId],
) -> QueryResult<Vec<ConversationRow>> {
    let mut ids: Vec<Id> = ids.iter().map(|id| id.to_bytes()).collect();
    ids.sort_unstable();
    let workspace = workspace.to_bytes();
    LockConversations { ids, workspace }.load(conn)
}

statement! {
    /// The workspace stands beside each id, so that both lead into the primary key: as a constant it
    /// would let the planner read the whole workspace once and compare.
    AdvanceConversations for Pg, Conn;
    "UPDATE conversation SET last_seq = new.last_seq, last_message_at = new.at, \
     public_count = new.public_count, public_seq = new.public_seq, public_at = new.public_at, \
     activity_at = coalesce(new.public_at, conversation.activity_at) FROM unnest("
    [workspaces: Vec<Id> as Array<Binary>]
    ", " [ids: Vec<Id> as Array<Binary>] ", " [seqs: Vec<i64> as Array<BigInt>]
    ", " [ats: Vec<i64> as Array<BigInt>] ", " [public_counts: Vec<i64> as Array<BigInt>]
    ", " [public_seqs: Vec<i64> as Array<BigInt>]
    ", " [public_ats: Vec<Option<i64>> as Array<Nullable<BigInt>>]
    ") AS new (workspace_id, id, last_seq, at, public_count, public_seq, public_at) \
     WHERE conversation.workspace_id = new.workspace_id AND conversation.id = new.id"
}

pub(super) fn advance_conversations(
    conn: &mut Conn,
    workspace: WorkspaceId,
    to: &[ConversationMove],
) -> QueryResult<()> {
    let advance = AdvanceConversations {
        workspaces: vec![workspace.to_bytes(); to.len()],
        ids: to.iter().map(|one| one.id).collect(),
        seqs: to.iter().map(|one| one.last_seq).collect(),
        ats: to.iter().map(|one| one.last_message_at).collect(),
        public_counts: to.iter().map(|one| one.public_count).collect(),
        public_seqs: to.iter().map(|one| one.public_seq).collect(),
        public_ats: to.iter().map(|one| one.public_at).collect(),
    };
    advance.execute(conn).map(drop)
}

statement! {
    /// Pairs come first and the members of each are looked up: the lateral join with its limit
    /// keeps the planner from beginning with the table.
    FindMembers for Pg, Conn => SqlTypeOf<<member::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [conversations: Vec<Id> as Array<Binary>]
    ", " [participants: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (conversation_id, participant_id) CROSS JOIN LATERAL (SELECT ",
        columns!(member), " FROM member WHERE member.conversation_id = wanted.conversation_id \
         AND member.participant_id = wanted.participant_id AND member.workspace_id = "
    ))
    [workspace: Id as Binary] " LIMIT 1) AS found"
}

pub(super) fn find_members(
    conn: &mut Conn,
    workspace: WorkspaceId,
    of: &[(ConversationId, ParticipantId)],
) -> QueryResult<Vec<MemberRow>> {
    let find = FindMembers {
        conversations: of.iter().map(|(of, _)| of.to_bytes()).collect(),
        participants: of.iter().map(|(_, who)| who.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    /// Each conversation is a range of the key, in its order. Two things would lead to the index by participant:
    /// the workspace, which all members of a conversation share, and a plain question for who is present.
    FirstMembers for Pg, Conn => SqlTypeOf<<member::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [conversations: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (id) CROSS JOIN LATERAL (SELECT ", columns!(member), " FROM member \
         WHERE member.conversation_id = wanted.id AND member.participant_id > ''::bytea \
         AND (member.left_at IS NULL) IS TRUE ORDER BY member.participant_id LIMIT "
    ))
    [limit: i64 as BigInt] ") AS found WHERE found.workspace_id = "
    [workspace: Id as Binary] ""
}

/// Returns the first members of each conversation.
pub(super) fn first_members(
    conn: &mut Conn,
    workspace: WorkspaceId,
    conversations: &[ConversationId],
    limit: i64,
) -> QueryResult<Vec<MemberRow>> {
    let find = FirstMembers {
        conversations: conversations.iter().map(|id| id.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
        limit,
    };
    find.load(conn)
}

statement! {
    /// Members as [`FindMembers`] finds them, with the participant of each.
    FindSenders for Pg, Conn
    => (SqlTypeOf<<member::table as Table>::AllColumns>, SmallInt, Bool);
    "SELECT found.*, who.kind, who.archived FROM unnest("
    [conversations: Vec<Id> as Array<Binary>]
    ", " [participants: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (conversation_id, participant_id) CROSS JOIN LATERAL (SELECT ",
        columns!(member), " FROM member WHERE member.conversation_id = wanted.conversation_id \
         AND member.participant_id = wanted.participant_id AND member.workspace_id = "
    ))
    [workspace: Id as Binary]
    " LIMIT 1) AS found CROSS JOIN LATERAL (SELECT kind, archived_at IS NOT NULL AS archived \
     FROM participant WHERE participant.workspace_id = found.workspace_id \
     AND participant.id = found.participant_id LIMIT 1) AS who"
}

pub(super) fn find_senders(
    conn: &mut Conn,
    workspace: WorkspaceId,
    of: &[(ConversationId, ParticipantId)],
) -> QueryResult<Vec<SenderRow>> {
    let find = FindSenders {
        conversations: of.iter().map(|(of, _)| of.to_bytes()).collect(),
        participants: of.iter().map(|(_, who)| who.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    AddMembers<'a> for Pg, Conn;
    (concat!("INSERT INTO member (", columns!(member), ") SELECT * FROM unnest("))
    [conversations: Vec<Id> as Array<Binary>] ", " [participants: Vec<Id> as Array<Binary>]
    ", " [workspaces: Vec<Id> as Array<Binary>] ", " [roles: Vec<i16> as Array<SmallInt>]
    ", " [display_names: Vec<Option<&'a str>> as Array<Nullable<Text>>]
    ", " [read_seqs: Vec<i64> as Array<BigInt>]
    ", " [read_ats: Vec<Option<i64>> as Array<Nullable<BigInt>>]
    ", " [muted_ats: Vec<Option<i64>> as Array<Nullable<BigInt>>]
    ", " [joined_ats: Vec<i64> as Array<BigInt>]
    ", " [left_ats: Vec<Option<i64>> as Array<Nullable<BigInt>>]
    ", " [read_publics: Vec<i64> as Array<BigInt>]
    ", " [delivered_seqs: Vec<i64> as Array<BigInt>]
    ", " [delivered_ats: Vec<Option<i64>> as Array<Nullable<BigInt>>]
    ", " [pinned_ats: Vec<Option<i64>> as Array<Nullable<BigInt>>]
    ", " [archived_ats: Vec<Option<i64>> as Array<Nullable<BigInt>>] ")"
}

pub(super) fn add_members(conn: &mut Conn, rows: &[NewMember<'_>]) -> QueryResult<()> {
    let add = AddMembers {
        conversations: rows.iter().map(|row| row.conversation_id).collect(),
        participants: rows.iter().map(|row| row.participant_id).collect(),
        workspaces: rows.iter().map(|row| row.workspace_id).collect(),
        roles: rows.iter().map(|row| row.role).collect(),
        display_names: rows.iter().map(|row| row.display_name).collect(),
        read_seqs: rows.iter().map(|row| row.read_seq).collect(),
        read_ats: rows.iter().map(|row| row.read_at).collect(),
        muted_ats: rows.iter().map(|row| row.muted_at).collect(),
        joined_ats: rows.iter().map(|row| row.joined_at).collect(),
        left_ats: rows.iter().map(|row| row.left_at).collect(),
        read_publics: rows.iter().map(|row| row.read_public).collect(),
        delivered_seqs: rows.iter().map(|row| row.delivered_seq).collect(),
        delivered_ats: rows.iter().map(|row| row.delivered_at).collect(),
        pinned_ats: rows.iter().map(|row| row.pinned_at).collect(),
        archived_ats: rows.iter().map(|row| row.archived_at).collect(),
    };
    add.execute(conn).map(drop)
}

statement! {
    /// What is read was delivered.
    AdvanceRead for Pg, Conn;
    "UPDATE member SET read_seq = new.read_seq, read_public = new.read_public, \
     read_at = new.read_at, delivered_seq = greatest(member.delivered_seq, new.read_seq), \
     delivered_at = CASE WHEN member.delivered_seq < new.read_seq THEN new.read_at \
     ELSE member.delivered_at END FROM unnest("
    [conversations: Vec<Id> as Array<Binary>] ", " [participants: Vec<Id> as Array<Binary>]
    ", " [read_seqs: Vec<i64> as Array<BigInt>] ", " [read_publics: Vec<i64> as Array<BigInt>]
    ", " [read_ats: Vec<i64> as Array<BigInt>]
    ") AS new (conversation_id, participant_id, read_seq, read_public, read_at) \
     WHERE member.conversation_id = new.conversation_id \
     AND member.participant_id = new.participant_id AND member.read_seq < new.read_seq \
     AND member.workspace_id = " [workspace: Id as Binary] ""
}

pub(super) fn advance_read(
    conn: &mut Conn,
    workspace: WorkspaceId,
    to: &[ReadMove],
) -> QueryResult<()> {
    let advance = AdvanceRead {
        conversations: to.iter().map(|one| one.conversation_id).collect(),
        participants: to.iter().map(|one| one.participant_id).collect(),
        read_seqs: to.iter().map(|one| one.read_seq).collect(),
        read_publics: to.iter().map(|one| one.read_public).collect(),
        read_ats: to.iter().map(|one| one.read_at).collect(),
        workspace: workspace.to_bytes(),
    };
    advance.execute(conn).map(drop)
}

statement! {
    NoteUse for Pg, Conn;
    "UPDATE api_key SET last_used_at = new.at FROM (SELECT id, max(at) AS at FROM unnest("
    [ids: Vec<Id> as Array<Binary>] ", " [ats: Vec<i64> as Array<BigInt>]
    ") AS noted (id, at) GROUP BY id) AS new WHERE api_key.id = new.id \
     AND (api_key.last_used_at IS NULL OR api_key.last_used_at < new.at)"
}

pub(super) fn note_use(conn: &mut Conn, uses: &[(KeyId, Timestamp)]) -> QueryResult<()> {
    let note = NoteUse {
        ids: uses.iter().map(|(id, _)| id.to_bytes()).collect(),
        ats: uses.iter().map(|(_, at)| at.unix_micros()).collect(),
    };
    note.execute(conn).map(drop)
}

statement! {
    /// Each key is looked up by the primary key, see [`FindConversations`].
    FindClaims for Pg, Conn => (Binary, Binary, Binary, BigInt, Nullable<Binary>);
    "SELECT found.* FROM unnest(" [keys: Vec<[u8; 32]> as Array<Binary>]
    ") AS wanted (key) CROSS JOIN LATERAL (SELECT key, fingerprint, answer, expires_at, \
     message_id FROM claim WHERE claim.workspace_id = " [workspace: Id as Binary]
    " AND claim.key = wanted.key LIMIT 1) AS found WHERE found.expires_at >= "
    [now: i64 as BigInt] ""
}

pub(super) fn find_claims(
    conn: &mut Conn,
    workspace: WorkspaceId,
    keys: &[ClaimKey],
    now: Timestamp,
) -> QueryResult<Vec<ClaimRow>> {
    let find = FindClaims {
        keys: keys.iter().map(|key| key.0).collect(),
        workspace: workspace.to_bytes(),
        now: now.unix_micros(),
    };
    find.load(conn)
}

statement! {
    /// In the order of keys, so that two units that claim the same do not wait for each other.
    AppendClaims<'a> for Pg, Conn;
    "INSERT INTO claim (workspace_id, key, fingerprint, answer, expires_at, message_id) SELECT "
    [workspace: Id as Binary] ", new.* FROM (SELECT * FROM unnest("
    [keys: Vec<[u8; 32]> as Array<Binary>]
    ", " [fingerprints: Vec<[u8; 32]> as Array<Binary>]
    ", " [answers: Vec<&'a [u8]> as Array<Binary>]
    ", " [expires_ats: Vec<i64> as Array<BigInt>]
    ", " [shown: Vec<Option<Id>> as Array<Nullable<Binary>>]
    ") AS given (key, fingerprint, answer, expires_at, message_id) ORDER BY key) AS new \
     ON CONFLICT (workspace_id, key) DO UPDATE SET fingerprint = excluded.fingerprint, \
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
    let append = AppendClaims {
        workspace: workspace.to_bytes(),
        keys: claims.iter().map(|one| one.key.0).collect(),
        fingerprints: claims.iter().map(|one| one.fingerprint.0).collect(),
        answers: claims.iter().map(|one| &*one.answer.0).collect(),
        expires_ats: claims
            .iter()
            .map(|one| one.expires_at.unix_micros())
            .collect(),
        shown: claims
            .iter()
            .map(|one| one.shows.map(MessageId::to_bytes))
            .collect(),
        now: now.unix_micros(),
    };
    append.execute(conn)
}

statement! {
    /// The workspace is hidden, so that nothing but the message leads to its claims.
    ForgetClaims for Pg, Conn;
    "UPDATE claim SET answer = '' FROM unnest(" [shown: Vec<Id> as Array<Binary>]
    ") AS shown (id) WHERE claim.message_id = shown.id \
     AND coalesce(claim.workspace_id, shown.id) = " [workspace: Id as Binary] ""
}

pub(super) fn forget_claims(
    conn: &mut Conn,
    workspace: WorkspaceId,
    shown: &[MessageId],
) -> QueryResult<()> {
    let forget = ForgetClaims {
        shown: shown.iter().map(|id| id.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    forget.execute(conn).map(drop)
}

//! The log on Postgres. Each event is looked up by its index, see [`FindConversations`](super::FindConversations).

use causerie_core::{ConversationId, Position, Seq, WorkspaceId};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, SmallInt};

use super::super::Conn;
use super::Id;
use crate::group::Logged;
use crate::row::{BirthRow, EventRow, HeadRow};
use crate::schema::{births, columns};
use crate::statement::statement;

statement! {
    FindEvents for Pg, Conn
    => (BigInt, SmallInt, Nullable<Binary>, Binary, Nullable<BigInt>, BigInt);
    "SELECT found.* FROM unnest(" [positions: Vec<i64> as Array<BigInt>]
    (concat!(
        ") AS wanted (place) CROSS JOIN LATERAL (SELECT ", columns!(event),
        " FROM event WHERE event.workspace_id = "
    ))
    [workspace: Id as Binary] " AND event.position = wanted.place LIMIT 1) AS found"
}

pub(in super::super) fn find_events(
    conn: &mut Conn,
    workspace: WorkspaceId,
    positions: &[Position],
) -> QueryResult<Vec<EventRow>> {
    let find = FindEvents {
        positions: positions.iter().map(|one| one.stored()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    /// Each thing is the beginning of a range of the index of births, in its order: asked for what is equal, a
    /// planner that knows little would walk the log.
    FindBirths for Pg, Conn => (Binary, BigInt);
    "SELECT found.* FROM unnest(" [workspaces: Vec<Id> as Array<Binary>]
    ", " [subjects: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (workspace_id, id) CROSS JOIN LATERAL (SELECT subject_id, position FROM event \
         WHERE event.topic IN (", births!(), ") \
         AND (event.workspace_id, event.subject_id, event.position) \
         >= (wanted.workspace_id, wanted.id, 0) \
         AND (event.workspace_id, event.subject_id) <= (wanted.workspace_id, wanted.id) \
         ORDER BY event.workspace_id, event.subject_id, event.position LIMIT 1) AS found"
    ))
}

pub(in super::super) fn find_births(
    conn: &mut Conn,
    workspace: WorkspaceId,
    subjects: &[Id],
) -> QueryResult<Vec<BirthRow>> {
    let find = FindBirths {
        workspaces: vec![workspace.to_bytes(); subjects.len()],
        subjects: subjects.to_vec(),
    };
    find.load(conn)
}

statement! {
    /// Counts the heads up and appends the events in one statement, as the heads stay locked until
    /// the commit and every other writer of the same log waits. Heads are locked in the order of
    /// their ids: the rows of `locked` are made in that order, and a head moves only after its own.
    AppendEvents for Pg, Conn => (Binary, BigInt);
    "WITH new AS MATERIALIZED (SELECT *, row_number() OVER (PARTITION BY workspace_id \
     ORDER BY ordinal) AS place FROM unnest(" [workspaces: Vec<Id> as Array<Binary>]
    ", " [topics: Vec<i16> as Array<SmallInt>]
    ", " [conversations: Vec<Option<Id>> as Array<Nullable<Binary>>]
    ", " [subjects: Vec<Id> as Array<Binary>]
    ", " [seqs: Vec<Option<i64>> as Array<Nullable<BigInt>>]
    ", " [ats: Vec<i64> as Array<BigInt>]
    ") WITH ORDINALITY AS given (workspace_id, topic, conversation_id, subject_id, seq, \
     occurred_at, ordinal)), \
     counted AS MATERIALIZED (SELECT workspace_id, count(*) AS events FROM new \
     GROUP BY workspace_id), \
     locked AS MATERIALIZED (SELECT workspace_id FROM log_head WHERE workspace_id = \
     ANY (ARRAY(SELECT workspace_id FROM counted)) ORDER BY workspace_id FOR UPDATE), \
     head AS (UPDATE log_head SET position = log_head.position + counted.events \
     FROM locked, counted WHERE log_head.workspace_id = locked.workspace_id \
     AND counted.workspace_id = locked.workspace_id \
     RETURNING log_head.workspace_id, log_head.position, counted.events), \
     appended AS (INSERT INTO event (workspace_id, position, topic, conversation_id, subject_id, \
     seq, occurred_at) SELECT new.workspace_id, head.position - head.events + new.place, \
     new.topic, new.conversation_id, new.subject_id, new.seq, new.occurred_at \
     FROM new, head WHERE head.workspace_id = new.workspace_id) \
     SELECT workspace_id, position FROM head"
}

/// Appends events, given in the order of their workspaces, and returns where the logs are then.
pub(in super::super) fn append_events(
    conn: &mut Conn,
    events: &[Logged],
) -> QueryResult<Vec<HeadRow>> {
    let parts: Vec<_> = events.iter().map(|one| one.event.subject.parts()).collect();
    let append = AppendEvents {
        workspaces: events.iter().map(|one| one.workspace.to_bytes()).collect(),
        topics: events.iter().map(|one| one.event.topic.number()).collect(),
        conversations: parts
            .iter()
            .map(|one| one.conversation.map(ConversationId::to_bytes))
            .collect(),
        subjects: parts.iter().map(|one| one.id).collect(),
        seqs: parts.iter().map(|one| one.seq.map(Seq::stored)).collect(),
        ats: events
            .iter()
            .map(|one| one.event.at.unix_micros())
            .collect(),
    };
    append.load(conn)
}

//! The log on SQLite.

use causerie_core::{ConversationId, Position, Seq, WorkspaceId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use diesel::sqlite::Sqlite;

use super::super::Conn;
use super::each;
use crate::group::Logged;
use crate::row::{BirthRow, EventRow, HeadRow};
use crate::schema::{births, event, log_head};
use crate::statement::statement;

pub(in super::super) fn find_events(
    conn: &mut Conn,
    workspace: WorkspaceId,
    positions: &[Position],
) -> QueryResult<Vec<EventRow>> {
    each(positions, |position| {
        event::table
            .find((workspace.to_bytes(), position.stored()))
            .select((
                event::position,
                event::topic,
                event::conversation_id,
                event::subject_id,
                event::seq,
                event::occurred_at,
            ))
            .get_result(conn)
    })
}

statement! {
    /// SQLite would walk the log, which is in the order that is wanted.
    FindBirth for Sqlite, Conn => (Binary, BigInt);
    (concat!(
        "SELECT subject_id, position FROM event INDEXED BY event_birth WHERE topic IN (",
        births!(), ") AND workspace_id = "
    ))
    [workspace: [u8; 16] as Binary] " AND subject_id = " [subject: [u8; 16] as Binary]
    " ORDER BY position LIMIT 1"
}

pub(in super::super) fn find_births(
    conn: &mut Conn,
    workspace: WorkspaceId,
    subjects: &[[u8; 16]],
) -> QueryResult<Vec<BirthRow>> {
    each(subjects, |subject| {
        let find = FindBirth {
            workspace: workspace.to_bytes(),
            subject: *subject,
        };
        find.get_result(conn)
    })
}

statement! {
    MoveHead for Sqlite, Conn => (Binary, BigInt);
    "UPDATE log_head SET position = position + " [count: i64 as BigInt]
    " WHERE workspace_id = " [workspace: [u8; 16] as Binary]
    " RETURNING workspace_id, position"
}

/// Appends events, given in the order of their workspaces, and returns where the logs are then.
pub(in super::super) fn append_events(
    conn: &mut Conn,
    events: &[Logged],
) -> QueryResult<Vec<HeadRow>> {
    let mut heads = Vec::new();
    for log in events.chunk_by(|one, other| one.workspace == other.workspace) {
        let Some(first) = log.first() else {
            continue;
        };
        let workspace = first.workspace.to_bytes();
        let before = log_head::table
            .find(workspace)
            .select(log_head::position)
            .get_result::<i64>(conn)?;
        let count = i64::try_from(log.len()).unwrap_or(i64::MAX);
        heads.push(MoveHead { count, workspace }.get_result(conn)?);
        for (Logged { event: new, .. }, position) in log.iter().zip(before + 1..) {
            let parts = new.subject.parts();
            let row = diesel::insert_into(event::table).values((
                event::workspace_id.eq(workspace),
                event::position.eq(position),
                event::topic.eq(new.topic.number()),
                event::conversation_id.eq(parts.conversation.map(ConversationId::to_bytes)),
                event::subject_id.eq(parts.id),
                event::seq.eq(parts.seq.map(Seq::stored)),
                event::occurred_at.eq(new.at.unix_micros()),
            ));
            row.execute(conn)?;
        }
    }
    Ok(heads)
}

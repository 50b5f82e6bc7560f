//! The log in the database. Units put events aside; the lane appends those of a group before its
//! commit.

use causerie_core::port::{Events, ReadEvents};
use causerie_core::{Event, Fault, NewEvent, Position, WorkspaceId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, SmallInt};

use super::super::{Backend, Conn};
use super::{Work, limit};
use crate::row::{EventRow, restore_all};
use crate::schema::log_head;
use crate::statement::statement;

statement! {
    /// What follows in a log. For the sum see the page of messages.
    PageOfLog for Backend, Conn
    => (BigInt, SmallInt, Nullable<Binary>, Binary, Nullable<BigInt>, BigInt);
    "SELECT position, topic, conversation_id, subject_id, seq, occurred_at FROM event \
     WHERE workspace_id = " [workspace: [u8; 16] as Binary]
    " AND position > " [after: i64 as BigInt]
    " ORDER BY position LIMIT " [limit: i64 as BigInt] " + 0"
}

impl ReadEvents for Work<'_> {
    fn page(
        &mut self,
        workspace: WorkspaceId,
        after: Position,
        limit_rows: usize,
    ) -> Result<Vec<Event>, Fault> {
        let page = PageOfLog {
            workspace: workspace.to_bytes(),
            after: after.stored(),
            limit: limit(limit_rows),
        };
        restore_all::<EventRow>(self.read(|conn| page.load(conn))?)
    }

    fn head(&mut self, workspace: WorkspaceId) -> Result<Position, Fault> {
        let head = log_head::table
            .find(workspace.to_bytes())
            .select(log_head::position);
        let found = self.read(|conn| head.get_result(conn).optional())?;
        Ok(found.map_or(Position::ZERO, Position::from_stored))
    }
}

impl Events for Work<'_> {
    fn append(&mut self, workspace: WorkspaceId, events: &[NewEvent]) -> Result<(), Fault> {
        self.changed = true;
        self.log
            .extend(events.iter().map(|event| (workspace, *event)));
        Ok(())
    }
}

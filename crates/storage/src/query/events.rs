//! The log in the database. Units put events aside; the lane appends those of a group before its
//! commit.

use causerie_core::port::{Events, ReadEvents};
use causerie_core::{Event, Fault, NewEvent, Placed, Position, WorkspaceId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, SmallInt};

use super::super::{Backend, Conn, dialect};
use super::{Work, limit};
use crate::group::Logged;
use crate::row::{EventRow, restore_all};
use crate::schema::{columns, log_head};
use crate::statement::statement;

statement! {
    /// What follows in a log. For the sum see the page of messages.
    PageOfLog for Backend, Conn
    => (BigInt, SmallInt, Nullable<Binary>, Binary, Nullable<BigInt>, BigInt);
    (concat!("SELECT ", columns!(event), " FROM event WHERE workspace_id = "))
    [workspace: [u8; 16] as Binary]
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

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        positions: &[Position],
    ) -> Result<Vec<Event>, Fault> {
        restore_all(self.read(|conn| dialect::find_events(conn, workspace, positions))?)
    }

    fn births(
        &mut self,
        workspace: WorkspaceId,
        ids: &[[u8; 16]],
    ) -> Result<Vec<([u8; 16], Position)>, Fault> {
        let (mut found, mut others) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match self.births.find(workspace, *id) {
                Some(position) => found.push((*id, position)),
                None => others.push(*id),
            }
        }
        if others.is_empty() {
            return Ok(found);
        }
        // A unit's own events are appended when all its work is done: what is found here was committed.
        let new = self.read(|conn| dialect::find_births(conn, workspace, &others))?;
        let new: Vec<([u8; 16], Position)> = restore_all(new)?;
        for (id, position) in &new {
            self.births.remember(workspace, *id, *position);
        }
        found.extend(new);
        Ok(found)
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
        self.log.extend(events.iter().map(|event| Logged {
            workspace,
            event: *event,
            placed: None,
        }));
        Ok(())
    }

    fn append_placed(
        &mut self,
        workspace: WorkspaceId,
        events: &[NewEvent],
        placed: &Placed,
    ) -> Result<(), Fault> {
        let first = self.log.len();
        self.append(workspace, events)?;
        if let Some(first) = self.log.get_mut(first) {
            first.placed = Some(placed.clone());
        }
        Ok(())
    }
}

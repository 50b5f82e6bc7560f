//! The log in the database. Units put events aside; the lane appends those of a group before its commit.

use causerie_core::port::{Events, ReadEvents};
use causerie_core::{Event, Fault, NewEvent, Position, WorkspaceId};
use diesel::prelude::*;

use super::{Work, limit};
use crate::row::{EventRow, restore_all};
use crate::schema::{event, log_head};

impl ReadEvents for Work<'_> {
    fn page(
        &mut self,
        workspace: WorkspaceId,
        after: Position,
        limit_rows: usize,
    ) -> Result<Vec<Event>, Fault> {
        let page = event::table
            .filter(event::workspace_id.eq(workspace.to_bytes()))
            .filter(event::position.gt(after.stored()))
            .order(event::position)
            .limit(limit(limit_rows))
            .select((
                event::position,
                event::topic,
                event::conversation_id,
                event::subject_id,
                event::seq,
                event::occurred_at,
            ));
        restore_all::<EventRow>(self.read(|conn| page.load(conn))?)
    }

    fn head(&mut self, workspace: WorkspaceId) -> Result<Position, Fault> {
        let head = log_head::table
            .find(workspace.to_bytes())
            .select(log_head::position);
        let found = self.read(|conn| head.first(conn).optional())?;
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

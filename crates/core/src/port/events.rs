//! The log, and the claims that commit with what they guard.

use crate::claim::{ClaimKey, Settled};
use crate::event::{Event, NewEvent, Placed, Position};
use crate::fault::Fault;
use crate::id::{MessageId, WorkspaceId};
use crate::timestamp::Timestamp;

/// The log as it stands in one snapshot.
pub trait ReadEvents {
    /// Up to `limit` events after a position, in order, without a gap.
    fn page(
        &mut self,
        workspace: WorkspaceId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Event>, Fault>;
    /// The events at these positions, of those that there are, in no particular order: one statement.
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        positions: &[Position],
    ) -> Result<Vec<Event>, Fault>;
    /// For each of these ids of things, if there is one, the position of the first event of
    /// [`Topic::BIRTHS`](crate::Topic::BIRTHS) about it, in no particular order: one statement.
    fn births(
        &mut self,
        workspace: WorkspaceId,
        ids: &[[u8; 16]],
    ) -> Result<Vec<([u8; 16], Position)>, Fault>;
    /// The position of the newest event.
    fn head(&mut self, workspace: WorkspaceId) -> Result<Position, Fault>;
}

/// The log inside a unit of work.
pub trait Events: ReadEvents {
    /// Appends all of `events` in order at the next positions, or none. They can be read after the commit,
    /// not within the unit: an adapter keeps them aside and appends those of a whole group of jobs right
    /// before the commit, workspaces in the order of their ids, one statement for all. So the lock on a
    /// log is the last one taken, is held shortly, and never takes part in a deadlock.
    fn append(&mut self, workspace: WorkspaceId, events: &[NewEvent]) -> Result<(), Fault>;
    /// The same; `placed` is told where the first of `events` stands, whom the others follow, right before the commit.
    fn append_placed(
        &mut self,
        workspace: WorkspaceId,
        events: &[NewEvent],
        placed: &Placed,
    ) -> Result<(), Fault>;
}

/// Claims as they stand in one snapshot.
pub trait ReadClaims {
    /// Those of the claims that stand at `now`, in no particular order: one statement.
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        keys: &[ClaimKey],
        now: Timestamp,
    ) -> Result<Vec<Settled>, Fault>;
}

/// Claims inside a unit of work.
pub trait Claims: ReadClaims {
    /// Adds all of `claims` in one statement, in place of those that expired before `now`.
    /// [`Fault::Contended`] when another unit made one of them meanwhile.
    fn append(
        &mut self,
        workspace: WorkspaceId,
        claims: &[Settled],
        now: Timestamp,
    ) -> Result<(), Fault>;
    /// Erases the answers that show one of these messages, and leaves the claims: one statement.
    fn forget(&mut self, workspace: WorkspaceId, shown: &[MessageId]) -> Result<(), Fault>;
    /// Erases up to `limit` claims of any workspace that expired before `now`; returns how many.
    fn erase_expired(&mut self, now: Timestamp, limit: usize) -> Result<usize, Fault>;
}

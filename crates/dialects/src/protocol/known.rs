//! Where things came into being, as far as that was looked up before: it never changes.
//!
//! Whether a thing still is, and who may see it, is looked up anew each time.

use std::collections::HashMap;
use std::time::Duration;

use causerie_core::act::{find_extras, find_placed, find_positions};
use causerie_core::port::Snapshot;
use causerie_core::{
    Bearer, Context, Error, Extra, ParticipantId, Position, Scope, Subject, WorkspaceId,
};
use moka::sync::Cache;

use super::NAME;

/// How many things are remembered by their position.
const PLACED_MAX: u64 = 20_000;
/// How many positions are remembered by their thing.
const POSITIONS_MAX: u64 = 50_000;

/// With how many senders what is kept is remembered.
const SENDERS_MAX: u64 = 1_000;
/// And for how long: this may change.
const SENDER_TRUST: Duration = Duration::from_secs(2);

/// What was looked up.
#[derive(Debug)]
pub(super) struct Known {
    placed: Cache<(WorkspaceId, Position), Subject>,
    positions: Cache<[u8; 16], Position>,
    senders: Cache<ParticipantId, Option<Extra>>,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            placed: Cache::new(PLACED_MAX),
            positions: Cache::new(POSITIONS_MAX),
            senders: Cache::builder()
                .max_capacity(SENDERS_MAX)
                .time_to_live(SENDER_TRUST)
                .build(),
        }
    }
}

impl Known {
    /// The things that came into being at these positions, by position.
    ///
    /// # Errors
    /// Those of [`find_placed`].
    pub(super) fn placed(
        &self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        positions: &[Position],
    ) -> Result<HashMap<Position, Subject>, Error> {
        let workspace = cx.workspace();
        let mut found = HashMap::with_capacity(positions.len());
        let mut others = Vec::new();
        for position in positions {
            match self.placed.get(&(workspace, *position)) {
                Some(subject) => drop(found.insert(*position, subject)),
                None => others.push(*position),
            }
        }
        for (position, subject) in find_placed(snapshot, cx, &others)? {
            self.placed.insert((workspace, position), subject);
            found.insert(position, subject);
        }
        Ok(found)
    }

    /// The positions at which these things came into being, by id.
    ///
    /// # Errors
    /// Those of [`find_positions`].
    pub(super) fn positions(
        &self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        ids: &[[u8; 16]],
    ) -> Result<HashMap<[u8; 16], Position>, Error> {
        let mut found = HashMap::with_capacity(ids.len());
        let mut others = Vec::new();
        for id in ids {
            match self.positions.get(id) {
                Some(position) => drop(found.insert(*id, position)),
                None => others.push(*id),
            }
        }
        for (id, position) in find_positions(snapshot, cx, &others)? {
            self.note(id, position);
            found.insert(id, position);
        }
        Ok(found)
    }

    /// What is kept with the participant who sends; keys that may only write are not told.
    ///
    /// # Errors
    /// Those of [`find_extras`].
    pub(super) fn kept_with_sender(
        &self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        id: ParticipantId,
    ) -> Result<Option<Extra>, Error> {
        if !cx.caller.scopes().allow(Scope::MessagingRead) {
            return Ok(None);
        }
        if let Some(kept) = self.senders.get(&id) {
            return Ok(kept);
        }
        let bearer = Bearer::Participant(id);
        let kept = find_extras(snapshot, cx, NAME, &[bearer])?.remove(&bearer);
        self.senders.insert(id, kept.clone());
        Ok(kept)
    }

    /// The thing at a position and what is kept with a participant, if both were looked up before.
    pub(super) fn remembered(
        &self,
        at: (WorkspaceId, Position),
        sender: ParticipantId,
    ) -> Option<(Subject, Position, Option<Extra>)> {
        let subject = self.placed.get(&at)?;
        let position = self.positions.get(&sender.to_bytes())?;
        Some((subject, position, self.senders.get(&sender)?))
    }

    /// Remembers where something stands that was just made.
    pub(super) fn note(&self, id: [u8; 16], position: Position) {
        self.positions.insert(id, position);
    }
}

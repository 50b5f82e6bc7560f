//! Where things came into being, as far as that was looked up before: it never changes.
//!
//! Whether a thing still is, and who may see it, is looked up anew each time.

use std::collections::HashMap;
use std::time::Duration;

use causerie_core::act::{find_extras, find_placed, find_positions};
use causerie_core::port::Snapshot;
use causerie_core::{
    Bearer, Context, Error, Extra, ParticipantId, Position, Refusal, Scope, Subject, WorkspaceId,
};
use moka::sync::Cache;

use super::NAME;

/// How many things are remembered by their position.
const PLACED_MAX: u64 = 20_000;
/// How many senders are remembered.
const SENDERS_MAX: u64 = 1_000;
/// And for how long: what is kept with them may change.
const SENDER_TRUST: Duration = Duration::from_secs(2);

/// Where a participant came into being, and what is kept with them.
type Sender = (Position, Option<Extra>);

/// What was looked up.
#[derive(Debug)]
pub(super) struct Known {
    placed: Cache<(WorkspaceId, Position), Subject>,
    senders: Cache<ParticipantId, Sender>,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            placed: Cache::new(PLACED_MAX),
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

    /// Where the participant who sends stands, and what is kept with them; keys that may only write are not told of that.
    ///
    /// # Errors
    /// `participant_not_found`; those of [`find_extras`].
    pub(super) fn sender(
        &self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        id: ParticipantId,
    ) -> Result<Sender, Error> {
        if let Some(sender) = self.senders.get(&id) {
            return Ok(sender);
        }
        let own = id.to_bytes();
        let position = find_positions(snapshot, cx, &[own])?.remove(&own);
        let position = position.ok_or(Refusal::ParticipantNotFound)?;
        if !cx.caller.scopes().allow(Scope::MessagingRead) {
            return Ok((position, None));
        }
        let bearer = Bearer::Participant(id);
        let kept = find_extras(snapshot, cx, NAME, &[bearer])?.remove(&bearer);
        let sender = (position, kept);
        self.senders.insert(id, sender.clone());
        Ok(sender)
    }

    /// The thing at a position, and a participant who sends, if both were looked up before.
    pub(super) fn remembered(
        &self,
        at: (WorkspaceId, Position),
        sender: ParticipantId,
    ) -> Option<(Subject, Sender)> {
        Some((self.placed.get(&at)?, self.senders.get(&sender)?))
    }
}

//! Events and claims in memory.

use std::collections::HashMap;

use crate::claim::{Answer, ClaimKey, Settled};
use crate::event::{Event, NewEvent, Placed, Position, Topic};
use crate::fault::Fault;
use crate::id::{MessageId, WorkspaceId};
use crate::port::{Claims, Events, ReadClaims, ReadEvents};
use crate::timestamp::Timestamp;

use super::tables::{Work, taken};

impl ReadEvents for Work {
    fn page(
        &mut self,
        workspace: WorkspaceId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Event>, Fault> {
        let log = self.tables.log(workspace).iter();
        Ok(log
            .filter(|event| event.position > after)
            .take(limit)
            .copied()
            .collect())
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        positions: &[Position],
    ) -> Result<Vec<Event>, Fault> {
        let log = self.tables.log(workspace).iter();
        Ok(log
            .filter(|event| positions.contains(&event.position))
            .copied()
            .collect())
    }

    fn births(
        &mut self,
        workspace: WorkspaceId,
        ids: &[[u8; 16]],
    ) -> Result<Vec<([u8; 16], Position)>, Fault> {
        let births = self.tables.log(workspace).iter().rev();
        let births = births.filter(|event| Topic::BIRTHS.contains(&event.topic));
        let of: HashMap<[u8; 16], Position> = births
            .map(|event| (event.subject.parts().id, event.position))
            .filter(|(id, _)| ids.contains(id))
            .collect();
        Ok(of.into_iter().collect())
    }

    fn head(&mut self, workspace: WorkspaceId) -> Result<Position, Fault> {
        Ok(self
            .tables
            .log(workspace)
            .last()
            .map_or(Position::ZERO, |event| event.position))
    }
}

impl Events for Work {
    fn append(&mut self, workspace: WorkspaceId, events: &[NewEvent]) -> Result<(), Fault> {
        self.events
            .extend(events.iter().map(|event| (workspace, *event)));
        Ok(())
    }

    fn append_placed(
        &mut self,
        workspace: WorkspaceId,
        events: &[NewEvent],
        placed: &Placed,
    ) -> Result<(), Fault> {
        self.placed.push((self.events.len(), placed.clone()));
        Events::append(self, workspace, events)
    }
}

impl ReadClaims for Work {
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        keys: &[ClaimKey],
        now: Timestamp,
    ) -> Result<Vec<Settled>, Fault> {
        let found = keys
            .iter()
            .filter_map(|key| self.tables.claims.get(&(workspace, *key)));
        Ok(found
            .filter(|settled| settled.expires_at >= now)
            .cloned()
            .collect())
    }
}

impl Claims for Work {
    fn append(
        &mut self,
        workspace: WorkspaceId,
        claims: &[Settled],
        now: Timestamp,
    ) -> Result<(), Fault> {
        for settled in claims {
            let place = (workspace, settled.key);
            if self
                .tables
                .claims
                .get(&place)
                .is_some_and(|earlier| earlier.expires_at >= now)
            {
                return Err(taken());
            }
            self.tables_mut().claims.insert(place, settled.clone());
        }
        Ok(())
    }

    fn forget(&mut self, workspace: WorkspaceId, shown: &[MessageId]) -> Result<(), Fault> {
        for ((of, _), settled) in &mut self.tables_mut().claims {
            if *of == workspace && settled.shows.is_some_and(|id| shown.contains(&id)) {
                settled.answer = Answer(Vec::new());
            }
        }
        Ok(())
    }

    fn erase_expired(&mut self, now: Timestamp, limit: usize) -> Result<usize, Fault> {
        let expired = self
            .tables
            .claims
            .iter()
            .filter(|(_, settled)| settled.expires_at < now);
        let places: Vec<_> = expired.map(|(place, _)| *place).take(limit).collect();
        for place in &places {
            self.tables_mut().claims.remove(place);
        }
        Ok(places.len())
    }
}

//! Scheduled messages and leases in memory.

use crate::fault::Fault;
use crate::id::{ConversationId, MessageId, ParticipantId, WorkspaceId};
use crate::port::{DuePlace, Library, ReadSchedule, Schedule};
use crate::schedule::Scheduled;
use crate::timestamp::Timestamp;

use super::tables::Work;

impl ReadSchedule for Work {
    fn find(&mut self, workspace: WorkspaceId, id: MessageId) -> Result<Option<Scheduled>, Fault> {
        Ok(ReadSchedule::find_many(self, workspace, &[id])?.pop())
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[MessageId],
    ) -> Result<Vec<Scheduled>, Fault> {
        let all = self.tables.scheduled.values();
        Ok(all
            .filter(|one| one.workspace == workspace && ids.contains(&one.id))
            .cloned()
            .collect())
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        conversation: Option<ConversationId>,
        sender: Option<ParticipantId>,
        after: Option<DuePlace>,
        limit: usize,
    ) -> Result<Vec<Scheduled>, Fault> {
        let passes = |one: &&Scheduled| {
            let place = DuePlace {
                due_at: one.due_at,
                id: one.id,
            };
            one.workspace == workspace
                && conversation.is_none_or(|id| one.conversation == id)
                && sender.is_none_or(|id| one.sender == id)
                && after.is_none_or(|after| place > after)
        };
        let all = self.tables.scheduled.values().filter(passes);
        Ok(all.take(limit).cloned().collect())
    }

    fn has(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        count: usize,
    ) -> Result<bool, Fault> {
        let of = |one: &&Scheduled| one.workspace == workspace && one.conversation == conversation;
        Ok(self.tables.scheduled.values().filter(of).count() >= count)
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, Fault> {
        let mut all = self.tables.scheduled.values();
        Ok(all.find(|one| one.refused.is_none()).map(|one| one.due_at))
    }
}

impl Schedule for Work {
    fn lock(&mut self, workspace: WorkspaceId, id: MessageId) -> Result<Option<Scheduled>, Fault> {
        ReadSchedule::find(self, workspace, id)
    }

    fn lock_due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Scheduled>, Fault> {
        let all = self.tables.scheduled.values();
        let due = all.filter(|one| one.refused.is_none() && one.due_at <= now);
        Ok(due.take(limit).cloned().collect())
    }

    fn add(&mut self, scheduled: &Scheduled) -> Result<(), Fault> {
        let place = (scheduled.due_at, scheduled.id);
        self.tables_mut().scheduled.insert(place, scheduled.clone());
        Ok(())
    }

    fn save(&mut self, scheduled: &Scheduled) -> Result<(), Fault> {
        if ReadSchedule::find(self, scheduled.workspace, scheduled.id)?.is_some() {
            Schedule::erase(self, &[(scheduled.workspace, scheduled.id)])?;
            Schedule::add(self, scheduled)?;
        }
        Ok(())
    }

    fn erase(&mut self, scheduled: &[(WorkspaceId, MessageId)]) -> Result<(), Fault> {
        self.tables_mut()
            .scheduled
            .retain(|_, one| !scheduled.contains(&(one.workspace, one.id)));
        Ok(())
    }

    fn erase_refused(
        &mut self,
        before: Timestamp,
        now: Timestamp,
        limit: usize,
    ) -> Result<usize, Fault> {
        let all = self.tables.scheduled.iter();
        let old = all.filter(|(_, one)| one.refused.is_some() && one.updated_at < before);
        let places: Vec<_> = old.map(|(place, _)| *place).take(limit).collect();
        for place in &places {
            if let Some(gone) = self.tables_mut().scheduled.remove(place) {
                Library::release(self, gone.workspace, &[gone.id], now)?;
            }
        }
        Ok(places.len())
    }

    fn hold(
        &mut self,
        lease: &'static str,
        holder: [u8; 16],
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Fault> {
        if let Some((other, end)) = self.tables.leases.get(lease)
            && *other != holder
            && *end > now
        {
            return Ok(false);
        }
        self.tables_mut().leases.insert(lease, (holder, until));
        Ok(true)
    }
}

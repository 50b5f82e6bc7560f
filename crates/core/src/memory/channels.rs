//! Channels, what waits to be handed over, and what all nodes agree on, in memory.

use crate::channel::{Channel, ChannelState, Platform};
use crate::fault::Fault;
use crate::id::{ChannelId, ConversationId, MessageId, WorkspaceId};
use crate::outbound::Outbound;
use crate::port::{
    Channels, Installation, Outbox, PlatformReference, ReadChannels, ReadInstallation, ReadOutbox,
};
use crate::text::Reference;
use crate::timestamp::Timestamp;

use super::tables::{Work, taken};

impl ReadChannels for Work {
    fn find(&mut self, workspace: WorkspaceId, id: ChannelId) -> Result<Option<Channel>, Fault> {
        let found = ReadChannels::find_many(self, workspace, &[id])?.pop();
        Ok(found.filter(|channel| channel.deleted_at.is_none()))
    }

    fn find_anywhere(&mut self, id: ChannelId) -> Result<Option<Channel>, Fault> {
        let found = self.tables.channels.get(&id);
        Ok(found.filter(|one| one.deleted_at.is_none()).cloned())
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ChannelId],
    ) -> Result<Vec<Channel>, Fault> {
        let all = self.tables.channels.values();
        Ok(all
            .filter(|one| one.workspace == workspace && ids.contains(&one.id))
            .cloned()
            .collect())
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        platform: Option<Platform>,
        before: Option<ChannelId>,
        limit: usize,
    ) -> Result<Vec<Channel>, Fault> {
        let passes = |one: &&Channel| {
            one.workspace == workspace
                && one.deleted_at.is_none()
                && platform.is_none_or(|platform| one.platform == platform)
                && before.is_none_or(|before| one.id < before)
        };
        let all = self.tables.channels.values().rev().filter(passes);
        Ok(all.take(limit).cloned().collect())
    }
}

impl Channels for Work {
    fn lock(&mut self, workspace: WorkspaceId, id: ChannelId) -> Result<Option<Channel>, Fault> {
        ReadChannels::find(self, workspace, id)
    }

    fn add(&mut self, channel: &Channel) -> Result<(), Fault> {
        self.tables_mut()
            .channels
            .insert(channel.id, channel.clone());
        Ok(())
    }

    fn save(&mut self, channel: &Channel) -> Result<(), Fault> {
        let stored = self.tables_mut().channels.get_mut(&channel.id);
        if let Some(stored) = stored.filter(|stored| stored.workspace == channel.workspace) {
            *stored = Channel::restore(ChannelState {
                platform: stored.platform,
                connector: stored.connector,
                created_at: stored.created_at,
                ..(**channel).clone()
            });
        }
        Ok(())
    }
}

impl ReadOutbox for Work {
    fn find(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Option<Outbound>, Fault> {
        let found = self.tables.outbox.get(&message);
        Ok(found.filter(|one| one.workspace == workspace).copied())
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, Fault> {
        Ok(self.tables.outbox.values().map(|one| one.due_at).min())
    }

    fn find_references(
        &mut self,
        workspace: WorkspaceId,
        channel: ChannelId,
        references: &[Reference],
    ) -> Result<Vec<PlatformReference>, Fault> {
        let all = self.tables.references.iter();
        Ok(all
            .filter(|(of, one)| {
                *of == workspace && one.channel == channel && references.contains(&one.reference)
            })
            .map(|(_, one)| one.clone())
            .collect())
    }

    fn references_of(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        below: MessageId,
        limit: usize,
    ) -> Result<Vec<PlatformReference>, Fault> {
        let all = self.tables.references.iter();
        let mut found: Vec<PlatformReference> = all
            .filter(|(of, one)| {
                *of == workspace && one.conversation == conversation && one.message < below
            })
            .map(|(_, one)| one.clone())
            .collect();
        found.sort_by_key(|one| std::cmp::Reverse(one.message));
        found.truncate(limit);
        Ok(found)
    }
}

impl Outbox for Work {
    fn add(&mut self, all: &[Outbound]) -> Result<(), Fault> {
        for one in all {
            self.tables_mut().outbox.insert(one.message, *one);
        }
        Ok(())
    }

    fn lock_due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Outbound>, Fault> {
        let all = self.tables.outbox.values();
        let mut due: Vec<Outbound> = all.filter(|one| one.due_at <= now).copied().collect();
        due.sort_unstable_by_key(|one| (one.due_at, one.message));
        due.truncate(limit);
        Ok(due)
    }

    fn lock(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Option<Outbound>, Fault> {
        ReadOutbox::find(self, workspace, message)
    }

    fn save(&mut self, entry: &Outbound) -> Result<(), Fault> {
        if let Some(stored) = self.tables_mut().outbox.get_mut(&entry.message) {
            stored.tries = entry.tries;
            stored.due_at = entry.due_at;
        }
        Ok(())
    }

    fn erase(&mut self, workspace: WorkspaceId, message: MessageId) -> Result<(), Fault> {
        self.tables_mut()
            .outbox
            .retain(|_, one| one.workspace != workspace || one.message != message);
        Ok(())
    }

    fn add_reference(
        &mut self,
        workspace: WorkspaceId,
        reference: &PlatformReference,
    ) -> Result<(), Fault> {
        let (channel, known) = (reference.channel, [reference.reference.clone()]);
        if !self.find_references(workspace, channel, &known)?.is_empty() {
            return Err(taken());
        }
        self.tables_mut()
            .references
            .push((workspace, reference.clone()));
        Ok(())
    }
}

impl ReadInstallation for Work {
    fn find(&mut self, name: &'static str) -> Result<Option<Vec<u8>>, Fault> {
        Ok(self.tables.installation.get(name).cloned())
    }
}

impl Installation for Work {
    fn add(&mut self, name: &'static str, value: &[u8]) -> Result<(), Fault> {
        if self.tables.installation.contains_key(name) {
            return Err(taken());
        }
        self.tables_mut().installation.insert(name, value.to_vec());
        Ok(())
    }
}

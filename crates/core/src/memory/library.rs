//! Files in memory.

use std::collections::BTreeSet;

use crate::fault::Fault;
use crate::id::{ConversationId, MediaId, MessageId, WorkspaceId};
use crate::media::{Digest, Media, MediaFields};
use crate::port::{KeptFile, Library, MediaFilter, MediaUse, ReadLibrary};
use crate::timestamp::Timestamp;

use super::tables::{Work, taken};

impl Work {
    fn media_mut(&mut self, workspace: WorkspaceId, id: MediaId) -> Option<&mut Media> {
        let stored = self.tables_mut().media.get_mut(&id);
        stored.filter(|stored| stored.workspace == workspace)
    }

    fn expire(&mut self, workspace: WorkspaceId, id: MediaId, at: Option<Timestamp>) {
        if let Some(stored) = self.media_mut(workspace, id) {
            *stored = Media::restore(MediaFields {
                expires_at: at,
                ..(**stored).clone()
            });
        }
    }

    fn media_by(
        &self,
        time: impl Fn(&Media) -> Option<Timestamp>,
        now: Timestamp,
        limit: usize,
    ) -> Vec<Media> {
        let all = self.tables.media.values();
        let mut due: Vec<(Timestamp, &Media)> = all
            .filter_map(|media| Some((time(media)?, media)))
            .filter(|(at, _)| *at <= now)
            .collect();
        due.sort_unstable_by_key(|(at, media)| (*at, media.id));
        due.into_iter()
            .take(limit)
            .map(|(_, media)| media.clone())
            .collect()
    }
}

impl ReadLibrary for Work {
    fn find(&mut self, workspace: WorkspaceId, id: MediaId) -> Result<Option<Media>, Fault> {
        Ok(ReadLibrary::find_many(self, workspace, &[id])?.pop())
    }

    fn find_many(&mut self, workspace: WorkspaceId, ids: &[MediaId]) -> Result<Vec<Media>, Fault> {
        let ids: BTreeSet<&MediaId> = ids.iter().collect();
        let found = ids.into_iter().filter_map(|id| self.tables.media.get(id));
        Ok(found
            .filter(|media| media.workspace == workspace)
            .cloned()
            .collect())
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        filter: MediaFilter,
        before: Option<MediaId>,
        limit: usize,
    ) -> Result<Vec<Media>, Fault> {
        let passes = |media: &&Media| {
            media.workspace == workspace
                && before.is_none_or(|before| media.id < before)
                && (filter.owner.is_none() || media.owner == filter.owner)
        };
        let all = self.tables.media.values().rev().filter(passes);
        Ok(all.take(limit).cloned().collect())
    }

    fn newest_uses(
        &mut self,
        workspace: WorkspaceId,
        media: &[MediaId],
    ) -> Result<Vec<MediaUse>, Fault> {
        let mut media = media.to_vec();
        media.sort_unstable();
        media.dedup();
        let mut newest = Vec::new();
        for id in media {
            newest.extend(self.uses(workspace, id, 1)?);
        }
        Ok(newest)
    }

    fn uses(
        &mut self,
        workspace: WorkspaceId,
        media: MediaId,
        limit: usize,
    ) -> Result<Vec<MediaUse>, Fault> {
        let all = self.tables.media_uses.iter().rev();
        Ok(all
            .filter(|(of, one)| *of == workspace && one.media == media)
            .map(|(_, one)| *one)
            .take(limit)
            .collect())
    }

    fn uses_in(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        before: Option<(MediaId, MessageId)>,
        limit: usize,
    ) -> Result<Vec<MediaUse>, Fault> {
        let passes = |(of, one): &&(WorkspaceId, MediaUse)| {
            *of == workspace
                && one.conversation == conversation
                && before.is_none_or(|before| (one.media, one.message) < before)
        };
        let all = self.tables.media_uses.iter().rev().filter(passes);
        Ok(all.map(|(_, one)| *one).take(limit).collect())
    }

    fn kept_bytes(&mut self, workspace: WorkspaceId) -> Result<u64, Fault> {
        let all = self.tables.kept.values();
        let own = all.filter(|kept| kept.workspace == workspace);
        Ok(own.map(|kept| kept.size).sum())
    }

    fn page_kept(
        &mut self,
        after: Option<(WorkspaceId, Digest)>,
        limit: usize,
    ) -> Result<Vec<KeptFile>, Fault> {
        let all = self.tables.kept.iter();
        Ok(all
            .filter(|(place, _)| after.is_none_or(|after| **place > after))
            .map(|(_, kept)| *kept)
            .take(limit)
            .collect())
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, Fault> {
        let all = self.tables.media.values();
        Ok(all.filter_map(|media| media.due_at).min())
    }
}

impl Library for Work {
    fn lock_many(&mut self, workspace: WorkspaceId, ids: &[MediaId]) -> Result<Vec<Media>, Fault> {
        ReadLibrary::find_many(self, workspace, ids)
    }

    fn add(&mut self, media: &Media) -> Result<(), Fault> {
        self.tables_mut().media.insert(media.id, media.clone());
        Ok(())
    }

    fn save(&mut self, media: &Media) -> Result<(), Fault> {
        if let Some(stored) = self.media_mut(media.workspace, media.id) {
            *stored = Media::restore(MediaFields {
                owner: stored.owner,
                created_at: stored.created_at,
                ..(**media).clone()
            });
        }
        Ok(())
    }

    fn attach(&mut self, workspace: WorkspaceId, uses: &[MediaUse]) -> Result<(), Fault> {
        for one in uses {
            self.tables_mut().media_uses.insert((workspace, *one));
            self.expire(workspace, one.media, None);
        }
        Ok(())
    }

    fn release(
        &mut self,
        workspace: WorkspaceId,
        messages: &[MessageId],
        now: Timestamp,
    ) -> Result<(), Fault> {
        let all = self.tables.media_uses.iter();
        let gone: Vec<_> = all
            .filter(|(of, one)| *of == workspace && messages.contains(&one.message))
            .copied()
            .collect();
        for one in &gone {
            self.tables_mut().media_uses.remove(one);
        }
        for (_, one) in gone {
            if ReadLibrary::uses(self, workspace, one.media, 1)?.is_empty() {
                self.expire(workspace, one.media, Some(now));
            }
        }
        Ok(())
    }

    fn lock_due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Media>, Fault> {
        Ok(self.media_by(|media| media.due_at, now, limit))
    }

    fn lock_expired(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Media>, Fault> {
        Ok(self.media_by(|media| media.expires_at, now, limit))
    }

    fn erase(&mut self, ids: &[(WorkspaceId, MediaId)]) -> Result<(), Fault> {
        self.tables_mut()
            .media
            .retain(|id, media| !ids.contains(&(media.workspace, *id)));
        Ok(())
    }

    fn lock_kept(
        &mut self,
        workspace: WorkspaceId,
        digest: Digest,
    ) -> Result<Option<KeptFile>, Fault> {
        Ok(self.tables.kept.get(&(workspace, digest)).copied())
    }

    fn add_kept(&mut self, kept: &KeptFile) -> Result<u64, Fault> {
        let place = (kept.workspace, kept.digest);
        if self.tables.kept.contains_key(&place) {
            return Err(taken());
        }
        self.tables_mut().kept.insert(place, *kept);
        self.kept_bytes(kept.workspace)
    }

    fn save_kept(&mut self, kept: &KeptFile) -> Result<(), Fault> {
        let place = (kept.workspace, kept.digest);
        if let Some(stored) = self.tables_mut().kept.get_mut(&place) {
            *stored = KeptFile {
                size: stored.size,
                ..*kept
            };
        }
        Ok(())
    }

    fn lock_unused(&mut self, now: Timestamp, limit: usize) -> Result<Vec<KeptFile>, Fault> {
        let all = self.tables.kept.values();
        let unused = all.filter(|kept| kept.uses == 0 && kept.due_at <= now);
        Ok(unused.take(limit).copied().collect())
    }

    fn erase_kept(&mut self, gone: &[(WorkspaceId, Digest)]) -> Result<(), Fault> {
        self.tables_mut()
            .kept
            .retain(|place, kept| !kept.doomed || !gone.contains(place));
        Ok(())
    }
}

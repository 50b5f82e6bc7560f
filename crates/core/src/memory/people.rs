//! Workspaces, keys and participants in memory.

use crate::contact::Identifier;
use crate::fault::Fault;
use crate::id::{KeyId, ParticipantId, WorkspaceId};
use crate::key::{ApiKey, ApiKeyState};
use crate::participant::{Participant, ParticipantState};
use crate::port::{
    Keys, ParticipantFilter, Participants, ReadKeys, ReadParticipants, ReadWorkspaces, Workspaces,
};
use crate::text::ExternalId;
use crate::timestamp::Timestamp;
use crate::workspace::{Workspace, WorkspaceState};

use super::tables::{Work, taken};

impl ReadWorkspaces for Work {
    fn find(&mut self, id: WorkspaceId) -> Result<Option<Workspace>, Fault> {
        Ok(self.tables.workspaces.get(&id).cloned())
    }

    fn find_root(&mut self) -> Result<Option<Workspace>, Fault> {
        Ok(self
            .tables
            .workspaces
            .values()
            .find(|one| one.root)
            .cloned())
    }

    fn page(&mut self, after: Option<WorkspaceId>, limit: usize) -> Result<Vec<Workspace>, Fault> {
        let all = self.tables.workspaces.values();
        Ok(all
            .filter(|one| after.is_none_or(|after| one.id > after))
            .take(limit)
            .cloned()
            .collect())
    }
}

impl Workspaces for Work {
    fn lock(&mut self, id: WorkspaceId) -> Result<Option<Workspace>, Fault> {
        ReadWorkspaces::find(self, id)
    }

    fn save(&mut self, workspace: &Workspace) -> Result<(), Fault> {
        if let Some(stored) = self.tables_mut().workspaces.get_mut(&workspace.id) {
            *stored = Workspace::restore(WorkspaceState {
                settings: workspace.settings.clone(),
                plan: workspace.plan,
                ..(**stored).clone()
            });
        }
        Ok(())
    }

    fn add(&mut self, workspace: &Workspace) -> Result<(), Fault> {
        if workspace.root && ReadWorkspaces::find_root(self)?.is_some() {
            return Err(taken());
        }
        self.tables_mut()
            .workspaces
            .insert(workspace.id, workspace.clone());
        Ok(())
    }
}

impl ReadKeys for Work {
    fn find_anywhere(&mut self, id: KeyId) -> Result<Option<ApiKey>, Fault> {
        Ok(self.tables.keys.get(&id).cloned())
    }

    fn find(&mut self, workspace: WorkspaceId, id: KeyId) -> Result<Option<ApiKey>, Fault> {
        Ok(self
            .tables
            .keys
            .get(&id)
            .filter(|key| key.workspace == workspace)
            .cloned())
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        before: Option<KeyId>,
        limit: usize,
    ) -> Result<Vec<ApiKey>, Fault> {
        let all = self
            .tables
            .keys
            .values()
            .rev()
            .filter(|key| key.workspace == workspace);
        let found = all.filter(|key| before.is_none_or(|before| key.id < before));
        Ok(found.take(limit).cloned().collect())
    }
}

impl Keys for Work {
    fn lock(&mut self, workspace: WorkspaceId, id: KeyId) -> Result<Option<ApiKey>, Fault> {
        ReadKeys::find(self, workspace, id)
    }

    fn add(&mut self, key: &ApiKey) -> Result<(), Fault> {
        self.tables_mut().keys.insert(key.id, key.clone());
        Ok(())
    }

    fn save(&mut self, key: &ApiKey) -> Result<(), Fault> {
        if let Some(stored) = self.tables_mut().keys.get_mut(&key.id)
            && stored.workspace == key.workspace
        {
            let (expires_at, revoked_at) = (key.expires_at, key.revoked_at);
            *stored = ApiKey::restore(ApiKeyState {
                expires_at,
                revoked_at,
                ..(**stored).clone()
            });
        }
        Ok(())
    }

    fn note_use(&mut self, uses: &[(KeyId, Timestamp)]) -> Result<(), Fault> {
        for (id, at) in uses {
            if let Some(stored) = self.tables_mut().keys.get_mut(id) {
                let last_used_at = stored.last_used_at.max(Some(*at));
                *stored = ApiKey::restore(ApiKeyState {
                    last_used_at,
                    ..(**stored).clone()
                });
            }
        }
        Ok(())
    }
}

impl ReadParticipants for Work {
    fn find(
        &mut self,
        workspace: WorkspaceId,
        id: ParticipantId,
    ) -> Result<Option<Participant>, Fault> {
        Ok(self
            .tables
            .participants
            .get(&id)
            .filter(|one| one.workspace == workspace)
            .cloned())
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ParticipantId],
    ) -> Result<Vec<Participant>, Fault> {
        let all = self.tables.participants.values();
        Ok(all
            .filter(|one| one.workspace == workspace && ids.contains(&one.id))
            .cloned()
            .collect())
    }

    fn find_external(
        &mut self,
        workspace: WorkspaceId,
        external_id: &ExternalId,
    ) -> Result<Option<Participant>, Fault> {
        let mut all = self.tables.participants.values();
        Ok(all
            .find(|one| one.workspace == workspace && one.external_id.as_ref() == Some(external_id))
            .cloned())
    }

    fn find_identified(
        &mut self,
        workspace: WorkspaceId,
        identifiers: &[Identifier],
    ) -> Result<Vec<Participant>, Fault> {
        let all = self.tables.participants.values();
        Ok(all
            .filter(|one| {
                let mut own = one.identifiers.iter();
                one.workspace == workspace && own.any(|one| identifiers.contains(one))
            })
            .cloned()
            .collect())
    }

    fn count(
        &mut self,
        workspace: WorkspaceId,
        filter: &ParticipantFilter,
        count_max: usize,
    ) -> Result<usize, Fault> {
        Ok(ReadParticipants::page(self, workspace, filter, None, count_max)?.len())
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        filter: &ParticipantFilter,
        before: Option<ParticipantId>,
        limit: usize,
    ) -> Result<Vec<Participant>, Fault> {
        let passes = |one: &&Participant| {
            one.workspace == workspace
                && before.is_none_or(|before| one.id < before)
                && filter.kind.is_none_or(|kind| one.kind == kind)
                && (filter.external_id.is_none() || one.external_id == filter.external_id)
                && filter
                    .identifier
                    .as_ref()
                    .is_none_or(|wanted| one.identifiers.iter().any(|own| own == wanted))
                && filter
                    .archived
                    .is_none_or(|archived| one.archived_at.is_some() == archived)
        };
        let all = self.tables.participants.values().rev();
        Ok(all.filter(passes).take(limit).cloned().collect())
    }
}

impl Participants for Work {
    fn lock(
        &mut self,
        workspace: WorkspaceId,
        id: ParticipantId,
    ) -> Result<Option<Participant>, Fault> {
        ReadParticipants::find(self, workspace, id)
    }

    fn add(&mut self, participant: &Participant) -> Result<(), Fault> {
        if let Some(external_id) = &participant.external_id {
            let holder = self.find_external(participant.workspace, external_id)?;
            if holder.is_some_and(|holder| holder.id != participant.id) {
                return Err(taken());
            }
        }
        let own: Vec<Identifier> = participant.identifiers.iter().cloned().collect();
        let holders = self.find_identified(participant.workspace, &own)?;
        if holders.iter().any(|holder| holder.id != participant.id) {
            return Err(taken());
        }
        self.tables_mut()
            .participants
            .insert(participant.id, participant.clone());
        Ok(())
    }

    fn save(&mut self, participant: &Participant) -> Result<(), Fault> {
        let stored = ReadParticipants::find(self, participant.workspace, participant.id)?;
        let Some(stored) = stored else {
            return Ok(());
        };
        let state = ParticipantState {
            created_at: stored.created_at,
            ..(**participant).clone()
        };
        Participants::add(self, &Participant::restore(state))
    }
}

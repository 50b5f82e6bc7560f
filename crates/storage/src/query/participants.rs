//! Participants in the database, and what they are reached by.

use std::collections::BTreeSet;

use causerie_core::contact::{Identifier, Identifiers};
use causerie_core::port::{ParticipantFilter, Participants, ReadParticipants};
use causerie_core::text::ExternalId;
use causerie_core::{Fault, Participant, ParticipantId, ParticipantKind, WorkspaceId};
use diesel::prelude::*;

use super::super::dialect::{self, locked};
use super::{Counted, Work, before, limit};
use crate::new_row::{NewIdentifier, NewParticipant};
use crate::row::{ParticipantRow, restore_all, restore_one};
use crate::schema::{identifier, participant};

/// Those participants that pass a filter.
macro_rules! narrowed {
    ($all:expr, $workspace:expr, $filter:expr) => {{
        let (mut all, workspace, filter) = ($all, $workspace, $filter);
        if let Some(kind) = filter.kind {
            all = all.filter(participant::kind.eq(ParticipantKind::number(kind)));
        }
        if let Some(external_id) = &filter.external_id {
            all = all.filter(participant::external_id.eq(external_id.as_str()));
        }
        if let Some(wanted) = &filter.identifier {
            let holder = identifier::table
                .find((workspace.to_bytes(), wanted.key().as_str(), wanted.value()))
                .select(identifier::participant_id);
            all = all.filter(participant::id.nullable().eq(holder.single_value()));
        }
        match filter.archived {
            Some(true) => all = all.filter(participant::archived_at.is_not_null()),
            Some(false) => all = all.filter(participant::archived_at.is_null()),
            None => {}
        }
        all
    }};
}

impl ReadParticipants for Work<'_> {
    fn find(
        &mut self,
        workspace: WorkspaceId,
        id: ParticipantId,
    ) -> Result<Option<Participant>, Fault> {
        let find = participant::table.find((workspace.to_bytes(), id.to_bytes()));
        restore_one::<ParticipantRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ParticipantId],
    ) -> Result<Vec<Participant>, Fault> {
        restore_all(self.read(|conn| dialect::find_participants(conn, workspace, ids))?)
    }

    fn find_external(
        &mut self,
        workspace: WorkspaceId,
        external_id: &ExternalId,
    ) -> Result<Option<Participant>, Fault> {
        let find = participant::table
            .filter(participant::workspace_id.eq(workspace.to_bytes()))
            .filter(participant::external_id.eq(external_id.as_str()));
        restore_one::<ParticipantRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn find_identified(
        &mut self,
        workspace: WorkspaceId,
        identifiers: &[Identifier],
    ) -> Result<Vec<Participant>, Fault> {
        let found = self.read(|conn| dialect::find_identified(conn, workspace, identifiers))?;
        let mut found: Vec<Participant> = restore_all(found)?;
        found.sort_unstable_by_key(|one| one.id);
        found.dedup_by_key(|one| one.id);
        Ok(found)
    }

    fn count(
        &mut self,
        workspace: WorkspaceId,
        filter: &ParticipantFilter,
        count_max: usize,
    ) -> Result<usize, Fault> {
        let all = participant::table
            .filter(participant::workspace_id.eq(workspace.to_bytes()))
            .limit(limit(count_max))
            .select(participant::id)
            .into_boxed();
        let all = Counted(narrowed!(all, workspace, filter));
        let found: i64 = self.read(|conn| all.get_result(conn))?;
        Ok(usize::try_from(found).unwrap_or(count_max))
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        filter: &ParticipantFilter,
        below: Option<ParticipantId>,
        limit_rows: usize,
    ) -> Result<Vec<Participant>, Fault> {
        let page = participant::table
            .filter(participant::workspace_id.eq(workspace.to_bytes()))
            .filter(participant::id.lt(before(below.map(ParticipantId::to_bytes))))
            .order(participant::id.desc())
            .limit(limit(limit_rows))
            .into_boxed();
        let page = narrowed!(page, workspace, filter);
        restore_all::<ParticipantRow>(self.read(|conn| page.load(conn))?)
    }
}

impl Participants for Work<'_> {
    fn lock(
        &mut self,
        workspace: WorkspaceId,
        id: ParticipantId,
    ) -> Result<Option<Participant>, Fault> {
        let find = locked!(participant::table.find((workspace.to_bytes(), id.to_bytes())));
        restore_one::<ParticipantRow>(self.write(|conn| find.get_result(conn).optional())?)
    }

    fn add(&mut self, new: &Participant) -> Result<(), Fault> {
        let row = diesel::insert_into(participant::table).values(NewParticipant::from(new));
        self.write(|conn| row.execute(conn))?;
        self.identify(new, &Identifiers::default())
    }

    fn save(&mut self, changed: &Participant) -> Result<(), Fault> {
        let key = (changed.workspace.to_bytes(), changed.id.to_bytes());
        let find = locked!(
            participant::table
                .find(key)
                .select(participant::identifiers)
        );
        let before: Option<String> = self.write(|conn| find.get_result(conn).optional())?;
        let Some(before) = before else {
            return Ok(());
        };
        let save = diesel::update(participant::table.find(key)).set(NewParticipant::from(changed));
        self.write(|conn| save.execute(conn))?;
        self.identify(changed, &Identifiers::from_stored(&before)?)
    }
}

impl Work<'_> {
    /// Lets a participant be found by what it is reached by now, in place of what it was before; in the order
    /// of identifiers, so that two units that want the same do not wait for each other.
    fn identify(&mut self, changed: &Participant, before: &Identifiers) -> Result<(), Fault> {
        let before: BTreeSet<_> = before.iter().collect();
        let now: BTreeSet<_> = changed.identifiers.iter().collect();
        for gone in before.difference(&now) {
            let workspace = changed.workspace.to_bytes();
            let row = identifier::table.find((workspace, gone.key().as_str(), gone.value()));
            let erase = diesel::delete(row);
            self.write(|conn| erase.execute(conn))?;
        }
        for new in now.difference(&before) {
            let row =
                diesel::insert_into(identifier::table).values(NewIdentifier::of(changed, new));
            self.write(|conn| row.execute(conn))?;
        }
        Ok(())
    }
}

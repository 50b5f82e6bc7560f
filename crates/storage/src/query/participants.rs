//! Participants in the database.

use causerie_core::port::{ParticipantFilter, Participants, ReadParticipants};
use causerie_core::text::ExternalId;
use causerie_core::{Fault, Participant, ParticipantId, ParticipantKind, WorkspaceId};
use diesel::prelude::*;

use super::super::dialect::{self, locked};
use super::{Work, before, limit};
use crate::new_row::NewParticipant;
use crate::row::{ParticipantRow, restore_all, restore_one};
use crate::schema::participant;

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

    fn page(
        &mut self,
        workspace: WorkspaceId,
        filter: &ParticipantFilter,
        below: Option<ParticipantId>,
        limit_rows: usize,
    ) -> Result<Vec<Participant>, Fault> {
        let mut page = participant::table
            .filter(participant::workspace_id.eq(workspace.to_bytes()))
            .filter(participant::id.lt(before(below.map(ParticipantId::to_bytes))))
            .order(participant::id.desc())
            .limit(limit(limit_rows))
            .into_boxed();
        if let Some(kind) = filter.kind {
            page = page.filter(participant::kind.eq(ParticipantKind::number(kind)));
        }
        if let Some(external_id) = &filter.external_id {
            page = page.filter(participant::external_id.eq(external_id.as_str()));
        }
        match filter.archived {
            Some(true) => page = page.filter(participant::archived_at.is_not_null()),
            Some(false) => page = page.filter(participant::archived_at.is_null()),
            None => {}
        }
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
        self.write(|conn| row.execute(conn)).map(drop)
    }

    fn save(&mut self, changed: &Participant) -> Result<(), Fault> {
        let key = (changed.workspace.to_bytes(), changed.id.to_bytes());
        let save = diesel::update(participant::table.find(key)).set(NewParticipant::from(changed));
        self.write(|conn| save.execute(conn)).map(drop)
    }
}

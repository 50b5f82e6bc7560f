//! Participants of a workspace.

use crate::contact::Identifier;
use crate::fault::Fault;
use crate::id::{ParticipantId, WorkspaceId};
use crate::participant::{Participant, ParticipantKind};
use crate::text::ExternalId;

/// Which participants a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParticipantFilter {
    /// Only this kind.
    pub kind: Option<ParticipantKind>,
    /// Only the one with this external id.
    pub external_id: Option<ExternalId>,
    /// Only the one with this identifier.
    pub identifier: Option<Identifier>,
    /// Only those that are archived (`Some(true)`) or are not.
    pub archived: Option<bool>,
}

/// Participants as they stand in one snapshot.
pub trait ReadParticipants {
    /// The participant, archived or not, or `None` if this workspace has none with this id.
    fn find(
        &mut self,
        workspace: WorkspaceId,
        id: ParticipantId,
    ) -> Result<Option<Participant>, Fault>;
    /// Those of the participants that exist, in no particular order.
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ParticipantId],
    ) -> Result<Vec<Participant>, Fault>;
    /// The participant with this external id, byte by byte, archived or not.
    fn find_external(
        &mut self,
        workspace: WorkspaceId,
        external_id: &ExternalId,
    ) -> Result<Option<Participant>, Fault>;
    /// The participants that these identifiers lead to, archived or not, each once, in no particular order: one
    /// statement.
    fn find_identified(
        &mut self,
        workspace: WorkspaceId,
        identifiers: &[Identifier],
    ) -> Result<Vec<Participant>, Fault>;
    /// How many participants pass the filter, counted up to `count_max`.
    fn count(
        &mut self,
        workspace: WorkspaceId,
        filter: &ParticipantFilter,
        count_max: usize,
    ) -> Result<usize, Fault>;
    /// Up to `limit` participants that pass the filter with ids below `before`, newest first.
    fn page(
        &mut self,
        workspace: WorkspaceId,
        filter: &ParticipantFilter,
        before: Option<ParticipantId>,
        limit: usize,
    ) -> Result<Vec<Participant>, Fault>;
}

/// Participants inside a unit of work.
pub trait Participants: ReadParticipants {
    /// The participant, locked for the rest of the unit.
    fn lock(
        &mut self,
        workspace: WorkspaceId,
        id: ParticipantId,
    ) -> Result<Option<Participant>, Fault>;
    /// Adds a participant. [`Fault::Contended`] when its external id or one of its identifiers was taken
    /// meanwhile.
    fn add(&mut self, participant: &Participant) -> Result<(), Fault>;
    /// Stores all of a participant that exists but its id, workspace and time of creation.
    /// [`Fault::Contended`] when its external id or one of its identifiers was taken meanwhile.
    fn save(&mut self, participant: &Participant) -> Result<(), Fault>;
}

//! Who takes part: a person, a bot or a system actor of a workspace.

use std::ops::Deref;

use crate::id::{ParticipantId, WorkspaceId};
use crate::text::{DisplayName, ExternalId, Metadata};
use crate::timestamp::Timestamp;
use crate::words::words;

words! {
    /// What a participant is to the workspace.
    ParticipantKind {
        /// Works for the workspace.
        Agent = 1, "agent";
        /// Is served by the workspace: a customer, a guest.
        Contact = 2, "contact";
        /// A program that converses.
        Bot = 3, "bot";
        /// The product itself.
        System = 4, "system";
    }
}

/// A participant of a workspace, the same in all its conversations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant(ParticipantState);

/// Everything a participant holds, for adapters to store and restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParticipantState {
    /// Its id.
    pub id: ParticipantId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// The caller's own id of it.
    pub external_id: Option<ExternalId>,
    /// What it is.
    pub kind: ParticipantKind,
    /// How it is called.
    pub display_name: DisplayName,
    /// What the caller keeps with it.
    pub metadata: Metadata,
    /// Since when it takes part no more.
    pub archived_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What may be said about a participant; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParticipantChange {
    /// A new kind.
    pub kind: Option<ParticipantKind>,
    /// A new name.
    pub display_name: Option<DisplayName>,
    /// New metadata, in place of all the old.
    pub metadata: Option<Metadata>,
    /// A new external id, or `Some(None)` to have none.
    pub external_id: Option<Option<ExternalId>>,
}

impl Participant {
    /// Takes what an adapter stored, or a new participant's first state.
    pub fn restore(state: ParticipantState) -> Self {
        Self(state)
    }

    /// Applies a change; says whether anything differs now.
    pub fn change(&mut self, change: &ParticipantChange, at: Timestamp) -> bool {
        let before = self.0.clone();
        let state = &mut self.0;
        state.kind = change.kind.unwrap_or(state.kind);
        if let Some(name) = &change.display_name {
            state.display_name = name.clone();
        }
        if let Some(metadata) = &change.metadata {
            state.metadata = metadata.clone();
        }
        if let Some(external_id) = &change.external_id {
            state.external_id.clone_from(external_id);
        }
        let changed = *state != before;
        if changed {
            state.updated_at = at;
        }
        changed
    }

    /// Ends its taking part: it sends no more and joins nothing. Says whether it took part before.
    pub fn archive(&mut self, at: Timestamp) -> bool {
        let first = self.0.archived_at.is_none();
        if first {
            self.0.archived_at = Some(at);
            self.0.updated_at = at;
        }
        first
    }
}

impl Deref for Participant {
    type Target = ParticipantState;

    fn deref(&self) -> &ParticipantState {
        &self.0
    }
}

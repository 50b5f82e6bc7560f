//! Who takes part: a person, a bot or a system actor of a workspace.

use std::ops::Deref;

use crate::contact::{Identifier, Identifiers, Profile, ProfileChange};
use crate::id::{KeyId, ParticipantId, WorkspaceId};
use crate::message::Sight;
use crate::refusal::Refusal;
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
    /// What it is reached by; each leads to one participant of the workspace only.
    pub identifiers: Identifiers,
    /// What else is known of it.
    pub profile: Profile,
    /// What the caller keeps with it.
    pub metadata: Metadata,
    /// Since when it takes part no more.
    pub archived_at: Option<Timestamp>,
    /// Who it turned out to be.
    pub merged_into: Option<ParticipantId>,
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
    /// New identifiers, in place of all the old.
    pub identifiers: Option<Identifiers>,
    /// What changes of the profile.
    pub profile: ProfileChange,
}

impl Participant {
    /// Takes what an adapter stored, or a new participant's first state.
    pub fn restore(state: ParticipantState) -> Self {
        Self(state)
    }

    /// As somebody sees it who may see so much: who sees the public only learns what others are called, not what
    /// they are reached by.
    #[must_use]
    pub fn seen_with(mut self, sight: Sight, own: Option<ParticipantId>) -> Self {
        if sight == Sight::Public && own != Some(self.id) {
            self.0.identifiers = Identifiers::default();
        }
        self
    }

    /// Whether a key speaks as it that is bound to nobody: then its external id is that of the key.
    pub fn is_voice(&self) -> bool {
        let id = self.external_id.as_ref().map(ExternalId::as_str);
        id.is_some_and(|id| KeyId::parse(id).is_ok())
    }

    /// The external id that it was given, which that of a voice was not.
    pub fn given_external_id(&self) -> Option<&ExternalId> {
        self.external_id.as_ref().filter(|_| !self.is_voice())
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
        if let Some(identifiers) = &change.identifiers {
            state.identifiers = identifiers.clone();
        }
        state.profile = state.profile.with(&change.profile);
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

    /// Turns out to be somebody else: takes part no more, and gives its external id, identifiers and profile
    /// away. Returns them.
    pub fn merge_into(&mut self, other: ParticipantId, at: Timestamp) -> ParticipantState {
        let before = self.0.clone();
        self.0.external_id = None;
        self.0.identifiers = Identifiers::default();
        self.0.merged_into = Some(other);
        self.0.archived_at = self.0.archived_at.or(Some(at));
        self.0.updated_at = at;
        before
    }

    /// Is reached by one of its identifiers rather than by others of its sort. Says whether that is new.
    pub fn prefer(&mut self, identifier: &Identifier, at: Timestamp) -> bool {
        let changed = self.0.identifiers.prefer(identifier);
        if changed {
            self.0.updated_at = at;
        }
        changed
    }

    /// Takes over what it has not itself: external id, identifiers, members of the profile and of the metadata.
    ///
    /// # Errors
    /// `validation_failed` at `identifiers` when they become too many.
    pub fn take_over(&mut self, from: &ParticipantState, at: Timestamp) -> Result<(), Refusal> {
        for one in from.identifiers.iter() {
            self.0.identifiers.add(one.clone())?;
        }
        if self.0.external_id.is_none() {
            self.0.external_id.clone_from(&from.external_id);
        }
        self.0.profile = self.0.profile.or(&from.profile);
        if self.0.metadata.is_empty() {
            self.0.metadata = from.metadata.clone();
        }
        self.0.updated_at = at;
        Ok(())
    }
}

impl Deref for Participant {
    type Target = ParticipantState;

    fn deref(&self) -> &ParticipantState {
        &self.0
    }
}

//! Who acts, when, and with which fresh identifier: taken before the work is submitted.

use std::sync::Arc;

use crate::act::Credentials;
use crate::id::{Fresh, KeyId, ParticipantId, WorkspaceId};
use crate::key::{Scope, Scopes};
use crate::message::Sight;
use crate::participant::Participant;
use crate::port::{Clock, Ids};
use crate::refusal::Refusal;
use crate::timestamp::Timestamp;
use crate::workspace::{Settings, Workspace};

/// Somebody who was let in: a key's holder, or the program that embeds the domain.
#[derive(Clone, Debug)]
pub struct Caller {
    workspace: Arc<Workspace>,
    key: Option<KeyId>,
    scopes: Scopes,
    participant: Option<ParticipantId>,
    sight: Sight,
}

impl Caller {
    /// The program itself, allowed everything in one workspace.
    pub fn embedding(workspace: Arc<Workspace>) -> Self {
        Self {
            workspace,
            key: None,
            scopes: Scopes::ALL,
            participant: None,
            sight: Sight::Everything,
        }
    }

    /// The holder of a key that was verified.
    pub fn of_key(credentials: &Credentials) -> Self {
        let Credentials {
            key,
            workspace,
            participant,
        } = credentials;
        Self {
            workspace: Arc::clone(workspace),
            key: Some(key.id),
            scopes: key.scopes,
            participant: key.participant,
            sight: participant.map_or(Sight::Everything, Sight::of),
        }
    }

    /// The platform of a channel, which proved itself with the channel's secret: it may bring messages and news
    /// of them, and nothing else.
    pub fn of_platform(workspace: Arc<Workspace>) -> Self {
        Self {
            scopes: Scopes::WRITE,
            ..Self::embedding(workspace)
        }
    }

    /// The same caller with no more than a participant may do, as whom it speaks.
    #[must_use]
    pub fn confined_to(&self, participant: &Participant) -> Self {
        Self {
            scopes: self.scopes.without_admin(),
            participant: Some(participant.id),
            sight: Sight::of(participant.kind),
            ..self.clone()
        }
    }

    /// The same caller who sees the public only.
    #[must_use]
    pub fn seeing_public(&self) -> Self {
        Self {
            sight: Sight::Public,
            ..self.clone()
        }
    }

    /// One act of this caller, now.
    pub fn context(&self, clock: &dyn Clock, ids: &dyn Ids) -> Context {
        let now = clock.now();
        Context {
            caller: self.clone(),
            now,
            fresh: ids.fresh(now),
        }
    }

    /// The workspace that the caller acts in.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The key that was presented, if there was one.
    pub fn key(&self) -> Option<KeyId> {
        self.key
    }

    /// What the caller may do.
    pub fn scopes(&self) -> Scopes {
        self.scopes
    }

    /// The only participant that the caller acts as, if it is bound to one.
    pub fn participant(&self) -> Option<ParticipantId> {
        self.participant
    }

    /// How much of a conversation the caller may see.
    pub fn sight(&self) -> Sight {
        self.sight
    }

    /// The limits that values of this caller's commands are held to.
    pub fn limits(&self) -> &Settings {
        &self.workspace.settings
    }

    /// # Errors
    /// `scope_missing`.
    pub fn require(&self, scope: Scope) -> Result<(), Refusal> {
        if self.scopes.allow(scope) {
            Ok(())
        } else {
            Err(Refusal::ScopeMissing { scope })
        }
    }

    /// Whether the caller administers the installation: `admin` in the root workspace.
    ///
    /// # Errors
    /// `scope_missing` without `admin`, `not_allowed` in any other workspace.
    pub fn require_root(&self) -> Result<(), Refusal> {
        self.require(Scope::Admin)?;
        if self.workspace.root {
            Ok(())
        } else {
            Err(Refusal::NotAllowed)
        }
    }

    /// The participant whose rights the caller is limited to: the one it is bound to, unless it
    /// has the scope `admin`; otherwise the one it names.
    ///
    /// # Errors
    /// `bound_elsewhere` when a bound caller names another one.
    pub fn acting_as(
        &self,
        named: Option<ParticipantId>,
    ) -> Result<Option<ParticipantId>, Refusal> {
        match (self.participant, named) {
            (Some(bound), Some(named)) if bound != named => Err(Refusal::BoundElsewhere),
            (Some(_), None) if self.scopes.allow(Scope::Admin) => Ok(None),
            (Some(bound), _) => Ok(Some(bound)),
            (None, named) => Ok(named),
        }
    }
}

/// One act: who, when, and one identifier for what it may create.
#[derive(Clone, Debug)]
pub struct Context {
    /// Who acts.
    pub caller: Caller,
    /// When; a conversation's order may move the time of a message forward.
    pub now: Timestamp,
    /// The id of whatever the act creates. Running the same act again gives the same id.
    pub fresh: Fresh,
}

impl Context {
    /// The workspace that the act is confined to.
    pub fn workspace(&self) -> WorkspaceId {
        self.caller.workspace.id
    }

    /// The limits of that workspace.
    pub fn limits(&self) -> &Settings {
        self.caller.limits()
    }

    /// The context of another act in the same unit, which may create something as well: the same for the same label.
    #[must_use]
    pub fn another(&self, label: &[u8]) -> Self {
        Self {
            fresh: self.fresh.derive(label),
            ..self.clone()
        }
    }
}

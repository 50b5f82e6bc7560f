//! What a node remembers so that a send costs one trip to the store: facts that never change, and for a moment what is
//! shown of those as whom keys speak.
//!
//! Nothing here is asked whether something may be done: the store is, each time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use causerie_core::{ConversationId, Participant, ParticipantId, WorkspaceId};
use moka::sync::Cache;

use super::around::Around;

/// Of how many conversations a node remembers which they are.
const CONVERSATIONS_MAX: u64 = 100_000;
/// Of how many of those as whom keys speak a node remembers what is shown of them.
const VOICES_MAX: u64 = 10_000;
/// For how long; so long a change of it may take to be shown with what they send.
const VOICE_TRUST: Duration = Duration::from_secs(2);

/// A conversation, by what never changes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Talk {
    /// Its number.
    pub(super) number: u64,
    /// Its id.
    pub(super) id: ConversationId,
    /// The number of its inbox, if it has one.
    pub(super) inbox: Option<u64>,
}

/// As whom a key speaks, and what is shown of them.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    pub(super) participant: Arc<Participant>,
    pub(super) around: Around,
}

impl Voice {
    pub(super) fn id(&self) -> ParticipantId {
        self.participant.id
    }
}

/// What a node remembers.
pub(super) struct Known {
    talks: Cache<(WorkspaceId, u64), Talk>,
    voices: Cache<(WorkspaceId, ParticipantId), Around>,
}

impl Default for Known {
    fn default() -> Self {
        let voices = Cache::builder().max_capacity(VOICES_MAX);
        Self {
            talks: Cache::new(CONVERSATIONS_MAX),
            voices: voices.time_to_live(VOICE_TRUST).build(),
        }
    }
}

impl Known {
    pub(super) fn talk(&self, workspace: WorkspaceId, number: u64) -> Option<Talk> {
        self.talks.get(&(workspace, number))
    }

    pub(super) fn remember(&self, workspace: WorkspaceId, talk: Talk) {
        self.talks.insert((workspace, talk.number), talk);
    }

    pub(super) fn around(&self, workspace: WorkspaceId, id: ParticipantId) -> Option<Around> {
        self.voices.get(&(workspace, id))
    }

    pub(super) fn remember_around(
        &self,
        workspace: WorkspaceId,
        id: ParticipantId,
        around: &Around,
    ) {
        self.voices.insert((workspace, id), around.clone());
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known")
    }
}

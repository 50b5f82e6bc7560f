//! What a node remembers so that a send costs one trip to the store: the ids of conversations, which never change, and
//! for a moment what is shown of those who send.
//!
//! Nothing here is asked whether something may be done: the store is, each time.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use causerie_core::{ConversationId, Member, Participant, ParticipantId, Position, WorkspaceId};
use moka::sync::Cache;

/// Of how many conversations a node remembers which they are.
const CONVERSATIONS_MAX: u64 = 100_000;
/// Of how many senders a node remembers what is shown of them.
const SENDERS_MAX: u64 = 10_000;
/// For how long; so long a change of it may take to be shown with what they send.
const SENDER_TRUST: Duration = Duration::from_secs(2);

/// Somebody as they are shown in a conversation.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    pub(super) person: Arc<Participant>,
    pub(super) number: Position,
    pub(super) member: Member,
}

/// What a node remembers.
pub(super) struct Known {
    conversations: Cache<(WorkspaceId, u64), ConversationId>,
    senders: Cache<(ConversationId, ParticipantId), Sender>,
}

impl Default for Known {
    fn default() -> Self {
        let senders = Cache::builder().max_capacity(SENDERS_MAX);
        Self {
            conversations: Cache::new(CONVERSATIONS_MAX),
            senders: senders.time_to_live(SENDER_TRUST).build(),
        }
    }
}

impl Known {
    pub(super) fn conversation(&self, of: WorkspaceId, number: u64) -> Option<ConversationId> {
        self.conversations.get(&(of, number))
    }

    pub(super) fn remember_conversation(&self, of: WorkspaceId, number: u64, id: ConversationId) {
        self.conversations.insert((of, number), id);
    }

    pub(super) fn sender(&self, of: ConversationId, id: ParticipantId) -> Option<Sender> {
        self.senders.get(&(of, id))
    }

    pub(super) fn remember_sender(&self, of: ConversationId, sender: &Sender) {
        self.senders.insert((of, sender.person.id), sender.clone());
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known")
    }
}

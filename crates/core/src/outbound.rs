//! Messages on their way out through a channel: when they are tried, and what is handed over.

use std::time::Duration;

use crate::channel::Channel;
use crate::contact::Identifier;
use crate::id::{ChannelId, ConversationId, MessageId, ParticipantId, WorkspaceId};
use crate::media::{Attachment, Media};
use crate::message::Message;
use crate::text::{DisplayName, Title};
use crate::timestamp::Timestamp;
use crate::words::words;

/// How often handing a message over is tried before it has failed: over about fifteen hours.
pub const OUTBOUND_TRIES_MAX: u16 = 10;
/// How long one try may take before another node may try: longer than any time limit of a courier.
pub const OUTBOUND_LEASE: Duration = Duration::from_mins(5);
/// How long a message waits, while its channel is off, before it is looked at again.
pub const OUTBOUND_HOLD: Duration = Duration::from_secs(30);
/// How many earlier messages of its thread a message names.
pub const THREAD_REFERENCES_MAX: usize = 20;

/// The pauses between tries, in seconds; the last one repeats.
const PAUSES_S: [u64; 7] = [5, 30, 120, 600, 1_800, 7_200, 14_400];

words! {
    /// How somebody is addressed.
    ReceiverRole {
        /// It is for them.
        To = 1, "to";
        /// They are to know of it.
        Cc = 2, "cc";
        /// They are to know of it, and nobody that they do.
        Bcc = 3, "bcc";
    }
}

/// A message that waits to be handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The message.
    pub message: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Through which channel.
    pub channel: ChannelId,
    /// How often it was tried.
    pub tries: u16,
    /// When it may be tried next.
    pub due_at: Timestamp,
}

impl Outbound {
    /// Somebody tries from now on, until the lease ends.
    pub fn attempt(&mut self, now: Timestamp) {
        self.tries += 1;
        self.due_at = now.plus(OUTBOUND_LEASE);
    }

    /// The try that somebody had the lease for did not come about; anybody may try now.
    pub fn give_back(&mut self, now: Timestamp) {
        self.tries = self.tries.saturating_sub(1);
        self.due_at = now;
    }

    /// It waits on while its channel is off; that is no try.
    pub fn hold(&mut self, now: Timestamp) {
        self.due_at = now.plus(OUTBOUND_HOLD);
    }

    /// It is to be tried again, after the pause that the platform asks for or a longer one after each try.
    /// Says whether it is: after [`OUTBOUND_TRIES_MAX`] tries it is not.
    pub fn put_off(&mut self, asked: Option<Duration>, now: Timestamp) -> bool {
        let place = usize::from(self.tries.saturating_sub(1)).min(PAUSES_S.len() - 1);
        let pause = Duration::from_secs(PAUSES_S[place]);
        let pause = asked.map_or(pause, |asked| asked.clamp(pause, Duration::from_hours(6)));
        self.due_at = now.plus(pause);
        self.tries < OUTBOUND_TRIES_MAX
    }
}

/// Whom a message is for, and how they are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Who.
    pub participant: ParticipantId,
    /// How they are addressed.
    pub role: ReceiverRole,
    /// How they are called.
    pub name: DisplayName,
    /// What they are reached by, as the platform wants it.
    pub identifier: Option<Identifier>,
}

/// A file that goes with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosed {
    /// How the message refers to it.
    pub attachment: Attachment,
    /// The file; its bytes are there.
    pub media: Media,
}

/// A message with all that a courier needs to hand it over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Through which channel.
    pub channel: Channel,
    /// What.
    pub message: Message,
    /// The title of its conversation.
    pub title: Option<Title>,
    /// How its sender is called.
    pub sender_name: DisplayName,
    /// To whom; never empty.
    pub receivers: Vec<Receiver>,
    /// What goes with it.
    pub files: Vec<Enclosed>,
    /// The platform's references of earlier messages of the conversation, oldest first, at most
    /// [`THREAD_REFERENCES_MAX`].
    pub follows: Vec<String>,
    /// Which try this is: 1 for the first.
    pub tries: u16,
}

/// Somebody whom a message did not go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Who.
    pub participant: ParticipantId,
    /// Why, in a sentence for the workspace.
    pub reason: String,
    /// What else is known.
    pub detail: Option<String>,
}

/// What became of handing a message over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handed {
    /// The platform took it, under its own reference if it has one.
    Taken {
        /// The reference.
        reference: Option<String>,
    },
    /// The platform took it for some of its receivers, and never will for the others.
    Partly {
        /// The reference.
        reference: Option<String>,
        /// The others.
        left_out: Vec<LeftOut>,
    },
    /// The platform never will take it.
    Refused {
        /// Why, in a sentence for the workspace.
        reason: String,
        /// What else is known.
        detail: Option<String>,
    },
    /// It may take it later.
    Later {
        /// Why not now, in a sentence for the workspace.
        reason: String,
        /// What else is known.
        detail: Option<String>,
        /// How long it asks to wait.
        after: Option<Duration>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_further_and_further_apart_until_they_end() {
        let now = Timestamp::default();
        let mut outbound = Outbound {
            workspace: WorkspaceId::from_bytes([1; 16]),
            message: MessageId::from_bytes([2; 16]),
            conversation: ConversationId::from_bytes([3; 16]),
            channel: ChannelId::from_bytes([4; 16]),
            tries: 0,
            due_at: now,
        };
        let (mut last, mut again) = (now, 0);
        loop {
            outbound.attempt(now);
            assert_eq!(outbound.due_at, now.plus(OUTBOUND_LEASE));
            if !outbound.put_off(None, now) {
                break;
            }
            assert!(outbound.due_at >= last);
            last = outbound.due_at;
            again += 1;
        }
        assert_eq!(again, OUTBOUND_TRIES_MAX - 1);
        outbound.tries = 1;
        outbound.put_off(Some(Duration::from_mins(1)), now);
        assert_eq!(outbound.due_at, now.plus(Duration::from_mins(1)));
    }
}

//! What is said: messages, their order, their revisions.

use std::fmt;
use std::ops::Deref;

use crate::id::{ConversationId, MessageId, ParticipantId, WorkspaceId};
use crate::text::{Metadata, Reference, Text};
use crate::timestamp::Timestamp;
use crate::words::words;

words! {
    /// What kind of thing is said.
    MessageKind {
        /// Words.
        Text = 1, "text";
        /// A picture.
        Image = 2, "image";
        /// A file.
        File = 3, "file";
        /// A notice of the product.
        System = 4, "system";
    }
}

/// A place in the order of a conversation: 1, 2, 3 … without a gap; 0 is before the first.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(u64);

impl Seq {
    /// Before the first message.
    pub const ZERO: Self = Self(0);
    /// The highest place that can be stored.
    pub const MAX: Self = Self(i64::MAX.cast_unsigned());

    /// The place with this number; numbers that cannot be stored count as [`Seq::MAX`].
    pub const fn new(number: u64) -> Self {
        if number > Self::MAX.0 {
            Self::MAX
        } else {
            Self(number)
        }
    }

    /// Its number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Its number in storage.
    pub const fn stored(self) -> i64 {
        self.0.cast_signed()
    }

    /// Reads its number in storage; negative ones count as 0.
    pub const fn from_stored(number: i64) -> Self {
        if number < 0 {
            Self(0)
        } else {
            Self(number.cast_unsigned())
        }
    }

    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self::new(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Something said in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message(MessageState);

/// Everything a message holds, for adapters to store and restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageState {
    /// Its id.
    pub id: MessageId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its place in the conversation.
    pub seq: Seq,
    /// Who said it.
    pub sender: ParticipantId,
    /// What kind of thing it is.
    pub kind: MessageKind,
    /// What it says; empty once deleted.
    pub text: Text,
    /// The message of the same conversation that it answers.
    pub reply_to: Option<MessageId>,
    /// What the caller keeps with it; empty once deleted.
    pub metadata: Metadata,
    /// The caller's own id of it.
    pub reference: Option<Reference>,
    /// How many earlier states are kept.
    pub revision_count: u32,
    /// When it was sent; never before the message of the seq before.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
}

/// An earlier state of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The message.
    pub message: MessageId,
    /// 1 for the first state, and so on.
    pub number: u32,
    /// What it said.
    pub text: Text,
    /// What the caller kept with it.
    pub metadata: Metadata,
    /// Until when it stood.
    pub replaced_at: Timestamp,
}

impl Message {
    /// Takes what an adapter stored, or a new message's first state.
    pub fn restore(state: MessageState) -> Self {
        Self(state)
    }

    /// Gives it a new text or metadata; returns the state that it had.
    #[must_use = "the earlier state is to be kept"]
    pub fn edit(
        &mut self,
        text: Option<&Text>,
        metadata: Option<&Metadata>,
        at: Timestamp,
    ) -> Revision {
        let text = text.unwrap_or(&self.0.text).clone();
        let metadata = metadata.unwrap_or(&self.0.metadata).clone();
        let revision = self.replace(text, metadata, at);
        self.0.edited_at = Some(at);
        revision
    }

    /// Makes it a tombstone: no text, no metadata; returns the state that it had.
    #[must_use = "the earlier state is to be kept"]
    pub fn delete(&mut self, at: Timestamp) -> Revision {
        let revision = self.replace(Text::empty(), Metadata::default(), at);
        self.0.deleted_at = Some(at);
        revision
    }

    fn replace(&mut self, text: Text, metadata: Metadata, at: Timestamp) -> Revision {
        self.0.revision_count += 1;
        Revision {
            message: self.0.id,
            number: self.0.revision_count,
            text: std::mem::replace(&mut self.0.text, text),
            metadata: std::mem::replace(&mut self.0.metadata, metadata),
            replaced_at: at,
        }
    }
}

impl Deref for Message {
    type Target = MessageState;

    fn deref(&self) -> &MessageState {
        &self.0
    }
}

//! What has happened: the log of a workspace, in the order it was committed.
//!
//! An event names its subject and does not copy it: whoever reads the log sees the subject as it
//! stands, so that what was deleted is gone from the log as well.

use std::fmt;

use crate::id::{ConversationId, KeyId, MessageId, ParticipantId, WorkspaceId};
use crate::message::Seq;
use crate::timestamp::Timestamp;
use crate::words::words;

/// A place in the log of a workspace: 1, 2, 3 … without a gap; 0 is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u64);

impl Position {
    /// Before the first event.
    pub const ZERO: Self = Self(0);

    /// The place with this number; numbers that cannot be stored count as the highest that can.
    pub const fn new(number: u64) -> Self {
        Self(Seq::new(number).get())
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
        Self(Seq::from_stored(number).get())
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

words! {
    /// What happened.
    Topic {
        /// The workspace was created.
        WorkspaceCreated = 1, "workspace.created";
        /// A key was created; also by a rotation.
        KeyCreated = 2, "key.created";
        /// A key was revoked, or its end was set by a rotation.
        KeyRevoked = 3, "key.revoked";
        /// A participant was created.
        ParticipantCreated = 10, "participant.created";
        /// A participant's name, kind, external id or metadata changed.
        ParticipantUpdated = 11, "participant.updated";
        /// A participant takes part no more.
        ParticipantArchived = 12, "participant.archived";
        /// A conversation was created; its first members follow.
        ConversationCreated = 20, "conversation.created";
        /// A conversation's title, description or metadata changed.
        ConversationUpdated = 21, "conversation.updated";
        /// A conversation was archived.
        ConversationArchived = 22, "conversation.archived";
        /// A conversation was closed.
        ConversationClosed = 23, "conversation.closed";
        /// A conversation was opened again.
        ConversationReopened = 24, "conversation.reopened";
        /// A conversation was deleted, and with it its members and messages.
        ConversationDeleted = 25, "conversation.deleted";
        /// A participant joined a conversation.
        MemberAdded = 30, "member.added";
        /// A member's role, name or mute changed.
        MemberUpdated = 31, "member.updated";
        /// A member left or was removed.
        MemberRemoved = 32, "member.removed";
        /// A member's read watermark moved to `seq`.
        MemberRead = 33, "member.read";
        /// A message was sent as `seq`.
        MessageCreated = 40, "message.created";
        /// A message was edited.
        MessageUpdated = 41, "message.updated";
        /// A message was deleted.
        MessageDeleted = 42, "message.deleted";
    }
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The workspace.
    Workspace(WorkspaceId),
    /// A key.
    Key(KeyId),
    /// A participant.
    Participant(ParticipantId),
    /// A conversation.
    Conversation(ConversationId),
    /// A member, or its watermark at `seq`.
    Member(ConversationId, ParticipantId, Option<Seq>),
    /// A message.
    Message(ConversationId, MessageId, Seq),
}

/// An event that has no position yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// What happened.
    pub topic: Topic,
    /// To what.
    pub subject: Subject,
    /// When.
    pub at: Timestamp,
}

/// An event of a workspace's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place in the log.
    pub position: Position,
    /// What happened.
    pub topic: Topic,
    /// To what.
    pub subject: Subject,
    /// When; positions decide the order, times of different nodes may disagree.
    pub at: Timestamp,
}

/// The columns of a [`Subject`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectParts {
    /// The conversation, if there is one.
    pub conversation: Option<ConversationId>,
    /// The id of the thing itself.
    pub id: [u8; 16],
    /// A message's seq or a watermark.
    pub seq: Option<Seq>,
}

impl Subject {
    /// Takes the subject apart for storage; the topic says what it was.
    pub fn parts(self) -> SubjectParts {
        let (conversation, id, seq) = match self {
            Self::Workspace(id) => (None, id.to_bytes(), None),
            Self::Key(id) => (None, id.to_bytes(), None),
            Self::Participant(id) => (None, id.to_bytes(), None),
            Self::Conversation(id) => (Some(id), id.to_bytes(), None),
            Self::Member(of, id, seq) => (Some(of), id.to_bytes(), seq),
            Self::Message(of, id, seq) => (Some(of), id.to_bytes(), Some(seq)),
        };
        SubjectParts {
            conversation,
            id,
            seq,
        }
    }

    /// Puts together what [`Subject::parts`] took apart; `None` when the parts do not fit the topic.
    pub fn from_parts(topic: Topic, parts: SubjectParts) -> Option<Self> {
        let SubjectParts {
            conversation,
            id,
            seq,
        } = parts;
        Some(match topic {
            Topic::WorkspaceCreated => Self::Workspace(WorkspaceId::from_bytes(id)),
            Topic::KeyCreated | Topic::KeyRevoked => Self::Key(KeyId::from_bytes(id)),
            Topic::ParticipantCreated | Topic::ParticipantUpdated | Topic::ParticipantArchived => {
                Self::Participant(ParticipantId::from_bytes(id))
            }
            Topic::ConversationCreated
            | Topic::ConversationUpdated
            | Topic::ConversationArchived
            | Topic::ConversationClosed
            | Topic::ConversationReopened
            | Topic::ConversationDeleted => Self::Conversation(conversation?),
            Topic::MemberAdded
            | Topic::MemberUpdated
            | Topic::MemberRemoved
            | Topic::MemberRead => Self::Member(conversation?, ParticipantId::from_bytes(id), seq),
            Topic::MessageCreated | Topic::MessageUpdated | Topic::MessageDeleted => {
                Self::Message(conversation?, MessageId::from_bytes(id), seq?)
            }
        })
    }
}

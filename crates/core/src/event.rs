//! What has happened: the log of a workspace, in the order it was committed.
//!
//! An event names its subject and does not copy it: whoever reads the log sees the subject as it
//! stands, so that what was deleted is gone from the log as well.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::id::{
    ChannelId, ConversationId, KeyId, MediaId, MessageId, ParticipantId, ReactionId, TagId,
    TemplateId, WorkspaceId,
};
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

/// Where events that a unit appended will stand: known as soon as the unit is committed.
#[derive(Clone, Debug, Default)]
pub struct Placed {
    first: Arc<AtomicU64>,
    offset: u64,
}

impl Placed {
    /// The place of the `offset`th event after this one.
    #[must_use]
    pub fn after(&self, offset: usize) -> Self {
        let offset = self.offset + u64::try_from(offset).unwrap_or(u64::MAX);
        let first = Arc::clone(&self.first);
        Self { first, offset }
    }

    /// Says where the first of them stands: an adapter does, right before it commits.
    pub fn settle(&self, first: Position) {
        self.first.store(first.get(), Ordering::Release);
    }

    /// The position; `None` before the commit.
    pub fn position(&self) -> Option<Position> {
        let first = self.first.load(Ordering::Acquire);
        (first > 0).then(|| Position::new(first + self.offset))
    }
}

/// Where something will stand tells nothing of what it is.
impl PartialEq for Placed {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Placed {}

words! {
    /// What sort of thing an event is about.
    SubjectKind {
        /// The workspace.
        Workspace = 1, "workspace";
        /// A key.
        Key = 2, "key";
        /// A participant.
        Participant = 3, "participant";
        /// A conversation.
        Conversation = 4, "conversation";
        /// A member of a conversation.
        Member = 5, "member";
        /// A message.
        Message = 6, "message";
        /// A scheduled message.
        Scheduled = 7, "scheduled_message";
        /// A reaction.
        Reaction = 8, "reaction";
        /// A template.
        Template = 9, "template";
        /// A tag.
        Tag = 10, "tag";
        /// A file.
        Media = 11, "media";
        /// A channel.
        Channel = 12, "channel";
    }
}

macro_rules! topics {
    ($($name:ident = $number:literal, $word:literal, $subject:ident, $meaning:literal;)+) => {
        words! {
            /// What happened.
            Topic { $(#[doc = $meaning] $name = $number, $word;)+ }
        }

        impl Topic {
            /// What it says, as a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)+ }
            }

            /// What sort of thing it is about.
            pub const fn subject(self) -> SubjectKind {
                match self { $(Self::$name => SubjectKind::$subject,)+ }
            }
        }
    };
}

topics! {
    WorkspaceCreated = 1, "workspace.created", Workspace, "The workspace was created.";
    KeyCreated = 2, "key.created", Key, "A key was created; also by a rotation.";
    KeyRevoked = 3, "key.revoked", Key, "A key was revoked, or its end was set by a rotation.";
    SettingsUpdated = 4, "settings.updated", Workspace, "The workspace changed its settings.";
    PlanUpdated = 5, "plan.updated", Workspace, "The operator changed the rates or prices of the workspace.";
    BalanceToppedUp = 6, "balance.topped_up", Workspace, "The operator added tokens to the balance; `seq` is the number of the ledger's entry.";
    ParticipantCreated = 10, "participant.created", Participant, "A participant was created.";
    ParticipantUpdated = 11, "participant.updated", Participant, "A participant's name, kind, external id, identifiers, profile or metadata changed.";
    ParticipantArchived = 12, "participant.archived", Participant, "A participant takes part no more.";
    ParticipantMerged = 13, "participant.merged", Participant, "A participant turned out to be another one, which it names; that one changed before.";
    ConversationCreated = 20, "conversation.created", Conversation, "A conversation was created; its first members follow.";
    ConversationUpdated = 21, "conversation.updated", Conversation, "A conversation's title, description, assignee, labels, priority, picture or metadata changed.";
    ConversationArchived = 22, "conversation.archived", Conversation, "A conversation was archived.";
    ConversationClosed = 23, "conversation.closed", Conversation, "A conversation was closed.";
    ConversationReopened = 24, "conversation.reopened", Conversation, "A conversation was opened again: by somebody, by a contact who wrote, or by the end of its snooze.";
    ConversationDeleted = 25, "conversation.deleted", Conversation, "A conversation was deleted, and with it its members and messages.";
    ConversationPending = 26, "conversation.pending", Conversation, "A conversation waits for somebody who takes care of it.";
    ConversationSnoozed = 27, "conversation.snoozed", Conversation, "A conversation was put off until a time, or until a contact writes.";
    MemberAdded = 30, "member.added", Member, "A participant joined a conversation.";
    MemberUpdated = 31, "member.updated", Member, "A member's role, name or mute changed.";
    MemberRemoved = 32, "member.removed", Member, "A member left or was removed.";
    MemberRead = 33, "member.read", Member, "A member's read watermark moved to `seq`.";
    MemberDelivered = 34, "member.delivered", Member, "A member's delivered watermark moved to `seq`.";
    MessageCreated = 40, "message.created", Message, "A message was sent as `seq`.";
    MessageUpdated = 41, "message.updated", Message, "A message was edited.";
    MessageDeleted = 42, "message.deleted", Message, "A message was deleted: its place stays, its text is hidden.";
    MessageRedacted = 43, "message.redacted", Message, "A message was redacted: its place stays, its text is erased.";
    MessagePurged = 44, "message.purged", Message, "A message was purged, by somebody or by the retention of the workspace: nothing is left of it.";
    MessageStatusChanged = 45, "message.status_changed", Message, "The delivery status of a message, or of one of its recipients, changed.";
    MessageScheduled = 46, "message.scheduled", Scheduled, "A message was scheduled. When it is sent, `message.created` follows with the same id.";
    MessageRescheduled = 47, "message.rescheduled", Scheduled, "The time or draft of a scheduled message changed.";
    MessageCanceled = 48, "message.canceled", Scheduled, "A scheduled message was canceled.";
    MessageRefused = 49, "message.refused", Scheduled, "A scheduled message was due and could not be sent; it says why.";
    ReactionAdded = 50, "reaction.added", Reaction, "Somebody reacted to the message at `seq`.";
    ReactionRemoved = 51, "reaction.removed", Reaction, "A reaction to the message at `seq` was taken back.";
    TemplateCreated = 60, "template.created", Template, "A template was created.";
    TemplateDeleted = 61, "template.deleted", Template, "A template was deleted.";
    TagCreated = 70, "tag.created", Tag, "A tag was used for the first time.";
    MediaRequested = 79, "media.requested", Media, "A file was announced; its bytes follow.";
    MediaUploaded = 80, "media.uploaded", Media, "The bytes of a file arrived.";
    MediaProcessing = 81, "media.processing", Media, "A file is being looked into.";
    MediaReady = 82, "media.ready", Media, "All that can be known of a file is known, and its versions can be had.";
    MediaFailed = 83, "media.failed", Media, "A file could not be looked into; its bytes can be had all the same.";
    MediaUpdated = 84, "media.updated", Media, "A file got another name.";
    MediaDeleted = 85, "media.deleted", Media, "A file was deleted, or nothing referred to it any more.";
    ChannelCreated = 90, "channel.created", Channel, "A channel was created.";
    ChannelUpdated = 91, "channel.updated", Channel, "A channel's name, address, way or secret changed.";
    ChannelActivated = 92, "channel.activated", Channel, "A channel carries messages from now on.";
    ChannelDeactivated = 93, "channel.deactivated", Channel, "A channel carries no messages from now on.";
    ChannelDeleted = 94, "channel.deleted", Channel, "A channel was deleted; its conversations stay.";
}

impl Topic {
    /// Those with which a thing comes into being that surfaces may number.
    pub const BIRTHS: [Self; 8] = [
        Self::ParticipantCreated,
        Self::ConversationCreated,
        Self::MessageCreated,
        Self::ReactionAdded,
        Self::TagCreated,
        Self::MediaRequested,
        Self::MediaUploaded,
        Self::ChannelCreated,
    ];
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The workspace, or the entry of its ledger with this number.
    Workspace(WorkspaceId, Option<Seq>),
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
    /// A scheduled message.
    Scheduled(ConversationId, MessageId),
    /// A reaction to the message at this place.
    Reaction(ConversationId, ReactionId, Seq),
    /// A template.
    Template(TemplateId),
    /// A tag.
    Tag(TagId),
    /// A file.
    Media(MediaId),
    /// A channel.
    Channel(ChannelId),
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
            Self::Workspace(id, entry) => (None, id.to_bytes(), entry),
            Self::Key(id) => (None, id.to_bytes(), None),
            Self::Participant(id) => (None, id.to_bytes(), None),
            Self::Conversation(id) => (Some(id), id.to_bytes(), None),
            Self::Member(of, id, seq) => (Some(of), id.to_bytes(), seq),
            Self::Message(of, id, seq) => (Some(of), id.to_bytes(), Some(seq)),
            Self::Scheduled(of, id) => (Some(of), id.to_bytes(), None),
            Self::Reaction(of, id, seq) => (Some(of), id.to_bytes(), Some(seq)),
            Self::Template(id) => (None, id.to_bytes(), None),
            Self::Tag(id) => (None, id.to_bytes(), None),
            Self::Media(id) => (None, id.to_bytes(), None),
            Self::Channel(id) => (None, id.to_bytes(), None),
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
        Some(match topic.subject() {
            SubjectKind::Workspace => Self::Workspace(WorkspaceId::from_bytes(id), seq),
            SubjectKind::Key => Self::Key(KeyId::from_bytes(id)),
            SubjectKind::Participant => Self::Participant(ParticipantId::from_bytes(id)),
            SubjectKind::Conversation => Self::Conversation(conversation?),
            SubjectKind::Member => Self::Member(conversation?, ParticipantId::from_bytes(id), seq),
            SubjectKind::Message => Self::Message(conversation?, MessageId::from_bytes(id), seq?),
            SubjectKind::Scheduled => Self::Scheduled(conversation?, MessageId::from_bytes(id)),
            SubjectKind::Reaction => {
                Self::Reaction(conversation?, ReactionId::from_bytes(id), seq?)
            }
            SubjectKind::Template => Self::Template(TemplateId::from_bytes(id)),
            SubjectKind::Tag => Self::Tag(TagId::from_bytes(id)),
            SubjectKind::Media => Self::Media(MediaId::from_bytes(id)),
            SubjectKind::Channel => Self::Channel(ChannelId::from_bytes(id)),
        })
    }
}

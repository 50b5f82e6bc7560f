//! What is said: messages, their order, their revisions.

use std::fmt;
use std::ops::Deref;

use crate::content::{Content, ContentType};
use crate::delivery::{Delivery, DeliveryStatus, Failure};
use crate::id::{ConversationId, MessageId, ParticipantId, WorkspaceId};
use crate::media::{Attachment, Attachments};
use crate::participant::ParticipantKind;
use crate::reaction::{ReactionName, Tallies};
use crate::refusal::Refusal;
use crate::tag::Tags;
use crate::template::TemplateUse;
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
        /// Something spoken.
        Voice = 5, "voice";
        /// Something that happened to the conversation.
        Activity = 6, "activity";
        /// Made from a template.
        Template = 7, "template";
    }
}

words! {
    /// Which way a message goes, as the workspace sees it.
    Direction {
        /// From somebody whom the workspace serves.
        Incoming = 1, "incoming";
        /// From the workspace.
        Outgoing = 2, "outgoing";
        /// Within the workspace.
        Internal = 3, "internal";
    }
}

words! {
    /// Whom a message is for.
    Visibility {
        /// Every member.
        Public = 1, "public";
        /// A note among agents and bots.
        Private = 2, "private";
    }
}

words! {
    /// How a message was deleted.
    DeleteMode {
        /// Hidden; its text is kept as a revision that nobody is shown.
        Soft = 1, "soft";
        /// Its text is erased everywhere; its place stays.
        Redact = 2, "redact";
        /// Nothing of it is left but the gap in the order.
        Purge = 3, "purge";
    }
}

/// How much of a conversation somebody may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Private notes as well: agents, bots, the system, and the workspace itself.
    Everything,
    /// Only what is public: contacts.
    Public,
}

impl Sight {
    /// What a participant of this kind may see.
    pub const fn of(kind: ParticipantKind) -> Self {
        match kind {
            ParticipantKind::Contact => Self::Public,
            ParticipantKind::Agent | ParticipantKind::Bot | ParticipantKind::System => {
                Self::Everything
            }
        }
    }

    /// Whether it reaches so far.
    pub const fn covers(self, visibility: Visibility) -> bool {
        matches!(
            (self, visibility),
            (Self::Everything, _) | (Self::Public, Visibility::Public)
        )
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
    /// Which way it goes.
    pub direction: Direction,
    /// Whom it is for.
    pub visibility: Visibility,
    /// How many public messages its conversation had with this one.
    pub public_count: u64,
    /// What it says; empty once deleted, or when the content says it all.
    pub text: Text,
    /// How its content reads.
    pub content_type: ContentType,
    /// What it says in a structured form.
    pub content: Option<Content>,
    /// The files that go with it; none once deleted.
    pub attachments: Attachments,
    /// The message of the same conversation that it answers.
    pub reply_to: Option<MessageId>,
    /// What the caller keeps with it; empty once deleted.
    pub metadata: Metadata,
    /// What it is found by; none once deleted.
    pub tags: Tags,
    /// The caller's own id of it.
    pub reference: Option<Reference>,
    /// Its id in the system that it came from.
    pub source_id: Option<Reference>,
    /// The caller's id of the draft that it was made from, given back as it came.
    pub echo_id: Option<Reference>,
    /// The template that it was made from.
    pub template: Option<TemplateUse>,
    /// How far it has come, watermarks apart.
    pub delivery: Delivery,
    /// How many messages answer it, deleted ones included.
    pub reply_count: u32,
    /// How many of them are public.
    pub public_reply_count: u32,
    /// How often it was reacted to, by name.
    pub reactions: Tallies,
    /// How many earlier states are kept.
    pub revision_count: u32,
    /// When it was sent; never before the message of the seq before.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// How it was deleted.
    pub delete_mode: Option<DeleteMode>,
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
    /// How its content read.
    pub content_type: ContentType,
    /// What it said in a structured form.
    pub content: Option<Content>,
    /// The files that went with it.
    pub attachments: Attachments,
    /// What the caller kept with it.
    pub metadata: Metadata,
    /// Until when it stood.
    pub replaced_at: Timestamp,
}

/// What an edit gives a message; `None` leaves a part as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageChange {
    /// A new text.
    pub text: Option<Text>,
    /// A new content and how it reads, or `Some(None)` for none.
    pub content: Option<Option<(ContentType, Content)>>,
    /// Other files, in place of all the old.
    pub attachments: Option<Attachments>,
    /// New metadata, in place of all the old.
    pub metadata: Option<Metadata>,
}

impl MessageChange {
    /// Whether it gives nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Message {
    /// Takes what an adapter stored, or a new message's first state.
    pub fn restore(state: MessageState) -> Self {
        Self(state)
    }

    /// Gives it a new text, content, files or metadata; returns the state that it had.
    #[must_use = "the earlier state is to be kept"]
    pub fn edit(&mut self, change: &MessageChange, at: Timestamp) -> Revision {
        let revision = self.outdated(at);
        if let Some(text) = &change.text {
            self.0.text = text.clone();
        }
        if let Some(content) = &change.content {
            let (content_type, content) = match content {
                Some((content_type, content)) => (*content_type, Some(content.clone())),
                None => (ContentType::Text, None),
            };
            self.0.content_type = content_type;
            self.0.content = content;
        }
        if let Some(attachments) = &change.attachments {
            self.0.attachments = attachments.clone();
        }
        if let Some(metadata) = &change.metadata {
            self.0.metadata = metadata.clone();
        }
        self.0.edited_at = Some(at);
        revision
    }

    /// Adds files to those that it has, without being edited.
    ///
    /// # Errors
    /// `validation_failed` at `attachments` for too many, at `attachments/N/media_id` for one that it has.
    pub fn add_files(&mut self, files: &[Attachment]) -> Result<(), Refusal> {
        let all = self.0.attachments.iter().chain(files).cloned().collect();
        self.0.attachments = Attachments::parse(all)?;
        Ok(())
    }

    /// Makes it a tombstone: no text, no content, no files, no metadata, tags, reactions or template; returns the
    /// state that it had.
    #[must_use = "the earlier state is to be kept or erased"]
    pub fn delete(&mut self, mode: DeleteMode, at: Timestamp) -> Revision {
        let revision = self.outdated(at);
        self.0.text = Text::empty();
        self.0.content_type = ContentType::Text;
        self.0.content = None;
        self.0.attachments = Attachments::default();
        self.0.metadata = Metadata::default();
        self.0.tags = Tags::default();
        self.0.template = None;
        self.0.reactions = Tallies::default();
        self.0.deleted_at = self.0.deleted_at.or(Some(at));
        self.0.delete_mode = Some(mode);
        if mode == DeleteMode::Redact {
            self.0.revision_count = 0;
            self.0.delivery.failure = None;
        }
        revision
    }

    /// Counts a reaction; says whether there was room for its name.
    pub fn react(&mut self, name: &ReactionName) -> bool {
        self.0.reactions.add(name)
    }

    /// Counts a reaction no more.
    pub fn unreact(&mut self, name: &ReactionName) {
        self.0.reactions.remove(name);
    }

    /// Moves its delivery on, as [`Delivery::turn`] says.
    ///
    /// # Errors
    /// `delivery_conflict`, `validation_failed`.
    pub fn deliver(
        &mut self,
        to: DeliveryStatus,
        failure: Option<Failure>,
        at: Timestamp,
    ) -> Result<bool, Refusal> {
        self.0.delivery.turn(to, failure, at)
    }

    /// Takes over how far it has come on the whole, as its recipients have it; no transition is illegal
    /// then. Says whether anything differs now.
    pub fn deliver_as(&mut self, overall: &Delivery) -> bool {
        let differs = self.0.delivery != *overall;
        if differs {
            self.0.delivery = overall.clone();
        }
        differs
    }

    /// As somebody sees it who may see so much.
    #[must_use]
    pub fn seen_with(mut self, sight: Sight) -> Self {
        if sight == Sight::Public {
            self.0.reply_count = self.0.public_reply_count;
        }
        self
    }

    fn outdated(&mut self, at: Timestamp) -> Revision {
        self.0.revision_count += 1;
        Revision {
            message: self.0.id,
            number: self.0.revision_count,
            text: self.0.text.clone(),
            content_type: self.0.content_type,
            content: self.0.content.clone(),
            attachments: self.0.attachments.clone(),
            metadata: self.0.metadata.clone(),
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

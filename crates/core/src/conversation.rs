//! Where it happens: conversations and their states.

use std::ops::Deref;

use crate::id::{ChannelId, ConversationId, ParticipantId, WorkspaceId};
use crate::invalid::Invalid;
use crate::member::Member;
use crate::message::{Seq, Sight, Visibility};
use crate::refusal::Refusal;
use crate::tag::Tags;
use crate::text::{AvatarUrl, Description, Metadata, Title};
use crate::timestamp::Timestamp;
use crate::words::words;

words! {
    /// How many take part.
    ConversationKind {
        /// Two participants, the same two for ever; exists once for each pair.
        Direct = 1, "direct";
        /// Any number, who come and go.
        Group = 2, "group";
    }
}

words! {
    /// Whether a conversation goes on.
    Status {
        /// Members may send.
        Open = 1, "open";
        /// Put away; nobody sends.
        Archived = 2, "archived";
        /// Finished; nobody sends.
        Closed = 3, "closed";
        /// Waits for somebody who takes care of it; members may send.
        Pending = 4, "pending";
        /// Put off until a time, or until a contact writes; members may send.
        Snoozed = 5, "snoozed";
    }
}

impl Status {
    /// Whether members may send.
    pub const fn takes_messages(self) -> bool {
        matches!(self, Self::Open | Self::Pending | Self::Snoozed)
    }
}

words! {
    /// How soon a conversation wants attention.
    Priority {
        /// It can wait.
        Low = 1, "low";
        /// As usual.
        Medium = 2, "medium";
        /// Before others.
        High = 3, "high";
        /// At once.
        Urgent = 4, "urgent";
    }
}

/// What makes a channel's conversation the only one of its kind: the channel, and who is in it from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadKey(pub [u8; 32]);

impl ThreadKey {
    /// The key of a channel and receivers; their order makes no difference.
    pub fn new(channel: ChannelId, receivers: &[ParticipantId]) -> Self {
        let mut receivers = receivers.to_vec();
        receivers.sort_unstable();
        receivers.dedup();
        let mut hasher = blake3::Hasher::new();
        hasher.update(&channel.to_bytes());
        for one in receivers {
            hasher.update(&one.to_bytes());
        }
        Self(*hasher.finalize().as_bytes())
    }
}

/// The two participants of a direct conversation, in the order of their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirectKey(ParticipantId, ParticipantId);

impl DirectKey {
    /// The key of a pair; who comes first makes no difference.
    pub fn new(one: ParticipantId, other: ParticipantId) -> Self {
        Self(one.min(other), one.max(other))
    }

    /// The other one of the pair.
    pub fn other(self, one: ParticipantId) -> Option<ParticipantId> {
        match one {
            id if id == self.0 => Some(self.1),
            id if id == self.1 => Some(self.0),
            _ => None,
        }
    }

    /// Both ids in order, for storage.
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&self.0.to_bytes());
        bytes[16..].copy_from_slice(&self.1.to_bytes());
        bytes
    }

    /// Reads what [`DirectKey::to_bytes`] wrote.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let (mut one, mut other) = ([0; 16], [0; 16]);
        one.copy_from_slice(&bytes[..16]);
        other.copy_from_slice(&bytes[16..]);
        Self(
            ParticipantId::from_bytes(one),
            ParticipantId::from_bytes(other),
        )
    }
}

/// A conversation: members, and messages in one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation(ConversationState);

/// Everything a conversation holds, for adapters to store and restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationState {
    /// Its id.
    pub id: ConversationId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Its number in the workspace: 1, 2, 3 … in the order of creation.
    pub number: u64,
    /// How many take part.
    pub kind: ConversationKind,
    /// Its title.
    pub title: Option<Title>,
    /// Its description.
    pub description: Option<Description>,
    /// Whether it goes on.
    pub status: Status,
    /// What the caller keeps with it.
    pub metadata: Metadata,
    /// Who talks, if it is direct and not deleted.
    pub direct: Option<DirectKey>,
    /// The channel that carries what is said to people outside.
    pub channel: Option<ChannelId>,
    /// What makes it the only one of its channel with these people, if it is not deleted.
    pub thread: Option<ThreadKey>,
    /// Who takes care of it.
    pub assignee: Option<ParticipantId>,
    /// What it is sorted by.
    pub labels: Tags,
    /// How soon it wants attention.
    pub priority: Option<Priority>,
    /// Until when it is put off, if it is until a time.
    pub snoozed_until: Option<Timestamp>,
    /// Where a picture of it is found; kept as given, never fetched.
    pub avatar_url: Option<AvatarUrl>,
    /// The seq of its newest message, 0 before the first.
    pub last_seq: Seq,
    /// How many are members now.
    pub member_count: usize,
    /// When its newest message was sent.
    pub last_message_at: Option<Timestamp>,
    /// How many of its messages were public when they were sent; the rest are private notes.
    pub public_count: u64,
    /// The seq of its newest public message, 0 before the first.
    pub public_seq: Seq,
    /// When its newest public message was sent.
    pub public_at: Option<Timestamp>,
    /// The highest seq that somebody said to have received or read.
    pub marked_seq: Seq,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed, messages apart.
    pub updated_at: Timestamp,
    /// Since when it is gone for everybody.
    pub deleted_at: Option<Timestamp>,
}

/// What may be said about a conversation; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationChange {
    /// A new title, or `Some(None)` for none.
    pub title: Option<Option<Title>>,
    /// A new description, or `Some(None)` for none.
    pub description: Option<Option<Description>>,
    /// New metadata, in place of all the old.
    pub metadata: Option<Metadata>,
    /// Somebody else to take care of it, or `Some(None)` for nobody.
    pub assignee: Option<Option<ParticipantId>>,
    /// New labels, in place of all the old.
    pub labels: Option<Tags>,
    /// Another priority, or `Some(None)` for none.
    pub priority: Option<Option<Priority>>,
    /// Another picture, or `Some(None)` for none.
    pub avatar_url: Option<Option<AvatarUrl>>,
}

impl Conversation {
    /// Takes what an adapter stored, or a new conversation's first state.
    pub fn restore(state: ConversationState) -> Self {
        Self(state)
    }

    /// When something public was last said in it, or when it was created: the order of lists. Private
    /// notes move nothing, so that nobody learns of them from the order.
    pub fn activity_at(&self) -> Timestamp {
        self.public_at.unwrap_or(self.created_at)
    }

    /// As somebody sees it who may see so much: for those who see the public only without any trace of
    /// private notes, and of how the workspace goes about its work.
    #[must_use]
    pub fn seen_with(mut self, sight: Sight) -> Self {
        if sight == Sight::Public {
            self.0.assignee = None;
            self.0.labels = Tags::default();
            self.0.priority = None;
            self.0.snoozed_until = None;
            if self.status.takes_messages() {
                self.0.status = Status::Open;
            }
            self.0.last_seq = self.0.public_seq;
            self.0.last_message_at = self.0.public_at;
        }
        self
    }

    /// How many messages it has for somebody who may see so much, erased ones included.
    pub fn message_count(&self, sight: Sight) -> u64 {
        match sight {
            Sight::Everything => self.last_seq.get(),
            Sight::Public => self.public_count,
        }
    }

    /// Notes that somebody received or read everything up to `seq`.
    pub fn mark(&mut self, seq: Seq) {
        self.0.marked_seq = self.0.marked_seq.max(seq);
    }

    /// Refuses whoever may not send now: into a conversation that is not open, after leaving, or
    /// with a role that only reads.
    pub fn admit_sender(&self, sender: Option<&Member>) -> Result<(), Refusal> {
        if !self.status.takes_messages() {
            return Err(Refusal::ConversationNotOpen {
                status: self.status,
            });
        }
        let member = sender
            .filter(|member| member.is_present())
            .ok_or(Refusal::NotAMember)?;
        if member.role.writes() {
            Ok(())
        } else {
            Err(Refusal::ReadOnlyMember)
        }
    }

    /// Gives the next message its place: the seq after the last, at a time not before the last.
    pub fn advance(&mut self, visibility: Visibility, now: Timestamp) -> (Seq, Timestamp) {
        let at = self.last_message_at.map_or(now, |last| last.max(now));
        self.0.last_seq = self.0.last_seq.next();
        self.0.last_message_at = Some(at);
        if visibility == Visibility::Public {
            self.0.public_count += 1;
            self.0.public_seq = self.0.last_seq;
            self.0.public_at = Some(at);
        }
        (self.0.last_seq, at)
    }

    /// Applies a change; says whether anything differs now.
    pub fn change(&mut self, change: &ConversationChange, at: Timestamp) -> bool {
        let before = self.0.clone();
        if let Some(title) = &change.title {
            self.0.title.clone_from(title);
        }
        if let Some(description) = &change.description {
            self.0.description.clone_from(description);
        }
        if let Some(metadata) = &change.metadata {
            self.0.metadata = metadata.clone();
        }
        if let Some(assignee) = change.assignee {
            self.0.assignee = assignee;
        }
        if let Some(labels) = &change.labels {
            self.0.labels = labels.clone();
        }
        if let Some(priority) = change.priority {
            self.0.priority = priority;
        }
        if let Some(avatar_url) = &change.avatar_url {
            self.0.avatar_url.clone_from(avatar_url);
        }
        let changed = self.0 != before;
        if changed {
            self.0.updated_at = at;
        }
        changed
    }

    /// Moves to another status. Says whether it moved, or is snoozed until another time.
    ///
    /// # Errors
    /// `status_conflict` from archived to anything but open, and from closed to archived: reopen it first.
    /// `validation_failed` at `until` for a time that is not ahead, or without being snoozed.
    pub fn turn(
        &mut self,
        to: Status,
        until: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<bool, Refusal> {
        let from = self.status;
        if until.is_some_and(|until| to != Status::Snoozed || until <= at) {
            let problem = Invalid::new("expected a time ahead, to snooze until");
            return Err(problem.at("until").into());
        }
        let refused = match (from, to) {
            (Status::Archived, to) => !matches!(to, Status::Open | Status::Archived),
            (Status::Closed, to) => to == Status::Archived,
            _ => false,
        };
        if refused {
            return Err(Refusal::StatusConflict { from, to });
        }
        let moved = from != to || self.snoozed_until != until;
        if moved {
            self.0.status = to;
            self.0.snoozed_until = until;
            self.0.updated_at = at;
        }
        Ok(moved)
    }

    /// Opens it again because somebody outside wrote. Says whether it was not open.
    pub fn wake(&mut self, at: Timestamp) -> bool {
        let slept = self.status != Status::Open;
        if slept {
            self.0.status = Status::Open;
            self.0.snoozed_until = None;
            self.0.updated_at = at;
        }
        slept
    }

    /// Gives one of its pair's places to somebody else, who has no direct conversation with the other yet; when
    /// they have, it is the direct conversation of nobody.
    pub fn repair(&mut self, pair: Option<DirectKey>, at: Timestamp) {
        self.0.direct = pair;
        self.0.updated_at = at;
    }

    /// Is the only one of its channel with some people, or of nobody any more.
    pub fn rethread(&mut self, thread: Option<ThreadKey>) {
        self.0.thread = thread;
    }

    /// Counts a member fewer where one took the place of two.
    pub fn unite(&mut self, at: Timestamp) {
        self.0.member_count = self.0.member_count.saturating_sub(1);
        self.0.updated_at = at;
    }

    /// Makes room for new members.
    ///
    /// # Errors
    /// `members_full` above `members_max`, `direct_members_fixed` in a direct conversation that has both.
    pub fn welcome(
        &mut self,
        newcomers: usize,
        members_max: usize,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        if self.kind == ConversationKind::Direct && self.member_count + newcomers > 2 {
            return Err(Refusal::DirectMembersFixed);
        }
        if self.member_count + newcomers > members_max {
            return Err(Refusal::MembersFull { members_max });
        }
        self.0.member_count += newcomers;
        self.0.updated_at = at;
        Ok(())
    }

    /// Counts a member who leaves.
    ///
    /// # Errors
    /// `direct_members_fixed` in a direct conversation.
    pub fn part(&mut self, at: Timestamp) -> Result<(), Refusal> {
        if self.kind == ConversationKind::Direct {
            return Err(Refusal::DirectMembersFixed);
        }
        self.0.member_count = self.0.member_count.saturating_sub(1);
        self.0.updated_at = at;
        Ok(())
    }

    /// Ends it for everybody; the pair of a direct one may begin anew.
    pub fn delete(&mut self, at: Timestamp) {
        self.0.deleted_at = Some(at);
        self.0.direct = None;
        self.0.thread = None;
        self.0.updated_at = at;
    }
}

impl Deref for Conversation {
    type Target = ConversationState;

    fn deref(&self) -> &ConversationState {
        &self.0
    }
}

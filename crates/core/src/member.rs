//! A participant in a conversation: role, read watermark, coming and going.

use std::ops::Deref;

use crate::conversation::Conversation;
use crate::id::{ConversationId, ParticipantId, WorkspaceId};
use crate::message::{Seq, Sight};
use crate::text::DisplayName;
use crate::timestamp::Timestamp;
use crate::words::words;

words! {
    /// What a member may do.
    Role {
        /// Everything.
        Owner = 1, "owner";
        /// Everything but what only concerns the owner's own role.
        Admin = 2, "admin";
        /// Read and send.
        Member = 3, "member";
        /// Read.
        Readonly = 4, "readonly";
    }
}

impl Role {
    /// Whether the role may send.
    pub const fn writes(self) -> bool {
        !matches!(self, Self::Readonly)
    }

    /// Whether the role may change the conversation, its members and others' messages.
    pub const fn moderates(self) -> bool {
        matches!(self, Self::Owner | Self::Admin)
    }
}

/// A participant's place in a conversation; kept when they leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member(MemberState);

/// Everything a member holds, for adapters to store and restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberState {
    /// The workspace of both.
    pub workspace: WorkspaceId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The participant.
    pub participant: ParticipantId,
    /// What they may do.
    pub role: Role,
    /// How they are called here, if not by their own name.
    pub display_name: Option<DisplayName>,
    /// Everything up to this seq is read.
    pub read_seq: Seq,
    /// How many public messages there were up to `read_seq`.
    pub read_public: u64,
    /// When the watermark last moved.
    pub read_at: Option<Timestamp>,
    /// Everything up to this seq has reached them; never below `read_seq`.
    pub delivered_seq: Seq,
    /// When that watermark last moved.
    pub delivered_at: Option<Timestamp>,
    /// Since when they want no notifications.
    pub muted_at: Option<Timestamp>,
    /// Since when they keep it on top of their list.
    pub pinned_at: Option<Timestamp>,
    /// Since when they have put it away, for themselves alone.
    pub archived_at: Option<Timestamp>,
    /// When they joined, the last time.
    pub joined_at: Timestamp,
    /// When they left.
    pub left_at: Option<Timestamp>,
}

/// What may be said about a member; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// A new role.
    pub role: Option<Role>,
    /// A new name in this conversation, or `Some(None)` for their own.
    pub display_name: Option<Option<DisplayName>>,
    /// Whether they want notifications.
    pub mute: Option<Mute>,
    /// Whether they keep the conversation on top.
    pub pin: Option<Pin>,
    /// Whether they have put it away.
    pub stow: Option<Stow>,
}

/// Whether a member wants notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mute {
    /// No notifications.
    Muted,
    /// Notifications.
    Unmuted,
}

/// Whether a member keeps the conversation on top of their list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// On top.
    Pinned,
    /// In its place.
    Unpinned,
}

/// Whether a member has put the conversation away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stow {
    /// Out of the way.
    Archived,
    /// At hand.
    Listed,
}

impl Member {
    /// A new member, for whom everything said before is read.
    pub fn join(
        conversation: &Conversation,
        participant: ParticipantId,
        role: Role,
        display_name: Option<DisplayName>,
        at: Timestamp,
    ) -> Self {
        Self(MemberState {
            workspace: conversation.workspace,
            conversation: conversation.id,
            participant,
            role,
            display_name,
            read_seq: conversation.last_seq,
            read_public: conversation.public_count,
            read_at: None,
            delivered_seq: conversation.last_seq,
            delivered_at: None,
            muted_at: None,
            pinned_at: None,
            archived_at: None,
            joined_at: at,
            left_at: None,
        })
    }

    /// Takes what an adapter stored.
    pub fn restore(state: MemberState) -> Self {
        Self(state)
    }

    /// Whether they have not left.
    pub fn is_present(&self) -> bool {
        self.left_at.is_none()
    }

    /// How many messages they have not read, of those that they may see: arithmetic on `seq` and on the
    /// count of public messages, not a count of rows.
    pub fn unread_count(&self, conversation: &Conversation, sight: Sight) -> u64 {
        match sight {
            Sight::Everything => conversation
                .last_seq
                .get()
                .saturating_sub(self.read_seq.get()),
            Sight::Public => conversation.public_count.saturating_sub(self.read_public),
        }
    }

    /// Moves the read watermark forward, never back; what is read was delivered. Says whether it moved.
    pub fn read_up_to(&mut self, seq: Seq, public: u64, at: Timestamp) -> bool {
        let forward = seq > self.0.read_seq;
        if forward {
            self.0.read_seq = seq;
            self.0.read_public = public;
            self.0.read_at = Some(at);
            self.delivered_up_to(seq, at);
        }
        forward
    }

    /// Moves the delivered watermark forward, never back. Says whether it moved.
    pub fn delivered_up_to(&mut self, seq: Seq, at: Timestamp) -> bool {
        let forward = seq > self.0.delivered_seq;
        if forward {
            self.0.delivered_seq = seq;
            self.0.delivered_at = Some(at);
        }
        forward
    }

    /// As somebody sees it who knows of nothing but public messages: watermarks that stand at private notes
    /// go back to `read` and `delivered`, the public messages before, and tell no time.
    #[must_use]
    pub(crate) fn without_notes(mut self, read: Seq, delivered: Seq) -> Self {
        if read < self.0.read_seq {
            self.0.read_seq = read;
            self.0.read_at = None;
        }
        if delivered < self.0.delivered_seq {
            self.0.delivered_seq = delivered;
            self.0.delivered_at = None;
        }
        self
    }

    /// Applies a change; says whether anything differs now.
    pub fn change(&mut self, change: &MemberChange, at: Timestamp) -> bool {
        let before = self.0.clone();
        self.0.role = change.role.unwrap_or(self.0.role);
        if let Some(name) = &change.display_name {
            self.0.display_name.clone_from(name);
        }
        match change.mute {
            Some(Mute::Muted) => self.0.muted_at = self.0.muted_at.or(Some(at)),
            Some(Mute::Unmuted) => self.0.muted_at = None,
            None => {}
        }
        match change.pin {
            Some(Pin::Pinned) => self.0.pinned_at = self.0.pinned_at.or(Some(at)),
            Some(Pin::Unpinned) => self.0.pinned_at = None,
            None => {}
        }
        match change.stow {
            Some(Stow::Archived) => self.0.archived_at = self.0.archived_at.or(Some(at)),
            Some(Stow::Listed) => self.0.archived_at = None,
            None => {}
        }
        self.0 != before
    }

    /// Becomes one with somebody else's place in the same conversation: the stronger role, and whatever either
    /// has read or received. Says whether anything differs now.
    pub fn unite(&mut self, other: &Self) -> bool {
        let before = self.0.clone();
        if other.role.number() < self.0.role.number() {
            self.0.role = other.role;
        }
        if other.read_seq > self.0.read_seq {
            self.0.read_seq = other.read_seq;
            self.0.read_public = other.read_public;
            self.0.read_at = other.read_at;
        }
        if other.delivered_seq > self.0.delivered_seq {
            self.0.delivered_seq = other.delivered_seq;
            self.0.delivered_at = other.delivered_at;
        }
        self.0 != before
    }

    /// Ends the membership.
    pub fn leave(&mut self, at: Timestamp) {
        self.0.left_at = Some(at);
    }
}

impl Deref for Member {
    type Target = MemberState;

    fn deref(&self) -> &MemberState {
        &self.0
    }
}

//! Who has received and read what: watermarks, and when they passed a message.

use std::ops::Deref;

use crate::delivery::DeliveryStatus;
use crate::event::Placed;
use crate::id::{ConversationId, ParticipantId, WorkspaceId};
use crate::media::Media;
use crate::message::{Message, Seq};
use crate::timestamp::Timestamp;
use crate::words::words;

words! {
    /// What a watermark says.
    ReceiptKind {
        /// It has arrived.
        Delivered = 1, "delivered";
        /// It was read.
        Read = 2, "read";
    }
}

/// A step of a member's watermark: everything up to `seq` has arrived or was read then. A reading is a
/// delivery as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The conversation.
    pub conversation: ConversationId,
    /// Whose watermark.
    pub participant: ParticipantId,
    /// What it says.
    pub kind: ReceiptKind,
    /// How far it went.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Whether it may be the first to pass some message: fewer than two others had gone so far. Only
    /// such marks have to be looked at to know when somebody first read a message.
    pub leads: bool,
}

/// A message, and when somebody else than its sender first had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The message.
    pub message: Message,
    /// When it first reached another member.
    pub delivered_at: Option<Timestamp>,
    /// When another member first read it.
    pub read_at: Option<Timestamp>,
    /// The files that go with it, in the order of its attachments; those that are gone are left out.
    pub files: Vec<Media>,
    /// Where the event of a message that was just sent stands; says nothing of others.
    pub placed: Placed,
}

impl Deref for Seen {
    type Target = Message;

    fn deref(&self) -> &Message {
        &self.message
    }
}

impl Seen {
    /// A message that nobody has received yet, as far as is known.
    pub fn unmarked(message: Message) -> Self {
        let own = |status| {
            let delivery = &message.delivery;
            (delivery.status == status).then_some(delivery.at)
        };
        Self {
            read_at: own(DeliveryStatus::Read),
            delivered_at: own(DeliveryStatus::Delivered).or(own(DeliveryStatus::Read)),
            files: Vec::new(),
            placed: Placed::default(),
            message,
        }
    }

    /// How far the message has come, watermarks included.
    pub fn delivery_status(&self) -> DeliveryStatus {
        let status = self.message.delivery.status;
        if status < DeliveryStatus::Sent || status > DeliveryStatus::Read {
            status
        } else if self.read_at.is_some() {
            DeliveryStatus::Read
        } else if self.delivered_at.is_some() {
            DeliveryStatus::Delivered
        } else {
            status
        }
    }

    /// Takes a mark of the same conversation into account.
    pub fn pass(&mut self, mark: &Mark) {
        if mark.seq < self.message.seq || mark.participant == self.message.sender {
            return;
        }
        let earlier = |known: Option<Timestamp>| Some(known.map_or(mark.at, |at| at.min(mark.at)));
        self.delivered_at = earlier(self.delivered_at);
        if mark.kind == ReceiptKind::Read {
            self.read_at = earlier(self.read_at);
        }
    }

    /// Takes a later message of the same conversation into account: who answers has read.
    pub fn answered_by(&mut self, later: &Message) {
        let mark = Mark {
            workspace: later.workspace,
            conversation: later.conversation,
            participant: later.sender,
            kind: ReceiptKind::Read,
            seq: Seq::new(later.seq.get().saturating_sub(1)),
            at: later.created_at,
            leads: true,
        };
        self.pass(&mark);
    }
}

/// What a member has of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The member.
    pub participant: ParticipantId,
    /// Since when they have it.
    pub delivered_at: Option<Timestamp>,
    /// Since when they have read it.
    pub read_at: Option<Timestamp>,
}

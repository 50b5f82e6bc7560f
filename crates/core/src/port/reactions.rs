//! Reactions to messages, and who has received and read them.

use crate::delivery::Recipient;
use crate::fault::Fault;
use crate::id::{ConversationId, MessageId, ParticipantId, ReactionId, WorkspaceId};
use crate::message::Seq;
use crate::reaction::{Reaction, ReactionName};
use crate::receipt::{Mark, ReceiptKind};

/// At how many marks [`ReadReceipts::ahead`] looks.
pub const MARKS_AHEAD: usize = 64;

/// Reactions as they stand in one snapshot.
pub trait ReadReactions {
    /// The reaction, or `None` if this message has none with this id.
    fn find(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
        id: ReactionId,
    ) -> Result<Option<Reaction>, Fault>;
    /// Those of the reactions that exist, in no particular order: one statement.
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ReactionId],
    ) -> Result<Vec<Reaction>, Fault>;
    /// What a participant reacted to a message with this name, if they did.
    fn find_own(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
        participant: ParticipantId,
        name: &ReactionName,
    ) -> Result<Option<Reaction>, Fault>;
    /// Up to `limit` reactions to each of these messages, oldest first, in no particular order of the messages: one
    /// statement.
    fn of_messages(
        &mut self,
        workspace: WorkspaceId,
        messages: &[MessageId],
        limit: usize,
    ) -> Result<Vec<Reaction>, Fault>;
    /// Up to `limit` reactions to a message with ids above `after`, oldest first.
    fn page(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
        after: Option<ReactionId>,
        limit: usize,
    ) -> Result<Vec<Reaction>, Fault>;
}

/// Reactions inside a unit of work.
pub trait Reactions: ReadReactions {
    /// Adds a reaction to a locked message.
    fn add(&mut self, reaction: &Reaction) -> Result<(), Fault>;
    /// Erases a reaction to a locked message.
    fn erase(&mut self, reaction: &Reaction) -> Result<(), Fault>;
    /// Erases all reactions to a locked message.
    fn erase_all(&mut self, workspace: WorkspaceId, message: MessageId) -> Result<(), Fault>;
}

/// Receipts as they stand in one snapshot.
pub trait ReadReceipts {
    /// Up to `limit` leading marks of a conversation at or above a place, in the order of seq, participant
    /// and kind.
    fn leading_marks(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        from: Seq,
        limit: usize,
    ) -> Result<Vec<Mark>, Fault>;
    /// For each of the participants and each kind its first mark at or above a place, if there is one, in
    /// no particular order.
    fn first_marks(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        from: Seq,
        participants: &[ParticipantId],
    ) -> Result<Vec<Mark>, Fault>;
    /// How many different participants but this one have a leading mark of this kind (a reading is a
    /// delivery, too) at or above a place; counted up to 2, and among the first [`MARKS_AHEAD`] of such marks
    /// only: one who went far step by step may hide others further on.
    fn ahead(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        kind: ReceiptKind,
        from: Seq,
        but: ParticipantId,
    ) -> Result<usize, Fault>;
    /// The same for several messages, in the order of message and participant: one statement.
    fn recipients_of(
        &mut self,
        workspace: WorkspaceId,
        messages: &[MessageId],
    ) -> Result<Vec<Recipient>, Fault>;
    /// Those to whom a message's way is known, in the order of their ids.
    fn recipients(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Vec<Recipient>, Fault>;
}

/// Receipts inside a unit of work.
pub trait Receipts: ReadReceipts {
    /// Adds a mark of a locked member.
    fn mark(&mut self, mark: &Mark) -> Result<(), Fault>;
    /// Stores how far a locked message has come to somebody, in place of what was known.
    fn save_recipient(&mut self, recipient: &Recipient) -> Result<(), Fault>;
}

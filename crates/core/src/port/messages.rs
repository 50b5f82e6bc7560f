//! Messages and their revisions.

use crate::fault::Fault;
use crate::id::{ConversationId, MessageId, WorkspaceId};
use crate::message::{Message, Revision, Seq};
use crate::page::Order;
use crate::timestamp::Timestamp;

/// The places between two others, both exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeqRange {
    /// Only places above this one.
    pub above: Seq,
    /// Only places below this one; `None` for all the rest.
    pub below: Option<Seq>,
}

/// Messages as they stand in one snapshot.
pub trait ReadMessages {
    /// The message, tombstone or not, or `None` if this conversation has none with this id.
    fn find(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        id: MessageId,
    ) -> Result<Option<Message>, Fault>;
    /// Those of the messages that exist, of any conversation, in no particular order: one statement.
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[MessageId],
    ) -> Result<Vec<Message>, Fault>;
    /// The messages at these places, in no particular order: one statement.
    fn find_at(
        &mut self,
        workspace: WorkspaceId,
        places: &[(ConversationId, Seq)],
    ) -> Result<Vec<Message>, Fault>;
    /// Up to `limit` messages of a conversation within the range, in the order of their seq.
    fn page(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        range: SeqRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Message>, Fault>;
    /// Place and time of the first message at or after a place; `None` beyond the last.
    fn first_from(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        from: Seq,
    ) -> Result<Option<(Seq, Timestamp)>, Fault>;
    /// The earlier states of a message, oldest first.
    fn revisions(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Vec<Revision>, Fault>;
}

/// Messages inside a unit of work.
pub trait Messages: ReadMessages {
    /// The message, locked for the rest of the unit.
    fn lock(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        id: MessageId,
    ) -> Result<Option<Message>, Fault>;
    /// Adds all of `messages`, of locked conversations, in one statement, or none.
    fn append(&mut self, workspace: WorkspaceId, messages: &[Message]) -> Result<(), Fault>;
    /// Stores text, metadata, revision count and the times of editing and deletion of a locked message,
    /// and keeps its earlier state.
    fn revise(&mut self, message: &Message, earlier: &Revision) -> Result<(), Fault>;
}

//! Deletes messages: they stay in the order as tombstones.

use crate::context::Context;
use crate::event::{NewEvent, Subject, Topic};
use crate::id::{ConversationId, MessageId, ParticipantId};
use crate::key::Scope;
use crate::message::Message;
use crate::port::Unit;
use crate::refusal::Error;

use super::edit_message::lock_own;

/// The wish to delete a message.
#[derive(Clone, Copy, Debug)]
pub struct DeleteMessage {
    /// Where.
    pub conversation: ConversationId,
    /// Which.
    pub message: MessageId,
    /// Whose rights count; without it those of the caller.
    pub acting_as: Option<ParticipantId>,
}

/// Makes a message a tombstone: its text and metadata disappear from everything that can be read, its
/// place in the order stays. Deleting a tombstone changes nothing.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `conversation_not_found`, `message_not_found`, `not_a_member`,
/// `not_allowed`.
pub fn delete_message(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &DeleteMessage,
) -> Result<Message, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let mut message = lock_own(unit, cx, cmd.conversation, cmd.message, cmd.acting_as)?;
    if message.deleted_at.is_some() {
        return Ok(message);
    }
    let earlier = message.delete(cx.now);
    unit.messages_mut().revise(&message, &earlier)?;
    let subject = Subject::Message(message.conversation, message.id, message.seq);
    let event = NewEvent {
        topic: Topic::MessageDeleted,
        subject,
        at: cx.now,
    };
    unit.events_mut().append(cx.workspace(), &[event])?;
    Ok(message)
}

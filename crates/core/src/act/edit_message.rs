//! Changes what a message says, and shows what it said before.

use crate::context::Context;
use crate::event::{NewEvent, Subject, Topic};
use crate::id::{ConversationId, MessageId, ParticipantId};
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::message::{Message, Revision};
use crate::port::{Snapshot, Unit};
use crate::refusal::{Error, Refusal};
use crate::text::{Metadata, Text};

use super::find_message;
use super::standing::{standing, visible};

/// The wish to change a message; `None` leaves a part as it is.
#[derive(Clone, Debug)]
pub struct EditMessage {
    /// Where.
    pub conversation: ConversationId,
    /// Which.
    pub message: MessageId,
    /// Whose rights count; without it those of the caller.
    pub acting_as: Option<ParticipantId>,
    /// The new text.
    pub text: Option<Text>,
    /// The new metadata, in place of all the old.
    pub metadata: Option<Metadata>,
}

/// Edits a message and keeps its earlier state as a revision. Its sender, an owner or admin, and the
/// workspace itself may; the same text again is an edit as well.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `conversation_not_found`, `message_not_found`, `not_a_member`,
/// `not_allowed`, `message_deleted`; `validation_failed` at `body` when nothing is to change.
pub fn edit_message(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &EditMessage,
) -> Result<Message, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let mut message = lock_own(unit, cx, cmd.conversation, cmd.message, cmd.acting_as)?;
    if message.deleted_at.is_some() {
        return Err(Refusal::MessageDeleted.into());
    }
    if cmd.text.is_none() && cmd.metadata.is_none() {
        return Err(Invalid::new("expected a new body or new metadata")
            .at("body")
            .into());
    }
    let earlier = message.edit(cmd.text.as_ref(), cmd.metadata.as_ref(), cx.now);
    unit.messages_mut().revise(&message, &earlier)?;
    let subject = Subject::Message(message.conversation, message.id, message.seq);
    let event = NewEvent {
        topic: Topic::MessageUpdated,
        subject,
        at: cx.now,
    };
    unit.events_mut().append(cx.workspace(), &[event])?;
    Ok(message)
}

/// A message that the caller may change.
pub(super) fn lock_own(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: ConversationId,
    id: MessageId,
    acting_as: Option<ParticipantId>,
) -> Result<Message, Error> {
    visible(unit, cx, conversation)?;
    let found = unit.messages_mut().lock(cx.workspace(), conversation, id)?;
    let message = found.ok_or(Refusal::MessageNotFound)?;
    standing(unit, cx, conversation, acting_as)?.moderates_or_is(message.sender)?;
    Ok(message)
}

/// The earlier states of a message, oldest first; none for a tombstone, as what was deleted is gone.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `message_not_found`.
pub fn list_revisions(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Vec<Revision>, Error> {
    let message = find_message(snapshot, cx, conversation, id)?;
    if message.deleted_at.is_some() {
        return Ok(Vec::new());
    }
    Ok(snapshot.messages().revisions(cx.workspace(), id)?)
}

//! Changes what a message says, and shows what it said before.

use std::time::Duration;

use crate::balance::Operation;
use crate::context::Context;
use crate::event::{NewEvent, Subject, Topic};
use crate::id::{ConversationId, MessageId, ParticipantId};
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::message::{Message, MessageChange, Revision};
use crate::port::{Snapshot, Unit};
use crate::receipt::Seen;
use crate::refusal::{Error, Refusal};

use super::files::{attach, with_files};
use super::list_messages::find_plain;
use super::react::lock_shown;
use super::settings::charge;
use super::standing::{Standing, lock, standing, visible};

/// The wish to change a message.
#[derive(Clone, Debug)]
pub struct EditMessage {
    /// Where.
    pub conversation: ConversationId,
    /// Which.
    pub message: MessageId,
    /// Whose rights count; without it those of the caller.
    pub acting_as: Option<ParticipantId>,
    /// What is to be said instead.
    pub change: MessageChange,
}

/// Edits a message and keeps its earlier state as a revision. Its sender, an owner or admin, and the
/// workspace itself may, as long as the workspace's edit window is open; the same text again is an edit as
/// well. Its price is taken from the balance.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `insufficient_tokens`, `conversation_not_found`, `message_not_found`,
/// `not_a_member`, `not_allowed`, `message_deleted`, `edit_window_closed`; `validation_failed` at `body` when
/// nothing is to change or nothing would be said, at `attachments/N/media_id`.
pub fn edit_message(unit: &mut dyn Unit, cx: &Context, cmd: &EditMessage) -> Result<Seen, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    charge(unit, cx, Operation::Edit, cmd.message)?;
    let (mut message, _) = lock_own(unit, cx, cmd.conversation, cmd.message, cmd.acting_as)?;
    if message.deleted_at.is_some() {
        return Err(Refusal::MessageDeleted.into());
    }
    if let Some(edit_window_s) = cx.limits().edit_window_s
        && message.created_at.plus(Duration::from_secs(edit_window_s)) < cx.now
    {
        return Err(Refusal::EditWindowClosed { edit_window_s }.into());
    }
    if cmd.change.is_empty() {
        let problem =
            Invalid::new("expected a new body, new content, new attachments or new metadata");
        return Err(problem.at("body").into());
    }
    let earlier = message.edit(&cmd.change, cx.now);
    let silent = message.text.as_str().is_empty() && message.attachments.is_empty();
    if silent && message.content.is_none() {
        let problem = Invalid::new("expected a body, as there is no content and no file");
        return Err(problem.at("body").into());
    }
    if let Some(attachments) = &cmd.change.attachments {
        attach(unit, cx, &message, attachments, &earlier.attachments)?;
    }
    unit.messages_mut().revise(&message, &earlier)?;
    log(unit, cx, Topic::MessageUpdated, &message)?;
    let mut seen = vec![Seen::unmarked(message.seen_with(cx.caller.sight()))];
    with_files(unit, cx.workspace(), &mut seen)?;
    Ok(seen.pop().ok_or(Refusal::MessageNotFound)?)
}

/// A message as it stands, locked with its conversation for the rest of the unit: for who changes it only if
/// it is as they know it.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `message_not_found`.
pub fn lock_message(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Message, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    // Before any message, as sends do.
    lock(unit, cx, conversation)?;
    visible(unit, cx, conversation)?;
    lock_shown(unit, cx, conversation, id)
}

/// A message that the caller may change, and by which right.
pub(super) fn lock_own(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: ConversationId,
    id: MessageId,
    acting_as: Option<ParticipantId>,
) -> Result<(Message, Standing), Error> {
    visible(unit, cx, conversation)?;
    let found = unit.messages_mut().lock(cx.workspace(), conversation, id)?;
    let message = found
        .filter(|message| cx.caller.sight().covers(message.visibility))
        .ok_or(Refusal::MessageNotFound)?;
    let standing = standing(unit, cx, conversation, acting_as)?;
    standing.moderates_or_is(message.sender)?;
    Ok((message, standing))
}

/// Says in the log what happened to a message.
pub(super) fn log(
    unit: &mut dyn Unit,
    cx: &Context,
    topic: Topic,
    message: &Message,
) -> Result<(), Error> {
    let event = NewEvent {
        topic,
        subject: Subject::Message(message.conversation, message.id, message.seq),
        at: cx.now,
    };
    Ok(unit.events_mut().append(cx.workspace(), &[event])?)
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
    let (_, message) = find_plain(snapshot, cx, conversation, id)?;
    if message.deleted_at.is_some() {
        return Ok(Vec::new());
    }
    Ok(snapshot.messages().revisions(cx.workspace(), id)?)
}

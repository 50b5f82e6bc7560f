//! Notes how far a message has come on its way to those it is for.

use std::collections::HashMap;

use crate::context::Context;
use crate::delivery::{Delivery, DeliveryStatus, Failure, Recipient, overall};
use crate::event::Topic;
use crate::id::{ConversationId, MessageId, ParticipantId};
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::message::{Message, Sight};
use crate::outbound::ReceiverRole;
use crate::port::{Snapshot, Unit};
use crate::refusal::{Error, Refusal};

use super::edit_message::log;
use super::list_messages::find_plain;
use super::react::lock_shown;
use super::standing::visible;

/// To how many participants the way of one message may be noted.
pub const RECIPIENTS_MAX: usize = 100;

/// The news of how far a message has come.
#[derive(Clone, Debug)]
pub struct SetDelivery {
    /// Where.
    pub conversation: ConversationId,
    /// Which message.
    pub message: MessageId,
    /// To whom; without it on the whole.
    pub recipient: Option<ParticipantId>,
    /// How far.
    pub status: DeliveryStatus,
    /// Why no further, if it failed.
    pub failure: Option<Failure>,
}

/// Moves the delivery of a message on, or that to one of its recipients; a recipient who was unknown begins at
/// `accepted`, and the message then follows [`overall`]. The same status again changes nothing. Whoever may
/// write in the workspace may tell, but for callers that are bound to a contact.
///
/// # Errors
/// `scope_missing`, `not_allowed`, `conversation_not_found`, `message_not_found`, `message_deleted`,
/// `delivery_conflict`; `validation_failed` at `reason` when it does not fit the status, at `participant_id`
/// for who is not of this workspace, or one recipient too many.
pub fn set_delivery(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &SetDelivery,
) -> Result<Message, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    if cx.caller.sight() == Sight::Public {
        return Err(Refusal::NotAllowed.into());
    }
    visible(unit, cx, cmd.conversation)?;
    let mut message = lock_shown(unit, cx, cmd.conversation, cmd.message)?;
    if message.deleted_at.is_some() {
        return Err(Refusal::MessageDeleted.into());
    }
    let changed = match cmd.recipient {
        None => message.deliver(cmd.status, cmd.failure.clone(), cx.now)?,
        Some(recipient) => deliver_to(unit, cx, cmd, &mut message, recipient)?,
    };
    if changed {
        unit.messages_mut().save(&message)?;
        log(unit, cx, Topic::MessageStatusChanged, &message)?;
    }
    Ok(message)
}

/// Says whether anything differs now.
fn deliver_to(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &SetDelivery,
    message: &mut Message,
    participant: ParticipantId,
) -> Result<bool, Error> {
    let workspace = cx.workspace();
    let refuse = |problem: String| Invalid::new(problem).at("participant_id");
    if unit.participants().find(workspace, participant)?.is_none() {
        return Err(refuse("expected a participant of this workspace".to_owned()).into());
    }
    let mut recipients = unit.receipts().recipients(workspace, message.id)?;
    let known = recipients
        .iter()
        .position(|one| one.participant == participant);
    if known.is_none() {
        if recipients.len() >= RECIPIENTS_MAX {
            let problem = format!("expected one of the {RECIPIENTS_MAX} known recipients");
            return Err(refuse(problem).into());
        }
        recipients.push(Recipient {
            workspace,
            message: message.id,
            participant,
            role: ReceiverRole::To,
            reached_by: None,
            delivery: Delivery::begin(DeliveryStatus::Accepted, cx.now),
        });
    }
    let place = known.unwrap_or(recipients.len() - 1);
    let recipient = &mut recipients[place];
    let moved = recipient
        .delivery
        .turn(cmd.status, cmd.failure.clone(), cx.now)?;
    if known.is_some() && !moved {
        return Ok(false);
    }
    unit.receipts_mut().save_recipient(recipient)?;
    if let Some(overall) = overall(&recipients) {
        message.deliver_as(overall);
    }
    Ok(true)
}

/// Those to whom a message's way is known, in the order of their ids; nobody for a tombstone. Callers that are
/// bound to a contact learn of no blind copy but their own.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `message_not_found`.
pub fn list_recipients(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
    message: MessageId,
) -> Result<Vec<Recipient>, Error> {
    let (_, message) = find_plain(snapshot, cx, conversation, message)?;
    if message.deleted_at.is_some() {
        return Ok(Vec::new());
    }
    let mut all = snapshot.receipts().recipients(cx.workspace(), message.id)?;
    all.retain(|one| shown(cx, one));
    Ok(all)
}

/// Those to whom the way of these messages is known that the caller has been shown, by message, each in the order of their
/// ids. What callers that are bound to a contact learn is as in [`list_recipients`].
///
/// # Errors
/// `scope_missing`.
pub fn find_recipients(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    of: &[MessageId],
) -> Result<HashMap<MessageId, Vec<Recipient>>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let mut by_message: HashMap<MessageId, Vec<Recipient>> = HashMap::new();
    if of.is_empty() {
        return Ok(by_message);
    }
    for one in snapshot.receipts().recipients_of(cx.workspace(), of)? {
        if shown(cx, &one) {
            by_message.entry(one.message).or_default().push(one);
        }
    }
    Ok(by_message)
}

/// Contacts learn of no blind copy but their own.
fn shown(cx: &Context, one: &Recipient) -> bool {
    cx.caller.sight() != Sight::Public
        || one.role != ReceiverRole::Bcc
        || Some(one.participant) == cx.caller.participant()
}

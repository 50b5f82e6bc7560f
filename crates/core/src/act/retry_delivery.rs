//! Tries again to hand a message over, when somebody asks for it.
//!
//! Whether it is tried again by itself is decided in `hand_over`.

use crate::channel::Platform;
use crate::context::Context;
use crate::delivery::DeliveryStatus;
use crate::id::{ConversationId, MessageId};
use crate::key::Scope;
use crate::message::{Direction, Message, Sight, Visibility};
use crate::outbound::Outbound;
use crate::port::Unit;
use crate::refusal::{Error, Refusal};

use super::hand_over::advance;
use super::standing::visible;

/// Tries a message again that could not be handed over.
///
/// # Errors
/// `scope_missing`, `not_allowed` for callers that are bound to a contact, `conversation_not_found`,
/// `message_not_found`, `message_deleted`, `delivery_conflict` for one that has not failed or does not go out,
/// `channel_inactive`.
pub fn retry_delivery(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Message, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    if cx.caller.sight() == Sight::Public {
        return Err(Refusal::NotAllowed.into());
    }
    let conversation = visible(unit, cx, conversation)?;
    let workspace = cx.workspace();
    let found = unit.messages_mut().lock(workspace, conversation.id, id)?;
    let mut message = found.ok_or(Refusal::MessageNotFound)?;
    if message.deleted_at.is_some() {
        return Err(Refusal::MessageDeleted.into());
    }
    let from = message.delivery.status;
    if from != DeliveryStatus::Failed || message.direction != Direction::Outgoing {
        let to = DeliveryStatus::Accepted;
        return Err(Refusal::DeliveryConflict { from, to }.into());
    }
    let channel = match conversation.channel {
        Some(channel) => unit.channels().find(workspace, channel)?,
        None => None,
    };
    let channel = channel.ok_or(Refusal::ChannelInactive)?;
    channel.admit()?;
    if channel.platform == Platform::Native || message.visibility == Visibility::Private {
        return Err(Refusal::ChannelInactive.into());
    }
    let entry = Outbound {
        workspace,
        message: id,
        conversation: conversation.id,
        channel: channel.id,
        tries: 0,
        due_at: cx.now,
    };
    // Somebody may have said that it failed while it waited.
    match unit.outbox_mut().lock(workspace, id)? {
        Some(_) => unit.outbox_mut().save(&entry)?,
        None => unit.outbox_mut().add(&[entry])?,
    }
    advance(unit, &mut message, DeliveryStatus::Accepted, None, cx.now)?;
    Ok(message)
}

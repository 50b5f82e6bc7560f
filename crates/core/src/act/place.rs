//! Places messages: which way they go, and what becomes of a draft that nothing speaks against.
//!
//! Whether something speaks against it is found out in `pass`.

use crate::channel::Platform;
use crate::context::Context;
use crate::conversation::Conversation;
use crate::delivery::{Delivery, DeliveryStatus};
use crate::invalid::Invalid;
use crate::message::{Direction, Message, MessageKind, MessageState, Visibility};
use crate::participant::ParticipantKind;
use crate::port::Advance;
use crate::reaction::Tallies;
use crate::refusal::Refusal;

use super::pass::Admitted;
use super::send_message::SendMessage;

/// Which way a message goes: from contacts it comes in, from everybody else it goes out unless it stays
/// within. Contacts write no private notes, and no notices of the product unless the workspace itself says that they did.
pub(super) fn direction(
    cx: &Context,
    cmd: &SendMessage,
    sender: ParticipantKind,
) -> Result<Direction, Refusal> {
    let draft = &cmd.draft;
    let notice = matches!(draft.kind, MessageKind::System | MessageKind::Activity);
    let contact = sender == ParticipantKind::Contact;
    if contact && draft.visibility == Visibility::Private {
        return Err(Refusal::NotAllowed);
    }
    let said_of_them = notice && cx.caller.participant().is_none();
    if said_of_them
        && contact
        && draft
            .direction
            .is_some_and(|given| given != Direction::Internal)
    {
        let problem = Invalid::new("expected internal for a notice of a contact");
        return Err(problem.at("direction").into());
    }
    if contact && !said_of_them {
        if notice {
            let problem = Invalid::new("expected another type from a contact");
            return Err(problem.at("type").into());
        }
        if draft
            .direction
            .is_some_and(|given| given != Direction::Incoming)
        {
            let problem = Invalid::new("expected incoming from a contact");
            return Err(problem.at("direction").into());
        }
        return Ok(Direction::Incoming);
    }
    if draft.direction == Some(Direction::Incoming) {
        let problem =
            Invalid::new("expected outgoing or internal: only contacts' messages come in");
        return Err(problem.at("direction").into());
    }
    let usual = if notice || draft.visibility == Visibility::Private {
        Direction::Internal
    } else {
        Direction::Outgoing
    };
    Ok(draft.direction.unwrap_or(usual))
}

pub(super) fn place_message(
    conversation: &mut Conversation,
    cx: &Context,
    cmd: &SendMessage,
    admitted: Admitted,
) -> Message {
    let mut draft = cmd.draft.clone();
    if let Some((said, used)) = admitted.says {
        draft.fill_in(said, used);
    }
    let (seq, at) = conversation.advance(draft.visibility, cx.now);
    let begins = match admitted.channel {
        // The platform brought it.
        None if conversation.channel.is_some() && admitted.direction == Direction::Incoming => {
            DeliveryStatus::Delivered
        }
        None => DeliveryStatus::Sent,
        // Who it is for reads it here.
        Some((_, Platform::Native)) => DeliveryStatus::Delivered,
        Some(_) => DeliveryStatus::Accepted,
    };
    Message::restore(MessageState {
        id: cx.fresh.into(),
        workspace: conversation.workspace,
        conversation: conversation.id,
        seq,
        sender: admitted.sender,
        kind: draft.kind,
        direction: admitted.direction,
        visibility: draft.visibility,
        public_count: conversation.public_count,
        text: draft.text,
        content_type: draft.content_type,
        content: draft.content,
        attachments: draft.attachments,
        reply_to: draft.reply_to,
        metadata: draft.metadata,
        tags: draft.tags,
        reference: draft.reference,
        source_id: draft.source_id,
        echo_id: draft.echo_id,
        template: draft.made_from,
        delivery: Delivery::begin(begins, at),
        reply_count: 0,
        public_reply_count: 0,
        reactions: Tallies::default(),
        revision_count: 0,
        created_at: at,
        edited_at: None,
        deleted_at: None,
        delete_mode: None,
    })
}

pub(super) fn advance(conversation: &Conversation) -> Advance {
    Advance {
        conversation: conversation.id,
        last_seq: conversation.last_seq,
        last_message_at: conversation
            .last_message_at
            .unwrap_or(conversation.created_at),
        public_count: conversation.public_count,
        public_seq: conversation.public_seq,
        public_at: conversation.public_at,
    }
}

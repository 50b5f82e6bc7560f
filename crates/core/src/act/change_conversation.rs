//! Changes conversations, ends them and opens them again.

use crate::context::Context;
use crate::conversation::{Conversation, ConversationChange, Status};
use crate::event::{NewEvent, Subject, Topic};
use crate::id::ConversationId;
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::message::Sight;
use crate::participant::{Participant, ParticipantKind};
use crate::port::Unit;
use crate::refusal::{Error, Refusal};
use crate::timestamp::Timestamp;

use super::standing::{lock, standing};

/// Changes title, description, assignee, labels, priority, picture or metadata. Owners, admins and the
/// workspace itself may, but for assignee, labels and priority, which are no business of contacts. An assignee is an agent or bot that takes part in the workspace still; it need not be a
/// member.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `not_allowed`; `validation_failed` at `assignee_id`.
pub fn change_conversation(
    unit: &mut dyn Unit,
    cx: &Context,
    id: ConversationId,
    change: &ConversationChange,
) -> Result<Conversation, Error> {
    let mut conversation = lock_moderated(unit, cx, id)?;
    let work = change.assignee.is_some() || change.labels.is_some() || change.priority.is_some();
    if work && cx.caller.sight() == Sight::Public {
        return Err(Refusal::NotAllowed.into());
    }
    if let Some(Some(assignee)) = change.assignee {
        let found = unit.participants().find(cx.workspace(), assignee)?;
        let cares = |one: &Participant| {
            one.archived_at.is_none()
                && matches!(one.kind, ParticipantKind::Agent | ParticipantKind::Bot)
        };
        if !found.is_some_and(|found| cares(&found)) {
            let problem = Invalid::new("expected an agent or bot of this workspace");
            return Err(problem.at("assignee_id").into());
        }
    }
    if conversation.change(change, cx.now) {
        save(unit, cx, &conversation, Topic::ConversationUpdated)?;
    }
    Ok(conversation.seen_with(cx.caller.sight()))
}

/// Archives, closes, reopens or snoozes a conversation, or says that it waits; asking for the status that it has
/// changes nothing.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `not_allowed`, `status_conflict`; `validation_failed` at `until`.
pub fn turn_conversation(
    unit: &mut dyn Unit,
    cx: &Context,
    id: ConversationId,
    to: Status,
    until: Option<Timestamp>,
) -> Result<Conversation, Error> {
    let mut conversation = lock_moderated(unit, cx, id)?;
    let work = matches!(to, Status::Pending | Status::Snoozed);
    if work && cx.caller.sight() == Sight::Public {
        return Err(Refusal::NotAllowed.into());
    }
    if conversation.turn(to, until, cx.now)? {
        let topic = match to {
            Status::Open => Topic::ConversationReopened,
            Status::Archived => Topic::ConversationArchived,
            Status::Closed => Topic::ConversationClosed,
            Status::Pending => Topic::ConversationPending,
            Status::Snoozed => Topic::ConversationSnoozed,
        };
        save(unit, cx, &conversation, topic)?;
    }
    Ok(conversation.seen_with(cx.caller.sight()))
}

/// Deletes a conversation: from the commit on it exists for nobody, and [`sweep`](super::sweep()) erases
/// its messages bit by bit.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `not_allowed`.
pub fn delete_conversation(
    unit: &mut dyn Unit,
    cx: &Context,
    id: ConversationId,
) -> Result<(), Error> {
    let mut conversation = lock_moderated(unit, cx, id)?;
    conversation.delete(cx.now);
    save(unit, cx, &conversation, Topic::ConversationDeleted)
}

fn lock_moderated(
    unit: &mut dyn Unit,
    cx: &Context,
    id: ConversationId,
) -> Result<Conversation, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let conversation = lock(unit, cx, id)?;
    standing(unit, cx, id, None)?.moderates()?;
    Ok(conversation)
}

fn save(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: &Conversation,
    topic: Topic,
) -> Result<(), Error> {
    unit.conversations_mut().save(conversation)?;
    let subject = Subject::Conversation(conversation.id);
    Ok(unit.events_mut().append(
        cx.workspace(),
        &[NewEvent {
            topic,
            subject,
            at: cx.now,
        }],
    )?)
}

/// Opens up to `limit` conversations again whose snooze has ended; says how many.
pub fn wake_snoozed(unit: &mut dyn Unit, now: Timestamp, limit: usize) -> Result<usize, Error> {
    let ended = unit.conversations_mut().lock_snoozed(now, limit)?;
    let count = ended.len();
    for mut conversation in ended {
        conversation.wake(now);
        unit.conversations_mut().save(&conversation)?;
        let event = NewEvent {
            topic: Topic::ConversationReopened,
            subject: Subject::Conversation(conversation.id),
            at: now,
        };
        unit.events_mut().append(conversation.workspace, &[event])?;
    }
    Ok(count)
}

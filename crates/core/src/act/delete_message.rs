//! Deletes messages: hides them, erases what they said, or erases them.

use std::collections::BTreeMap;

use crate::context::Context;
use crate::event::{NewEvent, Subject, Topic};
use crate::extra::Bearer;
use crate::fault::Fault;
use crate::id::{ConversationId, MessageId, ParticipantId, WorkspaceId};
use crate::key::Scope;
use crate::message::{DeleteMode, Message, Visibility};
use crate::port::{ReplyCount, Unit};
use crate::refusal::Error;
use crate::timestamp::Timestamp;

use super::edit_message::{lock_own, log};
use super::standing::lock;

/// The wish to delete a message.
#[derive(Clone, Copy, Debug)]
pub struct DeleteMessage {
    /// Where.
    pub conversation: ConversationId,
    /// Which.
    pub message: MessageId,
    /// How.
    pub mode: DeleteMode,
    /// Whose rights count; without it those of the caller.
    pub acting_as: Option<ParticipantId>,
}

/// What is left of a deleted message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// Its place in the order.
    Tombstone(Box<Message>),
    /// Nothing.
    Purged,
}

/// Deletes a message. Softly: its text, content, files, metadata, tags and reactions disappear from everything that
/// can be read, its place in the order stays. Redacted: they are erased as well, with every revision and every
/// answer kept for a retry. Purged: nothing is left but the gap in the order, and who answered it answers
/// nothing. Deleting again in the same or a milder manner changes nothing, in a stronger one goes on. Its
/// sender may, an owner or admin, and the workspace itself; only the last three may purge.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `conversation_not_found`, `message_not_found`, `not_a_member`,
/// `not_allowed`.
pub fn delete_message(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &DeleteMessage,
) -> Result<Deleted, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    if cmd.mode != DeleteMode::Soft {
        // Before any message, as sends do: counts of replies and uses of files are theirs.
        lock(unit, cx, cmd.conversation)?;
    }
    let (mut message, standing) = lock_own(unit, cx, cmd.conversation, cmd.message, cmd.acting_as)?;
    let (workspace, ids) = (cx.workspace(), [message.id]);
    if cmd.mode == DeleteMode::Purge {
        standing.moderates()?;
        purge(unit, workspace, &[message], cx.now)?;
        return Ok(Deleted::Purged);
    }
    if message.delete_mode >= Some(cmd.mode) {
        return Ok(tombstone(cx, message));
    }
    let earlier = message.delete(cmd.mode, cx.now);
    unit.extras_mut()
        .erase(workspace, &[Bearer::Message(message.id)])?;
    let topic = if cmd.mode == DeleteMode::Redact {
        unit.messages_mut().redact(&message)?;
        unit.library_mut().release(workspace, &ids, cx.now)?;
        Topic::MessageRedacted
    } else {
        unit.messages_mut().revise(&message, &earlier)?;
        unit.reactions_mut().erase_all(workspace, message.id)?;
        Topic::MessageDeleted
    };
    unit.claims_mut().forget(workspace, &ids)?;
    log(unit, cx, topic, &message)?;
    Ok(tombstone(cx, message))
}

fn tombstone(cx: &Context, message: Message) -> Deleted {
    Deleted::Tombstone(Box::new(message.seen_with(cx.caller.sight())))
}

/// Erases messages of locked conversations with all that hangs on them.
pub(super) fn purge(
    unit: &mut dyn Unit,
    workspace: WorkspaceId,
    messages: &[Message],
    now: Timestamp,
) -> Result<(), Fault> {
    let mut fewer: BTreeMap<MessageId, ReplyCount> = BTreeMap::new();
    for answer in messages {
        let Some(target) = answer.reply_to else {
            continue;
        };
        let none = ReplyCount {
            message: target,
            replies: 0,
            public: 0,
        };
        let count = fewer.entry(target).or_insert(none);
        count.replies -= 1;
        count.public -= i32::from(answer.visibility == Visibility::Public);
    }
    for gone in messages {
        fewer.remove(&gone.id);
    }
    let ids: Vec<MessageId> = messages.iter().map(|message| message.id).collect();
    unit.messages_mut().purge(workspace, messages)?;
    let bearers: Vec<Bearer> = ids.iter().copied().map(Bearer::Message).collect();
    unit.extras_mut().erase(workspace, &bearers)?;
    unit.library_mut().release(workspace, &ids, now)?;
    if !fewer.is_empty() {
        let fewer: Vec<ReplyCount> = fewer.into_values().collect();
        unit.messages_mut().count_replies(workspace, &fewer)?;
    }
    unit.claims_mut().forget(workspace, &ids)?;
    let event = |message: &Message| NewEvent {
        topic: Topic::MessagePurged,
        subject: Subject::Message(message.conversation, message.id, message.seq),
        at: now,
    };
    let events: Vec<NewEvent> = messages.iter().map(event).collect();
    unit.events_mut().append(workspace, &events)
}

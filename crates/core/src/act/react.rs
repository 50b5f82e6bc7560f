//! Reacts to messages, and takes reactions back.

use std::collections::HashMap;

use crate::balance::Operation;
use crate::context::Context;
use crate::event::{NewEvent, Subject, Topic};
use crate::id::{ConversationId, MessageId, ParticipantId, ReactionId};
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::member::Member;
use crate::message::{Message, Sight};
use crate::page::{Limit, Page};
use crate::port::{Snapshot, Unit};
use crate::reaction::{Reaction, ReactionName};
use crate::refusal::{Error, Refusal};

use super::list_messages::find_plain;
use super::settings::charge;
use super::standing::{standing, visible};

/// The wish to react to a message.
#[derive(Clone, Debug)]
pub struct AddReaction {
    /// Where.
    pub conversation: ConversationId,
    /// To which message.
    pub message: MessageId,
    /// Who reacts; a bound caller may leave it out.
    pub participant: Option<ParticipantId>,
    /// With what.
    pub name: ReactionName,
}

/// Adds a reaction: one for each participant, message and name. Present members with a role that writes may
/// react to what they may see, in conversations that are not open as well. Its price is taken from the
/// balance.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `reactions_off`, `insufficient_tokens`, `conversation_not_found`,
/// `not_a_member`, `read_only_member`, `participant_archived`, `message_not_found`, `message_deleted`,
/// `already_reacted`, `reactions_full`; `validation_failed` at `participant_id` when nobody is named.
pub fn add_reaction(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &AddReaction,
) -> Result<Reaction, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let participant = match (cmd.participant, cx.caller.participant()) {
        (Some(named), Some(bound)) if named != bound => return Err(Refusal::BoundElsewhere.into()),
        (Some(participant), _) | (None, Some(participant)) => participant,
        (None, None) => {
            let problem = Invalid::new("expected who reacts, as the key is not bound to anybody");
            return Err(problem.at("participant_id").into());
        }
    };
    if !cx.limits().reactions {
        return Err(Refusal::ReactionsOff.into());
    }
    // Before any message, as sends do.
    charge(unit, cx, Operation::React, cmd.message)?;
    let sight = admit(unit, cx, cmd.conversation, participant)?;
    let mut message = lock_shown(unit, cx, cmd.conversation, cmd.message)?;
    if !sight.covers(message.visibility) {
        return Err(Refusal::MessageNotFound.into());
    }
    if message.deleted_at.is_some() {
        return Err(Refusal::MessageDeleted.into());
    }
    let (workspace, name) = (cx.workspace(), cmd.name.clone());
    let earlier = unit
        .reactions()
        .find_own(workspace, message.id, participant, &name)?;
    if earlier.is_some() {
        return Err(Refusal::AlreadyReacted.into());
    }
    if !message.react(&name) {
        return Err(Refusal::ReactionsFull.into());
    }
    let reaction = Reaction {
        id: cx.fresh.into(),
        workspace,
        conversation: message.conversation,
        message: message.id,
        seq: message.seq,
        participant,
        name,
        created_at: cx.now,
    };
    unit.messages_mut().save(&message)?;
    unit.reactions_mut().add(&reaction)?;
    log(unit, cx, Topic::ReactionAdded, &reaction)?;
    Ok(reaction)
}

/// Refuses whoever may not react here, and says how much the others may see.
fn admit(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
    participant: ParticipantId,
) -> Result<Sight, Error> {
    let workspace = cx.workspace();
    if snapshot
        .conversations()
        .find(workspace, conversation)?
        .is_none()
    {
        return Err(Refusal::ConversationNotFound.into());
    }
    let mut found = snapshot
        .members()
        .find_senders(workspace, &[(conversation, participant)])?;
    let outside = if cx.caller.participant().is_some() {
        Refusal::ConversationNotFound
    } else {
        Refusal::NotAMember
    };
    let known = found
        .pop()
        .filter(|known| Member::is_present(&known.member))
        .ok_or(outside)?;
    if known.archived {
        return Err(Refusal::ParticipantArchived.into());
    }
    if !known.member.role.writes() {
        return Err(Refusal::ReadOnlyMember.into());
    }
    Ok(Sight::of(known.kind))
}

/// A message that the caller may see, locked for the rest of the unit.
///
/// # Errors
/// `message_not_found`.
pub(super) fn lock_shown(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Message, Error> {
    let found = unit.messages_mut().lock(cx.workspace(), conversation, id)?;
    Ok(found
        .filter(|message| cx.caller.sight().covers(message.visibility))
        .ok_or(Refusal::MessageNotFound)?)
}

/// Takes a reaction back. Who reacted may, owners, admins and the workspace itself, also when the workspace
/// allows no reactions any more.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `message_not_found`, `message_deleted`, `reaction_not_found`,
/// `not_allowed`.
pub fn remove_reaction(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: ConversationId,
    message: MessageId,
    id: ReactionId,
) -> Result<(), Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    visible(unit, cx, conversation)?;
    let mut message = lock_shown(unit, cx, conversation, message)?;
    if message.deleted_at.is_some() {
        return Err(Refusal::MessageDeleted.into());
    }
    let found = unit.reactions().find(cx.workspace(), message.id, id)?;
    let reaction = found.ok_or(Refusal::ReactionNotFound)?;
    standing(unit, cx, conversation, None)?.moderates_or_is(reaction.participant)?;
    message.unreact(&reaction.name);
    unit.messages_mut().save(&message)?;
    unit.reactions_mut().erase(&reaction)?;
    log(unit, cx, Topic::ReactionRemoved, &reaction)
}

/// A page of the reactions to a message, oldest first; none for a tombstone.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `message_not_found`.
pub fn list_reactions(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
    message: MessageId,
    cursor: Option<ReactionId>,
    limit: Limit,
) -> Result<Page<Reaction, ReactionId>, Error> {
    let (_, message) = find_plain(snapshot, cx, conversation, message)?;
    let found = if message.deleted_at.is_some() {
        Vec::new()
    } else {
        snapshot
            .reactions()
            .page(cx.workspace(), message.id, cursor, limit.probe())?
    };
    Ok(Page::cut(found, limit, |reaction| reaction.id))
}

/// How many reactions to one message [`find_reactions`] gives.
pub const REACTIONS_SHOWN_MAX: usize = 100;

/// The first [`REACTIONS_SHOWN_MAX`] reactions to each of these messages that the caller has been shown, oldest first, by
/// message. Costs nothing for messages that nobody reacted to.
///
/// # Errors
/// `scope_missing`.
pub fn find_reactions<'a>(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    of: impl IntoIterator<Item = &'a Message>,
) -> Result<HashMap<MessageId, Vec<Reaction>>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let reacted = of.into_iter().filter(|one| !one.reactions.is_empty());
    let ids: Vec<MessageId> = reacted.map(|one| one.id).collect();
    let mut by_message: HashMap<MessageId, Vec<Reaction>> = HashMap::new();
    if ids.is_empty() {
        return Ok(by_message);
    }
    let port = snapshot.reactions();
    for reaction in port.of_messages(cx.workspace(), &ids, REACTIONS_SHOWN_MAX)? {
        by_message
            .entry(reaction.message)
            .or_default()
            .push(reaction);
    }
    Ok(by_message)
}

fn log(unit: &mut dyn Unit, cx: &Context, topic: Topic, reaction: &Reaction) -> Result<(), Error> {
    let event = NewEvent {
        topic,
        subject: Subject::Reaction(reaction.conversation, reaction.id, reaction.seq),
        at: cx.now,
    };
    Ok(unit.events_mut().append(cx.workspace(), &[event])?)
}

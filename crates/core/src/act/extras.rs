//! Keeps with things what surfaces have no other place for, and shows it.

use std::collections::HashMap;

use crate::context::Context;
use crate::event::{NewEvent, Subject, Topic};
use crate::extra::{Bearer, Extra};
use crate::id::{ConversationId, MessageId, ParticipantId};
use crate::key::Scope;
use crate::message::Sight;
use crate::port::{Snapshot, Unit};
use crate::refusal::{Error, Refusal};

use super::channels::find_channel_acted_on;
use super::create_participant::require_unbound;
use super::react::lock_shown;
use super::standing::{lock, standing, visible};

/// What a surface keeps with things that the caller has been shown, by thing. Callers that are bound to a contact are shown
/// what is kept with no participant but their own.
///
/// # Errors
/// `scope_missing`.
pub fn find_extras(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    surface: &str,
    of: &[Bearer],
) -> Result<HashMap<Bearer, Extra>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    if of.is_empty() {
        return Ok(HashMap::new());
    }
    let mut found = snapshot.extras().find_many(cx.workspace(), surface, of)?;
    if let (Some(own), Sight::Public) = (cx.caller.participant(), cx.caller.sight()) {
        found.retain(|(bearer, _)| !matches!(bearer, Bearer::Participant(id) if *id != own));
    }
    Ok(found.into_iter().collect())
}

/// Keeps an object with a thing, in place of what the same surface kept with it before, and logs that the thing changed.
/// It counts as no edit of a message. Whoever is in a conversation may do so with the conversation, its messages and
/// their own membership; owners, admins and the workspace itself with every membership; only the workspace with
/// participants other than the caller's own; only `admin` with channels.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `message_not_found`, `message_deleted`, `member_not_found`,
/// `participant_not_found`, `channel_not_found`, `not_allowed`.
pub fn keep_extra(
    unit: &mut dyn Unit,
    cx: &Context,
    bearer: Bearer,
    extra: &Extra,
) -> Result<(), Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let (topic, subject) = match bearer {
        Bearer::Message(id) => of_message(unit, cx, id)?,
        Bearer::Conversation(id) => {
            lock(unit, cx, id)?;
            standing(unit, cx, id, None)?;
            (Topic::ConversationUpdated, Subject::Conversation(id))
        }
        Bearer::Member(of, id) => of_member(unit, cx, of, id)?,
        Bearer::Participant(id) => {
            if cx.caller.participant() != Some(id) {
                require_unbound(cx)?;
            }
            let found = unit.participants_mut().lock(cx.workspace(), id)?;
            found.ok_or(Refusal::ParticipantNotFound)?;
            (Topic::ParticipantUpdated, Subject::Participant(id))
        }
        Bearer::Channel(id) => {
            cx.caller.require(Scope::Admin)?;
            find_channel_acted_on(unit, cx, id)?;
            (Topic::ChannelUpdated, Subject::Channel(id))
        }
    };
    let kept = [(bearer, extra.clone())];
    unit.extras_mut().put(cx.workspace(), &kept)?;
    let at = cx.now;
    let event = NewEvent { topic, subject, at };
    Ok(unit.events_mut().append(cx.workspace(), &[event])?)
}

fn of_message(unit: &mut dyn Unit, cx: &Context, id: MessageId) -> Result<(Topic, Subject), Error> {
    let found = unit.messages().find_many(cx.workspace(), &[id])?.pop();
    let of = found.ok_or(Refusal::MessageNotFound)?.conversation;
    visible(unit, cx, of)?;
    let message = lock_shown(unit, cx, of, id)?;
    if message.deleted_at.is_some() {
        return Err(Refusal::MessageDeleted.into());
    }
    let subject = Subject::Message(of, id, message.seq);
    Ok((Topic::MessageUpdated, subject))
}

fn of_member(
    unit: &mut dyn Unit,
    cx: &Context,
    of: ConversationId,
    id: ParticipantId,
) -> Result<(Topic, Subject), Error> {
    lock(unit, cx, of)?;
    standing(unit, cx, of, None)?.moderates_or_is(id)?;
    let found = unit.members_mut().lock(cx.workspace(), of, id)?;
    found
        .filter(crate::Member::is_present)
        .ok_or(Refusal::MemberNotFound)?;
    Ok((Topic::MemberUpdated, Subject::Member(of, id, None)))
}

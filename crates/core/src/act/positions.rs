//! Where things came into being in the log: small whole numbers that name them for good.

use std::collections::HashMap;

use crate::context::Context;
use crate::conversation::Conversation;
use crate::event::{Position, Subject, Topic};
use crate::id::{ConversationId, MessageId};
use crate::key::Scope;
use crate::port::Snapshot;
use crate::refusal::{Error, Refusal};

use super::standing::visible;

/// The positions at which things came into being, by id: of participants, conversations, messages, reactions, tags,
/// files and channels. Within a workspace no two things share one, a later thing has a higher one, and none ever
/// changes. Things of other sorts, and ids of nothing, are left out. Takes no scope: it says by which number somebody knows
/// what they know already.
///
/// # Errors
/// None of its own.
pub fn find_positions(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    ids: &[[u8; 16]],
) -> Result<HashMap<[u8; 16], Position>, Error> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let births = snapshot.events().births(cx.workspace(), &ids)?;
    Ok(births.into_iter().collect())
}

/// The things that came into being at these positions, by position. Takes no scope: whether they still are, and whether the
/// caller may see them, is told by the act that looks for them.
///
/// # Errors
/// None of its own.
pub fn find_placed(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    positions: &[Position],
) -> Result<HashMap<Position, Subject>, Error> {
    if positions.is_empty() {
        return Ok(HashMap::new());
    }
    let events = snapshot.events().find_many(cx.workspace(), positions)?;
    let births = events
        .into_iter()
        .filter(|event| Topic::BIRTHS.contains(&event.topic));
    Ok(births
        .map(|event| (event.position, event.subject))
        .collect())
}

/// The conversation of the message with this id. Takes no scope: whether the caller may see either is told by the act that
/// looks for them.
///
/// # Errors
/// `message_not_found`.
pub fn find_home(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    id: MessageId,
) -> Result<ConversationId, Error> {
    let found = snapshot.messages().find_many(cx.workspace(), &[id])?.pop();
    Ok(found.ok_or(Refusal::MessageNotFound)?.conversation)
}

/// The id of the conversation with this number. Takes no scope, as above.
///
/// # Errors
/// `conversation_not_found`.
pub fn find_number(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    number: u64,
) -> Result<ConversationId, Error> {
    let found = snapshot
        .conversations()
        .find_numbered(cx.workspace(), number)?;
    Ok(found.ok_or(Refusal::ConversationNotFound)?.id)
}

/// The conversation with this number.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`.
pub fn find_numbered_conversation(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    number: u64,
) -> Result<Conversation, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let id = find_number(snapshot, cx, number)?;
    Ok(visible(snapshot, cx, id)?.seen_with(cx.caller.sight()))
}

//! Finds many conversations and members at once, for pages that show them beside something else.

use std::collections::{HashMap, HashSet};

use crate::context::Context;
use crate::conversation::{Conversation, DirectKey};
use crate::id::{ConversationId, MessageId, ParticipantId};
use crate::key::Scope;
use crate::member::Member;
use crate::page::Limit;
use crate::port::Snapshot;
use crate::refusal::Error;

/// Those of the conversations that the caller may see, by id.
///
/// # Errors
/// `scope_missing`.
pub fn find_conversations(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, Conversation>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let (workspace, sight) = (cx.workspace(), cx.caller.sight());
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    if let Some(own) = cx.caller.acting_as(None)? {
        let places: Vec<_> = ids.iter().map(|id| (*id, own)).collect();
        let members = snapshot.members().find_many(workspace, &places)?;
        let present = members.iter().filter(|member| member.is_present());
        ids = present.map(|member| member.conversation).collect();
    }
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = snapshot.conversations().find_many(workspace, &ids)?;
    let seen = found.into_iter().map(|one| one.seen_with(sight));
    Ok(seen.map(|one| (one.id, one)).collect())
}

/// Those of these members that are present, of conversations that the caller has been shown, by place: one statement.
///
/// # Errors
/// `scope_missing`.
pub fn find_memberships(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    of: &[(ConversationId, ParticipantId)],
) -> Result<HashMap<(ConversationId, ParticipantId), Member>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let mut of = of.to_vec();
    of.sort_unstable();
    of.dedup();
    if of.is_empty() {
        return Ok(HashMap::new());
    }
    let found = snapshot.members().find_many(cx.workspace(), &of)?;
    let present = found.into_iter().filter(Member::is_present);
    Ok(present
        .map(|member| ((member.conversation, member.participant), member))
        .collect())
}

/// Up to `limit` members of each of these conversations that the caller has been shown, those who have been participants
/// for longest, by conversation: one statement.
///
/// # Errors
/// `scope_missing`.
pub fn find_first_members(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    of: &[ConversationId],
    limit: Limit,
) -> Result<HashMap<ConversationId, Vec<Member>>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let mut by_conversation: HashMap<ConversationId, Vec<Member>> = HashMap::new();
    if of.is_empty() {
        return Ok(by_conversation);
    }
    let workspace = cx.workspace();
    for member in snapshot.members().first_of(workspace, of, limit.get())? {
        let all = by_conversation.entry(member.conversation).or_default();
        all.push(member);
    }
    for members in by_conversation.values_mut() {
        members.sort_unstable_by_key(|member| member.participant);
    }
    Ok(by_conversation)
}

/// Those of these messages, of conversations that the caller has been shown, that are shown to the caller and not deleted:
/// one statement.
///
/// # Errors
/// `scope_missing`.
pub fn find_living(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    ids: &[MessageId],
) -> Result<HashSet<MessageId>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let found = snapshot.messages().find_many(cx.workspace(), ids)?;
    let sight = cx.caller.sight();
    let living = found
        .iter()
        .filter(|one| one.deleted_at.is_none() && sight.covers(one.visibility));
    Ok(living.map(|one| one.id).collect())
}

/// The direct conversations of a participant with others, of those that the caller may see, by the other one: two
/// statements.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`.
pub fn find_directs(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    of: ParticipantId,
    with: &[ParticipantId],
) -> Result<HashMap<ParticipantId, Conversation>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    cx.caller.acting_as(Some(of))?;
    let mut others = with.to_vec();
    others.sort_unstable();
    others.dedup();
    others.retain(|other| *other != of);
    let pairs: Vec<DirectKey> = others
        .iter()
        .map(|other| DirectKey::new(of, *other))
        .collect();
    if pairs.is_empty() {
        return Ok(HashMap::new());
    }
    let found = snapshot
        .conversations()
        .find_directs(cx.workspace(), &pairs)?;
    let sight = cx.caller.sight();
    let of_pair = |other: &ParticipantId| {
        let pair = DirectKey::new(of, *other);
        let own = found.iter().find(|one| one.direct == Some(pair))?;
        Some((*other, own.clone().seen_with(sight)))
    };
    Ok(others.iter().filter_map(of_pair).collect())
}

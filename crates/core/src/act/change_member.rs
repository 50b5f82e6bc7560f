//! Adds members to a conversation, changes and removes them.

use crate::context::Context;
use crate::conversation::{Conversation, ConversationKind, DirectKey};
use crate::event::{NewEvent, Subject, Topic};
use crate::id::{ConversationId, ParticipantId};
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::member::{Member, MemberChange, Role};
use crate::port::Unit;
use crate::refusal::{Error, Refusal};
use crate::text::DisplayName;

use super::MemberNow;
use super::list_conversations::one_with_sight;
use super::standing::{Standing, lock, standing};

/// The wish to have somebody in a conversation.
#[derive(Clone, Debug)]
pub struct AddMember {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub participant: ParticipantId,
    /// To do what.
    pub role: Role,
    /// How they are called there, if not by their own name.
    pub display_name: Option<DisplayName>,
}

/// Adds a participant to a group, or to a direct conversation that is not full; for them everything said before is read. Who left may come back.
/// Owners, admins and the workspace itself may add; nobody may give a role above their own.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `not_allowed`, `validation_failed` at `participant_id`,
/// `participant_archived`, `already_member`, `members_full`, `direct_members_fixed`.
pub fn add_member(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &AddMember,
) -> Result<(Conversation, MemberNow), Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let mut conversation = lock(unit, cx, cmd.conversation)?;
    let by = standing(unit, cx, conversation.id, None)?;
    by.moderates()?;
    may_grant(&by, cmd.role)?;
    let found = unit.participants().find(cx.workspace(), cmd.participant)?;
    let unknown = || Invalid::new("expected a participant of this workspace").at("participant_id");
    if found.ok_or_else(unknown)?.archived_at.is_some() {
        return Err(Refusal::ParticipantArchived.into());
    }
    let earlier = unit
        .members_mut()
        .lock(cx.workspace(), conversation.id, cmd.participant)?;
    if earlier.as_ref().is_some_and(Member::is_present) {
        return Err(Refusal::AlreadyMember.into());
    }
    conversation.welcome(1, cx.limits().members_max, cx.now)?;
    let name = cmd.display_name.clone();
    let member = Member::join(&conversation, cmd.participant, cmd.role, name, cx.now);
    match earlier {
        Some(_) => unit.members_mut().save(&member)?,
        None => unit.members_mut().add(std::slice::from_ref(&member))?,
    }
    if conversation.kind == ConversationKind::Direct {
        let pair = pair_of(unit, &conversation, cmd.participant)?;
        conversation.repair(pair, cx.now);
    }
    unit.conversations_mut().save(&conversation)?;
    log(unit, cx, Topic::MemberAdded, &member)?;
    let member = one_with_sight(unit, cx, &conversation, member)?;
    Ok((conversation.seen_with(cx.caller.sight()), member))
}

/// Whose a direct conversation is that somebody joins: the pair's, unless it has another already.
fn pair_of(
    unit: &mut dyn Unit,
    conversation: &Conversation,
    joins: ParticipantId,
) -> Result<Option<DirectKey>, Error> {
    let (workspace, id) = (conversation.workspace, conversation.id);
    let present = unit.members().page(workspace, id, None, 2)?;
    let other = present.iter().find(|member| member.participant != joins);
    let Some(other) = other else {
        return Ok(None);
    };
    let pair = DirectKey::new(other.participant, joins);
    let taken = unit.conversations().find_direct(workspace, pair)?;
    Ok(taken.is_none().then_some(pair))
}

/// Changes a member's role, name or mute. A member may change their own name and mute; roles are
/// changed by owners, admins and the workspace itself, and an owner's role by an owner.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `member_not_found`, `not_allowed`.
pub fn change_member(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: ConversationId,
    participant: ParticipantId,
    change: &MemberChange,
) -> Result<(Conversation, MemberNow), Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let (conversation, mut member, by) = lock_member(unit, cx, conversation, participant)?;
    if let Some(role) = change.role {
        by.moderates()?;
        may_grant(&by, role)?;
        may_grant(&by, member.role)?;
    } else {
        by.moderates_or_is(participant)?;
    }
    if member.change(change, cx.now) {
        unit.members_mut().save(&member)?;
        log(unit, cx, Topic::MemberUpdated, &member)?;
    }
    let member = one_with_sight(unit, cx, &conversation, member)?;
    Ok((conversation.seen_with(cx.caller.sight()), member))
}

/// Removes a member from a group; what they said stays. Members may remove themselves, owners, admins
/// and the workspace itself anybody, but only an owner an owner.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `member_not_found`, `not_allowed`, `direct_members_fixed`.
pub fn remove_member(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: ConversationId,
    participant: ParticipantId,
) -> Result<Member, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let (mut conversation, mut member, by) = lock_member(unit, cx, conversation, participant)?;
    by.moderates_or_is(participant)?;
    if !matches!(&by, Standing::Member(own) if own.participant == participant) {
        may_grant(&by, member.role)?;
    }
    conversation.part(cx.now)?;
    member.leave(cx.now);
    unit.members_mut().save(&member)?;
    unit.conversations_mut().save(&conversation)?;
    log(unit, cx, Topic::MemberRemoved, &member)?;
    Ok(member)
}

fn lock_member(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: ConversationId,
    participant: ParticipantId,
) -> Result<(Conversation, Member, Standing), Error> {
    let conversation = lock(unit, cx, conversation)?;
    let by = standing(unit, cx, conversation.id, None)?;
    let found = unit
        .members_mut()
        .lock(cx.workspace(), conversation.id, participant)?;
    let member = found
        .filter(Member::is_present)
        .ok_or(Refusal::MemberNotFound)?;
    Ok((conversation, member, by))
}

/// Only an owner, or the workspace itself, makes or unmakes owners.
fn may_grant(by: &Standing, role: Role) -> Result<(), Refusal> {
    match by {
        Standing::Member(own) if role == Role::Owner && own.role != Role::Owner => {
            Err(Refusal::NotAllowed)
        }
        _ => Ok(()),
    }
}

fn log(unit: &mut dyn Unit, cx: &Context, topic: Topic, member: &Member) -> Result<(), Error> {
    let subject = Subject::Member(member.conversation, member.participant, None);
    Ok(unit.events_mut().append(
        cx.workspace(),
        &[NewEvent {
            topic,
            subject,
            at: cx.now,
        }],
    )?)
}

//! Finds people by what they are reached by, creates them once, and unites two that turn out to be one.

use std::collections::HashMap;

use crate::contact::{Identifier, Identifiers, Profile};
use crate::context::Context;
use crate::conversation::{
    Conversation, ConversationChange, ConversationKind, DirectKey, ThreadKey,
};
use crate::event::{NewEvent, Subject, Topic};
use crate::extra::Bearer;
use crate::fault::Fault;
use crate::id::{ConversationId, ParticipantId, WorkspaceId};
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::member::{Member, MemberState};
use crate::participant::{Participant, ParticipantKind};
use crate::port::{Snapshot, Unit};
use crate::refusal::{Error, Refusal};
use crate::text::{DisplayName, Metadata};

use super::create_participant::{CreateParticipant, add_as, log, require_unbound};

/// In how many conversations a participant may be that is merged into another one.
pub const MERGE_CONVERSATIONS_MAX: usize = 500;
/// How many merges lead from a participant to who it is now.
const MERGES_FOLLOWED_MAX: usize = 10;
/// How many members of a conversation are looked at to know who it is with.
const MEMBERS_SEEN_MAX: usize = 1_000;

/// Whether a contact had to be created.
pub use super::change_participant::Upserted as Resolved;

/// The participant that an identifier leads to; a contact is created if there is none. Of several that ask at
/// once, one creates.
///
/// # Errors
/// `scope_missing`, `not_allowed`.
pub fn resolve_contact(
    unit: &mut dyn Unit,
    cx: &Context,
    identifier: &Identifier,
    name: Option<&DisplayName>,
) -> Result<Resolved, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    require_unbound(cx)?;
    resolve(unit, cx, identifier, name)
}

pub(super) fn resolve(
    unit: &mut dyn Unit,
    cx: &Context,
    identifier: &Identifier,
    name: Option<&DisplayName>,
) -> Result<Resolved, Error> {
    let wanted = std::slice::from_ref(identifier);
    let found = unit
        .participants()
        .find_identified(cx.workspace(), wanted)?
        .pop();
    if let Some(found) = found {
        return Ok(Resolved::Existing(found));
    }
    let usual = || {
        let limit = cx.limits().display_name_chars_max;
        let cut: String = identifier.value().chars().take(limit).collect();
        DisplayName::from_stored(cut)
    };
    let label = [
        identifier.key().as_str().as_bytes(),
        b"\0",
        identifier.value().as_bytes(),
    ]
    .concat();
    let created = add_as(
        unit,
        cx,
        cx.fresh.derive(&label),
        &CreateParticipant {
            external_id: None,
            kind: ParticipantKind::Contact,
            display_name: name.cloned().unwrap_or_else(usual),
            identifiers: Identifiers::parse(vec![identifier.clone()])?,
            profile: Profile::default(),
            metadata: Metadata::default(),
        },
    )?;
    Ok(Resolved::Created(created))
}

/// Who somebody is now that they may have been merged into somebody else.
pub(super) fn who_now(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    mut participant: Participant,
) -> Result<Participant, Fault> {
    for _ in 0..MERGES_FOLLOWED_MAX {
        let into = match participant.merged_into {
            Some(into) => snapshot.participants().find(workspace, into)?,
            None => None,
        };
        let Some(into) = into else {
            break;
        };
        participant = into;
    }
    Ok(participant)
}

/// Refuses identifiers that lead to somebody else.
pub(super) fn refuse_taken(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    identifiers: &Identifiers,
    but: Option<ParticipantId>,
) -> Result<(), Error> {
    if identifiers.is_empty() {
        return Ok(());
    }
    let wanted: Vec<Identifier> = identifiers.iter().cloned().collect();
    let holders = snapshot
        .participants()
        .find_identified(cx.workspace(), &wanted)?;
    if holders.iter().all(|holder| Some(holder.id) == but) {
        Ok(())
    } else {
        Err(Refusal::IdentifierTaken.into())
    }
}

/// Unites two participants that are one: `gone` turned out to be `into`. `into` takes over external id,
/// identifiers, profile, metadata and what surfaces keep where it has none itself, and the place of `gone` in its conversations with
/// what was read there, the stronger role and whatever either has read where both are members; `gone` is archived and says who it is. What it said keeps its sender, which leads on.
/// Where both had a direct conversation with the same third, the second one stays, and is the direct
/// conversation of nobody.
///
/// # Errors
/// `scope_missing`, `not_allowed`, `participant_not_found`, `participant_archived`, `merge_too_large`;
/// `validation_failed` at `into` for the same participant or one of another kind, at `identifiers` when they
/// become too many.
pub fn merge_participants(
    unit: &mut dyn Unit,
    cx: &Context,
    gone: ParticipantId,
    into: ParticipantId,
) -> Result<Participant, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    require_unbound(cx)?;
    if gone == into {
        let problem = Invalid::new("expected another participant");
        return Err(problem.at("into").into());
    }
    // Conversations before participants, as everybody locks them.
    let places = conversations_of(unit, cx, gone)?;
    let conversations = unit
        .conversations_mut()
        .lock_many(cx.workspace(), &places)?;
    let (mut gone, mut into) = lock_both(unit, cx, gone, into)?;
    if gone.merged_into.is_some() || into.archived_at.is_some() {
        return Err(Refusal::ParticipantArchived.into());
    }
    if gone.kind != into.kind {
        let problem = Invalid::new("expected a participant of the same kind");
        return Err(problem.at("into").into());
    }
    for conversation in conversations {
        replace(unit, cx, conversation, gone.id, into.id)?;
    }
    let given = gone.merge_into(into.id, cx.now);
    unit.participants_mut().save(&gone)?;
    into.take_over(&given, cx.now)?;
    unit.participants_mut().save(&into)?;
    let (from, to) = (Bearer::Participant(gone.id), Bearer::Participant(into.id));
    unit.extras_mut().hand_down(cx.workspace(), from, to)?;
    log(unit, cx, Topic::ParticipantUpdated, &into)?;
    log(unit, cx, Topic::ParticipantMerged, &gone)?;
    Ok(into)
}

fn conversations_of(
    unit: &mut dyn Unit,
    cx: &Context,
    participant: ParticipantId,
) -> Result<Vec<ConversationId>, Error> {
    let conversations_max = MERGE_CONVERSATIONS_MAX;
    let own = unit
        .members()
        .of_participant(cx.workspace(), participant, conversations_max + 1)?;
    if own.len() > conversations_max {
        return Err(Refusal::MergeTooLarge { conversations_max }.into());
    }
    Ok(own.iter().map(|member| member.conversation).collect())
}

/// Both in the order of their ids, so that two merges never wait for each other.
fn lock_both(
    unit: &mut dyn Unit,
    cx: &Context,
    gone: ParticipantId,
    into: ParticipantId,
) -> Result<(Participant, Participant), Error> {
    let mut lock = |id| -> Result<Participant, Error> {
        let found = unit.participants_mut().lock(cx.workspace(), id)?;
        Ok(found.ok_or(Refusal::ParticipantNotFound)?)
    };
    if gone < into {
        let first = lock(gone)?;
        Ok((first, lock(into)?))
    } else {
        let first = lock(into)?;
        Ok((lock(gone)?, first))
    }
}

/// Gives the place of one participant in a locked conversation to another.
fn replace(
    unit: &mut dyn Unit,
    cx: &Context,
    mut conversation: Conversation,
    gone: ParticipantId,
    into: ParticipantId,
) -> Result<(), Error> {
    let (workspace, of) = (cx.workspace(), conversation.id);
    let found = unit
        .members()
        .find_many(workspace, &[(of, gone), (of, into)])?;
    let member = |id| found.iter().find(|one| one.participant == id);
    let Some(left) = member(gone).filter(|one| one.is_present()) else {
        return Ok(());
    };
    unit.members_mut().save(&Member::restore(MemberState {
        left_at: Some(cx.now),
        ..(**left).clone()
    }))?;
    let mut topics = vec![(Topic::MemberRemoved, gone, None)];
    let takes_place = Member::restore(MemberState {
        participant: into,
        ..(**left).clone()
    });
    match member(into) {
        Some(one) if one.is_present() => {
            let mut stays = one.clone();
            if stays.unite(left) {
                unit.members_mut().save(&stays)?;
            }
            if stays.role != one.role {
                topics.push((Topic::MemberUpdated, into, None));
            }
            if stays.read_seq != one.read_seq {
                topics.push((Topic::MemberRead, into, Some(stays.read_seq)));
            }
            conversation.unite(cx.now);
        }
        known => {
            match known {
                Some(_) => unit.members_mut().save(&takes_place)?,
                None => unit.members_mut().add(&[takes_place])?,
            }
            topics.push((Topic::MemberAdded, into, None));
        }
    }
    let (from, to) = (Bearer::Member(of, gone), Bearer::Member(of, into));
    unit.extras_mut().hand_down(workspace, from, to)?;
    if conversation.assignee == Some(gone) {
        let assignee = Some(Some(into));
        let change = ConversationChange {
            assignee,
            ..ConversationChange::default()
        };
        conversation.change(&change, cx.now);
    }
    if conversation.kind == ConversationKind::Direct {
        let pair = new_pair(unit, cx, &conversation, gone, into)?;
        conversation.repair(pair, cx.now);
    }
    if let Some(channel) = conversation.channel
        && conversation.thread.is_some()
    {
        let key = ThreadKey::new(channel, &contacts_of(unit, cx, of)?);
        let other = unit.conversations().find_thread(workspace, key)?;
        let free = other.is_none_or(|other| other.id == of);
        conversation.rethread(free.then_some(key));
    }
    unit.conversations_mut().save(&conversation)?;
    let event = |(topic, id, seq)| NewEvent {
        topic,
        subject: Subject::Member(of, id, seq),
        at: cx.now,
    };
    let events: Vec<NewEvent> = topics.into_iter().map(event).collect();
    Ok(unit.events_mut().append(workspace, &events)?)
}

/// The pair of a direct conversation with one of both replaced, unless it would be with itself or has another
/// direct conversation already.
fn new_pair(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: &Conversation,
    gone: ParticipantId,
    into: ParticipantId,
) -> Result<Option<DirectKey>, Error> {
    let Some(pair) = conversation.direct else {
        return Ok(None);
    };
    let Some(other) = pair.other(gone).filter(|other| *other != into) else {
        return Ok(None);
    };
    let pair = DirectKey::new(into, other);
    let taken = unit.conversations().find_direct(cx.workspace(), pair)?;
    Ok(taken.is_none().then_some(pair))
}

/// The contacts among the members.
pub(super) fn contacts_of(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
) -> Result<Vec<ParticipantId>, Error> {
    let members = snapshot
        .members()
        .page(cx.workspace(), conversation, None, MEMBERS_SEEN_MAX)?;
    let ids: Vec<ParticipantId> = members.iter().map(|one| one.participant).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = snapshot.participants().find_many(cx.workspace(), &ids)?;
    let kinds: HashMap<ParticipantId, ParticipantKind> =
        found.iter().map(|one| (one.id, one.kind)).collect();
    let is_contact = |id: &ParticipantId| kinds.get(id) == Some(&ParticipantKind::Contact);
    Ok(ids.into_iter().filter(is_contact).collect())
}

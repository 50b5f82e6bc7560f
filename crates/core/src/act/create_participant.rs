//! Creates participants, finds and lists them.

use std::collections::HashMap;

use crate::contact::{Identifiers, Profile};
use crate::context::Context;
use crate::event::{NewEvent, Subject, Topic};
use crate::id::{Fresh, ParticipantId};
use crate::key::Scope;
use crate::message::Sight;
use crate::page::{Limit, Page};
use crate::participant::{Participant, ParticipantKind, ParticipantState};
use crate::port::{ParticipantFilter, Snapshot, Unit};
use crate::refusal::{Error, Refusal};
use crate::text::{DisplayName, ExternalId, Metadata};

use super::contacts::refuse_taken;

/// Up to how many participants are counted.
pub const PARTICIPANTS_COUNTED_MAX: usize = 10_000;

/// The wish to have a participant.
#[derive(Clone, Debug)]
pub struct CreateParticipant {
    /// The caller's own id of it.
    pub external_id: Option<ExternalId>,
    /// What it is.
    pub kind: ParticipantKind,
    /// How it is called.
    pub display_name: DisplayName,
    /// What it is reached by.
    pub identifiers: Identifiers,
    /// What else is known of it.
    pub profile: Profile,
    /// What the caller keeps with it.
    pub metadata: Metadata,
}

/// Creates a participant. Callers that are bound to one may not.
///
/// # Errors
/// `scope_missing`, `not_allowed`, `external_id_taken`, `identifier_taken`.
pub fn create_participant(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &CreateParticipant,
) -> Result<Participant, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    require_unbound(cx)?;
    if let Some(external_id) = &cmd.external_id
        && unit
            .participants()
            .find_external(cx.workspace(), external_id)?
            .is_some()
    {
        return Err(Refusal::ExternalIdTaken.into());
    }
    add(unit, cx, cmd)
}

/// Adds a participant whose external id nobody had a moment ago. Looking again would find whoever took it
/// meanwhile; adding is contended then, and the whole act runs again.
pub(super) fn add(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &CreateParticipant,
) -> Result<Participant, Error> {
    refuse_taken(unit, cx, &cmd.identifiers, None)?;
    add_as(unit, cx, cx.fresh, cmd)
}

/// The same under another id, for identifiers that nobody had a moment ago either.
pub(super) fn add_as(
    unit: &mut dyn Unit,
    cx: &Context,
    id: Fresh,
    cmd: &CreateParticipant,
) -> Result<Participant, Error> {
    let participant = Participant::restore(ParticipantState {
        id: id.into(),
        workspace: cx.workspace(),
        external_id: cmd.external_id.clone(),
        kind: cmd.kind,
        display_name: cmd.display_name.clone(),
        identifiers: cmd.identifiers.clone(),
        profile: cmd.profile.clone(),
        metadata: cmd.metadata.clone(),
        archived_at: None,
        merged_into: None,
        created_at: cx.now,
        updated_at: cx.now,
    });
    unit.participants_mut().add(&participant)?;
    log(unit, cx, Topic::ParticipantCreated, &participant)?;
    Ok(participant)
}

/// Refuses callers that are bound to a participant and have no `admin`.
pub(super) fn require_unbound(cx: &Context) -> Result<(), Refusal> {
    if cx.caller.acting_as(None)?.is_some() {
        Err(Refusal::NotAllowed)
    } else {
        Ok(())
    }
}

pub(super) fn log(
    unit: &mut dyn Unit,
    cx: &Context,
    topic: Topic,
    participant: &Participant,
) -> Result<(), Error> {
    let subject = Subject::Participant(participant.id);
    Ok(unit.events_mut().append(
        cx.workspace(),
        &[NewEvent {
            topic,
            subject,
            at: cx.now,
        }],
    )?)
}

/// The participant, archived or not.
///
/// # Errors
/// `scope_missing`, `participant_not_found`.
pub fn find_participant(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    id: ParticipantId,
) -> Result<Participant, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let found = snapshot.participants().find(cx.workspace(), id)?;
    let found = found.ok_or(Refusal::ParticipantNotFound)?;
    Ok(found.seen_with(cx.caller.sight(), cx.caller.participant()))
}

/// Those of the participants that exist, by id, as the caller sees them.
///
/// # Errors
/// `scope_missing`.
pub fn find_participants(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    ids: &[ParticipantId],
) -> Result<HashMap<ParticipantId, Participant>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = snapshot.participants().find_many(cx.workspace(), &ids)?;
    let (sight, own) = (cx.caller.sight(), cx.caller.participant());
    let seen = found.into_iter().map(|one| one.seen_with(sight, own));
    Ok(seen.map(|one| (one.id, one)).collect())
}

/// How many participants pass the filter, counted up to [`PARTICIPANTS_COUNTED_MAX`].
///
/// # Errors
/// `scope_missing`, `not_allowed` for callers that are bound to a contact.
pub fn count_participants(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    filter: &ParticipantFilter,
) -> Result<usize, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    if cx.caller.sight() == Sight::Public {
        return Err(Refusal::NotAllowed.into());
    }
    let port = snapshot.participants();
    Ok(port.count(cx.workspace(), filter, PARTICIPANTS_COUNTED_MAX)?)
}

/// A page of participants, newest first, after the one that an earlier page ended with. Callers that are bound to
/// a contact see what they are reached by of themselves only, and find nobody else by it.
///
/// # Errors
/// `scope_missing`.
pub fn list_participants(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    filter: &ParticipantFilter,
    cursor: Option<ParticipantId>,
    limit: Limit,
) -> Result<Page<Participant, ParticipantId>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let found = snapshot
        .participants()
        .page(cx.workspace(), filter, cursor, limit.probe())?;
    let mut page = Page::cut(found, limit, |participant| participant.id);
    let (sight, own) = (cx.caller.sight(), cx.caller.participant());
    if filter.identifier.is_some() && sight == Sight::Public {
        page.items.retain(|one| Some(one.id) == own);
    }
    let seen = page.items.into_iter().map(|one| one.seen_with(sight, own));
    Ok(Page {
        items: seen.collect(),
        next: page.next,
    })
}

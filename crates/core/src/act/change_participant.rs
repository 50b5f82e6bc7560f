//! Changes participants, by their id or by the caller's own, and archives them.

use crate::contact::{Identifiers, Profile, ProfileChange};
use crate::context::Context;
use crate::event::Topic;
use crate::id::ParticipantId;
use crate::key::Scope;
use crate::participant::{Participant, ParticipantChange, ParticipantKind};
use crate::port::Unit;
use crate::refusal::{Error, Refusal};
use crate::text::{DisplayName, ExternalId, Metadata};

use super::contacts::refuse_taken;
use super::create_participant::{CreateParticipant, add, log, require_unbound};

/// Changes a participant. A bound caller may change its own name, profile and metadata only.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `not_allowed`, `participant_not_found`, `external_id_taken`,
/// `identifier_taken`, `participant_archived` for identifiers of one who is somebody else now;
/// `validation_failed` at `profile/MEMBER`.
pub fn change_participant(
    unit: &mut dyn Unit,
    cx: &Context,
    id: ParticipantId,
    change: &ParticipantChange,
) -> Result<Participant, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    if cx.caller.acting_as(None)?.is_some() {
        cx.caller.acting_as(Some(id))?;
        let own = change.kind.is_none() && change.external_id.is_none();
        if !own || change.identifiers.is_some() {
            return Err(Refusal::NotAllowed.into());
        }
    }
    let found = unit.participants_mut().lock(cx.workspace(), id)?;
    let participant = found.ok_or(Refusal::ParticipantNotFound)?;
    if let Some(Some(external_id)) = &change.external_id {
        let holder = unit
            .participants()
            .find_external(cx.workspace(), external_id)?;
        if holder.is_some_and(|holder| holder.id != id) {
            return Err(Refusal::ExternalIdTaken.into());
        }
    }
    apply(unit, cx, participant, change)
}

fn apply(
    unit: &mut dyn Unit,
    cx: &Context,
    mut participant: Participant,
    change: &ParticipantChange,
) -> Result<Participant, Error> {
    change.profile.check()?;
    if let Some(identifiers) = &change.identifiers {
        // Who is reached by them would be somebody who takes part no more.
        if participant.merged_into.is_some() && !identifiers.is_empty() {
            return Err(Refusal::ParticipantArchived.into());
        }
        refuse_taken(unit, cx, identifiers, Some(participant.id))?;
    }
    if participant.change(change, cx.now) {
        unit.participants_mut().save(&participant)?;
        log(unit, cx, Topic::ParticipantUpdated, &participant)?;
    }
    Ok(participant)
}

/// What a participant with an external id is to be like; `None` leaves it as it is, or takes the default
/// for a new one: a contact, called by its external id, without metadata.
#[derive(Clone, Debug)]
pub struct UpsertParticipant {
    /// The caller's own id of it.
    pub external_id: ExternalId,
    /// What it is.
    pub kind: Option<ParticipantKind>,
    /// How it is called.
    pub display_name: Option<DisplayName>,
    /// What it is reached by.
    pub identifiers: Option<Identifiers>,
    /// What is known of it besides.
    pub profile: ProfileChange,
    /// What the caller keeps with it.
    pub metadata: Option<Metadata>,
}

/// Whether an upsert found somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upserted {
    /// Nobody had the external id.
    Created(Participant),
    /// Somebody had it, and is as wished now.
    Existing(Participant),
}

/// Creates the participant with this external id, or changes it if it exists. Of several that do this
/// at once, one creates.
///
/// # Errors
/// `scope_missing`, `not_allowed`, `identifier_taken`; `validation_failed` at `profile/MEMBER`.
pub fn upsert_participant(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &UpsertParticipant,
) -> Result<Upserted, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    require_unbound(cx)?;
    let found = unit
        .participants()
        .find_external(cx.workspace(), &cmd.external_id)?;
    let Some(found) = found else {
        let name = || {
            let limit = cx.limits().display_name_chars_max;
            DisplayName::from_stored(
                cmd.external_id
                    .as_str()
                    .chars()
                    .take(limit)
                    .collect::<String>(),
            )
        };
        cmd.profile.check()?;
        let create = CreateParticipant {
            external_id: Some(cmd.external_id.clone()),
            kind: cmd.kind.unwrap_or(ParticipantKind::Contact),
            display_name: cmd.display_name.clone().unwrap_or_else(name),
            identifiers: cmd.identifiers.clone().unwrap_or_default(),
            profile: Profile::default().with(&cmd.profile),
            metadata: cmd.metadata.clone().unwrap_or_default(),
        };
        return add(unit, cx, &create).map(Upserted::Created);
    };
    let locked = unit
        .participants_mut()
        .lock(cx.workspace(), found.id)?
        .unwrap_or(found);
    let change = ParticipantChange {
        kind: cmd.kind,
        display_name: cmd.display_name.clone(),
        metadata: cmd.metadata.clone(),
        external_id: None,
        identifiers: cmd.identifiers.clone(),
        profile: cmd.profile.clone(),
    };
    apply(unit, cx, locked, &change).map(Upserted::Existing)
}

/// Ends a participant's taking part: it joins nothing new and sends no more, what it said stays. Archiving
/// again changes nothing.
///
/// # Errors
/// `scope_missing`, `not_allowed`, `participant_not_found`.
pub fn archive_participant(
    unit: &mut dyn Unit,
    cx: &Context,
    id: ParticipantId,
) -> Result<Participant, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    require_unbound(cx)?;
    let found = unit.participants_mut().lock(cx.workspace(), id)?;
    let mut participant = found.ok_or(Refusal::ParticipantNotFound)?;
    if participant.archive(cx.now) {
        unit.participants_mut().save(&participant)?;
        log(unit, cx, Topic::ParticipantArchived, &participant)?;
    }
    Ok(participant)
}

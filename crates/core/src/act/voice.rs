//! As whom a key speaks that is not bound to anybody.

use crate::contact::{Identifiers, Profile};
use crate::context::Context;
use crate::invalid::Invalid;
use crate::participant::{Participant, ParticipantKind};
use crate::port::{Snapshot, Unit};
use crate::refusal::{Error, Refusal};
use crate::text::{DisplayName, ExternalId, Metadata};

use super::create_participant::{CreateParticipant, add};

/// The participant as whom the caller speaks: the one that its key is bound to, or the key's own if that has spoken
/// before. Takes no scope: it says who asks.
///
/// # Errors
/// None of its own.
pub fn find_voice(snapshot: &mut dyn Snapshot, cx: &Context) -> Result<Option<Participant>, Error> {
    if let Some(bound) = cx.caller.participant() {
        return Ok(snapshot.participants().find(cx.workspace(), bound)?);
    }
    let Some(own) = external_id(cx) else {
        return Ok(None);
    };
    Ok(snapshot
        .participants()
        .find_external(cx.workspace(), &own)?)
}

/// The same; a key that is not bound and has not spoken yet gets a participant now: an agent, called as the key is, whose
/// external id is the id of the key. Of several that ask at once, one creates it.
///
/// # Errors
/// `validation_failed` at `participant_id` for callers without a key.
pub fn take_voice(unit: &mut dyn Unit, cx: &Context) -> Result<Participant, Error> {
    if let Some(known) = find_voice(unit, cx)? {
        return Ok(known);
    }
    let (Some(key), Some(external_id)) = (cx.caller.key(), external_id(cx)) else {
        let problem = Invalid::new("expected a key, or the participant who speaks");
        return Err(problem.at("participant_id").into());
    };
    let key = unit.keys().find(cx.workspace(), key)?;
    let key = key.ok_or(Refusal::KeyNotFound)?;
    let limit = cx.limits().display_name_chars_max;
    let name: String = key.name.as_str().chars().take(limit).collect();
    let create = CreateParticipant {
        external_id: Some(external_id),
        kind: ParticipantKind::Agent,
        display_name: DisplayName::from_stored(name),
        identifiers: Identifiers::default(),
        profile: Profile::default(),
        metadata: Metadata::default(),
    };
    add(unit, cx, &create)
}

fn external_id(cx: &Context) -> Option<ExternalId> {
    ExternalId::parse(&cx.caller.key()?.to_string()).ok()
}

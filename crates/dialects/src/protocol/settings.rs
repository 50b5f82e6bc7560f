//! What a client of Protocol is told to set: base address, token, and which contact it is.

use causerie_core::act::{find_positions, find_voice, take_voice};
use causerie_core::port::{Snapshot, Unit};
use causerie_core::{Context, Error, Refusal};

use super::ids::{ShortId, Sort};
use crate::{Access, Settings};

/// The contact as whom the key speaks is all that there has to be.
pub(super) fn prepare(unit: &mut dyn Unit, cx: &Context) -> Result<(), Error> {
    take_voice(unit, cx).map(drop)
}

pub(super) fn settings(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    access: &Access<'_>,
) -> Result<Settings, Error> {
    let me = find_voice(snapshot, cx)?.ok_or(Refusal::ParticipantNotFound)?;
    let (base_url, key, own) = (access.base_url, access.key, me.id.to_bytes());
    let position = find_positions(snapshot, cx, &[own])?.remove(&own);
    let position = position.ok_or(Refusal::ParticipantNotFound)?;
    let contact = ShortId::new(cx.workspace(), Sort::Contact, position);
    let values = vec![
        ("base URL", base_url.to_owned()),
        ("token", key.to_owned()),
        ("contact id", contact.to_string()),
    ];
    let curl =
        format!("curl -G {base_url}/v1/messages -H \"Authorization: Bearer {key}\" -d limit=10");
    Ok(Settings { values, curl })
}

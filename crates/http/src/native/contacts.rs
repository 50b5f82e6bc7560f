//! Contacts: found or created by what they are reached by, and merged.
//!
//! Who is who is decided by the core.

use causerie_core::act::{Resolved, merge_participants, resolve_contact};
use causerie_core::contact::{Identifier, IdentifierKey};
use causerie_core::text::DisplayName;
use causerie_core::{ParticipantId, Scope};
use serde::Deserialize;
use utoipa::ToSchema;

use super::participants::render;
use super::wire::{Answered, ParticipantView};
use crate::extract::{Call, Check, WireBody};
use crate::problem::{Problem, Wrong};

/// How somebody is called.
#[derive(Deserialize, ToSchema)]
#[schema(as = ContactWish, example = json!({"display_name": "Ada Lovelace"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct ResolveBody {
    /// For a new one; the identifier, unless given.
    display_name: Option<String>,
}

impl WireBody<'_> for ResolveBody {
    type To = ();
    type Command = Option<DisplayName>;
    const MAY_BE_EMPTY: bool = true;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<Option<DisplayName>> {
        check.maybe("/display_name", self.display_name, |name, limits| {
            DisplayName::parse(&name, limits)
        })
    }
}

/// Finds the participant with this identifier, or creates a contact with it.
///
/// The identifier need not be written as it is kept; nothing changes of a participant who has it. Of several
/// that ask at once, one creates.
#[utoipa::path(put, path = "/v1/participants/by-identifier/{key}/{value}", tag = "participants",
    request_body = ResolveBody,
    params(("key" = String, Path, description = "`emailaddress`, `phonenumber`, or your own."),
        ("value" = String, Path, description = "The identifier, percent-encoded.")),
    responses((status = 200, body = ParticipantView), (status = 201, body = ParticipantView)))]
pub(crate) async fn resolve(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let wrong = |name, problem| Problem::invalid(vec![Wrong::at_parameter(name, &problem)]);
    let key = IdentifierKey::parse(call.part("key")?).map_err(|problem| wrong("key", problem))?;
    let value = call.last_part("value")?;
    let identifier = Identifier::parse(key, &value).map_err(|problem| wrong("value", problem))?;
    call.no_query()?;
    call.receive().await?;
    let name = call.command::<ResolveBody>(())?;
    let resolved = call
        .write(move |unit, cx| resolve_contact(unit, cx, &identifier, name.as_ref()))
        .await?;
    Ok(match &resolved {
        Resolved::Created(new) => render(new, true),
        Resolved::Existing(old) => render(old, false),
    }
    .into_response())
}

/// Who somebody turned out to be.
#[derive(Deserialize, ToSchema)]
#[schema(as = Merge, example = json!({"into": "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeBody {
    /// The participant that stays.
    into: String,
}

impl WireBody<'_> for MergeBody {
    type To = ();
    type Command = ParticipantId;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<ParticipantId> {
        check.at("/into", |_| ParticipantId::parse(&self.into))
    }
}

/// Unites a participant with another one of the same kind, which stays and is shown.
///
/// That one takes over conversations and identifiers, and external id, profile and metadata where it has none
/// itself. The first one is archived; what it said keeps its name.
#[utoipa::path(post, path = "/v1/participants/{participant_id}/merge", tag = "participants",
    request_body = MergeBody,
    params(("participant_id" = String, Path, description = "The participant that goes.")),
    responses((status = 200, body = ParticipantView)))]
pub(crate) async fn merge(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    call.no_query()?;
    let gone: ParticipantId = call.id("participant_id")?;
    let received = call.receive().await;
    let into = received.and_then(|()| call.command::<MergeBody>(()));
    let into = call.unless_participant_missing(into, gone).await?;
    call.once(move |unit, cx| Ok(render(&merge_participants(unit, cx, gone, into)?, false)))
        .await
}

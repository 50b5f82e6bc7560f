//! What every handler begins with: the account, numbers in paths, the conversation, as whom the key speaks.
//!
//! Decides nothing: what is not there is not found.

use std::sync::Arc;

use causerie_core::act::{
    find_channel_acted_on, find_conversation, find_numbered_conversation, find_participant,
};
use causerie_core::channel::Platform;
use causerie_core::port::Snapshot;
use causerie_core::{
    Context, Conversation, ConversationId, Error, Participant, ParticipantId, Refusal, Scope,
    Subject,
};
use causerie_http::extract::Call;
use causerie_http::problem::Trouble;
use causerie_http::{HttpResponse, Problem, Rendered, StatusCode};
use serde::Serialize;

use super::around::{Wanted, placed};
use super::known::{Talk, Voice};
use super::surface::Doto;
use super::wire::{ACCOUNT, Form};

/// How many digits a number has at most.
const DIGITS_MAX: usize = 18;
/// A guess of how long a thing is as JSON.
const VIEW_BYTES: usize = 2 * 1024;

/// Refuses who may not do this, and every account but the one that a key knows. Whoever changes something has to be
/// allowed to read it as well: every answer shows it.
///
/// # Errors
/// `scope_missing`, `rate_limited`, `workspace_not_found`.
pub(super) fn admit(call: &Call, scope: Scope) -> Result<(), Problem> {
    call.caller().require(scope)?;
    call.require(Scope::MessagingRead)?;
    if number(call.part("account_id")?) == Some(ACCOUNT) {
        Ok(())
    } else {
        Err(Refusal::WorkspaceNotFound.into())
    }
}

/// A number as it is written in paths.
pub(super) fn number(text: &str) -> Option<u64> {
    let plain =
        (1..=DIGITS_MAX).contains(&text.len()) && text.bytes().all(|one| one.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// The number in the path under this name.
///
/// # Errors
/// `route_not_found` for what is none: then nothing has it.
pub(super) fn part(call: &Call, name: &str) -> Result<u64, Problem> {
    number(call.part(name)?).ok_or(Trouble::RouteNotFound.into())
}

/// The surface that the request came to.
///
/// # Errors
/// None while this dialect is mounted as itself.
pub(super) fn surface(call: &Call) -> Result<&Doto, Problem> {
    call.surface::<Doto>().ok_or(Trouble::Internal.into())
}

/// How the answer is written.
///
/// # Errors
/// Those of [`surface`].
pub(super) fn form(call: &Call) -> Result<Form, Problem> {
    let workspace = call.caller().workspace().id;
    let integers = surface(call)?.integers;
    Ok(Form::new(integers, call.base_url(), workspace, call.app()))
}

/// An answer of 200.
pub(super) fn ok<V: Serialize>(view: &V) -> HttpResponse {
    Rendered::json(StatusCode::OK, view, VIEW_BYTES).into_response()
}

/// An answer of 200 without a body.
pub(super) fn done() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// What never changes of a conversation.
///
/// # Errors
/// Those of the use cases.
pub(super) fn talk_of(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: &Conversation,
) -> Result<Talk, Error> {
    let mut talk = Talk {
        number: conversation.number,
        id: conversation.id,
        inbox: None,
    };
    if let Some(channel) = conversation.channel {
        let mut wanted = Wanted::default();
        wanted.number(channel.to_bytes());
        talk.inbox = wanted.gather(snapshot, cx)?.number(channel.to_bytes());
    }
    Ok(talk)
}

/// Where the channel of a conversation leads, if it has one that is still there.
///
/// # Errors
/// Those of the use cases.
pub(super) fn platform(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    id: ConversationId,
) -> Result<Option<Platform>, Error> {
    let Some(channel) = find_conversation(snapshot, cx, id)?.channel else {
        return Ok(None);
    };
    match find_channel_acted_on(snapshot, cx, channel) {
        Ok(channel) => Ok(Some(channel.platform)),
        Err(Error::Refusal(_)) => Ok(None),
        Err(broken) => Err(broken),
    }
}

/// The conversation in the path.
///
/// # Errors
/// `conversation_not_found`.
pub(super) async fn talk(call: &Call) -> Result<Talk, Problem> {
    let number = part(call, "conversation_id").map_err(|_| Refusal::ConversationNotFound)?;
    let (known, workspace) = (&surface(call)?.known, call.caller().workspace().id);
    // Who is bound to somebody is asked each time whether they see it.
    let is_bound = call.caller().participant().is_some();
    if let Some(talk) = known.talk(workspace, number).filter(|_| !is_bound) {
        return Ok(talk);
    }
    let talk = call
        .read(move |snapshot, cx| {
            let conversation = find_numbered_conversation(snapshot, cx, number)?;
            talk_of(snapshot, cx, &conversation)
        })
        .await?;
    known.remember(workspace, talk);
    Ok(talk)
}

/// As whom the key speaks, with what is shown of them.
///
/// # Errors
/// Those of the use cases.
pub(super) async fn voice(call: &Call) -> Result<Voice, Problem> {
    let (known, workspace) = (&surface(call)?.known, call.caller().workspace().id);
    let participant = call.voice().await?;
    if let Some(around) = known.around(workspace, participant.id) {
        let around = around.with([(*participant).clone()]);
        return Ok(Voice {
            participant,
            around,
        });
    }
    let own = Arc::clone(&participant);
    let around = call
        .read(move |snapshot, cx| {
            let mut wanted = Wanted::default();
            wanted.known(&own);
            wanted.gather(snapshot, cx)
        })
        .await?;
    known.remember_around(workspace, participant.id, &around);
    let around = around.with([(*participant).clone()]);
    Ok(Voice {
        participant,
        around,
    })
}

/// The participant with this number.
///
/// # Errors
/// `participant_not_found`.
pub(super) fn placed_participant(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    number: u64,
) -> Result<Participant, Error> {
    let id: Option<ParticipantId> = match placed(snapshot, cx, number)? {
        Some(Subject::Participant(id)) => Some(id),
        _ => None,
    };
    let id = id.ok_or(Refusal::ParticipantNotFound)?;
    find_participant(snapshot, cx, id)
}

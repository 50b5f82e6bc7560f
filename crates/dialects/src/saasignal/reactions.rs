//! Reactions to messages, which hang off the message without its conversation.
//!
//! Reactions are listed with their messages.

use causerie_core::act::{AddReaction, add_reaction, find_home, remove_reaction};
use causerie_core::reaction::ReactionName;
use causerie_core::{ParticipantId, Scope};
use causerie_http::extract::Call;
use causerie_http::members::text;
use causerie_http::{Answered, Members, Problem};

use super::ids;
use super::problem::bad_request;
use super::request::body;
use super::wire::{ReactionView, created, deleted};

/// Adds a reaction.
pub(crate) async fn add(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let message = ids::message(&call)?;
    let members = body(&mut call).await;
    let wish = members.and_then(|members| read(&members).map_err(bad_request));
    let (participant, name) = call
        .unless_missing(wish, move |snapshot, cx| {
            find_home(snapshot, cx, message).map(drop)
        })
        .await?;
    call.once(move |unit, cx| {
        let cmd = AddReaction {
            conversation: find_home(unit, cx, message)?,
            message,
            participant: Some(participant),
            name: name.clone(),
        };
        let reaction = add_reaction(unit, cx, &cmd)?;
        Ok(created(&ReactionView::of(&reaction)))
    })
    .await
}

fn read(members: &Members) -> Result<(ParticipantId, ReactionName), Problem> {
    let participant = members.need("participant_id", |raw| ids::parse_participant(&text(raw)?));
    let name = members.need("emoji", |raw| ReactionName::parse(&text(raw)?));
    members.finish_with(participant.zip(name))
}

/// Takes a reaction back.
pub(crate) async fn remove(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (message, reaction) = (ids::message(&call)?, ids::reaction(&call)?);
    call.write(move |unit, cx| {
        let of = find_home(unit, cx, message)?;
        remove_reaction(unit, cx, of, message, reaction)
    })
    .await?;
    Ok(deleted())
}

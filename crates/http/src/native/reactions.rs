//! Reactions: add, list, remove.
//!
//! Rules are in the core.

use actix_web::HttpResponse;
use causerie_core::act::{AddReaction, add_reaction, list_reactions, remove_reaction};
use causerie_core::reaction::{Reaction, ReactionName};
use causerie_core::{ConversationId, MessageId, ParticipantId, ReactionId, Scope};
use serde::Deserialize;
use utoipa::ToSchema;

use super::receipts::PartQuery;
use super::wire::{Answered, PageView, ReactionView, created, page};
use crate::extract::{Call, Check, WireBody};
use crate::reply::Rendered;

fn render_added(reaction: &Reaction) -> Rendered {
    let (conversation, message) = (reaction.conversation, reaction.message);
    let below = format!("/v1/conversations/{conversation}/messages/{message}/reactions");
    created(&ReactionView::of(reaction)).at(format!("{below}/{}", reaction.id))
}

/// A new reaction.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewReaction, example = json!({
    "participant_id": "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6", "name": "👍"
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct AddBody {
    /// Who reacts; may be left out when the key is bound to a participant.
    participant_id: Option<String>,
    /// An emoji or a word of 1 to 32 characters without blanks.
    name: String,
}

impl WireBody<'_> for AddBody {
    type To = (ConversationId, MessageId);
    type Command = AddReaction;

    fn into_command(self, to: Self::To, check: &mut Check<'_>) -> Option<AddReaction> {
        let participant = check.maybe("/participant_id", self.participant_id, |id, _| {
            ParticipantId::parse(&id)
        });
        let name = check.at("/name", |_| ReactionName::parse(&self.name));
        Some(AddReaction {
            conversation: to.0,
            message: to.1,
            participant: participant?,
            name: name?,
        })
    }
}

/// Reacts to a message: once for each participant and name.
#[utoipa::path(post, path = "/v1/conversations/{conversation_id}/messages/{message_id}/reactions",
    tag = "reactions", request_body = AddBody,
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("message_id" = String, Path, description = "The message.")),
    responses((status = 201, body = ReactionView)))]
pub(crate) async fn add(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (of, id) = call.message()?;
    let received = call.receive().await;
    let cmd = received.and_then(|()| call.command::<AddBody>((of, id)));
    let cmd = call.unless_message_missing(cmd, of, id).await?;
    call.once(move |unit, cx| Ok(render_added(&add_reaction(unit, cx, &cmd)?)))
        .await
}

/// Lists the reactions to a message, oldest first; none for a tombstone.
#[utoipa::path(get, path = "/v1/conversations/{conversation_id}/messages/{message_id}/reactions",
    tag = "reactions",
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("message_id" = String, Path, description = "The message."), PartQuery),
    responses((status = 200, body = PageView<ReactionView>)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let (of, id) = call.message()?;
    let part = call.query().and_then(PartQuery::read::<ReactionId>);
    let (cursor, limit) = call.unless_message_missing(part, of, id).await?;
    let found = call
        .read(move |snapshot, cx| list_reactions(snapshot, cx, of, id, cursor, limit))
        .await?;
    Ok(page(&found, ReactionView::of))
}

/// Takes a reaction back.
#[utoipa::path(delete,
    path = "/v1/conversations/{conversation_id}/messages/{message_id}/reactions/{reaction_id}",
    tag = "reactions",
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("message_id" = String, Path, description = "The message."),
        ("reaction_id" = String, Path, description = "The reaction.")),
    responses((status = 204, description = "It is gone.")))]
pub(crate) async fn remove(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (of, id) = call.message()?;
    let reaction = call.id::<ReactionId>("reaction_id");
    let asked = reaction.and_then(|reaction| call.no_query().map(|()| reaction));
    let reaction = call.unless_message_missing(asked, of, id).await?;
    call.write(move |unit, cx| remove_reaction(unit, cx, of, id, reaction))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

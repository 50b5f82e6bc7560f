//! What becomes of a message: its answers, its earlier states, who has it, how far it has come.
//!
//! Nothing here changes what it says.

use causerie_core::act::{
    SetDelivery, list_receipts, list_recipients, list_replies, list_revisions, set_delivery,
    with_times,
};
use causerie_core::delivery::{DeliveryStatus, Failure, FailureStage};
use causerie_core::page::{Limit, Page, Place};
use causerie_core::{ConversationId, Invalid, MessageId, ParticipantId, Scope, Seq};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::messages::render;
use super::vocabulary;
use super::wire::{
    Answered, MessageView, PageView, ReceiptView, RecipientView, RevisionView, page,
};
use crate::Problem;
use crate::extract::{Call, Check, Query, WireBody};

/// Which part of a list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartQuery {
    /// How many, at most: 1 to 100, 50 unless given.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// The `next_cursor` of an earlier page.
    cursor: Option<String>,
}

impl PartQuery {
    pub(super) fn read<P: Place>(self) -> Result<(Option<P>, Limit), Problem> {
        let mut query = Query::default();
        let part = (query.cursor(self.cursor), query.limit(self.limit));
        query.finish().map(|()| part)
    }
}

/// Lists the messages that answer a message, oldest first, tombstones included.
#[utoipa::path(get, path = "/v1/conversations/{conversation_id}/messages/{message_id}/replies",
    tag = "messages",
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("message_id" = String, Path, description = "The message."), PartQuery),
    responses((status = 200, body = PageView<MessageView>)))]
pub(crate) async fn replies(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let (of, id) = call.message()?;
    let part = call.query().and_then(PartQuery::read::<Seq>);
    let (cursor, limit) = call.unless_message_missing(part, of, id).await?;
    let found = call
        .read(move |snapshot, cx| list_replies(snapshot, cx, of, id, cursor, limit))
        .await?;
    Ok(page(&found, MessageView::of))
}

/// Lists the earlier states of a message, oldest first; none for a tombstone.
#[utoipa::path(get, path = "/v1/conversations/{conversation_id}/messages/{message_id}/revisions",
    tag = "messages",
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("message_id" = String, Path, description = "The message.")),
    responses((status = 200, body = PageView<RevisionView>)))]
pub(crate) async fn revisions(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let (of, id) = call.message()?;
    call.unless_message_missing(call.no_query(), of, id).await?;
    let items = call
        .read(move |snapshot, cx| list_revisions(snapshot, cx, of, id))
        .await?;
    Ok(page(&whole(items), RevisionView::of))
}

/// Lists what each present member but the sender has of a message, in the order of their ids.
///
/// Who joined after the message has neither time. A page may hold fewer than its limit although another
/// follows.
#[utoipa::path(get, path = "/v1/conversations/{conversation_id}/messages/{message_id}/receipts",
    tag = "receipts",
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("message_id" = String, Path, description = "The message."), PartQuery),
    responses((status = 200, body = PageView<ReceiptView>)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let (of, id) = call.message()?;
    let part = call.query().and_then(PartQuery::read::<ParticipantId>);
    let (cursor, limit) = call.unless_message_missing(part, of, id).await?;
    let found = call
        .read(move |snapshot, cx| list_receipts(snapshot, cx, of, id, cursor, limit))
        .await?;
    Ok(page(&found, ReceiptView::of))
}

/// Lists those to whom a message's way is known, in the order of their ids; nobody for a tombstone.
#[utoipa::path(get, path = "/v1/conversations/{conversation_id}/messages/{message_id}/recipients",
    tag = "receipts",
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("message_id" = String, Path, description = "The message.")),
    responses((status = 200, body = PageView<RecipientView>)))]
pub(crate) async fn recipients(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let (of, id) = call.message()?;
    call.unless_message_missing(call.no_query(), of, id).await?;
    let items = call
        .read(move |snapshot, cx| list_recipients(snapshot, cx, of, id))
        .await?;
    Ok(page(&whole(items), RecipientView::of))
}

/// A list that is never longer than a page.
fn whole<T>(items: Vec<T>) -> Page<T, Seq> {
    Page { items, next: None }
}

/// How far a message has come.
#[derive(Deserialize, ToSchema)]
#[schema(as = DeliveryNews, example = json!({
    "status": "failed", "stage": "send", "reason": "no route", "detail": "number not in service"
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct DeliveryBody {
    /// A later one than the present; a failed message may be tried again.
    #[schema(value_type = vocabulary::DeliveryStatus)]
    status: String,
    /// To whom; without it on the whole.
    participant_id: Option<String>,
    /// Where it stopped; with `failed` only.
    #[schema(value_type = Option<vocabulary::FailureStage>)]
    stage: Option<String>,
    /// Why, in 1 to 256 characters; with `failed` only.
    reason: Option<String>,
    /// What else is known, in up to 2,000 characters; with `failed` only.
    detail: Option<String>,
}

impl WireBody<'_> for DeliveryBody {
    type To = (ConversationId, MessageId);
    type Command = SetDelivery;

    fn into_command(self, to: Self::To, check: &mut Check<'_>) -> Option<SetDelivery> {
        let status = check.at("/status", |_| DeliveryStatus::parse(&self.status));
        let recipient = check.maybe("/participant_id", self.participant_id, |id, _| {
            ParticipantId::parse(&id)
        });
        let stage = check.maybe("/stage", self.stage, |word, _| FailureStage::parse(&word));
        let failure = match (stage?, self.reason, self.detail) {
            (Some(stage), Some(reason), detail) => {
                let failure = Failure::new(stage, &reason, detail.as_deref());
                Some(check.refusal(failure)?)
            }
            (None, None, None) => None,
            (None, ..) => check.note("/stage", Err(Invalid::new("expected a stage with it")))?,
            (_, None, _) => {
                check.note("/reason", Err(Invalid::new("expected a reason with it")))?
            }
        };
        Some(SetDelivery {
            conversation: to.0,
            message: to.1,
            recipient: recipient?,
            status: status?,
            failure,
        })
    }
}

/// Says how far a message has come, on the whole or to one of those it is for.
///
/// The same status again changes nothing.
#[utoipa::path(put, path = "/v1/conversations/{conversation_id}/messages/{message_id}/delivery",
    tag = "receipts", request_body = DeliveryBody,
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("message_id" = String, Path, description = "The message.")),
    responses((status = 200, body = MessageView)))]
pub(crate) async fn deliver(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (of, id) = call.message()?;
    let received = call.receive().await;
    let cmd = received.and_then(|()| call.command::<DeliveryBody>((of, id)));
    let cmd = call.unless_message_missing(cmd, of, id).await?;
    let moved = call
        .write(move |unit, cx| {
            let moved = set_delivery(unit, cx, &cmd)?;
            with_times(unit, cx, moved)
        })
        .await?;
    Ok(render(&moved).into_response())
}

//! Messages: send, list, read, edit, delete, earlier states.
//!
//! Sends take the way of `Store::send`, so that those of one moment share a commit.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use causerie_core::act::{
    DeleteMessage, EditMessage, ListMessages, SendMessage, SendOnce, delete_message, edit_message,
    find_message, list_messages, list_revisions,
};
use causerie_core::claim::{Answer, Claim, ClaimSource, Fingerprint, Once};
use causerie_core::page::{Order, Page};
use causerie_core::text::{Metadata, Reference, Text};
use causerie_core::{
    Caller, ConversationId, Message, MessageId, MessageKind, ParticipantId, Revision, Scope, Seq,
    Timestamp,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::vocabulary;
use super::wire::{Answered, MessageView, PageView, RevisionView, created, ok, page};
use crate::extract::{Call, Check, Given, Query, WireBody};
use crate::reply::Rendered;

fn render_sent(message: &Message) -> Rendered {
    created(&MessageView::of(message))
        .tagged(tag_of(message))
        .at(format!(
            "/v1/conversations/{}/messages/{}",
            message.conversation, message.id
        ))
}

fn render(message: &Message) -> Rendered {
    ok(&MessageView::of(message)).tagged(tag_of(message))
}

fn keep_sent(message: &Message) -> Answer {
    render_sent(message).to_answer()
}

/// Names the state of a message: every edit and the deletion make another.
fn tag_of(message: &Message) -> String {
    tag(message.revision_count)
}

fn tag(revision_count: u32) -> String {
    format!("\"{revision_count}\"")
}

/// A new message.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewMessage, example = json!({
    "participant_id": "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6", "body": "Hello", "reference": "order-1234-greeting"
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct SendBody<'a> {
    /// Who says it; may be left out when the key is bound to a participant.
    participant_id: Option<String>,
    /// 1 to 10,000 characters.
    #[serde(borrow)]
    body: Cow<'a, str>,
    /// `text` (unless given), `image`, `file` or `system`.
    #[schema(value_type = Option<vocabulary::MessageType>)]
    r#type: Option<String>,
    /// The message of the same conversation that it answers.
    reply_to: Option<String>,
    /// A JSON object of up to 16 KiB.
    #[serde(borrow)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a RawValue>,
    /// Your own id of it: a second send with the same reference within 24 hours is answered with the first.
    reference: Option<String>,
}

/// What a send says, before anybody is asked whether it may be said.
pub(crate) struct Draft(pub(crate) SendMessage);

impl<'a> WireBody<'a> for SendBody<'a> {
    type To = ConversationId;
    type Command = Draft;

    fn into_command(self, to: ConversationId, check: &mut Check<'_>) -> Option<Draft> {
        let sender = check.maybe("/participant_id", self.participant_id, |id, _| {
            ParticipantId::parse(&id)
        });
        let text = check.at("/body", |limits| Text::parse(&self.body, limits));
        let kind = check.maybe("/type", self.r#type, |word, _| MessageKind::parse(&word));
        let reply_to = check.maybe("/reply_to", self.reply_to, |id, _| MessageId::parse(&id));
        let metadata = check.maybe("/metadata", self.metadata, |json, limits| {
            Metadata::parse(json.get(), limits)
        });
        let reference = check.maybe("/reference", self.reference, |text, _| {
            Reference::parse(&text)
        });
        Some(Draft(SendMessage {
            conversation: to,
            sender: sender?,
            kind: kind?.unwrap_or(MessageKind::Text),
            text: text?,
            reply_to: reply_to?,
            metadata: metadata?.unwrap_or_default(),
            reference: reference?,
            once: None,
        }))
    }
}

impl Draft {
    /// The send with what makes it happen once: the claim of the request's header, and one on the
    /// reference.
    fn into_send(self, header: Option<Claim>, caller: &Caller) -> SendMessage {
        let mut send = self.0;
        let mut claims: Vec<Claim> = header.into_iter().collect();
        claims.extend(reference_claim(&send, caller));
        if !claims.is_empty() {
            let render = keep_sent;
            send.once = Some(SendOnce { claims, render });
        }
        send
    }
}

/// The claim on a reference within its conversation, for this content.
fn reference_claim(send: &SendMessage, caller: &Caller) -> Option<Claim> {
    let reference = send.reference.as_ref()?;
    let sender = send.sender.or(caller.participant());
    let sender = sender.map(ParticipantId::to_bytes);
    let reply_to = send.reply_to.map(MessageId::to_bytes);
    let fingerprint = Fingerprint::of(&[
        sender.as_ref().map_or(&[], |id| id),
        send.kind.as_str().as_bytes(),
        send.text.as_str().as_bytes(),
        reply_to.as_ref().map_or(&[], |id| id),
        send.metadata.as_str().as_bytes(),
    ]);
    let parts: [&[u8]; 2] = [&send.conversation.to_bytes(), reference.as_str().as_bytes()];
    Some(Claim::new(ClaimSource::Reference, &parts, fingerprint))
}

/// Sends a message.
///
/// With an `Idempotency-Key` or a `reference`, a retry is answered with the first answer.
#[utoipa::path(post, path = "/v1/conversations/{conversation_id}/messages", tag = "messages", request_body = SendBody,
    params(("conversation_id" = String, Path, description = "The conversation.")),
    responses((status = 201, body = MessageView)))]
pub(crate) async fn send(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let to: ConversationId = call.id("conversation_id")?;
    let received = call.receive().await;
    let draft = received.and_then(|()| call.command::<SendBody<'_>>(to));
    let draft = call.unless_conversation_missing(draft, to).await?;
    let cmd = draft.into_send(call.claim(b"")?, call.caller());
    match call.app().store().send(call.context(), cmd).await? {
        Once::Done(message) => Ok(render_sent(&message).into_response()),
        Once::Replayed(answer) => Ok(Rendered::from_answer(&answer)?.into_replay()),
    }
}

/// Which messages to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// `desc`, newest first, unless given, or `asc`.
    #[param(inline, value_type = Option<vocabulary::ListOrder>)]
    order: Option<String>,
    /// How many, at most: 1 to 100, 50 unless given.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// The `next_cursor` of an earlier page.
    cursor: Option<String>,
    /// Only messages earlier than this time (RFC 3339, UTC, with `Z`).
    #[param(value_type = Option<String>, format = DateTime)]
    before: Option<String>,
    /// Only messages later than this time (RFC 3339, UTC, with `Z`).
    #[param(value_type = Option<String>, format = DateTime)]
    after: Option<String>,
}

impl ListQuery {
    fn read(self, conversation: ConversationId) -> Result<ListMessages, crate::Problem> {
        let mut query = Query::default();
        let cmd = ListMessages {
            conversation,
            order: query
                .take("order", self.order, Order::parse)
                .unwrap_or(Order::Descending),
            limit: query.limit(self.limit),
            cursor: query.cursor::<Seq>(self.cursor),
            after: query.take("after", self.after, Timestamp::parse),
            before: query.take("before", self.before, Timestamp::parse),
        };
        query.finish().map(|()| cmd)
    }
}

/// Lists messages, tombstones included.
///
/// Walking by cursor visits every message exactly once.
#[utoipa::path(get, path = "/v1/conversations/{conversation_id}/messages", tag = "messages",
    params(("conversation_id" = String, Path, description = "The conversation."), ListQuery),
    responses((status = 200, body = PageView<MessageView>)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let of: ConversationId = call.id("conversation_id")?;
    let cmd = call.query().and_then(|asked: ListQuery| asked.read(of));
    let cmd = call.unless_conversation_missing(cmd, of).await?;
    let found = call
        .read(move |snapshot, cx| list_messages(snapshot, cx, &cmd))
        .await?;
    Ok(page(&found, MessageView::of))
}

/// Shows a message, or its tombstone.
#[utoipa::path(get, path = "/v1/conversations/{conversation_id}/messages/{message_id}", tag = "messages",
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("message_id" = String, Path, description = "The message.")),
    responses((status = 200, body = MessageView)))]
pub(crate) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let (of, id) = call.message()?;
    call.unless_message_missing(call.no_query(), of, id).await?;
    let found = call
        .read(move |snapshot, cx| find_message(snapshot, cx, of, id))
        .await?;
    Ok(render(&found).into_response())
}

/// What changes; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = MessageChange, example = json!({"body": "Hello!"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct EditBody<'a> {
    /// Whose rights count, when the key is not bound to a participant; without it the key's own.
    participant_id: Option<String>,
    /// 1 to 10,000 characters.
    body: Option<String>,
    /// In place of all the old; null for none.
    #[serde(borrow, default)]
    #[schema(value_type = Option<Object>)]
    metadata: Given<&'a RawValue>,
}

impl<'a> WireBody<'a> for EditBody<'a> {
    type To = (ConversationId, MessageId);
    type Command = EditMessage;

    fn into_command(self, to: Self::To, check: &mut Check<'_>) -> Option<EditMessage> {
        let acting_as = check.maybe("/participant_id", self.participant_id, |id, _| {
            ParticipantId::parse(&id)
        });
        let text = check.maybe("/body", self.body, |text, limits| {
            Text::parse(&text, limits)
        });
        let metadata = check.given("/metadata", self.metadata, |json, limits| {
            Metadata::parse(json.get(), limits)
        });
        Some(EditMessage {
            conversation: to.0,
            message: to.1,
            acting_as: acting_as?,
            text: text?,
            metadata: metadata?.map(Option::unwrap_or_default),
        })
    }
}

/// Edits a message; its earlier state is kept.
#[utoipa::path(patch, path = "/v1/conversations/{conversation_id}/messages/{message_id}", tag = "messages", request_body = EditBody,
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("message_id" = String, Path, description = "The message.")),
    responses((status = 200, body = MessageView)))]
pub(crate) async fn edit(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (of, id) = call.message()?;
    let received = call.receive().await;
    let cmd = received.and_then(|()| call.command::<EditBody<'_>>((of, id)));
    let cmd = call.unless_message_missing(cmd, of, id).await?;
    let seen = call.if_match()?;
    let edited = call
        .write(move |unit, cx| {
            let edited = edit_message(unit, cx, &cmd)?;
            // It was locked: the state before is one revision back. A refusal undoes the edit.
            seen.admit(&tag(edited.revision_count - 1))?;
            Ok(edited)
        })
        .await?;
    Ok(render(&edited).into_response())
}

/// Whose rights count.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteQuery {
    /// Whose rights count, when the key is not bound to a participant; without it the key's own.
    participant_id: Option<String>,
}

impl DeleteQuery {
    fn read(self) -> Result<Option<ParticipantId>, crate::Problem> {
        let mut query = Query::default();
        let id = query.take("participant_id", self.participant_id, ParticipantId::parse);
        query.finish().map(|()| id)
    }
}

/// Makes a message a tombstone; deleting it again changes nothing.
#[utoipa::path(delete, path = "/v1/conversations/{conversation_id}/messages/{message_id}",
    tag = "messages",
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("message_id" = String, Path, description = "The message."), DeleteQuery),
    responses((status = 204, description = "It is a tombstone.")))]
pub(crate) async fn delete(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (conversation, message) = call.message()?;
    let acting_as = call.query().and_then(DeleteQuery::read);
    let acting_as = call.unless_message_missing(acting_as, conversation, message);
    let cmd = DeleteMessage {
        conversation,
        message,
        acting_as: acting_as.await?,
    };
    let seen = call.if_match()?;
    call.write(move |unit, cx| {
        let deleted = delete_message(unit, cx, &cmd)?;
        // It was locked: the state before is one revision back, unless it was a tombstone already.
        let by_now = u32::from(deleted.deleted_at == Some(cx.now));
        Ok(seen.admit(&tag(deleted.revision_count - by_now))?)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
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
    let items: Vec<Revision> = call
        .read(move |snapshot, cx| list_revisions(snapshot, cx, of, id))
        .await?;
    let all: Page<Revision, Seq> = Page { items, next: None };
    Ok(page(&all, RevisionView::of))
}

impl Call {
    /// The ids of a message in the path.
    fn message(&self) -> Result<(ConversationId, MessageId), crate::Problem> {
        Ok((self.id("conversation_id")?, self.id("message_id")?))
    }

    /// The problem with a request, unless its message does not exist: that comes first.
    async fn unless_message_missing<T>(
        &self,
        understood: Result<T, crate::Problem>,
        of: ConversationId,
        id: MessageId,
    ) -> Result<T, crate::Problem> {
        self.unless_missing(understood, move |snapshot, cx| {
            find_message(snapshot, cx, of, id).map(drop)
        })
        .await
    }
}

/// The answer that a send would get, for measuring what everything but the store costs.
pub(crate) fn render_echo(message: &Message) -> HttpResponse {
    Rendered::json(StatusCode::CREATED, &MessageView::of(message), 512).into_response()
}

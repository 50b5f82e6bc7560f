//! Messages: send, list, show, edit, delete.
//!
//! How a send gets to the store is in `sends`, what it may say in `drafts`.

use std::borrow::Cow;

use actix_web::HttpResponse;
use causerie_core::act::{
    DeleteMessage, Deleted, EditMessage, ListMessages, delete_message, edit_message, find_message,
    list_messages, lock_message, with_times,
};
use causerie_core::page::Order;
use causerie_core::port::Tombstones;
use causerie_core::receipt::Seen;
use causerie_core::text::{Metadata, Text};
use causerie_core::{
    Content, ContentType, ConversationId, DeleteMode, Invalid, Message, MessageChange, MessageId,
    ParticipantId, Scope, Seq, Timestamp,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::attachments::{AttachmentBody, SendForm, new_attachments};
use super::drafts::{SendBody, content};
use super::vocabulary;
use super::wire::{Answered, MessageView, PageView, ScheduledView, ok, page};
use crate::Problem;
use crate::extract::{Call, Check, Given, Object, Query, WireBody};
use crate::reply::Rendered;

pub(super) fn render(seen: &Seen) -> Rendered {
    ok(&MessageView::of(seen))
        .tagged(tag_of(&seen.message))
        .showing(seen.message.id)
}

/// Names the state of what a message says: every edit and deletion makes another.
pub(super) fn tag_of(message: &Message) -> String {
    match message.delete_mode {
        Some(DeleteMode::Redact) => "\"redacted\"".to_owned(),
        _ => tag(message.revision_count),
    }
}

fn tag(revision_count: u32) -> String {
    format!("\"{revision_count}\"")
}

/// Sends a message, at once or at its time.
///
/// With an `Idempotency-Key` or a `reference`, a retry is answered with the first answer. A message that is
/// scheduled is answered with 202 and has its id already; `seq` and `created_at` are given when it is sent.
///
/// A form brings files along. They count as said for a retry by their bytes and names. If the send is refused they
/// are removed after 24 hours.
#[utoipa::path(post, path = "/v1/conversations/{conversation_id}/messages", tag = "messages",
    request_body(content((SendBody = "application/json"), (SendForm = "multipart/form-data"))),
    params(("conversation_id" = String, Path, description = "The conversation.")),
    responses((status = 201, body = MessageView),
        (status = 202, body = ScheduledView, description = "It waits for its time.")))]
pub(crate) async fn send(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let to: ConversationId = call.id("conversation_id")?;
    if call.is_form() {
        return call.send_with_files(to).await;
    }
    let received = call.receive().await;
    let wish = received.and_then(|()| call.command::<SendBody<'_>>(to));
    let wish = call.unless_conversation_missing(wish, to).await?;
    let header = call.claim(b"")?;
    Ok(call.submit(wish, header).outcome().await?.into_response())
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
    fn read(self, conversation: ConversationId) -> Result<ListMessages, Problem> {
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
            tombstones: Tombstones::Shown,
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
    /// 1 to 10,000 characters, unless the workspace allows more or less.
    #[serde(borrow)]
    body: Option<Cow<'a, str>>,
    /// How the new content reads: `text` unless given.
    #[schema(value_type = Option<vocabulary::ContentType>)]
    content_type: Option<String>,
    /// In place of the old; null for none.
    #[serde(borrow, default)]
    #[schema(value_type = Option<Object>)]
    content: Given<&'a RawValue>,
    /// In place of all the old; null for none.
    #[serde(default)]
    #[schema(value_type = Option<Vec<AttachmentBody>>, max_items = 30)]
    attachments: Given<Vec<Object<AttachmentBody>>>,
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
        let content = new_content(self.content_type, self.content, check);
        let attachments = new_attachments(self.attachments, check);
        let metadata = check.given("/metadata", self.metadata, |json, limits| {
            Metadata::parse(json.get(), limits)
        });
        Some(EditMessage {
            conversation: to.0,
            message: to.1,
            acting_as: acting_as?,
            change: MessageChange {
                text: text?,
                content: content?.change(),
                // What was given and is wrong was noted.
                attachments,
                metadata: metadata?.map(Option::unwrap_or_default),
            },
        })
    }
}

/// What becomes of a content; a type alone says nothing and is refused.
pub(super) fn new_content(
    content_type: Option<String>,
    given: Given<&RawValue>,
    check: &mut Check<'_>,
) -> Option<Given<(ContentType, Content)>> {
    let json = match given {
        Given::Value(json) => json,
        Given::Absent | Given::Null if content_type.is_some() => {
            let problem = Invalid::new("expected a content with it");
            return check.note("/content_type", Err(problem));
        }
        Given::Absent => return Some(Given::Absent),
        Given::Null => return Some(Given::Null),
    };
    let (content_type, content) = content(content_type, Some(json), check)?;
    Some(content.map_or(Given::Null, |content| Given::Value((content_type, content))))
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
            with_times(unit, cx, edited.message)
        })
        .await?;
    Ok(render(&edited).into_response())
}

/// How to delete, and whose rights count.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteQuery {
    /// `soft`, unless given, hides what it says; `redact` erases it; `purge` leaves nothing but the gap in
    /// the order, and is for moderators.
    #[param(inline, value_type = Option<vocabulary::DeleteMode>)]
    mode: Option<String>,
    /// Whose rights count, when the key is not bound to a participant; without it the key's own.
    participant_id: Option<String>,
}

impl DeleteQuery {
    fn read(self, (of, id): (ConversationId, MessageId)) -> Result<DeleteMessage, Problem> {
        let mut query = Query::default();
        let mode = query.take("mode", self.mode, DeleteMode::parse);
        let cmd = DeleteMessage {
            conversation: of,
            message: id,
            mode: mode.unwrap_or(DeleteMode::Soft),
            acting_as: query.take("participant_id", self.participant_id, ParticipantId::parse),
        };
        query.finish().map(|()| cmd)
    }
}

/// Deletes a message: softly, redacted or purged.
///
/// Deleting it again in the same or a milder manner changes nothing.
#[utoipa::path(delete, path = "/v1/conversations/{conversation_id}/messages/{message_id}",
    tag = "messages",
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("message_id" = String, Path, description = "The message."), DeleteQuery),
    responses((status = 204, description = "It is a tombstone, or gone.")))]
pub(crate) async fn delete(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (of, id) = call.message()?;
    let asked = call.query();
    let cmd = asked.and_then(|asked: DeleteQuery| asked.read((of, id)));
    let cmd = call.unless_message_missing(cmd, of, id).await?;
    let seen = call.if_match()?;
    call.write(move |unit, cx| -> Result<Deleted, _> {
        if seen.is_said() {
            seen.admit(&tag_of(&lock_message(unit, cx, of, id)?))?;
        }
        delete_message(unit, cx, &cmd)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

impl Call {
    /// The ids of a message in the path.
    pub(super) fn message(&self) -> Result<(ConversationId, MessageId), Problem> {
        Ok((self.id("conversation_id")?, self.id("message_id")?))
    }

    /// The problem with a request, unless its message does not exist: that comes first.
    pub(super) async fn unless_message_missing<T>(
        &self,
        understood: Result<T, Problem>,
        of: ConversationId,
        id: MessageId,
    ) -> Result<T, Problem> {
        self.unless_missing(understood, move |snapshot, cx| {
            find_message(snapshot, cx, of, id).map(drop)
        })
        .await
    }
}

//! Messages that wait for their time: list, show, change, cancel.
//!
//! They are made by a send with `scheduled_for`.

use std::borrow::Cow;

use actix_web::HttpResponse;
use causerie_core::act::{
    ChangeScheduled, cancel_scheduled, change_scheduled, find_scheduled, list_scheduled,
};
use causerie_core::port::Unit;
use causerie_core::schedule::Scheduled;
use causerie_core::text::{Metadata, Reference, Text};
use causerie_core::{
    Context, ConversationId, Direction, DraftChange, Error, MessageId, MessageKind, Refusal, Scope,
    Timestamp,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::attachments::{AttachmentBody, new_attachments};
use super::drafts::{TemplateBody, tags, visibility};
use super::messages::new_content;
use super::vocabulary;
use super::wire::{Answered, PageView, ScheduledView, ok, page, tag_of};
use crate::Problem;
use crate::extract::{Call, Check, Given, IfMatch, Object, Query, WireBody};
use crate::reply::Rendered;

fn render(scheduled: &Scheduled) -> Rendered {
    ok(&ScheduledView::of(scheduled)).tagged(tag_of(scheduled.updated_at))
}

/// The scheduled message, locked, unless it is in another state than the caller has seen.
fn lock_seen(
    unit: &mut dyn Unit,
    cx: &Context,
    id: MessageId,
    seen: &IfMatch,
) -> Result<Scheduled, Error> {
    let nothing = ChangeScheduled {
        message: id,
        scheduled_for: None,
        draft: None,
    };
    let now = change_scheduled(unit, cx, &nothing)?;
    seen.admit(&tag_of(now.updated_at))?;
    Ok(now)
}

/// Which scheduled messages to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Only those of this conversation.
    conversation_id: Option<String>,
    /// How many, at most: 1 to 100, 50 unless given.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// The `next_cursor` of an earlier page.
    cursor: Option<String>,
}

/// Lists messages that wait for their time, the next due first.
///
/// Those that could not be sent stay for seven days, with the code of the problem.
#[utoipa::path(get, path = "/v1/scheduled-messages", tag = "scheduled messages",
    params(ListQuery), responses((status = 200, body = PageView<ScheduledView>)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let asked: ListQuery = call.query()?;
    let mut query = Query::default();
    let of = query.take(
        "conversation_id",
        asked.conversation_id,
        ConversationId::parse,
    );
    let (cursor, limit) = (query.cursor(asked.cursor), query.limit(asked.limit));
    query.finish()?;
    let found = call
        .read(move |snapshot, cx| list_scheduled(snapshot, cx, of, cursor, limit))
        .await?;
    Ok(page(&found, ScheduledView::of))
}

/// Shows a message that waits for its time.
#[utoipa::path(get, path = "/v1/scheduled-messages/{message_id}", tag = "scheduled messages",
    params(("message_id" = String, Path, description = "The scheduled message.")),
    responses((status = 200, body = ScheduledView)))]
pub(crate) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let id = call.scheduled()?;
    call.unless_scheduled_missing(call.no_query(), id).await?;
    let found = call
        .read(move |snapshot, cx| find_scheduled(snapshot, cx, id))
        .await?;
    Ok(render(&found).into_response())
}

/// What changes; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = ScheduledChange, example = json!({
    "scheduled_for": "2026-03-02T08:00:00Z", "body": "Good morning"
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBody<'a> {
    /// When to send it (RFC 3339, UTC, with `Z`), up to 35 days ahead.
    #[schema(value_type = Option<String>, format = DateTime)]
    scheduled_for: Option<String>,
    /// 1 to 10,000 characters; null for none.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>)]
    body: Given<Cow<'a, str>>,
    #[schema(value_type = Option<vocabulary::MessageType>)]
    r#type: Option<String>,
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
    /// Null for what is usual with its sender.
    #[serde(default)]
    #[schema(value_type = Option<vocabulary::MessageDirection>)]
    direction: Given<String>,
    private: Option<bool>,
    /// Null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    reply_to: Given<String>,
    /// In place of all the old; null for none.
    #[serde(borrow, default)]
    #[schema(value_type = Option<Object>)]
    metadata: Given<&'a RawValue>,
    /// In place of all the old.
    tags: Option<Vec<String>>,
    /// Null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    reference: Given<String>,
    /// Null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    source_id: Given<String>,
    /// Null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    echo_id: Given<String>,
    /// What to say in place of the present body and content.
    #[schema(value_type = Option<TemplateBody>)]
    template: Option<Object<TemplateBody>>,
}

/// What is to be otherwise.
#[derive(Debug)]
pub(crate) struct Change {
    scheduled_for: Option<Timestamp>,
    draft: DraftChange,
}

impl<'a> WireBody<'a> for ChangeBody<'a> {
    type To = ();
    type Command = Change;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<Change> {
        let scheduled_for = check.maybe("/scheduled_for", self.scheduled_for, |time, _| {
            Timestamp::parse(&time)
        });
        let limits = check.limits().clone();
        let text = check.given_anew("/body", self.body, |text| Text::parse(&text, &limits));
        let kind = check.maybe("/type", self.r#type, |word, _| MessageKind::parse(&word));
        let content = new_content(self.content_type, self.content, check);
        let attachments = new_attachments(self.attachments, check);
        let direction =
            check.given_anew("/direction", self.direction, |word| Direction::parse(&word));
        let reply_to = check.given_anew("/reply_to", self.reply_to, |id| MessageId::parse(&id));
        let metadata = check.given("/metadata", self.metadata, |json, limits| {
            Metadata::parse(json.get(), limits)
        });
        let tags = self.tags.map(|names| tags(Some(names), check));
        let reference = check.given_anew("/reference", self.reference, |id| Reference::parse(&id));
        let source_id = check.given_anew("/source_id", self.source_id, |id| Reference::parse(&id));
        let echo_id = check.given_anew("/echo_id", self.echo_id, |id| Reference::parse(&id));
        let template = self.template.map(|wish| wish.0.read("/template", check));
        let draft = DraftChange {
            text: text?.change(),
            kind: kind?,
            content: content?.change(),
            attachments,
            direction: direction?.change(),
            visibility: self.private.map(|private| visibility(Some(private))),
            reply_to: reply_to?.change(),
            metadata: metadata?.map(Option::unwrap_or_default),
            // What was given and is wrong was noted.
            tags: tags.flatten(),
            reference: reference?.change(),
            source_id: source_id?.change(),
            echo_id: echo_id?.change(),
            template: template.flatten(),
        };
        let scheduled_for = scheduled_for?;
        Some(Change {
            scheduled_for,
            draft,
        })
    }
}

/// Changes time or words of a message that waits; one that could not be sent is tried again.
///
/// A time that has passed or comes within a second sends it at once. Changing nothing shows it as it stands.
#[utoipa::path(patch, path = "/v1/scheduled-messages/{message_id}", tag = "scheduled messages",
    request_body = ChangeBody,
    params(("message_id" = String, Path, description = "The scheduled message.")),
    responses((status = 200, body = ScheduledView)))]
pub(crate) async fn change(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id = call.scheduled()?;
    let received = call.receive().await;
    let change = received.and_then(|()| call.command::<ChangeBody<'_>>(()));
    let change = call.unless_scheduled_missing(change, id).await?;
    let seen = call.if_match()?;
    let changed = call
        .write(move |unit, cx| {
            let now = lock_seen(unit, cx, id, &seen)?;
            let cmd = ChangeScheduled {
                message: id,
                scheduled_for: change.scheduled_for,
                draft: change.draft.of(&now.draft),
            };
            change_scheduled(unit, cx, &cmd)
        })
        .await?;
    Ok(render(&changed).into_response())
}

/// Cancels a message that waits for its time.
#[utoipa::path(delete, path = "/v1/scheduled-messages/{message_id}", tag = "scheduled messages",
    params(("message_id" = String, Path, description = "The scheduled message.")),
    responses((status = 204, description = "It is gone and will not be sent.")))]
pub(crate) async fn cancel(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id = call.scheduled()?;
    call.unless_scheduled_missing(call.no_query(), id).await?;
    let seen = call.if_match()?;
    call.write(move |unit, cx| {
        lock_seen(unit, cx, id, &seen)?;
        cancel_scheduled(unit, cx, id)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

impl Call {
    /// The id of a scheduled message in the path.
    fn scheduled(&self) -> Result<MessageId, Problem> {
        let id = self.id("message_id");
        id.map_err(|_: Problem| Refusal::ScheduledNotFound.into())
    }

    /// The problem with a request, unless its scheduled message does not exist: that comes first.
    async fn unless_scheduled_missing<T>(
        &self,
        understood: Result<T, Problem>,
        id: MessageId,
    ) -> Result<T, Problem> {
        self.unless_missing(understood, move |snapshot, cx| {
            find_scheduled(snapshot, cx, id).map(drop)
        })
        .await
    }
}

//! Conversations: create, list, read, change, end, open again, delete.
//!
//! Rules are in the core.

use actix_web::HttpResponse;
use causerie_core::act::{
    CreateConversation, CreatedConversation, FirstMember, change_conversation, create_conversation,
    delete_conversation, find_conversation, list_conversations, turn_conversation,
};
use causerie_core::port::Unit;
use causerie_core::tag::Tags;
use causerie_core::text::{AvatarUrl, Description, DisplayName, Metadata, Title};
use causerie_core::{
    Caller, Context, Conversation, ConversationChange, ConversationId, ConversationKind, Error,
    ParticipantId, Priority, Role, Scope, Status, Timestamp,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::filters::{Asked, ListQuery};
use super::vocabulary;
use super::wire::{Answered, ConversationView, PageView, created, ok, page, tag_of};
use crate::extract::{Call, Check, Given, IfMatch, Object, Query, WireBody};
use crate::problem::Problem;
use crate::reply::Rendered;

fn render(conversation: &Conversation, to: &Caller) -> Rendered {
    ok(&ConversationView::of(conversation, to)).tagged(tag_of(conversation.updated_at))
}

pub(super) fn render_created(outcome: &CreatedConversation, to: &Caller) -> Rendered {
    match outcome {
        CreatedConversation::Existing(old) => render(old, to),
        CreatedConversation::Created(new) => created(&ConversationView::of(new, to))
            .tagged(tag_of(new.updated_at))
            .at(format!("/v1/conversations/{}", new.id)),
    }
}

/// Refuses to go on from another state than the caller has seen. Changing nothing locks the conversation
/// and shows it as it stands.
fn admit_seen(
    unit: &mut dyn Unit,
    cx: &Context,
    id: ConversationId,
    seen: &IfMatch,
) -> Result<(), Error> {
    if seen.is_said() {
        let now = change_conversation(unit, cx, id, &ConversationChange::default())?;
        seen.admit(&tag_of(now.updated_at))?;
    }
    Ok(())
}

/// A new conversation.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewConversation, example = json!({
    "kind": "group", "title": "Order 1234",
    "members": [{"participant_id": "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6", "role": "owner"}]
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateBody<'a> {
    /// `group` (unless given) or `direct`: exactly two members, once for each pair.
    #[schema(value_type = Option<vocabulary::ConversationKind>)]
    kind: Option<String>,
    /// One line of up to 256 characters.
    title: Option<String>,
    /// Up to 2,000 characters.
    description: Option<String>,
    /// Where a picture of it is found; kept as given, never fetched.
    avatar_url: Option<String>,
    /// A JSON object of up to 16 KiB.
    #[serde(borrow)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a RawValue>,
    /// Who is in it from the start.
    #[serde(default)]
    #[schema(value_type = Vec<MemberBody>)]
    members: Vec<Object<MemberBody>>,
}

/// Somebody to be in a conversation.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewMember, example = json!({"participant_id": "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct MemberBody {
    pub(super) participant_id: String,
    /// `owner`, `admin`, `member` (unless given) or `readonly`.
    #[schema(value_type = Option<vocabulary::MemberRole>)]
    pub(super) role: Option<String>,
    /// How they are called here, if not by their own name.
    pub(super) display_name: Option<String>,
}

impl MemberBody {
    /// The member; `place` is the pointer to it.
    pub(super) fn read(self, place: &str, check: &mut Check<'_>) -> Option<FirstMember> {
        let id = ParticipantId::parse(&self.participant_id);
        let participant = check.note(format!("{place}/participant_id"), id);
        let role = self
            .role
            .map_or(Ok(Role::Member), |word| Role::parse(&word));
        let role = check.note(format!("{place}/role"), role);
        let name = self.display_name;
        let name = name.map(|name| DisplayName::parse(&name, check.limits()));
        let display_name = check.note(format!("{place}/display_name"), name.transpose());
        Some(FirstMember {
            participant: participant?,
            role: role?,
            display_name: display_name?,
        })
    }
}

impl<'a> WireBody<'a> for CreateBody<'a> {
    type To = ();
    type Command = CreateConversation;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<CreateConversation> {
        let kind = check.maybe("/kind", self.kind, |word, _| ConversationKind::parse(&word));
        let title = check.maybe("/title", self.title, |text, limits| {
            Title::parse(&text, limits)
        });
        let description = check.maybe("/description", self.description, |text, limits| {
            Description::parse(&text, limits)
        });
        let avatar_url = check.maybe("/avatar_url", self.avatar_url, |url, _| {
            AvatarUrl::parse(&url)
        });
        let metadata = check.maybe("/metadata", self.metadata, |json, limits| {
            Metadata::parse(json.get(), limits)
        });
        let members = self.members.into_iter().enumerate();
        let members: Vec<_> = members
            .map(|(index, member)| member.0.read(&format!("/members/{index}"), check))
            .collect();
        Some(CreateConversation {
            kind: kind?.unwrap_or(ConversationKind::Group),
            title: title?,
            description: description?,
            metadata: metadata?.unwrap_or_default(),
            avatar_url: avatar_url?,
            members: members.into_iter().collect::<Option<_>>()?,
        })
    }
}

/// Creates a conversation with its first members.
///
/// The direct conversation that a pair has already is shown instead, with status 200.
#[utoipa::path(post, path = "/v1/conversations", tag = "conversations", request_body = CreateBody,
    responses((status = 200, body = ConversationView, description = "The pair has one already."),
        (status = 201, body = ConversationView)))]
pub(crate) async fn create(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    call.no_query()?;
    call.receive().await?;
    let cmd = call.command::<CreateBody<'_>>(())?;
    call.once(move |unit, cx| {
        Ok(render_created(
            &create_conversation(unit, cx, &cmd)?,
            &cx.caller,
        ))
    })
    .await
}

/// Lists conversations, newest activity first.
#[utoipa::path(get, path = "/v1/conversations", tag = "conversations",
    params(ListQuery), responses((status = 200, body = PageView<ConversationView>)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let mut asked: ListQuery = call.query()?;
    let mut query = Query::default();
    let participant = asked.participant_id.take();
    let participant = query.take("participant_id", participant, ParticipantId::parse);
    let asked = asked.read_with(&mut query);
    query.finish()?;
    let found = call
        .read(move |snapshot, cx| {
            let Asked {
                filter,
                cursor,
                limit,
            } = asked;
            list_conversations(snapshot, cx, participant, &filter, cursor, limit)
        })
        .await?;
    Ok(page(&found, |one| ConversationView::of(one, call.caller())))
}

/// Shows a conversation.
#[utoipa::path(get, path = "/v1/conversations/{conversation_id}", tag = "conversations",
    params(("conversation_id" = String, Path, description = "The conversation.")),
    responses((status = 200, body = ConversationView)))]
pub(crate) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let id: ConversationId = call.id("conversation_id")?;
    call.unless_conversation_missing(call.no_query(), id)
        .await?;
    let found = call
        .read(move |snapshot, cx| find_conversation(snapshot, cx, id))
        .await?;
    Ok(render(&found, call.caller()).into_response())
}

/// What changes; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = ConversationChange, example = json!({
    "title": "Order 1234, delivered", "description": null, "labels": ["billing"], "priority": "high"
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBody<'a> {
    /// Null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    title: Given<String>,
    /// Null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    description: Given<String>,
    /// The agent or bot that takes care of it; null for nobody.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    assignee_id: Given<String>,
    /// Up to 10, in place of all the old: 1 to 50 letters, digits, `-`, `_` and spaces; kept in lower case.
    labels: Option<Vec<String>>,
    /// `low`, `medium`, `high` or `urgent`; null for none.
    #[serde(default)]
    #[schema(value_type = Option<vocabulary::ConversationPriority>)]
    priority: Given<String>,
    /// Where a picture of it is found; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    avatar_url: Given<String>,
    /// In place of all the old; null for none.
    #[serde(borrow, default)]
    #[schema(value_type = Option<Object>)]
    metadata: Given<&'a RawValue>,
}

impl<'a> WireBody<'a> for ChangeBody<'a> {
    type To = ();
    type Command = ConversationChange;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<ConversationChange> {
        let title = check.given("/title", self.title, |text, limits| {
            Title::parse(&text, limits)
        });
        let description = check.given("/description", self.description, |text, limits| {
            Description::parse(&text, limits)
        });
        let assignee = check.given("/assignee_id", self.assignee_id, |id, _| {
            ParticipantId::parse(&id)
        });
        let labels = self.labels.map(|names| labels(&names, check));
        let priority = check.given("/priority", self.priority, |word, _| Priority::parse(&word));
        let avatar_url = check.given("/avatar_url", self.avatar_url, |url, _| {
            AvatarUrl::parse(&url)
        });
        let metadata = check.given("/metadata", self.metadata, |json, limits| {
            Metadata::parse(json.get(), limits)
        });
        Some(ConversationChange {
            title: title?,
            description: description?,
            assignee: assignee?,
            labels: match labels {
                None => None,
                Some(labels) => Some(labels?),
            },
            priority: priority?,
            avatar_url: avatar_url?,
            metadata: metadata?.map(Option::unwrap_or_default),
        })
    }
}

/// Labels are tags of conversations.
fn labels(names: &[String], check: &mut Check<'_>) -> Option<Tags> {
    let labels = Tags::parse(names.iter().map(String::as_str)).map_err(|mut wrong| {
        wrong.field = wrong.field.replacen("tags", "labels", 1).into();
        vec![wrong]
    });
    check.all(labels)
}

/// Changes title, description, assignee, labels, priority, picture or metadata.
#[utoipa::path(patch, path = "/v1/conversations/{conversation_id}", tag = "conversations", request_body = ChangeBody,
    params(("conversation_id" = String, Path, description = "The conversation.")),
    responses((status = 200, body = ConversationView)))]
pub(crate) async fn change(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id: ConversationId = call.id("conversation_id")?;
    let received = call.receive().await;
    let change = received.and_then(|()| call.command::<ChangeBody<'_>>(()));
    let change = call.unless_conversation_missing(change, id).await?;
    let seen = call.if_match()?;
    let changed = call
        .write(move |unit, cx| {
            admit_seen(unit, cx, id, &seen)?;
            change_conversation(unit, cx, id, &change)
        })
        .await?;
    Ok(render(&changed, call.caller()).into_response())
}

/// Deletes a conversation with its members and messages.
#[utoipa::path(delete, path = "/v1/conversations/{conversation_id}", tag = "conversations",
    params(("conversation_id" = String, Path, description = "The conversation.")),
    responses((status = 204, description = "It is gone.")))]
pub(crate) async fn delete(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id: ConversationId = call.id("conversation_id")?;
    call.unless_conversation_missing(call.no_query(), id)
        .await?;
    let seen = call.if_match()?;
    call.write(move |unit, cx| {
        admit_seen(unit, cx, id, &seen)?;
        delete_conversation(unit, cx, id)
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Puts a conversation away: nobody sends.
///
/// Archiving again changes nothing.
#[utoipa::path(post, path = "/v1/conversations/{conversation_id}/archive", tag = "conversations",
    params(("conversation_id" = String, Path, description = "The conversation.")),
    responses((status = 200, body = ConversationView)))]
pub(crate) async fn archive(call: Call) -> Answered {
    turn(call, Status::Archived).await
}

/// Finishes a conversation: nobody sends.
///
/// Closing again changes nothing.
#[utoipa::path(post, path = "/v1/conversations/{conversation_id}/close", tag = "conversations",
    params(("conversation_id" = String, Path, description = "The conversation.")),
    responses((status = 200, body = ConversationView)))]
pub(crate) async fn close(call: Call) -> Answered {
    turn(call, Status::Closed).await
}

/// Opens a conversation again, whatever it is.
#[utoipa::path(post, path = "/v1/conversations/{conversation_id}/reopen", tag = "conversations",
    params(("conversation_id" = String, Path, description = "The conversation.")),
    responses((status = 200, body = ConversationView)))]
pub(crate) async fn reopen(call: Call) -> Answered {
    turn(call, Status::Open).await
}

/// Says that a conversation waits for somebody who takes care of it.
///
/// Members may send.
#[utoipa::path(post, path = "/v1/conversations/{conversation_id}/pending", tag = "conversations",
    params(("conversation_id" = String, Path, description = "The conversation.")),
    responses((status = 200, body = ConversationView)))]
pub(crate) async fn pending(call: Call) -> Answered {
    turn(call, Status::Pending).await
}

async fn turn(mut call: Call, to: Status) -> Answered {
    let id = call.may_turn()?;
    let received = call.receive_nothing().await;
    call.unless_conversation_missing(received, id).await?;
    call.turn(id, to, None).await
}

/// Until when to put a conversation off.
#[derive(Deserialize, ToSchema)]
#[schema(as = Snooze, example = json!({"until": "2026-12-24T08:00:00Z"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct SnoozeBody {
    /// A time ahead (RFC 3339, UTC, with `Z`); without it until a contact writes.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<String>,
}

impl WireBody<'_> for SnoozeBody {
    type To = ();
    type Command = Option<Timestamp>;
    const MAY_BE_EMPTY: bool = true;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<Option<Timestamp>> {
        check.maybe("/until", self.until, |time, _| Timestamp::parse(&time))
    }
}

/// Puts a conversation off until a time, or until a contact writes.
///
/// Members may send. It opens again within a minute after the time.
#[utoipa::path(post, path = "/v1/conversations/{conversation_id}/snooze", tag = "conversations",
    request_body = SnoozeBody,
    params(("conversation_id" = String, Path, description = "The conversation.")),
    responses((status = 200, body = ConversationView)))]
pub(crate) async fn snooze(mut call: Call) -> Answered {
    let id = call.may_turn()?;
    let received = call.receive().await;
    let until = received.and_then(|()| call.command::<SnoozeBody>(()));
    let until = until.and_then(|until| call.no_query().map(|()| until));
    let until = call.unless_conversation_missing(until, id).await?;
    call.turn(id, Status::Snoozed, until).await
}

impl Call {
    /// The conversation in the path, if the caller may turn conversations at all.
    fn may_turn(&self) -> Result<ConversationId, Problem> {
        self.require(Scope::MessagingWrite)?;
        self.id("conversation_id")
    }

    async fn turn(&self, id: ConversationId, to: Status, until: Option<Timestamp>) -> Answered {
        self.once(move |unit, cx| {
            let turned = turn_conversation(unit, cx, id, to, until)?;
            Ok(render(&turned, &cx.caller))
        })
        .await
    }
}

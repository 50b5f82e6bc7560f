//! Conversations: create, list, read, change, end, open again, delete.
//!
//! Rules are in the core.

use actix_web::HttpResponse;
use causerie_core::act::{
    CreateConversation, CreatedConversation, FirstMember, change_conversation, create_conversation,
    delete_conversation, find_conversation, list_conversations, turn_conversation,
};
use causerie_core::page::{Activity, Limit};
use causerie_core::port::{ConversationFilter, Unit};
use causerie_core::text::{Description, DisplayName, Metadata, Title};
use causerie_core::{
    Caller, Context, Conversation, ConversationChange, ConversationId, ConversationKind, Error,
    ParticipantId, Role, Scope, Status,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::vocabulary;
use super::wire::{Answered, ConversationView, PageView, created, ok, page, tag_of};
use crate::extract::{Call, Check, Given, IfMatch, Object, Query, WireBody};
use crate::problem::Problem;
use crate::reply::Rendered;

fn render(conversation: &Conversation, to: &Caller) -> Rendered {
    ok(&ConversationView::of(conversation, to)).tagged(tag_of(conversation.updated_at))
}

fn render_created(outcome: &CreatedConversation, to: &Caller) -> Rendered {
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
            avatar_url: None,
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

/// Which conversations to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConversationFilterQuery {
    /// Only this kind: `direct` or `group`.
    #[param(inline, value_type = Option<vocabulary::ConversationKind>)]
    kind: Option<String>,
    /// Only those with this status: `open`, `archived` or `closed`.
    #[param(inline, value_type = Option<vocabulary::ConversationStatus>)]
    status: Option<String>,
    /// How many, at most: 1 to 100, 50 unless given.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// The `next_cursor` of an earlier page.
    cursor: Option<String>,
}

/// What a list of conversations was asked for.
pub(crate) struct Asked {
    pub(crate) filter: ConversationFilter,
    pub(crate) cursor: Option<Activity>,
    pub(crate) limit: Limit,
}

impl ConversationFilterQuery {
    pub(crate) fn read(self) -> Result<Asked, Problem> {
        let mut query = Query::default();
        let asked = self.read_with(&mut query);
        query.finish().map(|()| asked)
    }

    fn read_with(self, query: &mut Query) -> Asked {
        Asked {
            filter: ConversationFilter {
                kind: query.take("kind", self.kind, ConversationKind::parse),
                status: query.take("status", self.status, Status::parse),
                ..ConversationFilter::default()
            },
            cursor: query.cursor(self.cursor),
            limit: query.limit(self.limit),
        }
    }
}

/// Which conversations to list, and whose.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Only those of this participant.
    participant_id: Option<String>,
    /// Only this kind: `direct` or `group`.
    #[param(inline, value_type = Option<vocabulary::ConversationKind>)]
    kind: Option<String>,
    /// Only those with this status: `open`, `archived` or `closed`.
    #[param(inline, value_type = Option<vocabulary::ConversationStatus>)]
    status: Option<String>,
    /// How many, at most: 1 to 100, 50 unless given.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// The `next_cursor` of an earlier page.
    cursor: Option<String>,
}

/// Lists conversations, newest activity first.
#[utoipa::path(get, path = "/v1/conversations", tag = "conversations",
    params(ListQuery), responses((status = 200, body = PageView<ConversationView>)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let asked: ListQuery = call.query()?;
    let mut query = Query::default();
    let participant = query.take("participant_id", asked.participant_id, ParticipantId::parse);
    let filter = ConversationFilterQuery {
        kind: asked.kind,
        status: asked.status,
        limit: asked.limit,
        cursor: asked.cursor,
    };
    let asked = filter.read_with(&mut query);
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
#[schema(as = ConversationChange, example = json!({"title": "Order 1234, delivered", "description": null}))]
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
        let metadata = check.given("/metadata", self.metadata, |json, limits| {
            Metadata::parse(json.get(), limits)
        });
        Some(ConversationChange {
            title: title?,
            description: description?,
            metadata: metadata?.map(Option::unwrap_or_default),
            ..ConversationChange::default()
        })
    }
}

/// Changes title, description or metadata.
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

/// Opens an archived or closed conversation again.
#[utoipa::path(post, path = "/v1/conversations/{conversation_id}/reopen", tag = "conversations",
    params(("conversation_id" = String, Path, description = "The conversation.")),
    responses((status = 200, body = ConversationView)))]
pub(crate) async fn reopen(call: Call) -> Answered {
    turn(call, Status::Open).await
}

async fn turn(mut call: Call, to: Status) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id: ConversationId = call.id("conversation_id")?;
    let received = call.receive_nothing().await;
    call.unless_conversation_missing(received, id).await?;
    call.once(move |unit, cx| {
        Ok(render(
            &turn_conversation(unit, cx, id, to, None)?,
            &cx.caller,
        ))
    })
    .await
}

//! Members: add, list, show, change, remove; how far messages have reached them and how far they have read.
//!
//! Rules are in the core.

use actix_web::HttpResponse;
use causerie_core::act::{
    AddMember, MemberNow, add_member, change_member, find_member, list_members, mark, remove_member,
};
use causerie_core::receipt::ReceiptKind;
use causerie_core::text::DisplayName;
use causerie_core::{
    Conversation, ConversationId, Invalid, MemberChange, Mute, ParticipantId, Role, Scope, Seq,
};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::conversations::MemberBody;
use super::vocabulary;
use super::wire::{Answered, MemberView, PageView, created, ok, page};
use crate::Problem;
use crate::extract::{Call, Check, Given, Query, WireBody};
use crate::reply::Rendered;

fn render((conversation, now): &(Conversation, MemberNow)) -> Rendered {
    ok(&MemberView::now(now, conversation))
}

fn render_added((conversation, now): &(Conversation, MemberNow)) -> Rendered {
    created(&MemberView::now(now, conversation)).at(format!(
        "/v1/conversations/{}/members/{}",
        now.member.conversation, now.member.participant
    ))
}

impl WireBody<'_> for MemberBody {
    type To = ConversationId;
    type Command = AddMember;

    fn into_command(self, to: ConversationId, check: &mut Check<'_>) -> Option<AddMember> {
        let member = self.read("", check)?;
        Some(AddMember {
            conversation: to,
            participant: member.participant,
            role: member.role,
            display_name: member.display_name,
        })
    }
}

/// Adds a participant to a conversation; who left may come back.
#[utoipa::path(post, path = "/v1/conversations/{conversation_id}/members", tag = "members", request_body = MemberBody,
    params(("conversation_id" = String, Path, description = "The conversation.")),
    responses((status = 201, body = MemberView)))]
pub(crate) async fn add(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let to: ConversationId = call.id("conversation_id")?;
    let received = call.receive().await;
    let cmd = received.and_then(|()| call.command::<MemberBody>(to));
    let cmd = call.unless_conversation_missing(cmd, to).await?;
    call.once(move |unit, cx| Ok(render_added(&add_member(unit, cx, &cmd)?)))
        .await
}

/// Which members to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// How many, at most: 1 to 100, 50 unless given.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// The `next_cursor` of an earlier page.
    cursor: Option<String>,
}

/// Lists the present members in the order of their participants' ids.
#[utoipa::path(get, path = "/v1/conversations/{conversation_id}/members", tag = "members",
    params(("conversation_id" = String, Path, description = "The conversation."), ListQuery),
    responses((status = 200, body = PageView<MemberView>)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let of: ConversationId = call.id("conversation_id")?;
    let asked = call.query().and_then(|asked: ListQuery| {
        let mut query = Query::default();
        let (cursor, limit) = (query.cursor(asked.cursor), query.limit(asked.limit));
        query.finish().map(|()| (cursor, limit))
    });
    let (cursor, limit) = call.unless_conversation_missing(asked, of).await?;
    let (conversation, found) = call
        .read(move |snapshot, cx| list_members(snapshot, cx, of, cursor, limit))
        .await?;
    Ok(page(&found, |now| MemberView::now(now, &conversation)))
}

/// Shows a present member.
#[utoipa::path(get, path = "/v1/conversations/{conversation_id}/members/{participant_id}", tag = "members",
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("participant_id" = String, Path, description = "The member.")),
    responses((status = 200, body = MemberView)))]
pub(crate) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let (of, id) = call.member()?;
    call.unless_member_missing(call.no_query(), of, id).await?;
    let found = call
        .read(move |snapshot, cx| find_member(snapshot, cx, of, id))
        .await?;
    Ok(render(&found).into_response())
}

/// What changes; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = MemberChange, example = json!({"role": "admin", "muted": true}))]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBody {
    /// `owner`, `admin`, `member` or `readonly`.
    #[schema(value_type = Option<vocabulary::MemberRole>)]
    role: Option<String>,
    /// How they are called here; null for their own name.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    display_name: Given<String>,
    /// Whether they want no notifications.
    muted: Option<bool>,
}

impl WireBody<'_> for ChangeBody {
    type To = ();
    type Command = MemberChange;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<MemberChange> {
        let role = check.maybe("/role", self.role, |word, _| Role::parse(&word));
        let display_name = check.given("/display_name", self.display_name, |name, limits| {
            DisplayName::parse(&name, limits)
        });
        Some(MemberChange {
            role: role?,
            display_name: display_name?,
            mute: self
                .muted
                .map(|muted| if muted { Mute::Muted } else { Mute::Unmuted }),
            pin: None,
            stow: None,
        })
    }
}

/// Changes a member's role, name or mute.
#[utoipa::path(patch, path = "/v1/conversations/{conversation_id}/members/{participant_id}",
    tag = "members", request_body = ChangeBody,
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("participant_id" = String, Path, description = "The member.")),
    responses((status = 200, body = MemberView)))]
pub(crate) async fn change(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (of, id) = call.member()?;
    let received = call.receive().await;
    let change = received.and_then(|()| call.command::<ChangeBody>(()));
    let change = call.unless_member_missing(change, of, id).await?;
    let changed = call
        .write(move |unit, cx| change_member(unit, cx, of, id, &change))
        .await?;
    Ok(render(&changed).into_response())
}

/// Removes a member; what they said stays.
#[utoipa::path(delete, path = "/v1/conversations/{conversation_id}/members/{participant_id}",
    tag = "members",
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("participant_id" = String, Path, description = "The member.")),
    responses((status = 204, description = "They are no member any more.")))]
pub(crate) async fn remove(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (of, id) = call.member()?;
    call.unless_member_missing(call.no_query(), of, id).await?;
    call.write(move |unit, cx| remove_member(unit, cx, of, id))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// How far a member has come.
#[derive(Deserialize, ToSchema)]
#[schema(as = Watermark, example = json!({"seq": 17}))]
#[serde(deny_unknown_fields)]
pub(crate) struct MarkBody {
    /// Everything up to this `seq`.
    seq: u64,
}

impl WireBody<'_> for MarkBody {
    type To = ();
    type Command = Seq;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<Seq> {
        let seq = Seq::new(self.seq);
        let fits = if seq.get() == self.seq {
            Ok(seq)
        } else {
            Err(Invalid::new("expected the seq of a message"))
        };
        check.note("/seq", fits)
    }
}

/// Says that a member has read everything up to `seq`; the mark moves forward only.
///
/// What was read was delivered.
#[utoipa::path(put, path = "/v1/conversations/{conversation_id}/members/{participant_id}/read",
    tag = "members", request_body = MarkBody,
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("participant_id" = String, Path, description = "The member.")),
    responses((status = 200, body = MemberView)))]
pub(crate) async fn read(call: Call) -> Answered {
    marked(call, ReceiptKind::Read).await
}

/// Says that everything up to `seq` has reached a member; the mark moves forward only.
#[utoipa::path(put, path = "/v1/conversations/{conversation_id}/members/{participant_id}/delivered",
    tag = "members", request_body = MarkBody,
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("participant_id" = String, Path, description = "The member.")),
    responses((status = 200, body = MemberView)))]
pub(crate) async fn delivered(call: Call) -> Answered {
    marked(call, ReceiptKind::Delivered).await
}

async fn marked(mut call: Call, kind: ReceiptKind) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (of, id) = call.member()?;
    let received = call.receive().await;
    let seq = received.and_then(|()| call.command::<MarkBody>(()));
    let seq = call.unless_member_missing(seq, of, id).await?;
    let marked = call
        .write(move |unit, cx| mark(unit, cx, of, id, kind, seq))
        .await?;
    Ok(render(&marked).into_response())
}

impl Call {
    /// The ids of a member in the path.
    fn member(&self) -> Result<(ConversationId, ParticipantId), Problem> {
        let conversation = self.id("conversation_id")?;
        let member = self.id("participant_id");
        // As a participant of the path is meant as a member, so is one that cannot be.
        let member = member.map_err(|_: Problem| causerie_core::Refusal::MemberNotFound)?;
        Ok((conversation, member))
    }

    /// The problem with a request, unless its member does not exist: that comes first.
    async fn unless_member_missing<T>(
        &self,
        understood: Result<T, Problem>,
        of: ConversationId,
        id: ParticipantId,
    ) -> Result<T, Problem> {
        self.unless_missing(understood, move |snapshot, cx| {
            find_member(snapshot, cx, of, id).map(drop)
        })
        .await
    }
}

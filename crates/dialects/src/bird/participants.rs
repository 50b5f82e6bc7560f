//! Who takes part in a conversation: listed, added, removed.
//!
//! Who may take part is decided by the core.

use causerie_core::act::{
    AddMember, add_member, find_member, find_memberships, find_participant, find_participants,
    list_members, remove_member,
};
use causerie_core::page::Page;
use causerie_core::port::Unit;
use causerie_core::{Context, ConversationId, Error, ParticipantId, Refusal, Role, Scope};
use causerie_http::extract::Call;
use causerie_http::{Answered, HttpResponse, Problem, Rendered, StatusCode};

use super::conversations::conversation_id;
use super::id::{enter, in_path, of_answer};
use super::member::{MemberView, Named};
use super::page::{Asked, walk};
use super::wire::ResultsView;

/// How many participants a page has unless it is said.
const PAGE: u64 = 10;
/// How many participants a page may have.
const PAGE_MAX: u64 = 100;
/// How long a participant usually is when it is written.
const MEMBER_BYTES: usize = 256;

/// Lists who takes part in a conversation.
pub(super) async fn list(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let of = conversation_id(&call)?;
    let asked = call.parameters().and_then(|query| {
        let asked = Asked::read(&query, PAGE, PAGE_MAX);
        asked.refuse_reversed(&query);
        query.finish()?;
        Ok(asked)
    });
    let asked = call.unless_conversation_missing(asked, of).await?;
    let rendered = call
        .read(move |snapshot, cx| {
            let found = walk(&asked, |cursor, limit| {
                let (_, page) = list_members(snapshot, cx, of, cursor, limit)?;
                let ids = page.items.iter().map(|one| one.member.participant);
                Ok(Page {
                    items: ids.collect(),
                    next: page.next,
                })
            })?;
            let people = find_participants(snapshot, cx, &found.items)?;
            let views = found.items.iter().filter_map(|id| people.get(id));
            let results = ResultsView::of(views.map(MemberView::of).collect(), found.next_token());
            let size_bytes = MEMBER_BYTES * (found.items.len() + 1);
            Ok(Rendered::json(StatusCode::OK, &results, size_bytes))
        })
        .await?;
    Ok(rendered.into_response())
}

/// Lets somebody take part in a conversation; who does so already is shown.
pub(super) async fn create(mut call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let of = conversation_id(&call)?;
    let named = call.members().await.and_then(|members| {
        let named = Named::read(&members);
        members.finish_with(named)
    });
    let named = call.unless_conversation_missing(named, of).await?;
    call.once(move |unit, cx| join(unit, cx, of, &named)).await
}

fn join(
    unit: &mut dyn Unit,
    cx: &Context,
    of: ConversationId,
    named: &Named,
) -> Result<Rendered, Error> {
    let participant = named.resolve(unit, cx)?;
    let known = find_memberships(unit, &of_answer(cx), &[(of, participant)])?;
    let status = if known.is_empty() {
        let join = AddMember {
            conversation: of,
            participant,
            role: Role::Member,
            display_name: None,
        };
        add_member(unit, cx, &join)?;
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let one = find_participant(unit, &of_answer(cx), participant)?;
    Ok(Rendered::json(status, &MemberView::of(&one), MEMBER_BYTES))
}

/// The participant that stands in the path.
fn participant_id(call: &Call) -> Result<ParticipantId, Problem> {
    let id = in_path(call, "participantId", Refusal::MemberNotFound)?;
    Ok(ParticipantId::from_bytes(id))
}

/// Shows who takes part in a conversation.
pub(super) async fn show(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let of = conversation_id(&call)?;
    let id = participant_id(&call)?;
    let one = call
        .read(move |snapshot, cx| {
            find_member(snapshot, cx, of, id)?;
            find_participant(snapshot, cx, id)
        })
        .await?;
    let rendered = Rendered::json(StatusCode::OK, &MemberView::of(&one), MEMBER_BYTES);
    Ok(rendered.into_response())
}

/// Ends that somebody takes part in a conversation.
pub(super) async fn delete(call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let of = conversation_id(&call)?;
    let id = participant_id(&call)?;
    call.write(move |unit, cx| remove_member(unit, cx, of, id).map(drop))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

//! Who is in a group: listed, added, made administrators, removed; a service message tells of it.
//!
//! Who may do what is decided by the core.

use actix_web::http::StatusCode;
use causerie_core::act::{
    AddMember, SendMessage, add_member, change_member, find_conversation, find_memberships,
    find_participants, find_positions, list_members, remove_member, send_message,
};
use causerie_core::port::Unit;
use causerie_core::text::Text;
use causerie_core::{
    Conversation, Draft, Error, Invalid, MemberChange, MessageKind, ParticipantId, Refusal, Role,
    Scope,
};
use causerie_http::extract::Call;
use causerie_http::members::{integer, text};
use causerie_http::{Answered, Members, Problem, Rendered};
use serde_json::json;

use super::conversations::{done, find, of};
use super::facts::{Beside, Facts};
use super::kept::Kept;
use super::paging::Asked;
use super::person::{ADMIN, NORMAL, participant_type};
use super::you::{You, foreign, path_number, read};

/// How many participants a page has unless it is said.
const USUAL: u64 = 100;
/// How many may be added at once.
const ADDED_MAX: usize = 100;
/// About how long a participant is on the wire.
const PERSON_BYTES: usize = 512;

/// Lists the participants of a conversation.
pub(super) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let of = of(&call)?;
    let asked = call.parameters().and_then(|query| {
        let asked = Asked::<ParticipantId>::read(&query, USUAL);
        query.finish_with(Some(asked))
    });
    let wanted = asked.as_ref().ok().copied();
    let found = read(&call, move |snapshot, you| {
        let id = you.conversation(snapshot, of)?.id;
        foreign(find_conversation(snapshot, &you.cx, id))?;
        let Some(asked) = wanted else { return Ok(None) };
        let page = asked.walk(|at, limit| {
            let (_, page) = list_members(snapshot, &you.cx, id, at, limit)?;
            Ok(page)
        })?;
        let members: Vec<_> = page.items.into_iter().map(|one| one.member).collect();
        let ids: Vec<ParticipantId> = members.iter().map(|one| one.participant).collect();
        let beside = Beside {
            members,
            ..Beside::default()
        };
        let facts = Facts::load(snapshot, you, &[], beside)?;
        Ok(Some((id, ids, page.next, facts)))
    });
    let found = found.await?;
    let asked = asked?;
    let (id, ids, next, facts) = found.ok_or(Refusal::ConversationNotFound)?;
    let people = ids.iter().filter_map(|one| facts.participant(id, *one));
    let view = asked.view(&call, &[], people.collect(), next);
    let size_bytes = PERSON_BYTES * (view.data.len() + 1);
    Ok(Rendered::json(StatusCode::OK, &view, size_bytes).into_response())
}

/// Adds users to a group; those who are in it already stay.
pub(super) async fn add(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let of = of(&call)?;
    let received = call.members().await.and_then(|members| {
        let numbers = numbers(&members);
        members.finish_with(numbers)
    });
    let numbers = known(&call, of, received).await?;
    done(&call, of, move |unit, you, of| {
        let mut added = Vec::new();
        for participant in you.users(unit, &numbers, "participants")? {
            let cmd = AddMember {
                conversation: of.id,
                participant,
                role: Role::Member,
                display_name: None,
            };
            match add_member(unit, &you.cx, &cmd) {
                Ok(_) => added.push(participant),
                Err(Error::Refusal(Refusal::AlreadyMember)) => {}
                Err(error) => return Err(error),
            }
        }
        if added.is_empty() {
            return Ok(());
        }
        tell(unit, you, of, &Change::Added(added))
    })
    .await
}

fn numbers(members: &Members) -> Option<Vec<u64>> {
    let texts = members.need("participants", causerie_http::members::texts)?;
    let parsed = texts.iter().map(|text| text.parse::<u64>());
    let numbers = parsed.collect::<Result<Vec<u64>, _>>().ok();
    let fits = numbers.filter(|all| (1..=ADDED_MAX).contains(&all.len()));
    let expected = Invalid::new("expected the numbers of 1 to 100 users");
    members.note("participants", fits.ok_or(expected))
}

/// What was understood of a request, or the problem with it; that there is no such conversation comes first.
async fn known<T>(call: &Call, of: u64, understood: Result<T, Problem>) -> Result<T, Problem> {
    if understood.is_err() {
        read(call, move |snapshot, you| find(snapshot, you, of)).await?;
    }
    understood
}

/// The user in the path.
fn user(call: &Call) -> Result<u64, Problem> {
    path_number(call, "user", Refusal::ParticipantNotFound)
}

/// Makes a participant an administrator, or one no more.
pub(super) async fn change(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (of, user) = (of(&call)?, user(&call)?);
    let received = call.members().await.and_then(|members| {
        let asked = members.need("type", |raw| {
            let word = text(raw).unwrap_or_default();
            match (word.as_str(), integer(raw)) {
                (ADMIN, _) | (_, Ok(2)) => Ok(ADMIN),
                (NORMAL, _) | (_, Ok(1)) => Ok(NORMAL),
                _ => Err(Invalid::new("expected 1 or normal, 2 or admin")),
            }
        });
        members.finish_with(asked)
    });
    let asked = known(&call, of, received).await?;
    done(&call, of, move |unit, you, of| {
        find_conversation(unit, &you.cx, of.id)?;
        let participant = you.participant(unit, user)?;
        let place = (of.id, participant);
        let member = find_memberships(unit, &you.looking(), &[place])?.remove(&place);
        // Owners are administrators already.
        if member.is_some() && participant_type(member.as_ref()) == asked {
            return Ok(());
        }
        let role = if asked == ADMIN {
            Role::Admin
        } else {
            Role::Member
        };
        let change = MemberChange {
            role: Some(role),
            ..MemberChange::default()
        };
        change_member(unit, &you.cx, of.id, participant, &change).map(drop)
    })
    .await
}

/// Removes a participant from a group, or lets the caller leave it.
pub(super) async fn remove(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (of, user) = (of(&call)?, user(&call)?);
    done(&call, of, move |unit, you, of| {
        find_conversation(unit, &you.cx, of.id)?;
        let gone = you.participant(unit, user)?;
        if gone == you.me.id {
            // Whoever has left says nothing any more.
            tell(unit, you, of, &Change::Left)?;
            return remove_member(unit, &you.cx, of.id, gone).map(drop);
        }
        remove_member(unit, &you.cx, of.id, gone)?;
        tell(unit, you, of, &Change::Removed(gone))
    })
    .await
}

/// What a service message tells.
enum Change {
    Added(Vec<ParticipantId>),
    Removed(ParticipantId),
    Left,
}

/// Says in the conversation what became of its participants. Where nothing can be said, nothing is.
fn tell(unit: &mut dyn Unit, you: &You, of: &Conversation, change: &Change) -> Result<(), Error> {
    let me = [you.me.id];
    let (event, whom) = match change {
        Change::Added(all) => ("participants_added", all.as_slice()),
        Change::Removed(one) => ("participant_removed", std::slice::from_ref(one)),
        Change::Left => ("participant_left", &me[..]),
    };
    let cx = you.looking();
    let people = find_participants(unit, &cx, whom)?;
    let positions: Vec<_> = whom.iter().map(|id| id.to_bytes()).collect();
    let positions = find_positions(unit, &cx, &positions)?;
    let names = whom.iter().filter_map(|id| people.get(id));
    let names: Vec<&str> = names.map(|one| one.display_name.as_str()).collect();
    let participants = whom.iter().filter_map(|id| {
        let number = positions.get(&id.to_bytes())?.get();
        Some(json!({ "id": number, "name": people.get(id)?.display_name.as_str() }))
    });
    let participants: Vec<_> = participants.collect();
    let own = you.me.display_name.as_str();
    let others = names.join(", ");
    let words = match change {
        Change::Added(_) => format!("{own} added {others}."),
        Change::Removed(_) => format!("{own} removed {others}."),
        Change::Left => format!("{own} left."),
    };
    let limits = you.cx.limits();
    let words: String = words.chars().take(limits.text_chars_max).collect();
    let kept = Kept::telling(json!({ "event": event, "participants": participants }));
    let cmd = SendMessage {
        conversation: of.id,
        sender: Some(you.me.id),
        draft: Draft {
            kind: MessageKind::System,
            extra: kept.to_extra().ok(),
            ..Draft::text(Text::parse(&words, limits).map_err(|wrong| wrong.at("message"))?)
        },
        once: None,
    };
    match send_message(unit, &you.cx.another(b"notice"), &cmd) {
        Ok(_) | Err(Error::Refusal(_)) => Ok(()),
        Err(fault) => Err(fault),
    }
}

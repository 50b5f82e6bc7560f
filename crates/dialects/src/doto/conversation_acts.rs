//! What is done in one conversation: its state, its priority, its labels, who takes care of it and who watches it.
//!
//! Each is one unit; what is not modelled is acknowledged only where the answer is empty.

use causerie_core::act::{
    change_conversation, change_member, find_conversation, mark, remove_member, turn_conversation,
};
use causerie_core::port::Unit;
use causerie_core::receipt::ReceiptKind;
use causerie_core::tag::Tags;
use causerie_core::text::Metadata;
use causerie_core::{
    Context, Conversation, ConversationChange, ConversationId, Error, Invalid, MemberChange, Mute,
    ParticipantId, ParticipantKind, Scope, Status, Timestamp,
};
use causerie_http::extract::{Call, Given};
use causerie_http::members::{list as raw_list, text, texts, unix_time};
use causerie_http::{Answered, Members, Raw};
use serde::Serialize;

use super::around::Wanted;
use super::conversation_list::STATES;
use super::conversation_view::{show, status_word};
use super::conversations::{find_assignee, named, priority};
use super::entry::{self, admit, done, ok, talk};
use super::json::{self, Object};
use super::people::AgentView;
use super::sends::join;
use super::talk::People;
use super::wire::seconds;

/// How many agents one request may name.
const AGENTS_MAX: usize = 20;

#[derive(Serialize)]
struct StateView {
    success: bool,
    conversation_id: u64,
    current_status: &'static str,
    snoozed_until: Option<i64>,
}

#[derive(Serialize)]
struct AcknowledgedView {
    meta: Object,
    payload: StateView,
}

/// Turns a conversation to a state, or between open and resolved.
pub(super) async fn toggle_status(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members().await;
    let talk = talk(&call).await?;
    let members = received?;
    let to = members.word("status", &STATES);
    let until = members.maybe("snoozed_until", unix_time);
    members.finish()?;
    let to = to.and_then(|states| states.first().copied());
    let now = call
        .write(move |unit, cx| turn(unit, cx, talk.id, to, until))
        .await?;
    let payload = StateView {
        success: true,
        conversation_id: now.number,
        current_status: status_word(now.status),
        snoozed_until: now.snoozed_until.map(seconds),
    };
    Ok(ok(&AcknowledgedView {
        meta: Object::new(),
        payload,
    }))
}

fn turn(
    unit: &mut dyn Unit,
    cx: &Context,
    id: ConversationId,
    to: Option<Status>,
    until: Option<Timestamp>,
) -> Result<Conversation, Error> {
    let now = find_conversation(unit, cx, id)?;
    let resolved = status_word(Status::Closed);
    let flipped = if status_word(now.status) == resolved {
        Status::Open
    } else {
        Status::Closed
    };
    let to = to.unwrap_or(flipped);
    if status_word(to) == resolved && status_word(now.status) == resolved {
        return Ok(now);
    }
    if now.status == Status::Archived && to != Status::Open {
        turn_conversation(unit, cx, id, Status::Open, None)?;
    }
    let until = until.filter(|_| to == Status::Snoozed);
    turn_conversation(unit, cx, id, to, until)
}

/// Sets the priority of a conversation.
pub(super) async fn toggle_priority(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members().await;
    let talk = talk(&call).await?;
    let mut change = priority(&received?)?;
    // Nothing said is none.
    change.priority = change.priority.or(Some(None));
    call.write(move |unit, cx| change_conversation(unit, cx, talk.id, &change).map(drop))
        .await?;
    Ok(done())
}

/// Takes note of somebody who types, and forgets it.
pub(super) async fn toggle_typing(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members().await;
    let talk = talk(&call).await?;
    call.read(move |snapshot, cx| find_conversation(snapshot, cx, talk.id).map(drop))
        .await?;
    let members = received?;
    members.need("typing_status", |raw| match text(raw)?.as_str() {
        "on" | "off" => Ok(()),
        _ => Err(Invalid::new("expected one of: on, off")),
    });
    members.finish()?;
    Ok(done())
}

/// Says that the agent has read everything.
pub(super) async fn update_last_seen(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members().await;
    let talk = talk(&call).await?;
    received?;
    let voice = entry::voice(&call).await?.id();
    call.write(move |unit, cx| {
        join(unit, cx, talk.id, voice)?;
        let newest = find_conversation(unit, cx, talk.id)?.last_seq;
        mark(unit, cx, talk.id, voice, ReceiptKind::Read, newest).map(drop)
    })
    .await?;
    show(&call, talk.id).await
}

/// Wants to hear no more of a conversation.
pub(super) async fn mute(call: Call) -> Answered {
    set_mute(call, Mute::Muted).await
}

/// Wants to hear of a conversation again.
pub(super) async fn unmute(call: Call) -> Answered {
    set_mute(call, Mute::Unmuted).await
}

async fn set_mute(mut call: Call, mute: Mute) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members().await;
    let talk = talk(&call).await?;
    received?;
    let voice = entry::voice(&call).await?.id();
    let change = MemberChange {
        mute: Some(mute),
        ..MemberChange::default()
    };
    call.write(move |unit, cx| {
        join(unit, cx, talk.id, voice)?;
        change_member(unit, cx, talk.id, voice, &change).map(drop)
    })
    .await?;
    Ok(done())
}

#[derive(Serialize)]
struct AttributesView<'a> {
    custom_attributes: Raw<'a>,
}

/// Replaces the attributes of a conversation that are the client's own.
pub(super) async fn set_attributes(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members().await;
    let talk = talk(&call).await?;
    let members = received?;
    let given = members
        .maybe("custom_attributes", json::given_object)
        .unwrap_or_default();
    let metadata = Metadata::parse(&json::text(&given), call.caller().limits());
    let metadata = members.note("custom_attributes", metadata);
    let change = ConversationChange {
        metadata: Some(members.finish_with(metadata)?),
        ..ConversationChange::default()
    };
    let now = call
        .write(move |unit, cx| change_conversation(unit, cx, talk.id, &change))
        .await?;
    let custom_attributes = Raw(now.metadata.as_str());
    Ok(ok(&AttributesView { custom_attributes }))
}

#[derive(Serialize)]
struct LabelsView<'a> {
    payload: Vec<&'a str>,
}

fn labels(of: &Conversation) -> LabelsView<'_> {
    LabelsView {
        payload: of
            .labels
            .iter()
            .map(causerie_core::tag::TagName::as_str)
            .collect(),
    }
}

/// Shows the labels of a conversation.
pub(super) async fn list_labels(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let talk = talk(&call).await?;
    let now = call
        .read(move |snapshot, cx| find_conversation(snapshot, cx, talk.id))
        .await?;
    Ok(ok(&labels(&now)))
}

/// Gives a conversation these labels in place of all others.
pub(super) async fn set_labels(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members().await;
    let talk = talk(&call).await?;
    let members = received?;
    let given = members.maybe("labels", texts).unwrap_or_default();
    let tags = Tags::parse(given.iter().map(String::as_str));
    let tags = tags.map_err(|wrong| Invalid::new(wrong.problem));
    let tags = members.note("labels", tags);
    let change = ConversationChange {
        labels: Some(members.finish_with(tags)?),
        ..ConversationChange::default()
    };
    let now = call
        .write(move |unit, cx| change_conversation(unit, cx, talk.id, &change))
        .await?;
    Ok(ok(&labels(&now)))
}

/// Lets an agent take care of a conversation, or nobody. There are no teams.
pub(super) async fn assign(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members().await;
    let talk = talk(&call).await?;
    let members = received?;
    let given = members.given("assignee_id", named);
    members.finish()?;
    let to = match given {
        // Zero stands for nobody.
        Given::Value(number) => Some(Some(number).filter(|number| *number > 0)),
        Given::Null => Some(None),
        Given::Absent => None,
    };
    let assignee = call
        .write(move |unit, cx| {
            let Some(number) = to else {
                find_conversation(unit, cx, talk.id)?;
                return Ok(None);
            };
            let assignee = number
                .map(|number| find_assignee(unit, cx, number))
                .transpose()?;
            let change = ConversationChange {
                assignee: Some(assignee),
                ..ConversationChange::default()
            };
            change_conversation(unit, cx, talk.id, &change)?;
            Ok(assignee)
        })
        .await?;
    let around = call
        .read(move |snapshot, cx| {
            let mut wanted = Wanted::default();
            if let Some(id) = assignee {
                wanted.participant(id);
            }
            wanted.gather(snapshot, cx)
        })
        .await?;
    let found = assignee.and_then(|id| around.participant(id));
    Ok(ok(&found.map(|one| AgentView::of(one, &around))))
}

/// Lists the agents who watch a conversation.
pub(super) async fn list_watchers(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let talk = talk(&call).await?;
    show_watchers(&call, talk.id).await
}

async fn show_watchers(call: &Call, id: ConversationId) -> Answered {
    let (people, around) = call
        .read(move |snapshot, cx| {
            find_conversation(snapshot, cx, id)?;
            let people = People::find(snapshot, cx, &[id], [])?;
            let mut wanted = Wanted::default();
            for one in people.all() {
                wanted.known(one);
            }
            Ok((people, wanted.gather(snapshot, cx)?))
        })
        .await?;
    let agents = people
        .of(id)
        .filter(|(_, one)| one.kind == ParticipantKind::Agent);
    let views: Vec<AgentView<'_>> = agents.map(|(_, one)| AgentView::of(one, &around)).collect();
    Ok(ok(&views))
}

/// The numbers of agents that a request names.
fn numbers(members: &Members) -> Result<Vec<u64>, causerie_http::Problem> {
    let named = members.need("user_ids", |raw| {
        let each = raw_list(raw)?;
        if each.len() > AGENTS_MAX {
            return Err(Invalid::new(format!(
                "expected at most {AGENTS_MAX} agents"
            )));
        }
        each.iter()
            .map(|one| named(one))
            .collect::<Result<Vec<u64>, _>>()
    });
    members.finish_with(named)
}

/// What becomes of the agents that a request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watch {
    Join,
    Leave,
    Only,
}

/// Lets agents watch a conversation.
pub(super) async fn add_watchers(call: Call) -> Answered {
    watch(call, Watch::Join).await
}

/// Lets these agents watch a conversation, and no others.
pub(super) async fn set_watchers(call: Call) -> Answered {
    watch(call, Watch::Only).await
}

/// Lets agents watch a conversation no more.
pub(super) async fn remove_watchers(call: Call) -> Answered {
    watch(call, Watch::Leave).await
}

async fn watch(mut call: Call, how: Watch) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members().await;
    let talk = talk(&call).await?;
    let numbers = numbers(&received?)?;
    call.write(move |unit, cx| {
        let mut named: Vec<ParticipantId> = Vec::new();
        for number in &numbers {
            named.push(find_assignee(unit, cx, *number)?);
        }
        let people = People::find(unit, cx, &[talk.id], [])?;
        let agents = people
            .of(talk.id)
            .filter(|(_, one)| one.kind == ParticipantKind::Agent);
        for (_, agent) in agents {
            let is_named = named.contains(&agent.id);
            if (how == Watch::Leave && is_named) || (how == Watch::Only && !is_named) {
                remove_member(unit, cx, talk.id, agent.id)?;
            }
        }
        if how != Watch::Leave {
            for id in &named {
                join(unit, cx, talk.id, *id)?;
            }
        }
        Ok(())
    })
    .await?;
    show_watchers(&call, talk.id).await
}

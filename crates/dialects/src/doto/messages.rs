//! Messages of a conversation: listed, said, deleted, and how far they have come.
//!
//! Which of them a list shows is in `window`, how one is sent in `sends`.

use causerie_core::act::{
    DeleteMessage, Deleted, SetDelivery, delete_message, find_message, retry_delivery,
    set_delivery, with_times,
};
use causerie_core::delivery::{
    DETAIL_CHARS_MAX, DeliveryStatus, Failure, FailureStage, REASON_CHARS_MAX,
};
use causerie_core::port::{Snapshot, Unit};
use causerie_core::receipt::Seen;
use causerie_core::{
    Context, Conversation, DeleteMode, Error, Invalid, Kind, Message, Refusal, Scope,
};
use causerie_http::extract::Call;
use causerie_http::members::text;
use causerie_http::problem::Wrong;
use causerie_http::{Answered, Problem, Shown};
use serde::Serialize;

use super::around::{Around, Wanted, placed_message};
use super::draft::Wish;
use super::entry::{self, admit, form, ok, part, talk};
use super::inbox_view::is_api;
use super::json::{self, Object};
use super::known::Talk;
use super::people::{AgentView, ContactView};
use super::sends::{self, Said};
use super::talk::People;
use super::window::Window;
use super::wire::{MessageView, Place, UNEXPLAINED};
use causerie_core::{Bearer, ParticipantId, Timestamp};

/// What is said of the conversation beside its messages.
#[derive(Serialize)]
struct MetaView<'a> {
    labels: Vec<&'a str>,
    additional_attributes: Object,
    contact: Option<ContactView<'a>>,
    assignee: Option<AgentView<'a>>,
    agent_last_seen_at: Option<Shown<Timestamp>>,
    assignee_last_seen_at: Option<Shown<Timestamp>>,
}

#[derive(Serialize)]
struct ListView<'a> {
    meta: MetaView<'a>,
    payload: Vec<MessageView<'a>>,
}

/// Everything that a list shows.
struct Listed {
    conversation: Conversation,
    messages: Vec<Seen>,
    people: People,
    around: Around,
}

/// Lists messages, oldest first: the newest twenty unless `before` or `after` say otherwise.
pub(super) async fn list(call: Call) -> Answered {
    admit(&call, Scope::MessagingRead)?;
    let talk = talk(&call).await?;
    let parameters = call.parameters()?;
    let window = Window::read(&parameters);
    parameters.finish()?;
    let voice = entry::voice(&call).await?.id();
    let listed = call
        .read(move |snapshot, cx| gather(snapshot, cx, talk, window, voice))
        .await?;
    let form = form(&call)?;
    let place = place(talk);
    let (around, app) = (&listed.around, call.app());
    let messages = listed.messages.iter();
    let view = ListView {
        meta: meta(&listed, voice),
        payload: messages
            .map(|seen| MessageView::of(seen, place, around, &form, app))
            .collect(),
    };
    Ok(ok(&view))
}

fn gather(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    talk: Talk,
    window: Window,
    voice: ParticipantId,
) -> Result<Listed, Error> {
    let (conversation, messages) = window.list(snapshot, cx, talk.id)?;
    let mut wanted = Wanted::default();
    for seen in &messages {
        wanted.message(seen);
    }
    wanted.extra(Bearer::Conversation(talk.id));
    let senders = messages.iter().map(|seen| seen.sender);
    let people = People::find(
        snapshot,
        cx,
        &[talk.id],
        senders.chain(conversation.assignee),
    )?;
    let watchers = [Some(voice), conversation.assignee].into_iter().flatten();
    let watchers: Vec<_> = watchers.map(|id| (talk.id, id)).collect();
    let people = people.with_watchers(snapshot, cx, &watchers)?;
    for one in people.all() {
        wanted.known(one);
    }
    let around = wanted.gather(snapshot, cx)?;
    Ok(Listed {
        conversation,
        messages,
        people,
        around,
    })
}

fn meta(listed: &Listed, voice: ParticipantId) -> MetaView<'_> {
    let (conversation, around) = (&listed.conversation, &listed.around);
    let seen_at = |id: ParticipantId| {
        let member = listed.people.member(conversation.id, id);
        member.and_then(|member| member.read_at).map(Shown)
    };
    let contact = listed.people.contact(conversation.id);
    let assignee = conversation.assignee;
    let kept = json::kept_object(around, Bearer::Conversation(conversation.id));
    MetaView {
        labels: conversation
            .labels
            .iter()
            .map(causerie_core::tag::TagName::as_str)
            .collect(),
        additional_attributes: kept,
        contact: contact.map(|(_, one)| ContactView::of(one, around)),
        assignee: assignee
            .and_then(|id| around.participant(id))
            .map(|one| AgentView::of(one, around)),
        agent_last_seen_at: seen_at(voice),
        assignee_last_seen_at: assignee.and_then(seen_at),
    }
}

fn place(talk: Talk) -> Place {
    Place {
        number: talk.number,
        inbox: talk.inbox,
    }
}

/// Says something.
pub(super) async fn create(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members_and_files().await;
    let talk = talk(&call).await?;
    let mut members = received?;
    let wish = Wish::read(&members, call.caller().limits());
    members.finish()?;
    let said = sends::say(&call, talk, wish, &mut members).await?;
    show(&call, talk, &said)
}

fn show(call: &Call, talk: Talk, said: &Said) -> Answered {
    let form = form(call)?;
    let view = MessageView::of(&said.seen, place(talk), &said.around, &form, call.app());
    Ok(ok(&view))
}

/// Changes a message in one unit, and shows it as it is then.
async fn change<W>(call: &Call, talk: Talk, mut work: W) -> Answered
where
    W: FnMut(&mut dyn Unit, &Context, causerie_core::MessageId) -> Result<Message, Error>
        + Send
        + 'static,
{
    let number = part(call, "message_id").map_err(|_| Refusal::MessageNotFound)?;
    let said = call
        .write(move |unit, cx| {
            let found = placed_message(unit, cx, talk.id, number)?;
            let (id, _) = found.ok_or(Refusal::MessageNotFound)?;
            let message = work(unit, cx, id)?;
            let seen = with_times(unit, cx, message)?;
            let mut wanted = Wanted::default();
            wanted.message(&seen);
            let around = wanted.gather(unit, cx)?;
            Ok(Said { seen, around })
        })
        .await?;
    show(call, talk, &said)
}

/// Deletes a message: what it said is erased, its place stays.
pub(super) async fn delete(call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let talk = talk(&call).await?;
    change(&call, talk, move |unit, cx, message| {
        let cmd = DeleteMessage {
            conversation: talk.id,
            message,
            mode: DeleteMode::Redact,
            acting_as: None,
        };
        match delete_message(unit, cx, &cmd)? {
            Deleted::Tombstone(message) => Ok(*message),
            Deleted::Purged => Err(Refusal::MessageNotFound.into()),
        }
    })
    .await
}

/// Says how far a message has come; words that are none are let be.
pub(super) async fn update(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members().await;
    let talk = talk(&call).await?;
    let members = received?;
    let status = members.maybe("status", text);
    let error = members.maybe("external_error", text);
    members.finish()?;
    let platform = call
        .read(move |snapshot, cx| entry::platform(snapshot, cx, talk.id))
        .await?;
    if !platform.is_some_and(is_api) {
        let expected = Invalid::new("expected a message of an API inbox");
        return Err(
            Problem::invalid(vec![Wrong::at_pointer("/status", &expected)]).with_status(403),
        );
    }
    let words = [
        ("sent", DeliveryStatus::Sent),
        ("delivered", DeliveryStatus::Delivered),
        ("read", DeliveryStatus::Read),
        ("failed", DeliveryStatus::Failed),
    ];
    let known = words
        .iter()
        .find(|(word, _)| Some(*word) == status.as_deref());
    let to = known.map(|(_, to)| *to);
    change(&call, talk, move |unit, cx, message| {
        let Some(to) = to else {
            return unchanged(unit, cx, talk, message);
        };
        let cmd = SetDelivery {
            conversation: talk.id,
            message,
            recipient: None,
            status: to,
            failure: (to == DeliveryStatus::Failed).then(|| failure(error.as_deref())),
        };
        let moved = set_delivery(unit, cx, &cmd);
        unless_refused(unit, cx, talk, message, moved)
    })
    .await
}

/// Why a message failed, as far as it was told.
fn failure(error: Option<&str>) -> Failure {
    let told = error.map(str::trim).filter(|told| !told.is_empty());
    let why = told.unwrap_or(UNEXPLAINED);
    let is_long = why.chars().count() > REASON_CHARS_MAX.min(DETAIL_CHARS_MAX);
    Failure::cut(FailureStage::Deliver, why, is_long.then_some(why))
}

/// Tries again to send a message that has failed.
pub(super) async fn retry(mut call: Call) -> Answered {
    admit(&call, Scope::MessagingWrite)?;
    let received = call.members().await;
    let talk = talk(&call).await?;
    received?;
    change(&call, talk, move |unit, cx, message| {
        let again = match retry_delivery(unit, cx, talk.id, message) {
            // Nobody carries it anywhere: it counts as sent again.
            Err(Error::Refusal(Refusal::ChannelInactive)) => {
                let cmd = SetDelivery {
                    conversation: talk.id,
                    message,
                    recipient: None,
                    status: DeliveryStatus::Sent,
                    failure: None,
                };
                set_delivery(unit, cx, &cmd)
            }
            again => again,
        };
        unless_refused(unit, cx, talk, message, again)
    })
    .await
}

/// A step that cannot be taken from here is let be.
fn unless_refused(
    unit: &mut dyn Unit,
    cx: &Context,
    talk: Talk,
    message: causerie_core::MessageId,
    outcome: Result<Message, Error>,
) -> Result<Message, Error> {
    match outcome {
        Err(Error::Refusal(refused)) if refused.kind() == Kind::Conflict => {
            unchanged(unit, cx, talk, message)
        }
        outcome => outcome,
    }
}

fn unchanged(
    unit: &mut dyn Unit,
    cx: &Context,
    talk: Talk,
    message: causerie_core::MessageId,
) -> Result<Message, Error> {
    Ok(find_message(unit, cx, talk.id, message)?.message)
}

//! Messages: listed, sent, retrieved, deleted. How they are changed is in `update`.

use causerie_core::act::{
    DeleteMessage, ListMessages, SendMessage, delete_message, find_conversation, find_message,
    find_message_anywhere, list_all_messages, list_messages,
};
use causerie_core::delivery::DeliveryStatus;
use causerie_core::media::{Attachment, Attachments};
use causerie_core::page::Order;
use causerie_core::port::{MessageFilter, Snapshot, Tombstones};
use causerie_core::receipt::Seen;
use causerie_core::text::Text;
use causerie_core::{
    ConversationId, DeleteMode, Draft, Error, Invalid, MediaId, MessageId, Participant, Position,
    Refusal, Scope, Settings, Sight, Subject,
};
use causerie_http::extract::{Call, Sent};
use causerie_http::members::Members;
use causerie_http::{Answered, HttpResponse, Problem, StatusCode};
use serde_json::value::RawValue;

use super::facts::Facts;
use super::ids::{ShortId, Sort};
use super::known::Known;
use super::named::ids;
use super::page::{Paging, Side, Slice, show};
use super::problem::{malformed, unknown};
use super::wire::{Links, MessageView};
use super::you::{self, You};

/// `GET /v1/messages`
pub(super) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let query = call.parameters().map_err(malformed)?;
    let (of, paging) = (query.text("conversation_id"), Paging::read(&query));
    let sought = of.clone();
    you::unless_missing(
        &call,
        query.finish().map_err(malformed),
        move |snapshot, you| {
            sought
                .as_deref()
                .map_or(Ok(()), |of| find_place(snapshot, you, of).map(drop))
        },
    )
    .await?;
    let read = you::read(&call, move |snapshot, you| {
        let slice = match &of {
            Some(of) => {
                let of = you.conversation(snapshot, Sort::Conversation, of)?;
                page_of(snapshot, you, of, &paging)?
            }
            None => page_of_all(snapshot, you, &paging)?,
        };
        let facts = Facts::of_messages(snapshot, you, &slice.items)?;
        Ok((slice, facts))
    });
    let (slice, facts) = read.await.map_err(malformed)?;
    let links = Links::new(&call);
    Ok(slice.show(|seen| MessageView::of(&facts, &links, seen))?)
}

fn find_place(
    snapshot: &mut dyn Snapshot,
    you: &You,
    conversation: &str,
) -> Result<ConversationId, Error> {
    let of = you.conversation(snapshot, Sort::Conversation, conversation)?;
    find_conversation(snapshot, &you.cx, of)?;
    Ok(of)
}

fn order(side: Option<Side>) -> Order {
    match side {
        Some(Side::Before) => Order::Ascending,
        Some(Side::After) | None => Order::Descending,
    }
}

fn page_of(
    snapshot: &mut dyn Snapshot,
    you: &You,
    of: ConversationId,
    paging: &Paging,
) -> Result<Slice<Seen>, Error> {
    let mut cursor = None;
    if let Some((side, id)) = &paging.from {
        let missing = || unknown(side.parameter());
        let (place, _, seq) = you
            .message(snapshot, id)
            .map_err(|error| as_unknown(error, *side))?;
        cursor = Some((place == of).then_some(seq).ok_or_else(missing)?);
    }
    let side = paging.from.as_ref().map(|(side, _)| *side);
    let cmd = ListMessages {
        conversation: of,
        order: order(side),
        limit: paging.limit,
        cursor,
        after: None,
        before: None,
        tombstones: Tombstones::Hidden,
    };
    let page = list_messages(snapshot, &you.cx, &cmd)?;
    Ok(without_skipped(Slice::of(page, side)))
}

fn page_of_all(
    snapshot: &mut dyn Snapshot,
    you: &You,
    paging: &Paging,
) -> Result<Slice<Seen>, Error> {
    let mut cursor = None;
    if let Some((side, id)) = &paging.from {
        let place = you
            .message(snapshot, id)
            .map_err(|error| as_unknown(error, *side))?;
        cursor = Some(place.1);
    }
    let side = paging.from.as_ref().map(|(side, _)| *side);
    let filter = MessageFilter {
        sight: Sight::Public,
        member: Some(you.me.id),
        tombstones: Tombstones::Hidden,
        ..MessageFilter::everything()
    };
    let (order, limit) = (order(side), paging.limit);
    let page = list_all_messages(snapshot, &you.cx, &filter, order, cursor, limit)?;
    Ok(without_skipped(Slice::of(page, side)))
}

/// The refusal of a cursor that names nothing; faults stay what they are.
pub(super) fn as_unknown(error: Error, side: Side) -> Error {
    match error {
        Error::Refusal(_) => unknown(side.parameter()).into(),
        fault @ Error::Fault(_) => fault,
    }
}

/// What was held back on purpose is not shown.
fn without_skipped(mut slice: Slice<Seen>) -> Slice<Seen> {
    slice.items.retain(|seen| !is_skipped(seen));
    slice
}

fn is_skipped(seen: &Seen) -> bool {
    seen.message.delivery.status == DeliveryStatus::Skipped
}

/// A message that is shown here: neither deleted nor held back.
///
/// # Errors
/// `conversation_not_found`, `message_not_found`.
pub(super) fn find_shown(
    snapshot: &mut dyn Snapshot,
    you: &You,
    of: ConversationId,
    id: MessageId,
) -> Result<Seen, Error> {
    let seen = find_message(snapshot, &you.cx, of, id)?;
    if seen.deleted_at.is_some() || is_skipped(&seen) {
        return Err(Refusal::MessageNotFound.into());
    }
    Ok(seen)
}

/// A message that is to be sent.
#[derive(Clone, Debug)]
struct Wish {
    to: String,
    text: Text,
    attachments: Vec<String>,
}

impl Wish {
    fn read(members: &Members, limits: &Settings) -> Result<Self, Problem> {
        let to = members.need_text("conversation_id");
        let attachments = members.maybe("attachments", ids).unwrap_or_default();
        let text = read_text(members, limits);
        let says = members.get_raw("message").map(RawValue::get);
        if matches!(says, None | Some("null" | r#""""#)) && attachments.is_empty() {
            members.tell("message", &Invalid::new("expected a text"));
        }
        let text = text.unwrap_or_else(Text::empty);
        let made = to.map(|to| Self {
            to,
            text,
            attachments,
        });
        members.finish_with(made).map_err(malformed)
    }
}

/// The text of a message, if there is any.
pub(super) fn read_text(members: &Members, limits: &Settings) -> Option<Text> {
    members
        .text("message")
        .filter(|text| !text.is_empty())
        .and_then(|text| members.note("message", Text::parse(&text, limits)))
}

/// Files as a message has them.
///
/// # Errors
/// `validation_failed` at `attachments`.
pub(super) fn as_attachments(
    files: impl IntoIterator<Item = MediaId>,
) -> Result<Attachments, Refusal> {
    let one = |media| Attachment {
        media,
        alt_text: None,
        inline: false,
    };
    Attachments::parse(files.into_iter().map(one).collect())
}

/// `POST /v1/messages`
pub(super) async fn send(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let members = call.members().await.map_err(malformed)?;
    let sought = members
        .get_raw("conversation_id")
        .and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    let wish = Wish::read(&members, call.caller().limits());
    let wish = you::unless_missing(&call, wish, move |snapshot, you| {
        sought
            .as_deref()
            .map_or(Ok(()), |of| find_place(snapshot, you, of).map(drop))
    })
    .await?;
    let (me, known) = (call.voice().await?, you::known(&call)?);
    let remembered = remembered(&call, &me, &known, &wish);
    let (to, files, mut facts) = if let Some((to, facts)) = remembered {
        (to, Vec::new(), facts)
    } else {
        let (to, attachments) = (wish.to, wish.attachments);
        let look_up =
            move |snapshot: &mut dyn Snapshot, you: &You| look_up(snapshot, you, &to, &attachments);
        you::read(&call, look_up).await?
    };
    let attachments = as_attachments(files.into_iter().map(|(file, _)| file))?;
    let cmd = SendMessage {
        conversation: to,
        sender: Some(me.id),
        draft: Draft {
            attachments,
            ..Draft::text(wish.text)
        },
        once: None,
    };
    match call.send(cmd).await.map_err(outside)? {
        Sent::Replayed(id) => replayed(&call, id).await,
        Sent::Done(seen) => {
            if let Some(position) = seen.placed.position() {
                facts.place(seen.id.to_bytes(), position);
            }
            let view = MessageView::of(&facts, &Links::new(&call), &seen)?;
            Ok(show(StatusCode::CREATED, &view).into_response())
        }
    }
}

/// What is to be known for a send.
type Ready = (ConversationId, Vec<(MediaId, Position)>, Facts);

fn look_up(
    snapshot: &mut dyn Snapshot,
    you: &You,
    to: &str,
    attachments: &[String],
) -> Result<Ready, Error> {
    let place = you.conversation(snapshot, Sort::Conversation, to)?;
    let files = you.attachments(snapshot, attachments)?;
    let (own, kept) = you.known.sender(snapshot, &you.key, you.me.id)?;
    let mut facts = Facts::of_sender(you.workspace(), &you.me, own, kept);
    if let Some(position) = ShortId::read(you.workspace(), Sort::Conversation, to) {
        facts.place(place.to_bytes(), position);
    }
    for (file, position) in &files {
        facts.place(file.to_bytes(), *position);
    }
    Ok((place, files, facts))
}

/// The same, for a plain text where everything was looked up before: then the send is the only way to the store.
fn remembered(
    call: &Call,
    me: &Participant,
    known: &Known,
    wish: &Wish,
) -> Option<(ConversationId, Facts)> {
    let workspace = call.caller().workspace().id;
    let position = ShortId::read(workspace, Sort::Conversation, &wish.to)?;
    let (subject, (own, kept)) = known.remembered((workspace, position), me.id)?;
    let Subject::Conversation(to) = subject else {
        return None;
    };
    let mut facts = Facts::of_sender(workspace, me, own, kept);
    facts.place(to.to_bytes(), position);
    wish.attachments.is_empty().then_some((to, facts))
}

/// Conversations that somebody is not in do not exist for them.
fn outside(problem: Problem) -> Problem {
    if problem.code() == Refusal::NotAMember.code() {
        Refusal::ConversationNotFound.into()
    } else {
        problem
    }
}

/// The message that an earlier request with the same key sent, as it is now.
async fn replayed(call: &Call, id: MessageId) -> Answered {
    let may_read = call.caller().scopes().allow(Scope::MessagingRead);
    let (seen, facts) = you::read(call, move |snapshot, you| {
        let you = &if may_read { you.clone() } else { you.looking() };
        let seen = find_message_anywhere(snapshot, &you.cx, id)?;
        let facts = Facts::of_messages(snapshot, you, std::slice::from_ref(&seen))?;
        Ok((seen, facts))
    })
    .await?;
    let view = MessageView::of(&facts, &Links::new(call), &seen)?;
    Ok(show(StatusCode::CREATED, &view).into_replay())
}

/// `GET /v1/messages/:id`
pub(super) async fn retrieve(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let id = call.part("id")?.to_owned();
    show_message(&call, id).await
}

/// A message as it is now.
pub(super) async fn show_message(call: &Call, id: String) -> Answered {
    let (seen, facts) = you::read(call, move |snapshot, you| {
        let (of, id, _) = you.message(snapshot, &id)?;
        let seen = find_shown(snapshot, you, of, id)?;
        let facts = Facts::of_messages(snapshot, you, std::slice::from_ref(&seen))?;
        Ok((seen, facts))
    })
    .await?;
    let view = MessageView::of(&facts, &Links::new(call), &seen)?;
    Ok(show(StatusCode::OK, &view).into_response())
}

/// `DELETE /v1/messages/:id`
pub(super) async fn delete(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id = call.part("id")?.to_owned();
    you::write(&call, move |unit, you| {
        let (conversation, message, _) = you.message(unit, &id)?;
        let seen = find_shown(unit, you, conversation, message)?;
        // What they said themselves goes by the right of the key; what others said by that of the participant.
        let others = (seen.sender != you.me.id).then_some(you.me.id);
        let cmd = DeleteMessage {
            conversation,
            message,
            mode: DeleteMode::Purge,
            acting_as: others,
        };
        match delete_message(unit, &you.key, &cmd) {
            // Of what a plain member said at least every word goes, and nobody is shown it here.
            Err(Error::Refusal(Refusal::NotAllowed)) if others.is_none() => {
                let mode = DeleteMode::Redact;
                delete_message(unit, &you.key, &DeleteMessage { mode, ..cmd }).map(drop)
            }
            outcome => outcome.map(drop),
        }
    })
    .await?;
    Ok(HttpResponse::NoContent().finish())
}

//! Conversations: begin, list, show, change, delete; archive, close, reopen.
//!
//! Who takes part in them is in `participants`.

use causerie_core::act::{
    CreateConversation, CreatedConversation, begin_conversation, change_conversation,
    delete_conversation, find_conversation, list_conversations, turn_conversation,
};
use causerie_core::page::Limit;
use causerie_core::port::ConversationFilter;
use causerie_core::text::{Description, Title};
use causerie_core::{ConversationChange, ConversationKind, Scope, Settings, Status};
use causerie_http::extract::Call;
use causerie_http::{Answered, Members, Problem};

use super::ids;
use super::problem::bad_request;
use super::request::{body, metadata, or_none, page, query};
use super::wire::{self, ConversationView, created, deleted, ok};

/// How many conversations a page has unless the client says so.
const LIMIT_USUAL: u64 = 25;

const TYPES: &[(&str, ConversationKind)] = &[
    ("direct", ConversationKind::Direct),
    ("group", ConversationKind::Group),
];
const STATUSES: &[(&str, Status)] = &[
    ("open", Status::Open),
    ("archived", Status::Archived),
    ("closed", Status::Closed),
];

/// Begins a conversation, without anybody in it.
pub(crate) async fn create(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let members = body(&mut call).await?;
    let cmd = read_create(&members, call.caller().limits()).map_err(bad_request)?;
    call.once(move |unit, cx| {
        let (CreatedConversation::Created(conversation)
        | CreatedConversation::Existing(conversation)) = begin_conversation(unit, cx, &cmd)?;
        Ok(created(&ConversationView::of(&conversation, &cx.caller)))
    })
    .await
}

fn read_create(members: &Members, limits: &Settings) -> Result<CreateConversation, Problem> {
    let change = read_texts(members, limits);
    let kind = members.word("type", TYPES);
    members.finish().map(|()| CreateConversation {
        kind: kind.unwrap_or(ConversationKind::Group),
        title: change.title.flatten(),
        description: change.description.flatten(),
        metadata: change.metadata.unwrap_or_default(),
        avatar_url: None,
        members: Vec::new(),
    })
}

/// Title, description and metadata: an empty text is none.
fn read_texts(members: &Members, limits: &Settings) -> ConversationChange {
    let title = members.given("title", |raw| {
        or_none(raw, |text| Title::parse(text, limits))
    });
    let description = members.given("description", |raw| {
        or_none(raw, |text| Description::parse(text, limits))
    });
    ConversationChange {
        title: title.change().map(Option::flatten),
        description: description.change().map(Option::flatten),
        metadata: members.maybe("metadata", |raw| metadata(raw, limits)),
        ..ConversationChange::default()
    }
}

/// Lists conversations, newest activity first.
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let (filter, status, limit, cursor) = query(&call, |parameters| {
        let usual = Limit::new(LIMIT_USUAL).unwrap_or_default();
        let (limit, cursor) = page(parameters, usual);
        let status = parameters.word("status", STATUSES);
        let filter = ConversationFilter {
            kind: parameters.word("type", TYPES),
            // Those that wait or are put off are shown as open.
            status: status.filter(|status| !status.takes_messages()),
            ..ConversationFilter::default()
        };
        (filter, status, limit, cursor)
    })?;
    let mut found = call
        .read(move |snapshot, cx| list_conversations(snapshot, cx, None, &filter, cursor, limit))
        .await?;
    if status == Some(Status::Open) {
        found.items.retain(|one| one.status.takes_messages());
    }
    let to = call.caller();
    Ok(wire::page(&found, |one| ConversationView::of(one, to)))
}

/// Shows a conversation.
pub(crate) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let id = ids::conversation(&call)?;
    let found = call
        .read(move |snapshot, cx| find_conversation(snapshot, cx, id))
        .await?;
    Ok(ok(&ConversationView::of(&found, call.caller())))
}

/// Changes title, description or metadata.
pub(crate) async fn change(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id = ids::conversation(&call)?;
    let members = body(&mut call).await;
    let change = members.and_then(|members| {
        let change = read_texts(&members, call.caller().limits());
        members.finish().map_err(bad_request).map(|()| change)
    });
    let change = call.unless_conversation_missing(change, id).await?;
    let changed = call
        .write(move |unit, cx| change_conversation(unit, cx, id, &change))
        .await?;
    Ok(ok(&ConversationView::of(&changed, call.caller())))
}

/// Deletes a conversation with everything in it.
pub(crate) async fn delete(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id = ids::conversation(&call)?;
    call.write(move |unit, cx| delete_conversation(unit, cx, id))
        .await?;
    Ok(deleted())
}

/// Archives a conversation.
pub(crate) async fn archive(call: Call) -> Answered {
    turn(call, Status::Archived).await
}

/// Closes a conversation.
pub(crate) async fn close(call: Call) -> Answered {
    turn(call, Status::Closed).await
}

/// Opens a conversation again.
pub(crate) async fn reopen(call: Call) -> Answered {
    turn(call, Status::Open).await
}

async fn turn(call: Call, to: Status) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id = ids::conversation(&call)?;
    let turned = call
        .write(move |unit, cx| turn_conversation(unit, cx, id, to, None))
        .await?;
    Ok(ok(&ConversationView::of(&turned, call.caller())))
}

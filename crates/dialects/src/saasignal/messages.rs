//! Messages: send, list, show, edit, delete.
//!
//! How they are shown is in `wire`.

use causerie_core::act::{
    DeleteMessage, EditMessage, ListMessages, SendMessage, delete_message, edit_message,
    find_message, find_reactions, list_messages, lock_message, with_times,
};
use causerie_core::page::{Limit, Order};
use causerie_core::port::Tombstones;
use causerie_core::text::Text;
use causerie_core::{
    ConversationId, DeleteMode, Draft, Invalid, MessageChange, MessageId, MessageKind, Refusal,
    Scope, Settings, Timestamp,
};
use causerie_http::extract::{Call, Sent};
use causerie_http::members::{boolean, text};
use causerie_http::{Answered, Members, Problem};

use super::ids;
use super::problem::bad_request;
use super::request::{body, metadata, page, query, shown};
use super::wire::{MessageView, Reactions, Shelf, created, message_deleted, ok, page_of_messages};

/// The types of messages, by their words.
const TYPES: &[(&str, MessageKind)] = &[
    ("text", MessageKind::Text),
    ("image", MessageKind::Image),
    ("file", MessageKind::File),
    ("system", MessageKind::System),
];

/// Sends a message.
pub(crate) async fn send(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let to = ids::conversation(&call)?;
    let members = body(&mut call).await;
    let cmd = members.and_then(|members| read_send(&members, call.caller().limits(), to));
    let cmd = call.unless_conversation_missing(cmd, to).await?;
    let sent = match call.send(cmd).await? {
        Sent::Done(sent) => sent,
        Sent::Replayed(id) => {
            call.read(move |snapshot, cx| find_message(snapshot, &shown(cx), to, id))
                .await?
        }
    };
    let nothing = Reactions::new();
    let view = MessageView::alone(&sent, &nothing, &Shelf::of(&call));
    Ok(created(&view).into_response())
}

fn read_send(
    members: &Members,
    limits: &Settings,
    conversation: ConversationId,
) -> Result<SendMessage, Problem> {
    let sender = members.need("participant_id", |raw| ids::parse_participant(&text(raw)?));
    let said = members.need("body", |raw| Text::parse(&text(raw)?, limits));
    let kind = members.word("type", TYPES).unwrap_or(MessageKind::Text);
    let reply_to = members.parsed("reply_to", ids::parse_message);
    let metadata = members.maybe("metadata", |raw| metadata(raw, limits));
    let made = sender.zip(said).map(|(sender, said)| SendMessage {
        conversation,
        sender: Some(sender),
        draft: Draft {
            kind,
            reply_to,
            metadata: metadata.unwrap_or_default(),
            ..Draft::text(said)
        },
        once: None,
    });
    members.finish_with(made)
}

/// Lists messages, tombstones included.
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let of = ids::conversation(&call)?;
    let cmd = query(&call, |parameters| read_list(parameters, of));
    let cmd = call.unless_conversation_missing(cmd, of).await?;
    let (found, reactions) = call
        .read(move |snapshot, cx| {
            let page = list_messages(snapshot, cx, &cmd)?;
            let messages = page.items.iter().map(|seen| &seen.message);
            let reactions = find_reactions(snapshot, cx, messages)?;
            Ok((page, reactions))
        })
        .await?;
    let shelf = Shelf::of(&call);
    Ok(page_of_messages(&found, |seen| {
        MessageView::of(seen, &reactions, &shelf)
    }))
}

fn read_list(parameters: &Members, conversation: ConversationId) -> ListMessages {
    let (limit, cursor) = page(parameters, Limit::default());
    let orders = [("desc", Order::Descending), ("asc", Order::Ascending)];
    let include_deleted = parameters.maybe("include_deleted", boolean);
    ListMessages {
        conversation,
        order: parameters
            .word("order", &orders)
            .unwrap_or(Order::Descending),
        limit,
        cursor,
        after: parameters.parsed("after", Timestamp::parse),
        before: parameters.parsed("before", Timestamp::parse),
        tombstones: if include_deleted == Some(false) {
            Tombstones::Hidden
        } else {
            Tombstones::Shown
        },
    }
}

/// Shows a message, or its tombstone.
pub(crate) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let (of, id) = (ids::conversation(&call)?, ids::message(&call)?);
    let (found, reactions) = call
        .read(move |snapshot, cx| {
            let seen = find_message(snapshot, cx, of, id)?;
            let reactions = find_reactions(snapshot, cx, [&seen.message])?;
            Ok((seen, reactions))
        })
        .await?;
    Ok(ok(&MessageView::alone(
        &found,
        &reactions,
        &Shelf::of(&call),
    )))
}

/// Replaces the text of a message.
pub(crate) async fn edit(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (conversation, message) = (ids::conversation(&call)?, ids::message(&call)?);
    let members = body(&mut call).await;
    let said = members.and_then(|members| read_edit(&members, call.caller().limits()));
    let said = unless_message_missing(&call, said, conversation, message).await?;
    let cmd = EditMessage {
        conversation,
        message,
        acting_as: None,
        change: MessageChange {
            text: Some(said),
            ..MessageChange::default()
        },
    };
    let (edited, reactions) = call
        .write(move |unit, cx| {
            let edited = edit_message(unit, cx, &cmd)?;
            let seen = with_times(unit, cx, edited.message)?;
            let reactions = find_reactions(unit, &shown(cx), [&seen.message])?;
            Ok((seen, reactions))
        })
        .await?;
    Ok(ok(&MessageView::alone(
        &edited,
        &reactions,
        &Shelf::of(&call),
    )))
}

/// Reads the new text: that there is none is a bad request, that it cannot be is unprocessable.
fn read_edit(members: &Members, limits: &Settings) -> Result<Text, Problem> {
    let said = members.need("body", |raw| {
        let said = text(raw)?;
        if said.is_empty() {
            return Err(Invalid::new("expected a text that is not empty"));
        }
        Ok(said)
    });
    let said = members.finish_with(said).map_err(bad_request)?;
    let said = members.note("body", Text::parse(&said, limits));
    members.finish_with(said)
}

/// Deletes a message softly: what is deleted already is not there.
pub(crate) async fn delete(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let cmd = DeleteMessage {
        conversation: ids::conversation(&call)?,
        message: ids::message(&call)?,
        mode: DeleteMode::Soft,
        acting_as: None,
    };
    call.write(move |unit, cx| {
        let message = lock_message(unit, cx, cmd.conversation, cmd.message)?;
        if message.deleted_at.is_some() {
            return Err(Refusal::MessageNotFound.into());
        }
        delete_message(unit, cx, &cmd)
    })
    .await?;
    Ok(message_deleted())
}

/// Passes on what was understood, unless the message does not exist or is deleted: that comes first.
async fn unless_message_missing<T>(
    call: &Call,
    understood: Result<T, Problem>,
    of: ConversationId,
    id: MessageId,
) -> Result<T, Problem> {
    call.unless_missing(understood, move |snapshot, cx| {
        let found = find_message(snapshot, cx, of, id)?;
        match found.deleted_at {
            Some(_) => Err(Refusal::MessageNotFound.into()),
            None => Ok(()),
        }
    })
    .await
}

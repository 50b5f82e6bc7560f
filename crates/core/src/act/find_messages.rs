//! Finds messages across the conversations of a workspace: by tag, by reference, by words.

use std::collections::HashMap;

use crate::context::Context;
use crate::id::{ConversationId, MessageId};
use crate::key::Scope;
use crate::message::{Message, Sight};
use crate::page::{Limit, Order, Page};
use crate::port::{MessageFilter, SearchPlace, Snapshot};
use crate::receipt::Seen;
use crate::refusal::{Error, Refusal};
use crate::search::{Highlight, SearchQuery};

use super::files::with_files;
use super::receipts::with_receipts;
use super::standing::visible;

/// How many messages, or hits of a search, one call looks at: what a caller asks for may be rare among what the
/// caller may not see. A page may be short, or empty, although another follows.
pub const WALK_MAX: usize = 10_000;

/// A message that a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The message.
    pub seen: Seen,
    /// Where in its text.
    pub highlight: Highlight,
}

/// A page of the workspace's messages that pass the filter, newest or oldest first (by id).
/// Callers that are bound to a participant, or name one, are shown those of its conversations only, without
/// what it may not see. Of the filters, tag and reference are looked up; the others pass over what does not fit,
/// of [`WALK_MAX`] messages at most.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `conversation_not_found` or `participant_not_found` for one that is not
/// there.
pub fn list_all_messages(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    filter: &MessageFilter,
    order: Order,
    cursor: Option<MessageId>,
    limit: Limit,
) -> Result<Page<Seen, MessageId>, Error> {
    let (page, sight) = walk_all(snapshot, cx, filter, order, cursor, limit)?;
    Ok(Page {
        items: seen(snapshot, cx, sight, page.items)?,
        next: page.next,
    })
}

/// The same with their files, and without what is known of who has them: two statements, however many messages.
///
/// # Errors
/// Those of [`list_all_messages`].
pub fn list_all_unmarked(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    filter: &MessageFilter,
    order: Order,
    cursor: Option<MessageId>,
    limit: Limit,
) -> Result<Page<Seen, MessageId>, Error> {
    let (page, sight) = walk_all(snapshot, cx, filter, order, cursor, limit)?;
    let unmarked = |message: Message| Seen::unmarked(message.seen_with(sight));
    let mut items: Vec<Seen> = page.items.into_iter().map(unmarked).collect();
    with_files(snapshot, cx.workspace(), &mut items)?;
    Ok(Page {
        items,
        next: page.next,
    })
}

fn walk_all(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    filter: &MessageFilter,
    order: Order,
    cursor: Option<MessageId>,
    limit: Limit,
) -> Result<(Page<Message, MessageId>, Sight), Error> {
    let filter = confined(snapshot, cx, filter)?;
    let (workspace, probe) = (cx.workspace(), limit.probe());
    let port = snapshot.messages();
    let walk = port.page_of_all(workspace, &filter, order, cursor, probe, WALK_MAX)?;
    let page = Page::walked(walk, limit, |message| message.id);
    Ok((page, filter.sight))
}

/// The message with this id in whatever conversation the caller may see, or its tombstone.
///
/// # Errors
/// `scope_missing`, `message_not_found`.
pub fn find_message_anywhere(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    id: MessageId,
) -> Result<Seen, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let found = snapshot.messages().find_many(cx.workspace(), &[id])?.pop();
    let found = found.filter(|one| cx.caller.sight().covers(one.visibility));
    let message = found.ok_or(Refusal::MessageNotFound)?;
    match with_times(snapshot, cx, message) {
        Err(Error::Refusal(Refusal::ConversationNotFound)) => Err(Refusal::MessageNotFound.into()),
        other => other,
    }
}

/// A page of the messages that hold every term of the query and pass the filter, the last taken in first.
/// Deleted ones are never found, nor what the caller may not see. Looks at [`WALK_MAX`] of those that hold the
/// terms at most.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `conversation_not_found` or `participant_not_found` for one that is not
/// there.
pub fn search_messages(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    query: &SearchQuery,
    filter: &MessageFilter,
    cursor: Option<SearchPlace>,
    limit: Limit,
) -> Result<Page<Found, SearchPlace>, Error> {
    let filter = confined(snapshot, cx, filter)?;
    let port = snapshot.messages();
    let walk = port.search(
        cx.workspace(),
        query,
        &filter,
        cursor,
        limit.probe(),
        WALK_MAX,
    )?;
    let page = Page::walked(walk, limit, |(place, _)| *place);
    let messages = page.items.into_iter().map(|(_, message)| message).collect();
    let items = seen(snapshot, cx, filter.sight, messages)?
        .into_iter()
        .map(|seen| Found {
            highlight: query.highlight(&found_text(&seen.message)),
            seen,
        })
        .collect();
    Ok(Page {
        items,
        next: page.next,
    })
}

/// A message that a use case has just given to this caller, with what is known of who has it.
///
/// # Errors
/// `conversation_not_found`.
pub fn with_times(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    message: Message,
) -> Result<Seen, Error> {
    let conversation = visible(snapshot, cx, message.conversation)?;
    let sight = cx.caller.sight();
    let mut seen = with_receipts(snapshot, sight, &conversation, vec![message])?;
    Ok(seen.pop().ok_or(Refusal::MessageNotFound)?)
}

/// What a message is found by: its text, or what its content says first.
pub(crate) fn found_text(message: &Message) -> String {
    let text = message.text.as_str();
    let content = || message.content.as_ref()?.lead_text(message.content_type);
    if text.is_empty() {
        content().unwrap_or_default()
    } else {
        text.to_owned()
    }
}

/// The filter within what the caller may see.
fn confined(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    filter: &MessageFilter,
) -> Result<MessageFilter, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    if let Some(conversation) = filter.conversation {
        visible(snapshot, cx, conversation)?;
    }
    let member = cx.caller.acting_as(filter.member)?;
    let own = match member {
        Some(id) => {
            let found = snapshot.participants().find(cx.workspace(), id)?;
            Sight::of(found.ok_or(Refusal::ParticipantNotFound)?.kind)
        }
        None => Sight::Everything,
    };
    let all = [cx.caller.sight(), filter.sight, own];
    let sight = if all.contains(&Sight::Public) {
        Sight::Public
    } else {
        Sight::Everything
    };
    Ok(MessageFilter {
        sight,
        member,
        ..filter.clone()
    })
}

/// Messages of any conversations, in their order, as somebody sees them, with what is known of who has them.
fn seen(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    sight: Sight,
    messages: Vec<Message>,
) -> Result<Vec<Seen>, Error> {
    let order: Vec<MessageId> = messages.iter().map(|message| message.id).collect();
    let mut by_conversation: HashMap<ConversationId, Vec<Message>> = HashMap::new();
    for message in messages {
        let of = by_conversation.entry(message.conversation).or_default();
        of.push(message);
    }
    let mut ids: Vec<ConversationId> = by_conversation.keys().copied().collect();
    ids.sort_unstable();
    let conversations = match ids.as_slice() {
        [] => Vec::new(),
        ids => snapshot.conversations().find_many(cx.workspace(), ids)?,
    };
    let mut all: HashMap<MessageId, Seen> = HashMap::new();
    for conversation in &conversations {
        // One by one: places that are far apart have marks between them that say nothing of either.
        for message in by_conversation.remove(&conversation.id).unwrap_or_default() {
            let found = with_receipts(snapshot, sight, conversation, vec![message])?;
            all.extend(found.into_iter().map(|seen| (seen.message.id, seen)));
        }
    }
    order
        .iter()
        .map(|id| Ok(all.remove(id).ok_or(Refusal::MessageNotFound)?))
        .collect()
}

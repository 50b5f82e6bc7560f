//! Walks the messages of a conversation.

use std::collections::HashMap;

use crate::context::Context;
use crate::conversation::Conversation;
use crate::id::{ConversationId, MessageId};
use crate::key::Scope;
use crate::message::{Message, Seq};
use crate::page::{Limit, Order, Page, Walk};
use crate::port::{SeqRange, Snapshot, Tombstones};
use crate::receipt::Seen;
use crate::refusal::{Error, Refusal};
use crate::timestamp::Timestamp;

use super::files::with_files;
use super::find_messages::WALK_MAX;
use super::receipts::with_receipts;
use super::standing::visible;

/// Which messages, and from where.
#[derive(Clone, Copy, Debug)]
pub struct ListMessages {
    /// Of which conversation.
    pub conversation: ConversationId,
    /// Newest or oldest first.
    pub order: Order,
    /// How many.
    pub limit: Limit,
    /// After which place of an earlier page.
    pub cursor: Option<Seq>,
    /// Only messages that are shown with a time later than this.
    pub after: Option<Timestamp>,
    /// Only messages that are shown with a time earlier than this.
    pub before: Option<Timestamp>,
    /// Whether deleted ones are shown as tombstones.
    pub tombstones: Tombstones,
}

/// A page of messages in the order of their `seq`. Walking page by page visits every message of the conversation
/// exactly once, those that are sent meanwhile at most once. The cost does not depend on how many there are; a time
/// bound adds its binary search. Where tombstones are hidden, it passes over [`WALK_MAX`](super::WALK_MAX) messages at
/// most: a page may be short, or empty, although another follows.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`.
pub fn list_messages(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    cmd: &ListMessages,
) -> Result<Page<Seen, Seq>, Error> {
    Ok(open_conversation(snapshot, cx, cmd)?.1)
}

/// The same, with the conversation as the caller sees it.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`.
pub fn open_conversation(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    cmd: &ListMessages,
) -> Result<(Conversation, Page<Seen, Seq>), Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let conversation = visible(snapshot, cx, cmd.conversation)?;
    let (last, sight) = (conversation.last_seq, cx.caller.sight());
    let mut above = Seq::ZERO;
    let mut below = None;
    if let Some(after) = cmd.after {
        let start = first_not_before(snapshot, cx, cmd.conversation, last, after.shown_after())?;
        above = Seq::new(start.get() - 1);
    }
    if let Some(before) = cmd.before {
        let end = first_not_before(snapshot, cx, cmd.conversation, last, before.shown_before())?;
        below = Some(end);
    }
    match (cmd.cursor, cmd.order) {
        (Some(cursor), Order::Ascending) => above = above.max(cursor),
        (Some(cursor), Order::Descending) => {
            below = Some(below.map_or(cursor, |below| below.min(cursor)));
        }
        (None, _) => {}
    }
    let range = SeqRange { above, below };
    let page = match cmd.tombstones {
        Tombstones::Shown => {
            let (of, probe) = (cmd.conversation, cmd.limit.probe());
            let port = snapshot.messages();
            let found = port.page(cx.workspace(), of, range, sight, cmd.order, probe)?;
            Page::cut(found, cmd.limit, |message| message.seq)
        }
        Tombstones::Hidden => {
            let walk = walk(snapshot, cx, cmd, range)?;
            Page::walked(walk, cmd.limit, |message| message.seq)
        }
    };
    let page = seen_page(snapshot, cx, &conversation, page)?;
    Ok((conversation.seen_with(sight), page))
}

/// Goes on from page to page until there are as many messages as are wanted.
fn walk(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    cmd: &ListMessages,
    mut range: SeqRange,
) -> Result<Walk<Message, Seq>, Error> {
    let (mut items, mut looked_at) = (Vec::new(), 0);
    let (of, sight, probe) = (cmd.conversation, cx.caller.sight(), cmd.limit.probe());
    loop {
        let port = snapshot.messages();
        let found = port.page(cx.workspace(), of, range, sight, cmd.order, probe)?;
        let Some(last) = found.last().map(|message| message.seq) else {
            return Ok(Walk { items, on: None });
        };
        looked_at += found.len();
        let all_found = found.len() < probe;
        let shown = found.into_iter().filter(|one| one.deleted_at.is_none());
        items.extend(shown.take(probe - items.len()));
        if all_found || items.len() == probe {
            return Ok(Walk { items, on: None });
        }
        if looked_at >= WALK_MAX {
            let on = Some(last);
            return Ok(Walk { items, on });
        }
        match cmd.order {
            Order::Ascending => range.above = last,
            Order::Descending => range.below = Some(last),
        }
    }
}

/// A page of the messages that answer a message, oldest first, tombstones included.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `message_not_found`.
pub fn list_replies(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
    parent: MessageId,
    cursor: Option<Seq>,
    limit: Limit,
) -> Result<Page<Seen, Seq>, Error> {
    let (conversation, parent) = find_plain(snapshot, cx, conversation, parent)?;
    let found = snapshot.messages().page_of_replies(
        cx.workspace(),
        parent.id,
        cursor.unwrap_or_default(),
        cx.caller.sight(),
        limit.probe(),
    )?;
    let page = Page::cut(found, limit, |message| message.seq);
    seen_page(snapshot, cx, &conversation, page)
}

/// What these messages that the caller has been shown answer, or the tombstones of that, with files and without what is known
/// of who has them, by id: two statements.
///
/// # Errors
/// `scope_missing`.
pub fn find_answered<'a>(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    by: impl IntoIterator<Item = &'a Message>,
) -> Result<HashMap<MessageId, Seen>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let mut ids: Vec<MessageId> = by.into_iter().filter_map(|one| one.reply_to).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sight = cx.caller.sight();
    let found = snapshot.messages().find_many(cx.workspace(), &ids)?;
    let shown = found.into_iter().filter(|one| sight.covers(one.visibility));
    let mut seen: Vec<Seen> = shown
        .map(|message| Seen::unmarked(message.seen_with(sight)))
        .collect();
    with_files(snapshot, cx.workspace(), &mut seen)?;
    Ok(seen.into_iter().map(|one| (one.message.id, one)).collect())
}

/// A page with what is known of who has it.
fn seen_page(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: &Conversation,
    page: Page<Message, Seq>,
) -> Result<Page<Seen, Seq>, Error> {
    Ok(Page {
        items: with_receipts(snapshot, cx.caller.sight(), conversation, page.items)?,
        next: page.next,
    })
}

/// The place of the first message at or after a time; the place after the last if there is none. Times
/// never decrease along the places, so halving finds it, holes or not.
fn first_not_before(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
    last: Seq,
    at: Timestamp,
) -> Result<Seq, Error> {
    let (mut low, mut high) = (1, last.get() + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let found =
            snapshot
                .messages()
                .first_from(cx.workspace(), conversation, Seq::new(middle))?;
        match found {
            Some(stone) if stone.at < at => low = stone.seq.get() + 1,
            _ => high = middle,
        }
    }
    Ok(Seq::new(low))
}

/// The message, or its tombstone, and who has it.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `message_not_found`.
pub fn find_message(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Seen, Error> {
    let (conversation, message) = find_plain(snapshot, cx, conversation, id)?;
    let mut seen = with_receipts(snapshot, cx.caller.sight(), &conversation, vec![message])?;
    Ok(seen.pop().ok_or(Refusal::MessageNotFound)?)
}

/// A message that the caller may see, and its conversation.
pub(super) fn find_plain(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
    id: MessageId,
) -> Result<(Conversation, Message), Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let conversation = visible(snapshot, cx, conversation)?;
    let found = snapshot
        .messages()
        .find(cx.workspace(), conversation.id, id)?;
    let message = found
        .filter(|message| cx.caller.sight().covers(message.visibility))
        .ok_or(Refusal::MessageNotFound)?;
    Ok((conversation, message))
}

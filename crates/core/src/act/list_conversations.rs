//! Finds and lists conversations and members, as the workspace or as a participant sees them.

use std::collections::HashMap;

use crate::context::Context;
use crate::conversation::{Conversation, Status};
use crate::fault::Fault;
use crate::id::{ConversationId, ParticipantId};
use crate::key::Scope;
use crate::member::Member;
use crate::message::{Seq, Sight};
use crate::page::{Activity, Limit, Order, Page};
use crate::participant::ParticipantKind;
use crate::port::{ConversationFilter, SeqRange, Snapshot};
use crate::receipt::Seen;
use crate::refusal::{Error, Refusal};

use super::create_participant::find_participant;
use super::files::with_files;
use super::standing::visible;

/// Up to how many conversations are counted.
pub const CONVERSATIONS_COUNTED_MAX: usize = 10_000;

/// A member, and how much of the conversation they may see: what their unread count depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberNow {
    /// The member.
    pub member: Member,
    /// What they may see.
    pub sight: Sight,
}

impl MemberNow {
    /// The member as somebody sees it who may see so much: to who sees the public only, watermarks stand at
    /// public messages.
    pub(super) fn of(
        snapshot: &mut dyn Snapshot,
        conversation: &Conversation,
        member: Member,
        sight: Sight,
    ) -> Result<Self, Fault> {
        let member = if sight == Sight::Public {
            let read = public_before(snapshot, conversation, member.read_seq)?;
            let delivered = if member.delivered_seq == member.read_seq {
                read
            } else {
                public_before(snapshot, conversation, member.delivered_seq)?
            };
            member.without_notes(read, delivered)
        } else {
            member
        };
        Ok(Self { member, sight })
    }
}

/// The last public message up to a place.
fn public_before(
    snapshot: &mut dyn Snapshot,
    conversation: &Conversation,
    seq: Seq,
) -> Result<Seq, Fault> {
    let newest = conversation.public_seq;
    if seq >= newest || conversation.public_count == newest.get() {
        return Ok(seq.min(newest));
    }
    let range = SeqRange {
        above: Seq::ZERO,
        below: Some(seq.next()),
    };
    let found = snapshot.messages().page(
        conversation.workspace,
        conversation.id,
        range,
        Sight::Public,
        Order::Descending,
        1,
    )?;
    Ok(found.first().map_or(Seq::ZERO, |message| message.seq))
}

/// A conversation as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxEntry {
    /// The conversation.
    pub conversation: Conversation,
    /// The membership; it knows the unread count.
    pub member: MemberNow,
    /// The newest message with its files, or its tombstone, if anything was said.
    pub last_message: Option<Seen>,
}

/// The conversation.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`.
pub fn find_conversation(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    id: ConversationId,
) -> Result<Conversation, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    Ok(visible(snapshot, cx, id)?.seen_with(cx.caller.sight()))
}

/// A page of conversations, newest activity first: those of a participant if one is named or the caller
/// is bound to one, otherwise those of the workspace. One that becomes active while somebody walks
/// moves to the front and is not shown twice. To callers that are bound to a contact a page may show fewer
/// than its limit although another follows.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `not_allowed` for a contact who asks by assignee, label or priority.
pub fn list_conversations(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    participant: Option<ParticipantId>,
    filter: &ConversationFilter,
    cursor: Option<Activity>,
    limit: Limit,
) -> Result<Page<Conversation, Activity>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let (filter, shown_as) = for_sight(cx.caller.sight(), filter)?;
    let filter = &filter;
    let (workspace, probe) = (cx.workspace(), limit.probe());
    let found = match cx.caller.acting_as(participant)? {
        None => snapshot
            .conversations()
            .page(workspace, filter, cursor, probe)?,
        Some(participant) => {
            let own =
                snapshot
                    .conversations()
                    .page_of(workspace, participant, filter, cursor, probe)?;
            own.into_iter()
                .map(|(conversation, _)| conversation)
                .collect()
        }
    };
    let page = Page::cut(found, limit, place);
    let sight = cx.caller.sight();
    Ok(Page {
        items: page
            .items
            .into_iter()
            .map(|conversation| conversation.seen_with(sight))
            .filter(|conversation| shown_as.is_none_or(|status| conversation.status == status))
            .collect(),
        next: page.next,
    })
}

/// The filter for somebody who may see so much. Who sees the public only is told nothing of how the workspace
/// goes about its work, not by what a list leaves out either: the status is looked at as it is shown to them.
fn for_sight(
    sight: Sight,
    filter: &ConversationFilter,
) -> Result<(ConversationFilter, Option<Status>), Refusal> {
    if sight == Sight::Everything {
        return Ok((filter.clone(), None));
    }
    let work = filter.assignee.is_some() || filter.label.is_some() || filter.priority.is_some();
    if work || matches!(filter.status, Some(Status::Pending | Status::Snoozed)) {
        return Err(Refusal::NotAllowed);
    }
    let plain = ConversationFilter {
        status: None,
        ..filter.clone()
    };
    Ok((plain, filter.status))
}

/// A page of a participant's conversations with unread counts and newest messages, newest activity first:
/// as the participant sees them, whoever asks.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `participant_not_found`, `not_allowed` as [`list_conversations`].
pub fn list_inbox(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    participant: ParticipantId,
    filter: &ConversationFilter,
    cursor: Option<Activity>,
    limit: Limit,
) -> Result<Page<InboxEntry, Activity>, Error> {
    let sight = Sight::of(find_participant(snapshot, cx, participant)?.kind);
    cx.caller.acting_as(Some(participant))?;
    let (filter, shown_as) = for_sight(cx.caller.sight(), filter)?;
    let filter = &filter;
    let workspace = cx.workspace();
    let found =
        snapshot
            .conversations()
            .page_of(workspace, participant, filter, cursor, limit.probe())?;
    let page = Page::cut(found, limit, |(conversation, _)| place(conversation));
    let own: Vec<(Conversation, Member)> = page
        .items
        .into_iter()
        .map(|(conversation, member)| (conversation.seen_with(sight), member))
        .filter(|(one, _)| shown_as.is_none_or(|status| one.status == status))
        .collect();
    let conversations = own.iter().map(|(conversation, _)| conversation);
    let mut newest = newest(snapshot, cx, conversations, sight)?;
    let mut items = Vec::with_capacity(own.len());
    for (conversation, member) in own {
        items.push(InboxEntry {
            last_message: newest.remove(&conversation.id),
            member: MemberNow::of(snapshot, &conversation, member, sight)?,
            conversation,
        });
    }
    Ok(Page {
        items,
        next: page.next,
    })
}

/// The newest message of each of these conversations that the caller has been shown, or its tombstone, with its files;
/// those in which nothing was said are left out.
///
/// # Errors
/// `scope_missing`.
pub fn find_newest(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    of: &[Conversation],
) -> Result<HashMap<ConversationId, Seen>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    newest(snapshot, cx, of.iter(), cx.caller.sight())
}

fn newest<'a>(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    of: impl Iterator<Item = &'a Conversation>,
    sight: Sight,
) -> Result<HashMap<ConversationId, Seen>, Error> {
    let said = of.filter(|conversation| conversation.last_seq > Seq::ZERO);
    let places: Vec<(ConversationId, Seq)> = said
        .map(|conversation| (conversation.id, conversation.last_seq))
        .collect();
    let found = match places.as_slice() {
        [] => Vec::new(),
        places => snapshot.messages().find_at(cx.workspace(), places)?,
    };
    let mut newest: Vec<Seen> = found
        .into_iter()
        .map(|message| Seen::unmarked(message.seen_with(sight)))
        .collect();
    with_files(snapshot, cx.workspace(), &mut newest)?;
    Ok(newest
        .into_iter()
        .map(|seen| (seen.message.conversation, seen))
        .collect())
}

/// How many conversations pass the filter, of those of a participant if one is named or the caller is bound to one;
/// counted up to [`CONVERSATIONS_COUNTED_MAX`].
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `not_allowed` for callers that are bound to a contact.
pub fn count_conversations(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    participant: Option<ParticipantId>,
    filter: &ConversationFilter,
) -> Result<usize, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let participant = cx.caller.acting_as(participant)?;
    if cx.caller.sight() == Sight::Public {
        return Err(Refusal::NotAllowed.into());
    }
    let port = snapshot.conversations();
    Ok(port.count(
        cx.workspace(),
        participant,
        filter,
        CONVERSATIONS_COUNTED_MAX,
    )?)
}

fn place(conversation: &Conversation) -> Activity {
    Activity {
        at: conversation.activity_at(),
        id: conversation.id,
    }
}

/// A page of a conversation's present members in the order of their participants' ids, and the conversation
/// for their unread counts.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`.
pub fn list_members(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
    cursor: Option<ParticipantId>,
    limit: Limit,
) -> Result<(Conversation, Page<MemberNow, ParticipantId>), Error> {
    let conversation = find_conversation(snapshot, cx, conversation)?;
    let found = snapshot
        .members()
        .page(cx.workspace(), conversation.id, cursor, limit.probe())?;
    let page = Page::cut(found, limit, |member| member.participant);
    let items = with_sight(snapshot, cx, &conversation, page.items)?;
    let next = page.next;
    Ok((conversation, Page { items, next }))
}

/// Members with what they may see; to somebody who sees less, as much as that.
fn with_sight(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: &Conversation,
    members: Vec<Member>,
) -> Result<Vec<MemberNow>, Error> {
    let ids: Vec<ParticipantId> = members.iter().map(|member| member.participant).collect();
    let participants = match ids.as_slice() {
        [] => Vec::new(),
        ids => snapshot.participants().find_many(cx.workspace(), ids)?,
    };
    let kinds: HashMap<ParticipantId, ParticipantKind> =
        participants.iter().map(|one| (one.id, one.kind)).collect();
    let mut now = |member: Member| {
        let kind = kinds.get(&member.participant).copied();
        let own = kind.map_or(Sight::Public, Sight::of);
        let sight = if cx.caller.sight() == Sight::Public {
            Sight::Public
        } else {
            own
        };
        MemberNow::of(snapshot, conversation, member, sight)
    };
    Ok(members
        .into_iter()
        .map(&mut now)
        .collect::<Result<_, _>>()?)
}

/// A present member, and the conversation for the unread count.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `member_not_found`.
pub fn find_member(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
    participant: ParticipantId,
) -> Result<(Conversation, MemberNow), Error> {
    let conversation = find_conversation(snapshot, cx, conversation)?;
    let found = snapshot
        .members()
        .find(cx.workspace(), conversation.id, participant)?;
    let member = found
        .filter(Member::is_present)
        .ok_or(Refusal::MemberNotFound)?;
    let member = one_with_sight(snapshot, cx, &conversation, member)?;
    Ok((conversation, member))
}

/// The same for one member.
pub(super) fn one_with_sight(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: &Conversation,
    member: Member,
) -> Result<MemberNow, Error> {
    let mut members = with_sight(snapshot, cx, conversation, vec![member])?;
    Ok(members.pop().ok_or(Refusal::MemberNotFound)?)
}

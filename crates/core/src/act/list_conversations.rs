//! Finds and lists conversations and members, as the workspace or as a participant sees them.

use std::collections::HashMap;

use crate::context::Context;
use crate::conversation::Conversation;
use crate::id::{ConversationId, ParticipantId};
use crate::key::Scope;
use crate::member::Member;
use crate::message::{Message, Seq};
use crate::page::{Activity, Limit, Page};
use crate::port::{ConversationFilter, Snapshot};
use crate::refusal::{Error, Refusal};

use super::create_participant::find_participant;
use super::standing::visible;

/// A conversation as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxEntry {
    /// The conversation.
    pub conversation: Conversation,
    /// The membership; it knows the unread count.
    pub member: Member,
    /// The newest message or its tombstone, if anything was said.
    pub last_message: Option<Message>,
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
    visible(snapshot, cx, id)
}

/// A page of conversations, newest activity first: those of a participant if one is named or the caller
/// is bound to one, otherwise those of the workspace. One that becomes active while somebody walks
/// moves to the front and is not shown twice.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`.
pub fn list_conversations(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    participant: Option<ParticipantId>,
    filter: ConversationFilter,
    cursor: Option<Activity>,
    limit: Limit,
) -> Result<Page<Conversation, Activity>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
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
    Ok(Page::cut(found, limit, place))
}

/// A page of a participant's conversations with unread counts and newest messages, newest activity first.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `participant_not_found`.
pub fn list_inbox(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    participant: ParticipantId,
    filter: ConversationFilter,
    cursor: Option<Activity>,
    limit: Limit,
) -> Result<Page<InboxEntry, Activity>, Error> {
    find_participant(snapshot, cx, participant)?;
    cx.caller.acting_as(Some(participant))?;
    let workspace = cx.workspace();
    let found =
        snapshot
            .conversations()
            .page_of(workspace, participant, filter, cursor, limit.probe())?;
    let page = Page::cut(found, limit, |(conversation, _)| place(conversation));
    let places: Vec<(ConversationId, Seq)> = page
        .items
        .iter()
        .filter(|(conversation, _)| conversation.last_seq > Seq::ZERO)
        .map(|(conversation, _)| (conversation.id, conversation.last_seq))
        .collect();
    let newest = match places.as_slice() {
        [] => Vec::new(),
        places => snapshot.messages().find_at(workspace, places)?,
    };
    let mut newest: HashMap<ConversationId, Message> = newest
        .into_iter()
        .map(|message| (message.conversation, message))
        .collect();
    let entries = page
        .items
        .into_iter()
        .map(|(conversation, member)| InboxEntry {
            last_message: newest.remove(&conversation.id),
            conversation,
            member,
        });
    Ok(Page {
        items: entries.collect(),
        next: page.next,
    })
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
) -> Result<(Conversation, Page<Member, ParticipantId>), Error> {
    let conversation = find_conversation(snapshot, cx, conversation)?;
    let found = snapshot
        .members()
        .page(cx.workspace(), conversation.id, cursor, limit.probe())?;
    Ok((
        conversation,
        Page::cut(found, limit, |member| member.participant),
    ))
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
) -> Result<(Conversation, Member), Error> {
    let conversation = find_conversation(snapshot, cx, conversation)?;
    let found = snapshot
        .members()
        .find(cx.workspace(), conversation.id, participant)?;
    let member = found
        .filter(Member::is_present)
        .ok_or(Refusal::MemberNotFound)?;
    Ok((conversation, member))
}

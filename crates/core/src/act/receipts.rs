//! Tells who has received and read a message, from watermarks instead of a row for each.

use std::collections::HashSet;

use crate::context::Context;
use crate::conversation::Conversation;
use crate::fault::Fault;
use crate::id::{ConversationId, MessageId, ParticipantId};
use crate::member::Member;
use crate::message::{Direction, Message, Seq, Sight, Visibility};
use crate::page::{Limit, Order, Page};
use crate::port::{SeqRange, Snapshot};
use crate::receipt::{Mark, Receipt, ReceiptKind, Seen};
use crate::refusal::Error;

use super::files::with_files;
use super::list_messages::find_plain;

/// How many leading marks there can be at one place: of each kind the first two that came so far.
const LEADING_AT_ONE_PLACE: usize = 4;
/// How many leading marks above the messages in question are looked at.
const MARKS_ABOVE: usize = 16;
/// How many messages above those in question are looked at for an answer.
const ANSWERS_ABOVE: usize = 10;
/// How many members are asked one by one when there are more marks than are looked at.
const MEMBERS_ASKED: usize = 100;

/// Messages of one conversation, in the order of their seq or against it, as somebody sees them, each with
/// the times at which somebody else than its sender first had and read it: by a mark, or by an answer. The
/// cost depends on how many there are, not on how many members or marks the conversation has; where there
/// are more marks than that, a time may be told that is a later one than the first.
pub(super) fn with_receipts(
    snapshot: &mut dyn Snapshot,
    sight: Sight,
    conversation: &Conversation,
    messages: Vec<Message>,
) -> Result<Vec<Seen>, Fault> {
    let seqs = || messages.iter().map(|message| message.seq);
    let (Some(lowest), Some(highest)) = (seqs().min(), seqs().max()) else {
        return Ok(Vec::new());
    };
    let mut seen: Vec<Seen> = messages
        .into_iter()
        .map(|message| Seen::unmarked(message.seen_with(sight)))
        .collect();
    if conversation.marked_seq >= lowest {
        let marks = marks(snapshot, conversation, lowest, highest, seen.len())?;
        let has_notes = seen.iter().any(|one| is_note(&one.message));
        let contacts = if has_notes {
            contacts_among(snapshot, conversation, &marks)?
        } else {
            HashSet::new()
        };
        for mark in &marks {
            let by_contact = contacts.contains(&mark.participant);
            for one in &mut seen {
                if !(by_contact && is_note(&one.message)) {
                    one.pass(mark);
                }
            }
        }
    }
    let newest = match sight {
        Sight::Everything => conversation.last_seq,
        Sight::Public => conversation.public_seq,
    };
    let later = if newest > highest {
        let range = SeqRange {
            above: highest,
            below: None,
        };
        snapshot.messages().page(
            conversation.workspace,
            conversation.id,
            range,
            sight,
            Order::Ascending,
            ANSWERS_ABOVE,
        )?
    } else {
        Vec::new()
    };
    let backwards = seen.first().map(|one| one.message.seq) > Some(lowest);
    if backwards {
        seen.reverse();
    }
    answer(&mut seen, &later);
    if backwards {
        seen.reverse();
    }
    with_files(snapshot, conversation.workspace, &mut seen)?;
    Ok(seen)
}

/// Whether contacts know nothing of it.
fn is_note(message: &Message) -> bool {
    message.visibility == Visibility::Private
}

/// Whose marks say nothing of private notes.
fn contacts_among(
    snapshot: &mut dyn Snapshot,
    conversation: &Conversation,
    marks: &[Mark],
) -> Result<HashSet<ParticipantId>, Fault> {
    let ids: HashSet<ParticipantId> = marks.iter().map(|mark| mark.participant).collect();
    let ids: Vec<ParticipantId> = ids.into_iter().collect();
    let found = match ids.as_slice() {
        [] => Vec::new(),
        ids => snapshot
            .participants()
            .find_many(conversation.workspace, ids)?,
    };
    let contacts = found
        .iter()
        .filter(|one| Sight::of(one.kind) == Sight::Public);
    Ok(contacts.map(|one| one.id).collect())
}

/// The marks that decide when messages between two places were first received and read.
fn marks(
    snapshot: &mut dyn Snapshot,
    conversation: &Conversation,
    lowest: Seq,
    highest: Seq,
    messages: usize,
) -> Result<Vec<Mark>, Fault> {
    let (workspace, id) = (conversation.workspace, conversation.id);
    let limit = LEADING_AT_ONE_PLACE * messages + MARKS_ABOVE;
    let receipts = snapshot.receipts();
    let mut marks = receipts.leading_marks(workspace, id, lowest, limit)?;
    if marks.len() < limit {
        return Ok(marks);
    }
    // Somebody who went far at once may stand behind all those who went step by step.
    let members = snapshot
        .members()
        .page(workspace, id, None, MEMBERS_ASKED)?;
    marks.extend(members.iter().flat_map(standing_marks));
    let far: Vec<ParticipantId> = members
        .iter()
        .filter(|member| member.delivered_seq >= highest)
        .map(|member| member.participant)
        .collect();
    if !far.is_empty() {
        marks.extend(
            snapshot
                .receipts()
                .first_marks(workspace, id, highest, &far)?,
        );
    }
    Ok(marks)
}

/// What a member's watermarks say by themselves: the time is that of their last step.
fn standing_marks(member: &Member) -> impl Iterator<Item = Mark> + use<> {
    let mark = |kind, seq, at: Option<_>| {
        at.map(|at| Mark {
            workspace: member.workspace,
            conversation: member.conversation,
            participant: member.participant,
            kind,
            seq,
            at,
            leads: false,
        })
    };
    let read = mark(ReceiptKind::Read, member.read_seq, member.read_at);
    let delivered = mark(
        ReceiptKind::Delivered,
        member.delivered_seq,
        member.delivered_at,
    );
    read.into_iter().chain(delivered)
}

/// Takes the first answer to each message into account, given in the order of their seq.
fn answer(seen: &mut [Seen], later: &[Message]) {
    for end in 1..=seen.len() {
        let (before, after) = seen.split_at_mut(end);
        let Some(one) = before.last_mut() else {
            continue;
        };
        let sender = one.message.sender;
        let is_note = is_note(&one.message);
        // Who has not seen a note does not answer it: what comes in is from contacts.
        let answers = |message: &&Message| {
            message.sender != sender && !(is_note && message.direction == Direction::Incoming)
        };
        let mut after = after.iter().map(|one| &one.message).chain(later);
        if let Some(first) = after.find(answers) {
            one.answered_by(first);
        }
    }
}

/// A page of what each present member but the sender has of a message, in the order of their ids; of a
/// private note only those who may see it. A page may hold fewer than its limit although another follows.
/// Who joined after the message has neither time; who read it by sending has the time of their last reading.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `message_not_found`.
pub fn list_receipts(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
    message: MessageId,
    cursor: Option<ParticipantId>,
    limit: Limit,
) -> Result<Page<Receipt, ParticipantId>, Error> {
    let (_, message) = find_plain(snapshot, cx, conversation, message)?;
    let workspace = cx.workspace();
    // The sender is left out.
    let mut found = snapshot
        .members()
        .page(workspace, conversation, cursor, limit.probe() + 1)?;
    found.retain(|member| member.participant != message.sender);
    let Page { items, next } = Page::cut(found, limit, |member| member.participant);
    let members = covered(snapshot, cx, &message, items)?;
    let ids: Vec<ParticipantId> = members.iter().map(|member| member.participant).collect();
    let marks = match ids.as_slice() {
        [] => Vec::new(),
        ids => {
            let receipts = snapshot.receipts();
            receipts.first_marks(workspace, conversation, message.seq, ids)?
        }
    };
    let items = members
        .iter()
        .map(|member| receipt(member, message.seq, &marks))
        .collect();
    Ok(Page { items, next })
}

/// Those of the members who may see the message.
fn covered(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    message: &Message,
    mut members: Vec<Member>,
) -> Result<Vec<Member>, Fault> {
    if message.visibility == Visibility::Public || members.is_empty() {
        return Ok(members);
    }
    let ids: Vec<ParticipantId> = members.iter().map(|member| member.participant).collect();
    let participants = snapshot.participants().find_many(cx.workspace(), &ids)?;
    let covered: HashSet<ParticipantId> = participants
        .iter()
        .filter(|one| Sight::of(one.kind).covers(message.visibility))
        .map(|one| one.id)
        .collect();
    members.retain(|member| covered.contains(&member.participant));
    Ok(members)
}

/// What one member has of the message at a place: by their first mark there, else by the watermark.
fn receipt(member: &Member, seq: Seq, marks: &[Mark]) -> Receipt {
    let first = |kind: Option<ReceiptKind>| {
        let own = marks.iter().filter(|mark| {
            mark.participant == member.participant && kind.is_none_or(|kind| mark.kind == kind)
        });
        own.map(|mark| mark.at).min()
    };
    let read_so_far = (member.read_seq >= seq).then_some(member.read_at);
    let delivered_so_far = (member.delivered_seq >= seq).then_some(member.delivered_at);
    let read_at = first(Some(ReceiptKind::Read)).or(read_so_far.flatten());
    let delivered_at = first(None).or(delivered_so_far.flatten()).or(read_at);
    Receipt {
        participant: member.participant,
        delivered_at,
        read_at,
    }
}

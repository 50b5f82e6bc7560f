//! Moves a member's delivered and read watermarks.

use crate::context::Context;
use crate::conversation::Conversation;
use crate::event::{NewEvent, Subject, Topic};
use crate::fault::Fault;
use crate::id::{ConversationId, ParticipantId};
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::member::Member;
use crate::message::{Seq, Sight, Visibility};
use crate::port::{Snapshot, Unit};
use crate::receipt::{Mark, ReceiptKind};
use crate::refusal::{Error, Refusal};

use super::list_conversations::MemberNow;
use super::standing::{lock, standing};

/// How many others have to be ahead for a mark to lead nobody: one of them may be the sender of the
/// message in question, the other is not.
const AHEAD_MAX: usize = 2;

/// Says that everything up to `seq` has reached a member, or that they have read it; what was read was
/// delivered. The watermark moves forward only; a lower `seq` changes nothing. Returns the member as it
/// stands, and the conversation for its unread count.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `bound_elsewhere` for another member than the caller's
/// own, `member_not_found`, `validation_failed` at `seq` beyond the newest message that the member may see.
pub fn mark(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: ConversationId,
    participant: ParticipantId,
    kind: ReceiptKind,
    seq: Seq,
) -> Result<(Conversation, MemberNow), Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let mut conversation = lock(unit, cx, conversation)?;
    standing(unit, cx, conversation.id, None)?;
    cx.caller.acting_as(Some(participant))?;
    let workspace = cx.workspace();
    let found = unit
        .members_mut()
        .lock(workspace, conversation.id, participant)?;
    let mut member = found
        .filter(Member::is_present)
        .ok_or(Refusal::MemberNotFound)?;
    let known = unit.participants().find(workspace, participant)?;
    let sight = known.map_or(Sight::Public, |one| Sight::of(one.kind));
    let newest = conversation.clone().seen_with(sight).last_seq;
    if seq > newest {
        let problem = format!("expected at most {newest}, the newest message");
        return Err(Invalid::new(problem).at("seq").into());
    }
    let moved = match kind {
        ReceiptKind::Delivered => member.delivered_up_to(seq, cx.now),
        ReceiptKind::Read if seq > member.read_seq => {
            let public = public_up_to(unit, &conversation, seq)?;
            member.read_up_to(seq, public, cx.now)
        }
        ReceiptKind::Read => false,
    };
    if moved {
        unit.members_mut().save(&member)?;
        if seq > conversation.marked_seq {
            conversation.mark(seq);
            unit.conversations_mut().save(&conversation)?;
        }
        // Contacts ahead say nothing of private notes.
        let has_notes = conversation.public_count < conversation.last_seq.get();
        let always = sight == Sight::Everything && has_notes;
        note(unit, cx, &member, kind, seq, always)?;
    }
    let conversation = conversation.seen_with(cx.caller.sight());
    let member = MemberNow::of(unit, &conversation, member, sight)?;
    Ok((conversation, member))
}

/// How many public messages a conversation has had up to a place.
fn public_up_to(
    snapshot: &mut dyn Snapshot,
    conversation: &Conversation,
    seq: Seq,
) -> Result<u64, Fault> {
    if seq == conversation.last_seq {
        return Ok(conversation.public_count);
    }
    let next =
        snapshot
            .messages()
            .first_from(conversation.workspace, conversation.id, seq.next())?;
    Ok(match next {
        None => conversation.public_count,
        Some(next) => {
            let own = u64::from(next.visibility == Visibility::Public);
            next.public_count.saturating_sub(own)
        }
    })
}

/// Remembers when the watermark moved, and says so in the log.
fn note(
    unit: &mut dyn Unit,
    cx: &Context,
    member: &Member,
    kind: ReceiptKind,
    seq: Seq,
    leads: bool,
) -> Result<(), Error> {
    let (workspace, of, participant) = (cx.workspace(), member.conversation, member.participant);
    let leads = leads
        || unit
            .receipts()
            .ahead(workspace, of, kind, seq, participant)?
            < AHEAD_MAX;
    unit.receipts_mut().mark(&Mark {
        workspace,
        conversation: of,
        participant,
        kind,
        seq,
        at: cx.now,
        leads,
    })?;
    let event = NewEvent {
        topic: match kind {
            ReceiptKind::Delivered => Topic::MemberDelivered,
            ReceiptKind::Read => Topic::MemberRead,
        },
        subject: Subject::Member(of, participant, Some(seq)),
        at: cx.now,
    };
    Ok(unit.events_mut().append(workspace, &[event])?)
}

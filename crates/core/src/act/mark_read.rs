//! Moves a member's read watermark.

use crate::context::Context;
use crate::conversation::Conversation;
use crate::event::{NewEvent, Subject, Topic};
use crate::id::{ConversationId, ParticipantId};
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::member::Member;
use crate::message::Seq;
use crate::port::{ReadAdvance, Unit};
use crate::refusal::{Error, Refusal};

use super::standing::visible;

/// Says that a member has read everything up to `seq`. The watermark moves forward only; a lower `seq`
/// changes nothing. Returns the member as it stands, and the conversation for its unread count.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`, `bound_elsewhere` for another member than the caller's
/// own, `member_not_found`, `validation_failed` at `seq` beyond the newest message.
pub fn mark_read(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: ConversationId,
    participant: ParticipantId,
    seq: Seq,
) -> Result<(Conversation, Member), Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let conversation = visible(unit, cx, conversation)?;
    cx.caller.acting_as(Some(participant))?;
    let found = unit
        .members_mut()
        .lock(cx.workspace(), conversation.id, participant)?;
    let mut member = found
        .filter(Member::is_present)
        .ok_or(Refusal::MemberNotFound)?;
    if seq > conversation.last_seq {
        let problem = format!(
            "expected at most {}, the newest message",
            conversation.last_seq
        );
        return Err(Invalid::new(problem).at("seq").into());
    }
    if member.read_up_to(seq, cx.now) {
        let advance = ReadAdvance {
            conversation: conversation.id,
            participant,
            read_seq: seq,
            read_at: cx.now,
        };
        unit.members_mut()
            .advance_read(cx.workspace(), &[advance])?;
        let subject = Subject::Member(conversation.id, participant, Some(seq));
        let event = NewEvent {
            topic: Topic::MemberRead,
            subject,
            at: cx.now,
        };
        unit.events_mut().append(cx.workspace(), &[event])?;
    }
    Ok((conversation, member))
}

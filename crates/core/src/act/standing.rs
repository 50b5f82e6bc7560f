//! What the caller may see of a conversation and do to it.

use crate::context::Context;
use crate::conversation::Conversation;
use crate::id::{ConversationId, ParticipantId};
use crate::member::Member;
use crate::port::{Snapshot, Unit};
use crate::refusal::{Error, Refusal};

/// By which right somebody acts in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// As the workspace itself: with a key that is not bound, naming nobody.
    Workspace,
    /// As a present member.
    Member(Box<Member>),
}

impl Standing {
    /// Refuses everybody but owners, admins and the workspace itself.
    pub(super) fn moderates(&self) -> Result<(), Refusal> {
        match self {
            Self::Member(member) if !member.role.moderates() => Err(Refusal::NotAllowed),
            _ => Ok(()),
        }
    }

    /// The same, but a participant may do it where only they are concerned.
    pub(super) fn moderates_or_is(&self, participant: ParticipantId) -> Result<(), Refusal> {
        match self {
            Self::Member(member) if member.participant == participant => Ok(()),
            _ => self.moderates(),
        }
    }
}

/// The standing of the caller, or of the participant that it names.
///
/// # Errors
/// `conversation_not_found` for a bound caller outside of the conversation: it does not exist for
/// them. `not_a_member` for an unbound caller that names somebody outside.
pub(super) fn standing(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
    named: Option<ParticipantId>,
) -> Result<Standing, Error> {
    let Some(participant) = cx.caller.acting_as(named)? else {
        return Ok(Standing::Workspace);
    };
    let member = snapshot
        .members()
        .find(cx.workspace(), conversation, participant)?;
    let outside = if cx.caller.participant().is_some() {
        Refusal::ConversationNotFound
    } else {
        Refusal::NotAMember
    };
    let member = member.filter(Member::is_present).ok_or(outside)?;
    Ok(Standing::Member(Box::new(member)))
}

/// The conversation, if it exists for the caller.
///
/// # Errors
/// `conversation_not_found`.
pub(super) fn visible(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    id: ConversationId,
) -> Result<Conversation, Error> {
    let found = snapshot.conversations().find(cx.workspace(), id)?;
    let conversation = found.ok_or(Refusal::ConversationNotFound)?;
    standing(snapshot, cx, id, None)?;
    Ok(conversation)
}

/// The conversation, locked for the rest of the unit.
///
/// # Errors
/// `conversation_not_found`.
pub(super) fn lock(
    unit: &mut dyn Unit,
    cx: &Context,
    id: ConversationId,
) -> Result<Conversation, Error> {
    let mut found = unit.conversations_mut().lock_many(cx.workspace(), &[id])?;
    Ok(found.pop().ok_or(Refusal::ConversationNotFound)?)
}

//! Who calls: the participant that the key is bound to, or the key's own, with no more than their rights.
//!
//! What they may do is decided by the core.

use std::sync::Arc;

use causerie_core::act::{find_numbered_conversation, find_placed};
use causerie_core::port::{Snapshot, Unit};
use causerie_core::{
    Caller, Context, Conversation, ConversationId, Error, MediaId, MessageId, Participant,
    ParticipantId, Position, Refusal, Subject,
};
use causerie_http::Problem;
use causerie_http::extract::{Call, number};

/// As many digits as every number here has at most.
const DIGITS_MAX: usize = 15;

/// The caller.
#[derive(Debug)]
pub(super) struct You {
    /// Their acts.
    pub(super) cx: Context,
    /// Who they are; what is told of them may be a little old.
    pub(super) me: Arc<Participant>,
    /// Acts of the workspace itself, for finding what the caller is then let near or not.
    pub(super) whole: Context,
}

impl You {
    fn new(cx: &Context, me: Arc<Participant>) -> Self {
        Self {
            cx: Context {
                caller: cx.caller.confined_to(&me),
                ..cx.clone()
            },
            whole: whole(cx),
            me,
        }
    }

    /// For showing what the caller was let near, whether or not the key may read: in answer to a change, what was changed.
    pub(super) fn looking(&self) -> Context {
        Context {
            caller: self.whole.caller.seeing_public(),
            ..self.whole.clone()
        }
    }

    /// The same acts of somebody who is shown no private notes: there is no way to tell them from messages here.
    pub(super) fn reading(&self) -> Context {
        Context {
            caller: self.cx.caller.seeing_public(),
            ..self.cx.clone()
        }
    }

    /// The conversation with this number, whether or not the caller is in it: [`foreign`] tells those who are not.
    ///
    /// # Errors
    /// `conversation_not_found`.
    pub(super) fn conversation(
        &self,
        snapshot: &mut dyn Snapshot,
        number: u64,
    ) -> Result<Conversation, Error> {
        find_numbered_conversation(snapshot, &self.whole, number)
    }

    /// The message of a conversation with this number; whether the caller may see it is not known yet.
    ///
    /// # Errors
    /// `message_not_found`.
    pub(super) fn message(
        &self,
        snapshot: &mut dyn Snapshot,
        of: ConversationId,
        number: u64,
    ) -> Result<MessageId, Error> {
        match self.placed(snapshot, number)? {
            Some(Subject::Message(conversation, id, _)) if conversation == of => Ok(id),
            _ => Err(Refusal::MessageNotFound.into()),
        }
    }

    /// The participant with this number.
    ///
    /// # Errors
    /// `participant_not_found`.
    pub(super) fn participant(
        &self,
        snapshot: &mut dyn Snapshot,
        number: u64,
    ) -> Result<ParticipantId, Error> {
        participant(snapshot, &self.whole, number)
    }

    /// The file with this number; whether the caller may see it is not known yet.
    ///
    /// # Errors
    /// `media_not_found`.
    pub(super) fn media(&self, snapshot: &mut dyn Snapshot, number: u64) -> Result<MediaId, Error> {
        match self.placed(snapshot, number)? {
            Some(Subject::Media(id)) => Ok(id),
            _ => Err(Refusal::MediaNotFound.into()),
        }
    }

    /// What has this number.
    pub(super) fn placed(
        &self,
        snapshot: &mut dyn Snapshot,
        number: u64,
    ) -> Result<Option<Subject>, Error> {
        placed(snapshot, &self.whole, number)
    }
}

/// The same act of the workspace itself, for showing what was changed to whoever may change it but not read.
pub(super) fn whole(cx: &Context) -> Context {
    let workspace = Arc::new(cx.caller.workspace().clone());
    Context {
        caller: Caller::embedding(workspace),
        ..cx.clone()
    }
}

fn placed(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    number: u64,
) -> Result<Option<Subject>, Error> {
    let position = Position::new(number);
    Ok(find_placed(snapshot, cx, &[position])?.remove(&position))
}

/// The participant with this number.
///
/// # Errors
/// `participant_not_found`.
pub(super) fn participant(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    number: u64,
) -> Result<ParticipantId, Error> {
    match placed(snapshot, cx, number)? {
        Some(Subject::Participant(id)) => Ok(id),
        _ => Err(Refusal::ParticipantNotFound.into()),
    }
}

/// The outcome of what a caller wants of a conversation that there is: to somebody outside it is forbidden, not
/// missing.
///
/// # Errors
/// `not_a_member` in place of `conversation_not_found`.
pub(super) fn foreign<T>(outcome: Result<T, Error>) -> Result<T, Error> {
    outcome.map_err(|error| match error {
        Error::Refusal(Refusal::ConversationNotFound) => Refusal::NotAMember.into(),
        other => other,
    })
}

/// Reads in one snapshot, as the caller.
///
/// # Errors
/// Those of the work.
pub(super) async fn read<T, W>(call: &Call, work: W) -> Result<T, Problem>
where
    T: Send + 'static,
    W: FnOnce(&mut dyn Snapshot, &You) -> Result<T, Error> + Send + 'static,
{
    let me = call.voice().await?;
    call.read(move |snapshot, cx| work(snapshot, &You::new(cx, me)))
        .await
}

/// Changes something in one unit, as the caller.
///
/// # Errors
/// Those of the work.
pub(super) async fn write<T, W>(call: &Call, mut work: W) -> Result<T, Problem>
where
    T: Send + 'static,
    W: FnMut(&mut dyn Unit, &You) -> Result<T, Error> + Send + 'static,
{
    let me = call.voice().await?;
    call.write(move |unit, cx| work(unit, &You::new(cx, Arc::clone(&me))))
        .await
}

/// The number that stands in the path under this name; what is none names nothing.
///
/// # Errors
/// `missing`.
pub(super) fn path_number(call: &Call, name: &str, missing: Refusal) -> Result<u64, Problem> {
    number(call.part(name)?, DIGITS_MAX).ok_or(missing.into())
}

//! Who calls: the participant that the key is bound to, or the key's own, with no more than their rights.
//!
//! What they may do is decided by the core.

use std::sync::Arc;

use causerie_core::act::{find_numbered_conversation, find_placed};
use causerie_core::port::{Snapshot, Unit};
use causerie_core::{
    Caller, Context, Conversation, ConversationId, Error, Invalid, MediaId, MessageId, Participant,
    ParticipantId, Position, Refusal, Subject,
};
use causerie_http::Problem;
use causerie_http::extract::{Call, number};

use super::known::Known;
use super::surface::Staffchat;

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
    known: Arc<Known>,
    /// Whether what is read is committed for certain.
    is_settled: bool,
}

impl You {
    fn new(cx: &Context, me: Arc<Participant>, known: Arc<Known>, is_settled: bool) -> Self {
        Self {
            known,
            is_settled,
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

    /// The id of the conversation with this number, as far as is remembered: it may be gone.
    ///
    /// # Errors
    /// `conversation_not_found`.
    pub(super) fn conversation_id(
        &self,
        snapshot: &mut dyn Snapshot,
        number: u64,
    ) -> Result<ConversationId, Error> {
        let workspace = self.cx.workspace();
        if let Some(id) = self.known.conversation(workspace, number) {
            return Ok(id);
        }
        let id = self.conversation(snapshot, number)?.id;
        if self.is_settled {
            self.known.remember_conversation(workspace, number, id);
        }
        Ok(id)
    }

    /// The outcome of what the caller wants of a conversation that is remembered: gone, forbidden, or as it is.
    ///
    /// # Errors
    /// Those of the outcome; `not_a_member` for a conversation that there is.
    pub(super) fn explain<T>(
        &self,
        snapshot: &mut dyn Snapshot,
        number: u64,
        outcome: Result<T, Error>,
    ) -> Result<T, Error> {
        if let Err(Error::Refusal(Refusal::ConversationNotFound)) = outcome {
            self.conversation(snapshot, number)?;
        }
        foreign(outcome)
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

    /// The users with these numbers, in their order: one statement.
    ///
    /// # Errors
    /// `validation_failed` at `field/N`.
    pub(super) fn users(
        &self,
        snapshot: &mut dyn Snapshot,
        numbers: &[u64],
        field: &str,
    ) -> Result<Vec<ParticipantId>, Error> {
        let expected = "expected the number of a user";
        self.all(
            snapshot,
            numbers,
            (field, expected),
            |subject| match subject {
                Subject::Participant(id) => Some(id),
                _ => None,
            },
        )
    }

    /// The files with these numbers, in their order: one statement. Whether the caller may see them is not known yet.
    ///
    /// # Errors
    /// `validation_failed` at `files/N`.
    pub(super) fn files(
        &self,
        snapshot: &mut dyn Snapshot,
        numbers: &[u64],
    ) -> Result<Vec<MediaId>, Error> {
        let expected = "expected a file of yours that was uploaded";
        self.all(
            snapshot,
            numbers,
            ("files", expected),
            |subject| match subject {
                Subject::Media(id) => Some(id),
                _ => None,
            },
        )
    }

    fn all<T>(
        &self,
        snapshot: &mut dyn Snapshot,
        numbers: &[u64],
        (field, expected): (&str, &'static str),
        read: impl Fn(Subject) -> Option<T>,
    ) -> Result<Vec<T>, Error> {
        let positions: Vec<Position> = numbers.iter().copied().map(Position::new).collect();
        let found = find_placed(snapshot, &self.whole, &positions)?;
        let one = |(place, position): (usize, &Position)| {
            let known = found.get(position).copied().and_then(&read);
            let unknown = || Invalid::new(expected).at(format!("{field}/{place}"));
            known.ok_or_else(|| unknown().into())
        };
        positions.iter().enumerate().map(one).collect()
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
    let (me, known) = (call.voice().await?, known(call));
    call.read(move |snapshot, cx| work(snapshot, &You::new(cx, me, known, true)))
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
    let (me, known) = (call.voice().await?, known(call));
    call.write(move |unit, cx| {
        let you = You::new(cx, Arc::clone(&me), Arc::clone(&known), false);
        work(unit, &you)
    })
    .await
}

/// What this node remembers.
pub(super) fn known(call: &Call) -> Arc<Known> {
    let surface = call.surface::<Staffchat>();
    surface.map_or_else(Arc::default, |own| Arc::clone(&own.known))
}

/// The number that stands in the path under this name; what is none names nothing.
///
/// # Errors
/// `missing`.
pub(super) fn path_number(call: &Call, name: &str, missing: Refusal) -> Result<u64, Problem> {
    number(call.part(name)?, DIGITS_MAX).ok_or(missing.into())
}

//! As whom a key speaks, and what stands behind the ids that its client knows.
//!
//! What somebody may see and do is decided by the core.

use std::sync::Arc;

use causerie_core::port::{Snapshot, Unit};
use causerie_core::{
    Caller, Context, ConversationId, Error, Kind, MediaId, MessageId, Participant, ParticipantId,
    Position, Refusal, Seq, Subject, WorkspaceId,
};
use causerie_http::Problem;
use causerie_http::extract::Call;
use causerie_http::problem::Trouble;

use super::Protocol;
use super::ids::{ShortId, Sort};
use super::known::Known;
use super::problem::unknown;

/// Who calls: the participant that the key speaks as.
#[derive(Clone, Debug)]
pub(super) struct You {
    /// The participant.
    pub(super) me: Arc<Participant>,
    /// An act with the rights of the key.
    pub(super) key: Context,
    /// An act with the rights of the participant, who is shown no private notes: the wire could not tell them apart.
    pub(super) cx: Context,
    /// Where things came into being.
    pub(super) known: Arc<Known>,
}

impl You {
    fn of(me: Arc<Participant>, known: Arc<Known>, key: &Context) -> Self {
        let caller = key.caller.confined_to(&me).seeing_public();
        Self {
            key: key.clone(),
            cx: Context {
                caller,
                ..key.clone()
            },
            me,
            known,
        }
    }

    pub(super) fn workspace(&self) -> WorkspaceId {
        self.key.workspace()
    }

    /// For showing who may only write what they sent themselves, and the public only.
    pub(super) fn looking(&self) -> Self {
        let workspace = Arc::new(self.key.caller.workspace().clone());
        let cx = Context {
            caller: Caller::embedding(workspace)
                .confined_to(&self.me)
                .seeing_public(),
            ..self.key.clone()
        };
        Self {
            key: cx.clone(),
            cx,
            ..self.clone()
        }
    }

    fn subject(
        &self,
        snapshot: &mut dyn Snapshot,
        sort: Sort,
        text: &str,
    ) -> Result<Option<Subject>, Error> {
        let Some(position) = ShortId::read(self.workspace(), sort, text) else {
            return Ok(None);
        };
        Ok(self
            .known
            .placed(snapshot, &self.key, &[position])?
            .remove(&position))
    }

    /// The message with this id, of whatever conversation.
    ///
    /// # Errors
    /// `message_not_found`.
    pub(super) fn message(
        &self,
        snapshot: &mut dyn Snapshot,
        text: &str,
    ) -> Result<(ConversationId, MessageId, Seq), Error> {
        match self.subject(snapshot, Sort::Message, text)? {
            Some(Subject::Message(of, id, seq)) => Ok((of, id, seq)),
            _ => Err(Refusal::MessageNotFound.into()),
        }
    }

    /// The conversation with this id, or the group's; whether it exists for the participant is not known yet.
    ///
    /// # Errors
    /// `conversation_not_found`.
    pub(super) fn conversation(
        &self,
        snapshot: &mut dyn Snapshot,
        sort: Sort,
        text: &str,
    ) -> Result<ConversationId, Error> {
        match self.subject(snapshot, sort, text)? {
            Some(Subject::Conversation(id)) => Ok(id),
            _ => Err(Refusal::ConversationNotFound.into()),
        }
    }

    /// The participant with this id.
    ///
    /// # Errors
    /// `participant_not_found`.
    pub(super) fn contact(
        &self,
        snapshot: &mut dyn Snapshot,
        text: &str,
    ) -> Result<ParticipantId, Error> {
        match self.subject(snapshot, Sort::Contact, text)? {
            Some(Subject::Participant(id)) => Ok(id),
            _ => Err(Refusal::ParticipantNotFound.into()),
        }
    }

    /// The file with this id.
    ///
    /// # Errors
    /// `media_not_found`.
    pub(super) fn attachment(
        &self,
        snapshot: &mut dyn Snapshot,
        text: &str,
    ) -> Result<MediaId, Error> {
        match self.subject(snapshot, Sort::Attachment, text)? {
            Some(Subject::Media(id)) => Ok(id),
            _ => Err(Refusal::MediaNotFound.into()),
        }
    }

    /// The files with these ids, with their positions: one statement.
    ///
    /// # Errors
    /// `validation_failed` at `attachments/N`.
    pub(super) fn attachments(
        &self,
        snapshot: &mut dyn Snapshot,
        ids: &[String],
    ) -> Result<Vec<(MediaId, Position)>, Error> {
        let read = |text: &String| ShortId::read(self.workspace(), Sort::Attachment, text);
        let places: Vec<Option<Position>> = ids.iter().map(read).collect();
        let positions: Vec<Position> = places.iter().flatten().copied().collect();
        let found = self.known.placed(snapshot, &self.key, &positions)?;
        let one = |(index, place): (usize, Option<Position>)| {
            let subject = place.and_then(|position| found.get(&position));
            match (place, subject) {
                (Some(position), Some(Subject::Media(id))) => Ok((*id, position)),
                _ => Err(unknown(&format!("attachments/{index}")).into()),
            }
        };
        places.into_iter().enumerate().map(one).collect()
    }
}

/// What this surface has looked up before.
///
/// # Errors
/// None: the request came to this surface.
pub(super) fn known(call: &Call) -> Result<Arc<Known>, Problem> {
    let surface = call.surface::<Protocol>().ok_or(Trouble::Internal)?;
    Ok(Arc::clone(&surface.known))
}

/// Reads in one snapshot as the participant that the key speaks as.
///
/// # Errors
/// Those of the work.
pub(super) async fn read<T, W>(call: &Call, work: W) -> Result<T, Problem>
where
    T: Send + 'static,
    W: FnOnce(&mut dyn Snapshot, &You) -> Result<T, Error> + Send + 'static,
{
    let (me, known) = (call.voice().await?, known(call)?);
    call.read(move |snapshot, cx| work(snapshot, &You::of(me, known, cx)))
        .await
}

/// Changes something in one unit as that participant.
///
/// # Errors
/// Those of the work.
pub(super) async fn write<T, W>(call: &Call, work: W) -> Result<T, Problem>
where
    T: Send + 'static,
    W: Fn(&mut dyn Unit, &You) -> Result<T, Error> + Send + 'static,
{
    let (me, known) = (call.voice().await?, known(call)?);
    call.write(move |unit, cx| {
        let (me, known) = (Arc::clone(&me), Arc::clone(&known));
        work(unit, &You::of(me, known, cx))
    })
    .await
}

/// Passes on what was understood of a request, or the problem with it; that its thing does not exist comes first.
///
/// # Errors
/// The problem, or the refusal of `look`.
pub(super) async fn unless_missing<T, W>(
    call: &Call,
    understood: Result<T, Problem>,
    look: W,
) -> Result<T, Problem>
where
    W: FnOnce(&mut dyn Snapshot, &You) -> Result<(), Error> + Send + 'static,
{
    let problem = match understood {
        Ok(understood) => return Ok(understood),
        Err(problem) => problem,
    };
    let missing = move |snapshot: &mut dyn Snapshot, you: &You| match look(snapshot, you) {
        Err(Error::Refusal(refusal)) if refusal.kind() == Kind::NotFound => Ok(Some(refusal)),
        _ => Ok(None),
    };
    match read(call, missing).await? {
        Some(refusal) => Err(refusal.into()),
        None => Err(problem),
    }
}

//! Messages that are sent later.

use std::ops::Deref;
use std::time::Duration;

use crate::draft::Draft;
use crate::id::{ConversationId, MessageId, ParticipantId, WorkspaceId};
use crate::invalid::Invalid;
use crate::refusal::Refusal;
use crate::timestamp::Timestamp;

/// How far ahead a message may be scheduled.
pub const AHEAD_MAX: Duration = Duration::from_hours(35 * 24);
/// What is due within this time is sent at once.
pub const AT_ONCE: Duration = Duration::from_secs(1);
/// How many scheduled messages a conversation may have.
pub const SCHEDULED_MAX: usize = 1_000;
/// How long one that could not be sent is shown.
pub const FAILED_LIFE: Duration = Duration::from_hours(7 * 24);

/// A message that waits for its time. It has no `seq` and no `created_at` until it is sent; its id stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduled(ScheduledState);

/// Everything a scheduled message holds, for adapters to store and restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduledState {
    /// The id that the message will have.
    pub id: MessageId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Where it is to be sent.
    pub conversation: ConversationId,
    /// Who sends it.
    pub sender: ParticipantId,
    /// When it is to be sent.
    pub due_at: Timestamp,
    /// What it is to say; a template is filled in already.
    pub draft: Draft,
    /// The code of the refusal that it met when it was due; it will not be sent.
    pub refused: Option<String>,
    /// When it was scheduled.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// When something with this `scheduled_for` is to be sent: `None` for at once.
///
/// # Errors
/// `validation_failed` at `scheduled_for` beyond [`AHEAD_MAX`].
pub fn due(scheduled_for: Timestamp, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
    if scheduled_for <= now.plus(AT_ONCE) {
        return Ok(None);
    }
    if scheduled_for > now.plus(AHEAD_MAX) {
        let problem = Invalid::new("expected a time at most 35 days ahead");
        return Err(problem.at("scheduled_for").into());
    }
    Ok(Some(scheduled_for))
}

impl Scheduled {
    /// Takes what an adapter stored, or a newly scheduled message's first state.
    pub fn restore(state: ScheduledState) -> Self {
        Self(state)
    }

    /// Gives it another time or another draft; one that was refused is tried again.
    pub fn change(&mut self, due_at: Option<Timestamp>, draft: Option<Draft>, at: Timestamp) {
        if let Some(due_at) = due_at {
            self.0.due_at = due_at;
        }
        if let Some(draft) = draft {
            self.0.draft = draft;
        }
        self.0.refused = None;
        self.0.updated_at = at;
    }

    /// Notes why it was not sent.
    pub fn refuse(&mut self, refusal: &Refusal, at: Timestamp) {
        self.0.refused = Some(refusal.code().to_owned());
        self.0.updated_at = at;
    }
}

impl Deref for Scheduled {
    type Target = ScheduledState;

    fn deref(&self) -> &ScheduledState {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_at_once_later_or_too_far() {
        let now = Timestamp::from_unix_micros(1_000_000_000_000_000);
        assert_eq!(due(Timestamp::default(), now), Ok(None));
        assert_eq!(due(now.plus(AT_ONCE), now), Ok(None));
        let soon = now.plus(Duration::from_millis(1_001));
        assert_eq!(due(soon, now), Ok(Some(soon)));
        assert!(due(now.plus(AHEAD_MAX), now).is_ok());
        assert!(due(now.plus(AHEAD_MAX + Duration::from_millis(1)), now).is_err());
    }
}

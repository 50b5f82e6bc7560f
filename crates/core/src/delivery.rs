//! How far a message has come on its way to those it is for.

use crate::contact::Identifier;
use crate::fault::Fault;
use crate::id::{MessageId, ParticipantId, WorkspaceId};
use crate::invalid::Invalid;
use crate::outbound::ReceiverRole;
use crate::refusal::Refusal;
use crate::timestamp::Timestamp;
use crate::words::words;

words! {
    /// How far a message has come.
    DeliveryStatus {
        /// It is sent at a later time.
        Scheduled = 1, "scheduled";
        /// It was taken and will be handed on.
        Accepted = 2, "accepted";
        /// It is being handed on.
        Processing = 3, "processing";
        /// It is in the conversation, or was handed on.
        Sent = 4, "sent";
        /// It reached whom it is for.
        Delivered = 5, "delivered";
        /// It was read by whom it is for.
        Read = 6, "read";
        /// It did not get through; the failure says where it stopped.
        Failed = 7, "failed";
        /// It was held back on purpose.
        Skipped = 8, "skipped";
    }
}

words! {
    /// Where a message stopped.
    FailureStage {
        /// Before anything was done with it.
        Reject = 1, "reject";
        /// On the way to the platform.
        Send = 2, "send";
        /// After the platform took it.
        Deliver = 3, "deliver";
    }
}

/// How many characters the reason of a failure may have.
pub const REASON_CHARS_MAX: usize = 256;
/// How many characters the detail of a failure may have.
pub const DETAIL_CHARS_MAX: usize = 2_000;

/// Why a message did not get through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where it stopped.
    pub stage: FailureStage,
    /// Why, in a word or a sentence.
    pub reason: String,
    /// What else is known.
    pub detail: Option<String>,
}

impl Failure {
    /// Accepts a reason of 1 to [`REASON_CHARS_MAX`] and a detail of at most [`DETAIL_CHARS_MAX`] characters.
    ///
    /// # Errors
    /// `validation_failed` at `reason` or `detail`.
    pub fn new(stage: FailureStage, reason: &str, detail: Option<&str>) -> Result<Self, Refusal> {
        let fits = |text: &str, max: usize| text.chars().count() <= max && !text.contains('\0');
        if reason.trim().is_empty() || !fits(reason, REASON_CHARS_MAX) {
            return Err(Invalid::new("expected 1 to 256 characters")
                .at("reason")
                .into());
        }
        if detail.is_some_and(|detail| !fits(detail, DETAIL_CHARS_MAX)) {
            return Err(Invalid::new("expected at most 2000 characters")
                .at("detail")
                .into());
        }
        Ok(Self {
            stage,
            reason: reason.to_owned(),
            detail: detail.map(str::to_owned),
        })
    }

    /// Takes what a platform says, whatever its length; what is too long is cut off.
    pub fn cut(stage: FailureStage, reason: &str, detail: Option<&str>) -> Self {
        let short = |text: &str, max: usize| -> String {
            let clean = text.chars().filter(|character| *character != '\0');
            clean.take(max).collect()
        };
        Self {
            stage,
            reason: short(reason, REASON_CHARS_MAX),
            detail: detail.map(|detail| short(detail, DETAIL_CHARS_MAX)),
        }
    }

    /// A JSON array, for storage.
    pub fn to_stored(&self) -> String {
        serde_json::json!([self.stage.as_str(), self.reason, self.detail]).to_string()
    }

    /// Reads what [`Failure::to_stored`] wrote.
    ///
    /// # Errors
    /// [`Fault::Corrupt`].
    pub fn from_stored(stored: &str) -> Result<Self, Fault> {
        let corrupt = || Fault::corrupt("message", "failure", "");
        let (stage, reason, detail): (String, String, Option<String>) =
            serde_json::from_str(stored).map_err(|_| corrupt())?;
        Ok(Self {
            stage: FailureStage::parse(&stage).map_err(|_| corrupt())?,
            reason,
            detail,
        })
    }
}

/// How far something has come, why no further, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// How far.
    pub status: DeliveryStatus,
    /// Why no further, if it failed.
    pub failure: Option<Failure>,
    /// Since when.
    pub at: Timestamp,
}

impl Delivery {
    /// The beginning.
    pub fn begin(status: DeliveryStatus, at: Timestamp) -> Self {
        Self {
            status,
            failure: None,
            at,
        }
    }

    /// Moves on. Says whether anything differs now: the same status again changes nothing.
    ///
    /// # Errors
    /// `delivery_conflict` for a step that leads back, or on from an end; `validation_failed` at `reason`
    /// for a failure without a reason or a reason without a failure.
    pub fn turn(
        &mut self,
        to: DeliveryStatus,
        failure: Option<Failure>,
        at: Timestamp,
    ) -> Result<bool, Refusal> {
        if (to == DeliveryStatus::Failed) != failure.is_some() {
            let problem = "expected a stage and a reason with the status failed, and with no other";
            return Err(Invalid::new(problem).at("reason").into());
        }
        let from = self.status;
        if from == to {
            return Ok(false);
        }
        if !follows(from, to) {
            return Err(Refusal::DeliveryConflict { from, to });
        }
        *self = Self {
            status: to,
            failure,
            at,
        };
        Ok(true)
    }
}

/// Which step may follow. A failed message may be tried again; what was read or skipped is at its end.
fn follows(from: DeliveryStatus, to: DeliveryStatus) -> bool {
    use DeliveryStatus::{Accepted, Failed, Processing, Read, Scheduled, Sent, Skipped};
    match (from, to) {
        (Read | Skipped, _) | (_, Scheduled) => false,
        (Failed, _) => matches!(to, Accepted | Processing | Sent),
        (_, Failed) => true,
        (_, Skipped) => from < Sent,
        _ => from < to,
    }
}

/// How far a message has come to one of those it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The message.
    pub message: MessageId,
    /// Whom it is for.
    pub participant: ParticipantId,
    /// How they are addressed.
    pub role: ReceiverRole,
    /// What they were to be reached by; the first identifier of the platform's sort unless it was said.
    pub reached_by: Option<Identifier>,
    /// How far it has come to them.
    pub delivery: Delivery,
}

/// How far a message has come on the whole: as far as with the recipient that it came furthest with;
/// failed only when it failed with all.
pub fn overall(recipients: &[Recipient]) -> Option<&Delivery> {
    let rank = |one: &&Recipient| match one.delivery.status {
        DeliveryStatus::Failed | DeliveryStatus::Skipped => 0,
        other => other.number(),
    };
    recipients.iter().max_by_key(rank).map(|one| &one.delivery)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_forward_only() {
        use DeliveryStatus::{Accepted, Delivered, Failed, Read, Scheduled, Sent, Skipped};
        let legal = [
            (Accepted, Sent),
            (Sent, Read),
            (Sent, Failed),
            (Failed, Sent),
            (Scheduled, Skipped),
        ];
        for (from, to) in legal {
            assert!(follows(from, to), "{from:?} to {to:?}");
        }
        let illegal = [
            (Read, Delivered),
            (Read, Failed),
            (Sent, Accepted),
            (Delivered, Skipped),
            (Skipped, Sent),
            (Failed, Read),
            (Sent, Scheduled),
        ];
        for (from, to) in illegal {
            assert!(!follows(from, to), "{from:?} to {to:?}");
        }
    }

    #[test]
    fn a_failure_survives_its_stored_form_and_needs_a_reason() {
        let failure =
            Failure::new(FailureStage::Send, "no route", Some("try \"later\"")).expect("fine");
        assert_eq!(
            Failure::from_stored(&failure.to_stored()).expect("stored"),
            failure
        );
        let mut delivery = Delivery::begin(DeliveryStatus::Sent, Timestamp::default());
        assert!(
            delivery
                .turn(DeliveryStatus::Failed, None, Timestamp::default())
                .is_err()
        );
        assert_eq!(
            delivery.turn(DeliveryStatus::Failed, Some(failure), Timestamp::default()),
            Ok(true)
        );
    }
}

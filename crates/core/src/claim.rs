//! A retry is not a second change: claims that make an act happen once.
//!
//! A claim commits in the transaction of the act that it guards, so it holds on every node and
//! across restarts. Only what succeeded is kept: a refused act changed nothing and may be tried again.

use std::time::Duration;

use crate::id::MessageId;
use crate::refusal::Refusal;
use crate::timestamp::Timestamp;

/// How long a claim stands.
pub const CLAIM_LIFE: Duration = Duration::from_hours(24);

/// What a claim was derived from: decides the refusal when it is used for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimSource {
    /// A key that the caller chose for the request.
    IdempotencyKey,
    /// The caller's own id of the message.
    Reference,
}

/// The hash of what identifies a claim within its workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimKey(pub [u8; 32]);

/// The hash of everything that makes one request differ from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

/// A caller's wish that an act happen once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Where it came from.
    pub source: ClaimSource,
    /// What identifies it.
    pub key: ClaimKey,
    /// What was asked.
    pub fingerprint: Fingerprint,
}

impl Claim {
    /// A claim on `parts` for the request `fingerprint`. Equal parts are equal claims; the parts of
    /// one claim never run into each other.
    pub fn new(source: ClaimSource, parts: &[&[u8]], fingerprint: Fingerprint) -> Self {
        let tag: &[u8] = match source {
            ClaimSource::IdempotencyKey => b"key",
            ClaimSource::Reference => b"reference",
        };
        let mut all = vec![tag];
        all.extend(parts);
        Self {
            source,
            key: ClaimKey(Fingerprint::of(&all).0),
            fingerprint,
        }
    }

    /// What the claim says of an earlier act: its answer, or that it was another.
    ///
    /// # Errors
    /// `idempotency_key_reused` or `reference_reused`, by the claim's source; `answer_erased` when the
    /// message that the answer shows was deleted since.
    pub fn replay(&self, settled: &Settled) -> Result<Answer, Refusal> {
        if settled.fingerprint == self.fingerprint {
            return match &settled.answer {
                Answer(erased) if erased.is_empty() => Err(Refusal::AnswerErased),
                answer => Ok(answer.clone()),
            };
        }
        Err(match self.source {
            ClaimSource::IdempotencyKey => Refusal::IdempotencyKeyReused,
            ClaimSource::Reference => Refusal::ReferenceReused,
        })
    }

    /// The claim with the answer that its act was given, and the message that the answer shows.
    pub fn settle(&self, answer: Answer, shows: Option<MessageId>, now: Timestamp) -> Settled {
        Settled {
            key: self.key,
            fingerprint: self.fingerprint,
            answer,
            shows,
            expires_at: now.plus(CLAIM_LIFE),
        }
    }
}

impl Fingerprint {
    /// The hash of parts that never run into each other.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part);
        }
        Self(*hasher.finalize().as_bytes())
    }
}

/// An answer as its surface rendered it; the domain does not look inside. An empty one was erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer(pub Vec<u8>);

/// A claim whose act has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// What identifies it.
    pub key: ClaimKey,
    /// What was asked.
    pub fingerprint: Fingerprint,
    /// What was answered.
    pub answer: Answer,
    /// The message whose text the answer shows: when that is deleted, the answer goes with it.
    pub shows: Option<MessageId>,
    /// Until when it stands.
    pub expires_at: Timestamp,
}

/// What became of an act that was to happen once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Once<T> {
    /// It happened now.
    Done(T),
    /// It had happened before; this was the answer.
    Replayed(Answer),
}

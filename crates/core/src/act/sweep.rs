//! Erases what has come to its end, a little at a time.

use crate::port::Unit;
use crate::refusal::Error;
use crate::timestamp::Timestamp;

/// What one sweep erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Claims that had expired.
    pub claims: usize,
    /// Rows of deleted conversations.
    pub conversation_rows: usize,
}

/// Erases up to `limit` expired claims and up to `limit` rows of deleted conversations. Sweep again until
/// it erases nothing; how many sweep at once makes no difference to what is left.
pub fn sweep(unit: &mut dyn Unit, now: Timestamp, limit: usize) -> Result<Swept, Error> {
    Ok(Swept {
        claims: unit.claims_mut().erase_expired(now, limit)?,
        conversation_rows: unit.conversations_mut().erase_deleted(limit)?,
    })
}

//! Puts messages back that were claimed and not begun, so that nobody waits for their leases to end.

use crate::outbound::Parcel;
use crate::port::Unit;
use crate::refusal::Error;
use crate::timestamp::Timestamp;

/// Lets messages be tried by whoever comes next, at once: they were claimed, and nobody began to hand them over.
/// One that somebody else tries meanwhile is left to them.
///
/// # Errors
/// None but faults.
pub fn put_outbound_back(
    unit: &mut dyn Unit,
    parcels: &[Parcel],
    now: Timestamp,
) -> Result<(), Error> {
    for parcel in parcels {
        let (workspace, id) = (parcel.message.workspace, parcel.message.id);
        let entry = unit.outbox_mut().lock(workspace, id)?;
        if let Some(mut entry) = entry.filter(|entry| entry.tries == parcel.tries) {
            entry.give_back(now);
            unit.outbox_mut().save(&entry)?;
        }
    }
    Ok(())
}

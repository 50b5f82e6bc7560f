//! Makes any other act happen once.

use crate::claim::{Answer, Claim, Once};
use crate::context::Context;
use crate::id::MessageId;
use crate::port::Unit;
use crate::refusal::Error;

/// Runs `work` unless its claim was settled before; then gives the answer of that time. What `render`
/// makes of the result is kept for 24 hours, in the same transaction; if it shows the text of a message, it says
/// which, so that the answer goes with it. Without a claim it just runs.
///
/// # Errors
/// Those of `work`, which leave no claim; `idempotency_key_reused`.
pub fn once<T>(
    unit: &mut dyn Unit,
    cx: &Context,
    claim: Option<&Claim>,
    work: impl FnOnce(&mut dyn Unit) -> Result<T, Error>,
    render: impl FnOnce(&T) -> (Answer, Option<MessageId>),
) -> Result<Once<T>, Error> {
    let Some(claim) = claim else {
        return work(unit).map(Once::Done);
    };
    let found = unit
        .claims()
        .find_many(cx.workspace(), &[claim.key], cx.now)?;
    if let Some(settled) = found.first() {
        return Ok(Once::Replayed(claim.replay(settled)?));
    }
    let done = work(unit)?;
    let (answer, shows) = render(&done);
    let settled = claim.settle(answer, shows, cx.now);
    unit.claims_mut()
        .append(cx.workspace(), &[settled], cx.now)?;
    Ok(Once::Done(done))
}

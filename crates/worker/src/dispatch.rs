//! Sends what was scheduled, when it is due.
//!
//! What is sent, and in which order, is decided by [`act::dispatch_due`].

use std::io;
use std::sync::Arc;
use std::time::Duration;

use causerie_core::act::{self, Dispatched};
use causerie_core::port::{Clock, Ids};
use causerie_core::{Error, Fault, Store};

use crate::background::Background;

/// How often the schedule is looked at when nothing is known to be due earlier: what another node
/// scheduled is sent so late at most.
pub const LOOK_MS: u64 = 250;
/// The pause after something broke.
const BROKEN: Duration = Duration::from_secs(1);

/// A thread that sends what is due until it is stopped or dropped. Any number may run on one database, on
/// one node or on several; the one that holds the lease sends.
#[derive(Debug)]
pub struct Dispatcher {
    _thread: Background,
}

impl Dispatcher {
    /// Starts the thread; its first look at the schedule is taken at once.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(store: Store, clock: Arc<dyn Clock>, ids: &dyn Ids) -> io::Result<Self> {
        let mut node = [0; 16];
        ids.entropy(&mut node);
        // Whether there is more than was sent last: then the schedule need not be looked at first.
        let mut more = false;
        let step = move || match look(&store, &*clock, node, &mut more) {
            Ok(pause) => Some(pause),
            Err(Error::Fault(Fault::Closed)) => None,
            Err(Error::Fault(Fault::Busy)) => Some(Duration::from_millis(LOOK_MS)),
            Err(error) => {
                tracing::warn!(%error, "sending what is due failed and will be tried again");
                Some(BROKEN)
            }
        };
        let thread = Background::start("causerie-dispatcher", step)?;
        Ok(Self { _thread: thread })
    }

    /// Ends the thread; returns when the unit under way, if any, is done.
    pub fn stop(self) {
        drop(self);
    }
}

/// Sends some of what is due, if anything is; gives the pause until the next look.
fn look(
    store: &Store,
    clock: &dyn Clock,
    node: [u8; 16],
    more: &mut bool,
) -> Result<Duration, Error> {
    let usual = Duration::from_millis(LOOK_MS);
    let now = clock.now();
    if !std::mem::take(more) {
        let Some(due_at) = store.read(act::next_due).wait()? else {
            return Ok(usual);
        };
        if due_at > now {
            let micros = due_at.unix_micros().saturating_sub(now.unix_micros());
            let rest = Duration::from_micros(u64::try_from(micros).unwrap_or(0));
            return Ok(rest.min(usual));
        }
    }
    let dispatched = store
        .write(move |unit| act::dispatch_due(unit, node, now))
        .wait()?;
    Ok(match dispatched {
        Dispatched::Elsewhere => usual,
        Dispatched::Here { sent, refused } => {
            tracing::debug!(sent, refused, "dispatched what was due");
            *more = sent + refused == act::DISPATCH_MAX;
            // Whoever sends interactively had their turn while the unit was queued.
            Duration::ZERO
        }
    })
}

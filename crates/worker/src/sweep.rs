//! Erases what has come to its end, and what workspaces keep no longer; opens conversations whose snooze has
//! ended.
//!
//! What may be erased is decided by [`act::sweep`], [`act::retain`], [`act::sweep_media`] and
//! [`act::doom_files`].

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use causerie_core::act::{self, ERASURE_LEASE, Swept};
use causerie_core::port::{Clock, Files};
use causerie_core::{Error, Fault, Store, Timestamp, WorkspaceId};
use pollster::block_on;

use crate::background::Background;

/// How many rows of each sort one sweep erases at most: a unit of this size holds up the sends beside it
/// for a few milliseconds.
pub const SWEEP_ROWS_MAX: usize = 500;
/// How many messages one unit purges for the retention of a workspace: each goes with all that hangs on it.
const RETAIN_ROWS_MAX: usize = 100;

/// How many temporary places are emptied between two units.
const STALE_MAX: usize = 100;
/// How long something may lie at a temporary place: longer than any upload takes.
const STALE: Duration = Duration::from_hours(25);

/// When sweeps run.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The pause after a sweep that found nothing; a minute unless changed.
    pub idle: Duration,
    /// The pause after a sweep that found something; 100 ms unless changed, so that erasing takes a small
    /// part of what the store can do.
    pub busy: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            idle: Duration::from_mins(1),
            busy: Duration::from_millis(100),
        }
    }
}

/// A thread that sweeps until it is stopped or dropped. Any number may sweep one database, on one
/// node or on several.
#[derive(Debug)]
pub struct Sweeper {
    _thread: Background,
}

impl Sweeper {
    /// Starts the thread; its first sweep runs at once.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(
        store: Store,
        files: Arc<dyn Files>,
        clock: Arc<dyn Clock>,
        pace: Pace,
    ) -> io::Result<Self> {
        let step = move || match sweep_once(&store, &*files, clock.now()) {
            Ok(true) => Some(pace.busy),
            Ok(false) => Some(pace.idle),
            Err(Error::Fault(Fault::Closed)) => None,
            Err(Error::Fault(Fault::Busy)) => {
                tracing::debug!("the store is busy; sweeping is put off");
                Some(pace.idle)
            }
            Err(error) => {
                tracing::warn!(%error, "sweeping failed and will be tried again");
                Some(pace.idle)
            }
        };
        let thread = Background::start("causerie-sweeper", step)?;
        Ok(Self { _thread: thread })
    }

    /// Ends the thread; returns when the sweep under way, if any, is done.
    pub fn stop(self) {
        drop(self);
    }
}

/// Erases a little of everything; says whether there may be more.
fn sweep_once(store: &Store, files: &dyn Files, now: Timestamp) -> Result<bool, Error> {
    let begun = Instant::now();
    let swept = store
        .write(move |unit| act::sweep(unit, now, SWEEP_ROWS_MAX))
        .wait()?;
    let purged = retain_once(store, now)?;
    let found = swept != Swept::default() || purged > 0;
    if found {
        tracing::debug!(
            claims = swept.claims,
            conversation_rows = swept.conversation_rows,
            scheduled = swept.scheduled,
            messages = purged,
            woken = swept.woken,
            media = swept.media.len(),
            bytes = swept.doomed.len(),
            "swept"
        );
    }
    erase(store, files, swept, begun)?;
    Ok(found)
}

/// Erases the bytes of what was swept, those that have lain at temporary places for too long, and then forgets what
/// was doomed.
fn erase(store: &Store, files: &dyn Files, swept: Swept, begun: Instant) -> Result<(), Error> {
    let mut places = swept.media;
    places.extend(block_on(files.list_stale(STALE, STALE_MAX)).map_err(Fault::unavailable)?);
    for (workspace, id) in places {
        block_on(files.discard(workspace, id)).map_err(Fault::unavailable)?;
    }
    let doomed = swept.doomed;
    if doomed.is_empty() {
        return Ok(());
    }
    let mut gone = Vec::with_capacity(doomed.len());
    for (workspace, digest) in doomed {
        // Later somebody else may have erased and forgotten them, and the same bytes may have come again.
        if begun.elapsed() >= ERASURE_LEASE / 2 {
            tracing::warn!("erasing files is slow; the rest is left to a later sweep");
            break;
        }
        block_on(files.erase(workspace, digest)).map_err(Fault::unavailable)?;
        gone.push((workspace, digest));
    }
    let forgotten = store.write(move |unit| act::forget_files(unit, &gone));
    forgotten.wait()
}

/// One unit for each workspace that has messages which it keeps no longer; says how many went.
fn retain_once(store: &Store, now: Timestamp) -> Result<usize, Error> {
    let mut after: Option<WorkspaceId> = None;
    let mut purged = 0;
    loop {
        let (forgetful, last) = store
            .read(move |snapshot| act::forgetful_workspaces(snapshot, after))
            .wait()?;
        for workspace in forgetful {
            // Asked before: a unit that writes nothing keeps the sends waiting all the same.
            let expired = store.read(move |snapshot| act::has_expired(snapshot, workspace, now));
            if !expired.wait()? {
                continue;
            }
            purged += store
                .write(move |unit| act::retain(unit, workspace, now, RETAIN_ROWS_MAX))
                .wait()?;
        }
        if last.is_none() {
            return Ok(purged);
        }
        after = last;
    }
}

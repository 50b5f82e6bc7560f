//! Causerie's background work: one thread that erases what has come to its end.
//!
//! What may be erased is decided by [`act::sweep`]; this crate only decides when it runs.
//!
//! ```
//! use std::sync::Arc;
//! use causerie_core::{Heads, Store, memory::Memory, port::SystemClock};
//! use causerie_worker::{Pace, Sweeper};
//!
//! let heads = Arc::new(Heads::default());
//! let store = Store::new(Arc::new(Memory::new(Arc::clone(&heads))), heads);
//! let sweeper = Sweeper::start(store.clone(), Arc::new(SystemClock), Pace::default())?;
//! // … serve …
//! sweeper.stop();
//! store.close();
//! # Ok::<(), std::io::Error>(())
//! ```

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use causerie_core::act::{self, Swept};
use causerie_core::port::Clock;
use causerie_core::{Error, Fault, Store};

/// How many claims, and how many rows of deleted conversations, one sweep erases at most: a unit of
/// this size holds up the sends beside it for a few milliseconds.
pub const SWEEP_ROWS_MAX: usize = 500;

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
pub struct Sweeper {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sweeper {
    /// Starts the thread; its first sweep runs at once.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(store: Store, clock: Arc<dyn Clock>, pace: Pace) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let thread = thread::Builder::new()
            .name("causerie-sweeper".to_owned())
            .spawn(move || sweep_until(&stopped, &store, &*clock, pace))?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Ends the thread; returns when the sweep under way, if any, is done.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the sweeper panicked");
        }
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Sweeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sweeper")
    }
}

/// Nothing is ever sent: the other end going away is the sign to stop.
fn sweep_until(stopped: &Receiver<()>, store: &Store, clock: &dyn Clock, pace: Pace) {
    loop {
        let pause = match sweep_once(store, clock) {
            Ok(swept) if swept == Swept::default() => pace.idle,
            Ok(_) => pace.busy,
            Err(Error::Fault(Fault::Closed)) => return,
            Err(Error::Fault(Fault::Busy)) => {
                tracing::debug!("the store is busy; sweeping is put off");
                pace.idle
            }
            Err(error) => {
                tracing::warn!(%error, "sweeping failed and will be tried again");
                pace.idle
            }
        };
        match stopped.recv_timeout(pause) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn sweep_once(store: &Store, clock: &dyn Clock) -> Result<Swept, Error> {
    let now = clock.now();
    let swept = store
        .write(move |unit| act::sweep(unit, now, SWEEP_ROWS_MAX))
        .wait()?;
    if swept != Swept::default() {
        tracing::debug!(
            claims = swept.claims,
            conversation_rows = swept.conversation_rows,
            "swept"
        );
    }
    Ok(swept)
}

#[cfg(test)]
mod tests;

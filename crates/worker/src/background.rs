//! A thread that takes one step after the other, with pauses between them, until it is stopped.
//!
//! What a step does is decided by whoever starts it.

use std::fmt;
use std::io;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// The thread; it ends when this is stopped or dropped.
pub(crate) struct Background {
    name: &'static str,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Starts the thread; its first step is taken at once. A step gives the pause after it, or `None` when
    /// there is nothing left to do for ever.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub(crate) fn start(
        name: &'static str,
        mut work: impl FnMut() -> Option<Duration> + Send + 'static,
    ) -> io::Result<Self> {
        // Nothing is ever sent: the other end going away is the sign to stop.
        let (stop, stopped) = channel();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                while let Some(pause) = work() {
                    match stopped.recv_timeout(pause) {
                        Err(RecvTimeoutError::Timeout) => {}
                        Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
                    }
                }
            })?;
        Ok(Self {
            name,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("{} panicked", self.name);
        }
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

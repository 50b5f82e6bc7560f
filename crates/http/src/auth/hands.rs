//! Threads for argon2, apart from every event loop, behind a short queue.
//!
//! The queue is first come, first served, but no key id takes more than a few of its places.

use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use causerie_core::{Fault, KeyId};

use super::DoorConfig;

type Job = Box<dyn FnOnce() + Send>;

/// The threads and their queue. They end when this is dropped; jobs that wait then are dropped.
pub(super) struct Hands {
    desk: Arc<Desk>,
    waiting_max: usize,
    waiting_per_key_max: usize,
}

#[derive(Default)]
struct Desk {
    queue: Mutex<Queue>,
    bell: Condvar,
    started: AtomicU64,
    running: AtomicUsize,
    running_most: AtomicUsize,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<(KeyId, Job)>,
    closed: bool,
}

impl Hands {
    pub(super) fn new(config: &DoorConfig) -> Self {
        let desk = Arc::new(Desk::default());
        for number in 0..config.hands.max(1) {
            let desk = Arc::clone(&desk);
            let thread = thread::Builder::new().name(format!("causerie-key-{number}"));
            if let Err(error) = thread.spawn(move || desk.work()) {
                tracing::error!(%error, "a thread for verifying keys cannot be started");
            }
        }
        Self {
            desk,
            waiting_max: config.waiting_max,
            waiting_per_key_max: config.waiting_per_key_max,
        }
    }

    /// Queues a job on behalf of a key id.
    ///
    /// # Errors
    /// [`Fault::Busy`] when the queue, or the id's share of it, is full.
    pub(super) fn take(&self, id: KeyId, job: Job) -> Result<(), Fault> {
        let mut queue = self.desk.queue();
        let own = queue.jobs.iter().filter(|(of, _)| *of == id).count();
        if queue.jobs.len() >= self.waiting_max || own >= self.waiting_per_key_max {
            metrics::counter!("causerie_key_verifications_refused_total").increment(1);
            // The job's own drop takes locks: not while this one is held.
            drop(queue);
            return Err(Fault::Busy);
        }
        queue.jobs.push_back((id, job));
        drop(queue);
        self.desk.bell.notify_one();
        Ok(())
    }

    /// How many jobs were started, and the most that ever ran at once.
    pub(super) fn counts(&self) -> (u64, usize) {
        (
            self.desk.started.load(Ordering::SeqCst),
            self.desk.running_most.load(Ordering::SeqCst),
        )
    }
}

impl Desk {
    fn work(&self) {
        while let Some(job) = self.next() {
            self.started.fetch_add(1, Ordering::SeqCst);
            metrics::counter!("causerie_key_verifications_total").increment(1);
            let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
            self.running_most.fetch_max(running, Ordering::SeqCst);
            // A panic loses this verification and not the thread; who waits is told by the drop.
            if catch_unwind(AssertUnwindSafe(job)).is_err() {
                tracing::error!("a verification panicked");
            }
            self.running.fetch_sub(1, Ordering::SeqCst);
        }
    }

    fn next(&self) -> Option<Job> {
        let mut queue = self.queue();
        loop {
            if queue.closed {
                return None;
            }
            if let Some((_, job)) = queue.jobs.pop_front() {
                return Some(job);
            }
            queue = self
                .bell
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hands {
    fn drop(&mut self) {
        let jobs = {
            let mut queue = self.desk.queue();
            queue.closed = true;
            std::mem::take(&mut queue.jobs)
        };
        self.desk.bell.notify_all();
        drop(jobs);
    }
}

impl fmt::Debug for Hands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (started, most) = self.counts();
        write!(f, "Hands({started} started, at most {most} at once)")
    }
}

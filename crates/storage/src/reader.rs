//! The reader lane: reads that wait together share a snapshot, and with it the cost of a
//! transaction.
//!
//! Knows no database: a [`ReadEngine`] has the connection.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use causerie_core::Fault;
use causerie_core::port::ReadJob;

use crate::group::panic_text;
use crate::metric::Meters;
use crate::queue::Queue;

/// How many reads share a snapshot at most, so that transactions stay short: long ones keep SQLite
/// from starting its write-ahead log over, and Postgres from reusing rows.
const SNAPSHOT_JOBS_MAX: usize = 8;

/// A connection that reads.
pub(crate) trait ReadEngine {
    /// Begins a snapshot, in place of the one before if there is one, on a new connection if the
    /// old one was lost.
    fn begin(&mut self) -> Result<(), Fault>;
    /// Runs a job on the snapshot; says whether it still serves others.
    fn run(&mut self, job: Box<dyn ReadJob>) -> bool;
    /// Ends the snapshot.
    fn end(&mut self);
}

/// A reader lane.
pub(crate) struct Reader<E> {
    engine: E,
    queue: Arc<Queue<Box<dyn ReadJob>>>,
    lanes: usize,
    meters: Meters,
}

impl<E: ReadEngine> Reader<E> {
    /// A lane that serves a queue together with others, `lanes` in all.
    pub(crate) fn new(
        engine: E,
        queue: Arc<Queue<Box<dyn ReadJob>>>,
        lanes: usize,
        meters: Meters,
    ) -> Self {
        Self {
            engine,
            queue,
            lanes,
            meters,
        }
    }

    /// Serves the queue until it is closed and empty.
    pub(crate) fn work(mut self) {
        while let Some(first) = self.queue.take() {
            // A read sees what was committed before it was queued: only reads that are queued
            // already may share the snapshot that begins now.
            let mut jobs = self.queue.try_share(self.lanes, SNAPSHOT_JOBS_MAX - 1);
            jobs.insert(0, first);
            while !jobs.is_empty() {
                self.serve(jobs);
                jobs = self.queue.try_share(self.lanes, SNAPSHOT_JOBS_MAX);
            }
            self.engine.end();
            self.meters.depth(self.queue.len());
        }
    }

    fn serve(&mut self, jobs: Vec<Box<dyn ReadJob>>) {
        let mut jobs = jobs.into_iter();
        while jobs.len() > 0 {
            if let Err(fault) = self.engine.begin() {
                tracing::warn!(%fault, "no snapshot can begin");
                let waiting = std::iter::from_fn(|| self.queue.try_take());
                for job in jobs.chain(waiting) {
                    self.meters.refused();
                    job.refuse(Fault::unavailable(fault.to_string()));
                }
                return;
            }
            // A job whose statement fails may take the snapshot down: those after it get another.
            while let Some(job) = jobs.next()
                && self.run(job)
            {}
        }
    }

    fn run(&mut self, job: Box<dyn ReadJob>) -> bool {
        self.meters.read();
        let run = AssertUnwindSafe(|| self.engine.run(job));
        catch_unwind(run).unwrap_or_else(|panic| {
            tracing::error!(panic = panic_text(&*panic), "a read panicked");
            false
        })
    }
}

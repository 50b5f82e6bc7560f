//! The in-memory storage: reference implementation of the ports, and companion of examples and tests.
//!
//! Jobs run at once, on the thread that submits them, one after the other. Nothing is durable.

mod channels;
mod desk;
mod extras;
mod library;
mod log;
mod people;
mod say;
mod social;
mod tables;
mod talk;
mod wait;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::event::{Event, Position};
use crate::fault::Fault;
use crate::heads::Heads;
use crate::id::WorkspaceId;
use crate::port::{Lanes, ReadJob, Verdict, WriteJob};
use crate::store::Store;

use tables::{Tables, Work};

/// How often work that met another writer is run.
const RUNS_MAX: usize = 3;

/// A storage in the memory of this process.
pub struct Memory {
    state: Mutex<State>,
    heads: Arc<Heads>,
}

#[derive(Default)]
struct State {
    tables: Arc<Tables>,
    closed: bool,
}

impl Memory {
    /// An empty storage that rings these heads.
    pub fn new(heads: Arc<Heads>) -> Self {
        Self {
            state: Mutex::default(),
            heads,
        }
    }

    /// An empty storage behind a [`Store`].
    pub fn store() -> Store {
        let heads = Arc::new(Heads::default());
        Store::new(Arc::new(Self::new(Arc::clone(&heads))), heads)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, job: &mut dyn WriteJob) -> Result<Vec<(WorkspaceId, Position)>, Fault> {
        let mut state = self.state();
        if state.closed {
            return Err(Fault::Closed);
        }
        let mut runs = 0;
        loop {
            runs += 1;
            let mut work = Work::on(Arc::clone(&state.tables));
            let verdict = catch_unwind(AssertUnwindSafe(|| job.run(&mut work)));
            match verdict {
                Err(_) => return Err(Fault::Panicked("see the panic's own message".to_owned())),
                Ok(Verdict::Undo) => return Ok(Vec::new()),
                Ok(Verdict::Fail(Fault::Contended(_))) if runs < RUNS_MAX => {}
                Ok(Verdict::Fail(Fault::Contended(cause))) => {
                    return Err(Fault::Unavailable(cause));
                }
                Ok(Verdict::Fail(fault)) => return Err(fault),
                Ok(Verdict::Keep) => {
                    let (tables, heads) = work.finish();
                    state.tables = tables;
                    return Ok(heads);
                }
            }
        }
    }
}

impl Lanes for Memory {
    fn write(&self, mut job: Box<dyn WriteJob>) {
        match self.run(job.as_mut()) {
            Ok(heads) => {
                job.settle(Ok(()));
                for (workspace, head) in heads {
                    self.heads.ring(workspace, head);
                }
            }
            Err(fault) => job.settle(Err(fault)),
        }
    }

    fn read(&self, job: Box<dyn ReadJob>) {
        let state = self.state();
        if state.closed {
            drop(state);
            return job.refuse(Fault::Closed);
        }
        let mut work = Work::on(Arc::clone(&state.tables));
        drop(state);
        // A read that panics answers nobody, as on a thread of its own.
        drop(catch_unwind(AssertUnwindSafe(|| job.run(&mut work))));
    }

    fn close(&self) {
        self.state().closed = true;
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}

impl Tables {
    fn log(&self, workspace: WorkspaceId) -> &[Event] {
        self.events.get(&workspace).map_or(&[], Vec::as_slice)
    }
}

//! The in-memory storage behind lanes that can be closed and opened again.
//!
//! Adds nothing else to it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use causerie_core::memory::Memory;
use causerie_core::port::{Lanes, ReadJob, WriteJob};
use causerie_core::{Fault, Heads};
use causerie_testing::{Adapter, Opened, Subject};

/// A subject over an empty in-memory storage.
pub(crate) fn open() -> Subject {
    let heads = Arc::new(Heads::default());
    let memory = Arc::new(Memory::new(Arc::clone(&heads)));
    Subject::new(Kept { memory, heads })
}

struct Kept {
    memory: Arc<Memory>,
    heads: Arc<Heads>,
}

impl Adapter for Kept {
    fn open(&self) -> Opened {
        Opened {
            lanes: Arc::new(Door {
                memory: Arc::clone(&self.memory),
                closed: AtomicBool::new(false),
            }),
            heads: Arc::clone(&self.heads),
        }
    }
}

struct Door {
    memory: Arc<Memory>,
    closed: AtomicBool,
}

impl Lanes for Door {
    fn write(&self, job: Box<dyn WriteJob>) {
        if self.closed.load(Ordering::SeqCst) {
            return job.settle(Err(Fault::Closed));
        }
        self.memory.write(job);
    }

    fn read(&self, job: Box<dyn ReadJob>) {
        if self.closed.load(Ordering::SeqCst) {
            return job.refuse(Fault::Closed);
        }
        self.memory.read(job);
    }

    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Door")
    }
}

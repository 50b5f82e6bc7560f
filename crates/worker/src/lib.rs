//! Causerie's background work: threads that erase what has come to its end, send what is due, look into files,
//! and hand messages over to platforms outside.
//!
//! What is done is decided by [`act`](causerie_core::act); this crate only decides when.
//!
//! ```
//! use std::sync::Arc;
//! use causerie_core::{Heads, Store, memory::Memory, port::{RandomIds, SystemClock}};
//! use causerie_worker::{Dispatcher, Pace, Sweeper};
//! # use causerie_testing::MemoryFiles;
//!
//! let heads = Arc::new(Heads::default());
//! let store = Store::new(Arc::new(Memory::new(Arc::clone(&heads))), heads);
//! # let files = Arc::new(MemoryFiles::default());
//! let sweeper = Sweeper::start(store.clone(), files, Arc::new(SystemClock), Pace::default())?;
//! let dispatcher = Dispatcher::start(store.clone(), Arc::new(SystemClock), &RandomIds)?;
//! // … serve …
//! dispatcher.stop();
//! sweeper.stop();
//! store.close();
//! # Ok::<(), std::io::Error>(())
//! ```

mod background;
mod carry;
mod dispatch;
mod process;
mod sweep;
#[cfg(test)]
mod tests;

pub use carry::{Carrier, IN_FLIGHT_MAX};
pub use dispatch::{Dispatcher, LOOK_MS};
pub use process::Processor;
pub use sweep::{Pace, SWEEP_ROWS_MAX, Sweeper};

//! Causerie's background work: one thread that erases what has come to its end, and one that sends what is
//! due.
//!
//! What may be erased or sent is decided by [`act`](causerie_core::act); this crate only decides when.
//!
//! ```
//! use std::sync::Arc;
//! use causerie_core::{Heads, Store, memory::Memory, port::{RandomIds, SystemClock}};
//! use causerie_worker::{Dispatcher, Pace, Sweeper};
//!
//! let heads = Arc::new(Heads::default());
//! let store = Store::new(Arc::new(Memory::new(Arc::clone(&heads))), heads);
//! let sweeper = Sweeper::start(store.clone(), Arc::new(SystemClock), Pace::default())?;
//! let dispatcher = Dispatcher::start(store.clone(), Arc::new(SystemClock), &RandomIds)?;
//! // … serve …
//! dispatcher.stop();
//! sweeper.stop();
//! store.close();
//! # Ok::<(), std::io::Error>(())
//! ```

mod background;
mod dispatch;
mod sweep;
#[cfg(test)]
mod tests;

pub use dispatch::{Dispatcher, LOOK_MS};
pub use sweep::{Pace, SWEEP_ROWS_MAX, Sweeper};

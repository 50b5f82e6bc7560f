//! `SaaSignal`'s API in one process, over the store in memory: what is mapped to what, errors, odd requests.
//!
//! Rules are tested in the core, the wire in the end-to-end tests.

mod conversations;
mod fuzz;
mod messages;
mod participants;
mod platform;
mod world;

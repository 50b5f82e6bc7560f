//! Ziik's chat in one process, over the store in memory: what is mapped to what, errors, odd requests.
//!
//! Rules are tested in the core, the wire in the end-to-end tests.

mod conversations;
mod files;
mod fuzz;
mod lists;
mod messages;
mod people;
mod session;
mod words;
mod world;

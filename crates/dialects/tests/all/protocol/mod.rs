//! Protocol's API in one process, over the store in memory: what is mapped to what, errors, odd requests.
//!
//! Rules are tested in the core, the wire in the end-to-end tests.

mod attachments;
mod contacts;
mod conversations;
mod fuzz;
mod groups;
mod messages;
mod reactions;
mod rights;
mod words;
mod world;

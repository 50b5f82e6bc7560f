//! Doto's API in one process, over the store in memory: what is mapped to what, errors, odd requests.
//!
//! Rules are tested in the core, the wire in the end-to-end tests.

mod desk;
mod errors;
mod fuzz;
mod messages;
mod people;
mod world;

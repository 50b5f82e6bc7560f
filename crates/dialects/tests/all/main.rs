//! The dialects in one process, over the store in memory, each in its own module.
//!
//! Rules are tested in the core, the wire in the end-to-end tests.

mod bird;
mod doto;
mod odd;
mod protocol;
mod saasignal;
mod server;
mod staffchat;

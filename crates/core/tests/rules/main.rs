//! The rules of the domain, each through its use case, over the in-memory storage.

mod limits;
mod messages;
mod people;
mod reactions;
mod receipts;
mod templates;
mod world;

//! The rules of the domain, each through its use case, over the in-memory storage.

mod messages;
mod people;
mod world;

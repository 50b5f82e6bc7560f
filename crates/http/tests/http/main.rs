//! The native API over the in-memory store, request by request.
//!
//! One test binary: the world that all share is compiled once.

mod bodies;
mod codes;
mod door;
mod once;
mod operations;
mod order;
mod property;
mod routes;
mod socket;
mod tenancy;
mod world;

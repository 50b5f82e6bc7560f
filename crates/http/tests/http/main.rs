//! The native API over the in-memory store, request by request.
//!
//! One test binary: the world that all share is compiled once.

mod batch;
mod bodies;
mod channels;
mod codes;
mod desk;
mod door;
mod doors;
mod drafts;
mod forms;
mod goldens;
mod inbound;
mod log;
mod media;
mod once;
mod operations;
mod order;
mod outside;
mod posts;
mod property;
mod rates;
mod routes;
mod scheduled;
mod socket;
mod surface;
mod tenancy;
mod world;

//! The native API, `/v1`: one file per resource, wire types in `wire`, the table of routes in `routes`.
//!
//! Handlers translate and decide nothing.

#![expect(
    unused_qualifications,
    reason = "utoipa's macros qualify the parameters of queries"
)]

mod conversations;
mod events;
mod keys;
mod me;
mod members;
mod messages;
pub(crate) mod openapi;
mod participants;
pub(crate) mod routes;
mod vocabulary;
pub(crate) mod wire;
mod workspaces;

pub(crate) use messages::{SendBody, render_echo};
pub(crate) use routes::mount;

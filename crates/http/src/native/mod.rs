//! The native API, `/v1`: one file per resource, wire types in `wire`, the table of routes in `routes`.
//!
//! Handlers translate and decide nothing.

#![expect(
    unused_qualifications,
    reason = "utoipa's macros qualify the parameters of queries"
)]

mod attachments;
mod batch;
mod channels;
mod contacts;
mod conversations;
mod downloads;
mod drafts;
mod events;
mod filters;
mod identities;
mod inbound;
mod keys;
mod mail;
mod me;
mod media;
mod members;
mod messages;
pub(crate) mod openapi;
mod participants;
mod plans;
mod posts;
mod reactions;
mod receipts;
pub(crate) mod routes;
mod scheduled;
mod search;
mod sends;
mod settings;
mod surface;
mod templates;
mod uploads;
mod vocabulary;
pub(crate) mod wire;
mod workspaces;

pub(crate) use drafts::SendBody;
pub(crate) use routes::{mount, mount_doors};
pub(crate) use sends::render_echo;
pub(crate) use surface::{API_KEY, Native};

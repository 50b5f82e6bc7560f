//! Postgres: several writers and readers, and other nodes on the same database.

mod backlog;
mod bell;
pub(crate) mod dialect;
mod facts;
mod lanes;
mod open;
#[path = "../query/mod.rs"]
mod query;

pub(crate) use bell::Bell;
pub(crate) use facts::{facts, scrub};
pub(crate) use lanes::{PostgresReader, PostgresWriter};
pub(crate) use open::{Session, migrate, pending};

type Conn = diesel::pg::PgConnection;
type Backend = diesel::pg::Pg;

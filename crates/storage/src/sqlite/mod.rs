//! SQLite: one file, one writer, any number of readers.

mod backlog;
pub(crate) mod dialect;
mod facts;
mod lanes;
mod open;
#[path = "../query/mod.rs"]
mod query;

pub(crate) use facts::{facts, scrub};
pub(crate) use lanes::{SqliteReader, SqliteWriter};
pub(crate) use open::{Purpose, migrate, pending, target};

type Conn = diesel::sqlite::SqliteConnection;
type Backend = diesel::sqlite::Sqlite;

//! Diesel storage for Causerie, on SQLite and on Postgres.
//!
//! [`open`] takes an address and gives [`Lanes`]: queues of work, and threads that do it. Writers
//! gather the jobs that wait into one transaction and answer after its commit (`group`); readers
//! share snapshots (`reader`). The repositories are written once (`query`) and compiled for both
//! databases; where a database needs its own way, it is in its `dialect`. No rule of the domain is
//! here.

#![expect(
    clippy::duplicate_mod,
    reason = "the queries are written once and compiled for each database"
)]

mod births;
mod error;
mod facts;
mod fault;
mod group;
mod lanes;
mod link;
mod metric;
mod migrations;
mod new_row;
mod options;
mod postgres;
mod queue;
mod reader;
mod row;
mod schema;
mod sqlite;
mod statement;
mod url;

use std::sync::Arc;

use causerie_core::Heads;
use causerie_core::port::Lanes;

use lanes::Storage;
use validator::Validate;

pub use error::OpenError;
pub use facts::Fact;
pub use metric::{METRICS, MetricKind, describe_metrics};
pub use options::Options;
pub use url::{DatabaseUrl, UrlError};

/// Opens a database, brings its schema up to date, and starts its lanes, which ring `heads` after
/// each commit.
///
/// Processes that open the same database at once come one after the other. A SQLite file is made if
/// it is missing, its directory is not.
///
/// # Errors
/// [`OpenError`], before any lane has started.
pub fn open(
    url: &DatabaseUrl,
    options: &Options,
    heads: &Arc<Heads>,
) -> Result<Arc<dyn Lanes>, OpenError> {
    options.validate().map_err(|errors| OpenError::Options {
        problems: errors.to_string(),
    })?;
    migrate(url)?;
    Ok(match (url.sqlite_path(), url.postgres()) {
        (Some(path), _) => {
            let target = sqlite::target(url, path)?;
            Arc::new(Storage::sqlite(url, &target, options, heads)?)
        }
        (None, target) => {
            let target = target.unwrap_or_default();
            Arc::new(Storage::postgres(url, &target, options, heads)?)
        }
    })
}

/// Brings the schema of a database up to date, all or nothing, and returns the versions that were
/// missing.
///
/// # Errors
/// [`OpenError`].
pub fn migrate(url: &DatabaseUrl) -> Result<Vec<String>, OpenError> {
    match (url.sqlite_path(), url.postgres()) {
        (Some(path), _) => sqlite::migrate(url, path),
        (None, target) => postgres::migrate(url, &target.unwrap_or_default()),
    }
}

/// The versions of the schema that a database lacks; changes nothing.
///
/// # Errors
/// [`OpenError`].
pub fn pending(url: &DatabaseUrl) -> Result<Vec<String>, OpenError> {
    match (url.sqlite_path(), url.postgres()) {
        (Some(path), _) => sqlite::pending(url, path),
        (None, target) => postgres::pending(url, &target.unwrap_or_default()),
    }
}

/// Writes all that is stored anew, so that the files keep nothing of what was erased: no copy that a page
/// kept when it was split, no dead row, no word in an index. Takes long and locks everybody out: stop the
/// servers first.
///
/// # Errors
/// [`OpenError`].
pub fn scrub(url: &DatabaseUrl) -> Result<(), OpenError> {
    match (url.sqlite_path(), url.postgres()) {
        (Some(path), _) => sqlite::scrub(url, path),
        (None, target) => postgres::scrub(url, &target.unwrap_or_default()),
    }
}

/// What is to be known of a database; changes nothing.
///
/// # Errors
/// [`OpenError`].
pub fn check(url: &DatabaseUrl) -> Result<Vec<Fact>, OpenError> {
    match (url.sqlite_path(), url.postgres()) {
        (Some(path), _) => sqlite::facts(url, path),
        (None, target) => postgres::facts(url, &target.unwrap_or_default()),
    }
}

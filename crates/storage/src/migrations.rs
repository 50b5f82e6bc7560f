//! The migrations, built into the program, and which of them a database has.
//!
//! Locks and transactions are the business of each database's `open`.

use std::collections::BTreeSet;
use std::error::Error as StdError;

use diesel::backend::Backend;
use diesel::migration::MigrationSource;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::error::OpenError;
use crate::url::DatabaseUrl;

/// The schema on SQLite.
pub(crate) const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
/// The schema on Postgres.
pub(crate) const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// The query for the versions that a database has, newest first.
pub(crate) const APPLIED: &str =
    "SELECT version FROM __diesel_schema_migrations ORDER BY version DESC";

/// The versions that a program knows, in order.
pub(crate) fn known<DB: Backend>(source: &EmbeddedMigrations) -> BTreeSet<String> {
    let all = MigrationSource::<DB>::migrations(source).unwrap_or_default();
    all.iter()
        .map(|one| one.name().version().to_string())
        .collect()
}

/// The versions that a database with `applied` lacks.
///
/// # Errors
/// [`OpenError::NewerSchema`] when it has one that is not known.
pub(crate) fn missing(
    url: &DatabaseUrl,
    known: BTreeSet<String>,
    applied: &[String],
) -> Result<Vec<String>, OpenError> {
    match applied.iter().filter(|one| !known.contains(*one)).max() {
        Some(version) => Err(OpenError::NewerSchema {
            url: url.clone(),
            version: version.clone(),
        }),
        None => Ok(known
            .into_iter()
            .filter(|one| !applied.contains(one))
            .collect()),
    }
}

/// Brings the schema up to date, in the transaction or under the lock that the caller holds; looks
/// again at what is missing, as another process may have been faster. Returns the versions that it
/// applied.
pub(crate) fn apply<DB, C>(
    url: &DatabaseUrl,
    conn: &mut C,
    source: EmbeddedMigrations,
) -> Result<Vec<String>, OpenError>
where
    DB: Backend,
    C: MigrationHarness<DB>,
{
    let failed = |cause: Box<dyn StdError + Send + Sync>| OpenError::Migration {
        url: url.clone(),
        cause,
    };
    let applied = conn.applied_migrations().map_err(failed)?;
    let applied: Vec<_> = applied.iter().map(ToString::to_string).collect();
    missing(url, known::<DB>(&source), &applied)?;
    let new = conn.run_pending_migrations(source).map_err(failed)?;
    Ok(new.iter().map(ToString::to_string).collect())
}

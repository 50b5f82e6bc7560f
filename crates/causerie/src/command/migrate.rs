//! `causerie migrate`: brings the schema up to date and ends.
//!
//! Creates neither workspace nor key: the first `causerie serve` does.

use anyhow::Result;

use crate::config::Config;
use crate::{assemble, output};

/// Migrates the database that the configuration names.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn run(config: &Config) -> Result<()> {
    assemble::prepare_directory(config)?;
    let applied = causerie_storage::migrate(&config.database)?;
    let database = &config.database;
    if applied.is_empty() {
        output::note(format_args!("the schema of {database} is up to date"));
    } else {
        let versions = applied.join(", ");
        output::note(format_args!(
            "the schema of {database} was brought to {versions}"
        ));
    }
    Ok(())
}

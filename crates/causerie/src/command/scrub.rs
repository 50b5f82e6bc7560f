//! `causerie scrub`: writes the database anew, so that its files keep nothing of what was erased.
//!
//! What was erased is in no table before that already.

use anyhow::Result;

use crate::assemble::Direct;
use crate::config::Config;
use crate::output;

/// Scrubs the database that the configuration names.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn run(config: &Config) -> Result<()> {
    let database = &config.database;
    // Only one that exists, with the tables of this version.
    drop(Direct::open(config)?);
    output::note(format_args!(
        "writing {database} anew; nobody can use it meanwhile"
    ));
    causerie_storage::scrub(database)?;
    output::note(format_args!(
        "the files of {database} keep nothing of what was erased; backups may"
    ));
    Ok(())
}

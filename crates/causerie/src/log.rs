//! The log: `tracing` events on standard error, as text or JSON.
//!
//! What may be logged is up to those who log; keys and the text of messages never are.

use std::io::{IsTerminal as _, stderr};

use anyhow::{Result, anyhow};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Starts logging. Call it once.
///
/// # Errors
/// When `log_level` does not read as levels.
pub(crate) fn start(config: &Config) -> Result<()> {
    // What the server's library says of its threads at each start is no news; the option may ask for it.
    let levels = format!("actix_server=warn,{}", config.log_level);
    let filter = EnvFilter::builder().parse(levels).map_err(|error| {
        anyhow!(
            "log_level is `{}`, which does not read as a level ({error}); give error, warn, info, debug \
             or trace",
            config.log_level
        )
    })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr);
    let started = match config.log_format {
        LogFormat::Text => builder.with_ansi(stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow!("the log cannot be started: {error}"))
}

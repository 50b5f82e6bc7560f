//! The log: `tracing` events on standard error, as text or JSON.
//!
//! What may be logged is up to those who log; keys and the text of messages never are.

use std::io::{IsTerminal as _, stderr};

use anyhow::{Result, anyhow};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::config::{Config, LogFormat};

/// Starts logging. Call it once.
///
/// # Errors
/// When `log_level` does not read as levels.
pub(crate) fn start(config: &Config) -> Result<()> {
    let filter = filter(&config.log_level)?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr);
    let started = match config.log_format {
        LogFormat::Text => builder.with_ansi(stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| anyhow!("the log cannot be started: {error}"))
}

fn filter(levels: &str) -> Result<EnvFilter> {
    let refused = || {
        anyhow!(
            "log_level is `{levels}`, which does not read as levels; give error, warn, info, debug or \
             trace, alone or per module as in info,causerie_http=debug"
        )
    };
    // A word that is no level would be taken for the name of a module, and switch everything else off.
    let mut words = levels.split(',').filter(|part| !part.contains('='));
    if !words.all(|word| !word.is_empty() && word.parse::<LevelFilter>().is_ok()) {
        return Err(refused());
    }
    // What the server's library says of its threads at each start is no news; the option may ask for it.
    let all = format!("actix_server=warn,{levels}");
    EnvFilter::builder().parse(all).map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_word_or_belongs_to_a_module() {
        for levels in [
            "info",
            "DEBUG",
            "off",
            "warn,causerie_http=debug",
            "actix_server=info",
        ] {
            assert!(filter(levels).is_ok(), "{levels}");
        }
        for levels in ["inof", "info,causerie_http", "causerie_http=loud", ""] {
            assert!(filter(levels).is_err(), "{levels}");
        }
    }
}

//! `causerie config`: every option in force and where its value was given.
//!
//! A database password is never shown.

use serde_json::json;

use crate::cli::Format;
use crate::config::Config;
use crate::output;

/// Prints the options.
pub(crate) fn run(config: &Config, format: Format) {
    let in_force = config.in_force().filter(|(option, ..)| !option.hidden);
    if format.json {
        for (option, value, origin) in in_force {
            output::say(json!({"option": option.name, "value": value, "origin": origin}));
        }
        return;
    }
    let rows: Vec<_> = in_force
        .map(|(option, value, origin)| vec![option.name.to_owned(), value, origin.to_owned()])
        .collect();
    output::table(&["OPTION", "VALUE", "GIVEN BY"], &rows);
}

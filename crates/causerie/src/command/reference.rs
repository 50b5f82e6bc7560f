//! `causerie reference`: the references that are made from the program itself.
//!
//! `cargo xtask docs` writes them to files.

use crate::cli::Reference;
use crate::{assemble, config, events, output};

/// Prints one reference.
pub(crate) fn run(what: Reference) {
    let page = match what {
        Reference::Openapi => causerie_http::openapi_json(),
        Reference::Problems => causerie_http::problems_markdown(),
        Reference::Events => events::reference(),
        Reference::Configuration => config::reference(),
        Reference::Metrics => assemble::metrics_reference(),
        Reference::Dialects => causerie_dialects::reference(),
    };
    output::say(page.trim_end());
}

//! `causerie bench-echo`: the ceiling to measure against. Answers the JSON of a send without storing it.
//!
//! For `cargo xtask bench`; no part of the product.

use anyhow::Result;
use causerie_http::ServeConfig;

use crate::config::Config;
use crate::{assemble, drain, log, output};

/// Serves `POST /echo` until SIGTERM or SIGINT, with or without asking for a key.
///
/// # Errors
/// A sentence that says what to do, when something cannot be started.
pub(crate) fn run(config: &Config, auth: bool) -> Result<()> {
    log::start(config)?;
    let listener = assemble::listen("listen", &config.listen, &config.addresses)?;
    let at = listener.local_addr()?;
    let app = if auth {
        let store = assemble::open(config, &assemble::options(config))?;
        Some(assemble::app(config, assemble::ports(config, store)?))
    } else {
        None
    };
    let serve_config = ServeConfig {
        workers: Some(config.workers),
        ..ServeConfig::default()
    };
    let routes = causerie_http::configure_echo(app.as_ref());
    actix_web::rt::System::new().block_on(drain::serve_plain(
        || causerie_http::serve_with(vec![listener], &serve_config, routes),
        || output::say(format_args!("echo listens on http://{at}")),
    ))
}

//! `causerie serve`: starts everything, serves until it is told to stop, and stops without losing anything.
//!
//! What is started is built in `assemble`; how it stops is in `drain`.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use causerie_core::port::{RandomIds, SystemClock};
use causerie_http::{App, ServeConfig};
use causerie_worker::{Dispatcher, Pace, Sweeper};

use crate::config::Config;
use crate::{assemble, drain, first_start, log, output};

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// A sentence that says what to do, when something cannot be started.
pub(crate) fn run(config: &Config) -> Result<()> {
    log::start(config)?;
    // First of all: a second start by mistake is to touch nothing.
    let listener = assemble::listen(config)?;
    let at = listener
        .local_addr()
        .context("the listener has no address")?;
    assemble::prepare_directory(config)?;
    // Before anything is made that records.
    causerie_http::install_metrics();
    causerie_storage::describe_metrics();
    let store = assemble::open(config, &assemble::options(config))?;
    if let Some(key) = first_start::found(&store)? {
        let database = config.database.to_string();
        output::say(first_start::welcome(&database, at, &key));
    }
    let sweeper = Sweeper::start(store.clone(), Arc::new(SystemClock), Pace::default())
        .context("the system has no thread for the sweeper")?;
    let dispatcher = Dispatcher::start(store.clone(), Arc::new(SystemClock), &RandomIds)
        .context("the system has no thread for the dispatcher")?;
    let app = assemble::app(config, store.clone());
    let serve_config = ServeConfig {
        workers: Some(config.workers),
        drain_timeout: config.drain_timeout,
        ..ServeConfig::default()
    };
    let close = move || {
        dispatcher.stop();
        sweeper.stop();
        store.close();
    };
    actix_web::rt::System::new().block_on(drain::serve(
        &app,
        listener,
        |app: App, listeners| causerie_http::serve(app, listeners, &serve_config),
        || ready(at),
        close,
    ))
}

fn ready(at: SocketAddr) {
    output::say(format_args!("Causerie listens on http://{at}"));
}

//! `causerie serve`: starts everything, serves until it is told to stop, and stops without losing anything.
//!
//! What is started is built in `assemble`; how it stops is in `drain`.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use causerie_core::port::RandomIds;
use causerie_http::problem::Trouble;
use causerie_http::{Mount, Ports, Problem, ServeConfig};
use causerie_worker::{Carrier, Dispatcher, Pace, Processor, Sweeper};

use crate::config::{Config, Spoken};
use crate::drain::Door;
use crate::{assemble, drain, first_start, log, output, outside};

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// A sentence that says what to do, when something cannot be started.
pub(crate) fn run(config: &Config) -> Result<()> {
    log::start(config)?;
    // First of all: a second start by mistake is to touch nothing.
    let listener = assemble::listen("listen", &config.listen, &config.addresses)?;
    let own = speak_alone(config)?;
    let at = listener
        .local_addr()
        .context("the listener has no address")?;
    assemble::prepare_directory(config)?;
    // Before anything is made that records.
    causerie_http::install_metrics();
    causerie_storage::describe_metrics();
    let store = assemble::open(config, &assemble::options(config))?;
    // Before the only key is shown: a start that fails here is not the first one.
    let ports = assemble::ports(config, store.clone())?;
    if let Some(key) = first_start::found(&store)? {
        let database = config.database.to_string();
        output::say(first_start::welcome(&database, at, &key));
    }
    let workers = Workers::start(config, &ports)?;
    let app = assemble::app(config, ports);
    let serve_config = ServeConfig {
        workers: Some(config.workers),
        drain_timeout: config.drain_timeout,
        ..ServeConfig::default()
    };
    let close = move || {
        workers.stop();
        store.close();
    };
    let mut names = Vec::new();
    let mounts: Vec<Mount> = spoken(config)
        .map(|one| one.dialect.at(&one.chosen))
        .collect();
    let main = app.clone();
    let mut doors = vec![Door {
        listener,
        serve: Box::new(move |listeners| {
            causerie_http::serve_mounted(main, &mounts, listeners, &serve_config)
        }),
        come_back: Problem::new(Trouble::Unavailable).respond(None),
    }];
    for (spoken, listener) in own {
        names.push((spoken.dialect.name, listener.local_addr()?));
        let mount = spoken.dialect.at(&spoken.chosen);
        let come_back = mount.show(&Problem::new(Trouble::Unavailable));
        let routes = causerie_http::configure_surface(&app, mount);
        let serve = move |listeners| causerie_http::serve_with(listeners, &serve_config, routes);
        doors.push(Door {
            listener,
            serve: Box::new(serve),
            come_back,
        });
    }
    let ready = || ready(at, &names);
    actix_web::rt::System::new().block_on(drain::serve(&app, doors, ready, close))
}

/// The dialects that are spoken.
fn spoken(config: &Config) -> impl Iterator<Item = &Spoken> {
    config.dialects.iter().filter(|one| one.enabled)
}

/// The listeners of dialects that have one of their own.
fn speak_alone(config: &Config) -> Result<Vec<(&Spoken, TcpListener)>> {
    let mut own = Vec::new();
    for one in spoken(config) {
        if let Some((written, addresses)) = &one.listen {
            let option = format!("dialects.{}.listen", one.dialect.name);
            own.push((one, assemble::listen(&option, written, addresses)?));
        }
    }
    Ok(own)
}

/// Those who work by themselves.
struct Workers {
    dispatcher: Dispatcher,
    carrier: Carrier,
    processor: Processor,
    sweeper: Sweeper,
}

impl Workers {
    fn start(config: &Config, ports: &Ports) -> Result<Self> {
        let store = || ports.store.clone();
        let (files, clock) = (|| Arc::clone(&ports.files), || Arc::clone(&ports.clock));
        let pace = Pace {
            idle: config.sweep_idle,
            ..Pace::default()
        };
        let inspector = outside::inspector(&ports.files)?;
        let courier = Arc::clone(&ports.courier);
        Ok(Self {
            sweeper: Sweeper::start(store(), files(), clock(), pace)
                .context("the system has no thread for the sweeper")?,
            dispatcher: Dispatcher::start(store(), clock(), &RandomIds)
                .context("the system has no thread for the dispatcher")?,
            processor: Processor::start(store(), files(), inspector, clock(), config.processors)
                .context("the system has no threads to look into files")?,
            carrier: Carrier::start(store(), courier, clock())
                .context("the system has no thread to hand messages over")?,
        })
    }

    /// Ends them, those first who bring work for others; returns when what they were at is settled.
    fn stop(self) {
        self.dispatcher.stop();
        self.carrier.stop();
        self.processor.stop();
        self.sweeper.stop();
    }
}

fn ready(at: SocketAddr, dialects: &[(&str, SocketAddr)]) {
    for (name, at) in dialects {
        output::say(format_args!("Causerie speaks {name} on http://{at}"));
    }
    output::say(format_args!("Causerie listens on http://{at}"));
}

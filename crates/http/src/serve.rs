//! Listens, within limits for connections and times.
//!
//! Handles no signals: whoever starts the server stops it, gracefully.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::KeepAlive;
use actix_web::web::ServiceConfig;
use actix_web::{App as Actix, HttpServer};

use crate::app::{App, configure};
use crate::mount::Mount;
use crate::observe::keep_metrics;

/// How often recorded times are folded into their buckets.
const METRICS_KEPT_EVERY: Duration = Duration::from_secs(5);

/// The limits of a server.
#[derive(Clone, Copy, Debug)]
pub struct ServeConfig {
    /// Event loops; `None` for one per core.
    pub workers: Option<usize>,
    /// Connections that one event loop holds open; more wait in the listener's backlog.
    pub connections_max: usize,
    /// How long a connection may stay open between two requests.
    pub keep_alive: Duration,
    /// How long the head of a request may take to arrive.
    pub head_timeout: Duration,
    /// How long a client may take to read the rest of an answer when a connection is closed.
    pub disconnect_timeout: Duration,
    /// How long requests under way may take when the server stops.
    pub drain_timeout: Duration,
}

impl Default for ServeConfig {
    /// One event loop per core with 10,000 connections each; 75 s between requests, 10 s for a head,
    /// 5 s to disconnect, 30 s to drain.
    fn default() -> Self {
        Self {
            workers: None,
            connections_max: 10_000,
            keep_alive: Duration::from_secs(75),
            head_timeout: Duration::from_secs(10),
            disconnect_timeout: Duration::from_secs(5),
            drain_timeout: Duration::from_secs(30),
        }
    }
}

/// A server of all routes of `app` on these listeners, to be awaited under a tokio runtime. To stop it:
/// [`App::begin_drain`], then `handle().stop(true)`, which lets requests under way finish.
///
/// # Errors
/// When a listener cannot be used.
pub fn serve(app: App, listeners: Vec<TcpListener>, config: &ServeConfig) -> io::Result<Server> {
    serve_mounted(app, &[], listeners, config)
}

/// The same with further surfaces.
///
/// # Errors
/// When a listener cannot be used.
pub fn serve_mounted(
    app: App,
    mounts: &[Mount],
    listeners: Vec<TcpListener>,
    config: &ServeConfig,
) -> io::Result<Server> {
    let server = serve_with(listeners, config, configure(&app, mounts))?;
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(METRICS_KEPT_EVERY);
        loop {
            tokio::select! {
                _ = ticks.tick() => keep_metrics(),
                () = app.drained() => break,
            }
        }
        app.door().flush_uses();
    });
    Ok(server)
}

/// The same for any routes, without the upkeep of an [`App`].
///
/// # Errors
/// When a listener cannot be used.
pub fn serve_with<F>(
    listeners: Vec<TcpListener>,
    config: &ServeConfig,
    routes: F,
) -> io::Result<Server>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let mut server = HttpServer::new(move || Actix::new().configure(routes.clone()))
        .disable_signals()
        .tcp_nodelay(true)
        .max_connections(config.connections_max)
        .keep_alive(KeepAlive::Timeout(config.keep_alive))
        .client_request_timeout(config.head_timeout)
        .client_disconnect_timeout(config.disconnect_timeout)
        .shutdown_timeout(config.drain_timeout.as_secs().max(1));
    if let Some(workers) = config.workers {
        server = server.workers(workers.max(1));
    }
    for listener in listeners {
        server = server.listen(listener)?;
    }
    Ok(server.run())
}

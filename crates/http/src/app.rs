//! What all requests share, and the assembly of all routes.
//!
//! Reads no configuration: whoever starts the server fills [`AppConfig`].

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::web::{self, PayloadConfig, ServiceConfig};
use causerie_core::port::{Clock, Ids};
use causerie_core::{Caller, Context, Fresh, HashCost, Store};
use tokio::sync::Notify;

use crate::auth::{DoorConfig, Doorkeeper};
use crate::rate::Rates;
use crate::{health, native, observe};

/// What may differ from one installation to another.
#[derive(Clone, Debug)]
pub struct AppConfig {
    /// Bytes of a request's body; more is answered 413.
    pub body_bytes_max: usize,
    /// How long a body may take to arrive.
    pub request_timeout: Duration,
    /// Bytes of a request's path and query; more is answered 404.
    pub target_bytes_max: usize,
    /// Whether `/docs` serves the page to read and try the API.
    pub docs: bool,
    /// How long a key that was looked up is trusted before its row is read again: the longest that a
    /// revocation on another node takes to count.
    pub key_trust: Duration,
}

impl Default for AppConfig {
    fn default() -> Self {
        Self {
            body_bytes_max: 256 * 1024,
            request_timeout: Duration::from_secs(30),
            target_bytes_max: 8 * 1024,
            docs: true,
            key_trust: Duration::from_secs(2),
        }
    }
}

/// What all requests share. Clones share everything.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    cost: HashCost,
    config: AppConfig,
    door: Arc<Doorkeeper>,
    rates: Rates,
    draining: AtomicBool,
    drain: Notify,
}

impl App {
    /// An application over a store. Installs the recorder of the metrics if nobody has.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        cost: HashCost,
        config: AppConfig,
    ) -> Self {
        observe::install_metrics();
        let door_config = DoorConfig {
            trust: config.key_trust,
            ..DoorConfig::default()
        };
        let door = Doorkeeper::new(store.clone(), Arc::clone(&clock), door_config);
        let rates = Rates::new(Arc::clone(&clock));
        Self(Arc::new(Shared {
            store,
            clock,
            ids,
            cost,
            config,
            door: Arc::new(door),
            rates,
            draining: AtomicBool::new(false),
            drain: Notify::new(),
        }))
    }

    /// The storage.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The time.
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// The source of ids and secrets.
    pub fn ids(&self) -> &dyn Ids {
        &*self.0.ids
    }

    /// How hard new keys are hashed.
    pub fn cost(&self) -> HashCost {
        self.0.cost
    }

    /// What this installation wants.
    pub fn config(&self) -> &AppConfig {
        &self.0.config
    }

    /// Who lets callers in.
    pub fn door(&self) -> &Arc<Doorkeeper> {
        &self.0.door
    }

    /// How many requests workspaces are let through.
    pub(crate) fn rates(&self) -> &Rates {
        &self.0.rates
    }

    /// The context of a change by this caller, now, with a fresh id.
    pub fn context(&self, caller: &Caller) -> Context {
        let now = self.0.clock.now();
        Context {
            caller: caller.clone(),
            now,
            fresh: self.0.ids.fresh(now),
        }
    }

    /// The context of a read by this caller, now; its id is not fresh, as a read creates nothing.
    pub fn read_context(&self, caller: &Caller) -> Context {
        let now = self.0.clock.now();
        Context {
            caller: caller.clone(),
            now,
            fresh: Fresh::new(now, [0; 10]),
        }
    }

    /// Says that the server is about to stop: `/readyz` answers 503 from now on, long polls end, and
    /// connections close after their next answer.
    pub fn begin_drain(&self) {
        self.0.draining.store(true, Ordering::SeqCst);
        self.0.drain.notify_waiters();
    }

    /// Whether [`App::begin_drain`] was called.
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::SeqCst)
    }

    /// Ready when [`App::begin_drain`] is called, or was.
    pub async fn drained(&self) {
        let begun = self.0.drain.notified();
        tokio::pin!(begun);
        // Registered before looking, so that a drain in between is not missed.
        begun.as_mut().enable();
        if !self.is_draining() {
            begun.await;
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "App({:?})", self.0.store)
    }
}

/// Mounts every route: `/v1`, `/livez`, `/readyz`, `/metrics`, `/openapi.json`, `/docs`, and a problem for
/// all other paths.
pub fn configure(app: &App) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let app = app.clone();
    move |cfg: &mut ServiceConfig| {
        cfg.app_data(app.clone())
            .app_data(PayloadConfig::new(app.config().body_bytes_max))
            .configure(health::mount)
            .configure(|cfg| native::mount(cfg, &app))
            .default_service(web::to(observe::nowhere));
    }
}

//! What all requests share, and the assembly of all routes.
//!
//! Reads no configuration: whoever starts the server fills [`AppConfig`].

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::web::{self, PayloadConfig, ServiceConfig};
use causerie_core::port::{Clock, Courier, Files, Ids, MailReader};
use causerie_core::{Caller, Context, Fresh, HashCost, Store, Timestamp, Vault};
use tokio::sync::{Notify, Semaphore};

use crate::auth::{DoorConfig, Doorkeeper};
use crate::mount::{Mount, mount_surface};
use crate::rate::Rates;
use crate::transfer::Slots;
use crate::{health, native, observe};

/// How many channels are tried at once; more are answered `busy`.
const TRIALS_MAX: usize = 8;
/// How many mails come in at once, each of them in memory; more are answered `busy`.
const MAILS_MAX: usize = 4;

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
    /// What addresses begin with that leave the server, such as `https://chat.example.com`; without it they
    /// are relative to this one.
    pub public_url: Option<String>,
}

impl Default for AppConfig {
    fn default() -> Self {
        Self {
            body_bytes_max: 256 * 1024,
            request_timeout: Duration::from_secs(30),
            target_bytes_max: 8 * 1024,
            docs: true,
            key_trust: Duration::from_secs(2),
            public_url: None,
        }
    }
}

/// What the application stands on.
#[derive(Clone, Debug)]
pub struct Ports {
    /// The storage.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The source of ids and secrets.
    pub ids: Arc<dyn Ids>,
    /// Where the bytes of files are kept.
    pub files: Arc<dyn Files>,
    /// The installation's key.
    pub vault: Arc<Vault>,
    /// Who hands messages over to platforms outside: here it tries channels only.
    pub courier: Arc<dyn Courier>,
    /// Who makes sense of mail.
    pub mail: Arc<dyn MailReader>,
    /// How platforms sign their calls.
    pub signing: Signing,
}

/// A call of a platform that is to be verified.
#[derive(Clone, Copy)]
pub struct SignedCall<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`.
    pub timestamp: &'a str,
    /// `webhook-signature`.
    pub signature: &'a str,
    /// The body, byte by byte.
    pub body: &'a [u8],
}

impl fmt::Debug for SignedCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedCall({} bytes)", self.body.len())
    }
}

/// How calls are signed (Standard Webhooks).
#[derive(Clone, Copy, Debug)]
pub struct Signing {
    /// The secret made of random bytes, as it is shown and sealed.
    pub new_secret: fn(entropy: [u8; 32]) -> String,
    /// Whether a call was signed with this secret, and lately.
    pub verify: fn(secret: &str, call: SignedCall<'_>, now: Timestamp) -> bool,
}

/// What all requests share. Clones share everything.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    ports: Ports,
    cost: HashCost,
    config: AppConfig,
    door: Arc<Doorkeeper>,
    rates: Rates,
    slots: Slots,
    trials: Semaphore,
    mails: Semaphore,
    draining: AtomicBool,
    drain: Notify,
}

impl App {
    /// An application over its ports. Installs the recorder of the metrics if nobody has.
    pub fn new(ports: Ports, cost: HashCost, config: AppConfig) -> Self {
        observe::install_metrics();
        let door_config = DoorConfig {
            trust: config.key_trust,
            ..DoorConfig::default()
        };
        let clock = Arc::clone(&ports.clock);
        let door = Doorkeeper::new(ports.store.clone(), Arc::clone(&clock), door_config);
        let rates = Rates::new(clock);
        Self(Arc::new(Shared {
            ports,
            cost,
            config,
            door: Arc::new(door),
            rates,
            slots: Slots::default(),
            trials: Semaphore::new(TRIALS_MAX),
            mails: Semaphore::new(MAILS_MAX),
            draining: AtomicBool::new(false),
            drain: Notify::new(),
        }))
    }

    /// The storage.
    pub fn store(&self) -> &Store {
        &self.0.ports.store
    }

    /// The time.
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.ports.clock
    }

    /// The source of ids and secrets.
    pub fn ids(&self) -> &dyn Ids {
        &*self.0.ports.ids
    }

    /// Where the bytes of files are kept.
    pub fn files(&self) -> &Arc<dyn Files> {
        &self.0.ports.files
    }

    /// The installation's key.
    pub fn vault(&self) -> &Vault {
        &self.0.ports.vault
    }

    /// Who hands messages over.
    pub(crate) fn courier(&self) -> &dyn Courier {
        &*self.0.ports.courier
    }

    /// Who makes sense of mail.
    pub(crate) fn mail(&self) -> &Arc<dyn MailReader> {
        &self.0.ports.mail
    }

    /// How platforms sign their calls.
    pub(crate) fn signing(&self) -> Signing {
        self.0.ports.signing
    }

    /// Places for channels that are tried.
    pub(crate) fn trials(&self) -> &Semaphore {
        &self.0.trials
    }

    /// Places for mail that comes in.
    pub(crate) fn mails(&self) -> &Semaphore {
        &self.0.mails
    }

    /// Places for uploads under way.
    pub(crate) fn slots(&self) -> &Slots {
        &self.0.slots
    }

    /// How hard new keys are hashed.
    pub fn cost(&self) -> HashCost {
        self.0.cost
    }

    /// What addresses begin with that leave the server; nothing for relative ones.
    pub(crate) fn public_url(&self) -> &str {
        self.config().public_url.as_deref().unwrap_or_default()
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
        let now = self.0.ports.clock.now();
        Context {
            caller: caller.clone(),
            now,
            fresh: self.0.ports.ids.fresh(now),
        }
    }

    /// The context of a read by this caller, now; its id is not fresh, as a read creates nothing.
    pub fn read_context(&self, caller: &Caller) -> Context {
        let now = self.0.ports.clock.now();
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
        write!(f, "App({:?})", self.0.ports.store)
    }
}

/// Mounts every route: `/v1`, `/media`, `/livez`, `/readyz`, `/metrics`, `/openapi.json`, `/docs`, further
/// surfaces where they are to be, and a problem for all other paths.
pub fn configure(app: &App, mounts: &[Mount]) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let (app, mounts) = (app.clone(), mounts.to_vec());
    move |cfg: &mut ServiceConfig| {
        cfg.app_data(app.clone())
            .app_data(PayloadConfig::new(app.config().body_bytes_max))
            .configure(health::mount)
            .configure(|cfg| native::mount(cfg, &app))
            .configure(|cfg| native::mount_doors(cfg, &app));
        for mount in &mounts {
            mount_surface(cfg, &app, mount);
        }
        cfg.default_service(web::to(observe::nowhere));
    }
}

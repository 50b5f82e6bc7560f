//! The courier: which way a message goes, and where its work is done.
//!
//! How a message is written for a platform is up to that platform's module.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use causerie_core::channel::{Channel, Reach};
use causerie_core::outbound::{Handed, Parcel};
use causerie_core::port::{Clock, Courier, Files, Handing};
use causerie_core::{MediaId, Vault, WorkspaceId};
use tokio::runtime::{Builder, Runtime};

use crate::allowed::Allowed;
use crate::client::CheckedClient;
use crate::trust::Trust;
use crate::{gateway, mail};

/// How many threads look after connections; they never wait for anything.
const THREADS: usize = 2;
/// How many names may be looked up at one time; the operating system blocks a thread for each.
const LOOKUPS_MAX: usize = 32;

/// Makes an address under which somebody outside may download a file for a while.
pub type Links = Arc<dyn Fn(WorkspaceId, MediaId) -> String + Send + Sync>;

/// What the operator decides.
#[derive(Clone, Debug)]
pub struct OutboundConfig {
    /// The networks that may be connected to besides the public ones.
    pub allowed: Allowed,
    /// The name of this machine in the world, such as `chat.example.org`: mail servers are greeted with it, and
    /// it ends the `Message-ID` of each mail.
    pub domain: String,
    /// Authorities that TLS trusts besides those of the machine, as PEM text.
    pub extra_roots: Option<Vec<u8>>,
}

/// Why nothing can be handed over at all.
#[derive(Debug, thiserror::Error)]
pub enum OutboundFault {
    /// The domain is none.
    #[error(
        "expected a domain of letters, digits, `-` and `.` such as chat.example.org, found `{0}`"
    )]
    Domain(String),
    /// The authorities cannot be read.
    #[error("expected certificates of authorities as PEM text")]
    Roots,
    /// TLS does not work here.
    #[error("expected a system on which TLS works")]
    Tls,
    /// No threads can be had.
    #[error("expected threads for connections: {0}")]
    Threads(#[from] std::io::Error),
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// A connection.
    pub(crate) connect: Duration,
    /// A whole call over HTTP, redirects and all.
    pub(crate) call: Duration,
    /// A whole mail.
    pub(crate) mail: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            call: Duration::from_secs(30),
            mail: Duration::from_mins(2),
        }
    }
}

/// Hands messages over to every platform. Its futures can be awaited under any runtime or on none; the work
/// goes on if they are dropped, and ends when this is.
#[derive(Debug)]
pub struct Post {
    desk: Arc<Desk>,
    runtime: Threads,
}

/// What is at hand for every message.
pub(crate) struct Desk {
    pub(crate) allowed: Arc<Allowed>,
    pub(crate) domain: String,
    pub(crate) limits: Limits,
    pub(crate) trust: Trust,
    pub(crate) client: CheckedClient,
    pub(crate) vault: Vault,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) links: Links,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Post {
    /// Starts the threads that it works on; connects to nobody yet.
    pub fn new(
        config: OutboundConfig,
        vault: Vault,
        files: Arc<dyn Files>,
        links: Links,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OutboundFault> {
        Self::with_limits(config, vault, files, links, clock, Limits::default())
    }

    pub(crate) fn with_limits(
        config: OutboundConfig,
        vault: Vault,
        files: Arc<dyn Files>,
        links: Links,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> Result<Self, OutboundFault> {
        let domain = config.domain;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        if !(1..=253).contains(&domain.len()) || !domain.bytes().all(plain) {
            return Err(OutboundFault::Domain(domain.chars().take(64).collect()));
        }
        let allowed = Arc::new(config.allowed);
        let trust = Trust::new(config.extra_roots.as_deref())?;
        let client = CheckedClient::new(Arc::clone(&allowed), &trust, limits)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .max_blocking_threads(LOOKUPS_MAX)
            .thread_name("outbound")
            .enable_all()
            .build()?;
        Ok(Self {
            desk: Arc::new(Desk {
                allowed,
                domain,
                limits,
                trust,
                client,
                vault,
                files,
                links,
                clock,
            }),
            runtime: Threads(Some(runtime)),
        })
    }

    /// The client that calls are made with, for whoever has others to make.
    pub fn client(&self) -> CheckedClient {
        self.desk.client.clone()
    }

    fn hand<F>(&self, work: F) -> Handing<'static>
    where
        F: Future<Output = Handed> + Send + 'static,
    {
        let task = self.runtime.0.as_ref().map(|runtime| runtime.spawn(work));
        Box::pin(async {
            let handed = match task {
                Some(task) => task.await.ok(),
                None => None,
            };
            handed.unwrap_or_else(|| later("This server could not finish the attempt."))
        })
    }
}

impl Courier for Post {
    fn deliver(&self, parcel: Parcel) -> Handing<'_> {
        let desk = Arc::clone(&self.desk);
        self.hand(async move {
            match &parcel.channel.reach {
                Reach::Within => Handed::Taken { reference: None },
                Reach::Gateway(endpoint) => gateway::deliver(&desk, endpoint, &parcel).await,
                Reach::Mail(server) => mail::deliver(&desk, server, &parcel).await,
            }
        })
    }

    fn test(&self, channel: Channel) -> Handing<'_> {
        let desk = Arc::clone(&self.desk);
        self.hand(async move {
            match &channel.reach {
                Reach::Within => Handed::Taken { reference: None },
                Reach::Gateway(endpoint) => gateway::test(&desk, endpoint, &channel).await,
                Reach::Mail(server) => mail::test(&desk, server, &channel).await,
            }
        })
    }
}

impl Desk {
    /// The secret of a channel, if it has one.
    ///
    /// # Errors
    /// [`Handed::Later`] when the installation's key does not open it.
    pub(crate) fn secret(&self, channel: &Channel) -> Result<Option<String>, Handed> {
        let Some(sealed) = &channel.secret else {
            return Ok(None);
        };
        let opened = self.vault.open(&Channel::seal_place(channel.id), sealed);
        let problem = "The secret of the channel was sealed with another key of this installation: set it again.";
        opened.map(Some).ok_or_else(|| later(problem))
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Desk({})", self.domain)
    }
}

/// A runtime that may be dropped anywhere, also within another one.
#[derive(Debug)]
struct Threads(Option<Runtime>);

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

pub(crate) fn later(reason: &str) -> Handed {
    Handed::Later {
        reason: reason.to_owned(),
        detail: None,
        after: None,
    }
}

pub(crate) fn refused(reason: &str) -> Handed {
    Handed::Refused {
        reason: reason.to_owned(),
        detail: None,
    }
}

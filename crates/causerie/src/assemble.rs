//! Builds what commands need from the configuration: the directory, the store, the application, listeners.
//!
//! Every error is a sentence that says what to do.

use std::fmt::Write as _;
use std::fs::DirBuilder;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt as _;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use causerie_core::act;
use causerie_core::port::{Clock as _, Ids as _, RandomIds, Snapshot, SystemClock, Unit};
use causerie_core::text::Name;
use causerie_core::{
    BATCH_SENDS_MAX, Caller, Error, Fault, Fresh, HashCost, Heads, KeySecret, Refusal, SecretHash,
    Store, Workspace, WorkspaceId,
};
use causerie_http::{App, AppConfig, Ports};
use causerie_outbound::MimeReader;
use causerie_storage::Options;

use crate::config::Config;
use crate::{outside, vault};

/// Makes the directory of a database that lies in the data directory, for this user only.
///
/// # Errors
/// When it cannot be made.
pub(crate) fn prepare_directory(config: &Config) -> Result<()> {
    let Some(path) = config.database.sqlite_path() else {
        return Ok(());
    };
    let Some(directory) = path.parent().filter(|at| !at.as_os_str().is_empty()) else {
        return Ok(());
    };
    if directory.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|error| {
            anyhow!(
                "the directory {} cannot be created ({error}); make it writable for this user or choose \
                 another with --data-dir",
                directory.display()
            )
        })
}

/// Listens on what an option says: as it was written, and what that stands for.
///
/// # Errors
/// When it is taken or not this machine's.
pub(crate) fn listen(option: &str, written: &str, addresses: &[SocketAddr]) -> Result<TcpListener> {
    let flag = option.replace('.', "-");
    let listener = TcpListener::bind(addresses).map_err(|error| {
        let what_to_do = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!(
                    "stop the program that listens there or choose another address with --{flag}"
                )
            }
            std::io::ErrorKind::PermissionDenied => {
                format!("ports below 1024 are for root: choose a higher one with --{flag}")
            }
            _ => format!("choose an address of this machine with --{flag}"),
        };
        anyhow!("cannot listen on {written} ({error}); {what_to_do}")
    })?;
    Ok(listener)
}

/// Opens the database and brings its schema up to date.
///
/// # Errors
/// When it cannot be used.
pub(crate) fn open(config: &Config, options: &Options) -> Result<Store> {
    let heads = Arc::new(Heads::default());
    let lanes = causerie_storage::open(&config.database, options, &heads)
        .map_err(|error| anyhow!("{error}"))?;
    let sends_max = config.group_jobs_max.unwrap_or(BATCH_SENDS_MAX);
    Ok(Store::with_batches_of(sends_max, lanes, heads))
}

/// The options of a server's store.
pub(crate) fn options(config: &Config) -> Options {
    let chosen = Options::default();
    Options {
        write_jobs_max: config.write_jobs_max,
        read_jobs_max: config.read_jobs_max,
        group_jobs_max: config.group_jobs_max.unwrap_or(chosen.group_jobs_max),
        readers: config.readers,
        writers: config.writers,
        ..chosen
    }
}

/// The application over its ports.
pub(crate) fn app(config: &Config, ports: Ports) -> App {
    let app_config = AppConfig {
        body_bytes_max: config.body_bytes_max,
        public_url: config.public_url.clone(),
        ..AppConfig::default()
    };
    App::new(ports, HashCost::Owasp, app_config)
}

/// What the application stands on: the store, the installation's key, the place for files, and who reaches
/// outside.
///
/// # Errors
/// When one of them cannot be used.
pub(crate) fn ports(config: &Config, store: Store) -> Result<Ports> {
    let vault = Arc::new(vault::open(config, &store)?);
    let files = outside::files(config)?;
    Ok(Ports {
        store,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        courier: outside::courier(config, &vault, &files)?,
        files,
        vault,
        mail: Arc::new(MimeReader),
        signing: outside::signing(),
    })
}

/// A new key: its written form and the hash to store. Takes tens of milliseconds.
///
/// # Errors
/// When there is no memory for hashing.
pub(crate) fn make_key(id: Fresh, cost: HashCost) -> Result<(KeySecret, SecretHash)> {
    let (mut entropy, mut salt) = ([0; 128], [0; 16]);
    RandomIds.entropy(&mut entropy);
    RandomIds.entropy(&mut salt);
    let secret = KeySecret::new(id.into(), &entropy);
    let hash = cost
        .hash(&secret, salt)
        .map_err(|fault| explain(fault.into()))?;
    Ok((secret, hash))
}

/// The reference of the metrics of all crates, as Markdown.
pub(crate) fn metrics_reference() -> String {
    let mut page = causerie_http::metrics_markdown();
    page.truncate(page.trim_end().len());
    page.push('\n');
    for (name, kind, meaning) in causerie_storage::METRICS {
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| `{name}` | {} | {meaning} |",
            format!("{kind:?}").to_lowercase()
        );
    }
    page
}

/// What went wrong in the store, as a sentence.
pub(crate) fn explain(error: Error) -> anyhow::Error {
    match error {
        Error::Refusal(Refusal::Invalid { violations }) => {
            let all = violations
                .iter()
                .map(|one| format!("{}: {}", one.field, one.problem));
            anyhow!("{}", all.collect::<Vec<_>>().join("; "))
        }
        Error::Refusal(refusal) => anyhow!("{}", refusal.meaning()),
        Error::Fault(Fault::Busy) => anyhow!("the database is busy; try again a little later"),
        Error::Fault(fault) => anyhow!("{fault}; `causerie doctor` may know more"),
    }
}

/// A database that a command works on directly, beside whatever servers run on it.
pub(crate) struct Direct {
    store: Store,
}

impl Direct {
    /// Opens a database that exists.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(crate) fn open(config: &Config) -> Result<Self> {
        if let Some(path) = config.database.sqlite_path()
            && !path.exists()
        {
            bail!(
                "there is no database {}; run `causerie serve` once to create it, or name another with \
                 --database or --data-dir",
                path.display()
            );
        }
        let options = Options {
            readers: 1,
            writers: 1,
            ..Options::default()
        };
        let store = open(config, &options)?;
        Ok(Self { store })
    }

    /// The store.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Creates the first workspace if there is none: whoever makes keys by script need not serve first.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub(crate) fn found(&self) -> Result<()> {
        let now = SystemClock.now();
        let name = Name::from_stored("default");
        let first = Workspace::new(RandomIds.fresh(now).into(), name, now).into_root();
        self.write(move |unit| {
            if unit.workspaces().find_root()?.is_none() {
                act::found_workspace(unit, &first)?;
            }
            Ok(())
        })
    }

    /// The program itself, in the workspace with this id or in the first one.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn caller(&self, workspace: Option<&str>) -> Result<Caller> {
        let id = workspace.map(WorkspaceId::parse).transpose();
        let id = id.map_err(|invalid| anyhow!("--workspace: {invalid}"))?;
        let found = self.read(move |snapshot| {
            Ok(match id {
                Some(id) => snapshot.workspaces().find(id)?,
                None => snapshot.workspaces().find_root()?,
            })
        })?;
        match (found, workspace) {
            (Some(workspace), _) => Ok(Caller::embedding(Arc::new(workspace))),
            (None, Some(id)) => {
                bail!("there is no workspace {id}; `causerie workspace list` shows those there are")
            }
            (None, None) => bail!(
                "this database has no workspace yet; run `causerie serve` once to create the first with \
                 its admin key"
            ),
        }
    }

    /// Reads, and waits for it.
    ///
    /// # Errors
    /// What was refused or broke, as a sentence.
    pub(crate) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Snapshot) -> Result<T, Error> + Send + 'static,
    ) -> Result<T> {
        self.store.read(work).wait().map_err(explain)
    }

    /// Changes, and waits for the commit.
    ///
    /// # Errors
    /// What was refused or broke, as a sentence.
    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&mut dyn Unit) -> Result<T, Error> + Send + 'static,
    ) -> Result<T> {
        self.store.write(work).wait().map_err(explain)
    }
}

impl Drop for Direct {
    fn drop(&mut self) {
        self.store.close();
    }
}

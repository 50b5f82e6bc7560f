//! A Postgres for the tests and the benchmark: the one named in the environment, or a throw-away
//! cluster from server binaries found on the machine or installed from its packages.
//! Never touches a cluster that it did not start, and keeps no data.

mod cluster;
mod find;
mod install;
mod url;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use self::cluster::Cluster;
use self::find::Binaries;

pub(crate) use self::cluster::free_port;
pub(crate) use self::url::with_database;

/// Names the Postgres to use: read here, and set for the programs started from here.
pub(crate) const POSTGRES_URL_VARIABLE: &str = "CAUSERIE_TEST_POSTGRES_URL";
/// Set for the tests: without a Postgres they fail instead of skipping.
pub(crate) const REQUIRE_POSTGRES_VARIABLE: &str = "CAUSERIE_TEST_REQUIRE_POSTGRES";

/// A Postgres that can be used until this value is dropped.
#[derive(Debug)]
pub(crate) struct Postgres {
    url: String,
    binaries: Option<Binaries>,
    cluster: Option<Cluster>,
}

impl Postgres {
    /// Finds or starts a server; a throw-away cluster lives in a new directory under `parent`.
    ///
    /// # Errors
    /// When there is no server and none can be started; the error says what to install or to set.
    pub(crate) fn provide(parent: &Path) -> Result<Self> {
        if let Ok(url) = std::env::var(POSTGRES_URL_VARIABLE)
            && !url.is_empty()
        {
            eprintln!("postgres: the one in {POSTGRES_URL_VARIABLE}");
            return Ok(Self {
                url,
                binaries: Binaries::find(None),
                cluster: None,
            });
        }
        let owner = cluster::owner(parent)?;
        let binaries = match Binaries::find(owner) {
            Some(binaries) => binaries,
            None => install::install(owner).context(format!(
                "no Postgres server was found: install one (Debian and Ubuntu: postgresql, Fedora: \
                 postgresql-server, macOS: brew install postgresql) or set {POSTGRES_URL_VARIABLE} \
                 to the URL of a server whose user may create databases"
            ))?,
        };
        let cluster = Cluster::start(&binaries, parent, owner)?;
        let url = cluster.url();
        eprintln!(
            "postgres: a throw-away cluster at {url} ({})",
            binaries.dir().display()
        );
        Ok(Self {
            url,
            binaries: Some(binaries),
            cluster: Some(cluster),
        })
    }

    /// The URL of a database that may be used and whose user may create others.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The program `name` (such as `pgbench`) beside the server's binaries or in the search path.
    pub(crate) fn tool(&self, name: &str) -> Option<PathBuf> {
        let beside = self
            .binaries
            .iter()
            .map(|binaries| binaries.dir().join(name));
        beside
            .chain(find::in_search_path(name))
            .find(|path| path.is_file())
    }

    /// Whether the server was started for this run.
    pub(crate) fn is_throw_away(&self) -> bool {
        self.cluster.is_some()
    }
}

//! Why a database cannot be opened, in sentences that say what to do.
//!
//! For whoever starts the program; faults while it runs are [`Fault`](causerie_core::Fault)s.

use std::error::Error as StdError;

use diesel::ConnectionError;

use crate::url::DatabaseUrl;

type Cause = Box<dyn StdError + Send + Sync>;

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// An option is out of its bounds.
    #[error("the options of the storage cannot be used: {problems}")]
    Options {
        /// Each option with what was expected.
        problems: String,
    },
    /// The directory of the file is missing.
    #[error("the directory of {url} does not exist: create it, or give another path")]
    NoDirectory {
        /// The database.
        url: DatabaseUrl,
    },
    /// The file or its directory may not be written.
    #[error(
        "{url} cannot be written: SQLite needs to write the file and its directory, \
         so give this user the right to, or choose another path ({cause})"
    )]
    NotWritable {
        /// The database.
        url: DatabaseUrl,
        /// What the system said.
        cause: Cause,
    },
    /// The file is something else.
    #[error("{url} is not a SQLite database: give another path, or move that file away")]
    NotADatabase {
        /// The database.
        url: DatabaseUrl,
    },
    /// Somebody else holds it.
    #[error("{url} is locked by another program: stop that program, or wait until it is done")]
    Locked {
        /// The database.
        url: DatabaseUrl,
    },
    /// The server refused the user or password.
    #[error("the server of {url} refuses this user or password: correct them in the URL ({cause})")]
    Credentials {
        /// The database.
        url: DatabaseUrl,
        /// What the server said.
        cause: Cause,
    },
    /// The server has no such database.
    #[error("the server of {url} has no such database: create it, or correct its name ({cause})")]
    NoDatabase {
        /// The database.
        url: DatabaseUrl,
        /// What the server said.
        cause: Cause,
    },
    /// The connection was to be encrypted.
    #[error(
        "{url} asks for TLS, which this program was built without: use sslmode=disable on a \
         network that you trust, a local socket, or a proxy that speaks TLS ({cause})"
    )]
    Tls {
        /// The database.
        url: DatabaseUrl,
        /// What the client said.
        cause: Cause,
    },
    /// No server answers.
    #[error("{url} cannot be reached: start the server, or correct host and port ({cause})")]
    Unreachable {
        /// The database.
        url: DatabaseUrl,
        /// What the system said.
        cause: Cause,
    },
    /// A newer program has changed the schema.
    #[error(
        "{url} has schema version {version}, which is newer than this program: install the version \
         of causerie that it was last used with, or a newer one"
    )]
    NewerSchema {
        /// The database.
        url: DatabaseUrl,
        /// The highest version that the program does not know.
        version: String,
    },
    /// The schema could not be brought up to date; it is as it was before.
    #[error("the schema of {url} cannot be brought up to date and is left as it was: {cause}")]
    Migration {
        /// The database.
        url: DatabaseUrl,
        /// What the database said.
        cause: Cause,
    },
    /// Anything else.
    #[error("{url} cannot be used: {cause}")]
    Other {
        /// The database.
        url: DatabaseUrl,
        /// What the database said.
        cause: Cause,
    },
}

impl OpenError {
    /// What is wrong with a SQLite database, by what SQLite says.
    pub(crate) fn sqlite(url: &DatabaseUrl, cause: impl Into<Cause>) -> Self {
        let (url, cause) = (url.clone(), cause.into());
        let said = cause.to_string();
        let has = |text: &str| said.contains(text);
        if has("not a database") || has("malformed") {
            Self::NotADatabase { url }
        } else if has("database is locked") {
            Self::Locked { url }
        } else if has("unable to open") || has("readonly") || has("Unable to open") {
            let directory = url.sqlite_path().and_then(|path| path.parent());
            let missing =
                directory.is_some_and(|at| at.components().next().is_some() && !at.is_dir());
            if missing {
                Self::NoDirectory { url }
            } else {
                Self::NotWritable { url, cause }
            }
        } else {
            Self::Other { url, cause }
        }
    }

    /// What is wrong with a connection to Postgres, by what libpq and the server say. Servers may
    /// speak another language than English: then it is [`OpenError::Unreachable`] with their own
    /// words.
    pub(crate) fn postgres(url: &DatabaseUrl, error: ConnectionError) -> Self {
        let (url, cause) = (url.clone(), Cause::from(error));
        let said = cause.to_string();
        let has = |text: &str| said.contains(text);
        if has("SSL") && (has("not compiled in") || has("not supported") || has("sslmode")) {
            Self::Tls { url, cause }
        } else if has("authentication failed")
            || has("no password supplied")
            || (has("role") && has("does not exist"))
            || has("pg_hba.conf")
        {
            Self::Credentials { url, cause }
        } else if has("database") && has("does not exist") {
            Self::NoDatabase { url, cause }
        } else {
            Self::Unreachable { url, cause }
        }
    }

    /// Anything else that a database said.
    pub(crate) fn other(url: &DatabaseUrl, cause: impl Into<Cause>) -> Self {
        Self::Other {
            url: url.clone(),
            cause: cause.into(),
        }
    }
}

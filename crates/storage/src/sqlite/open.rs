//! Opens a SQLite file: checks it, sets it up, brings its schema up to date.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::r2d2::{CustomizeConnection, Error};
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;

use super::{Conn, backlog};
use crate::error::OpenError;
use crate::migrations;
use crate::url::DatabaseUrl;

/// How long a connection waits for another process that writes.
pub(super) const BUSY_MS: u32 = 5_000;
/// To how many bytes the write-ahead log is cut down when it starts over.
const LOG_BYTES_KEPT: u32 = 32 << 20;

/// What a connection is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Changing things, in the writer lane.
    Write {
        /// How many pages the database may have.
        pages_max: Option<u32>,
    },
    /// Reading.
    Read,
}

impl CustomizeConnection<Conn, Error> for Purpose {
    /// `synchronous=FULL` makes every commit durable (I1). The writer lane runs its own
    /// checkpoints, where it knows that nobody waits. Caches are 8 and 2 MB: they hold the inner
    /// pages of the trees; the system caches the rest.
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), Error> {
        conn.batch_execute(&format!("PRAGMA busy_timeout = {BUSY_MS};"))?;
        match self {
            Self::Write { pages_max } => {
                conn.batch_execute(&format!(
                    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0; \
                     PRAGMA journal_size_limit = {LOG_BYTES_KEPT}; PRAGMA cache_size = -8192; \
                     PRAGMA secure_delete = ON; PRAGMA fullfsync = ON; \
                     PRAGMA checkpoint_fullfsync = ON; PRAGMA temp_store = MEMORY;"
                ))?;
                if let Some(pages_max) = pages_max {
                    conn.batch_execute(&format!("PRAGMA max_page_count = {pages_max};"))?;
                }
            }
            Self::Read => conn.batch_execute(
                "PRAGMA query_only = ON; PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY;",
            )?,
        }
        Ok(())
    }
}

/// How SQLite is to be told of a path, so that it is not taken for a URI.
pub(crate) fn target(url: &DatabaseUrl, path: &Path) -> Result<String, OpenError> {
    let path = path.to_str();
    let path = path.ok_or_else(|| OpenError::other(url, "its path is not Unicode"))?;
    let relative = path.starts_with("file:") || path.starts_with("sqlite:");
    Ok(if relative {
        format!("./{path}")
    } else {
        path.to_owned()
    })
}

/// A connection to an existing or new file.
pub(super) fn connect(url: &DatabaseUrl, path: &Path) -> Result<Conn, OpenError> {
    let target = target(url, path)?;
    let mut conn = Conn::establish(&target).map_err(|error| OpenError::sqlite(url, error))?;
    conn.batch_execute(&format!("PRAGMA busy_timeout = {BUSY_MS};"))
        .map_err(|error| OpenError::sqlite(url, error))?;
    Ok(conn)
}

/// The versions of the schema that the file has.
pub(super) fn applied(url: &DatabaseUrl, conn: &mut Conn) -> Result<Vec<String>, OpenError> {
    let find = "SELECT name FROM sqlite_schema WHERE name = '__diesel_schema_migrations'";
    let found: Option<String> = sql::<Text>(find)
        .get_result(conn)
        .optional()
        .map_err(|error| OpenError::sqlite(url, error))?;
    if found.is_none() {
        return Ok(Vec::new());
    }
    sql::<Text>(migrations::APPLIED)
        .load(conn)
        .map_err(|error| OpenError::sqlite(url, error))
}

/// The versions that it lacks.
pub(super) fn missing(url: &DatabaseUrl, conn: &mut Conn) -> Result<Vec<String>, OpenError> {
    let applied = applied(url, conn)?;
    migrations::missing(
        url,
        migrations::known::<Sqlite>(&migrations::SQLITE),
        &applied,
    )
}

/// The versions that a file lacks, all of them if it is not there yet.
pub(crate) fn pending(url: &DatabaseUrl, path: &Path) -> Result<Vec<String>, OpenError> {
    if !path.exists() {
        return Ok(migrations::known::<Sqlite>(&migrations::SQLITE)
            .into_iter()
            .collect());
    }
    missing(url, &mut connect(url, path)?)
}

/// Brings the schema up to date with all that hangs on it, and returns the versions that were applied.
pub(crate) fn migrate(url: &DatabaseUrl, path: &Path) -> Result<Vec<String>, OpenError> {
    let mut conn = connect(url, path)?;
    write_ahead(&mut conn).map_err(|error| OpenError::sqlite(url, error))?;
    let applied = apply(url, &mut conn)?;
    backlog::work_off(&mut conn).map_err(|cause| OpenError::Migration {
        url: url.clone(),
        cause,
    })?;
    Ok(applied)
}

/// All in one transaction that writes from its beginning, so that two processes that start at once
/// come one after the other, and a schema is never half new.
fn apply(url: &DatabaseUrl, conn: &mut Conn) -> Result<Vec<String>, OpenError> {
    if missing(url, conn)?.is_empty() {
        return Ok(Vec::new());
    }
    let mut applied = Ok(Vec::new());
    let outcome = conn.immediate_transaction(|conn| {
        applied = migrations::apply::<Sqlite, _>(url, conn, migrations::SQLITE);
        match &applied {
            Ok(_) => Ok(()),
            Err(_) => Err(diesel::result::Error::RollbackTransaction),
        }
    });
    let applied = applied?;
    outcome.map_err(|error| OpenError::sqlite(url, error))?;
    Ok(applied)
}

/// How often to ask for the write-ahead log: SQLite does not wait for others here, so that
/// processes that start at once on a new file may find it locked.
const WRITE_AHEAD_ATTEMPTS_MAX: u32 = 200;

fn write_ahead(conn: &mut Conn) -> QueryResult<()> {
    for _ in 1..WRITE_AHEAD_ATTEMPTS_MAX {
        if conn
            .batch_execute("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; COMMIT;")
            .is_ok()
        {
            return Ok(());
        }
        drop(conn.batch_execute("ROLLBACK;"));
        std::thread::park_timeout(std::time::Duration::from_millis(10));
    }
    conn.batch_execute("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; COMMIT;")
}

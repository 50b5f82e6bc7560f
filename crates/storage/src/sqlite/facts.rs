//! What `causerie doctor` says of a SQLite file, and how `causerie scrub` writes it anew.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::Conn;
use super::open::{applied, connect, missing};
use crate::error::OpenError;
use crate::facts::{Fact, schema};
use crate::url::DatabaseUrl;

/// Facts of the file; of one that is not there yet only that.
pub(crate) fn facts(url: &DatabaseUrl, path: &Path) -> Result<Vec<Fact>, OpenError> {
    if !path.exists() {
        let fact = Fact::new("file", "does not exist yet");
        return Ok(vec![
            fact.advise_unless(false, "start the server, which makes it"),
        ]);
    }
    let mut conn = connect(url, path)?;
    let applied = applied(url, &mut conn)?;
    let missing = missing(url, &mut conn)?;
    let read = |error| OpenError::sqlite(url, error);
    let version: String = sql::<Text>("SELECT sqlite_version()")
        .get_result(&mut conn)
        .map_err(read)?;
    let journal: String = sql::<Text>("PRAGMA journal_mode")
        .get_result(&mut conn)
        .map_err(read)?;
    let pages = |conn: &mut Conn, pragma: &str| sql::<BigInt>(pragma).get_result::<i64>(conn);
    let page_count = pages(&mut conn, "PRAGMA page_count").map_err(read)?;
    let page_size = pages(&mut conn, "PRAGMA page_size").map_err(read)?;
    let check: String = sql::<Text>("PRAGMA quick_check(1)")
        .get_result(&mut conn)
        .map_err(read)?;
    let writable = conn.batch_execute("BEGIN IMMEDIATE; ROLLBACK;");
    let writable = writable.map_or_else(|error| error.to_string(), |()| "yes".to_owned());
    let wal = journal == "wal";
    let (sound, free) = (check == "ok", writable == "yes");
    Ok(vec![
        Fact::new("SQLite version", version),
        schema(&applied, &missing),
        Fact::new("size in bytes", (page_count * page_size).to_string()),
        Fact::new("journal mode", journal).advise_unless(
            wal,
            "start the server once, which switches to the write-ahead log",
        ),
        Fact::new("sound", check).advise_unless(sound, "the file is damaged: restore a backup"),
        Fact::new("writable", writable).advise_unless(
            free,
            "give this user the right to write, or stop who locks the file",
        ),
    ])
}

/// Writes the file anew and empties its write-ahead log.
pub(crate) fn scrub(url: &DatabaseUrl, path: &Path) -> Result<(), OpenError> {
    let mut conn = connect(url, path)?;
    let whole = "VACUUM; PRAGMA wal_checkpoint(TRUNCATE);";
    let written = conn.batch_execute(whole);
    written.map_err(|error| OpenError::sqlite(url, error))
}

//! What `causerie doctor` says of a Postgres database, and how `causerie scrub` writes it anew.

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::open::{applied, connect, missing};
use crate::error::OpenError;
use crate::facts::{Fact, schema};
use crate::url::DatabaseUrl;

/// Facts of the database and its server.
pub(crate) fn facts(url: &DatabaseUrl, target: &str) -> Result<Vec<Fact>, OpenError> {
    let mut conn = connect(url, target)?;
    let applied = applied(url, &mut conn)?;
    let missing = missing(url, &mut conn)?;
    let mut setting = |name: &str| -> Result<String, OpenError> {
        // Not in diesel's language: settings are no table.
        let show = format!("SELECT current_setting('{name}')");
        let shown = sql::<Text>(&show).get_result(&mut conn);
        shown.map_err(|error| OpenError::other(url, error))
    };
    let version = setting("server_version")?;
    let encoding = setting("server_encoding")?;
    let commit = setting("synchronous_commit")?;
    let flushed = setting("fsync")?;
    let (bytes, standby): (i64, bool) =
        sql::<(BigInt, Bool)>("SELECT pg_database_size(current_database()), pg_is_in_recovery()")
            .get_result(&mut conn)
            .map_err(|error| OpenError::other(url, error))?;
    let (unicode, durable) = (encoding == "UTF8", flushed == "on");
    let writable = if standby {
        "no: it is a standby"
    } else {
        "yes"
    };
    Ok(vec![
        Fact::new("Postgres version", version),
        schema(&applied, &missing),
        Fact::new("size in bytes", bytes.to_string()),
        Fact::new("encoding", encoding)
            .advise_unless(unicode, "create the database with ENCODING 'UTF8'"),
        Fact::new("synchronous_commit", commit),
        Fact::new("fsync", flushed).advise_unless(
            durable,
            "set fsync = on, or a crash of the machine loses what was acknowledged",
        ),
        Fact::new("writable", writable).advise_unless(!standby, "give the address of the primary"),
    ])
}

/// The tables that hold what people said, what was answered about it, and what their files and mails are
/// called.
const SAID: [&str; 10] = [
    "message",
    "message_revision",
    "message_word",
    "message_tag",
    "message_recipient",
    "scheduled_message",
    "claim",
    "media",
    "platform_reference",
    "extra",
];

/// Writes these tables and their indexes anew.
pub(crate) fn scrub(url: &DatabaseUrl, target: &str) -> Result<(), OpenError> {
    let mut conn = connect(url, target)?;
    SAID.iter().try_for_each(|table| {
        let written = conn.batch_execute(&format!("VACUUM FULL {table}"));
        written.map_err(|error| OpenError::other(url, error))
    })
}

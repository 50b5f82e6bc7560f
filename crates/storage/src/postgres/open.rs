//! Opens a Postgres database: connects, sets sessions up, brings the schema up to date.

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::r2d2::{CustomizeConnection, Error};
use diesel::sql_types::{Bool, Text};

use super::{Conn, backlog};
use crate::error::OpenError;
use crate::migrations;
use crate::url::DatabaseUrl;

/// Held while the schema is brought up to date; the number says nothing but "causerie" in ASCII.
const MIGRATION_LOCK: i64 = 0x6361_7573_6572_6965;

/// How each session begins.
///
/// Plans must be the same for ten rows and for ten million, whatever the statistics say: every
/// statement is meant to walk an index, so scans of whole tables and the joins that invite them are
/// off, and plans are made once. A server or role that commits without waiting for the disk is
/// overruled: an answer is given when the commit is durable. A node that hangs must not hold its
/// locks for long.
const SESSION: &str = "\
    SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; \
    SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; \
    SET enable_bitmapscan = off; SET random_page_cost = 1.1; \
    SET jit = off; SET client_min_messages = warning; \
    SET lock_timeout = '5s'; SET statement_timeout = '30s'; \
    SET idle_in_transaction_session_timeout = '30s'; \
    SELECT set_config('synchronous_commit', 'on', false) \
    WHERE current_setting('synchronous_commit') = 'off';";

/// Prepares sessions of lanes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session;

impl CustomizeConnection<Conn, Error> for Session {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), Error> {
        Ok(conn.batch_execute(SESSION)?)
    }
}

/// A plain connection.
pub(super) fn connect(url: &DatabaseUrl, target: &str) -> Result<Conn, OpenError> {
    Conn::establish(target).map_err(|error| OpenError::postgres(url, error))
}

/// The versions of the schema that the database has.
pub(super) fn applied(url: &DatabaseUrl, conn: &mut Conn) -> Result<Vec<String>, OpenError> {
    // Not in diesel's language: the table is diesel's own, and may not be there.
    let find = "SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL";
    let found: bool = sql::<Bool>(find)
        .get_result(conn)
        .map_err(|error| OpenError::other(url, error))?;
    if !found {
        return Ok(Vec::new());
    }
    sql::<Text>(migrations::APPLIED)
        .load(conn)
        .map_err(|error| OpenError::other(url, error))
}

/// The versions that it lacks.
pub(super) fn missing(url: &DatabaseUrl, conn: &mut Conn) -> Result<Vec<String>, OpenError> {
    let applied = applied(url, conn)?;
    migrations::missing(
        url,
        migrations::known::<Pg>(&migrations::POSTGRES),
        &applied,
    )
}

/// The versions that a database lacks.
pub(crate) fn pending(url: &DatabaseUrl, target: &str) -> Result<Vec<String>, OpenError> {
    missing(url, &mut connect(url, target)?)
}

/// Brings the schema up to date with all that hangs on it, and returns the versions that were applied.
pub(crate) fn migrate(url: &DatabaseUrl, target: &str) -> Result<Vec<String>, OpenError> {
    let mut conn = connect(url, target)?;
    let applied = apply(url, &mut conn)?;
    conn.batch_execute(SESSION)
        .map_err(|error| OpenError::other(url, error))?;
    backlog::work_off(&mut conn).map_err(|cause| OpenError::Migration {
        url: url.clone(),
        cause,
    })?;
    Ok(applied)
}

/// Under a lock of the database, so that nodes that start at once come one after the other, and in
/// one transaction, so that a schema is never half new.
fn apply(url: &DatabaseUrl, conn: &mut Conn) -> Result<Vec<String>, OpenError> {
    if missing(url, conn)?.is_empty() {
        return Ok(Vec::new());
    }
    let mut applied = Ok(Vec::new());
    let outcome = conn.transaction(|conn| {
        conn.batch_execute(&format!(
            "SET LOCAL client_min_messages = warning; \
             SELECT pg_advisory_xact_lock({MIGRATION_LOCK});"
        ))?;
        applied = migrations::apply::<Pg, _>(url, conn, migrations::POSTGRES);
        match &applied {
            Ok(_) => Ok(()),
            Err(_) => Err(diesel::result::Error::RollbackTransaction),
        }
    });
    let applied = applied?;
    outcome.map_err(|error| OpenError::other(url, error))?;
    Ok(applied)
}

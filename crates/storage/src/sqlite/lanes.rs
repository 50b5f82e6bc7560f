//! The writer lane's and the reader lanes' connections to SQLite.
//!
//! What is run again and when is decided in [`group`](crate::group).

use std::sync::Arc;

use causerie_core::Fault;
use causerie_core::port::{ReadJob, WriteJob};
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::open::BUSY_MS;
use super::{Conn, dialect, query};
use crate::births::Births;
use crate::fault;
use crate::group::{Engine, Heads, Log, Ran, Rest};
use crate::link::Link;
use crate::reader::ReadEngine;
use crate::row::restore_all;

/// Pages in the write-ahead log from which an idle moment is used to copy them into the database.
const IDLE_CHECKPOINT_PAGES: i32 = 500;
/// Pages in the write-ahead log from which the writer starts it over, waiting for readers to leave
/// it: 16 MB, so that the log stays bounded while reads go on without a pause. New readers need not
/// wait, and no read is long.
const RESTART_PAGES: i32 = 4_000;

/// How long the writer waits for readers to leave the log. Ours are done in a moment; another
/// program that reads for long must not stop us, and the log grows until it is gone.
const RESTART_WAIT_MS: u32 = 100;

/// The writer lane's connection.
pub(crate) struct SqliteWriter {
    link: Link<Conn>,
    births: Arc<Births>,
    heads: Arc<causerie_core::Heads>,
    marked: bool,
    /// Pages from which the next attempt is made to start the log over.
    restart_pages: i32,
}

impl SqliteWriter {
    /// A writer that rings `heads` after its commits.
    pub(crate) fn new(
        link: Link<Conn>,
        births: Arc<Births>,
        heads: Arc<causerie_core::Heads>,
    ) -> Self {
        Self {
            link,
            births,
            heads,
            marked: false,
            restart_pages: RESTART_PAGES,
        }
    }

    fn checkpoint(&mut self, idle: bool) -> Result<(), Fault> {
        let conn = self.link.get()?;
        let (_, pages, copied) = checkpoint(conn, "NOOP")?;
        if pages < RESTART_PAGES {
            self.restart_pages = RESTART_PAGES;
        }
        if pages >= self.restart_pages {
            wait_for_others(conn, RESTART_WAIT_MS)?;
            let done = checkpoint(conn, "RESTART");
            wait_for_others(conn, BUSY_MS)?;
            if done? != (0, pages, pages) {
                self.restart_pages = pages.saturating_add(RESTART_PAGES / 4);
            }
        } else if idle && pages - copied >= IDLE_CHECKPOINT_PAGES {
            checkpoint(conn, "PASSIVE")?;
        }
        Ok(())
    }

    /// Leaves everything to the database and nothing in the log: what was erased is in neither. SQLite does so by
    /// itself when the last connection closes, but of two that close at one moment neither is the last.
    fn empty_log(&mut self) -> Result<(), Fault> {
        checkpoint(self.link.get()?, "TRUNCATE").map(drop)
    }
}

fn wait_for_others(conn: &mut Conn, busy_ms: u32) -> Result<(), Fault> {
    let set = format!("PRAGMA busy_timeout = {busy_ms}");
    conn.batch_execute(&set).map_err(fault::of)
}

/// Runs a checkpoint; returns 0 unless somebody was in its way, how many pages the log has, and how
/// many of them are copied.
fn checkpoint(conn: &mut Conn, mode: &'static str) -> Result<(i32, i32, i32), Fault> {
    let statement = format!("PRAGMA wal_checkpoint({mode})");
    // Not in diesel's language: a pragma is no query.
    let done = sql::<(Integer, Integer, Integer)>(&statement).get_result(conn);
    done.map_err(fault::of)
}

impl Engine for SqliteWriter {
    const SHARED: bool = false;

    fn begin(&mut self) -> Result<(), Fault> {
        self.marked = false;
        let begun = self.link.begin("BEGIN IMMEDIATE");
        match &begun {
            // An end that failed must not keep the lane from ever beginning again.
            Err(fault) if fault.to_string().contains("within a transaction") => {
                self.link.batch("ROLLBACK; BEGIN IMMEDIATE")
            }
            _ => begun,
        }
    }

    fn mark(&mut self) -> Result<(), Fault> {
        let again = std::mem::replace(&mut self.marked, true);
        self.link.batch(if again {
            "RELEASE job; SAVEPOINT job"
        } else {
            "SAVEPOINT job"
        })
    }

    /// Fails when SQLite has rolled the whole transaction back by itself (disk full, input or
    /// output error): then there is no such savepoint.
    fn undo(&mut self) -> Result<(), Fault> {
        self.link.batch("ROLLBACK TO job")
    }

    fn run(&mut self, job: &mut dyn WriteJob, log: &mut Log) -> Ran {
        match self.link.get() {
            Ok(conn) => query::run_job(conn, &self.births, job, log),
            Err(fault) => Ran::failed(fault),
        }
    }

    fn append(&mut self, log: &Log) -> Result<Heads, Fault> {
        let rows = dialect::append_events(self.link.get()?, log).map_err(fault::of)?;
        restore_all(rows)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        self.link.batch("COMMIT")
    }

    fn rollback(&mut self) {
        // It fails when SQLite has done so already; a transaction that is open for another reason
        // is found out by the next `BEGIN`.
        drop(self.link.batch("ROLLBACK"));
    }

    fn is_lost(&mut self) -> bool {
        false
    }

    fn ring(&mut self, heads: Heads) {
        for (workspace, head) in heads {
            self.heads.ring(workspace, head);
        }
    }

    fn rest(&mut self, rest: Rest) {
        let done = match rest {
            Rest::Short | Rest::Idle => self.checkpoint(rest == Rest::Idle),
            Rest::Last => self.empty_log(),
        };
        if let Err(fault) = done {
            tracing::warn!(%fault, "the write-ahead log could not be copied into the database");
        }
    }
}

/// A reader lane's connection.
pub(crate) struct SqliteReader {
    link: Link<Conn>,
    births: Arc<Births>,
    open: bool,
}

impl SqliteReader {
    /// A reader without a snapshot.
    pub(crate) fn new(link: Link<Conn>, births: Arc<Births>) -> Self {
        Self {
            link,
            births,
            open: false,
        }
    }
}

impl ReadEngine for SqliteReader {
    fn begin(&mut self) -> Result<(), Fault> {
        self.end();
        self.link.begin("BEGIN")?;
        self.open = true;
        Ok(())
    }

    fn run(&mut self, job: Box<dyn ReadJob>) -> bool {
        match self.link.get() {
            Ok(conn) => query::run_read(conn, &self.births, job),
            Err(fault) => {
                job.refuse(fault);
                false
            }
        }
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.open) && self.link.batch("COMMIT").is_err() {
            drop(self.link.batch("ROLLBACK"));
        }
    }
}

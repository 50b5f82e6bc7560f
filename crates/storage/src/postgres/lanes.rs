//! The writer lanes' and the reader lanes' connections to Postgres.
//!
//! What is run again and when is decided in [`group`](crate::group).

use std::sync::Arc;

use causerie_core::Fault;
use causerie_core::port::{ReadJob, WriteJob};

use super::{Bell, Conn, dialect, query};
use crate::births::Births;
use crate::fault;
use crate::group::{Engine, Heads, Log, Ran, Rest};
use crate::link::Link;
use crate::reader::ReadEngine;
use crate::row::restore_all;

/// A writer lane's connection.
pub(crate) struct PostgresWriter {
    link: Link<Conn>,
    births: Arc<Births>,
    bell: Arc<Bell>,
    marked: bool,
}

impl PostgresWriter {
    /// A writer that rings `bell` after its commits.
    pub(crate) fn new(link: Link<Conn>, births: Arc<Births>, bell: Arc<Bell>) -> Self {
        Self {
            link,
            births,
            bell,
            marked: false,
        }
    }
}

impl Engine for PostgresWriter {
    const SHARED: bool = true;

    fn begin(&mut self) -> Result<(), Fault> {
        self.marked = false;
        self.link
            .begin("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
    }

    /// From the second job on nobody waits for a lock: a group holds the locks of all its jobs, in
    /// no order, so that two groups that waited for each other would be a deadlock. Set before the
    /// savepoint, to outlast its undoing.
    fn mark(&mut self) -> Result<(), Fault> {
        let again = std::mem::replace(&mut self.marked, true);
        self.link.batch(if again {
            "RELEASE SAVEPOINT job; SAVEPOINT job"
        } else {
            "SET LOCAL lock_timeout = '1ms'; SAVEPOINT job"
        })
    }

    fn undo(&mut self) -> Result<(), Fault> {
        self.link.batch("ROLLBACK TO SAVEPOINT job")
    }

    fn run(&mut self, job: &mut dyn WriteJob, log: &mut Log) -> Ran {
        match self.link.get() {
            Ok(conn) => query::run_job(conn, &self.births, job, log),
            Err(fault) => Ran::failed(fault),
        }
    }

    /// Heads are locked last, for a short time, and by everybody in the same order: here it is
    /// right to wait.
    fn append(&mut self, log: &Log) -> Result<Heads, Fault> {
        if self.marked {
            self.link.batch("SET LOCAL lock_timeout = '5s'")?;
        }
        let rows = dialect::append_events(self.link.get()?, log).map_err(fault::of)?;
        restore_all(rows)
    }

    fn commit(&mut self) -> Result<(), Fault> {
        self.link.batch("COMMIT")
    }

    fn rollback(&mut self) {
        if self.link.is_lost() || self.link.batch("ROLLBACK").is_err() {
            self.link.drop_lost();
        }
    }

    fn is_lost(&mut self) -> bool {
        self.link.is_lost()
    }

    fn ring(&mut self, heads: Heads) {
        self.bell.ring(&heads);
    }

    fn rest(&mut self, _: Rest) {}
}

/// A reader lane's connection.
pub(crate) struct PostgresReader {
    link: Link<Conn>,
    births: Arc<Births>,
    open: bool,
}

impl PostgresReader {
    /// A reader without a snapshot.
    pub(crate) fn new(link: Link<Conn>, births: Arc<Births>) -> Self {
        Self {
            link,
            births,
            open: false,
        }
    }
}

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/// The end of one snapshot and the beginning of the next share a round trip.
const NEXT: &str = "COMMIT; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

impl ReadEngine for PostgresReader {
    fn begin(&mut self) -> Result<(), Fault> {
        if std::mem::take(&mut self.open) && self.link.batch(NEXT).is_ok() {
            self.open = true;
            return Ok(());
        }
        self.link.begin(BEGIN)?;
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
            self.link.drop_lost();
        }
    }
}

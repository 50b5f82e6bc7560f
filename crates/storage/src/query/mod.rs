//! The repositories, written once for `super::Conn` and compiled once per database.
//!
//! One statement per function, in diesel's language; what only one database can do, or does better
//! in its own way, is in `super::dialect`. No rule of the domain is here.

mod claims;
mod conversations;
mod events;
mod keys;
mod members;
mod messages;
mod participants;
mod workspaces;

use causerie_core::Fault;
use causerie_core::port::{
    Claims, Conversations, Events, Keys, Members, Messages, Participants, ReadClaims,
    ReadConversations, ReadEvents, ReadJob, ReadKeys, ReadMembers, ReadMessages, ReadParticipants,
    ReadWorkspaces, Snapshot, Unit, Verdict, Workspaces, WriteJob,
};
use diesel::QueryResult;

use super::Conn;
use crate::fault;
use crate::group::{Log, Ran, caught};

pub(super) use conversations::advanced;

/// A connection within a transaction, as a snapshot or a unit of work.
pub(super) struct Work<'c> {
    conn: &'c mut Conn,
    log: &'c mut Log,
    /// Something may have been written or locked.
    changed: bool,
    /// A statement failed.
    faulted: bool,
}

impl Work<'_> {
    fn read<T>(&mut self, statement: impl FnOnce(&mut Conn) -> QueryResult<T>) -> Result<T, Fault> {
        statement(self.conn).map_err(|error| {
            self.faulted = true;
            fault::of(error)
        })
    }

    fn write<T>(
        &mut self,
        statement: impl FnOnce(&mut Conn) -> QueryResult<T>,
    ) -> Result<T, Fault> {
        self.changed = true;
        self.read(statement)
    }
}

/// A limit as databases take it.
fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Where a list begins that goes upwards: after an identifier, or after what is less than every
/// one.
fn after(id: Option<[u8; 16]>) -> Vec<u8> {
    id.map_or_else(Vec::new, Vec::from)
}

/// Where a list begins that goes downwards: before an identifier, or before what is more than every
/// one.
fn before(id: Option<[u8; 16]>) -> Vec<u8> {
    id.map_or_else(|| vec![0xff; 17], Vec::from)
}

impl Snapshot for Work<'_> {
    fn workspaces(&mut self) -> &mut dyn ReadWorkspaces {
        self
    }

    fn keys(&mut self) -> &mut dyn ReadKeys {
        self
    }

    fn participants(&mut self) -> &mut dyn ReadParticipants {
        self
    }

    fn conversations(&mut self) -> &mut dyn ReadConversations {
        self
    }

    fn members(&mut self) -> &mut dyn ReadMembers {
        self
    }

    fn messages(&mut self) -> &mut dyn ReadMessages {
        self
    }

    fn events(&mut self) -> &mut dyn ReadEvents {
        self
    }

    fn claims(&mut self) -> &mut dyn ReadClaims {
        self
    }
}

impl Unit for Work<'_> {
    fn workspaces_mut(&mut self) -> &mut dyn Workspaces {
        self
    }

    fn keys_mut(&mut self) -> &mut dyn Keys {
        self
    }

    fn participants_mut(&mut self) -> &mut dyn Participants {
        self
    }

    fn conversations_mut(&mut self) -> &mut dyn Conversations {
        self
    }

    fn members_mut(&mut self) -> &mut dyn Members {
        self
    }

    fn messages_mut(&mut self) -> &mut dyn Messages {
        self
    }

    fn events_mut(&mut self) -> &mut dyn Events {
        self
    }

    fn claims_mut(&mut self) -> &mut dyn Claims {
        self
    }
}

/// Runs a job on a connection whose transaction is under way; its panics are its own.
pub(super) fn run_job(conn: &mut Conn, job: &mut dyn WriteJob, log: &mut Log) -> Ran {
    let mut work = Work {
        conn,
        log,
        changed: false,
        faulted: false,
    };
    let verdict = match caught(|| job.run(&mut work)) {
        // The statement that failed may have ended the transaction: nothing of it can be kept.
        Verdict::Keep if work.faulted => {
            Verdict::Fail(Fault::unavailable("a unit of work went on after a fault"))
        }
        verdict => verdict,
    };
    let panicked = matches!(verdict, Verdict::Fail(Fault::Panicked(_)));
    Ran {
        verdict,
        touched: work.changed || work.faulted || panicked,
    }
}

/// Runs a read on a connection whose snapshot is under way. Says whether the snapshot still serves
/// others: after a statement that failed it may not.
pub(super) fn run_read(conn: &mut Conn, job: Box<dyn ReadJob>) -> bool {
    let mut work = Work {
        conn,
        log: &mut Log::new(),
        changed: false,
        faulted: false,
    };
    job.run(&mut work);
    !work.faulted
}

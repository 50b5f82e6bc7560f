//! The repositories, written once for `super::Conn` and compiled once per database.
//!
//! One statement per function, in diesel's language; what only one database can do, or does better
//! in its own way, is in `super::dialect`. No rule of the domain is here.

mod balances;
mod channels;
mod claims;
mod conversations;
mod erase;
mod events;
mod extras;
mod filtered;
mod keys;
mod library;
mod members;
mod messages;
mod outbox;
mod participants;
mod reactions;
mod receipts;
mod schedule;
mod search;
mod tags;
mod templates;
mod workspaces;

use causerie_core::Fault;
use causerie_core::port::{
    Balances, Channels, Claims, Conversations, Events, Extras, Installation, Keys, Library,
    Members, Messages, Outbox, Participants, Reactions, ReadBalances, ReadChannels, ReadClaims,
    ReadConversations, ReadEvents, ReadExtras, ReadInstallation, ReadJob, ReadKeys, ReadLibrary,
    ReadMembers, ReadMessages, ReadOutbox, ReadParticipants, ReadReactions, ReadReceipts,
    ReadSchedule, ReadTags, ReadTemplates, ReadWorkspaces, Receipts, Schedule, Snapshot, Tags,
    Templates, Unit, Verdict, Workspaces, WriteJob,
};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;

use super::{Backend, Conn};
use crate::births::Births;
use crate::fault;
use crate::group::{Log, Ran, caught};

pub(super) use filtered::{Narrow, filtered};
pub(super) use search::{Hits, Search};

/// A connection within a transaction, as a snapshot or a unit of work.
pub(super) struct Work<'c> {
    conn: &'c mut Conn,
    log: &'c mut Log,
    births: &'c Births,
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

/// How many rows a query has, which says itself how many it has at most.
#[derive(QueryId)]
struct Counted<Q>(Q);

impl<Q: QueryFragment<Backend>> QueryFragment<Backend> for Counted<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql("SELECT count(*) FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS counted");
        Ok(())
    }
}

impl<Q: Query> Query for Counted<Q> {
    type SqlType = BigInt;
}

impl<Q> RunQueryDsl<Conn> for Counted<Q> {}

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

/// Lends the work out as each of the collections.
macro_rules! lend {
    ($($name:ident $name_mut:ident: $read:ident $write:ident;)+) => {
        impl Snapshot for Work<'_> {
            $(fn $name(&mut self) -> &mut dyn $read {
                self
            })+
        }

        impl Unit for Work<'_> {
            $(fn $name_mut(&mut self) -> &mut dyn $write {
                self
            })+
        }
    };
}

lend! {
    workspaces workspaces_mut: ReadWorkspaces Workspaces;
    keys keys_mut: ReadKeys Keys;
    participants participants_mut: ReadParticipants Participants;
    conversations conversations_mut: ReadConversations Conversations;
    members members_mut: ReadMembers Members;
    messages messages_mut: ReadMessages Messages;
    events events_mut: ReadEvents Events;
    claims claims_mut: ReadClaims Claims;
    tags tags_mut: ReadTags Tags;
    reactions reactions_mut: ReadReactions Reactions;
    receipts receipts_mut: ReadReceipts Receipts;
    schedule schedule_mut: ReadSchedule Schedule;
    templates templates_mut: ReadTemplates Templates;
    balances balances_mut: ReadBalances Balances;
    library library_mut: ReadLibrary Library;
    channels channels_mut: ReadChannels Channels;
    outbox outbox_mut: ReadOutbox Outbox;
    installation installation_mut: ReadInstallation Installation;
    extras extras_mut: ReadExtras Extras;
}

/// Runs a job on a connection whose transaction is under way; its panics are its own.
pub(super) fn run_job(
    conn: &mut Conn,
    births: &Births,
    job: &mut dyn WriteJob,
    log: &mut Log,
) -> Ran {
    let mut work = Work {
        conn,
        log,
        births,
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
pub(super) fn run_read(conn: &mut Conn, births: &Births, job: Box<dyn ReadJob>) -> bool {
    let mut work = Work {
        conn,
        log: &mut Log::new(),
        births,
        changed: false,
        faulted: false,
    };
    job.run(&mut work);
    !work.faulted
}

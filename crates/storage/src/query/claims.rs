//! Claims in the database.

use causerie_core::claim::{ClaimKey, Settled};
use causerie_core::port::{Claims, ReadClaims};
use causerie_core::{Fault, MessageId, Timestamp, WorkspaceId};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::super::{Backend, Conn, dialect};
use super::{Work, limit};
use crate::row::restore_all;
use crate::statement::statement;

impl ReadClaims for Work<'_> {
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        keys: &[ClaimKey],
        now: Timestamp,
    ) -> Result<Vec<Settled>, Fault> {
        restore_all(self.read(|conn| dialect::find_claims(conn, workspace, keys, now))?)
    }
}

statement! {
    /// Erases the claims that expired first; diesel cannot compare rows with a subquery of rows. Each is
    /// looked at again when its row is free: another unit may have claimed the key anew meanwhile.
    EraseExpired for Backend, Conn;
    "DELETE FROM claim WHERE (workspace_id, key) IN \
     (SELECT workspace_id, key FROM claim WHERE expires_at < " [now: i64 as BigInt]
    " ORDER BY expires_at LIMIT " [limit: i64 as BigInt]
    ") AND expires_at + 0 < " [still: i64 as BigInt] ""
}

impl Claims for Work<'_> {
    fn append(
        &mut self,
        workspace: WorkspaceId,
        claims: &[Settled],
        now: Timestamp,
    ) -> Result<(), Fault> {
        if claims.is_empty() {
            return Ok(());
        }
        let appended = self.write(|conn| dialect::append_claims(conn, workspace, claims, now))?;
        if appended == claims.len() {
            Ok(())
        } else {
            self.faulted = true;
            Err(Fault::contended("a claim was made by another unit"))
        }
    }

    fn forget(&mut self, workspace: WorkspaceId, shown: &[MessageId]) -> Result<(), Fault> {
        if shown.is_empty() {
            return Ok(());
        }
        self.write(|conn| dialect::forget_claims(conn, workspace, shown))
    }

    fn erase_expired(&mut self, now: Timestamp, limit_rows: usize) -> Result<usize, Fault> {
        let erase = EraseExpired {
            now: now.unix_micros(),
            limit: limit(limit_rows),
            still: now.unix_micros(),
        };
        self.write(|conn| erase.execute(conn))
    }
}

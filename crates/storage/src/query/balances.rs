//! Balances and their ledgers in the database.

use causerie_core::balance::{Balance, LedgerEntry};
use causerie_core::port::{Balances, ReadBalances};
use causerie_core::{Fault, WorkspaceId};
use diesel::prelude::*;

use super::super::dialect::{self, locked};
use super::{Work, limit};
use crate::new_row::{NewBalance, NewLedgerEntry};
use crate::row::{BalanceRow, LedgerRow, restore_all, restore_one};
use crate::schema::{balance, ledger};

impl ReadBalances for Work<'_> {
    fn find(&mut self, workspace: WorkspaceId) -> Result<Option<Balance>, Fault> {
        let find = balance::table.find(workspace.to_bytes());
        restore_one::<BalanceRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn ledger(
        &mut self,
        workspace: WorkspaceId,
        before: Option<u64>,
        limit_rows: usize,
    ) -> Result<Vec<LedgerEntry>, Fault> {
        let below = before.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
        let page = ledger::table
            .filter(ledger::workspace_id.eq(workspace.to_bytes()))
            .filter(ledger::number.lt(below))
            .order(ledger::number.desc())
            .limit(limit(limit_rows));
        restore_all::<LedgerRow>(self.read(|conn| page.load(conn))?)
    }
}

impl Balances for Work<'_> {
    fn lock(&mut self, workspace: WorkspaceId) -> Result<Option<Balance>, Fault> {
        let find = locked!(balance::table.find(workspace.to_bytes()));
        restore_one::<BalanceRow>(self.write(|conn| find.get_result(conn).optional())?)
    }

    /// A balance whose ledger begins with these entries is new.
    fn save(&mut self, changed: &Balance, entries: &[LedgerEntry]) -> Result<(), Fault> {
        let row = NewBalance::try_from(changed)?;
        let added = i64::try_from(entries.len()).unwrap_or(i64::MAX);
        if row.entries == added {
            let add = diesel::insert_into(balance::table).values(&row);
            self.write(|conn| add.execute(conn))?;
        } else {
            let save = diesel::update(balance::table.find(changed.workspace.to_bytes())).set(&row);
            self.write(|conn| save.execute(conn))?;
        }
        let entries = entries
            .iter()
            .map(|entry| NewLedgerEntry::of(changed, entry));
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        if entries.is_empty() {
            return Ok(());
        }
        self.write(|conn| dialect::append_ledger(conn, &entries))
    }
}

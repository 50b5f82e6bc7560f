//! Balances and their ledgers.

use crate::balance::{Balance, LedgerEntry};
use crate::fault::Fault;
use crate::id::WorkspaceId;

/// Balances as they stand in one snapshot.
pub trait ReadBalances {
    /// The balance, or `None` before the first top-up.
    fn find(&mut self, workspace: WorkspaceId) -> Result<Option<Balance>, Fault>;
    /// Up to `limit` entries of the ledger with numbers below `before`, newest first.
    fn ledger(
        &mut self,
        workspace: WorkspaceId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, Fault>;
}

/// Balances inside a unit of work.
pub trait Balances: ReadBalances {
    /// The balance, locked for the rest of the unit. Locked after conversations and before messages, so
    /// that two units never wait for each other.
    fn lock(&mut self, workspace: WorkspaceId) -> Result<Option<Balance>, Fault>;
    /// Stores a balance that is locked or new, and appends to its ledger: one statement for each.
    /// [`Fault::Contended`] when another unit made the balance meanwhile.
    fn save(&mut self, balance: &Balance, entries: &[LedgerEntry]) -> Result<(), Fault>;
}

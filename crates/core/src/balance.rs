//! What a workspace may still spend, and what it spent.

use crate::id::{MessageId, WorkspaceId};
use crate::refusal::Refusal;
use crate::text::Name;
use crate::timestamp::Timestamp;
use crate::words::words;

words! {
    /// What can have a price.
    Operation {
        /// Sending a message, at once or when it is due.
        Send = 1, "send";
        /// Editing a message.
        Edit = 2, "edit";
        /// Adding a reaction.
        React = 3, "react";
    }
}

/// How many tokens an operation costs; nothing unless set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// A message.
    pub send: u32,
    /// An edit.
    pub edit: u32,
    /// A reaction.
    pub react: u32,
}

impl Prices {
    /// The price of an operation.
    pub const fn of(self, operation: Operation) -> u32 {
        match operation {
            Operation::Send => self.send,
            Operation::Edit => self.edit,
            Operation::React => self.react,
        }
    }
}

/// How many tokens a balance may hold.
pub const TOKENS_MAX: u64 = 1_000_000_000_000_000;

/// The tokens of a workspace: never below zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// How many are left.
    pub tokens: u64,
    /// The number of the newest entry in the ledger.
    pub entries: u64,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A change of a balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// 1, 2, 3 … in its workspace.
    pub number: u64,
    /// How many tokens came (above zero) or went.
    pub delta: i64,
    /// How many were left then.
    pub tokens: u64,
    /// What they went for; `None` when they came.
    pub operation: Option<Operation>,
    /// The message that they went for.
    pub message: Option<MessageId>,
    /// What the operator said about it.
    pub note: Option<Name>,
    /// When.
    pub at: Timestamp,
}

impl Balance {
    /// An empty one.
    pub fn empty(workspace: WorkspaceId, at: Timestamp) -> Self {
        Self {
            workspace,
            tokens: 0,
            entries: 0,
            updated_at: at,
        }
    }

    /// Takes the price of an operation.
    ///
    /// # Errors
    /// `insufficient_tokens`; nothing is taken then.
    pub fn debit(
        &mut self,
        price: u32,
        operation: Operation,
        message: MessageId,
        at: Timestamp,
    ) -> Result<LedgerEntry, Refusal> {
        let tokens = self.tokens;
        self.tokens = tokens
            .checked_sub(u64::from(price))
            .ok_or(Refusal::InsufficientTokens { price, tokens })?;
        let entry = self.note(-i64::from(price), at);
        Ok(LedgerEntry {
            operation: Some(operation),
            message: Some(message),
            ..entry
        })
    }

    /// Adds tokens.
    ///
    /// # Errors
    /// `balance_full` above [`TOKENS_MAX`].
    pub fn top_up(
        &mut self,
        tokens: u64,
        note: Option<Name>,
        at: Timestamp,
    ) -> Result<LedgerEntry, Refusal> {
        let sum = self.tokens.checked_add(tokens);
        self.tokens = sum
            .filter(|sum| *sum <= TOKENS_MAX)
            .ok_or(Refusal::BalanceFull)?;
        let delta = i64::try_from(tokens).map_err(|_| Refusal::BalanceFull)?;
        let entry = self.note(delta, at);
        Ok(LedgerEntry { note, ..entry })
    }

    fn note(&mut self, delta: i64, at: Timestamp) -> LedgerEntry {
        self.entries += 1;
        self.updated_at = at;
        LedgerEntry {
            number: self.entries,
            delta,
            tokens: self.tokens,
            operation: None,
            message: None,
            note: None,
            at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_never_goes_below_zero() {
        let now = Timestamp::default();
        let message = MessageId::from_bytes([1; 16]);
        let mut balance = Balance::empty(WorkspaceId::from_bytes([2; 16]), now);
        let entry = balance.top_up(3, None, now).expect("room");
        assert_eq!((entry.number, entry.delta, entry.tokens), (1, 3, 3));
        let entry = balance
            .debit(2, Operation::Send, message, now)
            .expect("enough");
        assert_eq!((entry.number, entry.delta, entry.tokens), (2, -2, 1));
        let refused = balance.debit(2, Operation::Send, message, now);
        assert_eq!(
            refused,
            Err(Refusal::InsufficientTokens {
                price: 2,
                tokens: 1
            })
        );
        assert_eq!((balance.tokens, balance.entries), (1, 2));
        assert_eq!(
            balance.top_up(TOKENS_MAX, None, now),
            Err(Refusal::BalanceFull)
        );
    }
}

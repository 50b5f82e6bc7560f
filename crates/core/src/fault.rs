//! Everything that can break: faults have a cause for the log and no text for the public.

use std::error::Error as StdError;

/// Why the storage could not do its part. Nothing of the unit of work was kept, except after
/// [`Fault::Unavailable`] during a commit, when the outcome is unknown: retry with a claim.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The queue is full. Nothing was tried; try again a little later.
    #[error("the queue is full")]
    Busy,
    /// The database cannot be reached, is full, or refused to commit.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// Another writer got in between; running the same work again may succeed. Lanes do that.
    #[error("another writer got in between: {0}")]
    Contended(#[source] Box<dyn StdError + Send + Sync>),
    /// A stored value does not fit the domain.
    #[error("{table}.{column} holds what it cannot hold: {value}")]
    Corrupt {
        /// The table of the value.
        table: &'static str,
        /// Its column.
        column: &'static str,
        /// The value or the row's id, shortened.
        value: String,
    },
    /// The work panicked.
    #[error("the work panicked: {0}")]
    Panicked(String),
    /// The storage is shutting down.
    #[error("the storage is shutting down")]
    Closed,
}

impl Fault {
    /// The database cannot do it now.
    pub fn unavailable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Unavailable(cause.into())
    }

    /// Another writer got in between.
    pub fn contended(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Contended(cause.into())
    }

    /// A stored value does not fit; at most 64 characters of it are kept.
    pub fn corrupt(table: &'static str, column: &'static str, value: &str) -> Self {
        Self::Corrupt {
            table,
            column,
            value: value.chars().take(64).collect(),
        }
    }
}

//! How far each workspace's log has come, for those who wait for more.
//!
//! Only a hint that wakes: the log itself is read from the storage.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::event::Position;
use crate::id::WorkspaceId;
use crate::pending::{Answerer, Pending};

/// Rung by a storage after each commit, and when it hears of another node's.
#[derive(Default)]
pub struct Heads {
    waiting: Mutex<HashMap<WorkspaceId, Log>>,
}

#[derive(Default)]
struct Log {
    head: Position,
    waiters: Vec<(Position, Answerer<Position>)>,
}

/// How many waiters one workspace may have on one node; more are woken at once.
pub const WAITERS_MAX: usize = 10_000;

impl Heads {
    /// Says that the log of a workspace has come to `head`; wakes who waits for less.
    pub fn ring(&self, workspace: WorkspaceId, head: Position) {
        let mut all = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let log = all.entry(workspace).or_default();
        log.head = log.head.max(head);
        let head = log.head;
        let woken: Vec<_> = log
            .waiters
            .extract_if(.., |(after, _)| *after < head)
            .collect();
        drop(all);
        for (_, waiter) in woken {
            // A waiter that is gone needs no wake-up.
            drop(waiter.send(Ok(head)));
        }
    }

    /// Ready when the log has come beyond `after`, as far as this node knows. May be ready too early and,
    /// when another node committed, too late: bound the wait and read the log.
    pub fn beyond(&self, workspace: WorkspaceId, after: Position) -> Pending<Position> {
        let (waiter, pending) = Pending::new();
        let mut all = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let log = all.entry(workspace).or_default();
        log.waiters.retain(|(_, waiter)| !waiter.is_closed());
        if log.head > after || log.waiters.len() >= WAITERS_MAX {
            drop(waiter.send(Ok(log.head)));
        } else {
            log.waiters.push((after, waiter));
        }
        pending
    }
}

impl std::fmt::Debug for Heads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Heads")
    }
}

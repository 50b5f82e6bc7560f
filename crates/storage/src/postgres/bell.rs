//! Wakes who waits for a log, on this node and on the others of the same database.
//!
//! Only a hint, sent after the commit on a connection of its own: a notification inside a
//! transaction would make commits wait for each other. What is lost while the connection is down is
//! found by whoever polls.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use causerie_core::{Heads, Position, WorkspaceId};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text};

use super::Conn;
use crate::group;
use crate::statement::statement;

/// How long notifications are gathered, and how often others' are looked for.
const ROUND: Duration = Duration::from_millis(20);
/// The first and the longest pause before another attempt to connect.
const BACK_OFF_MIN: Duration = Duration::from_millis(100);
const BACK_OFF_MAX: Duration = Duration::from_secs(5);

/// A thread that tells other nodes how far logs have come, and hears the same from them.
pub(crate) struct Bell {
    heads: Arc<Heads>,
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The newest position of each log that others have not been told: one entry each, so that it
    /// stays small.
    untold: HashMap<WorkspaceId, Position>,
    stopped: bool,
}

impl Bell {
    /// A bell on the database at `target`.
    ///
    /// # Errors
    /// Those of starting a thread.
    pub(crate) fn start(target: String, heads: Arc<Heads>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let thread = {
            let (shared, heads) = (Arc::clone(&shared), Arc::clone(&heads));
            let name = thread::Builder::new().name("causerie-bell".to_owned());
            name.spawn(move || shared.serve(&target, &heads))?
        };
        Ok(Self {
            heads,
            shared,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Wakes who waits here at once, and those elsewhere soon.
    pub(crate) fn ring(&self, heads: &group::Heads) {
        for (workspace, head) in heads {
            self.heads.ring(*workspace, *head);
        }
        let mut state = self.shared.lock();
        for (workspace, head) in heads {
            let untold = state.untold.entry(*workspace).or_default();
            *untold = (*untold).max(*head);
        }
        drop(state);
        self.shared.changed.notify_one();
    }

    /// Tells what is untold, if there is a connection, and ends.
    pub(crate) fn stop(&self) {
        self.shared.lock().stopped = true;
        self.shared.changed.notify_one();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that notifies other nodes panicked");
        }
    }
}

statement! {
    Notify for diesel::pg::Pg, Conn;
    "SELECT pg_notify('causerie', told) FROM unnest(" [told: Vec<String> as Array<Text>]
    ") AS new (told)"
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, target: &str, heads: &Heads) {
        let mut pause = BACK_OFF_MIN;
        while !self.lock().stopped {
            match self.listen(target, heads, &mut pause) {
                Ok(()) => return,
                Err(error) => tracing::warn!(%error, "the connection to other nodes is lost"),
            }
            self.pause(pause);
            pause = (pause * 2).min(BACK_OFF_MAX);
        }
    }

    /// Notifies and hears until the bell is stopped.
    fn listen(
        &self,
        target: &str,
        heads: &Heads,
        pause: &mut Duration,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let mut conn = Conn::establish(target)?;
        conn.batch_execute("LISTEN causerie")?;
        *pause = BACK_OFF_MIN;
        loop {
            let (told, stopped) = self.next();
            if !told.is_empty() {
                Notify { told }.execute(&mut conn)?;
            }
            for heard in conn.notifications_iter() {
                if let Some((workspace, head)) = read(&heard?.payload) {
                    heads.ring(workspace, head);
                }
            }
            if stopped {
                return Ok(());
            }
            self.pause(ROUND);
        }
    }

    /// Waits for something to tell, but not for longer than a round.
    fn next(&self) -> (Vec<String>, bool) {
        let state = self.lock();
        let idle = |state: &mut State| state.untold.is_empty() && !state.stopped;
        let waited = self.changed.wait_timeout_while(state, ROUND, idle);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let told = state
            .untold
            .drain()
            .map(|(of, head)| write(of, head))
            .collect();
        (told, state.stopped)
    }

    /// Does nothing for a while, unless the bell is stopped.
    fn pause(&self, pause: Duration) {
        let waiting = |state: &mut State| !state.stopped;
        drop(self.changed.wait_timeout_while(self.lock(), pause, waiting));
    }
}

fn write(workspace: WorkspaceId, head: Position) -> String {
    format!("{:032x}:{head}", u128::from_be_bytes(workspace.to_bytes()))
}

fn read(payload: &str) -> Option<(WorkspaceId, Position)> {
    let (workspace, head) = payload.split_once(':')?;
    let workspace = u128::from_str_radix(workspace, 16).ok()?;
    let head = head.parse().ok().map(Position::new)?;
    Some((WorkspaceId::from_bytes(workspace.to_be_bytes()), head))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_node_writes_another_reads() {
        let (of, head) = (WorkspaceId::from_bytes([0x0a; 16]), Position::new(77));
        assert_eq!(read(&write(of, head)), Some((of, head)));
        assert_eq!(read("nonsense"), None);
        assert_eq!(read("zz:1"), None);
    }
}

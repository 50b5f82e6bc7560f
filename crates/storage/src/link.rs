//! A lane's connection: taken from a pool, kept while it works, replaced when it is lost.
//!
//! Transactions are the lanes' own business.

use std::time::Duration;

use causerie_core::Fault;
use diesel::r2d2::{
    ConnectionManager, CustomizeConnection, Error, HandleError, Pool, PooledConnection,
    R2D2Connection,
};

/// How long a lane tries to connect before its jobs are told that the database is unavailable.
const CONNECT_SECONDS_MAX: u64 = 5;

/// Connections of one kind of lanes.
pub(crate) type Connections<C> = Pool<ConnectionManager<C>>;

/// Makes `size` connections, when they are needed; each is prepared by `customizer`.
pub(crate) fn connections<C: R2D2Connection + 'static>(
    target: &str,
    size: usize,
    customizer: impl CustomizeConnection<C, Error>,
) -> Connections<C> {
    Pool::builder()
        .max_size(u32::try_from(size).unwrap_or(u32::MAX).max(1))
        .min_idle(Some(0))
        // A lane that finds its connection lost asks for another: a test before each use would be a
        // round trip more.
        .test_on_check_out(false)
        .connection_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
        .connection_customizer(Box::new(customizer))
        .error_handler(Box::new(Warn))
        .build_unchecked(ConnectionManager::new(target))
}

#[derive(Debug)]
struct Warn;

impl HandleError<Error> for Warn {
    fn handle_error(&self, error: Error) {
        tracing::warn!(%error, "a connection to the database cannot be made");
    }
}

/// The connection of one lane.
pub(crate) struct Link<C: R2D2Connection + 'static> {
    connections: Connections<C>,
    current: Option<PooledConnection<ConnectionManager<C>>>,
}

impl<C: R2D2Connection + 'static> Link<C> {
    /// A link that connects when it is first used.
    pub(crate) fn new(connections: Connections<C>) -> Self {
        Self {
            connections,
            current: None,
        }
    }

    /// The connection, a new one if there is none.
    pub(crate) fn get(&mut self) -> Result<&mut C, Fault> {
        let current = match self.current.take() {
            Some(current) => current,
            None => self.connections.get().map_err(Fault::unavailable)?,
        };
        Ok(self.current.insert(current))
    }

    /// Whether the connection is gone.
    pub(crate) fn is_lost(&mut self) -> bool {
        self.current.as_mut().is_none_or(|conn| conn.is_broken())
    }

    /// Gives the connection up, so that the next use makes another.
    pub(crate) fn drop_lost(&mut self) {
        if self.is_lost() {
            self.current = None;
        }
    }

    /// Begins a transaction; on a new connection, once, if the old one turns out to be lost.
    pub(crate) fn begin(&mut self, statements: &str) -> Result<(), Fault> {
        self.drop_lost();
        let old = self.current.is_some();
        let first = self.batch(statements);
        if old && first.is_err() && self.is_lost() {
            self.drop_lost();
            return self.batch(statements);
        }
        first
    }

    /// Runs statements without parameters in one round trip.
    pub(crate) fn batch(&mut self, statements: &str) -> Result<(), Fault> {
        self.get()?
            .batch_execute(statements)
            .map_err(crate::fault::of)
    }
}

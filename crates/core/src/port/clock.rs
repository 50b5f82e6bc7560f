//! Time and fresh ids, passed in so that tests can fix them.

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use crate::id::Fresh;
use crate::timestamp::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync + Debug {
    /// The time now, in UTC. May step back; conversations keep their own order.
    fn now(&self) -> Timestamp;
}

/// Makes identifiers.
pub trait Ids: Send + Sync + Debug {
    /// An identifier that nobody has, for something created at `at`.
    fn fresh(&self, at: Timestamp) -> Fresh;
    /// Bytes that nobody can guess, for secrets and salts.
    fn entropy(&self, bytes: &mut [u8]);
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the one place that reads the clock"
        )]
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Timestamp::default().plus(since.unwrap_or(Duration::ZERO))
    }
}

/// Identifiers from the operating system's random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn fresh(&self, at: Timestamp) -> Fresh {
        let mut random = [0; 10];
        self.entropy(&mut random);
        Fresh::new(at, random)
    }

    /// # Panics
    /// When the operating system has no random numbers to give, as no secret can be made then.
    fn entropy(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random numbers");
    }
}

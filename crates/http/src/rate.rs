//! How many requests a workspace is let through: a token bucket for reads and one for writes, on each node by
//! itself.
//!
//! The rates come with the workspace; nothing is stored, and a new node begins with full buckets.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use causerie_core::port::Clock;
use causerie_core::{Rate, Timestamp, Workspace, WorkspaceId};
use governor::middleware::StateInformationMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use moka::sync::Cache;

use crate::problem::Problem;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// How many buckets there are at once; the least used is forgotten first, and is full when it comes back.
const BUCKETS_MAX: u64 = 20_000;
/// How far the clock may go back before the buckets, which count on it, begin anew.
const BACK_MICROS_MAX: i64 = 1_000_000;

/// What a request does, as far as rates are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Doing {
    Reads,
    Writes,
}

impl Doing {
    pub(crate) fn of(method: &Method) -> Self {
        if matches!(*method, Method::GET | Method::HEAD) {
            Self::Reads
        } else {
            Self::Writes
        }
    }

    fn rate(self, workspace: &Workspace) -> Option<Rate> {
        match self {
            Self::Reads => workspace.plan.read,
            Self::Writes => workspace.plan.write,
        }
    }
}

/// What is left of a bucket after a request, and how long to wait if that got nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    rate: Rate,
    remaining: u32,
    wait: Option<Duration>,
    at: Timestamp,
}

impl Allowance {
    /// Refuses a request that came too early.
    pub(crate) fn admit(&self) -> Result<(), Problem> {
        match self.wait {
            None => Ok(()),
            Some(wait) => Err(Problem::rate_limited(whole_seconds(wait).max(1))),
        }
    }

    /// How many requests the rate lets through at once.
    pub fn limit(&self) -> u32 {
        self.rate.burst
    }

    /// How many of them are left.
    pub fn remaining(&self) -> u32 {
        self.remaining.min(self.rate.burst)
    }

    /// In how many seconds all of them are there again, if nobody asks for any.
    pub fn reset_seconds(&self) -> u32 {
        (self.rate.burst - self.remaining()).div_ceil(self.rate.per_second)
    }

    /// When all of them are there again, if nobody asks for any.
    pub fn reset_at(&self) -> Timestamp {
        self.at
            .plus(Duration::from_secs(self.reset_seconds().into()))
    }

    /// The same bucket after more was asked of it; what was refused was not taken.
    pub(crate) fn then(self, more: Self) -> Self {
        let remaining = match more.wait {
            None => more.remaining,
            Some(_) => self.remaining,
        };
        Self { remaining, ..more }
    }

    /// Tells the caller.
    pub(crate) fn show(&self, headers: &mut HeaderMap) {
        for (name, number) in [
            (LIMIT, self.limit()),
            (REMAINING, self.remaining()),
            (RESET, self.reset_seconds()),
        ] {
            headers.insert(name, HeaderValue::from(number));
        }
    }
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// The clock of the application, as the buckets read it.
#[derive(Clone)]
struct Time(Arc<dyn Clock>);

impl Time {
    fn micros(&self) -> i64 {
        self.0.now().unix_micros()
    }
}

impl governor::clock::Clock for Time {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_micros(u64::try_from(self.micros()).unwrap_or(0))
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, Time, StateInformationMiddleware>;

struct Bucket {
    rate: Rate,
    limiter: Limiter,
    /// The latest time that it was used at.
    seen_micros: AtomicI64,
}

/// The buckets of all workspaces that have a rate.
pub(crate) struct Rates {
    time: Time,
    buckets: Cache<(WorkspaceId, Doing), Arc<Bucket>>,
}

impl Rates {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            time: Time(clock),
            buckets: Cache::new(BUCKETS_MAX),
        }
    }

    /// Takes `count` out of a bucket, all or nothing; `None` for a workspace that has no rate.
    pub(crate) fn take(
        &self,
        workspace: &Workspace,
        doing: Doing,
        count: NonZeroU32,
    ) -> Option<Allowance> {
        let rate = doing.rate(workspace)?;
        let bucket = self.bucket((workspace.id, doing), rate);
        let allowance = |remaining, wait| Allowance {
            rate,
            remaining,
            wait,
            at: self.time.0.now(),
        };
        Some(match bucket.limiter.check_n(count) {
            Ok(Ok(state)) => allowance(state.remaining_burst_capacity(), None),
            Ok(Err(early)) => {
                let now = governor::clock::Clock::now(&self.time);
                allowance(0, Some(early.wait_time_from(now)))
            }
            // More than the bucket ever holds.
            Err(_) => allowance(0, Some(Duration::from_secs(1))),
        })
    }

    /// The bucket of a workspace for this very rate.
    fn bucket(&self, key: (WorkspaceId, Doing), rate: Rate) -> Arc<Bucket> {
        let bucket = self.buckets.get_with(key, || self.full(rate));
        let now = self.time.micros();
        let latest = bucket.seen_micros.fetch_max(now, Ordering::Relaxed);
        if bucket.rate == rate && latest.saturating_sub(now) <= BACK_MICROS_MAX {
            return bucket;
        }
        let anew = self.full(rate);
        self.buckets.insert(key, Arc::clone(&anew));
        anew
    }

    fn full(&self, rate: Rate) -> Arc<Bucket> {
        let some = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(some(rate.per_second)).allow_burst(some(rate.burst));
        let limiter = RateLimiter::direct_with_clock(quota, self.time.clone());
        Arc::new(Bucket {
            rate,
            limiter: limiter.with_middleware(),
            seen_micros: AtomicI64::new(self.time.micros()),
        })
    }
}

impl fmt::Debug for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rates({} buckets)", self.buckets.entry_count())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use causerie_core::Plan;
    use causerie_core::text::Name;

    use super::*;

    #[derive(Debug)]
    struct Hand(Mutex<Timestamp>);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            *self.0.lock().expect("not poisoned")
        }
    }

    const START: Timestamp = Timestamp::from_unix_micros(1_800_000_000_000_000);

    fn workspace(per_second: u64, burst: u64) -> Workspace {
        let name = Name::parse("Acme").expect("a name");
        let mut workspace = Workspace::new(WorkspaceId::from_bytes([1; 16]), name, START);
        workspace.grant(Plan {
            write: Rate::new("write", per_second, Some(burst)).ok(),
            ..Plan::default()
        });
        workspace
    }

    struct Scene {
        hand: Arc<Hand>,
        rates: Rates,
    }

    impl Scene {
        fn new() -> Self {
            let hand = Arc::new(Hand(Mutex::new(START)));
            let clock: Arc<dyn Clock> = Arc::<Hand>::clone(&hand);
            Self {
                rates: Rates::new(clock),
                hand,
            }
        }

        fn at(&self, millis: i64) -> &Self {
            let micros = START.unix_micros() + millis * 1_000;
            *self.hand.0.lock().expect("not poisoned") = Timestamp::from_unix_micros(micros);
            self
        }

        /// What is left and how long to wait.
        fn take(&self, of: &Workspace, count: u32) -> (u32, Option<u64>) {
            let count = NonZeroU32::new(count).expect("some");
            let taken = self.rates.take(of, Doing::Writes, count);
            let taken = taken.expect("it has a rate");
            (taken.remaining, taken.wait.map(whole_seconds))
        }
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let (scene, of) = (Scene::new(), workspace(2, 3));
        let taken: Vec<_> = (0..4).map(|_| scene.take(&of, 1)).collect();
        assert_eq!(taken, [(2, None), (1, None), (0, None), (0, Some(1))]);
        assert_eq!(scene.at(500).take(&of, 1), (0, None));
        assert_eq!(scene.at(10_000).take(&of, 3), (0, None));
        assert_eq!(scene.take(&of, 3), (0, Some(2)));
        // What was refused was not taken.
        assert_eq!(scene.at(10_500).take(&of, 1), (0, None));
    }

    #[test]
    fn another_rate_is_another_bucket_and_none_is_no_limit() {
        let scene = Scene::new();
        assert_eq!(scene.take(&workspace(1, 1), 1), (0, None));
        assert_eq!(scene.take(&workspace(1, 1), 1), (0, Some(1)));
        assert_eq!(scene.take(&workspace(1, 2), 1), (1, None));
        let of = workspace(1, 1);
        assert_eq!(scene.rates.take(&of, Doing::Reads, NonZeroU32::MIN), None);
    }

    #[test]
    fn a_clock_that_goes_back_locks_nobody_out() {
        let (scene, of) = (Scene::new(), workspace(1, 1));
        assert_eq!(scene.at(3_600_000).take(&of, 1), (0, None));
        assert_eq!(scene.at(0).take(&of, 1), (0, None));
        assert_eq!(scene.take(&of, 1), (0, Some(1)));
    }
}

//! How much a storage may use: queues, lanes, groups.
//!
//! Not what it keeps to: durability is no option.

use std::num::NonZero;
use std::thread;

use validator::Validate;

/// Bounds of a storage, with defaults that suit one server.
#[derive(Clone, Debug, PartialEq, Eq, Validate)]
pub struct Options {
    /// Jobs that may wait in the queue of the writers; more are refused at once. 1,024 unless
    /// changed.
    #[validate(range(min = 1, max = 1_000_000, message = "expected 1 to 1,000,000"))]
    pub write_jobs_max: usize,
    /// Jobs that may wait in the queue of the readers; more are refused at once. 4,096 unless
    /// changed.
    #[validate(range(min = 1, max = 1_000_000, message = "expected 1 to 1,000,000"))]
    pub read_jobs_max: usize,
    /// Jobs that share a commit; 1 means one commit for each. 128 unless changed, on Postgres 32 at
    /// most.
    #[validate(range(min = 1, max = 100_000, message = "expected 1 to 100,000"))]
    pub group_jobs_max: usize,
    /// For how long a group runs jobs before its commit, in milliseconds. 20 unless changed.
    pub group_ms_max: u64,
    /// Reader threads, each with a connection. As many as there are processors, but 2 at least,
    /// unless changed.
    #[validate(range(min = 1, max = 256, message = "expected 1 to 256"))]
    pub readers: usize,
    /// Writer threads on Postgres, each with a connection; SQLite has one always. 3 unless changed.
    #[validate(range(min = 1, max = 64, message = "expected 1 to 64"))]
    pub writers: usize,
    /// How many pages the SQLite database may grow to; as many as fit on the disk unless changed.
    /// For tests of what happens when it is full.
    #[doc(hidden)]
    pub sqlite_pages_max: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            write_jobs_max: 1_024,
            read_jobs_max: 4_096,
            group_jobs_max: 128,
            group_ms_max: 20,
            readers: thread::available_parallelism()
                .map_or(2, NonZero::get)
                .max(2),
            writers: 3,
            sqlite_pages_max: None,
        }
    }
}

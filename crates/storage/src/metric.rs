//! What the storage counts and measures, through the `metrics` crate.
//!
//! Whoever wants to see it installs a recorder before [`open`](crate::open).

use std::time::Duration;

use causerie_core::Fault;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Distribution of values.
    Histogram,
}

/// The metrics of the storage: name, kind, meaning.
pub const METRICS: &[(&str, MetricKind, &str)] = &[
    (
        LANE_DEPTH,
        MetricKind::Gauge,
        "Jobs that wait in the queue of a kind of lanes (label `lane`: `write` or `read`), as last \
         seen.",
    ),
    (
        BUSY,
        MetricKind::Counter,
        "Jobs that were refused because the queue was full (label `lane`).",
    ),
    (
        GROUP_JOBS,
        MetricKind::Histogram,
        "Jobs that shared a commit.",
    ),
    (
        BATCH_MESSAGES,
        MetricKind::Histogram,
        "Messages that were stored by one statement: how many sends of a moment shared a batch.",
    ),
    (
        COMMIT_SECONDS,
        MetricKind::Histogram,
        "Seconds from the last job of a group to its durable commit.",
    ),
    (
        JOBS,
        MetricKind::Counter,
        "Jobs that were answered (labels `lane` and `outcome`: `done`, which includes refusals by \
         the domain, or `failed`).",
    ),
];

const LANE_DEPTH: &str = "causerie_lane_depth";
const BUSY: &str = "causerie_lane_busy_total";
const GROUP_JOBS: &str = "causerie_group_jobs";
const BATCH_MESSAGES: &str = "causerie_batch_messages";
const COMMIT_SECONDS: &str = "causerie_commit_seconds";
const JOBS: &str = "causerie_jobs_total";

/// Tells the installed recorder what the metrics mean.
pub fn describe_metrics() {
    for (name, kind, meaning) in METRICS {
        match kind {
            MetricKind::Counter => metrics::describe_counter!(*name, *meaning),
            MetricKind::Gauge => metrics::describe_gauge!(*name, *meaning),
            MetricKind::Histogram => metrics::describe_histogram!(*name, *meaning),
        }
    }
}

/// Records how many messages a statement stored.
pub(crate) fn batch(messages: usize) {
    histogram!(BATCH_MESSAGES).record(f64::from(u32::try_from(messages).unwrap_or(u32::MAX)));
}

/// The meters of one kind of lanes.
#[derive(Clone)]
pub(crate) struct Meters {
    depth: Gauge,
    busy: Counter,
    done: Counter,
    failed: Counter,
    group_jobs: Histogram,
    commit_seconds: Histogram,
}

impl Meters {
    /// The meters of lanes that write or read.
    pub(crate) fn of(lane: &'static str) -> Self {
        Self {
            depth: gauge!(LANE_DEPTH, "lane" => lane),
            busy: counter!(BUSY, "lane" => lane),
            done: counter!(JOBS, "lane" => lane, "outcome" => "done"),
            failed: counter!(JOBS, "lane" => lane, "outcome" => "failed"),
            group_jobs: histogram!(GROUP_JOBS),
            commit_seconds: histogram!(COMMIT_SECONDS),
        }
    }

    pub(crate) fn depth(&self, waiting: usize) {
        self.depth
            .set(f64::from(u32::try_from(waiting).unwrap_or(u32::MAX)));
    }

    pub(crate) fn busy(&self) {
        self.busy.increment(1);
    }

    pub(crate) fn committed(&self, jobs: usize, took: Duration) {
        self.group_jobs
            .record(f64::from(u32::try_from(jobs).unwrap_or(u32::MAX)));
        self.commit_seconds.record(took.as_secs_f64());
    }

    pub(crate) fn settled(&self, outcome: &Result<(), Fault>) {
        if outcome.is_ok() {
            self.done.increment(1);
        } else {
            self.failed.increment(1);
        }
    }

    pub(crate) fn read(&self) {
        self.done.increment(1);
    }

    pub(crate) fn refused(&self) {
        self.failed.increment(1);
    }
}

//! The load generator: so many connections, each with one request under way, for so long.
//! Closed loop on one thread: it measures what a server can do, not how it meets a schedule.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use hdrhistogram::Histogram;
use tokio::task::LocalSet;

use super::http::Connection;
use super::number::float;

/// Longer answers count as this long.
pub(super) const LATENCY_US_MAX: u64 = 60_000_000;

/// What is asked, of whom, by how many.
#[derive(Clone, Debug)]
pub(super) struct Load {
    pub(super) address: SocketAddr,
    /// Each connection walks through these from a place of its own.
    pub(super) requests: Rc<[Vec<u8>]>,
    pub(super) connections: usize,
}

/// How long a round takes: the first part warms up and is not counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) warm: Duration,
    pub(super) measured: Duration,
}

/// What came of one round.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Answers with a 2xx per second of the measured part.
    pub(super) rate: f64,
    /// Microseconds from request to answer, in the measured part.
    pub(super) latency_us: Histogram<u64>,
    /// For each request of the load, how often it was answered with a 2xx, warm-up included.
    pub(super) acked: Vec<u64>,
    /// Answers that were not a 2xx, warm-up included, with the last of them as an example.
    pub(super) refused: u64,
    pub(super) last_refusal: Option<String>,
}

impl Outcome {
    /// Every answer of the round.
    pub(super) fn answers(&self) -> u64 {
        self.acked.iter().sum::<u64>() + self.refused
    }
}

/// Runs one round.
///
/// # Errors
/// When a connection breaks: a server under load may refuse, but must not hang up.
pub(super) fn run(load: &Load, window: Window) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    LocalSet::new().block_on(&runtime, round(load, window))
}

async fn round(load: &Load, window: Window) -> Result<Outcome> {
    let mut connections = Vec::with_capacity(load.connections);
    for _ in 0..load.connections {
        connections.push(Connection::open(load.address).await?);
    }
    let start = Instant::now() + window.warm;
    let outcome = Rc::new(RefCell::new(Outcome {
        rate: 0.0,
        latency_us: Histogram::new_with_max(LATENCY_US_MAX, 3)?,
        acked: vec![0; load.requests.len()],
        refused: 0,
        last_refusal: None,
    }));
    let tasks: Vec<_> = connections
        .into_iter()
        .enumerate()
        .map(|(index, connection)| {
            let caller = Caller {
                connection,
                requests: Rc::clone(&load.requests),
                next: index * load.requests.len() / load.connections,
                start,
                end: start + window.measured,
                outcome: Rc::clone(&outcome),
            };
            tokio::task::spawn_local(caller.call_until_end())
        })
        .collect();
    for task in tasks {
        task.await
            .context("a connection of the load generator panicked")??;
    }
    let mut outcome = Rc::try_unwrap(outcome)
        .ok()
        .context("a connection still counts after its end")?
        .into_inner();
    outcome.rate = float(outcome.latency_us.len()) / window.measured.as_secs_f64();
    Ok(outcome)
}

/// One connection with one request under way.
struct Caller {
    connection: Connection,
    requests: Rc<[Vec<u8>]>,
    next: usize,
    start: Instant,
    end: Instant,
    outcome: Rc<RefCell<Outcome>>,
}

impl Caller {
    /// Calls again and again; the call under way at the end is still answered and counted as
    /// acknowledged, but not as measured.
    async fn call_until_end(mut self) -> Result<()> {
        let mut asked = Instant::now();
        while asked < self.end {
            let index = self.next;
            self.next = if index + 1 == self.requests.len() {
                0
            } else {
                index + 1
            };
            let answer = self.connection.exchange(&self.requests[index]).await?;
            let answered = Instant::now();
            let mut outcome = self.outcome.borrow_mut();
            if (200..300).contains(&answer.status) {
                outcome.acked[index] += 1;
                if answered >= self.start && answered <= self.end {
                    let us = u64::try_from((answered - asked).as_micros())?;
                    outcome.latency_us.saturating_record(us);
                }
            } else {
                outcome.refused += 1;
                let body = String::from_utf8_lossy(answer.body);
                outcome.last_refusal = Some(format!("{} {body}", answer.status));
            }
            asked = answered;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::http::{request, serve};

    fn run_against(answer: &'static str) -> Outcome {
        let requests: Vec<Vec<u8>> = ["/a", "/b"]
            .map(|path| request("GET", path, None, None))
            .into();
        let load = Load {
            address: serve(|_| answer.to_owned()),
            requests: requests.into(),
            connections: 3,
        };
        let window = Window {
            warm: Duration::from_millis(20),
            measured: Duration::from_millis(100),
        };
        run(&load, window).expect("a round")
    }

    #[test]
    fn every_answer_is_counted_and_the_measured_ones_are_timed() {
        let outcome = run_against("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        assert!(outcome.rate > 0.0 && outcome.refused == 0);
        assert!(outcome.acked.iter().all(|&count| count > 0));
        assert!(outcome.answers() >= outcome.latency_us.len());
    }

    #[test]
    fn a_refusal_is_not_an_acknowledgement() {
        let outcome = run_against("HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy");
        assert!(outcome.refused > 0 && outcome.rate < f64::EPSILON);
        assert_eq!(outcome.acked, [0, 0]);
        assert_eq!(outcome.last_refusal.as_deref(), Some("503 busy"));
    }
}

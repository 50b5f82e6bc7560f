//! A light load, as of people: few connections, each of which rests after an answer, and every answer
//! with its time, so that afterwards it is known which of them fell into the time in question.
//! Judges nothing, and finds no limits of a server: the load does.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use hdrhistogram::Histogram;
use tokio::task::LocalSet;

use super::http::Connection;
use super::load::LATENCY_US_MAX;
use super::number::float;

const CONNECTIONS: usize = 4;
/// Between an answer and the next request of its connection.
const REST: Duration = Duration::from_millis(5);

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Paced {
    /// When each answer came, and after how many microseconds.
    answers: Vec<(Instant, u64)>,
    /// For each request, how often it was answered with a 2xx.
    pub(super) acked: Vec<u64>,
}

impl Paced {
    /// How many answers came from `start` to `end`, and how long the slowest hundredth of them took at
    /// least, in microseconds; `None` when none came.
    pub(super) fn p99_us(&self, start: Instant, end: Instant) -> Result<Option<(u64, f64)>> {
        let mut histogram: Histogram<u64> = Histogram::new_with_max(LATENCY_US_MAX, 3)?;
        for (at, us) in &self.answers {
            if (start..=end).contains(at) {
                histogram.saturating_record(*us);
            }
        }
        let count = histogram.len();
        Ok((count > 0).then(|| (count, float(histogram.value_at_quantile(0.99)))))
    }
}

/// Sends `requests` round and round while `goes_on`.
///
/// # Errors
/// When a connection breaks, or an answer is not a 2xx.
pub(super) fn run(
    address: SocketAddr,
    requests: &Rc<[Vec<u8>]>,
    goes_on: impl Fn() -> bool + Clone + 'static,
) -> Result<Paced> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    LocalSet::new().block_on(&runtime, paced(address, requests, goes_on))
}

async fn paced(
    address: SocketAddr,
    requests: &Rc<[Vec<u8>]>,
    goes_on: impl Fn() -> bool + Clone + 'static,
) -> Result<Paced> {
    let outcome = Rc::new(RefCell::new(Paced {
        answers: Vec::new(),
        acked: vec![0; requests.len()],
    }));
    let mut tasks = Vec::with_capacity(CONNECTIONS);
    for index in 0..CONNECTIONS {
        let caller = Caller {
            connection: Connection::open(address).await?,
            requests: Rc::clone(requests),
            next: index * requests.len() / CONNECTIONS,
            outcome: Rc::clone(&outcome),
        };
        tasks.push(tokio::task::spawn_local(caller.call_while(goes_on.clone())));
    }
    for task in tasks {
        task.await
            .context("a connection of a light load panicked")??;
    }
    Ok(outcome.take())
}

/// One connection with one request under way, or none.
struct Caller {
    connection: Connection,
    requests: Rc<[Vec<u8>]>,
    next: usize,
    outcome: Rc<RefCell<Paced>>,
}

impl Caller {
    async fn call_while(mut self, goes_on: impl Fn() -> bool) -> Result<()> {
        while goes_on() {
            let index = self.next;
            self.next = (index + 1) % self.requests.len();
            let asked = Instant::now();
            let answer = self.connection.exchange(&self.requests[index]).await?;
            let answered = Instant::now();
            if !(200..300).contains(&answer.status) {
                let body = String::from_utf8_lossy(answer.body);
                bail!(
                    "a light load was refused; the last with {} {body}",
                    answer.status
                );
            }
            let us = u64::try_from((answered - asked).as_micros())?;
            self.note(index, answered, us);
            tokio::time::sleep(REST).await;
        }
        Ok(())
    }

    fn note(&self, index: usize, answered: Instant, us: u64) {
        let mut outcome = self.outcome.borrow_mut();
        outcome.answers.push((answered, us));
        outcome.acked[index] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::http::{request, serve};

    #[test]
    fn it_rests_between_requests_and_every_answer_has_its_time() {
        let address = serve(|_| "HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\nok".to_owned());
        let requests: Rc<[Vec<u8>]> = Rc::new([request("POST", "/", None, Some("{}"))]);
        let start = Instant::now();
        let end = start + Duration::from_millis(100);
        let paced = run(address, &requests, move || Instant::now() < end).expect("answers");
        let (count, p99_us) = paced.p99_us(start, end).expect("a range").expect("answers");
        assert!((1..=4 * 20).contains(&count), "{count}");
        assert!(p99_us < 100_000.0 && paced.acked[0] >= count);
        assert_eq!(paced.p99_us(start, start).expect("a range"), None);
    }

    #[test]
    fn a_refusal_ends_it() {
        let address = serve(|_| "HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\nno".to_owned());
        let requests: Rc<[Vec<u8>]> = Rc::new([request("POST", "/", None, Some("{}"))]);
        let failure = run(address, &requests, || true).expect_err("refused");
        assert!(format!("{failure:#}").contains("503 no"), "{failure:#}");
    }
}

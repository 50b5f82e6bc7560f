//! What is compared: loads and `pgbench`, measured in turns so that a slow minute of the machine
//! hits all of them alike.
//! Judges nothing; the table does.

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, bail};
use indicatif::ProgressBar;

use super::load::{self, Load, Window};
use super::number::{float, median};
use super::pgbench::Pgbench;
use super::server::Server;

/// One side of a comparison.
#[derive(Debug)]
pub(super) enum Contender<'a> {
    Http { server: &'a Server, load: Load },
    Pgbench(&'a Pgbench),
}

impl<'a> Contender<'a> {
    pub(super) fn http(server: &'a Server, requests: &Rc<[Vec<u8>]>, connections: usize) -> Self {
        let load = Load {
            address: server.address(),
            requests: Rc::clone(requests),
            connections,
        };
        Self::Http { server, load }
    }
}

/// What all rounds of one contender came to.
#[derive(Debug, Default)]
pub(super) struct Measured {
    rates: Vec<f64>,
    p50_us: Vec<f64>,
    p99_us: Vec<f64>,
    cpu_us: Vec<f64>,
    /// For each request of the load, how often it was acknowledged in all rounds.
    pub(super) acked: Vec<u64>,
}

impl Measured {
    /// Per second.
    pub(super) fn rate(&self) -> Option<f64> {
        median(self.rates.clone())
    }

    /// How many times the rate of `reference` this is: each round against the same round of the
    /// other, so that a machine that slows down in between slows both, then the middle of those.
    pub(super) fn ratio_to(&self, reference: &Self) -> Option<f64> {
        median(
            self.rates
                .iter()
                .zip(&reference.rates)
                .map(|(ours, theirs)| ours / theirs)
                .collect(),
        )
    }

    pub(super) fn p50_us(&self) -> Option<f64> {
        median(self.p50_us.clone())
    }

    pub(super) fn p99_us(&self) -> Option<f64> {
        median(self.p99_us.clone())
    }

    /// Processor time of the server per answer.
    pub(super) fn cpu_us(&self) -> Option<f64> {
        median(self.cpu_us.clone())
    }

    fn take_http(&mut self, server: &Server, load: &Load, window: Window) -> Result<()> {
        let before = server.cpu_seconds();
        let outcome = load::run(load, window)?;
        let after = server.cpu_seconds();
        if let Some(refusal) = &outcome.last_refusal {
            bail!(
                "{} requests were refused; the last with {refusal}",
                outcome.refused
            );
        }
        if let (Some(before), Some(after)) = (before, after) {
            self.cpu_us
                .push((after - before) * 1e6 / float(outcome.answers().max(1)));
        }
        self.rates.push(outcome.rate);
        self.p50_us
            .push(float(outcome.latency_us.value_at_quantile(0.50)));
        self.p99_us
            .push(float(outcome.latency_us.value_at_quantile(0.99)));
        self.acked.resize(outcome.acked.len(), 0);
        for (total, acked) in self.acked.iter_mut().zip(&outcome.acked) {
            *total += acked;
        }
        Ok(())
    }
}

/// Measures every contender once per round, in turns, and returns them in their order.
///
/// # Errors
/// When a server refuses or hangs up: the benchmark stays within the limits of a healthy server.
pub(super) fn take_turns(
    contenders: &[Contender<'_>],
    rounds: usize,
    window: Window,
    progress: &ProgressBar,
) -> Result<Vec<Measured>> {
    let mut measured: Vec<Measured> = contenders.iter().map(|_| Measured::default()).collect();
    for _ in 0..rounds {
        for (contender, measured) in contenders.iter().zip(&mut measured) {
            match contender {
                Contender::Http { server, load } => measured.take_http(server, load, window)?,
                Contender::Pgbench(pgbench) => measured.rates.push(pgbench.run(window)?),
            }
            progress.inc(1);
            // Lets the other servers finish what they do after an answer, such as a checkpoint.
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_compares_rounds_pair_by_pair() {
        let rates = |rates: &[f64]| Measured {
            rates: rates.to_vec(),
            ..Measured::default()
        };
        // The machine ran at half speed in the second round and at a fifth in the third.
        let ours = rates(&[50.0, 25.0, 10.0]);
        let reference = rates(&[100.0, 50.0, 20.0]);
        assert_eq!(ours.ratio_to(&reference), Some(0.5));
        assert_eq!(ours.ratio_to(&Measured::default()), None);
    }
}

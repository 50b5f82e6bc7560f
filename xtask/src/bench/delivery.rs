//! Messages through a channel: how fast they are handed over to a gateway, against plain sends.
//! Nothing is refused or tried again; what happens then is tested elsewhere.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::api::{self, Api};
use super::burst;
use super::gateway::Gateway;
use super::number::{float, median, thousands};
use super::scene::{Bed, Scene};
use super::store::Checked;
use super::table::{Floor, Line};

/// Connections that send through the channel, and plainly.
const CONNECTIONS: usize = 64;
/// Conversations of the channel that the messages are spread over.
const CUSTOMERS: usize = 100;
const DELIVERY_SECONDS_MAX: u64 = 180;

/// Seconds that all messages of a round took.
struct Round {
    sent: f64,
    /// Until all were said to be on their way.
    posted: f64,
    /// Until the last was at the gateway.
    delivered: f64,
}

impl Bed<'_> {
    /// The line on channels, and what was read back for it.
    pub(super) fn channels(&self) -> Result<(Line, Checked)> {
        self.say("messages through a channel");
        let gateway = Gateway::start()?;
        let mut scene = self.scene("channels", &["--outbound-allow", "127.0.0.0/8"])?;
        let mut api = Api::open(scene.server.address(), &scene.database.key)?;
        let channel = api.create_channel(&gateway.url())?;
        // Customers and their conversations are created by the first message to each.
        let count = self.plan.delivered_messages;
        let first = posts(&scene, &channel, CUSTOMERS.min(count));
        deliver(&scene, &gateway, &first)?;
        let (sends, posts) = (scene.plain_sends(count), posts(&scene, &channel, count));
        let mut rounds = Vec::with_capacity(self.plan.file_rounds);
        for _ in 0..self.plan.file_rounds {
            let started = Instant::now();
            burst::run(scene.server.address(), &sends, CONNECTIONS)?;
            let sent = started.elapsed().as_secs_f64();
            scene.acknowledge_in_turn(count);
            let (posted, delivered) = deliver(&scene, &gateway, &posts)?;
            rounds.push(Round {
                sent,
                posted,
                delivered,
            });
            self.progress.inc(1);
        }
        let line = line(self.store.name(), count, &rounds);
        Ok((line, self.verify(scene)?))
    }
}

/// So many messages, in turn for all customers.
fn posts(scene: &Scene, channel: &str, count: usize) -> Rc<[Vec<u8>]> {
    let key = &scene.database.key;
    let post = |number| api::post_request(key, channel, number % CUSTOMERS);
    (0..count).map(post).collect()
}

/// Seconds until all were accepted, and until the last was at the gateway.
fn deliver(scene: &Scene, gateway: &Gateway, posts: &Rc<[Vec<u8>]>) -> Result<(f64, f64)> {
    let started = Instant::now();
    burst::run(scene.server.address(), posts, CONNECTIONS)?;
    let posted = started.elapsed().as_secs_f64();
    let at_most = Duration::from_secs(DELIVERY_SECONDS_MAX);
    let last = gateway.wait_for(posts.len(), at_most)?;
    let delivered = last.saturating_duration_since(started).as_secs_f64();
    Ok((posted, delivered))
}

fn line(store: &'static str, count: usize, rounds: &[Round]) -> Line {
    let count = u64::try_from(count).map_or(0.0, float);
    let middle = |value: fn(&Round) -> f64| median(rounds.iter().map(value).collect());
    let rate = |took: fn(&Round) -> f64| {
        let took = middle(took).unwrap_or(f64::INFINITY);
        format!("{}/s", thousands(count / took))
    };
    Line {
        store,
        name: format!(
            "{} messages handed over to a gateway / plain sends",
            thousands(count)
        ),
        floor: Floor::Stated,
        aim: None,
        measured: middle(|round| round.sent / round.delivered),
        absolute: format!(
            "{} of {}, accepted at {}",
            rate(|round| round.delivered),
            rate(|round| round.sent),
            rate(|round| round.posted)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_are_compared_round_by_round() {
        let round = Round {
            sent: 0.2,
            posted: 0.5,
            delivered: 2.0,
        };
        let line = line("sqlite", 2_000, &[round]);
        assert_eq!(line.measured, Some(0.1));
        assert_eq!(line.absolute, "1,000/s of 10,000/s, accepted at 4,000/s");
    }
}

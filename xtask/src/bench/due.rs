//! Messages that fall due at once: how fast they are sent, and what that costs those who send
//! meanwhile.
//! Does not say that they are sent once and in order: reading back does, at the end.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::api::{self, Api, Identified};
use super::burst;
use super::contender::{Contender, take_turns};
use super::load::Window;
use super::number::{float, median, thousands};
use super::pace::{self, Paced};
use super::scene::{Bed, Scene};
use super::store::Checked;
use super::table::{Floor, Line};

/// Connections that schedule, and that send plainly for comparison.
const CONNECTIONS: usize = 64;
/// What is due within this time is sent at once, and not scheduled.
const AT_ONCE: Duration = Duration::from_secs(1);
/// How long before the others fall due the light load begins again.
const EARLY: Duration = Duration::from_millis(200);
/// How often the schedule is looked at while it empties.
const LOOK: Duration = Duration::from_millis(5);
const DISPATCH_SECONDS_MAX: u64 = 180;
/// What is scheduled for so late is there to be timed, and never sent.
const NEVER: Duration = Duration::from_hours(1);

/// What one round came to.
struct Round {
    plain_per_second: f64,
    due_per_second: f64,
    /// From the moment when they were due until the last was sent.
    late: Duration,
    calm_p99_us: Option<f64>,
    /// Light sends that were answered while the others were sent, and their ninety-ninth in a hundred.
    meanwhile: Option<(u64, f64)>,
}

impl Bed<'_> {
    /// The lines on what falls due, and what was read back for them.
    pub(super) fn due_schedules(&self) -> Result<(Vec<Line>, Checked)> {
        self.say("messages that fall due at once");
        let mut scene = self.scene("due", &[])?;
        let count = self.plan.due_messages;
        let lead = lead(count, self.scheduled_per_second(&scene)?, self.plan.window);
        let mut rounds = Vec::with_capacity(self.plan.due_rounds);
        for _ in 0..self.plan.due_rounds {
            rounds.push(self.due_round(&mut scene, lead)?);
        }
        let lines = vec![
            rate_line(self.store.name(), count, &rounds),
            latency_line(self.store.name(), count, &rounds),
        ];
        Ok((lines, self.verify(scene)?))
    }

    /// How fast messages are scheduled here: tried with some that are never due.
    fn scheduled_per_second(&self, scene: &Scene) -> Result<f64> {
        let count = (self.plan.due_messages / 20).max(50);
        let started = Instant::now();
        schedule(scene, count, Moment::after(NEVER)?)?;
        Ok(float(u64::try_from(count)?) / started.elapsed().as_secs_f64())
    }

    fn due_round(&self, scene: &mut Scene, lead: Duration) -> Result<Round> {
        let window = self.plan.window;
        let plain = [Contender::http(&scene.server, &scene.sends, CONNECTIONS)];
        let measured = take_turns(&plain, 1, window, self.progress)?;
        let plain = measured.first().context("plain sends were not measured")?;
        scene.acknowledge(&plain.acked);

        let due = Moment::after(lead)?;
        let ids = schedule(scene, self.plan.due_messages, due)?;
        let start = Instant::now() + window.warm;
        let end = start + window.measured;
        let calm = pace::run(scene.server.address(), &scene.sends, move || {
            Instant::now() < end
        })?;
        scene.acknowledge(&calm.acked);
        self.progress.inc(1);
        ensure!(
            Instant::now() + EARLY < due.here,
            "the machine slowed down while messages were scheduled; the benchmark needs it alone"
        );
        wait_until_shortly_before(due.here);
        let (meanwhile, sent) = dispatch(scene, &ids)?;
        scene.acknowledge(&meanwhile.acked);
        self.progress.inc(1);

        // The first of a conversation to be scheduled is the last of it to be due.
        for (number, id) in ids.into_iter().enumerate().rev() {
            let place = number % scene.conversations.len();
            scene.acked[place] += 1;
            scene.scheduled[place].push(id);
        }
        let late = sent.saturating_duration_since(due.here);
        let count = float(u64::try_from(self.plan.due_messages)?);
        Ok(Round {
            plain_per_second: plain.rate().context("plain sends were not measured")?,
            due_per_second: count / late.as_secs_f64().max(0.001),
            late,
            calm_p99_us: calm.p99_us(start, end)?.map(|(_, us)| us),
            meanwhile: meanwhile.p99_us(due.here, sent)?,
        })
    }
}

/// A time on the clock of the machine and on that of this process.
#[derive(Clone, Copy)]
struct Moment {
    unix_us: u64,
    here: Instant,
}

impl Moment {
    fn after(wait: Duration) -> Result<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a server is told when to send, by the clock that it looks at"
        )]
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)? + wait;
        Ok(Self {
            unix_us: u64::try_from(unix.as_micros())?,
            here: Instant::now() + wait,
        })
    }

    /// So many microseconds later, as the API reads it.
    fn plus_us(self, us: usize) -> Result<String> {
        let unix_us = i128::from(self.unix_us) + i128::try_from(us)?;
        Ok(OffsetDateTime::from_unix_timestamp_nanos(unix_us * 1_000)?.format(&Rfc3339)?)
    }
}

/// How long beforehand scheduling has to begin, so that all of it is done and a calm round measured
/// when the first is due, on a machine that may slow down to half its speed.
pub(super) fn lead(count: usize, per_second: f64, window: Window) -> Duration {
    let count = u64::try_from(count).map_or(0.0, float);
    let scheduling = Duration::from_secs_f64(2.0 * count / per_second);
    AT_ONCE + scheduling + window.warm + window.measured + 2 * EARLY
}

/// Schedules messages in turn for all conversations and gives their ids. Each is due a microsecond
/// before the one scheduled before it, so that the order of ids is not the order of the times.
fn schedule(scene: &Scene, count: usize, due: Moment) -> Result<Vec<String>> {
    let places = scene.conversations.iter().zip(&scene.senders).cycle();
    let requests = (0..count).rev().zip(places);
    let requests = requests.map(|(us, (conversation, sender))| {
        let body = api::scheduled_body(sender, &due.plus_us(us)?);
        Ok(api::send_request(&scene.database.key, conversation, &body))
    });
    let requests: Rc<[Vec<u8>]> = requests.collect::<Result<_>>()?;
    let answers = burst::run(scene.server.address(), &requests, CONNECTIONS)?;
    let mut ids = Vec::with_capacity(count);
    for (status, body) in answers {
        ensure!(
            status == 202,
            "a message was not scheduled but answered with {status}"
        );
        let scheduled: Identified = serde_json::from_slice(&body)?;
        ids.push(scheduled.id);
    }
    Ok(ids)
}

/// Sends a little until all of `ids` were sent; gives that moment as well.
fn dispatch(scene: &Scene, ids: &[String]) -> Result<(Paced, Instant)> {
    let is_over = Arc::new(AtomicBool::new(false));
    let address = scene.server.address();
    let mut api = Api::open(address, &scene.database.key)?;
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let sent = wait_until_sent(&mut api, ids, &is_over);
            is_over.store(true, Ordering::Relaxed);
            sent
        });
        let goes_on = {
            let is_over = Arc::clone(&is_over);
            move || !is_over.load(Ordering::Relaxed)
        };
        let paced = pace::run(address, &scene.sends, goes_on);
        is_over.store(true, Ordering::Relaxed);
        let sent = watcher.join();
        let sent = sent.map_err(|_| anyhow::anyhow!("watching the schedule panicked"));
        Ok((paced?, sent??))
    })
}

/// Looks at the schedule until none of `ids` is on it; gives the moment of that.
fn wait_until_sent(api: &mut Api, ids: &[String], is_over: &AtomicBool) -> Result<Instant> {
    let waiting: HashSet<&str> = ids.iter().map(String::as_str).collect();
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(DISPATCH_SECONDS_MAX) {
        match api.next_scheduled()? {
            Some(next) if waiting.contains(next.id.as_str()) => {
                if let Some(refused) = next.refused {
                    bail!("{} was due and was refused with {refused}", next.id);
                }
            }
            _ => return Ok(Instant::now()),
        }
        ensure!(
            !is_over.load(Ordering::Relaxed),
            "the light load ended first"
        );
        std::thread::park_timeout(LOOK);
    }
    bail!("messages still wait {DISPATCH_SECONDS_MAX} s after they were due")
}

fn wait_until_shortly_before(moment: Instant) {
    loop {
        let left = moment.saturating_duration_since(Instant::now() + EARLY);
        if left.is_zero() {
            return;
        }
        std::thread::park_timeout(left);
    }
}

fn rate_line(store: &'static str, count: usize, rounds: &[Round]) -> Line {
    let middle = |value: fn(&Round) -> f64| median(rounds.iter().map(value).collect());
    let absolute = match (
        middle(|round| round.due_per_second),
        middle(|round| round.plain_per_second),
        middle(|round| round.late.as_secs_f64()),
    ) {
        (Some(due), Some(plain), Some(late)) => format!(
            "{}/s of {}/s, the last {late:.2} s late",
            thousands(due),
            thousands(plain)
        ),
        _ => String::new(),
    };
    Line {
        store,
        name: format!(
            "due messages sent / plain sends, {} at once",
            counted(count)
        ),
        floor: Floor::AtLeast(0.5),
        aim: None,
        measured: middle(|round| round.due_per_second / round.plain_per_second),
        absolute,
    }
}

fn latency_line(store: &'static str, count: usize, rounds: &[Round]) -> Line {
    let pairs = rounds
        .iter()
        .filter_map(|round| Some((round.meanwhile?, round.calm_p99_us?)));
    let pairs: Vec<((u64, f64), f64)> = pairs.collect();
    let middle = |value: fn(&((u64, f64), f64)) -> f64| median(pairs.iter().map(value).collect());
    let absolute = match (middle(|((_, us), _)| *us), middle(|(_, calm)| *calm)) {
        (Some(us), Some(calm)) => format!(
            "p99 {:.2} ms to {:.2} ms, of {} sends",
            us / 1e3,
            calm / 1e3,
            thousands(float(pairs.iter().map(|((count, _), _)| count).sum()))
        ),
        _ => "no send was answered meanwhile".to_owned(),
    };
    Line {
        store,
        name: format!(
            "send p99 while {} fall due / while none does",
            counted(count)
        ),
        floor: Floor::AtMost(3.0),
        aim: None,
        measured: middle(|((_, us), calm)| us / calm),
        absolute,
    }
}

fn counted(count: usize) -> String {
    u64::try_from(count).map_or_else(|_| count.to_string(), |count| thousands(float(count)))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::bench::http::serve;

    const ROUND: Round = Round {
        plain_per_second: 10_000.0,
        due_per_second: 6_000.0,
        late: Duration::from_millis(1_670),
        calm_p99_us: Some(1_000.0),
        meanwhile: Some((300, 2_500.0)),
    };

    /// A server whose schedule shows these one after the other, and then the last for ever.
    fn watched(shown: &[&'static str]) -> Result<Instant> {
        let (looks, shown) = (Arc::new(AtomicUsize::new(0)), shown.to_vec());
        let address = serve(move |_| {
            let look = looks.fetch_add(1, Ordering::Relaxed);
            let item = shown[look.min(shown.len() - 1)];
            let body = format!(r#"{{"items":[{item}],"next_cursor":null}}"#);
            let length = body.len();
            format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}")
        });
        let mut api = Api::open(address, "ck_x")?;
        let ids = ["msg_1".to_owned(), "msg_2".to_owned()];
        wait_until_sent(&mut api, &ids, &AtomicBool::new(false))
    }

    #[test]
    fn they_are_sent_when_none_of_them_is_next() {
        let (first, second) = (r#"{"id":"msg_1"}"#, r#"{"id":"msg_2","refused":null}"#);
        let started = Instant::now();
        let another = r#"{"id":"msg_9"}"#;
        assert!(started + LOOK * 2 <= watched(&[first, second, another]).expect("sent"));
        assert!(watched(&[second, ""]).is_ok());
    }

    #[test]
    fn one_that_is_refused_is_an_error() {
        let failure = watched(&[r#"{"id":"msg_2","refused":"conversation_archived"}"#]);
        let text = format!("{:#}", failure.expect_err("refused"));
        assert!(text.contains("conversation_archived"), "{text}");
    }

    #[test]
    fn scheduling_has_time_to_end_before_the_first_is_due() {
        let window = Window {
            warm: Duration::from_millis(500),
            measured: Duration::from_secs(2),
        };
        let expected = Duration::from_millis(1_000 + 4_000 + 2_500 + 400);
        assert_eq!(lead(10_000, 5_000.0, window), expected);
    }

    #[test]
    fn a_moment_is_written_to_the_microsecond() {
        let moment = Moment {
            unix_us: 1_000_000_000_999_999,
            here: Instant::now(),
        };
        let written = moment.plus_us(1).expect("a time");
        assert_eq!(written, "2001-09-09T01:46:41Z");
        let written = moment.plus_us(2).expect("a time");
        assert_eq!(written, "2001-09-09T01:46:41.000001Z");
    }

    #[test]
    fn rounds_are_compared_pair_by_pair() {
        let line = rate_line("sqlite", 10_000, &[ROUND]);
        assert_eq!(line.measured, Some(0.6));
        assert_eq!(line.absolute, "6,000/s of 10,000/s, the last 1.67 s late");
        let line = latency_line("sqlite", 10_000, &[ROUND, ROUND]);
        assert_eq!(line.measured, Some(2.5));
        assert_eq!(line.absolute, "p99 2.50 ms to 1.00 ms, of 600 sends");
    }

    #[test]
    fn a_round_without_a_light_send_is_not_judged() {
        let idle = Round {
            meanwhile: None,
            ..ROUND
        };
        assert_eq!(latency_line("sqlite", 200, &[idle]).measured, None);
    }
}

//! The lines of the budget for one store: lets the contenders take turns, and checks afterwards
//! that everything acknowledged is there.
//! Knows the floors; how a load runs and a line is judged is elsewhere.

use std::collections::HashSet;
use std::ops::AddAssign;

use anyhow::{Context as _, Result, bail};

use super::Part;
use super::api::Api;
use super::contender::{Contender, Measured, take_turns};
use super::content;
use super::number::{float, median, thousands};
use super::scene::{Bed, Database, Kept, Scene, Seeded, echo_requests};
use super::server::Server;
use super::table::{Floor, Line, rates};

/// Connections that list or search while their slowest answers are compared: enough to keep the server
/// busy, few enough that an answer's time is not the length of the queue.
const LATENCY_CONNECTIONS: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Store {
    Sqlite,
    Postgres,
}

/// What the budget asks of a store.
struct Budget {
    sends_to_echo: (f64, Option<f64>),
    lists_to_echo: (f64, Option<f64>),
}

impl Store {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    fn budget(self) -> Budget {
        match self {
            Self::Sqlite => Budget {
                sends_to_echo: (0.30, Some(0.40)),
                lists_to_echo: (0.15, None),
            },
            Self::Postgres => Budget {
                sends_to_echo: (0.22, Some(0.30)),
                lists_to_echo: (0.07, None),
            },
        }
    }
}

/// What was acknowledged and read back.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Checked {
    pub(super) messages: u64,
    pub(super) files: u64,
}

impl AddAssign for Checked {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.files += other.files;
    }
}

/// How many turns a round has in all, for the progress bar.
pub(super) fn turns(store: Store) -> usize {
    match store {
        Store::Sqlite => 14,
        Store::Postgres => 15,
    }
}

/// How many turns a round of what falls due has.
pub(super) const DUE_TURNS: usize = 3;

impl Bed<'_> {
    pub(super) fn measure(&self, parts: &[Part]) -> Result<Vec<Line>> {
        let mut lines = Vec::new();
        let mut checked = Checked::default();
        for part in parts {
            let (measured, read_back) = match part {
                Part::Messages => self.messages()?,
                Part::Files => self.files()?,
                Part::Channels => {
                    let (line, read_back) = self.channels()?;
                    (vec![line], read_back)
                }
                Part::Dialects => self.dialects()?,
            };
            lines.extend(measured);
            checked += read_back;
        }
        eprintln!(
            "{}: {} acknowledged messages and {} files read back after kill -9, none missing, no gap",
            self.store.name(),
            thousands(float(checked.messages)),
            thousands(float(checked.files)),
        );
        Ok(lines)
    }

    /// The lines on messages, and what was read back for them.
    fn messages(&self) -> Result<(Vec<Line>, Checked)> {
        self.say("starting the servers");
        let echo = self.start_echo(&[])?;
        let mut grouped = self.scene("grouped", &[])?;
        let idle_mb = grouped.idle_mb;
        let mut single = self.scene("single", &["--group-jobs-max", "1"])?;

        self.say("seeding");
        let small = self.seeded("small", self.plan.small_messages)?;
        let large = self.seeded("large", self.plan.large_messages)?;

        let mut lines = self.sends_and_lists(&echo, &mut grouped, &mut single, &small)?;
        lines.extend(self.more_and_fewer_connections(&echo, &mut grouped, &mut single)?);
        let peak_mb = grouped.server.memory_mb("VmHWM");
        lines.extend(self.history(&small, &large)?);
        lines.push(self.authentication(&grouped.database)?);
        lines.push(memory(self.store, "memory, idle (MB)", 40.0, idle_mb));
        lines.push(memory(
            self.store,
            "memory, at most under 128 senders (MB)",
            200.0,
            peak_mb,
        ));
        small.server.stop()?;
        lines.push(self.start_to_ready(large)?);

        let mut checked = self.verify(grouped)?;
        checked += self.verify(single)?;
        let (due, due_checked) = self.due_schedules()?;
        lines.extend(due);
        checked += due_checked;
        Ok((lines, checked))
    }

    pub(super) fn say(&self, what: &str) {
        self.progress.set_message(what.to_owned());
        if self.progress.is_hidden() {
            eprintln!("{}: {what}", self.store.name());
        }
    }

    /// 64 connections: sends against echo and against one commit per request, sends of all that a
    /// message can carry against those, and lists.
    fn sends_and_lists(
        &self,
        echo: &Server,
        grouped: &mut Scene,
        single: &mut Scene,
        small: &Seeded,
    ) -> Result<Vec<Line>> {
        self.say("sends and lists, 64 connections");
        let (pgbench, _scratch) = self.pgbench()?;
        let lists = self.lists(small)?;
        let rich_sends = grouped.rich_sends()?;
        let mut contenders = vec![
            Contender::http(echo, &echo_requests(None), 64),
            Contender::http(&grouped.server, &grouped.sends, 64),
            Contender::http(&grouped.server, &rich_sends, 64),
            Contender::http(&single.server, &single.sends, 64),
            Contender::http(&small.server, &lists, 64),
        ];
        contenders.extend(pgbench.as_ref().map(Contender::Pgbench));
        let mut measured = self.take_turns(&contenders)?.into_iter();
        let mut next = || measured.next().context("a contender was not measured");
        let (echoed, sent, sent_rich) = (next()?, next()?, next()?);
        let (sent_single, listed) = (next()?, next()?);
        let reference = measured.next();
        grouped.acknowledge(&sent.acked);
        grouped.acknowledge(&sent_rich.acked);
        single.acknowledge(&sent_single.acked);

        let store = self.store.name();
        let budget = self.store.budget();
        let mut lines = vec![rates(
            store,
            "durable sends / echo, 64 connections",
            budget.sends_to_echo,
            &sent,
            Some(&echoed),
        )];
        if self.store == Store::Sqlite {
            let name = "durable sends / one commit per request, 64 connections";
            lines.push(rates(store, name, (4.0, None), &sent, Some(&sent_single)));
        } else {
            let name = "durable sends / pgbench, 64 clients";
            lines.push(rates(store, name, (0.9, None), &sent, reference.as_ref()));
        }
        let name = "sends with tags, reply and metadata / plain sends, 64 connections";
        lines.push(rates(store, name, (0.7, None), &sent_rich, Some(&sent)));
        let name = "lists of the newest 50 / echo, 64 connections";
        lines.push(rates(
            store,
            name,
            budget.lists_to_echo,
            &listed,
            Some(&echoed),
        ));
        Ok(lines)
    }

    /// 128 connections against echo, and one against one commit per request.
    fn more_and_fewer_connections(
        &self,
        echo: &Server,
        grouped: &mut Scene,
        single: &mut Scene,
    ) -> Result<Vec<Line>> {
        self.say("sends, 128 connections and one");
        let measured = self.take_turns(&[
            Contender::http(echo, &echo_requests(None), 128),
            Contender::http(&grouped.server, &grouped.sends, 128),
            Contender::http(&grouped.server, &grouped.sends, 1),
            Contender::http(&single.server, &single.sends, 1),
        ])?;
        let [echoed, crowd, alone, alone_single] = &measured[..] else {
            bail!("a contender was not measured");
        };
        grouped.acknowledge(&crowd.acked);
        grouped.acknowledge(&alone.acked);
        single.acknowledge(&alone_single.acked);
        let store = self.store.name();
        let budget = self.store.budget().sends_to_echo;
        let name = "one connection / one commit per request";
        Ok(vec![
            rates(
                store,
                "durable sends / echo, 128 connections",
                budget,
                crowd,
                Some(echoed),
            ),
            rates(store, name, (0.8, None), alone, Some(alone_single)),
        ])
    }

    /// The slowest lists of a long history against those of a short one, and the slowest searches
    /// against the slowest lists.
    fn history(&self, small: &Seeded, large: &Seeded) -> Result<Vec<Line>> {
        self.say("lists and searches of a long history");
        let measured = self.take_turns(&[
            Contender::http(&small.server, &self.lists(small)?, LATENCY_CONNECTIONS),
            Contender::http(&large.server, &self.lists(large)?, LATENCY_CONNECTIONS),
            Contender::http(&large.server, &large.searches()?, LATENCY_CONNECTIONS),
        ])?;
        let slowest: Vec<f64> = measured.iter().filter_map(Measured::p99_us).collect();
        let [short, long, search] = slowest[..] else {
            bail!("a contender was not measured")
        };
        let count = |messages| thousands(float(messages));
        let (many, few) = (
            count(self.plan.large_messages),
            count(self.plan.small_messages),
        );
        let line = |name: String, ceiling, ours: f64, reference: f64| Line {
            store: self.store.name(),
            name,
            floor: Floor::AtMost(ceiling),
            aim: None,
            measured: Some(ours / reference),
            absolute: format!("p99 {:.2} ms to {:.2} ms", ours / 1e3, reference / 1e3),
        };
        let lists = format!("list p99, {many} messages / {few}");
        let searches = format!("search p99 of three words / list page p99, {many} messages");
        Ok(vec![
            line(lists, 1.3, long, short),
            line(searches, 50.0, search, long),
        ])
    }

    /// Processor time of the same request with and without a key, on servers without a store.
    fn authentication(&self, database: &Database) -> Result<Line> {
        self.say("authentication");
        let open = self.start_echo(&[])?;
        let options = database.options();
        let mut arguments = vec!["--auth"];
        arguments.extend(options.iter().map(String::as_str));
        let closed = self.start_echo(&arguments)?;
        let requests = echo_requests(Some(&database.key));
        let measured = self.take_turns(&[
            Contender::http(&open, &requests, 64),
            Contender::http(&closed, &requests, 64),
        ])?;
        let cpu: Vec<f64> = measured.iter().filter_map(Measured::cpu_us).collect();
        let (ratio, absolute) = match cpu[..] {
            [open, closed] => (
                Some(closed / open),
                format!("cpu {closed:.1} µs to {open:.1} µs a request"),
            ),
            _ => (None, "this system does not tell processor time".to_owned()),
        };
        Ok(Line {
            store: self.store.name(),
            name: "request with a warm key / without, processor time".to_owned(),
            floor: Floor::AtMost(1.1),
            aim: None,
            measured: ratio,
            absolute,
        })
    }

    /// From the start of the process to its first ready answer, on the long history.
    fn start_to_ready(&self, large: Seeded) -> Result<Line> {
        self.say("starts");
        let (database, mut server) = (large.database, large.server);
        let mut seconds = Vec::new();
        for _ in 0..self.plan.starts {
            server.stop()?;
            server = self.serve(&database, &[])?;
            seconds.push(server.ready_after.as_secs_f64());
        }
        let most = seconds.iter().copied().fold(0.0, f64::max);
        Ok(Line {
            store: self.store.name(),
            name: "start to ready on the long history (s)".to_owned(),
            floor: Floor::AtMost(0.3),
            aim: None,
            measured: median(seconds),
            absolute: format!("of {} starts, at most {most:.2} s", self.plan.starts),
        })
    }

    /// Kills the server, starts it again, and reads everything back: as many messages as were acknowledged,
    /// those that were scheduled in the order in which they fell due, and the files byte for byte.
    pub(super) fn verify(&self, scene: Scene) -> Result<Checked> {
        self.say("reading back what was acknowledged");
        scene.server.kill()?;
        let server = self.serve(&scene.database, &[])?;
        let mut api = Api::open(server.address(), &scene.database.key)?;
        let mut checked = Checked::default();
        let expected = scene.acked.iter().zip(&scene.scheduled);
        for (conversation, (&acked, scheduled)) in scene.conversations.iter().zip(expected) {
            let ids = api.message_ids(conversation)?;
            let stored = u64::try_from(ids.len())?;
            if stored != acked {
                bail!("{conversation} has {stored} messages, but {acked} were acknowledged");
            }
            if !is_once_and_in_order(scheduled, &ids) {
                bail!("{conversation} has not got what was scheduled once and in order");
            }
            checked.messages += stored;
        }
        for Kept { url, digest } in &scene.kept {
            if content::digest(api.download(url)?) != *digest {
                bail!("{url} has other bytes than those that were acknowledged");
            }
            checked.files += 1;
        }
        server.stop()?;
        Ok(checked)
    }

    pub(super) fn take_turns(&self, contenders: &[Contender<'_>]) -> Result<Vec<Measured>> {
        take_turns(
            contenders,
            self.plan.rounds,
            self.plan.window,
            self.progress,
        )
    }
}

fn memory(store: Store, name: &str, ceiling: f64, measured: Option<f64>) -> Line {
    Line {
        store: store.name(),
        name: name.to_owned(),
        floor: Floor::AtMost(ceiling),
        aim: None,
        measured,
        absolute: measured.map_or("this system does not tell".to_owned(), |_| String::new()),
    }
}

/// Whether each of `scheduled` is among `ids` once, one after the other.
fn is_once_and_in_order(scheduled: &[String], ids: &[String]) -> bool {
    let known: HashSet<&String> = scheduled.iter().collect();
    let found = ids.iter().filter(|id| known.contains(id));
    found.eq(scheduled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_scheduled_is_found_once_and_in_order() {
        let ids = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        let scheduled = ids("b a");
        assert!(is_once_and_in_order(&scheduled, &ids("x b y a z")));
        for stored in ["a b", "b b a", "b a a", "b", "a", "x"] {
            assert!(!is_once_and_in_order(&scheduled, &ids(stored)), "{stored}");
        }
        assert!(is_once_and_in_order(&[], &ids("x y")));
    }
}

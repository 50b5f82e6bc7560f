//! `cargo xtask bench`: the budget of the design, every line as a ratio measured in one run.
//! Not a profiler: it says what fell short, not why.

mod api;
mod burst;
mod contender;
mod content;
mod delivery;
mod dialects;
mod due;
mod files;
mod gateway;
mod http;
mod load;
mod number;
mod pace;
mod pgbench;
mod pictures;
mod scene;
mod server;
mod store;
mod table;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum as _;
use indicatif::{ProgressBar, ProgressStyle};

use self::load::Window;
use self::store::Store;
use crate::postgres::Postgres;
use crate::{command, workspace};

/// Selects what `cargo test` selects, so that nothing is built a second time.
const DEVELOPMENT: &[&str] = &["--workspace", "--all-targets"];
const OPTIMISED: &[&str] = &["--release", "-p", "causerie", "-p", "xtask"];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Stores {
    Sqlite,
    Postgres,
    #[default]
    Both,
}

/// What is measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Sends, lists, searches, what falls due, memory, starts.
    Messages,
    /// Large and small files, pictures.
    Files,
    /// Messages that are handed over to a gateway.
    Channels,
    /// Sends and lists through other products' APIs.
    Dialects,
}

#[derive(Debug, Default, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(crate) struct BenchArgs {
    /// The stores to measure.
    #[arg(long, value_enum, default_value_t)]
    store: Stores,
    /// Measure these parts only.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// Fewer and shorter rounds and a smaller history: under four minutes for both stores.
    #[arg(long, conflicts_with_all = ["full", "smoke"])]
    quick: bool,
    /// A history of ten million messages instead of one.
    #[arg(long, conflicts_with = "smoke")]
    full: bool,
    /// Seconds that each round measures.
    #[arg(long, value_name = "N")]
    round_seconds: Option<f64>,
    /// One very short round on the development build: proves that the benchmark works, measures nothing.
    #[arg(long)]
    smoke: bool,
    /// End with a failure when a line falls short.
    #[arg(long)]
    strict: bool,
    /// The program to measure; built when not given.
    #[arg(long, hide = true)]
    binary: Option<PathBuf>,
}

impl BenchArgs {
    fn plan(&self) -> Plan {
        let seconds = Duration::from_secs_f64;
        let mut plan = Plan {
            rounds: 5,
            window: Window {
                warm: seconds(0.5),
                measured: seconds(2.0),
            },
            small_messages: 10_000,
            large_messages: if self.full { 10_000_000 } else { 1_000_000 },
            starts: 5,
            queries: 200,
            due_messages: 10_000,
            due_rounds: 3,
            file_rounds: 5,
            file_bytes: 64 << 20,
            memory_bytes: (1 << 20, 256 << 20),
            small_files: 1_000,
            pictures: 6,
            picture: (4_000, 3_000),
            delivered_messages: 2_000,
        };
        if self.quick {
            plan.rounds = 4;
            plan.window = Window {
                warm: seconds(0.2),
                measured: seconds(1.0),
            };
            plan.large_messages = 200_000;
            plan.starts = 3;
            plan.due_rounds = 2;
            plan.file_rounds = 2;
        }
        if self.smoke {
            plan.rounds = 1;
            plan.window = Window {
                warm: seconds(0.05),
                measured: seconds(0.25),
            };
            plan.small_messages = 1_000;
            plan.large_messages = 5_000;
            plan.starts = 1;
            plan.queries = 40;
            plan.due_messages = 200;
            plan.due_rounds = 1;
            plan.file_rounds = 1;
            plan.file_bytes = 4 << 20;
            plan.memory_bytes = (1 << 20, 8 << 20);
            plan.small_files = 32;
            plan.pictures = 2;
            plan.picture = (640, 480);
            plan.delivered_messages = 32;
        }
        if let Some(round_seconds) = self.round_seconds {
            plan.window.measured = seconds(round_seconds.clamp(0.1, 600.0));
        }
        plan
    }

    fn parts(&self) -> &[Part] {
        if self.only.is_empty() {
            Part::value_variants()
        } else {
            &self.only
        }
    }

    fn stores(&self) -> &'static [Store] {
        match self.store {
            Stores::Sqlite => &[Store::Sqlite],
            Stores::Postgres => &[Store::Postgres],
            Stores::Both => &[Store::Sqlite, Store::Postgres],
        }
    }
}

/// How much is measured. Many short rounds rather than few long ones: what else happens on the
/// machine then hits the contenders of a round alike.
#[derive(Clone, Copy, Debug)]
struct Plan {
    rounds: usize,
    window: Window,
    small_messages: u64,
    large_messages: u64,
    starts: usize,
    /// Different searches.
    queries: usize,
    /// How many messages fall due at once, and how often.
    due_messages: usize,
    due_rounds: usize,
    /// How often files are measured, and messages through a channel.
    file_rounds: usize,
    /// The size of a large file.
    file_bytes: usize,
    /// A small and a large file whose cost in memory is compared.
    memory_bytes: (usize, usize),
    /// Messages with a small file in a round.
    small_files: usize,
    /// Pictures in a round, and how many pixels they have across and down.
    pictures: usize,
    picture: (u32, u32),
    /// Messages through a channel in a round.
    delivered_messages: usize,
}

impl Plan {
    /// How many turns there are in all, for the progress bar.
    fn turns(&self, store: Store, parts: &[Part]) -> usize {
        let turns = |part: &Part| match part {
            Part::Messages => {
                store::turns(store) * self.rounds + store::DUE_TURNS * self.due_rounds
            }
            Part::Files => files::TURNS * self.file_rounds,
            Part::Channels => self.file_rounds,
            Part::Dialects => dialects::TURNS * self.rounds,
        };
        parts.iter().map(turns).sum()
    }
}

/// Measures and prints the table.
pub(crate) fn run(args: &BenchArgs) -> Result<()> {
    if cfg!(debug_assertions) && !args.smoke {
        return run_optimised(args);
    }
    let binary = match &args.binary {
        Some(binary) => binary.canonicalize()?,
        None if args.smoke => workspace::build("causerie", DEVELOPMENT)?,
        None => workspace::build("causerie", OPTIMISED)?,
    };
    let postgres = if args.stores().contains(&Store::Postgres) {
        Some(Postgres::provide(scratch_parent())?)
    } else {
        None
    };
    run_on(postgres.as_ref(), &binary, args)
}

/// What the continuous integration runs: everything once and very shortly, on both stores.
pub(crate) fn smoke(postgres: &Postgres) -> Result<()> {
    let args = BenchArgs {
        smoke: true,
        ..BenchArgs::default()
    };
    run_on(
        Some(postgres),
        &workspace::build("causerie", DEVELOPMENT)?,
        &args,
    )
}

/// Measures with what is there already.
fn run_on(postgres: Option<&Postgres>, binary: &Path, args: &BenchArgs) -> Result<()> {
    let dir = tempfile::Builder::new()
        .prefix("causerie-bench-")
        .tempdir_in(scratch_parent())?;
    let plan = args.plan();
    let mut lines = Vec::new();
    for &store in args.stores() {
        let postgres = postgres.filter(|_| store == Store::Postgres);
        let progress = progress(store, u64::try_from(plan.turns(store, args.parts()))?);
        let dir = dir.path().join(store.name());
        std::fs::create_dir(&dir)?;
        let bed = scene::Bed {
            store,
            binary,
            dir: &dir,
            postgres,
            plan,
            progress: &progress,
        };
        lines.extend(bed.measure(args.parts())?);
        progress.finish_and_clear();
    }
    std::io::stdout()
        .lock()
        .write_all(table::render(&lines).as_bytes())?;
    if args.strict && lines.iter().any(table::Line::fell_short) {
        bail!("a line of the budget fell short");
    }
    Ok(())
}

/// Builds the load generator with optimisations, because it shares the processor with what it
/// measures, and lets it do the work.
fn run_optimised(args: &BenchArgs) -> Result<()> {
    let programs = workspace::build_all(OPTIMISED)?;
    let built = |name| {
        programs
            .get(name)
            .with_context(|| format!("cargo built no {name}"))
    };
    let binary = match &args.binary {
        Some(binary) => binary,
        None => built("causerie")?,
    };
    let mut bench = std::process::Command::new(built("xtask")?);
    bench.current_dir(workspace::root()).arg("bench");
    if let Some(store) = args.store.to_possible_value() {
        bench.args(["--store", store.get_name()]);
    }
    for part in args.only.iter().filter_map(Part::to_possible_value) {
        bench.args(["--only", part.get_name()]);
    }
    for (flag, is_given) in [
        ("--quick", args.quick),
        ("--full", args.full),
        ("--strict", args.strict),
    ] {
        bench.args(is_given.then_some(flag));
    }
    if let Some(seconds) = args.round_seconds {
        bench.args(["--round-seconds", &seconds.to_string()]);
    }
    bench.arg("--binary").arg(binary);
    command::run(&mut bench)
}

/// Where databases go: on a disk, because a commit in memory costs nothing and says nothing.
fn scratch_parent() -> &'static Path {
    let on_disk = Path::new("/var/tmp");
    if on_disk.is_dir() {
        on_disk
    } else {
        Box::leak(std::env::temp_dir().into_boxed_path())
    }
}

/// A bar on a terminal; elsewhere it draws nothing.
fn progress(store: Store, steps: u64) -> ProgressBar {
    let bar = ProgressBar::new(steps);
    let template = "{prefix:8} [{bar:30}] {pos}/{len} {msg} ({elapsed}, {eta} to go)";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_prefix(store.name());
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smoke_run_is_short() {
        let plan = BenchArgs {
            smoke: true,
            ..BenchArgs::default()
        }
        .plan();
        let turns: usize = [Store::Sqlite, Store::Postgres]
            .into_iter()
            .map(store::turns)
            .sum();
        let turn = plan.window.warm + plan.window.measured + Duration::from_millis(50);
        let rounds = turn * u32::try_from(plan.rounds * turns).expect("a small number");
        // A development build schedules some hundreds a second; a plain round and the dispatch itself
        // are about another second.
        let due = due::lead(plan.due_messages, 200.0, plan.window) + Duration::from_secs(1);
        let due = due * u32::try_from(2 * plan.due_rounds).expect("a small number");
        let total = rounds + due;
        assert!(total < Duration::from_secs(25), "{total:?}");
    }
}

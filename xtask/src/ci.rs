//! `cargo xtask ci`: everything that has to hold before a change is merged, in the order in which
//! a mistake costs least to find.
//! Runs nothing that the other tasks do not offer one by one.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::docs::DocsArgs;
use crate::postgres::Postgres;
use crate::test::TestArgs;
use crate::{bench, command, db, deny, docs, layers, test, tidy};

#[derive(Debug, clap::Args)]
pub(crate) struct CiArgs {
    /// Run the remaining steps after one has failed.
    #[arg(long)]
    keep_going: bool,
}

/// What the steps share.
#[derive(Default)]
struct Shared {
    postgres: Option<Postgres>,
}

impl Shared {
    /// The Postgres of this run, provided when the first step asks for it.
    fn postgres(&mut self) -> Result<&Postgres> {
        let postgres = match self.postgres.take() {
            Some(postgres) => postgres,
            None => Postgres::provide(&std::env::temp_dir())?,
        };
        Ok(self.postgres.insert(postgres))
    }
}

type Step = (&'static str, fn(&mut Shared) -> Result<()>);

const STEPS: &[Step] = &[
    ("format", |_| {
        command::run(command::cargo().args(["fmt", "--all", "--check"]))
    }),
    ("tidy", |_| tidy::run()),
    ("layers", |_| layers::run()),
    ("clippy", |_| clippy()),
    ("test", |shared| {
        test::run_on(Some(shared.postgres()?), &TestArgs::default())
    }),
    ("doc", |_| doc()),
    ("docs", |_| docs::run(&DocsArgs { check: true })),
    ("schema", |shared| db::check_schema(shared.postgres()?)),
    ("bench", |shared| bench::smoke(shared.postgres()?)),
    ("deny", |_| deny::run()),
];

fn clippy() -> Result<()> {
    let mut cargo = command::cargo();
    cargo.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    command::run(&mut cargo)
}

fn doc() -> Result<()> {
    let mut cargo = command::cargo();
    cargo
        .args(["doc", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings");
    command::run(&mut cargo)
}

/// Runs the steps and prints what came of each.
///
/// # Errors
/// When a step failed; the table is printed before.
pub(crate) fn run(args: &CiArgs) -> Result<()> {
    let mut shared = Shared::default();
    let mut report = Report::default();
    for (name, step) in STEPS {
        eprintln!("\n==> {name}");
        let started = Instant::now();
        let outcome = step(&mut shared);
        let took = started.elapsed();
        match &outcome {
            Ok(()) => eprintln!("==> {name}: passed in {:.1} s", took.as_secs_f64()),
            Err(error) => eprintln!(
                "==> {name}: failed after {:.1} s\n{error:#}",
                took.as_secs_f64()
            ),
        }
        report.steps.push((name, took, outcome.is_ok()));
        if outcome.is_err() && !args.keep_going {
            break;
        }
    }
    drop(shared);
    std::io::stdout()
        .lock()
        .write_all(report.to_text(STEPS.len()).as_bytes())?;
    if report.failed() > 0 {
        bail!("{} of the steps failed", report.failed());
    }
    Ok(())
}

#[derive(Default)]
struct Report {
    steps: Vec<(&'static str, Duration, bool)>,
}

impl Report {
    fn failed(&self) -> usize {
        self.steps.iter().filter(|(_, _, passed)| !passed).count()
    }

    /// The table, then one line of counts.
    fn to_text(&self, planned: usize) -> String {
        let mut text = String::from("\n");
        let mut total = Duration::ZERO;
        for (name, took, passed) in &self.steps {
            total += *took;
            let word = if *passed { "passed" } else { "FAILED" };
            let _ = writeln!(text, "{name:<12} {word:<7} {:>8.1} s", took.as_secs_f64());
        }
        let _ = writeln!(
            text,
            "{:<12} {:<7} {:>8.1} s",
            "total",
            "",
            total.as_secs_f64()
        );
        let skipped = planned - self.steps.len();
        if skipped > 0 {
            let _ = writeln!(text, "{skipped} not run after the failure");
        }
        let failed = self.failed();
        let _ = writeln!(
            text,
            "{} passed, {failed} failed",
            self.steps.len() - failed
        );
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_the_steps() {
        let report = Report {
            steps: vec![
                ("a", Duration::from_secs(1), true),
                ("b", Duration::from_secs(2), false),
            ],
        };
        let text = report.to_text(4);
        assert!(text.contains("2 not run"), "{text}");
        assert_eq!(text.lines().last(), Some("1 passed, 1 failed"));
    }
}

//! Project tasks, run as `cargo xtask <task>`: what a contributor and the continuous integration share.
//! Holds no product code and links none of it: it drives cargo, git-tracked files and the built binary from outside.

mod bench;
mod ci;
mod command;
mod db;
mod deny;
mod docs;
mod layers;
mod postgres;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Causerie's project tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run every test on both stores, with a Postgres provided for the run.
    Test(test::TestArgs),
    /// Run everything that has to hold before a change is merged.
    Ci(ci::CiArgs),
    /// Measure the budget of the design on both stores.
    Bench(bench::BenchArgs),
    /// Write the generated references under docs/, or check them.
    Docs(docs::DocsArgs),
    /// Check licences, bans, sources and advisories of the dependencies.
    Deny,
    /// Provide a Postgres for work by hand, or compare the schemas of both stores.
    Db {
        #[command(subcommand)]
        task: db::DbTask,
    },
    /// Check that crates depend on each other only along the arrows of the architecture.
    Layers,
    /// Check the house rules that the compiler does not know.
    Tidy,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Test(args) => test::run(&args),
        Task::Ci(args) => ci::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Docs(args) => docs::run(&args),
        Task::Deny => deny::run(),
        Task::Db { task } => db::run(&task),
        Task::Layers => layers::run(),
        Task::Tidy => tidy::run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

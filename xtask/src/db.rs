//! `cargo xtask db`: a throw-away Postgres to work with.
//! Never touches a database that it did not make.

use std::io::Write as _;

use anyhow::Result;

use crate::postgres::Postgres;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum DbTask {
    /// Start a throw-away Postgres, print its URL and keep it until Ctrl-C.
    Up,
}

pub(crate) fn run(task: &DbTask) -> Result<()> {
    match task {
        DbTask::Up => up(),
    }
}

/// Standard output carries the URL alone; the cluster ends with this process.
fn up() -> Result<()> {
    let postgres = Postgres::provide(&std::env::temp_dir())?;
    writeln!(std::io::stdout(), "{}", postgres.url())?;
    if !postgres.is_throw_away() {
        return Ok(());
    }
    eprintln!("it is deleted when this task ends; press Ctrl-C");
    loop {
        std::thread::park();
    }
}

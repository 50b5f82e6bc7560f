//! `cargo xtask db`: a throw-away Postgres to work with, and the check that the migrations of both
//! stores mean the same.
//! Never touches a database that it did not make.

mod schema;

use std::io::Write as _;

use anyhow::{Context as _, Result};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};

use crate::postgres::{Postgres, with_database};
use crate::workspace;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum DbTask {
    /// Start a throw-away Postgres, print its URL and keep it until Ctrl-C.
    Up,
    /// Check that the migrations of both stores yield the same schema.
    Schema,
}

pub(crate) fn run(task: &DbTask) -> Result<()> {
    match task {
        DbTask::Up => up(),
        DbTask::Schema => check_schema(&Postgres::provide(&std::env::temp_dir())?),
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

/// Migrates a fresh database of each kind with the product itself and compares what came out.
pub(crate) fn check_schema(postgres: &Postgres) -> Result<()> {
    let binary = workspace::build("causerie", &["--workspace", "--all-targets"])?;
    schema::check(&binary, postgres)
}

/// Runs statements on the Postgres database at `url`, without reading rows.
pub(crate) fn execute(url: &str, statements: &str) -> Result<()> {
    let mut connection = PgConnection::establish(url).context("Postgres does not answer")?;
    connection.batch_execute(statements)?;
    Ok(())
}

/// A database on the server of a [`Postgres`], dropped with this value.
#[derive(Debug)]
pub(crate) struct ScratchDatabase {
    server_url: String,
    name: String,
}

impl ScratchDatabase {
    /// Makes a database whose name contains `purpose` and the id of this process.
    pub(crate) fn create(postgres: &Postgres, purpose: &str) -> Result<Self> {
        let name = format!("causerie_{purpose}_{}", std::process::id());
        let server_url = postgres.url().to_owned();
        execute(&server_url, &format!("CREATE DATABASE {name}"))?;
        Ok(Self { server_url, name })
    }

    pub(crate) fn url(&self) -> String {
        with_database(&self.server_url, &self.name)
    }
}

impl Drop for ScratchDatabase {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE {} WITH (FORCE)", self.name);
        if let Err(error) = execute(&self.server_url, &statement) {
            eprintln!(
                "the database {} is left on the server: {error:#}",
                self.name
            );
        }
    }
}

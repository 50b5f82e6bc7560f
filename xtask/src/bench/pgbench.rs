//! `pgbench` as the reference for Postgres: what its own load generator reaches with one prepared
//! single-row INSERT per transaction.
//! Used where it is found beside the server's binaries; nothing is installed for it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::load::Window;
use crate::command;
use crate::db;
use crate::postgres::Postgres;

const CLIENTS: u32 = 64;
const THREADS: u32 = 2;

/// A table as a message needs it at least: two ids, its place, a time and a text, found by place.
const TABLE: &str = "CREATE TABLE bench_messages (
    conversation uuid NOT NULL, seq bigserial NOT NULL, sender uuid NOT NULL,
    created_at bigint NOT NULL, body text NOT NULL, PRIMARY KEY (conversation, seq))";

/// Spread over 100 conversations, as the sends over HTTP are.
const SCRIPT: &str = "\\set conversation random(1, 100)
INSERT INTO bench_messages (conversation, sender, created_at, body) VALUES \
(lpad(:conversation::text, 32, '0')::uuid, '00000000000000000000000000000001', 1, \
'The parcel for the third floor arrived this morning; shall I bring it up?');
";

/// The program with a database of its own.
#[derive(Debug)]
pub(super) struct Pgbench {
    program: PathBuf,
    script: PathBuf,
    url: String,
}

impl Pgbench {
    /// Makes its table in the database at `url`; `None` when there is no `pgbench` here.
    pub(super) fn find(postgres: &Postgres, url: &str, dir: &Path) -> Result<Option<Self>> {
        let Some(program) = postgres.tool("pgbench") else {
            return Ok(None);
        };
        db::execute(url, TABLE)?;
        let script = dir.join("pgbench.sql");
        std::fs::write(&script, SCRIPT)?;
        Ok(Some(Self {
            program,
            script,
            url: url.to_owned(),
        }))
    }

    /// Transactions per second of one round; whole seconds, because it knows no others.
    pub(super) fn run(&self, window: Window) -> Result<f64> {
        let seconds = window.measured.as_secs_f64().ceil().max(1.0);
        let mut pgbench = Command::new(&self.program);
        pgbench.args(["-n", "-M", "prepared"]);
        pgbench.args(["-c", &CLIENTS.to_string(), "-j", &THREADS.to_string()]);
        pgbench
            .args(["-T", &format!("{seconds:.0}"), "-f"])
            .arg(&self.script)
            .arg(&self.url);
        rate(&command::capture(&mut pgbench)?).context("pgbench printed no rate")
    }
}

/// The last rate that it prints: without the time to connect.
fn rate(output: &str) -> Option<f64> {
    let line = output
        .lines()
        .filter_map(|line| line.strip_prefix("tps = "))
        .next_back()?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_from_what_it_prints() {
        let output = "latency average = 5.4 ms\ntps = 11782.5 (without initial connection time)\n";
        assert_eq!(rate(output), Some(11782.5));
        assert_eq!(rate("nothing"), None);
    }
}

//! The scene of the benchmark on one store: databases with keys and a history, and the servers on
//! them.
//! Measures nothing; what is compared with what is elsewhere.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use indicatif::ProgressBar;
use serde::Deserialize;

use super::Plan;
use super::api::{self, Api};
use super::contender::Measured;
use super::http::request;
use super::pgbench::Pgbench;
use super::server::{Ready, Server};
use super::store::Store;
use crate::command;
use crate::db::ScratchDatabase;
use crate::postgres::Postgres;

/// Conversations that sends and lists are spread over.
const CONVERSATIONS: usize = 100;
const PARTICIPANTS: usize = 4;
/// How long a fresh server rests before its memory is read.
const IDLE: Duration = Duration::from_millis(500);

/// Where one store is measured.
#[derive(Debug)]
pub(super) struct Bed<'a> {
    pub(super) store: Store,
    pub(super) binary: &'a Path,
    pub(super) dir: &'a Path,
    pub(super) postgres: Option<&'a Postgres>,
    pub(super) plan: Plan,
    pub(super) progress: &'a ProgressBar,
}

/// One database with a key for it.
#[derive(Debug)]
pub(super) struct Database {
    url: String,
    data_dir: PathBuf,
    pub(super) key: String,
    _scratch: Option<ScratchDatabase>,
}

impl Database {
    pub(super) fn options(&self) -> Vec<String> {
        let data_dir = self.data_dir.to_string_lossy().into_owned();
        vec![
            "--database".to_owned(),
            self.url.clone(),
            "--data-dir".to_owned(),
            data_dir,
        ]
    }
}

/// A server with the requests that its conversations get.
pub(super) struct Scene {
    pub(super) database: Database,
    pub(super) server: Server,
    pub(super) conversations: Vec<String>,
    pub(super) sends: Rc<[Vec<u8>]>,
    pub(super) acked: Vec<u64>,
    /// Before anything was asked of it.
    pub(super) idle_mb: Option<f64>,
}

#[derive(Deserialize)]
struct CreatedKey {
    key: String,
}

impl Bed<'_> {
    pub(super) fn start_echo(&self, arguments: &[&str]) -> Result<Server> {
        let arguments: Vec<String> = [&["bench-echo"], arguments]
            .concat()
            .iter()
            .map(|&text| text.to_owned())
            .collect();
        Server::start(self.binary, &arguments, Ready::Answers, self.dir)
    }

    pub(super) fn serve(&self, database: &Database, arguments: &[&str]) -> Result<Server> {
        let mut all = vec!["serve".to_owned()];
        all.extend(database.options());
        all.extend(arguments.iter().map(|&text| text.to_owned()));
        Server::start(self.binary, &all, Ready::SaysSo, self.dir)
    }

    /// A migrated database of its own with an administrator's key.
    fn database(&self, purpose: &str) -> Result<Database> {
        let data_dir = self.dir.join(purpose);
        std::fs::create_dir(&data_dir)?;
        let scratch = match self.postgres {
            Some(postgres) => Some(ScratchDatabase::create(
                postgres,
                &format!("bench_{purpose}"),
            )?),
            None => None,
        };
        let url = match &scratch {
            Some(scratch) => scratch.url(),
            None => format!("sqlite:{}", data_dir.join("causerie.db").display()),
        };
        let mut database = Database {
            url,
            data_dir,
            key: String::new(),
            _scratch: scratch,
        };
        command::capture(
            command::product(self.binary)
                .arg("migrate")
                .args(database.options()),
        )?;
        let mut create = command::product(self.binary);
        create
            .args(["key", "create", "--json"])
            .args(database.options());
        let created = command::capture(&mut create)?;
        let created: CreatedKey = serde_json::from_str(&created).context("no key was printed")?;
        database.key = created.key;
        Ok(database)
    }

    /// A server with empty conversations that get sends.
    pub(super) fn scene(&self, purpose: &str, arguments: &[&str]) -> Result<Scene> {
        let database = self.database(purpose)?;
        let server = self.serve(&database, arguments)?;
        std::thread::park_timeout(IDLE);
        let idle_mb = server.memory_mb("VmRSS");
        let mut api = Api::open(server.address(), &database.key)?;
        let participants = api.create_participants(PARTICIPANTS)?;
        let conversations = api.create_conversations(CONVERSATIONS, &participants)?;
        let senders = participants.iter().cycle();
        let sends = conversations
            .iter()
            .zip(senders)
            .map(|(conversation, sender)| {
                api::send_request(&database.key, conversation, &api::send_body(sender))
            });
        let sends: Rc<[Vec<u8>]> = sends.collect();
        let acked = vec![0; sends.len()];
        Ok(Scene {
            database,
            server,
            conversations,
            sends,
            acked,
            idle_mb,
        })
    }

    /// A server on a database that already has a history.
    pub(super) fn seeded(&self, purpose: &str, messages: u64) -> Result<(Database, Server)> {
        let database = self.database(purpose)?;
        let mut seed = command::product(self.binary);
        seed.arg("bench-seed").args(database.options());
        seed.args(["--messages", &messages.to_string()]);
        seed.args(["--conversations", &CONVERSATIONS.to_string()]);
        command::capture(&mut seed)?;
        let server = self.serve(&database, &[])?;
        Ok((database, server))
    }

    pub(super) fn lists(&self, (database, server): &(Database, Server)) -> Result<Rc<[Vec<u8>]>> {
        let conversations = Api::open(server.address(), &database.key)?.list_conversations()?;
        if conversations.len() != CONVERSATIONS {
            bail!(
                "{} has {} conversations",
                self.store.name(),
                conversations.len()
            );
        }
        let key = &database.key;
        Ok(conversations
            .iter()
            .map(|id| api::list_request(key, id))
            .collect())
    }

    pub(super) fn pgbench(&self) -> Result<(Option<Pgbench>, Option<ScratchDatabase>)> {
        let Some(postgres) = self.postgres else {
            return Ok((None, None));
        };
        let scratch = ScratchDatabase::create(postgres, "bench_pgbench")?;
        let pgbench = Pgbench::find(postgres, &scratch.url(), self.dir)?;
        if pgbench.is_none() {
            eprintln!(
                "postgres: no pgbench beside the server's binaries; its line is not measured"
            );
        }
        Ok((pgbench, Some(scratch)))
    }
}

impl Scene {
    pub(super) fn acknowledge(&mut self, measured: &Measured) {
        for (total, acked) in self.acked.iter_mut().zip(&measured.acked) {
            *total += acked;
        }
    }
}

/// The same bytes as a send, for a server that gives them back.
pub(super) fn echo_requests(key: Option<&str>) -> Rc<[Vec<u8>]> {
    let body = api::send_body("part_00000000000000000000000000");
    Rc::new([request("POST", "/echo", key, Some(&body))])
}

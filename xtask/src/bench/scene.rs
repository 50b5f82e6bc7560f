//! The scene of the benchmark on one store: databases with keys and a history, and the servers on
//! them.
//! Measures nothing; what is compared with what is elsewhere.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use indicatif::ProgressBar;
use serde::Deserialize;

use super::Plan;
use super::api::{self, Api};
use super::content::Digest;
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

/// A server on a database with a history, and searches each of which finds some of it.
pub(super) struct Seeded {
    pub(super) database: Database,
    pub(super) server: Server,
    pub(super) queries: Vec<String>,
}

/// A server with the requests that its conversations get.
pub(super) struct Scene {
    pub(super) database: Database,
    pub(super) server: Server,
    pub(super) conversations: Vec<String>,
    /// Who sends in each conversation.
    pub(super) senders: Vec<String>,
    /// A plain send to each conversation.
    pub(super) sends: Rc<[Vec<u8>]>,
    /// How many messages each conversation was said to have got.
    pub(super) acked: Vec<u64>,
    /// Which of them were scheduled, for each conversation in the order in which they fell due.
    pub(super) scheduled: Vec<Vec<String>>,
    /// The files that were acknowledged.
    pub(super) kept: Vec<Kept>,
    /// Before anything was asked of it.
    pub(super) idle_mb: Option<f64>,
}

/// Where the bytes of a file are, and what they are.
pub(super) struct Kept {
    pub(super) url: String,
    pub(super) digest: Digest,
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
    pub(super) fn database(&self, purpose: &str) -> Result<Database> {
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
            .args(["key", "create", "--scope", "*", "--json"])
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
        let senders = participants.iter().cycle().take(CONVERSATIONS);
        let mut scene = Scene {
            database,
            server,
            acked: vec![0; conversations.len()],
            scheduled: vec![Vec::new(); conversations.len()],
            kept: Vec::new(),
            conversations,
            senders: senders.cloned().collect(),
            sends: Rc::new([]),
            idle_mb,
        };
        scene.sends = scene.requests(|_, sender| api::send_body(sender));
        Ok(scene)
    }

    /// A server on a database that already has a history.
    pub(super) fn seeded(&self, purpose: &str, messages: u64) -> Result<Seeded> {
        let database = self.database(purpose)?;
        let mut seed = command::product(self.binary);
        seed.arg("bench-seed").args(database.options());
        seed.args(["--messages", &messages.to_string()]);
        seed.args(["--conversations", &CONVERSATIONS.to_string()]);
        seed.args(["--queries", &self.plan.queries.to_string()]);
        let queries = queries(&command::capture(&mut seed)?)?;
        let server = self.serve(&database, &[])?;
        Ok(Seeded {
            database,
            server,
            queries,
        })
    }

    pub(super) fn lists(&self, seeded: &Seeded) -> Result<Rc<[Vec<u8>]>> {
        let conversations = seeded.api()?.list_conversations()?;
        if conversations.len() != CONVERSATIONS {
            bail!(
                "{} has {} conversations",
                self.store.name(),
                conversations.len()
            );
        }
        let key = &seeded.database.key;
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

impl Seeded {
    fn api(&self) -> Result<Api> {
        Api::open(self.server.address(), &self.database.key)
    }

    /// The searches, each of which was seen to find something.
    pub(super) fn searches(&self) -> Result<Rc<[Vec<u8>]>> {
        let mut api = self.api()?;
        ensure!(!self.queries.is_empty(), "the seed gave no searches");
        for query in &self.queries {
            let found = api.find(query)?;
            ensure!(found.is_some(), "the search {query:?} finds nothing");
        }
        let key = &self.database.key;
        let request = |query: &String| api::search_request(key, query);
        Ok(self.queries.iter().map(request).collect())
    }
}

impl Scene {
    /// A send to each conversation, of what `body` makes of its number and its sender.
    fn requests(&self, body: impl Fn(usize, &str) -> String) -> Rc<[Vec<u8>]> {
        let key = &self.database.key;
        let places = self.conversations.iter().zip(&self.senders).enumerate();
        places
            .map(|(number, (conversation, sender))| {
                api::send_request(key, conversation, &body(number, sender))
            })
            .collect()
    }

    /// Sends with tags and metadata, which answer a message that each conversation gets beforehand.
    pub(super) fn rich_sends(&mut self) -> Result<Rc<[Vec<u8>]>> {
        let mut api = Api::open(self.server.address(), &self.database.key)?;
        let mut answered = Vec::with_capacity(self.conversations.len());
        for (conversation, sender) in self.conversations.iter().zip(&self.senders) {
            answered.push(api.send(conversation, sender)?);
        }
        self.acknowledge(&vec![1; answered.len()]);
        Ok(self.requests(|number, sender| api::rich_send_body(sender, number, &answered[number])))
    }

    /// So many plain sends, in turn for all conversations.
    pub(super) fn plain_sends(&self, count: usize) -> Rc<[Vec<u8>]> {
        self.sends.iter().cycle().take(count).cloned().collect()
    }

    /// Adds `count` to what was acknowledged, in turn for all conversations.
    pub(super) fn acknowledge_in_turn(&mut self, count: usize) {
        let places = self.acked.len();
        for number in 0..count {
            self.acked[number % places] += 1;
        }
    }

    /// Adds to what each conversation was said to have got.
    pub(super) fn acknowledge(&mut self, acked: &[u64]) {
        for (total, acked) in self.acked.iter_mut().zip(acked) {
            *total += acked;
        }
    }
}

/// The searches among the lines that the seed printed.
fn queries(printed: &str) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Printed {
        query: Option<String>,
    }
    let mut queries = Vec::new();
    for line in printed.lines() {
        let line: Printed = serde_json::from_str(line).context("the seed printed no JSON")?;
        queries.extend(line.query);
    }
    Ok(queries)
}

/// The same bytes as a send, for a server that gives them back.
pub(super) fn echo_requests(key: Option<&str>) -> Rc<[Vec<u8>]> {
    let body = api::send_body("part_00000000000000000000000000");
    Rc::new([request("POST", "/echo", key, Some(&body))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_are_told_from_the_other_lines() {
        let printed = "{\"conversation_id\":\"conv_1\"}\n{\"query\":\"ba da\"}\n";
        assert_eq!(queries(printed).expect("lines"), ["ba da"]);
        assert!(queries("ba da").is_err());
    }
}

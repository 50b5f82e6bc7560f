//! A fresh database for each test, on either store, removed afterwards.
//!
//! Looks into tables only to search them for what must not be there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};
use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query,
};
// Linked so that diesel finds both databases' clients.
use libsqlite3_sys as _;
use pq_sys as _;
use tempfile::TempDir;

const POSTGRES_URL: &str = "CAUSERIE_TEST_POSTGRES_URL";
const REQUIRE_POSTGRES: &str = "CAUSERIE_TEST_REQUIRE_POSTGRES";

/// A database that no other test uses, and a directory for everything else.
#[derive(Debug)]
pub struct Database {
    directory: TempDir,
    url: String,
    admin_url: Option<String>,
    key: Mutex<Option<String>>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl Database {
    /// An SQLite file that does not exist yet.
    ///
    /// # Panics
    /// When there is no place for it.
    pub fn sqlite() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let path = directory.path().join("data/causerie.db");
        Self {
            url: format!("sqlite:{}", path.display()),
            directory,
            admin_url: None,
            key: Mutex::default(),
        }
    }

    /// An empty Postgres database, or `None` when there is no server and the tests may do without.
    ///
    /// # Panics
    /// When there is a server that makes no database, or no server where one is required.
    pub fn postgres(test: &str) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Ok(admin_url) = std::env::var(POSTGRES_URL) else {
            assert!(
                std::env::var(REQUIRE_POSTGRES).is_err(),
                "{REQUIRE_POSTGRES} is set, so {POSTGRES_URL} has to name a server"
            );
            eprintln!("{test} is skipped on Postgres: {POSTGRES_URL} is not set");
            return None;
        };
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("causerie_test_{}_{count}", process::id());
        connect(&admin_url)
            .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0"))
            .expect("the server makes a database");
        Some(Self {
            directory: TempDir::new().expect("a temporary directory"),
            url: with_database(&admin_url, &name),
            admin_url: Some(admin_url),
            key: Mutex::default(),
        })
    }

    /// Its URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether several nodes may share it.
    pub fn is_shared(&self) -> bool {
        self.admin_url.is_some()
    }

    /// A directory for files of this test.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The admin key that the first start printed.
    ///
    /// # Panics
    /// Before the first start.
    pub fn key(&self) -> String {
        let key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        key.clone().expect("a server was started before")
    }

    /// Remembers the admin key.
    pub(crate) fn keep_key(&self, key: &str) {
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(key.to_owned());
    }

    /// Runs statements on it, behind the server's back.
    ///
    /// # Panics
    /// When a statement fails.
    pub fn execute(&self, sql: &str) {
        let done = match self.url.strip_prefix("sqlite:") {
            Some(path) => SqliteConnection::establish(path)
                .expect("the file opens")
                .batch_execute(sql),
            None => connect(&self.url).batch_execute(sql),
        };
        done.expect("the statement runs");
    }

    /// Lets the Postgres server take connections to it or not; when not, those there are end.
    ///
    /// # Panics
    /// When there is no such server.
    pub fn allow_connections(&self, allow: bool) {
        let admin_url = self.admin_url.as_deref().expect("a Postgres server");
        let name = self.name();
        let mut admin = connect(admin_url);
        let set = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allow}");
        admin.batch_execute(&set).expect("the database is altered");
        if !allow {
            let end = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            );
            admin.batch_execute(&end).expect("connections end");
        }
    }

    /// The name of the database on its server.
    fn name(&self) -> &str {
        let place = self.url.split('?').next().unwrap_or_default();
        place.rsplit('/').next().unwrap_or_default()
    }

    /// The number that a query finds, on Postgres.
    ///
    /// # Panics
    /// When it finds none.
    pub fn number(&self, sql: &str) -> i64 {
        let wrapped = format!("SELECT ({sql}) AS number");
        let found: Number = sql_query(wrapped)
            .get_result(&mut connect(&self.url))
            .expect("a number");
        found.number
    }

    /// Everything that is stored, to search in: whole files on SQLite, the text of every row and the
    /// bytes behind hexadecimal on Postgres. Stop the servers first.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn contents(&self) -> Vec<u8> {
        if self.admin_url.is_none() {
            return files(&self.directory.path().join("data"));
        }
        let mut connection = connect(&self.url);
        let tables = "SELECT format('%I.%I', schemaname, tablename) AS text FROM pg_tables \
                      WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
        let tables: Vec<Row> = sql_query(tables).load(&mut connection).expect("tables");
        assert!(tables.len() > 5, "the schema is there");
        let mut all = Vec::new();
        for table in tables {
            let rows = format!("SELECT t::text AS text FROM {} t", table.text);
            let rows: Vec<Row> = sql_query(rows).load(&mut connection).expect("rows");
            for row in rows {
                all.extend(unhex(&row.text));
                all.extend(row.text.into_bytes());
                all.push(b'\n');
            }
        }
        all
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some(admin_url) = &self.admin_url else {
            return;
        };
        let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name());
        // The server may have been stopped already; the database goes with it.
        if let Ok(mut connection) = PgConnection::establish(admin_url) {
            let _ = connection.batch_execute(&drop);
        }
    }
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("the Postgres server of the tests can be reached")
}

/// `url` with another database; user, host and options stay.
fn with_database(url: &str, name: &str) -> String {
    let (base, options) = url
        .split_once('?')
        .map_or((url, None), |(base, options)| (base, Some(options)));
    let authority = base.find("://").map_or(0, |at| at + 3);
    let end = base[authority..]
        .find('/')
        .map_or(base.len(), |at| authority + at);
    let options = options
        .map(|options| format!("?{options}"))
        .unwrap_or_default();
    format!("{}/{name}{options}", &base[..end])
}

/// The bytes of all files in a directory and below.
pub fn files(directory: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    let mut waiting: Vec<PathBuf> = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                all.extend(fs::read(path).expect("a file"));
            }
        }
    }
    all
}

/// The bytes behind every hexadecimal literal of a row.
fn unhex(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for literal in text.split("\\x").skip(1) {
        let digits: Vec<u32> = literal
            .chars()
            .map_while(|letter| letter.to_digit(16))
            .collect();
        let pairs = digits.chunks_exact(2);
        bytes.extend(pairs.filter_map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()));
        bytes.push(b'\n');
    }
    bytes
}

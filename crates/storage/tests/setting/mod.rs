//! Databases for tests: a file or a schema of its own for each.
//!
//! Tests nothing itself.
#![expect(
    dead_code,
    reason = "each test program uses what it needs of this module"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use causerie_core::Heads;
use causerie_storage::{DatabaseUrl, Options, open};
use causerie_testing::{Adapter, Opened, Subject};
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, RunQueryDsl};
use tempfile::TempDir;

/// A database that goes when it is dropped.
pub(crate) struct Database {
    url: DatabaseUrl,
    options: Options,
    kept: Kept,
}

enum Kept {
    File(TempDir),
    Schema { server: String, name: String },
}

/// Lanes enough to meet each other, and few enough for hundreds of tests at once.
pub(crate) fn options() -> Options {
    Options {
        readers: 2,
        writers: 2,
        ..Options::default()
    }
}

/// Groups of one job.
pub(crate) fn single() -> Options {
    Options {
        group_jobs_max: 1,
        ..options()
    }
}

impl Database {
    /// An empty file.
    pub(crate) fn sqlite(options: Options) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        Self {
            url: DatabaseUrl::sqlite(directory.path().join("causerie.db")),
            options,
            kept: Kept::File(directory),
        }
    }

    /// An empty schema on the server for tests, if there is one; otherwise says so, or fails where
    /// one must be.
    pub(crate) fn postgres(options: Options) -> Option<Self> {
        static SCHEMAS: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var("CAUSERIE_TEST_POSTGRES_URL") else {
            let required = std::env::var_os("CAUSERIE_TEST_REQUIRE_POSTGRES");
            assert!(
                required.is_none(),
                "CAUSERIE_TEST_POSTGRES_URL is to name a Postgres"
            );
            eprintln!("skipped: CAUSERIE_TEST_POSTGRES_URL names no Postgres");
            return None;
        };
        let number = SCHEMAS.fetch_add(1, Ordering::Relaxed);
        let name = format!("case_{}_{number}", std::process::id());
        let mut conn = PgConnection::establish(&server).expect("the Postgres for tests answers");
        let create = format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}");
        conn.batch_execute(&create).expect("a schema");
        let mark = if server.contains('?') { '&' } else { '?' };
        let url =
            format!("{server}{mark}options=-c%20search_path%3D{name}&application_name={name}");
        Some(Self {
            url: url.parse().expect("an address"),
            options,
            kept: Kept::Schema { server, name },
        })
    }

    /// Its address.
    pub(crate) fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// What another program connects with: the path of the file, or the address of the server; and
    /// the name of the schema, which its sessions bear as well.
    pub(crate) fn target(&self) -> (String, &str) {
        match &self.kept {
            Kept::File(_) => {
                let path = self.url.sqlite_path().expect("a file");
                (path.display().to_string(), "main")
            }
            Kept::Schema { server, name } => (server.clone(), name),
        }
    }

    /// Comes back when one of its sessions on Postgres waits for a lock.
    pub(crate) fn wait_for_a_lock(&self) {
        let (server, name) = self.target();
        let mut watch = PgConnection::establish(&server).expect("the server answers");
        let waits = format!(
            "(SELECT count(*) FROM pg_stat_activity WHERE application_name = '{name}' \
             AND wait_event_type = 'Lock')"
        );
        let patience = Instant::now() + Duration::from_secs(4);
        let waiting = |watch: &mut PgConnection| {
            let waits = diesel::select(sql::<BigInt>(&waits)).get_result::<i64>(watch);
            waits.expect("sessions are told") > 0
        };
        while !waiting(&mut watch) {
            assert!(Instant::now() < patience, "a session waits for a lock");
        }
    }

    /// Another opening of the same database.
    pub(crate) fn again(&self) -> Opened {
        let heads = Arc::new(Heads::default());
        let lanes = open(&self.url, &self.options, &heads).expect("the database opens");
        Opened { lanes, heads }
    }
}

impl Adapter for Database {
    fn open(&self) -> Opened {
        self.again()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Kept::Schema { server, name } = &self.kept {
            let dropped = PgConnection::establish(server).map(|mut conn| {
                conn.batch_execute(&format!(
                    "SET client_min_messages = error; DROP SCHEMA {name} CASCADE"
                ))
            });
            if !matches!(dropped, Ok(Ok(()))) {
                eprintln!("the schema {name} is left behind");
            }
        }
    }
}

/// A subject on SQLite.
pub(crate) fn open_sqlite() -> Subject {
    Subject::new(Database::sqlite(options()))
}

/// A subject on SQLite that commits each job by itself.
pub(crate) fn open_sqlite_single() -> Subject {
    Subject::new(Database::sqlite(single()))
}

/// A subject on Postgres, if there is one.
pub(crate) fn open_postgres() -> Option<Subject> {
    Database::postgres(options()).map(Subject::new)
}

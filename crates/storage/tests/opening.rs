//! Opening: what is said when it fails, what the schema is, what `check` finds.

mod setting;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use causerie_core::Heads;
use causerie_storage::{
    DatabaseUrl, METRICS, MetricKind, OpenError, Options, check, migrate, open, pending,
};
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};

use setting::Database;

fn fails(url: &str) -> OpenError {
    let url: DatabaseUrl = url.parse().expect("an address");
    migrate(&url).expect_err("it cannot be opened")
}

#[test]
fn sqlite_says_what_to_do() {
    let directory = tempfile::tempdir().expect("a directory");
    let at = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
    assert!(matches!(
        fails(&at("missing/a.db")),
        OpenError::NoDirectory { .. }
    ));
    fs::write(
        directory.path().join("letter"),
        "Dear reader, this is no database. ".repeat(99),
    )
    .expect("written");
    let letter = fails(&at("letter"));
    assert!(matches!(letter, OpenError::NotADatabase { .. }), "{letter}");
    assert!(letter.to_string().contains("give another path"), "{letter}");
    fs::create_dir(directory.path().join("folder")).expect("made");
    let folder = fails(&at("folder"));
    assert!(matches!(folder, OpenError::NotWritable { .. }), "{folder}");
}

#[test]
fn an_option_out_of_its_bounds_is_named_and_nothing_is_made() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.db");
    let url: DatabaseUrl = format!("sqlite:{}", path.display())
        .parse()
        .expect("an address");
    let options = Options {
        readers: 0,
        ..Options::default()
    };
    let refused = open(&url, &options, &Arc::new(Heads::default())).expect_err("no reader");
    let said = refused.to_string();
    assert!(said.contains("readers: expected 1 to 256"), "{said}");
    assert!(!path.exists());
}

#[test]
fn postgres_says_what_to_do() {
    let silent = fails("postgres://somebody:secret@127.0.0.1:1/none");
    assert!(matches!(silent, OpenError::Unreachable { .. }), "{silent}");
    assert!(!silent.to_string().contains("secret") && !format!("{silent:?}").contains("secret"));
    let tls = fails("postgres://somebody@127.0.0.1:1/none?sslmode=require");
    assert!(matches!(tls, OpenError::Tls { .. }), "{tls}");
    let Ok(server) = std::env::var("CAUSERIE_TEST_POSTGRES_URL") else {
        return;
    };
    let mark = if server.contains('?') { '&' } else { '?' };
    let other = fails(&format!("{server}{mark}dbname=there_is_none"));
    assert!(matches!(other, OpenError::NoDatabase { .. }), "{other}");
}

/// The versions of the schema.
const VERSIONS: [&str; 4] = ["0001", "0002", "0003", "0004"];

fn a_newer_schema_is_refused(database: &Database) {
    assert_eq!(pending(database.url()).expect("looked at"), VERSIONS);
    assert_eq!(migrate(database.url()).expect("migrated"), VERSIONS);
    assert_eq!(
        migrate(database.url()).expect("migrated"),
        Vec::<String>::new()
    );
    assert_eq!(
        pending(database.url()).expect("looked at"),
        Vec::<String>::new()
    );
    let (target, schema) = database.target();
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999');";
    if database.url().sqlite_path().is_some() {
        let mut conn = SqliteConnection::establish(&target).expect("the file opens");
        conn.batch_execute(newer).expect("inserted");
    } else {
        let mut conn = PgConnection::establish(&target).expect("the server answers");
        let newer = format!("SET search_path = {schema}; {newer}");
        conn.batch_execute(&newer).expect("inserted");
    }
    let refused = migrate(database.url()).expect_err("it is newer");
    assert!(matches!(&refused, OpenError::NewerSchema { version, .. } if version == "9999"));
    assert!(
        refused.to_string().contains("install the version"),
        "{refused}"
    );
    assert!(matches!(
        check(database.url()),
        Err(OpenError::NewerSchema { .. })
    ));
}

#[test]
fn a_newer_schema_is_refused_on_sqlite() {
    a_newer_schema_is_refused(&Database::sqlite(setting::options()));
}

#[test]
fn a_newer_schema_is_refused_on_postgres() {
    if let Some(database) = Database::postgres(setting::options()) {
        a_newer_schema_is_refused(&database);
    }
}

#[test]
fn checking_finds_what_matters() {
    let databases = [
        Some(Database::sqlite(setting::options())),
        Database::postgres(setting::options()),
    ];
    for database in databases.into_iter().flatten() {
        migrate(database.url()).expect("migrated");
        let facts = check(database.url()).expect("checked");
        let value = |name: &str| {
            let found = facts.iter().find(|fact| fact.name == name);
            found.unwrap_or_else(|| panic!("no {name}")).value.clone()
        };
        assert_eq!(value("schema version"), "0004");
        assert_eq!(value("writable"), "yes");
        assert!(value("size in bytes").parse::<u64>().expect("a number") > 0);
        for fact in facts.iter().filter(|fact| fact.name != "fsync") {
            assert_eq!(fact.advice, None, "{fact:?}");
        }
    }
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("a.db");
    let facts = check(&DatabaseUrl::sqlite(&path)).expect("looked");
    assert!(
        facts[0].advice.is_some() && !path.exists(),
        "looking makes no file"
    );
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    nullable: String,
}

/// The tables of `schema.rs`, each with its columns, in the words of a database.
fn described(word: impl Fn(&str) -> &'static str) -> Vec<(String, Vec<String>)> {
    let source = include_str!("../src/schema.rs");
    let blocks = source.split("table! {").skip(1);
    let tables = blocks.map(|block| {
        let mut lines = block.lines().map(str::trim).filter(|line| !line.is_empty());
        let head = lines.next().expect("a table has a head");
        let table = head.split(' ').next().expect("a table has a name");
        let columns = lines.map_while(|line| line.strip_suffix(',')?.split_once(" -> "));
        let columns = columns.map(|(name, kind)| {
            let inner = kind
                .strip_prefix("Nullable<")
                .and_then(|rest| rest.strip_suffix('>'));
            let nullable = if inner.is_some() { "YES" } else { "NO" };
            format!("{name} {} {nullable}", word(inner.unwrap_or(kind)))
        });
        (table.to_owned(), columns.collect())
    });
    tables.collect()
}

fn shown(columns: &[Column]) -> Vec<String> {
    let lines = columns
        .iter()
        .map(|one| format!("{} {} {}", one.name, one.kind, one.nullable));
    lines.collect()
}

#[test]
fn the_sqlite_migrations_make_the_described_schema() {
    let database = Database::sqlite(setting::options());
    migrate(database.url()).expect("migrated");
    let mut conn = SqliteConnection::establish(&database.target().0).expect("the file opens");
    let tables = described(|kind| match kind {
        "Binary" => "BLOB",
        "Text" => "TEXT",
        _ => "INTEGER",
    });
    assert_eq!(tables.len(), 32);
    for (table, columns) in tables {
        let found: Vec<Column> = sql_query(format!(
            "SELECT name, type AS kind, iif(\"notnull\", 'NO', 'YES') AS nullable \
             FROM pragma_table_info('{table}') ORDER BY cid"
        ))
        .load(&mut conn)
        .expect("columns");
        assert_eq!(shown(&found), columns, "{table}");
    }
}

#[test]
fn the_postgres_migrations_make_the_described_schema() {
    let Some(database) = Database::postgres(setting::options()) else {
        return;
    };
    migrate(database.url()).expect("migrated");
    let (server, schema) = database.target();
    let mut conn = PgConnection::establish(&server).expect("the server answers");
    let tables = described(|kind| match kind {
        "Binary" => "bytea",
        "Text" => "text",
        "Bool" => "boolean",
        "SmallInt" => "smallint",
        "Integer" => "integer",
        _ => "bigint",
    });
    for (table, columns) in tables {
        let found: Vec<Column> = sql_query(format!(
            "SELECT column_name::text AS name, data_type::text AS kind, \
             is_nullable::text AS nullable FROM information_schema.columns \
             WHERE table_schema = '{schema}' AND table_name = '{table}' ORDER BY ordinal_position"
        ))
        .load(&mut conn)
        .expect("columns");
        assert_eq!(shown(&found), columns, "{table}");
    }
}

#[test]
fn going_back_is_possible_and_leaves_nothing() {
    let undo = |store: &str| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
        let down = |version: &str| {
            let path = root.join(store).join(version).join("down.sql");
            fs::read_to_string(path).expect("a way back")
        };
        down("0004_surface")
            + &down("0003_media")
            + &down("0002_message")
            + &down("0001_foundation")
    };
    let database = Database::sqlite(setting::options());
    migrate(database.url()).expect("migrated");
    let mut conn = SqliteConnection::establish(&database.target().0).expect("the file opens");
    conn.batch_execute(&undo("sqlite")).expect("undone");
    let left: Vec<Column> = sql_query(
        "SELECT name, type AS kind, '' AS nullable FROM sqlite_schema \
         WHERE name NOT LIKE '%diesel%'",
    )
    .load(&mut conn)
    .expect("listed");
    assert_eq!(shown(&left), Vec::<String>::new());
    let Some(database) = Database::postgres(setting::options()) else {
        return;
    };
    migrate(database.url()).expect("migrated");
    let (server, schema) = database.target();
    let mut conn = PgConnection::establish(&server).expect("the server answers");
    let undo = format!("SET search_path = {schema}; {}", undo("postgres"));
    conn.batch_execute(&undo).expect("undone");
}

#[test]
fn every_metric_has_a_name_of_its_own_and_a_meaning() {
    for (index, (name, kind, meaning)) in METRICS.iter().enumerate() {
        assert!(
            name.starts_with("causerie_") && meaning.ends_with('.'),
            "{name}"
        );
        assert_eq!(
            *kind == MetricKind::Counter,
            name.ends_with("_total"),
            "{name}"
        );
        assert!(
            METRICS[index + 1..].iter().all(|(other, ..)| other != name),
            "{name}"
        );
    }
}

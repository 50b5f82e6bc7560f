//! The schema of a database as its tables, columns, keys and indexes, in words that SQLite and
//! Postgres share, so that two of them can be compared.
//! Leaves out what only one of them has: tables whose names start with `__diesel`, and the index of
//! words, which each keeps in its own way.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{
    Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query,
};

use super::ScratchDatabase;
use crate::command;
use crate::postgres::Postgres;

/// How the names of tables and indexes begin that exist for searches only.
const WORDS: &str = "message_word";

/// One fact about a schema, such as `messages.body: text not null`.
type Facts = BTreeSet<String>;

/// Migrates both and compares; the error lists what only one of them has.
pub(super) fn check(binary: &Path, postgres: &Postgres) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("schema.db");
    let database = ScratchDatabase::create(postgres, "schema")?;
    for url in [format!("sqlite:{}", file.display()), database.url()] {
        let mut migrate = command::product(binary);
        migrate
            .arg("migrate")
            .arg("--database")
            .arg(url)
            .current_dir(dir.path());
        command::capture(&mut migrate)?;
    }
    let sqlite = of_sqlite(&file.to_string_lossy())?;
    let postgres = of_postgres(&database.url())?;
    let findings = differences(&sqlite, &postgres);
    if sqlite.is_empty() {
        bail!("the migrations make no table");
    }
    if !findings.is_empty() {
        bail!("the migrations differ:\n{}", findings.join("\n"));
    }
    eprintln!("schema: {} facts, the same on both stores", sqlite.len());
    Ok(())
}

fn differences(sqlite: &Facts, postgres: &Facts) -> Vec<String> {
    let only_sqlite = sqlite
        .difference(postgres)
        .map(|fact| format!("only SQLite:   {fact}"));
    let only_postgres = postgres
        .difference(sqlite)
        .map(|fact| format!("only Postgres: {fact}"));
    only_sqlite.chain(only_postgres).collect()
}

/// What both databases call a column's type: SQLite stores numbers and truth in one way.
fn portable_type(name: &str) -> String {
    let name = name.to_lowercase();
    let portable = match name.as_str() {
        "blob" | "bytea" | "uuid" => "bytes",
        "integer" | "bigint" | "smallint" | "boolean" | "int" => "integer",
        "text" | "character varying" | "jsonb" | "json" => "text",
        "real" | "double precision" => "real",
        other => other,
    };
    portable.to_owned()
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    required: bool,
    /// Place in the primary key, from 1; 0 outside it.
    #[diesel(sql_type = BigInt)]
    key: i64,
}

impl Column {
    fn fact(&self, table: &str) -> String {
        let nullability = if self.required { "not null" } else { "null" };
        format!(
            "{table}.{}: {} {nullability}",
            self.name,
            portable_type(&self.kind)
        )
    }
}

/// A key or an index: its columns in their order as one text.
#[derive(QueryableByName)]
struct Columns {
    #[diesel(sql_type = Text)]
    columns: String,
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    columns: String,
    #[diesel(sql_type = Bool)]
    is_unique: bool,
    #[diesel(sql_type = Bool)]
    is_partial: bool,
}

impl Index {
    /// `None` for one that only searches need.
    fn fact(&self, table: &str) -> Option<String> {
        if self.name.starts_with(WORDS) {
            return None;
        }
        let kind = if self.is_unique {
            "unique index"
        } else {
            "index"
        };
        let part = if self.is_partial { " on a part" } else { "" };
        Some(format!("{table}: {kind} ({}){part}", self.columns))
    }
}

/// The names of those tables that both stores are to have.
fn compared(tables: Vec<Name>) -> impl Iterator<Item = String> {
    let names = tables.into_iter().map(|table| table.name);
    names.filter(|name| !name.starts_with(WORDS))
}

fn of_sqlite(path: &str) -> Result<Facts> {
    let mut connection = SqliteConnection::establish(path).context("SQLite does not open")?;
    let tables: Vec<Name> = sql_query(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' \
         AND name NOT LIKE '\\_\\_diesel%' ESCAPE '\\'",
    )
    .load(&mut connection)?;
    let mut facts = Facts::new();
    for table in compared(tables) {
        let columns: Vec<Column> = sql_query(
            "SELECT name, type AS kind, \"notnull\" OR pk > 0 AS required, pk AS key \
             FROM pragma_table_info(?) ORDER BY pk",
        )
        .bind::<Text, _>(&table)
        .load(&mut connection)?;
        facts.extend(columns.iter().map(|column| column.fact(&table)));
        facts.extend(primary_key(&table, &columns));
        let indexes: Vec<Index> = sql_query(
            "SELECT list.name AS name, \
             (SELECT group_concat(coalesce(name, '(expression)'), ', ') FROM \
             (SELECT name FROM pragma_index_info(list.name) ORDER BY seqno)) AS columns, \
             list.\"unique\" AS is_unique, list.partial AS is_partial \
             FROM pragma_index_list(?) AS list WHERE list.origin <> 'pk'",
        )
        .bind::<Text, _>(&table)
        .load(&mut connection)?;
        facts.extend(indexes.iter().filter_map(|index| index.fact(&table)));
        let foreign: Vec<Columns> = sql_query(
            "SELECT group_concat(\"from\", ', ') || ' → ' || \"table\" || ' (' || \
             group_concat(coalesce(\"to\", '?'), ', ') || ') on delete ' || lower(on_delete) \
             AS columns FROM (SELECT * FROM pragma_foreign_key_list(?) ORDER BY id, seq) \
             GROUP BY id",
        )
        .bind::<Text, _>(&table)
        .load(&mut connection)?;
        facts.extend(
            foreign
                .iter()
                .map(|key| format!("{table}: foreign key {}", key.columns)),
        );
    }
    Ok(facts)
}

fn of_postgres(url: &str) -> Result<Facts> {
    let mut connection = PgConnection::establish(url).context("Postgres does not answer")?;
    let tables: Vec<Name> = sql_query(
        "SELECT table_name::text AS name FROM information_schema.tables \
         WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' \
         AND table_name NOT LIKE '\\_\\_diesel%'",
    )
    .load(&mut connection)?;
    let mut facts = Facts::new();
    for table in compared(tables) {
        let columns: Vec<Column> = sql_query(
            "SELECT a.attname::text AS name, format_type(a.atttypid, NULL) AS kind, \
             a.attnotnull AS required, \
             coalesce(array_position(i.indkey::int2[], a.attnum), -1)::int8 + 1 AS key \
             FROM pg_attribute a LEFT JOIN pg_index i ON i.indrelid = a.attrelid \
             AND i.indisprimary WHERE a.attrelid = quote_ident($1)::regclass \
             AND a.attnum > 0 AND NOT a.attisdropped ORDER BY key",
        )
        .bind::<Text, _>(&table)
        .load(&mut connection)?;
        facts.extend(columns.iter().map(|column| column.fact(&table)));
        facts.extend(primary_key(&table, &columns));
        let indexes: Vec<Index> = sql_query(
            "SELECT (SELECT relname::text FROM pg_class WHERE oid = i.indexrelid) AS name, \
             (SELECT string_agg(coalesce(a.attname::text, '(expression)'), ', ' ORDER BY k.place) \
             FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place) \
             LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number \
             AND k.number > 0 WHERE k.place <= i.indnkeyatts) AS columns, \
             i.indisunique AS is_unique, i.indpred IS NOT NULL AS is_partial \
             FROM pg_index i WHERE i.indrelid = quote_ident($1)::regclass AND NOT i.indisprimary",
        )
        .bind::<Text, _>(&table)
        .load(&mut connection)?;
        facts.extend(indexes.iter().filter_map(|index| index.fact(&table)));
        facts.extend(postgres_foreign_keys(&mut connection, &table)?);
    }
    Ok(facts)
}

fn postgres_foreign_keys(connection: &mut PgConnection, table: &str) -> Result<Vec<String>> {
    let names = |relation: &str, numbers: &str| {
        format!(
            "(SELECT string_agg(a.attname::text, ', ' ORDER BY k.place) \
             FROM unnest(c.{numbers}) WITH ORDINALITY AS k(number, place) \
             JOIN pg_attribute a ON a.attrelid = c.{relation} AND a.attnum = k.number)"
        )
    };
    let foreign: Vec<Columns> = sql_query(format!(
        "SELECT {} || ' → ' || c.confrelid::regclass::text || ' (' || {} || ') on delete ' || \
         CASE c.confdeltype WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' \
         WHEN 'd' THEN 'set default' WHEN 'r' THEN 'restrict' ELSE 'no action' END AS columns \
         FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = quote_ident($1)::regclass",
        names("conrelid", "conkey"),
        names("confrelid", "confkey"),
    ))
    .bind::<Text, _>(table)
    .load(connection)?;
    Ok(foreign
        .iter()
        .map(|key| format!("{table}: foreign key {}", key.columns))
        .collect())
}

/// The primary key of a table whose `columns` are in the order of the key.
fn primary_key(table: &str, columns: &[Column]) -> Option<String> {
    let key = columns.iter().filter(|column| column.key > 0);
    let names: Vec<&str> = key.map(|column| column.name.as_str()).collect();
    (!names.is_empty()).then(|| format!("{table}: primary key ({})", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection as _;

    use super::*;

    #[test]
    fn types_that_mean_the_same_have_one_name() {
        for (sqlite, postgres) in [
            ("BLOB", "bytea"),
            ("INTEGER", "bigint"),
            ("INTEGER", "boolean"),
            ("TEXT", "text"),
        ] {
            assert_eq!(portable_type(sqlite), portable_type(postgres));
        }
        assert_ne!(portable_type("TEXT"), portable_type("bytea"));
    }

    #[test]
    fn a_sqlite_schema_is_read_whole() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("x.db").to_string_lossy().into_owned();
        let mut connection = SqliteConnection::establish(&path).expect("a file");
        connection
            .batch_execute(
                "CREATE TABLE a (id BLOB PRIMARY KEY, n INTEGER NOT NULL, t TEXT) STRICT;
                 CREATE TABLE b (x BLOB NOT NULL REFERENCES a (id) ON DELETE CASCADE,
                     y INTEGER NOT NULL, PRIMARY KEY (y, x)) STRICT, WITHOUT ROWID;
                 CREATE UNIQUE INDEX i ON a (n, t) WHERE t IS NOT NULL;
                 CREATE TABLE __diesel_schema_migrations (version TEXT);",
            )
            .expect("statements");
        let expected = [
            "a.id: bytes not null",
            "a.n: integer not null",
            "a.t: text null",
            "a: primary key (id)",
            "a: unique index (n, t) on a part",
            "b.x: bytes not null",
            "b.y: integer not null",
            "b: foreign key x → a (id) on delete cascade",
            "b: primary key (y, x)",
        ];
        let facts = of_sqlite(&path).expect("readable");
        assert_eq!(facts.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_index_of_words_is_left_out() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("x.db").to_string_lossy().into_owned();
        let mut connection = SqliteConnection::establish(&path).expect("a file");
        connection
            .batch_execute(
                "CREATE TABLE message (number INTEGER NOT NULL) STRICT;
                 CREATE UNIQUE INDEX message_word_number ON message (number);
                 CREATE INDEX message_number ON message (number);
                 CREATE VIRTUAL TABLE message_word USING fts5 (words, content='', columnsize=0);",
            )
            .expect("statements");
        let expected = [
            "message.number: integer not null",
            "message: index (number)",
        ];
        let facts = of_sqlite(&path).expect("readable");
        assert_eq!(facts.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_difference_names_its_side() {
        let sqlite = Facts::from(["same".to_owned(), "a".to_owned()]);
        let postgres = Facts::from(["same".to_owned(), "b".to_owned()]);
        assert_eq!(
            differences(&sqlite, &postgres),
            ["only SQLite:   a", "only Postgres: b"]
        );
    }
}

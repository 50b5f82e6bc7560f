//! How Postgres carries out statements on tables of which it knows nothing, or that they are empty:
//! that is what a new database begins with, and a prepared statement keeps its plan.
//!
//! Needs a Postgres for tests, and says so where there is none. Measures nothing.

use diesel::connection::SimpleConnection;
use diesel::debug_query;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel::r2d2::CustomizeConnection;
use diesel::sql_types::Text;

use super::super::Conn;
use super::super::open::{Session, migrate};
use super::messages::{EraseMessageTags, EraseMessages};
use super::words::ForgetWords;
use crate::url::DatabaseUrl;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    text: String,
}

/// The plan of a statement whose parameters have these types.
fn plan(conn: &mut Conn, statement: &dyn QueryFragment<Pg>, types: &[&str]) -> String {
    let text = debug_query::<Pg, _>(&statement).to_string();
    let text = text.split(" -- binds").next().expect("a statement");
    let nothing = vec!["'{}'"; types.len()].join(", ");
    conn.batch_execute(&format!("PREPARE one ({}) AS {text}", types.join(", ")))
        .expect("prepared");
    let explain = diesel::sql_query(format!("EXPLAIN (COSTS OFF) EXECUTE one ({nothing})"));
    let lines: Vec<Line> = explain.load(conn).expect("a plan");
    conn.batch_execute("DEALLOCATE one").expect("forgotten");
    lines.iter().map(|line| line.text.as_str()).collect()
}

#[test]
fn what_is_erased_is_looked_up_by_the_whole_key() {
    let Ok(server) = std::env::var("CAUSERIE_TEST_POSTGRES_URL") else {
        eprintln!("skipped: CAUSERIE_TEST_POSTGRES_URL names no Postgres");
        return;
    };
    let name = format!("plans_{}", std::process::id());
    let mut kept = Conn::establish(&server).expect("the Postgres for tests answers");
    kept.batch_execute(&format!("CREATE SCHEMA {name}"))
        .expect("a schema");
    let mark = if server.contains('?') { '&' } else { '?' };
    let target = format!("{server}{mark}options=-c%20search_path%3D{name}");
    let url: DatabaseUrl = target.parse().expect("an address");
    migrate(&url, &target).expect("migrated");
    let mut conn = Conn::establish(&target).expect("a session");
    Session.on_acquire(&mut conn).expect("set up");
    let none = Vec::new;
    for knows in [
        "SELECT 1",
        "VACUUM ANALYZE message, message_tag, message_word",
    ] {
        conn.batch_execute(knows).expect("done");
        let tags = EraseMessageTags {
            workspaces: none(),
            tags: Vec::new(),
            messages: none(),
        };
        let tags = plan(&mut conn, &tags, &["bytea[]", "text[]", "bytea[]"]);
        let pair = "Index Cond: ((ROW(workspace_id, tag, message_id) >=";
        assert!(tags.contains(pair), "{knows}: {tags}");
        let messages = EraseMessages {
            conversations: none(),
            seqs: Vec::new(),
        };
        let messages = plan(&mut conn, &messages, &["bytea[]", "bigint[]"]);
        let pair = "Index Cond: ((ROW(conversation_id, seq) >=";
        assert!(messages.contains(pair), "{knows}: {messages}");
        let numbers = Vec::new();
        let words = plan(&mut conn, &ForgetWords { numbers }, &["bigint[]"]);
        assert!(
            words.contains("Index Cond: ((number >="),
            "{knows}: {words}"
        );
    }
    drop(conn);
    kept.batch_execute(&format!("DROP SCHEMA {name} CASCADE"))
        .expect("dropped");
}

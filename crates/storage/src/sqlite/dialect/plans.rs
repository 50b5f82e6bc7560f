//! How SQLite carries out statements that are meant for one index. Measures nothing.

use diesel::prelude::*;
use diesel::query_builder::QueryFragment;
use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;

use super::super::Conn;
use super::super::open::migrate;
use super::log::FindBirth;
use crate::url::DatabaseUrl;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// The plan of a statement.
fn plan(statement: &dyn QueryFragment<Sqlite>) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("causerie.db");
    migrate(&DatabaseUrl::sqlite(&path), &path).expect("migrated");
    let mut conn = Conn::establish(&path.display().to_string()).expect("the file opens");
    let text = diesel::debug_query::<Sqlite, _>(&statement).to_string();
    let text = text.split(" -- binds").next().expect("a statement");
    let explain = diesel::sql_query(format!("EXPLAIN QUERY PLAN {text}"));
    let lines: Vec<Line> = explain.load(&mut conn).expect("a plan");
    lines.into_iter().map(|line| line.detail).collect()
}

#[test]
fn where_things_came_into_being_is_looked_up_by_the_index_of_births() {
    let find = FindBirth {
        workspace: [0; 16],
        subject: [0; 16],
    };
    assert_eq!(
        plan(&find),
        "SEARCH event USING INDEX event_birth (workspace_id=? AND subject_id=?)"
    );
}

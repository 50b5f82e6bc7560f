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
use super::desk::{ReactionsOf, RecipientsOf};
use super::extras::{EraseExtras, FindExtras};
use super::log::{FindBirths, FindEvents};
use super::messages::{EraseMessageTags, EraseMessages};
use super::outside::{AttachMedia, EraseReferences, EraseUses, ExpireUnused, FindUses, NewestUses};
use super::words::ForgetWords;
use super::{FindDirects, FirstMembers};
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
    let nothing = types.iter().map(|name| match *name {
        "bigint" => "0",
        "bytea" => "''",
        _ => "'{}'",
    });
    let nothing = nothing.collect::<Vec<_>>().join(", ");
    conn.batch_execute(&format!("PREPARE one ({}) AS {text}", types.join(", ")))
        .expect("prepared");
    let explain = diesel::sql_query(format!("EXPLAIN (COSTS OFF) EXECUTE one ({nothing})"));
    let lines: Vec<Line> = explain.load(conn).expect("a plan");
    conn.batch_execute("DEALLOCATE one").expect("forgotten");
    lines.iter().map(|line| line.text.as_str()).collect()
}

/// Lets a test look at a new database, of which Postgres first knows nothing, and then that it is empty.
fn whatever_it_knows(name: &str, look: impl Fn(&mut Conn, &str)) {
    let Ok(server) = std::env::var("CAUSERIE_TEST_POSTGRES_URL") else {
        eprintln!("skipped: CAUSERIE_TEST_POSTGRES_URL names no Postgres");
        return;
    };
    let name = format!("{name}_{}", std::process::id());
    let mut kept = Conn::establish(&server).expect("the Postgres for tests answers");
    kept.batch_execute(&format!("CREATE SCHEMA {name}"))
        .expect("a schema");
    let mark = if server.contains('?') { '&' } else { '?' };
    let target = format!("{server}{mark}options=-c%20search_path%3D{name}");
    let url: DatabaseUrl = target.parse().expect("an address");
    migrate(&url, &target).expect("migrated");
    let mut conn = Conn::establish(&target).expect("a session");
    Session.on_acquire(&mut conn).expect("set up");
    for knows in [
        "SELECT 1",
        "VACUUM ANALYZE message, message_tag, message_word, media, media_use, platform_reference, \
         event, extra, conversation, conversation_number, member, reaction, message_recipient",
    ] {
        conn.batch_execute(knows).expect("done");
        look(&mut conn, knows);
    }
    drop(conn);
    kept.batch_execute(&format!("DROP SCHEMA {name} CASCADE"))
        .expect("dropped");
}

#[test]
fn what_is_erased_is_looked_up_by_the_whole_key() {
    let none = Vec::new;
    whatever_it_knows("plans", |conn, knows| {
        let tags = EraseMessageTags {
            workspaces: none(),
            tags: Vec::new(),
            messages: none(),
        };
        let tags = plan(conn, &tags, &["bytea[]", "text[]", "bytea[]"]);
        let pair = "Index Cond: ((ROW(workspace_id, tag, message_id) >=";
        assert!(tags.contains(pair), "{knows}: {tags}");
        let messages = EraseMessages {
            conversations: none(),
            seqs: Vec::new(),
        };
        let messages = plan(conn, &messages, &["bytea[]", "bigint[]"]);
        let pair = "Index Cond: ((ROW(conversation_id, seq) >=";
        assert!(messages.contains(pair), "{knows}: {messages}");
        let numbers = Vec::new();
        let words = plan(conn, &ForgetWords { numbers }, &["bigint[]"]);
        assert!(
            words.contains("Index Cond: ((number >="),
            "{knows}: {words}"
        );
        let references = EraseReferences {
            conversations: none(),
            messages: none(),
        };
        let references = plan(conn, &references, &["bytea[]", "bytea[]"]);
        let pair = "Index Cond: ((ROW(conversation_id, message_id) >=";
        assert!(references.contains(pair), "{knows}: {references}");
        let uses = EraseUses {
            conversations: none(),
            medias: none(),
            messages: none(),
        };
        let uses = plan(conn, &uses, &["bytea[]", "bytea[]", "bytea[]"]);
        let triple = "Index Cond: ((ROW(conversation_id, media_id, message_id) >=";
        assert!(uses.contains(triple), "{knows}: {uses}");
    });
}

#[test]
fn files_and_their_uses_are_looked_up_by_the_index_that_begins_with_what_is_asked_for() {
    let none = Vec::new;
    whatever_it_knows("files", |conn, knows| {
        let uses = FindUses {
            messages: none(),
            workspace: [0; 16],
        };
        let uses = plan(conn, &uses, &["bytea[]", "bytea"]);
        assert!(uses.contains("using media_use_message"), "{knows}: {uses}");
        let attach = AttachMedia {
            medias: none(),
            messages: none(),
            workspaces: none(),
            conversations: none(),
        };
        let attach = plan(conn, &attach, &["bytea[]", "bytea[]", "bytea[]", "bytea[]"]);
        let file = "Index Cond: ((ROW(workspace_id, id) >=";
        assert!(attach.contains(file), "{knows}: {attach}");
        let expire = ExpireUnused {
            now: 0,
            workspaces: none(),
            ids: none(),
        };
        let expire = plan(conn, &expire, &["bigint", "bytea[]", "bytea[]"]);
        assert!(expire.contains(file), "{knows}: {expire}");
        assert!(expire.contains("using media_use_pkey"), "{knows}: {expire}");
    });
}

#[test]
fn where_things_came_into_being_is_looked_up_by_the_index_of_births() {
    whatever_it_knows("births", |conn, knows| {
        let births = FindBirths {
            workspaces: Vec::new(),
            subjects: Vec::new(),
        };
        let births = plan(conn, &births, &["bytea[]", "bytea[]"]);
        assert!(births.contains("using event_birth"), "{knows}: {births}");
        assert!(
            births.contains("Index Cond: ((ROW(workspace_id, subject_id, \"position\") >="),
            "{knows}: {births}"
        );
        assert!(!births.contains("Sort"), "{knows}: {births}");
        let events = FindEvents {
            positions: Vec::new(),
            workspace: [0; 16],
        };
        let events = plan(conn, &events, &["bigint[]", "bytea"]);
        assert!(events.contains("using event_pkey"), "{knows}: {events}");
    });
}

#[test]
fn what_pages_show_beside_many_things_is_looked_up_for_each() {
    let none = Vec::new;
    let workspace = [0; 16];
    whatever_it_knows("beside", |conn, knows| {
        let mut uses = |statement: &dyn QueryFragment<Pg>, types: &[&str], index: &str| {
            let plan = plan(conn, statement, types);
            assert!(plan.contains(&format!("using {index}")), "{knows}: {plan}");
            assert!(!plan.contains("Sort"), "{knows}: {plan}");
        };
        let (messages, limit) = (none(), 9);
        let reactions = ReactionsOf { messages, limit };
        uses(&reactions, &["bytea[]", "bigint"], "reaction_order");
        let messages = none();
        uses(
            &RecipientsOf { messages },
            &["bytea[]"],
            "message_recipient_pkey",
        );
        let medias = none();
        let newest = NewestUses { medias, workspace };
        uses(&newest, &["bytea[]", "bytea"], "media_use_pkey");
        let conversations = none();
        let first = FirstMembers {
            conversations,
            limit,
            workspace,
        };
        uses(&first, &["bytea[]", "bigint", "bytea"], "member_pkey");
        let pairs = Vec::new();
        let directs = FindDirects { pairs, workspace };
        uses(&directs, &["bytea[]", "bytea"], "conversation_direct");
        let (bearers, surface) = (Vec::new(), "one");
        let extras = FindExtras {
            bearers,
            workspace,
            surface,
        };
        uses(&extras, &["bytea[]", "bytea", "text"], "extra_pkey");
        let (workspaces, bearers) = (none(), Vec::new());
        let erase = EraseExtras {
            workspaces,
            bearers,
        };
        let erase = plan(conn, &erase, &["bytea[]", "bytea[]"]);
        let pair = "Index Cond: ((ROW(workspace_id, bearer) >=";
        assert!(erase.contains(pair), "{knows}: {erase}");
    });
}

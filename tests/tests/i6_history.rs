//! I6: history costs nothing. The same work on a conversation with many messages touches no more rows than
//! on one with few.
//!
//! Counts rows, which Postgres does exactly, and no time: the benchmark measures that. Both stores run the
//! same queries.

use causerie_tests::{Client, Database, Line, Server, check, eventually, on_postgres, scene};
use serde_json::{Value, json};

const FEW: &str = "300";
const MANY: &str = "6000";
/// Rows that one round may touch more often, as indexes are deeper and statistics are late.
const MORE_ROWS_MAX: i64 = 200;

on_postgres!(
    i6_the_same_work_touches_no_more_rows_when_there_is_more_history,
    i6_a_send_touches_no_more_rows_in_a_larger_workspace_from_the_first_on
);

fn i6_the_same_work_touches_no_more_rows_when_there_is_more_history(database: &Database) {
    let few = seed(database, FEW);
    let many = seed(database, MANY);
    // The planner has to know what it has to do with, as it does on a server that has run for a day.
    database.execute("ANALYZE");
    let before = work(database, &few);
    let after = work(database, &many);
    eprintln!("{before} rows with {FEW} messages, {after} with {MANY}");
    assert!(before > 100, "rows are counted");
    assert!(
        after <= before + MORE_ROWS_MAX,
        "{before} rows with {FEW} messages, {after} with {MANY}"
    );
}

/// Nothing is analyzed here: plans that are made while tables are empty have to be the right ones.
fn i6_a_send_touches_no_more_rows_in_a_larger_workspace_from_the_first_on(database: &Database) {
    let conversation = seed_many(database, "10", "10");
    let before = sends(database, &conversation);
    seed_many(database, "2000", "2000");
    let after = sends(database, &conversation);
    eprintln!("{before} rows with 10 conversations, {after} with 2010");
    assert!(before > 50, "rows are counted");
    assert!(
        after <= before + MORE_ROWS_MAX,
        "{before} rows with 10 conversations, {after} with 2010"
    );
}

/// Sends with idempotency keys; gives how many rows that touched.
fn sends(database: &Database, conversation: &str) -> i64 {
    let key = Line::new(database).args(["key", "create"]).succeed();
    let before = rows_touched(database);
    let server = Server::start(database);
    let mut client = Client::new(server.address(), key.trim());
    let path = format!("/v1/conversations/{conversation}");
    let members = check::walk(&mut client, &format!("{path}/members"));
    let body = json!({"participant_id": members[0]["participant_id"], "body": "Hello"});
    for number in 0..20 {
        let once = format!("{before}-{number}");
        let headers = [("Idempotency-Key", once.as_str())];
        let messages = format!("{path}/messages");
        client
            .call("POST", &messages, &headers, Some(&body))
            .expect(201);
    }
    server.stop();
    rows_touched(database) - before
}

/// Makes a conversation with a history; gives its id.
fn seed(database: &Database, messages: &str) -> String {
    seed_many(database, "1", messages)
}

/// Makes conversations with a message or more each; gives the id of the first.
fn seed_many(database: &Database, conversations: &str, messages: &str) -> String {
    let args = [
        "bench-seed",
        "--conversations",
        conversations,
        "--messages",
        messages,
    ];
    Line::new(database).args(["migrate"]).succeed();
    let printed = Line::new(database).args(args).succeed();
    let first = printed.lines().next().expect("a line");
    let line: Value = serde_json::from_str(first).expect("a line of JSON");
    line["conversation_id"].as_str().expect("an id").to_owned()
}

/// Does everything that is done all day in one conversation; gives how many rows that touched.
fn work(database: &Database, conversation: &str) -> i64 {
    let key = Line::new(database).args(["key", "create"]).succeed();
    let before = rows_touched(database);
    let server = Server::start(database);
    let mut client = Client::new(server.address(), key.trim());
    let path = format!("/v1/conversations/{conversation}");
    let members = check::walk(&mut client, &format!("{path}/members"));
    let member = members[0]["participant_id"].as_str().expect("a member");
    for _ in 0..5 {
        let sent = scene::send(&mut client, conversation, member, "One more");
        let seq = sent["seq"].as_u64().expect("a seq");
        client.get(&format!("{path}/messages?limit=20")).expect(200);
        client
            .get(&format!("{path}/messages?limit=20&order=asc"))
            .expect(200);
        let time = sent["created_at"].as_str().expect("a time");
        client
            .get(&format!("{path}/messages?limit=5&before={time}"))
            .expect(200);
        client
            .get(&format!("{path}/messages/{}", scene::id(&sent)))
            .expect(200);
        client
            .get(&format!("/v1/participants/{member}/conversations?limit=1"))
            .expect(200);
        let read = json!({"seq": seq});
        let watermark = format!("{path}/members/{member}/read");
        client.call("PUT", &watermark, &[], Some(&read)).expect(200);
    }
    server.stop();
    rows_touched(database) - before
}

/// Rows that queries have read from tables so far. Connections report when they end at the latest.
fn rows_touched(database: &Database) -> i64 {
    eventually("connections to report", || {
        let others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                      AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
        (database.number(others) == 0).then_some(())
    });
    let rows = "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint \
                FROM pg_stat_user_tables";
    database.number(rows)
}

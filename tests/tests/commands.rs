//! The command line: every command beside a running server, and every mistake at start, which ends with one
//! sentence that says what to do.
//!
//! What the options mean is tested where they are used.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use causerie_tests::{
    Client, Database, Line, Scene, Server, check, eventually, moment, on_both_stores,
};
use serde_json::{Value, json};

on_both_stores!(
    keys_are_made_listed_and_revoked_beside_a_running_server,
    a_key_can_be_made_before_the_first_start,
    workspaces_are_made_and_listed,
    a_database_is_migrated_once,
    a_doctor_finds_a_running_installation_in_order,
    config_shows_what_is_in_force_and_from_where,
    a_newer_database_is_refused,
    a_plan_is_shown_and_changed_beside_a_running_server,
    tokens_are_added_beside_a_running_server,
    a_doctor_finds_what_nobody_sends_and_what_was_refused,
);

fn run(database: &Database, args: &[&str]) -> String {
    Line::new(database).args(args.iter().copied()).succeed()
}

fn keys_are_made_listed_and_revoked_beside_a_running_server(database: &Database) {
    let server = Server::start(database);
    let scene = Scene::set(&mut server.client(database), 1, 1);
    let args = [
        "key",
        "create",
        "--json",
        "--name",
        "a script",
        "--scope",
        "messaging:read",
        "--scope",
        "messaging:write",
        "--participant",
        &scene.people[0],
        "--expires-in",
        "1h",
    ];
    let made: Value = serde_json::from_str(&run(database, &args)).expect("JSON");
    assert_eq!(made["scopes"], json!(["messaging:read", "messaging:write"]));
    assert_eq!(made["participant_id"], scene.people[0].as_str());
    assert!(made["expires_at"].is_string());
    let id = made["id"].as_str().expect("an id");
    let mut client = Client::new(server.address(), made["key"].as_str().expect("the key"));
    client.get("/v1/me").expect(200);
    assert_eq!(client.get("/v1/keys").status, 403, "it may not administer");

    let alone = run(database, &["key", "create"]);
    assert_eq!(
        (alone.len(), alone.lines().count()),
        (76, 1),
        "the key and nothing else"
    );
    Client::new(server.address(), alone.trim())
        .get("/v1/me")
        .expect(200);

    let table = run(database, &["key", "list"]);
    assert_eq!(table.lines().count(), 4, "{table}");
    assert!(table.contains(id) && table.contains("a script"), "{table}");
    assert!(!table.contains(&alone.trim()[29..69]), "no secret: {table}");

    run(database, &["key", "revoke", id]);
    eventually("the server to refuse the key", || {
        let answer = client.get("/v1/me");
        (answer.status == 401 && answer.code().as_deref() == Some("key_revoked")).then_some(())
    });
    let listed = run(database, &["key", "list", "--json"]);
    let listed: Vec<Value> = listed
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let revoked = listed
        .iter()
        .find(|key| key["id"] == id)
        .expect("still listed");
    assert!(revoked["revoked_at"].is_string() && revoked["key"].is_null());
}

fn a_key_can_be_made_before_the_first_start(database: &Database) {
    run(database, &["migrate"]);
    let key = run(database, &["key", "create", "--scope", "*"]);
    let server = Server::start(database);
    assert!(!server.printed().contains("KEY="), "no other key is made");
    let mut client = Client::new(server.address(), key.trim());
    assert_eq!(check::walk(&mut client, "/v1/workspaces").len(), 1);
}

fn workspaces_are_made_and_listed(database: &Database) {
    let server = Server::start(database);
    let id = run(database, &["workspace", "create", "--name", "second"]);
    let id = id.trim();
    let table = run(database, &["workspace", "list"]);
    assert!(
        table.contains(id) && table.contains("second") && table.contains("default"),
        "{table}"
    );
    let listed = run(database, &["workspace", "list", "--json"]);
    assert_eq!(listed.lines().count(), 2);
    let key = run(
        database,
        &["key", "create", "--workspace", id, "--scope", "*"],
    );
    let mut client = Client::new(server.address(), key.trim());
    assert!(
        client.get("/v1/me").text().contains(id),
        "the key is of the new workspace"
    );
    let refused = Line::new(database)
        .args([
            "key",
            "list",
            "--workspace",
            "ws_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        ])
        .fail();
    assert!(refused.contains("workspace list"), "{refused}");
}

fn a_database_is_migrated_once(database: &Database) {
    let first = Line::new(database).args(["migrate"]).output();
    let again = Line::new(database).args(["migrate"]).output();
    let said = |output: &std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        first.status.success() && said(&first).contains("was brought to"),
        "{}",
        said(&first)
    );
    assert!(
        again.status.success() && said(&again).contains("up to date"),
        "{}",
        said(&again)
    );
}

fn a_doctor_finds_a_running_installation_in_order(database: &Database) {
    let _server = Server::start(database);
    let report = run(database, &["doctor"]);
    assert!(!report.contains("FAIL"), "{report}");
    for subject in ["ok    database", "schema version", "clock", "open files"] {
        assert!(report.contains(subject), "{subject}: {report}");
    }
}

fn config_shows_what_is_in_force_and_from_where(database: &Database) {
    let file = database.directory().join("causerie.toml");
    fs::write(&file, "workers = 3\nlog_format = \"json\"\n").expect("written");
    let line = Line::new(database)
        .args(["config", "--drain-timeout-seconds", "7"])
        .env("CAUSERIE_READERS", "5");
    let table = line.succeed();
    let row = |name: &str| {
        let row = table
            .lines()
            .find(|line| line.starts_with(name))
            .expect("a row");
        row.split_whitespace()
            .skip(1)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        row("drain_timeout_seconds"),
        ["7", "--drain-timeout-seconds"]
    );
    assert_eq!(row("readers"), ["5", "CAUSERIE_READERS"]);
    assert_eq!(row("workers")[0], "3");
    assert!(row("workers")[1].ends_with("causerie.toml"), "{table}");
    assert_eq!(row("body_bytes_max"), ["262144", "default"]);
}

fn a_newer_database_is_refused(database: &Database) {
    run(database, &["migrate"]);
    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99999999999999')";
    database.execute(newer);
    for args in [
        ["serve", "--listen=127.0.0.1:0"].as_slice(),
        &["key", "list"],
        &["migrate"],
    ] {
        let sentence = Line::new(database).args(args.iter().copied()).fail();
        assert!(sentence.contains("newer"), "{sentence}");
    }
}

fn a_plan_is_shown_and_changed_beside_a_running_server(database: &Database) {
    let server = Server::start(database);
    let id = run(database, &["workspace", "create", "--name", "second"]);
    let id = id.trim();
    let plan = |args: &[&str]| {
        let line = Line::new(database).args(["workspace", "plan", id, "--json"]);
        let shown = line.args(args.iter().copied()).succeed();
        serde_json::from_str::<Value>(&shown).expect("JSON")
    };
    let free = json!({"workspace_id": id, "read": null, "write": null, "metered": false,
        "prices": {"send": 0, "edit": 0, "react": 0}, "tokens": null,
        "file_bytes_max": 104_857_600, "storage_bytes_max": 10_737_418_240_u64, "storage_bytes": 0});
    assert_eq!(plan(&[]), free);
    let table = run(database, &["workspace", "plan", id]);
    assert!(
        table.contains("any number") && table.contains("never topped up"),
        "{table}"
    );

    let changed = plan(&[
        "--write-per-second",
        "1",
        "--write-burst=2",
        "--metered",
        "--price-send=3",
    ]);
    assert_eq!(changed["write"], json!({"per_second": 1, "burst": 2}));
    assert_eq!(changed["prices"]["send"], 3);
    let changed = plan(&["--read-per-second=50"]);
    assert_eq!(changed["read"], json!({"per_second": 50, "burst": 50}));
    assert_eq!(changed["write"]["burst"], 2, "the rest stays");
    let changed = plan(&["--file-bytes-max=7", "--storage-bytes-max=9"]);
    assert_eq!(
        (&changed["file_bytes_max"], &changed["storage_bytes_max"]),
        (&json!(7), &json!(9))
    );
    assert_eq!(plan(&[]), changed, "looking changes nothing");
    let args = ["key", "create", "--workspace", id, "--scope", "*"];
    let key = run(database, &args);
    let mut client = Client::new(server.address(), key.trim());
    eventually("the server to follow", || {
        let answer = client.post(
            "/v1/participants",
            &json!({"kind": "bot", "display_name": "x"}),
        );
        (answer.status == 429).then_some(())
    });
    let lifted = plan(&["--write-per-second=none", "--unmetered"]);
    assert_eq!(
        (&lifted["write"], &lifted["metered"]),
        (&Value::Null, &json!(false))
    );

    let refused = |args: &[&str], expected: &str| {
        let line = Line::new(database).args(["workspace", "plan"]);
        let sentence = line.args(args.iter().copied()).fail();
        assert!(sentence.contains(expected), "{expected}: {sentence}");
    };
    refused(&[id, "--write-burst=2"], "write/burst");
    refused(&[id, "--write-per-second=0"], "write/per_second");
    refused(&[id, "--write-per-second=many"], "none");
    refused(&[id, "--metered", "--unmetered"], "--unmetered");
    refused(&[id, "--price-send=-1"], "--price-send");
    refused(&[id, "--price-send=1000001"], "1000000");
    refused(&["ws_01ARZ3NDEKTSV4RRFFQ69G5FAV"], "workspace list");
    refused(&["second"], "ws_");
    assert_eq!(plan(&[]), lifted, "what is refused changes nothing");
}

fn tokens_are_added_beside_a_running_server(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let me = run(database, &["workspace", "list", "--json"]);
    let me: Value = serde_json::from_str(&me).expect("JSON");
    let id = me["id"].as_str().expect("an id");
    let first = run(database, &["workspace", "top-up", id, "100"]);
    assert_eq!(first, "100\n", "what is there now, and nothing else");
    let args = [
        "workspace",
        "top-up",
        id,
        "20",
        "--note",
        "a gift",
        "--json",
    ];
    let second: Value = serde_json::from_str(&run(database, &args)).expect("JSON");
    let shown = (&second["tokens"], &second["delta"], &second["note"]);
    assert_eq!(shown, (&json!(120), &json!(20), &json!("a gift")));
    let balance = client.get("/v1/balance").expect(200);
    assert_eq!(balance["tokens"], 120);
    let ledger = check::walk(&mut client, "/v1/balance/ledger");
    assert_eq!(ledger[0]["note"], "a gift");
    assert_eq!(ledger[1]["note"], Value::Null);

    let refused = |args: &[&str], expected: &str| {
        let line = Line::new(database).args(["workspace", "top-up"]);
        let sentence = line.args(args.iter().copied()).fail();
        assert!(sentence.contains(expected), "{expected}: {sentence}");
    };
    refused(&[id, "0"], "tokens");
    refused(&[id, "some"], "some");
    refused(&[id, "1", "--note", ""], "--note");
    refused(&[id, "1000000000000000"], "balance");
    refused(&["ws_01ARZ3NDEKTSV4RRFFQ69G5FAV", "1"], "workspace list");
    let balance = client.get("/v1/balance").expect(200);
    assert_eq!(balance["tokens"], 120, "what is refused changes nothing");
}

fn a_doctor_finds_what_nobody_sends_and_what_was_refused(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    let report = run(database, &["doctor"]);
    assert!(report.contains("ok    schedule  nothing waits"), "{report}");
    assert!(report.contains("ok    refused"), "{report}");
    let soon = moment::ahead(&mut client, 1_500);
    let body = json!({"participant_id": scene.people[0], "body": "Soon", "scheduled_for": soon});
    let waiting = client.post(&scene.messages(0), &body).expect(202);
    let report = run(database, &["doctor"]);
    assert!(
        report.contains("ok    schedule  the next is due"),
        "{report}"
    );
    let close = format!("/v1/conversations/{}/close", scene.conversations[0]);
    client.post(&close, &json!({})).expect(200);
    let at = waiting["id"].as_str().expect("an id");
    eventually("it to be refused", || {
        let one = client
            .get(&format!("/v1/scheduled-messages/{at}"))
            .expect(200);
        (one["delivery_status"] == "failed").then_some(())
    });
    let report = run(database, &["doctor"]);
    assert!(
        report.contains("warn  refused  1 scheduled")
            && report.contains("conversation_not_open: 1")
            && report.contains("PATCH"),
        "{report}"
    );

    // Nobody serves, and time passes: behind the server's back.
    server.stop();
    database.execute("UPDATE scheduled_message SET refused = NULL, due_at = due_at - 120000000");
    let report = run(database, &["doctor"]);
    assert!(
        report.contains("warn  schedule") && report.contains("causerie serve"),
        "{report}"
    );
}

#[test]
fn a_password_is_never_shown() {
    let database = Database::sqlite();
    let url = "postgres://someone:hunter2@127.0.0.1:1/causerie";
    let line = || {
        Line::bare()
            .in_directory(&database)
            .args(["--database", url])
    };
    let shown = line().args(["config"]).succeed();
    assert!(
        !shown.contains("hunter2") && shown.contains("someone"),
        "{shown}"
    );
    let sentence = line().args(["--listen", "127.0.0.1:0", "serve"]).fail();
    assert!(
        !sentence.contains("hunter2") && sentence.contains("cannot be reached"),
        "{sentence}"
    );
    let report = line().args(["doctor"]).output();
    assert_eq!(report.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&report.stdout).contains("FAIL  database"));
}

#[test]
fn a_port_that_is_taken_is_named_before_anything_is_made() {
    let database = Database::sqlite();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let sentence = Line::new(&database)
        .args(["serve", "--listen", &address])
        .fail();
    assert!(
        sentence.contains(&address) && sentence.contains("--listen"),
        "{sentence}"
    );
    assert!(
        !database.directory().join("data").exists(),
        "nothing was made"
    );
}

#[test]
fn what_cannot_be_a_database_is_refused() {
    let database = Database::sqlite();
    let file = database.directory().join("notes.txt");
    fs::write(
        &file,
        "these are only notes, long enough to be read as a header",
    )
    .expect("written");
    let serve = |url: &str| {
        let line = Line::bare().in_directory(&database);
        line.args(["serve", "--listen", "127.0.0.1:0", "--database", url])
            .fail()
    };
    let sentence = serve(&format!("sqlite:{}", file.display()));
    assert!(sentence.contains("not a SQLite database"), "{sentence}");
    assert!(
        serve("mysql://localhost/x").contains("postgres://"),
        "it says what there is"
    );
    assert!(
        serve("sqlite::memory:").contains("file"),
        "it says what there is"
    );
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let database = Database::sqlite();
    let locked = database.directory().join("locked");
    fs::create_dir(&locked).expect("created");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).expect("changed");
    // Root may write everywhere; a file in the way stops everybody.
    fs::write(database.directory().join("file"), "").expect("written");
    let mut directories = vec!["file/data"];
    if fs::write(locked.join("probe"), "").is_err() {
        directories.push("locked/data");
    }
    for directory in directories {
        let line = Line::bare().in_directory(&database);
        let sentence = line
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir", directory])
            .fail();
        assert!(
            sentence.contains(directory) && sentence.contains("--data-dir"),
            "{sentence}"
        );
    }
}

#[test]
fn every_wrong_option_is_named() {
    let database = Database::sqlite();
    let line = || Line::bare().in_directory(&database);
    let check = |line: Line, expected: &[&str]| {
        let sentence = line.fail();
        for text in expected {
            assert!(sentence.contains(text), "{text}: {sentence}");
        }
    };
    check(
        line().args(["serve", "--lisen", "x"]),
        &["--lisen", "--help"],
    );
    check(line().args(["sing"]), &["sing"]);
    check(
        line().args(["config", "--workers", "many"]),
        &["--workers", "whole number"],
    );
    check(
        line().args(["config", "--workers", "0"]),
        &["--workers", "from 1"],
    );
    check(
        line().args(["config", "--listen", "nowhere"]),
        &["nowhere", "127.0.0.1:8080"],
    );
    check(
        line().args(["config", "--log-format", "xml"]),
        &["xml", "json"],
    );
    check(
        line().args(["config", "--config", "missing.toml"]),
        &["missing.toml"],
    );
    check(
        line().args(["config"]).env("CAUSERIE_LISTN", "x"),
        &["CAUSERIE_LISTN"],
    );
    check(
        line().args(["config"]).env("CAUSERIE_READERS", "-1"),
        &["CAUSERIE_READERS"],
    );
    check(
        line().args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log-level",
            "info=loud",
        ]),
        &["log_level", "loud"],
    );
    check(
        line().args(["key", "list"]),
        &["no database", "causerie serve"],
    );

    let toml = |text: &str| {
        fs::write(database.directory().join("causerie.toml"), text).expect("written");
        line().args(["config"])
    };
    check(toml("lisen = \"x\"\n"), &["`lisen`", "causerie.toml"]);
    check(toml("listen = \"x\n"), &["causerie.toml", "line 1"]);
    check(
        toml("workers = \"many\"\n"),
        &["`workers`", "causerie.toml"],
    );
    check(toml("workers = 100000\n"), &["`workers`", "from 1 to 1024"]);
    check(toml("listen = 8080\n"), &["`listen`", "causerie.toml"]);
}

#[test]
fn wrong_arguments_of_key_are_named() {
    let database = Database::sqlite();
    run(&database, &["migrate"]);
    let check = |args: &[&str], expected: &str| {
        let line = Line::new(&database)
            .args(["key"])
            .args(args.iter().copied());
        let sentence = line.fail();
        assert!(sentence.contains(expected), "{expected}: {sentence}");
    };
    check(&["create", "--scope", "everything"], "messaging:read");
    check(&["create", "--participant", "Ann"], "part_");
    check(
        &["create", "--participant", "part_01ARZ3NDEKTSV4RRFFQ69G5FAV"],
        "participant_id",
    );
    check(&["create", "--expires-in", "soon"], "90d");
    check(&["revoke", "ck_x"], "key_");
    check(&["revoke", "key_01ARZ3NDEKTSV4RRFFQ69G5FAV"], "key list");
}

#[test]
fn variables_that_kubernetes_sets_are_not_taken_for_options() {
    let database = Database::sqlite();
    let line = Line::bare().in_directory(&database).args(["config"]);
    line.env("CAUSERIE_SERVICE_HOST", "10.0.0.1")
        .env("CAUSERIE_PORT", "tcp://10.0.0.1:8080")
        .succeed();
}

#[test]
fn version_and_references_are_printed() {
    let version = Line::bare().args(["--version"]).succeed();
    assert!(version.starts_with("causerie 0."), "{version}");
    let help = Line::bare().args(["--help"]).succeed();
    for word in ["serve", "migrate", "doctor", "--listen", "--database"] {
        assert!(help.contains(word), "{word}: {help}");
    }
    assert!(
        !help.contains("bench-echo") && !help.contains("group-jobs-max"),
        "{help}"
    );
    let reference = |what| Line::bare().args(["reference", what]).succeed();
    let openapi: Value = serde_json::from_str(&reference("openapi")).expect("JSON");
    assert!(
        openapi["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
    assert!(reference("problems").contains("conversation_not_found"));
    assert!(reference("configuration").contains("CAUSERIE_DATA_DIR"));
    assert!(reference("metrics").contains("causerie_commit_seconds"));
}

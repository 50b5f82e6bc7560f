//! The first start: everything is made, the key is shown once, and the lines that are printed work as pasted.
//!
//! Later starts say only where they listen.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use causerie_tests::{Client, Database, Line, Server, check, on_both_stores};
use serde_json::Value;

on_both_stores!(
    the_printed_lines_send_a_message,
    later_starts_print_only_where_they_listen,
    two_first_starts_at_once_make_one_workspace_and_one_key,
);

fn the_printed_lines_send_a_message(database: &Database) {
    let server = Server::start(database);
    let printed = server.printed();
    let lines: Vec<&str> = printed
        .lines()
        .skip_while(|line| !line.starts_with("KEY="))
        .collect();
    let lines: Vec<&str> = lines
        .into_iter()
        .take_while(|line| !line.is_empty())
        .collect();
    assert_eq!(
        printed.matches(&database.key()).count(),
        1,
        "the key is printed once"
    );

    let answer = run_in_a_shell(&lines.join("\n"));
    let message: Value = serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}"));
    assert_eq!(message["seq"], 1, "{message}");

    let conversation = message["conversation_id"].as_str().expect("a conversation");
    let stored = check::conversation(&mut server.client(database), conversation);
    assert_eq!(stored[0]["id"], message["id"]);
}

/// Pastes lines into a plain shell; gives what it printed.
fn run_in_a_shell(lines: &str) -> String {
    let mut shell = Command::new("sh")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("there is a shell");
    let mut input = shell.stdin.take().expect("standard input is piped");
    writeln!(input, "{lines}").expect("the shell reads");
    drop(input);
    let output = shell.wait_with_output().expect("the shell ends");
    assert!(output.status.success(), "{}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn later_starts_print_only_where_they_listen(database: &Database) {
    Server::start(database).stop();
    let server = Server::start(database);
    let expected = format!("Causerie listens on http://{}\n", server.address());
    assert_eq!(server.printed(), expected);
    assert_eq!(
        server.client(database).get("/v1/me").status,
        200,
        "the key still works"
    );
}

fn two_first_starts_at_once_make_one_workspace_and_one_key(database: &Database) {
    let servers = std::thread::scope(|scope| {
        let starts = [(), ()].map(|()| scope.spawn(|| Server::start(database)));
        starts.map(|start| start.join().expect("both come up"))
    });
    let with_key = servers
        .iter()
        .filter(|server| server.printed().contains("KEY="));
    assert_eq!(with_key.count(), 1, "one of them shows the key");
    for server in &servers {
        let mut client = Client::new(server.address(), &database.key());
        assert_eq!(check::walk(&mut client, "/v1/workspaces").len(), 1);
        assert_eq!(check::walk(&mut client, "/v1/keys").len(), 1);
    }
}

#[test]
fn the_data_directory_is_for_its_owner_only() {
    let database = Database::sqlite();
    let server = Server::start(&database);
    let data = database.directory().join("data");
    let mode = data
        .metadata()
        .expect("it was created")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    server.stop();
}

#[test]
fn without_any_option_everything_is_in_one_directory_beside_the_caller() {
    let database = Database::sqlite();
    // Only the address is given, so that tests do not meet each other.
    let server = Line::bare().in_directory(&database).serve(&database);
    assert!(
        database
            .directory()
            .join("causerie-data/causerie.db")
            .is_file()
    );
    server.stop();
}

//! Programs that were written for other products work against Causerie with another base URL and another key.
//!
//! What each answer looks like is tested per dialect; here the programs decide.

use causerie_tests::{Database, Dialect, Server, check, on_both_stores, program};

on_both_stores!(
    a_program_with_the_sdk_for_chatwoot_works,
    a_program_with_requests_for_doto_works,
    a_program_with_fetch_for_saasignal_works,
    a_program_with_requests_for_saasignal_works,
    a_program_with_fetch_for_bird_works,
    a_program_with_requests_for_bird_works,
    a_program_with_fetch_for_protocol_works,
    a_program_with_requests_for_protocol_works,
    a_program_with_fetch_for_staffchat_works,
    a_program_with_requests_for_staffchat_works,
);

/// What each program says first; the shells, languages and libraries between have to leave it as it is.
const TEXT: &str = "You’re early – “Grüße” & 1+1=2 %20 🙂";

/// Runs a program on a fresh workspace; what it said is there.
#[track_caller]
fn check_program(database: &Database, dialect: &str, program: &str) {
    let server = Server::start(database);
    let client = Dialect::of(&server, database, dialect);
    let mut variables = client.variables();
    variables.insert("TEXT".to_owned(), TEXT.to_owned());
    if program::run(program, &variables) {
        let said = check::walk(&mut server.client(database), "/v1/messages");
        let first = said.iter().filter(|message| message["body"] == TEXT);
        assert_eq!(first.count(), 1, "{said:?}");
    }
}

fn a_program_with_the_sdk_for_chatwoot_works(database: &Database) {
    check_program(database, "doto", "doto_sdk.mjs");
}

fn a_program_with_requests_for_doto_works(database: &Database) {
    check_program(database, "doto", "doto_requests.py");
}

fn a_program_with_fetch_for_saasignal_works(database: &Database) {
    check_program(database, "saasignal", "saasignal_fetch.mjs");
}

fn a_program_with_requests_for_saasignal_works(database: &Database) {
    check_program(database, "saasignal", "saasignal_requests.py");
}

fn a_program_with_fetch_for_bird_works(database: &Database) {
    check_program(database, "bird", "bird_fetch.mjs");
}

fn a_program_with_requests_for_bird_works(database: &Database) {
    check_program(database, "bird", "bird_requests.py");
}

fn a_program_with_fetch_for_protocol_works(database: &Database) {
    check_program(database, "protocol", "protocol_fetch.mjs");
}

fn a_program_with_requests_for_protocol_works(database: &Database) {
    check_program(database, "protocol", "protocol_requests.py");
}

fn a_program_with_fetch_for_staffchat_works(database: &Database) {
    check_program(database, "staffchat", "staffchat_fetch.mjs");
}

fn a_program_with_requests_for_staffchat_works(database: &Database) {
    check_program(database, "staffchat", "staffchat_requests.py");
}

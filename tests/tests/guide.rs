//! The guides mean what they say: every command of the README's first conversation and of each guide works as pasted,
//! in order.
//!
//! What the answers mean is tested elsewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use causerie_tests::platform::Platform;
use causerie_tests::{Client, Database, Line, Server, check, on_both_stores};
use serde_json::json;

on_both_stores!(
    every_command_of_the_guide_to_messages_works_as_pasted,
    every_command_of_the_guide_to_files_works_as_pasted,
    every_command_of_the_guide_to_mail_works_as_pasted,
    every_command_of_the_guide_to_gateways_works_as_pasted,
    the_key_for_a_client_of_another_product_comes_with_a_command_that_works,
    every_command_of_the_guide_for_those_from_bird_works_as_pasted,
    every_command_of_the_guide_for_those_from_doto_works_as_pasted,
    every_command_of_the_guide_for_those_from_protocol_works_as_pasted,
    every_command_of_the_guide_for_those_from_saasignal_works_as_pasted,
    every_command_of_the_guide_for_those_from_ziik_works_as_pasted,
);

/// What stands in a guide for somebody else's server, and what a test puts there.
type Instead<'a> = (&'a str, &'a str);

fn guides() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guides")
}

/// The shell commands of a document, block by block.
fn blocks(path: &Path) -> Vec<String> {
    let document = fs::read_to_string(path).expect("the document");
    let parts = document.split("```sh\n").skip(1);
    parts
        .filter_map(|part| Some(part.split_once("```")?.0.to_owned()))
        .collect()
}

/// Pastes the first conversation of the README and then a guide; gives what was answered.
#[track_caller]
fn paste(database: &Database, server: &Server, guide: &str, instead: &[Instead<'_>]) -> String {
    let first = readme("KEY=ck_…");
    let own = blocks(&guides().join(guide));
    assert!(own.len() > 1, "{guide} has commands");
    let script = [first.replace("ck_…", &database.key()), own.concat()].concat();
    // The server of the test has a port of its own.
    let mut script = script.replace("localhost:8080", &server.address().to_string());
    for (theirs, ours) in instead {
        assert!(script.contains(theirs), "{guide} has {theirs}");
        script = script.replace(theirs, ours);
    }
    let answers = run(database, &script);
    for answer in answers.lines() {
        let is_error = ["{\"error", "{\"message\":\""].map(|begin| answer.starts_with(begin));
        let is_error = is_error.contains(&true) || answer.contains("\"documentation_url\":");
        let is_problem = answer.contains("\"code\":");
        assert!(!is_error && !is_problem, "{guide}: {answer}");
    }
    answers
}

/// The block of the README with these words.
#[track_caller]
fn readme(words: &str) -> String {
    let all = blocks(&guides().join("../../README.md"));
    let found = all.into_iter().find(|block| block.contains(words));
    found.unwrap_or_else(|| panic!("the README has {words}"))
}

/// Runs commands in a shell that finds the program under test; gives what they printed.
#[track_caller]
fn run(database: &Database, script: &str) -> String {
    let program = causerie_tests::server::binary();
    let directory = program.parent().expect("a directory").display();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-euc", script])
        .env("PATH", format!("{directory}:{path}"))
        .env("CAUSERIE_DATABASE", database.url())
        .current_dir(database.directory())
        .output()
        .expect("there is a shell");
    let errors = String::from_utf8_lossy(&output.stderr);
    let answers = String::from_utf8_lossy(&output.stdout).into_owned();
    let status = output.status;
    assert!(status.success(), "{status}: {errors}{answers}\n{script}");
    answers
}

fn every_command_of_the_guide_to_messages_works_as_pasted(database: &Database) {
    let server = Server::start(database);
    let answers = paste(database, &server, "messages.md", &[]);
    let count = answers.lines().filter(|line| line.starts_with('{')).count();
    assert!(count > 25, "the commands were answered: {answers}");
    check_done(&mut server.client(database));
}

fn every_command_of_the_guide_to_files_works_as_pasted(database: &Database) {
    let server = Server::start(database);
    let answers = paste(database, &server, "files.md", &[]);
    let whole = answers.matches("Order 4711\n1 chair\n").count();
    assert_eq!(whole, 2, "had again with a key and by a link: {answers}");
    assert!(answers.contains("--storage-bytes-max"), "{answers}");
    let files = check::walk(&mut server.client(database), "/v1/media");
    assert_eq!(files.len(), 3);
    assert!(files.iter().all(|file| file["status"] == "ready"));
}

fn every_command_of_the_guide_to_mail_works_as_pasted(database: &Database) {
    let mail = "From: bo@example.org\r\nMessage-ID: <1@example.org>\r\n\r\nWhere is it?\r\n";
    fs::write(database.directory().join("mail.eml"), mail).expect("written");
    let server = Server::start(database);
    // Nobody is to be asked for the address of an example.
    let instead = [("smtp.example.com", "127.0.0.1")];
    let answers = paste(database, &server, "email.md", &instead);
    assert!(answers.contains("Where is it?"), "it came in: {answers}");
    assert!(
        answers.contains("outbound_allow"),
        "the test says why not: {answers}"
    );
}

fn every_command_of_the_guide_to_gateways_works_as_pasted(database: &Database) {
    let platform = Platform::start();
    platform.reply(200, json!({"reference": "SM1"}));
    let allowed = ["--outbound-allow", "127.0.0.0/8"];
    let server = Line::new(database).args(allowed).serve(database);
    // The platform has news only of what it took.
    let news = "api \"ADDRESS/v1/channels/$CHANNEL/statuses\"";
    let wait = "until api 'ADDRESS/v1/messages?limit=1' | grep -q '\"delivery_status\":\"sent\"'; do sleep 0.1; done";
    let here = server.address().to_string();
    let (news, wait) = (
        news.replace("ADDRESS", &here),
        wait.replace("ADDRESS", &here),
    );
    let waited = format!("{wait}\n{news}");
    let instead = [
        ("https://gateway.example.com/out", platform.url()),
        (news.as_str(), waited.as_str()),
    ];
    let answers = paste(database, &server, "gateway.md", &instead);
    assert!(
        answers.contains("\"delivery_status\":\"delivered\""),
        "{answers}"
    );
    assert!(answers.contains("Thanks!"), "{answers}");
}

fn the_key_for_a_client_of_another_product_comes_with_a_command_that_works(database: &Database) {
    let server = Server::start(database);
    let told = run(database, &readme("key create --dialect"));
    let command = told.split_once("\ncurl ").expect("a command").1;
    let here = server.address().to_string();
    let command = format!("curl -sS -f {}", command.replace("127.0.0.1:8080", &here));
    assert!(command.contains(&here), "{told}");
    assert!(!run(database, &command).is_empty(), "{command}");
}

fn every_command_of_the_guide_for_those_from_bird_works_as_pasted(database: &Database) {
    let server = Server::start(database);
    let answers = paste(database, &server, "from-bird.md", &[]);
    assert!(answers.contains("\norder 4711\n"), "had again: {answers}");
    let tagged = check::walk(&mut server.client(database), "/v1/messages?tag=welcome");
    assert_eq!(tagged.len(), 1);
}

fn every_command_of_the_guide_for_those_from_doto_works_as_pasted(database: &Database) {
    let server = Server::start(database);
    let answers = paste(database, &server, "from-doto.md", &[]);
    assert!(
        answers.contains("\"current_status\":\"resolved\""),
        "{answers}"
    );
    let files = check::walk(&mut server.client(database), "/v1/media");
    assert_eq!(files.len(), 1);
}

fn every_command_of_the_guide_for_those_from_protocol_works_as_pasted(database: &Database) {
    let server = Server::start(database);
    let answers = paste(database, &server, "from-protocol.md", &[]);
    let reacted = "\"reactions\":[{\"red_angry_face\":[\"KateMcCallister\"]}]";
    assert!(answers.contains(reacted), "{answers}");
    assert!(
        answers.contains("\"filename\":\"invoice.pdf\""),
        "{answers}"
    );
}

fn every_command_of_the_guide_for_those_from_saasignal_works_as_pasted(database: &Database) {
    let server = Server::start(database);
    let answers = paste(database, &server, "from-saasignal.md", &[]);
    assert!(answers.contains("\"emoji\":\"👍\""), "{answers}");
    assert!(
        answers.contains("\"body\":\"Where is my order?\""),
        "{answers}"
    );
}

fn every_command_of_the_guide_for_those_from_ziik_works_as_pasted(database: &Database) {
    let server = Server::start(database);
    let answers = paste(database, &server, "from-staffchat.md", &[]);
    assert!(answers.contains("\"message\":\"It is.\""), "{answers}");
    assert!(answers.contains("\"name\":\"lift.txt\""), "{answers}");
}

/// What the guide says it does was done.
fn check_done(client: &mut Client) {
    let tagged = check::walk(client, "/v1/messages?tag=shipping");
    assert_eq!(tagged.len(), 1);
    let waiting = check::walk(client, "/v1/scheduled-messages");
    assert!(waiting.is_empty(), "it was canceled");
    let balance = client.get("/v1/balance").expect(200);
    assert_eq!(balance["tokens"], 10_000);
}

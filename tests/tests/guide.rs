//! The guides mean what they say: every command of the README's first conversation and of the guide to
//! messages works as pasted, in order.
//!
//! What the answers mean is tested elsewhere.

use std::fs;
use std::path::Path;
use std::process::Command;

use causerie_tests::{Client, Database, Server, check, on_both_stores};

on_both_stores!(every_command_of_the_guide_to_messages_works_as_pasted);

/// The shell commands of a document, block by block.
fn blocks(path: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    let document = fs::read_to_string(path).expect("the document");
    let parts = document.split("```sh\n").skip(1);
    parts
        .filter_map(|part| Some(part.split_once("```")?.0.to_owned()))
        .collect()
}

fn every_command_of_the_guide_to_messages_works_as_pasted(database: &Database) {
    let server = Server::start(database);
    let mut readme = blocks("README.md").into_iter();
    let first = readme.find(|block| block.contains("KEY=ck_…"));
    let first = first.expect("the README has a first conversation");
    let key = database.key();
    let guide = blocks("docs/guides/messages.md");
    assert!(guide.len() > 8, "the guide has commands");
    let script = [first.replace("ck_…", &key), guide.concat()].concat();
    // The server of the test has a port of its own.
    let script = script.replace("localhost:8080", &server.address().to_string());
    let output = Command::new("sh")
        .args(["-euc", &script])
        .output()
        .expect("there is a shell");
    let errors = String::from_utf8_lossy(&output.stderr);
    let answers = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}: {errors}", output.status);
    for answer in answers.lines() {
        assert!(!answer.contains("\"code\":"), "{answer}");
    }
    let count = answers.lines().filter(|line| line.starts_with('{')).count();
    assert!(count > 25, "the commands were answered: {answers}");
    check_done(&mut server.client(database));
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

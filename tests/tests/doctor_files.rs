//! What a doctor finds of files whose bytes and entries do not belong together, and what it does about it.
//!
//! Everything else that a doctor looks at is tested with the other commands.

use std::fs;

use causerie_tests::form::upload;
use causerie_tests::{Database, Line, Shelf, on_both_stores, on_both_stores_and_shelves, pictures};

on_both_stores_and_shelves!(a_doctor_finds_lost_and_damaged_files_and_erases_orphans);
on_both_stores!(a_node_with_another_key_or_none_is_refused);

/// What it says, and whether it ended well.
fn examined(line: Line) -> (bool, String) {
    let output = line.output();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success(), said)
}

fn a_doctor_finds_lost_and_damaged_files_and_erases_orphans(database: &Database, shelf: &Shelf) {
    let server = shelf.serve(database);
    let mut client = server.client(database);
    for (size, seed) in [(1_000, 1), (2_000, 2), (3_000, 3), (4_000, 4)] {
        upload(&mut client, "a.bin", &pictures::noise(size, seed));
    }
    let doctor = || shelf.line(database).args(["doctor"]);
    let (well, report) = examined(doctor());
    assert!(
        well && report.contains("ok    files  4 with 10000 bytes"),
        "{report}"
    );
    server.stop();

    // Bytes are lost, others cut off; of others the entry is gone.
    let with = |size: u64| {
        let mut all = shelf.kept().into_iter();
        let found = all.find(|path| fs::metadata(path).is_ok_and(|facts| facts.len() == size));
        found.expect("a file of this size")
    };
    let digest = |size: u64| {
        let path = with(size);
        let name = path.file_name().and_then(|name| name.to_str());
        name.expect("a name").to_owned()
    };
    let (lost, damaged, orphan) = (digest(1_000), digest(2_000), digest(3_000));
    fs::remove_file(with(1_000)).expect("removed");
    fs::write(with(2_000), b"cut off").expect("written");
    database
        .execute("DELETE FROM media WHERE size = 3000; DELETE FROM kept_file WHERE size = 3000");
    let (well, report) = examined(doctor());
    assert!(!well, "something is lost: {report}");
    let line = |starts: &str, names: &str| {
        let found = report.lines().find(|line| line.starts_with(starts));
        let found = found.unwrap_or_else(|| panic!("{starts}: {report}"));
        assert!(found.contains("ws_") && found.contains(names), "{found}");
    };
    line("FAIL  no bytes", &lost);
    line("FAIL  differs", &damaged);
    line("warn  no entry", &orphan);
    assert!(
        report.contains("1 files with 3000 bytes have no entry"),
        "{report}"
    );

    let (_, fixed) = examined(doctor().args(["--fix"]));
    assert!(
        fixed.contains("1 files with 3000 bytes that had no entry were erased"),
        "{fixed}"
    );
    assert!(
        fixed.contains("FAIL  no bytes"),
        "what is lost stays lost: {fixed}"
    );
    let left = shelf.kept();
    assert_eq!(left.len(), 2);
    assert!(!left.iter().any(|path| path.ends_with(&orphan)));
    let (_, report) = examined(doctor());
    assert!(!report.contains("no entry"), "{report}");
}

fn a_node_with_another_key_or_none_is_refused(database: &Database) {
    let server = causerie_tests::Server::start(database);
    server.stop();
    let serve = || Line::new(database).args(["serve", "--listen=127.0.0.1:0"]);
    let other = "ab".repeat(32);
    let refused = serve().args(["--secret-key", &other]).fail();
    assert!(
        refused.contains("--secret-key") && !refused.contains(&other),
        "{refused}"
    );
    let refused = serve().args(["--data-dir", "elsewhere"]).fail();
    assert!(
        refused.contains("missing") && refused.contains("--secret-key"),
        "{refused}"
    );
    let elsewhere = database.directory().join("elsewhere/secret.key");
    assert!(!elsewhere.exists(), "no other key was made");
    let doctor = Line::new(database).args(["doctor", "--secret-key", &other]);
    let (well, report) = examined(doctor);
    assert!(!well && report.contains("FAIL  key"), "{report}");

    let path = database.directory().join("causerie-data/secret.key");
    let facts = fs::metadata(&path).expect("the key");
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&facts.permissions()) & 0o777,
        0o600
    );
    let key = fs::read_to_string(&path).expect("the key");
    let line = Line::new(database).args(["--data-dir", "elsewhere", "--secret-key", key.trim()]);
    line.serve(database).stop();
}

//! A database of the first release: its messages are listed, counted, found, edited and purged as if they had
//! been sent today, and those that are too old for a workspace's retention go.
//!
//! What becomes of each column is tested with the storage.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use causerie_tests::database::files;
use causerie_tests::{
    Client, Database, Form, Line, Scene, Server, check, eventually, form, on_both_stores, scene,
};
use serde_json::{Value, json};

on_both_stores!(
    messages_of_the_first_release_are_listed_counted_and_found,
    a_database_of_the_second_release_opens_and_takes_files,
    i1_an_upgrade_that_is_killed_goes_on_with_the_next_start,
    i11_retention_purges_what_is_too_old
);

/// An identifier of January 2024 without its last digits.
const THEN: u128 = 0x018D_0000_0000_7000_8000_0000_0000_0000;
const WORKSPACE: u128 = THEN + 1;
const AGENT: u128 = THEN + 2;
const CONTACT: u128 = THEN + 3;
const PLACE: u128 = THEN + 4;
const MESSAGE: u128 = THEN + 0x1_0000;
/// More than one page of anything.
const COUNT: u64 = 1_200;
/// This one was deleted.
const DELETED: u64 = 7;
/// This one was edited.
const EDITED: u64 = 9;
/// What every old message says, and nothing else.
const WORD: &str = "jentacular";

/// What the first release left behind.
struct Old<'a> {
    database: &'a Database,
}

impl Old<'_> {
    fn id(&self, id: u128) -> String {
        if self.database.is_shared() {
            format!("'\\x{id:032x}'")
        } else {
            format!("x'{id:032x}'")
        }
    }

    /// The schema of the first releases, as their programs noted them.
    fn schema(&self, migrations: &[&str]) -> String {
        let store = if self.database.is_shared() {
            "postgres"
        } else {
            "sqlite"
        };
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
        let mut schema =
            "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
             run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);"
                .to_owned();
        for name in migrations {
            let path = path.join(store).join(name).join("up.sql");
            schema += &fs::read_to_string(path).expect("a migration");
            let noted = "INSERT INTO __diesel_schema_migrations (version)";
            let _ = write!(schema, "{noted} VALUES ('{}');", &name[..4]);
        }
        schema
    }

    /// An agent and a contact who talk: every third message is the contact's, every tenth answers the first.
    fn rows(&self) -> String {
        let [workspace, agent, contact, place] =
            [WORKSPACE, AGENT, CONTACT, PLACE].map(|id| self.id(id));
        // The first release overwrote what it erased, also where rows move between pages.
        let (is_root, pragma) = if self.database.is_shared() {
            ("true", "")
        } else {
            ("1", "PRAGMA secure_delete = ON;")
        };
        let now = |number: u64| (u64::from(0x018D_u16) << 32) * 1_000 + number;
        let at = now(COUNT);
        let mut sql = format!(
            "{pragma} BEGIN; INSERT INTO workspace VALUES ({workspace}, 'default', {is_root}, '{{}}', {at}); \
             INSERT INTO log_head VALUES ({workspace}, {COUNT});"
        );
        for (id, kind, name) in [(&agent, 1, "Ada"), (&contact, 2, "Bo")] {
            let _ = write!(
                sql,
                "INSERT INTO participant VALUES ({workspace}, {id}, NULL, {kind}, '{name}', '{{}}', \
                 NULL, {at}, {at});"
            );
        }
        let _ = write!(
            sql,
            "INSERT INTO conversation VALUES ({workspace}, {place}, 2, 'Old', NULL, 1, '{{}}', NULL, \
             {COUNT}, 2, {at}, {at}, {at}, {at}, NULL);"
        );
        for (id, read) in [(&agent, COUNT), (&contact, COUNT - 10)] {
            let _ = write!(
                sql,
                "INSERT INTO member VALUES ({place}, {id}, {workspace}, 3, NULL, {read}, {at}, NULL, \
                 {at}, NULL);"
            );
        }
        for number in 1..=COUNT {
            let at = now(number);
            let message = self.id(MESSAGE + u128::from(number));
            let sender = if number % 3 == 0 { &contact } else { &agent };
            let first = self.id(MESSAGE + 1);
            let answers = if number % 10 == 0 { &first } else { "NULL" };
            let (text, edited, deleted) = match number {
                DELETED => (String::new(), "NULL".to_owned(), at.to_string()),
                EDITED => (format!("{WORD} anew"), at.to_string(), "NULL".to_owned()),
                _ => (
                    format!("{WORD} number{number}"),
                    "NULL".to_owned(),
                    "NULL".to_owned(),
                ),
            };
            let revisions = u8::from(number == EDITED || number == DELETED);
            let _ = write!(
                sql,
                "INSERT INTO message VALUES ({place}, {number}, {message}, {workspace}, {sender}, 1, \
                 '{text}', {answers}, '{{}}', 'old {number}', {revisions}, {at}, {edited}, {deleted}); \
                 INSERT INTO event VALUES ({workspace}, {number}, 40, {place}, {message}, {number}, {at});"
            );
            if revisions == 1 {
                let _ = write!(
                    sql,
                    "INSERT INTO message_revision VALUES ({message}, 1, {workspace}, \
                     '{WORD} number{number}', '{{}}', {at});"
                );
            }
        }
        sql + "COMMIT;"
    }

    fn leave(database: &Database) {
        let old = Old { database };
        old.place();
        database.execute(&old.schema(&["0001_foundation"]));
        database.execute(&old.rows());
    }

    /// Makes the place of the database, where it is one of this machine.
    fn place(&self) {
        if !self.database.is_shared() {
            let directory = self.database.directory().join("data");
            fs::create_dir(directory).expect("a directory");
        }
    }
}

/// A client that may do everything: the key of the first start was shown long ago.
fn client(database: &Database, server: &Server) -> Client {
    assert!(!server.printed().contains("KEY="), "there is a workspace");
    let args = ["key", "create", "--scope", "*"];
    let key = Line::new(database).args(args).succeed();
    Client::new(server.address(), key.trim())
}

/// The old conversation's path.
fn place(client: &mut Client) -> String {
    let all = check::walk(client, "/v1/conversations");
    assert_eq!(all.len(), 1);
    format!("/v1/conversations/{}", scene::id(&all[0]))
}

#[track_caller]
fn found(client: &mut Client, query: &str) -> Vec<u64> {
    let hits = check::walk(client, &format!("/v1/search?q={query}"));
    let seq = |hit: &Value| hit["message"]["seq"].as_u64().expect("a seq");
    hits.iter().map(seq).collect()
}

fn check_upgraded(client: &mut Client) {
    let place = place(client);
    let shown = client.get(&place).expect(200);
    assert_eq!(shown["number"], "CONV-000001");
    assert_eq!(
        (&shown["message_count"], &shown["last_seq"]),
        (&json!(COUNT), &json!(COUNT))
    );
    let messages = check::conversation(client, &scene::id(&shown));
    assert_eq!(u64::try_from(messages.len()), Ok(COUNT));
    check::log(client, &messages);
    assert_eq!(messages[0]["reply_count"], COUNT / 10);
    assert_eq!(
        (&messages[0]["direction"], &messages[0]["private"]),
        (&json!("outgoing"), &json!(false))
    );
    assert_eq!(messages[2]["direction"], "incoming");
    assert_eq!(messages[9]["reply_to"], messages[0]["id"]);
    assert_eq!(messages[6]["body"], "", "{}", messages[6]);
    assert_eq!(messages[8]["body"], format!("{WORD} anew"));
    let contact = scene::id(&json!({"id": messages[2]["participant_id"]}));
    let inbox = client.get(&format!("/v1/participants/{contact}/conversations"));
    assert_eq!(inbox.expect(200)["items"][0]["unread_count"], 10);

    let expected: Vec<u64> = (1..=COUNT).rev().filter(|seq| *seq != DELETED).collect();
    eventually("all of them to be found", || {
        (found(client, WORD) == expected).then_some(())
    });
    assert_eq!(found(client, "number17"), [17]);
    assert_eq!(found(client, "number9"), Vec::<u64>::new(), "edited since");
    let by_reference = check::walk(client, "/v1/messages?reference=old%2042");
    assert_eq!(by_reference[0]["seq"], 42);
}

fn messages_of_the_first_release_are_listed_counted_and_found(database: &Database) {
    Old::leave(database);
    let server = Server::start(database);
    let mut client = client(database, &server);
    check_upgraded(&mut client);

    // They are edited, deleted and answered like any other.
    let path = format!("{}/messages", place(&mut client));
    let all = check::walk(&mut client, &format!("{path}?order=asc"));
    let at = |index: usize| format!("{path}/{}", scene::id(&all[index]));
    let edit = json!({"body": "quizzacious"});
    client.call("PATCH", &at(0), &[], Some(&edit)).expect(200);
    client.call("DELETE", &at(1), &[], None).expect(204);
    let purge = format!("{}?mode=purge", at(2));
    client.call("DELETE", &purge, &[], None).expect(204);
    for gone in ["number1", "number2", "number3"] {
        assert_eq!(found(&mut client, gone), Vec::<u64>::new(), "{gone}");
    }
    assert_eq!(found(&mut client, "quizzacious"), [1]);
    let revisions = client.get(&format!("{}/revisions", at(0))).expect(200);
    assert_eq!(revisions["items"][0]["body"], format!("{WORD} number1"));
    let sender = all[0]["participant_id"].as_str().expect("a sender");
    let body = json!({"participant_id": sender, "body": "and on", "reply_to": all[0]["id"]});
    let next = client.post(&path, &body).expect(201);
    assert_eq!(next["seq"], COUNT + 1);
    assert_eq!(
        client.get(&at(0)).expect(200)["reply_count"],
        COUNT / 10 + 1
    );
    check_takes_files(&mut client, &path, sender);
    let other = scene::conversation(&mut client, &[sender.to_owned()]);
    let other = client
        .get(&format!("/v1/conversations/{other}"))
        .expect(200);
    assert_eq!(other["number"], "CONV-000002");
}

/// A file is sent and had again.
#[track_caller]
fn check_takes_files(client: &mut Client, path: &str, sender: &str) {
    let form = Form::default()
        .text("body", "with a file")
        .text("participant_id", sender)
        .file("file", "a.txt", b"plain words");
    let sent = form.post(client, path).expect(201);
    let url = sent["attachments"][0]["url"].as_str().expect("an address");
    assert_eq!(client.get(url).text(), "plain words");
}

fn a_database_of_the_second_release_opens_and_takes_files(database: &Database) {
    let old = Old { database };
    old.place();
    database.execute(&old.schema(&["0001_foundation", "0002_message"]));
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    check_takes_files(&mut client, &scene.messages(0), &scene.people[0]);
}

fn i1_an_upgrade_that_is_killed_goes_on_with_the_next_start(database: &Database) {
    Old::leave(database);
    for _ in 0..3 {
        Server::start(database).kill();
    }
    let server = Server::start(database);
    let mut client = client(database, &server);
    check_upgraded(&mut client);
}

fn i11_retention_purges_what_is_too_old(database: &Database) {
    Old::leave(database);
    let server = Server::start(database);
    let mut client = client(database, &server);
    let place = place(&mut client);
    let path = format!("{place}/messages");
    let all = check::walk(&mut client, &path);
    let sender = all[0]["participant_id"].as_str().expect("a sender");
    let body = json!({"participant_id": sender, "body": "these words stay",
        "reply_to": all[0]["id"]});
    let young = scene::id(&client.post(&path, &body).expect(201));
    let settings = json!({"retention_days": 30});
    client
        .call("PATCH", "/v1/settings", &[], Some(&settings))
        .expect(200);
    // A file goes with one of the old messages.
    form::upload(&mut client, "a.txt", b"words of an old file");
    server.stop();
    assert!(holds(&database.contents(), WORD), "it was there");
    let old = Old { database };
    let (message, place_id) = (old.id(MESSAGE + 5), old.id(PLACE));
    database.execute(&format!(
        "INSERT INTO media_use (media_id, message_id, workspace_id, conversation_id) \
         SELECT id, {message}, workspace_id, {place_id} FROM media; \
         UPDATE media SET expires_at = NULL;"
    ));

    // A sweep begins with each start.
    let server = Server::start(database);
    client.turn_to(server.address());
    let left = eventually("old messages to go", || {
        let left = check::walk(&mut client, &path);
        (left.len() == 1).then_some(left)
    });
    assert_eq!(
        (&left[0]["id"], &left[0]["reply_to"]),
        (&json!(young), &Value::Null)
    );
    assert_eq!(left[0]["seq"], COUNT + 1, "its place stays");
    assert_eq!(found(&mut client, WORD), Vec::<u64>::new());
    let events = check::events_after(&mut client, 0);
    let purged = events
        .iter()
        .filter(|event| event["topic"] == "message.purged");
    assert_eq!(u64::try_from(purged.count()), Ok(COUNT), "each is told of");
    let directory = database.directory().join("causerie-data/files");
    eventually("the old file to go", || {
        (!holds(&files(&directory), "words of an old file")).then_some(())
    });
    let shown = client.get(&place).expect(200);
    assert_eq!(
        shown["message_count"],
        COUNT + 1,
        "those erased are counted"
    );
    server.stop();
    // Databases overwrite what they erase only in time, or not where they copied it to before.
    Line::new(database).args(["scrub"]).succeed();
    let contents = database.contents();
    assert!(holds(&contents, "these words stay"));
    assert!(!holds(&contents, WORD) && !holds(&contents, &WORD[2..]));
}

fn holds(contents: &[u8], text: &str) -> bool {
    let mut windows = contents.windows(text.len());
    windows.any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
}

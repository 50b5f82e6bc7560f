//! Databases of earlier versions of the schema: what becomes of their rows, and that a step that breaks
//! off goes on where it was.

mod setting;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use causerie_core::claim::{ClaimKey, Fingerprint};
use causerie_core::contact::Profile;
use causerie_core::delivery::DeliveryStatus;
use causerie_core::media::Digest;
use causerie_core::outbound::ReceiverRole;
use causerie_core::port::{KeptFile, MessageFilter, Snapshot};
use causerie_core::search::SearchQuery;
use causerie_core::{
    ConversationId, DeleteMode, Direction, Fault, MessageId, ParticipantId, Position, Seq, Sight,
    Store, Timestamp, Visibility, WorkspaceId,
};
use causerie_storage::migrate;
use causerie_testing::Opened;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use setting::Database;

const WORKSPACE: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0001;
const AGENT: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0002;
const CONTACT: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0003;
const ROOM: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0004;
const LATER_ROOM: u128 = 0x0190_0000_0000_7000_8000_0000_0000_0005;
const MESSAGE: u128 = 0x0190_0000_0001_7000_8000_0000_0000_0000;
/// More than fit into two batches.
const MESSAGES: u64 = 2_300;

fn workspace() -> WorkspaceId {
    WorkspaceId::from_bytes(WORKSPACE.to_be_bytes())
}

fn room() -> ConversationId {
    ConversationId::from_bytes(ROOM.to_be_bytes())
}

fn message(seq: u64) -> MessageId {
    MessageId::from_bytes((MESSAGE + u128::from(seq)).to_be_bytes())
}

fn script(database: &Database, version: &str) -> String {
    let store = match database.url().sqlite_path() {
        Some(_) => "sqlite",
        None => "postgres",
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let path = root.join(store).join(version).join("up.sql");
    let note = format!(
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('{}');",
        &version[..4]
    );
    fs::read_to_string(path).expect("a migration") + &note
}

/// What is written of an id in a statement.
fn hex(database: &Database, id: u128) -> String {
    match database.url().sqlite_path() {
        Some(_) => format!("x'{id:032x}'"),
        None => format!("'\\x{id:032x}'"),
    }
}

fn run(database: &Database, statements: &str) {
    let (target, schema) = database.target();
    if database.url().sqlite_path().is_some() {
        let mut conn = SqliteConnection::establish(&target).expect("the file opens");
        conn.batch_execute(statements).expect("run");
    } else {
        let mut conn = PgConnection::establish(&target).expect("the server answers");
        let statements = format!("SET search_path = {schema}; {statements}");
        conn.batch_execute(&statements).expect("run");
    }
}

/// Of a claim: its key, its fingerprint and its answer.
const CLAIM: [u8; 32] = [7; 32];

fn key(database: &Database) -> String {
    let hex = "07".repeat(CLAIM.len());
    match database.url().sqlite_path() {
        Some(_) => format!("x'{hex}'"),
        None => format!("'\\x{hex}'"),
    }
}

/// The rows of two people in a room: every third message is the contact's, every tenth answers the one
/// before, the last is deleted.
fn rows(database: &Database) -> String {
    let id = |id: u128| hex(database, id);
    let (ws, agent, contact, of) = (id(WORKSPACE), id(AGENT), id(CONTACT), id(ROOM));
    let root = if database.url().sqlite_path().is_some() {
        "1"
    } else {
        "true"
    };
    let mut text = format!(
        "INSERT INTO workspace VALUES ({ws}, 'old', {root}, '{{}}', 1); \
         INSERT INTO log_head VALUES ({ws}, 0);"
    );
    for (person, kind) in [(&agent, 1), (&contact, 2)] {
        let _ = write!(
            text,
            "INSERT INTO participant VALUES ({ws}, {person}, NULL, {kind}, 'P', '{{}}', NULL, 1, 1);"
        );
    }
    for (conversation, last, at) in [(ROOM, MESSAGES, "9000"), (LATER_ROOM, 0, "NULL")] {
        let _ = write!(
            text,
            "INSERT INTO conversation VALUES ({ws}, {}, 2, NULL, NULL, 1, '{{}}', NULL, {last}, 2, \
             {at}, coalesce({at}, 7), 7, 7, NULL);",
            id(conversation)
        );
    }
    for (person, read) in [(&agent, 2_000), (&contact, 5)] {
        let _ = write!(
            text,
            "INSERT INTO member VALUES ({of}, {person}, {ws}, 3, NULL, {read}, 40, NULL, 8, NULL);"
        );
    }
    let _ = write!(
        text,
        "INSERT INTO claim VALUES ({ws}, {0}, {0}, {0}, {1});",
        key(database),
        i64::MAX
    );
    for seq in 1..=MESSAGES {
        let answers = if seq % 10 == 0 {
            id(MESSAGE + u128::from(seq) - 1)
        } else {
            "NULL".to_owned()
        };
        let sender = if seq % 3 == 0 { &contact } else { &agent };
        let (words, gone) = match seq {
            MESSAGES => (String::new(), "9000"),
            _ => (format!("Common word{seq}"), "NULL"),
        };
        let _ = write!(
            text,
            "INSERT INTO message VALUES ({of}, {seq}, {}, {ws}, {sender}, 1, '{words}', {answers}, \
             '{{}}', NULL, 0, {}, NULL, {gone});",
            id(MESSAGE + u128::from(seq)),
            1000 + seq
        );
    }
    text
}

/// A database of the first version with rows.
fn aged(database: &Database) {
    let ledger = "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
         run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);";
    run(database, ledger);
    run(database, &script(database, "0001_foundation"));
    run(database, &format!("BEGIN; {} COMMIT;", rows(database)));
}

fn store(opened: &Opened) -> Store {
    Store::new(Arc::clone(&opened.lanes), Arc::clone(&opened.heads))
}

fn read<T: Send + 'static>(
    store: &Store,
    mut work: impl FnMut(&mut dyn Snapshot) -> Result<T, Fault> + Send + 'static,
) -> T {
    let read = store.read(move |snapshot| Ok(work(snapshot)?));
    read.wait().expect("read")
}

/// The places of the messages that a search finds.
fn found(store: &Store, query: &str) -> Vec<u64> {
    let query = SearchQuery::parse(query).expect("a query");
    let filter = MessageFilter::everything();
    let hits = read(store, move |snapshot| {
        snapshot
            .messages()
            .search(workspace(), &query, &filter, None, 10_000, 10_000)
    });
    hits.items
        .iter()
        .map(|(_, message)| message.seq.get())
        .collect()
}

fn rows_of_the_first_version_are_kept(database: &Database) {
    aged(database);
    assert_eq!(
        migrate(database.url()).expect("migrated"),
        ["0002", "0003", "0004"]
    );
    let opened = database.again();
    let store = store(&opened);
    let talk = read(&store, |snapshot| {
        snapshot.conversations().find(workspace(), room())
    });
    let talk = talk.expect("the conversation");
    let last = Seq::new(MESSAGES);
    assert_eq!((talk.number, talk.public_count), (1, MESSAGES));
    assert_eq!((talk.last_seq, talk.public_seq), (last, last));
    assert_eq!(
        (talk.public_at, talk.marked_seq),
        (talk.last_message_at, Seq::ZERO)
    );
    let who = ParticipantId::from_bytes(AGENT.to_be_bytes());
    let member = read(&store, move |snapshot| {
        snapshot.members().find(workspace(), room(), who)
    });
    let member = member.expect("the member");
    assert_eq!(
        (member.read_public, member.delivered_seq.get()),
        (2_000, 2_000)
    );
    assert_eq!(member.unread_count(&talk, Sight::Public), MESSAGES - 2_000);
    let messages = read(&store, |snapshot| {
        let ids: Vec<_> = [9, 10, MESSAGES].map(message).into();
        snapshot.messages().find_many(workspace(), &ids)
    });
    let at = |seq: u64| {
        let one = messages.iter().find(|one| one.seq.get() == seq);
        one.expect("the message")
    };
    assert_eq!(
        (at(9).direction, at(10).direction),
        (Direction::Incoming, Direction::Outgoing)
    );
    assert_eq!((at(9).reply_count, at(9).public_reply_count), (1, 1));
    assert_eq!((at(10).reply_count, at(10).public_count), (0, 10));
    assert_eq!(
        (at(9).visibility, at(9).delivery.status),
        (Visibility::Public, DeliveryStatus::Sent)
    );
    assert_eq!(at(9).delivery.at, at(9).created_at);
    assert_eq!(
        (at(9).delete_mode, at(MESSAGES).delete_mode),
        (None, Some(DeleteMode::Soft))
    );
    let claims = read(&store, |snapshot| {
        let now = Timestamp::from_unix_micros(1);
        let keys = [ClaimKey(CLAIM)];
        snapshot.claims().find_many(workspace(), &keys, now)
    });
    let claims: Vec<_> = claims
        .iter()
        .map(|one| (one.fingerprint, one.answer.0.as_slice()))
        .collect();
    assert_eq!(
        claims,
        [(Fingerprint(CLAIM), &[][..])],
        "its answer is erased"
    );
    assert_eq!(found(&store, "word17"), [17]);
    let all: Vec<u64> = (1..MESSAGES).rev().collect();
    assert_eq!(found(&store, "common"), all);
    let next = store.write(|unit| Ok(unit.conversations_mut().next_number(workspace())?));
    assert_eq!(next.wait().expect("numbered"), 3);
    let doomed = at(10).clone();
    let purge = store.write(move |unit| {
        Ok(unit
            .messages_mut()
            .purge(workspace(), std::slice::from_ref(&doomed))?)
    });
    assert_eq!(purge.wait().expect("purged"), 1);
    assert_eq!(found(&store, "word10"), Vec::<u64>::new());
}

/// What the second version can tell of the last message but one: an earlier state, a recipient, and that
/// another one follows.
fn later_rows(database: &Database) -> String {
    let id = |id: u128| hex(database, id);
    let (ws, contact, of) = (id(WORKSPACE), id(CONTACT), id(ROOM));
    let message = id(MESSAGE + u128::from(MESSAGES) - 1);
    let draft = r#"{"kind":1,"direction":null,"visibility":1,"text":"later","content_type":1,
        "content":null,"reply_to":null,"metadata":"{}","tags":"","reference":null,
        "source_id":null,"echo_id":null,"template":null,"made_from":null}"#;
    format!(
        "INSERT INTO message_revision VALUES ({message}, 1, {ws}, 'before', '{{}}', 9, 1, NULL); \
         INSERT INTO message_recipient VALUES ({message}, {contact}, {ws}, 5, NULL, 9); \
         INSERT INTO scheduled_message VALUES ({ws}, {}, {of}, {contact}, 20, '{draft}', NULL, 9, 9);",
        id(MESSAGE)
    )
}

fn rows_of_the_second_version_are_kept(database: &Database) {
    aged(database);
    run(database, &script(database, "0002_message"));
    run(database, &later_rows(database));
    assert_eq!(migrate(database.url()).expect("migrated"), ["0003", "0004"]);
    let opened = database.again();
    let store = store(&opened);
    let who = ParticipantId::from_bytes(CONTACT.to_be_bytes());
    let person = read(&store, move |snapshot| {
        snapshot.participants().find(workspace(), who)
    });
    let person = person.expect("the contact");
    assert!(person.identifiers.is_empty() && person.profile == Profile::default());
    assert_eq!(person.merged_into, None);
    let talk = read(&store, |snapshot| {
        snapshot.conversations().find(workspace(), room())
    });
    let talk = talk.expect("the conversation");
    assert_eq!(
        (talk.channel, talk.thread, talk.assignee),
        (None, None, None)
    );
    assert_eq!((talk.priority, talk.snoozed_until), (None, None));
    assert!(talk.labels.is_empty() && talk.avatar_url.is_none());
    let edited = message(MESSAGES - 1);
    let (found, revisions, recipients) = read(&store, move |snapshot| {
        Ok((
            snapshot.messages().find(workspace(), room(), edited)?,
            snapshot.messages().revisions(workspace(), edited)?,
            snapshot.receipts().recipients(workspace(), edited)?,
        ))
    });
    assert!(found.expect("the message").attachments.is_empty());
    assert!(revisions.iter().all(|one| one.attachments.is_empty()) && revisions.len() == 1);
    let roles: Vec<_> = recipients.iter().map(|one| one.role).collect();
    assert_eq!(roles, [ReceiverRole::To]);
    let waiting = read(&store, |snapshot| {
        snapshot.schedule().find(workspace(), message(0))
    });
    assert!(waiting.expect("the next").draft.attachments.is_empty());
    assert_eq!(
        read(&store, |snapshot| snapshot
            .library()
            .kept_bytes(workspace())),
        0
    );
    let kept = KeptFile {
        workspace: workspace(),
        digest: Digest([1; 32]),
        size: 12,
        uses: 1,
        due_at: Timestamp::default(),
        doomed: false,
    };
    let counted = store.write(move |unit| Ok(unit.library_mut().add_kept(&kept)?));
    assert_eq!(counted.wait().expect("counted"), 12);
    assert_eq!(self::found(&store, "word17"), [17]);
}

/// What the third version can tell more: a deleted conversation, a mute, and a log that goes on after things came
/// into being.
fn latest_rows(database: &Database) -> String {
    let id = |id: u128| hex(database, id);
    let (ws, of) = (id(WORKSPACE), id(ROOM));
    let event = |position: u32, topic: u32, subject: &str| {
        format!(
            "INSERT INTO event VALUES ({ws}, {position}, {topic}, {of}, {subject}, NULL, {position});"
        )
    };
    let (first, second) = (id(MESSAGE + 1), id(MESSAGE + 2));
    [
        event(1, 20, &of),
        event(2, 21, &of),
        event(3, 41, &first),
        event(4, 40, &second),
        event(5, 40, &first),
        event(6, 40, &first),
        format!("UPDATE log_head SET position = 6 WHERE workspace_id = {ws};"),
        format!(
            "UPDATE conversation SET deleted_at = 9 WHERE id = {};",
            id(LATER_ROOM)
        ),
        format!(
            "UPDATE member SET muted_at = 7 WHERE participant_id = {};",
            id(AGENT)
        ),
    ]
    .concat()
}

fn rows_of_the_third_version_are_kept(database: &Database) {
    aged(database);
    run(database, &script(database, "0002_message"));
    run(database, &script(database, "0003_media"));
    run(database, &latest_rows(database));
    assert_eq!(migrate(database.url()).expect("migrated"), ["0004"]);
    let opened = database.again();
    let store = store(&opened);
    let numbered = |number| {
        let port = read(&store, move |snapshot| {
            snapshot.conversations().find_numbered(workspace(), number)
        });
        port.map(|one| one.id)
    };
    assert_eq!([1, 2, 3].map(numbered), [Some(room()), None, None]);
    let who = ParticipantId::from_bytes(AGENT.to_be_bytes());
    let member = read(&store, move |snapshot| {
        snapshot.members().find(workspace(), room(), who)
    });
    let member = member.expect("the member");
    assert_eq!(
        (member.muted_at, member.pinned_at, member.archived_at),
        (Some(Timestamp::from_unix_micros(7)), None, None)
    );
    let ids = [
        room().to_bytes(),
        message(1).to_bytes(),
        message(2).to_bytes(),
    ];
    let mut births = read(&store, move |snapshot| {
        snapshot.events().births(workspace(), &ids)
    });
    births.sort_unstable();
    let expected = [(ids[0], 1), (ids[1], 5), (ids[2], 4)];
    assert_eq!(births, expected.map(|(id, at)| (id, Position::new(at))));
    let erased = store.write(|unit| {
        let now = Timestamp::from_unix_micros(10);
        Ok(unit.conversations_mut().erase_deleted(now, 10)?)
    });
    assert_eq!(erased.wait().expect("erased"), 1);
    assert_eq!(found(&store, "word17"), [17]);
}

/// What is noted as done is not done again: here it never was, so that it is not found.
fn filing_goes_on_where_it_was(database: &Database, done: &str) {
    aged(database);
    run(database, &script(database, "0002_message"));
    run(database, &format!("UPDATE backlog SET place = {done}"));
    let opened = database.again();
    let store = store(&opened);
    assert_eq!(found(&store, "word2000"), [2_000]);
    assert_eq!(found(&store, "word1500"), Vec::<u64>::new());
    assert_eq!(
        found(&store, "common").len(),
        usize::try_from(MESSAGES).expect("few") - 1 - 1_500
    );
    drop(store);
    drop(opened);
    let again = database.again();
    assert_eq!(found(&self::store(&again), "word2000"), [2_000]);
}

#[test]
fn rows_of_the_first_version_are_kept_on_sqlite() {
    rows_of_the_first_version_are_kept(&Database::sqlite(setting::options()));
}

#[test]
fn rows_of_the_first_version_are_kept_on_postgres() {
    if let Some(database) = Database::postgres(setting::options()) {
        rows_of_the_first_version_are_kept(&database);
    }
}

#[test]
fn rows_of_the_second_version_are_kept_on_sqlite() {
    rows_of_the_second_version_are_kept(&Database::sqlite(setting::options()));
}

#[test]
fn rows_of_the_second_version_are_kept_on_postgres() {
    if let Some(database) = Database::postgres(setting::options()) {
        rows_of_the_second_version_are_kept(&database);
    }
}

#[test]
fn rows_of_the_third_version_are_kept_on_sqlite() {
    rows_of_the_third_version_are_kept(&Database::sqlite(setting::options()));
}

#[test]
fn rows_of_the_third_version_are_kept_on_postgres() {
    if let Some(database) = Database::postgres(setting::options()) {
        rows_of_the_third_version_are_kept(&database);
    }
}

#[test]
fn filing_goes_on_where_it_was_on_sqlite() {
    let database = Database::sqlite(setting::options());
    filing_goes_on_where_it_was(&database, "x'00000000000005dc'");
}

#[test]
fn filing_goes_on_where_it_was_on_postgres() {
    if let Some(database) = Database::postgres(setting::options()) {
        let done = format!("'\\x{ROOM:032x}00000000000005dc'");
        filing_goes_on_where_it_was(&database, &done);
    }
}

//! A delete deletes: after a purge, a redaction or the erasure of a conversation no byte of the text is
//! in any file of the database.

mod setting;

use std::fs;
use std::sync::Arc;

use causerie_core::media::Attachments;
use causerie_core::port::Unit;
use causerie_core::text::Text;
use causerie_core::{
    Content, ContentType, Conversation, DeleteMode, Fault, MediaId, Message, MessageChange,
    Participant, Store,
};
use causerie_testing::fixture::{Fixture, tags};
use causerie_testing::{Opened, Put};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use setting::Database;

/// Words that are like nothing else; the first two share their beginning, as the words of an index
/// that leaves out what is the same do.
const SECRETS: [&str; 6] = [
    "zqxwvjkypfgb",
    "zqxwvjhhmdtw",
    "qjxkzvwpytfm",
    "wvkqzjxbhgpd",
    "jzkxqwvfmbyt",
    "kqvzwjxhpmgt",
];
/// How many bytes in a row tell a secret.
const TELLING: usize = 5;

struct Scene {
    database: Database,
    opened: Opened,
    store: Store,
    fixture: Fixture,
    person: Participant,
    room: Conversation,
}

impl Scene {
    /// A room with many harmless messages.
    fn new() -> Self {
        let database = Database::sqlite(setting::options());
        let opened = database.again();
        let store = Store::new(Arc::clone(&opened.lanes), Arc::clone(&opened.heads));
        let fixture = Fixture::default();
        let workspace = fixture.workspace("erased");
        let person = fixture.participant(workspace.id, "Ann");
        let room = fixture.conversation(workspace.id);
        let harmless = |seq: u64| {
            fixture.message_with(&room, &person, seq, |state| {
                state.text = Text::from_stored(format!("zqy harmless {seq} zqz words {}", seq * 7));
            })
        };
        let messages: Vec<Message> = (1..=400).map(harmless).collect();
        let scene = Self {
            database,
            opened,
            store,
            person: person.clone(),
            room: room.clone(),
            fixture,
        };
        scene.write(move |unit| {
            unit.workspaces_mut().add(&workspace)?;
            unit.participants_mut().add(&person)?;
            unit.conversations_mut().add(&room)?;
            Put::put(unit, &messages)
        });
        scene
    }

    fn write(&self, mut work: impl FnMut(&mut dyn Unit) -> Result<(), Fault> + Send + 'static) {
        let written = self.store.write(move |unit| Ok(work(unit)?));
        written.wait().expect("written");
    }

    /// A message whose text, content, reaction, earlier text and name of a picture are secret.
    fn secret(&self, seq: u64) -> Message {
        let [first, second, third, fourth, fifth, sixth] = SECRETS;
        let shown = format!("[[\"{}\",\"{sixth}\",false]]", self.fixture.id::<MediaId>());
        let mut message = self
            .fixture
            .message_with(&self.room, &self.person, seq, |state| {
                state.text = Text::from_stored(format!("{first} harmless"));
                state.content_type = ContentType::Text;
                state.content = Some(Content::from_stored(format!("{{\"a\":\"{third}\"}}")));
                state.tags = tags(&["labelled"]);
                state.attachments = Attachments::from_stored(&shown).expect("a picture");
            });
        let before = message.clone();
        let change = MessageChange {
            text: Some(Text::from_stored(format!("{second} and {fourth}"))),
            ..MessageChange::default()
        };
        let earlier = message.edit(&change, self.fixture.tick());
        let reaction = self.fixture.reaction(&message, &self.person, fifth);
        let after = message.clone();
        self.write(move |unit| {
            Put::put(unit, std::slice::from_ref(&before))?;
            unit.messages_mut().revise(&after, &earlier)?;
            unit.reactions_mut().add(&reaction)
        });
        message
    }

    /// Which secrets can be made out in the files, all data copied into the database.
    fn told(&self) -> Vec<&'static str> {
        let path = self.database.url().sqlite_path().expect("a file");
        let mut conn =
            SqliteConnection::establish(&path.display().to_string()).expect("the file opens");
        conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")
            .expect("a checkpoint");
        drop(conn);
        let directory = path.parent().expect("a directory");
        let mut bytes = Vec::new();
        for entry in fs::read_dir(directory).expect("listed") {
            bytes.extend(fs::read(entry.expect("a file").path()).expect("read"));
        }
        let tells = |secret: &&str| {
            let mut parts = secret.as_bytes().windows(TELLING);
            parts.any(|part| bytes.windows(TELLING).any(|found| found == part))
        };
        SECRETS.into_iter().filter(tells).collect()
    }
}

#[test]
fn a_purge_leaves_no_byte() {
    let scene = Scene::new();
    let message = scene.secret(401);
    assert_eq!(scene.told(), SECRETS);
    let workspace = message.workspace;
    scene.write(move |unit| {
        let purged = unit
            .messages_mut()
            .purge(workspace, std::slice::from_ref(&message))?;
        assert_eq!(purged, 1);
        Ok(())
    });
    assert_eq!(scene.told(), [""; 0]);
    scene.opened.lanes.close();
    assert_eq!(scene.told(), [""; 0]);
}

#[test]
fn a_redaction_leaves_no_byte() {
    let scene = Scene::new();
    let mut message = scene.secret(401);
    assert_eq!(scene.told(), SECRETS);
    let _ = message.delete(DeleteMode::Redact, scene.fixture.tick());
    scene.write(move |unit| unit.messages_mut().redact(&message));
    assert_eq!(scene.told(), [""; 0]);
}

#[test]
fn a_purge_of_a_tombstone_leaves_no_byte() {
    let scene = Scene::new();
    let message = scene.secret(401);
    assert_eq!(scene.told(), SECRETS);
    let mut gone = message.clone();
    let earlier = gone.delete(DeleteMode::Soft, scene.fixture.tick());
    scene.write(move |unit| {
        unit.messages_mut().revise(&gone, &earlier)?;
        unit.messages_mut()
            .purge(gone.workspace, std::slice::from_ref(&gone))?;
        Ok(())
    });
    assert_eq!(scene.told(), [""; 0]);
}

#[test]
fn the_erasure_of_a_conversation_leaves_no_byte() {
    let scene = Scene::new();
    let message = scene.secret(401);
    assert_eq!(scene.told(), SECRETS);
    let mut room = scene.room.clone();
    let now = message.created_at;
    room.delete(now);
    scene.write(move |unit| {
        unit.conversations_mut().save(&room)?;
        while unit.conversations_mut().erase_deleted(now, 150)? > 0 {}
        Ok(())
    });
    assert_eq!(scene.told(), [""; 0]);
}

#[test]
fn what_was_filed_in_many_commits_goes_as_well() {
    let scene = Scene::new();
    let message = scene.secret(401);
    for seq in 402..500 {
        let other = scene
            .fixture
            .message_with(&scene.room, &scene.person, seq, |state| {
                state.text = Text::from_stored(format!("zqx zqxw after {seq}"));
            });
        scene.write(move |unit| Put::put(unit, std::slice::from_ref(&other)));
    }
    assert_eq!(scene.told(), SECRETS);
    let workspace = message.workspace;
    scene.write(move |unit| {
        unit.messages_mut()
            .purge(workspace, std::slice::from_ref(&message))?;
        Ok(())
    });
    assert_eq!(scene.told(), [""; 0]);
}

/// Otherwise what was erased stays in the file, and its erasure in the log.
#[test]
fn a_closed_database_has_nothing_in_its_log() {
    let database = Database::sqlite(setting::options());
    let path = database.url().sqlite_path().expect("a file");
    let log = path.with_extension("db-wal");
    let fixture = Fixture::default();
    for round in 0..100 {
        let opened = database.again();
        let store = Store::new(Arc::clone(&opened.lanes), Arc::clone(&opened.heads));
        let workspace = fixture.workspace(&format!("round {round}"));
        let written = store.write(move |unit| Ok(unit.workspaces_mut().add(&workspace)?));
        written.wait().expect("written");
        let reads: Vec<_> = (0..8)
            .map(|_| store.read(|snapshot| Ok(snapshot.workspaces().find_root()?)))
            .collect();
        for read in reads {
            read.wait().expect("read");
        }
        let bytes = || fs::metadata(&log).map_or(0, |file| file.len());
        assert!(bytes() > 0, "the log is used while the database is open");
        store.close();
        assert_eq!(bytes(), 0, "round {round}");
    }
}

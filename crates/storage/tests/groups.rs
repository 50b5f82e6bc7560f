//! Groups on real databases: commits that fail, a full disk, a log that reads must not keep from
//! being cut.
//!
//! What the lane does step by step is tested beside it, on an engine that follows a script.

mod setting;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use causerie_core::page::Order;
use causerie_core::port::SeqRange;
use causerie_core::{
    Conversation, Error, Fault, Message, Participant, Pending, Seq, Sight, Store, Workspace,
};
use causerie_storage::Options;
use causerie_testing::fixture::{Fixture, text};
use causerie_testing::{Opened, Put};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use setting::Database;

/// A room with one person in it, on an open storage.
struct Scene {
    store: Store,
    fixture: Fixture,
    person: Participant,
    room: Conversation,
}

impl Scene {
    fn new(opened: &Opened) -> Self {
        let store = Store::new(Arc::clone(&opened.lanes), Arc::clone(&opened.heads));
        let fixture = Fixture::default();
        let workspace: Workspace = fixture.workspace("grouped");
        let person = fixture.participant(workspace.id, "Ann");
        let room = fixture.conversation(workspace.id);
        let all = (workspace, person.clone(), room.clone());
        let put = store.write(move |unit| {
            unit.workspaces_mut().add(&all.0)?;
            unit.participants_mut().add(&all.1)?;
            Ok(unit.conversations_mut().add(&all.2)?)
        });
        put.wait().expect("the scene is stored");
        Self {
            store,
            fixture,
            person,
            room,
        }
    }

    fn message(&self, seq: u64, words: &str) -> Message {
        let words = text(words);
        self.fixture
            .message_with(&self.room, &self.person, seq, |state| state.text = words)
    }

    /// Appends a message and an event.
    fn append(&self, message: Message) -> Pending<()> {
        let event = self.fixture.event(&self.room);
        self.store.write(move |unit| {
            Put::put(unit, std::slice::from_ref(&message))?;
            Ok(unit.events_mut().append(message.workspace, &[event])?)
        })
    }

    /// Keeps the lane busy until `queue` has queued its jobs, so that they come into one group.
    fn together<T>(&self, queue: impl FnOnce() -> T) -> T {
        let (begun, has_begun) = mpsc::channel();
        let (go, may_go) = mpsc::channel::<()>();
        let mut gate = Some((begun, may_go));
        let busy = self.store.write(move |_| {
            // A run that follows a neighbour's misfortune waits for nobody.
            if let Some((begun, may_go)) = gate.take() {
                begun.send(()).expect("the test waits");
                may_go.recv().expect("the test lets go");
            }
            Ok(())
        });
        has_begun.recv().expect("the lane begins");
        let queued = queue();
        go.send(()).expect("the lane waits");
        // It shares the fate of the group.
        drop(busy.wait());
        queued
    }

    fn texts(&self) -> Vec<String> {
        let room = self.room.clone();
        let all = SeqRange {
            above: Seq::ZERO,
            below: None,
        };
        let read = self.store.read(move |snapshot| {
            let port = snapshot.messages();
            Ok(port.page(
                room.workspace,
                room.id,
                all,
                Sight::Everything,
                Order::Ascending,
                100_000,
            )?)
        });
        let found = read.wait().expect("read");
        found
            .iter()
            .map(|one| one.text.as_str().to_owned())
            .collect()
    }

    fn head(&self) -> u64 {
        let of = self.room.workspace;
        let read = self
            .store
            .read(move |snapshot| Ok(snapshot.events().head(of)?));
        read.wait().expect("read").get()
    }
}

fn is_unavailable(outcome: &Result<(), Error>) -> bool {
    matches!(outcome, Err(Error::Fault(Fault::Unavailable(_))))
}

/// Makes every commit fail that brings a message saying "poison".
fn poison(database: &Database) {
    let (target, schema) = database.target();
    if database.url().sqlite_path().is_some() {
        let mut conn = SqliteConnection::establish(&target).expect("the file opens");
        let made = conn.batch_execute(
            "PRAGMA busy_timeout = 5000; CREATE TABLE known (id INTEGER PRIMARY KEY) STRICT; \
             CREATE TABLE poison (id INTEGER REFERENCES known (id) \
             DEFERRABLE INITIALLY DEFERRED) STRICT; \
             CREATE TRIGGER poisoned AFTER INSERT ON message WHEN NEW.text = 'poison' \
             BEGIN INSERT INTO poison VALUES (1); END;",
        );
        made.expect("the trigger is made");
    } else {
        let mut conn = PgConnection::establish(&target).expect("the server answers");
        let made = conn.batch_execute(&format!(
            "SET search_path = {schema}; CREATE FUNCTION refuse() RETURNS trigger \
             LANGUAGE plpgsql AS $$ BEGIN RAISE 'poisoned'; END $$; \
             CREATE CONSTRAINT TRIGGER poisoned AFTER INSERT ON message \
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.text = 'poison') \
             EXECUTE FUNCTION refuse();"
        ));
        made.expect("the trigger is made");
    }
}

fn a_failed_commit_fails_everyone_in_it_and_the_lane_recovers(database: &Database) {
    let scene = Scene::new(&database.again());
    poison(database);
    let words = ["one", "poison", "two"];
    let pendings = scene.together(|| {
        (1..)
            .zip(words)
            .map(|(seq, word)| scene.append(scene.message(seq, word)))
            .collect()
    });
    let pendings: Vec<Pending<()>> = pendings;
    for outcome in pendings.into_iter().map(Pending::wait) {
        assert!(is_unavailable(&outcome), "{outcome:?}");
    }
    assert_eq!((scene.texts(), scene.head()), (Vec::new(), 0));
    scene
        .append(scene.message(1, "after"))
        .wait()
        .expect("the lane works on");
    assert_eq!((scene.texts(), scene.head()), (vec!["after".to_owned()], 1));
    scene.store.close();
}

/// One writer, so that jobs that wait come into one group, however slow the machine is.
fn one_writer() -> Options {
    Options {
        writers: 1,
        group_ms_max: 1_000,
        ..setting::options()
    }
}

#[test]
fn a_failed_commit_on_sqlite_fails_everyone_in_it_and_the_lane_recovers() {
    let database = Database::sqlite(one_writer());
    a_failed_commit_fails_everyone_in_it_and_the_lane_recovers(&database);
}

#[test]
fn a_failed_commit_on_postgres_fails_everyone_in_it_and_the_lane_recovers() {
    if let Some(database) = Database::postgres(one_writer()) {
        a_failed_commit_fails_everyone_in_it_and_the_lane_recovers(&database);
    }
}

fn good_and_bad_jobs_share_a_group_in_peace(database: &Database) {
    let scene = Scene::new(&database.again());
    let pendings = scene.together(|| {
        let first = scene.append(scene.message(1, "first"));
        let message = scene.message(2, "of one that panics");
        let panics = scene.store.write(move |unit| -> Result<(), Error> {
            Put::put(unit, std::slice::from_ref(&message))?;
            panic!("as planned")
        });
        // The place is taken: the database itself refuses.
        let taken = scene.append(scene.message(1, "in a place that is taken"));
        let message = scene.message(2, "of one that goes on after a fault");
        let (again, event) = (scene.message(1, "again"), scene.fixture.event(&scene.room));
        let stubborn = scene.store.write(move |unit| {
            Put::put(unit, std::slice::from_ref(&message))?;
            drop(
                unit.messages_mut()
                    .append(again.workspace, std::slice::from_ref(&again)),
            );
            Ok(unit.events_mut().append(again.workspace, &[event])?)
        });
        let last = scene.append(scene.message(2, "last"));
        [first, panics, taken, stubborn, last]
    });
    let [first, panics, taken, stubborn, last] = pendings.map(Pending::wait);
    first.expect("kept");
    assert!(matches!(panics, Err(Error::Fault(Fault::Panicked(text))) if text == "as planned"));
    assert!(is_unavailable(&taken), "{taken:?}");
    assert!(is_unavailable(&stubborn), "{stubborn:?}");
    last.expect("kept");
    assert_eq!(scene.texts(), ["first", "last"]);
    assert_eq!(scene.head(), 2);
    scene.store.close();
}

#[test]
fn good_and_bad_jobs_share_a_group_on_sqlite() {
    good_and_bad_jobs_share_a_group_in_peace(&Database::sqlite(one_writer()));
}

#[test]
fn good_and_bad_jobs_share_a_group_on_postgres() {
    if let Some(database) = Database::postgres(one_writer()) {
        good_and_bad_jobs_share_a_group_in_peace(&database);
    }
}

#[test]
fn a_full_disk_fails_who_does_not_fit_and_keeps_what_was_acknowledged() {
    let database = Database::sqlite(Options {
        sqlite_pages_max: Some(150),
        ..one_writer()
    });
    let scene = Scene::new(&database.again());
    let long = "x".repeat(9_000);
    let mut stored = Vec::new();
    let mut full = 0;
    for group in 0..8_u64 {
        let pendings: Vec<_> = scene.together(|| {
            (1..=16)
                .map(|of| scene.append(scene.message(group * 16 + of, &long)))
                .collect()
        });
        for pending in pendings {
            match pending.wait() {
                Ok(()) => stored.push(long.clone()),
                Err(Error::Fault(Fault::Unavailable(_))) => full += 1,
                Err(other) => panic!("expected a full disk, found {other:?}"),
            }
        }
    }
    assert!(
        full > 0 && stored.len() > 16,
        "{full} failed, {} stored",
        stored.len()
    );
    assert_eq!(scene.texts(), stored);
    assert_eq!(scene.head(), u64::try_from(stored.len()).expect("a count"));
    scene.store.close();
}

#[test]
fn the_write_ahead_log_stays_bounded_while_reads_never_pause() {
    let database = Database::sqlite(setting::options());
    let scene = Scene::new(&database.again());
    let path = database
        .url()
        .sqlite_path()
        .expect("a file")
        .with_extension("db-wal");
    let long = "x".repeat(9_900);
    let done = AtomicBool::new(false);
    let mut largest = 0;
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let room = scene.room.clone();
                    let newest = SeqRange {
                        above: Seq::ZERO,
                        below: None,
                    };
                    let read = scene.store.read(move |snapshot| {
                        let port = snapshot.messages();
                        Ok(port.page(
                            room.workspace,
                            room.id,
                            newest,
                            Sight::Everything,
                            Order::Descending,
                            50,
                        )?)
                    });
                    drop(read.wait().expect("read"));
                }
            });
        }
        for batch in 0..40_u64 {
            let messages: Vec<_> = (1..=200)
                .map(|of| scene.message(batch * 200 + of, &long))
                .collect();
            let put = scene
                .store
                .write(move |unit| Ok(Put::put(unit, &messages)?));
            put.wait().expect("stored");
            largest = std::fs::metadata(&path)
                .expect("there is a log")
                .len()
                .max(largest);
        }
        done.store(true, Ordering::Relaxed);
    });
    // 80 MB were written; the log starts over at 16 MB, after the group that brought it there, or
    // a little later when readers were slow to leave.
    assert!(largest < 48 << 20, "the log had {largest} bytes");
    scene.store.close();
}

#[test]
fn another_program_that_reads_for_long_stops_nobody() {
    let database = Database::sqlite(setting::options());
    let scene = Scene::new(&database.again());
    let path = database.target().0;
    let mut other = SqliteConnection::establish(&path).expect("the file opens");
    let look = "SELECT * FROM workspace";
    other
        .batch_execute(&format!("BEGIN; {look}"))
        .expect("it looks, and stays");
    let long = "x".repeat(9_900);
    let put = |batch: u64| {
        let messages: Vec<_> = (1..=200)
            .map(|of| scene.message(batch * 200 + of, &long))
            .collect();
        let put = scene
            .store
            .write(move |unit| Ok(Put::put(unit, &messages)?));
        put.wait().expect("stored");
    };
    let started = std::time::Instant::now();
    (0..20).for_each(put);
    // The log cannot start over, and a writer that waited for it would wait for seconds each time.
    assert!(started.elapsed() < std::time::Duration::from_secs(40));
    let beside = format!("{path}-wal");
    let grown = std::fs::metadata(&beside).expect("there is a log").len();
    assert!(grown > 32 << 20, "the log had {grown} bytes");
    other.batch_execute("COMMIT").expect("it goes");
    (20..30).for_each(put);
    let cut = std::fs::metadata(&beside).expect("there is a log").len();
    assert!(cut <= 32 << 20, "the log has {cut} bytes");
    scene.store.close();
}

#[test]
fn a_read_that_the_database_refuses_takes_no_other_down() {
    let options = || Options {
        readers: 1,
        ..setting::options()
    };
    let databases = [
        Some(Database::sqlite(options())),
        Database::postgres(options()),
    ];
    for database in databases.into_iter().flatten() {
        let scene = Scene::new(&database.again());
        let of = scene.room.workspace;
        let (go, may_go) = mpsc::channel::<()>();
        let busy = scene.store.read(move |_| Ok(may_go.recv().is_ok()));
        // Postgres knows no text with a NUL in it, SQLite does: both must answer those beside it.
        let odd = scene.store.read(move |snapshot| {
            let odd = causerie_core::text::ExternalId::from_stored("a\0b");
            Ok(snapshot.participants().find_external(of, &odd)?.is_some())
        });
        let beside: Vec<_> = (0..3)
            .map(|_| {
                scene
                    .store
                    .read(move |snapshot| Ok(snapshot.workspaces().find(of)?))
            })
            .collect();
        go.send(()).expect("the lane waits");
        assert!(busy.wait().expect("it was let go"));
        let refused = odd.wait();
        assert!(!matches!(refused, Ok(true)), "{refused:?}");
        for read in beside {
            assert!(read.wait().expect("read").is_some());
        }
        scene.store.close();
    }
}

#[test]
fn a_full_queue_says_so_at_once() {
    let database = Database::sqlite(Options {
        write_jobs_max: 2,
        ..one_writer()
    });
    let scene = Scene::new(&database.again());
    let pendings = scene.together(|| [1, 2, 3].map(|_| scene.store.write(|_| Ok(()))));
    let [one, other, third] = pendings;
    assert!(matches!(third.wait(), Err(Error::Fault(Fault::Busy))));
    one.wait().expect("it had a place");
    other.wait().expect("it had a place");
    scene
        .store
        .write(|_| Ok(()))
        .wait()
        .expect("there is room again");
    scene.store.close();
}

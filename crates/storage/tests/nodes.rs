//! Several processes on one database: nodes on Postgres, the command line beside the server on
//! SQLite.
//!
//! Here they are openings of one process, which share nothing but the database.

mod setting;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

use causerie_core::act::{SendMessage, send_message};
use causerie_core::page::Order;
use causerie_core::port::SeqRange;
use causerie_core::{
    Caller, Context, Conversation, Fault, Heads, Participant, Position, Refusal, Seq, Sight, Store,
    Workspace,
};
use causerie_storage::open;
use causerie_testing::fixture::{Fixture, text};
use causerie_testing::{Opened, Put};

use setting::Database;

const SENDERS: usize = 4;
const SENDS: usize = 30;

fn store(opened: &Opened) -> Store {
    Store::new(Arc::clone(&opened.lanes), Arc::clone(&opened.heads))
}

/// A workspace with a person in each of two conversations.
struct Scene {
    fixture: Fixture,
    workspace: Workspace,
    person: Participant,
    rooms: Vec<Conversation>,
}

impl Scene {
    fn new(on: &Store) -> Self {
        Self::with(on, Fixture::default())
    }

    fn with(on: &Store, fixture: Fixture) -> Self {
        let workspace = fixture.workspace("shared");
        let person = fixture.participant(workspace.id, "Ann");
        let rooms: Vec<_> = (0..2).map(|_| fixture.conversation(workspace.id)).collect();
        let members: Vec<_> = rooms
            .iter()
            .map(|room| fixture.member(room, &person))
            .collect();
        let all = (workspace.clone(), person.clone(), rooms.clone(), members);
        let put = on.write(move |unit| {
            unit.workspaces_mut().add(&all.0)?;
            unit.participants_mut().add(&all.1)?;
            Put::put(unit, &all.2)?;
            Ok(Put::put(unit, &all.3)?)
        });
        put.wait().expect("the scene is stored");
        Self {
            fixture,
            workspace,
            person,
            rooms,
        }
    }

    fn context(&self) -> Context {
        self.fixture
            .context_of(Caller::embedding(Arc::new(self.workspace.clone())))
    }

    /// Sends from several threads on each store, alternately through the gatherer and in units that
    /// lock both rooms.
    fn crowd(&self, stores: &[Store]) {
        thread::scope(|scope| {
            for (node, store) in stores.iter().enumerate() {
                for sender in 0..SENDERS {
                    scope.spawn(move || {
                        for turn in 0..SENDS {
                            self.say(store, node + sender + turn);
                        }
                    });
                }
            }
        });
    }

    fn say(&self, store: &Store, turn: usize) {
        let to = |room: usize| {
            SendMessage::text(
                self.rooms[room % 2].id,
                self.person.id,
                text("to the crowd"),
            )
        };
        if turn.is_multiple_of(2) {
            let sent = store.send(self.context(), to(turn / 2));
            sent.wait().expect("sent");
        } else {
            let (one, other) = ((self.context(), to(0)), (self.context(), to(1)));
            let sent = store.write(move |unit| {
                send_message(unit, &one.0, &one.1)?;
                send_message(unit, &other.0, &other.1)
            });
            sent.wait().expect("sent");
        }
    }

    /// I2 and I3: both are numbered without a gap and tell the same.
    fn assert_gapless(&self, on: &Store) {
        let (workspace, rooms) = (self.workspace.id, self.rooms.clone());
        let read = on.read(move |snapshot| {
            let all = SeqRange {
                above: Seq::ZERO,
                below: None,
            };
            let mut messages = Vec::new();
            for room in rooms {
                let port = snapshot.messages();
                let page = port.page(
                    workspace,
                    room.id,
                    all,
                    Sight::Everything,
                    Order::Ascending,
                    100_000,
                )?;
                let last = snapshot.conversations().find(workspace, room.id)?;
                messages.push((page, last.map(|found| found.last_seq)));
            }
            let events = snapshot.events().page(workspace, Position::ZERO, 100_000)?;
            Ok((messages, events, snapshot.events().head(workspace)?))
        });
        let (rooms, events, head) = read.wait().expect("read");
        let mut ids = BTreeSet::new();
        for (messages, last) in rooms {
            let places: Vec<_> = messages.iter().map(|one| one.seq.get()).collect();
            let count = u64::try_from(places.len()).expect("a count");
            assert_eq!(places, (1..=count).collect::<Vec<_>>());
            assert_eq!(last, Some(Seq::new(count)));
            assert!(messages.is_sorted_by_key(|one| one.created_at));
            ids.extend(messages.iter().map(|one| one.id.to_bytes()));
        }
        let places: Vec<_> = events.iter().map(|one| one.position.get()).collect();
        let count = u64::try_from(places.len()).expect("a count");
        assert_eq!(places, (1..=count).collect::<Vec<_>>());
        assert_eq!(head.get(), count);
        let told: BTreeSet<_> = events.iter().map(|one| one.subject.parts().id).collect();
        assert_eq!(told, ids);
        assert_eq!(events.len(), ids.len());
    }
}

fn i2_i3_hold(database: &Database) {
    let opened = [database.again(), database.again()];
    let stores = opened.each_ref().map(store);
    let scene = Scene::new(&stores[0]);
    scene.crowd(&stores);
    for store in &stores {
        scene.assert_gapless(store);
    }
    stores.iter().for_each(Store::close);
}

#[test]
fn i2_i3_hold_for_two_nodes_on_one_postgres() {
    if let Some(database) = Database::postgres(setting::options()) {
        i2_i3_hold(&database);
    }
}

#[test]
fn i2_i3_hold_for_two_nodes_that_commit_each_job_by_itself() {
    if let Some(database) = Database::postgres(setting::single()) {
        i2_i3_hold(&database);
    }
}

#[test]
fn i2_i3_hold_for_two_writers_on_one_file() {
    i2_i3_hold(&Database::sqlite(setting::options()));
}

/// Each node adds the same participant; the loser is run again, sees the winner's, and refuses.
fn one_of_two_takes_an_external_id(database: &Database) {
    let opened = [database.again(), database.again()];
    let stores = opened.each_ref().map(store);
    let scene = Scene::new(&stores[0]);
    for turn in 0..20 {
        let word = format!("turn-{turn}");
        let pendings = stores.each_ref().map(|store| {
            let new = scene.fixture.participant_with(scene.workspace.id, |state| {
                state.external_id = Some(causerie_testing::fixture::external_id(&word));
            });
            store.write(move |unit| {
                let taken = new.external_id.clone().expect("it has one");
                let port = unit.participants_mut();
                if port.find_external(new.workspace, &taken)?.is_some() {
                    return Err(Refusal::ExternalIdTaken.into());
                }
                Ok(port.add(&new)?)
            })
        });
        let outcomes = pendings.map(causerie_core::Pending::wait);
        assert_eq!(
            outcomes.iter().filter(|one| one.is_ok()).count(),
            1,
            "{outcomes:?}"
        );
        let refused = |one: &Result<(), causerie_core::Error>| {
            matches!(
                one,
                Err(causerie_core::Error::Refusal(Refusal::ExternalIdTaken))
            )
        };
        assert!(outcomes.iter().any(refused), "{outcomes:?}");
    }
    stores.iter().for_each(Store::close);
}

#[test]
fn an_external_id_is_taken_once_by_two_nodes() {
    if let Some(database) = Database::postgres(setting::options()) {
        one_of_two_takes_an_external_id(&database);
    }
}

#[test]
fn an_external_id_is_taken_once_by_two_writers_on_one_file() {
    one_of_two_takes_an_external_id(&Database::sqlite(setting::options()));
}

#[test]
fn many_that_open_at_once_all_come_up() {
    let databases = [
        Some(Database::sqlite(setting::options())),
        Database::postgres(setting::options()),
    ];
    for database in databases.into_iter().flatten() {
        thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    let heads = Arc::new(Heads::default());
                    let lanes = open(database.url(), &setting::options(), &heads).expect("up");
                    let store = Store::new(lanes, heads);
                    let root = store.read(|snapshot| Ok(snapshot.workspaces().find_root()?));
                    assert_eq!(root.wait().expect("the schema is there"), None);
                    store.close();
                });
            }
        });
    }
}

#[test]
fn a_commit_on_one_node_wakes_who_waits_on_the_other() {
    let Some(database) = Database::postgres(setting::options()) else {
        return;
    };
    let opened = [database.again(), database.again()];
    let stores = opened.each_ref().map(store);
    let scene = Scene::new(&stores[0]);
    // The other node may still be connecting: whatever it misses is told again by the next commit.
    let heard = stores[1].heads().beyond(scene.workspace.id, Position::ZERO);
    let (answer, woken) = std::sync::mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || answer.send(heard.wait()));
        let mut answered = None;
        for turn in 0..500 {
            scene.say(&stores[0], turn * 2);
            answered = woken
                .recv_timeout(std::time::Duration::from_millis(20))
                .ok();
            if answered.is_some() {
                break;
            }
        }
        let answer = answered.expect("the other node hears of it within seconds");
        assert!(answer.expect("no fault") > Position::ZERO);
    });
    stores.iter().for_each(Store::close);
}

#[test]
fn i3_a_group_of_two_workspaces_counts_each_log_by_itself() {
    let databases = [
        Some(Database::sqlite(setting::options())),
        Database::postgres(setting::options()),
    ];
    for database in databases.into_iter().flatten() {
        let opened = [database.again(), database.again()];
        let stores = opened.each_ref().map(store);
        let first = Scene::new(&stores[0]);
        let later = Fixture::default();
        later.clock.advance(std::time::Duration::from_hours(1));
        let scenes = [first, Scene::with(&stores[1], later)];
        // Units that write to both logs, in both orders, on both nodes.
        thread::scope(|scope| {
            for (node, store) in stores.iter().enumerate() {
                for sender in 0..SENDERS {
                    let scenes = &scenes;
                    scope.spawn(move || {
                        for turn in 0..SENDS {
                            let first = (node + sender + turn) % 2;
                            let both = [first, 1 - first].map(|which| {
                                let scene = &scenes[which];
                                let (room, who) = (scene.rooms[0].id, scene.person.id);
                                (
                                    scene.context(),
                                    SendMessage::text(room, who, text("to both")),
                                )
                            });
                            // In the order of ids, as units lock.
                            let mut both = both.to_vec();
                            both.sort_by_key(|(_, cmd)| cmd.conversation);
                            let sent = store.write(move |unit| {
                                for (cx, cmd) in &both {
                                    send_message(unit, cx, cmd)?;
                                }
                                Ok(())
                            });
                            sent.wait().expect("sent");
                        }
                    });
                }
            }
        });
        for scene in &scenes {
            scene.assert_gapless(&stores[0]);
        }
        stores.iter().for_each(Store::close);
    }
}

#[test]
fn a_server_that_ends_sessions_is_forgiven() {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, PgConnection};

    let Some(database) = Database::postgres(setting::options()) else {
        return;
    };
    let opened = database.again();
    let store = store(&opened);
    let scene = Scene::new(&store);
    let (server, name) = database.target();
    let mut admin = PgConnection::establish(&server).expect("the server answers");
    let end = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}'"
    );
    for turn in 0..5 {
        admin.batch_execute(&end).expect("sessions end");
        scene.say(&store, turn * 2);
        let room = scene.rooms[0].clone();
        let read = store
            .read(move |snapshot| Ok(snapshot.conversations().find(room.workspace, room.id)?));
        assert!(read.wait().expect("read").is_some());
    }
    scene.assert_gapless(&store);
    store.close();
}

#[test]
fn a_closed_storage_takes_nothing() {
    let opened = Database::sqlite(setting::options()).again();
    let store = store(&opened);
    store.close();
    let read = store
        .read(|snapshot| Ok(snapshot.workspaces().find_root()?))
        .wait();
    assert!(
        matches!(read, Err(causerie_core::Error::Fault(Fault::Closed))),
        "{read:?}"
    );
}

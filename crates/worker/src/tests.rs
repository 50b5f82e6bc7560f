//! The sweeper over the in-memory storage, watched from outside.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use causerie_core::act::{
    Posted, ScheduleMessage, SendMessage, Swept, forgetful_workspaces, schedule_message, sweep,
};
use causerie_core::claim::{Answer, Once};
use causerie_core::memory::Memory;
use causerie_core::page::Order;
use causerie_core::port::{Clock, Lanes, RandomIds, ReadJob, SeqRange, WriteJob};
use causerie_core::text::Text;
use causerie_core::{
    Conversation, Fault, Heads, Message, Participant, Seq, Settings, Sight, Store, Workspace,
    WorkspaceState,
};
use causerie_testing::MemoryFiles;
use causerie_testing::fixture::Fixture;

use crate::{Dispatcher, Pace, SWEEP_ROWS_MAX, Sweeper};

/// Longer than any test may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// Lanes that tell when they were given work to write, and can be out of order.
#[derive(Debug)]
struct Watched {
    memory: Memory,
    written: Mutex<Sender<()>>,
    faults: Mutex<Vec<Fault>>,
}

impl Lanes for Watched {
    fn write(&self, job: Box<dyn WriteJob>) {
        match self.faults.lock().expect("no panic").pop() {
            Some(fault) => job.settle(Err(fault)),
            None => self.memory.write(job),
        }
        // Tests that are over no longer count.
        let _ = self.written.lock().expect("no panic").send(());
    }

    fn read(&self, job: Box<dyn ReadJob>) {
        self.memory.read(job);
    }

    fn close(&self) {
        self.memory.close();
    }
}

fn files() -> Arc<MemoryFiles> {
    Arc::new(MemoryFiles::default())
}

/// A store, and a receiver that hears of every unit of work.
fn watched(faults: Vec<Fault>) -> (Store, Receiver<()>) {
    let (written, heard) = channel();
    let heads = Arc::new(Heads::default());
    let memory = Memory::new(Arc::clone(&heads));
    let (written, faults) = (Mutex::new(written), Mutex::new(faults));
    let lanes = Watched {
        memory,
        written,
        faults,
    };
    (Store::new(Arc::new(lanes), heads), heard)
}

fn hear(heard: &Receiver<()>, times: usize) {
    for time in 0..times {
        heard
            .recv_timeout(DEADLINE)
            .unwrap_or_else(|_| panic!("heard of {time} units instead of {times}"));
    }
}

/// Stores a deleted conversation with more messages than one sweep erases, and an expired claim.
fn litter(store: &Store, fixture: &Fixture) {
    let workspace = fixture.workspace("shop");
    let person = fixture.participant(workspace.id, "Ada");
    let conversation = fixture.conversation_with(workspace.id, |state| {
        state.deleted_at = Some(fixture.clock.now());
    });
    let messages: Vec<Message> = (1..)
        .take(SWEEP_ROWS_MAX + 1)
        .map(|seq| fixture.message(&conversation, &person, seq))
        .collect();
    let claim = fixture.claim("once");
    fixture
        .clock
        .set(claim.expires_at.plus(Duration::from_secs(1)));
    let long_before = claim.expires_at.plus(Duration::ZERO);
    let kept = store.write(move |unit| {
        unit.workspaces_mut().add(&workspace)?;
        unit.participants_mut().add(&person)?;
        unit.conversations_mut().add(&conversation)?;
        unit.messages_mut().append(workspace.id, &messages)?;
        let claims = std::slice::from_ref(&claim);
        Ok(unit
            .claims_mut()
            .append(workspace.id, claims, long_before)?)
    });
    kept.wait().expect("litter is kept");
}

#[test]
fn what_has_ended_is_erased_step_by_step_until_nothing_is_left() {
    let fixture = Fixture::default();
    let (store, heard) = watched(Vec::new());
    litter(&store, &fixture);
    hear(&heard, 1);
    let pace = Pace {
        idle: DEADLINE * 2,
        busy: Duration::ZERO,
    };
    let clock = Arc::clone(&fixture.clock);
    let sweeper = Sweeper::start(store.clone(), files(), clock, pace).expect("a thread");
    // 501 messages, then what remains of the conversation, then nothing.
    hear(&heard, 3);
    sweeper.stop();
    let now = fixture.clock.now();
    let left = store.write(move |unit| sweep(unit, now, 1)).wait();
    assert_eq!(left.expect("swept"), Swept::default());
}

#[test]
fn a_store_that_fails_for_a_while_is_swept_later() {
    let faults = vec![Fault::unavailable("gone"), Fault::Busy, Fault::Busy];
    let (store, heard) = watched(faults);
    let pace = Pace {
        idle: Duration::ZERO,
        busy: Duration::ZERO,
    };
    let clock = Arc::clone(&Fixture::default().clock);
    let _sweeper = Sweeper::start(store, files(), clock, pace).expect("a thread");
    hear(&heard, 5);
}

#[test]
fn stopping_does_not_wait_for_the_next_sweep() {
    let (store, heard) = watched(Vec::new());
    let pace = Pace {
        idle: DEADLINE * 2,
        busy: DEADLINE * 2,
    };
    let clock = Arc::clone(&Fixture::default().clock);
    let sweeper = Sweeper::start(store, files(), clock, pace).expect("a thread");
    hear(&heard, 1);
    let began = Instant::now();
    sweeper.stop();
    assert!(began.elapsed() < DEADLINE, "stopped within the pause");
}

#[test]
fn a_closed_store_ends_the_sweeper() {
    let (store, heard) = watched(Vec::new());
    store.close();
    let clock = Arc::clone(&Fixture::default().clock);
    let sweeper = Sweeper::start(store, files(), clock, Pace::default()).expect("a thread");
    // The store hangs up when the thread that shares it has ended.
    hear(&heard, 1);
    let then = heard.recv_timeout(DEADLINE);
    assert_eq!(then, Err(RecvTimeoutError::Disconnected));
    sweeper.stop();
}

/// A conversation of one member, in a workspace that keeps messages for a day.
fn talk(store: &Store, fixture: &Fixture) -> (Workspace, Conversation, Participant) {
    let settings = Settings {
        retention_days: Some(1),
        ..Settings::default()
    };
    let workspace = Workspace::restore(WorkspaceState {
        settings,
        ..(*fixture.workspace("shop")).clone()
    });
    let person = fixture.participant(workspace.id, "Ada");
    let conversation = fixture.conversation(workspace.id);
    let member = fixture.member(&conversation, &person);
    let kept = (workspace.clone(), conversation.clone(), person.clone());
    let founded = store.write(move |unit| {
        unit.workspaces_mut().add(&workspace)?;
        unit.participants_mut().add(&person)?;
        unit.conversations_mut().add(&conversation)?;
        Ok(unit.members_mut().add(std::slice::from_ref(&member))?)
    });
    founded.wait().expect("founded");
    kept
}

/// What was said in the conversation, oldest first.
fn said(store: &Store, conversation: &Conversation) -> Vec<String> {
    let (workspace, id) = (conversation.workspace, conversation.id);
    let range = SeqRange {
        above: Seq::ZERO,
        below: None,
    };
    let page = store.read(move |snapshot| {
        let sight = Sight::Everything;
        let messages = snapshot.messages();
        Ok(messages.page(workspace, id, range, sight, Order::Ascending, 1_000)?)
    });
    let text = |message: &Message| message.text.as_str().to_owned();
    page.wait().expect("a page").iter().map(text).collect()
}

#[test]
fn what_is_due_is_sent_in_order_by_one_of_two_nodes() {
    let fixture = Fixture::default();
    let (store, _heard) = watched(Vec::new());
    let (workspace, conversation, person) = talk(&store, &fixture);
    let names: Vec<String> = (0..200).map(|number| format!("{number:03}")).collect();
    for name in &names {
        let cx = fixture.context(&workspace);
        let later = cx.now.plus(Duration::from_hours(1));
        let cmd = ScheduleMessage {
            send: SendMessage::text(conversation.id, person.id, Text::from_stored(name.as_str())),
            scheduled_for: later,
            render: |_| Answer(Vec::new()),
        };
        let posted = store
            .write(move |unit| schedule_message(unit, &cx, &cmd))
            .wait()
            .expect("scheduled");
        assert!(matches!(posted, Once::Done(Posted::Scheduled(_))));
    }
    assert!(said(&store, &conversation).is_empty());
    fixture.clock.advance(Duration::from_hours(2));
    let start = || {
        let clock = Arc::clone(&fixture.clock);
        Dispatcher::start(store.clone(), clock, &RandomIds).expect("a thread")
    };
    let nodes = [start(), start()];
    let deadline = Instant::now() + DEADLINE;
    while said(&store, &conversation).len() < names.len() && Instant::now() < deadline {
        std::thread::yield_now();
    }
    nodes.into_iter().for_each(Dispatcher::stop);
    assert_eq!(said(&store, &conversation), names);
}

#[test]
fn what_a_workspace_keeps_no_longer_is_purged() {
    let fixture = Fixture::default();
    let (store, heard) = watched(Vec::new());
    let (workspace, conversation, person) = talk(&store, &fixture);
    let send = |text: &str| {
        let cmd = SendMessage::text(conversation.id, person.id, Text::from_stored(text));
        store
            .send(fixture.context(&workspace), cmd)
            .wait()
            .expect("sent");
    };
    (0..150).for_each(|number| send(&format!("old {number}")));
    fixture.clock.advance(Duration::from_hours(25));
    send("new");
    let forgetful = store.read(|snapshot| forgetful_workspaces(snapshot, None));
    assert_eq!(forgetful.wait().expect("read").0, [workspace.id]);
    hear(&heard, 152);
    let pace = Pace {
        idle: DEADLINE * 2,
        busy: Duration::ZERO,
    };
    let clock = Arc::clone(&fixture.clock);
    let sweeper = Sweeper::start(store.clone(), files(), clock, pace).expect("a thread");
    // Two rounds of one unit that sweeps and one that purges: 100 messages, 50. One that sweeps.
    hear(&heard, 5);
    sweeper.stop();
    assert_eq!(said(&store, &conversation), ["new"]);
}

#[test]
fn a_workspace_that_has_nothing_to_forget_is_only_read() {
    let fixture = Fixture::default();
    let (store, heard) = watched(Vec::new());
    talk(&store, &fixture);
    hear(&heard, 1);
    let pace = Pace {
        idle: DEADLINE * 2,
        busy: DEADLINE * 2,
    };
    let clock = Arc::clone(&fixture.clock);
    let sweeper = Sweeper::start(store, files(), clock, pace).expect("a thread");
    hear(&heard, 1);
    sweeper.stop();
    assert!(heard.try_recv().is_err(), "one unit, which sweeps");
}

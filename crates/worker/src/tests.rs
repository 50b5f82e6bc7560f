//! The sweeper over the in-memory storage, watched from outside.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use causerie_core::act::{Swept, sweep};
use causerie_core::memory::Memory;
use causerie_core::port::{Clock, Lanes, ReadJob, WriteJob};
use causerie_core::{Fault, Heads, Message, Store};
use causerie_testing::fixture::Fixture;

use crate::{Pace, SWEEP_ROWS_MAX, Sweeper};

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
    let sweeper = Sweeper::start(store.clone(), clock, pace).expect("a thread");
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
    let _sweeper = Sweeper::start(store, clock, pace).expect("a thread");
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
    let sweeper = Sweeper::start(store, clock, pace).expect("a thread");
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
    let sweeper = Sweeper::start(store, clock, Pace::default()).expect("a thread");
    // The store hangs up when the thread that shares it has ended.
    hear(&heard, 1);
    let then = heard.recv_timeout(DEADLINE);
    assert_eq!(then, Err(RecvTimeoutError::Disconnected));
    sweeper.stop();
}

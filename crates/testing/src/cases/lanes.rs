//! The port `Lanes`: units of work, snapshots, what becomes of work that fails.
//!
//! How many jobs share a commit, and how many fit a queue, is the adapter's choice.

use std::slice;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use causerie_core::port::{Unit, Verdict, WriteJob};
use causerie_core::{Error, Fault, NewEvent, Participant, Pending, Refusal};

use super::setting::Setting;
use crate::subject::Subject;

/// Longer than any lane should need; shorter than a patient person.
const PATIENCE: Duration = Duration::from_mins(1);

/// The outcome of work, or a failed test instead of one that hangs.
fn wait<T: Send + 'static>(pending: Pending<T>) -> Result<T, Error> {
    let (told, heard) = mpsc::channel();
    // The thread ends with the answer; a test that gave up leaves it behind.
    thread::spawn(move || drop(told.send(pending.wait())));
    heard.recv_timeout(PATIENCE).expect("an answer in time")
}

/// Does a little in several collections.
fn do_something(unit: &mut dyn Unit, somebody: &Participant, event: NewEvent) -> Result<(), Fault> {
    unit.participants_mut().add(somebody)?;
    unit.events_mut().append(somebody.workspace, &[event])
}

/// How work can end without being kept.
#[derive(Clone, Copy)]
enum End {
    Refused,
    Failed,
    Panicked,
}

fn end(how: End) -> Result<(), Error> {
    match how {
        End::Refused => Err(Refusal::NotAllowed.into()),
        End::Failed => Err(Fault::corrupt("table", "column", "on purpose").into()),
        End::Panicked => panic!("a panic on purpose"),
    }
}

fn ended(how: End, result: &Result<(), Error>) -> bool {
    matches!(
        (how, result),
        (End::Refused, Err(Error::Refusal(Refusal::NotAllowed)))
            | (End::Failed, Err(Error::Fault(Fault::Corrupt { .. })))
            | (End::Panicked, Err(Error::Fault(Fault::Panicked(_))))
    )
}

pub(super) fn work_that_does_not_end_well_leaves_nothing(subject: &mut Subject) {
    let set = Setting::new(subject);
    for how in [End::Refused, End::Failed, End::Panicked] {
        let somebody = set.fixture.participant(set.here, "Nobody");
        let (added, event) = (somebody.clone(), set.fixture.event(&set.room));
        let pending = subject.store().write(move |unit| {
            do_something(unit, &added, event)?;
            end(how)
        });
        let result = wait(pending);
        assert!(ended(how, &result), "{result:?}");
        assert_eq!(subject.participant(&somebody), None);
        assert_eq!(subject.events(set.here), []);
    }
}

pub(super) fn work_that_does_not_end_well_disturbs_nobody_beside_it(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut waiting = Vec::new();
    for number in 0..200 {
        let how = match number % 8 {
            2 => Some(End::Refused),
            4 => Some(End::Failed),
            7 => Some(End::Panicked),
            _ => None,
        };
        let somebody = set.fixture.participant(set.here, "One of many");
        let (added, event) = (somebody.clone(), set.fixture.event(&set.room));
        let pending = subject.store().write(move |unit| {
            do_something(unit, &added, event)?;
            how.map_or(Ok(()), end)
        });
        waiting.push((how, somebody, event, pending));
    }
    let mut kept = Vec::new();
    for (how, somebody, event, pending) in waiting {
        let result = wait(pending);
        if let Some(how) = how {
            assert!(ended(how, &result), "{result:?}");
            assert_eq!(subject.participant(&somebody), None);
        } else {
            result.expect("good work is kept");
            assert_eq!(subject.participant(&somebody), Some(somebody));
            kept.push(event.at);
        }
    }
    let mut logged = Vec::new();
    for (position, event) in (1..).zip(subject.events(set.here)) {
        assert_eq!(event.position.get(), position);
        logged.push(event.at);
    }
    logged.sort_unstable();
    assert_eq!(logged, kept);
}

pub(super) fn contended_work_is_run_again_from_the_start(subject: &mut Subject) {
    let set = Setting::new(subject);
    let somebody = set.fixture.participant(set.here, "Patient");
    let (added, event, here) = (somebody.clone(), set.fixture.event(&set.room), set.here);
    let runs = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&runs);
    let pending = subject.store().write(move |unit| {
        let before = unit.participants().find(here, added.id)?;
        do_something(unit, &added, event)?;
        if counter.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err(Fault::contended("on purpose").into());
        }
        Ok(before)
    });
    let before = wait(pending).expect("the second run is kept");
    assert_eq!(before, None, "the first run was undone");
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    assert_eq!(subject.participant(&somebody), Some(somebody));
    assert_eq!(subject.events(set.here).len(), 1);
}

pub(super) fn work_that_is_always_contended_is_given_up(subject: &mut Subject) {
    let set = Setting::new(subject);
    let somebody = set.fixture.participant(set.here, "Unlucky");
    let (added, event) = (somebody.clone(), set.fixture.event(&set.room));
    let pending = subject.store().write::<(), _>(move |unit| {
        do_something(unit, &added, event)?;
        Err(Fault::contended("for ever").into())
    });
    assert!(matches!(wait(pending), Err(Error::Fault(_))));
    assert_eq!(subject.participant(&somebody), None);
    assert_eq!(subject.events(set.here), []);
    set.say(subject, 1);
}

pub(super) fn a_read_that_panics_is_answered_and_disturbs_nobody(subject: &mut Subject) {
    let set = Setting::new(subject);
    for _ in 0..50 {
        let pending = subject
            .store()
            .read::<(), _>(|_| panic!("a panic on purpose"));
        assert!(matches!(wait(pending), Err(Error::Fault(_))));
    }
    assert_eq!(subject.conversation(&set.room), Some(set.room));
}

pub(super) fn a_read_that_is_refused_says_so(subject: &mut Subject) {
    let pending = subject
        .store()
        .read::<(), _>(|_| Err(Refusal::MessageNotFound.into()));
    let result = wait(pending);
    assert!(
        matches!(result, Err(Error::Refusal(Refusal::MessageNotFound))),
        "{result:?}"
    );
}

pub(super) fn a_job_is_settled_once_after_its_runs(subject: &mut Subject) {
    struct Job {
        runs: usize,
        told: mpsc::Sender<(usize, bool)>,
    }
    impl WriteJob for Job {
        fn run(&mut self, _: &mut dyn Unit) -> Verdict {
            self.runs += 1;
            match self.runs {
                1 => Verdict::Fail(Fault::contended("on purpose")),
                _ => Verdict::Undo,
            }
        }
        fn settle(self: Box<Self>, outcome: Result<(), Fault>) {
            // The test may be over.
            let _ = self.told.send((self.runs, outcome.is_ok()));
        }
    }
    let (told, heard) = mpsc::channel();
    subject.lanes().write(Box::new(Job { runs: 0, told }));
    assert_eq!(heard.recv_timeout(PATIENCE), Ok((2, true)));
    let after = heard.recv_timeout(PATIENCE);
    assert_eq!(
        after,
        Err(RecvTimeoutError::Disconnected),
        "the job is gone"
    );
}

pub(super) fn what_was_answered_is_seen_by_every_later_read(subject: &mut Subject) {
    let set = Setting::new(subject);
    for _ in 0..100 {
        let somebody = set.fixture.participant(set.here, "Visible");
        subject.put(&somebody);
        assert_eq!(subject.participant(&somebody), Some(somebody));
    }
}

pub(super) fn closing_finishes_what_was_accepted_and_takes_no_more(subject: &mut Subject) {
    let set = Setting::new(subject);
    let people: Vec<Participant> = (0..100)
        .map(|_| set.fixture.participant(set.here, "Late"))
        .collect();
    let waiting: Vec<_> = people
        .iter()
        .cloned()
        .map(|one| {
            subject
                .store()
                .write(move |unit| Ok(unit.participants_mut().add(&one)?))
        })
        .collect();
    subject.store().close();
    for pending in waiting {
        wait(pending).expect("it was accepted before");
    }
    let late = subject.store().write(|_| Ok(()));
    assert!(matches!(wait(late), Err(Error::Fault(Fault::Closed))));
    let late = subject.store().read(|_| Ok(()));
    assert!(matches!(wait(late), Err(Error::Fault(Fault::Closed))));
    subject.reopen();
    for one in people {
        assert_eq!(subject.participant(&one), Some(one));
    }
}

pub(super) fn everything_is_there_after_reopening(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 3);
    let key = set.fixture.key(set.here);
    subject.put(&key);
    let claim = set.fixture.claim("k");
    let now = set.fixture.tick();
    subject.put_claims(set.here, slice::from_ref(&claim), now);
    let (here, events) = (set.here, [set.fixture.event(&set.room); 2]);
    subject.write(move |unit| unit.events_mut().append(here, &events));
    for _ in 0..2 {
        subject.reopen();
        assert_eq!(subject.messages(&set.room), said);
        assert_eq!(subject.member(&set.bob_in).as_ref(), Some(&set.bob_in));
        assert_eq!(subject.participant(&set.eve).as_ref(), Some(&set.eve));
        let (id, wanted) = (key.id, claim.key);
        let (found, claims) = subject.read(move |snapshot| {
            let found = snapshot.keys().find_anywhere(id)?;
            Ok((found, snapshot.claims().find_many(here, &[wanted], now)?))
        });
        assert_eq!(found.as_ref(), Some(&key));
        assert_eq!(claims, slice::from_ref(&claim));
    }
    let event = set.fixture.event(&set.room);
    subject.write(move |unit| unit.events_mut().append(here, &[event]));
    let positions: Vec<u64> = subject
        .events(here)
        .iter()
        .map(|event| event.position.get())
        .collect();
    assert_eq!(positions, [1, 2, 3]);
}

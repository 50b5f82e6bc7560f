//! Leases in the port `Schedule`.
//!
//! Who works under one, and for how long, is decided in core.

use std::sync::Barrier;
use std::thread::{self, ScopedJoinHandle};

use causerie_core::Refusal;

use super::setting::at;
use crate::subject::Subject;

const ONE: [u8; 16] = [0x11; 16];
const TWO: [u8; 16] = [0xFF; 16];

fn hold(subject: &Subject, lease: &'static str, holder: [u8; 16], now: i64, until: i64) -> bool {
    subject.write(move |unit| unit.schedule_mut().hold(lease, holder, at(now), at(until)))
}

pub(super) fn a_lease_is_kept_until_its_time_and_renewed_by_its_holder(subject: &mut Subject) {
    assert!(hold(subject, "a", ONE, 10, 20));
    assert!(!hold(subject, "a", TWO, 19, 30), "somebody holds it");
    assert!(hold(subject, "a", ONE, 15, 40), "its holder renews it");
    assert!(!hold(subject, "a", TWO, 39, 50));
    assert!(hold(subject, "a", TWO, 40, 50), "it ends at its time");
    assert!(!hold(subject, "a", ONE, 41, 60));
    assert!(hold(subject, "a", ONE, 99, 120), "long over");
}

pub(super) fn leases_of_other_names_are_others(subject: &mut Subject) {
    assert!(hold(subject, "a", ONE, 10, 20));
    assert!(hold(subject, "b", TWO, 10, 20));
    assert!(!hold(subject, "b", ONE, 11, 20));
    assert!(hold(subject, "a", ONE, 11, 20));
}

pub(super) fn a_lease_of_a_refused_unit_was_never_taken(subject: &mut Subject) {
    let pending = subject.store().write::<(), _>(|unit| {
        unit.schedule_mut().hold("a", ONE, at(10), at(20))?;
        Err(Refusal::NotAllowed.into())
    });
    assert!(pending.wait().is_err());
    assert!(hold(subject, "a", TWO, 11, 20));
}

pub(super) fn of_those_who_ask_at_once_one_holds_the_lease(subject: &mut Subject) {
    let subject = &*subject;
    for round in 0..10 {
        let start = &Barrier::new(6);
        let held: usize = thread::scope(|scope| {
            let ask = |number: u8| {
                scope.spawn(move || {
                    start.wait();
                    hold(subject, "race", [number; 16], round * 10, round * 10 + 10)
                })
            };
            let asking: Vec<_> = (1..=6).map(ask).collect();
            let joined = asking.into_iter().map(ScopedJoinHandle::join);
            joined
                .map(|one| usize::from(one.expect("nobody panics")))
                .sum()
        });
        assert_eq!(held, 1, "round {round}");
    }
}

//! Looking up many senders at once in the port `Members`, and numbers for conversations.
//!
//! Who may send is decided in core.

use std::collections::BTreeSet;
use std::thread::{self, ScopedJoinHandle};

use causerie_core::port::Sender;
use causerie_core::{Member, ParticipantKind, Refusal};

use super::setting::{Setting, at, sorted};
use crate::subject::Subject;

pub(super) fn senders_come_with_what_is_to_know_of_their_participants(subject: &mut Subject) {
    let set = Setting::new(subject);
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    let mut expected = Vec::new();
    for (index, kind) in ParticipantKind::ALL.iter().enumerate() {
        let archived = index % 2 == 0;
        let someone = set.fixture.participant_with(set.here, |state| {
            state.kind = *kind;
            state.archived_at = archived.then(|| at(-1));
        });
        subject.put(&someone);
        for (room, left_at) in [(&set.room, None), (&other, Some(at(3)))] {
            let member = set.fixture.member_with(room, &someone, |state| {
                state.left_at = left_at;
                state.read_public = 4;
                state.delivered_at = Some(at(5));
            });
            subject.put(&member);
            expected.push(Sender {
                member,
                kind: *kind,
                archived,
            });
        }
    }
    let here = set.here;
    let key = |one: &Member| (one.conversation, one.participant);
    let mut places: Vec<_> = expected.iter().map(|one| key(&one.member)).collect();
    places.reverse();
    places.push((set.room.id, set.unknown()));
    places.push((set.unknown(), set.ann.id));
    places.push(key(&set.eve_in));
    let (found, none) = subject.read(move |snapshot| {
        let port = snapshot.members();
        Ok((
            port.find_senders(here, &places)?,
            port.find_senders(here, &[])?,
        ))
    });
    let by_place = |one: &Sender| key(&one.member);
    assert_eq!(sorted(found, by_place), sorted(expected, by_place));
    assert_eq!(none, []);
}

pub(super) fn another_workspaces_senders_are_not_found(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (elsewhere, place) = (set.elsewhere, (set.room.id, set.ann.id));
    let found = subject.read(move |snapshot| snapshot.members().find_senders(elsewhere, &[place]));
    assert_eq!(found, []);
}

pub(super) fn conversations_are_numbered_from_one_in_each_workspace(subject: &mut Subject) {
    let set = Setting::new(subject);
    let next =
        |workspace| subject.write(move |unit| unit.conversations_mut().next_number(workspace));
    assert_eq!([next(set.here), next(set.here)], [1, 2]);
    assert_eq!(next(set.elsewhere), 1);
    let here = set.here;
    let refused = subject.store().write::<(), _>(move |unit| {
        unit.conversations_mut().next_number(here)?;
        Err(Refusal::NotAllowed.into())
    });
    assert!(refused.wait().is_err());
    assert_eq!(next(set.here), 3, "a refused unit takes no number");
    let both = subject.write(move |unit| {
        let port = unit.conversations_mut();
        Ok([port.next_number(here)?, port.next_number(here)?])
    });
    assert_eq!(both, [4, 5]);
}

pub(super) fn numbers_leave_no_gap_and_repeat_nothing_under_concurrency(subject: &mut Subject) {
    let set = Setting::new(subject);
    let here = set.here;
    let subject = &*subject;
    let taken: BTreeSet<u64> = thread::scope(|scope| {
        let take = |turn: usize| {
            scope.spawn(move || {
                let mut taken = Vec::new();
                for round in 0..20 {
                    let refuse = usize::is_multiple_of(turn + round, 5);
                    let pending = subject.store().write(move |unit| {
                        let number = unit.conversations_mut().next_number(here)?;
                        if refuse {
                            return Err(Refusal::NotAllowed.into());
                        }
                        Ok(number)
                    });
                    taken.extend(pending.wait().ok());
                }
                taken
            })
        };
        let running: Vec<_> = (0..6).map(take).collect();
        let joined = running.into_iter().map(ScopedJoinHandle::join);
        joined
            .flat_map(|taken| taken.expect("nobody panics"))
            .collect()
    });
    assert_eq!(taken, (1..=96).collect::<BTreeSet<_>>());
}

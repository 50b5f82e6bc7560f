//! The port `Events`: one log for each workspace, without a gap.
//!
//! Concurrent writers are in `sends`; which act appends which event is a matter of core.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use causerie_core::{
    Event, NewEvent, Position, Refusal, Seq, Subject as About, SubjectKind, Topic,
};

use super::setting::{Setting, at};
use crate::subject::Subject;

/// What the log should say of these, in this order.
fn numbered(events: &[NewEvent]) -> Vec<Event> {
    let number = |(position, new): (u64, &NewEvent)| Event {
        position: Position::new(position),
        topic: new.topic,
        subject: new.subject,
        at: new.at,
    };
    (1..).zip(events).map(number).collect()
}

fn several(set: &Setting, count: usize) -> Vec<NewEvent> {
    (0..count).map(|_| set.fixture.event(&set.room)).collect()
}

pub(super) fn the_log_is_numbered_from_one_without_a_gap(subject: &mut Subject) {
    let set = Setting::new(subject);
    let events = several(&set, 9);
    let here = set.here;
    for range in [0..1, 1..1, 1..4, 4..6, 6..9] {
        let some = events[range.clone()].to_vec();
        subject.write(move |unit| unit.events_mut().append(here, &some));
        let head = subject.read(move |snapshot| snapshot.events().head(here));
        assert_eq!(head.get(), u64::try_from(range.end).expect("small"));
    }
    assert_eq!(subject.events(here), numbered(&events));
}

pub(super) fn a_page_follows_its_position(subject: &mut Subject) {
    let set = Setting::new(subject);
    let events = several(&set, 9);
    let (here, all) = (set.here, events.clone());
    subject.write(move |unit| unit.events_mut().append(here, &all));
    let numbered = numbered(&events);
    let page = |after: u64, limit| {
        subject.read(move |snapshot| snapshot.events().page(here, Position::new(after), limit))
    };
    assert_eq!(page(0, 4), numbered[..4]);
    assert_eq!(page(4, 4), numbered[4..8]);
    assert_eq!(page(8, 4), numbered[8..]);
    assert_eq!(page(9, 4), []);
    assert_eq!(page(u64::MAX, 4), []);
}

pub(super) fn each_workspace_has_a_log_of_its_own(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (mine, theirs) = (several(&set, 5), vec![set.fixture.event(&set.lobby); 3]);
    let (here, elsewhere) = (set.here, set.elsewhere);
    let (some, others) = (mine.clone(), theirs.clone());
    subject.write(move |unit| {
        unit.events_mut().append(elsewhere, &others[..1])?;
        unit.events_mut().append(here, &some[..2])?;
        unit.events_mut().append(elsewhere, &others[1..])?;
        unit.events_mut().append(here, &[])?;
        unit.events_mut().append(here, &some[2..])
    });
    assert_eq!(subject.events(here), numbered(&mine));
    assert_eq!(subject.events(elsewhere), numbered(&theirs));
    let unknown = set.unknown();
    assert_eq!(subject.events(unknown), []);
    let head = subject.read(move |snapshot| snapshot.events().head(unknown));
    assert_eq!(head, Position::ZERO);
}

pub(super) fn a_refused_unit_takes_no_position(subject: &mut Subject) {
    let set = Setting::new(subject);
    let events = several(&set, 3);
    let here = set.here;
    for (index, one) in events.iter().copied().enumerate() {
        let pending = subject.store().write::<(), _>(move |unit| {
            unit.events_mut().append(here, &[one])?;
            if index == 1 {
                return Err(Refusal::NotAllowed.into());
            }
            Ok(())
        });
        assert_eq!(pending.wait().is_ok(), index != 1);
    }
    assert_eq!(subject.events(here), numbered(&[events[0], events[2]]));
}

pub(super) fn every_topic_and_subject_is_kept(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 1).remove(0);
    let key = set.fixture.key(set.here);
    subject.put(&key);
    let (room, ann) = (set.room.id, set.ann.id);
    let events: Vec<NewEvent> = (0..)
        .zip(Topic::ALL)
        .map(|(index, topic)| {
            let subject = match topic.subject() {
                SubjectKind::Workspace => {
                    let entry = (*topic == Topic::BalanceToppedUp).then(|| Seq::new(7));
                    About::Workspace(set.here, entry)
                }
                SubjectKind::Key => About::Key(key.id),
                SubjectKind::Participant => About::Participant(ann),
                SubjectKind::Conversation => About::Conversation(room),
                SubjectKind::Member => {
                    let marks = matches!(topic, Topic::MemberRead | Topic::MemberDelivered);
                    About::Member(room, ann, marks.then_some(Seq::MAX))
                }
                SubjectKind::Message => About::Message(room, said.id, said.seq),
                SubjectKind::Scheduled => About::Scheduled(room, said.id),
                SubjectKind::Reaction => About::Reaction(room, set.unknown(), said.seq),
                SubjectKind::Template => About::Template(set.unknown()),
                SubjectKind::Tag => About::Tag(set.unknown()),
                SubjectKind::Media => About::Media(set.unknown()),
                SubjectKind::Channel => About::Channel(set.unknown()),
            };
            NewEvent {
                topic: *topic,
                subject,
                at: at(-index),
            }
        })
        .collect();
    let (here, all) = (set.here, events.clone());
    subject.write(move |unit| unit.events_mut().append(here, &all));
    assert_eq!(subject.events(here), numbered(&events));
}

pub(super) fn a_commit_wakes_whoever_waits_for_its_log(subject: &mut Subject) {
    let set = Setting::new(subject);
    let events = several(&set, 3);
    let (here, elsewhere) = (set.here, set.elsewhere);
    let (told, heard) = mpsc::channel();
    let (mine, theirs) = (
        subject.store().heads().beyond(here, Position::new(2)),
        subject.store().heads().beyond(elsewhere, Position::ZERO),
    );
    let mut waiters = Vec::new();
    for (name, pending) in [("here", mine), ("elsewhere", theirs)] {
        let told = told.clone();
        waiters.push(thread::spawn(move || {
            // The test may be over, and failed, when this wakes.
            let _ = told.send((name, pending.wait().map(Position::get).ok()));
        }));
    }
    let limit = Duration::from_secs(10);
    subject.write(move |unit| unit.events_mut().append(here, &events));
    assert_eq!(heard.recv_timeout(limit), Ok(("here", Some(3))));
    let event = set.fixture.event(&set.lobby);
    subject.write(move |unit| unit.events_mut().append(elsewhere, &[event]));
    assert_eq!(heard.recv_timeout(limit), Ok(("elsewhere", Some(1))));
    for waiter in waiters {
        waiter.join().expect("the waiter does not panic");
    }
}

pub(super) fn the_log_outlives_what_it_tells_of(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (here, events) = (set.here, several(&set, 2));
    let all = events.clone();
    subject.write(move |unit| unit.events_mut().append(here, &all));
    let mut gone = set.room;
    gone.delete(set.fixture.tick());
    subject.write(move |unit| unit.conversations_mut().save(&gone));
    while subject.write(|unit| unit.conversations_mut().erase_deleted(at(1), 100)) > 0 {}
    assert_eq!(subject.events(here), numbered(&events));
}

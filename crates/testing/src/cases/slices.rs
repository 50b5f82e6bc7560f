//! Slices of a thousand: more than one statement may have parameters for.
//!
//! Empty and mixed slices are tested beside the methods that take them.

use causerie_core::claim::Settled;
use causerie_core::port::{Advance, ReadAdvance};
use causerie_core::{Conversation, Member, NewEvent, Participant, Position, Seq};

use super::setting::{Setting, at, present, sorted};
use crate::subject::Subject;

const MANY: u64 = 1_000;

fn crowd(set: &Setting, subject: &Subject) -> Vec<Participant> {
    let people: Vec<_> = (0..MANY)
        .map(|_| set.fixture.participant(set.here, "One"))
        .collect();
    subject.put_all(&people);
    people
}

pub(super) fn a_thousand_messages_are_appended_and_found_at_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, MANY);
    assert_eq!(subject.messages(&set.room), said);
    let here = set.here;
    let ids: Vec<_> = said.iter().rev().map(|one| one.id).collect();
    let places: Vec<_> = said.iter().map(|one| (set.room.id, one.seq)).collect();
    let (by_id, by_place) = subject.read(move |snapshot| {
        let port = snapshot.messages();
        Ok((port.find_many(here, &ids)?, port.find_at(here, &places)?))
    });
    assert_eq!(sorted(by_id, |one| one.seq), said);
    assert_eq!(sorted(by_place, |one| one.seq), said);
}

pub(super) fn a_thousand_members_are_added_found_and_moved_at_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let room = set.fixture.conversation(set.here);
    subject.put(&room);
    let people = crowd(&set, subject);
    let members: Vec<Member> = people
        .iter()
        .map(|one| set.fixture.member(&room, one))
        .collect();
    subject.put_all(&members);
    let (here, id) = (set.here, room.id);
    let moves: Vec<_> = people
        .iter()
        .map(|one| ReadAdvance {
            conversation: id,
            participant: one.id,
            read_seq: Seq::new(3),
            read_public: 2,
            read_at: at(3),
        })
        .collect();
    let places: Vec<_> = people.iter().map(|one| (id, one.id)).collect();
    let found = subject.write(move |unit| {
        unit.members_mut().advance_read(here, &moves)?;
        unit.members().find_many(here, &places)
    });
    assert_eq!(found.len(), people.len());
    assert!(found.iter().all(|one| one.read_seq == Seq::new(3)));
    let listed = subject.read(move |snapshot| present(snapshot, here, id));
    assert_eq!(listed, people.iter().map(|one| one.id).collect::<Vec<_>>());
}

pub(super) fn a_thousand_participants_are_found_at_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let people = crowd(&set, subject);
    let (here, ids) = (
        set.here,
        people.iter().map(|one| one.id).collect::<Vec<_>>(),
    );
    let found = subject.read(move |snapshot| snapshot.participants().find_many(here, &ids));
    assert_eq!(sorted(found, |one| one.id), people);
}

pub(super) fn a_thousand_conversations_are_locked_and_advanced_at_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let rooms: Vec<Conversation> = (0..MANY)
        .map(|_| set.fixture.conversation(set.here))
        .collect();
    subject.put_all(&rooms);
    let (here, ids) = (set.here, rooms.iter().map(|one| one.id).collect::<Vec<_>>());
    let moves: Vec<_> = (1..)
        .zip(&ids)
        .map(|(seq, id)| Advance {
            conversation: *id,
            last_seq: Seq::new(seq),
            last_message_at: at(seq.cast_signed()),
            public_count: seq,
            public_seq: Seq::new(seq),
            public_at: Some(at(seq.cast_signed())),
        })
        .collect();
    let (locked, found) = subject.write(move |unit| {
        let port = unit.conversations_mut();
        let locked = port.lock_many(here, &ids)?;
        port.advance(here, &moves)?;
        Ok((locked, port.find_many(here, &ids)?))
    });
    assert_eq!(sorted(locked, |one| one.id), rooms);
    let seqs: Vec<u64> = sorted(found, |one| one.id)
        .iter()
        .map(|one| one.last_seq.get())
        .collect();
    assert_eq!(seqs, (1..=MANY).collect::<Vec<_>>());
}

pub(super) fn a_thousand_claims_are_settled_found_and_replaced_at_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let claims = |micros| -> Vec<Settled> {
        (0..MANY)
            .map(|number| Settled {
                expires_at: at(micros),
                ..set.fixture.claim(&number.to_string())
            })
            .collect()
    };
    for (now, end) in [(5, 50), (51, 90)] {
        let made = claims(end);
        subject.put_claims(set.here, &made, at(now));
        let (here, keys) = (set.here, made.iter().map(|one| one.key).collect::<Vec<_>>());
        let found =
            subject.read(move |snapshot| snapshot.claims().find_many(here, &keys, at(now + 1)));
        assert_eq!(sorted(found, |one| one.key), sorted(made, |one| one.key));
    }
}

pub(super) fn thousands_of_events_are_appended_and_read_at_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let events: Vec<NewEvent> = (0..7 * MANY)
        .map(|_| set.fixture.event(&set.room))
        .collect();
    let (here, all) = (set.here, events.clone());
    subject.write(move |unit| unit.events_mut().append(here, &all));
    let found = subject.events(here);
    assert_eq!(found.len(), events.len());
    for (position, (found, appended)) in (1..).zip(found.iter().zip(&events)) {
        assert_eq!(found.position, Position::new(position));
        assert_eq!(found.at, appended.at);
    }
}

pub(super) fn a_thousand_uses_of_keys_are_noted_at_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let keys: Vec<_> = (0..MANY).map(|_| set.fixture.key(set.here)).collect();
    subject.put_all(&keys);
    let uses: Vec<_> = keys.iter().map(|key| (key.id, at(7))).collect();
    subject.write(move |unit| unit.keys_mut().note_use(&uses));
    let here = set.here;
    let found = subject.read(move |snapshot| snapshot.keys().page(here, None, 5_000));
    assert_eq!(found.len(), keys.len());
    assert!(found.iter().all(|key| key.last_used_at == Some(at(7))));
}

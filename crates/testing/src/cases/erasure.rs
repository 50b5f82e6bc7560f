//! Erasing deleted conversations in the port `Conversations`.
//!
//! When it is done, and by whom, is not decided here.

use causerie_core::claim::{Answer, Settled};
use causerie_core::{Conversation, Member, Message};

use super::setting::{Setting, at, saying};
use crate::subject::Subject;

/// A conversation with two members, messages, and revisions of some.
fn busy(set: &Setting, subject: &Subject, count: u64) -> (Conversation, [Member; 2], Vec<Message>) {
    let room = set
        .fixture
        .conversation_with(set.here, |state| state.member_count = 2);
    subject.put(&room);
    let members = [
        set.fixture.member(&room, &set.ann),
        set.fixture.member(&room, &set.bob),
    ];
    subject.put_all(&members);
    let mut said = set.fixture.messages(&room, &set.ann, 1, count);
    subject.put_all(&said);
    for message in said.iter_mut().step_by(2) {
        for round in 0..3 {
            let earlier = message.edit(&saying("edited"), at(round));
            let now = message.clone();
            subject.write(move |unit| unit.messages_mut().revise(&now, &earlier));
        }
    }
    (room, members, said)
}

fn delete(set: &Setting, subject: &Subject, conversation: &Conversation) {
    let mut gone = subject.conversation(conversation).expect("it exists");
    gone.delete(set.fixture.tick());
    subject.write(move |unit| unit.conversations_mut().save(&gone));
}

fn erase(subject: &Subject, limit: usize) -> usize {
    subject.write(move |unit| unit.conversations_mut().erase_deleted(at(1), limit))
}

fn revisions(subject: &Subject, of: &Message) -> usize {
    let (workspace, id) = (of.workspace, of.id);
    let kept = subject.read(move |snapshot| snapshot.messages().revisions(workspace, id));
    kept.len()
}

pub(super) fn nothing_is_erased_while_nothing_is_deleted(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (room, members, said) = busy(&set, subject, 3);
    assert_eq!(erase(subject, 100), 0);
    assert_eq!(subject.messages(&room), said);
    assert_eq!(subject.member(&members[1]), Some(members[1].clone()));
}

pub(super) fn small_steps_erase_deleted_conversations_to_the_end(subject: &mut Subject) {
    let set = Setting::new(subject);
    delete(&set, subject, &set.lobby);
    for limit in [1, 2, 5, 1_000] {
        let kept = busy(&set, subject, 4);
        let doomed = [7, 0, 2].map(|count| busy(&set, subject, count));
        for (room, _, _) in &doomed {
            delete(&set, subject, room);
        }
        let mut steps = 0;
        while erase(subject, limit) > 0 {
            steps += 1;
            assert!(steps < 100, "erasing in steps of {limit} comes to an end");
        }
        for (room, members, said) in &doomed {
            assert_eq!(subject.messages(room), []);
            for message in said {
                assert_eq!(subject.message(message), None);
                assert_eq!(revisions(subject, message), 0);
            }
            assert_eq!(subject.member(&members[0]), None);
            assert_eq!(subject.member(&members[1]), None);
        }
        let (room, members, said) = kept;
        assert_eq!(subject.messages(&room), said);
        assert_eq!(revisions(subject, &said[2]), 3);
        assert_eq!(revisions(subject, &said[1]), 0);
        assert_eq!(subject.member(&members[0]), Some(members[0].clone()));
        assert!(subject.conversation(&room).is_some());
    }
    assert_eq!(subject.member(&set.eve_in), None);
    assert_eq!(subject.member(&set.bob_in), Some(set.bob_in));
    assert_eq!(subject.participant(&set.ann), Some(set.ann));
}

pub(super) fn i11_nothing_of_an_erased_message_comes_back_with_its_id(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (room, _, said) = busy(&set, subject, 1);
    assert_eq!(revisions(subject, &said[0]), 3);
    delete(&set, subject, &room);
    while erase(subject, 100) > 0 {}
    let again = set.fixture.message_with(&set.room, &set.ann, 1, |state| {
        state.id = said[0].id;
    });
    subject.put(&again);
    assert_eq!(revisions(subject, &again), 0);
    assert_eq!(subject.message(&again), Some(again));
}

pub(super) fn i11_answers_that_show_an_erased_conversation_are_forgotten(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (room, _, said) = busy(&set, subject, 3);
    let waiting = set.fixture.scheduled(&room, &set.ann, at(i64::MAX));
    let later = waiting.clone();
    subject.write(move |unit| unit.schedule_mut().add(&later));
    let kept = set.say(subject, 1).remove(0);
    let shown = [said[0].id, said[2].id, waiting.id, kept.id];
    let settled: Vec<Settled> = shown
        .iter()
        .map(|id| Settled {
            shows: Some(*id),
            ..set.fixture.claim(&id.to_string())
        })
        .collect();
    let (here, all, now) = (set.here, settled.clone(), set.fixture.tick());
    subject.write(move |unit| {
        let mut all = all.clone();
        all.sort_by_key(|one| one.key);
        unit.claims_mut().append(here, &all, now)
    });
    delete(&set, subject, &room);
    while erase(subject, 2) > 0 {}
    for (place, one) in settled.iter().enumerate() {
        let key = [one.key];
        let found = subject.read(move |snapshot| snapshot.claims().find_many(here, &key, now));
        let answer = if place < 3 {
            Answer(Vec::new())
        } else {
            one.answer.clone()
        };
        assert_eq!(found[0].answer, answer, "the answer at {place}");
    }
}

pub(super) fn a_step_erases_no_more_messages_than_its_limit(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (room, _, said) = busy(&set, subject, 10);
    delete(&set, subject, &room);
    let left = |subject: &Subject| {
        let (here, ids) = (set.here, said.iter().map(|one| one.id).collect::<Vec<_>>());
        let found = subject.read(move |snapshot| snapshot.messages().find_many(here, &ids));
        found.len()
    };
    let mut before = left(subject);
    while erase(subject, 3) > 0 {
        let now = left(subject);
        assert!(now + 3 >= before, "{before} messages became {now}");
        before = now;
    }
    assert_eq!(before, 0);
}

//! Where things came into being, in the port `Events`.
//!
//! Which things those are is decided in core.

use std::collections::BTreeMap;

use causerie_core::{ConversationId, NewEvent, Placed, Position, Refusal, Subject as About, Topic};

use super::setting::{Setting, sorted};
use crate::subject::Subject;

fn happens(set: &Setting, topic: Topic, id: ConversationId) -> NewEvent {
    NewEvent {
        topic,
        subject: About::Conversation(id),
        at: set.fixture.tick(),
    }
}

pub(super) fn events_are_found_by_their_positions(subject: &mut Subject) {
    let set = Setting::new(subject);
    let events = vec![set.fixture.event(&set.room); 9];
    let (here, elsewhere) = (set.here, set.elsewhere);
    let others = events[..4].to_vec();
    subject.write(move |unit| {
        unit.events_mut().append(here, &events)?;
        unit.events_mut().append(elsewhere, &others)
    });
    let wanted = [7, 2, 10, 0, 9, u64::MAX].map(Position::new);
    let find = |of| {
        let found = subject.read(move |snapshot| snapshot.events().find_many(of, &wanted));
        sorted(found, |event| event.position)
    };
    let log = subject.events(here);
    assert_eq!(find(here), [log[1], log[6], log[8]]);
    assert_eq!(find(elsewhere), subject.events(elsewhere)[1..2]);
    assert_eq!(find(set.unknown()), []);
}

pub(super) fn a_thing_is_born_where_the_first_event_says_so(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (here, elsewhere) = (set.here, set.elsewhere);
    let [one, twice, changed, foreign] = [(); 4].map(|()| set.unknown::<ConversationId>());
    let events = [
        happens(&set, Topic::ConversationUpdated, one),
        happens(&set, Topic::ConversationCreated, one),
        happens(&set, Topic::ConversationCreated, twice),
        happens(&set, Topic::ConversationUpdated, changed),
        happens(&set, Topic::ConversationCreated, twice),
        happens(&set, Topic::ConversationDeleted, one),
    ];
    let other = happens(&set, Topic::ConversationCreated, foreign);
    subject.write(move |unit| {
        unit.events_mut().append(here, &events)?;
        unit.events_mut().append(elsewhere, &[other])
    });
    let ids = [twice, changed, foreign, one].map(ConversationId::to_bytes);
    let born = |of| {
        let found = subject.read(move |snapshot| snapshot.events().births(of, &ids));
        found.into_iter().collect::<BTreeMap<_, _>>()
    };
    let at = |id: ConversationId, position| (id.to_bytes(), Position::new(position));
    assert_eq!(born(here), BTreeMap::from([at(one, 2), at(twice, 3)]));
    assert_eq!(born(elsewhere), BTreeMap::from([at(foreign, 1)]));
    let none = subject.read(move |snapshot| snapshot.events().births(here, &[]));
    assert_eq!(none, []);
}

pub(super) fn things_of_every_sort_are_born(subject: &mut Subject) {
    let set = Setting::new(subject);
    let here = set.here;
    let said = set.say(subject, 1).remove(0);
    let events = Topic::BIRTHS.map(|topic| {
        let subject = match topic {
            Topic::ParticipantCreated => About::Participant(set.unknown()),
            Topic::ConversationCreated => About::Conversation(set.unknown()),
            Topic::MessageCreated => About::Message(set.room.id, set.unknown(), said.seq),
            Topic::ReactionAdded => About::Reaction(set.room.id, set.unknown(), said.seq),
            Topic::TagCreated => About::Tag(set.unknown()),
            Topic::ChannelCreated => About::Channel(set.unknown()),
            _ => About::Media(set.unknown()),
        };
        let at = set.fixture.tick();
        NewEvent { topic, subject, at }
    });
    subject.write(move |unit| unit.events_mut().append(here, &events));
    let ids = events.map(|event| event.subject.parts().id);
    let born = subject.read(move |snapshot| snapshot.events().births(here, &ids));
    let expected: BTreeMap<_, _> = ids.into_iter().zip((1..).map(Position::new)).collect();
    assert_eq!(born.into_iter().collect::<BTreeMap<_, _>>(), expected);
}

pub(super) fn units_at_once_learn_where_their_events_stand(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut jobs = Vec::new();
    for number in 0..120 {
        let of = [set.here, set.here, set.elsewhere][number % 3];
        let refused = number % 7 == 0;
        let things = [(); 3].map(|()| set.unknown::<ConversationId>());
        let events = things.map(|id| happens(&set, Topic::ConversationCreated, id));
        let placed = Placed::default();
        let told = placed.clone();
        let job = subject.store().write::<(), _>(move |unit| {
            unit.events_mut().append(of, &events[..1])?;
            unit.events_mut().append_placed(of, &events[1..], &told)?;
            if refused {
                return Err(Refusal::NotAllowed.into());
            }
            Ok(())
        });
        jobs.push((of, refused, things, placed, job));
    }
    for (of, refused, things, placed, job) in jobs {
        assert_eq!(job.wait().is_err(), refused);
        for (offset, thing) in things[1..].iter().enumerate() {
            let position = placed.after(offset).position();
            assert_eq!(position.is_none(), refused);
            let Some(position) = position else {
                continue;
            };
            let found = subject.read(move |snapshot| snapshot.events().find_many(of, &[position]));
            assert_eq!(found[0].subject, About::Conversation(*thing));
        }
    }
}

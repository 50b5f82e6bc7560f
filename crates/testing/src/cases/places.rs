//! Reading along the order of a conversation in the port `Messages`.
//!
//! How cursors and times become places is a matter of core.

use causerie_core::page::Order;
use causerie_core::port::{Milestone, SeqRange};
use causerie_core::{Conversation, DeleteMode, Message, Seq, Sight};

use super::setting::{Setting, at, range, shuffled, sorted};
use crate::subject::Subject;

fn page(
    subject: &Subject,
    of: &Conversation,
    range: SeqRange,
    order: Order,
    limit: usize,
) -> Vec<Message> {
    let (workspace, id) = (of.workspace, of.id);
    subject.read(move |snapshot| {
        snapshot
            .messages()
            .page(workspace, id, range, Sight::Everything, order, limit)
    })
}

pub(super) fn a_page_holds_what_lies_between_its_ends(subject: &mut Subject) {
    let set = Setting::new(subject);
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    subject.put_all(&set.fixture.messages(&other, &set.bob, 1, 5));
    // Ids and times run against the order, which is that of the places alone.
    let mut said = set.fixture.messages(&set.room, &set.ann, 1, 9);
    let ids: Vec<_> = said.iter().map(|one| one.id).collect();
    said = said
        .iter()
        .zip(ids.iter().rev())
        .map(|(one, id)| {
            let mut state = (**one).clone();
            state.id = *id;
            state.created_at = at(1_000);
            Message::restore(state)
        })
        .collect();
    subject.put_all(&shuffled(&said));
    let numbers = |range, order, limit| {
        let found = page(subject, &set.room, range, order, limit);
        found.iter().map(|one| one.seq.get()).collect::<Vec<_>>()
    };
    let (asc, desc) = (Order::Ascending, Order::Descending);
    assert_eq!(page(subject, &set.room, range(0, None), asc, 100), said);
    assert_eq!(numbers(range(0, None), asc, 3), [1, 2, 3]);
    assert_eq!(numbers(range(0, None), desc, 3), [9, 8, 7]);
    assert_eq!(numbers(range(3, None), asc, 100), [4, 5, 6, 7, 8, 9]);
    assert_eq!(numbers(range(3, None), desc, 2), [9, 8]);
    assert_eq!(numbers(range(0, Some(4)), asc, 100), [1, 2, 3]);
    assert_eq!(numbers(range(0, Some(4)), desc, 2), [3, 2]);
    assert_eq!(numbers(range(2, Some(6)), asc, 2), [3, 4]);
    assert_eq!(numbers(range(2, Some(6)), desc, 100), [5, 4, 3]);
    assert_eq!(numbers(range(4, Some(5)), asc, 9), [0; 0]);
    assert_eq!(numbers(range(6, Some(2)), desc, 9), [0; 0]);
    assert_eq!(numbers(range(9, None), asc, 9), [0; 0]);
    assert_eq!(numbers(range(0, Some(1)), desc, 9), [0; 0]);
    let last = Seq::MAX.get();
    assert_eq!(numbers(range(last, Some(last)), asc, 9), [0; 0]);
    assert_eq!(numbers(range(8, Some(last)), desc, 9), [9]);
}

pub(super) fn a_page_shows_its_own_workspace_only(subject: &mut Subject) {
    let set = Setting::new(subject);
    set.say(subject, 3);
    let (elsewhere, room) = (set.elsewhere, set.room.id);
    for order in [Order::Ascending, Order::Descending] {
        let found = subject.read(move |snapshot| {
            snapshot
                .messages()
                .page(elsewhere, room, range(0, None), Sight::Everything, order, 9)
        });
        assert_eq!(found, []);
    }
    let first =
        subject.read(move |snapshot| snapshot.messages().first_from(elsewhere, room, Seq::new(1)));
    assert_eq!(first, None);
}

pub(super) fn tombstones_keep_their_place(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut said = set.say(subject, 3);
    let earlier = said[1].delete(DeleteMode::Soft, at(9));
    let now = said[1].clone();
    subject.write(move |unit| unit.messages_mut().revise(&now, &earlier));
    assert_eq!(
        page(subject, &set.room, range(0, None), Order::Ascending, 9),
        said
    );
}

pub(super) fn the_first_from_a_place_passes_over_holes(subject: &mut Subject) {
    let set = Setting::new(subject);
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    subject.put(&set.fixture.message(&other, &set.bob, 5));
    let said: Vec<Message> = [2, 3, 7]
        .map(|seq| set.fixture.message(&set.room, &set.ann, seq))
        .into();
    subject.put_all(&said);
    let place = |one: &Message| Milestone {
        seq: one.seq,
        at: one.created_at,
        visibility: one.visibility,
        public_count: one.public_count,
    };
    let first = |from: u64| -> Option<Milestone> {
        let (here, room) = (set.here, set.room.id);
        subject.read(move |snapshot| snapshot.messages().first_from(here, room, Seq::new(from)))
    };
    assert_eq!(first(0), Some(place(&said[0])));
    assert_eq!(first(2), Some(place(&said[0])));
    assert_eq!(first(3), Some(place(&said[1])));
    assert_eq!(first(4), Some(place(&said[2])));
    assert_eq!(first(7), Some(place(&said[2])));
    assert_eq!(first(8), None);
    assert_eq!(first(u64::MAX), None);
}

pub(super) fn messages_are_found_at_places_of_many_conversations(subject: &mut Subject) {
    let set = Setting::new(subject);
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    let said = set.say(subject, 3);
    let there = set.fixture.messages(&other, &set.bob, 1, 3);
    subject.put_all(&there);
    subject.put(&set.fixture.message(&set.lobby, &set.eve, 1));
    let here = set.here;
    let places = [
        (other.id, Seq::new(3)),
        (set.room.id, Seq::new(1)),
        (set.room.id, Seq::new(4)),
        (set.lobby.id, Seq::new(1)),
        (set.unknown(), Seq::new(2)),
        (set.room.id, Seq::ZERO),
        (set.room.id, Seq::MAX),
    ];
    let found = subject.read(move |snapshot| snapshot.messages().find_at(here, &places));
    assert_eq!(
        sorted(found, |one| one.id),
        [said[0].clone(), there[2].clone()]
    );
    let none = subject.read(move |snapshot| snapshot.messages().find_at(here, &[]));
    assert_eq!(none, []);
}

//! Numbers and counts of conversations and participants, and lists by how somebody has a conversation.
//!
//! That numbers leave no gap is in `senders`.

use causerie_core::port::{ConversationFilter, OwnFilter, ParticipantFilter};
use causerie_core::{Conversation, ConversationKind, Member, ParticipantKind, Status};

use super::filters::delete;
use super::setting::{Setting, at};
use crate::subject::Subject;

pub(super) fn a_conversation_is_found_by_its_number_until_it_is_deleted(subject: &mut Subject) {
    let set = Setting::new(subject);
    let numbered = |workspace, number| {
        subject.read(move |snapshot| snapshot.conversations().find_numbered(workspace, number))
    };
    let again = set
        .fixture
        .conversation_with(set.elsewhere, |state| state.number = set.room.number);
    subject.put(&again);
    let number = set.room.number;
    assert_eq!(numbered(set.here, number), Some(set.room.clone()));
    assert_eq!(numbered(set.elsewhere, number), Some(again.clone()));
    for nothing in [0, number + 77, u64::MAX] {
        assert_eq!(numbered(set.here, nothing), None);
    }
    delete(&set, subject, &set.room);
    assert_eq!(numbered(set.here, number), None);
    while subject.write(|unit| unit.conversations_mut().erase_deleted(at(1), 9)) > 0 {}
    assert_eq!(numbered(set.here, number), None);
    assert_eq!(numbered(set.elsewhere, number), Some(again));
}

/// Sixteen conversations that Bob has in every way, and one that he left.
fn crowd(set: &Setting, subject: &Subject) -> Vec<(Conversation, Member)> {
    let every = (0_u8..16).map(|number| {
        let way = |bit: u8| number & (1 << bit) != 0;
        let room = set.fixture.conversation_with(set.here, |state| {
            state.public_count = 5;
            if number % 3 == 0 {
                state.status = Status::Closed;
            }
        });
        let member = set.fixture.member_with(&room, &set.bob, |state| {
            state.muted_at = way(0).then(|| at(1));
            state.pinned_at = way(1).then(|| at(2));
            state.archived_at = way(2).then(|| at(3));
            state.read_public = if way(3) { 4 } else { 5 };
        });
        (room, member)
    });
    let every: Vec<_> = every.collect();
    for (room, member) in &every {
        subject.put(room);
        subject.put(member);
    }
    let room = set.fixture.conversation(set.here);
    subject.put(&room);
    subject.put(
        &set.fixture
            .member_with(&room, &set.bob, |state| state.left_at = Some(at(4))),
    );
    every
}

fn passes(own: OwnFilter, room: &Conversation, member: &Member) -> bool {
    let is = |wanted: Option<bool>, found: bool| wanted.is_none_or(|wanted| wanted == found);
    is(own.muted, member.muted_at.is_some())
        && is(own.pinned, member.pinned_at.is_some())
        && is(own.archived, member.archived_at.is_some())
        && is(own.unread, room.public_count > member.read_public)
}

pub(super) fn a_list_shows_what_passes_by_how_one_has_it_and_counts_the_same(
    subject: &mut Subject,
) {
    let set = Setting::new(subject);
    let mut all = crowd(&set, subject);
    all.insert(0, (set.room.clone(), set.bob_in.clone()));
    let (here, bob) = (set.here, set.bob.id);
    let ways = [None, Some(true), Some(false)];
    for number in 0..81 {
        let way = |place: usize| ways[number / place % 3];
        let own = OwnFilter {
            muted: way(1),
            pinned: way(3),
            archived: way(9),
            unread: way(27),
        };
        let filter = ConversationFilter {
            status: (number % 2 == 0).then_some(Status::Open),
            own,
            ..ConversationFilter::default()
        };
        let mut expected: Vec<_> = all.iter().rev().cloned().collect();
        expected.retain(|(room, member)| {
            passes(own, room, member) && filter.status.is_none_or(|status| room.status == status)
        });
        let (listed, counted, few) = subject.read(move |snapshot| {
            let port = snapshot.conversations();
            Ok((
                port.page_of(here, bob, &filter, None, 99)?,
                port.count(here, Some(bob), &filter, 99)?,
                port.count(here, Some(bob), &filter, 2)?,
            ))
        });
        assert_eq!(listed, expected, "{own:?}");
        assert_eq!((counted, few), (expected.len(), expected.len().min(2)));
    }
}

pub(super) fn conversations_are_counted_as_they_are_listed_up_to_a_bound(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = crowd(&set, subject);
    delete(&set, subject, &made[1].0);
    let muted = OwnFilter {
        muted: Some(true),
        ..OwnFilter::default()
    };
    let filters = [
        (ConversationFilter::default(), 17),
        (
            ConversationFilter {
                status: Some(Status::Closed),
                ..ConversationFilter::default()
            },
            6,
        ),
        (
            ConversationFilter {
                kind: Some(ConversationKind::Direct),
                ..ConversationFilter::default()
            },
            0,
        ),
        (
            ConversationFilter {
                own: muted,
                ..ConversationFilter::default()
            },
            17,
        ),
    ];
    let (here, elsewhere, unknown) = (set.here, set.elsewhere, set.unknown());
    for (filter, expected) in filters {
        let (counted, few, none, nobodys) = subject.read(move |snapshot| {
            let port = snapshot.conversations();
            Ok((
                port.count(here, None, &filter, 1_000)?,
                port.count(here, None, &filter, 3)?,
                port.count(here, None, &filter, 0)?,
                port.count(elsewhere, Some(unknown), &filter, 9)?,
            ))
        });
        assert_eq!((counted, few), (expected, expected.min(3)));
        assert_eq!((none, nobodys), (0, 0));
    }
}

pub(super) fn participants_are_counted_as_they_are_listed_up_to_a_bound(subject: &mut Subject) {
    let set = Setting::new(subject);
    for number in 0..9 {
        let one = set.fixture.participant_with(set.here, |state| {
            state.archived_at = (number % 3 == 0).then(|| at(1));
            if number % 2 == 0 {
                state.kind = ParticipantKind::Agent;
            }
        });
        subject.put(&one);
    }
    let here = set.here;
    let filter = |kind, archived| ParticipantFilter {
        kind,
        archived,
        ..ParticipantFilter::default()
    };
    let agents = Some(ParticipantKind::Agent);
    for (filter, expected) in [
        (filter(None, None), 11),
        (filter(agents, None), 5),
        (filter(None, Some(true)), 3),
        (filter(agents, Some(false)), 3),
    ] {
        let (counted, few) = subject.read(move |snapshot| {
            let port = snapshot.participants();
            Ok((
                port.count(here, &filter, 1_000)?,
                port.count(here, &filter, 2)?,
            ))
        });
        assert_eq!((counted, few), (expected, 2));
    }
}

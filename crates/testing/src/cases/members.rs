//! The port `Members`.
//!
//! Who may add, change or remove a member is decided, and tested, in core.

use std::slice;

use causerie_core::port::ReadAdvance;
use causerie_core::{
    Conversation, ConversationId, Member, MemberState, Participant, ParticipantId, Role, Seq,
};

use super::setting::{Setting, at, present, shuffled, sorted, spread_ids};
use crate::fixture::display_name;
use crate::subject::Subject;

pub(super) fn a_member_is_found_as_it_was_added_present_or_not(subject: &mut Subject) {
    let set = Setting::new(subject);
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    let full = set.fixture.member_with(&other, &set.ann, |state| {
        state.role = Role::Owner;
        state.display_name = Some(display_name("Änn 🦊"));
        state.read_seq = Seq::new(4);
        state.read_public = 3;
        state.read_at = Some(at(44));
        state.delivered_seq = Seq::new(5);
        state.delivered_at = Some(at(47));
        state.muted_at = Some(at(45));
        state.pinned_at = Some(at(48));
        state.archived_at = Some(at(49));
        state.left_at = Some(at(-46));
    });
    subject.put(&full);
    for made in [full, set.ann_in, set.bob_in] {
        assert_eq!(subject.member(&made), Some(made.clone()));
        let (here, of, who) = (set.here, made.conversation, made.participant);
        let (many, locked) = subject.write(move |unit| {
            let port = unit.members_mut();
            Ok((
                port.find_many(here, &[(of, who)])?,
                port.lock(here, of, who)?,
            ))
        });
        assert_eq!(many, slice::from_ref(&made));
        assert_eq!(locked, Some(made));
    }
}

pub(super) fn every_role_is_kept(subject: &mut Subject) {
    let set = Setting::new(subject);
    for role in Role::ALL {
        let someone = set.fixture.participant(set.here, "Someone");
        subject.put(&someone);
        let made = set
            .fixture
            .member_with(&set.room, &someone, |state| state.role = *role);
        subject.put(&made);
        assert_eq!(subject.member(&made), Some(made));
    }
}

pub(super) fn another_workspaces_member_is_found_by_no_method(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (elsewhere, of, who) = (set.elsewhere, set.room.id, set.ann.id);
    let (found, many, locked, listed) = subject.write(move |unit| {
        let port = unit.members_mut();
        Ok((
            port.find(elsewhere, of, who)?,
            port.find_many(elsewhere, &[(of, who)])?,
            port.lock(elsewhere, of, who)?,
            port.page(elsewhere, of, None, 9)?,
        ))
    });
    assert_eq!((found, many, locked, listed), (None, vec![], None, vec![]));
}

pub(super) fn those_of_many_places_that_are_taken_are_found(subject: &mut Subject) {
    let set = Setting::new(subject);
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    let in_other = set.fixture.member(&other, &set.bob);
    subject.put(&in_other);
    let (here, ann, bob) = (set.here, set.ann.id, set.bob.id);
    let places = [
        (other.id, bob),
        (other.id, ann),
        (set.room.id, ann),
        (set.lobby.id, set.eve.id),
        (set.room.id, set.unknown()),
        (set.unknown(), ann),
    ];
    let found = subject.read(move |snapshot| snapshot.members().find_many(here, &places));
    let key = |one: &Member| (one.conversation, one.participant);
    assert_eq!(sorted(found, key), [set.ann_in.clone(), in_other]);
    let (room, unknown) = (set.room.id, set.unknown());
    let (none, nobody, nowhere) = subject.write(move |unit| {
        let port = unit.members_mut();
        Ok((
            port.find_many(here, &[])?,
            port.lock(here, room, unknown)?,
            port.find(here, room, unknown)?,
        ))
    });
    assert_eq!((none, nobody, nowhere), (vec![], None, None));
}

pub(super) fn present_members_are_listed_in_the_order_of_their_ids(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (room, other) = (
        set.fixture.conversation(set.here),
        set.fixture.conversation(set.here),
    );
    subject.put_all(&[room.clone(), other.clone()]);
    let people: Vec<Participant> = spread_ids()
        .into_iter()
        .map(|id| {
            set.fixture
                .participant_with(set.here, |state| state.id = ParticipantId::from_bytes(id))
        })
        .collect();
    subject.put_all(&people);
    let made: Vec<Member> = people
        .iter()
        .map(|one| set.fixture.member(&room, one))
        .collect();
    subject.put_all(&shuffled(&made));
    let gone = set
        .fixture
        .member_with(&room, &set.ann, |state| state.left_at = Some(at(5)));
    subject.put_all(&[gone, set.fixture.member(&other, &set.bob)]);
    let here = set.here;
    let page = |after: Option<ParticipantId>, limit| {
        let room = room.id;
        subject.read(move |snapshot| snapshot.members().page(here, room, after, limit))
    };
    assert_eq!(page(None, 100), made);
    assert_eq!(page(None, 2), made[..2]);
    assert_eq!(page(Some(made[1].participant), 3), made[2..5]);
    assert_eq!(page(Some(made[5].participant), 3), []);
}

pub(super) fn present_memberships_of_one_are_listed_in_the_order_of_conversations(
    subject: &mut Subject,
) {
    let set = Setting::new(subject);
    let ids = spread_ids();
    let rooms: Vec<Conversation> = ids
        .into_iter()
        .map(|id| {
            set.fixture.conversation_with(set.here, |state| {
                state.id = ConversationId::from_bytes(id);
            })
        })
        .collect();
    subject.put_all(&rooms);
    let mut made: Vec<Member> = rooms
        .iter()
        .map(|room| set.fixture.member(room, &set.bob))
        .collect();
    made[1] = set
        .fixture
        .member_with(&rooms[1], &set.bob, |state| state.left_at = Some(at(5)));
    subject.put_all(&shuffled(&made));
    subject.put(&set.fixture.member(&rooms[3], &set.ann));
    let mut gone = rooms[4].clone();
    gone.delete(set.fixture.tick());
    subject.write(move |unit| unit.conversations_mut().save(&gone));
    let list = |workspace, of: &Participant, limit| {
        let id = of.id;
        subject.read(move |snapshot| snapshot.members().of_participant(workspace, id, limit))
    };
    let mut expected = vec![
        made[0].clone(),
        made[2].clone(),
        made[3].clone(),
        made[5].clone(),
        set.bob_in.clone(),
    ];
    expected.sort_by_key(|one| one.conversation);
    assert_eq!(list(set.here, &set.bob, 9), expected);
    assert_eq!(list(set.here, &set.bob, 2), expected[..2]);
    assert_eq!(list(set.elsewhere, &set.bob, 9), []);
    assert_eq!(list(set.here, &set.eve, 9), []);
}

pub(super) fn saving_stores_all_but_workspace_conversation_and_participant(subject: &mut Subject) {
    let set = Setting::new(subject);
    let changed = Member::restore(MemberState {
        role: Role::Readonly,
        display_name: Some(display_name("A.")),
        read_seq: Seq::new(9),
        read_public: 8,
        read_at: Some(at(91)),
        delivered_seq: Seq::new(10),
        delivered_at: Some(at(90)),
        muted_at: Some(at(92)),
        pinned_at: Some(at(93)),
        archived_at: Some(at(94)),
        joined_at: at(93),
        left_at: Some(at(94)),
        ..(*set.ann_in).clone()
    });
    let saved = changed.clone();
    subject.write(move |unit| unit.members_mut().save(&saved));
    assert_eq!(subject.member(&set.ann_in), Some(changed));
    assert_eq!(subject.member(&set.bob_in), Some(set.bob_in));
    let back = set.ann_in.clone();
    subject.write(move |unit| unit.members_mut().save(&back));
    assert_eq!(subject.member(&set.ann_in), Some(set.ann_in));
}

pub(super) fn saving_under_another_workspace_changes_nothing(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut forged = (*set.ann_in).clone();
    forged.workspace = set.elsewhere;
    forged.role = Role::Owner;
    let forged = Member::restore(forged);
    // Whether that is a fault is up to the adapter.
    let pending = subject
        .store()
        .write(move |unit| Ok(unit.members_mut().save(&forged)?));
    drop(pending.wait());
    assert_eq!(subject.member(&set.ann_in), Some(set.ann_in));
}

fn read(of: &Member, seq: u64, micros: i64) -> ReadAdvance {
    ReadAdvance {
        conversation: of.conversation,
        participant: of.participant,
        read_seq: Seq::new(seq),
        read_public: seq / 2,
        read_at: at(micros),
    }
}

pub(super) fn a_read_watermark_never_moves_back(subject: &mut Subject) {
    let set = Setting::new(subject);
    let here = set.here;
    let stand = |of: &Member| {
        let found = subject.member(of).expect("a member");
        (
            found.read_seq.get(),
            found.read_at.map(causerie_core::Timestamp::unix_micros),
        )
    };
    let advance = |to: Vec<ReadAdvance>| {
        subject.write(move |unit| unit.members_mut().advance_read(here, &to));
    };
    advance(vec![]);
    assert_eq!(stand(&set.ann_in), (0, None));
    advance(vec![read(&set.ann_in, 5, 50), read(&set.bob_in, 3, 30)]);
    assert_eq!(stand(&set.ann_in), (5, Some(50)));
    assert_eq!(stand(&set.bob_in), (3, Some(30)));
    advance(vec![read(&set.ann_in, 4, 60), read(&set.bob_in, 4, 20)]);
    assert_eq!(stand(&set.ann_in), (5, Some(50)), "4 is before 5");
    assert_eq!(
        stand(&set.bob_in),
        (4, Some(20)),
        "the time comes with the watermark"
    );
    advance(vec![read(&set.ann_in, 5, 70)]);
    assert_eq!(stand(&set.ann_in), (5, Some(50)), "5 is not beyond 5");
    advance(vec![read(&set.ann_in, 6, 40)]);
    let mut expected = (*set.ann_in).clone();
    (expected.read_seq, expected.read_at) = (Seq::new(6), Some(at(40)));
    expected.read_public = 3;
    (expected.delivered_seq, expected.delivered_at) = (Seq::new(6), Some(at(40)));
    assert_eq!(subject.member(&set.ann_in), Some(Member::restore(expected)));
}

pub(super) fn advancing_passes_over_strangers_and_other_workspaces(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut nobody = (*set.ann_in).clone();
    nobody.participant = set.unknown();
    let nobody = Member::restore(nobody);
    let to = [
        read(&nobody, 5, 50),
        read(&set.eve_in, 5, 50),
        read(&set.ann_in, 5, 50),
    ];
    let here = set.here;
    subject.write(move |unit| unit.members_mut().advance_read(here, &to));
    assert_eq!(subject.member(&nobody), None);
    assert_eq!(subject.member(&set.eve_in), Some(set.eve_in));
    assert_eq!(
        subject.member(&set.ann_in).map(|one| one.read_seq),
        Some(Seq::new(5))
    );
}

pub(super) fn a_unit_sees_the_members_that_it_added_and_moved(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = set.fixture.conversation(set.here);
    let member = set.fixture.member(&made, &set.bob);
    let (here, id, bob) = (set.here, made.id, set.bob.id);
    let advance = read(&member, 2, 20);
    let (listed, moved) = subject.write(move |unit| {
        unit.conversations_mut().add(&made)?;
        unit.members_mut().add(slice::from_ref(&member))?;
        let listed = present(unit, here, id)?;
        unit.members_mut().advance_read(here, &[advance])?;
        Ok((listed, unit.members().find_many(here, &[(id, bob)])?))
    });
    assert_eq!(listed, [bob]);
    assert_eq!(moved[0].read_seq, Seq::new(2));
}

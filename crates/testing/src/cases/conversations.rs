//! The port `Conversations`: finding, locking, saving, lists of a workspace.
//!
//! Lists of a participant are in `inbox`, pairs in `direct`, erasure in `erasure`.

use std::slice;

use causerie_core::page::Activity;
use causerie_core::port::{Advance, ConversationFilter};
use causerie_core::{
    Conversation, ConversationId, ConversationKind, ConversationState, DirectKey, Seq, Status,
};

use super::setting::{Setting, at, shuffled, sorted, spread_ids};
use crate::fixture::{description, metadata, title};
use crate::subject::Subject;

fn full(set: &Setting) -> Conversation {
    set.fixture.conversation_with(set.here, |state| {
        state.kind = ConversationKind::Direct;
        state.title = Some(title("Q3 “plans” 📈"));
        state.description = Some(description("two\nlines"));
        state.status = Status::Archived;
        state.metadata = metadata(r#"{"z":null, "a":1e400}"#);
        state.direct = Some(DirectKey::new(set.ann.id, set.bob.id));
        state.last_seq = Seq::new(7);
        state.member_count = 2;
        state.last_message_at = Some(at(77));
        state.public_count = 4;
        state.public_seq = Seq::new(5);
        state.public_at = Some(at(75));
        state.marked_seq = Seq::new(6);
    })
}

pub(super) fn a_conversation_is_found_as_it_was_added(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = full(&set);
    subject.put(&made);
    assert_eq!(subject.conversation(&made), Some(made.clone()));
    assert_eq!(subject.conversation(&set.room), Some(set.room));
    let (here, id) = (set.here, made.id);
    let (many, locked) = subject.write(move |unit| {
        let port = unit.conversations_mut();
        Ok((port.find_many(here, &[id])?, port.lock_many(here, &[id])?))
    });
    assert_eq!(many, slice::from_ref(&made));
    assert_eq!(locked, [made]);
}

pub(super) fn every_status_is_kept(subject: &mut Subject) {
    let set = Setting::new(subject);
    for status in Status::ALL {
        let made = set
            .fixture
            .conversation_with(set.here, |state| state.status = *status);
        subject.put(&made);
        assert_eq!(subject.conversation(&made), Some(made));
    }
}

pub(super) fn another_workspaces_conversation_is_found_by_no_method(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = full(&set);
    subject.put(&made);
    let (elsewhere, id, ann) = (set.elsewhere, made.id, set.ann.id);
    let pair = DirectKey::new(set.ann.id, set.bob.id);
    let filter = ConversationFilter::default();
    let (found, many, direct, locked, listed, own) = subject.write(move |unit| {
        let port = unit.conversations_mut();
        Ok((
            port.find(elsewhere, id)?,
            port.find_many(elsewhere, &[id])?,
            port.find_direct(elsewhere, pair)?,
            port.lock_many(elsewhere, &[id])?,
            port.page(elsewhere, &filter, None, 9)?,
            port.page_of(elsewhere, ann, &filter, None, 9)?,
        ))
    });
    assert_eq!((found, many, direct, locked), (None, vec![], None, vec![]));
    assert_eq!((listed, own), (vec![set.lobby], vec![]));
}

pub(super) fn those_of_many_that_exist_are_found_and_locked(subject: &mut Subject) {
    let set = Setting::new(subject);
    let second = set.fixture.conversation(set.here);
    subject.put(&second);
    let (here, ids) = (
        set.here,
        [second.id, set.unknown(), set.lobby.id, set.room.id],
    );
    let (found, locked, nothing, none) = subject.write(move |unit| {
        let port = unit.conversations_mut();
        Ok((
            port.find_many(here, &ids)?,
            port.lock_many(here, &ids)?,
            port.find_many(here, &[])?,
            port.lock_many(here, &[])?,
        ))
    });
    let expected = [set.room, second];
    assert_eq!(sorted(found, |one| one.id), expected);
    assert_eq!(sorted(locked, |one| one.id), expected);
    assert_eq!((nothing, none), (vec![], vec![]));
}

pub(super) fn saving_stores_all_but_id_workspace_number_kind_and_creation(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = full(&set);
    subject.put(&made);
    let changed = ConversationState {
        title: None,
        description: Some(description("one line")),
        status: Status::Closed,
        metadata: metadata("{}"),
        direct: None,
        last_seq: Seq::new(8),
        member_count: 5,
        last_message_at: Some(at(78)),
        public_count: 6,
        public_seq: Seq::new(7),
        public_at: Some(at(76)),
        marked_seq: Seq::new(8),
        updated_at: at(99),
        ..(*made).clone()
    };
    let mut saved = changed.clone();
    saved.kind = ConversationKind::Group;
    saved.number = 1;
    saved.created_at = at(1);
    let (saved, expected) = (Conversation::restore(saved), Conversation::restore(changed));
    let (here, id) = (set.here, made.id);
    subject.write(move |unit| {
        unit.conversations_mut().lock_many(here, &[id])?;
        unit.conversations_mut().save(&saved)
    });
    assert_eq!(subject.conversation(&made), Some(expected));
    assert_eq!(subject.conversation(&set.room), Some(set.room));
}

pub(super) fn saving_under_another_workspace_changes_nothing(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut forged = (*set.room).clone();
    forged.workspace = set.elsewhere;
    forged.title = Some(title("forged"));
    forged.deleted_at = Some(at(9));
    let forged = Conversation::restore(forged);
    // Whether that is a fault is up to the adapter.
    let pending = subject
        .store()
        .write(move |unit| Ok(unit.conversations_mut().save(&forged)?));
    drop(pending.wait());
    assert_eq!(subject.conversation(&set.room), Some(set.room));
}

pub(super) fn advancing_moves_each_of_many_and_nothing_else(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (second, bystander) = (full(&set), set.fixture.conversation(set.here));
    subject.put_all(&[second.clone(), bystander.clone()]);
    let to = |of: &Conversation, seq, micros| Advance {
        conversation: of.id,
        last_seq: Seq::new(seq),
        last_message_at: at(micros),
        public_count: seq / 2,
        public_seq: Seq::new(seq - 1),
        public_at: Some(at(micros - 1)),
    };
    let advances = [to(&second, 9, 500), to(&set.room, 1, 400)];
    let (here, ids) = (set.here, [set.room.id, second.id]);
    let seen = subject.write(move |unit| {
        let port = unit.conversations_mut();
        port.lock_many(here, &ids)?;
        port.advance(here, &[])?;
        port.advance(here, &advances)?;
        port.find_many(here, &ids)
    });
    let moved = |of: &Conversation, seq, micros| {
        let mut state = (**of).clone();
        state.last_seq = Seq::new(seq);
        state.last_message_at = Some(at(micros));
        state.public_count = seq / 2;
        state.public_seq = Seq::new(seq - 1);
        state.public_at = Some(at(micros - 1));
        Conversation::restore(state)
    };
    let expected = [moved(&set.room, 1, 400), moved(&second, 9, 500)];
    assert_eq!(sorted(seen, |one| one.id), expected);
    assert_eq!(subject.conversation(&set.room).as_ref(), Some(&expected[0]));
    assert_eq!(subject.conversation(&second).as_ref(), Some(&expected[1]));
    assert_eq!(subject.conversation(&bystander), Some(bystander));
}

pub(super) fn advancing_under_another_workspace_changes_nothing(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (elsewhere, id) = (set.elsewhere, set.room.id);
    let to = Advance {
        conversation: id,
        last_seq: Seq::new(9),
        last_message_at: at(9),
        public_count: 9,
        public_seq: Seq::new(9),
        public_at: Some(at(9)),
    };
    // Whether that is a fault is up to the adapter.
    let pending = subject
        .store()
        .write(move |unit| Ok(unit.conversations_mut().advance(elsewhere, &[to])?));
    drop(pending.wait());
    assert_eq!(subject.conversation(&set.room), Some(set.room));
}

pub(super) fn a_deleted_conversation_is_found_by_no_method(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = full(&set);
    subject.put(&made);
    let members = [
        set.fixture.member(&made, &set.ann),
        set.fixture.member(&made, &set.bob),
    ];
    subject.put_all(&members);
    let mut gone = made.clone();
    gone.delete(set.fixture.tick());
    subject.write(move |unit| unit.conversations_mut().save(&gone));
    let (here, id, ann) = (set.here, made.id, set.ann.id);
    let pair = DirectKey::new(set.ann.id, set.bob.id);
    let filter = ConversationFilter::default();
    let (found, many, direct, locked, listed, own) = subject.write(move |unit| {
        let port = unit.conversations_mut();
        Ok((
            port.find(here, id)?,
            port.find_many(here, &[id])?,
            port.find_direct(here, pair)?,
            port.lock_many(here, &[id])?,
            port.page(here, &filter, None, 9)?,
            port.page_of(here, ann, &filter, None, 9)?,
        ))
    });
    assert_eq!((found, many, direct, locked), (None, vec![], None, vec![]));
    assert_eq!(listed, slice::from_ref(&set.room));
    assert_eq!(own, [(set.room, set.ann_in)]);
}

/// Conversations of a workspace of their own, newest activity first, ties newest id first: some
/// were never used, some were used at the time when another was created.
pub(super) fn by_activity(set: &Setting, subject: &Subject) -> Vec<Conversation> {
    let like = |id: usize, created, said: Option<i64>| {
        set.fixture.conversation_with(set.here, |state| {
            state.id = ConversationId::from_bytes(spread_ids()[id]);
            state.created_at = at(created);
            // A private note said later does not count.
            state.last_message_at = Some(at(1_000));
            state.public_at = said.map(at);
            state.last_seq = Seq::new(u64::from(said.is_some()));
        })
    };
    let made = vec![
        like(2, 10, Some(900)),
        like(5, 500, None),
        like(3, 20, Some(500)),
        like(1, 500, Some(500)),
        like(4, -30, Some(-20)),
        like(0, -40, None),
    ];
    subject.put_all(&shuffled(&made));
    made
}

pub(super) fn conversations_are_listed_by_activity_then_id_newest_first(subject: &mut Subject) {
    let mut set = Setting::new(subject);
    let home = set.fixture.workspace("busy");
    subject.put(&home);
    set.here = home.id;
    let made = by_activity(&set, subject);
    let page = |after: Option<&Conversation>, limit| {
        let before = after.map(|one| Activity {
            at: one.activity_at(),
            id: one.id,
        });
        let filter = ConversationFilter::default();
        let home = home.id;
        subject.read(move |snapshot| snapshot.conversations().page(home, &filter, before, limit))
    };
    assert_eq!(page(None, 100), made);
    assert_eq!(page(None, 2), made[..2]);
    for index in 0..made.len() {
        assert_eq!(
            page(Some(&made[index]), 2),
            made[index + 1..made.len().min(index + 3)]
        );
    }
}

pub(super) fn what_is_said_moves_a_conversation_to_the_front(subject: &mut Subject) {
    let set = Setting::new(subject);
    let newer = set.fixture.conversation(set.here);
    subject.put(&newer);
    let here = set.here;
    let order = || {
        let filter = ConversationFilter::default();
        let found =
            subject.read(move |snapshot| snapshot.conversations().page(here, &filter, None, 9));
        found.iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(order(), [newer.id, set.room.id]);
    set.say(subject, 1);
    assert_eq!(order(), [set.room.id, newer.id]);
}

pub(super) fn a_list_shows_what_passes_every_part_of_its_filter(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut made = vec![set.room.clone()];
    for status in Status::ALL {
        for kind in ConversationKind::ALL {
            made.push(set.fixture.conversation_with(set.here, |state| {
                state.status = *status;
                state.kind = *kind;
            }));
        }
    }
    subject.put_all(&made[1..]);
    let members: Vec<_> = made[1..]
        .iter()
        .map(|one| set.fixture.member(one, &set.ann))
        .collect();
    subject.put_all(&members);
    made.reverse();
    for kind in ConversationKind::ALL
        .iter()
        .copied()
        .map(Some)
        .chain([None])
    {
        for status in Status::ALL.iter().copied().map(Some).chain([None]) {
            let filter = ConversationFilter {
                kind,
                status,
                ..ConversationFilter::default()
            };
            let wanted = filter.clone();
            let passes = |one: &&Conversation| {
                kind.is_none_or(|kind| kind == one.kind)
                    && status.is_none_or(|status| status == one.status)
            };
            let expected: Vec<_> = made.iter().filter(passes).cloned().collect();
            let (here, ann) = (set.here, set.ann.id);
            let (all, two, own) = subject.read(move |snapshot| {
                let port = snapshot.conversations();
                Ok((
                    port.page(here, &wanted, None, 100)?,
                    port.page(here, &wanted, None, 2)?,
                    port.page_of(here, ann, &wanted, None, 100)?,
                ))
            });
            assert_eq!(all, expected, "{filter:?}");
            assert_eq!(two, expected[..expected.len().min(2)], "{filter:?}");
            let own: Vec<_> = own.into_iter().map(|(one, _)| one).collect();
            assert_eq!(own, expected, "{filter:?}");
        }
    }
}

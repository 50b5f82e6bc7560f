//! The port `Schedule`, leases apart.
//!
//! When something is due and what becomes of it is decided in core.

use causerie_core::media::Attachments;
use causerie_core::port::DuePlace;
use causerie_core::schedule::{Scheduled, ScheduledState};
use causerie_core::text::Text;
use causerie_core::{Draft, MessageId, Timestamp, WorkspaceId};

use super::setting::{Setting, at, shuffled, sorted, spread_ids};
use super::text::DIFFICULT;
use crate::fixture::text;
use crate::subject::Subject;

fn find(subject: &Subject, workspace: WorkspaceId, id: MessageId) -> Option<Scheduled> {
    subject.read(move |snapshot| snapshot.schedule().find(workspace, id))
}

/// Each takes one optional member of a draft away.
const TAKE: &[fn(&mut Draft)] = &[
    |_| {},
    |draft| draft.direction = None,
    |draft| draft.text = Text::empty(),
    |draft| draft.content = None,
    |draft| draft.attachments = Attachments::default(),
    |draft| draft.receivers = Vec::new(),
    |draft| draft.reply_to = None,
    |draft| draft.tags = causerie_core::tag::Tags::default(),
    |draft| draft.reference = None,
    |draft| draft.source_id = None,
    |draft| draft.echo_id = None,
    |draft| draft.template = None,
    |draft| draft.made_from = None,
];

pub(super) fn a_scheduled_message_is_found_as_it_was_added(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut made: Vec<Scheduled> = Vec::new();
    for take in TAKE {
        made.push(set.fixture.scheduled_with(&set.room, &set.ann, |state| {
            state.draft = set.fixture.draft(Some(set.unknown()));
            take(&mut state.draft);
            state.due_at = at(-5);
            state.refused = Some("not_a_member".to_owned());
        }));
    }
    made.push(set.fixture.scheduled(&set.room, &set.bob, at(i64::MAX)));
    for wanted in DIFFICULT {
        made.push(set.fixture.scheduled_with(&set.room, &set.ann, |state| {
            state.draft = Draft::text(text(wanted));
        }));
    }
    subject.put_all(&made);
    for one in &made {
        let (here, id) = (set.here, one.id);
        assert_eq!(find(subject, here, id).as_ref(), Some(one));
        let (many, locked) = subject.write(move |unit| {
            Ok((
                unit.schedule().find_many(here, &[id])?.pop(),
                unit.schedule_mut().lock(here, id)?,
            ))
        });
        assert_eq!((many.as_ref(), locked.as_ref()), (Some(one), Some(one)));
    }
    let here = set.here;
    let ids = [made[1].id, set.unknown(), made[0].id];
    let (many, none) = subject.read(move |snapshot| {
        let port = snapshot.schedule();
        Ok((port.find_many(here, &ids)?, port.find_many(here, &[])?))
    });
    assert_eq!(sorted(many, |one| one.id), made[..2]);
    assert_eq!(none, []);
}

/// Scheduled messages of two rooms and two senders in the order in which they are due; the third and the
/// sixth were refused, the last is another workspace's.
fn queue(set: &Setting, subject: &Subject) -> Vec<Scheduled> {
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    let ids = spread_ids();
    let like = |id: usize, due, room, sender, refused: Option<&str>| {
        set.fixture.scheduled_with(room, sender, |state| {
            state.id = MessageId::from_bytes(ids[id]);
            state.due_at = at(due);
            state.refused = refused.map(str::to_owned);
        })
    };
    let made = vec![
        like(5, -10, &set.room, &set.ann, None),
        like(1, 20, &set.room, &set.bob, None),
        like(2, 20, &other, &set.ann, Some("x")),
        like(4, 20, &set.room, &set.ann, None),
        like(0, 30, &other, &set.bob, None),
        like(3, 40, &set.room, &set.ann, Some("y")),
        set.fixture.scheduled(&set.lobby, &set.eve, at(25)),
    ];
    subject.put_all(&shuffled(&made));
    made
}

fn place(of: &Scheduled) -> DuePlace {
    DuePlace {
        due_at: of.due_at,
        id: of.id,
    }
}

pub(super) fn scheduled_messages_are_listed_as_they_are_due(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = queue(&set, subject);
    let own = &made[..6];
    let rooms = [None, Some(set.room.id), Some(made[2].conversation)];
    let senders = [None, Some(set.ann.id), Some(set.bob.id), Some(set.eve.id)];
    for room in rooms {
        for sender in senders {
            let passes = |one: &&Scheduled| {
                room.is_none_or(|room| one.conversation == room)
                    && sender.is_none_or(|sender| one.sender == sender)
            };
            let here = set.here;
            for start in 0..=own.len() {
                let after = start.checked_sub(1).map(|before| place(&own[before]));
                let expected: Vec<Scheduled> =
                    own[start..].iter().filter(passes).cloned().collect();
                let (all, two) = subject.read(move |snapshot| {
                    let port = snapshot.schedule();
                    Ok((
                        port.page(here, room, sender, after, 100)?,
                        port.page(here, room, sender, after, 2)?,
                    ))
                });
                assert_eq!(all, expected, "{room:?} {sender:?} after {start}");
                assert_eq!(two, expected[..expected.len().min(2)]);
            }
        }
    }
}

pub(super) fn a_conversation_has_so_many_or_fewer(subject: &mut Subject) {
    let set = Setting::new(subject);
    let has = |workspace, of, count| {
        subject.read(move |snapshot| snapshot.schedule().has(workspace, of, count))
    };
    let (here, room) = (set.here, set.room.id);
    assert!(has(here, room, 0) && !has(here, room, 1));
    let made = queue(&set, subject);
    let other = made[2].conversation;
    assert!(has(here, room, 1) && has(here, room, 4) && !has(here, room, 5));
    assert!(has(here, other, 2) && !has(here, other, 3));
    assert!(has(set.elsewhere, set.lobby.id, 1) && !has(set.elsewhere, room, 1));
}

pub(super) fn what_is_due_is_locked_in_its_order_refused_ones_apart(subject: &mut Subject) {
    let set = Setting::new(subject);
    let next = |subject: &Subject| subject.read(|snapshot| snapshot.schedule().next_due());
    assert_eq!(next(subject), None);
    let made = queue(&set, subject);
    let due = |now, limit| subject.write(move |unit| unit.schedule_mut().lock_due(at(now), limit));
    let picked = |which: &[usize]| which.iter().map(|at| made[*at].clone()).collect::<Vec<_>>();
    assert_eq!(next(subject), Some(at(-10)));
    assert_eq!(due(-11, 9), []);
    assert_eq!(due(-10, 9), picked(&[0]), "due at its time");
    assert_eq!(due(20, 9), picked(&[0, 1, 3]));
    assert_eq!(due(100, 2), picked(&[0, 1]));
    assert_eq!(due(100, 9), picked(&[0, 1, 3, 6, 4]), "of any workspace");
    let gone: Vec<(WorkspaceId, MessageId)> = picked(&[0, 1, 3, 6, 4])
        .iter()
        .map(|one| (one.workspace, one.id))
        .collect();
    subject.write(move |unit| unit.schedule_mut().erase(&gone));
    assert_eq!((due(100, 9), next(subject)), (vec![], None));
}

pub(super) fn saving_stores_time_draft_refusal_and_time_of_change(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = set.fixture.scheduled(&set.room, &set.ann, at(50));
    let bystander = set.fixture.scheduled(&set.room, &set.ann, at(60));
    subject.put_all(&[made.clone(), bystander.clone()]);
    let changed = Scheduled::restore(ScheduledState {
        due_at: at(70),
        draft: set.fixture.draft(None),
        refused: Some("conversation_not_open".to_owned()),
        updated_at: at(99),
        ..(*made).clone()
    });
    let saved = changed.clone();
    let (here, id) = (set.here, made.id);
    subject.write(move |unit| {
        unit.schedule_mut().lock(here, id)?;
        unit.schedule_mut().save(&saved)
    });
    assert_eq!(find(subject, here, id), Some(changed));
    assert_eq!(find(subject, here, bystander.id), Some(bystander.clone()));
    let next = subject.read(|snapshot| snapshot.schedule().next_due());
    assert_eq!(next, Some(at(60)), "the refused one waits for nothing");
    let back = made.clone();
    subject.write(move |unit| unit.schedule_mut().save(&back));
    let all = subject.read(move |snapshot| snapshot.schedule().page(here, None, None, None, 9));
    assert_eq!(all, [made, bystander]);
}

pub(super) fn another_workspaces_scheduled_message_is_found_and_changed_by_no_method(
    subject: &mut Subject,
) {
    let set = Setting::new(subject);
    let made = set.fixture.scheduled(&set.room, &set.ann, at(50));
    subject.put(&made);
    let forged = Scheduled::restore(ScheduledState {
        workspace: set.elsewhere,
        due_at: at(1),
        ..(*made).clone()
    });
    // Whether that is a fault is up to the adapter.
    let pending = subject
        .store()
        .write(move |unit| Ok(unit.schedule_mut().save(&forged)?));
    drop(pending.wait());
    let (elsewhere, id) = (set.elsewhere, made.id);
    let (found, many, locked, listed) = subject.write(move |unit| {
        unit.schedule_mut().erase(&[(elsewhere, id)])?;
        Ok((
            unit.schedule().find(elsewhere, id)?,
            unit.schedule().find_many(elsewhere, &[id])?,
            unit.schedule_mut().lock(elsewhere, id)?,
            unit.schedule().page(elsewhere, None, None, None, 9)?,
        ))
    });
    assert_eq!((found, many, locked, listed), (None, vec![], None, vec![]));
    assert_eq!(find(subject, set.here, id), Some(made));
}

pub(super) fn many_are_erased_at_once_and_nothing_else(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made: Vec<Scheduled> = (0..300)
        .map(|due| set.fixture.scheduled(&set.room, &set.ann, at(due)))
        .collect();
    subject.put_all(&made);
    let mut gone: Vec<_> = made[..298]
        .iter()
        .map(|one| (one.workspace, one.id))
        .collect();
    gone.push((set.here, set.unknown()));
    subject.write(move |unit| {
        unit.schedule_mut().erase(&[])?;
        unit.schedule_mut().erase(&gone)
    });
    let here = set.here;
    let left = subject.read(move |snapshot| snapshot.schedule().page(here, None, None, None, 999));
    assert_eq!(left, made[298..]);
}

pub(super) fn refused_ones_are_erased_a_few_at_a_time_when_they_are_old(subject: &mut Subject) {
    let set = Setting::new(subject);
    let like = |changed: i64, refused: bool, room| {
        set.fixture.scheduled_with(room, &set.ann, |state| {
            state.due_at = at(100 + changed);
            state.updated_at = at(changed);
            state.refused = refused.then(|| "x".to_owned());
        })
    };
    let made = [
        like(10, true, &set.room),
        like(11, false, &set.room),
        like(12, true, &set.lobby),
        like(13, true, &set.room),
        like(20, true, &set.room),
    ];
    subject.put_all(&made);
    let erase = |before: i64, limit| -> usize {
        let (before, now): (Timestamp, Timestamp) = (at(before), at(99));
        subject.write(move |unit| unit.schedule_mut().erase_refused(before, now, limit))
    };
    assert_eq!(erase(10, 9), 0, "changed before the time, not at it");
    assert_eq!(erase(20, 2), 2);
    assert_eq!(erase(20, 2), 1);
    assert_eq!(erase(20, 2), 0);
    let left: Vec<bool> = made
        .iter()
        .map(|one| find(subject, one.workspace, one.id).is_some())
        .collect();
    assert_eq!(left, [false, true, false, false, true]);
}

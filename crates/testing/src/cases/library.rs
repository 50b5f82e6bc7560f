//! Entries of files and what refers to them in the port `Library`.
//!
//! The bytes that are kept for them are in `kept`; who may see which file is decided in core.

use std::slice;

use causerie_core::media::{FileName, Media, MediaFields, MediaStatus, MediaType};
use causerie_core::port::{MediaFilter, MediaUse};
use causerie_core::{MediaId, Message, MessageId, Timestamp, WorkspaceId};

use super::setting::{Setting, at, shuffled, sorted, spread_ids};
use super::text::DIFFICULT;
use crate::fixture::{digest, learned, media_type};
use crate::subject::Subject;

pub(super) fn find(subject: &Subject, like: &Media) -> Option<Media> {
    let (workspace, id) = (like.workspace, like.id);
    subject.read(move |snapshot| snapshot.library().find(workspace, id))
}

/// Notes uses of files that are locked for it.
pub(super) fn attach(subject: &Subject, workspace: WorkspaceId, uses: &[MediaUse]) {
    let uses = uses.to_vec();
    subject.write(move |unit| {
        let port = unit.library_mut();
        let ids: Vec<MediaId> = uses.iter().map(|one| one.media).collect();
        port.lock_many(workspace, &ids)?;
        port.attach(workspace, &uses)
    });
}

pub(super) fn release(
    subject: &Subject,
    workspace: WorkspaceId,
    messages: &[MessageId],
    now: Timestamp,
) {
    let messages = messages.to_vec();
    subject.write(move |unit| unit.library_mut().release(workspace, &messages, now));
}

pub(super) fn uses(subject: &Subject, of: &Media, limit: usize) -> Vec<MediaUse> {
    let (workspace, id) = (of.workspace, of.id);
    subject.read(move |snapshot| snapshot.library().uses(workspace, id, limit))
}

/// The file as it is while something refers to it, or goes at a time.
pub(super) fn expiring(of: &Media, expires_at: Option<Timestamp>) -> Media {
    Media::restore(MediaFields {
        expires_at,
        ..(**of).clone()
    })
}

/// A file with every member set.
fn full(set: &Setting) -> Media {
    set.fixture.media_with(set.here, |state| {
        let (facts, versions) = learned();
        state.owner = Some(set.ann.id);
        state.name = FileName::from_stored("Urlaub “2026” 🏖️.png");
        state.declared = Some(media_type("image/png"));
        state.media_type = Some(media_type("image/jpeg"));
        state.status = MediaStatus::Failed;
        state.size = 1 << 62;
        state.digest = Some(digest(1));
        state.facts = facts;
        state.versions = versions;
        state.problem = Some("no “luck”, '\\' 👋🏽".to_owned());
        state.tries = u16::MAX;
        state.due_at = Some(at(i64::MAX));
        state.expires_at = Some(at(i64::MIN));
    })
}

/// Each takes one member of a file away.
const TAKE: &[fn(&mut MediaFields)] = &[
    |_| {},
    |state| state.owner = None,
    |state| state.declared = None,
    |state| state.media_type = None,
    |state| state.size = 0,
    |state| state.digest = None,
    |state| state.facts.width = None,
    |state| state.facts.height = None,
    |state| state.facts.duration_ms = None,
    |state| state.versions = Vec::new(),
    |state| state.versions.truncate(1),
    |state| state.problem = None,
    |state| state.tries = 0,
    |state| state.due_at = None,
    |state| state.expires_at = None,
];

pub(super) fn a_file_is_found_as_it_was_added(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut made = vec![
        set.fixture.media(set.here),
        set.fixture.ready_media(set.here),
    ];
    let mut add = |with: &dyn Fn(&mut MediaFields)| {
        let mut state = (*full(&set)).clone();
        with(&mut state);
        made.push(Media::restore(state));
    };
    for take in TAKE {
        add(take);
    }
    for status in MediaStatus::ALL {
        add(&|state| state.status = *status);
    }
    for wanted in DIFFICULT {
        add(&|state| {
            state.name = FileName::from_stored(*wanted);
            state.problem = Some((*wanted).to_owned());
            state.media_type = Some(MediaType::from_stored(*wanted));
        });
    }
    subject.put_all(&made);
    for one in &made {
        let (here, id) = (set.here, one.id);
        let (many, locked) = subject.write(move |unit| {
            let port = unit.library_mut();
            Ok((port.find_many(here, &[id])?, port.lock_many(here, &[id])?))
        });
        assert_eq!(find(subject, one).as_ref(), Some(one));
        assert_eq!(many, slice::from_ref(one));
        assert_eq!(locked, slice::from_ref(one));
    }
    made.reverse();
    let here = set.here;
    let all = subject.read(move |snapshot| {
        let filter = MediaFilter::default();
        snapshot.library().page(here, filter, None, 999)
    });
    assert_eq!(all, made);
}

pub(super) fn those_of_many_files_that_exist_are_found_and_locked(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = [
        set.fixture.media(set.here),
        set.fixture.ready_media(set.here),
        set.fixture.media(set.elsewhere),
    ];
    subject.put_all(&made);
    let (here, ids) = (
        set.here,
        [made[1].id, set.unknown(), made[2].id, made[0].id],
    );
    let (found, locked, none) = subject.write(move |unit| {
        let port = unit.library_mut();
        port.lock_many(here, &[])?;
        Ok((
            port.find_many(here, &ids)?,
            port.lock_many(here, &ids)?,
            port.find_many(here, &[])?,
        ))
    });
    assert_eq!(sorted(found, |one| one.id), made[..2]);
    assert_eq!(sorted(locked, |one| one.id), made[..2]);
    assert_eq!(none, []);
}

pub(super) fn another_workspaces_file_is_found_and_changed_by_no_method(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = set.fixture.ready_media(set.here);
    subject.put(&made);
    let said = set.say(subject, 1).remove(0);
    let used = set.fixture.media_use(&made, &said);
    attach(subject, set.here, &[used]);
    let (elsewhere, id, room, message) = (set.elsewhere, made.id, set.room.id, said.id);
    let (found, many, locked) = subject.write(move |unit| {
        let port = unit.library_mut();
        port.release(elsewhere, &[message], at(1))?;
        port.erase(&[(elsewhere, id)])?;
        Ok((
            port.find(elsewhere, id)?,
            port.find_many(elsewhere, &[id])?,
            port.lock_many(elsewhere, &[id])?,
        ))
    });
    let (listed, of_file, of_room) = subject.read(move |snapshot| {
        let port = snapshot.library();
        Ok((
            port.page(elsewhere, MediaFilter::default(), None, 9)?,
            port.uses(elsewhere, id, 9)?,
            port.uses_in(elsewhere, room, None, 9)?,
        ))
    });
    assert_eq!(
        (found, many, locked, listed),
        (None, vec![], vec![], vec![])
    );
    assert_eq!((of_file, of_room), (vec![], vec![]));
    let forged = Media::restore(MediaFields {
        workspace: elsewhere,
        name: FileName::clean("forged"),
        ..(*made).clone()
    });
    // Whether that is a fault is up to the adapter.
    let pending = subject
        .store()
        .write(move |unit| Ok(unit.library_mut().save(&forged)?));
    drop(pending.wait());
    assert_eq!(find(subject, &made), Some(expiring(&made, None)));
    assert_eq!(uses(subject, &made, 9), [used]);
}

pub(super) fn files_are_listed_newest_first_of_an_owner_or_all(subject: &mut Subject) {
    let set = Setting::new(subject);
    let home = set.fixture.workspace("files");
    subject.put(&home);
    let owners = [Some(set.ann.id), None, Some(set.bob.id)];
    let mut made: Vec<Media> = spread_ids()
        .into_iter()
        .zip(owners.into_iter().cycle())
        .map(|(id, owner)| {
            set.fixture.media_with(home.id, |state| {
                state.id = MediaId::from_bytes(id);
                state.owner = owner;
            })
        })
        .collect();
    subject.put_all(&shuffled(&made));
    made.reverse();
    let page = |owner, before: Option<MediaId>, limit| {
        let (home, filter) = (home.id, MediaFilter { owner });
        subject.read(move |snapshot| snapshot.library().page(home, filter, before, limit))
    };
    assert_eq!(page(None, None, 100), made);
    assert_eq!(page(None, None, 2), made[..2]);
    assert_eq!(page(None, Some(made[1].id), 3), made[2..5]);
    assert_eq!(page(None, Some(made[5].id), 3), []);
    let anns = [made[2].clone(), made[5].clone()];
    assert_eq!(page(Some(set.ann.id), None, 100), anns);
    assert_eq!(page(Some(set.ann.id), None, 1), anns[..1]);
    assert_eq!(page(Some(set.ann.id), Some(anns[0].id), 9), anns[1..]);
    assert_eq!(page(Some(set.eve.id), None, 9), []);
}

pub(super) fn saving_a_file_stores_all_but_id_workspace_owner_and_creation(subject: &mut Subject) {
    let set = Setting::new(subject);
    let bystander = set.fixture.ready_media(set.here);
    for made in [set.fixture.media(set.here), full(&set)] {
        subject.put(&made);
        let mut kept = (*full(&set)).clone();
        kept.name = FileName::clean("other.txt");
        kept.updated_at = at(99);
        kept.status = MediaStatus::Processing;
        (kept.id, kept.owner, kept.created_at) = (made.id, made.owner, made.created_at);
        let expected = Media::restore(kept.clone());
        kept.owner = Some(set.bob.id);
        kept.created_at = at(1);
        let (saved, back) = (Media::restore(kept), made.clone());
        subject.write(move |unit| unit.library_mut().save(&saved));
        assert_eq!(find(subject, &made), Some(expected));
        subject.write(move |unit| unit.library_mut().save(&back));
        assert_eq!(find(subject, &made), Some(made));
    }
    subject.put(&bystander);
    assert_eq!(find(subject, &bystander), Some(bystander));
}

/// Two files, three messages of the room, and one of another room.
fn scene(set: &Setting, subject: &Subject) -> ([Media; 2], Vec<Message>) {
    let media = [
        set.fixture.ready_media(set.here),
        set.fixture.ready_media(set.here),
    ];
    subject.put_all(&media);
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    let mut said = set.say(subject, 3);
    said.push(set.fixture.message(&other, &set.ann, 1));
    subject.put(&said[3]);
    (media, said)
}

pub(super) fn what_refers_to_a_file_is_listed_newest_first_and_keeps_it(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (media, said) = scene(&set, subject);
    let all = [0, 1, 2, 3].map(|at| set.fixture.media_use(&media[0], &said[at]));
    let other = set.fixture.media_use(&media[1], &said[0]);
    assert_eq!(uses(subject, &media[0], 9), []);
    attach(subject, set.here, &[all[2], all[0]]);
    attach(subject, set.here, &[all[3], other, all[1], all[0]]);
    attach(subject, set.here, &[]);
    assert_eq!(
        uses(subject, &media[0], 9),
        [all[3], all[2], all[1], all[0]]
    );
    assert_eq!(uses(subject, &media[0], 2), [all[3], all[2]]);
    assert_eq!(uses(subject, &media[1], 9), [other]);
    for one in &media {
        assert_eq!(find(subject, one), Some(expiring(one, None)));
    }
}

pub(super) fn what_refers_to_files_from_a_conversation_is_walked_file_by_file(
    subject: &mut Subject,
) {
    let set = Setting::new(subject);
    let (media, said) = scene(&set, subject);
    let mut made = Vec::new();
    for (file, message) in [(0, 0), (0, 2), (1, 0), (1, 1), (1, 2)] {
        made.push(set.fixture.media_use(&media[file], &said[message]));
    }
    let elsewhere = set.fixture.media_use(&media[0], &said[3]);
    attach(subject, set.here, &shuffled(&made));
    attach(subject, set.here, &[elsewhere]);
    made.reverse();
    let page = |of: &Message, after: Option<MediaUse>, limit| {
        let (here, room) = (set.here, of.conversation);
        let before = after.map(|one| (one.media, one.message));
        subject.read(move |snapshot| snapshot.library().uses_in(here, room, before, limit))
    };
    assert_eq!(page(&said[0], None, 99), made);
    for (place, one) in made.iter().enumerate() {
        assert_eq!(page(&said[0], Some(*one), 99), made[place + 1..]);
        let end = made.len().min(place + 3);
        assert_eq!(page(&said[0], Some(*one), 2), made[place + 1..end]);
    }
    assert_eq!(page(&said[3], None, 99), [elsewhere]);
}

pub(super) fn a_file_goes_when_nothing_refers_to_it_any_more(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (media, said) = scene(&set, subject);
    let never_used = set.fixture.ready_media(set.here);
    subject.put(&never_used);
    let use_of = |file: &Media, message: usize| set.fixture.media_use(file, &said[message]);
    let both = [use_of(&media[0], 0), use_of(&media[0], 1)];
    attach(subject, set.here, &[both[0], both[1], use_of(&media[1], 1)]);
    release(subject, set.here, &[], at(1));
    release(subject, set.here, &[set.unknown(), said[2].id], at(2));
    release(subject, set.here, &[said[0].id], at(3));
    assert_eq!(uses(subject, &media[0], 9), [both[1]]);
    assert_eq!(find(subject, &media[0]), Some(expiring(&media[0], None)));
    release(subject, set.here, &[said[1].id, said[0].id], at(4));
    for one in &media {
        assert_eq!(uses(subject, one, 9), []);
        assert_eq!(find(subject, one), Some(expiring(one, Some(at(4)))));
    }
    release(subject, set.here, &[said[1].id], at(5));
    assert_eq!(
        find(subject, &media[0]),
        Some(expiring(&media[0], Some(at(4))))
    );
    assert_eq!(find(subject, &never_used), Some(never_used));
    attach(subject, set.here, &[both[0]]);
    assert_eq!(find(subject, &media[0]), Some(expiring(&media[0], None)));
}

/// Files of two workspaces in the order of one of their times; the last two have none that has come.
fn queue(set: &Setting, time: fn(&mut MediaFields, Option<Timestamp>)) -> Vec<Media> {
    let ids = spread_ids();
    let like = |id: usize, workspace, due: Option<i64>| {
        set.fixture.media_with(workspace, |state| {
            state.id = MediaId::from_bytes(ids[id]);
            (state.due_at, state.expires_at) = (None, None);
            time(state, due.map(at));
        })
    };
    vec![
        like(3, set.here, Some(-10)),
        like(1, set.elsewhere, Some(20)),
        like(5, set.here, Some(30)),
        like(0, set.here, Some(40)),
        like(4, set.elsewhere, Some(100)),
        like(2, set.here, None),
    ]
}

pub(super) fn files_to_be_processed_are_locked_in_the_order_of_their_times(subject: &mut Subject) {
    let set = Setting::new(subject);
    let next = |subject: &Subject| subject.read(|snapshot| snapshot.library().next_due());
    assert_eq!(next(subject), None);
    let made = queue(&set, |state, due| state.due_at = due);
    subject.put_all(&shuffled(&made));
    assert_eq!(next(subject), Some(at(-10)));
    let due = |now, limit| subject.write(move |unit| unit.library_mut().lock_due(at(now), limit));
    assert_eq!(due(-11, 9), []);
    assert_eq!(due(-10, 9), made[..1], "due at its time");
    assert_eq!(due(99, 2), made[..2]);
    assert_eq!(due(99, 9), made[..4], "of any workspace");
    let mut processed = made[0].clone();
    assert!(processed.process(at(0)));
    subject.write(move |unit| unit.library_mut().save(&processed));
    assert_eq!(next(subject), Some(at(20)));
    assert_eq!(due(99, 9), made[1..4], "under a lease");
    let expired = subject.write(|unit| unit.library_mut().lock_expired(at(i64::MAX), 9));
    assert_eq!(expired, []);
}

pub(super) fn expired_files_are_locked_in_the_order_of_their_times(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = queue(&set, |state, due| state.expires_at = due);
    subject.put_all(&shuffled(&made));
    let expired =
        |now, limit| subject.write(move |unit| unit.library_mut().lock_expired(at(now), limit));
    assert_eq!(expired(-11, 9), []);
    assert_eq!(expired(-10, 9), made[..1], "at its time");
    assert_eq!(expired(99, 2), made[..2]);
    assert_eq!(expired(99, 9), made[..4], "of any workspace");
    let due = subject.write(|unit| unit.library_mut().lock_due(at(i64::MAX), 9));
    assert_eq!(due, []);
    let gone = [(set.here, made[0].id), (set.elsewhere, made[1].id)];
    let wrong = [(set.elsewhere, made[2].id), (set.here, set.unknown())];
    subject.write(move |unit| {
        let port = unit.library_mut();
        port.erase(&[])?;
        port.erase(&wrong)?;
        port.erase(&gone)
    });
    assert_eq!(expired(99, 9), made[2..4]);
    assert_eq!(find(subject, &made[0]), None);
    assert_eq!(find(subject, &made[5]).as_ref(), Some(&made[5]));
}

pub(super) fn a_thousand_files_are_found_used_released_and_erased_at_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made: Vec<Media> = (0..1_000)
        .map(|_| set.fixture.ready_media(set.here))
        .collect();
    subject.put_all(&made);
    let said = set.say(subject, 1_000);
    let ids: Vec<MediaId> = made.iter().map(|one| one.id).collect();
    let all: Vec<MediaUse> = made
        .iter()
        .zip(&said)
        .map(|(one, message)| set.fixture.media_use(one, message))
        .collect();
    attach(subject, set.here, &all);
    let (here, room) = (set.here, set.room.id);
    let in_room = subject.read(move |snapshot| snapshot.library().uses_in(here, room, None, 9_999));
    assert_eq!(in_room.len(), 1_000);
    let messages: Vec<MessageId> = said.iter().map(|one| one.id).collect();
    release(subject, here, &messages, at(7));
    let wanted = ids.clone();
    let found = subject.read(move |snapshot| snapshot.library().find_many(here, &wanted));
    assert_eq!(found.len(), 1_000);
    assert!(found.iter().all(|one| one.expires_at == Some(at(7))));
    let gone: Vec<_> = ids[1..].iter().map(|id| (here, *id)).collect();
    let left = subject.write(move |unit| {
        unit.library_mut().erase(&gone)?;
        unit.library_mut().lock_expired(at(7), 9_999)
    });
    assert_eq!(left, [expiring(&made[0], Some(at(7)))]);
}

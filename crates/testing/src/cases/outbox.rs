//! The port `Outbox`: messages that wait to be handed over, and by what platforms know messages.
//!
//! When one is tried, and what becomes of it, is decided in core.

use std::slice;

use causerie_core::outbound::Outbound;
use causerie_core::port::PlatformReference;
use causerie_core::text::Reference;
use causerie_core::{ChannelId, Message, MessageId, WorkspaceId};

use super::setting::{Setting, at, shuffled, sorted, spread_ids};
use super::text::DIFFICULT;
use crate::fixture::{known_as, reference};
use crate::subject::Subject;

fn find(subject: &Subject, like: &Outbound) -> Option<Outbound> {
    let (workspace, message) = (like.workspace, like.message);
    subject.read(move |snapshot| snapshot.outbox().find(workspace, message))
}

fn due(subject: &Subject, now: i64, limit: usize) -> Vec<Outbound> {
    subject.write(move |unit| unit.outbox_mut().lock_due(at(now), limit))
}

fn channel(set: &Setting, subject: &Subject) -> ChannelId {
    let made = set.fixture.channel(set.here, &set.ann);
    subject.put(&made);
    made.id
}

pub(super) fn refer(subject: &Subject, workspace: WorkspaceId, one: &PlatformReference) {
    let one = one.clone();
    subject.write(move |unit| unit.outbox_mut().add_reference(workspace, &one));
}

fn known(
    subject: &Subject,
    workspace: WorkspaceId,
    channel: ChannelId,
    words: &[&str],
) -> Vec<PlatformReference> {
    let references: Vec<Reference> = words.iter().map(|word| reference(word)).collect();
    let found = subject.read(move |snapshot| {
        snapshot
            .outbox()
            .find_references(workspace, channel, &references)
    });
    sorted(found, |one| one.message)
}

pub(super) fn an_entry_is_found_as_it_was_added(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 3);
    let through = channel(&set, subject);
    let made = [
        set.fixture.outbound(&said[0], through),
        Outbound {
            tries: 9,
            due_at: at(i64::MAX),
            ..set.fixture.outbound(&said[1], through)
        },
    ];
    let all = made;
    subject.write(move |unit| {
        unit.outbox_mut().add(&[])?;
        unit.outbox_mut().add(&all)
    });
    let (here, elsewhere) = (set.here, set.elsewhere);
    for one in made {
        let message = one.message;
        let (locked, other, hidden) = subject.write(move |unit| {
            let port = unit.outbox_mut();
            Ok((
                port.lock(here, message)?,
                port.lock(elsewhere, message)?,
                port.find(elsewhere, message)?,
            ))
        });
        assert_eq!(find(subject, &one), Some(one));
        assert_eq!((locked, other, hidden), (Some(one), None, None));
    }
    let none = set.fixture.outbound(&said[2], through);
    assert_eq!(find(subject, &none), None);
}

/// Entries of two workspaces in the order in which they are due; the last is not yet.
fn queue(set: &Setting, subject: &Subject) -> Vec<Outbound> {
    let through = channel(set, subject);
    let ids = spread_ids();
    let mut said = Vec::new();
    for (seq, id) in (1..).zip(ids) {
        let (room, sender) = if seq == 2 {
            (&set.lobby, &set.eve)
        } else {
            (&set.room, &set.ann)
        };
        said.push(set.fixture.message_with(room, sender, seq, |state| {
            state.id = MessageId::from_bytes(id);
        }));
    }
    subject.put_all(&said);
    let made: Vec<Outbound> = [(5, -10), (1, 20), (2, 20), (4, 20), (0, 30), (3, 100)]
        .map(|(message, due): (usize, i64)| Outbound {
            due_at: at(due),
            ..set.fixture.outbound(&said[message], through)
        })
        .into();
    subject.put_all(&shuffled(&made));
    made
}

pub(super) fn what_is_due_is_locked_in_the_order_of_times_and_messages(subject: &mut Subject) {
    let set = Setting::new(subject);
    let next = |subject: &Subject| subject.read(|snapshot| snapshot.outbox().next_due());
    assert_eq!(next(subject), None);
    let made = queue(&set, subject);
    assert_eq!(next(subject), Some(at(-10)));
    assert_eq!(due(subject, -11, 9), []);
    assert_eq!(due(subject, -10, 9), made[..1], "due at its time");
    assert_eq!(due(subject, 99, 3), made[..3]);
    assert_eq!(due(subject, 99, 9), made[..5], "of any workspace");
    assert_eq!(due(subject, 100, 9), made);
}

pub(super) fn saving_an_entry_stores_tries_and_time(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = queue(&set, subject);
    let tried = Outbound {
        tries: 3,
        due_at: at(500),
        ..made[0]
    };
    let forged = Outbound {
        conversation: set.lobby.id,
        channel: set.unknown(),
        ..tried
    };
    subject.write(move |unit| {
        unit.outbox_mut().lock(forged.workspace, forged.message)?;
        unit.outbox_mut().save(&forged)
    });
    assert_eq!(find(subject, &made[0]), Some(tried));
    assert_eq!(due(subject, 499, 9), made[1..], "under a lease");
    assert_eq!(due(subject, 500, 9).last(), Some(&tried));
}

pub(super) fn an_entry_is_taken_out_of_its_own_workspace_only(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = queue(&set, subject);
    let (here, elsewhere, gone, stays) =
        (set.here, set.elsewhere, made[0].message, made[2].message);
    subject.write(move |unit| {
        let port = unit.outbox_mut();
        port.erase(elsewhere, stays)?;
        port.erase(here, gone)
    });
    assert_eq!(find(subject, &made[0]), None);
    assert_eq!(due(subject, 100, 9), made[1..]);
}

pub(super) fn a_thousand_entries_are_added_and_locked_at_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let through = channel(&set, subject);
    let said = set.say(subject, 1_000);
    let made: Vec<Outbound> = said
        .iter()
        .map(|one| set.fixture.outbound(one, through))
        .collect();
    subject.put_all(&made);
    assert_eq!(due(subject, i64::MAX, 9_999), made);
}

pub(super) fn a_reference_leads_to_one_message_of_a_channel(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 3);
    let channels = [channel(&set, subject), channel(&set, subject)];
    let made = known_as(&said[0], channels[0], "<a@x>");
    refer(subject, set.here, &made);
    let twin = known_as(&said[1], channels[0], "<a@x>");
    let here = set.here;
    for again in [twin, made.clone()] {
        subject.contended(move |unit| unit.outbox_mut().add_reference(here, &again));
    }
    let second = known_as(&said[0], channels[0], "<A@x>");
    let other = known_as(&said[2], channels[1], "<a@x>");
    refer(subject, here, &second);
    refer(subject, here, &other);
    let hello = set.fixture.message(&set.lobby, &set.eve, 1);
    subject.put(&hello);
    let theirs = known_as(&hello, channels[0], "<a@x>");
    refer(subject, set.elsewhere, &theirs);
    let found = |home, channel, words: &[&str]| known(subject, home, channel, words);
    assert_eq!(found(here, channels[0], &["<a@x>"]), slice::from_ref(&made));
    assert_eq!(found(here, channels[1], &["<a@x>"]), [other]);
    assert_eq!(found(set.elsewhere, channels[0], &["<a@x>"]), [theirs]);
    assert_eq!(found(set.elsewhere, channels[1], &["<a@x>"]), []);
    let both = subject.read(move |snapshot| {
        let all = ["<A@x>", "nothing", "<a@x>"].map(reference);
        let port = snapshot.outbox();
        port.find_references(here, channels[0], &all)
    });
    let key = |one: &PlatformReference| one.reference.as_str().to_owned();
    assert_eq!(sorted(both, key), [second, made]);
    assert_eq!(found(here, channels[0], &[]), []);
}

pub(super) fn references_are_kept_and_compared_byte_by_byte(subject: &mut Subject) {
    let set = Setting::new(subject);
    let through = channel(&set, subject);
    let said = set.say(subject, 30);
    let longest = "é".repeat(256);
    let alike = [
        "rene",
        "Rene",
        "ren\u{e9}",
        "rene\u{301}",
        "rene ",
        "1",
        "01",
    ];
    let words: Vec<&str> = DIFFICULT
        .iter()
        .copied()
        .chain(alike)
        .chain([longest.as_str()])
        .collect();
    let made: Vec<PlatformReference> = words
        .iter()
        .zip(&said)
        .map(|(word, one)| known_as(one, through, word))
        .collect();
    for one in &made {
        refer(subject, set.here, one);
    }
    for (word, one) in words.iter().zip(&made) {
        let found = known(subject, set.here, through, &[word]);
        assert_eq!(found, slice::from_ref(one), "{word:?}");
    }
    assert_eq!(known(subject, set.here, through, &words), made);
    assert_eq!(known(subject, set.here, through, &["RENE"]), []);
}

pub(super) fn references_of_a_conversation_are_listed_newest_first(subject: &mut Subject) {
    let set = Setting::new(subject);
    let through = channel(&set, subject);
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    let said = set.say(subject, 6);
    let aside = set.fixture.message(&other, &set.ann, 1);
    subject.put(&aside);
    let like = |of: &Message, word: &str| known_as(of, through, word);
    let made = [
        like(&said[4], "e"),
        like(&said[3], "a"),
        like(&said[1], "c"),
        like(&said[0], "b"),
    ];
    for one in shuffled(&made) {
        refer(subject, set.here, &one);
    }
    refer(subject, set.here, &like(&aside, "z"));
    let list = |workspace, below: &Message, limit| {
        let (room, below) = (set.room.id, below.id);
        subject.read(move |snapshot| {
            let port = snapshot.outbox();
            port.references_of(workspace, room, below, limit)
        })
    };
    assert_eq!(list(set.here, &said[5], 9), made);
    assert_eq!(list(set.here, &said[5], 2), made[..2]);
    assert_eq!(list(set.here, &said[4], 9), made[1..], "before it");
    assert_eq!(list(set.here, &said[0], 9), []);
    assert_eq!(list(set.elsewhere, &said[5], 9), []);
}

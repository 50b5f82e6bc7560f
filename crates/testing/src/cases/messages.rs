//! The port `Messages`: appending, finding, locking, revising.
//!
//! Reading along the order of a conversation is in `places`.

use std::slice;

use causerie_core::{DeleteMode, Message, MessageChange, MessageKind, MessageState, Revision, Seq};

use super::setting::{Setting, at, saying, sorted};
use crate::fixture::{metadata, reference, text};
use crate::subject::Subject;

fn full(set: &Setting, seq: u64, reply_to: &Message) -> Message {
    set.fixture.message_with(&set.room, &set.bob, seq, |state| {
        state.kind = MessageKind::Image;
        state.text = text("a picture");
        state.reply_to = Some(reply_to.id);
        state.metadata = metadata(r#"{"w":640, "h":480}"#);
        state.reference = Some(reference("ref 1"));
        state.revision_count = 2;
        state.created_at = at(-5);
        state.edited_at = Some(at(6));
        state.deleted_at = Some(at(7));
    })
}

pub(super) fn a_message_is_found_as_it_was_appended(subject: &mut Subject) {
    let set = Setting::new(subject);
    let first = set.fixture.message(&set.room, &set.ann, 1);
    let second = full(&set, 2, &first);
    subject.put_all(&[first.clone(), second.clone()]);
    for made in [first, second] {
        assert_eq!(subject.message(&made), Some(made.clone()));
        let (here, room, id) = (set.here, set.room.id, made.id);
        let (many, locked) = subject.write(move |unit| {
            let port = unit.messages_mut();
            Ok((port.find_many(here, &[id])?, port.lock(here, room, id)?))
        });
        assert_eq!(many, slice::from_ref(&made));
        assert_eq!(locked, Some(made));
    }
}

pub(super) fn every_kind_of_message_is_kept(subject: &mut Subject) {
    let set = Setting::new(subject);
    for (seq, kind) in (1..).zip(MessageKind::ALL) {
        let made = set
            .fixture
            .message_with(&set.room, &set.ann, seq, |state| state.kind = *kind);
        subject.put(&made);
        assert_eq!(subject.message(&made), Some(made));
    }
}

pub(super) fn a_message_is_found_in_its_own_conversation_only(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = set.say(subject, 1).remove(0);
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    let (here, other, id, unknown) = (set.here, other.id, made.id, set.unknown());
    let room = set.room.id;
    let (found, locked, nothing) = subject.write(move |unit| {
        let port = unit.messages_mut();
        Ok((
            port.find(here, other, id)?,
            port.lock(here, other, id)?,
            port.find(here, room, unknown)?,
        ))
    });
    assert_eq!((found, locked, nothing), (None, None, None));
}

pub(super) fn another_workspaces_message_is_found_by_no_method(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut made = set.say(subject, 1).remove(0);
    let earlier = made.edit(&saying("edited"), at(5));
    let now = made.clone();
    subject.write(move |unit| unit.messages_mut().revise(&now, &earlier));
    let (elsewhere, room, id) = (set.elsewhere, set.room.id, made.id);
    let (found, many, placed, locked, revisions) = subject.write(move |unit| {
        let port = unit.messages_mut();
        Ok((
            port.find(elsewhere, room, id)?,
            port.find_many(elsewhere, &[id])?,
            port.find_at(elsewhere, &[(room, Seq::new(1))])?,
            port.lock(elsewhere, room, id)?,
            port.revisions(elsewhere, id)?,
        ))
    });
    assert_eq!((found, many, placed, locked), (None, vec![], vec![], None));
    assert_eq!(revisions, []);
}

pub(super) fn those_of_many_messages_that_exist_are_found_in_any_conversation(
    subject: &mut Subject,
) {
    let set = Setting::new(subject);
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    let said = set.say(subject, 3);
    let there = set.fixture.message(&other, &set.bob, 1);
    let foreign = set.fixture.message(&set.lobby, &set.eve, 1);
    subject.put(&there);
    subject.put(&foreign);
    let (here, ids) = (
        set.here,
        [there.id, foreign.id, said[2].id, set.unknown(), said[0].id],
    );
    let found = subject.read(move |snapshot| snapshot.messages().find_many(here, &ids));
    let expected = [said[0].clone(), said[2].clone(), there];
    assert_eq!(sorted(found, |one| one.id), expected);
    let none = subject.read(move |snapshot| snapshot.messages().find_many(here, &[]));
    assert_eq!(none, []);
}

pub(super) fn a_unit_sees_the_messages_that_it_appended(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = set.fixture.messages(&set.room, &set.ann, 1, 2);
    let (here, room, batch) = (set.here, set.room.id, made.clone());
    let seen = subject.write(move |unit| {
        unit.conversations_mut().lock_many(here, &[room])?;
        unit.messages_mut().append(here, &batch[..1])?;
        unit.messages_mut().append(here, &[])?;
        unit.messages_mut().append(here, &batch[1..])?;
        let ids = [batch[0].id, batch[1].id];
        unit.messages().find_many(here, &ids)
    });
    assert_eq!(sorted(seen, |one| one.id), made);
}

pub(super) fn revising_stores_what_an_edit_changes_and_nothing_else(subject: &mut Subject) {
    let set = Setting::new(subject);
    let first = set.fixture.message(&set.room, &set.ann, 1);
    let made = set.fixture.message_with(&set.room, &set.ann, 2, |state| {
        state.reply_to = Some(first.id);
        state.reference = Some(reference("r"));
    });
    subject.put_all(&[first.clone(), made.clone()]);
    let mut edited = made.clone();
    let change = MessageChange {
        metadata: Some(metadata(r#"{"n":1}"#)),
        ..saying("new")
    };
    let earlier = edited.edit(&change, at(50));
    let forged = Message::restore(MessageState {
        sender: set.bob.id,
        kind: MessageKind::File,
        reply_to: None,
        reference: None,
        created_at: at(1),
        ..(*edited).clone()
    });
    let (here, room, id) = (set.here, set.room.id, made.id);
    subject.write(move |unit| {
        unit.messages_mut().lock(here, room, id)?;
        unit.messages_mut().revise(&forged, &earlier)
    });
    assert_eq!(subject.message(&made), Some(edited));
    assert_eq!(subject.message(&first), Some(first));
}

pub(super) fn earlier_states_are_kept_oldest_first(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 2);
    let mut message = said[0].clone();
    let mut expected = Vec::new();
    for round in 1..=12 {
        let change = MessageChange {
            metadata: Some(metadata(&format!(r#"{{"round":{round}}}"#))),
            ..saying(&format!("round {round}"))
        };
        // A clock that steps back must not change the order of the states.
        let earlier = message.edit(&change, at(1_000 - round));
        expected.push(earlier.clone());
        let now = message.clone();
        subject.write(move |unit| unit.messages_mut().revise(&now, &earlier));
    }
    let tombstone = message.delete(DeleteMode::Soft, at(5));
    expected.push(tombstone.clone());
    let now = message.clone();
    subject.write(move |unit| unit.messages_mut().revise(&now, &tombstone));
    let revisions = |of: &Message| {
        let (workspace, id) = (of.workspace, of.id);
        subject.read(move |snapshot| snapshot.messages().revisions(workspace, id))
    };
    let kept: Vec<Revision> = revisions(&message);
    assert_eq!(kept, expected);
    assert_eq!(kept[12].text.as_str(), "round 12");
    assert_eq!(subject.message(&message), Some(message.clone()));
    assert_eq!(message.text.as_str(), "");
    assert_eq!(revisions(&said[1]), []);
}

pub(super) fn revising_under_another_workspace_changes_nothing(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = set.say(subject, 1).remove(0);
    let mut forged = (*made).clone();
    forged.workspace = set.elsewhere;
    let mut forged = Message::restore(forged);
    let earlier = forged.edit(&saying("forged"), at(5));
    // Whether that is a fault is up to the adapter.
    let pending = subject
        .store()
        .write(move |unit| Ok(unit.messages_mut().revise(&forged, &earlier)?));
    drop(pending.wait());
    assert_eq!(subject.message(&made), Some(made.clone()));
    let (here, id) = (set.here, made.id);
    let kept = subject.read(move |snapshot| snapshot.messages().revisions(here, id));
    assert_eq!(kept, []);
}

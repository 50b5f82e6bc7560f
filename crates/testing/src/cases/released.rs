//! Files, entries and references that go with what is purged, erased or swept.
//!
//! What else goes with a message is in `purge`.

use causerie_core::media::Media;
use causerie_core::outbound::Outbound;
use causerie_core::port::{MediaUse, PlatformReference};
use causerie_core::schedule::Scheduled;
use causerie_core::{ChannelId, Conversation, DeleteMode, Message, MessageState};

use super::filters::delete;
use super::library::{attach, expiring, find, uses};
use super::outbox::refer;
use super::setting::{Setting, at};
use crate::fixture::{attachments, known_as};
use crate::subject::Subject;

/// A message with a file of its own and one that is shared, on its way out, and known outside.
struct Laden {
    message: Message,
    own: Media,
    waits: Outbound,
    known: PlatformReference,
}

fn laden(
    set: &Setting,
    subject: &Subject,
    to: &Conversation,
    through: ChannelId,
    shared: &Media,
    seq: u64,
) -> Laden {
    let own = set.fixture.ready_media(set.here);
    subject.put(&own);
    let message = set.fixture.message_with(to, &set.ann, seq, |state| {
        state.attachments = attachments(&[shared.id, own.id]);
    });
    subject.put(&message);
    let all = [shared, &own].map(|one| set.fixture.media_use(one, &message));
    attach(subject, set.here, &all);
    let waits = set.fixture.outbound(&message, through);
    subject.put(&waits);
    let known = known_as(&message, through, &format!("{} {seq}", to.id));
    refer(subject, set.here, &known);
    Laden {
        message,
        own,
        waits,
        known,
    }
}

/// What is left of the way out of a message.
fn on_the_way(subject: &Subject, of: &Laden) -> (bool, usize) {
    let (here, id) = (of.message.workspace, of.message.id);
    let (channel, reference) = (of.waits.channel, [of.known.reference.clone()]);
    subject.read(move |snapshot| {
        let port = snapshot.outbox();
        let known = port.find_references(here, channel, &reference)?;
        Ok((port.find(here, id)?.is_some(), known.len()))
    })
}

fn shared(set: &Setting, subject: &Subject) -> (ChannelId, Media) {
    let channel = set.fixture.channel(set.here, &set.ann);
    let file = set.fixture.ready_media(set.here);
    subject.put(&channel);
    subject.put(&file);
    (channel.id, file)
}

pub(super) fn what_waits_or_is_known_outside_goes_with_a_purged_message(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (through, file) = shared(&set, subject);
    let [doomed, kept] = [1, 2].map(|seq| laden(&set, subject, &set.room, through, &file, seq));
    let (here, gone) = (set.here, doomed.message.clone());
    subject.write(move |unit| {
        unit.messages_mut()
            .purge(here, std::slice::from_ref(&gone))?;
        unit.library_mut().release(here, &[gone.id], at(9))
    });
    assert_eq!(on_the_way(subject, &doomed), (false, 0));
    assert_eq!(on_the_way(subject, &kept), (true, 1));
    assert_eq!(
        find(subject, &doomed.own),
        Some(expiring(&doomed.own, Some(at(9))))
    );
    assert_eq!(find(subject, &file), Some(expiring(&file, None)));
    let left: MediaUse = set.fixture.media_use(&file, &kept.message);
    assert_eq!(uses(subject, &file, 9), [left]);
    refer(
        subject,
        set.here,
        &PlatformReference {
            message: kept.message.id,
            ..doomed.known
        },
    );
}

pub(super) fn a_deleted_conversation_releases_the_files_of_all_that_is_in_it(
    subject: &mut Subject,
) {
    let set = Setting::new(subject);
    let (through, file) = shared(&set, subject);
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    let doomed: Vec<Laden> = (1..=5)
        .map(|seq| laden(&set, subject, &set.room, through, &file, seq))
        .collect();
    let kept = laden(&set, subject, &other, through, &file, 1);
    let waiting = later(&set, subject, &set.room, None);
    let staying = later(&set, subject, &other, None);
    delete(&set, subject, &set.room);
    let mut steps = 0;
    while subject.write(|unit| unit.conversations_mut().erase_deleted(at(77), 2)) > 0 {
        steps += 1;
        assert!(steps < 50, "erasing comes to an end");
    }
    for one in &doomed {
        assert_eq!(on_the_way(subject, one), (false, 0));
        assert_eq!(uses(subject, &one.own, 9), []);
        let gone = expiring(&one.own, Some(at(77)));
        assert_eq!(find(subject, &one.own), Some(gone));
    }
    assert_eq!(on_the_way(subject, &kept), (true, 1));
    assert_eq!(find(subject, &kept.own), Some(expiring(&kept.own, None)));
    let left = set.fixture.media_use(&file, &kept.message);
    assert_eq!(uses(subject, &file, 9), [left]);
    assert_eq!(find(subject, &file), Some(expiring(&file, None)));
    let gone = expiring(&waiting.1, Some(at(77)));
    assert_eq!(find(subject, &waiting.1), Some(gone));
    assert_eq!(find(subject, &staying.1), Some(expiring(&staying.1, None)));
}

/// A scheduled message with a file, refused at a time if that is given.
fn later(
    set: &Setting,
    subject: &Subject,
    to: &Conversation,
    refused: Option<i64>,
) -> (Scheduled, Media) {
    let file = set.fixture.ready_media(set.here);
    subject.put(&file);
    let made = set.fixture.scheduled_with(to, &set.ann, |state| {
        state.due_at = at(i64::MAX);
        state.draft.attachments = attachments(&[file.id]);
        if let Some(changed) = refused {
            state.refused = Some("x".to_owned());
            state.updated_at = at(changed);
        }
    });
    subject.put(&made);
    let referring = MediaUse {
        media: file.id,
        message: made.id,
        conversation: to.id,
    };
    attach(subject, set.here, &[referring]);
    (made, file)
}

pub(super) fn refused_messages_release_their_files_when_they_are_erased(subject: &mut Subject) {
    let set = Setting::new(subject);
    let [old, young] = [10, 20].map(|changed| later(&set, subject, &set.room, Some(changed)));
    let waiting = later(&set, subject, &set.room, None);
    let erased = subject.write(|unit| unit.schedule_mut().erase_refused(at(15), at(88), 9));
    assert_eq!(erased, 1);
    assert_eq!(uses(subject, &old.1, 9), []);
    assert_eq!(find(subject, &old.1), Some(expiring(&old.1, Some(at(88)))));
    for (made, file) in [young, waiting] {
        assert_eq!(uses(subject, &file, 9)[0].message, made.id);
        assert_eq!(find(subject, &file), Some(expiring(&file, None)));
    }
}

pub(super) fn files_of_messages_are_kept_changed_and_redacted(subject: &mut Subject) {
    let set = Setting::new(subject);
    let files: Vec<Media> = (0..30).map(|_| set.fixture.ready_media(set.here)).collect();
    subject.put_all(&files);
    let ids: Vec<_> = files.iter().map(|one| one.id).collect();
    let mut message = set.fixture.message_with(&set.room, &set.ann, 1, |state| {
        state.attachments = attachments(&ids);
    });
    let bystander = set.fixture.message_with(&set.room, &set.ann, 2, |state| {
        state.attachments = attachments(&ids[..1]);
    });
    subject.put_all(&[message.clone(), bystander.clone()]);
    assert_eq!(subject.messages(&set.room)[0], message);
    let mut expected = Vec::new();
    for (round, some) in (1..).zip([&ids[3..], &[], &ids[..1]]) {
        let change = causerie_core::MessageChange {
            attachments: Some(attachments(some)),
            ..super::setting::saying(&format!("round {round}"))
        };
        let earlier = message.edit(&change, at(round));
        expected.push(earlier.clone());
        let now = message.clone();
        subject.write(move |unit| unit.messages_mut().revise(&now, &earlier));
        assert_eq!(subject.message(&message).as_ref(), Some(&message));
    }
    let (here, id) = (set.here, message.id);
    let kept = subject.read(move |snapshot| snapshot.messages().revisions(here, id));
    assert_eq!(kept, expected);
    message = Message::restore(MessageState {
        attachments: attachments(&ids[5..7]),
        ..(*message).clone()
    });
    let now = message.clone();
    subject.write(move |unit| unit.messages_mut().save(&now));
    assert_eq!(subject.message(&message).as_ref(), Some(&message));
    let _ = message.delete(DeleteMode::Redact, at(50));
    let now = message.clone();
    subject.write(move |unit| unit.messages_mut().redact(&now));
    assert_eq!(subject.messages(&set.room), [message, bystander]);
    let kept = subject.read(move |snapshot| snapshot.messages().revisions(here, id));
    assert_eq!(kept, []);
}

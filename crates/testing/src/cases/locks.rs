//! Locks and snapshots under concurrent work.
//!
//! Concurrent sends are in `sends`.

use std::thread;

use causerie_core::channel::ChannelChange;
use causerie_core::media::FileName;
use causerie_core::port::Unit;
use causerie_core::{
    ApiKey, Conversation, ConversationId, Error, Fault, Member, Message, Participant, WorkspaceId,
};

use super::setting::{Setting, at, saying};
use crate::fixture::{digest, display_name, name, title};
use crate::subject::Subject;

const THREADS: usize = 4;
const ROUNDS: usize = 25;

/// Runs the same work often, from several threads at once.
fn together(
    subject: &Subject,
    work: impl Fn(&mut dyn Unit) -> Result<(), Fault> + Clone + Send + 'static,
) {
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let work = work.clone();
            scope.spawn(move || {
                for _ in 0..ROUNDS {
                    let work = work.clone();
                    subject.write(move |unit| work(unit));
                }
            });
        }
    });
}

/// The number after the one that a text says; 1 after none.
fn next(number: &str) -> String {
    (number.parse().unwrap_or(0) + 1).to_string()
}

fn all() -> String {
    (THREADS * ROUNDS).to_string()
}

pub(super) fn no_change_to_a_locked_conversation_is_lost(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (here, room) = (set.here, set.room.id);
    together(subject, move |unit| count_up(unit, here, room));
    assert_eq!(counted(subject, &set.room), all());
}

fn count_up(unit: &mut dyn Unit, workspace: WorkspaceId, id: ConversationId) -> Result<(), Fault> {
    let found = unit.conversations_mut().lock_many(workspace, &[id])?;
    let mut state = (*found[0]).clone();
    let now = state.title.as_ref().map_or("0", |title| title.as_str());
    state.title = Some(title(&next(now)));
    unit.conversations_mut().save(&Conversation::restore(state))
}

fn counted(subject: &Subject, of: &Conversation) -> String {
    let found = subject.conversation(of).expect("it exists");
    found
        .title
        .as_ref()
        .map_or_else(String::new, ToString::to_string)
}

pub(super) fn no_change_to_a_locked_participant_is_lost(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (here, ann) = (set.here, set.ann.id);
    together(subject, move |unit| {
        let found = unit.participants_mut().lock(here, ann)?;
        let mut state = (*found.expect("it exists")).clone();
        state.display_name = display_name(&next(state.display_name.as_str()));
        unit.participants_mut().save(&Participant::restore(state))
    });
    let found = subject.participant(&set.ann).expect("it exists");
    assert_eq!(found.display_name.as_str(), all());
}

pub(super) fn no_change_to_a_locked_member_is_lost(subject: &mut Subject) {
    let set = Setting::new(subject);
    let (here, room, ann) = (set.here, set.room.id, set.ann.id);
    together(subject, move |unit| {
        let found = unit.members_mut().lock(here, room, ann)?;
        let mut state = (*found.expect("it exists")).clone();
        let now = state
            .display_name
            .as_ref()
            .map_or("0", |name| name.as_str());
        state.display_name = Some(display_name(&next(now)));
        unit.members_mut().save(&Member::restore(state))
    });
    let found = subject.member(&set.ann_in).expect("it exists");
    assert_eq!(found.display_name, Some(display_name(&all())));
}

pub(super) fn no_change_to_a_locked_message_is_lost(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 1).remove(0);
    let (here, room, id) = (set.here, set.room.id, said.id);
    together(subject, move |unit| {
        let found = unit.messages_mut().lock(here, room, id)?;
        let mut message: Message = found.expect("it exists");
        let new = next(message.text.as_str());
        let earlier = message.edit(&saying(&new), at(1));
        unit.messages_mut().revise(&message, &earlier)
    });
    let found = subject.message(&said).expect("it exists");
    assert_eq!(found.text.as_str(), all());
    let kept = subject.read(move |snapshot| snapshot.messages().revisions(here, id));
    let numbers: Vec<u32> = kept.iter().map(|one| one.number).collect();
    assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
}

pub(super) fn no_change_to_a_locked_file_channel_or_entry_is_lost(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 1).remove(0);
    let file = set.fixture.ready_media(set.here);
    let channel = set.fixture.channel(set.here, &set.ann);
    let kept = set.fixture.kept(set.here, digest(1), 1);
    subject.put(&file);
    subject.put(&channel);
    subject.put(&kept);
    subject.put(&set.fixture.outbound(&said, channel.id));
    let (here, file, channel, message) = (set.here, file.id, channel.id, said.id);
    together(subject, move |unit| {
        let mut found = unit.channels_mut().lock(here, channel)?.expect("it exists");
        let change = ChannelChange {
            name: Some(name(&next(found.name.as_str()))),
            ..ChannelChange::default()
        };
        found.change(&change, at(1)).expect("it fits together");
        unit.channels_mut().save(&found)?;
        let mut found = unit.library_mut().lock_many(here, &[file])?.remove(0);
        let new = next(found.name.as_str());
        found.rename(FileName::clean(&new), at(1));
        unit.library_mut().save(&found)?;
        let mut found = unit.outbox_mut().lock(here, message)?.expect("it waits");
        found.tries += 1;
        unit.outbox_mut().save(&found)?;
        let found = unit.library_mut().lock_kept(here, digest(1))?;
        let mut found = found.expect("it is kept");
        found.uses += 1;
        unit.library_mut().save_kept(&found)
    });
    let (name, channel, tries, kept) = subject.write(move |unit| {
        let file = unit.library().find(here, file)?.expect("it exists");
        let channel = unit.channels().find(here, channel)?.expect("it exists");
        let entry = unit.outbox().find(here, message)?.expect("it waits");
        let kept = unit.library_mut().lock_kept(here, digest(1))?;
        let uses = kept.expect("it is kept").uses;
        Ok((file.name.clone(), channel.name.clone(), entry.tries, uses))
    });
    assert_eq!((name.as_str(), channel.as_str()), ("100", "100"));
    assert_eq!((tries, kept), (100, 100));
}

pub(super) fn no_change_to_a_locked_key_is_lost(subject: &mut Subject) {
    let set = Setting::new(subject);
    let key = set.fixture.key(set.here);
    subject.put(&key);
    let (here, id) = (set.here, key.id);
    together(subject, move |unit| {
        let found = unit.keys_mut().lock(here, id)?;
        let mut state = (*found.expect("it exists")).clone();
        let now = state
            .expires_at
            .map_or(0, causerie_core::Timestamp::unix_micros);
        state.expires_at = Some(at(now + 1));
        unit.keys_mut().save(&ApiKey::restore(state))
    });
    let found = subject.read(move |snapshot| snapshot.keys().find(here, id));
    assert_eq!(found.and_then(|key| key.expires_at), Some(at(100)));
}

/// A lane may give up a unit that met others in its way too often: then it left nothing, and may be
/// begun anew by whoever wanted it.
pub(super) fn units_that_lock_the_other_way_round_lose_nothing(subject: &mut Subject) {
    let set = Setting::new(subject);
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    let (here, pair) = (set.here, [set.room.id, other.id]);
    let subject = &*subject;
    thread::scope(|scope| {
        for turned in [false, true] {
            let [one, two] = if turned { [pair[1], pair[0]] } else { pair };
            scope.spawn(move || {
                let mut attempts = 0;
                for _ in 0..5 {
                    loop {
                        attempts += 1;
                        assert!(attempts < 100, "two units do not stop each other for ever");
                        let pending = subject.store().write(move |unit| {
                            count_up(unit, here, one)?;
                            Ok(count_up(unit, here, two)?)
                        });
                        match pending.wait() {
                            Ok(()) => break,
                            Err(Error::Fault(Fault::Unavailable(_) | Fault::Contended(_))) => {}
                            Err(other) => panic!("expected contention, found {other:?}"),
                        }
                    }
                }
            });
        }
    });
    assert_eq!(counted(subject, &set.room), "10");
    assert_eq!(counted(subject, &other), "10");
}

pub(super) fn a_snapshot_shows_all_of_a_unit_or_nothing(subject: &mut Subject) {
    let set = Setting::new(subject);
    let other = set.fixture.conversation(set.here);
    subject.put(&other);
    let (here, pair) = (set.here, [set.room.id, other.id]);
    let subject = &*subject;
    thread::scope(|scope| {
        let writer = scope.spawn(move || {
            for _ in 0..100 {
                subject.write(move |unit| {
                    unit.conversations_mut().lock_many(here, &pair)?;
                    pair.iter().try_for_each(|id| count_up(unit, here, *id))
                });
            }
        });
        while !writer.is_finished() {
            let [one, two] = subject.read(move |snapshot| {
                let port = snapshot.conversations();
                Ok([port.find(here, pair[0])?, port.find(here, pair[1])?])
            });
            assert_eq!(
                one.map(|one| one.title.clone()),
                two.map(|two| two.title.clone())
            );
        }
    });
    assert_eq!(counted(subject, &other), "100");
}

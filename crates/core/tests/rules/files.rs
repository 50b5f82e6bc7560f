//! Files: how they come, who refers to them, who sees them, and when they go.

use std::time::Duration;

use causerie_core::act::*;
use causerie_core::media::*;
use causerie_core::page::Limit;
use causerie_core::text::Text;
use causerie_core::*;

use crate::world::{World, told};

pub(crate) fn digest(number: u8) -> Digest {
    Digest([number; 32])
}

pub(crate) fn arrived(number: u8, media_type: &str) -> Arrived {
    Arrived {
        size: 10 * u64::from(number),
        digest: digest(number),
        media_type: MediaType::parse(media_type).expect("a type"),
    }
}

pub(crate) fn request(owner: Option<ParticipantId>) -> RequestMedia {
    RequestMedia {
        name: FileName::clean("notes.txt"),
        declared: None,
        owner,
    }
}

/// A file whose bytes are there.
pub(crate) fn upload(world: &World, owner: Option<ParticipantId>, number: u8) -> Media {
    upload_as(world, owner, &arrived(number, "text/plain"))
}

pub(crate) fn upload_as(world: &World, owner: Option<ParticipantId>, bytes: &Arrived) -> Media {
    let home = world.caller.workspace().id;
    let media = world.done(move |unit, cx| request_media(unit, cx, &request(owner)));
    let (id, bytes) = (media.id, bytes.clone());
    let own = bytes.clone();
    world.done(move |unit, cx| reserve_media(unit, home, id, &own, cx.now));
    world.done(move |unit, cx| arrive_media(unit, home, id, &bytes, cx.now))
}

pub(crate) fn attachments(media: &[MediaId]) -> Attachments {
    let one = |media: &MediaId| Attachment {
        media: *media,
        alt_text: None,
        inline: false,
    };
    Attachments::parse(media.iter().map(one).collect()).expect("few, and each once")
}

fn with_files(
    of: ConversationId,
    from: ParticipantId,
    media: &[MediaId],
    visibility: Visibility,
) -> SendMessage {
    let mut cmd = SendMessage::text(of, from, Text::empty());
    cmd.draft.attachments = attachments(media);
    cmd.draft.visibility = visibility;
    cmd
}

fn send(world: &World, caller: &Caller, cmd: &SendMessage) -> Result<Message, Error> {
    let cmd = cmd.clone();
    let sent = world.act(caller, move |unit, cx| send_message(unit, cx, &cmd))?;
    match sent {
        claim::Once::Done(seen) => Ok(seen.message),
        claim::Once::Replayed(_) => panic!("nothing was claimed"),
    }
}

/// An agent, a contact and another contact in a group, and keys of each of the first two.
struct Room {
    world: World,
    agent: ParticipantId,
    contact: ParticipantId,
    group: ConversationId,
    inside: Caller,
    outside: Caller,
}

fn room() -> Room {
    let world = World::new();
    let agent = world.participant("ada");
    let contact = world.participant_of(ParticipantKind::Contact, "cy");
    let group = world.group(&[(agent, Role::Owner), (contact, Role::Member)]);
    Room {
        inside: world.bound(agent, "messaging:*"),
        outside: world.bound(contact, "messaging:*"),
        world,
        agent,
        contact,
        group,
    }
}

impl Room {
    fn send(&self, media: &[MediaId], visibility: Visibility) -> Message {
        let cmd = with_files(self.group, self.agent, media, visibility);
        send(&self.world, &self.world.caller, &cmd).expect("sent")
    }

    fn sees(&self, caller: &Caller, id: MediaId) -> bool {
        let found = self
            .world
            .read_as(caller, move |snapshot, cx| find_media(snapshot, cx, id));
        match found {
            Ok(_) => true,
            Err(code) => {
                assert_eq!(code, "media_not_found");
                false
            }
        }
    }

    fn listed_in(&self, caller: &Caller) -> Vec<MediaId> {
        let group = self.group;
        let page = self.world.read_as(caller, move |snapshot, cx| {
            list_media_of(snapshot, cx, group, None, Limit::default())
        });
        let items = page.expect("a page").items;
        items.iter().map(|(media, _)| media.id).collect()
    }

    fn delete(&self, message: &Message, mode: DeleteMode) {
        let cmd = DeleteMessage {
            conversation: message.conversation,
            message: message.id,
            mode,
            acting_as: None,
        };
        self.world
            .done(move |unit, cx| delete_message(unit, cx, &cmd));
    }

    fn expires(&self, id: MediaId) -> Option<Timestamp> {
        let found = self
            .world
            .read(move |snapshot, cx| find_media(snapshot, cx, id));
        found.expect("a file").expires_at
    }
}

#[test]
fn who_is_bound_brings_files_of_its_own() {
    let room = room();
    let bring = |caller: &Caller, owner| {
        let cmd = request(owner);
        let brought = room
            .world
            .act(caller, move |unit, cx| request_media(unit, cx, &cmd));
        brought.map(|media| media.owner)
    };
    assert_eq!(bring(&room.inside, None).ok(), Some(Some(room.agent)));
    let (own, other) = (Some(room.contact), Some(room.agent));
    assert_eq!(bring(&room.outside, own).ok(), Some(own));
    assert_eq!(told(bring(&room.outside, other)), "bound_elsewhere");
    assert_eq!(bring(&room.world.caller, other).ok(), Some(other));
    let unknown = Some(room.world.cx().fresh.into());
    let nobody = bring(&room.world.caller, unknown);
    assert_eq!(told(nobody), "participant_not_found");
    let reader = room.world.bound(room.agent, "messaging:read");
    assert_eq!(told(bring(&reader, None)), "scope_missing");
}

#[test]
fn a_message_refers_to_files_that_are_there_and_its_senders_to_send() {
    let room = room();
    let world = &room.world;
    let anybodys = upload(world, None, 1).id;
    let agents = upload(world, Some(room.agent), 2).id;
    let contacts = upload(world, Some(room.contact), 3).id;
    let awaited = world
        .done(|unit, cx| request_media(unit, cx, &request(None)))
        .id;
    let unknown = world.cx().fresh.into();
    let try_send = |caller: &Caller, from, media: &[MediaId]| {
        send(
            world,
            caller,
            &with_files(room.group, from, media, Visibility::Public),
        )
    };
    let embedding = &world.caller;
    for wrong in [awaited, unknown] {
        let refused = try_send(embedding, room.agent, &[anybodys, wrong]);
        assert_eq!(told(refused), "attachments/1/media_id");
    }
    for (caller, from, wrong) in [
        (&room.inside, room.agent, anybodys),
        (&room.inside, room.agent, contacts),
        (&room.outside, room.contact, anybodys),
        (&room.outside, room.contact, agents),
    ] {
        let refused = try_send(caller, from, &[wrong]);
        assert_eq!(told(refused), "attachments/0/media_id");
    }
    assert!(try_send(&room.inside, room.agent, &[agents]).is_ok());
    assert!(try_send(&room.outside, room.contact, &[contacts]).is_ok());
    let sent = try_send(embedding, room.agent, &[contacts, anybodys]).expect("sent");
    assert_eq!(sent.attachments, attachments(&[contacts, anybodys]));
    let seen = world.seen(embedding, room.group).pop().expect("listed");
    let files: Vec<MediaId> = seen.files.iter().map(|one| one.id).collect();
    assert_eq!(files, [contacts, anybodys], "in their order");
    let nothing = try_send(embedding, room.agent, &[]);
    assert_eq!(told(nothing), "body");
}

#[test]
fn an_edit_keeps_adds_and_takes_off_files() {
    let room = room();
    let world = &room.world;
    let [one, two] = [1, 2].map(|number| upload(world, None, number).id);
    let own = upload(world, Some(room.agent), 3).id;
    let sent = room.send(&[one], Visibility::Public);
    let edit = |caller: &Caller, media: &[MediaId]| {
        let cmd = EditMessage {
            conversation: room.group,
            message: sent.id,
            acting_as: None,
            change: MessageChange {
                attachments: Some(attachments(media)),
                ..MessageChange::default()
            },
        };
        world.act(caller, move |unit, cx| edit_message(unit, cx, &cmd))
    };
    let edited = edit(&room.inside, &[own, one]).expect("it had the other one before");
    assert_eq!(edited.attachments, attachments(&[own, one]));
    assert_eq!(edited.files.len(), 2);
    let refused = edit(&room.inside, &[one, two]);
    assert_eq!(told(refused), "attachments/1/media_id");
    assert_eq!(
        told(edit(&world.caller, &[])),
        "body",
        "nothing would be said"
    );
    edit(&world.caller, &[two]).expect("another file");
    assert_eq!(
        [one, two, own].map(|id| room.expires(id)),
        [None; 3],
        "revisions refer to what the message had"
    );
    room.delete(&sent, DeleteMode::Redact);
    assert!([one, two, own].iter().all(|id| room.expires(*id).is_some()));
}

#[test]
fn a_contact_sees_its_own_files_and_those_of_what_it_may_read() {
    let room = room();
    let world = &room.world;
    let [public, note, loose] = [1, 2, 3].map(|number| upload(world, None, number).id);
    let own = upload(world, Some(room.contact), 4).id;
    let aside = upload(world, None, 5).id;
    let elsewhere = world.group(&[(room.agent, Role::Owner)]);
    let cmd = with_files(elsewhere, room.agent, &[aside], Visibility::Public);
    send(world, &world.caller, &cmd).expect("sent");
    let said = room.send(&[public], Visibility::Public);
    room.send(&[note], Visibility::Private);
    let seen = |caller: &Caller| [public, note, loose, own, aside].map(|id| room.sees(caller, id));
    assert_eq!(seen(&world.caller), [true; 5]);
    assert_eq!(seen(&room.inside), [true, true, false, false, true]);
    assert_eq!(seen(&room.outside), [true, false, false, true, false]);
    let admin = world.bound(room.contact, "*");
    assert!(!room.sees(&admin, note) && room.sees(&admin, public));
    assert_eq!(room.listed_in(&room.outside), [public]);
    assert_eq!(room.listed_in(&room.inside), [note, public]);
    let other = upload(world, None, 6).id;
    room.send(&[other, public], Visibility::Private);
    assert!(room.sees(&room.outside, public), "another message shows it");
    room.delete(&said, DeleteMode::Soft);
    assert!(!room.sees(&room.outside, public), "only a note shows it");
    assert!(room.sees(&room.inside, public) && room.sees(&world.caller, public));
    let last = room.send(&[loose], Visibility::Public);
    assert!(room.sees(&room.outside, loose));
    let (group, contact) = (last.conversation, room.contact);
    world.done(move |unit, cx| remove_member(unit, cx, group, contact));
    assert!(
        !room.sees(&room.outside, loose),
        "whoever left sees it no more"
    );
    assert!(room.sees(&room.inside, loose));
    world.done(move |unit, cx| delete_conversation(unit, cx, group));
    assert!(!room.sees(&room.inside, loose));
}

#[test]
fn who_is_bound_lists_its_own_files() {
    let room = room();
    let world = &room.world;
    let owners = [None, Some(room.agent), Some(room.contact)];
    let [anybodys, agents, contacts] = owners.map(|owner| upload(world, owner, 1).id);
    let list = |caller: &Caller| {
        let page = world.read_as(caller, |snapshot, cx| {
            list_media(snapshot, cx, None, Limit::default())
        });
        let items = page.expect("a page").items;
        items.iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(list(&world.caller), [contacts, agents, anybodys]);
    assert_eq!(list(&room.inside), [agents]);
    assert_eq!(list(&room.outside), [contacts]);
    let writer = world.bound(room.agent, "messaging:write");
    let refused = world.read_as(&writer, |snapshot, cx| {
        list_media(snapshot, cx, None, Limit::default())
    });
    assert_eq!(refused.expect_err("a refusal"), "scope_missing");
}

#[test]
fn a_file_is_renamed_and_deleted_by_whoever_brought_it() {
    let room = room();
    let world = &room.world;
    let own = upload(world, Some(room.contact), 1);
    let shown = upload(world, None, 2);
    room.send(&[shown.id, own.id], Visibility::Public);
    let rename = |caller: &Caller, id| {
        let name = FileName::clean("../other\u{202e}.txt");
        world.act(caller, move |unit, cx| rename_media(unit, cx, id, &name))
    };
    let delete =
        |caller: &Caller, id| world.act(caller, move |unit, cx| delete_media(unit, cx, id));
    let renamed = rename(&room.outside, own.id).expect("its own");
    assert_eq!(renamed.name.as_str(), "other.txt");
    assert_eq!(told(rename(&room.outside, shown.id)), "not_allowed");
    assert_eq!(told(delete(&room.outside, shown.id)), "not_allowed");
    let hidden = upload(world, None, 3);
    assert_eq!(told(rename(&room.outside, hidden.id)), "media_not_found");
    assert_eq!(told(delete(&room.outside, hidden.id)), "media_not_found");
    assert_eq!(told(delete(&room.outside, own.id)), "media_in_use");
    let unused = upload(world, Some(room.contact), 4);
    delete(&room.outside, unused.id).expect("nothing refers to it");
    assert_eq!(told(delete(&room.outside, unused.id)), "media_not_found");
    let reader = world.bound(room.contact, "messaging:read");
    assert_eq!(told(delete(&reader, own.id)), "scope_missing");
    rename(&world.caller, hidden.id).expect("the workspace may");
    rename(&world.caller, hidden.id).expect("again");
    let log = world.topics(0);
    let count = |topic| log.iter().filter(|one| **one == topic).count();
    assert_eq!((count("media.updated"), count("media.deleted")), (2, 1));
}

#[test]
fn a_file_lives_a_day_unless_something_refers_to_it() {
    let room = room();
    let world = &room.world;
    let (loose, used) = (upload(world, None, 1), upload(world, None, 2));
    let awaited = world.done(|unit, cx| request_media(unit, cx, &request(None)));
    let sent = room.send(&[used.id], Visibility::Public);
    let sweep_at = |now| world.done(move |unit, _| sweep_media(unit, now, 9));
    let end = awaited.expires_at.expect("an end");
    assert_eq!(end, awaited.created_at.plus(UNUSED_LIFE));
    assert_eq!(
        sweep_at(loose.created_at.plus(Duration::from_hours(23))),
        []
    );
    let home = world.caller.workspace().id;
    assert_eq!(sweep_at(end), [(home, loose.id), (home, awaited.id)]);
    assert!(!room.sees(&world.caller, loose.id) && room.sees(&world.caller, used.id));
    room.delete(&sent, DeleteMode::Soft);
    assert_eq!(room.expires(used.id), None, "a tombstone keeps what it had");
    room.delete(&sent, DeleteMode::Purge);
    let gone = room.expires(used.id).expect("an end");
    assert_eq!(sweep_at(gone), [(home, used.id)]);
}

#[test]
fn an_address_of_a_file_ends_with_the_last_message_that_shows_it() {
    let room = room();
    let world = &room.world;
    let home = world.caller.workspace().id;
    let opens = |id| {
        let now = world.cx().now;
        let found = world.read(move |snapshot, _| find_linked(snapshot, home, id, now));
        found.is_ok()
    };
    let [loose, deleted, redacted, purged] =
        [1, 2, 3, 4].map(|number| upload(world, None, number).id);
    assert!(opens(loose));
    for (file, mode) in [
        (deleted, DeleteMode::Soft),
        (redacted, DeleteMode::Redact),
        (purged, DeleteMode::Purge),
    ] {
        let (one, other) = (
            room.send(&[file], Visibility::Private),
            room.send(&[file], Visibility::Public),
        );
        room.delete(&one, mode);
        assert!(opens(file), "another message shows it");
        room.delete(&other, mode);
        assert!(!opens(file), "{mode:?}");
    }
    let cmd = ScheduleMessage {
        send: with_files(room.group, room.agent, &[loose], Visibility::Public),
        scheduled_for: world.cx().now.plus(Duration::from_hours(50)),
        render: |_| claim::Answer(Vec::new()),
    };
    world.done(move |unit, cx| schedule_message(unit, cx, &cmd));
    assert!(opens(loose), "a message that waits has it");
}

#[test]
fn a_message_that_waits_keeps_its_files() {
    let room = room();
    let world = &room.world;
    let [one, two] = [1, 2].map(|number| upload(world, None, number).id);
    let due = world.cx().now.plus(Duration::from_hours(50));
    let cmd = ScheduleMessage {
        send: with_files(room.group, room.agent, &[one], Visibility::Public),
        scheduled_for: due,
        render: |_| claim::Answer(Vec::new()),
    };
    let posted = world.done(move |unit, cx| schedule_message(unit, cx, &cmd));
    let claim::Once::Done(Posted::Scheduled(waiting)) = posted else {
        panic!("it waits")
    };
    assert_eq!(
        (room.expires(one), room.expires(two).is_some()),
        (None, true)
    );
    let change = ChangeScheduled {
        message: waiting.id,
        scheduled_for: None,
        draft: Some(Draft {
            attachments: attachments(&[two]),
            ..waiting.draft.clone()
        }),
    };
    world.done(move |unit, cx| change_scheduled(unit, cx, &change));
    assert_eq!(
        (room.expires(one).is_some(), room.expires(two)),
        (true, None)
    );
    world.done(move |unit, _| dispatch_due(unit, [1; 16], due));
    let sent = world.list(room.group).pop().expect("it was sent");
    assert_eq!(
        (sent.id, sent.attachments.clone()),
        (waiting.id, attachments(&[two]))
    );
    assert_eq!(room.expires(two), None);
    let cmd = ScheduleMessage {
        send: with_files(room.group, room.agent, &[one], Visibility::Public),
        scheduled_for: due.plus(Duration::from_hours(50)),
        render: |_| claim::Answer(Vec::new()),
    };
    let posted = world.done(move |unit, cx| schedule_message(unit, cx, &cmd));
    let claim::Once::Done(Posted::Scheduled(canceled)) = posted else {
        panic!("it waits")
    };
    let id = canceled.id;
    world.done(move |unit, cx| cancel_scheduled(unit, cx, id));
    assert!(room.expires(one).is_some());
}

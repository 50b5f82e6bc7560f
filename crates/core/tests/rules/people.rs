//! Participants, members, keys, tenants and the log.

use std::time::Duration;

use causerie_core::act::*;
use causerie_core::contact::{Identifiers, Profile, ProfileChange};
use causerie_core::memory::Memory;
use causerie_core::page::Limit;
use causerie_core::port::{Ids, RandomIds};
use causerie_core::text::*;
use causerie_core::*;

use crate::world::{World, code, refused};

#[test]
fn a_direct_conversation_of_two_exists_once() {
    let world = World::new();
    let [ada, bo, cy] = ["ada", "bo", "cy"].map(|name| world.participant(name));
    let direct = |members: &[ParticipantId]| {
        let members: Vec<_> = members.iter().map(|id| (*id, Role::Member)).collect();
        world.conversation(ConversationKind::Direct, &members)
    };
    let Ok(CreatedConversation::Created(first)) = direct(&[ada, bo]) else {
        panic!("it is new")
    };
    let Ok(CreatedConversation::Existing(again)) = direct(&[bo, ada]) else {
        panic!("it exists")
    };
    assert_eq!(first.id, again.id);
    assert!(matches!(
        direct(&[ada, cy]),
        Ok(CreatedConversation::Created(_))
    ));
    assert_eq!(refused(direct(&[ada])), "validation_failed");
    assert_eq!(refused(direct(&[ada, ada])), "validation_failed");
    let id = first.id;
    let third = AddMember {
        conversation: id,
        participant: cy,
        role: Role::Member,
        display_name: None,
    };
    assert_eq!(
        refused(world.write(move |unit, cx| add_member(unit, cx, &third))),
        "direct_members_fixed"
    );
    assert_eq!(
        refused(world.write(move |unit, cx| remove_member(unit, cx, id, ada))),
        "direct_members_fixed"
    );
    world
        .write(move |unit, cx| delete_conversation(unit, cx, id))
        .expect("deleted");
    assert!(matches!(
        direct(&[ada, bo]),
        Ok(CreatedConversation::Created(_))
    ));
}

#[test]
fn i5_another_workspaces_things_do_not_exist() {
    let here = World::new();
    let there = World::in_store(here.store.clone(), "there");
    let ada = here.participant("ada");
    let group = here.group(&[(ada, Role::Owner)]);
    here.send(group, ada, "hello").expect("sent");
    let stranger = there.participant("ada");
    assert_eq!(
        refused(there.send(group, ada, "hello")),
        "conversation_not_found"
    );
    assert_eq!(
        refused(there.conversation(ConversationKind::Group, &[(ada, Role::Member)])),
        "validation_failed"
    );
    let add = AddMember {
        conversation: group,
        participant: stranger,
        role: Role::Member,
        display_name: None,
    };
    assert_eq!(
        refused(here.write(move |unit, cx| add_member(unit, cx, &add))),
        "validation_failed"
    );
    let cx = there.cx();
    let found = there
        .store
        .read(move |snapshot| find_participant(snapshot, &cx, ada));
    assert_eq!(refused(code(found.wait())), "participant_not_found");
}

#[test]
fn a_bound_key_acts_as_its_participant_only_and_sees_its_conversations_only() {
    let world = World::new();
    let [ada, bo] = ["ada", "bo"].map(|name| world.participant(name));
    let (own, other) = (
        world.group(&[(ada, Role::Member)]),
        world.group(&[(bo, Role::Owner)]),
    );
    let caller = world.bound(ada, "messaging:*");
    let send = |to, sender| {
        let cmd = SendMessage {
            sender,
            ..SendMessage::text(to, ada, Text::from_stored("hi"))
        };
        world.send_cmd(world.cx_of(&caller), cmd)
    };
    assert_eq!(send(own, None).expect("its own sender").sender, ada);
    assert_eq!(refused(send(own, Some(bo))), "bound_elsewhere");
    assert_eq!(refused(send(other, None)), "conversation_not_found");
    let cx = world.cx_of(&caller);
    let found = world
        .store
        .read(move |snapshot| find_conversation(snapshot, &cx, other))
        .wait();
    assert_eq!(refused(code(found)), "conversation_not_found");
    let cx = world.cx_of(&caller);
    let events = world
        .store
        .read(move |snapshot| read_events(snapshot, &cx, Position::ZERO, Limit::default()));
    assert_eq!(refused(code(events.wait())), "not_allowed");
    let cx = world.cx_of(&caller);
    let turned = world
        .store
        .write(move |unit| turn_conversation(unit, &cx, own, Status::Closed, None));
    assert_eq!(refused(code(turned.wait())), "not_allowed");
}

#[test]
fn a_key_without_the_scope_is_refused_before_anything_else() {
    let world = World::new();
    let ada = world.participant("ada");
    let caller = world.bound(ada, "messaging:read");
    let nowhere = ConversationId::from_bytes([0; 16]);
    let cmd = SendMessage::text(nowhere, ada, Text::from_stored("hi"));
    assert_eq!(
        refused(world.send_cmd(world.cx_of(&caller), cmd)),
        "scope_missing"
    );
}

#[test]
fn an_external_id_belongs_to_one_participant() {
    let world = World::new();
    let ada = world.participant("ada");
    let twin = CreateParticipant {
        external_id: Some(ExternalId::from_stored("ada")),
        kind: ParticipantKind::Bot,
        display_name: DisplayName::from_stored("Twin"),
        identifiers: Identifiers::default(),
        profile: Profile::default(),
        metadata: Metadata::default(),
    };
    assert_eq!(
        refused(world.write(move |unit, cx| create_participant(unit, cx, &twin))),
        "external_id_taken"
    );
    let upsert = |external_id: &str| {
        let cmd = UpsertParticipant {
            external_id: ExternalId::from_stored(external_id),
            kind: None,
            display_name: Some(DisplayName::from_stored("New name")),
            identifiers: None,
            profile: ProfileChange::default(),
            metadata: None,
        };
        world
            .write(move |unit, cx| upsert_participant(unit, cx, &cmd))
            .expect("upserted")
    };
    let Upserted::Existing(existing) = upsert("ada") else {
        panic!("it exists")
    };
    assert_eq!(
        (existing.id, existing.display_name.as_str()),
        (ada, "New name")
    );
    assert!(matches!(upsert("bo"), Upserted::Created(_)));
}

#[test]
fn a_conversation_holds_no_more_members_than_the_workspace_allows() {
    let world = World::new();
    let people: Vec<_> = (0..1_001)
        .map(|n| (world.participant(&n.to_string()), Role::Member))
        .collect();
    assert_eq!(
        refused(world.conversation(ConversationKind::Group, &people)),
        "members_full"
    );
    let group = world.group(&people[..1_000]);
    let last = people[1_000].0;
    let one_more = AddMember {
        conversation: group,
        participant: last,
        role: Role::Member,
        display_name: None,
    };
    assert_eq!(
        refused(world.write(move |unit, cx| add_member(unit, cx, &one_more))),
        "members_full"
    );
}

#[test]
fn i3_every_change_is_an_event_and_what_was_deleted_is_gone_from_the_log() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    let message = world.send(group, ada, "secret").expect("sent").id;
    let delete = DeleteMessage {
        conversation: group,
        message,
        mode: DeleteMode::Soft,
        acting_as: None,
    };
    world
        .write(move |unit, cx| delete_message(unit, cx, &delete))
        .expect("deleted");
    let cx = world.cx();
    let log = world
        .store
        .read(move |snapshot| read_events(snapshot, &cx, Position::ZERO, Limit::default()))
        .wait()
        .expect("the log");
    let topics: Vec<_> = log.iter().map(|one| one.event.topic.as_str()).collect();
    assert_eq!(
        topics,
        [
            "workspace.created",
            "participant.created",
            "conversation.created",
            "member.added",
            "message.created",
            "message.deleted",
        ]
    );
    let positions: Vec<_> = log.iter().map(|one| one.event.position.get()).collect();
    assert_eq!(positions, [1, 2, 3, 4, 5, 6]);
    let Some(SubjectNow::Message(shown)) = &log[4].now else {
        panic!("the message as it stands")
    };
    assert!(shown.text.as_str().is_empty());
    world
        .write(move |unit, cx| delete_conversation(unit, cx, group))
        .expect("deleted");
    let cx = world.cx();
    let log = world
        .store
        .read(move |snapshot| read_events(snapshot, &cx, Position::new(4), Limit::default()));
    assert!(
        log.wait()
            .expect("the log")
            .iter()
            .all(|one| one.now.is_none())
    );
}

#[test]
fn a_rotated_key_lives_on_for_the_overlap() {
    let world = World::new();
    let secret = |byte| KeySecret::new(KeyId::from_bytes([byte; 16]), &[byte; 128]);
    let hash = HashCost::Cheapest
        .hash(&secret(1), [0; 16])
        .expect("hashed");
    let create = CreateKey {
        name: Name::from_stored("app"),
        hash: hash.clone(),
        scopes: Scopes::ALL,
        participant: None,
        expires_at: None,
    };
    let old = world
        .write(move |unit, cx| create_key(unit, cx, &create))
        .expect("created");
    let id = old.id;
    let overlap = Duration::from_secs(100);
    let rotate = RotateKey {
        id,
        hash: hash.clone(),
        overlap,
    };
    let new = world
        .write(move |unit, cx| rotate_key(unit, cx, &rotate))
        .expect("rotated");
    assert_ne!(new.id, id);
    let cx = world.cx();
    let (now, old) = (
        cx.now,
        world
            .store
            .read(move |snapshot| find_key(snapshot, &cx, id))
            .wait(),
    );
    let old = old.expect("the old key");
    assert_eq!(old.admit(now), Ok(()));
    assert_eq!(old.admit(now.plus(overlap)), Err(Refusal::KeyExpired));
    world
        .write(move |unit, cx| revoke_key(unit, cx, id))
        .expect("revoked");
    let again = RotateKey { id, hash, overlap };
    assert_eq!(
        refused(world.write(move |unit, cx| rotate_key(unit, cx, &again))),
        "key_ended"
    );
}

#[test]
fn the_first_start_happens_once() {
    let store = Memory::store();
    let hash = HashCost::Cheapest
        .hash(
            &KeySecret::new(KeyId::from_bytes([1; 16]), &[1; 128]),
            [0; 16],
        )
        .expect("hashed");
    let start = || {
        let now = Timestamp::from_unix_micros(1);
        let cmd = Bootstrap {
            workspace: RandomIds.fresh(now),
            key: RandomIds.fresh(now),
            hash: hash.clone(),
            now,
        };
        store
            .write(move |unit| bootstrap(unit, &cmd))
            .wait()
            .expect("no fault")
    };
    assert!(start().is_some_and(|key| key.scopes.allow(Scope::Admin)));
    assert_eq!(start(), None);
}

#[test]
fn what_is_deleted_is_erased_bit_by_bit() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    for n in 0..5 {
        world.send(group, ada, &n.to_string()).expect("sent");
    }
    let sweep = || {
        world
            .write(|unit, cx| sweep(unit, cx.now, 2))
            .expect("swept")
            .conversation_rows
    };
    assert_eq!(sweep(), 0);
    world
        .write(move |unit, cx| delete_conversation(unit, cx, group))
        .expect("deleted");
    let mut sweeps = 0;
    while sweep() > 0 {
        sweeps += 1;
    }
    assert!((3..=4).contains(&sweeps), "{sweeps}");
}

//! Who reacts to what, and what counts it.

use std::sync::Arc;

use causerie_core::act::*;
use causerie_core::page::Limit;
use causerie_core::reaction::{REACTION_NAMES_MAX, Reaction, ReactionName};
use causerie_core::*;

use crate::world::{World, refused};

fn wish(to: &Message, participant: Option<ParticipantId>, name: &str) -> AddReaction {
    AddReaction {
        conversation: to.conversation,
        message: to.id,
        participant,
        name: ReactionName::parse(name).expect("a name"),
    }
}

fn react(world: &World, to: &Message, who: ParticipantId, name: &str) -> Result<Reaction, String> {
    react_as(world, &world.caller, to, Some(who), name)
}

fn react_as(
    world: &World,
    caller: &Caller,
    to: &Message,
    who: Option<ParticipantId>,
    name: &str,
) -> Result<Reaction, String> {
    let cmd = wish(to, who, name);
    world.write_as(caller, move |unit, cx| add_reaction(unit, cx, &cmd))
}

fn take_back(world: &World, caller: &Caller, from: &Message, id: ReactionId) -> Result<(), String> {
    let (conversation, message) = (from.conversation, from.id);
    world.write_as(caller, move |unit, cx| {
        remove_reaction(unit, cx, conversation, message, id)
    })
}

fn counts(world: &World, of: &Message) -> String {
    let now = world.list(of.conversation);
    let message = now.iter().find(|one| one.id == of.id).expect("there");
    message.reactions.to_stored()
}

#[test]
fn a_participant_reacts_once_with_each_name() {
    let world = World::new();
    let [ada, bo] = ["ada", "bo"].map(|name| world.participant(name));
    let group = world.group(&[(ada, Role::Owner), (bo, Role::Member)]);
    let message = world.send(group, ada, "hello").expect("sent");
    let first = react(&world, &message, ada, "👍").expect("the first");
    react(&world, &message, bo, "👍").expect("another one's");
    react(&world, &message, ada, "wow").expect("another name");
    assert_eq!(
        refused(react(&world, &message, ada, "👍")),
        "already_reacted"
    );
    assert_eq!(counts(&world, &message), "2 👍 1 wow");
    assert_eq!((first.seq, first.participant), (message.seq, ada));

    let caller = world.caller.clone();
    take_back(&world, &caller, &message, first.id).expect("taken back");
    let again = take_back(&world, &caller, &message, first.id);
    assert_eq!(refused(again), "reaction_not_found");
    assert_eq!(counts(&world, &message), "1 👍 1 wow");
    react(&world, &message, ada, "👍").expect("once more");
    let topics = world.topics(0);
    let reactions: Vec<_> = topics
        .iter()
        .filter(|one| one.starts_with("react"))
        .collect();
    let (added, removed) = (&"reaction.added", &"reaction.removed");
    assert_eq!(reactions, [added, added, added, removed, added]);
}

#[test]
fn reactions_are_listed_oldest_first_page_by_page() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    let message = world.send(group, ada, "hello").expect("sent");
    let names = ["a", "b", "c", "d", "e"];
    for name in names {
        react(&world, &message, ada, name).expect("added");
    }
    let (mut listed, mut cursor) = (Vec::new(), None);
    loop {
        let (id, limit) = (message.id, Limit::new(2).expect("within bounds"));
        let page = world
            .read(move |snapshot, cx| list_reactions(snapshot, cx, group, id, cursor, limit))
            .expect("a page");
        let shown = page.items.iter().map(|one| one.name.as_str().to_owned());
        listed.extend(shown);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(listed, names);
}

#[test]
fn only_present_members_with_a_writing_role_react() {
    let world = World::new();
    let [ada, bo, cy, di] = ["ada", "bo", "cy", "di"].map(|name| world.participant(name));
    let group = world.group(&[(ada, Role::Owner), (bo, Role::Readonly), (di, Role::Member)]);
    let message = world.send(group, ada, "hello").expect("sent");
    let nobody = react_as(&world, &world.caller, &message, None, "👍");
    assert_eq!(refused(nobody), "validation_failed");
    assert_eq!(
        refused(react(&world, &message, bo, "👍")),
        "read_only_member"
    );
    assert_eq!(refused(react(&world, &message, cy, "👍")), "not_a_member");
    world
        .write(move |unit, cx| archive_participant(unit, cx, di))
        .expect("archived");
    assert_eq!(
        refused(react(&world, &message, di, "👍")),
        "participant_archived"
    );

    let inside = world.bound(ada, "messaging:*");
    let other = react_as(&world, &inside, &message, Some(bo), "👍");
    assert_eq!(refused(other), "bound_elsewhere");
    react_as(&world, &inside, &message, None, "👍").expect("its own participant");
    let outside = world.bound(cy, "messaging:*");
    let stranger = react_as(&world, &outside, &message, None, "👍");
    assert_eq!(refused(stranger), "conversation_not_found");
    let reader = world.bound(ada, "messaging:read");
    let reading = react_as(&world, &reader, &message, None, "wow");
    assert_eq!(refused(reading), "scope_missing");

    world
        .write(move |unit, cx| turn_conversation(unit, cx, group, Status::Closed, None))
        .expect("closed");
    react(&world, &message, ada, "late").expect("also when nobody sends");
}

#[test]
fn a_workspace_may_do_without_reactions() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    let message = world.send(group, ada, "hello").expect("sent");
    let earlier = react(&world, &message, ada, "👍").expect("added");
    let off = SettingsChange {
        reactions: Some(false),
        ..SettingsChange::default()
    };
    let changed = world
        .write(move |unit, cx| change_settings(unit, cx, &off))
        .expect("changed");
    let caller = Caller::embedding(Arc::new(changed));
    let refusal = react_as(&world, &caller, &message, Some(ada), "wow");
    assert_eq!(refused(refusal), "reactions_off");
    take_back(&world, &caller, &message, earlier.id).expect("what is there may go");
}

#[test]
fn nobody_reacts_to_what_they_may_not_see_and_a_tombstone_has_no_reactions() {
    let world = World::new();
    let ada = world.participant("ada");
    let customer = world.participant_of(ParticipantKind::Contact, "customer");
    let group = world.group(&[(ada, Role::Owner), (customer, Role::Member)]);
    let note = world.note(group, ada, "between us").expect("sent");
    let reaction = react(&world, &note, ada, "👀").expect("an agent sees it");
    assert_eq!(
        refused(react(&world, &note, customer, "👀")),
        "message_not_found"
    );
    let bound = world.bound(customer, "messaging:*");
    let blind = react_as(&world, &bound, &note, None, "👀");
    assert_eq!(refused(blind), "message_not_found");
    let blind = take_back(&world, &bound, &note, reaction.id);
    assert_eq!(refused(blind), "message_not_found");
    let id = note.id;
    let list = move |snapshot: &mut dyn port::Snapshot, cx: &Context| {
        list_reactions(snapshot, cx, group, id, None, Limit::default())
    };
    assert_eq!(refused(world.read_as(&bound, list)), "message_not_found");
    let shown = world.read(list).expect("a page");
    assert_eq!(shown.items.first(), Some(&reaction));

    let delete = DeleteMessage {
        conversation: group,
        message: id,
        mode: DeleteMode::Soft,
        acting_as: None,
    };
    world
        .write(move |unit, cx| delete_message(unit, cx, &delete))
        .expect("deleted");
    assert!(world.read(list).expect("a page").items.is_empty());
    assert_eq!(counts(&world, &note), "");
    assert_eq!(refused(react(&world, &note, ada, "wow")), "message_deleted");
    let gone = take_back(&world, &world.caller, &note, reaction.id);
    assert_eq!(refused(gone), "message_deleted");
}

#[test]
fn a_message_has_room_for_fifty_names() {
    let world = World::new();
    let [ada, bo] = ["ada", "bo"].map(|name| world.participant(name));
    let group = world.group(&[(ada, Role::Owner), (bo, Role::Member)]);
    let message = world.send(group, ada, "hello").expect("sent");
    for number in 0..REACTION_NAMES_MAX {
        react(&world, &message, ada, &number.to_string()).expect("there is room");
    }
    assert_eq!(
        refused(react(&world, &message, ada, "more")),
        "reactions_full"
    );
    react(&world, &message, bo, "7").expect("a name that is there");
}

#[test]
fn a_reaction_is_taken_back_by_who_made_it_and_by_those_who_moderate() {
    let world = World::new();
    let [ada, bo, cy] = ["ada", "bo", "cy"].map(|name| world.participant(name));
    let group = world.group(&[(ada, Role::Admin), (bo, Role::Member), (cy, Role::Member)]);
    let message = world.send(group, ada, "hello").expect("sent");
    let bound = |who| world.bound(who, "messaging:*");
    for (who, name) in [
        (bound(bo), "own"),
        (bound(ada), "admin"),
        (world.caller.clone(), "all"),
    ] {
        let reaction = react(&world, &message, bo, name).expect("added");
        let other = take_back(&world, &bound(cy), &message, reaction.id);
        assert_eq!(refused(other), "not_allowed");
        take_back(&world, &who, &message, reaction.id).expect(name);
    }
    assert_eq!(counts(&world, &message), "");
}

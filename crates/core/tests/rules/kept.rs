//! What surfaces keep with things: who may, who is shown it, and when it goes.

use causerie_core::act::*;
use causerie_core::channel::Platform;
use causerie_core::text::Text;
use causerie_core::*;

use crate::channels::channel;
use crate::surfaces::talk;
use crate::world::{World, told};

fn extra(object: &str) -> Extra {
    Extra::parse("bird", object).expect("an object")
}

/// What `bird` keeps with a thing.
fn kept(world: &World, bearer: Bearer) -> Option<String> {
    let found = world.read(move |snapshot, cx| find_extras(snapshot, cx, "bird", &[bearer]));
    let found = found.expect("no refusal");
    found.get(&bearer).map(|one| one.as_str().to_owned())
}

#[test]
fn what_a_surface_keeps_with_a_message_goes_with_it() {
    for mode in [DeleteMode::Soft, DeleteMode::Redact, DeleteMode::Purge] {
        let (world, ada, group) = talk();
        let mut cmd = SendMessage::text(group, ada, Text::from_stored("hi"));
        cmd.draft.extra = Some(extra(r#"{"meta": 1.50}"#));
        let sent = world.send_cmd(world.cx(), cmd).expect("sent");
        let bearer = Bearer::Message(sent.id);
        assert_eq!(kept(&world, bearer).as_deref(), Some(r#"{"meta": 1.50}"#));

        let later = extra(r#"{"meta":2}"#);
        world.done(move |unit, cx| keep_extra(unit, cx, bearer, &later));
        assert_eq!(kept(&world, bearer).as_deref(), Some(r#"{"meta":2}"#));
        let after = world.list(group).pop().expect("a message");
        assert_eq!((after.edited_at, after.revision_count), (None, 0));
        assert_eq!(world.topics(0).pop(), Some("message.updated"));

        let cmd = DeleteMessage {
            conversation: group,
            message: sent.id,
            mode,
            acting_as: None,
        };
        world.done(move |unit, cx| delete_message(unit, cx, &cmd));
        assert_eq!(kept(&world, bearer), None, "{mode:?}");
        let again = extra("{}");
        let refusal = world.act(&world.caller, move |unit, cx| {
            keep_extra(unit, cx, bearer, &again)
        });
        let expected = match mode {
            DeleteMode::Purge => "message_not_found",
            _ => "message_deleted",
        };
        assert_eq!(told(refusal), expected);
    }
}

#[test]
fn only_who_may_change_a_thing_keeps_something_with_it() {
    let (world, ada, group) = talk();
    let (cy, bo) = (world.participant("cy"), world.participant("bo"));
    let add = AddMember {
        conversation: group,
        participant: bo,
        role: Role::Member,
        display_name: None,
    };
    world.done(move |unit, cx| add_member(unit, cx, &add).map(drop));
    let [owner, member, outside] = [ada, bo, cy].map(|id| world.bound(id, "messaging:*"));
    let keep = |caller: &Caller, bearer| {
        let extra = extra(r#"{"a":1}"#);
        let result = world.act(caller, move |unit, cx| keep_extra(unit, cx, bearer, &extra));
        result.map_or_else(|error| told::<()>(Err(error)), |()| "kept".to_owned())
    };
    let conversation = Bearer::Conversation(group);
    assert_eq!(keep(&member, conversation), "kept");
    assert_eq!(keep(&outside, conversation), "conversation_not_found");
    assert_eq!(keep(&member, Bearer::Member(group, bo)), "kept");
    assert_eq!(keep(&member, Bearer::Member(group, ada)), "not_allowed");
    assert_eq!(keep(&owner, Bearer::Member(group, bo)), "kept");
    assert_eq!(keep(&owner, Bearer::Member(group, cy)), "member_not_found");
    assert_eq!(keep(&member, Bearer::Participant(bo)), "kept");
    assert_eq!(keep(&member, Bearer::Participant(ada)), "not_allowed");
    assert_eq!(keep(&world.caller, Bearer::Participant(ada)), "kept");
    let nobody = Bearer::Participant(ParticipantId::from_bytes([1; 16]));
    assert_eq!(keep(&world.caller, nobody), "participant_not_found");
    let channel = Bearer::Channel(ChannelId::from_bytes([1; 16]));
    assert_eq!(keep(&member, channel), "scope_missing");
    assert_eq!(keep(&world.caller, channel), "channel_not_found");
    assert_eq!(
        kept(&world, Bearer::Member(group, bo)).as_deref(),
        Some(r#"{"a":1}"#)
    );
    assert_eq!(kept(&world, Bearer::Member(group, ada)), None);
}

#[test]
fn a_contact_learns_nothing_of_what_is_kept_with_others() {
    let (world, ada, group) = talk();
    let cy = world.participant_of(ParticipantKind::Contact, "cy");
    let all = [ada, cy].map(Bearer::Participant);
    for bearer in all {
        let kept = extra(r#"{"phone":"1"}"#);
        world.done(move |unit, cx| keep_extra(unit, cx, bearer, &kept));
    }
    let said = world.send(group, ada, "hi").expect("sent").id;
    let on_message = extra(r#"{"meta":1}"#);
    let message = Bearer::Message(said);
    world.done(move |unit, cx| keep_extra(unit, cx, message, &on_message));
    let of = [all[0], all[1], message];
    let shown = |caller: &Caller| {
        let found = world.read_as(caller, move |snapshot, cx| {
            find_extras(snapshot, cx, "bird", &of)
        });
        let found = found.expect("no refusal");
        of.map(|bearer| found.contains_key(&bearer))
    };
    assert_eq!(shown(&world.caller.seeing_public()), [true; 3]);
    assert_eq!(shown(&world.bound(ada, "messaging:*")), [true; 3]);
    assert_eq!(shown(&world.bound(cy, "messaging:*")), [false, true, true]);
}

#[test]
fn what_a_surface_keeps_with_a_channel_goes_with_it() {
    let world = World::new();
    let id = channel(&world, Platform::Api).id;
    let (bearer, extra) = (Bearer::Channel(id), extra("{}"));
    world.done(move |unit, cx| keep_extra(unit, cx, bearer, &extra));
    assert_eq!(kept(&world, bearer).as_deref(), Some("{}"));
    world.done(move |unit, cx| delete_channel(unit, cx, id));
    assert_eq!(kept(&world, bearer), None);
}

#[test]
fn what_is_kept_with_two_who_are_one_is_kept_with_the_one_who_stays() {
    let (world, ada, group) = talk();
    let twin = world.participant("ada's twin");
    let add = AddMember {
        conversation: group,
        participant: twin,
        role: Role::Member,
        display_name: None,
    };
    world.done(move |unit, cx| add_member(unit, cx, &add).map(drop));
    let [gone, stays] = [twin, ada].map(Bearer::Participant);
    let [left, place] = [twin, ada].map(|id| Bearer::Member(group, id));
    for (bearer, object) in [
        (gone, "{}"),
        (left, r#"{"of":"twin"}"#),
        (stays, r#"{"own":1}"#),
    ] {
        let extra = extra(object);
        world.done(move |unit, cx| keep_extra(unit, cx, bearer, &extra));
    }
    world.done(move |unit, cx| merge_participants(unit, cx, twin, ada).map(drop));
    assert_eq!(kept(&world, stays).as_deref(), Some(r#"{"own":1}"#));
    assert_eq!(kept(&world, place).as_deref(), Some(r#"{"of":"twin"}"#));
    assert_eq!((kept(&world, gone), kept(&world, left)), (None, None));
}

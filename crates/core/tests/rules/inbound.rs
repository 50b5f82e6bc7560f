//! What comes in from outside, once each, and what platforms say of what went out.

use causerie_core::act::*;
use causerie_core::channel::{Channel, ChannelStatus, Platform};
use causerie_core::delivery::{DeliveryStatus, Failure, FailureStage};
use causerie_core::outbound::{Handed, ReceiverRole};
use causerie_core::text::*;
use causerie_core::*;

use crate::channels::{ADA, BEA, channel, letter, post, posted, to, turn};
use crate::contacts::{identifier, reached};
use crate::world::{World, told};

fn start() -> (World, Channel, Caller) {
    let world = World::new();
    let email = channel(&world, Platform::Email);
    let home = std::sync::Arc::new(world.caller.workspace().clone());
    (world, email, Caller::of_platform(home))
}

fn incoming(through: &Channel, by: (&str, &str), reference: Option<&str>) -> ReceiveInbound {
    ReceiveInbound {
        channel: through.id,
        from: identifier(by.0, by.1),
        from_name: Some(DisplayName::from_stored("Ada")),
        reference: reference.map(Reference::from_stored),
        follows: Vec::new(),
        title: Some(Title::from_stored("Question")),
        draft: Draft::text(Text::from_stored("where is it?")),
    }
}

fn receive(world: &World, caller: &Caller, cmd: &ReceiveInbound) -> Result<Received, Error> {
    let cmd = cmd.clone();
    world.act(caller, move |unit, cx| receive_inbound(unit, cx, &cmd))
}

fn new(world: &World, caller: &Caller, cmd: &ReceiveInbound) -> Message {
    match receive(world, caller, cmd).expect("taken in") {
        Received::New(seen) => seen.message,
        Received::Known(seen) => panic!("expected something new, found {seen:?}"),
    }
}

fn conversation(world: &World, of: &Message) -> Conversation {
    let id = of.conversation;
    let found = world.read(move |snapshot, cx| find_conversation(snapshot, cx, id));
    found.expect("it exists")
}

#[test]
fn what_comes_in_makes_its_writer_and_their_conversation() {
    let (world, email, platform) = start();
    let first = new(&world, &platform, &incoming(&email, ADA, Some("<1@x>")));
    assert_eq!(first.direction, Direction::Incoming);
    assert_eq!(first.delivery.status, DeliveryStatus::Delivered);
    assert_eq!(first.source_id, Some(Reference::from_stored("<1@x>")));
    let talk = conversation(&world, &first);
    assert_eq!((talk.channel, talk.member_count), (Some(email.id), 1));
    assert_eq!(talk.title, Some(Title::from_stored("Question")));
    let id = first.sender;
    let writer = world.read(move |snapshot, cx| find_participant(snapshot, cx, id));
    let writer = writer.expect("somebody");
    assert_eq!(
        (writer.kind, writer.display_name.as_str()),
        (ParticipantKind::Contact, "Ada")
    );
    let second = new(&world, &platform, &incoming(&email, ADA, None));
    assert_eq!((second.conversation, second.sender), (talk.id, writer.id));
    let other = new(&world, &platform, &incoming(&email, BEA, None));
    assert_ne!(other.conversation, talk.id);
    assert_eq!(
        posted(&world, &email).conversation,
        talk.id,
        "answers go there"
    );
    let waiting = world.read(|snapshot, _| next_outbound(snapshot));
    assert!(
        waiting.expect("a time").is_some(),
        "the answer and nothing else"
    );
}

#[test]
fn i4_the_same_reference_comes_in_once() {
    let (world, email, platform) = start();
    let cmd = incoming(&email, ADA, Some("<1@x>"));
    let first = new(&world, &platform, &cmd);
    let before = world.topics(0).len();
    for changed in ["where is it?", "anything"] {
        let mut again = cmd.clone();
        again.draft.text = Text::from_stored(changed);
        let Ok(Received::Known(known)) = receive(&world, &platform, &again) else {
            panic!("it came in before")
        };
        assert_eq!(known.message, first);
    }
    assert_eq!(world.topics(0).len(), before);
    let other = channel(&world, Platform::Email);
    let elsewhere = incoming(&other, ADA, Some("<1@x>"));
    assert_ne!(
        new(&world, &platform, &elsewhere).id,
        first.id,
        "another channel's"
    );
    let purge = DeleteMessage {
        conversation: first.conversation,
        message: first.id,
        mode: DeleteMode::Purge,
        acting_as: None,
    };
    world.done(move |unit, cx| delete_message(unit, cx, &purge));
    assert_ne!(
        new(&world, &platform, &cmd).id,
        first.id,
        "nothing is left of it"
    );
}

#[test]
fn an_answer_follows_what_it_answers() {
    let (world, email, platform) = start();
    let cmd = letter(
        email.id,
        vec![to(ReceiverRole::To, ADA), to(ReceiverRole::Cc, BEA)],
    );
    let sent = post(&world, &world.caller, &cmd).expect("posted");
    let now = world.cx().now;
    let parcel = world
        .done(move |unit, _| claim_outbound(unit, now, 9))
        .remove(0);
    let handed = Handed::Taken {
        reference: Some("<out@us>".to_owned()),
    };
    world.done(move |unit, _| settle_outbound(unit, &parcel, &handed, now));
    let mut answer = incoming(&email, BEA, Some("<in@x>"));
    let follows = |all: &[&str]| all.iter().map(|one| Reference::from_stored(*one)).collect();
    answer.follows = follows(&["<unknown@x>", "<out@us>", "<also unknown@x>"]);
    let answered = new(&world, &platform, &answer);
    assert_eq!(answered.conversation, sent.conversation);
    let mut third = incoming(&email, ("emailaddress", "colleague@x.org"), None);
    third.follows = follows(&["<in@x>"]);
    let joined = new(&world, &platform, &third);
    assert_eq!(
        joined.conversation, sent.conversation,
        "whoever it was passed on to"
    );
    assert_eq!(conversation(&world, &joined).member_count, 4);
    third.follows = follows(&["<unknown@x>"]);
    assert_ne!(
        new(&world, &platform, &third).conversation,
        sent.conversation
    );
    let other = channel(&world, Platform::Email);
    let mut stray = incoming(&other, BEA, None);
    stray.follows = follows(&["<out@us>"]);
    assert_ne!(
        new(&world, &platform, &stray).conversation,
        sent.conversation
    );
}

#[test]
fn what_comes_in_opens_its_conversation_again() {
    let (world, email, platform) = start();
    let talk = new(&world, &platform, &incoming(&email, ADA, None)).conversation;
    for (status, after) in [
        (Status::Archived, Status::Open),
        (Status::Closed, Status::Open),
        (Status::Snoozed, Status::Open),
        (Status::Pending, Status::Pending),
    ] {
        world.done(move |unit, cx| turn_conversation(unit, cx, talk, status, None));
        let again = new(&world, &platform, &incoming(&email, ADA, None));
        assert_eq!(again.conversation, talk);
        assert_eq!(conversation(&world, &again).status, after);
    }
}

#[test]
fn what_an_agent_writes_from_outside_stays_within() {
    let (world, email, platform) = start();
    let talk = posted(&world, &email).conversation;
    let now = world.cx().now;
    world.done(move |unit, _| claim_outbound(unit, now, 9));
    let agent = world.participant("agent");
    let change = ParticipantChange {
        identifiers: Some(crate::contacts::identifiers(&[BEA])),
        ..ParticipantChange::default()
    };
    world.done(move |unit, cx| change_participant(unit, cx, agent, &change));
    let said = new(&world, &platform, &incoming(&email, BEA, None));
    assert_eq!((said.sender, said.direction), (agent, Direction::Internal));
    assert_eq!(said.visibility, Visibility::Private, "nobody proved it");
    assert_ne!(said.conversation, talk);
    let later = world.cx().now;
    let parcels = world.done(move |unit, _| claim_outbound(unit, later, 9));
    assert_eq!(parcels, []);
}

#[test]
fn what_cannot_come_in_is_refused() {
    let (world, email, platform) = start();
    let sms = channel(&world, Platform::Sms);
    let refused = |caller: &Caller, cmd: &ReceiveInbound| told(receive(&world, caller, cmd));
    assert_eq!(refused(&platform, &incoming(&sms, ADA, None)), "from/key");
    let gone = reached(&world, "Gone", &[BEA]);
    world.done(move |unit, cx| archive_participant(unit, cx, gone));
    let from_gone = incoming(&email, BEA, None);
    assert_eq!(refused(&platform, &from_gone), "participant_archived");
    let mut silent = incoming(&email, ADA, None);
    silent.draft.text = Text::empty();
    assert_eq!(refused(&platform, &silent), "body");
    let cmd = incoming(&email, ADA, None);
    let agent = world.participant("agent");
    assert_eq!(
        refused(&world.bound(agent, "messaging:*"), &cmd),
        "not_allowed"
    );
    assert_eq!(
        refused(&world.bound(agent, "messaging:read"), &cmd),
        "scope_missing"
    );
    turn(&world, email.id, ChannelStatus::Inactive);
    assert_eq!(refused(&platform, &cmd), "channel_inactive");
    let id = email.id;
    world.done(move |unit, cx| delete_channel(unit, cx, id));
    assert_eq!(refused(&platform, &cmd), "channel_not_found");
    let found = world.read(move |snapshot, _| find_channel_anywhere(snapshot, id));
    assert_eq!(found.expect_err("gone"), "channel_not_found");
    let other = sms.id;
    let found = world.read(move |snapshot, _| find_channel_anywhere(snapshot, other));
    let (home, found) = found.expect("it is there");
    assert_eq!((home.id, found.id), (sms.workspace, sms.id));
}

#[test]
fn a_platform_that_proves_itself_brings_messages_and_nothing_else() {
    let (world, email, platform) = start();
    let said = new(&world, &platform, &incoming(&email, ADA, None));
    let talk = said.conversation;
    let read = world.read_as(&platform, move |snapshot, cx| {
        list_messages(snapshot, cx, &crate::world::list_of(talk))
    });
    assert_eq!(read.expect_err("a refusal"), "scope_missing");
    let id = email.id;
    let deleted = world.act(&platform, move |unit, cx| delete_channel(unit, cx, id));
    assert_eq!(told(deleted), "scope_missing");
}

/// A letter to two, taken by the platform under a reference.
fn taken(world: &World, email: &Channel) -> Message {
    let cmd = letter(
        email.id,
        vec![to(ReceiverRole::To, ADA), to(ReceiverRole::To, BEA)],
    );
    let sent = post(world, &world.caller, &cmd).expect("posted");
    let now = world.cx().now;
    let parcel = world
        .done(move |unit, _| claim_outbound(unit, now, 9))
        .remove(0);
    let handed = Handed::Taken {
        reference: Some("<out@us>".to_owned()),
    };
    world.done(move |unit, _| settle_outbound(unit, &parcel, &handed, now));
    sent
}

fn note(through: &Channel, status: DeliveryStatus) -> NoteStatus {
    let failed = status == DeliveryStatus::Failed;
    NoteStatus {
        channel: through.id,
        message: Named::Reference(Reference::from_stored("<out@us>")),
        receiver: None,
        status,
        failure: failed.then(|| Failure::cut(FailureStage::Deliver, "unknown user", None)),
    }
}

fn noted(world: &World, caller: &Caller, cmd: &NoteStatus) -> Result<DeliveryStatus, Error> {
    let cmd = cmd.clone();
    let noted = world.act(caller, move |unit, cx| note_status(unit, cx, &cmd));
    noted.map(|message| message.delivery.status)
}

#[test]
fn what_platforms_say_late_or_twice_leads_nothing_back() {
    use DeliveryStatus::{Delivered, Failed, Read, Sent};
    let (world, email, platform) = start();
    let sent = taken(&world, &email);
    let before = world.topics(0).len();
    for (said, stands) in [
        (Sent, Sent),
        (Delivered, Delivered),
        (Delivered, Delivered),
        (Sent, Delivered),
        (Read, Read),
        (Delivered, Read),
        (Failed, Read),
    ] {
        let status = noted(&world, &platform, &note(&email, said)).expect("noted");
        assert_eq!(status, stands, "after {said:?}");
    }
    let log = world.topics(before.try_into().expect("few"));
    assert_eq!(log, ["message.status_changed", "message.status_changed"]);
    let mut by_id = note(&email, Read);
    by_id.message = Named::Message(sent.id);
    assert_eq!(noted(&world, &platform, &by_id).expect("noted"), Read);
}

#[test]
fn that_it_failed_is_the_last_word_of_a_platform() {
    use DeliveryStatus::{Delivered, Failed, Sent};
    let (world, email, platform) = start();
    taken(&world, &email);
    for said in [Failed, Sent, Delivered] {
        let status = noted(&world, &platform, &note(&email, said)).expect("noted");
        assert_eq!(status, Failed, "after {said:?}, said before it failed");
    }
}

#[test]
fn a_message_has_come_as_far_as_with_the_one_it_came_furthest_with() {
    use DeliveryStatus::{Delivered, Failed, Read, Sent};
    let (world, email, platform) = start();
    let sent = taken(&world, &email);
    let for_one = |by: (&str, &str), status| {
        let mut cmd = note(&email, status);
        cmd.receiver = Some(identifier(by.0, by.1));
        noted(&world, &platform, &cmd).expect("noted")
    };
    assert_eq!(for_one(ADA, Failed), Sent, "the other one may get it still");
    assert_eq!(for_one(BEA, Delivered), Delivered);
    assert_eq!(for_one(BEA, Read), Read);
    let (of, id) = (sent.conversation, sent.id);
    let each = world.read(move |snapshot, cx| list_recipients(snapshot, cx, of, id));
    let mut each: Vec<_> = each
        .expect("a list")
        .iter()
        .map(|one| one.delivery.status)
        .collect();
    each.sort_unstable();
    assert_eq!(each, [Read, Failed]);
}

#[test]
fn a_message_that_failed_with_all_has_failed() {
    use DeliveryStatus::{Delivered, Failed};
    let (world, email, platform) = start();
    taken(&world, &email);
    assert_eq!(
        noted(&world, &platform, &note(&email, Failed)).expect("noted"),
        Failed
    );
    let late = noted(&world, &platform, &note(&email, Delivered));
    assert_eq!(
        late.expect("noted"),
        Failed,
        "a failure is not taken back so"
    );
}

#[test]
fn platforms_speak_of_what_they_were_given_only() {
    use DeliveryStatus::{Accepted, Delivered, Failed, Skipped};
    let (world, email, platform) = start();
    let sent = taken(&world, &email);
    let refused = |caller: &Caller, cmd: &NoteStatus| told(noted(&world, caller, cmd));
    for status in [Accepted, Skipped] {
        assert_eq!(refused(&platform, &note(&email, status)), "status");
    }
    let mut reasonless = note(&email, Failed);
    reasonless.failure = None;
    assert_eq!(refused(&platform, &reasonless), "reason");
    let known = ("emailaddress", "known@x.org");
    reached(&world, "Known", &[known]);
    for by in [known, ("emailaddress", "stranger@x.org")] {
        let mut cmd = note(&email, Delivered);
        cmd.receiver = Some(identifier(by.0, by.1));
        assert_eq!(refused(&platform, &cmd), "receiver");
    }
    let unknown = "platform_reference_not_found";
    let other = channel(&world, Platform::Email);
    assert_eq!(refused(&platform, &note(&other, Delivered)), unknown);
    let came_in = new(&world, &platform, &incoming(&email, ADA, Some("<in@x>")));
    for named in [
        Named::Reference(Reference::from_stored("<nothing@us>")),
        Named::Message(world.cx().fresh.into()),
        Named::Message(came_in.id),
        Named::Reference(Reference::from_stored("<in@x>")),
    ] {
        let mut cmd = note(&email, Delivered);
        cmd.message = named;
        assert_eq!(refused(&platform, &cmd), unknown);
    }
    let agent = world.bound(email.connector, "messaging:*");
    assert_eq!(refused(&agent, &note(&email, Delivered)), "not_allowed");
    let cmd = DeleteMessage {
        conversation: sent.conversation,
        message: sent.id,
        mode: DeleteMode::Soft,
        acting_as: None,
    };
    world.done(move |unit, cx| delete_message(unit, cx, &cmd));
    assert_eq!(refused(&platform, &note(&email, Delivered)), unknown);
    turn(&world, email.id, ChannelStatus::Inactive);
    assert_eq!(
        refused(&platform, &note(&email, Delivered)),
        "channel_inactive"
    );
}

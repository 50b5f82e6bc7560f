//! Handing messages over to platforms: leases, tries, pauses, and what is said of it.

use std::time::Duration;

use causerie_core::act::*;
use causerie_core::channel::{Channel, ChannelStatus, Platform};
use causerie_core::claim::Once;
use causerie_core::delivery::{DeliveryStatus, FailureStage};
use causerie_core::outbound::{Handed, OUTBOUND_LEASE, OUTBOUND_TRIES_MAX, Parcel, ReceiverRole};
use causerie_core::text::Text;
use causerie_core::*;

use crate::channels::{ADA, BEA, channel, letter, post, posted, to, turn};
use crate::contacts::reached;
use crate::files::upload;
use crate::world::{World, told};

fn claim(world: &World, now: Timestamp) -> Vec<Parcel> {
    world.done(move |unit, _| claim_outbound(unit, now, 9))
}

fn settle(world: &World, parcel: &Parcel, handed: Handed, now: Timestamp) -> bool {
    let parcel = parcel.clone();
    world.done(move |unit, _| settle_outbound(unit, &parcel, &handed, now))
}

fn taken(reference: &str) -> Handed {
    Handed::Taken {
        reference: Some(reference.to_owned()),
    }
}

fn later(after: Option<Duration>) -> Handed {
    Handed::Later {
        reason: "busy".to_owned(),
        detail: None,
        after,
    }
}

fn refused() -> Handed {
    Handed::Refused {
        reason: "no such mailbox".to_owned(),
        detail: Some("550".to_owned()),
    }
}

fn now_of(world: &World, message: &Message) -> Message {
    let (of, id) = (message.conversation, message.id);
    let found = world.read(move |snapshot, cx| find_message(snapshot, cx, of, id));
    found.expect("a message").message
}

fn status(world: &World, message: &Message) -> DeliveryStatus {
    now_of(world, message).delivery.status
}

fn next(world: &World) -> Option<Timestamp> {
    world
        .read(|snapshot, _| next_outbound(snapshot))
        .expect("a time")
}

fn start(platform: Platform) -> (World, Channel) {
    let world = World::new();
    let channel = channel(&world, platform);
    (world, channel)
}

#[test]
fn a_message_is_accepted_handed_over_and_sent() {
    let (world, email) = start(Platform::Email);
    let file = upload(&world, None, 1);
    let mut cmd = letter(
        email.id,
        vec![to(ReceiverRole::To, ADA), to(ReceiverRole::Bcc, BEA)],
    );
    cmd.draft.attachments = crate::files::attachments(&[file.id]);
    let sent = post(&world, &world.caller, &cmd).expect("posted");
    assert_eq!(status(&world, &sent), DeliveryStatus::Accepted);
    let now = next(&world).expect("it waits");
    assert_eq!(claim(&world, Timestamp::default()), [], "it is not due");
    let parcel = claim(&world, now).remove(0);
    assert_eq!(status(&world, &sent), DeliveryStatus::Processing);
    assert_eq!((parcel.tries, parcel.sender_name.as_str()), (1, "Support"));
    let mut reach: Vec<_> = parcel
        .receivers
        .iter()
        .map(|one| {
            let identifier = one.identifier.as_ref().expect("reached");
            (one.role.as_str(), identifier.value())
        })
        .collect();
    reach.sort_unstable();
    assert_eq!(reach, [("bcc", "bea@x.org"), ("to", "ada@x.org")]);
    assert_eq!(parcel.files[0].media.id, file.id);
    assert_eq!(claim(&world, now), [], "somebody hands it over");
    assert!(settle(&world, &parcel, taken("<1@us>"), now));
    assert_eq!(status(&world, &sent), DeliveryStatus::Sent);
    assert_eq!(next(&world), None);
    assert!(!settle(&world, &parcel, refused(), now), "it is settled");
    assert_eq!(status(&world, &sent), DeliveryStatus::Sent);
    let (of, id) = (sent.conversation, sent.id);
    let each = world.read(move |snapshot, cx| list_recipients(snapshot, cx, of, id));
    let all_sent = |one: &delivery::Recipient| one.delivery.status == DeliveryStatus::Sent;
    assert!(each.expect("a list").iter().all(all_sent));
}

#[test]
fn a_message_names_the_earlier_ones_of_its_thread() {
    let (world, email) = start(Platform::Email);
    for reference in ["<1@us>", "<2@us>"] {
        posted(&world, &email);
        let now = next(&world).expect("it waits");
        let parcel = claim(&world, now).remove(0);
        settle(&world, &parcel, taken(reference), now);
    }
    posted(&world, &email);
    let parcel = claim(&world, next(&world).expect("it waits")).remove(0);
    assert_eq!(parcel.follows, ["<1@us>", "<2@us>"]);
}

#[test]
fn tries_are_repeated_with_pauses_until_the_message_has_failed() {
    let (world, email) = start(Platform::Email);
    let sent = posted(&world, &email);
    let mut now = next(&world).expect("it waits");
    for tries in 1..=OUTBOUND_TRIES_MAX {
        let parcel = claim(&world, now).remove(0);
        assert_eq!(parcel.tries, tries);
        let asked = (tries == 1).then_some(Duration::from_mins(30));
        assert!(settle(&world, &parcel, later(asked), now));
        let Some(due) = next(&world) else {
            assert_eq!(tries, OUTBOUND_TRIES_MAX);
            break;
        };
        if tries == 1 {
            assert_eq!(due, now.plus(Duration::from_mins(30)), "as was asked");
        }
        assert!(due > now);
        assert_eq!(status(&world, &sent), DeliveryStatus::Processing);
        now = due;
    }
    let failed = now_of(&world, &sent);
    let failure = failed.delivery.failure.clone().expect("a reason");
    assert_eq!(failed.delivery.status, DeliveryStatus::Failed);
    assert_eq!(
        (failure.stage, failure.reason.as_str()),
        (FailureStage::Send, "busy")
    );
}

#[test]
fn whoever_dies_is_followed_by_another_and_counts_no_more() {
    let (world, email) = start(Platform::Email);
    let sent = posted(&world, &email);
    let now = next(&world).expect("it waits");
    let first = claim(&world, now).remove(0);
    let second = claim(&world, now.plus(OUTBOUND_LEASE)).remove(0);
    assert_eq!(second.tries, 2);
    assert!(!settle(&world, &first, refused(), now));
    assert_eq!(status(&world, &sent), DeliveryStatus::Processing);
    assert!(settle(&world, &second, taken("x"), now));
    assert_eq!(status(&world, &sent), DeliveryStatus::Sent);
}

#[test]
fn what_was_refused_may_be_tried_again() {
    let (world, email) = start(Platform::Email);
    let sent = posted(&world, &email);
    let (of, id) = (sent.conversation, sent.id);
    let retry =
        |caller: &Caller| world.act(caller, move |unit, cx| retry_delivery(unit, cx, of, id));
    assert_eq!(told(retry(&world.caller)), "delivery_conflict");
    let parcel = claim(&world, next(&world).expect("it waits")).remove(0);
    assert!(settle(&world, &parcel, refused(), world.cx().now));
    let failed = now_of(&world, &sent)
        .delivery
        .failure
        .clone()
        .expect("a reason");
    assert_eq!(failed.detail.as_deref(), Some("550"));
    assert_eq!(next(&world), None);
    let ada = parcel.receivers[0].participant;
    assert_eq!(told(retry(&world.bound(ada, "*"))), "not_allowed");
    let reader = world.bound(email.connector, "messaging:read");
    assert_eq!(told(retry(&reader)), "scope_missing");
    turn(&world, email.id, ChannelStatus::Inactive);
    assert_eq!(told(retry(&world.caller)), "channel_inactive");
    turn(&world, email.id, ChannelStatus::Active);
    let again = retry(&world.caller).expect("it had failed");
    assert_eq!(again.delivery.status, DeliveryStatus::Accepted);
    let parcel = claim(&world, next(&world).expect("it waits")).remove(0);
    assert_eq!((parcel.tries, parcel.receivers.len()), (1, 1));
    assert!(settle(&world, &parcel, taken("x"), world.cx().now));
    assert_eq!(status(&world, &sent), DeliveryStatus::Sent);
    let unknown = world.act(&world.caller, move |unit, cx| {
        let nothing = cx.fresh.into();
        retry_delivery(unit, cx, of, nothing)
    });
    assert_eq!(told(unknown), "message_not_found");
}

#[test]
fn what_waits_goes_on_waiting_while_its_channel_is_off() {
    let (world, email) = start(Platform::Email);
    let sent = posted(&world, &email);
    turn(&world, email.id, ChannelStatus::Inactive);
    let now = next(&world).expect("it waits");
    assert_eq!(claim(&world, now), []);
    assert_eq!(status(&world, &sent), DeliveryStatus::Accepted);
    let mut due = now;
    for _ in 0..=OUTBOUND_TRIES_MAX {
        due = next(&world).expect("it goes on waiting");
        assert_eq!(claim(&world, due), []);
    }
    assert!(due > now);
    assert_eq!(status(&world, &sent), DeliveryStatus::Accepted);
    turn(&world, email.id, ChannelStatus::Active);
    let due = next(&world).expect("it goes on waiting");
    assert_eq!(claim(&world, due)[0].tries, 1, "waiting is no try");
    let (second, id) = (posted(&world, &email), email.id);
    world.done(move |unit, cx| delete_channel(unit, cx, id));
    let now = world.cx().now;
    assert_eq!(claim(&world, now), []);
    let failed = now_of(&world, &second).delivery.failure.clone();
    assert_eq!(failed.expect("a reason").stage, FailureStage::Reject);
}

#[test]
fn a_message_that_names_nobody_goes_to_the_contacts_who_can_be_reached() {
    let (world, email) = start(Platform::Email);
    let talk = posted(&world, &email).conversation;
    let agent = world.participant("agent");
    let cy = reached(&world, "Cy", &[("crm", "47")]);
    for participant in [agent, cy] {
        let cmd = AddMember {
            conversation: talk,
            participant,
            role: Role::Member,
            display_name: None,
        };
        world.done(move |unit, cx| add_member(unit, cx, &cmd));
    }
    let now = world.cx().now;
    claim(&world, now);
    let sent = world
        .send(talk, agent, "to whom it may concern")
        .expect("sent");
    world.note(talk, agent, "not to them").expect("a note");
    let now = world.cx().now;
    let parcels = claim(&world, now);
    assert_eq!(parcels.len(), 1, "notes stay within");
    assert_eq!(parcels[0].message.id, sent.id);
    assert_eq!(parcels[0].receivers.len(), 1, "Cy has no address");
}

#[test]
fn a_message_that_can_reach_nobody_has_failed() {
    let (world, email) = start(Platform::Email);
    let sent = posted(&world, &email);
    let (of, id) = (sent.conversation, sent.id);
    let each = world.read(move |snapshot, cx| list_recipients(snapshot, cx, of, id));
    let ada = each.expect("a list")[0].participant;
    let change = ParticipantChange {
        identifiers: Some(contact::Identifiers::default()),
        ..ParticipantChange::default()
    };
    world.done(move |unit, cx| change_participant(unit, cx, ada, &change));
    let now = next(&world).expect("it waits");
    assert_eq!(claim(&world, now), []);
    let failure = now_of(&world, &sent).delivery.failure.clone();
    let failure = failure.expect("a reason");
    assert_eq!(failure.stage, FailureStage::Reject);
    assert!(failure.reason.contains("email"), "{}", failure.reason);
    assert_eq!(next(&world), None);
}

#[test]
fn what_was_deleted_meanwhile_is_not_handed_over() {
    let (world, email) = start(Platform::Email);
    for mode in [DeleteMode::Soft, DeleteMode::Redact, DeleteMode::Purge] {
        let sent = posted(&world, &email);
        let parcel = claim(&world, world.cx().now).remove(0);
        let cmd = DeleteMessage {
            conversation: sent.conversation,
            message: sent.id,
            mode,
            acting_as: None,
        };
        world.done(move |unit, cx| delete_message(unit, cx, &cmd));
        assert!(
            !settle(&world, &parcel, taken("x"), world.cx().now),
            "{mode:?}"
        );
        assert_eq!(next(&world), None, "{mode:?}");
    }
    let unclaimed = SendMessage::text(
        posted(&world, &email).conversation,
        email.connector,
        Text::from_stored("last"),
    );
    let talk = unclaimed.conversation;
    world.done(move |unit, cx| send_message(unit, cx, &unclaimed));
    world.done(move |unit, cx| delete_conversation(unit, cx, talk));
    assert_eq!(claim(&world, world.cx().now), []);
    assert_eq!(next(&world), None);
}

#[test]
fn what_never_went_out_is_not_tried_again() {
    let (world, email) = start(Platform::Email);
    let talk = posted(&world, &email).conversation;
    let mut within = SendMessage::text(talk, email.connector, Text::from_stored("for us"));
    within.draft.direction = Some(Direction::Internal);
    let Once::Done(within) = world.done(move |unit, cx| send_message(unit, cx, &within)) else {
        panic!("expected it to be sent")
    };
    let (of, id) = (talk, within.message.id);
    let failed = SetDelivery {
        conversation: of,
        message: id,
        recipient: None,
        status: DeliveryStatus::Failed,
        failure: Some(delivery::Failure::cut(FailureStage::Send, "no", None)),
    };
    world.done(move |unit, cx| set_delivery(unit, cx, &failed));
    let again = world.act(&world.caller, move |unit, cx| {
        retry_delivery(unit, cx, of, id)
    });
    assert_eq!(told(again), "delivery_conflict");
}

#[test]
fn what_waited_behind_others_is_handed_over_as_it_stands() {
    let (world, email) = start(Platform::Email);
    let sent = posted(&world, &email);
    let renew = |parcel: &Parcel, now| {
        let parcel = parcel.clone();
        world.done(move |unit, _| renew_outbound(unit, &parcel, now))
    };
    let now = next(&world).expect("it waits");
    let parcel = claim(&world, now).remove(0);
    let edit = EditMessage {
        conversation: sent.conversation,
        message: sent.id,
        change: MessageChange {
            text: Some(Text::from_stored("better")),
            ..MessageChange::default()
        },
        acting_as: None,
    };
    world.done(move |unit, cx| edit_message(unit, cx, &edit));
    let later = now.plus(OUTBOUND_LEASE / 2);
    let renewed = renew(&parcel, later).expect("nobody else tries it");
    assert_eq!(
        (renewed.tries, renewed.message.text.as_str()),
        (1, "better")
    );
    assert_eq!(next(&world), Some(later.plus(OUTBOUND_LEASE)));
    let second = claim(&world, later.plus(OUTBOUND_LEASE)).remove(0);
    assert_eq!(renew(&parcel, later), None, "somebody else tries it");
    turn(&world, email.id, ChannelStatus::Inactive);
    assert_eq!(renew(&second, later), None, "its channel is off");
    turn(&world, email.id, ChannelStatus::Active);
    let due = next(&world).expect("it goes on waiting");
    let third = claim(&world, due).remove(0);
    assert_eq!(third.tries, 2, "the second try did not come about");
    assert!(settle(&world, &third, taken("x"), due));
    assert_eq!(renew(&third, due), None, "it is settled");
}

#[test]
fn a_letter_that_waits_reaches_who_was_merged_meanwhile() {
    let (world, email) = start(Platform::Email);
    let ada = reached(&world, "Ada", &[ADA]);
    let known = To {
        who: Who::Participant(ada),
        role: ReceiverRole::To,
    };
    post(&world, &world.caller, &letter(email.id, vec![known])).expect("posted");
    let bea = reached(&world, "Bea", &[BEA]);
    world.done(move |unit, cx| merge_participants(unit, cx, ada, bea));
    let parcel = claim(&world, next(&world).expect("it waits")).remove(0);
    let reach = parcel.receivers[0].identifier.as_ref().expect("reached");
    assert_eq!(
        (parcel.receivers[0].participant, reach.value()),
        (ada, BEA.1)
    );
}

#[test]
fn a_contact_learns_of_no_blind_copy() {
    let (world, email) = start(Platform::Email);
    let [ada, bea] = [ADA, BEA].map(|by| reached(&world, by.1, &[by]));
    let blind = vec![to(ReceiverRole::To, ADA), to(ReceiverRole::Bcc, BEA)];
    let sent = post(&world, &world.caller, &letter(email.id, blind)).expect("posted");
    let (of, id) = (sent.conversation, sent.id);
    let known = |caller: &Caller| -> Vec<ParticipantId> {
        let all = world.read_as(caller, move |snapshot, cx| {
            list_recipients(snapshot, cx, of, id)
        });
        all.expect("a list")
            .iter()
            .map(|one| one.participant)
            .collect()
    };
    assert_eq!(known(&world.caller).len(), 2);
    assert_eq!(known(&world.bound(ada, "*")), [ada]);
    world.done(move |unit, cx| {
        let cmd = AddMember {
            conversation: of,
            participant: bea,
            role: Role::Member,
            display_name: None,
        };
        add_member(unit, cx, &cmd)
    });
    assert_eq!(
        known(&world.bound(bea, "*")).len(),
        2,
        "its own it may know"
    );
}

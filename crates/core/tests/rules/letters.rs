//! Letters through channels: whom they reach, where they are kept, and what stays within.

use std::time::Duration;

use causerie_core::act::*;
use causerie_core::channel::*;
use causerie_core::claim::{Answer, Once};
use causerie_core::delivery::DeliveryStatus;
use causerie_core::outbound::ReceiverRole;
use causerie_core::page::Limit;
use causerie_core::text::*;
use causerie_core::*;

use crate::channels::{ADA, BEA, channel, letter, post, posted, to, turn};
use crate::contacts::reached;
use crate::world::{World, told};

fn conversation(world: &World, of: &Message) -> Conversation {
    let id = of.conversation;
    let found = world.read(move |snapshot, cx| find_conversation(snapshot, cx, id));
    found.expect("it exists")
}

#[test]
fn a_letter_finds_its_people_and_their_conversation() {
    let world = World::new();
    let channel = channel(&world, Platform::Email);
    let mut cmd = letter(
        channel.id,
        vec![to(ReceiverRole::To, ADA), to(ReceiverRole::Cc, BEA)],
    );
    cmd.title = Some(Title::from_stored("Your order"));
    let first = post(&world, &world.caller, &cmd).expect("posted");
    assert_eq!(first.sender, channel.connector);
    assert_eq!(first.delivery.status, DeliveryStatus::Accepted);
    let talk = conversation(&world, &first);
    assert_eq!((talk.channel, talk.member_count), (Some(channel.id), 3));
    assert_eq!(talk.title, cmd.title);
    cmd.receivers = vec![
        to(ReceiverRole::Cc, ADA),
        to(ReceiverRole::To, BEA),
        to(ReceiverRole::To, BEA),
        to(ReceiverRole::Bcc, ("emailaddress", "hidden@x.org")),
    ];
    let agent = world.participant("agent");
    cmd.sender = Some(agent);
    let second = post(&world, &world.caller, &cmd).expect("posted");
    assert_eq!(
        second.conversation, first.conversation,
        "with whoever sees it"
    );
    assert_eq!(
        conversation(&world, &second).member_count,
        4,
        "its sender joins"
    );
    let (of, id) = (second.conversation, second.id);
    let roles = world.read(move |snapshot, cx| list_recipients(snapshot, cx, of, id));
    let mut roles: Vec<_> = roles.expect("a list").iter().map(|one| one.role).collect();
    roles.sort_unstable_by_key(|role| role.number());
    assert_eq!(
        roles,
        [ReceiverRole::To, ReceiverRole::Cc, ReceiverRole::Bcc]
    );
    let alone = posted(&world, &channel);
    assert_ne!(alone.conversation, first.conversation);
    let contacts = world.topics(0);
    let created = contacts
        .iter()
        .filter(|topic| **topic == "participant.created")
        .count();
    assert_eq!(created, 5, "the connector, the agent and each contact once");
}

#[test]
fn several_receivers_are_for_mail_and_all_can_be_reached() {
    let world = World::new();
    let sms = channel(&world, Platform::Sms);
    let email = channel(&world, Platform::Email);
    let cy = reached(&world, "Cy", &[("crm", "47")]);
    let gone = reached(&world, "Gone", &[("emailaddress", "gone@x.org")]);
    world.done(move |unit, cx| archive_participant(unit, cx, gone));
    let phone = |number: &'static str| to(ReceiverRole::To, ("phonenumber", number));
    let known = |participant| To {
        who: Who::Participant(participant),
        role: ReceiverRole::To,
    };
    let many = (0..=RECEIVERS_MAX)
        .map(|number| {
            let address = format!("{number}@x.org");
            to(ReceiverRole::To, ("emailaddress", &address))
        })
        .collect();
    let unknown = world.cx().fresh.into();
    for (through, receivers, refused) in [
        (&sms, vec![], "receivers"),
        (&email, vec![to(ReceiverRole::Cc, ADA)], "receivers"),
        (
            &sms,
            vec![phone("+31612345678"), phone("+31612345679")],
            "receivers",
        ),
        (&email, many, "receivers"),
        (
            &sms,
            vec![to(ReceiverRole::To, ADA)],
            "receivers/0/identifier/key",
        ),
        (
            &email,
            vec![to(ReceiverRole::To, ADA), known(cy)],
            "receivers/1/participant_id",
        ),
        (&email, vec![known(unknown)], "receivers/0/participant_id"),
        (&email, vec![known(gone)], "participant_archived"),
    ] {
        let cmd = letter(through.id, receivers);
        assert_eq!(told(post(&world, &world.caller, &cmd)), refused);
    }
    let page = world.read(|snapshot, cx| {
        let filter = port::ParticipantFilter {
            kind: Some(ParticipantKind::Contact),
            ..port::ParticipantFilter::default()
        };
        list_participants(snapshot, cx, &filter, None, Limit::default())
    });
    let items = page.expect("a page").items;
    assert_eq!(items.len(), 2, "who was refused created nobody");
}

#[test]
fn who_was_merged_is_written_to_as_who_they_are() {
    let world = World::new();
    let email = channel(&world, Platform::Email);
    let cyd = ("emailaddress", "cyd@x.org");
    let [old, between, new] = [ADA, BEA, cyd].map(|by| reached(&world, by.1, &[by]));
    world.done(move |unit, cx| merge_participants(unit, cx, old, between));
    world.done(move |unit, cx| merge_participants(unit, cx, between, new));
    let known = To {
        who: Who::Participant(old),
        role: ReceiverRole::To,
    };
    let cmd = letter(email.id, vec![known]);
    let sent = post(&world, &world.caller, &cmd).expect("posted");
    let (of, id) = (sent.conversation, sent.id);
    let found = world.read(move |snapshot, cx| list_recipients(snapshot, cx, of, id));
    assert_eq!(found.expect("a list")[0].participant, new);
    let by_old = post(
        &world,
        &world.caller,
        &letter(email.id, vec![to(ReceiverRole::To, ADA)]),
    );
    assert_eq!(by_old.expect("posted").conversation, of);
}

#[test]
fn a_letter_goes_to_the_address_that_was_named_and_an_answer_to_the_one_that_was_used_last() {
    let world = World::new();
    let email = channel(&world, Platform::Email);
    let ada = reached(&world, "Ada", &[ADA, BEA]);
    let addresses = |of: &World| -> Vec<String> {
        let now = of.cx().now;
        let parcels = of.done(move |unit, _| claim_outbound(unit, now, 9));
        let receivers = parcels.iter().flat_map(|parcel| &parcel.receivers);
        let by = receivers.filter_map(|one| Some(one.identifier.as_ref()?.value().to_owned()));
        by.collect()
    };
    let named = letter(email.id, vec![to(ReceiverRole::To, BEA)]);
    let first = post(&world, &world.caller, &named).expect("posted");
    assert_eq!(addresses(&world), [BEA.1]);
    let known = To {
        who: Who::Participant(ada),
        role: ReceiverRole::To,
    };
    let known = letter(email.id, vec![known]);
    post(&world, &world.caller, &known).expect("posted");
    assert_eq!(
        addresses(&world),
        [ADA.1],
        "the first one, unless it is said"
    );
    let reply = ReceiveInbound {
        channel: email.id,
        from: crate::contacts::identifiers(&[BEA])
            .iter()
            .next()
            .expect("one")
            .clone(),
        from_name: None,
        reference: None,
        follows: Vec::new(),
        title: None,
        draft: Draft::text(Text::from_stored("from here")),
    };
    world.done(move |unit, cx| receive_inbound(unit, cx, &reply));
    world
        .send(first.conversation, email.connector, "there")
        .expect("sent");
    assert_eq!(addresses(&world), [BEA.1]);
}

#[test]
fn a_contact_speaks_for_nobody() {
    let world = World::new();
    let email = channel(&world, Platform::Email);
    let mut cmd = letter(email.id, vec![to(ReceiverRole::To, ADA)]);
    cmd.sender = Some(reached(&world, "Bea", &[BEA]));
    let refused = told(post(&world, &world.caller, &cmd));
    assert_eq!(refused, "participant_id");
}

#[test]
fn nothing_goes_out_through_a_channel_that_is_off() {
    let world = World::new();
    let email = channel(&world, Platform::Email);
    let sent = posted(&world, &email);
    let (talk, from) = (sent.conversation, email.connector);
    turn(&world, email.id, ChannelStatus::Inactive);
    let cmd = letter(email.id, vec![to(ReceiverRole::To, ADA)]);
    assert_eq!(told(post(&world, &world.caller, &cmd)), "channel_inactive");
    assert_eq!(
        world.send(talk, from, "hello?").expect_err("off"),
        "channel_inactive"
    );
    world.note(talk, from, "notes stay within").expect("a note");
    turn(&world, email.id, ChannelStatus::Active);
    world.send(talk, from, "hello again").expect("sent");
    let id = email.id;
    world.done(move |unit, cx| delete_channel(unit, cx, id));
    assert_eq!(told(post(&world, &world.caller, &cmd)), "channel_not_found");
    assert_eq!(
        world.send(talk, from, "hello?").expect_err("gone"),
        "channel_inactive"
    );
    let aside = world.group(&[(from, Role::Owner)]);
    let mut named = SendMessage::text(aside, from, Text::from_stored("to you"));
    named.draft.receivers = vec![Addressed {
        participant: from,
        role: ReceiverRole::To,
        reached_by: None,
    }];
    let refused = world.act(&world.caller, move |unit, cx| {
        send_message(unit, cx, &named)
    });
    assert_eq!(told(refused), "receivers", "no channel carries it");
}

#[test]
fn a_letter_opens_its_conversation_again() {
    let world = World::new();
    let email = channel(&world, Platform::Email);
    for status in [Status::Archived, Status::Closed] {
        let talk = posted(&world, &email).conversation;
        world.done(move |unit, cx| turn_conversation(unit, cx, talk, status, None));
        let again = posted(&world, &email);
        assert_eq!(again.conversation, talk);
        assert_eq!(conversation(&world, &again).status, Status::Open);
    }
    let talk = posted(&world, &email).conversation;
    world.done(move |unit, cx| delete_conversation(unit, cx, talk));
    assert_ne!(posted(&world, &email).conversation, talk, "a new one");
}

#[test]
fn who_is_bound_writes_as_itself() {
    let world = World::new();
    let email = channel(&world, Platform::Email);
    let agent = world.participant("agent");
    let inside = world.bound(agent, "messaging:*");
    let mut cmd = letter(email.id, vec![to(ReceiverRole::To, ADA)]);
    let sent = post(&world, &inside, &cmd).expect("posted");
    assert_eq!(sent.sender, agent);
    cmd.sender = Some(email.connector);
    assert_eq!(told(post(&world, &inside, &cmd)), "bound_elsewhere");
    let unknown = world.cx().fresh.into();
    cmd.sender = Some(unknown);
    assert_eq!(told(post(&world, &world.caller, &cmd)), "participant_id");
}

#[test]
fn what_is_said_in_the_products_own_app_is_there_at_once() {
    let world = World::new();
    let native = channel(&world, Platform::Native);
    let cy = reached(&world, "Cy", &[]);
    let cmd = letter(
        native.id,
        vec![To {
            who: Who::Participant(cy),
            role: ReceiverRole::To,
        }],
    );
    let sent = post(&world, &world.caller, &cmd).expect("posted");
    assert_eq!(sent.delivery.status, DeliveryStatus::Delivered);
    assert_eq!(world.read(|snapshot, _| next_outbound(snapshot)), Ok(None));
}

#[test]
fn i4_a_letter_with_the_same_reference_is_the_same_letter() {
    let world = World::new();
    let email = channel(&world, Platform::Email);
    let wish = |reference: &str, by| {
        let mut cmd = letter(email.id, vec![to(ReceiverRole::To, by)]);
        cmd.draft.reference = Some(Reference::from_stored(reference));
        let claim = cmd.reference_claim(&world.caller).expect("it has one");
        cmd.once = Some(SendOnce {
            claims: vec![claim],
            render: |seen| Answer(seen.id.to_bytes().to_vec()),
        });
        cmd
    };
    let first = post(&world, &world.caller, &wish("r", ADA)).expect("posted");
    let again = wish("r", ADA);
    let replayed = world.done(move |unit, cx| post_to_channel(unit, cx, &again));
    assert_eq!(
        replayed,
        Once::Replayed(Answer(first.id.to_bytes().to_vec()))
    );
    let other = post(&world, &world.caller, &wish("r", BEA));
    assert_eq!(told(other), "reference_reused");
    assert_ne!(
        post(&world, &world.caller, &wish("s", ADA))
            .expect("posted")
            .id,
        first.id
    );
}

#[test]
fn a_letter_may_go_later() {
    let world = World::new();
    let email = channel(&world, Platform::Email);
    let due = world.cx().now.plus(Duration::from_hours(3));
    let mut cmd = letter(email.id, vec![to(ReceiverRole::To, ADA)]);
    cmd.later = Some(Later {
        scheduled_for: due,
        render: |_| Answer(Vec::new()),
    });
    let posted = world.done(move |unit, cx| post_to_channel(unit, cx, &cmd));
    let Once::Done(Posted::Scheduled(waiting)) = posted else {
        panic!("it waits")
    };
    assert_eq!(world.read(|snapshot, _| next_outbound(snapshot)), Ok(None));
    world.done(move |unit, _| dispatch_due(unit, [1; 16], due));
    let (of, id) = (waiting.conversation, waiting.id);
    let found = world.read(move |snapshot, cx| list_recipients(snapshot, cx, of, id));
    assert_eq!(found.expect("a list").len(), 1);
    assert_eq!(
        world.read(|snapshot, _| next_outbound(snapshot)),
        Ok(Some(due))
    );
}

#[test]
fn a_conversation_with_somebody_outside_is_opened_without_a_word() {
    let world = World::new();
    let email = channel(&world, Platform::Email);
    let id = email.id;
    let agent = world.bound(world.participant("agent"), "messaging:*");
    let open = |world: &World| {
        world.act(&agent, move |unit, cx| {
            let to = [to(ReceiverRole::To, ADA)];
            open_channel_conversation(unit, cx, id, &to, None)
        })
    };
    let Ok(CreatedConversation::Created(opened)) = open(&world) else {
        panic!("it is new")
    };
    let Ok(CreatedConversation::Existing(again)) = open(&world) else {
        panic!("it is there")
    };
    assert_eq!((again.id, again.member_count), (opened.id, 2));
    assert_eq!(posted(&world, &email).conversation, opened.id);
}

//! Who may say, change and see what.

use causerie_core::act::*;
use causerie_core::claim::{Answer, Claim, ClaimSource, Fingerprint, Once};
use causerie_core::receipt::{ReceiptKind, Seen};
use causerie_core::text::*;
use causerie_core::*;

use crate::world::{World, code, list_of, refused};

#[test]
fn members_with_a_writing_role_may_send_and_nobody_else() {
    let world = World::new();
    let [ada, bo, cy] = ["ada", "bo", "cy"].map(|name| world.participant(name));
    let group = world.group(&[(ada, Role::Member), (bo, Role::Readonly)]);
    assert_eq!(
        world
            .send(group, ada, "hello")
            .expect("a member sends")
            .seq
            .get(),
        1
    );
    assert_eq!(refused(world.send(group, bo, "hello")), "read_only_member");
    assert_eq!(refused(world.send(group, cy, "hello")), "not_a_member");
    world
        .write(move |unit, cx| remove_member(unit, cx, group, ada))
        .expect("removed");
    assert_eq!(refused(world.send(group, ada, "again")), "not_a_member");
    let back = AddMember {
        conversation: group,
        participant: ada,
        role: Role::Member,
        display_name: None,
    };
    world
        .write(move |unit, cx| add_member(unit, cx, &back))
        .expect("back");
    assert_eq!(
        world
            .send(group, ada, "again")
            .expect("a member sends")
            .seq
            .get(),
        2
    );
}

#[test]
fn who_was_archived_sends_no_more_and_joins_nothing() {
    let world = World::new();
    let [ada, bo] = ["ada", "bo"].map(|name| world.participant(name));
    let (group, other) = (
        world.group(&[(ada, Role::Owner), (bo, Role::Member)]),
        world.group(&[(bo, Role::Owner)]),
    );
    world
        .write(move |unit, cx| archive_participant(unit, cx, ada))
        .expect("archived");
    assert_eq!(
        refused(world.send(group, ada, "hello")),
        "participant_archived"
    );
    world.send(group, bo, "hello").expect("others go on");
    let join = AddMember {
        conversation: other,
        participant: ada,
        role: Role::Member,
        display_name: None,
    };
    assert_eq!(
        refused(world.write(move |unit, cx| add_member(unit, cx, &join))),
        "participant_archived"
    );
}

#[test]
fn nobody_sends_into_a_conversation_that_is_not_open() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    for status in [Status::Archived, Status::Closed] {
        world
            .write(move |unit, cx| turn_conversation(unit, cx, group, status, None))
            .expect("turned");
        assert_eq!(
            refused(world.send(group, ada, "hello")),
            "conversation_not_open"
        );
        let other = if status == Status::Closed {
            Status::Archived
        } else {
            Status::Closed
        };
        let turned = world.write(move |unit, cx| turn_conversation(unit, cx, group, other, None));
        assert_eq!(refused(turned), "status_conflict");
        world
            .write(move |unit, cx| turn_conversation(unit, cx, group, Status::Open, None))
            .expect("open");
    }
    assert_eq!(
        world
            .send(group, ada, "hello")
            .expect("open again")
            .seq
            .get(),
        1
    );
}

#[test]
fn i2_seq_and_created_at_never_go_back_even_if_the_clock_does() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    world.send(group, ada, "one").expect("sent");
    let mut cx = world.cx();
    cx.now = Timestamp::from_unix_micros(5);
    let cmd = SendMessage::text(group, ada, Text::from_stored("two"));
    world.send_cmd(cx, cmd).expect("sent");
    let list = world.list(group);
    assert_eq!(
        list.iter().map(|one| one.seq.get()).collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!(list[0].created_at, list[1].created_at);
}

#[test]
fn a_reply_answers_a_message_of_the_same_conversation() {
    let world = World::new();
    let ada = world.participant("ada");
    let (here, there) = (
        world.group(&[(ada, Role::Owner)]),
        world.group(&[(ada, Role::Owner)]),
    );
    let target = world.send(here, ada, "question").expect("sent").id;
    let reply = |to| {
        let mut cmd = SendMessage::text(to, ada, Text::from_stored("answer"));
        cmd.draft.reply_to = Some(target);
        cmd
    };
    assert_eq!(
        world
            .send_cmd(world.cx(), reply(here))
            .expect("sent")
            .reply_to,
        Some(target)
    );
    assert_eq!(
        refused(world.send_cmd(world.cx(), reply(there))),
        "validation_failed"
    );
}

#[test]
fn edits_and_deletes_are_for_the_sender_owners_admins_and_unbound_keys() {
    let world = World::new();
    let [ada, bo, cy] = ["ada", "bo", "cy"].map(|name| world.participant(name));
    let group = world.group(&[(ada, Role::Admin), (bo, Role::Member), (cy, Role::Member)]);
    let message = world.send(group, bo, "first").expect("sent").id;
    let edit = |acting_as, text: &'static str| {
        let cmd = EditMessage {
            conversation: group,
            message,
            acting_as,
            change: MessageChange {
                text: Some(Text::from_stored(text)),
                ..MessageChange::default()
            },
        };
        world.write(move |unit, cx| edit_message(unit, cx, &cmd))
    };
    assert_eq!(refused(edit(Some(cy), "no")), "not_allowed");
    for (acting_as, text) in [(Some(bo), "second"), (Some(ada), "third"), (None, "fourth")] {
        let edited = edit(acting_as, text).expect("edited");
        assert_eq!(
            (edited.text.as_str(), edited.edited_at.is_some()),
            (text, true)
        );
    }
    let cx = world.cx();
    let revisions = world
        .store
        .read(move |snapshot| list_revisions(snapshot, &cx, group, message));
    let texts: Vec<_> = revisions
        .wait()
        .expect("a list")
        .into_iter()
        .map(|one| one.text)
        .collect();
    assert_eq!(
        texts.iter().map(Text::as_str).collect::<Vec<_>>(),
        ["first", "second", "third"]
    );

    let delete = |acting_as| {
        let cmd = DeleteMessage {
            conversation: group,
            message,
            mode: DeleteMode::Soft,
            acting_as,
        };
        world.write(move |unit, cx| delete_message(unit, cx, &cmd))
    };
    assert_eq!(refused(delete(Some(cy))), "not_allowed");
    let deleted = delete(Some(bo)).expect("deleted");
    let Deleted::Tombstone(tombstone) = &deleted else {
        panic!("its place stays")
    };
    assert!(tombstone.deleted_at.is_some() && tombstone.text.as_str().is_empty());
    assert_eq!(delete(None).expect("nothing to do"), deleted);
    assert_eq!(refused(edit(None, "no")), "message_deleted");
}

#[test]
fn unread_is_what_others_said_since() {
    let world = World::new();
    let [ada, bo, cy] = ["ada", "bo", "cy"].map(|name| world.participant(name));
    let group = world.group(&[(ada, Role::Owner), (bo, Role::Member)]);
    let unread = |who| {
        let cx = world.cx();
        let found = world
            .store
            .read(move |snapshot| find_member(snapshot, &cx, group, who))
            .wait();
        let (conversation, MemberNow { member, sight }) = found.expect("a member");
        member.unread_count(&conversation, sight)
    };
    for _ in 0..3 {
        world.send(group, ada, "hello").expect("sent");
    }
    assert_eq!((unread(ada), unread(bo)), (0, 3));
    let read = |seq| {
        let seq = Seq::new(seq);
        world.write(move |unit, cx| mark(unit, cx, group, bo, ReceiptKind::Read, seq))
    };
    read(2).expect("read");
    assert_eq!(unread(bo), 1);
    read(1).expect("never back");
    assert_eq!(unread(bo), 1);
    assert_eq!(refused(read(4)), "validation_failed");
    let late = AddMember {
        conversation: group,
        participant: cy,
        role: Role::Member,
        display_name: None,
    };
    world
        .write(move |unit, cx| add_member(unit, cx, &late))
        .expect("added");
    assert_eq!(unread(cy), 0);
}

#[test]
fn i4_a_retry_is_given_the_first_answer_and_sends_nothing() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    let send = |key: &[u8], body: &str| {
        let claim = Claim::new(
            ClaimSource::IdempotencyKey,
            &[key],
            Fingerprint::of(&[body.as_bytes()]),
        );
        let render = |message: &Seen| Answer(message.id.to_string().into_bytes());
        let once = Some(SendOnce {
            claims: vec![claim],
            render,
        });
        let cmd = SendMessage {
            once,
            ..SendMessage::text(group, ada, Text::from_stored(body))
        };
        code(world.store.send(world.cx(), cmd).wait())
    };
    let Ok(Once::Done(first)) = send(b"k", "hello") else {
        panic!("it is new")
    };
    let Ok(Once::Replayed(answer)) = send(b"k", "hello") else {
        panic!("it is a retry")
    };
    assert_eq!(answer.0, first.id.to_string().into_bytes());
    assert_eq!(refused(send(b"k", "other")), "idempotency_key_reused");
    assert!(matches!(send(b"l", "hello"), Ok(Once::Done(_))));
    assert_eq!(world.list(group).len(), 2);
}

#[test]
fn i4_the_same_claim_twice_in_one_batch_sends_once() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    let claim = Claim::new(ClaimSource::Reference, &[b"r"], Fingerprint::of(&[b"same"]));
    let send = || {
        let once = Some(SendOnce {
            claims: vec![claim],
            render: |_| Answer(b"kept".to_vec()),
        });
        (
            world.cx(),
            SendMessage {
                once,
                ..SendMessage::text(group, ada, Text::from_stored("hi"))
            },
        )
    };
    let batch = vec![send(), send(), send()];
    let results = world
        .store
        .write(move |unit| Ok(send_messages(unit, &batch)?))
        .wait()
        .expect("kept");
    assert!(matches!(results[0], Ok(Once::Done(_))));
    for retry in &results[1..] {
        assert_eq!(*retry, Ok(Once::Replayed(Answer(b"kept".to_vec()))));
    }
    assert_eq!(world.list(group).len(), 1);
}

#[test]
fn a_time_bound_is_a_position() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    let sent: Vec<Message> = (0..20)
        .map(|n| world.send(group, ada, &n.to_string()).expect("sent"))
        .collect();
    for one in &sent {
        let bound = Some(one.created_at);
        let list = |after, before| {
            let (cx, cmd) = (
                world.cx(),
                ListMessages {
                    after,
                    before,
                    ..list_of(group)
                },
            );
            let page = world
                .store
                .read(move |snapshot| list_messages(snapshot, &cx, &cmd))
                .wait();
            page.expect("a page")
                .items
                .iter()
                .map(|one| one.message.seq.get())
                .collect::<Vec<_>>()
        };
        let place = one.seq.get();
        assert_eq!(list(bound, None), (place + 1..=20).collect::<Vec<_>>());
        assert_eq!(list(None, bound), (1..place).collect::<Vec<_>>());
        assert_eq!(list(bound, bound), Vec::<u64>::new());
    }
}

#[test]
fn a_send_may_answer_one_before_it_in_its_batch_and_none_after_it() {
    let world = World::new();
    let ada = world.participant("ada");
    let group = world.group(&[(ada, Role::Owner)]);
    let [first, second, third] = [world.cx(), world.cx(), world.cx()];
    let (early, late): (MessageId, MessageId) = (first.fresh.into(), third.fresh.into());
    let say = |reply_to| {
        let mut cmd = SendMessage::text(group, ada, Text::from_stored("hello"));
        cmd.draft.reply_to = reply_to;
        cmd
    };
    let batch = vec![
        (first, say(None)),
        (second, say(Some(late))),
        (third, say(Some(early))),
    ];
    let results = world
        .store
        .write(move |unit| Ok(send_messages(unit, &batch)?))
        .wait()
        .expect("kept");
    let codes: Vec<_> = results
        .iter()
        .map(|one| one.as_ref().err().map(Refusal::code))
        .collect();
    assert_eq!(codes, [None, Some("validation_failed"), None]);
    let list = world.list(group);
    let shown: Vec<_> = list
        .iter()
        .map(|one| (one.seq.get(), one.reply_to, one.reply_count))
        .collect();
    assert_eq!(shown, [(1, None, 1), (2, Some(early), 0)]);
}

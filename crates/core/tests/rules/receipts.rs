//! Who has received and read what, and how far a message has come.

use causerie_core::act::*;
use causerie_core::delivery::{Delivery, DeliveryStatus, Failure, FailureStage};
use causerie_core::page::{Limit, Order};
use causerie_core::receipt::{Receipt, ReceiptKind, Seen};
use causerie_core::*;

use crate::world::{World, list_of, refused};

fn watermark(
    world: &World,
    of: ConversationId,
    who: ParticipantId,
    kind: ReceiptKind,
    seq: u64,
) -> Result<Timestamp, String> {
    let seq = Seq::new(seq);
    world.write(move |unit, cx| mark(unit, cx, of, who, kind, seq).map(|_| cx.now))
}

fn receipts(world: &World, of: &Message, limit: u64) -> Vec<Receipt> {
    let (conversation, id) = (of.conversation, of.id);
    let limit = Limit::new(limit).expect("within bounds");
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = world
            .read(move |snapshot, cx| list_receipts(snapshot, cx, conversation, id, cursor, limit))
            .expect("a page");
        all.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return all;
        }
    }
}

#[test]
fn a_message_is_delivered_and_read_when_somebody_elses_watermark_passes_it() {
    let world = World::new();
    let [ada, bo, cy] = ["ada", "bo", "cy"].map(|name| world.participant(name));
    let group = world.group(&[(ada, Role::Owner), (bo, Role::Member), (cy, Role::Member)]);
    for text in ["one", "two", "three"] {
        world.send(group, ada, text).expect("sent");
    }
    let moved = |who, kind, seq| watermark(&world, group, who, kind, seq).expect("moved");
    let delivered = moved(bo, ReceiptKind::Delivered, 2);
    let read = moved(cy, ReceiptKind::Read, 1);
    moved(cy, ReceiptKind::Read, 2);
    moved(bo, ReceiptKind::Read, 2);
    let seen = world.seen(&world.caller, group);
    let times = |one: &Seen| (one.delivered_at, one.read_at);
    assert_eq!(times(&seen[0]), (Some(delivered), Some(read)));
    assert_eq!(seen[0].delivery_status(), DeliveryStatus::Read);
    assert_eq!(seen[1].delivered_at, Some(delivered));
    assert!(seen[1].read_at > Some(read));
    assert_eq!(times(&seen[2]), (None, None));
    assert_eq!(seen[2].delivery_status(), DeliveryStatus::Sent);

    let topics = world.topics(0);
    let marks: Vec<_> = topics
        .iter()
        .filter(|one| one.starts_with("member."))
        .collect();
    let [added, delivered, read] = ["member.added", "member.delivered", "member.read"];
    assert_eq!(
        marks,
        [&added, &added, &added, &delivered, &read, &read, &read]
    );
}

#[test]
fn an_answer_is_a_reading_and_the_senders_own_watermark_is_none() {
    let world = World::new();
    let [ada, bo] = ["ada", "bo"].map(|name| world.participant(name));
    let group = world.group(&[(ada, Role::Owner), (bo, Role::Member)]);
    world.send(group, ada, "one").expect("sent");
    watermark(&world, group, ada, ReceiptKind::Read, 1).expect("nothing moves");
    assert_eq!(world.seen(&world.caller, group)[0].read_at, None);
    world.send(group, ada, "two").expect("sent");
    let answer = world.send(group, bo, "three").expect("sent");
    world.send(group, bo, "four").expect("sent");
    let read_at: Vec<_> = world
        .seen(&world.caller, group)
        .iter()
        .map(|one| one.read_at)
        .collect();
    let at = Some(answer.created_at);
    assert_eq!(read_at, [at, at, None, None]);
    // Also when the answer is not on the page, and whichever end comes first.
    for (order, shown) in [(Order::Ascending, [1, 2]), (Order::Descending, [2, 1])] {
        let cmd = ListMessages {
            limit: Limit::new(2).expect("within bounds"),
            cursor: (order == Order::Descending).then_some(Seq::new(3)),
            order,
            ..list_of(group)
        };
        let page = world
            .read(move |snapshot, cx| list_messages(snapshot, cx, &cmd))
            .expect("a page");
        let told: Vec<_> = page
            .items
            .iter()
            .map(|one| (one.message.seq.get(), one.read_at))
            .collect();
        assert_eq!(told, shown.map(|seq| (seq, at)));
    }
}

/// What a list tells must be what all marks and answers together say, whichever few of them it looks at.
#[test]
fn times_are_those_of_the_first_mark_or_answer() {
    for seed in 1..=40_u64 {
        let world = World::new();
        let who = ["ada", "bo", "cy", "di"].map(|name| world.participant(name));
        let group = world.group(&who.map(|one| (one, Role::Member)));
        let mut random = seed;
        let mut draw = |below: usize| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            usize::try_from(random >> 33).expect("31 bits") % below
        };
        let (mut sent, mut marks) = (Vec::new(), Vec::new());
        let mut far = [[0; 4]; 2];
        for _ in 0..150 {
            let one = draw(4);
            if sent.is_empty() || (sent.len() < 50 && draw(3) == 0) {
                let message = world.send(group, who[one], "x").expect("sent");
                marks.push((one, 1, message.seq.get() - 1, message.created_at));
                far[0][one] = message.seq.get();
                far[1][one] = message.seq.get();
                sent.push((one, message.seq.get()));
                continue;
            }
            let step = if draw(4) == 0 { sent.len() } else { 3 };
            let kind = draw(2);
            let seq = (far[kind][one] + u64::try_from(draw(step)).expect("small"))
                .min(u64::try_from(sent.len()).expect("small"));
            let said = [ReceiptKind::Delivered, ReceiptKind::Read][kind];
            let at = watermark(&world, group, who[one], said, seq).expect("within bounds");
            if seq > far[kind][one] {
                marks.push((one, kind, seq, at));
                far[kind][one] = seq;
                far[0][one] = far[0][one].max(seq);
            }
        }
        let first = |sender: usize, seq: u64, kind: usize| {
            let passed = marks
                .iter()
                .filter(|(one, what, to, _)| *one != sender && *what >= kind && *to >= seq);
            passed.map(|(_, _, _, at)| *at).min()
        };
        for limit in [3, 100] {
            let mut cmd = list_of(group);
            cmd.limit = Limit::new(limit).expect("within bounds");
            loop {
                let at = cmd;
                let page = world
                    .read(move |snapshot, cx| list_messages(snapshot, cx, &at))
                    .expect("a page");
                for seen in &page.items {
                    let seq = seen.message.seq.get();
                    let (sender, _) = sent[usize::try_from(seq).expect("small") - 1];
                    let expected = (first(sender, seq, 0), first(sender, seq, 1));
                    let told = (seen.delivered_at, seen.read_at);
                    assert_eq!(told, expected, "seed {seed}, limit {limit}, seq {seq}");
                }
                cmd.cursor = page.next;
                if cmd.cursor.is_none() {
                    break;
                }
            }
        }
    }
}

#[test]
fn who_went_far_at_once_is_found_behind_those_who_went_step_by_step() {
    let world = World::new();
    let [ada, bo, cy] = ["ada", "bo", "cy"].map(|name| world.participant(name));
    let group = world.group(&[(ada, Role::Owner), (bo, Role::Member), (cy, Role::Member)]);
    for _ in 0..80 {
        world.send(group, bo, "x").expect("sent");
    }
    let at = watermark(&world, group, ada, ReceiptKind::Read, 70).expect("at once");
    for seq in 1..80 {
        watermark(&world, group, cy, ReceiptKind::Read, seq).expect("step by step");
    }
    watermark(&world, group, ada, ReceiptKind::Read, 80).expect("the rest");
    let mut cmd = list_of(group);
    cmd.limit = Limit::new(2).expect("within bounds");
    let page = world
        .read(move |snapshot, cx| list_messages(snapshot, cx, &cmd))
        .expect("a page");
    for seen in page.items {
        assert_eq!((seen.delivered_at, seen.read_at), (Some(at), Some(at)));
    }
}

#[test]
fn receipts_tell_what_each_other_member_has() {
    let world = World::new();
    let names = ["ada", "bo", "cy", "di"];
    let [ada, bo, cy, di] = names.map(|name| world.participant(name));
    let customer = world.participant_of(ParticipantKind::Contact, "customer");
    let roles = [ada, bo, cy, customer].map(|one| (one, Role::Member));
    let group = world.group(&roles);
    let message = world.send(group, ada, "one").expect("sent");
    let note = world.note(group, ada, "two").expect("sent");
    let moved = |who, kind, seq| watermark(&world, group, who, kind, seq).expect("moved");
    let delivered = moved(bo, ReceiptKind::Delivered, 1);
    let read = moved(bo, ReceiptKind::Read, 2);
    let late = AddMember {
        conversation: group,
        participant: di,
        role: Role::Member,
        display_name: None,
    };
    world
        .write(move |unit, cx| add_member(unit, cx, &late))
        .expect("added");
    let answer = world.send(group, cy, "three").expect("sent");
    let has = |participant, delivered_at, read_at| Receipt {
        participant,
        delivered_at,
        read_at,
    };
    let answered = Some(answer.created_at);
    let all = |first| {
        let mut all = vec![
            has(bo, Some(first), Some(read)),
            has(cy, answered, answered),
            has(di, None, None),
        ];
        all.sort_by_key(|one| one.participant);
        all
    };
    let mut public = all(delivered);
    public.push(has(customer, None, None));
    public.sort_by_key(|one| one.participant);
    for limit in 1..=5 {
        assert_eq!(receipts(&world, &message, limit), public, "limit {limit}");
        assert_eq!(receipts(&world, &note, limit), all(read), "limit {limit}");
    }
    let (bound, id) = (world.bound(customer, "messaging:*"), note.id);
    let list = world.read_as(&bound, move |snapshot, cx| {
        list_receipts(snapshot, cx, group, id, None, Limit::default())
    });
    assert_eq!(refused(list), "message_not_found");
}

#[test]
fn a_contact_reads_what_is_public_and_learns_of_no_note() {
    let world = World::new();
    let ada = world.participant("ada");
    let customer = world.participant_of(ParticipantKind::Contact, "customer");
    let group = world.group(&[(ada, Role::Owner), (customer, Role::Member)]);
    for text in ["one", "two"] {
        world.send(group, ada, text).expect("sent");
        world.note(group, ada, text).expect("sent");
    }
    let bound = world.bound(customer, "messaging:*");
    let read = |seq| {
        let (seq, kind) = (Seq::new(seq), ReceiptKind::Read);
        world.write_as(&bound, move |unit, cx| {
            mark(unit, cx, group, customer, kind, seq)
        })
    };
    let unread = |(conversation, now): (Conversation, MemberNow)| {
        assert_eq!(conversation.last_seq, Seq::new(3));
        now.member.unread_count(&conversation, now.sight)
    };
    let found = |cx: &Caller| {
        world.read_as(cx, move |snapshot, cx| {
            find_member(snapshot, cx, group, customer)
        })
    };
    assert_eq!(found(&bound).map(unread), Ok(2));
    assert_eq!(read(2).map(unread), Ok(1));
    assert_eq!(refused(read(4)), "validation_failed");
    assert_eq!(read(3).map(unread), Ok(0));
    assert_eq!(read(1).map(unread), Ok(0));
    world.note(group, ada, "three").expect("sent");
    assert_eq!(found(&bound).map(unread), Ok(0));
    assert_eq!(world.seen(&bound, group).len(), 2);
}

#[test]
fn a_note_is_no_answer_for_who_does_not_see_it() {
    let world = World::new();
    let [ada, bo, cy] = ["ada", "bo", "cy"].map(|name| world.participant(name));
    let customer = world.participant_of(ParticipantKind::Contact, "customer");
    let group = world.group(&[ada, bo, cy, customer].map(|one| (one, Role::Member)));
    world.send(group, bo, "hello").expect("sent");
    let note = world.note(group, ada, "between us").expect("sent");
    let bound = world.bound(customer, "messaging:*");
    let read_at = |caller: &Caller| world.seen(caller, group)[0].read_at;
    assert_eq!(read_at(&bound), None);
    assert_eq!(read_at(&world.caller), Some(note.created_at));
    // The sender goes ahead of everybody; the next one still counts.
    watermark(&world, group, bo, ReceiptKind::Read, 2).expect("moved");
    assert_eq!(read_at(&bound), None);
    let read = watermark(&world, group, cy, ReceiptKind::Read, 2).expect("moved");
    assert_eq!(read_at(&bound), Some(read));
}

#[test]
fn a_note_is_not_read_by_who_does_not_see_it() {
    let world = World::new();
    let [ada, cy] = ["ada", "cy"].map(|name| world.participant(name));
    let bo = world.participant_of(ParticipantKind::Contact, "bo");
    let group = world.group(&[(ada, Role::Owner), (cy, Role::Member), (bo, Role::Member)]);
    world.note(group, ada, "be kind").expect("noted");
    world.send(group, ada, "hello").expect("sent");
    let by_contact = watermark(&world, group, bo, ReceiptKind::Read, 2).expect("moved");
    world.send(group, bo, "hi").expect("sent");
    let seen = world.seen(&world.caller, group);
    assert_eq!((seen[0].delivered_at, seen[0].read_at), (None, None));
    assert_eq!(seen[1].read_at, Some(by_contact));
    let by_agent = watermark(&world, group, cy, ReceiptKind::Read, 1).expect("moved");
    assert_eq!(world.seen(&world.caller, group)[0].read_at, Some(by_agent));
}

#[test]
fn only_the_member_itself_moves_its_watermark() {
    let world = World::new();
    let [ada, bo, cy] = ["ada", "bo", "cy"].map(|name| world.participant(name));
    let group = world.group(&[(ada, Role::Owner), (bo, Role::Member)]);
    world.send(group, ada, "one").expect("sent");
    let read = |caller: &Caller, who| {
        world.write_as(caller, move |unit, cx| {
            mark(unit, cx, group, who, ReceiptKind::Read, Seq::new(1))
        })
    };
    assert_eq!(
        refused(read(&world.bound(ada, "messaging:*"), bo)),
        "bound_elsewhere"
    );
    assert_eq!(
        refused(read(&world.bound(bo, "messaging:read"), bo)),
        "scope_missing"
    );
    let outside = read(&world.bound(cy, "messaging:*"), cy);
    assert_eq!(refused(outside), "conversation_not_found");
    assert_eq!(refused(read(&world.caller, cy)), "member_not_found");
    read(&world.bound(bo, "messaging:*"), bo).expect("its own");
}

struct Way<'a> {
    world: &'a World,
    message: Message,
}

impl Way<'_> {
    fn set(
        &self,
        caller: &Caller,
        recipient: Option<ParticipantId>,
        status: DeliveryStatus,
    ) -> Result<Message, String> {
        let failed = status == DeliveryStatus::Failed;
        let failure = || Failure::new(FailureStage::Send, "no route", None).expect("a failure");
        let cmd = SetDelivery {
            conversation: self.message.conversation,
            message: self.message.id,
            recipient,
            status,
            failure: failed.then(failure),
        };
        let set = move |unit: &mut dyn port::Unit, cx: &Context| set_delivery(unit, cx, &cmd);
        self.world.write_as(caller, set)
    }

    fn to(&self, recipient: ParticipantId, status: DeliveryStatus) -> DeliveryStatus {
        let moved = self.set(&self.world.caller, Some(recipient), status);
        moved.expect("moved").delivery.status
    }
}

#[test]
fn a_delivery_goes_on_step_by_step_and_never_back() {
    let world = World::new();
    let ada = world.participant("ada");
    let customer = world.participant_of(ParticipantKind::Contact, "customer");
    let group = world.group(&[(ada, Role::Owner), (customer, Role::Member)]);
    let message = world.send(group, ada, "hello").expect("sent");
    let way = Way {
        world: &world,
        message,
    };
    let own = &world.caller;
    let failed = way.set(own, None, DeliveryStatus::Failed).expect("failed");
    let reason = failed
        .delivery
        .failure
        .as_ref()
        .map(|one| one.reason.as_str());
    assert_eq!(reason, Some("no route"));
    let tried = way.set(own, None, DeliveryStatus::Sent).expect("again");
    assert_eq!(tried.delivery.failure, None);
    let twice = way.set(own, None, DeliveryStatus::Sent).expect("the same");
    assert_eq!(twice, tried);
    way.set(own, None, DeliveryStatus::Read).expect("read");
    let back = way.set(own, None, DeliveryStatus::Delivered);
    assert_eq!(refused(back), "delivery_conflict");
    assert!(world.seen(own, group)[0].read_at.is_some());
    let topics = world.topics(0);
    let changes = topics
        .iter()
        .filter(|one| **one == "message.status_changed");
    assert_eq!(changes.count(), 3);

    let bound = world.bound(customer, "messaging:*");
    let outside = way.set(&bound, None, DeliveryStatus::Failed);
    assert_eq!(refused(outside), "not_allowed");
    let delete = DeleteMessage {
        conversation: group,
        message: way.message.id,
        mode: DeleteMode::Soft,
        acting_as: None,
    };
    world
        .write(move |unit, cx| delete_message(unit, cx, &delete))
        .expect("deleted");
    let gone = way.set(own, None, DeliveryStatus::Failed);
    assert_eq!(refused(gone), "message_deleted");
}

#[test]
fn a_message_has_come_as_far_as_with_its_best_recipient() {
    use DeliveryStatus::{Accepted, Delivered, Failed, Sent};
    let world = World::new();
    let [ada, bo, cy] = ["ada", "bo", "cy"].map(|name| world.participant(name));
    let group = world.group(&[(ada, Role::Owner)]);
    let message = world.send(group, ada, "hello").expect("sent");
    let (id, way) = (
        message.id,
        Way {
            world: &world,
            message,
        },
    );
    assert_eq!(way.to(bo, Failed), Failed);
    assert_eq!(way.to(cy, Accepted), Accepted);
    assert_eq!(way.to(cy, Delivered), Delivered);
    assert_eq!(way.to(bo, Sent), Delivered);
    let back = way.set(&world.caller, Some(cy), Sent);
    assert_eq!(refused(back), "delivery_conflict");
    let recipients = world
        .read(move |snapshot, cx| list_recipients(snapshot, cx, group, id))
        .expect("a list");
    let mut told: Vec<_> = recipients
        .iter()
        .map(|one| {
            let Delivery {
                status, failure, ..
            } = &one.delivery;
            (one.participant, *status, failure.is_some())
        })
        .collect();
    told.sort_unstable();
    let mut expected = [(bo, Sent, false), (cy, Delivered, false)];
    expected.sort_unstable();
    assert_eq!(told, expected);

    let other = World::in_store(world.store.clone(), "other");
    let stranger = other.participant("stranger");
    let unknown = way.set(&world.caller, Some(stranger), Sent);
    assert_eq!(refused(unknown), "validation_failed");
    for number in 2..RECIPIENTS_MAX {
        way.to(world.participant(&number.to_string()), Sent);
    }
    let one_more = way.set(&world.caller, Some(ada), Sent);
    assert_eq!(refused(one_more), "validation_failed");
}

//! Messages that are sent later: when, by whom, once, in order.

use std::sync::atomic::Ordering;
use std::time::Duration;

use causerie_core::act::*;
use causerie_core::claim::{Answer, Claim, ClaimSource, Fingerprint, Once};
use causerie_core::page::Limit;
use causerie_core::schedule::{AHEAD_MAX, AT_ONCE, FAILED_LIFE, Scheduled};
use causerie_core::tag::Tags;
use causerie_core::text::*;
use causerie_core::*;

use crate::limits::prices;
use crate::world::{World, code, refused};

const ONE: [u8; 16] = [1; 16];
const TWO: [u8; 16] = [2; 16];

/// An agent in a group, and a clock that can be moved.
struct Desk {
    world: World,
    agent: ParticipantId,
    group: ConversationId,
}

fn desk() -> Desk {
    let world = World::new();
    let agent = world.participant("ada");
    let group = world.group(&[(agent, Role::Owner)]);
    Desk {
        world,
        agent,
        group,
    }
}

impl Desk {
    fn text(&self, text: &str) -> SendMessage {
        SendMessage::text(self.group, self.agent, Text::from_stored(text))
    }

    fn schedule(&self, send: SendMessage, ahead: Duration) -> Result<Once<Posted>, String> {
        self.schedule_as(&self.world.caller, send, ahead)
    }

    fn schedule_as(
        &self,
        caller: &Caller,
        send: SendMessage,
        ahead: Duration,
    ) -> Result<Once<Posted>, String> {
        let cx = self.world.cx_of(caller);
        let cmd = ScheduleMessage {
            send,
            scheduled_for: cx.now.plus(ahead),
            render: |one| Answer(one.id.to_string().into_bytes()),
        };
        let store = &self.world.store;
        code(
            store
                .write(move |unit| schedule_message(unit, &cx, &cmd))
                .wait(),
        )
    }

    /// What waits from now on.
    fn waiting(&self, text: &str, ahead_s: u64) -> Scheduled {
        let posted = self.schedule(self.text(text), Duration::from_secs(ahead_s));
        match posted.expect("scheduled") {
            Once::Done(Posted::Scheduled(scheduled)) => scheduled,
            other => panic!("expected it to wait, found {other:?}"),
        }
    }

    fn pass(&self, time: Duration) {
        let seconds = i64::try_from(time.as_secs()).expect("no age");
        self.world.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    fn dispatch(&self, node: [u8; 16]) -> Dispatched {
        self.dispatch_at(node, self.world.cx().now)
    }

    fn dispatch_at(&self, node: [u8; 16], now: Timestamp) -> Dispatched {
        let dispatched = self
            .world
            .write(move |unit, _| dispatch_due(unit, node, now));
        dispatched.expect("no refusal")
    }

    fn find(&self, id: MessageId) -> Result<Scheduled, String> {
        self.world
            .read(move |snapshot, cx| find_scheduled(snapshot, cx, id))
    }

    fn change(&self, cmd: ChangeScheduled) -> Result<Scheduled, String> {
        self.world
            .write(move |unit, cx| change_scheduled(unit, cx, &cmd))
    }

    fn cancel(&self, id: MessageId) -> Result<(), String> {
        self.world
            .write(move |unit, cx| cancel_scheduled(unit, cx, id))
    }

    fn said(&self) -> Vec<String> {
        let said = self.world.list(self.group);
        said.iter().map(|one| one.text.to_string()).collect()
    }
}

fn here(sent: usize, refused: usize) -> Dispatched {
    Dispatched::Here { sent, refused }
}

fn to_draft(id: MessageId, text: &str) -> ChangeScheduled {
    ChangeScheduled {
        message: id,
        scheduled_for: None,
        draft: Some(Draft::text(Text::from_stored(text))),
    }
}

#[test]
fn a_message_waits_up_to_thirty_five_days_or_not_at_all() {
    let desk = desk();
    for ahead in [Duration::ZERO, AT_ONCE] {
        let posted = desk.schedule(desk.text("now"), ahead);
        assert!(matches!(posted, Ok(Once::Done(Posted::Sent(_)))));
    }
    let waits = |ahead| {
        let posted = desk.schedule(desk.text("later"), ahead);
        matches!(posted, Ok(Once::Done(Posted::Scheduled(_))))
    };
    assert!(waits(AT_ONCE + Duration::from_micros(1)) && waits(AHEAD_MAX));
    let beyond = desk.schedule(desk.text("never"), AHEAD_MAX + Duration::from_micros(1));
    assert_eq!(refused(beyond), "validation_failed");
    assert_eq!(desk.said(), ["now", "now"]);
}

#[test]
fn what_is_due_is_sent_once_with_its_id_its_place_and_its_time() {
    let desk = desk();
    let mut cmd = desk.text("monday");
    cmd.draft.tags = Tags::parse(["news"]).expect("a tag");
    cmd.draft.visibility = Visibility::Private;
    let posted = desk.schedule(cmd, Duration::from_secs(100));
    let Ok(Once::Done(Posted::Scheduled(waiting))) = posted else {
        panic!("it waits")
    };
    let seen = desk.world.send(desk.group, desk.agent, "meanwhile");
    let seen = seen.expect("sent");
    let early = desk.dispatch(ONE);
    assert_eq!((early, desk.said().len()), (here(0, 0), 1));
    desk.pass(Duration::from_secs(200));
    assert_eq!(desk.dispatch(ONE), here(1, 0));
    assert_eq!(desk.dispatch(ONE), here(0, 0));
    let said = desk.world.list(desk.group);
    let sent = &said[1];
    assert_eq!(
        (said.len(), sent.id, sent.seq),
        (2, waiting.id, Seq::new(2))
    );
    assert!(sent.created_at > waiting.due_at && sent.created_at > seen.created_at);
    assert_eq!(sent.visibility, Visibility::Private);
    let topics = desk.world.topics(4);
    let expected = [
        "message.scheduled",
        "message.created",
        "tag.created",
        "message.created",
    ];
    assert_eq!(topics, expected);
    let next = desk.world.read(|snapshot, _| next_due(snapshot));
    assert_eq!(next, Ok(None));
}

#[test]
fn what_is_due_keeps_its_order_whoever_dispatches() {
    let desk = desk();
    let count = u64::try_from(DISPATCH_MAX).expect("small") * 2;
    let mut expected: Vec<(Timestamp, MessageId)> = (0..count)
        .map(|turn| {
            let one = desk.waiting(&turn.to_string(), 500 + (turn * 53) % count);
            (one.due_at, one.id)
        })
        .collect();
    expected.sort_unstable();
    desk.pass(Duration::from_hours(1));
    let now = desk.world.cx().now;
    assert_eq!(desk.dispatch_at(ONE, now), here(DISPATCH_MAX, 0));
    let before = now.plus(LEASE).minus(Duration::from_micros(1));
    let other = desk.dispatch_at(TWO, before);
    assert_eq!(other, Dispatched::Elsewhere, "one node at a time");
    let now = now.plus(LEASE);
    let other = desk.dispatch_at(TWO, now);
    assert_eq!(other, here(DISPATCH_MAX, 0), "the other is gone");
    assert_eq!(desk.dispatch_at(ONE, now), Dispatched::Elsewhere);
    assert_eq!(desk.dispatch_at(ONE, now.plus(LEASE)), here(0, 0));
    let mut said: Vec<Message> = Vec::new();
    for after in [0, 50, 100] {
        let cmd = ListMessages {
            limit: Limit::default(),
            cursor: Some(Seq::new(after)),
            ..crate::world::list_of(desk.group)
        };
        let page = desk
            .world
            .read(move |snapshot, cx| list_messages(snapshot, cx, &cmd));
        said.extend(
            page.expect("a page")
                .items
                .into_iter()
                .map(|one| one.message),
        );
    }
    let ids: Vec<MessageId> = said.iter().map(|one| one.id).collect();
    let expected: Vec<MessageId> = expected.into_iter().map(|(_, id)| id).collect();
    assert_eq!(ids, expected);
    assert!(said.iter().map(|one| one.created_at).is_sorted());
}

#[test]
fn what_waits_can_be_changed_and_canceled_until_it_is_sent() {
    let desk = desk();
    let [one, two, three] = ["one", "two", "three"].map(|text| desk.waiting(text, 1_000));
    let changed = desk.change(to_draft(one.id, "uno")).expect("changed");
    assert_eq!(
        (changed.due_at, changed.created_at),
        (one.due_at, one.created_at)
    );
    assert_eq!(desk.find(one.id).as_ref(), Ok(&changed));
    let sooner = ChangeScheduled {
        message: two.id,
        scheduled_for: Some(Timestamp::default()),
        draft: None,
    };
    desk.change(sooner).expect("at the next look");
    let never = ChangeScheduled {
        message: two.id,
        scheduled_for: Some(one.due_at.plus(AHEAD_MAX)),
        draft: None,
    };
    assert_eq!(refused(desk.change(never)), "validation_failed");
    assert_eq!(desk.dispatch(ONE), here(1, 0));
    desk.cancel(three.id).expect("canceled");
    for gone in [three.id, MessageId::from_bytes([7; 16])] {
        let missing = "scheduled_message_not_found";
        assert_eq!(refused(desk.find(gone)), missing);
        assert_eq!(refused(desk.change(to_draft(gone, "x"))), missing);
        assert_eq!(refused(desk.cancel(gone)), missing);
    }
    assert_eq!(refused(desk.find(two.id)), "already_sent");
    assert_eq!(refused(desk.change(to_draft(two.id, "x"))), "already_sent");
    assert_eq!(refused(desk.cancel(two.id)), "already_sent");
    desk.pass(Duration::from_hours(1));
    desk.dispatch(ONE);
    assert_eq!(desk.said(), ["two", "uno"]);
    let topics = desk.world.topics(7);
    let expected = [
        "message.rescheduled",
        "message.rescheduled",
        "message.created",
        "message.canceled",
        "message.created",
    ];
    assert_eq!(topics, expected);
}

#[test]
fn what_would_be_refused_is_refused_at_once_and_looked_at_again_when_due() {
    let desk = desk();
    let (group, agent) = (desk.group, desk.agent);
    let turn = |to| {
        let turned = desk
            .world
            .write(move |unit, cx| turn_conversation(unit, cx, group, to, None));
        turned.expect("turned");
    };
    let stranger = desk.world.participant("bo");
    let foreign = SendMessage::text(group, stranger, Text::from_stored("hi"));
    let hour = Duration::from_hours(1);
    assert_eq!(refused(desk.schedule(foreign, hour)), "not_a_member");
    let empty = SendMessage::text(group, agent, Text::empty());
    assert_eq!(refused(desk.schedule(empty, hour)), "validation_failed");
    let waiting = desk.waiting("hello", 100);
    let other = desk.world.group(&[(agent, Role::Owner)]);
    let send = SendMessage::text(other, agent, Text::from_stored("elsewhere"));
    desk.schedule(send, Duration::from_secs(100))
        .expect("scheduled");
    turn(Status::Closed);
    let refusal = desk.schedule(desk.text("closed"), hour);
    assert_eq!(refused(refusal), "conversation_not_open");
    desk.pass(hour);
    assert_eq!(desk.dispatch(ONE), here(1, 1), "its neighbour is sent");
    assert_eq!(desk.dispatch(ONE), here(0, 0), "it is not tried for ever");
    let kept = desk.find(waiting.id).expect("it is shown");
    assert_eq!(kept.refused.as_deref(), Some("conversation_not_open"));
    assert_eq!(desk.world.topics(0).last(), Some(&"message.refused"));
    let again = desk.change(to_draft(waiting.id, "hello again"));
    assert_eq!(refused(again), "conversation_not_open");
    turn(Status::Open);
    let again = desk.change(to_draft(waiting.id, "hello again"));
    assert_eq!(again.expect("tried again").refused, None);
    assert_eq!(desk.dispatch(ONE), here(1, 0));
    assert_eq!(desk.said(), ["hello again"]);
}

#[test]
fn what_could_not_be_sent_is_shown_for_a_week() {
    let desk = desk();
    let (group, agent) = (desk.group, desk.agent);
    let waiting = desk.waiting("hello", 100);
    desk.world
        .write(move |unit, cx| remove_member(unit, cx, group, agent))
        .expect("removed");
    desk.pass(Duration::from_hours(1));
    assert_eq!(desk.dispatch(ONE), here(0, 1));
    let sweep = || {
        let swept = desk.world.write(|unit, cx| sweep(unit, cx.now, 10));
        swept.expect("swept").scheduled
    };
    desk.pass(FAILED_LIFE.saturating_sub(Duration::from_mins(1)));
    assert_eq!(sweep(), 0);
    assert!(desk.find(waiting.id).is_ok());
    desk.pass(Duration::from_mins(2));
    assert_eq!(sweep(), 1);
    let gone = desk.find(waiting.id);
    assert_eq!(refused(gone), "scheduled_message_not_found");
}

#[test]
fn what_waits_is_its_senders_business_and_the_workspaces() {
    let desk = desk();
    let contact = desk.world.participant_of(ParticipantKind::Contact, "cy");
    let (group, agent) = (desk.group, desk.agent);
    let cmd = AddMember {
        conversation: group,
        participant: contact,
        role: Role::Owner,
        display_name: None,
    };
    desk.world
        .write(move |unit, cx| add_member(unit, cx, &cmd))
        .expect("added");
    let note = desk.waiting("secret plan", 100);
    let (inside, outside) = (
        desk.world.bound(agent, "messaging:*"),
        // Not even with every scope: drafts of notes are among what waits.
        desk.world.bound(contact, "*"),
    );
    let own = SendMessage::text(group, contact, Text::from_stored("my turn"));
    let own = desk.schedule_as(&outside, own, Duration::from_secs(50));
    let Ok(Once::Done(Posted::Scheduled(own))) = own else {
        panic!("it waits")
    };
    let listed = |caller: &Caller| {
        let page = desk.world.read_as(caller, move |snapshot, cx| {
            list_scheduled(snapshot, cx, Some(group), None, Limit::default())
        });
        let items = page.expect("a page").items;
        items.iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(&desk.world.caller), [own.id, note.id]);
    assert_eq!(listed(&inside), [note.id]);
    assert_eq!(listed(&outside), [own.id]);
    let hidden = |caller: &Caller, id| {
        let found = desk
            .world
            .read_as(caller, move |snapshot, cx| find_scheduled(snapshot, cx, id));
        assert_eq!(refused(found), "scheduled_message_not_found");
        let canceled = desk
            .world
            .write_as(caller, move |unit, cx| cancel_scheduled(unit, cx, id));
        assert_eq!(refused(canceled), "scheduled_message_not_found");
    };
    hidden(&outside, note.id);
    hidden(&inside, own.id);
    desk.pass(Duration::from_hours(1));
    assert_eq!(desk.dispatch(ONE), here(2, 0));
    hidden(&outside, note.id);
}

#[test]
fn i4_a_retry_schedules_nothing_and_is_told_what_waits_until_that_changes() {
    let desk = desk();
    let schedule = || {
        let claim = Claim::new(ClaimSource::IdempotencyKey, &[b"k"], Fingerprint::of(&[]));
        let mut send = desk.text("once");
        send.once = Some(SendOnce {
            claims: vec![claim],
            render: |message| Answer(message.id.to_string().into_bytes()),
        });
        desk.schedule(send, Duration::from_hours(1))
    };
    let Ok(Once::Done(Posted::Scheduled(first))) = schedule() else {
        panic!("it waits")
    };
    let answer = Answer(first.id.to_string().into_bytes());
    assert_eq!(schedule(), Ok(Once::Replayed(answer)));
    desk.change(to_draft(first.id, "changed")).expect("changed");
    assert_eq!(refused(schedule()), "answer_erased");
    desk.cancel(first.id).expect("canceled");
    assert_eq!(refused(schedule()), "answer_erased");
    desk.pass(Duration::from_hours(2));
    assert_eq!(desk.dispatch(ONE), here(0, 0));
}

#[test]
fn i11_what_waits_in_a_deleted_conversation_is_shown_no_more() {
    let desk = desk();
    let waiting = desk.waiting("later", 60);
    let group = waiting.conversation;
    let gone = desk
        .world
        .write(move |unit, cx| delete_conversation(unit, cx, group));
    gone.expect("deleted");
    assert_eq!(
        refused(desk.find(waiting.id)),
        "scheduled_message_not_found"
    );
    assert_eq!(
        refused(desk.cancel(waiting.id)),
        "scheduled_message_not_found"
    );
    let listed = desk
        .world
        .read(move |snapshot, cx| list_scheduled(snapshot, cx, None, None, Limit::default()));
    assert!(listed.expect("a page").items.is_empty());
}

#[test]
fn what_waits_is_paid_for_when_it_is_sent() {
    let desk = desk();
    desk.world.top_up(3).expect("topped up");
    let paying = Plan {
        metered: true,
        ..prices(2, 0, 0)
    };
    desk.world.grant(paying).expect("granted");
    let caller = desk.world.now();
    let soon = Duration::from_secs(100);
    for text in ["one", "two"] {
        desk.schedule_as(&caller, desk.text(text), soon)
            .expect("scheduled");
    }
    assert_eq!(desk.world.tokens(), Some(3));
    desk.pass(Duration::from_hours(1));
    assert_eq!(desk.dispatch(ONE), here(1, 1));
    assert_eq!(desk.world.tokens(), Some(1));
    let poor = desk.schedule_as(&caller, desk.text("three"), soon);
    assert_eq!(refused(poor), "insufficient_tokens");
}

//! The desk: who takes care of a conversation, what it is sorted by, and until when it is put off.

use std::time::Duration;

use causerie_core::act::*;
use causerie_core::page::Limit;
use causerie_core::port::ConversationFilter;
use causerie_core::tag::{TagName, Tags};
use causerie_core::text::AvatarUrl;
use causerie_core::*;

use crate::world::{World, told};

struct Desk {
    world: World,
    agent: ParticipantId,
    contact: ParticipantId,
    group: ConversationId,
    outside: Caller,
}

fn desk() -> Desk {
    let world = World::new();
    let agent = world.participant("ada");
    let contact = world.participant_of(ParticipantKind::Contact, "cy");
    let group = world.group(&[(agent, Role::Owner), (contact, Role::Owner)]);
    Desk {
        outside: world.bound(contact, "*"),
        world,
        agent,
        contact,
        group,
    }
}

impl Desk {
    fn change(&self, caller: &Caller, change: ConversationChange) -> Result<Conversation, Error> {
        let group = self.group;
        self.world.act(caller, move |unit, cx| {
            change_conversation(unit, cx, group, &change)
        })
    }

    fn assign(&self, to: Option<ParticipantId>) -> Result<Conversation, Error> {
        let change = ConversationChange {
            assignee: Some(to),
            ..ConversationChange::default()
        };
        self.change(&self.world.caller, change)
    }

    fn turn(
        &self,
        caller: &Caller,
        to: Status,
        until: Option<Timestamp>,
    ) -> Result<Conversation, Error> {
        let group = self.group;
        self.world.act(caller, move |unit, cx| {
            turn_conversation(unit, cx, group, to, until)
        })
    }

    fn found(&self, caller: &Caller) -> Conversation {
        let group = self.group;
        let found = self.world.read_as(caller, move |snapshot, cx| {
            find_conversation(snapshot, cx, group)
        });
        found.expect("it exists")
    }

    fn last_topic(&self) -> &'static str {
        self.world.topics(0).pop().expect("an event")
    }
}

fn full() -> ConversationChange {
    ConversationChange {
        labels: Some(Tags::parse(["vip", "order 47"]).expect("labels")),
        priority: Some(Some(Priority::High)),
        avatar_url: Some(AvatarUrl::parse("https://x.org/a.png").ok()),
        ..ConversationChange::default()
    }
}

#[test]
fn whoever_works_for_the_workspace_takes_care_of_a_conversation() {
    let desk = desk();
    let world = &desk.world;
    let stranger = world.participant("bea");
    let bot = world.participant_of(ParticipantKind::Bot, "bot");
    for one in [desk.agent, stranger, bot] {
        assert_eq!(
            desk.assign(Some(one)).expect("assigned").assignee,
            Some(one)
        );
    }
    let system = world.participant_of(ParticipantKind::System, "system");
    let gone = world.participant("gone");
    world.done(move |unit, cx| archive_participant(unit, cx, gone));
    let unknown = world.cx().fresh.into();
    for wrong in [desk.contact, system, gone, unknown] {
        assert_eq!(told(desk.assign(Some(wrong))), "assignee_id");
    }
    assert_eq!(desk.assign(None).expect("nobody").assignee, None);
    assert_eq!(desk.last_topic(), "conversation.updated");
}

#[test]
fn what_a_desk_works_with_changes_and_what_is_the_same_does_not() {
    let desk = desk();
    let changed = desk.change(&desk.world.caller, full()).expect("changed");
    assert_eq!(
        changed.labels.to_stored(),
        full().labels.expect("some").to_stored()
    );
    assert_eq!(changed.priority, Some(Priority::High));
    assert!(changed.avatar_url.is_some());
    let before = desk.world.topics(0).len();
    let again = desk.change(&desk.world.caller, full()).expect("the same");
    assert_eq!((again, desk.world.topics(0).len()), (changed, before));
    let none = ConversationChange {
        labels: Some(Tags::default()),
        priority: Some(None),
        avatar_url: Some(None),
        ..ConversationChange::default()
    };
    let changed = desk.change(&desk.world.caller, none).expect("changed");
    assert_eq!((changed.priority, &changed.avatar_url), (None, &None));
}

#[test]
fn contacts_learn_nothing_of_how_the_workspace_works() {
    let desk = desk();
    desk.assign(Some(desk.agent)).expect("assigned");
    desk.change(&desk.world.caller, full()).expect("changed");
    let until = desk.world.cx().now.plus(Duration::from_hours(1));
    desk.turn(&desk.world.caller, Status::Snoozed, Some(until))
        .expect("snoozed");
    let inside = desk.found(&desk.world.caller);
    assert_eq!(
        (inside.status, inside.snoozed_until),
        (Status::Snoozed, Some(until))
    );
    let outside = desk.found(&desk.outside);
    assert_eq!(
        (outside.status, outside.snoozed_until),
        (Status::Open, None)
    );
    assert_eq!((outside.assignee, outside.priority), (None, None));
    assert_eq!(outside.labels, Tags::default());
    assert_eq!(outside.avatar_url, inside.avatar_url);
    let wishes = [
        ConversationChange {
            assignee: Some(None),
            ..ConversationChange::default()
        },
        ConversationChange {
            labels: full().labels,
            ..ConversationChange::default()
        },
        ConversationChange {
            priority: Some(None),
            ..ConversationChange::default()
        },
    ];
    for wish in wishes {
        assert_eq!(told(desk.change(&desk.outside, wish)), "not_allowed");
    }
    for to in [Status::Pending, Status::Snoozed] {
        assert_eq!(told(desk.turn(&desk.outside, to, None)), "not_allowed");
    }
}

#[test]
fn a_list_is_narrowed_by_what_a_desk_works_with() {
    let desk = desk();
    let world = &desk.world;
    let other = world.group(&[(desk.agent, Role::Owner)]);
    desk.assign(Some(desk.agent)).expect("assigned");
    desk.change(&world.caller, full()).expect("changed");
    let list = |caller: &Caller, filter: ConversationFilter| {
        let page = world.read_as(caller, move |snapshot, cx| {
            list_conversations(snapshot, cx, None, &filter, None, Limit::default())
        });
        let items = page.expect("a page").items;
        items.iter().map(|one| one.id).collect::<Vec<_>>()
    };
    let usual = ConversationFilter::default;
    let filters = [
        ConversationFilter {
            assignee: Some(Some(desk.agent)),
            ..usual()
        },
        ConversationFilter {
            label: Some(TagName::from_stored("vip")),
            ..usual()
        },
        ConversationFilter {
            priority: Some(Priority::High),
            ..usual()
        },
    ];
    for filter in filters {
        assert_eq!(list(&world.caller, filter), [desk.group]);
    }
    let nobodys = ConversationFilter {
        assignee: Some(None),
        ..usual()
    };
    assert_eq!(list(&world.caller, nobodys), [other]);
}

#[test]
fn a_conversation_is_put_off_until_a_time_ahead() {
    let desk = desk();
    let caller = &desk.world.caller;
    let now = desk.world.cx().now;
    let ahead = now.plus(Duration::from_hours(2));
    let snoozed = desk
        .turn(caller, Status::Snoozed, Some(ahead))
        .expect("put off");
    assert_eq!(
        (snoozed.status, snoozed.snoozed_until),
        (Status::Snoozed, Some(ahead))
    );
    assert_eq!(desk.last_topic(), "conversation.snoozed");
    for (to, until) in [
        (Status::Snoozed, now),
        (Status::Open, ahead),
        (Status::Pending, ahead),
    ] {
        assert_eq!(told(desk.turn(caller, to, Some(until))), "until");
    }
    desk.world
        .send(desk.group, desk.agent, "still here")
        .expect("members may send");
    assert_eq!(desk.found(caller).status, Status::Snoozed);
    let wake = |now| desk.world.done(move |unit, _| wake_snoozed(unit, now, 9));
    assert_eq!(wake(moment_before(ahead)), 0);
    assert_eq!(wake(ahead), 1);
    assert_eq!(wake(ahead), 0);
    let woken = desk.found(caller);
    assert_eq!((woken.status, woken.snoozed_until), (Status::Open, None));
    assert_eq!(desk.last_topic(), "conversation.reopened");
}

fn moment_before(time: Timestamp) -> Timestamp {
    Timestamp::from_unix_micros(time.unix_micros() - 1)
}

#[test]
fn a_contact_who_writes_wakes_a_conversation_that_was_put_off() {
    let desk = desk();
    let caller = &desk.world.caller;
    desk.turn(caller, Status::Snoozed, None)
        .expect("put off for good");
    desk.world
        .note(desk.group, desk.agent, "not yet")
        .expect("a note");
    assert_eq!(desk.found(caller).status, Status::Snoozed);
    desk.world
        .send(desk.group, desk.contact, "hello?")
        .expect("sent");
    assert_eq!(desk.found(caller).status, Status::Open);
    let log = desk.world.topics(0);
    assert!(log.contains(&"conversation.reopened"));
    desk.turn(caller, Status::Pending, None).expect("waits");
    assert_eq!(desk.last_topic(), "conversation.pending");
    desk.world
        .send(desk.group, desk.contact, "hello?")
        .expect("sent");
    assert_eq!(
        desk.found(caller).status,
        Status::Pending,
        "it waits for us, not for them"
    );
}

#[test]
fn states_follow_each_other_as_far_as_they_make_sense() {
    let states = [
        Status::Open,
        Status::Archived,
        Status::Closed,
        Status::Pending,
        Status::Snoozed,
    ];
    let desk = desk();
    let caller = &desk.world.caller;
    for from in states {
        for to in states {
            desk.turn(caller, Status::Open, None).expect("opened");
            desk.turn(caller, from, None).expect("from open everywhere");
            let sense = match from {
                Status::Archived => matches!(to, Status::Open | Status::Archived),
                Status::Closed => to != Status::Archived,
                _ => true,
            };
            match desk.turn(caller, to, None) {
                Ok(turned) => assert!(sense && turned.status == to, "{from:?} to {to:?}"),
                refused => {
                    assert_eq!(told(refused), "status_conflict");
                    assert!(!sense, "{from:?} to {to:?}");
                }
            }
        }
    }
}

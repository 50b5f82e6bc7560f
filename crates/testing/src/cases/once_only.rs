//! Acts on what messages carry that happen once, or are counted right, although many try at the same moment.
//!
//! That each act does the right thing alone is tested in core.

use std::sync::Barrier;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use causerie_core::act::{
    AddReaction, Dispatched, ScheduleMessage, SendMessage, add_reaction, dispatch_due,
    find_balance, list_ledger, schedule_message, send_message, top_up,
};
use causerie_core::balance::{Balance, Prices};
use causerie_core::claim::{Answer, Once};
use causerie_core::page::Limit;
use causerie_core::reaction::ReactionName;
use causerie_core::{
    Caller, Context, Error, Message, MessageId, Plan, Refusal, Topic, Workspace, WorkspaceState,
};

use super::setting::Setting;
use crate::fixture::{tags, text};
use crate::subject::Subject;

const THREADS: usize = 6;

/// What each of several threads came to, all begun at the same moment.
fn together<T: Send>(work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (start, work) = (&Barrier::new(THREADS), &work);
    thread::scope(|scope| {
        let run = |number| {
            scope.spawn(move || {
                start.wait();
                work(number)
            })
        };
        let running: Vec<_> = (0..THREADS).map(run).collect();
        let joined = running.into_iter().map(ScopedJoinHandle::join);
        joined.map(|one| one.expect("nobody panics")).collect()
    })
}

fn workspace(set: &Setting, subject: &Subject) -> Workspace {
    let here = set.here;
    let found = subject.read(move |snapshot| snapshot.workspaces().find(here));
    found.expect("it was added")
}

/// The workspace, made to pay two tokens for each message and reaction, with so many of them.
fn metered(set: &Setting, subject: &Subject, tokens: u64) -> Workspace {
    let root = set.fixture.workspace("root").into_root();
    subject.put(&root);
    let (cx, here) = (set.fixture.context(&root), set.here);
    let pending = subject
        .store()
        .write(move |unit| top_up(unit, &cx, here, tokens, None));
    pending.wait().expect("topped up");
    let workspace = Workspace::restore(WorkspaceState {
        plan: Plan {
            metered: true,
            prices: Prices {
                send: 2,
                edit: 0,
                react: 2,
            },
            ..Plan::default()
        },
        ..(*workspace(set, subject)).clone()
    });
    let saved = workspace.clone();
    subject.write(move |unit| unit.workspaces_mut().save(&saved));
    workspace
}

fn balance(subject: &Subject, cx: Context) -> (Balance, Vec<(u64, i64, u64)>) {
    let found = subject.store().read(move |snapshot| {
        let balance = find_balance(snapshot, &cx)?.expect("a balance");
        let limit = Limit::new(100).expect("a limit");
        let ledger = list_ledger(snapshot, &cx, None, limit)?;
        let entries = ledger.items.iter();
        let entries = entries.map(|one| (one.number, one.delta, one.tokens));
        Ok((balance, entries.collect()))
    });
    found.wait().expect("it can be read")
}

pub(super) fn i4_metered_sends_at_once_spend_what_there_is_and_no_more(subject: &mut Subject) {
    let set = Setting::new(subject);
    let home = metered(&set, subject, 21);
    let subject = &*subject;
    let results = together(|number| {
        let mut pending = Vec::new();
        for turn in 0..5 {
            let cx = set.fixture.context(&home);
            let cmd = SendMessage::text(set.room.id, set.ann.id, text("paid for"));
            pending.push(if (number + turn) % 2 == 0 {
                subject.store().send(cx, cmd)
            } else {
                subject
                    .store()
                    .write(move |unit| send_message(unit, &cx, &cmd))
            });
        }
        pending
            .into_iter()
            .map(causerie_core::Pending::wait)
            .collect::<Vec<_>>()
    });
    let mut paid = 0;
    for result in results.into_iter().flatten() {
        match result {
            Ok(Once::Done(_)) => paid += 1,
            Err(Error::Refusal(Refusal::InsufficientTokens { price, tokens })) => {
                assert_eq!((price, tokens), (2, 1), "refused while there was enough");
            }
            other => panic!("expected a message or no tokens, found {other:?}"),
        }
    }
    assert_eq!(paid, 10);
    assert_eq!(subject.messages(&set.room).len(), 10);
    let (balance, ledger) = balance(subject, set.fixture.context(&home));
    assert_eq!((balance.tokens, balance.entries), (1, 11));
    let mut expected: Vec<(u64, i64, u64)> =
        (2..=11).map(|at| (at, -2, 21 - 2 * (at - 1))).collect();
    expected.insert(0, (1, 21, 21));
    expected.reverse();
    assert_eq!(ledger, expected);
}

pub(super) fn of_top_ups_at_once_none_is_lost(subject: &mut Subject) {
    let set = Setting::new(subject);
    let root = set.fixture.workspace("root").into_root();
    subject.put(&root);
    let subject = &*subject;
    let results = together(|_| {
        let (cx, here) = (set.fixture.context(&root), set.here);
        let pending = subject
            .store()
            .write(move |unit| top_up(unit, &cx, here, 3, None));
        pending.wait().map(|(_, entry)| entry.number)
    });
    let mut numbers: Vec<u64> = results.into_iter().map(|one| one.expect("done")).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    let (balance, ledger) = balance(subject, set.fixture.context(&workspace(&set, subject)));
    assert_eq!((balance.tokens, ledger.len()), (18, 6));
    assert!(workspace(&set, subject).plan.metered);
}

pub(super) fn of_equal_reactions_at_once_one_counts_and_is_paid_for(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.say(subject, 1).remove(0);
    let home = metered(&set, subject, 100);
    let subject = &*subject;
    let cmd = |who| AddReaction {
        conversation: set.room.id,
        message: said.id,
        participant: Some(who),
        name: ReactionName::from_stored("👍"),
    };
    let results = together(|number| {
        let who = if number % 2 == 0 {
            set.ann.id
        } else {
            set.bob.id
        };
        let (cx, cmd) = (set.fixture.context(&home), cmd(who));
        let pending = subject
            .store()
            .write(move |unit| add_reaction(unit, &cx, &cmd));
        pending.wait()
    });
    let mut added = 0;
    for result in results {
        match result {
            Ok(_) => added += 1,
            Err(Error::Refusal(Refusal::AlreadyReacted)) => {}
            other => panic!("expected one reaction of each, found {other:?}"),
        }
    }
    assert_eq!(added, 2);
    let found = subject.message(&said).expect("it exists");
    assert_eq!(found.reactions.to_stored(), "2 👍");
    let (balance, _) = balance(subject, set.fixture.context(&home));
    assert_eq!(balance.tokens, 96);
}

pub(super) fn a_tag_that_many_use_first_at_once_is_created_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let home = workspace(&set, subject);
    let subject = &*subject;
    for round in 0..5 {
        let name = format!("tag {round}");
        let results = together(|number| {
            let mut cmd = SendMessage::text(set.room.id, set.ann.id, text("tagged"));
            cmd.draft.tags = tags(&[&name, "always"]);
            let cx = set.fixture.context(&home);
            let pending = if number % 2 == 0 {
                subject.store().send(cx, cmd)
            } else {
                subject
                    .store()
                    .write(move |unit| send_message(unit, &cx, &cmd))
            };
            pending.wait()
        });
        assert!(results.iter().all(Result::is_ok), "{results:?}");
    }
    let here = set.here;
    let found = subject.read(move |snapshot| snapshot.tags().page(here, None, 99));
    assert_eq!(found.len(), 6);
    let events = subject.events(here);
    let created = events.iter().filter(|one| one.topic == Topic::TagCreated);
    assert_eq!(created.count(), 6);
    assert_eq!(subject.messages(&set.room).len(), 5 * THREADS);
}

pub(super) fn of_nodes_that_dispatch_at_once_each_message_is_sent_once_in_order(
    subject: &mut Subject,
) {
    let set = Setting::new(subject);
    let home = workspace(&set, subject);
    let caller = Caller::embedding(std::sync::Arc::new(home.clone()));
    let mut due: Vec<(causerie_core::Timestamp, MessageId)> = Vec::new();
    for turn in 0..150_u64 {
        let cx = set.fixture.context_of(caller.clone());
        let ahead = Duration::from_secs(60 + (turn * 37) % 150);
        let cmd = ScheduleMessage {
            send: SendMessage::text(set.room.id, set.ann.id, text("later")),
            scheduled_for: cx.now.plus(ahead),
            render: |_| Answer(Vec::new()),
        };
        due.push((cmd.scheduled_for, cx.fresh.into()));
        let pending = subject
            .store()
            .write(move |unit| schedule_message(unit, &cx, &cmd));
        pending.wait().expect("scheduled");
    }
    due.sort_unstable();
    let now = set.fixture.clock.advance(Duration::from_mins(10));
    let subject = &*subject;
    let total: usize = together(|number| {
        let node = [u8::try_from(number).expect("few"); 16];
        let mut sent_here = 0;
        for _ in 0..8 {
            let pending = subject
                .store()
                .write(move |unit| dispatch_due(unit, node, now));
            if let Dispatched::Here { sent, refused } = pending.wait().expect("dispatched") {
                assert_eq!(refused, 0);
                sent_here += sent;
            }
        }
        sent_here
    })
    .into_iter()
    .sum();
    assert_eq!(total, 150);
    let said: Vec<Message> = subject.messages(&set.room);
    let ids: Vec<MessageId> = said.iter().map(|one| one.id).collect();
    let expected: Vec<MessageId> = due.into_iter().map(|(_, id)| id).collect();
    assert_eq!(ids, expected, "in the order of their times");
    assert!(said.iter().map(|one| one.created_at).is_sorted());
    let next = subject.read(|snapshot| snapshot.schedule().next_due());
    assert_eq!(next, None);
}

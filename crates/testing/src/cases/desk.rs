//! Channels, threads, assignees, labels, priorities and snoozes in the port `Conversations`.
//!
//! Who may set them is decided in core.

use causerie_core::port::{ConversationFilter, OwnFilter};
use causerie_core::tag::{TagName, Tags};
use causerie_core::text::AvatarUrl;
use causerie_core::{
    Conversation, ConversationId, ConversationKind, ConversationState, DirectKey, Priority, Status,
    ThreadKey, WorkspaceId,
};

use super::setting::{Setting, at, sorted, spread_ids};
use crate::fixture::tags;
use crate::subject::Subject;

fn thread(of: u8) -> ThreadKey {
    let mut key = [of; 32];
    key[0] = 0;
    ThreadKey(key)
}

fn found(subject: &Subject, workspace: WorkspaceId, key: ThreadKey) -> Option<Conversation> {
    subject.read(move |snapshot| snapshot.conversations().find_thread(workspace, key))
}

fn save(subject: &Subject, one: &Conversation) {
    let one = one.clone();
    subject.write(move |unit| unit.conversations_mut().save(&one));
}

fn changed(of: &Conversation, with: impl FnOnce(&mut ConversationState)) -> Conversation {
    let mut state = (**of).clone();
    with(&mut state);
    Conversation::restore(state)
}

fn full(set: &Setting, key: u8) -> Conversation {
    set.fixture.conversation_with(set.here, |state| {
        state.channel = Some(set.unknown());
        state.thread = Some(thread(key));
        state.assignee = Some(set.ann.id);
        state.labels = tags(&["vip", "order 47", "Zurich"]);
        state.priority = Some(Priority::Urgent);
        state.status = Status::Snoozed;
        state.snoozed_until = Some(at(i64::MAX));
        state.avatar_url = AvatarUrl::parse("https://x.org/'\"%20?ä=👋").ok();
    })
}

/// Each takes one member away.
const TAKE: &[fn(&mut ConversationState)] = &[
    |_| {},
    |state| state.channel = None,
    |state| state.thread = None,
    |state| state.assignee = None,
    |state| state.labels = Tags::default(),
    |state| state.priority = None,
    |state| state.snoozed_until = None,
    |state| state.avatar_url = None,
];

pub(super) fn what_a_desk_needs_is_kept_set_and_not_set(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut made: Vec<Conversation> = (1..)
        .zip(TAKE)
        .map(|(key, take)| changed(&full(&set, key), take))
        .collect();
    for (key, priority) in (100..).zip(Priority::ALL) {
        made.push(changed(&full(&set, key), |state| {
            state.priority = Some(*priority);
        }));
    }
    subject.put_all(&made);
    let (here, ids) = (set.here, made.iter().map(|one| one.id).collect::<Vec<_>>());
    let (many, locked) = subject.write(move |unit| {
        let port = unit.conversations_mut();
        Ok((port.find_many(here, &ids)?, port.lock_many(here, &ids)?))
    });
    assert_eq!(sorted(many, |one| one.id), made);
    assert_eq!(sorted(locked, |one| one.id), made);
    for one in &made {
        assert_eq!(subject.conversation(one).as_ref(), Some(one));
    }
}

pub(super) fn saving_stores_what_a_desk_changes_and_no_other_channel(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = full(&set, 1);
    subject.put(&made);
    for take in &TAKE[2..] {
        let wanted = changed(&made, take);
        save(
            subject,
            &changed(&wanted, |state| state.channel = Some(set.unknown())),
        );
        assert_eq!(subject.conversation(&made), Some(wanted));
    }
    save(
        subject,
        &changed(&set.room, |state| state.channel = made.channel),
    );
    assert_eq!(subject.conversation(&set.room), Some(set.room.clone()));
    save(subject, &made);
    assert_eq!(subject.conversation(&made), Some(made));
}

pub(super) fn a_thread_is_found_in_its_workspace_until_it_is_deleted(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = [full(&set, 1), full(&set, 2)];
    subject.put_all(&made);
    let elsewhere = changed(&full(&set, 1), |state| state.workspace = set.elsewhere);
    subject.put(&elsewhere);
    assert_eq!(found(subject, set.here, thread(1)).as_ref(), Some(&made[0]));
    assert_eq!(found(subject, set.here, thread(2)).as_ref(), Some(&made[1]));
    assert_eq!(found(subject, set.elsewhere, thread(1)), Some(elsewhere));
    assert_eq!(found(subject, set.elsewhere, thread(2)), None);
    assert_eq!(found(subject, set.here, thread(3)), None);
    let twin = full(&set, 1);
    let late = twin.clone();
    subject.contended(move |unit| unit.conversations_mut().add(&late));
    assert_eq!(subject.conversation(&twin), None);
    let mut gone = made[0].clone();
    gone.delete(set.fixture.tick());
    save(subject, &gone);
    assert_eq!(found(subject, set.here, thread(1)), None);
    subject.put(&twin);
    assert_eq!(found(subject, set.here, thread(1)), Some(twin));
}

pub(super) fn a_pair_that_has_a_conversation_is_given_to_no_other(subject: &mut Subject) {
    let set = Setting::new(subject);
    let cleo = set.fixture.participant(set.here, "Cleo");
    subject.put(&cleo);
    let pair = DirectKey::new(set.ann.id, set.bob.id);
    let direct = |key| {
        set.fixture.conversation_with(set.here, |state| {
            state.kind = ConversationKind::Direct;
            state.direct = Some(key);
        })
    };
    let (first, second) = (direct(pair), direct(DirectKey::new(set.ann.id, cleo.id)));
    subject.put_all(&[first.clone(), second.clone()]);
    let mut taking = second.clone();
    taking.repair(Some(pair), at(9));
    subject.contended(move |unit| unit.conversations_mut().save(&taking));
    assert_eq!(subject.conversation(&second).as_ref(), Some(&second));
    let (mut nobodys, mut theirs) = (first.clone(), second);
    nobodys.repair(None, at(9));
    theirs.repair(Some(pair), at(9));
    let (one, other) = (nobodys.clone(), theirs.clone());
    subject.write(move |unit| {
        unit.conversations_mut().save(&one)?;
        unit.conversations_mut().save(&other)
    });
    let here = set.here;
    let holder = subject.read(move |snapshot| snapshot.conversations().find_direct(here, pair));
    assert_eq!(holder, Some(theirs));
    assert_eq!(subject.conversation(&first), Some(nobodys));
}

/// Conversations that differ in all that a desk filters by, oldest first; Ann is in each.
fn mixed(set: &Setting, subject: &Subject) -> Vec<Conversation> {
    let channels = [None, Some(set.unknown()), Some(set.unknown())];
    let assignees = [None, Some(set.ann.id), Some(set.bob.id)];
    let labels: [&[&str]; 5] = [
        &[],
        &["vip"],
        &["vips", "a vip"],
        &["VIP", "x"],
        &["x", "vip"],
    ];
    let mut made = vec![set.room.clone()];
    for number in 0..60 {
        made.push(set.fixture.conversation_with(set.here, |state| {
            state.channel = channels[number % 3];
            state.assignee = assignees[number / 3 % 3];
            state.labels = tags(labels[number % 5]);
            state.priority = [None, Some(Priority::Low), Some(Priority::High)][number / 2 % 3];
            state.status = [Status::Open, Status::Pending][number / 7 % 2];
            state.kind = [ConversationKind::Group, ConversationKind::Direct][number / 11 % 2];
        }));
    }
    subject.put_all(&made[1..]);
    let members: Vec<_> = made[1..]
        .iter()
        .map(|one| set.fixture.member(one, &set.ann))
        .collect();
    subject.put_all(&members);
    made
}

fn passes(filter: &ConversationFilter, one: &Conversation) -> bool {
    let named = |label: &TagName| one.labels.iter().any(|own| own == label);
    filter.kind.is_none_or(|kind| one.kind == kind)
        && filter.status.is_none_or(|status| one.status == status)
        && (filter.channel.is_none() || one.channel == filter.channel)
        && filter.assignee.is_none_or(|wanted| one.assignee == wanted)
        && filter.label.as_ref().is_none_or(named)
        && (filter.priority.is_none() || one.priority == filter.priority)
}

pub(super) fn a_list_shows_what_passes_every_part_of_a_desks_filter(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut made = mixed(&set, subject);
    made.reverse();
    let channels = [None, made[0].channel, made[1].channel, Some(set.unknown())];
    let assignees = [
        None,
        Some(None),
        Some(Some(set.bob.id)),
        Some(Some(set.eve.id)),
    ];
    let labels = [None, Some("vip"), Some("VIP"), Some("vi"), Some("a vip")];
    let priorities = [None, Some(Priority::High), Some(Priority::Medium)];
    let (mut shown, mut empty) = (0, 0);
    for (number, channel) in channels.into_iter().cycle().take(20).enumerate() {
        for (turn, assignee) in assignees.into_iter().enumerate() {
            let filter = ConversationFilter {
                channel,
                assignee,
                label: labels[(number + turn) % 5].map(TagName::from_stored),
                priority: priorities[(number / 4 + turn) % 3],
                status: (number % 7 == 0).then_some(Status::Open),
                kind: (number % 11 == 0).then_some(ConversationKind::Direct),
                own: OwnFilter::default(),
            };
            let all: Vec<_> = made
                .iter()
                .filter(|one| passes(&filter, one))
                .cloned()
                .collect();
            let (here, ann, wanted) = (set.here, set.ann.id, filter.clone());
            let (listed, three, own) = subject.read(move |snapshot| {
                let port = snapshot.conversations();
                Ok((
                    port.page(here, &wanted, None, 100)?,
                    port.page(here, &wanted, None, 3)?,
                    port.page_of(here, ann, &wanted, None, 100)?,
                ))
            });
            assert_eq!(listed, all, "{filter:?}");
            assert_eq!(three, all[..all.len().min(3)], "{filter:?}");
            let own: Vec<_> = own.into_iter().map(|(one, _)| one).collect();
            assert_eq!(own, all, "{filter:?}");
            shown += all.len();
            empty += usize::from(all.is_empty());
        }
    }
    assert!(shown > 100 && empty > 10, "{shown} shown, {empty} empty");
}

pub(super) fn each_part_of_a_desks_filter_counts_alone(subject: &mut Subject) {
    let set = Setting::new(subject);
    let mut made = mixed(&set, subject);
    made.reverse();
    let alone: [fn(&mut ConversationFilter, &Conversation); 5] = [
        |filter, like| filter.channel = like.channel,
        |filter, like| filter.assignee = Some(like.assignee),
        |filter, like| filter.label = like.labels.iter().next().cloned(),
        |filter, like| filter.priority = like.priority,
        |filter, like| filter.status = Some(like.status),
    ];
    for one in &made {
        for set_one in alone {
            let mut filter = ConversationFilter::default();
            set_one(&mut filter, one);
            let all: Vec<_> = made
                .iter()
                .filter(|one| passes(&filter, one))
                .cloned()
                .collect();
            let (here, wanted) = (set.here, filter.clone());
            let listed = subject
                .read(move |snapshot| snapshot.conversations().page(here, &wanted, None, 100));
            assert_eq!(listed, all, "{filter:?}");
        }
    }
}

pub(super) fn a_walk_by_activity_meets_each_that_passes_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = mixed(&set, subject);
    let filter = ConversationFilter {
        assignee: Some(None),
        ..ConversationFilter::default()
    };
    let (here, mut before, mut walked) = (set.here, None, Vec::new());
    loop {
        let wanted = filter.clone();
        let page =
            subject.read(move |snapshot| snapshot.conversations().page(here, &wanted, before, 3));
        before = page.last().map(|one| causerie_core::page::Activity {
            at: one.activity_at(),
            id: one.id,
        });
        walked.extend(page);
        if before.is_none() {
            break;
        }
    }
    walked.reverse();
    let all: Vec<_> = made
        .into_iter()
        .filter(|one| passes(&filter, one))
        .collect();
    assert_eq!(walked, all);
}

pub(super) fn conversations_are_locked_when_their_snooze_has_ended(subject: &mut Subject) {
    let set = Setting::new(subject);
    let ids = spread_ids();
    let like = |id: usize, workspace, until: Option<i64>| {
        set.fixture.conversation_with(workspace, |state| {
            state.id = ConversationId::from_bytes(ids[id]);
            state.status = Status::Snoozed;
            state.snoozed_until = until.map(at);
        })
    };
    let made = [
        like(4, set.here, Some(-10)),
        like(1, set.elsewhere, Some(20)),
        like(5, set.here, Some(30)),
        like(0, set.here, Some(100)),
        like(2, set.here, None),
    ];
    subject.put_all(&made);
    let mut gone = like(3, set.here, Some(1));
    subject.put(&gone);
    gone.delete(set.fixture.tick());
    save(subject, &gone);
    let ended = |now, limit| -> Vec<Conversation> {
        let all = subject.write(move |unit| unit.conversations_mut().lock_snoozed(at(now), limit));
        sorted(all, |one| one.snoozed_until)
    };
    assert_eq!(ended(-11, 9), []);
    assert_eq!(ended(-10, 9), made[..1], "at its time");
    assert_eq!(ended(99, 9), made[..3], "of any workspace");
    assert_eq!(ended(99, 2).len(), 2);
    let mut woken = made[0].clone();
    assert!(woken.wake(at(60)));
    save(subject, &woken);
    assert_eq!(ended(99, 9), made[1..3]);
}

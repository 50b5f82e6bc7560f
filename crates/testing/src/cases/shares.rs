//! Work that several nodes share: what is to be done is taken by one of them, and nothing is left.
//!
//! How long a lease is, and what is done under it, is decided in core.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Barrier;
use std::thread::{self, ScopedJoinHandle};

use causerie_core::media::{Digest, Media};
use causerie_core::outbound::Outbound;
use causerie_core::port::{KeptFile, Unit};
use causerie_core::{Fault, Status, WorkspaceId};

use super::setting::{Setting, at};
use crate::fixture::digest;
use crate::subject::Subject;

const NODES: usize = 4;
const EACH: usize = 7;

/// What several nodes took that took and took until they found nothing, and one more after them; each thing
/// once.
fn taken<T: Ord + Debug + Send + 'static>(
    subject: &Subject,
    take: impl Fn(&mut dyn Unit) -> Result<Vec<T>, Fault> + Clone + Send + Sync + 'static,
) -> BTreeSet<T> {
    let (subject, start, take) = (subject, &Barrier::new(NODES), &take);
    let node = || {
        let mut own = Vec::new();
        loop {
            let take = take.clone();
            let some = subject.write(move |unit| take(unit));
            if some.is_empty() {
                return own;
            }
            own.extend(some);
        }
    };
    let mut all: Vec<T> = thread::scope(|scope| {
        let begin = |_| {
            scope.spawn(|| {
                start.wait();
                node()
            })
        };
        let running: Vec<_> = (0..NODES).map(begin).collect();
        let joined = running.into_iter().map(ScopedJoinHandle::join);
        joined
            .flat_map(|one| one.expect("no node panics"))
            .collect()
    });
    // Whoever found nothing may have found all of it in others' hands.
    all.extend(node());
    let count = all.len();
    let once: BTreeSet<T> = all.into_iter().collect();
    assert_eq!(once.len(), count, "each is taken once");
    once
}

pub(super) fn each_message_on_its_way_out_is_taken_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let through = set.unknown();
    let said = set.say(subject, 150);
    let made: Vec<Outbound> = said
        .iter()
        .map(|one| set.fixture.outbound(one, through))
        .collect();
    subject.put_all(&made);
    let now = set.fixture.tick();
    let all = taken(subject, move |unit| {
        let mut due = unit.outbox_mut().lock_due(now, EACH)?;
        for one in &mut due {
            one.attempt(now);
            unit.outbox_mut().save(one)?;
        }
        Ok(due.iter().map(|one| one.message).collect())
    });
    assert_eq!(all, said.iter().map(|one| one.id).collect());
}

pub(super) fn each_file_is_processed_and_erased_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made: Vec<Media> = (0..120)
        .map(|number| {
            set.fixture.media_with(set.here, |state| {
                state.due_at = Some(at(number % 5));
                state.expires_at = Some(at(number % 3));
            })
        })
        .collect();
    subject.put_all(&made);
    let ids: BTreeSet<_> = made.iter().map(|one| one.id).collect();
    let processed = taken(subject, |unit| {
        let mut due = unit.library_mut().lock_due(at(9), EACH)?;
        for one in &mut due {
            assert!(one.process(at(9)), "it is tried for the first time");
            unit.library_mut().save(one)?;
        }
        Ok(due.iter().map(|one| one.id).collect())
    });
    assert_eq!(processed, ids);
    let erased = taken(subject, |unit| {
        let expired = unit.library_mut().lock_expired(at(9), EACH)?;
        let gone: Vec<_> = expired.iter().map(|one| (one.workspace, one.id)).collect();
        unit.library_mut().erase(&gone)?;
        Ok(expired.iter().map(|one| one.id).collect())
    });
    assert_eq!(erased, ids);
}

pub(super) fn unused_bytes_are_doomed_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made: Vec<KeptFile> = (0..120)
        .map(|number| KeptFile {
            due_at: at(number % 4),
            ..set.fixture.kept(set.here, digest(number), 1)
        })
        .collect();
    subject.put_all(&made);
    let doomed = taken(subject, |unit| {
        let unused = unit.library_mut().lock_unused(at(9), EACH)?;
        for one in &unused {
            let doomed = KeptFile {
                doomed: true,
                due_at: at(99),
                ..*one
            };
            unit.library_mut().save_kept(&doomed)?;
        }
        Ok(unused.iter().map(|one| one.digest).collect())
    });
    assert_eq!(doomed, made.iter().map(|one| one.digest).collect());
}

pub(super) fn a_conversation_whose_snooze_has_ended_is_woken_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made: Vec<_> = (0..120)
        .map(|number| {
            set.fixture.conversation_with(set.here, |state| {
                state.status = Status::Snoozed;
                state.snoozed_until = Some(at(number % 4));
            })
        })
        .collect();
    subject.put_all(&made);
    let woken = taken(subject, |unit| {
        let mut ended = unit.conversations_mut().lock_snoozed(at(9), EACH)?;
        for one in &mut ended {
            assert!(one.wake(at(9)), "it slept");
            unit.conversations_mut().save(one)?;
        }
        Ok(ended.iter().map(|one| one.id).collect())
    });
    assert_eq!(woken, made.iter().map(|one| one.id).collect());
}

/// Adds the hash that a number stands for, or finds that it is there, and uses it once more.
fn keep(unit: &mut dyn Unit, workspace: WorkspaceId, of: Digest) -> Result<(), Fault> {
    if let Some(kept) = unit.library_mut().lock_kept(workspace, of)? {
        let uses = kept.uses + 1;
        return unit.library_mut().save_kept(&KeptFile { uses, ..kept });
    }
    let kept = KeptFile {
        workspace,
        digest: of,
        size: 10,
        uses: 1,
        due_at: at(0),
        doomed: false,
    };
    unit.library_mut().add_kept(&kept).map(drop)
}

pub(super) fn bytes_that_many_keep_at_once_are_kept_once_and_all_counted(subject: &mut Subject) {
    let set = Setting::new(subject);
    let here = set.here;
    let (subject, start) = (&*subject, &Barrier::new(NODES));
    thread::scope(|scope| {
        for node in 0..NODES {
            scope.spawn(move || {
                start.wait();
                for number in 0..20 {
                    // Every other one is everybody's.
                    let own = i64::try_from(node).expect("few") * 1_000;
                    let shared = if number % 2 == 0 { 0 } else { own };
                    let of = digest(shared + number);
                    subject.write(move |unit| keep(unit, here, of));
                }
            });
        }
    });
    let all = subject.read(|snapshot| snapshot.library().page_kept(None, 999));
    let shared = all.iter().filter(|one| one.uses == 4).count();
    let own = all.iter().filter(|one| one.uses == 1).count();
    assert_eq!((all.len(), shared, own), (50, 10, 40));
    let bytes = subject.read(move |snapshot| snapshot.library().kept_bytes(here));
    assert_eq!(bytes, 500);
}

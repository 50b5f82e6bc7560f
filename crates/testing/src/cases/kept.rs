//! The bytes that are kept for files in the port `Library`: each hash once, counted, used and erased.
//!
//! There are no bytes anywhere here; whether they are where they should be is for others to test.

use causerie_core::media::Digest;
use causerie_core::port::KeptFile;
use causerie_core::{Timestamp, WorkspaceId};

use super::setting::{Setting, at, shuffled, sorted};
use crate::fixture::digest;
use crate::subject::Subject;

fn bytes(subject: &Subject, of: WorkspaceId) -> u64 {
    subject.read(move |snapshot| snapshot.library().kept_bytes(of))
}

pub(super) fn locked(subject: &Subject, like: &KeptFile) -> Option<KeptFile> {
    let (workspace, digest) = (like.workspace, like.digest);
    subject.write(move |unit| unit.library_mut().lock_kept(workspace, digest))
}

fn save(subject: &Subject, kept: KeptFile) {
    subject.write(move |unit| {
        unit.library_mut().lock_kept(kept.workspace, kept.digest)?;
        unit.library_mut().save_kept(&kept)
    });
}

/// Bytes that nothing uses, due at a time.
fn unused(set: &Setting, workspace: WorkspaceId, number: i64, due_at: Timestamp) -> KeptFile {
    KeptFile {
        due_at,
        ..set.fixture.kept(workspace, digest(number), 10)
    }
}

fn page(subject: &Subject, after: Option<&KeptFile>, limit: usize) -> Vec<KeptFile> {
    let after = after.map(|one| (one.workspace, one.digest));
    subject.read(move |snapshot| snapshot.library().page_kept(after, limit))
}

fn erase(subject: &Subject, gone: Vec<(WorkspaceId, Digest)>) {
    subject.write(move |unit| unit.library_mut().erase_kept(&gone));
}

pub(super) fn bytes_are_kept_once_in_each_workspace_and_counted(subject: &mut Subject) {
    let set = Setting::new(subject);
    assert_eq!(bytes(subject, set.here), 0);
    let first = set.fixture.kept(set.here, digest(1), 5);
    let second = set.fixture.kept(set.here, digest(2), 1 << 61);
    let nothing = set.fixture.kept(set.here, digest(3), 0);
    let other = set.fixture.kept(set.elsewhere, digest(1), 7);
    let mut expected = [5, 5 + (1 << 61), 5 + (1 << 61), 7].into_iter();
    for one in [first, second, nothing, other] {
        let total = subject.write(move |unit| unit.library_mut().add_kept(&one));
        assert_eq!(Some(total), expected.next());
        assert_eq!(locked(subject, &one), Some(one));
    }
    let twin = KeptFile {
        size: 6,
        uses: 2,
        ..first
    };
    subject.contended(move |unit| unit.library_mut().add_kept(&twin).map(drop));
    assert_eq!(locked(subject, &first), Some(first));
    assert_eq!(bytes(subject, set.here), 5 + (1 << 61));
    assert_eq!(bytes(subject, set.elsewhere), 7);
    let unknown = set.fixture.kept(set.here, digest(4), 1);
    assert_eq!(locked(subject, &unknown), None);
    assert_eq!(bytes(subject, set.unknown()), 0);
}

pub(super) fn bytes_of_a_refused_unit_are_not_counted(subject: &mut Subject) {
    let set = Setting::new(subject);
    let one = set.fixture.kept(set.here, digest(1), 5);
    subject.put(&one);
    let refused = set.fixture.kept(set.here, digest(2), 100);
    let pending = subject.store().write::<(), _>(move |unit| {
        unit.library_mut().add_kept(&refused)?;
        Err(causerie_core::Refusal::NotAllowed.into())
    });
    assert!(pending.wait().is_err());
    assert_eq!(bytes(subject, set.here), 5);
    assert_eq!(locked(subject, &refused), None);
}

pub(super) fn saving_bytes_stores_uses_time_and_doom_only(subject: &mut Subject) {
    let set = Setting::new(subject);
    let one = set.fixture.kept(set.here, digest(1), 5);
    let bystander = set.fixture.kept(set.here, digest(2), 6);
    let namesake = set.fixture.kept(set.elsewhere, digest(1), 7);
    subject.put_all(&[one, bystander, namesake]);
    let changed = KeptFile {
        uses: u64::from(u32::MAX),
        due_at: at(i64::MIN),
        doomed: true,
        ..one
    };
    save(
        subject,
        KeptFile {
            size: 1_000,
            ..changed
        },
    );
    assert_eq!(locked(subject, &one), Some(changed));
    assert_eq!(locked(subject, &bystander), Some(bystander));
    assert_eq!(locked(subject, &namesake), Some(namesake));
    save(subject, one);
    assert_eq!(locked(subject, &one), Some(one));
    assert_eq!(bytes(subject, set.here), 11);
}

pub(super) fn all_that_is_kept_is_walked_by_workspace_and_hash(subject: &mut Subject) {
    let set = Setting::new(subject);
    assert_eq!(page(subject, None, 9), []);
    let mut made = Vec::new();
    for number in 0..20 {
        let home = if number % 3 == 0 {
            set.elsewhere
        } else {
            set.here
        };
        made.push(set.fixture.kept(home, digest(number), 1));
    }
    made.push(set.fixture.kept(set.here, Digest([0; 32]), 1));
    made.push(set.fixture.kept(set.here, Digest([0xFF; 32]), 1));
    made.push(set.fixture.kept(set.elsewhere, Digest([0xFF; 32]), 1));
    subject.put_all(&made);
    let made = sorted(made, |one| (one.workspace, one.digest));
    assert_eq!(page(subject, None, 99), made);
    let (mut walked, mut last) = (Vec::new(), None);
    loop {
        let next = page(subject, last.as_ref(), 4);
        assert!(next.len() <= 4);
        walked.extend(next.iter().copied());
        last = next.last().copied();
        if last.is_none() {
            break;
        }
    }
    assert_eq!(walked, made);
}

pub(super) fn unused_bytes_are_locked_when_their_time_has_come(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = [
        unused(&set, set.here, 1, at(10)),
        unused(&set, set.elsewhere, 1, at(11)),
        KeptFile {
            doomed: true,
            ..unused(&set, set.here, 2, at(12))
        },
        KeptFile {
            uses: 1,
            ..unused(&set, set.here, 3, at(1))
        },
        unused(&set, set.here, 4, at(50)),
    ];
    subject.put_all(&shuffled(&made));
    let lock = |now, limit| {
        let found = subject.write(move |unit| unit.library_mut().lock_unused(at(now), limit));
        sorted(found, |one| one.due_at)
    };
    assert_eq!(lock(9, 9), []);
    assert_eq!(lock(10, 9), made[..1], "at its time");
    assert_eq!(lock(49, 9), made[..3], "of any workspace, doomed or not");
    assert_eq!(lock(49, 2).len(), 2);
    save(subject, KeptFile { uses: 1, ..made[1] });
    save(subject, KeptFile { uses: 0, ..made[3] });
    assert_eq!(
        lock(49, 9),
        [KeptFile { uses: 0, ..made[3] }, made[0], made[2]]
    );
}

pub(super) fn doomed_bytes_are_erased_and_counted_no_more(subject: &mut Subject) {
    let set = Setting::new(subject);
    let doomed = |home, number, size| KeptFile {
        doomed: true,
        ..set.fixture.kept(home, digest(number), size)
    };
    let made = [
        doomed(set.here, 1, 10),
        doomed(set.here, 2, 20),
        set.fixture.kept(set.here, digest(3), 40),
        doomed(set.elsewhere, 2, 80),
        doomed(set.elsewhere, 3, 160),
    ];
    subject.put_all(&made);
    erase(subject, vec![]);
    erase(
        subject,
        vec![(set.elsewhere, digest(1)), (set.here, digest(9))],
    );
    assert_eq!(page(subject, None, 9).len(), 5);
    erase(
        subject,
        vec![
            (set.here, digest(1)),
            (set.here, digest(3)),
            (set.elsewhere, digest(2)),
        ],
    );
    let left = [made[1], made[2], made[4]];
    let key = |one: &KeptFile| (one.workspace, one.digest);
    assert_eq!(page(subject, None, 9), sorted(left.to_vec(), key));
    assert_eq!(bytes(subject, set.here), 60, "what is not doomed stays");
    assert_eq!(bytes(subject, set.elsewhere), 160);
    erase(subject, vec![(set.here, digest(1)), (set.here, digest(2))]);
    assert_eq!(bytes(subject, set.here), 40, "nothing is taken off twice");
    let again = set.fixture.kept(set.here, digest(1), 3);
    let total = subject.write(move |unit| unit.library_mut().add_kept(&again));
    assert_eq!(total, 43);
}

pub(super) fn hundreds_of_bytes_are_erased_at_once(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made: Vec<KeptFile> = (0..700)
        .map(|number| KeptFile {
            doomed: true,
            ..set.fixture.kept(set.here, digest(number), 2)
        })
        .collect();
    subject.put_all(&made);
    assert_eq!(bytes(subject, set.here), 1_400);
    let gone = made[1..].iter().map(|one| (one.workspace, one.digest));
    erase(subject, gone.collect());
    assert_eq!(page(subject, None, 999), made[..1]);
    assert_eq!(bytes(subject, set.here), 2);
}

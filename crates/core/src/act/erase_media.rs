//! Lets files go: their entries, and then their bytes, which are doomed before they are erased.
//!
//! Who refers to a file is known elsewhere: here is what follows from nobody doing so.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::event::{NewEvent, Subject, Topic};
use crate::fault::Fault;
use crate::id::{MediaId, WorkspaceId};
use crate::media::{Digest, Media};
use crate::port::{KeptFile, Snapshot, Unit};
use crate::refusal::Error;
use crate::timestamp::Timestamp;

/// How long erasing bytes may take before it is tried again.
pub const ERASURE_LEASE: Duration = Duration::from_mins(5);

/// Erases locked files; bytes that nothing else uses may be erased from now on.
pub(super) fn erase(unit: &mut dyn Unit, gone: &[Media], now: Timestamp) -> Result<(), Fault> {
    let mut fewer: BTreeMap<(WorkspaceId, Digest), u64> = BTreeMap::new();
    for media in gone {
        let versions = media.versions.iter().map(|one| one.digest);
        for digest in media.digest.into_iter().chain(versions) {
            *fewer.entry((media.workspace, digest)).or_default() += 1;
        }
    }
    for ((workspace, digest), count) in fewer {
        if let Some(kept) = unit.library_mut().lock_kept(workspace, digest)? {
            let uses = kept.uses.saturating_sub(count);
            let due_at = if uses == 0 { now } else { kept.due_at };
            let kept = KeptFile {
                uses,
                due_at,
                ..kept
            };
            unit.library_mut().save_kept(&kept)?;
        }
    }
    let ids: Vec<_> = gone
        .iter()
        .map(|media| (media.workspace, media.id))
        .collect();
    unit.library_mut().erase(&ids)?;
    let mut events: BTreeMap<WorkspaceId, Vec<NewEvent>> = BTreeMap::new();
    for (workspace, id) in ids {
        events.entry(workspace).or_default().push(NewEvent {
            topic: Topic::MediaDeleted,
            subject: Subject::Media(id),
            at: now,
        });
    }
    for (workspace, events) in events {
        unit.events_mut().append(workspace, &events)?;
    }
    Ok(())
}

/// Erases up to `limit` files that nothing refers to and whose time has come. Returns them: bytes may be left at
/// their temporary places.
pub fn sweep_media(
    unit: &mut dyn Unit,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<(WorkspaceId, MediaId)>, Error> {
    let gone = unit.library_mut().lock_expired(now, limit)?;
    if !gone.is_empty() {
        erase(unit, &gone, now)?;
    }
    Ok(gone
        .iter()
        .map(|media| (media.workspace, media.id))
        .collect())
}

/// Dooms up to `limit` bytes that nothing uses: nothing may begin to use them from then on. Whoever asked
/// erases them where they are kept, and says so with [`forget_files`]; after [`ERASURE_LEASE`] somebody else
/// may.
pub fn doom_files(
    unit: &mut dyn Unit,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<(WorkspaceId, Digest)>, Error> {
    let unused = unit.library_mut().lock_unused(now, limit)?;
    for kept in &unused {
        unit.library_mut().save_kept(&KeptFile {
            doomed: true,
            due_at: now.plus(ERASURE_LEASE),
            ..*kept
        })?;
    }
    Ok(unused
        .iter()
        .map(|one| (one.workspace, one.digest))
        .collect())
}

/// Forgets doomed bytes that are erased.
pub fn forget_files(unit: &mut dyn Unit, gone: &[(WorkspaceId, Digest)]) -> Result<(), Error> {
    Ok(unit.library_mut().erase_kept(gone)?)
}

/// Up to `limit` bytes that are or should be kept, of all workspaces, after a place: to compare with what is.
pub fn list_kept(
    snapshot: &mut dyn Snapshot,
    after: Option<(WorkspaceId, Digest)>,
    limit: usize,
) -> Result<Vec<KeptFile>, Error> {
    Ok(snapshot.library().page_kept(after, limit)?)
}

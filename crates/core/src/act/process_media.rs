//! Lets files be looked into: who does it has a lease, and what is made of them is kept before it is shown.

use crate::event::Topic;
use crate::fault::Fault;
use crate::id::{MediaId, WorkspaceId};
use crate::media::{Arrived, Facts, Media, MediaStatus, Version};
use crate::port::{Snapshot, Unit};
use crate::refusal::Error;
use crate::timestamp::Timestamp;

use super::media::{begin_use, hold, log};

/// What became of looking into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Processed {
    /// This was learned and made of it; perhaps nothing.
    Known {
        /// What was learned.
        facts: Facts,
        /// What was made; the bytes are kept.
        versions: Vec<Version>,
    },
    /// It cannot be looked into, and why.
    Failed(String),
}

/// When the next file of the installation is to be looked into.
pub fn next_media_due(snapshot: &mut dyn Snapshot) -> Result<Option<Timestamp>, Error> {
    Ok(snapshot.library().next_due()?)
}

/// Up to `limit` files to look into, which nobody else does until their leases end. One that was tried too often
/// has failed instead.
pub fn claim_media(unit: &mut dyn Unit, now: Timestamp, limit: usize) -> Result<Vec<Media>, Error> {
    let mut claimed = Vec::new();
    for mut media in unit.library_mut().lock_due(now, limit)? {
        let first = media.status == MediaStatus::Uploaded;
        let topic = if media.process(now) {
            Topic::MediaProcessing
        } else {
            Topic::MediaFailed
        };
        unit.library_mut().save(&media)?;
        if first || topic == Topic::MediaFailed {
            log(unit, media.workspace, media.id, &[topic], now)?;
        }
        if topic == Topic::MediaProcessing {
            claimed.push(media);
        }
    }
    Ok(claimed)
}

/// Reserves room for what was made of a file, before it is kept.
///
/// # Errors
/// `storage_full`.
pub fn reserve_versions(
    unit: &mut dyn Unit,
    workspace: WorkspaceId,
    versions: &[Arrived],
    now: Timestamp,
) -> Result<(), Error> {
    let mut versions: Vec<&Arrived> = versions.iter().collect();
    versions.sort_unstable_by_key(|one| one.digest);
    for version in versions {
        hold(unit, workspace, version, now)?;
    }
    Ok(())
}

/// Shows what became of looking into a file. Says whether it still counted: not when the lease had ended and
/// somebody else looks into it, or when the file is gone.
pub fn settle_media(
    unit: &mut dyn Unit,
    (workspace, id): (WorkspaceId, MediaId),
    tries: u16,
    processed: &Processed,
    now: Timestamp,
) -> Result<bool, Error> {
    let Some(mut media) = lock_claimed(unit, (workspace, id), tries)? else {
        return Ok(false);
    };
    let topic = match processed {
        Processed::Known { facts, versions } => {
            let mut digests: Vec<_> = versions.iter().map(|one| one.digest).collect();
            digests.sort_unstable();
            for digest in digests {
                begin_use(unit, workspace, digest)?;
            }
            media.complete(*facts, versions.clone(), now);
            Topic::MediaReady
        }
        Processed::Failed(problem) => {
            media.fail(problem, now);
            Topic::MediaFailed
        }
    };
    unit.library_mut().save(&media)?;
    log(unit, workspace, id, &[topic], now)?;
    Ok(true)
}

/// Lets somebody else look into a file at once, as whoever does has to stop. Says whether it still counted, as
/// [`settle_media`] does.
pub fn put_media_back(
    unit: &mut dyn Unit,
    place: (WorkspaceId, MediaId),
    tries: u16,
    now: Timestamp,
) -> Result<bool, Error> {
    let Some(mut media) = lock_claimed(unit, place, tries)? else {
        return Ok(false);
    };
    media.put_back(now);
    unit.library_mut().save(&media)?;
    Ok(true)
}

/// A file that is being looked into for the time that is said.
fn lock_claimed(
    unit: &mut dyn Unit,
    (workspace, id): (WorkspaceId, MediaId),
    tries: u16,
) -> Result<Option<Media>, Fault> {
    let found = unit.library_mut().lock_many(workspace, &[id])?.pop();
    Ok(found.filter(|media| media.status == MediaStatus::Processing && media.tries == tries))
}

//! Erases what has come to its end, a little at a time.

use std::time::Duration;

use crate::id::{MediaId, MessageId, WorkspaceId};
use crate::media::Digest;
use crate::message::Message;
use crate::port::{Snapshot, Unit};
use crate::refusal::Error;
use crate::schedule::FAILED_LIFE;
use crate::timestamp::Timestamp;

use super::change_conversation::wake_snoozed;
use super::delete_message::purge;
use super::erase_media::{doom_files, sweep_media};

/// What one sweep erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Claims that had expired.
    pub claims: usize,
    /// Rows of deleted conversations.
    pub conversation_rows: usize,
    /// Scheduled messages that could not be sent.
    pub scheduled: usize,
    /// Conversations that are open again.
    pub woken: usize,
    /// Files that nothing referred to; bytes may be left at their temporary places.
    pub media: Vec<(WorkspaceId, MediaId)>,
    /// Bytes that nothing uses: to be erased where they are kept, and forgotten then.
    pub doomed: Vec<(WorkspaceId, Digest)>,
}

/// How many rows of its own a file goes with.
const ROWS_OF_MEDIA: usize = 10;

/// Erases up to `limit` expired claims, up to `limit` rows of deleted conversations, up to `limit` scheduled
/// messages that were refused long ago, and a tenth as many files that nothing refers to; dooms up to `limit` bytes
/// that nothing uses; opens up to `limit` conversations again whose snooze has ended. Sweep again until it finds
/// nothing; how many sweep at once makes no difference to what is left.
pub fn sweep(unit: &mut dyn Unit, now: Timestamp, limit: usize) -> Result<Swept, Error> {
    let refused_before = now.minus(FAILED_LIFE);
    Ok(Swept {
        claims: unit.claims_mut().erase_expired(now, limit)?,
        conversation_rows: unit.conversations_mut().erase_deleted(now, limit)?,
        scheduled: unit
            .schedule_mut()
            .erase_refused(refused_before, now, limit)?,
        woken: wake_snoozed(unit, now, limit)?,
        media: sweep_media(unit, now, limit.div_ceil(ROWS_OF_MEDIA))?,
        doomed: doom_files(unit, now, limit)?,
    })
}

/// The workspaces after one that keep messages for a number of days only, out of the next hundred; and the last
/// one that was looked at, `None` at the end.
pub fn forgetful_workspaces(
    snapshot: &mut dyn Snapshot,
    after: Option<WorkspaceId>,
) -> Result<(Vec<WorkspaceId>, Option<WorkspaceId>), Error> {
    let all = snapshot.workspaces().page(after, 100)?;
    let last = all.last().map(|workspace| workspace.id);
    let forgetful = all
        .iter()
        .filter(|workspace| workspace.settings.retention_days.is_some())
        .map(|workspace| workspace.id)
        .collect();
    Ok((forgetful, last))
}

/// Whether a workspace has messages that are older than its retention.
pub fn has_expired(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    now: Timestamp,
) -> Result<bool, Error> {
    let Some(time) = kept_from(snapshot, workspace, now)? else {
        return Ok(false);
    };
    let oldest = snapshot.messages().sent_before(workspace, time, 1)?;
    Ok(!oldest.is_empty())
}

/// Since when a workspace keeps its messages, if it does not keep all.
fn kept_from(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    now: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let found = snapshot.workspaces().find(workspace)?;
    let days = found.and_then(|workspace| workspace.settings.retention_days);
    let day = Duration::from_hours(24);
    Ok(days.map(|days| now.minus(day.saturating_mul(days))))
}

/// Purges up to `limit` messages of a workspace that are older than its retention, each with an event. Returns
/// how many; do it again until it is fewer than the limit.
pub fn retain(
    unit: &mut dyn Unit,
    workspace: WorkspaceId,
    now: Timestamp,
    limit: usize,
) -> Result<usize, Error> {
    let Some(time) = kept_from(unit, workspace, now)? else {
        return Ok(0);
    };
    let old: Vec<Message> = unit.messages().sent_before(workspace, time, limit)?;
    if old.is_empty() {
        return Ok(0);
    }
    let mut conversations: Vec<_> = old.iter().map(|message| message.conversation).collect();
    conversations.sort_unstable();
    conversations.dedup();
    unit.conversations_mut()
        .lock_many(workspace, &conversations)?;
    // Again, now that nobody else purges there.
    let ids: Vec<MessageId> = old.iter().map(|message| message.id).collect();
    let mut left = unit.messages().find_many(workspace, &ids)?;
    left.sort_unstable_by_key(|message| message.id);
    purge(unit, workspace, &left, now)?;
    Ok(old.len())
}

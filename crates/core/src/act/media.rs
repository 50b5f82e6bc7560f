//! Takes files in, shows them, and lets them go.
//!
//! Bytes go their own way, through [`Files`](crate::port::Files). Whoever moves them asks here before
//! ([`receive_media`] or [`reserve_media`]), keeps them, and says so afterwards ([`arrive_media`]): a message
//! never refers to bytes that are not there, and bytes that nothing refers to are found.

use std::time::Duration;

use crate::context::Context;
use crate::event::{NewEvent, Subject, Topic};
use crate::fault::Fault;
use crate::id::{ConversationId, MediaId, MessageId, ParticipantId, WorkspaceId};
use crate::key::Scope;
use crate::media::{Arrived, Digest, FileName, Media, MediaStatus, MediaType};
use crate::message::{Message, Sight};
use crate::page::{Limit, Page};
use crate::port::{KeptFile, MediaFilter, MediaUse, Snapshot, Unit};
use crate::refusal::{Error, Refusal};
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;

use super::erase_media::erase;
use super::settings::require_inside;
use super::standing::visible;

/// How long bytes that are about to be kept are safe from being erased as unused.
pub const ARRIVAL_GRACE: Duration = Duration::from_mins(15);
/// How many messages are looked at to know whether somebody may see a file.
const USES_SEEN_MAX: usize = 100;

/// The wish to bring a file.
#[derive(Clone, Debug)]
pub struct RequestMedia {
    /// Its name.
    pub name: FileName,
    /// What it is to be, if that is said.
    pub declared: Option<MediaType>,
    /// Who brings it; a bound caller may leave it out.
    pub owner: Option<ParticipantId>,
}

/// Announces a file whose bytes are to come. It goes after a day unless a message refers to it.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `participant_not_found`.
pub fn request_media(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &RequestMedia,
) -> Result<Media, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let owner = match (cmd.owner, cx.caller.participant()) {
        (Some(named), Some(bound)) if named != bound => return Err(Refusal::BoundElsewhere.into()),
        (named, bound) => named.or(bound),
    };
    if let Some(owner) = owner {
        let found = unit.participants().find(cx.workspace(), owner)?;
        found.ok_or(Refusal::ParticipantNotFound)?;
    }
    let (name, declared) = (cmd.name.clone(), cmd.declared.clone());
    let id = cx.fresh.into();
    let media = Media::request(id, cx.workspace(), owner, name, declared, cx.now);
    unit.library_mut().add(&media)?;
    log(unit, cx.workspace(), id, &[Topic::MediaRequested], cx.now)?;
    Ok(media)
}

/// Announces a file whose bytes lie at its temporary place already, under the id that the context has fresh, and
/// reserves room for them: as [`request_media`] and [`reserve_media`] in one unit.
///
/// # Errors
/// Those of both.
pub fn receive_media(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &RequestMedia,
    arrived: &Arrived,
) -> Result<Media, Error> {
    let media = request_media(unit, cx, cmd)?;
    admit(unit, &media, arrived, cx.now)?;
    Ok(media)
}

/// How many bytes a file may have that is brought to a workspace now: as many as its plan allows one file to
/// have, or as many as there is room for. What is asked while bytes arrive; [`reserve_media`] asks again.
///
/// # Errors
/// `storage_full` when there is no room at all, `workspace_not_found`.
pub fn upload_room(snapshot: &mut dyn Snapshot, workspace: WorkspaceId) -> Result<u64, Error> {
    let plan = find_workspace(snapshot, workspace)?.plan;
    let kept = snapshot.library().kept_bytes(workspace)?;
    let room = plan.storage_bytes_max.saturating_sub(kept);
    if room == 0 {
        let bytes_max = plan.storage_bytes_max;
        return Err(Refusal::StorageFull { bytes_max }.into());
    }
    Ok(room.min(plan.file_bytes_max))
}

/// How many bytes are kept of the files of the caller's workspace: each content counts once, versions as well.
///
/// # Errors
/// `scope_missing`, `not_allowed` for callers that are bound to a contact.
pub fn find_usage(snapshot: &mut dyn Snapshot, cx: &Context) -> Result<u64, Error> {
    require_inside(cx)?;
    Ok(snapshot.library().kept_bytes(cx.workspace())?)
}

/// A file that waits for its bytes, for whoever holds a signed address of it.
///
/// # Errors
/// `media_not_found`.
pub fn find_awaited(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    id: MediaId,
) -> Result<Media, Error> {
    let found = snapshot.library().find(workspace, id)?;
    Ok(found.ok_or(Refusal::MediaNotFound)?)
}

/// A file for whoever holds a signed address to have it: as long as nothing refers to it yet, or a message that
/// waits, or one that is neither deleted nor in a conversation that is. What is purged or redacted is gone at
/// once, although its bytes are erased a little later.
///
/// # Errors
/// `media_not_found`.
pub fn find_linked(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    id: MediaId,
    now: Timestamp,
) -> Result<Media, Error> {
    let media = find_awaited(snapshot, workspace, id)?;
    let uses = snapshot.library().uses(workspace, id, USES_SEEN_MAX)?;
    let messages: Vec<MessageId> = uses.iter().map(|one| one.message).collect();
    let is_wanted = if uses.is_empty() {
        media.expires_at.is_none_or(|end| now < end)
    } else {
        !shown(snapshot, workspace, Sight::Everything, &uses)?.is_empty()
            || !snapshot
                .schedule()
                .find_many(workspace, &messages)?
                .is_empty()
    };
    if is_wanted {
        Ok(media)
    } else {
        Err(Refusal::MediaNotFound.into())
    }
}

/// Reserves room for bytes that lie at the temporary place of a file. Says whether they are still wanted:
/// `false` when the file has these very bytes already.
///
/// # Errors
/// `media_not_found`, `media_uploaded` when the file has others, `media_too_large`, `storage_full`.
pub fn reserve_media(
    unit: &mut dyn Unit,
    workspace: WorkspaceId,
    id: MediaId,
    arrived: &Arrived,
    now: Timestamp,
) -> Result<bool, Error> {
    let media = lock(unit, workspace, id)?;
    if media.status.has_arrived() {
        return if media.digest == Some(arrived.digest) {
            Ok(false)
        } else {
            Err(Refusal::MediaUploaded.into())
        };
    }
    admit(unit, &media, arrived, now)?;
    Ok(true)
}

fn admit(
    unit: &mut dyn Unit,
    media: &Media,
    arrived: &Arrived,
    now: Timestamp,
) -> Result<(), Error> {
    let bytes_max = find_workspace(unit, media.workspace)?.plan.file_bytes_max;
    if arrived.size > bytes_max {
        return Err(Refusal::MediaTooLarge { bytes_max }.into());
    }
    hold(unit, media.workspace, arrived, now)
}

/// Keeps bytes from being erased while they are on their way.
pub(super) fn hold(
    unit: &mut dyn Unit,
    workspace: WorkspaceId,
    arrived: &Arrived,
    now: Timestamp,
) -> Result<(), Error> {
    let due_at = now.plus(ARRIVAL_GRACE);
    let known = unit.library_mut().lock_kept(workspace, arrived.digest)?;
    if let Some(kept) = known {
        if kept.doomed {
            return Err(being_erased().into());
        }
        let due_at = due_at.max(kept.due_at);
        unit.library_mut().save_kept(&KeptFile { due_at, ..kept })?;
        return Ok(());
    }
    let plan = find_workspace(unit, workspace)?.plan;
    let total = unit.library_mut().add_kept(&KeptFile {
        workspace,
        digest: arrived.digest,
        size: arrived.size,
        uses: 0,
        due_at,
        doomed: false,
    })?;
    let bytes_max = plan.storage_bytes_max;
    if total > bytes_max {
        return Err(Refusal::StorageFull { bytes_max }.into());
    }
    Ok(())
}

fn being_erased() -> Fault {
    Fault::contended("the same bytes are being erased")
}

/// Counts a use of bytes that were reserved and are kept now.
pub(super) fn begin_use(
    unit: &mut dyn Unit,
    workspace: WorkspaceId,
    digest: Digest,
) -> Result<(), Error> {
    let kept = unit.library_mut().lock_kept(workspace, digest)?;
    let kept = kept.filter(|kept| !kept.doomed).ok_or_else(being_erased)?;
    let uses = kept.uses + 1;
    Ok(unit.library_mut().save_kept(&KeptFile { uses, ..kept })?)
}

/// The bytes of a file are kept: from now on messages may refer to it. Saying it again changes nothing.
///
/// # Errors
/// `media_not_found`, `media_uploaded` when the file has other bytes.
pub fn arrive_media(
    unit: &mut dyn Unit,
    workspace: WorkspaceId,
    id: MediaId,
    arrived: &Arrived,
    now: Timestamp,
) -> Result<Media, Error> {
    let mut media = lock(unit, workspace, id)?;
    if media.status.has_arrived() && media.digest == Some(arrived.digest) {
        return Ok(media);
    }
    media.arrive(arrived, now)?;
    begin_use(unit, workspace, arrived.digest)?;
    unit.library_mut().save(&media)?;
    let mut topics = vec![Topic::MediaUploaded];
    if media.status == MediaStatus::Ready {
        topics.push(Topic::MediaReady);
    }
    log(unit, workspace, id, &topics, now)?;
    Ok(media)
}

/// A file that the caller may see: any of the workspace; for who is bound to a participant, its own and those
/// of messages that it may see.
///
/// # Errors
/// `scope_missing`, `media_not_found`.
pub fn find_media(snapshot: &mut dyn Snapshot, cx: &Context, id: MediaId) -> Result<Media, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let found = snapshot.library().find(cx.workspace(), id)?;
    let media = found.ok_or(Refusal::MediaNotFound)?;
    if sees(snapshot, cx, &media)? {
        Ok(media)
    } else {
        Err(Refusal::MediaNotFound.into())
    }
}

fn sees(snapshot: &mut dyn Snapshot, cx: &Context, media: &Media) -> Result<bool, Error> {
    let bound = cx.caller.acting_as(None)?;
    let everything = cx.caller.sight() == Sight::Everything;
    if bound.is_none() && everything {
        return Ok(true);
    }
    if media.owner.is_some() && media.owner == cx.caller.participant() {
        return Ok(true);
    }
    let uses = snapshot
        .library()
        .uses(cx.workspace(), media.id, USES_SEEN_MAX)?;
    let shown = shown(snapshot, cx.workspace(), cx.caller.sight(), &uses)?;
    let Some(bound) = bound else {
        return Ok(!shown.is_empty());
    };
    let mut places: Vec<_> = shown.iter().map(|one| (one.conversation, bound)).collect();
    places.sort_unstable();
    places.dedup();
    if places.is_empty() {
        return Ok(false);
    }
    let members = snapshot.members().find_many(cx.workspace(), &places)?;
    Ok(members.iter().any(crate::Member::is_present))
}

/// Those of the messages that are not deleted, nor their conversations, and that somebody of this sight may see
/// wherever they are a member.
fn shown(
    snapshot: &mut dyn Snapshot,
    workspace: WorkspaceId,
    sight: Sight,
    uses: &[MediaUse],
) -> Result<Vec<Message>, Fault> {
    let ids: Vec<MessageId> = uses.iter().map(|one| one.message).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut messages = snapshot.messages().find_many(workspace, &ids)?;
    messages.retain(|one| one.deleted_at.is_none() && sight.covers(one.visibility));
    let mut of: Vec<ConversationId> = messages.iter().map(|one| one.conversation).collect();
    of.sort_unstable();
    of.dedup();
    if !of.is_empty() {
        let living = snapshot.conversations().find_many(workspace, &of)?;
        messages.retain(|one| living.iter().any(|of| of.id == one.conversation));
    }
    Ok(messages)
}

/// A page of files, newest first: those of the workspace, or of the participant that the caller is bound to.
///
/// # Errors
/// `scope_missing`.
pub fn list_media(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    cursor: Option<MediaId>,
    limit: Limit,
) -> Result<Page<Media, MediaId>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let owner = match cx.caller.sight() {
        Sight::Everything => cx.caller.acting_as(None)?,
        Sight::Public => cx.caller.participant(),
    };
    let filter = MediaFilter { owner };
    let found = snapshot
        .library()
        .page(cx.workspace(), filter, cursor, limit.probe())?;
    Ok(Page::cut(found, limit, |media| media.id))
}

/// A place in the list of a conversation's files.
pub type MediaPlace = (MediaId, MessageId);

/// A page of the files of a conversation's messages, newest first, each with its message. Those of messages that
/// the caller may not see are left out, so a page may hold fewer than its limit although another follows.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`.
pub fn list_media_of(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
    cursor: Option<MediaPlace>,
    limit: Limit,
) -> Result<Page<(Media, MessageId), MediaPlace>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    visible(snapshot, cx, conversation)?;
    let found = snapshot
        .library()
        .uses_in(cx.workspace(), conversation, cursor, limit.probe())?;
    let page = Page::cut(found, limit, |one| (one.media, one.message));
    let shown = shown(snapshot, cx.workspace(), cx.caller.sight(), &page.items)?;
    let mut uses = page.items;
    uses.retain(|one| shown.iter().any(|message| message.id == one.message));
    let ids: Vec<MediaId> = uses.iter().map(|one| one.media).collect();
    let media = match ids.as_slice() {
        [] => Vec::new(),
        ids => snapshot.library().find_many(cx.workspace(), ids)?,
    };
    let with_media = |one: &MediaUse| {
        let found = media.iter().find(|media| media.id == one.media)?;
        Some((found.clone(), one.message))
    };
    Ok(Page {
        items: uses.iter().filter_map(with_media).collect(),
        next: page.next,
    })
}

/// Gives a file another name. Who is bound to a participant may rename its own only.
///
/// # Errors
/// `scope_missing`, `media_not_found`, `not_allowed`.
pub fn rename_media(
    unit: &mut dyn Unit,
    cx: &Context,
    id: MediaId,
    name: &FileName,
) -> Result<Media, Error> {
    let mut media = lock_own(unit, cx, id)?;
    if media.rename(name.clone(), cx.now) {
        unit.library_mut().save(&media)?;
        log(unit, cx.workspace(), id, &[Topic::MediaUpdated], cx.now)?;
    }
    Ok(media)
}

/// Deletes a file that nothing refers to. Who is bound to a participant may delete its own only.
///
/// # Errors
/// `scope_missing`, `media_not_found`, `not_allowed`, `media_in_use`.
pub fn delete_media(unit: &mut dyn Unit, cx: &Context, id: MediaId) -> Result<(), Error> {
    let media = lock_own(unit, cx, id)?;
    if !unit.library().uses(cx.workspace(), id, 1)?.is_empty() {
        return Err(Refusal::MediaInUse.into());
    }
    Ok(erase(unit, &[media], cx.now)?)
}

fn lock_own(unit: &mut dyn Unit, cx: &Context, id: MediaId) -> Result<Media, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let media = lock(unit, cx.workspace(), id)?;
    if !sees(unit, cx, &media)? {
        return Err(Refusal::MediaNotFound.into());
    }
    let bound = match cx.caller.sight() {
        Sight::Everything => cx.caller.acting_as(None)?,
        Sight::Public => cx.caller.participant(),
    };
    if bound.is_some() && media.owner != bound {
        return Err(Refusal::NotAllowed.into());
    }
    Ok(media)
}

fn lock(unit: &mut dyn Unit, workspace: WorkspaceId, id: MediaId) -> Result<Media, Error> {
    let found = unit.library_mut().lock_many(workspace, &[id])?.pop();
    Ok(found.ok_or(Refusal::MediaNotFound)?)
}

fn find_workspace(snapshot: &mut dyn Snapshot, workspace: WorkspaceId) -> Result<Workspace, Error> {
    let found = snapshot.workspaces().find(workspace)?;
    Ok(found.ok_or(Refusal::WorkspaceNotFound)?)
}

pub(super) fn log(
    unit: &mut dyn Unit,
    workspace: WorkspaceId,
    id: MediaId,
    topics: &[Topic],
    at: Timestamp,
) -> Result<(), Fault> {
    let event = |topic: &Topic| NewEvent {
        topic: *topic,
        subject: Subject::Media(id),
        at,
    };
    let events: Vec<NewEvent> = topics.iter().map(event).collect();
    unit.events_mut().append(workspace, &events)
}

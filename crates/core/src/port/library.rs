//! The files of workspaces: their entries, what refers to them, and which bytes are kept for them.

use crate::fault::Fault;
use crate::id::{ConversationId, MediaId, MessageId, ParticipantId, WorkspaceId};
use crate::media::{Digest, Media};
use crate::timestamp::Timestamp;

/// That a message, a revision of it or a scheduled message refers to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MediaUse {
    /// The file.
    pub media: MediaId,
    /// The message, sent or scheduled.
    pub message: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
}

/// Bytes that are kept, or about to be, for the files of a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptFile {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Their hash.
    pub digest: Digest,
    /// How many.
    pub size: u64,
    /// How many files and versions have these bytes.
    pub uses: u64,
    /// Without uses they are erased from then on; while they are being erased, when that is tried again.
    pub due_at: Timestamp,
    /// Whether they are being erased: then nothing may begin to use them.
    pub doomed: bool,
}

/// Which files a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediaFilter {
    /// Only those that this participant uploaded.
    pub owner: Option<ParticipantId>,
}

/// Files as they stand in one snapshot.
pub trait ReadLibrary {
    /// The file, or `None` if this workspace has none with this id.
    fn find(&mut self, workspace: WorkspaceId, id: MediaId) -> Result<Option<Media>, Fault>;
    /// Those of the files that exist, in no particular order: one statement.
    fn find_many(&mut self, workspace: WorkspaceId, ids: &[MediaId]) -> Result<Vec<Media>, Fault>;
    /// Up to `limit` files that pass the filter with ids below `before`, newest first.
    fn page(
        &mut self,
        workspace: WorkspaceId,
        filter: MediaFilter,
        before: Option<MediaId>,
        limit: usize,
    ) -> Result<Vec<Media>, Fault>;
    /// Up to `limit` of what refers to a file, the newest message first.
    fn uses(
        &mut self,
        workspace: WorkspaceId,
        media: MediaId,
        limit: usize,
    ) -> Result<Vec<MediaUse>, Fault>;
    /// Which message, the newest one, refers to each of these files, in no particular order: one statement.
    fn newest_uses(
        &mut self,
        workspace: WorkspaceId,
        media: &[MediaId],
    ) -> Result<Vec<MediaUse>, Fault>;
    /// Up to `limit` of what refers to files from a conversation, below `before`, by file and then message,
    /// newest first.
    fn uses_in(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        before: Option<(MediaId, MessageId)>,
        limit: usize,
    ) -> Result<Vec<MediaUse>, Fault>;
    /// How many bytes are kept for a workspace: each hash counts once.
    fn kept_bytes(&mut self, workspace: WorkspaceId) -> Result<u64, Fault>;
    /// Up to `limit` hashes of all workspaces after a place, in the order of workspaces and hashes.
    fn page_kept(
        &mut self,
        after: Option<(WorkspaceId, Digest)>,
        limit: usize,
    ) -> Result<Vec<KeptFile>, Fault>;
    /// When the next file of any workspace is to be processed.
    fn next_due(&mut self) -> Result<Option<Timestamp>, Fault>;
}

/// Files inside a unit of work.
pub trait Library: ReadLibrary {
    /// Those of the files that exist, locked for the rest of the unit in the order of their ids.
    fn lock_many(&mut self, workspace: WorkspaceId, ids: &[MediaId]) -> Result<Vec<Media>, Fault>;
    /// Adds a file.
    fn add(&mut self, media: &Media) -> Result<(), Fault>;
    /// Stores all of a locked file but its id, workspace, owner and time of creation.
    fn save(&mut self, media: &Media) -> Result<(), Fault>;
    /// Notes that messages refer to locked files, which expire no more then; what is noted already stays so.
    fn attach(&mut self, workspace: WorkspaceId, uses: &[MediaUse]) -> Result<(), Fault>;
    /// Notes that these messages refer to no files any more. Files that nothing refers to then expire at `now`.
    fn release(
        &mut self,
        workspace: WorkspaceId,
        messages: &[MessageId],
        now: Timestamp,
    ) -> Result<(), Fault>;
    /// Up to `limit` files of any workspace that are to be processed at `now`, locked for the rest of the unit,
    /// in the order of their times; those that another unit holds are left out.
    fn lock_due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Media>, Fault>;
    /// Up to `limit` files of any workspace that have expired at `now`, locked likewise.
    fn lock_expired(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Media>, Fault>;
    /// Erases locked files.
    fn erase(&mut self, ids: &[(WorkspaceId, MediaId)]) -> Result<(), Fault>;

    /// What is kept under a hash, locked for the rest of the unit.
    fn lock_kept(
        &mut self,
        workspace: WorkspaceId,
        digest: Digest,
    ) -> Result<Option<KeptFile>, Fault>;
    /// Adds bytes and counts them to the workspace, which is locked for it; says how many it keeps then.
    /// [`Fault::Contended`] when the same were added meanwhile.
    fn add_kept(&mut self, kept: &KeptFile) -> Result<u64, Fault>;
    /// Stores uses, time and doom of locked bytes.
    fn save_kept(&mut self, kept: &KeptFile) -> Result<(), Fault>;
    /// Up to `limit` bytes of any workspace that nothing uses and whose time has come at `now`, doomed or not,
    /// locked for the rest of the unit; those that another unit holds are left out.
    fn lock_unused(&mut self, now: Timestamp, limit: usize) -> Result<Vec<KeptFile>, Fault>;
    /// Erases the entries of doomed bytes, and counts them to their workspace no more.
    fn erase_kept(&mut self, gone: &[(WorkspaceId, Digest)]) -> Result<(), Fault>;
}

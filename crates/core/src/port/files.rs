//! Where the bytes of files are kept: beside the database, in a directory or with an object store.
//!
//! The only port that is asynchronous, as bytes come and go at the pace of a network. It knows nothing of
//! messages: which bytes are needed is decided by [`act`](crate::act).

use std::fmt::Debug;
use std::future::Future;
use std::ops::Range;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;

use crate::id::{MediaId, WorkspaceId};
use crate::media::{Arrived, Digest, MediaType};

/// What a call of [`Files`] gives, some time. It can be awaited under any runtime or on none.
pub type Filing<'a, T> = Pin<Box<dyn Future<Output = Result<T, FilesFault>> + Send + 'a>>;

/// Why bytes could not be kept or had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilesFault {
    /// There are more than are allowed.
    #[error("more than {bytes_max} bytes")]
    TooLarge {
        /// How many are allowed.
        bytes_max: u64,
    },
    /// They are not there.
    #[error("the bytes are not there")]
    Missing,
    /// The place could not be reached, is full, or failed. The cause is for the log.
    #[error("{0}")]
    Unavailable(String),
}

/// Keeps bytes. Those that arrive lie at a temporary place under the id of their file until they are kept
/// under their hash; only what is kept is ever read.
pub trait Files: Send + Sync + Debug {
    /// Opens the temporary place of a file for up to `bytes_max` bytes; what lay there before goes.
    fn receive(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        bytes_max: u64,
    ) -> Filing<'_, Box<dyn Incoming>>;
    /// Looks at what somebody put at the temporary place of a file through a signed address.
    /// [`FilesFault::Missing`] when nothing is there.
    fn examine(&self, workspace: WorkspaceId, id: MediaId, bytes_max: u64) -> Filing<'_, Arrived>;
    /// Moves what arrived from its temporary place to the place of its hash. When it returns, the bytes are
    /// durable; whoever looks there meanwhile finds all of them or nothing. Doing it again changes nothing.
    /// [`FilesFault::Missing`] when they are at neither place.
    fn keep(&self, workspace: WorkspaceId, id: MediaId, arrived: &Arrived) -> Filing<'_, ()>;
    /// Empties the temporary place of a file.
    fn discard(&self, workspace: WorkspaceId, id: MediaId) -> Filing<'_, ()>;
    /// Opens some of the bytes that are kept under a hash. The range lies within them.
    fn read(
        &self,
        workspace: WorkspaceId,
        digest: Digest,
        range: Range<u64>,
    ) -> Filing<'_, Box<dyn Outgoing>>;
    /// Erases what is kept under a hash; nothing happens if nothing is.
    fn erase(&self, workspace: WorkspaceId, digest: Digest) -> Filing<'_, ()>;
    /// Up to `limit` of the kept hashes with their sizes, after a place, in the order of workspaces and
    /// hashes.
    fn list(
        &self,
        after: Option<(WorkspaceId, Digest)>,
        limit: usize,
    ) -> Filing<'_, Vec<(WorkspaceId, Digest, u64)>>;
    /// Up to `limit` files whose temporary places have not changed for `age`.
    fn list_stale(&self, age: Duration, limit: usize) -> Filing<'_, Vec<(WorkspaceId, MediaId)>>;
    /// An address to which anybody may `PUT` the bytes of a file for so long, if the place can be reached
    /// without us.
    fn sign_upload(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        expires_in: Duration,
    ) -> Filing<'_, Option<String>>;
    /// An address from which anybody may `GET` what is kept under a hash for so long, if the place can be
    /// reached without us and gives it the type that was found when it arrived.
    fn sign_download(
        &self,
        workspace: WorkspaceId,
        digest: Digest,
        media_type: &MediaType,
        expires_in: Duration,
    ) -> Filing<'_, Option<String>>;
}

/// Bytes on their way in. Dropping it leaves the temporary place for whoever discards it.
pub trait Incoming: Send {
    /// Takes the next bytes. [`FilesFault::TooLarge`] as soon as there are too many.
    fn write(&mut self, bytes: Bytes) -> Filing<'_, ()>;
    /// Says that these were all; they lie at the temporary place then.
    fn finish(self: Box<Self>) -> Filing<'static, Arrived>;
}

/// Bytes on their way out.
pub trait Outgoing: Send {
    /// The next bytes; `None` at the end.
    fn read(&mut self) -> Filing<'_, Option<Bytes>>;
}

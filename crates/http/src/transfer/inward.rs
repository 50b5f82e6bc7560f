//! Bytes on their way in: landed at a temporary place, reserved, kept under their hash, and said to be there.
//!
//! A file that does not get to the end leaves nothing: its temporary place is emptied.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::web::Bytes;
use causerie_core::act::{self, RequestMedia};
use causerie_core::media::{Arrived, Media};
use causerie_core::port::{Files, Unit};
use causerie_core::{Context, Error, MediaId, Timestamp, WorkspaceId};
use futures_util::{Stream, StreamExt};
use metrics::Counter;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::app::App;
use crate::observe::{UPLOAD_BYTES, UPLOADS};
use crate::problem::{Problem, Trouble};

/// How many requests a node takes files from at the same time.
const UPLOADS_MAX: usize = 64;
/// How many more may wait for their turn; the next is refused at once.
const UPLOADS_WAITING_MAX: usize = 1_024;
/// How many requests may bring the file of one signed address at the same time: without a key nobody takes
/// all places.
const UPLOADS_PER_ADDRESS_MAX: usize = 4;
/// How long they wait.
const TURN_MAX: Duration = Duration::from_secs(10);
/// How long bytes may be awaited while others have come already.
pub(super) const IDLE_MAX: Duration = Duration::from_secs(30);
/// How long all files of a request may take to arrive.
pub(super) const UPLOAD_MAX: Duration = Duration::from_hours(1);

/// Places for requests that bring files.
pub(crate) struct Slots {
    taken: Arc<Semaphore>,
    known: Arc<Semaphore>,
    addresses: Addresses,
}

/// The files that are brought to signed addresses, and by how many.
type Addresses = Arc<Mutex<HashMap<MediaId, usize>>>;

/// One that brings a file to a signed address, as long as it lives.
pub(crate) struct Turn {
    addresses: Addresses,
    media: MediaId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut addresses = lock(&self.addresses);
        if let Some(count) = addresses.get_mut(&self.media) {
            *count -= 1;
            if *count == 0 {
                addresses.remove(&self.media);
            }
        }
    }
}

fn lock(addresses: &Addresses) -> MutexGuard<'_, HashMap<MediaId, usize>> {
    addresses.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for Slots {
    fn default() -> Self {
        Self::new(UPLOADS_MAX, UPLOADS_WAITING_MAX)
    }
}

/// A place, as long as it lives.
pub(crate) struct Slot {
    _taken: OwnedSemaphorePermit,
    _known: OwnedSemaphorePermit,
}

impl Slots {
    fn new(taken_max: usize, waiting_max: usize) -> Self {
        Self {
            taken: Arc::new(Semaphore::new(taken_max)),
            known: Arc::new(Semaphore::new(taken_max + waiting_max)),
            addresses: Addresses::default(),
        }
    }

    /// The right to bring the file of a signed address.
    ///
    /// # Errors
    /// `busy` when too many do so already.
    pub(crate) fn address(&self, media: MediaId) -> Result<Turn, Problem> {
        let mut addresses = lock(&self.addresses);
        let count = addresses.entry(media).or_default();
        if *count >= UPLOADS_PER_ADDRESS_MAX {
            return Err(Trouble::Busy.into());
        }
        *count += 1;
        let addresses = Arc::clone(&self.addresses);
        Ok(Turn { addresses, media })
    }

    /// A place, as soon as there is one.
    ///
    /// # Errors
    /// `busy` when too many wait, or none is free in time.
    pub(crate) async fn take(&self) -> Result<Slot, Problem> {
        let known = Arc::clone(&self.known).try_acquire_owned();
        let known = known.map_err(|_| Trouble::Busy)?;
        let turn = timeout(TURN_MAX, Arc::clone(&self.taken).acquire_owned());
        let taken = turn.await.map_err(|_| Trouble::Busy)?;
        Ok(Slot {
            _taken: taken.map_err(|_| Trouble::Unavailable)?,
            _known: known,
        })
    }
}

/// The files of one request on their way in.
pub(crate) struct Upload {
    files: Arc<dyn Files>,
    workspace: WorkspaceId,
    room: u64,
    deadline: Instant,
    bytes: Counter,
    _slot: Slot,
}

impl Upload {
    /// Begins to take files of up to `room` bytes each.
    ///
    /// # Errors
    /// `busy` when the node takes as many as it can.
    pub(crate) async fn begin(
        app: &App,
        workspace: WorkspaceId,
        room: u64,
    ) -> Result<Self, Problem> {
        let slot = app.slots().take().await?;
        Ok(Self {
            files: Arc::clone(app.files()),
            workspace,
            room,
            deadline: Instant::now() + UPLOAD_MAX,
            bytes: metrics::counter!(UPLOAD_BYTES),
            _slot: slot,
        })
    }

    /// Receives one file at the temporary place of this id.
    ///
    /// # Errors
    /// Those of the bytes, `request_timeout`, `media_too_large`, `unavailable`.
    pub(crate) async fn land(
        &self,
        id: MediaId,
        bytes: impl Stream<Item = Result<Bytes, Problem>>,
    ) -> Result<Landed, Problem> {
        let landing = self.land_whole(id, bytes);
        let landed = timeout_at(self.deadline, landing).await;
        landed.map_err(|_| Trouble::RequestTimeout)?
    }

    async fn land_whole(
        &self,
        id: MediaId,
        bytes: impl Stream<Item = Result<Bytes, Problem>>,
    ) -> Result<Landed, Problem> {
        let mut bytes = std::pin::pin!(bytes);
        let place = Place {
            files: Arc::clone(&self.files),
            workspace: self.workspace,
            id,
            is_kept: false,
        };
        let mut incoming = self.files.receive(self.workspace, id, self.room).await?;
        loop {
            let next = timeout(IDLE_MAX, bytes.next()).await;
            let Some(piece) = next.map_err(|_| Trouble::RequestTimeout)? else {
                break;
            };
            let piece = piece?;
            self.bytes
                .increment(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            incoming.write(piece).await?;
        }
        let arrived = incoming.finish().await?;
        metrics::counter!(UPLOADS).increment(1);
        Ok(Landed { place, arrived })
    }
}

/// A temporary place, emptied unless its bytes were kept.
struct Place {
    files: Arc<dyn Files>,
    workspace: WorkspaceId,
    id: MediaId,
    is_kept: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        // Without a runtime the process ends; the worker finds what was left.
        if let (false, Ok(runtime)) = (self.is_kept, Handle::try_current()) {
            let (files, workspace, id) = (Arc::clone(&self.files), self.workspace, self.id);
            runtime.spawn(async move {
                if let Err(fault) = files.discard(workspace, id).await {
                    tracing::warn!(%id, %fault, "bytes of a file that was not kept are left");
                }
            });
        }
    }
}

/// A file that lies at its temporary place.
pub(crate) struct Landed {
    place: Place,
    pub(crate) arrived: Arrived,
}

impl fmt::Debug for Landed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Landed({:?})", self.arrived)
    }
}

impl Landed {
    /// Moves the bytes to the place of their hash, where room was reserved for them.
    ///
    /// # Errors
    /// `unavailable`.
    pub(crate) async fn keep(mut self) -> Result<Arrived, Problem> {
        let Place {
            files,
            workspace,
            id,
            ..
        } = &self.place;
        files.keep(*workspace, *id, &self.arrived).await?;
        self.place.is_kept = true;
        Ok(self.arrived.clone())
    }
}

/// A file that has landed under the fresh id of a context, and what is said of it.
#[derive(Debug)]
pub(crate) struct Brought {
    pub(crate) cx: Context,
    pub(crate) cmd: RequestMedia,
    pub(crate) landed: Landed,
}

/// A file of this id whose bytes are kept, but for its entry to say so.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    workspace: WorkspaceId,
    id: MediaId,
    arrived: Arrived,
}

impl Kept {
    pub(crate) fn new(workspace: WorkspaceId, id: MediaId, arrived: Arrived) -> Self {
        Self {
            workspace,
            id,
            arrived,
        }
    }

    /// The file.
    pub(crate) fn id(&self) -> MediaId {
        self.id
    }
}

/// Makes entries for files that have landed, reserves room for them, all or none, and keeps their bytes.
///
/// # Errors
/// Those of [`act::receive_media`]; `unavailable`.
pub(crate) async fn reserve(app: &App, brought: Vec<Brought>) -> Result<Vec<Kept>, Problem> {
    // The bytes may have taken longer to come than what is reserved for them lasts.
    let now = app.clock().now();
    let (said, landed): (Vec<_>, Vec<_>) = brought
        .into_iter()
        .map(|Brought { cx, cmd, landed }| {
            let cx = Context { now, ..cx };
            ((cx, cmd, landed.arrived.clone()), landed)
        })
        .unzip();
    let reserving = app.store().write(move |unit| {
        let entries = said.iter();
        entries
            .map(|(cx, cmd, arrived)| act::receive_media(unit, cx, cmd, arrived))
            .collect::<Result<Vec<Media>, Error>>()
    });
    let entries = reserving.await?;
    let mut kept = Vec::with_capacity(entries.len());
    for (media, landed) in entries.iter().zip(landed) {
        kept.push(Kept::new(media.workspace, media.id, landed.keep().await?));
    }
    Ok(kept)
}

/// Says that the bytes of these files are there.
///
/// # Errors
/// Those of [`act::arrive_media`].
pub(crate) fn arrive(
    unit: &mut dyn Unit,
    kept: &[Kept],
    now: Timestamp,
) -> Result<Vec<Media>, Error> {
    kept.iter()
        .map(|one| act::arrive_media(unit, one.workspace, one.id, &one.arrived, now))
        .collect()
}

#[cfg(test)]
mod tests {
    use causerie_core::MediaId;
    use futures_util::FutureExt;

    use super::{Slots, UPLOADS_PER_ADDRESS_MAX};

    #[test]
    fn one_address_is_not_given_all_places() {
        let slots = Slots::default();
        let media = MediaId::from_bytes([1; 16]);
        let turns = || slots.address(media);
        let mut taken: Vec<_> = (0..UPLOADS_PER_ADDRESS_MAX).map(|_| turns()).collect();
        assert!(taken.iter().all(Result::is_ok));
        assert_eq!(turns().err().expect("too many").code(), "busy");
        assert!(slots.address(MediaId::from_bytes([2; 16])).is_ok());
        taken.pop();
        assert!(turns().is_ok());
    }

    #[actix_web::test]
    async fn who_finds_no_place_waits_or_is_told_at_once() {
        let slots = Slots::new(1, 1);
        let first = slots.take().await.expect("a place");
        let mut second = std::pin::pin!(slots.take());
        assert!(second.as_mut().now_or_never().is_none());
        let third = slots.take().await.err().expect("too many");
        assert_eq!(third.code(), "busy");
        drop(first);
        second.await.expect("a place");
        slots.take().await.expect("all places are free again");
    }
}

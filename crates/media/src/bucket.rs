//! Files in a bucket of a service that speaks the S3 protocol, through `object_store`.
//!
//! `incoming/<workspace>/<file>/` holds what arrived through us, under its hash once it is whole;
//! `uploads/<workspace>/<file>` is where clients put things by themselves, and nothing there is believed:
//! examining it writes it anew, so that what is kept has the type that we found and cannot be changed any
//! more by whoever has the signed address. `kept/<workspace>/<two digits>/<hash>` holds what is kept.
//!
//! An upload in parts that is never ended, as after a crash, is seen by the service alone: its rules for
//! the life of objects should end such uploads after a day.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use causerie_core::media::{Arrived, Digest, MediaType};
use causerie_core::port::{Files, FilesFault, Filing, Incoming, Outgoing};
use causerie_core::{MediaId, WorkspaceId};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::signer::Signer as _;
use object_store::{GetOptions, GetRange, GetResult, ObjectStore as _, ObjectStoreExt as _};
use reqwest::Method;
use tokio::sync::mpsc;

use crate::OpenError;
use crate::connect::builder;
use crate::part::Parts;
use crate::tally::{Allowance, Tally};
use crate::threads::{Lane, Threads};
use crate::url::BucketAddress;

/// How many pieces may be read ahead of whoever takes them.
const PIECES_AHEAD: usize = 16;
/// For how long the protocol lets an address be signed.
const SIGNED_MAX: Duration = Duration::from_hours(7 * 24);

/// Files in one bucket, below one prefix.
pub(crate) struct Bucket {
    place: Arc<Place>,
    lane: Lane,
    _threads: Threads,
}

/// Where each file is.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) store: Arc<AmazonS3>,
    prefix: String,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Bucket").field(&self.place.prefix).finish()
    }
}

impl Bucket {
    /// Connects and checks that objects can be written, copied and erased.
    pub(crate) fn open(address: &BucketAddress) -> Result<Self, OpenError> {
        // Another part of the program may have chosen already; ours is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let failed = |cause: object_store::Error| OpenError::Bucket {
            bucket: address.bucket.clone(),
            cause: cause.to_string(),
        };
        let place = Arc::new(Place {
            store: Arc::new(builder(address).build().map_err(failed)?),
            prefix: address.prefix.clone(),
        });
        let threads = Threads::for_network().map_err(OpenError::Threads)?;
        let probed = Arc::clone(&place);
        let probe = async move { Ok(probed.probe().await) };
        crate::threads::wait(threads.lane().network(probe))
            .map_err(|fault| OpenError::Threads(std::io::Error::other(fault)))?
            .map_err(failed)?;
        Ok(Self {
            place,
            lane: threads.lane(),
            _threads: threads,
        })
    }

    fn network<T, F>(&self, work: impl FnOnce(Arc<Place>) -> F) -> Filing<'static, T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, FilesFault>> + Send + 'static,
    {
        self.lane.network(work(Arc::clone(&self.place)))
    }
}

impl Place {
    fn path(&self, rest: &str) -> Path {
        Path::from(format!("{}/{rest}", self.prefix))
    }

    /// Where the files that arrive for one entry lie.
    pub(crate) fn arriving(&self, workspace: WorkspaceId, id: MediaId) -> Path {
        self.path(&format!("incoming/{workspace}/{id}"))
    }

    fn upload(&self, workspace: WorkspaceId, id: MediaId) -> Path {
        self.path(&format!("uploads/{workspace}/{id}"))
    }

    fn home(&self, workspace: WorkspaceId, digest: Digest) -> Path {
        let name = digest.to_string();
        self.path(&format!("kept/{workspace}/{}/{name}", &name[..2]))
    }

    async fn probe(&self) -> object_store::Result<()> {
        // Several of us may open the bucket at once.
        let nonce = getrandom::u64().unwrap_or_default();
        let probe = self.path(&format!("incoming/probe-{nonce:016x}"));
        let copy = self.path(&format!("incoming/probed-{nonce:016x}"));
        self.store.put(&probe, "probe".into()).await?;
        self.store.copy(&probe, &copy).await?;
        self.store.delete(&probe).await?;
        self.store.delete(&copy).await
    }

    async fn examine(
        self: Arc<Self>,
        lane: Lane,
        (workspace, id): (WorkspaceId, MediaId),
        bytes_max: u64,
    ) -> Result<Arrived, FilesFault> {
        match self.store.get(&self.upload(workspace, id)).await {
            Ok(given) => {
                let mut given = Bounded::new(given, bytes_max)?;
                let mut parts = Parts::new(&self, lane, workspace, id);
                while let Some(piece) = given.next().await? {
                    parts.write(&piece).await?;
                }
                return parts.finish().await;
            }
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(fault(error)),
        }
        let whole = self
            .whole(workspace, id)
            .await?
            .ok_or(FilesFault::Missing)?;
        let given = self.store.get(&whole).await.map_err(fault)?;
        let (mut given, mut tally) = (Bounded::new(given, bytes_max)?, Tally::default());
        while let Some(piece) = given.next().await? {
            tally.add(&piece);
        }
        Ok(tally.arrived())
    }

    /// What has wholly arrived through us.
    async fn whole(&self, workspace: WorkspaceId, id: MediaId) -> Result<Option<Path>, FilesFault> {
        let mut listed = self.store.list(Some(&self.arriving(workspace, id)));
        while let Some(one) = listed.next().await {
            let location = one.map_err(fault)?.location;
            if location.filename().and_then(Digest::parse).is_some() {
                return Ok(Some(location));
            }
        }
        Ok(None)
    }

    async fn keep(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        digest: Digest,
    ) -> Result<(), FilesFault> {
        let from = self.arriving(workspace, id).join(digest.to_string());
        let to = self.home(workspace, digest);
        match self.store.copy(&from, &to).await {
            Ok(()) => self.erase(&from).await?,
            Err(object_store::Error::NotFound { .. }) => {
                self.store.head(&to).await.map_err(fault)?;
            }
            Err(error) => return Err(fault(error)),
        }
        self.erase(&self.upload(workspace, id)).await
    }

    pub(crate) async fn discard(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
    ) -> Result<(), FilesFault> {
        let mut listed = self.store.list(Some(&self.arriving(workspace, id)));
        while let Some(one) = listed.next().await {
            self.erase(&one.map_err(fault)?.location).await?;
        }
        self.erase(&self.upload(workspace, id)).await
    }

    pub(crate) async fn erase(&self, path: &Path) -> Result<(), FilesFault> {
        match self.store.delete(path).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(fault(error)),
        }
    }

    async fn read(&self, path: &Path, range: Range<u64>) -> Result<Option<GetResult>, FilesFault> {
        if range.is_empty() {
            self.store.head(path).await.map_err(fault)?;
            return Ok(None);
        }
        let options = GetOptions {
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        self.store
            .get_opts(path, options)
            .await
            .map(Some)
            .map_err(fault)
    }

    async fn list(
        &self,
        after: Option<(WorkspaceId, Digest)>,
        limit: usize,
    ) -> Result<Vec<(WorkspaceId, Digest, u64)>, FilesFault> {
        let kept = self.path("kept");
        let mut listed = match after {
            Some((workspace, digest)) => {
                let offset = self.home(workspace, digest);
                self.store.list_with_offset(Some(&kept), &offset)
            }
            None => self.store.list(Some(&kept)),
        };
        let mut found = Vec::new();
        while found.len() < limit {
            let Some(one) = listed.next().await else {
                break;
            };
            let one = one.map_err(fault)?;
            let mut names = one.location.prefix_match(&kept).into_iter().flatten();
            let workspace = names
                .next()
                .and_then(|name| WorkspaceId::parse(name.as_ref()).ok());
            let digest = names.nth(1).and_then(|name| Digest::parse(name.as_ref()));
            if let (Some(workspace), Some(digest)) = (workspace, digest) {
                found.push((workspace, digest, one.size));
            }
        }
        Ok(found)
    }

    async fn list_stale(
        &self,
        age: Duration,
        limit: usize,
    ) -> Result<Vec<(WorkspaceId, MediaId)>, FilesFault> {
        let mut found = Vec::new();
        for place in ["incoming", "uploads"] {
            let place = self.path(place);
            let mut listed = self.store.list(Some(&place));
            while let Some(one) = listed.next().await {
                if found.len() >= limit {
                    return Ok(found);
                }
                let one = one.map_err(fault)?;
                let changed = SystemTime::from(one.last_modified);
                let mut names = one.location.prefix_match(&place).into_iter().flatten();
                let workspace = names
                    .next()
                    .and_then(|name| WorkspaceId::parse(name.as_ref()).ok());
                let id = names
                    .next()
                    .and_then(|name| MediaId::parse(name.as_ref()).ok());
                if let (Some(workspace), Some(id)) = (workspace, id)
                    && changed.elapsed().is_ok_and(|since| since >= age)
                    && !found.contains(&(workspace, id))
                {
                    found.push((workspace, id));
                }
            }
        }
        Ok(found)
    }

    async fn sign(
        &self,
        method: Method,
        path: &Path,
        expires_in: Duration,
    ) -> Result<Option<String>, FilesFault> {
        let expires_in = expires_in.min(SIGNED_MAX);
        let signed = self.store.signed_url(method, path, expires_in).await;
        Ok(Some(signed.map_err(fault)?.into()))
    }
}

/// An object that is read as far as is allowed.
struct Bounded {
    pieces: BoxStream<'static, object_store::Result<Bytes>>,
    allowance: Allowance,
}

impl Bounded {
    fn new(given: GetResult, bytes_max: u64) -> Result<Self, FilesFault> {
        if given.meta.size > bytes_max {
            return Err(FilesFault::TooLarge { bytes_max });
        }
        Ok(Self {
            pieces: given.into_stream(),
            allowance: Allowance::new(bytes_max),
        })
    }

    async fn next(&mut self) -> Result<Option<Bytes>, FilesFault> {
        let piece = self.pieces.next().await.transpose().map_err(fault)?;
        if let Some(piece) = &piece {
            self.allowance.take(piece.len())?;
        }
        Ok(piece)
    }
}

impl Files for Bucket {
    fn receive(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        bytes_max: u64,
    ) -> Filing<'_, Box<dyn Incoming>> {
        let lane = self.lane.clone();
        self.network(move |place| async move {
            place.discard(workspace, id).await?;
            let parts = Parts::new(&place, lane.clone(), workspace, id);
            let arriving: Box<dyn Incoming> = Box::new(Arriving {
                parts: Some(parts),
                allowance: Allowance::new(bytes_max),
                lane,
            });
            Ok(arriving)
        })
    }

    fn examine(&self, workspace: WorkspaceId, id: MediaId, bytes_max: u64) -> Filing<'_, Arrived> {
        let lane = self.lane.clone();
        self.network(move |place| place.examine(lane, (workspace, id), bytes_max))
    }

    fn keep(&self, workspace: WorkspaceId, id: MediaId, arrived: &Arrived) -> Filing<'_, ()> {
        let digest = arrived.digest;
        self.network(move |place| async move { place.keep(workspace, id, digest).await })
    }

    fn discard(&self, workspace: WorkspaceId, id: MediaId) -> Filing<'_, ()> {
        self.network(move |place| async move { place.discard(workspace, id).await })
    }

    fn read(
        &self,
        workspace: WorkspaceId,
        digest: Digest,
        range: Range<u64>,
    ) -> Filing<'_, Box<dyn Outgoing>> {
        let lane = self.lane.clone();
        self.network(move |place| async move {
            let path = place.home(workspace, digest);
            let (sender, pieces) = mpsc::channel(PIECES_AHEAD);
            if let Some(found) = place.read(&path, range).await? {
                lane.detach(async move {
                    let mut found = found.into_stream();
                    while let Some(piece) = found.next().await {
                        if sender.send(piece.map_err(fault)).await.is_err() {
                            return;
                        }
                    }
                });
            }
            let leaving: Box<dyn Outgoing> = Box::new(Leaving { pieces });
            Ok(leaving)
        })
    }

    fn erase(&self, workspace: WorkspaceId, digest: Digest) -> Filing<'_, ()> {
        self.network(move |place| async move { place.erase(&place.home(workspace, digest)).await })
    }

    fn list(
        &self,
        after: Option<(WorkspaceId, Digest)>,
        limit: usize,
    ) -> Filing<'_, Vec<(WorkspaceId, Digest, u64)>> {
        self.network(move |place| async move { place.list(after, limit).await })
    }

    fn list_stale(&self, age: Duration, limit: usize) -> Filing<'_, Vec<(WorkspaceId, MediaId)>> {
        self.network(move |place| async move { place.list_stale(age, limit).await })
    }

    fn sign_upload(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        expires_in: Duration,
    ) -> Filing<'_, Option<String>> {
        self.network(move |place| async move {
            let path = place.upload(workspace, id);
            place.sign(Method::PUT, &path, expires_in).await
        })
    }

    /// What is kept had its type when it was written: nothing is asked of it here.
    fn sign_download(
        &self,
        workspace: WorkspaceId,
        digest: Digest,
        _media_type: &MediaType,
        expires_in: Duration,
    ) -> Filing<'_, Option<String>> {
        self.network(move |place| async move {
            let path = place.home(workspace, digest);
            place.sign(Method::GET, &path, expires_in).await
        })
    }
}

/// Bytes on their way in.
struct Arriving {
    lane: Lane,
    allowance: Allowance,
    parts: Option<Parts>,
}

fn failed_before() -> FilesFault {
    FilesFault::Unavailable("the upload had failed before".into())
}

impl Incoming for Arriving {
    fn write(&mut self, bytes: Bytes) -> Filing<'_, ()> {
        Box::pin(async move {
            self.allowance.take(bytes.len())?;
            let parts = self.parts.as_mut().ok_or_else(failed_before)?;
            if parts.gather(&bytes) {
                let mut parts = self.parts.take().ok_or_else(failed_before)?;
                let sent = self.lane.network(async move {
                    parts.send().await?;
                    Ok(parts)
                });
                self.parts = Some(sent.await?);
            }
            Ok(())
        })
    }

    fn finish(self: Box<Self>) -> Filing<'static, Arrived> {
        match self.parts {
            Some(parts) => self.lane.network(parts.finish()),
            None => Box::pin(async { Err(failed_before()) }),
        }
    }
}

/// Bytes on their way out.
struct Leaving {
    pieces: mpsc::Receiver<Result<Bytes, FilesFault>>,
}

impl Outgoing for Leaving {
    fn read(&mut self) -> Filing<'_, Option<Bytes>> {
        Box::pin(async move { self.pieces.recv().await.transpose() })
    }
}

/// What the service said, for us.
pub(crate) fn fault(error: object_store::Error) -> FilesFault {
    match error {
        object_store::Error::NotFound { .. } => FilesFault::Missing,
        other => FilesFault::Unavailable(other.to_string()),
    }
}

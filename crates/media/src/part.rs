//! Writing an object to a bucket while it arrives, in parts where it is large.
//!
//! Small ones are written at once under their hash. Large ones are given their hash for a name in the end:
//! the service copies them, as it renames nothing.

use std::sync::Arc;

use bytes::Bytes;
use causerie_core::media::{Arrived, MediaType};
use causerie_core::port::FilesFault;
use causerie_core::{MediaId, WorkspaceId};
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, ObjectStore as _, ObjectStoreExt as _, PutMultipartOptions, PutOptions,
    WriteMultipart,
};

use crate::bucket::{Place, fault};
use crate::tally::Tally;
use crate::threads::Lane;

/// How many bytes a part has; the protocol wants at least 5 MiB.
const PART_BYTES: usize = 8 * 1024 * 1024;
/// How many parts may be on their way at once.
const PARTS_IN_FLIGHT_MAX: usize = 2;

/// An object that is being written.
#[derive(Debug)]
pub(crate) struct Parts {
    place: Arc<Place>,
    directory: Path,
    lane: Lane,
    tally: Tally,
    pending: Vec<u8>,
    upload: Option<Upload>,
}

impl Parts {
    /// Nothing so far.
    pub(crate) fn new(place: &Arc<Place>, lane: Lane, workspace: WorkspaceId, id: MediaId) -> Self {
        Self {
            place: Arc::clone(place),
            directory: place.arriving(workspace, id),
            lane,
            tally: Tally::default(),
            pending: Vec::new(),
            upload: None,
        }
    }

    /// Takes bytes. Says whether they are to be sent now.
    pub(crate) fn gather(&mut self, bytes: &[u8]) -> bool {
        self.pending.extend_from_slice(bytes);
        self.pending.len() >= PART_BYTES
    }

    /// Sends what was gathered, when there is room.
    pub(crate) async fn send(&mut self) -> Result<(), FilesFault> {
        let part = Bytes::from(std::mem::take(&mut self.pending));
        self.tally.add(&part);
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => none.insert(
                Upload::begin(
                    &self.place,
                    &self.directory,
                    self.lane.clone(),
                    &self.tally.media_type(),
                )
                .await?,
            ),
        };
        if let Some(parts) = &mut upload.parts {
            let room = parts.wait_for_capacity(PARTS_IN_FLIGHT_MAX).await;
            room.map_err(fault)?;
            parts.put(part);
        }
        Ok(())
    }

    /// Takes bytes and sends them when they are enough.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), FilesFault> {
        if self.gather(bytes) {
            self.send().await?;
        }
        Ok(())
    }

    /// Writes the rest. The object has its hash for a name then.
    pub(crate) async fn finish(mut self) -> Result<Arrived, FilesFault> {
        if self.upload.is_some() {
            self.send().await?;
        } else {
            self.tally.add(&self.pending);
        }
        let arrived = self.tally.arrived();
        let named = self.directory.join(arrived.digest.to_string());
        if let Some(upload) = self.upload {
            let whole = upload.end().await?;
            let copied = self.place.store.copy(&whole, &named).await;
            copied.map_err(fault)?;
            self.place.erase(&whole).await?;
        } else {
            let options = PutOptions {
                attributes: attributes(&arrived.media_type),
                ..PutOptions::default()
            };
            let rest = self.pending.into();
            let put = self.place.store.put_opts(&named, rest, options).await;
            put.map_err(fault)?;
        }
        Ok(arrived)
    }
}

/// An object in parts. Dropped before its end, it is given up.
#[derive(Debug)]
struct Upload {
    path: Path,
    lane: Lane,
    parts: Option<WriteMultipart>,
}

impl Upload {
    async fn begin(
        place: &Place,
        directory: &Path,
        lane: Lane,
        media_type: &MediaType,
    ) -> Result<Self, FilesFault> {
        let nonce = getrandom::u64().map_err(|error| FilesFault::Unavailable(error.to_string()))?;
        let path = directory.clone().join(format!("{nonce:016x}.part"));
        let options = PutMultipartOptions {
            attributes: attributes(media_type),
            ..PutMultipartOptions::default()
        };
        let begun = place.store.put_multipart_opts(&path, options).await;
        let parts = WriteMultipart::new_with_chunk_size(begun.map_err(fault)?, PART_BYTES);
        Ok(Self {
            path,
            lane,
            parts: Some(parts),
        })
    }

    async fn end(mut self) -> Result<Path, FilesFault> {
        if let Some(parts) = self.parts.take() {
            parts.finish().await.map_err(fault)?;
        }
        Ok(self.path.clone())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(parts) = self.parts.take() {
            self.lane.detach(async move {
                if let Err(error) = parts.abort().await {
                    tracing::warn!(%error, "an upload in parts could not be given up");
                }
            });
        }
    }
}

/// What goes with an object, so that a browser which is sent there never runs it.
fn attributes(media_type: &MediaType) -> Attributes {
    let mut attributes = Attributes::new();
    let content_type = media_type.as_str().to_owned();
    attributes.insert(Attribute::ContentType, content_type.into());
    if !media_type.shows_inline() {
        attributes.insert(Attribute::ContentDisposition, "attachment".into());
    }
    attributes
}

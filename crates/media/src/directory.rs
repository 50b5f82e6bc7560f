//! Files in a directory of this machine.
//!
//! The standard library does it, not `object_store`: that leaves half-written files where no listing shows
//! them, makes them readable for everybody, and may find a directory made by a neighbour durable too early.
//!
//! `incoming/<workspace>/<file>/` holds what arrives, in files of random names until they are whole, then
//! under their hash; `kept/<workspace>/<two digits>/<hash>` holds what is kept. Two uploads for one file
//! never meet in one place, so what is kept under a hash always has it.

use std::collections::HashSet;
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use causerie_core::media::{Arrived, Digest, MediaType};
use causerie_core::port::{Files, FilesFault, Filing, Incoming, Outgoing};
use causerie_core::{MediaId, WorkspaceId};

use crate::OpenError;
use crate::flow::{Arriving, Leaving, Sink, Source, at, next_piece};
use crate::tally::{Allowance, Tally};
use crate::threads::{Lane, Threads};
use crate::walk;

/// How many directories are remembered as durable.
const DURABLE_MAX: usize = 65_536;

/// Files below one directory.
#[derive(Debug)]
pub(crate) struct Directory {
    place: Arc<Place>,
    lane: Lane,
    _threads: Threads,
}

/// Where each file is.
#[derive(Debug)]
pub(crate) struct Place {
    root: PathBuf,
    /// Directories that a power cut would not take away.
    durable: Mutex<HashSet<PathBuf>>,
}

impl Directory {
    /// Makes the directory if need be and checks that it can be written.
    pub(crate) fn open(root: &Path) -> Result<Self, OpenError> {
        let failed = |cause| OpenError::directory(root, &cause);
        let place = Place {
            root: root.to_owned(),
            durable: Mutex::default(),
        };
        for directory in [place.incoming(), place.kept()] {
            make(&directory).map_err(failed)?;
        }
        let mut probe = tempfile::tempfile_in(place.incoming()).map_err(failed)?;
        probe.write_all(b"probe").map_err(failed)?;
        probe.sync_all().map_err(failed)?;
        sync(root).map_err(failed)?;
        let above = root.canonicalize().map_err(failed)?;
        sync(above.parent().unwrap_or(&above)).map_err(failed)?;
        let threads = Threads::for_disk().map_err(OpenError::Threads)?;
        Ok(Self {
            place: Arc::new(place),
            lane: threads.lane(),
            _threads: threads,
        })
    }

    fn disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Place) -> Result<T, FilesFault> + Send + 'static,
    ) -> Filing<'static, T> {
        let place = Arc::clone(&self.place);
        self.lane.disk(move || work(&place))
    }
}

impl Place {
    pub(crate) fn incoming(&self) -> PathBuf {
        self.root.join("incoming")
    }

    pub(crate) fn kept(&self) -> PathBuf {
        self.root.join("kept")
    }

    fn arriving(&self, workspace: WorkspaceId, id: MediaId) -> PathBuf {
        let workspace = self.incoming().join(workspace.to_string());
        workspace.join(id.to_string())
    }

    fn home(&self, workspace: WorkspaceId, digest: Digest) -> PathBuf {
        let digest = digest.to_string();
        let workspace = self.kept().join(workspace.to_string());
        workspace.join(&digest[..2]).join(digest)
    }

    /// An empty file at the temporary place.
    fn accept(&self, workspace: WorkspaceId, id: MediaId) -> Result<Sink, FilesFault> {
        let directory = self.arriving(workspace, id);
        empty(&directory).map_err(at(&directory))?;
        make(&directory).map_err(at(&directory))?;
        let named = tempfile::Builder::new()
            .suffix(".part")
            .tempfile_in(&directory);
        let (file, path) = named
            .and_then(|named| named.keep().map_err(|error| error.error))
            .map_err(at(&directory))?;
        Ok(Sink { file, path })
    }

    /// Reads what is whole at the temporary place.
    fn examine(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        bytes_max: u64,
    ) -> Result<Arrived, FilesFault> {
        let directory = self.arriving(workspace, id);
        let names = walk::names(&directory).map_err(at(&directory))?;
        let name = names.iter().find(|name| Digest::parse(name).is_some());
        let path = directory.join(name.ok_or(FilesFault::Missing)?);
        let mut file = File::open(&path).map_err(at(&path))?;
        let (mut tally, mut allowance) = (Tally::default(), Allowance::new(bytes_max));
        loop {
            let piece = next_piece(&mut file, u64::MAX).map_err(at(&path))?;
            if piece.is_empty() {
                return Ok(tally.arrived());
            }
            allowance.take(piece.len())?;
            tally.add(&piece);
        }
    }

    fn keep(&self, workspace: WorkspaceId, id: MediaId, digest: Digest) -> Result<(), FilesFault> {
        let directory = self.arriving(workspace, id);
        let from = directory.join(digest.to_string());
        let to = self.home(workspace, digest);
        let drawer = to.parent().unwrap_or(&self.root);
        let moved = File::open(&from)
            .and_then(|file| file.sync_all())
            .and_then(|()| self.make_durable(drawer))
            .and_then(|()| fs::rename(&from, &to));
        match moved {
            // Another upload may have its own file there.
            Ok(()) => drop(fs::remove_dir(&directory)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let kept = File::open(&to).map_err(at(&to))?;
                kept.sync_all().map_err(at(&to))?;
                self.make_durable(drawer).map_err(at(drawer))?;
            }
            Err(error) => return Err(at(&from)(error)),
        }
        sync(drawer).map_err(at(drawer))
    }

    /// Makes a directory, and all between it and the root, survive a power cut. Directories that are there
    /// already are no exception: whoever made them may have died before they were durable.
    fn make_durable(&self, drawer: &Path) -> io::Result<()> {
        let durable = || self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        if durable().contains(drawer) {
            return Ok(());
        }
        make(drawer)?;
        for above in drawer.ancestors().skip(1) {
            sync(above)?;
            if above == self.root {
                break;
            }
        }
        let mut durable = durable();
        if durable.len() >= DURABLE_MAX {
            durable.clear();
        }
        durable.insert(drawer.to_owned());
        Ok(())
    }

    fn open(
        &self,
        workspace: WorkspaceId,
        digest: Digest,
        range: &Range<u64>,
    ) -> Result<Source, FilesFault> {
        let path = self.home(workspace, digest);
        let mut file = File::open(&path).map_err(at(&path))?;
        file.seek(SeekFrom::Start(range.start)).map_err(at(&path))?;
        let left = range.end.saturating_sub(range.start);
        Ok(Source { file, path, left })
    }

    fn erase(&self, workspace: WorkspaceId, digest: Digest) -> Result<(), FilesFault> {
        let path = self.home(workspace, digest);
        match fs::remove_file(&path) {
            // What was erased must not come back with the power.
            Ok(()) => sync(path.parent().unwrap_or(&self.root)).map_err(at(&path)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(at(&path)(error)),
        }
    }
}

impl Files for Directory {
    fn receive(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        bytes_max: u64,
    ) -> Filing<'_, Box<dyn Incoming>> {
        let lane = self.lane.clone();
        self.disk(move |place| -> Result<Box<dyn Incoming>, FilesFault> {
            let sink = place.accept(workspace, id)?;
            Ok(Box::new(Arriving::new(lane, sink, bytes_max)))
        })
    }

    fn examine(&self, workspace: WorkspaceId, id: MediaId, bytes_max: u64) -> Filing<'_, Arrived> {
        self.disk(move |place| place.examine(workspace, id, bytes_max))
    }

    fn keep(&self, workspace: WorkspaceId, id: MediaId, arrived: &Arrived) -> Filing<'_, ()> {
        let digest = arrived.digest;
        self.disk(move |place| place.keep(workspace, id, digest))
    }

    fn discard(&self, workspace: WorkspaceId, id: MediaId) -> Filing<'_, ()> {
        self.disk(move |place| {
            let directory = place.arriving(workspace, id);
            empty(&directory).map_err(at(&directory))
        })
    }

    fn read(
        &self,
        workspace: WorkspaceId,
        digest: Digest,
        range: Range<u64>,
    ) -> Filing<'_, Box<dyn Outgoing>> {
        let lane = self.lane.clone();
        self.disk(move |place| -> Result<Box<dyn Outgoing>, FilesFault> {
            let source = place.open(workspace, digest, &range)?;
            Ok(Box::new(Leaving::new(lane, source)?))
        })
    }

    fn erase(&self, workspace: WorkspaceId, digest: Digest) -> Filing<'_, ()> {
        self.disk(move |place| place.erase(workspace, digest))
    }

    fn list(
        &self,
        after: Option<(WorkspaceId, Digest)>,
        limit: usize,
    ) -> Filing<'_, Vec<(WorkspaceId, Digest, u64)>> {
        self.disk(move |place| walk::kept(&place.kept(), after, limit).map_err(at(&place.root)))
    }

    fn list_stale(&self, age: Duration, limit: usize) -> Filing<'_, Vec<(WorkspaceId, MediaId)>> {
        self.disk(move |place| walk::stale(&place.incoming(), age, limit).map_err(at(&place.root)))
    }

    fn sign_upload(
        &self,
        _workspace: WorkspaceId,
        _id: MediaId,
        _expires_in: Duration,
    ) -> Filing<'_, Option<String>> {
        Box::pin(async { Ok(None) })
    }

    fn sign_download(
        &self,
        _workspace: WorkspaceId,
        _digest: Digest,
        _media_type: &MediaType,
        _expires_in: Duration,
    ) -> Filing<'_, Option<String>> {
        Box::pin(async { Ok(None) })
    }
}

/// Makes a directory for its owner alone, with all above it.
fn make(directory: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
}

/// Removes a directory with all in it; nothing happens if it is not there.
fn empty(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the entries of a directory durable.
fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

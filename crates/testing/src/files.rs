//! Files in memory: as the port says, and with a plug that can be pulled.
//!
//! Knows PNG and GIF by their first bytes, and HTML by its first letter; keeps nothing else apart.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use causerie_core::media::{Arrived, Digest, MediaType};
use causerie_core::port::{Files, FilesFault, Filing, Incoming, Outgoing};
use causerie_core::{MediaId, WorkspaceId};

/// How many bytes leave at a time.
const PIECE_BYTES: usize = 16 * 1024;

#[derive(Debug, Default)]
struct Shelves {
    incoming: BTreeMap<(WorkspaceId, MediaId), Vec<u8>>,
    kept: BTreeMap<(WorkspaceId, Digest), Bytes>,
    opened: usize,
    open: usize,
    signs: bool,
    is_broken: bool,
}

/// The bytes of all files.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles(Arc<Mutex<Shelves>>);

impl MemoryFiles {
    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.0.lock().expect("no test panics while it looks")
    }

    fn work<T>(&self, work: impl FnOnce(&mut Shelves) -> Result<T, FilesFault>) -> Filing<'_, T>
    where
        T: Send + 'static,
    {
        Box::pin(std::future::ready(self.look(work)))
    }

    fn look<T>(
        &self,
        work: impl FnOnce(&mut Shelves) -> Result<T, FilesFault>,
    ) -> Result<T, FilesFault> {
        let mut shelves = self.shelves();
        if shelves.is_broken {
            return Err(FilesFault::Unavailable("the plug is pulled".to_owned()));
        }
        work(&mut shelves)
    }

    /// Nothing can be kept or had from now on.
    pub fn pull_the_plug(&self) {
        self.shelves().is_broken = true;
    }

    /// Gives addresses of its own from now on, as an object store does.
    pub fn sign(&self) {
        self.shelves().signs = true;
    }

    /// Puts bytes at a temporary place, as who has an address of an object store does.
    pub fn put(&self, workspace: WorkspaceId, id: MediaId, bytes: &[u8]) {
        let mut shelves = self.shelves();
        shelves.incoming.insert((workspace, id), bytes.to_vec());
    }

    /// How many temporary places hold bytes, and how many bytes are kept apart.
    pub fn count(&self) -> (usize, usize) {
        let shelves = self.shelves();
        (shelves.incoming.len(), shelves.kept.len())
    }

    /// How many files are being received or read now.
    pub fn open(&self) -> usize {
        self.shelves().open
    }

    /// How many files were ever begun to be received or read.
    pub fn opened(&self) -> usize {
        self.shelves().opened
    }

    fn begin(&self) -> Opened {
        let mut shelves = self.shelves();
        shelves.open += 1;
        shelves.opened += 1;
        Opened(self.clone())
    }

    /// Loses everything.
    pub fn lose(&self) {
        self.shelves().kept.clear();
    }
}

/// Stands for SHA-256: no two of the tests' files meet.
fn digest_of(bytes: &[u8]) -> Digest {
    let mut digest = [0_u8; 32];
    for (place, byte) in bytes.iter().enumerate() {
        let slot = &mut digest[place % 32];
        *slot = slot.wrapping_mul(31).wrapping_add(*byte).wrapping_add(1);
    }
    Digest(digest)
}

fn look_at(bytes: &[u8]) -> Arrived {
    let found = match bytes {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'G', b'I', b'F', ..] => "image/gif",
        [b'<', ..] => "text/html",
        _ => "application/octet-stream",
    };
    Arrived {
        size: u64::try_from(bytes.len()).expect("a test's file"),
        digest: digest_of(bytes),
        media_type: MediaType::parse(found).expect("a type"),
    }
}

/// A file that is open as long as this lives.
struct Opened(MemoryFiles);

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.shelves().open -= 1;
    }
}

struct Receiving {
    opened: Opened,
    place: (WorkspaceId, MediaId),
    bytes: Vec<u8>,
    bytes_max: u64,
}

impl Incoming for Receiving {
    fn write(&mut self, bytes: Bytes) -> Filing<'_, ()> {
        self.bytes.extend_from_slice(&bytes);
        let bytes_max = self.bytes_max;
        let is_too_large = u64::try_from(self.bytes.len()).is_ok_and(|size| size > bytes_max);
        let fault = is_too_large.then_some(FilesFault::TooLarge { bytes_max });
        Box::pin(std::future::ready(fault.map_or(Ok(()), Err)))
    }

    fn finish(self: Box<Self>) -> Filing<'static, Arrived> {
        let arrived = look_at(&self.bytes);
        let Self {
            opened: Opened(files),
            place,
            bytes,
            ..
        } = &*self;
        files.shelves().incoming.insert(*place, bytes.clone());
        Box::pin(std::future::ready(Ok(arrived)))
    }
}

struct Sending {
    bytes: Bytes,
    _opened: Opened,
}

impl Outgoing for Sending {
    fn read(&mut self) -> Filing<'_, Option<Bytes>> {
        let piece = self.bytes.split_to(self.bytes.len().min(PIECE_BYTES));
        let piece = (!piece.is_empty()).then_some(piece);
        Box::pin(std::future::ready(Ok(piece)))
    }
}

impl Files for MemoryFiles {
    fn receive(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        bytes_max: u64,
    ) -> Filing<'_, Box<dyn Incoming>> {
        let receiving: Box<dyn Incoming> = Box::new(Receiving {
            opened: self.begin(),
            place: (workspace, id),
            bytes: Vec::new(),
            bytes_max,
        });
        self.work(|_| Ok(receiving))
    }

    fn examine(&self, workspace: WorkspaceId, id: MediaId, bytes_max: u64) -> Filing<'_, Arrived> {
        self.work(|shelves| {
            let found = shelves.incoming.get(&(workspace, id));
            let arrived = look_at(found.ok_or(FilesFault::Missing)?);
            if arrived.size > bytes_max {
                return Err(FilesFault::TooLarge { bytes_max });
            }
            Ok(arrived)
        })
    }

    fn keep(&self, workspace: WorkspaceId, id: MediaId, arrived: &Arrived) -> Filing<'_, ()> {
        self.work(|shelves| {
            let place = (workspace, arrived.digest);
            match shelves.incoming.remove(&(workspace, id)) {
                Some(bytes) => drop(shelves.kept.insert(place, bytes.into())),
                None if shelves.kept.contains_key(&place) => {}
                None => return Err(FilesFault::Missing),
            }
            Ok(())
        })
    }

    fn discard(&self, workspace: WorkspaceId, id: MediaId) -> Filing<'_, ()> {
        self.work(|shelves| {
            shelves.incoming.remove(&(workspace, id));
            Ok(())
        })
    }

    fn read(
        &self,
        workspace: WorkspaceId,
        digest: Digest,
        range: Range<u64>,
    ) -> Filing<'_, Box<dyn Outgoing>> {
        let found = self.look(|shelves| {
            let found = shelves.kept.get(&(workspace, digest));
            let place = |place: u64| usize::try_from(place).expect("a test's file");
            let range = place(range.start)..place(range.end);
            Ok(found.ok_or(FilesFault::Missing)?.slice(range))
        });
        let sending = found.map(|bytes| -> Box<dyn Outgoing> {
            Box::new(Sending {
                bytes,
                _opened: self.begin(),
            })
        });
        Box::pin(std::future::ready(sending))
    }

    fn erase(&self, workspace: WorkspaceId, digest: Digest) -> Filing<'_, ()> {
        self.work(|shelves| {
            shelves.kept.remove(&(workspace, digest));
            Ok(())
        })
    }

    fn list(
        &self,
        after: Option<(WorkspaceId, Digest)>,
        limit: usize,
    ) -> Filing<'_, Vec<(WorkspaceId, Digest, u64)>> {
        self.work(|shelves| {
            let all = shelves
                .kept
                .iter()
                .filter(|(place, _)| Some(**place) > after);
            let all = all.map(|((of, digest), bytes)| (*of, *digest, look_at(bytes).size));
            Ok(all.take(limit).collect())
        })
    }

    fn list_stale(&self, _: Duration, limit: usize) -> Filing<'_, Vec<(WorkspaceId, MediaId)>> {
        self.work(|shelves| Ok(shelves.incoming.keys().copied().take(limit).collect()))
    }

    fn sign_upload(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        _: Duration,
    ) -> Filing<'_, Option<String>> {
        self.work(|shelves| {
            let address = format!("https://files.example/incoming/{workspace}/{id}?signed");
            Ok(shelves.signs.then_some(address))
        })
    }

    fn sign_download(
        &self,
        workspace: WorkspaceId,
        digest: Digest,
        _: &MediaType,
        _: Duration,
    ) -> Filing<'_, Option<String>> {
        self.work(|shelves| {
            let address = format!("https://files.example/kept/{workspace}/{digest}?signed");
            Ok(shelves.signs.then_some(address))
        })
    }
}

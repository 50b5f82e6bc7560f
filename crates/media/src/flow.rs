//! Bytes on their way into a file and out of it, piece by piece.
//!
//! Where the file is, and what becomes of it, is known elsewhere.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use causerie_core::media::Arrived;
use causerie_core::port::{FilesFault, Filing, Incoming, Outgoing};

use crate::tally::{Allowance, Tally};
use crate::threads::{Begun, Lane, end};

/// How many bytes are moved at once; each file on its way takes up to twice as much memory.
const PIECE_BYTES: usize = 512 * 1024;
/// How many bytes are written before they are brought to the disk.
const FLUSH_BYTES: usize = 8 * 1024 * 1024;

/// A file that is being written.
#[derive(Debug)]
pub(crate) struct Sink {
    pub(crate) file: File,
    pub(crate) path: PathBuf,
}

impl Sink {
    fn write(mut self, bytes: &[u8]) -> Result<Self, FilesFault> {
        self.file.write_all(bytes).map_err(at(&self.path))?;
        Ok(self)
    }

    /// Gives the whole file its hash for a name.
    fn finish(self, arrived: Arrived) -> Result<Arrived, FilesFault> {
        let named = self.path.with_file_name(arrived.digest.to_string());
        fs::rename(&self.path, named).map_err(at(&self.path))?;
        Ok(arrived)
    }
}

/// Bytes on their way in: one piece is gathered while the one before is hashed and written, each on a thread
/// of its own.
pub(crate) struct Arriving {
    lane: Lane,
    allowance: Allowance,
    pending: Vec<u8>,
    running: Option<(Begun<Sink>, Begun<Tally>)>,
    idle: Option<(Sink, Tally)>,
    /// What brings to the disk what is written already, so that less is left for the end.
    flushing: Option<Begun<()>>,
    written: usize,
}

impl Arriving {
    /// Bytes for a file that is empty so far.
    pub(crate) fn new(lane: Lane, sink: Sink, bytes_max: u64) -> Self {
        Self {
            lane,
            allowance: Allowance::new(bytes_max),
            pending: Vec::new(),
            running: None,
            idle: Some((sink, Tally::default())),
            flushing: None,
            written: 0,
        }
    }

    /// Waits until nothing is hashed and written, and takes the file.
    async fn idle(&mut self) -> Result<(Sink, Tally), FilesFault> {
        if let Some((written, hashed)) = self.running.take() {
            self.idle = Some((end(written.await)?, end(hashed.await)?));
        }
        let lost = || FilesFault::Unavailable("the upload had failed before".into());
        self.idle.take().ok_or_else(lost)
    }

    /// Begins to bring to the disk what is written, if that is much and nothing else is brought there. Its
    /// failure must not be lost: the system says it once.
    async fn flush(&mut self, sink: &Sink) -> Result<(), FilesFault> {
        self.written += self.pending.len();
        let idle = self.flushing.as_ref().is_none_or(Begun::is_finished);
        if self.written < FLUSH_BYTES || !idle {
            return Ok(());
        }
        self.written = 0;
        let (file, path) = (sink.file.try_clone(), sink.path.clone());
        let file = file.map_err(at(&path))?;
        let flush = self.lane.begin(move || file.sync_data().map_err(at(&path)));
        if let Some(ended) = self.flushing.replace(flush) {
            end(ended.await)?;
        }
        Ok(())
    }
}

impl Incoming for Arriving {
    fn write(&mut self, bytes: Bytes) -> Filing<'_, ()> {
        Box::pin(async move {
            self.allowance.take(bytes.len())?;
            self.pending.extend_from_slice(&bytes);
            if self.pending.len() >= PIECE_BYTES {
                let (sink, mut tally) = self.idle().await?;
                self.flush(&sink).await?;
                let next = Vec::with_capacity(self.pending.len());
                let piece = Bytes::from(std::mem::replace(&mut self.pending, next));
                let hashed = piece.clone();
                let written = self.lane.begin(move || sink.write(&piece));
                let hashed = self.lane.begin(move || {
                    tally.add(&hashed);
                    Ok(tally)
                });
                self.running = Some((written, hashed));
            }
            Ok(())
        })
    }

    fn finish(mut self: Box<Self>) -> Filing<'static, Arrived> {
        Box::pin(async move {
            let (sink, mut tally) = self.idle().await?;
            if let Some(flushing) = self.flushing.take() {
                end(flushing.await)?;
            }
            let piece = std::mem::take(&mut self.pending);
            let work = move || {
                tally.add(&piece);
                sink.write(&piece)?.finish(tally.arrived())
            };
            end(self.lane.begin(work).await)
        })
    }
}

/// A file that is being read.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) file: File,
    pub(crate) path: PathBuf,
    pub(crate) left: u64,
}

impl Source {
    /// The next bytes; none when all were read.
    fn read(&mut self) -> Result<Bytes, FilesFault> {
        let piece = next_piece(&mut self.file, self.left).map_err(at(&self.path))?;
        if piece.is_empty() && self.left > 0 {
            let problem = format!("{}: it ends too early", self.path.display());
            return Err(FilesFault::Unavailable(problem));
        }
        self.left -= u64::try_from(piece.len()).unwrap_or(self.left);
        Ok(piece.into())
    }
}

/// Bytes on their way out: the next piece is read while the one before is sent.
pub(crate) struct Leaving {
    lane: Lane,
    first: Option<Bytes>,
    source: Option<Source>,
    running: Option<Begun<(Source, Bytes)>>,
}

impl Leaving {
    /// The bytes of a file; reads the first of them.
    pub(crate) fn new(lane: Lane, mut source: Source) -> Result<Self, FilesFault> {
        Ok(Self {
            first: Some(source.read()?),
            source: Some(source),
            running: None,
            lane,
        })
    }
}

impl Outgoing for Leaving {
    fn read(&mut self) -> Filing<'_, Option<Bytes>> {
        Box::pin(async move {
            let mut piece = self.first.take();
            if let Some(running) = &mut self.running {
                let ended = end(running.await);
                self.running = None;
                let (source, read) = ended?;
                (self.source, piece) = (Some(source), Some(read));
            }
            if let Some(mut source) = self.source.take().filter(|source| source.left > 0) {
                let work = move || source.read().map(|piece| (source, piece));
                self.running = Some(self.lane.begin(work));
            }
            Ok(piece.filter(|piece| !piece.is_empty()))
        })
    }
}

/// Up to [`PIECE_BYTES`] of the next `left` bytes.
pub(crate) fn next_piece(file: &mut File, left: u64) -> io::Result<Vec<u8>> {
    let wanted = usize::try_from(left).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES));
    let mut piece = Vec::with_capacity(wanted);
    let wanted = u64::try_from(wanted).unwrap_or(left);
    file.take(wanted).read_to_end(&mut piece)?;
    Ok(piece)
}

/// The fault of a path.
pub(crate) fn at(path: &Path) -> impl Fn(io::Error) -> FilesFault {
    move |error| match error.kind() {
        ErrorKind::NotFound => FilesFault::Missing,
        _ => FilesFault::Unavailable(format!("{}: {error}", path.display())),
    }
}

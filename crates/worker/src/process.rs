//! Looks into files that were uploaded, and makes smaller pictures of pictures.
//!
//! Which files are looked into, and what counts as known of them, is decided by [`act::claim_media`] and
//! [`act::settle_media`]; how, by the [`Inspector`].

use std::io;
use std::sync::Arc;
use std::time::Duration;

use causerie_core::act::{self, Processed};
use causerie_core::media::{Media, Version};
use causerie_core::port::{Clock, Files, Inspected, Inspector, Made};
use causerie_core::{Error, Fault, Store};
use pollster::block_on;

use crate::background::Background;

/// How often a thread looks for files when it has none.
const LOOK: Duration = Duration::from_millis(250);
/// The pause after something broke.
const BROKEN: Duration = Duration::from_secs(1);

/// What the threads share.
#[derive(Clone)]
struct Bench {
    store: Store,
    files: Arc<dyn Files>,
    inspector: Arc<dyn Inspector>,
    clock: Arc<dyn Clock>,
}

/// Threads that look into files until they are stopped or dropped, one file at a time each. Any number may run
/// on one database, on one node or on several.
#[derive(Debug)]
pub struct Processor {
    inspector: Arc<dyn Inspector>,
    _threads: Vec<Background>,
}

impl Drop for Processor {
    fn drop(&mut self) {
        self.inspector.interrupt();
    }
}

impl Processor {
    /// Starts so many threads; each looks for a file at once.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(
        store: Store,
        files: Arc<dyn Files>,
        inspector: Arc<dyn Inspector>,
        clock: Arc<dyn Clock>,
        threads: usize,
    ) -> io::Result<Self> {
        let bench = Bench {
            store,
            files,
            inspector: Arc::clone(&inspector),
            clock,
        };
        let start = |_| {
            let bench = bench.clone();
            Background::start("causerie-processor", move || bench.step())
        };
        let threads: io::Result<Vec<Background>> = (0..threads).map(start).collect();
        Ok(Self {
            inspector,
            _threads: threads?,
        })
    }

    /// Ends the threads; files under way that are not done yet are left to whoever looks next.
    pub fn stop(self) {
        drop(self);
    }
}

/// Which files there were to look into.
enum Found {
    One,
    None,
    /// One that nobody waits for any more.
    Interrupted,
}

impl Bench {
    fn step(&self) -> Option<Duration> {
        match self.look() {
            Ok(Found::One) => Some(Duration::ZERO),
            Ok(Found::None) | Err(Error::Fault(Fault::Busy)) => Some(LOOK),
            Ok(Found::Interrupted) | Err(Error::Fault(Fault::Closed)) => None,
            Err(error) => {
                tracing::warn!(%error, "looking into files failed and will be tried again");
                Some(BROKEN)
            }
        }
    }

    /// Looks into a file, if one waits.
    fn look(&self) -> Result<Found, Error> {
        let due = self.store.read(act::next_media_due).wait()?;
        let now = self.clock.now();
        if due.is_none_or(|due| due > now) {
            return Ok(Found::None);
        }
        let claimed = self
            .store
            .write(move |unit| act::claim_media(unit, now, 1))
            .wait()?;
        match claimed.as_slice() {
            [media, ..] => self.process(media),
            [] => Ok(Found::None),
        }
    }

    fn process(&self, media: &Media) -> Result<Found, Error> {
        let processed = match self.inspector.inspect(media) {
            Inspected::Known { facts, made } => match self.keep(media, &made) {
                Ok(versions) => Processed::Known { facts, versions },
                Err(Error::Refusal(refusal)) => Processed::Failed(refusal.meaning().to_owned()),
                Err(fault) => return Err(fault),
            },
            Inspected::Failed(problem) => Processed::Failed(problem),
            // The lease ends, and somebody tries again.
            Inspected::Later(cause) => {
                tracing::warn!(media = %media.id, cause, "a file could not be looked into");
                return Ok(Found::One);
            }
            Inspected::Interrupted => {
                self.put_back(media)?;
                return Ok(Found::Interrupted);
            }
        };
        let (place, tries) = ((media.workspace, media.id), media.tries);
        let now = self.clock.now();
        let settled = self
            .store
            .write(move |unit| act::settle_media(unit, place, tries, &processed, now))
            .wait()?;
        tracing::debug!(media = %media.id, settled, "looked into a file");
        Ok(Found::One)
    }

    /// Leaves a file to whoever looks next.
    fn put_back(&self, media: &Media) -> Result<(), Error> {
        let (place, tries) = ((media.workspace, media.id), media.tries);
        let now = self.clock.now();
        let put_back = self
            .store
            .write(move |unit| act::put_media_back(unit, place, tries, now));
        put_back.wait().map(drop)
    }

    /// Keeps what was made under its hash, once there is room for it.
    fn keep(&self, media: &Media, made: &[Made]) -> Result<Vec<Version>, Error> {
        let workspace = media.workspace;
        let arrived: Vec<_> = made.iter().map(|one| one.arrived.clone()).collect();
        let now = self.clock.now();
        let reserved = self
            .store
            .write(move |unit| act::reserve_versions(unit, workspace, &arrived, now))
            .wait();
        let mut versions = Vec::with_capacity(made.len());
        for one in made {
            if reserved.is_err() {
                // What is left there is found by the sweeper if this fails as well.
                let _ = block_on(self.files.discard(workspace, one.place));
                continue;
            }
            block_on(self.files.keep(workspace, one.place, &one.arrived))
                .map_err(Fault::unavailable)?;
            versions.push(one.version());
        }
        reserved.map(|()| versions)
    }
}

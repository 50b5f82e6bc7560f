//! Who looks into files, and makes smaller pictures of pictures.

use std::fmt::Debug;

use crate::id::MediaId;
use crate::media::{Arrived, Facts, Media, Preset, Version};

/// Looks into files. Whatever their bytes are, it comes back in less time than
/// [`PROCESSING_LEASE`](crate::media::PROCESSING_LEASE), with little memory, and nothing else is hurt.
pub trait Inspector: Send + Sync + Debug {
    /// Looks into a file whose bytes are kept. Blocks this thread.
    fn inspect(&self, media: &Media) -> Inspected;
    /// Makes what is under way come back soon, and what comes after it at once, as
    /// [`Inspected::Interrupted`]: the process is about to end. Who is fast need not listen.
    fn interrupt(&self) {}
}

/// What looking into a file came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inspected {
    /// This was learned and made of it; perhaps nothing, for a file that nobody can read.
    Known {
        /// What was learned.
        facts: Facts,
        /// What was made; it lies at temporary places and is still to be kept.
        made: Vec<Made>,
    },
    /// It cannot be looked into, ever, and why.
    Failed(String),
    /// It could not be looked into now; the cause is for the log.
    Later(String),
    /// It was given up, as nobody has the time to wait for it.
    Interrupted,
}

impl Inspected {
    /// Nothing was learned and nothing made: it stays a plain file.
    pub fn nothing() -> Self {
        Self::Known {
            facts: Facts::default(),
            made: Vec::new(),
        }
    }
}

/// A picture made of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Under which id it lies at its temporary place.
    pub place: MediaId,
    /// What it is.
    pub arrived: Arrived,
    /// Which version.
    pub preset: Preset,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Made {
    /// What the file's entry says of it.
    pub fn version(&self) -> Version {
        Version {
            preset: self.preset,
            digest: self.arrived.digest,
            media_type: self.arrived.media_type.clone(),
            size: self.arrived.size,
            width: self.width,
            height: self.height,
        }
    }
}

//! What is learned of bytes while they pass: how many, their hash, their type.
//!
//! Keeps only their beginning.

use causerie_core::media::{Arrived, Digest, MediaType};
use sha2::{Digest as _, Sha256};

use crate::sniff::{self, HEAD_BYTES};

/// Bytes counted and hashed so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    hasher: Sha256,
    size: u64,
    head: Vec<u8>,
}

impl Tally {
    /// Counts in the next bytes.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        let wanted = HEAD_BYTES.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..wanted]);
        self.hasher.update(bytes);
        self.size += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    }

    /// What they are, by what has come so far.
    pub(crate) fn media_type(&self) -> MediaType {
        sniff::media_type(&self.head)
    }

    /// What has arrived, when nothing more will.
    pub(crate) fn arrived(self) -> Arrived {
        Arrived {
            size: self.size,
            media_type: self.media_type(),
            digest: Digest(self.hasher.finalize().into()),
        }
    }
}

/// Counts how many bytes may still come.
#[derive(Debug)]
pub(crate) struct Allowance {
    bytes_max: u64,
    left: u64,
}

impl Allowance {
    /// Allows up to `bytes_max` bytes.
    pub(crate) fn new(bytes_max: u64) -> Self {
        Self {
            bytes_max,
            left: bytes_max,
        }
    }

    /// Takes some of them. Once refused, always refused.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), causerie_core::port::FilesFault> {
        let wanted = u64::try_from(bytes).unwrap_or(u64::MAX);
        if let Some(left) = self.left.checked_sub(wanted) {
            self.left = left;
            return Ok(());
        }
        self.left = 0;
        let bytes_max = self.bytes_max;
        Err(causerie_core::port::FilesFault::TooLarge { bytes_max })
    }
}

//! Where bytes of files are kept, and what can be learned and made of them.
//!
//! [`open`] gives the place that a [`FilesUrl`] names: a directory or a bucket. [`Inspector`] looks into
//! pictures and sounds, in a process of its own for each, whose whole program is [`run_child`]. Which files
//! there are, and who may have them, is known elsewhere.

mod bucket;
mod connect;
mod directory;
mod flow;
mod inspect;
mod part;
mod sniff;
mod tally;
mod threads;
mod url;
mod walk;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use causerie_core::port::Files;

pub use inspect::{INSPECTED_BYTES_MAX, INSPECTION_TIMEOUT, Inspector, run_child};
pub use url::{FilesUrl, FilesUrlError};

use bucket::Bucket;
use directory::Directory;
use url::Address;

/// Why a place for files cannot be used; says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory cannot be made or written.
    #[error(
        "the directory for files {} cannot be used: {cause}. Give a directory that this user may \
         create, read and write",
        path.display()
    )]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// The bucket cannot be reached or written.
    #[error(
        "the bucket {bucket:?} for files cannot be used: {cause}. Check that the bucket exists, that \
         its endpoint and region are right, and that the key may read, write, list and delete in it"
    )]
    Bucket {
        /// The bucket.
        bucket: String,
        /// What the service said.
        cause: String,
    },
    /// No thread could be started.
    #[error(
        "the threads for files cannot be started: {0}. Raise the limit of threads or of memory"
    )]
    Threads(io::Error),
}

impl OpenError {
    fn directory(path: &Path, cause: &io::Error) -> Self {
        Self::Directory {
            path: path.to_owned(),
            cause: cause.to_string(),
        }
    }
}

/// Opens the place for files, and makes it if it is a directory that is not there. Proves that it can be
/// used by writing something and erasing it.
pub fn open(url: &FilesUrl) -> Result<Arc<dyn Files>, OpenError> {
    match url.address() {
        Address::Directory(path) => Ok(Arc::new(Directory::open(path)?)),
        Address::Bucket(address) => Ok(Arc::new(Bucket::open(address)?)),
    }
}

//! The way of bytes in and out: in constant memory, at the pace of both ends, within limits and times.
//!
//! What may be brought and had is decided by the core; where bytes are kept is behind its port `Files`.

mod door;
mod form;
mod inward;
mod link;
mod outward;

pub(crate) use door::Policy;
pub use door::{UploadDoor, Way};
pub(crate) use form::{Form, Part, is_form};
pub(crate) use inward::{Brought, Kept, Slots, Upload, arrive, reserve};
pub use link::media_link;
pub(crate) use link::{in_seconds, read_download, read_upload, upload_link};
pub(crate) use outward::respond;

//! Files: what was uploaded, how far it has come, and how messages refer to it.
//!
//! Bytes are kept elsewhere, under the hash of their content; see [`Files`](crate::port::Files).

mod attachment;
mod kind;
mod name;
mod version;

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use crate::id::{MediaId, ParticipantId, WorkspaceId};
use crate::invalid::Invalid;
use crate::refusal::Refusal;
use crate::timestamp::Timestamp;
use crate::words::words;

pub use attachment::{ALT_TEXT_CHARS_MAX, ATTACHMENTS_MAX, AltText, Attachment, Attachments};
pub use kind::{AttachmentKind, MediaType};
pub use name::{FILE_NAME_BYTES_MAX, FileName};
pub use version::{Fit, Preset, Version, versions_from_stored, versions_to_stored};

/// How long a file may wait for its bytes, and then for a message that refers to it.
pub const UNUSED_LIFE: Duration = Duration::from_hours(24);
/// How long one try to process a file may take before another node may try.
pub const PROCESSING_LEASE: Duration = Duration::from_mins(2);
/// How often processing is tried before the file is shown as failed.
pub const PROCESSING_TRIES_MAX: u16 = 3;
/// How many characters the reason why a file could not be processed may have.
pub const PROBLEM_CHARS_MAX: usize = 256;

words! {
    /// How far a file has come.
    MediaStatus {
        /// Somebody said that its bytes will come.
        Requested = 1, "requested";
        /// Its bytes are kept; it will be looked into.
        Uploaded = 2, "uploaded";
        /// It is being looked into.
        Processing = 3, "processing";
        /// All that can be known of it is known.
        Ready = 4, "ready";
        /// It could not be looked into; its bytes can be had all the same.
        Failed = 5, "failed";
    }
}

impl MediaStatus {
    /// Whether the bytes are there.
    pub const fn has_arrived(self) -> bool {
        !matches!(self, Self::Requested)
    }
}

/// The SHA-256 of a file's bytes (FIPS 180-4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Reads 64 hexadecimal digits in lower case, as [`fmt::Display`] writes them.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What was learned of a file by looking into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Pixels across, as it is to be shown.
    pub width: Option<u32>,
    /// Pixels down, as it is to be shown.
    pub height: Option<u32>,
    /// How long it plays.
    pub duration_ms: Option<u64>,
}

/// Bytes that have arrived, as the place that keeps them found them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// How many.
    pub size: u64,
    /// Their hash.
    pub digest: Digest,
    /// What they are, by their content.
    pub media_type: MediaType,
}

/// A file of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media(MediaFields);

/// Everything a file's entry holds, for adapters to store and restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaFields {
    /// Its id.
    pub id: MediaId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Who uploaded it, if a participant did.
    pub owner: Option<ParticipantId>,
    /// Its name, cleaned.
    pub name: FileName,
    /// What its uploader said that it is; binding for a signed upload.
    pub declared: Option<MediaType>,
    /// What it is, by its content.
    pub media_type: Option<MediaType>,
    /// How far it has come.
    pub status: MediaStatus,
    /// How many bytes it has; 0 before they arrive.
    pub size: u64,
    /// The hash of its bytes, once they have arrived.
    pub digest: Option<Digest>,
    /// What was learned of it.
    pub facts: Facts,
    /// What was made of it.
    pub versions: Vec<Version>,
    /// Why it failed.
    pub problem: Option<String>,
    /// How often processing was tried.
    pub tries: u16,
    /// When processing may be tried next; `None` when there is nothing to do.
    pub due_at: Option<Timestamp>,
    /// When it goes; `None` while something refers to it.
    pub expires_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Media {
    /// Takes what an adapter stored, or a new entry's first state.
    pub fn restore(state: MediaFields) -> Self {
        Self(state)
    }

    /// An entry whose bytes are still to come; it goes after [`UNUSED_LIFE`] unless something refers to it.
    pub fn request(
        id: MediaId,
        workspace: WorkspaceId,
        owner: Option<ParticipantId>,
        name: FileName,
        declared: Option<MediaType>,
        now: Timestamp,
    ) -> Self {
        Self(MediaFields {
            id,
            workspace,
            owner,
            name,
            declared,
            media_type: None,
            status: MediaStatus::Requested,
            size: 0,
            digest: None,
            facts: Facts::default(),
            versions: Vec::new(),
            problem: None,
            tries: 0,
            due_at: None,
            expires_at: Some(now.plus(UNUSED_LIFE)),
            created_at: now,
            updated_at: now,
        })
    }

    /// Its bytes are kept from now on. What nobody can look into is ready at once.
    ///
    /// # Errors
    /// `media_uploaded` when it has others already.
    pub fn arrive(&mut self, arrived: &Arrived, now: Timestamp) -> Result<(), Refusal> {
        if self.status.has_arrived() {
            return Err(Refusal::MediaUploaded);
        }
        let looked_into = arrived.media_type.is_image() || arrived.media_type.is_audio();
        self.0.size = arrived.size;
        self.0.digest = Some(arrived.digest);
        self.0.media_type = Some(arrived.media_type.clone());
        self.0.status = if looked_into {
            MediaStatus::Uploaded
        } else {
            MediaStatus::Ready
        };
        self.0.due_at = looked_into.then_some(now);
        self.0.updated_at = now;
        Ok(())
    }

    /// Somebody looks into it from now on, until the lease ends. Says whether they may: after
    /// [`PROCESSING_TRIES_MAX`] tries it has failed instead.
    pub fn process(&mut self, now: Timestamp) -> bool {
        self.0.updated_at = now;
        if self.tries >= PROCESSING_TRIES_MAX {
            self.fail("processing was tried too often", now);
            return false;
        }
        self.0.tries += 1;
        self.0.status = MediaStatus::Processing;
        self.0.due_at = Some(now.plus(PROCESSING_LEASE));
        true
    }

    /// Who looks into it has to stop: somebody else may at once, and the try does not count.
    pub fn put_back(&mut self, now: Timestamp) {
        self.0.tries = self.tries.saturating_sub(1);
        self.0.due_at = Some(now);
        self.0.updated_at = now;
    }

    /// All is known of it; it may be that nothing could be.
    pub fn complete(&mut self, facts: Facts, versions: Vec<Version>, now: Timestamp) {
        self.0.status = MediaStatus::Ready;
        self.0.facts = facts;
        self.0.versions = versions;
        self.0.due_at = None;
        self.0.updated_at = now;
    }

    /// It cannot be looked into.
    pub fn fail(&mut self, problem: &str, now: Timestamp) {
        self.0.status = MediaStatus::Failed;
        self.0.problem = Some(problem.chars().take(PROBLEM_CHARS_MAX).collect());
        self.0.due_at = None;
        self.0.updated_at = now;
    }

    /// Gives it another name. Says whether it had another.
    pub fn rename(&mut self, name: FileName, now: Timestamp) -> bool {
        let changed = self.name != name;
        if changed {
            self.0.name = name;
            self.0.updated_at = now;
        }
        changed
    }

    /// What it is, as far as is known: by its content, else as its uploader said.
    pub fn best_type(&self) -> Option<&MediaType> {
        self.media_type.as_ref().or(self.declared.as_ref())
    }

    /// Which sort of attachment it makes.
    pub fn kind(&self) -> AttachmentKind {
        self.best_type()
            .map_or(AttachmentKind::File, MediaType::kind)
    }

    /// Its own bytes, or those of one of its versions, with their type and number.
    ///
    /// # Errors
    /// `media_not_uploaded` before they arrive, `validation_failed` at `version` for one that it has not.
    pub fn bytes(&self, version: Option<Preset>) -> Result<Stored<'_>, Refusal> {
        let (Some(digest), Some(media_type)) = (self.digest, &self.media_type) else {
            return Err(Refusal::MediaNotUploaded);
        };
        let Some(preset) = version else {
            let size = self.size;
            return Ok(Stored {
                digest,
                media_type,
                size,
            });
        };
        let found = self.versions.iter().find(|one| one.preset == preset);
        let found = found.ok_or_else(|| {
            Invalid::new("expected one of the versions that the file has").at("version")
        })?;
        Ok(Stored {
            digest: found.digest,
            media_type: &found.media_type,
            size: found.size,
        })
    }
}

/// Where bytes are found, and what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored<'a> {
    /// Their hash.
    pub digest: Digest,
    /// What they are.
    pub media_type: &'a MediaType,
    /// How many.
    pub size: u64,
}

impl Deref for Media {
    type Target = MediaFields;

    fn deref(&self) -> &MediaFields {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn requested() -> Media {
        let (id, workspace) = (
            MediaId::from_bytes([1; 16]),
            WorkspaceId::from_bytes([2; 16]),
        );
        let now = Timestamp::default();
        Media::request(id, workspace, None, FileName::clean("a.png"), None, now)
    }

    fn arrived(media_type: &str) -> Arrived {
        Arrived {
            size: 3,
            digest: Digest([7; 32]),
            media_type: MediaType::parse(media_type).expect("a type"),
        }
    }

    #[test]
    fn a_digest_survives_its_written_form() {
        let digest = Digest([0xAB; 32]);
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
        assert_eq!(Digest::parse("ab"), None);
        assert_eq!(Digest::parse(&"AB".repeat(32)), None);
    }

    #[test]
    fn what_nobody_can_look_into_is_ready_at_once() {
        let now = Timestamp::default();
        let mut plain = requested();
        plain
            .arrive(&arrived("application/pdf"), now)
            .expect("first");
        assert_eq!((plain.status, plain.due_at), (MediaStatus::Ready, None));
        assert_eq!(
            plain.arrive(&arrived("application/pdf"), now),
            Err(Refusal::MediaUploaded)
        );
        let mut image = requested();
        image.arrive(&arrived("image/png"), now).expect("first");
        assert_eq!(
            (image.status, image.due_at),
            (MediaStatus::Uploaded, Some(now))
        );
    }

    #[test]
    fn processing_is_given_up_after_some_tries() {
        let now = Timestamp::default();
        let mut image = requested();
        assert_eq!(image.bytes(None), Err(Refusal::MediaNotUploaded));
        image.arrive(&arrived("image/png"), now).expect("first");
        for _ in 0..PROCESSING_TRIES_MAX {
            assert!(image.process(now));
        }
        assert!(!image.process(now));
        assert_eq!((image.status, image.due_at), (MediaStatus::Failed, None));
        assert!(image.bytes(None).is_ok() && image.bytes(Some(Preset::Chat)).is_err());
    }
}

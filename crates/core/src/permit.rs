//! Addresses that need no key: proof that somebody who had one permitted an upload or a download.

use crate::id::{MediaId, WorkspaceId};
use crate::media::{MediaType, Preset};
use crate::refusal::Refusal;
use crate::timestamp::Timestamp;
use crate::vault::{Signature, Vault};

/// Permission to bring the bytes of one file, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadPermit {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub media: MediaId,
    /// As what they have to be sent; anything if it is not said.
    pub media_type: Option<MediaType>,
    /// How many there may be.
    pub bytes_max: u64,
    /// Until when.
    pub expires_at: Timestamp,
}

impl UploadPermit {
    /// Signs it.
    pub fn sign(&self, vault: &Vault) -> Signature {
        self.with_parts(|parts| vault.sign(parts))
    }

    /// Refuses a permit that was made up, changed, or has expired.
    ///
    /// # Errors
    /// `link_invalid`.
    pub fn admit(&self, vault: &Vault, signature: &str, now: Timestamp) -> Result<(), Refusal> {
        let genuine = self.with_parts(|parts| vault.verifies(parts, signature));
        if genuine && now < self.expires_at {
            Ok(())
        } else {
            Err(Refusal::LinkInvalid)
        }
    }

    /// Refuses bytes that are sent as something else.
    ///
    /// # Errors
    /// `media_type_mismatch`.
    pub fn admit_type(&self, sent_as: Option<&MediaType>) -> Result<(), Refusal> {
        if self.media_type.is_none() || self.media_type.as_ref() == sent_as {
            Ok(())
        } else {
            Err(Refusal::MediaTypeMismatch)
        }
    }

    fn with_parts<T>(&self, with: impl FnOnce(&[&[u8]]) -> T) -> T {
        let media_type = self.media_type.as_ref().map_or("", MediaType::as_str);
        with(&[
            b"upload",
            &self.workspace.to_bytes(),
            &self.media.to_bytes(),
            media_type.as_bytes(),
            &self.bytes_max.to_be_bytes(),
            &self.expires_at.unix_micros().to_be_bytes(),
        ])
    }
}

/// Permission to have the bytes of one file, or of one of its versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DownloadPermit {
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which.
    pub media: MediaId,
    /// Which version, if not the file itself.
    pub version: Option<Preset>,
    /// Until when.
    pub expires_at: Timestamp,
}

impl DownloadPermit {
    /// Signs it.
    pub fn sign(&self, vault: &Vault) -> Signature {
        self.with_parts(|parts| vault.sign(parts))
    }

    /// Refuses a permit that was made up, changed, or has expired.
    ///
    /// # Errors
    /// `link_invalid`.
    pub fn admit(&self, vault: &Vault, signature: &str, now: Timestamp) -> Result<(), Refusal> {
        let genuine = self.with_parts(|parts| vault.verifies(parts, signature));
        if genuine && now < self.expires_at {
            Ok(())
        } else {
            Err(Refusal::LinkInvalid)
        }
    }

    fn with_parts<T>(&self, with: impl FnOnce(&[&[u8]]) -> T) -> T {
        with(&[
            b"download",
            &self.workspace.to_bytes(),
            &self.media.to_bytes(),
            self.version.map_or("", Preset::as_str).as_bytes(),
            &self.expires_at.unix_micros().to_be_bytes(),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_holds_for_what_it_says_until_it_ends() {
        let vault = Vault::new(&[1; 32]);
        let (now, end) = (
            Timestamp::from_unix_micros(1),
            Timestamp::from_unix_micros(9),
        );
        let permit = UploadPermit {
            workspace: WorkspaceId::from_bytes([1; 16]),
            media: MediaId::from_bytes([2; 16]),
            media_type: MediaType::parse("image/png").ok(),
            bytes_max: 10,
            expires_at: end,
        };
        let signature = permit.sign(&vault).to_text();
        assert_eq!(permit.admit(&vault, &signature, now), Ok(()));
        assert_eq!(
            permit.admit(&vault, &signature, end),
            Err(Refusal::LinkInvalid)
        );
        let more = UploadPermit {
            bytes_max: 11,
            ..permit.clone()
        };
        assert_eq!(
            more.admit(&vault, &signature, now),
            Err(Refusal::LinkInvalid)
        );
        assert_eq!(permit.admit_type(None), Err(Refusal::MediaTypeMismatch));
        assert_eq!(permit.admit_type(permit.media_type.as_ref()), Ok(()));
        let link = DownloadPermit {
            workspace: permit.workspace,
            media: permit.media,
            version: Some(Preset::Chat),
            expires_at: end,
        };
        let signature = link.sign(&vault).to_text();
        assert_eq!(link.admit(&vault, &signature, now), Ok(()));
        let whole = DownloadPermit {
            version: None,
            ..link
        };
        assert_eq!(
            whole.admit(&vault, &signature, now),
            Err(Refusal::LinkInvalid)
        );
    }
}

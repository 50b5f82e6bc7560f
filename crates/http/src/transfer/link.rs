//! Addresses that need no key: written when permission is given, read when somebody comes with one.
//!
//! What they permit, and whether they are genuine, is decided by the core.

use std::fmt::Write as _;

use causerie_core::media::{MediaType, Preset};
use causerie_core::{
    DownloadPermit, MediaId, Refusal, Timestamp, UploadPermit, Vault, WorkspaceId,
};
use serde::Deserialize;

const MICROS: i64 = 1_000_000;

/// The beginning of the second in which a time lies: addresses count in seconds.
pub(crate) fn in_seconds(time: Timestamp) -> Timestamp {
    Timestamp::from_unix_micros(time.unix_micros() / MICROS * MICROS)
}

fn seconds_of(time: Timestamp) -> i64 {
    time.unix_micros() / MICROS
}

fn time_of(seconds: i64) -> Result<Timestamp, Refusal> {
    let micros = seconds.checked_mul(MICROS).ok_or(Refusal::LinkInvalid)?;
    Ok(Timestamp::from_unix_micros(micros))
}

/// The address from which anybody may have a file, or a version of it, until `expires_at` in whole seconds.
/// `base` is what it begins with, such as `https://chat.example.com`; empty for a relative one.
pub fn media_link(
    vault: &Vault,
    base: &str,
    workspace: WorkspaceId,
    media: MediaId,
    version: Option<Preset>,
    expires_at: Timestamp,
) -> String {
    let expires_at = in_seconds(expires_at);
    let permit = DownloadPermit {
        workspace,
        media,
        version,
        expires_at,
    };
    let (seconds, signature) = (seconds_of(expires_at), permit.sign(vault).to_text());
    let mut link = format!("{base}/media/{workspace}/{media}?");
    if let Some(preset) = version {
        // Writing to a string never fails.
        let _ = write!(link, "version={}&", preset.as_str());
    }
    let _ = write!(link, "expires_at={seconds}&signature={signature}");
    link
}

/// The address to which anybody may `PUT` the bytes of a file.
pub(crate) fn upload_link(vault: &Vault, base: &str, permit: &UploadPermit) -> String {
    let (workspace, media) = (permit.workspace, permit.media);
    let (seconds, signature) = (seconds_of(permit.expires_at), permit.sign(vault).to_text());
    let mut link = format!("{base}/media/uploads/{workspace}/{media}?");
    if let Some(media_type) = &permit.media_type {
        let declared: String = encode(media_type.as_str());
        // Writing to a string never fails.
        let _ = write!(link, "content_type={declared}&");
    }
    let bytes_max = permit.bytes_max;
    let _ = write!(
        link,
        "bytes_max={bytes_max}&expires_at={seconds}&signature={signature}"
    );
    link
}

/// A media type in a query: its letters, and the rest in hexadecimal digits.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string never fails.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[derive(Deserialize)]
struct DownloadQuery {
    version: Option<String>,
    expires_at: i64,
    signature: String,
}

/// What an address permits to be had, with its signature.
///
/// # Errors
/// `link_invalid` when it is none that we write.
pub(crate) fn read_download(
    workspace: &str,
    media: &str,
    query: &str,
) -> Result<(DownloadPermit, String), Refusal> {
    let asked: DownloadQuery = read(query)?;
    let version = asked.version.as_deref().map(Preset::parse).transpose();
    let permit = DownloadPermit {
        workspace: WorkspaceId::parse(workspace).map_err(|_| Refusal::LinkInvalid)?,
        media: MediaId::parse(media).map_err(|_| Refusal::LinkInvalid)?,
        version: version.map_err(|_| Refusal::LinkInvalid)?,
        expires_at: time_of(asked.expires_at)?,
    };
    Ok((permit, asked.signature))
}

#[derive(Deserialize)]
struct UploadQuery {
    content_type: Option<String>,
    bytes_max: u64,
    expires_at: i64,
    signature: String,
}

/// What an address permits to be brought, with its signature.
///
/// # Errors
/// `link_invalid` when it is none that we write.
pub(crate) fn read_upload(
    workspace: &str,
    media: &str,
    query: &str,
) -> Result<(UploadPermit, String), Refusal> {
    let asked: UploadQuery = read(query)?;
    let media_type = asked.content_type.as_deref().map(MediaType::parse);
    let permit = UploadPermit {
        workspace: WorkspaceId::parse(workspace).map_err(|_| Refusal::LinkInvalid)?,
        media: MediaId::parse(media).map_err(|_| Refusal::LinkInvalid)?,
        media_type: media_type.transpose().map_err(|_| Refusal::LinkInvalid)?,
        bytes_max: asked.bytes_max,
        expires_at: time_of(asked.expires_at)?,
    };
    Ok((permit, asked.signature))
}

fn read<'a, T: Deserialize<'a>>(query: &'a str) -> Result<T, Refusal> {
    serde_urlencoded::from_str(query).map_err(|_| Refusal::LinkInvalid)
}

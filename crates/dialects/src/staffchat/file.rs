//! How files are shown: those that are there, and those that were announced.

use std::collections::BTreeMap;

use causerie_core::media::{AttachmentKind, FileName, Media, MediaStatus, MediaType, Preset};
use causerie_core::{MediaId, Timestamp, Vault, WorkspaceId};
use causerie_http::media_link;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::kept::Awaited;
use super::person::seconds;
use super::wire::{FileView, VoiceView};

const HOUR_SECONDS: i64 = 3_600;
/// How long an address holds at least.
const LINK_HOURS: i64 = 24;
const MICROS: i64 = 1_000_000;

/// `25 October 2018`
const DAY: &[BorrowedFormatItem<'_>] =
    format_description!("[day padding:none] [month repr:long] [year]");

/// Where files are found, for whoever is shown one.
#[derive(Clone, Copy)]
pub(super) struct Shelf<'a> {
    pub(super) vault: &'a Vault,
    pub(super) base: &'a str,
    pub(super) workspace: WorkspaceId,
    pub(super) now: Timestamp,
}

impl Shelf<'_> {
    /// An address that needs no key. It stays the same for an hour, so that what was fetched is not fetched again.
    pub(super) fn link(&self, media: MediaId, version: Option<Preset>) -> String {
        let hour = seconds(self.now).div_euclid(HOUR_SECONDS) + 1 + LINK_HOURS;
        let expires_at = Timestamp::from_unix_micros(hour * HOUR_SECONDS * MICROS);
        media_link(
            self.vault,
            self.base,
            self.workspace,
            media,
            version,
            expires_at,
        )
    }

    /// A file whose bytes are there.
    pub(super) fn file<'a>(&self, media: &'a Media, id: u64) -> FileView<'a> {
        let mime = mime(media);
        let kind = mime.map_or(AttachmentKind::File, MediaType::kind);
        let source = self.link(media.id, None);
        let plays = matches!(kind, AttachmentKind::Audio | AttachmentKind::Video);
        FileView {
            id,
            name: media.name.as_str(),
            mime: mime.map_or(UNKNOWN, MediaType::as_str),
            size: media.size,
            r#type: kind.as_str(),
            extension: media.name.extension().unwrap_or_default(),
            uploaded: media.status.has_arrived(),
            processing: is_processing(media),
            height: media.facts.height,
            width: media.facts.width,
            stream: plays.then(|| source.clone()),
            source,
            versions: self.versions(media),
            screenshot: None,
            date: seconds(media.created_at),
            created_at: seconds(media.created_at),
            updated_at: seconds(media.updated_at),
            created_formatted: day(media.created_at),
            updated_formatted: day(media.updated_at),
        }
    }

    fn versions(&self, media: &Media) -> BTreeMap<&'static str, String> {
        let all = media.versions.iter().map(|one| one.preset);
        all.map(|preset| (preset.as_str(), self.link(media.id, Some(preset))))
            .collect()
    }

    /// A file whose bytes are to come.
    pub(super) fn awaited<'a>(
        &self,
        awaited: &'a Awaited,
        media: MediaId,
        id: u64,
    ) -> FileView<'a> {
        let kind = MediaType::parse(&awaited.mime);
        let kind = kind.map_or(AttachmentKind::File, |mime| mime.kind());
        let at = seconds(awaited.at());
        FileView {
            id,
            name: &awaited.name,
            mime: &awaited.mime,
            size: 0,
            r#type: kind.as_str(),
            extension: extension(&awaited.name),
            uploaded: false,
            processing: false,
            height: None,
            width: None,
            source: self.link(media, None),
            stream: None,
            versions: BTreeMap::new(),
            screenshot: None,
            date: at,
            created_at: at,
            updated_at: at,
            created_formatted: day(awaited.at()),
            updated_formatted: day(awaited.at()),
        }
    }

    /// Something spoken whose bytes are there.
    pub(super) fn voice(&self, media: &Media, id: u64) -> VoiceView {
        VoiceView {
            id,
            processing: is_processing(media),
            extension: media.name.extension().unwrap_or_default(),
            duration: duration(media.facts.duration_ms.unwrap_or_default()),
            url: self.link(media.id, None),
        }
    }

    /// Something spoken whose bytes are to come.
    pub(super) fn awaited_voice(&self, awaited: &Awaited, media: MediaId, id: u64) -> VoiceView {
        VoiceView {
            id,
            processing: true,
            extension: extension(&awaited.name),
            duration: 0.0,
            url: self.link(media, None),
        }
    }
}

/// What nothing is known of.
const UNKNOWN: &str = "application/octet-stream";

/// What a file is by its content; as its uploader said where that tells nothing.
fn mime(media: &Media) -> Option<&MediaType> {
    let found = media.media_type.as_ref();
    let told = found.filter(|found| found.as_str() != UNKNOWN);
    told.or(media.declared.as_ref()).or(found)
}

fn extension(name: &str) -> String {
    FileName::from_stored(name).extension().unwrap_or_default()
}

/// Whether more will be known of it.
fn is_processing(media: &Media) -> bool {
    matches!(
        media.status,
        MediaStatus::Uploaded | MediaStatus::Processing
    )
}

/// Milliseconds as seconds; what plays longer than a month is shown as a month.
fn duration(milliseconds: u64) -> f64 {
    let milliseconds = u32::try_from(milliseconds).unwrap_or(u32::MAX);
    f64::from(milliseconds) / 1_000.0
}

/// The day of a time, as people write it.
fn day(at: Timestamp) -> String {
    let at = OffsetDateTime::from_unix_timestamp(seconds(at));
    at.ok()
        .and_then(|at| at.format(DAY).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_without_a_leading_zero() {
        for (unix, written) in [
            (1_540_451_427, "25 October 2018"),
            (1_704_067_200, "1 January 2024"),
            (0, "1 January 1970"),
        ] {
            let at = Timestamp::from_unix_micros(unix * MICROS);
            assert_eq!(day(at), written);
        }
    }

    #[test]
    fn an_address_is_the_same_within_an_hour_and_holds_for_a_day() {
        let vault = Vault::new(&[1; 32]);
        let link = |unix: i64| {
            let shelf = Shelf {
                vault: &vault,
                base: "https://chat.example.com",
                workspace: WorkspaceId::from_bytes([1; 16]),
                now: Timestamp::from_unix_micros(unix * MICROS),
            };
            shelf.link(MediaId::from_bytes([2; 16]), None)
        };
        assert_eq!(link(7_200), link(10_799));
        assert_ne!(link(10_799), link(10_800));
        assert!(
            link(10_799).contains("expires_at=97200&"),
            "{}",
            link(10_799)
        );
    }
}

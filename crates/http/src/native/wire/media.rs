//! What is shown of files: by themselves, and as attachments of messages.
//!
//! Nothing is looked up here, and nothing is made for a message without files.

use std::fmt;

use causerie_core::media::{AltText, Attachment, Attachments, Media, MediaType, Preset};
use causerie_core::{MediaId, MessageId, ParticipantId, Timestamp};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::{Time, time};
use crate::native::vocabulary;
use crate::reply::Shown;

/// Where the bytes of a file or of one of its versions are, for who has a key.
#[derive(Clone, Copy)]
struct Address(MediaId, Option<Preset>);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            None => write!(f, "/v1/media/{}/content", self.0),
            Some(preset) => write!(f, "/v1/media/{}/versions/{}", self.0, preset.as_str()),
        }
    }
}

/// Something that was made of a picture.
#[derive(Serialize, ToSchema)]
#[schema(as = MediaVersion)]
pub(crate) struct VersionView<'a> {
    #[schema(value_type = String, example = "/v1/media/media_01J9ZK6QW8T2V4X6Y8Z0A2C4E6/versions/chat")]
    url: Shown<Address>,
    #[schema(example = "image/jpeg")]
    content_type: &'a str,
    #[schema(example = 20_480)]
    size: u64,
    #[schema(example = 480)]
    width: u32,
    #[schema(example = 320)]
    height: u32,
}

/// The versions of a file by their names.
struct VersionsView<'a>(&'a Media);

impl Serialize for VersionsView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.versions.len()))?;
        for one in &self.0.versions {
            let view = VersionView {
                url: Shown(Address(self.0.id, Some(one.preset))),
                content_type: one.media_type.as_str(),
                size: one.size,
                width: one.width,
                height: one.height,
            };
            map.serialize_entry(one.preset.as_str(), &view)?;
        }
        map.end()
    }
}

/// A file.
#[derive(Serialize, ToSchema)]
#[schema(as = Media)]
pub(crate) struct MediaView<'a> {
    #[schema(value_type = String, example = "media_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    id: Shown<MediaId>,
    /// Its name, without a path and what could mislead.
    #[schema(example = "receipt.png")]
    name: &'a str,
    #[schema(value_type = vocabulary::MediaKind, example = "image")]
    kind: &'static str,
    /// What it is by its content; what its uploader said before it arrives, if anything.
    #[schema(example = "image/png")]
    content_type: Option<&'a str>,
    /// How many bytes it has; 0 before they arrive.
    #[schema(example = 81_920)]
    size: u64,
    #[schema(value_type = vocabulary::MediaStatus, example = "ready")]
    status: &'static str,
    /// Why it could not be looked into, if `failed`.
    problem: Option<&'a str>,
    /// Pixels across, as it is to be shown.
    #[schema(example = 1_280)]
    width: Option<u32>,
    /// Pixels down.
    #[schema(example = 853)]
    height: Option<u32>,
    /// How long it plays.
    duration_ms: Option<u64>,
    /// Who uploaded it, if a participant did.
    #[schema(value_type = Option<String>)]
    participant_id: Option<Shown<ParticipantId>>,
    /// Where its bytes are, for who has a key; null before they arrive.
    #[schema(value_type = Option<String>, example = "/v1/media/media_01J9ZK6QW8T2V4X6Y8Z0A2C4E6/content")]
    url: Option<Shown<Address>>,
    /// What was made of it, by name.
    #[schema(value_type = std::collections::BTreeMap<String, VersionView>)]
    versions: VersionsView<'a>,
    /// The message that it goes with, in the list of a conversation's files.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    message_id: Option<Shown<MessageId>>,
    /// When it is removed, unless a message refers to it by then.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Time>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Time,
}

impl<'a> MediaView<'a> {
    pub(crate) fn of(media: &'a Media) -> Self {
        Self {
            id: Shown(media.id),
            name: media.name.as_str(),
            kind: media.kind().as_str(),
            content_type: media.best_type().map(MediaType::as_str),
            size: media.size,
            status: media.status.as_str(),
            problem: media.problem.as_deref(),
            width: media.facts.width,
            height: media.facts.height,
            duration_ms: media.facts.duration_ms,
            participant_id: media.owner.map(Shown),
            url: url_of(media),
            versions: VersionsView(media),
            message_id: None,
            expires_at: time(media.expires_at),
            created_at: Shown(media.created_at),
            updated_at: Shown(media.updated_at),
        }
    }

    /// A file of a conversation, with its message.
    pub(crate) fn with_message((media, message): &'a (Media, MessageId)) -> Self {
        Self {
            message_id: Some(Shown(*message)),
            ..Self::of(media)
        }
    }
}

fn url_of(media: &Media) -> Option<Shown<Address>> {
    let arrived = media.status.has_arrived();
    arrived.then_some(Shown(Address(media.id, None)))
}

/// A file of a message.
#[derive(Serialize, ToSchema)]
#[schema(as = Attachment)]
pub(crate) struct AttachmentView<'a> {
    #[schema(value_type = String, example = "media_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    media_id: Shown<MediaId>,
    #[schema(value_type = vocabulary::MediaKind, example = "image")]
    kind: &'static str,
    #[schema(example = "receipt.png")]
    name: &'a str,
    /// What it is by its content.
    #[schema(example = "image/png")]
    content_type: Option<&'a str>,
    #[schema(example = 81_920)]
    size: u64,
    #[schema(value_type = vocabulary::MediaStatus, example = "ready")]
    status: &'static str,
    #[schema(example = 1_280)]
    width: Option<u32>,
    #[schema(example = 853)]
    height: Option<u32>,
    duration_ms: Option<u64>,
    /// What stands for it where it cannot be seen.
    alt_text: Option<&'a str>,
    /// Whether the text of the message shows it in its place.
    #[schema(example = false)]
    inline: bool,
    /// Where its bytes are, for who has a key.
    #[schema(value_type = Option<String>, example = "/v1/media/media_01J9ZK6QW8T2V4X6Y8Z0A2C4E6/content")]
    url: Option<Shown<Address>>,
    /// What was made of it, by name.
    #[schema(value_type = std::collections::BTreeMap<String, VersionView>)]
    versions: VersionsView<'a>,
}

impl<'a> AttachmentView<'a> {
    fn of(attachment: &'a Attachment, media: &'a Media) -> Self {
        Self {
            media_id: Shown(media.id),
            kind: media.kind().as_str(),
            name: media.name.as_str(),
            content_type: media.best_type().map(MediaType::as_str),
            size: media.size,
            status: media.status.as_str(),
            width: media.facts.width,
            height: media.facts.height,
            duration_ms: media.facts.duration_ms,
            alt_text: attachment.alt_text.as_ref().map(AltText::as_str),
            inline: attachment.inline,
            url: url_of(media),
            versions: VersionsView(media),
        }
    }
}

/// The files of a message in their order; those that are gone are left out.
#[derive(Clone, Copy)]
pub(crate) struct AttachmentsView<'a> {
    pub(super) attachments: &'a Attachments,
    pub(super) files: &'a [Media],
}

impl Serialize for AttachmentsView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let files = self.files;
        let shown = self.attachments.iter().filter_map(|one| {
            let media = files.iter().find(|media| media.id == one.media)?;
            Some(AttachmentView::of(one, media))
        });
        serializer.collect_seq(shown)
    }
}

/// Which file a message had or is to have.
#[derive(Serialize, ToSchema)]
#[schema(as = AttachmentReference)]
pub(crate) struct ReferenceView<'a> {
    #[schema(value_type = String, example = "media_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    media_id: Shown<MediaId>,
    alt_text: Option<&'a str>,
    #[schema(example = false)]
    inline: bool,
}

/// The files of something that is no message yet, or no more.
#[derive(Clone, Copy)]
pub(crate) struct ReferencesView<'a>(pub(super) &'a Attachments);

impl Serialize for ReferencesView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|one| ReferenceView {
            media_id: Shown(one.media),
            alt_text: one.alt_text.as_ref().map(AltText::as_str),
            inline: one.inline,
        }))
    }
}

/// How the bytes of a file are to be sent.
#[derive(Serialize, ToSchema)]
#[schema(as = UploadDoor)]
pub(crate) struct UploadDoorView<'a> {
    #[schema(value_type = vocabulary::UploadMethod, example = "PUT")]
    pub(crate) method: &'static str,
    /// To where; needs no key.
    #[schema(
        example = "/media/uploads/ws_01J9ZK6QW8T2V4X6Y8Z0A2C4E6/media_01J9ZK6QW8T2V4X6Y8Z0A2C4E6?…"
    )]
    pub(crate) url: &'a str,
    /// Headers to send with a PUT.
    #[schema(value_type = std::collections::BTreeMap<String, String>, example = json!({"Content-Type": "image/png"}))]
    pub(crate) headers: PairsView<'a>,
    /// Fields to send with a POST, before the part `file`.
    #[schema(value_type = std::collections::BTreeMap<String, String>, example = json!({}))]
    pub(crate) fields: PairsView<'a>,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) expires_at: Shown<Timestamp>,
}

/// Names with a text each.
pub(crate) struct PairsView<'a>(pub(crate) &'a [(&'static str, String)]);

impl Serialize for PairsView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| (name, text)))
    }
}

/// A file whose bytes are to come, and the way for them.
#[derive(Serialize, ToSchema)]
#[schema(as = Upload)]
pub(crate) struct UploadView<'a> {
    pub(crate) media: MediaView<'a>,
    pub(crate) upload: &'a UploadDoorView<'a>,
}

/// An address that needs no key.
#[derive(Serialize, ToSchema)]
#[schema(as = MediaLink)]
pub(crate) struct LinkView<'a> {
    #[schema(example = "/media/ws_01J9ZK6QW8T2V4X6Y8Z0A2C4E6/media_01J9ZK6QW8T2V4X6Y8Z0A2C4E6?…")]
    pub(crate) url: &'a str,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) expires_at: Shown<Timestamp>,
}

/// How much is kept.
#[derive(Serialize, ToSchema)]
#[schema(as = MediaUsage)]
pub(crate) struct UsageView {
    /// Bytes of all files and their versions; the same bytes count once.
    #[schema(example = 1_048_576)]
    pub(crate) kept_bytes: u64,
    /// How many there may be.
    #[schema(example = 10_737_418_240_u64)]
    pub(crate) storage_bytes_max: u64,
    /// How many one file may have.
    #[schema(example = 104_857_600)]
    pub(crate) file_bytes_max: u64,
}

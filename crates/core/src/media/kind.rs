//! What a file is: its media type (RFC 6838), and what may be done with it.
//!
//! Types are taken from contents elsewhere; here is only what follows from them.

use std::fmt;
use std::sync::Arc;

use crate::invalid::Invalid;
use crate::words::words;

words! {
    /// Which sort of attachment a file makes.
    AttachmentKind {
        /// A picture.
        Image = 1, "image";
        /// A film.
        Video = 2, "video";
        /// Something to listen to.
        Audio = 3, "audio";
        /// Anything else.
        File = 4, "file";
    }
}

/// How many bytes a media type may have.
const MEDIA_TYPE_BYTES_MAX: usize = 127;

/// Types that a browser may show in place: none of them can run a script or pass for a page.
const INLINE: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/bmp",
    "audio/mpeg",
    "audio/mp4",
    "audio/aac",
    "audio/ogg",
    "audio/wav",
    "audio/x-wav",
    "audio/flac",
    "audio/x-flac",
    "audio/webm",
    "audio/opus",
    "audio/m4a",
    "audio/x-m4a",
    "video/mp4",
    "video/webm",
    "video/ogg",
    "video/quicktime",
];

/// A media type without parameters, in lower case: `image/png`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaType(Arc<str>);

impl MediaType {
    /// Accepts `type/subtype` of at most 127 characters; parameters are left out, capitals made small.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let expected = || Invalid::new("expected a media type such as image/png");
        let essence = text.split(';').next().unwrap_or_default().trim();
        let (kind, subtype) = essence.split_once('/').ok_or_else(expected)?;
        let token = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
        };
        if essence.len() > MEDIA_TYPE_BYTES_MAX || !token(kind) || !token(subtype) {
            return Err(expected());
        }
        Ok(Self(essence.to_ascii_lowercase().into()))
    }

    /// The type of bytes that nothing is known of.
    pub fn unknown() -> Self {
        Self("application/octet-stream".into())
    }

    /// Takes a type that was checked when it was stored.
    pub fn from_stored(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The type as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which sort of attachment it makes.
    pub fn kind(&self) -> AttachmentKind {
        match self.0.split('/').next() {
            Some("image") => AttachmentKind::Image,
            Some("video") => AttachmentKind::Video,
            Some("audio") => AttachmentKind::Audio,
            _ => AttachmentKind::File,
        }
    }

    /// Whether it is a picture.
    pub fn is_image(&self) -> bool {
        self.kind() == AttachmentKind::Image
    }

    /// Whether it is something to listen to.
    pub fn is_audio(&self) -> bool {
        self.kind() == AttachmentKind::Audio
    }

    /// Whether a browser may show it in place. Everything else is to be saved: markup and scripts never run
    /// under the address of this server.
    pub fn shows_inline(&self) -> bool {
        INLINE.contains(&self.as_str())
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_capitals_are_left_out() {
        let parsed = MediaType::parse("Text/HTML; charset=utf-8").expect("a type");
        assert_eq!(parsed.as_str(), "text/html");
        for wrong in ["", "image", "image/", "/png", "image/p ng", "a/b/c", "ä/b"] {
            assert!(MediaType::parse(wrong).is_err(), "{wrong}");
        }
        assert!(MediaType::parse(&format!("a/{}", "b".repeat(126))).is_err());
    }

    #[test]
    fn markup_and_scripts_are_never_shown_in_place() {
        let inline = |text| MediaType::parse(text).expect("a type").shows_inline();
        for wrong in [
            "text/html",
            "image/svg+xml",
            "text/xml",
            "application/javascript",
            "text/plain",
            "application/pdf",
            "application/octet-stream",
        ] {
            assert!(!inline(wrong), "{wrong}");
        }
        assert!(inline("image/png") && inline("audio/ogg"));
    }
}

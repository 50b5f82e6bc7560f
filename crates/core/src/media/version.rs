//! What is made of a picture: smaller ones, each under the name that clients ask for.

use serde_json::{Value, json};

use crate::fault::Fault;
use crate::words::words;

use super::{Digest, MediaType};

words! {
    /// The name of a version.
    Preset {
        /// As large as a screen shows it.
        Detail = 1, "detail";
        /// For a place in a list of posts.
        Listing = 2, "listing";
        /// For a place in a list of files.
        Thumbnail = 3, "thumbnail";
        /// A wide cut, large.
        CropLarge = 4, "cropLarge";
        /// A wide cut of medium size.
        CropMedium = 5, "cropMedium";
        /// A wide cut, small.
        CropSmall = 6, "cropSmall";
        /// For a place among messages.
        Chat = 7, "chat";
        /// A square, large.
        LargeSquare = 8, "largeSquare";
        /// A square, small.
        SmallSquare = 9, "smallSquare";
        /// A cut higher than wide.
        Portrait = 10, "portrait";
        /// A cut wider than high.
        Landscape = 11, "landscape";
    }
}

/// How a picture is fitted into a size. It is never made larger than it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// All of it, no side longer than these.
    Within(u32, u32),
    /// Its middle in these proportions, no side longer than these.
    Cover(u32, u32),
}

impl Preset {
    /// How a picture is fitted into it.
    pub const fn fit(self) -> Fit {
        match self {
            Self::Detail => Fit::Within(1_920, 1_920),
            Self::Listing => Fit::Within(640, 640),
            Self::Thumbnail => Fit::Within(160, 160),
            Self::CropLarge => Fit::Cover(1_200, 630),
            Self::CropMedium => Fit::Cover(600, 315),
            Self::CropSmall => Fit::Cover(300, 158),
            Self::Chat => Fit::Within(480, 480),
            Self::LargeSquare => Fit::Cover(512, 512),
            Self::SmallSquare => Fit::Cover(128, 128),
            Self::Portrait => Fit::Cover(480, 640),
            Self::Landscape => Fit::Cover(640, 480),
        }
    }
}

/// Something made of a picture, without what the original says of place, camera and owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its name.
    pub preset: Preset,
    /// The hash of its bytes.
    pub digest: Digest,
    /// What it is.
    pub media_type: MediaType,
    /// How many bytes it has.
    pub size: u64,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// A JSON array, for storage; empty text for no versions.
pub fn versions_to_stored(versions: &[Version]) -> String {
    if versions.is_empty() {
        return String::new();
    }
    let all = versions.iter().map(|one| {
        json!([
            one.preset.number(),
            one.digest.to_string(),
            one.media_type.as_str(),
            one.size,
            one.width,
            one.height
        ])
    });
    Value::Array(all.collect()).to_string()
}

/// Reads what [`versions_to_stored`] wrote.
///
/// # Errors
/// [`Fault::Corrupt`].
pub fn versions_from_stored(stored: &str) -> Result<Vec<Version>, Fault> {
    type Parts = (i16, String, String, u64, u32, u32);
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    let read = || -> Option<Vec<Version>> {
        let all: Vec<Parts> = serde_json::from_str(stored).ok()?;
        let one = |(preset, digest, media_type, size, width, height): Parts| {
            Some(Version {
                preset: Preset::from_number(preset)?,
                digest: Digest::parse(&digest)?,
                media_type: MediaType::from_stored(media_type),
                size,
                width,
                height,
            })
        };
        all.into_iter().map(one).collect()
    };
    read().ok_or_else(|| Fault::corrupt("media", "versions", stored))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_survive_their_stored_form() {
        let versions = vec![Version {
            preset: Preset::CropLarge,
            digest: Digest([3; 32]),
            media_type: MediaType::from_stored("image/jpeg"),
            size: 12,
            width: 4,
            height: 2,
        }];
        let stored = versions_to_stored(&versions);
        assert_eq!(versions_from_stored(&stored).expect("stored"), versions);
        assert_eq!(versions_from_stored("").expect("none"), Vec::new());
        assert!(versions_from_stored("[[99]]").is_err());
    }
}

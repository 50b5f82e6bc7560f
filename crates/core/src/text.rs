//! Checked texts: names, titles, message bodies, metadata.
//!
//! Lengths come from the [`Settings`] of a workspace; what a text means is not looked at.

use std::fmt;
use std::sync::Arc;

use crate::invalid::Invalid;
use crate::workspace::Settings;

/// How many characters an external id may have.
pub const EXTERNAL_ID_CHARS_MAX: usize = 256;
/// How many characters a reference may have.
pub const REFERENCE_CHARS_MAX: usize = 256;
/// How many characters the address of a picture may have.
pub const AVATAR_URL_CHARS_MAX: usize = 2_048;
/// How many characters the name of a workspace or key may have.
pub const NAME_CHARS_MAX: usize = 128;

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Takes a text that was checked when it was stored.
            pub fn from_stored(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} bytes)", stringify!($name), self.0.len())
            }
        }
    )+};
}

texts! {
    /// What a message says. Kept to the byte, never interpreted; empty only in a tombstone.
    Text;
    /// How a participant is called.
    DisplayName;
    /// The title of a conversation.
    Title;
    /// The description of a conversation.
    Description;
    /// The caller's own id of a participant; unique in its workspace, compared byte by byte.
    ExternalId;
    /// The caller's own id of a message: a send with the same reference is made once.
    Reference;
    /// The name of a workspace or of a key.
    Name;
    /// A JSON object of the caller's, kept as it was written.
    Metadata;
    /// Where a picture is found; kept as given, never fetched.
    AvatarUrl;
}

impl AvatarUrl {
    /// Accepts one line of up to 2,048 characters that begins with `https://` or `http://`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        line(text, AVATAR_URL_CHARS_MAX)?;
        if text.starts_with("https://") || text.starts_with("http://") {
            Ok(Self(text.into()))
        } else {
            Err(Invalid::new("expected an address with https:// or http://"))
        }
    }
}

impl Text {
    /// Accepts 1 to [`Settings::text_chars_max`] characters, any but NUL.
    pub fn parse(text: &str, limits: &Settings) -> Result<Self, Invalid> {
        count(text, 1, limits.text_chars_max)?;
        without_nul(text).map(|text| Self(text.into()))
    }

    /// The text of a deleted message.
    pub fn empty() -> Self {
        Self("".into())
    }
}

impl DisplayName {
    /// Accepts one line of 1 to [`Settings::display_name_chars_max`] characters, not all blank.
    pub fn parse(text: &str, limits: &Settings) -> Result<Self, Invalid> {
        line(text, limits.display_name_chars_max).map(|text| Self(text.into()))
    }
}

impl Title {
    /// Accepts one line of 1 to [`Settings::title_chars_max`] characters, not all blank.
    pub fn parse(text: &str, limits: &Settings) -> Result<Self, Invalid> {
        line(text, limits.title_chars_max).map(|text| Self(text.into()))
    }
}

impl Description {
    /// Accepts 1 to [`Settings::description_chars_max`] characters, any but NUL.
    pub fn parse(text: &str, limits: &Settings) -> Result<Self, Invalid> {
        count(text, 1, limits.description_chars_max)?;
        without_nul(text).map(|text| Self(text.into()))
    }
}

impl ExternalId {
    /// Accepts one line of 1 to [`EXTERNAL_ID_CHARS_MAX`] characters, not all blank.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        line(text, EXTERNAL_ID_CHARS_MAX).map(|text| Self(text.into()))
    }
}

impl Reference {
    /// Accepts one line of 1 to [`REFERENCE_CHARS_MAX`] characters, not all blank.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        line(text, REFERENCE_CHARS_MAX).map(|text| Self(text.into()))
    }
}

impl Name {
    /// Accepts one line of 1 to [`NAME_CHARS_MAX`] characters, not all blank.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        line(text, NAME_CHARS_MAX).map(|text| Self(text.into()))
    }
}

impl Metadata {
    /// Accepts a JSON object of at most [`Settings::metadata_bytes_max`] bytes as written.
    pub fn parse(json: &str, limits: &Settings) -> Result<Self, Invalid> {
        let max = limits.metadata_bytes_max;
        if json.len() > max {
            return Err(Invalid::new(format!(
                "expected at most {max} bytes, found {}",
                json.len()
            )));
        }
        match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json) {
            Ok(map) if map.is_empty() => Ok(Self::default()),
            Ok(_) => Ok(Self(json.trim().into())),
            Err(_) => Err(Invalid::new("expected a JSON object")),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.len() == 2
    }
}

impl Default for Metadata {
    /// The empty object.
    fn default() -> Self {
        Self("{}".into())
    }
}

fn without_nul(text: &str) -> Result<&str, Invalid> {
    if text.contains('\0') {
        return Err(Invalid::new(
            "expected text without the NUL character (U+0000)",
        ));
    }
    Ok(text)
}

pub(crate) fn line(text: &str, chars_max: usize) -> Result<&str, Invalid> {
    count(text, 1, chars_max)?;
    if text.chars().any(char::is_control) {
        return Err(Invalid::new("expected one line without control characters"));
    }
    if text.trim().is_empty() {
        return Err(Invalid::new("expected more than blanks"));
    }
    Ok(text)
}

fn count(text: &str, min: usize, max: usize) -> Result<(), Invalid> {
    let bytes = text.len();
    if bytes >= min && bytes <= max {
        return Ok(());
    }
    let chars = text.chars().count();
    if chars < min || chars > max {
        return Err(Invalid::new(format!(
            "expected {min} to {max} characters, found {chars}"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_count_characters_not_bytes() {
        let limits = Settings {
            text_chars_max: 3,
            ..Settings::default()
        };
        assert!(Text::parse("äöü", &limits).is_ok());
        assert!(Text::parse("äöüß", &limits).is_err());
        assert!(Text::parse("", &limits).is_err());
        assert!(Text::parse("a\0", &limits).is_err());
        assert!(Text::parse("a\nb", &limits).is_ok());
    }

    #[test]
    fn a_name_is_one_line_with_something_in_it() {
        let limits = Settings::default();
        assert!(DisplayName::parse("Ada", &limits).is_ok());
        assert!(DisplayName::parse("A\nda", &limits).is_err());
        assert!(DisplayName::parse("   ", &limits).is_err());
        assert!(DisplayName::parse(&"x".repeat(129), &limits).is_err());
    }

    #[test]
    fn metadata_is_an_object_kept_as_written() {
        let limits = Settings {
            metadata_bytes_max: 20,
            ..Settings::default()
        };
        let kept = Metadata::parse(r#" {"b":1, "a":2.50} "#, &limits).expect("an object");
        assert_eq!(kept.as_str(), r#"{"b":1, "a":2.50}"#);
        assert!(
            Metadata::parse("{ }", &limits)
                .expect("an object")
                .is_empty()
        );
        assert!(Metadata::parse("[]", &limits).is_err());
        assert!(Metadata::parse(r#"{"long":"xxxxxxxxxxxx"}"#, &limits).is_err());
    }

    #[test]
    fn debugging_shows_no_text() {
        assert_eq!(
            format!("{:?}", Text::from_stored("secret")),
            "Text(6 bytes)"
        );
    }
}

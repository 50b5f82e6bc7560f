//! How a message refers to files.

use std::fmt;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::fault::Fault;
use crate::id::MediaId;
use crate::invalid::Invalid;
use crate::refusal::Refusal;

/// How many files a message may have.
pub const ATTACHMENTS_MAX: usize = 30;
/// How many characters the text in place of a picture may have.
pub const ALT_TEXT_CHARS_MAX: usize = 1_000;

/// What stands for a file where it cannot be seen.
#[derive(Clone, PartialEq, Eq)]
pub struct AltText(Arc<str>);

impl AltText {
    /// Accepts 1 to [`ALT_TEXT_CHARS_MAX`] characters, any but NUL.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() || text.chars().count() > ALT_TEXT_CHARS_MAX || text.contains('\0') {
            return Err(Invalid::new("expected 1 to 1000 characters without NUL"));
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AltText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AltText({} bytes)", self.0.len())
    }
}

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The file.
    pub media: MediaId,
    /// What stands for it where it cannot be seen.
    pub alt_text: Option<AltText>,
    /// Whether the text of the message shows it in its place.
    pub inline: bool,
}

/// The files of a message, in their order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachments(Arc<[Attachment]>);

impl Attachments {
    /// Accepts up to [`ATTACHMENTS_MAX`] different files.
    ///
    /// # Errors
    /// `validation_failed` at `attachments` or `attachments/N/media_id`.
    pub fn parse(all: Vec<Attachment>) -> Result<Self, Refusal> {
        if all.len() > ATTACHMENTS_MAX {
            let problem = format!("expected at most {ATTACHMENTS_MAX} files");
            return Err(Invalid::new(problem).at("attachments").into());
        }
        for (place, one) in all.iter().enumerate() {
            if all[..place].iter().any(|other| other.media == one.media) {
                let problem = Invalid::new("expected each file once");
                let field = format!("attachments/{place}/media_id");
                return Err(problem.at(field).into());
            }
        }
        Ok(Self(all.into()))
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Attachment> {
        self.0.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A JSON array, for storage; empty text for none.
    pub fn to_stored(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        let one = |one: &Attachment| {
            let alt_text = one.alt_text.as_ref().map(AltText::as_str);
            json!([one.media.to_string(), alt_text, one.inline])
        };
        Value::Array(self.0.iter().map(one).collect()).to_string()
    }

    /// Reads what [`Attachments::to_stored`] wrote.
    ///
    /// # Errors
    /// [`Fault::Corrupt`].
    pub fn from_stored(stored: &str) -> Result<Self, Fault> {
        if stored.is_empty() {
            return Ok(Self::default());
        }
        let corrupt = || Fault::corrupt("message", "attachments", "");
        let all: Vec<(String, Option<String>, bool)> =
            serde_json::from_str(stored).map_err(|_| corrupt())?;
        let one = |(media, alt_text, inline): (String, Option<String>, bool)| {
            Ok(Attachment {
                media: MediaId::parse(&media).map_err(|_| corrupt())?,
                alt_text: alt_text.map(|text| AltText(text.into())),
                inline,
            })
        };
        let all: Result<Vec<_>, Fault> = all.into_iter().map(one).collect();
        Ok(Self(all?.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attachment(byte: u8) -> Attachment {
        Attachment {
            media: MediaId::from_bytes([byte; 16]),
            alt_text: AltText::parse("a \"cat\"").ok(),
            inline: byte == 1,
        }
    }

    #[test]
    fn attachments_survive_their_stored_form() {
        let all = Attachments::parse(vec![attachment(1), attachment(2)]).expect("two files");
        assert_eq!(
            Attachments::from_stored(&all.to_stored()).expect("stored"),
            all
        );
        assert_eq!(Attachments::default().to_stored(), "");
        assert!(Attachments::from_stored("[1]").is_err());
    }

    #[test]
    fn each_file_comes_once_and_not_too_many() {
        assert!(Attachments::parse(vec![attachment(1), attachment(1)]).is_err());
        let many = (0..31).map(attachment).collect();
        assert!(Attachments::parse(many).is_err());
    }
}

//! Structured content of a message: what it is, and the JSON object that holds it.
//!
//! A content is checked and then kept as it was written; nothing here renders one, and members that
//! no rule names are kept, not refused.

mod attributes;
mod body;
mod check;

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::invalid::{Invalid, Violation};
use crate::words::words;

use check::{Check, Strings};

/// How many bytes a content may have.
pub const CONTENT_BYTES_MAX: usize = 200 * 1024;

words! {
    /// What the content of a message is.
    ///
    /// Those up to `action` are *bodies*: the object has a member `type` with this word and a
    /// payload under the member of the same name. The others are plain objects of attributes.
    ContentType {
        /// Plain text; a content is optional, and may be a body or any object.
        Text = 1, "text";
        /// Text with markup, for mail.
        Html = 2, "html";
        /// One or more pictures.
        Image = 3, "image";
        /// One or more files.
        File = 4, "file";
        /// A moving picture.
        Gif = 5, "gif";
        /// A place on the map.
        Location = 6, "location";
        /// Cards side by side.
        Carousel = 7, "carousel";
        /// Entries to choose from.
        List = 8, "list";
        /// Several bodies in one.
        Section = 9, "section";
        /// A one-time password.
        Authentication = 10, "authentication";
        /// A request for something other than an answer, such as the permission to call.
        Action = 11, "action";
        /// Asks for a line of text.
        InputText = 21, "input_text";
        /// Asks for several lines of text.
        InputTextarea = 22, "input_textarea";
        /// Asks for an address.
        InputEmail = 23, "input_email";
        /// Asks to choose among `items`.
        InputSelect = 24, "input_select";
        /// Cards with actions, in `items`.
        Cards = 25, "cards";
        /// Asks for several values.
        Form = 26, "form";
        /// Articles to read.
        Article = 27, "article";
        /// A mail as it came in.
        IncomingEmail = 28, "incoming_email";
        /// Asks how content a customer is.
        InputCsat = 29, "input_csat";
        /// Something of another product, such as a call.
        Integrations = 30, "integrations";
        /// A sticker.
        Sticker = 31, "sticker";
        /// A call.
        VoiceCall = 32, "voice_call";
    }
}

impl Default for ContentType {
    /// Plain text.
    fn default() -> Self {
        Self::Text
    }
}

impl ContentType {
    /// Whether a message of this type says nothing without a content.
    pub const fn requires_content(self) -> bool {
        self.requires_body() || matches!(self, Self::InputSelect | Self::Cards)
    }

    /// Whether a content of this type has to be a body.
    const fn requires_body(self) -> bool {
        self.may_be_body() && !matches!(self, Self::Text)
    }

    const fn may_be_body(self) -> bool {
        self.number() <= Self::Action.number()
    }
}

/// The structured content of a message: a JSON object, kept as it was written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Content(Arc<str>);

impl Content {
    /// Accepts a JSON object of at most [`CONTENT_BYTES_MAX`] bytes that keeps the rules of its
    /// type.
    ///
    /// A type up to `action` needs a body: `{"type":"carousel","carousel":{…}}`. `text` may have
    /// one, or any object without a string `type`. `input_select` needs at least one entry in
    /// `items`, with no members but `title` and `value`; `cards` needs at least one entry in
    /// `items`, each with at least one action. The other types take any object.
    ///
    /// # Errors
    ///
    /// What is wrong, in the order of the rules, each with its place:
    /// `content/carousel/items/0/actions/1/type`. At most 20 are told.
    pub fn parse(content_type: ContentType, json: &str) -> Result<Self, Vec<Violation>> {
        Self::checked(content_type, json, Strings::Final)
    }

    /// Accepts the content of a template: as [`Content::parse`], but strings with `{{` in them may
    /// be anything, since they become something else. What comes out of the template has to be
    /// parsed again.
    ///
    /// # Errors
    ///
    /// Those of [`Content::parse`].
    pub fn parse_unfilled(content_type: ContentType, json: &str) -> Result<Self, Vec<Violation>> {
        Self::checked(content_type, json, Strings::Unfilled)
    }

    fn checked(
        content_type: ContentType,
        json: &str,
        strings: Strings,
    ) -> Result<Self, Vec<Violation>> {
        if json.len() > CONTENT_BYTES_MAX {
            let problem = format!(
                "expected at most {CONTENT_BYTES_MAX} bytes, found {}",
                json.len()
            );
            return Err(vec![Invalid::new(problem).at("content")]);
        }
        let Ok(object) = serde_json::from_str::<Map<String, Value>>(json) else {
            return Err(vec![Invalid::new("expected a JSON object").at("content")]);
        };
        let mut check = Check::new("content", strings);
        match content_type {
            ContentType::InputSelect => attributes::input_select(&mut check, &object),
            ContentType::Cards => attributes::cards(&mut check, &object),
            _ if is_body(content_type, &object) => body::body(&mut check, content_type, &object),
            _ => {}
        }
        check.finish()?;
        Ok(Self(json.trim().into()))
    }

    /// The content as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes a content that was checked when it was stored.
    pub fn from_stored(json: impl Into<Arc<str>>) -> Self {
        Self(json.into())
    }

    /// What a reader who knows only text is shown, and what search looks through: the text of the
    /// payload, else its title, else the same of its first item.
    pub fn lead_text(&self, content_type: ContentType) -> Option<String> {
        let object: Map<String, Value> = serde_json::from_str(&self.0).ok()?;
        if is_body(content_type, &object) {
            lead(object.get(content_type.as_str())?)
        } else {
            lead(&Value::Object(object))
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.0.len())
    }
}

/// Whether the object has to be read as a body: attributes of a `text` may be anything without a
/// `type`.
fn is_body(content_type: ContentType, object: &Map<String, Value>) -> bool {
    content_type.requires_body()
        || content_type.may_be_body() && object.get("type").is_some_and(Value::is_string)
}

fn lead(payload: &Value) -> Option<String> {
    let own = |value: &Value| said(value.get("text")).or_else(|| said(value.get("title")));
    own(payload).or_else(|| {
        let first = payload.get("items")?.get(0)?;
        // The items of a section are bodies themselves; a text of theirs is one level further down.
        let nested = || lead(first.get(first.get("type")?.as_str()?)?);
        own(first).or_else(nested)
    })
}

fn said(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?.replace('\0', "");
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;

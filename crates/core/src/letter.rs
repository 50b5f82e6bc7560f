//! A mail that came in, as a message: what of it becomes the text, the content, the files and the metadata.
//!
//! The mail was taken apart by a [`MailReader`](crate::port::MailReader); whose conversation it belongs to is decided
//! when it is received.

use serde_json::{Map, Value, json};

use crate::act::ReceiveInbound;
use crate::contact::{Identifier, IdentifierKey};
use crate::content::{Content, ContentType};
use crate::draft::Draft;
use crate::id::{ChannelId, MediaId};
use crate::media::{ATTACHMENTS_MAX, Attachment, Attachments};
use crate::port::{InboundFile, InboundMail, MailAddress, MailFault};
use crate::refusal::Refusal;
use crate::text::{DisplayName, Metadata, Reference, Text, Title};
use crate::workspace::Settings;

/// A mail whose text fits into a message of its workspace, its files apart.
#[derive(Clone, Debug)]
pub struct Letter {
    mail: InboundMail,
    from: Identifier,
    text: Text,
    content: Option<Content>,
    places: Vec<Place>,
}

impl Letter {
    /// Takes the files out of a mail, at most [`ATTACHMENTS_MAX`], in their order. A text or HTML that is too long
    /// for a message is cut off or left out, and goes along whole as the first file. A mail that says nothing
    /// says its subject.
    ///
    /// # Errors
    /// [`MailFault::NoSender`] when nobody can be answered.
    pub fn open(
        mut mail: InboundMail,
        limits: &Settings,
    ) -> Result<(Self, Vec<InboundFile>), MailFault> {
        let from = sender(&mail.from)?;
        let (text, content) = (text(&mut mail, limits), html(&mut mail));
        let files = std::mem::take(&mut mail.files);
        let letter = Self {
            places: files.iter().map(place).collect(),
            mail,
            from,
            text,
            content,
        };
        Ok((letter, files))
    }

    /// The mail as something that came in through a channel, with its files under these ids, in their order. Its
    /// subject is the title of a new conversation; what else it says is in the member `mail` of the metadata.
    ///
    /// # Errors
    /// `validation_failed` at `attachments` for ids that repeat.
    pub fn into_inbound(
        self,
        channel: ChannelId,
        media: &[MediaId],
        limits: &Settings,
    ) -> Result<ReceiveInbound, Refusal> {
        let attachments = attachments(&self.places, media)?;
        let metadata = metadata(&self.mail, &self.places, media, limits);
        let mail = &self.mail;
        let name = mail.from.name.as_deref();
        let subject = mail.subject.as_deref();
        let content_type = match self.content {
            Some(_) => ContentType::Html,
            None => ContentType::Text,
        };
        Ok(ReceiveInbound {
            channel,
            from: self.from,
            from_name: name.and_then(|name| called(name, limits)),
            reference: mail.message_id.as_deref().and_then(reference),
            follows: mail.follows.iter().filter_map(|id| reference(id)).collect(),
            title: subject.and_then(|subject| titled(subject, limits)),
            draft: Draft {
                content_type,
                content: self.content,
                metadata,
                attachments,
                ..Draft::text(self.text)
            },
        })
    }
}

fn sender(from: &MailAddress) -> Result<Identifier, MailFault> {
    let key = IdentifierKey::parse(IdentifierKey::EMAIL);
    let parsed = key.and_then(|key| Identifier::parse(key, &from.address));
    parsed.map_err(|_| MailFault::NoSender)
}

/// One line of so many characters at most, out of whatever a mail says.
fn line(text: &str, chars_max: usize) -> String {
    let words: Vec<&str> = text
        .split(|character: char| character.is_whitespace() || character.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(chars_max).collect()
}

fn called(name: &str, limits: &Settings) -> Option<DisplayName> {
    DisplayName::parse(&line(name, limits.display_name_chars_max), limits).ok()
}

fn titled(subject: &str, limits: &Settings) -> Option<Title> {
    Title::parse(&line(subject, limits.title_chars_max), limits).ok()
}

fn reference(id: &str) -> Option<Reference> {
    Reference::parse(id).ok()
}

/// What the mail says, else its subject. What is too long is cut off, and goes along whole as a file.
fn text(mail: &mut InboundMail, limits: &Settings) -> Text {
    let mut said = mail.text.replace('\0', "");
    if said.trim().is_empty() && mail.html.is_none() && mail.files.is_empty() {
        said = mail.subject.clone().unwrap_or_default();
    }
    let cut: String = said.chars().take(limits.text_chars_max).collect();
    if cut.len() < said.len() {
        enclose(mail, "message.txt", "text/plain", said);
    }
    Text::parse(&cut, limits).unwrap_or_else(|_| Text::empty())
}

/// The HTML of the mail as a content; what is too long goes along as a file instead.
fn html(mail: &mut InboundMail) -> Option<Content> {
    let html = mail.html.take()?;
    let content = json!({"type": ContentType::Html.as_str(), "html": {"html": html}}).to_string();
    let content = Content::parse(ContentType::Html, &content).ok();
    if content.is_none() {
        enclose(mail, "message.html", "text/html", html);
    }
    content
}

fn enclose(mail: &mut InboundMail, name: &str, declared: &str, text: String) {
    mail.files.push(InboundFile {
        name: Some(name.to_owned()),
        declared: Some(declared.to_owned()),
        content_id: None,
        inline: false,
        bytes: text.into_bytes(),
    });
    // The text itself comes before what else there is.
    mail.files.rotate_right(1);
    mail.files.truncate(ATTACHMENTS_MAX);
}

/// By what the HTML refers to a file, and whether it is shown in the text.
#[derive(Clone, Debug)]
struct Place {
    content_id: Option<String>,
    inline: bool,
}

fn place(file: &InboundFile) -> Place {
    Place {
        content_id: file.content_id.clone(),
        inline: file.inline,
    }
}

fn attachments(places: &[Place], media: &[MediaId]) -> Result<Attachments, Refusal> {
    let all = places.iter().zip(media).map(|(place, media)| Attachment {
        media: *media,
        alt_text: None,
        inline: place.inline,
    });
    Attachments::parse(all.collect())
}

/// What else the mail says, as the member `mail` of the metadata; without its receivers where there is no room.
fn metadata(
    mail: &InboundMail,
    places: &[Place],
    media: &[MediaId],
    limits: &Settings,
) -> Metadata {
    let addresses = |all: &[MailAddress]| -> Vec<Value> {
        let one = |one: &MailAddress| json!({"name": one.name, "address": one.address});
        all.iter().map(one).collect()
    };
    let inline: Map<String, Value> = places
        .iter()
        .zip(media)
        .filter_map(|(place, media)| Some((place.content_id.clone()?, media.to_string().into())))
        .collect();
    let mut said = json!({
        "subject": mail.subject,
        "sent_at": mail.sent_at.map(|at| at.to_string()),
        "automatic": mail.automatic,
        "content_ids": inline,
        "to": addresses(&mail.to),
        "cc": addresses(&mail.cc),
    });
    let written = |said: &Value| Metadata::parse(&json!({"mail": said}).to_string(), limits).ok();
    written(&said)
        .or_else(|| {
            let members = said.as_object_mut()?;
            members.remove("to");
            members.remove("cc");
            written(&said)
        })
        .unwrap_or_default()
}

//! Bodies of messages: read into what the domain keeps, and written back.
//!
//! The rules of each type are the core's. A plain text becomes one; every other body is kept as it was written.

use std::borrow::Cow;

use causerie_core::media::{AltText, Attachment, Attachments, FileName, Media, MediaType};
use causerie_core::text::Text;
use causerie_core::{
    Content, ContentType, Invalid, MediaId, MessageKind, Refusal, Settings, WorkspaceId,
};
use causerie_http::{Members, Raw};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::id::{hex, read as read_id};
use super::wish::Strictness;

/// What a body says.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) kind: MessageKind,
    pub(super) text: Text,
    pub(super) content_type: ContentType,
    pub(super) content: Option<Content>,
    pub(super) attachments: Attachments,
    /// How it calls files that it shows.
    pub(super) names: Vec<(MediaId, FileName)>,
    /// What mail with it is about.
    pub(super) subject: Option<String>,
}

/// A body whose members are known to be there.
pub(super) struct Body<'a> {
    content_type: ContentType,
    raw: &'a RawValue,
    plain: Option<String>,
}

impl<'a> Body<'a> {
    /// Reads the member `body`; what is wrong is noted.
    pub(super) fn read(wish: &'a Members, strictness: Strictness) -> Option<Self> {
        let (raw, body) = (wish.get_raw("body")?, wish.object("body")?);
        let word = body.need_text("type")?;
        let content_type = body.note("type", content_type(&word))?;
        let mut known = vec!["type", &word];
        if content_type == ContentType::Action {
            known.push("permission_request");
        }
        strictness.refuse_others(&body, &known);
        let payload = (content_type == ContentType::Text)
            .then(|| body.object("text"))
            .flatten();
        let plain = payload.filter(|text| text.iter().all(|(name, _)| name == "text"));
        Some(Self {
            content_type,
            raw,
            plain: plain.and_then(|text| text.need_text("text")),
        })
    }

    /// What it says, checked.
    ///
    /// # Errors
    /// `validation_failed` within `content`, at `text` or `attachments`.
    pub(super) fn say(self, limits: &Settings, workspace: WorkspaceId) -> Result<Said, Refusal> {
        if let Some(plain) = self.plain {
            let text = Text::parse(&plain, limits).map_err(|wrong| wrong.at("content/text/text"));
            return Ok(Said {
                kind: MessageKind::Text,
                text: text?,
                content_type: ContentType::Text,
                content: None,
                attachments: Attachments::default(),
                names: Vec::new(),
                subject: None,
            });
        }
        let content = Content::parse(self.content_type, self.raw.get());
        let content = content.map_err(|violations| Refusal::Invalid { violations })?;
        // It was read before.
        let body: Value = serde_json::from_str(self.raw.get()).unwrap_or_default();
        let subject = &body[self.content_type.as_str()]["metadata"]["subject"];
        let (attachments, names) = own_files(&body, workspace)?;
        Ok(Said {
            kind: match self.content_type {
                ContentType::Image | ContentType::Gif => MessageKind::Image,
                ContentType::File => MessageKind::File,
                _ => MessageKind::Text,
            },
            text: Text::empty(),
            content_type: self.content_type,
            subject: subject.as_str().map(str::to_owned),
            attachments,
            names,
            content: Some(content),
        })
    }
}

/// The type of a body: the first eleven of the core's.
fn content_type(word: &str) -> Result<ContentType, Invalid> {
    let bodies = || {
        ContentType::ALL
            .iter()
            .filter(|one| one.number() <= ContentType::Action.number())
    };
    let found = bodies().find(|one| one.as_str() == word).copied();
    found.ok_or_else(|| {
        let words: Vec<_> = bodies().map(|one| one.as_str()).collect();
        Invalid::new(format!("expected one of: {}", words.join(", ")))
    })
}

/// Files that a body shows, and how it calls them.
type Named = (Attachments, Vec<(MediaId, FileName)>);

/// The files of this server that a body shows, in their order, each once: messages refer to them.
fn own_files(body: &Value, workspace: WorkspaceId) -> Result<Named, Refusal> {
    let (mut found, mut names) = (Vec::new(), Vec::new());
    look_through(body, workspace, &mut found, &mut names);
    Ok((Attachments::parse(found)?, names))
}

fn look_through(
    value: &Value,
    workspace: WorkspaceId,
    found: &mut Vec<Attachment>,
    names: &mut Vec<(MediaId, FileName)>,
) {
    match value {
        Value::Array(items) => items
            .iter()
            .for_each(|item| look_through(item, workspace, found, names)),
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str);
            let media = text("mediaUrl").and_then(|url| file_at(url, workspace));
            if let Some(media) = media
                && found.iter().all(|known| known.media != media)
            {
                names.extend(text("filename").map(|name| (media, FileName::clean(name))));
                found.push(Attachment {
                    media,
                    alt_text: text("altText").and_then(|text| AltText::parse(text).ok()),
                    inline: members.get("inline") == Some(&Value::Bool(true)),
                });
            }
            members
                .values()
                .for_each(|member| look_through(member, workspace, found, names));
        }
        _ => {}
    }
}

/// Where a file of this server is found by clients of this dialect.
pub(super) fn address(mount_url: &str, workspace: WorkspaceId, media: MediaId) -> String {
    let (workspace, media) = (hex(workspace.to_bytes()), hex(media.to_bytes()));
    format!("{mount_url}/workspaces/{}/media/{}", workspace.0, media.0)
}

/// The file of this workspace that an address leads to, under whatever name this server was reached by.
fn file_at(url: &str, workspace: WorkspaceId) -> Option<MediaId> {
    let (before, media) = url.rsplit_once("/media/")?;
    let (_, of) = before.rsplit_once("/workspaces/")?;
    let own = read_id(of).ok()? == workspace.to_bytes();
    let media = read_id(media).ok()?;
    own.then(|| MediaId::from_bytes(media))
}

/// A body as it is shown.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum BodyView<'a> {
    /// As it was written.
    Verbatim(Raw<'a>),
    /// Words.
    Text {
        r#type: &'static str,
        text: TextView<'a>,
    },
    /// Pictures.
    Image {
        r#type: &'static str,
        image: ImageView<'a>,
    },
    /// Files.
    File {
        r#type: &'static str,
        file: FileView<'a>,
    },
}

#[derive(Serialize)]
pub(super) struct TextView<'a> {
    text: Cow<'a, str>,
}

#[derive(Serialize)]
pub(super) struct ImageView<'a> {
    images: Vec<PictureView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PictureView<'a> {
    media_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    alt_text: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct FileView<'a> {
    files: Vec<EnclosedView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EnclosedView<'a> {
    media_url: String,
    content_type: &'a str,
    filename: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    alt_text: Option<&'a str>,
}

/// What a message says, wherever it came from.
pub(super) struct Words<'a> {
    pub(super) text: &'a Text,
    pub(super) content_type: ContentType,
    pub(super) content: Option<&'a Content>,
    pub(super) attachments: &'a Attachments,
    pub(super) files: &'a [Media],
    /// Whether other words took the place of the first ones.
    pub(super) edited: bool,
    pub(super) mount_url: &'a str,
}

impl<'a> Words<'a> {
    /// The body: as it was written if it was one and stands, else what a body can say of it.
    pub(super) fn view(&self) -> BodyView<'a> {
        if let Some(content) = self.content.filter(|_| self.stands()) {
            return BodyView::Verbatim(Raw(content.as_str()));
        }
        let text = self.text();
        let alt_text = |media: &Media| {
            let own = self.attachments.iter().find(|one| one.media == media.id)?;
            own.alt_text.as_ref().map(AltText::as_str)
        };
        let media_url = |media: &Media| address(self.mount_url, media.workspace, media.id);
        let some_text = Some(text.clone()).filter(|text| !text.is_empty());
        if self.files.is_empty() {
            return BodyView::Text {
                r#type: "text",
                text: TextView { text },
            };
        }
        if self
            .files
            .iter()
            .all(|media| media.best_type().is_some_and(MediaType::is_image))
        {
            let image = |media: &'a Media| PictureView {
                media_url: media_url(media),
                alt_text: alt_text(media),
            };
            let images = self.files.iter().map(image).collect();
            let text = some_text;
            return BodyView::Image {
                r#type: "image",
                image: ImageView { images, text },
            };
        }
        let file = |media: &'a Media| EnclosedView {
            media_url: media_url(media),
            content_type: media
                .best_type()
                .map_or("application/octet-stream", MediaType::as_str),
            filename: media.name.as_str(),
            alt_text: alt_text(media),
        };
        let files = self.files.iter().map(file).collect();
        let text = some_text;
        BodyView::File {
            r#type: "file",
            file: FileView { files, text },
        }
    }

    /// Whether the content is a body that was not replaced by words.
    fn stands(&self) -> bool {
        #[derive(Deserialize)]
        struct Typed<'a> {
            #[serde(borrow, rename = "type")]
            word: Option<Cow<'a, str>>,
        }
        let replaced = self.edited && !self.text.as_str().is_empty();
        let typed = || {
            let content = self.content.map_or("", Content::as_str);
            let typed: Result<Typed<'_>, _> = serde_json::from_str(content);
            typed.is_ok_and(|typed| typed.word.as_deref() == Some(self.content_type.as_str()))
        };
        !replaced && self.content_type.number() <= ContentType::Action.number() && typed()
    }

    fn text(&self) -> Cow<'a, str> {
        let text = self.text.as_str();
        let lead = || self.content?.lead_text(self.content_type);
        if text.is_empty() {
            lead().unwrap_or_default().into()
        } else {
            text.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_this_workspace_are_known_by_their_address() {
        let workspace = WorkspaceId::from_bytes([1; 16]);
        let media = MediaId::from_bytes([2; 16]);
        let url = address("https://chat.example/dialects/bird", workspace, media);
        assert_eq!(file_at(&url, workspace), Some(media));
        assert_eq!(file_at(&url, WorkspaceId::from_bytes([3; 16])), None);
        for other in ["https://x.example/cat.png", "", "/workspaces/x/media/y"] {
            assert_eq!(file_at(other, workspace), None, "{other}");
        }
        let body = serde_json::json!({"type": "section", "section": {"items": [
            {"type": "image", "image": {"images": [{"mediaUrl": url, "altText": "A cat"}]}},
            {"type": "gif", "gif": {"mediaUrl": url}},
        ]}});
        let (files, _) = own_files(&body, workspace).expect("one file");
        let alt_texts: Vec<_> = files
            .iter()
            .map(|one| one.alt_text.as_ref().map(AltText::as_str))
            .collect();
        assert_eq!(alt_texts, [Some("A cat")]);
    }

    #[test]
    fn there_are_eleven_types_of_bodies() {
        for word in [
            "text",
            "html",
            "image",
            "file",
            "gif",
            "location",
            "carousel",
            "list",
            "section",
            "authentication",
            "action",
        ] {
            assert!(content_type(word).is_ok(), "{word}");
        }
        for word in ["cards", "Text", "", "template"] {
            assert!(content_type(word).is_err(), "{word}");
        }
    }
}

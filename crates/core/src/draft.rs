//! What a message is to say, before it has a place.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::contact::Identifier;
use crate::content::{Content, ContentType};
use crate::extra::Extra;
use crate::fault::Fault;
use crate::id::{MessageId, ParticipantId};
use crate::invalid::Invalid;
use crate::media::Attachments;
use crate::message::{Direction, MessageKind, Visibility};
use crate::outbound::ReceiverRole;
use crate::refusal::Refusal;
use crate::tag::Tags;
use crate::template::{Locale, Rendered, Slug, TemplateUse};
use crate::text::{Metadata, Reference, Text};

/// Somebody whom a message is for, and how they are addressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressed {
    /// Who.
    pub participant: ParticipantId,
    /// How.
    pub role: ReceiverRole,
    /// By what, if it is not to be the first that fits.
    pub reached_by: Option<Identifier>,
}

/// Everything that its sender decides about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What kind of thing it is.
    pub kind: MessageKind,
    /// Which way it goes; `None` for what is usual with its sender.
    pub direction: Option<Direction>,
    /// Whom it is for.
    pub visibility: Visibility,
    /// What it says; empty when the content or a template says it all.
    pub text: Text,
    /// How its content reads.
    pub content_type: ContentType,
    /// What it says in a structured form.
    pub content: Option<Content>,
    /// The files that go with it.
    pub attachments: Attachments,
    /// Whom it is for, in the conversation of a channel; the contacts who are members unless given.
    pub receivers: Vec<Addressed>,
    /// The message of the same conversation that it answers.
    pub reply_to: Option<MessageId>,
    /// What the caller keeps with it.
    pub metadata: Metadata,
    /// What it is found by.
    pub tags: Tags,
    /// The caller's own id of it. It does not make the send happen once: a claim does.
    pub reference: Option<Reference>,
    /// Its id in the system that it came from.
    pub source_id: Option<Reference>,
    /// The caller's id of the draft, given back as it came.
    pub echo_id: Option<Reference>,
    /// The template that is to say it, in place of text and content.
    pub template: Option<TemplateUse>,
    /// The template that text and content were made from already.
    pub made_from: Option<TemplateUse>,
    /// What the surface that it came through keeps with it.
    pub extra: Option<Extra>,
    /// Whether files are to be added later: it may say nothing until then. Forgotten by drafts that wait for their time.
    pub awaits_files: bool,
}

/// What changes of a draft; `None` leaves a part as it is, and `Some(None)` takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DraftChange {
    /// Other words.
    pub text: Option<Option<Text>>,
    /// Another kind.
    pub kind: Option<MessageKind>,
    /// Another content and how it reads.
    pub content: Option<Option<(ContentType, Content)>>,
    /// Other files, in place of all the old.
    pub attachments: Option<Attachments>,
    /// Another direction, or what is usual with the sender.
    pub direction: Option<Option<Direction>>,
    /// For others.
    pub visibility: Option<Visibility>,
    /// In answer to another message.
    pub reply_to: Option<Option<MessageId>>,
    /// Other metadata, in place of all the old.
    pub metadata: Option<Metadata>,
    /// Other tags, in place of all the old.
    pub tags: Option<Tags>,
    /// Another reference.
    pub reference: Option<Option<Reference>>,
    /// Another id in the system that it came from.
    pub source_id: Option<Option<Reference>>,
    /// Another id of the draft.
    pub echo_id: Option<Option<Reference>>,
    /// A template that is to say it, in place of the present text and content.
    pub template: Option<TemplateUse>,
}

impl DraftChange {
    /// The draft with what changes in place of what it had; `None` when nothing of it changes. New words are
    /// not made from the template of the old ones.
    pub fn of(&self, now: &Draft) -> Option<Draft> {
        let mut draft = now.clone();
        if let Some(template) = &self.template {
            draft.text = Text::empty();
            draft.content_type = ContentType::default();
            draft.content = None;
            draft.template = Some(template.clone());
        }
        if let Some(text) = &self.text {
            draft.text = text.clone().unwrap_or_else(Text::empty);
            draft.made_from = None;
        }
        if let Some(content) = &self.content {
            let (content_type, content) = content.clone().unzip();
            draft.content_type = content_type.unwrap_or_default();
            draft.content = content;
            draft.made_from = None;
        }
        draft.kind = self.kind.unwrap_or(draft.kind);
        draft.visibility = self.visibility.unwrap_or(draft.visibility);
        put(self.attachments.as_ref(), &mut draft.attachments);
        put(self.metadata.as_ref(), &mut draft.metadata);
        put(self.tags.as_ref(), &mut draft.tags);
        put(self.direction.as_ref(), &mut draft.direction);
        put(self.reply_to.as_ref(), &mut draft.reply_to);
        put(self.reference.as_ref(), &mut draft.reference);
        put(self.source_id.as_ref(), &mut draft.source_id);
        put(self.echo_id.as_ref(), &mut draft.echo_id);
        (draft != *now).then_some(draft)
    }
}

fn put<T: Clone>(new: Option<&T>, place: &mut T) {
    if let Some(new) = new {
        place.clone_from(new);
    }
}

impl Draft {
    /// A plain text.
    pub fn text(text: Text) -> Self {
        Self {
            kind: MessageKind::Text,
            direction: None,
            visibility: Visibility::Public,
            text,
            content_type: ContentType::Text,
            content: None,
            attachments: Attachments::default(),
            receivers: Vec::new(),
            reply_to: None,
            metadata: Metadata::default(),
            tags: Tags::default(),
            reference: None,
            source_id: None,
            echo_id: None,
            template: None,
            made_from: None,
            extra: None,
            awaits_files: false,
        }
    }

    /// Says what a template says.
    pub fn fill_in(&mut self, said: Rendered, used: TemplateUse) {
        if self.kind == MessageKind::Text {
            self.kind = MessageKind::Template;
        }
        self.text = said.text;
        self.content_type = said.content_type;
        self.content = said.content;
        self.template = None;
        self.made_from = Some(used);
    }

    /// Refuses a draft that says nothing, or says two things.
    ///
    /// # Errors
    /// `validation_failed` at `body`, `content` or `template`.
    pub fn check(&self) -> Result<(), Refusal> {
        let says = !self.text.as_str().is_empty() || self.content.is_some();
        let (place, problem) = match (&self.template, says) {
            (None, false) if self.awaits_files || !self.attachments.is_empty() => return Ok(()),
            (None, false) => (
                "body",
                "expected a body, a content, a template or attachments",
            ),
            (Some(_), true) => (
                "template",
                "expected either a template or a body or content",
            ),
            (None, true) if self.content.is_none() && self.content_type.requires_content() => {
                ("content", "expected a content of this content_type")
            }
            _ => return Ok(()),
        };
        Err(Invalid::new(problem).at(place).into())
    }

    /// Whether it has nothing but kind, text, reply, metadata and reference.
    pub(crate) fn is_plain(&self) -> bool {
        *self
            == Self {
                kind: self.kind,
                reply_to: self.reply_to,
                metadata: self.metadata.clone(),
                reference: self.reference.clone(),
                ..Self::text(self.text.clone())
            }
    }

    /// A JSON object, for storage until it is sent.
    pub fn to_stored(&self) -> String {
        let reference = |one: &Option<Reference>| one.as_ref().map(|one| one.as_str().to_owned());
        let mut map = json!({
            "kind": self.kind.number(),
            "direction": self.direction.map(Direction::number),
            "visibility": self.visibility.number(),
            "text": self.text.as_str(),
            "content_type": self.content_type.number(),
            "content": self.content.as_ref().map(Content::as_str),
            "reply_to": self.reply_to.map(|id| id.to_string()),
            "metadata": self.metadata.as_str(),
            "tags": self.tags.to_stored(),
            "reference": reference(&self.reference),
            "source_id": reference(&self.source_id),
            "echo_id": reference(&self.echo_id),
            "template": self.template.as_ref().map(TemplateUse::to_stored),
            "made_from": self.made_from.as_ref().map(TemplateUse::to_stored),
        });
        // What has none is stored, and fingerprinted, as before there were any.
        if !self.attachments.is_empty() {
            map["attachments"] = self.attachments.to_stored().into();
        }
        if let Some(extra) = &self.extra {
            map["extra"] = json!([extra.surface(), extra.as_str()]);
        }
        if !self.receivers.is_empty() {
            let one = |one: &Addressed| {
                let reached_by = one.reached_by.as_ref().map(Identifier::to_stored);
                json!([one.participant.to_string(), one.role.number(), reached_by])
            };
            map["receivers"] = self.receivers.iter().map(one).collect();
        }
        map.to_string()
    }

    /// Reads what [`Draft::to_stored`] wrote.
    ///
    /// # Errors
    /// [`Fault::Corrupt`].
    pub fn from_stored(stored: &str) -> Result<Self, Fault> {
        serde_json::from_str(stored)
            .ok()
            .and_then(|map| read(&map))
            .ok_or_else(|| Fault::corrupt("scheduled_message", "draft", ""))
    }
}

fn read(map: &Map<String, Value>) -> Option<Draft> {
    let text = |name: &str| map.get(name).and_then(Value::as_str);
    let number = |name: &str| i16::try_from(map.get(name)?.as_i64()?).ok();
    let reference = |name: &str| text(name).map(Reference::from_stored);
    let reply_to = match text("reply_to") {
        Some(id) => Some(MessageId::parse(id).ok()?),
        None => None,
    };
    let template = |name: &str| -> Option<Option<TemplateUse>> {
        match text(name) {
            Some(stored) => Some(Some(TemplateUse::from_stored(stored).ok()?)),
            None => Some(None),
        }
    };
    let said = match map.get("extra") {
        Some(stored) => Some(extra(stored)?),
        None => None,
    };
    let direction = match number("direction") {
        Some(number) => Some(Direction::from_number(number)?),
        None => None,
    };
    Some(Draft {
        kind: MessageKind::from_number(number("kind")?)?,
        direction,
        visibility: Visibility::from_number(number("visibility")?)?,
        text: Text::from_stored(text("text")?),
        content_type: ContentType::from_number(number("content_type")?)?,
        content: text("content").map(Content::from_stored),
        attachments: Attachments::from_stored(text("attachments").unwrap_or_default()).ok()?,
        receivers: receivers(map.get("receivers"))?,
        reply_to,
        metadata: Metadata::from_stored(text("metadata")?),
        tags: Tags::from_stored(text("tags")?),
        reference: reference("reference"),
        source_id: reference("source_id"),
        echo_id: reference("echo_id"),
        template: template("template")?,
        made_from: template("made_from")?,
        extra: said,
        awaits_files: false,
    })
}

fn extra(stored: &Value) -> Option<Extra> {
    let (surface, object): (String, String) = serde_json::from_value(stored.clone()).ok()?;
    Some(Extra::from_stored(surface, object))
}

/// None in a draft that was stored before there were any.
fn receivers(stored: Option<&Value>) -> Option<Vec<Addressed>> {
    let Some(stored) = stored else {
        return Some(Vec::new());
    };
    let all: Vec<(String, i16, Option<String>)> = serde_json::from_value(stored.clone()).ok()?;
    let one = |(id, role, reached_by): (String, i16, Option<String>)| {
        let reached_by = reached_by
            .map(|text| Identifier::from_text(&text))
            .transpose();
        Some(Addressed {
            participant: ParticipantId::parse(&id).ok()?,
            role: ReceiverRole::from_number(role)?,
            reached_by: reached_by.ok()?,
        })
    };
    all.into_iter().map(one).collect()
}

impl TemplateUse {
    /// A JSON array, for storage.
    pub fn to_stored(&self) -> String {
        let (project, version) = (self.project.as_str(), self.version.as_str());
        json!([project, version, self.locale.as_str(), self.parameters]).to_string()
    }

    /// Reads what [`TemplateUse::to_stored`] wrote.
    ///
    /// # Errors
    /// [`Fault::Corrupt`].
    pub fn from_stored(stored: &str) -> Result<Self, Fault> {
        let (project, version, locale, parameters): (
            String,
            String,
            String,
            BTreeMap<String, String>,
        ) = serde_json::from_str(stored).map_err(|_| Fault::corrupt("message", "template", ""))?;
        Ok(Self {
            project: Slug::from_stored(project),
            version: Slug::from_stored(version),
            locale: Locale::from_stored(locale),
            parameters,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::MediaId;
    use crate::media::Attachment;

    #[test]
    fn a_draft_survives_its_stored_form() {
        let plain = Draft::text(Text::from_stored("Grüße \"an\" alle\n"));
        assert_eq!(
            Draft::from_stored(&plain.to_stored()).expect("stored"),
            plain
        );
        let full = Draft {
            direction: Some(Direction::Incoming),
            visibility: Visibility::Private,
            content: Some(Content::from_stored(r#"{"b":1, "a":2.50}"#)),
            attachments: Attachments::parse(vec![Attachment {
                media: MediaId::from_bytes([8; 16]),
                alt_text: None,
                inline: true,
            }])
            .expect("one file"),
            receivers: vec![Addressed {
                participant: ParticipantId::from_bytes([9; 16]),
                role: ReceiverRole::Bcc,
                reached_by: Some(Identifier::from_stored("emailaddress", "a@x.org")),
            }],
            reply_to: Some(MessageId::from_bytes([7; 16])),
            metadata: Metadata::from_stored(r#"{"k": 1.0}"#),
            tags: Tags::parse(["vip", "order 47"]).expect("fine"),
            reference: Some(Reference::from_stored("r-1")),
            source_id: Some(Reference::from_stored("s-1")),
            echo_id: Some(Reference::from_stored("e-1")),
            extra: Some(Extra::from_stored("bird", r#"{"meta":{"n": 1.0}}"#)),
            made_from: Some(TemplateUse {
                project: Slug::from_stored("welcome"),
                version: Slug::from_stored("1"),
                locale: Locale::from_stored("pt-BR"),
                parameters: BTreeMap::from([("name".to_owned(), "Ada".to_owned())]),
            }),
            ..plain
        };
        assert_eq!(Draft::from_stored(&full.to_stored()).expect("stored"), full);
        assert!(Draft::from_stored("{}").is_err());
    }

    #[test]
    fn new_words_are_not_made_from_the_template_of_the_old_ones() {
        let template = TemplateUse {
            project: Slug::from_stored("welcome"),
            version: Slug::from_stored("1"),
            locale: Locale::from_stored("en"),
            parameters: BTreeMap::new(),
        };
        let now = Draft {
            made_from: Some(template.clone()),
            ..Draft::text(Text::from_stored("Hello Ada"))
        };
        assert_eq!(DraftChange::default().of(&now), None);
        let words = DraftChange {
            text: Some(Some(Text::from_stored("Hi"))),
            ..DraftChange::default()
        };
        let changed = words.of(&now).expect("other words");
        assert_eq!((changed.text.as_str(), &changed.made_from), ("Hi", &None));
        let anew = DraftChange {
            template: Some(template.clone()),
            ..DraftChange::default()
        };
        let changed = anew.of(&now).expect("to be filled in");
        assert_eq!(
            (changed.text.as_str(), changed.template),
            ("", Some(template))
        );
    }

    #[test]
    fn a_draft_says_one_thing() {
        let empty = Draft::text(Text::empty());
        assert!(empty.check().is_err());
        assert!(Draft::text(Text::from_stored("x")).check().is_ok());
    }
}

//! What a message is to say, as it goes over the wire: the members of a send, alone and in a batch.
//!
//! Whether it may be said is decided by the core.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use causerie_core::act::SendMessage;
use causerie_core::media::{Attachment, Attachments};
use causerie_core::tag::Tags;
use causerie_core::template::{LATEST, Locale, Slug, TemplateUse};
use causerie_core::text::{Metadata, Reference, Text};
use causerie_core::{
    Content, ContentType, ConversationId, Direction, Draft, Invalid, MessageId, MessageKind,
    ParticipantId, Settings, Timestamp, Visibility,
};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::attachments::{AttachmentBody, attachments};
use super::posts::ReceiverBody;
use super::vocabulary;
use crate::extract::{Check, Object, WireBody};

/// A text that is borrowed from the body where it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Said<'a>(#[serde(borrow)] Cow<'a, str>);

impl Said<'_> {
    pub(super) fn parse(&self, limits: &Settings) -> Result<Text, Invalid> {
        Text::parse(&self.0, limits)
    }
}

macro_rules! sends {
    ($(#[$about:meta])* $name:ident { $($(#[$place:meta])* $more:ident: $type:ty,)* }) => {
        #[derive(Deserialize, ToSchema)]
        $(#[$about])*
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name<'a> {
            $($(#[$place])* $more: $type,)*
            /// Who says it; may be left out when the key is bound to a participant.
            participant_id: Option<String>,
            /// 1 to 10,000 characters, unless the workspace allows more or less. A message has a body, a
            /// content or both, or a template.
            #[serde(borrow)]
            #[schema(value_type = Option<String>)]
            body: Option<Said<'a>>,
            /// `text` unless given.
            #[schema(value_type = Option<vocabulary::MessageType>)]
            r#type: Option<String>,
            /// How the content reads: `text` unless given.
            #[schema(value_type = Option<vocabulary::ContentType>)]
            content_type: Option<String>,
            /// A JSON object of up to 64 KiB that keeps the rules of its type; kept as written.
            #[serde(borrow)]
            #[schema(value_type = Option<Object>)]
            content: Option<&'a RawValue>,
            /// Files that were uploaded before: up to 30, each once.
            #[serde(default)]
            #[schema(value_type = Vec<AttachmentBody>, max_items = 30)]
            attachments: Vec<Object<AttachmentBody>>,
            /// `incoming` from contacts, `outgoing` from everybody else, `internal` for notes and notices
            /// unless given.
            #[schema(value_type = Option<vocabulary::MessageDirection>)]
            direction: Option<String>,
            /// Whether it is a note among agents and bots, which no contact ever sees.
            private: Option<bool>,
            /// The message of the same conversation that it answers.
            reply_to: Option<String>,
            /// A JSON object of up to 16 KiB; kept as written.
            #[serde(borrow)]
            #[schema(value_type = Option<Object>)]
            metadata: Option<&'a RawValue>,
            /// Up to 10 labels of 1 to 50 letters, digits, `-`, `_` and spaces; kept in lower case.
            tags: Option<Vec<String>>,
            /// Your own id of it: a second send with the same reference within 24 hours is answered with
            /// the first.
            reference: Option<String>,
            /// Its id in the system that it came from.
            source_id: Option<String>,
            /// Your id of the draft; given back as it came.
            echo_id: Option<String>,
            /// What to say, in place of body and content.
            #[schema(value_type = Option<TemplateBody>)]
            template: Option<Object<TemplateBody>>,
            /// When to send it (RFC 3339, UTC, with `Z`), up to 35 days ahead; what is past or comes within
            /// a second is sent at once.
            #[schema(value_type = Option<String>, format = DateTime)]
            scheduled_for: Option<String>,
        }
    };
}

/// The message in a body that says more than the message.
macro_rules! said {
    ($of:ident) => {
        SendBody {
            participant_id: $of.participant_id,
            body: $of.body,
            r#type: $of.r#type,
            content_type: $of.content_type,
            content: $of.content,
            attachments: $of.attachments,
            direction: $of.direction,
            private: $of.private,
            reply_to: $of.reply_to,
            metadata: $of.metadata,
            tags: $of.tags,
            reference: $of.reference,
            source_id: $of.source_id,
            echo_id: $of.echo_id,
            template: $of.template,
            scheduled_for: $of.scheduled_for,
        }
    };
}

sends! {
    /// A new message.
    #[schema(as = NewMessage, example = json!({
        "participant_id": "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6", "body": "Hello", "reference": "order-1234-greeting"
    }))]
    SendBody {}
}

sends! {
    /// A new message of a batch.
    #[schema(as = NewBatchMessage, example = json!({
        "conversation_id": "conv_01J9ZK6QW8T2V4X6Y8Z0A2C4E6",
        "participant_id": "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6", "body": "Hello"
    }))]
    BatchItemBody {
        /// Where.
        conversation_id: String,
    }
}

sends! {
    /// A new message for people outside.
    #[schema(as = NewChannelMessage, example = json!({
        "receivers": [{"identifier": {"value": "ada@example.com"}, "name": "Ada Lovelace"}],
        "title": "Your order 1234", "body": "It is on its way."
    }))]
    PostBody {
        /// Whom it is for: one, or up to 100 on `email`.
        #[schema(value_type = Vec<ReceiverBody>)]
        receivers: Vec<Object<ReceiverBody>>,
        /// The title of the conversation, if it is new: the subject of mail.
        title: Option<String>,
    }
}

impl<'a> PostBody<'a> {
    /// The message, and what goes with it.
    pub(super) fn split(self) -> (SendBody<'a>, Vec<Object<ReceiverBody>>, Option<String>) {
        (said!(self), self.receivers, self.title)
    }
}

/// A template to be filled in.
#[derive(Deserialize, ToSchema)]
#[schema(as = TemplateWish, example = json!({
    "project": "welcome", "locale": "pt-BR", "parameters": {"name": "Ada"}
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateBody {
    /// What it is for.
    project: String,
    /// `latest`, the newest one, unless given.
    version: Option<String>,
    /// In which language; that of the workspace unless given. Without such a template, shorter tags are
    /// tried, then the workspace's own.
    locale: Option<String>,
    /// A text for each variable; numbers and booleans are taken as they are written.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    parameters: Parameters,
}

impl TemplateBody {
    /// The wish; `place` is the pointer to it.
    pub(super) fn read(self, place: &str, check: &mut Check<'_>) -> Option<TemplateUse> {
        let project = check.note(format!("{place}/project"), Slug::parse(&self.project));
        let version = self.version.as_deref().unwrap_or(LATEST);
        let version = check.note(format!("{place}/version"), Slug::parse(version));
        let locale = match self.locale {
            None => Some(check.limits().default_locale.clone()),
            Some(tag) => check.note(format!("{place}/locale"), Locale::parse(&tag)),
        };
        Some(TemplateUse {
            project: project?,
            version: version?,
            locale: locale?,
            parameters: self.parameters.0,
        })
    }
}

/// Texts by name, each at most once.
#[derive(Default)]
pub(crate) struct Parameters(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ParametersVisitor)
    }
}

struct ParametersVisitor;

impl<'de> Visitor<'de> for ParametersVisitor {
    type Value = Parameters;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parameters, A::Error> {
        let mut all = BTreeMap::new();
        while let Some((name, Parameter(value))) = map.next_entry::<String, Parameter>()? {
            if all.contains_key(&name) {
                return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
            }
            all.insert(name, value);
        }
        Ok(Parameters(all))
    }
}

/// A string, or a number or boolean as it is written.
struct Parameter(String);

impl<'de> Deserialize<'de> for Parameter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        match raw.as_bytes().first() {
            Some(b'"') => serde_json::from_str(raw)
                .map(Self)
                .map_err(D::Error::custom),
            Some(b'{' | b'[' | b'n') | None => {
                Err(D::Error::custom("expected a string, a number or a boolean"))
            }
            Some(_) => Ok(Self(raw.to_owned())),
        }
    }
}

/// What is to be sent, and when if not at once.
#[derive(Debug)]
pub(crate) struct Wish {
    pub(crate) send: SendMessage,
    pub(crate) scheduled_for: Option<Timestamp>,
    /// Its files in each retry of the same send, if they got new ids with it.
    pub(crate) alike: Option<Attachments>,
}

impl<'a> WireBody<'a> for SendBody<'a> {
    type To = ConversationId;
    type Command = Wish;

    fn into_command(self, to: ConversationId, check: &mut Check<'_>) -> Option<Wish> {
        self.read(to, &[], check)
    }
}

impl SendBody<'_> {
    /// The send that it stands for, with the files that came along after those that it names.
    pub(super) fn read(
        self,
        to: ConversationId,
        brought: &[Attachment],
        check: &mut Check<'_>,
    ) -> Option<Wish> {
        let sender = check.maybe("/participant_id", self.participant_id, |id, _| {
            ParticipantId::parse(&id)
        });
        let text = check.maybe("/body", self.body, |text, limits| text.parse(limits));
        let kind = check.maybe("/type", self.r#type, |word, _| MessageKind::parse(&word));
        let content = content(self.content_type, self.content, check);
        let attachments = attachments(self.attachments, brought, check);
        let direction = check.maybe("/direction", self.direction, |word, _| {
            Direction::parse(&word)
        });
        let reply_to = check.maybe("/reply_to", self.reply_to, |id, _| MessageId::parse(&id));
        let metadata = check.maybe("/metadata", self.metadata, |json, limits| {
            Metadata::parse(json.get(), limits)
        });
        let tags = tags(self.tags, check);
        let reference = check.maybe("/reference", self.reference, |text, _| {
            Reference::parse(&text)
        });
        let source_id = check.maybe("/source_id", self.source_id, |text, _| {
            Reference::parse(&text)
        });
        let echo_id = check.maybe("/echo_id", self.echo_id, |text, _| Reference::parse(&text));
        let template = self.template.map(|wish| wish.0.read("/template", check));
        let scheduled_for = check.maybe("/scheduled_for", self.scheduled_for, |time, _| {
            Timestamp::parse(&time)
        });
        let (content_type, content) = content?;
        let draft = Draft {
            kind: kind?.unwrap_or(MessageKind::Text),
            direction: direction?,
            visibility: visibility(self.private),
            text: text?.unwrap_or_else(Text::empty),
            content_type,
            content,
            attachments: attachments?,
            receivers: Vec::new(),
            reply_to: reply_to?,
            metadata: metadata?.unwrap_or_default(),
            tags: tags?,
            reference: reference?,
            source_id: source_id?,
            echo_id: echo_id?,
            template: match template {
                None => None,
                Some(wish) => Some(wish?),
            },
            made_from: None,
            extra: None,
            awaits_files: false,
        };
        check.refusal(draft.check())?;
        Some(Wish {
            send: SendMessage {
                conversation: to,
                sender: sender?,
                draft,
                once: None,
            },
            scheduled_for: scheduled_for?,
            alike: None,
        })
    }
}

impl<'a> WireBody<'a> for BatchItemBody<'a> {
    type To = ();
    type Command = Wish;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<Wish> {
        let to = ConversationId::parse(&self.conversation_id);
        let to = check.note("/conversation_id", to);
        let body = said!(self);
        // What is wrong with the rest is told as well when the place is wrong.
        let nowhere = ConversationId::from_bytes([0; 16]);
        let wish = body.into_command(to.unwrap_or(nowhere), check);
        to.and(wish)
    }
}

/// A content and how it reads.
pub(super) fn content(
    content_type: Option<String>,
    content: Option<&RawValue>,
    check: &mut Check<'_>,
) -> Option<(ContentType, Option<Content>)> {
    let content_type = check.maybe("/content_type", content_type, |word, _| {
        ContentType::parse(&word)
    });
    let content_type = content_type?.unwrap_or_default();
    let content = match content {
        None => None,
        Some(json) => Some(check.all(Content::parse(content_type, json.get()))?),
    };
    Some((content_type, content))
}

/// Different labels.
pub(super) fn tags(tags: Option<Vec<String>>, check: &mut Check<'_>) -> Option<Tags> {
    match tags {
        None => Some(Tags::default()),
        Some(names) => {
            let tags = Tags::parse(names.iter().map(String::as_str));
            check.all(tags.map_err(|violation| vec![violation]))
        }
    }
}

/// Whom a message is for.
pub(super) fn visibility(private: Option<bool>) -> Visibility {
    if private == Some(true) {
        Visibility::Private
    } else {
        Visibility::Public
    }
}

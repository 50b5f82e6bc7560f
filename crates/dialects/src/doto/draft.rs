//! What a client wants to say, read from the members of its request.
//!
//! Looks nothing up: numbers in it are still to be found, and files still to be kept.

use causerie_core::contact::{Identifier, IdentifierKey};
use causerie_core::media::Attachments;
use causerie_core::text::{Reference, Text};
use causerie_core::{
    Content, ContentType, Draft, Invalid, MediaId, MessageKind, Settings, Visibility,
};
use causerie_http::Members;
use causerie_http::extract::Given;
use causerie_http::members::{integer, text};
use serde_json::value::RawValue;

use super::json::{self, Object};
use super::wire::{MessageExtra, Way};

/// How many files a message may have.
const FILES_MAX: usize = 15;
/// The attribute that names the answered message.
const IN_REPLY_TO: &str = "in_reply_to";

/// What is to be said, as far as the request alone tells.
#[derive(Debug)]
pub(super) struct Wish {
    /// Whether the agent says it or the customer.
    pub(super) way: Way,
    pub(super) draft: Draft,
    /// The number of the message that it answers.
    pub(super) in_reply_to: Option<u64>,
    /// The number of the bot that says it.
    pub(super) bot: Option<u64>,
    /// Files that are there already.
    pub(super) files: Vec<MediaId>,
    /// To whom mail goes.
    pub(super) mail: Mail,
    /// What is kept beside it.
    pub(super) extra: MessageExtra,
    attributes: Object,
}

/// To whom mail goes besides the customer, or in place of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Mail {
    pub(super) to: Vec<Identifier>,
    pub(super) cc: Vec<Identifier>,
    pub(super) bcc: Vec<Identifier>,
}

impl Mail {
    pub(super) fn is_empty(&self) -> bool {
        self.to.is_empty() && self.cc.is_empty() && self.bcc.is_empty()
    }
}

impl Wish {
    /// Reads it, or notes what is wrong.
    pub(super) fn read(members: &Members, limits: &Settings) -> Self {
        let ways = [("outgoing", Way::Outgoing), ("incoming", Way::Incoming)];
        let way = members.word("message_type", &ways).unwrap_or(Way::Outgoing);
        let files = files(members);
        let said = said(
            members,
            limits,
            !files.is_empty() || members.files().next().is_some(),
        );
        let mut attributes = members
            .maybe("content_attributes", json::given_object)
            .unwrap_or_default();
        let mail = mail(members, &mut attributes);
        if let Some(at) = members.maybe("external_created_at", written_time) {
            attributes.insert("external_created_at".to_owned(), at);
        }
        let (echo_id, other_echo) = reference(members, "echo_id");
        let (source_id, other_source) = reference(members, "source_id");
        let mut wish = Self {
            way,
            draft: Draft {
                visibility: if members.boolean("private") == Some(true) {
                    Visibility::Private
                } else {
                    Visibility::Public
                },
                echo_id,
                source_id,
                ..Draft::text(said.unwrap_or_else(Text::empty))
            },
            in_reply_to: None,
            bot: bot(members),
            files,
            mail,
            extra: MessageExtra {
                content_attributes: None,
                echo_id: other_echo,
                source_id: other_source,
                additional_attributes: additional(members),
            },
            attributes,
        };
        wish.take_content(members);
        wish
    }

    /// Makes the attributes the content, where the domain takes them as one; elsewhere they are kept beside it.
    fn take_content(&mut self, members: &Members) {
        let content_type = members.parsed("content_type", |word| {
            let known = ContentType::parse(word).ok();
            let known =
                known.filter(|one| *one == ContentType::Text || *one >= ContentType::InputText);
            known.ok_or(Invalid::new(
                "expected a content type such as text or input_select",
            ))
        });
        let content_type = content_type.unwrap_or_default();
        self.draft.content_type = content_type;
        let mut own = self.attributes.clone();
        let answered = own.get(IN_REPLY_TO).and_then(|raw| integer(raw).ok());
        self.in_reply_to = answered.and_then(|number| u64::try_from(number).ok());
        if self.in_reply_to.is_some() {
            own.remove(IN_REPLY_TO);
        }
        if own.is_empty() && !content_type.requires_content() {
            return;
        }
        match Content::parse(content_type, &json::text(&own)) {
            Ok(content) => self.draft.content = Some(content),
            Err(wrong) if content_type.requires_content() => {
                for one in wrong {
                    let place = one.field.trim_start_matches("content/");
                    let problem = format!("{}, at {place}", one.problem);
                    members.tell("content_attributes", &Invalid::new(problem));
                }
            }
            Err(_) => self.extra.content_attributes = Some(json::raw(&own)),
        }
    }

    /// The answered message is none of this conversation: what was written is kept as it was.
    pub(super) fn keep_unanswered(&mut self) {
        self.extra.content_attributes = Some(json::raw(&self.attributes));
    }

    /// Nothing is answered where nothing was said before.
    pub(super) fn keep_unanswered_reply(&mut self) {
        if self.in_reply_to.is_some() {
            self.keep_unanswered();
        }
    }

    /// What is to be kept beside the message.
    pub(super) fn extra(&self) -> Object {
        json::object(json::raw(&self.extra).get())
    }

    /// Says what kind of thing it is by its files.
    pub(super) fn attach(&mut self, attachments: Attachments, all_pictures: bool) {
        if !attachments.is_empty() {
            self.draft.kind = if all_pictures {
                MessageKind::Image
            } else {
                MessageKind::File
            };
        }
        self.draft.attachments = attachments;
    }
}

/// The text, which may be missing where there are files.
fn said(members: &Members, limits: &Settings, has_files: bool) -> Option<Text> {
    match members.given("content", text) {
        Given::Value(said) if !said.is_empty() => {
            members.note("content", Text::parse(&said, limits))
        }
        _ if has_files => None,
        // That it is no text was noted.
        Given::Absent if members.has("content") => None,
        _ => {
            let missing = Invalid::new("expected a text, or files");
            members.note("content", Err(missing))
        }
    }
}

/// The files that a request names: those that were uploaded before.
fn files(members: &Members) -> Vec<MediaId> {
    let named = members.texts("attachments").unwrap_or_default();
    let brought = members.files().count();
    if named.len() + brought > FILES_MAX {
        let problem = format!("expected at most {FILES_MAX} files");
        members.tell("attachments", &Invalid::new(problem));
        return Vec::new();
    }
    let ids = named
        .iter()
        .map(|id| members.note("attachments", MediaId::parse(id)));
    ids.flatten().collect()
}

/// An id of the client's own: as the domain has it, or else as it was written.
fn reference(members: &Members, name: &str) -> (Option<Reference>, Option<Box<RawValue>>) {
    let Some(raw) = members.get_raw(name).filter(|raw| raw.get() != "null") else {
        return (None, None);
    };
    let own = text(raw).and_then(|text| Reference::parse(&text));
    match own {
        Ok(own) => (Some(own), None),
        Err(_) => (None, Some(raw.to_owned())),
    }
}

fn bot(members: &Members) -> Option<u64> {
    let is_bot = members.text("sender_type").as_deref() == Some("AgentBot");
    if !is_bot {
        return None;
    }
    members.need("sender_id", |raw| {
        let number = u64::try_from(integer(raw)?);
        number.map_err(|_| Invalid::new("expected the id of a bot"))
    })
}

fn written_time(raw: &RawValue) -> Result<Box<RawValue>, Invalid> {
    let first = raw.get().as_bytes().first();
    if first.is_some_and(|first| b"\"-0123456789".contains(first)) {
        Ok(raw.to_owned())
    } else {
        Err(Invalid::new("expected a time as a number or a text"))
    }
}

/// What goes with a message besides: the campaign, and the template that a platform is to use.
fn additional(members: &Members) -> Object {
    let mut all = Object::new();
    if let Some(raw) = members
        .get_raw("campaign_id")
        .filter(|raw| raw.get() != "null")
    {
        all.insert("campaign_id".to_owned(), raw.to_owned());
    }
    if let Some(template) = members.maybe("template_params", json::given_object) {
        all.insert("template_params".to_owned(), json::raw(&template));
    }
    all
}

/// The addresses that mail goes to, which are attributes of the message as well.
fn mail(members: &Members, attributes: &mut Object) -> Mail {
    let mut take = |name: &str| {
        let written = members.texts(name)?;
        let parts = written.iter().flat_map(|one| one.split(','));
        let all: Vec<&str> = parts.map(str::trim).filter(|one| !one.is_empty()).collect();
        let key = |one: &&str| Identifier::parse(IdentifierKey::parse(IdentifierKey::EMAIL)?, one);
        let read: Result<Vec<Identifier>, Invalid> = all.iter().map(key).collect();
        attributes.insert(name.to_owned(), json::raw(&all));
        members.note(name, read)
    };
    Mail {
        to: take("to_emails").unwrap_or_default(),
        cc: take("cc_emails").unwrap_or_default(),
        bcc: take("bcc_emails").unwrap_or_default(),
    }
}

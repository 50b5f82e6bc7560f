//! A send as a client writes it, read into what the core is asked for.
//!
//! Refuses what is not of its shape; what may be sent is decided by the core.

use std::time::Duration;

use causerie_core::act::{PostToChannel, To, Who, rename_media};
use causerie_core::channel::{Channel, Platform};
use causerie_core::contact::{Identifier, IdentifierKey};
use causerie_core::media::{FileName, Media};
use causerie_core::outbound::ReceiverRole;
use causerie_core::port::Unit;
use causerie_core::tag::Tags;
use causerie_core::text::{Reference, Text, Title};
use causerie_core::{
    Context, Draft, Error, Invalid, MediaId, MessageId, ParticipantId, Refusal, Timestamp,
    Violation,
};
use causerie_http::members::{object, text};
use causerie_http::{Members, Problem};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::body::{Body, Said};
use super::id;
use super::kept::{CONTACTS, Kept};
use super::template;
use super::value;

/// What is due within this time goes at once, as Bird has it.
const AT_ONCE: Duration = Duration::from_mins(10);
/// How many characters the domain of short links may have.
const DOMAIN_CHARS_MAX: usize = 128;
/// How many characters a text without a limit of its own may have.
const TEXT_CHARS_MAX: usize = 4_096;

const MEMBERS: &[&str] = &[
    "receiver",
    "body",
    "template",
    "sender",
    "reference",
    "replyTo",
    "meta",
    "tags",
    "scheduledFor",
    "validity",
    "shortLinks",
    "notification",
    "capFrequency",
    "enableLinkTracking",
    "ignoreQuietHours",
    "ignoreGlobalHoldout",
    "ignorePersistedEventhooks",
];
const META: &[&str] = &[
    "extraInformation",
    "referral",
    "order",
    "referredProduct",
    "email",
    "pushNotifications",
    "navigatorId",
    "navigatorMessageId",
    "flow",
    "journey",
    "campaign",
];
const CONTACT: &[&str] = &[
    "id",
    "identifierKey",
    "identifierValue",
    "type",
    "identifiers",
    "platformAddress",
    "platformAddressSelector",
];
/// What of a contact the domain has no place for.
const UNPLACED: &[&str] = &["identifiers", "platformAddress", "platformAddressSelector"];

/// Whether members that nobody knows are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strictness {
    /// They are, as Bird's schemas have it.
    Strict,
    /// They are let be.
    Tolerant,
}

impl Strictness {
    /// Notes every member but these as wrong.
    pub(super) fn refuse_others(self, members: &Members, known: &[&str]) {
        if self == Self::Strict {
            members.refuse_others(known);
        }
    }
}

/// Somebody outside, as a client names them; by which of several identifiers depends on the platform.
#[derive(Clone, Debug)]
pub(super) struct Addressee {
    id: Option<ParticipantId>,
    named: Vec<(Option<String>, String)>,
    role: ReceiverRole,
}

impl Addressee {
    /// Reads one; that it says nothing of whom is noted.
    pub(super) fn read(contact: &Members) -> Option<Self> {
        let of = |text: &str| id::read(text).map(ParticipantId::from_bytes);
        let id = contact.parsed("id", of);
        let role = contact.parsed("type", ReceiverRole::parse);
        let (key, value) = (
            contact.text("identifierKey"),
            contact.text("identifierValue"),
        );
        let mut named: Vec<_> = value.map(|value| (key, value)).into_iter().collect();
        for other in contact.objects("identifiers").unwrap_or_default() {
            let (key, value) = (
                other.need_text("identifierKey"),
                other.need_text("identifierValue"),
            );
            named.extend(value.map(|value| (key, value)));
        }
        if id.is_none() && named.is_empty() {
            let expected = Invalid::new("expected it, or the id of a contact");
            return contact.note("identifierValue", Err(expected));
        }
        Some(Self {
            id,
            named,
            role: role.unwrap_or(ReceiverRole::To),
        })
    }

    /// Reads one that was read before, and kept as it was written.
    pub(super) fn reread(raw: &RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Written {
            id: Option<String>,
            identifier_key: Option<String>,
            identifier_value: Option<String>,
            identifiers: Option<Vec<Named>>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Named {
            identifier_key: String,
            identifier_value: String,
        }
        let written: Written = serde_json::from_str(raw.get()).ok()?;
        let value = written.identifier_value;
        let first = value.map(|value| (written.identifier_key, value));
        let others = written.identifiers.into_iter().flatten();
        let others = others.map(|one| (Some(one.identifier_key), one.identifier_value));
        let id = written.id.and_then(|id| id::read(&id).ok());
        Some(Self {
            id: id.map(ParticipantId::from_bytes),
            named: first.into_iter().chain(others).collect(),
            role: ReceiverRole::To,
        })
    }

    /// Who it is on a platform: by the first identifier that has no key or the platform's, or else the first.
    pub(super) fn who(&self, platform: Platform) -> Result<Who, Violation> {
        let usual = platform.address_key();
        let fits = |key: &Option<String>| key.as_deref().is_none_or(|key| key == usual);
        let fitting = self.named.iter().find(|(key, _)| fits(key));
        match (fitting.or(self.named.first()), self.id) {
            (Some((key, value)), _) => {
                let key = IdentifierKey::parse(key.as_deref().unwrap_or(usual));
                let key = key.map_err(|wrong| wrong.at("identifierKey"))?;
                let identifier = Identifier::parse(key, value);
                let identifier = identifier.map_err(|wrong| wrong.at("identifierValue"))?;
                Ok(Who::Reached(identifier, None))
            }
            (None, Some(id)) => Ok(Who::Participant(id)),
            (None, None) => Err(Invalid::new("expected whom it is for").at("identifierValue")),
        }
    }
}

/// What is to be said, whoever it is for.
#[derive(Clone, Debug)]
pub(super) struct Speech {
    pub(super) draft: Draft,
    /// What mail with it is about.
    pub(super) title: Option<Title>,
    /// How files that it shows are called.
    pub(super) names: Vec<(MediaId, FileName)>,
}

impl Speech {
    /// Reads what is said; `contacts` are kept with it. Everything that was noted before is told as well.
    ///
    /// # Errors
    /// `validation_failed`, with every place.
    pub(super) fn read(
        wish: &Members,
        strictness: Strictness,
        cx: &Context,
        contacts: Option<&RawValue>,
    ) -> Result<Self, Problem> {
        let body = Body::read(wish, strictness);
        let template = template::read(wish, strictness, cx.limits());
        let reply_to = reply_to(wish, strictness);
        let reference = wish.parsed("reference", Reference::parse);
        let tags = wish.maybe("tags", value::texts).unwrap_or_default();
        let called = look_at_rest(wish, strictness);
        match (given(wish, "body"), given(wish, "template")) {
            (true, true) => wish.tell("template", &Invalid::new("expected none with a body")),
            (false, false) => wish.tell("body", &Invalid::new("expected a body or a template")),
            _ => {}
        }
        wish.finish()?;
        let said = body.map(|body| body.say(cx.limits(), cx.workspace()));
        let said = said.transpose()?;
        let subject = said.as_ref().and_then(|said| said.subject.clone());
        let names = said.as_ref().map(|said| said.names.clone());
        let names = names.unwrap_or_default();
        let title = subject
            .or(called)
            .and_then(|title| Title::parse(&title, cx.limits()).ok());
        let mut kept = Kept::of_send(wish);
        keep_reply(&mut kept, wish, reply_to);
        kept.keep(CONTACTS, contacts);
        let draft = Draft {
            template,
            reply_to,
            reference,
            tags: Tags::parse(tags.iter().map(String::as_str)).map_err(Refusal::from)?,
            extra: kept.into_extra()?,
            ..draft_of(said)
        };
        Ok(Self {
            draft,
            title,
            names,
        })
    }

    /// Gives uploads that have no name yet the name that the message gives them.
    ///
    /// # Errors
    /// Those of [`rename_media`].
    pub(super) fn name_files(
        &self,
        unit: &mut dyn Unit,
        cx: &Context,
        files: &mut [Media],
    ) -> Result<(), Error> {
        for file in files {
            let named = self.names.iter().find(|(id, _)| *id == file.id);
            if let Some((id, name)) = named.filter(|_| file.name == unnamed()) {
                *file = rename_media(unit, cx, *id, name)?;
            }
        }
        Ok(())
    }
}

/// A send, apart from what depends on the channel.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    receivers: Vec<Addressee>,
    speech: Speech,
    scheduled_for: Option<Timestamp>,
}

impl Wish {
    /// Reads a send.
    ///
    /// # Errors
    /// `validation_failed`, with every place.
    pub(super) fn read(
        wish: &Members,
        strictness: Strictness,
        cx: &Context,
    ) -> Result<Self, Problem> {
        strictness.refuse_others(wish, MEMBERS);
        let receivers = receivers(wish, strictness);
        let contacts = receivers
            .as_ref()
            .and_then(|all| contacts_to_keep(wish, all.len()));
        let scheduled_for = wish.parsed("scheduledFor", value::time);
        let speech = Speech::read(wish, strictness, cx, contacts.as_deref())?;
        Ok(Self {
            receivers: wish.finish_with(receivers)?,
            speech,
            scheduled_for,
        })
    }

    /// What is said.
    pub(super) fn speech(&self) -> &Speech {
        &self.speech
    }

    /// What the core is asked for, through this channel.
    ///
    /// # Errors
    /// `validation_failed` at `receivers/N/…`.
    pub(super) fn through(
        &self,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<PostToChannel, Refusal> {
        let to = |(place, one): (usize, &Addressee)| {
            let who = one.who(channel.platform).map_err(|wrong| {
                let field = format!("receivers/{place}/{}", wrong.field);
                Refusal::from(Invalid::new(wrong.problem).at(field))
            })?;
            Ok(To {
                who,
                role: one.role,
            })
        };
        let receivers: Result<Vec<To>, Refusal> =
            self.receivers.iter().enumerate().map(to).collect();
        let later = self.scheduled_for.filter(|time| *time > now.plus(AT_ONCE));
        Ok(PostToChannel {
            channel: channel.id,
            receivers: receivers?,
            sender: None,
            title: self.speech.title.clone(),
            draft: self.speech.draft.clone(),
            once: None,
            later: later.map(super::send::later),
        })
    }
}

/// The name of an upload that was asked for without one.
pub(super) fn unnamed() -> FileName {
    FileName::clean("")
}

/// Whether there is such a member that is not null.
pub(super) fn given(members: &Members, name: &str) -> bool {
    members.get_raw(name).is_some_and(|raw| raw.get() != "null")
}

fn draft_of(said: Option<Said>) -> Draft {
    let Some(said) = said else {
        return Draft::text(Text::empty());
    };
    Draft {
        kind: said.kind,
        content_type: said.content_type,
        content: said.content,
        attachments: said.attachments,
        ..Draft::text(said.text)
    }
}

fn receivers(wish: &Members, strictness: Strictness) -> Option<Vec<Addressee>> {
    wish.need("receiver", object)?;
    let receiver = wish.object("receiver")?;
    strictness.refuse_others(&receiver, &["contacts"]);
    let contacts = receiver.objects("contacts");
    let contacts = contacts.filter(|all| !all.is_empty());
    let Some(contacts) = contacts else {
        let expected = Invalid::new("expected a list with at least one contact");
        return receiver.note("contacts", Err(expected));
    };
    let read: Vec<_> = contacts
        .iter()
        .map(|contact| {
            strictness.refuse_others(contact, CONTACT);
            for name in ["platformAddress", "platformAddressSelector"] {
                contact.text(name);
            }
            Addressee::read(contact)
        })
        .collect();
    read.into_iter().collect()
}

/// The contacts as they were written, if more was written than is known otherwise, or their order counts.
fn contacts_to_keep(wish: &Members, count: usize) -> Option<Box<RawValue>> {
    let receiver = wish.object("receiver")?;
    let contacts = receiver.objects("contacts")?;
    let more = contacts
        .iter()
        .any(|contact| UNPLACED.iter().any(|name| contact.has(name)));
    if count > 1 || more {
        receiver.get_raw("contacts").map(ToOwned::to_owned)
    } else {
        None
    }
}

/// The message that is answered.
fn reply_to(wish: &Members, strictness: Strictness) -> Option<MessageId> {
    let reply = wish.object("replyTo")?;
    strictness.refuse_others(&reply, &["id", "type", "order"]);
    let words = [("message", true), ("click", false), ("referrals", false)];
    let (of_message, named) = (reply.word("type", &words), reply.need_text("id"));
    if !given(&reply, "type") {
        reply.tell("type", &Invalid::new("expected it"));
    }
    reply.maybe("order", |raw| {
        let read: Result<i64, _> = serde_json::from_str(raw.get());
        read.map_err(|_| Invalid::new("expected a whole number"))
    });
    if of_message? {
        let id = id::read(&named?).map(MessageId::from_bytes);
        reply.note("id", id)
    } else {
        None
    }
}

/// What the domain does not know of an answer is kept: what it answers if that is no message, and its order.
fn keep_reply<'a>(kept: &mut Kept<'a>, wish: &'a Members, known: Option<MessageId>) {
    let ordered = || wish.object("replyTo").is_some_and(|one| one.has("order"));
    if known.is_none() || ordered() {
        kept.keep("replyTo", wish.get_raw("replyTo"));
    }
}

/// Notes what is wrong with what is only kept. Returns what mail is about.
fn look_at_rest(wish: &Members, strictness: Strictness) -> Option<String> {
    wish.maybe("validity", value::count);
    for name in [
        "capFrequency",
        "enableLinkTracking",
        "ignoreQuietHours",
        "ignoreGlobalHoldout",
        "ignorePersistedEventhooks",
    ] {
        wish.maybe(name, value::flag);
    }
    if let Some(links) = wish.object("shortLinks") {
        strictness.refuse_others(&links, &["domain"]);
        links.need("domain", |raw| value::short(raw, DOMAIN_CHARS_MAX));
    }
    if let Some(notification) = wish.object("notification") {
        strictness.refuse_others(&notification, &["url"]);
        notification.need("url", |raw| value::short(raw, TEXT_CHARS_MAX));
    }
    if let Some(sender) = wish.object("sender") {
        strictness.refuse_others(&sender, &["connector"]);
        sender.need("connector", object);
        if let Some(connector) = sender.object("connector") {
            strictness.refuse_others(&connector, &["identifierValue", "annotations"]);
            connector.need("identifierValue", |raw| value::short(raw, TEXT_CHARS_MAX));
            if let Some(annotations) = connector.object("annotations") {
                strictness.refuse_others(&annotations, &["name"]);
                annotations.maybe("name", text);
            }
        }
    }
    let meta = wish.object("meta")?;
    strictness.refuse_others(&meta, META);
    meta.object("email")?.text("subject")
}

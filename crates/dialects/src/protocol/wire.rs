//! What Protocol shows of messages, conversations, contacts, groups and attachments, member by member.
//!
//! Looks nothing up; see `facts`.

use std::borrow::Cow;
use std::time::Duration;

use causerie_core::media::{Media, MediaType};
use causerie_core::receipt::Seen;
use causerie_core::text::{AvatarUrl, Description, ExternalId, Title};
use causerie_core::{
    Bearer, Conversation, ConversationKind, Fault, Member, MessageId, Participant, ParticipantId,
    Timestamp,
};
use causerie_http::extract::Call;
use causerie_http::media_link;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::facts::Facts;
use super::ids::{ShortId, Sort};
use super::kept::{KeptContact, KeptConversation, KeptMember, KeptMessage};

/// How long the address of an attachment holds that was shown.
const LINK_LIFE: Duration = Duration::from_hours(168);
const MICROS: i64 = 1_000_000;

/// Whole seconds since 1970.
pub(super) fn seconds(time: Timestamp) -> i64 {
    time.unix_micros().div_euclid(MICROS)
}

/// A page.
#[derive(Debug, Serialize)]
pub(super) struct ListView<T> {
    pub(super) has_more: bool,
    pub(super) data: Vec<T>,
}

/// A message.
#[derive(Debug, Serialize)]
pub(super) struct MessageView<'a> {
    id: ShortId,
    conversation_id: ShortId,
    contact: SenderView<'a>,
    message: Cow<'a, str>,
    reactions: ReactionsView,
    attachments: Vec<AttachmentView<'a>>,
    read_at: Option<i64>,
    created_at: i64,
    updated_at: Option<i64>,
}

/// Who sent a message.
#[derive(Debug, Serialize)]
pub(super) struct SenderView<'a> {
    id: ShortId,
    username: String,
    phone_number: String,
    avatar_url: Option<&'a str>,
    last_active_at: Option<i64>,
    created_at: i64,
}

/// A contact.
#[derive(Debug, Serialize)]
pub(super) struct ContactView<'a> {
    id: ShortId,
    username: String,
    phone_number: String,
    avatar_url: Option<&'a str>,
    display_name: Option<&'a str>,
    conversation_id: Option<ShortId>,
    last_active_at: Option<i64>,
    created_at: i64,
}

/// A conversation.
#[derive(Debug, Serialize)]
pub(super) struct ConversationView {
    id: ShortId,
    contact_id: Option<ShortId>,
    group_id: Option<ShortId>,
    pinned_message_id: Option<ShortId>,
    is_pinned: bool,
    is_muted: bool,
    last_active_at: Option<i64>,
    last_opened_at: Option<i64>,
    created_at: i64,
    archived_at: Option<i64>,
}

/// A group.
#[derive(Debug, Serialize)]
pub(super) struct GroupView<'a> {
    id: ShortId,
    name: &'a str,
    description: Option<&'a str>,
    avatar_url: Option<&'a str>,
    conversation_id: ShortId,
    contacts: Vec<ContactView<'a>>,
    created_at: i64,
    archived_at: Option<i64>,
}

/// An attachment.
#[derive(Debug, Serialize)]
pub(super) struct AttachmentView<'a> {
    id: ShortId,
    message_id: Option<ShortId>,
    filename: &'a str,
    file_url: String,
    file_type: &'a str,
    file_size: u64,
    created_at: i64,
}

/// The reactions of a message: usernames by name, both in the order in which they were added.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ReactionsView(Vec<(String, Vec<String>)>);

impl ReactionsView {
    fn add(&mut self, name: &str, username: &str) {
        let known = self.0.iter().position(|(known, _)| known == name);
        let place = known.unwrap_or(self.0.len());
        if known.is_none() {
            self.0.push((name.to_owned(), Vec::new()));
        }
        let usernames = &mut self.0[place].1;
        if !usernames.iter().any(|known| known == username) {
            usernames.push(username.to_owned());
        }
    }
}

/// No element, or one object.
impl Serialize for ReactionsView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Named<'a>(&'a [(String, Vec<String>)]);
        impl Serialize for Named<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(self.0.len()))?;
                for (name, usernames) in self.0 {
                    map.serialize_entry(name, usernames)?;
                }
                map.end()
            }
        }
        let all = (!self.0.is_empty()).then_some(Named(&self.0));
        serializer.collect_seq(all)
    }
}

/// Writes addresses of files.
#[derive(Debug)]
pub(super) struct Links<'a> {
    call: &'a Call,
    base: String,
    expires_at: Timestamp,
}

impl<'a> Links<'a> {
    pub(super) fn new(call: &'a Call) -> Self {
        Self {
            call,
            base: call.base_url(),
            expires_at: call.app().clock().now().plus(LINK_LIFE),
        }
    }

    fn to(&self, media: &Media) -> String {
        let vault = self.call.app().vault();
        let (workspace, end) = (media.workspace, self.expires_at);
        media_link(vault, &self.base, workspace, media.id, None, end)
    }
}

/// By what a participant is called here: the caller's own id of it, unless that stands for a key; else what was kept
/// when it was deleted, its username elsewhere, or the name that it is shown with.
pub(super) fn username(of: &Participant, kept: &KeptContact) -> String {
    let own = of.given_external_id().map(ExternalId::as_str);
    let own = own.or(kept.username.as_deref());
    let own = own.or(of.profile.username.as_deref());
    own.unwrap_or(of.display_name.as_str()).to_owned()
}

/// The telephone number as it was written, unless there is another one now.
fn phone_number(of: &Participant, kept: KeptContact) -> String {
    let known = of
        .identifiers
        .first(causerie_core::contact::IdentifierKey::PHONE);
    match (known, kept.phone_number) {
        (Some(known), Some(written))
            if super::contacts::phone(&written).as_ref() == Some(known) =>
        {
            written
        }
        (Some(known), _) => known.value().to_owned(),
        (None, written) => written.unwrap_or_default(),
    }
}

fn avatar_url(of: &Participant) -> Option<&str> {
    of.profile.avatar_url.as_deref()
}

impl<'a> SenderView<'a> {
    fn of(facts: &'a Facts, id: ParticipantId) -> Result<Self, Fault> {
        let person = facts.person(id)?;
        let kept: KeptContact = facts.kept(Bearer::Participant(id))?;
        Ok(Self {
            id: facts.id(Sort::Contact, id.to_bytes())?,
            username: username(person, &kept),
            phone_number: phone_number(person, kept),
            avatar_url: avatar_url(person),
            last_active_at: None,
            created_at: seconds(person.created_at),
        })
    }
}

impl<'a> ContactView<'a> {
    pub(super) fn of(facts: &'a Facts, id: ParticipantId) -> Result<Self, Fault> {
        let person = facts.person(id)?;
        let kept: KeptContact = facts.kept(Bearer::Participant(id))?;
        let username = username(person, &kept);
        let display_name = person.display_name.as_str();
        let direct = facts.direct(id);
        let direct = direct.map(|one| facts.id(Sort::Conversation, one.to_bytes()));
        Ok(Self {
            id: facts.id(Sort::Contact, id.to_bytes())?,
            phone_number: phone_number(person, kept),
            avatar_url: avatar_url(person),
            display_name: Some(display_name).filter(|name| *name != username),
            username,
            conversation_id: direct.transpose()?,
            last_active_at: None,
            created_at: seconds(person.created_at),
        })
    }
}

impl<'a> MessageView<'a> {
    pub(super) fn of(facts: &'a Facts, links: &Links<'_>, seen: &'a Seen) -> Result<Self, Fault> {
        let kept: KeptMessage = facts.kept(Bearer::Message(seen.id))?;
        let id = facts.id(Sort::Message, seen.id.to_bytes())?;
        let files = seen.files.iter();
        let attachments = files.map(|media| AttachmentView::of(facts, links, media, Some(seen.id)));
        let edited_at = seen.edited_at.map(seconds);
        Ok(Self {
            id,
            conversation_id: facts.id(Sort::Conversation, seen.conversation.to_bytes())?,
            contact: SenderView::of(facts, seen.sender)?,
            message: text(seen),
            attachments: attachments.collect::<Result<_, _>>()?,
            read_at: kept.read_at.or(seen.read_at.map(seconds)),
            created_at: seconds(seen.created_at),
            updated_at: edited_at.max(kept.updated_at),
            reactions: reactions(facts, seen.id, &kept)?,
        })
    }
}

/// What a message says, or its content says first.
fn text(seen: &Seen) -> Cow<'_, str> {
    let text = seen.message.text.as_str();
    let content = seen.message.content.as_ref().filter(|_| text.is_empty());
    let lead = content.and_then(|content| content.lead_text(seen.content_type));
    lead.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Those that were added here, in their order, as long as they are; then those that were added elsewhere.
fn reactions(facts: &Facts, of: MessageId, kept: &KeptMessage) -> Result<ReactionsView, Fault> {
    let mut view = ReactionsView::default();
    let others = facts.reactions(of);
    let mut shown = Vec::new();
    for one in &kept.reactions {
        let Some(participant) = &one.participant else {
            view.add(&one.name, &one.username);
            continue;
        };
        let by = |other: &&causerie_core::reaction::Reaction| {
            other.name.as_str() == one.name && other.participant.to_string() == *participant
        };
        if let Some(found) = others.iter().find(by) {
            shown.push(found.id);
            view.add(&one.name, &one.username);
        }
    }
    for other in others.iter().filter(|other| !shown.contains(&other.id)) {
        let who = facts.person(other.participant)?;
        let kept: KeptContact = facts.kept(Bearer::Participant(who.id))?;
        view.add(other.name.as_str(), &username(who, &kept));
    }
    Ok(view)
}

impl ConversationView {
    pub(super) fn of(
        facts: &Facts,
        conversation: &Conversation,
        member: &Member,
    ) -> Result<Self, Fault> {
        let id = conversation.id;
        let other = conversation
            .direct
            .and_then(|pair| pair.other(member.participant));
        let contact = other.map(|other| facts.id(Sort::Contact, other.to_bytes()));
        let group = (conversation.kind == ConversationKind::Group)
            .then(|| facts.id(Sort::Group, id.to_bytes()));
        let kept: KeptConversation = facts.kept(Bearer::Conversation(id))?;
        let pin = kept
            .pinned_message
            .and_then(|id| MessageId::parse(&id).ok());
        let pin = pin.and_then(|id| facts.id(Sort::Message, id.to_bytes()).ok());
        Ok(Self {
            id: facts.id(Sort::Conversation, id.to_bytes())?,
            contact_id: contact.transpose()?,
            group_id: group.transpose()?,
            pinned_message_id: pin,
            is_pinned: member.pinned_at.is_some(),
            is_muted: member.muted_at.is_some(),
            last_active_at: conversation.public_at.map(seconds),
            last_opened_at: member.read_at.map(seconds),
            created_at: seconds(conversation.created_at),
            archived_at: archived_at(facts, member)?,
        })
    }
}

/// Since when the member has put the conversation away, as they said it.
fn archived_at(facts: &Facts, member: &Member) -> Result<Option<i64>, Fault> {
    let Some(at) = member.archived_at else {
        return Ok(None);
    };
    let bearer = Bearer::Member(member.conversation, member.participant);
    let kept: KeptMember = facts.kept(bearer)?;
    Ok(Some(kept.archived_at.unwrap_or(seconds(at))))
}

impl<'a> GroupView<'a> {
    pub(super) fn of(
        facts: &'a Facts,
        group: &'a Conversation,
        member: &Member,
    ) -> Result<Self, Fault> {
        let members = facts.members(group.id).iter();
        let others = members.filter(|one| one.participant != member.participant);
        let contacts = others.map(|one| ContactView::of(facts, one.participant));
        let id = group.id.to_bytes();
        Ok(Self {
            id: facts.id(Sort::Group, id)?,
            name: group.title.as_ref().map_or("", Title::as_str),
            description: group.description.as_ref().map(Description::as_str),
            avatar_url: group.avatar_url.as_ref().map(AvatarUrl::as_str),
            conversation_id: facts.id(Sort::Conversation, id)?,
            contacts: contacts.collect::<Result<_, _>>()?,
            created_at: seconds(group.created_at),
            archived_at: archived_at(facts, member)?,
        })
    }
}

impl<'a> AttachmentView<'a> {
    pub(super) fn of(
        facts: &Facts,
        links: &Links<'_>,
        media: &'a Media,
        message: Option<MessageId>,
    ) -> Result<Self, Fault> {
        let message = message.map(|id| facts.id(Sort::Message, id.to_bytes()));
        Ok(Self {
            id: facts.id(Sort::Attachment, media.id.to_bytes())?,
            message_id: message.transpose()?,
            filename: media.name.as_str(),
            file_url: links.to(media),
            file_type: media.best_type().map_or("", MediaType::as_str),
            file_size: media.size,
            created_at: seconds(media.created_at),
        })
    }
}

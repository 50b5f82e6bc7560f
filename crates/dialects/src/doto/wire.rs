//! What is shown of messages: who said them, what goes with them, how they read.
//!
//! Nothing is looked up here: what belongs to an answer comes with it.

use causerie_core::delivery::DeliveryStatus;
use causerie_core::media::{AttachmentKind, Media, Preset};
use causerie_core::receipt::Seen;
use causerie_core::text::Reference;
use causerie_core::{
    Bearer, ContentType, Direction, Message, MessageId, MessageKind, Participant, ParticipantKind,
    Timestamp, Visibility, WorkspaceId,
};
use causerie_http::{App, media_link};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use std::time::Duration;

use super::around::Around;
use super::json::{self, Object};
use super::people::{AgentExtra, ContactView};

/// What stands in place of a text that was deleted.
pub(super) const DELETED: &str = "This message was deleted";
/// The number of the only account that a key knows.
pub(super) const ACCOUNT: u64 = 1;
/// What a failure is called that its teller did not explain.
pub(super) const UNEXPLAINED: &str = "reported as failed";
/// How long the address of a file holds.
const LINK_LIFE: Duration = Duration::from_hours(24);
const MICROS: i64 = 1_000_000;

/// A time as whole seconds since 1970.
pub(super) fn seconds(time: Timestamp) -> i64 {
    time.unix_micros().div_euclid(MICROS)
}

/// How an answer writes what may be written in two ways, and where its addresses lead.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// Whether kinds of messages are numbers and kinds of senders in small letters.
    pub(super) integers: bool,
    /// What addresses begin with.
    pub(super) base: String,
    /// Whose files they are.
    pub(super) workspace: WorkspaceId,
    /// Until when addresses hold.
    pub(super) links_until: Timestamp,
}

impl Form {
    /// Addresses hold for a day from now.
    pub(super) fn new(integers: bool, base: String, workspace: WorkspaceId, app: &App) -> Self {
        let links_until = app.clock().now().plus(LINK_LIFE);
        Self {
            integers,
            base,
            workspace,
            links_until,
        }
    }

    /// The kind of a sender as it is written.
    fn kind(&self, kind: ParticipantKind) -> &'static str {
        match (kind, self.integers) {
            (ParticipantKind::Contact, false) => "Contact",
            (ParticipantKind::Contact, true) => "contact",
            (ParticipantKind::Agent, false) => "User",
            (ParticipantKind::Agent, true) => "user",
            (ParticipantKind::Bot | ParticipantKind::System, false) => "AgentBot",
            (ParticipantKind::Bot | ParticipantKind::System, true) => "agent_bot",
        }
    }
}

/// Which way a message goes, in this product's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Incoming,
    Outgoing,
    Activity,
}

impl Way {
    pub(super) fn of(message: &Message) -> Self {
        match (message.direction, message.kind) {
            (Direction::Incoming, _) => Self::Incoming,
            (_, MessageKind::System | MessageKind::Activity) => Self::Activity,
            (Direction::Outgoing | Direction::Internal, _) => Self::Outgoing,
        }
    }
}

/// A kind of message, as a word or as a number.
#[derive(Clone, Copy, Debug)]
struct WayView {
    way: Way,
    integers: bool,
}

impl Serialize for WayView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (word, number) = match self.way {
            Way::Incoming => ("incoming", 0),
            Way::Outgoing => ("outgoing", 1),
            Way::Activity => ("activity", 2),
        };
        if self.integers {
            serializer.serialize_u8(number)
        } else {
            serializer.serialize_str(word)
        }
    }
}

/// What is kept with a message that the domain has no place for.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct MessageExtra {
    /// Attributes that are no content by the rules of the domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content_attributes: Option<Box<RawValue>>,
    /// Ids that are none by the rules of the domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) echo_id: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source_id: Option<Box<RawValue>>,
    /// What goes with a message besides.
    #[serde(default, skip_serializing_if = "Object::is_empty")]
    pub(super) additional_attributes: Object,
}

/// Who said something.
#[derive(Serialize)]
#[serde(untagged)]
enum SenderView<'a> {
    Contact(Box<ContactView<'a>>),
    User(UserView<'a>),
    Bot(BotView<'a>),
}

#[derive(Serialize)]
struct UserView<'a> {
    id: Option<u64>,
    name: &'a str,
    available_name: &'a str,
    avatar_url: &'a str,
    r#type: &'static str,
    availability_status: Option<String>,
    thumbnail: &'a str,
}

#[derive(Serialize)]
struct BotView<'a> {
    id: Option<u64>,
    name: &'a str,
    avatar_url: &'a str,
    r#type: &'static str,
}

impl<'a> SenderView<'a> {
    fn of(one: &'a Participant, around: &Around, form: &Form) -> Self {
        let (id, r#type) = (around.number(one.id.to_bytes()), form.kind(one.kind));
        let name = one.display_name.as_str();
        let avatar_url = one.profile.avatar_url.as_deref().unwrap_or_default();
        match one.kind {
            ParticipantKind::Contact => {
                let mut view = ContactView::of(one, around);
                view.r#type = Some(r#type);
                Self::Contact(Box::new(view))
            }
            ParticipantKind::Agent => {
                let kept: AgentExtra = json::kept(around.extra(Bearer::Participant(one.id)));
                Self::User(UserView {
                    id,
                    name,
                    available_name: name,
                    avatar_url,
                    r#type,
                    availability_status: kept.availability,
                    thumbnail: avatar_url,
                })
            }
            ParticipantKind::Bot | ParticipantKind::System => Self::Bot(BotView {
                id,
                name,
                avatar_url,
                r#type,
            }),
        }
    }
}

/// A file of a message.
#[derive(Serialize)]
pub(super) struct AttachmentView {
    id: Option<u64>,
    message_id: Option<u64>,
    file_type: &'static str,
    account_id: u64,
    extension: Option<String>,
    data_url: String,
    thumb_url: String,
    file_size: u64,
    width: Option<u32>,
    height: Option<u32>,
}

impl AttachmentView {
    pub(super) fn of(
        file: &Media,
        message_id: Option<u64>,
        around: &Around,
        form: &Form,
        app: &App,
    ) -> Self {
        let link = |version| {
            let (base, until) = (form.base.as_str(), form.links_until);
            media_link(app.vault(), base, form.workspace, file.id, version, until)
        };
        let kind = file.kind();
        let small = file.versions.iter().find(|one| one.preset == Preset::Chat);
        let thumb_url = match (kind, small) {
            (AttachmentKind::Image, Some(small)) => link(Some(small.preset)),
            (AttachmentKind::Image, None) => link(None),
            _ => String::new(),
        };
        let extension = file.name.as_str().rsplit_once('.');
        Self {
            id: around.number(file.id.to_bytes()),
            message_id,
            file_type: kind.as_str(),
            account_id: ACCOUNT,
            extension: extension.map(|(_, extension)| extension.to_lowercase()),
            data_url: link(None),
            thumb_url,
            file_size: file.size,
            width: file.facts.width,
            height: file.facts.height,
        }
    }
}

/// Something said.
#[derive(Serialize)]
pub(super) struct MessageView<'a> {
    id: Option<u64>,
    content: Option<String>,
    inbox_id: Option<u64>,
    account_id: u64,
    conversation_id: u64,
    message_type: WayView,
    content_type: &'static str,
    status: &'static str,
    content_attributes: Object,
    additional_attributes: Object,
    private: bool,
    created_at: i64,
    source_id: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    echo_id: Option<Box<RawValue>>,
    sender: Option<SenderView<'a>>,
    attachments: Vec<AttachmentView>,
}

/// The conversation that a message is shown in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Its number.
    pub(super) number: u64,
    /// The number of its inbox.
    pub(super) inbox: Option<u64>,
}

impl<'a> MessageView<'a> {
    pub(super) fn of(
        seen: &Seen,
        place: Place,
        around: &'a Around,
        form: &Form,
        app: &App,
    ) -> Self {
        let message = &seen.message;
        let deleted = message.deleted_at.is_some();
        let kept: MessageExtra = json::kept(around.extra(Bearer::Message(message.id)));
        let id = around.number_of(seen);
        let sender = around.participant(message.sender);
        let native = |own: &Option<Reference>| own.as_ref().map(|own| json::raw(own.as_str()));
        let files = seen.files.iter().filter(|_| !deleted);
        Self {
            id,
            content: content(message),
            inbox_id: place.inbox,
            account_id: ACCOUNT,
            conversation_id: place.number,
            message_type: WayView {
                way: Way::of(message),
                integers: form.integers,
            },
            content_type: content_type(message),
            status: status(seen.delivery_status()),
            content_attributes: attributes(message, kept.content_attributes.as_deref(), around),
            additional_attributes: kept.additional_attributes,
            private: message.visibility == Visibility::Private,
            created_at: seconds(message.created_at),
            source_id: native(&message.source_id).or(kept.source_id),
            echo_id: native(&message.echo_id).or(kept.echo_id),
            sender: sender.map(|one| SenderView::of(one, around, form)),
            attachments: files
                .map(|file| AttachmentView::of(file, id, around, form, app))
                .collect(),
        }
    }
}

/// What a message says to who reads texts only.
fn content(message: &Message) -> Option<String> {
    if message.deleted_at.is_some() {
        return Some(DELETED.to_owned());
    }
    let text = message.text.as_str();
    if text.is_empty() {
        let content = message.content.as_ref();
        return content.and_then(|content| content.lead_text(message.content_type));
    }
    Some(text.to_owned())
}

/// The kinds of content that this product knows are those that are plain objects of attributes; the rest is text to it.
fn content_type(message: &Message) -> &'static str {
    if message.content_type >= ContentType::InputText {
        message.content_type.as_str()
    } else {
        ContentType::Text.as_str()
    }
}

/// The attributes of a message: those that were written, the answered message, and why it failed.
fn attributes(message: &Message, kept: Option<&RawValue>, around: &Around) -> Object {
    if message.deleted_at.is_some() {
        return Object::from([("deleted".to_owned(), json::raw(&true))]);
    }
    let content = message
        .content
        .as_ref()
        .map(|content| json::object(content.as_str()));
    let mut all = match kept {
        Some(kept) => json::object(kept.get()),
        None => content
            .filter(|own| !is_body(message, own))
            .unwrap_or_default(),
    };
    if let Some(number) = message
        .reply_to
        .map(MessageId::to_bytes)
        .and_then(|id| around.number(id))
    {
        all.insert("in_reply_to".to_owned(), json::raw(&number));
    }
    if let Some(failure) = &message.delivery.failure
        && failure.reason != UNEXPLAINED
    {
        let why = failure.detail.as_ref().unwrap_or(&failure.reason);
        all.insert("external_error".to_owned(), json::raw(why));
    }
    all
}

/// Whether a content is a body, of which this product knows nothing.
fn is_body(message: &Message, content: &Object) -> bool {
    let typed = content
        .get("type")
        .is_some_and(|own| own.get().starts_with('"'));
    message.content_type < ContentType::InputText
        && (typed || message.content_type != ContentType::Text)
}

fn status(status: DeliveryStatus) -> &'static str {
    match status {
        DeliveryStatus::Scheduled
        | DeliveryStatus::Accepted
        | DeliveryStatus::Processing
        | DeliveryStatus::Sent => "sent",
        DeliveryStatus::Delivered => "delivered",
        DeliveryStatus::Read => "read",
        DeliveryStatus::Failed | DeliveryStatus::Skipped => "failed",
    }
}

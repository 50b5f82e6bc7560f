//! Messages as they are shown, with every member that Bird's clients know.
//!
//! Members without a value are left out. Nothing is looked up here.

use std::collections::BTreeMap;

use causerie_core::delivery::{DeliveryStatus, Failure, FailureStage};
use causerie_core::media::Media;
use causerie_core::receipt::Seen;
use causerie_core::schedule::Scheduled;
use causerie_core::tag::TagName;
use causerie_core::text::Reference;
use causerie_core::{Direction, Message, MessageId, Timestamp};
use causerie_http::Shown;
use serde::Serialize;
use serde_json::value::RawValue;

use super::body::{BodyView, Words};
use super::id::{Hex, hex};
use super::kept::Kept;
use super::party::{ReceiverView, SenderView, connector, contact, contacts, speaking};
use super::scene::Scene;

/// How long a message usually is when it is written.
pub(super) const MESSAGE_BYTES: usize = 1_024;

/// A message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageView<'a> {
    id: Hex,
    channel_id: Hex,
    sender: SenderView<'a>,
    receiver: ReceiverView<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<BodyView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<[PartView<'a>; 1]>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<&'a str>,
    direction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<ReplyView<'a>>,
    created_at: Shown<Timestamp>,
    updated_at: Shown<Timestamp>,
    last_status_at: Shown<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_at: Option<Shown<Timestamp>>,
    platform_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform_reference_id: Option<&'a str>,
    tags: Vec<&'a str>,
    #[serde(flatten)]
    beside: BTreeMap<String, &'a RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartView<'a> {
    platform_reference: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ReplyView<'a> {
    Verbatim(&'a RawValue),
    Message { id: Hex, r#type: &'static str },
}

/// How far a message has come, in Bird's words.
struct Progress<'a> {
    status: &'static str,
    failure: Option<&'a Failure>,
    at: Timestamp,
}

impl<'a> Progress<'a> {
    fn of(message: &'a Message) -> Self {
        let delivery = &message.delivery;
        if let Some(deleted_at) = message.deleted_at {
            return Self {
                status: "deleted",
                failure: None,
                at: deleted_at,
            };
        }
        Self {
            status: status_of(delivery.status, delivery.failure.as_ref()),
            failure: delivery.failure.as_ref(),
            at: delivery.at,
        }
    }
}

/// The word for a status. Whether a message was read is told by its interactions.
pub(super) fn status_of(status: DeliveryStatus, failure: Option<&Failure>) -> &'static str {
    match status {
        DeliveryStatus::Scheduled => "scheduled",
        DeliveryStatus::Accepted => "accepted",
        DeliveryStatus::Processing => "processing",
        DeliveryStatus::Sent => "sent",
        DeliveryStatus::Delivered | DeliveryStatus::Read => "delivered",
        DeliveryStatus::Skipped => "skipped",
        DeliveryStatus::Failed => match failure.map(|failure| failure.stage) {
            Some(FailureStage::Reject) => "rejected",
            Some(FailureStage::Deliver) => "delivery_failed",
            Some(FailureStage::Send) | None => "sending_failed",
        },
    }
}

/// The words for which a list can be filtered.
pub(super) const STATUSES: &[(&str, &str)] = &[
    ("accepted", "accepted"),
    ("rejected", "rejected"),
    ("processing", "processing"),
    ("scheduled", "scheduled"),
    ("sent", "sent"),
    ("sending_failed", "sending_failed"),
    ("delivered", "delivered"),
    ("delivery_failed", "delivery_failed"),
    ("deleted", "deleted"),
    ("skipped", "skipped"),
];

/// The word for how far a message has come.
pub(super) fn status(message: &Message) -> &'static str {
    Progress::of(message).status
}

impl<'a> MessageView<'a> {
    /// A message that was sent; `None` if its channel is not among those of the scene.
    pub(super) fn of(seen: &'a Seen, scene: &'a Scene, mount_url: &'a str) -> Option<Self> {
        let message = &seen.message;
        let channel = scene.channel(message.conversation)?;
        let kept = Kept::of(scene.extra(message.id));
        let progress = Progress::of(message);
        let there = message.deleted_at.is_none();
        let incoming = message.direction == Direction::Incoming;
        let speaker = scene.people.get(&message.sender);
        let (sender, receiver) = if incoming {
            let who = contact(scene, channel, message.sender, None);
            let listening = ReceiverView::Connector(connector(channel, None));
            (SenderView::Contact(who), listening)
        } else {
            let receivers = scene.receivers(message.id, message.conversation);
            let to = contacts(scene, channel, &kept, receivers);
            let sender = speaking(channel, speaker, &kept);
            (sender, ReceiverView::Contacts(to))
        };
        let words = Words {
            text: &message.text,
            content_type: message.content_type,
            content: message.content.as_ref(),
            attachments: &message.attachments,
            files: &seen.files,
            edited: message.edited_at.is_some(),
            mount_url,
        };
        let shows_template = kept.get("template").is_some() && message.edited_at.is_none();
        let updated_at = [message.edited_at, message.deleted_at, Some(progress.at)];
        let source_id = message.source_id.as_ref().map(Reference::as_str);
        let mut beside = kept.beside();
        if !there {
            beside.clear();
        } else if !shows_template {
            beside.remove("template");
        }
        Some(Self {
            id: hex(message.id.to_bytes()),
            channel_id: hex(channel.id.to_bytes()),
            sender,
            receiver,
            body: (there && !shows_template).then(|| words.view()),
            reference: message.reference.as_ref().map(Reference::as_str),
            parts: source_id.map(|platform_reference| [PartView { platform_reference }]),
            status: progress.status,
            reason: progress.failure.map(|failure| failure.reason.as_str()),
            details: progress.failure.and_then(|one| one.detail.as_deref()),
            direction: message.direction.as_str(),
            reply_to: reply(message.reply_to, &kept),
            created_at: Shown(message.created_at),
            updated_at: Shown(
                updated_at
                    .into_iter()
                    .flatten()
                    .fold(message.created_at, Timestamp::max),
            ),
            last_status_at: Shown(progress.at),
            send_at: (!incoming).then_some(Shown(message.created_at)),
            platform_id: channel.platform.as_str(),
            platform_reference_id: source_id,
            tags: message.tags.iter().map(TagName::as_str).collect(),
            beside,
        })
    }

    /// A message that waits for its time.
    pub(super) fn waiting(
        scheduled: &'a Scheduled,
        files: &'a [Media],
        scene: &'a Scene,
        mount_url: &'a str,
    ) -> Option<Self> {
        let draft = &scheduled.draft;
        let channel = scene.channel(scheduled.conversation)?;
        let kept = Kept::of(scene.extra(scheduled.id));
        let receivers = scene.receivers(scheduled.id, scheduled.conversation);
        let words = Words {
            text: &draft.text,
            content_type: draft.content_type,
            content: draft.content.as_ref(),
            attachments: &draft.attachments,
            files,
            edited: false,
            mount_url,
        };
        let shows_template = kept.get("template").is_some();
        Some(Self {
            id: hex(scheduled.id.to_bytes()),
            channel_id: hex(channel.id.to_bytes()),
            sender: speaking(channel, scene.people.get(&scheduled.sender), &kept),
            receiver: ReceiverView::Contacts(contacts(scene, channel, &kept, receivers)),
            body: (!shows_template).then(|| words.view()),
            reference: draft.reference.as_ref().map(Reference::as_str),
            parts: None,
            status: match scheduled.refused {
                Some(_) => "rejected",
                None => "scheduled",
            },
            reason: scheduled.refused.as_deref(),
            details: None,
            direction: Direction::Outgoing.as_str(),
            reply_to: reply(draft.reply_to, &kept),
            created_at: Shown(scheduled.created_at),
            updated_at: Shown(scheduled.updated_at),
            last_status_at: Shown(scheduled.updated_at),
            send_at: Some(Shown(scheduled.due_at)),
            platform_id: channel.platform.as_str(),
            platform_reference_id: None,
            tags: draft.tags.iter().map(TagName::as_str).collect(),
            beside: kept.beside(),
        })
    }

    /// As it is when it was just taken: what became of it since is told by reading it.
    pub(super) fn taken(self) -> Self {
        let status = match self.status {
            "scheduled" => "scheduled",
            _ => "accepted",
        };
        Self { status, ..self }
    }
}

fn reply<'a>(answers: Option<MessageId>, kept: &Kept<'a>) -> Option<ReplyView<'a>> {
    if let Some(written) = kept.get("replyTo") {
        return Some(ReplyView::Verbatim(written));
    }
    answers.map(|id| ReplyView::Message {
        id: hex(id.to_bytes()),
        r#type: "message",
    })
}

/// A page of anything.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultsView<T> {
    pub(super) results: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_page_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<usize>,
}

impl<T> ResultsView<T> {
    /// A page, and where to go on.
    pub(super) fn of(results: Vec<T>, next_page_token: Option<String>) -> Self {
        Self {
            results,
            next_page_token,
            total: None,
        }
    }
}

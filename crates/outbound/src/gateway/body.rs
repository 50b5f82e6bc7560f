//! What gateways are sent; the page of the module above shows it.

use causerie_core::channel::{Channel, Platform};
use causerie_core::contact::Identifier;
use causerie_core::media::{AltText, MediaType};
use causerie_core::outbound::{Enclosed, Parcel, Receiver};
use causerie_core::text::{Reference, Title};
use causerie_core::{Content, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::post::Links;

#[derive(Serialize)]
struct Call<T> {
    r#type: &'static str,
    timestamp: String,
    data: T,
}

#[derive(Serialize)]
struct TestBody<'a> {
    channel_id: String,
    platform: &'static str,
    from: Option<&'a str>,
}

#[derive(Serialize)]
struct MessageBody<'a> {
    message_id: String,
    conversation_id: String,
    channel_id: String,
    platform: &'static str,
    title: Option<&'a str>,
    sender_name: &'a str,
    from: Option<&'a str>,
    receivers: Vec<ReceiverBody<'a>>,
    kind: &'static str,
    text: &'a str,
    content_type: &'static str,
    content: Option<&'a RawValue>,
    reply_to: Option<String>,
    reference: Option<&'a str>,
    metadata: &'a RawValue,
    attachments: Vec<AttachmentBody<'a>>,
    r#try: u16,
}

#[derive(Serialize)]
struct ReceiverBody<'a> {
    participant_id: String,
    r#type: &'static str,
    name: &'a str,
    identifier: Option<IdentifierBody<'a>>,
}

#[derive(Serialize)]
struct IdentifierBody<'a> {
    key: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct AttachmentBody<'a> {
    media_id: String,
    name: &'a str,
    content_type: Option<&'a str>,
    size: u64,
    alt_text: Option<&'a str>,
    inline: bool,
    kind: &'static str,
    url: String,
}

/// The call that hands a message over.
pub(super) fn message(parcel: &Parcel, links: &Links) -> Option<Vec<u8>> {
    let message = &parcel.message;
    let content = message.content.as_ref().map(Content::as_str);
    let data = MessageBody {
        message_id: message.id.to_string(),
        conversation_id: message.conversation.to_string(),
        channel_id: parcel.channel.id.to_string(),
        platform: platform(&parcel.channel),
        title: parcel.title.as_ref().map(Title::as_str),
        sender_name: parcel.sender_name.as_str(),
        from: address(&parcel.channel),
        receivers: parcel.receivers.iter().map(receiver).collect(),
        kind: message.kind.as_str(),
        text: message.text.as_str(),
        content_type: message.content_type.as_str(),
        content: content.map(serde_json::from_str).transpose().ok()?,
        reply_to: message.reply_to.map(|id| id.to_string()),
        reference: message.reference.as_ref().map(Reference::as_str),
        metadata: serde_json::from_str(message.metadata.as_str()).ok()?,
        attachments: parcel.files.iter().map(|one| file(one, links)).collect(),
        r#try: parcel.tries,
    };
    call("message.outbound", message.created_at, data)
}

/// The call that tests a channel.
pub(super) fn test(channel: &Channel, now: Timestamp) -> Option<Vec<u8>> {
    let data = TestBody {
        channel_id: channel.id.to_string(),
        platform: platform(channel),
        from: address(channel),
    };
    call("channel.test", now, data)
}

fn call(r#type: &'static str, at: Timestamp, data: impl Serialize) -> Option<Vec<u8>> {
    let timestamp = at.to_string();
    let call = Call {
        r#type,
        timestamp,
        data,
    };
    serde_json::to_vec(&call).ok()
}

fn platform(channel: &Channel) -> &'static str {
    Platform::as_str(channel.platform)
}

fn address(channel: &Channel) -> Option<&str> {
    channel.address.as_ref().map(Identifier::value)
}

fn receiver(one: &Receiver) -> ReceiverBody<'_> {
    ReceiverBody {
        participant_id: one.participant.to_string(),
        r#type: one.role.as_str(),
        name: one.name.as_str(),
        identifier: one.identifier.as_ref().map(|identifier| IdentifierBody {
            key: identifier.key().as_str(),
            value: identifier.value(),
        }),
    }
}

fn file<'a>(one: &'a Enclosed, links: &Links) -> AttachmentBody<'a> {
    let media = &one.media;
    AttachmentBody {
        media_id: media.id.to_string(),
        name: media.name.as_str(),
        content_type: media.best_type().map(MediaType::as_str),
        size: media.size,
        alt_text: one.attachment.alt_text.as_ref().map(AltText::as_str),
        inline: one.attachment.inline,
        kind: media.kind().as_str(),
        url: links(media.workspace, media.id),
    }
}

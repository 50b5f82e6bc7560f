//! The doors through which platforms bring messages and news of messages.
//!
//! Who writes, to which conversation it belongs and whether it is known is decided by the core.

use causerie_core::act::{
    Named, NoteStatus, ReceiveInbound, Received, note_status, receive_inbound, with_times,
};
use causerie_core::channel::Platform;
use causerie_core::contact::Identifier;
use causerie_core::delivery::{DeliveryStatus, Failure, FailureStage};
use causerie_core::port::{MAIL_FOLLOWS_MAX, Unit};
use causerie_core::text::{DisplayName, Metadata, Reference, Text, Title};
use causerie_core::{ChannelId, Context, Draft, Error, Invalid, MessageId, Scope};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::attachments::{AttachmentBody, attachments};
use super::drafts::{Said, content};
use super::mail;
use super::messages;
use super::posts::{ReachedBody, reached};
use super::vocabulary;
use super::wire::{Answered, MessageView};
use crate::extract::{Check, Knock, Object, WireBody};
use crate::reply::Rendered;

/// A message that somebody outside wrote.
#[derive(Deserialize, ToSchema)]
#[schema(as = InboundMessage, example = json!({
    "from": {"value": "+31612345678", "name": "Ada Lovelace"}, "reference": "gw-000017", "body": "Hello"
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct InboundBody<'a> {
    #[schema(value_type = FromBody)]
    from: Object<FromBody>,
    /// The platform's own id of it: the same comes in once.
    reference: Option<String>,
    /// The platform's ids of earlier messages that it follows, the nearest last; up to 50.
    #[serde(default)]
    in_reply_to: Vec<String>,
    /// The title of the conversation, if it is new.
    title: Option<String>,
    /// As in a send.
    #[serde(borrow)]
    #[schema(value_type = Option<String>)]
    body: Option<Said<'a>>,
    /// How the content reads: `text` unless given.
    #[schema(value_type = Option<vocabulary::ContentType>)]
    content_type: Option<String>,
    /// A JSON object of up to 64 KiB that keeps the rules of its type.
    #[serde(borrow)]
    #[schema(value_type = Option<Object>)]
    content: Option<&'a RawValue>,
    /// A JSON object of up to 16 KiB.
    #[serde(borrow)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<&'a RawValue>,
    /// Files that were uploaded before.
    #[serde(default)]
    #[schema(value_type = Vec<AttachmentBody>, max_items = 30)]
    attachments: Vec<Object<AttachmentBody>>,
}

/// Who wrote it.
#[derive(Deserialize, ToSchema)]
#[schema(as = From, example = json!({"value": "+31612345678", "name": "Ada Lovelace"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct FromBody {
    /// The usual one of the platform unless given: `emailaddress` or `phonenumber`. `native` and `api` have none.
    key: Option<String>,
    value: String,
    /// How they call themselves, if they are new.
    name: Option<String>,
}

impl<'a> WireBody<'a> for InboundBody<'a> {
    type To = (ChannelId, Platform);
    type Command = ReceiveInbound;

    fn into_command(self, to: Self::To, check: &mut Check<'_>) -> Option<ReceiveInbound> {
        let Object(FromBody { key, value, name }) = self.from;
        let from = reached("from", key.as_deref(), &value, to.1, check);
        let from_name = check.maybe("/from/name", name, |name, limits| {
            DisplayName::parse(&name, limits)
        });
        let reference = check.maybe("/reference", self.reference, |text, _| {
            Reference::parse(&text)
        });
        let follows = follows(&self.in_reply_to, check);
        let title = check.maybe("/title", self.title, |text, limits| {
            Title::parse(&text, limits)
        });
        let text = check.maybe("/body", self.body, |text, limits| text.parse(limits));
        let content = content(self.content_type, self.content, check);
        let metadata = check.maybe("/metadata", self.metadata, |json, limits| {
            Metadata::parse(json.get(), limits)
        });
        let attachments = attachments(self.attachments, &[], check);
        let (content_type, content) = content?;
        let draft = Draft {
            content_type,
            content,
            attachments: attachments?,
            metadata: metadata?.unwrap_or_default(),
            ..Draft::text(text?.unwrap_or_else(Text::empty))
        };
        check.refusal(draft.check())?;
        Some(ReceiveInbound {
            channel: to.0,
            from: from?,
            from_name: from_name?,
            reference: reference?,
            follows: follows?,
            title: title?,
            draft,
        })
    }
}

fn follows(named: &[String], check: &mut Check<'_>) -> Option<Vec<Reference>> {
    let expected = || Invalid::new(format!("expected at most {MAIL_FOLLOWS_MAX} references"));
    let few = named.len() <= MAIL_FOLLOWS_MAX;
    check.note("/in_reply_to", few.then_some(()).ok_or_else(expected))?;
    let each = named.iter().enumerate();
    let read: Vec<_> = each
        .map(|(place, text)| check.note(format!("/in_reply_to/{place}"), Reference::parse(text)))
        .collect();
    read.into_iter().collect()
}

/// Takes a message in, and renders it: new, or as it came in before.
pub(super) fn take_in(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &ReceiveInbound,
) -> Result<Rendered, Error> {
    Ok(match receive_inbound(unit, cx, cmd)? {
        Received::New(seen) => super::sends::render_sent(&MessageView::of(&seen), &seen.message),
        Received::Known(seen) => messages::render(&seen),
    })
}

/// Brings a message from outside, as JSON or, through a channel of e-mail, as the mail itself.
///
/// Takes an API key or, on `api`, `sms` and `whatsapp`, a signature by Standard Webhooks with the channel's
/// signing secret: headers `webhook-id`, `webhook-timestamp` and `webhook-signature`. A contact is created if
/// nobody has the identifier. The conversation is that of what the message follows, else the channel's with its
/// writer; it is opened again if need be. What came in before, by its reference, is shown with status 200.
///
/// A mail (RFC 5322, up to 25 MiB) is sent as `message/rfc822`. Its text is the body, its HTML the content, to be
/// cleaned before it is shown; subject, receivers and time are in the member `mail` of the metadata. A text or
/// HTML that is too long for a message is cut off or left out, and attached whole.
#[utoipa::path(post, path = "/v1/channels/{channel_id}/inbound", tag = "channels",
    request_body(description = "The message.",
        content((InboundBody = "application/json"), (String = "message/rfc822"))),
    params(("channel_id" = String, Path, description = "The channel.")),
    security(("key" = []), ("key_header" = []), ("signature" = [])),
    responses((status = 200, body = MessageView, description = "It came in before."),
        (status = 201, body = MessageView)))]
pub(crate) async fn receive(knock: Knock) -> Answered {
    let mut call = knock.enter().await?;
    call.require(Scope::MessagingWrite)?;
    let id: ChannelId = call.id("channel_id")?;
    let platform = call.channel(id).await?.platform;
    call.no_query()?;
    if platform == Platform::Email && call.says_that_it_is("message/rfc822") {
        return mail::receive(call, id).await;
    }
    call.receive().await?;
    let cmd = call.command::<InboundBody<'_>>((id, platform))?;
    call.once(move |unit, cx| take_in(unit, cx, &cmd)).await
}

/// How far a platform says that a message has come.
#[derive(Deserialize, ToSchema)]
#[schema(as = StatusNews, example = json!({"reference": "gw-000018", "status": "delivered"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct StatusBody {
    /// The platform's own id of the message; or else `message_id`.
    reference: Option<String>,
    /// The message's id, which the platform was given.
    message_id: Option<String>,
    /// To whom; to all of its receivers unless given.
    #[schema(value_type = Option<ReachedBody>)]
    receiver: Option<Object<ReachedBody>>,
    /// `sent`, `delivered`, `read` or `failed`.
    #[schema(value_type = vocabulary::DeliveryStatus)]
    status: String,
    /// Why, with `failed` only; what is beyond 256 characters is cut off.
    reason: Option<String>,
    /// What else is known, with a reason only; what is beyond 2,000 characters is cut off.
    detail: Option<String>,
}

impl WireBody<'_> for StatusBody {
    type To = (ChannelId, Platform);
    type Command = NoteStatus;

    fn into_command(self, to: Self::To, check: &mut Check<'_>) -> Option<NoteStatus> {
        let expected = || Invalid::new("expected either a reference or a message_id");
        let message = match (self.reference, self.message_id) {
            (Some(text), None) => {
                let named = Reference::parse(&text).map(Named::Reference);
                check.note("/reference", named)
            }
            (None, Some(id)) => {
                check.note("/message_id", MessageId::parse(&id).map(Named::Message))
            }
            _ => check.note("/reference", Err(expected())),
        };
        let receiver: Option<Option<Identifier>> = match self.receiver {
            None => Some(None),
            Some(Object(by)) => {
                let key = by.key.as_deref();
                reached("receiver", key, &by.value, to.1, check).map(Some)
            }
        };
        let status = check.at("/status", |_| DeliveryStatus::parse(&self.status));
        let failure = match (&self.reason, &self.detail) {
            (None, Some(_)) => {
                check.note("/reason", Err(Invalid::new("expected a reason with it")))?
            }
            (None, None) => None,
            (Some(reason), detail) => {
                let detail = detail.as_deref();
                Some(Failure::cut(FailureStage::Deliver, reason, detail))
            }
        };
        Some(NoteStatus {
            channel: to.0,
            message: message?,
            receiver: receiver?,
            status: status?,
            failure,
        })
    }
}

/// Brings news of a message that a platform took: it was sent, delivered, read, or failed.
///
/// Takes an API key or a signature, as the door for messages. What comes late or twice, and would lead back,
/// changes nothing.
#[utoipa::path(post, path = "/v1/channels/{channel_id}/statuses", tag = "channels",
    request_body = StatusBody,
    params(("channel_id" = String, Path, description = "The channel.")),
    security(("key" = []), ("key_header" = []), ("signature" = [])),
    responses((status = 200, body = MessageView)))]
pub(crate) async fn note(knock: Knock) -> Answered {
    let mut call = knock.enter().await?;
    call.require(Scope::MessagingWrite)?;
    let id: ChannelId = call.id("channel_id")?;
    let platform = call.channel(id).await?.platform;
    call.no_query()?;
    call.receive().await?;
    let cmd = call.command::<StatusBody>((id, platform))?;
    call.once(move |unit, cx| {
        let noted = note_status(unit, cx, &cmd)?;
        Ok(messages::render(&with_times(unit, cx, noted)?))
    })
    .await
}

//! Messages to people outside: through a channel, to whoever is reached there.
//!
//! Who they are and which conversation it is are decided by the core.

use causerie_core::act::{
    PostToChannel, To, Who, open_channel_conversation, retry_delivery, with_times,
};
use causerie_core::channel::Platform;
use causerie_core::contact::{Identifier, IdentifierKey};
use causerie_core::outbound::ReceiverRole;
use causerie_core::text::{DisplayName, Title};
use causerie_core::{ChannelId, ConversationId, Invalid, ParticipantId, Scope};
use serde::Deserialize;
use utoipa::ToSchema;

use super::conversations::render_created;
use super::drafts::{PostBody, Wish};
use super::messages;
use super::vocabulary;
use super::wire::{Answered, ConversationView, MessageView};
use crate::extract::{Call, Check, Object, WireBody};

/// Somebody outside whom a message is for.
#[derive(Deserialize, ToSchema)]
#[schema(as = Receiver, example = json!({
    "identifier": {"value": "ada@example.com"}, "type": "to", "name": "Ada Lovelace"
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiverBody {
    /// A participant who is reached there; or else an identifier.
    participant_id: Option<String>,
    /// What they are reached by; a contact is created if nobody has it.
    #[schema(value_type = Option<ReachedBody>)]
    identifier: Option<Object<ReachedBody>>,
    /// `to` (unless given), `cc` or `bcc`.
    #[schema(value_type = Option<vocabulary::ReceiverRole>)]
    r#type: Option<String>,
    /// How they are called, if they are new.
    name: Option<String>,
}

/// What somebody is reached by on a platform.
#[derive(Deserialize, ToSchema)]
#[schema(as = PlatformIdentifier, example = json!({"value": "ada@example.com"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct ReachedBody {
    /// The usual one of the platform unless given: `emailaddress` or `phonenumber`. `native` and `api` have none.
    pub(super) key: Option<String>,
    pub(super) value: String,
}

/// An identifier on a platform at `field`.
pub(super) fn reached(
    field: &str,
    key: Option<&str>,
    value: &str,
    platform: Platform,
    check: &mut Check<'_>,
) -> Option<Identifier> {
    let expected = "expected a key: the platform has no usual one";
    let key = match key.or(platform.identifier_key()) {
        Some(key) => IdentifierKey::parse(key),
        None => Err(Invalid::new(expected)),
    };
    let key = check.note(format!("/{field}/key"), key)?;
    check.note(format!("/{field}/value"), Identifier::parse(key, value))
}

impl ReceiverBody {
    /// The receiver; `field` is the path to it.
    fn read(self, field: &str, platform: Platform, check: &mut Check<'_>) -> Option<To> {
        let role = self
            .r#type
            .map_or(Ok(ReceiverRole::To), |word| ReceiverRole::parse(&word));
        let role = check.note(format!("/{field}/type"), role);
        let name = self
            .name
            .map(|name| DisplayName::parse(&name, check.limits()));
        let name = check.note(format!("/{field}/name"), name.transpose());
        let who = match (self.participant_id, self.identifier) {
            (Some(id), None) => {
                let id = ParticipantId::parse(&id);
                check
                    .note(format!("/{field}/participant_id"), id)
                    .map(Who::Participant)
            }
            (None, Some(Object(by))) => {
                let field = format!("{field}/identifier");
                let by = reached(&field, by.key.as_deref(), &by.value, platform, check);
                by.and_then(|by| Some(Who::Reached(by, name.clone()?)))
            }
            _ => {
                let expected = Invalid::new("expected either a participant_id or an identifier");
                check.note(format!("/{field}"), Err(expected))
            }
        };
        name?;
        Some(To {
            who: who?,
            role: role?,
        })
    }
}

fn receivers(
    all: Vec<Object<ReceiverBody>>,
    platform: Platform,
    check: &mut Check<'_>,
) -> Option<Vec<To>> {
    let each = all.into_iter().enumerate();
    let read: Vec<_> = each
        .map(|(place, one)| one.0.read(&format!("receivers/{place}"), platform, check))
        .collect();
    read.into_iter().collect()
}

impl<'a> WireBody<'a> for PostBody<'a> {
    type To = (ChannelId, Platform);
    type Command = PostToChannel;

    fn into_command(self, to: Self::To, check: &mut Check<'_>) -> Option<PostToChannel> {
        let (send, all, called) = self.split();
        let receivers = receivers(all, to.1, check);
        let title = check.maybe("/title", called, |text, limits| Title::parse(&text, limits));
        // A place to read the message for; which conversation it is comes out later.
        let nowhere = ConversationId::from_bytes([0; 16]);
        let Wish {
            send,
            scheduled_for,
            ..
        } = send.into_command(nowhere, check)?;
        Some(PostToChannel {
            channel: to.0,
            receivers: receivers?,
            sender: send.sender,
            title: title?,
            draft: send.draft,
            once: None,
            later: scheduled_for.map(super::sends::later),
        })
    }
}

/// Sends a message through a channel to people outside.
///
/// People who are not known are created with their identifiers, once. The conversation is the one of the channel
/// with those in `to` and `cc`: a new one, or the one that there is, opened again if need be. The sender, the
/// channel's own bot unless given, joins it. The message is stored and on its way then; what becomes of it is its
/// `delivery_status`.
#[utoipa::path(post, path = "/v1/channels/{channel_id}/messages", tag = "channels",
    request_body = PostBody,
    params(("channel_id" = String, Path, description = "The channel.")),
    responses((status = 202, body = MessageView,
        description = "It is on its way; with `scheduled_for` the scheduled message.")))]
pub(crate) async fn send(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id: ChannelId = call.id("channel_id")?;
    let received = call.receive().await.and_then(|()| call.no_query());
    let platform = call.channel(id).await?.platform;
    received?;
    let cmd = call.command::<PostBody<'_>>((id, platform))?;
    let header = call.claim(b"")?;
    Ok(call
        .submit_post(cmd, header)
        .outcome()
        .await?
        .into_response())
}

/// People outside, to talk with.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewChannelConversation, example = json!({
    "receivers": [{"identifier": {"value": "ada@example.com"}}], "title": "Your order 1234"
}))]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenBody {
    /// With whom: one, or up to 100 on `email`.
    #[schema(value_type = Vec<ReceiverBody>)]
    receivers: Vec<Object<ReceiverBody>>,
    /// Its title, if it is new: the subject of mail.
    title: Option<String>,
}

impl WireBody<'_> for OpenBody {
    type To = Platform;
    type Command = (Vec<To>, Option<Title>);

    fn into_command(self, to: Platform, check: &mut Check<'_>) -> Option<Self::Command> {
        let receivers = receivers(self.receivers, to, check);
        let title = check.maybe("/title", self.title, |text, limits| {
            Title::parse(&text, limits)
        });
        Some((receivers?, title?))
    }
}

/// Opens the conversation of a channel with people outside, without saying anything yet.
///
/// The one that they have already is shown instead, with status 200.
#[utoipa::path(post, path = "/v1/channels/{channel_id}/conversations", tag = "channels",
    request_body = OpenBody,
    params(("channel_id" = String, Path, description = "The channel.")),
    responses((status = 200, body = ConversationView, description = "They have one already."),
        (status = 201, body = ConversationView)))]
pub(crate) async fn open(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id: ChannelId = call.id("channel_id")?;
    let received = call.receive().await.and_then(|()| call.no_query());
    let platform = call.channel(id).await?.platform;
    received?;
    let (to, title) = call.command::<OpenBody>(platform)?;
    call.once(move |unit, cx| {
        let opened = open_channel_conversation(unit, cx, id, &to, title.as_ref())?;
        Ok(render_created(&opened, &cx.caller))
    })
    .await
}

/// Tries to hand a message over again that has failed.
#[utoipa::path(post, path = "/v1/conversations/{conversation_id}/messages/{message_id}/retry",
    tag = "receipts",
    params(("conversation_id" = String, Path, description = "The conversation."),
        ("message_id" = String, Path, description = "The message.")),
    responses((status = 200, body = MessageView)))]
pub(crate) async fn retry(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let (of, id) = call.message()?;
    let received = call.receive_nothing().await;
    call.unless_message_missing(received, of, id).await?;
    call.once(move |unit, cx| {
        let again = retry_delivery(unit, cx, of, id)?;
        Ok(messages::render(&with_times(unit, cx, again)?))
    })
    .await
}

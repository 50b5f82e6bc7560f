//! What is shown of channels: this product's inboxes, and by what contacts are known there.
//!
//! By what a contact is known in an inbox is an identifier of theirs, of a sort that the inbox has for itself.

use std::collections::HashMap;

use causerie_core::channel::{Channel, Platform, Reach};
use causerie_core::contact::{Identifier, IdentifierKey};
use causerie_core::{Bearer, ChannelId, Invalid, Participant};
use serde::Serialize;

use super::around::Around;
use super::json::{self, Object};

/// What identifiers are called by which contacts are known in an inbox, before the id of its channel.
const SOURCE: &str = "source-";

/// What an inbox has that only this product knows: kept as it was written.
pub(super) const KEPT: &[&str] = &[
    "allow_messages_after_resolved",
    "auto_assignment_config",
    "business_name",
    "csat_survey_enabled",
    "enable_auto_assignment",
    "enable_email_collect",
    "greeting_enabled",
    "greeting_message",
    "out_of_office_message",
    "sender_name_type",
    "timezone",
    WEBHOOK_URL,
    "working_hours",
    "working_hours_enabled",
];

/// Where a client wants to be called; kept and shown, and never called.
pub(super) const WEBHOOK_URL: &str = "webhook_url";

/// The channels of a workspace.
pub(super) type Channels = HashMap<ChannelId, Channel>;

/// The sort of inbox that a platform makes.
pub(super) const fn channel_type(platform: Platform) -> &'static str {
    match platform {
        Platform::Native | Platform::Api => "Channel::Api",
        Platform::Email => "Channel::Email",
        Platform::Sms => "Channel::Sms",
        Platform::Whatsapp => "Channel::Whatsapp",
    }
}

/// Whether an inbox is one whose customers' messages are brought by a client.
pub(super) const fn is_api(platform: Platform) -> bool {
    matches!(platform, Platform::Native | Platform::Api)
}

/// An inbox.
pub(super) fn inbox(channel: &Channel, around: &Around) -> Object {
    let url = match &channel.reach {
        Reach::Gateway(endpoint) => Some(endpoint.as_str()),
        Reach::Within | Reach::Mail(_) => None,
    };
    let address = |wanted| (channel.platform == wanted).then_some(channel.address.as_ref());
    let address = |wanted| address(wanted).flatten().map(Identifier::value);
    let id = around.number(channel.id.to_bytes());
    let identifier = is_api(channel.platform).then(|| channel.id.to_string());
    let own = [
        ("id", json::raw(&id)),
        ("name", json::raw(channel.name.as_str())),
        ("channel_id", json::raw(&id)),
        ("channel_type", json::raw(channel_type(channel.platform))),
        ("inbox_identifier", json::raw(&identifier)),
        ("avatar_url", json::raw("")),
        ("callback_webhook_url", json::raw(&None::<&str>)),
        ("hmac_mandatory", json::raw(&false)),
        ("lock_to_single_conversation", json::raw(&true)),
        ("email", json::raw(&address(Platform::Email))),
        (
            "phone_number",
            json::raw(&address(Platform::Sms).or(address(Platform::Whatsapp))),
        ),
    ];
    let unless_kept = [
        ("enable_auto_assignment", json::raw(&false)),
        ("greeting_enabled", json::raw(&false)),
        ("greeting_message", json::raw(&None::<&str>)),
        ("out_of_office_message", json::raw(&None::<&str>)),
        ("timezone", json::raw("UTC")),
        ("working_hours", json::raw(&[0; 0])),
        ("working_hours_enabled", json::raw(&false)),
        (
            WEBHOOK_URL,
            json::raw(&url.filter(|_| channel.platform == Platform::Api)),
        ),
    ];
    let named = |(name, value): (&str, _)| (name.to_owned(), value);
    let kept = json::kept_object(around, Bearer::Channel(channel.id));
    let usual: Object = unless_kept.into_iter().map(named).collect();
    json::merged(
        json::merged(usual, kept),
        own.into_iter().map(named).collect(),
    )
}

/// By what a contact is known in an inbox.
#[derive(Serialize)]
pub(super) struct ContactInboxView<'a> {
    source_id: &'a str,
    inbox: Object,
}

impl<'a> ContactInboxView<'a> {
    pub(super) fn of(source_id: &'a str, channel: &Channel, around: &Around) -> Self {
        Self {
            source_id,
            inbox: inbox(channel, around),
        }
    }

    /// Those of all inboxes in which a contact is known.
    pub(super) fn all(one: &'a Participant, channels: &Channels, around: &Around) -> Vec<Self> {
        let known = one.identifiers.iter().filter_map(|own| {
            let channel = channels.get(&source_of(own)?)?;
            Some(Self::of(own.value(), channel, around))
        });
        known.collect()
    }
}

/// The identifier by which a contact is known in an inbox.
///
/// # Errors
/// For what is longer than an identifier may be, or no line of text.
pub(super) fn source(channel: ChannelId, source_id: &str) -> Result<Identifier, Invalid> {
    let id = channel.to_string();
    let id = id.strip_prefix(ChannelId::PREFIX).unwrap_or(&id);
    Identifier::parse(IdentifierKey::parse(&format!("{SOURCE}{id}"))?, source_id)
}

/// The channel in whose inbox somebody is known by an identifier.
fn source_of(identifier: &Identifier) -> Option<ChannelId> {
    let id = identifier.key().as_str().strip_prefix(SOURCE)?;
    ChannelId::parse(&format!("{}{id}", ChannelId::PREFIX)).ok()
}

/// By what a contact is known in an inbox already.
pub(super) fn known_as(one: &Participant, channel: ChannelId) -> Option<&str> {
    let mut own = one.identifiers.iter();
    own.find(|own| source_of(own) == Some(channel))
        .map(Identifier::value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_contact_is_known_by_leads_back_to_its_inbox() {
        let channel = ChannelId::from_bytes([7; 16]);
        let identifier = source(channel, "a-1 B").expect("one line");
        assert_eq!(
            (source_of(&identifier), identifier.value()),
            (Some(channel), "a-1 B")
        );
        assert!(source(channel, "a\nb").is_err());
        let other = Identifier::from_stored("source-x", "a");
        assert_eq!(source_of(&other), None);
    }
}

//! What people did with a message, as interactions: they read it, or reacted to it.
//!
//! Nothing is looked up here.

use causerie_core::reaction::Reaction;
use causerie_core::receipt::{Receipt, Seen};
use causerie_core::tag::TagName;
use causerie_core::text::Reference;
use causerie_core::{ParticipantId, Timestamp};
use causerie_http::Shown;
use serde::Serialize;

use super::id::{Hex, hex};
use super::party::{ContactView, contact};
use super::scene::Scene;

/// Something that somebody did with a message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InteractionView<'a> {
    id: Hex,
    message_id: Hex,
    channel_id: Hex,
    platform_id: &'static str,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_reference: Option<&'a str>,
    message_parts_count: usize,
    message_tags: Vec<&'a str>,
    receiver: ContactsView<'a>,
    created_at: Shown<Timestamp>,
    metadata: MetadataView<'a>,
}

#[derive(Serialize)]
struct ContactsView<'a> {
    contacts: [ContactView<'a>; 1],
}

#[derive(Serialize)]
struct MetadataView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    reaction: Option<ReactionView<'a>>,
}

#[derive(Serialize)]
struct ReactionView<'a> {
    emoji: &'a str,
    action: &'static str,
}

impl<'a> InteractionView<'a> {
    /// A reaction.
    pub(super) fn reaction(seen: &'a Seen, of: &'a Reaction, scene: &'a Scene) -> Option<Self> {
        let reaction = ReactionView {
            emoji: of.name.as_str(),
            action: "react",
        };
        let view = Self::of(seen, of.participant, of.created_at, scene)?;
        Some(Self {
            id: hex(of.id.to_bytes()),
            r#type: "reaction",
            metadata: MetadataView {
                reaction: Some(reaction),
            },
            ..view
        })
    }

    /// That somebody read it, if they did. A message is read once by each, so it is known by who read it.
    pub(super) fn read(seen: &'a Seen, by: &Receipt, scene: &'a Scene) -> Option<Self> {
        Self::of(seen, by.participant, by.read_at?, scene)
    }

    fn of(seen: &'a Seen, who: ParticipantId, at: Timestamp, scene: &'a Scene) -> Option<Self> {
        let channel = scene.channel(seen.conversation)?;
        Some(Self {
            id: hex(who.to_bytes()),
            message_id: hex(seen.message.id.to_bytes()),
            channel_id: hex(channel.id.to_bytes()),
            platform_id: channel.platform.as_str(),
            r#type: "read",
            message_reference: seen.reference.as_ref().map(Reference::as_str),
            message_parts_count: 1,
            message_tags: seen.tags.iter().map(TagName::as_str).collect(),
            receiver: ContactsView {
                contacts: [contact(scene, channel, who, None)],
            },
            created_at: Shown(at),
            metadata: MetadataView { reaction: None },
        })
    }

    /// When.
    pub(super) fn at(&self) -> Timestamp {
        self.created_at.0
    }
}

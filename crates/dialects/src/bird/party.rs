//! Senders and receivers as they are shown: the channel as a connector, people outside as contacts.
//!
//! Whom a message is for was found before.

use causerie_core::act::Who;
use causerie_core::channel::Channel;
use causerie_core::contact::Identifier;
use causerie_core::{Participant, ParticipantId};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::id::{Hex, hex};
use super::kept::{CONTACTS, Kept};
use super::scene::{Receiver, Scene};
use super::wish::Addressee;

/// The sort of identifier of somebody who has none.
const OWN_ID: &str = "id";

/// A channel as the one who speaks or listens.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectorView<'a> {
    id: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    identifier_value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<NameView<'a>>,
}

#[derive(Serialize)]
struct NameView<'a> {
    name: &'a str,
}

/// A channel whose name and address a client said.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SaidConnectorView<'a> {
    id: Hex,
    identifier_value: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<&'a RawValue>,
}

/// Somebody outside.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ContactView<'a> {
    id: Hex,
    identifier_key: String,
    identifier_value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[serde(flatten)]
    written: Written<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<NameView<'a>>,
}

/// What of a contact only its writer knows.
#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    #[serde(
        borrow,
        default,
        deserialize_with = "some",
        skip_serializing_if = "Option::is_none"
    )]
    identifiers: Option<&'a RawValue>,
    #[serde(
        borrow,
        default,
        deserialize_with = "some",
        skip_serializing_if = "Option::is_none"
    )]
    platform_address: Option<&'a RawValue>,
    #[serde(
        borrow,
        default,
        deserialize_with = "some",
        skip_serializing_if = "Option::is_none"
    )]
    platform_address_selector: Option<&'a RawValue>,
}

/// Null as it was written, not as nothing.
fn some<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

/// Who speaks.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum SenderView<'a> {
    /// The workspace, through its channel.
    Connector(ConnectorView<'a>),
    /// The same, called as the client called it.
    #[serde(rename = "connector")]
    SaidConnector(SaidConnectorView<'a>),
    /// Somebody outside.
    Contact(ContactView<'a>),
}

/// Who listens.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ReceiverView<'a> {
    /// The workspace, through its channel.
    Connector(ConnectorView<'a>),
    /// People outside.
    Contacts(Vec<ContactView<'a>>),
}

/// The channel, called as the participant who spoke.
pub(super) fn connector<'a>(
    channel: &'a Channel,
    speaker: Option<&'a Participant>,
) -> ConnectorView<'a> {
    ConnectorView {
        id: hex(channel.connector.to_bytes()),
        identifier_value: channel.address.as_ref().map(Identifier::value),
        annotations: speaker.map(|one| NameView {
            name: one.display_name.as_str(),
        }),
    }
}

/// The channel as the one who speaks; called as the client did if it did.
pub(super) fn speaking<'a>(
    channel: &'a Channel,
    speaker: Option<&'a Participant>,
    kept: &Kept<'a>,
) -> SenderView<'a> {
    #[derive(Deserialize)]
    struct Sender<'a> {
        #[serde(borrow)]
        connector: Said<'a>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Said<'a> {
        #[serde(borrow)]
        identifier_value: &'a RawValue,
        #[serde(borrow, default)]
        annotations: Option<&'a RawValue>,
    }
    let read = |raw: &'a RawValue| serde_json::from_str::<Sender<'a>>(raw.get()).ok();
    match kept.get("sender").and_then(read) {
        Some(Sender { connector }) => SenderView::SaidConnector(SaidConnectorView {
            id: hex(channel.connector.to_bytes()),
            identifier_value: connector.identifier_value,
            annotations: connector.annotations,
        }),
        None => SenderView::Connector(connector(channel, speaker)),
    }
}

/// Somebody outside, by the identifier that they were reached by, or else the first that the platform takes, or
/// else any.
pub(super) fn contact<'a>(
    scene: &'a Scene,
    channel: &Channel,
    id: ParticipantId,
    reached_by: Option<&Identifier>,
) -> ContactView<'a> {
    let known = scene.people.get(&id);
    let key = channel.platform.address_key();
    let own = known.and_then(|one| {
        let first = one.identifiers.first(key);
        first.or_else(|| one.identifiers.iter().next())
    });
    let (identifier_key, identifier_value) = match reached_by.or(own) {
        Some(by) => (by.key().as_str().to_owned(), by.value().to_owned()),
        None => (OWN_ID.to_owned(), hex(id.to_bytes()).0.to_string()),
    };
    ContactView {
        id: hex(id.to_bytes()),
        identifier_key,
        identifier_value,
        r#type: None,
        written: Written::default(),
        annotations: known.map(|one| NameView {
            name: one.display_name.as_str(),
        }),
    }
}

/// People outside whom a message is for, in the order and with all that its writer wrote.
pub(super) fn contacts<'a>(
    scene: &'a Scene,
    channel: &Channel,
    kept: &Kept<'a>,
    mut receivers: Vec<Receiver>,
) -> Vec<ContactView<'a>> {
    let view = |one: &Receiver, written| ContactView {
        r#type: Some(one.role.as_str()),
        written,
        ..contact(scene, channel, one.participant, one.reached_by.as_ref())
    };
    let list = kept.get(CONTACTS);
    let list: Option<Vec<&RawValue>> = list.and_then(|raw| serde_json::from_str(raw.get()).ok());
    let mut views = Vec::with_capacity(receivers.len());
    for raw in list.unwrap_or_default() {
        let who = Addressee::reread(raw).and_then(|one| one.who(channel.platform).ok());
        let place = receivers.iter().position(|one| match &who {
            Some(Who::Reached(by, _)) => one.reached_by.as_ref() == Some(by),
            Some(Who::Participant(id)) => one.participant == *id,
            None => false,
        });
        if let Some(place) = place {
            let written = serde_json::from_str(raw.get()).unwrap_or_default();
            views.push(view(&receivers.remove(place), written));
        }
    }
    views.extend(receivers.iter().map(|one| view(one, Written::default())));
    views
}

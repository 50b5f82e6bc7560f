//! What is shown of people: contacts as this product's customers, agents as its users.
//!
//! Nothing is looked up here.

use causerie_core::contact::{Identifier, IdentifierKey};
use causerie_core::text::ExternalId;
use causerie_core::{Bearer, Participant};
use serde::{Deserialize, Serialize};

use super::around::Around;
use super::inbox_view::ContactInboxView;
use super::json::{self, Object};
use super::wire::{ACCOUNT, seconds};
use causerie_http::Raw;

/// What is kept with a contact that the domain has no place for.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct ContactExtra {
    #[serde(default, skip_serializing_if = "Object::is_empty")]
    pub(super) additional_attributes: Object,
    #[serde(default)]
    pub(super) blocked: bool,
}

/// What is kept with an agent that the domain has no place for.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct AgentExtra {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) availability: Option<String>,
}

/// A contact.
#[derive(Serialize)]
pub(super) struct ContactView<'a> {
    id: Option<u64>,
    name: &'a str,
    email: Option<&'a str>,
    phone_number: Option<&'a str>,
    identifier: Option<&'a str>,
    blocked: bool,
    thumbnail: &'a str,
    availability_status: Option<&'a str>,
    last_activity_at: Option<i64>,
    created_at: i64,
    additional_attributes: Object,
    custom_attributes: Raw<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) r#type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) contact_inboxes: Option<Vec<ContactInboxView<'a>>>,
}

impl<'a> ContactView<'a> {
    pub(super) fn of(one: &'a Participant, around: &Around) -> Self {
        let kept: ContactExtra = json::kept(around.extra(Bearer::Participant(one.id)));
        let reached = |key| one.identifiers.first(key).map(Identifier::value);
        Self {
            id: around.number(one.id.to_bytes()),
            name: one.display_name.as_str(),
            email: reached(IdentifierKey::EMAIL),
            phone_number: reached(IdentifierKey::PHONE),
            identifier: one.external_id.as_ref().map(ExternalId::as_str),
            blocked: kept.blocked,
            thumbnail: one.profile.avatar_url.as_deref().unwrap_or_default(),
            availability_status: None,
            last_activity_at: None,
            created_at: seconds(one.created_at),
            additional_attributes: kept.additional_attributes,
            custom_attributes: Raw(one.metadata.as_str()),
            r#type: None,
            contact_inboxes: None,
        }
    }
}

/// An agent.
#[derive(Serialize)]
pub(super) struct AgentView<'a> {
    id: Option<u64>,
    account_id: u64,
    name: &'a str,
    available_name: &'a str,
    email: Option<&'a str>,
    role: String,
    availability: Option<String>,
    availability_status: Option<String>,
    auto_offline: bool,
    confirmed: bool,
    avatar_url: &'a str,
    thumbnail: &'a str,
}

impl<'a> AgentView<'a> {
    pub(super) fn of(one: &'a Participant, around: &Around) -> Self {
        let kept: AgentExtra = json::kept(around.extra(Bearer::Participant(one.id)));
        let avatar_url = one.profile.avatar_url.as_deref().unwrap_or_default();
        Self {
            id: around.number(one.id.to_bytes()),
            account_id: ACCOUNT,
            name: one.display_name.as_str(),
            available_name: one.display_name.as_str(),
            email: one
                .identifiers
                .first(IdentifierKey::EMAIL)
                .map(Identifier::value),
            role: kept.role.unwrap_or_else(|| "agent".to_owned()),
            availability: kept.availability.clone(),
            availability_status: kept.availability,
            auto_offline: false,
            confirmed: true,
            avatar_url,
            thumbnail: avatar_url,
        }
    }
}

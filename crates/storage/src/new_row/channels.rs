//! Rows of identifiers, of channels, and of what goes through them, as they are written.

use causerie_core::channel::Channel;
use causerie_core::contact::Identifier;
use causerie_core::outbound::Outbound;
use causerie_core::port::PlatformReference;
use causerie_core::{Participant, Sealed, WorkspaceId};
use diesel::prelude::*;

use super::micros;
use crate::schema::{channel, identifier, outbox, platform_reference};

/// To whom an identifier leads.
#[derive(Insertable)]
#[diesel(table_name = identifier)]
pub(crate) struct NewIdentifier<'a> {
    workspace_id: [u8; 16],
    key: &'a str,
    value: &'a str,
    participant_id: [u8; 16],
}

impl<'a> NewIdentifier<'a> {
    /// An identifier of a participant.
    pub(crate) fn of(participant: &Participant, one: &'a Identifier) -> Self {
        Self {
            workspace_id: participant.workspace.to_bytes(),
            key: one.key().as_str(),
            value: one.value(),
            participant_id: participant.id.to_bytes(),
        }
    }
}

#[derive(AsChangeset, Insertable)]
#[diesel(table_name = channel, primary_key(id))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct NewChannel<'a> {
    id: [u8; 16],
    #[diesel(skip_update)]
    workspace_id: [u8; 16],
    #[diesel(skip_update)]
    platform: i16,
    name: &'a str,
    status: i16,
    #[diesel(skip_update)]
    connector_id: [u8; 16],
    address_key: Option<&'a str>,
    address_value: Option<&'a str>,
    reach: String,
    secret: Option<&'a [u8]>,
    #[diesel(skip_update)]
    created_at: i64,
    updated_at: i64,
    deleted_at: Option<i64>,
}

impl<'a> From<&'a Channel> for NewChannel<'a> {
    fn from(channel: &'a Channel) -> Self {
        let address = channel.address.as_ref();
        Self {
            id: channel.id.to_bytes(),
            workspace_id: channel.workspace.to_bytes(),
            platform: channel.platform.number(),
            name: channel.name.as_str(),
            status: channel.status.number(),
            connector_id: channel.connector.to_bytes(),
            address_key: address.map(|one| one.key().as_str()),
            address_value: address.map(Identifier::value),
            reach: channel.reach.to_stored(),
            secret: channel.secret.as_ref().map(Sealed::as_bytes),
            created_at: channel.created_at.unix_micros(),
            updated_at: channel.updated_at.unix_micros(),
            deleted_at: micros(channel.deleted_at),
        }
    }
}

/// A message that waits to be handed over.
#[derive(Insertable)]
#[diesel(table_name = outbox)]
pub(crate) struct NewOutbound {
    pub(crate) message_id: [u8; 16],
    pub(crate) workspace_id: [u8; 16],
    pub(crate) conversation_id: [u8; 16],
    pub(crate) channel_id: [u8; 16],
    pub(crate) tries: i32,
    pub(crate) due_at: i64,
}

impl From<&Outbound> for NewOutbound {
    fn from(entry: &Outbound) -> Self {
        Self {
            message_id: entry.message.to_bytes(),
            workspace_id: entry.workspace.to_bytes(),
            conversation_id: entry.conversation.to_bytes(),
            channel_id: entry.channel.to_bytes(),
            tries: i32::from(entry.tries),
            due_at: entry.due_at.unix_micros(),
        }
    }
}

/// By what a platform knows a message.
#[derive(Insertable)]
#[diesel(table_name = platform_reference)]
pub(crate) struct NewPlatformReference<'a> {
    workspace_id: [u8; 16],
    channel_id: [u8; 16],
    reference: &'a str,
    message_id: [u8; 16],
    conversation_id: [u8; 16],
}

impl<'a> NewPlatformReference<'a> {
    /// A reference within a workspace.
    pub(crate) fn of(workspace: WorkspaceId, one: &'a PlatformReference) -> Self {
        Self {
            workspace_id: workspace.to_bytes(),
            channel_id: one.channel.to_bytes(),
            reference: one.reference.as_str(),
            message_id: one.message.to_bytes(),
            conversation_id: one.conversation.to_bytes(),
        }
    }
}

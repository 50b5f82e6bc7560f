//! Rows of channels, of the messages that wait to be handed over, and of what platforms know them by.

use causerie_core::channel::{Channel, ChannelState, ChannelStatus, Platform, Reach};
use causerie_core::contact::Identifier;
use causerie_core::outbound::Outbound;
use causerie_core::port::PlatformReference;
use causerie_core::text::{Name, Reference};
use causerie_core::{
    ChannelId, ConversationId, Fault, MessageId, ParticipantId, Sealed, WorkspaceId,
};
use diesel::deserialize::Queryable;

use super::{At, Key, Restore, Shared, at};

#[derive(Queryable)]
pub(crate) struct ChannelRow {
    id: Key,
    workspace_id: Key,
    platform: i16,
    name: Shared,
    status: i16,
    connector_id: Key,
    address_key: Option<Shared>,
    address_value: Option<Shared>,
    reach: String,
    secret: Option<Vec<u8>>,
    created_at: i64,
    updated_at: i64,
    deleted_at: Option<i64>,
}

impl Restore for ChannelRow {
    type Into = Channel;

    fn restore(self) -> Result<Channel, Fault> {
        let here = At {
            table: "channel",
            row: self.id,
        };
        let platform = here.word("platform", self.platform, Platform::from_number)?;
        let connector = here.bytes("connector_id", self.connector_id)?;
        let address = match (self.address_key, self.address_value) {
            (Some(key), Some(value)) => Some(Identifier::from_stored(key.0, value.0)),
            (None, None) => None,
            _ => return Err(here.corrupt("address_key")),
        };
        Ok(Channel::restore(ChannelState {
            id: ChannelId::from_bytes(here.bytes("id", self.id)?),
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            platform,
            name: Name::from_stored(self.name.0),
            status: here.word("status", self.status, ChannelStatus::from_number)?,
            connector: ParticipantId::from_bytes(connector),
            address,
            reach: Reach::from_stored(platform, &self.reach)?,
            secret: self.secret.map(Sealed::from_stored),
            created_at: at(self.created_at),
            updated_at: at(self.updated_at),
            deleted_at: self.deleted_at.map(at),
        }))
    }
}

#[derive(Queryable)]
pub(crate) struct OutboundRow {
    message_id: Key,
    workspace_id: Key,
    conversation_id: Key,
    channel_id: Key,
    tries: i32,
    due_at: i64,
}

impl Restore for OutboundRow {
    type Into = Outbound;

    fn restore(self) -> Result<Outbound, Fault> {
        let here = At {
            table: "outbox",
            row: self.message_id,
        };
        let conversation = here.bytes("conversation_id", self.conversation_id)?;
        Ok(Outbound {
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            message: MessageId::from_bytes(here.bytes("message_id", self.message_id)?),
            conversation: ConversationId::from_bytes(conversation),
            channel: ChannelId::from_bytes(here.bytes("channel_id", self.channel_id)?),
            tries: here.count("tries", self.tries)?,
            due_at: at(self.due_at),
        })
    }
}

#[derive(Queryable)]
pub(crate) struct PlatformReferenceRow {
    _workspace_id: Key,
    channel_id: Key,
    reference: Shared,
    message_id: Key,
    conversation_id: Key,
}

impl Restore for PlatformReferenceRow {
    type Into = PlatformReference;

    fn restore(self) -> Result<PlatformReference, Fault> {
        let here = At {
            table: "platform_reference",
            row: self.message_id,
        };
        let conversation = here.bytes("conversation_id", self.conversation_id)?;
        Ok(PlatformReference {
            channel: ChannelId::from_bytes(here.bytes("channel_id", self.channel_id)?),
            reference: Reference::from_stored(self.reference.0),
            message: MessageId::from_bytes(here.bytes("message_id", self.message_id)?),
            conversation: ConversationId::from_bytes(conversation),
        })
    }
}

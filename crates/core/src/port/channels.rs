//! Channels, the messages that wait to be handed over through them, and the platforms' own references of
//! messages.

use crate::channel::{Channel, Platform};
use crate::fault::Fault;
use crate::id::{ChannelId, ConversationId, MessageId, WorkspaceId};
use crate::outbound::Outbound;
use crate::text::Reference;
use crate::timestamp::Timestamp;

/// Channels as they stand in one snapshot. A deleted one is found by `find_many` only.
pub trait ReadChannels {
    /// The channel, or `None` if this workspace has none with this id.
    fn find(&mut self, workspace: WorkspaceId, id: ChannelId) -> Result<Option<Channel>, Fault>;
    /// The channel, whichever workspace it is of: for who has nothing but its id and its secret.
    fn find_anywhere(&mut self, id: ChannelId) -> Result<Option<Channel>, Fault>;
    /// Those of the channels that exist or were deleted, in no particular order: one statement.
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ChannelId],
    ) -> Result<Vec<Channel>, Fault>;
    /// Up to `limit` channels, of one platform if it is named, with ids below `before`, newest first.
    fn page(
        &mut self,
        workspace: WorkspaceId,
        platform: Option<Platform>,
        before: Option<ChannelId>,
        limit: usize,
    ) -> Result<Vec<Channel>, Fault>;
}

/// Channels inside a unit of work.
pub trait Channels: ReadChannels {
    /// The channel, locked for the rest of the unit.
    fn lock(&mut self, workspace: WorkspaceId, id: ChannelId) -> Result<Option<Channel>, Fault>;
    /// Adds a channel.
    fn add(&mut self, channel: &Channel) -> Result<(), Fault>;
    /// Stores all of a locked channel but its id, workspace, platform, connector and time of creation.
    fn save(&mut self, channel: &Channel) -> Result<(), Fault>;
}

/// By what a platform knows a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformReference {
    /// Through which channel it went or came.
    pub channel: ChannelId,
    /// The platform's reference; within a channel it leads to one message.
    pub reference: Reference,
    /// The message.
    pub message: MessageId,
    /// Its conversation.
    pub conversation: ConversationId,
}

/// What waits to be handed over, and references, as they stand in one snapshot.
pub trait ReadOutbox {
    /// The entry of a message, if it waits.
    fn find(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Option<Outbound>, Fault>;
    /// When the next message of any workspace is to be tried.
    fn next_due(&mut self) -> Result<Option<Timestamp>, Fault>;
    /// Those of the references that a channel knows, in no particular order: one statement.
    fn find_references(
        &mut self,
        workspace: WorkspaceId,
        channel: ChannelId,
        references: &[Reference],
    ) -> Result<Vec<PlatformReference>, Fault>;
    /// Up to `limit` references of a conversation's messages before `below`, the newest message first.
    fn references_of(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        below: MessageId,
        limit: usize,
    ) -> Result<Vec<PlatformReference>, Fault>;
}

/// What waits to be handed over, and references, inside a unit of work. What hangs on a message goes with it
/// when it is purged.
pub trait Outbox: ReadOutbox {
    /// Adds entries: one statement for all.
    fn add(&mut self, all: &[Outbound]) -> Result<(), Fault>;
    /// Up to `limit` entries of any workspace that are to be tried at `now`, locked for the rest of the unit, in
    /// the order of their times and messages; those that another unit holds are left out.
    fn lock_due(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Outbound>, Fault>;
    /// The entry of a message, locked for the rest of the unit.
    fn lock(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Option<Outbound>, Fault>;
    /// Stores tries and time of a locked entry.
    fn save(&mut self, entry: &Outbound) -> Result<(), Fault>;
    /// Takes a locked entry out.
    fn erase(&mut self, workspace: WorkspaceId, message: MessageId) -> Result<(), Fault>;
    /// Adds a reference. [`Fault::Contended`] when the channel knows it already.
    fn add_reference(
        &mut self,
        workspace: WorkspaceId,
        reference: &PlatformReference,
    ) -> Result<(), Fault>;
}

/// What all nodes of an installation agree on, by name.
pub trait ReadInstallation {
    /// The value with this name.
    fn find(&mut self, name: &'static str) -> Result<Option<Vec<u8>>, Fault>;
}

/// The same inside a unit of work.
pub trait Installation: ReadInstallation {
    /// Adds a value. [`Fault::Contended`] when there is one.
    fn add(&mut self, name: &'static str, value: &[u8]) -> Result<(), Fault>;
}

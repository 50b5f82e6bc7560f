//! Rows as they are written: domain values taken apart into columns.
//!
//! The same struct inserts and updates; keys are never updated. Reading is [`row`](crate::row)'s
//! business.

#![expect(
    clippy::ref_option_ref,
    reason = "diesel's derives borrow every member, also those that are borrowed already"
)]

mod channels;
mod desk;
mod library;
mod message;

use causerie_core::port::{Advance, ReadAdvance};
use causerie_core::text::{AvatarUrl, Description, DisplayName, ExternalId, Title};
use causerie_core::{
    ApiKey, ChannelId, Conversation, Fault, Member, Participant, ParticipantId, Priority,
    Timestamp, Workspace,
};
use diesel::prelude::*;

use crate::schema::{api_key, conversation, conversation_number, member, participant, workspace};

pub(crate) use channels::{NewChannel, NewIdentifier, NewOutbound, NewPlatformReference};
pub(crate) use desk::{NewBalance, NewLedgerEntry, NewScheduled, NewTemplate};
pub(crate) use library::{NewKeptFile, NewMedia};
pub(crate) use message::{
    MessageDelivery, NewMark, NewMessage, NewMessageTag, NewReaction, NewRecipient, NewRevision,
    NewTag, RevisedMessage,
};

fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::unix_micros)
}

/// A number as it is stored; one that is too high for that is a fault, not a smaller number.
fn number(what: &'static str, number: u64) -> Result<i64, Fault> {
    number
        .try_into()
        .map_err(|_| Fault::unavailable(format!("{what} is too high to be stored")))
}

/// A count as it is stored; one that is too high for that is a fault, not a smaller number.
fn count(what: &'static str, number: impl TryInto<i32>) -> Result<i32, Fault> {
    number
        .try_into()
        .map_err(|_| Fault::unavailable(format!("{what} is too high to be stored")))
}

#[derive(Insertable)]
#[diesel(table_name = workspace, treat_none_as_default_value = false)]
pub(crate) struct NewWorkspace<'a> {
    id: [u8; 16],
    name: &'a str,
    root: bool,
    settings: String,
    created_at: i64,
    plan: String,
}

impl<'a> From<&'a Workspace> for NewWorkspace<'a> {
    fn from(workspace: &'a Workspace) -> Self {
        Self {
            id: workspace.id.to_bytes(),
            name: workspace.name.as_str(),
            root: workspace.root,
            settings: workspace.settings.to_stored(),
            created_at: workspace.created_at.unix_micros(),
            plan: workspace.plan.to_stored(),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = api_key, treat_none_as_default_value = false)]
pub(crate) struct NewApiKey<'a> {
    id: [u8; 16],
    workspace_id: [u8; 16],
    name: &'a str,
    hash: &'a str,
    scopes: String,
    participant_id: Option<[u8; 16]>,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    last_used_at: Option<i64>,
}

impl<'a> From<&'a ApiKey> for NewApiKey<'a> {
    fn from(key: &'a ApiKey) -> Self {
        Self {
            id: key.id.to_bytes(),
            workspace_id: key.workspace.to_bytes(),
            name: key.name.as_str(),
            hash: key.hash.as_str(),
            scopes: key.scopes.to_string(),
            participant_id: key.participant.map(ParticipantId::to_bytes),
            created_at: key.created_at.unix_micros(),
            expires_at: micros(key.expires_at),
            revoked_at: micros(key.revoked_at),
            last_used_at: micros(key.last_used_at),
        }
    }
}

#[derive(AsChangeset, Insertable)]
#[diesel(table_name = participant, primary_key(workspace_id, id))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct NewParticipant<'a> {
    workspace_id: [u8; 16],
    id: [u8; 16],
    external_id: Option<&'a str>,
    kind: i16,
    display_name: &'a str,
    metadata: &'a str,
    archived_at: Option<i64>,
    #[diesel(skip_update)]
    created_at: i64,
    updated_at: i64,
    identifiers: String,
    profile: String,
    merged_into: Option<[u8; 16]>,
}

impl<'a> From<&'a Participant> for NewParticipant<'a> {
    fn from(participant: &'a Participant) -> Self {
        Self {
            workspace_id: participant.workspace.to_bytes(),
            id: participant.id.to_bytes(),
            external_id: participant.external_id.as_ref().map(ExternalId::as_str),
            kind: participant.kind.number(),
            display_name: participant.display_name.as_str(),
            metadata: participant.metadata.as_str(),
            archived_at: micros(participant.archived_at),
            created_at: participant.created_at.unix_micros(),
            updated_at: participant.updated_at.unix_micros(),
            identifiers: participant.identifiers.to_stored(),
            profile: participant.profile.to_stored(),
            merged_into: participant.merged_into.map(ParticipantId::to_bytes),
        }
    }
}

#[derive(AsChangeset, Insertable)]
#[diesel(table_name = conversation, primary_key(workspace_id, id))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct NewConversation<'a> {
    workspace_id: [u8; 16],
    id: [u8; 16],
    #[diesel(skip_update)]
    kind: i16,
    title: Option<&'a str>,
    description: Option<&'a str>,
    status: i16,
    metadata: &'a str,
    direct: Option<[u8; 32]>,
    last_seq: i64,
    member_count: i32,
    last_message_at: Option<i64>,
    activity_at: i64,
    #[diesel(skip_update)]
    created_at: i64,
    updated_at: i64,
    deleted_at: Option<i64>,
    #[diesel(skip_update)]
    number: i64,
    public_count: i64,
    public_seq: i64,
    public_at: Option<i64>,
    marked_seq: i64,
    #[diesel(skip_update)]
    channel_id: Option<[u8; 16]>,
    thread: Option<[u8; 32]>,
    assignee_id: Option<[u8; 16]>,
    labels: String,
    priority: Option<i16>,
    snoozed_until: Option<i64>,
    avatar_url: Option<&'a str>,
}

impl<'a> TryFrom<&'a Conversation> for NewConversation<'a> {
    type Error = Fault;

    fn try_from(conversation: &'a Conversation) -> Result<Self, Fault> {
        Ok(Self {
            workspace_id: conversation.workspace.to_bytes(),
            id: conversation.id.to_bytes(),
            kind: conversation.kind.number(),
            title: conversation.title.as_ref().map(Title::as_str),
            description: conversation.description.as_ref().map(Description::as_str),
            status: conversation.status.number(),
            metadata: conversation.metadata.as_str(),
            direct: conversation.direct.map(causerie_core::DirectKey::to_bytes),
            last_seq: conversation.last_seq.stored(),
            member_count: count("a count of members", conversation.member_count)?,
            last_message_at: micros(conversation.last_message_at),
            activity_at: conversation.activity_at().unix_micros(),
            created_at: conversation.created_at.unix_micros(),
            updated_at: conversation.updated_at.unix_micros(),
            deleted_at: micros(conversation.deleted_at),
            number: number("the number of a conversation", conversation.number)?,
            public_count: number("a count of messages", conversation.public_count)?,
            public_seq: conversation.public_seq.stored(),
            public_at: micros(conversation.public_at),
            marked_seq: conversation.marked_seq.stored(),
            channel_id: conversation.channel.map(ChannelId::to_bytes),
            thread: conversation.thread.map(|key| key.0),
            assignee_id: conversation.assignee.map(ParticipantId::to_bytes),
            labels: conversation.labels.to_stored(),
            priority: conversation.priority.map(Priority::number),
            snoozed_until: micros(conversation.snoozed_until),
            avatar_url: conversation.avatar_url.as_ref().map(AvatarUrl::as_str),
        })
    }
}

#[derive(AsChangeset, Insertable)]
#[diesel(table_name = member, primary_key(conversation_id, participant_id))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct NewMember<'a> {
    pub(crate) conversation_id: [u8; 16],
    pub(crate) participant_id: [u8; 16],
    #[diesel(skip_update)]
    pub(crate) workspace_id: [u8; 16],
    pub(crate) role: i16,
    pub(crate) display_name: Option<&'a str>,
    pub(crate) read_seq: i64,
    pub(crate) read_at: Option<i64>,
    pub(crate) muted_at: Option<i64>,
    pub(crate) joined_at: i64,
    pub(crate) left_at: Option<i64>,
    pub(crate) read_public: i64,
    pub(crate) delivered_seq: i64,
    pub(crate) delivered_at: Option<i64>,
    pub(crate) pinned_at: Option<i64>,
    pub(crate) archived_at: Option<i64>,
}

impl<'a> TryFrom<&'a Member> for NewMember<'a> {
    type Error = Fault;

    fn try_from(member: &'a Member) -> Result<Self, Fault> {
        Ok(Self {
            conversation_id: member.conversation.to_bytes(),
            participant_id: member.participant.to_bytes(),
            workspace_id: member.workspace.to_bytes(),
            role: member.role.number(),
            display_name: member.display_name.as_ref().map(DisplayName::as_str),
            read_seq: member.read_seq.stored(),
            read_at: micros(member.read_at),
            muted_at: micros(member.muted_at),
            joined_at: member.joined_at.unix_micros(),
            left_at: micros(member.left_at),
            read_public: number("a count of messages", member.read_public)?,
            delivered_seq: member.delivered_seq.stored(),
            delivered_at: micros(member.delivered_at),
            pinned_at: micros(member.pinned_at),
            archived_at: micros(member.archived_at),
        })
    }
}

/// By what number a conversation is found.
#[derive(Insertable)]
#[diesel(table_name = conversation_number)]
pub(crate) struct NewConversationNumber {
    workspace_id: [u8; 16],
    number: i64,
    conversation_id: [u8; 16],
}

impl TryFrom<&Conversation> for NewConversationNumber {
    type Error = Fault;

    fn try_from(conversation: &Conversation) -> Result<Self, Fault> {
        Ok(Self {
            workspace_id: conversation.workspace.to_bytes(),
            number: number("the number of a conversation", conversation.number)?,
            conversation_id: conversation.id.to_bytes(),
        })
    }
}

/// How far a conversation moves.
pub(crate) struct ConversationMove {
    pub(crate) id: [u8; 16],
    pub(crate) last_seq: i64,
    pub(crate) last_message_at: i64,
    pub(crate) public_count: i64,
    pub(crate) public_seq: i64,
    pub(crate) public_at: Option<i64>,
}

impl TryFrom<&Advance> for ConversationMove {
    type Error = Fault;

    fn try_from(to: &Advance) -> Result<Self, Fault> {
        Ok(Self {
            id: to.conversation.to_bytes(),
            last_seq: to.last_seq.stored(),
            last_message_at: to.last_message_at.unix_micros(),
            public_count: number("a count of messages", to.public_count)?,
            public_seq: to.public_seq.stored(),
            public_at: micros(to.public_at),
        })
    }
}

/// How far a member's watermarks move.
pub(crate) struct ReadMove {
    pub(crate) conversation_id: [u8; 16],
    pub(crate) participant_id: [u8; 16],
    pub(crate) read_seq: i64,
    pub(crate) read_public: i64,
    pub(crate) read_at: i64,
}

impl TryFrom<&ReadAdvance> for ReadMove {
    type Error = Fault;

    fn try_from(to: &ReadAdvance) -> Result<Self, Fault> {
        Ok(Self {
            conversation_id: to.conversation.to_bytes(),
            participant_id: to.participant.to_bytes(),
            read_seq: to.read_seq.stored(),
            read_public: number("a count of messages", to.read_public)?,
            read_at: to.read_at.unix_micros(),
        })
    }
}

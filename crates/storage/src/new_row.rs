//! Rows as they are written: domain values taken apart into columns.
//!
//! The same struct inserts and updates; keys are never updated. Reading is [`row`](crate::row)'s
//! business.

#![expect(
    clippy::ref_option_ref,
    reason = "diesel's derives borrow every member, also those that are borrowed already"
)]

use causerie_core::text::{Description, DisplayName, ExternalId, Reference, Title};
use causerie_core::{
    ApiKey, Conversation, Fault, Member, Message, Participant, Revision, Timestamp, Workspace,
};
use diesel::prelude::*;

use crate::schema::{
    api_key, conversation, member, message, message_revision, participant, workspace,
};

fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::unix_micros)
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
}

impl<'a> From<&'a Workspace> for NewWorkspace<'a> {
    fn from(workspace: &'a Workspace) -> Self {
        Self {
            id: workspace.id.to_bytes(),
            name: workspace.name.as_str(),
            root: workspace.root,
            settings: workspace.settings.to_stored(),
            created_at: workspace.created_at.unix_micros(),
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
            participant_id: key.participant.map(causerie_core::ParticipantId::to_bytes),
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
}

impl<'a> From<&'a Member> for NewMember<'a> {
    fn from(member: &'a Member) -> Self {
        Self {
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
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = message, treat_none_as_default_value = false)]
pub(crate) struct NewMessage<'a> {
    pub(crate) conversation_id: [u8; 16],
    pub(crate) seq: i64,
    pub(crate) id: [u8; 16],
    pub(crate) workspace_id: [u8; 16],
    pub(crate) sender_id: [u8; 16],
    pub(crate) kind: i16,
    pub(crate) text: &'a str,
    pub(crate) reply_to: Option<[u8; 16]>,
    pub(crate) metadata: &'a str,
    pub(crate) reference: Option<&'a str>,
    pub(crate) revision_count: i32,
    pub(crate) created_at: i64,
    pub(crate) edited_at: Option<i64>,
    pub(crate) deleted_at: Option<i64>,
}

impl<'a> TryFrom<&'a Message> for NewMessage<'a> {
    type Error = Fault;

    fn try_from(message: &'a Message) -> Result<Self, Fault> {
        Ok(Self {
            conversation_id: message.conversation.to_bytes(),
            seq: message.seq.stored(),
            id: message.id.to_bytes(),
            workspace_id: message.workspace.to_bytes(),
            sender_id: message.sender.to_bytes(),
            kind: message.kind.number(),
            text: message.text.as_str(),
            reply_to: message.reply_to.map(causerie_core::MessageId::to_bytes),
            metadata: message.metadata.as_str(),
            reference: message.reference.as_ref().map(Reference::as_str),
            revision_count: count("a count of revisions", message.revision_count)?,
            created_at: message.created_at.unix_micros(),
            edited_at: micros(message.edited_at),
            deleted_at: micros(message.deleted_at),
        })
    }
}

/// What a revision changes of a message.
#[derive(AsChangeset)]
#[diesel(table_name = message, treat_none_as_null = true)]
pub(crate) struct RevisedMessage<'a> {
    text: &'a str,
    metadata: &'a str,
    revision_count: i32,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
}

impl<'a> TryFrom<&'a Message> for RevisedMessage<'a> {
    type Error = Fault;

    fn try_from(message: &'a Message) -> Result<Self, Fault> {
        Ok(Self {
            text: message.text.as_str(),
            metadata: message.metadata.as_str(),
            revision_count: count("a count of revisions", message.revision_count)?,
            edited_at: micros(message.edited_at),
            deleted_at: micros(message.deleted_at),
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = message_revision, treat_none_as_default_value = false)]
pub(crate) struct NewRevision<'a> {
    message_id: [u8; 16],
    number: i32,
    workspace_id: [u8; 16],
    text: &'a str,
    metadata: &'a str,
    replaced_at: i64,
}

impl<'a> NewRevision<'a> {
    /// An earlier state of a message.
    pub(crate) fn of(message: &Message, earlier: &'a Revision) -> Result<Self, Fault> {
        Ok(Self {
            message_id: earlier.message.to_bytes(),
            number: count("the number of a revision", earlier.number)?,
            workspace_id: message.workspace.to_bytes(),
            text: earlier.text.as_str(),
            metadata: earlier.metadata.as_str(),
            replaced_at: earlier.replaced_at.unix_micros(),
        })
    }
}

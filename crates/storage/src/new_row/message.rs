//! Rows of messages and of what hangs on them, as they are written.

use causerie_core::contact::Identifier;
use causerie_core::delivery::{Delivery, Failure, Recipient};
use causerie_core::reaction::Reaction;
use causerie_core::receipt::Mark;
use causerie_core::tag::Tag;
use causerie_core::template::TemplateUse;
use causerie_core::text::Reference;
use causerie_core::{Content, DeleteMode, Fault, Message, Revision};
use diesel::prelude::*;

use super::{count, micros, number};
use crate::schema::{
    message, message_recipient, message_revision, message_tag, reaction, receipt_mark, tag,
};

/// A new message; its number is given by the dialect.
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
    pub(crate) direction: i16,
    pub(crate) visibility: i16,
    pub(crate) public_count: i64,
    pub(crate) content_type: i16,
    pub(crate) content: Option<&'a str>,
    pub(crate) tags: String,
    pub(crate) source_id: Option<&'a str>,
    pub(crate) echo_id: Option<&'a str>,
    pub(crate) template: Option<String>,
    pub(crate) delivery_status: i16,
    pub(crate) failure: Option<String>,
    pub(crate) status_at: i64,
    pub(crate) reply_count: i32,
    pub(crate) public_reply_count: i32,
    pub(crate) reactions: String,
    pub(crate) delete_mode: Option<i16>,
    pub(crate) attachments: String,
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
            direction: message.direction.number(),
            visibility: message.visibility.number(),
            public_count: number("a count of messages", message.public_count)?,
            content_type: message.content_type.number(),
            content: message.content.as_ref().map(Content::as_str),
            tags: message.tags.to_stored(),
            source_id: message.source_id.as_ref().map(Reference::as_str),
            echo_id: message.echo_id.as_ref().map(Reference::as_str),
            template: message.template.as_ref().map(TemplateUse::to_stored),
            delivery_status: message.delivery.status.number(),
            failure: message.delivery.failure.as_ref().map(Failure::to_stored),
            status_at: message.delivery.at.unix_micros(),
            reply_count: count("a count of answers", message.reply_count)?,
            public_reply_count: count("a count of answers", message.public_reply_count)?,
            reactions: message.reactions.to_stored(),
            delete_mode: message.delete_mode.map(DeleteMode::number),
            attachments: message.attachments.to_stored(),
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
    content_type: i16,
    content: Option<&'a str>,
    tags: String,
    template: Option<String>,
    reactions: String,
    delete_mode: Option<i16>,
    attachments: String,
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
            content_type: message.content_type.number(),
            content: message.content.as_ref().map(Content::as_str),
            tags: message.tags.to_stored(),
            template: message.template.as_ref().map(TemplateUse::to_stored),
            reactions: message.reactions.to_stored(),
            delete_mode: message.delete_mode.map(DeleteMode::number),
            attachments: message.attachments.to_stored(),
        })
    }
}

/// How far a message has come.
#[derive(AsChangeset)]
#[diesel(table_name = message, treat_none_as_null = true)]
pub(crate) struct MessageDelivery {
    delivery_status: i16,
    failure: Option<String>,
    status_at: i64,
}

impl From<&Delivery> for MessageDelivery {
    fn from(delivery: &Delivery) -> Self {
        Self {
            delivery_status: delivery.status.number(),
            failure: delivery.failure.as_ref().map(Failure::to_stored),
            status_at: delivery.at.unix_micros(),
        }
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
    content_type: i16,
    content: Option<&'a str>,
    attachments: String,
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
            content_type: earlier.content_type.number(),
            content: earlier.content.as_ref().map(Content::as_str),
            attachments: earlier.attachments.to_stored(),
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = tag)]
pub(crate) struct NewTag<'a> {
    pub(crate) workspace_id: [u8; 16],
    pub(crate) name: &'a str,
    pub(crate) id: [u8; 16],
    pub(crate) created_at: i64,
}

impl<'a> From<&'a Tag> for NewTag<'a> {
    fn from(tag: &'a Tag) -> Self {
        Self {
            workspace_id: tag.workspace.to_bytes(),
            name: tag.name.as_str(),
            id: tag.id.to_bytes(),
            created_at: tag.created_at.unix_micros(),
        }
    }
}

/// That a message bears a tag.
#[derive(Insertable)]
#[diesel(table_name = message_tag)]
pub(crate) struct NewMessageTag<'a> {
    pub(crate) workspace_id: [u8; 16],
    pub(crate) tag: &'a str,
    pub(crate) message_id: [u8; 16],
    pub(crate) conversation_id: [u8; 16],
    pub(crate) seq: i64,
}

impl<'a> NewMessageTag<'a> {
    /// All tags of a message.
    pub(crate) fn all(message: &'a Message) -> impl Iterator<Item = Self> {
        message.tags.iter().map(|tag| Self {
            workspace_id: message.workspace.to_bytes(),
            tag: tag.as_str(),
            message_id: message.id.to_bytes(),
            conversation_id: message.conversation.to_bytes(),
            seq: message.seq.stored(),
        })
    }
}

#[derive(Insertable)]
#[diesel(table_name = reaction)]
pub(crate) struct NewReaction<'a> {
    message_id: [u8; 16],
    participant_id: [u8; 16],
    name: &'a str,
    id: [u8; 16],
    workspace_id: [u8; 16],
    conversation_id: [u8; 16],
    seq: i64,
    created_at: i64,
}

impl<'a> From<&'a Reaction> for NewReaction<'a> {
    fn from(reaction: &'a Reaction) -> Self {
        Self {
            message_id: reaction.message.to_bytes(),
            participant_id: reaction.participant.to_bytes(),
            name: reaction.name.as_str(),
            id: reaction.id.to_bytes(),
            workspace_id: reaction.workspace.to_bytes(),
            conversation_id: reaction.conversation.to_bytes(),
            seq: reaction.seq.stored(),
            created_at: reaction.created_at.unix_micros(),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = receipt_mark)]
pub(crate) struct NewMark {
    conversation_id: [u8; 16],
    participant_id: [u8; 16],
    kind: i16,
    seq: i64,
    workspace_id: [u8; 16],
    at: i64,
    leads: bool,
}

impl From<&Mark> for NewMark {
    fn from(mark: &Mark) -> Self {
        Self {
            conversation_id: mark.conversation.to_bytes(),
            participant_id: mark.participant.to_bytes(),
            kind: mark.kind.number(),
            seq: mark.seq.stored(),
            workspace_id: mark.workspace.to_bytes(),
            at: mark.at.unix_micros(),
            leads: mark.leads,
        }
    }
}

#[derive(AsChangeset, Insertable)]
#[diesel(table_name = message_recipient, primary_key(message_id, participant_id))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct NewRecipient {
    message_id: [u8; 16],
    participant_id: [u8; 16],
    #[diesel(skip_update)]
    workspace_id: [u8; 16],
    status: i16,
    failure: Option<String>,
    status_at: i64,
    role: i16,
    reached_by: Option<String>,
}

impl From<&Recipient> for NewRecipient {
    fn from(recipient: &Recipient) -> Self {
        Self {
            message_id: recipient.message.to_bytes(),
            participant_id: recipient.participant.to_bytes(),
            workspace_id: recipient.workspace.to_bytes(),
            status: recipient.delivery.status.number(),
            failure: recipient.delivery.failure.as_ref().map(Failure::to_stored),
            status_at: recipient.delivery.at.unix_micros(),
            role: recipient.role.number(),
            reached_by: recipient.reached_by.as_ref().map(Identifier::to_stored),
        }
    }
}

//! What is shown of what others do with a message: react, receive, read.
//!
//! Times come from the core as they are known.

use causerie_core::delivery::Recipient;
use causerie_core::reaction::Reaction;
use causerie_core::receipt::Receipt;
use causerie_core::{ConversationId, MessageId, ParticipantId, ReactionId};
use serde::Serialize;
use utoipa::ToSchema;

use super::message::FailureView;
use super::{Time, time};
use crate::native::vocabulary;
use crate::reply::Shown;

/// A participant's reaction to a message.
#[derive(Serialize, ToSchema)]
#[schema(as = Reaction)]
pub(crate) struct ReactionView<'a> {
    #[schema(value_type = String, example = "react_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    id: Shown<ReactionId>,
    #[schema(value_type = String, example = "conv_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    conversation_id: Shown<ConversationId>,
    #[schema(value_type = String, example = "msg_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    message_id: Shown<MessageId>,
    #[schema(value_type = String, example = "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    participant_id: Shown<ParticipantId>,
    #[schema(example = "👍")]
    name: &'a str,
    #[schema(value_type = String, format = DateTime)]
    created_at: Time,
}

impl<'a> ReactionView<'a> {
    pub(crate) fn of(reaction: &'a Reaction) -> Self {
        Self {
            id: Shown(reaction.id),
            conversation_id: Shown(reaction.conversation),
            message_id: Shown(reaction.message),
            participant_id: Shown(reaction.participant),
            name: reaction.name.as_str(),
            created_at: Shown(reaction.created_at),
        }
    }
}

/// What a member has of a message.
#[derive(Serialize, ToSchema)]
#[schema(as = Receipt)]
pub(crate) struct ReceiptView {
    #[schema(value_type = String, example = "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    participant_id: Shown<ParticipantId>,
    /// Null as long as it has not reached them.
    #[schema(value_type = Option<String>, format = DateTime)]
    delivered_at: Option<Time>,
    /// Null as long as they have not read it.
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Time>,
}

impl ReceiptView {
    pub(crate) fn of(receipt: &Receipt) -> Self {
        Self {
            participant_id: Shown(receipt.participant),
            delivered_at: time(receipt.delivered_at),
            read_at: time(receipt.read_at),
        }
    }
}

/// How far a message has come to one of those it is for.
#[derive(Serialize, ToSchema)]
#[schema(as = Recipient)]
pub(crate) struct RecipientView<'a> {
    #[schema(value_type = String, example = "part_01J9ZK6QW8T2V4X6Y8Z0A2C4E6")]
    participant_id: Shown<ParticipantId>,
    /// How they are addressed.
    #[schema(value_type = vocabulary::ReceiverRole, example = "to")]
    r#type: &'static str,
    #[schema(value_type = vocabulary::DeliveryStatus, example = "delivered")]
    status: &'static str,
    /// Why it came no further, if it failed.
    failure: Option<FailureView<'a>>,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    at: Time,
}

impl<'a> RecipientView<'a> {
    pub(crate) fn of(recipient: &'a Recipient) -> Self {
        let delivery = &recipient.delivery;
        Self {
            participant_id: Shown(recipient.participant),
            r#type: recipient.role.as_str(),
            status: delivery.status.as_str(),
            failure: delivery.failure.as_ref().map(FailureView::of),
            at: Shown(delivery.at),
        }
    }
}

//! The closed vocabularies as the document shows them: the core's own words, nothing written twice.
//!
//! Stand for texts in wire types; no value is ever of these types.

use causerie_core as core;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! vocabularies {
    ($($name:ident: $words:expr;)+) => {$(
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some($words))
                    .into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

vocabularies! {
    ParticipantKind: core::ParticipantKind::ALL.iter().map(|word| word.as_str());
    ConversationKind: core::ConversationKind::ALL.iter().map(|word| word.as_str());
    ConversationStatus: core::Status::ALL.iter().map(|word| word.as_str());
    ConversationPriority: core::Priority::ALL.iter().map(|word| word.as_str());
    ChannelPlatform: core::channel::Platform::ALL.iter().map(|word| word.as_str());
    ChannelStatus: core::channel::ChannelStatus::ALL.iter().map(|word| word.as_str());
    MailSecurity: core::channel::MailSecurity::ALL.iter().map(|word| word.as_str());
    ReceiverRole: core::outbound::ReceiverRole::ALL.iter().map(|word| word.as_str());
    MemberRole: core::Role::ALL.iter().map(|word| word.as_str());
    MessageType: core::MessageKind::ALL.iter().map(|word| word.as_str());
    MessageDirection: core::Direction::ALL.iter().map(|word| word.as_str());
    ContentType: core::ContentType::ALL.iter().map(|word| word.as_str());
    DeliveryStatus: core::delivery::DeliveryStatus::ALL.iter().map(|word| word.as_str());
    FailureStage: core::delivery::FailureStage::ALL.iter().map(|word| word.as_str());
    DeleteMode: core::DeleteMode::ALL.iter().map(|word| word.as_str());
    PaidOperation: core::balance::Operation::ALL.iter().map(|word| word.as_str());
    EventTopic: core::Topic::ALL.iter().map(|word| word.as_str());
    MediaKind: core::media::AttachmentKind::ALL.iter().map(|word| word.as_str());
    MediaStatus: core::media::MediaStatus::ALL.iter().map(|word| word.as_str());
    MediaPreset: core::media::Preset::ALL.iter().map(|word| word.as_str());
    UploadMethod: ["PUT", "POST"];
    ListOrder: core::page::Order::ALL.iter().map(|word| word.as_str());
    Scope: ["messaging:read", "messaging:write", "messaging:*", "admin", "*"];
}

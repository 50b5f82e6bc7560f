//! Every "no" the domain can say: one table of codes.
//!
//! A code, once released, never changes. How a refusal looks on the wire is decided by each surface.

use crate::conversation::Status;
use crate::delivery::DeliveryStatus;
use crate::fault::Fault;
use crate::invalid::Violation;
use crate::key::Scope;
use crate::words::words;

words! {
    /// What sort of "no" a refusal is.
    Kind {
        /// The caller is not known.
        Unauthenticated = 1, "unauthenticated";
        /// The caller is known and may not.
        Forbidden = 2, "forbidden";
        /// There is no such thing in this workspace.
        NotFound = 3, "not_found";
        /// The command makes no sense.
        Invalid = 4, "invalid";
        /// The command makes sense, but not in the present state.
        Conflict = 5, "conflict";
        /// The caller believes in another state than the present one.
        Stale = 6, "stale";
        /// The balance does not suffice.
        Unpaid = 7, "unpaid";
        /// There is no room for so much.
        TooLarge = 8, "too_large";
    }
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident $({ $($(#[$fdoc:meta])* $field:ident: $type:ty),+ $(,)? })? = $kind:ident, $code:literal, $meaning:literal;)+) => {
        /// Why the domain refused a command. Nothing was changed.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Refusal { $($(#[$doc])* $name $({ $($(#[$fdoc])* $field: $type),+ })?,)+ }

        impl Refusal {
            /// Every code with its kind and meaning, in the order of the documentation.
            pub const TABLE: &'static [(&'static str, Kind, &'static str)] =
                &[$(($code, Kind::$kind, $meaning),)+];

            /// The stable code.
            pub const fn code(&self) -> &'static str {
                match self { $(Self::$name $({ $($field: _),+ })? => $code,)+ }
            }

            /// What sort of "no" it is.
            pub const fn kind(&self) -> Kind {
                match self { $(Self::$name $({ $($field: _),+ })? => Kind::$kind,)+ }
            }

            /// What the code means, whatever the case: a sentence that tells the reader what to do.
            pub const fn meaning(&self) -> &'static str {
                match self { $(Self::$name $({ $($field: _),+ })? => $meaning,)+ }
            }
        }
    };
}

refusals! {
    /// The key does not read as a key.
    KeyMalformed = Unauthenticated, "key_malformed",
        "The API key is mistyped or cut off: its checksum does not match. Copy it again.";
    /// No key has this id, or its secret is another.
    KeyUnknown = Unauthenticated, "key_unknown",
        "No such API key exists. Create one with `causerie key create`.";
    /// The key was revoked.
    KeyRevoked = Unauthenticated, "key_revoked",
        "The API key was revoked. Use another one.";
    /// The key has expired.
    KeyExpired = Unauthenticated, "key_expired",
        "The API key has expired. Use the one that replaced it.";
    /// The key lacks a scope.
    ScopeMissing {
        /// The scope that would do.
        scope: Scope,
    } = Forbidden, "scope_missing",
        "The API key lacks the scope that this operation needs. Use a key that has it.";
    /// The caller, or the participant it acts as, may not do this to this thing.
    NotAllowed = Forbidden, "not_allowed",
        "This participant may not do that. Act as the sender, as an owner or admin of the conversation, or with a key that is not bound to a participant.";
    /// A key bound to a participant named another one.
    BoundElsewhere = Forbidden, "bound_elsewhere",
        "The API key is bound to another participant and may act as that one only.";
    /// The sender is not a member.
    NotAMember = Forbidden, "not_a_member",
        "The participant is not a member of the conversation. Add it first.";
    /// The sender may only read.
    ReadOnlyMember = Forbidden, "read_only_member",
        "The participant may only read in this conversation. Give it a role that writes.";
    /// No such workspace.
    WorkspaceNotFound = NotFound, "workspace_not_found",
        "There is no such workspace.";
    /// No such key.
    KeyNotFound = NotFound, "key_not_found",
        "There is no such API key in this workspace.";
    /// No such participant.
    ParticipantNotFound = NotFound, "participant_not_found",
        "There is no such participant in this workspace.";
    /// No such conversation.
    ConversationNotFound = NotFound, "conversation_not_found",
        "There is no such conversation in this workspace.";
    /// No such member.
    MemberNotFound = NotFound, "member_not_found",
        "The participant is not a member of this conversation.";
    /// No such message.
    MessageNotFound = NotFound, "message_not_found",
        "There is no such message in this conversation.";
    /// Values that cannot be.
    Invalid {
        /// Each value, with its place.
        violations: Vec<Violation>,
    } = Invalid, "validation_failed",
        "Some values are not acceptable. See `errors` for each of them.";
    /// The external id belongs to another participant.
    ExternalIdTaken = Conflict, "external_id_taken",
        "Another participant of this workspace has this external id. Update that one, or choose another id.";
    /// The key has ended.
    KeyEnded = Conflict, "key_ended",
        "The API key is revoked or expired and cannot be rotated. Create a new one.";
    /// The participant takes part no more.
    ParticipantArchived = Conflict, "participant_archived",
        "The participant is archived and takes part in nothing new.";
    /// The participant is a member already.
    AlreadyMember = Conflict, "already_member",
        "The participant is a member of this conversation already.";
    /// The conversation is full.
    MembersFull {
        /// The limit of the workspace.
        members_max: usize,
    } = Conflict, "members_full",
        "The conversation has as many members as the workspace allows.";
    /// A direct conversation's members never change.
    DirectMembersFixed = Conflict, "direct_members_fixed",
        "The members of a direct conversation never change. Create a group instead.";
    /// Nobody sends now.
    ConversationNotOpen {
        /// What it is instead.
        status: Status,
    } = Conflict, "conversation_not_open",
        "The conversation is archived or closed. Reopen it before sending.";
    /// The status cannot be reached from the present one.
    StatusConflict {
        /// The present status.
        from: Status,
        /// The one asked for.
        to: Status,
    } = Conflict, "status_conflict",
        "An archived conversation can only be reopened, and a closed one cannot be archived. Reopen it first.";
    /// The message is a tombstone.
    MessageDeleted = Conflict, "message_deleted",
        "The message was deleted and can be changed no more.";
    /// The same idempotency key, another request.
    IdempotencyKeyReused = Conflict, "idempotency_key_reused",
        "The same Idempotency-Key was used for another request within 24 hours. Use a new key.";
    /// The answer of the first request was erased.
    AnswerErased = Conflict, "answer_erased",
        "The request was made before, and its answer was erased with the message that it showed. Nothing was done again.";
    /// The edit window has closed.
    EditWindowClosed {
        /// How long after sending a message may be edited.
        edit_window_s: u64,
    } = Conflict, "edit_window_closed",
        "The message is too old to be edited: the workspace's `edit_window_s` has passed.";
    /// The step leads back, or on from an end.
    DeliveryConflict {
        /// The present status.
        from: DeliveryStatus,
        /// The one asked for.
        to: DeliveryStatus,
    } = Conflict, "delivery_conflict",
        "The delivery status cannot be reached from the present one. Read the message again, then decide.";
    /// The same reaction by the same participant.
    AlreadyReacted = Conflict, "already_reacted",
        "The participant has this reaction to the message already.";
    /// Too many different reactions.
    ReactionsFull = Conflict, "reactions_full",
        "The message has as many different reactions as it can have. Use one of those.";
    /// The workspace does without reactions.
    ReactionsOff = Forbidden, "reactions_off",
        "The workspace allows no reactions. Switch on its setting `reactions`.";
    /// No such reaction.
    ReactionNotFound = NotFound, "reaction_not_found",
        "There is no such reaction to this message.";
    /// No such template.
    TemplateNotFound = NotFound, "template_not_found",
        "There is no such template in this workspace.";
    /// Project, version and locale are taken.
    TemplateExists = Conflict, "template_exists",
        "The workspace has a template of this project, version and locale. Templates never change: create a new version.";
    /// No such scheduled message.
    ScheduledNotFound = NotFound, "scheduled_message_not_found",
        "There is no such scheduled message in this workspace.";
    /// The scheduled message was sent.
    AlreadySent = Conflict, "already_sent",
        "The scheduled message was sent already and can be changed or canceled no more. Edit or delete the message instead.";
    /// The conversation has too many scheduled messages.
    ScheduleFull {
        /// How many it may have.
        scheduled_max: usize,
    } = Conflict, "schedule_full",
        "The conversation has as many scheduled messages as it can have. Cancel some, or wait until some are sent.";
    /// The price is more than is left.
    InsufficientTokens {
        /// What it would have cost.
        price: u32,
        /// What is left.
        tokens: u64,
    } = Unpaid, "insufficient_tokens",
        "The token balance of the workspace does not suffice. Nothing was done. Ask the operator to top it up.";
    /// The balance can hold no more.
    BalanceFull = Conflict, "balance_full",
        "The balance cannot hold so many tokens. Top it up with fewer.";
    /// The thing is not in the state that the caller named.
    StateChanged = Stale, "precondition_failed",
        "The thing has changed since the state that `If-Match` names. Read it again, then decide.";
    /// The same reference, another message.
    ReferenceReused = Conflict, "reference_reused",
        "The same reference was sent with another content within 24 hours. Use a new reference.";
    /// No such file, or none that the caller may see.
    MediaNotFound = NotFound, "media_not_found",
        "There is no such file in this workspace.";
    /// The file has other bytes already.
    MediaUploaded = Conflict, "media_uploaded",
        "The file was uploaded already and never changes. Ask for a new upload.";
    /// The file has no bytes yet.
    MediaNotUploaded = Conflict, "media_not_uploaded",
        "The file's bytes have not arrived. Upload them first.";
    /// Something refers to the file.
    MediaInUse = Conflict, "media_in_use",
        "A message refers to the file. Redact or purge the message, or take the file off it, first.";
    /// The file has more bytes than a file may have.
    MediaTooLarge {
        /// How many it may have.
        bytes_max: u64,
    } = TooLarge, "media_too_large",
        "The file is larger than a file may be. Nothing of it was kept.";
    /// The workspace keeps as many bytes as it may.
    StorageFull {
        /// How many it may keep.
        bytes_max: u64,
    } = TooLarge, "storage_full",
        "The workspace keeps as many bytes of files as it may. Delete some, or ask the operator for more.";
    /// The file is not what its uploader said.
    MediaTypeMismatch = Forbidden, "media_type_mismatch",
        "The upload was permitted for another content type. Send it with that one, or ask for a new upload.";
    /// A signed address that was made up, changed, or has expired.
    LinkInvalid = Forbidden, "link_invalid",
        "The address was changed or has expired. Ask for a new one.";
    /// No such channel.
    ChannelNotFound = NotFound, "channel_not_found",
        "There is no such channel in this workspace.";
    /// The channel carries nothing.
    ChannelInactive = Conflict, "channel_inactive",
        "The channel is not active and carries no messages. Activate it first.";
    /// The workspace has too many channels.
    ChannelsFull {
        /// How many it may have.
        channels_max: usize,
    } = Conflict, "channels_full",
        "The workspace has as many channels as it can have. Delete one first.";
    /// The identifier belongs to another participant.
    IdentifierTaken = Conflict, "identifier_taken",
        "Another participant of this workspace has this identifier. Use that participant, or merge the two.";
    /// The participant has too many conversations to be merged.
    MergeTooLarge {
        /// In how many it may be.
        conversations_max: usize,
    } = Conflict, "merge_too_large",
        "The participant is in too many conversations to be merged at once. Merge the other way round, or let it leave some.";
    /// The platform's reference is not known.
    PlatformReferenceNotFound = NotFound, "platform_reference_not_found",
        "No message of this channel has this reference.";
}

impl Refusal {
    /// A single refused value.
    pub fn invalid(violation: Violation) -> Self {
        Self::Invalid {
            violations: vec![violation],
        }
    }

    /// What is wrong in this very case, beyond the meaning of the code.
    pub fn detail(&self) -> Option<String> {
        Some(match self {
            Self::ScopeMissing { scope } => format!("Missing scope: {}.", scope.as_str()),
            Self::MembersFull { members_max } => format!("At most {members_max} members."),
            Self::ConversationNotOpen { status } => {
                format!("The conversation is {}.", status.as_str())
            }
            Self::EditWindowClosed { edit_window_s } => {
                format!("Messages may be edited for {edit_window_s} seconds.")
            }
            Self::DeliveryConflict { from, to } => {
                format!("From {} to {}.", from.as_str(), to.as_str())
            }
            Self::ScheduleFull { scheduled_max } => {
                format!("At most {scheduled_max} scheduled messages.")
            }
            Self::InsufficientTokens { price, tokens } => {
                format!("It costs {price}; {tokens} are left.")
            }
            Self::StatusConflict { from, to } => {
                format!("From {} to {}.", from.as_str(), to.as_str())
            }
            Self::MediaTooLarge { bytes_max } | Self::StorageFull { bytes_max } => {
                format!("At most {bytes_max} bytes.")
            }
            Self::ChannelsFull { channels_max } => format!("At most {channels_max} channels."),
            Self::MergeTooLarge { conversations_max } => {
                format!("At most {conversations_max} conversations.")
            }
            _ => return None,
        })
    }
}

impl From<Violation> for Refusal {
    fn from(violation: Violation) -> Self {
        Self::invalid(violation)
    }
}

/// Why a use case gave no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The domain said no.
    #[error("refused: {}", .0.code())]
    Refusal(Refusal),
    /// Something broke.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::Refusal(violation.into())
    }
}

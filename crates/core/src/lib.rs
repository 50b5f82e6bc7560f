//! Participants, conversations and messages: the domain of Causerie.

pub mod act;
pub mod claim;
mod context;
mod conversation;
mod event;
mod fault;
mod heads;
mod id;
mod invalid;
mod key;
mod member;
pub mod memory;
mod message;
pub mod page;
mod participant;
mod pending;
pub mod port;
mod refusal;
mod store;
pub mod text;
mod timestamp;
mod words;
mod workspace;

pub use context::{Caller, Context};
pub use conversation::{
    Conversation, ConversationChange, ConversationKind, ConversationState, DirectKey, Status,
};
pub use event::{Event, NewEvent, Position, Subject, SubjectParts, Topic};
pub use fault::Fault;
pub use heads::{Heads, WAITERS_MAX};
pub use id::{ConversationId, Fresh, KeyId, MessageId, ParticipantId, WorkspaceId};
pub use invalid::{Invalid, Violation};
pub use key::{ApiKey, ApiKeyState, HashCost, KeySecret, Scope, Scopes, SecretHash};
pub use member::{Member, MemberChange, MemberState, Mute, Role};
pub use message::{Message, MessageKind, MessageState, Revision, Seq};
pub use participant::{Participant, ParticipantChange, ParticipantKind, ParticipantState};
pub use pending::{Pending, PendingFuture};
pub use refusal::{Error, Kind, Refusal};
pub use store::{BATCH_SENDS_MAX, Store, WAITING_SENDS_MAX};
pub use timestamp::Timestamp;
pub use workspace::{Settings, Workspace, WorkspaceState};

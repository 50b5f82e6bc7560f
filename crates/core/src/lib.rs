//! Participants, conversations and messages: the domain of Causerie, as a library.
//!
//! ```
//! use causerie_core::port::{RandomIds, SystemClock};
//! use causerie_core::{Caller, Workspace, act, memory::Memory, text::Name, text::Text};
//! # use causerie_core::act::{CreateConversation, CreateParticipant, FirstMember, SendMessage};
//! # use causerie_core::port::{Clock, Ids};
//! # use causerie_core::{ConversationKind, ParticipantKind, Role, text::DisplayName};
//! # use std::sync::Arc;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let now = SystemClock.now();
//! let store = Memory::store();
//! let workspace = Workspace::new(RandomIds.fresh(now).into(), Name::parse("demo")?, now);
//! let me = Caller::embedding(Arc::new(workspace.clone()));
//! let cx = move || me.context(&SystemClock, &RandomIds);
//! store.write(move |unit| act::found_workspace(unit, &workspace)).wait()?;
//!
//! # let limits = cx().limits().clone();
//! # let ada = CreateParticipant {
//! #     external_id: None,
//! #     kind: ParticipantKind::Agent,
//! #     display_name: DisplayName::parse("Ada", &limits)?,
//! #     identifiers: Default::default(),
//! #     profile: Default::default(),
//! #     metadata: Default::default(),
//! # };
//! let now = cx();
//! let ada = store.write(move |unit| act::create_participant(unit, &now, &ada)).wait()?;
//! # let members =
//! #     vec![FirstMember { participant: ada.id, role: Role::Owner, display_name: None }];
//! # let group = CreateConversation {
//! #     kind: ConversationKind::Group,
//! #     title: None,
//! #     description: None,
//! #     metadata: Default::default(),
//! #     avatar_url: None,
//! #     members,
//! # };
//! let now = cx();
//! let talk = store.write(move |unit| act::create_conversation(unit, &now, &group)).wait()?;
//! # let act::CreatedConversation::Created(talk) = talk else { unreachable!("a group is new") };
//! let hello = SendMessage::text(talk.id, ada.id, Text::parse("Hello!", &limits)?);
//! let sent = store.send(cx(), hello).wait()?;
//! # let causerie_core::claim::Once::Done(sent) = sent else { unreachable!("no claim was made") };
//! assert_eq!((sent.seq.get(), sent.text.as_str()), (1, "Hello!"));
//! # Ok(())
//! # }
//! ```
//!
//! Instead of `.wait()`, a result can be `.await`ed under any runtime. Instead of [`memory::Memory`], an
//! adapter keeps everything in SQLite or Postgres.
//!
//! # Map
//!
//! | where | what |
//! |---|---|
//! | [`act`] | the use cases: everything that can be done, and every rule |
//! | [`Participant`], [`Conversation`], [`Member`], [`Message`], [`Event`], [`ApiKey`], [`Workspace`] | the entities: state that anyone may read and only their own transitions change |
//! | [`text`], [`page`], [`claim`], [`Timestamp`], the ids | values that cannot hold nonsense |
//! | [`Refusal`], [`Fault`] | every "no" the domain can say, and everything that can break |
//! | [`Store`], [`Pending`] | the door to a storage, and a result that is on its way |
//! | [`port`] | what a storage has to offer |
//!
//! # What can be relied on
//!
//! Messages of a conversation have the `seq` 1, 2, 3 … and times that never decrease; events of a workspace have
//! the positions 1, 2, 3 …; a change, its event and its claim are kept together or not at all; nothing of one
//! workspace is seen from another.

pub mod act;
pub mod balance;
pub mod channel;
pub mod claim;
pub mod contact;
mod content;
mod context;
mod conversation;
pub mod delivery;
mod draft;
mod event;
mod extra;
mod fault;
mod heads;
mod id;
mod invalid;
mod key;
mod letter;
pub mod media;
mod member;
pub mod memory;
mod message;
pub mod outbound;
pub mod page;
mod participant;
mod pending;
mod permit;
mod plan;
pub mod port;
pub mod reaction;
pub mod receipt;
mod refusal;
pub mod schedule;
pub mod search;
mod store;
pub mod tag;
pub mod template;
pub mod text;
mod timestamp;
mod vault;
mod words;
mod workspace;

pub use content::{CONTENT_BYTES_MAX, Content, ContentType};
pub use context::{Caller, Context};
pub use conversation::{
    Conversation, ConversationChange, ConversationKind, ConversationState, DirectKey, Priority,
    Status, ThreadKey,
};
pub use draft::{Addressed, Draft, DraftChange};
pub use event::{Event, NewEvent, Placed, Position, Subject, SubjectKind, SubjectParts, Topic};
pub use extra::{Bearer, Extra};
pub use fault::Fault;
pub use heads::{Heads, WAITERS_MAX};
pub use id::{
    ChannelId, ConversationId, Fresh, KeyId, MediaId, MessageId, ParticipantId, ReactionId, TagId,
    TemplateId, WorkspaceId,
};
pub use invalid::{Invalid, Violation};
pub use key::{ApiKey, ApiKeyState, HashCost, KeySecret, Scope, Scopes, SecretHash};
pub use letter::Letter;
pub use member::{Member, MemberChange, MemberState, Mute, Pin, Role, Stow};
pub use message::{
    DeleteMode, Direction, Message, MessageChange, MessageKind, MessageState, Revision, Seq, Sight,
    Visibility,
};
pub use participant::{Participant, ParticipantChange, ParticipantKind, ParticipantState};
pub use pending::{Pending, PendingFuture};
pub use permit::{DownloadPermit, UploadPermit};
pub use plan::{Plan, RATE_MAX, Rate};
pub use refusal::{Error, Kind, Refusal};
pub use store::{BATCH_SENDS_MAX, Store, WAITING_SENDS_MAX};
pub use timestamp::Timestamp;
pub use vault::{SEAL_ENTROPY_BYTES, Sealed, Signature, VAULT_KEY_BYTES, Vault};
pub use workspace::{Prefix, Settings, SettingsChange, Workspace, WorkspaceState};

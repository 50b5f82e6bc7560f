//! What the domain needs from outside: storage, a clock, fresh ids.
//!
//! A collection has two ports: one that reads, as it stands in one snapshot, and one that also
//! writes, inside a unit of work. One object implements them all and lends itself out through
//! [`Snapshot`] and [`Unit`]. Every method is confined to one workspace (the exceptions say why),
//! costs one statement, and keeps no rule: rules live in [`act`](crate::act).
//!
//! To add a collection: write its two ports here, add both to [`Snapshot`] and [`Unit`], implement them
//! in [`Memory`](crate::memory::Memory), then in each adapter, with a conformance case per method.

mod balances;
mod channels;
mod clock;
mod conversations;
mod courier;
mod events;
mod extras;
mod files;
mod inspector;
mod keys;
mod library;
mod mail;
mod messages;
mod participants;
mod reactions;
mod schedule;
mod storage;
mod workspaces;

pub use balances::{Balances, ReadBalances};
pub use channels::{
    Channels, Installation, Outbox, PlatformReference, ReadChannels, ReadInstallation, ReadOutbox,
};
pub use clock::{Clock, Ids, RandomIds, SystemClock};
pub use conversations::{
    Advance, ConversationFilter, Conversations, Members, OwnFilter, ReadAdvance, ReadConversations,
    ReadMembers, Sender,
};
pub use courier::{Courier, Handing};
pub use events::{Claims, Events, ReadClaims, ReadEvents};
pub use extras::{Extras, ReadExtras};
pub use files::{Files, FilesFault, Filing, Incoming, Outgoing};
pub use inspector::{Inspected, Inspector, Made};
pub use keys::{Keys, ReadKeys};
pub use library::{KeptFile, Library, MediaFilter, MediaUse, ReadLibrary};
pub use mail::{
    InboundFile, InboundMail, MAIL_BYTES_MAX, MAIL_FILES_MAX, MAIL_FOLLOWS_MAX, MAIL_RECEIVERS_MAX,
    MAIL_TEXT_BYTES_MAX, MailAddress, MailFault, MailReader,
};
pub use messages::{
    MessageFilter, Messages, Milestone, ReadMessages, ReadTags, ReplyCount, SearchPlace, SeqRange,
    Tags, Tombstones,
};
pub use participants::{ParticipantFilter, Participants, ReadParticipants};
pub use reactions::{MARKS_AHEAD, Reactions, ReadReactions, ReadReceipts, Receipts};
pub use schedule::{DuePlace, ReadSchedule, ReadTemplates, Schedule, Templates};
pub use storage::{Lanes, ReadJob, Snapshot, Unit, Verdict, WriteJob};
pub use workspaces::{ReadWorkspaces, Workspaces};

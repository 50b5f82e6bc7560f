//! Use cases: unit, context and command in; value or refusal out. They alone decide.
//!
//! Each runs inside [`Store::write`](crate::Store::write) or [`Store::read`](crate::Store::read); reads also run inside a write.
//! Nothing here hashes, waits, logs or talks to a network.

mod authenticate;
mod change_conversation;
mod change_member;
mod change_participant;
mod create_conversation;
mod create_key;
mod create_participant;
mod create_workspace;
mod delete_message;
mod edit_message;
mod list_conversations;
mod list_messages;
mod mark_read;
mod once;
mod read_events;
mod send_message;
mod standing;
mod sweep;

pub use authenticate::{Credentials, find_credentials, note_key_use};
pub use change_conversation::{change_conversation, delete_conversation, turn_conversation};
pub use change_member::{AddMember, add_member, change_member, remove_member};
pub use change_participant::{
    UpsertParticipant, Upserted, archive_participant, change_participant, upsert_participant,
};
pub use create_conversation::{
    CreateConversation, CreatedConversation, FirstMember, create_conversation,
};
pub use create_key::{
    CreateKey, OVERLAP_MAX, RotateKey, create_key, find_key, list_keys, revoke_key, rotate_key,
};
pub use create_participant::{
    CreateParticipant, create_participant, find_participant, list_participants,
};
pub use create_workspace::{
    Bootstrap, bootstrap, create_workspace, find_workspace, found_workspace, list_workspaces,
};
pub use delete_message::{DeleteMessage, delete_message};
pub use edit_message::{EditMessage, edit_message, list_revisions};
pub use list_conversations::{
    InboxEntry, find_conversation, find_member, list_conversations, list_inbox, list_members,
};
pub use list_messages::{ListMessages, find_message, list_messages};
pub use mark_read::mark_read;
pub use once::once;
pub use read_events::{Happened, SubjectNow, read_events};
pub use send_message::{SendMessage, SendOnce, send_message, send_messages};
pub use sweep::{Swept, sweep};

//! Use cases: unit, context and command in; value or refusal out. They alone decide.
//!
//! Each runs inside [`Store::write`](crate::Store::write) or [`Store::read`](crate::Store::read); reads also run inside a write.
//! Nothing here hashes, waits, logs or talks to a network.

mod authenticate;
mod change_conversation;
mod change_member;
mod change_participant;
mod channels;
mod contacts;
mod create_conversation;
mod create_key;
mod create_participant;
mod create_workspace;
mod delete_message;
mod deliver;
mod dispatch;
mod edit_message;
mod erase_media;
mod extras;
mod files;
mod find_many;
mod find_messages;
mod hand_over;
mod inbound;
mod installation;
mod list_conversations;
mod list_messages;
mod mark;
mod media;
mod once;
mod pass;
mod place;
mod positions;
mod post;
mod process_media;
mod put_back;
mod react;
mod read_events;
mod receipts;
mod retry_delivery;
mod schedule_message;
mod send_message;
mod settings;
mod standing;
mod sweep;
mod tags;
mod templates;
mod voice;

pub use authenticate::{Credentials, find_credentials, note_key_use};
pub use change_conversation::{
    change_conversation, delete_conversation, turn_conversation, wake_snoozed,
};
pub use change_member::{AddMember, add_member, change_member, remove_member};
pub use change_participant::{
    UpsertParticipant, Upserted, archive_participant, change_participant, upsert_participant,
};
pub use channels::{
    CreateChannel, change_channel, create_channel, delete_channel, find_channel,
    find_channel_acted_on, list_channels, renew_secret, turn_channel,
};
pub use contacts::{MERGE_CONVERSATIONS_MAX, Resolved, merge_participants, resolve_contact};
pub use create_conversation::{
    CreateConversation, CreatedConversation, FirstMember, begin_conversation, create_conversation,
};
pub use create_key::{
    CreateKey, OVERLAP_MAX, RotateKey, create_key, find_key, list_keys, revoke_key, rotate_key,
};
pub use create_participant::{
    CreateParticipant, PARTICIPANTS_COUNTED_MAX, count_participants, create_participant,
    find_participant, find_participants, list_participants,
};
pub use create_workspace::{
    Bootstrap, bootstrap, create_workspace, find_workspace, found_workspace, list_workspaces,
};
pub use delete_message::{DeleteMessage, Deleted, delete_message};
pub use deliver::{RECIPIENTS_MAX, SetDelivery, find_recipients, list_recipients, set_delivery};
pub use dispatch::{DISPATCH_MAX, Dispatched, LEASE, dispatch_due, next_due};
pub use edit_message::{EditMessage, edit_message, list_revisions, lock_message};
pub use erase_media::{ERASURE_LEASE, doom_files, forget_files, list_kept, sweep_media};
pub use extras::{find_extras, keep_extra};
pub use files::{add_files, find_uses};
pub use find_many::{
    find_conversations, find_directs, find_first_members, find_living, find_memberships,
};
pub(crate) use find_messages::found_text;
pub use find_messages::{
    Found, WALK_MAX, find_message_anywhere, list_all_messages, list_all_unmarked, search_messages,
    with_times,
};
pub use hand_over::{claim_outbound, next_outbound, renew_outbound, settle_outbound};
pub use inbound::{
    Named, NoteStatus, ReceiveInbound, Received, find_channel_anywhere, note_status,
    receive_inbound,
};
pub use installation::{agree_on_vault, agreed_vault, doom_orphan};
pub use list_conversations::{
    CONVERSATIONS_COUNTED_MAX, InboxEntry, MemberNow, count_conversations, find_conversation,
    find_member, find_newest, list_conversations, list_inbox, list_members,
};
pub use list_messages::{
    ListMessages, find_answered, find_message, list_messages, list_replies, open_conversation,
};
pub use mark::mark;
pub use media::{
    ARRIVAL_GRACE, MediaPlace, RequestMedia, arrive_media, delete_media, find_awaited, find_linked,
    find_media, find_usage, list_media, list_media_of, receive_media, rename_media, request_media,
    reserve_media, upload_room,
};
pub use once::once;
pub use positions::{
    find_home, find_number, find_numbered_conversation, find_placed, find_positions,
};
pub use post::{Later, PostToChannel, To, Who, open_channel_conversation, post_to_channel};
pub use process_media::{
    Processed, claim_media, next_media_due, put_media_back, reserve_versions, settle_media,
};
pub use put_back::put_outbound_back;
pub use react::{
    AddReaction, REACTIONS_SHOWN_MAX, add_reaction, find_reactions, list_reactions, remove_reaction,
};
pub use read_events::{Happened, SubjectNow, read_events};
pub use receipts::list_receipts;
pub use retry_delivery::retry_delivery;
pub use schedule_message::{
    ChangeScheduled, Posted, ScheduleMessage, cancel_scheduled, change_scheduled, find_scheduled,
    list_scheduled, schedule_message,
};
pub use send_message::{SendMessage, SendOnce, send_message, send_messages};
pub use settings::{change_settings, find_balance, find_settings, grant_plan, list_ledger, top_up};
pub use sweep::{Swept, forgetful_workspaces, has_expired, retain, sweep};
pub use tags::list_tags;
pub use templates::{
    CreateTemplate, create_template, delete_template, find_template, list_templates,
    preview_template,
};
pub use voice::{find_voice, take_voice};

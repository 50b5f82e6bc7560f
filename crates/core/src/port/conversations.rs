//! Conversations and their members.

use crate::conversation::{Conversation, ConversationKind, DirectKey, Priority, Status, ThreadKey};
use crate::fault::Fault;
use crate::id::{ChannelId, ConversationId, ParticipantId, WorkspaceId};
use crate::member::Member;
use crate::message::Seq;
use crate::page::Activity;
use crate::participant::ParticipantKind;
use crate::tag::TagName;
use crate::timestamp::Timestamp;

/// Which conversations a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    /// Only this kind.
    pub kind: Option<ConversationKind>,
    /// Only those with this status.
    pub status: Option<Status>,
    /// Only those of this channel.
    pub channel: Option<ChannelId>,
    /// Only those that this participant takes care of, or that nobody does (`Some(None)`).
    pub assignee: Option<Option<ParticipantId>>,
    /// Only those with this label.
    pub label: Option<TagName>,
    /// Only those with this priority.
    pub priority: Option<Priority>,
    /// As the member has it whose conversations are listed; says nothing in a list of all.
    pub own: OwnFilter,
}

/// Which of a participant's conversations a list shows, by what the membership says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnFilter {
    /// Only those that are muted (`Some(true)`) or are not.
    pub muted: Option<bool>,
    /// Only those that are kept on top, or are not.
    pub pinned: Option<bool>,
    /// Only those that are put away, or are not.
    pub archived: Option<bool>,
    /// Only those that say something public that the member has not read, or do not.
    pub unread: Option<bool>,
}

/// How far sends moved a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advance {
    /// The conversation.
    pub conversation: ConversationId,
    /// The seq of its newest message now.
    pub last_seq: Seq,
    /// The time of its newest message now.
    pub last_message_at: Timestamp,
    /// How many public messages it has had now.
    pub public_count: u64,
    /// The seq of its newest public message now.
    pub public_seq: Seq,
    /// The time of its newest public message now, if it has had one; it is the order of lists.
    pub public_at: Option<Timestamp>,
}

/// How far a member has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadAdvance {
    /// The conversation.
    pub conversation: ConversationId,
    /// The member.
    pub participant: ParticipantId,
    /// Everything up to here is read, and was delivered.
    pub read_seq: Seq,
    /// How many public messages there were up to there.
    pub read_public: u64,
    /// Since when.
    pub read_at: Timestamp,
}

/// A member who may want to send, and what is to know of their participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The member, present or not.
    pub member: Member,
    /// What the participant is.
    pub kind: ParticipantKind,
    /// Whether the participant is archived.
    pub archived: bool,
}

/// Conversations as they stand in one snapshot. A deleted one is found by no method.
pub trait ReadConversations {
    /// The conversation, or `None` if this workspace has none with this id.
    fn find(
        &mut self,
        workspace: WorkspaceId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, Fault>;
    /// Those of the conversations that exist, in no particular order.
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ConversationId],
    ) -> Result<Vec<Conversation>, Fault>;
    /// The conversation with this number.
    fn find_numbered(
        &mut self,
        workspace: WorkspaceId,
        number: u64,
    ) -> Result<Option<Conversation>, Fault>;
    /// How many conversations pass the filter, of those in which the participant is present if one is named; counted
    /// up to `count_max`.
    fn count(
        &mut self,
        workspace: WorkspaceId,
        participant: Option<ParticipantId>,
        filter: &ConversationFilter,
        count_max: usize,
    ) -> Result<usize, Fault>;
    /// The direct conversation of a pair.
    fn find_direct(
        &mut self,
        workspace: WorkspaceId,
        pair: DirectKey,
    ) -> Result<Option<Conversation>, Fault>;
    /// The direct conversations of these pairs, of those that have one, in no particular order: one statement.
    fn find_directs(
        &mut self,
        workspace: WorkspaceId,
        pairs: &[DirectKey],
    ) -> Result<Vec<Conversation>, Fault>;
    /// The conversation of a channel with some people.
    fn find_thread(
        &mut self,
        workspace: WorkspaceId,
        thread: ThreadKey,
    ) -> Result<Option<Conversation>, Fault>;
    /// Up to `limit` conversations that pass the filter and come after `before`, by activity and
    /// then id, newest first.
    fn page(
        &mut self,
        workspace: WorkspaceId,
        filter: &ConversationFilter,
        before: Option<Activity>,
        limit: usize,
    ) -> Result<Vec<Conversation>, Fault>;
    /// The same, of those in which the participant is present, each with the membership.
    fn page_of(
        &mut self,
        workspace: WorkspaceId,
        participant: ParticipantId,
        filter: &ConversationFilter,
        before: Option<Activity>,
        limit: usize,
    ) -> Result<Vec<(Conversation, Member)>, Fault>;
}

/// Conversations inside a unit of work.
pub trait Conversations: ReadConversations {
    /// Those of the conversations that exist, locked for the rest of the unit in the order of their
    /// ids, so that two units never wait for each other.
    fn lock_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ConversationId],
    ) -> Result<Vec<Conversation>, Fault>;
    /// Takes the next number for a conversation of this workspace; nobody else takes one until the unit
    /// ends, so take it last.
    fn next_number(&mut self, workspace: WorkspaceId) -> Result<u64, Fault>;
    /// Up to `limit` conversations of any workspace whose snooze has ended at `now`, locked for the rest of the
    /// unit; those that another unit holds are left out.
    fn lock_snoozed(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Conversation>, Fault>;
    /// Adds a conversation. [`Fault::Contended`] when its pair or thread got a conversation meanwhile.
    fn add(&mut self, conversation: &Conversation) -> Result<(), Fault>;
    /// Stores all of a locked conversation but its id, workspace, number, kind, channel and time of creation.
    /// [`Fault::Contended`] when its pair got a conversation meanwhile.
    fn save(&mut self, conversation: &Conversation) -> Result<(), Fault>;
    /// Stores how far locked conversations moved: one statement for all.
    fn advance(&mut self, workspace: WorkspaceId, to: &[Advance]) -> Result<(), Fault>;
    /// Erases up to `limit` messages of deleted conversations of any workspace with all that hangs on
    /// them and the answers that show them, and releases their files at `now`, then marks, scheduled messages, members and row of a
    /// conversation that has none left. Returns how many rows went; 0 means that nothing is left to erase.
    fn erase_deleted(&mut self, now: Timestamp, limit: usize) -> Result<usize, Fault>;
}

/// Members as they stand in one snapshot, of conversations that are not deleted or are known to exist.
pub trait ReadMembers {
    /// The member, present or not, or `None` if the participant never was one.
    fn find(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        participant: ParticipantId,
    ) -> Result<Option<Member>, Fault>;
    /// Those of the members that exist, present or not, in no particular order: one statement.
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        of: &[(ConversationId, ParticipantId)],
    ) -> Result<Vec<Member>, Fault>;
    /// Those of the members that exist, present or not, with their participants, in no particular order:
    /// one statement.
    fn find_senders(
        &mut self,
        workspace: WorkspaceId,
        of: &[(ConversationId, ParticipantId)],
    ) -> Result<Vec<Sender>, Fault>;
    /// Up to `limit` present memberships of a participant, in the order of their conversations, those of deleted
    /// ones left out.
    fn of_participant(
        &mut self,
        workspace: WorkspaceId,
        participant: ParticipantId,
        limit: usize,
    ) -> Result<Vec<Member>, Fault>;
    /// Up to `limit` present members of each of these conversations, those with the lowest participant ids, in no
    /// particular order of the conversations: one statement.
    fn first_of(
        &mut self,
        workspace: WorkspaceId,
        conversations: &[ConversationId],
        limit: usize,
    ) -> Result<Vec<Member>, Fault>;
    /// Up to `limit` present members with participant ids above `after`, in the order of their ids.
    fn page(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        after: Option<ParticipantId>,
        limit: usize,
    ) -> Result<Vec<Member>, Fault>;
}

/// Members inside a unit of work.
pub trait Members: ReadMembers {
    /// The member, present or not, locked for the rest of the unit.
    fn lock(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        participant: ParticipantId,
    ) -> Result<Option<Member>, Fault>;
    /// Adds members of conversations that are locked or new: one statement for all.
    fn add(&mut self, members: &[Member]) -> Result<(), Fault>;
    /// Stores all of a member but its workspace, conversation and participant.
    fn save(&mut self, member: &Member) -> Result<(), Fault>;
    /// Moves read watermarks forward, never back: one statement for all.
    fn advance_read(&mut self, workspace: WorkspaceId, to: &[ReadAdvance]) -> Result<(), Fault>;
}

//! Messages, their revisions and their tags.

use crate::fault::Fault;
use crate::id::{ChannelId, ConversationId, MessageId, ParticipantId, TagId, WorkspaceId};
use crate::message::{Direction, Message, MessageKind, Revision, Seq, Sight, Visibility};
use crate::page::{Order, Walk};
use crate::search::SearchQuery;
use crate::tag::{Tag, TagName};
use crate::text::Reference;
use crate::timestamp::Timestamp;

/// The places between two others, both exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeqRange {
    /// Only places above this one.
    pub above: Seq,
    /// Only places below this one; `None` for all the rest.
    pub below: Option<Seq>,
}

/// What stands at a place, apart from what is said there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Milestone {
    /// The place.
    pub seq: Seq,
    /// When the message was sent.
    pub at: Timestamp,
    /// Whom it is for.
    pub visibility: Visibility,
    /// How many public messages the conversation had with this one.
    pub public_count: u64,
}

/// Whether a list shows the places of deleted messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tombstones {
    /// It does.
    #[default]
    Shown,
    /// It leaves them out.
    Hidden,
}

/// Which messages of a workspace a list or a search shows; conversations that are deleted are never
/// looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageFilter {
    /// Only those that somebody may see who may see so much.
    pub sight: Sight,
    /// Only those of conversations in which this participant is present.
    pub member: Option<ParticipantId>,
    /// Only those of this conversation.
    pub conversation: Option<ConversationId>,
    /// Only those of conversations of this channel.
    pub channel: Option<ChannelId>,
    /// Only those of this sender.
    pub sender: Option<ParticipantId>,
    /// Only those with this tag.
    pub tag: Option<TagName>,
    /// Only those with this reference.
    pub reference: Option<Reference>,
    /// Only those of this kind.
    pub kind: Option<MessageKind>,
    /// Only those that go this way.
    pub direction: Option<Direction>,
    /// Whether deleted ones are shown as tombstones.
    pub tombstones: Tombstones,
    /// Only those sent at this time or later.
    pub from: Option<Timestamp>,
    /// Only those sent before this time.
    pub until: Option<Timestamp>,
}

impl MessageFilter {
    /// Every message of a workspace.
    pub const fn everything() -> Self {
        Self {
            sight: Sight::Everything,
            member: None,
            conversation: None,
            channel: None,
            sender: None,
            tag: None,
            reference: None,
            kind: None,
            direction: None,
            tombstones: Tombstones::Shown,
            from: None,
            until: None,
        }
    }
}

/// A place in the results of a search: the order in which a storage took the messages in. Where several
/// nodes send, that order is close to that of time, and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchPlace(pub i64);

/// How many more messages answer a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyCount {
    /// The message that is answered.
    pub message: MessageId,
    /// How many more; below zero when answers were purged.
    pub replies: i32,
    /// How many of them are public.
    pub public: i32,
}

/// Messages as they stand in one snapshot.
pub trait ReadMessages {
    /// The message, tombstone or not, or `None` if this conversation has none with this id.
    fn find(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        id: MessageId,
    ) -> Result<Option<Message>, Fault>;
    /// Those of the messages that exist, of any conversation, in no particular order: one statement.
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[MessageId],
    ) -> Result<Vec<Message>, Fault>;
    /// The messages at these places, in no particular order: one statement.
    fn find_at(
        &mut self,
        workspace: WorkspaceId,
        places: &[(ConversationId, Seq)],
    ) -> Result<Vec<Message>, Fault>;
    /// Up to `limit` messages of a conversation within the range that `sight` covers, in the order of
    /// their seq.
    fn page(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        range: SeqRange,
        sight: Sight,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Message>, Fault>;
    /// Up to `limit` messages that answer `parent` at places above `above` and that `sight` covers,
    /// oldest first.
    fn page_of_replies(
        &mut self,
        workspace: WorkspaceId,
        parent: MessageId,
        above: Seq,
        sight: Sight,
        limit: usize,
    ) -> Result<Vec<Message>, Fault>;
    /// Up to `limit` messages of the workspace that pass the filter, in the order of their ids, newest first (with ids
    /// below `from`) or oldest first (with ids above it). Looks at no more than `walk_max` of those that the filter's tag leads to, or else
    /// its reference, or else of all, whatever the rest of the filter lets through.
    fn page_of_all(
        &mut self,
        workspace: WorkspaceId,
        filter: &MessageFilter,
        order: Order,
        from: Option<MessageId>,
        limit: usize,
        walk_max: usize,
    ) -> Result<Walk<Message, MessageId>, Fault>;
    /// Up to `limit` messages that are not deleted, pass the filter, hold every term of the query and
    /// were taken in before the place `before`, the last taken in first. Looks at no more than `walk_max` of those
    /// that hold the terms, whatever the filter lets through.
    fn search(
        &mut self,
        workspace: WorkspaceId,
        query: &SearchQuery,
        filter: &MessageFilter,
        before: Option<SearchPlace>,
        limit: usize,
        walk_max: usize,
    ) -> Result<Walk<(SearchPlace, Message), SearchPlace>, Fault>;
    /// What stands at the first place at or after `from` that has a message; `None` beyond the last.
    fn first_from(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        from: Seq,
    ) -> Result<Option<Milestone>, Fault>;
    /// Up to `limit` messages of the workspace that were sent before a time, in the order of their ids,
    /// oldest first; those of deleted conversations apart, which are erased anyway.
    fn sent_before(
        &mut self,
        workspace: WorkspaceId,
        time: Timestamp,
        limit: usize,
    ) -> Result<Vec<Message>, Fault>;
    /// The earlier states of a message, oldest first.
    fn revisions(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Vec<Revision>, Fault>;
}

/// Messages inside a unit of work. Whatever changes a message's text changes in the same unit what
/// [`search`](ReadMessages::search) finds it by: the [`words`](crate::search::words) of its text and, when the text is
/// empty, of its content's [`lead_text`](crate::Content::lead_text).
pub trait Messages: ReadMessages {
    /// The message, locked for the rest of the unit.
    fn lock(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        id: MessageId,
    ) -> Result<Option<Message>, Fault>;
    /// Adds all of `messages`, of locked conversations, with their tags and words, or none: one statement
    /// for each of the three.
    fn append(&mut self, workspace: WorkspaceId, messages: &[Message]) -> Result<(), Fault>;
    /// Counts answers to messages of locked conversations: one statement for all.
    fn count_replies(&mut self, workspace: WorkspaceId, of: &[ReplyCount]) -> Result<(), Fault>;
    /// Stores what an edit or a deletion changes of a locked message (text, content, metadata, tags,
    /// template, reactions, revision count, the times and manner of editing and deletion), keeps its
    /// earlier state, and lets it be found by its present text and tags, a tombstone by none.
    fn revise(&mut self, message: &Message, earlier: &Revision) -> Result<(), Fault>;
    /// Stores as [`revise`](Self::revise) does, and the delivery as well, and erases every earlier state, all
    /// reactions and recipients instead of keeping one.
    fn redact(&mut self, message: &Message) -> Result<(), Fault>;
    /// Stores the delivery, the counts of reactions and the files of a locked message.
    fn save(&mut self, message: &Message) -> Result<(), Fault>;
    /// Erases messages with their revisions, tags, words, reactions and recipients; whoever answered one
    /// of them answers nothing now. Returns how many there were.
    fn purge(&mut self, workspace: WorkspaceId, messages: &[Message]) -> Result<usize, Fault>;
}

/// Tags as they stand in one snapshot.
pub trait ReadTags {
    /// Those of the tags that exist, in no particular order: one statement.
    fn find_many(&mut self, workspace: WorkspaceId, names: &[TagName]) -> Result<Vec<Tag>, Fault>;
    /// Those of the tags with these ids, in no particular order: one statement.
    fn find_ids(&mut self, workspace: WorkspaceId, ids: &[TagId]) -> Result<Vec<Tag>, Fault>;
    /// Up to `limit` tags with names above `after`, in the order of their names (by bytes).
    fn page(
        &mut self,
        workspace: WorkspaceId,
        after: Option<&TagName>,
        limit: usize,
    ) -> Result<Vec<Tag>, Fault>;
}

/// Tags inside a unit of work.
pub trait Tags: ReadTags {
    /// Adds tags that were unknown a moment ago: one statement. [`Fault::Contended`] when another unit added
    /// one of them meanwhile.
    fn add(&mut self, tags: &[Tag]) -> Result<(), Fault>;
}

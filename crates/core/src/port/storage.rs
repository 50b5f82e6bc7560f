//! The whole of a storage: one object that lends out every collection, and the lanes that run work.

use crate::fault::Fault;

use super::{
    Balances, Channels, Claims, Conversations, Events, Extras, Installation, Keys, Library,
    Members, Messages, Outbox, Participants, Reactions, ReadBalances, ReadChannels, ReadClaims,
    ReadConversations, ReadEvents, ReadExtras, ReadInstallation, ReadKeys, ReadLibrary,
    ReadMembers, ReadMessages, ReadOutbox, ReadParticipants, ReadReactions, ReadReceipts,
    ReadSchedule, ReadTags, ReadTemplates, ReadWorkspaces, Receipts, Schedule, Tags, Templates,
    Workspaces,
};

/// Everything that can be read, as it stood at one moment.
pub trait Snapshot {
    /// The tenants.
    fn workspaces(&mut self) -> &mut dyn ReadWorkspaces;
    /// The keys.
    fn keys(&mut self) -> &mut dyn ReadKeys;
    /// The participants.
    fn participants(&mut self) -> &mut dyn ReadParticipants;
    /// The conversations.
    fn conversations(&mut self) -> &mut dyn ReadConversations;
    /// The members.
    fn members(&mut self) -> &mut dyn ReadMembers;
    /// The messages.
    fn messages(&mut self) -> &mut dyn ReadMessages;
    /// The log.
    fn events(&mut self) -> &mut dyn ReadEvents;
    /// The claims.
    fn claims(&mut self) -> &mut dyn ReadClaims;
    /// The tags.
    fn tags(&mut self) -> &mut dyn ReadTags;
    /// The reactions.
    fn reactions(&mut self) -> &mut dyn ReadReactions;
    /// The receipts.
    fn receipts(&mut self) -> &mut dyn ReadReceipts;
    /// The scheduled messages.
    fn schedule(&mut self) -> &mut dyn ReadSchedule;
    /// The templates.
    fn templates(&mut self) -> &mut dyn ReadTemplates;
    /// The balances.
    fn balances(&mut self) -> &mut dyn ReadBalances;
    /// The files.
    fn library(&mut self) -> &mut dyn ReadLibrary;
    /// The channels.
    fn channels(&mut self) -> &mut dyn ReadChannels;
    /// The messages on their way out.
    fn outbox(&mut self) -> &mut dyn ReadOutbox;
    /// What all nodes agree on.
    fn installation(&mut self) -> &mut dyn ReadInstallation;
    /// What surfaces keep.
    fn extras(&mut self) -> &mut dyn ReadExtras;
}

/// A unit of work: everything that can be changed, kept as a whole or not at all.
pub trait Unit: Snapshot {
    /// The tenants, to change.
    fn workspaces_mut(&mut self) -> &mut dyn Workspaces;
    /// The keys, to change.
    fn keys_mut(&mut self) -> &mut dyn Keys;
    /// The participants, to change.
    fn participants_mut(&mut self) -> &mut dyn Participants;
    /// The conversations, to change.
    fn conversations_mut(&mut self) -> &mut dyn Conversations;
    /// The members, to change.
    fn members_mut(&mut self) -> &mut dyn Members;
    /// The messages, to change.
    fn messages_mut(&mut self) -> &mut dyn Messages;
    /// The log, to append to.
    fn events_mut(&mut self) -> &mut dyn Events;
    /// The claims, to change.
    fn claims_mut(&mut self) -> &mut dyn Claims;
    /// The tags, to change.
    fn tags_mut(&mut self) -> &mut dyn Tags;
    /// The reactions, to change.
    fn reactions_mut(&mut self) -> &mut dyn Reactions;
    /// The receipts, to change.
    fn receipts_mut(&mut self) -> &mut dyn Receipts;
    /// The scheduled messages, to change.
    fn schedule_mut(&mut self) -> &mut dyn Schedule;
    /// The templates, to change.
    fn templates_mut(&mut self) -> &mut dyn Templates;
    /// The balances, to change.
    fn balances_mut(&mut self) -> &mut dyn Balances;
    /// The files, to change.
    fn library_mut(&mut self) -> &mut dyn Library;
    /// The channels, to change.
    fn channels_mut(&mut self) -> &mut dyn Channels;
    /// The messages on their way out, to change.
    fn outbox_mut(&mut self) -> &mut dyn Outbox;
    /// What all nodes agree on, to add to.
    fn installation_mut(&mut self) -> &mut dyn Installation;
    /// What surfaces keep, to change.
    fn extras_mut(&mut self) -> &mut dyn Extras;
}

/// What a job wants to become of what it did.
#[derive(Debug)]
pub enum Verdict {
    /// Keep it with the next commit.
    Keep,
    /// Leave nothing of it: the domain refused.
    Undo,
    /// Leave nothing of it: something broke.
    Fail(Fault),
}

/// Work that changes things.
pub trait WriteJob: Send {
    /// Does the work inside a savepoint. May be called again from the start when the lane had to undo it:
    /// after [`Fault::Contended`], a deadlock, a lost connection, a neighbour that took the whole
    /// transaction down.
    fn run(&mut self, unit: &mut dyn Unit) -> Verdict;
    /// Told once, at the end: `Ok` when what the last run kept is durable, or when it wanted nothing
    /// kept; otherwise why not, or that the job never ran.
    fn settle(self: Box<Self>, outcome: Result<(), Fault>);
}

/// Work that only reads.
pub trait ReadJob: Send {
    /// Does the work within one snapshot and answers by itself.
    fn run(self: Box<Self>, snapshot: &mut dyn Snapshot);
    /// Told instead of a run when there can be none.
    fn refuse(self: Box<Self>, fault: Fault);
}

/// The adapter's door: bounded queues of work, and threads that do it.
pub trait Lanes: Send + Sync + std::fmt::Debug {
    /// Queues a job, or settles it at once with [`Fault::Busy`] when the queue is full. Jobs may share
    /// a commit; each sees what those before it in its group did, and nothing of those undone.
    ///
    /// Where several lanes write (Postgres), only the first job of a group may wait for a lock: a later
    /// one that would have to (`lock_timeout` of a millisecond, set with its savepoint) is undone and becomes the first
    /// of a next group. Jobs lock in the order of ids, but a group of jobs does not, and would deadlock.
    fn write(&self, job: Box<dyn WriteJob>);
    /// Queues a job, or refuses it at once with [`Fault::Busy`]. It sees everything committed before it was
    /// queued.
    fn read(&self, job: Box<dyn ReadJob>);
    /// How many lanes write. A batch of sends that cannot run yet would only have taken sends from the
    /// next, larger one.
    fn writers(&self) -> usize {
        1
    }
    /// Takes no more jobs, finishes those that are queued, and returns when all are answered.
    fn close(&self);
}

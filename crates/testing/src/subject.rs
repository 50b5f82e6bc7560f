//! The storage under test, as cases see it: a store, its lanes, and short ways to put things into
//! it.
//!
//! Says nothing of what the storage is: a case that could ask would test less.

use std::fmt;
use std::sync::Arc;

use causerie_core::channel::Channel;
use causerie_core::claim::Settled;
use causerie_core::delivery::Recipient;
use causerie_core::media::Media;
use causerie_core::outbound::Outbound;
use causerie_core::page::Order;
use causerie_core::port::{Advance, KeptFile, Lanes, SeqRange, Snapshot, Unit};
use causerie_core::reaction::Reaction;
use causerie_core::receipt::Mark;
use causerie_core::schedule::Scheduled;
use causerie_core::tag::Tag;
use causerie_core::template::Template;
use causerie_core::{
    ApiKey, Conversation, Error, Event, Fault, Heads, Member, Message, Participant, Position,
    Refusal, Seq, Sight, Store, Timestamp, Visibility, Workspace, WorkspaceId,
};

/// A database of its own for each case.
pub trait Adapter: Send + Sync {
    /// Opens the database: an empty one the first time, afterwards the same with all that was
    /// committed. Never called while it is open.
    fn open(&self) -> Opened;
}

/// An open storage.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Its lanes.
    pub lanes: Arc<dyn Lanes>,
    /// What they ring after each commit.
    pub heads: Arc<Heads>,
}

/// A storage under test. Closed when dropped, before the adapter goes.
pub struct Subject {
    opened: Opened,
    store: Store,
    adapter: Box<dyn Adapter>,
}

impl Subject {
    /// Opens an empty storage.
    pub fn new(adapter: impl Adapter + 'static) -> Self {
        let opened = adapter.open();
        let store = Store::new(Arc::clone(&opened.lanes), Arc::clone(&opened.heads));
        Self {
            opened,
            store,
            adapter: Box::new(adapter),
        }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The lanes below the store.
    pub fn lanes(&self) -> &dyn Lanes {
        &*self.opened.lanes
    }

    /// Closes the storage and opens it again.
    pub fn reopen(&mut self) {
        self.store.close();
        self.opened = self.adapter.open();
        self.store = Store::new(
            Arc::clone(&self.opened.lanes),
            Arc::clone(&self.opened.heads),
        );
    }

    /// Runs a unit of work that is to be kept.
    ///
    /// # Panics
    /// When it is not, with the fault.
    #[track_caller]
    pub fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut dyn Unit) -> Result<T, Fault> + Send + 'static,
    ) -> T {
        let pending = self.store.write(move |unit| Ok(work(unit)?));
        pending.wait().expect("the unit of work is kept")
    }

    /// Reads a snapshot.
    ///
    /// # Panics
    /// When it cannot be read, with the fault.
    #[track_caller]
    pub fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Snapshot) -> Result<T, Fault> + Send + 'static,
    ) -> T {
        let pending = self.store.read(move |snapshot| Ok(work(snapshot)?));
        pending.wait().expect("the snapshot can be read")
    }

    /// Runs a unit of work that must find another writer in its way, and leaves nothing of it.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn contended(
        &self,
        mut work: impl FnMut(&mut dyn Unit) -> Result<(), Fault> + Send + 'static,
    ) {
        let pending = self.store.write::<(), _>(move |unit| match work(unit) {
            Err(Fault::Contended(_)) => Err(Refusal::NotAllowed.into()),
            Err(fault) => Err(fault.into()),
            Ok(()) => Ok(()),
        });
        match pending.wait() {
            Err(Error::Refusal(Refusal::NotAllowed)) => {}
            other => panic!("expected a contended unit, found {other:?}"),
        }
    }

    /// Stores a new thing.
    ///
    /// # Panics
    /// When it cannot be stored.
    #[track_caller]
    pub fn put(&self, thing: &impl Put) {
        self.put_all(std::slice::from_ref(thing));
    }

    /// Stores new things in one unit.
    ///
    /// # Panics
    /// When they cannot be stored.
    #[track_caller]
    pub fn put_all<T: Put>(&self, things: &[T]) {
        let things = things.to_vec();
        self.write(move |unit| T::put(unit, &things));
    }

    /// Settles claims of a workspace.
    ///
    /// # Panics
    /// When that cannot be done.
    #[track_caller]
    pub fn put_claims(&self, workspace: WorkspaceId, claims: &[Settled], now: Timestamp) {
        let claims = claims.to_vec();
        self.write(move |unit| unit.claims_mut().append(workspace, &claims, now));
    }

    /// The conversation as it stands.
    ///
    /// # Panics
    /// When it cannot be read.
    #[track_caller]
    pub fn conversation(&self, like: &Conversation) -> Option<Conversation> {
        let (workspace, id) = (like.workspace, like.id);
        self.read(move |snapshot| snapshot.conversations().find(workspace, id))
    }

    /// The member as it stands.
    ///
    /// # Panics
    /// When it cannot be read.
    #[track_caller]
    pub fn member(&self, like: &Member) -> Option<Member> {
        let (workspace, of, who) = (like.workspace, like.conversation, like.participant);
        self.read(move |snapshot| snapshot.members().find(workspace, of, who))
    }

    /// The participant as it stands.
    ///
    /// # Panics
    /// When it cannot be read.
    #[track_caller]
    pub fn participant(&self, like: &Participant) -> Option<Participant> {
        let (workspace, id) = (like.workspace, like.id);
        self.read(move |snapshot| snapshot.participants().find(workspace, id))
    }

    /// The message as it stands.
    ///
    /// # Panics
    /// When it cannot be read.
    #[track_caller]
    pub fn message(&self, like: &Message) -> Option<Message> {
        let (workspace, of, id) = (like.workspace, like.conversation, like.id);
        self.read(move |snapshot| snapshot.messages().find(workspace, of, id))
    }

    /// All messages of a conversation, oldest first.
    ///
    /// # Panics
    /// When they cannot be read.
    #[track_caller]
    pub fn messages(&self, of: &Conversation) -> Vec<Message> {
        let (workspace, id) = (of.workspace, of.id);
        let all = SeqRange {
            above: Seq::ZERO,
            below: None,
        };
        self.read(move |snapshot| {
            let port = snapshot.messages();
            port.page(workspace, id, all, Sight::Everything, Order::Ascending, ALL)
        })
    }

    /// The whole log of a workspace.
    ///
    /// # Panics
    /// When it cannot be read.
    #[track_caller]
    pub fn events(&self, of: WorkspaceId) -> Vec<Event> {
        self.read(move |snapshot| snapshot.events().page(of, Position::ZERO, ALL))
    }
}

/// More than any case stores.
const ALL: usize = 1_000_000;

impl Drop for Subject {
    fn drop(&mut self) {
        self.store.close();
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject")
    }
}

/// Something that can be stored as it is.
pub trait Put: Clone + Send + 'static {
    /// Stores new things.
    ///
    /// # Errors
    /// Those of the port.
    fn put(unit: &mut dyn Unit, things: &[Self]) -> Result<(), Fault>;
}

impl Put for Member {
    fn put(unit: &mut dyn Unit, things: &[Self]) -> Result<(), Fault> {
        unit.members_mut().add(things)
    }
}

impl Put for Message {
    /// Locks the conversations, appends in one call for each workspace, and advances the
    /// conversations to the last message that is given for each, unless they are further already.
    fn put(unit: &mut dyn Unit, things: &[Self]) -> Result<(), Fault> {
        let mut workspaces: Vec<_> = things.iter().map(|one| one.workspace).collect();
        workspaces.sort_unstable();
        workspaces.dedup();
        for workspace in workspaces {
            let own: Vec<_> = things
                .iter()
                .filter(|one| one.workspace == workspace)
                .cloned()
                .collect();
            let mut ids: Vec<_> = own.iter().map(|one| one.conversation).collect();
            ids.sort_unstable();
            ids.dedup();
            let locked = unit.conversations_mut().lock_many(workspace, &ids)?;
            unit.messages_mut().append(workspace, &own)?;
            let newest = |of: &Conversation| {
                let newest = own
                    .iter()
                    .rfind(|one| one.conversation == of.id && one.seq > of.last_seq);
                let public = own.iter().rfind(|one| {
                    one.conversation == of.id
                        && one.visibility == Visibility::Public
                        && one.seq > of.public_seq
                });
                newest.map(|one| Advance {
                    conversation: of.id,
                    last_seq: one.seq,
                    last_message_at: one.created_at,
                    public_count: one.public_count,
                    public_seq: public.map_or(of.public_seq, |one| one.seq),
                    public_at: public.map_or(of.public_at, |one| Some(one.created_at)),
                })
            };
            let advances: Vec<_> = locked.iter().filter_map(newest).collect();
            unit.conversations_mut().advance(workspace, &advances)?;
        }
        Ok(())
    }
}

macro_rules! put_each {
    ($($name:ident: $port:ident $add:ident;)+) => {$(
        impl Put for $name {
            fn put(unit: &mut dyn Unit, things: &[Self]) -> Result<(), Fault> {
                let port = unit.$port();
                things.iter().try_for_each(|one| port.$add(one))
            }
        }
    )+};
}

put_each! {
    Reaction: reactions_mut add;
    Mark: receipts_mut mark;
    Recipient: receipts_mut save_recipient;
    Scheduled: schedule_mut add;
    Template: templates_mut add;
    Workspace: workspaces_mut add;
    ApiKey: keys_mut add;
    Participant: participants_mut add;
    Conversation: conversations_mut add;
    Media: library_mut add;
    Channel: channels_mut add;
}

impl Put for KeptFile {
    fn put(unit: &mut dyn Unit, things: &[Self]) -> Result<(), Fault> {
        let port = unit.library_mut();
        things
            .iter()
            .try_for_each(|one| port.add_kept(one).map(drop))
    }
}

impl Put for Outbound {
    fn put(unit: &mut dyn Unit, things: &[Self]) -> Result<(), Fault> {
        unit.outbox_mut().add(things)
    }
}

impl Put for Tag {
    fn put(unit: &mut dyn Unit, things: &[Self]) -> Result<(), Fault> {
        unit.tags_mut().add(things)
    }
}

//! Sends of one moment become one batch, and nobody in it suffers for another.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use causerie_core::act::{
    CreateConversation, CreateParticipant, CreatedConversation, FirstMember, SendMessage, SendOnce,
    create_conversation, create_participant, found_workspace,
};
use causerie_core::claim::{Claim, ClaimSource, Fingerprint, Once};
use causerie_core::contact::{Identifiers, Profile};
use causerie_core::memory::Memory;
use causerie_core::port::{Ids, Lanes, RandomIds, ReadJob, WriteJob};
use causerie_core::receipt::Seen;
use causerie_core::text::{DisplayName, Metadata, Name, Text};
use causerie_core::{
    Caller, Context, ConversationId, ConversationKind, Error, Fault, Heads, ParticipantId,
    ParticipantKind, Role, Store, Timestamp, Workspace,
};

/// Lanes that can be held, so that work piles up, and can be full.
struct Gate {
    memory: Memory,
    held: AtomicBool,
    full: AtomicBool,
    queue: Mutex<Vec<Box<dyn WriteJob>>>,
    jobs: AtomicUsize,
}

impl Gate {
    /// Lets everything through that has piled up, and what that sets off.
    fn release(&self) {
        self.held.store(false, Ordering::SeqCst);
        loop {
            let Some(job) = self.queue.lock().expect("not poisoned").pop() else {
                return;
            };
            self.memory.write(job);
        }
    }
}

impl Lanes for Gate {
    fn write(&self, job: Box<dyn WriteJob>) {
        self.jobs.fetch_add(1, Ordering::SeqCst);
        if self.full.load(Ordering::SeqCst) {
            job.settle(Err(Fault::Busy));
        } else if self.held.load(Ordering::SeqCst) {
            self.queue.lock().expect("not poisoned").push(job);
        } else {
            self.memory.write(job);
        }
    }

    fn read(&self, job: Box<dyn ReadJob>) {
        self.memory.read(job);
    }

    fn writers(&self) -> usize {
        3
    }

    fn close(&self) {
        self.memory.close();
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gate")
    }
}

struct World {
    gate: Arc<Gate>,
    store: Store,
    caller: Caller,
    sender: ParticipantId,
    conversation: ConversationId,
}

const NOW: Timestamp = Timestamp::from_unix_micros(1_700_000_000_000_000);

fn cx(caller: &Caller) -> Context {
    Context {
        caller: caller.clone(),
        now: NOW,
        fresh: RandomIds.fresh(NOW),
    }
}

impl World {
    fn new() -> Self {
        let heads = Arc::new(Heads::default());
        let gate = Arc::new(Gate {
            memory: Memory::new(Arc::clone(&heads)),
            held: AtomicBool::new(false),
            full: AtomicBool::new(false),
            queue: Mutex::default(),
            jobs: AtomicUsize::new(0),
        });
        let store = Store::new(Arc::<Gate>::clone(&gate), heads);
        let workspace = Workspace::new(RandomIds.fresh(NOW).into(), Name::from_stored("w"), NOW);
        let caller = Caller::embedding(Arc::new(workspace.clone()));
        store
            .write(move |unit| found_workspace(unit, &workspace))
            .wait()
            .expect("founded");
        let ada = CreateParticipant {
            external_id: None,
            kind: ParticipantKind::Agent,
            display_name: DisplayName::from_stored("Ada"),
            identifiers: Identifiers::default(),
            profile: Profile::default(),
            metadata: Metadata::default(),
        };
        let now = cx(&caller);
        let sender = store
            .write(move |unit| create_participant(unit, &now, &ada))
            .wait();
        let sender = sender.expect("created").id;
        let group = CreateConversation {
            kind: ConversationKind::Group,
            title: None,
            description: None,
            metadata: Metadata::default(),
            avatar_url: None,
            members: vec![FirstMember {
                participant: sender,
                role: Role::Member,
                display_name: None,
            }],
        };
        let now = cx(&caller);
        let group = store
            .write(move |unit| create_conversation(unit, &now, &group))
            .wait();
        let Ok(CreatedConversation::Created(group)) = group else {
            panic!("a group is new")
        };
        gate.jobs.store(0, Ordering::SeqCst);
        Self {
            gate,
            store,
            caller,
            sender,
            conversation: group.id,
        }
    }

    fn send(&self, cmd: SendMessage) -> causerie_core::Pending<Once<Seen>> {
        self.store.send(cx(&self.caller), cmd)
    }

    fn plain(&self) -> SendMessage {
        SendMessage::text(self.conversation, self.sender, Text::from_stored("hello"))
    }
}

#[test]
fn sends_that_wait_together_are_one_batch() {
    let world = World::new();
    world.gate.held.store(true, Ordering::SeqCst);
    let pending: Vec<_> = (0..100).map(|_| world.send(world.plain())).collect();
    assert_eq!(
        world.gate.jobs.load(Ordering::SeqCst),
        2,
        "one batch, and one prepared behind it"
    );
    world.gate.release();
    let mut places: Vec<u64> = pending
        .into_iter()
        .map(|one| match one.wait().expect("sent") {
            Once::Done(message) => message.seq.get(),
            Once::Replayed(_) => panic!("no claim was made"),
        })
        .collect();
    places.sort_unstable();
    assert_eq!(places, (1..=100).collect::<Vec<_>>());
    assert_eq!(world.gate.jobs.load(Ordering::SeqCst), 2);
}

#[test]
fn a_store_with_batches_of_one_gives_every_send_a_job_of_its_own() {
    let mut world = World::new();
    let gate = Arc::clone(&world.gate);
    world.store = Store::with_batches_of(1, gate, Arc::default());
    world.gate.held.store(true, Ordering::SeqCst);
    let pending: Vec<_> = (0..10).map(|_| world.send(world.plain())).collect();
    world.gate.release();
    for one in pending {
        assert!(matches!(one.wait(), Ok(Once::Done(_))));
    }
    assert!(world.gate.jobs.load(Ordering::SeqCst) >= 10);
}

#[test]
fn one_that_panics_does_not_hurt_its_batch() {
    let world = World::new();
    world.gate.held.store(true, Ordering::SeqCst);
    let claim = Claim::new(
        ClaimSource::IdempotencyKey,
        &[b"k"],
        Fingerprint::of(&[b"r"]),
    );
    let poison = SendOnce {
        claims: vec![claim],
        render: |_| panic!("this one is poisoned"),
    };
    let good = [world.send(world.plain()), world.send(world.plain())];
    let bad = world.send(SendMessage {
        once: Some(poison),
        ..world.plain()
    });
    world.gate.release();
    for one in good {
        assert!(matches!(one.wait(), Ok(Once::Done(_))));
    }
    assert!(matches!(bad.wait(), Err(Error::Fault(Fault::Panicked(_)))));
    let Ok(Once::Done(next)) = world.send(world.plain()).wait() else {
        panic!("it goes on")
    };
    assert_eq!(next.seq.get(), 3, "the poisoned one left nothing behind");
}

#[test]
fn a_full_lane_refuses_everybody_at_once_and_recovers() {
    let world = World::new();
    world.gate.full.store(true, Ordering::SeqCst);
    for _ in 0..10 {
        let refused = world.send(world.plain()).wait();
        assert!(matches!(refused, Err(Error::Fault(Fault::Busy))));
    }
    world.gate.full.store(false, Ordering::SeqCst);
    assert!(matches!(
        world.send(world.plain()).wait(),
        Ok(Once::Done(_))
    ));
}

#[test]
fn i7_more_than_may_wait_are_refused_at_once() {
    let world = World::new();
    world.gate.held.store(true, Ordering::SeqCst);
    let max = causerie_core::WAITING_SENDS_MAX;
    let pending: Vec<_> = (0..=max).map(|_| world.send(world.plain())).collect();
    world.gate.release();
    let sent = pending.into_iter().map(causerie_core::Pending::wait);
    let (sent, refused): (Vec<_>, Vec<_>) = sent.partition(Result::is_ok);
    assert_eq!((sent.len(), refused.len()), (max, 1));
}

#[test]
fn a_closed_store_answers_closed() {
    let world = World::new();
    world.store.close();
    let refused = world.send(world.plain()).wait();
    assert!(matches!(refused, Err(Error::Fault(Fault::Closed))));
}

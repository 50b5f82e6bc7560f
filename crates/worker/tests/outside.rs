//! The processor and the carrier over the in-memory storage: files are looked into, messages handed over.
//!
//! What a file or a platform is like is scripted here; real ones are tested where they are spoken to.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use causerie_core::act::{
    CreateChannel, PostToChannel, Posted, RequestMedia, To, Who, arrive_media, create_channel,
    find_media, post_to_channel, receive_media,
};
use causerie_core::channel::{Channel, Endpoint, Platform, Reach};
use causerie_core::claim::Once;
use causerie_core::delivery::{DeliveryStatus, FailureStage};
use causerie_core::media::{Facts, FileName, Media, MediaStatus, PROCESSING_TRIES_MAX, Preset};
use causerie_core::memory::Memory;
use causerie_core::outbound::{Handed, Parcel, ReceiverRole};
use causerie_core::port::{Clock as _, Courier, Files, Handing, Inspected, Inspector, Made};
use causerie_core::text::{Name, Text};
use causerie_core::{Draft, MediaId, Message, MessageId, Store, Workspace};
use causerie_testing::MemoryFiles;
use causerie_testing::fixture::{Fixture, identifier};
use causerie_worker::{Carrier, Processor};
use pollster::block_on;
use tokio::sync::oneshot;

/// Longer than any test may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// Waits until something is so.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

struct World {
    fixture: Fixture,
    store: Store,
    workspace: Workspace,
    files: Arc<MemoryFiles>,
}

impl World {
    fn new() -> Self {
        let (fixture, store) = (Fixture::default(), Memory::store());
        let workspace = fixture.workspace("shop");
        let founded = workspace.clone();
        let added = store.write(move |unit| Ok(unit.workspaces_mut().add(&founded)?));
        added.wait().expect("founded");
        Self {
            fixture,
            store,
            workspace,
            files: Arc::default(),
        }
    }

    /// A file whose bytes have arrived and are kept.
    fn upload(&self, bytes: &[u8]) -> Media {
        let cx = self.fixture.context(&self.workspace);
        let (workspace, id) = (self.workspace.id, MediaId::from(cx.fresh));
        let arrived = block_on(async {
            let mut incoming = self.files.receive(workspace, id, 1 << 20).await?;
            incoming.write(bytes.to_vec().into()).await?;
            incoming.finish().await
        })
        .expect("received");
        let cmd = RequestMedia {
            name: FileName::clean("a.png"),
            declared: None,
            owner: None,
        };
        let (now, came) = (cx.now, arrived.clone());
        let received = self
            .store
            .write(move |unit| receive_media(unit, &cx, &cmd, &came));
        received.wait().expect("reserved");
        block_on(self.files.keep(workspace, id, &arrived)).expect("kept");
        let there = self
            .store
            .write(move |unit| arrive_media(unit, workspace, id, &arrived, now));
        there.wait().expect("arrived")
    }

    fn media(&self, id: MediaId) -> Media {
        let cx = self.fixture.context(&self.workspace);
        let found = self
            .store
            .read(move |snapshot| find_media(snapshot, &cx, id));
        found.wait().expect("a file")
    }

    fn channel(&self) -> Channel {
        let cx = self.fixture.context(&self.workspace);
        let endpoint = Endpoint::parse("https://gateway.example/out").expect("an address");
        let cmd = CreateChannel {
            platform: Platform::Sms,
            name: Name::parse("Texts").expect("a name"),
            address: None,
            reach: Reach::Gateway(endpoint),
            secret: None,
        };
        let created = self
            .store
            .write(move |unit| create_channel(unit, &cx, &cmd));
        created.wait().expect("created")
    }

    fn post(&self, channel: &Channel, to: &str, text: &str) -> Message {
        let cx = self.fixture.context(&self.workspace);
        let who = Who::Reached(identifier("phonenumber", to), None);
        let cmd = PostToChannel {
            channel: channel.id,
            receivers: vec![To {
                who,
                role: ReceiverRole::To,
            }],
            sender: None,
            title: None,
            draft: Draft::text(Text::from_stored(text)),
            once: None,
            later: None,
        };
        let posted = self
            .store
            .write(move |unit| post_to_channel(unit, &cx, &cmd));
        let Ok(Once::Done(Posted::Sent(seen))) = posted.wait() else {
            panic!("it is sent at once")
        };
        seen.message
    }

    fn status(&self, message: MessageId) -> DeliveryStatus {
        self.message(message).delivery.status
    }

    fn message(&self, id: MessageId) -> Message {
        let workspace = self.workspace.id;
        let found = self
            .store
            .read(move |snapshot| Ok(snapshot.messages().find_many(workspace, &[id])?));
        found.wait().expect("read").pop().expect("a message")
    }
}

/// Says of each file what it was told to say, one answer after the other.
#[derive(Debug)]
struct Scripted {
    files: Arc<MemoryFiles>,
    answers: Mutex<Vec<Inspected>>,
}

impl Inspector for Scripted {
    fn inspect(&self, media: &Media) -> Inspected {
        let mut answers = self.answers.lock().expect("no panic");
        let answer = answers.pop().unwrap_or(Inspected::Later("no".to_owned()));
        if let Inspected::Known { made, .. } = &answer {
            for one in made {
                self.files.put(media.workspace, one.place, b"\x89PNG small");
            }
        }
        answer
    }
}

fn process(world: &World, answers: Vec<Inspected>) -> Processor {
    let inspector = Scripted {
        files: Arc::clone(&world.files),
        answers: Mutex::new(answers),
    };
    let files = Arc::clone(&world.files);
    let clock = Arc::clone(&world.fixture.clock);
    let store = world.store.clone();
    Processor::start(store, files, Arc::new(inspector), clock, 2).expect("threads")
}

#[test]
fn what_is_made_of_a_picture_is_kept_before_it_is_shown() {
    let world = World::new();
    let media = world.upload(b"\x89PNG large");
    assert_eq!(media.status, MediaStatus::Uploaded);
    let facts = Facts {
        width: Some(4),
        height: Some(3),
        duration_ms: None,
    };
    let place = world.fixture.id();
    world.files.put(world.workspace.id, place, b"\x89PNG small");
    let arrived = block_on(world.files.examine(world.workspace.id, place, 100)).expect("there");
    let made = vec![Made {
        place,
        arrived: arrived.clone(),
        preset: Preset::Chat,
        width: 2,
        height: 1,
    }];
    let processor = process(&world, vec![Inspected::Known { facts, made }]);
    until("the file is ready", || {
        world.media(media.id).status == MediaStatus::Ready
    });
    processor.stop();
    let ready = world.media(media.id);
    assert_eq!((ready.facts, ready.versions.len()), (facts, 1));
    let (of, digest) = (world.workspace.id, ready.versions[0].digest);
    assert_eq!(digest, arrived.digest);
    assert!(block_on(world.files.read(of, digest, 0..5)).is_ok());
}

#[test]
fn a_file_that_cannot_be_looked_into_has_failed_and_stays() {
    let world = World::new();
    let media = world.upload(b"\x89PNG broken");
    let failed = Inspected::Failed("it is a bomb".to_owned());
    let processor = process(&world, vec![failed]);
    until("the file has failed", || {
        world.media(media.id).status == MediaStatus::Failed
    });
    processor.stop();
    let failed = world.media(media.id);
    assert_eq!(failed.problem.as_deref(), Some("it is a bomb"));
    let digest = failed.digest.expect("it arrived");
    assert!(block_on(world.files.read(world.workspace.id, digest, 0..5)).is_ok());
}

/// Looks into a file until it is interrupted.
#[derive(Debug, Default)]
struct Slow {
    is_interrupted: Mutex<bool>,
    interruption: Condvar,
}

impl Inspector for Slow {
    fn inspect(&self, _: &Media) -> Inspected {
        let is_interrupted = self.is_interrupted.lock().expect("no panic");
        let waited = self.interruption.wait_while(is_interrupted, |is| !*is);
        drop(waited.expect("no panic"));
        Inspected::Interrupted
    }

    fn interrupt(&self) {
        *self.is_interrupted.lock().expect("no panic") = true;
        self.interruption.notify_all();
    }
}

#[test]
fn a_file_that_nobody_has_the_time_for_is_left_to_the_next() {
    let world = World::new();
    let media = world.upload(b"\x89PNG slow");
    let (files, clock) = (Arc::clone(&world.files), Arc::clone(&world.fixture.clock));
    let slow = Arc::new(Slow::default());
    let processor = Processor::start(world.store.clone(), files, slow, clock, 1).expect("threads");
    until("it is looked into", || {
        world.media(media.id).status == MediaStatus::Processing
    });
    processor.stop();
    let left = world.media(media.id);
    let now = world.fixture.clock.now();
    assert!(left.tries == 0 && left.due_at.is_some_and(|due| due <= now));
    let failed = Inspected::Failed("it is a bomb".to_owned());
    let processor = process(&world, vec![failed]);
    until("the next one has looked into it", || {
        world.media(media.id).status == MediaStatus::Failed
    });
    processor.stop();
}

#[test]
fn a_file_that_nobody_comes_back_from_is_given_up() {
    let world = World::new();
    let media = world.upload(b"\x89PNG endless");
    let processor = process(&world, Vec::new());
    for tries in 1..=PROCESSING_TRIES_MAX {
        until("it was tried", || world.media(media.id).tries == tries);
        world.fixture.clock.advance(Duration::from_mins(3));
    }
    until("it was given up", || {
        world.media(media.id).status == MediaStatus::Failed
    });
    processor.stop();
}

/// Takes messages as it was told to, one answer after the other, and writes down what it was given.
#[derive(Debug, Default)]
struct Platforms {
    answers: Mutex<Vec<Handed>>,
    given: Mutex<Vec<Parcel>>,
}

impl Platforms {
    fn answering(answers: Vec<Handed>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers),
            given: Mutex::default(),
        })
    }

    fn given(&self) -> Vec<Parcel> {
        self.given.lock().expect("no panic").clone()
    }
}

impl Courier for Platforms {
    fn deliver(&self, parcel: Parcel) -> Handing<'_> {
        self.given.lock().expect("no panic").push(parcel);
        let answer = self.answers.lock().expect("no panic").pop();
        let taken = Handed::Taken { reference: None };
        Box::pin(std::future::ready(answer.unwrap_or(taken)))
    }

    fn test(&self, _channel: Channel) -> Handing<'_> {
        Box::pin(std::future::ready(Handed::Taken { reference: None }))
    }
}

fn carry(world: &World, platforms: &Arc<Platforms>) -> Carrier {
    let courier: Arc<dyn Courier> = Arc::<Platforms>::clone(platforms);
    let clock = Arc::clone(&world.fixture.clock);
    Carrier::start(world.store.clone(), courier, clock).expect("a thread")
}

/// Sixty messages in three conversations, handed over by so many nodes; what the platform was given, in order.
fn handed_over_by(nodes: usize) -> Vec<Parcel> {
    let world = World::new();
    let channel = world.channel();
    let all: Vec<Message> = (0..60)
        .map(|number| {
            let to = format!("+3160000000{}", number % 3);
            world.post(&channel, &to, &number.to_string())
        })
        .collect();
    assert_eq!(all[0].delivery.status, DeliveryStatus::Accepted);
    let platforms = Platforms::answering(Vec::new());
    let carriers: Vec<Carrier> = (0..nodes).map(|_| carry(&world, &platforms)).collect();
    until("all are sent", || {
        all.iter()
            .all(|one| world.status(one.id) == DeliveryStatus::Sent)
    });
    carriers.into_iter().for_each(Carrier::stop);
    let given = platforms.given();
    assert_eq!(given.len(), all.len(), "each once");
    assert!(given.iter().all(|one| one.receivers.len() == 1));
    given
}

#[test]
fn one_node_hands_messages_of_a_conversation_over_in_their_order() {
    let mut last = HashMap::new();
    for parcel in handed_over_by(1) {
        let (of, seq) = (parcel.message.conversation, parcel.message.seq);
        assert!(last.insert(of, seq).is_none_or(|before| before < seq));
    }
}

#[test]
fn two_nodes_hand_each_message_over_once() {
    let given: HashSet<MessageId> = handed_over_by(2).iter().map(|one| one.message.id).collect();
    assert_eq!(given.len(), 60);
}

#[test]
fn what_a_platform_puts_off_is_tried_again_and_what_it_refuses_is_not() {
    let world = World::new();
    let channel = world.channel();
    let message = world.post(&channel, "+31600000001", "hello");
    let later = || Handed::Later {
        reason: "busy".to_owned(),
        detail: None,
        after: None,
    };
    let refused = Handed::Refused {
        reason: "no such number".to_owned(),
        detail: Some("21211".to_owned()),
    };
    let platforms = Platforms::answering(vec![refused, later(), later()]);
    let carrier = carry(&world, &platforms);
    for tries in 1..=3 {
        until("it was tried", || platforms.given().len() == tries);
        let before = world.status(message.id);
        assert!(tries == 3 || before == DeliveryStatus::Processing);
        if tries < 3 {
            // The try is settled when the entry is due later than now.
            until("it was put off", || {
                let due = world.store.read(causerie_core::act::next_outbound).wait();
                let lease = causerie_core::outbound::OUTBOUND_LEASE;
                let leased = world.fixture.clock.now().plus(lease);
                due.expect("read").is_some_and(|due| due < leased)
            });
            world.fixture.clock.advance(Duration::from_mins(1));
        }
    }
    until("it has failed", || {
        world.status(message.id) == DeliveryStatus::Failed
    });
    carrier.stop();
    let failure = world.message(message.id).delivery.failure.clone();
    let failure = failure.expect("a reason");
    assert_eq!(failure.stage, FailureStage::Send);
    assert_eq!(failure.reason, "no such number");
    let tries: Vec<u16> = platforms.given().iter().map(|one| one.tries).collect();
    assert_eq!(tries, [1, 2, 3]);
}

/// A platform that takes its first message only when it is let.
#[derive(Debug)]
struct Reluctant {
    let_go: Mutex<Option<oneshot::Receiver<()>>>,
    given: Mutex<Vec<MessageId>>,
}

impl Courier for Reluctant {
    fn deliver(&self, parcel: Parcel) -> Handing<'_> {
        self.given.lock().expect("no panic").push(parcel.message.id);
        let waits = self.let_go.lock().expect("no panic").take();
        Box::pin(async {
            if let Some(let_go) = waits {
                let_go.await.expect("it is let");
            }
            Handed::Taken { reference: None }
        })
    }

    fn test(&self, _channel: Channel) -> Handing<'_> {
        Box::pin(std::future::ready(Handed::Taken { reference: None }))
    }
}

#[test]
fn what_waits_behind_a_slow_message_for_longer_than_its_lease_is_handed_over_once() {
    let world = World::new();
    let channel = world.channel();
    let [first, second] = ["1", "2"].map(|text| world.post(&channel, "+31600000001", text).id);
    let (let_it, let_go) = oneshot::channel();
    let reluctant = Arc::new(Reluctant {
        let_go: Mutex::new(Some(let_go)),
        given: Mutex::default(),
    });
    let courier: Arc<dyn Courier> = Arc::<Reluctant>::clone(&reluctant);
    let clock = Arc::clone(&world.fixture.clock);
    let carrier = Carrier::start(world.store.clone(), courier, clock).expect("a thread");
    until("both are claimed", || {
        world.status(second) == DeliveryStatus::Processing
    });
    let lease = causerie_core::outbound::OUTBOUND_LEASE;
    world.fixture.clock.advance(lease);
    let due = world.fixture.clock.now().plus(lease);
    until("both are claimed again", || {
        let next = world.store.read(causerie_core::act::next_outbound).wait();
        next.expect("read") == Some(due)
    });
    let_it.send(()).expect("it waits");
    until("both are sent", || {
        [first, second].map(|one| world.status(one)) == [DeliveryStatus::Sent; 2]
    });
    carrier.stop();
    let given = reluctant.given.lock().expect("no panic").clone();
    let times = given.iter().filter(|one| **one == second).count();
    assert_eq!(times, 1, "{given:?}");
}

#[test]
fn who_is_stopped_leaves_what_was_not_begun_to_the_next() {
    let world = World::new();
    let channel = world.channel();
    let [first, second] = ["1", "2"].map(|text| world.post(&channel, "+31600000001", text).id);
    let (let_it, let_go) = oneshot::channel();
    let reluctant = Arc::new(Reluctant {
        let_go: Mutex::new(Some(let_go)),
        given: Mutex::default(),
    });
    let courier: Arc<dyn Courier> = Arc::<Reluctant>::clone(&reluctant);
    let clock = Arc::clone(&world.fixture.clock);
    let carrier = Carrier::start(world.store.clone(), courier, clock).expect("a thread");
    until("both are claimed", || {
        world.status(second) == DeliveryStatus::Processing
    });
    let stopping = std::thread::spawn(|| carrier.stop());
    until("the second one is put back", || {
        let next = world.store.read(causerie_core::act::next_outbound).wait();
        next.expect("read")
            .is_some_and(|due| due <= world.fixture.clock.now())
    });
    let_it.send(()).expect("it waits");
    stopping.join().expect("it stops");
    assert_eq!(world.status(first), DeliveryStatus::Sent);
    let platforms = Platforms::answering(Vec::new());
    let next = carry(&world, &platforms);
    until("the next one hands it over", || {
        world.status(second) == DeliveryStatus::Sent
    });
    next.stop();
    assert_eq!(platforms.given()[0].tries, 1, "it was not tried before");
}

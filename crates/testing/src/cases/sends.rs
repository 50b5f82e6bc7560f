//! Many senders at once: one order per conversation, one log per workspace, nothing twice.
//!
//! Through both doors of the store, gathered and not; what a single send does is tested in core.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use causerie_core::act::{SendMessage, SendOnce, send_message};
use causerie_core::claim::{Answer, Claim, ClaimSource, Fingerprint, Once};
use causerie_core::port::{Clock, Ids};
use causerie_core::receipt::Seen;
use causerie_core::{
    Caller, Context, Conversation, ConversationId, Error, Event, Fault, Message, ParticipantId,
    Position, Refusal, Role, Seq, Subject as About, Topic, Workspace, WorkspaceId,
};

use super::setting::Setting;
use crate::fixture::{CountingIds, Random, text};
use crate::subject::Subject;

/// Three conversations in which Ann and Bob talk, and what is needed to talk from many threads.
struct Talk {
    set: Setting,
    workspace: Arc<Workspace>,
    rooms: Vec<Conversation>,
    ids: Arc<CountingIds>,
}

impl Talk {
    fn new(subject: &Subject) -> Self {
        let set = Setting::new(subject);
        let here = set.here;
        let workspace = subject.read(move |snapshot| snapshot.workspaces().find(here));
        let mut rooms = vec![set.room.clone()];
        for _ in 0..2 {
            let room = set.fixture.conversation(set.here);
            subject.put(&room);
            let members = [
                set.fixture.member(&room, &set.ann),
                set.fixture.member(&room, &set.bob),
            ];
            subject.put_all(&members);
            rooms.push(room);
        }
        Self {
            workspace: Arc::new(workspace.expect("it was added")),
            rooms,
            ids: Arc::clone(&set.fixture.ids),
            set,
        }
    }

    /// The context of a send by somebody whose clock is off by up to a second.
    fn context(&self, random: &mut Random) -> Context {
        let off = Duration::from_micros(u64::try_from(random.below(1_000_000)).expect("small"));
        let now = self.set.fixture.clock.now().plus(off);
        Context {
            caller: Caller::embedding(Arc::clone(&self.workspace)),
            now,
            fresh: self.ids.fresh(now),
        }
    }

    fn sender(&self, random: &mut Random) -> ParticipantId {
        *random.pick(&[self.set.ann.id, self.set.bob.id])
    }

    fn command(&self, random: &mut Random, words: &str) -> SendMessage {
        let room = random.pick(&self.rooms).id;
        SendMessage::text(room, self.sender(random), text(words))
    }
}

fn done(result: Result<Once<Seen>, Error>) -> Message {
    match result.expect("the send is kept") {
        Once::Done(sent) => sent.message,
        Once::Replayed(answer) => panic!("nothing was claimed, found {answer:?}"),
    }
}

/// What must hold of every conversation and log, whoever sent what: no gap, no repeat, no step back
/// in time, and each message announced once, in its order.
fn check_order(subject: &Subject, talk: &Talk, sent: &[Message]) {
    let mut logged = announced(&subject.events(talk.set.here));
    let mut expected: BTreeMap<ConversationId, Vec<Message>> = BTreeMap::new();
    for message in sent {
        let of = expected.entry(message.conversation).or_default();
        of.push(message.clone());
    }
    for room in &talk.rooms {
        let stored = subject.messages(room);
        let mut own = expected.remove(&room.id).unwrap_or_default();
        own.sort_by_key(|message| message.seq);
        assert_eq!(stored, own, "what was answered is what is stored");
        for (seq, message) in (1..).zip(&stored) {
            assert_eq!(message.seq, Seq::new(seq));
        }
        for pair in stored.windows(2) {
            assert!(pair[0].created_at <= pair[1].created_at);
        }
        let now = subject.conversation(room).expect("it exists");
        assert_eq!(
            now.last_seq,
            stored.last().map_or(Seq::ZERO, |last| last.seq)
        );
        assert_eq!(
            now.last_message_at,
            stored.last().map(|last| last.created_at)
        );
        let places: Vec<_> = stored.iter().map(|one| (one.id, one.seq)).collect();
        assert_eq!(logged.remove(&room.id).unwrap_or_default(), places);
        for who in [talk.set.ann.id, talk.set.bob.id] {
            let (here, id) = (talk.set.here, room.id);
            let member = subject.read(move |snapshot| snapshot.members().find(here, id, who));
            let last = stored.iter().rfind(|one| one.sender == who);
            let read = member.expect("a member").read_seq;
            assert_eq!(read, last.map_or(Seq::ZERO, |last| last.seq));
        }
    }
    assert!(expected.is_empty() && logged.is_empty());
}

type Places = Vec<(causerie_core::MessageId, Seq)>;

/// The messages that the log announces, in its order, which must be without a gap.
fn announced(events: &[Event]) -> HashMap<ConversationId, Places> {
    let mut places: HashMap<ConversationId, Places> = HashMap::new();
    for (position, event) in (1..).zip(events) {
        assert_eq!(event.position, Position::new(position));
        if let (Topic::MessageCreated, About::Message(of, id, seq)) = (event.topic, event.subject) {
            places.entry(of).or_default().push((id, seq));
        }
    }
    places
}

pub(super) fn i2_i3_many_senders_leave_no_gap_and_nothing_twice(subject: &mut Subject) {
    let talk = &Talk::new(subject);
    let subject = &*subject;
    let threads: Vec<_> = thread::scope(|scope| {
        let spawn = |seed| {
            scope.spawn(move || {
                let mut random = Random::new(seed);
                let mut sent = Vec::new();
                for round in 0..10 {
                    let mut pending = Vec::new();
                    for number in 0..=random.below(6) {
                        let cmd = talk.command(&mut random, &format!("{seed} {round} {number}"));
                        let cx = talk.context(&mut random);
                        pending.push(if random.chance(2, 3) {
                            subject.store().send(cx, cmd)
                        } else {
                            let work = move |unit: &mut dyn causerie_core::port::Unit| {
                                send_message(unit, &cx, &cmd)
                            };
                            subject.store().write(work)
                        });
                    }
                    sent.extend(pending.into_iter().map(|one| done(one.wait())));
                }
                sent
            })
        };
        let running: Vec<_> = (0..8).map(spawn).collect();
        running
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect()
    });
    let sent: Vec<Message> = threads
        .into_iter()
        .flat_map(|sent| sent.expect("no sender panics"))
        .collect();
    check_order(subject, talk, &sent);
}

pub(super) fn bad_sends_and_broken_work_among_good_ones_leave_nothing(subject: &mut Subject) {
    let talk = &Talk::new(subject);
    let mut reader = (*talk.set.bob_in).clone();
    (reader.conversation, reader.role) = (talk.rooms[2].id, Role::Readonly);
    let reader = causerie_core::Member::restore(reader);
    subject.write(move |unit| unit.members_mut().save(&reader));
    let subject = &*subject;
    let threads: Vec<Vec<Message>> = thread::scope(|scope| {
        let spawn = |seed| scope.spawn(move || send_good_and_bad(subject, talk, seed));
        let running: Vec<_> = (0..6).map(spawn).collect();
        let joined = running.into_iter().map(thread::ScopedJoinHandle::join);
        joined.map(|sent| sent.expect("no sender panics")).collect()
    });
    let sent: Vec<Message> = threads.into_iter().flatten().collect();
    check_order(subject, talk, &sent);
    assert_eq!(subject.messages(&talk.set.lobby), []);
    let stored: BTreeSet<_> = sent.iter().map(|one| one.text.as_str()).collect();
    assert!(!stored.contains("bad") && !stored.contains("broken"));
}

fn send_good_and_bad(subject: &Subject, talk: &Talk, seed: u64) -> Vec<Message> {
    let mut random = Random::new(seed);
    let mut good = Vec::new();
    let mut bad = Vec::new();
    let mut broken = Vec::new();
    for number in 0..30 {
        let mut cmd = talk.command(&mut random, &format!("{seed} {number}"));
        let cx = talk.context(&mut random);
        match random.below(6) {
            0 => {
                cmd.draft.text = text("bad");
                match random.below(3) {
                    0 => cmd.sender = Some(talk.set.eve.id),
                    1 => cmd.conversation = talk.set.lobby.id,
                    _ => {
                        cmd.conversation = talk.rooms[2].id;
                        cmd.sender = Some(talk.set.bob.id);
                    }
                }
                bad.push(subject.store().send(cx, cmd));
            }
            1 => {
                cmd.draft.text = text("broken");
                cmd.sender = Some(talk.set.ann.id);
                let panics = random.chance(1, 2);
                broken.push(subject.store().write::<(), _>(move |unit| {
                    send_message(unit, &cx, &cmd)?;
                    assert!(!panics, "a panic on purpose");
                    Err(Fault::corrupt("table", "column", "on purpose").into())
                }));
            }
            _ => {
                cmd.sender = Some(talk.set.ann.id);
                good.push(subject.store().send(cx, cmd));
            }
        }
    }
    for pending in bad {
        assert!(matches!(pending.wait(), Err(Error::Refusal(_))));
    }
    for pending in broken {
        let result = pending.wait();
        assert!(
            matches!(
                result,
                Err(Error::Fault(Fault::Panicked(_) | Fault::Corrupt { .. }))
            ),
            "{result:?}"
        );
    }
    good.into_iter().map(|one| done(one.wait())).collect()
}

fn claimed(words: &str) -> SendOnce {
    let fingerprint = Fingerprint::of(&[words.as_bytes()]);
    let claim = Claim::new(ClaimSource::IdempotencyKey, &[b"shared"], fingerprint);
    SendOnce {
        claims: vec![claim],
        render: |message| Answer(message.id.to_bytes().to_vec()),
    }
}

pub(super) fn i4_of_retries_at_once_one_sends(subject: &mut Subject) {
    let talk = &Talk::new(subject);
    let subject = &*subject;
    let results: Vec<_> = thread::scope(|scope| {
        let spawn = |seed| {
            scope.spawn(move || {
                let mut random = Random::new(seed);
                let mut cmd = SendMessage::text(talk.set.room.id, talk.set.ann.id, text("once"));
                cmd.once = Some(claimed("once"));
                let cx = talk.context(&mut random);
                if seed % 2 == 0 {
                    subject.store().send(cx, cmd).wait()
                } else {
                    let pending = subject
                        .store()
                        .write(move |unit| send_message(unit, &cx, &cmd));
                    pending.wait()
                }
            })
        };
        let running: Vec<_> = (0..8).map(spawn).collect();
        running
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect()
    });
    let (mut sent, mut answers) = (Vec::new(), Vec::new());
    for result in results {
        match result.expect("no sender panics").expect("sent or replayed") {
            Once::Done(one) => sent.push(one.message),
            Once::Replayed(answer) => answers.push(answer),
        }
    }
    assert_eq!(sent.len(), 1);
    let first = Answer(sent[0].id.to_bytes().to_vec());
    assert!(answers.iter().all(|answer| *answer == first));
    check_order(subject, talk, &sent);
    let mut other = SendMessage::text(talk.set.room.id, talk.set.ann.id, text("another"));
    other.once = Some(claimed("another"));
    let reused = subject
        .store()
        .send(talk.context(&mut Random::new(0)), other);
    let reused = reused.wait();
    assert!(
        matches!(reused, Err(Error::Refusal(Refusal::IdempotencyKeyReused))),
        "{reused:?}"
    );
}

pub(super) fn i3_a_reader_of_the_log_misses_and_repeats_nothing_while_others_send(
    subject: &mut Subject,
) {
    let talk = &Talk::new(subject);
    let subject = &*subject;
    let over = &AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(move || follow(subject, talk.set.here, over));
        let watcher = scope.spawn(move || watch(subject, talk, over));
        let spawn = |seed| {
            scope.spawn(move || {
                let mut random = Random::new(seed);
                for number in 0..40 {
                    let cmd = talk.command(&mut random, &number.to_string());
                    done(subject.store().send(talk.context(&mut random), cmd).wait());
                }
            })
        };
        let senders: Vec<_> = (0..4).map(spawn).collect();
        let ended: Vec<_> = senders
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        over.store(true, Ordering::SeqCst);
        assert!(ended.iter().all(Result::is_ok), "no sender panics");
        let followed = reader.join().expect("the reader sees no gap");
        watcher.join().expect("the watcher sees no gap");
        assert_eq!(followed, subject.events(talk.set.here));
        assert_eq!(followed.len(), 160);
    });
}

/// Reads the log from where it last came to, until others say that all is sent and no more comes.
fn follow(subject: &Subject, workspace: WorkspaceId, over: &AtomicBool) -> Vec<Event> {
    let mut followed: Vec<Event> = Vec::new();
    loop {
        let ended = over.load(Ordering::SeqCst);
        let after = followed.last().map_or(Position::ZERO, |last| last.position);
        let more = subject.read(move |snapshot| snapshot.events().page(workspace, after, 7));
        if more.is_empty() && ended {
            return followed;
        }
        for event in more {
            let next = followed.last().map_or(0, |last| last.position.get()) + 1;
            assert_eq!(event.position.get(), next);
            followed.push(event);
        }
    }
}

/// Looks at conversations while they grow: every look shows all messages up to the last.
fn watch(subject: &Subject, talk: &Talk, over: &AtomicBool) {
    let all = causerie_core::port::SeqRange {
        above: Seq::ZERO,
        below: None,
    };
    while !over.load(Ordering::SeqCst) {
        for room in &talk.rooms {
            let (here, id) = (talk.set.here, room.id);
            let (last, seqs, head) = subject.read(move |snapshot| {
                let found = snapshot.conversations().find(here, id)?;
                let order = causerie_core::page::Order::Ascending;
                let page = snapshot.messages().page(
                    here,
                    id,
                    all,
                    causerie_core::Sight::Everything,
                    order,
                    1_000,
                )?;
                let seqs: Vec<u64> = page.iter().map(|one| one.seq.get()).collect();
                let last = found.expect("it exists").last_seq;
                Ok((last, seqs, snapshot.events().head(here)?))
            });
            assert_eq!(seqs, (1..=last.get()).collect::<Vec<_>>());
            assert!(head.get() >= last.get());
        }
    }
}

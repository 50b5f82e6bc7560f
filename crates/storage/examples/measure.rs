//! Measures sends and lists through the store, without HTTP: `measure <url> [waiting] [seconds]`.
//!
//! Sends go to a hundred conversations, each with an idempotency claim, so many at a time as
//! `waiting` says. No part of the product; the budget is measured by `cargo xtask bench`.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use causerie_core::act::{ListMessages, SendMessage, SendOnce, list_messages};
use causerie_core::claim::{Answer, Claim, ClaimSource, Fingerprint};
use causerie_core::page::{Limit, Order};
use causerie_core::port::{Clock, Ids, RandomIds, SystemClock, Tombstones};
use causerie_core::{
    Caller, Context, Conversation, ConversationId, Heads, Participant, ParticipantId, Store,
};
use causerie_storage::{Options, open};
use causerie_testing::Put;
use causerie_testing::fixture::{Fixture, text};

const CONVERSATIONS: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .ok_or("expected the address of a database")?
        .parse()?;
    let waiting = arguments.next().map_or(Ok(128), |text| text.parse())?;
    let seconds = arguments.next().map_or(Ok(5), |text| text.parse())?;
    let mut options = Options::default();
    if let Ok(writers) = std::env::var("WRITERS") {
        options.writers = writers.parse()?;
    }
    let heads = Arc::new(Heads::default());
    let store = Store::new(open(&url, &options, &heads)?, Arc::clone(&heads));
    let scene = Scene::new(&store)?;
    let (mut sent, mut slowest) = (0_u64, Duration::ZERO);
    let start = Instant::now();
    let mut under_way = VecDeque::new();
    while start.elapsed() < Duration::from_secs(seconds) {
        while under_way.len() < waiting {
            let (cx, cmd) = scene.send();
            under_way.push_back((Instant::now(), store.send(cx, cmd)));
        }
        if let Some((at, pending)) = under_way.pop_front() {
            pending.wait()?;
            slowest = slowest.max(at.elapsed());
            sent += 1;
        }
    }
    report("sends", sent, start.elapsed(), slowest);
    drop(under_way);
    if std::env::var_os("SENDS").is_some() {
        store.close();
        return Ok(());
    }
    let (mut listed, mut times) = (0_u64, Vec::new());
    let start = Instant::now();
    let mut under_way = VecDeque::new();
    while start.elapsed() < Duration::from_secs(seconds.min(3)) {
        while under_way.len() < waiting {
            let (cx, cmd) = scene.list();
            let read = store.read(move |snapshot| list_messages(snapshot, &cx, &cmd));
            under_way.push_back((Instant::now(), read));
        }
        if let Some((at, pending)) = under_way.pop_front() {
            pending.wait()?;
            times.push(at.elapsed());
            listed += 1;
        }
    }
    times.sort_unstable();
    let p99 = times
        .get(times.len() * 99 / 100)
        .copied()
        .unwrap_or_default();
    let slowest = times.last().copied().unwrap_or_default();
    report("lists of 50", listed, start.elapsed(), slowest);
    eprintln!("of 100 lists 99 are answered in {p99:?}");
    store.close();
    Ok(())
}

fn report(what: &str, count: u64, took: Duration, slowest: Duration) {
    let rate = Duration::from_secs(count).as_secs_f64() / took.as_secs_f64();
    eprintln!("{what}: {rate:.0}/s, the slowest in {slowest:?}");
}

struct Scene {
    caller: Caller,
    conversations: Vec<(ConversationId, ParticipantId)>,
    turn: std::cell::Cell<usize>,
}

impl Scene {
    fn new(store: &Store) -> Result<Self, Box<dyn Error>> {
        let fixture = Fixture::default();
        let now = SystemClock.now();
        fixture.clock.set(now);
        let fresh = || RandomIds.fresh(now);
        let workspace = causerie_core::Workspace::new(
            fresh().into(),
            causerie_core::text::Name::from_stored("measured"),
            now,
        );
        let people: Vec<Participant> = (0..CONVERSATIONS)
            .map(|_| fixture.participant_with(workspace.id, |state| state.id = fresh().into()))
            .collect();
        let rooms: Vec<Conversation> = (0..CONVERSATIONS)
            .map(|_| fixture.conversation_with(workspace.id, |state| state.id = fresh().into()))
            .collect();
        let members: Vec<_> = rooms
            .iter()
            .zip(&people)
            .map(|(room, person)| fixture.member(room, person))
            .collect();
        let pairs = members
            .iter()
            .map(|one| (one.conversation, one.participant))
            .collect();
        let all = (workspace.clone(), people, rooms, members);
        let put = store.write(move |unit| {
            unit.workspaces_mut().add(&all.0)?;
            Put::put(unit, &all.1)?;
            Put::put(unit, &all.2)?;
            Ok(Put::put(unit, &all.3)?)
        });
        put.wait()?;
        Ok(Self {
            caller: Caller::embedding(Arc::new(workspace)),
            conversations: pairs,
            turn: std::cell::Cell::default(),
        })
    }

    fn next(&self) -> (Context, ConversationId, ParticipantId) {
        let turn = self.turn.get();
        self.turn.set(turn + 1);
        let (conversation, participant) = self.conversations[turn * 7 % CONVERSATIONS];
        let now = SystemClock.now();
        let cx = Context {
            caller: self.caller.clone(),
            now,
            fresh: RandomIds.fresh(now),
        };
        (cx, conversation, participant)
    }

    fn send(&self) -> (Context, SendMessage) {
        let (cx, conversation, participant) = self.next();
        let words = text("The quick brown fox jumps over the lazy dog, and nobody minds at all.");
        let mut cmd = SendMessage::text(conversation, participant, words);
        if std::env::var_os("PLAIN").is_none() {
            let mut key = [0; 16];
            RandomIds.entropy(&mut key);
            let print = Fingerprint::of(&[&key]);
            cmd.once = Some(SendOnce {
                claims: vec![Claim::new(ClaimSource::IdempotencyKey, &[&key], print)],
                render: |message| Answer(vec![b'x'; 300 + message.text.as_str().len()]),
            });
        }
        (cx, cmd)
    }

    fn list(&self) -> (Context, ListMessages) {
        let (cx, conversation, _) = self.next();
        let cmd = ListMessages {
            conversation,
            order: Order::Descending,
            limit: Limit::default(),
            cursor: None,
            after: None,
            before: None,
            tombstones: Tombstones::Shown,
        };
        (cx, cmd)
    }
}

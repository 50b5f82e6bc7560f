//! Measures searches through the store, without HTTP: `search <url> [messages]`.
//!
//! Fills an empty database with messages of words that are as frequent as those of a language, then asks
//! for three words at a time, common and rare ones, and for pages of fifty to compare with. No part of
//! the product; the budget is measured by `cargo xtask bench`.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use causerie_core::act::WALK_MAX;
use causerie_core::page::Order;
use causerie_core::port::{MessageFilter, SeqRange, Snapshot};
use causerie_core::search::SearchQuery;
use causerie_core::text::Text;
use causerie_core::{
    Conversation, ConversationId, Fault, Heads, Message, ParticipantId, Seq, Sight, Store,
    WorkspaceId,
};
use causerie_storage::{Options, open};
use causerie_testing::Put;
use causerie_testing::fixture::{Fixture, Random};

const CONVERSATIONS: u64 = 100;
/// There are so many different words, as a power of two.
const BITS: usize = 15;
const BATCH: u64 = 1_000;
const ROUNDS: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .ok_or("expected the address of a database")?
        .parse()?;
    let messages = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let heads = Arc::new(Heads::default());
    let store = Store::new(open(&url, &Options::default(), &heads)?, Arc::clone(&heads));
    let scene = Scene::new(&store)?;
    let start = Instant::now();
    scene.fill(&store, messages)?;
    eprintln!("filled with {messages} messages in {:?}", start.elapsed());
    scene.measure(&store)?;
    store.close();
    Ok(())
}

/// A name, what is asked, and the filter.
type Kind<'a> = (&'a str, fn(&mut Random) -> String, &'a MessageFilter);

struct Scene {
    fixture: Fixture,
    workspace: WorkspaceId,
    rooms: Vec<Conversation>,
    person: causerie_core::Participant,
}

/// Word 0 is in most texts, the highest in hardly any.
fn word(random: &mut Random) -> usize {
    let below = 1 << random.below(BITS);
    random.below(below)
}

impl Scene {
    fn new(store: &Store) -> Result<Self, Box<dyn Error>> {
        let fixture = Fixture::default();
        let workspace = fixture.workspace("searched");
        let person = fixture.participant(workspace.id, "Ann");
        let rooms: Vec<_> = (0..CONVERSATIONS)
            .map(|_| fixture.conversation(workspace.id))
            .collect();
        let members: Vec<_> = rooms
            .iter()
            .map(|room| fixture.member(room, &person))
            .collect();
        let id = workspace.id;
        let all = (workspace, person.clone(), rooms.clone(), members);
        let put = store.write(move |unit| {
            unit.workspaces_mut().add(&all.0)?;
            unit.participants_mut().add(&all.1)?;
            Put::put(unit, &all.2)?;
            Ok(Put::put(unit, &all.3)?)
        });
        put.wait()?;
        Ok(Self {
            fixture,
            workspace: id,
            rooms,
            person,
        })
    }

    fn fill(&self, store: &Store, messages: u64) -> Result<(), Box<dyn Error>> {
        let mut random = Random::new(1);
        for batch in 0..messages / BATCH {
            let all: Vec<Message> = (0..BATCH)
                .map(|index| self.message(batch * BATCH + index, &mut random))
                .collect();
            let workspace = self.workspace;
            let put = store.write(move |unit| Ok(unit.messages_mut().append(workspace, &all)?));
            put.wait()?;
        }
        Ok(())
    }

    fn message(&self, index: u64, random: &mut Random) -> Message {
        let room = usize::try_from(index % CONVERSATIONS).unwrap_or_default();
        let words: Vec<String> = (0..12).map(|_| format!("w{}", word(random))).collect();
        let seq = index / CONVERSATIONS + 1;
        self.fixture
            .message_with(&self.rooms[room], &self.person, seq, |state| {
                state.text = Text::from_stored(words.join(" "));
            })
    }

    fn measure(&self, store: &Store) -> Result<(), Box<dyn Error>> {
        let mut random = Random::new(2);
        let workspace = self.workspace;
        let rooms: Vec<ConversationId> = self.rooms.iter().map(|room| room.id).collect();
        let newest = SeqRange {
            above: Seq::ZERO,
            below: None,
        };
        let (sight, order) = (Sight::Everything, Order::Descending);
        measured(store, "lists of 50", || {
            let room = *random.pick(&rooms);
            move |snapshot: &mut dyn Snapshot| {
                let port = snapshot.messages();
                let page = port.page(workspace, room, newest, sight, order, 50)?;
                Ok(page.len())
            }
        })?;
        let everything = MessageFilter::everything();
        let member = MessageFilter {
            member: Some(ParticipantId::from_bytes(self.person.id.to_bytes())),
            ..MessageFilter::everything()
        };
        let room = MessageFilter {
            conversation: rooms.first().copied(),
            ..MessageFilter::everything()
        };
        let kinds: [Kind<'_>; 8] = [
            ("three common words", |_| "w0 w1 w2".to_owned(), &everything),
            ("any three words", |random| three(random, 0), &everything),
            (
                "three rare words",
                |random| three(random, 5_000),
                &everything,
            ),
            (
                "common and absent",
                |_| "w0 w1 absent".to_owned(),
                &everything,
            ),
            ("a common beginning", |_| "w1* w2".to_owned(), &everything),
            (
                "two words side by side",
                |_| "\"w3 w4\"".to_owned(),
                &everything,
            ),
            (
                "three common words of a member's",
                |_| "w0 w1 w2".to_owned(),
                &member,
            ),
            (
                "three words in a conversation",
                |random| three(random, 0),
                &room,
            ),
        ];
        for (what, text, filter) in kinds {
            measured(store, what, || {
                let query = SearchQuery::parse(&text(&mut random));
                let filter = filter.clone();
                move |snapshot: &mut dyn Snapshot| {
                    let Ok(query) = &query else {
                        return Ok(0);
                    };
                    let port = snapshot.messages();
                    let hits = port.search(workspace, query, &filter, None, 51, WALK_MAX)?;
                    Ok(hits.items.len())
                }
            })?;
        }
        Ok(())
    }
}

fn three(random: &mut Random, from: usize) -> String {
    let mut one = || word(random).max(from + random.below(10));
    format!("w{} w{} w{}", one(), one(), one())
}

/// One after the other.
fn measured<W>(store: &Store, what: &str, mut make: impl FnMut() -> W) -> Result<(), Box<dyn Error>>
where
    W: FnMut(&mut dyn Snapshot) -> Result<usize, Fault> + Send + 'static,
{
    let (mut times, mut found) = (Vec::with_capacity(ROUNDS), 0);
    for _ in 0..ROUNDS {
        let mut work = make();
        let start = Instant::now();
        found += store.read(move |snapshot| Ok(work(snapshot)?)).wait()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let at = |hundredth: usize| -> Duration {
        times
            .get(times.len() * hundredth / 100)
            .copied()
            .unwrap_or_default()
    };
    let (half, most) = (at(50), at(99));
    eprintln!(
        "{what}: 50 of 100 in {half:?}, 99 in {most:?}; {} found each",
        found / ROUNDS
    );
    Ok(())
}

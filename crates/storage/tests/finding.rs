//! What a search finds where the ways of the indexes meet: marks that two workspaces share, words that
//! are said more often than an index keeps places for, more messages than a neighbourhood has.

mod setting;

use std::sync::Arc;

use causerie_core::act::WALK_MAX;
use causerie_core::port::{MessageFilter, SearchPlace};
use causerie_core::search::SearchQuery;
use causerie_core::text::Text;
use causerie_core::{
    Conversation, ConversationId, Message, MessageKind, Participant, Store, WorkspaceId,
};
use causerie_storage::Options;
use causerie_testing::fixture::Fixture;
use causerie_testing::{Opened, Put};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use setting::Database;

/// A workspace with one room and one person.
struct Scene {
    fixture: Arc<Fixture>,
    store: Store,
    workspace: WorkspaceId,
    room: Conversation,
    person: Participant,
}

impl Scene {
    /// The ids of both end alike whatever the number, as those of the marks.
    fn new(opened: &Opened, fixture: &Arc<Fixture>, number: u8) -> Self {
        let store = Store::new(Arc::clone(&opened.lanes), Arc::clone(&opened.heads));
        let mut id = [7; 16];
        id[0] = number;
        let workspace = causerie_core::Workspace::new(
            WorkspaceId::from_bytes(id),
            causerie_core::text::Name::from_stored("alike"),
            fixture.tick(),
        );
        let room = fixture.conversation_with(workspace.id, |state| {
            state.id = ConversationId::from_bytes(id);
        });
        let person = fixture.participant(workspace.id, "Ann");
        let all = (workspace.clone(), room.clone(), person.clone());
        let put = store.write(move |unit| {
            unit.workspaces_mut().add(&all.0)?;
            unit.conversations_mut().add(&all.1)?;
            Ok(unit.participants_mut().add(&all.2)?)
        });
        put.wait().expect("the scene is stored");
        Self {
            fixture: Arc::clone(fixture),
            store,
            workspace: workspace.id,
            room,
            person,
        }
    }

    /// Says these texts at the places from `first` on.
    fn say(&self, first: u64, texts: &[String]) {
        let each = texts.iter().zip(first..);
        let messages: Vec<Message> = each
            .map(|(words, seq)| {
                self.fixture
                    .message_with(&self.room, &self.person, seq, |state| {
                        state.text = Text::from_stored(words.as_str());
                        if words.starts_with("picture") {
                            state.kind = MessageKind::Image;
                        }
                    })
            })
            .collect();
        let put = self.store.write(move |unit| Ok(Put::put(unit, &messages)?));
        put.wait().expect("said");
    }

    /// The places of what a search finds, page by page.
    fn found(&self, query: &str, filter: &MessageFilter, limit: usize) -> Vec<u64> {
        self.walked(query, filter, limit, WALK_MAX).0
    }

    /// The same with a bound of its own, and how many pages that took.
    fn walked(
        &self,
        query: &str,
        filter: &MessageFilter,
        limit: usize,
        walk_max: usize,
    ) -> (Vec<u64>, usize) {
        let query = SearchQuery::parse(query).expect("a query");
        let mut all = Vec::new();
        let mut before: Option<SearchPlace> = None;
        for pages in 1.. {
            let (workspace, query, filter) = (self.workspace, query.clone(), filter.clone());
            let page = self.store.read(move |snapshot| {
                let port = snapshot.messages();
                Ok(port.search(workspace, &query, &filter, before, limit, walk_max)?)
            });
            let page = page.wait().expect("searched");
            all.extend(page.items.iter().map(|(_, message)| message.seq.get()));
            let full = page.items.last().filter(|_| page.items.len() == limit);
            before = full.map(|(place, _)| *place).or(page.on);
            if before.is_none() {
                return (all, pages);
            }
        }
        unreachable!("a walk comes to its end")
    }
}

fn each_database(check: impl Fn(&Opened)) {
    check(&Database::sqlite(options()).again());
    if let Some(database) = Database::postgres(options()) {
        check(&database.again());
    }
}

fn options() -> Options {
    setting::options()
}

#[test]
fn workspaces_whose_marks_are_alike_see_only_their_own() {
    each_database(|opened| {
        let fixture = Arc::new(Fixture::default());
        let [one, other] = [1, 2].map(|number| Scene::new(opened, &fixture, number));
        one.say(1, &["shared word".to_owned(), "nothing".to_owned()]);
        other.say(1, &["nothing".to_owned(), "shared word".to_owned()]);
        let filters = |scene: &Scene| {
            let everything = MessageFilter::everything();
            let conversation = Some(scene.room.id);
            let confined = MessageFilter {
                conversation,
                ..MessageFilter::everything()
            };
            [everything, confined]
        };
        for filter in filters(&one) {
            assert_eq!(one.found("shared", &filter, 10), [1]);
        }
        for filter in filters(&other) {
            assert_eq!(other.found("sha* \"shared word\"", &filter, 10), [2]);
        }
        let [_, foreign] = filters(&other);
        assert_eq!(one.found("shared", &foreign, 10), [0; 0]);
    });
}

#[test]
fn places_of_a_word_that_is_said_very_often_count() {
    each_database(|opened| {
        let fixture = Arc::new(Fixture::default());
        let scene = Scene::new(opened, &fixture, 1);
        let often = "on and ".repeat(400);
        let texts = [
            format!("{often} and then comes the end"),
            format!("{often} then and comes the end"),
            format!("{} then", "so ".repeat(9_998)),
        ];
        scene.say(1, &texts);
        let everything = MessageFilter::everything();
        let found = |query: &str| scene.found(query, &everything, 10);
        assert_eq!(found("\"and then comes\""), [1]);
        assert_eq!(found("\"on and on\" \"and comes\""), [2]);
        assert_eq!(found("\"the end\""), [2, 1]);
        assert_eq!(found("\"end the\""), [0; 0]);
        assert_eq!(found("\"so then\""), [3]);
        assert_eq!(found("end comes th*"), [2, 1]);
    });
}

#[test]
fn pages_lead_through_many_neighbourhoods() {
    each_database(|opened| {
        let fixture = Arc::new(Fixture::default());
        let scene = Scene::new(opened, &fixture, 1);
        let text = |seq: u64| match seq % 5_000 {
            1 => "seldom often".to_owned(),
            _ => "often".to_owned(),
        };
        for first in (1..50_000).step_by(5_000) {
            let texts: Vec<String> = (first..first + 5_000).map(text).collect();
            scene.say(first, &texts);
        }
        let seldom: Vec<u64> = (0..10).rev().map(|part| part * 5_000 + 1).collect();
        let everything = MessageFilter::everything();
        for query in ["seldom", "sel* often", "\"seldom often\""] {
            for limit in [1, 3, 100] {
                assert_eq!(scene.found(query, &everything, limit), seldom, "{query}");
            }
        }
        let all: Vec<u64> = (1..=50_000).rev().collect();
        assert_eq!(scene.found("often", &everything, 9_000), all);
    });
}

/// Lets the next message have a number that is so much higher; on SQLite numbers follow one another.
fn skip(database: &Database, numbers: u32) {
    if database.url().sqlite_path().is_none() {
        let (target, schema) = database.target();
        let mut conn = PgConnection::establish(&target).expect("the server answers");
        let skip = format!(
            "SELECT setval('{schema}.message_number', nextval('{schema}.message_number') + {numbers})"
        );
        conn.batch_execute(&skip).expect("skipped");
    }
}

#[test]
fn what_is_rare_among_many_hits_is_found_by_several_bounded_walks() {
    let databases = [
        Some(Database::sqlite(options())),
        Database::postgres(options()),
    ];
    for database in databases.into_iter().flatten() {
        let opened = database.again();
        let fixture = Arc::new(Fixture::default());
        let scene = Scene::new(&opened, &fixture, 1);
        let text = |seq: u64| match seq {
            1 | 2_500 | 5_999 => "picture often".to_owned(),
            _ => "often".to_owned(),
        };
        for first in [1, 2_001, 4_001] {
            let texts: Vec<String> = (first..first + 2_000).map(text).collect();
            scene.say(first, &texts);
            skip(&database, 400_000);
        }
        scene.say(6_001, &["often".to_owned()]);
        let pictures = MessageFilter {
            kind: Some(MessageKind::Image),
            ..MessageFilter::everything()
        };
        let (found, pages) = scene.walked("often", &pictures, 2, 700);
        assert_eq!(found, [5_999, 2_500, 1]);
        assert_eq!(pages, 9, "six thousand hits, seven hundred at a time");
        let (found, pages) = scene.walked("often", &pictures, 2, WALK_MAX);
        assert_eq!((found, pages), (vec![5_999, 2_500, 1], 2));
        let all: Vec<u64> = (1..=6_001).rev().collect();
        let everything = MessageFilter::everything();
        assert_eq!(scene.walked("often", &everything, 90, 40).0, all);
        assert_eq!(scene.walked("often", &everything, 90, 700).0, all);
    }
}

#[test]
fn a_message_that_is_purged_twice_at_once_takes_no_other_along() {
    each_database(|opened| {
        let fixture = Arc::new(Fixture::default());
        let scene = Scene::new(opened, &fixture, 1);
        scene.say(1, &["same words".to_owned(), "same words".to_owned()]);
        let (workspace, room) = (scene.workspace, scene.room.id);
        let purge = scene.store.write(move |unit| {
            let places = [(room, causerie_core::Seq::new(1))];
            let found = unit.messages().find_at(workspace, &places)?;
            let twice = [found.clone(), found].concat();
            Ok(unit.messages_mut().purge(workspace, &twice)?)
        });
        assert_eq!(purge.wait().expect("purged"), 1);
        scene.say(3, &["other words".to_owned()]);
        let everything = MessageFilter::everything();
        assert_eq!(scene.found("words", &everything, 10), [3, 2]);
        assert_eq!(scene.found("\"same words\"", &everything, 10), [2]);
    });
}

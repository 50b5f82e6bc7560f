//! Words in the port `Messages`: what a search finds is what the query matches, whatever is written.
//!
//! Filters and orders are in `filters`; what is a word, and what a query, is decided in core.

use std::thread;

use causerie_core::port::MessageFilter;
use causerie_core::search::{SearchQuery, WORD_CHARS_MAX, WORDS_MAX, words};
use causerie_core::text::Text;
use causerie_core::{
    ContentType, DeleteMode, Message, MessageChange, MessageId, MessageState, Sight, Visibility,
};

use super::filters::delete;
use super::setting::{Setting, at, saying};
use super::text::DIFFICULT;
use crate::fixture::{Random, content, text};
use crate::subject::Subject;

/// What is written, some of it as if it were a query of some database.
const TEXTS: &[&str] = &[
    "Where is my order A-1002?",
    "order 1002 a, not the other",
    "The ORDER is late: late late order",
    "It’s late, isn't it",
    "Résumé und Übergröße, naïve café",
    "resume uber grosse naive cafe",
    "東京都に行きました",
    "京の都 東 京",
    "ひらがな カタカナ ﾊﾝｶｸ",
    "한국어 텍스트",
    "Москва и москва",
    "שלום مرحبا",
    "AND or NOT near (a & b) | !c",
    "a* \"b c\" ^d : e -f +g {h} [i] <-> j:* k:1A",
    "'quoted' \\backslash\\ %_ $1 ?1 :x @y #z",
    "x1 x2 x10 x1x",
    "snake_case kebab-case camelCase dot.ted 1.5 1,000",
    "👋🏽 hello 👋 world",
    "e\u{301}te\u{301} \u{fb01}ne \u{212b}ngstrom",
    "",
    "NULL",
    "the the the",
    "the quick brown fox",
    "quick the fox brown",
    "ΣΊΣΥΦΟΣ σίσυφος",
    "straße STRASSE",
    "ǅ ß ﬃ ² ½ Ⅷ",
    "tab\tline\nreturn\rnul-free \u{1}\u{7f}",
];

/// Queries that are words, beginnings and phrases, and such that try to be more.
const QUERIES: &[&str] = &[
    "order",
    "ORDER late",
    "a-1002",
    "\"a 1002\"",
    "\"1002 a\"",
    "ord* lat*",
    "late \"late order\"",
    "resume",
    "Résumé café",
    "uber*",
    "東京",
    "京",
    "\"東 京\"",
    "都に行",
    "カタ*",
    "ハンカク",
    "한국*",
    "москва",
    "שלום",
    "AND",
    "OR",
    "NOT",
    "NEAR",
    "a AND b",
    "or OR not",
    "NOT a",
    "NEAR(a b)",
    "NEAR(a, 5)",
    "NEAR/2 a",
    "(a)",
    "(a & b) | !c",
    "a & b",
    "!c",
    "^d",
    "e:*",
    "j:*",
    "k:1A",
    "k:1a*",
    "-f",
    "+g",
    "{h}",
    "{h i}:j",
    "text:order",
    "words : order",
    "a <-> b",
    "b<2>c",
    "'quoted'",
    "''quoted''",
    "'",
    "\\backslash",
    "\\",
    "\"",
    "\"\"",
    "\"b c",
    "a\"b",
    "b\" c\"",
    "*",
    "a*",
    "x1*",
    "x1",
    "x1 x10",
    "snake case",
    "\"snake case\"",
    "snake_case",
    "camel*",
    "camelcase",
    "1.5",
    "1,000",
    "% _",
    "hello",
    "👋",
    "👋 hello",
    "ete",
    "été",
    "fine",
    "\u{212b}ngstrom",
    "null",
    "NULL",
    "the",
    "\"the the\"",
    "\"the the the\"",
    "\"the the the the\"",
    "quick fox",
    "\"quick brown\"",
    "\"brown quick\"",
    "σισυφος",
    "ΣΊΣΥΦΟΣ",
    "strasse",
    "straße",
    "ß",
    "ffi",
    "2",
    "viii",
    "nul",
    "line return",
    "unknown",
    "order unknown",
    "order) OR (1=1",
    "'; DROP TABLE message; --",
    "\u{0}order",
    "order\u{0}",
];

fn say(set: &Setting, subject: &Subject, what: &[&str]) -> Vec<Message> {
    let said: Vec<Message> = (1..)
        .zip(what)
        .map(|(seq, what)| {
            set.fixture.message_with(&set.room, &set.ann, seq, |state| {
                state.text = text(what);
            })
        })
        .collect();
    for one in &said {
        subject.put(one);
    }
    said
}

/// What a query finds, last taken in first.
fn found(set: &Setting, subject: &Subject, query: &SearchQuery) -> Vec<MessageId> {
    let (here, query) = (set.here, query.clone());
    let filter = MessageFilter::everything();
    let found = subject.read(move |snapshot| {
        snapshot
            .messages()
            .search(here, &query, &filter, None, 999, 999)
    });
    found.items.iter().map(|(_, one)| one.id).collect()
}

fn finds(set: &Setting, subject: &Subject, query: &str) -> Vec<MessageId> {
    let query = SearchQuery::parse(query).expect("a query");
    found(set, subject, &query)
}

/// Compares what is found with what the query matches.
fn check(set: &Setting, subject: &Subject, said: &[Message], query: &str) -> usize {
    let Ok(parsed) = SearchQuery::parse(query) else {
        return 0;
    };
    let expected: Vec<MessageId> = said
        .iter()
        .rev()
        .filter(|one| parsed.matches(&words(one.text.as_str())))
        .map(|one| one.id)
        .collect();
    assert_eq!(found(set, subject, &parsed), expected, "{query:?}");
    expected.len()
}

pub(super) fn a_query_finds_what_it_matches_whatever_it_looks_like(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = say(&set, subject, TEXTS);
    let hits: usize = QUERIES
        .iter()
        .map(|query| check(&set, subject, &said, query))
        .sum();
    assert!(hits > 80, "{hits}");
    for text in TEXTS.iter().chain(DIFFICULT) {
        check(&set, subject, &said, text);
        check(&set, subject, &said, &format!("\"{text}\""));
        check(&set, subject, &said, &format!("{text}*"));
    }
}

pub(super) fn any_mixture_of_words_and_signs_finds_what_it_matches(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = say(&set, subject, TEXTS);
    let pieces = [
        "a", "b", "order", "late", "the", "quick", "or", "and", "not", "near", "1002", "x1", "東",
        "京", "é", "\"", "\"", "*", "(", ")", ":", "&", "|", "!", "^", "-", "\\", "'", " ", " ",
        " ", "<->", "<2>", ":*", "{", "}", "+", ",", "$$", "%", "\u{301}", "\u{200b}",
    ];
    let mut random = Random::new(11);
    for _ in 0..400 {
        let count = 1 + random.below(9);
        let query: String = (0..count).map(|_| *random.pick(&pieces)).collect();
        check(&set, subject, &said, &query);
    }
}

pub(super) fn what_a_content_says_is_found_when_there_is_no_text(subject: &mut Subject) {
    let set = Setting::new(subject);
    let json = r#"{"text":"Hidden treasure"}"#;
    let like = |seq, words: &str, json: &str| {
        set.fixture.message_with(&set.room, &set.ann, seq, |state| {
            state.text = text(words);
            state.content_type = ContentType::Text;
            state.content = Some(content(json));
        })
    };
    let said = [like(1, "", json), like(2, "plain", json), like(3, "", "{}")];
    let lead = content(json).lead_text(ContentType::Text);
    for one in &said {
        subject.put(one);
    }
    let lead = lead.expect("such a content says something");
    let query = SearchQuery::parse(&lead).expect("a query");
    assert_eq!(found(&set, subject, &query), [said[0].id]);
    assert_eq!(finds(&set, subject, "plain"), [said[1].id]);
}

pub(super) fn an_edit_is_found_by_its_present_words_only(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = say(&set, subject, &["first words", "other words"]);
    let mut message = said[0].clone();
    let revise = |message: &mut Message, change: &MessageChange| {
        let earlier = message.edit(change, at(5));
        let now = message.clone();
        subject.write(move |unit| unit.messages_mut().revise(&now, &earlier));
    };
    revise(&mut message, &saying("second thoughts words"));
    assert_eq!(finds(&set, subject, "first"), []);
    assert_eq!(finds(&set, subject, "second"), [said[0].id]);
    assert_eq!(
        finds(&set, subject, "words"),
        [said[1].id, said[0].id],
        "an edit keeps its place"
    );
    let silent = MessageChange {
        text: Some(Text::empty()),
        content: Some(Some((
            ContentType::Text,
            content(r#"{"text":"Hidden treasure"}"#),
        ))),
        ..MessageChange::default()
    };
    revise(&mut message, &silent);
    assert_eq!(finds(&set, subject, "second"), []);
    assert_eq!(finds(&set, subject, "treasure"), [said[0].id]);
    revise(&mut message, &saying("spoken"));
    assert_eq!(finds(&set, subject, "treasure"), []);
    assert_eq!(finds(&set, subject, "spoken"), [said[0].id]);
}

pub(super) fn deleted_messages_are_found_by_no_word(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = say(
        &set,
        subject,
        &["soft word", "hard word", "no word", "a word"],
    );
    let (mut soft, mut hard, gone) = (said[0].clone(), said[1].clone(), said[2].clone());
    let earlier = soft.delete(DeleteMode::Soft, at(5));
    let _ = hard.delete(DeleteMode::Redact, at(5));
    let here = set.here;
    subject.write(move |unit| {
        unit.messages_mut().revise(&soft, &earlier)?;
        unit.messages_mut().redact(&hard)?;
        unit.messages_mut().purge(here, std::slice::from_ref(&gone))
    });
    assert_eq!(finds(&set, subject, "word"), [said[3].id]);
    for words in ["soft", "hard", "no"] {
        assert_eq!(finds(&set, subject, words), []);
    }
    delete(&set, subject, &set.room);
    assert_eq!(finds(&set, subject, "word"), []);
    while subject.write(|unit| unit.conversations_mut().erase_deleted(at(1), 2)) > 0 {}
    assert_eq!(finds(&set, subject, "word"), []);
}

pub(super) fn who_sees_the_public_only_finds_no_private_word(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = set.fixture.message_with(&set.room, &set.ann, 1, |state| {
        state.text = text("secret word");
        state.visibility = Visibility::Private;
    });
    subject.put(&said);
    assert_eq!(finds(&set, subject, "secret"), [said.id]);
    let (here, query) = (set.here, SearchQuery::parse("secret").expect("a query"));
    let filter = MessageFilter {
        sight: Sight::Public,
        ..MessageFilter::everything()
    };
    let found = subject.read(move |snapshot| {
        snapshot
            .messages()
            .search(here, &query, &filter, None, 9, 9)
    });
    assert_eq!(found.items, []);
}

pub(super) fn a_unit_finds_what_it_appended_and_nobody_what_was_refused(subject: &mut Subject) {
    let set = Setting::new(subject);
    let made = set.fixture.message(&set.room, &set.ann, 1);
    let (here, own) = (set.here, made.clone());
    let query = SearchQuery::parse("message").expect("a query");
    let pending = subject.store().write::<(), _>(move |unit| {
        unit.messages_mut()
            .append(here, std::slice::from_ref(&own))?;
        let filter = MessageFilter::everything();
        let found = unit.messages().search(here, &query, &filter, None, 9, 9)?;
        assert_eq!(found.items.len(), 1);
        Err(causerie_core::Refusal::NotAllowed.into())
    });
    assert!(matches!(
        pending.wait(),
        Err(causerie_core::Error::Refusal(_))
    ));
    assert_eq!(finds(&set, subject, "message"), []);
    subject.put(&made);
    assert_eq!(finds(&set, subject, "message"), [made.id]);
}

pub(super) fn long_words_and_long_texts_are_found_as_far_as_they_count(subject: &mut Subject) {
    let set = Setting::new(subject);
    let long = "é𝄞".repeat(3) + &"x".repeat(WORD_CHARS_MAX + 10);
    let longest = "Ж".repeat(WORD_CHARS_MAX);
    let many: String = (0..WORDS_MAX + 5).fold(String::new(), |all, number| {
        all + "w" + &number.to_string() + " "
    });
    let said = say(&set, subject, &[&long, &longest, &many]);
    let last = WORDS_MAX - 1;
    let queries = [
        long[long.len() - WORD_CHARS_MAX..].to_owned(),
        longest.clone(),
        format!("{longest}Ж"),
        longest.chars().take(WORD_CHARS_MAX - 1).collect::<String>() + "*",
        "w0 w5000".to_owned(),
        format!("w{last}"),
        format!("w{WORDS_MAX}"),
        format!("\"w{} w{last}\"", last - 1),
        format!("\"w{last} w{}\"", last - 1),
    ];
    for query in &queries {
        check(&set, subject, &said, query);
    }
    assert_eq!(finds(&set, subject, &queries[5]), [said[2].id]);
    assert_eq!(finds(&set, subject, &queries[6]), []);
    assert_eq!(finds(&set, subject, &queries[7]), [said[2].id]);
}

pub(super) fn phrases_are_found_far_behind_a_repeated_word(subject: &mut Subject) {
    let set = Setting::new(subject);
    let often = "again ".repeat(600);
    let said = say(
        &set,
        subject,
        &[
            &format!("{often} and stop"),
            &format!("{often} stop and"),
            "again and stop",
        ],
    );
    for query in [
        "\"again and\"",
        "\"again stop\"",
        "\"and stop\"",
        "stop again",
        "\"again again and stop\"",
        "\"stop again\"",
    ] {
        check(&set, subject, &said, query);
    }
    assert_eq!(
        finds(&set, subject, "\"again and\""),
        [said[2].id, said[0].id]
    );
}

pub(super) fn a_walk_meets_each_hit_once_while_others_say_more(subject: &mut Subject) {
    let set = Setting::new(subject);
    let said = say(&set, subject, &["word"; 40]);
    let more = set.fixture.messages(&set.room, &set.bob, 41, 40);
    let (subject, here) = (&*subject, set.here);
    thread::scope(|scope| {
        scope.spawn(move || {
            for one in &more {
                subject.put(&Message::restore(MessageState {
                    text: text("word"),
                    ..(**one).clone()
                }));
            }
        });
        for limit in [1, 3, 7] {
            let mut met: Vec<MessageId> = Vec::new();
            let mut before = None;
            loop {
                let query = SearchQuery::parse("word").expect("a query");
                let filter = MessageFilter::everything();
                let page = subject.read(move |snapshot| {
                    let port = snapshot.messages();
                    port.search(here, &query, &filter, before, limit, 5)
                });
                met.extend(page.items.iter().map(|(_, one)| one.id));
                let full = page.items.last().filter(|_| page.items.len() == limit);
                before = full.map(|(last, _)| *last).or(page.on);
                if before.is_none() {
                    break;
                }
            }
            let old: Vec<MessageId> = said.iter().rev().map(|one| one.id).collect();
            assert!(met.ends_with(&old), "the first forty come last, each once");
            let mut once = met.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), met.len());
        }
    });
}

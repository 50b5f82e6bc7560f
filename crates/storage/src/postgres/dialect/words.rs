//! The words of messages on Postgres: a tsvector for each, with an inverted index (GIN), filed under
//! the numbers of messages.
//!
//! Such an index has no order, so whatever matches has to be met and sorted: common words would match
//! a large part of all messages. So a search first walks over the newest thousand, where common words
//! are found at once. What is rare there is rare, and the index is asked for all of it. In between it
//! is asked for the newest part alone: each message bears a mark of its neighbourhood, some thousand
//! messages with numbers near its own, and marks of its workspace and its conversation. No text can
//! have the same.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use causerie_core::search::Term;
use causerie_core::{ConversationId, WorkspaceId};
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Nullable, Text};

use super::super::Conn;
use super::super::query::{Narrow, Search, filtered};
use super::Id;
use crate::row::{HitRow, MessageRow, Said};
use crate::schema::columns;
use crate::statement::statement;

/// The numbers of a neighbourhood differ in so many bits at most.
pub(in super::super) const NEAR_BITS: i32 = 13;
/// How many numbers a search walks over before it asks the index.
const WALKED: i64 = 1_000;
/// How many neighbourhoods are the newest part.
const NEWEST: i64 = 24;
/// How many places of one word a tsvector keeps.
const PLACES_MAX: usize = 255;
/// How many bytes of words a tsvector may have: a megabyte, places included.
const BYTES_MAX: usize = 800_000;

/// What is filed for a message.
pub(super) struct Filed {
    /// Words and marks in the language of tsvectors; `None` for a message without words.
    pub(super) words: Option<String>,
    /// What the mark of a neighbourhood begins with.
    pub(super) near: String,
    /// All words between blanks, if a tsvector does not keep all their places.
    pub(super) long: Option<String>,
}

impl Filed {
    pub(super) fn of(said: &Said) -> Self {
        let near = format!(" '{}.", workspace(said.workspace));
        let (words, long) = if said.words.is_empty() {
            (None, None)
        } else {
            let (words, long) = vector(&said.words);
            let (workspace, conversation) =
                (workspace(said.workspace), conversation(said.conversation));
            let words = format!("'{workspace}' '{conversation}'{words}");
            (Some(words), long)
        };
        Self { words, near, long }
    }
}

/// Words with their places; and all of them in order, if there are more places than are kept.
fn vector(words: &[String]) -> (String, Option<String>) {
    let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (word, place) in words.iter().zip(1..) {
        places.entry(word).or_default().push(place);
    }
    let bytes: usize = places
        .iter()
        .map(|(word, at)| word.len() + 2 * at.len())
        .sum();
    let long = bytes > BYTES_MAX || places.values().any(|at| at.len() > PLACES_MAX);
    let mut text = String::new();
    let mut left = BYTES_MAX;
    for (word, at) in &places {
        // What does not fit is not found: more than any language has words for in so many letters.
        let Some(rest) = left.checked_sub(word.len()) else {
            break;
        };
        left = rest;
        text.extend([" '", word, "'"]);
        for (index, place) in at
            .iter()
            .enumerate()
            .take(if long { 0 } else { PLACES_MAX })
        {
            // Writing to a string cannot fail.
            let _ = write!(text, "{}{place}", if index == 0 { ':' } else { ',' });
        }
    }
    (text, long.then(|| format!(" {} ", words.join(" "))))
}

/// A mark for something with this id. Two that share one cost a look at each other's messages, which
/// the filter passes over.
fn mark(kind: char, id: Id) -> String {
    let mut text = String::with_capacity(14);
    text.extend(['!', kind]);
    for byte in &id[10..] {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn workspace(id: WorkspaceId) -> String {
    mark('w', id.to_bytes())
}

fn conversation(id: ConversationId) -> String {
    mark('c', id.to_bytes())
}

statement! {
    FileWords for Pg, Conn;
    "INSERT INTO message_word (number, workspace_id, conversation_id, seq, words, long) \
     SELECT number, workspace_id, conversation_id, seq, (words || near || (number >> "
    [near_bits: i32 as Integer] ") || '''')::tsvector, long FROM unnest("
    [numbers: Vec<i64> as Array<BigInt>] ", " [workspaces: Vec<Id> as Array<Binary>]
    ", " [conversations: Vec<Id> as Array<Binary>] ", " [seqs: Vec<i64> as Array<BigInt>]
    ", " [words: Vec<String> as Array<Text>] ", " [nears: Vec<String> as Array<Text>]
    ", " [longs: Vec<Option<String>> as Array<Nullable<Text>>]
    ") AS new (number, workspace_id, conversation_id, seq, words, near, long)"
}

pub(in super::super) fn file_words(conn: &mut Conn, said: &[Said]) -> QueryResult<()> {
    let mut file = FileWords {
        near_bits: NEAR_BITS,
        numbers: Vec::new(),
        workspaces: Vec::new(),
        conversations: Vec::new(),
        seqs: Vec::new(),
        words: Vec::new(),
        nears: Vec::new(),
        longs: Vec::new(),
    };
    for one in said {
        let filed = Filed::of(one);
        let Some(words) = filed.words else {
            continue;
        };
        file.numbers.push(one.number);
        file.workspaces.push(one.workspace.to_bytes());
        file.conversations.push(one.conversation.to_bytes());
        file.seqs.push(one.seq.stored());
        file.words.push(words);
        file.nears.push(filed.near);
        file.longs.push(filed.long);
    }
    if file.numbers.is_empty() {
        return Ok(());
    }
    file.execute(conn).map(drop)
}

statement! {
    ForgetWords for Pg, Conn;
    "DELETE FROM message_word USING unnest(" [numbers: Vec<i64> as Array<BigInt>]
    ") AS gone (number) WHERE message_word.number = gone.number"
}

pub(in super::super) fn forget_words(conn: &mut Conn, said: &[Said]) -> QueryResult<()> {
    let numbers = said.iter().map(|one| one.number).collect();
    ForgetWords { numbers }.execute(conn).map(drop)
}

filtered! {
    /// From the newest words to the messages, by number; see [`Hits`].
    Recent for Pg, Conn;
    "WITH hit AS MATERIALIZED (SELECT number, conversation_id, seq FROM message_word \
     WHERE number < " [below: i64 as BigInt] " AND number >= " [least: i64 as BigInt]
    " AND words @@ " [loose: String as Text]
    "::tsquery AND workspace_id = " [workspace: Id as Binary]
    " AND (words @@ " [strict: String as Text]
    "::tsquery OR (long IS NOT NULL AND NOT EXISTS (SELECT 1 FROM unnest("
    [phrases: Vec<String> as Array<Text>]
    (concat!(
        ") AS phrase (words) WHERE position(phrase.words IN long) = 0)))) \
         SELECT found.* FROM (SELECT * FROM hit ORDER BY number DESC OFFSET 0) AS hit \
         CROSS JOIN LATERAL (SELECT ", columns!(message), " FROM message \
         WHERE message.conversation_id = hit.conversation_id AND message.seq = hit.seq \
         AND message.deleted_at IS NULL AND message.visibility <= "
    ));
    " LIMIT 1) AS found ORDER BY hit.number DESC LIMIT "
}

filtered! {
    /// From the words to the messages, the last taken in first. The bounds of the numbers are hidden
    /// from the planner: only the words lead into the table.
    Hits for Pg, Conn;
    "WITH hit AS MATERIALIZED (SELECT number, conversation_id, seq FROM message_word \
     WHERE words @@ " [loose: String as Text]
    "::tsquery AND number + 0 < " [below: i64 as BigInt]
    " AND number + 0 >= " [least: i64 as BigInt] " AND workspace_id = "
    [workspace: Id as Binary] " AND (words @@ " [strict: String as Text]
    "::tsquery OR (long IS NOT NULL AND NOT EXISTS (SELECT 1 FROM unnest("
    [phrases: Vec<String> as Array<Text>]
    (concat!(
        ") AS phrase (words) WHERE position(phrase.words IN long) = 0)))) \
         SELECT found.* FROM (SELECT * FROM hit ORDER BY number DESC OFFSET 0) AS hit \
         CROSS JOIN LATERAL (SELECT ", columns!(message), " FROM message \
         WHERE message.conversation_id = hit.conversation_id AND message.seq = hit.seq \
         AND message.deleted_at IS NULL AND message.visibility <= "
    ));
    " LIMIT 1) AS found ORDER BY hit.number DESC LIMIT "
}

/// For the search alone: only the index of words, by way of bitmaps. What a session forbids, and why,
/// is said where it begins.
const PREPARE: &str = "SET LOCAL enable_bitmapscan = on; SET LOCAL enable_indexscan = off; \
     SET LOCAL enable_indexonlyscan = off; SET LOCAL work_mem = '32MB'";
/// Back to what the session began with.
const RESTORE: &str = "SET LOCAL enable_bitmapscan = off; SET LOCAL enable_indexscan = on; \
     SET LOCAL enable_indexonlyscan = on; SET LOCAL work_mem TO DEFAULT";

pub(in super::super) fn search(conn: &mut Conn, search: &Search<'_>) -> QueryResult<Vec<HitRow>> {
    let below = if let Some(below) = search.below {
        below
    } else {
        // Not in diesel's language: the table is in none that both databases have.
        let last = "SELECT coalesce(max(number), 0) + 1 FROM message_word";
        sql::<BigInt>(last).get_result(conn)?
    };
    let question = Question::of(search);
    let least = (below - WALKED).max(0);
    let recent = question.walk(search, least, below);
    let mut found: Vec<MessageRow> = recent.load(conn)?;
    if least > 0 && found.len() < search.limit {
        conn.batch_execute(PREPARE)?;
        ask(conn, search, &question, least, &mut found)?;
        conn.batch_execute(RESTORE)?;
    }
    Ok(found.into_iter().map(HitRow).collect())
}

/// Asks the index for what is missing: for the newest part alone where the words are not rare, then for
/// all the rest.
fn ask(
    conn: &mut Conn,
    search: &Search<'_>,
    question: &Question,
    mut below: i64,
    found: &mut Vec<MessageRow>,
) -> QueryResult<()> {
    let newest = (below - 1) >> NEAR_BITS;
    let oldest = newest - (NEWEST - 1);
    if oldest > 0 && !found.is_empty() {
        let least = oldest << NEAR_BITS;
        let wanted = search.limit - found.len();
        let part = question.ask(search, Some(oldest..=newest), least, below, wanted);
        found.extend(part.load::<MessageRow>(conn)?);
        below = least;
    }
    if found.len() < search.limit {
        let wanted = search.limit - found.len();
        let rest = question.ask(search, None, 0, below, wanted);
        found.extend(rest.load::<MessageRow>(conn)?);
    }
    Ok(())
}

/// A search in the language of tsqueries.
struct Question {
    /// What the index is asked: every word on its own.
    loose: String,
    /// What the message is asked: words side by side as well.
    strict: String,
    /// Words side by side, between blanks.
    phrases: Vec<String>,
    /// The workspace's mark.
    workspace: String,
}

impl Question {
    /// Words have no quotes in them.
    fn of(search: &Search<'_>) -> Self {
        let workspace = workspace(search.workspace);
        let (mut loose, mut strict) = (format!("'{workspace}'"), format!("'{workspace}'"));
        let mut phrases = Vec::new();
        for term in search.query.terms() {
            match term {
                Term::Word(word) => {
                    for text in [&mut loose, &mut strict] {
                        text.extend([" & '", word, "'"]);
                    }
                }
                Term::Prefix(prefix) => {
                    for text in [&mut loose, &mut strict] {
                        text.extend([" & '", prefix, "':*"]);
                    }
                }
                Term::Phrase(words) => {
                    loose.extend([" & '", &words.join("' & '"), "'"]);
                    strict.extend([" & ('", &words.join("' <-> '"), "')"]);
                    phrases.push(format!(" {} ", words.join(" ")));
                }
            }
        }
        if let Some(confined) = &search.confined {
            let marks: Vec<_> = confined.iter().map(|id| conversation(*id)).collect();
            loose.extend([" & ('", &marks.join("' | '"), "')"]);
        }
        Self {
            loose,
            strict,
            phrases,
            workspace,
        }
    }

    fn walk<'a>(&self, search: &Search<'a>, least: i64, below: i64) -> Recent<'a> {
        let (loose, strict) = (self.loose.clone(), self.strict.clone());
        let workspace = search.workspace.to_bytes();
        let own = (below, least, loose, workspace, strict, self.phrases.clone());
        let limit = i64::try_from(search.limit).unwrap_or(i64::MAX);
        Recent::new(own, &search.narrow, limit)
    }

    fn ask<'a>(
        &self,
        search: &Search<'a>,
        near: Option<std::ops::RangeInclusive<i64>>,
        least: i64,
        below: i64,
        wanted: usize,
    ) -> Hits<'a> {
        let mut loose = self.loose.clone();
        if let Some(near) = near {
            let marks: Vec<_> = near
                .map(|near| format!("'{}.{near}'", self.workspace))
                .collect();
            loose.extend([" & (", &marks.join(" | "), ")"]);
        }
        let (strict, phrases) = (self.strict.clone(), self.phrases.clone());
        let workspace = search.workspace.to_bytes();
        let own = (loose, below, least, workspace, strict, phrases);
        Hits::new(
            own,
            &search.narrow,
            i64::try_from(wanted).unwrap_or(i64::MAX),
        )
    }
}

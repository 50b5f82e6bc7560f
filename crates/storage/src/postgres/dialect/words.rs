//! The words of messages on Postgres: a tsvector for each, with an inverted index (GIN), filed under
//! the numbers of messages.
//!
//! Such an index has no order, so whatever matches has to be met and sorted: common words would match
//! a large part of all messages. So a search first walks over the newest thousand, where common words
//! are found at once. What is rare there is rare, and the index is asked for all of it. In between it
//! is asked for the newest part alone: each message bears a mark of its neighbourhood, some thousand
//! messages with numbers near its own, and marks of its workspace and its conversation. No text can
//! have the same. Where much matches and little passes the filter, the index is asked part after part,
//! and the search ends where it has looked at as many hits as it may.

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
use super::super::query::{Hits, Narrow, Search, filtered};
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
/// How many neighbourhoods are asked for at once; where more would be needed, words are rare.
const NEAR_MAX: i64 = 384;
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
    /// Ranges of one row, see [`EraseMessageTags`](super::messages).
    ForgetWords for Pg, Conn;
    "DELETE FROM message_word USING unnest(" [numbers: Vec<i64> as Array<BigInt>]
    ") AS gone (number) WHERE message_word.number >= gone.number \
     AND message_word.number <= gone.number"
}

pub(in super::super) fn forget_words(conn: &mut Conn, said: &[Said]) -> QueryResult<()> {
    let numbers = said.iter().map(|one| one.number).collect();
    ForgetWords { numbers }.execute(conn).map(drop)
}

statement! {
    /// The newest that hold the words, by number; see [`Hits`].
    Recent for Pg, Conn => (BigInt, Binary, BigInt);
    "SELECT number, conversation_id, seq FROM message_word WHERE number < "
    [below: i64 as BigInt] " AND number >= " [least: i64 as BigInt]
    " AND words @@ " [loose: String as Text]
    "::tsquery AND workspace_id = " [workspace: Id as Binary]
    " AND (words @@ " [strict: String as Text]
    "::tsquery OR (long IS NOT NULL AND NOT EXISTS (SELECT 1 FROM unnest("
    [phrases: Vec<String> as Array<Text>]
    ") AS phrase (words) WHERE position(phrase.words IN long) = 0))) \
     ORDER BY number DESC LIMIT "
    [limit: i64 as BigInt] ""
}

statement! {
    /// Those that hold the words, the last taken in first. The bounds of the numbers are hidden
    /// from the planner: only the words lead into the table.
    Asked for Pg, Conn => (BigInt, Binary, BigInt);
    "SELECT number, conversation_id, seq FROM message_word WHERE words @@ "
    [loose: String as Text]
    "::tsquery AND number + 0 < " [below: i64 as BigInt]
    " AND number + 0 >= " [least: i64 as BigInt] " AND workspace_id = "
    [workspace: Id as Binary] " AND (words @@ " [strict: String as Text]
    "::tsquery OR (long IS NOT NULL AND NOT EXISTS (SELECT 1 FROM unnest("
    [phrases: Vec<String> as Array<Text>]
    ") AS phrase (words) WHERE position(phrase.words IN long) = 0))) \
     ORDER BY number DESC LIMIT "
    [limit: i64 as BigInt] ""
}

filtered! {
    /// From the hits to the messages, in the order of the hits, and no further than is wanted.
    Found for Pg, Conn;
    "SELECT found.* FROM unnest(" [conversations: Vec<Vec<u8>> as Array<Binary>]
    ", " [seqs: Vec<i64> as Array<BigInt>]
    (concat!(
        ") WITH ORDINALITY AS hit (conversation_id, seq, place) \
         CROSS JOIN LATERAL (SELECT ", columns!(message), " FROM message \
         WHERE message.conversation_id = hit.conversation_id AND message.seq = hit.seq \
         AND message.deleted_at IS NULL AND message.visibility <= "
    ));
    " LIMIT 1) AS found ORDER BY hit.place LIMIT "
}

/// A message that holds the words: its number and its place.
type Hit = (i64, Vec<u8>, i64);

/// For the search alone: only the index of words, by way of bitmaps. What a session forbids, and why,
/// is said where it begins.
const PREPARE: &str = "SET LOCAL enable_bitmapscan = on; SET LOCAL enable_indexscan = off; \
     SET LOCAL enable_indexonlyscan = off; SET LOCAL work_mem = '32MB'";
/// Back to what the session began with.
const RESTORE: &str = "SET LOCAL enable_bitmapscan = off; SET LOCAL enable_indexscan = on; \
     SET LOCAL enable_indexonlyscan = on; SET LOCAL work_mem TO DEFAULT";

pub(in super::super) fn search(conn: &mut Conn, search: &Search<'_>) -> QueryResult<Hits> {
    let below = if let Some(below) = search.below {
        below
    } else {
        // Not in diesel's language: the table is in none that both databases have.
        let last = "SELECT coalesce(max(number), 0) + 1 FROM message_word";
        sql::<BigInt>(last).get_result(conn)?
    };
    let question = Question::of(search);
    let least = (below - WALKED).max(0);
    let mut left = i64::try_from(search.walk_max).unwrap_or(i64::MAX);
    let mut found: Vec<MessageRow> = Vec::new();
    let recent = question.walk(search, least, below, left);
    let mut hits: Vec<Hit> = recent.load(conn)?;
    pass(conn, search, &hits, &mut found)?;
    left -= count(&hits);
    let mut end = hits.last().map(|(number, ..)| *number);
    let mut next = Some(least).filter(|least| *least > 0);
    let mut many = NEWEST;
    while let Some(below) = next
        && left > 0
        && found.len() < search.limit
    {
        // What is rare is asked for everywhere at once; of the rest, as much as will hardly have more hits
        // than may be looked at.
        let rare = hits.is_empty() || many > NEAR_MAX;
        let oldest = ((below - 1) >> NEAR_BITS) - (many - 1);
        let near = (!rare && oldest > 0).then(|| oldest..=(below - 1) >> NEAR_BITS);
        let least = near.as_ref().map_or(0, |near| near.start() << NEAR_BITS);
        conn.batch_execute(PREPARE)?;
        hits = question.ask(search, near, least, below, left).load(conn)?;
        conn.batch_execute(RESTORE)?;
        pass(conn, search, &hits, &mut found)?;
        left -= count(&hits);
        end = hits.last().map(|(number, ..)| *number).or(end);
        many = (many * left / count(&hits).max(1)).max(1);
        next = Some(least).filter(|least| *least > 0);
    }
    let on = end.filter(|_| left <= 0 && found.len() < search.limit);
    let rows = found.into_iter().map(HitRow).collect();
    Ok(Hits { rows, on })
}

fn count(hits: &[Hit]) -> i64 {
    i64::try_from(hits.len()).unwrap_or(i64::MAX)
}

/// Adds the messages that pass the filter, as many as are still wanted.
fn pass(
    conn: &mut Conn,
    search: &Search<'_>,
    hits: &[Hit],
    found: &mut Vec<MessageRow>,
) -> QueryResult<()> {
    let wanted = search.limit.saturating_sub(found.len());
    if hits.is_empty() || wanted == 0 {
        return Ok(());
    }
    let own = (
        hits.iter().map(|(_, of, _)| of.clone()).collect(),
        hits.iter().map(|(.., seq)| *seq).collect(),
    );
    let wanted = i64::try_from(wanted).unwrap_or(i64::MAX);
    let part = Found::new(own, &search.narrow, wanted);
    found.extend(part.load::<MessageRow>(conn)?);
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

    fn walk(&self, search: &Search<'_>, least: i64, below: i64, limit: i64) -> Recent {
        Recent {
            below,
            least,
            loose: self.loose.clone(),
            workspace: search.workspace.to_bytes(),
            strict: self.strict.clone(),
            phrases: self.phrases.clone(),
            limit,
        }
    }

    fn ask(
        &self,
        search: &Search<'_>,
        near: Option<std::ops::RangeInclusive<i64>>,
        least: i64,
        below: i64,
        limit: i64,
    ) -> Asked {
        let mut loose = self.loose.clone();
        if let Some(near) = near {
            let marks: Vec<_> = near
                .map(|near| format!("'{}.{near}'", self.workspace))
                .collect();
            loose.extend([" & (", &marks.join(" | "), ")"]);
        }
        Asked {
            loose,
            below,
            least,
            workspace: search.workspace.to_bytes(),
            strict: self.strict.clone(),
            phrases: self.phrases.clone(),
            limit,
        }
    }
}

//! The words of messages on SQLite: an index of its own (FTS5) that keeps no texts, filed under the
//! numbers of messages.
//!
//! What is taken out has to be the very same words that were put in, which the row of the message still
//! tells; whoever changes what the words of a text are has to file all messages anew. Every word is
//! filed with letters before it that tell its workspace, so that a search never walks over other
//! tenants' messages, and beside the words stands one that no text can have, for the conversation.
//! Hits are met from the highest number down, and no more of them than are wanted.

use std::fmt::Write as _;

use causerie_core::search::Term;
use causerie_core::{ConversationId, WorkspaceId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel::sqlite::Sqlite;

use super::super::Conn;
use super::super::query::{Hits, Narrow, Search, filtered};
use crate::row::{HitRow, MessageRow, Said};
use crate::schema::columns;
use crate::statement::statement;

/// What the word of a conversation begins with: a character for private use is no letter.
const CONVERSATION: char = '\u{e001}';

/// The letters before each word of a workspace. Two that share them cost a look at each other's
/// messages, which the filter passes over.
fn letters(workspace: WorkspaceId) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let bytes = workspace.to_bytes();
    let last = bytes.iter().rev().take(4);
    last.map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect()
}

/// The word of a conversation; what is said of [`letters`] is true of it as well.
fn mark(conversation: ConversationId) -> String {
    let mut word = String::with_capacity(16);
    word.push(CONVERSATION);
    for byte in &conversation.to_bytes()[10..] {
        // Writing to a string cannot fail.
        let _ = write!(word, "{byte:02x}");
    }
    word
}

/// What is filed for a message; nothing for one without words.
fn filed(said: &Said) -> Option<String> {
    if said.words.is_empty() {
        return None;
    }
    let letters = letters(said.workspace);
    let mut text = mark(said.conversation);
    for word in &said.words {
        text.extend([" ", &letters, word]);
    }
    Some(text)
}

statement! {
    FileWords for Sqlite, Conn;
    "INSERT INTO message_word (rowid, words) VALUES (" [number: i64 as BigInt]
    ", " [words: String as Text] ")"
}

pub(in super::super) fn file_words(conn: &mut Conn, said: &[Said]) -> QueryResult<()> {
    for one in said {
        if let Some(words) = filed(one) {
            let number = one.number;
            FileWords { number, words }.execute(conn)?;
        }
    }
    Ok(())
}

statement! {
    ForgetWords for Sqlite, Conn;
    "INSERT INTO message_word (message_word, rowid, words) VALUES ('delete', "
    [number: i64 as BigInt] ", " [words: String as Text] ")"
}

pub(in super::super) fn forget_words(conn: &mut Conn, said: &[Said]) -> QueryResult<()> {
    for one in said {
        if let Some(words) = filed(one) {
            let number = one.number;
            ForgetWords { number, words }.execute(conn)?;
        }
    }
    Ok(())
}

filtered! {
    /// From the words to the messages, the last taken in first.
    Found for Sqlite, Conn;
    (concat!(
        "SELECT ", columns!(message), " FROM (SELECT rowid AS place FROM message_word \
         WHERE message_word MATCH "
    ))
    [words: String as Text] " AND rowid < " [below: i64 as BigInt]
    " ORDER BY rowid DESC LIMIT " [walk_max: i64 as BigInt]
    " + 0) AS hit CROSS JOIN message WHERE message.number = hit.place \
     AND message.workspace_id = "
    [workspace: [u8; 16] as Binary]
    " AND message.deleted_at IS NULL AND message.visibility <= ";
    " ORDER BY hit.place DESC LIMIT "
}

statement! {
    /// The hit at which a search ends at its bound.
    LastHit for Sqlite, Conn => BigInt;
    "SELECT rowid FROM message_word WHERE message_word MATCH " [words: String as Text]
    " AND rowid < " [below: i64 as BigInt] " ORDER BY rowid DESC LIMIT 1 OFFSET "
    [passed: i64 as BigInt] " + 0"
}

pub(in super::super) fn search(conn: &mut Conn, search: &Search<'_>) -> QueryResult<Hits> {
    let words = matching(search);
    let below = search.below.unwrap_or(i64::MAX);
    let walk_max = i64::try_from(search.walk_max).unwrap_or(i64::MAX);
    let own = (words.clone(), below, walk_max, search.workspace.to_bytes());
    let limit = i64::try_from(search.limit).unwrap_or(i64::MAX);
    let found: Vec<MessageRow> = Found::new(own, &search.narrow, limit).load(conn)?;
    let on = if found.len() < search.limit {
        let passed = walk_max - 1;
        let last = LastHit {
            words,
            below,
            passed,
        };
        last.get_result(conn).optional()?
    } else {
        None
    };
    let rows = found.into_iter().map(HitRow).collect();
    Ok(Hits { rows, on })
}

/// The search in the language of the index. Words have no quotes in them.
fn matching(search: &Search<'_>) -> String {
    let letters = letters(search.workspace);
    let term = |term: &Term| match term {
        Term::Word(word) => format!("\"{letters}{word}\""),
        Term::Prefix(prefix) => format!("\"{letters}{prefix}\" *"),
        Term::Phrase(words) => {
            let words: Vec<_> = words
                .iter()
                .map(|word| format!("{letters}{word}"))
                .collect();
            format!("\"{}\"", words.join(" "))
        }
    };
    let mut all: Vec<_> = search.query.terms().iter().map(term).collect();
    if let Some(confined) = &search.confined {
        let marks: Vec<_> = confined
            .iter()
            .map(|id| format!("\"{}\"", mark(*id)))
            .collect();
        all.push(format!("({})", marks.join(" OR ")));
    }
    all.join(" AND ")
}

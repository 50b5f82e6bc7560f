//! The words of messages on SQLite: an index of its own (FTS5) that keeps no texts, filed under the
//! numbers of messages.
//!
//! What is taken out has to be the very same words that were put in, which the row of the message still
//! tells. Among the words are two that no text can have: one for the workspace, one for the
//! conversation. So a search walks only over what is there, and never over other tenants' messages.
//! Hits are met from the highest number down, and no more of them than are wanted.

use std::fmt::Write as _;

use causerie_core::search::Term;
use causerie_core::{ConversationId, WorkspaceId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::Sqlite;

use super::super::Conn;
use super::super::query::{Narrow, Search, filtered};
use crate::row::{HitRow, MessageRow, Said};
use crate::schema::columns;
use crate::statement::statement;

/// What the word of a workspace begins with: characters for private use are no letters.
const WORKSPACE: char = '\u{e000}';
/// What the word of a conversation begins with.
const CONVERSATION: char = '\u{e001}';

/// A word for something with this id. Two that share one cost a look at each other's messages, which
/// the filter passes over.
fn mark(kind: char, id: [u8; 16]) -> String {
    let mut word = String::with_capacity(16);
    word.push(kind);
    for byte in &id[10..] {
        // Writing to a string cannot fail.
        let _ = write!(word, "{byte:02x}");
    }
    word
}

fn workspace(id: WorkspaceId) -> String {
    mark(WORKSPACE, id.to_bytes())
}

fn conversation(id: ConversationId) -> String {
    mark(CONVERSATION, id.to_bytes())
}

/// What is filed for a message; nothing for one without words.
fn filed(said: &Said) -> Option<String> {
    if said.words.is_empty() {
        return None;
    }
    let mut text = workspace(said.workspace);
    text.push(' ');
    text.push_str(&conversation(said.conversation));
    for word in &said.words {
        text.push(' ');
        text.push_str(word);
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
    Hits for Sqlite, Conn;
    (concat!(
        "SELECT ", columns!(message), " FROM message_word CROSS JOIN message \
         WHERE message_word MATCH "
    ))
    [words: String as Text] " AND message_word.rowid < " [below: i64 as BigInt]
    " AND message.number = message_word.rowid AND message.deleted_at IS NULL \
     AND message.visibility <= ";
    " ORDER BY message_word.rowid DESC LIMIT "
}

pub(in super::super) fn search(conn: &mut Conn, search: &Search<'_>) -> QueryResult<Vec<HitRow>> {
    let hits = Hits::new(
        (matching(search), search.below.unwrap_or(i64::MAX)),
        &search.narrow,
        i64::try_from(search.limit).unwrap_or(i64::MAX),
    );
    let found: Vec<MessageRow> = hits.load(conn)?;
    Ok(found.into_iter().map(HitRow).collect())
}

/// The search in the language of the index. Words have no quotes in them.
fn matching(search: &Search<'_>) -> String {
    let mut text = format!("\"{}\"", workspace(search.workspace));
    for term in search.query.terms() {
        match term {
            Term::Word(word) => text.extend([" AND \"", word, "\""]),
            Term::Prefix(prefix) => text.extend([" AND \"", prefix, "\" *"]),
            Term::Phrase(words) => text.extend([" AND \"", &words.join(" "), "\""]),
        }
    }
    if let Some(confined) = &search.confined {
        let marks: Vec<_> = confined
            .iter()
            .map(|id| format!("\"{}\"", conversation(*id)))
            .collect();
        text.extend([" AND (", &marks.join(" OR "), ")"]);
    }
    text
}

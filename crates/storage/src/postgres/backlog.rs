//! What a migration leaves to do that SQL cannot: the words of messages that are older than the index.
//!
//! Done in batches before any lane starts, each with a note of how far it came, so that whoever opens
//! the database after a crash goes on from there. Nodes that start at once take turns.

use std::error::Error as StdError;

use causerie_core::Seq;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, SmallInt, Text};

use super::{Conn, dialect};
use crate::row::{SaidRow, restore_all};
use crate::schema::backlog;
use crate::statement::statement;

/// How many messages are filed in one transaction.
const BATCH_MAX: i64 = 1_000;
/// What is noted under this name are places of messages: conversation and seq.
const WORDS: &str = "words";

type Outcome<T> = Result<T, Box<dyn StdError + Send + Sync>>;

/// Does all that is left, in a session of a lane.
pub(super) fn work_off(conn: &mut Conn) -> Outcome<()> {
    let find = backlog::table.find(WORDS).select(backlog::place);
    let left: Option<Vec<u8>> = find.get_result(conn).optional()?;
    if left.is_none() {
        return Ok(());
    }
    tracing::info!("the words of older messages are being filed");
    while conn.transaction(batch)? {}
    Ok(())
}

statement! {
    /// The next messages in the order of their places.
    Next for Pg, Conn
    => (BigInt, Binary, BigInt, Binary, Binary, Text, SmallInt, Nullable<Text>, Text);
    "SELECT number, conversation_id, seq, id, workspace_id, text, content_type, content, tags \
     FROM message WHERE (conversation_id, seq) > (" [conversation: Vec<u8> as Binary]
    ", " [seq: i64 as BigInt] ") ORDER BY conversation_id, seq LIMIT " [limit: i64 as BigInt] ""
}

/// Says whether there may be more to do.
fn batch(conn: &mut Conn) -> Outcome<bool> {
    let find = backlog::table.find(WORDS).select(backlog::place);
    let place: Option<Vec<u8>> = find.for_update().get_result(conn).optional()?;
    let Some(place) = place else {
        return Ok(false);
    };
    let (conversation, seq) = match place.split_at_checked(16) {
        Some((conversation, seq)) => (conversation.to_vec(), i64::from_be_bytes(seq.try_into()?)),
        None => (Vec::new(), 0),
    };
    let next = Next {
        conversation,
        seq,
        limit: BATCH_MAX,
    };
    let said = restore_all::<SaidRow>(next.load(conn)?)?;
    dialect::file_words(conn, &said)?;
    let note = backlog::table.find(WORDS);
    if let Some(last) = said.last() {
        let mut place = last.conversation.to_bytes().to_vec();
        place.extend(Seq::stored(last.seq).to_be_bytes());
        let note = diesel::update(note).set(backlog::place.eq(place));
        note.execute(conn)?;
    } else {
        diesel::delete(note).execute(conn)?;
    }
    Ok(!said.is_empty())
}

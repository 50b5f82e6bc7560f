//! What a migration leaves to do that SQL cannot: the words of messages that are older than the index.
//!
//! Done in batches before any lane starts, each with a note of how far it came, so that whoever opens
//! the file after a crash goes on from there.

use std::error::Error as StdError;

use diesel::prelude::*;

use super::{Conn, dialect};
use crate::row::{SaidRow, restore_all};
use crate::schema::{backlog, message};

/// How many messages are filed in one transaction.
const BATCH_MAX: i64 = 1_000;
/// What is noted under this name are numbers of messages.
const WORDS: &str = "words";

type Outcome<T> = Result<T, Box<dyn StdError + Send + Sync>>;

/// Does all that is left.
pub(super) fn work_off(conn: &mut Conn) -> Outcome<()> {
    let left: Option<Vec<u8>> = noted(conn)?;
    if left.is_none() {
        return Ok(());
    }
    tracing::info!("the words of older messages are being filed");
    while conn.immediate_transaction(batch)? {}
    Ok(())
}

fn noted(conn: &mut Conn) -> QueryResult<Option<Vec<u8>>> {
    let find = backlog::table.find(WORDS).select(backlog::place);
    find.get_result(conn).optional()
}

/// Says whether there may be more to do.
fn batch(conn: &mut Conn) -> Outcome<bool> {
    let Some(place) = noted(conn)? else {
        return Ok(false);
    };
    let above = match <[u8; 8]>::try_from(place.as_slice()) {
        Ok(number) => i64::from_be_bytes(number),
        Err(_) => 0,
    };
    let next = message::table
        .filter(message::number.gt(above))
        .order(message::number)
        .limit(BATCH_MAX)
        .select(SaidRow::COLUMNS);
    let said = restore_all::<SaidRow>(next.load(conn)?)?;
    dialect::file_words(conn, &said)?;
    let note = backlog::table.find(WORDS);
    if let Some(last) = said.last() {
        let place = last.number.to_be_bytes().to_vec();
        let note = diesel::update(note).set(backlog::place.eq(place));
        note.execute(conn)?;
    } else {
        diesel::delete(note).execute(conn)?;
    }
    Ok(!said.is_empty())
}

//! What surfaces keep, on SQLite.

use std::collections::BTreeSet;

use causerie_core::{Bearer, Extra, WorkspaceId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel::sqlite::Sqlite;
use diesel::upsert::excluded;

use super::super::Conn;
use super::each;
use crate::schema::extra;
use crate::statement::statement;

/// From how many messages on it is looked first which of them something is kept with.
const PROBED_MIN: usize = 8;

/// That a surface keeps something with a thing.
#[derive(Queryable)]
struct ProbeRow {
    bearer: Vec<u8>,
    surface: String,
}

statement! {
    /// What has something kept with it, between two things.
    Probe for Sqlite, Conn => (Binary, Text);
    "SELECT bearer, surface FROM extra WHERE workspace_id = " [workspace: [u8; 16] as Binary]
    " AND bearer >= " [first: Vec<u8> as Binary] " AND bearer <= " [last: Vec<u8> as Binary]
    " ORDER BY bearer LIMIT " [limit: i64 as BigInt] " + 0"
}

/// Returns what is kept with some of the things, each with its place among them. The messages of a page came about at
/// the same time, and with most nothing is kept: one look at what lies between them spares one look for each.
pub(in super::super) fn find_extras(
    conn: &mut Conn,
    workspace: WorkspaceId,
    surface: &str,
    of: &[Bearer],
) -> QueryResult<Vec<(i64, String)>> {
    let mut places: Vec<(i64, Vec<u8>)> = (0..).zip(of.iter().map(|one| one.to_bytes())).collect();
    let is_message = |place: i64| {
        let one = usize::try_from(place).ok().and_then(|place| of.get(place));
        matches!(one, Some(Bearer::Message(_)))
    };
    let messages = places.iter().filter(|(place, _)| is_message(*place));
    let messages: Vec<Vec<u8>> = messages.map(|(_, bearer)| bearer.clone()).collect();
    if messages.len() >= PROBED_MIN
        && let Some(own) = with_something(conn, workspace, surface, &messages)?
    {
        places.retain(|(place, bearer)| !is_message(*place) || own.contains(bearer));
    }
    each(&places, |(place, bearer)| {
        let find = extra::table
            .find((workspace.to_bytes(), bearer, surface))
            .select(extra::object);
        find.get_result(conn).map(|object| (*place, object))
    })
}

/// Those of the messages with which the surface keeps something; `None` if too much lies between them to tell.
fn with_something(
    conn: &mut Conn,
    workspace: WorkspaceId,
    surface: &str,
    messages: &[Vec<u8>],
) -> QueryResult<Option<BTreeSet<Vec<u8>>>> {
    let rows_max = 2 * messages.len();
    let probe = Probe {
        workspace: workspace.to_bytes(),
        first: messages.iter().min().cloned().unwrap_or_default(),
        last: messages.iter().max().cloned().unwrap_or_default(),
        limit: i64::try_from(rows_max).unwrap_or(i64::MAX),
    };
    let rows: Vec<ProbeRow> = probe.load(conn)?;
    if rows.len() == rows_max {
        return Ok(None);
    }
    let own = rows.into_iter().filter(|row| row.surface == surface);
    Ok(Some(own.map(|row| row.bearer).collect()))
}

pub(in super::super) fn put_extras(
    conn: &mut Conn,
    workspace: WorkspaceId,
    extras: &[(Bearer, Extra)],
) -> QueryResult<()> {
    extras.iter().try_for_each(|(bearer, kept)| {
        let put = diesel::insert_into(extra::table)
            .values((
                extra::workspace_id.eq(workspace.to_bytes()),
                extra::bearer.eq(bearer.to_bytes()),
                extra::surface.eq(kept.surface()),
                extra::object.eq(kept.as_str()),
            ))
            .on_conflict((extra::workspace_id, extra::bearer, extra::surface))
            .do_update()
            .set(extra::object.eq(excluded(extra::object)));
        put.execute(conn).map(drop)
    })
}

pub(in super::super) fn erase_extras(
    conn: &mut Conn,
    workspace: WorkspaceId,
    of: &[Bearer],
) -> QueryResult<()> {
    of.iter().try_for_each(|bearer| {
        let erase = diesel::delete(extra::table)
            .filter(extra::workspace_id.eq(workspace.to_bytes()))
            .filter(extra::bearer.eq(bearer.to_bytes()));
        erase.execute(conn).map(drop)
    })
}

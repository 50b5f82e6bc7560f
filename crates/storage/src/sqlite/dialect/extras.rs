//! What surfaces keep, on SQLite.

use causerie_core::{Bearer, Extra, WorkspaceId};
use diesel::prelude::*;
use diesel::upsert::excluded;

use super::super::Conn;
use super::each;
use crate::schema::extra;

/// Returns what is kept with some of the things, each with its place among them.
pub(in super::super) fn find_extras(
    conn: &mut Conn,
    workspace: WorkspaceId,
    surface: &str,
    of: &[Bearer],
) -> QueryResult<Vec<(i64, String)>> {
    let places: Vec<(i64, &Bearer)> = (0..).zip(of).collect();
    each(&places, |(place, bearer)| {
        let find = extra::table
            .find((workspace.to_bytes(), bearer.to_bytes(), surface))
            .select(extra::object);
        find.get_result(conn).map(|object| (*place, object))
    })
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

//! What surfaces keep, on Postgres. Each is looked up by its key, see [`FindConversations`](super::FindConversations).

use causerie_core::{Bearer, Extra, WorkspaceId};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Text};

use super::super::Conn;
use super::Id;
use crate::statement::statement;

statement! {
    FindExtras<'a> for Pg, Conn => (BigInt, Text);
    "SELECT wanted.place - 1, found.object FROM unnest(" [bearers: Vec<Vec<u8>> as Array<Binary>]
    ") WITH ORDINALITY AS wanted (bearer, place) CROSS JOIN LATERAL (SELECT object FROM extra \
     WHERE extra.workspace_id = " [workspace: Id as Binary]
    " AND extra.bearer = wanted.bearer AND extra.surface = " [surface: &'a str as Text]
    " LIMIT 1) AS found"
}

/// Returns what is kept with some of the things, each with its place among them.
pub(in super::super) fn find_extras(
    conn: &mut Conn,
    workspace: WorkspaceId,
    surface: &str,
    of: &[Bearer],
) -> QueryResult<Vec<(i64, String)>> {
    let find = FindExtras {
        bearers: of.iter().map(|one| one.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
        surface,
    };
    find.load(conn)
}

statement! {
    /// In the order of keys, so that two units that keep something with the same things do not wait for each
    /// other.
    PutExtras<'a> for Pg, Conn;
    "INSERT INTO extra (workspace_id, bearer, surface, object) SELECT " [workspace: Id as Binary]
    ", new.* FROM (SELECT * FROM unnest(" [bearers: Vec<Vec<u8>> as Array<Binary>]
    ", " [surfaces: Vec<&'a str> as Array<Text>] ", " [objects: Vec<&'a str> as Array<Text>]
    ") AS given (bearer, surface, object) ORDER BY bearer, surface COLLATE \"C\") AS new \
     ON CONFLICT (workspace_id, bearer, surface) DO UPDATE SET object = excluded.object"
}

pub(in super::super) fn put_extras(
    conn: &mut Conn,
    workspace: WorkspaceId,
    extras: &[(Bearer, Extra)],
) -> QueryResult<()> {
    let put = PutExtras {
        workspace: workspace.to_bytes(),
        bearers: extras.iter().map(|(of, _)| of.to_bytes()).collect(),
        surfaces: extras.iter().map(|(_, kept)| kept.surface()).collect(),
        objects: extras.iter().map(|(_, kept)| kept.as_str()).collect(),
    };
    put.execute(conn).map(drop)
}

statement! {
    /// Ranges of what a thing has, see [`EraseMessageTags`](super::EraseMessageTags).
    EraseExtras for Pg, Conn;
    "DELETE FROM extra USING unnest(" [workspaces: Vec<Id> as Array<Binary>]
    ", " [bearers: Vec<Vec<u8>> as Array<Binary>]
    ") AS gone (workspace_id, bearer) \
     WHERE (extra.workspace_id, extra.bearer) >= (gone.workspace_id, gone.bearer) \
     AND (extra.workspace_id, extra.bearer) <= (gone.workspace_id, gone.bearer)"
}

pub(in super::super) fn erase_extras(
    conn: &mut Conn,
    workspace: WorkspaceId,
    of: &[Bearer],
) -> QueryResult<()> {
    let erase = EraseExtras {
        workspaces: vec![workspace.to_bytes(); of.len()],
        bearers: of.iter().map(|one| one.to_bytes()).collect(),
    };
    erase.execute(conn).map(drop)
}

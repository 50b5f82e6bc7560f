//! What surfaces keep, in the database.

use std::collections::BTreeSet;

use causerie_core::port::{Extras, ReadExtras};
use causerie_core::{Bearer, Extra, Fault, WorkspaceId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use super::super::{Backend, Conn, dialect};
use super::{Work, limit};
use crate::schema::extra;
use crate::statement::statement;

/// That a surface keeps something with a thing.
#[derive(Queryable)]
struct ProbeRow {
    bearer: Vec<u8>,
    surface: String,
}

impl ReadExtras for Work<'_> {
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        surface: &str,
        of: &[Bearer],
    ) -> Result<Vec<(Bearer, Extra)>, Fault> {
        let of: BTreeSet<_> = of.iter().copied().collect();
        let of = self.with_something(workspace, surface, of.into_iter().collect())?;
        if of.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.read(|conn| dialect::find_extras(conn, workspace, surface, &of))?;
        let kept = found.into_iter().filter_map(|(place, object)| {
            let bearer = usize::try_from(place)
                .ok()
                .and_then(|place| of.get(place))?;
            Some((*bearer, Extra::from_stored(surface, object)))
        });
        Ok(kept.collect())
    }
}

/// From how many messages on it is looked first which of them something is kept with.
const PROBED_MIN: usize = 8;

statement! {
    /// What has something kept with it, between two things.
    Probe for Backend, Conn => (Binary, Text);
    "SELECT bearer, surface FROM extra WHERE workspace_id = " [workspace: [u8; 16] as Binary]
    " AND bearer >= " [first: Vec<u8> as Binary] " AND bearer <= " [last: Vec<u8> as Binary]
    " ORDER BY bearer LIMIT " [limit: i64 as BigInt] " + 0"
}

statement! {
    /// What surfaces keep with one thing, kept with another with which they keep nothing.
    HandDown for Backend, Conn;
    "INSERT INTO extra (workspace_id, bearer, surface, object) SELECT workspace_id, "
    [to: Vec<u8> as Binary] ", surface, object FROM extra WHERE workspace_id = "
    [workspace: [u8; 16] as Binary] " AND bearer = " [from: Vec<u8> as Binary]
    " ON CONFLICT (workspace_id, bearer, surface) DO NOTHING"
}

impl Extras for Work<'_> {
    fn put(&mut self, workspace: WorkspaceId, extras: &[(Bearer, Extra)]) -> Result<(), Fault> {
        if extras.is_empty() {
            return Ok(());
        }
        self.write(|conn| dialect::put_extras(conn, workspace, extras))
    }

    fn hand_down(&mut self, workspace: WorkspaceId, from: Bearer, to: Bearer) -> Result<(), Fault> {
        let hand_down = HandDown {
            to: to.to_bytes(),
            workspace: workspace.to_bytes(),
            from: from.to_bytes(),
        };
        self.write(|conn| hand_down.execute(conn))?;
        self.write(|conn| dialect::erase_extras(conn, workspace, &[from]))
    }

    fn erase(&mut self, workspace: WorkspaceId, of: &[Bearer]) -> Result<(), Fault> {
        if of.is_empty() {
            return Ok(());
        }
        self.write(|conn| dialect::erase_extras(conn, workspace, of))
    }
}

impl Work<'_> {
    /// Those of the things with which the surface may keep something. The messages of a page came about at the same
    /// time, and with most nothing is kept: one look at what lies between them spares one look for each.
    fn with_something(
        &mut self,
        workspace: WorkspaceId,
        surface: &str,
        of: Vec<Bearer>,
    ) -> Result<Vec<Bearer>, Fault> {
        let is_message = |one: &&Bearer| matches!(one, Bearer::Message(_));
        let messages = of.iter().filter(is_message).map(|one| one.to_bytes());
        let mut messages: Vec<Vec<u8>> = messages.collect();
        messages.sort_unstable();
        let rows_max = 2 * messages.len();
        let (Some(first), Some(last)) = (messages.first(), messages.last()) else {
            return Ok(of);
        };
        if messages.len() < PROBED_MIN {
            return Ok(of);
        }
        let probe = Probe {
            workspace: workspace.to_bytes(),
            first: first.clone(),
            last: last.clone(),
            limit: limit(rows_max),
        };
        let rows: Vec<ProbeRow> = self.read(|conn| probe.load(conn))?;
        if rows.len() == rows_max {
            return Ok(of);
        }
        let own = rows.into_iter().filter(|row| row.surface == surface);
        let own: BTreeSet<Vec<u8>> = own.map(|row| row.bearer).collect();
        let kept = of
            .into_iter()
            .filter(|one| !is_message(&one) || own.contains(&one.to_bytes()));
        Ok(kept.collect())
    }

    /// Erases what is kept with a conversation and its members, whose bytes begin with those of the conversation.
    pub(super) fn erase_extras_within(&mut self, workspace: &[u8], of: &[u8]) -> Result<(), Fault> {
        let erase = diesel::delete(extra::table)
            .filter(extra::workspace_id.eq(workspace))
            .filter(extra::bearer.between(of, [of, &[0xff; 16]].concat()));
        self.write(|conn| erase.execute(conn)).map(drop)
    }
}

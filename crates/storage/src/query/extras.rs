//! What surfaces keep, in the database.

use causerie_core::port::{Extras, ReadExtras};
use causerie_core::{Bearer, Extra, Fault, WorkspaceId};
use diesel::prelude::*;
use diesel::sql_types::Binary;

use super::super::{Backend, Conn, dialect};
use super::Work;
use crate::schema::extra;
use crate::statement::statement;

impl ReadExtras for Work<'_> {
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        surface: &str,
        of: &[Bearer],
    ) -> Result<Vec<(Bearer, Extra)>, Fault> {
        let mut of = of.to_vec();
        of.sort_unstable();
        of.dedup();
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
    /// Erases what is kept with a conversation and its members, whose bytes begin with those of the conversation.
    pub(super) fn erase_extras_within(&mut self, workspace: &[u8], of: &[u8]) -> Result<(), Fault> {
        let erase = diesel::delete(extra::table)
            .filter(extra::workspace_id.eq(workspace))
            .filter(extra::bearer.between(of, [of, &[0xff; 16]].concat()));
        self.write(|conn| erase.execute(conn)).map(drop)
    }
}

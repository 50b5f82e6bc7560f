//! What surfaces keep, in the database.

use std::collections::BTreeSet;

use causerie_core::port::{Extras, ReadExtras};
use causerie_core::{Bearer, Extra, Fault, WorkspaceId};
use diesel::prelude::*;

use super::super::dialect;
use super::Work;
use crate::schema::extra;

impl ReadExtras for Work<'_> {
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        surface: &str,
        of: &[Bearer],
    ) -> Result<Vec<(Bearer, Extra)>, Fault> {
        let of: BTreeSet<_> = of.iter().copied().collect();
        let of: Vec<_> = of.into_iter().collect();
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

impl Extras for Work<'_> {
    fn put(&mut self, workspace: WorkspaceId, extras: &[(Bearer, Extra)]) -> Result<(), Fault> {
        if extras.is_empty() {
            return Ok(());
        }
        self.write(|conn| dialect::put_extras(conn, workspace, extras))
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

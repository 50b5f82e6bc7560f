//! Where in the log things came into being, as far as it was asked before: it never changes.
//!
//! Whether a thing still is, and who may see it, is asked of the database each time.

use std::fmt;

use causerie_core::{Position, WorkspaceId};
use quick_cache::sync::Cache;

/// Of how many things it is remembered: about 20 MB.
const BIRTHS_MAX: usize = 200_000;

/// What all lanes of a database remember.
pub(crate) struct Births(Cache<(WorkspaceId, [u8; 16]), Position>);

impl Births {
    /// Where a thing came into being, if it is remembered.
    pub(crate) fn find(&self, workspace: WorkspaceId, id: [u8; 16]) -> Option<Position> {
        self.0.get(&(workspace, id))
    }

    /// Remembers what was committed.
    pub(crate) fn remember(&self, workspace: WorkspaceId, id: [u8; 16], position: Position) {
        self.0.insert((workspace, id), position);
    }
}

impl Default for Births {
    fn default() -> Self {
        Self(Cache::new(BIRTHS_MAX))
    }
}

impl fmt::Debug for Births {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Births")
    }
}

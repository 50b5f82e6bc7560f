//! The tenants.

use crate::fault::Fault;
use crate::id::WorkspaceId;
use crate::workspace::Workspace;

/// Workspaces as they stand in one snapshot.
pub trait ReadWorkspaces {
    /// The workspace, or `None` if there is none with this id.
    fn find(&mut self, id: WorkspaceId) -> Result<Option<Workspace>, Fault>;
    /// The root workspace, or `None` before the first start has finished.
    fn find_root(&mut self) -> Result<Option<Workspace>, Fault>;
    /// Up to `limit` workspaces with ids above `after`, in the order of their ids.
    fn page(&mut self, after: Option<WorkspaceId>, limit: usize) -> Result<Vec<Workspace>, Fault>;
}

/// Workspaces inside a unit of work.
pub trait Workspaces: ReadWorkspaces {
    /// The workspace, locked for the rest of the unit.
    fn lock(&mut self, id: WorkspaceId) -> Result<Option<Workspace>, Fault>;
    /// Stores settings and plan of a locked workspace.
    fn save(&mut self, workspace: &Workspace) -> Result<(), Fault>;
    /// Adds a workspace with an empty log. A second root is [`Fault::Contended`].
    fn add(&mut self, workspace: &Workspace) -> Result<(), Fault>;
}

//! What surfaces keep with things.

use crate::extra::{Bearer, Extra};
use crate::fault::Fault;
use crate::id::WorkspaceId;

/// What surfaces keep, as it stands in one snapshot.
pub trait ReadExtras {
    /// What a surface keeps with each of these things, for those with which it keeps something, in no particular
    /// order: one statement.
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        surface: &str,
        of: &[Bearer],
    ) -> Result<Vec<(Bearer, Extra)>, Fault>;
}

/// What surfaces keep, inside a unit of work. Whatever purges messages or erases a conversation erases in the same
/// unit what is kept with them.
pub trait Extras: ReadExtras {
    /// Keeps each in place of what its surface kept with the thing before: one statement. No thing is named twice
    /// with the same surface.
    fn put(&mut self, workspace: WorkspaceId, extras: &[(Bearer, Extra)]) -> Result<(), Fault>;
    /// Gives what surfaces keep with one thing to another with which they keep nothing themselves, and leaves nothing with
    /// the first.
    fn hand_down(&mut self, workspace: WorkspaceId, from: Bearer, to: Bearer) -> Result<(), Fault>;
    /// Erases what all surfaces keep with these things: one statement.
    fn erase(&mut self, workspace: WorkspaceId, of: &[Bearer]) -> Result<(), Fault>;
}

//! API keys.

use crate::fault::Fault;
use crate::id::{KeyId, WorkspaceId};
use crate::key::ApiKey;
use crate::timestamp::Timestamp;

/// Keys as they stand in one snapshot.
pub trait ReadKeys {
    /// The key with this id in any workspace: whoever authenticates does not know the workspace yet.
    fn find_anywhere(&mut self, id: KeyId) -> Result<Option<ApiKey>, Fault>;
    /// The key, or `None` if this workspace has none with this id.
    fn find(&mut self, workspace: WorkspaceId, id: KeyId) -> Result<Option<ApiKey>, Fault>;
    /// Up to `limit` keys with ids below `before`, newest first.
    fn page(
        &mut self,
        workspace: WorkspaceId,
        before: Option<KeyId>,
        limit: usize,
    ) -> Result<Vec<ApiKey>, Fault>;
}

/// Keys inside a unit of work.
pub trait Keys: ReadKeys {
    /// The key, locked for the rest of the unit.
    fn lock(&mut self, workspace: WorkspaceId, id: KeyId) -> Result<Option<ApiKey>, Fault>;
    /// Adds a key.
    fn add(&mut self, key: &ApiKey) -> Result<(), Fault>;
    /// Stores the end (`expires_at`, `revoked_at`) of a key that exists.
    fn save(&mut self, key: &ApiKey) -> Result<(), Fault>;
    /// Notes that keys were used, never moving a time back. Ids of any workspace, because uses are
    /// noted in bulk; those that do not exist are passed over.
    fn note_use(&mut self, uses: &[(KeyId, Timestamp)]) -> Result<(), Fault>;
}

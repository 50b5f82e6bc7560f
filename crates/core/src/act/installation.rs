//! What all nodes of an installation agree on, and bytes that nobody knows of.
//!
//! Only the program itself asks; no caller does.

use crate::id::WorkspaceId;
use crate::media::Digest;
use crate::port::{KeptFile, Snapshot, Unit};
use crate::refusal::Error;
use crate::timestamp::Timestamp;

use super::erase_media::ERASURE_LEASE;

/// Under which name the fingerprint of the installation's key is kept.
const VAULT: &str = "vault";

/// The fingerprint of the installation's key, if the nodes have agreed on one.
pub fn agreed_vault(snapshot: &mut dyn Snapshot) -> Result<Option<Vec<u8>>, Error> {
    Ok(snapshot.installation().find(VAULT)?)
}

/// Whether a node's key is the installation's. The first one that asks decides which it is.
pub fn agree_on_vault(unit: &mut dyn Unit, fingerprint: &[u8; 32]) -> Result<bool, Error> {
    if let Some(agreed) = unit.installation().find(VAULT)? {
        return Ok(agreed == fingerprint);
    }
    unit.installation_mut().add(VAULT, fingerprint)?;
    Ok(true)
}

/// Dooms bytes that are kept without an entry, as if they had one that nothing uses: whoever asked erases them
/// and says so with [`forget_files`](super::forget_files). Says whether they may be erased: not when the workspace
/// is not one of ours, or when somebody brings the same bytes now.
///
/// # Errors
/// [`Fault::Contended`](crate::Fault::Contended) when the same bytes were added meanwhile.
pub fn doom_orphan(
    unit: &mut dyn Unit,
    (workspace, digest): (WorkspaceId, Digest),
    size: u64,
    now: Timestamp,
) -> Result<bool, Error> {
    let is_ours = unit.workspaces().find(workspace)?.is_some();
    if !is_ours || unit.library_mut().lock_kept(workspace, digest)?.is_some() {
        return Ok(false);
    }
    unit.library_mut().add_kept(&KeptFile {
        workspace,
        digest,
        size,
        uses: 0,
        due_at: now.plus(ERASURE_LEASE),
        doomed: true,
    })?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::memory::Memory;
    use crate::port::{Clock as _, Ids as _, RandomIds, SystemClock};
    use crate::text::Name;
    use crate::{Heads, Store, Workspace, act};

    fn store() -> Store {
        let heads = Arc::new(Heads::default());
        Store::new(Arc::new(Memory::new(Arc::clone(&heads))), heads)
    }

    fn workspace(store: &Store) -> WorkspaceId {
        let now = SystemClock.now();
        let name = Name::parse("ours").expect("a name");
        let workspace = Workspace::new(RandomIds.fresh(now).into(), name, now);
        let id = workspace.id;
        let founded = store.write(move |unit| act::found_workspace(unit, &workspace));
        founded.wait().expect("founded");
        id
    }

    #[test]
    fn the_first_key_is_the_installations() {
        let store = store();
        let agree = |fingerprint| {
            let asked = store.write(move |unit| agree_on_vault(unit, &fingerprint));
            asked.wait().expect("an answer")
        };
        assert!(agree([1; 32]) && agree([1; 32]) && !agree([2; 32]));
        let agreed = store.read(agreed_vault).wait().expect("an answer");
        assert_eq!(agreed, Some(vec![1; 32]));
    }

    #[test]
    fn an_orphan_is_doomed_once_and_only_where_it_is_ours() {
        let store = store();
        let (now, ours) = (SystemClock.now(), workspace(&store));
        let doom = |workspace, byte| {
            let place = (workspace, Digest([byte; 32]));
            let asked = store.write(move |unit| doom_orphan(unit, place, 3, now));
            asked.wait().expect("an answer")
        };
        assert!(!doom(WorkspaceId::from_bytes([9; 16]), 1), "not ours");
        assert!(doom(ours, 1) && !doom(ours, 1), "once");
        let kept = store.read(|snapshot| act::list_kept(snapshot, None, 10));
        let kept = kept.wait().expect("a list");
        assert!(kept.len() == 1 && kept[0].doomed && kept[0].uses == 0);
    }
}

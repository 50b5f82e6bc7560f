//! Finds what is needed to let a caller in, and notes that keys were used.
//!
//! The secret is verified by the caller of this, outside of any unit: it takes long on purpose.

use std::sync::Arc;

use crate::id::KeyId;
use crate::key::ApiKey;
use crate::participant::ParticipantKind;
use crate::port::{Snapshot, Unit};
use crate::refusal::{Error, Refusal};
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;

/// A key and its workspace, as they stand. The holder is let in when [`ApiKey::admit`] says so and the
/// secret fits the hash.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The key.
    pub key: ApiKey,
    /// Its workspace.
    pub workspace: Arc<Workspace>,
    /// What the participant is that it is bound to.
    pub participant: Option<ParticipantKind>,
}

/// The key with this id, its workspace, and what its participant is.
///
/// # Errors
/// `key_unknown`.
pub fn find_credentials(snapshot: &mut dyn Snapshot, id: KeyId) -> Result<Credentials, Error> {
    let key = snapshot
        .keys()
        .find_anywhere(id)?
        .ok_or(Refusal::KeyUnknown)?;
    let workspace = snapshot
        .workspaces()
        .find(key.workspace)?
        .ok_or(Refusal::KeyUnknown)?;
    let participant = match key.participant {
        None => None,
        Some(id) => {
            let found = snapshot.participants().find(key.workspace, id)?;
            Some(found.ok_or(Refusal::KeyUnknown)?.kind)
        }
    };
    Ok(Credentials {
        key,
        workspace: Arc::new(workspace),
        participant,
    })
}

/// Notes when keys were last used. Losing a note is harmless: gather them and call this now and then.
pub fn note_key_use(unit: &mut dyn Unit, uses: &[(KeyId, Timestamp)]) -> Result<(), Error> {
    Ok(unit.keys_mut().note_use(uses)?)
}

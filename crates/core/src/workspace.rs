//! The tenant: a workspace and its limits.

use std::ops::Deref;

use crate::fault::Fault;
use crate::id::WorkspaceId;
use crate::text::Name;
use crate::timestamp::Timestamp;

/// The limits of a workspace. Changing one never touches what is stored already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Characters of a message's text; 10,000 unless changed.
    pub text_chars_max: usize,
    /// Bytes of any metadata object; 16 KiB unless changed.
    pub metadata_bytes_max: usize,
    /// Members of one conversation at a time; 1,000 unless changed.
    pub members_max: usize,
    /// Characters of a conversation's title; 256 unless changed.
    pub title_chars_max: usize,
    /// Characters of a conversation's description; 2,000 unless changed.
    pub description_chars_max: usize,
    /// Characters of a display name; 128 unless changed.
    pub display_name_chars_max: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            text_chars_max: 10_000,
            metadata_bytes_max: 16 * 1024,
            members_max: 1_000,
            title_chars_max: 256,
            description_chars_max: 2_000,
            display_name_chars_max: 128,
        }
    }
}

impl Settings {
    /// The limits that differ from the default, as a JSON object for storage.
    pub fn to_stored(&self) -> String {
        let (mut own, mut default) = (self.clone(), Self::default());
        let changed: serde_json::Map<_, _> = own
            .members_mut()
            .into_iter()
            .zip(default.members_mut())
            .filter(|((_, own), (_, default))| own != default)
            .map(|((name, own), _)| (name.to_owned(), (*own).into()))
            .collect();
        serde_json::Value::Object(changed).to_string()
    }

    /// Reads what [`Settings::to_stored`] wrote.
    pub fn from_stored(json: &str) -> Result<Self, Fault> {
        let corrupt = || Fault::corrupt("workspace", "settings", json);
        let stored: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(json).map_err(|_| corrupt())?;
        let mut settings = Self::default();
        for (name, slot) in settings.members_mut() {
            if let Some(value) = stored.get(name) {
                *slot = value
                    .as_u64()
                    .and_then(|v| usize::try_from(v).ok())
                    .ok_or_else(corrupt)?;
            }
        }
        Ok(settings)
    }

    fn members_mut(&mut self) -> [(&'static str, &mut usize); 6] {
        [
            ("text_chars_max", &mut self.text_chars_max),
            ("metadata_bytes_max", &mut self.metadata_bytes_max),
            ("members_max", &mut self.members_max),
            ("title_chars_max", &mut self.title_chars_max),
            ("description_chars_max", &mut self.description_chars_max),
            ("display_name_chars_max", &mut self.display_name_chars_max),
        ]
    }
}

/// A tenant: participants, conversations, keys and the log of one are invisible to every other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace(WorkspaceState);

/// Everything a workspace holds, for adapters to store and restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceState {
    /// Its id.
    pub id: WorkspaceId,
    /// What people call it.
    pub name: Name,
    /// Whether an administrator of this workspace also administers the installation: creates and
    /// lists workspaces. True for the first one only.
    pub root: bool,
    /// Its limits.
    pub settings: Settings,
    /// When it was created.
    pub created_at: Timestamp,
}

impl Workspace {
    /// A workspace with default limits.
    pub fn new(id: WorkspaceId, name: Name, at: Timestamp) -> Self {
        Self(WorkspaceState {
            id,
            name,
            root: false,
            settings: Settings::default(),
            created_at: at,
        })
    }

    /// The first workspace of an installation.
    #[must_use]
    pub fn into_root(mut self) -> Self {
        self.0.root = true;
        self
    }

    /// Takes what an adapter stored.
    pub fn restore(state: WorkspaceState) -> Self {
        Self(state)
    }
}

impl Deref for Workspace {
    type Target = WorkspaceState;

    fn deref(&self) -> &WorkspaceState {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_store_only_what_differs() {
        assert_eq!(Settings::default().to_stored(), "{}");
        let changed = Settings {
            members_max: 3,
            ..Settings::default()
        };
        assert_eq!(changed.to_stored(), r#"{"members_max":3}"#);
        assert_eq!(
            Settings::from_stored(&changed.to_stored()).expect("stored"),
            changed
        );
        assert!(Settings::from_stored(r#"{"members_max":-1}"#).is_err());
    }
}

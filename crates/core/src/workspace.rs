//! The tenant: a workspace, and what it decides for itself.

use std::ops::Deref;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::fault::Fault;
use crate::id::WorkspaceId;
use crate::invalid::Invalid;
use crate::plan::Plan;
use crate::refusal::Refusal;
use crate::template::Locale;
use crate::text::Name;
use crate::timestamp::Timestamp;

/// What a workspace decides for itself. Changing a limit never touches what is stored already.
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
    /// Whether messages may be reacted to; they may unless changed.
    pub reactions: bool,
    /// After how many days messages are purged; never unless set.
    pub retention_days: Option<u32>,
    /// For how many seconds after sending a message may be edited; always unless set.
    pub edit_window_s: Option<u64>,
    /// What the number of a conversation is shown with; `CONV` unless changed.
    pub conversation_number_prefix: Prefix,
    /// The language of a template that is not there in any wanted one; `en` unless changed.
    pub default_locale: Locale,
}

/// What stands before the number of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(Arc<str>);

impl Prefix {
    /// Accepts 1 to 16 letters, digits and `_` of ASCII.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if (1..=16).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(Invalid::new("expected 1 to 16 letters, digits or `_`"))
        }
    }

    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A conversation's number as it is shown: `CONV-000042`.
    pub fn show(&self, number: u64) -> String {
        format!("{}-{number:06}", self.0)
    }
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
            reactions: true,
            retention_days: None,
            edit_window_s: None,
            conversation_number_prefix: Prefix("CONV".into()),
            default_locale: Locale::from_stored("en"),
        }
    }
}

/// What a workspace is to decide anew; `None` leaves a part as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// [`Settings::text_chars_max`]: 1 to 150,000.
    pub text_chars_max: Option<u64>,
    /// [`Settings::metadata_bytes_max`]: 2 to 65,536.
    pub metadata_bytes_max: Option<u64>,
    /// [`Settings::members_max`]: 2 to 10,000.
    pub members_max: Option<u64>,
    /// [`Settings::title_chars_max`]: 1 to 1,000.
    pub title_chars_max: Option<u64>,
    /// [`Settings::description_chars_max`]: 1 to 10,000.
    pub description_chars_max: Option<u64>,
    /// [`Settings::display_name_chars_max`]: 1 to 1,000.
    pub display_name_chars_max: Option<u64>,
    /// [`Settings::reactions`].
    pub reactions: Option<bool>,
    /// [`Settings::retention_days`]: 1 to 36,500, or `Some(None)` for never.
    pub retention_days: Option<Option<u64>>,
    /// [`Settings::edit_window_s`]: 1 to 315,360,000, or `Some(None)` for always.
    pub edit_window_s: Option<Option<u64>>,
    /// [`Settings::conversation_number_prefix`].
    pub conversation_number_prefix: Option<Prefix>,
    /// [`Settings::default_locale`].
    pub default_locale: Option<Locale>,
}

impl Settings {
    /// Applies a change, or nothing of it.
    ///
    /// # Errors
    /// `validation_failed` at each member that is out of its range.
    pub fn change(&mut self, change: &SettingsChange) -> Result<(), Refusal> {
        let mut next = self.clone();
        let mut violations = Vec::new();
        let mut within = |field: &'static str, given: u64, min: u64, max: u64| {
            if (min..=max).contains(&given) {
                return Some(given);
            }
            let problem = format!("expected a whole number from {min} to {max}");
            violations.push(Invalid::new(problem).at(field));
            None
        };
        let counts = [
            (change.text_chars_max, 1, 150_000),
            (change.metadata_bytes_max, 2, 65_536),
            (change.members_max, 2, 10_000),
            (change.title_chars_max, 1, 1_000),
            (change.description_chars_max, 1, 10_000),
            (change.display_name_chars_max, 1, 1_000),
        ];
        for ((given, min, max), (field, slot)) in counts.into_iter().zip(next.counts_mut()) {
            let given = given.and_then(|given| within(field, given, min, max));
            if let Some(given) = given.and_then(|given| usize::try_from(given).ok()) {
                *slot = given;
            }
        }
        if let Some(days) = change.retention_days {
            let days = days.and_then(|days| within("retention_days", days, 1, 36_500));
            next.retention_days = days.and_then(|days| u32::try_from(days).ok());
        }
        if let Some(seconds) = change.edit_window_s {
            next.edit_window_s =
                seconds.and_then(|seconds| within("edit_window_s", seconds, 1, 315_360_000));
        }
        if !violations.is_empty() {
            return Err(Refusal::Invalid { violations });
        }
        next.reactions = change.reactions.unwrap_or(next.reactions);
        if let Some(prefix) = &change.conversation_number_prefix {
            next.conversation_number_prefix = prefix.clone();
        }
        if let Some(locale) = &change.default_locale {
            next.default_locale = locale.clone();
        }
        *self = next;
        Ok(())
    }

    /// What differs from the default, as a JSON object for storage.
    pub fn to_stored(&self) -> String {
        let (own, default) = (self.to_json(), Self::default().to_json());
        let changed: Map<String, Value> = own
            .into_iter()
            .filter(|(name, value)| default.get(name) != Some(value))
            .collect();
        Value::Object(changed).to_string()
    }

    /// Reads what [`Settings::to_stored`] wrote.
    pub fn from_stored(json: &str) -> Result<Self, Fault> {
        let stored = serde_json::from_str(json).ok();
        stored
            .and_then(|stored| Self::from_json(&stored))
            .ok_or_else(|| Fault::corrupt("workspace", "settings", json))
    }

    fn to_json(&self) -> Map<String, Value> {
        let mut own = self.clone();
        let counts = own.counts_mut();
        let mut all: Map<String, Value> = counts
            .into_iter()
            .map(|(name, count)| (name.to_owned(), (*count).into()))
            .collect();
        all.insert("reactions".to_owned(), self.reactions.into());
        all.insert("retention_days".to_owned(), self.retention_days.into());
        all.insert("edit_window_s".to_owned(), self.edit_window_s.into());
        let prefix = self.conversation_number_prefix.as_str();
        all.insert("conversation_number_prefix".to_owned(), prefix.into());
        let locale = self.default_locale.as_str();
        all.insert("default_locale".to_owned(), locale.into());
        all
    }

    fn from_json(stored: &Map<String, Value>) -> Option<Self> {
        let mut settings = Self::default();
        for (name, slot) in settings.counts_mut() {
            if let Some(value) = stored.get(name) {
                *slot = usize::try_from(value.as_u64()?).ok()?;
            }
        }
        if let Some(value) = stored.get("reactions") {
            settings.reactions = value.as_bool()?;
        }
        if let Some(value) = stored.get("retention_days") {
            settings.retention_days = Some(u32::try_from(value.as_u64()?).ok()?);
        }
        if let Some(value) = stored.get("edit_window_s") {
            settings.edit_window_s = Some(value.as_u64()?);
        }
        if let Some(value) = stored.get("conversation_number_prefix") {
            settings.conversation_number_prefix = Prefix(value.as_str()?.into());
        }
        if let Some(value) = stored.get("default_locale") {
            settings.default_locale = Locale::from_stored(value.as_str()?);
        }
        Some(settings)
    }

    fn counts_mut(&mut self) -> [(&'static str, &mut usize); 6] {
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
    /// What it decides for itself.
    pub settings: Settings,
    /// What its operator grants it.
    pub plan: Plan,
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
            plan: Plan::default(),
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

    /// Decides anew. Says whether anything differs now.
    ///
    /// # Errors
    /// `validation_failed`.
    pub fn decide(&mut self, change: &SettingsChange) -> Result<bool, Refusal> {
        let before = self.0.settings.clone();
        self.0.settings.change(change)?;
        Ok(self.0.settings != before)
    }

    /// Is granted something else. Says whether anything differs now.
    pub fn grant(&mut self, plan: Plan) -> bool {
        let before = std::mem::replace(&mut self.0.plan, plan);
        self.0.plan != before
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

    #[test]
    fn a_change_is_applied_whole_or_not_at_all() {
        let mut settings = Settings::default();
        let wrong = SettingsChange {
            members_max: Some(1),
            retention_days: Some(Some(0)),
            reactions: Some(false),
            ..SettingsChange::default()
        };
        let Err(Refusal::Invalid { violations }) = settings.change(&wrong) else {
            panic!("two members are out of range")
        };
        let fields: Vec<_> = violations.iter().map(|one| one.field.as_ref()).collect();
        assert_eq!(fields, ["members_max", "retention_days"]);
        assert_eq!(settings, Settings::default());
        let right = SettingsChange {
            retention_days: Some(Some(30)),
            edit_window_s: Some(Some(60)),
            conversation_number_prefix: Prefix::parse("CASE").ok(),
            reactions: Some(false),
            ..SettingsChange::default()
        };
        settings.change(&right).expect("in range");
        assert_eq!(settings.conversation_number_prefix.show(42), "CASE-000042");
        let stored = settings.to_stored();
        assert_eq!(Settings::from_stored(&stored).expect("stored"), settings);
        let never = SettingsChange {
            retention_days: Some(None),
            ..SettingsChange::default()
        };
        settings.change(&never).expect("in range");
        assert_eq!(settings.retention_days, None);
    }
}

//! What Protocol knows of things and the domain has no place for: kept with them, and read by nobody else.

use causerie_core::act::keep_extra;
use causerie_core::port::Unit;
use causerie_core::{Bearer, Context, Error, Extra, Fault, Invalid};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::NAME;

/// What is kept with a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptMessage {
    /// Reactions in the order in which they were added here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) reactions: Vec<KeptReaction>,
    /// When it was last updated here, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) updated_at: Option<i64>,
    /// When it was read, as somebody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) read_at: Option<i64>,
}

/// One reaction of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptReaction {
    pub(super) name: String,
    /// Who reacted, as it was written.
    pub(super) username: String,
    /// The participant whose reaction it is; nobody's is a text and nothing more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) participant: Option<String>,
}

/// What is kept with a participant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptContact {
    /// Its name when it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) username: Option<String>,
    /// Its telephone number, as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) phone_number: Option<String>,
}

/// What is kept with a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptConversation {
    /// The message that is pinned in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pinned_message: Option<String>,
}

/// What is kept with a member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptMember {
    /// When the conversation was put away, as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) archived_at: Option<i64>,
}

/// Reads what was kept; what never was is empty.
///
/// # Errors
/// [`Fault::Corrupt`].
pub(super) fn read<T: DeserializeOwned + Default>(extra: Option<&Extra>) -> Result<T, Fault> {
    let Some(extra) = extra else {
        return Ok(T::default());
    };
    serde_json::from_str(extra.as_str()).map_err(|_| Fault::corrupt("extra", "object", NAME))
}

/// Keeps it; `member` is told where it does not fit.
///
/// # Errors
/// `validation_failed` at `member`, and those of [`keep_extra`].
pub(super) fn keep<T: Serialize>(
    unit: &mut dyn Unit,
    cx: &Context,
    bearer: Bearer,
    kept: &T,
    member: &'static str,
) -> Result<(), Error> {
    let written = serde_json::to_string(kept).map_err(|_| Invalid::new("expected less"));
    let extra = written.and_then(|written| Extra::parse(NAME, &written));
    let extra = extra.map_err(|problem| problem.at(member))?;
    keep_extra(unit, cx, bearer, &extra)
}

//! Ids as `SaaSignal` writes them: a prefix and a ULID. A ULID by itself is taken as well.
//!
//! Looks nothing up.

use std::fmt;

use causerie_core::{ConversationId, Invalid, MessageId, ParticipantId, ReactionId, WorkspaceId};
use causerie_http::Problem;
use causerie_http::extract::{Call, PathId};

/// How many characters a ULID has.
const ULID_CHARS: usize = 26;

/// An id with its prefix, or without.
fn parse<T: PathId>(text: &str, prefix: &str) -> Result<T, Invalid> {
    if text.len() == ULID_CHARS {
        T::parse(&format!("{prefix}{text}"))
    } else {
        T::parse(text)
    }
}

fn of_path<T: PathId>(call: &Call, name: &str, prefix: &str) -> Result<T, Problem> {
    parse(call.part(name)?, prefix).map_err(|_| T::missing().into())
}

/// The conversation in the path.
pub(super) fn conversation(call: &Call) -> Result<ConversationId, Problem> {
    of_path(call, "conversation_id", ConversationId::PREFIX)
}

/// The message in the path.
pub(super) fn message(call: &Call) -> Result<MessageId, Problem> {
    of_path(call, "message_id", MessageId::PREFIX)
}

/// The participant in the path.
pub(super) fn participant(call: &Call) -> Result<ParticipantId, Problem> {
    of_path(call, "participant_id", ParticipantId::PREFIX)
}

/// The reaction in the path.
pub(super) fn reaction(call: &Call) -> Result<ReactionId, Problem> {
    of_path(call, "reaction_id", ReactionId::PREFIX)
}

/// The participant that a body names.
pub(super) fn parse_participant(text: &str) -> Result<ParticipantId, Invalid> {
    parse(text, ParticipantId::PREFIX)
}

/// The message that a body names.
pub(super) fn parse_message(text: &str) -> Result<MessageId, Invalid> {
    parse(text, MessageId::PREFIX)
}

/// The workspace under a name of `SaaSignal`'s.
macro_rules! workspaces {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(super) struct $name(pub(super) WorkspaceId);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let own = self.0.to_string();
                f.write_str($prefix)?;
                f.write_str(own.strip_prefix(WorkspaceId::PREFIX).unwrap_or(&own))
            }
        }
    )+};
}

workspaces! {
    /// As a project.
    Project = "proj_";
    /// As the organization of the project.
    Organization = "org_";
    /// As its settings.
    SettingsId = "set_";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_with_its_prefix_and_without() {
        let id = MessageId::from_bytes([7; 16]);
        let written = id.to_string();
        assert_eq!(parse_message(&written), Ok(id));
        assert_eq!(parse_message(&written[MessageId::PREFIX.len()..]), Ok(id));
        for wrong in ["", "msg_", "7", &written.replace("msg_", "part_")] {
            assert!(parse_message(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_workspace_is_a_project() {
        let id = WorkspaceId::from_bytes([7; 16]);
        let ulid = id.to_string().split_off(WorkspaceId::PREFIX.len());
        assert_eq!(Project(id).to_string(), format!("proj_{ulid}"));
        assert_eq!(Organization(id).to_string(), format!("org_{ulid}"));
        assert_eq!(SettingsId(id).to_string(), format!("set_{ulid}"));
    }
}

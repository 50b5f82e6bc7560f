//! Reactions: who answers a message with a sign.

use std::fmt;
use std::sync::Arc;

use crate::id::{ConversationId, MessageId, ParticipantId, ReactionId, WorkspaceId};
use crate::invalid::Invalid;
use crate::message::Seq;
use crate::timestamp::Timestamp;

/// How many characters the name of a reaction may have.
pub const REACTION_CHARS_MAX: usize = 32;
/// How many different names the reactions of one message may have.
pub const REACTION_NAMES_MAX: usize = 50;

/// The name of a reaction: an emoji or a word.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReactionName(Arc<str>);

impl ReactionName {
    /// Accepts 1 to [`REACTION_CHARS_MAX`] characters without blanks and control characters.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let chars = text.chars().count();
        let unfit = |c: char| c.is_control() || c.is_whitespace();
        if (1..=REACTION_CHARS_MAX).contains(&chars) && !text.chars().any(unfit) {
            Ok(Self(text.into()))
        } else {
            Err(Invalid::new(
                "expected an emoji or a word of 1 to 32 characters without blanks",
            ))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes a name that was checked when it was stored.
    pub fn from_stored(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }
}

impl fmt::Debug for ReactionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A participant's reaction to a message; one for each name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// Its id.
    pub id: ReactionId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The conversation of the message.
    pub conversation: ConversationId,
    /// The message.
    pub message: MessageId,
    /// The place of the message.
    pub seq: Seq,
    /// Who reacts.
    pub participant: ParticipantId,
    /// With what.
    pub name: ReactionName,
    /// When.
    pub created_at: Timestamp,
}

/// How often a message was reacted to with each name, in the order of the first use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tallies(Vec<(ReactionName, u32)>);

impl Tallies {
    /// Names and counts.
    pub fn iter(&self) -> impl Iterator<Item = (&ReactionName, u32)> {
        self.0.iter().map(|(name, count)| (name, *count))
    }

    /// Whether nobody reacts.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts one more. Says whether there was room for its name.
    pub fn add(&mut self, name: &ReactionName) -> bool {
        if let Some((_, count)) = self.0.iter_mut().find(|(known, _)| known == name) {
            *count += 1;
            return true;
        }
        let room = self.0.len() < REACTION_NAMES_MAX;
        if room {
            self.0.push((name.clone(), 1));
        }
        room
    }

    /// Counts one less.
    pub fn remove(&mut self, name: &ReactionName) {
        if let Some((_, count)) = self.0.iter_mut().find(|(known, _)| known == name) {
            *count = count.saturating_sub(1);
        }
        self.0.retain(|(_, count)| *count > 0);
    }

    /// Counts and names in turn, separated by blanks, for storage.
    pub fn to_stored(&self) -> String {
        let each = |(name, count): &(ReactionName, u32)| format!("{count} {}", name.as_str());
        let all: Vec<String> = self.0.iter().map(each).collect();
        all.join(" ")
    }

    /// Reads what [`Tallies::to_stored`] wrote; `None` when it is something else.
    pub fn from_stored(stored: &str) -> Option<Self> {
        let mut parts = stored.split_ascii_whitespace();
        let mut all = Vec::new();
        while let Some(count) = parts.next() {
            let name = ReactionName::from_stored(parts.next()?);
            all.push((name, count.parse().ok()?));
        }
        Some(Self(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ReactionName {
        ReactionName::parse(text).expect("fine")
    }

    #[test]
    fn tallies_count_and_forget() {
        let mut tallies = Tallies::default();
        for one in ["👍", "wow", "👍"] {
            assert!(tallies.add(&name(one)));
        }
        assert_eq!(tallies.to_stored(), "2 👍 1 wow");
        assert_eq!(Tallies::from_stored("2 👍 1 wow"), Some(tallies.clone()));
        tallies.remove(&name("wow"));
        tallies.remove(&name("👍"));
        assert_eq!(tallies.to_stored(), "1 👍");
        assert_eq!(Tallies::from_stored("👍"), None);
    }

    #[test]
    fn there_is_room_for_fifty_names() {
        let mut tallies = Tallies::default();
        for number in 0..REACTION_NAMES_MAX {
            assert!(tallies.add(&name(&number.to_string())));
        }
        assert!(!tallies.add(&name("more")) && tallies.add(&name("7")));
    }

    #[test]
    fn a_name_has_no_blanks() {
        assert!(ReactionName::parse("a b").is_err() && ReactionName::parse("").is_err());
        assert!(ReactionName::parse("👩‍👩‍👧‍👦").is_ok());
    }
}

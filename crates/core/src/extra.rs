//! What a surface keeps with a thing although the domain has no place for it.
//!
//! Nothing here reads such an object: it is kept as it was written, shown to the surface that wrote it, and erased
//! with the thing.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::id::{ChannelId, ConversationId, MessageId, ParticipantId};
use crate::invalid::Invalid;

/// How many characters the name of a surface has at most.
const SURFACE_CHARS_MAX: usize = 32;

/// A JSON object that one surface keeps with one thing.
#[derive(Clone, PartialEq, Eq)]
pub struct Extra {
    surface: Arc<str>,
    object: Arc<str>,
}

impl Extra {
    /// How many bytes an object has at most.
    pub const BYTES_MAX: usize = 200 * 1024;

    /// Accepts a JSON object of at most [`Extra::BYTES_MAX`] bytes, of a surface with a name of 1 to 32 small letters.
    pub fn parse(surface: &str, object: &str) -> Result<Self, Invalid> {
        let named = (1..=SURFACE_CHARS_MAX).contains(&surface.len())
            && surface.bytes().all(|byte| byte.is_ascii_lowercase());
        if !named {
            return Err(Invalid::new(
                "expected a surface's name: 1 to 32 small letters",
            ));
        }
        if object.len() > Self::BYTES_MAX {
            let problem = format!("expected at most {} bytes", Self::BYTES_MAX);
            return Err(Invalid::new(problem));
        }
        serde_json::from_str::<BTreeMap<String, &RawValue>>(object)
            .map_err(|_| Invalid::new("expected a JSON object"))?;
        Ok(Self::from_stored(surface, object))
    }

    /// Takes one that was checked when it was stored.
    pub fn from_stored(surface: impl Into<Arc<str>>, object: impl Into<Arc<str>>) -> Self {
        Self {
            surface: surface.into(),
            object: object.into(),
        }
    }

    /// Which surface keeps it.
    pub fn surface(&self) -> &str {
        &self.surface
    }

    /// The JSON object, as it was written.
    pub fn as_str(&self) -> &str {
        &self.object
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extra({}, {} bytes)", self.surface, self.object.len())
    }
}

/// A thing with which surfaces may keep something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bearer {
    /// A message, sent or scheduled.
    Message(MessageId),
    /// A conversation.
    Conversation(ConversationId),
    /// A participant.
    Participant(ParticipantId),
    /// A participant in a conversation.
    Member(ConversationId, ParticipantId),
    /// A channel.
    Channel(ChannelId),
}

impl Bearer {
    /// The bytes that no other bearer has. Those of a conversation begin those of its members.
    pub fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Message(id) => id.to_bytes().to_vec(),
            Self::Conversation(id) => id.to_bytes().to_vec(),
            Self::Participant(id) => id.to_bytes().to_vec(),
            Self::Member(of, id) => [of.to_bytes(), id.to_bytes()].concat(),
            Self::Channel(id) => id.to_bytes().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_of_a_named_surface_is_kept_as_it_was_written() {
        let object = r#"{"b": 1.50, "a": 12345678901234567890123}"#;
        let extra = Extra::parse("bird", object).expect("fine");
        assert_eq!((extra.surface(), extra.as_str()), ("bird", object));
        for (surface, object) in [("", "{}"), ("Bird", "{}"), ("bird", "[]"), ("bird", "{")] {
            assert!(Extra::parse(surface, object).is_err(), "{surface} {object}");
        }
    }
}

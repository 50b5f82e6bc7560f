//! Identifiers: one newtype per entity over 128 bits that are a ULID and a `UUIDv7` at once.
//!
//! Nothing here reads the clock or draws random numbers: see [`Ids`](crate::port::Ids).

use std::fmt;

use ulid::Ulid;

use crate::invalid::Invalid;
use crate::timestamp::Timestamp;

/// An identifier that no entity has taken yet.
///
/// 48 bits of Unix milliseconds, then random bits, with the version and variant bits of RFC 9562
/// set: written in Crockford base 32 it is a ULID, written in hexadecimal it is a `UUIDv7`, and both
/// spellings sort by creation time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fresh(u128);

impl Fresh {
    /// Builds an identifier from a time and 80 random bits, six of which give way to the version
    /// and variant. Times before 1970 count as 1970.
    pub fn new(at: Timestamp, entropy: [u8; 10]) -> Self {
        let milliseconds = u128::try_from(at.unix_micros().max(0) / 1000).unwrap_or(0);
        let mut random = [0; 16];
        random[6..].copy_from_slice(&entropy);
        let bits = (milliseconds << 80) | u128::from_be_bytes(random);
        let versioned = (bits & !(0xF << 76)) | (0x7 << 76);
        Self((versioned & !(0x3 << 62)) | (0x2 << 62))
    }

    /// Another identifier of the same millisecond that nobody has, the same for the same label.
    #[must_use]
    pub fn derive(self, label: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0.to_be_bytes()).update(label);
        let mut entropy = [0; 10];
        hasher.finalize_xof().fill(&mut entropy);
        let milliseconds = i64::try_from(self.0 >> 80).unwrap_or(0);
        Self::new(Timestamp::from_unix_micros(milliseconds * 1000), entropy)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u128);

        impl $name {
            /// What the written form starts with.
            pub const PREFIX: &'static str = $prefix;

            /// Reads the written form, prefix and all; letters may be lower case.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                text.strip_prefix($prefix)
                    .filter(|rest| rest.len() == ulid::ULID_LEN && rest.as_bytes()[0] <= b'7')
                    .and_then(|rest| Ulid::from_string(rest).ok())
                    .map(|ulid| Self(u128::from_be_bytes(ulid.to_bytes())))
                    .ok_or_else(|| {
                        Invalid::new(concat!("expected an id of the form ", $prefix, "01J…"))
                    })
            }

            /// The identifier with these bytes, most significant first.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(u128::from_be_bytes(bytes))
            }

            /// The sixteen bytes, most significant first: their order is creation order.
            pub const fn to_bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }
        }

        impl From<Fresh> for $name {
            fn from(fresh: Fresh) -> Self {
                Self(fresh.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = [0; ulid::ULID_LEN];
                f.write_str($prefix)?;
                f.write_str(Ulid::from_bytes(self.to_bytes()).array_to_str(&mut text))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )+};
}

ids! {
    /// Identifies a workspace, the tenant.
    WorkspaceId = "ws_";
    /// Identifies an API key; part of the key's written form, hence not secret.
    KeyId = "key_";
    /// Identifies a participant of a workspace.
    ParticipantId = "part_";
    /// Identifies a conversation.
    ConversationId = "conv_";
    /// Identifies a message; ordered by creation time to the millisecond.
    MessageId = "msg_";
    /// Identifies a reaction to a message.
    ReactionId = "react_";
    /// Identifies a tag of a workspace.
    TagId = "tag_";
    /// Identifies a template.
    TemplateId = "tmpl_";
    /// Identifies a file that was or will be uploaded.
    MediaId = "media_";
    /// Identifies a channel to an outside platform.
    ChannelId = "chan_";
}

impl MessageId {
    /// The identifier that was promised to a message that is sent only now.
    pub(crate) const fn promised(self) -> Fresh {
        Fresh(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_id_survives_its_written_form(bits: u128) {
            let id = MessageId(bits);
            prop_assert_eq!(MessageId::parse(&id.to_string()), Ok(id));
            prop_assert_eq!(MessageId::parse(&format!("msg_{}", id.to_string()[4..].to_lowercase())), Ok(id));
            prop_assert_eq!(MessageId::from_bytes(id.to_bytes()), id);
        }

        #[test]
        fn a_fresh_id_is_a_uuid_v7_that_sorts_by_time(micros in 0i64..4_000_000_000_000_000, entropy: [u8; 10]) {
            let id = MessageId::from(Fresh::new(Timestamp::from_unix_micros(micros), entropy));
            let bytes = id.to_bytes();
            prop_assert_eq!(bytes[6] >> 4, 7);
            prop_assert_eq!(bytes[8] >> 6, 2);
            let later = MessageId::from(Fresh::new(Timestamp::from_unix_micros(micros + 1000), entropy));
            prop_assert!(id < later);
            prop_assert!(id.to_string() < later.to_string());
        }

        #[test]
        fn no_text_makes_parsing_panic(text: String) {
            let _ = ConversationId::parse(&text);
        }
    }

    #[test]
    fn a_derived_id_is_another_one_of_the_same_moment() {
        let fresh = Fresh::new(Timestamp::from_unix_micros(1_700_000_000_000_000), [7; 10]);
        let (one, other) = (fresh.derive(b"one"), fresh.derive(b"other"));
        assert!(one != other && one != fresh && one == fresh.derive(b"one"));
        assert_eq!(one.0 >> 80, fresh.0 >> 80);
    }

    #[test]
    fn another_entitys_prefix_is_refused() {
        let id = MessageId(7).to_string();
        assert!(ParticipantId::parse(&id).is_err());
        assert!(MessageId::parse(&id[4..]).is_err());
        assert!(MessageId::parse("msg_80000000000000000000000000").is_err());
    }
}

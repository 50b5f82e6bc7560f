//! The installation's key as its owner writes it: 32 bytes in base64 or hexadecimal.
//!
//! Never shown again; where it is kept when nobody gives it is in `vault`.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use causerie_core::{VAULT_KEY_BYTES, Vault};

/// Padding may be left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretKey([u8; VAULT_KEY_BYTES]);

impl SecretKey {
    /// Takes random bytes.
    pub(crate) fn new(bytes: [u8; VAULT_KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// Reads one; blanks around it do not count. `None` when it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bytes = if text.len() == 2 * VAULT_KEY_BYTES {
            unhex(text)?
        } else {
            BASE64.decode(text).ok()?
        };
        Some(Self(bytes.try_into().ok()?))
    }

    /// What is written to the file of the key.
    pub(crate) fn to_text(&self) -> String {
        let mut text = BASE64.encode(self.0);
        text.push('\n');
        text
    }

    /// Makes it ready for use.
    pub(crate) fn vault(&self) -> Vault {
        Vault::new(&self.0)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8; 2]| u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok();
    let (pairs, _) = text.as_bytes().as_chunks::<2>();
    pairs.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_in_either_form_and_survives_its_own() {
        let key = SecretKey([0xAB; 32]);
        assert_eq!(SecretKey::parse(&key.to_text()).as_ref(), Some(&key));
        assert_eq!(SecretKey::parse(&"ab".repeat(32)).as_ref(), Some(&key));
        let bare = key.to_text();
        let bare = bare.trim_end().trim_end_matches('=');
        assert_eq!(SecretKey::parse(bare).as_ref(), Some(&key));
        for wrong in ["", "ab", &"ag".repeat(32), &"ab".repeat(31), "Zm9v"] {
            assert_eq!(SecretKey::parse(wrong), None, "{wrong}");
        }
        assert_eq!(format!("{key:?}"), "SecretKey");
    }
}

//! What the installation's key is for: secrets that are given back to nobody but their user, and links
//! that cannot be made up.
//!
//! The key comes from the configuration; this module neither finds nor keeps it.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

use crate::fault::Fault;

/// How many bytes the installation's key has.
pub const VAULT_KEY_BYTES: usize = 32;
/// How many random bytes sealing takes.
pub const SEAL_ENTROPY_BYTES: usize = 24;

/// A secret that only the installation's key opens (XChaCha20-Poly1305), safe to store.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Takes what was stored.
    pub fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed")
    }
}

/// Proof that an address was made by this installation.
#[derive(Clone, Copy, Debug)]
pub struct Signature(blake3::Hash);

impl Signature {
    /// 64 hexadecimal digits.
    pub fn to_text(self) -> String {
        self.0.to_hex().to_string()
    }
}

/// The installation's key, ready for use.
#[derive(Clone)]
pub struct Vault {
    sealing: [u8; 32],
    signing: [u8; 32],
    fingerprint: [u8; 32],
}

impl Vault {
    /// Derives what it needs from the key; uses of the key never meet.
    pub fn new(key: &[u8; VAULT_KEY_BYTES]) -> Self {
        Self {
            sealing: blake3::derive_key("causerie 2026 sealed secrets", key),
            signing: blake3::derive_key("causerie 2026 signed addresses", key),
            fingerprint: blake3::derive_key("causerie 2026 fingerprint", key),
        }
    }

    /// Tells keys apart without telling anything of them: all nodes of an installation must agree.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// Seals a secret for one place, such as a channel; it opens nowhere else.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when it is too long to be sealed, gigabytes that is.
    pub fn seal(
        &self,
        place: &[u8],
        secret: &str,
        entropy: [u8; SEAL_ENTROPY_BYTES],
    ) -> Result<Sealed, Fault> {
        let payload = Payload {
            msg: secret.as_bytes(),
            aad: place,
        };
        let mut sealed = entropy.to_vec();
        let cipher = self
            .cipher()
            .encrypt(&XNonce::from(entropy), payload)
            .map_err(|_| Fault::unavailable("a secret could not be sealed"))?;
        sealed.extend(cipher);
        Ok(Sealed(sealed))
    }

    /// Opens what was sealed for this place; `None` when it was sealed for another or with another key.
    pub fn open(&self, place: &[u8], sealed: &Sealed) -> Option<String> {
        let (nonce, cipher) = sealed.0.split_first_chunk::<SEAL_ENTROPY_BYTES>()?;
        let payload = Payload {
            msg: cipher,
            aad: place,
        };
        let plain = self.cipher().decrypt(&XNonce::from(*nonce), payload).ok()?;
        String::from_utf8(plain).ok()
    }

    /// Signs parts that never run into each other; the first says what for.
    pub fn sign(&self, parts: &[&[u8]]) -> Signature {
        let mut hasher = blake3::Hasher::new_keyed(&self.signing);
        for part in parts {
            hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part);
        }
        Signature(hasher.finalize())
    }

    /// Whether these parts were signed so; takes the same time whether or not.
    pub fn verifies(&self, parts: &[&[u8]], signature: &str) -> bool {
        let given = blake3::Hash::from_hex(signature);
        // Comparing hashes takes constant time.
        given.is_ok_and(|given| given == self.sign(parts).0)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(self.sealing))
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_at_its_place_with_its_key_only() {
        let (vault, other) = (Vault::new(&[1; 32]), Vault::new(&[2; 32]));
        let sealed = vault.seal(b"here", "hunter2", [3; 24]).expect("short");
        assert_eq!(vault.open(b"here", &sealed).as_deref(), Some("hunter2"));
        assert_eq!(vault.open(b"there", &sealed), None);
        assert_eq!(other.open(b"here", &sealed), None);
        assert_eq!(vault.open(b"here", &Sealed::from_stored(vec![0; 5])), None);
        let shown = format!("{sealed:?} {vault:?}");
        assert_eq!(shown, "Sealed Vault");
        let clear = b"hunter2";
        assert!(sealed.as_bytes().windows(7).all(|part| part != clear));
    }

    #[test]
    fn a_signature_holds_for_its_parts_only() {
        let vault = Vault::new(&[1; 32]);
        let text = vault.sign(&[b"get", b"ab", b"c"]).to_text();
        assert!(vault.verifies(&[b"get", b"ab", b"c"], &text));
        assert!(!vault.verifies(&[b"get", b"a", b"bc"], &text));
        assert!(!vault.verifies(&[b"get", b"ab", b"c"], "00"));
        assert!(!Vault::new(&[2; 32]).verifies(&[b"get", b"ab", b"c"], &text));
    }
}

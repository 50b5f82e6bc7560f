//! API keys: their written form, their scopes, their end.
//!
//! A secret is verified here and nowhere else; caching and bounding verifications is the business
//! of whoever calls.

use std::fmt;
use std::ops::Deref;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::fault::Fault;
use crate::id::{KeyId, ParticipantId, WorkspaceId};
use crate::invalid::Invalid;
use crate::refusal::Refusal;
use crate::text::Name;
use crate::timestamp::Timestamp;

/// What a key may do, as it was granted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Scopes(u8);

/// Something that a key must be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Read participants, conversations, messages, events.
    MessagingRead,
    /// Change them.
    MessagingWrite,
    /// Create and revoke keys; in the root workspace also create and list workspaces.
    Admin,
}

impl Scope {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MessagingRead => "messaging:read",
            Self::MessagingWrite => "messaging:write",
            Self::Admin => "admin",
        }
    }
}

impl Scopes {
    const WORDS: [(u8, &str); 5] = [
        (1, "messaging:read"),
        (2, "messaging:write"),
        (4, "admin"),
        (8, "messaging:*"),
        (16, "*"),
    ];

    /// Everything, now and in future.
    pub const ALL: Self = Self(16);
    /// Bringing messages, and nothing else.
    pub const WRITE: Self = Self(2);

    /// Reads a list of scopes; at least one.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, Invalid> {
        let mut bits = 0;
        for word in words {
            bits |= Self::WORDS
                .iter()
                .find(|(_, known)| *known == word)
                .map(|(bit, _)| *bit)
                .ok_or(Invalid::new(
                    "expected scopes of messaging:read messaging:write messaging:* admin *",
                ))?;
        }
        if bits == 0 {
            Err(Invalid::new("expected at least one scope"))
        } else {
            Ok(Self(bits))
        }
    }

    /// The scopes as they were granted.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        Self::WORDS
            .into_iter()
            .filter(move |(bit, _)| self.0 & bit != 0)
            .map(|(_, word)| word)
    }

    /// The same for messaging only.
    #[must_use]
    pub const fn without_admin(self) -> Self {
        // `*` is more than `messaging:*` by the rest.
        Self(if self.0 & 16 != 0 { 8 } else { self.0 & !4 })
    }

    /// Whether they allow this.
    pub const fn allow(self, scope: Scope) -> bool {
        let sufficient = match scope {
            Scope::MessagingRead => 1 | 8 | 16,
            Scope::MessagingWrite => 2 | 8 | 16,
            Scope::Admin => 4 | 16,
        };
        self.0 & sufficient != 0
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.words().enumerate() {
            write!(f, "{}{word}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scopes({self})")
    }
}

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX: &str = "ck_";
const ID_CHARS: usize = ulid::ULID_LEN;
const SECRET_CHARS: usize = 40;
const CHECKSUM_CHARS: usize = 6;

/// A key as its holder writes it: `ck_`, 26 characters of id, 40 of secret, 6 of checksum.
///
/// The checksum is the CRC-32 of everything before it in base 62, so that a typo can be told from a
/// revoked key and a scanner for leaked secrets can be sure of a find. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct KeySecret(String);

impl KeySecret {
    /// A key made of an id and random bytes; those above 247 are not used, so give plenty.
    ///
    /// # Panics
    /// When fewer than 40 of the bytes are below 248.
    pub fn new(id: KeyId, entropy: &[u8; 128]) -> Self {
        let mut written = format!("{PREFIX}{}", &id.to_string()[KeyId::PREFIX.len()..]);
        let letters = entropy.iter().filter(|byte| **byte < 248);
        written.extend(
            letters
                .take(SECRET_CHARS)
                .map(|byte| char::from(BASE62[usize::from(byte % 62)])),
        );
        assert_eq!(
            written.len(),
            PREFIX.len() + ID_CHARS + SECRET_CHARS,
            "enough entropy"
        );
        let checksum = checksum(&written);
        Self(written + &checksum)
    }

    /// Reads the written form and checks its checksum.
    ///
    /// # Errors
    /// `key_malformed`: it was mistyped, cut off, or never was a key of this product.
    pub fn parse(written: &str) -> Result<Self, Refusal> {
        let body = PREFIX.len() + ID_CHARS + SECRET_CHARS;
        let well_formed = written.len() == body + CHECKSUM_CHARS
            && written.starts_with(PREFIX)
            && written
                .bytes()
                .skip(PREFIX.len())
                .all(|byte| byte.is_ascii_alphanumeric())
            && checksum(&written[..body]) == written[body..]
            && Self::id_of(written).is_ok();
        if well_formed {
            Ok(Self(written.to_owned()))
        } else {
            Err(Refusal::KeyMalformed)
        }
    }

    /// The id of the key; it says nothing of whether the secret is right.
    pub fn id(&self) -> KeyId {
        Self::id_of(&self.0).unwrap_or(KeyId::from_bytes([0; 16]))
    }

    /// The whole key, to be shown once to its holder.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A fast hash of the whole key, for looking up one that was verified before.
    pub fn fast_hash(&self) -> [u8; 32] {
        *blake3::hash(self.0.as_bytes()).as_bytes()
    }

    fn id_of(written: &str) -> Result<KeyId, Invalid> {
        let id = &written[PREFIX.len()..PREFIX.len() + ID_CHARS];
        KeyId::parse(&format!("{}{id}", KeyId::PREFIX))
    }
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySecret({}, …)", self.id())
    }
}

fn checksum(body: &str) -> String {
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut letters = [b'0'; CHECKSUM_CHARS];
    for slot in letters.iter_mut().rev() {
        *slot = BASE62[usize::try_from(rest % 62).unwrap_or(0)];
        rest /= 62;
    }
    letters.iter().copied().map(char::from).collect()
}

/// An argon2id hash in PHC form. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash(String);

impl SecretHash {
    /// The PHC string, for storage.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Takes a PHC string from storage.
    pub fn from_stored(phc: impl Into<String>) -> Self {
        Self(phc.into())
    }

    /// Whether this is the hash of `secret`. Takes as long as hashing did; compares in constant time.
    ///
    /// # Errors
    /// [`Fault::Corrupt`] when the stored hash is not one.
    pub fn verify(&self, secret: &KeySecret) -> Result<bool, Fault> {
        use argon2::password_hash::Error;
        match Argon2::default().verify_password(secret.0.as_bytes(), self.0.as_str()) {
            Ok(()) => Ok(true),
            Err(Error::PasswordInvalid) => Ok(false),
            Err(_) => Err(Fault::corrupt("api_key", "hash", "")),
        }
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// How hard hashing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashCost {
    /// 7 MiB, five passes, one lane: of the equivalent settings that OWASP's password storage cheat sheet
    /// gives for argon2id, the one that takes the least memory.
    Owasp,
    /// As cheap as argon2id gets, for tests that make many keys.
    Cheapest,
}

impl HashCost {
    /// Hashes a secret with a fresh salt. Takes tens of milliseconds of one core with
    /// [`HashCost::Owasp`]: never call it inside a unit of work or on an event loop.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] when there is no memory for it.
    pub fn hash(self, secret: &KeySecret, salt: [u8; 16]) -> Result<SecretHash, Fault> {
        let params = match self {
            Self::Owasp => Params::new(7_168, 5, 1, None),
            Self::Cheapest => Params::new(Params::MIN_M_COST, 1, 1, None),
        };
        let params = params.map_err(|error| Fault::unavailable(error.to_string()))?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_with_salt(secret.0.as_bytes(), &salt)
            .map(|hash| SecretHash(hash.to_string()))
            .map_err(|error| Fault::unavailable(error.to_string()))
    }
}

/// A key of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey(ApiKeyState);

/// Everything a key holds, for adapters to store and restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyState {
    /// Its id.
    pub id: KeyId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// What it is for.
    pub name: Name,
    /// The hash of its secret.
    pub hash: SecretHash,
    /// What it may do.
    pub scopes: Scopes,
    /// The only participant it acts as, if it is bound to one.
    pub participant: Option<ParticipantId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it stops by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

impl ApiKey {
    /// Takes what an adapter stored, or a new key's first state.
    pub fn restore(state: ApiKeyState) -> Self {
        Self(state)
    }

    /// Refuses a key that has come to its end.
    ///
    /// # Errors
    /// `key_revoked`, `key_expired`.
    pub fn admit(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.revoked_at.is_some() {
            return Err(Refusal::KeyRevoked);
        }
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(Refusal::KeyExpired);
        }
        Ok(())
    }

    /// Ends it now. Says whether it was alive.
    pub fn revoke(&mut self, at: Timestamp) -> bool {
        let first = self.0.revoked_at.is_none();
        if first {
            self.0.revoked_at = Some(at);
        }
        first
    }

    /// Lets it end at a time, or earlier if that was set before.
    pub fn expire_by(&mut self, end: Timestamp) {
        self.0.expires_at = Some(self.0.expires_at.map_or(end, |set| set.min(end)));
    }
}

impl Deref for ApiKey {
    type Target = ApiKeyState;

    fn deref(&self) -> &ApiKeyState {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secret() -> KeySecret {
        KeySecret::new(KeyId::from_bytes([7; 16]), &[9; 128])
    }

    #[test]
    fn a_key_reads_back_and_a_typo_does_not() {
        let written = secret().expose().to_owned();
        assert_eq!(written.len(), 75);
        assert_eq!(
            KeySecret::parse(&written).expect("our own").id(),
            KeyId::from_bytes([7; 16])
        );
        for at in 0..written.len() {
            let mut typo = written.clone().into_bytes();
            typo[at] = if typo[at] == b'x' { b'y' } else { b'x' };
            let typo = String::from_utf8(typo).expect("ascii");
            assert_eq!(
                KeySecret::parse(&typo),
                Err(Refusal::KeyMalformed),
                "{typo}"
            );
        }
    }

    #[test]
    fn a_hash_verifies_its_secret_only() {
        let hash = HashCost::Cheapest.hash(&secret(), [1; 16]).expect("hashed");
        assert!(hash.as_str().starts_with("$argon2id$"));
        assert!(hash.verify(&secret()).expect("a hash"));
        let other = KeySecret::new(KeyId::from_bytes([7; 16]), &[8; 128]);
        assert!(!hash.verify(&other).expect("a hash"));
        assert!(SecretHash::from_stored("plain").verify(&other).is_err());
    }

    #[test]
    fn i10_secrets_do_not_show_in_debug() {
        let shown = format!(
            "{:?} {:?}",
            secret(),
            SecretHash::from_stored("$argon2id$abc")
        );
        assert!(
            !shown.contains(&secret().expose()[30..]) && !shown.contains("abc"),
            "{shown}"
        );
    }

    #[test]
    fn wildcards_allow_what_they_cover() {
        let messaging = Scopes::parse(["messaging:*"]).expect("known");
        assert!(messaging.allow(Scope::MessagingWrite) && !messaging.allow(Scope::Admin));
        assert!(Scopes::ALL.allow(Scope::Admin));
        assert_eq!(
            Scopes::parse(["admin", "messaging:read"])
                .expect("known")
                .to_string(),
            "messaging:read admin"
        );
        assert!(Scopes::parse([]).is_err() && Scopes::parse(["root"]).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_parsing_panic(text: String) {
            let _ = KeySecret::parse(&text);
        }
    }
}

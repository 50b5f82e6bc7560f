//! Signed tokens (JSON Web Tokens, RFC 7519, HS256) that stand for a key for a day.
//!
//! Only tokens that were made here are taken: nothing of a token decides how it is verified. Whether the key
//! is still good is looked up with every request.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use causerie_core::{KeyId, Timestamp, Vault};
use ring::hmac;
use serde::{Deserialize, Serialize};

/// How long a token holds.
pub(super) const LIFE_SECONDS: i64 = 24 * 60 * 60;
/// How long a token may be; ours are half as long.
const BYTES_MAX: usize = 512;
/// The only head there is.
const HEAD: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
/// What the secret of all tokens is derived for.
const PURPOSE: &[u8] = b"staffchat tokens";
const MICROS: i64 = 1_000_000;

/// What a token says.
#[derive(Deserialize, Serialize)]
struct Claims {
    sub: String,
    iat: i64,
    exp: i64,
}

/// A token, and when it ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) written: String,
    pub(super) expires: i64,
}

/// Makes a token for a key that itself holds until `end`, if it ends.
pub(super) fn mint(vault: &Vault, key: KeyId, now: Timestamp, end: Option<Timestamp>) -> Token {
    let iat = now.unix_micros() / MICROS;
    let day = iat + LIFE_SECONDS;
    let exp = end.map_or(day, |end| day.min(end.unix_micros() / MICROS));
    let claims = Claims {
        sub: key.to_string(),
        iat,
        exp,
    };
    // Text and numbers, which serde_json always writes.
    let claims = serde_json::to_vec(&claims).unwrap_or_default();
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!("{}.{}", encode(HEAD.as_bytes()), encode(&claims));
    let tag = hmac::sign(&secret(vault), signed.as_bytes());
    Token {
        written: format!("{signed}.{}", encode(tag.as_ref())),
        expires: exp,
    }
}

/// The key that a token stands for at this time; `None` for one that is not ours, was changed, or has ended.
pub(super) fn verify(vault: &Vault, written: &str, now: Timestamp) -> Option<KeyId> {
    if written.len() > BYTES_MAX {
        return None;
    }
    let (signed, tag) = written.rsplit_once('.')?;
    let tag = BASE64_URL_SAFE_NO_PAD.decode(tag).ok()?;
    // Compares in constant time.
    hmac::verify(&secret(vault), signed.as_bytes(), &tag).ok()?;
    let (_, claims) = signed.split_once('.')?;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    let holds = now.unix_micros() / MICROS < claims.exp;
    holds.then(|| KeyId::parse(&claims.sub).ok()).flatten()
}

fn secret(vault: &Vault) -> hmac::Key {
    let derived = vault.sign(&[PURPOSE]).to_text();
    hmac::Key::new(hmac::HMAC_SHA256, derived.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_micros(seconds * MICROS)
    }

    fn key() -> KeyId {
        KeyId::from_bytes([7; 16])
    }

    #[test]
    fn a_token_stands_for_its_key_for_a_day() {
        let vault = Vault::new(&[1; 32]);
        let token = mint(&vault, key(), at(100), None);
        assert_eq!(token.expires, 100 + LIFE_SECONDS);
        assert_eq!(verify(&vault, &token.written, at(100)), Some(key()));
        let last = at(token.expires - 1);
        assert_eq!(verify(&vault, &token.written, last), Some(key()));
        assert_eq!(verify(&vault, &token.written, at(token.expires)), None);
        assert_eq!(mint(&vault, key(), at(100), Some(at(130))).expires, 130);
    }

    #[test]
    fn nobody_else_makes_or_changes_one() {
        let vault = Vault::new(&[1; 32]);
        let token = mint(&vault, key(), at(100), None).written;
        assert_eq!(verify(&Vault::new(&[2; 32]), &token, at(100)), None);
        for place in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[place] = if other[place] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).expect("ASCII");
            assert_eq!(verify(&vault, &other, at(100)), None, "{place}");
        }
        let head = BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let claims = token.split('.').nth(1).expect("three parts");
        assert_eq!(verify(&vault, &format!("{head}.{claims}."), at(100)), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_verifying_panic(text in ".*") {
            prop_assert_eq!(verify(&Vault::new(&[1; 32]), &text, at(100)), None);
        }
    }
}

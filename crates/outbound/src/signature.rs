//! Signed calls by the Standard Webhooks specification, ours and those of others.
//!
//! Secrets are neither made up nor kept here: random bytes come in, text goes out.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use causerie_core::Timestamp;
use standardwebhooks::Webhook;
use subtle::ConstantTimeEq as _;

/// How far the time of a call may be from ours, in seconds, back and forth.
pub const SIGNATURE_TOLERANCE_S: i64 = 5 * 60;
/// How many signatures of a call are looked at.
pub const SIGNATURES_MAX: usize = 10;
/// How many random bytes a secret is made of.
pub const SECRET_ENTROPY_BYTES: usize = 32;

/// What a secret starts with.
const PREFIX: &str = "whsec_";
/// How many characters of base 64 the shortest secret has that the specification accepts: 24 bytes.
const SECRET_CHARS_MIN: usize = 32;

/// The secret made of these random bytes, as it is shown and sealed: `whsec_` and base 64.
pub fn new_secret(entropy: [u8; SECRET_ENTROPY_BYTES]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(entropy))
}

/// Whether a text can be used as a secret: `whsec_`, which may be left out, and base 64 of at least 24 bytes.
pub fn is_secret(text: &str) -> bool {
    key(text).is_some()
}

/// What the headers of a call say.
#[derive(Clone, Copy)]
pub struct Signed<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`: one or several, separated by blanks.
    pub signature: &'a str,
}

impl fmt::Debug for Signed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signed")
    }
}

/// Whether a call was signed with this secret, less than [`SIGNATURE_TOLERANCE_S`] ago. Comparing takes the
/// same time wherever the signatures differ.
pub fn verify_signature(secret: &str, signed: Signed<'_>, body: &[u8], now: Timestamp) -> bool {
    let verified = || {
        let at: i64 = signed.timestamp.parse().ok()?;
        let apart = seconds(now).checked_sub(at)?.checked_abs()?;
        if apart > SIGNATURE_TOLERANCE_S {
            return None;
        }
        let expected = key(secret)?.sign(signed.id, at, body).ok()?;
        let mut given = signed.signature.split(' ').take(SIGNATURES_MAX);
        given.any(|one| same(one, &expected)).then_some(())
    };
    verified().is_some()
}

/// The signature of a call (`v1,…`); `None` with a secret that is none.
pub(crate) fn sign(secret: &str, id: &str, now: Timestamp, body: &[u8]) -> Option<String> {
    key(secret)?.sign(id, seconds(now), body).ok()
}

/// A time as calls carry it.
pub(crate) fn seconds(at: Timestamp) -> i64 {
    at.unix_micros().div_euclid(1_000_000)
}

fn key(secret: &str) -> Option<Webhook> {
    let digits = secret.strip_prefix(PREFIX).unwrap_or(secret);
    let long = digits.len() >= SECRET_CHARS_MIN;
    long.then(|| Webhook::new(secret).ok()).flatten()
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const ID: &str = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
    const BODY: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;
    const SIGNATURE: &str = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
    const AT: i64 = 1_649_367_553;

    fn verifies(secret: &str, timestamp: &str, signature: &str, body: &[u8], now_s: i64) -> bool {
        let signed = Signed {
            id: ID,
            timestamp,
            signature,
        };
        let now = Timestamp::from_unix_micros(now_s * 1_000_000);
        verify_signature(secret, signed, body, now)
    }

    #[test]
    fn signatures_are_those_of_the_specification() {
        let now = Timestamp::from_unix_micros(AT * 1_000_000 + 999_999);
        assert_eq!(sign(SECRET, ID, now, BODY).as_deref(), Some(SIGNATURE));
    }

    #[test]
    fn a_call_is_verified_by_secret_id_time_and_body() {
        let at = AT.to_string();
        assert!(verifies(SECRET, &at, SIGNATURE, BODY, AT));
        let several = format!("v1a,eA== v1,eA== {SIGNATURE}");
        assert!(verifies(SECRET, &at, &several, BODY, AT));
        assert!(!verifies(SECRET, &at, SIGNATURE, b"{}", AT));
        assert!(!verifies(SECRET, &at, &SIGNATURE[..20], BODY, AT));
        assert!(!verifies(SECRET, &at, "", BODY, AT));
        assert!(!verifies(&new_secret([7; 32]), &at, SIGNATURE, BODY, AT));
        let later = (AT + 1).to_string();
        assert!(!verifies(SECRET, &later, SIGNATURE, BODY, AT));
        assert!(!verifies(SECRET, "soon", SIGNATURE, BODY, AT));
        assert!(!verifies(
            SECRET,
            &i64::MIN.to_string(),
            SIGNATURE,
            BODY,
            AT
        ));
    }

    #[test]
    fn a_call_is_taken_for_five_minutes() {
        let at = AT.to_string();
        for apart in [SIGNATURE_TOLERANCE_S, -SIGNATURE_TOLERANCE_S] {
            assert!(verifies(SECRET, &at, SIGNATURE, BODY, AT + apart));
            let further = AT + apart + apart.signum();
            assert!(!verifies(SECRET, &at, SIGNATURE, BODY, further));
        }
    }

    #[test]
    fn a_secret_is_long_enough_or_none() {
        assert!(is_secret(&new_secret([0; 32])) && new_secret([0; 32]).starts_with("whsec_AAAA"));
        for none in [
            "",
            "whsec_",
            "whsec_c2hvcnQ=",
            "whsec_not base 64 but long enough for it",
        ] {
            assert!(!is_secret(none), "{none}");
            assert!(sign(none, ID, Timestamp::default(), BODY).is_none());
        }
    }
}

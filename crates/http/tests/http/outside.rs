//! What lies outside the application, for tests: platforms that answer by what they are called, mail of headers
//! and a text, and signatures that are hashes.
//!
//! Connects to nothing.

use causerie_core::Timestamp;
use causerie_core::channel::{Channel, Reach};
use causerie_core::claim::Fingerprint;
use causerie_core::outbound::{Handed, Parcel};
use causerie_core::port::{
    Courier, Handing, InboundFile, InboundMail, MailAddress, MailFault, MailReader,
};
use causerie_http::{SignedCall, Signing};

/// A courier to whom only the server `gone.example` says no.
#[derive(Debug)]
pub(crate) struct Platforms;

impl Courier for Platforms {
    fn deliver(&self, _: Parcel) -> Handing<'_> {
        Box::pin(std::future::ready(Handed::Taken { reference: None }))
    }

    fn test(&self, channel: Channel) -> Handing<'_> {
        let gone = matches!(&channel.reach, Reach::Gateway(url) if url.as_str().contains("gone"));
        let handed = if gone {
            Handed::Refused {
                reason: "The gateway does not answer.".to_owned(),
                detail: Some("status 410".to_owned()),
            }
        } else {
            Handed::Taken { reference: None }
        };
        Box::pin(std::future::ready(handed))
    }
}

/// Reads headers and a text; a header `File` has the name of a file, and its bytes behind a blank.
#[derive(Debug)]
pub(crate) struct PlainMail;

impl MailReader for PlainMail {
    fn read(&self, raw: &[u8]) -> Result<InboundMail, MailFault> {
        let raw = std::str::from_utf8(raw).map_err(|_| MailFault::Unreadable)?;
        let (head, text) = raw.split_once("\n\n").ok_or(MailFault::Unreadable)?;
        let all = |wanted: &str| -> Vec<String> {
            let headers = head.lines().filter_map(|line| line.split_once(": "));
            let named = headers.filter(|(name, _)| *name == wanted);
            named.map(|(_, value)| value.to_owned()).collect()
        };
        let address = |text: String| MailAddress {
            name: text.split_once(" <").map(|(name, _)| name.to_owned()),
            address: text
                .rsplit('<')
                .next()
                .unwrap_or_default()
                .trim_end_matches('>')
                .to_owned(),
        };
        let one = |name| all(name).pop();
        let file = |text: String| {
            let (name, bytes) = text.split_once(' ').unwrap_or((&text, ""));
            InboundFile {
                name: Some(name.to_owned()),
                declared: Some("text/plain".to_owned()),
                content_id: Some(format!("{name}@mail")),
                inline: true,
                bytes: bytes.as_bytes().to_vec(),
            }
        };
        Ok(InboundMail {
            message_id: one("Message-ID"),
            follows: all("References"),
            from: address(one("From").ok_or(MailFault::NoSender)?),
            to: all("To").into_iter().map(address).collect(),
            cc: Vec::new(),
            subject: one("Subject"),
            text: text.to_owned(),
            html: one("Html"),
            sent_at: None,
            files: all("File").into_iter().map(file).collect(),
            automatic: false,
        })
    }
}

/// Signatures that only look like those of the specification.
pub(crate) const SIGNING: Signing = Signing {
    new_secret: |entropy| format!("whsec_{}", hex(entropy)),
    verify: |secret, call, now| {
        let near = call.timestamp.parse::<i64>().is_ok_and(|at| {
            let now = now.unix_micros() / 1_000_000;
            now.abs_diff(at) <= 300
        });
        near && call.signature == signature(secret, &call)
    },
};

fn hex(bytes: [u8; 32]) -> String {
    blake3::Hash::from_bytes(bytes).to_hex().to_string()
}

fn signature(secret: &str, call: &SignedCall<'_>) -> String {
    let (id, at) = (call.id.as_bytes(), call.timestamp.as_bytes());
    let hash = Fingerprint::of(&[secret.as_bytes(), id, at, call.body]);
    format!("v1,{}", hex(hash.0))
}

/// The headers of a call that is signed at a time.
pub(crate) fn signed(
    secret: &str,
    id: &str,
    at: Timestamp,
    body: &str,
) -> [(&'static str, String); 3] {
    let timestamp = (at.unix_micros() / 1_000_000).to_string();
    let call = SignedCall {
        id,
        timestamp: &timestamp,
        signature: "",
        body: body.as_bytes(),
    };
    let signature = signature(secret, &call);
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", signature),
    ]
}

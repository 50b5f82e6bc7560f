//! Gateways: each message is a signed `POST` of JSON, by the Standard Webhooks specification.
//!
//! The header `webhook-id` is the id of the message, the same at every try, so that a gateway that remembers ids
//! takes a message once; `webhook-timestamp` is the time of the try, in seconds since 1970; `webhook-signature` is
//! `v1,` and the base 64 of an HMAC-SHA256 over `id.timestamp.body`, made with the channel's secret. The body:
//!
//! ```json
//! {
//!   "type": "message.outbound",
//!   "timestamp": "2026-02-28T12:30:45.123Z",
//!   "data": {
//!     "message_id": "msg_…", "conversation_id": "conv_…", "channel_id": "chan_…", "platform": "sms",
//!     "title": null, "sender_name": "Ada", "from": "+31612345678",
//!     "receivers": [{
//!       "participant_id": "part_…", "type": "to", "name": "Bob",
//!       "identifier": {"key": "phonenumber", "value": "+31687654321"}
//!     }],
//!     "kind": "text", "text": "Hello!", "content_type": "text", "content": null,
//!     "reply_to": null, "reference": null, "metadata": {},
//!     "attachments": [{
//!       "media_id": "media_…", "name": "cat.png", "content_type": "image/png", "size": 4711,
//!       "alt_text": null, "inline": false, "kind": "image", "url": "https://…"
//!     }],
//!     "try": 1
//!   }
//! }
//! ```
//!
//! `timestamp` is when the message was sent, `from` the channel's own address; `title`, `from`, `identifier`,
//! `content`, `reply_to`, `reference` and `alt_text` may be `null`. An answer of 2xx takes the message; its body may
//! be `{"reference": "…"}`, up to 256 characters by which the gateway knows the message. 408, 425, 429 and 5xx,
//! broken connections and silence mean "again later", after `Retry-After` where it is given; any other answer
//! refuses the message. A channel is tested with the same call of type `channel.test`, whose data is
//! `{"channel_id": "chan_…", "platform": "sms", "from": "+31612345678"}`.

mod body;

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use causerie_core::Timestamp;
use causerie_core::channel::{Channel, Endpoint};
use causerie_core::outbound::{Handed, Parcel};
use causerie_core::text::REFERENCE_CHARS_MAX;
use serde::Deserialize;

use crate::client::{Answer, CallFault};
use crate::post::{Desk, later, refused};
use crate::signature::{seconds, sign};

/// Hands a message to a gateway.
pub(crate) async fn deliver(desk: &Desk, endpoint: &Endpoint, parcel: &Parcel) -> Handed {
    let id = parcel.message.id.to_string();
    match body::message(parcel, &desk.links) {
        Some(body) => call(desk, endpoint, &parcel.channel, &id, body).await,
        None => refused("The message cannot be written as JSON."),
    }
}

/// Asks a gateway whether it takes our calls.
pub(crate) async fn test(desk: &Desk, endpoint: &Endpoint, channel: &Channel) -> Handed {
    let now = desk.clock.now();
    let id = format!("test_{}_{}", channel.id, now.unix_micros());
    match body::test(channel, now) {
        Some(body) => call(desk, endpoint, channel, &id, body).await,
        None => refused("The channel cannot be written as JSON."),
    }
}

async fn call(
    desk: &Desk,
    endpoint: &Endpoint,
    channel: &Channel,
    id: &str,
    body: Vec<u8>,
) -> Handed {
    let secret = match desk.secret(channel) {
        Ok(Some(secret)) => secret,
        Ok(None) => return refused("The channel has no secret to sign calls with: give it one."),
        Err(handed) => return handed,
    };
    let now = desk.clock.now();
    let Some(signature) = sign(&secret, id, now, &body) else {
        return refused(
            "The secret of the channel cannot sign calls: expected whsec_ and base 64.",
        );
    };
    let headers = [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds(now).to_string()),
        ("webhook-signature", signature),
    ];
    let called = desk
        .client
        .post(endpoint.as_str(), &headers, Bytes::from(body));
    match called.await {
        Ok(answer) => judge(&answer, now),
        Err(fault) => excuse(fault),
    }
}

#[derive(Deserialize)]
struct TakenBody {
    reference: String,
}

fn judge(answer: &Answer, now: Timestamp) -> Handed {
    let detail = Some(format!("status {}", answer.status));
    match answer.status {
        200..=299 => {
            let body = answer.body.as_deref().unwrap_or_default();
            let taken: Option<TakenBody> = serde_json::from_slice(body).ok();
            let fits = |text: &String| {
                let one_line = !text.chars().any(char::is_control) && !text.trim().is_empty();
                one_line && text.chars().count() <= REFERENCE_CHARS_MAX
            };
            let reference = taken.map(|taken| taken.reference).filter(fits);
            Handed::Taken { reference }
        }
        408 | 425 | 429 | 500..=599 => Handed::Later {
            reason: "The gateway cannot take the message now.".to_owned(),
            detail,
            after: answer
                .retry_after
                .as_deref()
                .and_then(|text| pause(text, now)),
        },
        _ => Handed::Refused {
            reason: "The gateway refused the message.".to_owned(),
            detail,
        },
    }
}

/// Seconds, or a date (RFC 9110, 10.2.3).
fn pause(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(text).ok()?;
    let at = at.duration_since(UNIX_EPOCH).ok()?;
    let now = Duration::from_micros(u64::try_from(now.unix_micros()).ok()?);
    Some(at.saturating_sub(now))
}

fn excuse(fault: CallFault) -> Handed {
    match fault {
        CallFault::Address => refused("The address of the gateway is not one that can be called."),
        CallFault::Forbidden => refused(
            "The address of the gateway is not public: the operator of this server has to allow its \
             network with the option outbound_allow.",
        ),
        CallFault::Redirect => refused(
            "The gateway redirects in a way that is not followed: give the channel its final address.",
        ),
        CallFault::Unreachable(cause) => Handed::Later {
            reason: "The gateway cannot be reached.".to_owned(),
            detail: Some(cause),
            after: None,
        },
        CallFault::TimedOut => later("The gateway did not answer in time."),
    }
}

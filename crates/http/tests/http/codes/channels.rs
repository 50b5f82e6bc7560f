//! The codes of people outside: who they are, how they are reached, and what comes from there.

use causerie_core::act::MERGE_CONVERSATIONS_MAX;
use causerie_core::channel::CHANNELS_MAX;

use super::Case;
use crate::channels::{mail, texts};
use crate::inbound::knock;
use crate::world::{Ask, World};

pub(super) const CODES: [&str; 8] = [
    "signature_invalid",
    "mail_malformed",
    "channel_not_found",
    "channel_inactive",
    "channels_full",
    "identifier_taken",
    "merge_too_large",
    "platform_reference_not_found",
];

pub(super) async fn arrange(code: &str) -> Case {
    let world = World::new().await;
    let tell = |target: &str, body: &str| Ask::new("POST", target).key(&world.root.key).json(body);
    let ask = match code {
        "signature_invalid" => {
            let target = format!("/v1/channels/{}/inbound", texts(&world).await.0);
            let body = r#"{"from":{"value":"+31622222222"},"body":"Hi"}"#;
            knock(&world, "whsec_another", &target, "call-1", body)
        }
        "mail_malformed" => {
            let target = format!("/v1/channels/{}/inbound", mail(&world).await);
            Ask::new("POST", target)
                .key(&world.root.key)
                .header("Content-Type", "message/rfc822")
                .bytes("no mail")
        }
        "channel_not_found" => {
            Ask::new("GET", "/v1/channels/chan_00000000000000000000000000").key(&world.root.key)
        }
        "channel_inactive" => {
            let target = format!("/v1/channels/{}", texts(&world).await.0);
            let off = world.ask("POST", format!("{target}/deactivate")).await;
            off.expect(200);
            let body = r#"{"receivers":[{"identifier":{"value":"+31622222222"}}],"body":"Hi"}"#;
            tell(&format!("{target}/messages"), body)
        }
        "channels_full" => {
            let body = r#"{"platform":"native","name":"App"}"#;
            for _ in 0..CHANNELS_MAX {
                world.tell("POST", "/v1/channels", body).await.expect(201);
            }
            tell("/v1/channels", body)
        }
        "identifier_taken" => {
            let body = r#"{"display_name":"Eve","identifiers":[{"key":"emailaddress","value":"eve@example.org"}]}"#;
            let first = world.tell("POST", "/v1/participants", body).await;
            first.expect(201);
            tell("/v1/participants", body)
        }
        "merge_too_large" => {
            let (ada, bob) = (
                world.participant("Ada").await,
                world.participant("Bob").await,
            );
            for _ in 0..=MERGE_CONVERSATIONS_MAX {
                world.group(&[&ada]).await;
            }
            let target = format!("/v1/participants/{ada}/merge");
            tell(&target, &format!(r#"{{"into":"{bob}"}}"#))
        }
        "platform_reference_not_found" => {
            let target = format!("/v1/channels/{}/statuses", texts(&world).await.0);
            tell(&target, r#"{"reference":"SM9","status":"read"}"#)
        }
        other => panic!("no request for {other}"),
    };
    Case { world, ask }
}

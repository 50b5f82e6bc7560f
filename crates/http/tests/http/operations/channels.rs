//! What can be done with people outside, once each: find them, reach them, hear from them, merge them.

use causerie_core::outbound::Handed;

use super::{Walk, id};
use crate::channels::hand_over;
use crate::world::Ask;

const ALL: &str = "/v1/channels";
const ONE: &str = "/v1/channels/{channel_id}";

pub(super) async fn walk_all(walk: &mut Walk) {
    let mail = r#"{"platform":"email","name":"Support","address":"support@Example.com",
        "smtp":{"host":"smtp.example.com","username":"support","password":"correct horse"}}"#;
    let mail = id(&walk
        .step("channels-create-mail", "POST", ALL, &[], mail)
        .await);
    let texts = r#"{"platform":"sms","name":"Texts","address":"+31 6 1234 5678",
        "url":"https://gateway.example.com/out"}"#;
    let texts = id(&walk.step("channels-create", "POST", ALL, &[], texts).await);
    let body = r#"{"name":"Support, Europe"}"#;
    walk.step("channels-change", "PATCH", ONE, &[&mail], body)
        .await;
    walk.step("channels-list", "GET", ALL, &["?platform=sms"], "")
        .await;
    walk.step("channels-show", "GET", ONE, &[&mail], "").await;
    for (verb, file) in [
        ("test", "channels-test"),
        ("deactivate", "channels-deactivate"),
        ("activate", "channels-activate"),
        ("secret", "channels-renew"),
    ] {
        let pattern = format!("{ONE}/{verb}");
        walk.step(file, "POST", &pattern, &[&texts], "").await;
    }
    walk_posts(walk, &texts, &mail).await;
    walk_inbound(walk, &texts, &mail).await;
    walk_people(walk).await;
    walk.step("channels-delete", "DELETE", ONE, &[&texts], "")
        .await;
}

async fn walk_posts(walk: &mut Walk, texts: &str, mail: &str) {
    let (send, open) = (format!("{ONE}/messages"), format!("{ONE}/conversations"));
    let body = r#"{"receivers":[{"identifier":{"value":"bo@example.org"},"name":"Bo"},
        {"identifier":{"value":"cy@example.org"},"type":"cc"}],"title":"Your order 4711",
        "body":"It is on its way.","reference":"order-4711"}"#;
    walk.step("posts-send", "POST", &send, &[mail], body).await;
    let body = r#"{"receivers":[{"identifier":{"value":"+31 6 22222222"},"name":"Bo"}]}"#;
    let of = walk.step("posts-open", "POST", &open, &[texts], body).await;
    let of = id(&of);
    walk.step("posts-open-existing", "POST", &open, &[texts], body)
        .await;
    let body = r#"{"receivers":[{"identifier":{"value":"+31622222222"}}],"body":"Hi"}"#;
    let message = walk
        .step("posts-send-text", "POST", &send, &[texts], body)
        .await;
    let refused = Handed::Refused {
        reason: "The number is not in service.".to_owned(),
        detail: None,
    };
    hand_over(&walk.world, refused);
    let retry = "/v1/conversations/{conversation_id}/messages/{message_id}/retry";
    walk.step("posts-retry", "POST", retry, &[&of, &id(&message)], "")
        .await;
    for (verb, body) in [
        ("pending", ""),
        ("snooze", r#"{"until":"2030-01-01T08:00:00Z"}"#),
    ] {
        let pattern = format!("/v1/conversations/{{conversation_id}}/{verb}");
        let file = format!("conversations-{verb}");
        walk.step(&file, "POST", &pattern, &[&of], body).await;
    }
    let taken = Handed::Taken {
        reference: Some("SM1".to_owned()),
    };
    hand_over(&walk.world, taken);
}

async fn walk_inbound(walk: &mut Walk, texts: &str, mail: &str) {
    let statuses = format!("{ONE}/statuses");
    let body = r#"{"reference":"SM1","status":"delivered"}"#;
    walk.step("inbound-note", "POST", &statuses, &[texts], body)
        .await;
    let inbound = format!("{ONE}/inbound");
    let body = r#"{"from":{"value":"+31622222222","name":"Bo"},"reference":"SM2","in_reply_to":["SM1"],
        "body":"Thanks!","metadata":{"network":"20408"}}"#;
    for file in ["inbound-receive", "inbound-receive-known"] {
        walk.step(file, "POST", &inbound, &[texts], body).await;
    }
    let raw = "From: Dee <dee@example.org>\nTo: <support@example.com>\nSubject: Hello\nMessage-ID: m1\n\nHi";
    let ask = Ask::new("POST", format!("/v1/channels/{mail}/inbound"))
        .key(&walk.world.root.key)
        .header("Content-Type", "message/rfc822")
        .bytes(raw);
    let file = "inbound-receive-mail";
    let answer = walk.goldens.check(&walk.world, file, ask).await;
    answer.expect(201);
}

async fn walk_people(walk: &mut Walk) {
    let by = "/v1/participants/by-identifier/{key}/{value}";
    let ids = ["emailaddress", "eve@EXAMPLE.org"];
    let body = r#"{"display_name":"Eve"}"#;
    let eve = walk
        .step("contacts-resolve-new", "PUT", by, &ids, body)
        .await;
    walk.step("contacts-resolve", "PUT", by, &ids, "").await;
    let all = "/v1/participants";
    let body = r#"{"display_name":"Eve Moneypenny","profile":{"username":"eve","first_name":"Eve","title":"Secretary"},
        "identifiers":[{"key":"phonenumber","value":"+44 20 7946 0000"}]}"#;
    let file = "participants-create-with-identifiers";
    let other = id(&walk.step(file, "POST", all, &[], body).await);
    let merge = "/v1/participants/{participant_id}/merge";
    let body = format!(r#"{{"into":"{other}"}}"#);
    walk.step("contacts-merge", "POST", merge, &[&id(&eve)], &body)
        .await;
}

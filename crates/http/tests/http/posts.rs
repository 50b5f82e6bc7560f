//! Messages to people outside, and what becomes of them.

use causerie_core::Settings;
use causerie_core::outbound::Handed;
use serde_json::json;

use crate::channels::{hand_over, mail, text_to, texts};
use crate::inbound::knock;
use crate::world::{Ask, World};

#[actix_web::test]
async fn what_goes_out_and_comes_back_is_one_conversation() {
    let world = World::new().await;
    let (id, secret) = texts(&world).await;
    let out = text_to(&world, &id, "00 31 6 22222222").await;
    let conversation = out.member("conversation_id");
    assert_eq!(out.member("delivery_status"), "accepted");
    let target = format!("/v1/channels/{id}");
    let body = r#"{"from":{"value":"+31622222222"},"reference":"SM2","body":"Thanks!"}"#;
    let inbound = format!("{target}/inbound");
    let came = world.tell("POST", &inbound, body).await.expect(201);
    assert_eq!(came.member("conversation_id"), conversation);
    let known = world.tell("POST", &inbound, body).await.expect(200);
    assert_eq!(known.id(), came.id());
    let taken = Handed::Taken {
        reference: Some("SM1".to_owned()),
    };
    hand_over(&world, taken);
    let statuses = format!("{target}/statuses");
    let body = r#"{"reference":"SM1","receiver":{"value":"+31622222222"},"status":"read"}"#;
    let ask = knock(&world, &secret, &statuses, "news-1", body);
    let read = world.send(&ask).await.expect(200);
    assert_eq!(read.member("delivery_status"), "read");
    // What comes late changes nothing.
    let late = format!(r#"{{"message_id":"{}","status":"delivered"}}"#, out.id());
    let late = world.tell("POST", &statuses, late).await.expect(200);
    assert_eq!(late.member("delivery_status"), "read");
    let message = format!("/v1/conversations/{conversation}/messages/{}", out.id());
    let recipients = world.ask("GET", format!("{message}/recipients")).await;
    let recipients = recipients.expect(200).json();
    assert_eq!(recipients["items"][0]["type"], "to");
    assert_eq!(recipients["items"][0]["status"], "read");
    let opened = r#"{"receivers":[{"identifier":{"value":"+31622222222"}}],"title":"Again"}"#;
    let opened = world
        .tell("POST", format!("{target}/conversations"), opened)
        .await;
    assert_eq!(opened.expect(200).id(), conversation);
}

#[actix_web::test]
async fn a_reference_makes_a_post_happen_once() {
    let world = World::new().await;
    let target = format!("/v1/channels/{}/messages", texts(&world).await.0);
    let to = |number: &str| {
        json!({"receivers": [{"identifier": {"value": number}}], "body": "Hi", "reference": "r-1"})
            .to_string()
    };
    let first = world
        .tell("POST", &target, to("+31622222222"))
        .await
        .expect(202);
    let again = world
        .tell("POST", &target, to("+31 6 22222222"))
        .await
        .expect(202);
    assert_eq!(again.id(), first.id());
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    let other = world.tell("POST", &target, to("+31633333333")).await;
    other.expect_problem("reference_reused");
    let later = json!({"receivers": [{"identifier": {"value": "+31622222222"}}], "body": "Later",
        "scheduled_for": world.later(3_600)});
    let later = world
        .tell("POST", &target, later.to_string())
        .await
        .expect(202);
    assert_eq!(later.member("delivery_status"), "scheduled");
}

#[actix_web::test]
async fn everything_that_is_wrong_with_a_post_is_told_with_its_place() {
    let world = World::new().await;
    let (sms, _) = texts(&world).await;
    let email = mail(&world).await;
    let bo = world.participant("Bo").await;
    let one = |rest: &str| format!(r#"{{"receivers":[{rest}],"body":"Hi"}}"#);
    for (channel, body, pointer) in [
        (&sms, one(""), "/receivers"),
        (&sms, one("{}"), "/receivers/0"),
        (
            &sms,
            one(r#"{"identifier":{"value":"x"}}"#),
            "/receivers/0/identifier/value",
        ),
        (
            &sms,
            one(r#"{"identifier":{"key":"emailaddress","value":"a@x.org"}}"#),
            "/receivers/0/identifier/key",
        ),
        (
            &sms,
            one(r#"{"identifier":{"value":"+31622222222"},"type":"for"}"#),
            "/receivers/0/type",
        ),
        (
            &sms,
            one(&format!(r#"{{"participant_id":"{bo}"}}"#)),
            "/receivers/0/participant_id",
        ),
        (
            &sms,
            one(
                r#"{"identifier":{"value":"+31622222222"}},{"identifier":{"value":"+31633333333"}}"#,
            ),
            "/receivers",
        ),
        (
            &email,
            one(r#"{"identifier":{"value":"a@x.org"},"type":"cc"}"#),
            "/receivers",
        ),
        (
            &email,
            r#"{"receivers":[{"identifier":{"value":"a@x.org"}}]}"#.to_owned(),
            "/body",
        ),
        (
            &email,
            r#"{"receivers":[{"identifier":{"value":"a@x.org"}}],"body":"Hi","to":1}"#.to_owned(),
            "/to",
        ),
    ] {
        let target = format!("/v1/channels/{channel}/messages");
        let answer = world.tell("POST", target, &body).await;
        let problem = answer.expect_problem("validation_failed").json();
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
}

/// I5: a channel is its workspace's own, whatever is known of it.
#[actix_web::test]
async fn i5_nobody_posts_through_a_channel_of_another_workspace() {
    let world = World::new().await;
    let (id, _) = texts(&world).await;
    let stranger = world.tenant(Settings::default());
    let before = world.ask("GET", "/v1/conversations").await.text();
    for (path, body) in [
        (
            "messages",
            r#"{"receivers":[{"identifier":{"value":"+31622222222"}}],"body":"Hi"}"#,
        ),
        (
            "conversations",
            r#"{"receivers":[{"identifier":{"value":"+31622222222"}}]}"#,
        ),
        (
            "inbound",
            r#"{"from":{"value":"+31622222222"},"body":"Hi"}"#,
        ),
        ("statuses", r#"{"reference":"SM1","status":"read"}"#),
    ] {
        let ask = Ask::new("POST", format!("/v1/channels/{id}/{path}"))
            .key(&stranger.key)
            .json(body);
        world.send(&ask).await.expect_problem("channel_not_found");
    }
    assert_eq!(world.ask("GET", "/v1/conversations").await.text(), before);
}

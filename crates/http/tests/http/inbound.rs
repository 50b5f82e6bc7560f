//! The doors that platforms knock at: with a key or a signature, with JSON or a mail.

use causerie_core::Timestamp;
use causerie_core::port::Clock;
use serde_json::{Value, json};

use crate::channels::{mail, texts};
use crate::outside::signed;
use crate::world::{Ask, World};

/// The request of a platform that signs with this secret.
pub(crate) fn knock(world: &World, secret: &str, target: &str, id: &str, body: &str) -> Ask {
    knock_at(world.clock.now(), secret, target, id, body)
}

fn knock_at(at: Timestamp, secret: &str, target: &str, id: &str, body: &str) -> Ask {
    let ask = Ask::new("POST", target).json(body);
    let headers = signed(secret, id, at, body);
    headers
        .iter()
        .fold(ask, |ask, (name, value)| ask.header(name, value))
}

#[actix_web::test]
async fn a_platform_gets_in_with_a_signature_of_its_own_channel_only() {
    let world = World::new().await;
    let (id, secret) = texts(&world).await;
    let (_, other) = texts(&world).await;
    let target = format!("/v1/channels/{id}/inbound");
    let body = r#"{"from":{"value":"+31622222222","name":"Bo"},"body":"Thanks!"}"#;
    let now = world.clock.now();
    let late = now.plus(std::time::Duration::from_secs(301));
    for wrong in [
        knock(&world, &other, &target, "call-1", body),
        knock_at(late, &secret, &target, "call-1", body),
        knock(&world, &secret, &target, "call-1", body).bytes(body.replace("Thanks", "Thank")),
        knock(
            &world,
            &secret,
            "/v1/channels/chan_1/inbound",
            "call-1",
            body,
        ),
        Ask::new("POST", &target)
            .json(body)
            .header("webhook-signature", ""),
    ] {
        let answer = world.send(&wrong).await;
        let answer = answer.expect_problem("signature_invalid").expect(401);
        assert!(answer.header("www-authenticate").is_some(), "{answer:?}");
    }
    let call = knock(&world, &secret, &target, "call-1", body);
    let came = world.send(&call).await.expect(201);
    assert_eq!(came.member("body"), "Thanks!");
    assert_eq!(came.member("direction"), "incoming");
    // The same call again is the same message, also without a reference.
    let again = world.send(&call).await.expect(201);
    assert_eq!(again.id(), came.id());
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    // A signature opens these doors and no others.
    for (method, target) in [
        ("GET", "/v1/me".to_owned()),
        ("GET", format!("/v1/channels/{id}")),
        ("POST", format!("/v1/channels/{id}/messages")),
        ("POST", "/v1/keys".to_owned()),
    ] {
        let mut ask = knock(&world, &secret, &target, "call-2", body);
        ask.method = method.parse().expect("a method");
        world.send(&ask).await.expect_problem("key_missing");
    }
    let renewed = world.ask("POST", format!("/v1/channels/{id}/secret")).await;
    let renewed = renewed.expect(201).member("signing_secret");
    let stale = knock(&world, &secret, &target, "call-3", body);
    world.send(&stale).await.expect_problem("signature_invalid");
    let fresh = knock(&world, &renewed, &target, "call-3", body);
    world.send(&fresh).await.expect(201);
}

#[actix_web::test]
async fn a_channel_of_mail_signs_nothing() {
    let world = World::new().await;
    let target = format!("/v1/channels/{}/inbound", mail(&world).await);
    let body = r#"{"from":{"value":"bo@example.org"},"body":"Hi"}"#;
    let ask = knock(&world, "correct horse battery", &target, "call-1", body);
    world.send(&ask).await.expect_problem("signature_invalid");
}

#[actix_web::test]
async fn signed_calls_count_as_requests_of_the_workspace() {
    let world = World::new().await;
    let (id, secret) = texts(&world).await;
    let own = world.root.workspace.id;
    let plan = r#"{"write":{"per_second":1,"burst":2}}"#;
    let target = format!("/v1/workspaces/{own}/plan");
    world.tell("PUT", target, plan).await.expect(200);
    let target = format!("/v1/channels/{id}/inbound");
    let body = r#"{"from":{"value":"+31622222222"},"body":"Hi"}"#;
    let mut codes = Vec::new();
    for number in 0..4 {
        let ask = knock(&world, &secret, &target, &format!("call-{number}"), body);
        codes.push(world.send(&ask).await.status.as_u16());
    }
    assert!(codes.contains(&201) && codes.ends_with(&[429]), "{codes:?}");
}

#[actix_web::test]
async fn mail_that_comes_in_becomes_a_message_with_files() {
    let world = World::new().await;
    let target = format!("/v1/channels/{}/inbound", mail(&world).await);
    let raw = "From: Bo Li <Bo@Example.ORG>\nTo: <support@example.com>\nSubject: Order  1234\n\
        Message-ID: m1@example.org\nHtml: <p>Where is it?</p>\nFile: list.txt one two\n\nWhere is it?";
    let ask = Ask::new("POST", &target)
        .key(&world.root.key)
        .header("Content-Type", "message/rfc822; charset=utf-8")
        .bytes(raw);
    let came = world.send(&ask).await.expect(201);
    let message = came.json();
    assert_eq!(message["body"], "Where is it?");
    assert_eq!(message["content_type"], "html");
    assert_eq!(message["content"]["html"]["html"], "<p>Where is it?</p>");
    assert_eq!(message["metadata"]["mail"]["subject"], "Order  1234");
    let file = &message["attachments"][0];
    assert_eq!(file["name"], "list.txt");
    assert_eq!(file["inline"], true);
    assert_eq!(
        message["metadata"]["mail"]["content_ids"]["list.txt@mail"],
        file["media_id"]
    );
    let url = format!(
        "/v1/media/{}/content",
        file["media_id"].as_str().expect("an id")
    );
    let bytes = world.ask("GET", url).await.expect(200);
    assert_eq!(bytes.text(), "one two");
    let known = world.send(&ask).await.expect(200);
    assert_eq!(known.id(), came.id());
    let of = came.member("conversation_id");
    let conversation = world.ask("GET", format!("/v1/conversations/{of}")).await;
    assert_eq!(conversation.expect(200).member("title"), "Order 1234");
    let who = "/v1/participants?identifier_key=emailaddress&identifier_value=Bo@example.org";
    let who = world.ask("GET", who).await.expect(200).json();
    assert_eq!(who["items"][0]["display_name"], "Bo Li");
    // An answer finds its conversation, whoever writes it.
    let raw = "From: cy@example.org\nMessage-ID: m2\nReferences: m1@example.org\n\nFound it";
    let answer = world.send(&ask.clone().bytes(raw)).await.expect(201);
    assert_eq!(answer.member("conversation_id"), of);
}

#[actix_web::test]
async fn no_part_of_a_long_mail_is_lost() {
    let world = World::new().await;
    let target = format!("/v1/channels/{}/inbound", mail(&world).await);
    let (text, html) = ("ä".repeat(10_001), "h".repeat(210_000));
    let raw = format!("From: bo@example.org\nHtml: {html}\n\n{text}");
    let ask = Ask::new("POST", &target)
        .key(&world.root.key)
        .header("Content-Type", "message/rfc822")
        .bytes(raw);
    let message = world.send(&ask).await.expect(201).json();
    let chars = message["body"].as_str().map(|text| text.chars().count());
    assert_eq!(chars, Some(10_000));
    assert_eq!(message["content"], Value::Null);
    let files = message["attachments"].as_array().expect("files").iter();
    let files: Vec<_> = files.map(|file| (&file["name"], &file["size"])).collect();
    assert_eq!(
        files,
        [
            (&json!("message.html"), &json!(210_000)),
            (&json!("message.txt"), &json!(20_002))
        ]
    );
}

#[actix_web::test]
async fn what_is_no_mail_is_told_and_leaves_nothing() {
    let world = World::new().await;
    let target = format!("/v1/channels/{}/inbound", mail(&world).await);
    let ask = Ask::new("POST", &target)
        .key(&world.root.key)
        .header("Content-Type", "message/rfc822");
    let answer = world.send(&ask.clone().bytes("nothing")).await;
    answer.expect_problem("mail_malformed").expect(400);
    let answer = world.send(&ask.clone().bytes("From: nobody\n\nHi")).await;
    let answer = answer.expect_problem("mail_malformed");
    assert!(answer.text().contains("From"), "{}", answer.text());
    let answer = world
        .send(&ask.bytes(vec![b'x'; 25 * 1024 * 1024 + 1]))
        .await;
    answer.expect_problem("body_too_large").expect(413);
    let (sms, _) = texts(&world).await;
    let ask = Ask::new("POST", format!("/v1/channels/{sms}/inbound"))
        .key(&world.root.key)
        .header("Content-Type", "message/rfc822")
        .bytes("From: bo@example.org\n\nHi");
    world
        .send(&ask)
        .await
        .expect_problem("media_type_unsupported");
    let media = world.ask("GET", "/v1/media").await.expect(200).json();
    assert_eq!(media["items"], json!([]));
}

#[actix_web::test]
async fn a_channel_that_is_off_or_gone_takes_nothing_in() {
    let world = World::new().await;
    let (id, secret) = texts(&world).await;
    let target = format!("/v1/channels/{id}");
    let inbound = format!("{target}/inbound");
    let body = r#"{"from":{"value":"+31622222222"},"body":"Hi"}"#;
    let off = world.ask("POST", format!("{target}/deactivate")).await;
    off.expect(200);
    let call = knock(&world, &secret, &inbound, "call-1", body);
    world.send(&call).await.expect_problem("channel_inactive");
    world.ask("DELETE", &target).await.expect(204);
    world.send(&call).await.expect_problem("signature_invalid");
    let answer = world.tell("POST", &inbound, body).await;
    answer.expect_problem("channel_not_found");
    world
        .ask("GET", &target)
        .await
        .expect_problem("channel_not_found");
}

#[actix_web::test]
async fn i11_an_answer_kept_for_a_platform_goes_with_the_message_that_it_shows() {
    let world = World::new().await;
    let (id, secret) = texts(&world).await;
    let target = format!("/v1/channels/{id}/inbound");
    let body = r#"{"from":{"value":"+31622222222"},"body":"my card is 4111"}"#;
    let call = knock(&world, &secret, &target, "call-1", body);
    let came = world.send(&call).await.expect(201);
    let message = format!(
        "/v1/conversations/{}/messages/{}?mode=purge",
        came.member("conversation_id"),
        came.id()
    );
    world.ask("DELETE", message).await.expect(204);
    let again = world.send(&call).await;
    again.expect_problem("answer_erased").expect(409);
}

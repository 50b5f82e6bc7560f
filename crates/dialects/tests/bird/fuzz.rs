//! Whatever arrives at any route, the answer is no 5xx, and what is no success has the dialect's form.

use actix_web::http::Method;
use actix_web::rt::System;
use causerie_dialects::bird::DIALECT;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use crate::world::{Ask, World, id};

const CASES: u32 = 400;

/// Every route about things that exist.
struct Scene {
    world: World,
    targets: Vec<(String, String)>,
}

async fn scene() -> Scene {
    let world = World::new().await;
    let channel = world.channel().await;
    let sent = world.text(&channel, "+31612345678", "Hello").await;
    let contact = id(&sent["receiver"]["contacts"][0]);
    let upload = world.of("/channel-media/presigned-upload");
    let wish = json!({"contentType": "image/png"});
    let upload = world.tell("POST", &upload, &wish).await.expect(200);
    let media = upload["mediaUrl"]
        .as_str()
        .and_then(|url| url.rsplit('/').next());
    let wish = json!({"name": "Talk", "participants": [{"id": contact}]});
    let talk = world.tell("POST", &world.of("/conversations"), &wish).await;
    let talk = id(&talk.expect(201));
    let fill = |path: &str| {
        path.replace("{workspaceId}", &world.workspace_id)
            .replace("{organizationId}", &world.workspace_id)
            .replace("{channelId}", &channel)
            .replace("{conversationId}", &talk)
            .replace("{messageId}", &id(&sent))
            .replace("{contactId}", &contact)
            .replace("{participantId}", &contact)
            .replace("{mediaId}", media.expect("an id"))
            .replace("{key}", "phonenumber")
            .replace("{value}", "+31612345678")
    };
    let targets = DIALECT
        .routes
        .iter()
        .filter(|route| route.method != Method::DELETE);
    let targets = targets.map(|route| {
        let path = format!("{}{}", DIALECT.prefix, fill(route.path));
        (route.method.to_string(), path)
    });
    Scene {
        targets: targets.collect(),
        world,
    }
}

fn check<T: std::fmt::Debug>(input: impl Strategy<Value = T>, make: impl Fn(Ask, &T) -> Ask) {
    let system = System::new();
    let scene = system.block_on(scene());
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome =
        TestRunner::new(config).run(&(input, any::<prop::sample::Index>()), |(input, index)| {
            let (method, target) = index.get(&scene.targets);
            let ask = Ask::new(method, target.clone()).key(&scene.world.key);
            let answer = system.block_on(scene.world.send(&make(ask, &input)));
            prop_assert!(answer.status < 500, "{}", answer.text());
            if answer.status >= 400 {
                answer.expect_form();
            }
            Ok(())
        });
    outcome.expect("every answer is in form");
}

#[test]
fn arbitrary_bytes_of_any_type() {
    let types = prop_oneof![
        Just("application/json"),
        Just("application/x-www-form-urlencoded"),
        Just("multipart/form-data; boundary=x"),
        Just("multipart/form-data"),
        Just("text/plain; charset=utf-16"),
        Just(""),
    ];
    check((types, any::<Vec<u8>>()), |ask, (kind, bytes)| {
        ask.header("Content-Type", *kind).body(bytes)
    });
}

#[test]
fn members_of_any_value() {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("1e400".to_owned()),
        Just("-12345678901234567890123".to_owned()),
        Just("\"\\ud800\"".to_owned()),
        Just("\"\\u0000\"".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            list.prop_map(|items| format!("[{}]", items.join(","))),
            inner.prop_map(|one| format!("{{\"a\":{one}}}")),
        ]
    });
    let names = prop::sample::select(vec![
        "receiver",
        "body",
        "template",
        "sender",
        "reference",
        "replyTo",
        "meta",
        "tags",
        "scheduledFor",
        "validity",
        "shortLinks",
        "notification",
        "capFrequency",
        "messageRequests",
        "contentType",
        "displayName",
        "identifiers",
        "attributes",
        "listIds",
        "name",
        "participants",
    ]);
    let members = prop::collection::vec((names, value), 0..6);
    check(members, |ask, members| {
        let members = members
            .iter()
            .map(|(name, value)| format!("\"{name}\":{value}"));
        let body = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
        ask.header("Content-Type", "application/json").body(body)
    });
}

#[test]
fn any_query_and_headers() {
    let names = prop::sample::select(vec![
        "limit",
        "pageToken",
        "reverse",
        "direction",
        "status",
        "startAt",
        "platform",
        "ids",
    ]);
    let pair = (names, "[ -~]{0,30}");
    check(
        (prop::collection::vec(pair, 0..4), "[ -~]{0,60}"),
        |ask, (pairs, value)| {
            let query: Vec<String> = pairs
                .iter()
                .map(|(name, value)| {
                    let bytes = value.bytes().map(|byte| format!("%{byte:02x}"));
                    format!("{name}={}", bytes.collect::<String>())
                })
                .collect();
            ask.with_query(&query.join("&"))
                .header("Idempotency-Key", value.clone())
                .header("Range", value.clone())
        },
    );
}

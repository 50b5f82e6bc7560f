//! Whatever arrives at any route, the answer is no 5xx, and what is no success has the dialect's form.

use actix_web::rt::System;
use causerie_dialects::protocol::DIALECT;
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
    let kevin = world.contact("KevinMcCallister").await;
    let of = kevin["conversation_id"]
        .as_str()
        .expect("a conversation")
        .to_owned();
    let sent = id(&world.message(&of, "Hello").await);
    let group = json!({"name": "The McCallisters", "contacts": [id(&kevin)]});
    let group = id(&world.tell("POST", "/groups", &group).await.expect(201));
    let fill = |path: &str| {
        let id = match path.split('/').nth(2) {
            Some("messages") => &sent,
            Some("conversations") => &of,
            Some("groups") => &group,
            _ => "xgQQXg3hrtjh7AvZ",
        };
        path.replace("{id}", id)
    };
    // What deletes things would leave the other routes nothing to talk of.
    let routes = DIALECT
        .routes
        .iter()
        .filter(|route| route.method.as_str() != "DELETE");
    let targets = routes.map(|route| {
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
        "conversation_id",
        "message",
        "reactions",
        "attachments",
        "read_at",
        "contact_id",
        "group_id",
        "pinned_message_id",
        "is_pinned",
        "is_muted",
        "archived_at",
        "username",
        "phone_number",
        "avatar_url",
        "display_name",
        "name",
        "description",
        "contacts",
        "filename",
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
        "starting_after",
        "ending_before",
        "conversation_id",
        "group_id",
        "muted",
        "archived",
        "pinned",
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

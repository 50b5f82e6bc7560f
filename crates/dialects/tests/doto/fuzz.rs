//! Whatever arrives at any route, the answer is no 5xx, and what is no success has the dialect's form.

use actix_web::rt::System;
use causerie_dialects::doto::DIALECT;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use crate::world::{Ask, World, number};

const CASES: u32 = 300;

/// Every route about things that exist.
struct Scene {
    world: World,
    targets: Vec<(String, String)>,
}

async fn scene() -> Scene {
    let world = World::new().await;
    let of = world.conversation().await;
    let said = number(&world.say(of, &json!({"content": "Hello"})).await["id"]);
    let contact = world.contact(&json!({"name": "Jane"})).await;
    let inbox = world.inbox().await;
    let fill = |path: &str| {
        path.replace("{account_id}", "1")
            .replace("{conversation_id}", &of.to_string())
            .replace("{message_id}", &said.to_string())
            .replace("{contact_id}", &contact.to_string())
            .replace("{inbox_id}", &inbox.to_string())
    };
    let targets = DIALECT.routes.iter().map(|route| {
        let path = format!("{}{}", DIALECT.prefix, fill(route.path));
        (route.method.to_string(), path)
    });
    let targets = targets.collect();
    Scene { world, targets }
}

fn check<T: std::fmt::Debug>(input: impl Strategy<Value = T>, make: impl Fn(Ask, &T) -> Ask) {
    let system = System::new();
    let scene = system.block_on(scene());
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let inputs = (input, any::<Index>());
    let outcome = TestRunner::new(config).run(&inputs, |(input, index)| {
        let (method, target) = index.get(&scene.targets);
        let ask = make(
            Ask::new(method, target.clone()).key(&scene.world.key),
            &input,
        );
        let answer = system.block_on(scene.world.send(&ask));
        prop_assert!(answer.status < 500, "{method} {target}: {}", answer.text());
        if answer.status >= 400 {
            answer.expect_form();
        }
        Ok(())
    });
    outcome.expect("every answer is in form");
}

#[test]
fn arbitrary_bytes_of_any_type() {
    let types = select(vec![
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain; charset=utf-16",
        "",
    ]);
    check((types, any::<Vec<u8>>()), |ask, (kind, bytes)| {
        ask.header("Content-Type", *kind).body(bytes)
    });
}

#[test]
fn members_of_any_value() {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("1e400".to_owned()),
        Just("12345678901234567890123".to_owned()),
        Just("\"\\u0000\"".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            list.prop_map(|items| format!("[{}]", items.join(","))),
            inner.prop_map(|one| format!(
                "{{\"items\":{one},\"content\":{one},\"in_reply_to\":{one}}}"
            )),
        ]
    });
    let names = select(vec![
        "content",
        "message_type",
        "private",
        "content_type",
        "content_attributes",
        "echo_id",
        "source_id",
        "template_params",
        "attachments",
        "sender_type",
        "sender_id",
        "cc_emails",
        "external_created_at",
        "status",
        "external_error",
        "inbox_id",
        "contact_id",
        "message",
        "custom_attributes",
        "additional_attributes",
        "snoozed_until",
        "priority",
        "labels",
        "assignee_id",
        "user_ids",
        "payload",
        "name",
        "email",
        "phone_number",
        "identifier",
        "avatar_url",
        "blocked",
        "channel",
        "role",
        "typing_status",
    ]);
    check(
        prop::collection::vec((names, value), 0..6),
        |ask, members| {
            let members = members
                .iter()
                .map(|(name, value)| format!("\"{name}\":{value}"));
            let body = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
            ask.header("Content-Type", "application/json").body(body)
        },
    );
}

#[test]
fn any_query_and_headers() {
    let names = select(vec![
        "before",
        "after",
        "filter_internal_messages",
        "page",
        "sort",
        "status",
        "labels",
        "assignee_type",
        "inbox_id",
        "q",
        "include_contact_inboxes",
    ]);
    let pairs = prop::collection::vec((names, "[ -~]{0,20}"), 0..4);
    check((pairs, "[ -~]{0,60}"), |ask, (pairs, value)| {
        let pairs = pairs.iter().map(|(name, value)| {
            let bytes = value.bytes().map(|byte| format!("%{byte:02x}"));
            format!("{name}={}", bytes.collect::<String>())
        });
        let query: Vec<String> = pairs.collect();
        ask.with_query(&query.join("&"))
            .header("Idempotency-Key", value.clone())
            .header("Range", value.clone())
    });
}

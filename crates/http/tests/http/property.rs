//! Whatever arrives, the answer is no 5xx, and what is no success is a well-formed problem.

use actix_web::rt::System;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::forms::PNG;
use crate::world::{Ask, World};

const CASES: u32 = 300;

/// Things that exist, for requests to be about.
struct Scene {
    world: World,
    targets: Vec<(&'static str, String)>,
}

async fn scene() -> Scene {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    let group = world.group(&[&ada]).await;
    let message = world.message(&group, &ada, "Hello").await.id();
    let conversation = format!("/v1/conversations/{group}");
    let one = format!("{conversation}/messages/{message}");
    let body = format!(
        r#"{{"participant_id":"{ada}","body":"Hi","scheduled_for":"{}"}}"#,
        world.later(60)
    );
    let waiting = world.tell("POST", format!("{conversation}/messages"), body);
    let waiting = waiting.await.expect(202).id();
    let file = world.file("receipt.png", PNG).await;
    let link = world.tell("POST", format!("/v1/media/{file}/links"), "{}");
    let link = link.await.expect(201).member("url");
    let (texts, mail) = (
        format!("/v1/channels/{}", crate::channels::texts(&world).await.0),
        format!("/v1/channels/{}", crate::channels::mail(&world).await),
    );
    let targets = vec![
        ("POST", "/v1/channels".to_owned()),
        ("GET", "/v1/channels".to_owned()),
        ("PATCH", texts.clone()),
        ("POST", format!("{texts}/messages")),
        ("POST", format!("{mail}/messages")),
        ("POST", format!("{mail}/conversations")),
        ("POST", format!("{texts}/inbound")),
        ("POST", format!("{mail}/inbound")),
        ("POST", format!("{texts}/statuses")),
        ("POST", format!("{conversation}/snooze")),
        ("POST", format!("/v1/participants/{ada}/merge")),
        ("PUT", "/v1/participants/by-identifier/crm/7".to_owned()),
        ("GET", format!("{conversation}/messages")),
        ("POST", format!("{conversation}/messages")),
        ("PATCH", format!("{conversation}/messages/{message}")),
        ("POST", format!("{conversation}/members")),
        ("PATCH", format!("{conversation}/members/{ada}")),
        ("PUT", format!("{conversation}/members/{ada}/read")),
        ("GET", "/v1/conversations".to_owned()),
        ("POST", "/v1/conversations".to_owned()),
        ("PATCH", conversation),
        ("GET", "/v1/participants".to_owned()),
        ("POST", "/v1/participants".to_owned()),
        ("PUT", "/v1/participants/by-external-id/x".to_owned()),
        ("GET", "/v1/events".to_owned()),
        ("POST", "/v1/keys".to_owned()),
        ("POST", "/v1/workspaces".to_owned()),
        ("POST", "/v1/messages/batch".to_owned()),
        ("GET", "/v1/messages".to_owned()),
        ("GET", "/v1/search".to_owned()),
        ("GET", "/v1/scheduled-messages".to_owned()),
        ("PATCH", format!("/v1/scheduled-messages/{waiting}")),
        ("GET", "/v1/tags".to_owned()),
        ("POST", "/v1/templates".to_owned()),
        ("POST", "/v1/templates/preview".to_owned()),
        ("PATCH", "/v1/settings".to_owned()),
        ("GET", "/v1/balance/ledger".to_owned()),
        ("POST", format!("{one}/reactions")),
        ("PUT", format!("{one}/delivery")),
        ("GET", format!("{one}/replies")),
        ("DELETE", format!("{one}/reactions/react_1")),
        ("POST", "/v1/media".to_owned()),
        ("GET", "/v1/media".to_owned()),
        ("POST", "/v1/media/uploads".to_owned()),
        ("PATCH", format!("/v1/media/{file}")),
        ("GET", format!("/v1/media/{file}/content")),
        ("POST", format!("/v1/media/{file}/links")),
        ("POST", "/media/uploads".to_owned()),
        ("PUT", "/media/uploads/ws_1/media_1".to_owned()),
        ("GET", link),
    ];
    Scene { world, targets }
}

/// Runs requests made from arbitrary input against every target.
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
            let ask = Ask::new(method, target).key(&scene.world.root.key);
            let answer = system.block_on(scene.world.send(&make(ask, &input)));
            prop_assert!(!answer.status.is_server_error(), "{}", answer.text());
            if !answer.status.is_success() {
                answer.expect_well_formed();
            }
            Ok(())
        });
    outcome.expect("every answer is in form");
}

#[test]
fn arbitrary_bytes_as_a_body() {
    check(any::<Vec<u8>>(), |ask, bytes| ask.json("").bytes(bytes));
}

#[test]
fn arbitrary_bytes_as_a_mail() {
    check(any::<Vec<u8>>(), |ask, bytes| {
        ask.header("Content-Type", "message/rfc822").bytes(bytes)
    });
}

#[test]
fn arbitrary_signatures() {
    let header = "[ -~]{0,80}";
    check(
        (header, header, header),
        |mut ask, (id, time, signature)| {
            ask.headers.clear();
            ask.header("webhook-id", id)
                .header("webhook-timestamp", time)
                .header("webhook-signature", signature)
                .json("{}")
        },
    );
}

#[test]
fn arbitrary_json_as_a_body() {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        any::<f64>().prop_map(|value| serde_json::Value::from(value).to_string()),
        any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    let names = prop_oneof![
        Just("body".to_owned()),
        Just("display_name".to_owned()),
        Just("metadata".to_owned()),
        Just("members".to_owned()),
        Just("participant_id".to_owned()),
        Just("seq".to_owned()),
        Just("scopes".to_owned()),
        Just("content".to_owned()),
        Just("content_type".to_owned()),
        Just("tags".to_owned()),
        Just("template".to_owned()),
        Just("parameters".to_owned()),
        Just("messages".to_owned()),
        Just("conversation_id".to_owned()),
        Just("scheduled_for".to_owned()),
        Just("private".to_owned()),
        Just("status".to_owned()),
        Just("members_max".to_owned()),
        Just("receivers".to_owned()),
        Just("identifier".to_owned()),
        Just("identifiers".to_owned()),
        Just("profile".to_owned()),
        Just("from".to_owned()),
        Just("value".to_owned()),
        Just("platform".to_owned()),
        Just("smtp".to_owned()),
        Just("labels".to_owned()),
        any::<String>(),
    ];
    let json = leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((names.clone(), inner), 0..6).prop_map(|members| {
                let members: Vec<_> = members
                    .into_iter()
                    .map(|(name, value)| format!("{}:{value}", serde_json::Value::from(name)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    });
    check(json, |ask, json| ask.json(json));
}

#[test]
fn arbitrary_forms() {
    let piece = prop_oneof![
        Just("--border".to_owned()),
        Just("\r\n".to_owned()),
        Just(
            "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n".to_owned()
        ),
        Just("\r\nContent-Disposition: form-data; name=\"message\"\r\n\r\n{}".to_owned()),
        Just("\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\nHi".to_owned()),
        Just("--".to_owned()),
        "Content-[A-Z][a-z]{3,10}: [ -~]{0,40}",
        any::<String>(),
    ];
    check(prop::collection::vec(piece, 0..12), |ask, pieces| {
        ask.header("Content-Type", "multipart/form-data; boundary=border")
            .bytes(pieces.concat())
    });
}

#[test]
fn arbitrary_queries() {
    let pair = (
        "(limit|cursor|label|assignee_id|identifier_key|identifier_value|before|after|order|kind|wait|q|tag|type|reference|sender_id|mode|[a-z%&=+]{0,5})",
        "[ -~]{0,20}",
    );
    check(prop::collection::vec(pair, 0..4), |mut ask, pairs| {
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let query: String = pairs
            .join("&")
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "%&=+-:.".contains(c) {
                    c
                } else {
                    '.'
                }
            })
            .collect();
        // A long poll would wait for real.
        ask.target = format!("{}?{}", ask.target, query.replace("wait", "wai"));
        ask.json("{}")
    });
}

#[test]
fn arbitrary_headers() {
    let name = prop_oneof![
        Just("Authorization"),
        Just("X-API-Key"),
        Just("Idempotency-Key"),
        Just("Content-Type"),
        Just("Content-Encoding"),
        Just("Content-Length"),
        Just("X-Request-Id"),
        Just("traceparent"),
        Just("Accept-Encoding"),
        Just("Range"),
        Just("If-Range"),
        Just("If-None-Match"),
    ];
    let header = (name, "[ -~]{0,80}");
    check(prop::collection::vec(header, 0..4), |mut ask, headers| {
        for (name, value) in headers {
            ask = ask.header(name, value);
        }
        ask.json("{}")
    });
}

#[test]
fn arbitrary_parts_of_paths() {
    check("[a-zA-Z0-9_.~%:@-]{0,40}", |mut ask, part| {
        ask.target = format!("{}/{part}", ask.target);
        ask.json("{}")
    });
}

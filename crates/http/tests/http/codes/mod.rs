//! Every code once: a request that is answered with it, as it goes over the wire.

use std::sync::Arc;
use std::time::Duration;

use causerie_core::memory::Memory;
use causerie_core::port::{Lanes, ReadJob, WriteJob};
use causerie_core::{Fault, Heads, Settings, Store};
use causerie_http::AppConfig;
use causerie_http::problem::codes;
use causerie_testing::fixture::START;

use crate::goldens::Goldens;
use crate::world::{Ask, World};

mod channels;
mod media;
mod messages;

const NOBODY: &str = "part_00000000000000000000000000";

/// A world in which something was arranged, and the request that then gets the code.
struct Case {
    world: World,
    ask: Ask,
}

#[actix_web::test]
async fn every_code_has_a_golden_answer() {
    let mut goldens = Goldens::new("codes");
    for (code, status, _) in codes() {
        // Over a socket only, as the body must not arrive: see `socket`.
        if ["request_timeout", "body_incomplete"].contains(&code) {
            continue;
        }
        let Case { world, ask } = arrange(code).await;
        let answer = goldens.check(&world, code, ask).await;
        answer.expect_problem(code).expect(status);
    }
    goldens.finish();
}

async fn arrange(code: &str) -> Case {
    match code {
        "json_malformed"
        | "body_too_large"
        | "media_type_unsupported"
        | "header_invalid"
        | "validation_failed" => understanding(code).await,
        "busy" | "unavailable" | "internal" => breaking(code).await,
        _ if media::CODES.contains(&code) => media::arrange(code).await,
        _ if messages::CODES.contains(&code) => messages::arrange(code).await,
        _ if channels::CODES.contains(&code) => channels::arrange(code).await,
        _ if code.starts_with("key_") || code == "scope_missing" => keys(code).await,
        _ if code.ends_with("_not_found") || code == "method_not_allowed" => missing(code).await,
        _ => conversations(code).await,
    }
}

async fn understanding(code: &str) -> Case {
    let world = World::new().await;
    let ask = Ask::new("POST", "/v1/participants").key(&world.root.key);
    let ask = match code {
        "json_malformed" => ask.json(r#"{"display_name":"#),
        "body_too_large" => ask.json(format!(r#"{{"display_name":"{}"}}"#, "x".repeat(300_000))),
        "media_type_unsupported" => ask.header("Content-Type", "text/plain").bytes("Ada"),
        "header_invalid" => ask.once("no blanks").json(r#"{"display_name":"Ada"}"#),
        _ => ask.json(r#"{"display_name":" ","kind":"cat","external_id":"a\nb","metadata":[]}"#),
    };
    Case { world, ask }
}

/// Lanes that run their first jobs and then fail every one.
#[derive(Debug)]
struct Broken(fn() -> Fault);

impl Lanes for Broken {
    fn write(&self, job: Box<dyn WriteJob>) {
        job.settle(Err((self.0)()));
    }

    fn read(&self, job: Box<dyn ReadJob>) {
        job.refuse((self.0)());
    }

    fn close(&self) {}
}

async fn breaking(code: &str) -> Case {
    let world = World::new().await;
    let fault: fn() -> Fault = match code {
        "busy" => || Fault::Busy,
        "unavailable" => || Fault::unavailable("connection refused: secret host"),
        _ => || Fault::corrupt("message", "text", "secret"),
    };
    let store = Store::new(Arc::new(Broken(fault)), Arc::new(Heads::default()));
    let ask = Ask::new("GET", "/v1/me").key(&world.root.key);
    let world = world.over(store).await;
    Case { world, ask }
}

async fn keys(code: &str) -> Case {
    let world = World::new().await;
    let me = Ask::new("GET", "/v1/me");
    let workspace = &world.root.workspace;
    let ask = match code {
        "key_missing" => me,
        "key_malformed" => me.key(&world.root.key.to_lowercase()),
        "key_unknown" => {
            let elsewhere = World::new().await;
            elsewhere.key("*");
            me.key(&elsewhere.key("*"))
        }
        "key_revoked" => {
            let key = world.key("admin");
            let id = format!("key_{}", &key[3..29]);
            world
                .ask("POST", format!("/v1/keys/{id}/revoke"))
                .await
                .expect(200);
            me.key(&key)
        }
        "key_expired" => {
            let end = START.plus(Duration::from_mins(1));
            let key = world.key_of(workspace, "*", None, Some(end));
            world.clock.set(end);
            me.key(&key)
        }
        "key_ended" => {
            let key = world.key("admin");
            let path = format!("/v1/keys/key_{}", &key[3..29]);
            world
                .ask("POST", format!("{path}/revoke"))
                .await
                .expect(200);
            Ask::new("POST", format!("{path}/rotate")).key(&world.root.key)
        }
        "key_not_found" => {
            let path = "/v1/keys/key_00000000000000000000000000";
            Ask::new("GET", path).key(&world.root.key)
        }
        _ => Ask::new("GET", "/v1/participants").key(&world.key("messaging:write")),
    };
    Case { world, ask }
}

async fn missing(code: &str) -> Case {
    let world = World::new().await;
    let group = world.group(&[]).await;
    let (method, target) = match code {
        "route_not_found" => ("GET", "/v2/messages".to_owned()),
        "method_not_allowed" => ("PUT", "/v1/participants".to_owned()),
        "workspace_not_found" => ("GET", "/v1/workspaces/ws_1".to_owned()),
        "participant_not_found" => ("GET", format!("/v1/participants/{NOBODY}")),
        "conversation_not_found" => ("GET", "/v1/conversations/conv_1/messages".to_owned()),
        "member_not_found" => ("GET", format!("/v1/conversations/{group}/members/{NOBODY}")),
        "message_not_found" => ("GET", format!("/v1/conversations/{group}/messages/msg_1")),
        other => panic!("no request for {other}"),
    };
    let ask = Ask::new(method, target).key(&world.root.key);
    Case { world, ask }
}

async fn conversations(code: &str) -> Case {
    let world = World::new().await;
    let (ada, bob) = (
        world.participant("Ada").await,
        world.participant("Bob").await,
    );
    let group = world.group(&[&ada]).await;
    let path = format!("/v1/conversations/{group}");
    let messages = format!("{path}/messages");
    let hello = |from: &str| format!(r#"{{"participant_id":"{from}","body":"Hello"}}"#);
    let member = |who: &str| format!(r#"{{"participant_id":"{who}"}}"#);
    let tell = |method: &str, target: &str, body: &str| {
        Ask::new(method, target).key(&world.root.key).json(body)
    };
    let ask = match code {
        "not_allowed" => Ask::new("POST", "/v1/participants")
            .key(&world.bound(&bob))
            .json(r#"{"display_name":"Eve"}"#),
        "bound_elsewhere" => Ask::new("POST", &messages)
            .key(&world.bound(&bob))
            .json(hello(&ada)),
        "not_a_member" => tell("POST", &messages, &hello(&bob)),
        "read_only_member" => {
            let body = r#"{"role":"readonly"}"#;
            let target = format!("{path}/members/{ada}");
            world.tell("PATCH", target, body).await.expect(200);
            tell("POST", &messages, &hello(&ada))
        }
        "external_id_taken" => {
            let body = r#"{"display_name":"Eve","external_id":"eve"}"#;
            world
                .tell("POST", "/v1/participants", body)
                .await
                .expect(201);
            tell("POST", "/v1/participants", body)
        }
        "participant_archived" => {
            let target = format!("/v1/participants/{bob}/archive");
            world.ask("POST", target).await.expect(200);
            tell("POST", &format!("{path}/members"), &member(&bob))
        }
        "already_member" => tell("POST", &format!("{path}/members"), &member(&ada)),
        "members_full" => return members_full(world).await,
        "direct_members_fixed" => {
            let pair = format!(
                r#"{{"kind":"direct","members":[{},{}]}}"#,
                member(&ada),
                member(&bob)
            );
            let direct = world.tell("POST", "/v1/conversations", pair).await.id();
            let target = format!("/v1/conversations/{direct}/members/{ada}");
            Ask::new("DELETE", target).key(&world.root.key)
        }
        "conversation_not_open" => {
            world
                .ask("POST", format!("{path}/archive"))
                .await
                .expect(200);
            tell("POST", &messages, &hello(&ada))
        }
        "status_conflict" => {
            world
                .ask("POST", format!("{path}/archive"))
                .await
                .expect(200);
            Ask::new("POST", format!("{path}/close")).key(&world.root.key)
        }
        "message_deleted" => {
            let message = world.message(&group, &ada, "Hello").await.id();
            let target = format!("{messages}/{message}");
            world.ask("DELETE", &target).await.expect(204);
            tell("PATCH", &target, r#"{"body":"Hello again"}"#)
        }
        "precondition_failed" => {
            let target = format!(
                "{messages}/{}",
                world.message(&group, &ada, "Hello").await.id()
            );
            let edit = |text: &str| tell("PATCH", &target, text).header("If-Match", "\"0\"");
            world.send(&edit(r#"{"body":"Hello!"}"#)).await.expect(200);
            edit(r#"{"body":"Hello?"}"#)
        }
        "idempotency_key_reused" => {
            let first = tell("POST", &messages, &hello(&ada)).once("8e03978e");
            world.send(&first).await.expect(201);
            tell("POST", "/v1/conversations", "{}").once("8e03978e")
        }
        "reference_reused" => {
            let body = |text| {
                format!(r#"{{"participant_id":"{ada}","body":"{text}","reference":"ref-1"}}"#)
            };
            world.tell("POST", &messages, body("one")).await.expect(201);
            tell("POST", &messages, &body("another"))
        }
        other => panic!("no request for {other}"),
    };
    Case { world, ask }
}

async fn members_full(world: World) -> Case {
    let tenant = world.tenant(Settings {
        members_max: 1,
        ..Settings::default()
    });
    let mut members = Vec::new();
    for name in ["Ada", "Bob"] {
        let body = format!(r#"{{"display_name":"{name}"}}"#);
        let ask = Ask::new("POST", "/v1/participants")
            .key(&tenant.key)
            .json(body);
        let id = world.send(&ask).await.expect(201).id();
        members.push(format!(r#"{{"participant_id":"{id}"}}"#));
    }
    let body = format!(r#"{{"members":[{}]}}"#, members.join(","));
    let ask = Ask::new("POST", "/v1/conversations")
        .key(&tenant.key)
        .json(body);
    Case { world, ask }
}

/// I10: what broke is for the log; a client is told that something broke.
#[actix_web::test]
async fn i10_an_error_says_nothing_of_the_inside() {
    for code in ["unavailable", "internal"] {
        let Case { world, ask } = arrange(code).await;
        let answer = world.send(&ask).await.expect_problem(code);
        assert!(!answer.text().contains("secret"), "{}", answer.text());
        assert!(!answer.text().contains("connection"), "{}", answer.text());
    }
}

#[actix_web::test]
async fn a_full_or_broken_store_says_when_to_try_again() {
    for code in ["busy", "unavailable"] {
        let Case { world, ask } = arrange(code).await;
        let answer = world.send(&ask).await.expect_problem(code);
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
    }
    let world = World::with(Memory::store(), AppConfig::default()).await;
    world.app.begin_drain();
    let answer = world
        .ask("GET", "/readyz")
        .await
        .expect_problem("unavailable");
    assert!(answer.header("retry-after").is_some(), "{answer:?}");
}

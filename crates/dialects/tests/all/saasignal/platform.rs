//! Keys, scopes, settings, probes, and the form of every error.

use causerie_dialects::saasignal::DIALECT;
use serde_json::json;

use super::world::{Ask, World, id, talk};

#[actix_web::test]
async fn a_key_comes_as_a_bearer_token_or_in_a_header_of_its_own() {
    let world = World::new().await;
    let path = World::under("/conversations");
    let ask = |name: &str, value: String| Ask::new("GET", path.clone()).header(name, value);
    for (name, value) in [
        ("Authorization", format!("Bearer {}", world.key)),
        ("authorization", format!("bEaReR {}", world.key)),
        ("X-API-Key", world.key.clone()),
        ("x-api-key", world.key.clone()),
    ] {
        world.send(&ask(name, value)).await.expect(200);
    }
    for (name, value) in [
        ("Authorization", format!("Basic {}", world.key)),
        ("Authorization", world.key.clone()),
        ("Authorization", "Bearer ".to_owned()),
        ("X-API-Key", "sk_live_unknown".to_owned()),
        ("X-Other", String::new()),
    ] {
        world
            .send(&ask(name, value))
            .await
            .refused(401, "unauthorized");
    }
}

#[actix_web::test]
async fn a_missing_scope_is_named() {
    let (world, of, ada) = talk().await;
    let sent = id(&world.message(&of, &ada, "Hello").await);
    let (reads, writes) = (
        world.key_with("messaging:read"),
        world.key_with("messaging:write"),
    );
    let one = format!("/conversations/{of}/messages/{sent}");
    for (method, path) in [
        ("POST", format!("/conversations/{of}/messages")),
        ("PATCH", one.clone()),
        ("DELETE", one.clone()),
        ("POST", "/conversations".to_owned()),
    ] {
        let answer = world.tell_as(&reads, method, &path, &json!({})).await;
        let body = answer.refused(403, "forbidden");
        assert!(
            body["message"]
                .as_str()
                .is_some_and(|text| text.contains("messaging:write"))
        );
    }
    let answer = world.ask_as(&writes, "GET", &one).await;
    let body = answer.refused(403, "forbidden");
    assert!(
        body["message"]
            .as_str()
            .is_some_and(|text| text.contains("messaging:read"))
    );
}

#[actix_web::test]
async fn a_key_that_may_only_write_can_write_everything() {
    let world = World::new().await;
    let key = world.key_with("messaging:write");
    let tell = async |method: &str, path: &str, body: serde_json::Value| {
        world.tell_as(&key, method, path, &body).await
    };
    let of = id(&tell("POST", "/conversations", json!({})).await.expect(201));
    let people = format!("/conversations/{of}/participants");
    let ada = json!({"external_id": "ada", "display_name": "Ada"});
    let ada = id(&tell("POST", &people, ada).await.expect(201));
    let said = json!({"participant_id": ada, "body": "x"});
    let messages = format!("/conversations/{of}/messages");
    let sent = id(&tell("POST", &messages, said).await.expect(201));
    let read = json!({"last_read_at": "2030-01-01T00:00Z", "metadata": {"a": 1}});
    tell("PATCH", &format!("{people}/{ada}"), read)
        .await
        .expect(200);
    let reaction = json!({"participant_id": ada, "emoji": "👍"});
    let reactions = format!("/messages/{sent}/reactions");
    let made = id(&tell("POST", &reactions, reaction).await.expect(201));
    let edited = tell("PATCH", &format!("{messages}/{sent}"), json!({"body": "y"})).await;
    assert_eq!(edited.expect(200)["reactions"][0]["id"], made);
    let one = format!("{reactions}/{made}");
    tell("DELETE", &one, json!({})).await.expect(200);
}

#[actix_web::test]
async fn settings_go_by_their_own_names() {
    let world = World::new().await;
    let shown = world.ask("GET", "/settings").await.expect(200);
    let expected = json!({
        "id": shown["id"], "project_id": shown["project_id"], "max_participants_per_conversation": 1000,
        "max_message_length": 10000, "message_retention_days": null, "allow_reactions": true,
        "conversation_number_prefix": "CONV", "created_at": shown["created_at"],
    });
    assert_eq!(shown, expected);
    let body = json!({
        "max_participants_per_conversation": 2, "max_message_length": 5, "message_retention_days": 30,
        "allow_reactions": false, "conversation_number_prefix": "CASE",
    });
    let changed = world.tell("PATCH", "/settings", &body).await.expect(200);
    for (name, value) in body.as_object().expect("an object") {
        assert_eq!(&changed[name], value);
    }
    let of = world.conversation().await;
    let shown = world
        .ask("GET", &format!("/conversations/{of}"))
        .await
        .expect(200);
    assert_eq!(shown["conversation_number"], "CASE-000001");
    let ada = world.participant(&of, "ada").await;
    let long = json!({"participant_id": ada, "body": "123456"});
    let path = format!("/conversations/{of}/messages");
    world
        .tell("POST", &path, &long)
        .await
        .refused(422, "unprocessable_entity");
    world.participant(&of, "bob").await;
    let third = json!({"external_id": "eve", "display_name": "Eve"});
    let path = format!("/conversations/{of}/participants");
    world
        .tell("POST", &path, &third)
        .await
        .refused(422, "unprocessable_entity");
    let wrong = json!({"max_message_length": 0});
    let answer = world
        .tell("PATCH", "/settings", &wrong)
        .await
        .refused(400, "bad_request");
    let message = answer["message"].as_str().expect("a message");
    assert!(message.starts_with("max_message_length: "), "{message}");
    let key = world.key_with("messaging:*");
    let ask = Ask::new("PATCH", World::under("/settings"))
        .key(&key)
        .json(&json!({}));
    world.send(&ask).await.refused(403, "forbidden");
}

#[actix_web::test]
async fn rates_are_told_in_headers_and_kept() {
    let world = World::new().await;
    let shown = world
        .native("GET", "/v1/workspaces", &json!({}))
        .await
        .expect(200);
    let workspace = id(&shown["items"][0]);
    let plan = json!({"read": {"per_second": 1, "burst": 1}});
    let path = format!("/v1/workspaces/{workspace}/plan");
    world.native("PUT", &path, &plan).await.expect(200);
    let first = world.ask("GET", "/conversations").await;
    first.expect(200);
    let header = |name: &str| {
        first
            .header(name)
            .and_then(|value| value.parse::<i64>().ok())
    };
    assert_eq!(header("x-ratelimit-limit"), Some(1));
    assert_eq!(header("x-ratelimit-remaining"), Some(0));
    let now = causerie_core::port::Clock::now(&*world.clock).unix_micros() / 1_000_000;
    assert_eq!(header("x-ratelimit-reset"), Some(now + 1));
    assert_eq!(first.header("ratelimit-limit"), None);
    let second = world.ask("GET", "/conversations").await;
    second.refused(429, "rate_limited");
    assert_eq!(second.header("retry-after"), Some("1"));
}

#[actix_web::test]
async fn tokens_and_scopes_are_told() {
    let world = World::new().await;
    let ask = async |path: &str| {
        let ask = Ask::new("GET", format!("{}{path}", DIALECT.prefix)).key(&world.key);
        world.send(&ask).await
    };
    let balance = ask("/core/tokens/balance").await.expect(200);
    let expected = json!({
        "org_id": balance["org_id"], "included_tokens_remaining": 0, "topup_tokens_balance": 0,
        "total_balance": 0,
    });
    assert_eq!(balance, expected);
    assert_eq!(
        ask("/core/tokens/me/scopes").await.expect(200),
        json!({"scopes": ["*"]})
    );
}

#[actix_web::test]
async fn anybody_may_ask_whether_the_server_is_there() {
    let world = World::new().await;
    let live = world
        .send(&Ask::new("GET", format!("{}/livez", DIALECT.prefix)))
        .await;
    assert_eq!(live.expect(200)["status"], "ok");
    let ready = world
        .send(&Ask::new("GET", format!("{}/readyz", DIALECT.prefix)))
        .await;
    assert_eq!(ready.expect(200)["checks"], json!({"database": "ok"}));
    let guess = Ask::new("GET", World::under("/conversations/livez"));
    world.send(&guess).await.refused(401, "unauthorized");
    let guess = guess.key(&world.key);
    world.send(&guess).await.refused(404, "not_found");
}

#[actix_web::test]
async fn its_own_listener_answers_probes_in_its_form() {
    let world = World::new().await;
    for probe in ["/livez", "/readyz"] {
        let answer = world.send_to_own(&Ask::new("GET", probe)).await;
        assert_eq!(answer.expect(200)["status"], "ok");
    }
}

#[actix_web::test]
async fn every_error_below_the_mount_has_the_same_form() {
    let world = World::new().await;
    world
        .ask("GET", "/webhooks")
        .await
        .refused(404, "not_found");
    let wrong = world.ask("PUT", "/conversations").await;
    wrong.refused(405, "method_not_allowed");
    assert_eq!(wrong.header("allow"), Some("GET, POST, HEAD, OPTIONS"));
    let large = Ask::new("POST", World::under("/conversations")).key(&world.key);
    let large = large.body(vec![b' '; 300 * 1024]);
    world.send(&large).await.refused(413, "payload_too_large");
    let slash = world.ask("GET", "/conversations/").await;
    slash.expect(200);
}

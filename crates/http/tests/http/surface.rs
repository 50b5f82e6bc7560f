//! What the kit promises to every surface, tried with one that is made up: keys, errors, routes, members, files.
//!
//! The surfaces that there are have tests of their own.

mod forms;
pub(crate) mod toy;

use std::time::Duration;

use causerie_http::problem::Trouble;
use causerie_http::{AppConfig, Problem, configure, configure_surface};
use serde_json::{Value, json};

use crate::surface::toy::{PREFIX, ROUTES, mount};
use crate::world::{Answer, Ask, World, service_with};

impl World {
    /// With the made-up surface beside the native API.
    async fn with_toy() -> Self {
        let world = Self::new().await;
        let service = service_with(configure(&world.app, &[mount()])).await;
        Self { service, ..world }
    }

    /// With the made-up surface at the root of a listener of its own.
    async fn into_toy(self) -> Self {
        let service = service_with(configure_surface(&self.app, mount())).await;
        Self { service, ..self }
    }

    /// A request of the made-up surface by who has the key of the root workspace.
    fn toy(&self, method: &str, path: &str) -> Ask {
        Ask::new(method, format!("{PREFIX}{path}"))
            .header("Authorization", &format!("ToyKey {}", self.root.key))
    }
}

impl Answer {
    /// Fails unless this is an error of the made-up surface with this code.
    #[track_caller]
    fn expect_toy(self, status: u16, code: &str) -> Self {
        assert_eq!(self.header("content-type"), Some("application/toy+json"));
        let body = self.json();
        assert_eq!(body["error"], code, "{body}");
        assert_eq!(body["request"].as_str(), self.header("x-request-id"));
        assert!(
            body["says"]
                .as_str()
                .is_some_and(|text| text.ends_with('.'))
        );
        self.expect(status)
    }
}

/// Grants the root workspace these rates, as the native API does.
async fn grant(world: &World, plan: &str) {
    let target = format!("/v1/workspaces/{}/plan", world.root.workspace.id);
    world.tell("PUT", target, plan).await.expect(200);
}

#[actix_web::test]
async fn every_answer_under_a_mount_has_the_form_of_its_surface() {
    let world = World::with_toy().await;
    let ask = |method: &str, path: &str| world.toy(method, path);
    let nobody = Ask::new("GET", format!("{PREFIX}/things"));
    let answer = world.send(&nobody).await.expect_toy(401, "key_missing");
    assert!(answer.header("www-authenticate").is_some());
    let wrong = nobody.header("Authorization", "ToyKey ck_nothing");
    world.send(&wrong).await.expect_toy(401, "key_malformed");
    for path in ["/nothing", "/things/a/b", "", &"/long".repeat(2_000)] {
        let answer = world.send(&ask("GET", path)).await;
        answer.expect_toy(404, "route_not_found");
    }
    let answer = world.send(&ask("DELETE", "/things")).await;
    let answer = answer.expect_toy(405, "method_not_allowed");
    assert_eq!(answer.header("allow"), Some("GET, POST, HEAD, OPTIONS"));
    let long = format!("{{\"a\":\"{}\"}}", "a".repeat(2_000));
    let answer = world.send(&ask("POST", "/things").json(long)).await;
    answer.expect_toy(413, "body_too_large");
    let answer = world
        .send(&ask("POST", "/broken").json(r#"{"how":"closed"}"#))
        .await;
    let answer = answer.expect_toy(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("5"));
    let answer = world
        .send(&ask("POST", "/broken").json(r#"{"how":"corrupt"}"#))
        .await;
    answer.expect_toy(500, "internal");
    // Beside it everything is as it was.
    let answer = world.ask("GET", "/dialects/nobody").await;
    answer.expect_problem("route_not_found");
    world.ask("GET", "/v1/me").await.expect(200);
}

#[actix_web::test]
async fn a_rate_is_told_as_the_surface_tells_it() {
    let world = World::with_toy().await;
    grant(&world, r#"{"read":{"per_second":1,"burst":2}}"#).await;
    let answer = world.send(&world.toy("GET", "/things")).await.expect(200);
    assert_eq!(answer.header("x-toy-left"), Some("1 of 2"));
    assert_eq!(answer.header("ratelimit-limit"), None);
    world.send(&world.toy("GET", "/things")).await.expect(200);
    let answer = world.send(&world.toy("GET", "/things")).await;
    let answer = answer.expect_toy(429, "rate_limited");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[actix_web::test]
async fn a_surface_has_a_listener_of_its_own() {
    let world = World::with_toy().await.into_toy().await;
    let ask =
        Ask::new("GET", "/things").header("Authorization", &format!("ToyKey {}", world.root.key));
    let answer = world.send(&ask).await.expect(200).json();
    assert_eq!(answer["at"], "http://localhost");
    for path in ["/v1/me", "/metrics", "/openapi.json", "/docs", "/nothing"] {
        let ask =
            Ask::new("GET", path).header("Authorization", &format!("ToyKey {}", world.root.key));
        world.send(&ask).await.expect_toy(404, "route_not_found");
    }
    let answer = world
        .send(&Ask::new("GET", "/media/a/b?expires_at=1&signature=x"))
        .await;
    answer.expect_toy(403, "link_invalid");
    world.send(&Ask::new("GET", "/livez")).await.expect(200);
    world.send(&Ask::new("GET", "/readyz")).await.expect(200);
    world.app.begin_drain();
    let answer = world.send(&Ask::new("GET", "/readyz")).await;
    answer.expect_toy(503, "unavailable");
}

#[test]
fn a_problem_outside_of_a_request_has_its_header() {
    let shown = mount().show(&Problem::new(Trouble::Unavailable));
    let after = shown.headers().get("retry-after");
    assert_eq!(after.expect("a header"), "5");
}

#[actix_web::test]
async fn keys_are_found_where_the_surface_says() {
    let world = World::with_toy().await;
    let key = world.root.key.as_str();
    let basic = |text: String| {
        use base64::Engine as _;
        let encoded = base64::prelude::BASE64_STANDARD.encode(text);
        ("Authorization", format!("Basic {encoded}"))
    };
    for (name, value) in [
        ("Authorization", format!("toykey {key}")),
        ("TOY_TOKEN", key.to_owned()),
        basic(format!("anybody:{key}")),
        basic(format!("{key}:")),
    ] {
        let ask = Ask::new("GET", format!("{PREFIX}/things")).header(name, &value);
        world.send(&ask).await.expect(200);
    }
    let ask = Ask::new("GET", format!("{PREFIX}/things")).key(key);
    world.send(&ask).await.expect_toy(401, "key_missing");
}

#[actix_web::test]
async fn what_stands_for_a_key_ends_with_the_key() {
    let world = World::with_toy().await;
    let created = world
        .tell("POST", "/v1/keys", r#"{"name":"a","scopes":["*"]}"#)
        .await;
    let id = created.expect(201).id();
    let ask = Ask::new("GET", format!("{PREFIX}/things"));
    let signed = ask.header("Authorization", &format!("Signed {id}"));
    world.send(&signed).await.expect(200);
    world.send(&signed).await.expect(200);
    world
        .ask("POST", format!("/v1/keys/{id}/revoke"))
        .await
        .expect(200);
    world.send(&signed).await.expect_toy(401, "key_revoked");
    let unknown = Ask::new("GET", format!("{PREFIX}/things"))
        .header("Authorization", "Signed key_01J9ZK6QW8T2V4X6Y8Z0A2C4E6");
    world.send(&unknown).await.expect_toy(401, "key_unknown");
}

#[actix_web::test]
async fn open_routes_need_no_key_and_check_one_that_is_shown() {
    let world = World::with_toy().await;
    let open = Ask::new("POST", format!("{PREFIX}/open"));
    // As clients send it who forget to say what it is.
    let body = format!(r#"{{"password":"{}"}}"#, world.root.key);
    let form = "application/x-www-form-urlencoded";
    let ask = open.clone().header("Content-Type", form).bytes(body);
    let answer = world.send(&ask).await.expect(200).json();
    assert_eq!(answer["workspace"], world.root.workspace.id.to_string());
    assert_eq!(answer["greeting"], "Hi");
    let ask = open.clone().bytes(format!("password={}x", world.root.key));
    let ask = ask.header("Content-Type", form);
    world.send(&ask).await.expect_toy(401, "key_malformed");
    let answer = world.send(&open).await;
    answer.expect_toy(422, "validation_failed");
}

#[actix_web::test]
async fn a_key_speaks_with_a_voice_and_acts_as_it() {
    let world = World::with_toy().await;
    let first = world
        .send(&world.toy("GET", "/me"))
        .await
        .expect(200)
        .json();
    let again = world
        .send(&world.toy("GET", "/me"))
        .await
        .expect(200)
        .json();
    assert_eq!(first, again);
    assert_eq!(first["voice"], first["acts_as"]);
    assert_eq!(first["mount"], format!("http://localhost{PREFIX}"));
    let config = AppConfig {
        public_url: Some("https://chat.example.com/".to_owned()),
        key_trust: Duration::from_hours(1),
        ..AppConfig::default()
    };
    let public = world.beside(config).await;
    let service = service_with(configure(&public.app, &[mount()])).await;
    let public = World { service, ..public };
    for _ in 0..2 {
        let answer = public
            .send(&public.toy("GET", "/me"))
            .await
            .expect(200)
            .json();
        assert_eq!(answer["voice"], first["voice"]);
        assert_eq!(answer["mount"], format!("https://chat.example.com{PREFIX}"));
    }
}

#[actix_web::test]
async fn what_is_in_the_table_is_routed() {
    let world = World::with_toy().await;
    let table: Vec<_> = ROUTES
        .iter()
        .map(|route| (route.method.as_str(), route.path, route.handler))
        .collect();
    assert_eq!(table[0], ("GET", "/things", "toys::list"));
    assert!(ROUTES.iter().all(|route| route.about.ends_with('.')));
    for route in ROUTES {
        let path = route.path.replace(['{', '}'], "");
        for path in [path.clone(), path + "/"] {
            let answer = world.send(&world.toy("OPTIONS", &path)).await.expect(204);
            let allow = answer.header("allow").expect("a list");
            assert!(allow.contains(route.method.as_str()), "{path}: {allow}");
            let answer = world.send(&world.toy(route.method.as_str(), &path)).await;
            let unrouted = ["route_not_found", "method_not_allowed"];
            let text = answer.text();
            assert!(!unrouted.iter().any(|code| text.contains(code)), "{path}");
        }
    }
    let answer = world.send(&world.toy("HEAD", "/things/")).await.expect(200);
    assert!(answer.header("x-request-id").is_some());
}

#[actix_web::test]
async fn a_retry_is_rendered_anew() {
    let world = World::with_toy().await;
    let ada = world.participant("Ada").await;
    let group = world.group(&[&ada]).await;
    let body = json!({"to": group, "as": ada, "text": "Hello"}).to_string();
    let ask = world.toy("POST", "/messages").once("k").json(body);
    let first = world.send(&ask).await.expect(201).json();
    assert_eq!(first["replayed"], false);
    let again = world.send(&ask).await.expect(201).json();
    assert_eq!(
        (&again["id"], &again["replayed"]),
        (&first["id"], &Value::Bool(true))
    );
    let other = json!({"to": group, "as": ada, "text": "Other"}).to_string();
    let ask = world.toy("POST", "/messages").once("k").json(other);
    world
        .send(&ask)
        .await
        .expect_toy(409, "idempotency_key_reused");
    // The same key at the surface's own listener is the same claim; elsewhere it is another.
    let of = format!("/v1/conversations/{group}/messages");
    let native = Ask::new("POST", &of).key(&world.root.key).once("k");
    let native = native.json(json!({"participant_id": ada, "body": "x"}).to_string());
    world.send(&native).await.expect(201);
    let alone = world.into_toy().await;
    let ask = Ask::new("POST", "/messages")
        .header("TOY_TOKEN", &alone.root.key)
        .once("k");
    let body = json!({"to": group, "as": ada, "text": "Hello"}).to_string();
    let again = alone.send(&ask.json(body)).await.expect(201).json();
    assert_eq!(again["id"], first["id"]);
}

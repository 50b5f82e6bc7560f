//! Addresses that need no key: what they permit, for how long, and that nothing else gets through.

use std::time::Duration;

use causerie_core::port::Clock;
use causerie_core::{MediaId, Settings, Vault};
use causerie_http::{AppConfig, media_link};
use serde_json::Value;

use crate::forms::{PNG, Part};
use crate::media::Scene;
use crate::world::{Ask, World};

#[actix_web::test]
async fn an_address_holds_for_what_it_says_until_it_ends() {
    let scene = Scene::new().await;
    let id = scene.world.file("a.png", PNG).await;
    let other = scene.world.file("b.txt", b"secret").await;
    let links = format!("/v1/media/{id}/links");
    let body = r#"{"expires_in_s":60}"#;
    let link = scene.world.tell("POST", &links, body).await.expect(201);
    let url = link.member("url");
    let open = |url: &str| Ask::new("GET", url);
    let answer = scene.world.send(&open(&url)).await.expect(200);
    assert_eq!(answer.body, PNG);
    let (path, query) = url.split_once('?').expect("a query");
    let stranger = scene.world.tenant(Settings::default()).workspace.id;
    for wrong in [
        path.to_owned(),
        url.replace(&id, &other),
        url.replace("expires_at=", "expires_at=1"),
        format!("{path}?version=chat&{query}"),
        format!("{path}?{query}0"),
        url.replace(
            &scene.world.root.workspace.id.to_string(),
            &stranger.to_string(),
        ),
    ] {
        let answer = scene.world.send(&open(&wrong)).await;
        answer.expect_problem("link_invalid");
    }
    scene.world.clock.advance(Duration::from_mins(1));
    let answer = scene.world.send(&open(&url)).await;
    answer.expect_problem("link_invalid");
    for wrong in ["0", "604801", "-1", "1.5"] {
        let body = format!(r#"{{"expires_in_s":{wrong}}}"#);
        let answer = scene.world.tell("POST", &links, body).await;
        answer.expect_problem("validation_failed");
    }
}

#[actix_web::test]
async fn an_address_that_leaves_the_server_is_whole_where_its_place_is_known() {
    let world = World::new().await;
    let id = world.file("a.png", PNG).await;
    let base = "https://chat.example.com";
    let known = AppConfig {
        public_url: Some(base.to_owned()),
        ..AppConfig::default()
    };
    let known = world.beside(known).await;
    let link = known.tell("POST", format!("/v1/media/{id}/links"), "{}");
    let url = link.await.expect(201).member("url");
    let media = MediaId::parse(&id).expect("an id");
    let end = world.clock.now().plus(Duration::from_hours(1));
    let own = world.root.workspace.id;
    assert_eq!(
        url,
        media_link(&Vault::new(&[7; 32]), base, own, media, None, end)
    );
    for method in ["PUT", "POST"] {
        let body = format!(r#"{{"name":"a","method":"{method}"}}"#);
        let asked = asked(&known, &body).await;
        let url = asked["upload"]["url"].as_str().expect("an address");
        let rest = url.strip_prefix(base).expect("a whole address");
        assert!(rest.starts_with("/media/uploads"), "{url}");
    }
}

/// What was asked for an upload, and the fields of a form for it.
async fn asked(world: &World, body: &str) -> Value {
    let asked = world.tell("POST", "/v1/media/uploads", body).await;
    asked.expect(201).json()
}

#[actix_web::test]
async fn a_signed_form_takes_what_it_permits_and_nothing_else() {
    let scene = Scene::new().await;
    let body = r#"{"name":"a.png","content_type":"image/png","method":"POST"}"#;
    let asked = asked(&scene.world, body).await;
    let field = |name: &str| asked["upload"]["fields"][name].as_str().expect("a field");
    let send = async |parts: &[Part<'_>]| {
        let ask = Ask::new("POST", "/media/uploads").form(parts);
        scene.world.send(&ask).await
    };
    let (key, policy) = (field("key"), field("policy"));
    let (kind, signature) = (field("Content-Type"), field("signature"));
    let file = Part::File("file", "a.png", PNG);
    let all = |key, kind, policy, signature| {
        [
            Part::Text("key", key),
            Part::Text("Content-Type", kind),
            Part::Text("policy", policy),
            Part::Text("signature", signature),
            file,
        ]
    };
    let answer = send(&all(key, "text/html", policy, signature)).await;
    answer.expect_problem("media_type_mismatch");
    let other = key.replace("media_", "media_1");
    for wrong in [
        all(&other, kind, policy, signature),
        all(key, kind, &policy[1..], signature),
        all(key, kind, policy, &signature[1..]),
    ] {
        send(&wrong).await.expect_problem("link_invalid");
    }
    // Nothing is received for who has not proved to be permitted.
    let answer = send(&[file, Part::Text("key", key)]).await;
    let answer = answer.expect_problem("validation_failed");
    assert_eq!(answer.json()["errors"][0]["pointer"], "/key");
    scene.places_are_empty().await;
    assert_eq!(scene.world.files.count(), (0, 0));
    send(&all(key, kind, policy, signature)).await.expect(204);
    send(&all(key, kind, policy, signature)).await.expect(204);
    let id = asked["media"]["id"].as_str().expect("an id");
    let shown = scene.get(&format!("/v1/media/{id}"), &[]).await.json();
    assert_eq!(shown["status"], "uploaded");
    assert_eq!(scene.world.files.count().1, 1);
    scene.world.clock.advance(Duration::from_hours(1));
    let answer = send(&all(key, kind, policy, signature)).await;
    answer.expect_problem("link_invalid");
}

#[actix_web::test]
async fn bytes_that_went_elsewhere_are_taken_when_that_is_said() {
    let scene = Scene::new().await;
    scene.world.files.sign();
    let asked = asked(&scene.world, r#"{"name":"a.png"}"#).await;
    let url = asked["upload"]["url"].as_str().expect("an address");
    assert!(url.starts_with("https://files.example/incoming/"), "{url}");
    let id = asked["media"]["id"].as_str().expect("an id");
    let complete = format!("/v1/media/{id}/complete");
    let answer = scene.world.ask("POST", &complete).await;
    answer.expect_problem("media_not_uploaded");
    let (of, media) = (scene.world.root.workspace.id, MediaId::parse(id));
    scene.world.files.put(of, media.expect("an id"), PNG);
    let first = scene.world.ask("POST", &complete).await.expect(200);
    assert_eq!(first.member("status"), "uploaded");
    let again = scene.world.ask("POST", &complete).await.expect(200);
    assert_eq!(again.body, first.body);
    let links = format!("/v1/media/{id}/links");
    let link = scene.world.tell("POST", links, "{}").await.expect(201);
    assert!(
        link.member("url")
            .starts_with("https://files.example/kept/")
    );
}

#[actix_web::test]
async fn a_page_of_any_origin_may_use_a_signed_address_and_nothing_else() {
    let world = World::new().await;
    let ask = |target: &str| {
        Ask::new("OPTIONS", target)
            .header("Origin", "https://app.example")
            .header("Access-Control-Request-Method", "PUT")
            .header("Access-Control-Request-Headers", "content-type")
    };
    let open = world.send(&ask("/media/uploads/a/b")).await;
    assert_eq!(open.status.as_u16(), 200);
    assert_eq!(open.header("access-control-allow-origin"), Some("*"));
    let closed = world.send(&ask("/v1/media")).await;
    assert_eq!(closed.header("access-control-allow-origin"), None);
    let ask = Ask::new("GET", "/media/a/b").header("Origin", "https://app.example");
    let refused = world.send(&ask).await;
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"));
    assert!(refused.status.is_client_error());
}

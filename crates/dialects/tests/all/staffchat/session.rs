//! Tokens: given for a key, good for a day, of no use once the key is revoked.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::{Answer, Ask, World};

async fn authenticate(world: &World, body: &Value) -> Answer {
    // As `curl -d` sends it.
    let ask = Ask::new("POST", World::under("/authenticate")).form(body.to_string());
    world.send(&ask).await
}

#[actix_web::test]
async fn a_key_gets_a_token_that_works_for_a_day() {
    let world = World::new().await;
    let ada = world.user("Ada").await;
    for username in ["Ada@Example.com", "Ada Doe", "test key"] {
        let body = json!({"username": username, "password": ada.key});
        let given = authenticate(&world, &body).await.expect(200);
        let [token] = given.as_array().expect("a list").as_slice() else {
            panic!("one token, not {given}")
        };
        let jwt = token["jwt"].as_str().expect("a token");
        assert_eq!(jwt.split('.').count(), 3);
        assert_eq!(token["expires"], world.clock_seconds() + 86_400);
        let me = world.ask_as(jwt, "GET", "/users/current").await.expect(200);
        assert_eq!(me["id"], ada.number);
    }
    let body = json!({"username": "Ada Doe", "password": ada.key});
    let given = authenticate(&world, &body).await.expect(200);
    let jwt = given[0]["jwt"].as_str().expect("a token");
    world.clock.advance(Duration::from_secs(86_000));
    let renewed = world.ask_as(jwt, "POST", "/renew").await.expect(200);
    world.clock.advance(Duration::from_secs(400));
    world
        .ask_as(jwt, "GET", "/users/current")
        .await
        .refused(401);
    let jwt = renewed[0]["jwt"].as_str().expect("a token");
    world.ask_as(jwt, "GET", "/users/current").await.expect(200);
}

#[actix_web::test]
async fn who_is_not_known_gets_none() {
    let world = World::new().await;
    let ada = world.user("Ada").await;
    for (username, password) in [
        ("Eve", ada.key.as_str()),
        ("Ada Doe", "secret"),
        ("Ada Doe", ""),
    ] {
        let body = json!({"username": username, "password": password});
        authenticate(&world, &body).await.refused(401);
    }
    let refused = authenticate(&world, &json!({"username": "Ada Doe"}))
        .await
        .refused(422);
    assert!(refused["errors"]["password"].is_array(), "{refused}");
    for token in ["a.b.c", "..", "x", ""] {
        world
            .ask_as(token, "GET", "/users/current")
            .await
            .refused(401);
    }
    let get = Ask::new("GET", World::under("/authenticate"));
    world.send(&get).await.refused(401);
}

#[actix_web::test]
async fn a_token_ends_with_its_key() {
    let world = World::new().await;
    let ada = world.user("Ada").await;
    let body = json!({"username": "Ada Doe", "password": ada.key});
    let given = authenticate(&world, &body).await.expect(200);
    let jwt = given[0]["jwt"].as_str().expect("a token");
    let keys = world
        .native("GET", "/v1/keys", &Value::Null)
        .await
        .expect(200);
    let keys = keys["items"].as_array().expect("a list");
    let bound = keys.iter().find(|key| key["participant_id"].is_string());
    let id = bound.expect("a bound key")["id"].as_str().expect("an id");
    let path = format!("/v1/keys/{id}/revoke");
    let revoked = world.native("POST", &path, &Value::Null).await;
    assert!(revoked.status < 300, "{}", revoked.text());
    world
        .ask_as(jwt, "GET", "/users/current")
        .await
        .refused(401);
}

#[actix_web::test]
async fn a_key_that_nobody_is_bound_to_speaks_as_its_own() {
    let world = World::new().await;
    let bob = world.user("Bob").await;
    let key = world.key_with("messaging:*");
    let of = world.conversation(&key, &[bob.number]).await;
    let sent = world.message(&key, of, "Hello").await;
    let me = world
        .ask_as(&key, "GET", "/users/current")
        .await
        .expect(200);
    assert_eq!(sent["author"]["id"], me["id"]);
    assert_eq!(me["name"], "test key");
}

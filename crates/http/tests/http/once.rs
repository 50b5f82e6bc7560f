//! I4: a retry is not a second change, and is answered to the byte as the first time; and a change is made
//! to no other state than the caller has seen.

use std::collections::BTreeSet;

use causerie_core::MediaId;
use causerie_core::claim::{CLAIM_LIFE, Claim, ClaimSource, Fingerprint};
use causerie_testing::fixture::START;
use serde_json::Value;

use crate::forms::{PNG, Part};
use crate::world::{Answer, Ask, World};

/// Every POST that there is, each against things that exist.
async fn posts(world: &World) -> Vec<(&'static str, Ask)> {
    let (ada, bob) = (
        world.participant("Ada").await,
        world.participant("Bob").await,
    );
    let group = world.group(&[&ada]).await;
    let first = world.message(&group, &ada, "Hello").await.id();
    let open = world.group(&[&ada]).await;
    let key = world.key("messaging:*");
    let key = format!("/v1/keys/key_{}", &key[3..29]);
    let c = format!("/v1/conversations/{group}");
    let with = |target: &str, body: &str| {
        let ask = Ask::new("POST", target).key(&world.root.key);
        if body.is_empty() { ask } else { ask.json(body) }
    };
    let message = format!(r#"{{"participant_id":"{ada}","body":"Hello"}}"#);
    let member = format!(r#"{{"participant_id":"{bob}"}}"#);
    let batch = format!(
        r#"{{"messages":[{{"conversation_id":"{open}","participant_id":"{ada}","body":"One"}},
        {{"conversation_id":"{open}","participant_id":"{ada}","body":"Two","scheduled_for":"{}"}}]}}"#,
        world.later(100 * 3_600)
    );
    let reaction = format!(r#"{{"participant_id":"{ada}","name":"👍"}}"#);
    let template = r#"{"project":"welcome","version":"1","locale":"en","body":"Hello"}"#;
    world
        .tell("POST", "/v1/templates", template)
        .await
        .expect(201);
    let own = world.root.workspace.id;
    let key_body = r#"{"name":"web shop","scopes":["messaging:*"]}"#;
    vec![
        (
            "/v1/participants",
            with("/v1/participants", r#"{"display_name":"Eve"}"#),
        ),
        ("/v1/conversations", with("/v1/conversations", "{}")),
        (
            "/v1/conversations/{conversation_id}/messages",
            with(&format!("{c}/messages"), &message),
        ),
        (
            "/v1/conversations/{conversation_id}/members",
            with(&format!("{c}/members"), &member),
        ),
        (
            "/v1/conversations/{conversation_id}/archive",
            with(&format!("{c}/archive"), ""),
        ),
        (
            "/v1/conversations/{conversation_id}/reopen",
            with(&format!("{c}/reopen"), ""),
        ),
        (
            "/v1/conversations/{conversation_id}/close",
            with(&format!("{c}/close"), ""),
        ),
        (
            "/v1/participants/{participant_id}/archive",
            with(&format!("/v1/participants/{bob}/archive"), ""),
        ),
        ("/v1/keys", with("/v1/keys", key_body)),
        (
            "/v1/keys/{key_id}/rotate",
            with(&format!("{key}/rotate"), ""),
        ),
        (
            "/v1/keys/{key_id}/revoke",
            with(&format!("{key}/revoke"), ""),
        ),
        (
            "/v1/workspaces",
            with("/v1/workspaces", r#"{"name":"Acme"}"#),
        ),
        ("/v1/messages/batch", with("/v1/messages/batch", &batch)),
        (
            "/v1/conversations/{conversation_id}/messages/{message_id}/reactions",
            with(&format!("{c}/messages/{first}/reactions"), &reaction),
        ),
        (
            "/v1/templates",
            with("/v1/templates", &template.replace("en", "de")),
        ),
        (
            "/v1/templates/preview",
            with("/v1/templates/preview", r#"{"project":"welcome"}"#),
        ),
        (
            "/v1/workspaces/{workspace_id}/balance/top-ups",
            with(
                &format!("/v1/workspaces/{own}/balance/top-ups"),
                r#"{"tokens":5}"#,
            ),
        ),
    ]
}

/// Those of files.
async fn posts_of_files(world: &World) -> Vec<(&'static str, Ask)> {
    let post = |target: &str| Ask::new("POST", target).key(&world.root.key);
    let file = post("/v1/media").form(&[Part::File("file", "receipt.png", PNG)]);
    let request = post("/v1/media/uploads").json(r#"{"name":"receipt.png"}"#);
    let asked = world.send(&request).await.expect(201).json();
    let id = asked["media"]["id"].as_str().expect("an id");
    let media = MediaId::parse(id).expect("an id");
    world.files.put(world.root.workspace.id, media, b"GIF87a");
    vec![
        ("/v1/media", file),
        ("/v1/media/uploads", request),
        (
            "/v1/media/{media_id}/complete",
            post(&format!("/v1/media/{id}/complete")).json("{}"),
        ),
        (
            "/v1/media/{media_id}/links",
            post(&format!("/v1/media/{id}/links")).json("{}"),
        ),
    ]
}

/// The answer without what tells a replay from the first.
fn without_mark(mut answer: Answer) -> (u16, Vec<(String, String)>, Vec<u8>) {
    answer
        .headers
        .retain(|(name, _)| name != "x-request-id" && name != "idempotency-replayed");
    (answer.status.as_u16(), answer.headers, answer.body)
}

#[actix_web::test]
async fn i4_every_post_is_replayed_to_the_byte() {
    let world = World::new().await;
    let mut posts = posts(&world).await;
    posts.extend(crate::channels::posts(&world).await);
    posts.extend(posts_of_files(&world).await);
    let document: Value = serde_json::from_str(&causerie_http::openapi_json()).expect("JSON");
    let documented: BTreeSet<_> = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .filter(|(path, item)| item["post"].is_object() && path.starts_with("/v1/"))
        .map(|(path, _)| path.as_str())
        .collect();
    assert_eq!(
        documented,
        posts.iter().map(|(pattern, _)| *pattern).collect()
    );
    for (number, (pattern, ask)) in posts.into_iter().enumerate() {
        let key = format!("key-{number}");
        let ask = ask.once(&key);
        let first = world.send(&ask).await;
        assert!(first.status.is_success(), "{pattern}: {}", first.text());
        assert_eq!(first.header("idempotency-replayed"), None);
        world.clock.advance(std::time::Duration::from_hours(1));
        let events = events(&world).await;
        let replay = world.send(&ask).await;
        assert_eq!(
            replay.header("idempotency-replayed"),
            Some("true"),
            "{pattern}"
        );
        assert_eq!(without_mark(replay), without_mark(first), "{pattern}");
        assert_eq!(
            self::events(&world).await,
            events,
            "{pattern}: it happened again"
        );
        let other = ask.clone().json("{ }");
        let answer = world.send(&other).await;
        let code = answer.code();
        assert!(
            [
                "idempotency_key_reused",
                "validation_failed",
                "form_malformed"
            ]
            .contains(&code.as_str()),
            "{pattern}: {code}"
        );
    }
}

async fn events(world: &World) -> String {
    let events = world.ask("GET", "/v1/events?limit=100").await.expect(200);
    events.json()["next_after"].to_string()
}

#[actix_web::test]
async fn i4_a_key_is_forgotten_after_a_day() {
    let world = World::new().await;
    let ask = Ask::new("POST", "/v1/conversations")
        .key(&world.root.key)
        .json("{}");
    let ask = ask.once("daily");
    let first = world.send(&ask).await.expect(201).id();
    // A claim stands for a day; the clock stood still since it was made.
    world.clock.set(START.plus(CLAIM_LIFE));
    let replay = world.send(&ask).await.expect(201).id();
    assert_eq!(first, replay);
    world.clock.advance(std::time::Duration::from_millis(1));
    let second = world.send(&ask).await.expect(201).id();
    assert_ne!(first, second);
}

#[actix_web::test]
async fn i4_a_reference_makes_a_send_happen_once() {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    let (group, other) = (world.group(&[&ada]).await, world.group(&[&ada]).await);
    let path = format!("/v1/conversations/{group}/messages");
    let body = format!(r#"{{"participant_id":"{ada}","body":"Hello","reference":"ref-1"}}"#);
    let first = world.tell("POST", &path, &body).await.expect(201);
    // Spaces are another body but the same message.
    let replay = world
        .tell("POST", &path, format!(" {body} "))
        .await
        .expect(201);
    assert_eq!(replay.header("idempotency-replayed"), Some("true"));
    assert_eq!(replay.body, first.body);
    let elsewhere = format!("/v1/conversations/{other}/messages");
    let answer = world.tell("POST", elsewhere, &body).await.expect(201);
    assert_eq!(answer.header("idempotency-replayed"), None);
    let edited = body.replace("Hello", "Hullo");
    let answer = world.tell("POST", &path, edited).await;
    answer.expect_problem("reference_reused");
}

#[actix_web::test]
async fn a_refused_request_leaves_its_key_free() {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    let group = world.group(&[]).await;
    let path = format!("/v1/conversations/{group}");
    let body = format!(r#"{{"participant_id":"{ada}","body":"Hello"}}"#);
    let send = Ask::new("POST", format!("{path}/messages"));
    let send = send.key(&world.root.key).json(&body).once("retry");
    world.send(&send).await.expect_problem("not_a_member");
    let member = format!(r#"{{"participant_id":"{ada}"}}"#);
    world
        .tell("POST", format!("{path}/members"), member)
        .await
        .expect(201);
    world.send(&send).await.expect(201);
}

#[actix_web::test]
async fn quoted_and_bare_keys_are_the_same_and_others_are_refused() {
    let world = World::new().await;
    let ask = Ask::new("POST", "/v1/conversations")
        .key(&world.root.key)
        .json("{}");
    let first = world.send(&ask.clone().once("abc")).await.expect(201);
    let replay = world.send(&ask.clone().once("\"abc\"")).await.expect(201);
    assert_eq!(replay.id(), first.id());
    let long = "x".repeat(256);
    for wrong in ["", "\"\"", "a b", "a\"b", long.as_str()] {
        let answer = world.send(&ask.clone().once(wrong)).await;
        answer.expect_problem("header_invalid").expect(400);
    }
    let twice = ask.once("one").once("two");
    world.send(&twice).await.expect_problem("header_invalid");
}

#[actix_web::test]
async fn a_bound_key_does_not_get_the_answer_of_another() {
    let world = World::new().await;
    let (ada, bob) = (
        world.participant("Ada").await,
        world.participant("Bob").await,
    );
    let group = world.group(&[&ada, &bob]).await;
    let ask = |who: &str| {
        let ask = Ask::new("POST", format!("/v1/conversations/{group}/messages"));
        ask.key(&world.bound(who))
            .json(r#"{"body":"Hello"}"#)
            .once("same")
    };
    world.send(&ask(&ada)).await.expect(201);
    let answer = world.send(&ask(&bob)).await;
    answer.expect_problem("idempotency_key_reused");
}

/// I10: what is kept for retries of a key's creation cannot be read without the key that asked for it.
#[actix_web::test]
async fn i10_the_storage_never_holds_a_secret() {
    let world = World::new().await;
    let body = r#"{"name":"web shop","scopes":["*"]}"#;
    let ask = Ask::new("POST", "/v1/keys")
        .key(&world.root.key)
        .json(body)
        .once("k-1");
    let secret = world.send(&ask).await.expect(201).member("key");
    let key = &world.root.key;
    let holder = causerie_core::KeySecret::parse(key).expect("a key").id();
    let workspace = world.root.workspace.id;
    let parts: [&[u8]; 2] = [b"k-1", &holder.to_bytes()];
    let claim = Claim::new(ClaimSource::IdempotencyKey, &parts, Fingerprint([0; 32]));
    let found = world.store.read(move |snapshot| {
        Ok(snapshot
            .claims()
            .find_many(workspace, &[claim.key], START)?)
    });
    let found = found.wait().expect("read");
    let kept = &found.first().expect("the claim is kept").answer.0;
    let secret_part = &secret.as_bytes()[29..69];
    assert!(
        !kept
            .windows(secret_part.len())
            .any(|window| window == secret_part)
    );
    // Another key with the same idempotency key makes another claim, and another key.
    let other = Ask::new("POST", "/v1/keys")
        .key(&world.key("*"))
        .json(body)
        .once("k-1");
    let other = world.send(&other).await.expect(201);
    assert_eq!(other.header("idempotency-replayed"), None);
    assert_ne!(other.member("key"), secret);
    // And what was given works.
    let me = Ask::new("GET", "/v1/me").key(&secret);
    world.send(&me).await.expect(200);
}

#[actix_web::test]
async fn if_match_keeps_a_change_from_another_state() {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    let group = world.group(&[&ada]).await;
    let message = world.message(&group, &ada, "Hello").await.id();
    let conversation = format!("/v1/conversations/{group}");
    let things = [
        (format!("/v1/participants/{ada}"), r#"{"display_name":"#),
        (format!("{conversation}/messages/{message}"), r#"{"body":"#),
        (conversation, r#"{"title":"#),
    ];
    for (target, member) in &things {
        let seen = world.ask("GET", target).await.expect(200);
        let tag = seen.header("etag").expect("a tag").to_owned();
        let change = |value: &str, tag: &str| {
            let ask = Ask::new("PATCH", target).key(&world.root.key);
            ask.json(format!("{member}\"{value}\"}}"))
                .header("If-Match", tag)
        };
        world.clock.advance(std::time::Duration::from_secs(1));
        world.send(&change("one", &tag)).await.expect(200);
        let answer = world.send(&change("two", &tag)).await;
        answer.expect_problem("precondition_failed").expect(412);
        let now = world.ask("GET", target).await.expect(200);
        assert!(now.text().contains("\"one\""), "{}", now.text());
        world.send(&change("three", "*")).await.expect(200);
        let answer = world.send(&change("four", "no tag")).await;
        answer.expect_problem("header_invalid");
        if target.contains("participants") {
            continue;
        }
        let delete = |tag: &str| {
            let ask = Ask::new("DELETE", target).key(&world.root.key);
            ask.header("If-Match", tag)
        };
        world
            .send(&delete(&tag))
            .await
            .expect_problem("precondition_failed");
        let now = world.ask("GET", target).await.expect(200);
        let tag = now.header("etag").expect("a tag");
        world.send(&delete(tag)).await.expect(204);
    }
}

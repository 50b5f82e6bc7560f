//! The door: who is let in, what it costs, and who has to wait for whom.

use std::sync::Arc;
use std::time::Duration;

use causerie_core::act::revoke_key;
use causerie_core::memory::Memory;
use causerie_core::port::{Ids, SystemClock};
use causerie_core::{
    Caller, Context, Error, Fault, HashCost, KeySecret, Refusal, Settings, Timestamp,
};
use causerie_http::AppConfig;
use causerie_http::auth::{DoorConfig, Doorkeeper};

use causerie_testing::fixture::START;

use crate::world::{Ask, World};

fn me(key: &str) -> Ask {
    Ask::new("GET", "/v1/me").key(key)
}

#[actix_web::test]
async fn a_key_may_be_presented_in_two_ways() {
    let world = World::new().await;
    let key = &world.root.key;
    let bare = || Ask::new("GET", "/v1/me");
    for ask in [
        bare().header("Authorization", &format!("bearer {key}")),
        bare().header("AUTHORIZATION", &format!("BEARER  {key} ")),
        bare().header("X-API-Key", key),
    ] {
        world.send(&ask).await.expect(200);
    }
    for ask in [
        bare().header("Authorization", &format!("Basic {key}")),
        bare().header("Authorization", key),
    ] {
        let answer = world.send(&ask).await.expect_problem("key_missing");
        assert!(
            answer
                .header("www-authenticate")
                .is_some_and(|value| value.starts_with("Bearer"))
        );
    }
    let typo = key.replace(&key[40..42], "zz");
    world.send(&me(&typo)).await.expect_problem("key_malformed");
}

#[actix_web::test]
async fn argon2_runs_once_for_a_key_that_is_used_often() {
    let world = World::with(Memory::store(), AppConfig::default()).await;
    for _ in 0..100 {
        world.ask("GET", "/v1/me").await.expect(200);
    }
    assert_eq!(world.app.door().verifications().0, 1);
    // A look at the row is no verification either.
    let beside = world.beside(AppConfig {
        key_trust: Duration::ZERO,
        ..AppConfig::default()
    });
    let beside = beside.await;
    for _ in 0..100 {
        beside.ask("GET", "/v1/me").await.expect(200);
    }
    assert_eq!(beside.app.door().verifications().0, 1);
}

/// What one workspace changes costs the keys of another nothing, and settings count at once in their own.
#[actix_web::test]
async fn a_change_makes_the_keys_of_its_own_workspace_be_looked_up_again() {
    let trusting = AppConfig {
        key_trust: Duration::from_hours(1),
        ..AppConfig::default()
    };
    let world = World::with(Memory::store(), trusting).await;
    let tenant = world.tenant(Settings::default());
    world.ask("GET", "/v1/me").await.expect(200);
    world.send(&me(&tenant.key)).await.expect(200);
    // Behind the back of this node, as another one would.
    let id = KeySecret::parse(&tenant.key).expect("a key").id();
    let cx = Context {
        caller: Caller::embedding(Arc::clone(&tenant.workspace)),
        now: START,
        fresh: world.ids.fresh(START),
    };
    let revoked = world.store.write(move |unit| revoke_key(unit, &cx, id));
    revoked.await.expect("revoked");
    let body = r#"{"members_max":7}"#;
    world.tell("PATCH", "/v1/settings", body).await.expect(200);
    let own = world.ask("GET", "/v1/me").await.expect(200).json();
    assert_eq!(own["workspace"]["limits"]["members_max"], 7);
    world.send(&me(&tenant.key)).await.expect(200);
    let plan = format!("/v1/workspaces/{}/plan", tenant.workspace.id);
    world.tell("PUT", plan, "{}").await.expect(200);
    let answer = world.send(&me(&tenant.key)).await;
    answer.expect_problem("key_revoked");
}

#[actix_web::test]
async fn a_revoked_key_is_refused_at_once_here_and_soon_elsewhere() {
    let world = World::with(Memory::store(), AppConfig::default()).await;
    let elsewhere = AppConfig {
        key_trust: Duration::ZERO,
        ..AppConfig::default()
    };
    let elsewhere = world.beside(elsewhere).await;
    let key = world.key("messaging:*");
    for place in [&world, &elsewhere] {
        place.send(&me(&key)).await.expect(200);
    }
    let path = format!("/v1/keys/key_{}/revoke", &key[3..29]);
    world.ask("POST", path).await.expect(200);
    for place in [&world, &elsewhere] {
        place.send(&me(&key)).await.expect_problem("key_revoked");
    }
}

#[actix_web::test]
async fn a_rotated_key_lives_on_for_the_overlap() {
    let world = World::new().await;
    let old = world.key("messaging:*");
    let path = format!("/v1/keys/key_{}/rotate", &old[3..29]);
    let new = world.tell("POST", path, r#"{"overlap_seconds":60}"#).await;
    let new = new.expect(201).member("key");
    for key in [&old, &new] {
        world.send(&me(key)).await.expect(200);
    }
    world.clock.advance(Duration::from_mins(1));
    world.send(&me(&old)).await.expect_problem("key_expired");
    world.send(&me(&new)).await.expect(200);
}

#[actix_web::test]
async fn the_last_use_of_a_key_is_noted_to_the_minute() {
    let world = World::new().await;
    let key = world.key("messaging:*");
    let path = format!("/v1/keys/key_{}", &key[3..29]);
    let last = || async { world.ask("GET", &path).await.json()["last_used_at"].clone() };
    assert!(last().await.is_null());
    world.clock.advance(Duration::from_mins(1));
    world.send(&me(&key)).await.expect(200);
    world.app.door().flush_uses();
    let noted = last().await.as_str().expect("a time").to_owned();
    world.clock.advance(Duration::from_secs(20));
    world.send(&me(&key)).await.expect(200);
    world.app.door().flush_uses();
    assert_eq!(last().await, noted);
    world.clock.advance(Duration::from_mins(1));
    world.send(&me(&key)).await.expect(200);
    world.app.door().flush_uses();
    assert_ne!(last().await, noted);
}

/// A key with the id of another and a secret that is wrong, its checksum right.
fn wrong(key: &str, number: u8) -> KeySecret {
    let id = KeySecret::parse(key).expect("a key").id();
    let mut entropy = [number; 128];
    entropy[0] = 1;
    KeySecret::new(id, &entropy)
}

#[actix_web::test]
async fn a_flood_of_wrong_secrets_is_bounded_and_starves_nobody() {
    let world = World::new().await;
    let config = DoorConfig {
        hands: 2,
        waiting_per_key_max: 4,
        ..DoorConfig::default()
    };
    let door = Doorkeeper::new(world.store.clone(), Arc::new(SystemClock), config);
    let door = Arc::new(door);
    // The victim's key is costly to verify, so that the flood piles up.
    let victim = costly_key(&world);
    let flood: Vec<_> = (2..102)
        .map(|number| {
            let (door, secret) = (Arc::clone(&door), wrong(&victim, number));
            actix_web::rt::spawn(async move { door.admit(&secret).await.map(drop) })
        })
        .collect();
    tokio::task::yield_now().await;
    let good = KeySecret::parse(&world.key("messaging:*")).expect("a key");
    let admitted = door.admit(&good).await.expect("another key gets in");
    assert_eq!(admitted.key().id, good.id());
    let (mut refused, mut busy) = (0, 0);
    for outcome in flood {
        match outcome.await.expect("no panic") {
            Err(Error::Refusal(Refusal::KeyUnknown)) => refused += 1,
            Err(Error::Fault(Fault::Busy)) => busy += 1,
            other => panic!("{other:?}"),
        }
    }
    let (runs, most) = door.verifications();
    assert!(most <= 2, "{most} at once");
    assert_eq!(refused + busy, 100);
    assert!(
        busy > 0 && runs <= refused + 1,
        "{refused} refused, {busy} busy, {runs} runs"
    );
    // What was found wrong is known to be wrong, and costs nothing.
    let again = door.admit(&wrong(&victim, 2)).await;
    assert!(matches!(again, Err(Error::Refusal(Refusal::KeyUnknown))));
    assert_eq!(door.verifications().0, runs);
}

/// A key whose hash is as costly as in production.
fn costly_key(world: &World) -> String {
    use causerie_core::act::{self, CreateKey};
    use causerie_core::port::Ids as _;
    let id = world.ids.fresh(Timestamp::default());
    let secret = KeySecret::new(id.into(), &[9; 128]);
    let cmd = CreateKey {
        name: causerie_core::text::Name::parse("victim").expect("a name"),
        hash: HashCost::Owasp.hash(&secret, [3; 16]).expect("hashed"),
        scopes: causerie_core::Scopes::ALL,
        participant: None,
        expires_at: None,
    };
    let cx = Context {
        caller: Caller::embedding(Arc::clone(&world.root.workspace)),
        now: START,
        fresh: id,
    };
    let created = world
        .store
        .write(move |unit| act::create_key(unit, &cx, &cmd));
    created.wait().expect("created");
    secret.expose().to_owned()
}

#[actix_web::test]
async fn requests_with_the_same_cold_key_share_one_verification() {
    let world = World::new().await;
    let config = DoorConfig::default();
    let door = Doorkeeper::new(world.store.clone(), Arc::new(SystemClock), config);
    let door = Arc::new(door);
    let secret = KeySecret::parse(&costly_key(&world)).expect("a key");
    let crowd: Vec<_> = (0..50)
        .map(|_| {
            let (door, secret) = (Arc::clone(&door), secret.clone());
            actix_web::rt::spawn(async move { door.admit(&secret).await.map(drop) })
        })
        .collect();
    for one in crowd {
        one.await.expect("no panic").expect("let in");
    }
    assert_eq!(door.verifications().0, 1);
}

#[actix_web::test]
async fn a_key_can_do_what_its_scopes_say_and_no_more() {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    for (scopes, read, write, admin) in [
        ("messaging:read", 200, 403, 403),
        ("messaging:write", 403, 201, 403),
        ("messaging:*", 200, 201, 403),
        ("admin", 403, 403, 200),
        ("*", 200, 201, 200),
    ] {
        let key = world.key(scopes);
        let get = |target: &str| Ask::new("GET", target).key(&key);
        world
            .send(&get(&format!("/v1/participants/{ada}")))
            .await
            .expect(read);
        let create = Ask::new("POST", "/v1/conversations").key(&key).json("{}");
        world.send(&create).await.expect(write);
        world.send(&get("/v1/keys")).await.expect(admin);
        world.send(&get("/v1/me")).await.expect(200);
    }
    let clerk = Ask::new("POST", "/v1/keys").key(&world.key("admin"));
    let more = clerk.json(r#"{"name":"more","scopes":["*"]}"#);
    world.send(&more).await.expect_problem("scope_missing");
}

//! Channels and their secrets, and what tests of people outside begin with.

use causerie_core::act::{claim_outbound, settle_outbound};
use causerie_core::outbound::Handed;
use causerie_core::port::Clock;
use serde_json::json;

use crate::log::Log;
use crate::world::{Answer, Ask, World};

/// A channel of a gateway that sends texts, and its signing secret.
pub(crate) async fn texts(world: &World) -> (String, String) {
    let body = r#"{"platform":"sms","name":"Texts","address":"+31 6 1234 5678",
        "url":"https://gateway.example.com/out"}"#;
    let made = world.tell("POST", "/v1/channels", body).await.expect(201);
    (made.id(), made.member("signing_secret"))
}

/// A channel of e-mail with a password.
pub(crate) async fn mail(world: &World) -> String {
    let body = r#"{"platform":"email","name":"Support","address":"support@example.com",
        "smtp":{"host":"smtp.example.com","username":"support","password":"correct horse battery"}}"#;
    let made = world.tell("POST", "/v1/channels", body).await;
    made.expect(201).id()
}

/// A message to a number that nobody had, through a channel of texts.
pub(crate) async fn text_to(world: &World, channel: &str, number: &str) -> Answer {
    let body =
        json!({"receivers": [{"identifier": {"value": number}, "name": "Bo"}], "body": "Hi"});
    let target = format!("/v1/channels/{channel}/messages");
    world
        .tell("POST", target, body.to_string())
        .await
        .expect(202)
}

/// Lets everything that waits be handed over, as a platform would answer.
pub(crate) fn hand_over(world: &World, handed: Handed) {
    let now = world.clock.now();
    let settled = world.store.write(move |unit| {
        for parcel in claim_outbound(unit, now, 100)? {
            settle_outbound(unit, &parcel, &handed, now)?;
        }
        Ok(())
    });
    settled.wait().expect("handed over");
}

/// A message that no platform took: the paths of its conversation and of it.
pub(crate) async fn failed(world: &World, channel: &str) -> (String, String) {
    let sent = text_to(world, channel, "+31611111111").await;
    let handed = Handed::Refused {
        reason: "The number is not in service.".to_owned(),
        detail: None,
    };
    hand_over(world, handed);
    let conversation = format!("/v1/conversations/{}", sent.member("conversation_id"));
    let message = format!("{conversation}/messages/{}", sent.id());
    (conversation, message)
}

const PASSWORD: &str = "correct horse battery";

/// I10: whatever is asked, a secret is in no answer but the one that it was made in, in no log and in nothing
/// that is written for people.
#[actix_web::test]
async fn i10_the_secret_of_a_channel_is_shown_once_and_nowhere_else() {
    let log = Log::begin();
    let world = World::new().await;
    let create = Ask::new("POST", "/v1/channels")
        .key(&world.root.key)
        .json(r#"{"platform":"api","name":"App","url":"https://app.example.com/in"}"#)
        .once("make-it");
    let made = world.send(&create).await.expect(201);
    let (app, first) = (made.id(), made.member("signing_secret"));
    assert!(first.starts_with("whsec_"), "{first}");
    // Who retries with the same key is shown it again, and nobody else: the answer is kept sealed.
    let again = world.send(&create).await.expect(201);
    assert_eq!(again.member("signing_secret"), first);
    let renew = format!("/v1/channels/{app}/secret");
    let second = world.ask("POST", renew).await.expect(201);
    let second = second.member("signing_secret");
    assert_ne!(first, second);
    let email = mail(&world).await;
    let mut said = ask_everything(&world, &app, &email).await;
    let own = world.root.workspace.id;
    let kept = world.store.read(move |snapshot| {
        let all = snapshot.channels().page(own, None, None, 10)?;
        Ok(format!("{all:?}"))
    });
    said.push(kept.wait().expect("read"));
    said.push(format!("{:?} {:?}", world.app, world.store));
    said.push(log.text());
    assert!(log.text().contains("/v1/channels"), "{}", log.text());
    for secret in [first.as_str(), &second, PASSWORD] {
        for one in &said {
            assert!(!one.contains(secret), "{one}");
        }
    }
}

/// What is answered to whatever can be asked of two channels.
async fn ask_everything(world: &World, app: &str, email: &str) -> Vec<String> {
    let (app, email) = (
        format!("/v1/channels/{app}"),
        format!("/v1/channels/{email}"),
    );
    let mut said = Vec::new();
    for target in [
        "/v1/channels",
        &app,
        &email,
        "/v1/events?limit=100",
        "/v1/me",
        "/metrics",
    ] {
        said.push(world.ask("GET", target).await.expect(200).text());
    }
    let wrong = format!(r#"{{"smtp":{{"host":"","password":"{PASSWORD}"}}}}"#);
    let malformed = format!(r#"{{"smtp":{{"host":"x","password":["{PASSWORD}"]}}}}"#);
    for (target, body) in [
        (&email, wrong.as_str()),
        (&email, &malformed),
        (&email, r#"{"name":"Support 2"}"#),
        (&app, r#"{"name":"App 2"}"#),
    ] {
        said.push(world.tell("PATCH", target, body).await.text());
    }
    for one in [&app, &email] {
        for verb in ["test", "deactivate", "activate"] {
            said.push(world.ask("POST", format!("{one}/{verb}")).await.text());
        }
    }
    said
}

#[actix_web::test]
async fn a_password_stays_with_the_server_that_it_was_given_for() {
    let world = World::new().await;
    let target = format!("/v1/channels/{}", mail(&world).await);
    let moved = r#"{"smtp":{"host":"smtp.elsewhere.example","username":"support"}}"#;
    let answer = world.tell("PATCH", &target, moved).await;
    let problem = answer.expect_problem("validation_failed").json();
    assert_eq!(problem["errors"][0]["pointer"], "/smtp/password");
    let moved =
        r#"{"smtp":{"host":"smtp.elsewhere.example","username":"support","password":"other"}}"#;
    let changed = world.tell("PATCH", &target, moved).await.expect(200).json();
    assert_eq!(changed["smtp"]["host"], "smtp.elsewhere.example");
    assert_eq!(changed["smtp"]["port"], 587);
}

#[actix_web::test]
async fn only_administrators_make_and_change_channels() {
    let world = World::new().await;
    let (id, _) = texts(&world).await;
    let key = world.key("messaging:*");
    let one = format!("/v1/channels/{id}");
    for (method, target) in [
        ("POST", "/v1/channels".to_owned()),
        ("PATCH", one.clone()),
        ("DELETE", one.clone()),
        ("POST", format!("{one}/activate")),
        ("POST", format!("{one}/deactivate")),
        ("POST", format!("{one}/test")),
        ("POST", format!("{one}/secret")),
    ] {
        let answer = world.send(&Ask::new(method, target).key(&key)).await;
        answer.expect_problem("scope_missing");
    }
    world
        .send(&Ask::new("GET", one).key(&key))
        .await
        .expect(200);
}

#[actix_web::test]
async fn trying_a_channel_tells_why_it_would_not_go() {
    let world = World::new().await;
    let (id, _) = texts(&world).await;
    let target = format!("/v1/channels/{id}");
    let test = format!("{target}/test");
    let fine = world.ask("POST", &test).await.expect(200).json();
    assert_eq!(fine, json!({"ok": true, "reason": null, "detail": null}));
    let body = r#"{"url":"https://gone.example.com/out"}"#;
    world.tell("PATCH", target, body).await.expect(200);
    let gone = world.ask("POST", &test).await.expect(200).json();
    let reason = "The gateway does not answer.";
    assert_eq!(
        gone,
        json!({"ok": false, "reason": reason, "detail": "status 410"})
    );
}

#[actix_web::test]
async fn all_that_is_wrong_with_a_channel_is_told_at_once() {
    let world = World::new().await;
    let body =
        r#"{"platform":"sms","name":"","address":"nobody","url":"ftp://x","smtp":{"host":"x"}}"#;
    let answer = world.tell("POST", "/v1/channels", body).await;
    let problem = answer.expect_problem("validation_failed").json();
    let errors = problem["errors"].as_array().expect("errors").iter();
    let pointers: Vec<_> = errors.filter_map(|one| one["pointer"].as_str()).collect();
    assert_eq!(pointers, ["/name", "/smtp", "/address"]);
    for (body, pointer) in [
        (r#"{"platform":"sms","name":"x"}"#, "/url"),
        (
            r#"{"platform":"native","name":"x","url":"https://x.org"}"#,
            "/url",
        ),
        (
            r#"{"platform":"email","name":"x","address":"a@x.org"}"#,
            "/smtp",
        ),
        (
            r#"{"platform":"email","name":"x","smtp":{"host":"x"}}"#,
            "/address",
        ),
        (
            r#"{"platform":"email","name":"x","address":"a@x.org","smtp":{"host":"a b"}}"#,
            "/smtp/host",
        ),
        (
            r#"{"platform":"email","name":"x","address":"a@x.org","smtp":{"host":"x","port":0}}"#,
            "/smtp/port",
        ),
        (
            r#"{"platform":"email","name":"x","address":"a@x.org","smtp":{"host":"x","security":"none","username":"u","password":"p"}}"#,
            "/smtp/username",
        ),
        (r#"{"platform":"fax","name":"x"}"#, "/platform"),
        (
            r#"{"platform":"native","name":"x","secret":"mine"}"#,
            "/secret",
        ),
    ] {
        let answer = world.tell("POST", "/v1/channels", body).await;
        let problem = answer.expect_problem("validation_failed").json();
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
    let target = format!("/v1/channels/{}/secret", mail(&world).await);
    let answer = world.ask("POST", target).await;
    let problem = answer.expect_problem("validation_failed").json();
    assert_eq!(problem["errors"][0]["pointer"], "/channel_id");
}

/// Every POST about people outside, each against things that exist.
pub(crate) async fn posts(world: &World) -> Vec<(&'static str, Ask)> {
    let (id, _) = texts(world).await;
    let (conversation, message) = failed(world, &id).await;
    let (gone, stays) = (
        world.participant("Bo").await,
        world.participant("Bo Li").await,
    );
    let one = format!("/v1/channels/{id}");
    let native = r#"{"platform":"native","name":"App"}"#.to_owned();
    let receivers = r#"{"receivers":[{"identifier":{"value":"+31633333333"}}]"#;
    let (say, open) = (
        format!(r#"{receivers},"body":"Hi"}}"#),
        format!("{receivers}}}"),
    );
    let came = r#"{"from":{"value":"+31622222222"},"body":"Hi"}"#.to_owned();
    let news = format!(
        r#"{{"message_id":"{}","status":"sent"}}"#,
        message.rsplit('/').next().unwrap_or_default()
    );
    let into = format!(r#"{{"into":"{stays}"}}"#);
    let nothing = String::new;
    let all = [
        ("/v1/channels", "/v1/channels".to_owned(), native),
        (
            "/v1/channels/{channel_id}/deactivate",
            format!("{one}/deactivate"),
            nothing(),
        ),
        (
            "/v1/channels/{channel_id}/activate",
            format!("{one}/activate"),
            nothing(),
        ),
        (
            "/v1/channels/{channel_id}/test",
            format!("{one}/test"),
            nothing(),
        ),
        (
            "/v1/channels/{channel_id}/secret",
            format!("{one}/secret"),
            nothing(),
        ),
        (
            "/v1/channels/{channel_id}/messages",
            format!("{one}/messages"),
            say,
        ),
        (
            "/v1/channels/{channel_id}/conversations",
            format!("{one}/conversations"),
            open,
        ),
        (
            "/v1/channels/{channel_id}/inbound",
            format!("{one}/inbound"),
            came,
        ),
        (
            "/v1/conversations/{conversation_id}/messages/{message_id}/retry",
            format!("{message}/retry"),
            nothing(),
        ),
        (
            "/v1/channels/{channel_id}/statuses",
            format!("{one}/statuses"),
            news,
        ),
        (
            "/v1/conversations/{conversation_id}/pending",
            format!("{conversation}/pending"),
            nothing(),
        ),
        (
            "/v1/conversations/{conversation_id}/snooze",
            format!("{conversation}/snooze"),
            nothing(),
        ),
        (
            "/v1/participants/{participant_id}/merge",
            format!("/v1/participants/{gone}/merge"),
            into,
        ),
    ];
    let ask = |(pattern, target, body): (_, String, String)| {
        let ask = Ask::new("POST", target).key(&world.root.key);
        (pattern, if body.is_empty() { ask } else { ask.json(body) })
    };
    all.into_iter().map(ask).collect()
}

#[actix_web::test]
async fn the_log_of_events_shows_channels_and_who_was_merged() {
    let world = World::new().await;
    let (id, _) = texts(&world).await;
    let (gone, stays) = (
        world.participant("Bo").await,
        world.participant("Bo Li").await,
    );
    let into = format!(r#"{{"into":"{stays}"}}"#);
    let target = format!("/v1/participants/{gone}/merge");
    world.tell("POST", target, into).await.expect(200);
    let events = world.ask("GET", "/v1/events?limit=100").await;
    let events = events.expect(200).json();
    let events = events["items"].as_array().expect("events");
    let find = |topic: &str| {
        let mut named = events.iter().filter(|one| one["topic"] == topic);
        named.next().unwrap_or_else(|| panic!("no {topic}"))
    };
    let created = find("channel.created");
    assert_eq!(created["channel_id"], id);
    assert_eq!(created["data"]["platform"], "sms");
    let merged = find("participant.merged");
    assert_eq!(merged["participant_id"], gone);
    assert_eq!(merged["data"]["merged_into"], stays);
}

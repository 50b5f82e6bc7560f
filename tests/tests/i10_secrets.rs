//! I10: secrets stay secret. Keys are made, used, mistyped, rotated and revoked while everything is logged;
//! then neither log nor database holds the secret part of any, and no message is in the log. The same for what channels
//! prove themselves with, the installation's key and the keys of a bucket.
//!
//! What an answer may tell is tested with the API.

use causerie_tests::platform::Platform;
use causerie_tests::shelf::BUCKET_SECRET;
use causerie_tests::{Database, Line, Scene, Shelf, on_both_stores, scene};
use serde_json::{Value, json};

on_both_stores!(
    i10_no_secret_is_in_database_or_log,
    i10_what_channels_prove_themselves_with_is_shown_once_or_never
);

const TEXT: &str = "an unmistakable message";

fn i10_no_secret_is_in_database_or_log(database: &Database) {
    let options = ["--log-level", "trace", "--log-format", "json"];
    let server = Line::new(database).args(options).serve(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    scene::send(&mut client, &scene.conversations[0], &scene.people[0], TEXT);

    let once = [("idempotency-key", "\"a-new-key\"")];
    let body = json!({"name": "second", "scopes": ["*"]});
    let second = client
        .call("POST", "/v1/keys", &once, Some(&body))
        .expect(201);
    let again = client
        .call("POST", "/v1/keys", &once, Some(&body))
        .expect(201);
    assert_eq!(second, again, "the stored answer is sealed, not lost");
    let path = format!("/v1/keys/{}/rotate", scene::id(&second));
    let third = client
        .call("POST", &path, &once_more(), Some(&json!({})))
        .expect(201);
    let fourth = Line::new(database).args(["key", "create"]).succeed();

    let keys = [
        database.key(),
        secret(&second),
        secret(&third),
        fourth.trim().to_owned(),
    ];
    for key in &keys {
        client.with_key(key).get("/v1/me").expect(200);
        // Another letter in the middle, and another key's secret: one is mistyped, the other wrong.
        let mistyped = key.replacen(&key[40..41], if &key[40..41] == "x" { "y" } else { "x" }, 1);
        client.with_key(&mistyped).get("/v1/me").expect(401);
    }
    client
        .post(
            &format!("/v1/keys/{}/revoke", scene::id(&third)),
            &json!({}),
        )
        .expect(200);

    let log = server.log();
    assert!(
        log.contains("\"level\":\"DEBUG\"") || log.contains("\"level\":\"TRACE\""),
        "it logs"
    );
    assert!(!log.contains(TEXT), "no message is logged");
    server.stop();
    let contents = database.contents();
    check_holds(&contents, "second", true);
    for key in &keys {
        // `ck_`, 26 characters that are the id, then 40 that nobody may see.
        let secret = &key[29..69];
        check_holds(log.as_bytes(), secret, false);
        check_holds(&contents, secret, false);
    }
}

fn i10_what_channels_prove_themselves_with_is_shown_once_or_never(database: &Database) {
    let (shelf, platform) = (Shelf::bucket(), Platform::start());
    let key = "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs=";
    let line = || {
        let line = shelf.line(database).args(["--secret-key", key]);
        line.args(["--outbound-allow", "127.0.0.0/8"])
    };
    let logged = ["--log-level", "trace", "--log-format", "json"];
    let server = line().args(logged).serve(database);
    let mut client = server.client(database);
    let password = "correct horse battery";
    let body = json!({"platform": "email", "name": "Mail", "address": "a@chat.test", "smtp": {
        "host": "127.0.0.1", "port": 1, "username": "ada", "password": password}});
    let mail = client.post("/v1/channels", &body);
    let mut answers = mail.text();
    let mail = mail.expect(201);
    let once = [("idempotency-key", "\"a-channel\"")];
    let body = json!({"platform": "api", "name": "Gateway", "url": platform.url()});
    let gateway = client
        .call("POST", "/v1/channels", &once, Some(&body))
        .expect(201);
    let again = client
        .call("POST", "/v1/channels", &once, Some(&body))
        .expect(201);
    assert_eq!(gateway, again, "the stored answer is sealed, not lost");
    let signing = gateway["signing_secret"]
        .as_str()
        .expect("shown once")
        .to_owned();
    for channel in [&mail, &gateway] {
        let path = format!("/v1/channels/{}", scene::id(channel));
        answers += &client.post(&format!("{path}/test"), &json!({})).text();
        answers += &client.get(&path).text();
        let other = json!({"name": "Another"});
        answers += &client.call("PATCH", &path, &[], Some(&other)).text();
        let send = json!({"body": TEXT, "receivers": [
            {"identifier": {"key": "emailaddress", "value": "ada@example.org"}}]});
        client.post(&format!("{path}/messages"), &send).expect(202);
    }
    platform.next().verified(&signing);
    answers += &client.get("/v1/channels").text();
    answers += &client.get("/v1/events?after=0&limit=100").text();
    answers += &client.get("/metrics").text();
    causerie_tests::form::upload(&mut client, "a.txt", b"plain words");
    answers += &line().args(["config"]).succeed();
    answers += &line().args(["config", "--json"]).succeed();
    let doctor = line().args(["doctor"]).output();
    answers += &String::from_utf8_lossy(&doctor.stdout);
    let log = server.log();
    assert!(log.contains("\"level\":\"TRACE\""), "it logs");
    assert!(!log.contains(TEXT), "no message is logged");
    server.stop();
    let contents = database.contents();
    check_holds(&contents, "Gateway", true);
    for secret in [
        password,
        &signing[6..],
        key.trim_end_matches('='),
        BUCKET_SECRET,
    ] {
        check_holds(log.as_bytes(), secret, false);
        check_holds(answers.as_bytes(), secret, false);
        check_holds(&contents, secret, false);
    }
}

fn once_more() -> [(&'static str, &'static str); 1] {
    [("idempotency-key", "\"a-rotation\"")]
}

fn secret(answer: &Value) -> String {
    let key = answer["key"].as_str().expect("the key is shown once");
    assert_eq!(key.len(), 75, "of the documented form");
    key.to_owned()
}

#[track_caller]
fn check_holds(contents: &[u8], text: &str, expected: bool) {
    let found = contents
        .windows(text.len())
        .any(|window| window == text.as_bytes());
    assert_eq!(
        found,
        expected,
        "{} in {} bytes",
        &text[..6],
        contents.len()
    );
}

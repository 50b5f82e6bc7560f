//! I10: secrets stay secret. Keys are made, used, mistyped, rotated and revoked while everything is logged;
//! then neither log nor database holds the secret part of any, and no message is in the log.
//!
//! What an answer may tell is tested with the API.

use causerie_tests::{Database, Line, Scene, on_both_stores, scene};
use serde_json::{Value, json};

on_both_stores!(i10_no_secret_is_in_database_or_log);

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

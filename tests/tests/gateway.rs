//! Gateways as a user has them: signed calls out and in, statuses in any order, and kills between the platform's taking
//! and our knowing of it.
//!
//! Which addresses may be called is tested where calls are made.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use causerie_tests::platform::{Platform, signed};
use causerie_tests::{
    Answer, Client, Database, Line, Server, check, eventually, moment, on_both_stores, scene,
};
use serde_json::{Value, json};

on_both_stores!(
    a_message_is_handed_over_once_with_retries_under_one_id,
    a_kill_before_settling_hands_over_again_under_the_same_id,
    a_platform_that_says_nothing_holds_up_no_end,
    statuses_count_in_any_order_and_twice,
    what_a_platform_brings_comes_in_once,
    a_private_address_is_refused_unless_it_is_allowed,
);

fn start(database: &Database) -> Server {
    let allowed = [
        "--outbound-allow",
        "127.0.0.0/8",
        "--public-url",
        "https://chat.test/",
    ];
    Line::new(database).args(allowed).serve(database)
}

/// A channel to a platform.
struct Gateway {
    path: String,
    secret: String,
}

impl Gateway {
    #[track_caller]
    fn make(client: &mut Client, platform: &Platform) -> Self {
        let body = json!({"platform": "sms", "name": "Gateway", "url": platform.url(),
            "address": "+31612345678"});
        let made = client.post("/v1/channels", &body).expect(201);
        let path = format!("/v1/channels/{}", scene::id(&made));
        let shown = client.get(&path).expect(200);
        assert!(
            shown.get("signing_secret").is_none(),
            "it is shown once: {shown}"
        );
        let secret = made["signing_secret"].as_str().expect("the secret");
        Self {
            path,
            secret: secret.to_owned(),
        }
    }

    #[track_caller]
    fn send(&self, client: &mut Client, text: &str) -> Value {
        let body =
            json!({"body": text, "receivers": [{"identifier": {"value": "0031 6 8765 4321"}}]});
        client
            .post(&format!("{}/messages", self.path), &body)
            .expect(202)
    }

    /// Calls a door of the channel as the platform does: signed, without a key.
    #[track_caller]
    fn knock(&self, client: &mut Client, door: &str, body: &Value, age_s: i64) -> Answer {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let id = format!("call_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let at = moment::now(client).unix_timestamp() - age_s;
        let text = body.to_string();
        let proof = signed(&self.secret, &id, at, text.as_bytes());
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(proof.iter().map(|(name, value)| (*name, value.as_str())));
        let path = format!("{}/{door}", self.path);
        client
            .with_key("")
            .bring("POST", &path, &headers, text.as_bytes())
    }
}

fn path_of(message: &Value) -> String {
    let conversation = message["conversation_id"].as_str().expect("a conversation");
    format!("{}/{}", scene::messages(conversation), scene::id(message))
}

#[track_caller]
fn wait_for(client: &mut Client, message: &Value, status: &str) -> Value {
    eventually(status, || {
        let now = client.get(&path_of(message)).expect(200);
        (now["delivery_status"] == status).then_some(now)
    })
}

fn a_message_is_handed_over_once_with_retries_under_one_id(database: &Database) {
    let (server, platform) = (start(database), Platform::start());
    let mut client = server.client(database);
    let gateway = Gateway::make(&mut client, &platform);
    let tried = client
        .post(&format!("{}/test", gateway.path), &json!({}))
        .expect(200);
    assert_eq!(tried["ok"], true, "{tried}");
    assert_eq!(
        platform.next().verified(&gateway.secret)["type"],
        "channel.test"
    );

    platform.reply(503, json!({}));
    platform.reply(200, json!({"reference": "gw-1"}));
    let media = causerie_tests::form::upload(&mut client, "a.txt", b"plain words");
    let body = json!({"body": "Hello", "attachments": [{"media_id": media["id"]}],
        "receivers": [{"identifier": {"value": "+31687654321"}, "name": "Ada"}]});
    let path = format!("{}/messages", gateway.path);
    let sent = client.post(&path, &body).expect(202);
    let (first, second) = (platform.next(), platform.next());
    assert_eq!(first.header("webhook-id"), scene::id(&sent));
    assert_eq!(second.header("webhook-id"), scene::id(&sent));
    let (one, two) = (
        first.verified(&gateway.secret),
        second.verified(&gateway.secret),
    );
    assert_eq!(
        (&one["data"]["try"], &two["data"]["try"]),
        (&json!(1), &json!(2))
    );
    let data = &two["data"];
    assert_eq!(
        (&two["type"], &data["text"]),
        (&json!("message.outbound"), &json!("Hello"))
    );
    assert_eq!(data["receivers"][0]["identifier"]["value"], "+31687654321");
    assert_eq!(data["from"], "+31612345678");
    let url = data["attachments"][0]["url"].as_str().expect("an address");
    let link = url
        .strip_prefix("https://chat.test")
        .expect("the public address");
    let fetched = client.with_key("").bring("GET", link, &[], b"");
    assert_eq!(
        (fetched.status, fetched.text()),
        (200, "plain words".to_owned())
    );
    wait_for(&mut client, &sent, "sent");
    assert!(
        platform.is_quiet(Duration::from_millis(300)),
        "once is enough"
    );

    let several = json!({"body": "Hello", "receivers": [
        {"identifier": {"value": "+31687654321"}}, {"identifier": {"value": "+31687654322"}}]});
    let refused = client.post(&path, &several);
    assert_eq!(
        refused.code().as_deref(),
        Some("validation_failed"),
        "{}",
        refused.text()
    );
    platform.reply(400, json!({"error": "no such number"}));
    let refused = gateway.send(&mut client, "Nobody");
    let failed = wait_for(&mut client, &refused, "failed");
    assert_eq!(failed["failure"]["stage"], "send", "{failed}");
}

fn a_kill_before_settling_hands_over_again_under_the_same_id(database: &Database) {
    let (mut server, platform) = (start(database), Platform::start());
    let mut client = server.client(database);
    let gateway = Gateway::make(&mut client, &platform);
    let held = platform.hold();
    let sent = gateway.send(&mut client, "Hello");
    let first = platform.next();
    server.kill();
    drop(held);
    // The lease of the node that died goes by.
    database.execute("UPDATE outbox SET due_at = 1");
    let server = start(database);
    client.turn_to(server.address());
    let second = platform.next();
    let id = |call: &causerie_tests::platform::Taken| {
        let said = call.verified(&gateway.secret);
        let message = said["data"]["message_id"]
            .as_str()
            .expect("an id")
            .to_owned();
        (call.header("webhook-id").to_owned(), message)
    };
    assert_eq!(id(&first), (scene::id(&sent), scene::id(&sent)));
    assert_eq!(id(&first), id(&second), "who looks at ids takes it once");
    wait_for(&mut client, &sent, "sent");
    assert!(platform.is_quiet(Duration::from_millis(300)));
}

fn a_platform_that_says_nothing_holds_up_no_end(database: &Database) {
    let (server, platform) = (start(database), Platform::start());
    let mut client = server.client(database);
    let gateway = Gateway::make(&mut client, &platform);
    let held = platform.hold();
    let sent = gateway.send(&mut client, "Hello");
    let first = platform.next();
    server.stop();
    drop(held);
    database.execute("UPDATE outbox SET due_at = 1");
    let server = start(database);
    client.turn_to(server.address());
    assert_eq!(
        first.header("webhook-id"),
        platform.next().header("webhook-id")
    );
    wait_for(&mut client, &sent, "sent");
}

fn statuses_count_in_any_order_and_twice(database: &Database) {
    let (server, platform) = (start(database), Platform::start());
    let mut client = server.client(database);
    let gateway = Gateway::make(&mut client, &platform);
    platform.reply(200, json!({"reference": "gw-1"}));
    platform.reply(200, json!({"reference": "gw-2"}));
    let read = gateway.send(&mut client, "one");
    wait_for(&mut client, &read, "sent");
    let lost = gateway.send(&mut client, "two");
    wait_for(&mut client, &lost, "sent");
    for (status, then) in [
        ("read", "read"),
        ("delivered", "read"),
        ("read", "read"),
        ("failed", "read"),
    ] {
        let mut news = json!({"reference": "gw-1", "status": status});
        if status == "failed" {
            news["reason"] = json!("too late");
        }
        let answer = gateway.knock(&mut client, "statuses", &news, 0).expect(200);
        assert_eq!(answer["delivery_status"], then, "after {status}: {answer}");
    }
    let news = json!({"message_id": lost["id"], "status": "failed", "reason": "number unknown"});
    for _ in 0..2 {
        gateway.knock(&mut client, "statuses", &news, 0).expect(200);
    }
    let failed = client.get(&path_of(&lost)).expect(200);
    assert_eq!(
        (
            &failed["delivery_status"],
            &failed["failure"]["stage"],
            &failed["failure"]["reason"]
        ),
        (
            &json!("failed"),
            &json!("deliver"),
            &json!("number unknown")
        )
    );
    let unknown = json!({"reference": "gw-9", "status": "read"});
    let refused = gateway.knock(&mut client, "statuses", &unknown, 0);
    assert_eq!(refused.refused(404), "platform_reference_not_found");
}

fn what_a_platform_brings_comes_in_once(database: &Database) {
    let (server, platform) = (start(database), Platform::start());
    let mut client = server.client(database);
    let gateway = Gateway::make(&mut client, &platform);
    let news = |reference: &str| {
        json!({"from": {"value": "+31 6 8765 4321", "name": "Ada"}, "reference": reference,
            "body": "Hello"})
    };
    let came = gateway
        .knock(&mut client, "inbound", &news("in-1"), 0)
        .expect(201);
    assert_eq!(came["direction"], "incoming");
    let again = gateway
        .knock(&mut client, "inbound", &news("in-1"), 0)
        .expect(200);
    assert_eq!(again["id"], came["id"]);
    let next = gateway
        .knock(&mut client, "inbound", &news("in-2"), 0)
        .expect(201);
    assert_eq!(next["conversation_id"], came["conversation_id"]);
    assert_eq!(next["participant_id"], came["participant_id"]);
    let path = format!(
        "/v1/participants/{}",
        came["participant_id"].as_str().expect("who")
    );
    let ada = client.get(&path).expect(200);
    assert_eq!(
        (&ada["kind"], &ada["display_name"]),
        (&json!("contact"), &json!("Ada"))
    );
    assert_eq!(
        ada["identifiers"],
        json!([{"key": "phonenumber", "value": "+31687654321"}])
    );
    let of = "/v1/participants?identifier_key=phonenumber&identifier_value=%2B31687654321";
    assert_eq!(check::walk(&mut client, of).len(), 1);

    // What the workspace answers goes out, and what came in does not.
    let conversation = came["conversation_id"].as_str().expect("a conversation");
    let answer = gateway.send(&mut client, "Hello yourself");
    assert_eq!(answer["conversation_id"], conversation);
    let said = platform.next().verified(&gateway.secret);
    assert_eq!(said["data"]["text"], "Hello yourself");
    assert!(platform.is_quiet(Duration::from_millis(300)));

    // A key does as well; neither, or a proof that is old or of another secret, does not.
    let door = format!("{}/inbound", gateway.path);
    client.post(&door, &news("in-3")).expect(201);
    let unproven = client.with_key("").post(&door, &news("in-4"));
    assert_eq!(unproven.status, 401, "{}", unproven.text());
    let old = gateway.knock(&mut client, "inbound", &news("in-4"), 3_600);
    assert!([401, 403].contains(&old.status), "{}", old.text());
    let other = Gateway {
        path: gateway.path.clone(),
        secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned(),
    };
    let forged = other.knock(&mut client, "inbound", &news("in-4"), 0);
    assert!([401, 403].contains(&forged.status), "{}", forged.text());
    assert_eq!(check::conversation(&mut client, conversation).len(), 4);

    let changed = client.post(&format!("{}/secret", gateway.path), &json!({}));
    assert!([200, 201].contains(&changed.status), "{}", changed.text());
    let late = gateway.knock(&mut client, "inbound", &news("in-5"), 0);
    assert!(
        [401, 403].contains(&late.status),
        "the old secret has ended: {}",
        late.text()
    );
}

fn a_private_address_is_refused_unless_it_is_allowed(database: &Database) {
    let (server, platform) = (Server::start(database), Platform::start());
    let mut client = server.client(database);
    let gateway = Gateway::make(&mut client, &platform);
    let tried = client
        .post(&format!("{}/test", gateway.path), &json!({}))
        .expect(200);
    assert_eq!(tried["ok"], false, "{tried}");
    let sent = gateway.send(&mut client, "Hello");
    let failed = wait_for(&mut client, &sent, "failed");
    let reason = failed["failure"]["reason"].as_str().expect("a reason");
    assert!(reason.contains("outbound_allow"), "{reason}");
    assert!(
        platform.is_quiet(Duration::from_millis(300)),
        "nobody was called"
    );
}

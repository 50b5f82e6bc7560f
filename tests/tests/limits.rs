//! What an operator grants a workspace: rates, which each node counts by itself, and a balance, which never goes
//! below zero whoever spends from it at the same time.
//!
//! What costs what and who may grant it is tested in the core.

use std::thread::{self, ScopedJoinHandle};

use causerie_tests::{
    Answer, Client, Database, Scene, Server, check, eventually, on_both_stores, scene,
};
use serde_json::{Value, json};

on_both_stores!(
    a_workspace_is_let_through_as_often_as_its_rate_says,
    a_batch_counts_as_many_requests_as_it_has_messages,
    no_more_is_sent_than_the_balance_pays_for,
    a_retry_costs_nothing,
    settings_count_at_once_on_the_node_that_changed_them
);

const BURST: usize = 5;

/// A workspace beside the first one, and the path of what it is granted.
struct Tenant {
    id: String,
    client: Client,
    scene: Scene,
}

impl Tenant {
    fn new(database: &Database, root: &mut Client) -> Self {
        let (id, mut client) = scene::workspace(database, root, "tenant");
        let scene = Scene::set(&mut client, 2, 2);
        Self { id, client, scene }
    }

    fn grant(&self, root: &mut Client, plan: &Value) -> Value {
        let path = format!("/v1/workspaces/{}/plan", self.id);
        root.call("PUT", &path, &[], Some(plan)).expect(200)
    }

    fn top_up(&self, root: &mut Client, tokens: u64) {
        let path = format!("/v1/workspaces/{}/balance/top-ups", self.id);
        let body = json!({"tokens": tokens, "note": "for the test"});
        root.post(&path, &body).expect(201);
    }

    fn send(&mut self, text: &str) -> Answer {
        let body = json!({"participant_id": self.scene.people[0], "body": text});
        self.client.post(&self.scene.messages(0), &body)
    }

    fn stored(&mut self) -> usize {
        check::conversation(&mut self.client, &self.scene.conversations[0]).len()
    }
}

fn number(answer: &Answer, name: &str) -> u64 {
    let value = answer
        .header(name)
        .unwrap_or_else(|| panic!("{name}: {answer:?}"));
    value.parse().expect("a number")
}

fn a_workspace_is_let_through_as_often_as_its_rate_says(database: &Database) {
    let server = Server::start(database);
    let mut root = server.client(database);
    let mut tenant = Tenant::new(database, &mut root);
    let mut other = Tenant::new(database, &mut root);
    assert_eq!(tenant.send("Free").header("ratelimit-limit"), None);
    let plan = json!({"write": {"per_second": 1, "burst": BURST}, "read": null});
    tenant.grant(&mut root, &plan);

    let mut sent = 1;
    let refused = eventually("a request too many", || {
        let answer = tenant.send("Again");
        assert_eq!(number(&answer, "ratelimit-limit"), 5);
        if answer.status == 429 {
            return Some(answer);
        }
        assert_eq!(answer.status, 201, "{}", answer.text());
        sent += 1;
        None
    });
    assert!(sent > BURST, "the burst is let through: {sent}");
    assert_eq!(number(&refused, "ratelimit-remaining"), 0);
    assert!((1..=5).contains(&number(&refused, "ratelimit-reset")));
    assert_eq!(number(&refused, "retry-after"), 1);
    assert_eq!(refused.refused(429), "rate_limited");
    // Reading goes on, and so do others.
    assert_eq!(tenant.stored(), sent, "what was refused left nothing");
    for _ in 0..3 * BURST {
        other.send("Unhindered").expect(201);
    }
    eventually("the bucket to fill again", || {
        (tenant.send("Later").status == 201).then_some(())
    });

    // Reads have a bucket of their own.
    let plan = json!({"read": {"per_second": 1, "burst": 2}});
    tenant.grant(&mut root, &plan);
    let refused = eventually("a read too many", || {
        let answer = tenant.client.get("/v1/me");
        (answer.status == 429).then_some(answer)
    });
    assert_eq!(refused.refused(429), "rate_limited");
    for _ in 0..BURST {
        tenant.send("Writing is free now").expect(201);
    }
    tenant.grant(&mut root, &json!({}));
    for _ in 0..BURST {
        tenant.client.get("/v1/me").expect(200);
    }
}

fn a_batch_counts_as_many_requests_as_it_has_messages(database: &Database) {
    let server = Server::start(database);
    let mut root = server.client(database);
    let mut tenant = Tenant::new(database, &mut root);
    tenant.grant(&mut root, &json!({"write": {"per_second": 1, "burst": 50}}));
    let send = json!({"conversation_id": tenant.scene.conversations[0],
        "participant_id": tenant.scene.people[0], "body": "Hello"});
    let batch = |count: usize| json!({"messages": vec![send.clone(); count]});
    let answer = tenant.client.post("/v1/messages/batch", &batch(40));
    assert!(number(&answer, "ratelimit-remaining") <= 20, "{answer:?}");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = tenant.client.post("/v1/messages/batch", &batch(40));
    assert_eq!(answer.refused(429), "rate_limited");
    assert_eq!(tenant.stored(), 40, "all of it or nothing");
    // What could never be let through is no matter of waiting.
    let answer = tenant.client.post("/v1/messages/batch", &batch(60));
    assert!([422, 429].contains(&answer.status), "{}", answer.text());
}

/// Posts everything at once, each with a client of its own.
fn at_once(tenant: &Tenant, bodies: &[(Value, Option<String>)]) -> Vec<Answer> {
    thread::scope(|scope| {
        let calls: Vec<_> = bodies
            .iter()
            .enumerate()
            .map(|(number, (body, key))| {
                let mut client = tenant.client.another();
                let path = tenant.scene.messages(number % 2);
                scope.spawn(move || {
                    let headers: Vec<_> = key
                        .iter()
                        .map(|key| ("idempotency-key", key.as_str()))
                        .collect();
                    client.call("POST", &path, &headers, Some(body))
                })
            })
            .collect();
        let answers = calls.into_iter().map(ScopedJoinHandle::join);
        answers.map(|answer| answer.expect("an answer")).collect()
    })
}

fn no_more_is_sent_than_the_balance_pays_for(database: &Database) {
    const TOKENS: u64 = 20;
    const SENDS: usize = 50;
    let server = Server::start(database);
    let mut root = server.client(database);
    let mut tenant = Tenant::new(database, &mut root);
    let balance = tenant.client.get("/v1/balance").expect(200);
    assert_eq!(
        (&balance["metered"], &balance["tokens"]),
        (&json!(false), &Value::Null)
    );
    tenant.grant(
        &mut root,
        &json!({"prices": {"send": 1, "edit": 3, "react": 0}}),
    );
    tenant.send("Free until there is a balance").expect(201);
    tenant.top_up(&mut root, TOKENS);

    let send = |number: usize| {
        let body = json!({"participant_id": tenant.scene.people[number % 2],
            "body": format!("Number {number}")});
        (body, Some(format!("\"send-{number}\"")))
    };
    let bodies: Vec<_> = (0..SENDS).map(send).collect();
    let first = at_once(&tenant, &bodies);
    check_spent(&mut tenant, &first, TOKENS);
    // The same again: what was paid for is answered as before, and what was not is still refused.
    let again = at_once(&tenant, &bodies);
    check_spent(&mut tenant, &again, TOKENS);
    for (one, other) in first.iter().zip(&again) {
        assert_eq!(one.status, other.status);
        if one.status == 201 {
            assert_eq!(one.text(), other.text());
            assert_eq!(other.header("idempotency-replayed"), Some("true"));
        }
    }
    // An edit costs too much, what is free is not refused.
    let all = check::walk(&mut tenant.client, &tenant.scene.messages(0));
    let message = format!("{}/{}", tenant.scene.messages(0), scene::id(&all[0]));
    let edit = json!({"body": "Dearer"});
    let answer = tenant.client.call("PATCH", &message, &[], Some(&edit));
    assert_eq!(answer.refused(402), "insufficient_tokens");
    let body = json!({"participant_id": tenant.scene.people[0], "name": "free"});
    tenant
        .client
        .post(&format!("{message}/reactions"), &body)
        .expect(201);
    tenant.top_up(&mut root, 3);
    tenant
        .client
        .call("PATCH", &message, &[], Some(&edit))
        .expect(200);
    let balance = tenant.client.get("/v1/balance").expect(200);
    assert_eq!(balance["tokens"], 0);
}

/// As many messages as tokens, and a ledger that adds up.
#[track_caller]
fn check_spent(tenant: &mut Tenant, answers: &[Answer], tokens: u64) {
    let paid = usize::try_from(tokens).expect("a count");
    let with = |status: u16| {
        answers
            .iter()
            .filter(|answer| answer.status == status)
            .count()
    };
    assert_eq!((with(201), with(402)), (paid, answers.len() - paid));
    let refused = answers.iter().filter(|answer| answer.status == 402);
    for answer in refused {
        assert_eq!(answer.code().as_deref(), Some("insufficient_tokens"));
    }
    let conversations = tenant.scene.conversations.clone();
    let stored: usize = conversations
        .iter()
        .map(|id| check::conversation(&mut tenant.client, id).len())
        .sum();
    assert_eq!(stored, paid + 1, "and the one that was free");
    let balance = tenant.client.get("/v1/balance").expect(200);
    assert_eq!(balance["tokens"], 0);
    let ledger = check::walk(&mut tenant.client, "/v1/balance/ledger");
    assert_eq!(ledger.len(), paid + 1, "a top-up and each message");
    let mut left = 0;
    for entry in ledger.iter().rev() {
        left += entry["delta"].as_i64().expect("a number");
        assert!(left >= 0, "never below zero: {entry}");
        assert_eq!(entry["tokens"].as_i64(), Some(left), "{entry}");
    }
    assert_eq!(left, 0);
}

fn a_retry_costs_nothing(database: &Database) {
    let server = Server::start(database);
    let mut root = server.client(database);
    let mut tenant = Tenant::new(database, &mut root);
    tenant.grant(&mut root, &json!({"metered": true, "prices": {"send": 2}}));
    tenant.top_up(&mut root, 3);
    let body = json!({"participant_id": tenant.scene.people[0], "body": "Once"});
    let key = Some("\"once\"".to_owned());
    // All at once, as a client does that lost its patience.
    let answers = at_once(
        &tenant,
        &[(body.clone(), key.clone()), (body.clone(), None)],
    );
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 402], "there is one to pay for");
    tenant.top_up(&mut root, 2);
    for _ in 0..5 {
        let path = tenant.scene.messages(0);
        let headers = [("idempotency-key", "\"once\"")];
        let answer = tenant.client.call("POST", &path, &headers, Some(&body));
        answer.expect(201);
    }
    let balance = tenant.client.get("/v1/balance").expect(200);
    let spent = if answers[0].status == 201 { 2 } else { 4 };
    assert_eq!(balance["tokens"], 5 - spent);
}

fn settings_count_at_once_on_the_node_that_changed_them(database: &Database) {
    let server = Server::start(database);
    let mut root = server.client(database);
    let mut tenant = Tenant::new(database, &mut root);
    let sent = tenant.send("Long enough").expect(201);
    let change = |tenant: &mut Tenant, body: &Value, status: u16| {
        tenant
            .client
            .call("PATCH", "/v1/settings", &[], Some(body))
            .expect(status)
    };
    change(
        &mut tenant,
        &json!({"text_chars_max": 5, "reactions": false}),
        200,
    );
    assert_eq!(tenant.send("Too long").refused(422), "validation_failed");
    tenant.send("Short").expect(201);
    let message = format!("{}/{}", tenant.scene.messages(0), scene::id(&sent));
    let body = json!({"participant_id": tenant.scene.people[0], "name": "no"});
    let answer = tenant.client.post(&format!("{message}/reactions"), &body);
    assert_eq!(answer.refused(403), "reactions_off");
    assert_eq!(
        tenant.client.get(&message).expect(200)["body"],
        "Long enough",
        "what is there stays"
    );

    change(
        &mut tenant,
        &json!({"conversation_number_prefix": "TICKET"}),
        200,
    );
    let shown = tenant.client.get(&format!(
        "/v1/conversations/{}",
        tenant.scene.conversations[0]
    ));
    assert_eq!(shown.expect(200)["number"], "TICKET-000001");

    for wrong in [
        json!({"text_chars_max": 0}),
        json!({"retention_days": -1}),
        json!({"edit_window_s": "soon"}),
        json!({"colour": "red"}),
    ] {
        let answer = tenant
            .client
            .call("PATCH", "/v1/settings", &[], Some(&wrong));
        assert!(
            [400, 422].contains(&answer.status),
            "{wrong}: {}",
            answer.text()
        );
    }
    let settings = tenant.client.get("/v1/settings");
    let tag = settings.header("etag").expect("a tag").to_owned();
    let headers = [("if-match", tag.as_str())];
    let body = json!({"text_chars_max": 100});
    let first = tenant
        .client
        .call("PATCH", "/v1/settings", &headers, Some(&body));
    first.expect(200);
    let second = tenant
        .client
        .call("PATCH", "/v1/settings", &headers, Some(&body));
    assert_eq!(second.refused(412), "precondition_failed");
    let other = root.get("/v1/settings").expect(200);
    assert_eq!(
        other["text_chars_max"], 10_000,
        "another workspace decides for itself"
    );
}

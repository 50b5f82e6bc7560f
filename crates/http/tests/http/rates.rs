//! Rates: what is let through, what a caller is told of it, and where it stands in the order of checks.

use std::time::Duration;

use crate::world::{Answer, Ask, World};

/// Limit, remaining and reset as the answer tells them.
fn told(answer: &Answer) -> Option<[u64; 3]> {
    let number = |name| answer.header(name)?.parse().ok();
    Some([
        number("ratelimit-limit")?,
        number("ratelimit-remaining")?,
        number("ratelimit-reset")?,
    ])
}

/// Grants the root workspace these rates and prices.
async fn grant(world: &World, plan: &str) {
    let target = format!("/v1/workspaces/{}/plan", world.root.workspace.id);
    world.tell("PUT", target, plan).await.expect(200);
}

#[actix_web::test]
async fn every_answer_tells_what_is_left_where_there_is_a_rate() {
    let world = World::new().await;
    assert_eq!(told(&world.ask("GET", "/v1/me").await), None);
    grant(&world, r#"{"read":{"per_second":1,"burst":3}}"#).await;
    let mut answers = Vec::new();
    for target in ["/v1/me", "/v1/nothing", "/v1/participants?x=1", "/v1/me"] {
        let answer = world.ask("GET", target).await;
        answers.push((answer.status.as_u16(), told(&answer)));
    }
    assert_eq!(
        answers,
        [
            (200, Some([3, 2, 1])),
            (404, Some([3, 1, 2])),
            (422, Some([3, 0, 3])),
            (429, Some([3, 0, 3]))
        ]
    );
    let refused = world.ask("HEAD", "/v1/me").await;
    assert_eq!(refused.header("retry-after"), Some("1"));
    world.clock.advance(Duration::from_secs(1));
    world.ask("GET", "/v1/me").await.expect(200);
    // Writes have a bucket of their own, and none here.
    let write = world.tell("POST", "/v1/conversations", "{}").await;
    assert_eq!(told(&write.expect(201)), None);
}

#[actix_web::test]
async fn a_rate_counts_at_once_here_and_soon_elsewhere() {
    let trust = Duration::from_hours(1);
    let trusting = causerie_http::AppConfig {
        key_trust: trust,
        ..Default::default()
    };
    let world = World::with(causerie_core::memory::Memory::store(), trusting).await;
    let elsewhere = world.beside(causerie_http::AppConfig {
        key_trust: Duration::ZERO,
        ..Default::default()
    });
    let elsewhere = elsewhere.await;
    for place in [&world, &elsewhere] {
        place.ask("GET", "/v1/me").await.expect(200);
    }
    grant(&world, r#"{"read":{"per_second":1}}"#).await;
    // Each node counts by itself.
    for place in [&world, &elsewhere] {
        let first = place.ask("GET", "/v1/me").await.expect(200);
        assert_eq!(told(&first), Some([1, 0, 1]));
        let second = place.ask("GET", "/v1/me").await;
        second.expect_problem("rate_limited").expect(429);
    }
    grant(&world, "{}").await;
    world.ask("GET", "/v1/me").await.expect(200);
}

/// 401, 403, 429, 402, 404, then the body.
#[actix_web::test]
async fn limits_stand_between_what_is_forbidden_and_what_is_missing() {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    let group = world.group(&[&ada]).await;
    let message = world.message(&group, &ada, "Hello").await.id();
    let messages = format!("/v1/conversations/{group}/messages");
    let nowhere = "/v1/conversations/conv_00000000000000000000000000/messages";
    let reader = world.key("messaging:read");
    grant(
        &world,
        r#"{"write":{"per_second":1,"burst":2},"metered":true,"prices":{"send":1,"edit":1,"react":1}}"#,
    )
    .await;
    let steps = [
        ("key_missing", Ask::new("POST", nowhere).bytes("{")),
        (
            "scope_missing",
            Ask::new("POST", nowhere).key(&reader).bytes("{"),
        ),
        (
            "insufficient_tokens",
            Ask::new("POST", &messages)
                .key(&world.root.key)
                .json(format!(r#"{{"participant_id":"{ada}","body":"Hello"}}"#)),
        ),
        (
            "rate_limited",
            Ask::new("POST", nowhere).key(&world.root.key).bytes("{"),
        ),
        (
            "scope_missing",
            Ask::new("POST", nowhere).key(&reader).bytes("{"),
        ),
    ];
    for (code, ask) in &steps {
        world.send(ask).await.expect_problem(code);
    }
    world.clock.advance(Duration::from_secs(2));
    let edit = world.tell(
        "PATCH",
        format!("{messages}/{message}"),
        r#"{"body":"Hullo"}"#,
    );
    edit.await.expect_problem("insufficient_tokens").expect(402);
    let body = format!(r#"{{"participant_id":"{ada}","name":"👍"}}"#);
    let react = world.tell("POST", format!("{messages}/{message}/reactions"), body);
    react
        .await
        .expect_problem("insufficient_tokens")
        .expect(402);
    let shown = world.ask("GET", format!("{messages}/{message}")).await;
    let shown = shown.expect(200).json();
    assert_eq!(shown["body"], "Hello");
    assert_eq!(shown["reactions"], serde_json::json!([]));
}

#[actix_web::test]
async fn a_batch_counts_as_many_writes_as_it_has_messages() {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    let group = world.group(&[&ada]).await;
    grant(&world, r#"{"write":{"per_second":1,"burst":10}}"#).await;
    let one = format!(r#"{{"conversation_id":"{group}","participant_id":"{ada}","body":"Hi"}}"#);
    let batch =
        |count: usize| format!(r#"{{"messages":[{}]}}"#, vec![one.clone(); count].join(","));
    let tell = |count| world.tell("POST", "/v1/messages/batch", batch(count));
    // More than the rate ever lets through at once would have to wait for ever.
    let answer = tell(11).await.expect_problem("validation_failed");
    assert_eq!(crate::bodies::places(&answer, "pointer"), ["/messages"]);
    let answer = tell(4).await.expect(200);
    assert_eq!(told(&answer), Some([10, 5, 5]));
    let answer = tell(8).await.expect_problem("rate_limited");
    assert_eq!(told(&answer).map(|[_, remaining, _]| remaining), Some(4));
    assert_eq!(answer.header("retry-after"), Some("3"));
    let list = world.ask("GET", format!("/v1/conversations/{group}/messages"));
    let list = list.await.expect(200).json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(4));
}

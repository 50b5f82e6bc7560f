//! I5: tenants do not see each other. Every operation with ids of another workspace is not found.

use std::collections::BTreeSet;

use causerie_core::Settings;
use serde_json::Value;

use crate::world::{Ask, World};

/// Operations without an id of another workspace in their path or body that could be refused.
const WITHOUT_IDS: [&str; 11] = [
    "post /v1/conversations",
    "get /v1/conversations",
    "post /v1/participants",
    "get /v1/participants",
    "put /v1/participants/by-external-id/{external_id}",
    "post /v1/keys",
    "get /v1/keys",
    "post /v1/workspaces",
    "get /v1/workspaces",
    "get /v1/me",
    "get /v1/events",
];

#[actix_web::test]
async fn i5_every_operation_on_another_workspaces_things_is_not_found() {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    let group = world.group(&[&ada]).await;
    let message = world.message(&group, &ada, "Hello").await.id();
    let key = format!("key_{}", &world.key("*")[3..29]);
    let stranger = world.tenant(Settings::default());
    let mut untried: BTreeSet<_> = WITHOUT_IDS.into();
    let document: Value = serde_json::from_str(&causerie_http::openapi_json()).expect("JSON");
    for (pattern, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("operations").keys() {
            if untried.remove(format!("{method} {pattern}").as_str()) {
                continue;
            }
            let target = pattern
                .replace("{conversation_id}", &group)
                .replace("{participant_id}", &ada)
                .replace("{message_id}", &message)
                .replace("{key_id}", &key)
                .replace("{workspace_id}", &world.root.workspace.id.to_string());
            let body = body_for(pattern, method, &ada);
            let ask = Ask::new(&method.to_uppercase(), &target).key(&stranger.key);
            let ask = if body.is_empty() { ask } else { ask.json(body) };
            let answer = world.send(&ask).await;
            let code = answer.code();
            assert!(code.ends_with("_not_found"), "{method} {target}: {code}");
            answer.expect_well_formed().expect(404);
        }
    }
    assert!(untried.is_empty(), "no such operations: {untried:?}");
    // Nothing of it happened.
    let shown = world.ask(
        "GET",
        format!("/v1/conversations/{group}/messages/{message}"),
    );
    assert_eq!(shown.await.expect(200).member("body"), "Hello");
}

fn body_for(pattern: &str, method: &str, participant: &str) -> String {
    match (method, pattern.rsplit('/').next().unwrap_or_default()) {
        ("post", "messages") => format!(r#"{{"participant_id":"{participant}","body":"Hi"}}"#),
        ("post", "members") => format!(r#"{{"participant_id":"{participant}"}}"#),
        ("put", "read") => r#"{"seq":1}"#.to_owned(),
        ("patch", "{message_id}") => r#"{"body":"Hi"}"#.to_owned(),
        ("patch", _) => "{}".to_owned(),
        _ => String::new(),
    }
}

#[actix_web::test]
async fn i5_lists_and_bodies_know_nothing_of_another_workspace() {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    let group = world.group(&[&ada]).await;
    let message = world.message(&group, &ada, "Hello").await.id();
    let stranger = world.tenant(Settings::default());
    let ask = |method: &str, target: &str| Ask::new(method, target).key(&stranger.key);
    for target in [
        "/v1/participants".to_owned(),
        "/v1/conversations".to_owned(),
        format!("/v1/conversations?participant_id={ada}"),
    ] {
        let list = world.send(&ask("GET", &target)).await.expect(200).json();
        assert_eq!(list["items"].as_array().map(Vec::len), Some(0), "{target}");
    }
    let keys = world.send(&ask("GET", "/v1/keys")).await.expect(200).json();
    assert_eq!(
        keys["items"].as_array().map(Vec::len),
        Some(1),
        "its own key"
    );
    let events = world
        .send(&ask("GET", "/v1/events"))
        .await
        .expect(200)
        .text();
    assert!(
        !events.contains(&ada) && !events.contains(&group),
        "{events}"
    );
    let answer = world.send(&ask("GET", "/v1/workspaces")).await;
    answer.expect_problem("not_allowed");
    let members = format!(r#"{{"members":[{{"participant_id":"{ada}"}}]}}"#);
    let answer = world
        .send(&ask("POST", "/v1/conversations").json(members))
        .await;
    answer.expect_problem("validation_failed");
    let bound = format!(r#"{{"name":"k","scopes":["*"],"participant_id":"{ada}"}}"#);
    let answer = world.send(&ask("POST", "/v1/keys").json(bound)).await;
    answer.expect_problem("validation_failed");
    let eve = ask("POST", "/v1/participants").json(r#"{"display_name":"Eve"}"#);
    let eve = world.send(&eve).await.expect(201).id();
    let own = format!(r#"{{"members":[{{"participant_id":"{eve}"}}]}}"#);
    let own = world
        .send(&ask("POST", "/v1/conversations").json(own))
        .await
        .expect(201)
        .id();
    let reply = format!(r#"{{"participant_id":"{eve}","body":"Hi","reply_to":"{message}"}}"#);
    let target = format!("/v1/conversations/{own}/messages");
    let answer = world.send(&ask("POST", &target).json(reply)).await;
    answer.expect_problem("validation_failed");
}

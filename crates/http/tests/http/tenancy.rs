//! I5: tenants do not see each other. Every operation with ids of another workspace is not found.

use std::collections::BTreeSet;

use causerie_core::Settings;
use serde_json::Value;

use crate::forms::PNG;
use crate::world::{Ask, World};

/// Operations without an id of another workspace in their path or body that could be refused.
const WITHOUT_IDS: [&str; 30] = [
    "post /v1/channels",
    "get /v1/channels",
    "put /v1/participants/by-identifier/{key}/{value}",
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
    "get /v1/messages",
    "post /v1/messages/batch",
    "get /v1/search",
    "get /v1/scheduled-messages",
    "get /v1/tags",
    "get /v1/templates",
    "post /v1/templates",
    "post /v1/templates/preview",
    "get /v1/settings",
    "patch /v1/settings",
    "get /v1/balance",
    "get /v1/balance/ledger",
    "post /v1/media",
    "get /v1/media",
    "get /v1/media/usage",
    "post /v1/media/uploads",
];

/// Only the operator has these, and may name any workspace: to others they do not exist or are forbidden.
const OF_THE_OPERATOR: [&str; 3] = [
    "get /v1/workspaces/{workspace_id}/plan",
    "put /v1/workspaces/{workspace_id}/plan",
    "post /v1/workspaces/{workspace_id}/balance/top-ups",
];

#[actix_web::test]
async fn i5_every_operation_on_another_workspaces_things_is_not_found() {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    let group = world.group(&[&ada]).await;
    let message = world.message(&group, &ada, "Hello").await.id();
    let key = format!("key_{}", &world.key("*")[3..29]);
    let file = world.file("receipt.png", PNG).await;
    let (reaction, template, waiting) = things(&world, &ada, &group, &message).await;
    let (channel, _) = crate::channels::texts(&world).await;
    let stranger = world.tenant(Settings::default());
    let mut untried: BTreeSet<_> = WITHOUT_IDS.into();
    let document: Value = serde_json::from_str(&causerie_http::openapi_json()).expect("JSON");
    for (pattern, item) in document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("operations").keys() {
            if untried.remove(format!("{method} {pattern}").as_str()) {
                continue;
            }
            // These know no caller: what an address permits is for whoever has it.
            if item[method]["security"] == serde_json::json!([]) {
                continue;
            }
            let target = pattern
                .replace("{conversation_id}", &group)
                .replace("{participant_id}", &ada)
                .replace("/scheduled-messages/{message_id}", &waiting)
                .replace("{message_id}", &message)
                .replace("{reaction_id}", &reaction)
                .replace("{template_id}", &template)
                .replace("{media_id}", &file)
                .replace("{version}", "chat")
                .replace("{key_id}", &key)
                .replace("{channel_id}", &channel)
                .replace("{workspace_id}", &world.root.workspace.id.to_string());
            let body = body_for(pattern, method, &ada);
            let ask = Ask::new(&method.to_uppercase(), &target).key(&stranger.key);
            let ask = if body.is_empty() { ask } else { ask.json(body) };
            let answer = world.send(&ask).await;
            let code = answer.code();
            if OF_THE_OPERATOR.contains(&format!("{method} {pattern}").as_str()) {
                assert_eq!(code, "not_allowed", "{method} {target}");
                continue;
            }
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

/// A reaction, a template, and the path of a scheduled message.
async fn things(world: &World, ada: &str, group: &str, message: &str) -> (String, String, String) {
    let messages = format!("/v1/conversations/{group}/messages");
    let body = format!(r#"{{"participant_id":"{ada}","name":"👍"}}"#);
    let reactions = format!("{messages}/{message}/reactions");
    let reaction = world.tell("POST", reactions, body).await.expect(201).id();
    let body = r#"{"project":"welcome","version":"1","locale":"en","body":"Secret"}"#;
    let template = world.tell("POST", "/v1/templates", body).await;
    let time = world.later(3_600);
    let body = format!(
        r#"{{"participant_id":"{ada}","body":"Secret","scheduled_for":"{time}","tags":["secret"]}}"#
    );
    let waiting = world.tell("POST", &messages, body).await.expect(202).id();
    let body = format!(r#"{{"participant_id":"{ada}","body":"Secret","tags":["secret"]}}"#);
    world.tell("POST", &messages, body).await.expect(201);
    let waiting = format!("/scheduled-messages/{waiting}");
    (reaction, template.expect(201).id(), waiting)
}

fn body_for(pattern: &str, method: &str, participant: &str) -> String {
    match (method, pattern.rsplit('/').next().unwrap_or_default()) {
        ("post", "messages") => format!(r#"{{"participant_id":"{participant}","body":"Hi"}}"#),
        ("post", "members") => format!(r#"{{"participant_id":"{participant}"}}"#),
        ("post", "reactions") => {
            format!(r#"{{"participant_id":"{participant}","name":"👍"}}"#)
        }
        ("put", "delivery") => r#"{"status":"delivered"}"#.to_owned(),
        ("post", "merge") => r#"{"into":"part_00000000000000000000000000"}"#.to_owned(),
        ("post", "top-ups") => r#"{"tokens":1}"#.to_owned(),
        ("put", "read" | "delivered") => r#"{"seq":1}"#.to_owned(),
        ("patch", "{media_id}") => r#"{"name":"mine"}"#.to_owned(),
        ("patch", "{message_id}") => r#"{"body":"Hi"}"#.to_owned(),
        ("patch", _) | ("put", "plan") => "{}".to_owned(),
        _ => String::new(),
    }
}

#[actix_web::test]
async fn i5_lists_and_bodies_know_nothing_of_another_workspace() {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    let group = world.group(&[&ada]).await;
    let message = world.message(&group, &ada, "Hello").await.id();
    things(&world, &ada, &group, &message).await;
    let (channel, _) = crate::channels::texts(&world).await;
    crate::channels::text_to(&world, &channel, "+31622222222").await;
    let stranger = world.tenant(Settings::default());
    let ask = |method: &str, target: &str| Ask::new(method, target).key(&stranger.key);
    for target in [
        "/v1/participants".to_owned(),
        "/v1/conversations".to_owned(),
        format!("/v1/conversations?participant_id={ada}"),
        "/v1/messages".to_owned(),
        "/v1/messages?tag=secret".to_owned(),
        "/v1/search?q=secret".to_owned(),
        "/v1/scheduled-messages".to_owned(),
        "/v1/tags".to_owned(),
        "/v1/templates".to_owned(),
        "/v1/channels".to_owned(),
        "/v1/participants?identifier_key=phonenumber&identifier_value=%2B31622222222".to_owned(),
        "/v1/balance/ledger".to_owned(),
        "/v1/media".to_owned(),
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
    let body =
        format!(r#"{{"participant_id":"{eve}","template":{{"project":"welcome","locale":"en"}}}}"#);
    let target = format!("/v1/conversations/{own}/messages");
    let answer = world.send(&ask("POST", &target).json(body)).await;
    answer.expect_problem("template_not_found");
    let body = format!(
        r#"{{"messages":[{{"conversation_id":"{group}","participant_id":"{ada}","body":"Hi"}}]}}"#
    );
    let answer = world
        .send(&ask("POST", "/v1/messages/batch").json(body))
        .await;
    let answer = answer.expect(200).json();
    assert_eq!(
        answer["results"][0]["problem"]["code"],
        "conversation_not_found"
    );
    let reply = format!(r#"{{"participant_id":"{eve}","body":"Hi","reply_to":"{message}"}}"#);
    let answer = world.send(&ask("POST", &target).json(reply)).await;
    answer.expect_problem("validation_failed");
}

//! Every operation once, as it goes over the wire.

use std::collections::BTreeSet;

use causerie_core::Settings;
use serde_json::Value;

use crate::goldens::Goldens;
use crate::world::{Ask, World};

mod channels;
mod media;
mod messages;
mod workspace;

/// A scenario that walks through every operation; each exchange is a golden file.
struct Walk {
    world: World,
    goldens: Goldens,
    walked: BTreeSet<(String, String)>,
}

impl Walk {
    async fn step(
        &mut self,
        file: &str,
        method: &str,
        pattern: &str,
        ids: &[&str],
        body: &str,
    ) -> Value {
        let ask = self.ask(method, pattern, ids);
        let ask = if body.is_empty() { ask } else { ask.json(body) };
        self.take(file, ask).await
    }

    /// The request for an operation, which counts as walked.
    fn ask(&mut self, method: &str, pattern: &str, ids: &[&str]) -> Ask {
        self.walked
            .insert((method.to_lowercase(), pattern.to_owned()));
        let (mut target, mut ids) = (String::new(), ids.iter());
        for part in pattern.split('/').skip(1) {
            target.push('/');
            target.push_str(if part.starts_with('{') {
                ids.next().expect("an id for each part")
            } else {
                part
            });
        }
        if let Some(query) = ids.next() {
            target.push_str(query);
        }
        Ask::new(method, target).key(&self.world.root.key)
    }

    /// The exchange for a request, as JSON if it is any.
    async fn take(&mut self, file: &str, ask: Ask) -> Value {
        let answer = self.goldens.check(&self.world, file, ask).await;
        assert!(answer.status.is_success(), "{file}: {}", answer.text());
        self.world.clock.advance(std::time::Duration::from_secs(1));
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }
}

fn id(of: &Value) -> String {
    of["id"].as_str().expect("an id").to_owned()
}

#[actix_web::test]
async fn every_operation_has_a_golden_exchange() {
    let mut walk = Walk {
        world: World::new().await,
        goldens: Goldens::new("operations"),
        walked: BTreeSet::new(),
    };
    walk.world.tenant(Settings::default());
    let (ada, bob) = walk_participants(&mut walk).await;
    let group = walk_conversations(&mut walk, &ada, &bob).await;
    walk_members(&mut walk, &group, &bob).await;
    messages::walk_all(&mut walk, &group, &ada, &bob).await;
    media::walk_all(&mut walk, &group, &ada).await;
    workspace::walk_all(&mut walk, &group, &ada).await;
    walk_ends(&mut walk, &group, &ada).await;
    walk_administration(&mut walk).await;
    channels::walk_all(&mut walk).await;
    let documented: Value =
        serde_json::from_str(&causerie_http::openapi_json()).expect("the document is JSON");
    for (path, item) in documented["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("operations").keys() {
            assert!(
                walk.walked.contains(&(method.clone(), path.clone())),
                "{method} {path} has no golden"
            );
        }
    }
    walk.goldens.finish();
}

async fn walk_participants(walk: &mut Walk) -> (String, String) {
    let all = "/v1/participants";
    let one = "/v1/participants/{participant_id}";
    let body = r#"{"display_name":"Ada Lovelace","kind":"agent","external_id":"ada","metadata":{"desk": 7}}"#;
    let ada = id(&walk
        .step("participants-create", "POST", all, &[], body)
        .await);
    let by = "/v1/participants/by-external-id/{external_id}";
    let body = r#"{"display_name":"Bob"}"#;
    let bob = walk
        .step("participants-upsert-new", "PUT", by, &["crm%2F42"], body)
        .await;
    let bob = id(&bob);
    let body = r#"{"kind":"bot"}"#;
    walk.step(
        "participants-upsert-existing",
        "PUT",
        by,
        &["crm%2F42"],
        body,
    )
    .await;
    walk.step("participants-list", "GET", all, &["?limit=1"], "")
        .await;
    walk.step("participants-show", "GET", one, &[&ada], "")
        .await;
    let body = r#"{"display_name":"Ada King","external_id":null,"metadata":null}"#;
    walk.step("participants-change", "PATCH", one, &[&ada], body)
        .await;
    (ada, bob)
}

async fn walk_conversations(walk: &mut Walk, ada: &str, bob: &str) -> String {
    let all = "/v1/conversations";
    let one = "/v1/conversations/{conversation_id}";
    let pair = format!(
        r#"{{"kind":"direct","members":[{{"participant_id":"{ada}"}},{{"participant_id":"{bob}"}}]}}"#
    );
    walk.step("conversations-create-direct", "POST", all, &[], &pair)
        .await;
    walk.step("conversations-create-existing", "POST", all, &[], &pair)
        .await;
    let group = format!(
        r#"{{"title":"Order 1234","description":"Late","metadata":{{"order":1234}},"members":[{{"participant_id":"{ada}","role":"owner","display_name":"A."}}]}}"#
    );
    let group = walk
        .step("conversations-create", "POST", all, &[], &group)
        .await;
    let group = id(&group);
    walk.step("conversations-show", "GET", one, &[&group], "")
        .await;
    let body = r#"{"title":"Order 1234, delivered","description":null}"#;
    walk.step("conversations-change", "PATCH", one, &[&group], body)
        .await;
    group
}

async fn walk_members(walk: &mut Walk, group: &str, bob: &str) {
    let all = "/v1/conversations/{conversation_id}/members";
    let one = "/v1/conversations/{conversation_id}/members/{participant_id}";
    let body = format!(r#"{{"participant_id":"{bob}","role":"readonly"}}"#);
    walk.step("members-add", "POST", all, &[group], &body).await;
    walk.step("members-list", "GET", all, &[group], "").await;
    walk.step("members-show", "GET", one, &[group, bob], "")
        .await;
    let body = r#"{"role":"member","display_name":"B.","muted":true}"#;
    walk.step("members-change", "PATCH", one, &[group, bob], body)
        .await;
}

async fn walk_ends(walk: &mut Walk, group: &str, ada: &str) {
    let member = "/v1/conversations/{conversation_id}/members/{participant_id}";
    let read = "/v1/conversations/{conversation_id}/members/{participant_id}/read";
    let all = "/v1/conversations";
    let one = "/v1/conversations/{conversation_id}";
    let members = walk
        .world
        .ask("GET", format!("/v1/conversations/{group}/members"));
    let members = members.await.json();
    let bob = members["items"][1]["participant_id"].as_str();
    let bob = bob.expect("two members").to_owned();
    let delivered = "/v1/conversations/{conversation_id}/members/{participant_id}/delivered";
    let body = r#"{"seq":2}"#;
    walk.step("members-delivered", "PUT", delivered, &[group, &bob], body)
        .await;
    walk.step("members-read", "PUT", read, &[group, &bob], r#"{"seq":1}"#)
        .await;
    walk.step("members-remove", "DELETE", member, &[group, &bob], "")
        .await;
    for (verb, file) in [
        ("close", "conversations-close"),
        ("reopen", "conversations-reopen"),
        ("archive", "conversations-archive"),
    ] {
        let pattern = format!("/v1/conversations/{{conversation_id}}/{verb}");
        walk.step(file, "POST", &pattern, &[group], "").await;
    }
    walk.step("conversations-list", "GET", all, &["?kind=group"], "")
        .await;
    walk.step("conversations-delete", "DELETE", one, &[group], "")
        .await;
    let archive = "/v1/participants/{participant_id}/archive";
    walk.step("participants-archive", "POST", archive, &[ada], "")
        .await;
}

async fn walk_administration(walk: &mut Walk) {
    let keys = "/v1/keys";
    let body =
        r#"{"name":"web shop","scopes":["messaging:*"],"expires_at":"2027-01-01T00:00:00Z"}"#;
    let key = id(&walk.step("keys-create", "POST", keys, &[], body).await);
    walk.step("keys-list", "GET", keys, &["?limit=1"], "").await;
    walk.step("keys-show", "GET", "/v1/keys/{key_id}", &[&key], "")
        .await;
    let rotate = "/v1/keys/{key_id}/rotate";
    walk.step("keys-rotate", "POST", rotate, &[&key], "").await;
    let revoke = "/v1/keys/{key_id}/revoke";
    walk.step("keys-revoke", "POST", revoke, &[&key], "").await;
    let workspaces = "/v1/workspaces";
    let body = r#"{"name":"Acme"}"#;
    let acme = walk
        .step("workspaces-create", "POST", workspaces, &[], body)
        .await;
    walk.step("workspaces-list", "GET", workspaces, &[], "")
        .await;
    let one = "/v1/workspaces/{workspace_id}";
    walk.step("workspaces-show", "GET", one, &[&id(&acme)], "")
        .await;
    walk.step("me-show", "GET", "/v1/me", &[], "").await;
    walk.step(
        "events-list",
        "GET",
        "/v1/events",
        &["?after=1&limit=100"],
        "",
    )
    .await;
}

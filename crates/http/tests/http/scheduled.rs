//! Messages that wait: what changes of them, and to which state; and the states of settings and plans.

use serde_json::{Value, json};

use crate::bodies::places;
use crate::world::{Ask, World};

struct Scene {
    world: World,
    messages: String,
    ada: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let ada = r#"{"display_name":"Ada","kind":"agent"}"#;
        let ada = world.tell("POST", "/v1/participants", ada).await.id();
        let group = world.group(&[&ada]).await;
        let messages = format!("/v1/conversations/{group}/messages");
        Self {
            world,
            messages,
            ada,
        }
    }

    /// Schedules a message with these members; the path of it.
    async fn wait(&self, mut members: Value) -> String {
        members["participant_id"] = self.ada.clone().into();
        members["scheduled_for"] = self.world.later(60).into();
        let body = members.to_string();
        let waiting = self.world.tell("POST", &self.messages, body).await;
        format!("/v1/scheduled-messages/{}", waiting.expect(202).id())
    }

    async fn change(&self, waiting: &str, members: Value) -> Value {
        let body = members.to_string();
        let changed = self.world.tell("PATCH", waiting, body).await;
        changed.expect(200).json()
    }
}

#[actix_web::test]
async fn given_members_replace_and_others_stay() {
    let scene = Scene::new().await;
    let all = json!({
        "body": "Hello", "content": {"a": 1}, "tags": ["one"], "metadata": {"k": 1}, "reference": "r",
        "source_id": "s", "echo_id": "e", "direction": "internal", "private": true
    });
    let waiting = scene.wait(all.clone()).await;
    let changed = scene.change(&waiting, json!({"body": "Hullo"})).await;
    for (name, value) in all.as_object().expect("members") {
        if name != "body" {
            assert_eq!(changed[name], *value, "{name}");
        }
    }
    assert_eq!(changed["body"], "Hullo");
    let nothing = json!({
        "content": null, "tags": [], "metadata": null, "reference": null, "source_id": null,
        "echo_id": null, "direction": null, "private": false
    });
    let changed = scene.change(&waiting, nothing.clone()).await;
    for (name, value) in nothing.as_object().expect("members") {
        let value = if name == "metadata" {
            &json!({})
        } else {
            value
        };
        assert_eq!(changed[name], *value, "{name}");
    }
    let tomorrow = scene.world.later(86_400);
    let changed = scene
        .change(&waiting, json!({"scheduled_for": tomorrow}))
        .await;
    assert_eq!(changed["scheduled_for"], tomorrow);
    assert_eq!(changed["body"], "Hullo");
}

#[actix_web::test]
async fn a_template_takes_the_place_of_words_and_words_that_of_a_template() {
    let scene = Scene::new().await;
    let template = r#"{"project":"welcome","version":"1","locale":"en","body":"Hello {{name}}"}"#;
    let created = scene.world.tell("POST", "/v1/templates", template).await;
    created.expect(201);
    let waiting = scene.wait(json!({"body": "Hi", "content": {"a": 1}})).await;
    let wish = json!({"template": {"project": "welcome", "parameters": {"name": "Ada"}}});
    let changed = scene.change(&waiting, wish.clone()).await;
    assert_eq!(changed["body"], "Hello Ada");
    assert_eq!(changed["content"], Value::Null);
    assert_eq!(changed["template"]["version"], "1");
    let both = json!({"body": "Hi", "template": wish["template"]});
    let answer = scene.world.tell("PATCH", &waiting, both.to_string()).await;
    let answer = answer.expect_problem("validation_failed");
    assert_eq!(places(&answer, "pointer"), ["/template"]);
    let changed = scene.change(&waiting, json!({"body": "Hi"})).await;
    assert_eq!(changed["template"], Value::Null);
    assert_eq!(changed["body"], "Hi");
    let answer = scene
        .world
        .tell("PATCH", &waiting, r#"{"body":null}"#)
        .await;
    let answer = answer.expect_problem("validation_failed");
    assert_eq!(places(&answer, "pointer"), ["/body"]);
}

#[actix_web::test]
async fn times_are_at_once_later_or_refused() {
    let scene = Scene::new().await;
    let send = |time: &str| {
        let ada = &scene.ada;
        let body = format!(r#"{{"participant_id":"{ada}","body":"Hi","scheduled_for":"{time}"}}"#);
        scene.world.tell("POST", &scene.messages, body)
    };
    send("2020-01-01T00:00:00Z").await.expect(201);
    send(&scene.world.later(1)).await.expect(201);
    send(&scene.world.later(2)).await.expect(202);
    send(&scene.world.later(35 * 86_400)).await.expect(202);
    for time in [scene.world.later(35 * 86_400 + 1), "tomorrow".to_owned()] {
        let answer = send(&time).await.expect_problem("validation_failed");
        assert_eq!(places(&answer, "pointer"), ["/scheduled_for"], "{time}");
    }
}

#[actix_web::test]
async fn nothing_is_changed_in_another_state_than_the_caller_has_seen() {
    let scene = Scene::new().await;
    let waiting = scene.wait(json!({"body": "Hello"})).await;
    let plan = format!("/v1/workspaces/{}/plan", scene.world.root.workspace.id);
    let things = [
        (
            waiting.as_str(),
            "PATCH",
            r#"{"body":"one"}"#,
            r#"{"body":"two"}"#,
        ),
        (
            "/v1/settings",
            "PATCH",
            r#"{"members_max":7}"#,
            r#"{"members_max":8}"#,
        ),
        (
            &plan,
            "PUT",
            r#"{"prices":{"send":1}}"#,
            r#"{"prices":{"send":2}}"#,
        ),
    ];
    for (target, method, one, two) in things {
        let seen = scene.world.ask("GET", target).await.expect(200);
        let tag = seen.header("etag").expect("a tag").to_owned();
        scene.world.clock.advance(std::time::Duration::from_secs(1));
        let ask = |body: &str, tag: &str| {
            let ask = Ask::new(method, target).key(&scene.world.root.key);
            ask.json(body).header("If-Match", tag)
        };
        let changed = scene.world.send(&ask(one, &tag)).await.expect(200);
        let answer = scene.world.send(&ask(two, &tag)).await;
        answer.expect_problem("precondition_failed").expect(412);
        let now = scene.world.ask("GET", target).await.expect(200);
        assert_eq!(now.body, changed.body, "{target}");
        assert_eq!(now.header("etag"), changed.header("etag"), "{target}");
        scene.world.send(&ask(two, "*")).await.expect(200);
    }
    let ask = Ask::new("DELETE", &waiting).key(&scene.world.root.key);
    let answer = scene.world.send(&ask.header("If-Match", "\"0\"")).await;
    answer.expect_problem("precondition_failed");
    scene.world.ask("DELETE", &waiting).await.expect(204);
    let gone = scene.world.ask("GET", &waiting).await;
    gone.expect_problem("scheduled_message_not_found");
}

#[actix_web::test]
async fn messages_are_redacted_and_purged_in_the_state_that_was_seen_only() {
    let scene = Scene::new().await;
    let body = format!(r#"{{"participant_id":"{}","body":"Hello"}}"#, scene.ada);
    let sent = scene.world.tell("POST", &scene.messages, body).await;
    let target = format!("{}/{}", scene.messages, sent.expect(201).id());
    let delete = |mode: &str, tag: &str| {
        let ask = Ask::new("DELETE", format!("{target}?mode={mode}"));
        ask.key(&scene.world.root.key).header("If-Match", tag)
    };
    for mode in ["soft", "redact", "purge"] {
        let answer = scene.world.send(&delete(mode, "\"7\"")).await;
        answer.expect_problem("precondition_failed");
    }
    scene
        .world
        .send(&delete("redact", "\"0\""))
        .await
        .expect(204);
    let shown = scene.world.ask("GET", &target).await.expect(200);
    assert_eq!(shown.json()["delete_mode"], "redact");
    let tag = shown.header("etag").expect("a tag");
    let answer = scene.world.send(&delete("purge", "\"0\"")).await;
    answer.expect_problem("precondition_failed");
    scene.world.send(&delete("purge", tag)).await.expect(204);
    let gone = scene.world.ask("GET", &target).await;
    gone.expect_problem("message_not_found");
}

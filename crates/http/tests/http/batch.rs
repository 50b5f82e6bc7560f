//! Batches: each send by itself, each retried by itself.

use serde_json::{Value, json};

use crate::bodies::places;
use crate::world::{Answer, Ask, World};

const BATCH: &str = "/v1/messages/batch";

struct Scene {
    world: World,
    ada: String,
    group: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let ada = world.participant("Ada").await;
        let group = world.group(&[&ada]).await;
        Self { world, ada, group }
    }

    fn item(&self, text: &str) -> Value {
        json!({"conversation_id": self.group, "participant_id": self.ada, "body": text})
    }

    fn ask(&self, messages: &[Value]) -> Ask {
        let body = json!({ "messages": messages }).to_string();
        Ask::new("POST", BATCH).key(&self.world.root.key).json(body)
    }

    async fn send(&self, messages: &[Value]) -> Value {
        self.world
            .send(&self.ask(messages))
            .await
            .expect(200)
            .json()
    }

    async fn bodies(&self) -> Vec<String> {
        let target = format!("/v1/conversations/{}/messages?order=asc", self.group);
        let list = self.world.ask("GET", target).await.expect(200).json();
        let items = list["items"].as_array().expect("items").clone();
        let bodies = items.iter().filter_map(|item| item["body"].as_str());
        bodies.map(str::to_owned).collect()
    }
}

fn statuses(results: &Value) -> Vec<u64> {
    let results = results["results"].as_array().expect("results");
    let statuses = results.iter().filter_map(|one| one["status"].as_u64());
    statuses.collect()
}

#[actix_web::test]
async fn each_send_is_answered_in_its_place() {
    let scene = Scene::new().await;
    let mut later = scene.item("later");
    later["scheduled_for"] = scene.world.later(60).into();
    let mut elsewhere = scene.item("nowhere");
    elsewhere["conversation_id"] = "conv_00000000000000000000000000".into();
    let mut wrong = scene.item("");
    wrong["tags"] = json!(["fine", "no!"]);
    let sent = scene
        .send(&[
            scene.item("one"),
            elsewhere,
            later,
            wrong,
            json!([]),
            json!({"body": "x"}),
            scene.item("two"),
        ])
        .await;
    assert_eq!(statuses(&sent), [201, 404, 202, 422, 422, 422, 201]);
    let pointer = |place: usize, error: usize| {
        sent["results"][place]["problem"]["errors"][error]["pointer"].clone()
    };
    assert_eq!([pointer(3, 0), pointer(3, 1)], ["/body", "/tags/1"]);
    assert_eq!([pointer(4, 0), pointer(5, 0)], ["", "/conversation_id"]);
    assert_eq!(sent["results"][2]["scheduled_message"]["body"], "later");
    assert_eq!(scene.bodies().await, ["one", "two"]);
}

#[actix_web::test]
async fn a_malformed_batch_is_refused_whole() {
    let scene = Scene::new().await;
    let one = scene.item("one").to_string();
    let many = vec![one.as_str(); 101].join(",");
    for (body, code, pointer) in [
        ("{}".to_owned(), "validation_failed", "/messages"),
        (
            r#"{"messages":[]}"#.to_owned(),
            "validation_failed",
            "/messages",
        ),
        (
            r#"{"messages":{}}"#.to_owned(),
            "validation_failed",
            "/messages",
        ),
        (
            format!(r#"{{"messages":[{many}]}}"#),
            "validation_failed",
            "/messages",
        ),
        (
            format!(r#"{{"messages":[{one}],"more":1}}"#),
            "validation_failed",
            "/more",
        ),
        (
            format!(r#"{{"messages":[{one}],"messages":[{one}]}}"#),
            "validation_failed",
            "/messages",
        ),
    ] {
        let answer = scene.world.tell("POST", BATCH, body).await;
        let answer = answer.expect_problem(code);
        assert_eq!(places(&answer, "pointer"), [pointer]);
    }
    let cut = format!(r#"{{"messages":[{one},{{]}}"#);
    let answer = scene.world.tell("POST", BATCH, cut).await;
    answer.expect_problem("json_malformed");
    assert_eq!(scene.bodies().await, Vec::<String>::new());
}

#[actix_web::test]
async fn what_is_no_text_harms_its_own_send_only() {
    let scene = Scene::new().await;
    let (ada, group) = (&scene.ada, &scene.group);
    let surrogate =
        format!(r#"{{"conversation_id":"{group}","participant_id":"{ada}","body":"\ud800"}}"#);
    let body = format!(r#"{{"messages":[{surrogate},{}]}}"#, scene.item("fine"));
    let sent = scene.world.tell("POST", BATCH, body).await;
    let sent = sent.expect(200).json();
    assert_eq!(statuses(&sent), [400, 201]);
    assert_eq!(sent["results"][0]["problem"]["code"], "json_malformed");
}

#[actix_web::test]
async fn i4_a_retried_batch_sends_only_what_was_not_sent() {
    let scene = Scene::new().await;
    let (world, ada) = (&scene.world, &scene.ada);
    let other = world.group(&[]).await;
    let mut refused = scene.item("two");
    refused["conversation_id"] = other.clone().into();
    let batch = [scene.item("one"), refused, scene.item("three")];
    let ask = scene.ask(&batch).once("b-1");
    let replayed = |answer: &Answer| answer.header("idempotency-replayed").is_some();
    let first = world.send(&ask).await.expect(200);
    assert_eq!(statuses(&first.json()), [201, 403, 201]);
    let member = format!(r#"{{"participant_id":"{ada}"}}"#);
    let members = format!("/v1/conversations/{other}/members");
    world.tell("POST", members, member).await.expect(201);
    let second = world.send(&ask).await.expect(200);
    assert_eq!(statuses(&second.json()), [201, 201, 201]);
    assert!(!replayed(&first) && !replayed(&second));
    for place in [0, 2] {
        let result = |answer: &Answer| answer.json()["results"][place].clone();
        assert_eq!(result(&second), result(&first));
    }
    let third = world.send(&ask).await.expect(200);
    assert!(replayed(&third));
    assert_eq!(third.body, second.body);
    assert_eq!(scene.bodies().await, ["one", "three"]);
    // The same key for another text in a place is a conflict in that place.
    let ask = scene
        .ask(&[scene.item("one"), scene.item("else")])
        .once("b-1");
    let answer = world.send(&ask).await.expect(200).json();
    assert_eq!(statuses(&answer), [201, 409]);
    assert_eq!(
        answer["results"][1]["problem"]["code"],
        "idempotency_key_reused"
    );
}

#[actix_web::test]
async fn i4_references_of_a_batch_are_sent_once() {
    let scene = Scene::new().await;
    let mut one = scene.item("one");
    one["reference"] = "r-1".into();
    let mut other = scene.item("other");
    other["reference"] = "r-1".into();
    let sent = scene.send(&[one.clone(), one.clone(), other]).await;
    assert_eq!(statuses(&sent), [201, 201, 409]);
    assert_eq!(sent["results"][0]["message"], sent["results"][1]["message"]);
    let again = scene.world.send(&scene.ask(&[one])).await.expect(200);
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(scene.bodies().await, ["one"]);
}

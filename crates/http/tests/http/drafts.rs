//! What a message may say over the wire, and what is said of what it may not.

use serde_json::Value;

use crate::bodies::places;
use crate::world::{Answer, Ask, World};

struct Scene {
    world: World,
    messages: String,
    ada: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let ada = world.participant("Ada").await;
        let group = world.group(&[&ada]).await;
        let messages = format!("/v1/conversations/{group}/messages");
        Self {
            world,
            messages,
            ada,
        }
    }

    /// Sends these members, written as they are.
    async fn send(&self, members: &str) -> Answer {
        let body = format!(r#"{{"participant_id":"{}",{members}}}"#, self.ada);
        self.world.tell("POST", &self.messages, body).await
    }

    async fn check_wrong(&self, members: &str, pointers: &[&str]) {
        let answer = self.send(members).await.expect_problem("validation_failed");
        assert_eq!(places(&answer, "pointer"), pointers, "{members}");
    }
}

#[actix_web::test]
async fn contents_come_back_as_they_were_written() {
    let scene = Scene::new().await;
    let written = r#"{"z": 1.50, "a" : [ 1e3 ], "z":"\u00e4", "deep":{"": null}}"#;
    let members = format!(r#""content": {written} , "content_type":"form""#);
    let sent = scene.send(&members).await.expect(201);
    assert!(sent.text().contains(written), "{}", sent.text());
    let target = format!("{}/{}", scene.messages, sent.id());
    let edited = r#"{"z": 2.50}"#;
    let body = format!(r#"{{"content":{edited},"content_type":"article"}}"#);
    let answer = scene.world.tell("PATCH", &target, body).await.expect(200);
    assert!(answer.text().contains(edited) && answer.text().contains("article"));
    let revisions = scene.world.ask("GET", format!("{target}/revisions"));
    let revisions = revisions.await.expect(200).text();
    assert!(revisions.contains(written), "{revisions}");
}

#[actix_web::test]
async fn every_wrong_member_of_a_send_is_named() {
    let scene = Scene::new().await;
    let all = r#""body":"a\u0000b","type":"song","content_type":"poem","content":{},"direction":"up",
        "reply_to":"msg_1","metadata":7,"tags":["a","!"],"reference":"","source_id":" ","echo_id":"a\nb",
        "template":{"project":"","version":"a b","locale":"?"},"scheduled_for":"soon""#;
    let pointers = [
        "/body",
        "/type",
        "/content_type",
        "/direction",
        "/reply_to",
        "/metadata",
        "/tags/1",
        "/reference",
        "/source_id",
        "/echo_id",
        "/template/project",
        "/template/version",
        "/template/locale",
        "/scheduled_for",
    ];
    scene.check_wrong(all, &pointers).await;
    scene.check_wrong(r#""body":"""#, &["/body"]).await;
    scene.check_wrong(r#""type":"text""#, &["/body"]).await;
    scene.check_wrong(r#""content":[1]"#, &["/content"]).await;
    let body = r#""content_type":"carousel","content":{"type":"carousel","carousel":{"items":7}}"#;
    let answer = scene.send(body).await.expect_problem("validation_failed");
    let named = places(&answer, "pointer");
    assert!(
        named
            .iter()
            .all(|place| place.starts_with("/content/carousel")),
        "{named:?}"
    );
    let eleven: Vec<String> = (0..11).map(|number| format!("\"t{number}\"")).collect();
    let eleven = format!(r#""body":"x","tags":[{}]"#, eleven.join(","));
    scene.check_wrong(&eleven, &["/tags"]).await;
    let both = r#""body":"x","template":{"project":"welcome"}"#;
    scene.check_wrong(both, &["/template"]).await;
}

#[actix_web::test]
async fn parameters_are_texts_numbers_and_booleans() {
    let scene = Scene::new().await;
    let template = r#"{"project":"p","version":"1","locale":"en","body":"{{a}} {{b}} {{c}}"}"#;
    let created = scene.world.tell("POST", "/v1/templates", template).await;
    created.expect(201);
    let wish =
        |parameters: &str| format!(r#""template":{{"project":"p","parameters":{parameters}}}"#);
    let wishes = wish(r#"{"a":1.50,"b":true,"c":"\u00e4"}"#);
    let sent = scene.send(&wishes).await.expect(201);
    assert_eq!(sent.member("body"), "1.50 true ä");
    for (parameters, pointers) in [
        (r#"{"a":null,"b":1,"c":1}"#, &["/template/parameters/a"][..]),
        (r#"{"a":[1],"b":1,"c":1}"#, &["/template/parameters/a"]),
        (r#"{"a":{},"b":1,"c":1}"#, &["/template/parameters/a"]),
        (r#"{"a":1,"a":1,"c":1}"#, &["/template/parameters/a"]),
        (
            r#"{"a":1,"b":2,"d":3}"#,
            &["/template/parameters/c", "/template/parameters/d"],
        ),
        (
            r#"{"a":1,"b":2,"c":3,"x/~y":4}"#,
            &["/template/parameters/x~1~0y"],
        ),
        ("[]", &["/template/parameters"]),
    ] {
        scene.check_wrong(&wish(parameters), pointers).await;
    }
    let surrogate = scene.send(&wish(r#"{"a":"\ud800","b":1,"c":1}"#)).await;
    surrogate.expect_problem("validation_failed");
    // A preview is the use of a template by itself.
    let body = r#"{"project":"p","parameters":{"a":1,"b":2}}"#;
    let answer = scene
        .world
        .tell("POST", "/v1/templates/preview", body)
        .await;
    let answer = answer.expect_problem("validation_failed");
    assert_eq!(places(&answer, "pointer"), ["/parameters/c"]);
}

#[actix_web::test]
async fn what_is_no_change_or_template_is_refused_with_its_place() {
    let scene = Scene::new().await;
    let sent = scene.send(r#""body":"Hello""#).await.expect(201).id();
    let message = format!("{}/{sent}", scene.messages);
    let plan = format!("/v1/workspaces/{}/plan", scene.world.root.workspace.id);
    let top_up = plan.replace("plan", "balance/top-ups");
    let long = "x".repeat(33);
    let cases: [(&str, &str, String, &[&str]); 15] = [
        ("PATCH", &message, "{}".into(), &["/body"]),
        ("PATCH", &message, r#"{"content_type":"form"}"#.into(), &["/content_type"]),
        ("PATCH", &message, r#"{"body":""}"#.into(), &["/body"]),
        ("PUT", "delivery", "{}".into(), &["/status"]),
        ("PUT", "delivery", r#"{"status":"lost"}"#.into(), &["/status"]),
        ("PUT", "delivery", r#"{"status":"failed"}"#.into(), &["/reason"]),
        ("PUT", "delivery", r#"{"status":"read","stage":"send"}"#.into(), &["/reason"]),
        ("PUT", "delivery", r#"{"status":"read","detail":"x"}"#.into(), &["/stage"]),
        ("POST", "reactions", format!(r#"{{"name":"{long}"}}"#), &["/name"]),
        ("POST", "reactions", r#"{"name":"+1"}"#.into(), &["/participant_id"]),
        (
            "POST",
            "/v1/templates",
            r#"{"project":"p","version":"latest","locale":"en"}"#.into(),
            &["/version", "/body"],
        ),
        (
            "POST",
            "/v1/templates",
            r#"{"project":"p p","version":"","locale":"e","name":"\n","body":"{{a","content_type":"x"}"#.into(),
            &["/project", "/version", "/locale", "/name", "/body", "/content_type"],
        ),
        (
            "PATCH",
            "/v1/settings",
            r#"{"members_max":1,"edit_window_s":0,"conversation_number_prefix":"a b","default_locale":""}"#
                .into(),
            &["/conversation_number_prefix", "/default_locale", "/members_max", "/edit_window_s"],
        ),
        (
            "PUT",
            &plan,
            r#"{"read":{"per_second":0},"write":{"per_second":1,"burst":2000000},"prices":{"send":1000001}}"#
                .into(),
            &["/read/per_second", "/write/burst", "/prices/send"],
        ),
        ("POST", &top_up, r#"{"tokens":0}"#.into(), &["/tokens"]),
    ];
    for (method, target, body, pointers) in cases {
        let target = if target.starts_with('/') {
            target.to_owned()
        } else {
            format!("{message}/{target}")
        };
        let answer = scene.world.tell(method, &target, &body).await;
        let answer = answer.expect_problem("validation_failed");
        assert_eq!(
            places(&answer, "pointer"),
            pointers,
            "{method} {target} {body}"
        );
    }
}

#[actix_web::test]
async fn any_query_is_a_search_or_is_refused() {
    let scene = Scene::new().await;
    scene
        .send(r#""body":"Order A-1002 is late""#)
        .await
        .expect(201);
    for query in ["order", "a-1002", "%22is%20late%22", "lat*", "ORDER%20late"] {
        let found = scene
            .world
            .ask("GET", format!("/v1/search?q={query}"))
            .await;
        let found = found.expect(200).json();
        assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{query}");
    }
    for query in ["", "?q=", "?q=%22%22", "?q=*", "?q=%00", "?q=a*"] {
        let answer = scene.world.ask("GET", format!("/v1/search{query}")).await;
        let answer = answer.expect_problem("validation_failed");
        assert_eq!(places(&answer, "parameter"), ["q"], "{query}");
    }
    for query in [
        "%22",
        "NOT%20AND",
        "(order",
        "order)%20OR%201=1",
        "'--",
        "%5C",
        "a:*:b",
    ] {
        let answer = scene
            .world
            .ask("GET", format!("/v1/search?q={query}"))
            .await;
        assert!(matches!(answer.status.as_u16(), 200 | 422), "{query}");
    }
    let wrong = "?q=x&tag=!&type=song&conversation_id=1&participant_id=2&sender_id=3&after=4&before=5\
        &reference=%20&limit=0&cursor=6";
    let answer = scene.world.ask("GET", format!("/v1/search{wrong}")).await;
    let answer = answer.expect_problem("validation_failed");
    assert_eq!(places(&answer, "parameter").len(), 10, "{}", answer.text());
}

#[actix_web::test]
async fn filters_of_lists_and_searches_are_applied() {
    let scene = Scene::new().await;
    let bob = scene.world.participant("Bob").await;
    let first = scene.send(r#""body":"first order","tags":["VIP"],"reference":"r-1""#);
    let first = first.await.expect(201);
    scene.world.clock.advance(std::time::Duration::from_secs(1));
    let second = scene.send(r#""body":"second order","type":"image""#).await;
    let second = second.expect(201);
    let (group, ada) = (first.member("conversation_id"), &scene.ada);
    let at = first.member("created_at");
    for (query, expected) in [
        (String::new(), vec![second.id(), first.id()]),
        ("&tag=vip".into(), vec![first.id()]),
        ("&tag=other".into(), vec![]),
        ("&reference=r-1".into(), vec![first.id()]),
        ("&type=image".into(), vec![second.id()]),
        (format!("&after={at}"), vec![second.id()]),
        (
            format!("&before={}", second.member("created_at")),
            vec![first.id()],
        ),
        (
            format!("&conversation_id={group}"),
            vec![second.id(), first.id()],
        ),
        (
            format!("&participant_id={ada}&sender_id={ada}"),
            vec![second.id(), first.id()],
        ),
        (format!("&participant_id={bob}"), vec![]),
        (format!("&sender_id={bob}"), vec![]),
    ] {
        let ids = |answer: Value, of: &str| -> Vec<String> {
            let items = answer["items"].as_array().expect("items").clone();
            let ids = items
                .iter()
                .filter_map(|item| item.pointer(of)?.as_str().map(str::to_owned));
            ids.collect()
        };
        let list = scene.world.ask(
            "GET",
            format!("/v1/messages?{}", query.trim_start_matches('&')),
        );
        assert_eq!(
            ids(list.await.expect(200).json(), "/id"),
            expected,
            "{query}"
        );
        let found = scene.world.ask("GET", format!("/v1/search?q=order{query}"));
        let found = found.await.expect(200).json();
        assert_eq!(ids(found, "/message/id"), expected, "{query}");
    }
}

/// Where a key's participant is a contact, notes among agents are nowhere.
#[actix_web::test]
async fn a_contact_is_shown_no_trace_of_a_private_note() {
    let scene = Scene::new().await;
    let eve = r#"{"display_name":"Eve","kind":"contact"}"#;
    let eve = scene.world.tell("POST", "/v1/participants", eve).await.id();
    let agent = r#"{"kind":"agent"}"#;
    let target = format!("/v1/participants/{}", scene.ada);
    scene.world.tell("PATCH", target, agent).await.expect(200);
    let conversation = scene.messages.trim_end_matches("/messages").to_owned();
    let member = format!(r#"{{"participant_id":"{eve}"}}"#);
    let members = format!("{conversation}/members");
    scene.world.tell("POST", members, member).await.expect(201);
    let first = scene.send(r#""body":"hello""#).await.expect(201).id();
    let note = format!(r#""body":"hidden","private":true,"reply_to":"{first}","tags":["inner"]"#);
    let note = scene.send(&note).await.expect(201).id();
    let key = scene.world.bound(&eve);
    let ask = |target: &str| Ask::new("GET", target).key(&key);
    for target in [
        scene.messages.clone(),
        format!("{}/{first}/replies", scene.messages),
        "/v1/messages".to_owned(),
        "/v1/messages?tag=inner".to_owned(),
        "/v1/search?q=hidden".to_owned(),
        format!("/v1/participants/{eve}/conversations"),
        "/v1/conversations".to_owned(),
    ] {
        let shown = scene.world.send(&ask(&target)).await.expect(200).text();
        assert!(
            !shown.contains("hidden") && !shown.contains(&note),
            "{target}: {shown}"
        );
    }
    let shown = scene
        .world
        .send(&ask(&conversation))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&shown["last_seq"], &shown["message_count"]),
        (&1.into(), &1.into())
    );
    let target = format!("{}/{first}", scene.messages);
    let shown = scene.world.send(&ask(&target)).await.expect(200).json();
    assert_eq!(shown["reply_count"], 0);
    for (below, code) in [
        ("", "message_not_found"),
        ("/reactions", "message_not_found"),
    ] {
        let target = format!("{}/{note}{below}", scene.messages);
        scene.world.send(&ask(&target)).await.expect_problem(code);
    }
    scene
        .world
        .send(&ask("/v1/tags"))
        .await
        .expect_problem("not_allowed");
    scene
        .world
        .send(&ask("/v1/events"))
        .await
        .expect_problem("not_allowed");
    scene
        .world
        .send(&ask("/v1/balance"))
        .await
        .expect_problem("not_allowed");
}

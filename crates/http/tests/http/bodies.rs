//! What is said of bodies, queries and headers that cannot be understood: every place, every time.

use serde_json::{Value, json};

use crate::world::{Answer, Ask, World};

pub(crate) fn places(answer: &Answer, kind: &str) -> Vec<String> {
    let body = answer.json();
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    let named = errors.iter().filter_map(|wrong| wrong[kind].as_str());
    named.map(str::to_owned).collect()
}

#[actix_web::test]
async fn every_wrong_member_is_named_at_once() {
    let world = World::new().await;
    let body = json!({
        "kind": "huddle", "title": "", "description": "a\0b", "metadata": [1],
        "members": [{"participant_id": "ada", "role": "boss", "display_name": " "}]
    });
    let answer = world
        .tell("POST", "/v1/conversations", body.to_string())
        .await
        .expect_problem("validation_failed");
    assert_eq!(
        places(&answer, "pointer"),
        [
            "/kind",
            "/title",
            "/description",
            "/metadata",
            "/members/0/participant_id",
            "/members/0/role",
            "/members/0/display_name"
        ]
    );
}

#[actix_web::test]
async fn a_member_of_a_wrong_type_is_named() {
    let world = World::new().await;
    for (body, pointer) in [
        (r#"{"kind":7}"#, "/kind"),
        (r#"{"members":{}}"#, "/members"),
        (
            r#"{"members":[{"participant_id":true}]}"#,
            "/members/0/participant_id",
        ),
        (r#"{"members":[{}]}"#, "/members/0/participant_id"),
        (
            r#"{"members":[{"participant_id":"x","a/b~c":1}]}"#,
            "/members/0/a~1b~0c",
        ),
        (r#"{"surprise":1}"#, "/surprise"),
        (r#"{"kind":"group","kind":"group"}"#, "/kind"),
        ("[]", ""),
        ("null", ""),
    ] {
        let answer = world.tell("POST", "/v1/conversations", body).await;
        let answer = answer.expect_problem("validation_failed").expect(422);
        assert_eq!(places(&answer, "pointer"), [pointer], "{body}");
    }
}

/// A list of the values of an object's members is no object.
#[actix_web::test]
async fn a_list_is_no_object() {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    let group = world.group(&[&ada]).await;
    let plan = format!("/v1/workspaces/{}/plan", world.root.workspace.id);
    let conversation = format!("/v1/conversations/{group}");
    let send = format!("{conversation}/messages");
    for (method, target, body, pointer) in [
        ("PATCH", &conversation, "[]".to_owned(), ""),
        ("PATCH", &conversation, r#"["one", "two"]"#.to_owned(), ""),
        ("PATCH", &conversation, "7".to_owned(), ""),
        (
            "POST",
            &"/v1/conversations".to_owned(),
            format!(r#"{{"members":[["{ada}", null, null]]}}"#),
            "/members/0",
        ),
        (
            "POST",
            &send,
            format!(r#"{{"participant_id":"{ada}","template":["p","1","en",{{}}]}}"#),
            "/template",
        ),
        ("PUT", &plan, r#"{"prices":[1,2,3]}"#.to_owned(), "/prices"),
        ("PUT", &plan, r#"{"read":[1,2]}"#.to_owned(), "/read"),
    ] {
        let answer = world.tell(method, target, &body).await;
        let answer = answer.expect_problem("validation_failed").expect(422);
        assert_eq!(places(&answer, "pointer"), [pointer], "{body}");
    }
}

#[actix_web::test]
async fn what_is_no_json_is_malformed() {
    let world = World::new().await;
    let deep = "[".repeat(10_000);
    for body in [
        "",
        " ",
        "{",
        "{} {}",
        "nul",
        "{\"title\":\"\u{1}\"}",
        deep.as_str(),
    ] {
        let answer = world.tell("POST", "/v1/conversations", body).await;
        let code = answer.code();
        let malformed = code == "json_malformed"
            // Its outside is wrong before its inside is seen to be malformed.
            || (body == deep && code == "validation_failed");
        assert!(malformed, "{body}: {}", answer.text());
        answer.expect_well_formed();
    }
    let invalid = Ask::new("POST", "/v1/conversations")
        .key(&world.root.key)
        .json("")
        .bytes(b"{\"title\":\"\xff\"}");
    world.send(&invalid).await.expect_problem("json_malformed");
}

#[actix_web::test]
async fn media_types_that_are_json_are_taken() {
    let world = World::new().await;
    let ask = |media_type: &str| {
        let ask = Ask::new("POST", "/v1/conversations").key(&world.root.key);
        ask.header("Content-Type", media_type).bytes("{}")
    };
    for media_type in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/vnd.acme+json",
    ] {
        world.send(&ask(media_type)).await.expect(201);
    }
    for media_type in [
        "text/json",
        "application/jsonp",
        "+json",
        "json",
        "text/plain",
    ] {
        let answer = world.send(&ask(media_type)).await;
        answer.expect_problem("media_type_unsupported");
    }
    let bare = Ask::new("POST", "/v1/conversations").key(&world.root.key);
    let answer = world.send(&bare.bytes("{}")).await;
    answer.expect_problem("media_type_unsupported");
}

#[actix_web::test]
async fn every_wrong_parameter_is_named_at_once() {
    let world = World::new().await;
    let group = world.group(&[]).await;
    let path = format!("/v1/conversations/{group}/messages");
    let query = "?limit=101&order=up&cursor=x&before=1900-02-29T00:00:00Z&after=now";
    let answer = world.ask("GET", format!("{path}{query}")).await;
    let answer = answer.expect_problem("validation_failed");
    let mut named = places(&answer, "parameter");
    named.sort();
    assert_eq!(named, ["after", "before", "cursor", "limit", "order"]);
    for (query, parameter) in [
        ("?surprise=1", "surprise"),
        ("?limit=1&limit=2", "limit"),
        ("?limit=", "limit"),
        ("?limit=%2B1", "limit"),
        ("?limit=01000", "limit"),
    ] {
        let answer = world.ask("GET", format!("{path}{query}")).await;
        let answer = answer.expect_problem("validation_failed");
        assert_eq!(places(&answer, "parameter"), [parameter], "{query}");
    }
    for (target, parameter) in [
        ("/v1/me?x=1", "x"),
        ("/v1/participants?archived=yes", "archived"),
        ("/v1/events?wait=31", "wait"),
        ("/v1/events?after=-1", "after"),
        ("/v1/participants/by-external-id/%ff", "external_id"),
        ("/v1/participants/by-external-id/%0A", "external_id"),
    ] {
        let method = if target.contains("external") {
            "PUT"
        } else {
            "GET"
        };
        let answer = world.tell(method, target, "{}").await;
        let answer = answer.expect_problem("validation_failed");
        assert_eq!(places(&answer, "parameter"), [parameter], "{target}");
    }
}

#[actix_web::test]
async fn a_cursor_walks_a_list_to_its_end() {
    let world = World::new().await;
    let ada = world.participant("Ada").await;
    let group = world.group(&[&ada]).await;
    for number in 1..=7 {
        world
            .message(&group, &ada, &format!("message {number}"))
            .await;
    }
    let path = format!("/v1/conversations/{group}/messages?order=asc&limit=3");
    let (mut cursor, mut seqs) = (String::new(), Vec::new());
    for _ in 0..3 {
        let page = world
            .ask("GET", format!("{path}{cursor}"))
            .await
            .expect(200)
            .json();
        let items = page["items"].as_array().expect("items").clone();
        seqs.extend(items.iter().filter_map(|item| item["seq"].as_u64()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seqs, (1..=7).collect::<Vec<u64>>());
}

/// What is told of a body is never longer than there is use for.
#[actix_web::test]
async fn a_flood_of_wrong_values_is_answered_shortly() {
    let world = World::new().await;
    let many = vec![r#"{"participant_id":"x","role":"y"}"#; 5_000].join(",");
    let long = "x".repeat(200_000);
    for body in [
        format!(r#"{{"members":[{many}]}}"#),
        format!(r#"{{"members":"{long}"}}"#),
        format!("\"{long}\""),
    ] {
        let answer = world.tell("POST", "/v1/conversations", body).await;
        let answer = answer.expect_problem("validation_failed");
        assert!(answer.body.len() < 20_000, "{} bytes", answer.body.len());
    }
}

#[actix_web::test]
async fn null_clears_and_absence_keeps() {
    let world = World::new().await;
    let body = r#"{"display_name":"Ada","external_id":"ada","metadata":{"a":1}}"#;
    let ada = world.tell("POST", "/v1/participants", body).await.id();
    let path = format!("/v1/participants/{ada}");
    let kept = world.tell("PATCH", &path, "{}").await.expect(200).json();
    assert_eq!(
        (&kept["external_id"], &kept["metadata"]),
        (&json!("ada"), &json!({"a": 1}))
    );
    let body = r#"{"external_id":null,"metadata":null,"display_name":null}"#;
    let cleared = world.tell("PATCH", &path, body).await.expect(200).json();
    assert_eq!(
        (&cleared["external_id"], &cleared["metadata"]),
        (&Value::Null, &json!({}))
    );
    assert_eq!(cleared["display_name"], "Ada");
}

#[actix_web::test]
async fn metadata_comes_back_as_it_was_written() {
    let world = World::new().await;
    let written = r#"{"z": 1.50, "a" : [ 1e3 ], "z2":"\u00e4"}"#;
    let body = format!(r#"{{"display_name":"Ada","metadata":{written}}}"#);
    let answer = world
        .tell("POST", "/v1/participants", body)
        .await
        .expect(201);
    assert!(answer.text().contains(written), "{}", answer.text());
}

#[actix_web::test]
async fn an_operation_without_a_body_takes_none() {
    let world = World::new().await;
    let group = world.group(&[]).await;
    let path = format!("/v1/conversations/{group}/archive");
    let answer = world.tell("POST", &path, r#"{"reason":"old"}"#).await;
    let answer = answer.expect_problem("validation_failed");
    assert_eq!(places(&answer, "pointer"), ["/reason"]);
    world.tell("POST", &path, "{}").await.expect(200);
    world.ask("POST", &path).await.expect(200);
}

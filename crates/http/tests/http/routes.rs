//! What is served is what is documented, and everything else is a problem.

use std::collections::BTreeSet;

use causerie_http::problem::codes;
use causerie_http::{openapi_json, problems_markdown};
use serde_json::Value;

use crate::world::{Ask, World};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

fn document() -> Value {
    serde_json::from_str(&openapi_json()).expect("the document is JSON")
}

/// Every documented path is asked with every method: those that are documented are served, and `Allow`
/// names exactly those.
#[actix_web::test]
async fn what_is_routed_is_documented_and_the_other_way_round() {
    let world = World::new().await;
    for (pattern, item) in document()["paths"].as_object().expect("paths") {
        let documented: BTreeSet<String> = item
            .as_object()
            .expect("operations")
            .keys()
            .cloned()
            .collect();
        let target = pattern.replace(['{', '}'], "");
        let options = world.ask("OPTIONS", &target).await.expect(204);
        let allow = options
            .header("allow")
            .expect("an Allow header")
            .to_lowercase();
        let allowed: BTreeSet<String> = allow
            .split(", ")
            .filter(|method| METHODS.contains(method))
            .map(str::to_owned)
            .collect();
        assert_eq!(allowed, documented, "{pattern}");
        for method in METHODS {
            let answer = world.ask(&method.to_uppercase(), &target).await;
            let refused = answer.status == 405;
            assert_eq!(refused, !documented.contains(method), "{method} {pattern}");
            if refused {
                let answer = answer.expect_problem("method_not_allowed");
                assert_eq!(
                    answer.header("allow").map(str::to_lowercase),
                    Some(allow.clone())
                );
            }
        }
    }
}

#[test]
fn every_operation_is_documented_with_all_that_a_reader_needs() {
    let document = document();
    assert!(
        document["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
    let mut ids = BTreeSet::new();
    for (pattern, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let place = format!("{method} {pattern}");
            for member in ["summary", "operationId"] {
                assert!(operation[member].is_string(), "{place} has no {member}");
            }
            let id = operation["operationId"].as_str().unwrap_or_default();
            assert!(ids.insert(id.to_owned()), "{id} is there twice");
            assert_eq!(
                operation["tags"].as_array().map(Vec::len),
                Some(1),
                "{place}"
            );
            let responses = operation["responses"].as_object().expect("responses");
            for status in ["401", "422", "500", "503"] {
                let open = operation["security"] == serde_json::json!([]);
                if open && status == "401" {
                    continue;
                }
                assert!(responses.contains_key(status), "{place} has no {status}");
            }
            assert!(
                responses.keys().any(|status| status.starts_with('2')),
                "{place}"
            );
            for (status, response) in responses {
                let said = response["description"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty());
                assert!(said, "{place}: {status} is not described");
            }
            if ["post", "put", "patch"].contains(&method.as_str())
                && let Some(body) = operation["requestBody"].as_object()
            {
                let Some(json) = body["content"].get("application/json") else {
                    let content = body["content"].as_object();
                    assert_eq!(content.map(serde_json::Map::len), Some(1), "{place}");
                    continue;
                };
                let schema = &json["schema"]["$ref"];
                let name = schema.as_str().expect("a schema").rsplit('/').next();
                let schema = &document["components"]["schemas"][name.unwrap_or_default()];
                assert!(
                    !schema["example"].is_null(),
                    "{place}: no example of {name:?}"
                );
            }
        }
    }
}

/// Whatever the document refers to is in it.
#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let text = openapi_json();
    for reference in text.split("\"$ref\": \"#").skip(1) {
        let pointer = reference.split('"').next().unwrap_or_default();
        assert!(
            document.pointer(pointer).is_some(),
            "{pointer} is not there"
        );
    }
}

#[test]
fn every_code_is_documented_where_it_may_be_answered_and_explained() {
    let (text, page) = (openapi_json(), problems_markdown());
    for (code, _, meaning) in codes() {
        // These are answered by no operation, but by paths and methods that are none.
        let anywhere = ["route_not_found", "method_not_allowed"].contains(&code);
        assert!(
            anywhere || text.contains(&format!("`{code}`")),
            "{code} is in no operation"
        );
        assert!(
            page.contains(&format!("`{code}`")) && page.contains(meaning),
            "{code}"
        );
    }
}

#[actix_web::test]
async fn what_is_nowhere_is_a_problem() {
    let world = World::new().await;
    for target in [
        "/",
        "/v1",
        "/v1/",
        "/v1/nothing",
        "/v2",
        "/v1/participants/",
        "//v1/me",
    ] {
        let answer = world.ask("GET", target).await;
        answer.expect_problem("route_not_found").expect(404);
    }
    let long = format!("/v1/participants?external_id={}", "x".repeat(9_000));
    world
        .ask("GET", long)
        .await
        .expect_problem("route_not_found");
    let answer = world.send(&Ask::new("GET", "/nothing")).await;
    answer.expect_problem("route_not_found");
    let answer = world.ask("BREW", "/v1/participants").await;
    answer.expect_problem("method_not_allowed");
}

#[actix_web::test]
async fn operators_and_readers_need_no_key() {
    let world = World::new().await;
    let get = |target: &str| Ask::new("GET", target);
    world.participant("Ada").await;
    assert_eq!(
        world.send(&get("/livez")).await.expect(200).text(),
        "alive\n"
    );
    assert_eq!(
        world.send(&get("/readyz")).await.expect(200).text(),
        "ready\n"
    );
    assert_eq!(
        world.send(&get("/openapi.json")).await.expect(200).text(),
        openapi_json()
    );
    let page = world.send(&get("/docs/problems")).await.expect(200).text();
    for (code, _, _) in codes() {
        assert!(page.contains(&format!("id=\"{code}\"")), "{code}");
    }
    let page = world.send(&get("/docs/")).await.expect(200).text();
    assert!(page.contains("swagger"), "{page}");
    assert!(
        !page.contains("https://"),
        "the page needs the network: {page}"
    );
    let metrics = world.send(&get("/metrics")).await.expect(200).text();
    for (name, _, _) in causerie_http::observe::METRICS {
        if name.contains("_http_") {
            assert!(metrics.contains(name), "{name} is not in {metrics}");
        }
    }
    assert!(metrics.contains(r#"route="/v1/participants""#), "{metrics}");
    let answer = world.send(&Ask::new("POST", "/livez")).await;
    answer.expect_problem("method_not_allowed");
    world.app.begin_drain();
    world
        .send(&get("/readyz"))
        .await
        .expect_problem("unavailable");
    world.send(&get("/livez")).await.expect(200);
}

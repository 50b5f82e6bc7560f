//! Who people are and who takes care of what: identifiers, profiles, merging, assignees, labels, snoozing.

use serde_json::{Value, json};

use crate::channels::{text_to, texts};
use crate::world::{Ask, World};

#[actix_web::test]
async fn somebody_is_found_by_an_identifier_however_it_is_written() {
    let world = World::new().await;
    let target = |number: &str| format!("/v1/participants/by-identifier/phonenumber/{number}");
    let made = world.tell(
        "PUT",
        target("+31%206%201234%205678"),
        r#"{"display_name":"Bo"}"#,
    );
    let made = made.await.expect(201);
    assert_eq!(made.member("display_name"), "Bo");
    let found = world.ask("PUT", target("0031612345678")).await.expect(200);
    assert_eq!(found.id(), made.id());
    let expected = json!([{"key": "phonenumber", "value": "+31612345678"}]);
    assert_eq!(found.json()["identifiers"], expected);
    let list = |query: &str| format!("/v1/participants?{query}");
    let query = "identifier_key=phonenumber&identifier_value=%2B31%20612345678";
    let listed = world.ask("GET", list(query)).await.expect(200).json();
    assert_eq!(listed["items"][0]["id"], made.id());
    for (query, parameter) in [
        ("identifier_key=phonenumber", "identifier_key"),
        ("identifier_value=x", "identifier_value"),
        (
            "identifier_key=phonenumber&identifier_value=x",
            "identifier_value",
        ),
        ("identifier_key=%20&identifier_value=x", "identifier_key"),
    ] {
        let answer = world.ask("GET", list(query)).await;
        let problem = answer.expect_problem("validation_failed").json();
        assert_eq!(problem["errors"][0]["parameter"], parameter, "{query}");
    }
    for (path, parameter) in [("phonenumber/x", "value"), ("a%20b/x", "key")] {
        let target = format!("/v1/participants/by-identifier/{path}");
        let problem = world
            .ask("PUT", target)
            .await
            .expect_problem("validation_failed");
        assert_eq!(problem.json()["errors"][0]["parameter"], parameter);
    }
}

#[actix_web::test]
async fn a_profile_changes_member_by_member() {
    let world = World::new().await;
    let body = r#"{"display_name":"Ada","profile":{"first_name":"Ada","title":"Countess"},
        "identifiers":[{"key":"EmailAddress","value":"ada@EXAMPLE.com"},{"key":"crm","value":" 7 "}]}"#;
    let ada = world
        .tell("POST", "/v1/participants", body)
        .await
        .expect(201);
    let profile = |first: Value, last: Value, title: Value| {
        json!({"username": null, "first_name": first, "last_name": last, "title": title,
            "department": null, "unit": null, "avatar_url": null})
    };
    let target = format!("/v1/participants/{}", ada.id());
    assert_eq!(
        ada.json()["profile"],
        profile("Ada".into(), Value::Null, "Countess".into())
    );
    let body = r#"{"profile":{"last_name":"Lovelace","title":null},"identifiers":[]}"#;
    let changed = world.tell("PATCH", &target, body).await.expect(200).json();
    assert_eq!(
        changed["profile"],
        profile("Ada".into(), "Lovelace".into(), Value::Null)
    );
    assert_eq!(changed["identifiers"], json!([]));
    let emptied = world
        .tell("PATCH", &target, r#"{"profile":null}"#)
        .await
        .expect(200);
    assert_eq!(
        emptied.json()["profile"],
        profile(Value::Null, Value::Null, Value::Null)
    );
    for (body, pointer) in [
        (r#"{"profile":{"unit":"a\nb"}}"#, "/profile/unit"),
        (
            r#"{"profile":{"avatar_url":"javascript:x"}}"#,
            "/profile/avatar_url",
        ),
        (r#"{"profile":{"nick":"x"}}"#, "/profile/nick"),
        (
            r#"{"identifiers":[{"key":"crm","value":"x"},{"key":"phonenumber","value":"x"}]}"#,
            "/identifiers/1/value",
        ),
        (
            r#"{"identifiers":[{"key":"","value":"x"}]}"#,
            "/identifiers/0/key",
        ),
        (r#"{"identifiers":[["crm","x"]]}"#, "/identifiers/0"),
    ] {
        let answer = world.tell("PATCH", &target, body).await;
        let problem = answer.expect_problem("validation_failed").json();
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
}

#[actix_web::test]
async fn two_who_are_one_are_merged() {
    let world = World::new().await;
    let (id, _) = texts(&world).await;
    let out = text_to(&world, &id, "+31622222222").await;
    let by = "/v1/participants/by-identifier/phonenumber/+31622222222";
    let gone = world.ask("PUT", by).await.expect(200).id();
    let stays = world.participant("Bo").await;
    let target = format!("/v1/participants/{gone}/merge");
    let into = format!(r#"{{"into":"{stays}"}}"#);
    let merged = world.tell("POST", &target, &into).await.expect(200);
    assert_eq!(merged.id(), stays);
    assert_eq!(world.ask("PUT", by).await.expect(200).id(), stays);
    let left = world.ask("GET", format!("/v1/participants/{gone}")).await;
    assert_eq!(left.expect(200).member("merged_into"), stays);
    let conversation = out.member("conversation_id");
    let member = format!("/v1/conversations/{conversation}/members/{stays}");
    world.ask("GET", member).await.expect(200);
    let own = format!("/v1/participants/{stays}/merge");
    let problem = world
        .tell("POST", own, &into)
        .await
        .expect_problem("validation_failed");
    assert_eq!(problem.json()["errors"][0]["pointer"], "/into");
}

async fn agent(world: &World) -> String {
    let agent = r#"{"display_name":"Ada","kind":"agent"}"#;
    let agent = world.tell("POST", "/v1/participants", agent).await;
    agent.expect(201).id()
}

#[actix_web::test]
async fn conversations_are_found_by_who_takes_care_of_them() {
    let world = World::new().await;
    let ada = agent(&world).await;
    let (busy, idle) = (world.group(&[&ada]).await, world.group(&[&ada]).await);
    let target = format!("/v1/conversations/{busy}");
    let body = format!(r#"{{"assignee_id":"{ada}","labels":["VIP"],"priority":"urgent"}}"#);
    world.tell("PATCH", &target, body).await.expect(200);
    let pending = world.ask("POST", format!("{target}/pending")).await;
    pending.expect(200);
    let (channel, _) = texts(&world).await;
    let out = text_to(&world, &channel, "+31622222222").await;
    let out = out.member("conversation_id");
    for (query, found) in [
        ("label=vip", vec![&busy]),
        ("priority=urgent", vec![&busy]),
        ("status=pending", vec![&busy]),
        (&format!("assignee_id={ada}"), vec![&busy]),
        ("assignee_id=none", vec![&out, &idle]),
        (&format!("channel_id={channel}"), vec![&out]),
    ] {
        let list = world.ask("GET", format!("/v1/conversations?{query}")).await;
        let list = list.expect(200).json();
        let ids = list["items"].as_array().expect("a list").iter();
        let ids: Vec<_> = ids.filter_map(|one| one["id"].as_str()).collect();
        assert_eq!(ids, found, "{query}");
    }
    for (query, parameter) in [
        ("assignee_id=nobody", "assignee_id"),
        ("label=", "label"),
        ("priority=1", "priority"),
    ] {
        let answer = world.ask("GET", format!("/v1/conversations?{query}")).await;
        let problem = answer.expect_problem("validation_failed").json();
        assert_eq!(problem["errors"][0]["parameter"], parameter, "{query}");
    }
}

#[actix_web::test]
async fn what_a_desk_sorts_by_is_set_and_taken_away() {
    let world = World::new().await;
    let ada = agent(&world).await;
    let target = format!("/v1/conversations/{}", world.group(&[&ada]).await);
    let body = format!(
        r#"{{"assignee_id":"{ada}","labels":["Billing","billing","VIP"],"priority":"urgent",
        "avatar_url":"https://x.org/a.png"}}"#
    );
    let changed = world.tell("PATCH", &target, body).await.expect(200).json();
    assert_eq!(changed["assignee_id"], ada);
    assert_eq!(changed["labels"], json!(["billing", "vip"]));
    assert_eq!(changed["priority"], "urgent");
    assert_eq!(changed["avatar_url"], "https://x.org/a.png");
    let body = r#"{"assignee_id":null,"labels":[],"priority":null,"avatar_url":null}"#;
    let emptied = world.tell("PATCH", &target, body).await.expect(200).json();
    for member in ["assignee_id", "priority", "avatar_url"] {
        assert_eq!(emptied[member], Value::Null, "{member}");
    }
    assert_eq!(emptied["labels"], json!([]));
    let until = world.later(3_600);
    let body = format!(r#"{{"until":"{until}"}}"#);
    let snooze = format!("{target}/snooze");
    let snoozed = world.tell("POST", &snooze, body).await.expect(200);
    assert_eq!(snoozed.member("status"), "snoozed");
    assert_eq!(snoozed.member("snoozed_until"), until);
    for (method, target, body, pointer) in [
        ("PATCH", &target, r#"{"labels":["fine","ü"]}"#, "/labels/1"),
        ("PATCH", &target, r#"{"priority":"max"}"#, "/priority"),
        (
            "PATCH",
            &target,
            r#"{"assignee_id":"part_00000000000000000000000000"}"#,
            "/assignee_id",
        ),
        (
            "POST",
            &snooze,
            r#"{"until":"2020-01-01T00:00:00Z"}"#,
            "/until",
        ),
        ("POST", &snooze, r#"{"until":"soon"}"#, "/until"),
    ] {
        let answer = world.tell(method, target, body).await;
        let problem = answer.expect_problem("validation_failed").json();
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
}

#[actix_web::test]
async fn contacts_learn_nothing_of_how_the_workspace_goes_about_its_work() {
    let world = World::new().await;
    let (bo, cy) = (world.participant("Bo").await, world.participant("Cy").await);
    let group = world.group(&[&bo]).await;
    let target = format!("/v1/conversations/{group}");
    let body = r#"{"labels":["difficult"],"priority":"low"}"#;
    world.tell("PATCH", &target, body).await.expect(200);
    world
        .ask("POST", format!("{target}/pending"))
        .await
        .expect(200);
    let body = r#"{"identifiers":[{"key":"emailaddress","value":"cy@example.org"}]}"#;
    world
        .tell("PATCH", format!("/v1/participants/{cy}"), body)
        .await
        .expect(200);
    let key = world.bound(&bo);
    let seen = world
        .send(&Ask::new("GET", &target).key(&key))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&seen["labels"], &seen["priority"]),
        (&json!([]), &Value::Null)
    );
    assert_eq!(seen["status"], "open");
    let seen = Ask::new("GET", format!("/v1/participants/{cy}")).key(&key);
    assert_eq!(
        world.send(&seen).await.expect(200).json()["identifiers"],
        json!([])
    );
    let label = Ask::new("PATCH", &target)
        .key(&key)
        .json(r#"{"labels":["vip"]}"#);
    world.send(&label).await.expect_problem("not_allowed");
    for query in [
        "label=difficult",
        "priority=low",
        "assignee_id=none",
        "status=pending",
    ] {
        for list in [
            "/v1/conversations".to_owned(),
            format!("/v1/participants/{bo}/conversations"),
        ] {
            let ask = Ask::new("GET", format!("{list}?{query}")).key(&key);
            world.send(&ask).await.expect_problem("not_allowed");
        }
    }
    let (channel, _) = texts(&world).await;
    let shown = Ask::new("GET", format!("/v1/channels/{channel}")).key(&key);
    world.send(&shown).await.expect_problem("channel_not_found");
}

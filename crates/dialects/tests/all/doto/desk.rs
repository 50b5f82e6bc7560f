//! Conversations as agents work through them.

use serde_json::{Value, json};

use super::world::{Ask, World, number};

fn ids(page: &Value) -> Vec<u64> {
    page["payload"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| number(&one["id"]))
        .collect()
}

#[actix_web::test]
async fn a_conversation_comes_back_as_it_was_opened() {
    let world = World::new().await;
    let inbox = world.inbox().await;
    let contact = world
        .contact(&json!({"name": "Jane", "email": "j@x.org"}))
        .await;
    let body = json!({
        "inbox_id": inbox, "contact_id": contact, "status": "pending",
        "custom_attributes": {"order": 7}, "additional_attributes": {"browser": {"name": "X"}},
        "message": {"content": "Welcome!"},
    });
    let opened = world
        .tell("POST", "/conversations", &body)
        .await
        .expect(200);
    assert_eq!(opened["status"], "pending");
    assert_eq!(opened["custom_attributes"], body["custom_attributes"]);
    assert_eq!(
        opened["additional_attributes"],
        body["additional_attributes"]
    );
    assert_eq!(opened["messages"][0]["content"], "Welcome!");
    assert_eq!(opened["meta"]["sender"]["email"], "j@x.org");
    assert_eq!(
        (&opened["meta"]["channel"], &opened["meta"]["assignee"]),
        (&json!("Channel::Api"), &Value::Null)
    );
    assert_eq!(
        (&opened["unread_count"], &opened["muted"]),
        (&json!(0), &json!(false))
    );
    let again = json!({"inbox_id": inbox, "contact_id": contact});
    let again = world
        .tell("POST", "/conversations", &again)
        .await
        .expect(200);
    assert_eq!(again["id"], opened["id"]);
}

#[actix_web::test]
async fn lists_are_by_state_care_label_and_inbox() {
    let world = World::new().await;
    let (first, second) = (world.conversation().await, world.conversation().await);
    let agent = json!({"name": "Ada", "email": "a@x.org", "role": "agent"});
    let agent = number(&world.tell("POST", "/agents", &agent).await.expect(200)["id"]);
    let path = format!("/conversations/{first}/assignments");
    let assigned = world
        .tell("POST", &path, &json!({"assignee_id": agent}))
        .await
        .expect(200);
    assert_eq!(assigned["name"], "Ada");
    let path = format!("/conversations/{first}/labels");
    let labels = world
        .tell("POST", &path, &json!({"labels": ["VIP", "late"]}))
        .await
        .expect(200);
    assert_eq!(labels, json!({"payload": ["vip", "late"]}));
    let path = format!("/conversations/{second}/toggle_status");
    world.tell("POST", &path, &json!({})).await.expect(200);
    let list = |query: &'static str| {
        let world = &world;
        async move {
            world
                .ask("GET", &format!("/conversations{query}"))
                .await
                .expect(200)["data"]
                .clone()
        }
    };
    let open = list("").await;
    assert_eq!(ids(&open), [first]);
    let counts =
        json!({"all_count": 1, "mine_count": 0, "unassigned_count": 0, "assigned_count": 1});
    assert_eq!(open["meta"], counts);
    assert_eq!(open["payload"][0]["meta"]["assignee"]["id"], agent);
    assert_eq!(ids(&list("?status=resolved").await), [second]);
    assert_eq!(
        ids(&list("?status=all&sort=created_at").await),
        [second, first]
    );
    assert_eq!(
        ids(&list("?status=all&assignee_type=unassigned").await),
        [second]
    );
    assert_eq!(
        ids(&list("?status=all&assignee_type=assigned").await),
        [first]
    );
    assert!(ids(&list("?assignee_type=me").await).is_empty());
    assert_eq!(ids(&list("?labels=late&labels=other").await), [first]);
    assert_eq!(ids(&list("?labels[]=vip").await), [first]);
    assert!(ids(&list("?inbox_id=999").await).is_empty());
    assert!(ids(&list("?page=2").await).is_empty());
    world
        .say(first, &json!({"content": "a parcel for you"}))
        .await;
    assert_eq!(ids(&list("?q=parcel").await), [first]);
    assert!(ids(&list("?q=nothing").await).is_empty());
    world
        .ask("GET", "/conversations?status=odd")
        .await
        .refused(400);
    let meta = world
        .ask("GET", "/conversations/meta?status=all")
        .await
        .expect(200);
    assert_eq!(meta["meta"]["all_count"], 2);
    let wanted = json!({"payload": [
        {"attribute_key": "status", "filter_operator": "equal_to", "values": ["open"], "query_operator": "AND"},
        {"attribute_key": "assignee_id", "filter_operator": "equal_to", "values": [agent], "query_operator": null},
    ]});
    let found = world
        .tell("POST", "/conversations/filter", &wanted)
        .await
        .expect(200);
    assert_eq!(ids(&found), [first]);
}

#[actix_web::test]
async fn what_an_agent_does_in_a_conversation_is_shown() {
    let world = World::new().await;
    let of = world.conversation().await;
    world
        .say(
            of,
            &json!({"content": "Hello?", "message_type": "incoming"}),
        )
        .await;
    let path = |what: &str| format!("/conversations/{of}{what}");
    let now = world.ask("GET", &path("")).await.expect(200);
    assert_eq!(number(&now["unread_count"]), 1);
    let seen = world
        .tell("POST", &path("/update_last_seen"), &json!({}))
        .await
        .expect(200);
    assert_eq!(number(&seen["unread_count"]), 0);
    assert!(
        seen["agent_last_seen_at"].as_i64().is_some_and(|at| at > 0),
        "{seen}"
    );
    let changed = world
        .tell("PATCH", &path(""), &json!({"priority": "high"}))
        .await
        .expect(200);
    assert_eq!(changed["priority"], "high");
    assert_eq!(
        world
            .tell(
                "POST",
                &path("/toggle_priority"),
                &json!({"priority": null})
            )
            .await
            .status,
        200
    );
    assert_eq!(
        world.tell("POST", &path("/mute"), &json!({})).await.status,
        200
    );
    let typing = json!({"typing_status": "on"});
    assert_eq!(
        world
            .tell("POST", &path("/toggle_typing_status"), &typing)
            .await
            .status,
        200
    );
    let custom = json!({"custom_attributes": {"a": [1]}});
    assert_eq!(
        world
            .tell("POST", &path("/custom_attributes"), &custom)
            .await
            .expect(200),
        custom
    );
    let now = world.ask("GET", &path("")).await.expect(200);
    assert_eq!(
        (&now["priority"], &now["muted"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(
        world
            .tell("POST", &path("/unmute"), &json!({}))
            .await
            .status,
        200
    );
    let until = json!({"status": "snoozed", "snoozed_until": 4_000_000_000_u64});
    let put_off = world
        .tell("POST", &path("/toggle_status"), &until)
        .await
        .expect(200);
    assert_eq!(put_off["payload"]["current_status"], "snoozed");
    assert_eq!(put_off["payload"]["snoozed_until"], 4_000_000_000_u64);
    let watchers = world.ask("GET", &path("/participants")).await.expect(200);
    assert_eq!(watchers.as_array().map(Vec::len), Some(1));
    assert_eq!(world.ask("DELETE", &path("")).await.status, 200);
    world.ask("GET", &path("")).await.refused(404);
}

#[actix_web::test]
async fn what_is_said_with_an_opening_is_said_once() {
    let world = World::new().await;
    let inbox_id = world.inbox().await;
    let contact_id = world.contact(&json!({"name": "Jane Doe"})).await;
    let body = json!({
        "inbox_id": inbox_id,
        "contact_id": contact_id,
        "message": {"content": "Hello"},
    });
    let ask = Ask::new("POST", World::under("/conversations")).key(&world.key);
    let ask = ask.header("Idempotency-Key", "opening-1").json(&body);
    let first = world.send(&ask).await.expect(200);
    let again = world.send(&ask).await.expect(200);
    assert_eq!(first["id"], again["id"]);
    let of = first["id"].as_u64().expect("a number");
    assert_eq!(world.list(of, "").await.len(), 1);
}

#[actix_web::test]
async fn ids_in_conditions_may_be_any_texts() {
    let world = World::new().await;
    let of = world.conversation().await;
    let said = world.say(of, &json!({"content": "x"})).await;
    let inbox = said["inbox_id"].to_string();
    for (values, count) in [
        (json!([inbox, "999"]), 1),
        (json!(["18446744073709551615", "-1", "x", ""]), 0),
    ] {
        let condition = json!({
            "attribute_key": "inbox_id",
            "filter_operator": "equal_to",
            "values": values,
        });
        let body = json!({"payload": [condition]});
        let found = world.tell("POST", "/conversations/filter", &body).await;
        let found = found.expect(200);
        assert_eq!(found["meta"]["all_count"], count, "{values}");
    }
}

//! Conversations: their members on the wire, their lists, their states.

use serde_json::{Value, json};

use super::world::{World, id};

#[actix_web::test]
async fn what_was_begun_comes_back_member_by_member() {
    let world = World::new().await;
    let body = json!({
        "type": "group", "title": "Order 7", "description": "About it", "metadata": {"k": [1, null]},
    });
    let made = world
        .tell("POST", "/conversations", &body)
        .await
        .expect(201);
    let expected = json!({
        "id": made["id"], "project_id": made["project_id"], "conversation_number": "CONV-000001",
        "type": "group", "title": "Order 7", "description": "About it", "status": "open",
        "last_message_at": null, "message_count": 0, "participant_count": 0,
        "metadata": {"k": [1, null]}, "updated_at": made["updated_at"], "created_at": made["created_at"],
    });
    assert_eq!(made, expected);
    let of = id(&made);
    let path = format!("/conversations/{of}");
    assert_eq!(world.ask("GET", &path).await.expect(200), expected);
    let ada = world.participant(&of, "ada").await;
    let sent = world.message(&of, &ada, "Hello").await;
    let now = world.ask("GET", &path).await.expect(200);
    assert_eq!(now["message_count"], 1);
    assert_eq!(now["participant_count"], 1);
    assert_eq!(now["last_message_at"], sent["created_at"]);
}

#[actix_web::test]
async fn a_change_takes_away_what_is_null_and_leaves_what_is_not_named() {
    let world = World::new().await;
    let body = json!({"title": "a", "description": "b", "metadata": {"c": 1}});
    let path = format!(
        "/conversations/{}",
        id(&world
            .tell("POST", "/conversations", &body)
            .await
            .expect(201))
    );
    let changed = world
        .tell("PATCH", &path, &json!({"title": null}))
        .await
        .expect(200);
    let shown = (
        &changed["title"],
        &changed["description"],
        &changed["metadata"],
    );
    assert_eq!(shown, (&Value::Null, &json!("b"), &json!({"c": 1})));
    let body = json!({"title": "d", "description": "", "metadata": {}});
    let changed = world.tell("PATCH", &path, &body).await.expect(200);
    let shown = (
        &changed["title"],
        &changed["description"],
        &changed["metadata"],
    );
    assert_eq!(shown, (&json!("d"), &Value::Null, &json!({})));
    for wrong in [
        json!({"title": 7}),
        json!({"title": "x".repeat(257)}),
        json!({"metadata": 1}),
    ] {
        world
            .tell("PATCH", &path, &wrong)
            .await
            .refused(400, "bad_request");
        world
            .tell("POST", "/conversations", &wrong)
            .await
            .refused(400, "bad_request");
    }
    let wrong = json!({"type": "channel"});
    world
        .tell("POST", "/conversations", &wrong)
        .await
        .refused(400, "bad_request");
}

#[actix_web::test]
async fn a_direct_conversation_takes_two_participants() {
    let world = World::new().await;
    let body = json!({"type": "direct"});
    let made = world
        .tell("POST", "/conversations", &body)
        .await
        .expect(201);
    assert_eq!(made["type"], "direct");
    let of = id(&made);
    world.participant(&of, "ada").await;
    world.participant(&of, "bob").await;
    let path = format!("/conversations/{of}/participants");
    let third = json!({"external_id": "eve", "display_name": "Eve"});
    world
        .tell("POST", &path, &third)
        .await
        .refused(422, "unprocessable_entity");
}

#[actix_web::test]
async fn states_turn_as_documented() {
    let world = World::new().await;
    let path = format!("/conversations/{}", world.conversation().await);
    let turn = async |to: &str| world.ask("POST", &format!("{path}/{to}")).await;
    for (to, status) in [
        ("archive", "archived"),
        ("archive", "archived"),
        ("reopen", "open"),
        ("close", "closed"),
        ("close", "closed"),
        ("reopen", "open"),
        ("reopen", "open"),
    ] {
        assert_eq!(turn(to).await.expect(200)["status"], status);
    }
    turn("close").await.expect(200);
    turn("archive").await.refused(409, "conflict");
    let deleted = world.ask("DELETE", &path).await.expect(200);
    assert_eq!(deleted, json!({"deleted": true}));
    for method in ["GET", "DELETE"] {
        world.ask(method, &path).await.refused(404, "not_found");
    }
    turn("reopen").await.refused(404, "not_found");
}

#[actix_web::test]
async fn lists_are_filtered_and_walked_by_cursor() {
    let world = World::new().await;
    let mut all = Vec::new();
    for _ in 0..30 {
        all.push(world.conversation().await);
    }
    let archived = format!("/conversations/{}/archive", all[3]);
    world.ask("POST", &archived).await.expect(200);
    let snooze = format!("/v1/conversations/{}/snooze", all[4]);
    world.native("POST", &snooze, &json!({})).await.expect(200);
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world
            .ask("GET", &format!("/conversations?limit=7{cursor}"))
            .await
            .expect(200);
        let items = page["items"].as_array().expect("items");
        found.extend(items.iter().map(id));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    found.sort();
    all.sort();
    assert_eq!(found, all);
    let usual = world.ask("GET", "/conversations").await.expect(200);
    assert_eq!(usual["items"].as_array().map(Vec::len), Some(25));
    let count = async |query: &str| {
        let page = world
            .ask("GET", &format!("/conversations?limit=100&{query}"))
            .await;
        page.expect(200)["items"].as_array().map(Vec::len)
    };
    assert_eq!(count("status=archived").await, Some(1));
    assert_eq!(count("status=open").await, Some(29));
    assert_eq!(count("type=direct").await, Some(0));
    for wrong in [
        "limit=0",
        "limit=101",
        "limit=abc",
        "status=x",
        "type=x",
        "cursor=x",
    ] {
        let path = format!("/conversations?{wrong}");
        world.ask("GET", &path).await.refused(400, "bad_request");
    }
}

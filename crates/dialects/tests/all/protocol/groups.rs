//! Groups: created with their conversation, changed, left by some and joined by others, deleted.

use serde_json::{Value, json};

use super::world::{World, conversation_of, delete_with_conversation, id};

#[actix_web::test]
async fn a_group_comes_back_as_it_was_written() {
    let world = World::new().await;
    let (kevin, kate) = (world.contact("Kevin").await, world.contact("Kate").await);
    let written = json!({
        "name": "McCallister Family",
        "description": "No trips to Paris.",
        "avatar_url": "https://assets.example.com/avatars/family.jpg",
        "contacts": [id(&kevin), {"id": kate["id"]}],
    });
    let made = world.tell("POST", "/groups", &written).await.expect(201);
    for name in ["name", "description", "avatar_url"] {
        assert_eq!(made[name], written[name], "{name}");
    }
    assert_eq!(made["contacts"], json!([kevin, kate]));
    assert_eq!(made.as_object().map(serde_json::Map::len), Some(8));
    let path = format!("/groups/{}", id(&made));
    assert_eq!(world.ask("GET", &path).await.expect(200), made);
    let listed = world.ask("GET", "/groups").await.expect(200);
    assert_eq!(listed, json!({"has_more": false, "data": [made]}));
    let of = conversation_of(&made);
    let conversation = world
        .ask("GET", &format!("/conversations/{of}"))
        .await
        .expect(200);
    assert_eq!(
        (&conversation["group_id"], &conversation["contact_id"]),
        (&made["id"], &Value::Null)
    );
    let found = world
        .ask("GET", &format!("/conversations?group_id={}", id(&made)))
        .await;
    assert_eq!(found.expect(200)["data"], json!([conversation]));
    let found = world
        .tell("POST", "/conversations", &json!({"group_id": made["id"]}))
        .await;
    assert_eq!(found.expect(200), conversation);
}

#[actix_web::test]
async fn who_is_named_is_in_the_group_and_nobody_else() {
    let world = World::new().await;
    let (kevin, kate) = (world.contact("Kevin").await, world.contact("Kate").await);
    let made = json!({"name": "Home", "contacts": [kevin["id"]]});
    let made = world.tell("POST", "/groups", &made).await.expect(201);
    let path = format!("/groups/{}", id(&made));
    let changed = json!({"contacts": [{"username": "Kate"}], "description": "alone"});
    let changed = world.tell("PUT", &path, &changed).await.expect(200);
    assert_eq!(
        (&changed["contacts"], &changed["name"]),
        (&json!([kate]), &made["name"])
    );
    let archived = world
        .tell("PUT", &path, &json!({"archived_at": 1_700_000_000}))
        .await;
    assert_eq!(archived.expect(200)["archived_at"], 1_700_000_000);
    let listed = world.ask("GET", "/groups?archived=true").await.expect(200);
    assert_eq!(listed["data"][0]["id"], made["id"]);
    let empty = json!({"contacts": [], "description": null, "archived_at": ""});
    let empty = world.tell("PUT", &path, &empty).await.expect(200);
    assert_eq!(
        (&empty["contacts"], &empty["archived_at"]),
        (&json!([]), &Value::Null)
    );
    assert_eq!(empty["description"], Value::Null);
    world
        .message(
            empty["conversation_id"].as_str().expect("an id"),
            "still here",
        )
        .await;
}

#[actix_web::test]
async fn a_group_that_cannot_be_is_refused() {
    let world = World::new().await;
    let kevin = world.contact("Kevin").await;
    for (body, status) in [
        (json!({}), 400),
        (json!({"name": ""}), 400),
        (json!({"name": "x", "contacts": 7}), 400),
        (json!({"name": "x", "contacts": ["xgQQXg3hrtjh7AvZ"]}), 422),
        (
            json!({"name": "x", "contacts": [{"username": "nobody"}]}),
            422,
        ),
        (json!({"name": "x", "avatar_url": "x"}), 400),
    ] {
        world.tell("POST", "/groups", &body).await.refused(status);
    }
    for path in [
        "/groups/xgQQXg3hrtjh7AvZ".to_owned(),
        format!("/groups/{}", id(&kevin)),
    ] {
        world.ask("GET", &path).await.refused(404);
        world
            .tell("PUT", &path, &json!({"contacts": 7}))
            .await
            .refused(404);
        world.ask("DELETE", &path).await.refused(404);
    }
    assert_eq!(
        world.ask("GET", "/groups").await.expect(200)["data"],
        json!([])
    );
}

#[actix_web::test]
async fn a_deleted_group_is_gone_with_its_messages() {
    let world = World::new().await;
    let made = world
        .tell("POST", "/groups", &json!({"name": "Home"}))
        .await
        .expect(201);
    let path = format!("/groups/{}", id(&made));
    delete_with_conversation(&world, &path, &conversation_of(&made)).await;
}

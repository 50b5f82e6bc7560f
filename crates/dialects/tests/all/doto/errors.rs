//! Errors: the account, the token, what is not there, what cannot be.

use serde_json::json;

use super::world::{Ask, World};

#[actix_web::test]
async fn without_a_token_nobody_is_let_in() {
    let world = World::new().await;
    let missing = world
        .send(&Ask::new("GET", World::under("/conversations")))
        .await;
    assert!(missing.refused(401)["errors"].is_array());
    let wrong = Ask::new("GET", World::under("/conversations")).key("nonsense");
    let wrong = world.send(&wrong).await.refused(401);
    assert_eq!(wrong["error"], "Invalid Access Token");
}

#[actix_web::test]
async fn the_token_is_found_in_each_of_its_places() {
    let world = World::new().await;
    for (name, value) in [
        ("api_access_token", world.key.clone()),
        ("API_ACCESS_TOKEN", world.key.clone()),
        ("api-access-token", world.key.clone()),
        ("Authorization", format!("Bearer {}", world.key)),
    ] {
        let ask = Ask::new("GET", World::under("/conversations")).header(name, value);
        assert_eq!(world.send(&ask).await.status, 200, "{name}");
    }
}

#[actix_web::test]
async fn what_is_not_there_is_not_found() {
    let world = World::new().await;
    let of = world.conversation().await;
    for path in [
        "/conversations/999/messages".to_owned(),
        "/conversations/x/messages".to_owned(),
        "/conversations/999".to_owned(),
        "/contacts/999".to_owned(),
        "/inboxes/1".to_owned(),
        "/webhooks".to_owned(),
    ] {
        let refused = world.ask("GET", &path).await.refused(404);
        assert_eq!(refused["error"], "Resource could not be found", "{path}");
    }
    let message = format!("/conversations/{of}/messages/999");
    world.ask("DELETE", &message).await.refused(404);
    world
        .tell("PATCH", &message, &json!({"status": "read"}))
        .await
        .refused(404);
    let other = World::under("/conversations").replace("accounts/1", "accounts/2");
    let other = Ask::new("GET", other).key(&world.key);
    world.send(&other).await.refused(404);
}

#[actix_web::test]
async fn a_missing_conversation_comes_before_a_wrong_body() {
    let world = World::new().await;
    let of = world.conversation().await;
    for (number, status) in [(999, 404), (of, 400)] {
        let ask = Ask::new(
            "POST",
            World::under(&format!("/conversations/{number}/messages")),
        );
        let ask = ask
            .key(&world.key)
            .header("Content-Type", "application/json")
            .body("{");
        world.send(&ask).await.refused(status);
    }
}

#[actix_web::test]
async fn values_that_cannot_be_are_named() {
    let world = World::new().await;
    let of = world.conversation().await;
    let path = format!("/conversations/{of}/messages");
    let nothing = world.tell("POST", &path, &json!({})).await.refused(422);
    assert_eq!(nothing["attributes"], json!(["content"]));
    let several = json!({"content": 1, "message_type": "sideways", "private": "perhaps"});
    let several = world.tell("POST", &path, &several).await.refused(422);
    let named = several["attributes"].as_array().expect("names");
    assert_eq!(named.len(), 3, "{several}");
}

#[actix_web::test]
async fn other_methods_are_refused_with_those_that_there_are() {
    let world = World::new().await;
    let refused = world.ask("DELETE", "/contacts").await;
    refused.refused(405);
    assert_eq!(refused.header("allow"), Some("GET, POST, HEAD, OPTIONS"));
}

#[actix_web::test]
async fn who_may_only_read_changes_nothing() {
    let world = World::new().await;
    let of = world.conversation().await;
    let reader = world.key_with("messaging:read");
    let ask = Ask::new(
        "POST",
        World::under(&format!("/conversations/{of}/messages")),
    )
    .key(&reader);
    world
        .send(&ask.json(&json!({"content": "x"})))
        .await
        .refused(403);
    let ask = Ask::new("GET", World::under("/conversations")).key(&reader);
    world.send(&ask).await.expect(200);
}

#[actix_web::test]
async fn texts_name_what_is_wrong_and_point_to_nothing_that_is_not_there() {
    let world = World::new().await;
    let of = world.conversation().await;
    let path = format!("/conversations/{of}/messages");
    let query = world.ask("GET", &format!("{path}?before=x")).await;
    assert_eq!(
        query.refused(400)["error"],
        "Before: expected a whole number"
    );
    let text = world.tell("POST", &path, &json!({"content": 5})).await;
    assert_eq!(text.refused(422)["error"], "Content: expected a text");
    for (content_type, body) in [
        ("application/json", "{"),
        ("application/xml", "<a/>"),
        ("multipart/form-data; boundary=x", "--x\r\nnothing"),
    ] {
        let ask = Ask::new("POST", World::under(&path))
            .key(&world.key)
            .body(body);
        let answer = world.send(&ask.header("Content-Type", content_type)).await;
        answer.expect_form();
        assert!(!answer.text().contains('`'), "{}", answer.text());
    }
    let state = json!({"status": "snoozed", "snoozed_until": 1000});
    let state = world
        .tell(
            "POST",
            &format!("/conversations/{of}/toggle_status"),
            &state,
        )
        .await;
    assert_eq!(state.refused(422)["attributes"], json!(["snoozed_until"]));
}

#[actix_web::test]
async fn what_was_deleted_is_not_found_by_who_used_it_before() {
    let world = World::new().await;
    let of = world.conversation().await;
    world.say(of, &json!({"content": "x"})).await;
    let path = format!("/conversations/{of}");
    assert_eq!(world.ask("DELETE", &path).await.status, 200);
    for (act, body) in [
        ("messages", json!({"content": "x"})),
        ("toggle_typing_status", json!({"typing_status": "on"})),
        ("assignments", json!({"team_id": 1})),
        ("update_last_seen", json!({})),
        ("labels", json!({"labels": ["x"]})),
    ] {
        let answer = world.tell("POST", &format!("{path}/{act}"), &body).await;
        answer.refused(404);
    }
}

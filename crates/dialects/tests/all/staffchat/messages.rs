//! Messages: what is sent reads back, what others wrote is shown, what cannot be is told.

use serde_json::{Value, json};

use super::world::{Ask, World, members, number};

#[actix_web::test]
async fn a_message_reads_back_with_all_its_members() {
    let world = World::new().await;
    let [ada, bob] = world.users(["Ada", "Bob"]).await;
    let of = world.conversation(&ada.key, &[bob.number]).await;
    let path = format!("/conversations/{of}/messages");
    let body = json!({"message": "<b>x</b> @[John](user:1)", "parent_id": null});
    let answer = world.tell_as(&ada.key, "POST", &path, &body).await;
    let sent = answer.expect(201);
    let expected = [
        "author",
        "conversationId",
        "date",
        "deleted",
        "edited_at",
        "files",
        "id",
        "is_reply",
        "message",
        "parent",
        "reactions",
        "type",
        "voice",
    ];
    assert_eq!(members(&sent), expected);
    let place = format!("http://localhost{}/{}", World::under(&path), number(&sent));
    assert_eq!(answer.header("location"), Some(place.as_str()));
    assert_eq!(sent["message"], "<b>x</b> @[John](user:1)");
    assert_eq!(sent["conversationId"], of);
    assert_eq!(
        (&sent["is_reply"], &sent["parent"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(sent["date"], world.clock_seconds());
    let author = json!({
        "id": ada.number, "first_name": "Ada", "last_name": "Doe", "name": "Ada Doe",
        "title": "Manager", "active": true, "avatar": null, "archived_at": null,
        "participant_type": "normal", "subtext": "Manager - HQ (Sales)",
        "department": {"id": sent["author"]["department"]["id"], "name": "Sales"},
        "unit": {"id": sent["author"]["unit"]["id"], "name": "HQ"},
    });
    assert_eq!(sent["author"], author);
    let shown = world
        .ask_as(&bob.key, "GET", &format!("{path}/{}", number(&sent)))
        .await;
    assert_eq!(shown.expect(200), sent);
    let listed = world.ask_as(&bob.key, "GET", &path).await.expect(200);
    assert_eq!(listed["data"], json!([sent]));
}

#[actix_web::test]
async fn an_answer_carries_what_it_answers() {
    let world = World::new().await;
    let [ada, bob] = world.users(["Ada", "Bob"]).await;
    let of = world.conversation(&ada.key, &[bob.number]).await;
    let first = world.message(&ada.key, of, "first").await;
    let path = format!("/conversations/{of}/messages");
    let answer = |parent: &Value| json!({"message": "second", "parent_id": parent["id"]});
    let second = world
        .tell_as(&bob.key, "POST", &path, &answer(&first))
        .await
        .expect(201);
    assert_eq!(
        (&second["is_reply"], &second["parent"]),
        (&json!(true), &first)
    );
    let third = world
        .tell_as(&ada.key, "POST", &path, &answer(&second))
        .await
        .expect(201);
    assert_eq!(third["parent"]["id"], second["id"]);
    assert_eq!(
        (&third["parent"]["is_reply"], &third["parent"]["parent"]),
        (&json!(true), &Value::Null)
    );
    let gone = format!("{path}/{}", number(&second));
    world
        .ask_as(&bob.key, "DELETE", &gone)
        .await
        .expect_nothing();
    world
        .ask_as(&bob.key, "DELETE", &gone)
        .await
        .expect_nothing();
    let listed = world.ask_as(&ada.key, "GET", &path).await.expect(200);
    let tombstone = &listed["data"][1];
    for (name, expected) in [
        ("deleted", json!(true)),
        ("message", json!("")),
        ("reactions", json!([])),
        ("files", json!([])),
        ("voice", Value::Null),
    ] {
        assert_eq!(tombstone[name], expected, "{name}");
    }
    let third = &listed["data"][0];
    assert_eq!(
        (&third["parent"]["id"], &third["parent"]["deleted"]),
        (&second["id"], &json!(true))
    );
    let refused = world
        .tell_as(&ada.key, "POST", &path, &answer(&second))
        .await
        .refused(422);
    assert!(refused["errors"]["parent_id"].is_array(), "{refused}");
    let edit = world
        .tell_as(&bob.key, "PATCH", &gone, &json!({"message": "again"}))
        .await;
    edit.refused(410);
}

#[actix_web::test]
async fn what_cannot_be_sent_is_told() {
    let world = World::new().await;
    let [ada, bob] = world.users(["Ada", "Bob"]).await;
    let eve = world.user("Eve").await;
    let of = world.conversation(&ada.key, &[bob.number]).await;
    let elsewhere = world.conversation(&ada.key, &[eve.number]).await;
    let there = number(&world.message(&ada.key, elsewhere, "there").await);
    let path = format!("/conversations/{of}/messages");
    for (body, field) in [
        (json!({}), "message"),
        (json!({"message": null}), "message"),
        (json!({"message": 5}), "message"),
        (json!({"message": ""}), "message"),
        (json!({"message": "x", "parent_id": there}), "parent_id"),
        (json!({"message": "x", "parent_id": 999_999}), "parent_id"),
        (json!({"message": "x", "parent_id": "y"}), "parent_id"),
        (json!({"message": "x", "files": [999_999]}), "files.0"),
        (json!({"message": "x", "files": "y"}), "files"),
        (json!({"message": "x", "fileCount": -1}), "fileCount"),
    ] {
        let refused = world
            .tell_as(&ada.key, "POST", &path, &body)
            .await
            .refused(422);
        assert!(refused["errors"][field].is_array(), "{body}: {refused}");
    }
    let body = json!({"message": "x"});
    world
        .tell_as(&eve.key, "POST", &path, &body)
        .await
        .refused(403);
    world
        .tell_as(&eve.key, "POST", &path, &json!({}))
        .await
        .refused(403);
    for unknown in ["999", "0", "x", "-1", "99999999999999999999"] {
        let path = format!("/conversations/{unknown}/messages");
        world
            .tell_as(&ada.key, "POST", &path, &body)
            .await
            .refused(404);
    }
    let ask = Ask::new("POST", World::under(&path)).json(&body);
    world.send(&ask).await.refused(401);
    let reader = world.key_for("messaging:read", &ada.native_id);
    world
        .tell_as(&reader, "POST", &path, &body)
        .await
        .refused(403);
    let malformed = Ask::new("POST", World::under(&path))
        .key(&ada.key)
        .body("{\"message\":");
    world.send(&malformed).await.refused(400);
    let put = Ask::new("PUT", World::under(&path))
        .key(&ada.key)
        .json(&body);
    world.send(&put).await.refused(405);
    let listed = world.ask_as(&ada.key, "GET", &path).await.expect(200);
    assert_eq!(listed["data"], json!([]));
}

#[actix_web::test]
async fn a_key_that_only_writes_sees_what_it_wrote() {
    let world = World::new().await;
    let [ada, bob] = world.users(["Ada", "Bob"]).await;
    let of = world.conversation(&ada.key, &[bob.number]).await;
    let writer = world.key_for("messaging:write", &ada.native_id);
    let sent = world.message(&writer, of, "Hello").await;
    let path = format!("/conversations/{of}/messages/{}", number(&sent));
    let edited = world
        .tell_as(&writer, "PATCH", &path, &json!({"message": "Hi"}))
        .await
        .expect(200);
    assert_eq!(
        (&edited["message"], &edited["id"]),
        (&json!("Hi"), &sent["id"])
    );
    assert_eq!(edited["edited_at"], world.clock_seconds());
    world.ask_as(&writer, "GET", &path).await.refused(403);
}

#[actix_web::test]
async fn a_retry_gets_the_same_message() {
    let world = World::new().await;
    let [ada, bob] = world.users(["Ada", "Bob"]).await;
    let of = world.conversation(&ada.key, &[bob.number]).await;
    let path = World::under(&format!("/conversations/{of}/messages"));
    let ask = Ask::new("POST", path.as_str())
        .key(&ada.key)
        .header("Idempotency-Key", "k1")
        .json(&json!({"message": "once"}));
    world.send_twice(&ask, 201).await;
}

#[actix_web::test]
async fn only_who_wrote_it_or_moderates_changes_a_message() {
    let world = World::new().await;
    let [ada, bob, eve] = world.users(["Ada", "Bob", "Eve"]).await;
    let of = world
        .conversation(&ada.key, &[bob.number, eve.number])
        .await;
    let sent = world.message(&bob.key, of, "Hello").await;
    let path = format!("/conversations/{of}/messages/{}", number(&sent));
    let text = json!({"message": "Hi"});
    world
        .tell_as(&eve.key, "PATCH", &path, &text)
        .await
        .refused(403);
    world.ask_as(&eve.key, "DELETE", &path).await.refused(403);
    world
        .tell_as(&bob.key, "PATCH", &path, &json!({}))
        .await
        .refused(422);
    world
        .tell_as(&bob.key, "PATCH", &path, &json!({"message": ""}))
        .await
        .refused(422);
    assert_eq!(
        world
            .tell_as(&bob.key, "PATCH", &path, &text)
            .await
            .expect(200)["message"],
        "Hi"
    );
    let shown = world
        .ask_as(&bob.key, "POST", &format!("{path}/finalize-update"))
        .await;
    assert_eq!(shown.expect(200)["message"], "Hi");
    world
        .ask_as(&ada.key, "DELETE", &path)
        .await
        .expect_nothing();
}

#[actix_web::test]
async fn reactions_are_grouped_by_name() {
    let world = World::new().await;
    let [ada, bob] = world.users(["Ada", "Bob"]).await;
    let of = world.conversation(&ada.key, &[bob.number]).await;
    let sent = world.message(&ada.key, of, "Hello").await;
    let path = format!("/conversations/{of}/messages/{}/reactions", number(&sent));
    for (key, name) in [
        (&ada.key, "👍"),
        (&bob.key, "👍"),
        (&bob.key, "wow"),
        (&bob.key, "wow"),
    ] {
        let body = json!({"reaction": name});
        world.tell_as(key, "POST", &path, &body).await.expect(200);
    }
    let shown = format!("/conversations/{of}/messages/{}", number(&sent));
    let seen = world.ask_as(&ada.key, "GET", &shown).await.expect(200);
    let (thumbs, wow) = (&seen["reactions"][0], &seen["reactions"][1]);
    let users =
        json!([{"id": ada.number, "name": "Ada Doe"}, {"id": bob.number, "name": "Bob Doe"}]);
    assert_eq!(
        (&thumbs["reaction"], &thumbs["count"]),
        (&json!("👍"), &json!(2))
    );
    assert_eq!(
        (&thumbs["users"], &thumbs["reacted"]),
        (&users, &json!(true))
    );
    assert_eq!((&wow["count"], &wow["reacted"]), (&json!(1), &json!(false)));
    let of_group = format!("{path}/{}", number(thumbs));
    world
        .ask_as(&bob.key, "DELETE", &of_group)
        .await
        .expect_nothing();
    world
        .ask_as(&bob.key, "DELETE", &of_group)
        .await
        .refused(404);
    world
        .ask_as(&bob.key, "DELETE", &format!("{path}/wow"))
        .await
        .expect_nothing();
    let encoded = format!("{path}/%F0%9F%91%8D");
    world
        .ask_as(&ada.key, "DELETE", &encoded)
        .await
        .expect_nothing();
    let seen = world.ask_as(&ada.key, "GET", &shown).await.expect(200);
    assert_eq!(seen["reactions"], json!([]));
    let refused = world
        .tell_as(&ada.key, "POST", &path, &json!({"reaction": "a b"}))
        .await;
    assert!(refused.refused(422)["errors"]["reaction"].is_array());
}

#[actix_web::test]
async fn what_others_wrote_is_shown_and_private_notes_are_not() {
    let world = World::new().await;
    let [ada, bob] = world.users(["Ada", "Bob"]).await;
    let of = world.conversation(&ada.key, &[bob.number]).await;
    let listed = world
        .native("GET", "/v1/conversations", &Value::Null)
        .await
        .expect(200);
    let native = listed["items"][0]["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/conversations/{native}/messages");
    for body in [
        json!({"participant_id": ada.native_id, "body": "said", "metadata": {"a": 1}}),
        json!({"participant_id": ada.native_id, "body": "noted", "private": true}),
        json!({"participant_id": ada.native_id, "type": "system", "body": "Somebody came."}),
        json!({"participant_id": ada.native_id, "content_type": "list",
            "content": {"type": "list", "list": {"text": "choose", "items": [{"title": "one", "actions": []}]}}}),
    ] {
        world.native("POST", &path, &body).await.expect(201);
    }
    let listed = world
        .ask_as(&bob.key, "GET", &format!("/conversations/{of}/messages"))
        .await
        .expect(200);
    let shown: Vec<_> = listed["data"]
        .as_array()
        .expect("a list")
        .iter()
        .rev()
        .collect();
    let texts: Vec<_> = shown
        .iter()
        .map(|one| (&one["type"], &one["message"]))
        .collect();
    let (normal, service) = (json!("normal"), json!("service"));
    assert_eq!(
        texts,
        [
            (&normal, &json!("said")),
            (&service, &json!("Somebody came.")),
            (&normal, &json!("choose")),
        ]
    );
    let unread = world
        .ask_as(&bob.key, "GET", &format!("/conversations/{of}"))
        .await
        .expect(200);
    assert_eq!(unread["unread_message_count"], 3);
    assert_eq!(unread["latestMessage"]["message"], "choose");
}

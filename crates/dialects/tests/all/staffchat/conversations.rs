//! Conversations as one of their participants sees them.

use serde_json::{Value, json};

use super::world::{World, members, number, roles};

#[actix_web::test]
async fn one_other_is_a_direct_conversation_and_several_a_group() {
    let world = World::new().await;
    let [ada, bob, eve] = world.users(["Ada", "Bob", "Eve"]).await;
    let direct = world.conversation(&ada.key, &[bob.number]).await;
    assert_eq!(world.conversation(&bob.key, &[ada.number]).await, direct);
    let body = json!({"recipients": [bob.number, eve.number], "title": "Team"});
    let group = world
        .tell_as(&ada.key, "POST", "/conversations", &body)
        .await
        .expect(200);
    let expected = [
        "archived_at",
        "created_at",
        "id",
        "latestMessage",
        "mute_rule",
        "participants",
        "title",
        "type",
        "unread_message_count",
        "updated_at",
    ];
    assert_eq!(members(&group), expected);
    assert_eq!(
        (&group["type"], &group["title"]),
        (&json!("group"), &json!("Team"))
    );
    assert_eq!(
        roles(&group["participants"]),
        [
            (ada.number, "admin"),
            (bob.number, "normal"),
            (eve.number, "normal")
        ]
    );
    let shown = world
        .ask_as(&bob.key, "GET", &format!("/conversations/{direct}"))
        .await
        .expect(200);
    assert_eq!(
        (&shown["type"], &shown["title"], &shown["latestMessage"]),
        (&json!("direct"), &json!(""), &Value::Null)
    );
    world
        .ask_as(&eve.key, "GET", &format!("/conversations/{direct}"))
        .await
        .refused(403);
    for (recipients, field) in [
        (json!([]), "recipients"),
        (Value::Null, "recipients"),
        (json!("x"), "recipients"),
        (json!([999_999]), "recipients.0"),
        (json!([ada.number]), "recipients"),
    ] {
        let body = json!({"recipients": recipients});
        let refused = world
            .tell_as(&ada.key, "POST", "/conversations", &body)
            .await
            .refused(422);
        assert!(refused["errors"][field].is_array(), "{refused}");
    }
}

#[actix_web::test]
async fn a_conversation_may_begin_with_a_message() {
    let world = World::new().await;
    let [ada, bob] = world.users(["Ada", "Bob"]).await;
    for path in ["/conversations", "/conversations/message"] {
        let body = json!({"recipients": [bob.number], "message": "Hello", "fileCount": 0});
        let answer = world.tell_as(&ada.key, "POST", path, &body).await;
        let sent = answer.expect(201);
        assert_eq!(
            (&sent["message"], &sent["author"]["id"]),
            (&json!("Hello"), &json!(ada.number))
        );
        let place = format!(
            "/conversations/{}/messages/{}",
            sent["conversationId"],
            number(&sent)
        );
        assert!(
            answer
                .header("location")
                .is_some_and(|at| at.ends_with(&place)),
            "{place}"
        );
    }
    let refused = world
        .tell_as(
            &ada.key,
            "POST",
            "/conversations/message",
            &json!({"recipients": [bob.number]}),
        )
        .await;
    assert!(refused.refused(422)["errors"]["message"].is_array());
    let listed = world
        .ask_as(&bob.key, "GET", "/conversations")
        .await
        .expect(200);
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(listed["data"][0]["unread_message_count"], 2);
    let nothing = json!({"recipients": [999_999], "message": "x"});
    world
        .tell_as(&ada.key, "POST", "/conversations", &nothing)
        .await
        .refused(422);
}

#[actix_web::test]
async fn everybody_puts_away_and_reads_for_themselves() {
    let world = World::new().await;
    let [ada, bob] = world.users(["Ada", "Bob"]).await;
    let of = world.conversation(&ada.key, &[bob.number]).await;
    world.message(&ada.key, of, "one").await;
    world.message(&ada.key, of, "two").await;
    let path = format!("/conversations/{of}");
    let list = async |key: &str, query: &str| {
        let listed = world
            .ask_as(key, "GET", &format!("/conversations?{query}"))
            .await
            .expect(200);
        listed["data"].as_array().expect("a list").len()
    };
    assert_eq!(
        world.ask_as(&bob.key, "GET", "/counters").await.expect(200),
        json!({"groups": 0, "events": 0, "news": 0, "messages": 2})
    );
    assert_eq!(
        (
            list(&bob.key, "status=unread").await,
            list(&ada.key, "status=unread").await
        ),
        (1, 0)
    );
    world
        .ask_as(&bob.key, "POST", &format!("{path}/seen"))
        .await
        .expect_nothing();
    assert_eq!(list(&bob.key, "status=unread").await, 0);
    let shown = world.ask_as(&bob.key, "GET", &path).await.expect(200);
    assert_eq!(
        (&shown["unread_message_count"], &shown["archived_at"]),
        (&json!(0), &Value::Null)
    );
    assert_eq!(shown["latestMessage"]["message"], "two");
    world
        .ask_as(&bob.key, "POST", &format!("{path}/archive"))
        .await
        .expect_nothing();
    let shown = world.ask_as(&bob.key, "GET", &path).await.expect(200);
    assert_eq!(shown["archived_at"], world.clock_seconds());
    assert_eq!(
        (
            list(&bob.key, "").await,
            list(&bob.key, "status=archived").await
        ),
        (0, 1)
    );
    assert_eq!(list(&ada.key, "status=normal").await, 1);
    world
        .ask_as(&bob.key, "POST", &format!("{path}/unarchive"))
        .await
        .expect_nothing();
    assert_eq!(list(&bob.key, "").await, 1);
    world
        .ask_as(&bob.key, "GET", "/conversations?status=odd")
        .await
        .refused(422);
}

#[actix_web::test]
async fn conversations_are_found_by_title_name_and_people() {
    let world = World::new().await;
    let [ada, bob, eve] = world.users(["Ada", "Bob", "Eve"]).await;
    let with_bob = world.conversation(&ada.key, &[bob.number]).await;
    let with_eve = world.conversation(&ada.key, &[eve.number]).await;
    let body = json!({"recipients": [bob.number, eve.number], "title": "Kitchen Team"});
    let group = number(
        &world
            .tell_as(&ada.key, "POST", "/conversations", &body)
            .await
            .expect(200),
    );
    let list = async |query: &str| {
        let listed = world
            .ask_as(&ada.key, "GET", &format!("/conversations?{query}"))
            .await
            .expect(200);
        let data = listed["data"]
            .as_array()
            .expect("a list")
            .iter()
            .map(number);
        (data.collect::<Vec<_>>(), listed["links"]["next"].clone())
    };
    assert_eq!(list("query=kitchen").await.0, [group]);
    assert_eq!(list("query=bob").await.0, [group, with_bob]);
    assert_eq!(
        list(&format!("participants[]={}", eve.number)).await.0,
        [with_eve]
    );
    let both = format!(
        "participants[]={}&participants[]={}",
        eve.number, bob.number
    );
    assert_eq!(list(&both).await.0, [group]);
    let (first, next) = list("query=bob&limit=1").await;
    assert_eq!(first, [group]);
    let next = next
        .as_str()
        .expect("a link")
        .split_once('?')
        .expect("a query")
        .1
        .to_owned();
    assert_eq!(list(&next).await, (vec![with_bob], Value::Null));
    assert_eq!(list("limit=1&page=3").await.0, [with_bob]);
    assert_eq!(list("query=bob&limit=1&page=2").await.0, [with_bob]);
    world
        .ask_as(&ada.key, "GET", "/conversations?participants[]=999999")
        .await
        .refused(422);
}

#[actix_web::test]
async fn administrators_rename_and_delete_groups() {
    let world = World::new().await;
    let [ada, bob, eve] = world.users(["Ada", "Bob", "Eve"]).await;
    let of = world
        .conversation(&ada.key, &[bob.number, eve.number])
        .await;
    let path = format!("/conversations/{of}");
    let title = json!({"title": "Team"});
    world
        .tell_as(&bob.key, "PATCH", &path, &title)
        .await
        .refused(403);
    world
        .tell_as(&ada.key, "PATCH", &path, &json!({}))
        .await
        .refused(422);
    world
        .tell_as(&ada.key, "PATCH", &path, &title)
        .await
        .expect_nothing();
    assert_eq!(
        world.ask_as(&bob.key, "GET", &path).await.expect(200)["title"],
        "Team"
    );
    world.ask_as(&bob.key, "DELETE", &path).await.refused(403);
    world
        .ask_as(&ada.key, "DELETE", &path)
        .await
        .expect_nothing();
    world.ask_as(&ada.key, "GET", &path).await.refused(404);
    let direct = world.conversation(&ada.key, &[bob.number]).await;
    world
        .ask_as(&ada.key, "DELETE", &format!("/conversations/{direct}"))
        .await
        .refused(403);
}

#[actix_web::test]
async fn what_is_remembered_of_a_conversation_lets_nobody_in() {
    let world = World::new().await;
    let [ada, bob, eve] = world.users(["Ada", "Bob", "Eve"]).await;
    let of = world
        .conversation(&ada.key, &[bob.number, eve.number])
        .await;
    for user in [&ada, &bob, &ada, &bob] {
        let sent = world.message(&user.key, of, "Hello").await;
        assert_eq!(sent["author"]["id"], user.number);
    }
    let (path, text) = (format!("/conversations/{of}"), json!({"message": "again"}));
    let (messages, out) = (
        format!("{path}/messages"),
        format!("{path}/participants/{}", bob.number),
    );
    world
        .ask_as(&ada.key, "DELETE", &out)
        .await
        .expect_nothing();
    world
        .tell_as(&bob.key, "POST", &messages, &text)
        .await
        .refused(403);
    world.ask_as(&bob.key, "GET", &messages).await.refused(403);
    world
        .ask_as(&ada.key, "DELETE", &path)
        .await
        .expect_nothing();
    for user in [&ada, &bob] {
        world
            .tell_as(&user.key, "POST", &messages, &text)
            .await
            .refused(404);
        world.ask_as(&user.key, "GET", &messages).await.refused(404);
    }
}

#[actix_web::test]
async fn recipients_are_meant_once_and_whoever_begins_is_in_it_anyway() {
    let world = World::new().await;
    let [ann, bob] = world.users(["Ann", "Bob"]).await;
    let begin = async |recipients: Value| {
        let body = json!({"recipients": recipients});
        world
            .tell_as(&ann.key, "POST", "/conversations", &body)
            .await
    };
    let direct = begin(json!([bob.number])).await.expect(200);
    for same in [
        json!([bob.number, bob.number]),
        json!([bob.number, ann.number]),
    ] {
        assert_eq!(begin(same).await.expect(200)["id"], direct["id"]);
    }
    let alone = begin(json!([ann.number])).await.expect(422);
    assert!(alone["errors"]["recipients"].is_array(), "{alone}");
}

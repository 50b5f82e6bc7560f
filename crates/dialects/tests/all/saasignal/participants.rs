//! Participants: what is theirs in one conversation, and how far they have read.

use std::time::Duration;

use causerie_core::port::Clock;
use serde_json::{Value, json};

use super::world::{World, id, talk};

#[actix_web::test]
async fn who_was_added_comes_back_member_by_member() {
    let world = World::new().await;
    let of = world.conversation().await;
    let path = format!("/conversations/{of}/participants");
    let body = json!({
        "external_id": "user 7", "display_name": "Ada", "role": "owner", "metadata": {"n": 1.5, "x": [null]},
    });
    let made = world.tell("POST", &path, &body).await.expect(201);
    let expected = json!({
        "id": made["id"], "project_id": made["project_id"], "conversation_id": of, "external_id": "user 7",
        "display_name": "Ada", "role": "owner", "last_read_at": null, "metadata": {"n": 1.5, "x": [null]},
        "created_at": made["created_at"],
    });
    assert_eq!(made, expected);
    let page = world.ask("GET", &path).await.expect(200);
    assert_eq!(page, json!({"items": [expected], "next_cursor": null}));
    world
        .tell("POST", &path, &body)
        .await
        .refused(409, "conflict");
    for wrong in [
        json!({}),
        json!({"external_id": "", "display_name": "x"}),
        json!({"external_id": "x", "display_name": "x".repeat(129)}),
        json!({"external_id": "x", "display_name": "x", "role": "admin"}),
    ] {
        world
            .tell("POST", &path, &wrong)
            .await
            .refused(422, "unprocessable_entity");
    }
}

#[actix_web::test]
async fn one_external_id_is_one_participant_with_a_name_in_each_conversation() {
    let world = World::new().await;
    let (one, other) = (world.conversation().await, world.conversation().await);
    let add = async |of: &str, name: &str| {
        let path = format!("/conversations/{of}/participants");
        let body = json!({"external_id": "ada", "display_name": name});
        world.tell("POST", &path, &body).await.expect(201)
    };
    let (first, second) = (add(&one, "Ada").await, add(&other, "Countess").await);
    assert_eq!(first["id"], second["id"]);
    let listed = world
        .ask("GET", &format!("/conversations/{one}/participants"))
        .await;
    assert_eq!(listed.expect(200)["items"][0]["display_name"], "Ada");
    assert_eq!(second["display_name"], "Countess");
}

#[actix_web::test]
async fn a_change_is_kept_and_who_leaves_may_come_back_as_new() {
    let (world, of, ada) = talk().await;
    let path = format!("/conversations/{of}/participants/{ada}");
    let body = json!({"display_name": "Ada L.", "role": "readonly", "metadata": {"a": 1}});
    let changed = world.tell("PATCH", &path, &body).await.expect(200);
    for (name, value) in body.as_object().expect("an object") {
        assert_eq!(&changed[name], value);
    }
    let same = world
        .tell("PATCH", &path, &json!({"role": "member"}))
        .await
        .expect(200);
    assert_eq!(
        (&same["metadata"], &same["role"]),
        (&json!({"a": 1}), &json!("member"))
    );
    for wrong in [
        json!({"role": "admin"}),
        json!({"display_name": ""}),
        json!({"last_read_at": 7}),
    ] {
        world
            .tell("PATCH", &path, &wrong)
            .await
            .refused(400, "bad_request");
    }
    assert_eq!(
        world.ask("DELETE", &path).await.expect(200),
        json!({"deleted": true})
    );
    world.ask("DELETE", &path).await.refused(404, "not_found");
    world
        .tell("PATCH", &path, &json!({"role": 1}))
        .await
        .refused(404, "not_found");
    let back = json!({"external_id": "ada", "display_name": "Ada"});
    let back = world
        .tell("POST", &format!("/conversations/{of}/participants"), &back)
        .await;
    assert_eq!(back.expect(201)["metadata"], json!({}));
}

#[actix_web::test]
async fn who_says_to_have_read_is_shown_so_and_never_less() {
    let world = World::new().await;
    let of = world.conversation().await;
    let (ada, bob) = (
        world.participant(&of, "ada").await,
        world.participant(&of, "bob").await,
    );
    let mut times = Vec::new();
    for text in ["one", "two", "three"] {
        world.clock.advance(Duration::from_secs(10));
        times.push(world.message(&of, &ada, text).await["created_at"].clone());
    }
    world.clock.advance(Duration::from_secs(10));
    let path = format!("/conversations/{of}/participants/{bob}");
    let read = async |at: &Value| {
        let changed = world
            .tell("PATCH", &path, &json!({"last_read_at": at}))
            .await;
        changed.expect(200)["last_read_at"].clone()
    };
    assert_eq!(read(&times[1]).await, times[1]);
    assert_eq!(read(&times[0]).await, times[1], "it never goes back");
    let page = world
        .ask("GET", &format!("/conversations/{of}/messages"))
        .await
        .expect(200);
    let seen = |index: usize| page["items"][index]["read_at"].is_string();
    assert_eq!((seen(0), seen(1), seen(2)), (false, true, true));
    let later = json!(world.clock.now().plus(Duration::from_hours(1)).to_string());
    assert_eq!(read(&later).await, later);
    let listed = world
        .ask("GET", &format!("/conversations/{of}/participants"))
        .await
        .expect(200);
    let bob = listed["items"]
        .as_array()
        .and_then(|all| all.iter().find(|one| one["id"] == bob));
    assert_eq!(bob.expect("bob is listed")["last_read_at"], later);
}

#[actix_web::test]
async fn a_page_of_participants_goes_on() {
    let world = World::new().await;
    let of = world.conversation().await;
    for number in 0..5 {
        world.participant(&of, &format!("p{number}")).await;
    }
    let path = format!("/conversations/{of}/participants?limit=3");
    let first = world.ask("GET", &path).await.expect(200);
    let cursor = first["next_cursor"].as_str().expect("another page");
    let second = world
        .ask("GET", &format!("{path}&cursor={cursor}"))
        .await
        .expect(200);
    let ids = |page: &Value| {
        page["items"]
            .as_array()
            .map(|all| all.iter().map(id).collect::<Vec<_>>())
    };
    let (mut all, rest) = (ids(&first).expect("items"), ids(&second).expect("items"));
    assert_eq!((all.len(), rest.len()), (3, 2));
    all.extend(rest);
    all.dedup();
    assert_eq!(all.len(), 5);
}

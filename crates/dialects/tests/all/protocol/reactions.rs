//! Reactions: added, once for each name, in order; cleared by name or all together.

use serde_json::{Value, json};

use super::world::{Ask, World, conversation_of, id};

async fn scene() -> (World, String) {
    let world = World::new().await;
    let kevin = world.contact("KevinMcCallister").await;
    let of = conversation_of(&kevin);
    let sent = id(&world.message(&of, "I made my family disappear.").await);
    (world, format!("/messages/{sent}"))
}

async fn react(world: &World, path: &str, reactions: Value) -> Value {
    let told = world
        .tell("PUT", path, &json!({"reactions": reactions}))
        .await;
    told.expect(200)["reactions"].clone()
}

#[actix_web::test]
async fn a_reaction_is_added_from_a_form_with_brackets() {
    let (world, path) = scene().await;
    for body in [
        "reactions[red_angry_face][]=KateMcCallister",
        "reactions%5Bred_angry_face%5D%5B%5D=KateMcCallister",
    ] {
        let ask = Ask::new("PUT", World::under(&path))
            .key(&world.key)
            .form(body);
        let shown = world.send(&ask).await.expect(200);
        assert_eq!(
            shown["reactions"],
            json!([{"red_angry_face": ["KateMcCallister"]}])
        );
        assert!(shown["updated_at"].is_i64());
    }
}

#[actix_web::test]
async fn names_and_usernames_stay_in_the_order_in_which_they_came() {
    let (world, path) = scene().await;
    react(&world, &path, json!({"wow": ["KateMcCallister"]})).await;
    react(
        &world,
        &path,
        json!({"wow": ["KevinMcCallister", "first key"]}),
    )
    .await;
    let shown = react(
        &world,
        &path,
        json!({"angry": ["Buzz"], "wow": ["KateMcCallister"]}),
    )
    .await;
    let text = shown.to_string();
    let all = r#"{"wow":["KateMcCallister","KevinMcCallister","first key"],"angry":["Buzz"]}"#;
    let all: Value = serde_json::from_str(all).expect("JSON");
    assert_eq!(shown, json!([all]));
    assert!(text.contains("Buzz"));
    let same = react(&world, &path, shown.clone()).await;
    assert_eq!(same, shown, "what is shown can be written back");
}

#[actix_web::test]
async fn a_username_that_a_member_has_is_that_members_reaction_everywhere() {
    let (world, path) = scene().await;
    react(
        &world,
        &path,
        json!({"wow": ["KevinMcCallister", "Nobody"]}),
    )
    .await;
    let found = world
        .native("GET", "/v1/messages", &Value::Null)
        .await
        .expect(200);
    assert_eq!(
        found["items"][0]["reactions"],
        json!([{"name": "wow", "count": 1}])
    );
    let cleared = react(&world, &path, json!({"wow": []})).await;
    assert_eq!(cleared, json!([]));
    let found = world
        .native("GET", "/v1/messages", &Value::Null)
        .await
        .expect(200);
    assert_eq!(found["items"][0]["reactions"], json!([]));
}

#[actix_web::test]
async fn one_name_or_everything_is_cleared() {
    let (world, path) = scene().await;
    let two = json!({"wow": ["Kate"], "angry": ["Kate", "KevinMcCallister"]});
    react(&world, &path, two.clone()).await;
    let form = Ask::new("PUT", World::under(&path))
        .key(&world.key)
        .form("reactions[wow][]=");
    let left = world.send(&form).await.expect(200)["reactions"].clone();
    assert_eq!(left, json!([{"angry": ["Kate", "KevinMcCallister"]}]));
    for nothing in [json!([]), json!({}), json!("")] {
        react(&world, &path, two.clone()).await;
        assert_eq!(react(&world, &path, nothing).await, json!([]));
    }
}

#[actix_web::test]
async fn reactions_that_cannot_be_are_refused() {
    let (world, path) = scene().await;
    let long = "x".repeat(33);
    for wrong in [
        json!({"two words": ["Kate"]}),
        json!({long: ["Kate"]}),
        json!({"wow": [["Kate"]]}),
        json!({"wow": {"Kate": 1}}),
        json!({"wow": ["K".repeat(257)]}),
        json!({"wow": (0..101).map(|one| one.to_string()).collect::<Vec<_>>()}),
        json!([7]),
        json!(7),
    ] {
        let told = world.tell("PUT", &path, &json!({"reactions": wrong})).await;
        told.refused(400);
    }
    let shown = world.ask("GET", &path).await.expect(200);
    assert_eq!(
        (&shown["reactions"], &shown["updated_at"]),
        (&json!([]), &Value::Null)
    );
}

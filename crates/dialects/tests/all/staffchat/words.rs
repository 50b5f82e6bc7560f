//! What clients are told: in words of their own API, at the field that it is about, and nothing that is not for them.
//!
//! Statuses are in the tests of what is refused.

use serde_json::{Value, json};

use crate::server::id;

use super::world::{Ask, World};

#[actix_web::test]
async fn problems_speak_of_what_the_client_knows() {
    let world = World::new().await;
    let ann = world.user("Ann").await;
    let torn = Ask::new("POST", World::under("/users"))
        .key(&world.key)
        .body("{x");
    for (answer, status, expected) in [
        (
            world.send(&Ask::new("GET", World::under("/users"))).await,
            401,
            "Unauthenticated. Send your token as `Authorization: Bearer …`; POST /authenticate gives one.",
        ),
        (
            world.ask("GET", "/nothing").await,
            404,
            "There is nothing at this path.",
        ),
        (
            world.ask_as(&ann.key, "GET", "/users/999").await,
            404,
            "There is no such user.",
        ),
        (
            world.send(&torn).await,
            400,
            "The body is not well-formed JSON. Line 1 column 2.",
        ),
    ] {
        assert_eq!(answer.status, status, "{}", answer.text());
        assert_eq!(answer.json()["message"], expected);
    }
}

#[actix_web::test]
async fn what_is_wrong_is_told_at_its_own_field() {
    let world = World::new().await;
    let long = "x".repeat(300);
    let user =
        json!({"first_name": "Ann", "last_name": "Doe", "title": long, "email": "ann@example.com"});
    let answer = world.tell("POST", "/users", &user).await;
    let errors = answer.expect(422)["errors"].clone();
    let fields: Vec<&String> = errors.as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["title"], "{errors}");
    let ann = world.user("Ann").await;
    let of = world.conversation(&world.key, &[ann.number]).await;
    for parameter in ["message", "starter_message_id"] {
        let path = format!("/conversations/{of}/messages?{parameter}=999");
        let answer = world.ask("GET", &path).await.expect(422);
        assert!(answer["errors"][parameter].is_array(), "{answer}");
    }
}

#[actix_web::test]
async fn contacts_are_told_nothing_private_of_others_and_nobody_of_keys() {
    let world = World::new().await;
    let body = json!({"first_name": "Ann", "last_name": "Doe", "email": "ann@example.com",
        "birthday": "1990-01-01"});
    let made = world.tell("POST", "/users", &body).await;
    assert_eq!(made.expect(201)["birthday"], "1990-01-01");
    let contact = json!({"kind": "contact", "display_name": "Bea"});
    let contact = world.native("POST", "/v1/participants", &contact).await;
    let key = world.key_for("messaging:*", &id(&contact.expect(201)));
    let seen = world.ask_as(&key, "GET", "/users").await.expect(200);
    assert!(seen["data"].to_string().contains("Ann"), "{seen}");
    assert!(!seen["data"].to_string().contains("1990"), "{seen}");
    let own = world.ask("GET", "/users/current").await;
    assert_eq!(own.expect(200)["reference"], json!(""));
    let known = world.ask("GET", "/users").await.expect(200);
    assert!(known["data"].to_string().contains("1990"), "{known}");
    assert!(!known["data"].to_string().contains("key_"), "{known}");
    assert_ne!(known["data"], Value::Null);
}

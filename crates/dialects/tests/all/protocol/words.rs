//! What clients are told is in words of their own API, and once.
//!
//! Statuses are in the tests of what is refused.

use serde_json::json;

use super::world::{Ask, World};

#[actix_web::test]
async fn problems_speak_of_what_the_client_knows() {
    let world = World::new().await;
    let kate = world.contact("Kate").await;
    let me = world
        .message(kate["conversation_id"].as_str().expect("an id"), "x")
        .await["contact"]["id"]
        .clone();
    let tell = async |path: &str, body| world.tell("POST", path, &body).await;
    let torn = Ask::new("POST", World::under("/messages"))
        .header("Content-Type", "application/json")
        .body("{x");
    let of = &kate["conversation_id"];
    for (answer, status, expected) in [
        (
            tell(
                "/contacts",
                json!({"username": "Kate", "phone_number": "1"}),
            )
            .await,
            409,
            "Another contact has this username. Choose another one.",
        ),
        (
            tell("/messages", json!({"conversation_id": of, "message": 5})).await,
            400,
            "message: expected a text.",
        ),
        (
            tell("/messages", json!({"conversation_id": of})).await,
            400,
            "message: expected a text.",
        ),
        (
            tell("/conversations", json!({"contact_id": me})).await,
            422,
            "contact_id: expected each participant once.",
        ),
        (
            world.send(&torn.key(&world.key)).await,
            400,
            "The body is not well-formed JSON. Line 1 column 2.",
        ),
        (
            world.ask_as("x", "GET", "/messages").await,
            401,
            "The token is mistyped or cut off. Copy it again.",
        ),
    ] {
        assert_eq!(answer.refused(status), expected);
    }
}

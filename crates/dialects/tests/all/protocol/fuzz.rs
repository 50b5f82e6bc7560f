//! Odd requests to every route: which things there are, and what members and parameters are called.

use serde_json::json;

use super::world::{Protocol, World, conversation_of, id};
use crate::odd::{self, Scene};

async fn scene() -> Scene<Protocol> {
    let world = World::new().await;
    let kevin = world.contact("KevinMcCallister").await;
    let of = conversation_of(&kevin);
    let sent = id(&world.message(&of, "Hello").await);
    let group = json!({"name": "The McCallisters", "contacts": [id(&kevin)]});
    let group = id(&world.tell("POST", "/groups", &group).await.expect(201));
    let key = world.key.clone();
    Scene::new(world, key, |path| {
        let id = match path.split('/').nth(2) {
            Some("messages") => &sent,
            Some("conversations") => &of,
            Some("groups") => &group,
            _ => "xgQQXg3hrtjh7AvZ",
        };
        path.replace("{id}", id)
    })
}

#[test]
fn arbitrary_bytes_of_any_type() {
    odd::arbitrary_bytes_of_any_type(scene);
}

#[test]
fn members_of_any_value() {
    let names = &[
        "conversation_id",
        "message",
        "reactions",
        "attachments",
        "read_at",
        "contact_id",
        "group_id",
        "pinned_message_id",
        "is_pinned",
        "is_muted",
        "archived_at",
        "username",
        "phone_number",
        "avatar_url",
        "display_name",
        "name",
        "description",
        "contacts",
        "filename",
    ];
    let inner = &["id", "username"];
    odd::members_of_any_value(scene, names, inner);
}

#[test]
fn any_query_and_headers() {
    let names = &[
        "limit",
        "starting_after",
        "ending_before",
        "conversation_id",
        "group_id",
        "muted",
        "archived",
        "pinned",
    ];
    odd::any_query_and_headers(scene, names);
}

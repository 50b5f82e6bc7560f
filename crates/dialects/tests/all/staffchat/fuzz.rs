//! Odd requests to every route: which things there are, and what members and parameters are called.

use serde_json::json;

use super::world::{Staffchat, World, number};
use crate::odd::{self, Scene};

async fn scene() -> Scene<Staffchat> {
    let world = World::new().await;
    let [ada, bob, eve] = world.users(["Ada", "Bob", "Eve"]).await;
    let of = world
        .conversation(&ada.key, &[bob.number, eve.number])
        .await;
    let sent = number(&world.message(&ada.key, of, "Hello").await);
    let asked =
        json!({"id": sent, "type": "messages", "content_type": "text/plain", "filename": "a.txt"});
    let door = world.tell_as(&ada.key, "POST", "/upload", &asked).await;
    let door = door.expect(201);
    Scene::new(world, ada.key, |path| {
        path.replace("{conversation}", &of.to_string())
            .replace("{message}", &sent.to_string())
            .replace("{user}", &bob.number.to_string())
            .replace("{reaction}", "wow")
            .replace("{file}", &door["file"].to_string())
            .replace("{preset}", "thumbnail")
    })
}

#[test]
fn arbitrary_bytes_of_any_type() {
    odd::arbitrary_bytes_of_any_type(scene);
}

#[test]
fn members_of_any_value() {
    let names = &[
        "message",
        "parent_id",
        "fileCount",
        "files",
        "reaction",
        "recipients",
        "title",
        "participants",
        "type",
        "id",
        "content_type",
        "filename",
        "key",
        "username",
        "password",
        "first_name",
        "last_name",
        "email",
        "phone",
        "unit",
        "settings",
    ];
    let inner = &["id", "language"];
    odd::members_of_any_value(scene, names, inner);
}

#[test]
fn any_query_and_headers() {
    let names = &[
        "limit",
        "cursor",
        "page",
        "query",
        "status",
        "participants[]",
        "starter_message_id",
        "inactive",
    ];
    odd::any_query_and_headers(scene, names);
}

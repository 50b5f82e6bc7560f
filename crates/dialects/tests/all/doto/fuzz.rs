//! Odd requests to every route: which things there are, and what members and parameters are called.

use serde_json::json;

use super::world::{Doto, World, number};
use crate::odd::{self, Scene};

async fn scene() -> Scene<Doto> {
    let world = World::new().await;
    let of = world.conversation().await;
    let said = number(&world.say(of, &json!({"content": "Hello"})).await["id"]);
    let contact = world.contact(&json!({"name": "Jane"})).await;
    let inbox = world.inbox().await;
    let key = world.key.clone();
    Scene::new(world, key, |path| {
        path.replace("{account_id}", "1")
            .replace("{conversation_id}", &of.to_string())
            .replace("{message_id}", &said.to_string())
            .replace("{contact_id}", &contact.to_string())
            .replace("{inbox_id}", &inbox.to_string())
    })
}

#[test]
fn arbitrary_bytes_of_any_type() {
    odd::arbitrary_bytes_of_any_type(scene);
}

#[test]
fn members_of_any_value() {
    let names = &[
        "content",
        "message_type",
        "private",
        "content_type",
        "content_attributes",
        "echo_id",
        "source_id",
        "template_params",
        "attachments",
        "sender_type",
        "sender_id",
        "cc_emails",
        "external_created_at",
        "status",
        "external_error",
        "inbox_id",
        "contact_id",
        "message",
        "custom_attributes",
        "additional_attributes",
        "snoozed_until",
        "priority",
        "labels",
        "assignee_id",
        "user_ids",
        "payload",
        "name",
        "email",
        "phone_number",
        "identifier",
        "avatar_url",
        "blocked",
        "channel",
        "role",
        "typing_status",
    ];
    let inner = &["items", "content", "in_reply_to"];
    odd::members_of_any_value(scene, names, inner);
}

#[test]
fn any_query_and_headers() {
    let names = &[
        "before",
        "after",
        "filter_internal_messages",
        "page",
        "sort",
        "status",
        "labels",
        "assignee_type",
        "inbox_id",
        "q",
        "include_contact_inboxes",
    ];
    odd::any_query_and_headers(scene, names);
}

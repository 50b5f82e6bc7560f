//! Odd requests to every route: which things there are, and what members and parameters are called.

use serde_json::json;

use super::world::{Bird, World, id};
use crate::odd::{self, Scene};

async fn scene() -> Scene<Bird> {
    let world = World::new().await;
    let channel = world.channel().await;
    let sent = world.text(&channel, "+31612345678", "Hello").await;
    let contact = id(&sent["receiver"]["contacts"][0]);
    let upload = world.of("/channel-media/presigned-upload");
    let wish = json!({"contentType": "image/png"});
    let upload = world.tell("POST", &upload, &wish).await.expect(200);
    let media = upload["mediaUrl"]
        .as_str()
        .and_then(|url| url.rsplit('/').next());
    let media = media.expect("an id");
    let wish = json!({"name": "Talk", "participants": [{"id": contact}]});
    let talk = world.tell("POST", &world.of("/conversations"), &wish).await;
    let talk = id(&talk.expect(201));
    let workspace = world.workspace_id();
    let key = world.key.clone();
    Scene::new(world, key, |path| {
        path.replace("{workspaceId}", &workspace)
            .replace("{organizationId}", &workspace)
            .replace("{channelId}", &channel)
            .replace("{conversationId}", &talk)
            .replace("{messageId}", &id(&sent))
            .replace("{contactId}", &contact)
            .replace("{participantId}", &contact)
            .replace("{mediaId}", media)
            .replace("{key}", "phonenumber")
            .replace("{value}", "+31612345678")
    })
}

#[test]
fn arbitrary_bytes_of_any_type() {
    odd::arbitrary_bytes_of_any_type(scene);
}

#[test]
fn members_of_any_value() {
    let names = &[
        "receiver",
        "body",
        "template",
        "sender",
        "reference",
        "replyTo",
        "meta",
        "tags",
        "scheduledFor",
        "validity",
        "shortLinks",
        "notification",
        "capFrequency",
        "messageRequests",
        "contentType",
        "displayName",
        "identifiers",
        "attributes",
        "listIds",
        "name",
        "participants",
    ];
    let inner = &[
        "contacts",
        "identifierKey",
        "identifierValue",
        "type",
        "text",
        "id",
    ];
    odd::members_of_any_value(scene, names, inner);
}

#[test]
fn any_query_and_headers() {
    let names = &[
        "limit",
        "pageToken",
        "reverse",
        "direction",
        "status",
        "startAt",
        "platform",
        "ids",
    ];
    odd::any_query_and_headers(scene, names);
}

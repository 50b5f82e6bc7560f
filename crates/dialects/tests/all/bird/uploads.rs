//! Files: asked for, brought without a key, shown by messages, sent to who has a key.

use std::time::Duration;

use causerie_core::port::Clock;
use serde_json::{Value, json};

use super::world::{Ask, World, id, plain};

const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

async fn asked(world: &World) -> Value {
    let path = world.of("/channel-media/presigned-upload");
    let wish = json!({"contentType": "image/png"});
    world.tell("POST", &path, &wish).await.expect(200)
}

fn path_of(url: &str) -> String {
    let (_, rest) = url.split_once("://").expect("an absolute address");
    let (_, path) = rest.split_once('/').expect("a path");
    format!("/{path}")
}

fn form(upload: &Value, bytes: &[u8]) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, value) in upload["uploadFormData"].as_object().expect("fields") {
        let value = value.as_str().expect("a text");
        let part =
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        form.extend(part.bytes());
    }
    let head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n";
    form.extend(head.bytes());
    form.extend(bytes);
    form.extend(b"\r\n--x--\r\n");
    form
}

async fn bring(world: &World, upload: &Value) -> u16 {
    let target = path_of(upload["uploadUrl"].as_str().expect("an address"));
    let ask = Ask::new("POST", target).header("Content-Type", "multipart/form-data; boundary=x");
    world.send(&ask.body(form(upload, PNG))).await.status
}

#[actix_web::test]
async fn a_file_is_brought_without_a_key_and_had_with_one() {
    let world = World::new().await;
    let upload = asked(&world).await;
    assert_eq!(upload["uploadMethod"], "POST");
    assert_eq!(bring(&world, &upload).await, 204);
    let target = path_of(upload["mediaUrl"].as_str().expect("an address"));
    let had = world.send(&Ask::new("GET", &target).key(&world.key)).await;
    assert_eq!((had.status, had.body.as_slice()), (200, PNG));
    assert_eq!(had.header("content-type"), Some("image/png"));
    let answer = world.send(&Ask::new("GET", &target)).await;
    answer.refused(401, "Unauthorized");
}

#[actix_web::test]
async fn a_message_that_shows_a_file_keeps_it_and_other_readers_see_it() {
    let world = World::new().await;
    let channel = world.channel().await;
    let upload = asked(&world).await;
    assert_eq!(bring(&world, &upload).await, 204);
    let mut wish = plain("+31612345678", "x");
    let images = json!([{"mediaUrl": upload["mediaUrl"], "altText": "A cat"}]);
    wish["body"] = json!({"type": "image", "image": {"images": images}});
    let sent = world.say(&channel, &wish).await.expect(202);
    assert_eq!(sent["body"], wish["body"]);
    let file =
        json!({"mediaUrl": upload["mediaUrl"], "contentType": "image/png", "filename": "cat.png"});
    wish["body"] = json!({"type": "file", "file": {"files": [file]}});
    world.say(&channel, &wish).await.expect(202);
    let all = world
        .native("GET", "/v1/messages", &Value::Null)
        .await
        .expect(200);
    assert_eq!(
        all["items"][0]["attachments"][0]["name"], "cat.png",
        "{all}"
    );
    let attachment = &all["items"][1]["attachments"][0];
    assert_eq!(attachment["alt_text"], "A cat", "{all}");
}

#[actix_web::test]
async fn a_file_that_never_came_cannot_be_shown() {
    let world = World::new().await;
    let channel = world.channel().await;
    let upload = asked(&world).await;
    let mut wish = plain("+31612345678", "x");
    wish["body"] = json!({"type": "gif", "gif": {"mediaUrl": upload["mediaUrl"]}});
    let details = world
        .say(&channel, &wish)
        .await
        .refused(422, "InvalidPayload");
    assert!(details[".body"].is_array(), "{details}");
}

#[actix_web::test]
async fn uploads_are_asked_for_where_there_is_something() {
    let world = World::new().await;
    let channel = world.channel().await;
    let wish = json!({"contentType": "image/png"});
    let path = world.of(&format!("/channels/{channel}/presigned-upload"));
    world.tell("POST", &path, &wish).await.expect(200);
    for wrong in [
        json!({}),
        json!({"contentType": ""}),
        json!({"contentType": 1}),
        json!({"contentType": "x/y", "more": 1}),
    ] {
        world
            .tell("POST", &path, &wrong)
            .await
            .refused(422, "InvalidPayload");
    }
    let unknown = "b4e02c85-c6d2-4b15-8885-e09671799c61";
    for of in ["channels", "conversations"] {
        let path = world.of(&format!("/{of}/{unknown}/presigned-upload"));
        world
            .tell("POST", &path, &wish)
            .await
            .refused(404, "ResourceNotFound");
    }
    let path = world.of(&format!("/media/{unknown}"));
    world
        .ask("GET", &path)
        .await
        .refused(404, "ResourceNotFound");
    let sent = world.text(&channel, "+31612345678", "x").await;
    let path = world.of(&format!("/media/{}", id(&sent)));
    world
        .ask("GET", &path)
        .await
        .refused(404, "ResourceNotFound");
}

#[actix_web::test]
async fn an_address_that_has_expired_takes_nothing() {
    let world = World::new().await;
    let upload = asked(&world).await;
    let later = world.clock.now().plus(Duration::from_hours(2));
    world.clock.set(later);
    assert_eq!(bring(&world, &upload).await, 403);
}

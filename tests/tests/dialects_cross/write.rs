//! What can be written through each API: texts, answers, files, reactions, edits, deletions, notes, and what belongs
//! to one product only.
//!
//! Each thing is written as that product's clients do it, by the agent unless its name says otherwise.

use causerie_tests::{Form, form, moment, scene};
use serde_json::{Value, json};

use crate::world::{NUMBER, World};

/// Writes everything through everybody, one after the other.
#[track_caller]
pub(crate) fn everything(world: &mut World) {
    native(world);
    saasignal(world);
    doto(world);
    bird(world);
    protocol(world);
    staffchat(world);
}

/// What a message says: quotes and signs that encodings stumble over, and what tells it from all others.
fn text(writer: &str, name: &str) -> String {
    format!("“{name}” – Grüße & 1+1=2 🙂 ({writer})")
}

fn native(world: &mut World) {
    const ME: &str = "/v1";
    let path = scene::messages(&world.conversation);
    let say = |world: &mut World, name: &'static str, more: Value| {
        let says = text(ME, name);
        let mut body = json!({"participant_id": world.ada, "body": says});
        merge(&mut body, more);
        let sent = world.native.post(&path, &body).expect(201);
        world.written(ME, name, &says);
        scene::id(&sent)
    };
    let first = say(world, "a text that the contact has read", json!({}));
    let read = format!(
        "/v1/conversations/{}/members/{}/read",
        world.conversation, world.bo
    );
    let body = json!({"seq": 1});
    world
        .native
        .call("PUT", &read, &[], Some(&body))
        .expect(200);
    let kept =
        json!({"metadata": {"a": [1, null, "ü"]}, "reference": "order-1", "tags": ["Urgent"]});
    say(world, "a text with metadata, reference and tag", kept);
    say(world, "an answer", json!({"reply_to": first}));
    let media = form::upload(&mut world.native, "one.txt", b"one");
    let attachment = json!({"attachments": [{"media_id": media["id"]}]});
    say(world, "a file", attachment);
    let items = json!({"items": [{"title": "Yes", "value": "y"}]});
    say(
        world,
        "a question",
        json!({"content_type": "input_select", "content": items}),
    );
    say(world, "a private note", json!({"private": true}));
    let liked = say(world, "a text with a reaction", json!({}));
    let reaction = json!({"participant_id": world.ada, "name": "👍"});
    let at = format!("{path}/{liked}/reactions");
    world.native.post(&at, &reaction).expect(201);
    let edited = say(world, "an edited text", json!({}));
    let body = json!({"body": text(ME, "an edited text") + " (edited)"});
    let at = format!("{path}/{edited}");
    world
        .native
        .call("PATCH", &at, &[], Some(&body))
        .expect(200);
    for (name, mode) in [
        ("a hidden text", "soft"),
        ("a redacted text", "redact"),
        ("a purged text", "purge"),
    ] {
        let id = say(world, name, json!({}));
        let at = format!("{path}/{id}?mode={mode}");
        world.native.call("DELETE", &at, &[], None).expect(204);
    }
}

fn saasignal(world: &mut World) {
    const ME: &str = "saasignal";
    let path = world.saasignal_messages.clone();
    let say = |world: &mut World, name: &'static str, more: Value| {
        let says = text(ME, name);
        let mut body = json!({"participant_id": world.ada, "body": says});
        merge(&mut body, more);
        let sent = world.saasignal.post(&path, &body).expect(201);
        world.written(ME, name, &says);
        scene::id(&sent)
    };
    let metadata =
        json!({"metadata": {"n": 12_345_678_901_234_567_890_u64, "deep": {"x": [null, 1.50]}}});
    let first = say(world, "a text with metadata", metadata);
    say(world, "an answer", json!({"reply_to": first}));
    say(world, "a picture", json!({"type": "image"}));
    say(world, "a notice", json!({"type": "system"}));
    let liked = say(world, "a text with a reaction", json!({}));
    let reaction = json!({"participant_id": world.ada, "emoji": "🎉"});
    let at = format!("/modules/messaging/messages/{liked}/reactions");
    world.saasignal.post(&at, &reaction).expect(201);
    let edited = say(world, "an edited text", json!({}));
    let body = json!({"body": text(ME, "an edited text") + " (edited)"});
    world
        .saasignal
        .patch(&format!("{path}/{edited}"), &body)
        .expect(200);
    let deleted = say(world, "a deleted text", json!({}));
    world
        .saasignal
        .delete(&format!("{path}/{deleted}"))
        .expect(200);
}

fn doto(world: &mut World) {
    const ME: &str = "doto";
    let path = world.doto_messages.clone();
    let say = |world: &mut World, name: &'static str, more: Value| {
        let says = text(ME, name);
        let mut body = json!({"content": says});
        merge(&mut body, more);
        let sent = world.doto.post(&path, &body).expect(200);
        world.written(ME, name, &says);
        sent["id"].clone()
    };
    let first = say(
        world,
        "a text",
        json!({"message_type": "outgoing", "private": false}),
    );
    let incoming = json!({"message_type": "incoming", "source_id": "remote-1", "echo_id": "e1"});
    say(world, "a text of the contact", incoming);
    let answer = json!({"content_attributes": {"in_reply_to": first, "own": {"x": 1.50}}});
    say(world, "an answer with attributes", answer);
    let items = json!({"items": [{"title": "Yes", "value": "y"}]});
    let question = json!({"content_type": "input_select", "content_attributes": items});
    say(world, "a question", question);
    say(world, "a private note", json!({"private": true}));
    let says = text(ME, "a file");
    let form = Form::default()
        .text("content", &says)
        .text("message_type", "outgoing")
        .file("attachments[]", "two.txt", b"two");
    world.doto.form(&path, &form).expect(200);
    world.written(ME, "a file", &says);
    let failed = say(world, "a text that failed", json!({}));
    let body = json!({"status": "failed", "external_error": "no such number"});
    world
        .doto
        .patch(&format!("{path}/{failed}"), &body)
        .expect(200);
    let deleted = say(world, "a deleted text", json!({}));
    world.doto.delete(&format!("{path}/{deleted}")).expect(200);
}

fn bird(world: &mut World) {
    const ME: &str = "bird";
    let path = world.bird_messages.clone();
    let say = |world: &mut World, name: &'static str, says: &str, more: Value| {
        let contact = json!({"identifierKey": "phonenumber", "identifierValue": NUMBER});
        let mut body = json!({"receiver": {"contacts": [contact]},
            "body": {"type": "text", "text": {"text": says}}});
        merge(&mut body, more);
        let sent = world.bird.post(&path, &body).expect(202);
        world.written(ME, name, says);
        scene::id(&sent)
    };
    let name = "a text with reference, tags and meta";
    let more = json!({"reference": "order-2", "tags": ["Shipping", "vip"],
        "meta": {"extraInformation": {"x": [1.50, null]}}});
    let first = say(world, name, &text(ME, name), more);
    let answer = json!({"replyTo": {"id": first, "type": "message"}});
    say(world, "an answer", &text(ME, "an answer"), answer);
    let says = text(ME, "a list");
    let list = json!({"type": "list", "list": {"text": says, "title": "Sizes",
        "items": [{"title": "Small", "mediaUrl": null}, {"title": "Large"}]}});
    say(world, "a list", &says, json!({"body": list}));
    let says = text(ME, "a file");
    let file = json!({"type": "file", "file": {"text": says, "files": [
        {"mediaUrl": brought(world), "contentType": "text/plain", "filename": "three.txt"}]}});
    say(world, "a file", &says, json!({"body": file}));
    let (name, says) = ("a text for later", text(ME, "a text for later"));
    let later = moment::ahead(&mut world.native, 3_600_000);
    let contact = json!({"identifierKey": "phonenumber", "identifierValue": NUMBER});
    let body = json!({"receiver": {"contacts": [contact]}, "scheduledFor": later,
        "body": {"type": "text", "text": {"text": says}}});
    world.bird.post(&path, &body).expect(202);
    world.scheduled(ME, name, &says);
}

/// Brings a file as Bird's clients do; gives its address.
#[track_caller]
fn brought(world: &mut World) -> Value {
    let door = world
        .bird_messages
        .replace("/messages", "/presigned-upload");
    let wish = json!({"contentType": "text/plain"});
    let upload = world.bird.post(&door, &wish).expect(200);
    let fields = upload["uploadFormData"].as_object().expect("fields");
    let filled = fields.iter().fold(Form::default(), |form, (name, value)| {
        form.text(name, value.as_str().expect("text"))
    });
    let form = filled.file_of("file", "three.txt", "text/plain", b"three");
    let (mut nobody, path) = world
        .native
        .stranger(upload["uploadUrl"].as_str().expect("a URL"));
    assert_eq!(form.post(&mut nobody, &path).status, 204);
    upload["mediaUrl"].clone()
}

fn protocol(world: &mut World) {
    const ME: &str = "protocol";
    let conversation = world.protocol_conversation.clone();
    let say = |world: &mut World, name: &'static str, more: Value| {
        let says = text(ME, name);
        let mut body = json!({"conversation_id": conversation, "message": says});
        merge(&mut body, more);
        let sent = world.protocol.post("/v1/messages", &body).expect(201);
        world.written(ME, name, &says);
        format!("/v1/messages/{}", scene::id(&sent))
    };
    say(world, "a text", json!({}));
    let form = Form::default().file("file", "four.txt", b"four");
    let attachment = world.protocol.form("/v1/attachments", &form).expect(201);
    say(world, "a file", json!({"attachments": [attachment["id"]]}));
    let liked = say(world, "a text with reactions", json!({}));
    let reactions =
        json!({"reactions": {"red_angry_face": ["KateMcCallister"], "👍": ["Ada Lovelace"]}});
    world.protocol.put(&liked, &reactions).expect(200);
    let edited = say(world, "an edited text", json!({}));
    let body = json!({"message": text(ME, "an edited text") + " (edited)"});
    world.protocol.put(&edited, &body).expect(200);
    let deleted = say(world, "a deleted text", json!({}));
    world.protocol.delete(&deleted).expect(204);
}

fn staffchat(world: &mut World) {
    const ME: &str = "staffchat";
    let path = world.staffchat_messages.clone();
    let say = |world: &mut World, name: &'static str, more: Value| {
        let says = text(ME, name);
        let mut body = json!({"message": says});
        merge(&mut body, more);
        let sent = world.staffchat.post(&path, &body).expect(201);
        world.written(ME, name, &says);
        sent["id"].clone()
    };
    let first = say(world, "a text", json!({}));
    say(world, "an answer", json!({"parent_id": first}));
    let bearing = say(world, "a file", json!({"fileCount": 1}));
    let wish = json!({"id": bearing, "type": "messages", "content_type": "text/plain",
        "filename": "five.txt"});
    let door = world.staffchat.post("/upload", &wish).expect(201);
    let headers = door["headers"].as_object().expect("headers").iter();
    let headers: Vec<(&str, &str)> = headers
        .map(|(name, values)| (name.as_str(), values[0].as_str().expect("a value")))
        .collect();
    let (mut nobody, at) = world.native.stranger(door["url"].as_str().expect("a URL"));
    let put = nobody.bring("PUT", &at, &headers, b"five");
    assert!((200..300).contains(&put.status), "{}", put.text());
    let done = format!("/file/{}/finalise", door["file"]);
    let key = json!({"key": door["key"]});
    world.staffchat.post(&done, &key).expect(204);
    let liked = say(world, "a text with a reaction", json!({}));
    let at = format!("{path}/{liked}/reactions");
    let reaction = json!({"reaction": "❤️"});
    world.staffchat.post(&at, &reaction);
    let edited = say(world, "an edited text", json!({}));
    let body = json!({"message": text(ME, "an edited text") + " (edited)"});
    world
        .staffchat
        .patch(&format!("{path}/{edited}"), &body)
        .expect(200);
    let deleted = say(world, "a deleted text", json!({}));
    world
        .staffchat
        .delete(&format!("{path}/{deleted}"))
        .expect(204);
}

/// Puts further members into an object, or others in place of what is there.
fn merge(into: &mut Value, more: Value) {
    let (Value::Object(into), Value::Object(more)) = (into, more) else {
        panic!("two objects");
    };
    into.extend(more);
}

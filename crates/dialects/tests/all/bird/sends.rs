//! Sends: to whom, when, once, and what is read back of them.

use std::time::Duration;

use causerie_core::port::Clock;
use serde_json::{Value, json};

use super::world::{Ask, World, id, native_of, plain};

const ADA: &str = "+31612345678";

fn with(mut wish: Value, member: &str, value: Value) -> Value {
    wish[member] = value;
    wish
}

#[actix_web::test]
async fn a_text_reaches_a_contact_who_is_created_once() {
    let world = World::new().await;
    let channel = world.channel().await;
    let first = world.text(&channel, ADA, "Hello").await;
    assert_eq!(first["status"], "accepted");
    assert_eq!(first["direction"], "outgoing");
    assert_eq!(first["channelId"], *channel);
    assert_eq!(first["platformId"], "native");
    let contact = &first["receiver"]["contacts"][0];
    assert_eq!(contact["identifierKey"], "phonenumber");
    assert_eq!(contact["identifierValue"], ADA);
    let path = world.of(&format!("/contacts/{}", id(contact)));
    world.ask("GET", &path).await.expect(200);
    let second = world.text(&channel, "0031 6 1234-5678", "Again").await;
    assert_eq!(second["receiver"]["contacts"][0]["id"], contact["id"]);
    let path = format!("{}/{}", world.messages(&channel), id(&first));
    let shown = world.ask("GET", &path).await.expect(200);
    assert_eq!(shown["status"], "delivered");
    assert_eq!(shown["body"], first["body"]);
}

#[actix_web::test]
async fn a_contact_may_be_named_by_its_id_and_has_to_be_there() {
    let world = World::new().await;
    let channel = world.channel().await;
    let first = world.text(&channel, ADA, "Hello").await;
    let known = first["receiver"]["contacts"][0]["id"].clone();
    let to = |contact: Value| json!({"contacts": [contact]});
    let wish = with(plain(ADA, "x"), "receiver", to(json!({"id": known})));
    let sent = world.say(&channel, &wish).await.expect(202);
    assert_eq!(sent["receiver"]["contacts"][0]["id"], known);
    let unknown = json!({"id": "b4e02c85-c6d2-4b15-8885-e09671799c61"});
    let wish = with(plain(ADA, "x"), "receiver", to(unknown));
    let details = world
        .say(&channel, &wish)
        .await
        .refused(422, "InvalidPayload");
    assert!(details[".receiver.contacts[0].id"].is_array(), "{details}");
    for nobody in [json!({}), json!({"contacts": []}), json!([]), Value::Null] {
        let wish = with(plain(ADA, "x"), "receiver", nobody);
        world
            .say(&channel, &wish)
            .await
            .refused(422, "InvalidPayload");
    }
}

#[actix_web::test]
async fn several_receivers_are_for_mail_only() {
    let world = World::new().await;
    let sms = json!({"platform": "sms", "name": "Texts", "url": "https://gw.example/send"});
    let sms = world.channel_of(&sms).await;
    let mail = json!({
        "platform": "email", "name": "Mail", "address": "support@example.com",
        "smtp": {"host": "mx.example", "security": "none"},
    });
    let mail = world.channel_of(&mail).await;
    let two = |one: &str, other: &str| {
        let contacts = json!([{"identifierValue": one}, {"identifierValue": other, "type": "cc"}]);
        with(plain(ADA, "x"), "receiver", json!({"contacts": contacts}))
    };
    let wish = two(ADA, "+31612345679");
    let details = world.say(&sms, &wish).await.refused(422, "InvalidPayload");
    assert!(details[".receiver.contacts"].is_array(), "{details}");
    let wish = two("zoe@example.com", "ada@example.com");
    let sent = world.say(&mail, &wish).await.expect(202);
    let contacts = sent["receiver"]["contacts"].as_array().expect("contacts");
    let shown: Vec<_> = contacts
        .iter()
        .map(|one| (one["identifierValue"].as_str(), one["type"].as_str()))
        .collect();
    assert_eq!(
        shown,
        [
            (Some("zoe@example.com"), Some("to")),
            (Some("ada@example.com"), Some("cc"))
        ]
    );
    let path = format!("{}/{}", world.messages(&mail), id(&sent));
    let read = world.ask("GET", &path).await.expect(200);
    assert_eq!(read["receiver"], sent["receiver"]);
    assert_eq!(read["status"], "accepted");
}

#[actix_web::test]
async fn a_send_says_one_thing() {
    let world = World::new().await;
    let channel = world.channel().await;
    let template = json!({"projectId": "welcome", "version": "latest", "locale": "en"});
    let both = with(plain(ADA, "x"), "template", template);
    let details = world
        .say(&channel, &both)
        .await
        .refused(422, "InvalidPayload");
    assert!(details[".template"].is_array(), "{details}");
    let neither = with(plain(ADA, "x"), "body", Value::Null);
    let details = world
        .say(&channel, &neither)
        .await
        .refused(422, "InvalidPayload");
    assert!(details[".body"].is_array(), "{details}");
}

#[actix_web::test]
async fn a_template_is_filled_in_and_shown_as_it_was_named() {
    let world = World::new().await;
    let channel = world.channel().await;
    let project = "ce6a2fd6-b2fa-4f5a-a2cd-f3bd15883318";
    let made =
        json!({"project": project, "version": "1", "locale": "en", "body": "Hi {{name}}, {{n}}"});
    world
        .native("POST", "/v1/templates", &made)
        .await
        .expect(201);
    let template = json!({
        "projectId": project, "version": "latest", "locale": "en",
        "parameters": [
            {"type": "string", "key": "name", "value": "Robert"},
            {"type": "number", "key": "n", "value": 12.50},
        ],
    });
    let mut wish = with(plain(ADA, "x"), "template", template.clone());
    wish.as_object_mut().expect("an object").remove("body");
    let sent = world.say(&channel, &wish).await.expect(202);
    assert_eq!(sent["template"], template);
    assert!(sent.get("body").is_none(), "{sent}");
    let native = native_of("msg", &id(&sent));
    let all = world.native("GET", "/v1/messages", &Value::Null).await;
    let all = all.expect(200);
    let listed = all["items"].as_array().expect("items");
    let own = listed.iter().find(|one| one["id"] == *native);
    assert_eq!(own.expect("it is there")["body"], "Hi Robert, 12.5");
    let unknown = with(wish, "template", json!({"projectId": "unknown"}));
    let details = world
        .say(&channel, &unknown)
        .await
        .refused(422, "InvalidPayload");
    assert!(details[".template"].is_array(), "{details}");
}

#[actix_web::test]
async fn what_is_due_soon_goes_at_once_and_the_rest_waits() {
    let world = World::new().await;
    let channel = world.channel().await;
    let at = |minutes: u64| {
        let due = world.clock.now().plus(Duration::from_mins(minutes));
        with(plain(ADA, "x"), "scheduledFor", json!(due.to_string()))
    };
    let soon = world.say(&channel, &at(9)).await.expect(202);
    assert_eq!(soon["status"], "accepted");
    let later = world.say(&channel, &at(60)).await.expect(202);
    assert_eq!(later["status"], "scheduled");
    assert_eq!(later["scheduledFor"], later["sendAt"]);
    let path = format!("{}/{}", world.messages(&channel), id(&later));
    assert_eq!(world.ask("GET", &path).await.expect(200), later);
    let details = world
        .say(&channel, &at(36 * 24 * 60))
        .await
        .refused(422, "InvalidPayload");
    assert!(details[".scheduledFor"].is_array(), "{details}");
    for wrong in ["tomorrow", "2026-02-28", "1772281845"] {
        let wish = with(plain(ADA, "x"), "scheduledFor", json!(wrong));
        let details = world
            .say(&channel, &wish)
            .await
            .refused(422, "InvalidPayload");
        assert!(details[".scheduledFor"].is_array(), "{details}");
    }
}

#[actix_web::test]
async fn tags_are_small_and_counted_once() {
    let world = World::new().await;
    let channel = world.channel().await;
    let tagged = |tags: Value| with(plain(ADA, "x"), "tags", tags);
    let sent = world.say(&channel, &tagged(json!(["Foo", "foo"]))).await;
    assert_eq!(sent.expect(202)["tags"], json!(["foo"]));
    let eleven: Vec<String> = (0..11).map(|number| format!("t{number}")).collect();
    for wrong in [json!(eleven), json!(["no!"]), json!("foo"), json!([1])] {
        let answer = world.say(&channel, &tagged(wrong)).await;
        let details = answer.refused(422, "InvalidPayload").to_string();
        assert!(details.contains(".tags"), "{details}");
    }
}

#[actix_web::test]
async fn everything_that_was_written_is_read_back() {
    let world = World::new().await;
    let channel = world.channel().await;
    let first = world.text(&channel, ADA, "Hello").await;
    let said = json!({
        "receiver": {"contacts": [{
            "identifierKey": "phonenumber", "identifierValue": ADA, "type": "to",
            "identifiers": [{"identifierKey": "phonenumber", "identifierValue": ADA}],
            "platformAddress": "a", "platformAddressSelector": null,
        }]},
        "body": {"type": "text", "text": {"text": "Grüße “an” alle 🌍"}},
        "sender": {"connector": {"identifierValue": "ACME", "annotations": {"name": "Acme"}}},
        "reference": "r-1",
        "replyTo": {"id": first["id"], "type": "message", "order": 3},
        "meta": {"extraInformation": {"n": 1.5}, "flow": {"id": "f"}, "email": {"subject": "Hi"}},
        "tags": ["a", "b c"],
        "scheduledFor": "2001-01-01T00:00:00+01:00",
        "validity": 3600,
        "shortLinks": {"domain": "x.example"},
        "notification": {"url": "https://hook.example/x"},
        "capFrequency": true, "enableLinkTracking": false,
        "ignoreQuietHours": true, "ignoreGlobalHoldout": false,
    });
    let sent = world.say(&channel, &said).await.expect(202);
    let path = format!("{}/{}", world.messages(&channel), id(&sent));
    let read = world.ask("GET", &path).await.expect(200);
    let listed = world
        .ask("GET", &world.messages(&channel))
        .await
        .expect(200);
    assert_eq!(listed["results"][0], read);
    for (name, value) in said.as_object().expect("an object") {
        if !["receiver", "sender"].contains(&name.as_str()) {
            assert_eq!(read[name], *value, "{name}");
        }
    }
    let connector = &said["sender"]["connector"];
    assert_eq!(
        read["sender"]["connector"]["identifierValue"],
        connector["identifierValue"]
    );
    assert_eq!(
        read["sender"]["connector"]["annotations"],
        connector["annotations"]
    );
    let contact = &said["receiver"]["contacts"][0];
    for (name, value) in contact.as_object().expect("an object") {
        assert_eq!(read["receiver"]["contacts"][0][name], *value, "{name}");
    }
}

#[actix_web::test]
async fn numbers_that_no_machine_holds_are_read_back_as_they_were_written() {
    let world = World::new().await;
    let channel = world.channel().await;
    let number = "12345678901234567890123.4500";
    let wish = with(
        plain(ADA, "x"),
        "meta",
        json!({"extraInformation": {"n": "N"}}),
    );
    let wish = wish.to_string().replace("\"N\"", number);
    let target = World::under(&world.messages(&channel));
    let ask = Ask::new("POST", target).key(&world.key).body(&wish);
    let sent = world.send(&ask).await;
    assert!(sent.text().contains(number), "{}", sent.text());
    let listed = world.ask("GET", &world.messages(&channel)).await;
    assert!(listed.text().contains(number), "{}", listed.text());
}

#[actix_web::test]
async fn a_retry_with_the_same_key_sends_nothing_more() {
    let world = World::new().await;
    let channel = world.channel().await;
    let ask = |text: &str| {
        let ask = Ask::new("POST", World::under(&world.messages(&channel))).key(&world.key);
        ask.header("Idempotency-Key", "k1").json(&plain(ADA, text))
    };
    world.send_twice(&ask("x"), 202).await;
    world.send(&ask("y")).await.refused(409, "Conflict");
    let listed = world
        .ask("GET", &world.messages(&channel))
        .await
        .expect(200);
    assert_eq!(listed["results"].as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn several_messages_are_sent_or_none() {
    let world = World::new().await;
    let channel = world.channel().await;
    let path = world.of(&format!("/channels/{channel}/batch/messages"));
    let all =
        json!({"messageRequests": [plain(ADA, "a"), plain("+31612345679", "b"), plain(ADA, "c")]});
    let sent = world.tell("POST", &path, &all).await.expect(202);
    let texts = |results: &Value| -> Vec<String> {
        let results = results["results"].as_array().expect("results").iter();
        let text = |one: &Value| one["body"]["text"]["text"].as_str().map(str::to_owned);
        results.map(|one| text(one).expect("a text")).collect()
    };
    assert_eq!(texts(&sent), ["a", "b", "c"]);
    let wrong =
        json!({"messageRequests": [plain(ADA, "d"), plain("nobody", "e"), {"receiver": 1}]});
    let details = world
        .tell("POST", &path, &wrong)
        .await
        .refused(422, "InvalidPayload");
    assert!(
        details.to_string().contains(".messageRequests["),
        "{details}"
    );
    let wrong = json!({"messageRequests": [plain(ADA, "d"), plain("nobody", "e")]});
    let details = world
        .tell("POST", &path, &wrong)
        .await
        .refused(422, "InvalidPayload");
    let place = ".messageRequests[1].receiver.contacts[0].identifierValue";
    assert!(details[place].is_array(), "{details}");
    let listed = world
        .ask("GET", &world.messages(&channel))
        .await
        .expect(200);
    assert_eq!(listed["results"].as_array().map(Vec::len), Some(3));
}

#[actix_web::test]
async fn a_channel_that_is_off_takes_nothing() {
    let world = World::new().await;
    let channel = world.channel().await;
    let path = format!("/v1/channels/{}/deactivate", native_of("chan", &channel));
    world.native("POST", &path, &Value::Null).await.expect(200);
    world
        .say(&channel, &plain(ADA, "x"))
        .await
        .refused(409, "Conflict");
}

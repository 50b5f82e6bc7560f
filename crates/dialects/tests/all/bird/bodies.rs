//! Bodies of all types: read back as they were written, refused where they are wrong.

use serde_json::{Value, json};

use super::world::{Ask, World, id, plain};

const ADA: &str = "+31612345678";

/// One body of each type, with every member that is known.
fn bodies() -> Vec<Value> {
    let actions = json!([
        {"type": "link", "link": {"text": "Open", "url": "https://x.example"}},
        {"type": "reply", "reply": {"text": "Yes", "metadata": {"description": {"label": "d"}}}},
        {"type": "postback", "postback": {"text": "No", "payload": "no"}},
        {"type": "locationRequest", "locationRequest": {"text": "Where?"}},
        {"type": "buy", "buy": {"text": "Buy", "amountCents": 1250, "currency": "EUR"}},
    ]);
    let item =
        json!({"title": "t", "mediaUrl": null, "description": "d", "altText": "a", "actions": []});
    vec![
        json!({"type": "text", "text": {"text": "Hi", "actions": actions,
            "attachments": [{"mediaUrl": "https://x.example/a.pdf", "filename": "a.pdf", "inline": false}],
            "metadata": {"subject": "s", "whatsapp": {"previewUrl": true}, "telegram": {"parseMode": "Markdown"}}}}),
        json!({"type": "html", "html": {"text": "Hi", "html": "<b>Hi</b>",
            "attachments": [{"content": "aGk=", "contentType": "text/plain", "filename": "a.txt"}],
            "metadata": {"subject": "s", "emailFrom": {"username": "u", "displayName": "U"}, "clickTracking": true}}}),
        json!({"type": "image", "image": {"images": [{"mediaUrl": "https://x.example/a.png", "altText": "A"}], "text": "t"}}),
        json!({"type": "file", "file": {"files": [{"mediaUrl": "https://x.example/a.pdf",
            "contentType": "application/pdf", "filename": "a.pdf", "metadata": {"isAnimated": false}}]}}),
        json!({"type": "gif", "gif": {"mediaUrl": "https://x.example/a.gif", "text": "t", "altText": "a"}}),
        json!({"type": "location", "location": {"coordinates": {"latitude": 52.37, "longitude": -4.9},
            "location": {"address": "a", "label": "l"}}}),
        json!({"type": "carousel", "carousel": {"text": "t", "items": [item]}}),
        json!({"type": "list", "list": {"text": "t", "title": "T", "items": [item],
            "metadata": {"button": {"label": "Choose"}, "replyMessage": {"title": "t", "text": "x"}}}}),
        json!({"type": "section", "section": {"items": [
            {"type": "text", "text": {"text": "t"}},
            {"type": "section", "section": {"items": [{"type": "gif", "gif": {"mediaUrl": "https://x.example/a.gif"}}]}}],
            "configurations": {"a": "b"}}}),
        json!({"type": "authentication", "authentication": {"otp": {"disclaimer": true, "expirationTime": 10}}}),
        json!({"type": "action", "action": {"type": "permission_request", "permission_request": {"resource": "call"}}}),
    ]
}

fn saying(body: &Value) -> Value {
    let mut wish = plain(ADA, "x");
    wish["body"] = body.clone();
    wish
}

#[actix_web::test]
async fn bodies_of_all_eleven_types_are_read_back_as_they_were_written() {
    let world = World::new().await;
    let channel = world.channel().await;
    let bodies = bodies();
    assert_eq!(bodies.len(), 11);
    for body in &bodies {
        let sent = world.say(&channel, &saying(body)).await.expect(202);
        assert_eq!(sent["body"], *body);
        let path = format!("{}/{}", world.messages(&channel), id(&sent));
        assert_eq!(world.ask("GET", &path).await.expect(200)["body"], *body);
    }
    let path = format!("{}?reverse=true", world.messages(&channel));
    let listed = world.ask("GET", &path).await.expect(200);
    let results = listed["results"].as_array().expect("results");
    let listed: Vec<&Value> = results.iter().map(|one| &one["body"]).collect();
    assert_eq!(listed, bodies.iter().collect::<Vec<_>>());
}

#[actix_web::test]
async fn wrong_bodies_are_refused_at_their_place() {
    let world = World::new().await;
    let channel = world.channel().await;
    for (body, place) in [
        (json!({"type": "cards", "cards": {}}), ".body.type"),
        (json!({"text": {"text": "x"}}), ".body.type"),
        (json!({"type": "text"}), ".body.text"),
        (json!({"type": "text", "text": {}}), ".body.text.text"),
        (
            json!({"type": "text", "text": {"text": ""}}),
            ".body.text.text",
        ),
        (
            json!({"type": "text", "text": {"text": 1}}),
            ".body.text.text",
        ),
        (
            json!({"type": "text", "text": {"text": "a\u{0}"}}),
            ".body.text.text",
        ),
        (
            json!({"type": "image", "text": {"text": "x"}}),
            ".body.text",
        ),
        (
            json!({"type": "image", "image": {"images": []}}),
            ".body.image.images",
        ),
        (
            json!({"type": "image", "image": {"images": [{"mediaUrl": "no"}]}}),
            ".body.image.images[0].mediaUrl",
        ),
        (
            json!({"type": "location", "location": {"coordinates": {"latitude": 91, "longitude": 0}}}),
            ".body.location.coordinates.latitude",
        ),
        (json!([]), ".body"),
        (json!("x"), ".body"),
    ] {
        let answer = world.say(&channel, &saying(&body)).await;
        let details = answer.refused(422, "InvalidPayload");
        assert!(details[place].is_array(), "{place}: {details}");
    }
    let listed = world
        .ask("GET", &world.messages(&channel))
        .await
        .expect(200);
    assert_eq!(listed["results"], json!([]));
}

#[actix_web::test]
async fn odd_json_is_refused_or_kept_to_the_letter() {
    let world = World::new().await;
    let channel = world.channel().await;
    let target = World::under(&world.messages(&channel));
    let body = |location: &str| {
        let wish = saying(&json!({"type": "location", "location": "L"}));
        wish.to_string().replace("\"L\"", location)
    };
    let kept =
        r#"{"coordinates":{"latitude":1.50e0,"longitude":-0.0},"location":{"label":"é\u00e9"}}"#;
    for location in [kept, r#"{"coordinates":{"latitude":1e400,"longitude":0}}"#] {
        let ask = Ask::new("POST", &target)
            .key(&world.key)
            .body(body(location));
        let answer = world.send(&ask).await;
        if location == kept {
            assert!(answer.text().contains(kept), "{}", answer.text());
        } else {
            answer.refused(422, "InvalidPayload");
        }
    }
    let wish = plain(ADA, "S").to_string().replace("\"S\"", "\"\\ud800\"");
    let ask = Ask::new("POST", &target).key(&world.key).body(wish);
    world.send(&ask).await.refused(422, "InvalidPayload");
}

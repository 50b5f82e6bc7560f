//! Whatever goes wrong, it is told in Bird's form.

use causerie_dialects::Chosen;
use serde_json::json;

use super::world::{Ask, World, plain};

#[actix_web::test]
async fn every_sort_of_problem_has_the_form() {
    let world = World::new().await;
    let channel = world.channel().await;
    let path = world.messages(&channel);
    let target = World::under(&path);
    let world = &world;
    let send = |ask: Ask| async move { world.send(&ask).await };

    let answer = send(Ask::new("GET", &target)).await;
    answer.refused(401, "Unauthorized");
    assert_eq!(answer.header("www-authenticate"), Some("AccessKey"));
    let bearer = format!("Bearer {}", world.key);
    let ask = Ask::new("GET", &target).header("Authorization", bearer);
    send(ask).await.refused(401, "Unauthorized");
    let read = world.key_with("messaging:read");
    let ask = Ask::new("POST", &target).key(&read);
    send(ask.json(&plain("+31612345678", "x")))
        .await
        .refused(403, "Forbidden");
    let ask = Ask::new("PUT", &target).key(&world.key);
    let answer = send(ask).await;
    answer.refused(405, "MethodNotAllowed");
    assert!(answer.header("allow").is_some());
    world
        .ask("GET", "/nothing")
        .await
        .refused(404, "ResourceNotFound");
    for body in ["{", "[1]", "nonsense"] {
        let ask = Ask::new("POST", &target).key(&world.key).body(body);
        let answer = send(ask.header("Content-Type", "application/json")).await;
        assert!([400, 422].contains(&answer.status), "{}", answer.text());
        answer.expect_form();
    }
    let ask = Ask::new("POST", &target).key(&world.key).body("plain");
    send(ask.header("Content-Type", "text/plain"))
        .await
        .refused(400, "BadRequest");
    let ask = Ask::new("POST", &target).key(&world.key);
    let long = vec![b'x'; 204_801];
    send(ask.body(&long)).await.refused(413, "PayloadTooLarge");
}

#[actix_web::test]
async fn a_body_of_the_greatest_length_is_read() {
    let world = World::new().await;
    let channel = world.channel().await;
    let target = World::under(&world.messages(&channel));
    let mut body = plain("+31612345678", "x").to_string().into_bytes();
    body.resize(204_800, b' ');
    let ask = Ask::new("POST", target).key(&world.key).body(&body);
    world.send(&ask).await.expect(202);
}

#[actix_web::test]
async fn what_is_not_there_is_not_found_whatever_else_is_wrong() {
    let world = World::new().await;
    let channel = world.channel().await;
    let sent = world.text(&channel, "+31612345678", "x").await;
    let message = sent["id"].as_str().expect("an id");
    let unknown = "b4e02c85-c6d2-4b15-8885-e09671799c61";
    let empty = json!({});
    for wrong in [unknown, "nonsense", ""] {
        let path = format!("/workspaces/{wrong}/channels/{channel}/messages");
        let answer = world.tell("POST", &path, &empty).await;
        answer.refused(404, "ResourceNotFound");
        let answer = world.tell("POST", &world.messages(wrong), &empty).await;
        assert!(
            [404, 405].contains(&answer.status),
            "{wrong}: {}",
            answer.text()
        );
        let path = format!("{}/{wrong}x", world.messages(&channel));
        world
            .ask("GET", &path)
            .await
            .refused(404, "ResourceNotFound");
    }
    let other = world.channel().await;
    let path = format!("{}/{message}", world.messages(&other));
    world
        .ask("GET", &path)
        .await
        .refused(404, "ResourceNotFound");
}

#[actix_web::test]
async fn members_that_bird_does_not_know_are_refused_unless_the_installation_is_tolerant() {
    let mut wish = plain("+31612345678", "x");
    wish["surprise"] = json!(1);
    wish["receiver"]["contacts"][0]["nickname"] = json!("Ada");
    let strict = World::new().await;
    let channel = strict.channel().await;
    let details = strict
        .say(&channel, &wish)
        .await
        .refused(422, "InvalidPayload");
    assert!(details[".surprise"].is_array(), "{details}");
    assert!(
        details[".receiver.contacts[0].nickname"].is_array(),
        "{details}"
    );
    let tolerant = Chosen::new([("strict".to_owned(), "false".to_owned())]);
    let tolerant = World::with(&tolerant).await;
    let channel = tolerant.channel().await;
    tolerant.say(&channel, &wish).await.expect(202);
}

#[actix_web::test]
async fn who_may_only_write_is_told_what_it_wrote() {
    let world = World::new().await;
    let channel = world.channel().await;
    let write = world.key_with("messaging:write");
    let ask = Ask::new("POST", World::under(&world.messages(&channel))).key(&write);
    let sent = world.send(&ask.json(&plain("+31612345678", "x"))).await;
    assert_eq!(sent.expect(202)["body"]["text"]["text"], "x");
    let ask = Ask::new("GET", World::under(&world.messages(&channel))).key(&write);
    world.send(&ask).await.refused(403, "Forbidden");
}

#[actix_web::test]
async fn places_and_texts_are_those_of_the_request() {
    let world = World::new().await;
    let channel = world.channel().await;
    let ask = Ask::new("POST", World::under(&world.messages(&channel))).key(&world.key);
    let ask = ask.header("Content-Type", "application/json").body("{");
    let answer = world.send(&ask).await;
    answer.refused(400, "BadRequest");
    assert!(!answer.text().contains("`detail`"), "{}", answer.text());
    for (path, wish, place) in [
        (
            "/contacts",
            json!({"identifiers": [{"key": "emailaddress", "value": "no"}]}),
            ".identifiers[0].value",
        ),
        (
            "/conversations",
            json!({"name": "x", "channelId": channel}),
            ".participants",
        ),
    ] {
        let answer = world.tell("POST", &world.of(path), &wish).await;
        answer.refused(422, "InvalidPayload");
        assert!(
            answer.json()["details"][place].is_array(),
            "{}",
            answer.text()
        );
    }
}

#[actix_web::test]
async fn what_a_template_cannot_be_is_named_within_it() {
    let world = World::new().await;
    let channel = world.channel().await;
    let mark = json!({"key": "utm_source", "value": "shop"});
    for (template, place) in [
        (json!({"projectId": null}), ".template.projectId"),
        (
            json!({"projectId": "p", "utmParameters": []}),
            ".template.utmParameters",
        ),
        (
            json!({"projectId": "p", "utmParameters": vec![mark; 9]}),
            ".template.utmParameters",
        ),
        (
            json!({"projectId": "p", "utmParameters": [{"key": "k".repeat(21)}]}),
            ".template.utmParameters[0].key",
        ),
        (
            json!({"projectId": "p", "attachments": [{"mediaUrl": "https://x.example/a"}]}),
            ".template.attachments[0].filename",
        ),
        (
            json!({"projectId": "p", "parameters": [{"type": null, "key": "k"}]}),
            ".template.parameters[0].type",
        ),
    ] {
        let wish = json!({
            "receiver": plain("+31612345678", "x")["receiver"],
            "template": template,
        });
        let answer = world.say(&channel, &wish).await;
        answer.refused(422, "InvalidPayload");
        assert!(
            answer.json()["details"][place].is_array(),
            "{place}: {}",
            answer.text()
        );
    }
}

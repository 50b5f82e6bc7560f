//! What Bird's clients do works over the wire, as its documentation promises it.
//!
//! Rules are tested where they are made; what is mapped to what, in `causerie-dialects`.

#[path = "dialect_bird/examples.rs"]
mod examples;
#[path = "dialect_bird/scene.rs"]
mod scene;

use causerie_tests::shape::{self, absent, is, optional};
use causerie_tests::{Client, Database, Form, moment, on_both_stores, pictures};
use examples::{
    lists_and_single_messages_have_the_documented_shape, neighbours_have_the_documented_shape,
    the_example_of_a_template_runs_as_printed, the_example_of_a_text_runs_as_printed,
};
use scene::{ADA, Scene, id, message, text, with};
use serde_json::{Value, json};

on_both_stores!(
    the_example_of_a_text_runs_as_printed,
    the_example_of_a_template_runs_as_printed,
    lists_and_single_messages_have_the_documented_shape,
    neighbours_have_the_documented_shape,
    a_text_is_accepted_and_its_contact_exists_from_then_on,
    a_send_has_a_body_or_a_template_and_several_receivers_by_mail_only,
    a_request_of_more_than_200_kilobytes_is_too_large_whatever_it_says,
    what_is_due_within_ten_minutes_goes_at_once_and_within_35_days_waits,
    tags_are_at_most_ten_of_small_letters,
    bodies_of_all_eleven_types_come_back_equal,
    a_page_has_25_unless_said_and_up_to_1000,
    a_file_is_brought_to_a_signed_address_and_had_from_its_own,
    what_is_unknown_or_no_uuid_is_not_found,
    the_scheme_is_access_key_and_no_other,
    members_that_bird_does_not_know_are_refused,
    a_retry_sends_nothing_more,
);

fn a_text_is_accepted_and_its_contact_exists_from_then_on(database: &Database) {
    let mut scene = Scene::of(database);
    let first = scene.say(&text(ADA, "Hello"));
    shape::check(&first, &message("accepted"));
    let contact = first["receiver"]["contacts"][0]["id"].clone();
    let path = scene.at(&format!("/contacts/{}", contact.as_str().expect("an id")));
    let shown = scene.client.get(&path).expect(200);
    assert_eq!(
        shown["featuredIdentifiers"],
        json!([{"key": "phonenumber", "value": ADA}])
    );
    let second = scene.say(&text(ADA, "Again"));
    assert_eq!(second["receiver"]["contacts"][0]["id"], contact);
    assert_eq!(scene.read(&second)["status"], "delivered");
}

fn a_send_has_a_body_or_a_template_and_several_receivers_by_mail_only(database: &Database) {
    let mut scene = Scene::of(database);
    let template = json!({"projectId": "welcome", "version": "latest", "locale": "en"});
    scene.refused(&with(text(ADA, "x"), "template", template), ".template");
    scene.refused(&with(text(ADA, "x"), "body", Value::Null), ".body");
    let two = |one: &str, other: &str| {
        let contacts = json!([{"identifierValue": one}, {"identifierValue": other}]);
        with(text(ADA, "x"), "receiver", json!({"contacts": contacts}))
    };
    let sms = scene.sms();
    let sms = scene.messages_of(&sms);
    let answer = scene.client.post(&sms, &two(ADA, "+31612345679"));
    let details = &answer.expect(422)["details"];
    assert!(details[".receiver.contacts"].is_array(), "{details}");
    let mail = scene.mail();
    let mail = scene.messages_of(&mail);
    let sent = scene
        .client
        .post(&mail, &two("zoe@example.com", "ada@example.com"));
    let contacts = &sent.expect(202)["receiver"]["contacts"];
    assert_eq!(contacts[0]["identifierValue"], "zoe@example.com");
    assert_eq!(contacts[1]["identifierValue"], "ada@example.com");
}

fn a_request_of_more_than_200_kilobytes_is_too_large_whatever_it_says(database: &Database) {
    let mut scene = Scene::of(database);
    let path = scene.messages();
    let bring = |scene: &mut Scene, bytes: &[u8]| {
        let json = [("content-type", "application/json")];
        scene.client.bring("POST", &path, &json, bytes)
    };
    let answer = bring(&mut scene, &vec![b'x'; 200 * 1024 + 1]);
    assert_eq!(answer.expect(413)["code"], "PayloadTooLarge");
    let mut full = text(ADA, "x").to_string().into_bytes();
    full.resize(200 * 1024, b' ');
    bring(&mut scene, &full).expect(202);
}

fn what_is_due_within_ten_minutes_goes_at_once_and_within_35_days_waits(database: &Database) {
    let mut scene = Scene::of(database);
    let at = |scene: &mut Scene, minutes: i64| {
        let due = moment::ahead(&mut scene.native, minutes * 60_000);
        with(text(ADA, "x"), "scheduledFor", json!(due))
    };
    let soon = at(&mut scene, 9);
    let soon = scene.say(&soon);
    assert_eq!(soon["status"], "accepted");
    assert_eq!(scene.read(&soon)["status"], "delivered");
    let later = at(&mut scene, 60);
    let sent = scene.say(&later);
    let expected = message("scheduled");
    let expected = expected.with("sendAt", is(later["scheduledFor"].clone()));
    shape::check(
        &sent,
        &expected.with("scheduledFor", is(later["scheduledFor"].clone())),
    );
    assert_eq!(scene.read(&sent), sent);
    let listed = scene.list();
    assert_eq!(listed["results"].as_array().map(Vec::len), Some(1));
    let far = at(&mut scene, 36 * 24 * 60);
    scene.refused(&far, ".scheduledFor");
    for wrong in ["tomorrow", "2026-02-28 12:00", "1772281845"] {
        let wish = with(text(ADA, "x"), "scheduledFor", json!(wrong));
        scene.refused(&wish, ".scheduledFor");
    }
}

fn tags_are_at_most_ten_of_small_letters(database: &Database) {
    let mut scene = Scene::of(database);
    let tagged = |tags: Value| with(text(ADA, "x"), "tags", tags);
    let sent = scene.say(&tagged(json!(["Foo", "foo"])));
    assert_eq!(sent["tags"], json!(["foo"]));
    assert_eq!(scene.read(&sent)["tags"], json!(["foo"]));
    let eleven: Vec<String> = (0..11).map(|number| format!("t{number}")).collect();
    scene.refused(&tagged(json!(eleven)), ".tags");
    scene.refused(&tagged(json!(["no!"])), ".tags[0]");
}

fn bodies_of_all_eleven_types_come_back_equal(database: &Database) {
    let mut scene = Scene::of(database);
    let url = "https://x.example/a.png";
    let bodies = [
        json!({"type": "text", "text": {"text": "Grüße 🌍", "actions": [{"type": "link", "link": {"text": "t", "url": url}}]}}),
        json!({"type": "html", "html": {"text": "t", "html": "<b>t</b>", "metadata": {"subject": "s"}}}),
        json!({"type": "image", "image": {"images": [{"mediaUrl": url, "altText": "a"}]}}),
        json!({"type": "file", "file": {"files": [{"mediaUrl": url, "contentType": "image/png"}]}}),
        json!({"type": "gif", "gif": {"mediaUrl": url}}),
        json!({"type": "location", "location": {"coordinates": {"latitude": 52.370_216, "longitude": -4.895_168}}}),
        json!({"type": "carousel", "carousel": {"items": [{"title": "t", "mediaUrl": null}]}}),
        json!({"type": "list", "list": {"text": "t", "items": [{"title": "t"}]}}),
        json!({"type": "section", "section": {"items": [{"type": "gif", "gif": {"mediaUrl": url}}]}}),
        json!({"type": "authentication", "authentication": {"otp": {"disclaimer": false}}}),
        json!({"type": "action", "action": {"type": "permission_request", "permission_request": {"resource": "call"}}}),
    ];
    for body in &bodies {
        let sent = scene.say(&with(text(ADA, "x"), "body", body.clone()));
        assert_eq!(sent["body"], *body);
        assert_eq!(scene.read(&sent)["body"], *body);
    }
    let path = format!("{}?reverse=true", scene.messages());
    let listed = scene.client.get(&path).expect(200);
    let listed = listed["results"].as_array().expect("a list").iter();
    let listed: Vec<Value> = listed.map(|one| one["body"].clone()).collect();
    assert_eq!(listed, bodies);
}

fn a_page_has_25_unless_said_and_up_to_1000(database: &Database) {
    let mut scene = Scene::of(database);
    for number in 0..30 {
        scene.say(&text(ADA, &number.to_string()));
    }
    let path = scene.messages();
    let texts = |page: &Value| -> Vec<String> {
        let results = page["results"].as_array().expect("a list").iter();
        let text = |one: &Value| one["body"]["text"]["text"].as_str().map(str::to_owned);
        results.filter_map(text).collect()
    };
    let first = scene.client.get(&path).expect(200);
    assert_eq!((texts(&first).len(), texts(&first)[0].as_str()), (25, "29"));
    let token = first["nextPageToken"].as_str().expect("a token");
    let rest = scene.client.get(&format!("{path}?pageToken={token}"));
    let rest = rest.expect(200);
    assert_eq!(texts(&rest), ["4", "3", "2", "1", "0"]);
    assert_eq!(rest.get("nextPageToken"), None);
    let all = scene.client.get(&format!("{path}?limit=1000&reverse=true"));
    let all = all.expect(200);
    let numbers: Vec<String> = (0..30).map(|number: i32| number.to_string()).collect();
    assert_eq!(texts(&all), numbers);
    assert_eq!(all.get("nextPageToken"), None);
    let (mut walked, mut on) = (Vec::new(), String::new());
    loop {
        let page = scene
            .client
            .get(&format!("{path}?limit=7&reverse=true{on}"));
        let page = page.expect(200);
        walked.extend(texts(&page));
        let Some(token) = page["nextPageToken"].as_str() else {
            break;
        };
        on = format!("&pageToken={token}");
    }
    assert_eq!(walked, numbers);
    for wrong in [
        "limit=1001",
        "limit=0",
        "pageToken=nonsense",
        "reverse=maybe",
    ] {
        let answer = scene.client.get(&format!("{path}?{wrong}"));
        assert_eq!(answer.expect(422)["code"], "InvalidPayload", "{wrong}");
    }
}

fn a_file_is_brought_to_a_signed_address_and_had_from_its_own(database: &Database) {
    let mut scene = Scene::of(database);
    let png = pictures::png(1, 1);
    let door = scene.at("/channel-media/presigned-upload");
    let asked = scene
        .client
        .post(&door, &json!({"contentType": "image/png"}));
    let asked = asked.expect(200);
    shape::check(&asked, &scene::upload());
    let fields = asked["uploadFormData"].as_object().expect("fields");
    let form = |changed: Option<&str>| {
        let form = fields.iter().fold(Form::default(), |form, (name, value)| {
            let value = value.as_str().expect("a text");
            let value = changed.filter(|_| name == "policy").unwrap_or(value);
            form.text(name, value)
        });
        form.file("file", "dot.png", &png)
    };
    let (mut nobody, path) = stranger(&scene, &asked["uploadUrl"]);
    let forged = form(Some("e30=")).post(&mut nobody, &path);
    assert_eq!(forged.status, 403, "{}", forged.text());
    let brought = form(None).post(&mut nobody, &path);
    assert_eq!(brought.status, 204, "{}", brought.text());
    let url = asked["mediaUrl"].as_str().expect("an address");
    let (_, path) = url.split_once("/dialects/bird").expect("below the mount");
    let had = scene.client.get(path);
    assert_eq!((had.status, had.body.as_slice()), (200, png.as_slice()));
    assert_eq!(had.header("content-type"), Some("image/png"));
    assert_eq!(scene.client.knock("GET", path, &[], &[]).status, 401);
    let body =
        json!({"type": "image", "image": {"images": [{"mediaUrl": url, "altText": "A dot"}]}});
    let sent = scene.say(&with(text(ADA, "x"), "body", body.clone()));
    assert_eq!(scene.read(&sent)["body"], body);
    let native = scene.native.get("/v1/messages").expect(200);
    assert_eq!(native["items"][0]["attachments"][0]["alt_text"], "A dot");
}

fn stranger(scene: &Scene, url: &Value) -> (Client, String) {
    scene.native.stranger(url.as_str().expect("an address"))
}

fn what_is_unknown_or_no_uuid_is_not_found(database: &Database) {
    let mut scene = Scene::of(database);
    let sent = scene.say(&text(ADA, "x"));
    let unknown = "b4e02c85-c6d2-4b15-8885-e09671799c61";
    for wrong in [unknown, "nonsense", &id(&sent).replace('-', "")] {
        for path in [
            format!("/workspaces/{wrong}/channels/{}/messages", scene.channel),
            scene.messages_of(wrong),
            format!("{}/{wrong}", scene.messages()),
            scene.at(&format!("/contacts/{wrong}")),
            scene.at(&format!("/media/{wrong}")),
        ] {
            let answer = scene.client.get(&path).expect(404);
            assert_eq!(answer["code"], "ResourceNotFound", "{path}");
        }
    }
    let (_, mut other) = causerie_tests::scene::workspace(database, &mut scene.native, "Other");
    let made = json!({"platform": "native", "name": "Theirs"});
    other.post("/v1/channels", &made).expect(201);
    let path = scene.at("/channels");
    let channels = scene.client.get(&path).expect(200);
    assert_eq!(channels["results"].as_array().map(Vec::len), Some(1));
}

fn the_scheme_is_access_key_and_no_other(database: &Database) {
    let mut scene = Scene::of(database);
    let path = scene.messages();
    let token = scene.client.token().to_owned();
    for (header, value) in [
        ("authorization", format!("Bearer {token}")),
        ("authorization", token.clone()),
        ("x-api-key", token.clone()),
        ("authorization", "AccessKey nonsense".to_owned()),
    ] {
        let answer = scene.client.knock("GET", &path, &[(header, &value)], &[]);
        assert_eq!(answer.expect(401)["code"], "Unauthorized");
    }
    let key = format!("AccessKey {token}");
    let answer = scene
        .client
        .knock("GET", &path, &[("authorization", &key)], &[]);
    assert_eq!(answer.expect(200), json!({"results": []}));
    scene.server.stop();
}

fn members_that_bird_does_not_know_are_refused(database: &Database) {
    let mut scene = Scene::of(database);
    scene.refused(&with(text(ADA, "x"), "surprise", json!(1)), ".surprise");
    let contact = json!({"identifierValue": ADA, "identifierKey": "phonenumber", "nickname": "A"});
    let wish = with(text(ADA, "x"), "receiver", json!({"contacts": [contact]}));
    scene.refused(&wish, ".receiver.contacts[0].nickname");
    let listed = scene.list();
    assert_eq!(listed["results"], json!([]));
}

fn a_retry_sends_nothing_more(database: &Database) {
    let mut scene = Scene::of(database);
    let path = scene.messages();
    let body = with(text(ADA, "x"), "reference", json!("r-1")).to_string();
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", "k-1"),
    ];
    let send = |scene: &mut Scene| {
        let answer = scene.client.bring("POST", &path, &headers, body.as_bytes());
        answer.expect(202)
    };
    let first = send(&mut scene);
    let expected = message("accepted").with("reference", is("r-1"));
    shape::check(&first, &expected.with("template", optional(absent())));
    assert_eq!(send(&mut scene), first);
    let listed = scene.client.get(&path).expect(200);
    assert_eq!(listed["results"].as_array().map(Vec::len), Some(1));
}

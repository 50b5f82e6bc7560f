//! What Protocol's clients do works over the wire, as its documentation prints it.
//!
//! Rules are tested where they are made; what is mapped to what, in `causerie-dialects`.

#[path = "dialect_protocol/examples.rs"]
mod examples;
#[path = "dialect_protocol/scene.rs"]
mod scene;

use causerie_tests::shape::{self, is, list};
use causerie_tests::{Database, Form, on_both_stores};
use examples::{
    the_examples_of_the_neighbours_run_as_printed, the_five_examples_run_as_printed,
    the_five_examples_run_with_encoded_names, the_five_examples_run_with_json_bodies,
};
use scene::{Scene, error, message};
use serde_json::{Value, json};

on_both_stores!(
    the_five_examples_run_as_printed,
    the_five_examples_run_with_json_bodies,
    the_five_examples_run_with_encoded_names,
    the_examples_of_the_neighbours_run_as_printed,
    ten_are_listed_unless_said_and_pages_walk_without_gap_or_repeat,
    reactions_are_one_object_of_names_and_usernames,
    a_new_message_is_neither_read_nor_updated_and_an_edit_says_when,
    a_deleted_message_is_gone_with_its_files,
    ids_are_sixteen_letters_and_digits_and_tell_case,
    an_error_has_type_message_and_documentation,
    basic_authentication_takes_the_key_as_password,
    a_list_of_all_spans_the_conversations_of_the_key_and_no_others,
);

fn ids(page: &Value) -> Vec<&str> {
    let data = page["data"].as_array().expect("a page");
    data.iter()
        .map(|one| one["id"].as_str().expect("an id"))
        .collect()
}

fn ten_are_listed_unless_said_and_pages_walk_without_gap_or_repeat(database: &Database) {
    let mut scene = Scene::of(database);
    let mut all = Vec::new();
    for number in 1..=11 {
        all.insert(0, scene.say(&format!("message {number}")));
        if number == 10 {
            let page = scene.client.get("/v1/messages").expect(200);
            assert_eq!((&page["has_more"], ids(&page)), (&json!(false), refs(&all)));
        }
    }
    for of in [format!("conversation_id={}&", scene.of), String::new()] {
        let page = scene.client.get(&format!("/v1/messages?{of}")).expect(200);
        assert_eq!(
            (&page["has_more"], ids(&page)),
            (&json!(true), refs(&all[..10]))
        );
        let (mut walked, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/messages?{of}limit=4{cursor}");
            let page = scene.client.get(&path).expect(200);
            walked.extend(ids(&page).into_iter().map(str::to_owned));
            if page["has_more"] == false {
                break;
            }
            cursor = format!("&starting_after={}", walked.last().expect("one"));
        }
        assert_eq!(walked, all);
        let (mut back, mut end) = (vec![all[10].clone()], all[10].clone());
        loop {
            let path = format!("/v1/messages?{of}limit=4&ending_before={end}");
            let page = scene.client.get(&path).expect(200);
            let found: Vec<String> = ids(&page).into_iter().map(str::to_owned).collect();
            end.clone_from(found.first().expect("one"));
            back.splice(..0, found);
            if page["has_more"] == false {
                break;
            }
        }
        assert_eq!(back, all);
    }
}

fn refs(all: &[String]) -> Vec<&str> {
    all.iter().map(String::as_str).collect()
}

fn reactions_are_one_object_of_names_and_usernames(database: &Database) {
    let mut scene = Scene::of(database);
    let path = format!("/v1/messages/{}", scene.say("Keep the change."));
    assert_eq!(scene.client.get(&path).expect(200)["reactions"], json!([]));
    for (username, shown) in [
        ("KateMcCallister", json!(["KateMcCallister"])),
        (
            "BuzzMcCallister",
            json!(["KateMcCallister", "BuzzMcCallister"]),
        ),
        (
            "KateMcCallister",
            json!(["KateMcCallister", "BuzzMcCallister"]),
        ),
    ] {
        let body = json!({"reactions": {"red_angry_face": [username]}});
        let message = scene.client.put(&path, &body).expect(200);
        assert_eq!(message["reactions"], json!([{"red_angry_face": shown}]));
    }
}

fn a_new_message_is_neither_read_nor_updated_and_an_edit_says_when(database: &Database) {
    let mut scene = Scene::of(database);
    let path = format!("/v1/messages/{}", scene.say("first"));
    let sent = scene.client.get(&path).expect(200);
    assert_eq!(
        (&sent["read_at"], &sent["updated_at"]),
        (&Value::Null, &Value::Null)
    );
    let edited = scene
        .client
        .put(&path, &json!({"message": "second"}))
        .expect(200);
    assert_eq!(edited["message"], "second");
    assert!(
        edited["updated_at"].as_i64() >= edited["created_at"].as_i64(),
        "{edited}"
    );
    assert!(edited["updated_at"].is_i64(), "{edited}");
}

fn a_deleted_message_is_gone_with_its_files(database: &Database) {
    let mut scene = Scene::of(database);
    let form = Form::default().file("file", "bill.pdf", b"%PDF-1.4 a pizza for one");
    let file = scene.client.form("/v1/attachments", &form).expect(201);
    let body =
        json!({"conversation_id": scene.of, "message": "the bill", "attachments": [file["id"]]});
    let sent = scene.client.post("/v1/messages", &body).expect(201);
    let path = format!("/v1/messages/{}", sent["id"].as_str().expect("an id"));
    let url = sent["attachments"][0]["file_url"]
        .as_str()
        .expect("an address");
    let (mut nobody, door) = scene.server.client(database).stranger(url);
    assert_eq!(nobody.get(&door).status, 200);
    let gone = scene.client.delete(&path);
    assert_eq!((gone.status, gone.body.len()), (204, 0));
    scene.client.get(&path).expect(404);
    scene.client.delete(&path).expect(404);
    assert_eq!(nobody.get(&door).status, 404);
    assert!(ids(&scene.client.get("/v1/messages").expect(200)).is_empty());
}

fn ids_are_sixteen_letters_and_digits_and_tell_case(database: &Database) {
    let mut scene = Scene::of(database);
    let sent = scene.say("x");
    let answer = scene
        .client
        .get(&format!("/v1/messages/{sent}"))
        .expect(200);
    shape::check(&answer, &message());
    let other = |letter: char| match letter {
        'a'..='z' => letter.to_ascii_uppercase(),
        _ => letter.to_ascii_lowercase(),
    };
    for place in 0..sent.len() {
        let changed = sent.chars().enumerate();
        let changed: String = changed
            .map(|(at, c)| if at == place { other(c) } else { c })
            .collect();
        let status = if changed == sent { 200 } else { 404 };
        scene
            .client
            .get(&format!("/v1/messages/{changed}"))
            .expect(status);
    }
}

fn an_error_has_type_message_and_documentation(database: &Database) {
    let mut scene = Scene::of(database);
    let client = &mut scene.client;
    for (answer, status) in [
        (client.knock("GET", "/v1/messages", &[], b""), 401),
        (client.get("/v1/messages/SIuAFUNKdSYHZF2w"), 404),
        (client.get("/v1/nothing"), 404),
        (client.delete("/v1/messages"), 405),
        (client.post("/v1/messages", &json!({})), 400),
        (client.get("/v1/messages?limit=101"), 400),
        (client.bring("POST", "/v1/messages", &[], b"{"), 400),
        (
            client.bring("POST", "/v1/messages", &[], &vec![b'x'; 1 << 20]),
            413,
        ),
    ] {
        shape::check(&answer.expect(status), &error());
    }
}

fn basic_authentication_takes_the_key_as_password(database: &Database) {
    let scene = Scene::of(database);
    let (base, token) = (scene.client.base(), scene.client.token());
    for user in [format!("key:{token}"), format!("{token}:")] {
        let command = format!("curl {base}/v1/messages -u {user}");
        let page = scene.client.curl(&command, &[]).expect(200);
        shape::check(
            &page,
            &scene::page(list(message())).with("has_more", is(false)),
        );
    }
    let wrong = scene
        .client
        .curl(&format!("curl {base}/v1/messages -u key:wrong"), &[]);
    shape::check(&wrong.expect(401), &error());
}

fn a_list_of_all_spans_the_conversations_of_the_key_and_no_others(database: &Database) {
    let mut scene = Scene::of(database);
    let first = scene.say("to Kevin");
    let second = scene.contact("HarryLime");
    let of = second["conversation_id"].as_str().expect("a conversation");
    let body = json!({"conversation_id": of, "message": "to Harry"});
    let second = scene.client.post("/v1/messages", &body).expect(201);
    let page = scene.client.get("/v1/messages").expect(200);
    assert_eq!(ids(&page), [second["id"].as_str().expect("an id"), &first]);
    let mut other = causerie_tests::Dialect::of(&scene.server, database, "protocol");
    assert!(ids(&other.get("/v1/messages").expect(200)).is_empty());
    other.get(&format!("/v1/messages/{first}")).expect(404);
    other
        .get(&format!("/v1/messages?conversation_id={of}"))
        .expect(404);
}

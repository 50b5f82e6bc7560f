//! Every example of Ziik's API documentation that there is a route for, as it is printed but for the server, the token
//! and the ids.

use causerie_tests::shape::{check, filled, integer, items, list, map, object, url, uuid};
use causerie_tests::{Database, Dialect, Server, on_both_stores};
use serde_json::json;

use super::{Talk, User, conversation, cursors, message, numbers, page_of, person};

on_both_stores!(
    the_example_that_sends_a_message,
    the_examples_that_authenticate_and_renew,
    what_a_client_has_to_be_told_comes_with_its_key,
    the_neighbours_answer_as_documented,
);

fn the_example_that_sends_a_message(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let first = talk.say(&json!({"message": "first"}));
    let example = r#"curl --request POST \
  --url https://api.example.com/conversations/{conversation}/messages \
  --header 'Content-Type: application/json' \
  --data '
{
  "message": "<string>",
  "parent_id": 123
}
'"#;
    let (client, of) = (&talk.ada.client, talk.conversation.to_string());
    let bearer = format!("--header 'Authorization: Bearer {}' --data", client.token());
    for base in [client.base(), format!("{}/api", client.base())] {
        let answer = client.curl(
            example,
            &[
                ("https://api.example.com", &base),
                ("{conversation}", &of),
                ("--data", &bearer),
                ("123", &first["id"].to_string()),
            ],
        );
        let location = answer.header("location").map(str::to_owned);
        let sent = answer.expect(201);
        check(&sent, &message());
        check(&sent["parent"], &message());
        assert_eq!(
            (&sent["message"], &sent["is_reply"]),
            (&json!("<string>"), &json!(true))
        );
        let place = format!("{base}/conversations/{of}/messages/{}", sent["id"]);
        assert_eq!(location, Some(place));
    }
}

fn the_examples_that_authenticate_and_renew(database: &Database) {
    let server = Server::start(database);
    let user = User::new(&server, database, "Stella");
    let client = &user.client;
    let token = object([("jwt", filled()), ("expires", integer())]);
    let authenticate = r#"curl "https://example.ziik.io/api/authenticate" \
  -d '{"username":"example@example.com","password":"thisIsMyPassword"}'"#;
    let base = client.base();
    let given = client.curl(
        authenticate,
        &[
            ("https://example.ziik.io", &base),
            ("example@example.com", "stella@example.com"),
            ("thisIsMyPassword", client.token()),
        ],
    );
    let given = given.expect(200);
    check(&given, &items([token]));
    let jwt = given[0]["jwt"].as_str().expect("a token");
    let renew = r#"curl "https://example.ziik.io/api/renew" \
  -H "Authorization: Bearer aaaaaaaaaa.bbbbbbbbbbb.cccccccccccc""#;
    let renewed = client.curl(
        renew,
        &[
            ("https://example.ziik.io", &base),
            ("aaaaaaaaaa.bbbbbbbbbbb.cccccccccccc", jwt),
        ],
    );
    let renewed = renewed.expect(200);
    let jwt = renewed[0]["jwt"].as_str().expect("a token");
    let me = client.with_token(jwt).get("/users/current").expect(200);
    assert_eq!(
        (&me["id"], &me["name"]),
        (&json!(user.number), &json!("Stella Doe"))
    );
}

fn what_a_client_has_to_be_told_comes_with_its_key(database: &Database) {
    let server = Server::start(database);
    let client = Dialect::of(&server, database, "staffchat");
    assert_eq!(client.setting("password"), client.token());
    let body =
        json!({"username": client.setting("username"), "password": client.setting("password")});
    let headers = [("content-type", "application/json")];
    let mut stranger = client.another();
    let given = stranger.knock(
        "POST",
        "/authenticate",
        &headers,
        body.to_string().as_bytes(),
    );
    given.expect(200);
}

fn the_neighbours_answer_as_documented(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let sent = talk.say(&json!({"message": "Hello"}));
    let (of, path) = (talk.conversation, talk.messages());
    let bob = &mut talk.bob.client;
    let listed = bob.get(&path).expect(200);
    check(&listed, &page_of(message(), cursors()));
    let user = person().and_others();
    let user = || user.clone();
    for (path, shape) in [
        (
            "/conversations".to_owned(),
            page_of(conversation(), numbers()),
        ),
        (format!("/conversations/{of}"), conversation()),
        (
            format!("/conversations/{of}/participants"),
            page_of(super::author(), numbers()),
        ),
        (
            format!("/conversations/{of}/files"),
            page_of(super::file(), numbers()),
        ),
        ("/users".to_owned(), page_of(user(), numbers())),
        ("/users/current".to_owned(), user()),
        (format!("/users/{}", talk.ada.number), user()),
        (
            "/units".to_owned(),
            page_of(object([("id", integer()), ("name", filled())]), numbers()),
        ),
    ] {
        check(&bob.get(&path).expect(200), &shape);
    }
    let counters = bob.get("/counters").expect(200);
    assert_eq!(
        counters,
        json!({"groups": 0, "events": 0, "news": 0, "messages": 1})
    );
    let bare = |answer: causerie_tests::Answer| {
        assert_eq!((answer.status, answer.text()), (204, String::new()));
    };
    bare(bob.post(&format!("/conversations/{of}/seen"), &json!({})));
    bare(bob.post(&format!("/conversations/{of}/archive"), &json!({})));
    bare(bob.post(&format!("/conversations/{of}/unarchive"), &json!({})));
    let body = json!({"reaction": "👍"});
    let at = format!("{path}/{}/reactions", sent["id"]);
    let reacted = bob.post(&at, &body).expect(200);
    check(&reacted, &message());
    assert_eq!(reacted["reactions"][0]["count"], 1);
    bare(bob.delete(&format!("{at}/{}", reacted["reactions"][0]["id"])));
    let ada = &mut talk.ada.client;
    let asked = json!({"id": sent["id"], "type": "messages", "content_type": "text/plain", "filename": "a.txt"});
    let door = ada.post("/upload", &asked).expect(201);
    let shape = object([
        ("uuid", uuid()),
        ("key", filled()),
        ("url", url()),
        ("headers", map(list(filled()))),
        ("file", causerie_tests::shape::serial()),
    ]);
    check(&door, &shape);
    let eve = User::new(&server, database, "Eve");
    let body = json!({"recipients": [talk.bob.number, eve.number], "message": "Hello both"});
    let first = ada.post("/conversations", &body).expect(201);
    check(&first, &message());
    let group = first["conversationId"].clone();
    bare(ada.patch(
        &format!("/conversations/{group}"),
        &json!({"title": "Team"}),
    ));
    let people = format!("/conversations/{group}/participants");
    bare(ada.patch(&format!("{people}/{}", eve.number), &json!({"type": 2})));
    bare(ada.delete(&format!("{people}/{}", eve.number)));
    bare(ada.post(&people, &json!({"participants": [eve.number]})));
    let told = ada
        .get(&format!("/conversations/{group}/messages"))
        .expect(200);
    check(&told, &page_of(message(), cursors()));
    assert_eq!(
        (&told["data"][0]["type"], &told["data"][0]["message"]),
        (&json!("service"), &json!(""))
    );
    bare(ada.delete(&format!("/conversations/{group}")));
    let gone = ada.get(&format!("/conversations/{group}"));
    check(&gone.expect(404), &object([("message", filled())]));
}

//! What a request says is the same however it is encoded, and whatever cannot be read is told in the form of the
//! surface.
//!
//! The parsers' own tests are beside them.

use serde_json::{Value, json};

use super::toy::PREFIX;
use crate::forms::{PNG, Part};
use crate::world::{Ask, World};

const FORM: &str = "application/x-www-form-urlencoded";

/// The members that were understood of a body.
async fn members(world: &World, content_type: Option<&str>, body: impl AsRef<[u8]>) -> Value {
    let ask = world.toy("POST", "/things").bytes(body);
    let ask = match content_type {
        Some(named) => ask.header("Content-Type", named),
        None => ask,
    };
    world.send(&ask).await.expect(200).json()["members"].clone()
}

#[actix_web::test]
async fn json_is_kept_byte_by_byte_whatever_it_is_said_to_be() {
    let world = World::with_toy().await;
    let body = r#" {"a": 12345678901234567890123, "b":1e400,"c": {"d" : [1.50, null]}, "e":"ä\u00e4", "a":1}"#;
    let expected = json!({
        "a": "1", "b": "1e400", "c": r#"{"d" : [1.50, null]}"#, "e": r#""ä\u00e4""#
    });
    for named in [
        None,
        Some("application/json"),
        Some("application/json; charset=utf-8"),
        Some(FORM),
        Some("text/plain"),
    ] {
        assert_eq!(members(&world, named, body).await, expected, "{named:?}");
    }
    for named in [None, Some("application/json"), Some(FORM)] {
        assert_eq!(members(&world, named, "").await, json!({}));
    }
}

#[actix_web::test]
async fn forms_are_taken_raw_and_encoded() {
    let world = World::with_toy().await;
    for body in [
        "m=Ernst mag Äpfel 😡&r[red_face][]=Kate&n=1",
        "m=Ernst+mag+%C3%84pfel%20%F0%9F%98%A1&r%5Bred_face%5D%5B%5D=Kate&n=1",
    ] {
        let expected = json!({
            "m": "\"Ernst mag Äpfel 😡\"", "r": r#"{"red_face":["Kate"]}"#, "n": "\"1\""
        });
        assert_eq!(members(&world, Some(FORM), body).await, expected, "{body}");
    }
    let parts = [
        Part::Text("m", "Ernst mag Äpfel 😡"),
        Part::Text("r[red_face][]", "Kate"),
        Part::Text("n", "1"),
    ];
    let answer = world.send(&world.toy("POST", "/things").form(&parts)).await;
    let said = answer.expect(200).json();
    assert_eq!(said["members"]["r"], r#"{"red_face":["Kate"]}"#);
    let query = world.toy("GET", "/things?limit=5&ids[]=a&ids%5B%5D=b");
    let answer = world.send(&query).await.expect(200).json();
    assert_eq!(
        (&answer["limit"], &answer["ids"]),
        (&json!(5), &json!(["a", "b"]))
    );
}

#[actix_web::test]
async fn what_cannot_be_read_is_told() {
    let world = World::with_toy().await;
    let post = || world.toy("POST", "/things");
    for (named, body, status, code) in [
        ("application/json", &b"{\"a\":"[..], 400, "json_malformed"),
        (
            "application/json",
            b"{\"a\":\"\xff\"}",
            400,
            "json_malformed",
        ),
        ("application/json", b"{} {}", 400, "json_malformed"),
        ("application/json", b"hello", 400, "json_malformed"),
        ("application/json", b"[1]", 422, "validation_failed"),
        ("text/plain", b"[1]", 422, "validation_failed"),
        ("text/plain", b"a=1", 415, "media_type_unsupported"),
        (FORM, b"a=1&a[b]=2", 422, "validation_failed"),
        (FORM, b"a=%ff", 422, "validation_failed"),
        ("multipart/form-data", b"a", 400, "form_malformed"),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\n",
            400,
            "form_malformed",
        ),
    ] {
        let ask = post().header("Content-Type", named).bytes(body);
        world.send(&ask).await.expect_toy(status, code);
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100), "]".repeat(100));
    let answer = world.send(&post().json(deep)).await;
    answer.expect_toy(400, "json_malformed");
    let text = [Part::File("a", "", b"\xff")];
    let answer = world.send(&post().form(&text)).await;
    answer.expect_toy(400, "form_malformed");
    let file = [Part::File("a", "a.png", PNG)];
    let answer = world.send(&post().form(&file)).await;
    let answer = answer.expect_toy(422, "validation_failed").json();
    assert_eq!(answer["wrong"][0][0], "/a");
    let long = "a".repeat(2_000);
    let ask = post().form(&[Part::Text("a", &long), Part::Text("b", "c")]);
    world.send(&ask).await.expect_toy(413, "body_too_large");
    let query = world.toy("GET", "/things?limit=x&ids[a]=b");
    let answer = world
        .send(&query)
        .await
        .expect_toy(422, "validation_failed");
    assert_eq!(answer.json()["wrong"].as_array().map(Vec::len), Some(2));
}

#[actix_web::test]
async fn values_are_read_alike_from_json_and_forms() {
    let world = World::with_toy().await;
    let typed = async |ask: Ask| world.send(&ask).await.expect(200).json();
    let of_json = json!({
        "object": {"number": 7}, "items": [{"name": "a"}, {"name": "b"}], "flag": true, "word": "two",
        "time": 1_700_000_000, "at": "2026-01-01T00:00:00Z", "raw": {"x": ["1"]}, "more": "y"
    });
    let json = typed(world.toy("POST", "/typed").json(of_json.to_string())).await;
    let form = "object[number]=7&items[0][name]=a&items[1][name]=b&flag=1&word=two&time=1700000000\
        &at=2026-01-01T00:00:00Z&raw[x][]=1&more=y";
    let form = world
        .toy("POST", "/typed")
        .header("Content-Type", FORM)
        .bytes(form);
    assert_eq!(typed(form).await, json);
    assert_eq!(json["number"], 7);
    assert_eq!(json["items"], json!(["a", "b"]));
    assert_eq!(json["others"], r#"{"more":"y"}"#);
    // Some clients put JSON into their forms.
    let parts = [
        Part::Text("object", r#"{"number":7}"#),
        Part::Text("items", r#"[{"name":"a"},{"name":"b"}]"#),
        Part::Text("raw", r#"{"x":["1"]}"#),
        Part::Text("flag", "true"),
        Part::Text("word", "two"),
        Part::Text("time", "1700000000"),
        Part::Text("at", "2026-01-01T00:00:00Z"),
        Part::Text("more", "y"),
    ];
    assert_eq!(typed(world.toy("POST", "/typed").form(&parts)).await, json);
    let wrong = json!({
        "object": {"number": "x"}, "items": [{}, 5], "flag": "maybe", "word": "three", "time": 1.5,
        "at": 1, "raw": "{}"
    });
    let answer = world
        .send(&world.toy("POST", "/typed").json(wrong.to_string()))
        .await;
    let answer = answer.expect_toy(422, "validation_failed").json();
    let mut places: Vec<_> = answer["wrong"]
        .as_array()
        .expect("places")
        .iter()
        .map(|one| one[0].as_str().expect("a place").to_owned())
        .collect();
    places.sort();
    assert_eq!(
        places,
        [
            "/at",
            "/flag",
            "/items/0/name",
            "/items/1",
            "/object/number",
            "/raw",
            "/time",
            "/word"
        ]
    );
}

#[actix_web::test]
async fn files_come_along_and_a_retry_keeps_none() {
    let world = World::with_toy().await;
    let parts = [
        Part::Text("note", "x"),
        Part::File("files[]", "a.png", PNG),
        Part::File("files[]", "b.txt", b"text"),
    ];
    let answer = world.send(&world.toy("POST", "/files").form(&parts)).await;
    let answer = answer.expect(200).json();
    assert_eq!(answer["members"], json!({"note": "\"x\""}));
    assert_eq!(
        answer["files"][0],
        json!(["files[]", "a.png", "image/png", PNG.len()])
    );
    assert_eq!(answer["files"][1][1], "b.txt");

    let ada = world.participant("Ada").await;
    let group = world.group(&[&ada]).await;
    let parts = [
        Part::Text("to", &group),
        Part::Text("as", &ada),
        Part::Text("text", "See"),
        Part::File("files[]", "c.png", PNG),
    ];
    let ask = world.toy("POST", "/messages").once("k").form(&parts);
    let first = world.send(&ask).await.expect(201).json();
    let listed = || world.ask("GET", "/v1/media?limit=100");
    let before = listed().await.json()["items"].as_array().map(Vec::len);
    assert_eq!(before, Some(3));
    let again = world.send(&ask).await.expect(201).json();
    assert_eq!(again["id"], first["id"]);
    assert_eq!(
        listed().await.json()["items"].as_array().map(Vec::len),
        before
    );
    let other = [
        Part::Text("to", &group),
        Part::Text("as", &ada),
        Part::Text("text", "See"),
        Part::File("files[]", "c.png", b"other"),
    ];
    let ask = world.toy("POST", "/messages").once("k").form(&other);
    world
        .send(&ask)
        .await
        .expect_toy(409, "idempotency_key_reused");
}

#[actix_web::test]
async fn files_are_brought_to_signed_addresses() {
    let world = World::with_toy().await;
    let ask = world
        .toy("POST", "/uploads")
        .json(r#"{"way":"put","type":"image/png"}"#);
    let door = world.send(&ask).await.expect(200);
    let (id, url) = (door.id(), door.member("url"));
    let path = url
        .strip_prefix("http://localhost")
        .expect("an absolute address");
    let missing = world.toy("POST", &format!("/uploads/{id}"));
    world
        .send(&missing)
        .await
        .expect_toy(409, "media_not_uploaded");
    let put = Ask::new("PUT", path)
        .header("Content-Type", "image/png")
        .bytes(PNG);
    world.send(&put).await.expect(204);
    let taken = world.send(&missing).await.expect(200).json();
    assert_eq!(taken["size"], PNG.len());
    let content = world
        .send(&world.toy("GET", &format!("/uploads/{id}")))
        .await
        .expect(200);
    assert_eq!(content.body, PNG);
    assert!(content.header("etag").is_some());

    let ask = world.toy("POST", "/uploads").json(r#"{"way":"post"}"#);
    let door = world.send(&ask).await.expect(200).json();
    let fields = door["fields"].as_object().expect("fields");
    let mut parts: Vec<_> = fields
        .iter()
        .map(|(name, value)| Part::Text(name, value.as_str().expect("a text")))
        .collect();
    parts.push(Part::File("file", "x.png", PNG));
    let url = door["url"].as_str().expect("an address");
    let path = url
        .strip_prefix("http://localhost")
        .expect("an absolute address");
    world
        .send(&Ask::new("POST", path).form(&parts))
        .await
        .expect(204);
    let id = door["id"].as_str().expect("an id");
    let content =
        Ask::new("GET", format!("{PREFIX}/uploads/{id}")).header("toy_token", &world.root.key);
    assert_eq!(world.send(&content).await.expect(200).body, PNG);
}

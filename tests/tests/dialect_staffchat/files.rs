//! Files of messages, from the announcement to the versions of a picture.

use causerie_tests::shape::check;
use causerie_tests::{Answer, Database, Server, eventually, on_both_stores, pictures};
use serde_json::{Value, json};

use super::{Talk, file, message, voice};

on_both_stores!(
    a_picture_appears_with_its_message_and_gets_versions,
    something_spoken_has_a_duration,
    dates_are_written_out,
);

/// Announces, brings and finalises a file of a message; gives its number.
#[track_caller]
fn upload(
    server: &Server,
    database: &Database,
    talk: &mut Talk,
    asked: &Value,
    bytes: &[u8],
) -> Value {
    let door = talk.ada.client.post("/upload", asked).expect(201);
    let announced = talk.shown(asked);
    check(&announced, &message());
    let headers = door["headers"].as_object().expect("headers").iter();
    let headers: Vec<(&str, &str)> = headers
        .map(|(name, values)| (name.as_str(), values[0].as_str().expect("a value")))
        .collect();
    let native = server.client(database);
    let (mut nobody, at) = native.stranger(door["url"].as_str().expect("a URL"));
    let put = nobody.bring("PUT", &at, &headers, bytes);
    assert!((200..300).contains(&put.status), "{}", put.text());
    let done = format!("/file/{}/finalise", door["file"]);
    let finalised = talk.ada.client.post(&done, &json!({"key": door["key"]}));
    assert_eq!((finalised.status, finalised.text()), (204, String::new()));
    door["file"].clone()
}

/// What an address gives to whoever has it.
#[track_caller]
fn fetch(server: &Server, database: &Database, url: &Value) -> Answer {
    let native = server.client(database);
    let (mut nobody, at) = native.stranger(url.as_str().expect("a URL"));
    nobody.get(&at)
}

fn a_picture_appears_with_its_message_and_gets_versions(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let sent = talk.say(&json!({"message": "", "fileCount": 1}));
    let picture = pictures::png(640, 400);
    let asked = json!({"id": sent["id"], "type": "messages", "content_type": "image/png", "filename": "Photo.PNG"});
    let door = talk.ada.client.post("/upload", &asked).expect(201);
    let awaited = talk.shown(&sent)["files"][0].clone();
    check(&awaited, &file());
    assert_eq!(
        (&awaited["id"], &awaited["uploaded"]),
        (&door["file"], &json!(false))
    );
    let number = upload(&server, database, &mut talk, &asked, &picture);
    let ready = eventually("the versions of the picture", || {
        let shown = talk.shown(&sent);
        let files = shown["files"].as_array().expect("files");
        let found = files
            .iter()
            .find(|one| one["id"] == number)
            .expect("it is there");
        assert_eq!(found["uploaded"], true);
        (found["processing"] == false).then(|| found.clone())
    });
    check(&ready, &file());
    for (name, value) in [
        ("name", json!("Photo.PNG")),
        ("mime", json!("image/png")),
        ("type", json!("image")),
        ("extension", json!("png")),
        ("size", json!(picture.len())),
        ("width", json!(640)),
        ("height", json!(400)),
        ("stream", Value::Null),
    ] {
        assert_eq!(ready[name], value, "{name}");
    }
    assert_eq!(fetch(&server, database, &ready["source"]).body, picture);
    let thumbnail = fetch(&server, database, &ready["versions"]["thumbnail"]);
    assert_eq!(thumbnail.status, 200);
    let own = format!("/file/{number}/thumbnail");
    assert_eq!(talk.bob.client.get(&own).body, thumbnail.body);
    let path = format!("/conversations/{}/files", talk.conversation);
    let listed = talk.bob.client.get(&path).expect(200);
    assert_eq!(listed["data"], json!([ready]));
    assert!(talk.shown(&sent)["edited_at"].is_null());
    let gone = format!("{}/{}", talk.messages(), sent["id"]);
    assert_eq!(talk.ada.client.delete(&gone).status, 204);
    assert_eq!(talk.shown(&sent)["files"], json!([]));
}

fn something_spoken_has_a_duration(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let sent = talk.say(&json!({"message": "", "fileCount": 1}));
    let asked = json!({"id": sent["id"], "type": "voices", "content_type": "audio/wav", "filename": "a.wav"});
    let number = upload(&server, database, &mut talk, &asked, &pictures::wav(1_500));
    let spoken = eventually("the duration of what was spoken", || {
        let shown = talk.shown(&sent);
        check(&shown, &message());
        assert_eq!(shown["files"], json!([]));
        (shown["voice"]["processing"] == false).then(|| shown["voice"].clone())
    });
    check(&spoken, &voice());
    assert_eq!(
        (&spoken["id"], &spoken["extension"]),
        (&number, &json!("wav"))
    );
    assert_eq!(spoken["duration"], 1.5);
    assert_eq!(fetch(&server, database, &spoken["url"]).status, 200);
}

fn dates_are_written_out(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let sent = talk.say(&json!({"message": "a file"}));
    let asked = json!({"id": sent["id"], "type": "messages", "content_type": "text/plain", "filename": "a.txt"});
    upload(&server, database, &mut talk, &asked, b"plain words");
    let shown = talk.shown(&sent)["files"][0].clone();
    let written = shown["created_formatted"]
        .as_str()
        .expect("a day")
        .to_owned();
    let parts: Vec<&str> = written.split(' ').collect();
    let [day, month, year] = parts.as_slice() else {
        panic!("three words: {written}")
    };
    assert!(!day.starts_with('0') && day.parse::<u8>().is_ok_and(|day| day <= 31));
    assert!(month.chars().all(char::is_alphabetic) && year.len() == 4);
    assert_eq!(shown["updated_formatted"], written);
}

//! Files as a user has them: uploaded, sent, shown, had again in parts, let go, on both stores, in a directory and
//! in a bucket.
//!
//! What a picture's versions look like is tested where they are made.

use causerie_tests::form::upload;
use causerie_tests::{
    Answer, Client, Database, Form, Scene, Server, Shelf, check, eventually,
    on_both_stores_and_shelves, pictures, scene,
};
use serde_json::{Value, json};

on_both_stores_and_shelves!(
    files_are_sent_looked_into_and_had_again,
    addresses_need_no_key_and_hold_for_what_they_say,
    forms_need_no_key_and_hold_for_what_they_say,
    limits_hold_while_bytes_arrive,
    names_and_types_cannot_mislead,
    files_of_private_notes_are_nothing_to_contacts,
    what_nothing_refers_to_any_more_is_erased,
    an_upload_that_breaks_off_leaves_nothing,
);

/// The path of a file's bytes.
fn content(media: &Value) -> String {
    format!("/v1/media/{}/content", scene::id(media))
}

/// Waits for news of a file, by long polls; gives the file.
#[track_caller]
fn told(client: &mut Client, media: &Value, topic: &str) -> Value {
    let id = scene::id(media);
    let mut after = 0;
    eventually(topic, || {
        let path = format!("/v1/events?after={after}&limit=100&wait=5");
        let page = client.get(&path).expect(200);
        after = page["next_after"].as_u64().expect("a position");
        let items = page["items"].as_array().expect("items");
        let found = items
            .iter()
            .any(|event| event["topic"] == topic && event["media_id"] == id.as_str());
        found.then_some(())
    });
    client.get(&format!("/v1/media/{id}")).expect(200)
}

#[track_caller]
fn bytes(answer: Answer, status: u16) -> Vec<u8> {
    assert_eq!(answer.status, status, "{}", answer.text());
    answer.body
}

fn files_are_sent_looked_into_and_had_again(database: &Database, shelf: &Shelf) {
    let server = shelf.serve(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 2, 1);
    let picture = pictures::png(640, 400);
    let form = Form::default()
        .text("body", "Two files")
        .text("participant_id", &scene.people[0])
        .file("file", "photo.png", &picture)
        .file("file", "notes.txt", b"plain words");
    let sent = form.post(&mut client, &scene.messages(0)).expect(201);
    assert_eq!(sent["body"], "Two files");
    let files = sent["attachments"].as_array().expect("files");
    let shown: Vec<_> = files
        .iter()
        .map(|one| (&one["name"], &one["kind"]))
        .collect();
    let (photo, notes) = (json!("photo.png"), json!("notes.txt"));
    assert_eq!(shown, [(&photo, &json!("image")), (&notes, &json!("file"))]);

    // The same file by its name in JSON, with words in its place.
    let alone = upload(&mut client, "again.png", &picture);
    let attachment = json!({"media_id": alone["id"], "alt_text": "colours"});
    let body =
        json!({"participant_id": scene.people[1], "body": "see", "attachments": [attachment]});
    let second = scene::say(&mut client, &scene.conversations[0], &body);
    assert_eq!(second["attachments"][0]["alt_text"], "colours");

    let media = json!({"id": files[0]["media_id"]});
    let ready = told(&mut client, &media, "media.ready");
    assert_eq!(
        (&ready["status"], &ready["width"], &ready["height"]),
        (&json!("ready"), &json!(640), &json!(400))
    );
    let listed = check::conversation(&mut client, &scene.conversations[0]);
    let versions = &listed[0]["attachments"][0]["versions"];
    let thumbnail = &versions["thumbnail"];
    assert_eq!(
        (&thumbnail["width"], &thumbnail["height"]),
        (&json!(160), &json!(100))
    );
    let small = client.get(thumbnail["url"].as_str().expect("an address"));
    assert_eq!(
        small.header("content-type"),
        thumbnail["content_type"].as_str()
    );
    let small = bytes(small, 200);
    assert_eq!(thumbnail["size"].as_u64(), u64::try_from(small.len()).ok());
    let of = format!("/v1/media?conversation_id={}", scene.conversations[0]);
    assert_eq!(check::walk(&mut client, &of).len(), 3);

    check_had_again(&mut client, &content(&media), &picture);
    let report = shelf.line(database).args(["doctor"]).succeed();
    assert!(report.contains("ok    files"), "{report}");
    assert!(
        !report.contains("entry") && !report.contains("no bytes"),
        "{report}"
    );
    let usage = client.get("/v1/media/usage").expect(200);
    assert!(
        usage["kept_bytes"].as_u64() > u64::try_from(picture.len()).ok(),
        "{usage}"
    );
    server.stop();
}

/// All of it, parts of it, nothing of it.
fn check_had_again(client: &mut Client, path: &str, whole: &[u8]) {
    let answer = client.get(path);
    let tag = answer.header("etag").expect("a tag").to_owned();
    assert_eq!(answer.header("content-type"), Some("image/png"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    assert!(answer.header("content-security-policy").is_some());
    assert!(
        answer
            .header("content-disposition")
            .is_some_and(|said| said.starts_with("inline"))
    );
    assert!(bytes(answer, 200) == whole);
    let length = whole.len().to_string();
    let head = client.call("HEAD", path, &[], None);
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some(&*length))
    );
    let mut part = |range: &str| client.call("GET", path, &[("range", range)], None);
    let first = part("bytes=0-9");
    assert_eq!(
        first.header("content-range"),
        Some(&*format!("bytes 0-9/{length}"))
    );
    assert!(bytes(first, 206) == whole[..10]);
    assert!(bytes(part("bytes=-5"), 206) == whole[whole.len() - 5..]);
    assert!(bytes(part("bytes=100-"), 206) == whole[100..]);
    let beyond = part(&format!("bytes={length}-"));
    assert_eq!(
        beyond.header("content-range"),
        Some(&*format!("bytes */{length}"))
    );
    assert_eq!(beyond.status, 416);
    let known = client.call("GET", path, &[("if-none-match", &tag)], None);
    assert_eq!((known.status, known.body.len()), (304, 0));
    let other = [("range", "bytes=0-9"), ("if-range", "\"another\"")];
    assert!(bytes(client.call("GET", path, &other, None), 200) == whole);
}

fn addresses_need_no_key_and_hold_for_what_they_say(database: &Database, shelf: &Shelf) {
    let server = shelf.serve(database);
    let mut client = server.client(database);
    let picture = pictures::png(60, 40);
    let wish = json!({"name": "a.png", "content_type": "image/png"});
    let asked = client.post("/v1/media/uploads", &wish).expect(201);
    let door = &asked["upload"];
    assert_eq!(
        (&door["method"], &asked["media"]["status"]),
        (&json!("PUT"), &json!("requested"))
    );
    let anybody = client.another();
    let put = |url: &str, declared: &str, bytes: &[u8]| {
        let (mut stranger, path) = anybody.stranger(url);
        stranger.bring("PUT", &path, &[("content-type", declared)], bytes)
    };
    let url = door["url"].as_str().expect("an address");
    assert_eq!(url.starts_with("http://"), shelf.is_bucket(), "{url}");
    if !shelf.is_bucket() {
        let changed = put(&tampered(url), "image/png", &picture);
        assert_eq!(changed.refused(403), "link_invalid");
        let mistyped = put(url, "text/html", &picture);
        assert_eq!(mistyped.refused(403), "media_type_mismatch");
    }
    let path = format!("/v1/media/{}", scene::id(&asked["media"]));
    assert_eq!(client.get(&path).expect(200)["status"], "requested");
    assert_eq!(client.get(&format!("{path}/content")).status, 409);
    let sent = put(url, "image/png", &picture);
    assert!((200..300).contains(&sent.status), "{}", sent.text());
    let complete = format!("{path}/complete");
    for _ in 0..2 {
        client.post(&complete, &json!({})).expect(200);
    }
    assert!(bytes(client.get(&format!("{path}/content")), 200) == picture);

    let link = client
        .post(&format!("{path}/links"), &json!({"expires_in_s": 600}))
        .expect(201);
    let link = link["url"].as_str().expect("an address").to_owned();
    let get = |url: &str| {
        let (mut stranger, path) = anybody.stranger(url);
        stranger.bring("GET", &path, &[], b"")
    };
    let answer = get(&link);
    assert_eq!(answer.header("content-type"), Some("image/png"));
    assert!(bytes(answer, 200) == picture);
    assert_eq!(get(&tampered(&link)).status, 403);
    let (mut stranger, path_of_link) = client.stranger(&path);
    assert_eq!(
        stranger.get(&path_of_link).status,
        401,
        "keys count elsewhere"
    );

    let brief = client
        .post(&format!("{path}/links"), &json!({"expires_in_s": 1}))
        .expect(201);
    let brief = brief["url"].as_str().expect("an address").to_owned();
    eventually("the address to expire", || {
        (get(&brief).status == 403).then_some(())
    });
    let fetched = json!({"name": "a.png", "url": "http://127.0.0.1/a.png"});
    let refused = client.post("/v1/media/uploads", &fetched);
    assert!([400, 422].contains(&refused.status), "{}", refused.text());
}

/// The same address with another digit at the end of its signature.
fn tampered(url: &str) -> String {
    let (rest, last) = url.split_at(url.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

fn forms_need_no_key_and_hold_for_what_they_say(database: &Database, shelf: &Shelf) {
    let server = shelf.serve(database);
    let mut client = server.client(database);
    let picture = pictures::png(30, 20);
    let wish = json!({"name": "b.png", "content_type": "image/png", "method": "POST"});
    let asked = client.post("/v1/media/uploads", &wish).expect(201);
    let door = &asked["upload"];
    let fields = door["fields"].as_object().expect("fields");
    let form = |change: &dyn Fn(&str, &str) -> String| {
        let form = fields.iter().fold(Form::default(), |form, (name, value)| {
            form.text(name, &change(name, value.as_str().expect("a text")))
        });
        form.file("file", "b.png", &picture)
    };
    let (mut stranger, path) = client.stranger(door["url"].as_str().expect("an address"));
    let signature = |name: &str, value: &str| match name {
        "signature" => tampered(value),
        _ => value.to_owned(),
    };
    let changed = form(&signature).post(&mut stranger, &path);
    assert_eq!(changed.refused(403), "link_invalid");
    let mistyped = |name: &str, value: &str| match name {
        "Content-Type" => "text/html".to_owned(),
        _ => value.to_owned(),
    };
    let refused = form(&mistyped).post(&mut stranger, &path);
    assert_eq!(refused.refused(403), "media_type_mismatch");
    let own = format!("/v1/media/{}", scene::id(&asked["media"]));
    assert_eq!(client.get(&own).expect(200)["status"], "requested");
    form(&|_, value| value.to_owned())
        .post(&mut stranger, &path)
        .expect(204);
    assert!(bytes(client.get(&format!("{own}/content")), 200) == picture);
}

/// A workspace with room for little, once the server knows of it.
fn small_workspace(database: &Database, server: &Server) -> Client {
    let mut root = server.client(database);
    let (id, mut client) = scene::workspace(database, &mut root, "small");
    let limits = ["--file-bytes-max=100000", "--storage-bytes-max=250000"];
    let plan = causerie_tests::Line::new(database).args(["workspace", "plan", &id]);
    let shown = plan.args(limits).succeed();
    assert!(shown.contains("250000"), "{shown}");
    eventually("the plan to count", || {
        let usage = client.get("/v1/media/usage").expect(200);
        (usage["file_bytes_max"] == 100_000).then_some(())
    });
    client
}

/// Whoever has no key may bring no more than others: wherever the bytes go, none of too many is kept.
fn check_doors_are_narrow(client: &mut Client, shelf: &Shelf) {
    let large = pictures::noise(150_000, 9);
    for method in ["PUT", "POST"] {
        let wish = json!({"name": "a.bin", "method": method});
        let asked = client.post("/v1/media/uploads", &wish).expect(201);
        let url = asked["upload"]["url"].as_str().expect("an address");
        let (mut stranger, path) = client.stranger(url);
        let mut answer = if method == "PUT" {
            stranger.bring("PUT", &path, &[], &large)
        } else {
            let fields = asked["upload"]["fields"].as_object().expect("fields");
            let form = fields.iter().fold(Form::default(), |form, (name, value)| {
                form.text(name, value.as_str().expect("a text"))
            });
            form.file("file", "a.bin", &large)
                .post(&mut stranger, &path)
        };
        let own = format!("/v1/media/{}", scene::id(&asked["media"]));
        if method == "PUT" && shelf.is_bucket() {
            answer = client.post(&format!("{own}/complete"), &json!({}));
        }
        assert_eq!(answer.refused(413), "media_too_large", "{method}");
        assert_eq!(client.get(&own).expect(200)["status"], "requested");
    }
}

fn limits_hold_while_bytes_arrive(database: &Database, shelf: &Shelf) {
    let server = shelf.serve(database);
    let mut client = small_workspace(database, &server);
    let form = |size: usize, seed: u64| {
        Form::default().file("file", "a.bin", &pictures::noise(size, seed))
    };
    let large = form(150_000, 1);
    let refused = large.post(&mut client, "/v1/media");
    assert_eq!(refused.refused(413), "media_too_large");
    // Announced are many bytes more; the answer does not wait for them.
    let part = form(400_000, 2).bytes();
    let early = client.begin(
        "POST",
        "/v1/media",
        &[Form::TYPE],
        50_000_000,
        &part[..400_000],
    );
    assert_eq!(early.refused(413), "media_too_large");

    check_doors_are_narrow(&mut client, shelf);
    for seed in [3, 3, 4] {
        form(100_000, seed)
            .post(&mut client, "/v1/media")
            .expect(201);
    }
    let usage = client.get("/v1/media/usage").expect(200);
    assert_eq!(usage["kept_bytes"], 200_000, "the same bytes count once");
    let refused = form(60_000, 5).post(&mut client, "/v1/media");
    assert_eq!(refused.status, 413, "{}", refused.text());
    let scene = Scene::set(&mut client, 1, 1);
    let send = form(60_000, 6).text("participant_id", &scene.people[0]);
    let refused = send.post(&mut client, &scene.messages(0));
    assert_eq!(refused.status, 413, "{}", refused.text());
    assert!(check::conversation(&mut client, &scene.conversations[0]).is_empty());
    form(50_000, 7).post(&mut client, "/v1/media").expect(201);
    let full = form(1, 8).post(&mut client, "/v1/media");
    assert_eq!(full.refused(413), "storage_full");
    assert_eq!(shelf.kept().len(), 3, "nothing is left of what was refused");
}

fn names_and_types_cannot_mislead(database: &Database, shelf: &Shelf) {
    let server = shelf.serve(database);
    let mut client = server.client(database);
    for (given, kept) in [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\Users\\\\ada\\\\a.txt", "a.txt"),
        ("photo\u{202e}gnp.exe", "photognp.exe"),
        ("..", "file"),
        ("Übersicht ☂.txt", "Übersicht ☂.txt"),
    ] {
        let media = upload(&mut client, given, b"plain words");
        assert_eq!(media["name"], kept, "{given}");
    }
    let page = b"<!DOCTYPE html><html><script>alert(1)</script></html>";
    let drawing = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    for (name, bytes) in [("a.html", &page[..]), ("a.svg", drawing), ("a.png", page)] {
        let media = upload(&mut client, name, bytes);
        let answer = client.get(&content(&media));
        let said = answer.header("content-disposition").expect("said");
        assert!(said.starts_with("attachment"), "{name}: {said}");
        assert!(said.contains(name), "{said}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let link = client.post(
            &format!("/v1/media/{}/links", scene::id(&media)),
            &json!({}),
        );
        let link = link.expect(201)["url"]
            .as_str()
            .expect("an address")
            .to_owned();
        let (mut stranger, path) = client.stranger(&link);
        let answer = stranger.get(&path);
        let said = answer.header("content-disposition").expect("said");
        assert!(
            answer.status == 200 && said.starts_with("attachment"),
            "{name}: {said}"
        );
    }
    let voice = upload(&mut client, "voice.wav", &pictures::wav(1_500));
    assert_eq!(voice["kind"], "audio");
    let ready = told(&mut client, &voice, "media.ready");
    assert_eq!(ready["duration_ms"], 1_500, "{ready}");
    let broken = upload(&mut client, "half.png", &pictures::png(200, 100)[..300]);
    let looked = eventually("somebody to look into it", || {
        let now = client
            .get(&format!("/v1/media/{}", scene::id(&broken)))
            .expect(200);
        ["ready", "failed"]
            .contains(&now["status"].as_str()?)
            .then_some(now)
    });
    assert_eq!(
        looked["versions"],
        json!({}),
        "it stays a plain file: {looked}"
    );
    assert_eq!(bytes(client.get(&content(&broken)), 200).len(), 300);
}

fn files_of_private_notes_are_nothing_to_contacts(database: &Database, shelf: &Shelf) {
    let server = shelf.serve(database);
    let mut client = server.client(database);
    let agent = scene::participant(&mut client, "Agent");
    let contact = scene::person(&mut client, "contact", "Ada");
    let place = scene::conversation(&mut client, &[agent.clone(), contact.clone()]);
    let (open, hidden) = (
        upload(&mut client, "open.txt", b"for everybody"),
        upload(&mut client, "hidden.txt", b"for agents only"),
    );
    let mut say = |media: &Value, private: bool| {
        let body = json!({"participant_id": agent, "body": "see", "private": private,
            "attachments": [{"media_id": media["id"]}]});
        scene::say(&mut client, &place, &body)
    };
    say(&open, false);
    say(&hidden, true);
    let mut ada = scene::bound(&mut client, &contact);
    assert!(bytes(ada.get(&content(&open)), 200) == b"for everybody");
    let path = format!("/v1/media/{}", scene::id(&hidden));
    assert_eq!(ada.get(&path).refused(404), "media_not_found");
    assert_eq!(ada.get(&content(&hidden)).refused(404), "media_not_found");
    let link = ada.post(&format!("{path}/links"), &json!({}));
    assert_eq!(link.status, 404, "{}", link.text());
    let list = check::walk(&mut ada, &format!("/v1/media?conversation_id={place}"));
    let names: Vec<_> = list.iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["open.txt"]);
    assert!(bytes(client.get(&content(&hidden)), 200) == b"for agents only");
    // Somebody elsewhere sees neither.
    let bo = scene::person(&mut client, "contact", "Bo");
    let mut bo = scene::bound(&mut client, &bo);
    assert_eq!(bo.get(&content(&open)).status, 404);
}

fn what_nothing_refers_to_any_more_is_erased(database: &Database, shelf: &Shelf) {
    let server = shelf.serve(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    let send = |client: &mut Client, text: &str, bytes: &[u8]| {
        let form = Form::default()
            .text("body", text)
            .text("participant_id", &scene.people[0])
            .file("file", "a.txt", bytes);
        form.post(client, &scene.messages(0)).expect(201)
    };
    let purged = send(&mut client, "to be purged", b"words that are purged");
    let shared = send(&mut client, "one", b"words of two messages");
    let twin = send(&mut client, "two", b"words of two messages");
    let lonely = upload(&mut client, "b.txt", b"words that nobody sends");
    assert_eq!(shelf.kept().len(), 3, "the same bytes are kept once");
    for message in [&purged, &shared] {
        let path = format!("{}/{}?mode=purge", scene.messages(0), scene::id(message));
        client.call("DELETE", &path, &[], None).expect(204);
    }
    eventually("the bytes to go", || {
        (!shelf.holds(b"words that are purged")).then_some(())
    });
    let gone = json!({"id": purged["attachments"][0]["media_id"]});
    assert_eq!(client.get(&content(&gone)).refused(404), "media_not_found");
    let left = json!({"id": twin["attachments"][0]["media_id"]});
    assert!(bytes(client.get(&content(&left)), 200) == b"words of two messages");
    let path = format!("/v1/media/{}", scene::id(&lonely));
    client.get(&path).expect(200);
    server.stop();

    // A day and more goes by.
    database.execute("UPDATE media SET expires_at = 1 WHERE expires_at IS NOT NULL");
    let server = shelf.serve(database);
    client.turn_to(server.address());
    eventually("the bytes to go", || {
        (shelf.kept().len() == 1).then_some(())
    });
    assert_eq!(client.get(&path).refused(404), "media_not_found");
    assert!(bytes(client.get(&content(&left)), 200) == b"words of two messages");

    // A conversation takes its files along.
    let path = format!("/v1/conversations/{}", scene.conversations[0]);
    client.call("DELETE", &path, &[], None).expect(204);
    eventually("the bytes to go", || shelf.kept().is_empty().then_some(()));
    assert!(!shelf.holds(b"words of two messages"));
    eventually("nothing to be counted", || {
        let usage = client.get("/v1/media/usage").expect(200);
        (usage["kept_bytes"] == 0).then_some(())
    });
    let report = shelf.line(database).args(["doctor"]).succeed();
    assert!(report.contains("ok    files  0 with 0 bytes"), "{report}");
}

fn an_upload_that_breaks_off_leaves_nothing(database: &Database, shelf: &Shelf) {
    let server = shelf.serve(database);
    let mut client = server.client(database);
    let wish = json!({"name": "a.bin", "method": "POST"});
    let asked = client.post("/v1/media/uploads", &wish).expect(201);
    let form = Form::default().file("file", "a.bin", &pictures::noise(300_000, 1));
    let (bytes, half) = (form.bytes(), 150_000);
    drop(client.cut_off(
        "POST",
        "/v1/media",
        &[Form::TYPE],
        bytes.len(),
        &bytes[..half],
    ));
    // The server goes on, and knows of no file.
    upload(&mut client, "whole.bin", &pictures::noise(300_000, 2));
    let listed = check::walk(&mut client, "/v1/media");
    let names: Vec<_> = listed.iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["whole.bin", "a.bin"]);
    assert_eq!(shelf.kept().len(), 1);
    let path = format!("/v1/media/{}/complete", scene::id(&asked["media"]));
    let missing = client.post(&path, &json!({}));
    assert_eq!(missing.status, 409, "{}", missing.text());
    server.stop();
}

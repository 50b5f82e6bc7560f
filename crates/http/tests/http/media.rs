//! Files: what is taken, what is refused, what is left behind, and what a browser is told.

use serde_json::Value;

use crate::forms::{PNG, Part};
use crate::world::{Answer, Ask, World};

/// Ada and a group of hers.
pub(crate) struct Scene {
    pub(crate) world: World,
    ada: String,
    messages: String,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let world = World::new().await;
        let ada = world.participant("Ada").await;
        let group = world.group(&[&ada]).await;
        Self {
            messages: format!("/v1/conversations/{group}/messages"),
            world,
            ada,
        }
    }

    fn form(&self, parts: &[Part<'_>]) -> Ask {
        let ask = Ask::new("POST", &self.messages).key(&self.world.root.key);
        ask.form(parts)
    }

    pub(crate) async fn get(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        let mut ask = Ask::new("GET", target).key(&self.world.root.key);
        for (name, value) in headers {
            ask = ask.header(name, value);
        }
        self.world.send(&ask).await
    }

    /// Temporary places are emptied by tasks of their own.
    pub(crate) async fn places_are_empty(&self) {
        while self.world.files.count().0 > 0 {
            tokio::task::yield_now().await;
        }
    }
}

#[actix_web::test]
async fn a_file_by_its_address_is_refused() {
    let world = World::new().await;
    for (target, body) in [
        (
            "/v1/media/uploads",
            r#"{"name":"a","url":"http://10.0.0.1/a"}"#,
        ),
        ("/v1/media", r#"{"url":"http://10.0.0.1/a"}"#),
    ] {
        let answer = world.tell("POST", target, body).await;
        if target == "/v1/media" {
            answer.expect_problem("media_type_unsupported");
            continue;
        }
        let answer = answer.expect_problem("validation_failed");
        assert_eq!(answer.json()["errors"][0]["pointer"], "/url");
    }
    let form = Ask::new("POST", "/v1/media").key(&world.root.key);
    let form = form.form(&[Part::Text("url", "http://10.0.0.1/a")]);
    let answer = world.send(&form).await.expect_problem("validation_failed");
    assert_eq!(answer.json()["errors"][0]["pointer"], "/url");
}

#[actix_web::test]
async fn what_was_uploaded_comes_back_whole_and_in_parts() {
    let scene = Scene::new().await;
    let bytes: Vec<u8> = PNG.iter().copied().cycle().take(100_000).collect();
    let id = scene.world.file("long.png", &bytes).await;
    let content = format!("/v1/media/{id}/content");
    let whole = scene.get(&content, &[]).await.expect(200);
    assert_eq!(whole.body, bytes);
    let tag = whole.header("etag").expect("a tag").to_owned();
    for (range, status, part) in [
        ("bytes=0-0", 206, &bytes[..1]),
        ("bytes=99990-", 206, &bytes[99_990..]),
        ("bytes=-10", 206, &bytes[99_990..]),
        ("bytes=-200000", 206, &bytes[..]),
        ("bytes=5-200000", 206, &bytes[5..]),
        ("bytes=0-1,5-6", 200, &bytes[..]),
        ("lines=0-1", 200, &bytes[..]),
        ("nonsense", 200, &bytes[..]),
    ] {
        let answer = scene.get(&content, &[("Range", range)]).await;
        assert_eq!(answer.status, status, "{range}");
        assert_eq!(answer.body, part, "{range}");
    }
    let answer = scene.get(&content, &[("Range", "bytes=100000-")]).await;
    assert_eq!(answer.header("content-range"), Some("bytes */100000"));
    answer.expect(416).expect_problem("range_unsatisfiable");
    let stale = [("Range", "bytes=0-0"), ("If-Range", "\"other\"")];
    scene.get(&content, &stale).await.expect(200);
    let fresh = [("Range", "bytes=0-0"), ("If-Range", tag.as_str())];
    scene.get(&content, &fresh).await.expect(206);
    let known = scene.get(&content, &[("If-None-Match", &tag)]).await;
    let known = known.expect(304);
    assert!(known.body.is_empty() && known.header("etag") == Some(&tag));
    let other = [("If-None-Match", "\"other\"")];
    scene.get(&content, &other).await.expect(200);
}

#[actix_web::test]
async fn a_browser_shows_pictures_and_saves_everything_else() {
    let scene = Scene::new().await;
    for (name, bytes, said) in [
        ("a.html", PNG, "inline; filename=\"a.html\""),
        (
            "a.png",
            b"<svg onload=alert(1)>".as_slice(),
            "attachment; filename=\"a.png\"",
        ),
        ("../a:b.png", PNG, "inline; filename=\"a_b.png\""),
        (
            "März.bin",
            b"?",
            "attachment; filename=\"M_rz.bin\"; filename*=UTF-8''M%C3%A4rz.bin",
        ),
    ] {
        let id = scene.world.file(name, bytes).await;
        let content = format!("/v1/media/{id}/content");
        let answer = scene.get(&content, &[]).await.expect(200);
        assert_eq!(answer.header("content-disposition"), Some(said), "{name}");
        for (header, value) in [
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "sandbox; default-src 'none'"),
            ("cache-control", "private, max-age=31536000, immutable"),
            ("accept-ranges", "bytes"),
        ] {
            assert_eq!(answer.header(header), Some(value), "{name}");
        }
        assert_ne!(answer.header("content-type"), Some("image/svg+xml"));
    }
}

#[actix_web::test]
async fn a_form_sends_a_message_with_its_files() {
    let scene = Scene::new().await;
    let first = scene.world.file("first.png", PNG).await;
    let message = format!(
        r#"{{"participant_id":"{}","attachments":[{{"media_id":"{first}","inline":true}}]}}"#,
        scene.ada
    );
    // In any order, and without a word.
    let parts = [
        Part::File("attachments[]", "second.txt", b"two"),
        Part::Text("message", &message),
        Part::File("files[]", "third.txt", b"three"),
    ];
    let sent = scene.world.send(&scene.form(&parts)).await.expect(201);
    let names = |message: &Value| -> Vec<String> {
        let all = message["attachments"].as_array().expect("a list");
        all.iter().map(|one| one["name"].to_string()).collect()
    };
    let expected = [r#""first.png""#, r#""second.txt""#, r#""third.txt""#];
    assert_eq!(names(&sent.json()), expected);
    let target = format!("{}/{}", scene.messages, sent.id());
    let shown = scene.get(&target, &[]).await.expect(200).json();
    assert_eq!(names(&shown), expected);
    let listed = scene.get(&scene.messages, &[]).await.expect(200).json();
    assert_eq!(names(&listed["items"][0]), expected);
    let events = scene.get("/v1/events?limit=100", &[]).await.json();
    let events = events["items"].as_array().expect("events");
    let created = events.iter().find(|one| one["topic"] == "message.created");
    assert_eq!(names(&created.expect("an event")["data"]), expected);
    let third = &shown["attachments"][2]["url"];
    let third = scene.get(third.as_str().expect("an address"), &[]).await;
    assert_eq!(third.expect(200).body, b"three");
    scene.places_are_empty().await;
}

#[actix_web::test]
async fn i4_a_form_is_sent_once_whatever_ids_its_files_get() {
    let scene = Scene::new().await;
    let message = format!(
        r#"{{"participant_id":"{}","body":"Hi","reference":"ref-1"}}"#,
        scene.ada
    );
    let ask = |name: &str, bytes: &'static [u8]| {
        scene.form(&[
            Part::Text("message", &message),
            Part::File("file", name, bytes),
        ])
    };
    let world = &scene.world;
    let first = world.send(&ask("a.png", PNG).once("k")).await.expect(201);
    let replay = world.send(&ask("a.png", PNG).once("k")).await.expect(201);
    assert_eq!(replay.header("idempotency-replayed"), Some("true"));
    assert_eq!(replay.body, first.body);
    let by_reference = world.send(&ask("a.png", PNG)).await.expect(201);
    assert_eq!(by_reference.body, first.body);
    let answer = world.send(&ask("b.png", PNG).once("k")).await;
    answer.expect_problem("idempotency_key_reused");
    let answer = world.send(&ask("a.png", b"other")).await;
    answer.expect_problem("reference_reused");
    let listed = scene.get(&scene.messages, &[]).await.expect(200).json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    let id = first.json()["attachments"][0]["media_id"].clone();
    let files = scene.get("/v1/media?limit=100", &[]).await.json();
    for file in files["items"].as_array().expect("files") {
        // Only what the message refers to stays.
        assert_eq!(file["expires_at"].is_null(), file["id"] == id, "{file}");
    }
}

#[actix_web::test]
async fn a_form_that_is_refused_leaves_nothing_but_what_expires() {
    let scene = Scene::new().await;
    let file = Part::File("file", "a.png", PNG);
    let ada = Part::Text("participant_id", &scene.ada);
    let many = vec![file; 31];
    for (parts, pointer) in [
        (vec![file, Part::Text("body", "")], "/body"),
        (vec![file, ada, ada], "/participant_id"),
        (vec![file, Part::Text("subject", "Hi")], "/subject"),
        (vec![file, Part::Text("private", "yes")], "/private"),
        (vec![file, ada, Part::Text("message", "{}")], "/message"),
        (many, "/file"),
    ] {
        let answer = scene.world.send(&scene.form(&parts)).await;
        let answer = answer.expect_problem("validation_failed");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer);
    }
    scene.places_are_empty().await;
    assert_eq!(scene.world.files.count(), (0, 0));
    let bob = scene.world.participant("Bob").await;
    let parts = [file, Part::Text("participant_id", &bob)];
    let answer = scene.world.send(&scene.form(&parts)).await;
    answer.expect_problem("not_a_member");
    let files = scene.get("/v1/media", &[]).await.json();
    assert_eq!(files["items"].as_array().map(Vec::len), Some(1));
    assert!(files["items"][0]["expires_at"].is_string(), "{files}");
    let long = "x".repeat(300_000);
    let parts = [ada, Part::Text("body", &long)];
    let answer = scene.world.send(&scene.form(&parts)).await;
    answer.expect_problem("body_too_large");
    let elsewhere = Ask::new("POST", "/v1/conversations/conv_1/messages");
    let elsewhere = elsewhere.key(&scene.world.root.key).form(&[file]);
    let answer = scene.world.send(&elsewhere).await;
    answer.expect_problem("conversation_not_found");
}

#[actix_web::test]
async fn an_attachment_has_to_be_there_and_once() {
    let scene = Scene::new().await;
    let id = scene.world.file("a.png", PNG).await;
    let nothing = "media_00000000000000000000000000";
    let one = |id: &str| format!(r#"{{"media_id":"{id}"}}"#);
    for (attachments, pointer) in [
        (format!("[{}]", one("media_1")), "/attachments/0/media_id"),
        (format!("[{}]", one(nothing)), "/attachments/0/media_id"),
        (
            format!("[{},{}]", one(&id), one(&id)),
            "/attachments/1/media_id",
        ),
        (
            format!("[{}]", vec![one(&id); 31].join(",")),
            "/attachments",
        ),
        (format!(r#"["{id}"]"#), "/attachments/0"),
        (
            format!(r#"[{{"media_id":"{id}","alt_text":""}}]"#),
            "/attachments/0/alt_text",
        ),
        (
            format!(r#"[{{"media_id":"{id}","url":"http://10.0.0.1"}}]"#),
            "/attachments/0/url",
        ),
    ] {
        let body = format!(
            r#"{{"participant_id":"{}","attachments":{attachments}}}"#,
            scene.ada
        );
        let answer = scene.world.tell("POST", &scene.messages, body).await;
        let answer = answer.expect_problem("validation_failed");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer);
    }
}

#[actix_web::test]
async fn room_is_limited_for_one_file_and_for_all() {
    let scene = Scene::new().await;
    let own = scene.world.root.workspace.id;
    let plan = format!("/v1/workspaces/{own}/plan");
    let limits = r#"{"file_bytes_max":1000,"storage_bytes_max":1500}"#;
    scene.world.tell("PUT", &plan, limits).await.expect(200);
    let file = |size: usize| vec![b'a' + u8::try_from(size % 26).unwrap_or(0); size];
    let bring = async |size: usize| {
        let bytes = file(size);
        let ask = Ask::new("POST", "/v1/media").key(&scene.world.root.key);
        let ask = ask.form(&[Part::File("file", "a", &bytes)]);
        scene.world.send(&ask).await
    };
    bring(1001).await.expect_problem("media_too_large");
    bring(700).await.expect(201);
    bring(700).await.expect(201);
    let usage = scene.get("/v1/media/usage", &[]).await.expect(200).json();
    assert_eq!(usage["kept_bytes"], 700, "the same bytes count once");
    bring(801).await.expect_problem("media_too_large");
    bring(800).await.expect(201);
    bring(1).await.expect_problem("storage_full");
    for wrong in [
        r#"{"file_bytes_max":0}"#,
        r#"{"storage_bytes_max":1125899906842625}"#,
    ] {
        let answer = scene.world.tell("PUT", &plan, wrong).await;
        answer.expect_problem("validation_failed");
    }
    scene.places_are_empty().await;
}

#[actix_web::test]
async fn what_cannot_be_kept_or_had_is_told_without_the_inside() {
    let scene = Scene::new().await;
    let id = scene.world.file("a.png", PNG).await;
    let content = format!("/v1/media/{id}/content");
    scene.world.files.lose();
    let answer = scene.get(&content, &[]).await;
    answer.expect_problem("media_not_found");
    scene.world.files.pull_the_plug();
    let answer = scene.get(&content, &[]).await.expect_problem("unavailable");
    assert!(!answer.text().contains("plug"), "{}", answer.text());
    let ask = Ask::new("POST", "/v1/media").key(&scene.world.root.key);
    let ask = ask.form(&[Part::File("file", "a", b"b")]);
    let answer = scene.world.send(&ask).await;
    answer.expect_problem("unavailable");
}

#[actix_web::test]
async fn the_log_tells_how_far_a_file_has_come() {
    let scene = Scene::new().await;
    let id = scene.world.file("a.png", PNG).await;
    scene.world.look_into(&id).await;
    let events = scene.get("/v1/events?limit=100", &[]).await.json();
    let events = events["items"].as_array().expect("events");
    let of_file = events.iter().filter(|one| one["media_id"] == id);
    let topics: Vec<_> = of_file.clone().map(|one| one["topic"].clone()).collect();
    assert_eq!(
        topics,
        [
            "media.requested",
            "media.uploaded",
            "media.processing",
            "media.ready"
        ]
    );
    let shown = scene.get(&format!("/v1/media/{id}"), &[]).await.json();
    assert!(
        of_file.into_iter().all(|one| one["data"] == shown),
        "{shown}"
    );
    assert_eq!(shown["versions"]["chat"]["width"], 480);
    let version = format!("/v1/media/{id}/versions");
    let chat = scene.get(&format!("{version}/chat"), &[]).await.expect(200);
    assert_eq!(chat.body, b"\x89PNG, smaller");
    for missing in ["detail", "huge"] {
        let answer = scene.get(&format!("{version}/{missing}"), &[]).await;
        answer.expect_problem("media_not_found");
    }
    let links = format!("/v1/media/{id}/links");
    let answer = scene.world.tell("POST", links, r#"{"version":"detail"}"#);
    answer.await.expect_problem("validation_failed");
    let metrics = scene.get("/metrics", &[]).await.expect(200).text();
    for name in ["uploads", "upload_bytes", "downloads", "download_bytes"] {
        assert!(
            metrics.contains(&format!("causerie_{name}_total")),
            "{name}"
        );
    }
}

#[actix_web::test]
async fn a_contact_sees_files_of_its_conversations_only() {
    let scene = Scene::new().await;
    let eve = scene.world.participant("Eve").await;
    let (of_ada, of_eve) = (scene.world.bound(&scene.ada), scene.world.bound(&eve));
    let upload = Ask::new("POST", "/v1/media").key(&of_ada);
    let upload = upload.form(&[Part::File("file", "a.png", PNG)]);
    let id = scene.world.send(&upload).await.expect(201).id();
    let content = format!("/v1/media/{id}/content");
    let had = async |key: &str| scene.world.send(&Ask::new("GET", &content).key(key)).await;
    had(&of_ada).await.expect(200);
    had(&of_eve).await.expect_problem("media_not_found");
    let delete = Ask::new("DELETE", format!("/v1/media/{id}")).key(&of_eve);
    let answer = scene.world.send(&delete).await;
    answer.expect_problem("media_not_found");
}

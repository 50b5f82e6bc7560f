//! Files: announced with their message, brought, finalised, given out.

use serde_json::{Value, json};

use super::world::{Answer, Ask, User, World, members, number};

const NAMES: [&str; 19] = [
    "created_at",
    "created_formatted",
    "date",
    "extension",
    "height",
    "id",
    "mime",
    "name",
    "processing",
    "screenshot",
    "size",
    "source",
    "stream",
    "type",
    "updated_at",
    "updated_formatted",
    "uploaded",
    "versions",
    "width",
];

struct Scene {
    world: World,
    ada: User,
    bob: User,
    of: u64,
}

async fn scene() -> Scene {
    let world = World::new().await;
    let [ada, bob] = world.users(["Ada", "Bob"]).await;
    let of = world.conversation(&ada.key, &[bob.number]).await;
    Scene {
        world,
        ada,
        bob,
        of,
    }
}

impl Scene {
    async fn say(&self, body: &Value) -> Value {
        let path = format!("/conversations/{}/messages", self.of);
        self.world
            .tell_as(&self.ada.key, "POST", &path, body)
            .await
            .expect(201)
    }

    async fn shown(&self, message: &Value) -> Value {
        let path = format!("/conversations/{}/messages/{}", self.of, number(message));
        self.world
            .ask_as(&self.bob.key, "GET", &path)
            .await
            .expect(200)
    }

    async fn upload(&self, key: &str, body: &Value) -> Answer {
        self.world.tell_as(key, "POST", "/upload", body).await
    }

    async fn bring(&self, door: &Value, bytes: &str) -> Answer {
        let url = door["url"].as_str().expect("an address");
        let target = url.strip_prefix("http://localhost").expect("our own");
        let mut ask = Ask::new("PUT", target).body(bytes);
        for (name, values) in door["headers"].as_object().expect("headers") {
            ask = ask.header(name, values[0].as_str().expect("a text"));
        }
        self.world.send(&ask).await
    }

    async fn finalise(&self, key: &str, door: &Value) -> Answer {
        let path = format!("/file/{}/finalise", door["file"]);
        self.world
            .tell_as(key, "POST", &path, &json!({"key": door["key"]}))
            .await
    }

    async fn fetch(&self, url: &Value) -> Answer {
        let url = url.as_str().expect("an address");
        let target = url.strip_prefix("http://localhost").expect("our own");
        self.world.send(&Ask::new("GET", target)).await
    }
}

#[actix_web::test]
async fn a_file_follows_its_message() {
    let scene = scene().await;
    let sent = scene.say(&json!({"message": "", "fileCount": 1})).await;
    assert_eq!((&sent["files"], &sent["message"]), (&json!([]), &json!("")));
    let asked = json!({"id": sent["id"], "type": "messages", "content_type": "application/pdf", "filename": "Report.PDF"});
    let door = scene.upload(&scene.ada.key, &asked).await.expect(201);
    assert_eq!(members(&door), ["file", "headers", "key", "url", "uuid"]);
    assert_eq!(
        door["headers"],
        json!({"Content-Type": ["application/pdf"]})
    );
    let awaited = scene.shown(&sent).await["files"][0].clone();
    assert_eq!(members(&awaited), NAMES);
    assert_eq!(
        (&awaited["id"], &awaited["uploaded"]),
        (&door["file"], &json!(false))
    );
    assert_eq!(
        (&awaited["name"], &awaited["extension"]),
        (&json!("Report.PDF"), &json!("pdf"))
    );
    scene.finalise(&scene.ada.key, &door).await.refused(422);
    let brought = scene.bring(&door, "%PDF-1.4 and so on").await;
    assert!((200..300).contains(&brought.status), "{}", brought.text());
    assert_eq!(scene.shown(&sent).await["files"][0]["uploaded"], false);
    scene.finalise(&scene.ada.key, &door).await.expect_nothing();
    scene.finalise(&scene.ada.key, &door).await.expect_nothing();
    let message = scene.shown(&sent).await;
    assert_eq!(message["edited_at"], Value::Null);
    let [file] = message["files"].as_array().expect("a list").as_slice() else {
        panic!("one file: {message}")
    };
    assert_eq!(members(file), NAMES);
    assert_eq!(
        (&file["id"], &file["uploaded"], &file["processing"]),
        (&door["file"], &json!(true), &json!(false))
    );
    assert_eq!(
        (&file["size"], &file["mime"], &file["type"]),
        (&json!(18), &json!("application/pdf"), &json!("file"))
    );
    assert_eq!(
        (&file["stream"], &file["versions"], &file["screenshot"]),
        (&Value::Null, &json!({}), &Value::Null)
    );
    assert_eq!(
        scene.fetch(&file["source"]).await.text(),
        "%PDF-1.4 and so on"
    );
    let path = format!("/file/{}", door["file"]);
    assert_eq!(
        scene
            .world
            .ask_as(&scene.bob.key, "GET", &path)
            .await
            .text(),
        "%PDF-1.4 and so on"
    );
    let eve = scene.world.user("Eve").await;
    scene
        .world
        .ask_as(&eve.key, "GET", &path)
        .await
        .refused(404);
    scene
        .world
        .ask_as(&scene.bob.key, "GET", &format!("{path}/thumbnail"))
        .await
        .refused(404);
    scene
        .world
        .ask_as(&scene.bob.key, "GET", &format!("{path}/odd"))
        .await
        .refused(404);
    let listed = scene
        .world
        .ask_as(
            &scene.bob.key,
            "GET",
            &format!("/conversations/{}/files", scene.of),
        )
        .await;
    let listed = listed.expect(200);
    assert_eq!(
        (&listed["data"], &listed["meta"]["current_page"]),
        (&json!([file]), &json!(1))
    );
}

#[actix_web::test]
async fn something_spoken_is_a_voice() {
    let scene = scene().await;
    let sent = scene.say(&json!({"message": "", "fileCount": 1})).await;
    let asked = json!({"id": sent["id"], "type": "voices", "content_type": "audio/mpeg", "filename": "a.mp3"});
    let door = scene.upload(&scene.ada.key, &asked).await.expect(201);
    let awaited = scene.shown(&sent).await;
    assert_eq!(
        (&awaited["voice"]["id"], &awaited["voice"]["processing"]),
        (&door["file"], &json!(true))
    );
    let brought = scene.bring(&door, "ID3\u{3}\0\0\0\0\0\0").await;
    assert!((200..300).contains(&brought.status), "{}", brought.text());
    scene.finalise(&scene.ada.key, &door).await.expect_nothing();
    let message = scene.shown(&sent).await;
    assert_eq!(
        members(&message["voice"]),
        ["duration", "extension", "id", "processing", "url"]
    );
    assert_eq!(
        (&message["files"], &message["voice"]["extension"]),
        (&json!([]), &json!("mp3"))
    );
    assert!(message["voice"]["duration"].is_number());
    assert_eq!(scene.fetch(&message["voice"]["url"]).await.status, 200);
}

#[actix_web::test]
async fn a_file_may_come_before_its_message() {
    let scene = scene().await;
    let asked =
        json!({"id": null, "type": "messages", "content_type": "text/plain", "filename": "a.txt"});
    let door = scene.upload(&scene.ada.key, &asked).await.expect(201);
    scene.bring(&door, "hello").await;
    scene.finalise(&scene.ada.key, &door).await.expect_nothing();
    let sent = scene
        .say(&json!({"message": "", "files": [door["file"]]}))
        .await;
    assert_eq!(sent["files"][0]["id"], door["file"]);
    assert_eq!(sent["files"][0]["uploaded"], true);
    assert_eq!(scene.shown(&sent).await, sent);
    let path = format!("/conversations/{}/messages", scene.of);
    let body = json!({"message": "", "files": [door["file"]]});
    scene
        .world
        .tell_as(&scene.bob.key, "POST", &path, &body)
        .await
        .refused(422);
}

#[actix_web::test]
async fn nobody_gives_files_to_the_messages_of_others() {
    let scene = scene().await;
    let sent = scene.say(&json!({"message": "mine"})).await;
    let asked = |id: &Value| json!({"id": id, "type": "messages", "content_type": "text/plain", "filename": "a.txt"});
    scene
        .upload(&scene.bob.key, &asked(&sent["id"]))
        .await
        .refused(403);
    scene
        .upload(&scene.ada.key, &asked(&json!(999_999)))
        .await
        .refused(404);
    let door = scene
        .upload(&scene.ada.key, &asked(&sent["id"]))
        .await
        .expect(201);
    scene.bring(&door, "hello").await;
    scene.finalise(&scene.bob.key, &door).await.refused(404);
    let mut forged = door.clone();
    forged["key"] = json!("messages/1/x");
    scene.finalise(&scene.ada.key, &forged).await.refused(422);
    let path = format!("/conversations/{}/messages/{}", scene.of, number(&sent));
    scene
        .world
        .ask_as(&scene.ada.key, "DELETE", &path)
        .await
        .expect_nothing();
    scene.finalise(&scene.ada.key, &door).await.refused(410);
    assert_eq!(scene.shown(&sent).await["files"], json!([]));
    for (name, value) in [
        ("type", json!("units")),
        ("type", Value::Null),
        ("content_type", json!("odd")),
        ("filename", Value::Null),
        ("id", json!("x")),
    ] {
        let mut body = asked(&Value::Null);
        body[name] = value;
        let refused = scene.upload(&scene.ada.key, &body).await.refused(422);
        assert!(refused["errors"][name].is_array(), "{refused}");
    }
}

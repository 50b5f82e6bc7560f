//! Attachments: uploaded, sent, renamed, listed, deleted.

use serde_json::{Value, json};

use super::world::{Answer, Ask, World, conversation_of, id};

const BYTES: &str = "%PDF-1.4 a pizza for one";

async fn upload(world: &World, parts: &[(&str, Option<&str>, &str)]) -> Answer {
    let parts = parts.iter().map(|(name, file, value)| {
        let file = file.map_or(String::new(), |file| format!("; filename=\"{file}\""));
        let head = format!("Content-Disposition: form-data; name=\"{name}\"{file}");
        format!("--x\r\n{head}\r\n\r\n{value}\r\n")
    });
    let body = parts.collect::<Vec<_>>().concat() + "--x--\r\n";
    let ask = Ask::new("POST", World::under("/attachments"))
        .key(&world.key)
        .body(body);
    let ask = ask.header("Content-Type", "multipart/form-data; boundary=x");
    world.send(&ask).await
}

async fn scene() -> (World, String, Value) {
    let world = World::new().await;
    let kevin = world.contact("KevinMcCallister").await;
    let of = conversation_of(&kevin);
    let file = upload(&world, &[("file", Some("Invoice room service.pdf"), BYTES)]).await;
    let file = file.expect(201);
    (world, of, file)
}

#[actix_web::test]
async fn a_file_is_uploaded_and_sent() {
    let (world, of, file) = scene().await;
    assert_eq!(
        (&file["filename"], &file["message_id"]),
        (&json!("Invoice room service.pdf"), &Value::Null)
    );
    assert_eq!(
        (&file["file_size"], &file["file_type"]),
        (&json!(BYTES.len()), &json!("application/octet-stream"))
    );
    assert_eq!(file.as_object().map(serde_json::Map::len), Some(7));
    for attachments in [json!([file["id"]]), json!([{"id": file["id"]}])] {
        let body = json!({"conversation_id": of, "message": "", "attachments": attachments});
        let sent = world.tell("POST", "/messages", &body).await.expect(201);
        assert_eq!(sent["message"], "");
        assert_eq!(sent["attachments"][0]["message_id"], sent["id"]);
        let found = world
            .ask("GET", &format!("/attachments/{}", id(&file)))
            .await
            .expect(200);
        assert_eq!(
            (&found["message_id"], &found["id"]),
            (&sent["id"], &file["id"])
        );
    }
    let listed = world
        .ask("GET", &format!("/attachments?conversation_id={of}"))
        .await;
    assert_eq!(listed.expect(200)["data"][0]["id"], file["id"]);
    let url = file["file_url"].as_str().expect("an address");
    let path = url
        .split_once("/media/")
        .map(|(_, rest)| format!("/media/{rest}"));
    let bytes = world.send(&Ask::new("GET", path.expect("our own"))).await;
    assert_eq!((bytes.status, bytes.text()), (200, BYTES.to_owned()));
}

#[actix_web::test]
async fn a_file_is_added_to_a_message() {
    let (world, of, file) = scene().await;
    let sent = id(&world.message(&of, "the bill").await);
    let path = format!("/messages/{sent}");
    let form = format!("attachments[]={}", id(&file));
    let form = Ask::new("PUT", World::under(&path))
        .key(&world.key)
        .form(form);
    let shown = world.send(&form).await.expect(200);
    assert_eq!(shown["attachments"][0]["id"], file["id"]);
    assert_eq!(shown["message"], "the bill");
    let at_once = [
        ("message_id", None, sent.as_str()),
        ("file", Some("2.pdf"), BYTES),
    ];
    let second = upload(&world, &at_once).await.expect(201);
    assert_eq!(second["message_id"], sent.as_str());
    let at_once = [
        ("conversation_id", None, of.as_str()),
        ("file", Some("3.pdf"), BYTES),
    ];
    let third = upload(&world, &at_once).await.expect(201);
    assert!(third["message_id"].is_string());
    let shown = world.ask("GET", &path).await.expect(200);
    assert_eq!(shown["attachments"].as_array().map(Vec::len), Some(2));
}

#[actix_web::test]
async fn a_file_is_renamed_and_deleted_unless_a_message_has_it() {
    let (world, of, file) = scene().await;
    let path = format!("/attachments/{}", id(&file));
    let renamed = world
        .tell("PUT", &path, &json!({"filename": "bill.pdf"}))
        .await
        .expect(200);
    assert_eq!(renamed["filename"], "bill.pdf");
    let nameless = world.tell("PUT", &path, &json!({"filename": " "})).await;
    nameless.refused(400);
    let second = upload(&world, &[("file", Some("2.pdf"), "%PDF-1.4 two")])
        .await
        .expect(201);
    let page = world.ask("GET", "/attachments?limit=1").await.expect(200);
    assert_eq!(
        (&page["has_more"], &page["data"][0]["id"]),
        (&json!(true), &second["id"])
    );
    let after = format!("/attachments?starting_after={}", id(&second));
    let page = world.ask("GET", &after).await.expect(200);
    assert_eq!(page["data"][0]["id"], file["id"]);
    world.ask("DELETE", &path).await.expect_nothing();
    world.ask("GET", &path).await.refused(404);
    let body = json!({"conversation_id": of, "message": "x", "attachments": [second["id"]]});
    let sent = world.tell("POST", "/messages", &body).await.expect(201);
    let path = format!("/attachments/{}", id(&second));
    world.ask("DELETE", &path).await.refused(409);
    let message = format!("/messages/{}", id(&sent));
    world.ask("DELETE", &message).await.expect_nothing();
    let url = sent["attachments"][0]["file_url"]
        .as_str()
        .expect("an address");
    let door = url
        .split_once("/media/")
        .map(|(_, rest)| format!("/media/{rest}"));
    let gone = world.send(&Ask::new("GET", door.expect("our own"))).await;
    assert_eq!(gone.status, 404);
}

#[actix_web::test]
async fn an_upload_that_cannot_be_is_refused() {
    let (world, _, _) = scene().await;
    let told = upload(&world, &[("file", None, "../Invoice room service.pdf")]).await;
    assert!(told.refused(400).contains("-F file=@"));
    let parts = [
        ("file", Some("a"), "a"),
        ("message_id", None, "xgQQXg3hrtjh7AvZ"),
    ];
    upload(&world, &parts).await.refused(404);
    let parts = [("file", Some("a"), "a"), ("file", Some("b"), "b")];
    upload(&world, &parts).await.refused(400);
    world
        .tell("POST", "/attachments", &json!({}))
        .await
        .refused(400);
    let listed = world.ask("GET", "/attachments").await.expect(200);
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
}

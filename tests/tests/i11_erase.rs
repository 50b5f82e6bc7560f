//! I11, as far as conversations are deleted: what was said in a deleted conversation is gone at once for
//! readers, and after the next sweeps from every table and file, answers that are kept for retries included.
//!
//! Single messages are deleted in `i11_purge.rs`.

use causerie_tests::{Database, Scene, Server, eventually, on_both_stores, scene};
use serde_json::json;

on_both_stores!(i11_a_deleted_conversation_leaves_no_byte_of_its_text);

const SAID: &str = "unmistakable words";
const EDITED: &str = "unmistakable correction";

fn i11_a_deleted_conversation_leaves_no_byte_of_its_text(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 2);
    let path = scene.messages(0);
    for number in 0..20 {
        let body = json!({"participant_id": scene.people[0], "body": SAID});
        let key = format!("\"said-{number}\"");
        let headers = [("idempotency-key", key.as_str())];
        let sent = client
            .call("POST", &path, &headers, Some(&body))
            .expect(201);
        let message = format!("{path}/{}", scene::id(&sent));
        client
            .call("PATCH", &message, &[], Some(&json!({"body": EDITED})))
            .expect(200);
    }
    scene::send(
        &mut client,
        &scene.conversations[1],
        &scene.people[0],
        "these words stay",
    );

    let conversation = format!("/v1/conversations/{}", scene.conversations[0]);
    client.call("DELETE", &conversation, &[], None).expect(204);
    assert_eq!(client.get(&path).status, 404, "gone at once");
    let log = client.get("/v1/events?limit=100").text();
    assert!(
        !log.contains("unmistakable") && log.contains("these words stay"),
        "also from the log"
    );
    server.stop();

    // A sweep begins with each start; a stop may cut it short, and the next start goes on.
    let holds = |contents: &[u8], text: &str| {
        let mut windows = contents.windows(text.len());
        windows.any(|window| window == text.as_bytes())
    };
    eventually("not a byte to be left", || {
        Server::start(database).stop();
        let contents = database.contents();
        assert!(
            holds(&contents, "these words stay"),
            "what was not deleted is there"
        );
        (!holds(&contents, SAID) && !holds(&contents, EDITED)).then_some(())
    });
}

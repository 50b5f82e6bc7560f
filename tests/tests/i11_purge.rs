//! I11 for single messages: what is deleted softly is hidden everywhere at once; what is redacted or purged, and
//! what was scheduled and canceled, leaves no byte in any table, index or file.
//!
//! Messages grow old by themselves only, so retention is tested where old ones are brought along: see
//! `upgrade.rs`.

use causerie_tests::database::files;
use causerie_tests::{
    Client, Database, Document, Form, Line, Scene, Server, check, eventually, moment,
    on_both_stores, scene,
};
use serde_json::{Value, json};

on_both_stores!(
    i11_a_softly_deleted_message_is_hidden_everywhere_at_once,
    i11_a_redacted_message_leaves_no_byte_of_what_it_said,
    i11_a_purged_message_leaves_no_byte,
    i11_a_canceled_message_leaves_no_byte,
    i11_the_files_of_a_message_leave_no_byte
);

/// Begins with letters of its own: an index that stores what words have in common once has it whole.
const WORD: &str = "jentacular";
const CAPTION: &str = "these words stay";

/// A conversation with messages that say the word in every way there is.
struct Stage {
    client: Client,
    scene: Scene,
    /// The message that the others answer.
    root: String,
    /// Those that say the word.
    said: Vec<String>,
    /// The requests that sent them, with the key and without.
    requests: Vec<(String, Value)>,
    scheduled: String,
}

impl Stage {
    fn set(database: &Database, server: &Server) -> Self {
        let mut client = server.client(database);
        let scene = Scene::set(&mut client, 2, 1);
        let root = scene::send(
            &mut client,
            &scene.conversations[0],
            &scene.people[1],
            CAPTION,
        );
        let root = scene::id(&root);
        let body = json!({"project": "greeting", "version": "1", "locale": "en",
            "body": "Dear {{name}}, welcome."});
        client.post("/v1/templates", &body).expect(201);
        let later = moment::ahead(&mut client, 3_600_000);
        let body =
            json!({"participant_id": scene.people[0], "body": CAPTION, "scheduled_for": later});
        let scheduled = client.post(&scene.messages(0), &body).expect(202);
        let mut stage = Self {
            client,
            scene,
            root,
            said: Vec::new(),
            requests: Vec::new(),
            scheduled: scene::id(&scheduled),
        };
        for request in stage.all_ways() {
            stage.say(request);
        }
        stage
    }

    /// The word in text, content, metadata and references, and as a parameter of a template.
    fn all_ways(&self) -> Vec<Value> {
        let sender = &self.scene.people[0];
        let written = json!({
            "participant_id": sender,
            "body": format!("First the {WORD} words."),
            "content_type": "input_select",
            "content": {"items": [{"title": format!("{WORD} choice"), "value": "1"}]},
            "metadata": {"note": format!("{WORD} note")},
            "tags": ["morning"],
            "reply_to": self.root,
            "reference": "meal 1",
        });
        let templated = json!({
            "participant_id": sender,
            "template": {"project": "greeting", "locale": "en", "parameters": {"name": WORD}},
            "tags": ["morning"],
            "reply_to": self.root,
            "reference": "meal 2",
        });
        vec![written, templated]
    }

    /// Sends with a key; edits, reacts and answers.
    fn say(&mut self, request: Value) {
        let path = self.scene.messages(0);
        let key = format!("\"meal-{}\"", self.said.len());
        let headers = [("idempotency-key", key.as_str())];
        let sent = self.client.call("POST", &path, &headers, Some(&request));
        let sent = scene::id(&sent.expect(201));
        let message = format!("{path}/{sent}");
        let edit = json!({"body": format!("Then other {WORD} words.")});
        self.client
            .call("PATCH", &message, &[], Some(&edit))
            .expect(200);
        let body = json!({"participant_id": self.scene.people[1], "name": "yum"});
        let reactions = format!("{message}/reactions");
        self.client.post(&reactions, &body).expect(201);
        let body = json!({"participant_id": self.scene.people[1], "body": "Oh!",
            "reply_to": sent});
        self.client.post(&path, &body).expect(201);
        self.said.push(sent);
        self.requests.push((key, request));
    }

    /// What every operation that reads answers, for every message there is.
    fn everything(&mut self) -> Vec<(String, u16, String)> {
        let document = Document::of(&mut self.client);
        let mut all = Vec::new();
        let targets = [&self.said[0], &self.said[1], &self.root];
        let targets: Vec<String> = targets.into_iter().cloned().collect();
        for target in &targets {
            for operation in document.operations() {
                // Files are tested by themselves below.
                let elsewhere = [
                    "/v1/keys/",
                    "/v1/workspaces/",
                    "/v1/templates/",
                    "/v1/channels/",
                    "/v1/media/",
                    "/media/",
                ];
                let is_elsewhere = elsewhere
                    .iter()
                    .any(|start| operation.template.starts_with(start));
                if operation.method != "get" || is_elsewhere {
                    continue;
                }
                let path = operation.path(|kind| match kind {
                    "conversations" => self.scene.conversations[0].clone(),
                    "messages" => target.clone(),
                    "participants" | "members" => self.scene.people[0].clone(),
                    "scheduled-messages" => self.scheduled.clone(),
                    other => panic!("the test knows no {other}"),
                });
                let path = path + &operation.query(WORD);
                let answer = self.client.get(&path);
                all.push((path, answer.status, answer.text()));
            }
        }
        for filter in ["tag=morning", "reference=meal%201", "reference=meal%202"] {
            let path = format!("/v1/messages?{filter}");
            let answer = self.client.get(&path);
            all.push((path, answer.status, answer.text()));
        }
        let events = check::events_after(&mut self.client, 0);
        all.push(("the log".to_owned(), 200, Value::from(events).to_string()));
        all
    }

    fn delete_all(&mut self, mode: &str) {
        for id in self.said.clone() {
            let path = format!("{}/{id}?mode={mode}", self.scene.messages(0));
            self.client.call("DELETE", &path, &[], None).expect(204);
        }
    }

    /// Nobody is shown the word, and no retry brings it back.
    fn check_hidden(&mut self) {
        for (path, status, text) in self.everything() {
            assert!(!text.contains(WORD), "{path}: {status} {text}");
            assert!(status < 500, "{path}: {status} {text}");
        }
        let hits = self.client.get(&format!("/v1/search?q={WORD}")).expect(200);
        assert_eq!(hits["items"], json!([]));
        let path = self.scene.messages(0);
        for (key, request) in &self.requests {
            let headers = [("idempotency-key", key.as_str())];
            for headers in [headers.as_slice(), &[]] {
                let answer = self.client.call("POST", &path, headers, Some(request));
                assert_eq!(answer.refused(409), "answer_erased", "{headers:?}");
            }
        }
    }
}

fn holds(contents: &[u8], text: &str) -> bool {
    let mut windows = contents.windows(text.len());
    windows.any(|window| window.eq_ignore_ascii_case(text.as_bytes()))
}

/// Stops the server and looks whether the word is, or is not, in what is stored.
#[track_caller]
fn check_stored(database: &Database, server: Server, is_there: bool) {
    server.stop();
    let contents = database.contents();
    assert!(holds(&contents, CAPTION), "what was not deleted is there");
    assert_eq!(
        holds(&contents, WORD),
        is_there,
        "the word in what is stored"
    );
    if !is_there {
        // An index may keep the end of a word alone, after what it has in common with another.
        assert!(!holds(&contents, &WORD[2..]), "a part of the word is left");
    }
}

fn i11_a_softly_deleted_message_is_hidden_everywhere_at_once(database: &Database) {
    let server = Server::start(database);
    let mut stage = Stage::set(database, &server);
    let shown = stage.everything();
    for part in [
        "/v1/search?",
        "/v1/messages?tag",
        "/replies",
        "/revisions",
        "the log",
    ] {
        let mut places = shown.iter().filter(|(path, _, _)| path.contains(part));
        assert!(
            places.any(|(_, _, text)| text.contains(WORD)),
            "{part} shows it before"
        );
    }
    stage.delete_all("soft");
    stage.check_hidden();
    let tagged = check::walk(&mut stage.client, "/v1/messages?tag=morning");
    assert_eq!(tagged, Vec::<Value>::new(), "a tombstone has no tags");
    let all = check::conversation(&mut stage.client, &stage.scene.conversations[0]);
    assert_eq!(all.len(), 5, "the tombstones keep their places");
    assert!(all[1]["deleted_at"].is_string(), "{}", all[1]);
    assert_eq!(all[2]["reply_to"], all[1]["id"], "replies keep their link");

    // Going on to a purge leaves nothing of what was hidden.
    stage.delete_all("purge");
    check_stored(database, server, false);
}

fn i11_a_redacted_message_leaves_no_byte_of_what_it_said(database: &Database) {
    let server = Server::start(database);
    Stage::set(database, &server);
    check_stored(database, server, true);
    let server = Server::start(database);
    // The same once more, beside the first ones, which stay as they are for now.
    let mut stage = again(database, &server);
    stage.delete_all("redact");
    stage.check_hidden();
    check_stored(database, server, false);
}

fn i11_a_purged_message_leaves_no_byte(database: &Database) {
    let server = Server::start(database);
    Stage::set(database, &server);
    check_stored(database, server, true);
    let server = Server::start(database);
    let mut stage = again(database, &server);
    stage.delete_all("purge");
    stage.check_hidden();
    let path = stage.scene.messages(0);
    for id in &stage.said {
        let answer = stage.client.get(&format!("{path}/{id}"));
        assert_eq!(answer.refused(404), "message_not_found");
    }
    let left = check::walk(&mut stage.client, &format!("{path}?order=asc"));
    let seqs: Vec<u64> = left.iter().filter_map(|one| one["seq"].as_u64()).collect();
    assert_eq!(seqs, [1, 3, 5], "their places stay empty");
    assert!(
        left[1]["reply_to"].is_null(),
        "who answered answers nothing"
    );
    assert_eq!(left[0]["reply_count"], 0, "nobody answered");
    let next = scene::send(
        &mut stage.client,
        &stage.scene.conversations[0],
        &stage.scene.people[0],
        "Next",
    );
    assert_eq!(next["seq"], 6, "a place is used once");
    check_stored(database, server, false);
}

/// The stage that was set before the server was stopped.
fn again(database: &Database, server: &Server) -> Stage {
    let mut client = server.client(database);
    let conversations = check::walk(&mut client, "/v1/conversations");
    let conversation = scene::id(&conversations[0]);
    let all = check::conversation(&mut client, &conversation);
    let sender = |index: usize| {
        all[index]["participant_id"]
            .as_str()
            .expect("a sender")
            .to_owned()
    };
    let waiting = check::walk(&mut client, "/v1/scheduled-messages");
    let mut stage = Stage {
        scene: Scene {
            people: vec![sender(1), sender(0)],
            conversations: vec![conversation],
        },
        root: scene::id(&all[0]),
        said: vec![scene::id(&all[1]), scene::id(&all[3])],
        requests: Vec::new(),
        scheduled: scene::id(&waiting[0]),
        client,
    };
    let requests = stage.all_ways().into_iter().enumerate();
    stage.requests = requests
        .map(|(index, request)| (format!("\"meal-{index}\""), request))
        .collect();
    stage
}

fn i11_the_files_of_a_message_leave_no_byte(database: &Database) {
    let soon = || {
        Line::new(database)
            .args(["--sweep-idle-ms", "50"])
            .serve(database)
    };
    let server = soon();
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    let mut said = Vec::new();
    for mode in ["redact", "purge"] {
        let form = Form::default()
            .text("body", CAPTION)
            .text("participant_id", &scene.people[0])
            .file(
                "file",
                &format!("{WORD} {mode}.txt"),
                format!("{WORD} {mode}").as_bytes(),
            );
        let sent = form.post(&mut client, &scene.messages(0)).expect(201);
        let path = format!("{}/{}", scene.messages(0), scene::id(&sent));
        // Earlier states of a message keep its files as well.
        let edit = json!({"body": CAPTION, "attachments": []});
        client.call("PATCH", &path, &[], Some(&edit)).expect(200);
        said.push((
            format!("{path}?mode={mode}"),
            sent["attachments"][0]["media_id"].clone(),
        ));
    }
    said.push(uploaded_once(&mut client, &scene));
    scene::send(
        &mut client,
        &scene.conversations[0],
        &scene.people[0],
        CAPTION,
    );
    check_stored(database, server, true);
    let kept = database.directory().join("causerie-data/files");
    assert!(holds(&files(&kept), WORD));

    let server = soon();
    client.turn_to(server.address());
    for (path, media) in &said {
        client.call("DELETE", path, &[], None).expect(204);
        let path = format!("/v1/media/{}", media.as_str().expect("an id"));
        eventually("the file to go", || {
            (client.get(&path).status == 404).then_some(())
        });
    }
    eventually("the bytes to go", || {
        (!holds(&files(&kept), WORD)).then_some(())
    });
    check_stored(database, server, false);
}

/// A file that was uploaded with an idempotency key, in a message: how to delete that, and the file.
fn uploaded_once(client: &mut Client, scene: &Scene) -> (String, Value) {
    let form = Form::default().file("file", &format!("{WORD} alone.txt"), b"bytes");
    let headers = [Form::TYPE, ("idempotency-key", "\"upload\"")];
    let uploaded = client.bring("POST", "/v1/media", &headers, &form.bytes());
    let media = uploaded.expect(201)["id"].clone();
    let body = json!({"participant_id": scene.people[0], "attachments": [{"media_id": media}]});
    let sent = client.post(&scene.messages(0), &body).expect(201);
    let path = format!("{}/{}?mode=purge", scene.messages(0), scene::id(&sent));
    (path, media)
}

fn i11_a_canceled_message_leaves_no_byte(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    let later = moment::ahead(&mut client, 3_600_000);
    let request = json!({"participant_id": scene.people[0], "body": format!("The {WORD} words."),
        "metadata": {"note": WORD}, "scheduled_for": later});
    let headers = [("idempotency-key", "\"later\"")];
    let path = scene.messages(0);
    let waiting = client.call("POST", &path, &headers, Some(&request));
    let waiting = scene::id(&waiting.expect(202));
    scene::send(
        &mut client,
        &scene.conversations[0],
        &scene.people[0],
        CAPTION,
    );
    check_stored(database, server, true);

    let server = Server::start(database);
    let mut client = server.client(database);
    let at = format!("/v1/scheduled-messages/{waiting}");
    let change = json!({"body": format!("Other {WORD} words.")});
    client.call("PATCH", &at, &[], Some(&change)).expect(200);
    client.call("DELETE", &at, &[], None).expect(204);
    assert_eq!(client.get(&at).refused(404), "scheduled_message_not_found");
    let again = client.call("POST", &path, &headers, Some(&request));
    assert_eq!(again.refused(409), "answer_erased");
    for path in [
        "/v1/scheduled-messages",
        "/v1/events?after=0&limit=100",
        &path,
    ] {
        let text = client.get(path).text();
        assert!(!text.contains(WORD), "{path}: {text}");
    }
    check_stored(database, server, false);
}

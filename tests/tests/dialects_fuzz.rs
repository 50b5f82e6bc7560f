//! Whatever is sent to a dialect's routes, the answer is no failure of the server, an error has the dialect's form, and
//! what was refused has left nothing behind.
//!
//! What is answered to what makes sense is tested per dialect. `CAUSERIE_TEST_SEED` repeats a run.

#[path = "dialects_fuzz/odd.rs"]
mod odd;

use std::collections::BTreeMap;

use causerie_tests::{
    Client, Database, Dialect, Form, Line, Random, Server, check, on_both_stores,
};
use serde_json::{Value, json};

on_both_stores!(
    bird_answers_everything_in_its_form,
    doto_answers_everything_in_its_form,
    protocol_answers_everything_in_its_form,
    saasignal_answers_everything_in_its_form,
    staffchat_answers_everything_in_its_form,
);

/// How many requests each dialect gets.
const REQUESTS: usize = 200;

/// A route: its method and its path with names in braces.
type Route = (String, String);

/// What is known of one dialect: the values that its paths take, and words that its bodies know.
struct Known {
    parts: BTreeMap<&'static str, String>,
    members: &'static [&'static str],
}

fn bird_answers_everything_in_its_form(database: &Database) {
    check_dialect(database, "bird", |client| {
        let workspace = client.setting("workspaceId").to_owned();
        let channel = client.setting("channelId").to_owned();
        let path = format!("/workspaces/{workspace}/channels/{channel}/messages");
        let contact = json!({"identifierKey": "phonenumber", "identifierValue": "+31612345678"});
        let body = json!({"receiver": {"contacts": [contact]},
            "body": {"type": "text", "text": {"text": "Hello"}}});
        let sent = client.post(&path, &body).expect(202);
        let contact = text(&sent["receiver"]["contacts"][0]["id"]);
        Known {
            parts: BTreeMap::from([
                ("workspaceId", workspace.clone()),
                ("organizationId", workspace),
                ("channelId", channel),
                ("messageId", text(&sent["id"])),
                ("contactId", contact),
                ("key", "phonenumber".to_owned()),
                ("value", "%2B31612345678".to_owned()),
            ]),
            members: &[
                "receiver",
                "body",
                "template",
                "sender",
                "reference",
                "replyTo",
                "meta",
                "tags",
                "scheduledFor",
                "validity",
                "contentType",
                "messageRequests",
                "displayName",
                "identifiers",
                "attributes",
                "listIds",
            ],
        }
    });
}

fn doto_answers_everything_in_its_form(database: &Database) {
    check_dialect(database, "doto", |client| {
        let profile = client.get("/api/v1/profile").expect(200);
        let account = text(&profile["accounts"][0]["id"]);
        let at = format!("/api/v1/accounts/{account}");
        let inbox = json!({"name": "Shop", "channel": {"type": "api"}});
        let inbox = client.post(&format!("{at}/inboxes"), &inbox).expect(200)["id"].clone();
        let body = json!({"name": "Jane Doe", "inbox_id": inbox});
        let made = client.post(&format!("{at}/contacts"), &body).expect(200);
        let contact = made["payload"]["contact"]["id"].clone();
        let body = json!({"inbox_id": inbox, "contact_id": contact});
        let begun = client
            .post(&format!("{at}/conversations"), &body)
            .expect(200);
        let conversation = text(&begun["id"]);
        let path = format!("{at}/conversations/{conversation}/messages");
        let sent = client.post(&path, &json!({"content": "Hello"})).expect(200);
        Known {
            parts: BTreeMap::from([
                ("account_id", account),
                ("conversation_id", conversation),
                ("message_id", text(&sent["id"])),
                ("contact_id", text(&contact)),
                ("inbox_id", text(&inbox)),
            ]),
            members: &[
                "content",
                "message_type",
                "private",
                "content_type",
                "content_attributes",
                "echo_id",
                "source_id",
                "attachments",
                "sender_type",
                "sender_id",
                "status",
                "external_error",
                "template_params",
                "inbox_id",
                "contact_id",
                "assignee_id",
                "payload",
                "priority",
                "labels",
                "name",
                "email",
                "phone_number",
                "identifier",
                "custom_attributes",
                "additional_attributes",
                "channel",
                "snoozed_until",
            ],
        }
    });
}

fn protocol_answers_everything_in_its_form(database: &Database) {
    check_dialect(database, "protocol", |client| {
        let body = json!({"username": "KateMcCallister", "phone_number": "1-800-759-3000"});
        let contact = client.post("/v1/contacts", &body).expect(201);
        let conversation = text(&contact["conversation_id"]);
        let body = json!({"conversation_id": conversation, "message": "Kevin!"});
        let sent = client.post("/v1/messages", &body).expect(201);
        let form = Form::default().file("file", "a.txt", b"a");
        let file = client.form("/v1/attachments", &form).expect(201);
        let group = json!({"name": "Family", "contacts": [contact["id"]]});
        let group = client.post("/v1/groups", &group).expect(201);
        let parts = [&sent, &contact, &group, &file].map(|one| text(&one["id"]));
        let [message, contact, group, file] = parts;
        Known {
            parts: BTreeMap::from([
                ("messages", message),
                ("conversations", conversation),
                ("contacts", contact),
                ("groups", group),
                ("attachments", file),
            ]),
            members: &[
                "conversation_id",
                "message",
                "attachments",
                "reactions",
                "read_at",
                "contact_id",
                "group_id",
                "pinned_message_id",
                "is_pinned",
                "is_muted",
                "archived_at",
                "username",
                "phone_number",
                "avatar_url",
                "display_name",
                "name",
                "description",
                "contacts",
                "filename",
                "file",
            ],
        }
    });
}

fn saasignal_answers_everything_in_its_form(database: &Database) {
    check_dialect(database, "saasignal", |client| {
        let at = "/modules/messaging/conversations";
        let conversation = text(&client.post(at, &json!({})).expect(201)["id"]);
        let people = format!("{at}/{conversation}/participants");
        let body = json!({"external_id": "bo", "display_name": "Bo"});
        let participant = text(&client.post(&people, &body).expect(201)["id"]);
        let messages = format!("{at}/{conversation}/messages");
        let body = json!({"participant_id": participant, "body": "Hello"});
        let message = text(&client.post(&messages, &body).expect(201)["id"]);
        let path = format!("/modules/messaging/messages/{message}/reactions");
        let body = json!({"participant_id": participant, "emoji": "👍"});
        let reaction = text(&client.post(&path, &body).expect(201)["id"]);
        Known {
            parts: BTreeMap::from([
                ("conversation_id", conversation),
                ("participant_id", participant),
                ("message_id", message),
                ("reaction_id", reaction),
            ]),
            members: &[
                "participant_id",
                "type",
                "body",
                "reply_to",
                "metadata",
                "title",
                "description",
                "external_id",
                "display_name",
                "role",
                "last_read_at",
                "emoji",
                "max_message_length",
                "message_retention_days",
                "allow_reactions",
                "conversation_number_prefix",
                "max_participants_per_conversation",
            ],
        }
    });
}

fn staffchat_answers_everything_in_its_form(database: &Database) {
    check_dialect(database, "staffchat", |client| {
        let body = json!({"first_name": "Bo", "last_name": "Berg", "email": "bo@example.com", "unit": "HQ"});
        let user = client.post("/users", &body).expect(201)["id"].clone();
        let begun = client.post("/conversations", &json!({"recipients": [user]}));
        let conversation = text(&begun.expect(200)["id"]);
        let path = format!("/conversations/{conversation}/messages");
        let sent = client.post(&path, &json!({"message": "Hello"})).expect(201);
        let wish = json!({"id": sent["id"], "type": "messages", "content_type": "text/plain",
            "filename": "a.txt"});
        let file = client.post("/upload", &wish).expect(201)["file"].clone();
        Known {
            parts: BTreeMap::from([
                ("conversation", conversation),
                ("message", text(&sent["id"])),
                ("user", text(&user)),
                ("file", text(&file)),
                ("preset", "thumbnail".to_owned()),
            ]),
            members: &[
                "message",
                "parent_id",
                "fileCount",
                "files",
                "recipients",
                "title",
                "reaction",
                "participants",
                "type",
                "id",
                "content_type",
                "filename",
                "key",
                "first_name",
                "last_name",
                "email",
                "unit",
                "username",
                "password",
            ],
        }
    });
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The routes of a dialect as the reference lists them.
fn routes(name: &str) -> Vec<Route> {
    let reference = Line::bare().args(["reference", "dialects"]).succeed();
    let under = format!("Under `/dialects/{name}`");
    let (_, section) = reference.split_once(&under).expect("the dialect is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let (method, path) = (cells.next()?, cells.next()?);
        let path = path.strip_prefix('`')?.strip_suffix('`')?;
        Some((method.to_owned(), path.to_owned()))
    });
    let routes: Vec<Route> = rows.collect();
    assert!(routes.len() > 5, "{name} has routes: {reference}");
    routes
}

/// Sends all sorts of things to all routes.
fn check_dialect(database: &Database, name: &str, prepare: fn(&mut Dialect) -> Known) {
    let server = Server::start(database);
    let mut native = server.client(database);
    let mut client = Dialect::of(&server, database, name);
    let known = prepare(&mut client);
    let routes = routes(name);
    let mut random = Random::new();
    let mut position = 0;
    position += new_events(&mut native, position);
    for turn in 0..REQUESTS {
        let (method, template) = &routes[turn % routes.len()];
        let path = odd::path(&mut random, template, &known.parts, method != "DELETE");
        let (headers, body) = odd::request(&mut random, known.members);
        let headers: Vec<(&str, &str)> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let answer = client.bring(method, &path, &headers, &body);
        let what = format!(
            "{method} {path} {headers:?} {}",
            String::from_utf8_lossy(&body[..body.len().min(500)])
        );
        assert!(answer.status < 500, "{what}: {}", answer.text());
        let status = answer.status;
        if status >= 400 {
            eprintln!("{status} {what}");
            client.check_error(answer, status);
        }
        let more = new_events(&mut native, position);
        assert!(
            status < 400 || more == 0,
            "{status}, and something happened: {what}"
        );
        position += more;
    }
    server.stop();
}

/// How many events there are after a position.
fn new_events(native: &mut Client, position: u64) -> u64 {
    let events = check::events_after(native, position).len();
    u64::try_from(events).expect("a count")
}

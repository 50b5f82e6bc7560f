//! I5: tenants do not see each other. Every operation of the API's own document, with ids of another
//! workspace, says that there is no such thing, and changes nothing.
//!
//! New operations are covered as soon as they are documented.

use causerie_tests::{
    Client, Database, Document, Scene, Server, check, form, moment, on_both_stores, scene,
};
use serde_json::{Value, json};

on_both_stores!(
    i5_every_operation_on_ids_of_another_workspace_is_404,
    i5_no_filter_or_batch_reaches_into_another_workspace
);

/// A workspace with one thing of each kind.
struct Tenant {
    client: Client,
    workspace: String,
    key: String,
    scene: Scene,
    message: String,
    reaction: String,
    scheduled: String,
    template: String,
    channel: String,
    media: String,
}

impl Tenant {
    fn furnish(mut client: Client) -> Self {
        let me = client.get("/v1/me").expect(200);
        let scene = Scene::set(&mut client, 2, 1);
        let (conversation, ada) = (&scene.conversations[0], &scene.people[0]);
        let body = json!({"participant_id": ada, "body": "Secret", "tags": ["hidden"],
            "reference": "order 1"});
        let message = scene::id(&scene::say(&mut client, conversation, &body));
        let path = format!("{}/{message}/reactions", scene.messages(0));
        let body = json!({"participant_id": ada, "name": "seen"});
        let reaction = scene::id(&client.post(&path, &body).expect(201));
        let later = moment::ahead(&mut client, 3_600_000);
        let body = json!({"participant_id": ada, "body": "Secret", "scheduled_for": later});
        let scheduled = scene::id(&client.post(&scene.messages(0), &body).expect(202));
        let body = json!({"project": "news", "version": "1", "locale": "en", "body": "Secret"});
        let template = scene::id(&client.post("/v1/templates", &body).expect(201));
        let body = json!({"platform": "api", "name": "Secret", "url": "https://gw.example/hook"});
        let channel = scene::id(&client.post("/v1/channels", &body).expect(201));
        let media = scene::id(&form::upload(&mut client, "secret.txt", b"Secret"));
        let body = json!({"name": "spare", "scopes": ["messaging:read"]});
        let key = client.post("/v1/keys", &body).expect(201);
        Self {
            workspace: find_workspace(&me),
            key: scene::id(&key),
            message,
            reaction,
            scheduled,
            template,
            channel,
            media,
            scene,
            client,
        }
    }

    /// The id of this tenant that a path has after such a part.
    fn id_of(&self, kind: &str) -> String {
        let id = match kind {
            "participants" => &self.scene.people[0],
            "conversations" => &self.scene.conversations[0],
            "members" => &self.scene.people[1],
            "messages" => &self.message,
            "reactions" => &self.reaction,
            "scheduled-messages" => &self.scheduled,
            "templates" => &self.template,
            "channels" => &self.channel,
            "media" => &self.media,
            "versions" => return "thumbnail".to_owned(),
            "keys" => &self.key,
            "workspaces" => &self.workspace,
            other => panic!("the test knows no {other}"),
        };
        id.clone()
    }

    /// Everything it has, as it would be seen.
    fn everything(&mut self) -> Vec<Vec<Value>> {
        let paths = [
            "/v1/participants",
            "/v1/conversations",
            "/v1/keys",
            "/v1/messages",
            "/v1/scheduled-messages",
            "/v1/templates",
            "/v1/tags",
            "/v1/channels",
            "/v1/media",
        ];
        let mut all: Vec<Vec<Value>> = paths
            .into_iter()
            .map(|path| check::walk(&mut self.client, path))
            .map(|mut items| {
                // Using a key is noted, which is no change.
                for item in &mut items {
                    item.as_object_mut().map(|item| item.remove("last_used_at"));
                }
                items
            })
            .collect();
        all.push(check::conversation(
            &mut self.client,
            &self.scene.conversations[0],
        ));
        all.push(check::events_after(&mut self.client, 0));
        all
    }
}

fn find_workspace(me: &Value) -> String {
    let text = me.to_string();
    let start = text
        .find("\"ws_")
        .expect("the caller is told its workspace")
        + 1;
    text[start..].split('"').next().expect("an id").to_owned()
}

fn two_tenants(database: &Database, server: &Server) -> (Tenant, Tenant) {
    let mut root = Tenant::furnish(server.client(database));
    let (_, client) = scene::workspace(database, &mut root.client, "other");
    (root, Tenant::furnish(client))
}

fn i5_every_operation_on_ids_of_another_workspace_is_404(database: &Database) {
    let server = Server::start(database);
    let (mut root, mut other) = two_tenants(database, &server);
    let document = Document::of(&mut root.client);
    let before = (root.everything(), other.everything());
    let tried = check_every_operation(&document, &mut other.client, &root, false);
    assert!(tried > 20, "the document has operations with ids: {tried}");
    // The root administrator sees all workspaces, and nothing in them.
    check_every_operation(&document, &mut root.client, &other, true);
    assert_eq!(before.0, root.everything(), "nothing was changed");
    assert_eq!(before.1, other.everything(), "nothing was changed");
}

/// Calls every operation that has an id in its path, with ids of `owner`; gives how many there were.
fn check_every_operation(
    document: &Document,
    stranger: &mut Client,
    owner: &Tenant,
    is_root: bool,
) -> usize {
    let mut tried = 0;
    for operation in document.operations() {
        let template = operation.template;
        // Signed addresses name workspaces and take no key.
        let is_exempt = template.contains("{external_id}")
            || template.contains("{value}")
            || template.starts_with("/media/")
            || (is_root && template.starts_with("/v1/workspaces"));
        if !template.contains('{') || is_exempt {
            continue;
        }
        let path = operation.path(|kind| owner.id_of(kind));
        let (answer, body) = operation.call(stranger, &path);
        let code = answer.code().unwrap_or_default();
        // What is the operator's alone is refused whatever the id is.
        let is_operators = template.starts_with("/v1/workspaces/{workspace_id}/")
            && (answer.status, code.as_str()) == (403, "not_allowed");
        let is_unknown =
            answer.status == 404 && code.ends_with("_not_found") && code != "route_not_found";
        assert!(
            is_unknown || is_operators,
            "{} {template} with {body:?}: {} {}",
            operation.method,
            answer.status,
            answer.text()
        );
        tried += 1;
    }
    tried
}

fn i5_no_filter_or_batch_reaches_into_another_workspace(database: &Database) {
    let server = Server::start(database);
    let (mut root, mut other) = two_tenants(database, &server);
    let theirs = root.scene.clone();
    let (person, place) = (&theirs.people[0], &theirs.conversations[0]);
    for path in [
        format!("/v1/conversations?participant_id={person}"),
        format!("/v1/messages?participant_id={person}"),
        format!("/v1/messages?conversation_id={place}"),
        format!("/v1/messages?sender_id={person}"),
        format!("/v1/search?q=secret&conversation_id={place}"),
        format!("/v1/search?q=secret&participant_id={person}"),
        format!("/v1/search?q=secret&sender_id={person}"),
        format!("/v1/scheduled-messages?conversation_id={place}"),
        format!("/v1/media?conversation_id={place}"),
        format!("/v1/conversations?channel_id={}", root.channel),
        format!("/v1/conversations?assignee_id={person}"),
    ] {
        let answer = other.client.get(&path);
        let is_empty = answer.status == 200 && answer.text().contains("\"items\":[]");
        assert!(
            answer.status == 404 || is_empty,
            "{path}: {} {}",
            answer.status,
            answer.text()
        );
    }
    for path in [
        "/v1/search?q=secret",
        "/v1/messages?tag=hidden",
        "/v1/messages?reference=order%201",
    ] {
        let mut found = check::walk(&mut other.client, path).into_iter();
        let found = found.next().map(|one| {
            if path.contains("search") {
                one["message"].clone()
            } else {
                one
            }
        });
        let found = found.expect("its own");
        assert_eq!(found["id"], other.message.as_str(), "{path}");
        assert_eq!(check::walk(&mut other.client, path).len(), 1, "{path}");
    }

    let before = root.everything();
    let own = &other.scene.conversations[0];
    let sends = json!({"messages": [
        {"conversation_id": place, "participant_id": person, "body": "Intruder"},
        {"conversation_id": own, "participant_id": person, "body": "Intruder"},
        {"conversation_id": own, "participant_id": other.scene.people[0], "body": "Reply",
            "reply_to": root.message},
        {"conversation_id": own, "participant_id": other.scene.people[0], "body": "File",
            "attachments": [{"media_id": root.media}]},
    ]});
    let answer = other.client.post("/v1/messages/batch", &sends).expect(200);
    let results = answer["results"].as_array().expect("results");
    let codes: Vec<&str> = results
        .iter()
        .filter_map(|result| result["problem"]["code"].as_str())
        .collect();
    assert_eq!(
        codes,
        [
            "conversation_not_found",
            "not_a_member",
            "validation_failed",
            "validation_failed"
        ]
    );
    assert_eq!(before, root.everything(), "nothing was changed");

    // Somebody whom both know is somebody else for each.
    let path = "/v1/participants/by-identifier/customer/42";
    let mine = root.client.call("PUT", path, &[], None).expect(201);
    let theirs = other.client.call("PUT", path, &[], None).expect(201);
    assert_ne!(mine["id"], theirs["id"]);
    let merge = format!("/v1/participants/{}/merge", scene::id(&theirs));
    let refused = other.client.post(&merge, &json!({"into": mine["id"]}));
    assert_eq!(refused.refused(404), "participant_not_found");
}

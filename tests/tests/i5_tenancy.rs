//! I5: tenants do not see each other. Every operation of the API's own document, with ids of another
//! workspace, says that there is no such thing, and changes nothing.
//!
//! New operations are covered as soon as they are documented.

use causerie_tests::{Client, Database, Scene, Server, check, on_both_stores, scene};
use serde_json::{Value, json};

on_both_stores!(i5_every_operation_on_ids_of_another_workspace_is_404);

/// A workspace with one thing of each kind.
struct Tenant {
    client: Client,
    workspace: String,
    key: String,
    scene: Scene,
    message: String,
}

impl Tenant {
    fn furnish(mut client: Client) -> Self {
        let me = client.get("/v1/me").expect(200);
        let scene = Scene::set(&mut client, 2, 1);
        let message = scene::send(
            &mut client,
            &scene.conversations[0],
            &scene.people[0],
            "Secret",
        );
        let body = json!({"name": "spare", "scopes": ["messaging:read"]});
        let key = client.post("/v1/keys", &body).expect(201);
        Self {
            workspace: find_workspace(&me),
            key: scene::id(&key),
            message: scene::id(&message),
            scene,
            client,
        }
    }

    /// A path of the document with ids of this tenant in place of its parameters.
    fn path(&self, template: &str) -> String {
        let of = |kind: &str| match kind {
            "participants" => &self.scene.people[0],
            "conversations" => &self.scene.conversations[0],
            "members" => &self.scene.people[1],
            "messages" => &self.message,
            "keys" => &self.key,
            "workspaces" => &self.workspace,
            other => panic!("the test knows no {other}: {template}"),
        };
        let mut kind = "";
        let mut path = String::new();
        for part in template.split('/').skip(1) {
            path.push('/');
            path.push_str(if part.starts_with('{') {
                of(kind)
            } else {
                part
            });
            kind = part;
        }
        path
    }

    /// Everything it has, as it would be seen.
    fn everything(&mut self) -> Vec<Vec<Value>> {
        let paths = ["/v1/participants", "/v1/conversations", "/v1/keys"];
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

fn i5_every_operation_on_ids_of_another_workspace_is_404(database: &Database) {
    let server = Server::start(database);
    let mut root = Tenant::furnish(server.client(database));
    let created = root
        .client
        .post("/v1/workspaces", &json!({"name": "other"}))
        .expect(201);
    let id = scene::id(&created);
    let key = causerie_tests::Line::new(database)
        .args(["key", "create", "--workspace", &id, "--scope", "*"])
        .succeed();
    let mut other = Tenant::furnish(root.client.with_key(key.trim()));

    let document = root.client.get("/openapi.json").expect(200);
    let before = (root.everything(), other.everything());
    let tried = check_every_operation(&document, &mut other.client, &root, false);
    assert!(tried > 20, "the document has operations with ids: {tried}");
    // The root administrator sees all workspaces, and nothing in them.
    check_every_operation(&document, &mut root.client, &other, true);
    assert_eq!(before.0, root.everything(), "nothing was changed");
    assert_eq!(before.1, other.everything(), "nothing was changed");

    let foreign = &root.scene.people[0];
    let found = other
        .client
        .get(&format!("/v1/conversations?participant_id={foreign}"));
    assert!(
        found.status == 404 || found.text().contains("\"items\":[]"),
        "{}",
        found.text()
    );
}

/// Calls every operation that has an id in its path, with ids of `owner`; gives how many there were.
fn check_every_operation(
    document: &Value,
    stranger: &mut Client,
    owner: &Tenant,
    is_root: bool,
) -> usize {
    let mut tried = 0;
    for (template, operations) in document["paths"].as_object().expect("paths") {
        let is_exempt = template.contains("{external_id}")
            || (is_root && template.starts_with("/v1/workspaces"));
        if !template.contains('{') || is_exempt {
            continue;
        }
        let path = owner.path(template);
        for (method, operation) in operations.as_object().expect("operations") {
            if !["get", "post", "put", "patch", "delete"].contains(&method.as_str()) {
                continue;
            }
            let body = operation
                .get("requestBody")
                .map(|body| example(document, body));
            let answer = stranger.call(&method.to_uppercase(), &path, &[], body.as_ref());
            let code = answer.code().unwrap_or_default();
            assert!(
                answer.status == 404 && code.ends_with("_not_found") && code != "route_not_found",
                "{method} {template} with {body:?}: {} {}",
                answer.status,
                answer.text()
            );
            tried += 1;
        }
    }
    tried
}

/// The example of a body, or an empty one.
fn example(document: &Value, body: &Value) -> Value {
    let media = &body["content"]["application/json"];
    let reference = media["schema"]["$ref"].as_str();
    let name = reference.and_then(|reference| reference.rsplit('/').next());
    let schema = name.map_or(&media["schema"], |name| {
        &document["components"]["schemas"][name]
    });
    let examples = [
        &media["example"],
        &schema["example"],
        &schema["examples"][0],
    ];
    let found = examples.into_iter().find(|example| example.is_object());
    found.cloned().unwrap_or_else(|| json!({}))
}

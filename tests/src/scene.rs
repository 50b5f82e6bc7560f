//! People and conversations to test with, made through the API.
//!
//! Short ways only: everything that a test is about, it does itself.

use serde_json::{Value, json};

use crate::client::Client;
use crate::database::Database;
use crate::server::Line;

/// One conversation of several people.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The ids of its members.
    pub people: Vec<String>,
    /// The ids of conversations that all of them are in.
    pub conversations: Vec<String>,
}

impl Scene {
    /// Makes people, and group conversations of all of them.
    #[track_caller]
    pub fn set(client: &mut Client, people: usize, conversations: usize) -> Self {
        let people: Vec<String> = (0..people)
            .map(|number| participant(client, &format!("Person {number}")))
            .collect();
        let conversations = (0..conversations)
            .map(|_| conversation(client, &people))
            .collect();
        Self {
            people,
            conversations,
        }
    }

    /// The path of the messages of one of the conversations.
    pub fn messages(&self, conversation: usize) -> String {
        messages(&self.conversations[conversation])
    }
}

/// The path of a conversation's messages.
pub fn messages(conversation: &str) -> String {
    format!("/v1/conversations/{conversation}/messages")
}

/// Makes a participant; gives its id.
#[track_caller]
pub fn participant(client: &mut Client, name: &str) -> String {
    person(client, "agent", name)
}

/// Makes a participant of this kind; gives its id.
#[track_caller]
pub fn person(client: &mut Client, kind: &str, name: &str) -> String {
    let body = json!({"kind": kind, "display_name": name});
    id(&client.post("/v1/participants", &body).expect(201))
}

/// Makes a key that is bound to a participant; gives a client that has it.
#[track_caller]
pub fn bound(client: &mut Client, participant: &str) -> Client {
    let scopes = ["messaging:read", "messaging:write"];
    let body = json!({"name": "bound", "scopes": scopes, "participant_id": participant});
    let made = client.post("/v1/keys", &body).expect(201);
    client.with_key(made["key"].as_str().expect("the key"))
}

/// Makes a workspace with a key that may do everything there; gives its id and a client that has the key.
#[track_caller]
pub fn workspace(database: &Database, root: &mut Client, name: &str) -> (String, Client) {
    let made = root.post("/v1/workspaces", &json!({"name": name}));
    let id = id(&made.expect(201));
    let args = ["key", "create", "--workspace", &id, "--scope", "*"];
    let key = Line::new(database).args(args).succeed();
    let client = root.with_key(key.trim());
    (id, client)
}

/// Makes a group of these people; gives its id.
#[track_caller]
pub fn conversation(client: &mut Client, people: &[String]) -> String {
    let member = |id| json!({"participant_id": id, "role": "member"});
    let members: Vec<Value> = people.iter().map(member).collect();
    let body = json!({"kind": "group", "title": "Test", "members": members});
    id(&client.post("/v1/conversations", &body).expect(201))
}

/// Sends whatever a body says; gives the message.
#[track_caller]
pub fn say(client: &mut Client, conversation: &str, body: &Value) -> Value {
    client.post(&messages(conversation), body).expect(201)
}

/// Sends a message; gives it.
#[track_caller]
pub fn send(client: &mut Client, conversation: &str, from: &str, text: &str) -> Value {
    let body = json!({"participant_id": from, "body": text});
    client.post(&messages(conversation), &body).expect(201)
}

/// The id of something that was answered.
#[track_caller]
pub fn id(answer: &Value) -> String {
    answer["id"].as_str().expect("an id").to_owned()
}

//! Private notes are for the people of the product: whoever is bound to a contact, or asks for what a contact
//! sees, finds no trace of them in any answer, and every number is as if they did not exist.
//!
//! Who may write notes is tested with the rules.

use causerie_tests::{
    Client, Database, Document, Scene, Server, check, eventually, form, moment, on_both_stores,
    scene,
};
use serde_json::{Value, json};

on_both_stores!(
    no_operation_shows_a_contact_a_trace_of_private_notes,
    all_numbers_of_a_contact_are_those_of_a_world_without_notes
);

/// What every note says, and nothing else.
const WORD: &str = "hushabye";

/// An agent, a contact, and their conversation.
struct World {
    agent: Client,
    contact: Client,
    scene: Scene,
    /// Ids of everything private.
    private: Vec<String>,
    public: Vec<String>,
    /// The file of the last note.
    media: String,
}

impl World {
    /// Plays the same twice over, with the notes or without.
    fn play(mut agent: Client, with_notes: bool) -> Self {
        let ada = scene::person(&mut agent, "agent", "Ada");
        let bo = scene::person(&mut agent, "contact", "Bo");
        let people = vec![ada, bo];
        let conversations = vec![scene::conversation(&mut agent, &people)];
        let contact = scene::bound(&mut agent, &people[1]);
        let mut world = Self {
            scene: Scene {
                people,
                conversations,
            },
            agent,
            contact,
            private: Vec::new(),
            public: Vec::new(),
            media: String::new(),
        };
        world.say(1, "Where is it?", None);
        if with_notes {
            world.note(None);
        }
        world.say(0, "On its way.", Some(0));
        world.read_all();
        world.say(0, "It should be there tomorrow.", Some(0));
        if with_notes {
            world.note(Some(1));
            world.note(Some(1));
            world.edit_and_tag();
            world.schedule_notes();
        }
        world
    }

    fn conversation(&self) -> &str {
        &self.scene.conversations[0]
    }

    fn path(&self) -> String {
        self.scene.messages(0)
    }

    fn say(&mut self, from: usize, text: &str, answers: Option<usize>) {
        let reply_to = answers.map(|index| self.public[index].clone());
        let body = json!({"participant_id": self.scene.people[from], "body": text,
            "reply_to": reply_to, "tags": ["order"]});
        let sent = scene::say(&mut self.agent, &self.scene.conversations[0], &body);
        self.public.push(scene::id(&sent));
    }

    /// A note that answers a public message or another note.
    fn note(&mut self, answers: Option<usize>) {
        let reply_to = match answers {
            Some(0) | None => self.public[0].clone(),
            Some(_) => self.private[0].clone(),
        };
        let media = form::upload(&mut self.agent, &format!("{WORD}.txt"), WORD.as_bytes());
        self.media = scene::id(&media);
        let body = json!({"participant_id": self.scene.people[0], "private": true,
            "body": format!("{WORD} be generous"), "reply_to": reply_to,
            "attachments": [{"media_id": self.media}],
            "metadata": {"why": WORD}, "tags": ["order", "secret"], "reference": null});
        let sent = scene::say(&mut self.agent, &self.scene.conversations[0], &body);
        self.private.push(scene::id(&sent));
    }

    /// The contact has read all that it sees.
    fn read_all(&mut self) {
        let last = self.contact.get(&self.path()).expect(200);
        let seq = &last["items"][0]["seq"];
        let path = format!(
            "/v1/conversations/{}/members/{}/read",
            self.conversation(),
            self.scene.people[1]
        );
        let body = json!({"seq": seq});
        self.contact
            .call("PUT", &path, &[], Some(&body))
            .expect(200);
    }

    fn edit_and_tag(&mut self) {
        let note = format!("{}/{}", self.path(), self.private[0]);
        let body = json!({"body": format!("{WORD} be very generous")});
        self.agent
            .call("PATCH", &note, &[], Some(&body))
            .expect(200);
        let body = json!({"participant_id": self.scene.people[0], "name": WORD});
        let path = format!("{note}/reactions");
        self.agent.post(&path, &body).expect(201);
        let last = self.private.last().expect("a note");
        let path = format!("{}/{last}", self.path());
        self.agent.call("DELETE", &path, &[], None).expect(204);
    }

    /// One that is sent now, and one that waits.
    fn schedule_notes(&mut self) {
        let body = |at: &str| {
            json!({"participant_id": self.scene.people[0], "private": true,
            "body": format!("{WORD} later"), "scheduled_for": at})
        };
        let (soon, later) = (
            moment::ahead(&mut self.agent, 1_200),
            moment::ahead(&mut self.agent, 3_600_000),
        );
        let (soon, later) = (body(&soon), body(&later));
        let path = self.path();
        let soon = scene::id(&self.agent.post(&path, &soon).expect(202));
        let later = scene::id(&self.agent.post(&path, &later).expect(202));
        let sent = format!("{path}/{soon}");
        eventually("the note to be sent", || {
            (self.agent.get(&sent).status == 200).then_some(())
        });
        self.private.extend([soon, later]);
    }

    /// The ids that a path needs; the message, and the participant whom it is about.
    fn id_of(&self, kind: &str, message: &str, participant: &str) -> String {
        match kind {
            "conversations" => self.conversation().to_owned(),
            "messages" | "scheduled-messages" => message.to_owned(),
            "participants" | "members" => participant.to_owned(),
            // What the contact may not ask for has no id that it could know.
            "reactions" => "react_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            "templates" => "tmpl_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            "keys" => "key_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            "workspaces" => "ws_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            "channels" => "chan_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            // Addresses that need no key need a signature.
            "media" | "{workspace_id}" => self.media.clone(),
            "versions" => "thumbnail".to_owned(),
            other => panic!("the test knows no {other}"),
        }
    }
}

fn no_operation_shows_a_contact_a_trace_of_private_notes(database: &Database) {
    let server = Server::start(database);
    let mut world = World::play(server.client(database), true);
    let document = Document::of(&mut world.agent);
    let (messages, people) = (world.public.clone(), world.scene.people.clone());
    let mut answered = 0;
    for operation in document.operations() {
        if operation.method != "get" {
            continue;
        }
        for message in &messages {
            for person in &people {
                let path = operation.path(|kind| world.id_of(kind, message, person));
                let path = path + &operation.query(WORD);
                let answer = world.contact.get(&path);
                answered += usize::from(answer.status == 200);
                assert!(answer.status < 500, "{path}: {}", answer.text());
                check_silent(&world.private, &path, &answer.text());
            }
        }
        // Asked for by its id, a note does not exist.
        if operation.template.contains("{message_id}") {
            for note in world.private.clone() {
                let path = operation.path(|kind| world.id_of(kind, &note, &people[1]));
                let answer = world.contact.get(&path);
                assert!(!answer.text().contains(WORD), "{path}");
                let code = answer.refused(404);
                assert!(code.ends_with("_not_found"), "{path}: {code}");
            }
        }
    }
    assert!(answered > 30, "the contact sees its own: {answered}");
    check_filters(&mut world);
    check_writes(&mut world);

    let path = world.path();
    let agents = check::walk(&mut world.agent, &path);
    let notes = agents.iter().filter(|one| one["private"] == true).count();
    assert_eq!(notes, 4, "the product sees all that was sent");
}

/// Neither the word nor the ids of notes.
#[track_caller]
fn check_silent(private: &[String], path: &str, text: &str) {
    assert!(!text.contains(WORD), "{path}: {text}");
    for id in private {
        assert!(!text.contains(id.as_str()), "{path}: {text}");
    }
}

/// Every way to look for messages, by the contact itself and by the product as the contact sees it.
fn check_filters(world: &mut World) {
    let bo = world.scene.people[1].clone();
    let ada = world.scene.people[0].clone();
    let conversation = world.conversation().to_owned();
    for filter in [
        "tag=secret".to_owned(),
        "tag=order".to_owned(),
        format!("sender_id={ada}"),
        format!("conversation_id={conversation}"),
        "type=text".to_owned(),
        "after=2020-01-01T00:00:00Z".to_owned(),
    ] {
        let path = format!("/v1/messages?{filter}");
        check_silent(&world.private, &path, &world.contact.get(&path).text());
        let path = format!("/v1/search?q={WORD}&{filter}");
        let found = world.contact.get(&path).expect(200);
        assert_eq!(found["items"], json!([]), "{path}");

        let path = format!("/v1/messages?{filter}&participant_id={bo}");
        check_silent(&world.private, &path, &world.agent.get(&path).text());
        let path = format!("/v1/search?q={WORD}&{filter}&participant_id={bo}");
        let found = world.agent.get(&path).expect(200);
        assert_eq!(found["items"], json!([]), "{path}");
    }
    let inbox = format!("/v1/participants/{bo}/conversations");
    check_silent(&world.private, &inbox, &world.agent.get(&inbox).text());
}

/// A note cannot be answered, reacted to, edited, deleted or canceled by a contact; it does not exist.
fn check_writes(world: &mut World) {
    let bo = world.scene.people[1].clone();
    let path = world.path();
    let reply = json!({"participant_id": bo, "body": "What?", "reply_to": world.private[0]});
    let unknown = json!({"participant_id": bo, "body": "What?",
        "reply_to": "msg_01ARZ3NDEKTSV4RRFFQ69G5FAV"});
    let refused = world.contact.post(&path, &reply);
    let unknown = world.contact.post(&path, &unknown);
    assert_eq!(
        (refused.status, without_request(&refused.text())),
        (unknown.status, without_request(&unknown.text())),
        "no telling whether it exists"
    );
    for note in &world.private {
        let at = format!("{path}/{note}");
        let reaction = json!({"participant_id": bo, "name": "eyes"});
        let answer = world.contact.post(&format!("{at}/reactions"), &reaction);
        assert_eq!(answer.refused(404), "message_not_found");
        let edit = json!({"body": "mine"});
        let answer = world.contact.call("PATCH", &at, &[], Some(&edit));
        assert_eq!(answer.refused(404), "message_not_found");
        let answer = world.contact.call("DELETE", &at, &[], None);
        assert_eq!(answer.refused(404), "message_not_found");
        let at = format!("/v1/scheduled-messages/{note}");
        let answer = world.contact.call("DELETE", &at, &[], None);
        assert_eq!(answer.refused(404), "scheduled_message_not_found");
    }
}

/// A problem without what differs between any two requests.
fn without_request(text: &str) -> Value {
    let mut problem: Value = serde_json::from_str(text).expect("a problem");
    if let Some(members) = problem.as_object_mut() {
        members.remove("request_id");
    }
    problem
}

fn all_numbers_of_a_contact_are_those_of_a_world_without_notes(database: &Database) {
    let server = Server::start(database);
    let mut root = server.client(database);
    let (_, other) = scene::workspace(database, &mut root, "without");
    let mut with = World::play(root, true);
    let mut without = World::play(other, false);
    let (seen, expected) = (numbers(&mut with), numbers(&mut without));
    assert_eq!(seen, expected);
    assert!(!expected.is_empty());
    // Nothing moves while only notes are written.
    let before = list_order(&mut with);
    with.note(None);
    assert_eq!(before, list_order(&mut with), "the inbox does not move");
}

/// Every number that the contact is shown, and that the product is shown of the contact.
fn numbers(world: &mut World) -> Vec<(String, Value)> {
    let bo = world.scene.people[1].clone();
    let conversation = format!("/v1/conversations/{}", world.conversation());
    let mut all = Vec::new();
    let mut note = |what: &str, value: &Value, members: &[&str]| {
        for member in members {
            let shown = value
                .get(*member)
                .unwrap_or_else(|| panic!("{member}: {value}"));
            all.push((format!("{what} {member}"), shown.clone()));
        }
    };
    let shown = world.contact.get(&conversation).expect(200);
    note("conversation", &shown, &["message_count", "number"]);
    for client in [&mut world.contact, &mut world.agent] {
        let inbox = client.get(&format!("/v1/participants/{bo}/conversations"));
        let inbox = inbox.expect(200);
        assert_eq!(inbox["items"].as_array().map(Vec::len), Some(1));
        let entry = &inbox["items"][0];
        note("inbox", entry, &["unread_count"]);
        let of = entry.get("conversation").unwrap_or(entry);
        note("inbox", of, &["message_count"]);
    }
    let path = world.path();
    for message in check::walk(&mut world.contact, &format!("{path}?order=asc")) {
        let text = message["body"].as_str().unwrap_or("?").to_owned();
        note(&text, &message, &["reply_count", "delivery_status"]);
        let id = scene::id(&message);
        let replies = check::walk(&mut world.contact, &format!("{path}/{id}/replies"));
        all_replies(&mut note, &text, replies.len());
    }
    all
}

fn all_replies(note: &mut impl FnMut(&str, &Value, &[&str]), text: &str, count: usize) {
    note(text, &json!({"replies": count}), &["replies"]);
}

/// What of the inbox moves when something happens.
fn list_order(world: &mut World) -> String {
    let bo = world.scene.people[1].clone();
    let inbox = format!("/v1/participants/{bo}/conversations");
    let own = world.contact.get(&inbox).text();
    own + &world.agent.get(&inbox).text() + &world.contact.get("/v1/conversations").text()
}

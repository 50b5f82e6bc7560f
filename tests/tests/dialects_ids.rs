//! Ids that are small numbers or short texts: in order, one per thing, a workspace's own, and the same for ever.
//!
//! What they look like is tested per dialect.

use std::collections::BTreeSet;
use std::thread;

use causerie_tests::{Client, Database, Dialect, Server, check, on_both_stores, scene};
use serde_json::{Value, json};

on_both_stores!(
    numbers_are_in_order_and_one_per_message_whoever_sends_at_once,
    numbers_of_a_workspace_are_its_own,
    all_dialects_with_numbers_mean_the_same_by_them,
    a_short_id_of_one_workspace_is_found_in_no_other,
);

const SENDERS: usize = 8;
const EACH: usize = 15;

/// A user of the intranet's chat, in a conversation.
struct Talk {
    client: Dialect,
    messages: String,
}

impl Talk {
    /// Begins it; `args` say for which key.
    #[track_caller]
    fn begin(server: &Server, database: &Database, args: &[&str]) -> Self {
        let mut client = Dialect::with(server, database, "staffchat", args);
        let body = json!({"first_name": "Bo", "last_name": "Berg", "email": "bo@example.com", "unit": "HQ"});
        let user = client.post("/users", &body).expect(201)["id"].clone();
        let begun = client.post("/conversations", &json!({"recipients": [user]}));
        let messages = format!("/conversations/{}/messages", begun.expect(200)["id"]);
        Self { client, messages }
    }

    /// The only conversation that somebody is in.
    #[track_caller]
    fn only(mut client: Dialect) -> Self {
        let list = client.get("/conversations").expect(200);
        let messages = format!("/conversations/{}/messages", list["data"][0]["id"]);
        Self { client, messages }
    }

    /// Says something; gives its number.
    #[track_caller]
    fn say(&mut self, text: &str) -> u64 {
        let body = json!({"message": text});
        let sent = self.client.post(&self.messages, &body).expect(201);
        number(&sent)
    }

    /// The numbers and texts of all messages, oldest first.
    #[track_caller]
    fn all(&mut self) -> Vec<(u64, String)> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("{}?limit=7{cursor}", self.messages);
            let page = self.client.get(&path).expect(200);
            let messages = page["data"].as_array().expect("messages").iter();
            all.extend(messages.map(|one| (number(one), text(one))));
            match page["meta"]["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        all.reverse();
        all
    }

    /// The same user with a connection of their own, at this node.
    fn at(&self, node: &Server) -> Self {
        let mut client = self.client.another();
        client.turn_to(node);
        Self {
            client,
            messages: self.messages.clone(),
        }
    }
}

fn number(one: &Value) -> u64 {
    one["id"].as_u64().expect("a number")
}

fn text(message: &Value) -> String {
    message["message"].as_str().expect("a text").to_owned()
}

/// Says things from all sides at once, on all nodes; gives what was acknowledged.
fn all_at_once(talk: &Talk, nodes: &[Server]) -> Vec<(u64, String)> {
    thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let mut talk = talk.at(&nodes[sender % nodes.len()]);
                scope.spawn(move || {
                    let texts = (0..EACH).map(|turn| format!("{sender}: {turn}"));
                    let sent = texts.map(|text| (talk.say(&text), text));
                    sent.collect::<Vec<_>>()
                })
            })
            .collect();
        let sent = senders
            .into_iter()
            .flat_map(|sender| sender.join().expect("a sender ends well"));
        sent.collect()
    })
}

fn numbers_are_in_order_and_one_per_message_whoever_sends_at_once(database: &Database) {
    let mut nodes = vec![Server::start(database)];
    if database.is_shared() {
        nodes.push(Server::start(database));
    }
    let mut talk = Talk::begin(&nodes[0], database, &[]);
    let mut acknowledged = all_at_once(&talk, &nodes);
    let listed = talk.all();
    let numbers: Vec<u64> = listed.iter().map(|(number, _)| *number).collect();
    assert!(
        numbers.is_sorted_by(|one, next| one < next),
        "they grow in the order of the list, and none is there twice: {numbers:?}"
    );
    acknowledged.sort();
    assert_eq!(acknowledged, listed, "as they were acknowledged");
    for node in nodes {
        node.stop();
    }
    let server = Server::start(database);
    let mut talk = talk.at(&server);
    assert_eq!(talk.all(), listed, "a new process knows them as they were");
    let last = numbers.last().copied();
    assert!(Some(talk.say("one more")) > last, "and goes on from there");
    let one = format!("{}/{}", talk.messages, listed[0].0);
    assert_eq!(text(&talk.client.get(&one).expect(200)), listed[0].1);
}

fn numbers_of_a_workspace_are_its_own(database: &Database) {
    let server = Server::start(database);
    let mut first = Talk::begin(&server, database, &[]);
    for turn in 0..20 {
        first.say(&format!("first: {turn}"));
    }
    let (id, mut client) = scene::workspace(database, &mut server.client(database), "Second");
    let mut second = Talk::begin(&server, database, &["--workspace", &id]);
    let said = second.say("second");
    let log = check::events_after(&mut client, 0);
    let positions: BTreeSet<u64> = log
        .iter()
        .filter_map(|event| event["position"].as_u64())
        .collect();
    assert!(
        positions.contains(&said),
        "{said} is a place in its own log"
    );
    assert!(said < 20, "what others say does not count: {said}");
    assert_eq!(second.all(), [(said, "second".to_owned())]);
    // The same numbers lead to each workspace's own things.
    let path = format!("{}/{said}", second.messages);
    assert_eq!(text(&second.client.get(&path).expect(200)), "second");
    let there = first.client.get(&path);
    let leaks = there.text().contains("second");
    assert!(!leaks, "{}", there.text());
}

fn all_dialects_with_numbers_mean_the_same_by_them(database: &Database) {
    let server = Server::start(database);
    let mut native = server.client(database);
    let ada = scene::person(&mut native, "agent", "Ada");
    let bo = scene::person(&mut native, "contact", "Bo");
    scene::conversation(&mut native, &[ada.clone(), bo]);
    let client = Dialect::with(&server, database, "staffchat", &["--participant", &ada]);
    let mut talk = Talk::only(client);
    let said = talk.say("Said in one");
    let mut doto = Dialect::of(&server, database, "doto");
    let account = &doto.get("/api/v1/profile").expect(200)["accounts"][0]["id"];
    let conversations = format!("/api/v1/accounts/{account}/conversations");
    let number = talk
        .messages
        .split('/')
        .nth(2)
        .expect("a number")
        .to_owned();
    let list = doto.get(&format!("{conversations}/{number}/messages"));
    let payload = list.expect(200)["payload"].clone();
    assert_eq!(payload[0]["id"].as_u64(), Some(said));
    assert_eq!(payload[0]["content"], "Said in one");
    assert_eq!(position_of_message(&mut native), said);
}

/// Where the log tells of the only message.
fn position_of_message(native: &mut Client) -> u64 {
    let log = check::events_after(native, 0);
    let mut created = log
        .iter()
        .filter(|event| event["topic"] == "message.created");
    let position = created.next().and_then(|event| event["position"].as_u64());
    position.expect("a message")
}

fn a_short_id_of_one_workspace_is_found_in_no_other(database: &Database) {
    let server = Server::start(database);
    let (id, _) = scene::workspace(database, &mut server.client(database), "Second");
    let mut ours = Dialect::of(&server, database, "protocol");
    let mut theirs = Dialect::with(&server, database, "protocol", &["--workspace", &id]);
    let made = [&mut ours, &mut theirs].map(|client| {
        let body = json!({"username": "KateMcCallister", "phone_number": "1-800-759-3000"});
        let contact = client.post("/v1/contacts", &body).expect(201);
        let conversation = contact["conversation_id"]
            .as_str()
            .expect("an id")
            .to_owned();
        let body = json!({"conversation_id": conversation, "message": "Kevin!"});
        let message = client.post("/v1/messages", &body).expect(201);
        [
            format!("/v1/contacts/{}", scene::id(&contact)),
            format!("/v1/conversations/{conversation}"),
            format!("/v1/messages/{}", scene::id(&message)),
        ]
    });
    for (mine, not_mine) in made[0].iter().zip(&made[1]) {
        assert_ne!(mine, not_mine, "the same place in both, and another id");
        ours.get(mine).expect(200);
        ours.check_error(ours.another().get(not_mine), 404);
        theirs.get(not_mine).expect(200);
        theirs.check_error(theirs.another().get(mine), 404);
        // Case counts, and so does every letter.
        let (path, id) = mine.rsplit_once('/').expect("a path");
        let other: String = id.chars().map(swap_case).collect();
        ours.check_error(ours.another().get(&format!("{path}/{other}")), 404);
    }
}

fn swap_case(letter: char) -> char {
    if letter.is_ascii_lowercase() {
        letter.to_ascii_uppercase()
    } else {
        letter.to_ascii_lowercase()
    }
}

//! One agent, one contact and their conversation through a channel, as each API knows them.
//!
//! Says and reads nothing.

use std::collections::BTreeMap;

use causerie_tests::{Client, Database, Dialect, Server, scene};
use serde_json::{Value, json};

/// The number under which the contact is reached.
pub(crate) const NUMBER: &str = "+31612345678";

/// Something that was written.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) writer: &'static str,
    pub(crate) name: &'static str,
    /// Its native id.
    pub(crate) id: String,
    /// What it said when it was written.
    pub(crate) text: String,
    /// Whether it waits for its time.
    pub(crate) later: bool,
}

/// Everything that takes part.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) native: Client,
    pub(crate) ada: String,
    pub(crate) bo: String,
    /// The native id of the conversation, and where each dialect has its messages.
    pub(crate) conversation: String,
    pub(crate) bird: Dialect,
    pub(crate) doto: Dialect,
    pub(crate) protocol: Dialect,
    pub(crate) saasignal: Dialect,
    pub(crate) staffchat: Dialect,
    pub(crate) bird_messages: String,
    pub(crate) doto_messages: String,
    pub(crate) protocol_conversation: String,
    pub(crate) saasignal_messages: String,
    pub(crate) staffchat_messages: String,
    pub(crate) cases: Vec<Case>,
}

impl World {
    /// Makes them; all keys but one speak as the agent.
    #[track_caller]
    pub(crate) fn set(server: &Server, database: &Database) -> Self {
        let mut native = server.client(database);
        let ada = scene::person(&mut native, "agent", "Ada Lovelace");
        let as_ada = ["--participant", ada.as_str()];
        let of = |name: &str| Dialect::with(server, database, name, &as_ada);
        // Whoever brings what contacts say is bound to nobody.
        let (mut bird, mut doto) = (of("bird"), Dialect::of(server, database, "doto"));
        let (mut protocol, saasignal, mut staffchat) =
            (of("protocol"), of("saasignal"), of("staffchat"));
        let profile = doto.get("/api/v1/profile").expect(200);
        let account = format!("/api/v1/accounts/{}", profile["accounts"][0]["id"]);
        let inbox = json!({"name": "Shop", "channel": {"type": "api"}});
        doto.post(&format!("{account}/inboxes"), &inbox).expect(200);
        let channel = named(&native.get("/v1/channels").expect(200)["items"], "Shop");
        let begun = native.post(
            &format!("/v1/channels/{channel}/conversations"),
            &json!({"receivers": [{"identifier": {"key": "phonenumber", "value": NUMBER}, "name": "Bo Berg"}]}),
        );
        let conversation = scene::id(&begun.expect(201));
        let members = format!("/v1/conversations/{conversation}/members");
        let member = json!({"participant_id": ada, "role": "owner"});
        native.post(&members, &member).expect(201);
        let workspace = format!("/workspaces/{}", bird.setting("workspaceId"));
        let channels = bird.get(&format!("{workspace}/channels")).expect(200);
        let channel = named(&channels["results"], "Shop");
        let talks = doto.get(&format!("{account}/conversations")).expect(200);
        let number = &talks["data"]["payload"][0]["id"];
        let rooms = staffchat.get("/conversations").expect(200);
        let lines = protocol.get("/v1/conversations").expect(200);
        Self {
            bird_messages: format!("{workspace}/channels/{channel}/messages"),
            doto_messages: format!("{account}/conversations/{number}/messages"),
            protocol_conversation: scene::id(&lines["data"][0]),
            saasignal_messages: format!("/modules/messaging/conversations/{conversation}/messages"),
            staffchat_messages: format!("/conversations/{}/messages", rooms["data"][0]["id"]),
            bo: contact(&mut native, &conversation),
            native,
            ada,
            conversation,
            bird,
            doto,
            protocol,
            saasignal,
            staffchat,
            cases: Vec::new(),
        }
    }

    /// Remembers what was just written.
    #[track_caller]
    pub(crate) fn written(&mut self, writer: &'static str, name: &'static str, text: &str) {
        let path = format!("{}?limit=1", scene::messages(&self.conversation));
        let newest = scene::id(&self.native.get(&path).expect(200)["items"][0]);
        self.remember(writer, name, text, newest, false);
    }

    /// Remembers what waits for its time.
    #[track_caller]
    pub(crate) fn scheduled(&mut self, writer: &'static str, name: &'static str, text: &str) {
        let waiting = self.native.get("/v1/scheduled-messages").expect(200);
        let id = scene::id(&waiting["items"][0]);
        self.remember(writer, name, text, id, true);
    }

    fn remember(
        &mut self,
        writer: &'static str,
        name: &'static str,
        text: &str,
        id: String,
        later: bool,
    ) {
        let known = self.cases.iter().any(|case| case.id == id);
        assert!(!known, "{writer}: {name} was not written");
        self.cases.push(Case {
            writer,
            name,
            id,
            text: text.to_owned(),
            later,
        });
    }

    /// The position at which each message was created, which is its integer id.
    #[track_caller]
    pub(crate) fn positions(&mut self) -> BTreeMap<String, u64> {
        let events = causerie_tests::check::events_after(&mut self.native, 0);
        let created = events
            .iter()
            .filter(|event| event["topic"] == "message.created");
        created
            .map(|event| {
                let id = event["message_id"].as_str().expect("a message");
                (
                    id.to_owned(),
                    event["position"].as_u64().expect("a position"),
                )
            })
            .collect()
    }
}

/// The member of a conversation who is a contact.
#[track_caller]
fn contact(native: &mut Client, conversation: &str) -> String {
    let path = format!("/v1/conversations/{conversation}/members");
    let members = native.get(&path).expect(200);
    let mut ids = members["items"].as_array().expect("members").iter();
    let found = ids.find_map(|member| {
        let id = member["participant_id"].as_str()?;
        let all = native.get("/v1/participants").expect(200);
        let mut all = all["items"].as_array()?.iter();
        let one = all.find(|one| one["id"] == id)?;
        (one["kind"] == "contact").then(|| id.to_owned())
    });
    found.expect("a contact")
}

/// The id of the one of a list that has this name.
#[track_caller]
fn named(list: &Value, name: &str) -> String {
    let mut all = list.as_array().expect("a list").iter();
    let found = all.find(|one| one["name"] == name);
    scene::id(found.unwrap_or_else(|| panic!("{name} is not in {list}")))
}

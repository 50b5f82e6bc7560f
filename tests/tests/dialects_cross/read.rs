//! What each API shows of a message, in the same columns; what has no column stands in the last one, as it came.
//!
//! Every file is fetched where its address says.

use std::collections::BTreeMap;

use causerie_tests::{check, scene};
use serde_json::Value;

use crate::show::{self, Shown, cell};
use crate::world::{Case, World};

/// How one API shows the messages of the conversation.
#[derive(Debug)]
pub(crate) struct Reader {
    name: &'static str,
    /// What is shown of each case that is shown, by native id.
    rows: BTreeMap<String, String>,
}

/// One API: where its list is, how it names a case, what it shows of a message.
struct Api {
    name: &'static str,
    list: fn(&mut World) -> Vec<Value>,
    key: fn(&Case, Option<u64>) -> Option<String>,
    show: fn(&Value) -> Shown,
    fetch: fn(&mut World, &str) -> Vec<u8>,
}

const ALL: [Api; 6] = [
    Api {
        name: "/v1",
        list: native,
        key: |case, _| Some(case.id.clone()),
        show: show::native,
        fetch: |world, url| world.native.get(url).body,
    },
    Api {
        name: "saasignal",
        list: saasignal,
        key: |case, _| Some(case.id.clone()),
        show: show::saasignal,
        fetch: |world, url| world.native.get(url).body,
    },
    Api {
        name: "doto",
        list: doto,
        key: |_, position| position.map(|position| position.to_string()),
        show: show::doto,
        fetch: openly,
    },
    Api {
        name: "bird",
        list: bird,
        key: |case, _| Some(show::uuid(&case.id)),
        show: show::bird,
        fetch: |world, url| {
            let (name, value) = world.bird.credentials();
            let (mut client, path) = world.native.stranger(url);
            client.call("GET", &path, &[(name, &value)], None).body
        },
    },
    Api {
        name: "protocol",
        list: protocol,
        key: |_, _| None,
        show: show::protocol,
        fetch: openly,
    },
    Api {
        name: "staffchat",
        list: staffchat,
        key: |_, position| position.map(|position| position.to_string()),
        show: show::staffchat,
        fetch: openly,
    },
];

impl Reader {
    /// Everybody, each with all that there is to read.
    #[track_caller]
    pub(crate) fn all(world: &mut World) -> Vec<Self> {
        let positions = world.positions();
        ALL.iter()
            .map(|api| Self::of(api, world, &positions))
            .collect()
    }

    #[track_caller]
    fn of(api: &Api, world: &mut World, positions: &BTreeMap<String, u64>) -> Self {
        let list = (api.list)(world);
        let cases = world.cases.clone();
        let key = |case: &Case| (api.key)(case, positions.get(&case.id).copied());
        let people = check::walk(&mut world.native, "/v1/participants");
        let people = people.iter().map(|one| (show::id(one), one));
        let mut names: BTreeMap<String, String> = people
            .map(|(id, one)| (id, show::text(&one["display_name"])))
            .collect();
        let mut found = Vec::new();
        for message in &list {
            let id = show::id(message);
            let says = (api.show)(message).says;
            let case = cases.iter().position(|case| match key(case) {
                Some(key) => key == id,
                // Ids that cannot be foretold: what it says tells it from all others.
                None => says.starts_with(&case.text),
            });
            if let Some(case) = case {
                names.insert(id, cases[case].name.to_owned());
                found.push((case, message));
            }
        }
        let order: Vec<usize> = found.iter().map(|(case, _)| *case).collect();
        let sent = |case: &usize| !cases[*case].later;
        let order: Vec<usize> = order.into_iter().filter(sent).collect();
        assert!(
            order.is_sorted() || order.iter().rev().is_sorted(),
            "{}: as they were written, or the other way round: {order:?}",
            api.name
        );
        let rows = found.into_iter().map(|(case, message)| {
            let mut shown = (api.show)(message);
            let files = shown.files.iter().map(|(name, url)| {
                let bytes = (api.fetch)(world, url);
                format!("{name} = {}", String::from_utf8_lossy(&bytes))
            });
            let files: Vec<String> = files.collect();
            shown.name_ids(&names);
            (cases[case].id.clone(), shown.row(&files.join(", ")))
        });
        Self {
            name: api.name,
            rows: rows.collect(),
        }
    }

    /// The line of a case.
    pub(crate) fn line(&self, case: &Case) -> String {
        let nothing = || cell("").repeat(8);
        let row = self.rows.get(&case.id).cloned().unwrap_or_else(nothing);
        format!("| {} {row}|", self.name)
    }
}

/// Fetches without a key.
fn openly(world: &mut World, url: &str) -> Vec<u8> {
    let (mut nobody, path) = world.native.stranger(url);
    nobody.get(&path).body
}

fn items(answer: &Value, name: &str) -> Vec<Value> {
    answer[name].as_array().expect("a list").clone()
}

#[track_caller]
fn native(world: &mut World) -> Vec<Value> {
    let path = format!("{}?order=asc", scene::messages(&world.conversation));
    let mut all = check::walk(&mut world.native, &path);
    all.extend(check::walk(&mut world.native, "/v1/scheduled-messages"));
    all
}

#[track_caller]
fn saasignal(world: &mut World) -> Vec<Value> {
    let path = format!("{}?limit=100", world.saasignal_messages);
    items(&world.saasignal.get(&path).expect(200), "items")
}

#[track_caller]
fn doto(world: &mut World) -> Vec<Value> {
    let path = format!("{}?after=1", world.doto_messages);
    items(&world.doto.get(&path).expect(200), "payload")
}

/// The messages, those that wait too, each with what happened to it.
#[track_caller]
fn bird(world: &mut World) -> Vec<Value> {
    let path = format!("{}?limit=1000", world.bird_messages);
    let mut all = items(&world.bird.get(&path).expect(200), "results");
    for case in world.cases.iter().filter(|case| case.later) {
        let path = format!("{}/{}", world.bird_messages, show::uuid(&case.id));
        all.push(world.bird.get(&path).expect(200));
    }
    for message in &mut all {
        let path = format!("{}/{}/interactions", world.bird_messages, show::id(message));
        let happened = world.bird.get(&path).expect(200);
        message["interactions"] = happened["results"].clone();
    }
    all
}

#[track_caller]
fn protocol(world: &mut World) -> Vec<Value> {
    let conversation = &world.protocol_conversation;
    let path = format!("/v1/messages?limit=100&conversation_id={conversation}");
    items(&world.protocol.get(&path).expect(200), "data")
}

#[track_caller]
fn staffchat(world: &mut World) -> Vec<Value> {
    let path = format!("{}?limit=100", world.staffchat_messages);
    items(&world.staffchat.get(&path).expect(200), "data")
}

//! I1: a 2xx is durable. The server is killed again and again under load; what it acknowledged is there,
//! once, and nothing else is; it is found by its words and tags, and its replies are counted.
//!
//! Says nothing of power cuts: what the system was told to keep, it keeps here.

use std::thread;
use std::time::Duration;

use causerie_tests::sender::{Acknowledged, Whereabouts, send_on};
use causerie_tests::{Database, Random, Scene, Server, check, eventually, on_both_stores, pause};
use serde_json::{Value, json};

const KILLS: usize = 20;
const SENDERS: usize = 8;

on_both_stores!(i1_a_2xx_survives_kill_9);

fn i1_a_2xx_survives_kill_9(database: &Database) {
    let mut random = Random::new();
    let mut server = Server::start(database);
    let scene = Scene::set(&mut server.client(database), SENDERS, 4);
    let whereabouts = Whereabouts::new(vec![server.address()]);
    let key = database.key();

    let (acknowledged, edited) = thread::scope(|scope| {
        let (whereabouts, scene, key) = (&whereabouts, &scene, key.as_str());
        let senders: Vec<_> = (0..SENDERS)
            .map(|number| scope.spawn(move || send_on(whereabouts, key, scene, number, usize::MAX)))
            .collect();
        let editor = scope.spawn(|| edit_on(whereabouts, key, &scene.people[0]));
        for round in 0..KILLS {
            let before = whereabouts.acknowledged();
            pause(Duration::from_millis(random.between(20, 300)));
            // Every other one is killed wherever it is, the rest in the midst of work, however slow
            // the machine is.
            eventually("some messages", || {
                let more = whereabouts.acknowledged() - before;
                (round % 2 == 0 || more >= SENDERS).then_some(())
            });
            server.kill();
            server = Server::start(database);
            whereabouts.moved(vec![server.address()]);
        }
        // The last start is followed by work as well.
        pause(Duration::from_millis(100));
        whereabouts.finish();
        let all: Vec<Acknowledged> = senders
            .into_iter()
            .flat_map(|sender| sender.join().expect("a sender ends well"))
            .collect();
        (all, editor.join().expect("the editor ends well"))
    });

    assert!(
        acknowledged.len() > KILLS / 2 * SENDERS,
        "there was load: {}",
        acknowledged.len()
    );
    eprintln!(
        "{} messages acknowledged, {edited} edits",
        acknowledged.len()
    );
    check_kept(database, &server, &scene, acknowledged, edited);
}

/// Renames a participant over and over; gives the number of the last name that was acknowledged.
fn edit_on(whereabouts: &Whereabouts, key: &str, participant: &str) -> u64 {
    let mut client = causerie_tests::Client::new(whereabouts.address(0), key);
    let path = format!("/v1/participants/{participant}");
    let (mut acknowledged, mut next) = (0, 1);
    while !whereabouts.is_over() {
        client.turn_to(whereabouts.address(0));
        let body = json!({"display_name": format!("Name {next}")});
        match client.request("PATCH", &path, &[], Some(&body)) {
            Ok(answer) if answer.status == 200 => {
                acknowledged = next;
                next += 1;
            }
            Ok(answer) => assert_eq!(answer.status, 503, "{}", answer.text()),
            Err(_) => pause(Duration::from_millis(5)),
        }
    }
    acknowledged
}

fn check_kept(
    database: &Database,
    server: &Server,
    scene: &Scene,
    mut acknowledged: Vec<Acknowledged>,
    edited: u64,
) {
    let mut client = server.client(database);
    let stored: Vec<Value> = scene
        .conversations
        .iter()
        .flat_map(|id| check::conversation(&mut client, id))
        .collect();
    let mut kept: Vec<Acknowledged> = stored
        .iter()
        .map(|message| Acknowledged {
            id: message["id"].as_str().expect("an id").to_owned(),
            conversation: message["conversation_id"]
                .as_str()
                .expect("a conversation")
                .to_owned(),
            seq: message["seq"].as_u64().expect("a seq"),
            text: message["body"].as_str().expect("a text").to_owned(),
            reply_to: message["reply_to"].as_str().map(str::to_owned),
        })
        .collect();
    acknowledged.sort();
    kept.sort();
    assert_eq!(
        acknowledged.len(),
        kept.len(),
        "nothing is lost, nothing is there twice"
    );
    assert_eq!(acknowledged, kept);
    check::log(&mut client, &stored);
    check::found_again(&mut client, &stored);

    let path = format!("/v1/participants/{}", scene.people[0]);
    let person = client.get(&path).expect(200);
    let name = person["display_name"].as_str().expect("a name");
    let number: u64 = name
        .strip_prefix("Name ")
        .map_or(0, |text| text.parse().expect("a number"));
    // An edit without an answer may have been kept.
    assert!(
        number == edited || number == edited + 1,
        "{name} after edit {edited}"
    );
}

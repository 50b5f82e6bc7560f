//! I1 when the database goes away: connections to Postgres are cut again and again under load, and for a
//! while it takes no new ones. What was acknowledged is there, once, and the server recovers by itself.
//!
//! SQLite has no connections to lose.

use std::thread;
use std::time::Duration;

use causerie_tests::sender::{Acknowledged, Whereabouts, send_on};
use causerie_tests::{
    Client, Database, Random, Scene, Server, check, eventually, on_postgres, pause,
};
use serde_json::Value;

const CUTS: usize = 15;
const SENDERS: usize = 6;

on_postgres!(i1_a_database_that_goes_away_and_comes_back_loses_nothing);

fn i1_a_database_that_goes_away_and_comes_back_loses_nothing(database: &Database) {
    let mut random = Random::new();
    let server = Server::start(database);
    let scene = Scene::set(&mut server.client(database), SENDERS, 3);
    let whereabouts = Whereabouts::new(vec![server.address()]);
    let key = database.key();
    let acknowledged: Vec<Acknowledged> = thread::scope(|scope| {
        let (whereabouts, scene, key) = (&whereabouts, &scene, key.as_str());
        let senders: Vec<_> = (0..SENDERS)
            .map(|number| scope.spawn(move || send_on(whereabouts, key, scene, number, usize::MAX)))
            .collect();
        for _ in 0..CUTS {
            pause(Duration::from_millis(random.between(20, 150)));
            cut(database);
        }
        stay_away(database, &server);
        pause(Duration::from_millis(200));
        whereabouts.finish();
        let sent = senders
            .into_iter()
            .flat_map(|sender| sender.join().expect("a sender ends well"));
        sent.collect()
    });
    assert!(
        acknowledged.len() > CUTS,
        "there was load: {}",
        acknowledged.len()
    );

    let mut client = server.client(database);
    let stored: Vec<Value> = scene
        .conversations
        .iter()
        .flat_map(|id| check::conversation(&mut client, id))
        .collect();
    let mut kept: Vec<&str> = stored
        .iter()
        .filter_map(|message| message["id"].as_str())
        .collect();
    let mut sent: Vec<&str> = acknowledged.iter().map(|one| one.id.as_str()).collect();
    kept.sort_unstable();
    sent.sort_unstable();
    assert_eq!(kept, sent, "nothing is lost, nothing is there twice");
    check::log(&mut client, &stored);
    server.stop();
}

/// Ends every connection of the server to its database.
fn cut(database: &Database) {
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
}

/// The database takes no connections until the server has noticed.
fn stay_away(database: &Database, server: &Server) {
    let mut client = Client::new(server.address(), "");
    database.allow_connections(false);
    let ready = |client: &mut Client| client.get("/readyz").status;
    eventually("the server to notice", || {
        (ready(&mut client) == 503).then_some(())
    });
    database.allow_connections(true);
    eventually("the server to recover", || {
        (ready(&mut client) == 200).then_some(())
    });
}

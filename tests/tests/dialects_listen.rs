//! Where dialects are served: under their mounts, on listeners of their own, or not at all; what no handler answers has
//! the form of its place.
//!
//! What their handlers answer is tested per dialect.

use causerie_tests::dialect::ALL;
use causerie_tests::{Client, Database, Dialect, Line, Server, eventually, on_both_stores};
use serde_json::{Value, json};

on_both_stores!(
    a_dialect_on_a_listener_of_its_own_is_at_the_root,
    a_dialect_that_is_switched_off_is_nowhere,
    a_key_of_a_contact_needs_no_channel_of_its_own,
    every_refusal_of_a_mount_and_of_a_listener_has_the_form_of_its_dialect,
    a_dialect_with_a_rate_says_so_in_its_form,
    requests_on_listeners_of_dialects_are_answered_before_the_server_ends,
);

/// A server with a listener for each dialect, and the clients: under its mount and at the root for each.
fn everywhere(database: &Database) -> (Server, Vec<[Dialect; 2]>) {
    let flags = ALL.map(|name| format!("--dialects-{name}-listen"));
    let args = flags.iter().flat_map(|flag| [flag.as_str(), "127.0.0.1:0"]);
    let server = Line::new(database).args(args).serve(database);
    let clients = ALL.map(|name| {
        let mounted = Dialect::of(&server, database, name);
        let own = mounted.at_root_of(server.listener_of(name));
        [mounted, own]
    });
    (server, clients.into())
}

/// A path that every key may read, and one that makes something of a body.
fn paths(client: &mut Dialect) -> (String, String, Value) {
    match client.name() {
        "bird" => {
            let workspace = format!("/workspaces/{}", client.setting("workspaceId"));
            let body = json!({"displayName": "Ann Lee"});
            (
                format!("{workspace}/channels"),
                format!("{workspace}/contacts"),
                body,
            )
        }
        "doto" => {
            let profile = client.get("/api/v1/profile").expect(200);
            let account = &profile["accounts"][0]["id"];
            let contacts = format!("/api/v1/accounts/{account}/contacts");
            (
                "/api/v1/profile".to_owned(),
                contacts,
                json!({"name": "Ann Lee"}),
            )
        }
        "protocol" => {
            let body = json!({"username": "AnnLee", "phone_number": "1-800-759-3000"});
            ("/v1/messages".to_owned(), "/v1/contacts".to_owned(), body)
        }
        "saasignal" => {
            let path = "/modules/messaging/conversations";
            (
                path.to_owned(),
                path.to_owned(),
                json!({"title": "Ann Lee"}),
            )
        }
        _ => {
            let body = json!({"first_name": "Ann", "last_name": "Lee", "email": "ann@example.com", "unit": "HQ"});
            ("/conversations".to_owned(), "/users".to_owned(), body)
        }
    }
}

fn a_dialect_on_a_listener_of_its_own_is_at_the_root(database: &Database) {
    let (server, clients) = everywhere(database);
    let mut native = server.client(database);
    for [mut mounted, mut own] in clients {
        let (read, make, body) = paths(&mut own);
        let begun = own.post(&make, &body);
        assert!((200..300).contains(&begun.status), "{}", begun.text());
        let here = own.get(&read).expect(200);
        let there = mounted.get(&read).expect(200);
        assert!(here.is_object() && there.is_object(), "{here} {there}");
        // The native API is on the main listener only, and a mount has nothing beside its own routes.
        own.check_error(own.another().get("/v1/me"), 404);
        mounted.check_error(mounted.another().get("/v1/me"), 404);
        for probe in ["/livez", "/readyz"] {
            assert_eq!(own.knock("GET", probe, &[], b"").status, 200);
        }
    }
    native.get("/v1/me").expect(200);
}

fn a_key_of_a_contact_needs_no_channel_of_its_own(database: &Database) {
    let server = Server::start(database);
    let mut native = server.client(database);
    let ann = json!({"kind": "contact", "display_name": "Ann"});
    let ann = native.post("/v1/participants", &ann).expect(201)["id"].clone();
    let ann = ann.as_str().expect("an id");
    for name in ALL {
        let wish = ["key", "create", "--dialect", name, "--participant", ann];
        for _ in 0..2 {
            let told = Line::new(database).args(wish).succeed();
            assert!(told.contains("ck_"), "{told}");
        }
    }
    let channels = native.get("/v1/channels").expect(200)["items"].clone();
    assert_eq!(channels.as_array().map(Vec::len), Some(1), "{channels}");
}

fn a_dialect_that_is_switched_off_is_nowhere(database: &Database) {
    Server::start(database).stop();
    for name in ALL {
        let off = format!("--dialects-{name}-enabled");
        let line = || Line::new(database).args([off.as_str(), "false"]);
        let server = line().serve(database);
        let mut native = server.client(database);
        let answer = native.get(&format!("/dialects/{name}/api/v1/profile"));
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(answer.refused(404), "route_not_found");
        for other in ALL.iter().filter(|other| **other != name) {
            let mut client = Dialect::of(&server, database, other);
            let (read, _, _) = paths(&mut client);
            client.get(&read).expect(200);
        }
        let wish = ["key", "create", "--dialect", name];
        let refused = line().args(wish).fail();
        assert!(refused.contains(name), "{refused}");
    }
}

fn every_refusal_of_a_mount_and_of_a_listener_has_the_form_of_its_dialect(database: &Database) {
    let (_server, clients) = everywhere(database);
    for mut client in clients.into_iter().flatten() {
        let (read, make, _) = paths(&mut client);
        let form = client.another();
        let nobody = client.knock("GET", &read, &[], b"");
        form.check_error(nobody, 401);
        let wrong = client.with_token("ck_wrong").get(&read);
        form.check_error(wrong, 401);
        form.check_error(client.get("/there/is/nothing/here"), 404);
        let body = vec![b' '; 300_000];
        let json = ("content-type", "application/json");
        form.check_error(client.bring("POST", &make, &[json], &body), 413);
        let answer = client.bring("TRACE", &read, &[], b"");
        form.check_error(answer, 405);
    }
}

fn a_dialect_with_a_rate_says_so_in_its_form(database: &Database) {
    let (server, clients) = everywhere(database);
    let mut native = server.client(database);
    let workspace = native.get("/v1/workspaces").expect(200)["items"][0]["id"].clone();
    let workspace = workspace.as_str().expect("an id");
    let mut clients: Vec<(Dialect, String)> = clients
        .into_iter()
        .flatten()
        .map(|mut client| {
            let (read, _, _) = paths(&mut client);
            (client, read)
        })
        .collect();
    let rate = json!({"per_second": 1, "burst": 1});
    let plan = json!({"read": rate, "write": rate, "metered": false});
    let path = format!("/v1/workspaces/{workspace}/plan");
    native.call("PUT", &path, &[], Some(&plan)).expect(200);
    for (client, read) in &mut clients {
        let refused = eventually("a refusal", || {
            let answer = client.get(read);
            (answer.status != 200).then_some(answer)
        });
        let wait = refused
            .header("retry-after")
            .and_then(|text| text.parse().ok());
        assert!(
            wait.is_some_and(|seconds: u32| seconds > 0),
            "{}",
            client.name()
        );
        client.check_error(refused, 429);
    }
}

fn requests_on_listeners_of_dialects_are_answered_before_the_server_ends(database: &Database) {
    let (mut server, clients) = everywhere(database);
    let mut waiting = Vec::new();
    for [_, mut own] in clients {
        let (_, make, body) = paths(&mut own);
        let body = body.to_string().into_bytes();
        let (name, value) = own.credentials();
        let headers = [(name, value.as_str()), ("content-type", "application/json")];
        let client = Client::new(server.listener_of(own.name()), "");
        let begun = client.cut_off("POST", &make, &headers, body.len(), &body[..1]);
        // An answer on another connection shows that this listener has had time to see the first.
        own.knock("GET", "/livez", &[], b"");
        waiting.push((own, begun, body));
    }
    server.terminate();
    eventually("the drain to begin", || {
        server.log().contains("stopping").then_some(())
    });
    for (own, mut begun, body) in waiting {
        let answer = Client::complete(&mut begun, &body[1..]);
        assert!(
            (200..300).contains(&answer.status),
            "{}: {}",
            own.name(),
            answer.text()
        );
    }
    assert!(server.ended().success(), "{}", server.log());
}

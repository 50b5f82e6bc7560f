//! Search: words, prefixes and phrases are found in what may be seen; anything else that can be typed is a
//! query or a refusal, never an error; and paging shows each hit once while others write.
//!
//! Which words a text has is tested in the core, and that both stores agree in the conformance cases.

use std::thread;

use causerie_tests::client::encoded;
use causerie_tests::sender::{Whereabouts, send_on};
use causerie_tests::{Client, Database, Scene, Server, check, on_both_stores, scene};
use serde_json::{Value, json};

on_both_stores!(
    words_prefixes_and_phrases_are_found,
    filters_and_times_narrow_a_search,
    an_edit_is_found_by_its_new_words_only,
    no_query_is_an_error_of_the_server,
    paging_shows_each_hit_once_while_others_write
);

/// The texts that a query finds, newest first.
#[track_caller]
fn found(client: &mut Client, query: &str) -> Vec<String> {
    let path = format!("/v1/search?q={}", encoded(query));
    let hits = check::walk(client, &path);
    let text = |hit: &Value| hit["message"]["body"].as_str().expect("a text").to_owned();
    hits.iter().map(text).collect()
}

const TEXTS: [&str; 7] = [
    "Order 4711 was shipped to München",
    "The shipment of order 4712 is late",
    "Shipping costs: none",
    "Don't ship it",
    "order was 4711",
    "注文は東京に届きました",
    "👍🏽 emoji only",
];

fn fill(client: &mut Client) -> Scene {
    let scene = Scene::set(client, 2, 2);
    for text in TEXTS {
        scene::send(client, &scene.conversations[0], &scene.people[0], text);
    }
    scene
}

fn words_prefixes_and_phrases_are_found(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    fill(&mut client);
    let [shipped, shipment, costs, dont, was, tokyo, emoji] = TEXTS;
    for (query, expected) in [
        ("order", vec![was, shipment, shipped]),
        ("ORDER 4711", vec![was, shipped]),
        ("\"order 4711\"", vec![shipped]),
        ("4711 order", vec![was, shipped]),
        ("ship", vec![dont]),
        ("ship*", vec![dont, costs, shipment, shipped]),
        ("shipm* 4712", vec![shipment]),
        ("munchen", vec![shipped]),
        ("MÜNCHEN", vec![shipped]),
        ("don't", vec![dont]),
        ("東京", vec![tokyo]),
        ("京東", vec![]),
        ("emoji", vec![emoji]),
        ("\"is late", vec![shipment]),
        ("nowhere", vec![]),
        ("order -4711", vec![was, shipped]),
    ] {
        assert_eq!(found(&mut client, query), expected, "{query}");
    }
    let hit = client.get("/v1/search?q=4712").expect(200);
    let hit = &hit["items"][0];
    let snippet: Vec<char> = hit["snippet"]
        .as_str()
        .expect("a snippet")
        .chars()
        .collect();
    let place = |end: usize| {
        let place = hit["ranges"][0][end].as_u64().expect("a place");
        usize::try_from(place).expect("a place")
    };
    let marked: String = snippet[place(0)..place(1)].iter().collect();
    assert_eq!(marked, "4712", "{hit}");
}

fn filters_and_times_narrow_a_search(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = fill(&mut client);
    let body = json!({"participant_id": scene.people[1], "body": "Order elsewhere", "tags": ["vip"],
        "type": "file"});
    let other = scene::say(&mut client, &scene.conversations[1], &body);
    let at = other["created_at"].as_str().expect("a time");
    let mut count = |filter: &str| {
        let path = format!("/v1/search?q=order&{filter}");
        check::walk(&mut client, &path).len()
    };
    assert_eq!(
        count(&format!("conversation_id={}", scene.conversations[0])),
        3
    );
    assert_eq!(
        count(&format!("conversation_id={}", scene.conversations[1])),
        1
    );
    assert_eq!(count(&format!("sender_id={}", scene.people[1])), 1);
    assert_eq!(count(&format!("participant_id={}", scene.people[1])), 4);
    assert_eq!(count("tag=vip"), 1);
    assert_eq!(count("tag=VIP"), 1);
    assert_eq!(count("tag=other"), 0);
    assert_eq!(count("type=file"), 1);
    assert_eq!(count(&format!("before={}", encoded(at))), 3);
    assert_eq!(count(&format!("after={}", encoded(at))), 0);
    for wrong in [
        "colour=red",
        "limit=0",
        "cursor=x",
        "type=song",
        "conversation_id=x",
        "after=noon",
    ] {
        let path = format!("/v1/search?q=order&{wrong}");
        let answer = client.get(&path);
        assert!(
            [400, 422].contains(&answer.status),
            "{path}: {}",
            answer.text()
        );
    }
}

fn an_edit_is_found_by_its_new_words_only(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    let scene = Scene::set(&mut client, 1, 1);
    let sent = scene::send(
        &mut client,
        &scene.conversations[0],
        &scene.people[0],
        "old words",
    );
    let path = format!("{}/{}", scene.messages(0), scene::id(&sent));
    let edit = json!({"body": "new words"});
    client.call("PATCH", &path, &[], Some(&edit)).expect(200);
    assert!(found(&mut client, "old").is_empty());
    assert_eq!(found(&mut client, "new"), ["new words"]);
    client.call("DELETE", &path, &[], None).expect(204);
    assert!(found(&mut client, "words").is_empty());
}

fn no_query_is_an_error_of_the_server(database: &Database) {
    let server = Server::start(database);
    let mut client = server.client(database);
    fill(&mut client);
    let words = "word ".repeat(60);
    let quotes = "\"".repeat(31);
    let letters = "x".repeat(256);
    let too_long = "x".repeat(300);
    for query in [
        "\"",
        "\"\"",
        "'",
        "''",
        "*",
        "ship**",
        "*ship",
        "(",
        ")",
        "(order OR ship)",
        "order AND ship",
        "order NOT ship",
        "order NEAR ship",
        "NEAR(order ship, 5)",
        "words:order",
        "words : order",
        "{words}: order",
        "-order",
        "+order",
        "^order",
        "order & ship",
        "order | ship",
        "!order",
        "order <-> ship",
        "order:*",
        "order:A",
        "\\",
        "\\'",
        "'; DROP TABLE message; --",
        "%",
        "_",
        "order\u{0}ship",
        "\u{0}",
        "\u{1}\u{7f}",
        "\u{feff}order",
        "\u{202e}order",
        "👍",
        "👍🏽",
        "🇩🇪",
        "é",
        "e\u{301}",
        "\u{301}",
        "ﬁ",
        "İ",
        "ß",
        "ẞ",
        "한국어",
        "日本",
        "\u{10ffff}",
        " ",
        "",
        "\t\n",
        &words,
        &quotes,
        &letters,
        &too_long,
    ] {
        for path in [
            format!("/v1/search?q={}", encoded(query)),
            format!("/v1/search?limit=1&q={}%22", encoded(query)),
        ] {
            let answer = client.get(&path);
            assert!(
                [200, 400, 422].contains(&answer.status),
                "{query:?}: {} {}",
                answer.status,
                answer.text()
            );
            if answer.status != 200 {
                let code = answer.code().unwrap_or_default();
                assert!(!code.is_empty(), "{query:?}: {}", answer.text());
            }
        }
    }
    for path in [
        "/v1/search",
        "/v1/search?q=%ff%fe",
        "/v1/search?q=%",
        "/v1/search?q=a&q=b",
    ] {
        let answer = client.get(path);
        assert!(
            [400, 422].contains(&answer.status),
            "{path}: {} {}",
            answer.status,
            answer.text()
        );
    }
    assert_eq!(
        client.get(&format!("/v1/search?q={too_long}")).refused(422),
        "validation_failed"
    );
}

fn paging_shows_each_hit_once_while_others_write(database: &Database) {
    const BEFORE: usize = 90;
    let server = Server::start(database);
    let scene = Scene::set(&mut server.client(database), 3, 2);
    let whereabouts = Whereabouts::new(vec![server.address()]);
    let key = database.key();
    let first = send_on(&whereabouts, &key, &scene, 0, BEFORE);
    thread::scope(|scope| {
        let (whereabouts, scene, key) = (&whereabouts, &scene, key.as_str());
        for number in 1..3 {
            scope.spawn(move || send_on(whereabouts, key, scene, number, usize::MAX));
        }
        let mut client = server.client(database);
        for limit in [7, 20, 50] {
            for path in ["/v1/search?q=message", "/v1/search?q=sender%20mess*"] {
                let seen = walk(&mut client, path, limit);
                check_walk(
                    &seen,
                    &first.iter().map(|one| one.id.clone()).collect::<Vec<_>>(),
                );
            }
            for path in ["/v1/messages?type=text", "/v1/messages?tag=by%200"] {
                let seen = walk(&mut client, path, limit);
                check_walk(
                    &seen,
                    &first.iter().map(|one| one.id.clone()).collect::<Vec<_>>(),
                );
            }
        }
        whereabouts.finish();
    });
}

/// The ids that a walk by pages comes by.
fn walk(client: &mut Client, path: &str, limit: usize) -> Vec<String> {
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = client
            .get(&format!("{path}&limit={limit}{cursor}"))
            .expect(200);
        for item in page["items"].as_array().expect("items") {
            let message = item.get("message").unwrap_or(item);
            ids.push(scene::id(message));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
}

/// Each once, and all that were there before.
#[track_caller]
fn check_walk(seen: &[String], before: &[String]) {
    let mut once = seen.to_vec();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), seen.len(), "each hit once");
    for id in before {
        assert!(once.binary_search(id).is_ok(), "{id} is missing");
    }
}

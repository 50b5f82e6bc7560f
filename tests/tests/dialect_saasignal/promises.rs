//! What `SaaSignal`'s API reference promises of messages.

use std::thread;

use causerie_tests::shape::{check, is, iso_now, object};
use causerie_tests::{Client, Database, Dialect, Server, on_both_stores, scene};
use serde_json::{Value, json};

use super::{MODULE, Talk, message, refused};

on_both_stores!(
    without_a_key_or_with_another_scheme_nobody_is_let_in,
    a_key_that_only_reads_changes_nothing,
    a_page_has_one_to_a_hundred_messages_and_fifty_by_itself,
    both_ends_of_a_time_window_take_the_documented_forms_only,
    a_time_window_leaves_its_ends_out,
    a_walk_visits_every_message_once_while_others_send,
    the_type_is_text_unless_it_is_one_of_three_others,
    answers_and_nested_metadata_come_back_unchanged,
    an_edit_changes_the_text_and_its_time_only,
    a_deleted_message_is_a_tombstone_and_then_not_there,
    without_tokens_nothing_is_sent,
    beyond_the_rate_nothing_is_sent,
    a_message_is_found_in_its_own_conversation_and_project_only,
    a_key_in_a_header_of_its_own_works_as_well,
);

fn without_a_key_or_with_another_scheme_nobody_is_let_in(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let path = talk.path("/messages");
    let token = talk.client.token().to_owned();
    for headers in [
        vec![],
        vec![("authorization", format!("Basic {token}"))],
        vec![("authorization", format!("AccessKey {token}"))],
        vec![("authorization", token.clone())],
        vec![("authorization", "Bearer sk_live_unknown".to_owned())],
        vec![("x-api-key", "sk_live_unknown".to_owned())],
    ] {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let answer = talk.client.knock("GET", &path, &headers, b"");
        refused(answer, 401, "unauthorized");
    }
}

fn a_key_that_only_reads_changes_nothing(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let id = talk.text("Hello");
    let args = ["--scope", "messaging:read"];
    let mut reader = Dialect::with(&server, database, "saasignal", &args);
    let (list, one) = (talk.path("/messages"), talk.message(&id));
    let body = json!({"participant_id": talk.participant, "body": "x"});
    refused(reader.post(&list, &body), 403, "forbidden");
    refused(reader.patch(&one, &body), 403, "forbidden");
    refused(reader.delete(&one), 403, "forbidden");
    let shown = reader.get(&one).expect(200);
    assert_eq!(
        (&shown["body"], &shown["edited_at"]),
        (&json!("Hello"), &Value::Null)
    );
    assert_eq!(talk.page("").0, [id]);
}

fn a_page_has_one_to_a_hundred_messages_and_fifty_by_itself(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    for number in 0..102 {
        talk.text(&format!("{number}"));
    }
    for (query, count) in [("", 50), ("?limit=1", 1), ("?limit=100", 100)] {
        assert_eq!(talk.page(query).0.len(), count, "{query}");
    }
    for limit in ["0", "101", "abc", "-1", "1.5", ""] {
        let path = talk.path(&format!("/messages?limit={limit}"));
        refused(talk.client.get(&path), 400, "bad_request");
    }
    let path = talk.path("/messages?cursor=not-one");
    refused(talk.client.get(&path), 400, "bad_request");
}

fn both_ends_of_a_time_window_take_the_documented_forms_only(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let accepted = [
        "2026-02-28T12:30:45Z",
        "2026-02-28T12:30:45.123456789Z",
        "2026-02-28T12:30Z",
        "2024-02-29T00:00:00Z",
        "2000-02-29T00:00:00Z",
        "2400-02-29T01:02:03Z",
        "0000-01-01T00:00Z",
        "2026-12-31T23:59:59Z",
    ];
    let refused_forms = [
        "2026-02-28T12:30:45%2B00:00",
        "2026-02-28T12:30:45",
        "2026-02-28T12Z",
        "2026-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2100-02-29T01:02:03Z",
        "2026-04-31T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-12-31T24:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-02-28t12:30:45z",
        "2026-02-28%2012:30:45Z",
        "2026-02-28T12:30:45.Z",
        "1772281845",
        "%2B002026-02-28T12:30:45Z",
    ];
    for name in ["before", "after"] {
        for time in accepted {
            let path = talk.path(&format!("/messages?{name}={time}"));
            talk.client.get(&path).expect(200);
        }
        for time in refused_forms {
            let path = talk.path(&format!("/messages?{name}={time}"));
            refused(talk.client.get(&path), 400, "bad_request");
        }
    }
}

fn a_time_window_leaves_its_ends_out(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let sent: Vec<Value> = (0..4)
        .map(|number| talk.say(json!({"body": format!("{number}")})))
        .collect();
    let time = |message: &Value| message["created_at"].as_str().expect("a time").to_owned();
    for bound in sent.iter().map(time) {
        let ids = |fits: &dyn Fn(&str) -> bool| -> Vec<String> {
            let fitting = sent.iter().rev().filter(|one| fits(&time(one)));
            fitting.map(scene::id).collect()
        };
        let before = talk.page(&format!("?before={bound}")).0;
        assert_eq!(before, ids(&|at| at < bound.as_str()));
        let after = talk.page(&format!("?after={bound}")).0;
        assert_eq!(after, ids(&|at| at > bound.as_str()));
    }
}

fn a_walk_visits_every_message_once_while_others_send(database: &Database) {
    const BEFORE: usize = 40;
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let mut known: Vec<String> = (0..BEFORE)
        .map(|number| talk.text(&format!("{number}")))
        .collect();
    known.reverse();
    let mut other = Talk {
        client: talk.client.another(),
        conversation: talk.conversation.clone(),
        participant: talk.join("bob"),
    };
    thread::scope(|scope| {
        scope.spawn(move || {
            for number in 0..BEFORE {
                other.text(&format!("later {number}"));
            }
        });
        let (mut walked, mut query) = (Vec::new(), "?limit=7".to_owned());
        loop {
            let (ids, next) = talk.page(&query);
            walked.extend(ids);
            match next {
                Some(cursor) => query = format!("?limit=7&cursor={cursor}"),
                None => break,
            }
        }
        let begun = walked
            .iter()
            .position(|id| *id == known[0])
            .expect("the newest of before");
        assert_eq!(walked[begun..], known);
        let mut distinct = walked.clone();
        distinct.sort();
        distinct.dedup();
        assert_eq!(distinct.len(), walked.len());
    });
}

fn the_type_is_text_unless_it_is_one_of_three_others(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    assert_eq!(talk.say(json!({"body": "x"}))["type"], "text");
    for kind in ["text", "image", "file", "system"] {
        let sent = talk.say(json!({"body": "x", "type": kind}));
        assert_eq!(sent["type"], kind);
        let path = talk.message(&scene::id(&sent));
        assert_eq!(talk.client.get(&path).expect(200)["type"], kind);
    }
    let (path, before) = (talk.path("/messages"), talk.page("").0);
    for kind in [json!("video"), json!("TEXT"), json!(1), json!("")] {
        let body = json!({"participant_id": talk.participant, "body": "x", "type": kind});
        refused(talk.client.post(&path, &body), 422, "unprocessable_entity");
    }
    assert_eq!(talk.page("").0, before);
}

fn answers_and_nested_metadata_come_back_unchanged(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let first = talk.text("First");
    let metadata = r#"{"order":{"id":9007199254740993,"total":12.50,"tags":["a",null,true,[]]},"€":"“ü” 👩‍👧","big":12345678901234567890123,"e":1e-7}"#;
    let body = format!(
        r#"{{"participant_id":"{}","body":"“Second” 👩‍👧\n","reply_to":"{first}","metadata":{metadata}}}"#,
        talk.participant
    );
    let path = talk.path("/messages");
    let headers = [("content-type", "application/json")];
    let sent = talk.client.bring("POST", &path, &headers, body.as_bytes());
    let holds = format!(r#""metadata":{metadata}"#);
    assert!(sent.text().contains(&holds), "{}", sent.text());
    let sent = sent.expect(201);
    assert_eq!(
        (&sent["reply_to"], &sent["body"]),
        (&json!(first), &json!("“Second” 👩‍👧\n"))
    );
    let shown = talk.client.get(&talk.message(&scene::id(&sent)));
    assert!(shown.text().contains(&holds), "{}", shown.text());
    assert_eq!(shown.expect(200), sent);
    let listed = talk.client.get(&path);
    assert!(listed.text().contains(&holds), "{}", listed.text());
}

fn an_edit_changes_the_text_and_its_time_only(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let sent = talk.say(json!({"body": "One", "metadata": {"k": 1}}));
    talk.text("Two");
    let (order, path) = (talk.page("").0, talk.message(&scene::id(&sent)));
    let edited = talk
        .client
        .patch(&path, &json!({"body": "Uno"}))
        .expect(200);
    check(
        &edited,
        &message()
            .with("edited_at", iso_now())
            .with("status", is("ok")),
    );
    let mut expected = sent;
    expected["body"] = json!("Uno");
    expected["edited_at"] = edited["edited_at"].clone();
    assert_eq!(edited, expected);
    assert_eq!(talk.page("").0, order);
    for wrong in [json!({}), json!({"body": ""}), json!({"body": 1})] {
        refused(talk.client.patch(&path, &wrong), 400, "bad_request");
    }
    let long = json!({"body": "x".repeat(10_001)});
    refused(talk.client.patch(&path, &long), 422, "unprocessable_entity");
}

fn a_deleted_message_is_a_tombstone_and_then_not_there(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let id = scene::id(&talk.say(json!({"body": "Secret", "metadata": {"k": 1}})));
    let path = talk.message(&id);
    let deleted = talk.client.delete(&path).expect(200);
    check(
        &deleted,
        &object([("deleted", is(true)), ("status", is("ok"))]),
    );
    let stone = message().with("deleted_at", iso_now()).with("body", is(""));
    let stone = stone
        .with("metadata", is(json!({})))
        .with("status", is("ok"));
    check(&talk.client.get(&path).expect(200), &stone);
    assert_eq!(talk.page("").0, [id]);
    refused(talk.client.delete(&path), 404, "not_found");
    refused(
        talk.client.patch(&path, &json!({"body": "x"})),
        404,
        "not_found",
    );
}

/// A client in a workspace of its own, and what the operator grants that workspace.
fn tenant(server: &Server, database: &Database, root: &mut Client) -> (Talk, String) {
    let (workspace, _) = scene::workspace(database, root, "tenant");
    let args = ["--workspace", workspace.as_str()];
    let client = Dialect::with(server, database, "saasignal", &args);
    (Talk::of(client), format!("/v1/workspaces/{workspace}/plan"))
}

fn without_tokens_nothing_is_sent(database: &Database) {
    let server = Server::start(database);
    let mut root = server.client(database);
    let (mut talk, plan) = tenant(&server, database, &mut root);
    let id = talk.text("Free");
    let granted = json!({"metered": true, "prices": {"send": 1, "edit": 1}});
    root.call("PUT", &plan, &[], Some(&granted)).expect(200);
    let path = talk.path("/messages");
    let body = json!({"participant_id": talk.participant, "body": "x"});
    causerie_tests::eventually("the plan counts", || {
        let answer = talk.client.post(&path, &body);
        (answer.status == 402).then_some(answer)
    });
    let before = talk.page("").0;
    refused(talk.client.post(&path, &body), 402, "insufficient_tokens");
    let one = talk.message(&id);
    refused(talk.client.patch(&one, &body), 402, "insufficient_tokens");
    assert_eq!(talk.page("").0, before);
    assert_eq!(talk.client.get(&one).expect(200)["body"], "Free");
    let balance = talk.client.get("/core/tokens/balance").expect(200);
    assert_eq!(balance["total_balance"], 0);
}

fn beyond_the_rate_nothing_is_sent(database: &Database) {
    let server = Server::start(database);
    let mut root = server.client(database);
    let (mut talk, plan) = tenant(&server, database, &mut root);
    let granted = json!({"write": {"per_second": 1, "burst": 2}, "read": null});
    root.call("PUT", &plan, &[], Some(&granted)).expect(200);
    let path = talk.path("/messages");
    let body = json!({"participant_id": talk.participant, "body": "x"});
    let mut sent = 0;
    let early = causerie_tests::eventually("a message too many", || {
        let answer = talk.client.post(&path, &body);
        if answer.status == 429 {
            return Some(answer);
        }
        answer.expect(201);
        sent += 1;
        None
    });
    let number = |name: &str| {
        let value = early
            .header(name)
            .and_then(|value| value.parse::<i64>().ok());
        value.unwrap_or_else(|| panic!("no {name} in {early:?}"))
    };
    assert!(number("retry-after") >= 1);
    assert_eq!(number("x-ratelimit-limit"), 2);
    assert_eq!(number("x-ratelimit-remaining"), 0);
    check(
        &json!(number("x-ratelimit-reset")),
        &causerie_tests::shape::seconds_now(),
    );
    refused(early, 429, "rate_limited");
    assert_eq!(talk.page("").0.len(), sent);
}

fn a_message_is_found_in_its_own_conversation_and_project_only(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let id = talk.text("Hello");
    let mut beside = Talk::of(talk.client.another());
    let mut root = server.client(database);
    let (mut elsewhere, _) = tenant(&server, database, &mut root);
    let body = json!({"body": "x"});
    let own = talk.message(&id);
    for (client, path) in [
        (&mut talk.client, beside.message(&id)),
        (&mut elsewhere.client, own.clone()),
    ] {
        refused(client.get(&path), 404, "not_found");
        refused(client.patch(&path, &body), 404, "not_found");
        refused(client.delete(&path), 404, "not_found");
    }
    let path = beside.path("/messages");
    let reply = json!({"participant_id": beside.participant, "body": "x", "reply_to": id});
    refused(
        beside.client.post(&path, &reply),
        422,
        "unprocessable_entity",
    );
    let path = talk.path("/messages");
    let stranger = json!({"participant_id": elsewhere.participant, "body": "x"});
    refused(
        talk.client.post(&path, &stranger),
        422,
        "unprocessable_entity",
    );
    assert_eq!(talk.client.get(&own).expect(200)["body"], "Hello");
}

fn a_key_in_a_header_of_its_own_works_as_well(database: &Database) {
    let server = Server::start(database);
    let mut talk = Talk::begin(&server, database);
    let (path, token) = (talk.path("/messages"), talk.client.token().to_owned());
    let body = json!({"participant_id": talk.participant, "body": "Hello"}).to_string();
    for name in ["X-API-Key", "x-api-key"] {
        let headers = [(name, token.as_str()), ("content-type", "application/json")];
        let sent = talk
            .client
            .knock("POST", &path, &headers, body.as_bytes())
            .expect(201);
        let path = format!("{MODULE}/conversations/{}/messages", talk.conversation);
        let list = talk
            .client
            .knock("GET", &path, &headers[..1], b"")
            .expect(200);
        assert_eq!(list["items"][0]["id"], sent["id"]);
    }
}

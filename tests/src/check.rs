//! What must hold of a conversation (I2), of the log (I3) and of the ways to find messages, checked through the API.
//!
//! Each check reads everything there is and panics with what is wrong.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::client::{Client, encoded};

/// Walks a list by cursor from the first page to the last.
#[track_caller]
pub fn walk(client: &mut Client, path: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mark = if path.contains('?') { '&' } else { '?' };
        let at = match &cursor {
            Some(cursor) => format!("{path}{mark}limit=100&cursor={cursor}"),
            None => format!("{path}{mark}limit=100"),
        };
        let page = client.get(&at).expect(200);
        items.extend(page["items"].as_array().expect("items").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return items,
        }
    }
}

/// All messages of a conversation, oldest first: `seq` is 1, 2, 3 … and time never runs back.
#[track_caller]
pub fn conversation(client: &mut Client, conversation: &str) -> Vec<Value> {
    let path = format!("/v1/conversations/{conversation}/messages?order=asc");
    let messages = walk(client, &path);
    let mut before = String::new();
    for (index, message) in messages.iter().enumerate() {
        let seq = message["seq"]
            .as_u64()
            .and_then(|seq| usize::try_from(seq).ok());
        assert_eq!(seq, Some(index + 1), "seq has no gap: {message}");
        let at = message["created_at"].as_str().expect("a time").to_owned();
        assert!(at >= before, "time never runs back: {message}");
        before = at;
    }
    messages
}

/// The events after a position, as many as there are now: positions have no gap.
#[track_caller]
pub fn events_after(client: &mut Client, position: u64) -> Vec<Value> {
    let mut events: Vec<Value> = Vec::new();
    let mut after = position;
    loop {
        let page = client
            .get(&format!("/v1/events?after={after}&limit=100"))
            .expect(200);
        let items = page["items"].as_array().expect("items");
        for event in items {
            after += 1;
            assert_eq!(
                event["position"].as_u64(),
                Some(after),
                "positions have no gap: {event}"
            );
        }
        assert_eq!(
            page["next_after"].as_u64(),
            Some(after),
            "the next page begins there"
        );
        if items.is_empty() {
            return events;
        }
        events.extend(items.iter().cloned());
    }
}

/// The whole log; for each message of these conversations it has exactly one `message.created`.
#[track_caller]
pub fn log(client: &mut Client, messages: &[Value]) {
    let events = events_after(client, 0);
    let mut told: Vec<(&str, u64)> = events
        .iter()
        .filter(|event| event["topic"] == "message.created")
        .map(|event| {
            let conversation = event["conversation_id"].as_str().expect("a conversation");
            (conversation, event["seq"].as_u64().expect("a seq"))
        })
        .collect();
    let mut kept: Vec<(&str, u64)> = messages
        .iter()
        .map(|message| {
            let conversation = message["conversation_id"].as_str().expect("a conversation");
            (conversation, message["seq"].as_u64().expect("a seq"))
        })
        .collect();
    // In the log, too, the messages of one conversation stand in their order.
    let mut in_order = told.clone();
    in_order.sort_by_key(|(conversation, _)| *conversation);
    told.sort_unstable();
    kept.sort_unstable();
    assert_eq!(in_order, told, "the log tells of messages in their order");
    assert_eq!(told, kept, "the log tells of every message once");
}

/// What a message is found by is what it says: a search finds each of these messages once, as does its tag,
/// and each has as many replies as there are.
#[track_caller]
pub fn found_again(client: &mut Client, messages: &[Value]) {
    let ids = |found: &[Value]| {
        let mut ids: Vec<String> = found
            .iter()
            .map(|one| one["id"].as_str().expect("an id").to_owned())
            .collect();
        ids.sort_unstable();
        ids
    };
    let hits: Vec<Value> = walk(client, "/v1/search?q=message")
        .into_iter()
        .map(|hit| hit["message"].clone())
        .collect();
    assert_eq!(
        ids(&hits),
        ids(messages),
        "the index is as old as the messages"
    );
    let mut tags: Vec<&str> = messages
        .iter()
        .flat_map(|message| message["tags"].as_array().expect("tags"))
        .map(|tag| tag.as_str().expect("a tag"))
        .collect();
    tags.sort_unstable();
    tags.dedup();
    let mut tagged = Vec::new();
    for tag in tags {
        tagged.extend(walk(client, &format!("/v1/messages?tag={}", encoded(tag))));
    }
    assert_eq!(ids(&tagged), ids(messages), "every message has its tag");
    let mut replies: BTreeMap<&str, u64> = BTreeMap::new();
    for target in messages.iter().filter_map(|one| one["reply_to"].as_str()) {
        *replies.entry(target).or_default() += 1;
    }
    for message in messages {
        let id = message["id"].as_str().expect("an id");
        let counted = replies.get(id).copied().unwrap_or(0);
        assert_eq!(message["reply_count"].as_u64(), Some(counted), "{message}");
    }
}

//! What must hold of a conversation (I2) and of the log (I3), checked through the API.
//!
//! Each check reads everything there is and panics with what is wrong.

use serde_json::Value;

use crate::client::Client;

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

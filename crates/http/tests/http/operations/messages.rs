//! What can be done with messages, once each: say, answer, react, receive, edit, delete, schedule, find.

use super::{Walk, id};

const ALL: &str = "/v1/conversations/{conversation_id}/messages";
const ONE: &str = "/v1/conversations/{conversation_id}/messages/{message_id}";
const LATER: &str = "/v1/scheduled-messages/{message_id}";

pub(super) async fn walk_all(walk: &mut Walk, group: &str, ada: &str, bob: &str) {
    let first = walk_sends(walk, group, ada).await;
    walk_others(walk, group, &first, ada, bob).await;
    walk_changes(walk, group, &first, ada).await;
    walk_schedule(walk, group, ada).await;
    walk_batch(walk, group, ada).await;
    let inbox = "/v1/participants/{participant_id}/conversations";
    walk.step("participants-conversations", "GET", inbox, &[ada], "")
        .await;
}

async fn walk_sends(walk: &mut Walk, group: &str, ada: &str) -> String {
    let body = format!(r#"{{"participant_id":"{ada}","body":"Hello"}}"#);
    let first = walk
        .step("messages-send", "POST", ALL, &[group], &body)
        .await;
    let first = id(&first);
    let body = format!(
        r#"{{"participant_id":"{ada}","body":"And again \u00e4\n","type":"image","content_type":"list",
        "content":{{"type":"list", "list":{{"text":"Choose","items":[{{"title":"One","id":"1"}}]}}}},
        "direction":"internal","private":true,"reply_to":"{first}","metadata":{{"a": [1, 2]}},
        "tags":["VIP","order 1234"],"reference":"ref-1","source_id":"crm-7","echo_id":"draft-1"}}"#
    );
    walk.step("messages-send-all-members", "POST", ALL, &[group], &body)
        .await;
    walk.step("messages-list", "GET", ALL, &[group, "?limit=1"], "")
        .await;
    let query = "?tag=vip&type=image&limit=1";
    walk.step(
        "messages-list-everywhere",
        "GET",
        "/v1/messages",
        &[query],
        "",
    )
    .await;
    walk.step("messages-search", "GET", "/v1/search", &["?q=again"], "")
        .await;
    walk.step("tags-list", "GET", "/v1/tags", &[], "").await;
    first
}

/// What others do with a message.
async fn walk_others(walk: &mut Walk, group: &str, first: &str, ada: &str, bob: &str) {
    let reactions = format!("{ONE}/reactions");
    let body = format!(r#"{{"participant_id":"{ada}","name":"👍"}}"#);
    let ids = [group, first];
    let reaction = walk.step("reactions-add", "POST", &reactions, &ids, &body);
    let reaction = id(&reaction.await);
    walk.step("reactions-list", "GET", &reactions, &ids, "")
        .await;
    let delivery = format!("{ONE}/delivery");
    let body = format!(
        r#"{{"participant_id":"{bob}","status":"failed","stage":"send","reason":"no route","detail":"not in service"}}"#
    );
    walk.step("receipts-deliver", "PUT", &delivery, &ids, &body)
        .await;
    for (file, below) in [
        ("messages-replies", "replies"),
        ("receipts-list", "receipts"),
        ("receipts-recipients", "recipients"),
    ] {
        walk.step(file, "GET", &format!("{ONE}/{below}"), &ids, "")
            .await;
    }
    walk.step("messages-show", "GET", ONE, &ids, "").await;
    let one = format!("{ONE}/reactions/{{reaction_id}}");
    let ids = [group, first, reaction.as_str()];
    walk.step("reactions-remove", "DELETE", &one, &ids, "")
        .await;
}

async fn walk_changes(walk: &mut Walk, group: &str, first: &str, ada: &str) {
    let ids = [group, first];
    let body =
        r#"{"body":"Hello!","content_type":"form","content":{"of": 1},"metadata":{"edited":true}}"#;
    walk.step("messages-edit", "PATCH", ONE, &ids, body).await;
    let revisions = format!("{ONE}/revisions");
    walk.step("messages-revisions", "GET", &revisions, &ids, "")
        .await;
    walk.step("messages-delete", "DELETE", ONE, &ids, "").await;
    walk.step("messages-show-tombstone", "GET", ONE, &ids, "")
        .await;
    let redact = [group, first, "?mode=redact"];
    walk.step("messages-redact", "DELETE", ONE, &redact, "")
        .await;
    let body = format!(r#"{{"participant_id":"{ada}","body":"Soon gone"}}"#);
    let last = walk
        .world
        .tell("POST", format!("/v1/conversations/{group}/messages"), body);
    let last = last.await.expect(201).id();
    let purge = [group, last.as_str(), "?mode=purge"];
    walk.step("messages-purge", "DELETE", ONE, &purge, "").await;
}

async fn walk_schedule(walk: &mut Walk, group: &str, ada: &str) {
    let monday = walk.world.later(3_600);
    let body =
        format!(r#"{{"participant_id":"{ada}","body":"Good morning","scheduled_for":"{monday}"}}"#);
    let waiting = walk
        .step("messages-send-scheduled", "POST", ALL, &[group], &body)
        .await;
    let waiting = id(&waiting);
    let list = "/v1/scheduled-messages";
    walk.step("scheduled-list", "GET", list, &["?limit=1"], "")
        .await;
    walk.step("scheduled-show", "GET", LATER, &[&waiting], "")
        .await;
    walk_subjects(walk, group, ada).await;
    let tuesday = walk.world.later(7_200);
    let body = format!(r#"{{"scheduled_for":"{tuesday}","body":"Hello again","tags":["vip"]}}"#);
    walk.step("scheduled-change", "PATCH", LATER, &[&waiting], &body)
        .await;
    walk.step("scheduled-cancel", "DELETE", LATER, &[&waiting], "")
        .await;
}

/// The log as long as what it is about is there: one of each kind.
async fn walk_subjects(walk: &mut Walk, group: &str, ada: &str) {
    let seen = walk.world.ask("GET", "/v1/events?limit=100").await;
    let after = seen.expect(200).json()["next_after"].clone();
    let messages = format!("/v1/conversations/{group}/messages");
    let body = format!(r#"{{"participant_id":"{ada}","body":"Here","tags":["here"]}}"#);
    let sent = walk.world.tell("POST", &messages, body).await;
    let sent = sent.expect(201).id();
    let body = format!(r#"{{"participant_id":"{ada}","name":"👀"}}"#);
    let reactions = format!("{messages}/{sent}/reactions");
    let reacted = walk.world.tell("POST", reactions, body).await;
    reacted.expect(201);
    let later = walk.world.later(60);
    let body = format!(r#"{{"participant_id":"{ada}","body":"Soon","scheduled_for":"{later}"}}"#);
    let waiting = walk.world.tell("POST", &messages, body).await;
    waiting.expect(202);
    let body = r#"{"project":"here","version":"1","locale":"en","body":"Here"}"#;
    let template = walk.world.tell("POST", "/v1/templates", body).await;
    template.expect(201);
    let query = format!("?after={after}");
    walk.step("events-list-subjects", "GET", "/v1/events", &[&query], "")
        .await;
}

async fn walk_batch(walk: &mut Walk, group: &str, ada: &str) {
    let later = walk.world.later(3_600);
    let body = format!(
        r#"{{"messages":[
        {{"conversation_id":"{group}","participant_id":"{ada}","body":"One"}},
        {{"conversation_id":"{group}","participant_id":"{ada}","body":"Two","scheduled_for":"{later}"}},
        {{"conversation_id":"{group}","participant_id":"{ada}"}},
        {{"conversation_id":"conv_00000000000000000000000000","participant_id":"{ada}","body":"Four"}},
        "five"]}}"#
    );
    walk.step("messages-batch", "POST", "/v1/messages/batch", &[], &body)
        .await;
}

//! Every command that Protocol's documentation prints, run as it stands but for host, token and ids.

use causerie_tests::shape::{self, Shape, filled, is, list, nullable, seconds_now};
use causerie_tests::{Answer, Database};
use serde_json::{Value, json};

use crate::scene::{Scene, attachment, contact, conversation, error, group, message, page};

const HOST: &str = "https://api.protocol.chat";
const TOKEN: &str = "{token}";
const CONVERSATION: &str = "xgQQXg3hrtjh7AvZ";
const MESSAGE: &str = "SIuAFUNKdSYHZF2w";
const SAID: &str = "You’re what the French call ‘les incompetents.’";

const LIST: &str = r#"curl -G https://api.protocol.chat/v1/messages \
  -H "Authorization: Bearer {token}" \
  -d conversation_id=xgQQXg3hrtjh7AvZ \
  -d limit=10"#;
const SEND: &str = r#"curl https://api.protocol.chat/v1/messages \
  -H "Authorization: Bearer {token}" \
  -d conversation_id="xgQQXg3hrtjh7AvZ" \
  -d message="You’re what the French call ‘les incompetents.’""#;
const RETRIEVE: &str = r#"curl https://api.protocol.chat/v1/messages/SIuAFUNKdSYHZF2w \
  -H "Authorization: Bearer {token}""#;
const UPDATE: &str = r#"curl -X PUT https://api.protocol.chat/v1/messages/SIuAFUNKdSYHZF2w \
  -H "Authorization: Bearer {token}" \
  -d reactions[red_angry_face][]="KateMcCallister""#;
const DELETE: &str = r#"curl -X DELETE https://api.protocol.chat/v1/messages/SIuAFUNKdSYHZF2w \
  -H "Authorization: Bearer {token}""#;

/// Runs a command, with our own host, token and these ids in place of theirs.
#[track_caller]
fn run(scene: &Scene, command: &str, ids: &[(&str, &str)]) -> Answer {
    let base = scene.client.base();
    let mut instead = vec![(HOST, base.as_str()), (TOKEN, scene.client.token())];
    instead.extend_from_slice(ids);
    scene.client.curl(command, &instead)
}

/// A message that was just sent here.
fn fresh(scene: &Scene) -> Shape {
    message()
        .with("conversation_id", is(scene.of.as_str()))
        .with("message", is(SAID))
        .with("reactions", is(json!([])))
        .with("attachments", is(json!([])))
        .with("read_at", is(Value::Null))
        .with("updated_at", is(Value::Null))
}

/// The five commands in the order of a message's life, the two that have a body as they are given.
fn live(database: &Database, send: &str, update: &str) {
    let scene = Scene::of(database);
    let of = scene.of.clone();
    let said = run(&scene, send, &[(CONVERSATION, &of)]).expect(201);
    shape::check(&said, &fresh(&scene));
    let id = said["id"].as_str().expect("an id");
    let listed = run(&scene, LIST, &[(CONVERSATION, &of)]).expect(200);
    shape::check(&listed, &page(list(message())).with("has_more", is(false)));
    assert_eq!(listed["data"], json!([said]));
    let found = run(&scene, RETRIEVE, &[(MESSAGE, id)]).expect(200);
    assert_eq!(found, said);
    let updated = run(&scene, update, &[(MESSAGE, id)]).expect(200);
    let reactions = json!([{"red_angry_face": ["KateMcCallister"]}]);
    let expected = fresh(&scene).with("reactions", is(reactions));
    shape::check(&updated, &expected.with("updated_at", seconds_now()));
    let deleted = run(&scene, DELETE, &[(MESSAGE, id)]);
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    let gone = run(&scene, RETRIEVE, &[(MESSAGE, id)]).expect(404);
    shape::check(&gone, &error());
}

pub(crate) fn the_five_examples_run_as_printed(database: &Database) {
    live(database, SEND, UPDATE);
}

pub(crate) fn the_five_examples_run_with_json_bodies(database: &Database) {
    let send = r#"curl https://api.protocol.chat/v1/messages \
  -H "Authorization: Bearer {token}" -H "Content-Type: application/json" \
  -d '{"conversation_id":"xgQQXg3hrtjh7AvZ","message":"You’re what the French call ‘les incompetents.’"}'"#;
    let update = r#"curl -X PUT https://api.protocol.chat/v1/messages/SIuAFUNKdSYHZF2w \
  -H "Authorization: Bearer {token}" -H "Content-Type: application/json" \
  -d '{"reactions":{"red_angry_face":["KateMcCallister"]}}'"#;
    live(database, send, update);
}

pub(crate) fn the_five_examples_run_with_encoded_names(database: &Database) {
    let send = r#"curl https://api.protocol.chat/v1/messages \
  -H "Authorization: Bearer {token}" \
  -d conversation%5Fid="xgQQXg3hrtjh7AvZ" \
  --data-urlencode message="You’re what the French call ‘les incompetents.’""#;
    let update = r#"curl -X PUT https://api.protocol.chat/v1/messages/SIuAFUNKdSYHZF2w \
  -H "Authorization: Bearer {token}" \
  -d reactions%5Bred_angry_face%5D%5B%5D="KateMcCallister""#;
    live(database, send, update);
}

pub(crate) fn the_examples_of_the_neighbours_run_as_printed(database: &Database) {
    let mut scene = Scene::of(database);
    contacts(&scene);
    conversations(&mut scene);
    groups(&scene);
    attachments(&scene, database);
}

fn contacts(scene: &Scene) {
    let create = r#"curl https://api.protocol.chat/v1/contacts \
  -H "Authorization: Bearer {token}" \
  -d username="FrankMcCallister" \
  -d phone_number="1-800-759-3000" \
  -d avatar_url="https://assets.protocol.chat/avatars/frank.jpg""#;
    let made = run(scene, create, &[]).expect(201);
    let expected = contact()
        .with("username", is("FrankMcCallister"))
        .with("phone_number", is("1-800-759-3000"))
        .with(
            "avatar_url",
            is("https://assets.protocol.chat/avatars/frank.jpg"),
        )
        .with("display_name", is(Value::Null))
        .with("conversation_id", filled());
    shape::check(&made, &expected);
    let id = made["id"].as_str().expect("an id");
    let update = r#"curl -X PUT https://api.protocol.chat/v1/contacts/WAz8eIbvDR60rouK \
  -H "Authorization: Bearer {token}" \
  -d display_name="UncleFrank""#;
    let named = run(scene, update, &[("WAz8eIbvDR60rouK", id)]).expect(200);
    shape::check(&named, &expected.with("display_name", is("UncleFrank")));
    let list_of = r#"curl -G https://api.protocol.chat/v1/contacts \
  -H "Authorization: Bearer {token}" \
  -d active=true \
  -d limit=10"#;
    let listed = run(scene, list_of, &[]).expect(200);
    shape::check(&listed, &page(list(contact())));
    assert_eq!(listed["data"][0], named);
    let delete = r#"curl -X DELETE https://api.protocol.chat/v1/contacts/WAz8eIbvDR60rouK \
  -H "Authorization: Bearer {token}""#;
    assert_eq!(run(scene, delete, &[("WAz8eIbvDR60rouK", id)]).status, 204);
    let retrieve = delete.replace("-X DELETE ", "");
    run(scene, &retrieve, &[("WAz8eIbvDR60rouK", id)]).expect(404);
}

fn conversations(scene: &mut Scene) {
    let create = r#"curl https://api.protocol.chat/v1/conversations -H "Authorization: Bearer {token}" -d 'contact_id'="WAz8eIbvDR60rouK""#;
    let kevin = scene.kevin["id"].as_str().expect("an id");
    let found = run(scene, create, &[("WAz8eIbvDR60rouK", kevin)]).expect(200);
    let expected = conversation()
        .with("id", is(scene.of.as_str()))
        .with("contact_id", is(kevin))
        .with("group_id", is(Value::Null));
    shape::check(&found, &expected);
    let update = r#"curl -X PUT https://api.protocol.chat/v1/conversations/xgQQXg3hrtjh7AvZ -H "Authorization: Bearer {token}" -d 'is_muted'=true"#;
    let muted = run(scene, update, &[(CONVERSATION, &scene.of)]).expect(200);
    shape::check(&muted, &expected.with("is_muted", is(true)));
    let listed = r#"curl -G https://api.protocol.chat/v1/conversations \
  -H "Authorization: Bearer {token}" \
  -d muted=true \
  -d limit=10"#;
    let listed = run(scene, listed, &[]).expect(200);
    shape::check(&listed, &page(list(conversation())));
    assert_eq!(listed["data"], json!([muted]));
    let sent = scene.say("read me");
    let retrieve = r#"curl https://api.protocol.chat/v1/conversations/xgQQXg3hrtjh7AvZ -H "Authorization: Bearer {token}""#;
    let opened = run(scene, retrieve, &[(CONVERSATION, &scene.of)]).expect(200);
    let expected = conversation().with("last_active_at", seconds_now());
    shape::check(&opened, &expected.with("last_opened_at", seconds_now()));
    assert_eq!(
        scene.client.get(&format!("/v1/messages/{sent}")).status,
        200
    );
}

fn groups(scene: &Scene) {
    let create = r#"curl https://api.protocol.chat/v1/groups \
  -H "Authorization: Bearer {token}" \
  -d name="McCallister Family" \
  -d contacts[]="WAz8eIbvDR60rouK""#;
    let kevin = scene.kevin["id"].as_str().expect("an id");
    let made = run(scene, create, &[("WAz8eIbvDR60rouK", kevin)]).expect(201);
    shape::check(&made, &group().with("name", is("McCallister Family")));
    assert_eq!(made["contacts"][0]["id"], kevin);
    let id = made["id"].as_str().expect("an id");
    let update = r#"curl -X PUT https://api.protocol.chat/v1/groups/L7cGNIBKZiNJ6wqF \
  -H "Authorization: Bearer {token}" \
  -d description="No trips to Paris""#;
    let changed = run(scene, update, &[("L7cGNIBKZiNJ6wqF", id)]).expect(200);
    shape::check(
        &changed,
        &group().with("description", is("No trips to Paris")),
    );
    let listed = r#"curl -G https://api.protocol.chat/v1/groups \
  -H "Authorization: Bearer {token}" \
  -d limit=10"#;
    let listed = run(scene, listed, &[]).expect(200);
    assert_eq!(listed, json!({"has_more": false, "data": [changed]}));
    let delete = r#"curl -X DELETE https://api.protocol.chat/v1/groups/L7cGNIBKZiNJ6wqF \
  -H "Authorization: Bearer {token}""#;
    assert_eq!(run(scene, delete, &[("L7cGNIBKZiNJ6wqF", id)]).status, 204);
}

fn attachments(scene: &Scene, database: &Database) {
    let name = "Invoice_room_service__Plaza_Hotel.pdf";
    let bytes = "%PDF-1.4 room service";
    std::fs::write(database.directory().join(name), bytes).expect("written");
    let text = r#"curl https://api.protocol.chat/v1/attachments \
  -H "Authorization: Bearer {token}" \
  -F file="../Invoice_room_service__Plaza_Hotel.pdf""#;
    shape::check(&run(scene, text, &[]).expect(400), &error());
    let file = text.replace("file=\"../", "file=@\"");
    let made = run(scene, &file, &[]).expect(201);
    let expected = attachment()
        .with("filename", is(name))
        .with("file_type", is("application/pdf"))
        .with("file_size", is(bytes.len()))
        .with("message_id", is(Value::Null));
    shape::check(&made, &expected);
    let id = made["id"].as_str().expect("an id");
    let update = r#"curl -X PUT https://api.protocol.chat/v1/attachments/Nc6yKKMpcxiiFxp6 \
  -H "Authorization: Bearer {token}" \
  -d filename="bill.pdf""#;
    let renamed = run(scene, update, &[("Nc6yKKMpcxiiFxp6", id)]).expect(200);
    shape::check(&renamed, &expected.with("filename", is("bill.pdf")));
    let send = r#"curl https://api.protocol.chat/v1/messages \
  -H "Authorization: Bearer {token}" \
  -d conversation_id="xgQQXg3hrtjh7AvZ" \
  -d attachments[]="Nc6yKKMpcxiiFxp6""#;
    let ids = [(CONVERSATION, scene.of.as_str()), ("Nc6yKKMpcxiiFxp6", id)];
    let said = run(scene, send, &ids).expect(201);
    shape::check(&said, &message().with("message", is("")));
    let listed = r#"curl -G https://api.protocol.chat/v1/attachments \
  -H "Authorization: Bearer {token}" \
  -d conversation_id=xgQQXg3hrtjh7AvZ \
  -d limit=10"#;
    let listed = run(scene, listed, &ids[..1]).expect(200);
    let expected = attachment().with("message_id", is(said["id"].clone()));
    shape::check(
        &listed,
        &page(list(expected)).with("has_more", nullable(is(false))),
    );
    assert_eq!(listed["data"][0]["id"], id);
}

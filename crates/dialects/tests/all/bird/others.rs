//! What others said and did, as this dialect shows it: messages of the native API, answers, reactions, deletions.

use serde_json::{Value, json};

use super::world::{World, id, native_of, uuid_of};

const ADA: &str = "+31612345678";

struct Talk {
    world: World,
    channel: String,
    conversation: String,
    contact: String,
    connector: String,
    first: Value,
}

async fn talk() -> Talk {
    let world = World::new().await;
    let channel = world.channel().await;
    let first = world.text(&channel, ADA, "Hello").await;
    let all = world
        .native("GET", "/v1/conversations", &Value::Null)
        .await
        .expect(200);
    Talk {
        conversation: id(&all["items"][0]),
        contact: native_of("part", &id(&first["receiver"]["contacts"][0])),
        connector: native_of("part", &id(&first["sender"]["connector"])),
        first,
        channel,
        world,
    }
}

impl Talk {
    async fn native(&self, by: &str, mut wish: Value) -> Value {
        wish["participant_id"] = json!(by);
        let path = format!("/v1/conversations/{}/messages", self.conversation);
        self.world.native("POST", &path, &wish).await.expect(201)
    }

    async fn shown(&self, native: &Value) -> Value {
        let path = self.world.messages(&self.channel);
        let path = format!("{path}/{}", uuid_of(&id(native)));
        self.world.ask("GET", &path).await.expect(200)
    }

    async fn listed(&self) -> Vec<Value> {
        let path = self.world.messages(&self.channel);
        let listed = self.world.ask("GET", &path).await.expect(200);
        listed["results"].as_array().expect("results").clone()
    }
}

#[actix_web::test]
async fn what_a_contact_says_comes_in() {
    let talk = talk().await;
    let said = talk
        .native(&talk.contact, json!({"body": "Hi there"}))
        .await;
    let shown = talk.shown(&said).await;
    assert_eq!(shown["direction"], "incoming");
    assert_eq!(shown["status"], "delivered");
    assert_eq!(shown["sender"]["contact"]["identifierValue"], ADA);
    assert_eq!(uuid_of(&talk.contact), shown["sender"]["contact"]["id"]);
    assert_eq!(
        shown["receiver"]["connector"]["id"],
        talk.first["sender"]["connector"]["id"]
    );
    assert_eq!(
        shown["body"],
        json!({"type": "text", "text": {"text": "Hi there"}})
    );
    for (direction, count) in [("incoming", 1), ("outgoing", 1)] {
        let path = format!(
            "{}?direction={direction}",
            talk.world.messages(&talk.channel)
        );
        let listed = talk.world.ask("GET", &path).await.expect(200);
        assert_eq!(listed["results"].as_array().map(Vec::len), Some(count));
    }
}

#[actix_web::test]
async fn what_the_workspace_says_elsewhere_is_for_the_contacts_of_its_conversation() {
    let talk = talk().await;
    let wish = json!({"body": "From /v1", "reply_to": native_of("msg", &id(&talk.first))});
    let said = talk.native(&talk.connector, wish).await;
    let shown = talk.shown(&said).await;
    assert_eq!(shown["receiver"]["contacts"][0]["identifierValue"], ADA);
    assert_eq!(
        shown["replyTo"],
        json!({"id": talk.first["id"], "type": "message"})
    );
    assert_eq!(talk.listed().await[0], shown);
}

#[actix_web::test]
async fn notes_are_never_shown() {
    let talk = talk().await;
    let said = talk
        .native(&talk.connector, json!({"body": "hush", "private": true}))
        .await;
    let path = talk.world.messages(&talk.channel);
    let path = format!("{path}/{}", uuid_of(&id(&said)));
    talk.world
        .ask("GET", &path)
        .await
        .refused(404, "ResourceNotFound");
    assert_eq!(talk.listed().await.len(), 1);
    let all = talk
        .world
        .ask("GET", &talk.world.of("/channels/messages"))
        .await;
    assert_eq!(all.expect(200)["results"].as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn a_deleted_message_says_so_and_nothing_else() {
    let talk = talk().await;
    let (of, message) = (&talk.conversation, native_of("msg", &id(&talk.first)));
    let path = format!("/v1/conversations/{of}/messages/{message}");
    let deleted = talk.world.native("DELETE", &path, &Value::Null).await;
    assert!(deleted.status < 300, "{}", deleted.text());
    let shown = talk.listed().await.remove(0);
    assert_eq!(shown["status"], "deleted");
    assert!(
        shown.get("body").is_none() && shown.get("template").is_none(),
        "{shown}"
    );
}

#[actix_web::test]
async fn an_edited_message_shows_its_new_words() {
    let talk = talk().await;
    let (of, message) = (&talk.conversation, native_of("msg", &id(&talk.first)));
    let path = format!("/v1/conversations/{of}/messages/{message}");
    let edited = talk
        .world
        .native("PATCH", &path, &json!({"body": "Better"}))
        .await;
    edited.expect(200);
    let shown = talk.listed().await.remove(0);
    assert_eq!(
        shown["body"],
        json!({"type": "text", "text": {"text": "Better"}})
    );
}

#[actix_web::test]
async fn reactions_and_readings_are_interactions() {
    let talk = talk().await;
    let (of, message) = (&talk.conversation, native_of("msg", &id(&talk.first)));
    let path = format!("/v1/conversations/{of}/messages/{message}/reactions");
    let wish = json!({"participant_id": talk.contact, "name": "👍"});
    talk.world.native("POST", &path, &wish).await.expect(201);
    talk.native(&talk.contact, json!({"body": "Yes"})).await;
    let path = format!(
        "{}/{}/interactions",
        talk.world.messages(&talk.channel),
        id(&talk.first)
    );
    let listed = talk.world.ask("GET", &path).await.expect(200);
    let results = listed["results"].as_array().expect("results");
    let kinds: Vec<_> = results
        .iter()
        .filter_map(|one| one["type"].as_str())
        .collect();
    assert!(
        kinds.contains(&"reaction") && kinds.contains(&"read"),
        "{listed}"
    );
    let reaction = results
        .iter()
        .find(|one| one["type"] == "reaction")
        .expect("one");
    assert_eq!(reaction["metadata"]["reaction"]["emoji"], "👍");
    assert_eq!(reaction["messageId"], talk.first["id"]);
    assert_eq!(reaction["receiver"]["contacts"][0]["identifierValue"], ADA);
}

#[actix_web::test]
async fn messages_are_walked_in_either_order() {
    let talk = talk().await;
    for number in 0..29 {
        talk.world
            .text(&talk.channel, ADA, &format!("{number}"))
            .await;
    }
    let path = talk.world.messages(&talk.channel);
    let count = |page: &Value| page["results"].as_array().map(Vec::len);
    let first = talk.world.ask("GET", &path).await.expect(200);
    assert_eq!(count(&first), Some(25));
    assert_eq!(first["results"][0]["body"]["text"]["text"], "28");
    let token = first["nextPageToken"].as_str().expect("a token");
    let rest = talk
        .world
        .ask("GET", &format!("{path}?pageToken={token}"))
        .await
        .expect(200);
    assert_eq!(count(&rest), Some(5));
    assert!(rest.get("nextPageToken").is_none(), "{rest}");
    let all = talk
        .world
        .ask("GET", &format!("{path}?limit=1000&reverse=true"))
        .await;
    let all = all.expect(200);
    assert_eq!(count(&all), Some(30));
    assert_eq!(all["results"][0]["id"], talk.first["id"]);
    assert!(all.get("nextPageToken").is_none());
    for wrong in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "pageToken=x",
        "reverse=2",
        "status=x",
        "startAt=x",
    ] {
        let answer = talk.world.ask("GET", &format!("{path}?{wrong}")).await;
        let details = answer.refused(422, "InvalidPayload");
        let (name, _) = wrong.split_once('=').expect("a pair");
        assert!(details[name].is_array(), "{details}");
    }
    let whole = talk
        .world
        .ask("GET", &talk.world.of("/channels/messages?limit=1000"))
        .await;
    assert_eq!(count(&whole.expect(200)), Some(30));
}

#[actix_web::test]
async fn channels_and_workspaces_are_shown() {
    let talk = talk().await;
    let world = &talk.world;
    let other = world.channel().await;
    let listed = world.ask("GET", &world.of("/channels")).await.expect(200);
    let ids: Vec<_> = listed["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(id)
        .collect();
    assert_eq!(ids, [other.clone(), talk.channel.clone()]);
    let page = world
        .ask("GET", &world.of("/channels?limit=1&reverse=true"))
        .await
        .expect(200);
    assert_eq!(id(&page["results"][0]), talk.channel);
    let token = page["nextPageToken"].as_str().expect("a token");
    let path = world.of(&format!("/channels?limit=1&reverse=true&pageToken={token}"));
    let page = world.ask("GET", &path).await.expect(200);
    assert_eq!(id(&page["results"][0]), other);
    assert!(page.get("nextPageToken").is_none());
    let path = world.of(&format!("/channels/{}", talk.channel));
    let shown = world.ask("GET", &path).await.expect(200);
    assert_eq!(
        (&shown["platformId"], &shown["status"]),
        (&json!("native"), &json!("active"))
    );
    let contact = uuid_of(&talk.contact);
    let window = world
        .ask("GET", &format!("{path}/contacts/{contact}"))
        .await
        .expect(200);
    assert_eq!(
        window,
        json!({"serviceWindowExpireAt": null, "isPermanentSession": true})
    );
    let organization = format!("/organizations/{}/workspaces", world.workspace_id());
    let listed = world.ask("GET", &organization).await.expect(200);
    assert_eq!(id(&listed["results"][0]), world.workspace_id());
    let path = format!("{organization}/{}", world.workspace_id());
    assert_eq!(
        world.ask("GET", &path).await.expect(200),
        listed["results"][0]
    );
}

#[actix_web::test]
async fn what_no_channel_carries_makes_no_page_shorter() {
    let talk = talk().await;
    let second = talk.world.text(&talk.channel, ADA, "Still there?").await;
    let wish = json!({
        "kind": "group",
        "title": "Inside",
        "members": [{"participant_id": talk.connector, "role": "owner"}],
    });
    let inside = talk.world.native("POST", "/v1/conversations", &wish).await;
    let path = format!("/v1/conversations/{}/messages", id(&inside.expect(201)));
    for number in 0..120 {
        let said = json!({"participant_id": talk.connector, "body": format!("{number}")});
        talk.world.native("POST", &path, &said).await.expect(201);
    }
    let all = talk.world.of("/channels/messages");
    let first = talk.world.ask("GET", &format!("{all}?limit=1")).await;
    let first = first.expect(200);
    assert_eq!(first["results"][0]["id"], second["id"]);
    let token = first["nextPageToken"].as_str().expect("there is more");
    let rest = format!("{all}?limit=1&pageToken={token}");
    let rest = talk.world.ask("GET", &rest).await.expect(200);
    assert_eq!(rest["results"][0]["id"], talk.first["id"]);
    assert!(rest.get("nextPageToken").is_none(), "{rest}");
}

#[actix_web::test]
async fn for_whom_something_was_stays_when_it_is_deleted() {
    let talk = talk().await;
    let message = native_of("msg", &id(&talk.first));
    let path = format!("/v1/conversations/{}/messages/{message}", talk.conversation);
    let gone = talk.world.native("DELETE", &path, &Value::Null).await;
    assert!([200, 204].contains(&gone.status), "{}", gone.text());
    let listed = talk.listed().await;
    assert_eq!(listed[0]["status"], "deleted");
    assert_eq!(
        listed[0]["receiver"]["contacts"][0]["id"],
        talk.first["receiver"]["contacts"][0]["id"]
    );
}

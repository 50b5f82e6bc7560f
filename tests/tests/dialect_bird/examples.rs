//! The example requests of Bird's documentation, run by the real `curl` as printed but for host, token and ids.
//!
//! Answers are compared member by member with what is documented of them.

use causerie_tests::Database;
use causerie_tests::shape::{self, absent, is, list, object, optional, rfc3339, uuid};
use serde_json::json;

use crate::scene::{Scene, channel, contact, id, message, page_of_one, person, upload};

const HOST: &str = "https://api.bird.com";
const TOKEN: &str = "YOUR_SECRET_TOKEN";

pub(crate) fn the_example_of_a_text_runs_as_printed(database: &Database) {
    let mut scene = Scene::of(database);
    let script = r#"curl -X POST https://api.bird.com/workspaces/{workspaceId}/channels/{channelId}/messages \
  -H "Authorization: AccessKey YOUR_SECRET_TOKEN" -H "Content-Type: application/json" \
  -d '{"receiver":{"contacts":[{"identifierKey":"phonenumber","identifierValue":"+31612345678"}]},
       "body":{"type":"text","text":{"text":"Single text message"}}}'"#;
    let base = scene.client.base();
    let instead = [
        (HOST, base.as_str()),
        (TOKEN, scene.client.token()),
        ("{workspaceId}", &scene.workspace),
        ("{channelId}", &scene.channel),
    ];
    let sent = scene.client.curl(script, &instead).expect(202);
    shape::check(&sent, &message("accepted"));
    assert_eq!(sent["body"]["text"]["text"], "Single text message");
    assert_eq!(sent["platformId"], "native");
    let read = scene.read(&sent);
    shape::check(&read, &message("delivered"));
}

pub(crate) fn the_example_of_a_template_runs_as_printed(database: &Database) {
    let mut scene = Scene::of(database);
    let project = "ce6a2fd6-b2fa-4f5a-a2cd-f3bd15883318";
    let made = json!({"project": project, "version": "1", "locale": "en", "body": "Hi {{name}}!"});
    scene.native.post("/v1/templates", &made).expect(201);
    let script = r#"curl -X POST https://api.bird.com/workspaces/{workspaceId}/channels/{channelId}/messages \
  -H "Authorization: AccessKey YOUR_SECRET_TOKEN" -H "Content-Type: application/json" \
  -d '{"receiver":{"contacts":[{"identifierKey":"phonenumber","identifierValue":"+31612345678"}]},
       "template":{"projectId":"…","version":"latest","locale":"en","parameters":[{"type":"string","key":"name","value":"Robert"}]}}'"#;
    let base = scene.client.base();
    let instead = [
        (HOST, base.as_str()),
        (TOKEN, scene.client.token()),
        ("{workspaceId}", &scene.workspace),
        ("{channelId}", &scene.channel),
        ("…", project),
    ];
    let sent = scene.client.curl(script, &instead).expect(202);
    let template = object([
        ("projectId", is(project)),
        ("version", is("latest")),
        ("locale", is("en")),
        (
            "parameters",
            is(json!([{"type": "string", "key": "name", "value": "Robert"}])),
        ),
    ]);
    let expected = message("accepted");
    let expected = expected.with("body", absent()).with("template", template);
    shape::check(&sent, &expected);
    let said = scene.native.get("/v1/messages").expect(200);
    assert_eq!(said["items"][0]["body"], "Hi Robert!");
}

/// Runs a request for something under the workspace.
macro_rules! ask {
    ($scene:expr, $method:literal, $path:expr, $status:literal $(, $body:literal)?) => {{
        let path: String = $path.into();
        let scene: &mut Scene = &mut $scene;
        let script = concat!(
            "curl -X ", $method, " https://api.bird.com/workspaces/{workspaceId}{path} ",
            r#"-H "Authorization: AccessKey YOUR_SECRET_TOKEN""#,
            $(r#" -H "Content-Type: application/json" -d '"#, $body, "'",)?
        );
        let base = scene.client.base();
        let instead = [
            (HOST, base.as_str()),
            (TOKEN, scene.client.token()),
            ("{workspaceId}", &scene.workspace),
            ("{path}", &path),
        ];
        scene.client.curl(script, &instead).expect($status)
    }};
}

pub(crate) fn lists_and_single_messages_have_the_documented_shape(database: &Database) {
    let mut scene = Scene::of(database);
    let sent = scene.say(&crate::scene::text(crate::scene::ADA, "Hello"));
    let messages = format!("/channels/{}/messages", scene.channel);
    let own = ask!(scene, "GET", format!("{messages}/{}", id(&sent)), 200);
    shape::check(&own, &message("delivered"));
    let listed = ask!(
        scene,
        "GET",
        format!("'{messages}?limit=1000&reverse=true'"),
        200
    );
    shape::check(&listed, &page_of_one(message("delivered")));
    let all = ask!(scene, "GET", "/channels/messages", 200);
    assert_eq!(all, listed);
    let native = scene.native.get("/v1/messages").expect(200);
    let (of, message) = (
        &native["items"][0]["conversation_id"],
        &native["items"][0]["id"],
    );
    let (of, message) = (
        of.as_str().expect("an id"),
        message.as_str().expect("an id"),
    );
    let members = scene.native.get(&format!("/v1/conversations/{of}/members"));
    let members = members.expect(200);
    let by = members["items"][0]["participant_id"].as_str().expect("one");
    let path = format!("/v1/conversations/{of}/messages/{message}/reactions");
    let wish = json!({"participant_id": by, "name": "👍"});
    scene.native.post(&path, &wish).expect(201);
    let happened = ask!(
        scene,
        "GET",
        format!("{messages}/{}/interactions", id(&sent)),
        200
    );
    let reaction = object([("emoji", is("👍")), ("action", is("react"))]);
    let interaction = object([
        ("id", uuid()),
        ("messageId", is(sent["id"].clone())),
        ("channelId", is(sent["channelId"].clone())),
        ("platformId", is("native")),
        ("type", is("reaction")),
        ("messagePartsCount", is(1)),
        ("messageTags", is(json!([]))),
        (
            "receiver",
            object([("contacts", list(contact().with("type", optional(is("to")))))]),
        ),
        ("createdAt", rfc3339()),
        ("metadata", object([("reaction", reaction)])),
    ]);
    shape::check(&happened, &page_of_one(interaction));
}

pub(crate) fn neighbours_have_the_documented_shape(database: &Database) {
    let mut scene = Scene::of(database);
    let channels = ask!(scene, "GET", "/channels", 200);
    shape::check(&channels, &page_of_one(channel()));
    let own = ask!(scene, "GET", format!("/channels/{}", scene.channel), 200);
    assert_eq!(own, channels["results"][0]);
    let made = ask!(
        scene,
        "POST",
        "/contacts",
        201,
        r#"{"displayName":"Ada","identifiers":[{"key":"emailaddress","value":"ada@example.com"}],"attributes":{"age":36},"listIds":[]}"#
    );
    shape::check(&made, &person());
    let ada = format!("/contacts/{}", id(&made));
    assert_eq!(ask!(scene, "GET", ada.clone(), 200), made);
    let changed = ask!(
        scene,
        "PATCH",
        ada.clone(),
        200,
        r#"{"displayName":"Ada Lovelace"}"#
    );
    shape::check(
        &changed,
        &person().with("computedDisplayName", is("Ada Lovelace")),
    );
    let same = "/contacts/identifiers/emailaddress/ada@example.com";
    let same = ask!(scene, "PATCH", same, 200, r#"{"attributes":{"age":37}}"#);
    assert_eq!(
        (&same["id"], &same["attributes"]),
        (&made["id"], &json!({"age": 37}))
    );
    let listed = ask!(scene, "GET", "/contacts", 200);
    shape::check(&listed, &page_of_one(person()));
    let window = format!("/channels/{}{ada}", scene.channel);
    let window = ask!(scene, "GET", window, 200);
    assert_eq!(
        window,
        json!({"serviceWindowExpireAt": null, "isPermanentSession": true})
    );
    for door in [
        "/channel-media/presigned-upload".to_owned(),
        format!("/channels/{}/presigned-upload", scene.channel),
    ] {
        let asked = ask!(scene, "POST", door, 200, r#"{"contentType":"image/png"}"#);
        shape::check(&asked, &upload());
    }
    let batch = format!("/channels/{}/batch/messages", scene.channel);
    let sent = ask!(
        scene,
        "POST",
        batch,
        202,
        r#"{"messageRequests":[{"receiver":{"contacts":[{"identifierKey":"phonenumber","identifierValue":"+31612345678"}]},"body":{"type":"text","text":{"text":"One of several"}}}]}"#
    );
    shape::check(&sent, &page_of_one(message("accepted")));
    let path = format!("/organizations/{0}/workspaces/{0}", scene.workspace);
    let workspace = object([
        ("id", is(scene.workspace.as_str())),
        ("organizationId", uuid()),
        ("name", shape::filled()),
        ("createdAt", rfc3339()),
    ]);
    shape::check(&scene.client.get(&path).expect(200), &workspace);
}

//! What can be done with files, once each, with a key and without.

use serde_json::Value;

use super::{Walk, id};
use crate::forms::{PNG, Part};
use crate::world::Ask;

const ONE: &str = "/v1/media/{media_id}";

pub(super) async fn walk_all(walk: &mut Walk, group: &str, ada: &str) {
    let picture = walk_upload(walk, ada).await;
    walk_messages(walk, group, ada, &picture).await;
    walk_doors(walk).await;
    walk_downloads(walk, &picture).await;
    let all = "/v1/media";
    walk.step("media-list", "GET", all, &["?limit=1"], "").await;
    let of = format!("?conversation_id={group}");
    walk.step("media-list-conversation", "GET", all, &[&of], "")
        .await;
    walk.step("media-usage", "GET", "/v1/media/usage", &[], "")
        .await;
}

impl Walk {
    /// A step whose body is a form.
    async fn form(&mut self, file: &str, pattern: &str, ids: &[&str], parts: &[Part<'_>]) -> Value {
        let ask = self.ask("POST", pattern, ids).form(parts);
        self.take(file, ask).await
    }
}

async fn walk_upload(walk: &mut Walk, ada: &str) -> String {
    let file = Part::File("file", "../receipt.png", PNG);
    let parts = [Part::Text("participant_id", ada), file];
    let picture = id(&walk.form("media-create", "/v1/media", &[], &parts).await);
    walk.step("media-show", "GET", ONE, &[&picture], "").await;
    let body = r#"{"name":"Quittung März.png"}"#;
    walk.step("media-change", "PATCH", ONE, &[&picture], body)
        .await;
    let parts = [Part::File(
        "file",
        "page.html",
        b"<script>alert(1)</script>",
    )];
    let page = id(&walk
        .form("media-create-page", "/v1/media", &[], &parts)
        .await);
    walk.step("media-delete", "DELETE", ONE, &[&page], "").await;
    picture
}

async fn walk_messages(walk: &mut Walk, group: &str, ada: &str, picture: &str) {
    let send = "/v1/conversations/{conversation_id}/messages";
    let body = format!(
        r#"{{"participant_id":"{ada}","attachments":[{{"media_id":"{picture}","alt_text":"A receipt"}}]}}"#
    );
    walk.step("messages-send-attachments", "POST", send, &[group], &body)
        .await;
    let parts = [
        Part::Text("participant_id", ada),
        Part::Text("body", "See the receipt"),
        Part::Text("reference", "receipt-1"),
        Part::Text("private", "false"),
        Part::File("file", "receipt.png", PNG),
        Part::File("file", "notes.txt", b"two coffees"),
    ];
    let answer = walk
        .form("messages-send-form", send, &[group], &parts)
        .await;
    let one = "/v1/conversations/{conversation_id}/messages/{message_id}";
    let message = id(&answer);
    walk.step(
        "messages-edit-attachments",
        "PATCH",
        one,
        &[group, &message],
        r#"{"attachments":null}"#,
    )
    .await;
    let revisions = "/v1/conversations/{conversation_id}/messages/{message_id}/revisions";
    walk.step(
        "messages-revisions-attachments",
        "GET",
        revisions,
        &[group, &message],
        "",
    )
    .await;
}

async fn walk_doors(walk: &mut Walk) {
    let request = "/v1/media/uploads";
    let body = r#"{"name":"song.gif","content_type":"image/gif"}"#;
    let asked = walk
        .step("uploads-request-put", "POST", request, &[], body)
        .await;
    let url = asked["upload"]["url"].as_str().expect("an address");
    let ask = Ask::new("PUT", url)
        .header("Content-Type", "image/gif")
        .bytes(b"GIF89a");
    walk.walked.insert((
        "put".to_owned(),
        "/media/uploads/{workspace_id}/{media_id}".to_owned(),
    ));
    walk.take("uploads-put", ask).await;
    let song = id(&asked["media"]);
    let complete = "/v1/media/{media_id}/complete";
    walk.step("uploads-complete", "POST", complete, &[&song], "")
        .await;
    let body = r#"{"name":"song.gif","content_type":"image/gif","method":"POST"}"#;
    let asked = walk
        .step("uploads-request-post", "POST", request, &[], body)
        .await;
    let fields = asked["upload"]["fields"].as_object().expect("fields");
    let texts = fields.iter().map(|(name, text)| {
        let text = text.as_str().expect("a text");
        Part::Text(name, text)
    });
    let mut parts: Vec<Part<'_>> = texts.collect();
    parts.push(Part::File("file", "song.gif", b"GIF87a"));
    walk.walked
        .insert(("post".to_owned(), "/media/uploads".to_owned()));
    let ask = Ask::new("POST", "/media/uploads").form(&parts);
    walk.take("uploads-post", ask).await;
}

async fn walk_downloads(walk: &mut Walk, picture: &str) {
    let content = "/v1/media/{media_id}/content";
    walk.step("downloads-content", "GET", content, &[picture], "")
        .await;
    let range = walk
        .ask("GET", content, &[picture])
        .header("Range", "bytes=1-3");
    walk.take("downloads-content-range", range).await;
    walk.world.look_into(picture).await;
    let version = "/v1/media/{media_id}/versions/{version}";
    walk.step("downloads-version", "GET", version, &[picture, "chat"], "")
        .await;
    walk.step("media-show-versions", "GET", ONE, &[picture], "")
        .await;
    let links = "/v1/media/{media_id}/links";
    let body = r#"{"version":"chat","expires_in_s":600}"#;
    let link = walk
        .step("downloads-link", "POST", links, &[picture], body)
        .await;
    walk.walked.insert((
        "get".to_owned(),
        "/media/{workspace_id}/{media_id}".to_owned(),
    ));
    let open = Ask::new("GET", link["url"].as_str().expect("an address"));
    walk.take("downloads-open", open).await;
}

//! The codes of files: what cannot be brought, had or deleted.

use super::Case;
use crate::forms::{PNG, Part, form};
use crate::world::{Ask, World};

pub(super) const CODES: [&str; 10] = [
    "media_not_found",
    "media_uploaded",
    "media_not_uploaded",
    "media_in_use",
    "media_too_large",
    "media_type_mismatch",
    "storage_full",
    "link_invalid",
    "form_malformed",
    "range_unsatisfiable",
];

pub(super) async fn arrange(code: &str) -> Case {
    let world = World::new().await;
    let ask = match code {
        "media_too_large" | "storage_full" | "form_malformed" => bringing(code, &world).await,
        "media_uploaded" | "media_type_mismatch" => sending(code, &world).await,
        _ => having(code, &world).await,
    };
    Case { world, ask }
}

async fn bringing(code: &str, world: &World) -> Ask {
    let plan = match code {
        "media_too_large" => r#"{"file_bytes_max":8}"#,
        "storage_full" => r#"{"storage_bytes_max":0}"#,
        _ => "{}",
    };
    let own = world.root.workspace.id;
    let target = format!("/v1/workspaces/{own}/plan");
    world.tell("PUT", target, plan).await.expect(200);
    let ask = Ask::new("POST", "/v1/media").key(&world.root.key);
    let parts = [Part::File("file", "receipt.png", PNG)];
    if code == "form_malformed" {
        let body = form(&parts);
        let half = body.len() / 2;
        return ask
            .header("Content-Type", "multipart/form-data; boundary=border")
            .bytes(&body[..half]);
    }
    ask.form(&parts)
}

/// The address for a picture.
async fn address(world: &World) -> String {
    let body = r#"{"name":"receipt.png","content_type":"image/png"}"#;
    let asked = world.tell("POST", "/v1/media/uploads", body).await;
    let asked = asked.expect(201).json();
    let url = asked["upload"]["url"].as_str();
    url.expect("an address").to_owned()
}

async fn sending(code: &str, world: &World) -> Ask {
    let put = Ask::new("PUT", address(world).await);
    if code == "media_type_mismatch" {
        return put.header("Content-Type", "text/html").bytes("<script>");
    }
    let put = put.header("Content-Type", "image/png");
    world.send(&put.clone().bytes(PNG)).await.expect(204);
    put.bytes(b"\x89PNG, another")
}

async fn having(code: &str, world: &World) -> Ask {
    let key = &world.root.key;
    if code == "media_not_found" {
        return Ask::new("GET", "/v1/media/media_1").key(key);
    }
    if code == "media_not_uploaded" {
        let body = r#"{"name":"receipt.png"}"#;
        let asked = world.tell("POST", "/v1/media/uploads", body).await.json();
        let id = asked["media"]["id"].as_str().expect("an id").to_owned();
        return Ask::new("GET", format!("/v1/media/{id}/content")).key(key);
    }
    let id = world.file("receipt.png", PNG).await;
    let one = format!("/v1/media/{id}");
    match code {
        "media_in_use" => {
            let ada = world.participant("Ada").await;
            let group = world.group(&[&ada]).await;
            let body =
                format!(r#"{{"participant_id":"{ada}","attachments":[{{"media_id":"{id}"}}]}}"#);
            let target = format!("/v1/conversations/{group}/messages");
            world.tell("POST", target, body).await.expect(201);
            Ask::new("DELETE", one).key(key)
        }
        "link_invalid" => {
            let links = format!("{one}/links");
            let link = world.tell("POST", links, "{}").await.expect(201);
            let url = link.member("url");
            Ask::new("GET", url.replace("signature=", "signature=0"))
        }
        _ => Ask::new("GET", format!("{one}/content"))
            .key(key)
            .header("Range", "bytes=1000-"),
    }
}

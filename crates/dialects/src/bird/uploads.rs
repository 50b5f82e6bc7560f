//! Files: a signed address to bring one without a key, and the file itself for who has one.
//!
//! Bytes go through the door that all surfaces share.

use causerie_core::act::{
    RequestMedia, find_channel_acted_on, find_conversation, find_media, request_media,
};
use causerie_core::media::{Media, MediaType};
use causerie_core::port::Snapshot;
use causerie_core::{ChannelId, Context, ConversationId, Error, MediaId, Refusal, Scope};
use causerie_http::extract::Call;
use causerie_http::{Answered, Problem, Rendered, StatusCode, UploadDoor, Way};
use serde::Serialize;
use serde_json::{Map, Value};

use super::Bird;
use super::body::address;
use super::id::{enter, in_path};
use super::wish::unnamed;

/// How long an answer usually is.
const UPLOAD_BYTES: usize = 1_024;

/// Where a file can be brought, and where it is found then.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UploadView<'a> {
    media_url: String,
    upload_url: &'a str,
    upload_method: &'a str,
    upload_form_data: Map<String, Value>,
}

fn render(door: &UploadDoor, media: &Media, mount_url: &str) -> Rendered {
    let fields = door.fields.iter();
    let field = |(name, value): &(&str, String)| ((*name).to_owned(), Value::from(value.as_str()));
    let view = UploadView {
        media_url: address(mount_url, media.workspace, media.id),
        upload_url: &door.url,
        upload_method: door.method,
        upload_form_data: fields.map(field).collect(),
    };
    Rendered::json(StatusCode::OK, &view, UPLOAD_BYTES)
}

/// Asks for an address to bring a file to, for any message.
pub(super) async fn request(mut call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let wish = wish(&mut call).await?;
    open(&call, wish).await
}

/// The same for messages of a channel.
pub(super) async fn request_for_channel(mut call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let id = in_path(&call, "channelId", Refusal::ChannelNotFound)?;
    let id = ChannelId::from_bytes(id);
    let look = move |snapshot: &mut dyn Snapshot, cx: &Context| {
        find_channel_acted_on(snapshot, cx, id).map(drop)
    };
    call.refuse_missing(look).await?;
    let wish = wish(&mut call).await?;
    open(&call, wish).await
}

/// The same for messages of a conversation.
pub(super) async fn request_for_conversation(mut call: Call) -> Answered {
    enter(&call, Scope::MessagingWrite)?;
    let id = in_path(&call, "conversationId", Refusal::ConversationNotFound)?;
    let id = ConversationId::from_bytes(id);
    let look = move |snapshot: &mut dyn Snapshot, cx: &Context| -> Result<(), Error> {
        find_conversation(snapshot, cx, id).map(drop)
    };
    call.refuse_missing(look).await?;
    let wish = wish(&mut call).await?;
    open(&call, wish).await
}

async fn wish(call: &mut Call) -> Result<RequestMedia, Problem> {
    let members = call.members().await?;
    Bird::strictness(call).refuse_others(&members, &["contentType"]);
    let declared = members.parsed("contentType", MediaType::parse);
    members.need_text("contentType");
    members.finish()?;
    Ok(RequestMedia {
        name: unnamed(),
        declared,
        owner: None,
    })
}

async fn open(call: &Call, cmd: RequestMedia) -> Answered {
    let (cx, door) = call.upload_door(&cmd, Way::Post, &call.base_url()).await?;
    let mount_url = call.mount_url();
    call.once_sealed(cx, move |unit, cx| {
        let media = request_media(unit, cx, &cmd)?;
        Ok(render(&door, &media, &mount_url))
    })
    .await
}

/// Sends the bytes of a file.
pub(super) async fn download(call: Call) -> Answered {
    enter(&call, Scope::MessagingRead)?;
    let id = in_path(&call, "mediaId", Refusal::MediaNotFound)?;
    let id = MediaId::from_bytes(id);
    let media = call
        .read(move |snapshot, cx| find_media(snapshot, cx, id))
        .await?;
    call.send_media(&media, None).await
}

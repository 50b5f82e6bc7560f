//! Files whose bytes come without a key: asked for, sent to a signed address, and taken.
//!
//! The address is our own, or one of the place where files are kept. A file by the address where it lies is never
//! fetched.

use actix_web::http::header;
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, HttpResponse};
use causerie_core::act::{
    RequestMedia, arrive_media, find_awaited, request_media, reserve_media, upload_room,
};
use causerie_core::media::{FileName, Media, MediaType};
use causerie_core::{Invalid, MediaId, ParticipantId, Refusal, Scope, UploadPermit};
use futures_util::{Stream, StreamExt};
use serde::Deserialize;
use utoipa::ToSchema;

use super::attachments::wrong;
use super::media::render;
use super::vocabulary;
use super::wire::{Answered, MediaView, PairsView, UploadDoorView, UploadView, created};
use crate::app::App;
use crate::extract::{Call, Check, WireBody};
use crate::problem::{Problem, Trouble};
use crate::reply::{Rendered, Shown};
use crate::transfer::{Form, Part, Policy, Upload, UploadDoor, Way, read_upload};

/// A file whose bytes are to come.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewUpload, example = json!({"name": "receipt.png", "content_type": "image/png"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestBody {
    /// Cleaned of paths, control characters and what turns the direction of text around.
    name: String,
    /// As what the bytes have to be sent; as anything unless given.
    content_type: Option<String>,
    /// `PUT`, the bytes by themselves, unless given, or `POST`, a form.
    #[schema(value_type = Option<vocabulary::UploadMethod>)]
    method: Option<String>,
    /// Who uploads it; may be left out.
    participant_id: Option<String>,
}

impl WireBody<'_> for RequestBody {
    type To = ();
    type Command = (RequestMedia, Way);

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<Self::Command> {
        let declared = check.maybe("/content_type", self.content_type, |text, _| {
            MediaType::parse(&text)
        });
        let way = check.maybe("/method", self.method, |word, _| match word.as_str() {
            "PUT" => Ok(Way::Put),
            "POST" => Ok(Way::Post),
            _ => Err(Invalid::new("expected PUT or POST")),
        });
        let owner = check.maybe("/participant_id", self.participant_id, |id, _| {
            ParticipantId::parse(&id)
        });
        let cmd = RequestMedia {
            name: FileName::clean(&self.name),
            declared: declared?,
            owner: owner?,
        };
        Some((cmd, way?.unwrap_or(Way::Put)))
    }
}

fn render_door(door: &UploadDoor, media: &Media) -> Rendered {
    let upload = UploadDoorView {
        method: door.method,
        url: &door.url,
        headers: PairsView(&door.headers),
        fields: PairsView(&door.fields),
        expires_at: Shown(door.expires_at),
    };
    let view = UploadView {
        media: MediaView::of(media),
        upload: &upload,
    };
    created(&view).at(format!("/v1/media/{}", media.id))
}

/// Asks for a way to upload a file without a key, within an hour.
///
/// `PUT` the bytes with the `headers`, or `POST` a form with the `fields` and then the part `file`. After a `PUT`,
/// `POST` to `/v1/media/{media_id}/complete`: where the address is not of this server, the file is taken only then.
/// Files are never fetched from an address.
#[utoipa::path(post, path = "/v1/media/uploads", tag = "media", request_body = RequestBody,
    responses((status = 201, body = UploadView)))]
pub(crate) async fn request(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    call.no_query()?;
    call.receive().await?;
    let (cmd, way) = call.command::<RequestBody>(())?;
    let base = call.app().public_url();
    let (cx, door) = call.upload_door(&cmd, way, base).await?;
    call.once_sealed(cx, move |unit, cx| {
        Ok(render_door(&door, &request_media(unit, cx, &cmd)?))
    })
    .await
}

/// Takes a file whose bytes were sent with `PUT`; one that was taken already is shown.
#[utoipa::path(post, path = "/v1/media/{media_id}/complete", tag = "media",
    params(("media_id" = String, Path, description = "The file.")),
    responses((status = 200, body = MediaView)))]
pub(crate) async fn complete(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id: MediaId = call.id("media_id")?;
    let received = call.receive_nothing().await;
    call.unless_media_missing(received, id).await?;
    call.complete_upload(id, render).await
}

/// Takes the bytes of a file from whoever has the signed address. Sending them again changes nothing.
#[utoipa::path(put, path = "/media/uploads/{workspace_id}/{media_id}", tag = "media",
    params(("workspace_id" = String, Path, description = "The workspace."),
        ("media_id" = String, Path, description = "The file.")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204, description = "The file has arrived.")))]
pub(crate) async fn put(request: HttpRequest, body: Payload) -> Result<HttpResponse, Problem> {
    let app = request.app_data::<App>().ok_or(Trouble::Internal)?.clone();
    let part = |name: &str| request.match_info().get(name).unwrap_or_default();
    let (workspace, media) = (part("workspace_id"), part("media_id"));
    let (permit, signature) = read_upload(workspace, media, request.query_string())?;
    permit.admit(app.vault(), &signature, app.clock().now())?;
    let sent_as = request.headers().get(header::CONTENT_TYPE);
    permit.admit_type(media_type(sent_as.and_then(|value| value.to_str().ok())).as_ref())?;
    let bytes = body.map(|piece| piece.map_err(|_| Trouble::BodyIncomplete.into()));
    take(&app, &permit, bytes).await
}

fn media_type(written: Option<&str>) -> Option<MediaType> {
    MediaType::parse(written?).ok()
}

/// A file as a form that somebody without a key sends.
#[derive(ToSchema)]
#[schema(as = UploadForm)]
#[expect(dead_code, reason = "describes a form that is read part by part")]
pub(crate) struct SignedForm {
    /// As it was given.
    key: String,
    /// As it was given, if it was.
    #[schema(rename = "Content-Type")]
    content_type: Option<String>,
    /// As it was given.
    policy: String,
    /// As it was given.
    signature: String,
    /// The file, after all other fields; what follows it counts for nothing.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Takes the bytes of a file as a form from whoever has the signed fields, which come before the part `file`.
#[utoipa::path(post, path = "/media/uploads", tag = "media",
    request_body(content = SignedForm, content_type = "multipart/form-data"),
    responses((status = 204, description = "The file has arrived.")))]
pub(crate) async fn post(request: HttpRequest, body: Payload) -> Result<HttpResponse, Problem> {
    let app = request.app_data::<App>().ok_or(Trouble::Internal)?.clone();
    let mut form = Form::of(&app, &request, body.into_inner())?;
    let mut fields = Fields::default();
    while let Some(part) = form.next().await? {
        if part.name() == "file" {
            let permit = fields.permit(&app)?;
            return take(&app, &permit, part.into_bytes()).await;
        }
        fields.take(part, &mut form).await?;
    }
    Err(wrong("file", "expected a file after all other fields"))
}

/// The fields of a form before its file.
#[derive(Default)]
struct Fields {
    key: Option<String>,
    content_type: Option<String>,
    policy: Option<String>,
    signature: Option<String>,
}

impl Fields {
    async fn take(&mut self, part: Part, form: &mut Form) -> Result<(), Problem> {
        let slot = match part.name() {
            "key" => &mut self.key,
            "Content-Type" | "content-type" => &mut self.content_type,
            "policy" => &mut self.policy,
            "signature" => &mut self.signature,
            other => {
                return Err(wrong(
                    other,
                    "expected key, Content-Type, policy, signature or file",
                ));
            }
        };
        *slot = Some(form.text(part).await?);
        Ok(())
    }

    /// What the fields permit.
    fn permit(&self, app: &App) -> Result<UploadPermit, Problem> {
        let missing = |part| wrong(part, "expected it before the file");
        let key = self.key.as_ref().ok_or_else(|| missing("key"))?;
        let policy = self.policy.as_ref().ok_or_else(|| missing("policy"))?;
        let signature = self.signature.as_ref();
        let signature = signature.ok_or_else(|| missing("signature"))?;
        let policy = Policy::read(policy).filter(|policy| policy.key == *key);
        let permit = policy.and_then(|policy| policy.permit());
        let permit = permit.ok_or(Refusal::LinkInvalid)?;
        permit.admit(app.vault(), signature, app.clock().now())?;
        permit.admit_type(media_type(self.content_type.as_deref()).as_ref())?;
        Ok(permit)
    }
}

/// Receives, reserves and keeps what a permit permits. The bytes land at a place of their own, so that two who
/// send at the same time do not meet.
async fn take(
    app: &App,
    permit: &UploadPermit,
    bytes: impl Stream<Item = Result<Bytes, Problem>>,
) -> Result<HttpResponse, Problem> {
    let (workspace, media) = (permit.workspace, permit.media);
    let room = app.store().read(move |snapshot| {
        find_awaited(snapshot, workspace, media)?;
        upload_room(snapshot, workspace)
    });
    let _turn = app.slots().address(media)?;
    let upload = Upload::begin(app, workspace, room.await?.min(permit.bytes_max)).await?;
    let place = app.ids().fresh(app.clock().now()).into();
    let landed = upload.land(place, bytes).await?;
    drop(upload);
    // The bytes may have taken longer to come than what is reserved for them lasts.
    let now = app.clock().now();
    let arrived = landed.arrived.clone();
    let reserving = app
        .store()
        .write(move |unit| reserve_media(unit, workspace, media, &arrived, now));
    if reserving.await? {
        let arrived = landed.keep().await?;
        let arriving = app
            .store()
            .write(move |unit| arrive_media(unit, workspace, media, &arrived, now));
        arriving.await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

//! Bytes of files on their way out: for who has a key, and by addresses that need none.
//!
//! How they are sent is in `transfer`.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse};
use causerie_core::act::{find_linked, find_media};
use causerie_core::media::{Media, Preset};
use causerie_core::{Invalid, MediaId, Refusal, Scope};
use serde::Deserialize;
use utoipa::ToSchema;

use super::vocabulary;
use super::wire::{Answered, LinkView, created};
use crate::app::App;
use crate::extract::{Call, Check, WireBody};
use crate::problem::{Problem, Trouble};
use crate::reply::Shown;
use crate::transfer::{in_seconds, read_download, respond};

/// How long an address holds, unless it is said.
const LINK_SECONDS: u64 = 3_600;
/// How long an address may hold: a week.
const LINK_SECONDS_MAX: u64 = 604_800;

/// Sends the bytes of a file.
///
/// Takes `Range`, `If-Range` and `If-None-Match`. Only types that cannot run anything are shown in place, all
/// others are saved.
#[utoipa::path(get, path = "/v1/media/{media_id}/content", tag = "media",
    params(("media_id" = String, Path, description = "The file.")),
    responses((status = 200, content_type = "application/octet-stream", description = "The file."),
        (status = 206, content_type = "application/octet-stream", description = "The part of it that was asked for."),
        (status = 304, description = "You have it already.")))]
pub(crate) async fn content(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let media = call.found_media().await?;
    call.send_media(&media, None).await
}

/// Sends the bytes of something that was made of a file.
#[utoipa::path(get, path = "/v1/media/{media_id}/versions/{version}", tag = "media",
    params(("media_id" = String, Path, description = "The file."),
        ("version" = inline(vocabulary::MediaPreset), Path, description = "Which of its versions.")),
    responses((status = 200, content_type = "application/octet-stream", description = "The version."),
        (status = 206, content_type = "application/octet-stream", description = "The part of it that was asked for."),
        (status = 304, description = "You have it already.")))]
pub(crate) async fn version(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let media = call.found_media().await?;
    let preset = Preset::parse(call.part("version")?).map_err(|_| Refusal::MediaNotFound)?;
    call.send_media(&media, Some(preset)).await
}

impl Call {
    /// The file in the path.
    async fn found_media(&self) -> Result<Media, Problem> {
        let id: MediaId = self.id("media_id")?;
        self.unless_media_missing(self.no_query(), id).await?;
        self.read(move |snapshot, cx| find_media(snapshot, cx, id))
            .await
    }
}

/// An address that is wanted.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewMediaLink, example = json!({"expires_in_s": 600}))]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkBody {
    /// Which version; the file itself unless given.
    #[schema(value_type = Option<vocabulary::MediaPreset>)]
    version: Option<String>,
    /// How many seconds it is to hold: 1 to 604,800; 3,600 unless given.
    expires_in_s: Option<u64>,
}

impl WireBody<'_> for LinkBody {
    type To = ();
    type Command = (Option<Preset>, Duration);
    const MAY_BE_EMPTY: bool = true;

    fn into_command(self, (): (), check: &mut Check<'_>) -> Option<Self::Command> {
        let version = check.maybe("/version", self.version, |word, _| Preset::parse(&word));
        let seconds = check.maybe("/expires_in_s", self.expires_in_s, |seconds, _| {
            let fits = (1..=LINK_SECONDS_MAX).contains(&seconds);
            let expected = Invalid::new("expected a whole number of seconds from 1 to 604800");
            fits.then_some(seconds).ok_or(expected)
        });
        let seconds = seconds?.unwrap_or(LINK_SECONDS);
        Some((version?, Duration::from_secs(seconds)))
    }
}

/// Makes an address from which anybody may have the file until it expires.
#[utoipa::path(post, path = "/v1/media/{media_id}/links", tag = "media", request_body = LinkBody,
    params(("media_id" = String, Path, description = "The file.")),
    responses((status = 201, body = LinkView)))]
pub(crate) async fn link(mut call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let id: MediaId = call.id("media_id")?;
    let received = call.receive().await;
    let wish = received.and_then(|()| call.command::<LinkBody>(()));
    let (version, life) = call.unless_media_missing(wish, id).await?;
    let media = call
        .read(move |snapshot, cx| find_media(snapshot, cx, id))
        .await?;
    let base = call.app().public_url();
    let url = call.media_address(&media, version, life, base).await?;
    let cx = call.context();
    let expires_at = Shown(in_seconds(cx.now.plus(life)));
    call.once_sealed(cx, move |_, _| {
        let url = &url;
        Ok(created(&LinkView { url, expires_at }))
    })
    .await
}

/// Sends the bytes of a file, or of one of its versions, to whoever has an address of it that has not expired.
#[utoipa::path(get, path = "/media/{workspace_id}/{media_id}", tag = "media",
    params(("workspace_id" = String, Path, description = "The workspace."),
        ("media_id" = String, Path, description = "The file.")),
    responses((status = 200, content_type = "application/octet-stream", description = "The file."),
        (status = 206, content_type = "application/octet-stream", description = "The part of it that was asked for."),
        (status = 304, description = "You have it already.")))]
pub(crate) async fn open(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let app = request.app_data::<App>().ok_or(Trouble::Internal)?.clone();
    let part = |name: &str| request.match_info().get(name).unwrap_or_default();
    let (workspace, media) = (part("workspace_id"), part("media_id"));
    let (permit, signature) = read_download(workspace, media, request.query_string())?;
    let now = app.clock().now();
    permit.admit(app.vault(), &signature, now)?;
    let found = app
        .store()
        .read(move |snapshot| find_linked(snapshot, permit.workspace, permit.media, now))
        .await?;
    respond(&app, &request, &found, permit.version).await
}

//! Files: upload one, list, show, rename, delete; how much is kept.
//!
//! Uploads without a key are in `uploads`, bytes on their way out in `downloads`.

use actix_web::HttpResponse;
use causerie_core::act::{
    delete_media, find_media, find_usage, list_media, list_media_of, rename_media, upload_room,
};
use causerie_core::claim::{Claim, ClaimSource, Fingerprint};
use causerie_core::media::{FileName, Media};
use causerie_core::{ConversationId, MediaId, ParticipantId, Scope};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::attachments::{participant, wrong};
use super::wire::{Answered, MediaView, PageView, UsageView, created, ok, page};
use crate::extract::{Call, Check, Query, WireBody};
use crate::problem::Problem;
use crate::reply::Rendered;
use crate::transfer::{Brought, Upload, arrive, reserve};

pub(super) fn render(media: &Media) -> Rendered {
    ok(&MediaView::of(media))
}

fn render_new(media: &Media) -> Rendered {
    created(&MediaView::of(media)).at(format!("/v1/media/{}", media.id))
}

/// A file as a form.
#[derive(ToSchema)]
#[schema(as = NewMediaForm)]
#[expect(dead_code, reason = "describes a form that is read part by part")]
pub(crate) struct UploadForm {
    /// The file; its name is that of the part.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Who uploads it; may be left out.
    participant_id: Option<String>,
}

/// Uploads a file.
///
/// It is removed after 24 hours unless a message refers to it. What it is, is found in its content. The limits of
/// JSON bodies do not count for it.
#[utoipa::path(post, path = "/v1/media", tag = "media",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = MediaView)))]
pub(crate) async fn create(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    call.no_query()?;
    call.idempotency_key()?;
    let room = call
        .read(|snapshot, cx| upload_room(snapshot, cx.workspace()))
        .await?;
    let brought = call.receive_file(room).await?;
    let claim = call.file_claim(&brought)?;
    let kept = match call.answered(claim.into_iter().collect()).await? {
        // Replayed below; nothing is kept again.
        Some(_) => Vec::new(),
        None => reserve(call.app(), vec![brought]).await?,
    };
    // Sealed, so that the name of the file goes with the file.
    call.once_sealed_for(call.context(), claim, move |unit, cx| {
        let arrived = arrive(unit, &kept, cx.now)?;
        let media = arrived
            .first()
            .ok_or(causerie_core::Refusal::MediaNotFound)?;
        Ok(render_new(media))
    })
    .await
}

impl Call {
    /// Receives a form with one file.
    async fn receive_file(&mut self, room: u64) -> Result<Brought, Problem> {
        let mut form = self.form()?;
        let upload = Upload::begin(self.app(), self.caller().workspace().id, room).await?;
        let (mut file, mut owner) = (None, None);
        while let Some(part) = form.next().await? {
            match part.name() {
                "file" if file.is_none() => file = Some(self.land(part, &upload).await?),
                "participant_id" if owner.is_none() => owner = Some(form.text(part).await?),
                name @ ("file" | "participant_id") => return Err(wrong(name, "expected it once")),
                name => return Err(wrong(name, "expected file or participant_id")),
            }
        }
        let mut brought = file.ok_or_else(|| wrong("file", "expected a file"))?;
        brought.cmd.owner = participant(owner.as_deref())?;
        Ok(brought)
    }

    /// The claim that the header of an upload makes: the same bytes under the same name for the same participant
    /// are the same upload.
    fn file_claim(&self, brought: &Brought) -> Result<Option<Claim>, Problem> {
        let Some(key) = self.idempotency_key()? else {
            return Ok(None);
        };
        let id = |participant: Option<ParticipantId>| participant.map(ParticipantId::to_bytes);
        let (bound, owner) = (id(self.caller().participant()), id(brought.cmd.owner));
        let fingerprint = Fingerprint::of(&[
            b"media",
            &brought.landed.arrived.digest.0,
            brought.cmd.name.as_str().as_bytes(),
            owner.as_ref().map_or(&[], |id| id),
            bound.as_ref().map_or(&[], |id| id),
        ]);
        let source = ClaimSource::IdempotencyKey;
        let scope = self.key_bytes()?;
        Ok(Some(Claim::new(source, &[key, &scope], fingerprint)))
    }

    /// The problem with a request, unless its file does not exist: that comes first.
    pub(super) async fn unless_media_missing<T>(
        &self,
        understood: Result<T, Problem>,
        id: MediaId,
    ) -> Result<T, Problem> {
        self.unless_missing(understood, move |snapshot, cx| {
            find_media(snapshot, cx, id).map(drop)
        })
        .await
    }
}

/// Which files to list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Only those of messages of this conversation, each with its message.
    conversation_id: Option<String>,
    /// How many, at most: 1 to 100, 50 unless given. A page may hold fewer although another follows.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// The `next_cursor` of an earlier page.
    cursor: Option<String>,
}

/// Lists files, newest first: those of the workspace, of the participant that the key is bound to, or of a
/// conversation's messages.
#[utoipa::path(get, path = "/v1/media", tag = "media",
    params(ListQuery), responses((status = 200, body = PageView<MediaView>)))]
pub(crate) async fn list(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let asked: ListQuery = call.query()?;
    let mut query = Query::default();
    let limit = query.limit(asked.limit);
    let of = query.take(
        "conversation_id",
        asked.conversation_id,
        ConversationId::parse,
    );
    let Some(of) = of else {
        let cursor = query.cursor(asked.cursor);
        query.finish()?;
        let found = call
            .read(move |snapshot, cx| list_media(snapshot, cx, cursor, limit))
            .await?;
        return Ok(page(&found, MediaView::of));
    };
    let cursor = query.cursor(asked.cursor);
    call.unless_conversation_missing(query.finish(), of).await?;
    let found = call
        .read(move |snapshot, cx| list_media_of(snapshot, cx, of, cursor, limit))
        .await?;
    Ok(page(&found, MediaView::with_message))
}

/// Shows how much is kept of the workspace's files, and how much may be.
#[utoipa::path(get, path = "/v1/media/usage", tag = "media",
    responses((status = 200, body = UsageView)))]
pub(crate) async fn usage(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    call.no_query()?;
    let kept_bytes = call.read(find_usage).await?;
    let plan = &call.caller().workspace().plan;
    let view = UsageView {
        kept_bytes,
        storage_bytes_max: plan.storage_bytes_max,
        file_bytes_max: plan.file_bytes_max,
    };
    Ok(ok(&view).into_response())
}

/// Shows a file and how far it has come.
#[utoipa::path(get, path = "/v1/media/{media_id}", tag = "media",
    params(("media_id" = String, Path, description = "The file.")),
    responses((status = 200, body = MediaView)))]
pub(crate) async fn show(call: Call) -> Answered {
    call.require(Scope::MessagingRead)?;
    let id: MediaId = call.id("media_id")?;
    call.unless_media_missing(call.no_query(), id).await?;
    let found = call
        .read(move |snapshot, cx| find_media(snapshot, cx, id))
        .await?;
    Ok(render(&found).into_response())
}

/// What changes.
#[derive(Deserialize, ToSchema)]
#[schema(as = MediaChange, example = json!({"name": "invoice.pdf"}))]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBody {
    /// Cleaned of paths, control characters and what turns the direction of text around.
    name: String,
}

impl WireBody<'_> for ChangeBody {
    type To = ();
    type Command = FileName;

    fn into_command(self, (): (), _: &mut Check<'_>) -> Option<FileName> {
        Some(FileName::clean(&self.name))
    }
}

/// Renames a file.
#[utoipa::path(patch, path = "/v1/media/{media_id}", tag = "media", request_body = ChangeBody,
    params(("media_id" = String, Path, description = "The file.")),
    responses((status = 200, body = MediaView)))]
pub(crate) async fn change(mut call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id: MediaId = call.id("media_id")?;
    let received = call.receive().await;
    let name = received.and_then(|()| call.command::<ChangeBody>(()));
    let name = call.unless_media_missing(name, id).await?;
    let changed = call
        .write(move |unit, cx| rename_media(unit, cx, id, &name))
        .await?;
    Ok(render(&changed).into_response())
}

/// Deletes a file that no message refers to.
#[utoipa::path(delete, path = "/v1/media/{media_id}", tag = "media",
    params(("media_id" = String, Path, description = "The file.")),
    responses((status = 204, description = "It is gone.")))]
pub(crate) async fn delete(call: Call) -> Answered {
    call.require(Scope::MessagingWrite)?;
    let id: MediaId = call.id("media_id")?;
    call.unless_media_missing(call.no_query(), id).await?;
    call.write(move |unit, cx| delete_media(unit, cx, id))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

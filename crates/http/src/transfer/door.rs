//! What callers may do with files, whichever surface they came to: have bytes brought to a signed address, take
//! them, and have them sent.
//!
//! What of it is permitted is decided by the core; how it is shown, by the surface.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use causerie_core::act::{RequestMedia, arrive_media, find_media, reserve_media, upload_room};
use causerie_core::media::{Arrived, Media, MediaType, Preset};
use causerie_core::port::{FilesFault, Unit};
use causerie_core::{Context, Error, MediaId, Refusal, Timestamp, UploadPermit, WorkspaceId};
use serde::{Deserialize, Serialize};

use super::{in_seconds, media_link, respond, upload_link};
use crate::extract::Call;
use crate::problem::Problem;
use crate::reply::{Answered, Rendered};

/// How long the bytes of a file may be sent without a key.
const UPLOAD_LIFE: Duration = Duration::from_hours(1);
/// Where forms are sent.
const FORM_PATH: &str = "/media/uploads";

/// How bytes are brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By themselves, with `PUT`.
    Put,
    /// As the part `file` of a form, with `POST`, after the fields.
    Post,
}

/// A signed address to which the bytes of a file may be brought without a key.
#[derive(Clone, PartialEq, Eq)]
pub struct UploadDoor {
    /// `PUT` or `POST`.
    pub method: &'static str,
    /// The address.
    pub url: String,
    /// Headers that have to be sent.
    pub headers: Vec<(&'static str, String)>,
    /// Fields of the form that have to be sent.
    pub fields: Vec<(&'static str, String)>,
    /// Until when.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for UploadDoor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "UploadDoor({}, until {})", self.method, self.expires_at)
    }
}

/// What a form has to say, and until when.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    expiration: String,
    pub(crate) key: String,
    content_type: Option<String>,
    bytes_max: u64,
}

impl Policy {
    fn of(permit: &UploadPermit) -> Self {
        Self {
            expiration: permit.expires_at.to_string(),
            key: format!("{}/{}", permit.workspace, permit.media),
            content_type: permit.media_type.as_ref().map(MediaType::to_string),
            bytes_max: permit.bytes_max,
        }
    }

    fn write(&self) -> String {
        // It has text keys and no maps, which serde_json always writes.
        BASE64_STANDARD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    pub(crate) fn read(written: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64_STANDARD.decode(written).ok()?).ok()
    }

    pub(crate) fn permit(&self) -> Option<UploadPermit> {
        let (workspace, media) = self.key.split_once('/')?;
        let media_type = self.content_type.as_deref().map(MediaType::parse);
        Some(UploadPermit {
            workspace: WorkspaceId::parse(workspace).ok()?,
            media: MediaId::parse(media).ok()?,
            media_type: media_type.transpose().ok()?,
            bytes_max: self.bytes_max,
            expires_at: Timestamp::parse(&self.expiration).ok()?,
        })
    }
}

/// A file whose bytes are kept.
enum Examined {
    /// It was said to be there before.
    Before(Media),
    /// It is not said to be there yet.
    Now(Media, Arrived),
}

impl Examined {
    fn arrive(&self, unit: &mut dyn Unit, cx: &Context) -> Result<Media, Error> {
        match self {
            Self::Before(media) => Ok(media.clone()),
            Self::Now(media, arrived) => {
                arrive_media(unit, media.workspace, media.id, arrived, cx.now)
            }
        }
    }
}

impl Call {
    /// Makes the door for a file that is to be asked for with this command, in the context that comes with it; open
    /// for an hour. `base` is what our own addresses begin with: [`Call::base_url`], or nothing for relative ones.
    ///
    /// # Errors
    /// `scope_missing`, `storage_full`, `unavailable`.
    pub async fn upload_door(
        &self,
        cmd: &RequestMedia,
        way: Way,
        base: &str,
    ) -> Result<(Context, UploadDoor), Problem> {
        let bytes_max = self
            .read(|snapshot, cx| upload_room(snapshot, cx.workspace()))
            .await?;
        let cx = self.context();
        let permit = UploadPermit {
            workspace: cx.workspace(),
            media: cx.fresh.into(),
            media_type: cmd.declared.clone(),
            bytes_max,
            expires_at: in_seconds(cx.now.plus(UPLOAD_LIFE)),
        };
        let door = self.door(&permit, way, base).await?;
        Ok((cx, door))
    }

    async fn door(
        &self,
        permit: &UploadPermit,
        way: Way,
        base: &str,
    ) -> Result<UploadDoor, Problem> {
        let vault = self.app().vault();
        let declared = permit.media_type.as_ref().map(MediaType::to_string);
        let typed = declared.map(|declared| ("Content-Type", declared));
        let expires_at = permit.expires_at;
        if way == Way::Post {
            let policy = Policy::of(permit);
            let mut fields = vec![("key", policy.key.clone())];
            fields.extend(typed);
            fields.push(("policy", policy.write()));
            fields.push(("signature", permit.sign(vault).to_text()));
            return Ok(UploadDoor {
                method: "POST",
                url: format!("{base}{FORM_PATH}"),
                headers: Vec::new(),
                fields,
                expires_at,
            });
        }
        let files = self.app().files();
        let signed = files.sign_upload(permit.workspace, permit.media, UPLOAD_LIFE);
        let url = match signed.await? {
            Some(address) => address,
            None => upload_link(vault, base, permit),
        };
        Ok(UploadDoor {
            method: "PUT",
            url,
            headers: typed.into_iter().collect(),
            fields: Vec::new(),
            expires_at,
        })
    }

    /// Takes a file whose bytes were brought with `PUT`, and answers with what `render` makes of it; one that was
    /// taken already is answered with as well. Once for each `Idempotency-Key`.
    ///
    /// # Errors
    /// Those of [`Call::take_upload`]; `header_invalid`, `idempotency_key_reused`.
    pub async fn complete_upload(
        &self,
        id: MediaId,
        render: impl Fn(&Media) -> Rendered + Send + 'static,
    ) -> Answered {
        let brought = self.examine_upload(id).await?;
        self.once_sealed(self.context(), move |unit, cx| {
            Ok(render(&brought.arrive(unit, cx)?))
        })
        .await
    }

    /// Takes a file whose bytes were brought with `PUT`; one that was taken already is given as it is.
    ///
    /// # Errors
    /// `media_not_found`, `media_not_uploaded`, `media_uploaded`, `media_too_large`, `storage_full`, `busy`.
    pub async fn take_upload(&self, id: MediaId) -> Result<Media, Problem> {
        let brought = self.examine_upload(id).await?;
        self.write(move |unit, cx| brought.arrive(unit, cx)).await
    }

    /// Looks at the bytes of a file that were brought, and keeps them.
    async fn examine_upload(&self, id: MediaId) -> Result<Examined, Problem> {
        let (found, room) = self
            .read(move |snapshot, cx| {
                let found = find_media(snapshot, cx, id)?;
                let room = upload_room(snapshot, cx.workspace());
                Ok((found, room))
            })
            .await?;
        if found.status.has_arrived() {
            return Ok(Examined::Before(found));
        }
        let (files, workspace) = (self.app().files(), found.workspace);
        let slot = self.app().slots().take().await?;
        let arrived = match files.examine(workspace, id, room?).await {
            Err(FilesFault::Missing) => return Err(Refusal::MediaNotUploaded.into()),
            examined => examined?,
        };
        let wanted = arrived.clone();
        drop(slot);
        self.write(move |unit, cx| reserve_media(unit, workspace, id, &wanted, cx.now))
            .await?;
        files.keep(workspace, id, &arrived).await?;
        Ok(Examined::Now(found, arrived))
    }

    /// Sends the bytes of a file, or of one of its versions, as far as the request asks for them (`Range`,
    /// `If-Range`, `If-None-Match`). Whether the caller may have them was decided by finding the file.
    ///
    /// # Errors
    /// `media_not_uploaded`, `media_not_found` for a version that the file has not, `range_unsatisfiable`.
    pub async fn send_media(&self, media: &Media, version: Option<Preset>) -> Answered {
        respond(self.app(), self.request(), media, version).await
    }

    /// An address from which anybody may have a file for so long: of the place where files are kept, if that gives
    /// any, or our own, which begins with `base`.
    ///
    /// # Errors
    /// `media_not_uploaded`, `validation_failed` for a version that the file has not, `unavailable`.
    pub async fn media_address(
        &self,
        media: &Media,
        version: Option<Preset>,
        life: Duration,
        base: &str,
    ) -> Result<String, Problem> {
        let stored = media.bytes(version)?;
        let (files, workspace) = (self.app().files(), media.workspace);
        let signing = files.sign_download(workspace, stored.digest, stored.media_type, life);
        let ours = || {
            let expires_at = self.app().clock().now().plus(life);
            let vault = self.app().vault();
            media_link(vault, base, workspace, media.id, version, expires_at)
        };
        Ok(signing.await?.unwrap_or_else(ours))
    }
}

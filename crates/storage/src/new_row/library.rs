//! Rows of files and of the bytes that are kept for them, as they are written.

use causerie_core::media::{FileName, Media, MediaType, versions_to_stored};
use causerie_core::port::KeptFile;
use causerie_core::{Fault, ParticipantId};
use diesel::prelude::*;

use super::{micros, number};
use crate::schema::{kept_file, media};

#[derive(AsChangeset, Insertable)]
#[diesel(table_name = media, primary_key(workspace_id, id))]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub(crate) struct NewMedia<'a> {
    workspace_id: [u8; 16],
    id: [u8; 16],
    #[diesel(skip_update)]
    owner_id: Option<[u8; 16]>,
    name: &'a str,
    declared: Option<&'a str>,
    media_type: Option<&'a str>,
    status: i16,
    size: i64,
    digest: Option<[u8; 32]>,
    width: Option<i64>,
    height: Option<i64>,
    duration_ms: Option<i64>,
    versions: String,
    problem: Option<&'a str>,
    tries: i32,
    due_at: Option<i64>,
    expires_at: Option<i64>,
    #[diesel(skip_update)]
    created_at: i64,
    updated_at: i64,
}

impl<'a> TryFrom<&'a Media> for NewMedia<'a> {
    type Error = Fault;

    fn try_from(media: &'a Media) -> Result<Self, Fault> {
        let duration = media.facts.duration_ms;
        Ok(Self {
            workspace_id: media.workspace.to_bytes(),
            id: media.id.to_bytes(),
            owner_id: media.owner.map(ParticipantId::to_bytes),
            name: FileName::as_str(&media.name),
            declared: media.declared.as_ref().map(MediaType::as_str),
            media_type: media.media_type.as_ref().map(MediaType::as_str),
            status: media.status.number(),
            size: number("the size of a file", media.size)?,
            digest: media.digest.map(|digest| digest.0),
            width: media.facts.width.map(i64::from),
            height: media.facts.height.map(i64::from),
            duration_ms: duration.map(|of| number("a duration", of)).transpose()?,
            versions: versions_to_stored(&media.versions),
            problem: media.problem.as_deref(),
            tries: i32::from(media.tries),
            due_at: micros(media.due_at),
            expires_at: micros(media.expires_at),
            created_at: media.created_at.unix_micros(),
            updated_at: media.updated_at.unix_micros(),
        })
    }
}

#[derive(AsChangeset, Insertable)]
#[diesel(table_name = kept_file, primary_key(workspace_id, digest))]
pub(crate) struct NewKeptFile {
    pub(crate) workspace_id: [u8; 16],
    pub(crate) digest: [u8; 32],
    #[diesel(skip_update)]
    pub(crate) size: i64,
    uses: i64,
    due_at: i64,
    doomed: bool,
}

impl TryFrom<&KeptFile> for NewKeptFile {
    type Error = Fault;

    fn try_from(kept: &KeptFile) -> Result<Self, Fault> {
        Ok(Self {
            workspace_id: kept.workspace.to_bytes(),
            digest: kept.digest.0,
            size: number("the size of a file", kept.size)?,
            uses: number("a count of uses", kept.uses)?,
            due_at: kept.due_at.unix_micros(),
            doomed: kept.doomed,
        })
    }
}

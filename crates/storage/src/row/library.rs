//! Rows of files, of what refers to them, and of the bytes that are kept for them.

use causerie_core::media::{
    Digest, Facts, FileName, Media, MediaFields, MediaStatus, MediaType, versions_from_stored,
};
use causerie_core::port::{KeptFile, MediaUse};
use causerie_core::{ConversationId, Fault, MediaId, MessageId, ParticipantId, WorkspaceId};
use diesel::deserialize::Queryable;

use super::{At, Bytes, Key, Restore, Shared, at};

#[derive(Queryable)]
pub(crate) struct MediaRow {
    workspace_id: Key,
    id: Key,
    owner_id: Option<Key>,
    name: Shared,
    declared: Option<Shared>,
    media_type: Option<Shared>,
    status: i16,
    size: i64,
    digest: Option<Bytes<32>>,
    width: Option<i64>,
    height: Option<i64>,
    duration_ms: Option<i64>,
    versions: String,
    problem: Option<String>,
    tries: i32,
    due_at: Option<i64>,
    expires_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl Restore for MediaRow {
    type Into = Media;

    fn restore(self) -> Result<Media, Fault> {
        let here = At {
            table: "media",
            row: self.id,
        };
        let owner = |id| here.bytes("owner_id", id).map(ParticipantId::from_bytes);
        let digest = |bytes| here.bytes("digest", bytes).map(Digest);
        let pixels = |column, number: i64| u32::try_from(number).map_err(|_| here.corrupt(column));
        let facts = Facts {
            width: self.width.map(|of| pixels("width", of)).transpose()?,
            height: self.height.map(|of| pixels("height", of)).transpose()?,
            duration_ms: self
                .duration_ms
                .map(|of| here.number("duration_ms", of))
                .transpose()?,
        };
        Ok(Media::restore(MediaFields {
            id: MediaId::from_bytes(here.bytes("id", self.id)?),
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            owner: self.owner_id.map(owner).transpose()?,
            name: FileName::from_stored(self.name.0),
            declared: self.declared.map(|text| MediaType::from_stored(text.0)),
            media_type: self.media_type.map(|text| MediaType::from_stored(text.0)),
            status: here.word("status", self.status, MediaStatus::from_number)?,
            size: here.number("size", self.size)?,
            digest: self.digest.map(digest).transpose()?,
            facts,
            versions: versions_from_stored(&self.versions)?,
            problem: self.problem,
            tries: here.count("tries", self.tries)?,
            due_at: self.due_at.map(at),
            expires_at: self.expires_at.map(at),
            created_at: at(self.created_at),
            updated_at: at(self.updated_at),
        }))
    }
}

#[derive(Queryable)]
#[expect(
    clippy::struct_field_names,
    reason = "they have the names of their columns"
)]
pub(crate) struct MediaUseRow {
    media_id: Key,
    message_id: Key,
    _workspace_id: Key,
    conversation_id: Key,
}

impl Restore for MediaUseRow {
    type Into = MediaUse;

    fn restore(self) -> Result<MediaUse, Fault> {
        let here = At {
            table: "media_use",
            row: self.message_id,
        };
        let conversation = here.bytes("conversation_id", self.conversation_id)?;
        Ok(MediaUse {
            media: MediaId::from_bytes(here.bytes("media_id", self.media_id)?),
            message: MessageId::from_bytes(here.bytes("message_id", self.message_id)?),
            conversation: ConversationId::from_bytes(conversation),
        })
    }
}

#[derive(Queryable)]
pub(crate) struct KeptFileRow {
    workspace_id: Key,
    digest: Bytes<32>,
    size: i64,
    uses: i64,
    due_at: i64,
    doomed: bool,
}

impl Restore for KeptFileRow {
    type Into = KeptFile;

    fn restore(self) -> Result<KeptFile, Fault> {
        let here = At {
            table: "kept_file",
            row: self.workspace_id,
        };
        Ok(KeptFile {
            workspace: WorkspaceId::from_bytes(here.bytes("workspace_id", self.workspace_id)?),
            digest: Digest(here.bytes("digest", self.digest)?),
            size: here.number("size", self.size)?,
            uses: here.number("uses", self.uses)?,
            due_at: at(self.due_at),
            doomed: self.doomed,
        })
    }
}

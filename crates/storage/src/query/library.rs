//! Files in the database: their entries, what refers to them, and which bytes are kept. The bytes are
//! elsewhere.

use std::collections::BTreeMap;

use causerie_core::media::{Digest, Media};
use causerie_core::port::{KeptFile, Library, MediaFilter, MediaUse, ReadLibrary};
use causerie_core::{
    ConversationId, Fault, MediaId, MessageId, ParticipantId, Timestamp, WorkspaceId,
};
use diesel::dsl::SqlTypeOf;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use super::super::dialect::{self, if_free, locked, locked_if_free};
use super::super::{Backend, Conn};
use super::{Work, after, before, limit};
use crate::new_row::{NewKeptFile, NewMedia};
use crate::row::{KeptFileRow, MediaRow, MediaUseRow, restore_all, restore_one};
use crate::schema::{columns, kept_file, media, media_use, workspace_counter};
use crate::statement::statement;

statement! {
    /// The files of somebody, newest first, as a range of pairs: asked for what is equal, a planner may walk
    /// over the files of everybody, which are in the order of their ids as well.
    OfOwner for Backend, Conn => SqlTypeOf<<media::table as Table>::AllColumns>;
    (concat!("SELECT ", columns!(media), " FROM media WHERE workspace_id = "))
    [workspace: [u8; 16] as Binary] " AND (owner_id, id) < (" [owner: [u8; 16] as Binary]
    ", " [below: Vec<u8> as Binary] ") AND (owner_id, id) >= (" [same: [u8; 16] as Binary]
    ", " [least: Vec<u8> as Binary]
    ") AND owner_id IS NOT NULL ORDER BY owner_id DESC, id DESC LIMIT " [limit: i64 as BigInt]
    " + 0"
}

statement! {
    /// What refers to a file, as a range of pairs: uses are in the order of their messages as well.
    UsesOf for Backend, Conn => SqlTypeOf<<media_use::table as Table>::AllColumns>;
    "SELECT media_id, message_id, workspace_id, conversation_id FROM media_use \
     WHERE (media_id, message_id) >= (" [media: [u8; 16] as Binary]
    ", " [least: Vec<u8> as Binary] ") AND media_id <= " [same: [u8; 16] as Binary]
    " AND workspace_id = " [workspace: [u8; 16] as Binary]
    " ORDER BY media_id DESC, message_id DESC LIMIT " [limit: i64 as BigInt] " + 0"
}

statement! {
    /// What refers to files from a conversation, as a range of triples: uses are in the order of their files
    /// as well.
    UsesIn for Backend, Conn => SqlTypeOf<<media_use::table as Table>::AllColumns>;
    "SELECT media_id, message_id, workspace_id, conversation_id FROM media_use \
     WHERE (conversation_id, media_id, message_id) < (" [conversation: [u8; 16] as Binary]
    ", " [media: Vec<u8> as Binary] ", " [message: Vec<u8> as Binary]
    ") AND (conversation_id, media_id) >= (" [same: [u8; 16] as Binary]
    ", " [least: Vec<u8> as Binary] ") AND workspace_id = " [workspace: [u8; 16] as Binary]
    " ORDER BY conversation_id DESC, media_id DESC, message_id DESC LIMIT "
    [limit: i64 as BigInt] " + 0"
}

statement! {
    /// What is kept for all workspaces.
    PageKept for Backend, Conn => SqlTypeOf<<kept_file::table as Table>::AllColumns>;
    "SELECT workspace_id, digest, size, uses, due_at, doomed FROM kept_file \
     WHERE (workspace_id, digest) > (" [workspace: Vec<u8> as Binary]
    ", " [digest: Vec<u8> as Binary] ") ORDER BY workspace_id, digest LIMIT "
    [limit: i64 as BigInt] " + 0"
}

statement! {
    /// What nothing uses; the index has nothing else, and is found by the number in the text.
    LockUnused for Backend, Conn => SqlTypeOf<<kept_file::table as Table>::AllColumns>;
    "SELECT workspace_id, digest, size, uses, due_at, doomed FROM kept_file \
     WHERE uses = 0 AND due_at <= " [now: i64 as BigInt] " ORDER BY due_at LIMIT "
    [limit: i64 as BigInt] (concat!(" + 0", if_free!()))
}

statement! {
    /// Erases what is doomed.
    EraseKept for Backend, Conn => (BigInt,);
    "DELETE FROM kept_file WHERE workspace_id = " [workspace: [u8; 16] as Binary]
    " AND digest = " [digest: [u8; 32] as Binary] " AND doomed RETURNING size"
}

statement! {
    /// Counts the bytes of a workspace; its row stays locked until the commit.
    CountBytes for Backend, Conn => (BigInt,);
    "UPDATE workspace_counter SET file_bytes = file_bytes + " [bytes: i64 as BigInt]
    " WHERE workspace_id = " [workspace: [u8; 16] as Binary] " RETURNING file_bytes"
}

/// The ids in order, each once.
fn sorted(ids: &[MediaId]) -> Vec<MediaId> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    ids
}

impl ReadLibrary for Work<'_> {
    fn find(&mut self, workspace: WorkspaceId, id: MediaId) -> Result<Option<Media>, Fault> {
        let find = media::table.find((workspace.to_bytes(), id.to_bytes()));
        restore_one::<MediaRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn find_many(&mut self, workspace: WorkspaceId, ids: &[MediaId]) -> Result<Vec<Media>, Fault> {
        let ids = sorted(ids);
        restore_all(self.read(|conn| dialect::find_media(conn, workspace, &ids))?)
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        filter: MediaFilter,
        below: Option<MediaId>,
        limit_rows: usize,
    ) -> Result<Vec<Media>, Fault> {
        let below = before(below.map(MediaId::to_bytes));
        let Some(owner) = filter.owner.map(ParticipantId::to_bytes) else {
            let page = media::table
                .filter(media::workspace_id.eq(workspace.to_bytes()))
                .filter(media::id.lt(below))
                .order(media::id.desc())
                .limit(limit(limit_rows));
            return restore_all::<MediaRow>(self.read(|conn| page.load(conn))?);
        };
        let page = OfOwner {
            workspace: workspace.to_bytes(),
            owner,
            below,
            same: owner,
            least: Vec::new(),
            limit: limit(limit_rows),
        };
        restore_all::<MediaRow>(self.read(|conn| page.load(conn))?)
    }

    fn uses(
        &mut self,
        workspace: WorkspaceId,
        of: MediaId,
        limit_rows: usize,
    ) -> Result<Vec<MediaUse>, Fault> {
        let page = UsesOf {
            media: of.to_bytes(),
            least: Vec::new(),
            same: of.to_bytes(),
            workspace: workspace.to_bytes(),
            limit: limit(limit_rows),
        };
        restore_all::<MediaUseRow>(self.read(|conn| page.load(conn))?)
    }

    fn newest_uses(
        &mut self,
        workspace: WorkspaceId,
        media: &[MediaId],
    ) -> Result<Vec<MediaUse>, Fault> {
        restore_all(self.read(|conn| dialect::newest_uses(conn, workspace, media))?)
    }

    fn uses_in(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        below: Option<(MediaId, MessageId)>,
        limit_rows: usize,
    ) -> Result<Vec<MediaUse>, Fault> {
        let page = UsesIn {
            conversation: conversation.to_bytes(),
            media: before(below.map(|(media, _)| media.to_bytes())),
            message: before(below.map(|(_, message)| message.to_bytes())),
            same: conversation.to_bytes(),
            least: Vec::new(),
            workspace: workspace.to_bytes(),
            limit: limit(limit_rows),
        };
        restore_all::<MediaUseRow>(self.read(|conn| page.load(conn))?)
    }

    fn kept_bytes(&mut self, workspace: WorkspaceId) -> Result<u64, Fault> {
        let find = workspace_counter::table
            .find(workspace.to_bytes())
            .select(workspace_counter::file_bytes);
        let found = self.read(|conn| find.get_result::<i64>(conn).optional())?;
        bytes(found.unwrap_or(0))
    }

    fn page_kept(
        &mut self,
        above: Option<(WorkspaceId, Digest)>,
        limit_rows: usize,
    ) -> Result<Vec<KeptFile>, Fault> {
        let page = PageKept {
            workspace: after(above.map(|(workspace, _)| workspace.to_bytes())),
            digest: above.map_or_else(Vec::new, |(_, digest)| digest.0.into()),
            limit: limit(limit_rows),
        };
        restore_all::<KeptFileRow>(self.read(|conn| page.load(conn))?)
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, Fault> {
        let next = media::table
            .filter(media::due_at.is_not_null())
            .order(media::due_at)
            .limit(1)
            .select(media::due_at.assume_not_null());
        let found = self.read(|conn| next.get_result(conn).optional())?;
        Ok(found.map(Timestamp::from_unix_micros))
    }
}

/// A count of bytes as it was stored.
fn bytes(stored: i64) -> Result<u64, Fault> {
    let corrupt = |_| Fault::corrupt("workspace_counter", "file_bytes", &stored.to_string());
    u64::try_from(stored).map_err(corrupt)
}

impl Library for Work<'_> {
    fn lock_many(&mut self, workspace: WorkspaceId, ids: &[MediaId]) -> Result<Vec<Media>, Fault> {
        let ids = sorted(ids);
        restore_all(self.write(|conn| dialect::lock_media(conn, workspace, &ids))?)
    }

    fn add(&mut self, new: &Media) -> Result<(), Fault> {
        let row = diesel::insert_into(media::table).values(NewMedia::try_from(new)?);
        self.write(|conn| row.execute(conn)).map(drop)
    }

    fn save(&mut self, changed: &Media) -> Result<(), Fault> {
        let key = (changed.workspace.to_bytes(), changed.id.to_bytes());
        let save = diesel::update(media::table.find(key)).set(NewMedia::try_from(changed)?);
        self.write(|conn| save.execute(conn)).map(drop)
    }

    fn attach(&mut self, workspace: WorkspaceId, uses: &[MediaUse]) -> Result<(), Fault> {
        if uses.is_empty() {
            return Ok(());
        }
        self.write(|conn| dialect::attach_media(conn, workspace, uses))
    }

    /// The files are locked before their uses go: of two units that take the last two uses of a file, the
    /// second one sees what the first one did, and lets the file expire.
    fn release(
        &mut self,
        workspace: WorkspaceId,
        messages: &[MessageId],
        now: Timestamp,
    ) -> Result<(), Fault> {
        let found = self.read(|conn| dialect::find_uses(conn, workspace, messages))?;
        let found = restore_all::<MediaUseRow>(found)?;
        if found.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = found.iter().map(|one| one.media).collect();
        let ids = sorted(&ids);
        self.write(|conn| dialect::lock_media(conn, workspace, &ids))?;
        self.write(|conn| dialect::erase_uses(conn, &found))?;
        self.write(|conn| dialect::expire_unused(conn, workspace, &ids, now))
    }

    fn lock_due(&mut self, now: Timestamp, limit_rows: usize) -> Result<Vec<Media>, Fault> {
        let due = locked_if_free!(
            media::table
                .filter(media::due_at.le(now.unix_micros()))
                .order((media::due_at, media::id))
                .limit(limit(limit_rows))
        );
        restore_all::<MediaRow>(self.write(|conn| due.load(conn))?)
    }

    fn lock_expired(&mut self, now: Timestamp, limit_rows: usize) -> Result<Vec<Media>, Fault> {
        let expired = locked_if_free!(
            media::table
                .filter(media::expires_at.le(now.unix_micros()))
                .order((media::expires_at, media::id))
                .limit(limit(limit_rows))
        );
        restore_all::<MediaRow>(self.write(|conn| expired.load(conn))?)
    }

    fn erase(&mut self, ids: &[(WorkspaceId, MediaId)]) -> Result<(), Fault> {
        ids.iter().try_for_each(|(workspace, id)| {
            let one = media::table.find((workspace.to_bytes(), id.to_bytes()));
            let erase = diesel::delete(one);
            self.write(|conn| erase.execute(conn)).map(drop)
        })
    }

    fn lock_kept(
        &mut self,
        workspace: WorkspaceId,
        digest: Digest,
    ) -> Result<Option<KeptFile>, Fault> {
        let find = locked!(kept_file::table.find((workspace.to_bytes(), digest.0)));
        restore_one::<KeptFileRow>(self.write(|conn| find.get_result(conn).optional())?)
    }

    /// The bytes are counted last: every new conversation of the workspace waits for the same row, and who
    /// holds it is not to wait for anybody.
    fn add_kept(&mut self, kept: &KeptFile) -> Result<u64, Fault> {
        let new = NewKeptFile::try_from(kept)?;
        let (bytes, workspace) = (new.size, new.workspace_id);
        let row = diesel::insert_into(kept_file::table).values(new);
        self.write(|conn| row.execute(conn))?;
        let count = CountBytes { bytes, workspace };
        let (all,) = self.write(|conn| count.get_result::<(i64,)>(conn))?;
        self::bytes(all)
    }

    fn save_kept(&mut self, kept: &KeptFile) -> Result<(), Fault> {
        let key = (kept.workspace.to_bytes(), kept.digest.0);
        let save = diesel::update(kept_file::table.find(key)).set(NewKeptFile::try_from(kept)?);
        self.write(|conn| save.execute(conn)).map(drop)
    }

    fn lock_unused(&mut self, now: Timestamp, limit_rows: usize) -> Result<Vec<KeptFile>, Fault> {
        let unused = LockUnused {
            now: now.unix_micros(),
            limit: limit(limit_rows),
        };
        restore_all::<KeptFileRow>(self.write(|conn| unused.load(conn))?)
    }

    /// Bytes are counted last, workspace by workspace in the order of their ids, see
    /// [`add_kept`](Library::add_kept).
    fn erase_kept(&mut self, gone: &[(WorkspaceId, Digest)]) -> Result<(), Fault> {
        let mut erased: BTreeMap<[u8; 16], i64> = BTreeMap::new();
        for (workspace, digest) in gone {
            let workspace = workspace.to_bytes();
            let digest = digest.0;
            let erase = EraseKept { workspace, digest };
            let size = self.write(|conn| erase.get_result::<(i64,)>(conn).optional())?;
            *erased.entry(workspace).or_default() += size.map_or(0, |(size,)| size);
        }
        for (workspace, bytes) in erased {
            let bytes = -bytes;
            let count = CountBytes { bytes, workspace };
            self.write(|conn| count.execute(conn))?;
        }
        Ok(())
    }
}

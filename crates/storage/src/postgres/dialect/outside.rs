//! Files, identifiers, channels and what goes through them on Postgres. Each is looked up by its index, see
//! [`FindConversations`](super::FindConversations).

use causerie_core::contact::Identifier;
use causerie_core::port::MediaUse;
use causerie_core::text::Reference;
use causerie_core::{ChannelId, MediaId, MessageId, Timestamp, WorkspaceId};
use diesel::dsl::SqlTypeOf;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Text};

use super::super::Conn;
use super::Id;
use crate::new_row::NewOutbound;
use crate::row::{ChannelRow, MediaRow, MediaUseRow, ParticipantRow, PlatformReferenceRow, Said};
use crate::schema::{channel, columns, media, media_use, participant, platform_reference};
use crate::statement::statement;

statement! {
    FindMedia for Pg, Conn => SqlTypeOf<<media::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [ids: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (id) CROSS JOIN LATERAL (SELECT ", columns!(media),
        " FROM media WHERE media.workspace_id = "
    ))
    [workspace: Id as Binary] " AND media.id = wanted.id LIMIT 1) AS found"
}

pub(in super::super) fn find_media(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[MediaId],
) -> QueryResult<Vec<MediaRow>> {
    let find = FindMedia {
        ids: ids.iter().map(|id| id.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    /// The same, locked one after the other in the order of the array.
    LockMedia for Pg, Conn => SqlTypeOf<<media::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [ids: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (id) CROSS JOIN LATERAL (SELECT ", columns!(media),
        " FROM media WHERE media.workspace_id = "
    ))
    [workspace: Id as Binary] " AND media.id = wanted.id LIMIT 1 FOR UPDATE) AS found"
}

/// Locks in the order of ids, in which they are given.
pub(in super::super) fn lock_media(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[MediaId],
) -> QueryResult<Vec<MediaRow>> {
    let lock = LockMedia {
        ids: ids.iter().map(|id| id.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    lock.load(conn)
}

statement! {
    /// Files are ranges of one row, see [`EraseMessageTags`](super::EraseMessageTags).
    AttachMedia for Pg, Conn;
    "WITH new AS MATERIALIZED (SELECT * FROM unnest(" [medias: Vec<Id> as Array<Binary>]
    ", " [messages: Vec<Id> as Array<Binary>] ", " [workspaces: Vec<Id> as Array<Binary>]
    ", " [conversations: Vec<Id> as Array<Binary>]
    ") AS given (media_id, message_id, workspace_id, conversation_id)), \
     noted AS (INSERT INTO media_use (media_id, message_id, workspace_id, conversation_id) \
     SELECT * FROM new ON CONFLICT DO NOTHING) \
     UPDATE media SET expires_at = NULL FROM new \
     WHERE (media.workspace_id, media.id) >= (new.workspace_id, new.media_id) \
     AND (media.workspace_id, media.id) <= (new.workspace_id, new.media_id)"
}

pub(in super::super) fn attach_media(
    conn: &mut Conn,
    workspace: WorkspaceId,
    uses: &[MediaUse],
) -> QueryResult<()> {
    let attach = AttachMedia {
        medias: uses.iter().map(|one| one.media.to_bytes()).collect(),
        messages: uses.iter().map(|one| one.message.to_bytes()).collect(),
        workspaces: vec![workspace.to_bytes(); uses.len()],
        conversations: uses.iter().map(|one| one.conversation.to_bytes()).collect(),
    };
    attach.execute(conn).map(drop)
}

statement! {
    /// What has no limit is kept together by its offset: messages come first, and the uses of each are looked
    /// up as a range, in the order of the index that is to be used.
    FindUses for Pg, Conn => SqlTypeOf<<media_use::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [messages: Vec<Id> as Array<Binary>]
    ") AS wanted (id) CROSS JOIN LATERAL (SELECT media_id, message_id, workspace_id, \
     conversation_id FROM media_use WHERE (media_use.message_id, media_use.media_id) \
     >= (wanted.id, ''::bytea) AND media_use.message_id <= wanted.id \
     ORDER BY media_use.message_id, media_use.media_id OFFSET 0) AS found \
     WHERE found.workspace_id = " [workspace: Id as Binary] ""
}

pub(in super::super) fn find_uses(
    conn: &mut Conn,
    workspace: WorkspaceId,
    messages: &[MessageId],
) -> QueryResult<Vec<MediaUseRow>> {
    let find = FindUses {
        messages: messages.iter().map(|id| id.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    /// The end of each file's range of the key.
    NewestUses for Pg, Conn => SqlTypeOf<<media_use::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [medias: Vec<Id> as Array<Binary>]
    ") AS wanted (id) CROSS JOIN LATERAL (SELECT media_id, message_id, workspace_id, \
     conversation_id FROM media_use WHERE (media_use.media_id, media_use.message_id) \
     >= (wanted.id, ''::bytea) AND media_use.media_id <= wanted.id \
     ORDER BY media_use.media_id DESC, media_use.message_id DESC LIMIT 1) AS found \
     WHERE found.workspace_id = " [workspace: Id as Binary] ""
}

pub(in super::super) fn newest_uses(
    conn: &mut Conn,
    workspace: WorkspaceId,
    medias: &[MediaId],
) -> QueryResult<Vec<MediaUseRow>> {
    let find = NewestUses {
        medias: medias.iter().map(|id| id.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    /// Ranges of one row of the only index that begins with conversations, see
    /// [`EraseMessageTags`](super::EraseMessageTags).
    EraseUses for Pg, Conn;
    "DELETE FROM media_use USING unnest(" [conversations: Vec<Id> as Array<Binary>]
    ", " [medias: Vec<Id> as Array<Binary>] ", " [messages: Vec<Id> as Array<Binary>]
    ") AS gone (conversation_id, media_id, message_id) \
     WHERE (media_use.conversation_id, media_use.media_id, media_use.message_id) \
     >= (gone.conversation_id, gone.media_id, gone.message_id) \
     AND (media_use.conversation_id, media_use.media_id, media_use.message_id) \
     <= (gone.conversation_id, gone.media_id, gone.message_id)"
}

pub(in super::super) fn erase_uses(conn: &mut Conn, uses: &[MediaUse]) -> QueryResult<()> {
    let erase = EraseUses {
        conversations: uses.iter().map(|one| one.conversation.to_bytes()).collect(),
        medias: uses.iter().map(|one| one.media.to_bytes()).collect(),
        messages: uses.iter().map(|one| one.message.to_bytes()).collect(),
    };
    erase.execute(conn).map(drop)
}

statement! {
    /// Files and their uses are ranges, see [`EraseMessageTags`](super::EraseMessageTags).
    ExpireUnused for Pg, Conn;
    "UPDATE media SET expires_at = " [now: i64 as BigInt] " FROM unnest("
    [workspaces: Vec<Id> as Array<Binary>] ", " [ids: Vec<Id> as Array<Binary>]
    ") AS freed (workspace_id, id) \
     WHERE (media.workspace_id, media.id) >= (freed.workspace_id, freed.id) \
     AND (media.workspace_id, media.id) <= (freed.workspace_id, freed.id) \
     AND (SELECT media_use.media_id FROM media_use \
     WHERE (media_use.media_id, media_use.message_id) >= (freed.id, ''::bytea) \
     AND media_use.media_id <= freed.id \
     ORDER BY media_use.media_id, media_use.message_id LIMIT 1) IS NULL"
}

pub(in super::super) fn expire_unused(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[MediaId],
    now: Timestamp,
) -> QueryResult<()> {
    let expire = ExpireUnused {
        now: now.unix_micros(),
        workspaces: vec![workspace.to_bytes(); ids.len()],
        ids: ids.iter().map(|id| id.to_bytes()).collect(),
    };
    expire.execute(conn).map(drop)
}

statement! {
    FindIdentified<'a> for Pg, Conn => SqlTypeOf<<participant::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [keys: Vec<&'a str> as Array<Text>]
    ", " [values: Vec<&'a str> as Array<Text>]
    ") AS wanted (key, value) CROSS JOIN LATERAL (SELECT workspace_id, participant_id \
     FROM identifier WHERE identifier.workspace_id = " [workspace: Id as Binary]
    (concat!(
        " AND identifier.key = wanted.key COLLATE \"C\" \
         AND identifier.value = wanted.value COLLATE \"C\" LIMIT 1) AS held \
         CROSS JOIN LATERAL (SELECT ", columns!(participant), " FROM participant \
         WHERE participant.workspace_id = held.workspace_id \
         AND participant.id = held.participant_id LIMIT 1) AS found"
    ))
}

pub(in super::super) fn find_identified(
    conn: &mut Conn,
    workspace: WorkspaceId,
    identifiers: &[Identifier],
) -> QueryResult<Vec<ParticipantRow>> {
    let find = FindIdentified {
        keys: identifiers.iter().map(|one| one.key().as_str()).collect(),
        values: identifiers.iter().map(Identifier::value).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    FindChannels for Pg, Conn => SqlTypeOf<<channel::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [ids: Vec<Id> as Array<Binary>]
    (concat!(
        ") AS wanted (id) CROSS JOIN LATERAL (SELECT ", columns!(channel),
        " FROM channel WHERE channel.id = wanted.id LIMIT 1) AS found WHERE found.workspace_id = "
    ))
    [workspace: Id as Binary] ""
}

pub(in super::super) fn find_channels(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[ChannelId],
) -> QueryResult<Vec<ChannelRow>> {
    let find = FindChannels {
        ids: ids.iter().map(|id| id.to_bytes()).collect(),
        workspace: workspace.to_bytes(),
    };
    find.load(conn)
}

statement! {
    AddOutbound for Pg, Conn;
    "INSERT INTO outbox (message_id, workspace_id, conversation_id, channel_id, tries, due_at) \
     SELECT * FROM unnest(" [messages: Vec<Id> as Array<Binary>]
    ", " [workspaces: Vec<Id> as Array<Binary>] ", " [conversations: Vec<Id> as Array<Binary>]
    ", " [channels: Vec<Id> as Array<Binary>] ", " [tries: Vec<i32> as Array<Integer>]
    ", " [due_ats: Vec<i64> as Array<BigInt>] ")"
}

pub(in super::super) fn add_outbound(conn: &mut Conn, rows: &[NewOutbound]) -> QueryResult<()> {
    let add = AddOutbound {
        messages: rows.iter().map(|row| row.message_id).collect(),
        workspaces: rows.iter().map(|row| row.workspace_id).collect(),
        conversations: rows.iter().map(|row| row.conversation_id).collect(),
        channels: rows.iter().map(|row| row.channel_id).collect(),
        tries: rows.iter().map(|row| row.tries).collect(),
        due_ats: rows.iter().map(|row| row.due_at).collect(),
    };
    add.execute(conn).map(drop)
}

statement! {
    FindReferences<'a> for Pg, Conn
    => SqlTypeOf<<platform_reference::table as Table>::AllColumns>;
    "SELECT found.* FROM unnest(" [references: Vec<&'a str> as Array<Text>]
    ") AS wanted (reference) CROSS JOIN LATERAL (SELECT workspace_id, channel_id, reference, \
     message_id, conversation_id FROM platform_reference \
     WHERE platform_reference.workspace_id = " [workspace: Id as Binary]
    " AND platform_reference.channel_id = " [channel: Id as Binary]
    " AND platform_reference.reference = wanted.reference COLLATE \"C\" LIMIT 1) AS found"
}

pub(in super::super) fn find_references(
    conn: &mut Conn,
    workspace: WorkspaceId,
    channel: ChannelId,
    references: &[Reference],
) -> QueryResult<Vec<PlatformReferenceRow>> {
    let find = FindReferences {
        references: references.iter().map(Reference::as_str).collect(),
        workspace: workspace.to_bytes(),
        channel: channel.to_bytes(),
    };
    find.load(conn)
}

statement! {
    /// Ranges of what a message has, see [`EraseMessageTags`](super::EraseMessageTags).
    EraseReferences for Pg, Conn;
    "DELETE FROM platform_reference USING unnest(" [conversations: Vec<Id> as Array<Binary>]
    ", " [messages: Vec<Id> as Array<Binary>]
    ") AS gone (conversation_id, message_id) \
     WHERE (platform_reference.conversation_id, platform_reference.message_id) \
     >= (gone.conversation_id, gone.message_id) \
     AND (platform_reference.conversation_id, platform_reference.message_id) \
     <= (gone.conversation_id, gone.message_id)"
}

pub(in super::super) fn erase_references(conn: &mut Conn, said: &[Said]) -> QueryResult<()> {
    let erase = EraseReferences {
        conversations: said.iter().map(|one| one.conversation.to_bytes()).collect(),
        messages: said.iter().map(|one| one.id.to_bytes()).collect(),
    };
    erase.execute(conn).map(drop)
}

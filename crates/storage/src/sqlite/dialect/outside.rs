//! Files, identifiers, channels and what goes through them on SQLite.

use causerie_core::contact::Identifier;
use causerie_core::port::MediaUse;
use causerie_core::text::Reference;
use causerie_core::{ChannelId, MediaId, MessageId, Timestamp, WorkspaceId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};
use diesel::sqlite::Sqlite;

use super::super::Conn;
use super::each;
use crate::new_row::NewOutbound;
use crate::row::{ChannelRow, MediaRow, MediaUseRow, ParticipantRow, PlatformReferenceRow, Said};
use crate::schema::{
    channel, identifier, media, media_use, outbox, participant, platform_reference,
};
use crate::statement::statement;

pub(in super::super) fn find_media(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[MediaId],
) -> QueryResult<Vec<MediaRow>> {
    each(ids, |id| {
        media::table
            .find((workspace.to_bytes(), id.to_bytes()))
            .get_result(conn)
    })
}

pub(in super::super) fn lock_media(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[MediaId],
) -> QueryResult<Vec<MediaRow>> {
    find_media(conn, workspace, ids)
}

pub(in super::super) fn attach_media(
    conn: &mut Conn,
    workspace: WorkspaceId,
    uses: &[MediaUse],
) -> QueryResult<()> {
    uses.iter().try_for_each(|one| {
        let add = diesel::insert_into(media_use::table).values((
            media_use::media_id.eq(one.media.to_bytes()),
            media_use::message_id.eq(one.message.to_bytes()),
            media_use::workspace_id.eq(workspace.to_bytes()),
            media_use::conversation_id.eq(one.conversation.to_bytes()),
        ));
        add.on_conflict_do_nothing().execute(conn)?;
        let file = media::table.find((workspace.to_bytes(), one.media.to_bytes()));
        let stay = diesel::update(file).set(media::expires_at.eq(None::<i64>));
        stay.execute(conn).map(drop)
    })
}

pub(in super::super) fn find_uses(
    conn: &mut Conn,
    workspace: WorkspaceId,
    messages: &[MessageId],
) -> QueryResult<Vec<MediaUseRow>> {
    let mut found = Vec::new();
    for message in messages {
        let uses = media_use::table
            .filter(media_use::message_id.eq(message.to_bytes()))
            .filter(media_use::workspace_id.eq(workspace.to_bytes()));
        found.extend(uses.load::<MediaUseRow>(conn)?);
    }
    Ok(found)
}

pub(in super::super) fn erase_uses(conn: &mut Conn, uses: &[MediaUse]) -> QueryResult<()> {
    uses.iter().try_for_each(|one| {
        let row = media_use::table.find((one.media.to_bytes(), one.message.to_bytes()));
        diesel::delete(row).execute(conn).map(drop)
    })
}

statement! {
    ExpireUnused for Sqlite, Conn;
    "UPDATE media SET expires_at = " [now: i64 as BigInt]
    " WHERE workspace_id = " [workspace: [u8; 16] as Binary]
    " AND id = " [id: [u8; 16] as Binary]
    " AND NOT EXISTS (SELECT 1 FROM media_use WHERE media_use.media_id = media.id)"
}

pub(in super::super) fn expire_unused(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[MediaId],
    now: Timestamp,
) -> QueryResult<()> {
    ids.iter().try_for_each(|id| {
        let expire = ExpireUnused {
            now: now.unix_micros(),
            workspace: workspace.to_bytes(),
            id: id.to_bytes(),
        };
        expire.execute(conn).map(drop)
    })
}

pub(in super::super) fn newest_uses(
    conn: &mut Conn,
    workspace: WorkspaceId,
    medias: &[MediaId],
) -> QueryResult<Vec<MediaUseRow>> {
    each(medias, |id| {
        media_use::table
            .filter(media_use::media_id.eq(id.to_bytes()))
            .filter(media_use::workspace_id.eq(workspace.to_bytes()))
            .order(media_use::message_id.desc())
            .first(conn)
    })
}

pub(in super::super) fn find_identified(
    conn: &mut Conn,
    workspace: WorkspaceId,
    identifiers: &[Identifier],
) -> QueryResult<Vec<ParticipantRow>> {
    let same = participant::workspace_id
        .eq(identifier::workspace_id)
        .and(participant::id.eq(identifier::participant_id));
    each(identifiers, |one| {
        identifier::table
            .inner_join(participant::table.on(same))
            .filter(identifier::workspace_id.eq(workspace.to_bytes()))
            .filter(identifier::key.eq(one.key().as_str()))
            .filter(identifier::value.eq(one.value()))
            .select(participant::all_columns)
            .get_result(conn)
    })
}

pub(in super::super) fn find_channels(
    conn: &mut Conn,
    workspace: WorkspaceId,
    ids: &[ChannelId],
) -> QueryResult<Vec<ChannelRow>> {
    each(ids, |id| {
        channel::table
            .find(id.to_bytes())
            .filter(channel::workspace_id.eq(workspace.to_bytes()))
            .get_result(conn)
    })
}

pub(in super::super) fn add_outbound(conn: &mut Conn, rows: &[NewOutbound]) -> QueryResult<()> {
    rows.iter().try_for_each(|row| {
        let add = diesel::insert_into(outbox::table).values(row);
        add.execute(conn).map(drop)
    })
}

pub(in super::super) fn find_references(
    conn: &mut Conn,
    workspace: WorkspaceId,
    channel: ChannelId,
    references: &[Reference],
) -> QueryResult<Vec<PlatformReferenceRow>> {
    each(references, |reference| {
        platform_reference::table
            .find((workspace.to_bytes(), channel.to_bytes(), reference.as_str()))
            .get_result(conn)
    })
}

pub(in super::super) fn erase_references(conn: &mut Conn, said: &[Said]) -> QueryResult<()> {
    said.iter().try_for_each(|one| {
        let own = platform_reference::table
            .filter(platform_reference::conversation_id.eq(one.conversation.to_bytes()))
            .filter(platform_reference::message_id.eq(one.id.to_bytes()));
        diesel::delete(own).execute(conn).map(drop)
    })
}

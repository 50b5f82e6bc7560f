//! Channels, and what all nodes agree on, in the database.

use causerie_core::channel::{Channel, Platform};
use causerie_core::port::{Channels, Installation, ReadChannels, ReadInstallation};
use causerie_core::{ChannelId, Fault, WorkspaceId};
use diesel::prelude::*;

use super::super::dialect::{self, locked};
use super::{Work, before, limit};
use crate::new_row::NewChannel;
use crate::row::{ChannelRow, restore_all, restore_one};
use crate::schema::{channel, installation};

impl ReadChannels for Work<'_> {
    fn find(&mut self, workspace: WorkspaceId, id: ChannelId) -> Result<Option<Channel>, Fault> {
        let find = channel::table
            .find(id.to_bytes())
            .filter(channel::workspace_id.eq(workspace.to_bytes()))
            .filter(channel::deleted_at.is_null());
        restore_one::<ChannelRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn find_anywhere(&mut self, id: ChannelId) -> Result<Option<Channel>, Fault> {
        let find = channel::table
            .find(id.to_bytes())
            .filter(channel::deleted_at.is_null());
        restore_one::<ChannelRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ChannelId],
    ) -> Result<Vec<Channel>, Fault> {
        restore_all(self.read(|conn| dialect::find_channels(conn, workspace, ids))?)
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        platform: Option<Platform>,
        below: Option<ChannelId>,
        limit_rows: usize,
    ) -> Result<Vec<Channel>, Fault> {
        let mut page = channel::table
            .filter(channel::workspace_id.eq(workspace.to_bytes()))
            .filter(channel::id.lt(before(below.map(ChannelId::to_bytes))))
            .filter(channel::deleted_at.is_null())
            .order(channel::id.desc())
            .limit(limit(limit_rows))
            .into_boxed();
        if let Some(platform) = platform {
            page = page.filter(channel::platform.eq(platform.number()));
        }
        restore_all::<ChannelRow>(self.read(|conn| page.load(conn))?)
    }
}

impl Channels for Work<'_> {
    fn lock(&mut self, workspace: WorkspaceId, id: ChannelId) -> Result<Option<Channel>, Fault> {
        let find = locked!(
            channel::table
                .find(id.to_bytes())
                .filter(channel::workspace_id.eq(workspace.to_bytes()))
                .filter(channel::deleted_at.is_null())
        );
        restore_one::<ChannelRow>(self.write(|conn| find.get_result(conn).optional())?)
    }

    fn add(&mut self, new: &Channel) -> Result<(), Fault> {
        let row = diesel::insert_into(channel::table).values(NewChannel::from(new));
        self.write(|conn| row.execute(conn)).map(drop)
    }

    fn save(&mut self, changed: &Channel) -> Result<(), Fault> {
        let find = channel::table
            .find(changed.id.to_bytes())
            .filter(channel::workspace_id.eq(changed.workspace.to_bytes()));
        let save = diesel::update(find).set(NewChannel::from(changed));
        self.write(|conn| save.execute(conn)).map(drop)
    }
}

impl ReadInstallation for Work<'_> {
    fn find(&mut self, name: &'static str) -> Result<Option<Vec<u8>>, Fault> {
        let find = installation::table.find(name).select(installation::value);
        self.read(|conn| find.get_result(conn).optional())
    }
}

impl Installation for Work<'_> {
    fn add(&mut self, name: &'static str, value: &[u8]) -> Result<(), Fault> {
        let row = diesel::insert_into(installation::table)
            .values((installation::name.eq(name), installation::value.eq(value)));
        self.write(|conn| row.execute(conn)).map(drop)
    }
}

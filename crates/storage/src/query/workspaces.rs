//! The tenants in the database. Their logs and conversations are counted in tables of their own.

use causerie_core::port::{ReadWorkspaces, Workspaces};
use causerie_core::{Fault, Workspace, WorkspaceId};
use diesel::prelude::*;

use super::super::dialect::locked;
use super::{Work, after, limit};
use crate::new_row::NewWorkspace;
use crate::row::{WorkspaceRow, restore_all, restore_one};
use crate::schema::{log_head, workspace, workspace_counter};

impl ReadWorkspaces for Work<'_> {
    fn find(&mut self, id: WorkspaceId) -> Result<Option<Workspace>, Fault> {
        let find = workspace::table.find(id.to_bytes());
        restore_one::<WorkspaceRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn find_root(&mut self) -> Result<Option<Workspace>, Fault> {
        let find = workspace::table.filter(workspace::root);
        restore_one::<WorkspaceRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn page(
        &mut self,
        above: Option<WorkspaceId>,
        limit_rows: usize,
    ) -> Result<Vec<Workspace>, Fault> {
        let page = workspace::table
            .filter(workspace::id.gt(after(above.map(WorkspaceId::to_bytes))))
            .order(workspace::id)
            .limit(limit(limit_rows));
        restore_all::<WorkspaceRow>(self.read(|conn| page.load(conn))?)
    }
}

impl Workspaces for Work<'_> {
    fn lock(&mut self, id: WorkspaceId) -> Result<Option<Workspace>, Fault> {
        let find = locked!(workspace::table.find(id.to_bytes()));
        restore_one::<WorkspaceRow>(self.write(|conn| find.get_result(conn).optional())?)
    }

    fn save(&mut self, changed: &Workspace) -> Result<(), Fault> {
        let save = diesel::update(workspace::table.find(changed.id.to_bytes())).set((
            workspace::settings.eq(changed.settings.to_stored()),
            workspace::plan.eq(changed.plan.to_stored()),
        ));
        self.write(|conn| save.execute(conn)).map(drop)
    }

    fn add(&mut self, new: &Workspace) -> Result<(), Fault> {
        let row = diesel::insert_into(workspace::table).values(NewWorkspace::from(new));
        let head = diesel::insert_into(log_head::table).values((
            log_head::workspace_id.eq(new.id.to_bytes()),
            log_head::position.eq(0_i64),
        ));
        let counter = diesel::insert_into(workspace_counter::table).values((
            workspace_counter::workspace_id.eq(new.id.to_bytes()),
            workspace_counter::conversations.eq(0_i64),
        ));
        self.write(|conn| row.execute(conn))?;
        self.write(|conn| head.execute(conn))?;
        self.write(|conn| counter.execute(conn)).map(drop)
    }
}

//! Tags in the database. Which messages bear them is the messages' business.

use causerie_core::port::{ReadTags, Tags};
use causerie_core::tag::{Tag, TagName};
use causerie_core::{Fault, TagId, WorkspaceId};
use diesel::prelude::*;

use super::super::dialect;
use super::{Work, limit};
use crate::new_row::NewTag;
use crate::row::{TagRow, restore_all};
use crate::schema::tag;

impl ReadTags for Work<'_> {
    fn find_many(&mut self, workspace: WorkspaceId, names: &[TagName]) -> Result<Vec<Tag>, Fault> {
        restore_all(self.read(|conn| dialect::find_tags(conn, workspace, names))?)
    }

    fn find_ids(&mut self, workspace: WorkspaceId, ids: &[TagId]) -> Result<Vec<Tag>, Fault> {
        let found = self.read(|conn| dialect::find_tag_ids(conn, ids))?;
        let mut found = restore_all::<TagRow>(found)?;
        found.retain(|tag| tag.workspace == workspace);
        Ok(found)
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        after: Option<&TagName>,
        limit_rows: usize,
    ) -> Result<Vec<Tag>, Fault> {
        let page = tag::table
            .filter(tag::workspace_id.eq(workspace.to_bytes()))
            .filter(tag::name.gt(after.map_or("", TagName::as_str)))
            .order(tag::name)
            .limit(limit(limit_rows));
        restore_all::<TagRow>(self.read(|conn| page.load(conn))?)
    }
}

impl Tags for Work<'_> {
    fn add(&mut self, tags: &[Tag]) -> Result<(), Fault> {
        if tags.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = tags.iter().map(NewTag::from).collect();
        self.write(|conn| dialect::add_tags(conn, &rows))
    }
}

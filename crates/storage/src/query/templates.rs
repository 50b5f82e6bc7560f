//! Templates in the database.

use causerie_core::port::{ReadTemplates, Templates};
use causerie_core::template::{Locale, Slug, Template};
use causerie_core::{Fault, TemplateId, WorkspaceId};
use diesel::dsl::SqlTypeOf;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use super::super::{Backend, Conn, dialect};
use super::{Work, before, limit};
use crate::new_row::NewTemplate;
use crate::row::{TemplateRow, restore_all, restore_one};
use crate::schema::{columns, template};
use crate::statement::statement;

statement! {
    /// The newest one is found in the index first: asked for the whole row, SQLite would walk over all
    /// templates of the workspace, which are in the order of their ids as well.
    Latest<'a> for Backend, Conn => SqlTypeOf<<template::table as Table>::AllColumns>;
    (concat!("SELECT ", columns!(template), " FROM template WHERE workspace_id = "))
    [of: [u8; 16] as Binary]
    " AND id = (SELECT newest.id FROM template AS newest WHERE newest.workspace_id = "
    [workspace: [u8; 16] as Binary] " AND newest.project = " [project: &'a str as Text]
    " AND newest.locale = " [locale: &'a str as Text] " ORDER BY newest.id DESC LIMIT 1)"
}

statement! {
    /// The templates of a project, newest first, as a range of pairs: asked for what is equal, SQLite
    /// would walk over the templates of all projects, which are in the order of their ids as well.
    OfProject<'a> for Backend, Conn => SqlTypeOf<<template::table as Table>::AllColumns>;
    (concat!("SELECT ", columns!(template), " FROM template WHERE workspace_id = "))
    [workspace: [u8; 16] as Binary] " AND (project, id) < (" [project: &'a str as Text]
    ", " [below: Vec<u8> as Binary] ") AND (project, id) >= (" [same: &'a str as Text]
    ", " [least: Vec<u8> as Binary] ") ORDER BY project DESC, id DESC LIMIT "
    [limit: i64 as BigInt] " + 0"
}

impl ReadTemplates for Work<'_> {
    fn find(&mut self, workspace: WorkspaceId, id: TemplateId) -> Result<Option<Template>, Fault> {
        let find = template::table.find((workspace.to_bytes(), id.to_bytes()));
        restore_one::<TemplateRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[TemplateId],
    ) -> Result<Vec<Template>, Fault> {
        restore_all(self.read(|conn| dialect::find_templates(conn, workspace, ids))?)
    }

    fn find_exact(
        &mut self,
        workspace: WorkspaceId,
        project: &Slug,
        version: &Slug,
        locale: &Locale,
    ) -> Result<Option<Template>, Fault> {
        let find = template::table
            .filter(template::workspace_id.eq(workspace.to_bytes()))
            .filter(template::project.eq(project.as_str()))
            .filter(template::version.eq(version.as_str()))
            .filter(template::locale.eq(locale.as_str()));
        restore_one::<TemplateRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn find_latest(
        &mut self,
        workspace: WorkspaceId,
        project: &Slug,
        locale: &Locale,
    ) -> Result<Option<Template>, Fault> {
        let find = Latest {
            of: workspace.to_bytes(),
            workspace: workspace.to_bytes(),
            project: project.as_str(),
            locale: locale.as_str(),
        };
        restore_one::<TemplateRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        project: Option<&Slug>,
        below: Option<TemplateId>,
        limit_rows: usize,
    ) -> Result<Vec<Template>, Fault> {
        let below = before(below.map(TemplateId::to_bytes));
        let Some(project) = project else {
            let page = template::table
                .filter(template::workspace_id.eq(workspace.to_bytes()))
                .filter(template::id.lt(below))
                .order(template::id.desc())
                .limit(limit(limit_rows));
            return restore_all::<TemplateRow>(self.read(|conn| page.load(conn))?);
        };
        let page = OfProject {
            workspace: workspace.to_bytes(),
            project: project.as_str(),
            below,
            same: project.as_str(),
            least: Vec::new(),
            limit: limit(limit_rows),
        };
        restore_all::<TemplateRow>(self.read(|conn| page.load(conn))?)
    }
}

impl Templates for Work<'_> {
    fn add(&mut self, new: &Template) -> Result<(), Fault> {
        let row = diesel::insert_into(template::table).values(NewTemplate::from(new));
        self.write(|conn| row.execute(conn)).map(drop)
    }

    fn erase(&mut self, workspace: WorkspaceId, id: TemplateId) -> Result<bool, Fault> {
        let erase = diesel::delete(template::table.find((workspace.to_bytes(), id.to_bytes())));
        self.write(|conn| erase.execute(conn)).map(|gone| gone == 1)
    }
}

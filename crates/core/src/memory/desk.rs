//! Tags, templates and balances in memory.

use crate::balance::{Balance, LedgerEntry};
use crate::fault::Fault;
use crate::id::{TagId, TemplateId, WorkspaceId};
use crate::port::{Balances, ReadBalances, ReadTags, ReadTemplates, Tags, Templates};
use crate::tag::{Tag, TagName};
use crate::template::{Locale, Slug, Template};

use super::tables::{Work, taken};

impl ReadTags for Work {
    fn find_many(&mut self, workspace: WorkspaceId, names: &[TagName]) -> Result<Vec<Tag>, Fault> {
        let found = names
            .iter()
            .filter_map(|name| self.tables.tags.get(&(workspace, name.clone())));
        Ok(found.cloned().collect())
    }

    fn find_ids(&mut self, workspace: WorkspaceId, ids: &[TagId]) -> Result<Vec<Tag>, Fault> {
        let all = self.tables.tags.values();
        Ok(all
            .filter(|tag| tag.workspace == workspace && ids.contains(&tag.id))
            .cloned()
            .collect())
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        after: Option<&TagName>,
        limit: usize,
    ) -> Result<Vec<Tag>, Fault> {
        let all = self.tables.tags.values();
        Ok(all
            .filter(|tag| tag.workspace == workspace && after.is_none_or(|after| tag.name > *after))
            .take(limit)
            .cloned()
            .collect())
    }
}

impl Tags for Work {
    fn add(&mut self, tags: &[Tag]) -> Result<(), Fault> {
        for tag in tags {
            let place = (tag.workspace, tag.name.clone());
            if self.tables.tags.contains_key(&place) {
                return Err(taken());
            }
            self.tables_mut().tags.insert(place, tag.clone());
        }
        Ok(())
    }
}

impl ReadTemplates for Work {
    fn find(&mut self, workspace: WorkspaceId, id: TemplateId) -> Result<Option<Template>, Fault> {
        Ok(ReadTemplates::find_many(self, workspace, &[id])?.pop())
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[TemplateId],
    ) -> Result<Vec<Template>, Fault> {
        let found = ids.iter().filter_map(|id| self.tables.templates.get(id));
        Ok(found
            .filter(|one| one.workspace == workspace)
            .cloned()
            .collect())
    }

    fn find_exact(
        &mut self,
        workspace: WorkspaceId,
        project: &Slug,
        version: &Slug,
        locale: &Locale,
    ) -> Result<Option<Template>, Fault> {
        let mut all = self.tables.templates.values();
        Ok(all
            .find(|one| {
                one.workspace == workspace
                    && one.project == *project
                    && one.version == *version
                    && one.locale == *locale
            })
            .cloned())
    }

    fn find_latest(
        &mut self,
        workspace: WorkspaceId,
        project: &Slug,
        locale: &Locale,
    ) -> Result<Option<Template>, Fault> {
        let mut newest_first = self.tables.templates.values().rev();
        Ok(newest_first
            .find(|one| {
                one.workspace == workspace && one.project == *project && one.locale == *locale
            })
            .cloned())
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        project: Option<&Slug>,
        before: Option<TemplateId>,
        limit: usize,
    ) -> Result<Vec<Template>, Fault> {
        let passes = |one: &&Template| {
            one.workspace == workspace
                && project.is_none_or(|project| one.project == *project)
                && before.is_none_or(|before| one.id < before)
        };
        let newest_first = self.tables.templates.values().rev();
        Ok(newest_first.filter(passes).take(limit).cloned().collect())
    }
}

impl Templates for Work {
    fn add(&mut self, template: &Template) -> Result<(), Fault> {
        let (project, version, locale) = (&template.project, &template.version, &template.locale);
        if self
            .find_exact(template.workspace, project, version, locale)?
            .is_some()
        {
            return Err(taken());
        }
        self.tables_mut()
            .templates
            .insert(template.id, template.clone());
        Ok(())
    }

    fn erase(&mut self, workspace: WorkspaceId, id: TemplateId) -> Result<bool, Fault> {
        let found = ReadTemplates::find(self, workspace, id)?;
        if found.is_some() {
            self.tables_mut().templates.remove(&id);
        }
        Ok(found.is_some())
    }
}

impl ReadBalances for Work {
    fn find(&mut self, workspace: WorkspaceId) -> Result<Option<Balance>, Fault> {
        Ok(self.tables.balances.get(&workspace).cloned())
    }

    fn ledger(
        &mut self,
        workspace: WorkspaceId,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<LedgerEntry>, Fault> {
        let end = (workspace, before.unwrap_or(u64::MAX));
        let newest_first = self.tables.ledger.range((workspace, 0)..end).rev();
        Ok(newest_first
            .take(limit)
            .map(|(_, entry)| entry.clone())
            .collect())
    }
}

impl Balances for Work {
    fn lock(&mut self, workspace: WorkspaceId) -> Result<Option<Balance>, Fault> {
        ReadBalances::find(self, workspace)
    }

    fn save(&mut self, balance: &Balance, entries: &[LedgerEntry]) -> Result<(), Fault> {
        let workspace = balance.workspace;
        let tables = self.tables_mut();
        tables.balances.insert(workspace, balance.clone());
        let numbered = entries
            .iter()
            .map(|one| ((workspace, one.number), one.clone()));
        tables.ledger.extend(numbered);
        Ok(())
    }
}

//! What surfaces keep, in memory.

use crate::extra::{Bearer, Extra};
use crate::fault::Fault;
use crate::id::WorkspaceId;
use crate::port::{Extras, ReadExtras};

use super::tables::Work;

impl ReadExtras for Work {
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        surface: &str,
        of: &[Bearer],
    ) -> Result<Vec<(Bearer, Extra)>, Fault> {
        let mut of = of.to_vec();
        of.sort_unstable();
        of.dedup();
        let found = of.into_iter().filter_map(|bearer| {
            let place = (workspace, bearer, surface.to_owned());
            let extra = self.tables.extras.get(&place)?;
            Some((bearer, extra.clone()))
        });
        Ok(found.collect())
    }
}

impl Extras for Work {
    fn put(&mut self, workspace: WorkspaceId, extras: &[(Bearer, Extra)]) -> Result<(), Fault> {
        for (bearer, extra) in extras {
            let place = (workspace, *bearer, extra.surface().to_owned());
            self.tables_mut().extras.insert(place, extra.clone());
        }
        Ok(())
    }

    fn hand_down(&mut self, workspace: WorkspaceId, from: Bearer, to: Bearer) -> Result<(), Fault> {
        let all = self.tables.extras.iter();
        let of_first =
            all.filter(|((within, bearer, _), _)| (*within, *bearer) == (workspace, from));
        let handed: Vec<_> = of_first
            .map(|((_, _, surface), extra)| ((workspace, to, surface.clone()), extra.clone()))
            .collect();
        for (place, extra) in handed {
            self.tables_mut().extras.entry(place).or_insert(extra);
        }
        Extras::erase(self, workspace, &[from])
    }

    fn erase(&mut self, workspace: WorkspaceId, of: &[Bearer]) -> Result<(), Fault> {
        self.tables_mut()
            .extras
            .retain(|(within, bearer, _), _| *within != workspace || !of.contains(bearer));
        Ok(())
    }
}

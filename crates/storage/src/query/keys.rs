//! API keys in the database.

use causerie_core::port::{Keys, ReadKeys};
use causerie_core::{ApiKey, Fault, KeyId, Timestamp, WorkspaceId};
use diesel::prelude::*;

use super::super::dialect::{self, locked};
use super::{Work, before, limit};
use crate::new_row::NewApiKey;
use crate::row::{ApiKeyRow, restore_all, restore_one};
use crate::schema::api_key;

impl ReadKeys for Work<'_> {
    fn find_anywhere(&mut self, id: KeyId) -> Result<Option<ApiKey>, Fault> {
        let find = api_key::table.find(id.to_bytes());
        restore_one::<ApiKeyRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn find(&mut self, workspace: WorkspaceId, id: KeyId) -> Result<Option<ApiKey>, Fault> {
        let find = api_key::table
            .find(id.to_bytes())
            .filter(api_key::workspace_id.eq(workspace.to_bytes()));
        restore_one::<ApiKeyRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        below: Option<KeyId>,
        limit_rows: usize,
    ) -> Result<Vec<ApiKey>, Fault> {
        let page = api_key::table
            .filter(api_key::workspace_id.eq(workspace.to_bytes()))
            .filter(api_key::id.lt(before(below.map(KeyId::to_bytes))))
            .order(api_key::id.desc())
            .limit(limit(limit_rows));
        restore_all::<ApiKeyRow>(self.read(|conn| page.load(conn))?)
    }
}

impl Keys for Work<'_> {
    fn lock(&mut self, workspace: WorkspaceId, id: KeyId) -> Result<Option<ApiKey>, Fault> {
        let find = locked!(
            api_key::table
                .find(id.to_bytes())
                .filter(api_key::workspace_id.eq(workspace.to_bytes()))
        );
        restore_one::<ApiKeyRow>(self.write(|conn| find.get_result(conn).optional())?)
    }

    fn add(&mut self, key: &ApiKey) -> Result<(), Fault> {
        let row = diesel::insert_into(api_key::table).values(NewApiKey::from(key));
        self.write(|conn| row.execute(conn)).map(drop)
    }

    fn save(&mut self, key: &ApiKey) -> Result<(), Fault> {
        let find = api_key::table
            .find(key.id.to_bytes())
            .filter(api_key::workspace_id.eq(key.workspace.to_bytes()));
        let end = diesel::update(find).set((
            api_key::expires_at.eq(key.expires_at.map(Timestamp::unix_micros)),
            api_key::revoked_at.eq(key.revoked_at.map(Timestamp::unix_micros)),
        ));
        self.write(|conn| end.execute(conn)).map(drop)
    }

    fn note_use(&mut self, uses: &[(KeyId, Timestamp)]) -> Result<(), Fault> {
        if uses.is_empty() {
            return Ok(());
        }
        self.write(|conn| dialect::note_use(conn, uses))
    }
}

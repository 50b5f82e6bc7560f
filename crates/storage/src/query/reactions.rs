//! Reactions in the database. All reactions to a message are of its workspace.

use causerie_core::port::{Reactions, ReadReactions};
use causerie_core::reaction::{Reaction, ReactionName};
use causerie_core::{Fault, MessageId, ParticipantId, ReactionId, WorkspaceId};
use diesel::prelude::*;

use super::super::dialect;
use super::{Work, after, limit};
use crate::new_row::NewReaction;
use crate::row::{ReactionRow, restore_all, restore_one};
use crate::schema::reaction;

impl ReadReactions for Work<'_> {
    fn find(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
        id: ReactionId,
    ) -> Result<Option<Reaction>, Fault> {
        let find = reaction::table
            .filter(reaction::message_id.eq(message.to_bytes()))
            .filter(reaction::id.eq(id.to_bytes()));
        let found = self.read(|conn| find.get_result(conn).optional())?;
        Ok(restore_one::<ReactionRow>(found)?.filter(|one| one.workspace == workspace))
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ReactionId],
    ) -> Result<Vec<Reaction>, Fault> {
        restore_all(self.read(|conn| dialect::find_reactions(conn, workspace, ids))?)
    }

    fn find_own(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
        participant: ParticipantId,
        name: &ReactionName,
    ) -> Result<Option<Reaction>, Fault> {
        let key = (message.to_bytes(), participant.to_bytes(), name.as_str());
        let find = reaction::table.find(key);
        let found = self.read(|conn| find.get_result(conn).optional())?;
        Ok(restore_one::<ReactionRow>(found)?.filter(|one| one.workspace == workspace))
    }

    fn of_messages(
        &mut self,
        workspace: WorkspaceId,
        messages: &[MessageId],
        limit_rows: usize,
    ) -> Result<Vec<Reaction>, Fault> {
        let found = self.read(|conn| dialect::reactions_of(conn, messages, limit(limit_rows)))?;
        let mut found = restore_all::<ReactionRow>(found)?;
        found.retain(|one| one.workspace == workspace);
        Ok(found)
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
        above: Option<ReactionId>,
        limit_rows: usize,
    ) -> Result<Vec<Reaction>, Fault> {
        let page = reaction::table
            .filter(reaction::message_id.eq(message.to_bytes()))
            .filter(reaction::id.gt(after(above.map(ReactionId::to_bytes))))
            .order(reaction::id)
            .limit(limit(limit_rows));
        let mut found = restore_all::<ReactionRow>(self.read(|conn| page.load(conn))?)?;
        found.retain(|one| one.workspace == workspace);
        Ok(found)
    }
}

impl Reactions for Work<'_> {
    fn add(&mut self, new: &Reaction) -> Result<(), Fault> {
        let row = diesel::insert_into(reaction::table).values(NewReaction::from(new));
        self.write(|conn| row.execute(conn)).map(drop)
    }

    fn erase(&mut self, gone: &Reaction) -> Result<(), Fault> {
        let key = (
            gone.message.to_bytes(),
            gone.participant.to_bytes(),
            gone.name.as_str(),
        );
        let erase = diesel::delete(reaction::table.find(key));
        self.write(|conn| erase.execute(conn)).map(drop)
    }

    fn erase_all(&mut self, workspace: WorkspaceId, message: MessageId) -> Result<(), Fault> {
        let erase = diesel::delete(reaction::table)
            .filter(reaction::message_id.eq(message.to_bytes()))
            .filter(reaction::workspace_id.eq(workspace.to_bytes()));
        self.write(|conn| erase.execute(conn)).map(drop)
    }
}

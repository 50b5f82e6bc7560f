//! Messages that wait to be handed over, and by what platforms know messages, in the database.

use causerie_core::outbound::Outbound;
use causerie_core::port::{Outbox, PlatformReference, ReadOutbox};
use causerie_core::text::Reference;
use causerie_core::{ChannelId, ConversationId, Fault, MessageId, Timestamp, WorkspaceId};
use diesel::dsl::SqlTypeOf;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use super::super::dialect::{self, locked, locked_if_free};
use super::super::{Backend, Conn};
use super::{Work, limit};
use crate::new_row::{NewOutbound, NewPlatformReference};
use crate::row::{OutboundRow, PlatformReferenceRow, restore_all, restore_one};
use crate::schema::{outbox, platform_reference};
use crate::statement::statement;

statement! {
    /// The references of a conversation's messages, as a range of pairs, as references are in the order of their
    /// messages as well; the workspace is hidden, so that nothing but the conversation leads to them.
    ReferencesOf for Backend, Conn => SqlTypeOf<<platform_reference::table as Table>::AllColumns>;
    "SELECT workspace_id, channel_id, reference, message_id, conversation_id \
     FROM platform_reference WHERE (conversation_id, message_id) < ("
    [conversation: [u8; 16] as Binary] ", " [below: [u8; 16] as Binary]
    ") AND (conversation_id, message_id) >= (" [same: [u8; 16] as Binary]
    ", " [least: Vec<u8> as Binary] ") AND coalesce(workspace_id, message_id) = "
    [workspace: [u8; 16] as Binary]
    " ORDER BY conversation_id DESC, message_id DESC LIMIT " [limit: i64 as BigInt] " + 0"
}

impl ReadOutbox for Work<'_> {
    fn find(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Option<Outbound>, Fault> {
        let find = outbox::table
            .find(message.to_bytes())
            .filter(outbox::workspace_id.eq(workspace.to_bytes()));
        restore_one::<OutboundRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, Fault> {
        let next = outbox::table
            .order(outbox::due_at)
            .limit(1)
            .select(outbox::due_at);
        let found = self.read(|conn| next.get_result(conn).optional())?;
        Ok(found.map(Timestamp::from_unix_micros))
    }

    fn find_references(
        &mut self,
        workspace: WorkspaceId,
        channel: ChannelId,
        references: &[Reference],
    ) -> Result<Vec<PlatformReference>, Fault> {
        let found =
            self.read(|conn| dialect::find_references(conn, workspace, channel, references))?;
        restore_all(found)
    }

    fn references_of(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        below: MessageId,
        limit_rows: usize,
    ) -> Result<Vec<PlatformReference>, Fault> {
        let page = ReferencesOf {
            conversation: conversation.to_bytes(),
            below: below.to_bytes(),
            same: conversation.to_bytes(),
            least: Vec::new(),
            workspace: workspace.to_bytes(),
            limit: limit(limit_rows),
        };
        restore_all::<PlatformReferenceRow>(self.read(|conn| page.load(conn))?)
    }
}

impl Outbox for Work<'_> {
    fn add(&mut self, all: &[Outbound]) -> Result<(), Fault> {
        if all.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = all.iter().map(NewOutbound::from).collect();
        self.write(|conn| dialect::add_outbound(conn, &rows))
    }

    fn lock_due(&mut self, now: Timestamp, limit_rows: usize) -> Result<Vec<Outbound>, Fault> {
        let due = locked_if_free!(
            outbox::table
                .filter(outbox::due_at.le(now.unix_micros()))
                .order((outbox::due_at, outbox::message_id))
                .limit(limit(limit_rows))
        );
        restore_all::<OutboundRow>(self.write(|conn| due.load(conn))?)
    }

    fn lock(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Option<Outbound>, Fault> {
        let find = locked!(
            outbox::table
                .find(message.to_bytes())
                .filter(outbox::workspace_id.eq(workspace.to_bytes()))
        );
        restore_one::<OutboundRow>(self.write(|conn| find.get_result(conn).optional())?)
    }

    fn save(&mut self, entry: &Outbound) -> Result<(), Fault> {
        let find = outbox::table
            .find(entry.message.to_bytes())
            .filter(outbox::workspace_id.eq(entry.workspace.to_bytes()));
        let save = diesel::update(find).set((
            outbox::tries.eq(i32::from(entry.tries)),
            outbox::due_at.eq(entry.due_at.unix_micros()),
        ));
        self.write(|conn| save.execute(conn)).map(drop)
    }

    fn erase(&mut self, workspace: WorkspaceId, message: MessageId) -> Result<(), Fault> {
        let find = outbox::table
            .find(message.to_bytes())
            .filter(outbox::workspace_id.eq(workspace.to_bytes()));
        let erase = diesel::delete(find);
        self.write(|conn| erase.execute(conn)).map(drop)
    }

    fn add_reference(
        &mut self,
        workspace: WorkspaceId,
        reference: &PlatformReference,
    ) -> Result<(), Fault> {
        let row = diesel::insert_into(platform_reference::table)
            .values(NewPlatformReference::of(workspace, reference));
        self.write(|conn| row.execute(conn)).map(drop)
    }
}

//! Messages and their revisions in the database.

use causerie_core::page::Order;
use causerie_core::port::{Messages, ReadMessages, SeqRange};
use causerie_core::{
    ConversationId, Fault, Message, MessageId, Revision, Seq, Timestamp, WorkspaceId,
};
use diesel::dsl::SqlTypeOf;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary};

use super::super::dialect::{self, locked};
use super::super::{Backend, Conn};
use super::{Work, limit};
use crate::metric;
use crate::new_row::{NewMessage, NewRevision, RevisedMessage};
use crate::row::{MessageRow, RevisionRow, restore_all, restore_one};
use crate::schema::{message, message_revision};
use crate::statement::statement;

statement! {
    /// The newest messages of a range. SQLite looks at the value of a parameter that is a limit by
    /// itself, and for that plans the statement anew each time, which takes longer than a page of
    /// fifty; it does not look at a sum.
    Newest for Backend, Conn => SqlTypeOf<<message::table as Table>::AllColumns>;
    "SELECT conversation_id, seq, id, workspace_id, sender_id, kind, text, reply_to, metadata, \
     reference, revision_count, created_at, edited_at, deleted_at \
     FROM message WHERE conversation_id = " [conversation: [u8; 16] as Binary]
    " AND seq > " [above: i64 as BigInt] " AND seq <= " [last: i64 as BigInt]
    " AND workspace_id = " [workspace: [u8; 16] as Binary]
    " ORDER BY seq DESC LIMIT " [limit: i64 as BigInt] " + 0"
}

statement! {
    /// The oldest messages of a range.
    Oldest for Backend, Conn => SqlTypeOf<<message::table as Table>::AllColumns>;
    "SELECT conversation_id, seq, id, workspace_id, sender_id, kind, text, reply_to, metadata, \
     reference, revision_count, created_at, edited_at, deleted_at \
     FROM message WHERE conversation_id = " [conversation: [u8; 16] as Binary]
    " AND seq > " [above: i64 as BigInt] " AND seq <= " [last: i64 as BigInt]
    " AND workspace_id = " [workspace: [u8; 16] as Binary]
    " ORDER BY seq LIMIT " [limit: i64 as BigInt] " + 0"
}

statement! {
    /// The first message from a place on.
    FirstFrom for Backend, Conn => (BigInt, BigInt);
    "SELECT seq, created_at FROM message WHERE conversation_id = "
    [conversation: [u8; 16] as Binary] " AND seq >= " [from: i64 as BigInt]
    " AND workspace_id = " [workspace: [u8; 16] as Binary] " ORDER BY seq LIMIT 1"
}

impl ReadMessages for Work<'_> {
    fn find(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        id: MessageId,
    ) -> Result<Option<Message>, Fault> {
        let find = message::table
            .filter(message::id.eq(id.to_bytes()))
            .filter(message::conversation_id.eq(conversation.to_bytes()))
            .filter(message::workspace_id.eq(workspace.to_bytes()));
        restore_one::<MessageRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[MessageId],
    ) -> Result<Vec<Message>, Fault> {
        restore_all(self.read(|conn| dialect::find_messages(conn, workspace, ids))?)
    }

    fn find_at(
        &mut self,
        workspace: WorkspaceId,
        places: &[(ConversationId, Seq)],
    ) -> Result<Vec<Message>, Fault> {
        restore_all(self.read(|conn| dialect::find_messages_at(conn, workspace, places))?)
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        range: SeqRange,
        order: Order,
        limit_rows: usize,
    ) -> Result<Vec<Message>, Fault> {
        let conversation = conversation.to_bytes();
        let workspace = workspace.to_bytes();
        let above = range.above.stored();
        let last = range.below.map_or(i64::MAX, |below| below.stored() - 1);
        let limit = limit(limit_rows);
        let rows = match order {
            Order::Ascending => self.read(|conn| {
                let page = Oldest {
                    conversation,
                    above,
                    last,
                    workspace,
                    limit,
                };
                page.load(conn)
            })?,
            Order::Descending => self.read(|conn| {
                let page = Newest {
                    conversation,
                    above,
                    last,
                    workspace,
                    limit,
                };
                page.load(conn)
            })?,
        };
        restore_all::<MessageRow>(rows)
    }

    fn first_from(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        from: Seq,
    ) -> Result<Option<(Seq, Timestamp)>, Fault> {
        let first = FirstFrom {
            conversation: conversation.to_bytes(),
            from: from.stored(),
            workspace: workspace.to_bytes(),
        };
        let found = self.read(|conn| first.get_result::<(i64, i64)>(conn).optional())?;
        Ok(found.map(|(seq, at)| (Seq::from_stored(seq), Timestamp::from_unix_micros(at))))
    }

    fn revisions(&mut self, workspace: WorkspaceId, of: MessageId) -> Result<Vec<Revision>, Fault> {
        let all = message_revision::table
            .filter(message_revision::message_id.eq(of.to_bytes()))
            .filter(message_revision::workspace_id.eq(workspace.to_bytes()))
            .order(message_revision::number);
        restore_all::<RevisionRow>(self.read(|conn| all.load(conn))?)
    }
}

impl Messages for Work<'_> {
    fn lock(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        id: MessageId,
    ) -> Result<Option<Message>, Fault> {
        let find = locked!(
            message::table
                .filter(message::id.eq(id.to_bytes()))
                .filter(message::conversation_id.eq(conversation.to_bytes()))
                .filter(message::workspace_id.eq(workspace.to_bytes()))
        );
        restore_one::<MessageRow>(self.write(|conn| find.get_result(conn).optional())?)
    }

    fn append(&mut self, _workspace: WorkspaceId, messages: &[Message]) -> Result<(), Fault> {
        if messages.is_empty() {
            return Ok(());
        }
        let rows = messages.iter().map(NewMessage::try_from);
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        metric::batch(rows.len());
        self.write(|conn| dialect::append_messages(conn, &rows))
    }

    fn revise(&mut self, changed: &Message, earlier: &Revision) -> Result<(), Fault> {
        let find = message::table
            .find((changed.conversation.to_bytes(), changed.seq.stored()))
            .filter(message::workspace_id.eq(changed.workspace.to_bytes()));
        let change = diesel::update(find).set(RevisedMessage::try_from(changed)?);
        let keep =
            diesel::insert_into(message_revision::table).values(NewRevision::of(changed, earlier)?);
        self.write(|conn| change.execute(conn))?;
        self.write(|conn| keep.execute(conn)).map(drop)
    }
}

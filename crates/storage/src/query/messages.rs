//! Messages and their revisions in the database.

use causerie_core::page::{Order, Walk};
use causerie_core::port::{
    MessageFilter, Messages, Milestone, ReadMessages, ReplyCount, SearchPlace, SeqRange,
};
use causerie_core::search::SearchQuery;
use causerie_core::{
    ConversationId, Fault, Message, MessageId, Revision, Seq, Sight, Timestamp, WorkspaceId,
};
use diesel::dsl::SqlTypeOf;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, SmallInt};

use super::super::dialect::{self, locked};
use super::super::{Backend, Conn};
use super::filtered::sight as highest;
use super::{Work, limit};
use crate::metric;
use crate::new_row::{MessageDelivery, NewMessage, NewMessageTag};
use crate::row::{
    MessageRow, MilestoneRow, PageColumns, PageRow, RevisionRow, restore_all, restore_one,
};
use crate::schema::{columns, message, message_recipient, message_revision, reaction};
use crate::statement::statement;

type Columns = SqlTypeOf<<message::table as Table>::AllColumns>;

statement! {
    /// The newest messages of a range. SQLite looks at the value of a parameter that is a limit by
    /// itself, and for that plans the statement anew each time, which takes longer than a page of
    /// fifty; it does not look at a sum.
    Newest for Backend, Conn => PageColumns;
    (concat!("SELECT ", columns!(page), " FROM message WHERE conversation_id = "))
    [conversation: [u8; 16] as Binary]
    " AND seq > " [above: i64 as BigInt] " AND seq <= " [last: i64 as BigInt]
    " AND workspace_id = " [workspace: [u8; 16] as Binary]
    " AND visibility <= " [visibility: i16 as SmallInt]
    " ORDER BY seq DESC LIMIT " [limit: i64 as BigInt] " + 0"
}

statement! {
    /// The oldest messages of a range.
    Oldest for Backend, Conn => PageColumns;
    (concat!("SELECT ", columns!(page), " FROM message WHERE conversation_id = "))
    [conversation: [u8; 16] as Binary]
    " AND seq > " [above: i64 as BigInt] " AND seq <= " [last: i64 as BigInt]
    " AND workspace_id = " [workspace: [u8; 16] as Binary]
    " AND visibility <= " [visibility: i16 as SmallInt]
    " ORDER BY seq LIMIT " [limit: i64 as BigInt] " + 0"
}

statement! {
    /// The messages that answer another.
    Replies for Backend, Conn => Columns;
    (concat!("SELECT ", columns!(message), " FROM message WHERE reply_to = "))
    [parent: [u8; 16] as Binary] " AND seq > " [above: i64 as BigInt]
    " AND visibility <= " [visibility: i16 as SmallInt]
    " ORDER BY seq LIMIT " [limit: i64 as BigInt] " + 0"
}

statement! {
    /// The first message from a place on.
    FirstFrom for Backend, Conn => (BigInt, BigInt, SmallInt, BigInt);
    "SELECT seq, created_at, visibility, public_count FROM message WHERE conversation_id = "
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
            .filter(message::workspace_id.eq(workspace.to_bytes()))
            .filter(message::id.eq(id.to_bytes()));
        let found = self.read(|conn| find.get_result(conn).optional())?;
        Ok(restore_one::<MessageRow>(found)?.filter(|one| one.conversation == conversation))
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
        sight: Sight,
        order: Order,
        limit_rows: usize,
    ) -> Result<Vec<Message>, Fault> {
        let (shared, of) = (workspace, conversation);
        let conversation = conversation.to_bytes();
        let workspace = workspace.to_bytes();
        let above = range.above.stored();
        let last = range.below.map_or(i64::MAX, |below| below.stored() - 1);
        let visibility = highest(sight);
        let limit = limit(limit_rows);
        let rows = match order {
            Order::Ascending => self.read(|conn| {
                let page = Oldest {
                    conversation,
                    above,
                    last,
                    workspace,
                    visibility,
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
                    visibility,
                    limit,
                };
                page.load(conn)
            })?,
        };
        let rows: Vec<PageRow> = rows;
        rows.into_iter()
            .map(|row| row.restore(shared, of))
            .collect()
    }

    /// All answers are in the conversation of what they answer, hence of one workspace.
    fn page_of_replies(
        &mut self,
        workspace: WorkspaceId,
        parent: MessageId,
        above: Seq,
        sight: Sight,
        limit_rows: usize,
    ) -> Result<Vec<Message>, Fault> {
        let page = Replies {
            parent: parent.to_bytes(),
            above: above.stored(),
            visibility: highest(sight),
            limit: limit(limit_rows),
        };
        let mut found = restore_all::<MessageRow>(self.read(|conn| page.load(conn))?)?;
        found.retain(|one| one.workspace == workspace);
        Ok(found)
    }

    fn page_of_all(
        &mut self,
        workspace: WorkspaceId,
        filter: &MessageFilter,
        order: Order,
        from: Option<MessageId>,
        limit_rows: usize,
        walk_max: usize,
    ) -> Result<Walk<Message, MessageId>, Fault> {
        self.all_messages(workspace, filter, (order, from), limit_rows, walk_max)
    }

    fn search(
        &mut self,
        workspace: WorkspaceId,
        query: &SearchQuery,
        filter: &MessageFilter,
        before: Option<SearchPlace>,
        limit_rows: usize,
        walk_max: usize,
    ) -> Result<Walk<(SearchPlace, Message), SearchPlace>, Fault> {
        self.search_messages(workspace, query, filter, before, limit_rows, walk_max)
    }

    fn first_from(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        from: Seq,
    ) -> Result<Option<Milestone>, Fault> {
        let first = FirstFrom {
            conversation: conversation.to_bytes(),
            from: from.stored(),
            workspace: workspace.to_bytes(),
        };
        restore_one::<MilestoneRow>(self.read(|conn| first.get_result(conn).optional())?)
    }

    fn sent_before(
        &mut self,
        workspace: WorkspaceId,
        time: Timestamp,
        limit_rows: usize,
    ) -> Result<Vec<Message>, Fault> {
        self.messages_before(workspace, time, limit_rows)
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
                .filter(message::workspace_id.eq(workspace.to_bytes()))
                .filter(message::id.eq(id.to_bytes()))
        );
        let found = self.write(|conn| find.get_result(conn).optional())?;
        Ok(restore_one::<MessageRow>(found)?.filter(|one| one.conversation == conversation))
    }

    fn append(&mut self, _workspace: WorkspaceId, messages: &[Message]) -> Result<(), Fault> {
        if messages.is_empty() {
            return Ok(());
        }
        let rows = messages.iter().map(NewMessage::try_from);
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        metric::batch(rows.len());
        self.write(|conn| dialect::append_messages(conn, messages, &rows))?;
        let tags: Vec<_> = messages.iter().flat_map(NewMessageTag::all).collect();
        if tags.is_empty() {
            return Ok(());
        }
        self.write(|conn| dialect::append_message_tags(conn, &tags))
    }

    fn count_replies(&mut self, workspace: WorkspaceId, of: &[ReplyCount]) -> Result<(), Fault> {
        if of.is_empty() {
            return Ok(());
        }
        self.write(|conn| dialect::count_replies(conn, workspace, of))
    }

    fn revise(&mut self, changed: &Message, earlier: &Revision) -> Result<(), Fault> {
        if self.restate(changed, None)? {
            self.keep(changed, earlier)?;
        }
        Ok(())
    }

    fn redact(&mut self, changed: &Message) -> Result<(), Fault> {
        let delivery = MessageDelivery::from(&changed.delivery);
        if self.restate(changed, Some(delivery))? {
            let id = changed.id.to_bytes();
            let revisions =
                diesel::delete(message_revision::table).filter(message_revision::message_id.eq(id));
            let reactions = diesel::delete(reaction::table).filter(reaction::message_id.eq(id));
            let recipients = diesel::delete(message_recipient::table)
                .filter(message_recipient::message_id.eq(id));
            self.write(|conn| revisions.execute(conn))?;
            self.write(|conn| reactions.execute(conn))?;
            self.write(|conn| recipients.execute(conn))?;
        }
        Ok(())
    }

    fn save(&mut self, changed: &Message) -> Result<(), Fault> {
        let find = message::table
            .find((changed.conversation.to_bytes(), changed.seq.stored()))
            .filter(message::workspace_id.eq(changed.workspace.to_bytes()));
        let save = diesel::update(find).set((
            MessageDelivery::from(&changed.delivery),
            message::reactions.eq(changed.reactions.to_stored()),
            message::attachments.eq(changed.attachments.to_stored()),
        ));
        self.write(|conn| save.execute(conn)).map(drop)
    }

    fn purge(&mut self, workspace: WorkspaceId, messages: &[Message]) -> Result<usize, Fault> {
        if messages.is_empty() {
            return Ok(0);
        }
        let ids: Vec<_> = messages.iter().map(|one| one.id.to_bytes()).collect();
        let said = self.said(workspace, &ids)?;
        self.unlink_replies(&said)?;
        self.erase_messages(&said).map(|(messages, _)| messages)
    }
}

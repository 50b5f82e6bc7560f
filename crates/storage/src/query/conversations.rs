//! Conversations in the database.

use causerie_core::page::Activity;
use causerie_core::port::{
    Advance, ConversationFilter, Conversations, Extras, Library, ReadConversations,
};
use causerie_core::{
    Bearer, Conversation, ConversationId, DirectKey, Fault, Member, ParticipantId, Seq, ThreadKey,
    Timestamp, WorkspaceId,
};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use super::super::dialect::{self, locked_if_free};
use super::super::{Backend, Conn};
use super::schedule::by_workspace;
use super::{Counted, Work, before, limit};
use crate::new_row::{ConversationMove, NewConversation, NewConversationNumber};
use crate::row::{ConversationRow, MemberRow, SaidRow, ScheduledIdRow, restore_all, restore_one};
use crate::schema::{
    conversation, conversation_number, member, message, receipt_mark, scheduled_message,
};
use crate::statement::statement;

/// Where a list begins: both bounds of the place, or of one that is newer than every other.
fn bounds(below: Option<Activity>) -> (i64, Vec<u8>) {
    let at = below.map_or(i64::MAX, |place| place.at.unix_micros());
    (at, before(below.map(|place| place.id.to_bytes())))
}

diesel::define_sql_function! {
    /// A text with something else in place of a part.
    fn replace(text: Text, part: Text, other: Text) -> Text;
}

/// Those conversations that pass a filter. Channel and assignee lead to indexes of their own in the
/// order of activity; the rest is looked for on the walk.
macro_rules! narrowed {
    ($page:expr, $filter:expr) => {{
        let (mut page, filter) = ($page, $filter);
        if let Some(kind) = filter.kind {
            page = page.filter(conversation::kind.eq(kind.number()));
        }
        if let Some(status) = filter.status {
            page = page.filter(conversation::status.eq(status.number()));
        }
        if let Some(channel) = filter.channel {
            page = page.filter(conversation::channel_id.eq(channel.to_bytes()));
        }
        match filter.assignee {
            Some(Some(assignee)) => {
                page = page.filter(conversation::assignee_id.eq(assignee.to_bytes()));
            }
            Some(None) => page = page.filter(conversation::assignee_id.is_null()),
            None => {}
        }
        if let Some(label) = &filter.label {
            let all = || {
                ",".into_sql::<Text>()
                    .concat(conversation::labels)
                    .concat(",")
            };
            let label = format!(",{},", label.as_str());
            page = page.filter(replace(all(), label, "").ne(all()));
        }
        if let Some(priority) = filter.priority {
            page = page.filter(conversation::priority.eq(priority.number()));
        }
        page
    }};
}

/// Those conversations that pass the part of a filter that asks how somebody has them.
macro_rules! owned {
    ($page:expr, $own:expr) => {{
        let (mut page, own) = ($page, $own);
        if let Some(muted) = own.muted {
            page = page.filter(member::muted_at.is_not_null().eq(muted));
        }
        if let Some(pinned) = own.pinned {
            page = page.filter(member::pinned_at.is_not_null().eq(pinned));
        }
        if let Some(archived) = own.archived {
            page = page.filter(member::archived_at.is_not_null().eq(archived));
        }
        if let Some(unread) = own.unread {
            page = page.filter(
                conversation::public_count
                    .gt(member::read_public)
                    .eq(unread),
            );
        }
        page
    }};
}

/// The conversations in which somebody is present, with the memberships.
macro_rules! theirs {
    ($workspace:expr, $participant:expr) => {{
        let same = conversation::workspace_id
            .eq(member::workspace_id)
            .and(conversation::id.eq(member::conversation_id));
        member::table
            .inner_join(conversation::table.on(same))
            .filter(member::workspace_id.eq($workspace.to_bytes()))
            .filter(member::participant_id.eq($participant.to_bytes()))
            .filter(member::left_at.is_null())
            .filter(conversation::deleted_at.is_null())
    }};
}

impl ReadConversations for Work<'_> {
    fn find(
        &mut self,
        workspace: WorkspaceId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, Fault> {
        // Whether it is deleted is not asked for: beside that a planner may take the index of activity for
        // the key, and walk over all conversations of the workspace.
        let find = conversation::table.find((workspace.to_bytes(), id.to_bytes()));
        let found = self.read(|conn| find.get_result(conn).optional())?;
        Ok(restore_one::<ConversationRow>(found)?.filter(|one| one.deleted_at.is_none()))
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ConversationId],
    ) -> Result<Vec<Conversation>, Fault> {
        restore_all(self.read(|conn| dialect::find_conversations(conn, workspace, ids))?)
    }

    fn find_numbered(
        &mut self,
        workspace: WorkspaceId,
        number: u64,
    ) -> Result<Option<Conversation>, Fault> {
        let Ok(number) = i64::try_from(number) else {
            return Ok(None);
        };
        let same = conversation::workspace_id
            .eq(conversation_number::workspace_id)
            .and(conversation::id.eq(conversation_number::conversation_id));
        let find = conversation_number::table
            .find((workspace.to_bytes(), number))
            .inner_join(conversation::table.on(same))
            .select(conversation::all_columns);
        let found = self.read(|conn| find.get_result(conn).optional())?;
        Ok(restore_one::<ConversationRow>(found)?.filter(|one| one.deleted_at.is_none()))
    }

    fn count(
        &mut self,
        workspace: WorkspaceId,
        participant: Option<ParticipantId>,
        filter: &ConversationFilter,
        count_max: usize,
    ) -> Result<usize, Fault> {
        let found: i64 = if let Some(participant) = participant {
            let all = theirs!(workspace, participant)
                .limit(limit(count_max))
                .select(conversation::id)
                .into_boxed();
            let all = Counted(owned!(narrowed!(all, filter), filter.own));
            self.read(|conn| all.get_result(conn))?
        } else {
            let all = conversation::table
                .filter(conversation::workspace_id.eq(workspace.to_bytes()))
                .filter(conversation::deleted_at.is_null())
                .limit(limit(count_max))
                .select(conversation::id)
                .into_boxed();
            let all = Counted(narrowed!(all, filter));
            self.read(|conn| all.get_result(conn))?
        };
        Ok(usize::try_from(found).unwrap_or(count_max))
    }

    fn find_direct(
        &mut self,
        workspace: WorkspaceId,
        pair: DirectKey,
    ) -> Result<Option<Conversation>, Fault> {
        let find = conversation::table
            .filter(conversation::workspace_id.eq(workspace.to_bytes()))
            .filter(conversation::direct.eq(pair.to_bytes()))
            .filter(conversation::deleted_at.is_null());
        restore_one::<ConversationRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn find_directs(
        &mut self,
        workspace: WorkspaceId,
        pairs: &[DirectKey],
    ) -> Result<Vec<Conversation>, Fault> {
        restore_all(self.read(|conn| dialect::find_directs(conn, workspace, pairs))?)
    }

    fn find_thread(
        &mut self,
        workspace: WorkspaceId,
        thread: ThreadKey,
    ) -> Result<Option<Conversation>, Fault> {
        let find = conversation::table
            .filter(conversation::workspace_id.eq(workspace.to_bytes()))
            .filter(conversation::thread.eq(thread.0));
        restore_one::<ConversationRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        filter: &ConversationFilter,
        below: Option<Activity>,
        limit_rows: usize,
    ) -> Result<Vec<Conversation>, Fault> {
        let (at, id) = bounds(below);
        // The first bound is what the index is searched by; the second cuts off ties.
        let page = conversation::table
            .filter(conversation::workspace_id.eq(workspace.to_bytes()))
            .filter(conversation::deleted_at.is_null())
            .filter(conversation::activity_at.le(at))
            .filter(conversation::activity_at.lt(at).or(conversation::id.lt(id)))
            .order((conversation::activity_at.desc(), conversation::id.desc()))
            .limit(limit(limit_rows))
            .into_boxed();
        let page = narrowed!(page, filter);
        restore_all::<ConversationRow>(self.read(|conn| page.load(conn))?)
    }

    fn page_of(
        &mut self,
        workspace: WorkspaceId,
        participant: ParticipantId,
        filter: &ConversationFilter,
        below: Option<Activity>,
        limit_rows: usize,
    ) -> Result<Vec<(Conversation, Member)>, Fault> {
        let (at, id) = bounds(below);
        let page = theirs!(workspace, participant)
            .filter(conversation::activity_at.le(at))
            .filter(conversation::activity_at.lt(at).or(conversation::id.lt(id)))
            .order((conversation::activity_at.desc(), conversation::id.desc()))
            .limit(limit(limit_rows))
            .select((conversation::all_columns, member::all_columns))
            .into_boxed();
        let page = owned!(narrowed!(page, filter), filter.own);
        restore_all::<(ConversationRow, MemberRow)>(self.read(|conn| page.load(conn))?)
    }
}

statement! {
    /// The next number; its row stays locked until the commit.
    NextNumber for Backend, Conn => (BigInt,);
    "UPDATE workspace_counter SET conversations = conversations + 1 WHERE workspace_id = "
    [workspace: [u8; 16] as Binary] " RETURNING conversations"
}

impl Conversations for Work<'_> {
    fn next_number(&mut self, workspace: WorkspaceId) -> Result<u64, Fault> {
        let next = NextNumber {
            workspace: workspace.to_bytes(),
        };
        let (number,) = self.write(|conn| next.get_result::<(i64,)>(conn))?;
        Ok(Seq::from_stored(number).get())
    }

    fn lock_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ConversationId],
    ) -> Result<Vec<Conversation>, Fault> {
        restore_all(self.write(|conn| dialect::lock_conversations(conn, workspace, ids))?)
    }

    fn lock_snoozed(
        &mut self,
        now: Timestamp,
        limit_rows: usize,
    ) -> Result<Vec<Conversation>, Fault> {
        let ended = locked_if_free!(
            conversation::table
                .filter(conversation::deleted_at.is_null())
                .filter(conversation::snoozed_until.le(now.unix_micros()))
                .order((conversation::snoozed_until, conversation::id))
                .limit(limit(limit_rows))
        );
        restore_all::<ConversationRow>(self.write(|conn| ended.load(conn))?)
    }

    fn add(&mut self, new: &Conversation) -> Result<(), Fault> {
        let row = diesel::insert_into(conversation::table).values(NewConversation::try_from(new)?);
        let number = diesel::insert_into(conversation_number::table)
            .values(NewConversationNumber::try_from(new)?);
        self.write(|conn| row.execute(conn))?;
        self.write(|conn| number.execute(conn)).map(drop)
    }

    fn save(&mut self, changed: &Conversation) -> Result<(), Fault> {
        let key = (changed.workspace.to_bytes(), changed.id.to_bytes());
        let save =
            diesel::update(conversation::table.find(key)).set(NewConversation::try_from(changed)?);
        self.write(|conn| save.execute(conn)).map(drop)
    }

    fn advance(&mut self, workspace: WorkspaceId, to: &[Advance]) -> Result<(), Fault> {
        if to.is_empty() {
            return Ok(());
        }
        let rows = to.iter().map(ConversationMove::try_from);
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        self.write(|conn| dialect::advance_conversations(conn, workspace, &rows))
    }

    fn erase_deleted(&mut self, now: Timestamp, limit_rows: usize) -> Result<usize, Fault> {
        let find = conversation::table
            .filter(conversation::deleted_at.is_not_null())
            .order(conversation::deleted_at)
            .select((
                conversation::workspace_id,
                conversation::id,
                conversation::number,
            ));
        let found = self.read(|conn| find.first::<(Vec<u8>, Vec<u8>, i64)>(conn).optional())?;
        let Some((workspace, id, number)) = found else {
            return Ok(0);
        };
        let messages = message::table
            .filter(message::conversation_id.eq(&id))
            .order(message::seq)
            .limit(limit(limit_rows))
            .select(SaidRow::COLUMNS);
        let said = restore_all::<SaidRow>(self.read(|conn| messages.load(conn))?)?;
        let mut erased = 0;
        if let Some(one) = said.first() {
            let (messages, revisions) = self.erase_messages(&said)?;
            erased += messages + revisions;
            // Answers that are kept for retries show what was said as well.
            let shown: Vec<_> = said.iter().map(|one| one.id).collect();
            let bearers: Vec<_> = shown.iter().copied().map(Bearer::Message).collect();
            let of = one.workspace;
            self.write(|conn| dialect::forget_claims(conn, of, &shown))?;
            Extras::erase(self, of, &bearers)?;
            self.release(of, &shown, now)?;
        }
        if said.len() < limit_rows {
            self.forget_scheduled(&id, now)?;
            self.erase_extras_within(&workspace, &id)?;
            let number = diesel::delete(conversation_number::table.find((&workspace, number)));
            let marks =
                diesel::delete(receipt_mark::table).filter(receipt_mark::conversation_id.eq(&id));
            let scheduled = diesel::delete(scheduled_message::table)
                .filter(scheduled_message::conversation_id.eq(&id));
            let members = diesel::delete(member::table).filter(member::conversation_id.eq(&id));
            let row = diesel::delete(conversation::table.find((&workspace, &id)));
            self.write(|conn| number.execute(conn))?;
            self.write(|conn| marks.execute(conn))?;
            self.write(|conn| scheduled.execute(conn))?;
            erased += self.write(|conn| members.execute(conn))?;
            erased += self.write(|conn| row.execute(conn))?;
        }
        Ok(erased)
    }
}

impl Work<'_> {
    /// Erases the answers that show scheduled messages of a conversation, and releases their files.
    fn forget_scheduled(&mut self, conversation: &[u8], now: Timestamp) -> Result<(), Fault> {
        let waiting = scheduled_message::table
            .filter(scheduled_message::conversation_id.eq(conversation))
            .select((scheduled_message::workspace_id, scheduled_message::id));
        let waiting: Vec<ScheduledIdRow> = self.read(|conn| waiting.load(conn))?;
        for (of, shown) in by_workspace(waiting)? {
            self.write(|conn| dialect::forget_claims(conn, of, &shown))?;
            self.release(of, &shown, now)?;
        }
        Ok(())
    }
}

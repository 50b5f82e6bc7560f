//! Scheduled messages and leases in the database.

use std::collections::BTreeMap;

use causerie_core::port::{DuePlace, Library, ReadSchedule, Schedule};
use causerie_core::schedule::Scheduled;
use causerie_core::{ConversationId, Fault, MessageId, ParticipantId, Timestamp, WorkspaceId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use super::super::dialect::{self, locked};
use super::super::{Backend, Conn};
use super::{Work, after, limit};
use crate::new_row::NewScheduled;
use crate::row::{ScheduledIdRow, ScheduledRow, restore_all, restore_one};
use crate::schema::scheduled_message;
use crate::statement::statement;

impl ReadSchedule for Work<'_> {
    fn find(&mut self, workspace: WorkspaceId, id: MessageId) -> Result<Option<Scheduled>, Fault> {
        let find = scheduled_message::table.find((workspace.to_bytes(), id.to_bytes()));
        restore_one::<ScheduledRow>(self.read(|conn| find.get_result(conn).optional())?)
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[MessageId],
    ) -> Result<Vec<Scheduled>, Fault> {
        restore_all(self.read(|conn| dialect::find_scheduled(conn, workspace, ids))?)
    }

    /// All scheduled messages of a conversation are of its workspace.
    fn page(
        &mut self,
        workspace: WorkspaceId,
        conversation: Option<ConversationId>,
        sender: Option<ParticipantId>,
        above: Option<DuePlace>,
        limit_rows: usize,
    ) -> Result<Vec<Scheduled>, Fault> {
        let at = above.map_or(i64::MIN, |place| place.due_at.unix_micros());
        let id = after(above.map(|place| place.id.to_bytes()));
        // The first bound is what the index is searched by; the second cuts off ties.
        let mut page = scheduled_message::table
            .filter(scheduled_message::due_at.ge(at))
            .filter(
                scheduled_message::due_at
                    .gt(at)
                    .or(scheduled_message::id.gt(id)),
            )
            .order((scheduled_message::due_at, scheduled_message::id))
            .limit(limit(limit_rows))
            .into_boxed();
        page = match conversation {
            Some(of) => page.filter(scheduled_message::conversation_id.eq(of.to_bytes())),
            None => page.filter(scheduled_message::workspace_id.eq(workspace.to_bytes())),
        };
        if let Some(sender) = sender {
            page = page.filter(scheduled_message::sender_id.eq(sender.to_bytes()));
        }
        let mut found = restore_all::<ScheduledRow>(self.read(|conn| page.load(conn))?)?;
        found.retain(|one| one.workspace == workspace);
        Ok(found)
    }

    fn has(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        count: usize,
    ) -> Result<bool, Fault> {
        let Some(before) = count.checked_sub(1) else {
            return Ok(true);
        };
        let last = scheduled_message::table
            .filter(scheduled_message::conversation_id.eq(conversation.to_bytes()))
            .order((scheduled_message::due_at, scheduled_message::id))
            .offset(limit(before))
            .limit(1)
            .select(scheduled_message::workspace_id);
        let found = self.read(|conn| last.get_result::<Vec<u8>>(conn).optional())?;
        Ok(found.is_some_and(|of| of == workspace.to_bytes()))
    }

    fn next_due(&mut self) -> Result<Option<Timestamp>, Fault> {
        let next = scheduled_message::table
            .filter(scheduled_message::refused.is_null())
            .order(scheduled_message::due_at)
            .limit(1)
            .select(scheduled_message::due_at);
        let found = self.read(|conn| next.get_result(conn).optional())?;
        Ok(found.map(Timestamp::from_unix_micros))
    }
}

statement! {
    /// Erases those that were refused longest ago; diesel cannot compare rows with a subquery of rows. Each
    /// is looked at again when its row is free: another unit may have changed it meanwhile.
    EraseRefused for Backend, Conn => (Binary, Binary);
    "DELETE FROM scheduled_message WHERE (workspace_id, id) IN \
     (SELECT workspace_id, id FROM scheduled_message WHERE refused IS NOT NULL AND updated_at < "
    [before: i64 as BigInt] " ORDER BY updated_at LIMIT " [limit: i64 as BigInt]
    ") AND refused IS NOT NULL AND updated_at + 0 < " [still: i64 as BigInt]
    " RETURNING workspace_id, id"
}

statement! {
    /// Takes a lease that is free, ran out, or is the holder's own.
    Hold for Backend, Conn;
    "INSERT INTO lease (name, holder, until) VALUES (" [name: &'static str as Text]
    ", " [holder: [u8; 16] as Binary] ", " [until: i64 as BigInt]
    ") ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until \
     WHERE lease.holder = excluded.holder OR lease.until <= " [now: i64 as BigInt] ""
}

/// The scheduled messages of each workspace.
pub(super) fn by_workspace(
    rows: Vec<ScheduledIdRow>,
) -> Result<BTreeMap<WorkspaceId, Vec<MessageId>>, Fault> {
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (workspace, id) in restore_all(rows)? {
        all.entry(workspace).or_default().push(id);
    }
    Ok(all)
}

impl Schedule for Work<'_> {
    fn lock(&mut self, workspace: WorkspaceId, id: MessageId) -> Result<Option<Scheduled>, Fault> {
        let find = locked!(scheduled_message::table.find((workspace.to_bytes(), id.to_bytes())));
        restore_one::<ScheduledRow>(self.write(|conn| find.get_result(conn).optional())?)
    }

    fn lock_due(&mut self, now: Timestamp, limit_rows: usize) -> Result<Vec<Scheduled>, Fault> {
        let due = locked!(
            scheduled_message::table
                .filter(scheduled_message::refused.is_null())
                .filter(scheduled_message::due_at.le(now.unix_micros()))
                .order((scheduled_message::due_at, scheduled_message::id))
                .limit(limit(limit_rows))
        );
        restore_all::<ScheduledRow>(self.write(|conn| due.load(conn))?)
    }

    fn add(&mut self, new: &Scheduled) -> Result<(), Fault> {
        let row = diesel::insert_into(scheduled_message::table).values(NewScheduled::from(new));
        self.write(|conn| row.execute(conn)).map(drop)
    }

    fn save(&mut self, changed: &Scheduled) -> Result<(), Fault> {
        let key = (changed.workspace.to_bytes(), changed.id.to_bytes());
        let save =
            diesel::update(scheduled_message::table.find(key)).set(NewScheduled::from(changed));
        self.write(|conn| save.execute(conn)).map(drop)
    }

    fn erase(&mut self, gone: &[(WorkspaceId, MessageId)]) -> Result<(), Fault> {
        if gone.is_empty() {
            return Ok(());
        }
        self.write(|conn| dialect::erase_scheduled(conn, gone))
    }

    fn erase_refused(
        &mut self,
        before: Timestamp,
        now: Timestamp,
        limit_rows: usize,
    ) -> Result<usize, Fault> {
        let erase = EraseRefused {
            before: before.unix_micros(),
            limit: limit(limit_rows),
            still: before.unix_micros(),
        };
        let gone: Vec<ScheduledIdRow> = self.write(|conn| erase.load(conn))?;
        let count = gone.len();
        for (workspace, messages) in by_workspace(gone)? {
            self.release(workspace, &messages, now)?;
        }
        Ok(count)
    }

    fn hold(
        &mut self,
        lease: &'static str,
        holder: [u8; 16],
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, Fault> {
        let hold = Hold {
            name: lease,
            holder,
            until: until.unix_micros(),
            now: now.unix_micros(),
        };
        self.write(|conn| hold.execute(conn)).map(|rows| rows == 1)
    }
}

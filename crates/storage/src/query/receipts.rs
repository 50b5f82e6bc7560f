//! Watermarks and recipients in the database.

use causerie_core::delivery::Recipient;
use causerie_core::port::{MARKS_AHEAD, ReadReceipts, Receipts};
use causerie_core::receipt::{Mark, ReceiptKind};
use causerie_core::{ConversationId, Fault, MessageId, ParticipantId, Seq, WorkspaceId};
use diesel::prelude::*;

use super::super::dialect;
use super::{Work, limit};
use crate::new_row::{NewMark, NewRecipient};
use crate::row::{MarkRow, RecipientRow, restore_all};
use crate::schema::{message_recipient, receipt_mark};

impl ReadReceipts for Work<'_> {
    fn leading_marks(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        from: Seq,
        limit_rows: usize,
    ) -> Result<Vec<Mark>, Fault> {
        let page = receipt_mark::table
            .filter(receipt_mark::conversation_id.eq(conversation.to_bytes()))
            .filter(receipt_mark::seq.ge(from.stored()))
            .filter(receipt_mark::leads)
            .filter(receipt_mark::workspace_id.eq(workspace.to_bytes()))
            .order((
                receipt_mark::seq,
                receipt_mark::participant_id,
                receipt_mark::kind,
            ))
            .limit(limit(limit_rows));
        restore_all::<MarkRow>(self.read(|conn| page.load(conn))?)
    }

    fn first_marks(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        from: Seq,
        participants: &[ParticipantId],
    ) -> Result<Vec<Mark>, Fault> {
        let found =
            self.read(|conn| dialect::first_marks(conn, conversation, from, participants))?;
        let mut found = restore_all::<MarkRow>(found)?;
        found.retain(|one| one.workspace == workspace);
        Ok(found)
    }

    fn ahead(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        kind: ReceiptKind,
        from: Seq,
        but: ParticipantId,
    ) -> Result<usize, Fault> {
        // A reading is a delivery, and its number is the higher one. Counted here: a database would look at
        // all of them to tell which are different.
        let others = receipt_mark::table
            .filter(receipt_mark::conversation_id.eq(conversation.to_bytes()))
            .filter(receipt_mark::seq.ge(from.stored()))
            .filter(receipt_mark::leads)
            .filter(receipt_mark::kind.ge(kind.number()))
            .filter(receipt_mark::participant_id.ne(but.to_bytes()))
            .filter(receipt_mark::workspace_id.eq(workspace.to_bytes()))
            .order((
                receipt_mark::seq,
                receipt_mark::participant_id,
                receipt_mark::kind,
            ))
            .limit(limit(MARKS_AHEAD))
            .select(receipt_mark::participant_id);
        let mut others: Vec<Vec<u8>> = self.read(|conn| others.load(conn))?;
        others.sort_unstable();
        others.dedup();
        Ok(others.len().min(2))
    }

    fn recipients_of(
        &mut self,
        workspace: WorkspaceId,
        messages: &[MessageId],
    ) -> Result<Vec<Recipient>, Fault> {
        let found = self.read(|conn| dialect::recipients_of(conn, messages))?;
        let mut found = restore_all::<RecipientRow>(found)?;
        found.retain(|one| one.workspace == workspace);
        found.sort_unstable_by_key(|one| (one.message, one.participant));
        Ok(found)
    }

    fn recipients(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Vec<Recipient>, Fault> {
        let all = message_recipient::table
            .filter(message_recipient::message_id.eq(message.to_bytes()))
            .filter(message_recipient::workspace_id.eq(workspace.to_bytes()))
            .order(message_recipient::participant_id);
        restore_all::<RecipientRow>(self.read(|conn| all.load(conn))?)
    }
}

impl Receipts for Work<'_> {
    fn mark(&mut self, mark: &Mark) -> Result<(), Fault> {
        let key = (
            receipt_mark::conversation_id,
            receipt_mark::participant_id,
            receipt_mark::kind,
            receipt_mark::seq,
        );
        let row = diesel::insert_into(receipt_mark::table)
            .values(NewMark::from(mark))
            .on_conflict(key)
            .do_update()
            .set((
                receipt_mark::at.eq(mark.at.unix_micros()),
                receipt_mark::leads.eq(mark.leads),
            ));
        self.write(|conn| row.execute(conn)).map(drop)
    }

    fn save_recipient(&mut self, recipient: &Recipient) -> Result<(), Fault> {
        let key = (
            message_recipient::message_id,
            message_recipient::participant_id,
        );
        let row = diesel::insert_into(message_recipient::table)
            .values(NewRecipient::from(recipient))
            .on_conflict(key)
            .do_update()
            .set(NewRecipient::from(recipient));
        self.write(|conn| row.execute(conn)).map(drop)
    }
}

//! What goes with a message when it is erased, and what is changed with its text.

use std::collections::BTreeSet;

use causerie_core::{Fault, Message, Revision, WorkspaceId};
use diesel::prelude::*;

use super::super::dialect;
use super::Work;
use crate::new_row::{MessageDelivery, NewMessageTag, NewRevision, RevisedMessage};
use crate::row::{Said, restore_all};
use crate::schema::{message, message_recipient, message_revision, outbox, reaction};

impl Work<'_> {
    /// What stored messages are found by, each once: words that are taken out twice would take out
    /// another message's.
    pub(super) fn said(
        &mut self,
        workspace: WorkspaceId,
        ids: &[[u8; 16]],
    ) -> Result<Vec<Said>, Fault> {
        let ids: BTreeSet<_> = ids.iter().copied().collect();
        let ids: Vec<_> = ids.into_iter().collect();
        restore_all(self.write(|conn| dialect::find_said(conn, workspace, &ids))?)
    }

    /// Erases messages with all that hangs on them; returns how many rows went that people know of:
    /// messages and revisions.
    pub(super) fn erase_messages(&mut self, said: &[Said]) -> Result<(usize, usize), Fault> {
        self.write(|conn| dialect::forget_words(conn, said))?;
        self.erase_tags(said)?;
        let ids: Vec<_> = said.iter().map(|one| one.id.to_bytes()).collect();
        let revisions = diesel::delete(message_revision::table)
            .filter(message_revision::message_id.eq_any(&ids));
        let reactions = diesel::delete(reaction::table).filter(reaction::message_id.eq_any(&ids));
        let recipients = diesel::delete(message_recipient::table)
            .filter(message_recipient::message_id.eq_any(&ids));
        let revisions = self.write(|conn| revisions.execute(conn))?;
        self.write(|conn| reactions.execute(conn))?;
        self.write(|conn| recipients.execute(conn))?;
        let waiting = diesel::delete(outbox::table).filter(outbox::message_id.eq_any(&ids));
        self.write(|conn| waiting.execute(conn))?;
        self.write(|conn| dialect::erase_references(conn, said))?;
        let messages = self.write(|conn| dialect::erase_messages(conn, said))?;
        Ok((messages, revisions))
    }

    /// Nobody answers these messages any more.
    pub(super) fn unlink_replies(&mut self, said: &[Said]) -> Result<(), Fault> {
        let ids = said.iter().map(|one| one.id.to_bytes());
        let unlink = diesel::update(message::table)
            .filter(message::reply_to.eq_any(ids))
            .set(message::reply_to.eq(None::<Vec<u8>>));
        self.write(|conn| unlink.execute(conn)).map(drop)
    }

    /// Stores what an edit or a deletion changes of a message, and lets it be found by that. Says
    /// whether the message is there.
    pub(super) fn restate(
        &mut self,
        changed: &Message,
        delivery: Option<MessageDelivery>,
    ) -> Result<bool, Fault> {
        let Some(before) = self
            .said(changed.workspace, &[changed.id.to_bytes()])?
            .pop()
        else {
            return Ok(false);
        };
        let find = message::table.find((changed.conversation.to_bytes(), changed.seq.stored()));
        let change = RevisedMessage::try_from(changed)?;
        if let Some(delivery) = delivery {
            let update = diesel::update(find).set((change, delivery));
            self.write(|conn| update.execute(conn))?;
        } else {
            let update = diesel::update(find).set(change);
            self.write(|conn| update.execute(conn))?;
        }
        self.refile(&before, changed)?;
        Ok(true)
    }

    /// Keeps an earlier state of a message.
    pub(super) fn keep(&mut self, changed: &Message, earlier: &Revision) -> Result<(), Fault> {
        let keep =
            diesel::insert_into(message_revision::table).values(NewRevision::of(changed, earlier)?);
        self.write(|conn| keep.execute(conn)).map(drop)
    }

    fn refile(&mut self, before: &Said, changed: &Message) -> Result<(), Fault> {
        let after = Said::of(changed, before.number);
        if after.words != before.words {
            self.write(|conn| dialect::forget_words(conn, std::slice::from_ref(before)))?;
            self.write(|conn| dialect::file_words(conn, std::slice::from_ref(&after)))?;
        }
        if after.tags != before.tags {
            self.erase_tags(std::slice::from_ref(before))?;
            let rows: Vec<_> = NewMessageTag::all(changed).collect();
            self.write(|conn| dialect::append_message_tags(conn, &rows))?;
        }
        Ok(())
    }

    fn erase_tags(&mut self, said: &[Said]) -> Result<(), Fault> {
        if said.iter().all(|one| one.tags.is_empty()) {
            return Ok(());
        }
        self.write(|conn| dialect::erase_message_tags(conn, said))
    }
}

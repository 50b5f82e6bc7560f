//! Reactions and receipts in memory.

use std::collections::{BTreeMap, BTreeSet};

use crate::delivery::Recipient;
use crate::fault::Fault;
use crate::id::{ConversationId, MessageId, ParticipantId, ReactionId, WorkspaceId};
use crate::message::Seq;
use crate::port::{MARKS_AHEAD, Reactions, ReadReactions, ReadReceipts, Receipts};
use crate::reaction::{Reaction, ReactionName};
use crate::receipt::{Mark, ReceiptKind};

use super::tables::{Work, taken};

impl Work {
    fn reactions_to(
        &self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> impl Iterator<Item = &Reaction> {
        self.tables
            .reactions
            .values()
            .filter(move |one| one.workspace == workspace && one.message == message)
    }

    /// The marks of a conversation at or above a place, in the order of seq, participant and kind.
    fn marks_from(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        from: Seq,
    ) -> impl Iterator<Item = &Mark> {
        self.tables
            .marks
            .range(
                (
                    conversation,
                    from,
                    ParticipantId::from_bytes([0; 16]),
                    ReceiptKind::Delivered,
                )..,
            )
            .map(|(_, mark)| mark)
            .take_while(move |mark| mark.conversation == conversation)
            .filter(move |mark| mark.workspace == workspace)
    }
}

impl ReadReactions for Work {
    fn find(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
        id: ReactionId,
    ) -> Result<Option<Reaction>, Fault> {
        let found = ReadReactions::find_many(self, workspace, &[id])?.pop();
        Ok(found.filter(|one| one.message == message))
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ReactionId],
    ) -> Result<Vec<Reaction>, Fault> {
        let found = ids.iter().filter_map(|id| self.tables.reactions.get(id));
        Ok(found
            .filter(|one| one.workspace == workspace)
            .cloned()
            .collect())
    }

    fn find_own(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
        participant: ParticipantId,
        name: &ReactionName,
    ) -> Result<Option<Reaction>, Fault> {
        Ok(self
            .reactions_to(workspace, message)
            .find(|one| one.participant == participant && one.name == *name)
            .cloned())
    }

    fn of_messages(
        &mut self,
        workspace: WorkspaceId,
        messages: &[MessageId],
        limit: usize,
    ) -> Result<Vec<Reaction>, Fault> {
        let mut all = Vec::new();
        for message in messages {
            all.extend(ReadReactions::page(self, workspace, *message, None, limit)?);
        }
        Ok(all)
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
        after: Option<ReactionId>,
        limit: usize,
    ) -> Result<Vec<Reaction>, Fault> {
        Ok(self
            .reactions_to(workspace, message)
            .filter(|one| after.is_none_or(|after| one.id > after))
            .take(limit)
            .cloned()
            .collect())
    }
}

impl Reactions for Work {
    fn add(&mut self, reaction: &Reaction) -> Result<(), Fault> {
        let Reaction {
            workspace,
            message,
            participant,
            ..
        } = *reaction;
        if self
            .find_own(workspace, message, participant, &reaction.name)?
            .is_some()
        {
            return Err(taken());
        }
        self.tables_mut()
            .reactions
            .insert(reaction.id, reaction.clone());
        Ok(())
    }

    fn erase(&mut self, reaction: &Reaction) -> Result<(), Fault> {
        self.tables_mut().reactions.remove(&reaction.id);
        Ok(())
    }

    fn erase_all(&mut self, workspace: WorkspaceId, message: MessageId) -> Result<(), Fault> {
        self.tables_mut()
            .reactions
            .retain(|_, one| one.workspace != workspace || one.message != message);
        Ok(())
    }
}

impl ReadReceipts for Work {
    fn leading_marks(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        from: Seq,
        limit: usize,
    ) -> Result<Vec<Mark>, Fault> {
        Ok(self
            .marks_from(workspace, conversation, from)
            .filter(|mark| mark.leads)
            .take(limit)
            .cloned()
            .collect())
    }

    fn first_marks(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        from: Seq,
        participants: &[ParticipantId],
    ) -> Result<Vec<Mark>, Fault> {
        let mut first = BTreeMap::new();
        for mark in self.marks_from(workspace, conversation, from) {
            if participants.contains(&mark.participant) {
                first
                    .entry((mark.participant, mark.kind))
                    .or_insert_with(|| mark.clone());
            }
        }
        Ok(first.into_values().collect())
    }

    fn ahead(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        kind: ReceiptKind,
        from: Seq,
        but: ParticipantId,
    ) -> Result<usize, Fault> {
        let others: BTreeSet<ParticipantId> = self
            .marks_from(workspace, conversation, from)
            .filter(|mark| mark.leads && mark.kind >= kind && mark.participant != but)
            .take(MARKS_AHEAD)
            .map(|mark| mark.participant)
            .collect();
        Ok(others.len().min(2))
    }

    fn recipients_of(
        &mut self,
        workspace: WorkspaceId,
        messages: &[MessageId],
    ) -> Result<Vec<Recipient>, Fault> {
        let mut messages = messages.to_vec();
        messages.sort_unstable();
        messages.dedup();
        let mut all = Vec::new();
        for message in messages {
            all.extend(self.recipients(workspace, message)?);
        }
        Ok(all)
    }

    fn recipients(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Vec<Recipient>, Fault> {
        let all = self.tables.recipients.values();
        Ok(all
            .filter(|one| one.workspace == workspace && one.message == message)
            .cloned()
            .collect())
    }
}

impl Receipts for Work {
    fn mark(&mut self, mark: &Mark) -> Result<(), Fault> {
        let place = (mark.conversation, mark.seq, mark.participant, mark.kind);
        self.tables_mut().marks.insert(place, mark.clone());
        Ok(())
    }

    fn save_recipient(&mut self, recipient: &Recipient) -> Result<(), Fault> {
        let place = (recipient.message, recipient.participant);
        self.tables_mut()
            .recipients
            .insert(place, recipient.clone());
        Ok(())
    }
}

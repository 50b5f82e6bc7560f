//! Conversations, members and messages in memory.

use crate::conversation::{Conversation, ConversationState, DirectKey};
use crate::fault::Fault;
use crate::id::{ConversationId, MessageId, ParticipantId, WorkspaceId};
use crate::member::{Member, MemberState};
use crate::message::{Message, MessageState, Revision, Seq};
use crate::page::{Activity, Order};
use crate::port::{
    Advance, ConversationFilter, Conversations, Members, Messages, ReadAdvance, ReadConversations,
    ReadMembers, ReadMessages, SeqRange,
};
use crate::timestamp::Timestamp;

use super::tables::{Work, taken};

impl ReadConversations for Work {
    fn find(
        &mut self,
        workspace: WorkspaceId,
        id: ConversationId,
    ) -> Result<Option<Conversation>, Fault> {
        Ok(self.conversation(workspace, id).cloned())
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ConversationId],
    ) -> Result<Vec<Conversation>, Fault> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        Ok(ids
            .iter()
            .filter_map(|id| self.conversation(workspace, *id))
            .cloned()
            .collect())
    }

    fn find_direct(
        &mut self,
        workspace: WorkspaceId,
        pair: DirectKey,
    ) -> Result<Option<Conversation>, Fault> {
        let mut all = self.tables.conversations.values();
        Ok(all
            .find(|one| {
                one.workspace == workspace && one.direct == Some(pair) && one.deleted_at.is_none()
            })
            .cloned())
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        filter: ConversationFilter,
        before: Option<Activity>,
        limit: usize,
    ) -> Result<Vec<Conversation>, Fault> {
        let place = |one: &Conversation| Activity {
            at: one.activity_at(),
            id: one.id,
        };
        let mut found: Vec<Conversation> = self
            .tables
            .conversations
            .values()
            .filter(|one| {
                one.workspace == workspace
                    && one.deleted_at.is_none()
                    && filter.kind.is_none_or(|kind| one.kind == kind)
                    && filter.status.is_none_or(|status| one.status == status)
                    && before.is_none_or(|before| place(one) < before)
            })
            .cloned()
            .collect();
        found.sort_unstable_by_key(|one| std::cmp::Reverse(place(one)));
        found.truncate(limit);
        Ok(found)
    }

    fn page_of(
        &mut self,
        workspace: WorkspaceId,
        participant: ParticipantId,
        filter: ConversationFilter,
        before: Option<Activity>,
        limit: usize,
    ) -> Result<Vec<(Conversation, Member)>, Fault> {
        let all = ReadConversations::page(self, workspace, filter, before, usize::MAX)?;
        let own = |one: Conversation| {
            let member = self.tables.members.get(&(one.id, participant))?;
            member.is_present().then(|| (one, member.clone()))
        };
        Ok(all.into_iter().filter_map(own).take(limit).collect())
    }
}

impl Conversations for Work {
    fn lock_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ConversationId],
    ) -> Result<Vec<Conversation>, Fault> {
        ReadConversations::find_many(self, workspace, ids)
    }

    fn add(&mut self, conversation: &Conversation) -> Result<(), Fault> {
        if let Some(pair) = conversation.direct
            && self.find_direct(conversation.workspace, pair)?.is_some()
        {
            return Err(taken());
        }
        self.tables_mut()
            .conversations
            .insert(conversation.id, conversation.clone());
        Ok(())
    }

    fn save(&mut self, conversation: &Conversation) -> Result<(), Fault> {
        if let Some(stored) = self.conversation(conversation.workspace, conversation.id) {
            let state = ConversationState {
                kind: stored.kind,
                created_at: stored.created_at,
                ..(**conversation).clone()
            };
            let saved = Conversation::restore(state);
            self.tables_mut().conversations.insert(saved.id, saved);
        }
        Ok(())
    }

    fn advance(&mut self, workspace: WorkspaceId, to: &[Advance]) -> Result<(), Fault> {
        for advance in to {
            if let Some(one) = self.conversation(workspace, advance.conversation) {
                let state = ConversationState {
                    last_seq: advance.last_seq,
                    last_message_at: Some(advance.last_message_at),
                    ..(**one).clone()
                };
                let moved = Conversation::restore(state);
                self.tables_mut()
                    .conversations
                    .insert(advance.conversation, moved);
            }
        }
        Ok(())
    }

    fn erase_deleted(&mut self, limit: usize) -> Result<usize, Fault> {
        let all = self.tables.conversations.values();
        let Some(id) = all
            .filter(|one| one.deleted_at.is_some())
            .map(|one| one.id)
            .next()
        else {
            return Ok(0);
        };
        let tables = self.tables_mut();
        let range = (id, Seq::ZERO)..=(id, Seq::MAX);
        let places: Vec<_> = tables
            .messages
            .range(range)
            .map(|(at, _)| *at)
            .take(limit)
            .collect();
        let erased: Vec<MessageId> = places
            .iter()
            .filter_map(|at| tables.messages.remove(at))
            .map(|message| message.id)
            .collect();
        tables.places.retain(|message, _| !erased.contains(message));
        tables
            .revisions
            .retain(|(message, _), _| !erased.contains(message));
        if erased.len() == limit {
            return Ok(limit);
        }
        tables
            .members
            .retain(|(conversation, _), _| *conversation != id);
        tables.conversations.remove(&id);
        Ok(erased.len() + 1)
    }
}

impl ReadMembers for Work {
    fn find(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        participant: ParticipantId,
    ) -> Result<Option<Member>, Fault> {
        Ok(ReadMembers::find_many(self, workspace, &[(conversation, participant)])?.pop())
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        of: &[(ConversationId, ParticipantId)],
    ) -> Result<Vec<Member>, Fault> {
        let found = of.iter().filter_map(|place| self.tables.members.get(place));
        Ok(found
            .filter(|member| member.workspace == workspace)
            .cloned()
            .collect())
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        after: Option<ParticipantId>,
        limit: usize,
    ) -> Result<Vec<Member>, Fault> {
        let passes = |member: &&Member| {
            member.workspace == workspace
                && member.conversation == conversation
                && member.is_present()
                && after.is_none_or(|after| member.participant > after)
        };
        Ok(self
            .tables
            .members
            .values()
            .filter(passes)
            .take(limit)
            .cloned()
            .collect())
    }
}

impl Members for Work {
    fn lock(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        participant: ParticipantId,
    ) -> Result<Option<Member>, Fault> {
        ReadMembers::find(self, workspace, conversation, participant)
    }

    fn add(&mut self, members: &[Member]) -> Result<(), Fault> {
        for member in members {
            let place = (member.conversation, member.participant);
            self.tables_mut().members.insert(place, member.clone());
        }
        Ok(())
    }

    fn save(&mut self, member: &Member) -> Result<(), Fault> {
        let (of, id) = (member.conversation, member.participant);
        match ReadMembers::find(self, member.workspace, of, id)? {
            Some(_) => Members::add(self, std::slice::from_ref(member)),
            None => Ok(()),
        }
    }

    fn advance_read(&mut self, workspace: WorkspaceId, to: &[ReadAdvance]) -> Result<(), Fault> {
        for advance in to {
            let (of, id) = (advance.conversation, advance.participant);
            if let Some(member) = ReadMembers::find(self, workspace, of, id)?
                && member.read_seq < advance.read_seq
            {
                let state = MemberState {
                    read_seq: advance.read_seq,
                    read_at: Some(advance.read_at),
                    ..(*member).clone()
                };
                Members::add(self, &[Member::restore(state)])?;
            }
        }
        Ok(())
    }
}

impl ReadMessages for Work {
    fn find(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        id: MessageId,
    ) -> Result<Option<Message>, Fault> {
        let found = ReadMessages::find_many(self, workspace, &[id])?.pop();
        Ok(found.filter(|message| message.conversation == conversation))
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[MessageId],
    ) -> Result<Vec<Message>, Fault> {
        let found = ids.iter().filter_map(|id| self.tables.places.get(id));
        let messages = found.filter_map(|place| self.tables.messages.get(place));
        Ok(messages
            .filter(|message| message.workspace == workspace)
            .cloned()
            .collect())
    }

    fn find_at(
        &mut self,
        workspace: WorkspaceId,
        places: &[(ConversationId, Seq)],
    ) -> Result<Vec<Message>, Fault> {
        let found = places
            .iter()
            .filter_map(|place| self.tables.messages.get(place));
        Ok(found
            .filter(|message| message.workspace == workspace)
            .cloned()
            .collect())
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        range: SeqRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<Message>, Fault> {
        let all = self
            .tables
            .messages
            .range((conversation, Seq::ZERO)..=(conversation, Seq::MAX));
        let found = all.map(|(_, message)| message).filter(|message| {
            message.workspace == workspace
                && message.seq > range.above
                && range.below.is_none_or(|below| message.seq < below)
        });
        Ok(match order {
            Order::Ascending => found.take(limit).cloned().collect(),
            Order::Descending => found.rev().take(limit).cloned().collect(),
        })
    }

    fn first_from(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        from: Seq,
    ) -> Result<Option<(Seq, Timestamp)>, Fault> {
        let mut all = self
            .tables
            .messages
            .range((conversation, from)..=(conversation, Seq::MAX));
        Ok(all
            .find(|(_, message)| message.workspace == workspace)
            .map(|(_, message)| (message.seq, message.created_at)))
    }

    fn revisions(
        &mut self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Vec<Revision>, Fault> {
        if ReadMessages::find_many(self, workspace, &[message])?.is_empty() {
            return Ok(Vec::new());
        }
        let all = self
            .tables
            .revisions
            .range((message, 0)..=(message, u32::MAX));
        Ok(all.map(|(_, revision)| revision.clone()).collect())
    }
}

impl Messages for Work {
    fn lock(
        &mut self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        id: MessageId,
    ) -> Result<Option<Message>, Fault> {
        ReadMessages::find(self, workspace, conversation, id)
    }

    fn append(&mut self, _: WorkspaceId, messages: &[Message]) -> Result<(), Fault> {
        for message in messages {
            let place = (message.conversation, message.seq);
            if self.tables.messages.contains_key(&place) {
                return Err(taken());
            }
            self.tables_mut().places.insert(message.id, place);
            self.tables_mut().messages.insert(place, message.clone());
        }
        Ok(())
    }

    fn revise(&mut self, message: &Message, earlier: &Revision) -> Result<(), Fault> {
        let place = (message.conversation, message.seq);
        let stored = self.tables_mut().messages.get_mut(&place);
        let Some(stored) = stored.filter(|stored| stored.workspace == message.workspace) else {
            return Ok(());
        };
        *stored = Message::restore(MessageState {
            text: message.text.clone(),
            metadata: message.metadata.clone(),
            revision_count: message.revision_count,
            edited_at: message.edited_at,
            deleted_at: message.deleted_at,
            ..(**stored).clone()
        });
        let revision = (earlier.message, earlier.number);
        self.tables_mut()
            .revisions
            .insert(revision, earlier.clone());
        Ok(())
    }
}

//! Conversations and members in memory.

use crate::conversation::{Conversation, ConversationState, DirectKey, ThreadKey};
use crate::extra::Bearer;
use crate::fault::Fault;
use crate::id::{ConversationId, ParticipantId, WorkspaceId};
use crate::member::Member;
use crate::message::{Message, Seq};
use crate::page::Activity;
use crate::port::{
    Advance, Claims, ConversationFilter, Conversations, Extras, Library, Members, OwnFilter,
    ReadAdvance, ReadConversations, ReadMembers, Sender,
};
use crate::timestamp::Timestamp;

use super::tables::{Work, taken};

/// Whether a membership is one that a list shows.
fn passes(filter: OwnFilter, conversation: &Conversation, member: &Member) -> bool {
    let is = |wanted: Option<bool>, fact: bool| wanted.is_none_or(|wanted| wanted == fact);
    is(filter.muted, member.muted_at.is_some())
        && is(filter.pinned, member.pinned_at.is_some())
        && is(filter.archived, member.archived_at.is_some())
        && is(
            filter.unread,
            conversation.public_count > member.read_public,
        )
}

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

    fn find_numbered(
        &mut self,
        workspace: WorkspaceId,
        number: u64,
    ) -> Result<Option<Conversation>, Fault> {
        let mut all = self.tables.conversations.values();
        let numbered = |one: &&Conversation| {
            one.workspace == workspace && one.number == number && one.deleted_at.is_none()
        };
        Ok(all.find(numbered).cloned())
    }

    fn count(
        &mut self,
        workspace: WorkspaceId,
        participant: Option<ParticipantId>,
        filter: &ConversationFilter,
        count_max: usize,
    ) -> Result<usize, Fault> {
        let count = match participant {
            None => ReadConversations::page(self, workspace, filter, None, count_max)?.len(),
            Some(of) => self.page_of(workspace, of, filter, None, count_max)?.len(),
        };
        Ok(count)
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

    fn find_directs(
        &mut self,
        workspace: WorkspaceId,
        pairs: &[DirectKey],
    ) -> Result<Vec<Conversation>, Fault> {
        let mut pairs = pairs.to_vec();
        pairs.sort_unstable();
        pairs.dedup();
        let mut found = Vec::new();
        for pair in pairs {
            found.extend(self.find_direct(workspace, pair)?);
        }
        Ok(found)
    }

    fn find_thread(
        &mut self,
        workspace: WorkspaceId,
        thread: ThreadKey,
    ) -> Result<Option<Conversation>, Fault> {
        let mut all = self.tables.conversations.values();
        let found = all.find(|one| one.workspace == workspace && one.thread == Some(thread));
        Ok(found.cloned())
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        filter: &ConversationFilter,
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
                    && (filter.channel.is_none() || one.channel == filter.channel)
                    && filter
                        .assignee
                        .is_none_or(|assignee| one.assignee == assignee)
                    && filter
                        .label
                        .as_ref()
                        .is_none_or(|label| one.labels.contains(label))
                    && (filter.priority.is_none() || one.priority == filter.priority)
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
        filter: &ConversationFilter,
        before: Option<Activity>,
        limit: usize,
    ) -> Result<Vec<(Conversation, Member)>, Fault> {
        let all = ReadConversations::page(self, workspace, filter, before, usize::MAX)?;
        let own = |one: Conversation| {
            let member = self.tables.members.get(&(one.id, participant))?;
            let wanted = member.is_present() && passes(filter.own, &one, member);
            wanted.then(|| (one, member.clone()))
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

    fn next_number(&mut self, workspace: WorkspaceId) -> Result<u64, Fault> {
        let count = self.tables_mut().numbers.entry(workspace).or_default();
        *count += 1;
        Ok(*count)
    }

    fn add(&mut self, conversation: &Conversation) -> Result<(), Fault> {
        if let Some(pair) = conversation.direct
            && self.find_direct(conversation.workspace, pair)?.is_some()
        {
            return Err(taken());
        }
        if let Some(thread) = conversation.thread
            && self.find_thread(conversation.workspace, thread)?.is_some()
        {
            return Err(taken());
        }
        self.tables_mut()
            .conversations
            .insert(conversation.id, conversation.clone());
        Ok(())
    }

    fn lock_snoozed(&mut self, now: Timestamp, limit: usize) -> Result<Vec<Conversation>, Fault> {
        let all = self.tables.conversations.values();
        let ended = |one: &&Conversation| {
            one.deleted_at.is_none() && one.snoozed_until.is_some_and(|until| until <= now)
        };
        let mut ended: Vec<&Conversation> = all.filter(ended).collect();
        ended.sort_by_key(|one| (one.snoozed_until, one.id));
        Ok(ended.into_iter().take(limit).cloned().collect())
    }

    fn save(&mut self, conversation: &Conversation) -> Result<(), Fault> {
        if let Some(pair) = conversation.direct {
            let holder = self.find_direct(conversation.workspace, pair)?;
            if holder.is_some_and(|holder| holder.id != conversation.id) {
                return Err(taken());
            }
        }
        if let Some(stored) = self.conversation(conversation.workspace, conversation.id) {
            let state = ConversationState {
                number: stored.number,
                kind: stored.kind,
                channel: stored.channel,
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
                    public_count: advance.public_count,
                    public_seq: advance.public_seq,
                    public_at: advance.public_at,
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

    fn erase_deleted(&mut self, now: Timestamp, limit: usize) -> Result<usize, Fault> {
        let all = self.tables.conversations.values();
        let Some(id) = all
            .filter(|one| one.deleted_at.is_some())
            .map(|one| one.id)
            .next()
        else {
            return Ok(0);
        };
        let range = (id, Seq::ZERO)..=(id, Seq::MAX);
        let doomed: Vec<Message> = self
            .tables
            .messages
            .range(range)
            .map(|(_, message)| message.clone())
            .take(limit)
            .collect();
        for message in &doomed {
            self.erase_message(message);
            Claims::forget(self, message.workspace, &[message.id])?;
            Library::release(self, message.workspace, &[message.id], now)?;
            Extras::erase(self, message.workspace, &[Bearer::Message(message.id)])?;
        }
        if doomed.len() == limit {
            return Ok(limit);
        }
        let waiting = self.tables.scheduled.values();
        let waiting: Vec<_> = waiting
            .filter(|one| one.conversation == id)
            .map(|one| (one.workspace, one.id))
            .collect();
        for (workspace, shown) in waiting {
            Claims::forget(self, workspace, &[shown])?;
            Library::release(self, workspace, &[shown], now)?;
        }
        let tables = self.tables_mut();
        tables.marks.retain(|(of, ..), _| *of != id);
        tables.scheduled.retain(|_, one| one.conversation != id);
        tables.members.retain(|(of, _), _| *of != id);
        tables.extras.retain(|(_, bearer, _), _| {
            !matches!(bearer, Bearer::Conversation(of) | Bearer::Member(of, _) if *of == id)
        });
        tables.conversations.remove(&id);
        Ok(doomed.len() + 1)
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

    fn find_senders(
        &mut self,
        workspace: WorkspaceId,
        of: &[(ConversationId, ParticipantId)],
    ) -> Result<Vec<Sender>, Fault> {
        let found = ReadMembers::find_many(self, workspace, of)?;
        let participants = &self.tables.participants;
        let sender = |member: Member| {
            let participant = participants.get(&member.participant)?;
            Some(Sender {
                kind: participant.kind,
                archived: participant.archived_at.is_some(),
                member,
            })
        };
        Ok(found.into_iter().filter_map(sender).collect())
    }

    fn of_participant(
        &mut self,
        workspace: WorkspaceId,
        participant: ParticipantId,
        limit: usize,
    ) -> Result<Vec<Member>, Fault> {
        let all = self.tables.members.values();
        Ok(all
            .filter(|one| {
                one.participant == participant
                    && one.is_present()
                    && self.conversation(workspace, one.conversation).is_some()
            })
            .take(limit)
            .cloned()
            .collect())
    }

    fn first_of(
        &mut self,
        workspace: WorkspaceId,
        conversations: &[ConversationId],
        limit: usize,
    ) -> Result<Vec<Member>, Fault> {
        let mut conversations = conversations.to_vec();
        conversations.sort_unstable();
        conversations.dedup();
        let mut found = Vec::new();
        for id in conversations {
            found.extend(ReadMembers::page(self, workspace, id, None, limit)?);
        }
        Ok(found)
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
                let mut member = member;
                member.read_up_to(advance.read_seq, advance.read_public, advance.read_at);
                Members::add(self, &[member])?;
            }
        }
        Ok(())
    }
}

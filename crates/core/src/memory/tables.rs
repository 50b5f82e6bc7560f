//! The collections as ordered maps. A write copies them once, so that undoing is forgetting.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::claim::{ClaimKey, Settled};
use crate::conversation::{Conversation, ConversationState, DirectKey};
use crate::event::{Event, NewEvent, Position};
use crate::fault::Fault;
use crate::id::{ConversationId, KeyId, MessageId, ParticipantId, WorkspaceId};
use crate::key::{ApiKey, ApiKeyState};
use crate::member::{Member, MemberState};
use crate::message::{Message, Revision, Seq};
use crate::page::{Activity, Order};
use crate::participant::Participant;
use crate::port::{
    Advance, Claims, ConversationFilter, Conversations, Events, Keys, Members, Messages,
    ParticipantFilter, Participants, ReadAdvance, ReadClaims, ReadConversations, ReadEvents,
    ReadKeys, ReadMembers, ReadMessages, ReadParticipants, ReadWorkspaces, SeqRange, Snapshot,
    Unit, Workspaces,
};
use crate::text::ExternalId;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;

#[derive(Clone, Default)]
pub(super) struct Tables {
    workspaces: BTreeMap<WorkspaceId, Workspace>,
    keys: BTreeMap<KeyId, ApiKey>,
    participants: BTreeMap<ParticipantId, Participant>,
    conversations: BTreeMap<ConversationId, Conversation>,
    members: BTreeMap<(ConversationId, ParticipantId), Member>,
    messages: BTreeMap<(ConversationId, Seq), Message>,
    places: BTreeMap<MessageId, (ConversationId, Seq)>,
    revisions: BTreeMap<(MessageId, u32), Revision>,
    pub(super) events: BTreeMap<WorkspaceId, Vec<Event>>,
    claims: BTreeMap<(WorkspaceId, ClaimKey), Settled>,
}

/// One job's view.
pub(super) struct Work {
    tables: Arc<Tables>,
    events: Vec<(WorkspaceId, NewEvent)>,
}

impl Work {
    pub(super) fn on(tables: Arc<Tables>) -> Self {
        Self {
            tables,
            events: Vec::new(),
        }
    }

    /// Gives the events their positions.
    pub(super) fn finish(mut self) -> (Arc<Tables>, Vec<(WorkspaceId, Position)>) {
        let mut heads = BTreeMap::new();
        for (workspace, NewEvent { topic, subject, at }) in std::mem::take(&mut self.events) {
            let log = self.tables_mut().events.entry(workspace).or_default();
            let next = log.last().map_or(0, |event| event.position.get()) + 1;
            let position = Position::new(next);
            log.push(Event {
                position,
                topic,
                subject,
                at,
            });
            heads.insert(workspace, position);
        }
        (self.tables, heads.into_iter().collect())
    }

    fn tables_mut(&mut self) -> &mut Tables {
        Arc::make_mut(&mut self.tables)
    }

    fn conversation(&self, workspace: WorkspaceId, id: ConversationId) -> Option<&Conversation> {
        self.tables
            .conversations
            .get(&id)
            .filter(|one| one.workspace == workspace && one.deleted_at.is_none())
    }
}

fn taken() -> Fault {
    Fault::contended("a unique value is taken")
}

impl ReadWorkspaces for Work {
    fn find(&mut self, id: WorkspaceId) -> Result<Option<Workspace>, Fault> {
        Ok(self.tables.workspaces.get(&id).cloned())
    }

    fn find_root(&mut self) -> Result<Option<Workspace>, Fault> {
        Ok(self
            .tables
            .workspaces
            .values()
            .find(|one| one.root)
            .cloned())
    }

    fn page(&mut self, after: Option<WorkspaceId>, limit: usize) -> Result<Vec<Workspace>, Fault> {
        let all = self.tables.workspaces.values();
        Ok(all
            .filter(|one| after.is_none_or(|after| one.id > after))
            .take(limit)
            .cloned()
            .collect())
    }
}

impl Workspaces for Work {
    fn add(&mut self, workspace: &Workspace) -> Result<(), Fault> {
        if workspace.root && ReadWorkspaces::find_root(self)?.is_some() {
            return Err(taken());
        }
        self.tables_mut()
            .workspaces
            .insert(workspace.id, workspace.clone());
        Ok(())
    }
}

impl ReadKeys for Work {
    fn find_anywhere(&mut self, id: KeyId) -> Result<Option<ApiKey>, Fault> {
        Ok(self.tables.keys.get(&id).cloned())
    }

    fn find(&mut self, workspace: WorkspaceId, id: KeyId) -> Result<Option<ApiKey>, Fault> {
        Ok(self
            .tables
            .keys
            .get(&id)
            .filter(|key| key.workspace == workspace)
            .cloned())
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        before: Option<KeyId>,
        limit: usize,
    ) -> Result<Vec<ApiKey>, Fault> {
        let all = self
            .tables
            .keys
            .values()
            .rev()
            .filter(|key| key.workspace == workspace);
        let found = all.filter(|key| before.is_none_or(|before| key.id < before));
        Ok(found.take(limit).cloned().collect())
    }
}

impl Keys for Work {
    fn lock(&mut self, workspace: WorkspaceId, id: KeyId) -> Result<Option<ApiKey>, Fault> {
        ReadKeys::find(self, workspace, id)
    }

    fn add(&mut self, key: &ApiKey) -> Result<(), Fault> {
        self.tables_mut().keys.insert(key.id, key.clone());
        Ok(())
    }

    fn save(&mut self, key: &ApiKey) -> Result<(), Fault> {
        if let Some(stored) = self.tables_mut().keys.get_mut(&key.id) {
            let (expires_at, revoked_at) = (key.expires_at, key.revoked_at);
            *stored = ApiKey::restore(ApiKeyState {
                expires_at,
                revoked_at,
                ..(**stored).clone()
            });
        }
        Ok(())
    }

    fn note_use(&mut self, uses: &[(KeyId, Timestamp)]) -> Result<(), Fault> {
        for (id, at) in uses {
            if let Some(stored) = self.tables_mut().keys.get_mut(id) {
                let last_used_at = stored.last_used_at.max(Some(*at));
                *stored = ApiKey::restore(ApiKeyState {
                    last_used_at,
                    ..(**stored).clone()
                });
            }
        }
        Ok(())
    }
}

impl ReadParticipants for Work {
    fn find(
        &mut self,
        workspace: WorkspaceId,
        id: ParticipantId,
    ) -> Result<Option<Participant>, Fault> {
        Ok(self
            .tables
            .participants
            .get(&id)
            .filter(|one| one.workspace == workspace)
            .cloned())
    }

    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        ids: &[ParticipantId],
    ) -> Result<Vec<Participant>, Fault> {
        let all = self.tables.participants.values();
        Ok(all
            .filter(|one| one.workspace == workspace && ids.contains(&one.id))
            .cloned()
            .collect())
    }

    fn find_external(
        &mut self,
        workspace: WorkspaceId,
        external_id: &ExternalId,
    ) -> Result<Option<Participant>, Fault> {
        let mut all = self.tables.participants.values();
        Ok(all
            .find(|one| one.workspace == workspace && one.external_id.as_ref() == Some(external_id))
            .cloned())
    }

    fn page(
        &mut self,
        workspace: WorkspaceId,
        filter: &ParticipantFilter,
        before: Option<ParticipantId>,
        limit: usize,
    ) -> Result<Vec<Participant>, Fault> {
        let passes = |one: &&Participant| {
            one.workspace == workspace
                && before.is_none_or(|before| one.id < before)
                && filter.kind.is_none_or(|kind| one.kind == kind)
                && (filter.external_id.is_none() || one.external_id == filter.external_id)
                && filter
                    .archived
                    .is_none_or(|archived| one.archived_at.is_some() == archived)
        };
        let all = self.tables.participants.values().rev();
        Ok(all.filter(passes).take(limit).cloned().collect())
    }
}

impl Participants for Work {
    fn lock(
        &mut self,
        workspace: WorkspaceId,
        id: ParticipantId,
    ) -> Result<Option<Participant>, Fault> {
        ReadParticipants::find(self, workspace, id)
    }

    fn add(&mut self, participant: &Participant) -> Result<(), Fault> {
        if let Some(external_id) = &participant.external_id {
            let holder = self.find_external(participant.workspace, external_id)?;
            if holder.is_some_and(|holder| holder.id != participant.id) {
                return Err(taken());
            }
        }
        self.tables_mut()
            .participants
            .insert(participant.id, participant.clone());
        Ok(())
    }

    fn save(&mut self, participant: &Participant) -> Result<(), Fault> {
        if ReadParticipants::find(self, participant.workspace, participant.id)?.is_none() {
            return Ok(());
        }
        Participants::add(self, participant)
    }
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
        if self
            .conversation(conversation.workspace, conversation.id)
            .is_some()
        {
            self.tables_mut()
                .conversations
                .insert(conversation.id, conversation.clone());
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
        self.tables_mut().messages.insert(place, message.clone());
        let revision = (earlier.message, earlier.number);
        self.tables_mut()
            .revisions
            .insert(revision, earlier.clone());
        Ok(())
    }
}

impl ReadEvents for Work {
    fn page(
        &mut self,
        workspace: WorkspaceId,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Event>, Fault> {
        let log = self.tables.log(workspace).iter();
        Ok(log
            .filter(|event| event.position > after)
            .take(limit)
            .copied()
            .collect())
    }

    fn head(&mut self, workspace: WorkspaceId) -> Result<Position, Fault> {
        Ok(self
            .tables
            .log(workspace)
            .last()
            .map_or(Position::ZERO, |event| event.position))
    }
}

impl Events for Work {
    fn append(&mut self, workspace: WorkspaceId, events: &[NewEvent]) -> Result<(), Fault> {
        self.events
            .extend(events.iter().map(|event| (workspace, *event)));
        Ok(())
    }
}

impl ReadClaims for Work {
    fn find_many(
        &mut self,
        workspace: WorkspaceId,
        keys: &[ClaimKey],
        now: Timestamp,
    ) -> Result<Vec<Settled>, Fault> {
        let found = keys
            .iter()
            .filter_map(|key| self.tables.claims.get(&(workspace, *key)));
        Ok(found
            .filter(|settled| settled.expires_at > now)
            .cloned()
            .collect())
    }
}

impl Claims for Work {
    fn append(
        &mut self,
        workspace: WorkspaceId,
        claims: &[Settled],
        now: Timestamp,
    ) -> Result<(), Fault> {
        for settled in claims {
            let place = (workspace, settled.key);
            if self
                .tables
                .claims
                .get(&place)
                .is_some_and(|earlier| earlier.expires_at > now)
            {
                return Err(taken());
            }
            self.tables_mut().claims.insert(place, settled.clone());
        }
        Ok(())
    }

    fn erase_expired(&mut self, now: Timestamp, limit: usize) -> Result<usize, Fault> {
        let expired = self
            .tables
            .claims
            .iter()
            .filter(|(_, settled)| settled.expires_at <= now);
        let places: Vec<_> = expired.map(|(place, _)| *place).take(limit).collect();
        for place in &places {
            self.tables_mut().claims.remove(place);
        }
        Ok(places.len())
    }
}

macro_rules! lend {
    ($($name:ident $name_mut:ident: $read:ident $write:ident;)+) => {
        impl Snapshot for Work {
            $(fn $name(&mut self) -> &mut dyn $read { self })+
        }
        impl Unit for Work {
            $(fn $name_mut(&mut self) -> &mut dyn $write { self })+
        }
    };
}

lend! {
    workspaces workspaces_mut: ReadWorkspaces Workspaces;
    keys keys_mut: ReadKeys Keys;
    participants participants_mut: ReadParticipants Participants;
    conversations conversations_mut: ReadConversations Conversations;
    members members_mut: ReadMembers Members;
    messages messages_mut: ReadMessages Messages;
    events events_mut: ReadEvents Events;
    claims claims_mut: ReadClaims Claims;
}

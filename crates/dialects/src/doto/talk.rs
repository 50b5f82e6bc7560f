//! Who is in conversations: their customers and agents, and how far they have read.
//!
//! As many statements for a page of conversations as for one.

use std::collections::HashMap;

use causerie_core::act::{find_first_members, find_memberships, find_participants};
use causerie_core::page::Limit;
use causerie_core::port::Snapshot;
use causerie_core::{
    Context, ConversationId, Error, Member, Participant, ParticipantId, ParticipantKind,
};

/// Among how many members the customer of a conversation is looked for.
const MEMBERS_SEEN_MAX: u64 = 20;

/// Those who are in some conversations.
#[derive(Clone, Debug, Default)]
pub(super) struct People {
    members: HashMap<ConversationId, Vec<Member>>,
    watchers: HashMap<(ConversationId, ParticipantId), Member>,
    participants: HashMap<ParticipantId, Participant>,
}

impl People {
    /// Finds them; `others` as well, who need not be in any.
    pub(super) fn find(
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        of: &[ConversationId],
        others: impl IntoIterator<Item = ParticipantId>,
    ) -> Result<Self, Error> {
        let limit = Limit::new(MEMBERS_SEEN_MAX).unwrap_or_default();
        let members = find_first_members(snapshot, cx, of, limit)?;
        let ids = members.values().flatten().map(|member| member.participant);
        let ids: Vec<ParticipantId> = ids.chain(others).collect();
        let participants = find_participants(snapshot, cx, &ids)?;
        Ok(Self {
            members,
            watchers: HashMap::new(),
            participants,
        })
    }

    /// Finds memberships as well that may not be among the first.
    pub(super) fn with_watchers(
        mut self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        watchers: &[(ConversationId, ParticipantId)],
    ) -> Result<Self, Error> {
        let known = |(of, id): &(ConversationId, ParticipantId)| self.member(*of, *id).is_some();
        let missing: Vec<_> = watchers.iter().filter(|one| !known(one)).copied().collect();
        self.watchers = find_memberships(snapshot, cx, &missing)?;
        Ok(self)
    }

    /// Everybody who was found.
    pub(super) fn all(&self) -> impl Iterator<Item = &Participant> {
        self.participants.values()
    }

    /// Those who are in a conversation.
    pub(super) fn of(&self, id: ConversationId) -> impl Iterator<Item = (&Member, &Participant)> {
        let members = self.members.get(&id).into_iter().flatten();
        members.filter_map(|one| Some((one, self.participants.get(&one.participant)?)))
    }

    /// The customer of a conversation, with their membership.
    pub(super) fn contact(&self, id: ConversationId) -> Option<(&Member, &Participant)> {
        self.of(id)
            .find(|(_, one)| one.kind == ParticipantKind::Contact)
    }

    /// The membership of somebody.
    pub(super) fn member(&self, id: ConversationId, of: ParticipantId) -> Option<&Member> {
        let mut members = self.members.get(&id).into_iter().flatten();
        let first = members.find(|one| one.participant == of);
        first.or_else(|| self.watchers.get(&(id, of)))
    }
}

/// The customer of a conversation.
pub(super) fn contact_of(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    id: ConversationId,
) -> Result<Option<Participant>, Error> {
    let people = People::find(snapshot, cx, &[id], [])?;
    Ok(people.contact(id).map(|(_, contact)| contact.clone()))
}

//! What has to be known of things to show them: looked up for a whole page at once.
//!
//! How they are shown is in `wire`.

use std::collections::HashMap;

use causerie_core::act::{
    find_directs, find_extras, find_first_members, find_living, find_participants, find_positions,
    find_reactions,
};
use causerie_core::page::Limit;
use causerie_core::port::Snapshot;
use causerie_core::reaction::Reaction;
use causerie_core::receipt::Seen;
use causerie_core::{
    Bearer, Conversation, ConversationId, Error, Extra, Fault, MediaId, Member, MessageId,
    Participant, ParticipantId, Position, WorkspaceId,
};
use serde::de::DeserializeOwned;

use super::NAME;
use super::ids::{ShortId, Sort};
use super::kept;
use super::you::You;

/// How many contacts a group is shown with.
pub(super) const CONTACTS_SHOWN_MAX: u64 = 100;

/// What is known.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    workspace: WorkspaceId,
    positions: HashMap<[u8; 16], Position>,
    people: HashMap<ParticipantId, Participant>,
    kept: HashMap<Bearer, Extra>,
    reactions: HashMap<MessageId, Vec<Reaction>>,
    directs: HashMap<ParticipantId, ConversationId>,
    members: HashMap<ConversationId, Vec<Member>>,
}

/// What is to be looked up.
#[derive(Debug, Default)]
struct Wanted {
    positions: Vec<[u8; 16]>,
    people: Vec<ParticipantId>,
    bearers: Vec<Bearer>,
}

impl Wanted {
    fn person(&mut self, id: ParticipantId) {
        self.people.push(id);
        self.positions.push(id.to_bytes());
        self.bearers.push(Bearer::Participant(id));
    }
}

impl Facts {
    fn none(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            positions: HashMap::new(),
            people: HashMap::new(),
            kept: HashMap::new(),
            reactions: HashMap::new(),
            directs: HashMap::new(),
            members: HashMap::new(),
        }
    }

    /// Looks up what is wanted: three statements.
    fn look_up(
        &mut self,
        snapshot: &mut dyn Snapshot,
        you: &You,
        mut wanted: Wanted,
    ) -> Result<(), Error> {
        wanted.bearers.sort_unstable();
        wanted.bearers.dedup();
        let people = find_participants(snapshot, &you.key, &wanted.people)?;
        let kept = find_extras(snapshot, &you.key, NAME, &wanted.bearers)?;
        let positions = find_positions(snapshot, &you.key, &wanted.positions)?;
        self.people.extend(people);
        self.kept.extend(kept);
        self.positions.extend(positions);
        Ok(())
    }

    /// What is to be known of messages.
    pub(super) fn of_messages(
        snapshot: &mut dyn Snapshot,
        you: &You,
        messages: &[Seen],
    ) -> Result<Self, Error> {
        let mut facts = Self::none(you.workspace());
        facts.reactions =
            find_reactions(snapshot, &you.cx, messages.iter().map(|one| &one.message))?;
        let mut wanted = Wanted::default();
        for seen in messages {
            wanted.person(seen.sender);
            wanted.bearers.push(Bearer::Message(seen.id));
            wanted.positions.push(seen.id.to_bytes());
            wanted.positions.push(seen.conversation.to_bytes());
            wanted
                .positions
                .extend(seen.files.iter().map(|media| media.id.to_bytes()));
        }
        for reaction in facts.reactions.values().flatten() {
            wanted.person(reaction.participant);
        }
        facts.look_up(snapshot, you, wanted)?;
        Ok(facts)
    }

    /// What is to be known to show a message of somebody before it is sent.
    pub(super) fn of_sender(
        workspace: WorkspaceId,
        sender: &Participant,
        position: Position,
        kept: Option<Extra>,
    ) -> Self {
        let mut facts = Self::none(workspace);
        let id = sender.id;
        facts.positions.insert(id.to_bytes(), position);
        facts.people.insert(id, sender.clone());
        facts
            .kept
            .extend(kept.map(|kept| (Bearer::Participant(id), kept)));
        facts
    }

    /// Notes where something stands that was just made, or whose id was just read.
    pub(super) fn place(&mut self, id: [u8; 16], position: Position) {
        self.positions.insert(id, position);
    }

    /// What is to be known of conversations as a participant sees them.
    pub(super) fn of_conversations<'a>(
        snapshot: &mut dyn Snapshot,
        you: &You,
        conversations: impl Iterator<Item = &'a Conversation>,
    ) -> Result<Self, Error> {
        let mut facts = Self::none(you.workspace());
        let mut wanted = Wanted::default();
        for one in conversations {
            wanted.positions.push(one.id.to_bytes());
            wanted.bearers.push(Bearer::Conversation(one.id));
            wanted.bearers.push(Bearer::Member(one.id, you.me.id));
            if let Some(other) = one.direct.and_then(|pair| pair.other(you.me.id)) {
                wanted.positions.push(other.to_bytes());
            }
        }
        facts.look_up(snapshot, you, wanted)?;
        let pins: Result<Vec<_>, Fault> = facts.kept.values().map(pin).collect();
        let pins: Vec<MessageId> = pins?.into_iter().flatten().collect();
        let living = find_living(snapshot, &you.key, &pins)?.into_iter();
        let pins: Vec<[u8; 16]> = living.map(MessageId::to_bytes).collect();
        facts
            .positions
            .extend(find_positions(snapshot, &you.key, &pins)?);
        Ok(facts)
    }

    /// What is to be known of contacts.
    pub(super) fn of_contacts(
        snapshot: &mut dyn Snapshot,
        you: &You,
        contacts: &[ParticipantId],
    ) -> Result<Self, Error> {
        let mut facts = Self::none(you.workspace());
        facts.look_up_contacts(snapshot, you, contacts, Wanted::default())?;
        Ok(facts)
    }

    /// What is to be known of groups.
    pub(super) fn of_groups(
        snapshot: &mut dyn Snapshot,
        you: &You,
        groups: &[ConversationId],
    ) -> Result<Self, Error> {
        let mut facts = Self::none(you.workspace());
        // One more than is shown: the participant's own place is not.
        let limit = Limit::new(CONTACTS_SHOWN_MAX).unwrap_or_default();
        facts.members = find_first_members(snapshot, &you.cx, groups, limit)?;
        let mut wanted = Wanted::default();
        for id in groups {
            wanted.positions.push(id.to_bytes());
            wanted.bearers.push(Bearer::Member(*id, you.me.id));
        }
        let members = facts.members.values().flatten();
        let contacts: Vec<ParticipantId> = members.map(|one| one.participant).collect();
        facts.look_up_contacts(snapshot, you, &contacts, wanted)?;
        Ok(facts)
    }

    fn look_up_contacts(
        &mut self,
        snapshot: &mut dyn Snapshot,
        you: &You,
        contacts: &[ParticipantId],
        mut wanted: Wanted,
    ) -> Result<(), Error> {
        let directs = find_directs(snapshot, &you.cx, you.me.id, contacts)?;
        self.directs = directs
            .into_iter()
            .map(|(with, one)| (with, one.id))
            .collect();
        let ids = self.directs.values().map(|id| id.to_bytes());
        wanted.positions.extend(ids);
        for id in contacts {
            wanted.person(*id);
        }
        self.look_up(snapshot, you, wanted)
    }

    /// What is to be known of files and the messages that refer to them.
    pub(super) fn of_files(
        snapshot: &mut dyn Snapshot,
        you: &You,
        files: &[MediaId],
        messages: &[MessageId],
    ) -> Result<Self, Error> {
        let mut facts = Self::none(you.workspace());
        let mut positions: Vec<_> = files.iter().map(|id| id.to_bytes()).collect();
        positions.extend(messages.iter().map(|id| id.to_bytes()));
        facts.positions = find_positions(snapshot, &you.key, &positions)?;
        Ok(facts)
    }

    /// The id of a thing.
    ///
    /// # Errors
    /// [`Fault::Corrupt`] when it never came into being.
    pub(super) fn id(&self, sort: Sort, id: [u8; 16]) -> Result<ShortId, Fault> {
        let position = self.positions.get(&id);
        let position = position.ok_or_else(|| Fault::corrupt("event", "subject_id", NAME))?;
        Ok(ShortId::new(self.workspace, sort, *position))
    }

    /// A participant.
    ///
    /// # Errors
    /// [`Fault::Corrupt`] when there is none.
    pub(super) fn person(&self, id: ParticipantId) -> Result<&Participant, Fault> {
        let person = self.people.get(&id);
        person.ok_or_else(|| Fault::corrupt("participant", "id", &id.to_string()))
    }

    /// What is kept with a thing.
    ///
    /// # Errors
    /// [`Fault::Corrupt`].
    pub(super) fn kept<T: DeserializeOwned + Default>(&self, bearer: Bearer) -> Result<T, Fault> {
        kept::read(self.kept.get(&bearer))
    }

    /// The reactions of a message, oldest first.
    pub(super) fn reactions(&self, of: MessageId) -> &[Reaction] {
        self.reactions.get(&of).map_or(&[], Vec::as_slice)
    }

    /// The direct conversation with a participant.
    pub(super) fn direct(&self, with: ParticipantId) -> Option<ConversationId> {
        self.directs.get(&with).copied()
    }

    /// The first members of a group.
    pub(super) fn members(&self, of: ConversationId) -> &[Member] {
        self.members.get(&of).map_or(&[], Vec::as_slice)
    }
}

/// The message that is pinned, if what is kept says so.
fn pin(extra: &Extra) -> Result<Option<MessageId>, Fault> {
    let kept: kept::KeptConversation = kept::read(Some(extra))?;
    Ok(kept
        .pinned_message
        .and_then(|id| MessageId::parse(&id).ok()))
}

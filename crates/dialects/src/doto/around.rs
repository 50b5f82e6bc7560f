//! What an answer shows of things besides themselves: their numbers, who is involved, and what is kept beside them.
//!
//! Gathered in one snapshot, with as many statements for a page as for one thing.

use std::collections::HashMap;

use causerie_core::act::{find_extras, find_participants, find_placed, find_positions};
use causerie_core::port::Snapshot;
use causerie_core::receipt::Seen;
use causerie_core::{
    Bearer, Context, Conversation, ConversationId, Error, Extra, MessageId, Participant,
    ParticipantId, Position, Seq, Subject,
};

use super::NAME;

/// What is to be gathered.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    ids: Vec<[u8; 16]>,
    participants: Vec<ParticipantId>,
    known: HashMap<ParticipantId, Participant>,
    bearers: Vec<Bearer>,
}

/// What was gathered.
#[derive(Clone, Debug, Default)]
pub(super) struct Around {
    positions: HashMap<[u8; 16], Position>,
    participants: HashMap<ParticipantId, Participant>,
    extras: HashMap<Bearer, Extra>,
}

impl Wanted {
    /// What is shown with a message. Its own number is known already if it was just sent.
    pub(super) fn message(&mut self, seen: &Seen) {
        let message = &seen.message;
        if seen.placed.position().is_none() {
            self.ids.push(message.id.to_bytes());
        }
        self.ids.extend(message.reply_to.map(MessageId::to_bytes));
        self.ids
            .extend(seen.files.iter().map(|file| file.id.to_bytes()));
        self.participant(message.sender);
        if message.deleted_at.is_none() {
            self.bearers.push(Bearer::Message(message.id));
        }
    }

    /// What is shown with somebody.
    pub(super) fn participant(&mut self, id: ParticipantId) {
        self.ids.push(id.to_bytes());
        self.participants.push(id);
        self.bearers.push(Bearer::Participant(id));
    }

    /// What is shown with somebody who was found already.
    pub(super) fn known(&mut self, participant: &Participant) {
        self.ids.push(participant.id.to_bytes());
        self.bearers.push(Bearer::Participant(participant.id));
        self.known.insert(participant.id, participant.clone());
    }

    /// What is shown with a conversation, those who are in it apart.
    pub(super) fn conversation(&mut self, conversation: &Conversation) {
        self.ids
            .extend(conversation.channel.map(causerie_core::ChannelId::to_bytes));
        self.bearers.push(Bearer::Conversation(conversation.id));
        if let Some(assignee) = conversation.assignee {
            self.participant(assignee);
        }
    }

    /// The number of something.
    pub(super) fn number(&mut self, id: [u8; 16]) {
        self.ids.push(id);
    }

    /// What this dialect keeps with something.
    pub(super) fn extra(&mut self, bearer: Bearer) {
        self.bearers.push(bearer);
    }

    /// Gathers it.
    pub(super) fn gather(
        mut self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
    ) -> Result<Around, Error> {
        self.bearers.sort_unstable();
        self.bearers.dedup();
        let known = &self.known;
        self.participants.retain(|id| !known.contains_key(id));
        let mut participants = find_participants(snapshot, cx, &self.participants)?;
        participants.extend(self.known);
        Ok(Around {
            positions: find_positions(snapshot, cx, &self.ids)?,
            participants,
            extras: find_extras(snapshot, cx, NAME, &self.bearers)?,
        })
    }
}

impl Around {
    /// The number of something; `None` for what has none.
    pub(super) fn number(&self, id: [u8; 16]) -> Option<u64> {
        self.positions.get(&id).map(|position| position.get())
    }

    /// The number of a message.
    pub(super) fn number_of(&self, seen: &Seen) -> Option<u64> {
        match seen.placed.position() {
            Some(position) => Some(position.get()),
            None => self.number(seen.message.id.to_bytes()),
        }
    }

    /// Somebody.
    pub(super) fn participant(&self, id: ParticipantId) -> Option<&Participant> {
        self.participants.get(&id)
    }

    /// Puts in somebody who was found already.
    pub(super) fn with(mut self, participants: impl IntoIterator<Item = Participant>) -> Self {
        let known = participants.into_iter().map(|one| (one.id, one));
        self.participants.extend(known);
        self
    }

    /// What this dialect keeps with something.
    pub(super) fn extra(&self, bearer: Bearer) -> Option<&Extra> {
        self.extras.get(&bearer)
    }
}

/// The thing with this number, if it has come into being.
pub(super) fn placed(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    number: u64,
) -> Result<Option<Subject>, Error> {
    let position = Position::new(number);
    Ok(find_placed(snapshot, cx, &[position])?.remove(&position))
}

/// The message with this number in a conversation, and its place there.
pub(super) fn placed_message(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: ConversationId,
    number: u64,
) -> Result<Option<(MessageId, Seq)>, Error> {
    Ok(match placed(snapshot, cx, number)? {
        Some(Subject::Message(of, id, seq)) if of == conversation => Some((id, seq)),
        _ => None,
    })
}

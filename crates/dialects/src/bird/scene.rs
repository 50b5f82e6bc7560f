//! What messages are shown with: channels, people, receivers, and what is kept beside them; looked up once for all.
//!
//! Renders nothing.

use std::collections::HashMap;

use causerie_core::act::{
    find_conversations, find_extras, find_first_members, find_participants, find_recipients,
};
use causerie_core::channel::Channel;
use causerie_core::contact::Identifier;
use causerie_core::delivery::Recipient;
use causerie_core::outbound::ReceiverRole;
use causerie_core::page::Limit;
use causerie_core::port::Snapshot;
use causerie_core::receipt::Seen;
use causerie_core::schedule::Scheduled;
use causerie_core::{
    Bearer, ChannelId, Context, ConversationId, Direction, Error, Extra, Message, MessageId,
    Participant, ParticipantId, ParticipantKind, Visibility,
};

use super::kept::SURFACE;

/// How many receivers are shown of a message that names none, which goes to everybody outside.
const EVERYBODY_MAX: u64 = 10;

/// Somebody whom a message is for.
#[derive(Clone, Debug)]
pub(super) struct Receiver {
    pub(super) participant: ParticipantId,
    pub(super) role: ReceiverRole,
    pub(super) reached_by: Option<Identifier>,
}

/// What the messages of a page are shown with.
#[derive(Debug, Default)]
pub(super) struct Scene {
    pub(super) channels: HashMap<ChannelId, Channel>,
    pub(super) channel_of: HashMap<ConversationId, ChannelId>,
    pub(super) people: HashMap<ParticipantId, Participant>,
    receivers: HashMap<MessageId, Vec<Receiver>>,
    everybody: HashMap<ConversationId, Vec<ParticipantId>>,
    extras: HashMap<Bearer, Extra>,
}

/// Whether a channel's clients are shown a message: what was said to people outside or by them.
pub(super) fn is_shown(message: &Message) -> bool {
    message.visibility == Visibility::Public && message.direction != Direction::Internal
}

impl Scene {
    /// Looks up what messages of one channel need.
    pub(super) fn of_channel(
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        channel: Channel,
        messages: &[Seen],
    ) -> Result<Self, Error> {
        let mut scene = Self::default();
        let conversations = messages.iter().map(|seen| (seen.conversation, channel.id));
        scene.channel_of = conversations.collect();
        scene.channels.insert(channel.id, channel);
        scene.fill(snapshot, cx, messages)?;
        Ok(scene)
    }

    /// Looks up what a message needs that waits for its time.
    pub(super) fn of_scheduled(
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        channel: Channel,
        scheduled: &Scheduled,
    ) -> Result<Self, Error> {
        let mut scene = Self::default();
        scene.channel_of.insert(scheduled.conversation, channel.id);
        scene.channels.insert(channel.id, channel);
        let to = |one: &causerie_core::Addressed| Receiver {
            participant: one.participant,
            role: one.role,
            reached_by: one.reached_by.clone(),
        };
        let receivers: Vec<_> = scheduled.draft.receivers.iter().map(to).collect();
        scene.receivers.insert(scheduled.id, receivers);
        if let Some(extra) = &scheduled.draft.extra
            && extra.surface() == SURFACE
        {
            let bearer = Bearer::Message(scheduled.id);
            scene.extras.insert(bearer, extra.clone());
        }
        let silent = scheduled.draft.receivers.is_empty();
        let nameless = silent.then_some(scheduled.conversation);
        scene.name_everybody(snapshot, cx, nameless.into_iter().collect())?;
        scene.introduce(snapshot, cx, vec![scheduled.sender])?;
        Ok(scene)
    }

    /// Looks up what messages of several channels need; those of none are left out of `messages`.
    pub(super) fn of_workspace(
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        channels: HashMap<ChannelId, Channel>,
        messages: &mut Vec<Seen>,
    ) -> Result<Self, Error> {
        let ids: Vec<ConversationId> = messages.iter().map(|seen| seen.conversation).collect();
        let conversations = find_conversations(snapshot, cx, &ids)?;
        let mut scene = Self {
            channels,
            ..Self::default()
        };
        for conversation in conversations.values() {
            if let Some(channel) = conversation.channel
                && scene.channels.contains_key(&channel)
            {
                scene.channel_of.insert(conversation.id, channel);
            }
        }
        messages.retain(|seen| scene.channel_of.contains_key(&seen.conversation));
        scene.fill(snapshot, cx, messages)?;
        Ok(scene)
    }

    fn fill(
        &mut self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        messages: &[Seen],
    ) -> Result<(), Error> {
        let outgoing = || {
            messages
                .iter()
                .filter(|seen| seen.direction == Direction::Outgoing)
        };
        let ids: Vec<MessageId> = outgoing().map(|seen| seen.id).collect();
        for (message, all) in find_recipients(snapshot, cx, &ids)? {
            let to = |one: Recipient| Receiver {
                participant: one.participant,
                role: one.role,
                reached_by: one.reached_by,
            };
            let receivers = all.into_iter().map(to).collect();
            self.receivers.insert(message, receivers);
        }
        let nameless = outgoing().filter(|seen| !self.receivers.contains_key(&seen.id));
        let nameless = nameless.map(|seen| seen.conversation).collect();
        self.name_everybody(snapshot, cx, nameless)?;
        let bearers: Vec<Bearer> = messages
            .iter()
            .map(|seen| Bearer::Message(seen.id))
            .collect();
        self.extras = find_extras(snapshot, cx, SURFACE, &bearers)?;
        let senders = messages.iter().map(|seen| seen.sender).collect();
        self.introduce(snapshot, cx, senders)
    }

    fn name_everybody(
        &mut self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        mut of: Vec<ConversationId>,
    ) -> Result<(), Error> {
        of.sort_unstable();
        of.dedup();
        let limit = Limit::new(EVERYBODY_MAX).unwrap_or_default();
        for (conversation, members) in find_first_members(snapshot, cx, &of, limit)? {
            let all = members.iter().map(|member| member.participant).collect();
            self.everybody.insert(conversation, all);
        }
        Ok(())
    }

    fn introduce(
        &mut self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        senders: Vec<ParticipantId>,
    ) -> Result<(), Error> {
        let mut ids = senders;
        let receivers = self.receivers.values().flatten();
        ids.extend(receivers.map(|one| one.participant));
        ids.extend(self.everybody.values().flatten());
        self.people = find_participants(snapshot, cx, &ids)?;
        Ok(())
    }

    /// The same with more people.
    pub(super) fn with(
        mut self,
        snapshot: &mut dyn Snapshot,
        cx: &Context,
        people: &[ParticipantId],
    ) -> Result<Self, Error> {
        self.people.extend(find_participants(snapshot, cx, people)?);
        Ok(self)
    }

    /// Whom a message is for; the contacts of its conversation unless it says so.
    pub(super) fn receivers(&self, message: MessageId, of: ConversationId) -> Vec<Receiver> {
        if let Some(named) = self.receivers.get(&message).filter(|all| !all.is_empty()) {
            return named.clone();
        }
        let is_contact = |id: &&ParticipantId| {
            let known = self.people.get(id);
            known.is_some_and(|one| one.kind == ParticipantKind::Contact)
        };
        let everybody = self.everybody.get(&of).into_iter().flatten();
        let to = |id: &ParticipantId| Receiver {
            participant: *id,
            role: ReceiverRole::To,
            reached_by: None,
        };
        everybody.filter(is_contact).map(to).collect()
    }

    /// What is kept with a message.
    pub(super) fn extra(&self, message: MessageId) -> Option<&Extra> {
        self.extras.get(&Bearer::Message(message))
    }

    /// The channel of a conversation.
    pub(super) fn channel(&self, of: ConversationId) -> Option<&Channel> {
        self.channels.get(self.channel_of.get(&of)?)
    }
}

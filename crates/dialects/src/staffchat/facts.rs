//! What is to be known for showing messages, looked up once for all of a page, and how they are shown with it.
//!
//! Decides nothing about who may see what: it is given what the caller was shown.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use causerie_core::act::{
    find_answered, find_extras, find_memberships, find_participants, find_positions, find_reactions,
};
use causerie_core::media::{AttachmentKind, Media};
use causerie_core::port::Snapshot;
use causerie_core::reaction::Reaction;
use causerie_core::receipt::Seen;
use causerie_core::{
    Bearer, ConversationId, Error, MediaId, Member, MessageId, MessageKind, Participant,
    ParticipantId, Position, ReactionId,
};

use super::NAME;
use super::file::Shelf;
use super::kept::Kept;
use super::known::{Known, Sender};
use super::person::{participant, seconds};
use super::wire::{MessageView, PersonView, ReactionView, ReactorView};
use super::you::You;

/// Reactions that are known of a message.
type Reactions = HashMap<MessageId, Vec<Reaction>>;

/// What is known.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) positions: HashMap<[u8; 16], Position>,
    pub(super) people: HashMap<ParticipantId, Participant>,
    pub(super) members: HashMap<(ConversationId, ParticipantId), Member>,
    pub(super) parents: HashMap<MessageId, Seen>,
    reactions: Reactions,
    kept: HashMap<MessageId, Kept>,
}

/// What else than messages is shown on a page.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Members of conversations.
    pub(super) members: Vec<Member>,
    /// Files.
    pub(super) media: Vec<MediaId>,
}

impl Facts {
    /// Looks up what is to be known of these messages: a statement for each sort of fact.
    ///
    /// # Errors
    /// `scope_missing`.
    pub(super) fn load(
        snapshot: &mut dyn Snapshot,
        you: &You,
        seen: &[&Seen],
        beside: Beside,
    ) -> Result<Self, Error> {
        let cx = you.looking();
        let parents = find_answered(snapshot, &cx, seen.iter().map(|one| &one.message))?;
        let all: Vec<&Seen> = seen.iter().copied().chain(parents.values()).collect();
        let reactions = find_reactions(snapshot, &cx, all.iter().map(|one| &one.message))?;
        let living = all.iter().filter(|one| one.deleted_at.is_none());
        let bearers: Vec<Bearer> = living.map(|one| Bearer::Message(one.id)).collect();
        let extras = find_extras(snapshot, &cx, NAME, &bearers)?;
        let kept = all.iter().filter_map(|one| {
            let extra = extras.get(&Bearer::Message(one.id))?;
            Some((one.id, Kept::of(Some(extra))))
        });
        let mut facts = Self {
            kept: kept.collect(),
            ..Self::default()
        };
        let places: Vec<_> = all
            .iter()
            .map(|one| (one.conversation, one.sender))
            .collect();
        facts.members = find_memberships(snapshot, &cx, &places)?;
        let known = beside.members.into_iter();
        let known = known.map(|one| ((one.conversation, one.participant), one));
        facts.members.extend(known);
        let mut people: Vec<ParticipantId> = places.iter().map(|(_, sender)| *sender).collect();
        people.extend(facts.members.values().map(|one| one.participant));
        people.extend(reactions.values().flatten().map(|one| one.participant));
        facts.people = find_participants(snapshot, &cx, &people)?;
        let ids = facts.to_be_numbered(&all, &reactions, &beside.media);
        facts.positions = find_positions(snapshot, &you.whole, &ids)?;
        facts.reactions = reactions;
        facts.parents = parents;
        Ok(facts)
    }

    /// What is known of the sender of a message that refers to nothing, if all of it is remembered.
    pub(super) fn remembered(known: &Known, of: ConversationId, me: ParticipantId) -> Option<Self> {
        let sender = known.sender(of, me)?;
        Some(Self {
            positions: [(me.to_bytes(), sender.number)].into(),
            people: [(me, (*sender.person).clone())].into(),
            members: [((of, me), sender.member)].into(),
            ..Self::default()
        })
    }

    /// Remembers the sender of a message for a moment.
    pub(super) fn remember(&self, known: &Known, of: ConversationId, me: ParticipantId) {
        let known_of = || {
            Some(Sender {
                person: Arc::new(self.people.get(&me)?.clone()),
                number: *self.positions.get(&me.to_bytes())?,
                member: self.members.get(&(of, me))?.clone(),
            })
        };
        if let Some(sender) = known_of() {
            known.remember_sender(of, &sender);
        }
    }

    fn to_be_numbered(
        &self,
        all: &[&Seen],
        reactions: &Reactions,
        media: &[MediaId],
    ) -> Vec<[u8; 16]> {
        let mut ids: Vec<[u8; 16]> = all.iter().map(|one| one.id.to_bytes()).collect();
        ids.extend(self.people.keys().map(|id| id.to_bytes()));
        let files = all.iter().flat_map(|one| &one.files).map(|one| one.id);
        let awaited = self.kept.values().flat_map(Kept::announced);
        let media = files.chain(awaited).chain(media.iter().copied());
        ids.extend(media.map(MediaId::to_bytes));
        let firsts = reactions.values().flat_map(|of| firsts(of));
        ids.extend(firsts.map(|one| one.id.to_bytes()));
        ids
    }

    /// The number of a thing; 0 for one that is not known, which nothing has.
    pub(super) fn number(&self, id: [u8; 16]) -> u64 {
        self.positions.get(&id).map_or(0, |position| position.get())
    }

    /// Somebody in a conversation.
    pub(super) fn participant(
        &self,
        of: ConversationId,
        id: ParticipantId,
    ) -> Option<PersonView<'_>> {
        let person = self.people.get(&id)?;
        let number = self.number(id.to_bytes());
        Some(participant(person, number, self.members.get(&(of, id))))
    }
}

/// The first reaction of each name, in their order.
fn firsts(all: &[Reaction]) -> impl Iterator<Item = &Reaction> {
    let is_first = |place: usize| {
        let earlier = &all[..place];
        earlier.iter().all(|one| one.name != all[place].name)
    };
    (0..all.len())
        .filter(move |place| is_first(*place))
        .map(|place| &all[place])
}

/// What messages are shown with.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) facts: &'a Facts,
    pub(super) shelf: Shelf<'a>,
    /// Who looks at them.
    pub(super) me: ParticipantId,
}

impl<'a> Scene<'a> {
    /// A message of the conversation with this number, with what it answers.
    pub(super) fn message(&self, seen: &'a Seen, conversation: u64) -> Option<MessageView<'a>> {
        let parent = seen.reply_to.and_then(|id| self.facts.parents.get(&id));
        let parent = parent.and_then(|parent| self.alone(parent, conversation));
        let mut view = self.alone(seen, conversation)?;
        view.parent = parent.map(Box::new);
        Some(view)
    }

    /// A message without what it answers.
    fn alone(&self, seen: &'a Seen, conversation: u64) -> Option<MessageView<'a>> {
        let facts = self.facts;
        let known = seen.placed.position().map(Position::get);
        let kept = facts.kept.get(&seen.id);
        let (files, voice) = self.files(seen, kept);
        Some(MessageView {
            id: known.unwrap_or_else(|| facts.number(seen.id.to_bytes())),
            r#type: kind(seen.kind),
            conversation_id: conversation,
            is_reply: seen.reply_to.is_some(),
            parent: None,
            deleted: seen.deleted_at.is_some(),
            message: text(seen, kept),
            date: seconds(seen.created_at),
            edited_at: seen.edited_at.map(seconds),
            reactions: self.reactions(seen),
            author: facts.participant(seen.conversation, seen.sender)?,
            files,
            voice,
            meta: kept.and_then(|kept| kept.meta.as_ref()),
        })
    }

    fn files(
        &self,
        seen: &'a Seen,
        kept: Option<&'a Kept>,
    ) -> (
        Vec<super::wire::FileView<'a>>,
        Option<super::wire::VoiceView>,
    ) {
        let number = |id: MediaId| self.facts.number(id.to_bytes());
        let is_spoken = |media: &Media| {
            let native = seen.kind == MessageKind::Voice && media.kind() == AttachmentKind::Audio;
            native || kept.is_some_and(|kept| kept.is_voice(media.id))
        };
        let spoken = seen.files.iter().find(|media| is_spoken(media));
        let rest = seen.files.iter();
        let rest = rest.filter(|media| spoken.is_none_or(|spoken| spoken.id != media.id));
        let mut files: Vec<_> = rest
            .map(|media| self.shelf.file(media, number(media.id)))
            .collect();
        let mut voice = spoken.map(|media| self.shelf.voice(media, number(media.id)));
        for one in kept.iter().flat_map(|kept| kept.awaited(self.shelf.now)) {
            let Some(media) = one.media() else { continue };
            if one.voice && voice.is_none() {
                voice = Some(self.shelf.awaited_voice(one, media, number(media)));
            } else {
                files.push(self.shelf.awaited(one, media, number(media)));
            }
        }
        (files, voice)
    }

    fn reactions(&self, seen: &'a Seen) -> Vec<ReactionView<'a>> {
        let known = self.facts.reactions.get(&seen.id);
        let known = known.map_or(&[][..], Vec::as_slice);
        let group = |(name, count): (&'a causerie_core::reaction::ReactionName, u32)| {
            let of = || known.iter().filter(|one| one.name == *name);
            let reactor = |one: &Reaction| {
                let person = self.facts.people.get(&one.participant)?;
                Some(ReactorView {
                    id: self.facts.number(one.participant.to_bytes()),
                    name: person.display_name.as_str(),
                })
            };
            ReactionView {
                id: of()
                    .next()
                    .map_or(0, |one| self.facts.number(ReactionId::to_bytes(one.id))),
                reaction: name.as_str(),
                count,
                users: of().filter_map(reactor).collect(),
                reacted: of().any(|one| one.participant == self.me),
            }
        };
        seen.reactions.iter().map(group).collect()
    }
}

fn kind(kind: MessageKind) -> &'static str {
    match kind {
        MessageKind::System | MessageKind::Activity => "service",
        _ => "normal",
    }
}

/// What a message says: nothing if it says it in another way, what stands for its content if that is all there is.
fn text<'a>(seen: &'a Seen, kept: Option<&Kept>) -> Cow<'a, str> {
    if kept.is_some_and(|kept| kept.meta.is_some()) {
        return Cow::Borrowed("");
    }
    let text = seen.text.as_str();
    let lead = || seen.content.as_ref()?.lead_text(seen.content_type);
    if text.is_empty() {
        lead().map_or(Cow::Borrowed(""), Cow::Owned)
    } else {
        Cow::Borrowed(text)
    }
}

//! Reads the log of a workspace.

use std::collections::HashMap;

use crate::channel::Channel;
use crate::context::Context;
use crate::conversation::Conversation;
use crate::event::{Event, Position, Subject};
use crate::fault::Fault;
use crate::id::{
    ChannelId, ConversationId, MediaId, MessageId, ParticipantId, ReactionId, TagId, TemplateId,
    WorkspaceId,
};
use crate::key::Scope;
use crate::media::Media;
use crate::member::Member;
use crate::message::Sight;
use crate::page::Limit;
use crate::participant::Participant;
use crate::port::Snapshot;
use crate::reaction::Reaction;
use crate::receipt::Seen;
use crate::refusal::{Error, Refusal};
use crate::schedule::Scheduled;
use crate::tag::Tag;
use crate::template::Template;

use super::create_participant::require_unbound;
use super::files::with_files;

/// An event and its subject as it stands now, not as it stood then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// The event.
    pub event: Event,
    /// Its subject; `None` when it is gone, or is a key or the workspace.
    pub now: Option<SubjectNow>,
}

/// The subject of an event as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SubjectNow {
    /// A participant.
    Participant(Participant),
    /// A conversation that is not deleted.
    Conversation(Conversation),
    /// A member, present or not, of a conversation that is not deleted.
    Member(Member),
    /// A message with its files, or its tombstone, of a conversation that is not deleted.
    Message(Seen),
    /// A message that waits, of a conversation that is not deleted.
    Scheduled(Scheduled),
    /// A reaction, of a conversation that is not deleted.
    Reaction(Reaction),
    /// A template.
    Template(Template),
    /// A tag.
    Tag(Tag),
    /// A file.
    Media(Media),
    /// A channel that is not deleted.
    Channel(Channel),
}

/// Up to `limit` events after a position, in order, without a gap. What was deleted or edited since is
/// shown as it stands, so no event shows what a reader may see no more. Callers that are bound to a
/// participant may not read the log, and those bound to a contact not even as administrators.
///
/// # Errors
/// `scope_missing`, `not_allowed`.
pub fn read_events(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    after: Position,
    limit: Limit,
) -> Result<Vec<Happened>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    require_unbound(cx)?;
    if cx.caller.sight() != Sight::Everything {
        return Err(Refusal::NotAllowed.into());
    }
    let workspace = cx.workspace();
    let events = snapshot.events().page(workspace, after, limit.get())?;
    let mut wanted = Wanted::default();
    for event in &events {
        wanted.note(event.subject);
    }
    let subjects = wanted.look_up(snapshot, workspace)?;
    Ok(events
        .into_iter()
        .map(|event| Happened {
            now: subjects.of(event.subject),
            event,
        })
        .collect())
}

/// What the events of a page are about.
#[derive(Default)]
struct Wanted {
    participants: Vec<ParticipantId>,
    conversations: Vec<ConversationId>,
    members: Vec<(ConversationId, ParticipantId)>,
    messages: Vec<MessageId>,
    scheduled: Vec<MessageId>,
    reactions: Vec<ReactionId>,
    templates: Vec<TemplateId>,
    tags: Vec<TagId>,
    media: Vec<MediaId>,
    channels: Vec<ChannelId>,
}

impl Wanted {
    fn note(&mut self, subject: Subject) {
        match subject {
            Subject::Participant(id) => self.participants.push(id),
            Subject::Conversation(id) => self.conversations.push(id),
            Subject::Member(of, id, _) => {
                self.conversations.push(of);
                self.members.push((of, id));
            }
            Subject::Message(of, id, _) => {
                self.conversations.push(of);
                self.messages.push(id);
            }
            Subject::Scheduled(of, id) => {
                self.conversations.push(of);
                self.scheduled.push(id);
            }
            Subject::Reaction(of, id, _) => {
                self.conversations.push(of);
                self.reactions.push(id);
            }
            Subject::Template(id) => self.templates.push(id),
            Subject::Tag(id) => self.tags.push(id),
            Subject::Media(id) => self.media.push(id),
            Subject::Channel(id) => self.channels.push(id),
            Subject::Workspace(..) | Subject::Key(_) => {}
        }
    }

    fn look_up(
        self,
        snapshot: &mut dyn Snapshot,
        workspace: WorkspaceId,
    ) -> Result<Subjects, Fault> {
        let participants = find(self.participants, |ids| {
            snapshot.participants().find_many(workspace, ids)
        })?;
        let conversations = find(self.conversations, |ids| {
            snapshot.conversations().find_many(workspace, ids)
        })?;
        let members = find(self.members, |of| {
            snapshot.members().find_many(workspace, of)
        })?;
        let messages = find(self.messages, |ids| {
            snapshot.messages().find_many(workspace, ids)
        })?;
        let mut messages: Vec<Seen> = messages.into_iter().map(Seen::unmarked).collect();
        with_files(snapshot, workspace, &mut messages)?;
        let scheduled = find(self.scheduled, |ids| {
            snapshot.schedule().find_many(workspace, ids)
        })?;
        let reactions = find(self.reactions, |ids| {
            snapshot.reactions().find_many(workspace, ids)
        })?;
        let templates = find(self.templates, |ids| {
            snapshot.templates().find_many(workspace, ids)
        })?;
        let tags = find(self.tags, |ids| snapshot.tags().find_ids(workspace, ids))?;
        let media = find(self.media, |ids| {
            snapshot.library().find_many(workspace, ids)
        })?;
        let channels = find(self.channels, |ids| {
            snapshot.channels().find_many(workspace, ids)
        })?;
        let place = |one: Member| ((one.conversation, one.participant), one);
        Ok(Subjects {
            participants: participants.into_iter().map(|one| (one.id, one)).collect(),
            conversations: conversations.into_iter().map(|one| (one.id, one)).collect(),
            members: members.into_iter().map(place).collect(),
            messages: messages.into_iter().map(|one| (one.id, one)).collect(),
            scheduled: scheduled.into_iter().map(|one| (one.id, one)).collect(),
            reactions: reactions.into_iter().map(|one| (one.id, one)).collect(),
            templates: templates.into_iter().map(|one| (one.id, one)).collect(),
            tags: tags.into_iter().map(|one| (one.id, one)).collect(),
            media: media.into_iter().map(|one| (one.id, one)).collect(),
            channels: channels.into_iter().map(|one| (one.id, one)).collect(),
        })
    }
}

/// Looks each up once, and nothing for nobody.
fn find<K: Ord, T>(
    mut keys: Vec<K>,
    look_up: impl FnOnce(&[K]) -> Result<Vec<T>, Fault>,
) -> Result<Vec<T>, Fault> {
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        Ok(Vec::new())
    } else {
        look_up(&keys)
    }
}

struct Subjects {
    participants: HashMap<ParticipantId, Participant>,
    conversations: HashMap<ConversationId, Conversation>,
    members: HashMap<(ConversationId, ParticipantId), Member>,
    messages: HashMap<MessageId, Seen>,
    scheduled: HashMap<MessageId, Scheduled>,
    reactions: HashMap<ReactionId, Reaction>,
    templates: HashMap<TemplateId, Template>,
    tags: HashMap<TagId, Tag>,
    media: HashMap<MediaId, Media>,
    channels: HashMap<ChannelId, Channel>,
}

impl Subjects {
    fn of(&self, subject: Subject) -> Option<SubjectNow> {
        let living = |id| self.conversations.get(&id);
        Some(match subject {
            Subject::Workspace(..) | Subject::Key(_) => return None,
            Subject::Participant(id) => {
                SubjectNow::Participant(self.participants.get(&id)?.clone())
            }
            Subject::Conversation(id) => SubjectNow::Conversation(living(id)?.clone()),
            Subject::Member(of, id, _) => {
                living(of)?;
                SubjectNow::Member(self.members.get(&(of, id))?.clone())
            }
            Subject::Message(of, id, _) => {
                living(of)?;
                SubjectNow::Message(self.messages.get(&id)?.clone())
            }
            Subject::Scheduled(of, id) => {
                living(of)?;
                SubjectNow::Scheduled(self.scheduled.get(&id)?.clone())
            }
            Subject::Reaction(of, id, _) => {
                living(of)?;
                SubjectNow::Reaction(self.reactions.get(&id)?.clone())
            }
            Subject::Template(id) => SubjectNow::Template(self.templates.get(&id)?.clone()),
            Subject::Tag(id) => SubjectNow::Tag(self.tags.get(&id)?.clone()),
            Subject::Media(id) => SubjectNow::Media(self.media.get(&id)?.clone()),
            Subject::Channel(id) => {
                let channel = self.channels.get(&id)?;
                let living = channel.deleted_at.is_none();
                SubjectNow::Channel(living.then(|| channel.clone())?)
            }
        })
    }
}

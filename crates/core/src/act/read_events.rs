//! Reads the log of a workspace.

use std::collections::HashMap;

use crate::context::Context;
use crate::conversation::Conversation;
use crate::event::{Event, Position, Subject};
use crate::id::{ConversationId, MessageId, ParticipantId};
use crate::key::Scope;
use crate::member::Member;
use crate::message::Message;
use crate::page::Limit;
use crate::participant::Participant;
use crate::port::Snapshot;
use crate::refusal::Error;

use super::create_participant::require_unbound;

/// An event and its subject as it stands now, not as it stood then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// The event.
    pub event: Event,
    /// Its subject; `None` when it is gone, or is a key or workspace.
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
    /// A message or its tombstone, of a conversation that is not deleted.
    Message(Message),
}

/// Up to `limit` events after a position, in order, without a gap. What was deleted or edited since is
/// shown as it stands, so no event shows what a reader may see no more. Callers that are bound to a
/// participant may not read the log.
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
    let workspace = cx.workspace();
    let events = snapshot.events().page(workspace, after, limit.get())?;
    let (mut participants, mut conversations, mut members, mut messages) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for event in &events {
        match event.subject {
            Subject::Participant(id) => participants.push(id),
            Subject::Conversation(id) => conversations.push(id),
            Subject::Member(of, id, _) => {
                conversations.push(of);
                members.push((of, id));
            }
            Subject::Message(of, id, _) => {
                conversations.push(of);
                messages.push(id);
            }
            Subject::Workspace(_) | Subject::Key(_) => {}
        }
    }
    let mut subjects = Subjects::default();
    if !distinct(&mut participants).is_empty() {
        let found = snapshot
            .participants()
            .find_many(workspace, &participants)?;
        subjects.participants = found.into_iter().map(|one| (one.id, one)).collect();
    }
    if !distinct(&mut conversations).is_empty() {
        let found = snapshot
            .conversations()
            .find_many(workspace, &conversations)?;
        subjects.conversations = found.into_iter().map(|one| (one.id, one)).collect();
    }
    if !distinct(&mut members).is_empty() {
        let found = snapshot.members().find_many(workspace, &members)?;
        let place = |one: Member| ((one.conversation, one.participant), one);
        subjects.members = found.into_iter().map(place).collect();
    }
    if !distinct(&mut messages).is_empty() {
        let found = snapshot.messages().find_many(workspace, &messages)?;
        subjects.messages = found.into_iter().map(|one| (one.id, one)).collect();
    }
    Ok(events
        .into_iter()
        .map(|event| Happened {
            now: subjects.of(event.subject),
            event,
        })
        .collect())
}

fn distinct<T: Ord>(values: &mut Vec<T>) -> &Vec<T> {
    values.sort_unstable();
    values.dedup();
    values
}

#[derive(Default)]
struct Subjects {
    participants: HashMap<ParticipantId, Participant>,
    conversations: HashMap<ConversationId, Conversation>,
    members: HashMap<(ConversationId, ParticipantId), Member>,
    messages: HashMap<MessageId, Message>,
}

impl Subjects {
    fn of(&self, subject: Subject) -> Option<SubjectNow> {
        let living = |id| self.conversations.get(&id);
        match subject {
            Subject::Workspace(_) | Subject::Key(_) => None,
            Subject::Participant(id) => self
                .participants
                .get(&id)
                .cloned()
                .map(SubjectNow::Participant),
            Subject::Conversation(id) => living(id).cloned().map(SubjectNow::Conversation),
            Subject::Member(of, id, _) => {
                living(of)?;
                self.members.get(&(of, id)).cloned().map(SubjectNow::Member)
            }
            Subject::Message(of, id, _) => {
                living(of)?;
                self.messages.get(&id).cloned().map(SubjectNow::Message)
            }
        }
    }
}

//! Sends messages to people outside: finds or creates the people, and the conversation of the channel with them.

use std::collections::BTreeSet;

use crate::channel::{Channel, RECEIVERS_MAX};
use crate::claim::{Answer, Claim, ClaimKey, ClaimSource, Fingerprint, Once};
use crate::contact::Identifier;
use crate::context::{Caller, Context};
use crate::conversation::{Conversation, ConversationKind, ConversationState, Status, ThreadKey};
use crate::draft::{Addressed, Draft};
use crate::event::{NewEvent, Subject, Topic};
use crate::fault::Fault;
use crate::id::{ChannelId, ParticipantId};
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::member::{Member, Role};
use crate::message::{Seq, Sight};
use crate::outbound::ReceiverRole;
use crate::participant::{Participant, ParticipantKind};
use crate::port::Unit;
use crate::refusal::{Error, Refusal};
use crate::schedule::Scheduled;
use crate::tag::Tags;
use crate::text::{DisplayName, Metadata, Title};
use crate::timestamp::Timestamp;

use super::contacts::{Resolved, resolve, who_now};
use super::create_conversation::CreatedConversation;
use super::schedule_message::{Posted, ScheduleMessage, schedule_message};
use super::send_message::{SendMessage, SendOnce, send_message};

/// Somebody outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A participant that the workspace has.
    Participant(ParticipantId),
    /// Whoever is reached by this, and how they are called if they are new.
    Reached(Identifier, Option<DisplayName>),
}

/// Somebody outside whom a message is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct To {
    /// Who.
    pub who: Who,
    /// How they are addressed.
    pub role: ReceiverRole,
}

/// The wish to say something to people outside.
#[derive(Clone, Debug)]
pub struct PostToChannel {
    /// Through which channel.
    pub channel: ChannelId,
    /// To whom.
    pub receivers: Vec<To>,
    /// Who says it; the one that the caller is bound to, or the channel's own bot unless given.
    pub sender: Option<ParticipantId>,
    /// The title of the conversation, if it is new: the subject of mail.
    pub title: Option<Title>,
    /// What.
    pub draft: Draft,
    /// That it happen once.
    pub once: Option<SendOnce>,
    /// When, if not at once.
    pub later: Option<Later>,
}

impl PostToChannel {
    /// The claim that its reference makes, if it has one: the same reference through the same channel with the same
    /// content, receivers, sender and time is the same send for as long as claims stand.
    pub fn reference_claim(&self, caller: &Caller) -> Option<Claim> {
        let reference = self.draft.reference.as_ref()?;
        let sender = self.sender.or(caller.participant());
        let receivers: Vec<String> = self
            .receivers
            .iter()
            .map(|one| match &one.who {
                Who::Participant(id) => format!("{} {id}", one.role.as_str()),
                Who::Reached(by, _) => {
                    let (role, key) = (one.role.as_str(), by.key().as_str());
                    format!("{role} {key} {}", by.value())
                }
            })
            .collect();
        let due = self.later.map(|later| later.scheduled_for.unix_micros());
        let sender = sender.map(|id| id.to_string()).unwrap_or_default();
        let (draft, due) = (self.draft.to_stored(), due.unwrap_or_default());
        let due = due.to_be_bytes();
        let mut parts: Vec<&[u8]> = vec![sender.as_bytes(), draft.as_bytes(), &due];
        parts.extend(receivers.iter().map(String::as_bytes));
        let channel = self.channel.to_bytes();
        Some(Claim::new(
            ClaimSource::Reference,
            &[b"channel", &channel, reference.as_str().as_bytes()],
            Fingerprint::of(&parts),
        ))
    }
}

/// That something is said later.
#[derive(Clone, Copy, Debug)]
pub struct Later {
    /// When.
    pub scheduled_for: Timestamp,
    /// Renders the answer for whoever retries.
    pub render: fn(&Scheduled) -> Answer,
}

/// Sends a message through a channel. People who are not known are created with their identifier, once; the
/// conversation is the one of the channel with those in `to` and `cc`, new or reopened if need be; the sender
/// joins it. The message is stored and on its way when this returns: what becomes of it is its delivery.
///
/// # Errors
/// `scope_missing`, `not_allowed`, `channel_not_found`, `channel_inactive`, `participant_archived`; those of
/// [`send_message`]; `validation_failed` at `receivers` when there are none, too many, or several where only one
/// may be, at `receivers/N/…` for who cannot be reached there, at `participant_id` for a contact.
pub fn post_to_channel(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &PostToChannel,
) -> Result<Once<Posted>, Error> {
    let channel = admit(unit, cx, cmd.channel)?;
    if let Some(answer) = replay(unit, cx, cmd.once.as_ref())? {
        return Ok(Once::Replayed(answer));
    }
    let receivers = receivers(unit, cx, &channel, &cmd.receivers)?;
    let conversation = open(unit, cx, &channel, &receivers, cmd.title.as_ref())?;
    let (mut conversation, new) = match conversation {
        CreatedConversation::Created(one) => (one, true),
        CreatedConversation::Existing(one) => (one, false),
    };
    let sender = cmd.sender.or(cx.caller.participant());
    let sender = sender.unwrap_or(channel.connector);
    if !new && !conversation.status.takes_messages() {
        reopen(unit, cx, &mut conversation)?;
    }
    let speaker = unit.participants().find(cx.workspace(), sender)?;
    if speaker.is_some_and(|speaker| speaker.kind == ParticipantKind::Contact) {
        let problem = Invalid::new("expected somebody who speaks for the workspace, not a contact");
        return Err(problem.at("participant_id").into());
    }
    join(unit, cx, &mut conversation, sender, Role::Admin)?;
    let send = SendMessage {
        conversation: conversation.id,
        sender: Some(sender),
        draft: Draft {
            receivers,
            ..cmd.draft.clone()
        },
        once: cmd.once.clone(),
    };
    if let Some(Later {
        scheduled_for,
        render,
    }) = cmd.later
    {
        let later = ScheduleMessage {
            send,
            scheduled_for,
            render,
        };
        return schedule_message(unit, cx, &later);
    }
    Ok(match send_message(unit, cx, &send)? {
        Once::Done(seen) => Once::Done(Posted::Sent(seen)),
        Once::Replayed(answer) => Once::Replayed(answer),
    })
}

/// Opens the conversation of a channel with people outside, without saying anything yet.
///
/// # Errors
/// Those of [`post_to_channel`] but for the message.
pub fn open_channel_conversation(
    unit: &mut dyn Unit,
    cx: &Context,
    channel: ChannelId,
    to: &[To],
    title: Option<&Title>,
) -> Result<CreatedConversation, Error> {
    let channel = admit(unit, cx, channel)?;
    let receivers = receivers(unit, cx, &channel, to)?;
    let mut opened = open(unit, cx, &channel, &receivers, title)?;
    if let Some(own) = cx.caller.acting_as(None)? {
        let (CreatedConversation::Created(one) | CreatedConversation::Existing(one)) = &mut opened;
        join(unit, cx, one, own, Role::Admin)?;
    }
    Ok(opened)
}

/// The answer of a send that happened before.
fn replay(
    unit: &mut dyn Unit,
    cx: &Context,
    once: Option<&SendOnce>,
) -> Result<Option<Answer>, Error> {
    let claims = once.map_or(&[][..], |once| &once.claims);
    let keys: Vec<ClaimKey> = claims.iter().map(|claim| claim.key).collect();
    if keys.is_empty() {
        return Ok(None);
    }
    let settled = unit.claims().find_many(cx.workspace(), &keys, cx.now)?;
    let mut claims = claims.iter();
    let known = claims.find_map(|claim| {
        let settled = settled.iter().find(|one| one.key == claim.key)?;
        Some(claim.replay(settled))
    });
    Ok(known.transpose()?)
}

/// The channel, if the caller may send through it now.
fn admit(unit: &mut dyn Unit, cx: &Context, id: ChannelId) -> Result<Channel, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    if cx.caller.sight() == Sight::Public {
        return Err(Refusal::NotAllowed.into());
    }
    let found = unit.channels().find(cx.workspace(), id)?;
    let channel = found.ok_or(Refusal::ChannelNotFound)?;
    channel.admit()?;
    Ok(channel)
}

/// Finds or creates whom a message is for, each once.
fn receivers(
    unit: &mut dyn Unit,
    cx: &Context,
    channel: &Channel,
    to: &[To],
) -> Result<Vec<Addressed>, Error> {
    let refuse = |problem: String| Err(Invalid::new(problem).at("receivers").into());
    if !to.iter().any(|one| one.role == ReceiverRole::To) {
        return refuse("expected somebody whom it is for".to_owned());
    }
    if to.len() > 1 && !channel.platform.takes_several() {
        return refuse("expected one receiver: only e-mail takes several".to_owned());
    }
    if to.len() > RECEIVERS_MAX {
        return refuse(format!("expected at most {RECEIVERS_MAX} receivers"));
    }
    let mut all: Vec<Addressed> = Vec::with_capacity(to.len());
    for (place, one) in to.iter().enumerate() {
        let participant = find_receiver(unit, cx, channel, place, &one.who)?;
        if participant.archived_at.is_some() {
            return Err(Refusal::ParticipantArchived.into());
        }
        if all.iter().all(|known| known.participant != participant.id) {
            all.push(Addressed {
                participant: participant.id,
                role: one.role,
                reached_by: match &one.who {
                    Who::Reached(by, _) => Some(by.clone()),
                    Who::Participant(_) => None,
                },
            });
        }
    }
    Ok(all)
}

fn find_receiver(
    unit: &mut dyn Unit,
    cx: &Context,
    channel: &Channel,
    place: usize,
    who: &Who,
) -> Result<Participant, Error> {
    let wanted = channel.platform.identifier_key();
    match who {
        Who::Reached(identifier, name) => {
            if wanted.is_some_and(|key| identifier.key().as_str() != key) {
                let problem = format!("expected {}", wanted.unwrap_or_default());
                let field = format!("receivers/{place}/identifier/key");
                return Err(Invalid::new(problem).at(field).into());
            }
            let (Resolved::Created(found) | Resolved::Existing(found)) =
                resolve(unit, cx, identifier, name.as_ref())?;
            Ok(found)
        }
        Who::Participant(id) => {
            let found = unit.participants().find(cx.workspace(), *id)?;
            let refuse = |problem: String| {
                Invalid::new(problem).at(format!("receivers/{place}/participant_id"))
            };
            let found = found
                .ok_or_else(|| refuse("expected a participant of this workspace".to_owned()))?;
            let found = who_now(unit, cx.workspace(), found)?;
            if let Some(key) = wanted
                && found.identifiers.first(key).is_none()
            {
                return Err(refuse(format!("expected a participant with a {key}")).into());
            }
            Ok(found)
        }
    }
}

/// The conversation of a channel with some people, locked; those in `bcc` are not among them.
fn open(
    unit: &mut dyn Unit,
    cx: &Context,
    channel: &Channel,
    receivers: &[Addressed],
    title: Option<&Title>,
) -> Result<CreatedConversation, Error> {
    let known = receivers
        .iter()
        .filter(|one| one.role != ReceiverRole::Bcc)
        .map(|one| one.participant);
    let people: BTreeSet<ParticipantId> = known.collect();
    let people: Vec<ParticipantId> = people.into_iter().collect();
    open_thread(unit, cx, channel, &people, title)
}

/// The conversation of a channel with these people, locked for the rest of the unit.
pub(super) fn open_thread(
    unit: &mut dyn Unit,
    cx: &Context,
    channel: &Channel,
    people: &[ParticipantId],
    title: Option<&Title>,
) -> Result<CreatedConversation, Error> {
    let thread = ThreadKey::new(channel.id, people);
    let workspace = cx.workspace();
    if let Some(found) = unit.conversations().find_thread(workspace, thread)? {
        let locked = unit
            .conversations_mut()
            .lock_many(workspace, &[found.id])?
            .pop();
        let locked = locked.ok_or_else(|| Fault::contended("the conversation was deleted"))?;
        return Ok(CreatedConversation::Existing(locked));
    }
    let number = unit.conversations_mut().next_number(workspace)?;
    let conversation = Conversation::restore(ConversationState {
        id: cx.fresh.derive(b"conversation").into(),
        workspace,
        number,
        kind: ConversationKind::Group,
        title: title.cloned(),
        description: None,
        status: Status::Open,
        metadata: Metadata::default(),
        direct: None,
        channel: Some(channel.id),
        thread: Some(thread),
        assignee: None,
        labels: Tags::default(),
        priority: None,
        snoozed_until: None,
        avatar_url: None,
        last_seq: Seq::ZERO,
        member_count: people.len(),
        last_message_at: None,
        public_count: 0,
        public_seq: Seq::ZERO,
        public_at: None,
        marked_seq: Seq::ZERO,
        created_at: cx.now,
        updated_at: cx.now,
        deleted_at: None,
    });
    let member = |id: &ParticipantId| Member::join(&conversation, *id, Role::Member, None, cx.now);
    let members: Vec<Member> = people.iter().map(member).collect();
    unit.conversations_mut().add(&conversation)?;
    unit.members_mut().add(&members)?;
    let mut events = vec![event(
        cx,
        Topic::ConversationCreated,
        Subject::Conversation(conversation.id),
    )];
    events.extend(people.iter().map(|id| {
        let subject = Subject::Member(conversation.id, *id, None);
        event(cx, Topic::MemberAdded, subject)
    }));
    unit.events_mut().append(workspace, &events)?;
    Ok(CreatedConversation::Created(conversation))
}

/// Lets somebody be a member of a locked conversation who is none.
pub(super) fn join(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: &mut Conversation,
    participant: ParticipantId,
    role: Role,
) -> Result<(), Error> {
    let earlier = unit
        .members_mut()
        .lock(cx.workspace(), conversation.id, participant)?;
    if earlier.as_ref().is_some_and(Member::is_present) {
        return Ok(());
    }
    let found = unit.participants().find(cx.workspace(), participant)?;
    let unknown = || Invalid::new("expected a participant of this workspace").at("participant_id");
    if found.ok_or_else(unknown)?.archived_at.is_some() {
        return Err(Refusal::ParticipantArchived.into());
    }
    conversation.welcome(1, cx.limits().members_max, cx.now)?;
    let member = Member::join(conversation, participant, role, None, cx.now);
    match earlier {
        Some(_) => unit.members_mut().save(&member)?,
        None => unit.members_mut().add(std::slice::from_ref(&member))?,
    }
    unit.conversations_mut().save(conversation)?;
    let subject = Subject::Member(conversation.id, participant, None);
    let events = [event(cx, Topic::MemberAdded, subject)];
    Ok(unit.events_mut().append(cx.workspace(), &events)?)
}

/// Opens a locked conversation again.
pub(super) fn reopen(
    unit: &mut dyn Unit,
    cx: &Context,
    conversation: &mut Conversation,
) -> Result<(), Error> {
    if conversation.wake(cx.now) {
        unit.conversations_mut().save(conversation)?;
        let subject = Subject::Conversation(conversation.id);
        let events = [event(cx, Topic::ConversationReopened, subject)];
        unit.events_mut().append(cx.workspace(), &events)?;
    }
    Ok(())
}

fn event(cx: &Context, topic: Topic, subject: Subject) -> NewEvent {
    NewEvent {
        topic,
        subject,
        at: cx.now,
    }
}

//! Takes in what people outside write, and what platforms say of what was sent to them.

use crate::channel::Channel;
use crate::claim::Once;
use crate::contact::Identifier;
use crate::context::Context;
use crate::conversation::{Conversation, Status};
use crate::delivery::{Delivery, DeliveryStatus, Failure, FailureStage, overall};
use crate::draft::Draft;
use crate::event::Topic;
use crate::id::{ChannelId, MessageId};
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::member::Role;
use crate::message::{Direction, Message, Visibility};
use crate::participant::{Participant, ParticipantKind};
use crate::port::{PlatformReference, Snapshot, Unit};
use crate::receipt::Seen;
use crate::refusal::{Error, Refusal};
use crate::text::{DisplayName, Reference, Title};

use super::contacts::{Resolved, resolve};
use super::create_conversation::CreatedConversation;
use super::create_participant::{log as log_participant, require_unbound};
use super::edit_message::log;
use super::files::with_files;
use super::post::{join, open_thread, reopen};
use super::send_message::{SendMessage, send_message};

/// Something that came in through a channel.
#[derive(Clone, Debug)]
pub struct ReceiveInbound {
    /// Through which channel.
    pub channel: ChannelId,
    /// Who wrote it.
    pub from: Identifier,
    /// How they call themselves, used if they are new.
    pub from_name: Option<DisplayName>,
    /// The platform's reference of it: what makes it come in once.
    pub reference: Option<Reference>,
    /// The platform's references of what it follows, the nearest last.
    pub follows: Vec<Reference>,
    /// The title of the conversation, if it is new: the subject of mail.
    pub title: Option<Title>,
    /// What it says.
    pub draft: Draft,
}

/// Whether something was new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is in its conversation now.
    New(Seen),
    /// It came in before; this is what became of it.
    Known(Seen),
}

/// Takes in a message from outside. Who wrote it is found by the identifier or created; the conversation is that
/// of what it follows, else that of the channel with its writer, else a new one, and is opened again if it was
/// archived, closed or snoozed. The same reference comes in once, for as long as the message is there. What an
/// agent or bot of the workspace writes from outside is a private note: it is not carried out again, and contacts do
/// not see what perhaps somebody else wrote.
///
/// # Errors
/// `scope_missing`, `not_allowed` for callers that are bound, `channel_not_found`, `channel_inactive`,
/// `participant_archived`; those of [`send_message`]; `validation_failed` at `from/key` for an identifier that the
/// platform has not.
pub fn receive_inbound(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &ReceiveInbound,
) -> Result<Received, Error> {
    let channel = admit(unit, cx, cmd.channel)?;
    if let Some(reference) = &cmd.reference
        && let Some(known) = find_known(unit, cx, &channel, reference)?
    {
        return Ok(Received::Known(known));
    }
    let wanted = channel.platform.identifier_key();
    if wanted.is_some_and(|key| cmd.from.key().as_str() != key) {
        let problem = format!("expected {}", wanted.unwrap_or_default());
        return Err(Invalid::new(problem).at("from/key").into());
    }
    let (Resolved::Created(writer) | Resolved::Existing(writer)) =
        resolve(unit, cx, &cmd.from, cmd.from_name.as_ref())?;
    if writer.archived_at.is_some() {
        return Err(Refusal::ParticipantArchived.into());
    }
    let mut conversation = if let Some(conversation) = followed(unit, cx, &channel, &cmd.follows)? {
        conversation
    } else {
        let title = cmd.title.as_ref();
        let (CreatedConversation::Created(one) | CreatedConversation::Existing(one)) =
            open_thread(unit, cx, &channel, &[writer.id], title)?;
        one
    };
    if !conversation.status.takes_messages() || conversation.status == Status::Snoozed {
        reopen(unit, cx, &mut conversation)?;
    }
    join(unit, cx, &mut conversation, writer.id, Role::Member)?;
    let mut draft = cmd.draft.clone();
    draft.source_id = draft.source_id.or_else(|| cmd.reference.clone());
    if writer.kind != ParticipantKind::Contact {
        // Nobody has proved that they wrote it: it is not shown to contacts as theirs.
        draft.direction = Some(Direction::Internal);
        draft.visibility = Visibility::Private;
    }
    let send = SendMessage {
        conversation: conversation.id,
        sender: Some(writer.id),
        draft,
        once: None,
    };
    let Once::Done(seen) = send_message(unit, cx, &send)? else {
        return Err(Refusal::AnswerErased.into());
    };
    if let Some(reference) = &cmd.reference {
        let known = PlatformReference {
            channel: channel.id,
            reference: reference.clone(),
            message: seen.message.id,
            conversation: conversation.id,
        };
        unit.outbox_mut().add_reference(cx.workspace(), &known)?;
    }
    // After the conversation, as everybody locks them.
    prefer(unit, cx, &writer, &cmd.from)?;
    Ok(Received::New(seen))
}

/// Who wrote from one of several addresses is answered there from now on.
fn prefer(
    unit: &mut dyn Unit,
    cx: &Context,
    writer: &Participant,
    from: &Identifier,
) -> Result<(), Error> {
    if writer.identifiers.first(from.key().as_str()) == Some(from) {
        return Ok(());
    }
    let locked = unit.participants_mut().lock(cx.workspace(), writer.id)?;
    if let Some(mut writer) = locked
        && writer.prefer(from, cx.now)
    {
        unit.participants_mut().save(&writer)?;
        log_participant(unit, cx, Topic::ParticipantUpdated, &writer)?;
    }
    Ok(())
}

/// The channel, if something may come in through it now.
fn admit(unit: &mut dyn Unit, cx: &Context, id: ChannelId) -> Result<Channel, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    require_unbound(cx)?;
    let found = unit.channels().find(cx.workspace(), id)?;
    let channel = found.ok_or(Refusal::ChannelNotFound)?;
    channel.admit()?;
    Ok(channel)
}

/// What became of something that came in before.
fn find_known(
    unit: &mut dyn Unit,
    cx: &Context,
    channel: &Channel,
    reference: &Reference,
) -> Result<Option<Seen>, Error> {
    let wanted = std::slice::from_ref(reference);
    let found = unit
        .outbox()
        .find_references(cx.workspace(), channel.id, wanted)?
        .pop();
    let Some(found) = found else {
        return Ok(None);
    };
    let message = unit
        .messages()
        .find_many(cx.workspace(), &[found.message])?
        .pop();
    let Some(message) = message else {
        return Ok(None);
    };
    let mut seen = vec![Seen::unmarked(message)];
    with_files(unit, cx.workspace(), &mut seen)?;
    Ok(seen.pop())
}

/// The conversation of the nearest message that something follows, locked.
fn followed(
    unit: &mut dyn Unit,
    cx: &Context,
    channel: &Channel,
    follows: &[Reference],
) -> Result<Option<Conversation>, Error> {
    if follows.is_empty() {
        return Ok(None);
    }
    let known = unit
        .outbox()
        .find_references(cx.workspace(), channel.id, follows)?;
    let nearest = follows
        .iter()
        .rev()
        .find_map(|wanted| known.iter().find(|one| one.reference == *wanted));
    let Some(nearest) = nearest else {
        return Ok(None);
    };
    let id = nearest.conversation;
    let locked = unit
        .conversations_mut()
        .lock_many(cx.workspace(), &[id])?
        .pop();
    Ok(locked.filter(|one| one.channel == Some(channel.id)))
}

/// By what a platform names a message that it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// Its own reference.
    Reference(Reference),
    /// The message's id, which it was given.
    Message(MessageId),
}

/// What a platform says of a message that it took.
#[derive(Clone, Debug)]
pub struct NoteStatus {
    /// Which channel's platform.
    pub channel: ChannelId,
    /// Of which message.
    pub message: Named,
    /// To whom; to all unless given.
    pub receiver: Option<Identifier>,
    /// How far it has come.
    pub status: DeliveryStatus,
    /// Why no further, if it failed.
    pub failure: Option<Failure>,
}

/// Notes how far a platform says that a message has come. What comes late or twice, and would lead back, changes
/// nothing.
///
/// # Errors
/// `scope_missing`, `not_allowed` for callers that are bound, `channel_not_found`, `channel_inactive`,
/// `platform_reference_not_found`; `validation_failed` at `status` for one that platforms do not say, at `reason`
/// for a failure without one, at `receiver` for somebody whom it is not for.
pub fn note_status(unit: &mut dyn Unit, cx: &Context, cmd: &NoteStatus) -> Result<Message, Error> {
    use DeliveryStatus::{Delivered, Failed, Read, Sent};
    let channel = admit(unit, cx, cmd.channel)?;
    if !matches!(cmd.status, Sent | Delivered | Read | Failed) {
        let problem = Invalid::new("expected sent, delivered, read or failed");
        return Err(problem.at("status").into());
    }
    let mut message = lock_named(unit, cx, &channel, &cmd.message)?;
    let workspace = cx.workspace();
    let mut recipients = unit.receipts().recipients(workspace, message.id)?;
    let only = match &cmd.receiver {
        None => None,
        Some(identifier) => {
            let wanted = std::slice::from_ref(identifier);
            let found = unit
                .participants()
                .find_identified(workspace, wanted)?
                .pop();
            let unknown = || Invalid::new("expected one of its receivers").at("receiver");
            Some(found.ok_or_else(unknown)?.id)
        }
    };
    if only.is_some_and(|only| recipients.iter().all(|one| one.participant != only)) {
        let problem = Invalid::new("expected one of its receivers");
        return Err(problem.at("receiver").into());
    }
    let mut changed = false;
    for one in &mut recipients {
        if only.is_none_or(|only| only == one.participant)
            && !is_over(&one.delivery, cmd.status)
            && moved(one.delivery.turn(cmd.status, cmd.failure.clone(), cx.now))?
        {
            unit.receipts_mut().save_recipient(one)?;
            changed = true;
        }
    }
    match overall(&recipients) {
        Some(overall) => changed |= message.deliver_as(overall),
        None if is_over(&message.delivery, cmd.status) => {}
        None => changed = moved(message.deliver(cmd.status, cmd.failure.clone(), cx.now))?,
    }
    if changed {
        unit.messages_mut().save(&message)?;
        log(unit, cx, Topic::MessageStatusChanged, &message)?;
    }
    Ok(message)
}

/// Whether the platform has said already that it failed, which is its last word: anything else was said before.
fn is_over(delivery: &Delivery, news: DeliveryStatus) -> bool {
    let failure = delivery.failure.as_ref();
    let said = failure.is_some_and(|failure| failure.stage == FailureStage::Deliver);
    said && news != DeliveryStatus::Failed
}

/// Whether a step was taken; one that would lead back was not.
fn moved(step: Result<bool, Refusal>) -> Result<bool, Refusal> {
    match step {
        Err(Refusal::DeliveryConflict { .. }) => Ok(false),
        other => other,
    }
}

fn lock_named(
    unit: &mut dyn Unit,
    cx: &Context,
    channel: &Channel,
    named: &Named,
) -> Result<Message, Error> {
    let workspace = cx.workspace();
    let id = match named {
        Named::Message(id) => *id,
        Named::Reference(reference) => {
            let wanted = std::slice::from_ref(reference);
            let found = unit
                .outbox()
                .find_references(workspace, channel.id, wanted)?
                .pop();
            found.ok_or(Refusal::PlatformReferenceNotFound)?.message
        }
    };
    let found = unit.messages().find_many(workspace, &[id])?.pop();
    let found = found.ok_or(Refusal::PlatformReferenceNotFound)?;
    let conversation = unit
        .conversations_mut()
        .lock_many(workspace, &[found.conversation])?
        .pop();
    if conversation.is_none_or(|one| one.channel != Some(channel.id)) {
        return Err(Refusal::PlatformReferenceNotFound.into());
    }
    let locked = unit
        .messages_mut()
        .lock(workspace, found.conversation, id)?;
    let living = locked
        .filter(|message| message.deleted_at.is_none() && message.direction == Direction::Outgoing);
    Ok(living.ok_or(Refusal::PlatformReferenceNotFound)?)
}

/// A channel and its workspace, for who holds nothing but the channel's secret: see
/// [`Caller::of_platform`](crate::Caller::of_platform).
///
/// # Errors
/// `channel_not_found`.
pub fn find_channel_anywhere(
    snapshot: &mut dyn Snapshot,
    id: ChannelId,
) -> Result<(crate::workspace::Workspace, Channel), Error> {
    let found = snapshot.channels().find_anywhere(id)?;
    let channel = found.ok_or(Refusal::ChannelNotFound)?;
    let workspace = snapshot.workspaces().find(channel.workspace)?;
    Ok((workspace.ok_or(Refusal::ChannelNotFound)?, channel))
}

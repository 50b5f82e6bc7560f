//! Schedules messages, shows, changes and cancels what waits.

use crate::claim::{Answer, Once};
use crate::context::Context;
use crate::draft::Draft;
use crate::event::{NewEvent, Subject, Topic};
use crate::fault::Fault;
use crate::id::{ConversationId, MessageId, ParticipantId};
use crate::key::Scope;
use crate::media::Attachment;
use crate::message::Sight;
use crate::page::{Limit, Page};
use crate::port::{DuePlace, MediaUse, Snapshot, Unit};
use crate::receipt::Seen;
use crate::refusal::{Error, Refusal};
use crate::schedule::{SCHEDULED_MAX, Scheduled, ScheduledState, due};
use crate::timestamp::Timestamp;

use super::pass::{Admission, Pass};
use super::send_message::{SendMessage, send_message};
use super::standing::visible;

/// The wish to say something later.
#[derive(Clone, Debug)]
pub struct ScheduleMessage {
    /// What, where and by whom.
    pub send: SendMessage,
    /// When.
    pub scheduled_for: Timestamp,
    /// Renders the answer for whoever retries, as the render of a send does for a message.
    pub render: fn(&Scheduled) -> Answer,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The time had come: it was sent.
    Sent(Seen),
    /// It waits.
    Scheduled(Scheduled),
}

/// Schedules a message, or sends it at once if its time has passed or comes within a second. All that would
/// refuse the send refuses it now already, and is looked at again when it is due. A template is filled in
/// now.
///
/// # Errors
/// Those of [`send_message`]; `validation_failed` at `scheduled_for` more than 35 days ahead; `schedule_full`.
pub fn schedule_message(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &ScheduleMessage,
) -> Result<Once<Posted>, Error> {
    let Some(due_at) = due(cmd.scheduled_for, cx.now)? else {
        return Ok(match send_message(unit, cx, &cmd.send)? {
            Once::Done(seen) => Once::Done(Posted::Sent(seen)),
            Once::Replayed(answer) => Once::Replayed(answer),
        });
    };
    let mut pass = Pass::load(unit, cx.workspace(), &[&(cx.clone(), cmd.send.clone())])?;
    let admitted = match pass.admit(0, cx, &cmd.send)? {
        Admission::Open(admitted) => admitted,
        Admission::Replayed(answer) => return Ok(Once::Replayed(answer)),
    };
    let conversation = cmd.send.conversation;
    if unit
        .schedule()
        .has(cx.workspace(), conversation, SCHEDULED_MAX)?
    {
        let scheduled_max = SCHEDULED_MAX;
        return Err(Refusal::ScheduleFull { scheduled_max }.into());
    }
    let mut draft = cmd.send.draft.clone();
    if let Some((said, used)) = admitted.says {
        draft.fill_in(said, used);
    }
    let scheduled = Scheduled::restore(ScheduledState {
        id: cx.fresh.into(),
        workspace: cx.workspace(),
        conversation: cmd.send.conversation,
        sender: admitted.sender,
        due_at,
        draft,
        refused: None,
        created_at: cx.now,
        updated_at: cx.now,
    });
    unit.schedule_mut().add(&scheduled)?;
    attach(unit, &scheduled)?;
    if !cmd.send.claims().is_empty() {
        let answer = (cmd.render)(&scheduled);
        let settle =
            |claim: &crate::claim::Claim| claim.settle(answer.clone(), Some(scheduled.id), cx.now);
        let claims: Vec<_> = cmd.send.claims().iter().map(settle).collect();
        unit.claims_mut().append(cx.workspace(), &claims, cx.now)?;
    }
    log(unit, Topic::MessageScheduled, &scheduled, cx.now)?;
    Ok(Once::Done(Posted::Scheduled(scheduled)))
}

/// What a scheduled message is to be instead; `None` leaves a part as it is.
#[derive(Clone, Debug)]
pub struct ChangeScheduled {
    /// Which.
    pub message: MessageId,
    /// When.
    pub scheduled_for: Option<Timestamp>,
    /// What.
    pub draft: Option<Draft>,
}

/// Changes time or words of a scheduled message; one that was refused when it was due is tried again. A time
/// that has passed or comes within a second sends it with the next look at what is due. Changing nothing locks it
/// and shows it as it stands.
///
/// # Errors
/// Those of [`schedule_message`], `scheduled_message_not_found`, `already_sent`.
pub fn change_scheduled(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &ChangeScheduled,
) -> Result<Scheduled, Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let mut scheduled = lock_own(unit, cx, cmd.message)?;
    if cmd.scheduled_for.is_none() && cmd.draft.is_none() {
        return Ok(scheduled);
    }
    let due_at = match cmd.scheduled_for {
        None => None,
        Some(time) => Some(due(time, cx.now)?.unwrap_or(cx.now)),
    };
    let mut draft = cmd.draft.clone();
    let send = SendMessage {
        conversation: scheduled.conversation,
        sender: Some(scheduled.sender),
        draft: draft.clone().unwrap_or_else(|| scheduled.draft.clone()),
        once: None,
    };
    let mut pass = Pass::load(unit, cx.workspace(), &[&(cx.clone(), send.clone())])?;
    if let Admission::Open(admitted) = pass.admit(0, cx, &send)?
        && let (Some(draft), Some((said, used))) = (&mut draft, admitted.says)
    {
        draft.fill_in(said, used);
    }
    scheduled.change(due_at, draft, cx.now);
    unit.schedule_mut().save(&scheduled)?;
    unit.library_mut()
        .release(cx.workspace(), &[scheduled.id], cx.now)?;
    attach(unit, &scheduled)?;
    unit.claims_mut().forget(cx.workspace(), &[scheduled.id])?;
    log(unit, Topic::MessageRescheduled, &scheduled, cx.now)?;
    Ok(scheduled)
}

/// Cancels a scheduled message: it is erased.
///
/// # Errors
/// `scope_missing`, `scheduled_message_not_found`, `already_sent`.
pub fn cancel_scheduled(unit: &mut dyn Unit, cx: &Context, id: MessageId) -> Result<(), Error> {
    cx.caller.require(Scope::MessagingWrite)?;
    let scheduled = lock_own(unit, cx, id)?;
    let workspace = cx.workspace();
    unit.schedule_mut().erase(&[(workspace, id)])?;
    unit.claims_mut().forget(workspace, &[id])?;
    unit.library_mut().release(workspace, &[id], cx.now)?;
    Ok(log(unit, Topic::MessageCanceled, &scheduled, cx.now)?)
}

/// A scheduled message. Callers that are bound to a participant see their own.
///
/// # Errors
/// `scope_missing`, `scheduled_message_not_found`, `already_sent`.
pub fn find_scheduled(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    id: MessageId,
) -> Result<Scheduled, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let found = snapshot.schedule().find(cx.workspace(), id)?;
    own(snapshot, cx, id, found)
}

/// A page of scheduled messages, the next due first; of one conversation if it is named. Callers that are
/// bound to a participant see their own. What waits in a deleted conversation is not shown, so a page may hold
/// fewer than its limit although another follows.
///
/// # Errors
/// `scope_missing`, `conversation_not_found`.
pub fn list_scheduled(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    conversation: Option<ConversationId>,
    cursor: Option<DuePlace>,
    limit: Limit,
) -> Result<Page<Scheduled, DuePlace>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    if let Some(conversation) = conversation {
        visible(snapshot, cx, conversation)?;
    }
    let sender = whose(cx)?;
    let found =
        snapshot
            .schedule()
            .page(cx.workspace(), conversation, sender, cursor, limit.probe())?;
    let mut page = Page::cut(found, limit, |one| DuePlace {
        due_at: one.due_at,
        id: one.id,
    });
    let mut ids: Vec<ConversationId> = page.items.iter().map(|one| one.conversation).collect();
    ids.sort_unstable();
    ids.dedup();
    let living = match ids.as_slice() {
        [] => Vec::new(),
        ids => snapshot.conversations().find_many(cx.workspace(), ids)?,
    };
    page.items
        .retain(|one| living.iter().any(|of| of.id == one.conversation));
    Ok(page)
}

/// Notes that what waits refers to its files.
fn attach(unit: &mut dyn Unit, scheduled: &Scheduled) -> Result<(), Fault> {
    let one = |one: &Attachment| MediaUse {
        media: one.media,
        message: scheduled.id,
        conversation: scheduled.conversation,
    };
    let uses: Vec<MediaUse> = scheduled.draft.attachments.iter().map(one).collect();
    if uses.is_empty() {
        return Ok(());
    }
    unit.library_mut().attach(scheduled.workspace, &uses)
}

fn lock_own(unit: &mut dyn Unit, cx: &Context, id: MessageId) -> Result<Scheduled, Error> {
    let found = unit.schedule_mut().lock(cx.workspace(), id)?;
    own(unit, cx, id, found)
}

/// Whose scheduled messages the caller may see: everybody's, or its own. Drafts of private notes are among
/// them, so who is bound to a contact sees its own only, also as an administrator.
fn whose(cx: &Context) -> Result<Option<ParticipantId>, Refusal> {
    match cx.caller.sight() {
        Sight::Everything => cx.caller.acting_as(None),
        Sight::Public => Ok(cx.caller.participant()),
    }
}

/// What was found, if it is the caller's business; otherwise whether it was sent meanwhile.
fn own(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    id: MessageId,
    found: Option<Scheduled>,
) -> Result<Scheduled, Error> {
    let own = whose(cx)?;
    let mine = |sender| own.is_none_or(|own| own == sender);
    if let Some(scheduled) = found.filter(|scheduled| mine(scheduled.sender)) {
        let of = snapshot
            .conversations()
            .find(cx.workspace(), scheduled.conversation)?;
        of.ok_or(Refusal::ScheduledNotFound)?;
        return Ok(scheduled);
    }
    let sent = snapshot.messages().find_many(cx.workspace(), &[id])?;
    if sent.iter().any(|message| mine(message.sender)) {
        return Err(Refusal::AlreadySent.into());
    }
    Err(Refusal::ScheduledNotFound.into())
}

/// Says in the log what happened to a scheduled message.
pub(super) fn log(
    unit: &mut dyn Unit,
    topic: Topic,
    scheduled: &Scheduled,
    at: Timestamp,
) -> Result<(), Fault> {
    let event = NewEvent {
        topic,
        subject: Subject::Scheduled(scheduled.conversation, scheduled.id),
        at,
    };
    unit.events_mut().append(scheduled.workspace, &[event])
}

//! Hands messages over to platforms: who does it has a lease, acts outside of any unit, and says what became of
//! it.

use std::collections::HashMap;

use crate::channel::Channel;
use crate::conversation::Conversation;
use crate::delivery::{Delivery, DeliveryStatus, Failure, FailureStage, Recipient, overall};
use crate::event::{NewEvent, Subject, Topic};
use crate::fault::Fault;
use crate::id::{ParticipantId, WorkspaceId};
use crate::media::Media;
use crate::message::Message;
use crate::outbound::{
    Enclosed, Handed, LeftOut, Outbound, Parcel, Receiver, ReceiverRole, THREAD_REFERENCES_MAX,
};
use crate::participant::{Participant, ParticipantKind};
use crate::port::{PlatformReference, Snapshot, Unit};
use crate::refusal::Error;
use crate::text::{DisplayName, Reference};
use crate::timestamp::Timestamp;

use super::contacts::who_now;

/// How many members of a conversation are looked at to know whom a message is for.
const MEMBERS_SEEN_MAX: usize = 101;

/// When the next message of the installation is to be handed over.
pub fn next_outbound(snapshot: &mut dyn Snapshot) -> Result<Option<Timestamp>, Error> {
    Ok(snapshot.outbox().next_due()?)
}

/// Up to `limit` messages to hand over, the next due first, which nobody else does until their leases end. One
/// that can reach nobody has failed instead; one whose channel is off goes on waiting.
pub fn claim_outbound(
    unit: &mut dyn Unit,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Parcel>, Error> {
    let mut parcels = Vec::new();
    for entry in unit.outbox_mut().lock_due(now, limit)? {
        parcels.extend(claim(unit, entry, now)?);
    }
    Ok(parcels)
}

/// The same for one message that was claimed and then waited behind others: as it stands now, under a lease that
/// begins now; `None` when somebody else tries it meanwhile, or nobody is to any more.
pub fn renew_outbound(
    unit: &mut dyn Unit,
    parcel: &Parcel,
    now: Timestamp,
) -> Result<Option<Parcel>, Error> {
    let (workspace, id) = (parcel.message.workspace, parcel.message.id);
    let entry = unit.outbox_mut().lock(workspace, id)?;
    let Some(mut entry) = entry.filter(|entry| entry.tries == parcel.tries) else {
        return Ok(None);
    };
    entry.give_back(now);
    claim(unit, entry, now)
}

/// One message, if it is to be handed over now.
fn claim(
    unit: &mut dyn Unit,
    mut entry: Outbound,
    now: Timestamp,
) -> Result<Option<Parcel>, Error> {
    let found = subjects(unit, &entry)?.filter(|(message, ..)| is_waiting(&message.delivery));
    let Some((mut message, conversation, channel)) = found else {
        unit.outbox_mut().erase(entry.workspace, entry.message)?;
        return Ok(None);
    };
    if channel.deleted_at.is_none() && channel.admit().is_err() {
        entry.hold(now);
        unit.outbox_mut().save(&entry)?;
        return Ok(None);
    }
    entry.attempt(now);
    unit.outbox_mut().save(&entry)?;
    let parcel = match channel.deleted_at {
        Some(_) => Err("The channel was deleted.".to_owned()),
        None => parcel(unit, &entry, &message, &conversation, channel, now)?,
    };
    match parcel {
        Ok(parcel) => {
            advance(unit, &mut message, DeliveryStatus::Processing, None, now)?;
            Ok(Some(parcel))
        }
        Err(reason) => {
            let because = (reason.as_str(), None);
            let stage = FailureStage::Reject;
            keep_or_fail(unit, &entry, &mut message, false, stage, because, now)?;
            Ok(None)
        }
    }
}

/// What became of handing a message over. Says whether it still counted: not when the lease had ended and
/// somebody else tries, or when the message is gone.
pub fn settle_outbound(
    unit: &mut dyn Unit,
    parcel: &Parcel,
    handed: &Handed,
    now: Timestamp,
) -> Result<bool, Error> {
    let (workspace, id) = (parcel.message.workspace, parcel.message.id);
    let entry = unit.outbox_mut().lock(workspace, id)?;
    let Some(mut entry) = entry.filter(|entry| entry.tries == parcel.tries) else {
        return Ok(false);
    };
    let Some((mut message, conversation, channel)) = subjects(unit, &entry)? else {
        unit.outbox_mut().erase(workspace, id)?;
        return Ok(false);
    };
    match handed {
        Handed::Taken { reference } => {
            taken(unit, &mut message, &[], now)?;
            learn(
                unit,
                &channel,
                &conversation,
                &message,
                reference.as_deref(),
            )?;
        }
        Handed::Partly {
            reference,
            left_out,
        } => {
            taken(unit, &mut message, left_out, now)?;
            learn(
                unit,
                &channel,
                &conversation,
                &message,
                reference.as_deref(),
            )?;
        }
        Handed::Refused { reason, detail } => {
            let because = (reason.as_str(), detail.as_deref());
            keep_or_fail(
                unit,
                &entry,
                &mut message,
                false,
                FailureStage::Send,
                because,
                now,
            )?;
        }
        Handed::Later {
            reason,
            detail,
            after,
        } => {
            let again = entry.put_off(*after, now);
            let because = (reason.as_str(), detail.as_deref());
            keep_or_fail(
                unit,
                &entry,
                &mut message,
                again,
                FailureStage::Send,
                because,
                now,
            )?;
        }
    }
    Ok(true)
}

/// The message of an entry, its conversation and channel; `None` when there is nothing left to hand over.
fn subjects(
    unit: &mut dyn Unit,
    entry: &Outbound,
) -> Result<Option<(Message, Conversation, Channel)>, Fault> {
    let workspace = entry.workspace;
    let message = unit
        .messages_mut()
        .lock(workspace, entry.conversation, entry.message)?
        .filter(|message| message.deleted_at.is_none());
    let conversation = unit.conversations().find(workspace, entry.conversation)?;
    let channel = unit
        .channels()
        .find_many(workspace, &[entry.channel])?
        .pop();
    Ok(match (message, conversation, channel) {
        (Some(message), Some(conversation), Some(channel)) => {
            Some((message, conversation, channel))
        }
        _ => None,
    })
}

/// Everything that a courier needs, or why nobody can be reached.
fn parcel(
    unit: &mut dyn Unit,
    entry: &Outbound,
    message: &Message,
    conversation: &Conversation,
    channel: Channel,
    now: Timestamp,
) -> Result<Result<Parcel, String>, Error> {
    let workspace = entry.workspace;
    let mut recipients = unit.receipts().recipients(workspace, message.id)?;
    if recipients.is_empty() {
        recipients = members_outside(unit, message, conversation, &channel, now)?;
        for one in &recipients {
            unit.receipts_mut().save_recipient(one)?;
        }
    }
    let receivers = receivers(unit, workspace, &channel, &recipients)?;
    if receivers.is_empty() {
        let way = channel.platform.as_str();
        return Ok(Err(format!(
            "Nobody in the conversation can be reached by {way}."
        )));
    }
    if receivers.len() > 1 && !channel.platform.takes_several() {
        return Ok(Err(
            "The conversation has several receivers, and only e-mail takes several.".to_owned(),
        ));
    }
    let ids: Vec<_> = message.attachments.iter().map(|one| one.media).collect();
    let files = match ids.as_slice() {
        [] => Vec::new(),
        ids => unit.library().find_many(workspace, ids)?,
    };
    let files: HashMap<_, Media> = files.into_iter().map(|one| (one.id, one)).collect();
    let enclosed = message.attachments.iter().filter_map(|one| {
        Some(Enclosed {
            attachment: one.clone(),
            media: files.get(&one.media)?.clone(),
        })
    });
    let sender = unit.participants().find(workspace, message.sender)?;
    let unnamed = || DisplayName::from_stored(channel.name.as_str());
    let earlier = unit.outbox().references_of(
        workspace,
        conversation.id,
        message.id,
        THREAD_REFERENCES_MAX,
    )?;
    Ok(Ok(Parcel {
        message: message.clone(),
        title: conversation.title.clone(),
        sender_name: sender.map_or_else(unnamed, |one| one.display_name.clone()),
        receivers,
        files: enclosed.collect(),
        follows: earlier
            .iter()
            .rev()
            .map(|one| one.reference.as_str().to_owned())
            .collect(),
        tries: entry.tries,
        channel,
    }))
}

/// Whom a message is for that names nobody: the contacts who are members.
fn members_outside(
    unit: &mut dyn Unit,
    message: &Message,
    conversation: &Conversation,
    channel: &Channel,
    now: Timestamp,
) -> Result<Vec<Recipient>, Fault> {
    let workspace = conversation.workspace;
    let members = unit
        .members()
        .page(workspace, conversation.id, None, MEMBERS_SEEN_MAX)?;
    let ids: Vec<ParticipantId> = members.iter().map(|one| one.participant).collect();
    let found = match ids.as_slice() {
        [] => Vec::new(),
        ids => unit.participants().find_many(workspace, ids)?,
    };
    let outside = |one: &&Participant| {
        let key = channel.platform.identifier_key();
        one.kind == ParticipantKind::Contact
            && one.archived_at.is_none()
            && key.is_none_or(|key| one.identifiers.first(key).is_some())
    };
    let mut all: Vec<Recipient> = found
        .iter()
        .filter(outside)
        .map(|one| Recipient {
            workspace,
            message: message.id,
            participant: one.id,
            role: ReceiverRole::To,
            reached_by: None,
            delivery: Delivery::begin(DeliveryStatus::Accepted, now),
        })
        .collect();
    all.sort_unstable_by_key(|one| one.participant);
    Ok(all)
}

/// Those of the recipients who are still to be reached, and by what.
fn receivers(
    unit: &mut dyn Unit,
    workspace: WorkspaceId,
    channel: &Channel,
    recipients: &[Recipient],
) -> Result<Vec<Receiver>, Fault> {
    let waiting = recipients.iter().filter(|one| is_waiting(&one.delivery));
    let waiting: Vec<&Recipient> = waiting.collect();
    let ids: Vec<ParticipantId> = waiting.iter().map(|one| one.participant).collect();
    let found = match ids.as_slice() {
        [] => Vec::new(),
        ids => unit.participants().find_many(workspace, ids)?,
    };
    let mut people = HashMap::new();
    for one in found {
        people.insert(one.id, who_now(unit, workspace, one)?);
    }
    let key = channel.platform.identifier_key();
    let reached = waiting.into_iter().filter_map(|one| {
        let person = people.get(&one.participant)?;
        let mut own = person.identifiers.iter();
        let named = one.reached_by.as_ref();
        let identifier = match (own.find(|own| Some(*own) == named), key) {
            (Some(named), _) => Some(named.clone()),
            (None, Some(key)) => Some(person.identifiers.first(key)?.clone()),
            (None, None) => person.identifiers.iter().next().cloned(),
        };
        Some(Receiver {
            participant: one.participant,
            role: one.role,
            name: person.display_name.clone(),
            identifier,
        })
    });
    Ok(reached.collect())
}

/// A platform took a message, but for those that it left out.
fn taken(
    unit: &mut dyn Unit,
    message: &mut Message,
    left_out: &[LeftOut],
    now: Timestamp,
) -> Result<(), Error> {
    let (workspace, id) = (message.workspace, message.id);
    unit.outbox_mut().erase(workspace, id)?;
    for mut one in unit.receipts().recipients(workspace, id)? {
        let left = left_out
            .iter()
            .find(|left| left.participant == one.participant);
        if let Some(left) = left {
            let failure = Failure::cut(FailureStage::Send, &left.reason, left.detail.as_deref());
            if matches!(
                one.delivery
                    .turn(DeliveryStatus::Failed, Some(failure), now),
                Ok(true)
            ) {
                unit.receipts_mut().save_recipient(&one)?;
            }
        }
    }
    advance(unit, message, DeliveryStatus::Sent, None, now)
}

/// Whether something is still to be handed over: not when somebody said what became of it.
fn is_waiting(delivery: &Delivery) -> bool {
    let waiting = [DeliveryStatus::Accepted, DeliveryStatus::Processing];
    waiting.contains(&delivery.status)
}

/// Keeps an entry for another try, or lets the message have failed.
fn keep_or_fail(
    unit: &mut dyn Unit,
    entry: &Outbound,
    message: &mut Message,
    again: bool,
    stage: FailureStage,
    (reason, detail): (&str, Option<&str>),
    now: Timestamp,
) -> Result<(), Error> {
    if again {
        return Ok(unit.outbox_mut().save(entry)?);
    }
    unit.outbox_mut().erase(entry.workspace, entry.message)?;
    let failure = Failure::cut(stage, reason, detail);
    advance(unit, message, DeliveryStatus::Failed, Some(failure), now)
}

/// Moves a message and its recipients on, as far as they have not come further already.
pub(super) fn advance(
    unit: &mut dyn Unit,
    message: &mut Message,
    to: DeliveryStatus,
    failure: Option<Failure>,
    now: Timestamp,
) -> Result<(), Error> {
    let mut recipients = unit.receipts().recipients(message.workspace, message.id)?;
    for one in &mut recipients {
        // Who was left out is tried again only with the whole message.
        let left_out = one.delivery.status == DeliveryStatus::Failed && to == DeliveryStatus::Sent;
        if !left_out && matches!(one.delivery.turn(to, failure.clone(), now), Ok(true)) {
            unit.receipts_mut().save_recipient(one)?;
        }
    }
    let changed = match overall(&recipients) {
        Some(overall) => message.deliver_as(overall),
        None => matches!(message.deliver(to, failure, now), Ok(true)),
    };
    if !changed {
        return Ok(());
    }
    unit.messages_mut().save(message)?;
    let event = NewEvent {
        topic: Topic::MessageStatusChanged,
        subject: Subject::Message(message.conversation, message.id, message.seq),
        at: now,
    };
    Ok(unit.events_mut().append(message.workspace, &[event])?)
}

/// Remembers by what a platform knows a message.
fn learn(
    unit: &mut dyn Unit,
    channel: &Channel,
    conversation: &Conversation,
    message: &Message,
    reference: Option<&str>,
) -> Result<(), Error> {
    let Some(reference) = reference.and_then(|text| Reference::parse(text).ok()) else {
        return Ok(());
    };
    let wanted = std::slice::from_ref(&reference);
    let known = unit
        .outbox()
        .find_references(channel.workspace, channel.id, wanted)?;
    if known.is_empty() {
        unit.outbox_mut().add_reference(
            channel.workspace,
            &PlatformReference {
                channel: channel.id,
                reference,
                message: message.id,
                conversation: conversation.id,
            },
        )?;
    }
    Ok(())
}

//! Creates channels, shows and changes them, switches them on and off.

use crate::channel::{
    CHANNELS_MAX, Channel, ChannelChange, ChannelState, ChannelStatus, Platform, Reach,
};
use crate::contact::{Identifier, Identifiers, Profile};
use crate::context::Context;
use crate::event::{NewEvent, Subject, Topic};
use crate::extra::Bearer;
use crate::id::ChannelId;
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::message::Sight;
use crate::page::{Limit, Page};
use crate::participant::ParticipantKind;
use crate::port::{Snapshot, Unit};
use crate::refusal::{Error, Refusal};
use crate::text::{DisplayName, Metadata, Name};
use crate::vault::Sealed;

use super::create_participant::{CreateParticipant, add_as};

/// The wish to have a channel. Its id is the one that the context has fresh: its secret is sealed for it.
#[derive(Clone, Debug)]
pub struct CreateChannel {
    /// Where it leads.
    pub platform: Platform,
    /// What people call it.
    pub name: Name,
    /// Under which address it is known there.
    pub address: Option<Identifier>,
    /// How it reaches its platform.
    pub reach: Reach,
    /// What it proves itself with.
    pub secret: Option<Sealed>,
}

/// Creates a channel, active at once, and the bot that speaks through it when nobody is named.
///
/// # Errors
/// `scope_missing`, `channels_full`; `validation_failed` at `address`, `url`, `smtp` or `smtp/password` when
/// they do not fit the platform.
pub fn create_channel(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &CreateChannel,
) -> Result<Channel, Error> {
    cx.caller.require(Scope::Admin)?;
    let channels_max = CHANNELS_MAX;
    let known = unit
        .channels()
        .page(cx.workspace(), None, None, channels_max)?;
    if known.len() >= channels_max {
        return Err(Refusal::ChannelsFull { channels_max }.into());
    }
    let limit = cx.limits().display_name_chars_max;
    let called: String = cmd.name.as_str().chars().take(limit).collect();
    let id = cx.fresh.into();
    let connector = cx.fresh.derive(b"connector");
    let channel = Channel::new(ChannelState {
        id,
        workspace: cx.workspace(),
        platform: cmd.platform,
        name: cmd.name.clone(),
        status: ChannelStatus::Active,
        connector: connector.into(),
        address: cmd.address.clone(),
        reach: cmd.reach.clone(),
        secret: cmd.secret.clone(),
        created_at: cx.now,
        updated_at: cx.now,
        deleted_at: None,
    })?;
    add_as(
        unit,
        cx,
        connector,
        &CreateParticipant {
            external_id: None,
            kind: ParticipantKind::Bot,
            display_name: DisplayName::from_stored(called),
            identifiers: Identifiers::default(),
            profile: Profile::default(),
            metadata: Metadata::default(),
        },
    )?;
    unit.channels_mut().add(&channel)?;
    log(unit, cx, Topic::ChannelCreated, id)?;
    Ok(channel)
}

/// A channel. Callers that are bound to a contact see none.
///
/// # Errors
/// `scope_missing`, `channel_not_found`.
pub fn find_channel(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    id: ChannelId,
) -> Result<Channel, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    if cx.caller.sight() == Sight::Public {
        return Err(Refusal::ChannelNotFound.into());
    }
    let found = snapshot.channels().find(cx.workspace(), id)?;
    Ok(found.ok_or(Refusal::ChannelNotFound)?)
}

/// A channel, to read by its platform what is to be done with it. Whether that may be done is asked by the act
/// itself.
///
/// # Errors
/// `channel_not_found`.
pub fn find_channel_acted_on(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    id: ChannelId,
) -> Result<Channel, Error> {
    let found = snapshot.channels().find(cx.workspace(), id)?;
    Ok(found.ok_or(Refusal::ChannelNotFound)?)
}

/// A page of channels, newest first. Callers that are bound to a contact see none.
///
/// # Errors
/// `scope_missing`.
pub fn list_channels(
    snapshot: &mut dyn Snapshot,
    cx: &Context,
    platform: Option<Platform>,
    cursor: Option<ChannelId>,
    limit: Limit,
) -> Result<Page<Channel, ChannelId>, Error> {
    cx.caller.require(Scope::MessagingRead)?;
    let found = match cx.caller.sight() {
        Sight::Public => Vec::new(),
        Sight::Everything => {
            snapshot
                .channels()
                .page(cx.workspace(), platform, cursor, limit.probe())?
        }
    };
    Ok(Page::cut(found, limit, |channel| channel.id))
}

/// Changes a channel; what waits to be handed over goes the new way.
///
/// # Errors
/// `scope_missing`, `channel_not_found`, and those of [`create_channel`].
pub fn change_channel(
    unit: &mut dyn Unit,
    cx: &Context,
    id: ChannelId,
    change: &ChannelChange,
) -> Result<Channel, Error> {
    let mut channel = lock(unit, cx, id)?;
    if channel.change(change, cx.now)? {
        unit.channels_mut().save(&channel)?;
        log(unit, cx, Topic::ChannelUpdated, id)?;
    }
    Ok(channel)
}

/// Gives a channel another key to sign calls with; the old one ends at once.
///
/// # Errors
/// `scope_missing`, `channel_not_found`; `validation_failed` at `channel_id` for a channel that signs nothing.
pub fn renew_secret(
    unit: &mut dyn Unit,
    cx: &Context,
    id: ChannelId,
    secret: &Sealed,
) -> Result<Channel, Error> {
    if !lock(unit, cx, id)?.reach.is_signed() {
        let problem = Invalid::new("expected a channel with a gateway: others sign nothing");
        return Err(problem.at("channel_id").into());
    }
    let change = ChannelChange {
        secret: Some(secret.clone()),
        ..ChannelChange::default()
    };
    change_channel(unit, cx, id, &change)
}

/// Switches a channel on or off. While it is off nothing is sent or comes in through it, and what waits goes on
/// waiting.
///
/// # Errors
/// `scope_missing`, `channel_not_found`.
pub fn turn_channel(
    unit: &mut dyn Unit,
    cx: &Context,
    id: ChannelId,
    to: ChannelStatus,
) -> Result<Channel, Error> {
    let mut channel = lock(unit, cx, id)?;
    if channel.turn(to, cx.now) {
        unit.channels_mut().save(&channel)?;
        let topic = match to {
            ChannelStatus::Active => Topic::ChannelActivated,
            ChannelStatus::Inactive => Topic::ChannelDeactivated,
        };
        log(unit, cx, topic, id)?;
    }
    Ok(channel)
}

/// Deletes a channel, its secret and what surfaces keep with it. Its conversations stay, and carry nothing out any more.
///
/// # Errors
/// `scope_missing`, `channel_not_found`.
pub fn delete_channel(unit: &mut dyn Unit, cx: &Context, id: ChannelId) -> Result<(), Error> {
    let mut channel = lock(unit, cx, id)?;
    channel.delete(cx.now);
    unit.channels_mut().save(&channel)?;
    unit.extras_mut()
        .erase(cx.workspace(), &[Bearer::Channel(id)])?;
    Ok(log(unit, cx, Topic::ChannelDeleted, id)?)
}

fn lock(unit: &mut dyn Unit, cx: &Context, id: ChannelId) -> Result<Channel, Error> {
    cx.caller.require(Scope::Admin)?;
    let found = unit.channels_mut().lock(cx.workspace(), id)?;
    Ok(found.ok_or(Refusal::ChannelNotFound)?)
}

fn log(
    unit: &mut dyn Unit,
    cx: &Context,
    topic: Topic,
    id: ChannelId,
) -> Result<(), crate::fault::Fault> {
    let event = NewEvent {
        topic,
        subject: Subject::Channel(id),
        at: cx.now,
    };
    unit.events_mut().append(cx.workspace(), &[event])
}

//! The operations on files, on who is reached by what, and on what goes out and comes in through channels.
//!
//! The same rules hold as for the others, in `op`.

use causerie_core::act::{
    CreateChannel, MediaPlace, NoteStatus, PostToChannel, Processed, ReceiveInbound, RequestMedia,
    arrive_media, change_channel, claim_media, claim_outbound, create_channel, delete_channel,
    delete_media, find_media, list_channels, list_media, list_media_of, merge_participants,
    next_media_due, next_outbound, note_status, post_to_channel, receive_inbound, rename_media,
    request_media, reserve_media, reserve_versions, resolve_contact, retry_delivery, settle_media,
    settle_outbound, turn_channel,
};
use causerie_core::channel::{ChannelChange, ChannelStatus, Platform};
use causerie_core::contact::Identifier;
use causerie_core::media::{Arrived, FileName, Version};
use causerie_core::outbound::{Handed, Parcel};
use causerie_core::page::Limit;
use causerie_core::port::Unit;
use causerie_core::text::DisplayName;
use causerie_core::{
    ChannelId, Context, ConversationId, Error, MediaId, MessageId, ParticipantId, Store,
    WorkspaceId,
};

use super::op::{Outcome, read, walk, write};

/// Something that a caller, or the worker, may ask for of files and of the world outside.
#[derive(Clone, Debug)]
pub(super) enum Outside {
    RequestMedia(RequestMedia),
    /// Reserves room for bytes, and says that they are kept.
    BringMedia(MediaId, Arrived),
    FindMedia(MediaId),
    ListMedia(Limit),
    ListMediaOf(ConversationId, Limit),
    RenameMedia(MediaId, FileName),
    DeleteMedia(MediaId),
    ClaimMedia(usize),
    SettleMedia((WorkspaceId, MediaId, u16), Processed),
    NextDue,
    Resolve(Identifier, Option<DisplayName>),
    Merge(ParticipantId, ParticipantId),
    CreateChannel(CreateChannel),
    ChangeChannel(ChannelId, ChannelChange),
    TurnChannel(ChannelId, ChannelStatus),
    DeleteChannel(ChannelId),
    ListChannels(Option<Platform>, Limit),
    Post(PostToChannel),
    Receive(ReceiveInbound),
    NoteStatus(NoteStatus),
    Retry(ConversationId, MessageId),
    Claim(usize),
    Settle(Box<Parcel>, Handed),
}

impl Outside {
    /// Does it, as this caller, at this time.
    pub(super) fn apply(&self, cx: &Context, store: &Store) -> Result<Outcome, Error> {
        match self {
            Self::FindMedia(_)
            | Self::ListMedia(_)
            | Self::ListMediaOf(..)
            | Self::NextDue
            | Self::ListChannels(..) => self.look(cx, store),
            _ => self.change(cx, store),
        }
    }

    fn change(&self, cx: &Context, store: &Store) -> Result<Outcome, Error> {
        let op = self.clone();
        write(store, cx, move |unit, cx| match &op {
            Self::RequestMedia(cmd) => request_media(unit, cx, cmd).map(Outcome::Media),
            Self::BringMedia(id, bytes) => bring(unit, cx, *id, bytes),
            Self::RenameMedia(id, name) => rename_media(unit, cx, *id, name).map(Outcome::Media),
            Self::DeleteMedia(id) => delete_media(unit, cx, *id).map(|()| Outcome::Nothing),
            Self::ClaimMedia(limit) => claim_media(unit, cx.now, *limit).map(Outcome::Claimed),
            Self::SettleMedia(which, processed) => settle(unit, cx, *which, processed),
            Self::Resolve(identifier, name) => {
                resolve_contact(unit, cx, identifier, name.as_ref()).map(Outcome::Upserted)
            }
            Self::Merge(gone, into) => {
                merge_participants(unit, cx, *gone, *into).map(Outcome::Participant)
            }
            Self::CreateChannel(cmd) => create_channel(unit, cx, cmd).map(Outcome::Channel),
            Self::ChangeChannel(id, change) => {
                change_channel(unit, cx, *id, change).map(Outcome::Channel)
            }
            Self::TurnChannel(id, to) => turn_channel(unit, cx, *id, *to).map(Outcome::Channel),
            Self::DeleteChannel(id) => delete_channel(unit, cx, *id).map(|()| Outcome::Nothing),
            Self::Post(cmd) => post_to_channel(unit, cx, cmd).map(Outcome::Posted),
            Self::Receive(cmd) => receive_inbound(unit, cx, cmd).map(Outcome::Received),
            Self::NoteStatus(cmd) => note_status(unit, cx, cmd).map(Outcome::Message),
            Self::Retry(of, id) => retry_delivery(unit, cx, *of, *id).map(Outcome::Message),
            Self::Claim(limit) => claim_outbound(unit, cx.now, *limit).map(Outcome::Parcels),
            Self::Settle(parcel, handed) => {
                settle_outbound(unit, parcel, handed, cx.now).map(Outcome::Settled)
            }
            other => panic!("{other:?} is applied elsewhere"),
        })
    }

    fn look(&self, cx: &Context, store: &Store) -> Result<Outcome, Error> {
        let op = self.clone();
        read(store, cx, move |snap, cx| match op {
            Self::FindMedia(id) => find_media(snap, cx, id).map(Outcome::Media),
            Self::ListMedia(limit) => {
                walk(|from| list_media(snap, cx, from, limit)).map(Outcome::AllMedia)
            }
            Self::ListMediaOf(of, limit) => {
                walk(|from: Option<MediaPlace>| list_media_of(snap, cx, of, from, limit))
                    .map(Outcome::MediaOf)
            }
            Self::NextDue => Ok(Outcome::NextOf(next_media_due(snap)?, next_outbound(snap)?)),
            Self::ListChannels(platform, limit) => {
                walk(|from| list_channels(snap, cx, platform, from, limit)).map(Outcome::Channels)
            }
            other => panic!("{other:?} is applied elsewhere"),
        })
    }
}

fn bring(
    unit: &mut dyn Unit,
    cx: &Context,
    id: MediaId,
    bytes: &Arrived,
) -> Result<Outcome, Error> {
    let home = cx.workspace();
    if reserve_media(unit, home, id, bytes, cx.now)? {
        arrive_media(unit, home, id, bytes, cx.now).map(Outcome::Media)
    } else {
        Ok(Outcome::Nothing)
    }
}

fn settle(
    unit: &mut dyn Unit,
    cx: &Context,
    (workspace, id, tries): (WorkspaceId, MediaId, u16),
    processed: &Processed,
) -> Result<Outcome, Error> {
    if let Processed::Known { versions, .. } = processed {
        let arrived = |one: &Version| Arrived {
            size: one.size,
            digest: one.digest,
            media_type: one.media_type.clone(),
        };
        let all: Vec<Arrived> = versions.iter().map(arrived).collect();
        reserve_versions(unit, workspace, &all, cx.now)?;
    }
    let place = (workspace, id);
    settle_media(unit, place, tries, processed, cx.now).map(Outcome::Settled)
}

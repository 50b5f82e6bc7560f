//! Draws files, channels, and what goes out and comes in through them.
//!
//! Follows the rules of `draw`: mostly sensible, sometimes refused.

use std::time::Duration;

use causerie_core::act::{
    CreateChannel, Later, Named, NoteStatus, PostToChannel, Processed, ReceiveInbound,
    RequestMedia, SendOnce, To, Who,
};
use causerie_core::channel::{
    ChannelChange, ChannelStatus, Endpoint, MailSecurity, MailServer, Platform, Reach,
};
use causerie_core::claim::{Answer, ClaimSource};
use causerie_core::delivery::{DeliveryStatus, Failure, FailureStage};
use causerie_core::media::{
    Arrived, Attachments, Facts, FileName, PROCESSING_LEASE, Preset, Version,
};
use causerie_core::outbound::{Handed, OUTBOUND_LEASE, ReceiverRole};
use causerie_core::port::Clock;
use causerie_core::{ChannelId, ConversationId, Draft, MediaId, Visibility};

use super::draw::{Draw, recent};
use super::outside::Outside;
use crate::fixture::{
    attachments, digest, display_name, identifier, media_type, name, reference, title,
};

const TYPES: &[&str] = &["image/png", "audio/ogg", "text/plain"];

impl Draw {
    /// Files of a message, mostly such that are there.
    pub(super) fn attached(&mut self) -> Attachments {
        let mut ids: Vec<MediaId> = (0..self.random.below(4)).map(|_| self.sendable()).collect();
        ids.sort_unstable();
        ids.dedup();
        attachments(&ids)
    }

    fn sendable(&mut self) -> MediaId {
        let from = &self.tenants[self.scope].arrived;
        recent(&mut self.random, from).unwrap_or_else(|| self.media())
    }

    fn media(&mut self) -> MediaId {
        let from = &self.tenants[self.scope].media;
        recent(&mut self.random, from).unwrap_or_else(|| self.unknown())
    }

    pub(super) fn channel(&mut self) -> ChannelId {
        let from = &self.tenants[self.scope].channels;
        recent(&mut self.random, from).unwrap_or_else(|| self.unknown())
    }

    /// One of few contents, so that files have the same.
    fn bytes(&mut self) -> Arrived {
        let number = i64::try_from(self.random.below(8)).expect("small");
        Arrived {
            size: number.unsigned_abs(),
            digest: digest(number),
            media_type: media_type(TYPES[self.random.below(TYPES.len())]),
        }
    }

    /// Files and what becomes of them.
    pub(super) fn files(&mut self) -> Outside {
        match self.random.below(20) {
            0..5 => Outside::RequestMedia(RequestMedia {
                name: FileName::clean(self.word()),
                declared: self.some(3, |of| media_type(TYPES[of.random.below(TYPES.len())])),
                owner: self.some(3, Self::participant),
            }),
            5..11 => Outside::BringMedia(self.media(), self.bytes()),
            11 => Outside::FindMedia(self.media()),
            12 => Outside::ListMedia(self.limit()),
            13 => Outside::ListMediaOf(self.conversation(), self.limit()),
            14 => Outside::RenameMedia(self.media(), FileName::clean(self.word())),
            15 => Outside::DeleteMedia(self.media()),
            16..18 => {
                if self.random.chance(1, 4) {
                    self.fixture.clock.advance(PROCESSING_LEASE);
                }
                Outside::ClaimMedia(1 + self.random.below(5))
            }
            18 => Outside::NextDue,
            _ => {
                let known = recent(&mut self.random, &self.looked_into);
                let home = self.tenants[self.scope].id();
                let which = known.unwrap_or_else(|| (home, self.unknown(), 1));
                Outside::SettleMedia(which, self.processed())
            }
        }
    }

    fn processed(&mut self) -> Processed {
        if self.random.chance(1, 4) {
            return Processed::Failed(self.word().to_owned());
        }
        let made = self.bytes();
        let version = |preset: Preset| Version {
            preset,
            digest: made.digest,
            media_type: made.media_type.clone(),
            size: made.size,
            width: 3,
            height: 2,
        };
        Processed::Known {
            facts: Facts {
                width: self.some(2, |_| 30),
                height: Some(20),
                duration_ms: None,
            },
            versions: vec![version(Preset::Chat), version(Preset::Thumbnail)],
        }
    }

    /// People outside, and the ways to them.
    pub(super) fn reach(&mut self) -> Outside {
        let (of, message) = self.message();
        match self.random.below(32) {
            0..3 => Outside::Resolve(
                self.identifier(),
                self.some(2, |of| display_name(of.word())),
            ),
            3 => Outside::Merge(self.participant(), self.participant()),
            4..6 => Outside::CreateChannel(self.channel_wanted()),
            6 => {
                let change = ChannelChange {
                    name: self.some(2, |of| name(of.word())),
                    address: self.some(4, |of| of.some(2, Self::identifier)),
                    ..ChannelChange::default()
                };
                Outside::ChangeChannel(self.channel(), change)
            }
            7 => {
                let to = if self.random.chance(3, 4) {
                    ChannelStatus::Active
                } else {
                    ChannelStatus::Inactive
                };
                Outside::TurnChannel(self.channel(), to)
            }
            8 if self.random.chance(1, 8) => Outside::DeleteChannel(self.channel()),
            9 => Outside::ListChannels(
                self.some(2, |of| *of.random.pick(Platform::ALL)),
                self.limit(),
            ),
            10..17 => Outside::Post(self.letter()),
            17..21 => Outside::Receive(self.incoming()),
            21..24 => Outside::NoteStatus(self.status()),
            24 => Outside::Retry(of, message),
            25..28 => {
                if self.random.chance(1, 4) {
                    self.fixture.clock.advance(OUTBOUND_LEASE);
                }
                Outside::Claim(1 + self.random.below(6))
            }
            _ => self.settled(),
        }
    }

    fn channel_wanted(&mut self) -> CreateChannel {
        let platform = *self.random.pick(Platform::ALL);
        let (reach, address) = match platform {
            Platform::Native => (Reach::Within, None),
            Platform::Email => {
                let server = MailServer::new("mx.example", None, MailSecurity::Tls, None);
                let own = self.some(1, |_| identifier("emailaddress", "us@x.org"));
                (Reach::Mail(server.expect("a server")), own)
            }
            _ => {
                let way = Endpoint::parse("https://gateway.example").expect("an address");
                (Reach::Gateway(way), None)
            }
        };
        let fits = self.random.chance(9, 10);
        CreateChannel {
            platform,
            name: name(self.word()),
            address: if fits {
                address
            } else {
                Some(self.identifier())
            },
            reach,
            secret: None,
        }
    }

    /// A draft that may go anywhere.
    fn words(&mut self) -> Draft {
        let nowhere: ConversationId = self.unknown();
        let mut draft = self.draft(nowhere);
        draft.reply_to = None;
        draft.receivers = Vec::new();
        if self.random.chance(3, 4) {
            draft.visibility = Visibility::Public;
            draft.direction = None;
        }
        draft
    }

    fn letter(&mut self) -> PostToChannel {
        let count = if self.random.chance(1, 3) { 3 } else { 1 };
        let receiver = |of: &mut Self| {
            let who = if of.random.chance(1, 4) {
                Who::Participant(of.participant())
            } else {
                Who::Reached(of.identifier(), of.some(2, |of| display_name(of.word())))
            };
            let role = if of.random.chance(3, 4) {
                ReceiverRole::To
            } else {
                *of.random.pick(ReceiverRole::ALL)
            };
            To { who, role }
        };
        let receivers = (0..count).map(|_| receiver(self)).collect();
        PostToChannel {
            channel: self.channel(),
            receivers,
            sender: self.some(4, Self::participant),
            title: self.some(2, |of| title(of.word())),
            draft: self.words(),
            once: self.some(4, |of| SendOnce {
                claims: vec![of.claim(ClaimSource::IdempotencyKey)],
                render: |seen| Answer(seen.id.to_bytes().to_vec()),
            }),
            later: self.some(8, |of| Later {
                scheduled_for: of.fixture.clock.now().plus(Duration::from_hours(10)),
                render: |one| Answer(one.id.to_bytes().to_vec()),
            }),
        }
    }

    fn incoming(&mut self) -> ReceiveInbound {
        let follows = (0..self.random.below(3))
            .map(|_| reference(self.word()))
            .collect();
        ReceiveInbound {
            channel: self.channel(),
            from: self.identifier(),
            from_name: self.some(2, |of| display_name(of.word())),
            follows,
            reference: self.some(2, |of| reference(of.word())),
            title: self.some(2, |of| title(of.word())),
            draft: {
                let mut draft = self.words();
                draft.attachments = Attachments::default();
                draft
            },
        }
    }

    fn status(&mut self) -> NoteStatus {
        let status = *self.random.pick(DeliveryStatus::ALL);
        let failed = status == DeliveryStatus::Failed;
        NoteStatus {
            channel: self.channel(),
            message: if self.random.chance(3, 4) {
                Named::Message(self.message().1)
            } else {
                Named::Reference(reference(self.word()))
            },
            receiver: self.some(4, Self::identifier),
            status,
            failure: failed.then(|| Failure::cut(FailureStage::Deliver, "gone", None)),
        }
    }

    fn settled(&mut self) -> Outside {
        let from = self.parcels.len().saturating_sub(4);
        if from == self.parcels.len() {
            return Outside::NextDue;
        }
        let parcel = self.random.pick(&self.parcels[from..]).clone();
        let handed = match self.random.below(5) {
            0..3 => Handed::Taken {
                // The same again for the same message: it is known by one.
                reference: self.some(2, |_| parcel.message.id.to_string()),
            },
            3 => Handed::Refused {
                reason: self.word().to_owned(),
                detail: self.some(2, |of| of.word().to_owned()),
            },
            _ => Handed::Later {
                reason: self.word().to_owned(),
                detail: None,
                after: self.some(2, |_| Duration::from_mins(7)),
            },
        };
        Outside::Settle(Box::new(parcel), handed)
    }
}

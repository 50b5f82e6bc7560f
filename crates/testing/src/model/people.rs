//! Draws people, and the places where they talk.
//!
//! Follows the rules of `draw`: mostly sensible, sometimes refused.

use std::time::Duration;

use causerie_core::act::{CreateConversation, CreateParticipant, FirstMember, UpsertParticipant};
use causerie_core::claim::ClaimSource;
use causerie_core::contact::{Identifier, Identifiers, Profile, ProfileChange};
use causerie_core::port::{Clock, ConversationFilter, OwnFilter, ParticipantFilter};
use causerie_core::tag::{TagName, Tags};
use causerie_core::text::AvatarUrl;
use causerie_core::{
    ConversationChange, ConversationKind, ParticipantChange, ParticipantKind, Priority, Role,
    Status,
};

use super::draw::Draw;
use super::op::Op;
use crate::fixture::{description, display_name, external_id, identifier, tags, title};

const LABELS: &[&str] = &["vip", "VIP", "a vip", "47"];

fn picture() -> AvatarUrl {
    AvatarUrl::parse("https://pictures.example/1").expect("an address")
}

impl Draw {
    pub(super) fn people(&mut self) -> Op {
        match self.random.below(12) {
            0..4 => Op::CreateParticipant(
                CreateParticipant {
                    external_id: self.some(2, |of| external_id(of.word())),
                    kind: self.kind(),
                    display_name: display_name(self.word()),
                    identifiers: self.identifiers(),
                    profile: Profile::default().with(&self.profile()),
                    metadata: self.object(),
                },
                self.some(3, |of| of.claim(ClaimSource::IdempotencyKey)),
            ),
            4..6 => Op::UpsertParticipant(UpsertParticipant {
                external_id: external_id(self.word()),
                kind: self.some(2, Self::kind),
                display_name: self.some(2, |of| display_name(of.word())),
                identifiers: self.some(4, Self::identifiers),
                profile: self.profile(),
                metadata: self.some(2, Self::object),
            }),
            6..8 => {
                let change = ParticipantChange {
                    kind: self.some(3, Self::kind),
                    display_name: self.some(2, |of| display_name(of.word())),
                    metadata: self.some(2, Self::object),
                    external_id: self.some(3, |of| of.some(2, |of| external_id(of.word()))),
                    identifiers: self.some(3, Self::identifiers),
                    profile: self.profile(),
                };
                Op::ChangeParticipant(self.participant(), change)
            }
            8 if self.random.chance(1, 3) => Op::ArchiveParticipant(self.participant()),
            9 => Op::FindParticipant(self.participant()),
            _ => {
                let filter = ParticipantFilter {
                    kind: self.some(3, Self::kind),
                    external_id: self.some(4, |of| external_id(of.word())),
                    identifier: self.some(6, Self::identifier),
                    archived: self.some(3, |of| of.random.chance(1, 2)),
                };
                Op::ListParticipants(filter, self.limit())
            }
        }
    }

    pub(super) fn places(&mut self) -> Op {
        let filter = ConversationFilter {
            kind: self.some(3, |of| *of.random.pick(ConversationKind::ALL)),
            status: self.some(3, |of| *of.random.pick(Status::ALL)),
            channel: self.some(6, Self::channel),
            assignee: self.some(6, |of| of.some(2, Self::participant)),
            label: self.some(6, |of| TagName::from_stored(*of.random.pick(LABELS))),
            priority: self.some(6, |of| *of.random.pick(Priority::ALL)),
            own: OwnFilter {
                muted: self.some(8, |of| of.random.chance(1, 2)),
                pinned: self.some(8, |of| of.random.chance(1, 2)),
                archived: self.some(8, |of| of.random.chance(1, 3)),
                unread: self.some(6, |of| of.random.chance(1, 2)),
            },
        };
        match self.random.below(20) {
            0..7 => Op::CreateConversation(self.conversation_wanted()),
            7..10 => {
                let change = ConversationChange {
                    title: self.some(2, |of| of.some(2, |of| title(of.word()))),
                    description: self.some(2, |of| of.some(2, |of| description(of.word()))),
                    metadata: self.some(2, Self::object),
                    assignee: self.some(3, |of| of.some(4, Self::participant)),
                    labels: self.some(3, Self::labels),
                    priority: self.some(4, |of| of.some(2, |of| *of.random.pick(Priority::ALL))),
                    avatar_url: self.some(5, |of| of.some(2, |_| picture())),
                };
                Op::ChangeConversation(self.conversation(), change)
            }
            10..14 => {
                let to = if self.random.chance(1, 2) {
                    Status::Open
                } else {
                    *self.random.pick(Status::ALL)
                };
                let until = (to == Status::Snoozed)
                    .then(|| self.fixture.clock.now().plus(Duration::from_hours(2)));
                let until = until.filter(|_| self.random.chance(1, 2));
                Op::TurnConversation(self.conversation(), to, until)
            }
            14 if self.random.chance(1, 2) => Op::DeleteConversation(self.conversation()),
            15..17 => Op::ListInbox(self.participant(), filter, self.limit()),
            _ => Op::ListConversations(self.some(2, Self::participant), filter, self.limit()),
        }
    }

    fn labels(&mut self) -> Tags {
        let count = self.random.below(3);
        let names: Vec<&str> = (0..count).map(|_| *self.random.pick(LABELS)).collect();
        tags(&names)
    }

    fn kind(&mut self) -> ParticipantKind {
        *self.random.pick(ParticipantKind::ALL)
    }

    fn profile(&mut self) -> ProfileChange {
        let mut text = |of: usize| self.some(of, |of| of.some(2, |of| of.word().into()));
        ProfileChange {
            first_name: text(4),
            title: text(6),
            avatar_url: text(8),
            ..ProfileChange::default()
        }
    }

    fn identifiers(&mut self) -> Identifiers {
        let count = self.random.below(3);
        let all = (0..count).map(|_| self.identifier()).collect();
        Identifiers::parse(all).expect("few")
    }

    /// One of few, so that people meet.
    pub(super) fn identifier(&mut self) -> Identifier {
        let number = self.random.below(9);
        match self.random.below(3) {
            0 => identifier("emailaddress", &format!("{number}@x.org")),
            1 => identifier("phonenumber", &format!("+3161234567{number}")),
            _ => identifier("crm", self.word()),
        }
    }

    fn conversation_wanted(&mut self) -> CreateConversation {
        let kind = *self.random.pick(ConversationKind::ALL);
        let count = match kind {
            ConversationKind::Direct if self.random.chance(9, 10) => 2,
            _ => self.random.below(6),
        };
        let member = |of: &mut Self| FirstMember {
            participant: of.participant(),
            role: *of.random.pick(Role::ALL),
            display_name: of.some(4, |of| display_name(of.word())),
        };
        CreateConversation {
            kind,
            title: self.some(2, |of| title(of.word())),
            description: self.some(3, |of| description(of.word())),
            metadata: self.object(),
            avatar_url: self.some(6, |_| picture()),
            members: (0..count).map(|_| member(self)).collect(),
        }
    }
}

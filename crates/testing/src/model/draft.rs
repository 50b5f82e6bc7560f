//! Draws what messages carry, and the operations on it.
//!
//! Follows the rules of `draw`: mostly sensible, sometimes refused.

use std::collections::BTreeMap;
use std::time::Duration;

use causerie_core::act::{
    AddReaction, ChangeScheduled, CreateTemplate, ScheduleMessage, SetDelivery,
};
use causerie_core::balance::Prices;
use causerie_core::claim::Answer;
use causerie_core::delivery::{DeliveryStatus, Failure, FailureStage};
use causerie_core::page::Order;
use causerie_core::port::{Clock, MessageFilter};
use causerie_core::reaction::ReactionName;
use causerie_core::search::SearchQuery;
use causerie_core::tag::{TagName, Tags};
use causerie_core::template::{Locale, Slug, Source, TemplateUse};
use causerie_core::text::Text;
use causerie_core::{
    Bearer, ContentType, ConversationId, Direction, Draft, Extra as Kept, MessageId, MessageKind,
    Plan, ReactionId, SettingsChange, Sight, TemplateId, Timestamp, Visibility, WorkspaceId,
};

use super::draw::{Draw, recent};
use super::extra::Extra;
use crate::fixture::{content, name, reference, tags, text};

const TAGS: &[&str] = &["a", "a b", "vip", "47", "-", "_"];
pub(super) const SURFACES: &[&str] = &["bird", "doto"];
const SIGNS: &[&str] = &["👍", "👍🏽", "wow", "Wow"];
const PROJECTS: &[&str] = &["welcome", "Welcome", "bye"];
const VERSIONS: &[&str] = &["1", "2", "10", "latest"];
const LOCALES: &[&str] = &["en", "en-GB", "de", "pt-BR"];
const QUERIES: &[&str] = &[
    "one",
    "one two",
    "on*",
    "\"it s 1\"",
    "a b",
    "ONE \"a b\"",
    "hidden",
    "ada",
    "unknown",
    "(one) OR two",
];

impl Draw {
    /// What somebody wants to say.
    pub(super) fn draft(&mut self, conversation: ConversationId) -> Draft {
        let reply_to = self.some(4, Self::message).and_then(|(of, id)| {
            // Mostly of the same conversation, sometimes not.
            (of == conversation || self.random.chance(1, 4)).then_some(id)
        });
        let template = self.some(12, Self::template_use);
        let plain = Draft {
            kind: MessageKind::Text,
            direction: self.some(8, |of| *of.random.pick(Direction::ALL)),
            visibility: if self.random.chance(1, 4) {
                Visibility::Private
            } else {
                Visibility::Public
            },
            attachments: self.some(6, Self::attached).unwrap_or_default(),
            reply_to,
            metadata: self.object(),
            tags: self.tags(),
            reference: self.some(4, |of| reference(of.word())),
            source_id: self.some(6, |of| reference(of.word())),
            echo_id: self.some(6, |of| reference(of.word())),
            extra: self.some(4, Self::kept),
            template,
            ..Draft::text(Text::empty())
        };
        if plain.template.is_some() && self.random.chance(9, 10) {
            return plain;
        }
        let content = self.some(4, Self::content);
        Draft {
            kind: *self.random.pick(MessageKind::ALL),
            text: if content.is_some() && self.random.chance(1, 2) {
                Text::empty()
            } else {
                text(self.word())
            },
            content_type: content
                .as_ref()
                .map_or(ContentType::Text, |(kind, _)| *kind),
            content: content.map(|(_, content)| content),
            ..plain
        }
    }

    pub(super) fn content(&mut self) -> (ContentType, causerie_core::Content) {
        let choices = [
            (ContentType::Text, r#"{"text":"Hidden one"}"#),
            (ContentType::Form, r#"{ "items":[{"title":"hidden two"}] }"#),
            (ContentType::Sticker, "{}"),
        ];
        let (kind, json) = *self.random.pick(&choices);
        (kind, content(json))
    }

    fn tags(&mut self) -> Tags {
        if self.random.chance(2, 3) {
            return Tags::default();
        }
        let count = 1 + self.random.below(3);
        let names: Vec<&str> = (0..count).map(|_| *self.random.pick(TAGS)).collect();
        tags(&names)
    }

    fn template_use(&mut self) -> TemplateUse {
        let parameters = if self.random.chance(4, 5) {
            BTreeMap::from([("name".to_owned(), self.word().to_owned())])
        } else {
            BTreeMap::new()
        };
        TemplateUse {
            project: Slug::from_stored(*self.random.pick(PROJECTS)),
            version: Slug::from_stored(*self.random.pick(VERSIONS)),
            locale: Locale::from_stored(*self.random.pick(LOCALES)),
            parameters,
        }
    }

    /// Reactions, receipts, deliveries, answers.
    pub(super) fn social(&mut self) -> Extra {
        let (of, id) = self.message();
        match self.random.below(20) {
            0..7 => Extra::AddReaction(AddReaction {
                conversation: of,
                message: id,
                participant: self.some(1, |draw| draw.someone_in(of)),
                name: ReactionName::from_stored(*self.random.pick(SIGNS)),
            }),
            7..9 => match self.reaction() {
                Some((of, id, reaction)) => Extra::RemoveReaction(of, id, reaction),
                None => Extra::RemoveReaction(of, id, self.unknown()),
            },
            9..11 => Extra::ListReactions(of, id, self.limit()),
            11..15 => {
                let status = *self.random.pick(DeliveryStatus::ALL);
                let failed = status == DeliveryStatus::Failed;
                Extra::SetDelivery(SetDelivery {
                    conversation: of,
                    message: id,
                    recipient: self.some(2, Self::participant),
                    status,
                    failure: (failed || self.random.chance(1, 20)).then(|| Failure {
                        stage: *self.random.pick(FailureStage::ALL),
                        reason: self.word().to_owned(),
                        detail: self.some(2, |of| of.word().to_owned()),
                    }),
                })
            }
            15 => Extra::ListRecipients(of, id),
            16..18 => Extra::ListReceipts(of, id, self.limit()),
            _ => Extra::ListReplies(of, id, self.limit()),
        }
    }

    /// Lists and searches over a workspace.
    pub(super) fn finding(&mut self) -> Extra {
        if self.random.chance(1, 6) {
            return Extra::ListTags(self.limit());
        }
        if self.random.chance(1, 3) {
            return self.surface();
        }
        let filter = MessageFilter {
            sight: *self.random.pick(&[Sight::Everything, Sight::Public]),
            member: self.some(4, Self::participant),
            conversation: self.some(4, Self::conversation),
            sender: self.some(5, Self::participant),
            tag: self.some(3, |of| TagName::from_stored(*of.random.pick(TAGS))),
            reference: self.some(5, |of| reference(of.word())),
            kind: self.some(5, |of| *of.random.pick(MessageKind::ALL)),
            direction: self.some(5, |of| *of.random.pick(Direction::ALL)),
            tombstones: self.tombstones(),
            channel: self.some(6, Self::channel),
            from: self.some(5, Self::moment),
            until: self.some(5, Self::moment),
        };
        if self.random.chance(1, 2) {
            let order = *self.random.pick(Order::ALL);
            return Extra::ListAll(filter, order, self.limit());
        }
        let query = SearchQuery::parse(QUERIES[self.random.below(QUERIES.len())]).expect("a query");
        let filter = if self.random.chance(1, 2) {
            MessageFilter::everything()
        } else {
            filter
        };
        Extra::Search(query, filter, self.limit())
    }

    /// What a surface keeps with things, and by which numbers it names them.
    fn surface(&mut self) -> Extra {
        let few: Vec<Bearer> = (0..4).map(|_| self.bearer()).collect();
        match self.random.below(4) {
            0..2 => Extra::Keep(few[0], self.kept()),
            2 => Extra::FindKept(self.random.pick::<&'static str>(SURFACES), few),
            _ => {
                let own = few.iter().map(|one| one.to_bytes());
                Extra::FindPositions(own.filter_map(|id| id.try_into().ok()).collect())
            }
        }
    }

    fn bearer(&mut self) -> Bearer {
        match self.random.below(8) {
            0..4 => Bearer::Message(self.message().1),
            4 => Bearer::Conversation(self.conversation()),
            5 => Bearer::Participant(self.participant()),
            6 => Bearer::Channel(self.channel()),
            _ => {
                let (of, who) = self.member();
                Bearer::Member(of, who)
            }
        }
    }

    fn kept(&mut self) -> Kept {
        let object = format!("{{\"number\": {}}}", self.random.below(9));
        Kept::from_stored(*self.random.pick(SURFACES), object)
    }

    /// Messages that wait.
    pub(super) fn later(&mut self) -> Extra {
        match self.random.below(16) {
            0..6 => {
                let scheduled_for = self.due();
                Extra::Schedule(ScheduleMessage {
                    send: self.send(),
                    scheduled_for,
                    render: |one| Answer(one.id.to_bytes().to_vec()),
                })
            }
            6..8 => {
                let (of, message) = self.waiting();
                Extra::ChangeScheduled(ChangeScheduled {
                    message,
                    scheduled_for: self.some(2, Self::due),
                    draft: self.some(2, |draw| draw.draft(of)),
                })
            }
            8 => Extra::CancelScheduled(self.waiting().1),
            9 => Extra::FindScheduled(self.waiting().1),
            10..12 => Extra::ListScheduled(self.some(2, Self::conversation), self.limit()),
            12 => Extra::NextDue,
            _ => Extra::Dispatch([u8::try_from(self.random.below(2)).expect("small"); 16]),
        }
    }

    /// A time ahead: soon, in some hours, hardly ever too far, or over.
    fn due(&mut self) -> Timestamp {
        let now = self.fixture.clock.now();
        let ahead = match self.random.below(12) {
            0 => Duration::ZERO,
            1 => Duration::from_hours(36 * 24),
            2..8 => Duration::from_millis(1_001),
            _ => Duration::from_hours(10),
        };
        now.plus(ahead)
    }

    /// Templates.
    pub(super) fn templates(&mut self) -> Extra {
        match self.random.below(10) {
            0..5 => {
                let wish = self.template_use();
                let texts = ["Hello {{ name }}!", "{{ name }} one", "no variable"];
                let texts: Vec<Source> = texts
                    .iter()
                    .map(|one| Source::parse(one).expect("a source"))
                    .collect();
                Extra::CreateTemplate(CreateTemplate {
                    project: wish.project,
                    version: wish.version,
                    locale: wish.locale,
                    name: self.some(2, |of| name(of.word())),
                    text: self
                        .random
                        .chance(9, 10)
                        .then(|| self.random.pick(&texts).clone()),
                    content_type: ContentType::Form,
                    content: self.some(3, |_| r#"{"text":"hidden {{ name }}"}"#.to_owned()),
                })
            }
            5 => Extra::DeleteTemplate(self.template()),
            6 => Extra::FindTemplate(self.template()),
            7 => {
                let project = self.some(2, |of| Slug::from_stored(*of.random.pick(PROJECTS)));
                Extra::ListTemplates(project, self.limit())
            }
            _ => Extra::Preview(self.template_use()),
        }
    }

    /// What a workspace decides and is granted.
    pub(super) fn desk(&mut self) -> Extra {
        match self.random.below(20) {
            0..4 => Extra::ChangeSettings(self.settings_wanted()),
            4..6 => Extra::FindSettings,
            6..8 => {
                let price = |of: &mut Self| u32::try_from(of.random.below(3)).expect("small");
                let plan = Plan {
                    metered: self.random.chance(1, 2),
                    prices: Prices {
                        send: price(self),
                        edit: price(self),
                        react: price(self),
                    },
                    ..Plan::default()
                };
                Extra::GrantPlan(self.tenant(), plan)
            }
            8..14 => {
                let tokens = u64::try_from(self.random.below(60)).expect("small");
                let note = self.some(2, |of| name(of.word()));
                Extra::TopUp(self.tenant(), tokens, note)
            }
            14..16 => Extra::FindBalance,
            16..18 => Extra::ListLedger(self.limit()),
            _ => Extra::Retain(self.tenant(), 1 + self.random.below(4)),
        }
    }

    fn settings_wanted(&mut self) -> SettingsChange {
        SettingsChange {
            members_max: self.some(4, |of| *of.random.pick(&[1, 2, 4, 1_000])),
            text_chars_max: self.some(4, |of| *of.random.pick(&[5, 10_000])),
            reactions: self.some(3, |of| of.random.chance(4, 5)),
            retention_days: self.some(3, |of| of.some(2, |of| *of.random.pick(&[3, 30]))),
            edit_window_s: self.some(3, |of| of.some(2, |_| 3_600)),
            default_locale: self.some(4, |of| Locale::from_stored(*of.random.pick(LOCALES))),
            ..SettingsChange::default()
        }
    }

    fn tenant(&mut self) -> WorkspaceId {
        let at = self.random.below(self.tenants.len());
        self.tenants[at].id()
    }

    fn reaction(&mut self) -> Option<(ConversationId, MessageId, ReactionId)> {
        recent(&mut self.random, &self.tenants[self.scope].reactions)
    }

    fn waiting(&mut self) -> (ConversationId, MessageId) {
        let from = &self.tenants[self.scope].waiting;
        recent(&mut self.random, from).unwrap_or_else(|| (self.unknown(), self.unknown()))
    }

    fn template(&mut self) -> TemplateId {
        let from = &self.tenants[self.scope].templates;
        recent(&mut self.random, from).unwrap_or_else(|| self.unknown())
    }
}

//! Draws operations: mostly sensible ones, sometimes refused, now and then of another workspace.
//!
//! Learns ids from what earlier operations answered, and looks into no storage.

use std::time::Duration;

use causerie_core::act::{
    AddMember, CreateKey, DeleteMessage, EditMessage, ListMessages, RotateKey, SendMessage,
    SendOnce,
};
use causerie_core::claim::{Answer, Claim, ClaimSource, Fingerprint, Once};
use causerie_core::outbound::Parcel;
use causerie_core::page::{Limit, Order};
use causerie_core::port::{Clock, Tombstones};
use causerie_core::receipt::ReceiptKind;
use causerie_core::text::Metadata;
use causerie_core::{
    Context, ConversationId, DeleteMode, Fresh, KeyId, MediaId, MemberChange, MessageChange,
    MessageId, Mute, ParticipantId, Pin, Plan, Position, Role, Scopes, SecretHash, Seq, Stow,
    Timestamp, Workspace, WorkspaceId,
};

use super::op::{Door, Op, Outcome};
use super::tenant::{Tenant, tenant};
use crate::fixture::{Fixture, Random, display_name, metadata, name, text};

const WORDS: &[&str] = &[
    "one",
    "One",
    "öne",
    "one ",
    "👋🏽",
    "it's \"1\"",
    "a\nb",
    "%_\\",
];
const OBJECTS: &[&str] = &["{}", r#"{"b":1, "a":2.50}"#, r#"{"k":"\u0000"}"#];
const LIMITS: &[u64] = &[1, 2, 3, 10, 50, 100];

/// The source of a run's operations.
pub(super) struct Draw {
    pub(super) random: Random,
    pub(super) fixture: Fixture,
    pub(super) tenants: Vec<Tenant>,
    /// Whose ids are drawn at present.
    pub(super) scope: usize,
    /// Which files somebody looks into, and for the how manieth time.
    pub(super) looked_into: Vec<(WorkspaceId, MediaId, u16)>,
    /// What somebody hands over.
    pub(super) parcels: Vec<Parcel>,
}

impl Draw {
    /// Operations that follow from the seed, on workspaces that exist already.
    pub(super) fn new(seed: u64, fixture: Fixture, workspaces: &[Workspace]) -> Self {
        Self {
            random: Random::new(seed),
            fixture,
            tenants: workspaces.iter().map(Tenant::new).collect(),
            scope: 0,
            looked_into: Vec::new(),
            parcels: Vec::new(),
        }
    }

    /// The next operation, and who asks for it, when.
    pub(super) fn next(&mut self) -> (Context, Op) {
        let tenant = usize::from(self.random.chance(1, 4)) % self.tenants.len();
        let cx = self.context(tenant);
        self.scope = tenant;
        if self.random.chance(1, 12) {
            self.scope = self.random.below(self.tenants.len());
        }
        (cx, self.op(tenant))
    }

    /// Remembers what an answer says.
    pub(super) fn learn(&mut self, cx: &Context, op: &Op, outcome: &Outcome) {
        let tenants = &mut self.tenants;
        match outcome {
            Outcome::SentBatch(all) => {
                for one in all.iter().flatten() {
                    if let Once::Done(one) = one {
                        let of = tenant(tenants, one.workspace).expect("a workspace of the run");
                        of.messages.push((one.conversation, one.id));
                    }
                }
            }
            Outcome::Claimed(all) => {
                let all = all.iter().map(|one| (one.workspace, one.id, one.tries));
                self.looked_into.extend(all);
            }
            Outcome::Parcels(all) => self.parcels.extend(all.iter().cloned()),
            Outcome::Settings(workspace) => {
                if let Some(of) = tenant(tenants, workspace.id) {
                    of.home = workspace.clone();
                }
            }
            Outcome::ToppedUp(balance, entry) if entry.number == 1 => {
                if let Some(of) = tenant(tenants, balance.workspace) {
                    let plan = of.home.plan;
                    of.home.grant(Plan {
                        metered: true,
                        ..plan
                    });
                }
            }
            _ => {
                if let Some(of) = tenant(tenants, cx.workspace()) {
                    of.learn(op, outcome);
                }
            }
        }
    }

    /// Who asks, and when: clocks mostly go forward, sometimes back, and some days pass.
    fn context(&mut self, tenant: usize) -> Context {
        let clock = &self.fixture.clock;
        let now = match self.random.below(40) {
            0 => clock.now().plus(Duration::from_hours(20)),
            1..6 => Timestamp::from_unix_micros(clock.now().unix_micros() - 5_000),
            6..12 => clock.now(),
            _ => clock.now().plus(Duration::from_micros(700)),
        };
        clock.set(now);
        let tenant = &self.tenants[tenant];
        let key = if tenant.keys.is_empty() || self.random.chance(3, 4) {
            None
        } else {
            Some(self.random.pick(&tenant.keys))
        };
        self.fixture.context_of(tenant.caller(key))
    }

    fn op(&mut self, tenant: usize) -> Op {
        match self.random.below(180) {
            100..120 => Op::Extra(Box::new(self.social())),
            120..130 => Op::Extra(Box::new(self.finding())),
            130..140 => Op::Extra(Box::new(self.later())),
            140..145 => Op::Extra(Box::new(self.templates())),
            145..150 => Op::Extra(Box::new(self.desk())),
            150..163 => Op::Outside(Box::new(self.files())),
            163..180 => Op::Outside(Box::new(self.reach())),
            0..1 => Op::CreateWorkspace(name(self.word())),
            1..2 => Op::ListWorkspaces(self.limit()),
            2..22 => self.people(),
            22..44 => self.places(),
            44..58 => self.membership(),
            58..88 => self.talk(tenant),
            88..94 => self.access(),
            94..98 => Op::ReadEvents(self.position(), self.limit()),
            _ => Op::Sweep(1 + self.random.below(20)),
        }
    }

    fn membership(&mut self) -> Op {
        let (of, who) = self.member();
        match self.random.below(14) {
            0..4 => Op::AddMember(AddMember {
                conversation: self.conversation(),
                participant: self.participant(),
                role: *self.random.pick(Role::ALL),
                display_name: self.some(3, |of| display_name(of.word())),
            }),
            4..6 => {
                let change = MemberChange {
                    role: self.some(2, |of| *of.random.pick(Role::ALL)),
                    display_name: self.some(2, |of| of.some(2, |of| display_name(of.word()))),
                    mute: self.some(2, |of| *of.random.pick(&[Mute::Muted, Mute::Unmuted])),
                    pin: self.some(2, |of| *of.random.pick(&[Pin::Pinned, Pin::Unpinned])),
                    stow: self.some(3, |of| *of.random.pick(&[Stow::Archived, Stow::Listed])),
                };
                Op::ChangeMember(of, who, change)
            }
            6..8 => Op::RemoveMember(of, who),
            8..10 => Op::ListMembers(of, self.limit()),
            10 => Op::FindMember(of, who),
            _ => {
                let seq = u64::try_from(self.random.below(8)).expect("small");
                let kind = *self.random.pick(ReceiptKind::ALL);
                Op::Mark(of, who, kind, Seq::new(seq))
            }
        }
    }

    fn talk(&mut self, tenant: usize) -> Op {
        let (of, id) = self.message();
        match self.random.below(30) {
            0..12 => {
                let door = *self.random.pick(&[Door::Gathered, Door::Unit]);
                Op::Send(Box::new(self.send()), door)
            }
            12..17 => {
                let count = self.random.below(12);
                let both = self.random.chance(1, 3);
                let mut batch = Vec::with_capacity(count);
                for _ in 0..count {
                    let tenant = if both {
                        self.random.below(2) % self.tenants.len()
                    } else {
                        tenant
                    };
                    self.scope = tenant;
                    let mut cx = self.context(tenant);
                    // Sends that wait together are of one moment: claims are looked up for all at once.
                    let first = batch
                        .first()
                        .map_or(cx.now, |(first, _): &(Context, _)| first.now);
                    cx.now = cx.now.min(first.plus(Duration::from_secs(1)));
                    batch.push((cx, self.send()));
                }
                Op::SendBatch(batch)
            }
            17..20 => Op::EditMessage(EditMessage {
                conversation: of,
                message: id,
                acting_as: self.some(3, Self::participant),
                change: MessageChange {
                    text: self.random.chance(9, 10).then(|| text(self.word())),
                    content: self.some(5, |of| of.some(2, Self::content)),
                    attachments: self.some(6, Self::attached),
                    metadata: self.some(3, Self::object),
                },
            }),
            20..22 => Op::DeleteMessage(DeleteMessage {
                conversation: of,
                message: id,
                mode: *self.random.pick(DeleteMode::ALL),
                acting_as: self.some(3, Self::participant),
            }),
            22 => Op::FindMessage(of, id),
            23..25 => Op::ListRevisions(of, id),
            _ => Op::ListMessages(ListMessages {
                conversation: self.conversation(),
                order: *self.random.pick(Order::ALL),
                limit: self.limit(),
                cursor: self.some(3, |of| {
                    Seq::new(u64::try_from(of.random.below(9)).expect("small"))
                }),
                after: self.some(4, Self::moment),
                before: self.some(4, Self::moment),
                tombstones: self.tombstones(),
            }),
        }
    }

    pub(super) fn send(&mut self) -> SendMessage {
        let (conversation, sender) = self.member();
        SendMessage {
            conversation,
            sender: self.random.chance(9, 10).then_some(sender),
            draft: self.draft(conversation),
            once: self.some(3, |of| SendOnce {
                claims: of.claims(),
                render: |message| Answer(message.id.to_bytes().to_vec()),
            }),
        }
    }

    fn access(&mut self) -> Op {
        match self.random.below(8) {
            0..2 => {
                let words = [
                    "messaging:read",
                    "messaging:write",
                    "admin",
                    "messaging:*",
                    "*",
                ];
                let (one, other) = (*self.random.pick(&words), *self.random.pick(&words));
                let expires_at = self.some(3, |of| {
                    let now = of.fixture.clock.now();
                    now.plus(Duration::from_hours(30))
                });
                Op::CreateKey(CreateKey {
                    name: name(self.word()),
                    hash: SecretHash::from_stored("$argon2id$not-a-hash"),
                    scopes: Scopes::parse([one, other]).expect("known scopes"),
                    participant: self.some(2, Self::participant),
                    expires_at,
                })
            }
            2 => Op::RevokeKey(self.key()),
            3 => Op::RotateKey(RotateKey {
                id: self.key(),
                hash: SecretHash::from_stored("$argon2id$another"),
                overlap: Duration::from_hours(10),
            }),
            4 => Op::FindCredentials(self.key()),
            5 => {
                let mut keys: Vec<KeyId> = (0..4).map(|_| self.key()).collect();
                keys.sort_unstable();
                keys.dedup();
                Op::NoteKeyUse(keys.into_iter().map(|key| (key, self.moment())).collect())
            }
            _ => Op::ListKeys(self.limit()),
        }
    }

    pub(super) fn some<T>(&mut self, of: usize, draw: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.random.chance(1, of).then(|| draw(self))
    }

    pub(super) fn tombstones(&mut self) -> Tombstones {
        *self
            .random
            .pick(&[Tombstones::Shown, Tombstones::Shown, Tombstones::Hidden])
    }

    pub(super) fn word(&mut self) -> &'static str {
        WORDS[self.random.below(WORDS.len())]
    }

    pub(super) fn object(&mut self) -> Metadata {
        metadata(OBJECTS[self.random.below(OBJECTS.len())])
    }

    pub(super) fn limit(&mut self) -> Limit {
        Limit::new(*self.random.pick(LIMITS)).expect("an acceptable limit")
    }

    fn position(&mut self) -> Position {
        Position::new(u64::try_from(self.random.below(200)).expect("small"))
    }

    /// A time around the present.
    pub(super) fn moment(&mut self) -> Timestamp {
        let back = i64::try_from(self.random.below(60_000)).expect("small");
        Timestamp::from_unix_micros(self.fixture.clock.now().unix_micros() + 5_000 - back)
    }

    /// One of few claims, for one of two requests.
    pub(super) fn claim(&mut self, source: ClaimSource) -> Claim {
        let key = self.word();
        let request: &[u8] = if self.random.chance(4, 5) {
            b"usual"
        } else {
            b"rare"
        };
        Claim::new(source, &[key.as_bytes()], Fingerprint::of(&[request]))
    }

    /// What a send may come with: a key, a reference, or both.
    fn claims(&mut self) -> Vec<Claim> {
        let sources = [ClaimSource::IdempotencyKey, ClaimSource::Reference];
        let choices = [&sources[..1], &sources[1..], &sources[..]];
        let some = *self.random.pick(&choices);
        some.iter().map(|source| self.claim(*source)).collect()
    }

    pub(super) fn participant(&mut self) -> ParticipantId {
        let from = &self.tenants[self.scope].participants;
        recent(&mut self.random, from).unwrap_or_else(|| self.unknown())
    }

    pub(super) fn conversation(&mut self) -> ConversationId {
        let from = &self.tenants[self.scope].conversations;
        recent(&mut self.random, from).unwrap_or_else(|| self.unknown())
    }

    /// A member of a conversation if one is known, or somebody else.
    pub(super) fn someone_in(&mut self, of: ConversationId) -> ParticipantId {
        let members = self.tenants[self.scope].members.iter();
        let ids: Vec<ParticipantId> = members
            .filter(|(conversation, _)| *conversation == of)
            .map(|(_, id)| *id)
            .collect();
        recent(&mut self.random, &ids).unwrap_or_else(|| self.participant())
    }

    /// A conversation and one of its members; sometimes somebody else.
    pub(super) fn member(&mut self) -> (ConversationId, ParticipantId) {
        let from = &self.tenants[self.scope].members;
        match recent(&mut self.random, from) {
            Some(member) if self.random.chance(9, 10) => member,
            _ => (self.conversation(), self.participant()),
        }
    }

    pub(super) fn message(&mut self) -> (ConversationId, MessageId) {
        let from = &self.tenants[self.scope].messages;
        recent(&mut self.random, from).unwrap_or_else(|| (self.unknown(), self.unknown()))
    }

    fn key(&mut self) -> KeyId {
        let from: Vec<KeyId> = self.tenants[self.scope]
            .keys
            .iter()
            .map(|key| key.id)
            .collect();
        recent(&mut self.random, &from).unwrap_or_else(|| self.unknown())
    }

    pub(super) fn unknown<T: From<Fresh>>(&self) -> T {
        self.fixture.id()
    }
}

/// One of the last few items; rarely an older one, or none.
pub(super) fn recent<T: Copy>(random: &mut Random, from: &[T]) -> Option<T> {
    if from.is_empty() || random.chance(1, 40) {
        return None;
    }
    let start = if random.chance(1, 5) {
        0
    } else {
        from.len().saturating_sub(8)
    };
    Some(*random.pick(&from[start..]))
}

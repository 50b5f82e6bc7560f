//! Fixed time, counted ids, and short builders for everything that a storage keeps.
//!
//! Builders make valid entities and store nothing; two fixtures make the same things in the same
//! order.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use causerie_core::claim::{Answer, CLAIM_LIFE, ClaimKey, Fingerprint, Settled};
use causerie_core::delivery::{Delivery, DeliveryStatus};
use causerie_core::port::{Clock, Ids};
use causerie_core::reaction::Tallies;
use causerie_core::tag::Tags;
use causerie_core::text::{
    Description, DisplayName, ExternalId, Metadata, Name, Reference, Text, Title,
};
use causerie_core::{
    ApiKey, ApiKeyState, Caller, ContentType, Context, Conversation, ConversationKind,
    ConversationState, Direction, Fresh, Member, MemberState, Message, MessageKind, MessageState,
    NewEvent, Participant, ParticipantKind, ParticipantState, Role, Scopes, SecretHash, Seq,
    Status, Subject as About, Timestamp, Topic, Visibility, Workspace, WorkspaceId,
};

/// When every fixture starts: 2026-01-01T00:00:00Z.
pub const START: Timestamp = Timestamp::from_unix_micros(1_767_225_600_000_000);

/// A clock that stands still until it is moved; may be shared between threads.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl Default for FixedClock {
    /// Stands at [`START`].
    fn default() -> Self {
        Self(AtomicI64::new(START.unix_micros()))
    }
}

impl FixedClock {
    /// Moves to a time, forward or back.
    pub fn set(&self, to: Timestamp) {
        self.0.store(to.unix_micros(), Ordering::SeqCst);
    }

    /// Moves forward; returns the time that it shows then.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let to = self.now().plus(by);
        self.set(to);
        to
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Ids that count: of two made for the same millisecond, the later one is higher. Its entropy looks
/// random and is the same in every run.
#[derive(Debug, Default)]
pub struct CountingIds(AtomicU64);

impl Ids for CountingIds {
    fn fresh(&self, at: Timestamp) -> Fresh {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let mut entropy = [0; 10];
        entropy[2..].copy_from_slice(&number.to_be_bytes());
        Fresh::new(at, entropy)
    }

    fn entropy(&self, bytes: &mut [u8]) {
        let mut random = Random::new(self.0.fetch_add(1, Ordering::SeqCst));
        for byte in bytes {
            *byte = random.draw().to_le_bytes()[0];
        }
    }
}

/// A small generator of numbers that look random and follow from their seed (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The generator with this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`.
    ///
    /// # Panics
    /// When `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("a length fits 64 bits");
        usize::try_from(self.draw() % bound).expect("below a length")
    }

    /// Whether something happens that does so `times` out of `of`.
    pub fn chance(&mut self, times: usize, of: usize) -> bool {
        self.below(of) < times
    }

    /// One of the items.
    ///
    /// # Panics
    /// When there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// A clock, ids, and builders that use them: each thing is made a millisecond after the one before,
/// so that ids and times follow the order of the calls unless a test moves the clock back.
#[derive(Debug, Default)]
pub struct Fixture {
    /// The time.
    pub clock: Arc<FixedClock>,
    /// The ids.
    pub ids: Arc<CountingIds>,
    /// The numbers of conversations: far from those that a storage gives.
    numbers: AtomicU64,
}

impl Fixture {
    /// Moves the clock by a millisecond and reads it.
    pub fn tick(&self) -> Timestamp {
        self.clock.advance(Duration::from_millis(1))
    }

    /// An id of any type, made now.
    pub fn id<T: From<Fresh>>(&self) -> T {
        self.ids.fresh(self.clock.now()).into()
    }

    /// A workspace, not root.
    pub fn workspace(&self, title: &str) -> Workspace {
        let at = self.tick();
        Workspace::new(self.id(), name(title), at)
    }

    /// The context of an act by the program itself, a millisecond after the one before.
    pub fn context(&self, workspace: &Workspace) -> Context {
        self.context_of(Caller::embedding(Arc::new(workspace.clone())))
    }

    /// The context of an act by this caller, a millisecond after the one before.
    pub fn context_of(&self, caller: Caller) -> Context {
        let now = self.tick();
        let fresh = self.ids.fresh(now);
        Context { caller, now, fresh }
    }

    /// A contact without external id and metadata.
    pub fn participant(&self, workspace: WorkspaceId, called: &str) -> Participant {
        self.participant_with(workspace, |state| state.display_name = display_name(called))
    }

    /// A participant with some of its state given.
    pub fn participant_with(
        &self,
        workspace: WorkspaceId,
        with: impl FnOnce(&mut ParticipantState),
    ) -> Participant {
        let at = self.tick();
        let mut state = ParticipantState {
            id: self.id(),
            workspace,
            external_id: None,
            kind: ParticipantKind::Contact,
            display_name: display_name("Somebody"),
            metadata: Metadata::default(),
            archived_at: None,
            created_at: at,
            updated_at: at,
        };
        with(&mut state);
        Participant::restore(state)
    }

    /// An open group without title, members and messages.
    pub fn conversation(&self, workspace: WorkspaceId) -> Conversation {
        self.conversation_with(workspace, |_| {})
    }

    /// A conversation with some of its state given.
    pub fn conversation_with(
        &self,
        workspace: WorkspaceId,
        with: impl FnOnce(&mut ConversationState),
    ) -> Conversation {
        let at = self.tick();
        let mut state = ConversationState {
            id: self.id(),
            workspace,
            number: 1_000_000 + self.numbers.fetch_add(1, Ordering::SeqCst),
            kind: ConversationKind::Group,
            title: None,
            description: None,
            status: Status::Open,
            metadata: Metadata::default(),
            direct: None,
            last_seq: Seq::ZERO,
            member_count: 0,
            last_message_at: None,
            public_count: 0,
            public_seq: Seq::ZERO,
            public_at: None,
            marked_seq: Seq::ZERO,
            created_at: at,
            updated_at: at,
            deleted_at: None,
        };
        with(&mut state);
        Conversation::restore(state)
    }

    /// A member who may send, joined now.
    pub fn member(&self, conversation: &Conversation, of: &Participant) -> Member {
        self.member_with(conversation, of, |_| {})
    }

    /// A member with some of its state given.
    pub fn member_with(
        &self,
        conversation: &Conversation,
        of: &Participant,
        with: impl FnOnce(&mut MemberState),
    ) -> Member {
        let mut state = MemberState {
            workspace: conversation.workspace,
            conversation: conversation.id,
            participant: of.id,
            role: Role::Member,
            display_name: None,
            read_seq: Seq::ZERO,
            read_public: 0,
            read_at: None,
            delivered_seq: Seq::ZERO,
            delivered_at: None,
            muted_at: None,
            joined_at: self.tick(),
            left_at: None,
        };
        with(&mut state);
        Member::restore(state)
    }

    /// A public message "message `seq`" at this place.
    pub fn message(&self, to: &Conversation, sender: &Participant, seq: u64) -> Message {
        self.message_with(to, sender, seq, |_| {})
    }

    /// A message with some of its state given.
    pub fn message_with(
        &self,
        to: &Conversation,
        sender: &Participant,
        seq: u64,
        with: impl FnOnce(&mut MessageState),
    ) -> Message {
        let at = self.tick();
        let mut state = MessageState {
            id: self.id(),
            workspace: to.workspace,
            conversation: to.id,
            seq: Seq::new(seq),
            sender: sender.id,
            kind: MessageKind::Text,
            direction: Direction::Outgoing,
            visibility: Visibility::Public,
            public_count: seq,
            text: text(&format!("message {seq}")),
            content_type: ContentType::Text,
            content: None,
            reply_to: None,
            metadata: Metadata::default(),
            tags: Tags::default(),
            reference: None,
            source_id: None,
            echo_id: None,
            template: None,
            delivery: Delivery::begin(DeliveryStatus::Sent, at),
            reply_count: 0,
            public_reply_count: 0,
            reactions: Tallies::default(),
            revision_count: 0,
            created_at: at,
            edited_at: None,
            deleted_at: None,
            delete_mode: None,
        };
        with(&mut state);
        Message::restore(state)
    }

    /// Messages at the places from `first` on.
    pub fn messages(
        &self,
        to: &Conversation,
        sender: &Participant,
        first: u64,
        count: u64,
    ) -> Vec<Message> {
        (first..first + count)
            .map(|seq| self.message(to, sender, seq))
            .collect()
    }

    /// A key that may do everything and never ends; its hash is no hash.
    pub fn key(&self, workspace: WorkspaceId) -> ApiKey {
        self.key_with(workspace, |_| {})
    }

    /// A key with some of its state given.
    pub fn key_with(&self, workspace: WorkspaceId, with: impl FnOnce(&mut ApiKeyState)) -> ApiKey {
        let at = self.tick();
        let mut state = ApiKeyState {
            id: self.id(),
            workspace,
            name: name("test key"),
            hash: SecretHash::from_stored("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA"),
            scopes: Scopes::ALL,
            participant: None,
            created_at: at,
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
        };
        with(&mut state);
        ApiKey::restore(state)
    }

    /// An event that says a conversation was updated.
    pub fn event(&self, about: &Conversation) -> NewEvent {
        NewEvent {
            topic: Topic::ConversationUpdated,
            subject: About::Conversation(about.id),
            at: self.tick(),
        }
    }

    /// A claim made now that stands for a day.
    pub fn claim(&self, key: &str) -> Settled {
        Settled {
            key: claim_key(key),
            fingerprint: Fingerprint::of(&[b"request", key.as_bytes()]),
            answer: Answer(format!("answer to {key}").into_bytes()),
            shows: None,
            expires_at: self.tick().plus(CLAIM_LIFE),
        }
    }
}

/// The claim key that this word stands for.
pub fn claim_key(word: &str) -> ClaimKey {
    ClaimKey(Fingerprint::of(&[word.as_bytes()]).0)
}

macro_rules! texts {
    ($($(#[$doc:meta])* $function:ident -> $name:ident;)+) => {$(
        $(#[$doc])*
        pub fn $function(text: &str) -> $name {
            $name::from_stored(text)
        }
    )+};
}

texts! {
    /// A message's text, not checked.
    text -> Text;
    /// A display name, not checked.
    display_name -> DisplayName;
    /// A title, not checked.
    title -> Title;
    /// A description, not checked.
    description -> Description;
    /// An external id, not checked.
    external_id -> ExternalId;
    /// A reference, not checked.
    reference -> Reference;
    /// A name, not checked.
    name -> Name;
    /// A JSON object, not checked.
    metadata -> Metadata;
}

#[cfg(test)]
mod tests {
    use super::*;
    use causerie_core::{KeyId, KeySecret, MessageId};

    #[test]
    fn two_fixtures_make_the_same_things() {
        let (one, other) = (Fixture::default(), Fixture::default());
        assert_eq!(one.workspace("a"), other.workspace("a"));
        assert!(one.id::<MessageId>() < one.id::<MessageId>());
        let mut entropy = [0; 128];
        one.ids.entropy(&mut entropy);
        let secret = KeySecret::new(one.id::<KeyId>(), &entropy);
        assert_eq!(KeySecret::parse(secret.expose()), Ok(secret));
    }

    #[test]
    fn random_numbers_follow_from_their_seed() {
        let (mut one, mut other) = (Random::new(7), Random::new(7));
        let drawn: Vec<_> = (0..100).map(|_| one.below(10)).collect();
        assert!(drawn.iter().all(|number| *number == other.below(10)));
        assert!((0..10).all(|number| drawn.contains(&number)));
    }
}

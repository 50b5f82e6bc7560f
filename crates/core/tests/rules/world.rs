//! A workspace to try the rules in: what it takes to make people talk.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use causerie_core::act::*;
use causerie_core::claim::Once;
use causerie_core::contact::{Identifiers, Profile};
use causerie_core::memory::Memory;
use causerie_core::page::{Limit, Order};
use causerie_core::port::{Ids, RandomIds, Snapshot, Tombstones, Unit};
use causerie_core::receipt::Seen;
use causerie_core::text::*;
use causerie_core::*;

/// One workspace, a clock that moves a second at each act, and whoever is needed.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) caller: Caller,
    pub(crate) seconds: AtomicI64,
}

pub(crate) fn workspace(name: &str) -> Workspace {
    Workspace::new(
        RandomIds.fresh(Timestamp::default()).into(),
        Name::from_stored(name),
        Timestamp::default(),
    )
}

impl World {
    pub(crate) fn new() -> Self {
        Self::in_store(Memory::store(), "world")
    }

    pub(crate) fn in_store(store: Store, name: &str) -> Self {
        let workspace = workspace(name);
        let caller = Caller::embedding(Arc::new(workspace.clone()));
        store
            .write(move |unit| found_workspace(unit, &workspace))
            .wait()
            .expect("a new workspace");
        Self {
            store,
            caller,
            seconds: AtomicI64::new(1_700_000_000),
        }
    }

    pub(crate) fn cx_of(&self, caller: &Caller) -> Context {
        let second = self.seconds.fetch_add(1, Ordering::Relaxed);
        let now = Timestamp::from_unix_micros(second * 1_000_000);
        Context {
            caller: caller.clone(),
            now,
            fresh: RandomIds.fresh(now),
        }
    }

    pub(crate) fn cx(&self) -> Context {
        self.cx_of(&self.caller)
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&mut dyn Unit, &Context) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, String> {
        let cx = self.cx();
        code(self.store.write(move |unit| work(unit, &cx)).wait())
    }

    pub(crate) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Snapshot, &Context) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, String> {
        self.read_as(&self.caller, work)
    }

    pub(crate) fn write_as<T: Send + 'static>(
        &self,
        caller: &Caller,
        mut work: impl FnMut(&mut dyn Unit, &Context) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, String> {
        let cx = self.cx_of(caller);
        code(self.store.write(move |unit| work(unit, &cx)).wait())
    }

    pub(crate) fn read_as<T: Send + 'static>(
        &self,
        caller: &Caller,
        work: impl FnOnce(&mut dyn Snapshot, &Context) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, String> {
        let cx = self.cx_of(caller);
        code(self.store.read(move |snapshot| work(snapshot, &cx)).wait())
    }

    /// Acts as a caller, and tells in full what became of it.
    pub(crate) fn act<T: Send + 'static>(
        &self,
        caller: &Caller,
        mut work: impl FnMut(&mut dyn Unit, &Context) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let cx = self.cx_of(caller);
        self.store.write(move |unit| work(unit, &cx)).wait()
    }

    /// Acts as the workspace itself where nothing is refused.
    pub(crate) fn done<T: Send + std::fmt::Debug + 'static>(
        &self,
        work: impl FnMut(&mut dyn Unit, &Context) -> Result<T, Error> + Send + 'static,
    ) -> T {
        self.act(&self.caller, work).expect("it is not refused")
    }

    /// The topics of the log from a position on.
    pub(crate) fn topics(&self, after: u64) -> Vec<&'static str> {
        let after = Position::new(after);
        let log = self.read(move |snapshot, cx| read_events(snapshot, cx, after, Limit::default()));
        let topic = |one: &Happened| one.event.topic.as_str();
        log.expect("the log").iter().map(topic).collect()
    }

    pub(crate) fn participant(&self, name: &str) -> ParticipantId {
        self.participant_of(ParticipantKind::Agent, name)
    }

    pub(crate) fn participant_of(&self, kind: ParticipantKind, name: &str) -> ParticipantId {
        let cmd = CreateParticipant {
            external_id: Some(ExternalId::from_stored(name)),
            kind,
            display_name: DisplayName::from_stored(name),
            identifiers: Identifiers::default(),
            profile: Profile::default(),
            metadata: Metadata::default(),
        };
        self.write(move |unit, cx| create_participant(unit, cx, &cmd))
            .expect("a new participant")
            .id
    }

    pub(crate) fn group(&self, members: &[(ParticipantId, Role)]) -> ConversationId {
        match self
            .conversation(ConversationKind::Group, members)
            .expect("a new group")
        {
            CreatedConversation::Created(one) | CreatedConversation::Existing(one) => one.id,
        }
    }

    pub(crate) fn conversation(
        &self,
        kind: ConversationKind,
        members: &[(ParticipantId, Role)],
    ) -> Result<CreatedConversation, String> {
        let first = |(participant, role): &(ParticipantId, Role)| FirstMember {
            participant: *participant,
            role: *role,
            display_name: None,
        };
        let cmd = CreateConversation {
            kind,
            title: None,
            description: None,
            metadata: Metadata::default(),
            avatar_url: None,
            members: members.iter().map(first).collect(),
        };
        self.write(move |unit, cx| create_conversation(unit, cx, &cmd))
    }

    pub(crate) fn send(
        &self,
        to: ConversationId,
        from: ParticipantId,
        text: &str,
    ) -> Result<Message, String> {
        self.send_cmd(
            self.cx(),
            SendMessage::text(to, from, Text::from_stored(text)),
        )
    }

    pub(crate) fn send_cmd(&self, cx: Context, cmd: SendMessage) -> Result<Message, String> {
        match code(self.store.send(cx, cmd).wait())? {
            Once::Done(sent) => Ok(sent.message),
            Once::Replayed(_) => Err("replayed".to_owned()),
        }
    }

    /// Says something that contacts do not see.
    pub(crate) fn note(
        &self,
        to: ConversationId,
        from: ParticipantId,
        text: &str,
    ) -> Result<Message, String> {
        let mut cmd = SendMessage::text(to, from, Text::from_stored(text));
        cmd.draft.visibility = Visibility::Private;
        self.send_cmd(self.cx(), cmd)
    }

    pub(crate) fn list(&self, of: ConversationId) -> Vec<Message> {
        let seen = self.seen(&self.caller, of);
        seen.into_iter().map(|one| one.message).collect()
    }

    /// The messages of a conversation as a caller sees them, and who has them.
    pub(crate) fn seen(&self, caller: &Caller, of: ConversationId) -> Vec<Seen> {
        let cmd = list_of(of);
        self.read_as(caller, move |snapshot, cx| {
            list_messages(snapshot, cx, &cmd)
        })
        .expect("a list")
        .items
    }

    pub(crate) fn bound(&self, to: ParticipantId, scopes: &str) -> Caller {
        let key = ApiKey::restore(ApiKeyState {
            id: RandomIds.fresh(Timestamp::default()).into(),
            workspace: self.caller.workspace().id,
            name: Name::from_stored("bound"),
            hash: SecretHash::from_stored(""),
            scopes: Scopes::parse([scopes]).expect("known"),
            participant: Some(to),
            created_at: Timestamp::default(),
            expires_at: None,
            revoked_at: None,
            last_used_at: None,
        });
        let found = self.read(move |snapshot, cx| find_participant(snapshot, cx, to));
        Caller::of_key(&Credentials {
            key,
            workspace: Arc::new(self.caller.workspace().clone()),
            participant: Some(found.expect("somebody").kind),
        })
    }
}

/// What was refused: a code, or the fields that are not valid.
pub(crate) fn told<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result.expect_err("a refusal") {
        Error::Refusal(Refusal::Invalid { violations }) => {
            let fields: Vec<&str> = violations.iter().map(|one| one.field.as_ref()).collect();
            fields.join(" ")
        }
        Error::Refusal(refusal) => refusal.code().to_owned(),
        Error::Fault(fault) => panic!("{fault}"),
    }
}

pub(crate) fn list_of(conversation: ConversationId) -> ListMessages {
    let limit = Limit::default();
    ListMessages {
        conversation,
        order: Order::Ascending,
        limit,
        cursor: None,
        after: None,
        before: None,
        tombstones: Tombstones::default(),
    }
}

pub(crate) fn code<T>(result: Result<T, Error>) -> Result<T, String> {
    result.map_err(|error| match error {
        Error::Refusal(refusal) => refusal.code().to_owned(),
        Error::Fault(fault) => panic!("{fault}"),
    })
}

pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, String>) -> String {
    result.expect_err("a refusal")
}

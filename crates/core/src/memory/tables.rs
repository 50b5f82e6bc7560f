//! The collections as ordered maps. A write copies them once, so that undoing is forgetting.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::balance::{Balance, LedgerEntry};
use crate::channel::Channel;
use crate::claim::{ClaimKey, Settled};
use crate::conversation::Conversation;
use crate::delivery::Recipient;
use crate::event::{Event, NewEvent, Placed, Position};
use crate::extra::{Bearer, Extra};
use crate::fault::Fault;
use crate::id::{
    ChannelId, ConversationId, KeyId, MediaId, MessageId, ParticipantId, ReactionId, TemplateId,
    WorkspaceId,
};
use crate::key::ApiKey;
use crate::media::{Digest, Media};
use crate::member::Member;
use crate::message::{Message, Revision, Seq};
use crate::outbound::Outbound;
use crate::participant::Participant;
use crate::port::{
    Balances, Channels, Claims, Conversations, Events, Extras, Installation, KeptFile, Keys,
    Library, MediaUse, Members, Messages, Outbox, Participants, PlatformReference, Reactions,
    ReadBalances, ReadChannels, ReadClaims, ReadConversations, ReadEvents, ReadExtras,
    ReadInstallation, ReadKeys, ReadLibrary, ReadMembers, ReadMessages, ReadOutbox,
    ReadParticipants, ReadReactions, ReadReceipts, ReadSchedule, ReadTags, ReadTemplates,
    ReadWorkspaces, Receipts, Schedule, Snapshot, Tags, Templates, Unit, Workspaces,
};
use crate::reaction::Reaction;
use crate::receipt::{Mark, ReceiptKind};
use crate::schedule::Scheduled;
use crate::tag::{Tag, TagName};
use crate::template::Template;
use crate::timestamp::Timestamp;
use crate::workspace::Workspace;

#[derive(Clone, Default)]
pub(super) struct Tables {
    pub(super) workspaces: BTreeMap<WorkspaceId, Workspace>,
    pub(super) keys: BTreeMap<KeyId, ApiKey>,
    pub(super) participants: BTreeMap<ParticipantId, Participant>,
    pub(super) conversations: BTreeMap<ConversationId, Conversation>,
    pub(super) members: BTreeMap<(ConversationId, ParticipantId), Member>,
    pub(super) messages: BTreeMap<(ConversationId, Seq), Message>,
    pub(super) places: BTreeMap<MessageId, (ConversationId, Seq)>,
    pub(super) revisions: BTreeMap<(MessageId, u32), Revision>,
    pub(super) events: BTreeMap<WorkspaceId, Vec<Event>>,
    pub(super) claims: BTreeMap<(WorkspaceId, ClaimKey), Settled>,
    /// How many conversations each workspace has had.
    pub(super) numbers: BTreeMap<WorkspaceId, u64>,
    /// The messages in the order in which they came.
    pub(super) arrivals: BTreeMap<i64, (ConversationId, Seq)>,
    pub(super) tags: BTreeMap<(WorkspaceId, TagName), Tag>,
    pub(super) reactions: BTreeMap<ReactionId, Reaction>,
    pub(super) marks: BTreeMap<(ConversationId, Seq, ParticipantId, ReceiptKind), Mark>,
    pub(super) recipients: BTreeMap<(MessageId, ParticipantId), Recipient>,
    pub(super) scheduled: BTreeMap<(Timestamp, MessageId), Scheduled>,
    pub(super) leases: BTreeMap<&'static str, ([u8; 16], Timestamp)>,
    pub(super) templates: BTreeMap<TemplateId, Template>,
    pub(super) balances: BTreeMap<WorkspaceId, Balance>,
    pub(super) ledger: BTreeMap<(WorkspaceId, u64), LedgerEntry>,
    pub(super) media: BTreeMap<MediaId, Media>,
    pub(super) media_uses: BTreeSet<(WorkspaceId, MediaUse)>,
    pub(super) kept: BTreeMap<(WorkspaceId, Digest), KeptFile>,
    pub(super) channels: BTreeMap<ChannelId, Channel>,
    pub(super) outbox: BTreeMap<MessageId, Outbound>,
    pub(super) references: Vec<(WorkspaceId, PlatformReference)>,
    pub(super) installation: BTreeMap<&'static str, Vec<u8>>,
    pub(super) extras: BTreeMap<(WorkspaceId, Bearer, String), Extra>,
}

/// One job's view.
pub(super) struct Work {
    pub(super) tables: Arc<Tables>,
    pub(super) events: Vec<(WorkspaceId, NewEvent)>,
    /// Who wants to know where the events at these indexes will stand.
    pub(super) placed: Vec<(usize, Placed)>,
}

impl Work {
    pub(super) fn on(tables: Arc<Tables>) -> Self {
        Self {
            tables,
            events: Vec::new(),
            placed: Vec::new(),
        }
    }

    /// Gives the events their positions.
    pub(super) fn finish(mut self) -> (Arc<Tables>, Vec<(WorkspaceId, Position)>) {
        let mut heads = BTreeMap::new();
        let placed = std::mem::take(&mut self.placed);
        let events = std::mem::take(&mut self.events);
        for (index, (workspace, NewEvent { topic, subject, at })) in events.into_iter().enumerate()
        {
            let log = self.tables_mut().events.entry(workspace).or_default();
            let next = log.last().map_or(0, |event| event.position.get()) + 1;
            let position = Position::new(next);
            log.push(Event {
                position,
                topic,
                subject,
                at,
            });
            heads.insert(workspace, position);
            for (_, placed) in placed.iter().filter(|(of, _)| *of == index) {
                placed.settle(position);
            }
        }
        (self.tables, heads.into_iter().collect())
    }

    pub(super) fn tables_mut(&mut self) -> &mut Tables {
        Arc::make_mut(&mut self.tables)
    }

    pub(super) fn conversation(
        &self,
        workspace: WorkspaceId,
        id: ConversationId,
    ) -> Option<&Conversation> {
        self.tables
            .conversations
            .get(&id)
            .filter(|one| one.workspace == workspace && one.deleted_at.is_none())
    }
}

/// What an adapter says of a unique value that another row has.
pub(super) fn taken() -> Fault {
    Fault::contended("a unique value is taken")
}

macro_rules! lend {
    ($($name:ident $name_mut:ident: $read:ident $write:ident;)+) => {
        impl Snapshot for Work {
            $(fn $name(&mut self) -> &mut dyn $read { self })+
        }
        impl Unit for Work {
            $(fn $name_mut(&mut self) -> &mut dyn $write { self })+
        }
    };
}

lend! {
    workspaces workspaces_mut: ReadWorkspaces Workspaces;
    keys keys_mut: ReadKeys Keys;
    participants participants_mut: ReadParticipants Participants;
    conversations conversations_mut: ReadConversations Conversations;
    members members_mut: ReadMembers Members;
    messages messages_mut: ReadMessages Messages;
    events events_mut: ReadEvents Events;
    claims claims_mut: ReadClaims Claims;
    tags tags_mut: ReadTags Tags;
    reactions reactions_mut: ReadReactions Reactions;
    receipts receipts_mut: ReadReceipts Receipts;
    schedule schedule_mut: ReadSchedule Schedule;
    templates templates_mut: ReadTemplates Templates;
    balances balances_mut: ReadBalances Balances;
    library library_mut: ReadLibrary Library;
    channels channels_mut: ReadChannels Channels;
    outbox outbox_mut: ReadOutbox Outbox;
    installation installation_mut: ReadInstallation Installation;
    extras extras_mut: ReadExtras Extras;
}

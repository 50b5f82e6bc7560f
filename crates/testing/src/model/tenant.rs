//! What a run knows of one workspace: ids that answers showed, and who may ask.
//!
//! Looks into no storage.

use std::collections::BTreeMap;
use std::sync::Arc;

use causerie_core::act::{CreatedConversation, Credentials, Posted, Received, Upserted};
use causerie_core::claim::Once;
use causerie_core::{
    ApiKey, Caller, ChannelId, ConversationId, MediaId, MessageId, ParticipantId, ParticipantKind,
    ReactionId, TemplateId, Workspace, WorkspaceId,
};

use super::op::{Op, Outcome};

/// What a run knows of one workspace.
pub(super) struct Tenant {
    pub(super) home: Workspace,
    pub(super) keys: Vec<ApiKey>,
    pub(super) kinds: BTreeMap<ParticipantId, ParticipantKind>,
    pub(super) participants: Vec<ParticipantId>,
    pub(super) conversations: Vec<ConversationId>,
    pub(super) members: Vec<(ConversationId, ParticipantId)>,
    pub(super) messages: Vec<(ConversationId, MessageId)>,
    pub(super) reactions: Vec<(ConversationId, MessageId, ReactionId)>,
    pub(super) waiting: Vec<(ConversationId, MessageId)>,
    pub(super) templates: Vec<TemplateId>,
    pub(super) media: Vec<MediaId>,
    pub(super) arrived: Vec<MediaId>,
    pub(super) channels: Vec<ChannelId>,
}

impl Tenant {
    pub(super) fn new(home: &Workspace) -> Self {
        Self {
            home: home.clone(),
            keys: Vec::new(),
            kinds: BTreeMap::new(),
            participants: Vec::new(),
            conversations: Vec::new(),
            members: Vec::new(),
            messages: Vec::new(),
            reactions: Vec::new(),
            waiting: Vec::new(),
            templates: Vec::new(),
            media: Vec::new(),
            arrived: Vec::new(),
            channels: Vec::new(),
        }
    }

    pub(super) fn id(&self) -> WorkspaceId {
        self.home.id
    }

    /// The workspace itself, or the holder of a key.
    pub(super) fn caller(&self, key: Option<&ApiKey>) -> Caller {
        let workspace = Arc::new(self.home.clone());
        let Some(key) = key else {
            return Caller::embedding(workspace);
        };
        let kind = |id| *self.kinds.get(&id).expect("it was created in this run");
        Caller::of_key(&Credentials {
            key: key.clone(),
            workspace,
            participant: key.participant.map(kind),
        })
    }

    /// Remembers what an answer says of this workspace.
    pub(super) fn learn(&mut self, op: &Op, outcome: &Outcome) {
        match outcome {
            Outcome::ParticipantOnce(Once::Done(one))
            | Outcome::Upserted(Upserted::Created(one)) => {
                self.participants.push(one.id);
                self.kinds.insert(one.id, one.kind);
            }
            Outcome::Upserted(Upserted::Existing(one)) | Outcome::Participant(one) => {
                self.kinds.insert(one.id, one.kind);
            }
            Outcome::Created(CreatedConversation::Created(one)) => {
                self.conversations.push(one.id);
                if let Op::CreateConversation(cmd) = op {
                    let members = cmd.members.iter().map(|first| (one.id, first.participant));
                    self.members.extend(members);
                }
            }
            Outcome::Standing(_, one) if matches!(op, Op::AddMember(_)) => {
                let member = (one.member.conversation, one.member.participant);
                self.members.push(member);
            }
            Outcome::Sent(Once::Done(one))
            | Outcome::Posted(Once::Done(Posted::Sent(one)))
            | Outcome::Received(Received::New(one)) => {
                self.messages.push((one.conversation, one.id));
                if !self.conversations.contains(&one.conversation) {
                    self.conversations.push(one.conversation);
                    self.members.push((one.conversation, one.sender));
                }
            }
            Outcome::Media(one) => {
                if one.status.has_arrived() && !self.arrived.contains(&one.id) {
                    self.arrived.push(one.id);
                } else if !self.media.contains(&one.id) {
                    self.media.push(one.id);
                }
            }
            Outcome::Channel(one) if !self.channels.contains(&one.id) => {
                self.channels.push(one.id);
            }
            Outcome::Posted(Once::Done(Posted::Scheduled(one))) => {
                self.waiting.push((one.conversation, one.id));
                self.messages.push((one.conversation, one.id));
            }
            Outcome::Reaction(one) => {
                self.reactions.push((one.conversation, one.message, one.id));
            }
            Outcome::Template(one) => self.templates.push(one.id),
            Outcome::Key(key) => {
                self.keys.retain(|known| known.id != key.id);
                self.keys.push(key.clone());
            }
            _ => {}
        }
    }
}

/// The tenant with this id, if the run knows it.
pub(super) fn tenant(tenants: &mut [Tenant], id: WorkspaceId) -> Option<&mut Tenant> {
    tenants.iter_mut().find(|one| one.id() == id)
}

//! Sends messages: one, or as many as wait at the same moment.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::claim::{Answer, Claim, ClaimKey, Once, Settled};
use crate::context::Context;
use crate::conversation::Conversation;
use crate::event::{NewEvent, Subject, Topic};
use crate::fault::Fault;
use crate::id::{ConversationId, MessageId, ParticipantId, WorkspaceId};
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::member::Member;
use crate::message::{Message, MessageKind, MessageState};
use crate::port::{Advance, ReadAdvance, Unit};
use crate::refusal::{Error, Refusal};
use crate::text::{Metadata, Reference, Text};

/// The wish to say something.
#[derive(Clone, Debug)]
pub struct SendMessage {
    /// Where.
    pub conversation: ConversationId,
    /// Who says it; a bound caller may leave it out.
    pub sender: Option<ParticipantId>,
    /// What kind of thing.
    pub kind: MessageKind,
    /// What.
    pub text: Text,
    /// In answer to which message of the same conversation.
    pub reply_to: Option<MessageId>,
    /// What the caller keeps with it.
    pub metadata: Metadata,
    /// The caller's own id of it. It does not make the send happen once: a claim does.
    pub reference: Option<Reference>,
    /// That it happen once, and how its answer is remembered.
    pub once: Option<SendOnce>,
}

/// Claims on a send, and how the message it makes is rendered for whoever retries.
#[derive(Clone, Debug)]
pub struct SendOnce {
    /// The claims; a retry that presents any of them is given the first answer.
    pub claims: Vec<Claim>,
    /// Renders the answer. Runs inside the unit: it must be quick and touch nothing.
    pub render: fn(&Message) -> Answer,
}

impl SendMessage {
    /// A plain text message.
    pub fn text(conversation: ConversationId, sender: ParticipantId, text: Text) -> Self {
        Self {
            conversation,
            sender: Some(sender),
            kind: MessageKind::Text,
            text,
            reply_to: None,
            metadata: Metadata::default(),
            reference: None,
            once: None,
        }
    }

    fn claims(&self) -> &[Claim] {
        self.once.as_ref().map_or(&[], |once| &once.claims)
    }
}

/// Sends one message: the next `seq` of its conversation, at a time not before the last message's.
/// The sender has then read everything up to it.
///
/// # Errors
/// `scope_missing`, `bound_elsewhere`, `conversation_not_found`, `conversation_not_open`,
/// `not_a_member`, `read_only_member`, `participant_archived`, `validation_failed` at `participant_id` or `reply_to`,
/// `idempotency_key_reused`, `reference_reused`.
pub fn send_message(
    unit: &mut dyn Unit,
    cx: &Context,
    cmd: &SendMessage,
) -> Result<Once<Message>, Error> {
    let mut results = send_messages(unit, &[(cx.clone(), cmd.clone())])?;
    Ok(results
        .pop()
        .unwrap_or(Err(Refusal::ConversationNotFound))?)
}

/// Sends a batch, one statement per collection and workspace. Every send is decided on its own, as if
/// those before it in the batch had been sent before; a refused one never takes its neighbours down.
///
/// # Errors
/// A fault, and then nothing was sent.
pub fn send_messages(
    unit: &mut dyn Unit,
    batch: &[(Context, SendMessage)],
) -> Result<Vec<Result<Once<Message>, Refusal>>, Fault> {
    let mut outcomes: Vec<Option<Result<Once<Message>, Refusal>>> = vec![None; batch.len()];
    let mut by_workspace: BTreeMap<WorkspaceId, Vec<usize>> = BTreeMap::new();
    for (index, (cx, _)) in batch.iter().enumerate() {
        by_workspace.entry(cx.workspace()).or_default().push(index);
    }
    for (workspace, mut indexes) in by_workspace {
        while !indexes.is_empty() {
            let later = put_off_repeated_claims(batch, &mut indexes);
            let mut pass = Pass::load(unit, workspace, batch, &indexes)?;
            for index in indexes {
                let (cx, cmd) = &batch[index];
                outcomes[index] = Some(pass.decide(cx, cmd));
            }
            pass.store(unit)?;
            indexes = later;
        }
    }
    Ok(outcomes
        .into_iter()
        .map(|one| one.unwrap_or(Err(Refusal::ConversationNotFound)))
        .collect())
}

/// Leaves each claim in `indexes` once; whoever repeats one waits for the next pass, when the first has
/// an answer.
fn put_off_repeated_claims(
    batch: &[(Context, SendMessage)],
    indexes: &mut Vec<usize>,
) -> Vec<usize> {
    let mut seen: HashSet<ClaimKey> = HashSet::new();
    let mut put_off = Vec::new();
    indexes.retain(|index| {
        let claims = batch[*index].1.claims();
        let repeated = claims.iter().any(|claim| seen.contains(&claim.key));
        seen.extend(claims.iter().map(|claim| claim.key));
        if repeated {
            put_off.push(*index);
        }
        !repeated
    });
    put_off
}

/// What a batch needs to decide, and what it decided.
struct Pass {
    workspace: WorkspaceId,
    settled: HashMap<ClaimKey, Settled>,
    conversations: HashMap<ConversationId, Conversation>,
    members: HashMap<(ConversationId, ParticipantId), Member>,
    archived: HashSet<ParticipantId>,
    targets: HashMap<MessageId, ConversationId>,
    messages: Vec<Message>,
    events: Vec<NewEvent>,
    reads: HashMap<(ConversationId, ParticipantId), ReadAdvance>,
    claims: Vec<Settled>,
    now: crate::Timestamp,
}

impl Pass {
    fn load(
        unit: &mut dyn Unit,
        workspace: WorkspaceId,
        batch: &[(Context, SendMessage)],
        indexes: &[usize],
    ) -> Result<Self, Fault> {
        let sends = || indexes.iter().map(|index| &batch[*index]);
        let now = sends().map(|(cx, _)| cx.now).max().unwrap_or_default();
        let keys = unique(sends().flat_map(|(_, cmd)| cmd.claims().iter().map(|claim| claim.key)));
        let settled = find(&keys, |keys| unit.claims().find_many(workspace, keys, now))?;
        let ids = unique(sends().map(|(_, cmd)| cmd.conversation));
        let conversations = unit.conversations_mut().lock_many(workspace, &ids)?;
        let pairs = unique(sends().filter_map(|(cx, cmd)| {
            Some((cmd.conversation, cmd.sender.or(cx.caller.participant())?))
        }));
        let members = find(&pairs, |pairs| unit.members().find_many(workspace, pairs))?;
        let senders = unique(pairs.iter().map(|(_, sender)| *sender));
        let archived = find(&senders, |ids| {
            unit.participants().archived_among(workspace, ids)
        })?;
        let replies = unique(sends().filter_map(|(_, cmd)| cmd.reply_to));
        let targets = find(&replies, |ids| unit.messages().find_many(workspace, ids))?;
        Ok(Self {
            workspace,
            settled: settled
                .into_iter()
                .map(|settled| (settled.key, settled))
                .collect(),
            conversations: conversations.into_iter().map(|one| (one.id, one)).collect(),
            members: members
                .into_iter()
                .map(|one| ((one.conversation, one.participant), one))
                .collect(),
            archived: archived.into_iter().collect(),
            targets: targets
                .into_iter()
                .map(|one| (one.id, one.conversation))
                .collect(),
            messages: Vec::with_capacity(indexes.len()),
            events: Vec::with_capacity(indexes.len()),
            reads: HashMap::with_capacity(indexes.len()),
            claims: Vec::new(),
            now,
        })
    }

    fn decide(&mut self, cx: &Context, cmd: &SendMessage) -> Result<Once<Message>, Refusal> {
        cx.caller.require(Scope::MessagingWrite)?;
        let sender = match (cmd.sender, cx.caller.participant()) {
            (Some(named), Some(bound)) if named != bound => return Err(Refusal::BoundElsewhere),
            (Some(sender), _) | (None, Some(sender)) => sender,
            (None, None) => {
                let problem = Invalid::new("expected the sender, as the key is not bound to one");
                return Err(problem.at("participant_id").into());
            }
        };
        let missing = Refusal::ConversationNotFound;
        let conversation = self
            .conversations
            .get_mut(&cmd.conversation)
            .ok_or(missing)?;
        let member = self.members.get(&(cmd.conversation, sender));
        if cx.caller.participant().is_some() && !member.is_some_and(Member::is_present) {
            return Err(Refusal::ConversationNotFound);
        }
        for claim in cmd.claims() {
            if let Some(settled) = self.settled.get(&claim.key) {
                return claim.replay(settled).map(Once::Replayed);
            }
        }
        conversation.admit_sender(member)?;
        if self.archived.contains(&sender) {
            return Err(Refusal::ParticipantArchived);
        }
        if let Some(target) = cmd.reply_to
            && self.targets.get(&target) != Some(&cmd.conversation)
        {
            let problem = Invalid::new("expected a message of the same conversation");
            return Err(problem.at("reply_to").into());
        }
        let (seq, at) = conversation.advance(cx.now);
        let message = Message::restore(MessageState {
            id: cx.fresh.into(),
            workspace: self.workspace,
            conversation: cmd.conversation,
            seq,
            sender,
            kind: cmd.kind,
            text: cmd.text.clone(),
            reply_to: cmd.reply_to,
            metadata: cmd.metadata.clone(),
            reference: cmd.reference.clone(),
            revision_count: 0,
            created_at: at,
            edited_at: None,
            deleted_at: None,
        });
        self.keep(cmd, &message);
        Ok(Once::Done(message))
    }

    fn keep(&mut self, cmd: &SendMessage, message: &Message) {
        let (conversation, participant, at) =
            (message.conversation, message.sender, message.created_at);
        let read = ReadAdvance {
            conversation,
            participant,
            read_seq: message.seq,
            read_at: at,
        };
        self.reads.insert((conversation, participant), read);
        let subject = Subject::Message(conversation, message.id, message.seq);
        self.events.push(NewEvent {
            topic: Topic::MessageCreated,
            subject,
            at,
        });
        if let Some(once) = &cmd.once {
            let answer = (once.render)(message);
            let settle = |claim: &Claim| claim.settle(answer.clone(), self.now);
            self.claims.extend(once.claims.iter().map(settle));
        }
        self.messages.push(message.clone());
    }

    fn store(mut self, unit: &mut dyn Unit) -> Result<(), Fault> {
        if self.messages.is_empty() {
            return Ok(());
        }
        let moved = unique(self.messages.iter().map(|message| message.conversation));
        let advances: Vec<Advance> = moved
            .iter()
            .filter_map(|id| self.conversations.get(id))
            .map(|conversation| Advance {
                conversation: conversation.id,
                last_seq: conversation.last_seq,
                last_message_at: conversation.activity_at(),
            })
            .collect();
        let mut reads: Vec<ReadAdvance> = self.reads.into_values().collect();
        reads.sort_unstable_by_key(|read| (read.conversation, read.participant));
        unit.messages_mut().append(self.workspace, &self.messages)?;
        unit.conversations_mut()
            .advance(self.workspace, &advances)?;
        unit.members_mut().advance_read(self.workspace, &reads)?;
        if !self.claims.is_empty() {
            self.claims.sort_unstable_by_key(|claim| claim.key);
            unit.claims_mut()
                .append(self.workspace, &self.claims, self.now)?;
        }
        unit.events_mut().append(self.workspace, &self.events)
    }
}

/// The different values in order: the order in which they are locked.
fn unique<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// Looks nothing up for nobody.
fn find<K, T>(
    keys: &[K],
    look_up: impl FnOnce(&[K]) -> Result<Vec<T>, Fault>,
) -> Result<Vec<T>, Fault> {
    if keys.is_empty() {
        Ok(Vec::new())
    } else {
        look_up(keys)
    }
}

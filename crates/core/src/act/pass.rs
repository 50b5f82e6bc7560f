//! Decides sends of one workspace together: what they need is looked up once for all.

use std::collections::{BTreeMap, HashMap};

use crate::balance::{Balance, LedgerEntry, Operation};
use crate::channel::{Channel, Platform};
use crate::claim::{Claim, ClaimKey, Once, Settled};
use crate::context::Context;
use crate::conversation::{Conversation, Status};
use crate::delivery::Recipient;
use crate::draft::Addressed;
use crate::event::{NewEvent, Placed, Subject, Topic};
use crate::extra::{Bearer, Extra};
use crate::fault::Fault;
use crate::id::{ChannelId, ConversationId, Fresh, MediaId, MessageId, ParticipantId, WorkspaceId};
use crate::invalid::Invalid;
use crate::key::Scope;
use crate::media::{Attachments, Media};
use crate::member::Member;
use crate::message::{Direction, Message, Sight, Visibility};
use crate::outbound::Outbound;
use crate::port::{Advance, MediaUse, ReadAdvance, ReplyCount, Sender, Unit};
use crate::receipt::Seen;
use crate::refusal::Refusal;
use crate::tag::{Tag, TagName};
use crate::template::{Rendered, TemplateUse};
use crate::timestamp::Timestamp;

use super::files::{check_files, in_order};
use super::place::{advance, direction, place_message};
use super::send_message::SendMessage;
use super::templates::{Known, render_use};

/// What a batch needs to decide, and what it decided.
pub(super) struct Pass {
    workspace: WorkspaceId,
    settled: HashMap<ClaimKey, Settled>,
    conversations: HashMap<ConversationId, Conversation>,
    senders: HashMap<(ConversationId, ParticipantId), Sender>,
    targets: HashMap<MessageId, (ConversationId, Visibility)>,
    rendered: HashMap<usize, Result<(Rendered, TemplateUse), Refusal>>,
    channels: HashMap<ChannelId, Channel>,
    files: HashMap<MediaId, Media>,
    balance: Option<Balance>,
    messages: Vec<Message>,
    extras: Vec<(Bearer, Extra)>,
    tags: BTreeMap<TagName, Fresh>,
    replies: BTreeMap<MessageId, ReplyCount>,
    events: Vec<NewEvent>,
    placed: Placed,
    reads: HashMap<(ConversationId, ParticipantId), ReadAdvance>,
    uses: Vec<MediaUse>,
    outbound: Vec<Outbound>,
    recipients: Vec<Recipient>,
    woken: Vec<ConversationId>,
    claims: Vec<Settled>,
    entries: Vec<LedgerEntry>,
    now: Timestamp,
}

/// A send that nothing speaks against.
pub(super) struct Admitted {
    pub(super) sender: ParticipantId,
    pub(super) direction: Direction,
    /// The channel that carries it to people outside.
    pub(super) channel: Option<(ChannelId, Platform)>,
    /// What the draft says, with its template filled in.
    pub(super) says: Option<(Rendered, TemplateUse)>,
}

/// What became of a look at a send.
pub(super) enum Admission {
    /// It may be sent.
    Open(Admitted),
    /// It was sent before.
    Replayed(crate::claim::Answer),
}

impl Pass {
    pub(super) fn load(
        unit: &mut dyn Unit,
        workspace: WorkspaceId,
        sends: &[&(Context, SendMessage)],
    ) -> Result<Self, Fault> {
        let sends = || sends.iter().copied();
        let now = sends().map(|(cx, _)| cx.now).max().unwrap_or_default();
        let keys = unique(sends().flat_map(|(_, cmd)| cmd.claims().iter().map(|claim| claim.key)));
        let settled = find(&keys, |keys| unit.claims().find_many(workspace, keys, now))?;
        let ids = unique(sends().map(|(_, cmd)| cmd.conversation));
        let conversations = unit.conversations_mut().lock_many(workspace, &ids)?;
        let pairs = unique(sends().filter_map(|(cx, cmd)| {
            Some((cmd.conversation, cmd.sender.or(cx.caller.participant())?))
        }));
        let senders = find(&pairs, |pairs| {
            unit.members().find_senders(workspace, pairs)
        })?;
        let replies = unique(sends().filter_map(|(_, cmd)| cmd.draft.reply_to));
        let targets = find(&replies, |ids| unit.messages().find_many(workspace, ids))?;
        let (mut rendered, mut known) = (HashMap::new(), Known::new());
        for (place, (cx, cmd)) in sends().enumerate() {
            if let Some(template) = &cmd.draft.template {
                let said = render_use(unit, workspace, cx.limits(), template, &mut known)?;
                rendered.insert(place, said);
            }
        }
        let ids = unique(conversations.iter().filter_map(|one| one.channel));
        let channels = find(&ids, |ids| unit.channels().find_many(workspace, ids))?;
        let ids =
            unique(sends().flat_map(|(_, cmd)| cmd.draft.attachments.iter().map(|one| one.media)));
        let files = find(&ids, |ids| unit.library_mut().lock_many(workspace, ids))?;
        let balance = if sends().any(|(cx, _)| price(cx) > 0) {
            let empty = || Balance::empty(workspace, now);
            Some(unit.balances_mut().lock(workspace)?.unwrap_or_else(empty))
        } else {
            None
        };
        Ok(Self {
            workspace,
            settled: settled.into_iter().map(|one| (one.key, one)).collect(),
            conversations: conversations.into_iter().map(|one| (one.id, one)).collect(),
            senders: senders
                .into_iter()
                .map(|one| ((one.member.conversation, one.member.participant), one))
                .collect(),
            targets: targets
                .into_iter()
                .map(|one| (one.id, (one.conversation, one.visibility)))
                .collect(),
            rendered,
            channels: channels.into_iter().map(|one| (one.id, one)).collect(),
            files: files.into_iter().map(|one| (one.id, one)).collect(),
            balance,
            messages: Vec::new(),
            extras: Vec::new(),
            tags: BTreeMap::new(),
            replies: BTreeMap::new(),
            events: Vec::new(),
            placed: Placed::default(),
            reads: HashMap::new(),
            uses: Vec::new(),
            outbound: Vec::new(),
            recipients: Vec::new(),
            woken: Vec::new(),
            claims: Vec::new(),
            entries: Vec::new(),
            now,
        })
    }

    /// Whether the send at `place` may happen.
    pub(super) fn admit(
        &mut self,
        place: usize,
        cx: &Context,
        cmd: &SendMessage,
    ) -> Result<Admission, Refusal> {
        cx.caller.require(Scope::MessagingWrite)?;
        let sender = match (cmd.sender, cx.caller.participant()) {
            (Some(named), Some(bound)) if named != bound => return Err(Refusal::BoundElsewhere),
            (Some(sender), _) | (None, Some(sender)) => sender,
            (None, None) => {
                let problem = Invalid::new("expected the sender, as the key is not bound to one");
                return Err(problem.at("participant_id").into());
            }
        };
        let mut claims = cmd.claims().iter();
        let settled = claims.find_map(|claim| Some((claim, self.settled.get(&claim.key)?)));
        if settled.is_none()
            && let Some(balance) = &self.balance
            && balance.tokens < u64::from(price(cx))
        {
            let (price, tokens) = (price(cx), balance.tokens);
            return Err(Refusal::InsufficientTokens { price, tokens });
        }
        let missing = Refusal::ConversationNotFound;
        let conversation = self.conversations.get(&cmd.conversation).ok_or(missing)?;
        let known = self.senders.get(&(cmd.conversation, sender));
        let present = known.filter(|known| known.member.is_present());
        if cx.caller.participant().is_some() && present.is_none() {
            return Err(Refusal::ConversationNotFound);
        }
        if let Some((claim, settled)) = settled {
            return claim.replay(settled).map(Admission::Replayed);
        }
        let member: Option<&Member> = present.map(|known| &known.member);
        conversation.admit_sender(member)?;
        let known = known.ok_or(Refusal::NotAMember)?;
        if known.archived {
            return Err(Refusal::ParticipantArchived);
        }
        cmd.draft.check()?;
        let direction = direction(cx, cmd, known.kind)?;
        let channel = self.channel(conversation, cmd, direction)?;
        if channel.is_none() && !cmd.draft.receivers.is_empty() {
            let problem = Invalid::new("expected none but for a message that a channel carries");
            return Err(problem.at("receivers").into());
        }
        check_files(
            &cx.caller,
            &cmd.draft.attachments,
            &Attachments::default(),
            &self.files,
        )?;
        self.check_reply(cmd, Sight::of(known.kind))?;
        let says = self.rendered.remove(&place).transpose()?;
        Ok(Admission::Open(Admitted {
            sender,
            direction,
            channel,
            says,
        }))
    }

    /// The channel that is to carry a message to people outside.
    fn channel(
        &self,
        conversation: &Conversation,
        cmd: &SendMessage,
        direction: Direction,
    ) -> Result<Option<(ChannelId, Platform)>, Refusal> {
        let Some(id) = conversation.channel else {
            return Ok(None);
        };
        let public = cmd.draft.visibility == Visibility::Public;
        if !public || direction != Direction::Outgoing {
            return Ok(None);
        }
        let channel = self.channels.get(&id).ok_or(Refusal::ChannelInactive)?;
        channel.admit()?;
        Ok(Some((id, channel.platform)))
    }

    /// An answer is given where the question is, to who may see it, and no more publicly.
    fn check_reply(&self, cmd: &SendMessage, sight: Sight) -> Result<(), Refusal> {
        let Some(target) = cmd.draft.reply_to else {
            return Ok(());
        };
        let (place, problem) = match self.targets.get(&target) {
            Some((conversation, visibility))
                if *conversation == cmd.conversation && sight.covers(*visibility) =>
            {
                if *visibility == cmd.draft.visibility || *visibility == Visibility::Public {
                    return Ok(());
                }
                ("private", "expected true in answer to a private note")
            }
            _ => ("reply_to", "expected a message of the same conversation"),
        };
        Err(Invalid::new(problem).at(place).into())
    }

    pub(super) fn decide(
        &mut self,
        place: usize,
        cx: &Context,
        cmd: &SendMessage,
    ) -> Result<Once<Seen>, Refusal> {
        let admitted = match self.admit(place, cx, cmd)? {
            Admission::Open(admitted) => admitted,
            Admission::Replayed(answer) => return Ok(Once::Replayed(answer)),
        };
        if let Some(balance) = &mut self.balance
            && price(cx) > 0
        {
            let message = cx.fresh.into();
            let entry = balance.debit(price(cx), Operation::Send, message, cx.now)?;
            self.entries.push(entry);
        }
        let missing = Refusal::ConversationNotFound;
        let conversation = self
            .conversations
            .get_mut(&cmd.conversation)
            .ok_or(missing)?;
        if admitted.direction == Direction::Incoming
            && conversation.status == Status::Snoozed
            && conversation.wake(cx.now)
        {
            self.woken.push(conversation.id);
            self.events.push(NewEvent {
                topic: Topic::ConversationReopened,
                subject: Subject::Conversation(conversation.id),
                at: cx.now,
            });
        }
        if let Some((channel, platform)) = admitted.channel
            && platform != Platform::Native
        {
            self.outbound.push(Outbound {
                workspace: conversation.workspace,
                message: cx.fresh.into(),
                conversation: conversation.id,
                channel,
                tries: 0,
                due_at: cx.now,
            });
        }
        let message = place_message(conversation, cx, cmd, admitted);
        let read = ReadAdvance {
            conversation: message.conversation,
            participant: message.sender,
            read_seq: message.seq,
            read_public: message.public_count,
            read_at: message.created_at,
        };
        self.reads
            .insert((read.conversation, read.participant), read);
        let seen = Seen {
            files: in_order(&message.attachments, &self.files),
            placed: self.placed.after(self.events.len()),
            ..Seen::unmarked(message)
        };
        let recipient = |one: &Addressed| Recipient {
            workspace: self.workspace,
            message: seen.message.id,
            participant: one.participant,
            role: one.role,
            reached_by: one.reached_by.clone(),
            delivery: seen.delivery.clone(),
        };
        self.recipients
            .extend(cmd.draft.receivers.iter().map(recipient));
        self.keep(cx, cmd, &seen);
        Ok(Once::Done(seen))
    }

    fn keep(&mut self, cx: &Context, cmd: &SendMessage, seen: &Seen) {
        let message = &seen.message;
        self.uses.extend(seen.files.iter().map(|media| MediaUse {
            media: media.id,
            message: message.id,
            conversation: message.conversation,
        }));
        for tag in message.tags.iter() {
            let fresh = || cx.fresh.derive(tag.as_str().as_bytes());
            self.tags.entry(tag.clone()).or_insert_with(fresh);
        }
        if let Some(target) = message.reply_to {
            let none = ReplyCount {
                message: target,
                replies: 0,
                public: 0,
            };
            let count = self.replies.entry(target).or_insert(none);
            count.replies += 1;
            count.public += i32::from(message.visibility == Visibility::Public);
        }
        self.targets
            .insert(message.id, (message.conversation, message.visibility));
        self.events.push(NewEvent {
            topic: Topic::MessageCreated,
            subject: Subject::Message(message.conversation, message.id, message.seq),
            at: message.created_at,
        });
        if let Some(once) = &cmd.once {
            let answer = (once.render)(seen);
            let settle = |claim: &Claim| claim.settle(answer.clone(), Some(message.id), self.now);
            self.claims.extend(once.claims.iter().map(settle));
        }
        if let Some(extra) = &cmd.draft.extra {
            self.extras
                .push((Bearer::Message(message.id), extra.clone()));
        }
        self.messages.push(message.clone());
    }

    pub(super) fn store(mut self, unit: &mut dyn Unit) -> Result<(), Fault> {
        if self.messages.is_empty() {
            return Ok(());
        }
        let workspace = self.workspace;
        let moved = unique(self.messages.iter().map(|message| message.conversation));
        let advances: Vec<Advance> = moved
            .iter()
            .filter_map(|id| self.conversations.get(id))
            .map(advance)
            .collect();
        let mut reads: Vec<ReadAdvance> = std::mem::take(&mut self.reads).into_values().collect();
        reads.sort_unstable_by_key(|read| (read.conversation, read.participant));
        for woken in &self.woken {
            if let Some(conversation) = self.conversations.get(woken) {
                unit.conversations_mut().save(conversation)?;
            }
        }
        unit.messages_mut().append(workspace, &self.messages)?;
        if !self.uses.is_empty() {
            unit.library_mut().attach(workspace, &self.uses)?;
        }
        for recipient in &self.recipients {
            unit.receipts_mut().save_recipient(recipient)?;
        }
        if !self.outbound.is_empty() {
            unit.outbox_mut().add(&self.outbound)?;
        }
        unit.conversations_mut().advance(workspace, &advances)?;
        unit.members_mut().advance_read(workspace, &reads)?;
        if !self.replies.is_empty() {
            let counts: Vec<ReplyCount> = self.replies.values().copied().collect();
            unit.messages_mut().count_replies(workspace, &counts)?;
        }
        if let Some(balance) = self.balance.filter(|_| !self.entries.is_empty()) {
            unit.balances_mut().save(&balance, &self.entries)?;
        }
        if !self.claims.is_empty() {
            self.claims.sort_unstable_by_key(|claim| claim.key);
            unit.claims_mut()
                .append(workspace, &self.claims, self.now)?;
        }
        if !self.extras.is_empty() {
            unit.extras_mut().put(workspace, &self.extras)?;
        }
        let tags = found_tags(unit, workspace, &self.tags, self.now)?;
        unit.events_mut().append(workspace, &tags)?;
        unit.events_mut()
            .append_placed(workspace, &self.events, &self.placed)
    }
}

/// Adds those of the tags that are new.
pub(super) fn found_tags(
    unit: &mut dyn Unit,
    workspace: WorkspaceId,
    names: &BTreeMap<TagName, Fresh>,
    now: Timestamp,
) -> Result<Vec<NewEvent>, Fault> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let all: Vec<TagName> = names.keys().cloned().collect();
    let known = unit.tags().find_many(workspace, &all)?;
    let new: Vec<Tag> = names
        .iter()
        .filter(|(name, _)| known.iter().all(|tag| tag.name != **name))
        .map(|(name, fresh)| Tag {
            id: (*fresh).into(),
            workspace,
            name: name.clone(),
            created_at: now,
        })
        .collect();
    if !new.is_empty() {
        unit.tags_mut().add(&new)?;
    }
    let created = |tag: &Tag| NewEvent {
        topic: Topic::TagCreated,
        subject: Subject::Tag(tag.id),
        at: now,
    };
    Ok(new.iter().map(created).collect())
}

fn price(cx: &Context) -> u32 {
    let plan = &cx.caller.workspace().plan;
    if plan.metered {
        plan.prices.of(Operation::Send)
    } else {
        0
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
